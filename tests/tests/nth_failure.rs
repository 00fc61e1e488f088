//! Whatever single thing fails in a whole synchronisation, the next one makes everything good: each
//! request in turn is cut, lost, refused by something in between or left hanging; each command to the
//! store in turn fails or is the last one of the process. Values, events and people travel together.
//!
//! `OUTPOST_NTH_STEP=1` tries every place; an ordinary run takes strides, and each kind of failure begins
//! at another place.

use std::collections::BTreeMap;

use outpost_engine::CancelToken;
use outpost_engine::model::{ImportObserver, SyncOptions};
use outpost_sandbox::MetadataSource;
use outpost_tests::rig::device::{Device, sync};
use outpost_tests::rig::drive::{Disk, drive};
use outpost_tests::rig::followed::{self, Holdings, Registered};
use outpost_tests::rig::material::{self, DATA_SET, DEFAULT_COMBO, PROGRAM, Size};
use outpost_tests::rig::number;
use outpost_tests::rig::road::{Fate, Road};
use outpost_tests::rig::server::Server;
use serde_json::Value;

const ELEMENTS: usize = 6;

/// A device that does a day's work, and what must be on the server in the end.
struct Bench {
    server: Server,
    road: Road,
    device: Device,
    values: BTreeMap<String, String>,
    events: BTreeMap<String, String>,
    /// One person is registered each day; the day is its number and that of its visit.
    people: Vec<Registered>,
    day: usize,
}

struct Silent;

impl ImportObserver for Silent {
    fn on_progress(&self, _records: u64) {}
}

impl Bench {
    fn new() -> Self {
        let size = Size { clinics: 3, assigned: 3, elements: ELEMENTS, remark: true };
        let package = MetadataSource::Json(followed::package(size));
        let server = Server::with(package, "2.42.4");
        let road = Road::to(server.url());
        let device = Device::new();
        device.ready(&road.url());
        let (values, events) = Default::default();
        Self { server, road, device, values, events, people: Vec::new(), day: 0 }
    }

    /// Changes values that are on the server, adds one event and changes an older one; registers
    /// somebody with a visit, who lives beside whoever came the day before and lends the telephone.
    fn work(&mut self) {
        self.day += 1;
        let (day, month) = (self.day, material::past_month(1));
        let session = self.device.session();
        let import = |file: &Value| {
            let bytes = file.to_string().into_bytes();
            let report = session.import_bytes(bytes, &Silent, &CancelToken::new()).expect("taken");
            assert_eq!((report.refused, report.unchanged), (0, 0), "{report:?}");
        };
        let cells = (0..ELEMENTS).map(|at| (material::element(at), material::clinic(at % 3)));
        let cells: Vec<_> = cells.collect();
        import(&material::values_file(
            &month,
            cells.iter().map(|(element, unit)| (element.clone(), unit.clone(), day.to_string())),
        ));
        for (element, unit) in cells {
            let key = format!("{month}/{unit}/{element}/{DEFAULT_COMBO}");
            self.values.insert(key, day.to_string());
        }
        let touched = [day, day.saturating_sub(7).max(1)];
        let touched = &touched[..if day > 7 { 2 } else { 1 }];
        let event = |number: &usize| {
            (material::event_id(*number), material::clinic(0), day.to_string(), "seen".to_owned())
        };
        import(&material::events_file(&material::past_day(1), touched.iter().map(event)));
        for number in touched {
            self.events.insert(material::event_id(*number), day.to_string());
        }
        let (number, past) = (day.to_string(), material::past_day(1));
        let somebody = followed::register(&session, &number, &material::clinic(day % 3), &past);
        followed::visit(&session, somebody, &past, &number);
        if let Some(before) = self.people.last() {
            followed::set_phone(&session, *before, &number);
            followed::link(&session, *before, somebody);
        }
        self.people.push(somebody);
    }

    /// A run in which the `nth` request has a bad fate. Whether it came to that request.
    fn spoilt_request(&self, nth: usize, fate: Fate) -> bool {
        self.road.rule(move |number, _| if number == nth { fate } else { Fate::Pass });
        let _ran = drive(&self.device.database(), &self.road.url(), nth as u64, |_| Disk::Works);
        self.road.asked() > nth
    }

    /// A run in which the `nth` command to the store has a bad fate.
    fn spoilt_command(&self, nth: usize, fate: Disk) -> bool {
        let disk = |number| if number == nth { fate } else { Disk::Works };
        drive(&self.device.database(), &self.road.url(), nth as u64, disk).commands > nth
    }

