//! What `device …` and `rollout …` say.

use outpost_engine::model::{DeviceHistory, DeviceImport, DeviceReport, DeviceRow, MyPhoneView};
use outpost_engine::rollout::device::{AuditLine, LeaseState, WipeStep};
use outpost_engine::rollout::table::LineProblem;

use crate::output::table;

/// `rollout package`
pub const PACKAGE: &str = "\
Examples:
  outpost rollout package --out rollout.json --below OuNationLow --label-key 2026=8a88e3…
  outpost rollout package --out rollout.json --update --at OuClinicAaa --at OuClinicBbb
DHIS2 uses a program at the places that are named and at none below them: name every place with
--at, or let --below name all of them. Records at other places are refused. Import it as an
administrator: Import/Export app, or POST /api/metadata. Then put people into the user groups
Roll-out: health workers, supervisors, district officers, centre. It holds objects of its own
only. DHIS2 replaces the list of places at every import, so name them all, also with
--update. If one of the user groups was deleted on the server, import once without --update.";
/// `device add`
pub const ADD: &str = "\
Examples:
  outpost device add --org-unit 'Clinic A' --fact serial=R58N1 --fact imei_1=490154203237518
  outpost device add 0147 --org-unit OuClinicAaa --fact model=A14 --fact ownership=PERSONAL";
/// `device set`
pub const SET: &str = "Example:\n  outpost device set 0147 model='A14 5G' storage_gb=64";
/// `device move`
pub const MOVE: &str = "\
Example:
  outpost device move 0147 --org-unit 'Clinic A'
Whoever captures at the new place sees the device; its history stays.";
/// `device renumber`
pub const RENUMBER: &str = "\
Example:
  outpost device renumber WF0XnNAtb7F
Two people without network may give one number twice; the server takes one of them and refuses the
other. After this the refused one goes up again. Print its label and agreement anew.";
/// `device list`
pub const LIST: &str = "Example:\n  outpost device list --state in-use --org-unit 'Clinic A'";
/// `device show`
pub const SHOW: &str = "Example:\n  outpost device show 0147";
/// `device report`
pub const REPORT: &str = "Example:\n  outpost device report";
/// `device import`
pub const IMPORT: &str = "\
Examples:
  outpost device import --dry-run delivery.csv --org-unit 'North District'
  outpost device import delivery.csv --org-unit 'North District'
The first line names the columns: those that `device export` writes, in any order. A device is known
by number, serial, imei_1, imei_2 or iccid. Exit code 2 with every wrong line if one is wrong; then
nothing is taken in.";
/// `device export`
pub const EXPORT: &str = "Example:\n  outpost device export --state in-use --out mdm.csv";
/// `device label-key`
pub const LABEL_KEY: &str = "\
Example:
  outpost device label-key
Give the key to `rollout package --label-key`, so that everybody can read the labels.";
/// `device label-text`
pub const LABEL_TEXT: &str = "Example:\n  outpost device label-text 0147 0148 --paper L7160";
/// `device prepare`
pub const PREPARE: &str = "\
Examples:
  outpost device prepare --app-version 1.4.0
  outpost device prepare --finish
Scan the label of a box, then the phone in it, and so on. A wrong pair is told and put aside; scan
it again when it is put right. What was scanned is kept, whatever happens to this machine. Exit
code 6 if boxes are mixed up or a scan could not be used.";
/// `device hand-over`
pub const HAND_OVER: &str = "\
Examples:
  outpost device hand-over --box 0147 --phone 490154203237518
  outpost device hand-over --to 'Mary O.' --user mary --org-unit 'Clinic A' --condition new
  outpost device hand-over --signed 'health_worker=Mary O.' --signed supervisor=Amina
  outpost device hand-over --stamped 1 --stamped 2 --copy 1=district --copy 2=on-the-way --finish
Each call shows what comes next and what is open. Exit code 6 if box and phone are mixed up.";
/// `device close`
pub const CLOSE: &str =
    "Example:\n  outpost device close 0147 --signed 'council=A. Okello' --copy 2=box-file";
/// `device return`
pub const RETURN: &str = "\
Example:
  outpost device return --phone 0147 --condition worn --accessories charger \\
    --signed 'health_worker=Mary O.' --signed supervisor=Amina --wiped yes \\
    --reason 'leaves the program' --finish";
/// `device audit …`
pub const AUDIT: &str = "\
Examples:
  outpost device audit begin --org-unit 'Clinic A'
  outpost device audit scan 0147 --with 'Mary O.'
  outpost device audit explain 0150 --reason 'in the workshop'
  outpost device audit take-back 0152
  outpost device audit finish";
/// `device step`
pub const STEP: &str = "Example:\n  outpost device step 0147 in-repair --reason 'screen broken'";
/// `device lost`
pub const LOST: &str =
    "Example:\n  outpost device lost 0147 --stolen --reason 'taken from the car' --lock --wipe";
/// `device lock`
pub const LOCK: &str = "\
Examples:
  outpost device lock 0147
  outpost device lock 0147 --at-once
