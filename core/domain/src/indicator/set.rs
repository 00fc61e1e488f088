//! The indicators of a form: computed once when it opens, then only where an edit reaches.

use std::collections::HashMap;

use super::index::CellIndex;
use super::measure::Measure;
use super::quotient::{IndicatorResult, Quotient};
use super::source::{Datum, Found, Missing, Source, Window};
use super::timing::Timing;
use crate::expression::{Function, Item, ItemKind, Mode, ParseError};
use crate::form::data_set::CellKey;
use crate::limits::INDICATOR_NESTING_MAX;
use crate::metadata::{Indicator, IndicatorType};
use crate::uid::{IndicatorUid, Uid};

/// An indicator that cannot be computed; named to the administrator, never left out in silence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableIndicator {
    /// The numerator cannot be read.
    #[error("the numerator of indicator {0} cannot be read {1}")]
    Numerator(IndicatorUid, ParseError),
    /// The denominator cannot be read.
    #[error("the denominator of indicator {0} cannot be read {1}")]
    Denominator(IndicatorUid, ParseError),
    /// The type is not on the device, so there is no factor.
    #[error("the type of indicator {0} is not on this device")]
    TypeMissing(IndicatorUid),
}

/// Parsed indicators with their present values.
#[derive(Debug, Clone, Default)]
pub struct IndicatorSet {
    ids: Vec<IndicatorUid>,
    quotients: Vec<Quotient>,
    places: HashMap<IndicatorUid, usize>,
    index: CellIndex,
    results: Vec<IndicatorResult>,
}

impl IndicatorSet {
    /// Parses indicators; those that `N{..}` refers to must be among them to be resolved.
    #[must_use]
    pub fn new<'a>(
        indicators: impl IntoIterator<Item = &'a Indicator>,
        types: &[IndicatorType],
    ) -> (Self, Vec<UnusableIndicator>) {
        let factors: HashMap<Uid, i64> = types.iter().map(|it| (it.id, it.factor)).collect();
        let mut set = Self::default();
        let mut unusable = Vec::new();
        for indicator in indicators {
            match parse(indicator, &factors) {
                Ok(quotient) => {
                    set.places.insert(indicator.id, set.ids.len());
                    set.ids.push(indicator.id);
                    set.quotients.push(quotient);
                }
                Err(problem) => unusable.push(problem),
            }
        }
        set.results = vec![IndicatorResult::default(); set.ids.len()];
        for number in 0..set.ids.len() {
            let mut reached = vec![number];
            set.collect_nested(number, &mut reached);
            for inner in reached {
                let quotient = &set.quotients[inner];
                let items = quotient.numerator.items().chain(quotient.denominator.items());
                items.for_each(|item| set.index.add(item, number));
            }
        }
        (set, unusable)
    }

    /// Every indicator that one refers to, directly or not.
    fn collect_nested(&self, number: usize, reached: &mut Vec<usize>) {
        let quotient = &self.quotients[number];
        for item in quotient.numerator.items().chain(quotient.denominator.items()) {
            let inner = self.nested(item).filter(|inner| !reached.contains(inner));
            if let Some(inner) = inner {
                reached.push(inner);
                self.collect_nested(inner, reached);
            }
        }
    }

    fn nested(&self, item: &Item) -> Option<usize> {
        if item.kind != ItemKind::Indicator {
            return None;
        }
        let id = IndicatorUid::parse(&item.ids.first()?.value).ok()?;
        self.places.get(&id).copied()
    }

    /// Computes every indicator: when a form opens.
    pub fn compute_all<S: Source>(&mut self, source: &S, timing: &Timing) {
        for number in 0..self.ids.len() {
            self.results[number] = self.compute(number, source, timing);
        }
    }

    /// Computes again what refers to the edited cells, and tells which values changed.
    pub fn recompute<S: Source>(
        &mut self,
        edited: &[CellKey],
        source: &S,
        timing: &Timing,
    ) -> Vec<(IndicatorUid, IndicatorResult)> {
        let mut numbers: Vec<usize> = Vec::new();
        for cell in edited {
            let (element, combo) = (cell.data_element, cell.category_option_combo);
            numbers.extend(self.index.referring_to(element, combo));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut changed = Vec::new();
        for number in numbers {
            let result = self.compute(number, source, timing);
            if result != self.results[number] {
                changed.push((self.ids[number], result.clone()));
                self.results[number] = result;
            }
        }
        changed
    }

    fn compute<S: Source>(&self, number: usize, source: &S, timing: &Timing) -> IndicatorResult {
        let nested = Nested { set: self, source, timing, path: vec![number] };
        self.quotients[number].evaluate(&nested, timing)
    }

    /// Computes one indicator without remembering it.
    #[must_use]
    pub fn evaluate<S: Source>(
        &self,
        id: IndicatorUid,
        source: &S,
        timing: &Timing,
    ) -> Option<IndicatorResult> {
        self.places.get(&id).map(|number| self.compute(*number, source, timing))
    }

    /// The present value of an indicator.
    #[must_use]
    pub fn result(&self, id: IndicatorUid) -> Option<&IndicatorResult> {
        self.places.get(&id).map(|number| &self.results[*number])
    }

    /// Every indicator with its present value, in the order in which they were given.
    pub fn results(&self) -> impl Iterator<Item = (IndicatorUid, &IndicatorResult)> {
        self.ids.iter().copied().zip(&self.results)
    }

    /// Items of an indicator and of those that it refers to; none for an unknown one.
    #[must_use]
    pub fn items_of(&self, id: IndicatorUid) -> Vec<&Item> {
        let mut reached: Vec<usize> = self.places.get(&id).copied().into_iter().collect();
        if let [number] = reached[..] {
            self.collect_nested(number, &mut reached);
        }
        let quotients = reached.into_iter().map(|number| &self.quotients[number]);
        quotients.flat_map(|it| it.numerator.items().chain(it.denominator.items())).collect()
    }

    /// The index by which edits find their indicators.
    #[must_use]
    pub fn index(&self) -> &CellIndex {
        &self.index
    }
}

