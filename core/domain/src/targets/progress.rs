//! How far somebody is.

use jiff::civil::Date;

use super::definition::{Goal, Target};
use crate::period::Period;

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The period has not begun.
    NotBegun,
    /// As much as the passed part of the period asks for.
    OnTrack,
    /// Less than that.
    Behind,
    /// Reached; a limit is only kept when the period is over.
    Reached,
    /// The period is over without it, or a limit is passed.
    Missed,
}

/// The progress of a target in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What was counted.
    pub value: f64,
    /// What is to be reached.
    pub target: f64,
    /// Value by target; `None` for a target of 0.
    pub ratio: Option<f64>,
    /// What the passed part of the period asks for.
    pub expected: f64,
    /// Part of the period that has passed, 0 to 1, whole days only.
    pub elapsed: f64,
    /// How it stands.
    pub standing: Standing,
}

/// The progress of a target. Today's day counts as still to come: it is not over.
#[must_use]
pub fn progress(target: &Target, value: f64, period: Period, today: Date) -> Progress {
    let days = |from: Date, to: Date| from.until(to).map_or(0, |span| span.get_days());
    let all = days(period.start(), period.end()) + 1;
    let passed = days(period.start(), today).clamp(0, all);
    let elapsed = f64::from(passed) / f64::from(all);
    let expected = target.value * elapsed;
    let is_over = today > period.end();
    let standing = match target.goal {
        _ if today < period.start() => Standing::NotBegun,
        Goal::AtLeast if value >= target.value => Standing::Reached,
        Goal::AtLeast if is_over => Standing::Missed,
        Goal::AtLeast if value >= expected => Standing::OnTrack,
        Goal::AtLeast => Standing::Behind,
        Goal::AtMost if value > target.value => Standing::Missed,
        Goal::AtMost if is_over => Standing::Reached,
        Goal::AtMost => Standing::OnTrack,
    };
    let ratio = (target.value > 0.0).then(|| value / target.value);
    Progress { value, target: target.value, ratio, expected, elapsed, standing }
}
