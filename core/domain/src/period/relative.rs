//! Relative periods: `LAST_12_MONTHS` and its kin, turned into periods for a given day.
//!
//! "Last" ones end with the last complete period, the current one left out; "this year" ones name
//! the whole year of the current period, future parts included (DHIS2 `RelativePeriods`).

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{Period, PeriodError, PeriodType, shown};

macro_rules! relative_periods {
    ($($variant:ident = $name:literal => $unit:ident $range:ident $(($count:literal))?;)+) => {
        /// DHIS2 `RelativePeriodEnum`: the 45 relative periods of analytics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are DHIS2's own")]
        pub enum RelativePeriod {
            $($variant,)+
        }

        impl RelativePeriod {
            /// Every relative period, short ones first.
            pub const ALL: [Self; 45] = [$(Self::$variant,)+];

            /// The name in metadata, e.g. `LAST_12_MONTHS`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            fn plan(self) -> (Unit, Range) {
                match self {
                    $(Self::$variant => (Unit::$unit, Range::$range $(($count))?),)+
                }
            }
        }
    };
}

relative_periods! {
    Today = "TODAY" => Day This;
    Yesterday = "YESTERDAY" => Day Last(1);
    Last3Days = "LAST_3_DAYS" => Day Last(3);
    Last7Days = "LAST_7_DAYS" => Day Last(7);
    Last14Days = "LAST_14_DAYS" => Day Last(14);
    Last30Days = "LAST_30_DAYS" => Day Last(30);
    Last60Days = "LAST_60_DAYS" => Day Last(60);
    Last90Days = "LAST_90_DAYS" => Day Last(90);
    Last180Days = "LAST_180_DAYS" => Day Last(180);
    ThisWeek = "THIS_WEEK" => Week This;
    LastWeek = "LAST_WEEK" => Week Last(1);
    Last4Weeks = "LAST_4_WEEKS" => Week Last(4);
    Last12Weeks = "LAST_12_WEEKS" => Week Last(12);
    Last52Weeks = "LAST_52_WEEKS" => Week Last(52);
    WeeksThisYear = "WEEKS_THIS_YEAR" => Week OfThisYear;
    ThisBiWeek = "THIS_BIWEEK" => BiWeek This;
    LastBiWeek = "LAST_BIWEEK" => BiWeek Last(1);
    Last4BiWeeks = "LAST_4_BIWEEKS" => BiWeek Last(4);
    ThisMonth = "THIS_MONTH" => Month This;
    LastMonth = "LAST_MONTH" => Month Last(1);
    Last3Months = "LAST_3_MONTHS" => Month Last(3);
    Last6Months = "LAST_6_MONTHS" => Month Last(6);
    Last12Months = "LAST_12_MONTHS" => Month Last(12);
    MonthsThisYear = "MONTHS_THIS_YEAR" => Month OfThisYear;
    MonthsLastYear = "MONTHS_LAST_YEAR" => Month OfLastYear;
    ThisBiMonth = "THIS_BIMONTH" => BiMonth This;
    LastBiMonth = "LAST_BIMONTH" => BiMonth Last(1);
    Last6BiMonths = "LAST_6_BIMONTHS" => BiMonth Last(6);
    BiMonthsThisYear = "BIMONTHS_THIS_YEAR" => BiMonth OfThisYear;
    ThisQuarter = "THIS_QUARTER" => Quarter This;
    LastQuarter = "LAST_QUARTER" => Quarter Last(1);
    Last4Quarters = "LAST_4_QUARTERS" => Quarter Last(4);
    QuartersThisYear = "QUARTERS_THIS_YEAR" => Quarter OfThisYear;
    QuartersLastYear = "QUARTERS_LAST_YEAR" => Quarter OfLastYear;
    ThisSixMonth = "THIS_SIX_MONTH" => SixMonth This;
    LastSixMonth = "LAST_SIX_MONTH" => SixMonth Last(1);
    Last2SixMonths = "LAST_2_SIXMONTHS" => SixMonth Last(2);
    ThisYear = "THIS_YEAR" => Year This;
    LastYear = "LAST_YEAR" => Year Last(1);
    Last5Years = "LAST_5_YEARS" => Year Last(5);
    Last10Years = "LAST_10_YEARS" => Year Last(10);
    ThisFinancialYear = "THIS_FINANCIAL_YEAR" => FinancialYear This;
    LastFinancialYear = "LAST_FINANCIAL_YEAR" => FinancialYear Last(1);
    Last5FinancialYears = "LAST_5_FINANCIAL_YEARS" => FinancialYear Last(5);
    Last10FinancialYears = "LAST_10_FINANCIAL_YEARS" => FinancialYear Last(10);
}

