//! On which of the last weeks' days a device synchronised, as it keeps and tells it itself.
//!
//! A device tells the server its last state alone, which says nothing of the days before; this goes
//! along, so that whoever looks after it knows each day. A day before the first one that is kept is
//! not known, which is not the same as a day without a synchronisation. Pure; never holds anything
//! about a person.
//!
//! ```
//! use jiff::civil::date;
//! use outpost_domain::sync_days::SyncDays;
//!
//! let mut days = SyncDays::default();
//! days.note(date(2026, 12, 1), 1, 0);
//! days.note(date(2026, 12, 3), 2, 5);
//! let runs = |day| days.on(day).map(|it| it.runs);
//! assert_eq!(runs(date(2026, 11, 30)), None);
//! assert_eq!(runs(date(2026, 12, 2)), Some(0));
//! assert_eq!(runs(date(2026, 12, 3)), Some(2));
//! ```

use jiff::civil::Date;
use jiff::{ToSpan, Unit};
use serde::{Deserialize, Serialize};

use crate::limits::SYNC_DAYS_MAX;

/// What a device did on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncDay {
    /// Synchronisations that came to their end.
    pub runs: u32,
    /// Records that the server refused, also in synchronisations that were broken off.
    pub refused: u32,
}

/// The latest days of a device, at most [`SYNC_DAYS_MAX`], without a gap. Days are the server's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SyncDays {
    first: Option<Date>,
    days: Vec<SyncDay>,
}

/// As it is stored and sent: two short lists, for every device of a district is read by many.
#[derive(Serialize, Deserialize)]
struct Written {
    from: String,
    runs: Vec<u32>,
    refused: Vec<u32>,
}

/// What was read makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of days")]
pub struct NoDays;

impl TryFrom<Written> for SyncDays {
    type Error = NoDays;

    fn try_from(it: Written) -> Result<Self, NoDays> {
        let count = it.runs.len();
        if count == 0 {
            return Ok(Self::default());
        }
        let first: Date = it.from.parse().map_err(|_| NoDays)?;
        let last = first.checked_add((count as i64).days());
        if count > SYNC_DAYS_MAX || it.refused.len() != count || last.is_err() {
            return Err(NoDays);
        }
        let pairs = it.runs.into_iter().zip(it.refused);
        let days = pairs.map(|(runs, refused)| SyncDay { runs, refused }).collect();
        Ok(Self { first: Some(first), days })
    }
}

impl From<SyncDays> for Written {
    fn from(it: SyncDays) -> Self {
        Self {
            from: it.first.map(|day| day.to_string()).unwrap_or_default(),
            runs: it.days.iter().map(|day| day.runs).collect(),
            refused: it.days.iter().map(|day| day.refused).collect(),
        }
    }
}

/// Days from one to another; negative if that lies before.
fn between(from: Date, to: Date) -> i64 {
    from.until((Unit::Day, to)).map_or(0, |span| i64::from(span.get_days()))
}

impl SyncDays {
    /// Adds what was done on a day. A day before the first that is kept is forgotten: a clock that went
    /// back must not erase what is known.
    pub fn note(&mut self, day: Date, runs: u32, refused: u32) {
        let first = *self.first.get_or_insert(day);
        let Ok(at) = usize::try_from(between(first, day)) else { return };
        let too_many = (at + 1).saturating_sub(SYNC_DAYS_MAX);
        if too_many > 0 {
            self.days.drain(..too_many.min(self.days.len()));
            // It lies between the first day and this one, both of which are dates.
            self.first = first.checked_add((too_many as i64).days()).ok();
        }
        let at = at - too_many;
        if self.days.len() <= at {
            self.days.resize(at + 1, SyncDay::default());
        }
        let known = &mut self.days[at];
        known.runs = known.runs.saturating_add(runs);
        known.refused = known.refused.saturating_add(refused);
    }

