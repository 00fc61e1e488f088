//! What the state machine asks of the world, and what the world answers: the only types that the
//! store, the transport and the machine share.
//!
//! Exactly one effect is under way at a time; its event is the next input. The exception is a page of
//! a download, which may be stored while the next is fetched ([`Effect::StoreBehind`]). An effect that
//! the engine could not finish (process death) leaves the store as if it had not begun or as if it had
//! ended.

use outpost_domain::data::Payload;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{FileUid, OrganisationUnitUid, Uid};
use outpost_wire::metadata::MetadataObject;

pub use self::body::{Body, FileBody};
pub use self::download::{
    DataSetScope, DownloadCursor, DownloadPage, LockScope, ProgramScope, WholeList,
};
pub use self::job::{KeptJob, KeptJobRows};
pub use self::reserve::{ReserveScope, ReservedBatch, ReservedValue};
pub use self::tracker::{
    DownloadList, MissingEnrollments, MissingRecords, ProgramValues, TrackerLimits, TrackerPage,
    TrackerScope,
};

// ---------------------------------------------------------------- network

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of RFC 9110")]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// A request relative to the server's base address. Safe to send twice, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path and query, starting with `/api/`, already percent-encoded.
    pub target: String,
    /// What it carries.
    pub body: Option<Body>,
    /// Largest answer that is read; a longer one is an error, not a cut text.
    pub answer_bytes_max: u64,
    /// How long the answer may take (the first request after a server start takes seconds).
    pub timeout_ms: u64,
}

/// An answer with a status line. Redirects are answers, they are never followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Date` header as Unix milliseconds UTC: the server's clock.
    pub server_date_ms: Option<i64>,
    /// `Retry-After`, already as milliseconds from now.
    pub retry_after_ms: Option<u64>,
    /// The `Location` header.
    pub location: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Bytes on the wire, both directions, as far as known.
    pub bytes: u64,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The request did not leave the device (no network, name not found, connection refused, TLS).
    NotSent {
        /// In words, without addresses of persons or values.
        reason: String,
        /// Whether the certificate was refused: retrying will not help.
        is_tls: bool,
    },
    /// It may or may not have been acted on (time-out, reset, cut answer).
    Unknown {
        /// In words.
        reason: String,
    },
    /// It was acted on, but the answer is longer than [`Request::answer_bytes_max`].
    TooLarge {
        /// The limit, also after decompression.
        bytes_max: u64,
    },
    /// The content of [`Body::File`] is not on the device (any more): nothing was sent.
    NoContent,
}

// ---------------------------------------------------------------- metadata

/// What is known about a kind after its last finished pull.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindStatus {
    /// Largest `lastUpdated` stored, as the server writes it. `None`: never pulled.
    pub watermark: Option<String>,
    /// Objects stored and visible.
    pub count: u64,
    /// When the whole id list was last compared, Unix ms.
    pub ids_compared_ms: Option<i64>,
}

/// How far the pull under way has come with a kind. Stored together with the page it follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KindProgress {
    /// Pages staged so far; the next page is one more.
    pub pages_done: u32,
    /// `total` of the pager at the first page; a change means starting this kind again.
    pub total: Option<u64>,
    /// Whether this kind needs nothing more before the swap.
    pub is_done: bool,
    /// Whether the id list was compared in this pull.
    pub ids_compared: bool,
}

/// A pull that is under way (or was when the process died).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullState {
    /// Status of each kind as of the last swap.
    pub kinds: Vec<(MetadataKind, KindStatus)>,
    /// Progress of each kind in the pull under way; empty if none is.
    pub progress: Vec<(MetadataKind, KindProgress)>,
    /// When the pull under way began, Unix ms.
    pub started_ms: Option<i64>,
    /// Fingerprint of what the pull depends on besides the objects (user, roots, server version);
    /// another fingerprint throws the staged pages away.
    pub scope: Option<String>,
}

// ---------------------------------------------------------------- outbox

/// Number of an outbox row; also the device's sequence number, so it orders edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxId(pub i64);

