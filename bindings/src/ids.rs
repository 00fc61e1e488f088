//! Ids as texts: parsed once, at the bridge, with the name of the argument in the error.

use std::fmt::Display;
use std::str::FromStr;

use outpost_engine::OutpostError;
use outpost_engine::domain::data::SliceKey;
use outpost_engine::domain::period::Period;

use crate::limits::PAGE_ROWS_MAX;
use crate::record::slice::SliceId;

/// Parses an id that was given as `field`.
pub(crate) fn id<T>(field: &str, text: &str) -> Result<T, OutpostError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| OutpostError::invalid(field, "id", error))
}

/// Parses an id that may be left out.
pub(crate) fn optional<T>(field: &str, text: Option<&str>) -> Result<Option<T>, OutpostError>
where
    T: FromStr,
    T::Err: Display,
{
    text.map(|text| id(field, text)).transpose()
}

/// Parses a list of ids, not longer than a page.
pub(crate) fn all<T>(field: &str, texts: &[String]) -> Result<Vec<T>, OutpostError>
where
    T: FromStr,
    T::Err: Display,
{
    if texts.len() > PAGE_ROWS_MAX {
        let reason = format!("at most {PAGE_ROWS_MAX} are given in one call");
        return Err(OutpostError::invalid(field, "too_many", reason));
    }
    texts.iter().map(|text| id(field, text)).collect()
}

/// A number that cannot be below zero; the other side knows signed ones only.
pub(crate) fn count(field: &str, number: Option<i32>) -> Result<Option<u32>, OutpostError> {
    let below = |_| OutpostError::invalid(field, "below_zero", "it cannot be below zero");
    number.map(|number| u32::try_from(number).map_err(below)).transpose()
}

/// Parses what names a slice.
pub(crate) fn slice(key: &SliceId) -> Result<SliceKey, OutpostError> {
    let period = Period::parse(&key.period)
        .map_err(|error| OutpostError::invalid("period", "period", error))?;
    Ok(SliceKey {
        data_set: id("data_set", &key.data_set)?,
        period,
        organisation_unit: id("organisation_unit", &key.organisation_unit)?,
        attribute_option_combo: id("attribute_option_combo", &key.attribute_option_combo)?,
    })
}

#[cfg(test)]
mod tests {
    use outpost_engine::domain::uid::Uid;

    use super::*;

    #[track_caller]
    fn check(change: impl Fn(&mut SliceId), field: Option<&str>) {
        let mut key = SliceId {
            data_set: "DsMonthly00".into(),
            period: "202609".into(),
            organisation_unit: "OuClinicAaa".into(),
            attribute_option_combo: "HllvX50cXC0".into(),
        };
        change(&mut key);
        let named = match slice(&key) {
            Ok(_) => None,
            Err(OutpostError::InvalidInput { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(named.as_deref(), field);
    }

    #[test]
    fn a_bad_id_is_named_by_its_argument() {
        check(|_| {}, None);
        check(|key| key.data_set = "1".into(), Some("data_set"));
        check(|key| key.period = "2026-13".into(), Some("period"));
        check(|key| key.organisation_unit.clear(), Some("organisation_unit"));
        check(|key| key.attribute_option_combo.push('x'), Some("attribute_option_combo"));
    }

    #[test]
    fn a_list_of_ids_is_no_longer_than_a_page() {
        let parse = |count: usize| all::<Uid>("places", &vec!["OuClinicAaa".to_owned(); count]);
        assert_eq!(parse(PAGE_ROWS_MAX).map(|found| found.len()).ok(), Some(PAGE_ROWS_MAX));
        match parse(PAGE_ROWS_MAX + 1) {
            Err(OutpostError::InvalidInput { field, .. }) => assert_eq!(field, "places"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_count_below_zero_is_refused() {
        assert_eq!(count("months", None).ok(), Some(None));
        assert_eq!(count("months", Some(0)).ok(), Some(Some(0)));
        assert!(count("months", Some(-1)).is_err());
    }
}
