//! What people do in a simulation: on their phones, and in the browser at the office.

use std::collections::BTreeSet;

use outpost_domain::data::{
    Completion, DataValue, DataValueKey, Event, EventDataValue, EventStatus, Note, Payload,
};
use outpost_domain::merge::{Choice, fields};
use outpost_domain::uid::{EventUid, NoteUid};
use outpost_store::{OutboxEntry, Resolution, RowState, StoreError};
use outpost_sync::machine::Phases;
use serde_json::{Value, json};

use super::Scene;
use super::metadata::{
    CELLS, DATA_SET, DEFAULT_COMBO, ELEMENTS, PERIODS, PROGRAM, QUESTIONS, SHARED_CLINIC, STAGE,
    uid,
};
use super::phone::slice;
use super::record::{Fields, fields_of, subject_of};
use super::tracker_metadata::TRACKER;
use super::world::World;

/// Events that one phone enters at most.
const EVENTS_MAX: usize = 8;

impl World {
    /// The next text or number that nobody entered before.
    pub fn fresh(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A person enters something.
    pub fn edit(&mut self, index: usize) -> Result<(), String> {
        if self.scene == Scene::People {
            return self.edit_people(index);
        }
        match self.dice.below(10) {
            0..5 => self.edit_values(index),
            5 => self.edit_completion(index),
            _ => self.edit_event(index),
        }
    }

    fn unit(&mut self, index: usize) -> &'static str {
        if self.dice.chance(60) { SHARED_CLINIC } else { self.phones[index].own_clinic() }
    }

    /// Tells the ledger of a saved record. `before` is what the screen showed.
    pub fn saved(&mut self, index: usize, before: &Fields, payload: &Payload) {
        let subject = subject_of(payload);
        let after = fields_of(payload);
        self.tally.edits += 1;
        self.note(format!("phone {index}: enters {subject} {before:?} -> {after:?}"));
        let is_taken_back = *before != after
            && self.phones[index].store().outbox_row_of(payload).ok().flatten().is_none();
        self.ledgers[index].entered(&subject, before, &after, self.server.writes);
        if is_taken_back {
            self.ledgers[index].taken_back(&subject, &after);
        }
    }

    fn edit_values(&mut self, index: usize) -> Result<(), String> {
        let unit = self.unit(index);
        let period = PERIODS[self.dice.place(PERIODS.len())];
        let place = slice(unit, period);
        let elements: BTreeSet<_> = ELEMENTS.iter().map(|id| uid(id)).collect();
        let held = self.phones[index].store().load_slice_values(&place, &elements);
        let held = held.map_err(|error| error.to_string())?;
        let mut edits = Vec::new();
        let mut told = Vec::new();
        let mut cells = CELLS.to_vec();
        for _ in 0..=self.dice.below(2) {
            let (element, combo) = cells.swap_remove(self.dice.place(cells.len()));
            let key = DataValueKey {
                data_element: uid(element),
                period: place.period,
                organisation_unit: place.organisation_unit,
                category_option_combo: uid(combo),
                attribute_option_combo: place.attribute_option_combo,
            };
            let before = held.iter().find(|stored| stored.key == key);
            let before = before.map(|stored| stored.value.clone()).unwrap_or_default();
            let value = self.next_value(element, &before);
            edits.push((key.data_element, key.category_option_combo, value.clone()));
            let payload = |value| Payload::DataValue { data_set: place.data_set, key, value };
            told.push((fields_of(&payload(before)), payload(value)));
        }
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let saved =
            phone.store().save_data_values(&place, &edits, &phone.user, phone.clock_ms(now_ms));
        saved.map(drop).map_err(|error| format!("phone {index}: not saved: {error}"))?;
        for (before, payload) in told {
            self.saved(index, &before, &payload);
        }
        Ok(())
    }

    fn next_value(&mut self, element: &str, before: &DataValue) -> DataValue {
        let number = self.fresh();
        let mut next = DataValue { deleted: false, ..before.clone() };
        match self.dice.below(10) {
            0..5 => {}
            5 | 6 => {
                next.comment = Some(format!("comment {number}"));
                return self.with_some_value(element, next);
            }
            7 => {
                next.follow_up = !next.follow_up;
                return self.with_some_value(element, next);
            }
            8 => next.comment = None,
            _ => return DataValue { deleted: true, ..DataValue::default() },
        }
        next.value = Some(match element {
            "deRemark001" => format!("remark {number}"),
            _ => number.to_string(),
        });
        next
    }

