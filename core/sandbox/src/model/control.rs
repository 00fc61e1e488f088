//! The controls of the sandbox itself: `/sandbox/faults` and `/sandbox/log`. Not part of DHIS2.
//!
//! The log holds no bodies and no user names.

use std::collections::VecDeque;

use serde::Serialize;

use crate::limits::LOG_ENTRIES_MAX;

/// One request as the log tells it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// `GET`
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Status; 0 if the connection was closed without one.
    pub status: u16,
    /// Bytes of the request body.
    pub request_bytes: usize,
    /// Bytes of the response body that were sent.
    pub response_bytes: usize,
    /// When, Unix ms.
    pub at_ms: i64,
}

/// The newest requests.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<LogEntry>,
}

impl Log {
    /// Adds a request; the oldest goes when there are too many.
    pub fn add(&mut self, entry: LogEntry) {
        if self.entries.len() >= LOG_ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &LogEntry> {
        self.entries.iter()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
