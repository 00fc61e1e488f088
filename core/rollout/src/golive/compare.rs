//! Parallel running: the register's or old system's totals against the app's own (G4).
//!
//! A case is a line of the register or a record of the app: period, what is counted, key. Where both sides
//! have keys, the cases behind a difference are named; where a side has totals alone, all cases of the
//! other side in that period are.

mod periods;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::limits::{BEHIND_MAX, PROBLEMS_MAX, TABLE_BYTES_MAX, TABLE_LINES_MAX};
use super::said::{CAUSES, ELSEWHERE};
use crate::table;

pub use periods::{PeriodProblem, check_counted_by, check_same_kind, within_register};

/// A case, or a total of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Period, as both sides call it: `2026W36`, `202609`, `2026-09-03`.
    pub period: String,
    /// What is counted.
    pub what: String,
    /// By what both sides know the case; empty for a total.
    pub key: String,
    /// How many it stands for: 1 for a case.
    pub count: i64,
    /// Where it is found: a line of the table, the id of a record.
    pub found: String,
}

/// A wrong line of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineProblem {
    /// Line, from 1; the heading is the first.
    pub line: u64,
    /// What is wrong and what to do.
    pub problem: String,
}

/// What a heading may look like, for whoever sends an empty file.
const HEADING: &str = "date,what,key (cases) or period,what,total (totals)";

/// Reads a table with the columns `period` or `date`, `what`, and `key` or `total`; all of it or nothing.
/// With a `date`, the period is the week (ISO 8601) or month of it, as `by` says.
///
/// # Errors
/// Every wrong line, at most [`PROBLEMS_MAX`].
pub fn read_table(text: &str, by: PeriodBy) -> Result<Vec<Case>, Vec<LineProblem>> {
    let whole = |problem: &str| vec![LineProblem { line: 1, problem: problem.to_owned() }];
    if text.len() > TABLE_BYTES_MAX {
        return Err(whole("the table is larger than 16 MB: compare fewer periods at a time"));
    }
    let mut reader = table::opened(text, HEADING).map_err(|problem| whole(&problem))?;
    let head = reader.headers().map_err(|_| whole("the heading cannot be read"))?.clone();
    let column = |name: &str| head.iter().position(|it| it.trim().eq_ignore_ascii_case(name));
    let columns = Columns {
        period: column("period"),
        date: column("date"),
        what: column("what"),
        key: column("key"),
        total: column("total"),
    };
    if columns.period.is_none() && columns.date.is_none() {
        return Err(whole("there is no column period or date"));
    }
    if columns.key.is_none() && columns.total.is_none() {
        return Err(whole("there is no column key (cases) or total (totals)"));
    }
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for (index, row) in reader.records().enumerate() {
        if index == TABLE_LINES_MAX {
            return Err(whole("the table has more than 100,000 lines"));
        }
        let (line, read) = match row {
            // What a spreadsheet leaves below its last line.
            Ok(row) if row.iter().all(|cell| cell.trim().is_empty()) => continue,
            Ok(row) => {
                let line = row.position().map_or(0, csv::Position::line);
                (line, columns.read(&row, line, by))
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                (line, Err("the line cannot be read as CSV in UTF-8".to_owned()))
            }
        };
        match read {
            Ok(case) => cases.push(case),
            Err(problem) => problems.push(LineProblem { line, problem }),
        }
        if problems.len() == PROBLEMS_MAX {
            break;
        }
    }
    if problems.is_empty() { Ok(cases) } else { Err(problems) }
}

/// Which period a date belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodBy {
    /// ISO 8601: `2026W36`.
    Week,
    /// `202609`.
    Month,
}

impl PeriodBy {
    /// The period of a day, as DHIS2 names it.
    #[must_use]
    pub fn of(self, day: Date) -> String {
        match self {
            Self::Week => {
                let week = day.iso_week_date();
                format!("{}W{}", week.year(), week.week())
            }
            Self::Month => format!("{:04}{:02}", day.year(), day.month()),
        }
    }
}

struct Columns {
    period: Option<usize>,
    date: Option<usize>,
    what: Option<usize>,
    key: Option<usize>,
    total: Option<usize>,
}

impl Columns {
    fn read(&self, row: &csv::StringRecord, line: u64, by: PeriodBy) -> Result<Case, String> {
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().trim();
        let (period, date) = (cell(self.period), cell(self.date));
        let period = match (period.is_empty(), date.is_empty()) {
            (false, _) => periods::canonical(period),
            (true, true) => return Err("period and date are empty".to_owned()),
            (true, false) => {
                let day: Result<Date, _> = date.parse();
                by.of(day.map_err(|_| "the date is not yyyy-mm-dd".to_owned())?)
            }
        };
        let (key, total) = (cell(self.key), cell(self.total));
        if !key.is_empty() && !total.is_empty() {
            return Err("a line is a case with a key or a total, not both".to_owned());
        }
        let count = match (key.is_empty(), total.is_empty()) {
            (true, true) => return Err("neither key nor total is given".to_owned()),
            (false, _) => 1,
            (true, false) => match total.parse::<i64>() {
                Ok(count) if (0..=1_000_000_000).contains(&count) => count,
                _ => return Err("the total is not a whole number from 0".to_owned()),
            },
        };
        let what = cell(self.what).to_owned();
        Ok(Case { period, what, key: key.to_owned(), count, found: format!("line {line}") })
    }
}

