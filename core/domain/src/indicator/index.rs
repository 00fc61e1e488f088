//! Which expressions refer to which cells, so that an edit touches only those.

use std::collections::HashMap;

use crate::expression::{IdKind, Item, ItemKind};
use crate::uid::{CategoryOptionComboUid, DataElementUid};

/// Numbers of expressions by the cells they refer to.
#[derive(Debug, Clone, Default)]
pub struct CellIndex {
    by_element: HashMap<DataElementUid, Vec<(Option<CategoryOptionComboUid>, usize)>>,
}

impl CellIndex {
    /// Notes that an expression refers to an item; items that are no cells are passed over.
    pub fn add(&mut self, item: &Item, expression: usize) {
        let Some(cells) = Cells::of(item) else { return };
        for element in cells.data_elements {
            let entries = self.by_element.entry(element).or_default();
            if cells.category_option_combos.is_empty() {
                entries.push((None, expression));
            }
            for combo in &cells.category_option_combos {
                entries.push((Some(*combo), expression));
            }
        }
    }

    /// Numbers of the expressions that refer to a cell, ascending, each once.
    #[must_use]
    pub fn referring_to(
        &self,
        data_element: DataElementUid,
        category_option_combo: CategoryOptionComboUid,
    ) -> Vec<usize> {
        let entries = self.by_element.get(&data_element).map_or(&[][..], Vec::as_slice);
        let refers = |combo: &Option<_>| combo.is_none_or(|combo| combo == category_option_combo);
        let mut numbers: Vec<usize> =
            entries.iter().filter(|(combo, _)| refers(combo)).map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Elements that are referred to at all.
    pub fn data_elements(&self) -> impl Iterator<Item = DataElementUid> {
        self.by_element.keys().copied()
    }
}

/// Data elements that an item of an indicator or validation rule names.
pub(crate) fn named_elements(item: &Item) -> Vec<DataElementUid> {
    Cells::of(item).map(|cells| cells.data_elements).unwrap_or_default()
}

/// The cells that an item `#{..}` names.
pub(crate) struct Cells {
    pub data_elements: Vec<DataElementUid>,
    /// Empty means all.
    pub category_option_combos: Vec<CategoryOptionComboUid>,
    /// Empty means all.
    pub attribute_option_combos: Vec<CategoryOptionComboUid>,
    /// Whether it names groups or single category options, which are not resolved here.
    pub has_groups: bool,
}

impl Cells {
    /// The cells of `#{..}` in indicators and validation rules; `None` for another kind of item.
    pub fn of(item: &Item) -> Option<Self> {
        if item.kind != ItemKind::DataElement {
            return None;
        }
        let mut cells = Self {
            data_elements: Vec::new(),
            category_option_combos: Vec::new(),
            attribute_option_combos: Vec::new(),
            has_groups: false,
        };
        // Two groups are a stage and an element for the grammar; here they are element and combo.
        let is_pair = item.ids.first().is_some_and(|id| id.kind == IdKind::ProgramStage);
        for id in &item.ids {
            let combo = CategoryOptionComboUid::parse(&id.value);
            let element = DataElementUid::parse(&id.value);
            match id.kind {
                IdKind::ProgramStage => cells.data_elements.extend(element),
                IdKind::DataElement if is_pair => cells.category_option_combos.extend(combo),
                IdKind::DataElement => cells.data_elements.extend(element),
                IdKind::CategoryOption if !is_pair => {
                    cells.category_option_combos.extend(combo);
                }
                IdKind::AttributeOptionCombo => cells.attribute_option_combos.extend(combo),
                _ => cells.has_groups = true,
            }
        }
        Some(cells)
    }
}
