//! Uploads that the server turned into a job: what is kept of them until their end is known.

use outpost_domain::data::PayloadKind;

use super::{OutboxId, OutboxRow};

/// A job on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptJob {
    /// Its id there.
    pub id: String,
    /// Kind of the rows.
    pub kind: PayloadKind,
    /// The rows that it carries, with the revision that was sent.
    pub rows: Vec<(OutboxId, i64)>,
    /// When it was accepted, Unix ms.
    pub started_ms: i64,
}

/// A job with those of its rows that are not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptJobRows {
    /// The job.
    pub job: KeptJob,
    /// As claimed; their revision is the one that was sent, whatever was edited since.
    pub rows: Vec<OutboxRow>,
}
