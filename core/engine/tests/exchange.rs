//! A phone without network and a tablet that pushes, over weeks: files and receipts are lost, doubled
//! and late; the phone is restored from an old backup. Nothing is lost, nothing is doubled, and in the
//! end receipts alone have settled everything.
//!
//! One seed, one run. `OUTPOST_SEEDS` sets how many.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use outpost_domain::data::{Event, EventDataValue};
use outpost_domain::uid::EventUid;
use outpost_engine::model::{ImportObserver, SiteRole, SyncOptions, TakenIn};
use outpost_engine::{CancelToken, Outpost, Session};
use serde_json::Value;
use support::*;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

impl ImportObserver for Silent {
    fn on_progress(&self, _records: u64) {}
}

struct World {
    dice: Dice,
    server: Server,
    phone_device: Device,
    phone: Option<(Outpost, Session)>,
    _tablet_device: Device,
    tablet: (Outpost, Session),
    data: Vec<Vec<u8>>,
    receipts: Vec<Vec<u8>>,
    /// Every event with its last answer, as whoever holds the phone knows it.
    entered: BTreeMap<EventUid, String>,
    backup: Option<(tempfile::TempDir, BTreeMap<EventUid, String>)>,
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copied")),
        }
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let server = Server::start();
        let (phone_device, tablet_device) = (Device::new(), Device::new());
        let phone = phone_device.ready_as(&server, "nurse");
        let tablet = tablet_device.ready_as(&server, "doctor");
        let card = phone.1.make_exchange_card("Phone", SiteRole::Device).expect("a card");
        let other = tablet.1.make_exchange_card("Tablet", SiteRole::Tablet).expect("a card");
        let safe = tablet.1.make_recovery_key("Safe").expect("a key").card;
        tablet.1.enrol_exchange_card(&card.text, &card.fingerprint).expect("enrolled");
        for card in [other, safe] {
            phone.1.enrol_exchange_card(&card.text, &card.fingerprint).expect("enrolled");
        }
        Self {
            dice: Dice(seed),
            server,
            phone_device,
            phone: Some(phone),
            _tablet_device: tablet_device,
            tablet,
            data: Vec::new(),
            receipts: Vec::new(),
            entered: BTreeMap::new(),
            backup: None,
        }
    }

    fn phone(&self) -> &Session {
        &self.phone.as_ref().expect("a phone").1
    }

    fn save(&mut self, mut event: Event) {
        let phone = self.phone();
        let answer = |event: &mut Event, name: &str, value: &str| {
            let question =
                phone.find_question(event.program, event.program_stage, name).expect("a question");
            let value = EventDataValue { value: value.to_owned(), provided_elsewhere: false };
            event.data_values.insert(question, value);
        };
        let age = (self.entered.len() + self.data.len()) % 90;
        answer(&mut event, "Age in years", &age.to_string());
        answer(&mut event, "Sex", "F");
        let id = event.id;
        assert!(phone.save_event(event).expect("checked").saved);
        self.entered.insert(id, age.to_string());
    }

    fn capture(&mut self) {
        let phone = self.phone();
        let program = phone.find_form(None, "Fever visit").expect("the form").uid.into();
        let stage = phone.find_stage(program, None).expect("the stage");
        let place = phone.find_organisation_unit("Clinic A").expect("the clinic");
        let event = phone.new_event(program, stage, place).expect("a new event").event;
        self.save(event);
    }

    fn edit(&mut self) {
        let at = self.dice.below(self.entered.len());
        let Some(id) = self.entered.keys().nth(at).copied() else { return };
        let event = self.phone().event(id).expect("it is here").event;
        self.save(event);
    }

    /// Writes a file, if anything is to be handed over.
    fn write(&mut self, again: bool) {
        let (mut file, cancel) = (Vec::new(), CancelToken::new());
        match self.phone().hand_over("Tablet", again, &mut file, &Silent, &cancel) {
            Ok(_) => self.data.push(file),
            Err(error) => assert!(error.to_string().contains("nothing waits"), "{error}"),
        }
    }

    fn take_in(session: &Session, file: &[u8]) -> TakenIn {
        let cancel = CancelToken::new();
        session.take_in(&mut Cursor::new(file), false, &Silent, &cancel).expect("a sound file")
    }

    fn deliver(&self, at: usize) {
        if let Some(file) = self.data.get(at) {
            Self::take_in(&self.tablet.1, file);
        }
    }

    fn answer(&mut self) {
        let mut file = Vec::new();
        if self.tablet.1.write_receipt("Phone", &mut file).is_ok() {
            self.receipts.push(file);
        }
    }

    fn hear(&self, at: usize) {
        if let Some(file) = self.receipts.get(at) {
            Self::take_in(self.phone(), file);
        }
    }

    fn push(&self) {
        let report = sync(&self.tablet.1, SyncOptions::PUSH);
        assert_eq!((report.stopped, report.rejected), (None, 0));
    }

    fn back_up(&mut self) {
        drop(self.phone.take());
        let folder = tempfile::tempdir().expect("a folder");
        copy(&self.phone_device.home(), folder.path());
        self.backup = Some((folder, self.entered.clone()));
        self.reopen();
    }

    fn restore(&mut self) {
        let Some((folder, entered)) = self.backup.take() else { return };
        drop(self.phone.take());
        fs::remove_dir_all(self.phone_device.home()).expect("removed");
        copy(folder.path(), &self.phone_device.home());
        self.entered.clone_from(&entered);
        self.backup = Some((folder, entered));
        self.reopen();
    }

    fn reopen(&mut self) {
        let outpost = self.phone_device.open();
        let session = outpost.session().expect("still signed in");
        self.phone = Some((outpost, session));
    }

    fn step(&mut self, is_restored: bool) {
        match self.dice.below(20) {
            0..=4 => self.capture(),
            5..=6 if !is_restored => self.edit(),
            5..=9 => {
                let again = self.dice.below(4) == 0;
                self.write(again);
            }
            10..=12 => {
                let at = self.dice.below(self.data.len());
                self.deliver(at);
            }
            13 => self.deliver(self.data.len().saturating_sub(1)),
            14..=15 => self.answer(),
            16..=17 => {
                let at = self.dice.below(self.receipts.len());
                self.hear(at);
            }
            18 => self.push(),
            _ if is_restored && self.dice.below(2) == 0 => self.restore(),
            _ if is_restored => self.back_up(),
            _ => self.push(),
        }
    }

    /// What the server holds: every event with its answer.
    fn on_server(&self) -> BTreeMap<EventUid, String> {
        let path = format!(
            "/api/tracker/events?program={PROGRAM}&orgUnit={CLINIC}&pageSize=1000\
             &fields=event,dataValues"
        );
        let (_, answer) = self.server.admin("GET", &path, &Value::Null);
        let events = answer["events"].as_array().cloned().unwrap_or_default();
        let age = |event: &Value| {
            let values = event["dataValues"].as_array().cloned().unwrap_or_default();
            let age = values.iter().find(|value| value["value"] != "F");
            age.and_then(|age| age["value"].as_str().map(str::to_owned)).unwrap_or_default()
        };
        let id = |event: &Value| {
            let id = event["event"].as_str().expect("an id");
            EventUid::parse(id).expect("an id")
        };
        let found: Vec<_> = events.iter().map(|event| (id(event), age(event))).collect();
        let unique: BTreeMap<_, _> = found.iter().cloned().collect();
        assert_eq!(found.len(), unique.len(), "nothing is there twice");
        unique
    }

    /// What left the phone's outbox is on the server.
    fn check(&self, seed: u64) {
        let waiting = self.phone().outbox(None, None).expect("the outbox").rows;
        let held = self.on_server();
        for id in self.entered.keys() {
            let waits = waiting.iter().any(|row| row.uid == id.to_string());
            assert!(waits || held.contains_key(id), "seed {seed}: {id} is lost");
        }
    }
}

