//! The three ways in which DHIS2 writes times, and every way in which it reads them.
//!
//! Times inside the sandbox are Unix milliseconds. The zone is the server's, from the
//! configuration.
//! Never reads a clock.

use crate::error::SandboxError;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// The server's time zone: its DHIS2 name and a fixed offset.
#[derive(Debug, Clone)]
pub struct Zone {
    /// What `serverTimeZoneId` says.
    pub name: String,
    offset_ms: i64,
}

/// Zones without summer time that trainings ask for; others can be given as an offset.
const ZONES: &[(&str, i64)] = &[
    ("Etc/UTC", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("Africa/Accra", 0),
    ("Africa/Freetown", 0),
    ("Africa/Dakar", 0),
    ("Africa/Lagos", 60),
    ("Africa/Kinshasa", 60),
    ("Africa/Maputo", 120),
    ("Africa/Harare", 120),
    ("Africa/Lusaka", 120),
    ("Africa/Kigali", 120),
    ("Africa/Blantyre", 120),
    ("Africa/Johannesburg", 120),
    ("Africa/Nairobi", 180),
    ("Africa/Kampala", 180),
    ("Africa/Dar_es_Salaam", 180),
    ("Africa/Addis_Ababa", 180),
    ("Asia/Karachi", 300),
    ("Asia/Kolkata", 330),
    ("Asia/Kathmandu", 345),
    ("Asia/Dhaka", 360),
    ("Asia/Vientiane", 420),
    ("Asia/Jakarta", 420),
    ("Asia/Manila", 480),
];

impl Zone {
    /// Reads a zone name or an offset such as `+03:00`.
    ///
    /// # Errors
    /// [`SandboxError::Zone`] if it is neither.
    pub fn parse(name: &str) -> Result<Self, SandboxError> {
        let known = ZONES.iter().find(|(zone, _)| *zone == name).map(|(_, minutes)| *minutes);
        let minutes = known.or_else(|| offset_minutes(name));
        let minutes = minutes.ok_or_else(|| SandboxError::Zone(name.to_owned()))?;
        Ok(Self { name: name.to_owned(), offset_ms: minutes * 60_000 })
    }

    /// `2026-11-22T10:33:14.973`: metadata and tracker, the server's wall time without zone.
    pub fn local(&self, ms: i64) -> String {
        civil_text(ms + self.offset_ms)
    }

    /// `2026-11-22T10:24:55.000+0000`: data value sets.
    pub fn offset(&self, ms: i64) -> String {
        let minutes = self.offset_ms / 60_000;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.abs();
        format!("{}{sign}{:02}{:02}", self.local(ms), minutes / 60, minutes % 60)
    }

    /// `2026-11-22`: the day in the server's zone.
    pub fn day(&self, ms: i64) -> String {
        self.local(ms).chars().take(10).collect()
    }

    /// Days since 1970-01-01 in the server's zone.
    pub fn day_number(&self, ms: i64) -> i64 {
        (ms + self.offset_ms).div_euclid(DAY_MS)
    }

    /// The first millisecond of a day counted from 1970-01-01.
    pub fn start_of_day(&self, day: i64) -> i64 {
        day * DAY_MS - self.offset_ms
    }

    /// Reads any date or time form of wire reference 1.1 ("Dates on input").
    pub fn parse_time(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        if text.len() > 40 || !text.is_ascii() {
            return None;
        }
        let (date, rest) = split_date(text)?;
        let day = day_of(date)?;
        if rest.is_empty() {
            return Some(self.start_of_day(day));
        }
        let rest = rest.strip_prefix(['T', ' '])?;
        let (clock, offset) = split_offset(rest)?;
        let within = clock_ms(clock)?;
        let offset_ms = offset.map_or(self.offset_ms, |minutes| minutes * 60_000);
        Some(day * DAY_MS + within - offset_ms)
    }
}

fn offset_minutes(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn split_date(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['T', ' ']).unwrap_or(text.len());
    Some((text.get(..end)?, text.get(end..)?))
}

fn split_offset(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, Some(0)));
    }
    match text.rfind(['+', '-']) {
        Some(at) => Some((text.get(..at)?, Some(offset_minutes(text.get(at..)?)?))),
        None => Some((text, None)),
    }
}

