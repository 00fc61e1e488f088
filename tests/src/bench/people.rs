//! People of a district, made from numbers: the records that the tracker benchmarks download and
//! that their peer gets as documents.

use serde_json::{Value, json};

use super::world::uid;

/// Names that people have, in several scripts.
const GIVEN_NAMES: [&str; 10] =
    ["Amina", "Élise", "José", "Fatou", "Kwame", "नीता", "አበባ", "مريم", "Grace", "Thandiwe"];
const FAMILY_NAMES: [&str; 8] =
    ["Kamara", "Sesay", "N'Diaye", "Okonkwo", "Muñoz", "शर्मा", "ከበደ", "Mwale"];

/// Events of each enrolment.
pub const EVENTS_EACH: u64 = 3;

/// Ids of the metadata that the records refer to.
#[must_use]
pub fn id(kind: &str) -> String {
    uid(kind, 0).to_string()
}

/// A program with registration, one clinic and what belongs to them, as a metadata package.
#[must_use]
pub fn package() -> Value {
    let sharing = json!({ "public": "rwrw----", "external": false, "users": {}, "userGroups": {} });
    let attribute = |kind: &str, name: &str| {
        json!({ "id": id(kind), "name": name, "shortName": name, "valueType": "TEXT",
                "aggregationType": "NONE", "sharing": sharing })
    };
    let element = |kind: &str, name: &str| {
        json!({ "id": id(kind), "name": name, "shortName": name, "valueType": "NUMBER",
                "domainType": "TRACKER", "aggregationType": "AVERAGE",
                "categoryCombo": { "id": "bjDvmb4bfuf" } })
    };
    let of_type = |kind: &str| {
        json!({ "trackedEntityAttribute": { "id": id(kind) }, "displayInList": true,
                "searchable": true, "mandatory": false })
    };
    let questions: Vec<_> =
        ["weight", "height", "muac", "age"].iter().zip(1..).map(question).collect();
    json!({
        "organisationUnits": [{
            "id": id("clinic"), "name": "Clinic", "shortName": "Clinic", "level": 1,
            "path": format!("/{}", id("clinic")), "openingDate": "2010-01-01",
        }],
        "trackedEntityAttributes": [
            attribute("given", "Given name"), attribute("family", "Family name"),
            attribute("village", "Village"), attribute("card", "Card number"),
        ],
        "trackedEntityTypes": [{
            "id": id("person"), "name": "Person", "shortName": "Person", "featureType": "NONE",
            "trackedEntityTypeAttributes":
                [of_type("given"), of_type("family"), of_type("village"), of_type("card")],
            "sharing": sharing,
        }],
        "dataElements": [element("weight", "Weight"), element("height", "Height"),
                         element("muac", "Arm circumference"), element("age", "Age in months")],
        "programs": [{
            "id": id("program"), "name": "Child health", "shortName": "Child health",
            "programType": "WITH_REGISTRATION", "categoryCombo": { "id": "bjDvmb4bfuf" },
            "trackedEntityType": { "id": id("person") }, "displayIncidentDate": true,
            "organisationUnits": [{ "id": id("clinic") }],
            "programStages": [{ "id": id("stage") }], "sharing": sharing,
        }],
        "programStages": [{
            "id": id("stage"), "name": "Visit", "program": { "id": id("program") },
            "repeatable": true, "sortOrder": 1, "minDaysFromStart": 0,
            "validationStrategy": "ON_COMPLETE", "featureType": "NONE",
            "programStageDataElements": questions,
            "sharing": sharing,
        }],
    })
}

fn question((kind, place): (&&str, u64)) -> Value {
    json!({
        "id": uid("question", place).to_string(), "dataElement": { "id": id(kind) },
        "programStage": { "id": id("stage") }, "compulsory": false, "sortOrder": place,
    })
}

/// A person with enrolment and events, as `POST /api/tracker` takes it.
#[must_use]
pub fn tree(number: u64) -> Value {
    let entity = uid("tracked entity", number).to_string();
    let events: Vec<Value> = (0..EVENTS_EACH).map(|visit| event(number, visit)).collect();
    json!({
        "trackedEntity": entity, "trackedEntityType": id("person"), "orgUnit": id("clinic"),
        "attributes": attributes(number),
        "enrollments": [{
            "enrollment": uid("enrollment", number).to_string(), "trackedEntity": entity,
            "program": id("program"), "orgUnit": id("clinic"), "status": "ACTIVE",
            "enrolledAt": "2026-03-01", "occurredAt": "2026-02-01", "events": events,
        }],
    })
}

fn attributes(number: u64) -> Value {
    let pick = |words: &[&str], by: u64| words[(by % words.len() as u64) as usize].to_owned();
    let value = |kind: &str, value: String| json!({ "attribute": id(kind), "value": value });
    json!([
        value("given", pick(&GIVEN_NAMES, number)),
        value("family", format!("{} {number}", pick(&FAMILY_NAMES, number / 7))),
        value("village", format!("Village {}", number % 211)),
        value("card", format!("C{number:08}")),
    ])
}

fn event(number: u64, visit: u64) -> Value {
    let value =
        |kind: &str, value: f64| json!({ "dataElement": id(kind), "value": value.to_string() });
    let growth = (number % 50 + visit) as f64;
    json!({
        "event": uid("event", number * EVENTS_EACH + visit).to_string(),
        "enrollment": uid("enrollment", number).to_string(),
        "trackedEntity": uid("tracked entity", number).to_string(),
        "program": id("program"), "programStage": id("stage"), "orgUnit": id("clinic"),
        "status": "COMPLETED", "occurredAt": format!("2026-0{}-15", 3 + visit),
        "dataValues": [value("weight", 3.0 + growth / 10.0), value("height", 50.0 + growth),
                       value("muac", 110.0 + growth), value("age", 1.0 + visit as f64)],
    })
}

/// The same records as documents of their own, each with an id for CouchDB.
#[must_use]
pub fn documents(number: u64) -> Vec<Value> {
    let mut entity = tree(number);
    let mut enrollment = entity["enrollments"][0].take();
    let events = enrollment["events"].take();
    for (record, member) in [(&mut entity, "enrollments"), (&mut enrollment, "events")] {
        if let Some(members) = record.as_object_mut() {
            members.remove(member);
        }
    }
    let mut all = vec![entity, enrollment];
    all.extend(events.as_array().cloned().unwrap_or_default());
    for document in &mut all {
        let id = ["event", "enrollment", "trackedEntity"]
            .iter()
            .find_map(|member| document[*member].as_str())
            .map(str::to_owned);
        document["_id"] = id.into();
    }
    all
}
