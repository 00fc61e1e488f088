//! Every sentence that the command line says, in one place.
//!
//! Short, plain English; the person acts, the program does. Never holds a value of a person.

use outpost_domain::metadata::RuleOperator;
use outpost_engine::model::{JournalVerdict, Status};

pub mod device;
pub mod exchange;
pub mod golive;
pub mod indicator;
pub mod nearby;
pub mod package;
pub mod person;
pub mod print;
pub mod release;
pub mod review;
pub mod sim;
pub mod site;
pub mod support;
pub mod visit;

/// Texts below the help of each command: examples that work as typed.
pub mod help {
    /// The program.
    pub const TOP: &str = "\
A day without network:
  outpost login --server https://dhis2.example.org --user nurse --password-stdin
  outpost pull
  outpost record set --data-set 'Monthly report' --period 202609 --org-unit 'Clinic A' Malaria=41
  outpost status
  outpost sync

Ids may be given as DHIS2 id, code or exact name. A name that fits several things is an error that
lists them.

With --json there is one JSON document on stdout. An error is
  {\"error\":{\"kind\":\"…\",\"reason\":\"…\",\"what_to_do\":\"…\"}}
there, and one line on stderr.

Exit codes:
  0  done (also when the server refused some rows: they are kept, see `outpost outbox`)
  1  a fault in Outpost
  2  something typed or read is not right
  3  not signed in, or not allowed
  4  the server cannot be reached
  5  the server is not well, refused the request, or has an unsupported version
  6  an entry rule refused a value (nothing of that value was written), or a check found something
  7  the storage: full, in use, damaged or locked
  8  stopped by a person";
    /// `login`
    pub const LOGIN: &str = "\
Example:
  printf '%s\\n' \"$PASSWORD\" | outpost login --server https://dhis2.example.org --user nurse \\
    --password-stdin
The password is never taken from the command line. On a terminal it is asked for and not shown.";
    /// `logout`
    pub const LOGOUT: &str = "Example:\n  outpost logout";
    /// `status`
    pub const STATUS: &str = "\
Example:
  outpost status --json
`unsent` counts every record that the server does not hold yet; `parked` (refused) and `conflicts`
are part of it, `waiting` is the rest.";
    /// `pull`
    pub const PULL: &str = "\
Examples:
  outpost pull
  outpost pull --metadata-only --json";
    /// `push`
    pub const PUSH: &str = "Example:\n  outpost push --json";
    /// `sync`
    pub const SYNC: &str = "Example:\n  outpost sync --json";
    /// `forms`
    pub const FORMS: &str = "Example:\n  outpost forms";
    /// `form show`
    pub const FORM_SHOW: &str = "Example:\n  outpost form show 'Monthly report'";
    /// `form fill`
    pub const FORM_FILL: &str = "\
Lines on standard input; each is answered at once, with --json by one JSON document a line:
  NAME=VALUE   answer a question; an empty VALUE clears it. In a data set NAME is DE or DE.COC
  show         the form as it stands
  check        what speaks against completing it
  save         save the event (in a data set every good value is saved at once)
  complete     save and complete, unless something blocks it
  draft        keep an unfinished event on this device without sending it
  date DATE    another date of the event: yyyy-mm-dd
  discard      leave and forget what is not saved
  quit         leave; an event that is not saved is kept as a draft (also at the end of the input)

Examples:
  outpost form fill --program 'Fever visit' --org-unit 'Clinic A' --occurred 2026-09-14
  outpost form fill --program 'Fever visit' --event a7bXk2LmN9q
  printf 'Malaria=41\\ncheck\\ncomplete\\n' | outpost form fill --data-set 'Monthly report' \\
    --period 202609 --org-unit 'Clinic A' --json

A line that is not understood is named and the session goes on. Exit codes: 6 if in the end
something stands refused, 2 if a line was not understood, else 0.";
    /// `form drafts`
    pub const FORM_DRAFTS: &str = "\
Example:
  outpost form drafts 'Fever visit'";
    /// `record check`
    pub const RECORD_CHECK: &str = "\
Example:
  outpost record check --data-set DS --period 202609 --org-unit OU
Lists the validation rules that do not hold with both sides, what is missing, and the indicators.
Exit code 6 if anything speaks against the report, 0 if nothing does.";
    /// `record set`
    pub const RECORD_SET: &str = "\
Examples:
  outpost record set --data-set DS --period 202609 --org-unit OU Malaria=41
  outpost record set --data-set DS --period 202609 --org-unit OU 'Malaria.Female, <5y=7' Note=
  outpost record set --data-set DS --period 202609 --org-unit OU --comment 'Malaria=counted twice'
Without .COC the default cell is meant. Values that an entry rule refuses are listed (exit code 6);
the others are saved.";
    /// `record show`
    pub const RECORD_SHOW: &str =
        "Example:\n  outpost record show --data-set DS --period 202609 --org-unit OU";
    /// `record complete`
    pub const RECORD_COMPLETE: &str = "\
Example:
  outpost record complete --data-set DS --period 202609 --org-unit OU
Validation rules that do not hold are listed with both sides. They keep a report open (exit code 6)
only where the data set asks for valid reports; `outpost record check` looks without completing.";
    /// `record incomplete`
    pub const RECORD_INCOMPLETE: &str =
        "Example:\n  outpost record incomplete --data-set DS --period 202609 --org-unit OU";
    /// `event add`
    pub const EVENT_ADD: &str = "\
Example:
  outpost event add --program 'Water point' --org-unit 'Clinic A' --occurred 2026-09-14 \\
    --complete 'Water flows=true' 'Depth in m=12'
The form's rules run as on a phone: values that they assign are filled in, answers to questions
that they hide are set aside and not saved; both are listed.";
    /// `event set`
    pub const EVENT_SET: &str = "\
Example:
  outpost event set a7bXk2LmN9q 'Depth in m=13'
If the event has a draft, the change is made to the draft and saved with it.";
    /// `event complete`
    pub const EVENT_COMPLETE: &str = "Example:\n  outpost event complete a7bXk2LmN9q";
    /// `event delete`
    pub const EVENT_DELETE: &str = "Example:\n  outpost event delete a7bXk2LmN9q";
    /// `event list`
    pub const EVENT_LIST: &str = "\
Example:
  outpost event list --program 'Water point' --org-unit 'Clinic A' --from 2026-09-01";
    /// `event show`
    pub const EVENT_SHOW: &str = "Example:\n  outpost event show a7bXk2LmN9q";
    /// `import`
    pub const IMPORT: &str = "\
Examples:
  outpost import values.json
  zcat events.json.gz | outpost import -
Every record goes through the same checks as one entered by hand. Refused records are listed with
their place in the file and the reason; the others are saved (exit code 6 if any was refused).";
    /// `outbox`
    pub const OUTBOX: &str = "\
Examples:
  outpost outbox
  outpost outbox --state refused --json
  outpost outbox show 17
  outpost outbox retry 17
  outpost outbox discard 17 --reason 'entered for the wrong clinic'";
    /// `conflicts`
    pub const CONFLICTS: &str = "\
Examples:
  outpost conflicts
  outpost conflicts show 17
  outpost conflicts resolve 17 --keep mine --reason 'counted again with the register'";
    /// `journal`
    pub const JOURNAL: &str = "\
Examples:
  outpost journal verify
  outpost journal show --limit 20";
    /// `sandbox`
    pub const SANDBOX: &str = "\
Examples:
  outpost sandbox --metadata package.json --user nurse:District1:OU_ID --port 8080
  outpost sandbox --metadata a.json b.json --data ./server --fault latencyMs=300
It listens on this machine only and stops with Ctrl+C. `admin`/`district` may sign in when no
superuser is named. Troubles can be changed while it runs: POST /sandbox/faults.";
    /// `doctor`
    pub const DOCTOR: &str = "Example:\n  outpost doctor --json";
}

/// Something that was never measured.
pub const UNKNOWN: &str = "not known yet";
/// Something that never happened.
pub const NEVER: &str = "never";
/// An empty outbox.
pub const NOTHING_WAITS: &str = "Nothing waits.\n";
/// No conflicts.
pub const NO_CONFLICTS: &str = "Nothing was changed on both sides.\n";

/// A record that an entry rule refused.
pub const NOT_SAVED: &str = "Not saved.\n";

/// A remark on a record.
#[must_use]
pub fn note(text: &str) -> String {
    format!("  Note: {text}\n")
}

/// Kind of a record in the outbox.
#[must_use]
pub fn record_kind(kind: &str, has_person: bool) -> &str {
    match kind {
        "event" if has_person => "visit",
        "dataValue" => "value",
        "completion" => "report",
        "trackedEntity" => "person",
        "enrollment" => "enrolment",
        "ownershipTransfer" => "handing over",
        "ownershipOverride" => "broken glass",
        other => other,
    }
}

/// What a held row waits for.
#[must_use]
pub fn waits_for(rows: &[i64]) -> String {
    match rows {
        [] => "waits for a number from the server: outpost sync".to_owned(),
        [one] => format!("waits for row {one}"),
        many => {
            let rows: Vec<String> = many.iter().map(ToString::to_string).collect();
            format!("waits for rows {}", rows.join(", "))
        }
    }
}

/// `1 record`, `2 records`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The counted sentence about the work.
#[must_use]
pub fn work(status: &Status) -> String {
    match (status.all_sent, status.waiting) {
        (true, _) => "All sent.".to_owned(),
        (false, 0) => "Something needs you: see `outpost outbox`.".to_owned(),
        (false, waiting) => {
            format!("{} safe on this device, not sent yet.", count(waiting, "record", "records"))
        }
    }
}

/// The difference of the clocks.
#[must_use]
pub fn skew(skew_ms: i64) -> String {
    match skew_ms.abs() {
        0..5_000 => "right".to_owned(),
        _ if skew_ms > 0 => format!("{} s behind the server", skew_ms / 1_000),
        _ => format!("{} s ahead of the server", -skew_ms / 1_000),
    }
}

/// A size.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// A moment of this device, in UTC.
#[must_use]
pub fn moment(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms)
        .map_or_else(|_| UNKNOWN.to_owned(), |it| it.to_string())
}