/// What stands behind a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// The register has the case, the app does not.
    NotInApp,
    /// The app has the case, the register does not.
    NotInRegister,
    /// Both have it, in different periods.
    OtherPeriod,
    /// A side has it more than once.
    Twice,
    /// The other side has totals alone, so this case may or may not be meant.
    Possible,
}

/// A case behind a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Behind {
    /// Why it is named.
    pub cause: Cause,
    /// Its key; empty for a record without one.
    pub key: String,
    /// Where it is found.
    pub found: String,
    /// In words.
    pub words: String,
}

/// One period and thing, with both totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Period.
    pub period: String,
    /// What is counted.
    pub what: String,
    /// Total of the register; 0 if it says nothing of the period.
    pub before: i64,
    /// Whether the register tells of the period at all.
    pub is_stated: bool,
    /// Total of the app.
    pub app: i64,
    /// The cases behind it; also where totals agree by chance.
    pub behind: Vec<Behind>,
    /// Further cases that are not named.
    pub left_out: u64,
}

impl Compared {
    /// The app's total less the register's.
    #[must_use]
    pub const fn difference(&self) -> i64 {
        self.app - self.before
    }

    /// Whether nothing speaks against it: the register tells of it, same total, and no case that only
    /// one side has.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.is_stated && self.before == self.app && self.behind.is_empty()
    }
}

/// Compares both sides, by period and what is counted, in that order.
#[must_use]
pub fn compare(before: &[Case], app: &[Case]) -> Vec<Compared> {
    let (before_by, app_by) = (grouped(before), grouped(app));
    let groups: BTreeSet<_> = before_by.keys().chain(app_by.keys()).copied().collect();
    let (known_before, known_app) = (keys(before), keys(app));
    let stated: BTreeSet<_> = before.iter().map(|case| case.period.as_str()).collect();
    let empty = Vec::new();
    let one = |(period, what): (&str, &str)| {
        let here = before_by.get(&(period, what)).unwrap_or(&empty);
        let there = app_by.get(&(period, what)).unwrap_or(&empty);
        let (total, own) = (sum(here), sum(there));
        let mut behind = Vec::new();
        named(here, there, &known_app, Side::Register, &mut behind);
        named(there, here, &known_before, Side::App, &mut behind);
        if total == own {
            // With totals on a side nothing is to be explained where they agree.
            behind.retain(|it| it.cause != Cause::Possible);
        }
        behind.sort_by(|a, b| (a.cause, &a.key, &a.found).cmp(&(b.cause, &b.key, &b.found)));
        let left_out = behind.len().saturating_sub(BEHIND_MAX) as u64;
        behind.truncate(BEHIND_MAX);
        let is_stated = stated.contains(period);
        let (period, what) = (period.to_owned(), what.to_owned());
        Compared { period, what, before: total, is_stated, app: own, behind, left_out }
    };
    groups.into_iter().map(one).collect()
}

type Groups<'c> = BTreeMap<(&'c str, &'c str), Vec<&'c Case>>;
/// Where a key of a thing is found: its periods.
type Keys<'c> = BTreeMap<(&'c str, String), BTreeSet<&'c str>>;

fn grouped(cases: &[Case]) -> Groups<'_> {
    let mut groups = Groups::new();
    for case in cases {
        groups.entry((&case.period, &case.what)).or_default().push(case);
    }
    groups
}

/// Keys as people write them: case and blanks at the ends do not count.
fn folded(key: &str) -> String {
    key.trim().to_lowercase()
}

fn keys(cases: &[Case]) -> Keys<'_> {
    let mut keys = Keys::new();
    for case in cases.iter().filter(|case| !case.key.is_empty()) {
        keys.entry((&case.what, folded(&case.key))).or_default().insert(&case.period);
    }
    keys
}

fn sum(cases: &[&Case]) -> i64 {
    cases.iter().fold(0, |sum: i64, case| sum.saturating_add(case.count))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Register,
    App,
}

/// Names the cases of one side that the other side's same period lacks.
fn named(own: &[&Case], other: &[&Case], known: &Keys<'_>, side: Side, behind: &mut Vec<Behind>) {
    // A total of nought leaves no case open that might be meant.
    let other_has_totals = other.iter().any(|case| case.key.is_empty() && case.count != 0);
    let there: BTreeSet<_> = other.iter().map(|case| folded(&case.key)).collect();
    let mut seen = BTreeSet::new();
    let name = if side == Side::Register { "register" } else { "app" };
    for case in own.iter().filter(|case| !case.key.is_empty()) {
        let key = folded(&case.key);
        let elsewhere = known.get(&(case.what.as_str(), key.clone()));
        let cause = if !seen.insert(key.clone()) {
            Cause::Twice
        } else if other_has_totals {
            Cause::Possible
        } else if there.contains(&key) {
            continue;
        } else if elsewhere.is_some() {
            Cause::OtherPeriod
        } else if side == Side::Register {
            Cause::NotInApp
        } else {
            Cause::NotInRegister
        };
        let words = why(cause, elsewhere);
        let words = format!("{} ({name}, {}): {words}", case.key.trim(), case.found);
        let (key, found) = (case.key.trim().to_owned(), case.found.clone());
        behind.push(Behind { cause, key, found, words });
    }
}

