//! The metadata model: what a DHIS2 administrator configured, as far as forms and entry rules need it.
//!
//! Plain values with DHIS2's own names. Nothing here knows JSON (crate `wire`) or SQL (crate `store`).
//! Names are display names: already in the signed-in user's language, as the server gives them.

mod category;
mod data_set;
mod indicator;
mod kind;
mod legend;
mod organisation_unit;
mod program;
mod program_rule;
mod tracker;
mod validation_rule;

pub use category::{Category, CategoryCombo, CategoryOption, CategoryOptionCombo};
pub use data_set::{
    DataElement, DataElementOperand, DataInputPeriod, DataSet, DataSetElement, Section,
};
pub use indicator::{
    AnalyticsPeriodBoundary, AnalyticsType, BoundaryTarget, BoundaryType, Indicator, IndicatorType,
    ProgramIndicator,
};
pub use kind::MetadataKind;
pub use legend::{Legend, LegendSet};
pub use organisation_unit::{OrganisationUnit, OrganisationUnitLevel};
pub use program::{
    OptionGroup, OptionItem, OptionSet, Program, ProgramStage, ProgramStageDataElement,
    ProgramStageSection, ProgramType, ValidationStrategy,
};
pub use program_rule::{Constant, ProgramRule, ProgramRuleAction, ProgramRuleVariable, RuleField};
pub use tracker::{
    AccessLevel, ProgramRegistration, ProgramSection, ProgramTrackedEntityAttribute,
    RelationshipConstraint, RelationshipEntity, RelationshipType, StageSchedule,
    TrackedEntityAttribute, TrackedEntityType, TrackedEntityTypeAttribute,
};
pub use validation_rule::{
    Importance, MissingValueStrategy, RuleOperator, ValidationRule, ValidationRuleSide,
};

/// What the signed-in user may do with the data of an object (DHIS2 `Access.data`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataAccess {
    /// May read data.
    pub read: bool,
    /// May write data.
    pub write: bool,
}

impl DataAccess {
    /// Full access; what an answer without `access` means.
    pub const FULL: Self = Self { read: true, write: true };
}
