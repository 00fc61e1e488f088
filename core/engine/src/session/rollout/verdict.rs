//! Whether a site may go live and the old way may stop: the register beside the app's own records, and
//! the decision that somebody takes. Reads and saves; `outpost_rollout::golive` judges.

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
    /// `InvalidInput` for `decision` with what speaks against it; as [`Session::note_golive`].
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
            .map_err(|problem| OutpostError::invalid("decision", "decision", problem))?;
        self.note_golive(site.id, &[Note::Decision(decision)])
    }
}
