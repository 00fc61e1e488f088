//! Aggregate values that lie on the device, over several periods and places, as a source of values.
//!
//! Aggregates each element by its own type as the server's analytics do. The numbers are of what is
//! here: [`LocalData::coverage`] says how much that is.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::{Date, date};

use super::index::Cells;
use super::source::{Datum, Found, Missing, Source, Window};
use super::timing::days_of;
use crate::data::DataValueKey;
use crate::expression::{Item, Modifiers};
use crate::period::Period;
use crate::uid::{CategoryOptionComboUid, DataElementUid, OrganisationUnitUid};
use crate::value_type::ValueType;

/// What aggregation has to know about an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementFacts {
    /// Type of its values.
    pub value_type: ValueType,
    /// DHIS2 `AggregationType` name such as `SUM`.
    pub aggregation_type: String,
}

/// How much of what was asked for lies on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Pairs of place and period with at least one value.
    pub with_data: usize,
    /// All pairs of place and period.
    pub asked: usize,
}

struct Entry {
    period: Period,
    unit: OrganisationUnitUid,
    combo: CategoryOptionComboUid,
    attribute: CategoryOptionComboUid,
    datum: Datum,
}

/// Values of some places, looked at for some periods.
pub struct LocalData {
    elements: BTreeMap<DataElementUid, ElementFacts>,
    values: HashMap<DataElementUid, Vec<Entry>>,
    periods: Vec<Period>,
    units: Vec<OrganisationUnitUid>,
}

impl LocalData {
    /// Nothing yet, for these periods and places. Values of other places are to be left out by the
    /// caller; values of other periods are kept, since expressions may look back.
    #[must_use]
    pub fn new(
        elements: BTreeMap<DataElementUid, ElementFacts>,
        periods: Vec<Period>,
        units: Vec<OrganisationUnitUid>,
    ) -> Self {
        Self { elements, values: HashMap::new(), periods, units }
    }

    /// Adds a stored value; one of an unknown element, or none of its type, is passed over.
    pub fn add(&mut self, key: &DataValueKey, text: &str) {
        let Some(facts) = self.elements.get(&key.data_element) else { return };
        let Some(datum) = Datum::read(facts.value_type, text) else { return };
        self.values.entry(key.data_element).or_default().push(Entry {
            period: key.period,
            unit: key.organisation_unit,
            combo: key.category_option_combo,
            attribute: key.attribute_option_combo,
            datum,
        });
    }

    /// How many of the places and periods have a value of one of these elements.
    #[must_use]
    pub fn coverage(&self, elements: impl IntoIterator<Item = DataElementUid>) -> Coverage {
        let mut with_data = HashSet::new();
        for element in elements {
            for entry in self.values.get(&element).into_iter().flatten() {
                let within = self.periods.iter().find(|period| covers(period, &entry.period));
                with_data.extend(within.map(|period| (entry.unit, *period)));
            }
        }
        Coverage { with_data: with_data.len(), asked: self.units.len() * self.periods.len() }
    }

    fn aggregate(&self, cells: &Cells, modifiers: &Modifiers) -> Found {
        let [element] = cells.data_elements[..] else { return Found::NotHere };
        let Some(facts) = self.elements.get(&element) else { return Found::NotHere };
        let Some(spans) = self.spans(modifiers) else { return Found::NotHere };
        let any = |list: &[CategoryOptionComboUid], id| list.is_empty() || list.contains(&id);
        let entries: Vec<&Entry> = (self.values.get(&element).into_iter().flatten())
            .filter(|entry| spans.iter().any(|span| span.holds(entry.period)))
            .filter(|entry| any(&cells.category_option_combos, entry.combo))
            .filter(|entry| any(&cells.attribute_option_combos, entry.attribute))
            .collect();
        if entries.is_empty() {
            return Found::Nothing(Missing::of(facts.value_type));
        }
        let written = modifiers.aggregation_type.map(str::to_ascii_uppercase);
        let name = written.as_deref().unwrap_or(&facts.aggregation_type);
        let days = spans.iter().map(Span::days).sum::<i64>() as f64;
        if !facts.value_type.is_numeric() && !matches!(name, "COUNT") {
            let newest = entries.iter().max_by_key(|entry| entry.period);
            return newest.map_or(Found::NotHere, |entry| Found::Value(entry.datum.clone()));
        }
        let number = aggregated(name, &entries, days);
        number.map_or(Found::NotHere, |number| Found::Value(Datum::Number(number)))
    }

