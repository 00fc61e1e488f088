//! One simulated district: phones, a server, people, weather; driven by the dice and judged after every
//! step.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use outpost_sandbox::HttpResponseParts;
use outpost_store::RowState;
use outpost_sync::machine::Phases;
use outpost_sync::ports::{Effect, Event, Lost, Method, Report, Request, Stop, StoreCommand};
use tempfile::TempDir;

use super::checker::{Ledger, Sent, check_journal};
use super::dice::Dice;
use super::metadata::{OWN_CLINICS, PERIODS, SHARED_CLINIC, START_MS};
use super::network::{Fate, Weather, portal, refusal};
use super::phone::Phone;
use super::record::{DELETED, Subject, fields_of};
use super::server::{Server, Writer, answer_of, kind_of};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Steps of one simulation before everything heals.
const STEPS: u32 = 110;
/// Lines of the trace that are kept.
const TRACE_LINES: usize = 5_000;
/// Synchronisations after which a healed phone must have nothing left to send and show what the
/// others sent: one ends a pull, one lets a conflict go that another's deletion dissolved, one sends
/// what came of it, one shows it to those who went before.
const HEALED_ROUNDS: u32 = 4;

/// What happened in a simulation, to see that it was not an idle one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Tally {
    pub edits: u64,
    pub runs: u64,
    pub finished: u64,
    pub requests: u64,
    pub troubles: u64,
    pub deaths: u64,
    pub store_failures: u64,
    pub conflicts: u64,
    pub rejected: u64,
    pub decisions: u64,
    pub office: u64,
    pub races: u64,
}

impl Tally {
    /// Adds another simulation's numbers.
    pub fn add(&mut self, other: &Self) {
        self.edits += other.edits;
        self.runs += other.runs;
        self.finished += other.finished;
        self.requests += other.requests;
        self.troubles += other.troubles;
        self.deaths += other.deaths;
        self.store_failures += other.store_failures;
        self.conflicts += other.conflicts;
        self.rejected += other.rejected;
        self.decisions += other.decisions;
        self.office += other.office;
        self.races += other.races;
    }
}

/// What went wrong, with the last things that happened before.
#[derive(Debug, Clone)]
pub struct Failure {
    /// In words.
    pub what: String,
    /// The last steps, oldest first.
    pub trace: Vec<String>,
}

/// A request that the server will act on later.
struct LateRequest {
    phone: usize,
    request: Request,
    sent: Sent,
}

pub(super) struct World {
    pub dice: Dice,
    pub server: Server,
    pub phones: Vec<Phone>,
    pub ledgers: Vec<Ledger>,
    pub tally: Tally,
    pub counter: u64,
    late: Vec<LateRequest>,
    weather: Vec<Weather>,
    trace: VecDeque<String>,
    /// Where each event was entered.
    pub event_units: BTreeMap<Subject, String>,
    _folder: TempDir,
}

/// Runs one simulation.
///
/// # Errors
/// The first thing that must not be.
pub fn run(seed: u64) -> Result<Tally, Failure> {
    let mut world = World::new(seed);
    match world.live() {
        Ok(()) => Ok(world.tally),
        Err(what) => Err(Failure { what, trace: world.trace.into() }),
    }
}

