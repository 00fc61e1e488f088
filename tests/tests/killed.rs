//! The client is killed at any moment of capture, import, push, pull and sync, and the server as
//! well. Afterwards everything that was acknowledged is on the server, once: values, events, and
//! people with their enrolments, visits, links and reserved numbers.
//!
//! `OUTPOST_KILLS=2000 OUTPOST_SEED=7 cargo test -p outpost-tests --test killed` kills longer.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use outpost_tests::demo::server::Server;
use outpost_tests::rig::device::{Device, Ran, ended};
use outpost_tests::rig::followed::{self, FOLLOW_UP, Holdings, NEIGHBOUR, NUMBER, PHONE, RISK};
use outpost_tests::rig::material::{
    self, DATA_SET, DEFAULT_COMBO, EVENT_NUMBER, EVENT_REMARK, PROGRAM, Size,
};
use outpost_tests::rig::server::{DISTRICT, events_of, values_of};
use outpost_tests::rig::{binary, number};
use outpost_tests::sim::Dice;
use serde_json::Value;

const CLINICS: usize = 5;
const ELEMENTS: usize = 20;
/// Values in one imported file: two batches of an import and a bit.
const FILE_VALUES: usize = CLINICS * ELEMENTS;
/// Events in one imported file.
const FILE_EVENTS: usize = 30;

/// What a person did, by the word that measures how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    RecordSet,
    EventAdd,
    ImportValues,
    ImportEvents,
    PersonAdd,
    PersonSet,
    VisitAdd,
    VisitFill,
    Link,
    Push,
    Pull,
    Sync,
}

const WORKS: [Work; 18] = [
    Work::RecordSet,
    Work::RecordSet,
    Work::EventAdd,
    Work::EventAdd,
    Work::ImportValues,
    Work::ImportEvents,
    Work::PersonAdd,
    Work::PersonAdd,
    Work::PersonAdd,
    Work::PersonSet,
    Work::VisitAdd,
    Work::VisitAdd,
    Work::VisitFill,
    Work::Link,
    Work::Push,
    Work::Push,
    Work::Pull,
    Work::Sync,
];

/// What must be, and what may be, because the client died before it said so.
#[derive(Debug, Default)]
struct Promise {
    acknowledged: Option<String>,
    possible: BTreeSet<String>,
}

impl Promise {
    fn entered(&mut self, value: &str, is_acknowledged: bool) {
        if is_acknowledged {
            self.possible.clear();
            self.acknowledged = Some(value.to_owned());
        } else {
            self.possible.insert(value.to_owned());
        }
    }

    fn allows(&self, found: Option<&String>) -> bool {
        found == self.acknowledged.as_ref() || found.is_some_and(|it| self.possible.contains(it))
    }
}

/// A record whose id was told, by the number that the suite gave it.
#[derive(Debug, Clone)]
struct Known {
    id: String,
    /// The person's enrolment, or the visit's person.
    of: String,
}

/// What was done for people.
#[derive(Debug, Default)]
struct Followed {
    /// By the number of the person.
    people: BTreeMap<String, Promise>,
    /// By the number of the person.
    phones: BTreeMap<String, Promise>,
    /// By the number entered in the visit.
    visits: BTreeMap<String, Promise>,
    /// The person of each visit.
    visited: BTreeMap<String, String>,
    /// By the number entered in the visit.
    remarks: BTreeMap<String, Promise>,
    /// By the numbers of the two.
    links: BTreeMap<(String, String), Promise>,
    known_people: BTreeMap<String, Known>,
    known_visits: BTreeMap<String, Known>,
}

impl Followed {
    fn somebody(&self, dice: &mut Dice) -> Option<(String, Known)> {
        let everybody: Vec<_> = self.known_people.iter().collect();
        dice.pick(&everybody).map(|(number, known)| ((*number).clone(), (*known).clone()))
    }
}

