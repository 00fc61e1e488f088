//! Every sentence that the command line says, in one place.
//!
//! Short, plain English; the person acts, the program does. Never holds a value of a person.

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
  6  an entry rule refused a value; nothing of that value was written
  7  the storage: full, in use, damaged or locked
  8  stopped by a person";
    /// `login`
    pub const LOGIN: &str = "\
Example:
  printf '%s\\n' \"$PASSWORD\" | outpost login --server https://dhis2.example.org --user nurse \\
    --password-stdin
The password is never taken from the command line. On a terminal it is asked for without showing it.";
    /// `logout`
    pub const LOGOUT: &str = "Example:\n  outpost logout";
    /// `status`
    pub const STATUS: &str = "Example:\n  outpost status --json";
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
    pub const RECORD_COMPLETE: &str =
        "Example:\n  outpost record complete --data-set DS --period 202609 --org-unit OU";
    /// `record incomplete`
    pub const RECORD_INCOMPLETE: &str =
        "Example:\n  outpost record incomplete --data-set DS --period 202609 --org-unit OU";
    /// `event add`
    pub const EVENT_ADD: &str = "\
Example:
  outpost event add --program 'Water point' --org-unit 'Clinic A' --occurred 2026-09-14 \\
    --complete 'Water flows=true' 'Depth in m=12'";
    /// `event set`
    pub const EVENT_SET: &str = "Example:\n  outpost event set a7bXk2LmN9q 'Depth in m=13'";
    /// `event complete`
    pub const EVENT_COMPLETE: &str = "Example:\n  outpost event complete a7bXk2LmN9q";
    /// `event delete`
    pub const EVENT_DELETE: &str =
        "Example:\n  outpost event delete a7bXk2LmN9q --reason 'entered twice'";
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