/// An outbox row as claimed for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number.
    pub id: OutboxId,
    /// Counts the edits; an answer for an older revision leaves the row pending.
    pub revision: i64,
    /// What is to be sent.
    pub payload: Payload,
    /// What the server is known to hold: the base of the three-way merge.
    pub base: Option<Payload>,
    /// Versions that were sent with an unknown outcome since the base was learnt, oldest first: what
    /// the server holds of them is ours.
    pub in_doubt: Vec<Payload>,
    /// Attempts so far, this one not counted.
    pub attempts: u32,
    /// User name of the one who captured it, if it is carried for somebody else.
    pub captured_by: Option<String>,
}

/// Why the server refused a row; kept with it until a person corrects or discards it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// DHIS2 error code (`E7619`), if the server gave one.
    pub code: Option<String>,
    /// Id of the data element or attribute, or the property (`occurredAt`), that it is about.
    pub field: Option<String>,
    /// The reason in words for the person who entered the value.
    pub reason: String,
    /// The part of the server's report about this row, as JSON; empty if it sent none.
    pub report: String,
}

impl Rejection {
    /// Whether nothing in it comes from DHIS2: a page of a proxy, an empty answer.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.code.is_none() && self.report.is_empty()
    }
}

/// A change on the server that cannot be merged with the change here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What the server holds now.
    pub server: Payload,
    /// The fields that differ on both sides: `value`, `comment`, `followUp`, `status`, or a data
    /// element id.
    pub fields: Vec<String>,
}

/// What became of a claimed row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "a batch of them is short-lived")]
pub enum Outcome {
    /// The server holds it (its report says so, or it was read back). Base becomes what was sent.
    Synced,
    /// The server refused it; it stays parked with the reason.
    Rejected(Rejection),
    /// Not decided; stays pending until `not_before_ms`.
    Retry {
        /// Earliest next attempt, Unix ms.
        not_before_ms: i64,
        /// Whether it may have arrived: what was sent is remembered.
        may_have_arrived: bool,
        /// In words.
        reason: String,
    },
    /// The server's change was merged with ours: pending again with another payload and base.
    Merged {
        /// What is to be sent now.
        payload: Payload,
        /// What the server holds.
        base: Payload,
    },
    /// Held until a person decides.
    Conflict(Conflict),
    /// Not refused itself: another record that it needs was (E5000). Pending again; the store holds
    /// it for as long as that record is parked.
    Waits {
        /// In words.
        reason: String,
    },
}

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The row.
    pub id: OutboxId,
    /// The revision that the outcome is about.
    pub revision: i64,
    /// The outcome.
    pub outcome: Outcome,
}

// ---------------------------------------------------------------- effects and events

