//! A small server and a small store for the machine: enough of DHIS2 and of the outbox to see
//! whether anything is lost, doubled or overwritten.
#![allow(dead_code, reason = "not every suite needs everything")]

pub mod server;
pub mod store;
pub mod tracker;

use outpost_domain::data::{DataValue, DataValueKey, Event as DataEvent, EventStatus, Payload};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, DataSetUid, EventUid, OrganisationUnitUid,
    ProgramStageUid, ProgramUid,
};
use outpost_sync::machine::{Machine, Phases, RunOptions};
use outpost_sync::ports::{
    Answer, Body, Effect, Event, Lost, Method, Now, Report, Request, StoreCommand,
};

use server::FakeServer;
use store::FakeStore;

pub const NOW_MS: i64 = 1_795_343_095_000;
pub const DEFAULT_COMBO: &str = "HllvX50cXC0";

/// What the network does to one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    NotSent,
    LostBefore,
    LostAfter,
    Status(u16),
    TooLarge,
}

/// Everything around a machine.
pub struct World {
    pub server: FakeServer,
    pub store: FakeStore,
    pub now_ms: i64,
    /// How far the server's clock has gone on.
    pub later_ms: i64,
    pub log: Vec<String>,
    pub cancel_at: Option<usize>,
    /// A page that is stored as late as may be: before the next store command.
    behind: Option<StoreCommand>,
    /// Pages left after which the store takes no more.
    pub pages_until_full: Option<u32>,
}

impl World {
    pub fn new() -> Self {
        Self {
            server: FakeServer::default(),
            store: FakeStore::default(),
            now_ms: NOW_MS,
            later_ms: 0,
            log: Vec::new(),
            cancel_at: None,
            behind: None,
            pages_until_full: None,
        }
    }

    /// Runs a machine to its end; `fault` says what happens to each request by its number.
    pub fn run(&mut self, options: RunOptions, mut fault: impl FnMut(usize) -> Fault) -> Report {
        let mut machine = Machine::new(options);
        let mut event = Event::Started;
        let mut requests = 0;
        for steps in 0..100_000 {
            if self.cancel_at == Some(steps) {
                machine.cancel();
            }
            self.now_ms += 1;
            let step = machine.step(event, Now { unix_ms: self.now_ms });
            event = match step.effect {
                Effect::Finish(report) => {
                    self.store_behind();
                    return *report;
                }
                Effect::Wait { wait_ms } => {
                    self.log.push("wait".to_owned());
                    self.now_ms += i64::try_from(wait_ms).expect("short");
                    Event::Waited
                }
                Effect::Store(command) => {
                    self.log.push(format!("store {}", name_of(&format!("{command:?}"))));
                    match self.store_behind() {
                        failed @ Event::StoreFailed { .. } => failed,
                        _ => Event::Stored(self.store.command(command)),
                    }
                }
                Effect::StoreBehind(command) => {
                    self.log.push(format!("store {}", name_of(&format!("{command:?}"))));
                    let before = self.store_behind();
                    self.behind = Some(command);
                    before
                }
                Effect::AwaitStored => self.store_behind(),
                Effect::Fetch(request) => {
                    assert!(request.target.len() <= 8_000, "request line {}", request.target.len());
                    self.log.push(format!("{:?} {}", request.method, request.target));
                    requests += 1;
                    self.exchange(&request, fault(requests))
                }
            };
        }
        panic!("the run does not end: {:#?}", &self.log[self.log.len() - 30..]);
    }

    /// Stores the page that waits, as an engine with a second thread has done by then.
    fn store_behind(&mut self) -> Event {
        let Some(command) = self.behind.take() else { return Event::Begun };
        if let Some(pages) = &mut self.pages_until_full {
            let Some(left) = pages.checked_sub(1) else {
                return Event::StoreFailed { reason: "no space left".to_owned() };
            };
            *pages = left;
        }
        Event::Stored(self.store.command(command))
    }

