//! One simulated district: phones, a server, people, weather; driven by the dice and judged after every
//! step.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use outpost_sandbox::HttpResponseParts;
use outpost_store::RowState;
use outpost_sync::machine::Phases;
use outpost_sync::ports::{Effect, Event, Lost, Method, Report, Request, Stop, StoreCommand};
use tempfile::TempDir;

use super::Scene;
use super::checker::{Ledger, Sent, check_journal, check_parents_first};
use super::dice::Dice;
use super::metadata::START_MS;
use super::network::{Fate, Weather, portal, refusal};
use super::phone::Phone;
use super::record::{Records, Subject, fields_of};
use super::server::{Server, Writer, answer_of, is_about_data};
use super::tracker_metadata::SUPERVISOR;
use super::tracker_people::Kept;

pub(super) const HOUR_MS: i64 = 3_600_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;
/// Makes the second source of chance another one than the first.
const EXTRA_SEED: u64 = 1 << 40;
/// Steps of one simulation before everything heals.
const STEPS: u32 = 110;
/// Lines of the trace that are kept.
const TRACE_LINES: usize = 5_000;

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
    pub held: u64,
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
        self.held += other.held;
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
    pub scene: Scene,
    pub dice: Dice,
    /// Chance of a second source, for what was added later: old seeds keep their meaning.
    pub extra: Dice,
    /// Requests that an outage of the server still lasts.
    pub outage: u64,
    pub server: Server,
    pub phones: Vec<Phone>,
    pub ledgers: Vec<Ledger>,
    pub tally: Tally,
    pub counter: u64,
    late: Vec<LateRequest>,
    pub weather: Vec<Weather>,
    trace: VecDeque<String>,
    /// Where each event was entered.
    pub event_units: BTreeMap<Subject, String>,
    /// What the office must repeat of enrolments and visits.
    pub kept: BTreeMap<Subject, Kept>,
    /// Records that the server never had when their row was given up.
    pub given_up: Records,
    _folder: TempDir,
}

