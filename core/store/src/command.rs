//! The state machine's commands, each one transaction.

use outpost_sync::ports::{OutboxId, StoreCommand, StoreReply};

use crate::error::StoreError;
use crate::open::has_rows_in_flight;
use crate::outbox::claim::{self, Claim};
use crate::outbox::jobs;
use crate::outbox::settle::settle;
use crate::store::Store;
use crate::tracker::{content, missing, reserved, temporary};
use crate::{download, metadata};

impl Store {
    /// Carries out a command of the synchronisation.
    ///
    /// # Errors
    /// [`StoreError`]; nothing of the command was written.
    pub fn command(&self, command: StoreCommand) -> Result<StoreReply, StoreError> {
        match command {
            StoreCommand::BeginPull { scope, now_ms } => self
                .write_bulk(|transaction| metadata::begin_pull(transaction, &scope, now_ms))
                .map(StoreReply::PullState),
            StoreCommand::StagePage { kind, objects, progress } => self
                .write_bulk(|transaction| {
                    metadata::stage_page(transaction, kind, &objects, &progress)
                })
                .map(|()| StoreReply::Done),
            StoreCommand::RestartKind { kind } => self
                .write_bulk(|transaction| metadata::restart_kind(transaction, kind))
                .map(|()| StoreReply::Done),
            StoreCommand::CompareNewest { kind, newest } => self
                .read(|connection| metadata::are_held(connection, kind, &newest))
                .map(StoreReply::AreHeld),
            StoreCommand::CompareIds { kind, ids } => self
                .write_bulk(|transaction| metadata::compare_ids(transaction, kind, &ids))
                .map(StoreReply::MissingIds),
            StoreCommand::Swap { now_ms } => self
                .write_bulk(|transaction| metadata::swap(transaction, now_ms))
                .map(|swapped| StoreReply::Swapped {
                    changed: swapped.changed,
                    removed: swapped.removed,
                    kept: swapped.kept,
                }),
            StoreCommand::LoadDownloadPlan { today } => {
                self.read(|connection| metadata::load_plan(connection, today))
            }
            StoreCommand::LoadLockPlan { today } => {
                self.read(|connection| metadata::load_lock_plan(connection, today))
            }
            StoreCommand::ApplyDownload { page, now_ms } => {
                self.write_bulk(|transaction| download::apply(transaction, page, now_ms))
            }
            other => self.outbox_command(other),
        }
    }

    fn outbox_command(&self, command: StoreCommand) -> Result<StoreReply, StoreError> {
        match command {
            StoreCommand::Claim { kind, rows_max, bytes_max, now_ms, up_to } => {
                let wanted = Claim { kind, rows_max, bytes_max, now_ms, up_to };
                self.claim(&wanted)
            }
            StoreCommand::LoadLastOutboxId => {
                self.begin_sending().map(|sequence| StoreReply::LastOutboxId(OutboxId(sequence)))
            }
            StoreCommand::Settle { settlements, now_ms } => self
                .write(|transaction| settle(transaction, settlements, now_ms))
                .map(|()| StoreReply::Done),
            StoreCommand::LoadJobs => {
                self.write(|transaction| jobs::load(transaction)).map(StoreReply::Jobs)
            }
            StoreCommand::KeepJob { job } => {
                self.write(|transaction| jobs::keep(transaction, &job)).map(|()| StoreReply::Done)
            }
            StoreCommand::ForgetJob { id } => {
                self.write(|transaction| jobs::forget(transaction, &id)).map(|()| StoreReply::Done)
            }
            other => self.tracker_command(other),
        }
    }

    fn tracker_command(&self, command: StoreCommand) -> Result<StoreReply, StoreError> {
        match command {
            StoreCommand::LoadMissing { rows_max } => {
                self.read(|connection| missing::load(connection, rows_max)).map(StoreReply::Missing)
            }
            StoreCommand::LoadReservePlan { server_now_ms } => {
                // The journal then has the server's time: the command knows no other.
                if self.read(temporary::any)? {
                    self.write(|transaction| temporary::exchange_all(transaction, server_now_ms))?;
                }
                self.read(|connection| reserved::plan(connection, server_now_ms))
                    .map(StoreReply::ReservePlan)
            }
            StoreCommand::SaveReserved { batch, now_ms } => self
                .write(|transaction| reserved::save(transaction, &batch, now_ms))
                .map(|()| StoreReply::Done),
            StoreCommand::LoadFile { file } => {
                self.read(|connection| content(connection, file)).map(StoreReply::File)
            }
            StoreCommand::SaveFact { name, value } => {
                self.save_fact(&name, &value).map(|()| StoreReply::Done)
            }
            _ => Err(StoreError::Defect { detail: "a command without an arm".to_owned() }),
        }
    }

    /// Only one run at a time sends. What is in flight at its begin was left there by a run that could
    /// not store its end (a full disk); without this it would wait until the process ends.
    fn begin_sending(&self) -> Result<i64, StoreError> {
        if self.is_sole_sender() && self.read(has_rows_in_flight)? {
            self.write(|transaction| claim::take_back(transaction))?;
        }
        self.sequence()
    }

    /// A process that had rows in flight may have died since this one was opened.
    fn claim(&self, wanted: &Claim) -> Result<StoreReply, StoreError> {
        let is_sole = self.became_sole_sender();
        self.write(|transaction| {
            if is_sole {
                claim::take_back(transaction)?;
            }
            claim::claim(transaction, wanted)
        })
        .map(StoreReply::Claimed)
    }
}
