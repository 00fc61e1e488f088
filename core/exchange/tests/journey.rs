//! A phone and a tablet over months: files and receipts are lost, doubled, late; either side is
//! restored from an old backup. Whatever a receipt settled is on the tablet, and in the end everything
//! is.
//!
//! One seed, one run. `OUTPOST_SEEDS` sets how many.
#![allow(missing_docs)]

mod support;

use std::collections::BTreeMap;

use outpost_exchange::Hash;
use outpost_exchange::file::*;
use outpost_exchange::ledger::*;
use outpost_exchange::receipt::*;
use serde_json::json;
use support::*;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

#[derive(Clone, Debug)]
struct Row {
    /// What the record is about: unique over the lives of the phone.
    subject: u64,
    revision: i64,
    sent_revision: i64,
    file: u64,
    stage: Option<Stage>,
}

#[derive(Clone, Debug)]
struct DataFile {
    manifest: Manifest,
    hash: Hash,
    rows: Vec<(i64, i64, u64)>,
}

#[derive(Clone, Default)]
struct Phone {
    rows: BTreeMap<i64, Row>,
    log: SentLog,
    must_catch_up: bool,
}

#[derive(Clone, Default)]
struct Tablet {
    /// Newest revision of each subject.
    records: BTreeMap<u64, i64>,
    files: Ledgers,
    /// What each file brought, for the receipts.
    brought: BTreeMap<u64, (Link, Vec<(i64, i64)>)>,
}

struct World {
    dice: Dice,
    country: Country,
    phone: Phone,
    phone_backup: Phone,
    tablet: Tablet,
    tablet_backup: Tablet,
    data: Vec<DataFile>,
    receipts: Vec<Vec<ReceiptLine>>,
    subjects: u64,
    marks: u64,
}

fn manifest(country: &Country, address: &Address, mark: u64) -> (Manifest, Hash) {
    let (from, to) = (&country.phone, &country.tablet);
    let document = json!({
        "format": "outpost-exchange", "version": 1, "kind": "data",
        "from": id(from), "to": id(to),
        "recipients": [{ "key": id(to), "age": "age1" }],
        "sequence": address.sequence, "previous": address.previous, "since": address.since,
        "createdAt": mark.to_string(), "metadata": null, "records": 0, "counts": {},
        "unpackedBytes": 0, "entries": [],
    });
    let hash = Hash::of(document.to_string().as_bytes());
    (serde_json::from_value(document).expect("a manifest"), hash)
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            country: country(),
            phone: Phone::default(),
            phone_backup: Phone::default(),
            tablet: Tablet::default(),
            tablet_backup: Tablet::default(),
            data: Vec::new(),
            receipts: Vec::new(),
            subjects: 0,
            marks: 0,
        }
    }

    fn capture(&mut self) {
        if self.dice.below(2) == 0 && !self.phone.rows.is_empty() {
            let at = self.dice.below(self.phone.rows.len());
            let row = self.phone.rows.values_mut().nth(at).expect("a row");
            row.revision += 1;
            row.stage = None;
        } else {
            self.subjects += 1;
            let number = self.phone.rows.keys().next_back().map_or(1, |last| last + 1);
            let subject = self.subjects;
            let row = Row { subject, revision: 1, sent_revision: 0, file: 0, stage: None };
            self.phone.rows.insert(number, row);
        }
    }

    fn send(&mut self) {
        self.marks += 1;
        let phone = &mut self.phone;
        let catches_up = phone.must_catch_up || self.dice.next().is_multiple_of(4);
        let address = match catches_up {
            true => phone.log.catch_up("", None),
            false => phone.log.next("", None),
        };
        phone.must_catch_up = false;
        let (manifest, hash) = manifest(&self.country, &address, self.marks);
        let mut rows = Vec::new();
        for (number, row) in &mut phone.rows {
            let is_new = row.revision > row.sent_revision;
            if row.stage.is_none() && (is_new || catches_up) {
                row.sent_revision = row.revision;
                row.file = manifest.sequence;
                rows.push((*number, row.revision, row.subject));
            }
        }
        phone.log.sent(Link { sequence: manifest.sequence, hash });
        self.data.push(DataFile { manifest, hash, rows });
    }

    fn deliver(&mut self, at: usize) {
        let Some(file) = self.data.get(at).cloned() else { return };
        let ring = &self.country.ring;
        let me = id(&self.country.tablet);
        let plan = self.tablet.files.plan(ring, me, &file.manifest, file.hash);
        if !matches!(plan, Plan::Apply { .. }) {
            return self.tablet.files.saw(&file.manifest, file.hash, &plan, ring);
        }
        for (_, revision, subject) in &file.rows {
            let known = self.tablet.records.entry(*subject).or_insert(0);
            *known = (*known).max(*revision);
        }
        self.tablet.files.applied(&file.manifest, file.hash, ring);
        let link = Link { sequence: file.manifest.sequence, hash: file.hash };
        let rows = file.rows.iter().map(|(row, revision, _)| (*row, *revision)).collect();
        self.tablet.brought.insert(link.sequence, (link, rows));
    }

    fn answer(&mut self) {
        self.marks += 1;
        let ring = &self.country.ring;
        let device = id(&self.country.phone);
        let ledger = self.tablet.files.of(ring, device, Kind::Data).cloned().unwrap_or_default();
        let head = Head::new(device, &ledger, Vec::new());
        let mut lines = vec![ReceiptLine::Head(head)];
        for (file, rows) in self.tablet.brought.values() {
            let rows = rows.iter().map(|(row, revision)| RowRevision(*row, *revision)).collect();
            let stage = Stage::Taken;
            lines.push(ReceiptLine::Arrived(Arrived { file: *file, device, stage, rows }));
        }
        self.receipts.push(lines);
    }

    fn hear(&mut self, at: usize) {
        let Some(receipt) = self.receipts.get(at).cloned() else { return };
        for line in &receipt {
            match line {
                ReceiptLine::Head(head) => self.heed(head),
                ReceiptLine::Arrived(arrived) => self.settle(arrived),
                _ => {}
            }
        }
    }

    fn heed(&mut self, head: &Head) {
        for advice in settle_head(&mut self.phone.log, head) {
            match advice {
                Advice::ReceiverLost { from } => {
                    for row in self.phone.rows.values_mut().filter(|row| row.file >= from) {
                        row.stage = None;
                    }
                    self.phone.must_catch_up = true;
                }
                Advice::Resumed(_) | Advice::SendAgain(_) => self.phone.must_catch_up = true,
                Advice::Confirmed(_) | Advice::OutOfDate => {}
            }
        }
    }

    fn settle(&mut self, arrived: &Arrived) {
        for RowRevision(number, revision) in &arrived.rows {
            let Some(row) = self.phone.rows.get_mut(number) else { continue };
            let sent = SentRow { revision: row.revision, file: row.file, stage: row.stage };
            let settlement =
                settle_arrival(&mut self.phone.log, &sent, arrived.file, arrived.stage, *revision);
            if let Settlement::Settle(stage) = settlement {
                row.stage = Some(stage);
            }
        }
    }
}

