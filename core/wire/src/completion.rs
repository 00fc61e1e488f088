//! Completion of slices: `/api/completeDataSetRegistrations`.
//!
//! Conflicts of an answer carry no index and no code (captures a003b, a004): one registration per
//! request is the only way to know which was refused.

use outpost_domain::data::{Completion, ServerCompletion, SliceKey};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryComboUid, CategoryOptionComboUid, CategoryOptionUid, DEFAULT_CATEGORY_OPTION_COMBO,
    DataSetUid, OrganisationUnitUid,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::{object_from_slice, parse_object};
use crate::loose;
use crate::metadata::Skipped;

const WHAT: &str = "completeDataSetRegistrations";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    complete_data_set_registrations: Vec<RegistrationDto>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationDto {
    data_set: DataSetUid,
    period: Period,
    organisation_unit: OrganisationUnitUid,
    attribute_option_combo: CategoryOptionComboUid,
    completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_by: Option<String>,
}

/// Body of `POST /api/completeDataSetRegistrations`. A withdrawn completion is sent with
/// `completed: false`, which keeps the row on the server (capture a003l); sending twice is harmless
/// (capture a004h).
#[must_use]
pub fn encode(rows: &[(SliceKey, Completion)]) -> Vec<u8> {
    let registrations = rows.iter().map(|(key, completion)| RegistrationDto {
        data_set: key.data_set,
        period: key.period,
        organisation_unit: key.organisation_unit,
        attribute_option_combo: key.attribute_option_combo,
        completed: completion.completed,
        date: completion.date.clone(),
        stored_by: completion.stored_by.clone(),
    });
    let envelope = Envelope { complete_data_set_registrations: registrations.collect() };
    serde_json::to_vec(&envelope).expect("uids, texts and flags always become JSON")
}

/// Query of `DELETE /api/completeDataSetRegistrations`. The attribute option combo is addressed by
/// its combo and options; without them the default one is meant, and 204 comes even if the
/// registration with another remains (captures a007n, a007o).
#[must_use]
pub fn delete_query(
    key: &SliceKey,
    attribute: Option<(CategoryComboUid, &[CategoryOptionUid])>,
) -> String {
    let mut query = format!("ds={}&pe={}&ou={}", key.data_set, key.period, key.organisation_unit);
    if let Some((combo, options)) = attribute {
        let options: Vec<&str> = options.iter().map(CategoryOptionUid::as_str).collect();
        query.push_str(&format!("&cc={combo}&cp={}", options.join(";")));
    }
    query
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AnswerDto<'a> {
    #[serde(borrow)]
    complete_data_set_registrations: Option<Vec<&'a RawValue>>,
    http_status_code: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerDto {
    data_set: DataSetUid,
    period: Period,
    organisation_unit: OrganisationUnitUid,
    #[serde(default, deserialize_with = "loose::reference")]
    attribute_option_combo: Option<CategoryOptionComboUid>,
    #[serde(default)]
    completed: Option<bool>,
    #[serde(default, deserialize_with = "loose::text")]
    date: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    stored_by: Option<String>,
}

/// What an answer of `GET /api/completeDataSetRegistrations` holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionsPage {
    /// The completions.
    pub completions: Vec<ServerCompletion>,
    /// Registrations that are not understood.
    pub skipped: Vec<Skipped>,
}

/// Parses an answer of `GET /api/completeDataSetRegistrations` for a download; `{}` is an empty
/// list. A registration without `completed` is complete (servers before the flag). One bad
/// registration does not hold up the others.
///
/// # Errors
/// [`WireError`] if the whole is no answer of this kind.
pub fn parse_completions_page(bytes: &[u8]) -> Result<CompletionsPage, WireError> {
    let answer: AnswerDto<'_> = parse_object(bytes, WHAT)?;
    if answer.http_status_code.is_some() {
        return Err(WireError::shape(WHAT, "$", "an error message in the place of registrations"));
    }
    let mut page = CompletionsPage { completions: Vec::new(), skipped: Vec::new() };
    for raw in answer.complete_data_set_registrations.unwrap_or_default() {
        match object_from_slice(raw.get().as_bytes(), WHAT) {
            Ok(dto) => page.completions.push(completion_of(dto)),
            Err(error) => {
                page.skipped.push(Skipped { uid: None, reason: error.to_string() });
            }
        }
    }
    Ok(page)
}

