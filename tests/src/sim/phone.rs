//! A phone: a real encrypted store, a clock of its own, and at most one synchronisation under way,
//! which the simulation carries forward effect by effect.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outpost_domain::data::{OwnershipTransfer, Payload, SliceKey};
use outpost_domain::period::Period;
use outpost_store::{
    DatabaseKey, EventFilter, KEY_BYTES, OpenOptions, OutboxEntry, OutboxFilter, PeopleFilter,
    Person, Store,
};
use outpost_sync::machine::{Account, Machine, Phases, RunOptions};
use outpost_sync::ports::{Effect, Event, Now, Report, facts};

use super::metadata::{DATA_SET, DEFAULT_COMBO, ELEMENTS, OWN_CLINICS, PROGRAM, uid, user_of};
use super::record::{Records, Subject, fields_of, subject_of, value_fields};
use super::tracker_metadata::TRACKER;

/// A synchronisation under way.
pub struct Run {
    machine: Machine,
    /// What is to be carried out next.
    pub effect: Effect,
    /// Reading requests that were answered in this run: target, and the number of server writes that
    /// the answer knew of.
    pub read: Vec<(String, u64)>,
}

/// A phone.
pub struct Phone {
    /// Its number.
    pub index: usize,
    /// Its user.
    pub user: String,
    /// The clinic of its user, a place in [`OWN_CLINICS`].
    clinic: usize,
    /// Transactions of the synchronisation before the process is killed, if somebody is after it.
    pub killed_after: Option<u64>,
    /// Its clock minus the true time.
    pub skew_ms: i64,
    path: PathBuf,
    store: Option<Store>,
    /// The synchronisation under way.
    pub run: Option<Run>,
}

impl Phone {
    /// A phone of the user with number `user` whose database lies in `folder`; one that is there already is opened.
    ///
    /// # Panics
    /// If the store does not open.
    #[must_use]
    pub fn new(folder: &Path, index: usize, user: usize) -> Self {
        let path = folder.join(format!("phone{index}.db"));
        let mut phone = Self {
            index,
            user: user_of(user),
            clinic: user,
            killed_after: None,
            skew_ms: 0,
            path,
            store: None,
            run: None,
        };
        phone.open();
        phone
    }

