//! Programs, their stages and sections. Option sets.

use super::{DataAccess, ProgramRegistration, StageSchedule};
use crate::period::PeriodType;
use crate::uid::{
    CategoryComboUid, DataElementUid, OptionSetUid, ProgramStageSectionUid, ProgramStageUid,
    ProgramUid, Uid,
};
use crate::value_type::ValueType;

/// DHIS2 `ProgramType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramType {
    /// Single events without a person.
    WithoutRegistration,
    /// People are enrolled; a tracker program.
    WithRegistration,
}

/// DHIS2 `Program`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its id.
    pub id: ProgramUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// With or without registration.
    pub program_type: ProgramType,
    /// Split of every event (attribute option combos).
    pub category_combo: CategoryComboUid,
    /// Stages, in order.
    pub program_stages: Vec<ProgramStageUid>,
    /// Period type against which `expiry_days` counts.
    pub expiry_period_type: Option<PeriodType>,
    /// Days after the end of the event's period during which it may be entered or changed; 0 means for ever.
    pub expiry_days: u32,
    /// Days after completion during which a completed event may be changed; 0 means for ever.
    pub complete_events_expiry_days: u32,
    /// Days after the end of an attribute category option entry stays open.
    pub open_days_after_co_end_date: u32,
    /// What a program with registration adds; `None` in one without.
    pub registration: Option<Box<ProgramRegistration>>,
    /// What the user may do with its data.
    pub access: DataAccess,
}

/// DHIS2 `ValidationStrategy`: when compulsory elements of a stage are demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidationStrategy {
    /// Only when the event is completed.
    OnComplete,
    /// At every save.
    OnUpdateAndInsert,
}

/// DHIS2 `ProgramStage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramStage {
    /// Its id.
    pub id: ProgramStageUid,
    /// The program.
    pub program: ProgramUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// Place among the stages, ascending.
    pub sort_order: i64,
    /// Label of the event date ("Date of visit"), if the administrator gave one.
    pub execution_date_label: Option<String>,
    /// When compulsory elements are demanded.
    pub validation_strategy: ValidationStrategy,
    /// DHIS2 `FeatureType` name of the geometry asked for, `NONE` if none.
    pub feature_type: String,
    /// Whether a completed event can no longer be changed.
    pub block_entry_form: bool,
    /// Whether events may be assigned to a user.
    pub enable_user_assignment: bool,
    /// How its events come about in a program with registration.
    pub schedule: StageSchedule,
    /// Questions, in order.
    pub data_elements: Vec<ProgramStageDataElement>,
    /// Sections, unordered.
    pub sections: Vec<ProgramStageSectionUid>,
    /// What the user may do with its data.
    pub access: DataAccess,
}

/// DHIS2 `ProgramStageDataElement`: a question's place in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramStageDataElement {
    /// The element.
    pub data_element: DataElementUid,
    /// Whether it must be filled in.
    pub compulsory: bool,
    /// Whether a date after today is allowed (checked by the client).
    pub allow_future_date: bool,
    /// Place in the form, ascending.
    pub sort_order: i64,
}

/// DHIS2 `ProgramStageSection`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramStageSection {
    /// Its id.
    pub id: ProgramStageSectionUid,
    /// The stage.
    pub program_stage: ProgramStageUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// Place in the form, ascending.
    pub sort_order: i64,
    /// Questions in order.
    pub data_elements: Vec<DataElementUid>,
}

/// DHIS2 `OptionSet`; its options are loaded page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionSet {
    /// Its id.
    pub id: OptionSetUid,
    /// Display name.
    pub name: String,
    /// Value type of the codes.
    pub value_type: ValueType,
}

/// DHIS2 `OptionGroup`: options of one set that rules hide or show together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionGroup {
    /// Its id.
    pub id: Uid,
    /// Its options.
    pub options: Vec<Uid>,
}

/// DHIS2 `Option` of an option set (named so because `Option` is Rust's).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionItem {
    /// Its id.
    pub id: Uid,
    /// The set.
    pub option_set: OptionSetUid,
    /// What is stored as the value.
    pub code: String,
    /// Display name.
    pub name: String,
    /// Place in the list, ascending.
    pub sort_order: i64,
}