/// Runs one simulation.
///
/// # Errors
/// The first thing that must not be.
pub fn run(scene: Scene, seed: u64) -> Result<Tally, Failure> {
    let mut world = World::new(scene, seed);
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

fn ledgers_of(phones: &[Phone]) -> Vec<Ledger> {
    let of = |phone: &Phone| {
        let same = phones.iter().filter(|other| other.user == phone.user);
        Ledger::new(same.map(|other| other.index).collect())
    };
    phones.iter().map(of).collect()
}

impl World {
    fn new(scene: Scene, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let version = match dice.below(10) {
            0 => "2.40.7",
            1 => "2.41.3",
            2 => "2.43.0",
            _ => "2.42.4",
        };
        let folder = scratch();
        let count = match scene {
            Scene::Forms => 1 + dice.place(3),
            Scene::People => SUPERVISOR + 1,
        };
        let mut extra = Dice::new(seed.wrapping_add(EXTRA_SEED));
        // Sometimes the last two phones are one person's.
        let shares = scene == Scene::Forms && count > 1 && extra.chance(20);
        let user = |index: usize| if shares && index == count - 1 { index - 1 } else { index };
        let phone = |index| Phone::new(folder.path(), index, user(index));
        let mut phones: Vec<_> = (0..count).map(phone).collect();
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
            scene,
            server: Server::new(version, START_MS, scene),
            ledgers: ledgers_of(&phones),
            extra,
            outage: 0,
            phones,
            tally: Tally::default(),
            counter: 0,
            late: Vec::new(),
            weather,
            trace: VecDeque::from([format!("server {version}, {count} phones")]),
            event_units: BTreeMap::new(),
            kept: BTreeMap::new(),
            given_up: Records::new(),
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
            self.tally.held += ledger.held;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        if self.extra.chance(6) {
            self.befall()?;
        }
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

    /// What nobody on the phone does.
    fn befall(&mut self) -> Result<(), String> {
        let index = self.extra.place(self.phones.len());
        match self.extra.below(10) {
            0..3 if self.scene == Scene::Forms => self.office_removes_completion(),
            3..5 if self.phones[index].run.is_none() => self.withdraw_and_give_back(index)?,
            5..7 => {
                self.outage = 1 + self.extra.below(30);
                self.note(format!("the server restarts: {} requests", self.outage));
            }
            _ => self.phones[index].killed_after = Some(self.extra.below(12)),
        }
        self.check(index)
    }

    /// Whether the process is killed before (`Some(false)`) or after the next transaction.
    fn is_killed(&mut self, index: usize) -> Option<bool> {
        let left = self.phones[index].killed_after?;
        self.phones[index].killed_after = left.checked_sub(1);
        (left == 0).then(|| self.extra.chance(50))
    }

    /// A server that restarts: hangs, resets, a gateway in its place.
    fn fate(&mut self, index: usize, request: &Request) -> Fate {
        if self.outage == 0 {
            return self.weather[index].fate(&mut self.dice, request);
        }
        self.outage -= 1;
        match self.extra.below(5) {
            0 => Fate::NotSent,
            1 => Fate::LostBefore,
            2 => Fate::LostAfter,
            3 => Fate::Refused(502),
            _ => Fate::Refused(503),
        }
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
            Effect::StoreBehind(_)
                | Effect::Store(
                    StoreCommand::Claim { .. }
                        | StoreCommand::Settle { .. }
                        | StoreCommand::Swap { .. }
                )
        );
        let event = match effect {
            Effect::Fetch(request) => self.fetch(index, request)?,
            Effect::Store(command) | Effect::StoreBehind(command) => {
                match self.store(index, command) {
                    Some(event) => event,
                    None => return self.check(index),
                }
            }
            Effect::AwaitStored => unreachable!("nothing is stored behind the machine"),
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
        if let Some(acts) = self.is_killed(index) {
            return self.die_at(index, command, acts);
        }
        let name = || format!("{command:?}").chars().take(60).collect::<String>();
        if trouble && self.dice.chance(50) {
            let name = name();
            self.note(format!("phone {index}: the disk is full at {name}"));
            self.tally.store_failures += 1;
            return Some(Event::StoreFailed { reason: "simulated: no space left".to_owned() });
        }
        if trouble {
            let acts = self.dice.chance(50);
            return self.die_at(index, command, acts);
        }
        Some(match self.phones[index].store().command(command) {
            Ok(reply) => Event::Stored(reply),
            Err(error) => Event::StoreFailed { reason: error.to_string() },
        })
    }

    fn die_at(&mut self, index: usize, command: StoreCommand, acts: bool) -> Option<Event> {
        let name: String = format!("{command:?}").chars().take(60).collect();
        self.note(format!("phone {index}: dies at {name}, committed: {acts}"));
        if acts {
            drop(self.phones[index].store().command(command));
        }
        self.die(index);
        None
    }

    fn fetch(&mut self, index: usize, request: Request) -> Result<Event, String> {
        self.tally.requests += 1;
        let elapsed = 20 + self.dice.below(1_500);
        self.server.now_ms += i64::try_from(elapsed).unwrap_or(0);
        let fate = self.fate(index, &request);
        let target: String = request.target.chars().take(250).collect();
        if fate != Fate::Good || is_about_data(&request.target) {
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
                let known = self.known();
                self.ledgers[index].is_late(&request, &known);
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
        if let Some(run) = &mut self.phones[index].run
            && request.method == Method::Get
            && is_about_data(&request.target)
        {
            // A refusal teaches nothing: whatever is written afterwards nobody could have seen.
            let is_told = parts.status == 200 && !parts.body.is_empty();
            run.read.push((request.target.clone(), if is_told { writes } else { 0 }));
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

    /// What the server holds, and what was given up before it was ever sent.
    fn known(&self) -> Records {
        let mut known = self.given_up.clone();
        known.extend(self.server.records.clone());
        known
    }

    fn act_now(
        &mut self,
        index: usize,
        request: &Request,
        sent: &Sent,
    ) -> Result<HttpResponseParts, String> {
        if self.scene == Scene::People {
            check_parents_first(request, &self.known())
                .map_err(|what| format!("phone {index}: {what}"))?;
        }
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
