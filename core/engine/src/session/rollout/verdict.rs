//! Whether a site may go live and the old way may stop: the register beside the app's own records, and
//! the decision that somebody takes. Reads and saves; `outpost_rollout::golive` judges.

use std::collections::BTreeSet;

use outpost_rollout::golive::compare::{
    Case, Compared, PeriodBy, StopRule, StopVerdict, compare, read_table, safe_to_stop,
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

/// What a register says of one thing that is counted: the app is asked for no more at a time.
///
/// # Errors
/// `InvalidInput` for `what`, with what is there, if the register does not have it.
pub fn register_of(register: Vec<Case>, what: &str) -> Result<Vec<Case>> {
    let all: BTreeSet<&str> = register.iter().map(|case| case.what.as_str()).collect();
    if !register.is_empty() && !all.contains(what) {
        let all = Vec::from_iter(all).join(", ");
        let reason = format!("the register says nothing of {what}; it tells of: {all}");
        return Err(OutpostError::invalid("what", "unknown", reason));
    }
    Ok(register.into_iter().filter(|case| case.what == what).collect())
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
    /// As [`Session::note_golive`], if it is kept.
    pub fn compare_golive(
        &self,
        site: &GoLive,
        (register, app): (&[Case], Vec<Case>),
        rule: StopRule,
        keep: bool,
    ) -> Result<ParallelRun> {
        // Before the register begins and after it ends there is nothing to compare with.
        let has_period =
            |case: &Case| case.key.is_empty() || register.iter().any(|it| it.period == case.period);
        let app: Vec<_> = app.into_iter().filter(has_period).collect();
        let compared = compare(register, &app);
        let verdict = safe_to_stop(&compared, rule);
        if keep {
            let notes: Vec<_> = compared.iter().cloned().map(Note::Comparison).collect();
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

    #[test]
    fn of_a_register_only_what_is_asked_is_compared_and_what_it_does_not_tell_is_named() {
        let text = "period,what,total\n202609,Malaria,3\n202609,Births,2\n";
        let register = read_register("register", text, PeriodBy::Month).expect("read");
        let malaria = register_of(register.clone(), "Malaria").expect("there");
        assert_eq!(malaria.iter().map(|case| case.count).collect::<Vec<_>>(), [3]);
        let refused = register_of(register, "Deaths").expect_err("not there").to_string();
        assert!(refused.contains("Births, Malaria"), "{refused}");
        assert_eq!(register_of(Vec::new(), "Deaths"), Ok(Vec::new()));
    }
}
