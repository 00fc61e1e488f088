//! One simulated area: devices, media, a server; driven by the dice and judged after every step.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use outpost_engine::OutpostError;
use outpost_engine::model::FilePlan;
use outpost_sync::machine::Phases;
use tempfile::TempDir;

use super::backups::Backup;
use super::device::{Device, Outcome, Trouble};
use super::ground::{Ground, PHONES, ground, server};
use super::model::Model;
use super::upstream::LateRequests;
use crate::rig::device::copy_folder;
use crate::sim::network::Weather;
use crate::sim::{Dice, Failure, Server, scratch};

const HOUR_MS: i64 = 3_600_000;
/// Steps of one simulation before everything heals.
const STEPS: u32 = 90;
/// Lines of the trace that are kept.
const TRACE_LINES: usize = 5_000;

/// What happened in a simulation, to see that it was not an idle one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Tally {
    pub edits: u64,
    pub files: u64,
    pub receipts: u64,
    pub taken_in: u64,
    pub lost: u64,
    pub doubled: u64,
    pub damaged: u64,
    pub waited: u64,
    pub older: u64,
    pub runs: u64,
    pub troubles: u64,
    pub deaths: u64,
    pub failures: u64,
    pub backups: u64,
    pub restores: u64,
    pub copies_restored: u64,
    pub rejected: u64,
    pub parked: u64,
    pub corrected: u64,
    pub decided: u64,
    pub compared: u64,
    pub left: u64,
}

impl Tally {
    /// Adds another simulation's numbers.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.all_mut().into_iter().zip(other.clone().all_mut()) {
            *mine += *theirs;
        }
    }

    fn all_mut(&mut self) -> [&mut u64; 22] {
        let Self {
            edits,
            files,
            receipts,
            taken_in,
            lost,
            doubled,
            damaged,
            waited,
            older,
            runs,
            troubles,
            deaths,
            failures,
            backups,
            restores,
            copies_restored,
            rejected,
            parked,
            corrected,
            decided,
            compared,
            left,
        } = self;
        [
            edits,
            files,
            receipts,
            taken_in,
            lost,
            doubled,
            damaged,
            waited,
            older,
            runs,
            troubles,
            deaths,
            failures,
            backups,
            restores,
            copies_restored,
            rejected,
            parked,
            corrected,
            decided,
            compared,
            left,
        ]
    }
}

/// A file on a medium.
pub struct Parcel {
    /// Who wrote it.
    pub from: usize,
    /// For whom it is.
    pub to: usize,
    /// `data` or `receipt`.
    pub kind: &'static str,
    /// Its number among all parcels, for the trace.
    pub number: u64,
    /// What is on the medium.
    pub bytes: Vec<u8>,
    /// Whether that is less than what was to be written.
    pub is_cut: bool,
}

/// The area.
pub struct World {
    pub dice: Dice,
    pub server: Server,
    pub devices: Vec<Device>,
    /// Those that carry: the rest of the devices are phones.
    pub carriers: Vec<usize>,
    /// Carriers that have network from time to time.
    pub online: Vec<usize>,
    pub model: Model,
    pub media: Vec<Parcel>,
    pub backups: Vec<Backup>,
    pub late: LateRequests,
    pub tally: Tally,
    pub counter: u64,
    pub trace: VecDeque<String>,
    pub ground: &'static Ground,
    pub folder: TempDir,
    /// Number of each device among the members of the ground.
    pub members: Vec<usize>,
    /// Folders and backup files made so far.
    pub homes: u64,
    parcels: u64,
}

/// Runs one simulation.
///
/// # Errors
/// The first thing that must not be.
pub fn run(seed: u64) -> Result<Tally, Failure> {
    let mut world = World::new(seed);
    let lived = catch_unwind(AssertUnwindSafe(|| world.live()));
    let lived = lived.unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<String>().cloned();
        let text = text.or_else(|| cause.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        Err(format!("a panic: {}", text.unwrap_or_else(|| "see above".to_owned())))
    });
    match lived {
        Ok(()) => Ok(world.tally),
        Err(what) => Err(Failure { what, trace: world.trace.into() }),
    }
}