A phone whose account is locked asks the server nothing any more. If it is to be wiped, wait until
device show says that it is wiped; --at-once locks without waiting.";
/// `device wiped`
pub const WIPED: &str = "Example:\n  outpost device wiped 0147 --reason 'it told so at 10:15'";
/// `device claim`
pub const CLAIM: &str = "\
Example:
  outpost device claim 0147 --month 202610 --amount 8000 --currency UGX --allowance 10000 \\
    --data-used 5000000";
/// `device wipe-here`
pub const WIPE_HERE: &str = "\
Examples:
  outpost device wipe-here --yes
  outpost device wipe-here --yes --export /media/stick/phone-0147.tar
With unsent work it goes no further without --export; the export opens with a recovery key
(outpost site restore).";
/// `device mine`
pub const MINE: &str = "\
Examples:
  outpost device mine --set 0147 --lease-days 14
  outpost device mine --iccid 8925600000000000012
Exit code 6 if the self-check finds something.";

/// No program text.
pub const NO_NAME: &str = "write it as NAME=VALUE";

/// Devices as a list.
#[must_use]
pub fn list(rows: &[DeviceRow]) -> String {
    if rows.is_empty() {
        return "No device fits.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let facts = &row.device.facts;
            vec![
                facts.number.clone(),
                row.device.state.words().to_owned(),
                facts.holder.clone(),
                facts.model.clone(),
                facts.sim.msisdn.clone(),
                facts.district.clone(),
                row.standing.still_open.clone(),
            ]
        })
        .collect();
    table(&["Number", "State", "With", "Model", "SIM", "District", "Open"], &rows)
}

/// One device in a line.
#[must_use]
pub fn line(row: &DeviceRow) -> String {
    let facts = &row.device.facts;
    let mut text = format!("Device {}: {}", facts.number, row.device.state.words());
    if !facts.holder.is_empty() {
        text.push_str(&format!(", with {}", facts.holder));
    }
    if !row.standing.still_open.is_empty() {
        text.push_str(&format!("\nOpen: {}", row.standing.still_open));
    }
    text.push('\n');
    text
}

/// What became of a lost device, and what is to be done.
#[must_use]
pub fn lost(row: &DeviceRow) -> String {
    let (facts, standing) = (&row.device.facts, &row.standing);
    let mut text = line(row);
    let mut say = |sentence: String| text.push_str(&format!("{sentence}\n"));
    let is_lock_waiting = !standing.lock_asked.is_empty() && standing.locked_at.is_empty();
    if !standing.wiped_at.is_empty() {
        say(format!("It was wiped: {}", standing.wiped_at));
    } else if row.awaits_wipe() {
        say("It is wiped when it next has contact with the server.".to_owned());
    }
    match (is_lock_waiting, facts.holder_user.as_str()) {
        (true, "") => say(format!(
            "No account is known of its holder, so none can be locked: outpost device set {} \
             holder_user=…",
            facts.number
        )),
        (true, user) => say(format!(
            "The account {user} is not locked yet: outpost device lock {}",
            facts.number
        )),
        (false, user) if !standing.locked_at.is_empty() => {
            say(format!("The account {user} is locked since {}", standing.locked_at));
        }
        _ => {}
    }
    if !facts.sim.iccid.is_empty() {
        say(format!(
            "Let the operator block its SIM card, then: outpost sim step {} blocked --reason …",
            facts.sim.iccid
        ));
    }
    text
}

/// What a table did or would do.
#[must_use]
pub fn import(import: &DeviceImport) -> String {
    const SHOWN: usize = 50;
    let (added, changed) = (import.added, import.changed);
    let mut text = format!("{added} new, {changed} changed\n");
    for change in import.changes.iter().take(SHOWN) {
        let facts = change.facts.iter().map(|(name, old, new)| match old.as_str() {
            "" => format!("{name} {new}"),
            old => format!("{name} {old} -> {new}"),
        });
        let mut facts: Vec<String> = facts.collect();
        if change.is_moved {
            facts.push("another place".to_owned());
        }
        text.push_str(&format!("  {}: {}\n", change.number, facts.join(", ")));
    }
    if import.changes.len() > SHOWN {
        text.push_str(&format!("  and {} more\n", import.changes.len() - SHOWN));
    }
    text
}

