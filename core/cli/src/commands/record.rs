//! `forms`, `form show`, `record …`.

use outpost_domain::data::SliceKey;
use outpost_domain::form::data_set::CellKey;
use outpost_domain::period::Period;
use outpost_domain::uid::{DataSetUid, Uid};
use outpost_domain::validation::Violation;
use outpost_engine::model::{
    CellChange, CellEdit, CellView, CompleteOutcome, CompletionProblemView, EditOutcome, FormKind,
    FormSummary, OrganisationUnitQuery, OrganisationUnitView, Refusal, SliceView,
};
use outpost_engine::{IndicatorView, OutpostError, Result, Session};
use serde_json::{Value, json};

use super::findings;
use super::indicator::legend_document;
use crate::args::{FormCommand, RecordCommand, Slice};
use crate::exit;
use crate::output::{Output, table};
use crate::strings;

/// `forms`
///
/// # Errors
/// Storage errors.
pub fn forms(session: &Session, output: Output) -> Result<u8> {
    let forms = session.forms()?;
    let document: Vec<Value> = forms.iter().map(summary_document).collect();
    output.result(&json!(document), || match forms.is_empty() {
        true => strings::NO_FORMS.to_owned(),
        false => summaries_text(&forms),
    });
    Ok(exit::OK)
}

fn summary_document(form: &FormSummary) -> Value {
    json!({
        "kind": kind_word(form.kind),
        "uid": form.uid.as_str(),
        "name": form.name,
        "period_type": form.period_type,
        "writable": form.writable,
        "why_not": form.why_not,
        "waiting": form.waiting,
        "refused": form.refused,
        "conflicts": form.conflicts,
        "drafts": form.drafts,
    })
}

const fn kind_word(kind: FormKind) -> &'static str {
    match kind {
        FormKind::DataSet => "dataSet",
        FormKind::EventProgram => "program",
    }
}

fn summaries_text(forms: &[FormSummary]) -> String {
    let lines: Vec<Vec<String>> = forms
        .iter()
        .map(|form| {
            vec![
                form.uid.to_string(),
                form.period_type.clone().unwrap_or_else(|| strings::EVENTS.to_owned()),
                form.waiting.to_string(),
                form.refused.to_string(),
                match &form.why_not {
                    None => form.name.clone(),
                    Some(why_not) => format!("{} ({why_not})", form.name),
                },
            ]
        })
        .collect();
    table(&["Id", "Filled in", "Waiting", "Refused", "Name"], &lines)
}

/// `form …`
///
/// # Errors
/// `NotFound`, `InvalidInput` for a name that fits several forms, storage errors.
pub fn form(session: &Session, command: &FormCommand, output: Output) -> Result<u8> {
    let form = match command {
        FormCommand::Show { form } => form,
        FormCommand::Fill(arguments) => return super::fill::run(session, arguments, output),
        FormCommand::Drafts { form } => return super::fill::drafts(session, form, output),
    };
    let found = session.find_form(None, form)?;
    match found.kind {
        FormKind::DataSet => show_data_set(session, DataSetUid(found.uid), output),
        FormKind::EventProgram => super::event::show_form(session, found.uid.into(), output),
    }
}

fn show_data_set(session: &Session, data_set: DataSetUid, output: Output) -> Result<u8> {
    let form = session.data_set_form(data_set)?;
    let periods = session.periods_for(data_set, PERIODS_SHOWN)?;
    let sections: Vec<Value> = form
        .form
        .sections
        .iter()
        .map(|section| {
            let rows: Vec<Value> = section.rows().map(row_document).collect();
            let uid = section.id.map(|id| id.to_string());
            json!({ "uid": uid, "name": section.name, "rows": rows })
        })
        .collect();
    let periods: Vec<Value> = periods
        .iter()
        .map(|period| {
            json!({
                "id": period.id, "start": period.start, "end": period.end,
                "closed": period.closed,
            })
        })
        .collect();
    let document = json!({
        "kind": kind_word(FormKind::DataSet),
        "uid": data_set.as_str(),
        "name": form.form.name,
        "problems": form.form_problems,
        "periods": periods,
        "organisation_units": places(session, data_set.0)?,
        "sections": sections,
    });
    output.result(&document, || {
        format!("{}{}", data_set_text(&form.form), strings::form_problems(&form.form_problems))
    });
    Ok(exit::OK)
}

