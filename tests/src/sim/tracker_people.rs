//! What health workers, their supervisor and the office do with people who are followed.
//!
//! Everybody works on the same few people, and nobody's form checks anything: what is wrong is for the
//! server to refuse, so that what depends on it has to wait.

use std::collections::BTreeMap;

use outpost_domain::data::{
    Enrollment, EnrollmentStatus, Event, EventDataValue, EventStatus, Note, OwnershipTransfer,
    Payload, Relationship, RelationshipItem, TrackedEntity,
};
use outpost_domain::review::{self, Reopen, ReviewNote};
use outpost_domain::uid::{EnrollmentUid, EventUid, NoteUid, RelationshipUid, TrackedEntityUid};
use outpost_store::{Person, PersonEnrollment};
use serde_json::{Value, json};

use super::metadata::uid;
use super::record::{DELETED, Fields, Subject, fields_of, subject_of};
use super::tracker_metadata::{
    ANSWERS, CARD, MEMBER, NAME, PERSON, PHONE, RISK, STAGES, SUPERVISOR, TRACKER, VILLAGES,
};
use super::world::World;

/// People whom everybody together follows at most, as far as one phone knows.
const PEOPLE_MAX: usize = 6;
/// Visits of a person.
const VISITS_MAX: usize = 4;
/// Cards that somebody may hand out twice.
const CARDS: u64 = 5;

/// What the office must repeat to change an enrolment or a visit.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Where it was entered.
    pub unit: String,
    /// The enrolment.
    pub enrollment: String,
    /// The stage of a visit.
    pub stage: Option<String>,
}

impl World {
    /// A person enters something about people.
    pub fn edit_people(&mut self, index: usize) -> Result<(), String> {
        let people = self.phones[index].people();
        let is_new = people.is_empty() || (people.len() < PEOPLE_MAX && self.dice.chance(22));
        if is_new && (index != SUPERVISOR || self.dice.chance(30)) {
            return self.register(index, &people);
        }
        let Some(person) = self.dice.pick(&people).cloned() else { return Ok(()) };
        let Some(enrolled) = person.enrollments.first().cloned() else { return Ok(()) };
        if index == SUPERVISOR && self.dice.chance(65) {
            return self.review(index, &enrolled);
        }
        match self.dice.below(20) {
            0..5 => self.edit_person(index, person.tracked_entity),
            5..8 if enrolled.events.len() < VISITS_MAX => self.add_visit(index, &enrolled),
            5..13 => self.edit_visit(index, &enrolled),
            13 => self.delete_visit(index, &enrolled),
            14 | 15 => self.end_or_reopen(index, enrolled.enrollment),
            16 => self.edit_enrollment(index, enrolled.enrollment),
            17 | 18 => self.link_or_part(index, &person, &people),
            _ => self.hand_over(index, &person),
        }
    }

    /// Saves records as one and tells the ledger. Each comes with what the screen showed before.
    fn save_all(&mut self, index: usize, edits: Vec<(Fields, Payload)>) -> Result<(), String> {
        let records: Vec<Payload> = edits.iter().map(|(_, record)| record.clone()).collect();
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let saved = phone.store().save_records(&records, &[], &phone.user, phone.clock_ms(now_ms));
        saved.map(drop).map_err(|error| format!("phone {index}: not saved: {error}"))?;
        for (before, record) in edits {
            self.keep(&record);
            self.saved(index, &before, &record);
        }
        Ok(())
    }

    fn save_one(&mut self, index: usize, before: &Payload, now: Payload) -> Result<(), String> {
        self.save_all(index, vec![(fields_of(before), now)])
    }

    fn keep(&mut self, record: &Payload) {
        let kept = match record {
            Payload::Enrollment { enrollment } => Kept {
                unit: enrollment.organisation_unit.to_string(),
                enrollment: enrollment.id.to_string(),
                stage: None,
            },
            Payload::Event { event } => Kept {
                unit: event.organisation_unit.to_string(),
                enrollment: event.enrollment.map(|id| id.to_string()).unwrap_or_default(),
                stage: Some(event.program_stage.to_string()),
            },
            _ => return,
        };
        self.kept.insert(subject_of(record), kept);
    }

    fn card(&mut self) -> String {
        match self.dice.chance(50) {
            true => format!("card {}", self.dice.below(CARDS)),
            false => format!("card of {}", self.fresh()),
        }
    }

