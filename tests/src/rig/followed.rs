//! People in the metadata of any size: one type, one program with registration, a visit that repeats
//! and a link between two neighbours; and everything that a server holds of them, read as an
//! administrator does.
//!
//! The suite gives each person a number of its own, so that it can tell who is there twice or not at
//! all without knowing ids that died with a process.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::RelationshipItem;
use outpost_domain::uid::{EnrollmentUid, EventUid, TrackedEntityUid};
use outpost_engine::{PeopleOf, Session};
use serde_json::{Value, json};

use super::material::{self, EVENT_NUMBER, EVENT_REMARK, Size};
use super::server::DISTRICT;
use crate::sim::metadata::uid;

/// The type of a person.
pub const PERSON: &str = "TtFollowed0";
/// The program with registration.
pub const FOLLOW_UP: &str = "PrFollowUp0";
/// Its stage, which repeats; asks what the program without registration asks.
pub const VISIT: &str = "PsFollowUp0";
/// Who lives next door.
pub const NEIGHBOUR: &str = "RtNextDoor0";
/// The number that the suite gives, of the type; without it nobody is registered.
pub const NUMBER: &str = "TaNumber000";
/// A telephone, of the type.
pub const PHONE: &str = "TaPhone0000";
/// A number that the server reserves, of the type: nobody has the same.
pub const CARD: &str = "TaCard00000";
/// What only the program asks.
pub const RISK: &str = "TaRisk00000";

/// Attributes of the type.
const OF_TYPE: [&str; 3] = [NUMBER, PHONE, CARD];
/// What the program asks.
const OF_PROGRAM: [&str; 4] = [NUMBER, PHONE, CARD, RISK];
/// What a visit asks.
const OF_VISIT: [&str; 2] = [EVENT_NUMBER, EVENT_REMARK];

/// The package with people in it.
#[must_use]
pub fn package(size: Size) -> Value {
    let mut package = material::package(size);
    let open = json!({"public": "rwrw----", "external": false, "users": {}, "userGroups": {}});
    let assigned: Value =
        (0..size.assigned).map(|number| json!({"id": material::clinic(number)})).collect();
    let end = json!({"relationshipEntity": "TRACKED_ENTITY_INSTANCE",
        "trackedEntityType": {"id": PERSON}});
    package["trackedEntityAttributes"] = attributes();
    package["trackedEntityTypes"] = json!([{
        "id": PERSON, "name": "Followed", "sharing": open,
        "trackedEntityTypeAttributes": OF_TYPE.map(|id| json!({
            "trackedEntityAttribute": {"id": id}, "mandatory": id == NUMBER,
            "displayInList": true, "searchable": true,
        })),
    }]);
    package["relationshipTypes"] = json!([{
        "id": NEIGHBOUR, "name": "Next door", "bidirectional": true, "sharing": open,
        "fromToName": "lives beside", "toFromName": "lives beside",
        "fromConstraint": end, "toConstraint": end,
    }]);
    push(
        &mut package["programs"],
        json!({
            "id": FOLLOW_UP, "name": "Follow-up", "shortName": "Follow-up",
            "programType": "WITH_REGISTRATION", "trackedEntityType": {"id": PERSON},
            "accessLevel": "OPEN", "categoryCombo": {"id": "bjDvmb4bfuf"}, "onlyEnrollOnce": true,
            "displayIncidentDate": false, "sharing": open, "organisationUnits": assigned,
            "programStages": [{"id": VISIT}],
            "programTrackedEntityAttributes": OF_PROGRAM.map(|id| json!({
                "trackedEntityAttribute": {"id": id}, "mandatory": false, "displayInList": true,
            })),
        }),
    );
    push(
        &mut package["programStages"],
        json!({
            "id": VISIT, "name": "Home visit", "program": {"id": FOLLOW_UP}, "sortOrder": 1,
            "repeatable": true, "minDaysFromStart": 0, "featureType": "NONE",
            "autoGenerateEvent": false, "validationStrategy": "ON_UPDATE_AND_INSERT", "sharing": open,
            "programStageDataElements": OF_VISIT.map(|id| json!({
                "dataElement": {"id": id}, "programStage": {"id": VISIT}, "compulsory": false,
            })),
        }),
    );
    package
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().expect("a list").push(item);
}

fn attributes() -> Value {
    let one = |id: &str| {
        json!({"id": id, "name": id, "shortName": id, "valueType": "TEXT",
            "aggregationType": "NONE", "unique": false})
    };
    let mut card = one(CARD);
    card["unique"] = true.into();
    card["generated"] = true.into();
    card["pattern"] = "\"CARD\"+RANDOM(######)".into();
    json!([one(NUMBER), one(PHONE), one(RISK), card])
}

