//! Aggregate values that lie on the device, over several periods and places, as a source of values.
//!
//! Aggregates each element by its own type as the server's analytics do. The numbers are of what is
//! here: [`LocalData::with_data`] says how much that is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Span as Length;
use jiff::civil::{Date, date};

use super::index::Cells;
use super::program::has_happened;
use super::source::{Datum, Found, Missing, Source, Window};
use super::timing::days_of;
use crate::data::{DataValueKey, Event};
use crate::expression::{Item, ItemKind, Modifiers};
use crate::period::{Period, PeriodType};
use crate::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, OrganisationUnitUid,
    ProgramUid, Uid,
};
use crate::value_type::ValueType;

/// How far back the first or last value of an element is looked for (DHIS2
/// `JdbcAnalyticsManager.LAST_VALUE_YEARS_OFFSET`).
const EDGE_YEARS: i64 = 10;

/// What aggregation has to know about an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementFacts {
    /// Type of its values.
    pub value_type: ValueType,
    /// DHIS2 `AggregationType` name such as `SUM`.
    pub aggregation_type: String,
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
    /// Answers in events, `D{program.element}`.
    answers: HashMap<(ProgramUid, DataElementUid), Vec<Entry>>,
    /// Programs whose events are all here.
    programs: BTreeSet<ProgramUid>,
    periods: Vec<Period>,
    units: Vec<OrganisationUnitUid>,
    truths_count: bool,
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
        Self {
            elements,
            values: HashMap::new(),
            answers: HashMap::new(),
            programs: BTreeSet::new(),
            periods,
            units,
            truths_count: false,
        }
    }

    /// Takes yes for one and no for zero, as the server's analytics tables do. Without it they keep
    /// their type, as in a form.
    #[must_use]
    pub fn counting_truths(self) -> Self {
        Self { truths_count: true, ..self }
    }

    /// Adds a stored value; one of an unknown element, or none of its type, is passed over.
    pub fn add(&mut self, key: &DataValueKey, text: &str) {
        let Some(facts) = self.elements.get(&key.data_element) else { return };
        let Some(datum) = self.read(facts, text) else { return };
        self.values.entry(key.data_element).or_default().push(Entry {
            period: key.period,
            unit: key.organisation_unit,
            combo: key.category_option_combo,
            attribute: key.attribute_option_combo,
            datum,
        });
    }

    /// Says that all events of a program are here as far as the user may see them; without it
    /// `D{program.element}` is not known.
    pub fn knows_program(&mut self, program: ProgramUid) {
        self.programs.insert(program);
    }

    /// Adds the answers of an event; one that has not happened or is deleted holds none.
    pub fn add_event(&mut self, event: &Event) {
        let day = event.occurred_at.as_deref().and_then(|text| text.get(..10)?.parse().ok());
        let period = day.and_then(|day: Date| PeriodType::Daily.containing(day));
        let Some(period) = period.filter(|_| !event.deleted && has_happened(event)) else { return };
        let default = CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO)
            .expect("the constant is a uid");
        for (element, answer) in &event.data_values {
            let Some(facts) = self.elements.get(element) else { continue };
            let Some(datum) = self.read(facts, &answer.value) else { continue };
            self.answers.entry((event.program, *element)).or_default().push(Entry {
                period,
                unit: event.organisation_unit,
                combo: default,
                attribute: event.attribute_option_combo.unwrap_or(default),
                datum,
            });
        }
    }

    fn read(&self, facts: &ElementFacts, text: &str) -> Option<Datum> {
        match Datum::read(facts.value_type, text)? {
            Datum::Boolean(truth) if self.truths_count => Some(Datum::Number(truth.into())),
            datum => Some(datum),
        }
    }

    /// The places and periods that have a value of one of these items.
    pub fn with_data<'a>(
        &self,
        items: impl IntoIterator<Item = &'a Item>,
    ) -> BTreeSet<(OrganisationUnitUid, Period)> {
        let mut with_data = BTreeSet::new();
        for entry in items.into_iter().flat_map(|item| self.entries(item)) {
            let within = self.periods.iter().find(|period| covers(period, &entry.period));
            with_data.extend(within.map(|period| (entry.unit, *period)));
        }
        with_data
    }

    fn entries(&self, item: &Item) -> Vec<&Entry> {
        let lists: Vec<&Vec<Entry>> = match answer_of(item) {
            Some(key) => self.answers.get(&key).into_iter().collect(),
            None => {
                let elements = Cells::of(item).map(|cells| cells.data_elements).unwrap_or_default();
                elements.iter().filter_map(|element| self.values.get(element)).collect()
            }
        };
        lists.into_iter().flatten().collect()
    }

    /// The first and the last day that these items look at; `None` for none of them.
    pub fn reach<'a>(&self, items: impl IntoIterator<Item = &'a Item>) -> Option<(Date, Date)> {
        let spans = items.into_iter().flat_map(|item| {
            let element = answer_of(item).map(|(_, element)| element);
            let element = element.or_else(|| Cells::of(item)?.data_elements.first().copied());
            let facts = element.and_then(|element| self.elements.get(&element));
            let name = facts.map_or_else(String::new, |facts| aggregation(facts, &item.modifiers));
            self.spans(&item.modifiers, &name).unwrap_or_default()
        });
        let reach = |a: (Date, Date), b: (Date, Date)| (a.0.min(b.0), a.1.max(b.1));
        spans.map(|span| (span.from, span.to)).reduce(reach)
    }

    fn cells(&self, cells: &Cells, modifiers: &Modifiers) -> Found {
        let [element] = cells.data_elements[..] else { return Found::NotHere };
        let any = |list: &[CategoryOptionComboUid], id| list.is_empty() || list.contains(&id);
        let entries = (self.values.get(&element).into_iter().flatten())
            .filter(|entry| any(&cells.category_option_combos, entry.combo))
            .filter(|entry| any(&cells.attribute_option_combos, entry.attribute));
        self.aggregate(element, entries, modifiers)
    }

    fn aggregate<'a>(
        &self,
        element: DataElementUid,
        entries: impl Iterator<Item = &'a Entry>,
        modifiers: &Modifiers,
    ) -> Found {
        let Some(facts) = self.elements.get(&element) else { return Found::NotHere };
        let name = aggregation(facts, modifiers);
        let Some(spans) = self.spans(modifiers, &name) else { return Found::NotHere };
        let entries: Vec<&Entry> =
            entries.filter(|entry| spans.iter().any(|span| span.holds(entry.period))).collect();
        let counts = self.truths_count && facts.value_type.is_boolean();
        if entries.is_empty() {
            let missing = if counts { Missing::Number } else { Missing::of(facts.value_type) };
            return Found::Nothing(missing);
        }
        if !facts.value_type.is_numeric() && !counts && name != "COUNT" {
            let newest = entries.iter().max_by_key(|entry| entry.period);
            return newest.map_or(Found::NotHere, |entry| Found::Value(entry.datum.clone()));
        }
        let days = spans.iter().map(Span::days).sum::<i64>() as f64;
        let number = aggregated(&name, &entries, days);
        number.map_or(Found::NotHere, |number| Found::Value(Datum::Number(number)))
    }

    /// The days that an item asks for; `None` if the calendar has no such period.
    fn spans(&self, modifiers: &Modifiers, aggregation: &str) -> Option<Vec<Span>> {
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
        if looks_beyond_the_period(aggregation) {
            let to = spans.iter().map(|span| span.to).max();
            let back = Length::new().years(EDGE_YEARS);
            spans = to.into_iter().map(|to| Span { from: to.saturating_sub(back), to }).collect();
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

/// The type of aggregation that counts for an item.
fn aggregation(facts: &ElementFacts, modifiers: &Modifiers) -> String {
    let written = modifiers.aggregation_type.map(str::to_ascii_uppercase);
    written.unwrap_or_else(|| facts.aggregation_type.clone())
}

/// Whether the value counts that was true at the end of the period, however old it is: stock, staff.
fn looks_beyond_the_period(aggregation: &str) -> bool {
    const NAMES: [&str; 6] = [
        "LAST",
        "LAST_AVERAGE_ORG_UNIT",
        "LAST_AVG_ORG_UNIT",
        "FIRST",
        "FIRST_AVERAGE_ORG_UNIT",
        "FIRST_AVG_ORG_UNIT",
    ];
    NAMES.contains(&aggregation)
}

/// The program and element of `D{program.element}`.
fn answer_of(item: &Item) -> Option<(ProgramUid, DataElementUid)> {
    let id = |at: usize| Uid::parse(&item.ids.get(at)?.value).ok();
    let is_answer = item.kind == ItemKind::ProgramDataElement;
    is_answer.then(|| Some((id(0)?.into(), id(1)?.into())))?
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
        if let Some((program, element)) = answer_of(item) {
            let is_known = self.programs.contains(&program);
            let entries = self.answers.get(&(program, element)).into_iter().flatten();
            return match is_known {
                true => self.aggregate(element, entries, &item.modifiers),
                false => Found::NotHere,
            };
        }
        match Cells::of(item) {
            Some(cells) if !cells.has_groups => self.cells(&cells, &item.modifiers),
            _ => Found::NotHere,
        }
    }

    fn is_sum(&self) -> bool {
        self.units.len() * self.periods.len() > 1
    }
}