    /// An undisturbed run by the engine leaves nothing waiting, lost or doubled.
    #[track_caller]
    fn settled(&self, what: &str) {
        self.road.heal();
        let session = self.device.session();
        let report = sync(&session, SyncOptions::ALL);
        assert_eq!(report.stopped, None, "{what}");
        let status = session.status().expect("a status");
        assert_eq!((status.unsent, status.parked, status.conflicts), (0, 0, 0), "{what}");
        assert_eq!(self.server.values(DATA_SET), self.values, "{what}");
        let held = self.server.events(PROGRAM).into_iter();
        let held: BTreeMap<_, _> = held.map(|(id, event)| (id, number_of(&event))).collect();
        assert_eq!(held, self.events, "{what}");
        self.check_people(what);
    }

    #[track_caller]
    fn check_people(&self, what: &str) {
        let held = Holdings::read(|target| self.server.get(target));
        held.check_whole();
        let number = |day: usize| (day + 1).to_string();
        let people: BTreeMap<_, _> =
            held.people.into_iter().map(|(number, it)| (number, (it.id, it.phone))).collect();
        let registered = self.people.iter().enumerate().map(|(day, it)| {
            let phone = (day + 1 < self.people.len()).then(|| number(day + 1));
            (number(day), (it.person.to_string(), phone))
        });
        assert_eq!(people, registered.collect(), "{what}");
        let visits: BTreeMap<_, _> =
            held.visits.into_iter().map(|(number, it)| (number, it.person)).collect();
        let days = 0..self.people.len();
        assert_eq!(visits, days.clone().map(|day| (number(day), number(day))).collect(), "{what}");
        let mut links = held.links;
        links.sort();
        let mut said: Vec<_> = days.skip(1).map(|day| (number(day - 1), number(day))).collect();
        said.sort();
        assert_eq!(links, said, "{what}");
    }
}

fn number_of(event: &Value) -> String {
    let mut answers = event["dataValues"].as_array().into_iter().flatten();
    let found = answers.find(|it| it["dataElement"] == material::EVENT_NUMBER);
    found.and_then(|it| it["value"].as_str()).unwrap_or_default().to_owned()
}

fn step() -> usize {
    usize::try_from(number("OUTPOST_NTH_STEP", 7)).unwrap_or(1).max(1)
}

#[track_caller]
fn check_requests(fate: Fate, from: usize, step: usize) {
    let mut bench = Bench::new();
    let mut tried = 0;
    for nth in (from % step..).step_by(step) {
        bench.work();
        let reached = bench.spoilt_request(nth, fate);
        bench.settled(&format!("{fate:?} at request {nth}"));
        if !reached {
            break;
        }
        tried += 1;
    }
    bench.device.verify_journal();
    assert!(tried * step >= 15, "a synchronisation has more than {tried} times {step} requests");
}

#[test]
fn a_connection_cut_before_any_request_costs_nothing() {
    check_requests(Fate::CutBefore, 0, step());
}

#[test]
fn an_answer_lost_after_any_request_costs_nothing() {
    check_requests(Fate::LoseAnswer, 1, step());
}

#[test]
fn an_answer_cut_in_the_middle_costs_nothing() {
    check_requests(Fate::CutInside(7), 2, step());
}

#[test]
fn a_server_that_is_busy_for_one_request_costs_nothing() {
    check_requests(Fate::Unavailable, 3, step());
}

#[test]
fn a_wifi_portal_in_the_middle_of_a_run_costs_nothing() {
    check_requests(Fate::Portal, 4, step());
}

#[test]
fn being_sent_to_a_sign_in_page_costs_nothing() {
    check_requests(Fate::Redirect, 5, step());
}

#[test]
fn a_request_that_hangs_until_it_is_given_up_costs_nothing() {
    // The very first one signs in and has its own patience of a minute: an ordinary run spares it.
    check_requests(Fate::Hang, 6, step() * 2);
}

#[track_caller]
fn check_commands(fate: Disk, from: usize) {
    let mut bench = Bench::new();
    let mut tried = 0;
    for nth in (from % step()..).step_by(step()) {
        bench.work();
        let reached = bench.spoilt_command(nth, fate);
        bench.settled(&format!("{fate:?} at command {nth}"));
        if !reached {
            break;
        }
        tried += 1;
    }
    bench.device.verify_journal();
    assert!(tried * step() >= 9, "a synchronisation has more than {tried} commands");
}

#[test]
fn a_store_that_fails_once_costs_nothing() {
    check_commands(Disk::Fails, 0);
}

#[test]
fn a_death_before_any_command_to_the_store_costs_nothing() {
    check_commands(Disk::DiesBefore, 2);
}

#[test]
fn a_death_after_any_command_to_the_store_costs_nothing() {
    check_commands(Disk::DiesAfter, 4);
}
