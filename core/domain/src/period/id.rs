//! Period ids: reading every accepted form, writing the canonical one.
//!
//! A name between year and number tells the type (`2026WedW3`, `2026AprilS1`); a bare number tells
//! it by its length (`2026`, `202601`, `20260115`).

use std::fmt;

use jiff::civil::Date;

use super::months::MonthBlock;
use super::{Layout, Period, PeriodError, PeriodType, shown, weeks};
use crate::limits::{PERIOD_ID_BYTES_MAX, PERIOD_YEAR_MIN};

const YEAR_DIGITS: usize = 4;

pub(super) fn parse(id: &str) -> Result<Period, PeriodError> {
    let (period_type, year, number) =
        read(id).ok_or_else(|| PeriodError::Unknown { shown: shown(id) })?;
    start_of(period_type, year, number)
        .filter(|_| year >= PERIOD_YEAR_MIN)
        .and_then(|start| Period::starting(period_type, start))
        .ok_or_else(|| PeriodError::NoSuchPeriod { shown: shown(id) })
}

/// Type, year and number; the number of a day is month and day (`115` is 15 January).
fn read(id: &str) -> Option<(PeriodType, i16, i16)> {
    if id.len() > PERIOD_ID_BYTES_MAX || !id.is_ascii() {
        return None;
    }
    let (year, rest) = id.split_at_checked(YEAR_DIGITS)?;
    let year = digits(year)?;
    if let Some((period_type, number)) = read_bare_number(rest) {
        return Some((period_type, year, number));
    }
    let name = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &rest[name.len()..];
    let period_type = PeriodType::ALL.into_iter().find(|t| t.id_name() == Some(name))?;
    let number = match (number.len(), period_type.number_digits_max()) {
        (0, 0) => 1,
        (length, most) if (1..=most).contains(&length) => digits(number)?,
        _ => return None,
    };
    Some((period_type, year, number))
}

fn read_bare_number(rest: &str) -> Option<(PeriodType, i16)> {
    if let Some(number) = rest.strip_suffix('B') {
        return (number.len() == 2).then_some((PeriodType::BiMonthly, digits(number)?));
    }
    let compact = match rest.as_bytes() {
        [b'-', _, _] => rest[1..].to_owned(),
        [b'-', _, _, b'-', _, _] => format!("{}{}", &rest[1..3], &rest[4..]),
        _ => rest.to_owned(),
    };
    match compact.len() {
        0 => Some((PeriodType::Yearly, 1)),
        2 => Some((PeriodType::Monthly, digits(&compact)?)),
        4 => Some((PeriodType::Daily, digits(&compact)?)),
        _ => None,
    }
}

fn digits(text: &str) -> Option<i16> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

fn start_of(period_type: PeriodType, year: i16, number: i16) -> Option<Date> {
    match period_type.layout() {
        Layout::Days => {
            let (month, day) = (i8::try_from(number / 100).ok()?, (number % 100) as i8);
            Date::new(year, month, day).ok()
        }
        Layout::Weeks { first } => weeks::nth_week(year, number, first),
        Layout::TwoWeeks => weeks::nth_two_weeks(year, number),
        Layout::Months(block) => MonthBlock::nth(block, year, number),
        Layout::Unnamed => None,
    }
}

pub(super) fn write(period: &Period, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (year, number) = period.year_and_number();
    match period.period_type {
        PeriodType::Daily => {
            let date = period.start();
            write!(formatter, "{year:04}{:02}{:02}", date.month(), date.day())
        }
        PeriodType::Monthly => write!(formatter, "{year:04}{number:02}"),
        PeriodType::BiMonthly => write!(formatter, "{year:04}{number:02}B"),
        other => {
            write!(formatter, "{year:04}{}", other.id_name().unwrap_or_default())?;
            match other.number_digits_max() {
                0 => Ok(()),
                _ => write!(formatter, "{number}"),
            }
        }
    }
}
