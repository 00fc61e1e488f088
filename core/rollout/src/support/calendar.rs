//! Which time counts: round the clock, or the hours in which a team works.
//!
//! Time zone is a fixed offset: places where clocks change twice a year set the offset of the
//! season. Whole numbers only; never reads a clock. A calendar in which nobody ever works cannot be
//! made, so every limit has an end.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::limits::{CALENDAR_HOLIDAYS_MAX, CALENDAR_SPANS_MAX};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const DAY_MINUTES: u16 = 24 * 60;
/// 1970-01-01 was a Thursday; Monday is 0.
const WEEKDAY_OF_DAY_0: i64 = 3;

/// The time that counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Calendar {
    /// Round the clock, as "within 12 hours" reads.
    #[default]
    Always,
    /// Working hours.
    Hours(Box<Hours>),
}

/// Working hours of a week, without the holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    offset_ms: i64,
    /// Monday first; minutes of the day, in order, not touching.
    week: [Vec<Span>; 7],
    week_ms: i64,
    /// Days since 1970-01-01.
    holidays: BTreeSet<i64>,
}

/// From a minute of the day to another, which is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First minute, 0 to 1439.
    pub from: u16,
    /// First minute behind it, up to 1440.
    pub to: u16,
}

/// Why working hours cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Nobody ever works.
    #[error("the calendar has no working hours: name at least one, or leave the calendar out")]
    Empty,
    /// Hours of a day that end before they begin, overlap, or leave the day.
    #[error("working hours of a day are written like 08:00-12:00, in order, without overlapping")]
    Span,
    /// No offset.
    #[error("the offset of the time zone is written like +02:00, at most 18 hours")]
    Offset,
    /// Not a day.
    #[error("a holiday is written like 2026-12-25")]
    Holiday,
    /// More than is sensible.
    #[error("at most {CALENDAR_HOLIDAYS_MAX} holidays and {CALENDAR_SPANS_MAX} spans a day")]
    TooMany,
}

impl FromStr for Span {
    type Err = CalendarError;

    /// `08:00-12:30`; `24:00` ends a day.
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let (from, to) = text.split_once('-').ok_or(CalendarError::Span)?;
        let (from, to) = (minute(from)?, minute(to)?);
        if from >= to {
            return Err(CalendarError::Span);
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |minute: u16| (minute / 60, minute % 60);
        let ((from, begins), (to, ends)) = (time(self.from), time(self.to));
        write!(out, "{from:02}:{begins:02}-{to:02}:{ends:02}")
    }
}

fn minute(text: &str) -> Result<u16, CalendarError> {
    let (hours, minutes) = text.trim().split_once(':').ok_or(CalendarError::Span)?;
    let number = |text: &str| match text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit()) {
        true => text.parse::<u16>().map_err(|_| CalendarError::Span),
        false => Err(CalendarError::Span),
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    match minutes < 60 && minute <= DAY_MINUTES {
        true => Ok(minute),
        false => Err(CalendarError::Span),
    }
}

/// An offset as [`parse_offset`] reads it.
pub fn offset_text(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Minutes east of Greenwich of `+02:00`, `-03:30`, `Z`.
///
/// # Errors
/// [`CalendarError::Offset`].
pub fn parse_offset(text: &str) -> Result<i32, CalendarError> {
    if text == "Z" {
        return Ok(0);
    }
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(CalendarError::Offset),
    };
    let minutes = i32::from(minute(rest).map_err(|_| CalendarError::Offset)?);
    match minutes <= 18 * 60 {
        true => Ok(sign * minutes),
        false => Err(CalendarError::Offset),
    }
}

