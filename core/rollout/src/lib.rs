//! Roll-out: phones from the box to a health worker's hand and back, support requests and their
//! clocks, and the day on which a site goes live.
//!
//! | module | what it answers |
//! |---|---|
//! | [`device`] | numbers, life-cycle, mix-ups, agreements, labels, audits, claims |
//! | [`golive`] | plan, calendar, readiness, parallel run, decision and first weeks of a site |
//! | [`package`] | which metadata a DHIS2 needs for all of it, and by which ids records name it |
//! | [`sim`] | which SIM card is in which phone since when, and what else became of it |
//! | [`support`] | where a support request stands, whose turn it is, by when, and what that came to |
//!
//! Every record of a roll-out is an ordinary DHIS2 record (a tracked entity with its enrolment and
//! events) of the programs that this crate's metadata package brings; nothing is stored beside the
//! form store. This crate adds what DHIS2 does not know: which step may follow, what was mixed up,
//! which clock runs, who is next.
//!
//! Pure: time and randomness are given, nothing is read, written or sent. Never overrides a rule in a
//! person's name: what is not allowed is refused with its reason.

pub mod device;
pub mod golive;
pub mod package;
pub mod sim;
pub mod support;
pub mod table;
