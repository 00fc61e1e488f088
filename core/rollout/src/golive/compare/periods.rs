//! Periods of a comparison: what a register can say of the app's, which follow each other, and whether
//! both sides count by the same.

use std::collections::BTreeSet;

use outpost_domain::period::{Period, PeriodType};

use super::{Case, PeriodBy};

/// A period in the form in which the app names it; what is none stays as it is.
pub(super) fn canonical(period: &str) -> String {
    Period::parse(period).map_or_else(|_| period.to_owned(), |it| it.to_string())
}

/// The app's cases of which a register says something. Before it begins and after it ends there is
/// nothing to compare with; a period in between that it leaves out is one that it says nothing of.
#[must_use]
pub fn within_register(register: &[Case], app: Vec<Case>) -> Vec<Case> {
    let told: BTreeSet<&str> = register.iter().map(|case| case.period.as_str()).collect();
    let known: Vec<_> = told.iter().filter_map(|it| Period::parse(it).ok()).collect();
    let ends = known.iter().map(Period::start).min().zip(known.iter().map(Period::end).max());
    let lies_within = |period: &str| {
        let days = Period::parse(period).ok().zip(ends);
        told.contains(period)
            || days.is_some_and(|(it, (from, to))| from <= it.start() && it.end() <= to)
    };
    // A total was written for its period by somebody who meant it to be compared.
    let is_meant = |case: &Case| case.key.is_empty() && case.count != 0;
    app.into_iter().filter(|case| is_meant(case) || lies_within(&case.period)).collect()
}

/// How many of the latest periods follow each other without one left out, and which one is left out
/// before them.
pub(super) fn latest_row(periods: &[&str]) -> (usize, Option<String>) {
    for (at, pair) in periods.windows(2).enumerate().rev() {
        let [one, other] = [pair[0], pair[1]].map(|it| Period::parse(it).ok());
        // Of names of one's own nobody knows what lies between them.
        let (Some(one), Some(other)) = (one, other) else { continue };
        if one.next() != Some(other) {
            return (periods.len() - at - 1, other.previous().map(|it| it.to_string()));
        }
    }
    (periods.len(), None)
}

/// Why two sides cannot be laid beside each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodProblem {
    /// The register tells of months, the app is counted by week.
    #[error("the register tells of months ({0}), the app is counted by week: use --by month")]
    Months(String),
    /// The register tells of weeks, the app is counted by month.
    #[error("the register tells of weeks ({0}), the app is counted by month: use --by week")]
    Weeks(String),
    /// The register tells of something else.
    #[error(
        "the register tells of {0}, the app is counted by week or month: write weeks as 2026W46, \
         months as 202611, or days in a column date"
    )]
    Other(String),
    /// Two tables, no period of the same kind in both.
    #[error(
        "the register tells of {register} and the app of {app}: these are not the same periods"
    )]
    Differ {
        /// A period of the register.
        register: String,
        /// A period of the app.
        app: String,
    },
}

/// Whether a register tells of the periods by which the app is counted.
///
/// # Errors
/// The first period that is another one.
pub fn check_counted_by(register: &[Case], by: PeriodBy) -> Result<(), PeriodProblem> {
    for Case { period, .. } in register {
        let kind = Period::parse(period).map(|it| it.period_type());
        return Err(match (by, kind) {
            (PeriodBy::Week, Ok(PeriodType::Weekly)) => continue,
            (PeriodBy::Month, Ok(PeriodType::Monthly)) => continue,
            (PeriodBy::Week, Ok(PeriodType::Monthly)) => PeriodProblem::Months(period.clone()),
            (PeriodBy::Month, Ok(PeriodType::Weekly)) => PeriodProblem::Weeks(period.clone()),
            _ => PeriodProblem::Other(period.clone()),
        });
    }
    Ok(())
}

/// Whether two tables have periods of the same kind. Names of one's own may be anything.
///
/// # Errors
/// A period of each, if no kind is in both.
pub fn check_same_kind(register: &[Case], app: &[Case]) -> Result<(), PeriodProblem> {
    let kinds = |cases: &[Case]| -> BTreeSet<_> {
        cases.iter().filter_map(|it| Period::parse(&it.period).ok()).map(kind).collect()
    };
    let (here, there) = (kinds(register), kinds(app));
    match (register.first(), app.first()) {
        (Some(one), Some(other))
            if !here.is_empty() && !there.is_empty() && here.is_disjoint(&there) =>
        {
            let (register, app) = (one.period.clone(), other.period.clone());
            Err(PeriodProblem::Differ { register, app })
        }
        _ => Ok(()),
    }
}

fn kind(period: Period) -> &'static str {
    period.period_type().name()
}
