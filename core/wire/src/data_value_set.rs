//! Aggregate values: `POST` and `GET /api/dataValueSets`.
//!
//! A set is always sent with its `dataSet` header: without it the server checks neither the data
//! set's rules nor whether the user may write it (captures m075h, m076d).

use outpost_domain::data::{DataValue, DataValueKey, ServerDataValue};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid,
    OrganisationUnitUid,
};
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;
use crate::metadata::Skipped;
use crate::version::ServerVersion;

pub(crate) const WHAT: &str = "dataValueSets";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SetDto {
    data_set: DataSetUid,
    #[serde(flatten)]
    place: PlaceDto,
    data_values: Vec<ValueDto>,
}

/// Where values belong, on the set or on each value.
#[derive(Serialize, Default, Clone, Copy)]
#[serde(rename_all = "camelCase")]
struct PlaceDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org_unit: Option<OrganisationUnitUid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_option_combo: Option<CategoryOptionComboUid>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValueDto {
    data_element: DataElementUid,
    #[serde(flatten)]
    place: PlaceDto,
    category_option_combo: CategoryOptionComboUid,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    // What is sent is kept (capture a005n).
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_by: Option<String>,
    followup: bool,
    // From 2.43 values are read by this spelling but written by the other (wire reference 1.3).
    #[serde(rename = "followUp", skip_serializing_if = "Option::is_none")]
    follow_up: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
}

/// Body of `POST /api/dataValueSets`: the rows in the given order, so that `rejectedIndexes` of the
/// answer are indexes of `rows`.
///
/// Comment and follow-up always travel with the value because the server erases what is left out
/// (capture a005d). Deletions are values with `deleted: true`, which works on all versions. Period,
/// organisation unit and attribute option combo stand on the set when all rows share them. The
/// caller has removed doubles: of two equal keys the first would win silently (capture 56f).
#[must_use]
pub fn encode(
    data_set: DataSetUid,
    rows: &[(DataValueKey, DataValue)],
    version: ServerVersion,
) -> Vec<u8> {
    encode_by(data_set, rows, &[], version)
}

/// The same with the user names of those who captured the values, in the order of `rows`, where
/// somebody else sends them; whoever is missing is the one who sends.
#[must_use]
pub fn encode_by(
    data_set: DataSetUid,
    rows: &[(DataValueKey, DataValue)],
    stored_by: &[Option<&str>],
    version: ServerVersion,
) -> Vec<u8> {
    let place = shared_place(rows);
    let value_of = |(at, (key, value)): (usize, &(DataValueKey, DataValue))| ValueDto {
        data_element: key.data_element,
        place: PlaceDto {
            period: place.period.is_none().then_some(key.period),
            org_unit: place.org_unit.is_none().then_some(key.organisation_unit),
            attribute_option_combo: (place.attribute_option_combo.is_none())
                .then_some(key.attribute_option_combo),
        },
        category_option_combo: key.category_option_combo,
        value: value.value.clone(),
        comment: value.comment.clone(),
        stored_by: stored_by.get(at).copied().flatten().map(str::to_owned),
        followup: value.follow_up,
        follow_up: version.reads_follow_up().then_some(value.follow_up),
        deleted: value.deleted.then_some(true),
    };
    let set =
        SetDto { data_set, place, data_values: rows.iter().enumerate().map(value_of).collect() };
    serde_json::to_vec(&set).expect("uids, texts and flags always become JSON")
}

fn shared_place(rows: &[(DataValueKey, DataValue)]) -> PlaceDto {
    let Some((first, _)) = rows.first() else {
        return PlaceDto::default();
    };
    let all = |same: &dyn Fn(&DataValueKey) -> bool| rows.iter().all(|(key, _)| same(key));
    PlaceDto {
        period: all(&|key| key.period == first.period).then_some(first.period),
        org_unit: all(&|key| key.organisation_unit == first.organisation_unit)
            .then_some(first.organisation_unit),
        attribute_option_combo: all(&|key| {
            key.attribute_option_combo == first.attribute_option_combo
        })
        .then_some(first.attribute_option_combo),
    }
}

/// What stands on the set and holds for every value that does not say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SetHeader {
    /// Data set, as written.
    #[serde(deserialize_with = "loose::text")]
    pub data_set: Option<String>,
    /// When the set was completed, as written.
    #[serde(deserialize_with = "loose::text")]
    pub complete_date: Option<String>,
    /// Period, as written.
    #[serde(deserialize_with = "loose::text")]
    pub period: Option<String>,
    /// Organisation unit, as written.
    #[serde(deserialize_with = "loose::text")]
    pub org_unit: Option<String>,
    /// Attribute option combo, as written.
    #[serde(deserialize_with = "loose::text")]
    pub attribute_option_combo: Option<String>,
}

