//! Forms as a screen shows them, and what is chosen before one is filled in.

use std::sync::Arc;

use outpost_engine::domain::form::FieldOptionSet;
use outpost_engine::domain::form::data_set as domain;
use outpost_engine::domain::metadata::Indicator;
use outpost_engine::model;

use super::{list, signed, signed32, text};
use crate::cursor::PageCursor;

/// What a form is filled in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FormType {
    /// A data set: one report per place and period.
    DataSet,
    /// An event program: one form per event.
    EventProgram,
}

/// A form in the list of forms.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormItem {
    /// Kind.
    pub kind: FormType,
    /// Id of the data set or program.
    pub uid: String,
    /// Display name.
    pub name: String,
    /// Period type of a data set.
    pub period_type: Option<String>,
    /// Whether the user may enter data at all.
    pub writable: bool,
    /// Why not, in words.
    pub why_not: Option<String>,
    /// Records on this device: events, or reports that hold something.
    pub records: i64,
    /// Records that wait to be sent.
    pub waiting: i64,
    /// Records that the server refused.
    pub refused: i64,
    /// Records with two versions.
    pub conflicts: i64,
    /// Forms begun and not finished.
    pub drafts: i64,
}

impl From<model::FormSummary> for FormItem {
    fn from(it: model::FormSummary) -> Self {
        Self {
            kind: match it.kind {
                model::FormKind::DataSet => FormType::DataSet,
                model::FormKind::EventProgram => FormType::EventProgram,
            },
            uid: text(it.uid),
            name: it.name,
            period_type: it.period_type,
            writable: it.writable,
            why_not: it.why_not,
            records: signed(it.records),
            waiting: signed(it.waiting),
            refused: signed(it.refused),
            conflicts: signed(it.conflicts),
            drafts: signed(it.drafts),
        }
    }
}

/// A page of forms.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormItemPage {
    /// Forms by name.
    pub items: Vec<FormItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// A rule that says no, in words for the person at the form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Reason {
    /// DHIS2 code of the rule, or a short stable name where DHIS2 has none.
    pub code: String,
    /// In words.
    pub words: String,
}

impl From<model::Refusal> for Reason {
    fn from(it: model::Refusal) -> Self {
        Self { code: it.code, words: it.reason }
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OrganisationUnitItem {
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
    /// Code of the national facility list.
    pub code: Option<String>,
    /// Depth in the tree, the root is 1.
    pub level: i32,
    /// Names from the root down to the unit above, joined by ` / `.
    pub above: String,
}

impl From<model::OrganisationUnitView> for OrganisationUnitItem {
    fn from(it: model::OrganisationUnitView) -> Self {
        Self {
            uid: text(it.uid),
            name: it.name,
            code: it.code,
            level: signed32(it.level),
            above: it.above,
        }
    }
}

/// A page of places.
#[derive(Debug, Clone, uniffi::Record)]
pub struct OrganisationUnitPage {
    /// Places.
    pub items: Vec<OrganisationUnitItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<Arc<PageCursor>>,
}

impl From<model::OrganisationUnitPage> for OrganisationUnitPage {
    fn from(it: model::OrganisationUnitPage) -> Self {
        Self { items: list(it.items), next: it.next.map(PageCursor::of_organisation_units) }
    }
}

/// An option of an option set.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OptionItem {
    /// What is stored as the value.
    pub code: String,
    /// Display name.
    pub name: String,
}

impl From<model::OptionView> for OptionItem {
    fn from(it: model::OptionView) -> Self {
        Self { code: it.code, name: it.name }
    }
}

/// A page of options.
#[derive(Debug, Clone, uniffi::Record)]
pub struct OptionItemPage {
    /// Options in order.
    pub items: Vec<OptionItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<Arc<PageCursor>>,
}

impl From<model::OptionPage> for OptionItemPage {
    fn from(it: model::OptionPage) -> Self {
        Self { items: list(it.items), next: it.next.map(PageCursor::of_options) }
    }
}

/// A split of a whole form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttributeOptionComboItem {
    /// Its id.
    pub uid: String,
    /// Display name; empty for the default.
    pub name: String,
    /// Whether the user may write data under it.
    pub writable: bool,
}

impl From<model::AttributeOptionComboView> for AttributeOptionComboItem {
    fn from(it: model::AttributeOptionComboView) -> Self {
        Self { uid: text(it.uid), name: it.name, writable: it.writable }
    }
}

/// A page of splits.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttributeOptionComboPage {
    /// Splits by name.
    pub items: Vec<AttributeOptionComboItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// A period that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PeriodItem {
    /// DHIS2 id, such as `202609`.
    pub id: String,
    /// First day, `yyyy-MM-dd`.
    pub start: String,
    /// Last day, `yyyy-MM-dd`.
    pub end: String,
    /// Why it may not be filled in now; `None` if it may.
    pub closed: Option<String>,
}

impl From<model::PeriodView> for PeriodItem {
    fn from(it: model::PeriodView) -> Self {
        Self { id: it.id, start: it.start, end: it.end, closed: it.closed }
    }
}

