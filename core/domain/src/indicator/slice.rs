//! The cells of an open form as a source of values.

use std::collections::BTreeMap;

use super::index::Cells;
use super::source::{Datum, Found, Missing, Source, Window};
use crate::expression::Item;
use crate::form::data_set::{CellKey, CellValues};
use crate::uid::{CategoryOptionComboUid, DataElementUid};
use crate::value_type::ValueType;

/// What is entered in one slice: one place, period and attribute option combo.
///
/// Knows only the elements of the form; whatever else is asked is [`Found::NotHere`], so that another
/// source may answer (see [`super::FirstOf`]).
#[derive(Debug, Clone, Copy)]
pub struct SliceSource<'a> {
    /// The cells, drafts included.
    pub values: &'a CellValues,
    /// The elements of the form with their types.
    pub elements: &'a BTreeMap<DataElementUid, ValueType>,
    /// The attribute option combo of the slice.
    pub attribute_option_combo: CategoryOptionComboUid,
}

impl SliceSource<'_> {
    /// Every filled cell of an element.
    fn texts(&self, element: DataElementUid) -> impl Iterator<Item = (CellKey, &str)> {
        const FIRST: &str = "A0000000000";
        let first = CategoryOptionComboUid::parse(FIRST).expect("the constant is a uid");
        let from = CellKey { data_element: element, category_option_combo: first };
        let cells = self.values.range(from..);
        let own = cells.take_while(move |(key, _)| key.data_element == element);
        own.filter(|(_, value)| !value.deleted)
            .filter_map(|(key, value)| Some((*key, value.value.as_deref()?)))
            .filter(|(_, text)| !text.trim().is_empty())
    }

    fn cells(&self, cells: &Cells) -> Found {
        let [element] = cells.data_elements[..] else { return Found::NotHere };
        let Some(value_type) = self.elements.get(&element) else { return Found::NotHere };
        let attribute = &cells.attribute_option_combos;
        if !attribute.is_empty() && !attribute.contains(&self.attribute_option_combo) {
            return Found::NotHere;
        }
        let combos = &cells.category_option_combos;
        let wanted =
            |key: &CellKey| combos.is_empty() || combos.contains(&key.category_option_combo);
        let data = self
            .texts(element)
            .filter(|(key, _)| wanted(key))
            .filter_map(|(_, text)| Datum::read(*value_type, text));
        sum(data).map_or(Found::Nothing(Missing::of(*value_type)), Found::Value)
    }
}

/// Numbers are added up; of anything else the last one counts (DHIS2 `addDoubleObjects`).
fn sum(data: impl Iterator<Item = Datum>) -> Option<Datum> {
    data.reduce(|so_far, next| match (so_far, next) {
        (Datum::Number(a), Datum::Number(b)) => Datum::Number(a + b),
        (_, next) => next,
    })
}

impl Source for SliceSource<'_> {
    fn find(&self, item: &Item, _window: Window) -> Found {
        let modifiers = &item.modifiers;
        let is_elsewhere = modifiers.period_offset.is_some_and(|by| by != 0)
            || modifiers.year_to_date
            || modifiers.min_date.is_some()
            || modifiers.max_date.is_some();
        match Cells::of(item) {
            Some(cells) if !is_elsewhere && !cells.has_groups => self.cells(&cells),
            _ => Found::NotHere,
        }
    }
}
