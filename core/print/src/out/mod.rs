//! A drawing as bytes: PDF for printers, SVG for label programs and web pages, PNG for eyes.

mod pdf;
mod png;
mod svg;

pub(crate) use pdf::{Document, Properties};

use std::collections::BTreeSet;

use crate::drawing::{Drawing, mm};
use crate::error::{PrintError, Result};
use crate::text::Fonts;

/// A document that is ready to be written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The document.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Letters that no font has: they stand as empty boxes. Add a font for them.
    pub missing: Vec<char>,
}

impl Drawing {
    /// As SVG. Letters are outlines: the picture looks the same without our fonts.
    #[must_use]
    pub fn svg(&self, fonts: &Fonts) -> Printed {
        self.printed(svg::write(self, fonts).into_bytes())
    }

    /// As PNG with so many dots an inch, black on white.
    ///
    /// # Errors
    /// [`PrintError::Pixels`] if it would have no size or too large a one.
    pub fn png(&self, fonts: &Fonts, dots_per_inch: f32) -> Result<Printed> {
        Ok(self.printed(png::write(self, fonts, dots_per_inch)?))
    }

    fn printed(&self, bytes: Vec<u8>) -> Printed {
        let missing: BTreeSet<_> = self.missing().collect();
        Printed { bytes, pages: 1, missing: missing.into_iter().collect() }
    }
}

/// Whole pages as one PDF.
pub(crate) fn pdf(
    fonts: &Fonts,
    pages: impl IntoIterator<Item = Result<Drawing>>,
    properties: Properties,
) -> Result<Printed> {
    let mut document = Document::new(properties);
    for page in pages {
        document.add(&page?, fonts)?;
    }
    document.finish()
}

/// ISO A4 in points.
pub(crate) const A4: (f32, f32) = (mm(210.0), mm(297.0));

fn writer(error: impl std::fmt::Debug) -> PrintError {
    PrintError::Writer(format!("{error:?}"))
}
