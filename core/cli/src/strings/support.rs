//! What `support …` says.

use std::path::Path;

use outpost_engine::model::{
    NoticeWay, SUPPORT_DAYS, SupportAnswer, SupportClock, SupportReport, SupportReportRow,
    SupportSettings, SupportSummary, SupportView,
};

use crate::output::table;

/// `support file`
pub const FILE: &str = "\
Examples:
  outpost support file --org-unit 'Clinic A' --title 'Nothing is sent' --problem NOT_SENDING
  outpost support file --org-unit 'Clinic A' --title 'Screen cracked' --problem PHONE_BROKEN \\
    --device 17 --caller 'Amina K.' --phone '+232 76 123456' --minutes-ago 40
Works without network: the request waits with everything else. If an open request is about the
same trouble of the same device it is shown instead; --anyway files it nevertheless.";
/// `support queue`
pub const QUEUE: &str = "\
Examples:
  outpost support queue --tier 1 --org-unit 'Chiefdom North'
  outpost support queue --mine --json
Made is the time since the user made it, received since the team had it.";
/// `support show`
pub const SHOW: &str = "Example:\n  outpost support show c5dZk6LmN7s";
/// `support acknowledge`
pub const ACKNOWLEDGE: &str = "Example:\n  outpost support acknowledge c5dZk6LmN7s";
/// `support reply`
pub const REPLY: &str = "\
Example:
  outpost support reply c5dZk6LmN7s --text 'Switch flight mode off, then tap Send now'
To your own request you add as its user. A reply of the team counts as its acknowledgement.";
/// `support note`
pub const NOTE: &str = "Example:\n  outpost support note c5dZk6LmN7s --text 'spare phone ordered'";
/// `support wait`
pub const WAIT: &str = "Example:\n  outpost support wait c5dZk6LmN7s --text 'Which light is on?'";
/// `support answered`
pub const ANSWERED: &str = "Example:\n  outpost support answered c5dZk6LmN7s --text 'the red one'";
/// `support go-on`
pub const GO_ON: &str = "Example:\n  outpost support go-on c5dZk6LmN7s";
/// `support resolve`
pub const RESOLVE: &str =
    "Example:\n  outpost support resolve c5dZk6LmN7s --text 'the SIM card had no data left'";
/// `support invalid`
pub const INVALID: &str =
    "Example:\n  outpost support invalid c5dZk6LmN7s --text 'the same as d7fRk1LmN2w'";
/// `support reopen`
pub const REOPEN: &str = "Example:\n  outpost support reopen c5dZk6LmN7s --text 'it is back'";
/// `support escalate`
pub const ESCALATE: &str = "\
Examples:
  outpost support escalate c5dZk6LmN7s --to 2 --reason 'needs another form'
  outpost support escalate --due
Requests that nobody acknowledges in time move up by themselves; --due only writes it down.";
/// `support report`
pub const REPORT: &str = "\
Examples:
  outpost support report --from 2026-11-01 --to 2026-11-30 --csv november.csv
  outpost support report --chart support.png
In time is counted for the tier that had the request when somebody reacted or the limit passed.";
/// `support answers`
pub const ANSWERS: &str = "Example:\n  outpost support answers --problem NOT_SENDING --language fr";
/// `support contact`
pub const CONTACT: &str = "Example:\n  outpost support contact --org-unit 'Clinic A'";
/// `support intake`
pub const INTAKE: &str = "\
Examples:
  outpost support intake --mbox /var/mail/support --org-unit 'North District'
  outpost support intake --eml letter.eml --org-unit 'Clinic A' --json
  outpost support intake --imap mail.example.org --imap-user support --org-unit 'North District' \\
    < password