/// The list that a question is answered from; its options are read page by page.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OptionSetRef {
    /// Its id.
    pub uid: String,
    /// Display name; empty if the set is not on the device.
    pub name: String,
}

impl From<&FieldOptionSet> for OptionSetRef {
    fn from(it: &FieldOptionSet) -> Self {
        Self { uid: text(it.id), name: it.name.clone() }
    }
}

/// One option above one or more columns.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormHeaderCell {
    /// Display name of the option.
    pub name: String,
    /// Number of columns below it.
    pub span: i32,
}

/// The options of one category above the columns.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormHeaderRow {
    /// Display name of the category.
    pub category: String,
    /// Options from left to right.
    pub cells: Vec<FormHeaderCell>,
}

impl From<&domain::HeaderRow> for FormHeaderRow {
    fn from(it: &domain::HeaderRow) -> Self {
        let cell = |cell: &domain::HeaderCell| FormHeaderCell {
            name: cell.name.clone(),
            span: signed32(cell.span),
        };
        Self { category: it.category.clone(), cells: it.cells.iter().map(cell).collect() }
    }
}

/// A column: a category option combo.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormColumn {
    /// The combo.
    pub category_option_combo: String,
    /// Its display name; empty for the default combo.
    pub name: String,
    /// Whether the user may write data under it.
    pub writable: bool,
}

impl From<&domain::Column> for FormColumn {
    fn from(it: &domain::Column) -> Self {
        Self {
            category_option_combo: text(it.category_option_combo),
            name: it.name.clone(),
            writable: it.writable,
        }
    }
}

/// A cell of the form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormCell {
    /// The combo of its column.
    pub category_option_combo: String,
    /// Not asked for: drawn hatched, cannot be entered.
    pub greyed: bool,
    /// Must be filled in before completion.
    pub compulsory: bool,
    /// Whether the user may write it.
    pub writable: bool,
}

impl From<&domain::FormCell> for FormCell {
    fn from(it: &domain::FormCell) -> Self {
        Self {
            category_option_combo: text(it.category_option_combo),
            greyed: it.greyed,
            compulsory: it.compulsory,
            writable: it.writable,
        }
    }
}

/// A row: a data element.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormRow {
    /// The element.
    pub data_element: String,
    /// The name to show.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// DHIS2 `ValueType` name.
    pub value_type: String,
    /// The list that a value is chosen from.
    pub option_set: Option<OptionSetRef>,
    /// Whether its values can be summed.
    pub numeric: bool,
    /// One cell per column of the table.
    pub cells: Vec<FormCell>,
}

impl From<&domain::FormRow> for FormRow {
    fn from(it: &domain::FormRow) -> Self {
        Self {
            data_element: text(it.data_element),
            name: it.name.clone(),
            description: it.description.clone(),
            value_type: it.value_type.name().to_owned(),
            option_set: it.option_set.as_ref().map(OptionSetRef::from),
            numeric: it.numeric,
            cells: list(&it.cells),
        }
    }
}

/// Elements that are split alike.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormTable {
    /// One row per category, the first on top; empty for the default combo (one column, no name).
    pub header: Vec<FormHeaderRow>,
    /// Columns in order.
    pub columns: Vec<FormColumn>,
    /// One row per element.
    pub rows: Vec<FormRow>,
    /// Whether each row shows its sum.
    pub show_row_totals: bool,
    /// Whether each column shows its sum.
    pub show_column_totals: bool,
}

impl From<&domain::FormTable> for FormTable {
    fn from(it: &domain::FormTable) -> Self {
        Self {
            header: list(&it.header),
            columns: list(&it.columns),
            rows: list(&it.rows),
            show_row_totals: it.show_row_totals,
            show_column_totals: it.show_column_totals,
        }
    }
}

/// An indicator that a form shows: computed, never entered.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormIndicator {
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
}

impl From<&Indicator> for FormIndicator {
    fn from(it: &Indicator) -> Self {
        Self { uid: text(it.id), name: it.name.clone() }
    }
}

/// A section of a data set's form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormSection {
    /// Its id; `None` for the elements that are in no section.
    pub id: Option<String>,
    /// Display name; `None` for the elements that are in no section.
    pub name: Option<String>,
    /// Help text.
    pub description: Option<String>,
    /// Tables in order.
    pub tables: Vec<FormTable>,
    /// Indicators in order.
    pub indicators: Vec<FormIndicator>,
}

impl From<&domain::FormSection> for FormSection {
    fn from(it: &domain::FormSection) -> Self {
        Self {
            id: it.id.map(text),
            name: it.name.clone(),
            description: it.description.clone(),
            tables: list(&it.tables),
            indicators: list(&it.indicators),
        }
    }
}

/// The form of a data set.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DataSetForm {
    /// The data set.
    pub data_set: String,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// Sections in order; never empty.
    pub sections: Vec<FormSection>,
}

impl From<&domain::DataSetForm> for DataSetForm {
    fn from(it: &domain::DataSetForm) -> Self {
        Self {
            data_set: text(it.data_set),
            name: it.name.clone(),
            description: it.description.clone(),
            sections: list(&it.sections),
        }
    }
}
