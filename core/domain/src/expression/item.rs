//! Data items: `#{..}`, `A{..}`, `C{..}`, `D{..}`, `I{..}`, `N{..}`, `OUG{..}`, `R{..}`.
//!
//! Gives each a canonical key, so that a caller can plan which values to load before evaluating.

use super::modifier::Modifiers;

/// The kinds of data items (DHIS2 expression `DataItemType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are DHIS2's own")]
pub enum ItemKind {
    DataElement,
    Attribute,
    Constant,
    ProgramDataElement,
    ProgramIndicator,
    Indicator,
    OrgUnitGroup,
    ReportingRate,
}

/// What an id of an item is an id of (DHIS2 expression `IDType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are DHIS2's own")]
pub enum IdKind {
    Attribute,
    AttributeOptionCombo,
    CategoryOption,
    CategoryOptionGroup,
    DataElement,
    DataElementGroup,
    DataSet,
    Constant,
    Indicator,
    OrganisationUnitGroup,
    Program,
    ProgramIndicator,
    ProgramStage,
    /// Not a uid: which reporting rate.
    ReportingRateType,
}

impl IdKind {
    /// The name that DHIS2's library gives to ids of this kind.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Attribute => "AttributeUID",
            Self::AttributeOptionCombo => "AttributeOptionComboUID",
            Self::CategoryOption => "CategoryOptionUID",
            Self::CategoryOptionGroup => "CategoryOptionGroupUID",
            Self::DataElement => "DataElementUID",
            // Spelt so in the library.
            Self::DataElementGroup => "DateElementGroupUID",
            Self::DataSet => "DataSetUID",
            Self::Constant => "ConstantUID",
            Self::Indicator => "IndicatorUID",
            Self::OrganisationUnitGroup => "OrganisationUnitGroupUID",
            Self::Program => "ProgramUID",
            Self::ProgramIndicator => "ProgramIndicatorUID",
            Self::ProgramStage => "ProgramStageUID",
            Self::ReportingRateType => "ReportingRateType",
        }
    }
}

/// The tags that may stand before ids (DHIS2 expression `Tag`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tag {
    DataElementGroup,
    CategoryOptionGroup,
    CategoryOption,
    ProgramStageEventDate,
}

impl Tag {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "deGroup" => Self::DataElementGroup,
            "coGroup" => Self::CategoryOptionGroup,
            "co" => Self::CategoryOption,
            "PS_EVENTDATE" => Self::ProgramStageEventDate,
            _ => return None,
        })
    }

    fn id_kind(self) -> IdKind {
        match self {
            Self::DataElementGroup => IdKind::DataElementGroup,
            Self::CategoryOptionGroup => IdKind::CategoryOptionGroup,
            Self::CategoryOption => IdKind::CategoryOption,
            Self::ProgramStageEventDate => IdKind::ProgramStage,
        }
    }
}

/// Which reporting rate of a data set (DHIS2 `ReportingRateMetric`).
pub(super) const REPORTING_RATES: [&str; 5] = [
    "REPORTING_RATE",
    "REPORTING_RATE_ON_TIME",
    "ACTUAL_REPORTS",
    "ACTUAL_REPORTS_ON_TIME",
    "EXPECTED_REPORTS",
];

impl ItemKind {
    pub(super) const ALL: [Self; 8] = [
        Self::DataElement,
        Self::Attribute,
        Self::Constant,
        Self::ProgramDataElement,
        Self::ProgramIndicator,
        Self::Indicator,
        Self::OrgUnitGroup,
        Self::ReportingRate,
    ];

