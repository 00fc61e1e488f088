//! Who changed what on the server, and when: the only trace of a change by somebody else (captures
//! t036g, t036h). From 2.41 on.

use outpost_domain::uid::{EventUid, ProgramUid, TrackedEntityUid, Uid};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::{object_from_slice, parse_object};
use crate::loose;

const WHAT: &str = "change log";

/// Target of the `GET` for a person. Without the program only attributes of the type are listed.
#[must_use]
pub fn person_target(
    person: TrackedEntityUid,
    program: Option<ProgramUid>,
    page: u32,
    page_size: u32,
) -> String {
    let program = program.map(|program| format!("program={program}&")).unwrap_or_default();
    format!(
        "/api/tracker/trackedEntities/{person}/changeLogs?{program}page={page}&pageSize={page_size}"
    )
}

/// Target of the `GET` for an event.
#[must_use]
pub fn event_target(event: EventUid, page: u32, page_size: u32) -> String {
    format!("/api/tracker/events/{event}/changeLogs?page={page}&pageSize={page_size}")
}

/// What was done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Entered.
    Create,
    /// Changed.
    Update,
    /// Removed.
    Delete,
}

/// Which value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedField {
    /// Of an attribute.
    Attribute(Uid),
    /// The answer to a question.
    DataElement(Uid),
    /// Of a property such as `occurredAt`.
    Property(String),
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// User name, if told.
    pub by: Option<String>,
    /// When, in the server's local time.
    pub at: String,
    /// What was done.
    pub kind: ChangeKind,
    /// Which value.
    pub field: ChangedField,
    /// What it was; `None` for nothing.
    pub previous: Option<String>,
    /// What it became; `None` for nothing.
    pub current: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryDto {
    #[serde(default)]
    created_by: Option<UserDto>,
    created_at: String,
    #[serde(rename = "type")]
    kind: String,
    change: ChangeDto,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct UserDto {
    #[serde(deserialize_with = "loose::text")]
    username: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ChangeDto {
    attribute_value: Option<ValueDto>,
    data_value: Option<ValueDto>,
    #[serde(alias = "eventProperty")]
    event_field: Option<ValueDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ValueDto {
    attribute: Option<Uid>,
    data_element: Option<Uid>,
    #[serde(alias = "property", deserialize_with = "loose::text")]
    field: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    previous_value: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    current_value: Option<String>,
}

/// Parses a page of changes, newest first. Changes that are not understood are left out.
///
/// # Errors
/// [`WireError`] if it is no change log.
pub fn parse_changes(bytes: &[u8]) -> Result<Vec<Change>, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        #[serde(borrow)]
        change_logs: Vec<&'a RawValue>,
    }
    let list: List<'_> = parse_object(bytes, WHAT)?;
    let read = |raw: &RawValue| change_of(object_from_slice(raw.get().as_bytes(), WHAT).ok()?);
    Ok(list.change_logs.into_iter().filter_map(read).collect())
}

fn change_of(dto: EntryDto) -> Option<Change> {
    let kind = match dto.kind.as_str() {
        "CREATE" => ChangeKind::Create,
        "UPDATE" => ChangeKind::Update,
        "DELETE" => ChangeKind::Delete,
        _ => return None,
    };
    let value = dto.change.attribute_value.or(dto.change.data_value).or(dto.change.event_field)?;
    let field = match (value.attribute, value.data_element, value.field) {
        (Some(id), _, _) => ChangedField::Attribute(id),
        (_, Some(id), _) => ChangedField::DataElement(id),
        (_, _, name) => ChangedField::Property(name?),
    };
    Some(Change {
        by: dto.created_by.and_then(|user| user.username),
        at: dto.created_at,
        kind,
        field,
        previous: value.previous_value,
        current: value.current_value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_say_who_changed_what_from_what_to_what() {
        let body = br#"{"pager":{"page":1,"pageSize":50},"changeLogs":[
            {"createdBy":{"username":"district"},"createdAt":"2026-11-22T11:23:16.117",
             "type":"UPDATE","change":{"dataValue":{"dataElement":"deTrTemp001",
             "previousValue":"38.1","currentValue":"38.2"}}},
            {"createdAt":"2026-11-22T11:20:51.029","type":"CREATE","change":{"eventField":
             {"field":"occurredAt","currentValue":"2026-11-02 00:00:00.000"}}},
            {"createdAt":"2026-11-22T11:20:51.029","type":"DELETE","change":{"attributeValue":
             {"attribute":"teaLastName","previousValue":"K"}}},
            {"createdAt":"2026-11-22T11:20:51.029","type":"MAGIC","change":{}},
            {"type":"UPDATE"},7]}"#;
        let changes = parse_changes(body).expect("a log");
        assert_eq!(changes.len(), 3);
        let first = &changes[0];
        assert_eq!((first.by.as_deref(), first.kind), (Some("district"), ChangeKind::Update));
        let element = Uid::parse("deTrTemp001").expect("a uid");
        assert_eq!(first.field, ChangedField::DataElement(element));
        assert_eq!(first.previous.as_deref(), Some("38.1"));
        assert_eq!(first.current.as_deref(), Some("38.2"));
        assert_eq!(changes[1].field, ChangedField::Property("occurredAt".to_owned()));
        assert_eq!((changes[2].kind, changes[2].current.is_none()), (ChangeKind::Delete, true));
        assert!(parse_changes(b"{}").is_err());
    }
}
