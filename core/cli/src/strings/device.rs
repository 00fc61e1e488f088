//! What `device …` and `rollout …` say.

use outpost_engine::model::{DeviceHistory, DeviceReport, DeviceRow, MyPhoneView};
use outpost_engine::rollout::device::AuditLine;
use outpost_engine::rollout::table::LineProblem;

use crate::output::table;

/// `rollout package`
pub const PACKAGE: &str = "\
Examples:
  outpost rollout package --out rollout.json --at OuNationLow
  outpost rollout package --out rollout.json --update --at OuClinicAaa --label-key 2026=8a88e3…
Import it as an administrator: Import/Export app, or POST /api/metadata. Then put people into the
user groups Roll-out: health workers, supervisors, district officers, centre. It holds objects of
its own only. DHIS2 replaces the list of places at every import, so name them all, also with
--update.";
/// `device add`
pub const ADD: &str = "\
Examples:
  outpost device add --org-unit 'Clinic A' --fact serial=R58N1 --fact imei_1=490154203237518
  outpost device add 0147 --org-unit OuClinicAaa --fact model=A14 --fact ownership=PERSONAL";
/// `device set`
pub const SET: &str = "Example:\n  outpost device set 0147 model='A14 5G' storage_gb=64";
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
code 6 if boxes are mixed up.";
/// `device hand-over`
pub const HAND_OVER: &str = "\
Examples:
  outpost device hand-over --box 0147 --phone 490154203237518
  outpost device hand-over --to 'Mary O.' --user mary --condition new
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
  outpost device audit finish";
/// `device step`
pub const STEP: &str = "Example:\n  outpost device step 0147 in-repair --reason 'screen broken'";
/// `device lost`
pub const LOST: &str =
    "Example:\n  outpost device lost 0147 --stolen --reason 'taken from the car' --lock --wipe";
/// `device lock`
pub const LOCK: &str = "Example:\n  outpost device lock 0147";
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

/// The lines of an audit.
#[must_use]
pub fn audit(name: &str, lines: &[AuditLine]) -> String {
    let found = lines.iter().filter(|it| it.result.code() == "FOUND").count();
    let expected = lines.iter().filter(|it| it.result.code() != "EXTRA").count();
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|it| {
            let result = it.result.words().to_owned();
            vec![it.number.clone(), result, it.holder.clone(), it.seen_with.clone()]
        })
        .collect();
    let table = table(&["Number", "Result", "Should be with", "Seen with"], &rows);
    format!("{name}: found {found} of {expected}\n{table}")
}

/// The card and what the self-check found.
#[must_use]
pub fn mine(view: &MyPhoneView) -> String {
    let card = &view.card;
    let mut text = format!("This is phone {} ({})\n", card.number, card.model);
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
    text
}
