//! The agreement of a hand-over (D4): two numbered copies, who signed, what is stamped, where each copy
//! lies, and what is still open.
//!
//! What is open stays open until a person closes it; nothing is closed by time or by another step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a copy lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CopyPlace {
    /// At the district: the place of copy 1.
    District,
    /// In the district box file of the partner's office: the place of copy 2.
    BoxFile,
    /// On the way to the partner.
    OnTheWay,
    /// Still with the supervisor.
    Supervisor,
    /// Lost: a new one must be signed.
    Lost,
}

impl CopyPlace {
    /// The code of the option set.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::District => "DISTRICT",
            Self::BoxFile => "BOX_FILE",
            Self::OnTheWay => "ON_THE_WAY",
            Self::Supervisor => "SUPERVISOR",
            Self::Lost => "LOST",
        }
    }

    /// Reads a code, in capitals or not.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim().to_uppercase().replace([' ', '-'], "_");
        [Self::District, Self::BoxFile, Self::OnTheWay, Self::Supervisor, Self::Lost]
            .into_iter()
            .find(|place| place.code() == code)
    }
}

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// The health worker who gets the phone.
    HealthWorker,
    /// The supervisor who gives it.
    Supervisor,
    /// The council, which also stamps both copies.
    Council,
}

impl Signer {
    /// All who sign.
    pub const ALL: [Self; 3] = [Self::HealthWorker, Self::Supervisor, Self::Council];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::HealthWorker => "health worker",
            Self::Supervisor => "supervisor",
            Self::Council => "council",
        }
    }

    /// Reads `health_worker`, `supervisor`, `council`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase().replace(['-', ' '], "_");
        Self::ALL.into_iter().find(|it| it.words().replace(' ', "_") == text)
    }
}

/// A signature: whose, and how it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Name of the one who signed.
    pub name: String,
    /// File of the drawing or photo; empty if it was seen on paper.
    #[serde(default)]
    pub file: String,
}

/// Something that has yet to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "open")]
pub enum OpenEnd {
    /// A signature is missing.
    Signature {
        /// Whose.
        of: Signer,
    },
    /// The council's stamp is missing on a copy.
    Stamp {
        /// 1 or 2.
        copy: u8,
    },
    /// A copy is not where it belongs.
    CopyPlace {
        /// 1 or 2.
        copy: u8,
    },
}

impl OpenEnd {
    /// The short word of a list: `signature of the council`, `stamp 2`, `copy 1`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Signature { of } => format!("signature of the {}", of.words()),
            Self::Stamp { copy } => format!("stamp {copy}"),
            Self::CopyPlace { copy } => format!("copy {copy}"),
        }
    }
}

/// The agreement of one hand-over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Version of the project's text.
    pub version: String,
    /// Language in which it was signed.
    pub language: String,
    /// SHA-256 of the text that was signed, in hexadecimal.
    pub text_sha256: String,
    /// The health worker declined; nothing more is asked for.
    pub is_declined: bool,
    /// Who signed.
    pub signatures: BTreeMap<Signer, Signature>,
    /// Whether copy 1 and copy 2 bear the council's stamp.
    pub stamped: [bool; 2],
    /// File of the photo of the stamped copies.
    pub stamp_photo: String,
    /// Where copy 1 and copy 2 lie.
    pub places: [Option<CopyPlace>; 2],
}

/// Where each copy belongs: one at the district, one in the partner's box file.
const BELONGS: [CopyPlace; 2] = [CopyPlace::District, CopyPlace::BoxFile];

