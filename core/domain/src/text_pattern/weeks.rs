//! Weeks as Java counts them: where they begin and how many days make a first week depend on the
//! server's locale, which it does not tell.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// A way of counting weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WeekRule {
    first: Weekday,
    /// Days of the first week that must lie in the year or month.
    days_min: i16,
}

impl WeekRule {
    /// The United States.
    pub const SUNDAY: Self = Self { first: Weekday::Sunday, days_min: 1 };

    /// Every rule that is common on servers; the last is ISO 8601.
    pub const COMMON: [Self; 4] = [
        Self::SUNDAY,
        Self { first: Weekday::Monday, days_min: 1 },
        Self { first: Weekday::Saturday, days_min: 1 },
        Self { first: Weekday::Monday, days_min: 4 },
    ];

    /// The year that the week belongs to, and its number.
    pub fn year_and_week(self, day: Date) -> (i16, i16) {
        for year in [day.year().saturating_add(1), day.year()] {
            if let Some(start) = self.first_week(year).filter(|start| *start <= day) {
                return (year, days_between(start, day) / 7 + 1);
            }
        }
        let year = day.year().saturating_sub(1);
        let week = self.first_week(year).map_or(0, |start| days_between(start, day) / 7 + 1);
        (year, week)
    }

    /// The number of the week in its month; 0 before the first.
    pub fn week_of_month(self, day: Date) -> i16 {
        let before = self.days_before(day.first_of_month());
        let has_short_first = 7 - before < self.days_min;
        (i16::from(day.day()) + before - 1) / 7 + i16::from(!has_short_first)
    }

    fn first_week(self, year: i16) -> Option<Date> {
        if !(1..=9998).contains(&year) {
            return None;
        }
        let new_year = date(year, 1, 1);
        let before = self.days_before(new_year);
        let shift = if 7 - before >= self.days_min { -before } else { 7 - before };
        new_year.checked_add(i64::from(shift).days()).ok()
    }

    /// Days of the week that lie before the day.
    fn days_before(self, day: Date) -> i16 {
        i16::from(day.weekday().since(self.first))
    }
}

fn days_between(from: Date, to: Date) -> i16 {
    let days = from.until(to).map_or(0, |span| span.get_days());
    i16::try_from(days).unwrap_or(i16::MAX)
}