    fn exchange(&mut self, request: &Request, fault: Fault) -> Event {
        let unknown = Event::Lost(Lost::Unknown { reason: "cut".to_owned() });
        let content = match &request.body {
            Some(Body::File(file)) => match self.store.files.get(&file.file.0) {
                Some(content) => Some(content.clone()),
                None => return Event::Lost(Lost::NoContent),
            },
            _ => None,
        };
        let content = content.as_deref();
        match fault {
            Fault::None => match self.server.answer(request, content) {
                answer if answer.body == b"\"too large\"" => {
                    Event::Lost(Lost::TooLarge { bytes_max: request.answer_bytes_max })
                }
                mut answer => {
                    answer.server_date_ms = answer.server_date_ms.map(|ms| ms + self.later_ms);
                    Event::Answered(answer)
                }
            },
            Fault::NotSent => {
                Event::Lost(Lost::NotSent { reason: "no network".to_owned(), is_tls: false })
            }
            Fault::LostBefore => unknown,
            Fault::LostAfter => {
                self.server.answer(request, content);
                unknown
            }
            Fault::TooLarge => Event::Lost(Lost::TooLarge { bytes_max: request.answer_bytes_max }),
            Fault::Status(status) => Event::Answered(answer(status, "{}")),
        }
    }

    /// Requests of a kind so far, by the begin of their line in the log.
    pub fn count(&self, begin: &str) -> usize {
        self.log.iter().filter(|line| line.starts_with(begin)).count()
    }
}

fn name_of(debug: &str) -> String {
    debug.chars().take_while(|letter| letter.is_alphanumeric()).collect()
}

pub fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        content_type: Some("application/json".to_owned()),
        server_date_ms: Some(NOW_MS / 1_000 * 1_000),
        retry_after_ms: None,
        location: None,
        body: body.as_bytes().to_vec(),
        bytes: 300 + body.len() as u64,
        elapsed_ms: 20,
    }
}

pub fn upload_only() -> RunOptions {
    let phases = Phases { upload: true, metadata: false, download: false };
    RunOptions { phases, seed: 7, ..RunOptions::default() }
}

pub fn no_fault(_: usize) -> Fault {
    Fault::None
}

pub fn is_post(request: &Request) -> bool {
    request.method == Method::Post
}

/// The value number `number` of a data set: 25 elements per slice, slices by month and unit.
pub fn value(number: usize, text: &str) -> Payload {
    let combo = CategoryOptionComboUid::parse(DEFAULT_COMBO).expect("a uid");
    let (element, slice) = (number % 25, number / 25);
    let period = format!("20{:02}{:02}", 20 + slice / 12 % 6, 1 + slice % 12);
    Payload::DataValue {
        data_set: DataSetUid::parse("dsMalaria01").expect("a uid"),
        key: DataValueKey {
            data_element: DataElementUid::parse(&format!("deElemen{element:03}")).expect("a uid"),
            period: Period::parse(&period).expect("a period"),
            organisation_unit: OrganisationUnitUid::parse(&format!("ouUnit0{:04}", slice / 72))
                .expect("a uid"),
            category_option_combo: combo,
            attribute_option_combo: combo,
        },
        value: DataValue { value: Some(text.to_owned()), ..DataValue::default() },
    }
}

pub fn event(number: usize, text: &str) -> Payload {
    let element = DataElementUid::parse("deMalAge001").expect("a uid");
    let answer =
        outpost_domain::data::EventDataValue { value: text.to_owned(), provided_elsewhere: false };
    Payload::Event {
        event: DataEvent {
            id: EventUid::parse(&format!("evEvent{number:04}")).expect("a uid"),
            program: ProgramUid::parse("prEventMal1").expect("a uid"),
            program_stage: ProgramStageUid::parse("psEventMal1").expect("a uid"),
            organisation_unit: OrganisationUnitUid::parse("ouClinicA01").expect("a uid"),
            attribute_option_combo: None,
            status: EventStatus::Active,
            occurred_at: Some("2026-11-20".to_owned()),
            scheduled_at: None,
            completed_at: None,
            geometry: None,
            assigned_user: None,
            follow_up: false,
            enrollment: None,
            tracked_entity: None,
            data_values: [(element, answer)].into(),
            notes: vec![],
            created_at_client: None,
            updated_at_client: None,
            deleted: false,
        },
    }
}