impl Hours {
    /// Working hours; `week` begins with Monday.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn new(
        offset_minutes: i32,
        week: [Vec<Span>; 7],
        holidays: &[Date],
    ) -> Result<Self, CalendarError> {
        if holidays.len() > CALENDAR_HOLIDAYS_MAX {
            return Err(CalendarError::TooMany);
        }
        if offset_minutes.abs() > 18 * 60 {
            return Err(CalendarError::Offset);
        }
        let mut minutes = 0;
        for spans in &week {
            if spans.len() > CALENDAR_SPANS_MAX {
                return Err(CalendarError::TooMany);
            }
            let mut end = 0;
            for span in spans {
                if span.from < end || span.from >= span.to || span.to > DAY_MINUTES {
                    return Err(CalendarError::Span);
                }
                end = span.to;
                minutes += i64::from(span.to - span.from);
            }
        }
        if minutes == 0 {
            return Err(CalendarError::Empty);
        }
        let epoch = Date::constant(1970, 1, 1);
        let day = |date: &Date| epoch.until(*date).ok().map(|span| i64::from(span.get_days()));
        let holidays = holidays.iter().filter_map(day).collect();
        let (offset_ms, week_ms) = (i64::from(offset_minutes) * MINUTE_MS, minutes * MINUTE_MS);
        Ok(Self { offset_ms, week, week_ms, holidays })
    }

    /// Minutes east of Greenwich.
    #[must_use]
    pub fn offset_minutes(&self) -> i32 {
        i32::try_from(self.offset_ms / MINUTE_MS).unwrap_or(0)
    }

    /// Working hours of each day, Monday first.
    #[must_use]
    pub const fn week(&self) -> &[Vec<Span>; 7] {
        &self.week
    }

    /// Holidays in order.
    pub fn holidays(&self) -> impl Iterator<Item = Date> {
        let epoch = Date::constant(1970, 1, 1);
        let date = move |day: &i64| epoch.checked_add(jiff::Span::new().try_days(*day).ok()?).ok();
        self.holidays.iter().filter_map(date)
    }

    fn spans(&self, day: i64) -> &[Span] {
        &self.week[weekday(day)]
    }

    fn day_ms(&self, day: i64) -> i64 {
        self.spans(day).iter().map(|span| i64::from(span.to - span.from) * MINUTE_MS).sum()
    }

    /// Working time of the days from day 0 up to `day`, which is not part of it; negative before.
    fn before(&self, day: i64) -> i64 {
        let weeks = day.div_euclid(7);
        let whole = weeks * self.week_ms;
        let rest: i64 = (weeks * 7..day).map(|day| self.day_ms(day)).sum();
        let off =
            |from, to| self.holidays.range(from..to).map(|day| self.day_ms(*day)).sum::<i64>();
        let off = if day >= 0 { off(0, day) } else { -off(day, 0) };
        whole + rest - off
    }

    /// Working time up to a moment of a day.
    fn within(&self, day: i64, local_ms: i64) -> i64 {
        if self.holidays.contains(&day) {
            return 0;
        }
        let passed = local_ms - day * DAY_MS;
        let part = |span: &Span| {
            let (from, to) = (i64::from(span.from) * MINUTE_MS, i64::from(span.to) * MINUTE_MS);
            passed.clamp(from, to) - from
        };
        self.spans(day).iter().map(part).sum()
    }

    fn up_to(&self, at_ms: i64) -> i64 {
        let local_ms = at_ms + self.offset_ms;
        let day = local_ms.div_euclid(DAY_MS);
        self.before(day) + self.within(day, local_ms)
    }

    fn end_of(&self, from_ms: i64, amount_ms: i64) -> i64 {
        let wanted = self.up_to(from_ms) + amount_ms;
        let first = (from_ms + self.offset_ms).div_euclid(DAY_MS);
        // Every week has working time unless holidays take it, and each takes at most one day.
        let weeks = amount_ms / self.week_ms + 2 + self.holidays.len() as i64;
        let (mut low, mut high) = (first, first + 7 * weeks);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.before(middle + 1) >= wanted {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        let mut left = wanted - self.before(low);
        for span in self.spans(low) {
            let length = i64::from(span.to - span.from) * MINUTE_MS;
            if left <= length {
                let local_ms = low * DAY_MS + i64::from(span.from) * MINUTE_MS + left;
                return local_ms - self.offset_ms;
            }
            left -= length;
        }
        (low + 1) * DAY_MS - self.offset_ms
    }
}

fn weekday(day: i64) -> usize {
    usize::try_from((day + WEEKDAY_OF_DAY_0).rem_euclid(7)).unwrap_or(0)
}

