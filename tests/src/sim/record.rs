//! One form for every record, so that what a person entered, what a device holds and what the server
//! holds can be laid side by side: the name of what it is about, and its fields as texts.
//!
//! Written without the client's own parsers and merges: this is the judge, not the judged.

use std::collections::BTreeMap;

use outpost_domain::data::{DataValue, Event, Payload};
use outpost_sandbox::{HttpRequestParts, HttpResponseParts};
use outpost_sync::ports::Request;
use serde_json::Value;

use super::tracker_record::people_fields;

/// What a record is about: its kind and its identity.
pub type Subject = String;

/// The fields that say something; nothing there means no entry at all.
pub type Fields = BTreeMap<String, String>;

/// Every record of a server or a device.
pub type Records = BTreeMap<Subject, Fields>;

/// The field that stands for a deleted event.
pub const DELETED: &str = "deleted";

/// What a payload is about.
#[must_use]
pub fn subject_of(payload: &Payload) -> Subject {
    format!("{}:{}", payload.kind().name(), payload.subject())
}

/// The content of a payload.
#[must_use]
pub fn fields_of(payload: &Payload) -> Fields {
    match payload {
        Payload::DataValue { value, .. } => value_fields(value),
        Payload::Completion { completion, .. } => match completion.completed {
            true => one("completed", "true"),
            false => Fields::new(),
        },
        Payload::Event { event } => event_fields(event),
        _ => people_fields(payload),
    }
}

pub(super) fn one(name: &str, value: &str) -> Fields {
    Fields::from([(name.to_owned(), value.to_owned())])
}

/// The content of a value of a data set.
#[must_use]
pub fn value_fields(value: &DataValue) -> Fields {
    if value.deleted {
        return Fields::new();
    }
    let mut fields = Fields::new();
    let mut add = |name: &str, text: Option<&str>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            fields.insert(name.to_owned(), text.to_owned());
        }
    };
    add("value", value.value.as_deref());
    add("comment", value.comment.as_deref());
    add("followUp", value.follow_up.then_some("true"));
    fields
}

/// The content of an event.
#[must_use]
pub fn event_fields(event: &Event) -> Fields {
    if event.deleted {
        return one(DELETED, "true");
    }
    let mut fields = one("status", event.status.name());
    if let Some(day) = event.occurred_at.as_deref().and_then(|text| text.get(..10)) {
        fields.insert("occurredAt".to_owned(), day.to_owned());
    }
    for (element, answer) in &event.data_values {
        fields.insert(element.to_string(), answer.value.clone());
    }
    if event.follow_up {
        fields.insert("followUp".to_owned(), "true".to_owned());
    }
    for note in &event.notes {
        fields.insert(format!("note {}", note.id), note.value.clone());
    }
    fields
}

/// What the server holds of values, from an answer of `GET /api/dataValueSets`.
pub fn add_values(records: &mut Records, answer: &Value) {
    for item in items(answer, "dataValues") {
        let value = DataValue {
            value: item["value"].as_str().map(str::to_owned),
            comment: item["comment"].as_str().map(str::to_owned),
            follow_up: item["followup"] == true,
            deleted: item["deleted"] == true,
        };
        add(records, value_subject(item), value_fields(&value));
    }
}

fn value_subject(item: &Value) -> Subject {
    let text = |key: &str| item[key].as_str().unwrap_or_default();
    format!(
        "dataValue:{}/{}/{}/{}/{}",
        text("dataElement"),
        text("period"),
        text("orgUnit"),
        text("categoryOptionCombo"),
        text("attributeOptionCombo")
    )
}

/// What the server holds of completions.
pub fn add_completions(records: &mut Records, answer: &Value) {
    for item in items(answer, "completeDataSetRegistrations") {
        if item["completed"] != false {
            add(records, completion_subject(item), one("completed", "true"));
        }
    }
}

fn completion_subject(item: &Value) -> Subject {
    let text = |key: &str| item[key].as_str().unwrap_or_default();
    format!(
        "completion:{}/{}/{}/{}",
        text("dataSet"),
        text("period"),
        text("organisationUnit"),
        text("attributeOptionCombo")
    )
}