/// Signed in with the server.
#[must_use]
pub fn signed_in(username: &str, server: &str) -> String {
    format!("Signed in as {username} at {server}.\n")
}

/// Signed in without network.
#[must_use]
pub fn signed_in_offline(username: &str) -> String {
    format!("Signed in as {username} without network. Work is kept here until there is some.\n")
}

/// Signed out.
#[must_use]
pub fn signed_out(unsent: u64) -> String {
    match unsent {
        0 => "Signed out. The data stays here, locked.\n".to_owned(),
        _ => format!("Signed out. {} stay here, locked.\n", count(unsent, "record", "records")),
    }
}

/// What an upload did.
#[must_use]
pub fn sent(synced: u64, rejected: u64, deferred: u64) -> String {
    let mut text = format!("{} sent.", count(synced, "record", "records"));
    if rejected > 0 {
        text.push_str(&format!(" {rejected} refused: see `outpost outbox`."));
    }
    if deferred > 0 {
        text.push_str(&format!(" {deferred} put off to the next time."));
    }
    text
}

/// What a pull of metadata did.
#[must_use]
pub fn metadata(changed: u64, removed: u64) -> String {
    match (changed, removed) {
        (0, 0) => "Forms and places are up to date.".to_owned(),
        _ => format!("Forms and places: {changed} new or changed, {removed} gone."),
    }
}