/// Periods listed by `form show`.
const PERIODS_SHOWN: u32 = 12;

/// The first places, by name, where a form may be filled in.
pub(super) fn places(session: &Session, form: Uid) -> Result<Vec<Value>> {
    let query = OrganisationUnitQuery { form: Some(form), ..OrganisationUnitQuery::default() };
    let page = session.organisation_units(&query, None)?;
    let document = |unit: &OrganisationUnitView| {
        json!({
            "uid": unit.uid.as_str(), "name": unit.name, "code": unit.code, "above": unit.above,
        })
    };
    Ok(page.items.iter().map(document).collect())
}

fn row_document(row: &outpost_domain::form::data_set::FormRow) -> Value {
    let cells: Vec<Value> = row
        .cells
        .iter()
        .map(|cell| {
            json!({
                "category_option_combo": cell.category_option_combo.as_str(),
                "greyed": cell.greyed,
                "compulsory": cell.compulsory,
                "writable": cell.writable,
            })
        })
        .collect();
    json!({
        "data_element": row.data_element.as_str(),
        "name": row.name,
        "value_type": row.value_type.name(),
        "option_set": row.option_set.as_ref().map(|set| set.id.to_string()),
        "cells": cells,
    })
}

fn data_set_text(form: &outpost_domain::form::data_set::DataSetForm) -> String {
    let mut text = format!("{}\n", form.name);
    for section in &form.sections {
        text.push_str(&format!("\n{}\n", section.name.as_deref().unwrap_or(strings::NO_SECTION)));
        for block in &section.tables {
            let columns: Vec<&str> =
                block.columns.iter().map(|column| column.name.as_str()).collect();
            if columns.iter().any(|name| !name.is_empty()) {
                text.push_str(&format!("  cells: {}\n", columns.join(" | ")));
            }
            for row in &block.rows {
                let id = row.data_element;
                text.push_str(&format!("  {id}  {}  ({})\n", row.name, row.value_type.name()));
            }
        }
    }
    text
}

/// `record …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors. What an entry rule refuses is printed, not an error.
pub fn record(session: &Session, command: &RecordCommand, output: Output) -> Result<u8> {
    match command {
        RecordCommand::Set { slice, values, comments, follow_ups } => {
            let key = slice_key(session, slice)?;
            let edits = edits(session, key.data_set, values, comments, follow_ups)?;
            let outcome = session.set_values(key, &edits)?;
            output.result(&edit_document(&outcome), || edit_text(&outcome));
            Ok(if outcome.refused.is_empty() { exit::OK } else { exit::REFUSED })
        }
        RecordCommand::Show { slice } => {
            let view = session.open_slice(slice_key(session, slice)?)?;
            output.result(&slice_document(&view), || slice_text(&view));
            Ok(exit::OK)
        }
        RecordCommand::Check { slice } => check(session, slice_key(session, slice)?, output),
        RecordCommand::Complete { slice } => {
            let outcome = session.complete(slice_key(session, slice)?)?;
            output.result(&complete_document(&outcome), || complete_text(&outcome));
            Ok(if outcome.completed { exit::OK } else { exit::REFUSED })
        }
        RecordCommand::Incomplete { slice } => {
            let outcome = session.incomplete(slice_key(session, slice)?)?;
            output.result(&complete_document(&outcome), || complete_text(&outcome));
            Ok(if outcome.closed.is_empty() { exit::OK } else { exit::REFUSED })
        }
    }
}

fn check(session: &Session, key: SliceKey, output: Output) -> Result<u8> {
    let view = session.open_slice(key)?;
    let (form, _) = session.open_report_form(key)?;
    let (violations, indicators) = (form.violations(), form.indicators());
    let problems = &view.completion_problems;
    let document = json!({
        "violations": findings::violations_document(&violations),
        "problems": problems_document(problems),
        "indicators": findings::indicators_document(&indicators),
        "closed": view.closed.iter().map(refusal_document).collect::<Vec<_>>(),
    });
    let is_fine = violations.is_empty() && problems.is_empty();
    output.result(&document, || check_text(&violations, problems, &indicators));
    Ok(if is_fine { exit::OK } else { exit::REFUSED })
}

