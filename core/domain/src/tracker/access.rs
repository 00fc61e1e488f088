//! Who may reach a person in a program, and breaking the glass.

use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::data::OwnershipOverride;
use crate::form::is_within;
use crate::limits::BREAK_GLASS_REASON_CHARS_MAX;
use crate::metadata::AccessLevel;
use crate::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid};

/// Hours for which the server opens a person whose glass was broken (wire reference 1.5).
const TEMPORARY_OWNERSHIP_HOURS: i64 = 3;

/// Where the user works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes<'a> {
    /// Roots of the units for which the user enters data.
    pub capture_roots: &'a [OrganisationUnitUid],
    /// Roots of the units whose people the user may look for.
    pub search_roots: &'a [OrganisationUnitUid],
}

impl Scopes<'_> {
    /// Whether the user enters data for the unit of that path.
    #[must_use]
    pub fn captures(&self, path: &str) -> bool {
        is_within(path, self.capture_roots)
    }

    /// Whether the user may look for people of the unit of that path: the search scope, and what the
    /// user enters data for.
    #[must_use]
    pub fn reaches(&self, path: &str) -> bool {
        is_within(path, self.search_roots) || self.captures(path)
    }
}

/// The unit that owns a person in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// None: the person was never enrolled there. The first enrolment decides.
    Nobody,
    /// The unit of that path, `/root/…/unit`.
    Unit(&'a str),
    /// A unit that is not on the device, so it lies outside the capture scope.
    Unknown,
}

/// Who owns a person in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership<'a> {
    /// The owner.
    pub owner: Owner<'a>,
    /// Until when the user owns the person too because the glass was broken, in the server's time.
    pub temporary_until: Option<DateTime>,
}

/// Whether the user may read and write a person's records in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonAccess {
    /// Yes. In an audited program the server takes note of it.
    Granted,
    /// Not before breaking the glass, with a reason.
    BreakTheGlass,
    /// No: only the owner may, and nothing opens that.
    Closed,
    /// No: the owner lies outside the units whose people the user may look for.
    OutsideScope,
}

impl PersonAccess {
    /// Whether the records are open.
    #[must_use]
    pub fn is_granted(self) -> bool {
        self == Self::Granted
    }
}

/// Decides whether the user may reach a person in a program (captures t020 to t023).
///
/// `now` is the server's time: a phone whose clock is wrong neither wins nor loses access. Whether an
/// owner that is not on the device lies in the search scope only the server knows; the person is here
/// because it showed them.
#[must_use]
pub fn access(
    level: AccessLevel,
    ownership: &Ownership<'_>,
    scopes: &Scopes<'_>,
    now: DateTime,
) -> PersonAccess {
    let is_reached = match ownership.owner {
        Owner::Nobody => return PersonAccess::Granted,
        Owner::Unit(path) if scopes.captures(path) => return PersonAccess::Granted,
        Owner::Unit(path) => scopes.reaches(path),
        Owner::Unknown => true,
    };
    match level {
        AccessLevel::Closed => PersonAccess::Closed,
        _ if !is_reached => PersonAccess::OutsideScope,
        AccessLevel::Open | AccessLevel::Audited => PersonAccess::Granted,
        AccessLevel::Protected if ownership.temporary_until.is_some_and(|until| now < until) => {
            PersonAccess::Granted
        }
        AccessLevel::Protected => PersonAccess::BreakTheGlass,
    }
}

/// Until when a person is open after the glass was broken at `granted`, in the server's time.
#[must_use]
pub fn temporary_ownership_end(granted: DateTime) -> DateTime {
    granted.saturating_add(TEMPORARY_OWNERSHIP_HOURS.hours())
}

/// Why the glass is not broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BreakGlassProblem {
    /// The person is open already.
    #[error("These records are open to you already.")]
    AlreadyOpen,
    /// The program is closed: the server refuses (capture t022-closed).
    #[error("Only the place that follows this person may open these records.")]
    Closed,
    /// The owner lies outside the search scope: the server refuses (capture t022d).
    #[error("The place that follows this person is outside your area.")]
    OutsideScope,
    /// No reason was typed.
    #[error("Say why you need to see these records.")]
    ReasonMissing,
    /// The reason is longer than [`BREAK_GLASS_REASON_CHARS_MAX`].
    #[error("The reason has more than {BREAK_GLASS_REASON_CHARS_MAX} characters. Make it shorter.")]
    ReasonTooLong,
}

/// Breaks the glass for a reason that a person typed: the record to be sent.
///
/// # Errors
/// [`BreakGlassProblem`] if the server would refuse, or the reason is missing or too long.
pub fn break_glass(
    tracked_entity: TrackedEntityUid,
    program: ProgramUid,
    access: PersonAccess,
    reason: &str,
) -> Result<OwnershipOverride, BreakGlassProblem> {
    match access {
        PersonAccess::Granted => return Err(BreakGlassProblem::AlreadyOpen),
        PersonAccess::Closed => return Err(BreakGlassProblem::Closed),
        PersonAccess::OutsideScope => return Err(BreakGlassProblem::OutsideScope),
        PersonAccess::BreakTheGlass => {}
    }
    let reason = reason.trim();
    if !reason.chars().any(char::is_alphanumeric) {
        return Err(BreakGlassProblem::ReasonMissing);
    }
    if reason.chars().count() > BREAK_GLASS_REASON_CHARS_MAX {
        return Err(BreakGlassProblem::ReasonTooLong);
    }
    Ok(OwnershipOverride { tracked_entity, program, reason: reason.to_owned() })
}