/// What the machine asks of the store. Each is one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "a command is carried out as soon as it is made")]
pub enum StoreCommand {
    /// Begin a pull: throw away staged pages of another scope. Answer: [`StoreReply::PullState`].
    BeginPull {
        /// Fingerprint, see [`PullState::scope`].
        scope: String,
        /// Now, Unix ms.
        now_ms: i64,
    },
    /// Keep one page of a kind together with its progress. Answer: `Done`.
    StagePage {
        /// The kind.
        kind: MetadataKind,
        /// The objects.
        objects: Vec<MetadataObject>,
        /// Progress after this page.
        progress: KindProgress,
    },
    /// Throw away what is staged of one kind (its list changed between two pages). Answer: `Done`.
    RestartKind {
        /// The kind.
        kind: MetadataKind,
    },
    /// Are the newest objects that the server lists stored exactly so? Answer:
    /// [`StoreReply::AreHeld`].
    CompareNewest {
        /// The kind.
        kind: MetadataKind,
        /// Ids with their `lastUpdated`, as the server writes it.
        newest: Vec<(Uid, String)>,
    },
    /// Compare a whole id list: ids that are not stored, and mark what is gone for removal at the
    /// swap. Answer: [`StoreReply::MissingIds`].
    CompareIds {
        /// The kind.
        kind: MetadataKind,
        /// Every id the server lists.
        ids: Vec<Uid>,
    },
    /// Make the staged objects visible, remove what is gone, keep what unsent work needs. Answer:
    /// `Swapped`.
    Swap {
        /// Now, Unix ms.
        now_ms: i64,
    },
    /// Claim the next rows of one kind and lane that may be sent now; they become in flight.
    /// Rows found in flight from a dead process count as pending. Answer: [`StoreReply::Claimed`].
    Claim {
        /// The kind.
        kind: outpost_domain::data::PayloadKind,
        /// At most so many rows.
        rows_max: u32,
        /// At most so many payload bytes (one row always fits).
        bytes_max: u64,
        /// Rows whose `not_before` is later are not taken, Unix ms.
        now_ms: i64,
        /// Only rows with a smaller or equal number: edits made during this run wait for the next.
        up_to: OutboxId,
    },
    /// The largest outbox number now. Answer: [`StoreReply::LastOutboxId`].
    LoadLastOutboxId,
    /// Store what became of claimed rows, with the journal. Answer: `Done`.
    Settle {
        /// The outcomes.
        settlements: Vec<Settlement>,
        /// Now, Unix ms.
        now_ms: i64,
    },
    /// Which data sets and programs to download, and how far that came. Answer:
    /// [`StoreReply::DownloadPlan`].
    LoadDownloadPlan {
        /// Today on the server, `yyyy-MM-dd`.
        today: jiff::civil::Date,
    },
    /// Which data sets have slices that are opened or closed one by one. Answer:
    /// [`StoreReply::LockPlan`].
    LoadLockPlan {
        /// Today on the server.
        today: jiff::civil::Date,
    },
    /// Store a page of downloaded data; a row with unsent work is merged, never overwritten.
    /// Answer: `Downloaded`.
    ApplyDownload {
        /// The page.
        page: DownloadPage,
        /// Now, Unix ms.
        now_ms: i64,
    },
    /// Records that stored ones name and that are not on the device. Answer:
    /// [`StoreReply::Missing`].
    LoadMissing {
        /// At most so many of each class.
        rows_max: u32,
    },
    /// The jobs on the server whose end is not known, with the rows that are still theirs: those
    /// become in flight. Answer: [`StoreReply::Jobs`].
    LoadJobs,
    /// Remember that claimed rows went to the server as a job, before it is asked about. They stay
    /// in flight. Answer: `Done`.
    KeepJob {
        /// The job.
        job: KeptJob,
    },
    /// The job is over, its rows are settled. Answer: `Done`.
    ForgetJob {
        /// Id of the job.
        id: String,
    },
    /// For which attributes values must be reserved now. Answer: [`StoreReply::ReservePlan`].
    LoadReservePlan {
        /// Server time, Unix ms: values that expire are judged by it.
        server_now_ms: i64,
    },
    /// Keep reserved values; temporary values that wait for them are exchanged. Answer: `Done`.
    SaveReserved {
        /// The values.
        batch: ReservedBatch,
        /// Now, Unix ms.
        now_ms: i64,
    },
    /// The content of a file, for [`Body::File`]; asked by whoever carries requests out, never by
    /// the machine. Answer: [`StoreReply::File`].
    LoadFile {
        /// The file.
        file: FileUid,
    },
    /// Remember a small fact of the session (server version, zone offset, me). Answer: `Done`.
    SaveFact {
        /// Name, see `facts`.
        name: String,
        /// Value.
        value: String,
    },
}

mod body;
mod download;
pub mod facts;
mod job;
mod reserve;
mod tracker;

/// What the store answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreReply {
    /// Committed.
    Done,
    /// See [`StoreCommand::BeginPull`].
    PullState(PullState),
    /// See [`StoreCommand::CompareNewest`].
    AreHeld(bool),
    /// Ids to fetch, see [`StoreCommand::CompareIds`].
    MissingIds(Vec<Uid>),
    /// See [`StoreCommand::Swap`].
    Swapped {
        /// Objects added or changed.
        changed: u64,
        /// Objects removed.
        removed: u64,
        /// Objects gone on the server but kept because unsent work needs them.
        kept: u64,
    },
    /// Claimed rows; empty when nothing is due.
    Claimed(Vec<OutboxRow>),
    /// See [`StoreCommand::LoadLastOutboxId`].
    LastOutboxId(OutboxId),
    /// See [`StoreCommand::LoadDownloadPlan`].
    DownloadPlan {
        /// Data sets the user may read, with the periods of the download window.
        data_sets: Vec<DataSetScope>,
        /// Event programs the user may read.
        programs: Vec<ProgramScope>,
        /// Programs with registration the user may read.
        trackers: Vec<TrackerScope>,
        /// Roots of the user's capture scope.
        roots: Vec<OrganisationUnitUid>,
        /// Cursors found.
        cursors: Vec<DownloadCursor>,
    },
    /// See [`StoreCommand::LoadLockPlan`].
    LockPlan(Vec<LockScope>),
    /// See [`StoreCommand::LoadMissing`].
    Missing(MissingRecords),
    /// See [`StoreCommand::LoadJobs`].
    Jobs(Vec<KeptJobRows>),
    /// See [`StoreCommand::LoadReservePlan`].
    ReservePlan(Vec<ReserveScope>),
    /// See [`StoreCommand::LoadFile`]; `None`: it is not on the device.
    File(Option<Vec<u8>>),
    /// See [`StoreCommand::ApplyDownload`].
    Downloaded {
        /// Records written.
        written: u64,
        /// Records merged with unsent work.
        merged: u64,
        /// New conflicts.
        conflicts: u64,
    },
}