impl World {
    /// The area of a seed, before anything happened.
    pub fn new(seed: u64) -> Self {
        let ground = ground();
        let mut dice = Dice::new(seed);
        let phones = 2 + dice.place(3);
        let mut members: Vec<usize> = (0..phones).collect();
        let carriers: &[usize] = match dice.below(4) {
            0 => &[PHONES],
            1 => &[PHONES, PHONES + 1],
            2 => &[PHONES, PHONES + 2],
            _ => &[PHONES, PHONES + 1, PHONES + 2],
        };
        members.extend(carriers);
        let folder = scratch();
        let devices: Vec<_> = (0..members.len())
            .map(|index| {
                let member = &ground.members[members[index]];
                let home = folder.path().join(member.user);
                copy_folder(&member.home, &home);
                let mut device = Device::new(index, member.user, home, dice.roll());
                device.open();
                device
            })
            .collect();
        let carriers: Vec<usize> = (phones..members.len()).collect();
        let last = carriers[carriers.len() - 1];
        let mut online = vec![last];
        online.extend(carriers.iter().filter(|index| **index != last && dice.chance(40)));
        let model = Model::new(devices.len());
        let trace = format!("{} phones, {} carriers, online {online:?}", phones, carriers.len());
        let world = Self {
            dice,
            server: server(),
            devices,
            carriers,
            online,
            model,
            media: Vec::new(),
            backups: Vec::new(),
            late: LateRequests::new(),
            tally: Tally::default(),
            counter: 0,
            trace: VecDeque::from([trace]),
            ground,
            folder,
            members,
            parcels: 0,
            homes: 0,
        };
        (0..world.devices.len()).for_each(|index| world.tick(index));
        world
    }

    pub fn note(&mut self, line: String) {
        if self.trace.len() == TRACE_LINES {
            self.trace.pop_front();
        }
        self.trace.push_back(line);
    }