impl Ledger {
    /// What is open, in the order in which it is done.
    #[must_use]
    pub fn open(&self) -> Vec<OpenEnd> {
        if self.is_declined {
            return Vec::new();
        }
        let signed = |of: &Signer| self.signatures.get(of).is_some_and(|it| !it.name.is_empty());
        let unsigned = Signer::ALL.into_iter().filter(|of| !signed(of));
        let mut open: Vec<OpenEnd> = unsigned.map(|of| OpenEnd::Signature { of }).collect();
        for (copy, stamped) in (1..).zip(self.stamped) {
            if !stamped {
                open.push(OpenEnd::Stamp { copy });
            }
        }
        for ((copy, place), belongs) in (1..).zip(self.places).zip(BELONGS) {
            if place != Some(belongs) {
                open.push(OpenEnd::CopyPlace { copy });
            }
        }
        open
    }

    /// What is open as one line: `stamp 2, copy 1`.
    #[must_use]
    pub fn open_words(&self) -> String {
        self.open().into_iter().map(OpenEnd::words).collect::<Vec<_>>().join(", ")
    }

    /// Adds a signature.
    pub fn sign(&mut self, of: Signer, signature: Signature) {
        self.signatures.insert(of, signature);
    }

    /// Notes the council's stamp on a copy; `false` if there is no such copy.
    pub fn stamp(&mut self, copy: u8) -> bool {
        let slot = usize::from(copy).checked_sub(1).and_then(|at| self.stamped.get_mut(at));
        slot.map(|stamped| *stamped = true).is_some()
    }

    /// Notes where a copy lies; `false` if there is no such copy.
    pub fn put(&mut self, copy: u8, place: CopyPlace) -> bool {
        let slot = usize::from(copy).checked_sub(1).and_then(|at| self.places.get_mut(at));
        slot.map(|slot| *slot = Some(place)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(ledger: &Ledger, open: &str) {
        assert_eq!(ledger.open_words(), open);
    }

    fn signature(name: &str) -> Signature {
        Signature { name: name.to_owned(), file: String::new() }
    }

    #[test]
    fn an_agreement_stays_open_until_everything_is_there() {
        let mut ledger = Ledger::default();
        let unsigned = "signature of the health worker, signature of the supervisor, signature of \
                        the council, stamp 1, stamp 2, copy 1, copy 2";
        check(&ledger, unsigned);
        for of in Signer::ALL {
            ledger.sign(of, signature("N. N."));
        }
        assert!(ledger.stamp(1) && ledger.stamp(2));
        check(&ledger, "copy 1, copy 2");
        assert!(ledger.put(1, CopyPlace::District) && ledger.put(2, CopyPlace::OnTheWay));
        check(&ledger, "copy 2"); // on the way is not there
        assert!(ledger.put(2, CopyPlace::BoxFile));
        check(&ledger, "");
    }

    #[test]
    fn both_copies_at_one_place_leave_one_open() {
        let mut ledger = Ledger { stamped: [true, true], ..Ledger::default() };
        for of in Signer::ALL {
            ledger.sign(of, signature("N. N."));
        }
        ledger.places = [Some(CopyPlace::District), Some(CopyPlace::District)];
        check(&ledger, "copy 2");
    }

    #[test]
    fn who_declines_owes_nothing() {
        check(&Ledger { is_declined: true, ..Ledger::default() }, "");
    }

    #[test]
    fn there_are_two_copies() {
        let mut ledger = Ledger::default();
        assert!(!ledger.stamp(0) && !ledger.stamp(3) && !ledger.put(3, CopyPlace::District));
    }

    proptest! {
        #[test]
        fn closing_one_thing_closes_nothing_else(
            signed in 0usize..3, stamped in any::<[bool; 2]>(), copy in 1u8..3
        ) {
            let mut ledger = Ledger { stamped, ..Ledger::default() };
            for of in Signer::ALL.into_iter().take(signed) {
                ledger.sign(of, signature("N. N."));
            }
            let before = ledger.open();
            ledger.stamp(copy);
            let expected: Vec<_> =
                before.into_iter().filter(|it| *it != OpenEnd::Stamp { copy }).collect();
            prop_assert_eq!(ledger.open(), expected);
        }
    }
}
