//! What becomes of each system and process that was there before (G1).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A system or a process, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanItem {
    /// What it is called: `Paper register`.
    pub what: String,
    /// What becomes of it.
    pub choice: Choice,
    /// Last day on which it is kept beside the app.
    #[serde(serialize_with = "super::day::option")]
    pub until: Option<Date>,
    /// Who compares it with the app.
    pub compares: String,
    /// Who decided.
    pub decided_by: String,
    /// When.
    #[serde(serialize_with = "super::day::option")]
    pub decided_on: Option<Date>,
    /// Why.
    pub reason: String,
}

/// The choices that there are: two for systems, three for paper and other processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Choice {
    /// A system is kept beside the app for a time.
    Parallel,
    /// A system is replaced at once.
    Replace,
    /// A process ends.
    Eliminate,
    /// A process is done in the app as it was done before.
    Replicate,
    /// A process goes on beside the app for good.
    Duplicate,
}

impl Choice {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Parallel, Self::Replace, Self::Eliminate, Self::Replicate, Self::Duplicate];

    /// As it is stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parallel => "PARALLEL",
            Self::Replace => "REPLACE",
            Self::Eliminate => "ELIMINATE",
            Self::Replicate => "REPLICATE",
            Self::Duplicate => "DUPLICATE",
        }
    }

    /// By its code, in any case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.code().eq_ignore_ascii_case(code.trim()))
    }
}

/// Why a plan cannot be kept as it is said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// Nobody knows what is meant.
    #[error("say what it is: the register, the system, the tally")]
    Nameless,
    /// A plan has a person and a reason.
    #[error("say who decided and why")]
    NobodyDecided,
    /// What runs in parallel ends on a day, and somebody compares.
    #[error("what is kept in parallel needs a last day and somebody who compares")]
    ParallelWithoutEnd,
    /// It would end before it began.
    #[error("the last day in parallel, {until}, lies before the day of going live, {live}")]
    EndsBeforeLive {
        /// Last day.
        until: Date,
        /// Day of going live.
        live: Date,
    },
    /// Nothing can begin on a day that is over.
    #[error(
        "{day} has passed, today is {today}: choose a day from today on, or say that the site is \
         live since then (--already-live)"
    )]
    HasPassed {
        /// The day.
        day: Date,
        /// Today.
        today: Date,
    },
}

/// Whether a site may go live on a day. Of one that is live the day is put right, however long ago.
///
/// # Errors
/// The day has passed.
pub fn check_day(day: Date, today: Date, is_live: bool) -> Result<(), PlanProblem> {
    match day < today && !is_live {
        true => Err(PlanProblem::HasPassed { day, today }),
        false => Ok(()),
    }
}

/// Whether a plan item may be kept.
///
/// # Errors
/// What is missing or contradicts itself.
pub fn check_item(item: &PlanItem, live: Option<Date>) -> Result<(), PlanProblem> {
    if item.what.trim().is_empty() {
        return Err(PlanProblem::Nameless);
    }
    if item.decided_by.trim().is_empty() || item.reason.trim().is_empty() {
        return Err(PlanProblem::NobodyDecided);
    }
    if item.choice != Choice::Parallel {
        return Ok(());
    }
    match (item.until, live) {
        (None, _) => Err(PlanProblem::ParallelWithoutEnd),
        _ if item.compares.trim().is_empty() => Err(PlanProblem::ParallelWithoutEnd),
        (Some(until), Some(live)) if until < live => {
            Err(PlanProblem::EndsBeforeLive { until, live })
        }
        _ => Ok(()),
    }
}

/// The latest word on each thing: items in the order in which they were written down.
#[must_use]
pub fn current(items: &[PlanItem]) -> Vec<&PlanItem> {
    let same =
        |a: &PlanItem, b: &PlanItem| a.what.trim().to_lowercase() == b.what.trim().to_lowercase();
    let later =
        |index: usize, item: &PlanItem| items[index + 1..].iter().any(|other| same(other, item));
    let kept = items.iter().enumerate().filter(|(index, item)| !later(*index, item));
    kept.map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn register() -> PlanItem {
        PlanItem {
            what: "Paper register".into(),
            choice: Choice::Parallel,
            until: Some(date(2027, 1, 31)),
            compares: "Supervisor".into(),
            decided_by: "District officer".into(),
            decided_on: None,
            reason: "Figures of a quarter".into(),
        }
    }

    #[track_caller]
    fn refused(change: impl Fn(&mut PlanItem), problem: &PlanProblem) {
        let mut item = register();
        change(&mut item);
        assert_eq!(check_item(&item, Some(date(2026, 12, 14))), Err(problem.clone()));
    }

    #[test]
    fn a_plan_says_until_when_and_who_compares() {
        assert_eq!(check_item(&register(), Some(date(2026, 12, 14))), Ok(()));
        refused(|it| it.what.clear(), &PlanProblem::Nameless);
        refused(|it| it.reason = " ".into(), &PlanProblem::NobodyDecided);
        refused(|it| it.until = None, &PlanProblem::ParallelWithoutEnd);
        refused(|it| it.compares.clear(), &PlanProblem::ParallelWithoutEnd);
        let (until, live) = (date(2026, 12, 1), date(2026, 12, 14));
        let before = PlanProblem::EndsBeforeLive { until, live };
        refused(|it| it.until = Some(date(2026, 12, 1)), &before);
    }

    #[test]
    fn a_day_that_has_passed_is_planned_for_nobody_but_who_is_live() {
        let today = date(2026, 11, 30);
        for (day, is_live, is_taken) in [
            (date(2026, 11, 30), false, true),
            (date(2026, 12, 14), false, true),
            (date(2026, 11, 29), false, false),
            (date(2020, 1, 1), true, true),
        ] {
            assert_eq!(check_day(day, today, is_live).is_ok(), is_taken, "{day}");
        }
    }

    #[test]
    fn what_is_replaced_at_once_needs_no_end() {
        for choice in Choice::ALL.into_iter().filter(|choice| *choice != Choice::Parallel) {
            let item = PlanItem { choice, until: None, compares: String::new(), ..register() };
            assert_eq!(check_item(&item, None), Ok(()));
            assert_eq!(Choice::parse(&choice.code().to_lowercase()), Some(choice));
        }
    }

    #[test]
    fn the_latest_word_on_a_thing_counts() {
        let ends =
            PlanItem { what: " paper REGISTER".into(), choice: Choice::Replace, ..register() };
        let items = [register(), ends];
        let now: Vec<_> = current(&items).into_iter().map(|item| item.choice).collect();
        assert_eq!(now, [Choice::Replace]);
    }
}
