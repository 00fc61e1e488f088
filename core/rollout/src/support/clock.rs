//! The clock against a limit, and the two ages that are shown beside it.
//!
//! A clock begins when the team has received a request, so one that was made without network three
//! days ago is not late when it arrives; its age since the user made it is shown all the same.
//! Whatever is asked, the answer follows from the moments alone: nothing is counted up, so nothing
//! can be missed.

use super::calendar::Calendar;
use super::pause::{Pause, Running};

/// How far a limit is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Less than half.
    Calm,
    /// Half.
    Half,
    /// Three quarters.
    ThreeQuarters,
    /// All of it.
    Breached,
}

impl Level {
    /// Every one, in order.
    pub const ALL: [Self; 4] = [Self::Calm, Self::Half, Self::ThreeQuarters, Self::Breached];

    /// Per cent of the limit from which it holds.
    #[must_use]
    pub const fn per_cent(self) -> i64 {
        match self {
            Self::Calm => 0,
            Self::Half => 50,
            Self::ThreeQuarters => 75,
            Self::Breached => 100,
        }
    }
}

/// Whether a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockState {
    /// The team has not received the request.
    NotStarted,
    /// It runs.
    Running,
    /// It stands still: the user is asked, or the request is closed.
    Frozen,
    /// What it waited for has happened.
    Stopped {
        /// When.
        at_ms: i64,
        /// Whether that was within the limit.
        in_time: bool,
    },
}

/// A limit from its beginning to what it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// When it began; `None`: the team has not received the request.
    pub start_ms: Option<i64>,
    /// When what it waits for happened.
    pub stop_ms: Option<i64>,
    /// The limit, counted time.
    pub limit_ms: i64,
    /// What does not count, in order, without overlaps.
    pub pauses: Vec<Pause>,
}

/// A clock at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockView {
    /// Whether it runs.
    pub state: ClockState,
    /// Counted time that was used.
    pub used_ms: i64,
    /// Counted time that is left; negative once the limit has passed.
    pub left_ms: i64,
    /// When the limit passes, if nothing happens; `None` unless it runs.
    pub due_ms: Option<i64>,
    /// How far it is used up.
    pub level: Level,
}

/// Moments at which a running clock reaches its levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Thresholds {
    /// Half.
    pub half_ms: Option<i64>,
    /// Three quarters.
    pub three_quarters_ms: Option<i64>,
    /// All.
    pub due_ms: Option<i64>,
}

impl Clock {
    fn running<'a>(&'a self, calendar: &'a Calendar) -> Running<'a> {
        Running { calendar, pauses: &self.pauses }
    }

    /// The clock at a moment.
    #[must_use]
    pub fn at(&self, now_ms: i64, calendar: &Calendar) -> ClockView {
        let Some(start_ms) = self.start_ms else {
            let (state, left_ms) = (ClockState::NotStarted, self.limit_ms);
            return ClockView { state, used_ms: 0, left_ms, due_ms: None, level: Level::Calm };
        };
        let end_ms = self.stop_ms.unwrap_or(now_ms);
        let used_ms = self.running(calendar).counted_ms(start_ms, end_ms);
        let is_paused = self
            .pauses
            .iter()
            .any(|it| it.from_ms <= now_ms && it.to_ms.is_none_or(|to| now_ms < to));
        let level = self.level(used_ms);
        let state = match self.stop_ms {
            // Whoever reacts in the last millisecond is in time.
            Some(at_ms) => ClockState::Stopped { at_ms, in_time: used_ms <= self.limit_ms },
            None if is_paused => ClockState::Frozen,
            None => ClockState::Running,
        };
        let due_ms = match state {
            ClockState::Running => self.running(calendar).end_of(start_ms, self.limit_ms),
            _ => None,
        };
        ClockView { state, used_ms, left_ms: self.limit_ms - used_ms, due_ms, level }
    }

    fn level(&self, used_ms: i64) -> Level {
        let reached = |level: &Level| used_ms * 100 >= self.limit_ms * level.per_cent();
        Level::ALL.into_iter().rev().find(reached).unwrap_or(Level::Calm)
    }

    /// When it reaches its levels, if nothing more happens; nothing of what lies behind a pause
    /// without end. A clock that has stopped reaches none.
    #[must_use]
    pub fn thresholds(&self, calendar: &Calendar) -> Thresholds {
        let (Some(start_ms), None) = (self.start_ms, self.stop_ms) else {
            return Thresholds::default();
        };
        let running = self.running(calendar);
        // Rounded up, so that the level is reached at that moment and not just before.
        let part = |level: Level| (self.limit_ms * level.per_cent() + 99) / 100;
        let when = |level| running.end_of(start_ms, part(level));
        Thresholds {
            half_ms: when(Level::Half),
            three_quarters_ms: when(Level::ThreeQuarters),
            due_ms: when(Level::Breached),
        }
    }
}

impl Thresholds {
    /// The level at a moment.
    #[must_use]
    pub fn level_at(&self, now_ms: i64) -> Level {
        let reached = |at: Option<i64>| at.is_some_and(|at| at <= now_ms);
        match () {
            () if reached(self.due_ms) => Level::Breached,
            () if reached(self.three_quarters_ms) => Level::ThreeQuarters,
            () if reached(self.half_ms) => Level::Half,
            () => Level::Calm,
        }
    }
}

/// How old a request is: wall-clock time, which never stands still while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// Since its user made it; `None` if that is not known: the device's clock was wrong and never
    /// compared. Never less than the other.
    pub since_made_ms: Option<i64>,
    /// Since the team received it; `None` before that.
    pub since_received_ms: Option<i64>,
}
