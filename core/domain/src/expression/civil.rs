//! Calendar dates of expressions: ISO text, day counts and whole months between.
//!
//! Proleptic Gregorian, years -999,999,999 to 999,999,999 as on a JVM. No clock, no time zone.

use std::fmt;

/// Largest year a JVM's `LocalDate` holds.
const YEAR_MAX: i64 = 999_999_999;

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Days since 1970-01-01; first, so that dates order by it.
    days: i64,
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The date of a year, month and day, if there is such a day.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let in_range = i64::from(year).abs() <= YEAR_MAX
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_of_month(year, month);
        in_range.then(|| Self { days: epoch_days(year, month, day), year, month, day })
    }

    /// Reads `yyyy-MM-dd` and nothing else; years of other lengths carry a sign.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let at = bytes.len().checked_sub(6)?;
        let (year, rest) = (bytes.get(..at)?, bytes.get(at..)?);
        let [b'-', m1, m2, b'-', d1, d2] = *rest else { return None };
        let month = two_digits(m1, m2)?;
        let day = two_digits(d1, d2)?;
        Self::new(parse_year(year)?, month, day)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn epoch_days(self) -> i64 {
        self.days
    }

    /// The date so many days after 1970-01-01, if a JVM can hold it.
    #[must_use]
    pub fn from_epoch_days(days: i64) -> Option<Self> {
        let days = days.checked_add(719_468)?;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = u8::try_from(day_of_year - (153 * month_index + 2) / 5 + 1).ok()?;
        let month = u8::try_from((month_index + 2) % 12 + 1).ok()?;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self::new(i32::try_from(year).ok()?, month, day)
    }

    /// Whole days from this date to another, negative if that is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i64 {
        other.days - self.days
    }

    /// Whole months to another date, cut toward zero: 31 January to 29 February is none.
    #[must_use]
    pub fn months_until(self, other: Self) -> i64 {
        (other.packed() - self.packed()) / 32
    }

    fn packed(self) -> i64 {
        (i64::from(self.year) * 12 + i64::from(self.month) - 1) * 32 + i64::from(self.day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, .. } = self;
        match year {
            0..=9999 => write!(formatter, "{year:04}-{month:02}-{day:02}"),
            10_000.. => write!(formatter, "+{year}-{month:02}-{day:02}"),
            _ => write!(formatter, "-{:04}-{month:02}-{day:02}", year.unsigned_abs()),
        }
    }
}

fn epoch_days(year: i32, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + ones - b'0')
}

/// Four plain digits, or a sign with four digits and more; `+` only for years above 9999.
fn parse_year(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match text.first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let is_signed = digits.len() != text.len();
    let right_length = if is_signed { (4..=9).contains(&digits.len()) } else { text.len() == 4 };
    let plus_is_needed = text[0] != b'+' || digits.len() > 4;
    if !right_length || !plus_is_needed || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0i32, |year, digit| year * 10 + i32::from(digit - b'0'));
    (sign > 0 || magnitude != 0).then_some(sign * magnitude)
}

fn days_of_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn only_full_iso_dates_are_read() {
        for accepted in ["2020-02-29", "0001-01-01", "-0001-12-31", "+12345-01-01"] {
            assert_eq!(date(accepted).to_string(), accepted);
        }
        for refused in [
            "2021-02-29",
            "2020-2-9",
            "2020/01/01",
            "20200101",
            "2020-01-01T00:00",
            "",
            "-",
            "12345-01-01",
            "2020-01",
            "2020-13-01",
            "2020-00-10",
            "é020-01-01",
            "+2020-01-01",
            "-0000-01-01",
        ] {
            assert_eq!(Date::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn day_counts_go_both_ways() {
        assert_eq!(date("1970-01-01").epoch_days(), 0);
        assert_eq!(date("2000-03-01").epoch_days(), 11_017); // POSIX time 951868800 / 86400
        for days in (-800_000..800_000).step_by(997) {
            assert_eq!(Date::from_epoch_days(days).expect("in range").epoch_days(), days);
        }
    }

    #[test]
    fn months_are_whole_and_signed() {
        assert_eq!(date("2020-01-31").months_until(date("2020-02-29")), 0);
        assert_eq!(date("2020-01-31").months_until(date("2020-03-31")), 2);
        assert_eq!(date("2020-02-29").months_until(date("2019-02-28")), -12);
    }
}