struct Village {
    server: Server,
    device: Device,
    dice: Dice,
    /// How long each kind of work takes when nobody kills it.
    usual: BTreeMap<Work, Duration>,
    values: BTreeMap<String, Promise>,
    /// Events by the number entered in them.
    events: BTreeMap<String, Promise>,
    followed: Followed,
    counter: usize,
    killed: usize,
    finished: usize,
    server_deaths: usize,
}

impl Village {
    fn new(seed: u64) -> Self {
        let device = Device::new();
        let metadata = device.beside("metadata.json");
        let size = Size { clinics: CLINICS, assigned: CLINICS, elements: ELEMENTS, remark: false };
        std::fs::write(&metadata, followed::package(size).to_string()).expect("written");
        let mut server =
            Server::new(&binary(), &metadata, &device.beside("server")).expect("set up");
        server.start().expect("a server");
        let (name, password) = server.chw();
        device.login_as(&server.url(), name, password);
        device.json(&["sync"]);
        Self {
            server,
            device,
            dice: Dice::new(seed),
            usual: BTreeMap::new(),
            values: BTreeMap::new(),
            events: BTreeMap::new(),
            followed: Followed::default(),
            counter: 0,
            killed: 0,
            finished: 0,
            server_deaths: 0,
        }
    }

    /// One piece of work, killed at a random moment or not.
    fn step(&mut self) {
        self.counter += 1;
        let work = *self.dice.pick(&WORKS).expect("one of them");
        match work {
            Work::RecordSet => self.record_set(),
            Work::EventAdd => self.event_add(),
            Work::ImportValues => self.import_values(),
            Work::ImportEvents => self.import_events(),
            Work::PersonAdd => self.person_add(),
            Work::PersonSet => self.person_set(),
            Work::VisitAdd => self.visit_add(),
            Work::VisitFill => self.visit_fill(),
            Work::Link => self.link(),
            Work::Push => drop(self.run(work, &["push"])),
            Work::Pull => drop(self.run(work, &["pull"])),
            Work::Sync => drop(self.run(work, &["sync"])),
        }
    }

    /// Starts a command, kills it at some moment of the time it usually takes; gives what it printed
    /// if it ended by itself with success.
    fn run(&mut self, work: Work, arguments: &[&str]) -> Option<Value> {
        let child = self.device.spawn(arguments);
        let begin = Instant::now();
        let usual = self.usual.get(&work).copied();
        let Some(usual) = usual.filter(|_| !self.dice.chance(15)) else {
            let ran = ended(child);
            let known = self.usual.entry(work).or_insert(Duration::MAX);
            *known = begin.elapsed().min(*known);
            return self.judge(arguments, &ran);
        };
        let most = u64::try_from(usual.as_micros()).unwrap_or(0) * 11 / 10;
        let delay = Duration::from_micros(self.dice.below(most));
        let kills_server = matches!(work, Work::Push | Work::Sync) && self.dice.chance(20);
        std::thread::sleep(delay);
        if kills_server {
            self.server.stop();
            self.server_deaths += 1;
        }
        let ran = kill(child);
        if kills_server {
            self.server.start().expect("a server again");
        }
        self.judge(arguments, &ran)
    }

    #[track_caller]
    fn judge(&mut self, arguments: &[&str], ran: &Ran) -> Option<Value> {
        if ran.code == -1 {
            self.killed += 1;
            return None;
        }
        self.finished += 1;
        // A synchronisation may meet a dead server; capture has no excuse.
        let is_capture = !matches!(arguments[0], "push" | "pull" | "sync");
        let is_well = ran.code == 0 || (!is_capture && matches!(ran.code, 4 | 5));
        assert!(is_well, "{arguments:?}: {} {} {}", ran.code, ran.stdout, ran.stderr);
        (ran.code == 0).then(|| ran.json())
    }

