//! Weeks and bi-weeks.
//!
//! A week belongs to the year that holds at least four of its days, whatever weekday it begins on
//! (wire reference 2.2). A bi-week is ISO weeks 2n−1 and 2n; in a year of 53 weeks the 27th runs
//! into the first of the next year, so the two overlap by seven days.

use jiff::civil::Date;

use super::{Period, PeriodType, add_days};

const MONDAY: i8 = 0;

/// First day of the week that holds `date`, weeks beginning `first` days after Monday.
pub(super) fn week_start(date: Date, first: i8) -> Option<Date> {
    let into_week = (date.weekday().to_monday_zero_offset() - first).rem_euclid(7);
    add_days(date, -i64::from(into_week))
}

/// Week-based year and week number of the week beginning on `start`.
pub(super) fn year_and_week(start: Date) -> (i16, i16) {
    // The fourth day decides the year, because four of seven days are the majority.
    let fourth = add_days(start, 3).unwrap_or(start);
    (fourth.year(), (fourth.day_of_year() - 1) / 7 + 1)
}

/// First day of week `number` of `year`; `None` if the year has no such week.
pub(super) fn nth_week(year: i16, number: i16, first: i8) -> Option<Date> {
    // 4 January is always in week 1: three days before it at most belong to the same week.
    let week_one = week_start(Date::new(year, 1, 4).ok()?, first)?;
    let start = add_days(week_one, 7 * (i64::from(number) - 1))?;
    (year_and_week(start) == (year, number)).then_some(start)
}

/// First day of the bi-week that holds `date`.
pub(super) fn two_weeks_start(date: Date) -> Option<Date> {
    let monday = week_start(date, MONDAY)?;
    match year_and_week(monday).1 % 2 {
        1 => Some(monday),
        _ => add_days(monday, -7),
    }
}

/// Year and number of the bi-week beginning on `start`, the Monday of an odd ISO week.
pub(super) fn year_and_two_weeks(start: Date) -> (i16, i16) {
    let (year, week) = year_and_week(start);
    (year, week / 2 + 1)
}

/// First day of bi-week `number` of `year`; `None` if the year has no such bi-week.
pub(super) fn nth_two_weeks(year: i16, number: i16) -> Option<Date> {
    nth_week(year, 2 * number - 1, MONDAY)
}

/// Walks bi-weeks by number: they overlap after a year of 53 weeks, so adding 14 days would drift.
pub(super) fn step_two_weeks(from: Period, count: i32) -> Option<Period> {
    let (mut year, mut number) = year_and_two_weeks(from.start());
    for _ in 0..count.unsigned_abs() {
        (year, number) = if count > 0 { after(year, number) } else { before(year, number) };
        if !(crate::limits::PERIOD_YEAR_MIN..=crate::limits::PERIOD_YEAR_MAX).contains(&year) {
            return None;
        }
    }
    Period::starting(PeriodType::BiWeekly, nth_two_weeks(year, number)?)
}

fn after(year: i16, number: i16) -> (i16, i16) {
    if number < two_weeks_in(year) { (year, number + 1) } else { (year + 1, 1) }
}

fn before(year: i16, number: i16) -> (i16, i16) {
    if number > 1 { (year, number - 1) } else { (year - 1, two_weeks_in(year - 1)) }
}

fn two_weeks_in(year: i16) -> i16 {
    if nth_week(year, 53, MONDAY).is_some() { 27 } else { 26 }
}
