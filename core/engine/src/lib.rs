//! The imperative shell of Outpost and its Rust facade: what the command line and the language
//! bindings call.
//!
//! Everything public is plain owned data, blocking and safe from any thread; lists come in pages.
//! The shell has no policy of its own: what to send, how to settle, what a form allows is decided in
//! `sync` and `domain`; here decisions are carried out on the store and the transport.

mod cancel;
mod disk;
pub mod error;
mod home;
pub mod limits;
pub mod medium;
pub mod model;
mod network;
mod outpost;
pub mod platform;
mod refusals;
mod salvaged;
mod session;
mod stop;
mod sync_run;
mod unfinished;
mod verifier;
mod wipe;

pub use cancel::CancelToken;
pub use error::{OutpostError, Result, SignInProblem};
pub use outpost::Outpost;
/// The domain's own types, in which the facade speaks: ids, periods, forms, events.
pub use outpost_domain as domain;
pub use outpost_domain::merge::Choice;
pub use outpost_domain::tracker::EnrollmentStep;
/// The rules of a roll-out: devices, support, go-live, and the metadata package.
pub use outpost_rollout as rollout;
#[cfg(unix)]
pub use session::FolderWatch;
pub use session::{
    Closing, NewLoss, NewSim, ParallelRun, PhoneSetup, Scanned, read_register, register_of,
};
pub use session::{
    DriftPlace, EventFormSession, EventListCursor, FilePlace, IndicatorView, OptionCursor,
    OrganisationUnitCursor, PackageExtent, PackageSource, PeopleOf, PersonCursor,
    PersonFormSession, ProposalCursor, ReportFormSession, ReviewCursor, Session, SignedPair,
    SupportCursor, join_parts, publish_release, read_setup_code, read_signed_pair, split_for_mail,
};
pub use session::{inspect_backup, restore_backup};
pub use unfinished::Unfinished;
pub use wipe::Wiped;
