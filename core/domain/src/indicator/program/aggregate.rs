//! A program indicator over many rows: which belong to the period, which pass the filter, what they
//! come to together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ParsedProgramIndicator;
use super::boundary::Boundaries;
use super::facts::ProgramFacts;
use super::row::{Row, has_happened};
use super::values::{Named, RowValues, counted_variable, counting_key};
use crate::expression::{EvaluateError, Item, Value, Values};
use crate::indicator::measure::number_of;
use crate::indicator::round::rounded;
use crate::period::Period;
use crate::uid::OrganisationUnitUid;

/// What rows come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aggregated {
    /// The value; `None` if no row has one, or the type of aggregation has none.
    pub value: Option<f64>,
    /// The value rounded as the server shows it.
    pub rounded: Option<f64>,
    /// Rows that belong to the period and pass the filter.
    pub rows: usize,
    /// Rows that could not be judged; the value does without them. The server's query would fail.
    pub failed: usize,
    /// Why the first of them could not be judged.
    pub problem: Option<EvaluateError>,
}

/// One row's value with what aggregation may order and group by.
struct Rowed<'r> {
    row: Row<'r>,
    /// The period that it was chosen for; `None` where there are no periods.
    period: Option<Period>,
    number: Option<f64>,
}

/// Goes through rows: those that belong to one of the periods come together. Without periods all of
/// them belong. A row that belongs to several, as boundaries may have it, counts for the first.
pub fn aggregate<'r, F: ProgramFacts>(
    indicator: &ParsedProgramIndicator,
    rows: impl IntoIterator<Item = Row<'r>>,
    periods: &[Period],
    facts: &F,
) -> Aggregated {
    let (list, kind) = (&indicator.boundaries, indicator.analytics_type);
    let bounded = |period: &Period| Some((*period, Boundaries::new(list, kind, *period)?));
    let Some(bounded) = periods.iter().map(bounded).collect::<Option<Vec<_>>>() else {
        return Aggregated::default();
    };
    let mut result = Aggregated::default();
    let mut rowed = Vec::new();
    for row in rows {
        let within = bounded.iter().find(|(_, boundaries)| boundaries.hold(row));
        let is_live = row.event().is_none_or(|event| !event.deleted && has_happened(event));
        if !is_live || (within.is_none() && !bounded.is_empty()) {
            continue;
        }
        let period = within.map(|(period, _)| *period);
        match number_of_row(indicator, row, period, facts) {
            Ok(None) => {}
            Ok(Some(number)) => rowed.push(Rowed { row, period, number }),
            Err(problem) => {
                result.failed += 1;
                result.problem.get_or_insert(problem);
            }
        }
    }
    result.rows = rowed.len();
    match together(indicator, &rowed, facts) {
        Ok(value) => {
            result.value = value.filter(|value| value.is_finite());
            result.rounded = result.value.map(|value| rounded(value, indicator.decimals));
        }
        Err(problem) => result.problem = Some(problem),
    }
    result
}

/// `Ok(None)` if the filter leaves the row out, `Ok(Some(None))` if it has no value.
fn number_of_row<F: ProgramFacts>(
    indicator: &ParsedProgramIndicator,
    row: Row<'_>,
    period: Option<Period>,
    facts: &F,
) -> Result<Option<Option<f64>>, EvaluateError> {
    if !indicator.holds(row, facts, period)? {
        return Ok(None);
    }
    if indicator.aggregation_type == "CUSTOM" || counted_variable(&indicator.expression).is_some() {
        return Ok(Some(None));
    }
    let values = RowValues::new(indicator, row, facts, period);
    let outcome = indicator.expression.evaluate(&values)?;
    let truth = match outcome {
        crate::expression::Outcome::Boolean(truth) => Some(f64::from(truth)),
        _ => None,
    };
    Ok(Some(truth.or_else(|| number_of(&outcome))))
}

