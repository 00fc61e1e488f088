//! What can be captured with a metadata package: the demo looks at the forms on the device and
//! chooses values that fit, so that it runs on any package.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cli::{Cli, Failure};

/// Values for one data set report.
pub struct ReportPlan {
    /// Name of the data set.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Period to report on.
    pub period: String,
    /// Organisation unit, by id.
    pub organisation_unit: String,
    /// `element.combo=value` arguments.
    pub values: Vec<String>,
    /// The cell whose rule the administrator changes, `element.combo`.
    pub spoiled_cell: String,
    /// Id of its data element.
    pub spoiled_element: String,
    /// Name of its data element.
    pub spoiled_name: String,
    /// The value type it gets.
    pub new_type: &'static str,
    /// The same in words.
    pub new_rule: &'static str,
    /// A value that fits it.
    pub corrected_value: &'static str,
}

impl ReportPlan {
    /// A command about the report: `set`, `check`, `complete`.
    #[must_use]
    pub fn command(&self, verb: &str) -> Vec<String> {
        let slice =
            ["record", verb, "--data-set", &self.id, "--period", &self.period, "--org-unit"];
        let place = std::iter::once(self.organisation_unit.as_str());
        slice.into_iter().chain(place).map(str::to_owned).collect()
    }

    /// The command that sets values.
    #[must_use]
    pub fn set(&self, values: &[String]) -> Vec<String> {
        let mut arguments = self.command("set");
        arguments.extend_from_slice(values);
        arguments
    }

    /// Whole numbers of the report that a finger could slip on: as they are, and ten times as much.
    pub fn slips(&self) -> impl Iterator<Item = (&String, String)> {
        let others = self.values.iter().filter(|value| !value.starts_with(&self.spoiled_element));
        others.filter_map(|value| {
            let (cell, number) = value.split_once('=')?;
            let number: u32 = number.parse().ok().filter(|it| *it > 0)?;
            Some((value, format!("{cell}={}", number * 10)))
        })
    }
}

/// Values for events of one program.
pub struct EventPlan {
    /// Name of the program.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Organisation unit, by id.
    pub organisation_unit: String,
    /// Month in which the events happened, `yyyy-MM`.
    pub month: String,
    /// The questions that the demo can answer, and their first answers.
    pub answers: BTreeMap<String, String>,
    /// The questions of the form that the demo can answer, by id, with their types.
    pub types: BTreeMap<String, String>,
    /// How many answers of each question were refused.
    tried: BTreeMap<String, usize>,
}