/// Parses the same answer for a comparison with what is about to be overwritten: there every
/// registration counts.
///
/// # Errors
/// Like [`parse_completions_page`]; also for a registration that is not understood.
pub fn parse_completions(bytes: &[u8]) -> Result<Vec<ServerCompletion>, WireError> {
    let page = parse_completions_page(bytes)?;
    match page.skipped.first() {
        None => Ok(page.completions),
        Some(skipped) => Err(WireError::shape(WHAT, "$", &skipped.reason)),
    }
}

fn completion_of(dto: ServerDto) -> ServerCompletion {
    let default_combo = || {
        CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).expect("the constant is a uid")
    };
    ServerCompletion {
        key: SliceKey {
            data_set: dto.data_set,
            period: dto.period,
            organisation_unit: dto.organisation_unit,
            attribute_option_combo: dto.attribute_option_combo.unwrap_or_else(default_combo),
        },
        completion: Completion {
            completed: dto.completed.unwrap_or(true),
            // A day is all that matters, some servers add a time.
            date: dto.date.map(|date| date.chars().take(10).collect()),
            stored_by: dto.stored_by,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SliceKey {
        SliceKey {
            data_set: DataSetUid::parse("dsMalaria01").expect("a uid"),
            period: Period::parse("202610").expect("a period"),
            organisation_unit: OrganisationUnitUid::parse("ouClinicA01").expect("a uid"),
            attribute_option_combo: CategoryOptionComboUid::parse("HllvX50cXC0").expect("a uid"),
        }
    }

    #[test]
    fn a_withdrawal_is_sent_as_not_completed() {
        let completion =
            Completion { completed: false, date: None, stored_by: Some("nurse".into()) };
        let body = encode(&[(key(), completion)]);
        assert_eq!(
            String::from_utf8(body).expect("text"),
            concat!(
                r#"{"completeDataSetRegistrations":[{"dataSet":"dsMalaria01","period":"2026"#,
                r#"10","organisationUnit":"ouClinicA01","attributeOptionCombo":"HllvX50cXC0"#,
                r#"","completed":false,"storedBy":"nurse"}]}"#,
            )
        );
    }

    #[test]
    fn a_deletion_names_the_options_of_an_attribute_combo() {
        assert_eq!(delete_query(&key(), None), "ds=dsMalaria01&pe=202610&ou=ouClinicA01");
        let combo = CategoryComboUid::parse("ccProject01").expect("a uid");
        let option = CategoryOptionUid::parse("coProjOld01").expect("a uid");
        assert_eq!(
            delete_query(&key(), Some((combo, &[option]))),
            "ds=dsMalaria01&pe=202610&ou=ouClinicA01&cc=ccProject01&cp=coProjOld01"
        );
    }

    #[test]
    fn an_empty_object_is_an_empty_list() {
        assert_eq!(parse_completions(b"{}"), Ok(vec![]));
        assert!(parse_completions(b"").is_err());
        assert!(parse_completions(br#"{"httpStatusCode":409}"#).is_err());
    }

    #[test]
    fn a_registration_that_is_not_understood_does_not_hold_up_the_others() {
        let body = br#"{"completeDataSetRegistrations":[{"dataSet":"dsMalaria01","period":"2016",
            "organisationUnit":"ouClinicA01","date":"2026-11-22T10:00:00.000"},
            {"dataSet":"dsMalaria01","period":"new","organisationUnit":"ouClinicA01"}]}"#;
        let page = parse_completions_page(body).expect("a page");
        assert_eq!((page.completions.len(), page.skipped.len()), (1, 1));
        let completion = &page.completions[0].completion;
        assert_eq!((completion.completed, completion.date.as_deref()), (true, Some("2026-11-22")));
        assert!(parse_completions(body).is_err());
    }
}
