//! What `sim …` says.

use outpost_engine::model::{SimHistory, SimRow};

use crate::output::table;

/// `sim put`
pub const PUT: &str = "\
Examples:
  outpost sim put 0147 --iccid 8925600000000000012 --msisdn +256700123456 --glued-by Amina
  outpost sim put 0147 --iccid 8925600000000000012 --moved
The time of the card that was inside ends today. Exit code 6 if the card is known in another phone;
with --moved it is taken out there.";
/// `sim step`
pub const STEP: &str = "\
Examples:
  outpost sim step 8925600000000000012 blocked --reason 'the phone was stolen'
  outpost sim step +256700123456 in-stock --reason 'taken out of 0147'
A card that is in stock or retired is in no phone. One that was blocked and never left its phone is
in-phone again when the operator opens it. Exit code 6 for a state that does not follow.";
/// `sim list`
pub const LIST: &str = "\
Examples:
  outpost sim list --state in-stock --org-unit 'North District'
  outpost sim list --in-two";
/// `sim show`
pub const SHOW: &str = "Example:\n  outpost sim show 8925600000000000012";
/// `sim import`
pub const IMPORT: &str = "\
Examples:
  outpost sim import --dry-run delivery.csv --org-unit 'North District'
  outpost sim import delivery.csv --org-unit 'North District'
Columns: iccid, and if known msisdn, operator, org_unit. Spreadsheets shorten long numbers: format
the column as text before typing or pasting. PIN and PUK have no column: they stay on paper. Exit
code 2 with every wrong line if one is wrong; then nothing is taken in.";
/// `sim export`
pub const EXPORT: &str = "\
Examples:
  outpost sim export --state in-stock --out stock.csv
  outpost sim export --pairs --out pairs.csv";

/// Cards as a list.
#[must_use]
pub fn list(rows: &[SimRow]) -> String {
    if rows.is_empty() {
        return "No SIM card fits.\n".to_owned();
    }
    let cells = |row: &SimRow| {
        let card = row.sim.card.clone();
        let phones: Vec<&str> = row.open().map(|it| it.device_number.as_str()).collect();
        let state = row.sim.state.words().to_owned();
        vec![card.iccid, card.msisdn, card.operator, state, phones.join(" and ")]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    table(&["SIM card", "Phone number", "Operator", "State", "Phone"], &rows)
}

/// One card in a line.
#[must_use]
pub fn line(row: &SimRow) -> String {
    let mut text = format!("SIM card {}: {}", row.sim.card.iccid, row.sim.state.words());
    let phones: Vec<&str> = row.open().map(|it| it.device_number.as_str()).collect();
    match phones.as_slice() {
        [] => {}
        [phone] => text.push_str(&format!(", phone {phone}")),
        phones => text.push_str(&format!(
            "\nIt stands in phones {}: look where it is, then outpost sim put NUMBER --iccid {} \
             --moved",
            phones.join(" and "),
            row.sim.card.iccid
        )),
    }
    text.push('\n');
    text
}

/// A card with its history.
#[must_use]
pub fn history(history: &SimHistory) -> String {
    let card = &history.row.sim.card;
    let mut text = line(&history.row);
    let pairs = [
        ("Place", &history.place_name),
        ("Phone number", &card.msisdn),
        ("Operator", &card.operator),
    ];
    for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{name:<14}{value}\n"));
    }
    let pairings = history.row.pairings.iter().map(|it| {
        let it = it.clone();
        vec![it.device_number, it.from, it.to, it.put_by, it.glued_on]
    });
    let pairings: Vec<Vec<String>> = pairings.collect();
    if !pairings.is_empty() {
        text.push('\n');
        text.push_str(&table(&["Phone", "From", "Until", "Put in by", "Glued"], &pairings));
    }
    let changes = history.changes.iter().map(|it| {
        let state = it.state.map_or("", |state| state.words()).to_owned();
        vec![it.done_at.clone(), state, it.done_by.clone(), it.reason.clone()]
    });
    let changes: Vec<Vec<String>> = changes.collect();
    if !changes.is_empty() {
        text.push('\n');
        text.push_str(&table(&["When", "State", "By", "Why"], &changes));
    }
    text
}
