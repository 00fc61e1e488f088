//! The run of one synchronisation: sign in, upload, metadata, download, finish.
//!
//! Pure: one event in, one effect out. Upload comes before everything that replaces what is on the
//! device, so that work is safe first. Never drops a row: what was claimed and not decided is given
//! back before the run ends, for whatever reason it ends.
//!
//! ```
//! use outpost_sync::machine::{Machine, Phases, RunOptions};
//! use outpost_sync::ports::{Effect, Event, Lost, Now, Stop};
//!
//! let mut machine = Machine::new(RunOptions { phases: Phases::ALL, ..RunOptions::default() });
//! let now = Now { unix_ms: 1_795_343_095_000 };
//! let first = machine.step(Event::Started, now);
//! let Effect::Fetch(request) = first.effect else { panic!("a request") };
//! assert!(request.target.starts_with("/api/system/info"));
//!
//! let refused = Lost::NotSent { reason: "the certificate is not trusted".into(), is_tls: true };
//! let last = machine.step(Event::Lost(refused), now);
//! let Effect::Finish(report) = last.effect else { panic!("the end") };
//! assert!(matches!(report.stopped, Some(Stop::Tls { .. })));
//! ```

use crate::context::{Context, Turn};
use crate::plan::download::Download;
use crate::plan::locks::Locks;
use crate::plan::metadata::MetadataPull;
use crate::plan::reserve::Reserve;
use crate::plan::team::Team;
use crate::plan::upload::Upload;
use crate::ports::{Effect, Event, Now, Phase, Progress, Report, Stop, StoreCommand, facts};
use crate::sign_in::SignIn;

/// What a run is to do after signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    /// Send what waits in the outbox.
    pub upload: bool,
    /// Pull metadata.
    pub metadata: bool,
    /// Download data.
    pub download: bool,
}

impl Phases {
    /// Everything.
    pub const ALL: Self = Self { upload: true, metadata: true, download: true };
    /// Only sign in: asks who the server and the user are.
    pub const SIGN_IN: Self = Self { upload: false, metadata: false, download: false };
}

impl Default for Phases {
    fn default() -> Self {
        Self::ALL
    }
}

/// What is known of the account before the run; all of it from facts that an earlier run stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Id of the user whose data this store holds ([`facts::USER_ID`]); `None` before the first
    /// sign-in.
    pub user_id: Option<String>,
    /// User name, for the records of completions.
    pub user_name: Option<String>,
    /// `version` of the server at the last run ([`facts::SERVER_VERSION`]).
    pub server_version: Option<String>,
    /// [`facts::SERVER_OFFSET_MINUTES`] of the last run.
    pub server_offset_minutes: Option<i32>,
    /// [`facts::NAMES_LOCALE`]: the language of the display names that the store holds.
    pub names_locale: Option<String>,
}

/// Sizes that the owner of a device may lower (a slow link, a small phone).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Values in one upload.
    pub value_rows_max: u32,
    /// Events in one upload.
    pub event_rows_max: u32,
    /// Payload bytes in one upload.
    pub upload_bytes_max: u64,
    /// Objects in a metadata page; `None`: as many as suit the kind.
    pub metadata_page_size: Option<u32>,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            value_rows_max: crate::limits::VALUE_ROWS_MAX,
            event_rows_max: crate::limits::EVENT_ROWS_MAX,
            upload_bytes_max: crate::limits::UPLOAD_BYTES_MAX,
            metadata_page_size: None,
        }
    }
}

/// How a run is set up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunOptions {
    /// What to do.
    pub phases: Phases,
    /// Seed of the jitter of waits.
    pub seed: u64,
    /// What is known of the account.
    pub account: Account,
    /// Sizes.
    pub limits: RunLimits,
    /// Rows that wait in the outbox, for the progress line; `None` if not known.
    pub waiting_rows: Option<u64>,
    /// Large tracker uploads are sent as jobs: for links on which no answer comes in time.
    pub upload_as_job: bool,
    /// What this device tells of itself at the end of a whole run; `None`: nothing.
    pub heartbeat: Option<Heartbeat>,
    /// Whether the user looks after a team: what its devices told of themselves is read.
    pub reads_team: bool,
    /// Whether targets are read.
    pub reads_targets: bool,
    /// Whether the support settings are read.
    pub reads_support: bool,
    /// Whether only these are told and read, whatever the phases.
    pub talks_alone: bool,
}

