//! The metadata types of the sandbox: their names, classes, sharing and relations.
//!
//! A table, nothing else. A type that is not listed here is reported as skipped when a package is
//! loaded.

/// One metadata type.
#[derive(Debug)]
pub struct Type {
    /// Name of the collection, `dataElements`.
    pub plural: &'static str,
    /// Name in error messages, `DataElement`.
    pub singular: &'static str,
    /// Java package below `org.hisp.dhis`, `dataelement`.
    package: &'static str,
    /// Who may see an object of this type.
    pub sharing: Sharing,
}

/// Which sharing a type has (wire reference 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// None: everybody reads.
    Open,
    /// Metadata bits only.
    Metadata,
    /// Metadata and data bits.
    Data,
    /// Only people who manage users read it.
    Users,
}

impl Type {
    /// The Java class that import reports name.
    pub fn klass(&self) -> String {
        format!("org.hisp.dhis.{}.{}", self.package, self.singular)
    }

    /// Whether objects of the type carry `sharing`.
    pub fn shared(&self) -> bool {
        matches!(self.sharing, Sharing::Metadata | Sharing::Data)
    }
}

use Sharing::{Data, Metadata, Open, Users};

const fn t(
    plural: &'static str,
    singular: &'static str,
    package: &'static str,
    sharing: Sharing,
) -> Type {
    Type { plural, singular, package, sharing }
}

/// Every type, in the order in which import reports list them as far as captures show.
pub static TYPES: &[Type] = &[
    t("validationRules", "ValidationRule", "validation", Metadata),
    t("optionSets", "OptionSet", "option", Metadata),
    t("trackedEntityAttributes", "TrackedEntityAttribute", "trackedentity", Metadata),
    t("categories", "Category", "category", Metadata),
    t("programRuleActions", "ProgramRuleAction", "programrule", Open),
    t("categoryCombos", "CategoryCombo", "category", Metadata),
    t("categoryOptions", "CategoryOption", "category", Data),
    t("dataSets", "DataSet", "dataset", Data),
    t("programs", "Program", "program", Data),
    t("trackedEntityTypes", "TrackedEntityType", "trackedentity", Data),
    t("organisationUnits", "OrganisationUnit", "organisationunit", Open),
    t("organisationUnitLevels", "OrganisationUnitLevel", "organisationunit", Open),
    t("programStages", "ProgramStage", "program", Data),
    t("dataElements", "DataElement", "dataelement", Metadata),
    t("options", "Option", "option", Open),
    t("programRules", "ProgramRule", "programrule", Open),
    t("programRuleVariables", "ProgramRuleVariable", "programrule", Open),
    t("relationshipTypes", "RelationshipType", "relationship", Data),
    t("categoryOptionCombos", "CategoryOptionCombo", "category", Open),
    t("sections", "Section", "dataset", Open),
    t("userRoles", "UserRole", "user", Open),
    t("userGroups", "UserGroup", "user", Metadata),
    t("users", "User", "user", Users),
    t("dataApprovalLevels", "DataApprovalLevel", "dataapproval", Open),
    t("dataApprovalWorkflows", "DataApprovalWorkflow", "dataapproval", Metadata),
    t("eventFilters", "EventFilter", "programstagefilter", Metadata),
    t("programStageWorkingLists", "ProgramStageWorkingList", "programstageworkinglist", Metadata),
    t("trackedEntityInstanceFilters", "TrackedEntityFilter", "trackedentityfilter", Metadata),
    t("attributes", "Attribute", "attribute", Metadata),
    t("categoryOptionGroups", "CategoryOptionGroup", "category", Data),
    t("categoryOptionGroupSets", "CategoryOptionGroupSet", "category", Metadata),
    t("constants", "Constant", "constant", Metadata),
    t("dashboards", "Dashboard", "dashboard", Metadata),
    t("dataElementGroups", "DataElementGroup", "dataelement", Metadata),
    t("dataElementGroupSets", "DataElementGroupSet", "dataelement", Metadata),
    t("dataEntryForms", "DataEntryForm", "dataentryform", Open),
    t("dataSetNotificationTemplates", "DataSetNotificationTemplate", "dataset.notifications", Open),
    t("documents", "Document", "document", Metadata),
    t("eventReports", "EventReport", "eventreport", Metadata),
    t("eventCharts", "EventChart", "eventchart", Metadata),
    t("eventVisualizations", "EventVisualization", "eventvisualization", Metadata),
    t("externalMapLayers", "ExternalMapLayer", "mapping", Metadata),
    t("indicators", "Indicator", "indicator", Metadata),
    t("indicatorGroups", "IndicatorGroup", "indicator", Metadata),
    t("indicatorGroupSets", "IndicatorGroupSet", "indicator", Metadata),
    t("indicatorTypes", "IndicatorType", "indicator", Open),
    t("legendSets", "LegendSet", "legend", Metadata),
    t("maps", "Map", "mapping", Metadata),
    t("mapViews", "MapView", "mapping", Open),
    t("optionGroups", "OptionGroup", "option", Metadata),
    t("optionGroupSets", "OptionGroupSet", "option", Metadata),
    t("organisationUnitGroups", "OrganisationUnitGroup", "organisationunit", Metadata),
    t("organisationUnitGroupSets", "OrganisationUnitGroupSet", "organisationunit", Metadata),
    t("predictors", "Predictor", "predictor", Open),
    t("predictorGroups", "PredictorGroup", "predictor", Metadata),
    t("programIndicators", "ProgramIndicator", "program", Metadata),
    t("programIndicatorGroups", "ProgramIndicatorGroup", "program", Metadata),
    t("programNotificationTemplates", "ProgramNotificationTemplate", "program.notification", Open),
    t("programSections", "ProgramSection", "program", Open),
    t("programStageSections", "ProgramStageSection", "program", Open),
    t("pushAnalysis", "PushAnalysis", "pushanalysis", Open),
    t("reports", "Report", "report", Metadata),
    t("sqlViews", "SqlView", "sqlview", Metadata),
    t("trackedEntityTypeAttributes", "TrackedEntityTypeAttribute", "trackedentity", Open),
    t(
        "validationNotificationTemplates",
        "ValidationNotificationTemplate",
        "validation.notification",
        Open,
    ),
    t("validationRuleGroups", "ValidationRuleGroup", "validation", Metadata),
    t("visualizations", "Visualization", "visualization", Metadata),
];

