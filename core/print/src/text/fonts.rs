//! The fonts that are printed with: Noto Sans and Noto Sans Arabic are carried, others may be added.
//!
//! Never takes a font from the system: the same document comes out on every machine.

use krilla::text::Font;
use rustybuzz::Face;

use crate::error::{PrintError, Result};
use crate::limits;

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// For reading.
    Regular,
    /// For headings and numbers.
    Bold,
}

/// One face, as the shaper and as the PDF writer know it.
pub(crate) struct Loaded {
    pub(crate) weight: Option<Weight>,
    pub(crate) face: Face<'static>,
    pub(crate) pdf: Font,
}

/// All faces, in the order in which a letter is looked for.
pub struct Fonts {
    loaded: Vec<Loaded>,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fonts").field("faces", &self.loaded.len()).finish()
    }
}

const CARRIED: [(Weight, &[u8]); 4] = [
    (Weight::Regular, include_bytes!("../../fonts/NotoSans-Regular.ttf")),
    (Weight::Bold, include_bytes!("../../fonts/NotoSans-Bold.ttf")),
    (Weight::Regular, include_bytes!("../../fonts/NotoSansArabic-Regular.ttf")),
    (Weight::Bold, include_bytes!("../../fonts/NotoSansArabic-Bold.ttf")),
];

impl Fonts {
    /// The fonts that are carried.
    ///
    /// # Errors
    /// [`PrintError::NotAFont`] only if the program itself was damaged.
    pub fn carried() -> Result<Self> {
        let mut loaded = Vec::with_capacity(CARRIED.len());
        for (weight, bytes) in CARRIED {
            loaded.push(load(Some(weight), bytes)?);
        }
        Ok(Self { loaded })
    }

    /// Adds a font for letters that those before it lack, whatever their weight.
    ///
    /// # Errors
    /// [`PrintError::NotAFont`]; [`PrintError::TooMany`] beyond [`limits::FONTS_MAX`].
    pub fn add(&mut self, bytes: Vec<u8>) -> Result<()> {
        if self.loaded.len() >= CARRIED.len() + limits::FONTS_MAX {
            return Err(PrintError::TooMany { what: "fonts", most: limits::FONTS_MAX });
        }
        let has_letters =
            |face: Face<'_>| face.number_of_glyphs() > 0 && face.tables().cmap.is_some();
        if !Face::from_slice(&bytes, 0).is_some_and(has_letters) {
            return Err(PrintError::NotAFont);
        }
        // A process loads its fonts once and prints with them until it ends; the faces borrow from them.
        self.loaded.push(load(None, bytes.leak())?);
        Ok(())
    }

    pub(crate) fn face(&self, index: usize) -> &Loaded {
        &self.loaded[index]
    }

    /// The first face of this weight that has the letter; the first of all if none has.
    pub(crate) fn face_for(&self, letter: char, weight: Weight) -> usize {
        let fits = |loaded: &Loaded| loaded.weight.is_none_or(|own| own == weight);
        let has = |loaded: &Loaded| loaded.face.glyph_index(letter).is_some();
        let mut fitting = self.loaded.iter().enumerate().filter(|(_, loaded)| fits(loaded));
        let first = fitting.clone().next().map_or(0, |(index, _)| index);
        fitting.find(|(_, loaded)| has(loaded)).map_or(first, |(index, _)| index)
    }
}

fn load(weight: Option<Weight>, bytes: &'static [u8]) -> Result<Loaded> {
    let face = Face::from_slice(bytes, 0).ok_or(PrintError::NotAFont)?;
    let pdf = Font::new(bytes.into(), 0).ok_or(PrintError::NotAFont)?;
    Ok(Loaded { weight, face, pdf })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_font_is_refused() {
        let mut fonts = Fonts::carried().expect("carried fonts load");
        for bytes in [Vec::new(), b"not a font".to_vec(), CARRIED[0].1[..500].to_vec()] {
            assert_eq!(fonts.add(bytes), Err(PrintError::NotAFont));
        }
    }

    #[test]
    fn letters_of_african_languages_and_arabic_are_carried() {
        let fonts = Fonts::carried().expect("carried fonts load");
        for letter in "aéŋɓɗƙẹọṣǃĩũʼßžЖωسلامپکگ0123٠١٢…–—№•".chars()
        {
            for weight in [Weight::Regular, Weight::Bold] {
                let face = fonts.face(fonts.face_for(letter, weight));
                assert!(face.face.glyph_index(letter).is_some(), "{letter} {weight:?}");
            }
        }
    }
}
