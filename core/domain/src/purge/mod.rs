//! Who may leave a small phone: people whose care has ended, who moved away, who were not seen for long.
//!
//! Only decides, with a reason that a screen shows. Nothing leaves that the server does not hold: unsent,
//! refused, waiting or conflicting work stays, and so does whoever it is about. Who has left can be
//! fetched again, by search or by coming back into the user's scope.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::data::EnrollmentStatus;
use crate::uid::TrackedEntityUid;

/// When people leave. `None` switches a rule off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgeRules {
    /// Months after the last enrolment was completed.
    pub completed_months: Option<u32>,
    /// Months after the last enrolment was cancelled.
    pub cancelled_months: Option<u32>,
    /// Months without any activity, even if an enrolment is active.
    pub not_seen_months: Option<u32>,
    /// Months after the person was handed to a unit outside the user's scope; 0 means at once.
    pub moved_away_months: Option<u32>,
}

impl Default for PurgeRules {
    /// Half a year of completed care, a quarter of cancelled, a month of those who moved away. Whoever
    /// is in care stays, however long unseen: they are whom a visit is due to.
    fn default() -> Self {
        Self {
            completed_months: Some(6),
            cancelled_months: Some(3),
            not_seen_months: None,
            moved_away_months: Some(1),
        }
    }
}

/// An enrolment as far as leaving is about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrollmentFacts {
    /// Its status.
    pub status: EnrollmentStatus,
    /// When it was completed or cancelled, if that is known.
    pub ended_on: Option<Date>,
}

/// What the store knows about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFacts {
    /// Who.
    pub id: TrackedEntityUid,
    /// All enrolments on the device.
    pub enrollments: Vec<EnrollmentFacts>,
    /// The last day on which anything happened or was changed: a visit, an edit here or on the server.
    pub last_activity: Option<Date>,
    /// Since when no unit that owns the person is in the user's scope; `None` while one is.
    pub out_of_scope_since: Option<Date>,
    /// Whether the server holds the person.
    pub is_on_server: bool,
    /// Whether any outbox row is about the person, an enrolment, a visit, a file or a relationship, on
    /// either side of it: waiting, held, refused or in conflict. Also a temporary id.
    pub has_unsent: bool,
    /// Whether there is something to do: a visit that is due, a record that was sent back, a follow-up.
    pub has_tasks: bool,
    /// To whom relationships lead, either way.
    pub linked: Vec<TrackedEntityUid>,
}

/// Why somebody stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Work about them is not on the server.
    Unsent,
    /// The server does not hold them.
    NotOnServer,
    /// There is something to do.
    Tasks,
    /// They are in care.
    InCare,
    /// Care ended, or they were seen, too short a time ago.
    Recent,
    /// Somebody who stays is related to them: a mother, a household.
    Linked(TrackedEntityUid),
    /// No rule is about them.
    NoRule,
}

/// Why somebody may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Handed to a unit outside the user's scope.
    MovedAway,
    /// Care was completed.
    Completed,
    /// Care was cancelled.
    Cancelled,
    /// Not seen for long.
    NotSeen,
}

/// What becomes of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// They stay.
    Stay(Stay),
    /// They may leave.
    Leave(Leave),
}

/// Decides about everybody, in the order given. `today` is the server's day.
///
/// Whoever is directly related to somebody that stays for a reason of their own stays too, but does not
/// make others stay: in a net of contacts nobody would ever leave.
#[must_use]
pub fn decide(
    people: &[PersonFacts],
    rules: &PurgeRules,
    today: Date,
) -> Vec<(TrackedEntityUid, Decision)> {
    let alone: Vec<_> =
        people.iter().map(|person| (person, decide_alone(person, rules, today))).collect();
    let staying: BTreeSet<_> = alone
        .iter()
        .filter(|(_, decision)| matches!(decision, Decision::Stay(_)))
        .map(|(person, _)| person.id)
        .collect();
    alone
        .into_iter()
        .map(|(person, decision)| {
            let link = person.linked.iter().find(|linked| staying.contains(linked));
            match (decision, link) {
                // Who moved away is not the user's any more; their family here keeps the relationship.
                (
                    Decision::Leave(Leave::Completed | Leave::Cancelled | Leave::NotSeen),
                    Some(to),
                ) => (person.id, Decision::Stay(Stay::Linked(*to))),
                _ => (person.id, decision),
            }
        })
        .collect()
}

fn decide_alone(person: &PersonFacts, rules: &PurgeRules, today: Date) -> Decision {
    let passed = |since: Option<Date>, months: Option<u32>| match (since, months) {
        (Some(since), Some(months)) => since
            .checked_add(i64::from(months.min(MONTHS_MAX)).months())
            .is_ok_and(|end| end <= today),
        _ => false,
    };
    if person.has_unsent {
        return Decision::Stay(Stay::Unsent);
    }
    if !person.is_on_server {
        return Decision::Stay(Stay::NotOnServer);
    }
    if passed(person.out_of_scope_since, rules.moved_away_months) {
        return Decision::Leave(Leave::MovedAway);
    }
    if person.has_tasks {
        return Decision::Stay(Stay::Tasks);
    }
    if passed(person.last_activity, rules.not_seen_months) {
        return Decision::Leave(Leave::NotSeen);
    }
    if person.enrollments.iter().any(|one| one.status == EnrollmentStatus::Active) {
        return Decision::Stay(Stay::InCare);
    }
    let ends =
        person.enrollments.iter().map(|one| (one.ended_on.or(person.last_activity), one.status));
    let Some((ended_on, status)) = ends.max_by_key(|(ended_on, _)| *ended_on) else {
        return Decision::Stay(Stay::NoRule);
    };
    // Somebody whose care ended but who was seen since is still around.
    let since = ended_on.max(person.last_activity);
    let (months, leave) = match status {
        EnrollmentStatus::Cancelled => (rules.cancelled_months, Leave::Cancelled),
        _ => (rules.completed_months, Leave::Completed),
    };
    match months {
        None => Decision::Stay(Stay::NoRule),
        Some(_) if passed(since, months) => Decision::Leave(leave),
        Some(_) => Decision::Stay(Stay::Recent),
    }
}

/// Longest rule: a century, whatever a configuration says.
const MONTHS_MAX: u32 = 1_200;
