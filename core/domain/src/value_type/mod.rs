//! DHIS2 value types, and whether a text is a value of one.
//!
//! Says exactly what the server would say (DHIS2 `ValidationUtils`, wire reference 2.1), so that a
//! value accepted in the field is not refused weeks later. Never trims or repairs a value.
//!
//! ```
//! use outpost_domain::value_type::{ValueType, validate};
//!
//! assert!(validate(ValueType::Integer, "12").is_ok());
//! let problem = validate(ValueType::Integer, "12.5").unwrap_err();
//! assert_eq!(problem.key(), "value_not_integer");
//! assert_eq!(problem.to_string(), "must be a whole number, such as 12");
//! ```

mod aggregate;
mod coordinate;
mod date_time;
mod email;
mod host;
mod number;
mod option;
mod problem;
mod text;
mod url;
mod validate;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use aggregate::{is_insignificant_zero, normalise_aggregate};
pub use option::{split_multi_text, validate_option};
pub use problem::ValueProblem;
pub use validate::validate;

use crate::limits::SHOWN_CHARS_MAX;

/// The minor version of a DHIS2 server: 42 for 2.42.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerMinor(pub u16);

/// DHIS2 `ValueType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are DHIS2's own and explained in wire reference 2.1")]
pub enum ValueType {
    Text,
    LongText,
    MultiText,
    Letter,
    PhoneNumber,
    Email,
    Boolean,
    TrueOnly,
    Date,
    DateTime,
    Time,
    Number,
    UnitInterval,
    Percentage,
    Integer,
    IntegerPositive,
    IntegerNegative,
    IntegerZeroOrPositive,
    /// Up to 2.42.
    TrackerAssociate,
    Username,
    Coordinate,
    OrganisationUnit,
    Reference,
    Age,
    Url,
    FileResource,
    Image,
    GeoJson,
}

/// The text is not the name of a value type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is not a value type such as TEXT or INTEGER")]
pub struct ValueTypeError {
    /// The offending text, cut to a length that is safe to show.
    pub shown: String,
}

impl ValueType {
    /// Every value type.
    pub const ALL: [Self; 28] = [
        Self::Text,
        Self::LongText,
        Self::MultiText,
        Self::Letter,
        Self::PhoneNumber,
        Self::Email,
        Self::Boolean,
        Self::TrueOnly,
        Self::Date,
        Self::DateTime,
        Self::Time,
        Self::Number,
        Self::UnitInterval,
        Self::Percentage,
        Self::Integer,
        Self::IntegerPositive,
        Self::IntegerNegative,
        Self::IntegerZeroOrPositive,
        Self::TrackerAssociate,
        Self::Username,
        Self::Coordinate,
        Self::OrganisationUnit,
        Self::Reference,
        Self::Age,
        Self::Url,
        Self::FileResource,
        Self::Image,
        Self::GeoJson,
    ];

    /// Parses a name as in metadata, e.g. `LONG_TEXT`.
    ///
    /// # Errors
    /// [`ValueTypeError`] for any other text.
    pub fn parse(name: &str) -> Result<Self, ValueTypeError> {
        Self::ALL
            .into_iter()
            .find(|value_type| value_type.name() == name)
            .ok_or_else(|| ValueTypeError { shown: name.chars().take(SHOWN_CHARS_MAX).collect() })
    }

    /// The name in metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::LongText => "LONG_TEXT",
            Self::MultiText => "MULTI_TEXT",
            Self::Letter => "LETTER",
            Self::PhoneNumber => "PHONE_NUMBER",
            Self::Email => "EMAIL",
            Self::Boolean => "BOOLEAN",
            Self::TrueOnly => "TRUE_ONLY",
            Self::Date => "DATE",
            Self::DateTime => "DATETIME",
            Self::Time => "TIME",
            Self::Number => "NUMBER",
            Self::UnitInterval => "UNIT_INTERVAL",
            Self::Percentage => "PERCENTAGE",
            Self::Integer => "INTEGER",
            Self::IntegerPositive => "INTEGER_POSITIVE",
            Self::IntegerNegative => "INTEGER_NEGATIVE",
            Self::IntegerZeroOrPositive => "INTEGER_ZERO_OR_POSITIVE",
            Self::TrackerAssociate => "TRACKER_ASSOCIATE",
            Self::Username => "USERNAME",
            Self::Coordinate => "COORDINATE",
            Self::OrganisationUnit => "ORGANISATION_UNIT",
            Self::Reference => "REFERENCE",
            Self::Age => "AGE",
            Self::Url => "URL",
            Self::FileResource => "FILE_RESOURCE",
            Self::Image => "IMAGE",
            Self::GeoJson => "GEOJSON",
        }
    }

    /// Whole numbers of any sign (DHIS2 `INTEGER_TYPES`).
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Integer
                | Self::IntegerPositive
                | Self::IntegerNegative
                | Self::IntegerZeroOrPositive
        )
    }

    /// Numbers of any kind (DHIS2 `NUMERIC_TYPES`).
    #[must_use]
    pub fn is_numeric(self) -> bool {
        self.is_integer() || matches!(self, Self::Number | Self::UnitInterval | Self::Percentage)
    }

    /// Yes/no and yes-only (DHIS2 `BOOLEAN_TYPES`).
    #[must_use]
    pub fn is_boolean(self) -> bool {
        matches!(self, Self::Boolean | Self::TrueOnly)
    }

    /// Texts (DHIS2 `TEXT_TYPES`); `MULTI_TEXT` is a list of options and not among them.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::LongText
                | Self::Letter
                | Self::Time
                | Self::Username
                | Self::Email
                | Self::PhoneNumber
                | Self::Url
        )
    }

    /// Dates with or without a time (DHIS2 `DATE_TYPES`); an age is stored as a date of birth.
    #[must_use]
    pub fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::DateTime | Self::Age)
    }

    /// Values that are the id of an uploaded file (DHIS2 `FILE_TYPES`).
    #[must_use]
    pub fn is_file(self) -> bool {
        matches!(self, Self::FileResource | Self::Image)
    }

    /// Whether that server looks at the content of such a value at all.
    ///
    /// 2.38 stores anything in six types that later ones check (wire reference 2.1).
    #[must_use]
    pub fn is_checked_by(self, server: ServerMinor) -> bool {
        let checked_since_39 = matches!(
            self,
            Self::Time
                | Self::Email
                | Self::PhoneNumber
                | Self::Username
                | Self::OrganisationUnit
                | Self::Age
        );
        server >= ServerMinor(39) || !checked_since_39
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ValueType {
    type Err = ValueTypeError;
    fn from_str(name: &str) -> Result<Self, ValueTypeError> {
        Self::parse(name)
    }
}

impl Serialize for ValueType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ValueType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&name).map_err(serde::de::Error::custom)
    }
}
