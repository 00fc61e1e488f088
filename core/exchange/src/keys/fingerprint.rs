//! A fingerprint that two people can compare by telephone: thirty digits in six groups.
//!
//! Digits, not words: they are read alike in every language and typed on every keyboard.

use std::fmt;

use sha2::{Digest, Sha256};

/// Groups of a fingerprint.
const GROUPS: usize = 6;
/// Digits of a group.
const GROUP_DIGITS: usize = 5;

/// What is read aloud of an identity, its signing key and its recipient: almost 100 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u32; GROUPS]);

/// What comes out when a fingerprint is compared with what a person heard or typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// All groups are the same.
    Same,
    /// The text has too few or too many digits.
    Incomplete {
        /// How many digits it has.
        digits: usize,
    },
    /// A group differs.
    Differs {
        /// The first one that does, from 1.
        group: usize,
    },
}

impl Fingerprint {
    pub(super) fn of(signing: &[u8; 32], recipient: &[u8; 32]) -> Self {
        Self::of_bytes(b"outpost-fingerprint-1\0", &[signing, recipient])
    }

    /// `purpose` keeps the fingerprints of different things apart.
    pub(crate) fn of_bytes(purpose: &[u8], parts: &[&[u8]]) -> Self {
        let hasher = Sha256::new().chain_update(purpose);
        let hasher = parts.iter().fold(hasher, |hasher, part| hasher.chain_update(part));
        let digest: [u8; 32] = hasher.finalize().into();
        let mut groups = [0; GROUPS];
        for (group, bytes) in groups.iter_mut().zip(digest.chunks_exact(5)) {
            // Forty bits over 100,000 numbers: the bias is below one in ten million.
            let number = bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            *group = (number % 10u64.pow(GROUP_DIGITS as u32)) as u32;
        }
        Self(groups)
    }

    /// Compares with what a person heard or typed: any spacing, digits of any of the scripts that
    /// keyboards in the field offer.
    #[must_use]
    pub fn compare(&self, heard: &str) -> Comparison {
        let digits: Vec<u32> = heard.chars().filter_map(digit).collect();
        if digits.len() != GROUPS * GROUP_DIGITS {
            return Comparison::Incomplete { digits: digits.len() };
        }
        let groups = digits
            .chunks(GROUP_DIGITS)
            .map(|group| group.iter().fold(0, |number, digit| number * 10 + digit));
        match groups.zip(self.0).position(|(heard, known)| heard != known) {
            None => Comparison::Same,
            Some(index) => Comparison::Differs { group: index + 1 },
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(formatter, "{gap}{group:0GROUP_DIGITS$}")?;
        }
        Ok(())
    }
}

/// The value of a decimal digit of the scripts in use where the program is.
fn digit(character: char) -> Option<u32> {
    /// Zeros of: Latin, Arabic, Persian and Urdu, Devanagari, Bengali, Myanmar, Khmer, Lao, Thai.
    const ZEROS: [char; 9] = [
        '0', '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{1040}', '\u{17e0}', '\u{ed0}',
        '\u{e50}',
    ];
    ZEROS.iter().find_map(|zero| {
        let value = (character as u32).checked_sub(*zero as u32)?;
        (value < 10).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: Fingerprint = Fingerprint([12_345, 67, 0, 99_999, 10_000, 54_321]);

    #[test]
    fn it_is_read_aloud_in_groups_of_five_digits() {
        assert_eq!(SHOWN.to_string(), "12345 00067 00000 99999 10000 54321");
    }

    #[test]
    fn what_was_heard_is_compared_whatever_the_spacing_or_the_script() {
        for heard in [
            "12345 00067 00000 99999 10000 54321",
            "123450006700000999991000054321",
            "12345-00067-00000\n99999-10000-54321",
            "١٢٣٤٥ ٠٠٠٦٧ ٠٠٠٠٠ ٩٩٩٩٩ ١٠٠٠٠ ٥٤٣٢١",
            "१२३४५ ०००६७ ००००० ९९९९९ १०००० ५४३२१",
        ] {
            assert_eq!(SHOWN.compare(heard), Comparison::Same, "{heard}");
        }
    }

    #[test]
    fn the_group_that_differs_is_named() {
        let wrong = "12345 00067 00000 99998 10000 54321";
        assert_eq!(SHOWN.compare(wrong), Comparison::Differs { group: 4 });
        assert_eq!(SHOWN.compare("12345 00067"), Comparison::Incomplete { digits: 10 });
        assert_eq!(SHOWN.compare(""), Comparison::Incomplete { digits: 0 });
    }

    #[test]
    fn both_keys_count() {
        let one = Fingerprint::of(&[1; 32], &[2; 32]);
        assert_ne!(one, Fingerprint::of(&[1; 32], &[3; 32]));
        assert_ne!(one, Fingerprint::of(&[3; 32], &[2; 32]));
    }
}