impl EventPlan {
    /// The command that adds an event.
    #[must_use]
    pub fn add(&self, day: &str) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["event", "add", "--program", &self.id, "--occurred", day, "--complete", "--org-unit"]
                .map(str::to_owned)
                .into();
        arguments.push(self.organisation_unit.clone());
        arguments.extend(self.answers.iter().map(|(id, value)| format!("{id}={value}")));
        arguments
    }

    /// Looks at the form with the answers in it and drops what a person would not type: questions
    /// that are not asked, values that the form fills in itself, and what it marks as wrong.
    ///
    /// # Errors
    /// If the form cannot be opened.
    pub fn look(&mut self, cli: &Cli, day: &str) -> Result<(), Failure> {
        let form = self.fill(day);
        let form: Vec<&str> = form.iter().map(String::as_str).collect();
        let lines: String =
            self.answers.iter().map(|(id, value)| format!("{id}={value}\n")).collect();
        // Twice: what one answer hides may be asked because of a later one.
        let shown = cli.converse(&form, &format!("{lines}{lines}show\ndiscard\n"))?;
        let standing = shown.iter().rev().find(|answer| answer["fields"].is_array());
        for field in list(&standing.unwrap_or(&Value::Null)["fields"]) {
            let is_wrong = !list(&field["errors"]).is_empty() || !field["problem"].is_null();
            if field["hidden"] == true || field["assigned"] == true || is_wrong {
                self.answers.remove(&text(&field["data_element"]));
            }
        }
        Ok(())
    }

    /// What a person types who fills the demo's own form in question by question.
    #[must_use]
    pub fn conversation(&self) -> Option<String> {
        let month = &self.month;
        let is_own = self.types.contains_key("DeEvActDose");
        let lines = [
            "Age in years=4".to_owned(),
            "Sex=F".to_owned(),
            format!("First day of fever={month}-02"),
            "Temperature in °C=38.5".to_owned(),
            "Rapid test positive=yes".to_owned(),
            "Doses of ACT given=6".to_owned(),
            "Outcome=REFERRED".to_owned(),
            "complete".to_owned(),
            "Referred to=District hospital".to_owned(),
            "complete".to_owned(),
        ];
        is_own.then(|| lines.join("\n"))
    }

    /// The command that opens the form for a visit.
    #[must_use]
    pub fn fill(&self, day: &str) -> Vec<String> {
        let form = ["form", "fill", "--program", &self.id, "--occurred", day, "--org-unit"];
        let place = std::iter::once(self.organisation_unit.as_str());
        form.into_iter().chain(place).map(str::to_owned).collect()
    }

    /// Corrects what was refused, as a person would who reads the reasons: what is missing is
    /// answered, what is wrong is answered differently or left out. Whether there was anything to do.
    pub fn correct(&mut self, refused: &Value) -> bool {
        let mut is_changed = false;
        for problem in list(&refused["problems"]) {
            let field = text(&problem["field"]);
            let Some(value_type) = self.types.get(&field) else { continue };
            let tried = self.tried.entry(field.clone()).or_default();
            *tried += usize::from(self.answers.contains_key(&field));
            is_changed |= match values_for(value_type).get(*tried) {
                Some(value) => {
                    self.answers.insert(field, (*value).to_owned()).as_deref() != Some(*value)
                }
                None => self.answers.remove(&field).is_some(),
            };
        }
        is_changed
    }
}

/// Cells of a report that the demo fills in at most.
const CELLS_MAX: usize = 12;

/// A report on the first data set that has an open period and a number to spoil.
///
/// # Errors
/// If the forms cannot be read.
pub fn report_plan(cli: &Cli) -> Result<Option<ReportPlan>, Failure> {
    for form in forms(cli, "dataSet")? {
        let id = text(&form["uid"]);
        let shown = cli.json(&["form", "show", &id])?;
        let open = list(&shown["periods"]).into_iter().find(|period| period["closed"].is_null());
        let (Some(period), Some(unit)) = (open, place(cli, &id)?) else { continue };
        if let Some(plan) = report_of(&form, &shown, text(&period["id"]), unit) {
            return Ok(Some(plan));
        }
    }
    Ok(None)
}

fn report_of(form: &Value, shown: &Value, period: String, unit: String) -> Option<ReportPlan> {
    let mut values = Vec::new();
    let mut spoiled = None;
    let rows = list(&shown["sections"]).into_iter().flat_map(|section| list(&section["rows"]));
    for row in rows {
        let element = text(&row["data_element"]);
        let value_type = text(&row["value_type"]);
        let is_first_number = spoiled.is_none() && value_type == "NUMBER";
        let value = if is_first_number { Some("12.5") } else { value_for(&value_type) };
        let (Some(value), true) = (value, row["option_set"].is_null()) else { continue };
        for cell in list(&row["cells"]) {
            if cell["greyed"] == true || cell["writable"] == false || values.len() >= CELLS_MAX {
                continue;
            }
            let cell = format!("{element}.{}", text(&cell["category_option_combo"]));
            let is_number = value_type == "NUMBER" || value_type.starts_with("INTEGER");
            // The first cell takes the value that will be refused, its neighbours whole numbers.
            let is_spoiled = spoiled.is_none() && is_number;
            let value = if value == "12.5" && !is_spoiled { "9" } else { value };
            values.push(format!("{cell}={value}"));
            if is_spoiled {
                spoiled = Some((cell, element.clone(), text(&row["name"]), value_type.clone()));
            }
        }
    }
    let (spoiled_cell, spoiled_element, spoiled_name, value_type) = spoiled?;
    let (new_type, new_rule, corrected_value) = match value_type.as_str() {
        "NUMBER" => ("INTEGER_ZERO_OR_POSITIVE", "whole numbers only", "12"),
        _ => ("INTEGER_NEGATIVE", "numbers below zero only", "-7"),
    };
    let only_spoiled = |value: &String| {
        // With any other new rule the neighbours would be refused as well.
        value_type == "NUMBER"
            || value.starts_with(&spoiled_cell)
            || !value.starts_with(&spoiled_element)
    };
    values.retain(only_spoiled);
    Some(ReportPlan {
        name: text(&form["name"]),
        id: text(&form["uid"]),
        period,
        organisation_unit: unit,
        values,
        spoiled_cell,
        spoiled_element,
        spoiled_name,
        new_type,
        new_rule,
        corrected_value,
    })
}