fn parse(
    indicator: &Indicator,
    factors: &HashMap<Uid, i64>,
) -> Result<Quotient, UnusableIndicator> {
    let id = indicator.id;
    let read = |text: &str| Measure::parse(text, Mode::IndicatorExpression);
    let numerator =
        read(&indicator.numerator).map_err(|why| UnusableIndicator::Numerator(id, why))?;
    let denominator =
        read(&indicator.denominator).map_err(|why| UnusableIndicator::Denominator(id, why))?;
    let factor = indicator.indicator_type.and_then(|type_id| factors.get(&type_id));
    Ok(Quotient {
        numerator,
        denominator,
        factor: *factor.ok_or(UnusableIndicator::TypeMissing(id))?,
        decimals: indicator.decimals,
        annualized: indicator.annualized,
    })
}

/// A source that answers `N{..}` from the set itself.
struct Nested<'a, S> {
    set: &'a IndicatorSet,
    source: &'a S,
    timing: &'a Timing,
    /// Indicators being computed, outermost first.
    path: Vec<usize>,
}

impl<S: Source> Source for Nested<'_, S> {
    fn find(&self, item: &Item, window: Window) -> Found {
        let Some(number) = self.set.nested(item) else { return self.source.find(item, window) };
        if self.path.contains(&number) || self.path.len() >= INDICATOR_NESTING_MAX {
            return Found::NotHere;
        }
        let mut path = self.path.clone();
        path.push(number);
        let inner = Nested { set: self.set, source: self.source, timing: self.timing, path };
        // Boxed behind a reference, so that nesting does not nest types.
        let source: &dyn Source = &inner;
        let result = self.set.quotients[number].evaluate(&source, self.timing);
        if !result.not_here.is_empty() {
            return Found::NotHere;
        }
        let value = result.value.map(|value| Found::Value(Datum::Number(value.value)));
        value.unwrap_or(Found::Nothing(Missing::Number))
    }

    fn constant(&self, id: Uid) -> Option<f64> {
        self.source.constant(id)
    }

    fn group_size(&self, group: Uid) -> Option<f64> {
        self.source.group_size(group)
    }

    fn is_sum(&self) -> bool {
        self.source.is_sum()
    }

    fn is_unit_of(&self, function: Function, ids: &[&str]) -> Option<bool> {
        self.source.is_unit_of(function, ids)
    }
}
