//! Tracker metadata: tracked entity types, attributes, relationship types, what a program with
//! registration adds to a program and a stage.

use super::DataAccess;
use crate::period::PeriodType;
use crate::uid::{
    CategoryComboUid, OptionSetUid, ProgramStageUid, ProgramUid, RelationshipTypeUid,
    TrackedEntityAttributeUid, TrackedEntityTypeUid, Uid,
};
use crate::value_type::ValueType;

/// DHIS2 `TrackedEntityType`: person, household, device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedEntityType {
    /// Its id.
    pub id: TrackedEntityTypeUid,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// DHIS2 `FeatureType` name of the geometry asked for, `NONE` if none.
    pub feature_type: String,
    /// Attributes that a search over the type must give at least.
    pub min_attributes_required_to_search: u32,
    /// Most results of a search; 0 means no limit.
    pub max_tei_count_to_return: u32,
    /// Its attributes, in order.
    pub attributes: Vec<TrackedEntityTypeAttribute>,
    /// What the user may do with its data.
    pub access: DataAccess,
}

/// DHIS2 `TrackedEntityTypeAttribute`: an attribute's place in a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedEntityTypeAttribute {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// Whether it is a column of lists.
    pub display_in_list: bool,
    /// Whether it must be filled in.
    pub mandatory: bool,
    /// Whether a search may use it.
    pub searchable: bool,
}

/// DHIS2 `TrackedEntityAttribute`: a question about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedEntityAttribute {
    /// Its id.
    pub id: TrackedEntityAttributeUid,
    /// Display name.
    pub name: String,
    /// Label in forms, if it differs from the name.
    pub form_name: Option<String>,
    /// Short name.
    pub short_name: Option<String>,
    /// Help text.
    pub description: Option<String>,
    /// Code, if any.
    pub code: Option<String>,
    /// Value type.
    pub value_type: ValueType,
    /// Options, if the answer is chosen from a list.
    pub option_set: Option<OptionSetUid>,
    /// No two tracked entities may have the same value.
    pub unique: bool,
    /// Uniqueness holds within an organisation unit only.
    pub orgunit_scope: bool,
    /// The server makes the values, after [`Self::pattern`].
    pub generated: bool,
    /// DHIS2 TextPattern of generated values.
    pub pattern: Option<String>,
    /// Copied to a new tracked entity that is made from this one's relationship.
    pub inherit: bool,
    /// Not shown in lists.
    pub confidential: bool,
    /// Pattern of what is typed, for the keyboard and its hints.
    pub field_mask: Option<String>,
    /// Characters a search must give at least (from 2.42).
    pub min_characters_to_search: u32,
    /// Operators a search may not use (from 2.43), by DHIS2 name.
    pub blocked_search_operators: Vec<String>,
    /// Place in lists that are about no program.
    pub sort_order_in_list_no_program: Option<i64>,
    /// Column of lists that are about no program.
    pub display_in_list_no_program: bool,
    /// Legend sets that colour the value.
    pub legend_sets: Vec<Uid>,
}

/// DHIS2 `AccessLevel`: who may reach the people of a program outside their own units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessLevel {
    /// Everybody whose search scope reaches them.
    #[default]
    Open,
    /// As open, but the server keeps a record of it.
    Audited,
    /// Only the owner, or who breaks the glass.
    Protected,
    /// Only the owner.
    Closed,
}

/// What a program with registration has besides the members of every program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRegistration {
    /// Who is enrolled.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// Who may reach whom.
    pub access_level: AccessLevel,
    /// At most one enrolment a person, ever.
    pub only_enroll_once: bool,
    /// Whether the incident date is asked for.
    pub display_incident_date: bool,
    /// Label of the enrolment date.
    pub enrollment_date_label: Option<String>,
    /// Label of the incident date.
    pub incident_date_label: Option<String>,
    /// Whether an enrolment date may be in the future.
    pub select_enrollment_dates_in_future: bool,
    /// Whether an incident date may be in the future.
    pub select_incident_dates_in_future: bool,
    /// No overdue events are generated for dates that have passed.
    pub ignore_overdue_events: bool,
    /// The first stage is filled in together with the registration.
    pub use_first_stage_during_registration: bool,
    /// Attributes that a search must give at least.
    pub min_attributes_required_to_search: u32,
    /// Most results of a search; 0 means no limit.
    pub max_tei_count_to_return: u32,
    /// DHIS2 `FeatureType` name of the enrolment's geometry, `NONE` if none.
    pub feature_type: String,
    /// Split of the enrolment (from 2.43).
    pub enrollment_category_combo: Option<CategoryComboUid>,
    /// Attributes asked for at enrolment, in order.
    pub attributes: Vec<ProgramTrackedEntityAttribute>,
    /// Sections of the enrolment form, in order; empty if it has none.
    pub sections: Vec<ProgramSection>,
}

