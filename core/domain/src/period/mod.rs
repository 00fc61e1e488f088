//! DHIS2 periods: their ids, their dates, their order, and when entry is open.
//!
//! Only the ISO 8601 calendar. Never asks what day it is: `today` and `now` are given by the
//! caller, in the server's time zone. Ids follow wire reference 2.2 and are written in one
//! canonical form.
//!
//! ```
//! use jiff::civil::date;
//! use outpost_domain::period::{Period, PeriodType};
//!
//! let week = Period::parse("2026W01")?; // also accepted with two digits
//! assert_eq!(week.to_string(), "2026W1");
//! assert_eq!((week.start(), week.end()), (date(2025, 12, 29), date(2026, 1, 4)));
//! assert_eq!(week.next(), Some(Period::parse("2026W2")?));
//!
//! let month = PeriodType::Monthly.containing(date(2026, 11, 22));
//! assert_eq!(month, Some(Period::parse("202611")?));
//! # Ok::<(), outpost_domain::period::PeriodError>(())
//! ```

mod entry;
mod id;
mod months;
mod period_type;
mod relative;
mod weeks;

use std::fmt;
use std::str::FromStr;

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use entry::{
    EntryLock, SliceTiming, category_option_lock, latest_open_period, organisation_unit_lock,
    period_lock,
};
pub use period_type::PeriodType;
pub use relative::RelativePeriod;

use crate::limits::{PERIOD_YEAR_MAX, PERIOD_YEAR_MIN, PERIODS_MAX, SHOWN_CHARS_MAX};
use months::MonthBlock;

/// A DHIS2 period: a type and the days it covers.
///
/// Ordered by first day, then last day, then type. Written and serialised as its canonical id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    start: Date,
    end: Date,
    period_type: PeriodType,
}

/// Why there is no such period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeriodError {
    /// The text has the form of no period type.
    #[error("`{shown}` is not a period id such as 202601, 2026W3 or 2026Q1")]
    Unknown {
        /// The offending text, cut to a length that is safe to show.
        shown: String,
    },
    /// The form is right but the calendar has no such period, e.g. month 13 or week 53 of a short
    /// year.
    #[error("`{shown}` does not exist in the calendar")]
    NoSuchPeriod {
        /// The offending text, cut to a length that is safe to show.
        shown: String,
    },
    /// No period type of that name.
    #[error("`{shown}` is not a period type such as Monthly or Weekly")]
    UnknownType {
        /// The offending text, cut to a length that is safe to show.
        shown: String,
    },
    /// No relative period of that name.
    #[error("`{shown}` is not a relative period such as LAST_12_MONTHS")]
    UnknownRelative {
        /// The offending text, cut to a length that is safe to show.
        shown: String,
    },
    /// The type has no ids of its own, or the dates lie outside the years that ids can name.
    #[error("{} has no period for {date}", .period_type.name())]
    NoPeriodFor {
        /// The type asked for.
        period_type: PeriodType,
        /// The day asked for.
        date: Date,
    },
    /// More periods than one call may make; ask for a shorter range.
    #[error("more than {PERIODS_MAX} periods; choose a shorter range")]
    TooMany,
    /// Financial years start in one of the seven financial period types.
    #[error("{} is not a financial year", .period_type.name())]
    NotAFinancialYear {
        /// The type given.
        period_type: PeriodType,
    },
}

/// How periods of a type are laid out in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Days,
    /// Weeks whose first weekday is this many days after Monday.
    Weeks {
        first: i8,
    },
    TwoWeeks,
    Months(MonthBlock),
    /// The type has no ids (TwoYearly).
    Unnamed,
}

impl Period {
    /// Parses a period id (wire reference 2.2).
    ///
    /// `2026W01`, `2026-01` and `2026-01-15` are accepted beside `2026W1`, `202601` and `20260115`.
    ///
    /// # Errors
    /// [`PeriodError::Unknown`] for another form, [`PeriodError::NoSuchPeriod`] for a date, month
    /// or week that the calendar does not have (the server rolls week 53 over silently up to
    /// 2.42).
    pub fn parse(id: &str) -> Result<Self, PeriodError> {
        id::parse(id)
    }

    /// Which type the period has.
    #[must_use]
    pub fn period_type(&self) -> PeriodType {
        self.period_type
    }

    /// The first day.
    #[must_use]
    pub fn start(&self) -> Date {
        self.start
    }

    /// The last day, which belongs to the period.
    #[must_use]
    pub fn end(&self) -> Date {
        self.end
    }

    /// The period after this one; `None` after the last year that ids can name.
    ///
    /// After `2020BiW27` comes `2021BiW1`, which begins a week before the 27th ends.
    #[must_use]
    pub fn next(&self) -> Option<Self> {
        self.forward(1)
    }

    /// The period before this one; `None` before the first year that ids can name.
    #[must_use]
    pub fn previous(&self) -> Option<Self> {
        self.rewind(1)
    }

    /// The period `count` places later, earlier if negative; `None` outside the years of ids.
    #[must_use]
    pub fn forward(&self, count: i32) -> Option<Self> {
        let start = match self.period_type.layout() {
            Layout::Days => add_days(self.start, i64::from(count))?,
            Layout::Weeks { .. } => add_days(self.start, 7 * i64::from(count))?,
            Layout::TwoWeeks => return weeks::step_two_weeks(*self, count),
            Layout::Months(block) => add_months(self.start, block.months(count))?,
            Layout::Unnamed => return None,
        };
        Self::starting(self.period_type, start)
    }

