//! The form of a data set: sections, tables, rows, cells, and what may be entered when.
//!
//! Built once from metadata, then asked many times; asking never looks at metadata again. What does
//! not fit together in the metadata becomes a [`FormProblem`] beside the form, never a panic and
//! never a silently missing row.

mod build;
mod cell;
mod complete;
mod entry;
mod layout;
#[cfg(test)]
pub(crate) mod tests;
mod totals;

use std::collections::BTreeMap;

pub use build::build;
pub use cell::{Accepted, CellProblem, check_cell, check_comment};
pub use complete::{
    CompletionProblem, Progress, comments_required, completion_problems, missing_compulsory,
    partly_filled,
};
pub use entry::{Approval, DataSetEntry, EntryReason, data_set_entry};
pub use totals::{Sum, TableTotals, totals};

use super::{CategoryOptions, FieldOptionSet};
use crate::data::DataValue;
use crate::metadata::{
    Category, CategoryCombo, DataElement, DataSet, Indicator, OptionSet, Section,
};
use crate::uid::{
    CategoryComboUid, CategoryOptionComboUid, CategoryUid, DataElementUid, DataSetUid,
    IndicatorUid, OptionSetUid, SectionUid,
};
use crate::value_type::ValueType;

/// The metadata of one data set, loaded by the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSetFormInput {
    /// The data set.
    pub data_set: DataSet,
    /// Its sections, in any order.
    pub sections: Vec<Section>,
    /// Its elements.
    pub data_elements: BTreeMap<DataElementUid, DataElement>,
    /// The combos by which the elements are split.
    pub category_combos: BTreeMap<CategoryComboUid, CategoryCombo>,
    /// The categories of the combos.
    pub categories: BTreeMap<CategoryUid, Category>,
    /// The options of the categories; one that is not here is hidden from the user.
    pub category_options: CategoryOptions,
    /// The option sets of the elements, without their options.
    pub option_sets: BTreeMap<OptionSetUid, OptionSet>,
    /// The indicators shown in the form.
    pub indicators: BTreeMap<IndicatorUid, Indicator>,
}

/// A cell of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// The row.
    pub data_element: DataElementUid,
    /// The column.
    pub category_option_combo: CategoryOptionComboUid,
}

/// What is entered in the cells of one slice.
pub type CellValues = BTreeMap<CellKey, DataValue>;

/// The value of a cell, if it holds one that is neither empty nor deleted.
fn text_of(values: &CellValues, key: CellKey) -> Option<&str> {
    let value = values.get(&key).filter(|value| !value.deleted)?;
    value.value.as_deref().filter(|text| !text.trim().is_empty())
}

/// The form of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSetForm {
    /// The data set.
    pub data_set: DataSetUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// Sections in order; never empty.
    pub sections: Vec<FormSection>,
    /// Whether the server refuses completion while a compulsory cell is empty.
    pub compulsory_fields_complete_only: bool,
    /// Whether all cells of an element must be filled in once one is.
    pub field_combination_required: bool,
    /// Whether an empty cell needs a comment.
    pub no_value_requires_comment: bool,
    /// Place of each element: section, table, row.
    index: BTreeMap<DataElementUid, (usize, usize, usize)>,
}

/// A section of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct FormSection {
    /// Its id; `None` for the elements that are in no section.
    pub id: Option<SectionUid>,
    /// Display name; `None` for the elements that are in no section.
    pub name: Option<String>,
    /// Help text.
    pub description: Option<String>,
    /// Tables in order.
    pub tables: Vec<FormTable>,
    /// Indicators in order: computed, never entered.
    pub indicators: Vec<Indicator>,
}

/// Elements that are split alike.
#[derive(Debug, Clone, PartialEq)]
pub struct FormTable {
    /// The combo that makes the columns.
    pub category_combo: CategoryComboUid,
    /// One row per category, the first on top; empty for the default combo (one column, no name).
    pub header: Vec<HeaderRow>,
    /// Columns in order; the last category varies fastest.
    pub columns: Vec<Column>,
    /// One row per element.
    pub rows: Vec<FormRow>,
    /// Whether each row shows its sum.
    pub show_row_totals: bool,
    /// Whether each column shows its sum.
    pub show_column_totals: bool,
}

/// The options of one category above the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderRow {
    /// Display name of the category.
    pub category: String,
    /// Options from left to right; the spans add up to the number of columns.
    pub cells: Vec<HeaderCell>,
}

/// One option above one or more columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderCell {
    /// Display name of the option.
    pub name: String,
    /// Number of columns below it.
    pub span: usize,
}

/// A column: a category option combo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The combo.
    pub category_option_combo: CategoryOptionComboUid,
    /// Its display name; empty for the default combo.
    pub name: String,
    /// Whether the user may write data under every option of it (E7614).
    pub writable: bool,
}

