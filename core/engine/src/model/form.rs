//! Forms, slices and cells as a screen shows them.

use std::sync::Arc;

use outpost_domain::data::SliceKey;
use outpost_domain::form::data_set::DataSetForm;
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, OrganisationUnitUid, ProgramStageUid, Uid,
};

use outpost_domain::validation::Violation;

use super::{LegendView, RecordState};
use crate::session::{OptionCursor, OrganisationUnitCursor};

/// What a form is filled in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// A data set: one report per place and period.
    DataSet,
    /// An event program: one form per event.
    EventProgram,
}

/// A form in the list of forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSummary {
    /// Kind.
    pub kind: FormKind,
    /// Id of the data set or program.
    pub uid: Uid,
    /// Display name.
    pub name: String,
    /// Period type of a data set.
    pub period_type: Option<String>,
    /// Whether the user may enter data at all.
    pub writable: bool,
    /// Why not, in words.
    pub why_not: Option<String>,
    /// Records on this device: events, or reports that hold something.
    pub records: u64,
    /// Records that wait to be sent.
    pub waiting: u64,
    /// Records that the server refused.
    pub refused: u64,
    /// Records with two versions.
    pub conflicts: u64,
    /// Forms begun and not finished.
    pub drafts: u64,
}

/// The form of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSetFormView {
    /// The form; shared, never changed.
    pub form: Arc<DataSetForm>,
    /// What is wrong with its metadata, for the administrator.
    pub form_problems: Vec<String>,
    /// DHIS2 name of the period type.
    pub period_type: String,
}

/// A rule that says no, in words for the person at the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// DHIS2 code of the rule, or a short stable name where DHIS2 has none.
    pub code: String,
    /// In words.
    pub reason: String,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationUnitView {
    /// Its id.
    pub uid: OrganisationUnitUid,
    /// Display name.
    pub name: String,
    /// Code of the national facility list.
    pub code: Option<String>,
    /// Depth in the tree, the root is 1.
    pub level: u32,
    /// Names from the root down to the unit above, joined by ` / `.
    pub above: String,
}

/// A page of places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationUnitPage {
    /// Places.
    pub items: Vec<OrganisationUnitView>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<OrganisationUnitCursor>,
}

/// Which places to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganisationUnitQuery {
    /// Only with these words in name or code.
    pub search: Option<String>,
    /// Only the places right below this one, in their order.
    pub parent: Option<OrganisationUnitUid>,
    /// Only places where this data set or program may be filled in.
    pub form: Option<Uid>,
}

/// An option of an option set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionView {
    /// What is stored as the value.
    pub code: String,
    /// Display name.
    pub name: String,
}

/// A page of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionPage {
    /// Options in order.
    pub items: Vec<OptionView>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<OptionCursor>,
}

/// A split of a whole form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeOptionComboView {
    /// Its id.
    pub uid: CategoryOptionComboUid,
    /// Display name; empty for the default.
    pub name: String,
    /// Whether the user may write data under it.
    pub writable: bool,
}

/// A period that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodView {
    /// DHIS2 id, such as `202609`.
    pub id: String,
    /// First day, `yyyy-MM-dd`.
    pub start: String,
    /// Last day, `yyyy-MM-dd`.
    pub end: String,
    /// Why it may not be filled in now; `None` if it may.
    pub closed: Option<String>,
}

/// A cell with something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellView {
    /// The row.
    pub data_element: DataElementUid,
    /// The column.
    pub category_option_combo: CategoryOptionComboUid,
    /// The value.
    pub value: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    /// Marked for follow-up.
    pub follow_up: bool,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// What is wrong with it: the server's reason, or a local rule.
    pub problem: Option<Refusal>,
    /// Name and colour of the value, where the element has a legend set.
    pub legend: Option<LegendView>,
}

/// What speaks against completing a slice, at its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionProblemView {
    /// The row.
    pub data_element: DataElementUid,
    /// The cell; `None` if the whole row is meant.
    pub category_option_combo: Option<CategoryOptionComboUid>,
    /// Name of the question.
    pub name: String,
    /// In words.
    pub reason: String,
    /// Whether the slice cannot be completed before it is put right.
    pub blocks: bool,
}

/// Whether a slice is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionView {
    /// Whether it is complete.
    pub completed: bool,
    /// Day of completion, `yyyy-MM-dd`.
    pub date: Option<String>,
    /// Who completed it.
    pub by: Option<String>,
    /// Where that is on its way to the server.
    pub state: RecordState,
    /// The server's reason, if it refused.
    pub problem: Option<Refusal>,
}

/// Everything that a screen needs for one report, in one call.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceView {
    /// Which report.
    pub key: SliceKey,
    /// The form; shared, never changed.
    pub form: Arc<DataSetForm>,
    /// What is wrong with the form's metadata, for the administrator.
    pub form_problems: Vec<String>,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Name of the split of the whole form; empty for the default.
    pub attribute_option_combo_name: String,
    /// Cells with something in them; all others are empty.
    pub cells: Vec<CellView>,
    /// Completion.
    pub completion: CompletionView,
    /// Why nothing may be entered; empty if the slice is open.
    pub closed: Vec<Refusal>,
    /// What speaks against completing it now.
    pub completion_problems: Vec<CompletionProblemView>,
    /// Cells with a value.
    pub filled: u32,
    /// Cells asked for.
    pub asked: u32,
}

/// A change of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellChange {
    /// Another value; blank empties the cell.
    Value(String),
    /// Another comment; blank removes it.
    Comment(String),
    /// Marked for follow-up or not.
    FollowUp(bool),
}

/// A change of one cell of a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellEdit {
    /// The row.
    pub data_element: DataElementUid,
    /// The column.
    pub category_option_combo: CategoryOptionComboUid,
    /// The change.
    pub change: CellChange,
}

/// An edit that an entry rule refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEdit {
    /// Its place in the list of edits, from 0.
    pub index: u32,
    /// The row.
    pub data_element: DataElementUid,
    /// The column.
    pub category_option_combo: CategoryOptionComboUid,
    /// Why.
    pub refusal: Refusal,
}

/// A report in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceSummary {
    /// Which report.
    pub key: SliceKey,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Whether it is complete, as known here.
    pub completed: bool,
    /// Where its values and its completion are on their way: the state that needs a person most.
    pub state: RecordState,
}

/// A page of reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlicePage {
    /// Reports by place and period.
    pub items: Vec<SliceSummary>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<SliceKey>,
}

/// What became of a list of edits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EditOutcome {
    /// Cells saved durably.
    pub saved: u32,
    /// Cells that already held it.
    pub unchanged: u32,
    /// Edits that were refused.
    pub refused: Vec<RefusedEdit>,
    /// Remarks, such as a zero that the server will not keep.
    pub notes: Vec<String>,
}

/// What became of completing a slice or an event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CompleteOutcome {
    /// Whether it is complete now (saved durably).
    pub completed: bool,
    /// Why nothing may be changed; empty if it may.
    pub closed: Vec<Refusal>,
    /// What speaks against it. Without a blocking one it was completed all the same.
    pub problems: Vec<CompletionProblemView>,
    /// Validation rules that do not hold, the most important first. Where the data set asks for
    /// valid reports (DHIS2 `validCompleteOnly`) one of them blocks.
    pub violations: Vec<Violation>,
}

/// A stage of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// Its id.
    pub uid: ProgramStageUid,
    /// Display name.
    pub name: String,
}
