//! A synchronisation as seen from outside.

use outpost_engine::model;

use super::{list, signed};
use crate::fault::OutpostFault;

/// What a synchronisation is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct SyncParts {
    /// Send what waits.
    pub upload: bool,
    /// Fetch forms and places.
    pub metadata: bool,
    /// Fetch data.
    pub download: bool,
}

impl From<SyncParts> for model::SyncOptions {
    fn from(it: SyncParts) -> Self {
        Self { upload: it.upload, metadata: it.metadata, download: it.download }
    }
}

/// Where a synchronisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SyncStage {
    /// Asks who we are.
    SignIn,
    /// Sends what waits.
    Upload,
    /// Fetches forms and places.
    Metadata,
    /// Fetches data.
    Download,
}

impl From<model::SyncPhase> for SyncStage {
    fn from(it: model::SyncPhase) -> Self {
        match it {
            model::SyncPhase::SignIn => Self::SignIn,
            model::SyncPhase::Upload => Self::Upload,
            model::SyncPhase::Metadata => Self::Metadata,
            model::SyncPhase::Download => Self::Download,
        }
    }
}

/// One line of progress.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncStep {
    /// Where it is.
    pub stage: SyncStage,
    /// What it works on: a collection, a data set, a program.
    pub subject: String,
    /// Records done.
    pub done: i64,
    /// Records in all, if known.
    pub total: Option<i64>,
    /// Bytes on the wire so far.
    pub bytes: i64,
    /// Estimate of what remains, in milliseconds.
    pub remaining_ms: Option<i64>,
}

impl From<model::SyncProgress> for SyncStep {
    fn from(it: model::SyncProgress) -> Self {
        Self {
            stage: it.phase.into(),
            subject: it.subject,
            done: signed(it.done),
            total: it.total.map(signed),
            bytes: signed(it.bytes),
            remaining_ms: it.remaining_ms.map(signed),
        }
    }
}

/// How many objects of a metadata type are on the device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TypeCount {
    /// Collection name of the Web API, such as `dataElements`.
    pub kind: String,
    /// Objects.
    pub count: i64,
}

impl From<model::KindCount> for TypeCount {
    fn from(it: model::KindCount) -> Self {
        Self { kind: it.kind, count: signed(it.count) }
    }
}

/// What a synchronisation did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncOutcome {
    /// Records that the server took.
    pub synced: i64,
    /// Records that it refused; they are parked with the reason.
    pub rejected: i64,
    /// Records put off to the next time.
    pub deferred: i64,
    /// New conflicts.
    pub conflicts: i64,
    /// Metadata objects added or changed.
    pub metadata_changed: i64,
    /// Metadata objects removed.
    pub metadata_removed: i64,
    /// Data records downloaded.
    pub downloaded: i64,
    /// Requests sent.
    pub requests: i64,
    /// Bytes on the wire.
    pub bytes: i64,
    /// Metadata on the device now, type by type; only after a run that fetched metadata.
    pub counts: Vec<TypeCount>,
    /// Remarks for the person who looks at the report.
    pub notes: Vec<String>,
    /// Why it ended early; `None` if it ran to the end.
    pub stopped: Option<OutpostFault>,
}

impl From<model::SyncReport> for SyncOutcome {
    fn from(it: model::SyncReport) -> Self {
        Self {
            synced: signed(it.synced),
            rejected: signed(it.rejected),
            deferred: signed(it.deferred),
            conflicts: signed(it.conflicts),
            metadata_changed: signed(it.metadata_changed),
            metadata_removed: signed(it.metadata_removed),
            downloaded: signed(it.downloaded),
            requests: signed(it.requests),
            bytes: signed(it.bytes),
            counts: list(it.counts),
            notes: it.notes,
            stopped: it.stopped.map(OutpostFault::from),
        }
    }
}