/// Events for the first program whose compulsory questions the demo can answer.
///
/// # Errors
/// If the forms cannot be read.
pub fn event_plan(cli: &Cli) -> Result<Option<EventPlan>, Failure> {
    for form in forms(cli, "program")? {
        let id = text(&form["uid"]);
        let shown = cli.json(&["form", "show", &id])?;
        let fields = list(&shown["sections"]).into_iter().flat_map(|s| list(&s["fields"]));
        let month = last_month()?;
        let first_day = format!("{month}-02");
        let (mut answers, mut types) = (BTreeMap::new(), BTreeMap::new());
        let mut is_possible = true;
        for field in fields {
            let question = text(&field["data_element"]);
            let known = match question.as_str() {
                "DeEvSex0000" => Some("F"),
                "DeEvTemp000" => Some("38.5"),
                "DeEvOnset00" => Some(first_day.as_str()),
                "DeEvOutcome" => Some("TREATED"),
                _ if field["option_set"].is_null() => value_for(&text(&field["value_type"])),
                _ => None,
            };
            let Some(value) = known else {
                is_possible &= field["compulsory"] != true;
                continue;
            };
            types.insert(question.clone(), text(&field["value_type"]));
            answers.insert(question, value.to_owned());
        }
        if let (true, Some(organisation_unit)) = (is_possible, place(cli, &id)?) {
            let (name, tried) = (text(&form["name"]), BTreeMap::new());
            return Ok(Some(EventPlan {
                name,
                id,
                organisation_unit,
                month,
                answers,
                types,
                tried,
            }));
        }
    }
    Ok(None)
}

/// The month before this one, `yyyy-MM`: its first days are never in the future.
fn last_month() -> Result<String, Failure> {
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let last = today.first_of_month().yesterday().map_err(|error| error.to_string())?;
    Ok(format!("{:04}-{:02}", last.year(), last.month()))
}

/// A place in which the form may be filled in: the demo's own clinic, or a generated one.
fn place(cli: &Cli, form: &str) -> Result<Option<String>, Failure> {
    let shown = cli.json(&["form", "show", form])?;
    let places = list(&shown["organisation_units"]);
    Ok(places.first().map(|place| text(&place["uid"])))
}

fn forms(cli: &Cli, kind: &str) -> Result<Vec<Value>, Failure> {
    let forms = cli.json(&["forms"])?;
    Ok(list(&forms).into_iter().filter(|f| f["kind"] == kind && f["writable"] == true).collect())
}

/// A value that a question of this type takes, `None` for types the demo leaves alone.
fn value_for(value_type: &str) -> Option<&'static str> {
    values_for(value_type).first().copied()
}

/// Values that a question of this type takes, the first one to be tried first.
fn values_for(value_type: &str) -> &'static [&'static str] {
    match value_type {
        "NUMBER" | "INTEGER" | "INTEGER_POSITIVE" | "INTEGER_ZERO_OR_POSITIVE" => &["7", "1", "40"],
        "PERCENTAGE" => &["40", "7"],
        "UNIT_INTERVAL" => &["0.4", "1"],
        "INTEGER_NEGATIVE" => &["-7", "-1"],
        "BOOLEAN" => &["true", "false"],
        "TRUE_ONLY" => &["true"],
        "DATE" | "AGE" => &["2024-03-01", "2026-01-01"],
        "TEXT" | "LONG_TEXT" => &["Demo", "1"],
        _ => &[],
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
