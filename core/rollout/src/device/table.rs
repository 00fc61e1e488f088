//! Devices as a table for spreadsheets and device management (D12): CSV in and out.
//!
//! A device is recognised by number, serial number, IMEI or ICCID. A table is taken in whole or not at
//! all: every wrong line is told first, with its number and its column.

use std::collections::BTreeMap;

use super::facts::{Device, DeviceFacts, SLOTS};
use super::number::{Numbers, number_key};
use super::state::DeviceState;
use crate::table::{self, LineProblem};

/// The column of the place: id or code of an organisation unit.
pub const PLACE: &str = "org_unit";
/// The column of the state; it is written, compared and never taken in.
pub const STATE: &str = "state";

/// Facts by which a line finds its device, in this order.
const KEYS: [&str; 5] = ["number", "serial", "imei_1", "imei_2", "iccid"];

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

/// Writes a table.
#[must_use]
pub fn write_table(devices: &[Device]) -> String {
    let columns = columns();
    let row = |device: &Device| {
        let cell = |column: &&str| match *column {
            STATE => device.state.code().to_owned(),
            PLACE => device.place.to_string(),
            column => device.facts.fact(column).unwrap_or_default(),
        };
        columns.iter().map(cell).collect()
    };
    table::write(&columns, devices.iter().map(row))
}

/// Reads a table against the registry: what each line does, or everything that is wrong with it.
///
/// # Errors
/// At most [`super::limits::TABLE_PROBLEMS_MAX`] problems; then nothing is to be taken in.
pub fn read_table(text: &str, known: &[Device]) -> Result<Vec<TableLine>, Vec<LineProblem>> {
    let sheet = table::read(text, &columns(), &KEYS, "device")?;
    let mut reading = Reading::new(known, sheet.problems);
    for (line, row) in &sheet.rows {
        reading.line(*line, &sheet.columns, row);
    }
    reading.finish()
}

struct Reading<'a> {
    known: &'a [Device],
    by_key: BTreeMap<(&'static str, String), usize>,
    lines: Vec<TableLine>,
    problems: Vec<LineProblem>,
}

/// A value as it is compared: both IMEI are one kind of key, as slots are swapped when typing.
fn key_of(name: &'static str, value: &str) -> (&'static str, String) {
    let name = if name == "imei_2" { "imei_1" } else { name };
    let value = if name == "number" { number_key(value) } else { value.to_uppercase() };
    (name, value)
}

impl<'a> Reading<'a> {
    fn new(known: &'a [Device], problems: Vec<LineProblem>) -> Self {
        let mut by_key = BTreeMap::new();
        for (at, device) in known.iter().enumerate() {
            for name in KEYS {
                let value = device.facts.fact(name).unwrap_or_default();
                if !value.is_empty() {
                    by_key.insert(key_of(name, &value), at);
                }
            }
        }
        Self { known, by_key, lines: Vec::new(), problems }
    }

    fn note(&mut self, line: u64, column: &str, problem: String) {
        self.problems.push(LineProblem { line, column: column.to_owned(), problem });
    }

    fn line(&mut self, line: u64, columns: &[String], row: &[String]) {
        let mut given = DeviceFacts::default();
        let mut place = String::new();
        let mut ownership = String::new();
        let mut state = String::new();
        for (column, cell) in columns.iter().zip(row) {
            match column.as_str() {
                STATE => state.clone_from(cell),
                PLACE => place.clone_from(cell),
                "ownership" => ownership.clone_from(cell),
                column => {
                    given.set_fact(column, cell);
                }
            }
        }
        let device = self.device_of(line, &given);
        self.check_state(line, device, &state);
        self.check_keys(line, device, &given);
        let mut facts = device.map(|at| self.known[at].facts.clone()).unwrap_or_default();
        facts.take_over(given);
        if !ownership.is_empty() && !facts.set_fact("ownership", &ownership) {
            self.note(line, "ownership", "is INSTITUTION or PERSONAL".to_owned());
        }
        // A wrong line counts as well: its number leaves no gap, and its keys are doubles of others.
        let facts = facts.clone().checked().unwrap_or_else(|problems| {
            for problem in problems {
                self.note(line, &problem.fact, problem.problem);
            }
            facts
        });
        self.lines.push(TableLine { line, device, facts, place });
    }