    pub fn name(&self, index: usize) -> &'static str {
        self.devices[index].user
    }

    /// The device's clock shows the true time, as far as it ever does.
    pub fn tick(&self, index: usize) {
        let device = &self.devices[index];
        device.clock.set(self.server.now_ms + device.skew_ms);
    }

    pub fn is_carrier(&self, index: usize) -> bool {
        self.carriers.contains(&index)
    }

    fn live(&mut self) -> Result<(), String> {
        for _ in 0..STEPS {
            self.step()?;
        }
        self.heal()?;
        self.compare()
    }

    fn step(&mut self) -> Result<(), String> {
        let phone = self.dice.place(self.devices.len() - self.carriers.len());
        let carrier = *self.dice.pick(&self.carriers).unwrap_or(&0);
        let index = match self.dice.below(100) {
            0..32 => self.edit(phone)?,
            32..35 => self.edit(carrier)?,
            35..47 => self.hand_over_somewhere(phone)?,
            47..51 => self.hand_over_somewhere(carrier)?,
            51..70 => self.something_arrives()?,
            70..77 => self.answer_somebody(carrier)?,
            77..85 => self.find_network(phone)?,
            85..89 => self.decide(phone)?,
            89..92 => self.decide(carrier)?,
            92 => self.office()?,
            93..96 => self.back_up(),
            96..98 => self.restore()?,
            _ => self.time_passes(phone),
        };
        self.check(index)
    }

    /// Judges a device.
    pub fn check(&mut self, index: usize) -> Result<(), String> {
        let rows = self.devices[index].outbox();
        self.model
            .check_device(index, &rows, &self.server)
            .map_err(|what| format!("{}: {what}", self.name(index)))
    }

    fn time_passes(&mut self, index: usize) -> usize {
        let hours = 1 + i64::try_from(self.dice.below(12)).unwrap_or(0);
        self.server.now_ms += hours * HOUR_MS;
        if self.dice.chance(30) {
            let days = [-1, 1, 400, 0][self.dice.place(4)];
            self.devices[index].skew_ms = days * 24 * HOUR_MS;
        }
        (0..self.devices.len()).for_each(|index| self.tick(index));
        self.note(format!("{hours} hours pass"));
        index
    }

    fn find_network(&mut self, phone: usize) -> Result<usize, String> {
        let index = match self.dice.chance(12) {
            true => phone,
            false => self.online[self.dice.place(self.online.len())],
        };
        let phases = match self.dice.below(3) {
            0 => Phases { upload: true, metadata: false, download: false },
            1 => Phases { metadata: false, ..Phases::ALL },
            _ => Phases::ALL,
        };
        let weather = Weather { trouble: [0, 10, 40][self.dice.place(3)] };
        let deadly = self.dice.chance(40);
        self.synchronise(index, phases, weather, deadly)?;
        Ok(index)
    }

    // ------------------------------------------------------------ files

    /// What goes wrong when a file is written or read.
    pub fn trouble(&mut self, bytes: u64) -> Trouble {
        match self.dice.below(100) {
            0..6 => Trouble::DiesAt(1 + self.dice.below(8)),
            6..10 => Trouble::DiesAfterBytes(self.dice.below(bytes)),
            10..14 => Trouble::MediumFails(self.dice.below(bytes)),
            14..16 => Trouble::DiesInProgress,
            16..18 => Trouble::Stopped,
            _ => Trouble::None,
        }
    }

    fn hand_over_somewhere(&mut self, from: usize) -> Result<usize, String> {
        // What has network hands on to nobody without: who only carries for it would wait for ever.
        let is_above = |other: &usize| !self.is_carrier(from) || self.online.contains(other);
        let others: Vec<usize> =
            self.carriers.iter().copied().filter(|it| *it != from && is_above(it)).collect();
        let Some(to) = self.dice.pick(&others).copied() else { return Ok(from) };
        // A phone has its own tablet, and uses the other one now and then.
        let to = if self.is_carrier(from) || self.dice.chance(25) {
            to
        } else {
            others[from % others.len()]
        };
        let again = self.dice.chance(25);
        let trouble = self.trouble(6_000);
        self.hand_over(from, to, again, trouble)?;
        Ok(from)
    }

    /// Writes a file for another device.
    pub fn hand_over(
        &mut self,
        from: usize,
        to: usize,
        again: bool,
        trouble: Trouble,
    ) -> Result<(), String> {
        self.tick(from);
        let partner = self.name(to);
        let (outcome, bytes) =
            self.devices[from].write(trouble, |session, out, observer, cancel| {
                session.hand_over(partner, again, out, observer, cancel)
            });
        let told = outcome_words(&outcome);
        self.note(format!("{}: writes for {partner}, {trouble:?}: {told}", self.name(from)));
        match outcome {
            Outcome::Done(_) => self.tally.files += 1,
            Outcome::Failed(error) if is_nothing(&error) => return Ok(()),
            other => self.went_wrong(from, trouble, &other)?,
        }
        self.put(from, to, "data", bytes, trouble);
        Ok(())
    }

    fn answer_somebody(&mut self, from: usize) -> Result<usize, String> {
        let to = self.dice.place(self.devices.len());
        if to != from {
            let trouble = self.trouble(3_000);
            self.answer(from, to, trouble)?;
        }
        Ok(from)
    }

    /// Writes a receipt for another device.
    pub fn answer(&mut self, from: usize, to: usize, trouble: Trouble) -> Result<(), String> {
        self.tick(from);
        let partner = self.name(to);
        let (outcome, bytes) = self.devices[from]
            .write(trouble, |session, out, _, _| session.write_receipt(partner, out));
        let told = outcome_words(&outcome);
        self.note(format!("{}: answers {partner}, {trouble:?}: {told}", self.name(from)));
        match outcome {
            Outcome::Done(_) => self.tally.receipts += 1,
            Outcome::Failed(error) if error.to_string().contains("no file came") => return Ok(()),
            other => self.went_wrong(from, trouble, &other)?,
        }
        self.put(from, to, "receipt", bytes, trouble);
        Ok(())
    }

    fn put(&mut self, from: usize, to: usize, kind: &'static str, bytes: Vec<u8>, why: Trouble) {
        if bytes.is_empty() {
            return;
        }
        let is_cut = match why {
            Trouble::DiesAfterBytes(limit) | Trouble::MediumFails(limit) => {
                bytes.len() as u64 == limit
            }
            _ => false,
        };
        self.parcels += 1;
        let number = self.parcels;
        self.note(format!("  parcel {number}, {} bytes, cut: {is_cut}", bytes.len()));
        self.media.push(Parcel { from, to, kind, number, bytes, is_cut });
    }

    /// Something did not succeed: that must have a cause.
    fn went_wrong<T>(
        &mut self,
        index: usize,
        trouble: Trouble,
        outcome: &Outcome<T>,
    ) -> Result<(), String> {
        match outcome {
            Outcome::Done(_) => Ok(()),
            Outcome::Died => {
                self.tally.deaths += 1;
                self.check_journal(index)
            }
            Outcome::Failed(_) if trouble != Trouble::None => {
                self.tally.failures += 1;
                Ok(())
            }
            Outcome::Failed(error) => Err(format!("{}: {error}", self.name(index))),
        }
    }

    /// The journal of a device is whole.
    pub fn check_journal(&self, index: usize) -> Result<(), String> {
        let verdict = self.devices[index].session().verify_journal();
        let verdict = verdict.map_err(|error| error.to_string())?;
        match verdict.first_bad {
            None => Ok(()),
            Some(entry) => Err(format!("{}: journal entry {entry} is bad", self.name(index))),
        }
    }

    fn something_arrives(&mut self) -> Result<usize, String> {
        if self.media.is_empty() {
            return Ok(0);
        }
        let place = self.dice.place(self.media.len());
        let to = self.media[place].to;
        match self.dice.below(100) {
            0..8 => {
                let lost = self.media.remove(place);
                self.tally.lost += 1;
                self.note(format!("parcel {} is lost", lost.number));
                return Ok(to);
            }
            8..14 => {
                self.arrives_damaged(place)?;
                return Ok(to);
            }
            14..18 => {
                let anybody = self.dice.place(self.devices.len());
                self.arrives(place, anybody, Trouble::None)?;
                return Ok(anybody);
            }
            _ => {}
        }
        let trouble = self.trouble(self.media[place].bytes.len() as u64);
        let is_read = self.arrives(place, to, trouble)?;
        if is_read && self.dice.chance(75) {
            self.media.remove(place);
        } else {
            self.tally.doubled += u64::from(is_read);
        }
        Ok(to)
    }

    /// A cut or changed copy must be refused whole; what was written stays on the medium.
    fn arrives_damaged(&mut self, place: usize) -> Result<(), String> {
        let parcel = &self.media[place];
        let (to, number) = (parcel.to, parcel.number);
        let mut bytes = parcel.bytes.clone();
        let at = self.dice.place(bytes.len());
        if self.dice.chance(50) {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << self.dice.below(8);
        }
        self.note(format!("parcel {number} arrives at {} damaged at {at}", self.name(to)));
        self.refused_whole(to, &bytes)
    }

    fn refused_whole(&mut self, to: usize, bytes: &[u8]) -> Result<(), String> {
        self.tally.damaged += 1;
        self.tick(to);
        let before = self.devices[to].outbox();
        let taken =
            self.devices[to].read(Trouble::None, bytes, |session, file, observer, cancel| {
                session.take_in(file, false, observer, cancel)
            });
        match taken {
            Outcome::Failed(_) if self.devices[to].outbox() == before => Ok(()),
            other => {
                let told = outcome_words(&other);
                Err(format!("{}: a damaged file was not refused whole: {told}", self.name(to)))
            }
        }
    }

    /// A parcel is read by a device; whether it was.
    pub fn arrives(
        &mut self,
        place: usize,
        reader: usize,
        trouble: Trouble,
    ) -> Result<bool, String> {
        let parcel = &self.media[place];
        let (to, number, kind) = (parcel.to, parcel.number, parcel.kind);
        if parcel.is_cut {
            let cut = self.media.remove(place);
            self.refused_whole(reader, &cut.bytes)?;
            // It is gone already: whoever counts on it being there must not remove another.
            return Ok(false);
        }
        self.tick(reader);
        let bytes = std::mem::take(&mut self.media[place].bytes);
        let taken =
            self.devices[reader].read(trouble, &bytes, |session, file, observer, cancel| {
                session.take_in(file, false, observer, cancel)
            });
        self.media[place].bytes = bytes;
        let told = outcome_words(&taken);
        self.note(format!(
            "parcel {number}, {kind} of {} arrives at {}, {trouble:?}: {told}",
            self.name(self.media[place].from),
            self.name(reader)
        ));
        let taken = match taken {
            Outcome::Done(taken) => taken,
            other => {
                self.went_wrong(reader, trouble, &other)?;
                return Ok(false);
            }
        };
        self.note(format!("  {:?} {:?}", taken.file.plan, taken.report));
        match taken.file.plan {
            FilePlan::TakeIn => self.tally.taken_in += 1,
            FilePlan::Waits => self.tally.waited += 1,
            FilePlan::OlderBackup | FilePlan::Fork => self.tally.older += 1,
            FilePlan::NotForUs if reader != to => return Ok(false),
            FilePlan::Known | FilePlan::Covered => {}
            other => return Err(format!("a good file is {other:?} to {}", self.name(reader))),
        }
        self.tally.parked += taken.report.receipt.as_ref().map_or(0, |receipt| receipt.parked);
        Ok(true)
    }
}

fn outcome_words<T>(outcome: &Outcome<T>) -> String {
    match outcome {
        Outcome::Done(_) => "done".to_owned(),
        Outcome::Failed(error) => format!("failed: {error}"),
        Outcome::Died => "died".to_owned(),
    }
}

fn is_nothing(error: &OutpostError) -> bool {
    error.to_string().contains("nothing waits")
}