    fn record_set(&mut self) {
        let (month, unit) = (material::past_month(1), material::clinic(self.dice.place(CLINICS)));
        let value = self.counter.to_string();
        let first = self.dice.place(ELEMENTS - 2);
        let elements: Vec<_> =
            (first..=first + self.dice.place(3)).map(material::element).collect();
        let cells: Vec<_> = elements.iter().map(|element| format!("{element}={value}")).collect();
        let mut arguments = vec!["record", "set", "--data-set", DATA_SET, "--period", &month];
        arguments.extend(["--org-unit", &unit]);
        arguments.extend(cells.iter().map(String::as_str));
        let acknowledged = self.run(Work::RecordSet, &arguments).is_some();
        for element in elements {
            let key = format!("{month}/{unit}/{element}/{DEFAULT_COMBO}");
            self.values.entry(key).or_default().entered(&value, acknowledged);
        }
    }

    fn event_add(&mut self) {
        let (day, number) = (material::past_day(1), self.counter.to_string());
        let (unit, answer) = (material::clinic(0), format!("{EVENT_NUMBER}={number}"));
        let remark = format!("{EVENT_REMARK}=seen");
        let arguments = ["event", "add", "--program", PROGRAM, "--org-unit", &unit, "--occurred"];
        let rest = [day.as_str(), "--complete", &answer, &remark];
        let acknowledged = self.run(Work::EventAdd, &[&arguments[..], &rest].concat()).is_some();
        self.events.entry(number).or_default().entered("1", acknowledged);
    }

    fn import(&mut self, work: Work, file: &Value) -> bool {
        let path = self.device.beside("import.json");
        std::fs::write(&path, file.to_string()).expect("written");
        let path = path.to_string_lossy().into_owned();
        self.run(work, &["import", &path]).is_some()
    }

    fn import_values(&mut self) {
        let (month, value) = (material::past_month(2), self.counter.to_string());
        let cells = (0..FILE_VALUES)
            .map(|at| (material::element(at % ELEMENTS), material::clinic(at / ELEMENTS)));
        let rows = cells.clone().map(|(element, unit)| (element, unit, value.clone()));
        let file = material::values_file(&month, rows);
        let acknowledged = self.import(Work::ImportValues, &file);
        for (element, unit) in cells {
            let key = format!("{month}/{unit}/{element}/{DEFAULT_COMBO}");
            self.values.entry(key).or_default().entered(&value, acknowledged);
        }
    }

    fn import_events(&mut self) {
        let numbers: Vec<_> =
            (0..FILE_EVENTS).map(|at| (self.counter * 1_000 + at + 1).to_string()).collect();
        let rows = numbers.iter().map(|number| {
            let id = material::event_id(number.parse().expect("a number"));
            (id, material::clinic(1), number.clone(), "imported".to_owned())
        });
        let file = material::events_file(&material::past_day(1), rows);
        let acknowledged = self.import(Work::ImportEvents, &file);
        for number in numbers {
            self.events.entry(number).or_default().entered("1", acknowledged);
        }
    }

    fn person_add(&mut self) {
        let (number, day) = (self.counter.to_string(), material::past_day(1));
        let unit = material::clinic(self.dice.place(CLINICS));
        let answers = [format!("{NUMBER}={number}"), format!("{RISK}={}", followed::risk(&number))];
        let arguments = ["person", "add", "--program", FOLLOW_UP, "--org-unit", &unit];
        let rest = ["--enrolled", &day, &answers[0], &answers[1]];
        let said = self.run(Work::PersonAdd, &[&arguments[..], &rest].concat());
        let followed = &mut self.followed;
        followed.people.entry(number.clone()).or_default().entered("1", said.is_some());
        if let Some(said) = said {
            let known = Known { id: text(&said, "uid"), of: text(&said, "enrollment") };
            followed.known_people.insert(number, known);
        }
    }

