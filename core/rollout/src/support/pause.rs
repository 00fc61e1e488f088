//! Counted time without the pauses in which a request waited for its user or was closed.

use super::calendar::Calendar;

/// A time that does not count; without an end it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Its first millisecond.
    pub from_ms: i64,
    /// The first one behind it.
    pub to_ms: Option<i64>,
}

/// A calendar with pauses in order that do not overlap.
#[derive(Debug, Clone, Copy)]
pub struct Running<'a> {
    /// The time that counts.
    pub calendar: &'a Calendar,
    /// What is taken out of it.
    pub pauses: &'a [Pause],
}

impl Running<'_> {
    /// How much of the time between two moments counts.
    #[must_use]
    pub fn counted_ms(&self, from_ms: i64, to_ms: i64) -> i64 {
        let off = |pause: &Pause| {
            let (begin, end) =
                (pause.from_ms.max(from_ms), pause.to_ms.unwrap_or(to_ms).min(to_ms));
            self.calendar.counted_ms(begin, end)
        };
        let paused: i64 = self.pauses.iter().map(off).sum();
        self.calendar.counted_ms(from_ms, to_ms) - paused
    }

    /// When so much time will have counted; `None` while a pause without an end stands before it.
    #[must_use]
    pub fn end_of(&self, from_ms: i64, amount_ms: i64) -> Option<i64> {
        let (mut from_ms, mut left) = (from_ms, amount_ms);
        for pause in self.pauses {
            if pause.to_ms.is_some_and(|to| to <= from_ms) {
                continue;
            }
            let until = self.calendar.counted_ms(from_ms, pause.from_ms);
            if left <= until {
                break;
            }
            left -= until;
            from_ms = pause.to_ms?;
        }
        Some(self.calendar.end_of(from_ms, left))
    }
}
