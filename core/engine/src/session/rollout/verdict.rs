//! Whether a site may go live and the old way may stop: the register beside the app's own records, and
//! the decision that somebody takes. Reads and saves; `outpost_rollout::golive` judges.

use std::collections::BTreeSet;

use outpost_rollout::golive::compare::{
    Case, Compared, PeriodBy, PeriodProblem, StopRule, StopVerdict, check_counted_by,
    check_same_kind, compare, read_table, safe_to_stop, within_register,
};
use outpost_rollout::golive::decision::{Decision, Standing, check_decision};
use outpost_rollout::golive::plan::Choice;
use outpost_rollout::golive::readiness::Light;
use outpost_rollout::golive::record::{GoLive, Note};

use crate::error::{OutpostError, Result};
use crate::session::Session;

/// A register or an old system as CSV, see [`read_table`].
///
/// # Errors
/// `InvalidInput` for `field`, with every line that cannot be read.
pub fn read_register(field: &str, text: &str, by: PeriodBy) -> Result<Vec<Case>> {
    read_table(text, by).map_err(|problems| {
        let lines: Vec<_> =
            problems.iter().map(|it| format!("line {}: {}", it.line, it.problem)).collect();
        OutpostError::invalid(field, "table", lines.join("; "))
    })
}

/// What a register says of one thing that is counted, and its name: the app is asked for no more at a
/// time. Without a name it is the one thing of which the register tells.
///
/// # Errors
/// `InvalidInput` for `what`, with what is there, if the register does not have it or nobody said which;
/// for `register` if it tells of other periods than those by which the app is counted.
pub fn register_of(register: Vec<Case>, what: &str, by: PeriodBy) -> Result<(String, Vec<Case>)> {
    let all: BTreeSet<String> = register.iter().map(|case| case.what.clone()).collect();
    let what = thing(&all, what.trim())?;
    let is_unnamed = all.iter().all(String::is_empty);
    let others: BTreeSet<String> = register.iter().map(|case| case.period.clone()).collect();
    let is_meant = |case: &Case| is_unnamed || case.what == what;
    let named = |case: Case| Case { what: what.clone(), ..case };
    let mut own: Vec<_> = register.into_iter().filter(is_meant).map(named).collect();
    // Who lists cases lists none of what did not happen: a period with other cases has none of these.
    if own.iter().all(|case| !case.key.is_empty()) {
        let silent = others.into_iter().filter(|it| own.iter().all(|case| case.period != *it));
        let nought = |period| Case {
            period,
            what: what.clone(),
            key: String::new(),
            count: 0,
            found: String::new(),
        };
        own.extend(silent.map(nought).collect::<Vec<_>>());
    }
    check_counted_by(&own, by).map_err(other_periods)?;
    Ok((what, own))
}

/// Which of the things of a register is meant.
fn thing(all: &BTreeSet<String>, what: &str) -> Result<String> {
    let listed = || Vec::from_iter(all.iter().map(String::as_str)).join(", ");
    let only = all.first().filter(|_| all.len() == 1);
    let reason = match (what, only) {
        _ if all.is_empty() => return Ok(what.to_owned()),
        ("", Some(only)) => return Ok(only.clone()),
        ("", None) => format!("name one of {} with --what: the register tells of each", listed()),
        // A register about one thing need not say which.
        (_, Some(only)) if only.is_empty() => return Ok(what.to_owned()),
        _ if all.contains(what) => return Ok(what.to_owned()),
        _ => format!("the register says nothing of {what}; it tells of: {}", listed()),
    };
    Err(OutpostError::invalid("what", "unknown", reason))
}

fn other_periods(problem: PeriodProblem) -> OutpostError {
    OutpostError::invalid("register", "periods", problem)
}

/// What a parallel run came to.
#[derive(Debug, Clone)]
pub struct ParallelRun {
    /// Totals by period and what is counted, with the cases behind each difference.
    pub compared: Vec<Compared>,
    /// Whether the old way may stop.
    pub verdict: StopVerdict,
}