impl World {
    /// One step of the months. Files in `data` and `receipts` lie around and may be read at any time,
    /// again and again; one that is never read is lost.
    fn step(&mut self, tablet_is_restored: bool) {
        let (data, receipts) = (self.data.len(), self.receipts.len());
        let recent = |dice: &mut Dice, count: usize| match dice.below(3) {
            0 => dice.below(count),
            _ => count.saturating_sub(1 + dice.below(3)),
        };
        match self.dice.below(24) {
            0..=6 => self.capture(),
            7..=10 => self.send(),
            11..=15 => {
                let at = recent(&mut self.dice, data);
                self.deliver(at);
            }
            16..=18 => self.answer(),
            19..=21 => {
                let at = recent(&mut self.dice, receipts);
                self.hear(at);
            }
            22 if self.dice.below(3) == 0 => self.phone = self.phone_backup.clone(),
            22 => self.phone_backup = self.phone.clone(),
            _ if tablet_is_restored && self.dice.below(3) == 0 => {
                self.tablet = self.tablet_backup.clone();
            }
            _ => self.tablet_backup = self.tablet.clone(),
        }
    }

    fn unsettled(&self) -> usize {
        self.phone.rows.values().filter(|row| row.stage.is_none()).count()
    }

    fn missing_on_tablet(&self) -> Vec<&Row> {
        let has = |row: &Row| {
            self.tablet.records.get(&row.subject).is_some_and(|known| *known >= row.revision)
        };
        self.phone.rows.values().filter(|row| row.stage.is_some() && !has(row)).collect()
    }

    /// The two meet and exchange until nothing changes any more.
    fn heal(&mut self) {
        for _ in 0..6 {
            self.phone.must_catch_up = true;
            self.send();
            self.deliver(self.data.len() - 1);
            self.answer();
            self.hear(self.receipts.len() - 1);
        }
    }
}

fn seeds() -> u64 {
    std::env::var("OUTPOST_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

fn run(seed: u64, tablet_is_restored: bool) {
    let mut world = World::new(seed);
    for step in 0..200 {
        world.step(tablet_is_restored);
        if !tablet_is_restored {
            let missing = world.missing_on_tablet();
            assert!(missing.is_empty(), "seed {seed}, step {step}: settled but lost: {missing:?}");
        }
    }
    world.heal();
    assert_eq!(world.unsettled(), 0, "seed {seed}: not everything was settled in the end");
    let missing = world.missing_on_tablet();
    assert!(missing.is_empty(), "seed {seed}: settled but not on the tablet: {missing:?}");
}

#[test]
fn what_a_receipt_settled_is_on_the_tablet_whatever_is_lost_and_whoever_restored_the_phone() {
    (0..seeds()).for_each(|seed| run(seed, false));
}

#[test]
fn a_tablet_restored_from_a_backup_gets_everything_again() {
    // Seeds that once failed: receipts that came late over a restore, in ever rarer ways.
    for seed in [10_021, 10_046, 10_118, 10_146, 10_486] {
        run(seed, true);
    }
    (10_000..10_000 + seeds()).for_each(|seed| run(seed, true));
}
