//! The synchronisation of a carrier, or of a phone that found network, effect by effect, with the
//! faults of a network, the refusals of a server and the death of the process between any two effects.

use std::collections::VecDeque;

use outpost_store::Store;
use outpost_sync::machine::{Account, Machine, Phases, RunOptions};
use outpost_sync::ports::{
    Effect, Event, Lost, Method, Now, Report, Request, Stop, StoreCommand, facts,
};

use super::device::Device;
use super::world::World;
use crate::rig::drive::open_store;
use crate::sim::network::{Fate, Weather, portal, refusal};
use crate::sim::record::{DELETED, Fields, Subject, carried, fields_of};
use crate::sim::{Server, Writer, answer_of};

/// Effects after which a synchronisation counts as endless.
const EFFECTS_MAX: u32 = 20_000;

/// A writing request that reaches the server when its sender has given it up.
pub struct LateRequest {
    device: usize,
    user: &'static str,
    request: Request,
}

/// Requests under way that nobody waits for.
pub type LateRequests = VecDeque<LateRequest>;

fn options(store: &Store, user: &str, phases: Phases, seed: u64) -> RunOptions {
    let fact = |name: &str| store.load_fact(name).expect("a readable fact");
    let account = Account {
        user_id: fact(facts::USER_ID),
        user_name: Some(user.to_owned()),
        server_version: fact(facts::SERVER_VERSION),
        server_offset_minutes: fact(facts::SERVER_OFFSET_MINUTES)
            .and_then(|text| text.parse().ok()),
        names_locale: fact(facts::NAMES_LOCALE),
    };
    let counts = store.outbox_counts().expect("readable counts");
    let waiting_rows = Some(counts.pending + counts.in_flight);
    RunOptions { phases, seed, account, waiting_rows, ..RunOptions::default() }
}

/// What the engine does after a synchronisation that came to its end.
fn look_at_aside_again(store: &Store, user: &str, now_ms: i64) {
    let looked = store.exchange(user, now_ms, |exchange| exchange.retry_aside());
    let _freed: u64 = looked.expect("what was kept aside is looked at again");
}

/// A synchronisation of a device that is not open, in which nothing goes wrong.
pub fn synchronise_well(device: &Device, server: &mut Server, phases: Phases) {
    let store = open_store(&device.database());
    let mut machine = Machine::new(options(&store, device.user, phases, 1));
    let mut event = Event::Started;
    loop {
        device.clock.set(server.now_ms + device.skew_ms);
        let now = Now { unix_ms: device.clock.now_ms() };
        event = match machine.step(event, now).effect {
            Effect::Fetch(request) => {
                let parts = server.answer(device.user, &request);
                Event::Answered(answer_of(parts, server.now_ms, 20))
            }
            Effect::Store(command) | Effect::StoreBehind(command) => {
                Event::Stored(store.command(command).expect("a store that works"))
            }
            Effect::AwaitStored => unreachable!("nothing is stored behind the machine"),
            Effect::Wait { wait_ms } => {
                server.now_ms += i64::try_from(wait_ms).unwrap_or(0);
                Event::Waited
            }
            Effect::Finish(report) => {
                assert_eq!(report.stopped, None, "{}", device.user);
                return;
            }
        };
    }
}

impl World {
    /// A synchronisation in some weather; if it is `deadly`, any effect may be the last of the process.
    /// The report of one that ended by itself.
    pub fn synchronise(
        &mut self,
        index: usize,
        phases: Phases,
        weather: Weather,
        deadly: bool,
    ) -> Result<Option<Report>, String> {
        self.tally.runs += 1;
        self.note(format!("{}: synchronises in {weather:?}, deadly: {deadly}", self.name(index)));
        let user = self.devices[index].user;
        let deletions = self.deletions_of_nothing(index);
        self.devices[index].close();
        let store = open_store(&self.devices[index].database());
        let seed = self.dice.roll();
        let machine = Machine::new(options(&store, user, phases, seed));
        let report = self.run(index, &store, machine, weather, deadly)?;
        if report.is_some() {
            look_at_aside_again(&store, user, self.devices[index].clock.now_ms());
        }
        drop(store);
        self.devices[index].open();
        // Some go without a request: the server was read and needs nothing to hold nothing.
        let left = self.devices[index].outbox();
        for subject in deletions.into_iter().filter(|subject| !left.contains_key(subject)) {
            self.model.deletion_brought(subject, &self.server);
        }
        if let Some(report) = &report {
            self.note(format!(
                "{}: synced {} rejected {} conflicts {} deferred {} {:?}",
                self.name(index),
                report.synced,
                report.rejected,
                report.conflicts,
                report.deferred,
                report.stopped
            ));
            if let Some(Stop::Store { reason }) = &report.stopped
                && !reason.contains("simulated")
            {
                return Err(format!("{}: the store failed: {reason}", self.name(index)));
            }
            self.tally.rejected += report.rejected;
        }
        Ok(report)
    }

    /// What waits on a device to be deleted and is not on the server.
    fn deletions_of_nothing(&self, index: usize) -> Vec<Subject> {
        let rows = self.devices[index].outbox().into_iter();
        let nothing = rows.filter(|(_, row)| is_deletion(&fields_of(&row.payload)));
        let held = |subject: &Subject| self.server.records.get(subject);
        nothing
            .map(|(subject, _)| subject)
            .filter(|subject| held(subject).is_none_or(Fields::is_empty))
            .collect()
    }

