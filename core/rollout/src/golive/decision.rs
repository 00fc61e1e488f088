//! Go, no-go, cut-over and its reversal, each with a person and a reason (G5).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::readiness::Light;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The site goes live on the planned day.
    Go,
    /// It does not.
    NoGo,
    /// The old way has stopped.
    CutOver,
    /// The old way is back.
    Reversed,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Go, Self::NoGo, Self::CutOver, Self::Reversed];

    /// As it is stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO_GO",
            Self::CutOver => "CUT_OVER",
            Self::Reversed => "REVERSED",
        }
    }

    /// By its code, in any case; a dash is as good as an underscore.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim().replace('-', "_");
        Self::ALL.into_iter().find(|verdict| verdict.code().eq_ignore_ascii_case(&code))
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What.
    pub verdict: Verdict,
    /// When.
    #[serde(serialize_with = "super::day::option")]
    pub on: Option<Date>,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Why a decision is not taken down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionProblem {
    /// A decision has a person and a reason.
    #[error("say who decides and why")]
    NobodyDecided,
    /// The site is red; whoever goes on all the same says so.
    #[error("the site is red ({what}): mend it, or go on --all-the-same")]
    NotReady {
        /// What stops it.
        what: String,
    },
    /// Totals differ; whoever stops the old way all the same says so.
    #[error("it is not safe to stop ({what}): mend it, or go on --all-the-same")]
    NotSafe {
        /// What differs.
        what: String,
    },
    /// It does not follow from what was decided before.
    #[error("{verdict} does not follow {before}", verdict = verdict.code(),
        before = before.map_or("nothing", Verdict::code))]
    OutOfTurn {
        /// What was to be decided.
        verdict: Verdict,
        /// What was decided last.
        before: Option<Verdict>,
    },
}

impl DecisionProblem {
    /// Its name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NobodyDecided => "missing",
            Self::NotReady { .. } => "not_ready",
            Self::NotSafe { .. } => "not_safe",
            Self::OutOfTurn { .. } => "out_of_turn",
        }
    }
}

/// What a decision has to look at.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'s> {
    /// What was decided last.
    pub last: Option<Verdict>,
    /// The site's light, with what stops it.
    pub readiness: (Light, &'s str),
    /// Whether the old way may stop, with why not; `None` if nothing runs in parallel.
    pub stop: Option<(bool, &'s str)>,
    /// Somebody takes it upon them that something speaks against it.
    pub all_the_same: bool,
}

/// Whether a decision may be written down.
///
/// # Errors
/// What speaks against it.
pub fn check_decision(decision: &Decision, standing: &Standing<'_>) -> Result<(), DecisionProblem> {
    if decision.by.trim().is_empty() || decision.reason.trim().is_empty() {
        return Err(DecisionProblem::NobodyDecided);
    }
    let (verdict, before) = (decision.verdict, standing.last);
    let follows = match verdict {
        Verdict::Go | Verdict::NoGo => before != Some(Verdict::CutOver),
        Verdict::CutOver => before == Some(Verdict::Go),
        Verdict::Reversed => matches!(before, Some(Verdict::CutOver | Verdict::Go)),
    };
    if !follows {
        return Err(DecisionProblem::OutOfTurn { verdict, before });
    }
    if standing.all_the_same {
        return Ok(());
    }
    match (verdict, standing.readiness, standing.stop) {
        (Verdict::Go, (Light::Red, what), _) => {
            Err(DecisionProblem::NotReady { what: what.to_owned() })
        }
        (Verdict::CutOver, _, Some((false, what))) => {
            Err(DecisionProblem::NotSafe { what: what.to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decision(verdict: Verdict) -> Decision {
        Decision { verdict, on: None, by: "Chief".into(), reason: "All is there".into() }
    }

    fn standing(last: Option<Verdict>, light: Light, safe: Option<bool>) -> Standing<'static> {
        Standing {
            last,
            readiness: (light, "agreements"),
            stop: safe.map(|safe| (safe, "2026W36 differs by -3")),
            all_the_same: false,
        }
    }

    #[test]
    fn a_red_site_does_not_go_and_differing_totals_do_not_stop_the_old_way() {
        let (go, cut) = (decision(Verdict::Go), decision(Verdict::CutOver));
        let red = standing(None, Light::Red, None);
        assert!(matches!(check_decision(&go, &red), Err(DecisionProblem::NotReady { .. })));
        let amber = standing(None, Light::Amber, None);
        assert_eq!(check_decision(&go, &amber), Ok(()));
        let differs = standing(Some(Verdict::Go), Light::Green, Some(false));
        assert!(matches!(check_decision(&cut, &differs), Err(DecisionProblem::NotSafe { .. })));
        let agrees = standing(Some(Verdict::Go), Light::Green, Some(true));
        assert_eq!(check_decision(&cut, &agrees), Ok(()));
        let upon_them = Standing { all_the_same: true, ..differs };
        assert_eq!(check_decision(&cut, &upon_them), Ok(()));
    }

    proptest! {
        #[test]
        fn the_old_way_stops_only_after_a_go_and_comes_back_only_after_that(
            verdicts in proptest::collection::vec(0usize..4, 0..12),
        ) {
            let mut last = None;
            for verdict in verdicts.into_iter().map(|it| Verdict::ALL[it]) {
                let it = standing(last, Light::Green, Some(true));
                let taken = check_decision(&decision(verdict), &it).is_ok();
                if verdict == Verdict::CutOver {
                    prop_assert_eq!(taken, last == Some(Verdict::Go));
                }
                if verdict == Verdict::Reversed {
                    prop_assert_eq!(taken, matches!(last, Some(Verdict::Go | Verdict::CutOver)));
                }
                if taken {
                    last = Some(verdict);
                }
            }
        }
    }
}