pub(super) fn check_text(
    violations: &[Violation],
    problems: &[CompletionProblemView],
    indicators: &[IndicatorView],
) -> String {
    let mut text = findings::violations_text(violations);
    text.extend(problems.iter().map(problem_line));
    if text.is_empty() {
        text.push_str(strings::NOTHING_AGAINST);
    }
    text.push_str(&findings::indicators_text(indicators));
    text
}

fn problem_line(problem: &CompletionProblemView) -> String {
    format!("{}: {}\n", problem.name, problem.reason)
}

pub(super) fn slice_key(session: &Session, slice: &Slice) -> Result<SliceKey> {
    let form = session.find_form(Some(FormKind::DataSet), &slice.data_set)?;
    let combo = slice.attribute_option_combo.as_deref();
    Ok(SliceKey {
        data_set: form.uid.into(),
        period: Period::parse(&slice.period)
            .map_err(|error| OutpostError::invalid("period", "period", error))?,
        organisation_unit: session.find_organisation_unit(&slice.org_unit)?,
        attribute_option_combo: session.find_attribute_option_combo(form.uid, combo)?,
    })
}

fn edits(
    session: &Session,
    data_set: DataSetUid,
    values: &[String],
    comments: &[String],
    follow_ups: &[String],
) -> Result<Vec<CellEdit>> {
    let mut edits = Vec::new();
    let mut push = |cell: CellKey, change| {
        edits.push(CellEdit {
            data_element: cell.data_element,
            category_option_combo: cell.category_option_combo,
            change,
        });
    };
    let find = |text: &str| session.find_cell(data_set, text);
    for text in values {
        let (cell, value) = split_pair(text, find)?;
        push(cell, CellChange::Value(value));
    }
    for text in comments {
        let (cell, comment) = split_pair(text, find)?;
        push(cell, CellChange::Comment(comment));
    }
    for text in follow_ups {
        let (cell, flag) = split_pair(text, find)?;
        push(cell, CellChange::FollowUp(parse_flag(&flag)?));
    }
    if edits.is_empty() {
        return Err(OutpostError::invalid("values", "missing", strings::NO_VALUES));
    }
    Ok(edits)
}

fn parse_flag(text: &str) -> Result<bool> {
    match text {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(OutpostError::invalid("follow-up", "shape", "write yes or no")),
    }
}

