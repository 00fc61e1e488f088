//! Periods of values: read by the domain, placed on the server's calendar of days.

use jiff::civil::Date;
pub use outpost_domain::period::{Period, PeriodType};

use super::time::civil_of;

/// Days since 1970-01-01.
pub fn day_number(date: Date) -> i64 {
    i64::from((date - jiff::civil::date(1970, 1, 1)).get_days())
}

/// First and last day of a period, counted from 1970-01-01.
pub fn days(period: &Period) -> (i64, i64) {
    (day_number(period.start()), day_number(period.end()))
}

/// A day number as a date.
pub fn date_of(day: i64) -> Date {
    let (year, month, date) = civil_of(day);
    let part = |number: i64| i8::try_from(number).unwrap_or(1);
    Date::new(i16::try_from(year).unwrap_or(1970), part(month), part(date)).unwrap_or_default()
}

/// The latest period of a type that is open today: `open_future = 0` leaves the current one shut
/// (wire reference 2.2).
pub fn latest_open(kind: PeriodType, today: i64, open_future: i64) -> Option<Period> {
    let current = kind.containing(date_of(today))?;
    match open_future - 1 {
        steps if steps < 0 => current.previous(),
        steps => current.forward(i32::try_from(steps).unwrap_or(0)),
    }
}
