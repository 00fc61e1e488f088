//! The agreement between a health worker and whoever hands out the device: two numbered copies.
//!
//! One copy stays with the district, the other goes back to the partner. The text is the project's, pinned
//! by its version and the sum of its bytes, so that a signed paper says which text was signed. Never
//! changes a word of it.

use sha2::{Digest, Sha256};

use super::flow::Flow;
use super::template::{self, Block};
use crate::error::{PrintError, Result};
use crate::limits;
use crate::out::{self, Printed, Properties};
use crate::text::{Fonts, isolated, or_blank, printable};
use crate::words::Language;

/// Copies of each agreement: one for the district, one for the partner.
pub const COPIES: usize = 2;

/// A text that people sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementText {
    /// Language of the text and of the words around it.
    pub language: Language,
    /// What the project calls this version of it.
    pub version: String,
    /// The text; see the `template` module for its form.
    pub text: String,
}

impl AgreementText {
    /// The text that comes with the program, to begin with.
    #[must_use]
    pub fn carried(language: Language) -> Self {
        let text = match language {
            Language::English => include_str!("../../texts/agreement.en.txt"),
            Language::French => include_str!("../../texts/agreement.fr.txt"),
            Language::Arabic => include_str!("../../texts/agreement.ar.txt"),
        };
        Self { language, version: "1".to_owned(), text: text.to_owned() }
    }

    /// SHA-256 of the text, in hexadecimal digits: which text exactly was printed.
    #[must_use]
    pub fn sum(&self) -> String {
        Sha256::digest(self.text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether it can be printed.
    ///
    /// # Errors
    /// [`PrintError::Template`] with the line.
    pub fn check(&self) -> Result<()> {
        template::parse(&self.text).map(drop)
    }
}

/// Who owns a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The institution; the device is lent.
    Institution,
    /// The health worker: a phone of their own.
    HealthWorker,
}

/// What an agreement is about. An empty field becomes a line to write on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it; they stand on the paper in the same order.
pub struct Agreement {
    pub number: String,
    pub box_number: String,
    pub health_worker: String,
    pub supervisor: String,
    pub district: String,
    pub facility: String,
    pub make_and_model: String,
    pub serial: String,
    pub imei_1: String,
    pub imei_2: String,
    pub sim: String,
    pub iccid: String,
    pub accessories: String,
    pub owner: Option<Owner>,
    pub programme: String,
}

/// Blank to write on within a sentence.
const BLANK: &str = "........................";

/// Both copies of each agreement, one after the other, as one PDF.
///
/// # Errors
/// [`PrintError::Template`]; [`PrintError::NoNumber`]; [`PrintError::TooMany`] beyond
/// [`limits::LABELS_MAX`].
pub fn agreements_pdf(
    fonts: &Fonts,
    text: &AgreementText,
    agreements: &[Agreement],
) -> Result<Printed> {
    let template = template::parse(&text.text)?;
    if agreements.len() > limits::LABELS_MAX {
        return Err(PrintError::TooMany { what: "agreements", most: limits::LABELS_MAX });
    }
    let nameless = agreements.iter().position(|agreement| printable(&agreement.number).is_empty());
    if let Some(place) = nameless {
        return Err(PrintError::NoNumber { place: place + 1 });
    }
    let properties = Properties {
        title: template::filled(&template.title, |_| String::new()).trim().to_owned(),
        language: text.language.tag(),
        direction: text.language.direction(),
    };
    // One agreement at a time is laid out.
    let pages = agreements.iter().flat_map(|agreement| {
        (1..=COPIES).flat_map(|copy| one_copy(fonts, text, &template, agreement, copy))
    });
    out::pdf(fonts, pages.map(Ok), properties)
}

fn one_copy(
    fonts: &Fonts,
    text: &AgreementText,
    template: &template::Template,
    agreement: &Agreement,
    copy: usize,
) -> Vec<crate::drawing::Drawing> {
    let words = text.language.words();
    let mut flow = Flow::new(fonts, text.language);
    let language = text.language;
    let fill = |text: &str| template::filled(text, |name| agreement.value(name, language));
    let of = words.copy.replace("{copy}", &copy.to_string()).replace("{of}", &COPIES.to_string());
    let number = printable(&agreement.number);
    flow.title(&fill(&template.title), &format!("{} {number} — {of}", words.number));
    flow.paragraph(&format!("{of}: {}", words.kept[copy - 1]));
    flow.heading(words.device);
    let values = agreement.facts(words.owners);
    let facts: Vec<_> = words.facts.into_iter().zip(values.iter().map(String::as_str)).collect();
    flow.facts(&facts);
    for block in &template.blocks {
        match block {
            Block::Heading(text) => flow.heading(&fill(text)),
            Block::Item(text) => flow.bullet("•", &fill(text)),
            Block::Paragraph(text) => flow.paragraph(&fill(text)),
        }
    }
    flow.heading_of_signatures(words.signatures);
    flow.signatures(&words.signers, words.stamp);
    let foot = format!(
        "{} {number} · {of} · {} {} ({} {})",
        words.number,
        words.version,
        printable(&text.version),
        text.language.tag(),
        &text.sum()[..12]
    );
    flow.foot(0, &foot);
    flow.finish()
}

impl Agreement {
    /// In the order of the words for facts.
    fn facts(&self, owners: [&str; 2]) -> [String; crate::words::FACTS] {
        [
            self.number.clone(),
            self.box_number.clone(),
            self.health_worker.clone(),
            self.supervisor.clone(),
            self.district.clone(),
            self.make_and_model.clone(),
            self.serial.clone(),
            self.imei_1.clone(),
            self.imei_2.clone(),
            self.sim.clone(),
            self.iccid.clone(),
            self.accessories.clone(),
            self.owner(owners).to_owned(),
        ]
    }

    fn owner<'w>(&self, owners: [&'w str; 2]) -> &'w str {
        match self.owner {
            Some(Owner::Institution) => owners[0],
            Some(Owner::HealthWorker) => owners[1],
            None => "",
        }
    }

    fn value(&self, name: &str, language: Language) -> String {
        let value = match name {
            "number" => &self.number,
            "box" => &self.box_number,
            "health_worker" => &self.health_worker,
            "supervisor" => &self.supervisor,
            "district" => &self.district,
            "facility" => &self.facility,
            "make_and_model" => &self.make_and_model,
            "serial" => &self.serial,
            "imei_1" => &self.imei_1,
            "imei_2" => &self.imei_2,
            "sim" => &self.sim,
            "iccid" => &self.iccid,
            "accessories" => &self.accessories,
            "programme" => &self.programme,
            _ => self.owner(language.words().owners),
        };
        isolated(&or_blank(value, BLANK), language.direction())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_that_come_along_can_be_printed() {
        for language in Language::ALL {
            let text = AgreementText::carried(language);
            assert_eq!(text.check(), Ok(()), "{language:?}");
            assert_eq!(text.sum().len(), 64);
        }
    }

    #[test]
    fn each_place_has_its_value() {
        let agreement = Agreement::default();
        for name in template::PLACES {
            let value = agreement.value(name, Language::English);
            assert_eq!(value, BLANK, "{name}");
        }
    }
}
