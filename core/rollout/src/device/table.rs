//! Devices as a table for spreadsheets and device management (D12): CSV in and out.
//!
//! A device is recognised by number, serial number, IMEI or ICCID. A table is taken in whole or not at
//! all: every wrong line is told first, with its number and its column.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::facts::{Device, DeviceFacts, SLOTS};
use super::limits::{TABLE_BYTES_MAX, TABLE_LINES_MAX, TABLE_PROBLEMS_MAX};
use super::number::{DeviceNumber, Numbers};

/// The column of the place: id or code of an organisation unit.
pub const PLACE: &str = "org_unit";
/// The column of the state; it is written and never taken in.
pub const STATE: &str = "state";

/// Facts by which a line finds its device, in this order.
const KEYS: [&str; 5] = ["number", "serial", "imei_1", "imei_2", "iccid"];

/// Something wrong in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineProblem {
    /// Line of the file; the heading is line 1.
    pub line: u64,
    /// Column; empty if the whole line is meant.
    pub column: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// What a line does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLine {
    /// Line of the file.
    pub line: u64,
    /// The device that it changes, by its place in the registry that was given; `None`: a new one.
    pub device: Option<usize>,
    /// The facts after it.
    pub facts: DeviceFacts,
    /// The place as the table names it; empty if it does not.
    pub place: String,
}

/// The columns of a table that is written.
#[must_use]
pub fn columns() -> Vec<&'static str> {
    let mut columns: Vec<&str> = SLOTS.iter().map(|(name, ..)| *name).collect();
    columns.insert(1, STATE);
    columns.insert(2, "ownership");
    columns.insert(3, PLACE);
    columns
}

/// Writes a table. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
#[must_use]
pub fn write_table(devices: &[Device]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let columns = columns();
    // Writing to memory does not fail, and every row has as many cells as the heading.
    writer.write_record(&columns).ok();
    for device in devices {
        let cells = columns.iter().map(|column| match *column {
            STATE => device.state.code().to_owned(),
            PLACE => device.place.to_string(),
            column => guarded(device.facts.fact(column).unwrap_or_default()),
        });
        writer.write_record(cells).ok();
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn guarded(cell: String) -> String {
    // A phone number begins with + and is no formula, and apostrophes break other programs.
    let is_number = cell.strip_prefix('+').is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()));
    match cell.starts_with(['=', '+', '-', '@']) && !is_number {
        true => format!("'{cell}"),
        false => cell,
    }
}

