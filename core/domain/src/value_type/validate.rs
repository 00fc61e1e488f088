//! The one entry point: a value type and a text in, the server's answer out.

use super::{
    ValueProblem, ValueType, coordinate, date_time, email, number, text, url as web_address,
};
use crate::limits::VALUE_UTF16_MAX;
use crate::uid::Uid;

/// Whether the server would take the value for that type.
///
/// A blank value is valid here; whether one may be missing is another question. Options are
/// checked by [`super::validate_option`], what an id points to by whoever holds the metadata. For
/// a 2.38 server ask [`ValueType::is_checked_by`] first.
///
/// # Errors
/// The [`ValueProblem`] that the server would report (E7619, E1302, E1007).
pub fn validate(value_type: ValueType, value: &str) -> Result<(), ValueProblem> {
    if text::is_java_blank(value) {
        return Ok(());
    }
    if text::utf16_length(value) > VALUE_UTF16_MAX {
        return Err(ValueProblem::TooLong);
    }
    match check_of(value_type) {
        Some((accepts, problem)) if !accepts(value) => Err(problem),
        _ => Ok(()),
    }
}

type Check = (fn(&str) -> bool, ValueProblem);

fn check_of(value_type: ValueType) -> Option<Check> {
    let check: Check = match value_type {
        ValueType::Text
        | ValueType::LongText
        | ValueType::MultiText
        | ValueType::Reference
        | ValueType::GeoJson
        | ValueType::TrackerAssociate => return None,
        ValueType::Letter => (text::is_letter, ValueProblem::NotLetter),
        ValueType::Number => (number::is_number, ValueProblem::NotNumeric),
        ValueType::UnitInterval => (number::is_unit_interval, ValueProblem::NotUnitInterval),
        ValueType::Percentage => (number::is_percentage, ValueProblem::NotPercentage),
        ValueType::Integer => (number::is_integer, ValueProblem::NotInteger),
        ValueType::IntegerPositive => {
            (number::is_positive_integer, ValueProblem::NotPositiveInteger)
        }
        ValueType::IntegerNegative => {
            (number::is_negative_integer, ValueProblem::NotNegativeInteger)
        }
        ValueType::IntegerZeroOrPositive => {
            (number::is_zero_or_positive_integer, ValueProblem::NotZeroOrPositiveInteger)
        }
        ValueType::Boolean => (is_boolean, ValueProblem::NotBoolean),
        ValueType::TrueOnly => (is_true, ValueProblem::NotTrueOnly),
        ValueType::Date => (date_time::is_date, ValueProblem::NotDate),
        ValueType::Age => (date_time::is_date, ValueProblem::NotAge),
        ValueType::DateTime => (date_time::is_date_time, ValueProblem::NotDateTime),
        ValueType::Time => (date_time::is_time, ValueProblem::NotTime),
        ValueType::Coordinate => (coordinate::is_coordinate, ValueProblem::NotCoordinate),
        ValueType::PhoneNumber => (text::is_phone_number, ValueProblem::NotPhoneNumber),
        ValueType::Email => (email::is_email, ValueProblem::NotEmail),
        ValueType::Url => (web_address::is_url, ValueProblem::NotUrl),
        ValueType::FileResource | ValueType::Image => (is_uid, ValueProblem::NotFileResource),
        ValueType::OrganisationUnit => (is_uid, ValueProblem::NotOrganisationUnit),
        ValueType::Username => (text::is_username, ValueProblem::NotUsername),
    };
    Some(check)
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

fn is_boolean(value: &str) -> bool {
    is_true(value) || value.eq_ignore_ascii_case("false")
}

fn is_uid(value: &str) -> bool {
    Uid::parse(value).is_ok()
}