fn run(seed: u64, is_restored: bool) {
    let mut world = World::new(seed);
    for _ in 0..60 {
        world.step(is_restored);
    }
    world.check(seed);
    for _ in 0..6 {
        world.write(true);
        world.deliver(world.data.len().saturating_sub(1));
        world.push();
        world.answer();
        world.hear(world.receipts.len().saturating_sub(1));
    }
    let counts = |session: &Session| session.status().expect("a status").unsent;
    assert_eq!(counts(world.phone()), 0, "seed {seed}: the phone is not settled");
    assert_eq!(counts(&world.tablet.1), 0, "seed {seed}: the tablet is not settled");
    let held = world.on_server();
    for (id, age) in &world.entered {
        assert_eq!(held.get(id), Some(age), "seed {seed}");
    }
    if !is_restored {
        assert_eq!(held, world.entered, "seed {seed}");
    }
}

fn seeds() -> u64 {
    std::env::var("OUTPOST_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[test]
fn what_a_phone_captured_arrives_once_whatever_is_lost_doubled_or_late() {
    (0..seeds()).for_each(|seed| run(seed, false));
}

#[test]
fn a_phone_restored_from_an_old_backup_loses_and_doubles_nothing_that_it_still_knows() {
    (1_000..1_000 + seeds()).for_each(|seed| run(seed, true));
}