    /// The server takes no follow-up mark on nothing.
    fn with_some_value(&mut self, element: &str, mut next: DataValue) -> DataValue {
        if next.value.is_none() {
            let number = self.fresh();
            let is_text = element == "deRemark001";
            let text = if is_text { format!("remark {number}") } else { number.to_string() };
            next.value = Some(text);
        }
        next
    }

    fn edit_completion(&mut self, index: usize) -> Result<(), String> {
        let key = slice(self.unit(index), PERIODS[self.dice.place(PERIODS.len())]);
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let held = phone.store().load_completion(&key).map_err(|error| error.to_string())?;
        let held = held.unwrap_or_default();
        let completion = Completion {
            completed: !held.completed,
            date: (!held.completed).then(|| "2026-11-22".to_owned()),
            stored_by: (!held.completed).then(|| phone.user.clone()),
        };
        let saved =
            phone.store().save_completion(&key, &completion, &phone.user, phone.clock_ms(now_ms));
        saved.map(drop).map_err(|error| format!("phone {index}: not saved: {error}"))?;
        let before = fields_of(&Payload::Completion { key, completion: held });
        self.saved(index, &before, &Payload::Completion { key, completion });
        Ok(())
    }

    fn edit_event(&mut self, index: usize) -> Result<(), String> {
        let events = self.phones[index].events();
        let is_new = events.is_empty() || (events.len() < EVENTS_MAX && self.dice.chance(40));
        if is_new {
            let event = self.new_event(index);
            return self.save_event(index, &Fields::new(), event);
        }
        let mut event = events[self.dice.place(events.len())].clone();
        let before = fields_of(&Payload::Event { event: event.clone() });
        if self.dice.chance(12) {
            return self.delete_event(index, &before, event);
        }
        self.change_event(&mut event);
        self.save_event(index, &before, event)
    }

    fn new_event(&mut self, index: usize) -> Event {
        let unit = self.unit(index);
        let id = EventUid(self.dice.uid());
        self.event_units.insert(format!("event:{id}"), unit.to_owned());
        let mut event = Event {
            id,
            program: uid(PROGRAM),
            program_stage: uid(STAGE),
            organisation_unit: uid(unit),
            attribute_option_combo: None,
            status: EventStatus::Active,
            occurred_at: Some(format!("2026-11-{:02}", 1 + self.dice.below(20))),
            scheduled_at: None,
            completed_at: None,
            geometry: None,
            assigned_user: None,
            follow_up: false,
            enrollment: None,
            tracked_entity: None,
            data_values: Default::default(),
            notes: Vec::new(),
            created_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            updated_at_client: Some("2026-11-22T10:00:00.000".to_owned()),
            deleted: false,
        };
        self.answer_question(&mut event, 0);
        event
    }

    fn answer_question(&mut self, event: &mut Event, question: usize) {
        let value = format!("answer {}", self.fresh());
        let answer = EventDataValue { value, provided_elsewhere: false };
        event.data_values.insert(uid(QUESTIONS[question]), answer);
    }

    fn change_event(&mut self, event: &mut Event) {
        let question = self.dice.place(QUESTIONS.len());
        match self.dice.below(10) {
            0..5 => self.answer_question(event, question),
            5 | 6 => drop(event.data_values.remove(&uid(QUESTIONS[question]))),
            7 => {
                let value = format!("note {}", self.fresh());
                event.notes.push(Note::new(NoteUid(self.dice.uid()), value));
            }
            _ => {
                event.status = match event.status {
                    EventStatus::Completed => EventStatus::Active,
                    _ => EventStatus::Completed,
                };
                event.completed_at =
                    (event.status == EventStatus::Completed).then(|| "2026-11-21".to_owned());
            }
        }
    }

