//! What `person …` and `enrollment …` say.

use outpost_engine::model::{AccessState, LeaveReason, PurgePlan};

use super::count;

/// `person programs`
pub const PROGRAMS: &str = "Example:\n  outpost person programs";
/// `person form`
pub const FORM: &str = "\
Examples:
  outpost person form --program 'Child health'
  outpost person form --type Person --json";
/// `person add`
pub const ADD: &str = "\
Examples:
  outpost person add --program 'Child health' --org-unit 'Clinic A' --incident 2026-03-02 \\
    'Given name=Mata' 'Family name=Mbeki' Sex=F
  outpost person add --type Person --org-unit 'Clinic A' 'Given name=Neo' 'Family name=Mbeki'
Numbers that the server makes are taken from those reserved on this device; when none is left, a
temporary one is given and exchanged at the next sync. Who may be in the register already is listed
and keeps nobody from registering.";
/// `person set`
pub const SET: &str = "\
Example:
  outpost person set a7bXk2LmN9q Phone=+26771234567
A person in one program is changed in its form, one in several in that of --program; without any
enrolment in the form of its type.";
/// `person search`
pub const SEARCH: &str = "\
Examples:
  outpost person search mbek
  outpost person search --program 'Child health' --attribute 'Family name=Mb*' --online
  outpost person search --code CH482913
A search by words looks at people of every type, unless --program or --type is given; by attribute
or online one of them is needed. Case does not count, in words accents neither.";
/// `person show`
pub const SHOW: &str = "Example:\n  outpost person show a7bXk2LmN9q";
/// `person list`
pub const LIST: &str = "\
Examples:
  outpost person list --program 'Child health' --overdue
  outpost person list --program 'Child health' --org-unit 'Clinic A' --due --until 2026-10-01
  outpost person list --program 'Child health' --waiting --json";
/// `person duplicates`
pub const DUPLICATES: &str = "\
Examples:
  outpost person duplicates --program 'Child health'
  outpost person duplicates --type Person --org-unit 'Clinic A' --json
The surest pairs come first, with what speaks for and against each. Look at both, then say which it
is: outpost person keep-apart, or outpost person mark-duplicates. People are merged in DHIS2 only.";
/// `person keep-apart`
pub const KEEP_APART: &str = "\
Example:
  outpost person keep-apart a7bXk2LmN9q c1dZk3LmN4s --reason 'twins, both seen'";
/// `person mark-duplicates`
pub const MARK_DUPLICATES: &str = "\
Example:
  outpost person mark-duplicates a7bXk2LmN9q c1dZk3LmN4s
It asks the server at once. Both records stay as they are until somebody merges them in DHIS2.";
/// `person get`
pub const GET: &str = "\
Example:
  outpost person get a7bXk2LmN9q --program 'Child health'
In a protected program the glass may have to be broken first: outpost enrollment break-glass";
/// `person delete`
pub const DELETE: &str = "Example:\n  outpost person delete a7bXk2LmN9q";
/// `person purge`
pub const PURGE: &str = "\
Examples:
  outpost person purge
  outpost person purge --completed-months 3 --yes
Nobody leaves of whom something is not on the server. Who has left can be fetched again:
outpost person get";
/// `enrollment add`
pub const ENROLLMENT_ADD: &str = "\
Example:
  outpost enrollment add a7bXk2LmN9q --program 'Child health' --org-unit 'Clinic A' \\
    --enrolled 2026-09-14 --incident 2026-03-02 Phone=+26771234567";
/// `enrollment complete`
pub const ENROLLMENT_COMPLETE: &str = "Example:\n  outpost enrollment complete b2cYk4LmN8r";
/// `enrollment cancel`
pub const ENROLLMENT_CANCEL: &str = "Example:\n  outpost enrollment cancel b2cYk4LmN8r";
/// `enrollment reopen`
pub const ENROLLMENT_REOPEN: &str = "Example:\n  outpost enrollment reopen b2cYk4LmN8r";
/// `enrollment follow-up`
pub const ENROLLMENT_FOLLOW_UP: &str = "\
Examples:
  outpost enrollment follow-up b2cYk4LmN8r
  outpost enrollment follow-up b2cYk4LmN8r --clear";
/// `enrollment note`
pub const ENROLLMENT_NOTE: &str =
    "Example:\n  outpost enrollment note b2cYk4LmN8r 'moves to her sister in October'";
/// `enrollment transfer`
pub const ENROLLMENT_TRANSFER: &str = "\
Examples:
  outpost enrollment transfer b2cYk4LmN8r --to 'Clinic B' --check
  outpost enrollment transfer b2cYk4LmN8r --to 'Clinic B'
A place outside your own area is looked up on the server the first time.";
/// `enrollment break-glass`
pub const BREAK_GLASS: &str = "\
Example:
  outpost enrollment break-glass a7bXk2LmN9q --program 'Child health' --reason 'an emergency'
Without network it waits and goes before everything else with the next sync.";
/// `enrollment delete`
pub const ENROLLMENT_DELETE: &str = "Example:\n  outpost enrollment delete b2cYk4LmN8r";

/// No programs with registration.
pub const NO_PROGRAMS: &str = "No programs with registration for you on this device. \
     Fetch what is new: outpost pull\n";
