//! A phone and a server without sockets between them, for suites about thousands of people: every
//! request is counted, and any moment may be the last of the process.

use outpost_domain::data::{
    Enrollment, EnrollmentStatus, Event, EventDataValue, EventStatus, Payload, TrackedEntity,
};
use outpost_domain::uid::{EnrollmentUid, EventUid, TrackedEntityUid};
use outpost_store::PeopleFilter;
use outpost_sync::machine::Phases;
use outpost_sync::ports::{
    Answer, Effect, Event as Happened, Method, Report, Request, StoreCommand,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::sim::metadata::{START_MS, uid};
use crate::sim::tracker_metadata::{ANSWERS, CARD, NAME, PERSON, RISK, STAGES, TRACKER, VILLAGES};
use crate::sim::{Phone, Scene, Server, answer_of, scratch};

/// Visits of each person that is made here.
pub const VISITS: usize = 2;

/// A phone beside its server.
pub struct Outpost {
    /// The server.
    pub server: Server,
    /// The phone.
    pub phone: Phone,
    /// Every request since the last [`Self::take_log`]: method and target.
    log: Vec<(Method, String)>,
    phones: usize,
    folder: TempDir,
}

/// What becomes of a transaction of a synchronisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The process lives on.
    Lives,
    /// It is killed before the transaction.
    DiesBefore,
    /// It is killed behind it.
    DiesBehind,
}

impl Default for Outpost {
    fn default() -> Self {
        Self::new()
    }
}

impl Outpost {
    /// A phone that has everything but people.
    ///
    /// # Panics
    /// If it cannot be set up.
    #[must_use]
    pub fn new() -> Self {
        let folder = scratch();
        let server = Server::new("2.42.4", START_MS, Scene::People);
        let phone = Phone::new(folder.path(), 0, 0);
        let mut outpost = Self { server, phone, log: Vec::new(), phones: 0, folder };
        outpost.sync(Phases::ALL);
        outpost.take_log();
        outpost
    }

    /// Another phone of the same user with nothing on it, in place of this one.
    pub fn another_phone(&mut self) {
        self.phones += 1;
        self.phone = Phone::new(self.folder.path(), self.phones, 0);
    }

    /// Ids of the people on the phone, each enrolled once.
    ///
    /// # Panics
    /// If they cannot be read.
    #[must_use]
    pub fn people_on_phone(&self) -> Vec<String> {
        let filter = PeopleFilter::of(uid(TRACKER));
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = self.phone.store().people_page(&filter, after.as_ref(), 200);
            let (rows, next) = page.expect("readable people");
            let people = rows.iter().filter_map(|row| row.tracked_entity.as_ref());
            ids.extend(people.map(|person| person.id.to_string()));
            if next.is_none() {
                ids.sort();
                return ids;
            }
            after = next;
        }
    }

    /// The requests since the last time.
    pub fn take_log(&mut self) -> Vec<(Method, String)> {
        std::mem::take(&mut self.log)
    }

    /// Saves records as a person would.
    ///
    /// # Panics
    /// If they cannot be saved.
    pub fn save(&self, records: &[Payload]) {
        for part in records.chunks(1_000) {
            let saved = self.phone.store().save_records(part, &[], "nurse", self.server.now_ms);
            let saved = saved.expect("saved").saved;
            assert_eq!(saved.changed(), part.len() as u64);
        }
    }

    /// Synchronises to the end.
    ///
    /// # Panics
    /// If the run stops early.
    pub fn sync(&mut self, phases: Phases) -> Report {
        let report = self.sync_with(phases, |_| None, |_| Moment::Lives).expect("nobody kills it");
        assert_eq!(report.stopped, None, "{:?}", report.notes);
        report
    }

    /// Synchronises; `refuse` may answer in the server's place, `moment` may kill the process, which
    /// gives no report and leaves the phone started anew.
    ///
    /// # Panics
    /// If the run does not end.
    pub fn sync_with(
        &mut self,
        phases: Phases,
        refuse: impl Fn(&Request) -> Option<Answer>,
        mut moment: impl FnMut(&StoreCommand) -> Moment,
    ) -> Option<Report> {
        self.phone.begin(phases, 7, self.server.now_ms);
        loop {
            let effect = self.phone.run.as_ref().expect("a run").effect.clone();
            let event = match effect {
                Effect::Fetch(request) => self.fetch(&request, &refuse),
                Effect::Store(command) | Effect::StoreBehind(command) => {
                    let fate = moment(&command);
                    if fate == Moment::DiesBefore {
                        self.die();
                        return None;
                    }
                    let reply = self.phone.store().command(command).expect("a store that works");
                    if fate == Moment::DiesBehind {
                        self.die();
                        return None;
                    }
                    Happened::Stored(reply)
                }
                Effect::AwaitStored => unreachable!("nothing is stored behind the machine"),
                Effect::Wait { wait_ms } => {
                    self.server.now_ms += i64::try_from(wait_ms).unwrap_or(0);
                    Happened::Waited
                }
                Effect::Finish(report) => return Some(*report),
            };
            if let Some(report) = self.phone.tell(event, self.server.now_ms) {
                return Some(report);
            }
        }
    }

    fn die(&mut self) {
        self.phone.die();
        self.phone.open();
    }

    fn fetch(
        &mut self,
        request: &Request,
        refuse: &impl Fn(&Request) -> Option<Answer>,
    ) -> Happened {
        self.server.now_ms += 50;
        self.log.push((request.method, request.target.clone()));
        if let Some(answer) = refuse(request) {
            return Happened::Answered(answer);
        }
        let user = self.phone.user.clone();
        let parts = self.server.answer(&user, request);
        Happened::Answered(answer_of(parts, self.server.now_ms, 50))
    }

    /// Ids of everything that the server holds of a list.
    pub fn held(&mut self, list: &str, id: &str) -> Vec<String> {
        let target = format!(
            "/api/tracker/{list}?program={TRACKER}&orgUnits=ouDistrict1&orgUnit=ouDistrict1\
             &ouMode=DESCENDANTS&orgUnitMode=DESCENDANTS&pageSize=50000&fields={id}"
        );
        let answer: Value = self.server.read(&target);
        let items = answer[list].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<_> =
            items.iter().filter_map(|item| item[id].as_str().map(str::to_owned)).collect();
        ids.sort();
        ids
    }
}