    // ------------------------------------------------------------ people

    /// A person, the enrolment, often a first visit and a link, all in one save.
    fn register(&mut self, index: usize, people: &[Person]) -> Result<(), String> {
        let unit = VILLAGES[self.dice.place(VILLAGES.len())];
        let id = TrackedEntityUid(self.dice.uid());
        let mut attributes = BTreeMap::new();
        // Now and then the name is forgotten.
        if self.dice.chance(85) {
            attributes.insert(uid(NAME), format!("name {}", self.fresh()));
        }
        if self.dice.chance(50) {
            attributes.insert(uid(PHONE), format!("phone {}", self.fresh()));
        }
        if self.dice.chance(60) {
            attributes.insert(uid(CARD), self.card());
        }
        let tracked_entity = TrackedEntity {
            id,
            tracked_entity_type: uid(PERSON),
            organisation_unit: uid(unit),
            geometry: None,
            attributes,
            created_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            updated_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            deleted: false,
        };
        let enrollment = self.new_enrollment(id, unit);
        let visit = self.dice.chance(60).then(|| self.new_visit(&enrollment));
        let mut records =
            vec![Payload::TrackedEntity { tracked_entity }, Payload::Enrollment { enrollment }];
        records.extend(visit.map(|event| Payload::Event { event }));
        if let Some(head) = self.dice.pick(people).filter(|_| people.len() > 1) {
            let relationship = self.new_link(head.tracked_entity.id, id);
            records.push(Payload::Relationship { relationship });
        }
        self.save_all(index, records.into_iter().map(|one| (Fields::new(), one)).collect())
    }

    fn new_enrollment(&mut self, person: TrackedEntityUid, unit: &str) -> Enrollment {
        let day = format!("2026-10-{:02}", 1 + self.dice.below(28));
        let mut attributes = BTreeMap::new();
        if self.dice.chance(50) {
            attributes.insert(uid(RISK), format!("risk {}", self.fresh()));
        }
        Enrollment {
            id: EnrollmentUid(self.dice.uid()),
            tracked_entity: person,
            program: uid(TRACKER),
            organisation_unit: uid(unit),
            status: EnrollmentStatus::Active,
            enrolled_at: Some(day.clone()),
            occurred_at: Some(day),
            completed_at: None,
            follow_up: false,
            geometry: None,
            attribute_option_combo: None,
            attributes,
            notes: Vec::new(),
            created_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            updated_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            deleted: false,
        }
    }

    fn edit_person(&mut self, index: usize, person: TrackedEntity) -> Result<(), String> {
        let before = Payload::TrackedEntity { tracked_entity: person.clone() };
        let mut tracked_entity = person;
        let (attribute, value) = match self.dice.below(10) {
            0..4 => (PHONE, Some(format!("phone {}", self.fresh()))),
            4 => (PHONE, None),
            5..8 => (NAME, Some(format!("name {}", self.fresh()))),
            8 => (CARD, None),
            _ => (CARD, Some(self.card())),
        };
        match value {
            Some(value) => tracked_entity.attributes.insert(uid(attribute), value),
            None => tracked_entity.attributes.remove(&uid(attribute)),
        };
        self.save_one(index, &before, Payload::TrackedEntity { tracked_entity })
    }

    fn end_or_reopen(&mut self, index: usize, now: Enrollment) -> Result<(), String> {
        let before = Payload::Enrollment { enrollment: now.clone() };
        let status = match (now.status, self.dice.chance(60)) {
            (EnrollmentStatus::Active, true) => EnrollmentStatus::Completed,
            (EnrollmentStatus::Active, false) => EnrollmentStatus::Cancelled,
            _ => EnrollmentStatus::Active,
        };
        let ended = (status != EnrollmentStatus::Active).then(|| "2026-11-21".to_owned());
        let enrollment = Enrollment { status, completed_at: ended, ..now };
        self.save_one(index, &before, Payload::Enrollment { enrollment })
    }