/// DHIS2 `ProgramTrackedEntityAttribute`: an attribute's place in an enrolment form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramTrackedEntityAttribute {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// Whether it must be filled in.
    pub mandatory: bool,
    /// Whether a date after today is allowed.
    pub allow_future_date: bool,
    /// Whether it is a column of lists.
    pub display_in_list: bool,
    /// Whether a search may use it.
    pub searchable: bool,
    /// Place in the form, ascending.
    pub sort_order: i64,
}

/// DHIS2 `ProgramSection`: a part of the enrolment form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramSection {
    /// Its id.
    pub id: Uid,
    /// Display name.
    pub name: String,
    /// Attributes in order.
    pub attributes: Vec<TrackedEntityAttributeUid>,
}

/// How the events of a stage come about in a program with registration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageSchedule {
    /// More than one event of this stage in an enrolment.
    pub repeatable: bool,
    /// An event is made at enrolment.
    pub auto_generate_event: bool,
    /// The generated event counts from the enrolment date even if there is an incident date.
    pub generated_by_enrollment_date: bool,
    /// The generated event is opened after enrolment.
    pub open_after_enrollment: bool,
    /// Date of the generated, opened event: DHIS2 `reportDateToUse` (`enrollmentDate` or
    /// `incidentDate`).
    pub report_date_to_use: Option<String>,
    /// Days from that date to the scheduled date.
    pub min_days_from_start: i64,
    /// Days from an event to the suggested date of the next.
    pub standard_interval: Option<i64>,
    /// Data element with the date of the next event.
    pub next_schedule_date: Option<Uid>,
    /// Scheduled dates are rounded to periods of this type.
    pub period_type: Option<PeriodType>,
    /// The scheduled date is not shown.
    pub hide_due_date: bool,
    /// A completed event offers to complete the enrolment.
    pub remind_completed: bool,
    /// A completed event offers to schedule the next.
    pub allow_generate_next_visit: bool,
    /// Label of the scheduled date.
    pub due_date_label: Option<String>,
}

/// DHIS2 `RelationshipType`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipType {
    /// Its id.
    pub id: RelationshipTypeUid,
    /// Display name.
    pub name: String,
    /// Both sides see it alike.
    pub bidirectional: bool,
    /// Name seen from the from-side ("mother of").
    pub from_to_name: Option<String>,
    /// Name seen from the to-side ("child of").
    pub to_from_name: Option<String>,
    /// What may stand on the from-side.
    pub from_constraint: RelationshipConstraint,
    /// What may stand on the to-side.
    pub to_constraint: RelationshipConstraint,
    /// What the user may do with its data.
    pub access: DataAccess,
}

/// DHIS2 `RelationshipConstraint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationshipConstraint {
    /// The class of the side.
    pub entity: RelationshipEntity,
    /// The tracked entity type it must have.
    pub tracked_entity_type: Option<TrackedEntityTypeUid>,
    /// The program it must be in.
    pub program: Option<ProgramUid>,
    /// The stage it must be of.
    pub program_stage: Option<ProgramStageUid>,
    /// Attributes shown on the card of the other side.
    pub view_attributes: Vec<TrackedEntityAttributeUid>,
    /// Data elements shown on the card of the other side.
    pub view_data_elements: Vec<Uid>,
}

/// DHIS2 `RelationshipEntity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationshipEntity {
    /// `TRACKED_ENTITY_INSTANCE`.
    TrackedEntity,
    /// `PROGRAM_INSTANCE`.
    Enrollment,
    /// `PROGRAM_STAGE_INSTANCE`.
    Event,
}