Each e-mail is taken in once. Automatic answers file nothing, and no e-mail stops a clock: who sent
one cannot be known. Attachments are named, never opened. On a server what was taken in gets the
keyword OutpostTaken, so that people may read the mailbox too; where keywords are not kept it counts
as read. Nothing is deleted or moved there.";
/// `support settings`
pub const SETTINGS: &str = "\
Example:
  outpost support settings --set support.json
{\"tiers\":[{\"name\":\"Supervisor\"},{\"name\":\"District\",\"level\":3}],
 \"acknowledgeWithinHours\":12, \"resolveWithinHours\":72, \"escalatesByTime\":true,
 \"calendar\":{\"offset\":\"+02:00\",\"week\":{\"monday\":[\"08:00-12:00\",\"13:00-17:00\"]},
   \"holidays\":[\"2026-12-25\"]},
 \"contacts\":[{\"organisationUnit\":\"UID\",\"tier\":1,\"name\":\"…\",
   \"phone\":\"…\",\"email\":\"…\"}]}
Without a calendar the limits run round the clock. Kept on the server (data store, namespace
outpost, key support).";
/// `support notify`
pub const NOTIFY: &str = "\
Examples:
  outpost support notify --webhook https://desk.example.org/hook
  outpost support notify --smtp mail.example.org --from support@example.org \\
    --smtp-user support < password.txt
Meant to be run every few minutes. What could not be told is told with the next run; nobody is told
twice by the same way: what was told by e-mail and by webhook is remembered for each.";
/// `support mirror`
pub const MIRROR: &str = "Example:\n  outpost support mirror c5dZk6LmN7s";

/// Work stands still until it is solved.
const URGENT: &str = "urgent";
/// Nothing in the list.
pub const NOTHING: &str = "No requests of that kind here.\n";
/// No contact is set.
pub const NO_CONTACT: &str = "Nobody is named for this place. See: outpost support settings\n";
/// Nothing to tell.
pub const NOTHING_TO_TELL: &str = "Nothing to tell.\n";
/// No way was named by which to tell.
pub const NO_WAY: &str = "name --webhook, --smtp or --dry-run";
/// No e-mail came.
pub const NO_LETTERS: &str = "No e-mail to take in.\n";
/// A file that is no mailbox.
pub fn no_mailbox(path: &Path) -> String {
    format!(
        "{} is no mailbox file (mbox): each e-mail in one begins with a line `From …`. A file with \
         one e-mail is taken in with --eml",
        path.display()
    )
}
/// Nobody can be written to.
pub const NO_ADDRESS: &str = "no e-mail address is known for whoever is to be told: give the \
                              contact one (outpost support settings), or name --webhook";
/// A way by which notices are told.
pub const fn way(way: NoticeWay) -> &'static str {
    match way {
        NoticeWay::Email => "e-mail",
        NoticeWay::Webhook => "webhook",
    }
}
/// A code that is none.
pub const PROBLEM: &str = "it is one of the codes that `outpost support answers` lists, or \
                           SIM_CHANGED, OTHER";
/// A time that is none.
pub const TIME: &str = "a time is written like 2026-11-30T08:15+02:00 or 2026-11-30T06:15:00Z";
/// A day that is none.
pub const DAY: &str = "a day is written like 2026-11-30";

/// `2 d 3 h`, `14 min`.
pub fn age(ms: Option<i64>) -> String {
    let Some(ms) = ms else { return "?".to_owned() };
    let minutes = ms / 60_000;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes:02}"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

fn when(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).ok();
    time.map(|time| time.strftime("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default()
}

fn level(summary: &SupportSummary) -> String {
    match (summary.state, summary.level) {
        ("NEW", 100) => "LATE".to_owned(),
        ("NEW", level) => format!("{level} %"),
        _ => String::new(),
    }
}

/// `support queue`
pub fn queue(items: &[SupportSummary]) -> String {
    if items.is_empty() {
        return NOTHING.to_owned();
    }
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|it| {
            let state = match it.user_waits && it.state != "NEW" {
                true => format!("{} (answered)", it.state),
                false => it.state.to_owned(),
            };
            vec![
                it.id.to_string(),
                format!("{} {}", it.tier, it.tier_name),
                state,
                level(it),
                if it.urgent { URGENT.to_owned() } else { String::new() },
                age(it.since_made_ms),
                age(it.since_received_ms),
                it.problem.to_owned(),
                it.channel.to_owned(),
                it.reporter.clone(),
                it.place_name.clone(),
                it.title.clone(),
            ]
        })
        .collect();
    let heads = [
        "Id", "Tier", "State", "Limit", "Urgent", "Made", "Received", "Problem", "Channel", "From",
        "Place", "Title",
    ];
    table(&heads, &rows)
}

fn clock(name: &str, clock: &SupportClock) -> String {
    let used = age(Some(clock.used_ms));
    let limit = age(Some(clock.limit_ms));
    match clock.state {
        "not_started" => format!("{name}: the team has not received it yet; limit {limit}\n"),
        "running" if clock.left_ms < 0 => {
            format!("{name}: LATE by {}, limit {limit}\n", age(Some(-clock.left_ms)))
        }
        "running" => {
            let due = clock.due_ms.map(when).unwrap_or_default();
            format!("{name}: {used} of {limit}, until {due}\n")
        }
        "frozen" => {
            format!("{name}: stands still, {} left of {limit}\n", age(Some(clock.left_ms)))
        }
        "in_time" => format!("{name}: in time, after {used} of {limit}\n"),
        _ => format!("{name}: late, after {used}; limit {limit}\n"),
    }
}

