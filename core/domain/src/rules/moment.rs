//! A point in time by the server's wall clock, by which events are ordered.
//!
//! Reads what DHIS2 writes; knows no time zone and no clock.

use crate::expression::Date;

const MILLISECONDS_PER_DAY: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00 on the server's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// What an event without date has: the first of January of the year 100000 (kotlin
    /// `Instant.DISTANT_FUTURE`, which the rule engine uses so).
    pub const DISTANT_FUTURE: Self = Self(3_093_527_980_800_000);

    /// Reads `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm[:ss[.fraction]]`, with or without `Z` at the end.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once('T').unwrap_or((text, "00:00"));
        let day = Date::parse(day)?.epoch_days().checked_mul(MILLISECONDS_PER_DAY)?;
        let time = time.strip_suffix('Z').unwrap_or(time);
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut parts = time.split(':').map(two_digits);
        let (hour, minute) = (parts.next()??, parts.next()??);
        let second = parts.next().unwrap_or(Some(0))?;
        let is_digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || !is_digits {
            return None;
        }
        let milliseconds: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
        day.checked_add(((hour * 60 + minute) * 60 + second) * 1000 + milliseconds).map(Self)
    }

    /// The day.
    #[must_use]
    pub fn date(self) -> Option<Date> {
        Date::from_epoch_days(self.0.div_euclid(MILLISECONDS_PER_DAY))
    }
}

fn two_digits(text: &str) -> Option<i64> {
    let is_two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_two.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[track_caller]
    fn check(text: &str, milliseconds: Option<i64>) {
        assert_eq!(Moment::parse(text).map(|moment| moment.0), milliseconds, "{text}");
    }

    #[test]
    fn dates_and_times_of_the_server_are_read() {
        check("1970-01-01", Some(0));
        check("1970-01-02T01:02", Some(86_400_000 + 3_720_000));
        check("1970-01-01T00:00:01.5", Some(1_500));
        check("1970-01-01T00:00:01.0129Z", Some(1_012));
        check("1969-12-31T23:59:59.999", Some(-1));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "T", "1970-1-1", "1970-01-01T", "1970-01-01T24:00", "1970-01-01T00:00:00."]
        {
            check(text, None);
        }
    }

    #[test]
    fn the_distant_future_is_the_year_100000() {
        let date = Moment::DISTANT_FUTURE.date().map(|date| date.to_string());
        assert_eq!(date.as_deref(), Some("+100000-01-01"));
        let date = Moment(-1).date().map(|date| date.to_string());
        assert_eq!(date.as_deref(), Some("1969-12-31"));
    }
}