    /// `None`: the process died.
    fn run(
        &mut self,
        index: usize,
        store: &Store,
        mut machine: Machine,
        weather: Weather,
        deadly: bool,
    ) -> Result<Option<Report>, String> {
        let mut event = Event::Started;
        for _ in 0..EFFECTS_MAX {
            self.tick(index);
            let now = Now { unix_ms: self.devices[index].clock.now_ms() };
            event = match machine.step(event, now).effect {
                Effect::Fetch(request) => self.fetch(index, request, weather)?,
                Effect::Store(command) | Effect::StoreBehind(command) => {
                    match self.store(index, store, command, deadly) {
                        Some(event) => event,
                        None => return Ok(None),
                    }
                }
                Effect::AwaitStored => unreachable!("nothing is stored behind the machine"),
                Effect::Wait { wait_ms } => {
                    self.server.now_ms += i64::try_from(wait_ms).unwrap_or(0);
                    Event::Waited
                }
                Effect::Finish(report) => return Ok(Some(*report)),
            };
        }
        Err(format!("{}: a synchronisation does not end", self.name(index)))
    }

    /// `None`: the process died before or after the command.
    fn store(
        &mut self,
        index: usize,
        store: &Store,
        command: StoreCommand,
        deadly: bool,
    ) -> Option<Event> {
        if deadly && self.dice.chance(4) {
            let name: String = format!("{command:?}").chars().take(60).collect();
            let (fails, acts) = (self.dice.chance(30), self.dice.chance(50));
            if fails {
                self.tally.failures += 1;
                self.note(format!("{}: the disk is full at {name}", self.name(index)));
                return Some(Event::StoreFailed { reason: "simulated: no space left".to_owned() });
            }
            self.tally.deaths += 1;
            self.note(format!("{}: dies at {name}, committed: {acts}", self.name(index)));
            if acts {
                drop(store.command(command));
            }
            return None;
        }
        Some(match store.command(command) {
            Ok(reply) => Event::Stored(reply),
            Err(error) => Event::StoreFailed { reason: error.to_string() },
        })
    }

    fn fetch(&mut self, index: usize, request: Request, weather: Weather) -> Result<Event, String> {
        let elapsed = 20 + self.dice.below(800);
        self.server.now_ms += i64::try_from(elapsed).unwrap_or(0);
        let fate = weather.fate(&mut self.dice, &request);
        if fate != Fate::Good {
            self.tally.troubles += 1;
            let target: String = request.target.chars().take(100).collect();
            self.note(format!("  {:?} {target} -> {fate:?}", request.method));
        }
        let unknown = || Event::Lost(Lost::Unknown { reason: "simulated".to_owned() });
        let now_ms = self.server.now_ms;
        Ok(match fate {
            Fate::NotSent => {
                Event::Lost(Lost::NotSent { reason: "simulated".to_owned(), is_tls: false })
            }
            Fate::LostBefore => unknown(),
            Fate::LostAfter => {
                self.act(index, &request)?;
                unknown()
            }
            Fate::Late => {
                let user = self.devices[index].user;
                self.late.push_back(LateRequest { device: index, user, request });
                unknown()
            }
            Fate::TooLarge => Event::Lost(Lost::TooLarge { bytes_max: request.answer_bytes_max }),
            Fate::Portal => Event::Answered(portal()),
            Fate::Refused(status) => Event::Answered(refusal(status, now_ms, &mut self.dice)),
            Fate::GatewayAfter(status) => {
                self.act(index, &request)?;
                Event::Answered(refusal(status, now_ms, &mut self.dice))
            }
            Fate::Garbled => {
                let parts = self.act(index, &request)?;
                let mut answer = answer_of(parts, now_ms, elapsed);
                answer.body.truncate(answer.body.len() / 2);
                Event::Answered(answer)
            }
            Fate::Twice => {
                self.act(index, &request)?;
                Event::Answered(answer_of(self.act(index, &request)?, now_ms, elapsed))
            }
            Fate::Good => Event::Answered(answer_of(self.act(index, &request)?, now_ms, elapsed)),
        })
    }

    /// The server acts on a request, and before it on those of the same device that come late.
    fn act(
        &mut self,
        index: usize,
        request: &Request,
    ) -> Result<outpost_sandbox::HttpResponseParts, String> {
        let (overdue, later) =
            std::mem::take(&mut self.late).into_iter().partition(|late| late.device == index);
        self.late = later;
        let overdue: LateRequests = overdue;
        for late in overdue {
            self.note(format!("{}: a request arrives late", self.name(index)));
            self.act_now(late.device, late.user, &late.request)?;
        }
        self.act_now(index, self.devices[index].user, request)
    }

    fn act_now(
        &mut self,
        index: usize,
        user: &str,
        request: &Request,
    ) -> Result<outpost_sandbox::HttpResponseParts, String> {
        let deletions = carried(request).into_iter().filter(|(_, fields)| is_deletion(fields));
        for (subject, _) in deletions {
            self.model.deletion_brought(subject, &self.server);
        }
        let (parts, changes) = self.server.act(user, Writer::Phone(index), request);
        if request.method != Method::Get {
            let target: String = request.target.chars().take(60).collect();
            self.note(format!("  {target} {}", parts.status));
        }
        for change in &changes {
            self.note(format!("  {} {:?} -> {:?}", change.subject, change.before, change.after));
            self.model
                .check_written(&change.subject, &change.before, &change.after)
                .map_err(|what| format!("{}: {what}", self.name(index)))?;
        }
        Ok(parts)
    }
}

fn is_deletion(fields: &Fields) -> bool {
    fields.is_empty() || fields.contains_key(DELETED)
}
