//! DHIS2 identifiers: eleven characters, the first a letter, the rest letters or digits.
//!
//! `Uid` is the untyped form; the named types around it keep a data element from being passed where
//! an organisation unit is meant. Never generates anything: randomness is given by the caller.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Number of characters of a DHIS2 uid (DHIS2 `CodeGenerator`, wire reference 3).
pub const UID_LENGTH: usize = 11;

const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERICS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A DHIS2 unique identifier, `^[a-zA-Z][a-zA-Z0-9]{10}$`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid([u8; UID_LENGTH]);

/// The text is not a DHIS2 uid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is not a DHIS2 id: it takes 11 letters or digits and starts with a letter")]
pub struct UidError {
    /// The offending text, cut to a length that is safe to show.
    pub shown: String,
}

impl Uid {
    /// Parses a uid.
    ///
    /// # Errors
    /// [`UidError`] if the text has another length or alphabet.
    pub fn parse(text: &str) -> Result<Self, UidError> {
        let bytes: [u8; UID_LENGTH] = text.as_bytes().try_into().map_err(|_| refused(text))?;
        let letter_first = bytes[0].is_ascii_alphabetic();
        if letter_first && bytes.iter().all(u8::is_ascii_alphanumeric) {
            Ok(Self(bytes))
        } else {
            Err(refused(text))
        }
    }

    /// Makes a uid from random bytes given by the caller (DHIS2 `CodeGenerator` alphabet).
    ///
    /// Sixteen random bits select each character, so the bias is below one in a thousand.
    #[must_use]
    pub fn from_random(random: [u8; 2 * UID_LENGTH]) -> Self {
        let mut uid = [0u8; UID_LENGTH];
        for (index, slot) in uid.iter_mut().enumerate() {
            let number = u16::from_le_bytes([random[2 * index], random[2 * index + 1]]) as usize;
            *slot = match index {
                0 => LETTERS[number % LETTERS.len()],
                _ => ALPHANUMERICS[number % ALPHANUMERICS.len()],
            };
        }
        Self(uid)
    }

    /// The uid as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn refused(text: &str) -> UidError {
    UidError { shown: text.chars().take(24).collect() }
}

impl fmt::Display for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Uid {
    type Err = UidError;
    fn from_str(text: &str) -> Result<Self, UidError> {
        Self::parse(text)
    }
}

impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

macro_rules! typed_uids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uid);

        impl $name {
            /// Parses the id.
            ///
            /// # Errors
            /// [`UidError`] if the text is no DHIS2 uid.
            pub fn parse(text: &str) -> Result<Self, UidError> {
                Uid::parse(text).map(Self)
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl FromStr for $name {
            type Err = UidError;
            fn from_str(text: &str) -> Result<Self, UidError> {
                Self::parse(text)
            }
        }

        impl From<Uid> for $name {
            fn from(uid: Uid) -> Self {
                Self(uid)
            }
        }

        impl From<$name> for Uid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

typed_uids! {
    /// Id of an `OrganisationUnit`.
    OrganisationUnitUid,
    /// Id of a `DataElement`.
    DataElementUid,
    /// Id of a `CategoryOption`.
    CategoryOptionUid,
    /// Id of a `Category`.
    CategoryUid,
    /// Id of a `CategoryCombo`.
    CategoryComboUid,
    /// Id of a `CategoryOptionCombo`; also used for attribute option combos.
    CategoryOptionComboUid,
    /// Id of an `OptionSet`.
    OptionSetUid,
    /// Id of a `DataSet`.
    DataSetUid,
    /// Id of a `Section` of a data set.
    SectionUid,
    /// Id of an `Indicator`.
    IndicatorUid,
    /// Id of a `Program`.
    ProgramUid,
    /// Id of a `ProgramStage`.
    ProgramStageUid,
    /// Id of a `ProgramStageSection`.
    ProgramStageSectionUid,
    /// Id of an `Event`; minted on the device.
    EventUid,
    /// Id of a `Note`; minted on the device.
    NoteUid,
    /// Id of a `TrackedEntityType`.
    TrackedEntityTypeUid,
    /// Id of a `TrackedEntityAttribute`.
    TrackedEntityAttributeUid,
    /// Id of a `RelationshipType`.
    RelationshipTypeUid,
    /// Id of a `TrackedEntity`; minted on the device.
    TrackedEntityUid,
    /// Id of an `Enrollment`; minted on the device.
    EnrollmentUid,
    /// Id of a `Relationship`; minted on the device.
    RelationshipUid,
    /// Id of a `FileResource`; minted on the device, the server takes it from 2.39 on.
    FileUid,
}

/// The default category option combo that every DHIS2 seeds (DHIS2 `DefaultCategoryService`).
pub const DEFAULT_CATEGORY_OPTION_COMBO: &str = "HllvX50cXC0";
/// The default category combo that every DHIS2 seeds.
pub const DEFAULT_CATEGORY_COMBO: &str = "bjDvmb4bfuf";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, accepted: bool) {
        assert_eq!(Uid::parse(text).is_ok(), accepted, "{text}");
    }

    #[test]
    fn a_uid_is_eleven_alphanumerics_after_a_letter() {
        check("HllvX50cXC0", true);
        check("a0000000000", true);
        check("1llvX50cXC0", false);
        check("HllvX50cXC", false);
        check("HllvX50cXC00", false);
        check("HllvX50cX-0", false);
        check("HllvX50cXé", false);
        check("", false);
    }

    #[test]
    fn every_random_input_makes_a_valid_uid() {
        for byte in 0..=255u8 {
            check(Uid::from_random([byte; 22]).as_str(), true);
        }
    }

    #[test]
    fn an_error_shows_only_the_start_of_a_long_text() {
        let error = Uid::parse(&"x".repeat(5_000)).expect_err("too long");
        assert_eq!(error.shown.len(), 24);
    }
}
