//! Capture rules of programs with registration: who may reach a person, who may change what and why
//! not, who may be enrolled, which visits are planned, how enrolments and visits end, how people are
//! handed over.
//!
//! Pure: records, metadata and the time in, decisions and changed records out; ids of new records
//! are given. What the form of an event already checks is asked there (`form::event`), not here
//! again. Never breaks the glass, never overrides a refusal: only a person with a reason does.

mod access;
mod complete;
mod deletion;
mod editability;
mod enrol;
mod enrollment;
mod handover;
mod schedule;
mod status;
#[cfg(test)]
mod tests;

pub use access::{
    BreakGlassProblem, Owner, Ownership, PersonAccess, Scopes, access, break_glass,
    temporary_ownership_end,
};
pub use complete::{CompletionOffers, NextVisit, offers_after_completion};
pub use deletion::DeletionAuthorities;
pub use editability::{
    EventParent, NotEditable, PersonContext, enrollment_editability, event_editability,
    may_add_event, tracked_entity_editability,
};
pub use enrol::{EnrolProblem, EnrolProblemKind, EnrollmentSetting, check_enrolling};
pub use enrollment::{EnrollmentStep, StepProblem, change_enrollment};
pub use handover::{
    HandoverContext, Referral, ReferralProblem, TransferProblem, TransferProblemKind,
    check_transfer, refer, transfer,
};
pub use schedule::{
    GeneratedEvents, GenerationContext, TooFewIds, first_stage_event, generate_events, is_overdue,
    suggested_date,
};
pub use status::{StatusProblem, change_event_status, status_problems};

use jiff::civil::{Date, DateTime};

use crate::form::civil_time;

/// The day of a date of a record.
fn day_of(text: Option<&str>) -> Option<Date> {
    text.filter(|text| !text.is_empty()).and_then(civil_time).map(DateTime::date)
}

/// A time of the device as records carry it: the server's zone, milliseconds, no zone written.
fn client_time(now: DateTime) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string()
}
