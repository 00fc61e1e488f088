//! Building the form: which rows stand in which table of which section.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{Layout, lay_out};
use super::{
    CellKey, DataSetForm, DataSetFormInput, FormCell, FormProblem, FormRow, FormSection, FormTable,
};
use crate::form::field_option_set;
use crate::metadata::{DataElement, DataElementOperand, Section};
use crate::uid::{CategoryComboUid, DataElementUid, IndicatorUid};

/// Builds the form of a data set.
///
/// Every element of the data set that is on the device has exactly one row: in the first section
/// that names it, or in a last section without a name. Cheap: each combo is laid out once.
#[must_use]
pub fn build(input: &DataSetFormInput) -> (DataSetForm, Vec<FormProblem>) {
    let mut builder = Builder {
        input,
        combo_of: combos(input),
        compulsory: input.data_set.compulsory_operands.iter().copied().collect(),
        layouts: BTreeMap::new(),
        placed: BTreeSet::new(),
        problems: vec![],
    };
    let sections = builder.sections();
    let data_set = &input.data_set;
    let form = DataSetForm {
        data_set: data_set.id,
        name: data_set.name.clone(),
        description: data_set.description.clone(),
        index: index(&sections),
        sections,
        compulsory_fields_complete_only: data_set.compulsory_fields_complete_only,
        field_combination_required: data_set.field_combination_required,
        no_value_requires_comment: data_set.no_value_requires_comment,
    };
    (form, builder.problems)
}

/// The combo by which the data set splits each of its elements.
fn combos(input: &DataSetFormInput) -> BTreeMap<DataElementUid, Option<CategoryComboUid>> {
    let combo_of = |id: &DataElementUid, own: Option<CategoryComboUid>| {
        own.or_else(|| input.data_elements.get(id).map(|element| element.category_combo))
    };
    let elements = input.data_set.data_set_elements.iter();
    elements
        .map(|element| {
            (element.data_element, combo_of(&element.data_element, element.category_combo))
        })
        .collect()
}

fn index(sections: &[FormSection]) -> BTreeMap<DataElementUid, (usize, usize, usize)> {
    let mut index = BTreeMap::new();
    for (at_section, section) in sections.iter().enumerate() {
        for (at_table, table) in section.tables.iter().enumerate() {
            for (at_row, row) in table.rows.iter().enumerate() {
                index.insert(row.data_element, (at_section, at_table, at_row));
            }
        }
    }
    index
}

struct Builder<'a> {
    input: &'a DataSetFormInput,
    combo_of: BTreeMap<DataElementUid, Option<CategoryComboUid>>,
    compulsory: BTreeSet<DataElementOperand>,
    layouts: BTreeMap<CategoryComboUid, Layout>,
    placed: BTreeSet<DataElementUid>,
    problems: Vec<FormProblem>,
}

/// An element of a section with its combo.
type Placed<'a> = (&'a DataElement, CategoryComboUid);

impl<'a> Builder<'a> {
    fn sections(&mut self) -> Vec<FormSection> {
        let mut ordered: Vec<&Section> = self.input.sections.iter().collect();
        // The id decides between equal places: a form never depends on the order of a query.
        ordered.sort_by_key(|section| (section.sort_order, section.id));
        let mut sections: Vec<_> =
            ordered.into_iter().map(|section| self.named_section(section)).collect();
        let rest = self.unnamed_section();
        if !rest.tables.is_empty() || !rest.indicators.is_empty() || sections.is_empty() {
            sections.push(rest);
        }
        sections
    }

    fn named_section(&mut self, section: &'a Section) -> FormSection {
        let elements: Vec<_> =
            section.data_elements.iter().filter_map(|id| self.place(*id, Some(section))).collect();
        let groups = if section.disable_data_element_auto_group {
            in_order(elements)
        } else {
            grouped(elements)
        };
        let greyed = section.greyed_fields.iter().copied().collect();
        let mut tables: Vec<_> =
            groups.into_iter().map(|(combo, group)| self.table(combo, &group, &greyed)).collect();
        for table in &mut tables {
            table.show_row_totals = section.show_row_totals;
            table.show_column_totals = section.show_column_totals;
        }
        FormSection {
            id: Some(section.id),
            name: Some(section.name.clone()),
            description: section.description.clone(),
            tables,
            indicators: self.indicators(&section.indicators),
        }
    }