/// One thing for the engine to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "an effect is carried out as soon as it is made")]
pub enum Effect {
    /// Send a request.
    Fetch(Request),
    /// Run a store command.
    Store(StoreCommand),
    /// Begin a store command once the one begun before this way has ended, and go on while it runs.
    /// The event is the reply of the one before, or [`Event::Begun`] if there was none. Whoever has
    /// one thread carries it out like [`Effect::Store`]. Ends before any other store command begins.
    StoreBehind(StoreCommand),
    /// Wait for the store command that was begun: its reply is the event.
    AwaitStored,
    /// Wait, then come back with [`Event::Waited`]. A cancel ends the wait.
    Wait {
        /// How long.
        wait_ms: u64,
    },
    /// The run is over.
    Finish(Box<Report>),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Begin.
    Started,
    /// A request was answered.
    Answered(Answer),
    /// A request was not answered.
    Lost(Lost),
    /// A store command was committed.
    Stored(StoreReply),
    /// The store command is under way, see [`Effect::StoreBehind`].
    Begun,
    /// A store command failed; nothing of it was written.
    StoreFailed {
        /// In words.
        reason: String,
    },
    /// The wait is over.
    Waited,
    /// A person asked to stop: finish the effect under way, then end.
    Cancelled,
}

/// The clock as given to every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Device wall clock, Unix ms UTC. Never trusted for order.
    pub unix_ms: i64,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Phase {
    SignIn,
    Upload,
    Metadata,
    Download,
}

/// One line of progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Where the run is.
    pub phase: Phase,
    /// What it is working on: a collection, a data set, a program.
    pub subject: String,
    /// Records done.
    pub done: u64,
    /// Records in all, if known.
    pub total: Option<u64>,
    /// Bytes so far in this run.
    pub bytes: u64,
    /// Estimate of what remains of the run, if one can be made.
    pub remaining_ms: Option<u64>,
}

/// Why a run ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// No network, or the server cannot be reached.
    Offline {
        /// In words.
        reason: String,
    },
    /// Something between us and the server answers in its place (hotel login page, proxy).
    CaptivePortal,
    /// The certificate was refused.
    Tls {
        /// In words.
        reason: String,
    },
    /// Not signed in: wrong password, expired token, disabled or locked account, redirect to a
    /// login page.
    SignedOut {
        /// In words.
        reason: String,
    },
    /// Signed in but not allowed.
    Forbidden {
        /// In words.
        reason: String,
    },
    /// The server is up but not well (5xx, 429), also after waiting.
    ServerUnavailable {
        /// HTTP status.
        status: u16,
        /// When it asked to be tried again.
        retry_after_ms: Option<u64>,
    },
    /// The server's answer is no DHIS2 answer, or one of a version that is not supported.
    Incompatible {
        /// In words.
        reason: String,
    },
    /// The store failed.
    Store {
        /// In words.
        reason: String,
    },
    /// A person stopped it.
    Cancelled,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows that the server took.
    pub synced: u64,
    /// Rows that it refused.
    pub rejected: u64,
    /// Rows put off.
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
    /// What was passed over, in words: a type the user may not list, a data set that was refused.
    pub notes: Vec<String>,
    /// Why it ended early, `None` if it ran to the end.
    pub stopped: Option<Stop>,
}
