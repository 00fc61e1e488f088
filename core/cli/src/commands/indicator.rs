//! `indicator …` and `validate`: what is computed over everything that lies on the device.

use outpost_engine::model::{
    FormKind, IndicatorChoice, IndicatorKind, IndicatorQuery, IndicatorSummary, IndicatorValueRow,
    LegendView, ReportViolations, UnjudgedRule, ValidationQuery,
};
use outpost_engine::{Result, Session};
use serde_json::{Value, json};

use super::findings;
use crate::args::{IndicatorCommand, IndicatorShow, Validate};
use crate::exit;
use crate::output::{Output, table};
use crate::strings::{self, indicator as words};

/// `indicator …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors.
pub fn indicator(session: &Session, command: &IndicatorCommand, output: Output) -> Result<u8> {
    match command {
        IndicatorCommand::List { data_set, program } => {
            let choice = choice(session, data_set.as_deref(), program.as_deref())?;
            list(session, &choice, output)
        }
        IndicatorCommand::Show(arguments) => show(session, arguments, output),
    }
}

/// A legend as JSON.
#[must_use]
pub fn legend_document(legend: Option<&LegendView>) -> Option<Value> {
    legend.map(|legend| json!({ "name": legend.name, "color": legend.color }))
}

fn choice(
    session: &Session,
    data_set: Option<&str>,
    program: Option<&str>,
) -> Result<IndicatorChoice> {
    let form = |kind, text| session.find_form(Some(kind), text).map(|form| form.uid);
    Ok(match (data_set, program) {
        (Some(text), _) => IndicatorChoice::DataSet(form(FormKind::DataSet, text)?.into()),
        (_, Some(text)) => IndicatorChoice::Program(form(FormKind::EventProgram, text)?.into()),
        _ => IndicatorChoice::All,
    })
}

fn list(session: &Session, choice: &IndicatorChoice, output: Output) -> Result<u8> {
    let mut items: Vec<IndicatorSummary> = Vec::new();
    let mut next = None;
    loop {
        let page = session.indicators(choice, next)?;
        items.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let document = |item: &IndicatorSummary| {
        json!({
            "kind": item.kind.name(),
            "uid": item.uid.as_str(),
            "name": item.name,
            "code": item.code,
            "program": item.program.map(|id| id.to_string()),
        })
    };
    let document: Vec<Value> = items.iter().map(document).collect();
    let line = |item: &IndicatorSummary| {
        vec![item.uid.to_string(), kind_words(item.kind).to_owned(), item.name.clone()]
    };
    output.result(&json!(document), || match items.is_empty() {
        true => words::NO_INDICATORS.to_owned(),
        false => table(&["Id", "Kind", "Name"], &items.iter().map(line).collect::<Vec<_>>()),
    });
    Ok(exit::OK)
}

const fn kind_words(kind: IndicatorKind) -> &'static str {
    match kind {
        IndicatorKind::Indicator => "indicator",
        IndicatorKind::ProgramIndicator => "program indicator",
    }
}

