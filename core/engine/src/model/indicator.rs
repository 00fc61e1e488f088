//! Indicators and program indicators computed over what lies on the device, and what reports break of
//! the validation rules.

use outpost_domain::data::SliceKey;
use outpost_domain::uid::{DataSetUid, OrganisationUnitUid, ProgramUid, Uid};
use outpost_domain::validation::Violation;

/// Which kind of computed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndicatorKind {
    /// DHIS2 `Indicator`: over aggregate values.
    Indicator,
    /// DHIS2 `ProgramIndicator`: over events.
    ProgramIndicator,
}

impl IndicatorKind {
    /// Name in JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Indicator => "indicator",
            Self::ProgramIndicator => "programIndicator",
        }
    }
}

/// An indicator in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorSummary {
    /// Kind.
    pub kind: IndicatorKind,
    /// Its id.
    pub uid: Uid,
    /// Display name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// The program of a program indicator.
    pub program: Option<ProgramUid>,
}

/// Which indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndicatorChoice {
    /// All on the device.
    All,
    /// Those of a data set and its sections.
    DataSet(DataSetUid),
    /// The program indicators of a program.
    Program(ProgramUid),
    /// These, in this order.
    These(Vec<Uid>),
}

/// A page of indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorPage {
    /// Indicators by name, program indicators after the others.
    pub items: Vec<IndicatorSummary>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<u32>,
}

/// What to compute, when and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorQuery {
    /// Which indicators.
    pub choice: IndicatorChoice,
    /// Ids such as `202609`, or relative periods such as `LAST_12_MONTHS`.
    pub periods: Vec<String>,
    /// Places.
    pub organisation_units: Vec<OrganisationUnitUid>,
    /// Whether the places below them count too, as far as they are on the device.
    pub below: bool,
    /// One value per period instead of one for all together.
    pub by_period: bool,
    /// One value per chosen place instead of one for all together.
    pub by_place: bool,
}

/// The range of a legend set that a value lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendView {
    /// Display name.
    pub name: String,
    /// Colour as `#rrggbb`, if it has one.
    pub color: Option<String>,
}

/// One computed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorValueRow {
    /// Kind.
    pub kind: IndicatorKind,
    /// The indicator.
    pub uid: Uid,
    /// Its display name.
    pub name: String,
    /// Ids of the periods that the value is of.
    pub periods: Vec<String>,
    /// The chosen places that the value is of, without those below.
    pub organisation_units: Vec<OrganisationUnitUid>,
    /// Their names.
    pub organisation_unit_names: Vec<String>,
    /// The value as the server shows it; `None` if there is none.
    pub value: Option<String>,
    /// The numerator of an indicator that has a value.
    pub numerator: Option<String>,
    /// The denominator of an indicator that has a value.
    pub denominator: Option<String>,
    /// Name and colour of the value.
    pub legend: Option<LegendView>,
    /// Pairs of place and period with data.
    pub with_data: u32,
    /// All pairs of place and period.
    pub asked: u32,
    /// Items that count only the places and reports that this device sees.
    pub counted_here: Vec<String>,
    /// Items that this device cannot know, so that the server's value may differ.
    pub not_here: Vec<String>,
    /// Why it could not be computed.
    pub problem: Option<String>,
}

/// A page of computed values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorValuePage {
    /// Values: place by place, period by period, indicator by indicator.
    pub rows: Vec<IndicatorValueRow>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<u32>,
}

/// Which reports to check against the validation rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationQuery {
    /// The data set.
    pub data_set: DataSetUid,
    /// Ids of periods, or relative periods.
    pub periods: Vec<String>,
    /// Only these places; all with data if empty.
    pub organisation_units: Vec<OrganisationUnitUid>,
    /// Whether the places below them are checked too.
    pub below: bool,
}

/// A rule that could not be judged here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnjudgedRule {
    /// Its id.
    pub uid: Uid,
    /// Its display name.
    pub name: String,
    /// Items that this device cannot know.
    pub not_here: Vec<String>,
    /// Why a side could not be computed.
    pub problem: Option<String>,
}

/// What a report breaks.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportViolations {
    /// Which report.
    pub key: SliceKey,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Name of the split of the whole form; empty for the default.
    pub attribute_option_combo_name: String,
    /// Rules that do not hold, the most important first.
    pub violations: Vec<Violation>,
    /// Rules that could not be judged.
    pub unjudged: Vec<UnjudgedRule>,
}

/// A page of checked reports.
#[derive(Debug, Clone, PartialEq)]
pub struct ViolationPage {
    /// Reports with something to say, by place and period; those in order are left out.
    pub items: Vec<ReportViolations>,
    /// Reports that were checked for this page.
    pub checked: u32,
    /// What is wrong with the rules themselves, for the administrator.
    pub problems: Vec<String>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<SliceKey>,
}