/// Times beyond these are broken clocks; the arithmetic stays far from overflow.
const SANE_MS: i64 = 400 * 366 * DAY_MS;

impl Calendar {
    /// How much of the time between two moments counts, in milliseconds; 0 if they are the wrong
    /// way round.
    #[must_use]
    pub fn counted_ms(&self, from_ms: i64, to_ms: i64) -> i64 {
        let (from_ms, to_ms) = (sane(from_ms), sane(to_ms));
        if to_ms <= from_ms {
            return 0;
        }
        match self {
            Self::Always => to_ms - from_ms,
            Self::Hours(hours) => hours.up_to(to_ms) - hours.up_to(from_ms),
        }
    }

    /// The first moment at which so much time has counted since `from_ms`.
    #[must_use]
    pub fn end_of(&self, from_ms: i64, amount_ms: i64) -> i64 {
        let (from_ms, amount_ms) = (sane(from_ms), amount_ms.clamp(0, SANE_MS));
        match self {
            _ if amount_ms == 0 => from_ms,
            Self::Always => from_ms + amount_ms,
            Self::Hours(hours) => hours.end_of(from_ms, amount_ms),
        }
    }
}

fn sane(ms: i64) -> i64 {
    ms.clamp(-SANE_MS, SANE_MS)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 60 * MINUTE_MS;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a time").as_millisecond()
    }

    fn office(offset_minutes: i32, holidays: &[Date]) -> Calendar {
        let day: Vec<Span> =
            ["08:00-12:00", "13:00-17:00"].iter().map(|it| it.parse().expect("hours")).collect();
        let week = std::array::from_fn(|at| if at < 5 { day.clone() } else { Vec::new() });
        Calendar::Hours(Box::new(Hours::new(offset_minutes, week, holidays).expect("a calendar")))
    }

    #[track_caller]
    fn check(calendar: &Calendar, from: &str, hours: i64, end: &str) {
        let found = calendar.end_of(ms(from), hours * HOUR);
        let shown = Timestamp::from_millisecond(found).expect("a time").to_string();
        assert_eq!(shown, end);
        assert_eq!(calendar.counted_ms(ms(from), found), hours * HOUR);
    }

    #[test]
    fn round_the_clock_twelve_hours_are_twelve_hours() {
        check(&Calendar::Always, "2026-11-29T22:00:00Z", 12, "2026-11-30T10:00:00Z");
    }

    #[test]
    fn nights_lunch_and_weekends_do_not_count() {
        let office = office(0, &[]);
        // 2026-11-27 is a Friday.
        check(&office, "2026-11-27T16:00:00Z", 4, "2026-11-30T11:00:00Z");
        check(&office, "2026-11-30T11:00:00Z", 2, "2026-11-30T14:00:00Z");
        check(&office, "2026-11-28T03:00:00Z", 8, "2026-11-30T17:00:00Z");
        check(&office, "2026-11-30T08:00:00Z", 12, "2026-12-01T12:00:00Z");
    }

    #[test]
    fn holidays_do_not_count() {
        let office = office(0, &[Date::constant(2026, 12, 25), Date::constant(2026, 12, 28)]);
        // The 25th is a Friday and off, the 28th a Monday and off.
        check(&office, "2026-12-24T16:00:00Z", 2, "2026-12-29T09:00:00Z");
    }

    #[test]
    fn hours_are_those_of_the_place() {
        check(&office(120, &[]), "2026-11-30T00:00:00Z", 1, "2026-11-30T07:00:00Z");
        check(&office(-330, &[]), "2026-11-30T00:00:00Z", 1, "2026-11-30T14:30:00Z");
    }

    #[test]
    fn a_calendar_in_which_nobody_works_is_refused() {
        let empty = || std::array::from_fn(|_| Vec::new());
        assert_eq!(Hours::new(0, empty(), &[]), Err(CalendarError::Empty));
        let mut week: [Vec<Span>; 7] = empty();
        week[0] = vec![Span { from: 60, to: 120 }, Span { from: 100, to: 200 }];
        assert_eq!(Hours::new(0, week, &[]), Err(CalendarError::Span));
    }

    #[test]
    fn hours_and_offsets_are_read_exactly() {
        assert_eq!("00:00-24:00".parse(), Ok(Span { from: 0, to: 1440 }));
        for wrong in ["8:00-12:00", "12:00-08:00", "08:00", "08:60-09:00", "08:00-24:01", "é-x"] {
            assert_eq!(wrong.parse::<Span>(), Err(CalendarError::Span), "{wrong}");
        }
        assert_eq!(parse_offset("+05:45"), Ok(345));
        assert_eq!(parse_offset("-03:00"), Ok(-180));
        assert_eq!(parse_offset("Z"), Ok(0));
        for wrong in ["", "5", "+5", "+19:00", "é"] {
            assert_eq!(parse_offset(wrong), Err(CalendarError::Offset), "{wrong}");
        }
    }

    /// Minute by minute, as a child would count.
    fn naive(calendar: &Calendar, from_minute: i64, to_minute: i64) -> i64 {
        let Calendar::Hours(hours) = calendar else { return (to_minute - from_minute) * MINUTE_MS };
        let counts = |minute: &i64| {
            let local = minute + hours.offset_ms / MINUTE_MS;
            let (day, of_day) = (local.div_euclid(1440), local.rem_euclid(1440));
            let at = (day + 3).rem_euclid(7) as usize;
            let in_span = |it: &Span| (i64::from(it.from)..i64::from(it.to)).contains(&of_day);
            !hours.holidays.contains(&day) && hours.week[at].iter().any(in_span)
        };
        (from_minute..to_minute).filter(counts).count() as i64 * MINUTE_MS
    }

    prop_compose! {
        fn any_calendar()(
            offset in -720i32..840,
            spans in proptest::collection::vec((0u16..700, 1u16..740), 7),
            kept in proptest::collection::vec(any::<bool>(), 7),
            days in proptest::collection::btree_set(0i64..30, 0..12),
        ) -> Calendar {
            let mut week: [Vec<Span>; 7] = std::array::from_fn(|at| match kept[at] {
                true => vec![Span { from: spans[at].0, to: spans[at].0 + spans[at].1 }],
                false => Vec::new(),
            });
            week[2] = vec![Span { from: 480, to: 720 }, Span { from: 780, to: 1020 }];
            let epoch = Date::constant(1970, 1, 1);
            let day = |day: &i64| epoch.saturating_add(jiff::Span::new().days(*day));
            let holidays: Vec<Date> = days.iter().map(day).collect();
            Calendar::Hours(Box::new(Hours::new(offset, week, &holidays).expect("a calendar")))
        }
    }

    proptest! {
        #[test]
        fn counting_agrees_with_counting_minute_by_minute(
            calendar in any_calendar(), from in -9_000i64..30_000, length in 0i64..20_000,
        ) {
            let counted = calendar.counted_ms(from * MINUTE_MS, (from + length) * MINUTE_MS);
            prop_assert_eq!(counted, naive(&calendar, from, from + length));
        }

        #[test]
        fn the_end_of_a_limit_is_the_first_moment_at_which_it_is_used_up(
            calendar in any_calendar(), from in -9_000i64..30_000, amount in 1i64..9_000,
        ) {
            let (from, amount) = (from * MINUTE_MS, amount * MINUTE_MS);
            let end = calendar.end_of(from, amount);
            prop_assert_eq!(calendar.counted_ms(from, end), amount);
            prop_assert!(calendar.counted_ms(from, end - 1) < amount);
        }

        #[test]
        fn counted_time_adds_up_and_never_exceeds_the_time_that_passed(
            calendar in any_calendar(), a in -9_000i64..9_000, b in 0i64..9_000, c in 0i64..9_000,
        ) {
            let (a, b, c) = (a * MINUTE_MS, (a + b) * MINUTE_MS, (a + b + c) * MINUTE_MS);
            let (whole, first) = (calendar.counted_ms(a, c), calendar.counted_ms(a, b));
            prop_assert_eq!(whole, first + calendar.counted_ms(b, c));
            prop_assert!(whole <= c - a);
            prop_assert_eq!(calendar.counted_ms(c, a), 0);
        }
    }
}