/// A folder in memory if the system has one: a simulation is not about the disk.
///
/// # Panics
/// If no folder can be made.
#[must_use]
pub fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    folder.expect("a folder for temporary files")
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let version = match dice.below(10) {
            0 => "2.40.7",
            1 => "2.41.3",
            2 => "2.43.0",
            _ => "2.42.4",
        };
        let folder = scratch();
        let count = 1 + dice.place(3);
        let mut phones: Vec<_> = (0..count).map(|index| Phone::new(folder.path(), index)).collect();
        for phone in &mut phones {
            phone.skew_ms = match dice.below(4) {
                0 => 0,
                1 => i64::try_from(dice.below(600_000)).unwrap_or(0) - 300_000,
                2 => -DAY_MS,
                _ => DAY_MS,
            };
        }
        let weather =
            (0..count).map(|_| Weather { trouble: [0, 2, 6, 15][dice.place(4)] }).collect();
        Self {
            server: Server::new(version, START_MS),
            ledgers: (0..count).map(|_| Ledger::default()).collect(),
            phones,
            tally: Tally::default(),
            counter: 0,
            late: Vec::new(),
            weather,
            trace: VecDeque::from([format!("server {version}, {count} phones")]),
            event_units: BTreeMap::new(),
            dice,
            _folder: folder,
        }
    }

    pub fn note(&mut self, line: String) {
        if self.trace.len() == TRACE_LINES {
            self.trace.pop_front();
        }
        self.trace.push_back(line);
    }

    fn live(&mut self) -> Result<(), String> {
        for _ in 0..STEPS {
            self.step()?;
        }
        self.heal()?;
        self.compare()?;
        self.settle_everything()?;
        self.compare()?;
        for ledger in &self.ledgers {
            self.tally.races += ledger.races;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        let index = self.dice.place(self.phones.len());
        let is_running = self.phones[index].run.is_some();
        match (is_running, self.dice.below(100)) {
            (true, 0..70) => {
                for _ in 0..=self.dice.below(30) {
                    self.carry_on(index)?;
                }
            }
            (true, 70..82) => self.edit(index)?,
            (true, 82..87) => self.die(index),
            (true, 87..90) => {
                self.note(format!("phone {index}: a person stops the synchronisation"));
                self.phones[index].cancel();
            }
            (false, 0..50) => self.edit(index)?,
            (false, 50..75) => self.begin(index),
            (false, 75..87) => self.decide(index)?,
            (_, 90..95) => self.office()?,
            (_, _) => self.time_passes(index),
        }
        self.check(index)
    }

    pub fn check(&mut self, index: usize) -> Result<(), String> {
        let phone = &self.phones[index];
        self.ledgers[index]
            .check_phone(phone, &self.server)
            .map_err(|what| format!("phone {index}: {what}"))
    }

    fn begin(&mut self, index: usize) {
        let phases = match self.dice.below(4) {
            0 => Phases { upload: true, metadata: false, download: false },
            1 => Phases { upload: true, metadata: false, download: true },
            _ => Phases::ALL,
        };
        self.tally.runs += 1;
        self.note(format!("phone {index}: synchronises {phases:?}"));
        let seed = self.dice.roll();
        self.phones[index].begin(phases, seed, self.server.now_ms);
    }

    fn die(&mut self, index: usize) {
        self.note(format!("phone {index}: the process dies"));
        self.tally.deaths += 1;
        self.phones[index].die();
        self.phones[index].open();
    }

    fn time_passes(&mut self, index: usize) {
        match self.dice.below(10) {
            0..6 => {
                let hours = 1 + i64::try_from(self.dice.below(12)).unwrap_or(0);
                self.note(format!("{hours} hours pass"));
                self.server.now_ms += hours * HOUR_MS;
            }
            number => {
                let jump =
                    [DAY_MS, -DAY_MS, 900 * DAY_MS, 0][usize::try_from(number - 6).unwrap_or(0)];
                let phone = &mut self.phones[index];
                phone.skew_ms = if jump == 0 { 0 } else { phone.skew_ms + jump };
                let skew_ms = phone.skew_ms;
                self.note(format!("phone {index}: the clock is now {skew_ms} ms off"));
            }
        }
    }

    // ------------------------------------------------------------ a synchronisation

    /// Carries out the effect under way.
    pub fn carry_on(&mut self, index: usize) -> Result<(), String> {
        let Some(run) = &self.phones[index].run else { return Ok(()) };
        let effect = run.effect.clone();
        let changes_rows = matches!(
            &effect,
            Effect::Store(
                StoreCommand::Claim { .. }
                    | StoreCommand::Settle { .. }
                    | StoreCommand::ApplyDownload { .. }
                    | StoreCommand::Swap { .. }
            )
        );
        let event = match effect {
            Effect::Fetch(request) => self.fetch(index, request)?,
            Effect::Store(command) => match self.store(index, command) {
                Some(event) => event,
                None => return self.check(index),
            },
            Effect::Wait { wait_ms } => {
                self.server.now_ms += i64::try_from(wait_ms).unwrap_or(0);
                Event::Waited
            }
            Effect::Finish(_) => return Ok(()),
        };
        let report = self.phones[index].tell(event, self.server.now_ms);
        if let Some(report) = report {
            self.ended(index, &report)?;
        }
        if changes_rows { self.check(index) } else { Ok(()) }
    }

    fn ended(&mut self, index: usize, report: &Report) -> Result<(), String> {
        let stopped = report.stopped.as_ref();
        self.note(format!(
            "phone {index}: ended, synced {} rejected {} conflicts {} deferred {} {stopped:?} {:?}",
            report.synced, report.rejected, report.conflicts, report.deferred, report.notes
        ));
        self.tally.finished += u64::from(stopped.is_none());
        self.tally.conflicts += report.conflicts;
        self.tally.rejected += report.rejected;
        if let Some(Stop::Store { reason }) = stopped
            && !reason.contains("simulated")
        {
            return Err(format!("phone {index}: the store failed by itself: {reason}"));
        }
        check_journal(&self.phones[index])
    }

    /// `None`: the process died.
    fn store(&mut self, index: usize, command: StoreCommand) -> Option<Event> {
        let trouble = self.weather[index].trouble > 0 && self.dice.rarely(6);
        let name = || format!("{command:?}").chars().take(60).collect::<String>();
        if trouble && self.dice.chance(50) {
            let name = name();
            self.note(format!("phone {index}: the disk is full at {name}"));
            self.tally.store_failures += 1;
            return Some(Event::StoreFailed { reason: "simulated: no space left".to_owned() });
        }
        if trouble {
            let acts = self.dice.chance(50);
            let name = name();
            self.note(format!("phone {index}: dies at {name}, committed: {acts}"));
            if acts {
                drop(self.phones[index].store().command(command));
            }
            self.die(index);
            return None;
        }
        Some(match self.phones[index].store().command(command) {
            Ok(reply) => Event::Stored(reply),
            Err(error) => Event::StoreFailed { reason: error.to_string() },
        })
    }

    fn fetch(&mut self, index: usize, request: Request) -> Result<Event, String> {
        self.tally.requests += 1;
        let elapsed = 20 + self.dice.below(1_500);
        self.server.now_ms += i64::try_from(elapsed).unwrap_or(0);
        let fate = self.weather[index].fate(&mut self.dice, &request);
        let target: String = request.target.chars().take(250).collect();
        if fate != Fate::Good || kind_of(&request.target).is_some() {
            self.note(format!("phone {index}: {:?} {target} -> {fate:?}", request.method));
        }
        self.tally.troubles += u64::from(fate != Fate::Good);
        let unknown = || Event::Lost(Lost::Unknown { reason: "simulated".to_owned() });
        let sent = self.sent(index, request.method != Method::Get);
        Ok(match fate {
            Fate::NotSent => {
                Event::Lost(Lost::NotSent { reason: "simulated".to_owned(), is_tls: false })
            }
            Fate::LostBefore => unknown(),
            Fate::LostAfter => {
                self.act(index, &request, &sent)?;
                unknown()
            }
            Fate::Late => {
                self.late.push(LateRequest { phone: index, request, sent });
                unknown()
            }
            Fate::TooLarge => {
                self.act(index, &request, &sent)?;
                Event::Lost(Lost::TooLarge { bytes_max: request.answer_bytes_max })
            }
            Fate::Portal => Event::Answered(portal()),
            Fate::Refused(status) => {
                Event::Answered(refusal(status, self.server.now_ms, &mut self.dice))
            }
            Fate::GatewayAfter(status) => {
                self.act(index, &request, &sent)?;
                Event::Answered(refusal(status, self.server.now_ms, &mut self.dice))
            }
            Fate::Garbled => {
                let parts = self.act(index, &request, &sent)?;
                let mut answer = answer_of(parts, self.server.now_ms, elapsed);
                answer.body.truncate(answer.body.len() / 2);
                Event::Answered(answer)
            }
            Fate::Twice => {
                self.act(index, &request, &sent)?;
                self.delivered(index, &request, &sent, elapsed)?
            }
            Fate::Good => self.delivered(index, &request, &sent, elapsed)?,
        })
    }

    fn delivered(
        &mut self,
        index: usize,
        request: &Request,
        sent: &Sent,
        elapsed_ms: u64,
    ) -> Result<Event, String> {
        let parts = self.act(index, request, sent)?;
        let writes = self.server.writes;
        if let (Some(kind), Some(run)) = (kind_of(&request.target), &mut self.phones[index].run)
            && request.method == Method::Get
        {
            // A refusal teaches nothing: whatever is written afterwards nobody could have seen.
            let is_told = parts.status == 200 && !parts.body.is_empty();
            run.read.push((kind, request.target.clone(), if is_told { writes } else { 0 }));
        }
        if request.method != Method::Get {
            let complaints = complaints(&parts);
            self.note(format!("  {} {complaints}", parts.status));
        }
        Ok(Event::Answered(answer_of(parts, self.server.now_ms, elapsed_ms)))
    }

    /// What the phone believes at the moment at which a request leaves it.
    fn sent(&self, index: usize, is_writing: bool) -> Sent {
        if !is_writing {
            return Sent::default();
        }
        let phone = &self.phones[index];
        let rows = phone.outbox();
        let bases = rows
            .into_iter()
            .filter(|(_, row)| row.state == RowState::InFlight)
            .filter_map(|(subject, row)| Some((subject, fields_of(&row.base?))))
            .collect();
        let read = phone.run.as_ref().map(|run| run.read.clone()).unwrap_or_default();
        Sent { bases, read }
    }

    fn act(
        &mut self,
        index: usize,
        request: &Request,
        sent: &Sent,
    ) -> Result<HttpResponseParts, String> {
        let (overdue, later) = std::mem::take(&mut self.late)
            .into_iter()
            .partition::<Vec<_>, _>(|late| late.phone == index);
        self.late = later;
        for late in overdue {
            self.note(format!("phone {index}: a request arrives late"));
            self.act_now(index, &late.request, &late.sent)?;
        }
        self.act_now(index, request, sent)
    }

    fn act_now(
        &mut self,
        index: usize,
        request: &Request,
        sent: &Sent,
    ) -> Result<HttpResponseParts, String> {
        let user = self.phones[index].user.clone();
        let me = Writer::Phone(index);
        let (parts, changes) = self.server.act(&user, me, request);
        for change in &changes {
            self.note(format!("  {} {:?} -> {:?}", change.subject, change.before, change.after));
            self.ledgers[index]
                .check_write(me, sent, change, &self.server)
                .map_err(|what| format!("phone {index}: {what}"))?;
        }
        Ok(parts)
    }

    // ------------------------------------------------------------ the end

    /// Everything is well again: whatever can be sent must be sent.
    fn heal(&mut self) -> Result<(), String> {
        self.note("everything heals".to_owned());
        self.weather.fill(Weather::FINE);
        self.repair_server();
        for index in 0..self.phones.len() {
            self.run_to_end(index)?;
        }
        // The end of a pull that was under way, then what changed since, then each other's work.
        for round in 0..HEALED_ROUNDS {
            self.server.now_ms += HOUR_MS;
            for index in 0..self.phones.len() {
                self.synchronise(index, Phases { metadata: round < 2, ..Phases::ALL })?;
            }
        }
        for phone in &self.phones {
            let rows = phone.outbox();
            let waiting = rows
                .iter()
                .find(|(_, row)| !matches!(row.state, RowState::Rejected | RowState::Conflict));
            if let Some((subject, row)) = waiting {
                let (state, not_before, why) = (row.state, row.not_before_ms, &row.put_off_reason);
                return Err(format!(
                    "phone {}: {subject} still waits ({state:?}, not before {not_before}, {why:?}) \
                     at {}",
                    phone.index,
                    phone.clock_ms(self.server.now_ms)
                ));
            }
        }
        Ok(())
    }

    fn synchronise(&mut self, index: usize, phases: Phases) -> Result<(), String> {
        let seed = self.dice.roll();
        self.tally.runs += 1;
        self.phones[index].begin(phases, seed, self.server.now_ms);
        self.run_to_end(index)
    }

    fn run_to_end(&mut self, index: usize) -> Result<(), String> {
        let mut effects = 0;
        while self.phones[index].run.is_some() {
            self.carry_on(index)?;
            effects += 1;
            if effects > 20_000 {
                return Err(format!("phone {index}: a synchronisation does not end"));
            }
        }
        Ok(())
    }

    /// Persons decide everything that is parked; afterwards nothing may be left.
    fn settle_everything(&mut self) -> Result<(), String> {
        let data = Phases { metadata: false, ..Phases::ALL };
        for _ in 0..2 {
            for index in 0..self.phones.len() {
                for _ in 0..self.phones[index].outbox().len() {
                    self.decide(index)?;
                    self.check(index)?;
                }
                self.server.now_ms += HOUR_MS;
                self.synchronise(index, data)?;
            }
        }
        for index in 0..self.phones.len() {
            self.give_up_rest(index)?;
            self.check(index)?;
        }
        // What a download merged is sent by the next synchronisation and seen by the one after.
        for _ in 0..HEALED_ROUNDS {
            for index in 0..self.phones.len() {
                self.server.now_ms += HOUR_MS;
                self.synchronise(index, data)?;
            }
        }
        Ok(())
    }

    /// What a phone shows must be what the server holds, but for what still waits.
    fn compare(&mut self) -> Result<(), String> {
        for phone in &self.phones {
            let units = [OWN_CLINICS[phone.index], SHARED_CLINIC];
            let shown = phone.records(&units, &PERIODS);
            let rows = phone.outbox();
            let in_scope = |subject: &str| match subject.split_once(':') {
                Some(("event", _)) => true,
                _ => units.iter().any(|unit| subject.contains(unit)),
            };
            let visible: Vec<_> = shown.keys().filter(|key| key.starts_with("event:")).collect();
            let mut subjects: Vec<_> = self.server.records.keys().collect();
            subjects.extend(shown.keys());
            for subject in subjects {
                if rows.contains_key(subject) || !in_scope(subject) {
                    continue;
                }
                let mut held = self.server.records.get(subject);
                if held.is_some_and(|held| held.contains_key(DELETED)) {
                    held = None;
                }
                let here = shown.get(subject);
                let is_elsewhere = here.is_none()
                    && subject.starts_with("event:")
                    && !visible.contains(&subject)
                    && !self.is_event_in(subject, &units);
                if held != here && !is_elsewhere {
                    return Err(format!(
                        "phone {}: {subject} is {here:?}, on the server {held:?}",
                        phone.index
                    ));
                }
            }
        }
        Ok(())
    }

    fn is_event_in(&self, subject: &str, units: &[&str]) -> bool {
        self.event_units.get(subject).is_some_and(|unit| units.contains(&unit.as_str()))
    }
}

/// What an answer to an upload complains about, for the trace.
fn complaints(parts: &HttpResponseParts) -> String {
    let json = parts.json().unwrap_or_default();
    let lists = [&json["response"]["conflicts"], &json["validationReport"]["errorReports"]];
    let items = lists.into_iter().filter_map(|list| list.as_array()).flatten();
    let words = items.map(|item| {
        let words = [&item["errorCode"], &item["value"], &item["message"], &item["indexes"]];
        words.map(ToString::to_string).join(" ")
    });
    words.collect::<Vec<_>>().join("; ")
}
