//! Labels for the back of a phone and its box: a code and, in words, number, health worker, SIM and
//! district.
//!
//! What the code says is the caller's: an opaque text that the registry resolves. Never puts a name into a
//! code by itself.

mod layout;
mod stock;

pub use stock::Stock;

use crate::drawing::Drawing;
use crate::error::{PrintError, Result};
use crate::limits;
use crate::out::{Document, Printed, Properties};
use crate::qr::Correction;
use crate::text::{Fonts, printable};
use crate::words::Language;

/// What stands on a label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Number of the device, as on its box and its agreement.
    pub number: String,
    /// Health worker who has it; empty: a line to write on; `None`: not on the label at all.
    pub health_worker: Option<String>,
    /// Number of the SIM; empty: a line to write on; `None`: not on the label at all.
    pub sim: Option<String>,
    /// District; may be empty.
    pub district: String,
    /// What the code says.
    pub code: String,
}

/// How labels are printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelOptions {
    /// On what.
    pub stock: Stock,
    /// How worn a code may get.
    pub correction: Correction,
    /// Language of the captions.
    pub language: Language,
    /// First free label of the first sheet, from 1, so that a sheet can be used up.
    pub begin_at: usize,
    /// Thin lines where labels end, for plain paper and scissors.
    pub is_cut_by_hand: bool,
}

impl LabelOptions {
    /// Labels of this kind with the strongest code and English captions.
    #[must_use]
    pub const fn on(stock: Stock) -> Self {
        Self {
            stock,
            correction: Correction::H,
            language: Language::English,
            begin_at: 1,
            is_cut_by_hand: false,
        }
    }
}

/// Labels as one PDF. They are asked for one by one; no more than a page is laid out at a time.
///
/// # Errors
/// [`PrintError::NoNumber`], [`PrintError::CodeTooLong`], [`PrintError::NoSuchPlace`];
/// [`PrintError::TooMany`] beyond [`limits::LABELS_MAX`].
pub fn labels_pdf(
    fonts: &Fonts,
    options: &LabelOptions,
    labels: impl IntoIterator<Item = Label>,
) -> Result<Printed> {
    let measures = options.stock.measures();
    let most = measures.on_page();
    if !(1..=most).contains(&options.begin_at) {
        return Err(PrintError::NoSuchPlace { most });
    }
    let mut document = Document::new(Properties {
        title: options.language.words().labels.to_owned(),
        language: options.language.tag(),
        direction: options.language.direction(),
    });
    let blank = || {
        let (width, height) = measures.page;
        Drawing::new(width, height, "", options.language.direction())
    };
    let (mut page, mut place) = (blank(), options.begin_at - 1);
    for (index, label) in labels.into_iter().enumerate() {
        if index == limits::LABELS_MAX {
            return Err(PrintError::TooMany { what: "labels", most: limits::LABELS_MAX });
        }
        if place == most {
            document.add(&page, fonts)?;
            (page, place) = (blank(), 0);
        }
        let (x, y) = measures.corner(place);
        page.place(layout::label(fonts, options, &label, index + 1)?, x, y);
        place += 1;
    }
    document.add(&page, fonts)?;
    document.finish()
}

/// One label as a drawing of its own, for SVG and PNG.
///
/// # Errors
/// [`PrintError::NoNumber`], [`PrintError::CodeTooLong`].
pub fn label(fonts: &Fonts, options: &LabelOptions, label: &Label) -> Result<Drawing> {
    let mut drawing = layout::label(fonts, options, label, 1)?;
    drawing.title = format!("{} {}", options.language.words().number, printable(&label.number));
    Ok(drawing)
}
