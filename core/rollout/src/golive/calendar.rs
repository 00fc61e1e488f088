//! Which day to go live: what the team's calendar says against it (G2).

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::limits::DAYS_MAX;

/// Something in the calendar of the team, from its first to its last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarEntry {
    /// What it is: `Measles campaign`.
    pub what: String,
    /// Of which sort.
    pub sort: Sort,
    /// First day.
    #[serde(serialize_with = "super::day::day")]
    pub from: Date,
    /// Last day.
    #[serde(serialize_with = "super::day::day")]
    pub to: Date,
}

/// Sorts of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Sort {
    /// Nobody works.
    Holiday,
    /// Everybody works at something else.
    Campaign,
    /// Reports are due.
    Reporting,
    /// Somebody who is needed is away.
    Away,
    /// Help in the first weeks: no conflict, the opposite.
    Support,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Holiday, Self::Campaign, Self::Reporting, Self::Away, Self::Support];

    /// As it is stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holiday => "HOLIDAY",
            Self::Campaign => "CAMPAIGN",
            Self::Reporting => "REPORTING",
            Self::Away => "AWAY",
            Self::Support => "SUPPORT",
        }
    }

    /// By its code, in any case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code().eq_ignore_ascii_case(code.trim()))
    }
}

/// What speaks against a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The entry that it collides with; none if help is missing.
    pub with: Option<CalendarEntry>,
    /// Whether the day itself is hit, or one of the days after it.
    pub on_the_day: bool,
    /// In English words, for reports.
    pub words: String,
    /// The same as a code, for whoever says it in another language.
    pub against: Against,
}

/// In which way something speaks against a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Against {
    /// An entry of the calendar touches the day itself.
    OnTheDay,
    /// An entry touches one of the days in which the team settles in.
    SoonAfter {
        /// How many these are, with the day itself.
        days: i32,
    },
    /// Days are without extra support.
    NoSupport {
        /// How many are.
        bare: usize,
        /// Of how many.
        days: i32,
        /// The first of them.
        #[serde(serialize_with = "super::day::day")]
        first: Date,
    },
}

/// What speaks against going live on a day, if the team needs the `days` after it to settle in.
///
/// Holidays, campaigns, reporting and absences conflict when they touch any of these days; days without
/// extra support are a conflict too.
#[must_use]
pub fn conflicts(live: Date, days: i32, entries: &[CalendarEntry]) -> Vec<Conflict> {
    let days = days.clamp(1, DAYS_MAX);
    let last = live.checked_add((days - 1).days()).unwrap_or(live);
    let touches = |entry: &&CalendarEntry| entry.from <= last && entry.to >= live;
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| entry.sort != Sort::Support).filter(touches) {
        let on_the_day = entry.from <= live && entry.to >= live;
        let (from, to) = (entry.from, entry.to);
        let (against, when) = match on_the_day {
            true => (Against::OnTheDay, format!("the day itself, {live}, lies in")),
            false => {
                (Against::SoonAfter { days }, format!("within {days} days after {live} comes"))
            }
        };
        found.push(Conflict {
            with: Some(entry.clone()),
            on_the_day,
            against,
            words: format!("{when} {} ({}, {from} to {to})", entry.what, words_of(entry.sort)),
        });
    }
    found.sort_by_key(|conflict| !conflict.on_the_day);
    let bare = uncovered(live, last, entries);
    if let Some((first, count)) = bare {
        found.push(Conflict {
            with: None,
            on_the_day: first == live,
            against: Against::NoSupport { bare: count, days, first },
            words: format!("no extra support is named for {count} of {days} days, first {first}"),
        });
    }
    found
}

fn words_of(sort: Sort) -> &'static str {
    match sort {
        Sort::Holiday => "holiday",
        Sort::Campaign => "campaign",
        Sort::Reporting => "reporting",
        Sort::Away => "away",
        Sort::Support => "support",
    }
}

/// The first day without support, and how many there are.
fn uncovered(live: Date, last: Date, entries: &[CalendarEntry]) -> Option<(Date, usize)> {
    let covered = |day: Date| {
        let helps = |entry: &CalendarEntry| entry.sort == Sort::Support;
        entries.iter().any(|entry| helps(entry) && entry.from <= day && entry.to >= day)
    };
    let mut bare = live.series(1.day()).take_while(|day| *day <= last).filter(|day| !covered(*day));
    let first = bare.next()?;
    Some((first, bare.count() + 1))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn entry(sort: Sort, from: Date, to: Date) -> CalendarEntry {
        CalendarEntry { what: "it".into(), sort, from, to }
    }

    #[track_caller]
    fn check(live: Date, entries: &[CalendarEntry], words: &[&str]) {
        let found = conflicts(live, 14, entries);
        assert_eq!(found.len(), words.len(), "{found:?}");
        for (conflict, word) in found.iter().zip(words) {
            assert!(conflict.words.contains(word), "{conflict:?}");
        }
    }

    #[test]
    fn a_day_collides_with_what_touches_it_or_the_weeks_after() {
        let live = date(2026, 12, 14);
        let help = entry(Sort::Support, live, date(2026, 12, 27));
        let campaign = entry(Sort::Campaign, date(2026, 12, 10), live);
        let feast = entry(Sort::Holiday, date(2026, 12, 25), date(2026, 12, 26));
        let before = entry(Sort::Away, date(2026, 12, 1), date(2026, 12, 13));
        let after = entry(Sort::Reporting, date(2026, 12, 28), date(2026, 12, 30));
        check(live, &[help.clone(), before, after], &[]);
        check(live, &[help.clone(), feast.clone(), campaign], &["day itself", "within 14 days"]);
        check(live, &[], &["no extra support is named for 14 of 14"]);
        let one_week = entry(Sort::Support, live, date(2026, 12, 20));
        check(live, &[one_week], &["7 of 14 days, first 2026-12-21"]);
        let _ = (help, feast);
    }

    proptest! {
        #[test]
        fn a_conflict_is_told_exactly_if_a_day_is_shared(
            start in 0i32..60, length in 0i32..20, days in 1i32..30,
        ) {
            let live = date(2026, 12, 1);
            let from = live.checked_add((start - 30).days()).expect("a date");
            let to = from.checked_add(length.days()).expect("a date");
            let found = conflicts(live, days, &[entry(Sort::Holiday, from, to)]);
            let shared = (0..days).any(|day| {
                let day = live.checked_add(day.days()).expect("a date");
                from <= day && day <= to
            });
            prop_assert_eq!(found.iter().any(|it| it.with.is_some()), shared);
        }
    }
}
