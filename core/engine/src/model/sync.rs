//! A synchronisation as seen from outside.

use serde::Serialize;

use crate::error::OutpostError;

/// What a synchronisation is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncOptions {
    /// Send what waits.
    pub upload: bool,
    /// Fetch forms and places.
    pub metadata: bool,
    /// Fetch data.
    pub download: bool,
}

impl SyncOptions {
    /// Everything.
    pub const ALL: Self = Self { upload: true, metadata: true, download: true };
    /// Only send.
    pub const PUSH: Self = Self { upload: true, metadata: false, download: false };
    /// Only fetch.
    pub const PULL: Self = Self { upload: false, metadata: true, download: true };
    /// Only fetch forms and places.
    pub const METADATA: Self = Self { upload: false, metadata: true, download: false };
}

/// Where a synchronisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SyncPhase {
    SignIn,
    Upload,
    Metadata,
    Download,
}

/// One line of progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncProgress {
    /// Where it is.
    pub phase: SyncPhase,
    /// What it works on: a collection, a data set, a program.
    pub subject: String,
    /// Records done.
    pub done: u64,
    /// Records in all, if known.
    pub total: Option<u64>,
    /// Bytes on the wire so far.
    pub bytes: u64,
    /// Estimate of what remains.
    pub remaining_ms: Option<u64>,
}

/// Hears how a synchronisation goes. Called on the thread that synchronises; must return soon.
pub trait SyncObserver: Send + Sync {
    /// One line of progress.
    fn on_progress(&self, progress: SyncProgress);
}

/// How many objects of a metadata type are on the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindCount {
    /// Collection name of the Web API, such as `dataElements`.
    pub kind: String,
    /// Objects.
    pub count: u64,
}

/// What a synchronisation did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncReport {
    /// Rows that the server took.
    pub synced: u64,
    /// Rows that it refused; they are parked with the reason.
    pub rejected: u64,
    /// Rows put off to the next time.
    pub deferred: u64,
    /// New conflicts.
    pub conflicts: u64,
    /// Metadata objects added or changed.
    pub metadata_changed: u64,
    /// Metadata objects removed.
    pub metadata_removed: u64,
    /// Data records downloaded.
    pub downloaded: u64,
    /// Requests sent.
    pub requests: u64,
    /// Bytes on the wire.
    pub bytes: u64,
    /// Metadata on the device now, type by type; only after a run that fetched metadata.
    pub counts: Vec<KindCount>,
    /// Remarks for the person who looks at the report.
    pub notes: Vec<String>,
    /// Why it ended early; `None` if it ran to the end.
    pub stopped: Option<OutpostError>,
}