fn show(session: &Session, arguments: &IndicatorShow, output: Output) -> Result<u8> {
    let choice = match arguments.indicators.as_slice() {
        [] => choice(session, arguments.data_set.as_deref(), arguments.program.as_deref())?,
        named => {
            let find = |text: &String| session.find_indicator(text).map(|found| found.uid);
            IndicatorChoice::These(named.iter().map(find).collect::<Result<_>>()?)
        }
    };
    let places = arguments.org_units.iter().map(|text| session.find_organisation_unit(text));
    let query = IndicatorQuery {
        choice,
        periods: arguments.periods.clone(),
        organisation_units: places.collect::<Result<_>>()?,
        below: arguments.below,
        by_period: arguments.by_period,
        by_place: arguments.by_org_unit,
    };
    let mut rows: Vec<IndicatorValueRow> = Vec::new();
    let mut next = None;
    loop {
        let page = session.indicator_values(&query, next)?;
        rows.extend(page.rows);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let document: Vec<Value> = rows.iter().map(row_document).collect();
    output.result(&json!(document), || match rows.is_empty() {
        true => words::NO_INDICATORS.to_owned(),
        false => rows_text(&rows),
    });
    Ok(exit::OK)
}

fn row_document(row: &IndicatorValueRow) -> Value {
    let places: Vec<&str> = row.organisation_units.iter().map(|id| id.as_str()).collect();
    json!({
        "kind": row.kind.name(),
        "uid": row.uid.as_str(),
        "name": row.name,
        "periods": row.periods,
        "org_units": places,
        "org_unit_names": row.organisation_unit_names,
        "value": row.value,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "legend": legend_document(row.legend.as_ref()),
        "with_data": row.with_data,
        "asked": row.asked,
        "counted_here": row.counted_here,
        "not_here": row.not_here,
        "problem": row.problem,
    })
}

fn rows_text(rows: &[IndicatorValueRow]) -> String {
    let line = |row: &IndicatorValueRow| {
        let legend = row.legend.as_ref().map(|legend| legend.name.clone());
        vec![
            row.name.clone(),
            span(&row.periods),
            row.organisation_unit_names.join(", "),
            row.value.clone().unwrap_or_else(|| strings::NO_VALUE.to_owned()),
            legend.unwrap_or_default(),
            format!("{}/{}", row.with_data, row.asked),
            remarks(row),
        ]
    };
    let heads = ["Indicator", "Period", "Place", "Value", "Legend", "Data", "Remarks"];
    table(&heads, &rows.iter().map(line).collect::<Vec<_>>())
}

/// The first and the last of many periods.
fn span(periods: &[String]) -> String {
    match periods {
        [first, .., last] => format!("{first} … {last}"),
        _ => periods.concat(),
    }
}

fn remarks(row: &IndicatorValueRow) -> String {
    let mut remarks: Vec<String> = Vec::new();
    remarks.extend(row.problem.as_ref().map(strings::not_computed));
    if !row.not_here.is_empty() {
        remarks.push(words::not_here(&row.not_here));
    }
    if !row.counted_here.is_empty() {
        remarks.push(words::counted_here(&row.counted_here));
    }
    remarks.join("; ")
}

/// `validate`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors. A rule that does not hold is printed, not an error.
pub fn validate(session: &Session, arguments: &Validate, output: Output) -> Result<u8> {
    let form = session.find_form(Some(FormKind::DataSet), &arguments.data_set)?;
    let places = arguments.org_units.iter().map(|text| session.find_organisation_unit(text));
    let query = ValidationQuery {
        data_set: form.uid.into(),
        periods: arguments.periods.clone(),
        organisation_units: places.collect::<Result<_>>()?,
        below: arguments.below,
    };
    let (mut reports, mut checked) = (Vec::new(), 0);
    let mut problems: Vec<String> = Vec::new();
    let mut next = None;
    loop {
        let page = session.violations_of_reports(&query, next)?;
        reports.extend(page.items);
        checked += u64::from(page.checked);
        let new = |problem: &String| !problems.contains(problem);
        let new: Vec<String> = page.problems.into_iter().filter(new).collect();
        problems.extend(new);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let document = json!({
        "checked": checked,
        "reports": reports.iter().map(report_document).collect::<Vec<_>>(),
        "problems": problems,
    });
    let broken = reports.iter().filter(|report| !report.violations.is_empty()).count() as u64;
    output.result(&document, || {
        let mut text: String = reports.iter().map(report_text).collect();
        text.extend(problems.iter().map(|problem| format!("{problem}\n")));
        text.push_str(&words::checked(checked, broken));
        text
    });
    Ok(if broken == 0 { exit::OK } else { exit::REFUSED })
}

fn report_document(report: &ReportViolations) -> Value {
    let unjudged = |rule: &UnjudgedRule| {
        json!({
            "uid": rule.uid.as_str(),
            "name": rule.name,
            "not_here": rule.not_here,
            "problem": rule.problem,
        })
    };
    json!({
        "data_set": report.key.data_set.as_str(),
        "period": report.key.period.to_string(),
        "org_unit": report.key.organisation_unit.as_str(),
        "org_unit_name": report.organisation_unit_name,
        "attribute_option_combo": report.key.attribute_option_combo.as_str(),
        "attribute_option_combo_name": report.attribute_option_combo_name,
        "violations": findings::violations_document(&report.violations),
        "not_judged": report.unjudged.iter().map(unjudged).collect::<Vec<_>>(),
    })
}

fn report_text(report: &ReportViolations) -> String {
    let mut text = format!("{}, {}", report.organisation_unit_name, report.key.period);
    if !report.attribute_option_combo_name.is_empty() {
        text.push_str(&format!(", {}", report.attribute_option_combo_name));
    }
    text.push('\n');
    text.push_str(&findings::violations_text(&report.violations));
    for rule in &report.unjudged {
        let why = rule.problem.clone().unwrap_or_else(|| words::not_here(&rule.not_here));
        text.push_str(&words::not_judged(&rule.name, &why));
    }
    text
}