    /// What was done on a day. `None` for a day before the first that is kept and after the last that
    /// something was done on: the device told nothing of it.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<SyncDay> {
        let at = usize::try_from(between(self.first?, day)).ok()?;
        self.days.get(at).copied()
    }

    /// The last day of which it tells.
    #[must_use]
    pub fn last(&self) -> Option<Date> {
        let first = self.first?;
        first.checked_add((self.days.len().checked_sub(1)? as i64).days()).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(noted: &[(Date, u32, u32)], day: Date, expected: Option<(u32, u32)>) {
        let mut days = SyncDays::default();
        for (day, runs, refused) in noted {
            days.note(*day, *runs, *refused);
        }
        assert_eq!(days.on(day).map(|it| (it.runs, it.refused)), expected);
    }

    #[test]
    fn a_day_between_is_known_to_be_empty_and_one_before_or_after_is_not_known() {
        let (first, last) = (date(2026, 2, 27), date(2026, 3, 2));
        let noted = [(first, 1, 0), (last, 1, 3), (last, 1, 1)];
        check(&noted, date(2026, 2, 26), None);
        check(&noted, first, Some((1, 0)));
        check(&noted, date(2026, 2, 28), Some((0, 0)));
        check(&noted, last, Some((2, 4)));
        check(&noted, date(2026, 3, 3), None);
        check(&[], first, None);
    }

    #[test]
    fn after_a_year_without_network_all_days_that_are_kept_are_empty_but_the_last() {
        let noted = [(date(2025, 12, 1), 1, 0), (date(2026, 12, 1), 1, 0)];
        check(&noted, date(2026, 12, 1), Some((1, 0)));
        check(&noted, date(2026, 11, 30), Some((0, 0)));
        // 42 days with the first of December the last: from the 21st of October on.
        check(&noted, date(2026, 10, 21), Some((0, 0)));
        check(&noted, date(2026, 10, 20), None);
        // A clock that went back.
        check(&[(date(2026, 12, 1), 1, 0), (date(2025, 1, 1), 1, 0)], date(2025, 1, 1), None);
    }

    #[test]
    fn what_others_wrote_is_read_or_refused_whole() {
        let read = |text: &str| serde_json::from_str::<SyncDays>(text).is_ok();
        assert!(read(r#"{"from":"2026-12-01","runs":[1,0],"refused":[0,0]}"#));
        assert!(read(r#"{"from":"","runs":[],"refused":[]}"#));
        for wrong in [
            r#"{"from":"2026-12-01","runs":[1],"refused":[]}"#.to_owned(),
            r#"{"from":"today","runs":[1],"refused":[0]}"#.to_owned(),
            r#"{"from":"9999-12-31","runs":[1,1],"refused":[0,0]}"#.to_owned(),
            r#"{"from":"2026-12-01","runs":[-1],"refused":[0]}"#.to_owned(),
            format!(r#"{{"from":"2026-12-01","runs":{0:?},"refused":{0:?}}}"#, vec![1; 43]),
        ] {
            assert!(!read(&wrong), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn it_tells_of_the_last_weeks_what_a_whole_list_would(
            noted in proptest::collection::vec((0i64..120, 0u32..3, 0u32..4), 1..60),
        ) {
            let start = date(2026, 1, 1);
            let day = |at: i64| start.checked_add(at.days()).expect("a date");
            let mut noted = noted;
            noted.sort_by_key(|it| it.0);
            let (mut days, mut whole) = (SyncDays::default(), BTreeMap::new());
            for (at, runs, refused) in &noted {
                days.note(day(*at), *runs, *refused);
                let sum: &mut (u32, u32) = whole.entry(*at).or_default();
                *sum = (sum.0 + runs, sum.1 + refused);
            }
            let (first, last) = (noted[0].0, noted[noted.len() - 1].0);
            let kept = first.max(last - SYNC_DAYS_MAX as i64 + 1);
            for at in -1..122 {
                let expected = (kept..=last).contains(&at).then(|| whole.get(&at).copied().unwrap_or_default());
                prop_assert_eq!(days.on(day(at)).map(|it| (it.runs, it.refused)), expected);
            }
            prop_assert_eq!(days.last(), Some(day(last)));
            let text = serde_json::to_string(&days).expect("written");
            prop_assert_eq!(serde_json::from_str::<SyncDays>(&text).expect("read"), days);
        }
    }
}
