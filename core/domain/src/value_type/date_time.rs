//! Dates and times as the server reads them.
//!
//! DATE and AGE look at the first ten characters and let almost anything follow. DATETIME is one
//! of the patterns of wire reference 1.1 as Joda-Time reads them: single digits pass, a year may
//! carry a sign. Only the ISO calendar; a wall time that a zone skips is left to the server.

use std::sync::LazyLock;

use fancy_regex::Regex;
use jiff::civil::Date;

/// Java 17 ends a word after a letter, digit or underscore, combining marks counted with their
/// letter.
static WORD_END: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:_|[\p{L}\p{Nd}]\p{Mn}*)\z").expect("a constant pattern"));

const DATE_CHARS: usize = "2026-01-31".len();

/// The years that Joda-Time can hold.
const JODA_YEARS: std::ops::RangeInclusive<i64> = -292_275_054..=292_278_993;

/// Most digits of a fraction of a second, with and without a zone after it.
const FRACTION_DIGITS_WITH_ZONE: usize = 9;
const FRACTION_DIGITS: usize = 6;

/// `yyyy-MM-dd`, anything behind it that ends on a word, and a day that exists.
pub(super) fn is_date(value: &str) -> bool {
    let Some((date, rest)) = value.split_at_checked(DATE_CHARS) else { return false };
    let has_line_end = rest.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
    parse_date(date).is_some() && !has_line_end && WORD_END.is_match(value).unwrap_or(false)
}

fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.iter().enumerate().all(|(index, byte)| match index {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !shaped {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?).ok()
}

/// `H:mm` or `HH:mm`, 0:00 to 23:59.
pub(super) fn is_time(value: &str) -> bool {
    let Some((hour, minute)) = value.split_once(':') else { return false };
    let is_below = |text: &str, limit: u8| {
        text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|number| number < limit)
    };
    matches!(hour.len(), 1 | 2) && minute.len() == 2 && is_below(hour, 24) && is_below(minute, 60)
}

/// A date and a time in one of the server's patterns; a date alone is none.
pub(super) fn is_date_time(value: &str) -> bool {
    let mut text = Scanner { rest: value.as_bytes() };
    date_time(&mut text).is_some() && text.rest.is_empty()
}

fn date_time(text: &mut Scanner<'_>) -> Option<()> {
    let year = text.year()?;
    text.literal(b'-')?;
    let month = text.number(2)?;
    text.literal(b'-')?;
    let day = text.number(2)?;
    if !day_exists(year, month, day) {
        return None;
    }
    if text.literal(b' ').is_some() {
        text.below(24)?;
        text.literal(b':')?;
        text.below(60)?;
        text.literal(b':')?;
        text.below(60)?;
        return text.zone();
    }
    text.literal(b'T').or_else(|| text.literal(b't'))?;
    time_of_day(text)
}

/// `HH`, `HH:mm`, `HH:mm:ss` or with a fraction; a zone may follow each.
fn time_of_day(text: &mut Scanner<'_>) -> Option<()> {
    text.below(24)?;
    for _ in 0..2 {
        if text.literal(b':').is_none() {
            return text.optional_zone();
        }
        text.below(60)?;
    }
    if text.literal(b'.').is_none() {
        return text.optional_zone();
    }
    let digits = text.skip_digits(FRACTION_DIGITS_WITH_ZONE);
    match digits {
        0 => None,
        1..=FRACTION_DIGITS => text.optional_zone(),
        _ => text.zone(),
    }
}

fn day_exists(year: i64, month: i64, day: i64) -> bool {
    // The calendar repeats every 400 years, so a year beyond jiff's has a twin within.
    let twin = 2000 + year.rem_euclid(400);
    let narrow = |number: i64| i8::try_from(number).unwrap_or(0);
    JODA_YEARS.contains(&year)
        && i16::try_from(twin).is_ok_and(|y| Date::new(y, narrow(month), narrow(day)).is_ok())
}

/// Reads as Joda-Time's parsers do: as many digits as allowed, at least one.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl Scanner<'_> {
    fn literal(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn skip_digits(&mut self, most: usize) -> usize {
        let count = self.rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[count..];
        count
    }

    fn number(&mut self, digits_most: usize) -> Option<i64> {
        let start = self.rest;
        let count = self.skip_digits(digits_most);
        std::str::from_utf8(&start[..count]).ok()?.parse().ok()
    }

    fn below(&mut self, limit: i64) -> Option<i64> {
        self.number(2).filter(|number| *number < limit)
    }

    fn year(&mut self) -> Option<i64> {
        let negative = self.literal(b'-').is_some();
        if !negative {
            let _ = self.literal(b'+');
        }
        let year = self.number(9)?;
        Some(if negative { -year } else { year })
    }

    fn optional_zone(&mut self) -> Option<()> {
        if self.rest.is_empty() { Some(()) } else { self.zone() }
    }

    /// `Z`, or a signed offset `hh[[:]mm[[:]ss[[.]SSS]]]` with or without separators throughout.
    fn zone(&mut self) -> Option<()> {
        if self.literal(b'Z').or_else(|| self.literal(b'z')).is_some() {
            return Some(());
        }
        self.literal(b'+').or_else(|| self.literal(b'-'))?;
        self.two_digits_below(24)?;
        if self.rest.is_empty() {
            return Some(());
        }
        let separated = self.literal(b':').is_some();
        self.two_digits_below(60)?;
        if self.rest.is_empty() {
            return Some(());
        }
        if separated {
            self.literal(b':')?;
        }
        self.two_digits_below(60)?;
        if self.rest.is_empty() {
            return Some(());
        }
        if separated {
            self.literal(b'.').or_else(|| self.literal(b','))?;
        }
        (self.skip_digits(3) > 0).then_some(())
    }

    fn two_digits_below(&mut self, limit: i64) -> Option<()> {
        let before = self.rest.len();
        self.below(limit)?;
        (before - self.rest.len() == 2).then_some(())
    }
}
