//! What people do on their devices: enter, change, delete, put right what was refused, decide what
//! differs; and what the office does to the forms.
//!
//! What was entered is read from the outbox before and after: a process may be killed between the
//! two, and both answers are right then.

use std::collections::BTreeMap;

use outpost_domain::data::{EventDataValue, EventStatus, Payload, RelationshipItem, SliceKey};
use outpost_domain::merge::Choice;
use outpost_domain::uid::{EnrollmentUid, EventUid, TrackedEntityUid};
use outpost_engine::model::{CellChange, CellEdit};
use outpost_engine::{OutpostError, PeopleOf, Session};
use outpost_store::{OutboxEntry, RowState};
use serde_json::json;

use super::device::{Outcome, Trouble};
use super::world::World;
use crate::sim::metadata::{
    CELLS, OWN_CLINICS, PERIODS, PROGRAM, QUESTIONS, SHARED_CLINIC, STAGE, uid,
};
use crate::sim::record::{DELETED, Fields, Subject, fields_of};
use crate::sim::slice;
use crate::sim::tracker_metadata::{
    ANSWERS, CARD, MEMBER, NAME, PHONE, RISK, STAGES, TRACKER, VILLAGES,
};

/// What a person does, decided before it is tried.
enum Act {
    Values(SliceKey, Vec<CellEdit>),
    NewEvent { unit: &'static str, day: String, answer: String },
    ChangeEvent { id: EventUid, change: EventChange },
    DeleteEvent(EventUid),
    Register { unit: &'static str, name: String, card: Option<String>, risk: String },
    ChangePerson { enrollment: EnrollmentUid, attribute: &'static str, text: String },
    Visit { enrollment: EnrollmentUid, answer: String },
    Link(TrackedEntityUid, TrackedEntityUid),
}

enum EventChange {
    Answer(&'static str, Option<String>),
    Status,
}

impl Act {
    /// Whether it was saved; a form may be closed or a record be gone meanwhile.
    fn carry_out(&self, session: &Session) -> Result<bool, OutpostError> {
        match self {
            Self::Values(key, edits) => Ok(session.set_values(*key, edits)?.refused.is_empty()),
            Self::NewEvent { unit, day, answer } => {
                let view = session.new_event(uid(PROGRAM), uid(STAGE), uid(unit))?;
                let mut event = view.event;
                event.occurred_at = Some(day.clone());
                event.data_values.insert(uid(QUESTIONS[0]), answer_of(answer));
                Ok(session.save_event(event)?.saved)
            }
            Self::ChangeEvent { id, change } => {
                let mut event = session.event(*id)?.event;
                match change {
                    EventChange::Answer(question, Some(text)) => {
                        event.data_values.insert(uid(question), answer_of(text));
                    }
                    EventChange::Answer(question, None) => {
                        event.data_values.remove(&uid(question));
                    }
                    EventChange::Status => {
                        event.status = match event.status {
                            EventStatus::Completed => EventStatus::Active,
                            _ => EventStatus::Completed,
                        };
                    }
                }
                Ok(session.save_event(event)?.saved)
            }
            Self::DeleteEvent(id) => Ok(session.delete_event(*id)?.saved),
            Self::Register { unit, name, card, risk } => {
                let of = PeopleOf::Program(uid(TRACKER));
                let (mut form, _) = session.open_person_form(of, uid(unit), None)?;
                form.change_enrollment(|it| {
                    it.enrolled_at = Some("2026-10-01".to_owned());
                    it.occurred_at = Some("2026-10-01".to_owned());
                })?;
                form.set_value(uid(NAME), name)?;
                form.set_value(uid(RISK), risk)?;
                if let Some(card) = card {
                    form.set_value(uid(CARD), card)?;
                }
                Ok(form.save()?.saved)
            }
            Self::ChangePerson { enrollment, attribute, text } => {
                let (mut form, _) = session.open_enrollment_form(*enrollment)?;
                form.set_value(uid(attribute), text)?;
                Ok(form.save()?.saved)
            }
            Self::Visit { enrollment, answer } => {
                let opened = session.open_new_visit_form(*enrollment, uid(STAGES[0]), None)?;
                let (mut form, _) = opened;
                form.change_event(|it| it.occurred_at = Some("2026-11-02".to_owned()))?;
                form.set_value(uid(ANSWERS[0]), answer)?;
                Ok(form.save()?.saved)
            }
            Self::Link(from, to) => {
                let side = RelationshipItem::TrackedEntity;
                Ok(session.add_relationship(uid(MEMBER), side(*from), side(*to))?.saved)
            }
        }
    }
}

fn answer_of(text: &str) -> EventDataValue {
    EventDataValue { value: text.to_owned(), provided_elsewhere: false }
}

impl World {
    fn fresh(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A person enters something, and nothing goes wrong.
    pub fn edit_in_peace(&mut self, index: usize) -> Result<(), String> {
        match self.next_act(index) {
            Some(act) => self.carry_out(index, &act, Trouble::None),
            None => Ok(()),
        }
    }

    /// A person enters something; the process may be killed at it.
    pub fn edit(&mut self, index: usize) -> Result<usize, String> {
        let Some(act) = self.next_act(index) else { return Ok(index) };
        let trouble = match self.dice.chance(6) {
            true => Trouble::DiesAt(1 + self.dice.below(4)),
            false => Trouble::None,
        };
        self.carry_out(index, &act, trouble)?;
        Ok(index)
    }

    fn carry_out(&mut self, index: usize, act: &Act, trouble: Trouble) -> Result<(), String> {
        self.tick(index);
        let before = self.devices[index].outbox();
        let held = self.held(index);
        let outcome = self.devices[index].attempt(trouble, |session| act.carry_out(session));
        match &outcome {
            Outcome::Died => {
                self.tally.deaths += 1;
                self.note(format!("{}: dies while somebody enters", self.name(index)));
            }
            // It was given up meanwhile, or came to this device with another and went with a restore.
            Outcome::Failed(OutpostError::NotFound { .. }) => return Ok(()),
            Outcome::Failed(error) => return Err(format!("{}: {error}", self.name(index))),
            Outcome::Done(_) => {}
        }
        let after = self.devices[index].outbox();
        self.learn(index, &before, &after, &held);
        Ok(())
    }

    /// What the device shows of the cells, in which a change may leave no row.
    fn held(&self, index: usize) -> BTreeMap<Subject, Fields> {
        let mut held = BTreeMap::new();
        let elements = CELLS.iter().map(|(element, _)| uid(element)).collect();
        for unit in OWN_CLINICS.iter().chain([&SHARED_CLINIC]) {
            for period in PERIODS {
                let key = slice(unit, period);
                let values = self.devices[index].view().load_slice_values(&key, &elements);
                for stored in values.expect("readable values") {
                    let (data_set, key) = (key.data_set, stored.key);
                    let payload = Payload::DataValue { data_set, key, value: stored.value };
                    held.insert(crate::sim::record::subject_of(&payload), fields_of(&payload));
                }
            }
        }
        held
    }

    /// Tells the judge what changed.
    fn learn(
        &mut self,
        index: usize,
        before: &BTreeMap<Subject, OutboxEntry>,
        after: &BTreeMap<Subject, OutboxEntry>,
        held: &BTreeMap<Subject, Fields>,
    ) {
        for (subject, row) in after {
            let said = before.get(subject).map(|row| fields_of(&row.payload));
            let said = said.or_else(|| held.get(subject).cloned());
            // What was settled before has its last content as the base of the new row.
            let said = said.or_else(|| row.base.as_ref().map(fields_of)).unwrap_or_default();
            let says = fields_of(&row.payload);
            if said != says {
                self.tally.edits += 1;
                self.note(format!("{}: {subject} {said:?} -> {says:?}", self.name(index)));
                self.model.saved(index, subject, &said, &says, self.server.writes);
            }
        }
        // Entered and taken back before anybody heard of it, or back to what the server holds: no change.
        for subject in before.keys().filter(|subject| !after.contains_key(*subject)) {
            self.note(format!("{}: {subject} taken back", self.name(index)));
            self.model.taken_back(index, subject);
        }
    }

    fn next_act(&mut self, index: usize) -> Option<Act> {
        let is_carrier = self.is_carrier(index);
        match self.dice.below(100) {
            0..35 => Some(self.enter_values(index)),
            35..47 => {
                let unit = self.unit(index);
                let day = format!("2026-11-{:02}", 1 + self.dice.below(20));
                let answer = format!("answer {}", self.fresh());
                Some(Act::NewEvent { unit, day, answer })
            }
            47..65 => {
                let id = self.an_event(index)?;
                let question = QUESTIONS[self.dice.place(QUESTIONS.len())];
                let text = format!("answer {}", self.fresh());
                let change = match self.dice.below(10) {
                    0 => EventChange::Status,
                    // Never the first one: an event without an answer says nothing.
                    1 => EventChange::Answer(QUESTIONS[1], None),
                    _ => EventChange::Answer(question, Some(text)),
                };
                Some(Act::ChangeEvent { id, change })
            }
            65..69 if !is_carrier => Some(Act::DeleteEvent(self.an_event(index)?)),
            69..78 => {
                let number = self.fresh();
                // Few cards for many people: two phones give the same one now and then.
                let card = self.dice.chance(50).then(|| format!("card {}", self.dice.below(8)));
                Some(Act::Register {
                    unit: VILLAGES[self.dice.place(VILLAGES.len())],
                    name: format!("name {number}"),
                    card,
                    risk: format!("risk {number}"),
                })
            }
            78..88 => {
                let (_, enrollment) = self.an_enrollment(index)?;
                let number = self.fresh();
                let (attribute, text) = match self.dice.below(4) {
                    0 => (NAME, format!("name {number}")),
                    1 => (RISK, format!("risk {number}")),
                    _ => (PHONE, format!("phone {number}")),
                };
                Some(Act::ChangePerson { enrollment, attribute, text })
            }
            88..96 => {
                let (_, enrollment) = self.an_enrollment(index)?;
                let answer = format!("answer {}", self.fresh());
                Some(Act::Visit { enrollment, answer })
            }
            _ => {
                let (from, _) = self.an_enrollment(index)?;
                let (to, _) = self.an_enrollment(index)?;
                (from != to).then_some(Act::Link(from, to))
            }
        }
    }

    /// A clinic: that of the device, or the one that all share.
    fn unit(&mut self, index: usize) -> &'static str {
        let own = OWN_CLINICS[index % OWN_CLINICS.len()];
        if self.dice.chance(15) { SHARED_CLINIC } else { own }
    }

    fn enter_values(&mut self, index: usize) -> Act {
        let key = slice(self.unit(index), PERIODS[self.dice.place(PERIODS.len())]);
        let mut cells = CELLS.to_vec();
        let mut edits = Vec::new();
        for _ in 0..=self.dice.below(2) {
            let (element, combo) = cells.swap_remove(self.dice.place(cells.len()));
            let number = self.fresh();
            let change = match self.dice.below(10) {
                0 => CellChange::Value(String::new()),
                _ if element == "deRemark001" => CellChange::Value(format!("remark {number}")),
                _ => CellChange::Value(number.to_string()),
            };
            edits.push(CellEdit {
                data_element: uid(element),
                category_option_combo: uid(combo),
                change,
            });
        }
        Act::Values(key, edits)
    }

    /// An event that was entered here; a carrier also looks at what it carries.
    fn an_event(&mut self, index: usize) -> Option<EventUid> {
        let claimed = self.model.claims[index].iter();
        let alive = claimed.filter(|(_, fields)| !fields.contains_key(DELETED));
        let mut events: Vec<String> = alive.map(|(subject, _)| subject.clone()).collect();
        if self.is_carrier(index) {
            events.extend(self.devices[index].outbox().into_keys());
        }
        events.retain(|subject| subject.starts_with("event:"));
        let subject = self.dice.pick(&events)?;
        Some(uid(subject.trim_start_matches("event:")))
    }

    fn an_enrollment(&mut self, index: usize) -> Option<(TrackedEntityUid, EnrollmentUid)> {
        let claimed = self.model.claims[index].keys();
        let subjects: Vec<_> = claimed.filter(|subject| subject.contains("/1/")).collect();
        let subject = self.dice.pick(&subjects)?;
        let (person, enrollment) = subject.trim_start_matches("tracker:").split_once("/1/")?;
        Some((uid(person), uid(enrollment)))
    }

    // ------------------------------------------------------------ decisions

    /// A person looks at what is parked on a device and decides about one of it.
    pub fn decide(&mut self, index: usize) -> Result<usize, String> {
        let rows = self.devices[index].outbox();
        let is_parked =
            |row: &OutboxEntry| matches!(row.state, RowState::Rejected | RowState::Conflict);
        let parked: Vec<_> = rows.into_iter().filter(|(_, row)| is_parked(row)).collect();
        let Some((subject, row)) = self.dice.pick(&parked).cloned() else { return Ok(index) };
        self.decide_about(index, &subject, &row)?;
        Ok(index)
    }

    /// Decides about a parked row.
    pub fn decide_about(
        &mut self,
        index: usize,
        subject: &Subject,
        row: &OutboxEntry,
    ) -> Result<(), String> {
        self.tick(index);
        if row.state == RowState::Conflict {
            let choice = if self.dice.chance(50) { Choice::Mine } else { Choice::Theirs };
            self.note(format!("{}: decides {subject} as {choice:?}", self.name(index)));
            self.tally.decided += 1;
            self.model.decide(subject);
            let resolved = self.devices[index].session().resolve(row.id.0, choice, "decided");
            return resolved.map_err(|error| format!("{}: {error}", self.name(index)));
        }
        let carried = self.devices[index].session().carried_for(row.id.0);
        let is_own = carried.map_err(|error| error.to_string())?.is_empty()
            || row.edited_by == self.name(index);
        if is_own { self.put_right(index, subject, row) } else { Ok(()) }
    }

    /// Whoever captured it puts right what was refused, or sends it again as it is.
    fn put_right(
        &mut self,
        index: usize,
        subject: &Subject,
        row: &OutboxEntry,
    ) -> Result<(), String> {
        let why = row.rejection.as_ref().map(|it| it.reason.clone()).unwrap_or_default();
        self.note(format!("{}: {subject} was refused: {why}", self.name(index)));
        let number = self.fresh();
        let act = match &row.payload {
            Payload::DataValue { data_set, key, .. } => Some(Act::Values(
                SliceKey {
                    data_set: *data_set,
                    period: key.period,
                    organisation_unit: key.organisation_unit,
                    attribute_option_combo: key.attribute_option_combo,
                },
                vec![CellEdit {
                    data_element: key.data_element,
                    category_option_combo: key.category_option_combo,
                    change: CellChange::Value(number.to_string()),
                }],
            )),
            Payload::Event { event } if event.tracked_entity.is_none() && !event.deleted => {
                let change = EventChange::Answer(QUESTIONS[1], Some(number.to_string()));
                Some(Act::ChangeEvent { id: event.id, change })
            }
            Payload::TrackedEntity { tracked_entity } => {
                let enrolled = self.model.claims[index].keys().find_map(|subject| {
                    let start = format!("tracker:{}/1/", tracked_entity.id);
                    subject.strip_prefix(&start).map(uid::<EnrollmentUid>)
                });
                enrolled.map(|enrollment| Act::ChangePerson {
                    enrollment,
                    attribute: CARD,
                    text: format!("card {}", 1_000 + number),
                })
            }
            _ => None,
        };
        self.tally.corrected += 1;
        let Some(act) = act.filter(|_| self.dice.chance(85)) else {
            self.note(format!("{}: sends {subject} again", self.name(index)));
            let again = self.devices[index].session().retry(row.id.0);
            return match again {
                Ok(()) | Err(OutpostError::InvalidInput { .. }) => Ok(()),
                Err(error) => Err(format!("{}: {error}", self.name(index))),
            };
        };
        self.carry_out(index, &act, Trouble::None)
    }

    // ------------------------------------------------------------ the office

    /// The office lets a question ask for numbers, or for any text again; phones do not hear of it.
    pub fn office(&mut self) -> Result<usize, String> {
        let (element, kind) = match self.dice.below(4) {
            0 => ("deRemark001", "NUMBER"),
            1 => ("deRemark001", "LONG_TEXT"),
            2 => ("deSymptom01", "NUMBER"),
            _ => ("deSymptom01", "TEXT"),
        };
        self.note(format!("the office lets {element} be {kind}"));
        let element = format!("/api/dataElements/{element}");
        let mut object = self.server.read(&element);
        object["valueType"] = json!(kind);
        let changes = self.server.office("PUT", &element, &object);
        match changes.is_empty() {
            true => Ok(0),
            false => Err(format!("the office changed records: {changes:?}")),
        }
    }
}
