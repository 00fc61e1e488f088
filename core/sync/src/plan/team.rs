//! What devices and supervisors tell each other over the server's dataStore: each device of itself,
//! supervisors the targets.
//!
//! The last thing of a run, and nothing that a run depends on: refusals are remarks, losses are not
//! even that.

use std::collections::VecDeque;
use std::mem;

use outpost_domain::sync_days::SyncDays;
use outpost_wire::answer::AnswerClass;
use outpost_wire::data_store::{StoreAnswer, parse_entries, store_answer};
use serde_json::{Map, Value, json};

use crate::context::{Context, Turn, out_of_step};
use crate::limits::{TEAM_PAGE_SIZE, TEAM_PAGES_MAX};
use crate::link::{Delivery, Link, LinkTurn};
use crate::ports::{Answer, Effect, Event, StoreCommand, facts};
use crate::requests::{self, SUPPORT_KEY, TARGETS_KEY};

/// Member of a heartbeat with the days on which its device synchronised.
const DAYS: &str = "days";

#[derive(Default)]
pub(crate) struct Team {
    state: State,
    talks: VecDeque<Talk>,
    /// What was read of the devices so far.
    devices: Map<String, Value>,
    facts: VecDeque<(&'static str, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Talk {
    Tell,
    Devices { page: u32 },
    Targets,
    Support,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Talking(Link, Talk),
    Saving,
}

impl Team {
    pub fn begin(&mut self, context: &mut Context) -> Turn {
        let options = &context.options;
        let wanted = [
            options.heartbeat.is_some().then_some(Talk::Tell),
            options.reads_team.then_some(Talk::Devices { page: 1 }),
            options.reads_targets.then_some(Talk::Targets),
            options.reads_support.then_some(Talk::Support),
        ];
        self.talks.extend(wanted.into_iter().flatten());
        self.next(context)
    }

    pub fn step(&mut self, event: Event, context: &mut Context) -> Turn {
        match (mem::take(&mut self.state), event) {
            (State::Talking(mut link, talk), event) => match link.step(event, context) {
                LinkTurn::Do(effect) => {
                    self.state = State::Talking(link, talk);
                    Turn::Do(effect)
                }
                LinkTurn::Delivered(delivery) => self.delivered(talk, delivery, context),
            },
            (State::Saving, Event::Stored(_)) => self.next(context),
            _ => out_of_step("a reply about the team"),
        }
    }

    fn next(&mut self, context: &mut Context) -> Turn {
        if let Some((name, value)) = self.facts.pop_front() {
            self.state = State::Saving;
            return Turn::Do(Effect::Store(StoreCommand::SaveFact {
                name: name.to_owned(),
                value,
            }));
        }
        let Some(talk) = self.talks.pop_front() else { return Turn::Done };
        let request = match talk {
            Talk::Tell => match told(context) {
                Some((device, body)) => requests::put_heartbeat(&device, body),
                None => return self.next(context),
            },
            Talk::Devices { page } => requests::team_devices(page),
            Talk::Targets => requests::targets(),
            Talk::Support => requests::support_settings(),
        };
        let (link, effect) = Link::send(request, context);
        self.state = State::Talking(link, talk);
        Turn::Do(effect)
    }

    fn delivered(&mut self, talk: Talk, delivery: Delivery, context: &mut Context) -> Turn {
        match delivery {
            Delivery::Answered(answer, AnswerClass::Ok) => self.take(talk, &answer, context),
            Delivery::Answered(_, class) => match store_answer(&class) {
                // Nobody has told anything yet.
                Some(StoreAnswer::Absent) if talk != Talk::Tell => {
                    self.read_to_the_end(talk, context.server_now_ms())
                }
                _ => context.note(format!("{}: the server does not allow it", name_of(talk))),
            },
            Delivery::Stop(stop) => return Turn::Stop(stop),
            _ => {}
        }
        self.next(context)
    }

    /// Nothing more comes: what was read of the devices is all there is, there are no targets.
    fn read_to_the_end(&mut self, talk: Talk, read_ms: i64) {
        match talk {
            Talk::Devices { .. } => {
                let devices = Value::from(mem::take(&mut self.devices));
                self.facts.push_back((facts::TEAM_DEVICES, devices.to_string()));
                self.facts.push_back((facts::TEAM_READ_MS, read_ms.to_string()));
            }
            Talk::Targets => self.facts.push_back((facts::TARGETS, "null".to_owned())),
            Talk::Support => {
                self.facts.push_back((facts::SUPPORT_SETTINGS, "null".to_owned()));
            }
            Talk::Tell => {}
        }
    }

    fn take(&mut self, talk: Talk, answer: &Answer, context: &mut Context) {
        match talk {
            Talk::Tell => {}
            Talk::Devices { page } => match parse_entries(&answer.body) {
                Ok(entries) => {
                    let is_full = entries.len() >= TEAM_PAGE_SIZE as usize;
                    let is_document = |key: &str| [TARGETS_KEY, SUPPORT_KEY].contains(&key);
                    for entry in entries.into_iter().filter(|it| !is_document(&it.key)) {
                        let value = serde_json::from_str(&entry.value).unwrap_or_default();
                        self.devices.insert(entry.key, value);
                    }
                    match is_full && page < TEAM_PAGES_MAX {
                        true => self.talks.push_front(Talk::Devices { page: page + 1 }),
                        false => self.read_to_the_end(talk, context.server_now_ms()),
                    }
                }
                Err(error) => context.note(format!("devices of the team: {error}")),
            },
            Talk::Targets | Talk::Support => {
                let fact = match talk {
                    Talk::Targets => facts::TARGETS,
                    _ => facts::SUPPORT_SETTINGS,
                };
                match serde_json::from_slice::<Value>(&answer.body) {
                    Ok(value) => self.facts.push_back((fact, value.to_string())),
                    Err(_) => context.note(format!("{}: not JSON", name_of(talk))),
                }
            }
        }
    }
}

fn name_of(talk: Talk) -> &'static str {
    match talk {
        Talk::Tell => "what this device tells of itself",
        Talk::Devices { .. } => "devices of the team",
        Talk::Targets => "targets",
        Talk::Support => "support settings",
    }
}

/// The device's own facts with what this run knows. Nothing if they are no JSON object.
fn told(context: &Context) -> Option<(String, Vec<u8>)> {
    let heartbeat = context.options.heartbeat.as_ref()?;
    let mut facts: Map<String, Value> = serde_json::from_str(&heartbeat.facts).ok()?;
    let report = &context.report;
    facts.insert("syncedAtMs".to_owned(), json!(context.server_now_ms()));
    facts.insert("skewMs".to_owned(), json!(context.skew_ms()));
    facts.insert("user".to_owned(), json!(context.user_name));
    facts.insert(
        "lastRun".to_owned(),
        json!({ "synced": report.synced, "rejected": report.rejected,
                "deferred": report.deferred, "conflicts": report.conflicts }),
    );
    // This run belongs to it: it has come to its end but for what is told and read here.
    let days = facts.remove(DAYS).and_then(|days| serde_json::from_value(days).ok());
    let mut days: SyncDays = days.unwrap_or_default();
    let refused = u32::try_from(report.rejected).unwrap_or(u32::MAX);
    days.note(context.server_today(), 1, refused);
    facts.insert(DAYS.to_owned(), json!(days));
    let body = serde_json::to_vec(&facts).ok()?;
    Some((heartbeat.device_id.clone(), body))
}