/// A device with its history.
#[must_use]
pub fn history(history: &DeviceHistory) -> String {
    let facts = &history.row.device.facts;
    let mut text = line(&history.row);
    let pairs = [
        ("Place", &history.place_name),
        ("District", &facts.district),
        ("Model", &facts.model),
        ("Serial", &facts.serial),
        ("IMEI 1", &facts.imei_1),
        ("IMEI 2", &facts.imei_2),
        ("SIM card", &facts.sim.iccid),
        ("Phone number", &facts.sim.msisdn),
        ("Accessories", &facts.accessories),
        ("Whom to call", &facts.support_name),
        ("Their number", &facts.support_phone),
        ("Lock asked", &history.row.standing.lock_asked),
        ("Locked", &history.row.standing.locked_at),
        ("Wipe asked", &history.row.standing.wipe_asked),
        ("Wiped", &history.row.standing.wiped_at),
    ];
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{name:<14}{value}\n"));
    }
    text.push('\n');
    let rows: Vec<Vec<String>> = history
        .events
        .iter()
        .map(|event| {
            let state = event.state.map_or("", |state| state.words()).to_owned();
            vec![event.done_at.clone(), event.what.clone(), state, event.done_by.clone(), {
                event.reason.clone()
            }]
        })
        .collect();
    text.push_str(&table(&["When", "What", "State", "By", "Why"], &rows));
    if !history.sims.is_empty() {
        let rows: Vec<Vec<String>> = history
            .sims
            .iter()
            .map(|it| vec![it.sim.iccid.clone(), it.from.clone(), it.to.clone()])
            .collect();
        text.push('\n');
        text.push_str(&table(&["SIM card", "From", "Until"], &rows));
    }
    text
}

/// The registry in numbers.
#[must_use]
pub fn report(report: &DeviceReport) -> String {
    let mut text = format!("Devices: {}\n", report.devices);
    for (state, count) in &report.by_state {
        text.push_str(&format!("  {:<12}{count}\n", state.words()));
    }
    text.push_str(&format!(
        "Agreements with something open: {}\nPersonal: {}\nWithout a known SIM card: {}\n\
         Wrong at the last audit: {}\n\n",
        report.with_something_open, report.personal, report.without_sim, report.wrong_at_last_audit
    ));
    let rows: Vec<Vec<String>> = report
        .by_place
        .iter()
        .map(|(place, states)| {
            let words = states.iter().map(|(state, count)| format!("{count} {}", state.words()));
            vec![place.clone(), words.collect::<Vec<_>>().join(", ")]
        })
        .collect();
    text.push_str(&table(&["Place", "Devices"], &rows));
    text
}

/// Wrong lines of a table.
#[must_use]
pub fn problems(problems: &[LineProblem]) -> String {
    let rows: Vec<Vec<String>> = problems
        .iter()
        .map(|it| vec![it.line.to_string(), it.column.clone(), it.problem.clone()])
        .collect();
    format!("Nothing was taken in.\n{}", table(&["Line", "Column", "What is wrong"], &rows))
}

/// The lines of an audit, each with its reason.
#[must_use]
pub fn audit(name: &str, lines: &[AuditLine], reasons: &[&str]) -> String {
    let found = lines.iter().filter(|it| it.result.code() == "FOUND").count();
    let expected = lines.iter().filter(|it| it.result.code() != "EXTRA").count();
    let rows: Vec<Vec<String>> = lines
        .iter()
        .zip(reasons)
        .map(|(it, reason)| {
            let result = it.result.words().to_owned();
            let why = match (it.result.code(), *reason) {
                ("FOUND", reason) => reason,
                (_, "") => "say why",
                (_, reason) => reason,
            };
            let (holder, with) = (it.holder.clone(), it.seen_with.clone());
            vec![it.number.clone(), result, holder, with, why.to_owned()]
        })
        .collect();
    let table = table(&["Number", "Result", "Should be with", "Seen with", "Why"], &rows);
    format!("{name}: found {found} of {expected}\n{table}")
}

/// The card and what the self-check found.
#[must_use]
pub fn mine(view: &MyPhoneView) -> String {
    let card = &view.card;
    let model = match card.model.as_str() {
        "" => String::new(),
        model => format!(" ({model})"),
    };
    let mut text = format!("This is phone {}{model}\n", card.number);
    for (name, value) in [
        ("With", &card.holder),
        ("Phone number", &card.msisdn),
        ("SIM card ends", &card.iccid_end),
        ("Call", &card.support_name),
        ("at", &card.support_phone),
    ] {
        if !value.is_empty() {
            text.push_str(&format!("{name:<14}{value}\n"));
        }
    }
    for sentence in &card.responsibilities {
        text.push_str(&format!("- {sentence}\n"));
    }
    for finding in &view.findings {
        text.push_str(&format!("! {}\n", finding.words));
    }
    match view.wipe {
        WipeStep::Nothing => {}
        WipeStep::Wipe => text.push_str(
            "! It was reported lost and is to be wiped. Nothing is unsent: outpost device \
             wipe-here --yes\n",
        ),
        WipeStep::ExportThenWipe | WipeStep::LockAndWait => text.push_str(
            "! It was reported lost and is to be wiped. Send what is unsent first (outpost push), \
             or keep it: outpost device wipe-here --yes --export FILE\n",
        ),
    }
    match view.lease {
        LeaseState::AsksPassword => text.push_str(
            "! It was out of contact for too long: sign in with the password (outpost login)\n",
        ),
        LeaseState::Running { days_left: Some(days) } => {
            text.push_str(&format!("Opens without contact for {days} more days\n"));
        }
        LeaseState::Running { days_left: None } => {}
    }
    text
}