    fn edit_enrollment(&mut self, index: usize, now: Enrollment) -> Result<(), String> {
        let before = Payload::Enrollment { enrollment: now.clone() };
        let mut enrollment = now;
        match self.dice.below(4) {
            0 | 1 => {
                let value = format!("risk {}", self.fresh());
                enrollment.attributes.insert(uid(RISK), value);
            }
            2 => drop(enrollment.attributes.remove(&uid(RISK))),
            _ => {
                let value = format!("note {}", self.fresh());
                enrollment.notes.push(Note::new(NoteUid(self.dice.uid()), value));
            }
        }
        self.save_one(index, &before, Payload::Enrollment { enrollment })
    }

    // ------------------------------------------------------------ visits

    fn new_visit(&mut self, enrollment: &Enrollment) -> Event {
        let is_planned = self.dice.chance(25);
        let day = format!("2026-11-{:02}", 1 + self.dice.below(20));
        let mut event = Event {
            id: EventUid(self.dice.uid()),
            program: uid(TRACKER),
            program_stage: uid(STAGES[usize::from(self.dice.chance(15))]),
            enrollment: Some(enrollment.id),
            tracked_entity: Some(enrollment.tracked_entity),
            organisation_unit: enrollment.organisation_unit,
            attribute_option_combo: None,
            status: if is_planned { EventStatus::Schedule } else { EventStatus::Active },
            occurred_at: (!is_planned).then(|| day.clone()),
            scheduled_at: Some(day),
            completed_at: None,
            geometry: None,
            assigned_user: None,
            follow_up: false,
            data_values: BTreeMap::default(),
            notes: Vec::new(),
            created_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            updated_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            deleted: false,
        };
        if !is_planned {
            self.answer(&mut event);
        }
        event
    }

    fn answer(&mut self, event: &mut Event) {
        let value = format!("answer {}", self.fresh());
        let question = ANSWERS[self.dice.place(ANSWERS.len())];
        let answer = EventDataValue { value, provided_elsewhere: false };
        event.data_values.insert(uid(question), answer);
    }

    fn add_visit(&mut self, index: usize, enrolled: &PersonEnrollment) -> Result<(), String> {
        let event = self.new_visit(&enrolled.enrollment);
        self.save_all(index, vec![(Fields::new(), Payload::Event { event })])
    }

    fn edit_visit(&mut self, index: usize, enrolled: &PersonEnrollment) -> Result<(), String> {
        let Some(visit) = self.dice.pick(&enrolled.events) else { return Ok(()) };
        let before = Payload::Event { event: visit.event.clone() };
        let mut event = visit.event.clone();
        match (event.status, self.dice.below(10)) {
            (EventStatus::Schedule, 0..3) => event.status = EventStatus::Skipped,
            (EventStatus::Schedule, _) => {
                event.status = EventStatus::Active;
                event.occurred_at = event.scheduled_at.clone();
                self.answer(&mut event);
            }
            (_, 0..5) => self.answer(&mut event),
            (_, 5) => {
                let question = ANSWERS[self.dice.place(ANSWERS.len())];
                event.data_values.remove(&uid(question));
            }
            (_, 6 | 7) => {
                let value = format!("note {}", self.fresh());
                event.notes.push(Note::new(NoteUid(self.dice.uid()), value));
            }
            (EventStatus::Completed, _) => {
                event.status = EventStatus::Active;
                event.completed_at = None;
            }
            (EventStatus::Active, _) => {
                event.status = EventStatus::Completed;
                event.completed_at = Some("2026-11-21".to_owned());
            }
            _ => {}
        }
        self.save_one(index, &before, Payload::Event { event })
    }

    fn delete_visit(&mut self, index: usize, enrolled: &PersonEnrollment) -> Result<(), String> {
        let Some(visit) = self.dice.pick(&enrolled.events) else { return Ok(()) };
        let event = visit.event.clone();
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let done = phone.store().delete_event(event.id, &phone.user, phone.clock_ms(now_ms));
        done.map(drop).map_err(|error| format!("phone {index}: not deleted: {error}"))?;
        let before = fields_of(&Payload::Event { event: event.clone() });
        self.saved(index, &before, &Payload::Event { event: Event { deleted: true, ..event } });
        Ok(())
    }

    // ------------------------------------------------------------ links and owners

    fn new_link(&mut self, head: TrackedEntityUid, member: TrackedEntityUid) -> Relationship {
        Relationship {
            id: RelationshipUid(self.dice.uid()),
            relationship_type: uid(MEMBER),
            from: RelationshipItem::TrackedEntity(head),
            to: RelationshipItem::TrackedEntity(member),
            created_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            deleted: false,
        }
    }

