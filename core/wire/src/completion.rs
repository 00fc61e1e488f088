//! Completion of slices: `/api/completeDataSetRegistrations`.
//!
//! Conflicts of an answer carry no index and no code (captures a003b, a004): one registration per request
//! is the only way to know which was refused.

use outpost_domain::data::{Completion, ServerCompletion, SliceKey};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryComboUid, CategoryOptionComboUid, CategoryOptionUid, DEFAULT_CATEGORY_OPTION_COMBO,
    DataSetUid, OrganisationUnitUid,
};
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

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

/// Query of `DELETE /api/completeDataSetRegistrations`. The attribute option combo is addressed by its
/// combo and options; without them the default one is meant, and 204 comes even if the registration
/// with another remains (captures a007n, a007o).
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
struct AnswerDto {
    #[serde(deserialize_with = "loose::list")]
    complete_data_set_registrations: Vec<ServerDto>,
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

/// Parses an answer of `GET /api/completeDataSetRegistrations`; `{}` is an empty list. A registration
/// without `completed` is complete (servers before the flag).
///
/// # Errors
/// [`WireError`].
pub fn parse_completions(bytes: &[u8]) -> Result<Vec<ServerCompletion>, WireError> {
    let answer: AnswerDto = parse_object(bytes, WHAT)?;
    let default_combo = CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO)
        .expect("the constant is a uid");
    let completion_of = |dto: ServerDto| ServerCompletion {
        key: SliceKey {
            data_set: dto.data_set,
            period: dto.period,
            organisation_unit: dto.organisation_unit,
            attribute_option_combo: dto.attribute_option_combo.unwrap_or(default_combo),
        },
        completion: Completion {
            completed: dto.completed.unwrap_or(true),
            // A day is all that matters, some servers add a time.
            date: dto.date.map(|date| date.chars().take(10).collect()),
            stored_by: dto.stored_by,
        },
    };
    Ok(answer.complete_data_set_registrations.into_iter().map(completion_of).collect())
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
            r#"{"completeDataSetRegistrations":[{"dataSet":"dsMalaria01","period":"202610","organisationUnit":"ouClinicA01","attributeOptionCombo":"HllvX50cXC0","completed":false,"storedBy":"nurse"}]}"#
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
    }
}