/// Nobody fits.
pub const NOBODY: &str = "Nobody here.\n";
/// Further people on the server.
pub const MORE_ONLINE: &str = "The server has more: narrow the search.\n";
/// Which form, if there are several.
pub const WHICH_PROGRAM: &str = "the person is in several programs; give --program";
/// Which program or type.
pub const PROGRAM_OR_TYPE: &str = "give --program or --type: an attribute is looked up in one";
/// The glass was broken on the server.
pub const GLASS_BROKEN: &str =
    "The records are open for some hours. The server keeps your reason.\n";
/// The glass will be broken.
pub const GLASS_WAITS: &str = "It waits for network and goes first with the next sync.\n";
/// Nothing speaks against handing over.
pub const MAY_BE_HANDED_OVER: &str = "Nothing speaks against it.\n";
/// A number that the server has not given yet.
pub const TEMPORARY: &str = "temporary, exchanged at the next sync";
/// Marked for follow-up.
pub const FOLLOW_UP: &str = "follow-up";
/// A person who is not on the device.
pub const ONLY_ONLINE: &str = "On the server";
/// A person in no program.
pub const NO_ENROLLMENTS: &str = "In no program.\n";

/// No likely duplicates.
pub const NO_DUPLICATES: &str = "Nobody here looks like somebody else.\n";
/// A pair is no longer proposed.
pub const KEPT_APART: &str = "They are kept apart. The journal keeps your reason.\n";
/// A pair is marked on the server.
pub const MARKED: &str = "Marked on the server. Whoever may merge them decides there.\n";
/// More people than are compared at once.
pub const NOT_ALL_COMPARED: &str =
    "Not everybody was compared; choose a place with --org-unit for the rest.\n";

/// How many were compared, and what was not followed up.
#[must_use]
pub fn compared(people: u64, common: u64, left_out: u64) -> String {
    let mut text = format!("{} compared.", count(people, "person", "people"));
    if common > 0 {
        let common = count(common, "likeness", "likenesses");
        text.push_str(&format!(" {common} that very many share were not followed up."));
    }
    if left_out > 0 {
        text.push_str(&format!(" {} less sure are not listed.", count(left_out, "pair", "pairs")));
    }
    text.push('\n');
    text
}

/// A search that could not look at the server.
#[must_use]
pub fn offline_because(why: &str) -> String {
    format!("Only this device was looked at: {why}\n")
}

/// Somebody who may be the same.
#[must_use]
pub fn maybe_the_same(title: &str, id: impl std::fmt::Display, score: u8, why: &str) -> String {
    format!("Perhaps in the register already: {title} ({id}), {score} of 100: {why}\n")
}

/// A number that was drawn.
#[must_use]
pub fn drawn(name: &str, value: &str, is_temporary: bool) -> String {
    match is_temporary {
        true => format!("Given: {name} = {value} ({TEMPORARY})\n"),
        false => format!("Given: {name} = {value}\n"),
    }
}

/// What was saved.
#[must_use]
pub fn saved(person: impl std::fmt::Display, enrollment: Option<impl std::fmt::Display>) -> String {
    match enrollment {
        Some(enrollment) => format!("{person} saved, enrolment {enrollment}.\n"),
        None => format!("{person} saved.\n"),
    }
}

/// The visit to go on with.
#[must_use]
pub fn opens(visit: impl std::fmt::Display) -> String {
    format!("Go on: outpost visit fill {visit} …\n")
}

/// What was fetched.
#[must_use]
pub fn fetched(enrollments: u64, visits: u64) -> String {
    let enrollments = count(enrollments, "enrolment", "enrolments");
    format!("On this device now, with {enrollments} and {}.\n", count(visits, "visit", "visits"))
}

/// What a person may do with somebody.
#[must_use]
pub const fn access(state: AccessState) -> (&'static str, &'static str) {
    match state {
        AccessState::Open => ("open", "yours to work with"),
        AccessState::Recorded => ("recorded", "yours to work with; the server records who looked"),
        AccessState::GlassBroken => ("glass_broken", "open for some hours"),
        AccessState::Protected => ("protected", "closed until the glass is broken for a reason"),
        AccessState::Closed => ("closed", "closed: only the place that follows the person may"),
        AccessState::OutsideScope => ("outside", "closed: followed outside your area"),
    }
}

/// Why somebody may leave.
#[must_use]
pub const fn leave(reason: LeaveReason) -> (&'static str, &'static str) {
    match reason {
        LeaveReason::MovedAway => ("moved_away", "moved away"),
        LeaveReason::Completed => ("completed", "care completed"),
        LeaveReason::Cancelled => ("cancelled", "care cancelled"),
        LeaveReason::NotSeen => ("not_seen", "not seen"),
    }
}

/// What a purge would do.
#[must_use]
pub fn plan(plan: &PurgePlan) -> String {
    let leaving = count(plan.leaving, "person may leave", "people may leave");
    let unsent = match plan.unsent {
        0 => String::new(),
        some => format!(" {some} stay because work about them is not sent."),
    };
    let how = if plan.leaving > 0 { " To do it: outpost person purge --yes" } else { "" };
    format!("{leaving} this device.{unsent}{how}\n")
}

/// What a purge did.
#[must_use]
pub fn purged(removed: u64, kept: u64) -> String {
    let people = count(removed, "person has left", "people have left");
    match kept {
        0 => format!("{people} this device; the server has them.\n"),
        _ => format!("{people} this device; the server has them. {kept} stayed.\n"),
    }
}
