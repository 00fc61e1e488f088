//! Synchronisation from outside: one at a time per account, with its report.

use std::fs::File;

use outpost_domain::metadata::MetadataKind;
use outpost_http::BaseAddress;
use outpost_sync::machine::{Account, Machine, Phases, RunOptions};
use outpost_sync::ports::{Phase, Progress, facts};

use super::Session;
use crate::CancelToken;
use crate::error::{OutpostError, Result, SignInProblem};
use crate::model::{KindCount, SyncObserver, SyncOptions, SyncPhase, SyncProgress, SyncReport};
use crate::network::Network;
use crate::platform::storage;
use crate::stop::error_of;
use crate::sync_run::Run;

impl Session {
    /// Sends what waits and fetches what is new, as far as asked for. Blocks until it is done or
    /// `cancel` asks to stop; what was done by then stays done.
    ///
    /// What ends it early (no network, a server that is not well …) is in the report.
    ///
    /// # Errors
    /// `Busy` if a synchronisation of this account is under way, also in another process;
    /// `Unauthenticated` if no password or token is kept; storage errors.
    pub fn sync(
        &self,
        options: SyncOptions,
        observer: &dyn SyncObserver,
        cancel: &CancelToken,
    ) -> Result<SyncReport> {
        let _only_one = self.take_sync_lock()?;
        let phases = Phases {
            upload: options.upload,
            metadata: options.metadata,
            download: options.download,
        };
        let glasses = self.waiting_glasses()?;
        let began = self.began();
        let run = self.run_options(phases)?;
        let asked = (run.reads_team, run.reads_support);
        let ran = self.run_machine(run, observer, cancel);
        // What it could not do (a full disk) is done at the next run or opening: lists go on without,
        // and a report of what was sent is worth more.
        self.store().end_download().ok();
        let mut report = ran?;
        // What is known of a day is less than a report of what was sent.
        let is_whole = phases == Phases::ALL && report.stopped.is_none();
        self.keep_sync_day(is_whole, report.rejected).ok();
        // It only advises: a report of what was sent is worth more.
        self.note_link(began, &report).ok();
        self.remember_sent(&glasses)?;
        // Forms may have come, rows may have gone.
        self.look_at_aside_again()?;
        if is_whole {
            // The next run reads it otherwise: what this one did is worth more.
            self.read_what_came_to_be_asked(asked, &mut report, (observer, cancel)).ok();
        }
        if options.metadata {
            report.counts = self.metadata_counts()?;
        }
        Ok(report)
    }

    /// The first forms tell whether this person looks after a team or has a desk to turn to: what is to
    /// be read for that is read in the same go. `asked`: what the run read of it.
    fn read_what_came_to_be_asked(
        &self,
        asked: (bool, bool),
        report: &mut SyncReport,
        (observer, cancel): (&dyn SyncObserver, &CancelToken),
    ) -> Result<()> {
        let now = self.run_options(Phases::SIGN_IN)?;
        let reads_team = now.reads_team && !asked.0;
        let reads_support = now.reads_support && !asked.1;
        if !reads_team && !reads_support {
            return Ok(());
        }
        let talk = RunOptions {
            talks_alone: true,
            heartbeat: None,
            reads_targets: false,
            reads_team,
            reads_support,
            ..now
        };
        let more = self.run_machine(talk, observer, cancel)?;
        report.requests += more.requests;
        report.bytes += more.bytes;
        report.notes.extend(more.notes);
        Ok(())
    }

    /// Runs the state machine with the kept password or token.
    fn run_machine(
        &self,
        options: RunOptions,
        observer: &dyn SyncObserver,
        cancel: &CancelToken,
    ) -> Result<SyncReport> {
        let secret = self
            .kept_secret()?
            .ok_or(OutpostError::Unauthenticated { problem: SignInProblem::NotSignedIn })?;
        let account = &self.inner.account;
        // A person allowed http when this server was added.
        let base = BaseAddress::parse(&account.server, account.server.starts_with("http://"))
            .map_err(|error| OutpostError::invalid("server", "address", error))?;
        let transport = Network::transport(base, &account.user, &secret)?;
        let run = Run {
            store: &|command| self.store().command(command),
            transport,
            runtime: self.inner.network.runtime(),
            clock: self.inner.platform.clock.as_ref(),
            cancel,
            on_progress: &|progress| observer.on_progress(progress_of(progress)),
        };
        let ended = run.to_end(Machine::new(options));
        let stopped = ended.report.stopped.map(|stop| error_of(stop, ended.store_error));
        Ok(SyncReport {
            synced: ended.report.synced,
            rejected: ended.report.rejected,
            deferred: ended.report.deferred,
            conflicts: ended.report.conflicts,
            metadata_changed: ended.report.metadata_changed,
            metadata_removed: ended.report.metadata_removed,
            downloaded: ended.report.downloaded,
            requests: ended.report.requests,
            bytes: ended.report.bytes,
            counts: Vec::new(),
            notes: ended.report.notes,
            stopped,
        })
    }

    fn run_options(&self, phases: Phases) -> Result<RunOptions> {
        let fact = |name: &str| self.store().load_fact(name);
        let account = Account {
            user_id: fact(facts::USER_ID)?,
            user_name: Some(self.inner.account.user.clone()),
            server_version: fact(facts::SERVER_VERSION)?,
            server_offset_minutes: fact(facts::SERVER_OFFSET_MINUTES)?
                .and_then(|text| text.parse().ok()),
            names_locale: fact(facts::NAMES_LOCALE)?,
        };
        let mut seed = [0u8; 8];
        self.inner.platform.random.fill(&mut seed)?;
        let counts = self.store().outbox_counts()?;
        Ok(RunOptions {
            phases,
            seed: u64::from_le_bytes(seed),
            account,
            waiting_rows: Some(counts.pending + counts.in_flight),
            heartbeat: Some(self.heartbeat()?),
            reads_team: self.looks_after_team()?,
            reads_targets: true,
            reads_support: self.has_support()?,
            ..RunOptions::default()
        })
    }

    /// Holds a lock file for the time of a synchronisation; the system frees it if the process dies.
    pub(super) fn take_sync_lock(&self) -> Result<File> {
        let mut path = self.inner.database.as_os_str().to_owned();
        path.push(".sync");
        let file = File::options().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|error| storage(&error, "the lock file cannot be made"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(OutpostError::Busy { reason: "a synchronisation of this account".to_owned() })
            }
            Err(std::fs::TryLockError::Error(error)) => {
                Err(storage(&error, "the lock file cannot be locked"))
            }
        }
    }

    /// Objects on the device, type by type.
    ///
    /// # Errors
    /// Storage errors.
    pub fn metadata_counts(&self) -> Result<Vec<KindCount>> {
        let counts = self.store().counts_by_kind()?.into_iter();
        let view = |(kind, count): (MetadataKind, u64)| KindCount {
            kind: kind.collection().to_owned(),
            count,
        };
        Ok(counts.map(view).collect())
    }
}

fn progress_of(progress: Progress) -> SyncProgress {
    SyncProgress {
        phase: match progress.phase {
            Phase::SignIn => SyncPhase::SignIn,
            Phase::Upload => SyncPhase::Upload,
            Phase::Metadata => SyncPhase::Metadata,
            Phase::Download => SyncPhase::Download,
        },
        subject: progress.subject,
        done: progress.done,
        total: progress.total,
        bytes: progress.bytes,
        remaining_ms: progress.remaining_ms,
    }
}