/// The type of a collection name.
pub fn by_plural(plural: &str) -> Option<&'static Type> {
    TYPES.iter().find(|kind| kind.plural == plural)
}

/// The type of a name such as `dataSet`, as `/api/sharing?type=` gives it.
pub fn by_singular(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|kind| kind.singular.eq_ignore_ascii_case(name))
}

/// A collection that the parent shows but the child owns.
#[derive(Debug)]
pub struct Relation {
    /// Type of the parent.
    pub parent: &'static str,
    /// Name of the collection in the parent.
    pub field: &'static str,
    /// Type of the child.
    pub child: &'static str,
    /// Reference from the child to the parent.
    pub link: &'static str,
}

const fn r(
    parent: &'static str,
    field: &'static str,
    child: &'static str,
    link: &'static str,
) -> Relation {
    Relation { parent, field, child, link }
}

/// Every relation that clients read from the parent's side.
pub static RELATIONS: &[Relation] = &[
    r("optionSets", "options", "options", "optionSet"),
    r("programs", "programStages", "programStages", "program"),
    r("programs", "programRuleVariables", "programRuleVariables", "program"),
    r("programs", "programIndicators", "programIndicators", "program"),
    r("programs", "programSections", "programSections", "program"),
    r("programStages", "programStageSections", "programStageSections", "programStage"),
    r("dataSets", "sections", "sections", "dataSet"),
    r("programRules", "programRuleActions", "programRuleActions", "programRule"),
    r("categoryCombos", "categoryOptionCombos", "categoryOptionCombos", "categoryCombo"),
    r("organisationUnits", "children", "organisationUnits", "parent"),
];
