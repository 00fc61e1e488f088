//! How an enrolment ends, and how it goes on.

use super::client_time;
use super::editability::{NotEditable, enrollment_locks};
use super::enrol::EnrollmentSetting;
use crate::data::{Enrollment, EnrollmentStatus};

/// A change of the status of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrollmentStep {
    /// It ends as planned.
    Complete,
    /// It ends otherwise: moved away, enrolled by mistake.
    Cancel,
    /// It goes on.
    Reopen,
}

impl EnrollmentStep {
    /// The status that it leads to.
    #[must_use]
    pub const fn status(self) -> EnrollmentStatus {
        match self {
            Self::Complete => EnrollmentStatus::Completed,
            Self::Cancel => EnrollmentStatus::Cancelled,
            Self::Reopen => EnrollmentStatus::Active,
        }
    }
}

/// Why an enrolment does not take a status.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepProblem {
    /// The enrolment may not be written at all.
    Locked(NotEditable),
    /// It has that status already.
    AlreadySo,
    /// The person is enrolled again since: two enrolments cannot be followed at once (E1015).
    ActiveEnrollmentExists,
    /// The program enrols a person once, and another enrolment counts (E1016).
    OnlyOnce,
}

impl StepProblem {
    /// The problem in plain English.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Locked(reason) => return reason.words(),
            Self::AlreadySo => "This was done already.",
            Self::ActiveEnrollmentExists => "There is an open enrolment already.",
            Self::OnlyOnce => "This program enrols only once, and it has done so.",
        }
        .to_owned()
    }
}

/// Completes, cancels or reopens an enrolment: the changed record. The server lets each status
/// follow each (captures t011k to t011n); its events stay as they are.
///
/// # Errors
/// Everything that forbids it.
pub fn change_enrollment(
    enrollment: &Enrollment,
    step: EnrollmentStep,
    context: &EnrollmentSetting<'_>,
) -> Result<Enrollment, Vec<StepProblem>> {
    let status = step.status();
    let mut problems: Vec<_> =
        enrollment_locks(enrollment, context).into_iter().map(StepProblem::Locked).collect();
    if enrollment.status == status {
        problems.push(StepProblem::AlreadySo);
    }
    let completed_at = match step {
        EnrollmentStep::Reopen => None,
        EnrollmentStep::Complete | EnrollmentStep::Cancel => Some(context.now.date().to_string()),
    };
    let changed = Enrollment {
        status,
        completed_at,
        updated_at_client: Some(client_time(context.now)),
        ..enrollment.clone()
    };
    let rivals = super::enrol::rivals(&changed, context);
    problems.extend(rivals.active.then_some(StepProblem::ActiveEnrollmentExists));
    problems.extend(rivals.once.then_some(StepProblem::OnlyOnce));
    if problems.is_empty() { Ok(changed) } else { Err(problems) }
}
