//! What `visit …`, `relationship …` and `family` say.

/// `visit add`
pub const ADD: &str = "\
Example:
  outpost visit add --enrollment b2cYk4LmN8r --stage 'Growth visit' --date 2026-09-14 --complete \\
    'Weight (kg)=7.4' 'Arm circumference (mm)=112'
The form's rules run as on a phone: values that they assign are filled in, answers to questions
that they hide are set aside and not saved; both are listed.";
/// `visit schedule`
pub const SCHEDULE: &str = "\
Example:
  outpost visit schedule --enrollment b2cYk4LmN8r --stage 'Growth visit' --date 2026-10-14";
/// `visit reschedule`
pub const RESCHEDULE: &str = "Example:\n  outpost visit reschedule c5dZk6LmN7s --date 2026-10-15";
/// `visit fill`
pub const FILL: &str = "\
Example:
  outpost visit fill c5dZk6LmN7s --date 2026-10-15 --complete 'Weight (kg)=7.9'
`outpost form fill --program P --event c5dZk6LmN7s` does the same question by question.";
/// `visit complete`
pub const COMPLETE: &str = "Example:\n  outpost visit complete c5dZk6LmN7s";
/// `visit skip`
pub const SKIP: &str = "Example:\n  outpost visit skip c5dZk6LmN7s";
/// `visit refer`
pub const REFER: &str = "\
Example:
  outpost visit refer --enrollment b2cYk4LmN8r --stage 'Growth visit' --date 2026-09-20 \\
    --to 'Clinic B'
Who follows the person stays as it is; to hand the person over: outpost enrollment transfer";
/// `visit assign`
pub const ASSIGN: &str = "\
Examples:
  outpost visit assign c5dZk6LmN7s --user M5zQapPyTZI
  outpost visit assign c5dZk6LmN7s --nobody";
/// `visit note`
pub const NOTE: &str = "Example:\n  outpost visit note c5dZk6LmN7s 'the mother was not at home'";
/// `visit follow-up`
pub const FOLLOW_UP: &str = "\
Examples:
  outpost visit follow-up c5dZk6LmN7s
  outpost visit follow-up c5dZk6LmN7s --clear";
/// `visit delete`
pub const DELETE: &str = "Example:\n  outpost visit delete c5dZk6LmN7s";
/// `visit show`
pub const VISIT_SHOW: &str = "Example:\n  outpost visit show c5dZk6LmN7s";
/// `visit list`
pub const VISIT_LIST: &str = "Example:\n  outpost visit list --person a7bXk2LmN9q";
/// `relationship add`
pub const RELATIONSHIP_ADD: &str = "\
Examples:
  outpost relationship add --type 'Household member' --from d8eWk1LmN5t --to a7bXk2LmN9q
  outpost relationship add --type 'mother of' --from a7bXk2LmN9q --to e9fVk3LmN4u
A kind may be named by either of its sides; one that ends at an enrolment or a visit takes
enrollment:ID or event:ID.";
/// `relationship remove`
pub const RELATIONSHIP_REMOVE: &str = "Example:\n  outpost relationship remove f1gUk5LmN3v";
/// `relationship list`
pub const RELATIONSHIP_LIST: &str = "Example:\n  outpost relationship list a7bXk2LmN9q";
/// `family`
pub const FAMILY: &str = "\
Example:
  outpost family d8eWk1LmN5t
Everybody who is related to a person or household, with their programs and next visits.";

/// No relationships.
pub const NO_RELATIONSHIPS: &str = "No relationships.\n";
/// No visits.
pub const NO_VISITS: &str = "No visits here.\n";
/// A planned visit whose day has passed.
pub const LATE: &str = "late";
/// What is not on this device.
pub const NOT_HERE: &str = "not on this device";
/// A visit without a day.
pub const NO_DATE: &str = "give --date: the visit has no day yet";

/// The mark for follow-up.
#[must_use]
pub fn noted(id: impl std::fmt::Display) -> String {
    format!("{id} saved.\n")
}

/// What a completed visit offers: the next one.
#[must_use]
pub fn next_visit(enrollment: impl std::fmt::Display, stage: &str, day: Option<&str>) -> String {
    let day = day.unwrap_or("DATE");
    format!(
        "The next one: outpost visit schedule --enrollment {enrollment} --stage '{stage}' \
         --date {day}\n"
    )
}

/// What a completed visit offers: to end the enrolment.
#[must_use]
pub fn complete_enrollment(enrollment: impl std::fmt::Display) -> String {
    format!("If this was the last one: outpost enrollment complete {enrollment}\n")
}
