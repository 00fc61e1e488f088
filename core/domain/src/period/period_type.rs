//! The kinds of period that DHIS2 knows, in order of frequency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::months::MonthBlock;
use super::{Layout, PeriodError, shown};
use crate::value_type::ServerMinor;

/// DHIS2 `PeriodType`, from the most to the least frequent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are DHIS2's own and explained in wire reference 2.2")]
pub enum PeriodType {
    Daily,
    Weekly,
    WeeklyWednesday,
    WeeklyThursday,
    WeeklyFriday,
    WeeklySaturday,
    WeeklySunday,
    BiWeekly,
    Monthly,
    BiMonthly,
    Quarterly,
    QuarterlyNov,
    SixMonthly,
    SixMonthlyApril,
    SixMonthlyNov,
    Yearly,
    FinancialFeb,
    FinancialApril,
    FinancialJuly,
    FinancialAug,
    FinancialSep,
    FinancialOct,
    FinancialNov,
    /// Known to the server by name only: it has no ids, so no period of it can be made.
    TwoYearly,
}

impl PeriodType {
    /// Every type, from the most to the least frequent.
    pub const ALL: [Self; 24] = [
        Self::Daily,
        Self::Weekly,
        Self::WeeklyWednesday,
        Self::WeeklyThursday,
        Self::WeeklyFriday,
        Self::WeeklySaturday,
        Self::WeeklySunday,
        Self::BiWeekly,
        Self::Monthly,
        Self::BiMonthly,
        Self::Quarterly,
        Self::QuarterlyNov,
        Self::SixMonthly,
        Self::SixMonthlyApril,
        Self::SixMonthlyNov,
        Self::Yearly,
        Self::FinancialFeb,
        Self::FinancialApril,
        Self::FinancialJuly,
        Self::FinancialAug,
        Self::FinancialSep,
        Self::FinancialOct,
        Self::FinancialNov,
        Self::TwoYearly,
    ];

    /// Parses a name as in metadata, e.g. `Monthly`; capitals count.
    ///
    /// # Errors
    /// [`PeriodError::UnknownType`] for any other text.
    pub fn parse(name: &str) -> Result<Self, PeriodError> {
        Self::ALL
            .into_iter()
            .find(|period_type| period_type.name() == name)
            .ok_or_else(|| PeriodError::UnknownType { shown: shown(name) })
    }