/// Id of a record that is spelled out of its number.
#[must_use]
pub fn id(letters: &str, number: usize) -> String {
    format!("{letters}{number:09}")
}

/// A person with an enrolment and [`VISITS`] visits; the card has the number of the person.
#[must_use]
pub fn tree(number: usize) -> Vec<Payload> {
    let person = uid::<TrackedEntityUid>(&id("Pe", number));
    let unit = uid(VILLAGES[number % VILLAGES.len()]);
    let tracked_entity = TrackedEntity {
        id: person,
        tracked_entity_type: uid(PERSON),
        organisation_unit: unit,
        geometry: None,
        attributes: [(uid(NAME), format!("name {number}")), (uid(CARD), format!("card {number}"))]
            .into(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let enrollment = Enrollment {
        id: uid::<EnrollmentUid>(&id("En", number)),
        tracked_entity: person,
        program: uid(TRACKER),
        organisation_unit: unit,
        status: EnrollmentStatus::Active,
        enrolled_at: Some("2026-10-01".to_owned()),
        occurred_at: Some("2026-10-01".to_owned()),
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: [(uid(RISK), format!("risk {number}"))].into(),
        notes: Vec::new(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let visit = |visit: usize| Event {
        id: uid::<EventUid>(&id("Vi", number * VISITS + visit)),
        program: uid(TRACKER),
        program_stage: uid(STAGES[0]),
        enrollment: Some(enrollment.id),
        tracked_entity: Some(person),
        organisation_unit: unit,
        attribute_option_combo: None,
        status: EventStatus::Active,
        occurred_at: Some("2026-11-01".to_owned()),
        scheduled_at: None,
        completed_at: None,
        geometry: None,
        assigned_user: None,
        follow_up: false,
        data_values: [(
            uid(ANSWERS[0]),
            EventDataValue { value: format!("answer {visit}"), provided_elsewhere: false },
        )]
        .into(),
        notes: Vec::new(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let visits: Vec<_> =
        (0..VISITS).map(|number| Payload::Event { event: visit(number) }).collect();
    let mut tree =
        vec![Payload::TrackedEntity { tracked_entity }, Payload::Enrollment { enrollment }];
    tree.extend(visits);
    tree
}