/// A row: a data element.
#[derive(Debug, Clone, PartialEq)]
pub struct FormRow {
    /// The element.
    pub data_element: DataElementUid,
    /// The name to show.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// What a value must look like.
    pub value_type: ValueType,
    /// The list that a value is chosen from.
    pub option_set: Option<FieldOptionSet>,
    /// Whether its values can be summed.
    pub numeric: bool,
    /// DHIS2 `AggregationType` name.
    pub aggregation_type: String,
    /// Whether the server stores a zero.
    pub zero_is_significant: bool,
    /// One cell per column of the table.
    pub cells: Vec<FormCell>,
}

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormCell {
    /// The combo of its column.
    pub category_option_combo: CategoryOptionComboUid,
    /// Not asked for: drawn hatched, cannot be entered.
    pub greyed: bool,
    /// Must be filled in before completion.
    pub compulsory: bool,
    /// Whether the user may write it.
    pub writable: bool,
}

impl FormCell {
    /// Whether a person can fill it in.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        !self.greyed && self.writable
    }
}

impl FormRow {
    fn key(&self, cell: &FormCell) -> CellKey {
        CellKey {
            data_element: self.data_element,
            category_option_combo: cell.category_option_combo,
        }
    }

    /// The cells that a person can fill in.
    fn asked(&self) -> impl Iterator<Item = (CellKey, &FormCell)> {
        self.cells.iter().filter(|cell| cell.is_asked()).map(|cell| (self.key(cell), cell))
    }
}

impl DataSetForm {
    /// Every row, in form order.
    pub fn rows(&self) -> impl Iterator<Item = &FormRow> {
        self.sections.iter().flat_map(FormSection::rows)
    }

    /// The row of an element.
    #[must_use]
    pub fn row(&self, data_element: DataElementUid) -> Option<&FormRow> {
        let &(section, table, row) = self.index.get(&data_element)?;
        self.sections.get(section)?.tables.get(table)?.rows.get(row)
    }
}

impl FormSection {
    /// Every row of the section, in form order.
    pub fn rows(&self) -> impl Iterator<Item = &FormRow> {
        self.tables.iter().flat_map(|table| &table.rows)
    }
}

/// What does not fit together in the metadata of a data set; for the administrator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormProblem {
    /// The data set names an element that is not on the device (hidden or deleted): its row is
    /// missing.
    #[error("data element {data_element} is not on this device; its row is left out")]
    DataElementMissing {
        /// The element.
        data_element: DataElementUid,
    },
    /// A section names an element that is not in the data set; the server would refuse its values.
    #[error("section {section} names data element {data_element}, which is not in the data set")]
    NotInDataSet {
        /// The section.
        section: SectionUid,
        /// The element.
        data_element: DataElementUid,
    },
    /// A section repeats an element; it is shown once.
    #[error(
        "section {section} repeats data element {data_element}; it is shown where it came first"
    )]
    Repeated {
        /// The section of the second mention.
        section: SectionUid,
        /// The element.
        data_element: DataElementUid,
    },
    /// A combo is not on the device: its table has no columns.
    #[error("category combo {category_combo} is not on this device; its rows have no cells")]
    CategoryComboMissing {
        /// The combo.
        category_combo: CategoryComboUid,
    },
    /// A category of the combo is not on the device: its table has no columns.
    #[error("category {category} of category combo {category_combo} is not on this device")]
    CategoryMissing {
        /// The combo.
        category_combo: CategoryComboUid,
        /// The category.
        category: CategoryUid,
    },
    /// Some crossings of options have no category option combo on the server: these columns are
    /// missing.
    #[error("category combo {category_combo} lacks {missing} of its category option combos")]
    OptionCombosMissing {
        /// The combo.
        category_combo: CategoryComboUid,
        /// How many columns are left out.
        missing: usize,
    },
    /// Two category option combos have the same options; the first is shown.
    #[error("category option combo {category_option_combo} repeats the options of another one")]
    OptionComboRepeated {
        /// The one that is not shown.
        category_option_combo: CategoryOptionComboUid,
    },
    /// Some category option combos have options that have left their category: no column shows
    /// them, and values entered there earlier are not seen.
    #[error(
        "category combo {category_combo} has {unused} category option combos outside its categories"
    )]
    OptionCombosUnused {
        /// The combo.
        category_combo: CategoryComboUid,
        /// How many there are.
        unused: usize,
    },
    /// Columns are left out because the user may not see data of one of their options.
    #[error("{left_out} columns of category combo {category_combo} are not open to this user")]
    ColumnsWithoutAccess {
        /// The combo.
        category_combo: CategoryComboUid,
        /// How many columns are left out.
        left_out: usize,
    },
    /// More crossings than a form can have: the table has no columns.
    #[error("category combo {category_combo} has too many columns for a form")]
    TooManyColumns {
        /// The combo.
        category_combo: CategoryComboUid,
    },
    /// A cell is compulsory and greyed at once: nobody can fill it in, completion may be refused.
    #[error(
        "data element {} is compulsory in a greyed cell ({})",
        .cell.data_element, .cell.category_option_combo
    )]
    CompulsoryGreyed {
        /// The cell.
        cell: CellKey,
    },
    /// An indicator of the form is not on the device; it is left out.
    #[error("indicator {indicator} is not on this device")]
    IndicatorMissing {
        /// The indicator.
        indicator: IndicatorUid,
    },
}