    /// The state of a device is changed by its steps; a table that says another is wrong somewhere.
    fn check_state(&mut self, line: u64, device: Option<usize>, said: &str) {
        if said.is_empty() {
            return;
        }
        let state = DeviceState::parse(said);
        let is_new = matches!(state, Some(DeviceState::Ordered | DeviceState::Received));
        let problem = match (state, device.map(|at| self.known[at].state)) {
            (None, _) => "no such state: leave the column out".to_owned(),
            (Some(said), Some(known)) if said != known => {
                format!("the device is {} here: a table changes no state", known.words())
            }
            (Some(_), None) if !is_new => "a new device is ordered or received".to_owned(),
            _ => return,
        };
        self.note(line, STATE, problem);
    }

    /// The one device that the keys of a line name.
    fn device_of(&mut self, line: u64, given: &DeviceFacts) -> Option<usize> {
        let mut found: Option<(usize, &str)> = None;
        for name in KEYS {
            let value = given.fact(name).unwrap_or_default();
            // A card is moved between phones by `sim put`, not by a table.
            let Some(at) = self.by_key.get(&key_of(name, &value)).copied() else { continue };
            match found {
                Some((other, by)) if other != at => {
                    let (one, two) =
                        (&self.known[other].facts.number, &self.known[at].facts.number);
                    let problem = format!("is device {two}, but {by} is device {one}");
                    self.note(line, name, problem);
                    return Some(other);
                }
                _ => found = Some((at, name)),
            }
        }
        found.map(|(at, _)| at)
    }

    /// By what a device is known a table may add and never change: the line would mean another device.
    fn check_keys(&mut self, line: u64, device: Option<usize>, given: &DeviceFacts) {
        let Some(known) = device.map(|at| &self.known[at].facts) else { return };
        for name in KEYS {
            let (new, old) =
                (given.fact(name).unwrap_or_default(), known.fact(name).unwrap_or_default());
            let other_slot = match name {
                "imei_1" => &known.imei_2,
                "imei_2" => &known.imei_1,
                _ => &old,
            };
            let is_same = |other: &str| key_of(name, other) == key_of(name, &new);
            if new.is_empty() || old.is_empty() || is_same(&old) || is_same(other_slot) {
                continue;
            }
            let how = match name {
                "number" => "a number never changes",
                "iccid" => "a SIM card is changed by `sim put`",
                _ => "change it by `device set` if it is right",
            };
            let problem = format!("device {} has {old} here: {how}", known.number);
            self.note(line, name, problem);
        }
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
        let mut stored = Vec::new();
        match numbers.give(&wanted) {
            Ok(given) => stored = given,
            Err(problems) => {
                let column = || "number".to_owned();
                self.problems.extend(problems.into_iter().map(|(at, problem)| LineProblem {
                    line: new[at].line,
                    column: column(),
                    problem: problem.to_string(),
                }));
            }
        }
        if self.problems.is_empty() {
            let new = self.lines.iter_mut().filter(|it| it.device.is_none());
            new.zip(stored).for_each(|(line, number)| line.facts.number = number.to_string());
            return Ok(self.lines);
        }
        Err(table::in_order(self.problems))
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
        assert_eq!((lines[1].device, lines[1].facts.number.as_str()), (None, "0003"));
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
            &[(2, "imei_1"), (4, "imei_1")],
        );
        refused("number,serial\n3,X\n4,X\n", &[(3, "serial")]);
        refused("number,serial\n0001,R58N0002\n", &[(2, "serial")]); // two devices at once
        refused("number,serial\n0001,R58N9999\n", &[(2, "serial")]); // another phone's line
        refused("number,serial\n3,R58N0001\n", &[(2, "number")]); // its number never changes
        refused("number\n3,4\n", &[(2, "")]);
        refused("number,colour\n3,red\n", &[(1, "colour")]);
        refused("model\nA14\n", &[(1, "")]);
        refused("number,number\n3,3\n", &[(1, "number")]);
        refused("number\n9\n", &[(2, "number")]); // 3 to 8 are left out
        refused("number,ownership\n3,theirs\n", &[(2, "ownership")]);
        refused(
            "number,state\n1,banana\n2,RETIRED\n3,IN_USE\n",
            &[(2, "state"), (3, "state"), (4, "state")],
        );
        // A wrong line leaves no gap, and its keys are doubles of others.
        refused("number,imei_1,serial\n3,123,X\n4,,X\n", &[(2, "imei_1"), (3, "serial")]);
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
                    device.facts.model = table::unguarded(model).to_owned();
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