    fn person_set(&mut self) {
        let Some((number, known)) = self.followed.somebody(&mut self.dice) else { return };
        let phone = self.counter.to_string();
        let answer = format!("{PHONE}={phone}");
        let arguments = ["person", "set", &known.id, "--program", FOLLOW_UP, &answer];
        let acknowledged = self.run(Work::PersonSet, &arguments).is_some();
        self.followed.phones.entry(number).or_default().entered(&phone, acknowledged);
    }

    fn visit_add(&mut self) {
        let Some((person, known)) = self.followed.somebody(&mut self.dice) else { return };
        let (number, day) = (self.counter.to_string(), material::past_day(1));
        let answer = format!("{EVENT_NUMBER}={number}");
        let arguments = ["visit", "add", "--enrollment", &known.of, "--date", &day, &answer];
        let said = self.run(Work::VisitAdd, &arguments);
        let followed = &mut self.followed;
        followed.visits.entry(number.clone()).or_default().entered("1", said.is_some());
        followed.visited.insert(number.clone(), person.clone());
        if let Some(said) = said {
            followed.known_visits.insert(number, Known { id: text(&said, "uid"), of: person });
        }
    }

    fn visit_fill(&mut self) {
        let all: Vec<_> = self.followed.known_visits.iter().collect();
        let Some((number, known)) =
            self.dice.pick(&all).map(|(number, it)| ((*number).clone(), (*it).clone()))
        else {
            return;
        };
        let remark = self.counter.to_string();
        let answer = format!("{EVENT_REMARK}={remark}");
        let acknowledged = self.run(Work::VisitFill, &["visit", "fill", &known.id, &answer]);
        let promise = self.followed.remarks.entry(number).or_default();
        promise.entered(&remark, acknowledged.is_some());
    }

    fn link(&mut self) {
        let from = self.followed.somebody(&mut self.dice);
        let to = self.followed.somebody(&mut self.dice);
        let (Some(from), Some(to)) = (from, to) else { return };
        let pairs = [(from.0.clone(), to.0.clone()), (to.0.clone(), from.0.clone())];
        // Said once: a second time it would be refused, rightly.
        if from.0 == to.0 || pairs.iter().any(|pair| self.followed.links.contains_key(pair)) {
            return;
        }
        let arguments = ["relationship", "add", "--type", NEIGHBOUR, "--from", &from.1.id];
        let said = self.run(Work::Link, &[&arguments[..], &["--to", &to.1.id]].concat());
        let [pair, _] = pairs;
        self.followed.links.entry(pair).or_default().entered("1", said.is_some());
    }

    /// The database opens, the journal is whole.
    #[track_caller]
    fn check_health(&self) {
        let _ = self.device.json(&["status"]);
        self.device.verify_journal();
        let doctor = self.device.json(&["doctor"]);
        let outbox = self.device.json(&["outbox"]);
        assert_eq!(doctor["health"], "ok", "{doctor} {outbox}");
    }