/// Days since 1970-01-01 of `yyyy-MM-dd`, `yyyyMMdd`, `yyyy-MM` or `yyyy`.
pub fn day_of(text: &str) -> Option<i64> {
    let digits = |part: &str| -> Option<i64> {
        let all = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if all { part.parse().ok() } else { None }
    };
    let (year, month, day) = if text.contains('-') {
        let mut parts = text.split('-');
        let year = digits(parts.next()?)?;
        let month = digits(parts.next()?)?;
        let day = parts.next().map_or(Some(1), digits)?;
        if parts.next().is_some() {
            return None;
        }
        (year, month, day)
    } else if text.len() == 8 {
        (digits(text.get(..4)?)?, digits(text.get(4..6)?)?, digits(text.get(6..)?)?)
    } else if text.len() == 4 {
        (digits(text)?, 1, 1)
    } else {
        return None;
    };
    days_from_civil(year, month, day)
}

/// Days since 1970-01-01, or nothing if there is no such day.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month, day) = (year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
    let date = jiff::civil::Date::new(year, month, day).ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(i64::from((date - epoch).get_days()))
}

fn clock_ms(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let mut part = |max: i64| -> Option<i64> {
        let Some(text) = parts.next() else { return Some(0) };
        let number: i64 = text.parse().ok()?;
        (!text.is_empty() && (0..=max).contains(&number)).then_some(number)
    };
    let (hours, minutes, seconds) = (part(23)?, part(59)?, part(59)?);
    let millis = match fraction {
        "" => 0,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits:0<3}").get(..3)?.parse().ok()?
        }
        _ => return None,
    };
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + millis)
}

fn civil_text(ms: i64) -> String {
    let day = ms.div_euclid(DAY_MS);
    let within = ms.rem_euclid(DAY_MS);
    let (year, month, date) = civil_of(day);
    let (seconds, millis) = (within / 1_000, within % 1_000);
    format!(
        "{year:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}.{millis:03}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Year, month and day of a day counted from 1970-01-01.
pub fn civil_of(day: i64) -> (i64, i64, i64) {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.saturating_add(jiff::Span::new().days(day.clamp(-4_000_000, 2_900_000)));
    (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// An HTTP `Date` header (RFC 9110): `Sun, 22 Nov 2026 10:33:44 GMT`.
pub fn http_date(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = ms.div_euclid(DAY_MS);
    let (year, month, date) = civil_of(day);
    let seconds = ms.rem_euclid(DAY_MS) / 1_000;
    let weekday = DAYS[day.rem_euclid(7) as usize];
    let month = MONTHS[(month - 1).rem_euclid(12) as usize];
    format!(
        "{weekday}, {date:02} {month} {year} {:02}:{:02}:{:02} GMT",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, sent: &str, shown: &str) {
        let zone = Zone::parse(zone).expect("a zone");
        let ms = zone.parse_time(sent).expect("a time");
        assert_eq!(zone.local(ms), shown);
    }

    #[test]
    fn a_time_with_an_offset_is_shown_in_the_servers_zone() {
        // Capture t062b.
        check("Etc/UTC", "2026-11-12T23:30:00+03:00", "2026-11-12T20:30:00.000");
        check("Africa/Kampala", "2026-11-12T23:30:00Z", "2026-11-13T02:30:00.000");
        check("-03:30", "2026-11-12", "2026-11-12T00:00:00.000");
        check("Asia/Kathmandu", "20261112", "2026-11-12T00:00:00.000");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let zone = Zone::parse("Etc/UTC").expect("a zone");
        for text in ["yesterday", "2026-13-45", "2026-02-30", "2026-11-12T25:00", "12-11-2026", ""]
        {
            assert_eq!(zone.parse_time(text), None, "{text}");
        }
        assert!(Zone::parse("Mars/Olympus").is_err());
    }

    #[test]
    fn the_date_header_has_the_form_of_http() {
        // The header of capture 101.
        assert_eq!(http_date(1_795_343_592_000), "Sun, 22 Nov 2026 10:33:12 GMT");
    }
}