    fn link_or_part(
        &mut self,
        index: usize,
        person: &Person,
        people: &[Person],
    ) -> Result<(), String> {
        let id = person.tracked_entity.id;
        let links = self.phones[index].store().relationships_of(id.0);
        let links = links.map_err(|error| error.to_string())?;
        let found = self.dice.pick(&links).map(|link| link.relationship.clone());
        if let Some(relationship) = found.filter(|_| self.dice.chance(50)) {
            let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
            let clock_ms = phone.clock_ms(now_ms);
            let done = phone.store().delete_relationship(relationship.id, &phone.user, clock_ms);
            done.map(drop).map_err(|error| format!("phone {index}: not deleted: {error}"))?;
            let before = fields_of(&Payload::Relationship { relationship: relationship.clone() });
            let relationship = Relationship { deleted: true, ..relationship };
            self.saved(index, &before, &Payload::Relationship { relationship });
            return Ok(());
        }
        let Some(other) = self.dice.pick(people).map(|other| other.tracked_entity.id) else {
            return Ok(());
        };
        let store = self.phones[index].store();
        let linked = store.relationships_between(id.0, other.0);
        if other == id || !linked.map_err(|error| error.to_string())?.is_empty() {
            return Ok(());
        }
        let relationship = self.new_link(id, other);
        self.save_all(index, vec![(Fields::new(), Payload::Relationship { relationship })])
    }

    fn hand_over(&mut self, index: usize, person: &Person) -> Result<(), String> {
        let to = |organisation_unit| Payload::OwnershipTransfer {
            transfer: OwnershipTransfer {
                tracked_entity: person.tracked_entity.id,
                program: uid(TRACKER),
                organisation_unit,
            },
        };
        let owner = person.owners.first().map(|(_, unit)| *unit);
        let village = VILLAGES.into_iter().map(uid).find(|village| Some(*village) != owner);
        let Some(village) = village else { return Ok(()) };
        let before = owner.map(|owner| fields_of(&to(owner))).unwrap_or_default();
        self.save_all(index, vec![(before, to(village))])
    }

    // ------------------------------------------------------------ review and correction

    /// The supervisor looks at an enrolment or a visit; the author answers.
    fn review(&mut self, index: usize, enrolled: &PersonEnrollment) -> Result<(), String> {
        let id = NoteUid(self.dice.uid());
        let text = format!("look {}", self.fresh());
        let note = ReviewNote { id, text: &text };
        let choice = self.dice.below(10);
        // What cannot be reviewed is left alone.
        if let Some(visit) = self.dice.pick(&enrolled.events).filter(|_| choice != 0) {
            let before = &visit.event;
            let event = match choice {
                1..5 => review::send_back(before, note, Reopen::Keep),
                5..8 => review::mark_reviewed(before, note),
                _ => review::approve(before, note, "2026-11-21"),
            };
            let Ok(event) = event else { return Ok(()) };
            let before = Payload::Event { event: before.clone() };
            return self.save_one(index, &before, Payload::Event { event });
        }
        let before = &enrolled.enrollment;
        let enrollment = match choice {
            0..5 => review::send_back(before, note, Reopen::Keep),
            _ => review::mark_reviewed(before, note),
        };
        let Ok(enrollment) = enrollment else { return Ok(()) };
        let before = Payload::Enrollment { enrollment: before.clone() };
        self.save_one(index, &before, Payload::Enrollment { enrollment })
    }

    /// A person reads why a record was refused and puts it right, as far as can be guessed.
    pub fn correct(&mut self, index: usize, refused: Payload) -> Result<(), String> {
        let now = match refused.clone() {
            Payload::TrackedEntity { mut tracked_entity } if !tracked_entity.deleted => {
                let attributes = &mut tracked_entity.attributes;
                attributes.entry(uid(NAME)).or_insert(format!("name {}", self.counter));
                attributes.insert(uid(CARD), format!("card of {}", self.fresh()));
                Payload::TrackedEntity { tracked_entity }
            }
            Payload::Enrollment { mut enrollment } if !enrollment.deleted => {
                enrollment.attributes.insert(uid(RISK), format!("risk {}", self.fresh()));
                Payload::Enrollment { enrollment }
            }
            Payload::Event { mut event } if !event.deleted => {
                self.answer(&mut event);
                Payload::Event { event }
            }
            _ => return Ok(()),
        };
        self.note(format!("phone {index}: puts {} right", subject_of(&now)));
        self.save_one(index, &refused, now)
    }