    fn save_event(&mut self, index: usize, before: &Fields, event: Event) -> Result<(), String> {
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let saved = phone.store().save_event(&event, &phone.user, phone.clock_ms(now_ms));
        saved.map(drop).map_err(|error| format!("phone {index}: not saved: {error}"))?;
        self.saved(index, before, &Payload::Event { event });
        Ok(())
    }

    fn delete_event(&mut self, index: usize, before: &Fields, event: Event) -> Result<(), String> {
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let saved = phone.store().delete_event(event.id, &phone.user, phone.clock_ms(now_ms));
        saved.map(drop).map_err(|error| format!("phone {index}: not deleted: {error}"))?;
        self.saved(index, before, &Payload::Event { event: Event { deleted: true, ..event } });
        Ok(())
    }

    // ------------------------------------------------------------ decisions

    /// A person looks at a parked row and decides.
    pub fn decide(&mut self, index: usize) -> Result<(), String> {
        let rows: Vec<OutboxEntry> = self.phones[index].outbox().into_values().collect();
        let is_parked =
            |row: &&OutboxEntry| matches!(row.state, RowState::Rejected | RowState::Conflict);
        let parked: Vec<_> = rows.iter().filter(is_parked).collect();
        let Some(row) = parked.get(self.dice.place(parked.len())) else { return Ok(()) };
        self.tally.decisions += 1;
        if row.state == RowState::Conflict {
            return self.resolve(index, row);
        }
        if self.scene == Scene::People && self.dice.chance(50) {
            let payload = row.payload.clone();
            return self.correct(index, payload);
        }
        if self.dice.chance(70) {
            self.note(format!("phone {index}: sends {} again", subject_of(&row.payload)));
            let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
            let done = phone.store().retry(row.id, &phone.user, phone.clock_ms(now_ms));
            // What needs a record that was given up cannot go: the person gives it up too.
            let is_orphan =
                row.rejection.is_some() && matches!(done, Err(StoreError::Refused { .. }));
            if !is_orphan {
                return done.map_err(|error| format!("phone {index}: no retry: {error}"));
            }
        }
        self.give_up(index, row)
    }

    fn give_up(&mut self, index: usize, row: &OutboxEntry) -> Result<(), String> {
        let subject = subject_of(&row.payload);
        self.note(format!("phone {index}: gives {subject} up"));
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let done = phone.store().discard(row.id, "wrong", &phone.user, phone.clock_ms(now_ms));
        done.map_err(|error| format!("phone {index}: not given up: {error}"))?;
        // What may have arrived is taken back by sending what was there before.
        let kept = phone.store().outbox_row(row.id).map_err(|error| error.to_string())?;
        if row.base.is_none() {
            self.given_up.insert(subject.clone(), Fields::new());
        }
        self.ledgers[index].given_up(&subject, None);
        if let Some(kept) = kept {
            let before = fields_of(&row.payload);
            self.ledgers[index].restored(&subject, &before, &fields_of(&kept.payload));
        }
        Ok(())
    }

    /// Gives up whatever is still parked.
    pub fn give_up_rest(&mut self, index: usize) -> Result<(), String> {
        for row in self.phones[index].outbox().into_values() {
            self.give_up(index, &row)?;
        }
        Ok(())
    }