/// What the server holds of events, deleted ones too.
pub fn add_events(records: &mut Records, answer: &Value) {
    let list = items(answer, "events").chain(items(answer, "instances"));
    for item in list {
        let text = |key: &str| item[key].as_str().unwrap_or_default();
        let subject = format!("event:{}", text("event"));
        if item["deleted"] == true {
            add(records, subject, one(DELETED, "true"));
            continue;
        }
        add(records, subject, listed_event(item));
    }
}

pub(super) fn listed_event(item: &Value) -> Fields {
    let text = |key: &str| item[key].as_str().unwrap_or_default();
    let mut fields = one("status", text("status"));
    if let Some(day) = text("occurredAt").get(..10) {
        fields.insert("occurredAt".to_owned(), day.to_owned());
    }
    if item["followUp"] == true {
        fields.insert("followUp".to_owned(), "true".to_owned());
    }
    for answer in items(item, "dataValues") {
        let name = answer["dataElement"].as_str().unwrap_or_default();
        let value = answer["value"].as_str().unwrap_or_default();
        // An answer without a text takes the one away that is there.
        if !value.is_empty() {
            fields.insert(name.to_owned(), value.to_owned());
        }
    }
    for note in items(item, "notes") {
        let name = format!("note {}", note["note"].as_str().unwrap_or_default());
        fields.insert(name, note["value"].as_str().unwrap_or_default().to_owned());
    }
    fields
}

/// What a writing request says of each record that it carries.
#[must_use]
pub fn carried(request: &Request) -> Vec<(Subject, Fields)> {
    let body: Value =
        serde_json::from_slice(request.json().unwrap_or_default()).unwrap_or_default();
    let mut carried = Vec::new();
    // What all values share stands on the set.
    for item in items(&body, "dataValues") {
        let mut item = item.clone();
        for name in ["period", "orgUnit", "attributeOptionCombo"] {
            if item[name].is_null() {
                item[name] = body[name].clone();
            }
        }
        let text = |key: &str| item[key].as_str().unwrap_or_default();
        carried.push((
            value_subject(&item),
            value_fields(&DataValue {
                value: Some(text("value").to_owned()),
                comment: Some(text("comment").to_owned()),
                follow_up: item["followup"] == true || item["followUp"] == true,
                deleted: item["deleted"] == true,
            }),
        ));
    }
    for item in items(&body, "completeDataSetRegistrations") {
        let is_completed = item["completed"] != false;
        let fields = if is_completed { one("completed", "true") } else { Fields::new() };
        carried.push((completion_subject(item), fields));
    }
    for item in items(&body, "events") {
        let subject = format!("event:{}", item["event"].as_str().unwrap_or_default());
        let fields = match request.target.contains("importStrategy=DELETE") {
            true => one(DELETED, "true"),
            false => listed_event(item),
        };
        carried.push((subject, fields));
    }
    carried
}

pub(super) fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

pub(super) fn add(records: &mut Records, subject: Subject, fields: Fields) {
    if !fields.is_empty() {
        let twice = records.insert(subject.clone(), fields);
        assert!(twice.is_none(), "the server lists {subject} twice");
    }
}

/// A request as the sandbox takes it.
#[must_use]
pub fn request(user: &str, method: &str, target: &str, body: &[u8]) -> HttpRequestParts {
    let secret = base64(format!("{user}:{}", super::metadata::PASSWORD).as_bytes());
    HttpRequestParts {
        method: method.to_owned(),
        path_and_query: target.to_owned(),
        headers: vec![
            ("Authorization".to_owned(), format!("Basic {secret}")),
            ("X-Requested-With".to_owned(), "XMLHttpRequest".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Accept".to_owned(), "application/json".to_owned()),
        ],
        body: body.to_vec(),
    }
}

/// The JSON of an answer that must be good.
///
/// # Panics
/// If the server refuses what the simulation itself asks for.
#[must_use]
pub fn good(answer: &HttpResponseParts, target: &str) -> Value {
    let text = String::from_utf8_lossy(&answer.body);
    assert!((200..300).contains(&answer.status), "{target}: {} {text}", answer.status);
    answer.json().unwrap_or(Value::Null)
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