    /// The letters before the brace.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::DataElement => "#",
            Self::Attribute => "A",
            Self::Constant => "C",
            Self::ProgramDataElement => "D",
            Self::ProgramIndicator => "I",
            Self::Indicator => "N",
            Self::OrgUnitGroup => "OUG",
            Self::ReportingRate => "R",
        }
    }

    pub(super) fn from_symbol(symbol: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.symbol() == symbol)
    }

    /// What the ids are ids of when there are so many groups of them.
    fn id_kinds(self, groups: usize) -> Option<&'static [IdKind]> {
        use IdKind as Id;
        let kinds: &[IdKind] = match (self, groups) {
            (Self::DataElement, 1) => &[Id::DataElement],
            (Self::DataElement, 2) => &[Id::ProgramStage, Id::DataElement],
            (Self::DataElement, 3) => {
                &[Id::DataElement, Id::CategoryOption, Id::AttributeOptionCombo]
            }
            (Self::Attribute, 1) => &[Id::Attribute],
            (Self::Attribute, 2) => &[Id::Program, Id::Attribute],
            (Self::Constant, 1) => &[Id::Constant],
            (Self::ProgramDataElement, 2) => &[Id::Program, Id::DataElement],
            (Self::ProgramIndicator, 1) => &[Id::ProgramIndicator],
            (Self::Indicator, 1) => &[Id::Indicator],
            (Self::OrgUnitGroup, 1) => &[Id::OrganisationUnitGroup],
            (Self::ReportingRate, 2) => &[Id::DataSet, Id::ReportingRateType],
            _ => return None,
        };
        Some(kinds)
    }
}

/// One id of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemId {
    /// What it is an id of.
    pub kind: IdKind,
    /// The uid, `*` for any, or the name of a reporting rate.
    pub value: String,
}

/// A data item with its modifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which kind of item.
    pub kind: ItemKind,
    /// The ids of its one to three groups, in order.
    pub ids: Vec<ItemId>,
    /// What aggregate functions and written modifiers ask for.
    pub modifiers: Modifiers,
    key: String,
    variable_name: String,
}

/// The written ids make no item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ItemProblem {
    /// A part between dots is empty.
    #[error("an id is missing between the dots")]
    Empty,
    /// No such item has so many ids.
    #[error("too many or too few ids for this kind of item")]
    Count,
}

/// A group of ids between dots, as written.
pub(super) struct WrittenGroup<'a> {
    pub tag: Option<(Tag, &'a str)>,
    pub ids: Vec<&'a str>,
}

impl Item {
    pub(super) fn new(
        kind: ItemKind,
        groups: &[WrittenGroup<'_>],
        modifiers: Modifiers,
    ) -> Result<Self, ItemProblem> {
        let mut ids = Vec::new();
        let mut key = format!("{}{{", kind.symbol());
        for (index, group) in groups.iter().enumerate() {
            let group_kind = match group.tag {
                Some((tag, _)) => tag.id_kind(),
                None if group.ids.is_empty() => return Err(ItemProblem::Empty),
                None => kind.id_kinds(groups.len()).ok_or(ItemProblem::Count)?[index],
            };
            if index > 2 {
                return Err(ItemProblem::Count);
            }
            let mut values = group.ids.as_slice();
            let tag_alone = group.tag.map_or("", |(_, name)| name);
            if values.is_empty() {
                values = std::slice::from_ref(&tag_alone);
            }
            if index == 0 {
                // The first group counts for one id, however many are written.
                values = &values[..1];
            } else {
                key.push('.');
            }
            key.push_str(&values.join("&"));
            ids.extend(values.iter().map(|v| ItemId { kind: group_kind, value: (*v).to_owned() }));
        }
        if ids.is_empty() {
            return Err(ItemProblem::Empty);
        }
        key.push('}');
        key.push_str(&modifiers.to_string());
        let variable_name = key.get(2..key.len() - 1).unwrap_or_default().to_owned();
        Ok(Self { kind, ids, modifiers, key, variable_name })
    }

    /// DHIS2's canonical text, such as `#{uid.uid}.periodOffset(-1)`; tags are not part of it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name under which the rule engine looks the item up among its variables.
    #[must_use]
    pub fn variable_name(&self) -> &str {
        &self.variable_name
    }
}
