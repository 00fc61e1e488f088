//! Drives the real state machine over the real transport on the real store, step by step, so that a
//! suite can let any step fail or be the last one of a process. Waits take no time here, and a
//! request is given up after [`PATIENCE_MS`].

use std::path::Path;

use outpost_http::{BaseAddress, Credentials, Transport, TransportOptions};
use outpost_store::{DatabaseKey, OpenOptions, Store};
use outpost_sync::machine::{Account, Machine, Phases, RunOptions};
use outpost_sync::ports::{Effect, Event, Now, Report, facts};

use super::server::{PASSWORD, USER, now_ms};

/// How long an answer is waited for: well above what a server on this machine needs.
pub const PATIENCE_MS: u64 = 700;

/// What happens to one command to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// It is carried out.
    Works,
    /// It fails, nothing is written.
    Fails,
    /// It is carried out, then the process dies.
    DiesAfter,
    /// The process dies before.
    DiesBefore,
}

/// A run that ended, by itself or by death.
#[derive(Debug)]
pub struct Driven {
    /// The machine's report; `None` after a death.
    pub report: Option<Report>,
    /// Commands that the store was given.
    pub commands: usize,
}

/// Opens the database of an account beside the engine.
///
/// # Panics
/// If the key or the database cannot be read.
#[must_use]
pub fn open_store(database: &Path) -> Store {
    let stem = database.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = database.parent().expect("a home").join("keys");
    let bytes = std::fs::read(folder.join(format!("{stem}.key"))).expect("the key");
    let key = DatabaseKey::new(bytes.try_into().expect("a key of 32 bytes"));
    Store::open(database, &key, OpenOptions::default()).expect("opened").store
}

/// Runs a whole synchronisation; `disk` decides about the commands, numbered from 0.
///
/// # Panics
/// If the store refuses a command that should work.
pub fn drive(database: &Path, url: &str, seed: u64, mut disk: impl FnMut(usize) -> Disk) -> Driven {
    let store = open_store(database);
    let transport = transport(url);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut machine = Machine::new(options(&store, seed));
    let mut event = Event::Started;
    let mut commands = 0;
    loop {
        let step = machine.step(event, Now { unix_ms: now_ms() });
        event = match step.effect {
            Effect::Finish(report) => return Driven { report: Some(*report), commands },
            Effect::AwaitStored => unreachable!("nothing is stored behind the machine"),
            Effect::Wait { .. } => Event::Waited,
            Effect::Fetch(mut request) => {
                request.timeout_ms = request.timeout_ms.min(PATIENCE_MS);
                match runtime.block_on(transport.send(&request)) {
                    Ok(answer) => Event::Answered(answer),
                    Err(lost) => Event::Lost(lost),
                }
            }
            Effect::Store(command) | Effect::StoreBehind(command) => {
                let fate = disk(commands);
                commands += 1;
                if fate == Disk::DiesBefore {
                    return Driven { report: None, commands };
                }
                if fate == Disk::Fails {
                    Event::StoreFailed { reason: "the disk does not take it".to_owned() }
                } else {
                    let reply = store.command(command).expect("the store works");
                    if fate == Disk::DiesAfter {
                        return Driven { report: None, commands };
                    }
                    Event::Stored(reply)
                }
            }
        };
    }
}

fn transport(url: &str) -> Transport {
    let options = TransportOptions {
        base: BaseAddress::parse(url, true).expect("an address"),
        credentials: Credentials::password(USER, PASSWORD),
        extra_ca_pem: None,
        app_version: "test".to_owned(),
    };
    Transport::new(options).expect("a transport")
}

/// As the engine sets a run up.
fn options(store: &Store, seed: u64) -> RunOptions {
    let fact = |name: &str| store.load_fact(name).expect("a fact");
    RunOptions {
        phases: Phases::ALL,
        seed,
        account: Account {
            user_id: fact(facts::USER_ID),
            user_name: Some(USER.to_owned()),
            server_version: fact(facts::SERVER_VERSION),
            server_offset_minutes: fact(facts::SERVER_OFFSET_MINUTES)
                .and_then(|text| text.parse().ok()),
            names_locale: fact(facts::NAMES_LOCALE),
        },
        ..RunOptions::default()
    }
}