    fn resolve(&mut self, index: usize, row: &OutboxEntry) -> Result<(), String> {
        let (phone, now_ms) = (&self.phones[index], self.server.now_ms);
        let page = phone.store().conflicts_page(None, 200).map_err(|error| error.to_string())?;
        let Some(conflict) = page.into_iter().find(|conflict| conflict.id == row.id) else {
            return Err(format!("phone {index}: the conflict of row {} is gone", row.id.0));
        };
        let subject = subject_of(&row.payload);
        let mine = fields_of(&conflict.mine);
        let is_gone = matches!(&conflict.theirs, Payload::Event { event } if event.deleted);
        let takes_theirs = self.dice.chance(40);
        let resolution = match (takes_theirs, &row.payload) {
            (true, _) => Resolution::Choice(Choice::Theirs),
            (false, Payload::Event { event }) if is_gone => {
                let mut again = Event { id: EventUid(self.dice.uid()), ..event.clone() };
                for note in &mut again.notes {
                    note.id = NoteUid(self.dice.uid());
                }
                Resolution::Record(Payload::Event { event: again })
            }
            (false, _) => Resolution::Choice(Choice::Mine),
        };
        self.note(format!(
            "phone {index}: decides {subject} {:?} as {resolution:?}",
            conflict.fields
        ));
        let phone = &self.phones[index];
        let clock_ms = phone.clock_ms(now_ms);
        let done =
            phone.store().resolve_conflict(row.id, &resolution, "decided", &phone.user, clock_ms);
        done.map_err(|error| format!("phone {index}: not resolved: {error}"))?;
        let ledger = &mut self.ledgers[index];
        match resolution {
            Resolution::Choice(Choice::Mine) => ledger.insisted(&subject, &mine),
            Resolution::Choice(_) => {
                // Where the whole was in question, what was entered here may go as a whole.
                let is_whole = conflict.fields.iter().any(|field| field == fields::DELETED);
                ledger.given_up(&subject, (!is_whole).then_some(&conflict.fields[..]));
            }
            Resolution::Record(record) => {
                ledger.given_up(&subject, None);
                let unit = self.event_units.get(&subject).cloned().unwrap_or_default();
                if !unit.is_empty() {
                    self.event_units.insert(subject_of(&record), unit);
                }
                self.saved(index, &Fields::new(), &record);
            }
        }
        Ok(())
    }

    // ------------------------------------------------------------ the office

    /// Somebody at the office changes data, metadata or rights.
    pub fn office(&mut self) -> Result<(), String> {
        self.tally.office += 1;
        if self.scene == Scene::People {
            self.office_people();
            return Ok(());
        }
        match self.dice.below(10) {
            0..4 => self.office_value(),
            4 | 5 => self.office_event(),
            6 => self.office_completion(),
            7 => self.office_type(),
            8 => self.office_sharing(),
            _ => self.office_units(),
        }
        Ok(())
    }

    fn office_value(&mut self) {
        let number = self.fresh();
        let (element, combo) = CELLS[self.dice.place(CELLS.len())];
        let period = PERIODS[self.dice.place(PERIODS.len())];
        let mut value = json!({
            "dataElement": element, "period": period, "orgUnit": SHARED_CLINIC,
            "categoryOptionCombo": combo, "attributeOptionCombo": DEFAULT_COMBO,
            "value": number.to_string(),
        });
        match self.dice.below(4) {
            0 => value["comment"] = json!(format!("office {number}")),
            1 => value["followUp"] = json!(true),
            2 => value["deleted"] = json!(true),
            _ => {}
        }
        let body = json!({"dataSet": DATA_SET, "dataValues": [value]});
        // A value that is not there cannot be deleted; nothing happens then.
        self.tell_office("POST", "/api/dataValueSets", &body);
    }

    fn office_event(&mut self) {
        let records = self.server.records.iter();
        let held: Vec<_> = records
            .filter(|(subject, fields)| {
                subject.starts_with("event:") && fields.contains_key("status")
            })
            .map(|(subject, fields)| (subject.clone(), fields.clone()))
            .collect();
        let Some((subject, fields)) = held.get(self.dice.place(held.len())) else { return };
        let id = subject.trim_start_matches("event:").to_owned();
        let unit = self.event_units.get(subject).cloned().unwrap_or_default();
        let (status, day) = (fields["status"].clone(), fields["occurredAt"].clone());
        if self.dice.chance(25) {
            let body = json!({"events": [{"event": id}]});
            let target = "/api/tracker?async=false&importStrategy=DELETE";
            return self.tell_office("POST", target, &body);
        }
        let value = format!("office {}", self.fresh());
        let question = QUESTIONS[self.dice.place(QUESTIONS.len())];
        let body = json!({"events": [{
            "event": id, "program": PROGRAM, "programStage": STAGE, "orgUnit": unit,
            "status": status, "occurredAt": day,
            "dataValues": [{"dataElement": question, "value": value}],
        }]});
        self.tell_office("POST", "/api/tracker?async=false", &body);
    }

