//! Metadata of any size, and records that fit it. All ids are spelled out of numbers, so that a
//! suite knows what must be there without asking the product.

use serde_json::{Value, json};

use super::server::DISTRICT;

/// A monthly data set of the generated metadata.
pub const DATA_SET: &str = "DsWide00000";
/// A program without registration of the generated metadata.
pub const PROGRAM: &str = "PrWide00000";
/// Its stage.
pub const STAGE: &str = "PsWide00000";
/// A number asked in the program.
pub const EVENT_NUMBER: &str = "EvNumber000";
/// A text asked in the program.
pub const EVENT_REMARK: &str = "EvRemark000";
/// The default combo of every server.
pub const DEFAULT_COMBO: &str = "HllvX50cXC0";

const DEFAULT_CATEGORY_COMBO: &str = "bjDvmb4bfuf";

/// How large the metadata is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Clinics in the district.
    pub clinics: usize,
    /// The first clinics, which fill in the forms.
    pub assigned: usize,
    /// Data elements of the data set; all ask for numbers.
    pub elements: usize,
    /// Whether there is a last data element that takes any text.
    pub remark: bool,
}

/// Id of a clinic.
#[must_use]
pub fn clinic(number: usize) -> String {
    format!("Ou{number:09}")
}

/// Id of a data element.
#[must_use]
pub fn element(number: usize) -> String {
    format!("De{number:09}")
}

/// Id of an event.
#[must_use]
pub fn event_id(number: usize) -> String {
    format!("Ev{number:09}")
}

/// The package.
#[must_use]
pub fn package(size: Size) -> Value {
    let sharing = json!({"public": "rwrw----", "external": false, "users": {}, "userGroups": {}});
    let assigned: Value = (0..size.assigned).map(|number| json!({"id": clinic(number)})).collect();
    let combo = json!({"id": DEFAULT_CATEGORY_COMBO});
    let count = size.elements + usize::from(size.remark);
    let members: Value = (0..count)
        .map(|number| json!({"dataElement": {"id": element(number)}, "dataSet": {"id": DATA_SET}}))
        .collect();
    json!({
        "organisationUnits": places(size.clinics),
        "dataElements": data_elements(size),
        "dataSets": [{
            "id": DATA_SET, "name": "Wide report", "shortName": "Wide report",
            "periodType": "Monthly", "expiryDays": 0, "openFuturePeriods": 0,
            "categoryCombo": combo, "organisationUnits": assigned,
            "dataSetElements": members, "sharing": sharing,
        }],
        "programs": [{
            "id": PROGRAM, "name": "Wide visit", "shortName": "Wide visit",
            "programType": "WITHOUT_REGISTRATION", "categoryCombo": combo,
            "organisationUnits": assigned, "programStages": [{"id": STAGE}], "sharing": sharing,
        }],
        "programStages": [{
            "id": STAGE, "name": "Wide visit", "program": {"id": PROGRAM}, "sortOrder": 1,
            "validationStrategy": "ON_UPDATE_AND_INSERT", "featureType": "NONE",
            "programStageDataElements": [
                {"id": "PsdWide0001", "dataElement": {"id": EVENT_NUMBER},
                 "programStage": {"id": STAGE}, "sortOrder": 1},
                {"id": "PsdWide0002", "dataElement": {"id": EVENT_REMARK},
                 "programStage": {"id": STAGE}, "sortOrder": 2},
            ],
            "sharing": sharing,
        }],
    })
}

fn places(clinics: usize) -> Value {
    let unit = |id: &str, name: &str, path: &str, parent: Option<&str>| {
        json!({
            "id": id, "name": name, "shortName": name, "openingDate": "2015-01-01",
            "path": path, "level": path.matches('/').count(),
            "parent": parent.map(|id| json!({"id": id})),
        })
    };
    let district = format!("/OuNationLow/{DISTRICT}");
    let above = [
        unit("OuNationLow", "Lowland", "/OuNationLow", None),
        unit(DISTRICT, "North District", &district, Some("OuNationLow")),
    ];
    let below = (0..clinics).map(|number| {
        let id = clinic(number);
        unit(&id, &format!("Clinic {number}"), &format!("{district}/{id}"), Some(DISTRICT))
    });
    above.into_iter().chain(below).collect()
}

fn data_elements(size: Size) -> Value {
    let one = |id: &str, name: &str, value_type: &str, domain: &str| {
        json!({
            "id": id, "name": name, "shortName": name, "valueType": value_type,
            "domainType": domain, "aggregationType": "NONE", "zeroIsSignificant": true,
            "categoryCombo": {"id": DEFAULT_CATEGORY_COMBO},
        })
    };
    let numbers = (0..size.elements)
        .map(|number| one(&element(number), &format!("Number {number}"), "NUMBER", "AGGREGATE"));
    let remark =
        size.remark.then(|| one(&element(size.elements), "Remarks", "LONG_TEXT", "AGGREGATE"));
    let asked = [
        one(EVENT_NUMBER, "Number of the visit", "NUMBER", "TRACKER"),
        one(EVENT_REMARK, "Remark of the visit", "LONG_TEXT", "TRACKER"),
    ];
    numbers.chain(remark).chain(asked).collect()
}

/// A file of values for `outpost import`: `(element, clinic, value)` in one month.
#[must_use]
pub fn values_file(period: &str, values: impl Iterator<Item = (String, String, String)>) -> Value {
    let values: Value = values
        .map(|(element, unit, value)| {
            json!({"dataElement": element, "orgUnit": unit, "value": value})
        })
        .collect();
    json!({"dataSet": DATA_SET, "period": period, "dataValues": values})
}

/// A file of events for `outpost import`: `(id, clinic, number, remark)` on one day.
#[must_use]
pub fn events_file(
    day: &str,
    events: impl Iterator<Item = (String, String, String, String)>,
) -> Value {
    let events: Value = events
        .map(|(id, unit, number, remark)| {
            json!({
                "event": id, "program": PROGRAM, "programStage": STAGE, "orgUnit": unit,
                "occurredAt": day, "status": "COMPLETED",
                "dataValues": [
                    {"dataElement": EVENT_NUMBER, "value": number},
                    {"dataElement": EVENT_REMARK, "value": remark},
                ],
            })
        })
        .collect();
    json!({"events": events})
}

/// A month that lies behind, in the server's notation: `202609`.
#[must_use]
pub fn past_month(months_ago: i64) -> String {
    let days = super::server::now_ms() / 86_400_000;
    let (year, month) = year_and_month(days);
    let months = year * 12 + month - 1 - months_ago;
    format!("{:04}{:02}", months.div_euclid(12), months.rem_euclid(12) + 1)
}

/// A day in the middle of such a month: `2026-09-15`.
#[must_use]
pub fn past_day(months_ago: i64) -> String {
    let month = past_month(months_ago);
    format!("{}-{}-15", &month[..4], &month[4..])
}

/// Year and month of a day since 1970-01-01 (the civil-from-days arithmetic of the Gregorian
/// calendar).
fn year_and_month(days: i64) -> (i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * in_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month)
}