/// What a download did.
#[must_use]
pub fn downloaded(records: u64) -> String {
    format!("{} fetched.", count(records, "record", "records"))
}

/// New conflicts.
#[must_use]
pub fn new_conflicts(conflicts: u64) -> String {
    let records = count(conflicts, "record was", "records were");
    format!("{records} changed here and on the server: see `outpost conflicts`.")
}

/// What a synchronisation cost.
#[must_use]
pub fn cost(requests: u64, size: u64) -> String {
    format!("{}, {}.", count(requests, "request", "requests"), bytes(size))
}

/// A row waits again.
#[must_use]
pub fn retried(id: i64) -> String {
    format!("Row {id} waits to be sent again.\n")
}

/// A row was given up.
#[must_use]
pub fn discarded(id: i64) -> String {
    format!("Row {id} was given up. The journal keeps it.\n")
}

/// A conflict was decided.
#[must_use]
pub fn resolved(id: i64) -> String {
    format!("Row {id} is decided. The journal keeps the other version.\n")
}

/// Whether the journal is whole.
#[must_use]
pub fn journal(verdict: &JournalVerdict) -> String {
    match verdict.first_bad {
        None => format!("The journal is whole: {} entries.\n", verdict.entries),
        Some(id) => format!("The journal was changed at entry {id}. Call support.\n"),
    }
}