    /// The period `count` places earlier, later if negative; `None` outside the years of ids.
    #[must_use]
    pub fn rewind(&self, count: i32) -> Option<Self> {
        self.forward(count.checked_neg()?)
    }

    /// The period of that type whose first day is `start`, which the caller has aligned.
    fn starting(period_type: PeriodType, start: Date) -> Option<Self> {
        let end = match period_type.layout() {
            Layout::Days => start,
            Layout::Weeks { .. } => add_days(start, 6)?,
            Layout::TwoWeeks => add_days(start, 13)?,
            Layout::Months(block) => add_months(start, block.months(1) - 1)?.last_of_month(),
            Layout::Unnamed => return None,
        };
        let period = Self { start, end, period_type };
        let nameable = (PERIOD_YEAR_MIN..=PERIOD_YEAR_MAX).contains(&period.year());
        nameable.then_some(period)
    }

    /// Its place among the periods of its type in its year, counted from one.
    #[must_use]
    pub fn number_in_year(self) -> u32 {
        u32::try_from(self.year_and_number().1).unwrap_or(1)
    }

    /// How many periods of its type its year has: 12 months, 52 or 53 weeks.
    #[must_use]
    pub fn periods_in_year(self) -> u32 {
        let mut last = self;
        while let Some(next) = last.next().filter(|next| next.year() == self.year()) {
            last = next;
        }
        last.number_in_year()
    }

    /// The year in the id.
    fn year(&self) -> i16 {
        self.year_and_number().0
    }

    /// The year in the id and the place within it, counted from one.
    fn year_and_number(&self) -> (i16, i16) {
        match self.period_type.layout() {
            Layout::Days => (self.start.year(), self.start.day_of_year()),
            Layout::Weeks { .. } => weeks::year_and_week(self.start),
            Layout::TwoWeeks => weeks::year_and_two_weeks(self.start),
            Layout::Months(block) => block.year_and_number(self.start),
            Layout::Unnamed => (self.start.year(), 1),
        }
    }
}

impl PeriodType {
    /// The period of this type that holds the day; the later one where two bi-weeks overlap.
    ///
    /// `None` for `TwoYearly`, which has no ids, and outside the years that ids can name.
    #[must_use]
    pub fn containing(self, date: Date) -> Option<Period> {
        let start = match self.layout() {
            Layout::Days => date,
            Layout::Weeks { first } => weeks::week_start(date, first)?,
            Layout::TwoWeeks => weeks::two_weeks_start(date)?,
            Layout::Months(block) => block.start_of(date)?,
            Layout::Unnamed => return None,
        };
        Period::starting(self, start)
    }

    /// All periods of this type that share a day with `from..=to`, in order; none if `to` is
    /// earlier.
    ///
    /// # Errors
    /// [`PeriodError::NoPeriodFor`] if the type or a year has no ids, [`PeriodError::TooMany`]
    /// above [`PERIODS_MAX`].
    pub fn generate(self, from: Date, to: Date) -> Result<Vec<Period>, PeriodError> {
        let mut periods = Vec::new();
        let no_period = |date| PeriodError::NoPeriodFor { period_type: self, date };
        let mut next = Some(self.containing(from).ok_or_else(|| no_period(from))?);
        while let Some(period) = next.filter(|period| period.start <= to && from <= to) {
            if periods.len() == PERIODS_MAX {
                return Err(PeriodError::TooMany);
            }
            periods.push(period);
            next = period.next();
        }
        match periods.last() {
            Some(last) if last.end < to => Err(no_period(to)),
            _ => Ok(periods),
        }
    }

    /// Moves a day by a number of periods, months keeping the day of the month where it exists.
    ///
    /// Saturates at the end of the calendar (DHIS2 `PeriodType.getRewindedDate`).
    fn shift_date(self, date: Date, count: u32) -> Date {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        self.moved_date(date, count).unwrap_or(Date::MAX)
    }

    /// Moves a day by a number of periods, back if negative, months keeping the day of the month where
    /// it exists; `None` outside the calendar (DHIS2 `PeriodType.getDateWithOffset`).
    pub(crate) fn moved_date(self, date: Date, count: i32) -> Option<Date> {
        match self.layout() {
            Layout::Days => add_days(date, i64::from(count)),
            Layout::Weeks { .. } => add_days(date, 7 * i64::from(count)),
            Layout::TwoWeeks => add_days(date, 14 * i64::from(count)),
            Layout::Months(block) => add_months(date, block.months(count)),
            Layout::Unnamed => add_months(date, 24 * i64::from(count)),
        }
    }
}

fn add_days(date: Date, days: i64) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn add_months(date: Date, months: i64) -> Option<Date> {
    date.checked_add(Span::new().try_months(months).ok()?).ok()
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        id::write(self, formatter)
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Period {
    type Err = PeriodError;
    fn from_str(id: &str) -> Result<Self, PeriodError> {
        Self::parse(id)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&id).map_err(serde::de::Error::custom)
    }
}