/// One value as written: every member may be missing or of another kind.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RawValueRow {
    #[serde(deserialize_with = "loose::text")]
    data_element: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    period: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    org_unit: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    category_option_combo: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    attribute_option_combo: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    value: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    comment: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    followup: bool,
    #[serde(rename = "followUp", deserialize_with = "loose::flag")]
    follow_up: bool,
    #[serde(deserialize_with = "loose::flag")]
    deleted: bool,
    #[serde(deserialize_with = "loose::text")]
    stored_by: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    last_updated: Option<String>,
}

impl RawValueRow {
    /// The value with the set's defaults; missing combos are the default combo.
    ///
    /// # Errors
    /// In words: which member is missing or not understood.
    pub fn with_defaults(self, header: &SetHeader) -> Result<ServerDataValue, String> {
        let or = |own: Option<String>, set: &Option<String>| own.or_else(|| set.clone());
        let default_combo = || DEFAULT_CATEGORY_OPTION_COMBO.to_owned();
        let period = needed(or(self.period, &header.period), "period")?;
        let unit = needed(or(self.org_unit, &header.org_unit), "orgUnit")?;
        let element = needed(self.data_element, "dataElement")?;
        let cell = self.category_option_combo.unwrap_or_else(default_combo);
        let split = or(self.attribute_option_combo, &header.attribute_option_combo)
            .unwrap_or_else(default_combo);
        let key = DataValueKey {
            data_element: id(&element, "dataElement", DataElementUid::parse)?,
            period: Period::parse(&period).map_err(|_| "period: not a period".to_owned())?,
            organisation_unit: id(&unit, "orgUnit", OrganisationUnitUid::parse)?,
            category_option_combo: id(&cell, "categoryOptionCombo", CategoryOptionComboUid::parse)?,
            attribute_option_combo: id(
                &split,
                "attributeOptionCombo",
                CategoryOptionComboUid::parse,
            )?,
        };
        let value = DataValue {
            value: self.value.filter(|text| !text.is_empty()),
            comment: self.comment.filter(|text| !text.is_empty()),
            follow_up: self.followup || self.follow_up,
            deleted: self.deleted,
        };
        let (stored_by, last_updated) = (self.stored_by, self.last_updated);
        Ok(ServerDataValue { key, value, stored_by, last_updated })
    }
}

fn needed(text: Option<String>, member: &str) -> Result<String, String> {
    text.ok_or_else(|| format!("{member}: missing"))
}