/// What a device tells of itself (dataStore namespace `outpost`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heartbeat {
    /// Id of the device: its key in the namespace.
    pub device_id: String,
    /// A JSON object; what the run itself knows is added to it.
    pub facts: String,
}

/// What a step says: lines of progress, then exactly one thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// To be shown, in order.
    pub progress: Vec<Progress>,
    /// To be carried out; its event is the next input. After [`Effect::Finish`] there is no next.
    pub effect: Effect,
}

/// A run.
pub struct Machine {
    context: Context,
    stage: Stage,
    is_cancelled: bool,
    /// Why the run is ending; set while claimed rows are being given back.
    stopping: Option<Stop>,
}

enum Stage {
    SignIn(Box<SignIn>),
    /// Values for temporary ones that wait to be sent.
    Reserve(Box<Reserve>),
    Upload(Box<Upload>),
    Metadata(Box<MetadataPull>),
    Download(Box<Download>),
    /// What the server opens or closes slice by slice.
    Locks(Box<Locks>),
    /// Values for the field.
    Restock(Box<Reserve>),
    /// What devices tell each other.
    Team(Box<Team>),
    /// The time of this sync is being stored.
    Closing,
    Finished,
}

impl Machine {
    /// Sets a run up. Its first event is [`Event::Started`].
    #[must_use]
    pub fn new(options: RunOptions) -> Self {
        Self {
            context: Context::new(options),
            stage: Stage::SignIn(Box::new(SignIn::new())),
            is_cancelled: false,
            stopping: None,
        }
    }

    /// Asks the run to end after the effect under way: its event is still given to [`Self::step`].
    pub fn cancel(&mut self) {
        self.is_cancelled = true;
    }

    /// Takes the event of the last effect and says what to do next.
    ///
    /// [`Event::Cancelled`] stands in for the event of an effect that was broken off: a wait, or a
    /// request whose outcome is then unknown. A store command is never broken off.
    pub fn step(&mut self, event: Event, now: Now) -> Step {
        self.context.now = now;
        let event = self.translate(event);
        let turn = match event {
            Event::StoreFailed { reason } => Turn::Stop(Stop::Store { reason }),
            event if self.stopping.is_none() => self.turn(event),
            _ => Turn::Done,
        };
        let effect = self.effect(turn);
        Step { progress: self.context.take_progress(), effect }
    }

    fn translate(&mut self, event: Event) -> Event {
        if event != Event::Cancelled {
            return event;
        }
        self.is_cancelled = true;
        Event::Lost(crate::ports::Lost::Unknown { reason: "stopped by a person".to_owned() })
    }

    fn turn(&mut self, event: Event) -> Turn {
        match &mut self.stage {
            Stage::SignIn(phase) => phase.step(event, &mut self.context),
            Stage::Upload(phase) => phase.step(event, &mut self.context),
            Stage::Metadata(phase) => phase.step(event, &mut self.context),
            Stage::Download(phase) => phase.step(event, &mut self.context),
            Stage::Locks(phase) => phase.step(event, &mut self.context),
            Stage::Reserve(phase) | Stage::Restock(phase) => phase.step(event, &mut self.context),
            Stage::Team(phase) => phase.step(event, &mut self.context),
            Stage::Closing | Stage::Finished => Turn::Done,
        }
    }