#[derive(Clone, Copy)]
enum Unit {
    Day,
    Week,
    BiWeek,
    Month,
    BiMonth,
    Quarter,
    SixMonth,
    Year,
    FinancialYear,
}

#[derive(Clone, Copy)]
enum Range {
    This,
    /// So many complete periods before the current one.
    Last(i32),
    OfThisYear,
    OfLastYear,
}

impl RelativePeriod {
    /// Parses a name as in metadata.
    ///
    /// # Errors
    /// [`PeriodError::UnknownRelative`] for any other text.
    pub fn parse(name: &str) -> Result<Self, PeriodError> {
        Self::ALL
            .into_iter()
            .find(|relative| relative.name() == name)
            .ok_or_else(|| PeriodError::UnknownRelative { shown: shown(name) })
    }

    /// The periods meant on the day `today`, in order.
    ///
    /// `financial_year` is the server's setting `analyticsFinancialYearStart` as a period type;
    /// only the four financial ones look at it.
    ///
    /// # Errors
    /// [`PeriodError::NotAFinancialYear`] if another type is given where one is needed,
    /// [`PeriodError::NoPeriodFor`] at the edge of the years that ids can name.
    pub fn periods(
        self,
        today: Date,
        financial_year: PeriodType,
    ) -> Result<Vec<Period>, PeriodError> {
        let (unit, range) = self.plan();
        let period_type = unit.period_type(financial_year)?;
        let outside = || PeriodError::NoPeriodFor { period_type, date: today };
        let current = period_type.containing(today).ok_or_else(outside)?;
        match range {
            Range::This => Ok(vec![current]),
            Range::Last(count) => {
                let last: Option<Vec<_>> =
                    (1..=count).rev().map(|back| current.rewind(back)).collect();
                last.ok_or_else(outside)
            }
            Range::OfThisYear => of_year(period_type, current.year()).ok_or_else(outside),
            Range::OfLastYear => of_year(period_type, current.year() - 1).ok_or_else(outside),
        }
    }
}

impl Unit {
    fn period_type(self, financial_year: PeriodType) -> Result<PeriodType, PeriodError> {
        match self {
            Self::Day => Ok(PeriodType::Daily),
            Self::Week => Ok(PeriodType::Weekly),
            Self::BiWeek => Ok(PeriodType::BiWeekly),
            Self::Month => Ok(PeriodType::Monthly),
            Self::BiMonth => Ok(PeriodType::BiMonthly),
            Self::Quarter => Ok(PeriodType::Quarterly),
            Self::SixMonth => Ok(PeriodType::SixMonthly),
            Self::Year => Ok(PeriodType::Yearly),
            Self::FinancialYear if financial_year.is_financial_year() => Ok(financial_year),
            Self::FinancialYear => {
                Err(PeriodError::NotAFinancialYear { period_type: financial_year })
            }
        }
    }
}

/// All periods whose id names `year`.
fn of_year(period_type: PeriodType, year: i16) -> Option<Vec<Period>> {
    // 4 January is in the first week of its year, and in the first month, quarter and half-year
    // too.
    let first = period_type.containing(Date::new(year, 1, 4).ok()?)?;
    let in_year = |period: &Period| period.year() == year;
    Some(std::iter::successors(Some(first), Period::next).take_while(in_year).collect())
}

impl fmt::Display for RelativePeriod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for RelativePeriod {
    type Err = PeriodError;
    fn from_str(name: &str) -> Result<Self, PeriodError> {
        Self::parse(name)
    }
}
