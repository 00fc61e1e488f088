//! Indicators over what lies on the device, legends, and what reports break of the validation
//! rules.

use outpost_engine::{OutpostError, model};

use super::report_session::Violations;
use super::slice::SliceId;
use super::{list, signed32, text};
use crate::ids;

/// The range of a legend set that a value lies in.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Legend {
    /// Display name.
    pub name: String,
    /// Colour as `#rrggbb`, if it has one.
    pub color: Option<String>,
}

impl From<model::LegendView> for Legend {
    fn from(it: model::LegendView) -> Self {
        Self { name: it.name, color: it.color }
    }
}

/// Which kind of computed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum IndicatorClass {
    /// DHIS2 `Indicator`: over aggregate values.
    Indicator,
    /// DHIS2 `ProgramIndicator`: over events.
    ProgramIndicator,
}

impl From<model::IndicatorKind> for IndicatorClass {
    fn from(it: model::IndicatorKind) -> Self {
        match it {
            model::IndicatorKind::Indicator => Self::Indicator,
            model::IndicatorKind::ProgramIndicator => Self::ProgramIndicator,
        }
    }
}

/// An indicator in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct IndicatorItem {
    /// Kind.
    pub kind: IndicatorClass,
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// The program of a program indicator.
    pub program: Option<String>,
}

impl From<model::IndicatorSummary> for IndicatorItem {
    fn from(it: model::IndicatorSummary) -> Self {
        Self {
            kind: it.kind.into(),
            uid: text(it.uid),
            name: it.name,
            code: it.code,
            program: it.program.map(text),
        }
    }
}

/// A page of indicators.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct IndicatorItemPage {
    /// Indicators by name, program indicators after the others.
    pub items: Vec<IndicatorItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

impl From<model::IndicatorPage> for IndicatorItemPage {
    fn from(it: model::IndicatorPage) -> Self {
        Self { items: list(it.items), next: it.next.map(signed32) }
    }
}

/// Which indicators.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum IndicatorChoice {
    /// All on the device.
    All,
    /// Those of a data set and its sections.
    DataSet {
        /// The data set.
        id: String,
    },
    /// The program indicators of a program.
    Program {
        /// The program.
        id: String,
    },
    /// These, in this order.
    These {
        /// Their ids.
        ids: Vec<String>,
    },
}

impl TryFrom<IndicatorChoice> for model::IndicatorChoice {
    type Error = OutpostError;

    fn try_from(it: IndicatorChoice) -> Result<Self, OutpostError> {
        Ok(match it {
            IndicatorChoice::All => Self::All,
            IndicatorChoice::DataSet { id } => Self::DataSet(ids::id("data_set", &id)?),
            IndicatorChoice::Program { id } => Self::Program(ids::id("program", &id)?),
            IndicatorChoice::These { ids } => Self::These(ids::all("indicators", &ids)?),
        })
    }
}

/// What to compute, when and where.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct IndicatorQuery {
    /// Which indicators.
    pub choice: IndicatorChoice,
    /// Ids such as `202609`, or relative periods such as `LAST_12_MONTHS`.
    pub periods: Vec<String>,
    /// Places.
    pub organisation_units: Vec<String>,
    /// Whether the places below them count too, as far as they are on the device.
    pub below: bool,
    /// One value per period instead of one for all together.
    pub by_period: bool,
    /// One value per chosen place instead of one for all together.
    pub by_place: bool,
}

impl TryFrom<IndicatorQuery> for model::IndicatorQuery {
    type Error = OutpostError;

    fn try_from(it: IndicatorQuery) -> Result<Self, OutpostError> {
        Ok(Self {
            choice: it.choice.try_into()?,
            periods: it.periods,
            organisation_units: ids::all("organisation_units", &it.organisation_units)?,
            below: it.below,
            by_period: it.by_period,
            by_place: it.by_place,
        })
    }
}