    /// Everything is sent in the end, and the server holds what was acknowledged, once.
    #[track_caller]
    fn check_arrived(&self) {
        let report = self.device.json(&["sync"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        let status = self.device.json(&["status"]);
        let left = ["unsent", "parked", "conflicts"].map(|name| status[name].as_u64());
        assert_eq!(left, [Some(0); 3], "{status} {report}");

        let span = "startDate=1990-01-01&endDate=2100-01-01";
        let target = format!(
            "/api/dataValueSets?dataSet={DATA_SET}&{span}&orgUnit={DISTRICT}&children=true"
        );
        let held = values_of(&self.server.get(&target).expect("values"));
        for (key, promise) in &self.values {
            assert!(promise.allows(held.get(key)), "{key}: {:?}, {promise:?}", held.get(key));
        }
        assert!(held.keys().all(|key| self.values.contains_key(key)), "a value from nowhere");

        let target = format!(
            "/api/tracker/events?program={PROGRAM}&orgUnit={DISTRICT}&orgUnitMode=DESCENDANTS\
             &fields=event,dataValues[dataElement,value]&paging=false"
        );
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for event in events_of(&self.server.get(&target).expect("events")).values() {
            let mut answers = event["dataValues"].as_array().into_iter().flatten();
            let number = answers.find(|it| it["dataElement"] == EVENT_NUMBER);
            let number = number.and_then(|it| it["value"].as_str()).expect("a number").to_owned();
            *times.entry(number).or_default() += 1;
        }
        for (number, promise) in &self.events {
            let found = times.get(number).map(ToString::to_string);
            assert!(promise.allows(found.as_ref()), "event {number}: {found:?}, {promise:?}");
        }
        assert!(times.keys().all(|key| self.events.contains_key(key)), "an event from nowhere");
        self.check_people();
    }

    /// Whoever was registered is on the server once, with what was said last.
    #[track_caller]
    fn check_people(&self) {
        let held = Holdings::read(|target| self.server.get(target).expect("people"));
        held.check_whole();
        let followed = &self.followed;
        let once = "1".to_owned();
        for (number, promise) in &followed.people {
            let found = held.people.get(number);
            assert!(
                promise.allows(found.map(|_| &once)),
                "person {number}: {found:?}, {promise:?}"
            );
        }
        for (number, promise) in &followed.phones {
            let found = held.people.get(number).and_then(|it| it.phone.as_ref());
            assert!(promise.allows(found), "phone of {number}: {found:?}, {promise:?}");
        }
        for (number, promise) in &followed.visits {
            let found = held.visits.get(number);
            assert!(promise.allows(found.map(|_| &once)), "visit {number}: {found:?}, {promise:?}");
            let person = found.map(|it| &it.person);
            assert!(person.is_none() || person == followed.visited.get(number), "visit {number}");
        }
        for (number, promise) in &followed.remarks {
            let found = held.visits.get(number).and_then(|it| it.remark.as_ref());
            assert!(promise.allows(found), "remark of {number}: {found:?}, {promise:?}");
        }
        for (pair, promise) in &followed.links {
            let found = held.links.iter().filter(|it| *it == pair).count();
            let found = (found > 0).then(|| found.to_string());
            assert!(promise.allows(found.as_ref()), "link {pair:?}: {found:?}, {promise:?}");
        }
        let is_known = |number: &String| followed.people.contains_key(number);
        assert!(held.people.keys().all(is_known), "a person from nowhere");
        assert!(held.visits.keys().all(|it| followed.visits.contains_key(it)), "a visit too many");
        assert!(held.links.iter().all(|it| followed.links.contains_key(it)), "a link too many");
        for (number, known) in &followed.known_people {
            assert_eq!(held.people[number].id, known.id, "the person that was told of");
        }
        println!(
            "{} people, {} visits, {} links",
            held.people.len(),
            held.visits.len(),
            held.links.len()
        );
    }
}

fn text(document: &Value, member: &str) -> String {
    document[member].as_str().expect("a text").to_owned()
}

/// Ends a process the hard way; it may have ended by itself in the same moment.
fn kill(mut child: Child) -> Ran {
    child.kill().ok();
    ended(child)
}

#[test]
fn whoever_is_killed_and_when_nothing_acknowledged_is_lost_or_doubled() {
    let (kills, seed) = (number("OUTPOST_KILLS", 160), number("OUTPOST_SEED", 1));
    println!("seed {seed}");
    let mut village = Village::new(seed);
    let mut steps = 0;
    while (village.killed as u64) < kills {
        village.step();
        steps += 1;
        if steps % 25 == 0 {
            village.check_health();
        }
    }
    village.check_health();
    village.check_arrived();
    println!(
        "{} killed, {} finished, {} deaths of the server; {} values, {} events promised; {:?}",
        village.killed,
        village.finished,
        village.server_deaths,
        village.values.len(),
        village.events.len(),
        village.usual,
    );
}
