//! The three ways in which DHIS2 writes a moment, as Unix milliseconds and back.
//!
//! "2026-11-22T10:24:55.000+0000" (values), "2026-11-22T10:33:14.973" without zone (metadata,
//! tracker: the server's local time), "2026-11-22" (completions). The offset of the server's local
//! time is given; nothing here knows a clock or a zone.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::Offset};

/// Parses any of the three shapes to Unix milliseconds UTC. A time without zone is local to a
/// server whose clock is `server_offset_minutes` ahead of UTC. `None` if it is no moment.
#[must_use]
pub fn parse_server_time(text: &str, server_offset_minutes: i32) -> Option<i64> {
    let (local, zone) = split_zone(text.trim());
    let offset_minutes = match zone {
        Some(zone) => parse_zone(zone)?,
        None => server_offset_minutes,
    };
    let utc_ms = civil_ms(parse_local(local)?)?;
    utc_ms.checked_sub(i64::from(offset_minutes) * 60_000)
}

/// Writes Unix milliseconds as the server's local time without zone, as filters and watermarks take
/// it.
/// `None` outside the years that DHIS2 can hold.
#[must_use]
pub fn format_server_time(unix_ms: i64, server_offset_minutes: i32) -> Option<String> {
    let local_ms = unix_ms.checked_add(i64::from(server_offset_minutes) * 60_000)?;
    let local = Offset::UTC.to_datetime(Timestamp::from_millisecond(local_ms).ok()?);
    Some(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        local.millisecond()
    ))
}

/// Parses a time without zone, or a day (its first moment). A zone is cut off, not applied.
#[must_use]
pub fn parse_local_time(text: &str) -> Option<DateTime> {
    parse_local(split_zone(text.trim()).0)
}

/// Parses the day of any of the three shapes.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    parse_local_time(text).map(|time| time.date())
}

fn parse_local(text: &str) -> Option<DateTime> {
    if text.len() == 10 {
        return text.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0));
    }
    text.replacen(' ', "T", 1).parse().ok()
}

fn civil_ms(local: DateTime) -> Option<i64> {
    Offset::UTC.to_timestamp(local).ok().map(|moment| moment.as_millisecond())
}

/// Splits "…T10:24:55.000+0000" before its zone; the minus signs of the date do not count.
fn split_zone(text: &str) -> (&str, Option<&str>) {
    let Some(time_at) = text.find(['T', ' ']) else {
        return (text, None);
    };
    match text[time_at..].find(['Z', 'z', '+', '-']) {
        Some(zone_at) => {
            let (local, zone) = text.split_at(time_at + zone_at);
            (local, Some(zone))
        }
        None => (text, None),
    }
}

fn parse_zone(zone: &str) -> Option<i32> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone[1..].chars().filter(|char| *char != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = digits[2..].parse().ok()?;
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// How many minutes the server's local time is ahead of UTC, from `serverDate` of system/info and
/// the `Date` header of the same answer. Rounded to a quarter of an hour, the grid of all time
/// zones. `None` if they are more than 18 hours apart: one of them is wrong.
#[must_use]
pub fn server_offset_minutes(server_date_local: &str, http_date_ms: i64) -> Option<i32> {
    const QUARTER_MS: i64 = 15 * 60_000;
    let local_ms = civil_ms(parse_local_time(server_date_local)?)?;
    let difference_ms = local_ms.checked_sub(http_date_ms)?;
    let quarters = difference_ms.checked_add(QUARTER_MS / 2)?.div_euclid(QUARTER_MS);
    let minutes = i32::try_from(quarters.checked_mul(15)?).ok()?;
    (minutes.abs() <= 18 * 60).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, offset_minutes: i32, expected: Option<i64>) {
        assert_eq!(parse_server_time(text, offset_minutes), expected, "{text}");
    }

    // 1795343095000 = 2026-11-22T10:24:55Z: 20,779 days (56 years with 14 leap days = 20,454 days
    // to 2026-01-01, plus 325) × 86,400,000 + 37,495,000.
    const MOMENT: i64 = 20_779 * 86_400_000 + 37_495_000;

    #[test]
    fn the_three_shapes_of_a_moment_are_read() {
        check("2026-11-22T10:24:55.000+0000", 180, Some(MOMENT));
        check("2026-11-22T10:24:55Z", 180, Some(MOMENT));
        check("2026-11-22T13:24:55.000+03:00", 0, Some(MOMENT));
        check("2026-11-22T06:24:55.000-0400", 0, Some(MOMENT));
        check("2026-11-22T10:24:55.000", 0, Some(MOMENT));
        check("2026-11-22T13:24:55.000", 180, Some(MOMENT));
        check("2026-11-22 10:24:55", 0, Some(MOMENT));
        check("2026-11-22", 0, Some(20_779 * 86_400_000));
        check("2026-11-22", 345, Some(20_779 * 86_400_000 - 345 * 60_000));
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in ["", "2026", "2026-13-01", "2026-11-22T25:00:00", "tomorrow", "é", "T", "T+"] {
            check(text, 0, None);
        }
        check("2026-11-22T10:24:55.000+3", 0, None);
        check("2026-11-22T10:24:55.000+99:00", 0, None);
        check("2026-11-22T10:24:55.000+é1", 0, None);
    }

    #[test]
    fn a_moment_is_written_as_the_servers_local_time() {
        let check = |offset, expected: &str| {
            assert_eq!(format_server_time(MOMENT, offset).as_deref(), Some(expected));
        };
        check(0, "2026-11-22T10:24:55.000");
        check(345, "2026-11-22T16:09:55.000");
        check(-600, "2026-11-22T00:24:55.000");
        assert_eq!(format_server_time(i64::MAX, 0), None);
    }

    #[test]
    fn the_offset_is_rounded_to_a_quarter_of_an_hour() {
        let check = |local: &str, expected| {
            assert_eq!(server_offset_minutes(local, MOMENT), expected, "{local}");
        };
        check("2026-11-22T10:24:56.200", Some(0));
        check("2026-11-22T13:24:58.000", Some(180));
        check("2026-11-22T16:09:52.000", Some(345));
        check("2026-11-22T06:24:55.000", Some(-240));
        check("2025-11-22T10:24:55.000", None);
        check("", None);
    }
}