impl Session {
    /// Compares the register of a site with the app's own cases, over the periods of the register;
    /// `keep` writes the outcome down.
    ///
    /// # Errors
    /// `InvalidInput` for `register` if both sides have other periods; as [`Session::note_golive`], if it
    /// is kept.
    pub fn compare_golive(
        &self,
        site: &GoLive,
        (register, app): (&[Case], Vec<Case>),
        rule: StopRule,
        keep: bool,
    ) -> Result<ParallelRun> {
        check_same_kind(register, &app).map_err(other_periods)?;
        let compared = compare(register, &within_register(register, app));
        let verdict = safe_to_stop(&compared, rule);
        if keep {
            // A record of a comparison has a total of both sides; nought beside nothing is no comparison.
            let told = compared.iter().filter(|it| it.is_stated || it.app != 0);
            let notes: Vec<_> = told.cloned().map(Note::Comparison).collect();
            self.note_golive(site.id, &notes)?;
        }
        Ok(ParallelRun { compared, verdict })
    }

    /// Writes a decision about a site down, unless something speaks against it; with `all_the_same`
    /// its person takes that upon themselves.
    ///
    /// # Errors
    /// `InvalidInput` for `decision` with what speaks against it (`missing`, `not_ready`, `not_safe`,
    /// `out_of_turn`); as [`Session::note_golive`].
    pub fn decide_golive(
        &self,
        site: &GoLive,
        decision: Decision,
        all_the_same: bool,
    ) -> Result<GoLive> {
        let readiness = self.golive_readiness(site)?;
        let red = readiness.lines.iter().filter(|it| it.light == Light::Red);
        let red: Vec<_> = red.map(|it| format!("{}: {}", it.check.words(), it.missing)).collect();
        let red = red.join("; ");
        let is_parallel = site.plan.iter().any(|item| item.choice == Choice::Parallel);
        let stop = is_parallel.then(|| safe_to_stop(&site.compared(), StopRule::default()));
        let standing = Standing {
            last: site.last().map(|it| it.verdict),
            readiness: (readiness.light, &red),
            stop: stop.as_ref().map(|it| (it.is_safe, it.words.as_str())),
            all_the_same,
        };
        check_decision(&decision, &standing)
            .map_err(|problem| OutpostError::invalid("decision", problem.code(), problem))?;
        self.note_golive(site.id, &[Note::Decision(decision)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(text: &str) -> Vec<Case> {
        read_register("register", text, PeriodBy::Month).expect("read")
    }

    #[test]
    fn of_a_register_only_what_is_asked_is_compared_and_what_it_does_not_tell_is_named() {
        let two = "period,what,total\n202609,Malaria,3\n202609,Births,2\n";
        let one = "period,what,total\n202609,Malaria,3\n";
        let unnamed = "period,total\n202609,3\n";
        for (text, what, name) in
            [(two, "Malaria", "Malaria"), (one, "", "Malaria"), (unnamed, "Fever", "Fever")]
        {
            let (found, cases) = register_of(register(text), what, PeriodBy::Month).expect("there");
            let cases: Vec<_> = cases.iter().map(|it| (it.what.as_str(), it.count)).collect();
            assert_eq!((found.as_str(), &cases[..]), (name, &[(name, 3)][..]));
        }
        for (what, words) in [
            ("Deaths", "says nothing of Deaths; it tells of: Births, Malaria"),
            ("", "name one of Births, Malaria"),
        ] {
            let refused = register_of(register(two), what, PeriodBy::Month).expect_err(what);
            assert!(refused.to_string().contains(words), "{refused}");
        }
        let nothing = register_of(Vec::new(), "Deaths", PeriodBy::Month);
        assert_eq!(nothing, Ok(("Deaths".to_owned(), Vec::new())));
    }

    #[test]
    fn a_list_of_cases_says_nought_of_what_did_not_happen_while_other_things_did() {
        let text = "period,what,key\n202609,Malaria,A\n202610,Births,B\n202611,Malaria,C\n";
        let (_, cases) = register_of(register(text), "Malaria", PeriodBy::Month).expect("there");
        let mut counts: Vec<_> = cases.iter().map(|it| (it.period.as_str(), it.count)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [("202609", 1), ("202610", 0), ("202611", 1)]);
    }

    #[test]
    fn a_register_of_other_periods_is_refused_with_what_to_do() {
        for (period, by, words) in [
            ("202611", PeriodBy::Week, "--by month"),
            ("2026W46", PeriodBy::Month, "--by week"),
            ("2026Q3", PeriodBy::Week, "write weeks as"),
            ("third week", PeriodBy::Month, "write weeks as"),
        ] {
            let text = format!("period,what,total\n{period},Malaria,3\n");
            let refused = register_of(register(&text), "Malaria", by).expect_err(period);
            assert!(refused.to_string().contains(words), "{period}: {refused}");
        }
    }
}
