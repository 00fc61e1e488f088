//! The metadata types that are pulled, in the order in which they are pulled.
//!
//! The number of a kind is stored in databases on phones: it never changes and is never reused.

/// A DHIS2 metadata type. `collection()` is its schema plural in the Web API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "each name is the DHIS2 class of the same name")]
pub enum MetadataKind {
    OrganisationUnitLevel = 1,
    OrganisationUnit = 2,
    CategoryOption = 3,
    Category = 4,
    CategoryCombo = 5,
    CategoryOptionCombo = 6,
    OptionSet = 7,
    Option = 8,
    OptionGroup = 9,
    LegendSet = 10,
    DataElement = 11,
    DataSet = 12,
    Section = 13,
    IndicatorType = 14,
    Indicator = 15,
    ValidationRule = 16,
    TrackedEntityAttribute = 17,
    TrackedEntityType = 18,
    Program = 19,
    ProgramStage = 20,
    ProgramStageSection = 21,
    ProgramRuleVariable = 22,
    ProgramRule = 23,
    ProgramRuleAction = 24,
    ProgramIndicator = 25,
    Constant = 26,
    Attribute = 27,
    OrganisationUnitGroup = 28,
    RelationshipType = 29,
}

impl MetadataKind {
    /// Every kind in pull order: what is referred to comes before what refers to it.
    pub const ALL: [Self; 29] = [
        Self::OrganisationUnitLevel,
        Self::OrganisationUnit,
        Self::CategoryOption,
        Self::Category,
        Self::CategoryCombo,
        Self::CategoryOptionCombo,
        Self::OptionSet,
        Self::Option,
        Self::OptionGroup,
        Self::LegendSet,
        Self::DataElement,
        Self::DataSet,
        Self::Section,
        Self::IndicatorType,
        Self::Indicator,
        Self::ValidationRule,
        Self::TrackedEntityAttribute,
        Self::TrackedEntityType,
        Self::Program,
        Self::ProgramStage,
        Self::ProgramStageSection,
        Self::ProgramRuleVariable,
        Self::ProgramRule,
        Self::ProgramRuleAction,
        Self::ProgramIndicator,
        Self::Constant,
        Self::Attribute,
        Self::OrganisationUnitGroup,
        Self::RelationshipType,
    ];

    /// Name of the collection in the Web API, e.g. `dataElements` (DHIS2 schema plural).
    #[must_use]
    pub const fn collection(self) -> &'static str {
        match self {
            Self::OrganisationUnitLevel => "organisationUnitLevels",
            Self::OrganisationUnit => "organisationUnits",
            Self::CategoryOption => "categoryOptions",
            Self::Category => "categories",
            Self::CategoryCombo => "categoryCombos",
            Self::CategoryOptionCombo => "categoryOptionCombos",
            Self::OptionSet => "optionSets",
            Self::Option => "options",
            Self::OptionGroup => "optionGroups",
            Self::LegendSet => "legendSets",
            Self::DataElement => "dataElements",
            Self::DataSet => "dataSets",
            Self::Section => "sections",
            Self::IndicatorType => "indicatorTypes",
            Self::Indicator => "indicators",
            Self::ValidationRule => "validationRules",
            Self::TrackedEntityAttribute => "trackedEntityAttributes",
            Self::TrackedEntityType => "trackedEntityTypes",
            Self::Program => "programs",
            Self::ProgramStage => "programStages",
            Self::ProgramStageSection => "programStageSections",
            Self::ProgramRuleVariable => "programRuleVariables",
            Self::ProgramRule => "programRules",
            Self::ProgramRuleAction => "programRuleActions",
            Self::ProgramIndicator => "programIndicators",
            Self::Constant => "constants",
            Self::Attribute => "attributes",
            Self::OrganisationUnitGroup => "organisationUnitGroups",
            Self::RelationshipType => "relationshipTypes",
        }
    }

    /// The kind of a Web API collection name, if it is one that is pulled.
    #[must_use]
    pub fn from_collection(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.collection() == name)
    }

    /// The number stored in databases.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind of a stored number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_number_and_collection() {
        for kind in MetadataKind::ALL {
            assert_eq!(MetadataKind::from_number(kind.number()), Some(kind));
            assert_eq!(MetadataKind::from_collection(kind.collection()), Some(kind));
        }
        assert_eq!(MetadataKind::from_number(0), None);
        assert_eq!(MetadataKind::from_collection("users"), None);
    }
}
