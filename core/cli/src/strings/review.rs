//! What `review …`, `tasks`, `approval …`, `team`, `targets`, `file …` and `reserved` say.

use outpost_domain::targets::Standing;
use outpost_engine::model::ApprovalView;

use super::count;

/// `review list`
pub const LIST: &str = "\
Examples:
  outpost review list --program 'Child health' --state new --completed
  outpost review list --program 'Child health' --state sent-back --state corrected --json
Visits and enrolments are listed together, the latest first; with --stage visits only. The state is
read from the record itself (notes, mark for follow-up), so DHIS2 shows it too.";
/// `review send-back`
pub const SEND_BACK: &str =
    "Example:\n  outpost review send-back c5dZk6LmN7s --reason 'weigh the child again'";
/// `review ok`
pub const OK: &str = "Example:\n  outpost review ok c5dZk6LmN7s";
/// `review approve`
pub const APPROVE: &str =
    "Example:\n  outpost review approve c5dZk6LmN7s --text 'checked by phone'";
/// `review corrected`
pub const CORRECTED: &str =
    "Example:\n  outpost review corrected c5dZk6LmN7s --text 'weighed again'";
/// `tasks`
pub const TASKS: &str = "\
Example:
  outpost tasks
What was sent back to you, with the reason. Correct it (outpost visit fill ID …), then say so
(outpost review corrected ID) and sync.";
/// `approval show`
pub const APPROVAL_SHOW: &str =
    "Example:\n  outpost approval show --data-set DS --period 202609 --org-unit OU";
/// `approval approve`
pub const APPROVAL_APPROVE: &str = "\
Example:
  outpost approval approve --data-set DS --period 202609 --org-unit OU
Approval is asked of the server at once and needs network.";
/// `approval unapprove`
pub const APPROVAL_UNAPPROVE: &str =
    "Example:\n  outpost approval unapprove --data-set DS --period 202609 --org-unit OU";
/// `approval accept`
pub const APPROVAL_ACCEPT: &str =
    "Example:\n  outpost approval accept --data-set DS --period 202609 --org-unit OU";
/// `approval unaccept`
pub const APPROVAL_UNACCEPT: &str =
    "Example:\n  outpost approval unaccept --data-set DS --period 202609 --org-unit OU";
/// `team`
pub const TEAM: &str = "\
Example:
  outpost team
What every device told of itself at its last sync: when that was, what waited, what was refused.";
/// `targets`
pub const TARGETS: &str = "\
Example:
  outpost targets --json
Counted from the records on this device. The list of targets is kept on the server (data store,
namespace outpost, key targets).";
/// `file add`
pub const FILE_ADD: &str = "\
Examples:
  outpost file add card.jpg --event c5dZk6LmN7s --question 'Photo of the child health card'
  outpost file add card.jpg --type image/jpeg --json";
/// `file get`
pub const FILE_GET: &str = "\
Examples:
  outpost file get g2hTk7LmN2w --to card.jpg
  outpost file get g2hTk7LmN2w --to card.jpg --event c5dZk6LmN7s --question DeGrPhoto00";
/// `reserved show`
pub const RESERVED: &str = "Example:\n  outpost reserved show";

/// Nothing to review.
pub const NOTHING_TO_REVIEW: &str = "Nothing of that kind here.\n";
/// Nothing was sent back.
pub const NO_TASKS: &str = "Nothing was sent back to you.\n";
/// No device told of itself.
pub const NO_TEAM: &str = "No device has told of itself yet. Fetch what is new: outpost sync\n";
/// No targets.
pub const NO_TARGETS: &str = "No targets for you.\n";
/// No reserved values.
pub const NONE_RESERVED: &str = "No values are reserved. Fetch some: outpost sync\n";
/// The states of a review.
pub const STATES: &str = "give new, reviewed, sent-back, corrected or approved";
/// A file that must be fetched as a part of something.
pub const WHOSE_FILE: &str = "the file is not on this device; say whose it is \
     (--event with --question, or --person with --attribute)";

/// Where a record stands.
#[must_use]
pub fn stands(
    id: &str,
    word: &str,
    reason: Option<&str>,
    by: Option<&str>,
    at: Option<&str>,
) -> String {
    let because = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let who = match (by, at) {
        (Some(by), Some(at)) => format!(" ({by}, {at})"),
        (Some(by), None) => format!(" ({by})"),
        _ => String::new(),
    };
    format!("{id}: {word}{because}{who}\n")
}

/// Where a report stands in its workflow.
#[must_use]
pub fn approval(view: &ApprovalView) -> String {
    let mut may = Vec::new();
    for (allowed, what) in [
        (view.may_approve, "approve it"),
        (view.may_unapprove, "take the approval back"),
        (view.may_accept, "accept it"),
        (view.may_unaccept, "take the acceptance back"),
    ] {
        may.extend(allowed.then_some(what));
    }
    let by = |what: &str, name: &Option<String>| {
        name.as_ref().map(|name| format!("{what} by {name}.\n")).unwrap_or_default()
    };
    let may = match may.is_empty() {
        true => "You can do nothing with it now.\n".to_owned(),
        false => format!("You may {}.\n", may.join(", ")),
    };
    format!(
        "{}\n{}{}{may}",
        view.state,
        by("Approved", &view.approved_by),
        by("Accepted", &view.accepted_by)
    )
}

/// How a target stands.
#[must_use]
pub const fn standing(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::NotBegun => ("not_begun", "not begun"),
        Standing::OnTrack => ("on_track", "on track"),
        Standing::Behind => ("behind", "behind"),
        Standing::Reached => ("reached", "reached"),
        Standing::Missed => ("missed", "missed"),
    }
}

/// Further devices.
#[must_use]
pub fn left_out(devices: u64) -> String {
    format!("… and {}.\n", count(devices, "more device", "more devices"))
}

/// A file was kept.
#[must_use]
pub fn kept(id: impl std::fmt::Display, name: &str, size: &str) -> String {
    format!("{id}: {name}, {size}, kept. It goes up with the next sync.\n")
}

/// A file was written out.
#[must_use]
pub fn written(name: &str, size: &str) -> String {
    format!("{name}, {size}, written.\n")
}