/// Splits `NAME=VALUE`. A name may hold `=` itself: the first split whose name is known counts.
///
/// # Errors
/// The error of the shortest name, if no split has a known one.
pub fn split_pair<T>(text: &str, find: impl Fn(&str) -> Result<T>) -> Result<(T, String)> {
    let mut first_error = None;
    for (at, _) in text.match_indices('=') {
        match find(&text[..at]) {
            Ok(found) => return Ok((found, text[at + 1..].to_owned())),
            Err(error @ OutpostError::NotFound { .. }) => {
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(first_error.unwrap_or_else(|| {
        OutpostError::invalid("values", "shape", "write NAME=VALUE; an empty VALUE clears it")
    }))
}

pub(super) fn refusal_document(refusal: &Refusal) -> Value {
    json!({ "code": refusal.code, "reason": refusal.reason })
}

pub(super) fn edit_document(outcome: &EditOutcome) -> Value {
    let refused: Vec<Value> = outcome
        .refused
        .iter()
        .map(|edit| {
            json!({
                "index": edit.index,
                "data_element": edit.data_element.as_str(),
                "category_option_combo": edit.category_option_combo.as_str(),
                "code": edit.refusal.code,
                "reason": edit.refusal.reason,
            })
        })
        .collect();
    json!({
        "saved": outcome.saved,
        "unchanged": outcome.unchanged,
        "refused": refused,
        "notes": outcome.notes,
    })
}

pub(super) fn edit_text(outcome: &EditOutcome) -> String {
    let saved = u64::from(outcome.saved);
    let mut text = format!("{} saved.\n", strings::count(saved, "value", "values"));
    for edit in &outcome.refused {
        let refusal = &edit.refusal;
        text.push_str(&format!("Refused: {}: {}\n", edit.data_element, refusal.reason));
    }
    for note in &outcome.notes {
        text.push_str(&format!("Note: {note}\n"));
    }
    text
}

pub(super) fn slice_document(view: &SliceView) -> Value {
    let cells: Vec<Value> = view.cells.iter().map(cell_document).collect();
    json!({
        "data_set": view.key.data_set.as_str(),
        "name": view.form.name,
        "period": view.key.period.to_string(),
        "org_unit": view.key.organisation_unit.as_str(),
        "org_unit_name": view.organisation_unit_name,
        "attribute_option_combo": view.key.attribute_option_combo.as_str(),
        "closed": view.closed.iter().map(refusal_document).collect::<Vec<_>>(),
        "completed": view.completion.completed,
        "completed_by": view.completion.by,
        "completed_on": view.completion.date,
        "completion_state": view.completion.state,
        "filled": view.filled,
        "asked": view.asked,
        "cells": cells,
        "completion_problems": problems_document(&view.completion_problems),
    })
}

fn cell_document(cell: &CellView) -> Value {
    json!({
        "data_element": cell.data_element.as_str(),
        "category_option_combo": cell.category_option_combo.as_str(),
        "value": cell.value,
        "comment": cell.comment,
        "follow_up": cell.follow_up,
        "state": cell.state,
        "problem": cell.problem.as_ref().map(refusal_document),
        "legend": legend_document(cell.legend.as_ref()),
    })
}

pub(super) fn problems_document(problems: &[CompletionProblemView]) -> Vec<Value> {
    let document = |problem: &CompletionProblemView| {
        json!({
            "data_element": problem.data_element.as_str(),
            "category_option_combo": problem.category_option_combo.map(|id| id.to_string()),
            "name": problem.name,
            "reason": problem.reason,
            "blocks": problem.blocks,
        })
    };
    problems.iter().map(document).collect()
}

pub(super) fn slice_text(view: &SliceView) -> String {
    let place = &view.organisation_unit_name;
    let mut text = format!("{}, {place}, {}\n", view.form.name, view.key.period);
    for refusal in &view.closed {
        text.push_str(&format!("Closed: {}\n", refusal.reason));
    }
    text.push_str(&strings::filled(view.filled, view.asked, view.completion.completed));
    let mut lines = Vec::new();
    for row in view.form.rows() {
        for cell in view.cells.iter().filter(|cell| cell.data_element == row.data_element) {
            lines.push(vec![
                row.name.clone(),
                column_name(view, cell),
                cell.value.clone().unwrap_or_default(),
                cell.state.word().to_owned(),
                cell.problem.as_ref().map(|problem| problem.reason.clone()).unwrap_or_default(),
            ]);
        }
    }
    if !lines.is_empty() {
        text.push_str(&table(&["Question", "Cell", "Value", "State", "Problem"], &lines));
    }
    text
}

fn column_name(view: &SliceView, cell: &CellView) -> String {
    let tables = view.form.sections.iter().flat_map(|section| &section.tables);
    let mut columns = tables.flat_map(|block| &block.columns);
    columns
        .find(|column| column.category_option_combo == cell.category_option_combo)
        .map(|column| column.name.clone())
        .unwrap_or_default()
}

pub(super) fn complete_document(outcome: &CompleteOutcome) -> Value {
    json!({
        "completed": outcome.completed,
        "closed": outcome.closed.iter().map(refusal_document).collect::<Vec<_>>(),
        "problems": problems_document(&outcome.problems),
        "violations": findings::violations_document(&outcome.violations),
    })
}

pub(super) fn complete_text(outcome: &CompleteOutcome) -> String {
    let mut text = match outcome.completed {
        true => "Complete.\n".to_owned(),
        false => "Not complete.\n".to_owned(),
    };
    for refusal in &outcome.closed {
        text.push_str(&format!("Closed: {}\n", refusal.reason));
    }
    text.extend(outcome.problems.iter().map(problem_line));
    text.push_str(&findings::violations_text(&outcome.violations));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, known: &str, value: &str) {
        let find = |name: &str| match name == known {
            true => Ok(()),
            false => Err(OutpostError::not_found("question", name)),
        };
        assert_eq!(split_pair(text, find).map(|(_, value)| value), Ok(value.to_owned()));
    }

    #[test]
    fn names_and_values_may_hold_the_equals_sign() {
        check("Malaria=41", "Malaria", "41");
        check("Hb >= 7=yes", "Hb >= 7", "yes");
        check("Note=a=b", "Note", "a=b");
        check("Note=", "Note", "");
    }
}