/// One computed value.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct IndicatorFigure {
    /// Kind of the indicator.
    pub kind: IndicatorClass,
    /// Its id.
    pub uid: String,
    /// Its display name.
    pub name: String,
    /// The periods that it covers.
    pub periods: Vec<String>,
    /// The chosen places that it covers.
    pub organisation_units: Vec<String>,
    /// Their names.
    pub organisation_unit_names: Vec<String>,
    /// The value as the server shows it; `None` if there is none.
    pub value: Option<String>,
    /// The numerator of an indicator that has a value.
    pub numerator: Option<String>,
    /// The denominator of an indicator that has a value.
    pub denominator: Option<String>,
    /// Name and colour of the value.
    pub legend: Option<Legend>,
    /// Pairs of place and period with data.
    pub with_data: i32,
    /// All pairs of place and period.
    pub asked: i32,
    /// Items that count only the places and reports that this device sees.
    pub counted_here: Vec<String>,
    /// Items that this device cannot know, so that the server's value may differ.
    pub not_here: Vec<String>,
    /// Why it could not be computed.
    pub problem: Option<String>,
}

impl From<model::IndicatorValueRow> for IndicatorFigure {
    fn from(it: model::IndicatorValueRow) -> Self {
        Self {
            kind: it.kind.into(),
            uid: text(it.uid),
            name: it.name,
            periods: it.periods,
            organisation_units: it.organisation_units.into_iter().map(text).collect(),
            organisation_unit_names: it.organisation_unit_names,
            value: it.value,
            numerator: it.numerator,
            denominator: it.denominator,
            legend: it.legend.map(Legend::from),
            with_data: signed32(it.with_data),
            asked: signed32(it.asked),
            counted_here: it.counted_here,
            not_here: it.not_here,
            problem: it.problem,
        }
    }
}

/// A page of computed values.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct IndicatorFigurePage {
    /// Values: place by place, period by period, indicator by indicator.
    pub items: Vec<IndicatorFigure>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

impl From<model::IndicatorValuePage> for IndicatorFigurePage {
    fn from(it: model::IndicatorValuePage) -> Self {
        Self { items: list(it.rows), next: it.next.map(signed32) }
    }
}

/// Which reports to check against the validation rules.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ValidationQuery {
    /// The data set.
    pub data_set: String,
    /// Ids of periods, or relative periods.
    pub periods: Vec<String>,
    /// Only these places; all with data if empty.
    pub organisation_units: Vec<String>,
    /// Whether the places below them are checked too.
    pub below: bool,
}

impl TryFrom<ValidationQuery> for model::ValidationQuery {
    type Error = OutpostError;

    fn try_from(it: ValidationQuery) -> Result<Self, OutpostError> {
        Ok(Self {
            data_set: ids::id("data_set", &it.data_set)?,
            periods: it.periods,
            organisation_units: ids::all("organisation_units", &it.organisation_units)?,
            below: it.below,
        })
    }
}

/// A rule that could not be judged here.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct UnjudgedRule {
    /// Its id.
    pub uid: String,
    /// Its display name.
    pub name: String,
    /// Items that this device cannot know.
    pub not_here: Vec<String>,
    /// Why a side could not be computed.
    pub problem: Option<String>,
}

impl From<model::UnjudgedRule> for UnjudgedRule {
    fn from(it: model::UnjudgedRule) -> Self {
        Self { uid: text(it.uid), name: it.name, not_here: it.not_here, problem: it.problem }
    }
}

/// What a report breaks.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReportViolations {
    /// Which report.
    pub key: SliceId,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Name of the split of the whole form; empty for the default.
    pub attribute_option_combo_name: String,
    /// Rules that do not hold, the most important first.
    pub violations: Violations,
    /// Rules that could not be judged.
    pub unjudged: Vec<UnjudgedRule>,
}

impl From<model::ReportViolations> for ReportViolations {
    fn from(it: model::ReportViolations) -> Self {
        Self {
            key: it.key.into(),
            organisation_unit_name: it.organisation_unit_name,
            attribute_option_combo_name: it.attribute_option_combo_name,
            violations: it.violations.into(),
            unjudged: list(it.unjudged),
        }
    }
}

/// A page of checked reports.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReportViolationsPage {
    /// Reports with something to say, by place and period; those in order are left out.
    pub items: Vec<ReportViolations>,
    /// Reports that were checked for this page.
    pub checked: i32,
    /// What is wrong with the rules themselves, for the administrator.
    pub problems: Vec<String>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<SliceId>,
}

impl From<model::ViolationPage> for ReportViolationsPage {
    fn from(it: model::ViolationPage) -> Self {
        Self {
            items: list(it.items),
            checked: signed32(it.checked),
            problems: it.problems,
            next: it.next.map(SliceId::from),
        }
    }
}
