//! People, enrolments, visits, links and owners in the one form of [`super::record`].
//!
//! Written without the client's own parsers and merges: this is the judge, not the judged.

use outpost_domain::data::{Enrollment, Note, OwnershipTransfer, Payload, TrackedEntity};
use outpost_sync::ports::Request;
use serde_json::Value;

use super::record::{DELETED, Fields, Records, Subject, add, items, listed_event, one};
use super::tracker_metadata::TYPE_ATTRIBUTES;

/// Where a person belongs in the program.
pub const OWNER: &str = "owner";

/// The content of a tracker record.
#[must_use]
pub fn people_fields(payload: &Payload) -> Fields {
    match payload {
        Payload::TrackedEntity { tracked_entity } => person_fields(tracked_entity),
        Payload::Enrollment { enrollment } => enrollment_fields(enrollment),
        // A link that was taken away is as one that never was.
        Payload::Relationship { relationship } if relationship.deleted => Fields::new(),
        Payload::Relationship { relationship } => Fields::from([
            ("from".to_owned(), relationship.from.uid().to_string()),
            ("to".to_owned(), relationship.to.uid().to_string()),
        ]),
        Payload::OwnershipTransfer { transfer: OwnershipTransfer { organisation_unit, .. } } => {
            one(OWNER, organisation_unit.as_str())
        }
        _ => Fields::new(),
    }
}

fn person_fields(person: &TrackedEntity) -> Fields {
    if person.deleted {
        return one(DELETED, "true");
    }
    let mut fields = one("orgUnit", person.organisation_unit.as_str());
    let filled = person.attributes.iter().filter(|(_, value)| !value.is_empty());
    fields.extend(filled.map(|(id, value)| (id.to_string(), value.clone())));
    fields
}

fn enrollment_fields(enrollment: &Enrollment) -> Fields {
    if enrollment.deleted {
        return one(DELETED, "true");
    }
    let mut fields = one("status", enrollment.status.name());
    let days = [("enrolledAt", &enrollment.enrolled_at), ("occurredAt", &enrollment.occurred_at)];
    for (name, time) in days {
        if let Some(day) = time.as_deref().and_then(|text| text.get(..10)) {
            fields.insert(name.to_owned(), day.to_owned());
        }
    }
    if enrollment.follow_up {
        fields.insert("followUp".to_owned(), "true".to_owned());
    }
    let filled = enrollment.attributes.iter().filter(|(_, value)| !value.is_empty());
    fields.extend(filled.map(|(id, value)| (id.to_string(), value.clone())));
    fields.extend(enrollment.notes.iter().map(note_field));
    fields
}

fn note_field(note: &Note) -> (String, String) {
    (format!("note {}", note.id), note.value.clone())
}

fn listed_person(item: &Value) -> Fields {
    let mut fields = one("orgUnit", text(item, "orgUnit"));
    add_attributes(&mut fields, item, true);
    fields
}

fn listed_enrollment(item: &Value) -> Fields {
    let mut fields = one("status", text(item, "status"));
    for name in ["enrolledAt", "occurredAt"] {
        if let Some(day) = text(item, name).get(..10) {
            fields.insert(name.to_owned(), day.to_owned());
        }
    }
    if item["followUp"] == true {
        fields.insert("followUp".to_owned(), "true".to_owned());
    }
    add_attributes(&mut fields, item, false);
    for note in items(item, "notes") {
        fields.insert(format!("note {}", text(note, "note")), text(note, "value").to_owned());
    }
    fields
}

/// A server mixes the attributes of the type into an enrolment.
fn add_attributes(fields: &mut Fields, item: &Value, of_type: bool) {
    for attribute in items(item, "attributes") {
        let (id, value) = (text(attribute, "attribute"), text(attribute, "value"));
        if TYPE_ATTRIBUTES.contains(&id) == of_type && !value.is_empty() {
            fields.insert(id.to_owned(), value.to_owned());
        }
    }
}

/// What the server holds of people with their owners and links.
pub fn add_people(records: &mut Records, answer: &Value) {
    for item in listed(answer, "trackedEntities") {
        let person = text(item, "trackedEntity");
        add(records, format!("tracker:{person}/0"), listed_person(item));
        for owner in items(item, "programOwners") {
            let subject = format!("ownershipTransfer:{person}/{}", text(owner, "program"));
            add(records, subject, one(OWNER, text(owner, "orgUnit")));
        }
        for link in items(item, "relationships") {
            // Both ends list it.
            let (subject, fields) = listed_link(link);
            records.insert(subject, fields);
        }
    }
}

/// People whom the server has deleted.
pub fn add_gone_people(records: &mut Records, answer: &Value) {
    for item in listed(answer, "trackedEntities").filter(|item| item["deleted"] == true) {
        let subject = format!("tracker:{}/0", text(item, "trackedEntity"));
        add(records, subject, one(DELETED, "true"));
    }
}

/// What the server holds of enrolments, deleted ones too.
pub fn add_enrollments(records: &mut Records, answer: &Value) {
    for item in listed(answer, "enrollments") {
        let subject =
            format!("tracker:{}/1/{}", text(item, "trackedEntity"), text(item, "enrollment"));
        let is_gone = item["deleted"] == true;
        add(records, subject, if is_gone { one(DELETED, "true") } else { listed_enrollment(item) });
    }
}