fn unguarded(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// Reads a table against the registry: what each line does, or everything that is wrong with it.
///
/// # Errors
/// At most [`TABLE_PROBLEMS_MAX`] problems; then nothing is to be taken in.
pub fn read_table(text: &str, known: &[Device]) -> Result<Vec<TableLine>, Vec<LineProblem>> {
    let whole = |line, problem: String| vec![LineProblem { line, column: String::new(), problem }];
    if text.len() > TABLE_BYTES_MAX {
        return Err(whole(1, format!("the table is larger than {TABLE_BYTES_MAX} bytes")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let heading = text.lines().next().unwrap_or_default();
    // Spreadsheets of many languages write semicolons.
    let separator = if heading.contains(';') && !heading.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let columns = match reader.headers() {
        Ok(heading) => heading.iter().map(|it| it.trim().to_lowercase()).collect::<Vec<_>>(),
        Err(error) => return Err(whole(1, format!("the heading cannot be read: {error}"))),
    };
    let unknown = unknown_columns(&columns);
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let mut reading = Reading::new(known, columns);
    for row in reader.records() {
        match row {
            Ok(row) => reading.line(&row),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                reading.note(
                    line,
                    "",
                    "cannot be read as CSV: look at its quotation marks".to_owned(),
                );
            }
        }
        if reading.lines.len() > TABLE_LINES_MAX {
            return Err(whole(1, format!("more than {TABLE_LINES_MAX} lines: cut the table")));
        }
    }
    reading.finish()
}

fn unknown_columns(columns: &[String]) -> Vec<LineProblem> {
    let known = self::columns();
    let mut problems = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let problem = match known.contains(&column.as_str()) {
            false => format!("no such column: known are {}", known.join(", ")),
            true if columns[..at].contains(column) => "the column stands here twice".to_owned(),
            true => continue,
        };
        problems.push(LineProblem { line: 1, column: column.clone(), problem });
    }
    if problems.is_empty() && !KEYS.iter().any(|key| columns.iter().any(|it| it == key)) {
        let problem = format!("one of {} is needed to know the device", KEYS.join(", "));
        problems.push(LineProblem { line: 1, column: String::new(), problem });
    }
    problems
}

struct Reading<'a> {
    known: &'a [Device],
    columns: Vec<String>,
    by_key: BTreeMap<(&'static str, String), usize>,
    lines: Vec<TableLine>,
    problems: Vec<LineProblem>,
}

/// A value as it is compared: both IMEI are one kind of key, as slots are swapped when typing.
fn key_of(name: &'static str, value: &str) -> (&'static str, String) {
    let name = if name == "imei_2" { "imei_1" } else { name };
    let value = match (name, DeviceNumber::parse(value)) {
        ("number", Ok(number)) => format!("{}{}", number.prefix, number.value),
        _ => value.to_uppercase(),
    };
    (name, value)
}

impl<'a> Reading<'a> {
    fn new(known: &'a [Device], columns: Vec<String>) -> Self {
        let mut by_key = BTreeMap::new();
        for (at, device) in known.iter().enumerate() {
            for name in KEYS {
                let value = device.facts.fact(name).unwrap_or_default();
                if !value.is_empty() {
                    by_key.insert(key_of(name, &value), at);
                }
            }
        }
        Self { known, columns, by_key, lines: Vec::new(), problems: Vec::new() }
    }

    fn note(&mut self, line: u64, column: &str, problem: String) {
        self.problems.push(LineProblem { line, column: column.to_owned(), problem });
    }

    fn line(&mut self, row: &csv::StringRecord) {
        let line = row.position().map_or(0, csv::Position::line);
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        if row.len() != self.columns.len() {
            let (has, wants) = (row.len(), self.columns.len());
            return self.note(line, "", format!("has {has} cells, the heading has {wants}"));
        }
        let mut given = DeviceFacts::default();
        let mut place = String::new();
        let mut ownership = String::new();
        let columns = self.columns.clone();
        for (column, cell) in columns.iter().zip(row.iter().map(unguarded)) {
            match column.as_str() {
                STATE => {}
                PLACE => cell.clone_into(&mut place),
                "ownership" => cell.clone_into(&mut ownership),
                column => {
                    given.set_fact(column, cell);
                }
            }
        }
        let before = self.problems.len();
        let device = self.device_of(line, &given);
        let mut facts = device.map(|at| self.known[at].facts.clone()).unwrap_or_default();
        facts.take_over(given);
        if !ownership.is_empty() && !facts.set_fact("ownership", &ownership) {
            self.note(line, "ownership", "is INSTITUTION or PERSONAL".to_owned());
        }
        match facts.checked() {
            Ok(facts) if self.problems.len() == before => {
                self.lines.push(TableLine { line, device, facts, place });
            }
            Ok(_) => {}
            Err(problems) => {
                for problem in problems {
                    self.note(line, &problem.fact, problem.problem);
                }
            }
        }
    }

    /// The one device that the keys of a line name.
    fn device_of(&mut self, line: u64, given: &DeviceFacts) -> Option<usize> {
        let mut found: Option<(usize, &str)> = None;
        for name in KEYS {
            let value = given.fact(name).unwrap_or_default();
            // A card is moved between phones by `device sim`, not by a table.
            let Some(at) = self.by_key.get(&key_of(name, &value)).copied() else { continue };
            match found {
                Some((other, by)) if other != at => {
                    let (one, two) =
                        (&self.known[other].facts.number, &self.known[at].facts.number);
                    let problem = format!("is device {two}, but {by} is device {one}");
                    self.note(line, name, problem);
                    return None;
                }
                _ => found = Some((at, name)),
            }
        }
        found.map(|(at, _)| at)
    }

    /// Lines against each other, numbers against the registry.
    fn finish(mut self) -> Result<Vec<TableLine>, Vec<LineProblem>> {
        let mut seen: BTreeMap<(&str, String), u64> = BTreeMap::new();
        let mut twice = Vec::new();
        for line in &self.lines {
            for name in KEYS {
                let value = line.facts.fact(name).unwrap_or_default();
                if value.is_empty() {
                    continue;
                }
                if let Some(first) = seen.insert(key_of(name, &value), line.line) {
                    let problem = format!("the same as in line {first}");
                    twice.push(LineProblem { line: line.line, column: name.to_owned(), problem });
                }
            }
        }
        self.problems.extend(twice);
        let mut numbers = Numbers::of(self.known.iter().map(|it| it.facts.number.as_str()));
        let new: Vec<_> = self.lines.iter().filter(|it| it.device.is_none()).collect();
        let wanted: Vec<&str> = new.iter().map(|it| it.facts.number.as_str()).collect();
        if let Err(problems) = numbers.give(&wanted) {
            for (at, problem) in problems {
                let (line, problem) = (new[at].line, problem.to_string());
                self.problems.push(LineProblem { line, column: "number".to_owned(), problem });
            }
        }
        if self.problems.is_empty() {
            return Ok(self.lines);
        }
        self.problems.sort_by(|one, two| (one.line, &one.column).cmp(&(two.line, &two.column)));
        self.problems.dedup_by(|one, two| (one.line, &one.column) == (two.line, &two.column));
        self.problems.truncate(TABLE_PROBLEMS_MAX);
        Err(self.problems)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::device;
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &[(u64, &str)]) {
        let problems = read_table(text, &[device(1), device(2)]).expect_err("refused");
        let got: Vec<_> = problems.iter().map(|it| (it.line, it.column.as_str())).collect();
        assert_eq!(got, expected, "{problems:?}");
    }

    #[test]
    fn a_line_changes_the_device_of_its_key_or_makes_a_new_one() {
        let text = "serial,number,model\nr58n0002,,A14\nNEW1,3,A05\n";
        let lines = read_table(text, &[device(1), device(2)]).expect("right");
        assert_eq!((lines[0].device, lines[0].facts.model.as_str()), (Some(1), "A14"));
        assert_eq!(lines[0].facts.number, "0002");
        assert_eq!((lines[1].device, lines[1].facts.number.as_str()), (None, "3"));
    }

    #[test]
    fn what_a_spreadsheet_does_to_a_table_is_undone() {
        let text = "\u{feff}Number;Model\r\n0003;\"A;14\"\r\n;\r\n";
        let lines = read_table(text, &[device(1), device(2)]).expect("right");
        assert_eq!(lines[0].facts.model, "A;14");
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn every_wrong_line_is_told_with_its_column() {
        refused(
            "number,imei_1\n3,123\n4,490154203237518\n0001,abc\n",
            &[(2, "imei_1"), (3, "number"), (4, "imei_1")],
        );
        refused("number,serial\n3,X\n4,X\n", &[(3, "serial")]);
        refused("number,serial\n0001,R58N0002\n", &[(2, "serial")]); // two devices at once
        refused("number\n3,4\n", &[(2, "")]);
        refused("number,colour\n3,red\n", &[(1, "colour")]);
        refused("model\nA14\n", &[(1, "")]);
        refused("number,number\n3,3\n", &[(1, "number")]);
        refused("number\n9\n", &[(2, "number")]); // 3 to 8 are left out
        refused("number,ownership\n3,theirs\n", &[(2, "ownership")]);
    }

    #[test]
    fn a_formula_is_written_as_text() {
        let mut one = device(1);
        one.facts.model = "=1+1".to_owned();
        one.facts.sim.msisdn = "+256700123456".to_owned();
        let table = write_table(&[one.clone()]);
        assert!(table.contains("'=1+1") && table.contains(",+256700123456"));
        let lines = read_table(&table, &[one]).expect("right");
        assert_eq!(lines[0].facts.model, "=1+1");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            models in proptest::collection::vec("[ -~é]{0,30}", 1..20)
        ) {
            let devices: Vec<Device> = (1u32..)
                .zip(&models)
                .map(|(number, model)| {
                    let mut device = device(number);
                    device.facts.model = unguarded(model).to_owned();
                    device
                })
                .collect();
            let lines = read_table(&write_table(&devices), &devices).expect("right");
            for ((line, device), at) in lines.iter().zip(&devices).zip(0..) {
                prop_assert_eq!(line.device, Some(at));
                prop_assert_eq!(&line.facts, &device.facts);
            }
        }

        #[test]
        fn no_table_panics(text in "(number|serial|imei_1)?[,;\n\"a-z0-9]{0,200}") {
            let _ = read_table(&text, &[device(1)]);
        }
    }
}