/// The text itself is not repeated: in a file with a shifted column it may be anybody's value.
fn id<T, E>(text: &str, member: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, String> {
    parse(text).map_err(|_| format!("{member}: not a DHIS2 id"))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AnswerDto {
    #[serde(deserialize_with = "loose::text")]
    data_set: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    complete_date: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    period: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    org_unit: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    attribute_option_combo: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    data_values: Vec<RawValueRow>,
    http_status_code: Option<u16>,
}

/// What an answer of `GET /api/dataValueSets` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesPage {
    /// The values.
    pub values: Vec<ServerDataValue>,
    /// Values without a key that is understood, such as a period of a newer server.
    pub skipped: Vec<Skipped>,
}

/// Parses an answer of `GET /api/dataValueSets` for a download; `{}` is an empty list. One bad
/// value does not hold up the others.
///
/// # Errors
/// [`WireError::EmptyAnswer`] for an empty body, which means that the organisation unit is outside
/// the user's hierarchy (capture a006i) and never "no data"; any other [`WireError`] if the whole
/// is no answer of this kind.
pub fn parse_values_page(bytes: &[u8]) -> Result<ValuesPage, WireError> {
    let answer: AnswerDto = parse_object(bytes, WHAT)?;
    if answer.http_status_code.is_some() {
        return Err(WireError::shape(WHAT, "$", "an error message in the place of values"));
    }
    let header = SetHeader {
        data_set: answer.data_set,
        complete_date: answer.complete_date,
        period: answer.period,
        org_unit: answer.org_unit,
        attribute_option_combo: answer.attribute_option_combo,
    };
    let mut page = ValuesPage { values: Vec::new(), skipped: Vec::new() };
    for (index, row) in answer.data_values.into_iter().enumerate() {
        match row.with_defaults(&header) {
            Ok(value) => page.values.push(value),
            Err(reason) => {
                let reason = format!("dataValues[{index}]: {reason}");
                page.skipped.push(Skipped { uid: None, reason });
            }
        }
    }
    Ok(page)
}

/// Parses the same answer for a comparison with what is about to be overwritten: there every value
/// counts.
///
/// # Errors
/// Like [`parse_values_page`]; also [`WireError::WrongShape`] for a value that is not understood.
pub fn parse_values(bytes: &[u8]) -> Result<Vec<ServerDataValue>, WireError> {
    let page = parse_values_page(bytes)?;
    match page.skipped.first() {
        None => Ok(page.values),
        Some(skipped) => Err(WireError::shape(WHAT, "$", &skipped.reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(element: &str, period: &str, value: DataValue) -> (DataValueKey, DataValue) {
        let combo = CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).expect("a uid");
        let key = DataValueKey {
            data_element: DataElementUid::parse(element).expect("a uid"),
            period: Period::parse(period).expect("a period"),
            organisation_unit: OrganisationUnitUid::parse("ouClinicA01").expect("a uid"),
            category_option_combo: combo,
            attribute_option_combo: combo,
        };
        (key, value)
    }

    #[track_caller]
    fn check(rows: &[(DataValueKey, DataValue)], version: &str, expected: &str) {
        let data_set = DataSetUid::parse("dsMalaria01").expect("a uid");
        let version = ServerVersion::parse(version).expect("a version");
        let body = encode(data_set, rows, version);
        assert_eq!(String::from_utf8(body).expect("text"), expected);
    }

    fn four() -> DataValue {
        DataValue { value: Some("4".into()), comment: Some("sure".into()), ..DataValue::default() }
    }

    #[test]
    fn what_all_rows_share_stands_on_the_set() {
        check(
            &[row("deMalDeath1", "202610", four())],
            "2.42",
            concat!(
                r#"{"dataSet":"dsMalaria01","period":"202610","orgUnit":"ouClinicA01","attr"#,
                r#"ibuteOptionCombo":"HllvX50cXC0","dataValues":[{"dataElement":"deMalDeath"#,
                r#"1","categoryOptionCombo":"HllvX50cXC0","value":"4","comment":"sure","fol"#,
                r#"lowup":false}]}"#,
            ),
        );
        check(
            &[row("deMalDeath1", "202610", four()), row("deMalDeath1", "202611", four())],
            "2.42",
            concat!(
                r#"{"dataSet":"dsMalaria01","orgUnit":"ouClinicA01","attributeOptionCombo":"#,
                r#""HllvX50cXC0","dataValues":[{"dataElement":"deMalDeath1","period":"20261"#,
                r#"0","categoryOptionCombo":"HllvX50cXC0","value":"4","comment":"sure","fol"#,
                r#"lowup":false},{"dataElement":"deMalDeath1","period":"202611","categoryOp"#,
                r#"tionCombo":"HllvX50cXC0","value":"4","comment":"sure","followup":false}]"#,
                r#"}"#,
            ),
        );
    }

    #[test]
    fn a_deletion_and_both_spellings_of_follow_up_travel() {
        let gone = DataValue { deleted: true, follow_up: true, ..DataValue::default() };
        check(
            &[row("deMalDeath1", "202610", gone)],
            "2.43.1",
            concat!(
                r#"{"dataSet":"dsMalaria01","period":"202610","orgUnit":"ouClinicA01","attr"#,
                r#"ibuteOptionCombo":"HllvX50cXC0","dataValues":[{"dataElement":"deMalDeath"#,
                r#"1","categoryOptionCombo":"HllvX50cXC0","followup":true,"followUp":true,""#,
                r#"deleted":true}]}"#,
            ),
        );
    }

    #[test]
    fn an_empty_object_is_no_data_and_an_empty_body_is_an_error() {
        assert_eq!(parse_values(b"{}"), Ok(vec![]));
        assert_eq!(parse_values(br#"{"dataValues":null}"#), Ok(vec![]));
        assert_eq!(parse_values(b""), Err(WireError::EmptyAnswer { what: WHAT }));
        assert!(parse_values(br#"{"httpStatusCode":409,"message":"x"}"#).is_err());
    }

    #[test]
    fn a_value_takes_what_it_lacks_from_the_set() {
        let body = br#"{"period":"202610","orgUnit":"ouClinicA01",
            "dataValues":[{"dataElement":"deMalDeath1","value":3,"followUp":true}]}"#;
        let values = parse_values(body).expect("values");
        assert_eq!(values[0].key.period.to_string(), "202610");
        assert_eq!(values[0].key.attribute_option_combo.as_str(), DEFAULT_CATEGORY_OPTION_COMBO);
        assert_eq!(values[0].value.value.as_deref(), Some("3"));
        assert!(values[0].value.follow_up);
    }

    #[test]
    fn a_value_without_a_key_is_named_by_its_place() {
        let body = br#"{"orgUnit":"ouClinicA01","dataValues":[{"dataElement":"deMalDeath1"},
            {"dataElement":"deMalDeath1","period":"202610"}]}"#;
        let page = parse_values_page(body).expect("a page");
        assert_eq!((page.values.len(), page.skipped.len()), (1, 1));
        let error = parse_values(body);
        assert_eq!(
            error.expect_err("no period").to_string(),
            "dataValueSets: at `$`: dataValues[0]: period: missing"
        );
    }
}