    // ------------------------------------------------------------ the office

    /// Somebody at the office changes people, visits or rights.
    pub fn office_people(&mut self) {
        match self.dice.below(10) {
            0..4 => self.office_person(),
            4..7 => self.office_visit(),
            7 => self.office_enrollment(),
            8 => self.office_link(),
            _ => {
                let access = ["--------", "r-r-----", "rwrw----"][self.dice.place(3)];
                let target = format!("/api/programs/{TRACKER}");
                self.patch(&target, "/sharing/public", &json!(access));
            }
        }
    }

    /// One of the server's records of a class: its subject, what it says.
    fn held(&mut self, class: &str) -> Option<(Subject, Fields)> {
        let is_wanted = |subject: &str| match class {
            "link" => subject.starts_with("relationship:"),
            _ => subject.starts_with("tracker:") && subject.split('/').nth(1) == Some(class),
        };
        let records = self.server.records.iter();
        let held: Vec<_> = records
            .filter(|(subject, fields)| is_wanted(subject) && !fields.contains_key(DELETED))
            .map(|(subject, fields)| (subject.clone(), fields.clone()))
            .collect();
        self.dice.pick(&held).cloned()
    }

    fn office_person(&mut self) {
        let Some((subject, fields)) = self.held("0") else { return };
        let attribute = [PHONE, NAME][self.dice.place(2)];
        let value = format!("office {}", self.fresh());
        let body = json!({"trackedEntities": [{
            "trackedEntity": ids(&subject).0, "trackedEntityType": PERSON,
            "orgUnit": fields["orgUnit"],
            "attributes": [{"attribute": attribute, "value": value}],
        }]});
        self.tell_office("POST", "/api/tracker?async=false", &body);
    }

    fn office_enrollment(&mut self) {
        let Some((subject, fields)) = self.held("1") else { return };
        let Some(kept) = self.kept.get(&subject).cloned() else { return };
        let value = format!("office {}", self.fresh());
        let body = json!({"enrollments": [{
            "enrollment": kept.enrollment, "trackedEntity": ids(&subject).0, "program": TRACKER,
            "orgUnit": kept.unit, "status": fields["status"], "enrolledAt": fields["enrolledAt"],
            "occurredAt": fields["occurredAt"], "followUp": self.dice.chance(50),
            "attributes": [{"attribute": RISK, "value": value}],
        }]});
        self.tell_office("POST", "/api/tracker?async=false", &body);
    }

    fn office_visit(&mut self) {
        let Some((subject, fields)) = self.held("2") else { return };
        let Some(kept) = self.kept.get(&subject).cloned() else { return };
        let id = ids(&subject).1;
        if self.dice.chance(25) {
            let body = json!({"events": [{"event": id}]});
            let target = "/api/tracker?async=false&importStrategy=DELETE";
            return self.tell_office("POST", target, &body);
        }
        let Some(day) = fields.get("occurredAt") else { return };
        let value = format!("office {}", self.fresh());
        let question = ANSWERS[self.dice.place(ANSWERS.len())];
        let body = json!({"events": [{
            "event": id, "program": TRACKER, "programStage": kept.stage, "orgUnit": kept.unit,
            "enrollment": kept.enrollment, "status": fields["status"], "occurredAt": day,
            "dataValues": [{"dataElement": question, "value": value}],
        }]});
        self.tell_office("POST", "/api/tracker?async=false", &body);
    }

    fn office_link(&mut self) {
        let Some((subject, _)) = self.held("link") else { return };
        let id = subject.trim_start_matches("relationship:");
        let body: Value = json!({"relationships": [{"relationship": id}]});
        let target = "/api/tracker?async=false&importStrategy=DELETE";
        self.tell_office("POST", target, &body);
    }
}

/// The person and the record of a tracker subject.
fn ids(subject: &str) -> (&str, &str) {
    let text = subject.trim_start_matches("tracker:");
    (text.split('/').next().unwrap_or_default(), text.rsplit('/').next().unwrap_or_default())
}