    /// The clinic that only its user works in.
    #[must_use]
    pub const fn own_clinic(&self) -> &'static str {
        OWN_CLINICS[self.clinic]
    }

    /// Starts the process: opens what is on disk.
    ///
    /// # Panics
    /// If the store does not open: nothing in a simulation may lead to that.
    pub fn open(&mut self) {
        let key = DatabaseKey::new([7; KEY_BYTES]);
        let opened = Store::open(&self.path, &key, OpenOptions::default());
        self.store = Some(opened.expect("a phone's store opens").store);
    }

    /// Ends the process without a word, as a system does that needs memory.
    pub fn die(&mut self) {
        self.run = None;
        self.store = None;
    }

    /// The store.
    ///
    /// # Panics
    /// Between [`Self::die`] and [`Self::open`].
    #[must_use]
    pub fn store(&self) -> &Store {
        self.store.as_ref().expect("the process runs")
    }

    /// The phone's clock.
    #[must_use]
    pub const fn clock_ms(&self, now_ms: i64) -> i64 {
        now_ms + self.skew_ms
    }

    /// Begins a synchronisation.
    ///
    /// # Panics
    /// If the store cannot be read.
    pub fn begin(&mut self, phases: Phases, seed: u64, now_ms: i64) {
        let fact = |name: &str| self.store().load_fact(name).expect("a readable fact");
        let account = Account {
            user_id: fact(facts::USER_ID),
            user_name: Some(self.user.clone()),
            server_version: fact(facts::SERVER_VERSION),
            server_offset_minutes: fact(facts::SERVER_OFFSET_MINUTES)
                .and_then(|text| text.parse().ok()),
            names_locale: fact(facts::NAMES_LOCALE),
        };
        let counts = self.store().outbox_counts().expect("readable counts");
        let options = RunOptions {
            phases,
            seed,
            account,
            waiting_rows: Some(counts.pending + counts.in_flight),
            ..RunOptions::default()
        };
        let mut machine = Machine::new(options);
        let now = Now { unix_ms: self.clock_ms(now_ms) };
        let effect = machine.step(Event::Started, now).effect;
        self.run = Some(Run { machine, effect, read: Vec::new() });
    }

    /// Tells the machine what became of the effect under way; gives back the report of a run that
    /// ended with it.
    pub fn tell(&mut self, event: Event, now_ms: i64) -> Option<Report> {
        let now = Now { unix_ms: self.clock_ms(now_ms) };
        let run = self.run.as_mut()?;
        run.effect = run.machine.step(event, now).effect;
        let Effect::Finish(report) = &run.effect else { return None };
        let report = (**report).clone();
        self.run = None;
        Some(report)
    }

    /// Asks the run to stop.
    pub fn cancel(&mut self) {
        if let Some(run) = &mut self.run {
            run.machine.cancel();
        }
    }

    /// Everything in the outbox.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn outbox(&self) -> BTreeMap<Subject, OutboxEntry> {
        let mut rows = BTreeMap::new();
        let mut after = None;
        loop {
            let filter = OutboxFilter::default();
            let page = self.store().outbox_page(&filter, after, 200).expect("a readable outbox");
            let Some(last) = page.last() else { return rows };
            after = Some(last.id);
            for row in page {
                let twice = rows.insert(subject_of(&row.payload), row);
                assert!(twice.is_none(), "two rows of the outbox are about the same");
            }
        }
    }

    /// Everything that the phone shows of these places and periods, and all events.
    ///
    /// # Panics
    /// If it cannot be read.
    #[must_use]
    pub fn records(&self, units: &[&str], periods: &[&str]) -> Records {
        let mut records = Records::new();
        let elements = ELEMENTS.iter().map(|id| uid(id)).collect();
        for (unit, period) in units.iter().flat_map(|unit| periods.iter().map(move |p| (unit, p))) {
            let slice = slice(unit, period);
            let values =
                self.store().load_slice_values(&slice, &elements).expect("readable values");
            for stored in values {
                let (data_set, key) = (slice.data_set, stored.key);
                let value = stored.value.clone();
                let payload = Payload::DataValue { data_set, key, value };
                records.insert(subject_of(&payload), value_fields(&stored.value));
            }
            let completion = self.store().load_completion(&slice).expect("a readable completion");
            if let Some(completion) = completion {
                let payload = Payload::Completion { key: slice, completion };
                records.insert(subject_of(&payload), fields_of(&payload));
            }
        }
        for row in self.events() {
            let payload = Payload::Event { event: row };
            records.insert(subject_of(&payload), fields_of(&payload));
        }
        records.retain(|_, fields| !fields.is_empty());
        records
    }

    /// The people that the phone shows, with everything that belongs to them.
    ///
    /// # Panics
    /// If they cannot be read.
    #[must_use]
    pub fn people(&self) -> Vec<Person> {
        let filter = PeopleFilter::of(uid(TRACKER));
        let page = self.store().people_page(&filter, None, 200);
        let (rows, next) = page.expect("readable people");
        assert!(next.is_none(), "a simulation has few people");
        let people = rows.iter().filter_map(|row| row.tracked_entity.as_ref());
        let load = |id| self.store().load_person(id).expect("a readable person");
        people.filter_map(|person| load(person.id)).collect()
    }

    /// People, enrolments, visits, links and owners as the phone shows them.
    ///
    /// # Panics
    /// If they cannot be read.
    #[must_use]
    pub fn people_records(&self) -> Records {
        let mut records = Records::new();
        let mut add = |payload: Payload| {
            records.insert(subject_of(&payload), fields_of(&payload));
        };
        for person in self.people() {
            let id = person.tracked_entity.id;
            for link in self.store().relationships_of(id.0).expect("readable links") {
                add(Payload::Relationship { relationship: link.relationship });
            }
            for (program, organisation_unit) in person.owners {
                let transfer = OwnershipTransfer { tracked_entity: id, program, organisation_unit };
                add(Payload::OwnershipTransfer { transfer });
            }
            add(Payload::TrackedEntity { tracked_entity: person.tracked_entity });
            for one in person.enrollments {
                add(Payload::Enrollment { enrollment: one.enrollment });
                one.events.into_iter().for_each(|visit| add(Payload::Event { event: visit.event }));
            }
        }
        records
    }

    /// The events that the phone shows.
    ///
    /// # Panics
    /// If they cannot be read.
    #[must_use]
    pub fn events(&self) -> Vec<outpost_domain::data::Event> {
        let filter = EventFilter::of(uid(PROGRAM));
        let mut events = Vec::new();
        let mut after = None;
        loop {
            let page = self.store().events_page(&filter, after.as_ref(), 200);
            let page = page.expect("readable events");
            let Some(last) = page.last() else { return events };
            after = Some(last.cursor.clone());
            events.extend(page.into_iter().map(|row| row.event));
        }
    }
}

/// The slice of a clinic and a period.
///
/// # Panics
/// If `period` is none.
#[must_use]
pub fn slice(unit: &str, period: &str) -> SliceKey {
    SliceKey {
        data_set: uid(DATA_SET),
        period: Period::parse(period).expect("a period of the simulation"),
        organisation_unit: uid(unit),
        attribute_option_combo: uid(DEFAULT_COMBO),
    }
}
