//! A person as far as doubles are told by it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::phone;
use super::roles::{Role, Roles};
use crate::folding::normalise;
use crate::limits::NAME_WORDS_MAX;
use crate::uid::{TrackedEntityAttributeUid, TrackedEntityUid};

/// When somebody was born, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    /// On this day, as people said; often the first of January, for want of a better one.
    On(Date),
    /// Around this year: an age was told.
    Around(i16),
}

impl Birth {
    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        match self {
            Self::On(date) => date.year(),
            Self::Around(year) => year,
        }
    }
}

/// What is compared of a person. Holds folded text; it is neither shown nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: TrackedEntityUid,
    pub(super) given: Vec<String>,
    pub(super) family: Vec<String>,
    pub(super) full: Vec<String>,
    pub(super) relatives: Vec<String>,
    pub(super) sex: Option<String>,
    pub(super) birth: Option<Birth>,
    pub(super) phones: Vec<String>,
    pub(super) place: Option<String>,
    pub(super) unique: BTreeMap<TrackedEntityAttributeUid, String>,
    pub(super) recorded: Date,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Person({})", self.id)
    }
}

impl Person {
    /// Reads a person from attribute values. `recorded` is the day on which an age was told: today for a
    /// draft, the day of registration for a record. A draft has the id that it will be saved with.
    #[must_use]
    pub fn read(
        id: TrackedEntityUid,
        values: &BTreeMap<TrackedEntityAttributeUid, String>,
        roles: &Roles,
        recorded: Date,
    ) -> Self {
        let mut person = Self {
            id,
            given: Vec::new(),
            family: Vec::new(),
            full: Vec::new(),
            relatives: Vec::new(),
            sex: None,
            birth: None,
            phones: Vec::new(),
            place: None,
            unique: BTreeMap::new(),
            recorded,
        };
        for (attribute, value) in values {
            if let Some(role) = roles.get(attribute) {
                person.take(*attribute, *role, value);
            }
        }
        person
    }

    fn take(&mut self, attribute: TrackedEntityAttributeUid, role: Role, value: &str) {
        let text = normalise(value);
        if text.is_empty() {
            return;
        }
        let words = text.split(' ').map(str::to_owned);
        match role {
            Role::Unique => drop(self.unique.insert(attribute, text)),
            Role::GivenName => self.given.extend(words),
            Role::FamilyName => self.family.extend(words),
            Role::FullName => self.full.extend(words),
            Role::RelativeName => self.relatives.extend(words),
            Role::Sex => self.sex = Some(sex(&text)),
            Role::BirthDate => {
                let day = value.trim().get(..10).and_then(|day| day.parse().ok());
                self.birth = day.map(Birth::On).or(self.birth);
            }
            Role::Age if self.birth.is_none() => {
                let years: Option<f64> = value.trim().parse().ok();
                let years = years.filter(|years| (0.0..=130.0).contains(years));
                let year = years.map(|years| self.recorded.year() - years as i16);
                self.birth = year.map(Birth::Around);
            }
            Role::Age | Role::Ignored => {}
            Role::Phone => self.phones.extend(phone::numbers(value)),
            Role::Place => self.place = Some(text),
        }
    }

    /// All words of the name, given names first, each once.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for word in self.given.iter().chain(&self.full).chain(&self.family) {
            if !words.contains(word) && words.len() < NAME_WORDS_MAX {
                words.push(word.clone());
            }
        }
        words
    }
}

/// One word for how sexes are written in option codes and by hand; others stay as they are.
fn sex(text: &str) -> String {
    let known = match text {
        "f" | "female" | "woman" | "girl" | "femme" | "feminin" | "feminino" | "femenino"
        | "mujer" | "mulher" | "mke" | "انثي" | "ሴት" | "महिला" | "perempuan" | "nu" => {
            "f"
        }
        "m" | "male" | "man" | "boy" | "homme" | "masculin" | "masculino" | "hombre" | "homem"
        | "mume" | "ذكر" | "ወንድ" | "पुरुष" | "laki laki" | "nam" => "m",
        other => other,
    };
    known.to_owned()
}