/// What the program alone knows of a person.
#[must_use]
pub fn risk(number: &str) -> String {
    format!("risk of {number}")
}

/// Somebody who was registered by the engine.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// The person.
    pub person: TrackedEntityUid,
    /// The enrolment.
    pub enrollment: EnrollmentUid,
}

/// Registers and enrols somebody, as the form does.
///
/// # Panics
/// If that is refused.
#[track_caller]
pub fn register(session: &Session, number: &str, clinic: &str, day: &str) -> Registered {
    let of = PeopleOf::Program(uid(FOLLOW_UP));
    let opened = session.open_person_form(of, uid(clinic), None);
    let (mut form, _) = opened.expect("a form");
    form.change_enrollment(|it| it.enrolled_at = Some(day.to_owned())).expect("a day");
    form.set_value(uid(NUMBER), number).expect("a number");
    form.set_value(uid(RISK), &risk(number)).expect("an answer");
    let outcome = form.save().expect("taken");
    assert!(outcome.saved, "{:?}", outcome.problems);
    Registered { person: outcome.person, enrollment: outcome.enrollment.expect("enrolled") }
}

/// Changes the telephone of somebody, as the form does.
///
/// # Panics
/// If that is refused.
#[track_caller]
pub fn set_phone(session: &Session, of: Registered, phone: &str) {
    let (mut form, _) = session.open_enrollment_form(of.enrollment).expect("a form");
    form.set_value(uid(PHONE), phone).expect("an answer");
    let outcome = form.save().expect("taken");
    assert!(outcome.saved, "{:?}", outcome.problems);
}

/// Enters a visit, as the form does.
///
/// # Panics
/// If that is refused.
#[track_caller]
pub fn visit(session: &Session, of: Registered, day: &str, number: &str) -> EventUid {
    let opened = session.open_new_visit_form(of.enrollment, uid(VISIT), None);
    let (mut form, _) = opened.expect("a form");
    form.change_event(|it| it.occurred_at = Some(day.to_owned())).expect("a day");
    form.set_value(uid(EVENT_NUMBER), number).expect("an answer");
    let outcome = form.save().expect("taken");
    assert!(outcome.saved, "{:?}", outcome.problems);
    outcome.id
}

/// Says that two live side by side.
///
/// # Panics
/// If that is refused.
#[track_caller]
pub fn link(session: &Session, from: Registered, to: Registered) {
    let side = |it: Registered| RelationshipItem::TrackedEntity(it.person);
    let outcome = session.add_relationship(uid(NEIGHBOUR), side(from), side(to));
    let outcome = outcome.expect("taken");
    assert!(outcome.saved, "{:?}", outcome.problems);
}

/// A person on the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: String,
    /// The telephone, if there is one.
    pub phone: Option<String>,
    /// The reserved number.
    pub card: Option<String>,
    /// What each enrolment says of the program's own attribute.
    pub risks: Vec<String>,
}

/// A visit on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: String,
    /// The number of the person whose visit it is.
    pub person: String,
    /// The remark, if there is one.
    pub remark: Option<String>,
}

/// Everything that a server holds of people.
#[derive(Debug, Default)]
pub struct Holdings {
    /// The people, by their number.
    pub people: BTreeMap<String, Person>,
    /// The visits, by the number entered in them.
    pub visits: BTreeMap<String, Visit>,
    /// The links: numbers of the two, as often as they are there.
    pub links: Vec<(String, String)>,
}

impl Holdings {
    /// Reads them with an administrator's eyes.
    ///
    /// # Panics
    /// If anything is there twice or belongs to nobody.
    #[track_caller]
    #[must_use]
    pub fn read(get: impl Fn(&str) -> Value) -> Self {
        let place = format!("orgUnits={DISTRICT}&orgUnitMode=DESCENDANTS&paging=false");
        let side = "trackedEntity[trackedEntity]";
        let people = get(&format!(
            "/api/tracker/trackedEntities?trackedEntityType={PERSON}&{place}&fields=trackedEntity,\
             attributes[attribute,value],relationships[relationship,from[{side}],to[{side}]]"
        ));
        let mut found = Self::default();
        let mut numbers = BTreeMap::new();
        for person in items(&people, "trackedEntities") {
            let asked = pairs(person, "attributes", "attribute");
            let number = asked.get(NUMBER).cloned().expect("a number");
            let id = text(person, "trackedEntity");
            assert_eq!(numbers.insert(id.clone(), number.clone()), None, "{id} is there twice");
            let (phone, card) = (asked.get(PHONE).cloned(), asked.get(CARD).cloned());
            let twice =
                found.people.insert(number.clone(), Person { id, phone, card, risks: vec![] });
            assert_eq!(twice, None, "person {number} is there twice");
        }
        found.links = links(&people, &numbers);
        let enrollments = get(&format!(
            "/api/tracker/enrollments?program={FOLLOW_UP}&{place}\
             &fields=enrollment,trackedEntity,attributes[attribute,value]"
        ));
        let mut ids = BTreeSet::new();
        for enrollment in items(&enrollments, "enrollments") {
            assert!(ids.insert(text(enrollment, "enrollment")), "an enrolment is there twice");
            let of = numbers.get(&text(enrollment, "trackedEntity")).expect("somebody's enrolment");
            let risk = pairs(enrollment, "attributes", "attribute").remove(RISK);
            let person = found.people.get_mut(of).expect("a person");
            person.risks.push(risk.unwrap_or_default());
        }
        found.read_visits(&get, &numbers, &ids);
        found
    }