    /// What no section names. Indicators of the data set belong here only if it has no sections.
    fn unnamed_section(&mut self) -> FormSection {
        let input = self.input;
        let rest: Vec<_> = input
            .data_set
            .data_set_elements
            .iter()
            .filter(|element| !self.placed.contains(&element.data_element))
            .map(|element| element.data_element)
            .collect();
        let elements = rest.into_iter().filter_map(|id| self.place(id, None)).collect();
        let no_greyed = BTreeSet::new();
        let tables = grouped(elements)
            .into_iter()
            .map(|(combo, group)| self.table(combo, &group, &no_greyed))
            .collect();
        let indicators = match input.sections.is_empty() {
            true => self.indicators(&input.data_set.indicators),
            false => vec![],
        };
        FormSection { id: None, name: None, description: None, tables, indicators }
    }

    /// Takes an element into a section, unless it is elsewhere, foreign or not on the device.
    fn place(&mut self, id: DataElementUid, section: Option<&Section>) -> Option<Placed<'a>> {
        if let Some(section) = section.map(|section| section.id) {
            if !self.combo_of.contains_key(&id) {
                self.problems.push(FormProblem::NotInDataSet { section, data_element: id });
                return None;
            }
            if self.placed.contains(&id) {
                self.problems.push(FormProblem::Repeated { section, data_element: id });
                return None;
            }
        }
        if !self.placed.insert(id) {
            return None;
        }
        let combo = self.combo_of.get(&id).copied().flatten();
        let found = self.input.data_elements.get(&id).zip(combo);
        if found.is_none() {
            self.problems.push(FormProblem::DataElementMissing { data_element: id });
        }
        found
    }

    fn table(
        &mut self,
        combo: CategoryComboUid,
        elements: &[&DataElement],
        greyed: &BTreeSet<DataElementOperand>,
    ) -> FormTable {
        let (input, problems) = (self.input, &mut self.problems);
        let layout =
            self.layouts.entry(combo).or_insert_with(|| lay_out(input, combo, problems)).clone();
        let rows = elements.iter().map(|element| self.row(element, &layout, greyed)).collect();
        FormTable {
            category_combo: combo,
            header: layout.header,
            columns: layout.columns,
            rows,
            show_row_totals: false,
            show_column_totals: false,
        }
    }

    fn row(
        &mut self,
        element: &DataElement,
        layout: &Layout,
        greyed: &BTreeSet<DataElementOperand>,
    ) -> FormRow {
        let mut cells = Vec::with_capacity(layout.columns.len());
        for column in &layout.columns {
            let category_option_combo = column.category_option_combo;
            let cell = CellKey { data_element: element.id, category_option_combo };
            let (greyed, compulsory) = (names(greyed, cell), names(&self.compulsory, cell));
            if greyed && compulsory {
                self.problems.push(FormProblem::CompulsoryGreyed { cell });
            }
            let (writable, compulsory) = (column.writable, compulsory && !greyed);
            cells.push(FormCell { category_option_combo, greyed, compulsory, writable });
        }
        FormRow {
            data_element: element.id,
            name: element.form_name.clone(),
            description: element.description.clone(),
            value_type: element.value_type,
            option_set: field_option_set(element.option_set, &self.input.option_sets),
            // Codes are names, even when they look like numbers.
            numeric: element.value_type.is_numeric() && element.option_set.is_none(),
            aggregation_type: element.aggregation_type.clone(),
            zero_is_significant: element.zero_is_significant,
            cells,
        }
    }

    fn indicators(&mut self, ids: &[IndicatorUid]) -> Vec<crate::metadata::Indicator> {
        let mut found = vec![];
        for &indicator in ids {
            match self.input.indicators.get(&indicator) {
                Some(known) => found.push(known.clone()),
                None => self.problems.push(FormProblem::IndicatorMissing { indicator }),
            }
        }
        found
    }
}

/// Whether the operands name the cell, alone or with its whole row.
fn names(operands: &BTreeSet<DataElementOperand>, cell: CellKey) -> bool {
    let data_element = cell.data_element;
    [None, Some(cell.category_option_combo)].into_iter().any(|category_option_combo| {
        operands.contains(&DataElementOperand { data_element, category_option_combo })
    })
}

/// One group per combo, in the order in which the combos first appear.
fn grouped(elements: Vec<Placed<'_>>) -> Vec<(CategoryComboUid, Vec<&DataElement>)> {
    let mut groups: Vec<(CategoryComboUid, Vec<&DataElement>)> = vec![];
    for (element, combo) in elements {
        match groups.iter_mut().find(|(of, _)| *of == combo) {
            Some((_, group)) => group.push(element),
            None => groups.push((combo, vec![element])),
        }
    }
    groups
}

/// Section order is kept: a new group begins wherever the combo changes.
fn in_order(elements: Vec<Placed<'_>>) -> Vec<(CategoryComboUid, Vec<&DataElement>)> {
    let runs = elements.chunk_by(|(_, a), (_, b)| a == b);
    runs.map(|run| (run[0].1, run.iter().map(|(element, _)| *element).collect())).collect()
}
