//! What is downloaded, and how far that has come.

use outpost_domain::data::{ServerCompletion, ServerDataValue, ServerEvent};
use outpost_domain::period::Period;
use outpost_domain::uid::{DataSetUid, OrganisationUnitUid, ProgramUid, Uid};

use super::{DownloadList, TrackerPage};

/// A page of downloaded data, stored in one transaction with its watermark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DownloadPage {
    /// Values.
    pub data_values: Vec<ServerDataValue>,
    /// Events.
    pub events: Vec<ServerEvent>,
    /// Completions.
    pub completions: Vec<ServerCompletion>,
    /// Slices of which `completions` is all that the server holds: a completion that is stored and
    /// not among them was taken away there, which leaves no other trace.
    pub all_completions_of: Option<WholeList>,
    /// People, enrolments and what is about them.
    pub tracker: TrackerPage,
    /// The cursor to store with the page.
    pub cursor: Option<DownloadCursor>,
}

/// The slices of a data set in some periods at some places and everything below them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeList {
    /// The data set.
    pub data_set: DataSetUid,
    /// The periods.
    pub periods: Vec<Period>,
    /// The places.
    pub roots: Vec<OrganisationUnitUid>,
}

/// How far a download of one data set or program has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadCursor {
    /// The data set or program.
    pub subject: Uid,
    /// Which of its lists: each is downloaded for itself.
    pub list: DownloadList,
    /// Server time (Unix ms UTC) up to which everything was downloaded, if a download was ever
    /// finished.
    pub watermark_ms: Option<i64>,
    /// Pages or chunks stored of the download under way.
    pub chunks_done: u32,
    /// Server time at which the download under way began.
    pub started_ms: Option<i64>,
    /// What the watermark and the download under way cover, in the machine's own words: another
    /// extent starts a full download. The store keeps it as it is.
    pub scope: String,
}

/// A data set that is downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSetScope {
    /// The data set.
    pub data_set: DataSetUid,
    /// Periods to look at.
    pub periods: Vec<Period>,
    /// Fingerprint of what can be seen through it: elements, options of its split. When that grows
    /// (an element was added, access was given back), older data appears that no delta brings.
    pub content: String,
}

/// An event program that is downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramScope {
    /// The program.
    pub program: ProgramUid,
    /// See [`DataSetScope::content`]; stages instead of elements.
    pub content: String,
}

/// A data set whose slices the server may open or close one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockScope {
    /// The data set.
    pub data_set: DataSetUid,
    /// Whether entry ends some days after a period, so that there may be lock exceptions.
    pub expires: bool,
    /// Its approval workflow, unless it is split: approvals of splits are not asked for.
    pub workflow: Option<Uid>,
    /// Periods to ask for.
    pub periods: Vec<Period>,
    /// Places where it is filled in; empty if they are too many to ask for.
    pub organisation_units: Vec<OrganisationUnitUid>,
}
