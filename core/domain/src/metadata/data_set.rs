//! Data sets: aggregate forms of one place and one period.

use jiff::civil::DateTime;

use super::DataAccess;
use crate::period::{Period, PeriodType};
use crate::uid::{
    CategoryComboUid, CategoryOptionComboUid, DataElementUid, DataSetUid, IndicatorUid,
    OptionSetUid, SectionUid, Uid,
};
use crate::value_type::ValueType;

/// DHIS2 `DataElement`: one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataElement {
    /// Its id.
    pub id: DataElementUid,
    /// Display name.
    pub name: String,
    /// Name to show in forms; equal to `name` if the server has none.
    pub form_name: String,
    /// Help text.
    pub description: Option<String>,
    /// Code, if any.
    pub code: Option<String>,
    /// What a value must look like.
    pub value_type: ValueType,
    /// DHIS2 `AggregationType` name, e.g. `SUM`.
    pub aggregation_type: String,
    /// Whether the server stores a zero.
    pub zero_is_significant: bool,
    /// The option set that a value is taken from.
    pub option_set: Option<OptionSetUid>,
    /// How its values are split, unless a data set says otherwise.
    pub category_combo: CategoryComboUid,
    /// Legend sets, the first one counts.
    pub legend_sets: Vec<Uid>,
}

/// DHIS2 `DataSetElement`: an element's place in a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSetElement {
    /// The element.
    pub data_element: DataElementUid,
    /// Split used in this data set instead of the element's own.
    pub category_combo: Option<CategoryComboUid>,
}

/// DHIS2 `DataElementOperand`: an element or one of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataElementOperand {
    /// The element.
    pub data_element: DataElementUid,
    /// The cell; `None` means every cell of the element.
    pub category_option_combo: Option<CategoryOptionComboUid>,
}

/// DHIS2 `DataInputPeriod`: when a period may be filled in. If a data set has any, no other period is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataInputPeriod {
    /// The period.
    pub period: Period,
    /// From when, in the server's time zone.
    pub opening_date: Option<DateTime>,
    /// Until when, in the server's time zone.
    pub closing_date: Option<DateTime>,
}

/// DHIS2 `DataSet`.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// Its id.
    pub id: DataSetUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// How often it is filled in.
    pub period_type: PeriodType,
    /// Split of the whole form (attribute option combos).
    pub category_combo: CategoryComboUid,
    /// Elements with their splits.
    pub data_set_elements: Vec<DataSetElement>,
    /// Sections, unordered; see [`Section::sort_order`].
    pub sections: Vec<SectionUid>,
    /// Indicators shown in the form.
    pub indicators: Vec<IndicatorUid>,
    /// Cells that must be filled in.
    pub compulsory_operands: Vec<DataElementOperand>,
    /// Whether the server refuses completion while a compulsory cell is empty.
    pub compulsory_fields_complete_only: bool,
    /// Whether a form may be completed only when its validation rules hold (checked by the client).
    pub valid_complete_only: bool,
    /// Whether an empty cell needs a comment (checked by the client).
    pub no_value_requires_comment: bool,
    /// Whether all cells of an element must be filled in once one is.
    pub field_combination_required: bool,
    /// Periods open for entry; empty means no restriction.
    pub data_input_periods: Vec<DataInputPeriod>,
    /// Days after the end of the period during which values may be entered; 0 means for ever.
    pub expiry_days: f64,
    /// How many periods after the last ended one are open.
    pub open_future_periods: u32,
    /// How many periods after the end of an attribute category option entry stays open.
    pub open_periods_after_co_end_date: u32,
    /// Days after the end of the period within which the form counts as on time.
    pub timely_days: f64,
    /// What the user may do with its data.
    pub access: DataAccess,
}

/// DHIS2 `Section` of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its id.
    pub id: SectionUid,
    /// The data set.
    pub data_set: DataSetUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// Place in the form, ascending.
    pub sort_order: i64,
    /// Elements in form order.
    pub data_elements: Vec<DataElementUid>,
    /// Indicators in form order.
    pub indicators: Vec<IndicatorUid>,
    /// Cells that are not asked for.
    pub greyed_fields: Vec<DataElementOperand>,
    /// Whether each row shows its sum.
    pub show_row_totals: bool,
    /// Whether each column shows its sum.
    pub show_column_totals: bool,
    /// Whether elements stay in one table in section order although their category combos differ.
    pub disable_data_element_auto_group: bool,
}