    #[track_caller]
    fn read_visits(
        &mut self,
        get: &impl Fn(&str) -> Value,
        numbers: &BTreeMap<String, String>,
        enrollments: &BTreeSet<String>,
    ) {
        let events = get(&format!(
            "/api/tracker/events?program={FOLLOW_UP}&orgUnit={DISTRICT}&orgUnitMode=DESCENDANTS\
             &fields=event,enrollment,trackedEntity,dataValues[dataElement,value]&paging=false"
        ));
        let mut ids = BTreeSet::new();
        for event in items(&events, "events") {
            let id = text(event, "event");
            assert!(ids.insert(id.clone()), "a visit is there twice");
            assert!(enrollments.contains(&text(event, "enrollment")), "a visit without enrolment");
            let person = numbers.get(&text(event, "trackedEntity")).expect("somebody's visit");
            let mut answers = pairs(event, "dataValues", "dataElement");
            let number = answers.remove(EVENT_NUMBER).expect("a number");
            let visit = Visit { id, person: person.clone(), remark: answers.remove(EVENT_REMARK) };
            let twice = self.visits.insert(number.clone(), visit);
            assert_eq!(twice, None, "visit {number} is there twice");
        }
    }

    /// Everybody is enrolled once with what the program asks, and has a card that nobody else has.
    #[track_caller]
    pub fn check_whole(&self) {
        let mut cards = BTreeSet::new();
        for (number, person) in &self.people {
            assert_eq!(person.risks, [risk(number)], "person {number}: {person:?}");
            let card = person.card.clone().unwrap_or_default();
            let digits = card.strip_prefix("CARD").unwrap_or_default();
            let is_drawn = digits.len() == 6 && digits.chars().all(|c| c.is_ascii_digit());
            assert!(is_drawn, "person {number} has the card {card:?}");
            assert!(cards.insert(card), "person {number} has the card of another");
        }
    }
}

/// The links of everybody, each by its id once: both sides show it.
fn links(people: &Value, numbers: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    for person in items(people, "trackedEntities") {
        for link in items(person, "relationships") {
            let side = |name: &str| {
                let id = text(&link[name]["trackedEntity"], "trackedEntity");
                numbers.get(&id).cloned().expect("a link of somebody")
            };
            found.insert(text(link, "relationship"), (side("from"), side("to")));
        }
    }
    found.into_values().collect()
}

fn items<'a>(answer: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    answer[list].as_array().into_iter().flatten()
}

fn text(item: &Value, member: &str) -> String {
    item[member].as_str().unwrap_or_default().to_owned()
}

/// The pairs of a list; each key once.
fn pairs(item: &Value, list: &str, key: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for pair in items(item, list) {
        let twice = found.insert(text(pair, key), text(pair, "value"));
        assert_eq!(twice, None, "an answer is there twice");
    }
    found
}

/// A tree as an administrator imports it: a person with an enrolment and a visit.
#[must_use]
pub fn imported(number: usize, clinic: &str, day: &str) -> Value {
    let name = number.to_string();
    json!({
        "trackedEntity": format!("Te{number:09}"), "trackedEntityType": PERSON, "orgUnit": clinic,
        "attributes": [{"attribute": NUMBER, "value": name}],
        "enrollments": [{
            "enrollment": format!("En{number:09}"), "program": FOLLOW_UP, "orgUnit": clinic,
            "trackedEntity": format!("Te{number:09}"), "status": "ACTIVE", "enrolledAt": day,
            "occurredAt": day, "attributes": [{"attribute": RISK, "value": risk(&name)}],
            "events": [{
                "event": format!("Vi{number:09}"), "program": FOLLOW_UP, "programStage": VISIT,
                "orgUnit": clinic, "occurredAt": day, "status": "ACTIVE",
                "dataValues": [{"dataElement": EVENT_NUMBER, "value": name}],
            }],
        }],
    })
}