/// What the server holds of visits, deleted ones too.
pub fn add_visits(records: &mut Records, answer: &Value) {
    for item in listed(answer, "events") {
        let subject = format!("tracker:{}/2/{}", text(item, "trackedEntity"), text(item, "event"));
        let is_gone = item["deleted"] == true;
        add(records, subject, if is_gone { one(DELETED, "true") } else { listed_event(item) });
    }
}

fn listed_link(item: &Value) -> (Subject, Fields) {
    let end = |side: &str| {
        let end = &item[side]["trackedEntity"];
        end["trackedEntity"].as_str().or(end.as_str()).unwrap_or_default().to_owned()
    };
    let fields = Fields::from([("from".to_owned(), end("from")), ("to".to_owned(), end("to"))]);
    (format!("relationship:{}", text(item, "relationship")), fields)
}

/// Something that a request carries, and what must be on the server before it.
#[derive(Debug)]
pub struct Carried {
    /// The record.
    pub subject: Subject,
    /// What the request says of it.
    pub fields: Fields,
    /// Records without which the server cannot take it.
    pub needs: Vec<Subject>,
}

/// What a writing request says of people, enrolments, visits, links and owners. What lies flat is
/// found by what the server holds: `None` in place of a record whose parent is nowhere.
#[must_use]
pub fn carried_people(request: &Request, records: &Records) -> Vec<Option<Carried>> {
    let body: Value =
        serde_json::from_slice(request.json().unwrap_or_default()).unwrap_or_default();
    let mut carried = Carrier {
        is_deletion: request.target.contains("importStrategy=DELETE"),
        records,
        found: Vec::new(),
    };
    for person in items(&body, "trackedEntities") {
        carried.person(person);
    }
    for enrollment in items(&body, "enrollments") {
        carried.enrollment(None, enrollment);
    }
    for event in items(&body, "events") {
        carried.event(None, event);
    }
    for link in items(&body, "relationships") {
        carried.link(link);
    }
    if request.target.contains("/ownership/transfer") {
        carried.owner(&request.target);
    }
    carried.found
}

struct Carrier<'a> {
    is_deletion: bool,
    records: &'a Records,
    found: Vec<Option<Carried>>,
}

impl Carrier<'_> {
    fn add(&mut self, subject: Option<Subject>, fields: Fields, needs: Vec<Subject>) {
        // What never arrived may be deleted all the same.
        if self.is_deletion && subject.is_none() {
            return;
        }
        let needs = if self.is_deletion { Vec::new() } else { needs };
        let fields = match (self.is_deletion, &subject) {
            (true, Some(subject)) if subject.starts_with("relationship:") => Fields::new(),
            (true, _) => one(DELETED, "true"),
            (false, _) => fields,
        };
        self.found.push(subject.map(|subject| Carried { subject, fields, needs }));
    }

    /// Whose record it is that the server holds under this end of a subject.
    fn owner_of(&self, end: &str) -> Option<String> {
        let mut subjects = self.records.keys().filter(|subject| subject.ends_with(end));
        let subject = subjects.find(|subject| subject.starts_with("tracker:"))?;
        subject.trim_start_matches("tracker:").split('/').next().map(str::to_owned)
    }

    fn person(&mut self, item: &Value) {
        let person = text(item, "trackedEntity");
        self.add(Some(format!("tracker:{person}/0")), listed_person(item), Vec::new());
        for enrollment in items(item, "enrollments") {
            self.enrollment(Some(person), enrollment);
        }
    }

    fn enrollment(&mut self, person: Option<&str>, item: &Value) {
        let id = text(item, "enrollment");
        let named = person.or(item["trackedEntity"].as_str()).map(str::to_owned);
        let person = named.or_else(|| self.owner_of(&format!("/1/{id}")));
        let subject = person.as_ref().map(|person| format!("tracker:{person}/1/{id}"));
        let needs = person.iter().map(|person| format!("tracker:{person}/0")).collect();
        self.add(subject, listed_enrollment(item), needs);
        for event in items(item, "events") {
            self.event(person.as_deref().map(|person| (person, id)), event);
        }
    }

    fn event(&mut self, above: Option<(&str, &str)>, item: &Value) {
        let id = text(item, "event");
        let enrollment = above.map_or(text(item, "enrollment"), |(_, enrollment)| enrollment);
        let person = above.map(|(person, _)| person.to_owned());
        let person = person.or_else(|| self.owner_of(&format!("/1/{enrollment}")));
        let person = person.or_else(|| self.owner_of(&format!("/2/{id}")));
        let subject = person.as_ref().map(|person| format!("tracker:{person}/2/{id}"));
        let needs =
            person.iter().map(|person| format!("tracker:{person}/1/{enrollment}")).collect();
        self.add(subject, listed_event(item), needs);
    }

    fn link(&mut self, item: &Value) {
        let (subject, fields) = listed_link(item);
        let needs = fields.values().map(|person| format!("tracker:{person}/0")).collect();
        self.add(Some(subject), fields, needs);
    }

    fn owner(&mut self, target: &str) {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let value = |names: [&str; 2]| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| names.contains(name)).map_or("", |(_, value)| value)
        };
        let person = value(["trackedEntity", "trackedEntityInstance"]);
        let program = value(["program", "program"]);
        let subject = format!("ownershipTransfer:{person}/{program}");
        let needs = vec![format!("tracker:{person}/0")];
        self.add(Some(subject), one(OWNER, value(["orgUnit", "ou"])), needs);
    }
}

fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key].as_str().unwrap_or_default()
}

/// Lists of older servers are called instances.
fn listed<'a>(answer: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
    items(answer, name).chain(items(answer, "instances"))
}