    /// The name in metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
            Self::WeeklyWednesday => "WeeklyWednesday",
            Self::WeeklyThursday => "WeeklyThursday",
            Self::WeeklyFriday => "WeeklyFriday",
            Self::WeeklySaturday => "WeeklySaturday",
            Self::WeeklySunday => "WeeklySunday",
            Self::BiWeekly => "BiWeekly",
            Self::Monthly => "Monthly",
            Self::BiMonthly => "BiMonthly",
            Self::Quarterly => "Quarterly",
            Self::QuarterlyNov => "QuarterlyNov",
            Self::SixMonthly => "SixMonthly",
            Self::SixMonthlyApril => "SixMonthlyApril",
            Self::SixMonthlyNov => "SixMonthlyNov",
            Self::Yearly => "Yearly",
            Self::FinancialFeb => "FinancialFeb",
            Self::FinancialApril => "FinancialApril",
            Self::FinancialJuly => "FinancialJuly",
            Self::FinancialAug => "FinancialAug",
            Self::FinancialSep => "FinancialSep",
            Self::FinancialOct => "FinancialOct",
            Self::FinancialNov => "FinancialNov",
            Self::TwoYearly => "TwoYearly",
        }
    }

    /// Rough length in days by which the server compares types (DHIS2 `frequencyOrder`).
    #[must_use]
    pub fn frequency_order(self) -> u16 {
        match self {
            Self::Daily => 1,
            Self::BiWeekly => 14,
            Self::Monthly => 30,
            Self::BiMonthly => 61,
            Self::Quarterly | Self::QuarterlyNov => 91,
            Self::SixMonthly | Self::SixMonthlyApril | Self::SixMonthlyNov => 182,
            Self::TwoYearly => 730,
            other if matches!(other.layout(), Layout::Weeks { .. }) => 7,
            _ => 365,
        }
    }

    /// First server version that knows the type; `None` if all supported ones do.
    #[must_use]
    pub fn since(self) -> Option<ServerMinor> {
        match self {
            Self::WeeklyFriday | Self::FinancialFeb | Self::FinancialAug => Some(ServerMinor(43)),
            Self::FinancialSep => Some(ServerMinor(42)),
            _ => None,
        }
    }

    /// How many periods, ending with the current one, a device holds unless told otherwise.
    ///
    /// The window of the DHIS2 Android SDK, so that a person who changes apps sees the same.
    #[must_use]
    pub fn default_past_periods(self) -> u32 {
        match self {
            Self::Daily => 60,
            Self::BiWeekly => 13,
            Self::Monthly => 12,
            Self::BiMonthly => 6,
            other if matches!(other.layout(), Layout::Weeks { .. }) => 13,
            _ => 5,
        }
    }

    /// Whether it is one of the years that begin in another month than January.
    #[must_use]
    pub fn is_financial_year(self) -> bool {
        matches!(self.layout(), Layout::Months(MonthBlock { length: 12, first }) if first != 0)
    }

    pub(super) fn layout(self) -> Layout {
        let weeks = |first| Layout::Weeks { first };
        let months = |length, first| Layout::Months(MonthBlock { length, first });
        match self {
            Self::Daily => Layout::Days,
            Self::Weekly => weeks(0),
            Self::WeeklyWednesday => weeks(2),
            Self::WeeklyThursday => weeks(3),
            Self::WeeklyFriday => weeks(4),
            Self::WeeklySaturday => weeks(5),
            Self::WeeklySunday => weeks(6),
            Self::BiWeekly => Layout::TwoWeeks,
            Self::Monthly => months(1, 0),
            Self::BiMonthly => months(2, 0),
            Self::Quarterly => months(3, 0),
            Self::QuarterlyNov => months(3, -2),
            Self::SixMonthly => months(6, 0),
            Self::SixMonthlyApril => months(6, 3),
            Self::SixMonthlyNov => months(6, -2),
            Self::Yearly => months(12, 0),
            Self::FinancialFeb => months(12, 1),
            Self::FinancialApril => months(12, 3),
            Self::FinancialJuly => months(12, 6),
            Self::FinancialAug => months(12, 7),
            Self::FinancialSep => months(12, 8),
            Self::FinancialOct => months(12, 9),
            // Named by the year it ends in, unlike the other financial years.
            Self::FinancialNov => months(12, -2),
            Self::TwoYearly => Layout::Unnamed,
        }
    }

    /// The name between year and number of an id; `None` for ids told apart by length or a suffix.
    pub(super) fn id_name(self) -> Option<&'static str> {
        match self {
            Self::Daily | Self::Monthly | Self::BiMonthly | Self::Yearly | Self::TwoYearly => None,
            Self::Weekly => Some("W"),
            Self::WeeklyWednesday => Some("WedW"),
            Self::WeeklyThursday => Some("ThuW"),
            Self::WeeklyFriday => Some("FriW"),
            Self::WeeklySaturday => Some("SatW"),
            Self::WeeklySunday => Some("SunW"),
            Self::BiWeekly => Some("BiW"),
            Self::Quarterly => Some("Q"),
            Self::QuarterlyNov => Some("NovQ"),
            Self::SixMonthly => Some("S"),
            Self::SixMonthlyApril => Some("AprilS"),
            Self::SixMonthlyNov => Some("NovS"),
            Self::FinancialFeb => Some("Feb"),
            Self::FinancialApril => Some("April"),
            Self::FinancialJuly => Some("July"),
            Self::FinancialAug => Some("Aug"),
            Self::FinancialSep => Some("Sep"),
            Self::FinancialOct => Some("Oct"),
            Self::FinancialNov => Some("Nov"),
        }
    }

    /// Most digits that may follow [`Self::id_name`].
    pub(super) fn number_digits_max(self) -> usize {
        match self.layout() {
            Layout::Weeks { .. } | Layout::TwoWeeks => 2,
            Layout::Months(MonthBlock { length: 3 | 6, .. }) => 1,
            _ => 0,
        }
    }
}

impl fmt::Display for PeriodType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for PeriodType {
    type Err = PeriodError;
    fn from_str(name: &str) -> Result<Self, PeriodError> {
        Self::parse(name)
    }
}

impl Serialize for PeriodType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for PeriodType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&name).map_err(serde::de::Error::custom)
    }
}