/// The sandbox is up.
#[must_use]
pub fn sandbox_runs(address: &str) -> String {
    format!("The sandbox runs at {address}. Stop it with Ctrl+C.\n")
}

/// No form on the device.
pub const NO_FORMS: &str = "No data sets or event programs for you on this device. \
     Fetch what is new: outpost pull\n";
/// How an event program is filled in.
pub const EVENTS: &str = "events";
/// Questions in no section.
pub const NO_SECTION: &str = "Other questions";
/// `record set` without anything to set.
pub const NO_VALUES: &str = "give at least one NAME=VALUE, --comment or --follow-up";
/// No event fits.
pub const NO_EVENTS: &str = "No events here.\n";

/// How much of a report is filled in.
#[must_use]
pub fn filled(filled: u32, asked: u32, completed: bool) -> String {
    let complete = if completed { ", complete" } else { "" };
    format!("{filled} of {asked} cells filled in{complete}.\n")
}

/// What an import does.
pub const IMPORTING: &str = "Import";
/// More refused records than are shown.
pub const MORE_REFUSED: &str = "… and more; --json lists up to 1,000 of them.\n";
/// Too much on standard input.
pub const STDIN_TOO_LARGE: &str = "too much on standard input; give the path of the file instead";

/// What an import did.
#[must_use]
pub fn imported(records: u64, saved: u64, unchanged: u64) -> String {
    let records = count(records, "record", "records");
    format!("{records} read: {saved} saved, {unchanged} were there already.\n")
}

/// Records of an import that were refused.
#[must_use]
pub fn import_refused(refused: u64) -> String {
    let records = count(refused, "record was", "records were");
    format!("{records} refused; nothing of them was saved:\n")
}

/// No folder for the data.
pub const NO_HOME: &str = "there is no home folder; say where the data is to be kept (--home DIR)";

/// A side of a rule without value.
pub const NO_VALUE: &str = "no value";
/// An indicator that looks at data of elsewhere.
pub const NOT_ALL_HERE: &str = "the server may know more";
/// Nothing speaks against a record.
pub const NOTHING_AGAINST: &str = "Nothing speaks against it.\n";
/// A form without drafts.
pub const NO_DRAFTS: &str = "No drafts.\n";

/// A validation rule that does not hold.
#[must_use]
pub fn does_not_hold(rule: &str) -> String {
    format!("Does not hold: {rule}\n")
}

/// How both sides of a rule should stand to each other.
#[must_use]
pub const fn relation(operator: RuleOperator) -> &'static str {
    match operator {
        RuleOperator::EqualTo => "— should be the same as —",
        RuleOperator::NotEqualTo => "— should not be the same as —",
        RuleOperator::GreaterThan => "— should be more than —",
        RuleOperator::GreaterThanOrEqualTo => "— should not be less than —",
        RuleOperator::LessThan => "— should be less than —",
        RuleOperator::LessThanOrEqualTo => "— should not be more than —",
        RuleOperator::CompulsoryPair => "— should be there together with —",
        RuleOperator::ExclusivePair => "— should not be there together with —",
    }
}

/// An indicator or rule that cannot be computed.
#[must_use]
pub fn not_computed(why: impl std::fmt::Display) -> String {
    format!("cannot be computed ({why})")
}