    fn office_completion(&mut self) {
        let period = PERIODS[self.dice.place(PERIODS.len())];
        let body = json!({"completeDataSetRegistrations": [{
            "dataSet": DATA_SET, "period": period, "organisationUnit": SHARED_CLINIC,
            "attributeOptionCombo": DEFAULT_COMBO, "completed": self.dice.chance(70),
        }]});
        self.tell_office("POST", "/api/completeDataSetRegistrations", &body);
    }

    /// Somebody takes a completion away for good: no later answer mentions it.
    pub fn office_removes_completion(&mut self) {
        let period = PERIODS[self.extra.place(PERIODS.len())];
        let target = format!(
            "/api/completeDataSetRegistrations?ds={DATA_SET}&pe={period}&ou={SHARED_CLINIC}"
        );
        self.tell_office("DELETE", &target, &Value::Null);
    }

    /// The data set is withdrawn, a phone hears of it, and it is given back: what waits must survive.
    pub fn withdraw_and_give_back(&mut self, index: usize) -> Result<(), String> {
        let target = match self.scene {
            Scene::Forms => format!("/api/dataSets/{DATA_SET}"),
            Scene::People => format!("/api/programs/{TRACKER}"),
        };
        self.patch(&target, "/sharing/public", &json!("--------"));
        self.synchronise(index, Phases { upload: false, metadata: true, download: true })?;
        self.patch(&target, "/sharing/public", &json!("rwrw----"));
        if self.extra.chance(50) {
            self.synchronise(index, Phases { upload: false, metadata: true, download: true })?;
        }
        Ok(())
    }

    /// A remark must be a number from now on, or a text again.
    fn office_type(&mut self) {
        let kind = if self.dice.chance(50) { "NUMBER" } else { "LONG_TEXT" };
        self.patch("/api/dataElements/deRemark001", "/valueType", &json!(kind));
    }

    fn office_sharing(&mut self) {
        let target = match self.dice.below(2) {
            0 => format!("/api/dataSets/{DATA_SET}"),
            _ => format!("/api/programs/{PROGRAM}"),
        };
        let access = ["--------", "r-r-----", "rwrw----"][self.dice.place(3)];
        self.patch(&target, "/sharing/public", &json!(access));
    }

    /// A user loses the shared clinic, or has it back.
    fn office_units(&mut self) {
        let index = self.dice.place(self.phones.len());
        let has_shared = self.dice.chance(50);
        self.assign(index, has_shared);
    }

    fn assign(&mut self, index: usize, has_shared: bool) {
        let mut units = vec![json!({"id": self.phones[index].own_clinic()})];
        if has_shared {
            units.push(json!({"id": SHARED_CLINIC}));
        }
        let name = self.phones[index].user.clone();
        let users = self.server.read(&format!("/api/users?filter=username:eq:{name}&fields=id"));
        let Some(id) = users["users"][0]["id"].as_str() else { return };
        let names =
            ["organisationUnits", "dataViewOrganisationUnits", "teiSearchOrganisationUnits"];
        for member in names {
            let (target, path) = (format!("/api/users/{id}"), format!("/{member}"));
            self.patch(&target, &path, &json!(units));
        }
    }

    pub fn patch(&mut self, target: &str, path: &str, value: &Value) {
        let body = json!([{"op": "replace", "path": path, "value": value}]);
        self.tell_office("PATCH", target, &body);
    }

    pub fn tell_office(&mut self, method: &str, target: &str, body: &Value) {
        self.note(format!("office: {method} {target} {body}"));
        self.server.now_ms += 1_000;
        for change in self.server.office(method, target, body) {
            self.note(format!("  {} {:?} -> {:?}", change.subject, change.before, change.after));
        }
    }

    /// Puts back what the office changed of metadata and rights.
    pub fn repair_server(&mut self) {
        if self.scene == Scene::People {
            let target = format!("/api/programs/{TRACKER}");
            return self.patch(&target, "/sharing/public", &json!("rwrw----"));
        }
        self.patch("/api/dataElements/deRemark001", "/valueType", &json!("LONG_TEXT"));
        for target in [format!("/api/dataSets/{DATA_SET}"), format!("/api/programs/{PROGRAM}")] {
            self.patch(&target, "/sharing/public", &json!("rwrw----"));
        }
        for index in 0..self.phones.len() {
            self.assign(index, true);
        }
    }
}