    /// The days that an item asks for; `None` if the calendar has no such period.
    fn spans(&self, modifiers: &Modifiers) -> Option<Vec<Span>> {
        let mut spans = Vec::new();
        for period in &self.periods {
            let period = period.forward(modifiers.period_offset.unwrap_or(0))?;
            let mut span = Span { from: period.start(), to: period.end() };
            if modifiers.year_to_date {
                span.from = date(period.start().year(), 1, 1);
            }
            let day = |date: crate::expression::Date| date.to_string().parse::<Date>().ok();
            if let Some(min) = modifiers.min_date.and_then(day) {
                span.from = span.from.max(min);
            }
            if let Some(max) = modifiers.max_date.and_then(day) {
                span.to = span.to.min(max);
            }
            spans.push(span);
        }
        Some(spans)
    }
}

/// Days, both ends included.
struct Span {
    from: Date,
    to: Date,
}

impl Span {
    fn holds(&self, period: Period) -> bool {
        period.start() >= self.from && period.end() <= self.to
    }

    fn days(&self) -> i64 {
        self.from.until(self.to).map_or(0, |span| i64::from(span.get_days()) + 1)
    }
}

fn covers(outer: &Period, inner: &Period) -> bool {
    inner.start() >= outer.start() && inner.end() <= outer.end()
}

/// `None` for a type that has no aggregate.
fn aggregated(name: &str, entries: &[&Entry], days: f64) -> Option<f64> {
    let numbers: Vec<f64> = entries.iter().filter_map(|entry| number(entry)).collect();
    let count = entries.len() as f64;
    let sum = || numbers.iter().sum::<f64>();
    Some(match name {
        "SUM" => sum(),
        "COUNT" => count,
        "AVERAGE" | "AVG" => sum() / count,
        // Sums over places, weighed by the days of each period.
        "AVERAGE_SUM_ORG_UNIT" | "AVG_SUM_ORG_UNIT" => {
            let weighed = entries.iter().filter_map(|entry| {
                number(entry).map(|number| number * days_of(entry.period) as f64)
            });
            weighed.sum::<f64>() / days
        }
        "MIN" => numbers.iter().copied().reduce(f64::min)?,
        "MAX" => numbers.iter().copied().reduce(f64::max)?,
        "VARIANCE" => variance(&numbers)?,
        "STDDEV" => variance(&numbers)?.sqrt(),
        "LAST" | "LAST_IN_PERIOD" | "LAST_ANALYTICS_PERIOD" => edge(entries, true, false)?,
        "LAST_AVERAGE_ORG_UNIT"
        | "LAST_AVG_ORG_UNIT"
        | "LAST_IN_PERIOD_AVERAGE_ORG_UNIT"
        | "LAST_ANALYTICS_PERIOD_AVG_ORG_UNIT" => edge(entries, true, true)?,
        "FIRST" => edge(entries, false, false)?,
        "FIRST_AVERAGE_ORG_UNIT" | "FIRST_AVG_ORG_UNIT" => edge(entries, false, true)?,
        _ => return None,
    })
}

fn number(entry: &Entry) -> Option<f64> {
    if let Datum::Number(number) = entry.datum { Some(number) } else { None }
}

/// Of a sample, as SQL's `variance`.
fn variance(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares = numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>();
    (numbers.len() > 1).then(|| squares / (count - 1.0))
}

/// Each place's values of its newest or oldest period, added up or averaged over places.
fn edge(entries: &[&Entry], newest: bool, average: bool) -> Option<f64> {
    let mut by_unit: BTreeMap<OrganisationUnitUid, (Period, f64)> = BTreeMap::new();
    for entry in entries {
        let Some(number) = number(entry) else { continue };
        let (period, sum) = by_unit.entry(entry.unit).or_insert((entry.period, 0.0));
        let is_beyond = if newest { entry.period > *period } else { entry.period < *period };
        if is_beyond {
            (*period, *sum) = (entry.period, 0.0);
        }
        if entry.period == *period {
            *sum += number;
        }
    }
    let total = by_unit.values().map(|(_, sum)| sum).sum::<f64>();
    let count = by_unit.len() as f64;
    (count > 0.0).then_some(if average { total / count } else { total })
}

impl Source for LocalData {
    fn find(&self, item: &Item, _window: Window) -> Found {
        match Cells::of(item) {
            Some(cells) if !cells.has_groups => self.aggregate(&cells, &item.modifiers),
            _ => Found::NotHere,
        }
    }

    fn is_sum(&self) -> bool {
        self.units.len() * self.periods.len() > 1
    }
}
