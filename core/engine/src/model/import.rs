//! What an import did.

use super::{CompletionProblemView, Refusal};

/// Hears how an import goes.
pub trait ImportObserver: Send + Sync {
    /// So many records were looked at so far; the accepted ones among them are on the disk.
    fn on_progress(&self, records: u64);
}

/// A record that was refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRefusal {
    /// Its place in the list of the file, from 0.
    pub index: u64,
    /// Data element id of a value, id of an event, if it could be read.
    pub uid: Option<String>,
    /// Why.
    pub refusal: Refusal,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Records looked at.
    pub records: u64,
    /// Records saved; they wait to be sent.
    pub saved: u64,
    /// Records that were there already.
    pub unchanged: u64,
    /// Records refused.
    pub refused: u64,
    /// The first refused ones, each with its place and the reason.
    pub refusals: Vec<ImportRefusal>,
    /// Whether the file's completion date marked its slice as complete.
    pub completed: bool,
    /// What spoke against that.
    pub completion_problems: Vec<CompletionProblemView>,
}