/// A value that a rule filled in.
#[must_use]
pub fn assigned(name: &str, value: &str) -> String {
    match value.is_empty() {
        true => format!("Emptied by itself: {name}\n"),
        false => format!("Filled in by itself: {name} = {value}\n"),
    }
}

/// An answer that a rule took out.
#[must_use]
pub fn set_aside(name: &str, value: &str) -> String {
    format!("Set aside, not part of the record: {name} = {value}\n")
}

/// Questions that rules hide.
#[must_use]
pub fn not_asked(names: &[&str], shown: usize) -> String {
    match names.len() {
        0 => String::new(),
        many if many > shown => format!("Not asked: {many} questions\n"),
        _ => format!("Not asked: {}\n", names.join(", ")),
    }
}

/// A question is asked now.
#[must_use]
pub fn appears(name: &str) -> String {
    format!("Now asked: {name}\n")
}

/// A question is not asked any more.
#[must_use]
pub fn disappears(name: &str) -> String {
    format!("No longer asked: {name}\n")
}

/// A question that must be answered now.
#[must_use]
pub fn becomes_mandatory(name: &str) -> String {
    format!("Must be answered: {name}\n")
}

/// Other options than before.
#[must_use]
pub fn options_changed(name: &str) -> String {
    format!("Other options to choose from: {name}\n")
}

/// A warning, at a question or about the whole.
#[must_use]
pub fn warning(name: &str, words: &str) -> String {
    match name.is_empty() {
        true => format!("Warning: {words}\n"),
        false => format!("Warning: {name}: {words}\n"),
    }
}

/// An error, at a question or about the whole.
#[must_use]
pub fn error_at(name: &str, words: &str) -> String {
    match name.is_empty() {
        true => format!("Error: {words}\n"),
        false => format!("Error: {name}: {words}\n"),
    }
}

/// A rule that cannot be computed.
#[must_use]
pub fn broken_rule(rule: &str, why: &str) -> String {
    format!("Rule {rule} {}: tell the administrator\n", not_computed(why))
}

/// A rule that assigns something else every time.
#[must_use]
pub fn rule_in_circle(rule: &str) -> String {
    format!("Rule \"{rule}\" goes round in a circle: tell the administrator\n")
}

/// What is wrong with the metadata of a form.
#[must_use]
pub fn form_problems(problems: &[String]) -> String {
    match problems.is_empty() {
        true => String::new(),
        false => format!("\nFor the administrator:\n  {}\n", problems.join("\n  ")),
    }
}

/// The lines of `form fill`.
pub const FILL_HELP: &str =
    "NAME=VALUE, show, check, save, complete, draft, date DATE, discard, quit";
/// A line that is no command.
pub const FILL_UNKNOWN: &str =
    "write NAME=VALUE, or one of show, check, save, complete, draft, date DATE, discard, quit";
/// A line beyond the limit.
pub const FILL_TOO_LONG: &str = "the line is too long";
/// A line in another encoding.
pub const FILL_NO_TEXT: &str = "the line is not in UTF-8";
/// `draft` in a report.
pub const NO_DRAFT_OF_REPORT: &str = "a report needs no draft: every good value is saved at once";
/// `date` in a report.
pub const NO_DATE_OF_REPORT: &str = "a report has a period, not a date";
/// `save` in a report.
pub const SAVED_AT_ONCE: &str = "Everything is saved.\n";
/// `discard`.
pub const DISCARDED: &str = "What was not saved is forgotten.\n";
/// A validation rule holds again.
pub const HOLDS_AGAIN: &str = "A rule that did not hold holds now.\n";

/// A draft was kept.
#[must_use]
pub fn draft_kept(program: impl std::fmt::Display, event: impl std::fmt::Display) -> String {
    format!("Kept as a draft. Go on: outpost form fill --program {program} --event {event}\n")
}

/// What may be answered.
#[must_use]
pub fn one_of(codes: &[&str], shown: usize) -> String {
    match codes.len() > shown {
        true => "code of an option".to_owned(),
        false => format!("one of {}", codes.join(", ")),
    }
}
