//! The only crate that knows SQL: an encrypted SQLite file per account, with metadata, captured data,
//! outbox and journal.
//!
//! What a person saved is on disk when [`Saved`] is handed out, and leaves the outbox only with the
//! server's answer. Never talks to the network, never reads a clock, never deletes a database.
//!
//! Blocking: the engine calls it from its own threads. Reads never wait for the writer.

mod accounts;
mod command;
mod connection;
mod data;
mod download;
mod error;
mod exchange;
mod facts;
mod health;
mod journal;
mod key;
mod key_check;
mod late_index;
pub mod limits;
mod metadata;
mod migrations;
mod open;
mod outbox;
mod payload;
mod salvage;
pub mod search;
mod store;
#[cfg(test)]
mod tests;
mod tracker;

pub use accounts::{Account, Accounts};
pub use data::{
    Draft, DraftKey, EventCursor, EventFilter, EventRow, FormCounts, Imported, LocalEnrollment,
    SliceRow, StoredValue,
};
pub use error::StoreError;
pub use exchange::{
    AsideRow, CarriedRow, Direction, Exchange, ExchangeCounts, FileName, HandedRow, HandedTo,
    Incoming, MissingObject, OnItsWay, OwedLine, OwedState, PackageShown, PartnerStage, Prepared,
    TakenIn, WaitingFile,
};
pub use health::Space;
pub use journal::{JournalCheck, JournalEntry, JournalKind};
pub use key::{DatabaseKey, KEY_BYTES};
pub use metadata::{ListCursor, ListQuery, ListRow, StoredObject};
pub use open::{OpenOptions, OpenReport, Opened};
pub use outbox::{
    ConflictEntry, LastAnswer, OutboxCounts, OutboxEntry, OutboxFilter, Resolution, RowState, Saved,
};
pub use salvage::{SalvageReport, SalvagedTable};
pub use store::Store;
pub use tracker::{
    Activity, CompareQuery, ComparedPerson, DigestCursor, DigestRow, DigestSource, DueCursor,
    DueFilter, DueRow, DuplicateQuery, Family, FamilyMember, FollowUpCursor, FollowUpFilter,
    FollowUpRow, GeneratedValue, HistoryEntry, KeptDigest, OtherSide, PeopleCursor, PeopleFilter,
    PeopleOrder, Person, PersonEnrollment, PersonEvent, PersonRow, ProgramCounts, ProgramSetting,
    Purged, RelationshipRow, ReserveCount, SavedRecords, SearchCursor, SearchQuery, StoredFile,
    SyncFilter, TakenValue, TemporaryValue, Waiting, WorkingList,
};
