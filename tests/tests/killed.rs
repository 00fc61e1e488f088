//! The client is killed at any moment of capture, import, push, pull and sync, and the server as
//! well. Afterwards everything that was acknowledged is on the server, once.
//!
//! `OUTPOST_KILLS=2000 OUTPOST_SEED=7 cargo test -p outpost-tests --test killed` kills longer.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use outpost_tests::demo::server::Server;
use outpost_tests::rig::device::{Device, Ran, ended};
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
    Push,
    Pull,
    Sync,
}

const WORKS: [Work; 9] = [
    Work::RecordSet,
    Work::RecordSet,
    Work::EventAdd,
    Work::EventAdd,
    Work::ImportValues,
    Work::ImportEvents,
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

struct Village {
    server: Server,
    device: Device,
    dice: Dice,
    /// How long each kind of work takes when nobody kills it.
    usual: BTreeMap<Work, Duration>,
    values: BTreeMap<String, Promise>,
    /// Events by the number entered in them.
    events: BTreeMap<String, Promise>,
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
        std::fs::write(&metadata, material::package(size).to_string()).expect("written");
        let mut server =
            Server::new(&binary(), &metadata, &device.beside("server")).expect("set up");
        server.start().expect("a server");
        let (name, password) = server.chw();
        device.login_as(&server.url(), name, password);
        device.json(&["pull"]);
        Self {
            server,
            device,
            dice: Dice::new(seed),
            usual: BTreeMap::new(),
            values: BTreeMap::new(),
            events: BTreeMap::new(),
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
            Work::Push => drop(self.run(work, &["push"])),
            Work::Pull => drop(self.run(work, &["pull"])),
            Work::Sync => drop(self.run(work, &["sync"])),
        }
    }

    /// Starts a command, kills it at some moment of the time it usually takes; true if it ended by
    /// itself with success.
    fn run(&mut self, work: Work, arguments: &[&str]) -> bool {
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
    fn judge(&mut self, arguments: &[&str], ran: &Ran) -> bool {
        if ran.code == -1 {
            self.killed += 1;
            return false;
        }
        self.finished += 1;
        // A synchronisation may meet a dead server; capture has no excuse.
        let is_capture = !matches!(arguments[0], "push" | "pull" | "sync");
        let is_well = ran.code == 0 || (!is_capture && matches!(ran.code, 4 | 5));
        assert!(is_well, "{arguments:?}: {} {} {}", ran.code, ran.stdout, ran.stderr);
        ran.code == 0
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
        let acknowledged = self.run(Work::RecordSet, &arguments);
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
        let acknowledged = self.run(Work::EventAdd, &[&arguments[..], &rest].concat());
        self.events.entry(number).or_default().entered("1", acknowledged);
    }

    fn import(&mut self, work: Work, file: &Value) -> bool {
        let path = self.device.beside("import.json");
        std::fs::write(&path, file.to_string()).expect("written");
        let path = path.to_string_lossy().into_owned();
        self.run(work, &["import", &path])
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

    /// The database opens, the journal is whole.
    #[track_caller]
    fn check_health(&self) {
        let _ = self.device.json(&["status"]);
        self.device.verify_journal();
        assert_eq!(self.device.json(&["doctor"])["health"], "ok");
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
    }
}

/// Ends a process the hard way; it may have ended by itself in the same moment.
fn kill(mut child: Child) -> Ran {
    child.kill().ok();
    ended(child)
}

#[test]
fn whoever_is_killed_and_when_nothing_acknowledged_is_lost_or_doubled() {
    let (kills, seed) = (number("OUTPOST_KILLS", 120), number("OUTPOST_SEED", 1));
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