/// Whose request it is and what it is about.
fn about(view: &SupportView) -> String {
    let (it, links) = (&view.summary, &view.links);
    let urgent = if it.urgent { format!(", {URGENT}") } else { String::new() };
    let mut text = format!("{}\nId: {}\n", it.title, it.id);
    text.push_str(&format!("From: {}, {}\n", it.reporter, it.place_name));
    if let Some(phone) = &view.phone {
        text.push_str(&format!("Telephone: {phone}\n"));
    }
    text.push_str(&format!("Problem: {}{urgent}\nChannel: {}\n", it.problem, it.channel));
    let linked = [
        ("Device", &links.device),
        ("SIM", &links.sim),
        ("Form", &links.form),
        ("Batch", &links.batch),
        ("Error", &links.error),
    ];
    for (name, value) in linked {
        if let Some(value) = value {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    if !view.text.is_empty() {
        text.push_str(&format!("{}\n", view.text));
    }
    if let Some(diagnostics) = &links.diagnostics {
        text.push_str(&format!("Diagnostics: {diagnostics}\n"));
    }
    text
}

/// `support show`
pub fn show(view: &SupportView) -> String {
    let it = &view.summary;
    let mut text = about(view);
    text.push_str(&format!("State: {}, tier {} {}\n", it.state, it.tier, it.tier_name));
    let made = view.made_ms.map(when).unwrap_or_else(|| "not known".to_owned());
    let received = view.received_ms.map(when).unwrap_or_else(|| "not yet".to_owned());
    text.push_str(&format!("Made: {made}, {} ago\n", age(it.since_made_ms)));
    text.push_str(&format!("Received: {received}, {} ago\n", age(it.since_received_ms)));
    if let Some(entered) = view.entered_ms {
        text.push_str(&format!("Written down: {}\n", when(entered)));
    }
    text.push_str(&clock("To acknowledge", &view.acknowledging));
    if let Some(resolving) = &view.resolving {
        text.push_str(&clock("To solve", resolving));
    }
    if let Some(contact) = &view.contact {
        let phone = contact.phone.as_deref().unwrap_or_default();
        text.push_str(&format!("Call: {} {phone}\n", contact.name));
    }
    for step in &view.steps {
        let to = step.to_tier.map(|tier| format!(" to tier {tier}")).unwrap_or_default();
        let by = if step.by.is_empty() { "-" } else { &step.by };
        text.push_str(&format!("{}  {}{to}  {by}  {}\n", when(step.at_ms), step.kind, step.text));
    }
    text
}

/// `support report`
pub fn report(report: &SupportReport) -> String {
    let row = |row: &SupportReportRow| {
        let percent = row.in_time_percent.map(|it| format!("{it:.1} %")).unwrap_or_default();
        vec![
            row.tier.map_or_else(|| "all".to_owned(), |tier| format!("{tier} {}", row.tier_name)),
            row.district_name.clone(),
            row.received.to_string(),
            percent,
            row.late.to_string(),
            row.overdue.to_string(),
            age(row.median_received_ms),
            age(row.median_made_ms),
            row.backlog.to_string(),
        ]
    };
    let rows: Vec<_> = report.rows.iter().chain([&report.total]).map(row).collect();
    let heads = [
        "Tier",
        "District",
        "Received",
        "In time",
        "Late",
        "Overdue",
        "Median (received)",
        "Median (made)",
        "Open",
    ];
    let mut text = table(&heads, &rows);
    let causes = report.causes.iter().map(|(code, count)| format!("{code} {count}"));
    let causes: Vec<String> = causes.collect();
    if !causes.is_empty() {
        text.push_str(&format!("\nMost frequent: {}\n", causes.join(", ")));
    }
    text
}

/// `support answers`
pub fn answers(answers: &[SupportAnswer], asked: &str, shown: &str) -> String {
    // A region has the answers of its language.
    let is_other = asked.split(['-', '_']).next().is_none_or(|it| !it.eq_ignore_ascii_case(shown));
    let remark = match is_other {
        true => format!("There are no answers in `{asked}`; these are in English.\n\n"),
        false => String::new(),
    };
    let one = |answer: &SupportAnswer| {
        let steps = answer.steps.iter().enumerate();
        let steps: String = steps.map(|(at, step)| format!("  {}. {step}\n", at + 1)).collect();
        format!("{} ({})\n{steps}  {}\n", answer.title, answer.problem.code(), answer.then)
    };
    remark + &answers.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn calendar(settings: &SupportSettings) -> String {
    let Some(calendar) = settings.calendar_document() else {
        return "Limits run round the clock\n".to_owned();
    };
    let mut text = format!("Limits run in working hours ({}):\n", calendar.offset);
    for day in SUPPORT_DAYS {
        if let Some(spans) = calendar.week.get(day) {
            text.push_str(&format!("  {day:9}  {}\n", spans.join(", ")));
        }
    }
    if !calendar.holidays.is_empty() {
        text.push_str(&format!("Holidays: {}\n", calendar.holidays.join(", ")));
    }
    text
}

/// `support settings`
pub fn settings(settings: &SupportSettings, problem: Option<&str>) -> String {
    let mut text = String::new();
    if let Some(problem) = problem {
        text.push_str(&format!("What is set cannot be used, this holds instead: {problem}\n"));
    }
    for (at, tier) in settings.tiers.iter().enumerate() {
        text.push_str(&format!("Tier {}: {}. {}\n", at + 1, tier.name, tier.does));
    }
    text.push_str(&format!("To acknowledge: {}\n", age(Some(settings.acknowledge_within_ms))));
    if let Some(limit) = settings.resolve_within_ms {
        text.push_str(&format!("To solve: {}\n", age(Some(limit))));
    }
    let by_time = if settings.escalates_by_time { "yes" } else { "no" };
    text.push_str(&format!("Moves up by itself when late: {by_time}\n"));
    text.push_str(&calendar(settings));
    text.push_str(&format!("Contacts: {}\n", settings.contacts.len()));
    text
}