/// In words that [`super::said::read_case`] reads again.
fn why(cause: Cause, elsewhere: Option<&BTreeSet<&str>>) -> String {
    let known = CAUSES.iter().find(|(it, _)| *it == cause).map(|(_, words)| (*words).to_owned());
    known.unwrap_or_else(|| {
        let periods: Vec<_> = elsewhere.into_iter().flatten().copied().collect();
        format!("{ELSEWHERE}{}", periods.join(", "))
    })
}

/// When the old way may stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRule {
    /// So many of the latest periods …
    pub periods: usize,
    /// … in each of which no total may differ by more than this.
    pub difference_max: i64,
}

impl Default for StopRule {
    /// Three periods in a row without any difference.
    fn default() -> Self {
        Self { periods: 3, difference_max: 0 }
    }
}

/// Whether the old way may stop, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StopVerdict {
    /// Whether it may.
    pub is_safe: bool,
    /// In English words, for reports.
    pub words: String,
    /// The same as a code, for whoever says it in another language.
    pub reason: StopReason,
}

/// Why the old way may stop or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StopReason {
    /// Too few periods in a row were compared.
    TooFew {
        /// So many were, the latest ones.
        compared: usize,
        /// So many have to be.
        wanted: usize,
        /// The period before them of which neither side says anything; `None` if there are no more.
        gap: Option<String>,
    },
    /// The latest periods agree.
    Agree {
        /// So many.
        wanted: usize,
    },
    /// Totals of the latest periods differ.
    Differ {
        /// Each of them.
        totals: Vec<Differing>,
    },
}

/// A total that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// Period.
    pub period: String,
    /// What is counted.
    pub what: String,
    /// The app's total less the register's.
    pub difference: i64,
    /// Whether the register tells of the period at all.
    pub is_stated: bool,
}

impl StopReason {
    fn words(&self) -> String {
        let differs = |it: &Differing| {
            let (period, what, by) = (&it.period, &it.what, it.difference);
            match it.is_stated {
                true => format!("{period} {what} differs by {by:+}"),
                false => {
                    format!("{period} {what} differs by {by:+}: the register leaves {period} out")
                }
            }
        };
        match self {
            Self::TooFew { compared, wanted, gap: None } => {
                format!("{compared} of {wanted} periods were compared")
            }
            Self::TooFew { compared, wanted, gap: Some(gap) } => format!(
                "{compared} of {wanted} periods in a row were compared: nothing is said of {gap}; \
                 a line with the total 0 says that nothing happened"
            ),
            Self::Agree { wanted } => format!("the latest {wanted} periods agree"),
            Self::Differ { totals } => totals.iter().map(differs).collect::<Vec<_>>().join("; "),
        }
    }

    fn judged(self) -> StopVerdict {
        let is_safe = matches!(self, Self::Agree { .. });
        StopVerdict { is_safe, words: self.words(), reason: self }
    }
}

/// Judges a comparison by a rule: the latest periods by name, which sort by time, in a row.
#[must_use]
pub fn safe_to_stop(compared: &[Compared], rule: StopRule) -> StopVerdict {
    let mut names: Vec<_> = compared.iter().map(|it| it.period.as_str()).collect();
    names.sort_by_key(|period| sort_key(period));
    names.dedup();
    let wanted = rule.periods.max(1);
    let (in_row, gap) = periods::latest_row(&names);
    if in_row < wanted {
        return StopReason::TooFew { compared: in_row, wanted, gap }.judged();
    }
    let latest: BTreeSet<_> = names[names.len() - wanted..].iter().copied().collect();
    let is_off = |it: &&Compared| {
        let far = it.difference().unsigned_abs() > rule.difference_max.unsigned_abs();
        let one_sided = |it: &Behind| it.cause != Cause::Possible;
        far || !it.is_stated || (rule.difference_max == 0 && it.behind.iter().any(one_sided))
    };
    let off = compared.iter().filter(|it| latest.contains(it.period.as_str())).filter(is_off);
    let differing = |it: &Compared| Differing {
        period: it.period.clone(),
        what: it.what.clone(),
        difference: it.difference(),
        is_stated: it.is_stated,
    };
    let totals: Vec<_> = off.map(differing).collect();
    match totals.is_empty() {
        true => StopReason::Agree { wanted }.judged(),
        false => StopReason::Differ { totals }.judged(),
    }
}

/// Weeks without a leading nought sort by number: `2026W9` before `2026W10`.
fn sort_key(period: &str) -> (String, u64) {
    let digits = period.len() - period.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, tail) = period.split_at(period.len() - digits);
    (head.to_owned(), tail.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests;