fn together<F: ProgramFacts>(
    indicator: &ParsedProgramIndicator,
    rowed: &[Rowed<'_>],
    facts: &F,
) -> Result<Option<f64>, EvaluateError> {
    if let Some(name) = counted_variable(&indicator.expression) {
        return Ok(Some(distinct(name, rowed, indicator) as f64));
    }
    if indicator.aggregation_type == "CUSTOM" {
        let values = Columns::new(indicator, rowed, facts);
        let outcome = indicator.expression.evaluate(&values)?;
        return Ok(number_of(&outcome));
    }
    Ok(aggregated(&indicator.aggregation_type, rowed))
}

fn distinct(name: &str, rowed: &[Rowed<'_>], indicator: &ParsedProgramIndicator) -> usize {
    let keys = rowed.iter().flat_map(|it| counting_key(name, it.row, indicator.analytics_type));
    keys.collect::<BTreeSet<_>>().len()
}

/// By DHIS2 `AggregationType`; rows without a value are left out, as SQL does.
fn aggregated(name: &str, rowed: &[Rowed<'_>]) -> Option<f64> {
    let numbers: Vec<f64> = rowed.iter().filter_map(|it| it.number).collect();
    let count = numbers.len() as f64;
    if name == "COUNT" {
        return Some(count);
    }
    if numbers.is_empty() {
        return None;
    }
    let sum: f64 = numbers.iter().sum();
    let mean = sum / count;
    let variance = || {
        let squares: f64 = numbers.iter().map(|number| (number - mean) * (number - mean)).sum();
        (numbers.len() > 1).then(|| squares / (count - 1.0))
    };
    match name {
        "SUM" => Some(sum),
        "AVERAGE" | "AVERAGE_SUM_ORG_UNIT" | "DEFAULT" => Some(mean),
        "MIN" => numbers.iter().copied().reduce(f64::min),
        "MAX" => numbers.iter().copied().reduce(f64::max),
        "VARIANCE" => variance(),
        "STDDEV" => variance().map(f64::sqrt),
        "MIN_SUM_ORG_UNIT" => per_unit(rowed, f64::min).map(|units| units.values().sum()),
        "MAX_SUM_ORG_UNIT" => per_unit(rowed, f64::max).map(|units| units.values().sum()),
        "LAST" | "LAST_IN_PERIOD" => edge(rowed, true).map(|units| units.iter().sum()),
        "FIRST" => edge(rowed, false).map(|units| units.iter().sum()),
        "LAST_AVERAGE_ORG_UNIT" | "LAST_IN_PERIOD_AVERAGE_ORG_UNIT" => {
            edge(rowed, true).map(|units| average(&units))
        }
        "FIRST_AVERAGE_ORG_UNIT" => edge(rowed, false).map(|units| average(&units)),
        _ => None,
    }
}

fn average(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn per_unit(
    rowed: &[Rowed<'_>],
    pick: fn(f64, f64) -> f64,
) -> Option<BTreeMap<OrganisationUnitUid, f64>> {
    let mut units = BTreeMap::new();
    for it in rowed {
        let Some(number) = it.number else { continue };
        let unit = units.entry(it.row.organisation_unit()).or_insert(number);
        *unit = pick(*unit, number);
    }
    Some(units)
}

/// Each place's newest or oldest value.
fn edge(rowed: &[Rowed<'_>], newest: bool) -> Option<Vec<f64>> {
    let mut units: BTreeMap<OrganisationUnitUid, (Option<&str>, f64)> = BTreeMap::new();
    for it in rowed {
        let Some(number) = it.number else { continue };
        let date = match it.row {
            Row::Event { event, .. } => event.occurred_at.as_deref(),
            Row::Enrollment(enrollment) => enrollment.enrolled_at.as_deref(),
        };
        let known = units.entry(it.row.organisation_unit()).or_insert((date, number));
        if if newest { date > known.0 } else { date < known.0 } {
            *known = (date, number);
        }
    }
    Some(units.into_values().map(|(_, number)| number).collect())
}

/// All rows at once, for expressions that name their own aggregates: each item is a column.
struct Columns<'r> {
    columns: HashMap<String, Vec<f64>>,
    counts: HashMap<&'static str, f64>,
    constants: HashMap<&'r str, f64>,
}

impl<'r> Columns<'r> {
    fn new<F: ProgramFacts>(
        indicator: &'r ParsedProgramIndicator,
        rowed: &[Rowed<'_>],
        facts: &F,
    ) -> Self {
        const COUNTS: [&str; 4] =
            ["event_count", "enrollment_count", "tei_count", "org_unit_count"];
        let items = indicator.expression.items().unwrap_or_default();
        let mut columns: HashMap<String, Vec<f64>> = HashMap::new();
        for it in rowed {
            let values = RowValues::new(indicator, it.row, facts, it.period);
            for item in &items {
                let number = match values.item(item) {
                    Some(Value::Variable(variable)) => variable.value().and_then(parsed),
                    Some(Value::Number(number)) => Some(number),
                    _ => None,
                };
                let column = columns.entry(item.key().to_owned()).or_default();
                column.push(number.unwrap_or(f64::NAN));
            }
        }
        let constant = |item: &&'r Item| match Named::of(item) {
            Some(Named::Constant(id)) => facts.constant(id).map(|number| (item.key(), number)),
            _ => None,
        };
        Self {
            constants: items.iter().filter_map(constant).collect(),
            columns,
            counts: COUNTS.map(|name| (name, distinct(name, rowed, indicator) as f64)).into(),
        }
    }
}

fn parsed(text: &str) -> Option<f64> {
    text.parse().ok()
}

impl Values for Columns<'_> {
    fn item(&self, item: &Item) -> Option<Value<'_>> {
        if let Some(number) = self.constants.get(item.key()) {
            return Some(Value::Number(*number));
        }
        Some(Value::Vector(self.columns.get(item.key()).map_or(&[], Vec::as_slice)))
    }

    fn program_variable(&self, name: &str) -> Option<Value<'_>> {
        self.counts.get(name).map(|count| Value::Number(*count))
    }
}
