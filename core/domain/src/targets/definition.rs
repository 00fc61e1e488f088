//! What is to be reached, as the administrator wrote it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::limits::{TARGET_NAME_CHARS_MAX, TARGET_SCOPE_MAX, TARGETS_BYTES_MAX, TARGETS_MAX};
use crate::period::PeriodType;
use crate::uid::{OrganisationUnitUid, Uid};

/// A target.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its id, one of a kind in the list.
    pub id: String,
    /// Name for people; the indicator's name if it has none.
    pub name: Option<String>,
    /// What is counted.
    pub source: TargetSource,
    /// In what kind of period.
    pub period_type: PeriodType,
    /// The number to reach; finite and not negative.
    pub value: f64,
    /// Whether more is better.
    pub goal: Goal,
    /// User names it is for; none means everybody.
    pub users: Vec<String>,
    /// Organisation units it is for; none means all.
    pub organisation_units: Vec<OrganisationUnitUid>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetSource {
    /// DHIS2 `Indicator`.
    Indicator(Uid),
    /// DHIS2 `ProgramIndicator`.
    ProgramIndicator(Uid),
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goal {
    /// At least the number.
    #[default]
    AtLeast,
    /// At most the number: missed visits.
    AtMost,
}

/// Why the whole text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetsError {
    /// Too long.
    #[error("the list of targets is longer than {TARGETS_BYTES_MAX} bytes")]
    TooLong,
    /// Not JSON.
    #[error("the list of targets is not JSON, line {line}, column {column}")]
    NotJson {
        /// Line, counted from one.
        line: usize,
        /// Column, counted from one.
        column: usize,
    },
    /// Not `{"targets": [..]}`.
    #[error("the list of targets has no list `targets`")]
    NoList,
}

/// Why one target is left out. The others stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("targets[{index}].{member}: {what}")]
pub struct TargetProblem {
    /// Its place in the list, from zero.
    pub index: usize,
    /// Which member.
    pub member: &'static str,
    /// What it takes.
    pub what: &'static str,
}

/// Reads the list of targets. A target with a mistake is left out and named.
///
/// # Errors
/// [`TargetsError`] if there is no list to read.
pub fn parse_targets(json: &str) -> Result<(Vec<Target>, Vec<TargetProblem>), TargetsError> {
    if json.len() > TARGETS_BYTES_MAX {
        return Err(TargetsError::TooLong);
    }
    let document: Value = serde_json::from_str(json)
        .map_err(|error| TargetsError::NotJson { line: error.line(), column: error.column() })?;
    let list = document.get("targets").and_then(Value::as_array).ok_or(TargetsError::NoList)?;
    let (mut targets, mut problems) = (Vec::new(), Vec::new());
    let mut ids = BTreeSet::new();
    for (index, entry) in list.iter().enumerate() {
        let problem = |(member, what)| TargetProblem { index, member, what };
        if index == TARGETS_MAX {
            problems
                .push(problem(("id", "the list is too long; this and later ones are left out")));
            break;
        }
        match target(entry) {
            Ok(target) if !ids.insert(target.id.clone()) => {
                problems.push(problem(("id", "must be one of a kind")));
            }
            Ok(target) => targets.push(target),
            Err(mistake) => problems.push(problem(mistake)),
        }
    }
    Ok((targets, problems))
}

/// The targets of a user with these organisation units.
pub fn targets_of<'t>(
    targets: &'t [Target],
    user: &str,
    units: &[OrganisationUnitUid],
) -> impl Iterator<Item = &'t Target> {
    targets.iter().filter(move |target| {
        let is_user = target.users.is_empty()
            || target.users.iter().any(|name| name.eq_ignore_ascii_case(user));
        let is_unit = target.organisation_units.is_empty()
            || target.organisation_units.iter().any(|unit| units.contains(unit));
        is_user && is_unit
    })
}

/// A member and what it takes.
type Mistake = (&'static str, &'static str);

fn target(entry: &Value) -> Result<Target, Mistake> {
    let entry = entry.as_object().ok_or(("", "must be an object"))?;
    let id = text(entry, "id")?.ok_or(("id", "must be a text"))?;
    let period_type = text(entry, "periodType")?.and_then(|name| PeriodType::parse(&name).ok());
    let value = entry.get("value").and_then(Value::as_f64);
    let goal = match text(entry, "goal")?.as_deref() {
        None | Some("atLeast") => Goal::AtLeast,
        Some("atMost") => Goal::AtMost,
        Some(_) => return Err(("goal", "must be atLeast or atMost")),
    };
    let units = texts(entry, "organisationUnits")?;
    let units: Result<_, _> = units.iter().map(|unit| OrganisationUnitUid::parse(unit)).collect();
    Ok(Target {
        id,
        name: text(entry, "name")?,
        source: source(entry)?,
        period_type: period_type.ok_or(("periodType", "must be a period type such as Monthly"))?,
        value: value
            .filter(|value| value.is_finite() && *value >= 0.0)
            .ok_or(("value", "must be a number that is not negative"))?,
        goal,
        users: texts(entry, "users")?,
        organisation_units: units
            .map_err(|_| ("organisationUnits", "must be a list of DHIS2 ids"))?,
    })
}

fn source(entry: &Map<String, Value>) -> Result<TargetSource, Mistake> {
    let indicator = text(entry, "indicator")?;
    let program_indicator = text(entry, "programIndicator")?;
    let uid = |text: &str, member| Uid::parse(text).map_err(|_| (member, "must be a DHIS2 id"));
    match (indicator, program_indicator) {
        (Some(id), None) => uid(&id, "indicator").map(TargetSource::Indicator),
        (None, Some(id)) => uid(&id, "programIndicator").map(TargetSource::ProgramIndicator),
        _ => Err(("indicator", "either indicator or programIndicator must be given")),
    }
}

fn text(entry: &Map<String, Value>, member: &'static str) -> Result<Option<String>, Mistake> {
    match entry.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text))
            if !text.is_empty() && text.chars().count() <= TARGET_NAME_CHARS_MAX =>
        {
            Ok(Some(text.clone()))
        }
        Some(_) => Err((member, "must be a short text")),
    }
}

fn texts(entry: &Map<String, Value>, member: &'static str) -> Result<Vec<String>, Mistake> {
    let list = match entry.get(member) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) if list.len() <= TARGET_SCOPE_MAX => list,
        Some(_) => return Err((member, "must be a list that is not too long")),
    };
    let text = |item: &Value| item.as_str().map(str::to_owned).ok_or((member, "must hold texts"));
    list.iter().map(text).collect()
}