    /// Turns what a phase wants into the next effect, passing from phase to phase.
    fn effect(&mut self, mut turn: Turn) -> Effect {
        loop {
            turn = match turn {
                _ if self.stopping.is_some() => return self.finish(),
                Turn::Do(effect) if !self.is_cancelled || is_closing_work(&effect) => {
                    return effect;
                }
                Turn::Do(_) => return self.stop(Stop::Cancelled),
                Turn::Stop(stop) => return self.stop(stop),
                Turn::Done if self.is_cancelled => return self.stop(Stop::Cancelled),
                Turn::Done => match self.next_stage() {
                    Some(turn) => turn,
                    None => return self.finish(),
                },
            };
        }
    }

    /// Enters the next stage that was asked for; `None` after the last.
    fn next_stage(&mut self) -> Option<Turn> {
        let phases = self.context.options.phases;
        let talks = phases == Phases::ALL || self.context.options.talks_alone;
        loop {
            self.stage = match self.stage {
                Stage::SignIn(_) => Stage::Reserve(Box::default()),
                Stage::Reserve(_) => Stage::Upload(Box::default()),
                Stage::Upload(_) => Stage::Metadata(Box::default()),
                Stage::Metadata(_) => Stage::Download(Box::default()),
                Stage::Download(_) => Stage::Locks(Box::default()),
                Stage::Locks(_) => Stage::Restock(Box::default()),
                Stage::Restock(_) => Stage::Team(Box::default()),
                Stage::Team(_) => Stage::Closing,
                Stage::Closing | Stage::Finished => return None,
            };
            let turn = match &mut self.stage {
                Stage::Upload(phase) if phases.upload => phase.begin(&mut self.context),
                Stage::Metadata(phase) if phases.metadata => phase.begin(&mut self.context),
                Stage::Download(phase) if phases.download => phase.begin(&mut self.context),
                Stage::Locks(phase) if phases.download => phase.begin(&mut self.context),
                Stage::Reserve(phase) if phases.upload => phase.begin(&mut self.context),
                Stage::Restock(phase) if phases.download => phase.begin(&mut self.context),
                Stage::Team(phase) if talks => phase.begin(&mut self.context),
                Stage::Closing if phases == Phases::ALL => self.save_sync_time(),
                Stage::Closing => return None,
                _ => continue,
            };
            return Some(turn);
        }
    }

    fn save_sync_time(&self) -> Turn {
        let value = self.context.now.unix_ms.to_string();
        let name = facts::LAST_SYNC_MS.to_owned();
        Turn::Do(Effect::Store(StoreCommand::SaveFact { name, value }))
    }

    /// Ends the run: first gives back what is claimed.
    fn stop(&mut self, stop: Stop) -> Effect {
        let is_store_broken = matches!(stop, Stop::Store { .. });
        self.stopping = Some(stop);
        if let Stage::Upload(upload) = &mut self.stage
            && !is_store_broken
            && let Some(effect) = upload.abandon(&mut self.context)
        {
            return effect;
        }
        self.finish()
    }

    fn finish(&mut self) -> Effect {
        self.stage = Stage::Finished;
        let mut report: Report = std::mem::take(&mut self.context.report);
        report.stopped = self.stopping.clone();
        Effect::Finish(Box::new(report))
    }

    /// Where the run is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.stage {
            Stage::SignIn(_) => Phase::SignIn,
            Stage::Reserve(_) | Stage::Upload(_) => Phase::Upload,
            Stage::Metadata(_) => Phase::Metadata,
            _ => Phase::Download,
        }
    }
}

/// Local work that completes what was already fetched or sent; it is done even after a cancel.
fn is_closing_work(effect: &Effect) -> bool {
    let (Effect::Store(command) | Effect::StoreBehind(command)) = effect else {
        return matches!(effect, Effect::AwaitStored | Effect::Finish(_));
    };
    matches!(
        command,
        StoreCommand::Settle { .. }
            | StoreCommand::StagePage { .. }
            | StoreCommand::RestartKind { .. }
            | StoreCommand::CompareIds { .. }
            | StoreCommand::Swap { .. }
            | StoreCommand::ApplyDownload { .. }
            | StoreCommand::KeepJob { .. }
            | StoreCommand::ForgetJob { .. }
            | StoreCommand::SaveReserved { .. }
            | StoreCommand::SaveFact { .. }
    )
}
