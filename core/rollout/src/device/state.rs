//! The life of a device (D7): which state may follow which, and what a change must tell.

use serde::{Deserialize, Serialize};

/// Where a device is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeviceState {
    /// Asked for from the supplier.
    Ordered,
    /// The box is here.
    Received,
    /// App, SIM card and label are on it.
    Prepared,
    /// Given to a health worker, papers signed.
    HandedOver,
    /// The health worker works with it.
    InUse,
    /// In a workshop.
    InRepair,
    /// Nobody knows where it is.
    Lost,
    /// Somebody took it.
    Stolen,
    /// Found again.
    Recovered,
    /// Given back.
    Returned,
    /// Nothing of a person is on it any more.
    Wiped,
    /// Out of use for good.
    Retired,
}

use DeviceState::{
    HandedOver, InRepair, InUse, Lost, Ordered, Prepared, Received, Recovered, Retired, Returned,
    Stolen, Wiped,
};

/// What may follow what. A returned phone is wiped before it goes to somebody else, a stolen one that
/// is found again is looked at first.
const NEXT: [(DeviceState, &[DeviceState]); 12] = [
    (Ordered, &[Received, Lost, Retired]),
    (Received, &[Prepared, InRepair, Lost, Stolen, Retired]),
    (Prepared, &[HandedOver, InRepair, Lost, Stolen, Retired]),
    (HandedOver, &[InUse, InRepair, Lost, Stolen, Returned]),
    (InUse, &[InRepair, Lost, Stolen, Returned]),
    (InRepair, &[Received, InUse, Returned, Lost, Stolen, Wiped, Retired]),
    (Lost, &[Recovered, Stolen, Wiped, Retired]),
    (Stolen, &[Recovered, Wiped, Retired]),
    (Recovered, &[InUse, Returned, InRepair, Wiped, Lost, Stolen, Retired]),
    (Returned, &[Wiped, InRepair, Lost, Stolen, Retired]),
    (Wiped, &[Prepared, Recovered, InRepair, Lost, Stolen, Retired]),
    (Retired, &[]),
];

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum StateProblem {
    /// The state does not follow.
    #[error("a device that is {} cannot become {}: next may be {}", .from.words(), .to.words(),
        words_of(.from.next()))]
    NotNext {
        /// The state it has.
        from: DeviceState,
        /// The state that was asked for.
        to: DeviceState,
    },
    /// A reason is missing.
    #[error("say why the device is {}", .to.words())]
    ReasonMissing {
        /// The state that was asked for.
        to: DeviceState,
    },
    /// Nobody stands for it.
    #[error("say who did it")]
    PersonMissing,
}

fn words_of(states: &[DeviceState]) -> String {
    match states {
        [] => "nothing".to_owned(),
        states => states.iter().map(|it| it.words()).collect::<Vec<_>>().join(", "),
    }
}

impl DeviceState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 12] = [
        Ordered, Received, Prepared, HandedOver, InUse, InRepair, Lost, Stolen, Recovered,
        Returned, Wiped, Retired,
    ];

    /// The code of the option set.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Ordered => "ORDERED",
            Received => "RECEIVED",
            Prepared => "PREPARED",
            HandedOver => "HANDED_OVER",
            InUse => "IN_USE",
            InRepair => "IN_REPAIR",
            Lost => "LOST",
            Stolen => "STOLEN",
            Recovered => "RECOVERED",
            Returned => "RETURNED",
            Wiped => "WIPED",
            Retired => "RETIRED",
        }
    }

    /// Reads a code, in capitals or not.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim().to_uppercase().replace([' ', '-'], "_");
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Ordered => "ordered",
            Received => "received",
            Prepared => "prepared",
            HandedOver => "handed over",
            InUse => "in use",
            InRepair => "in repair",
            Lost => "lost",
            Stolen => "stolen",
            Recovered => "recovered",
            Returned => "returned",
            Wiped => "wiped",
            Retired => "retired",
        }
    }

    /// What may follow.
    #[must_use]
    pub fn next(self) -> &'static [Self] {
        NEXT.iter().find(|(state, _)| *state == self).map_or(&[], |(_, next)| next)
    }

    /// Whether a person has it in their hands.
    #[must_use]
    pub const fn is_with_holder(self) -> bool {
        matches!(self, HandedOver | InUse)
    }

    /// Whether it should lie in the cupboard of its place.
    #[must_use]
    pub const fn is_in_store(self) -> bool {
        matches!(self, Received | Prepared | Recovered | Returned | Wiped)
    }

    /// Whether a change to it says nothing by itself, so that a person has to say why.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        !matches!(self, Ordered | Received | Prepared | HandedOver | InUse)
    }
}

/// A change of state as a person asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The new state.
    pub to: DeviceState,
    /// Why.
    pub reason: String,
    /// Who did it.
    pub by: String,
    /// When, as `yyyy-MM-ddTHH:mm` in the server's time zone.
    pub at: String,
}

/// Whether a device may take this step.
///
/// # Errors
/// [`StateProblem`], with what may follow instead.
pub fn check_step(from: DeviceState, step: &Step) -> Result<(), StateProblem> {
    let to = step.to;
    if !from.next().contains(&to) {
        return Err(StateProblem::NotNext { from, to });
    }
    if to.needs_reason() && step.reason.trim().is_empty() {
        return Err(StateProblem::ReasonMissing { to });
    }
    if step.by.trim().is_empty() {
        return Err(StateProblem::PersonMissing);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn step(to: DeviceState, reason: &str) -> Step {
        let (reason, by) = (reason.to_owned(), "Supervisor".to_owned());
        Step { to, reason, by, at: "2026-11-29T10:00".to_owned() }
    }

    #[track_caller]
    fn check(states: &[DeviceState], legal: bool) {
        let ok = states.windows(2).all(|pair| check_step(pair[0], &step(pair[1], "why")).is_ok());
        assert_eq!(ok, legal, "{states:?}");
    }

    #[test]
    fn a_phone_goes_from_the_order_to_a_hand_and_back() {
        check(&[Ordered, Received, Prepared, HandedOver, InUse, Returned, Wiped, Prepared], true);
        check(&[InUse, InRepair, InUse], true);
        check(&[InUse, Stolen, Wiped, Recovered, Returned], true);
        check(&[InUse, Lost, Recovered, InUse], true);
    }

    #[test]
    fn no_step_is_left_out() {
        check(&[Ordered, HandedOver], false);
        check(&[Received, HandedOver], false);
        check(&[Returned, HandedOver], false);
        check(&[Returned, Prepared], false); // not before it is wiped
        check(&[Stolen, InUse], false); // somebody looks at it first
        check(&[Retired, Received], false);
    }

    #[test]
    fn a_refusal_says_what_may_follow() {
        let problem = check_step(InUse, &step(Prepared, "")).expect_err("refused");
        let words = "a device that is in use cannot become prepared: next may be in repair, lost, \
                     stolen, returned";
        assert_eq!(problem.to_string(), words);
    }

    #[test]
    fn who_and_why_are_told() {
        assert_eq!(
            check_step(InUse, &step(Stolen, " ")),
            Err(StateProblem::ReasonMissing { to: Stolen })
        );
        let nobody = Step { by: String::new(), ..step(Stolen, "taken from the car") };
        assert_eq!(check_step(InUse, &nobody), Err(StateProblem::PersonMissing));
    }

    proptest! {
        #[test]
        fn whatever_is_asked_a_device_gets_to_a_hand_only_from_prepared(
            asked in proptest::collection::vec(0usize..12, 1..60)
        ) {
            let mut state = Ordered;
            for index in asked {
                let to = DeviceState::ALL[index];
                let before = state;
                if check_step(state, &step(to, "why")).is_ok() {
                    state = to;
                }
                prop_assert!(state != HandedOver || before == HandedOver || before == Prepared);
                // Nothing leaves the end, and nobody else gets a phone that was not wiped.
                prop_assert!(before != Retired || state == Retired);
                prop_assert!(!(before == Returned && state == Prepared));
            }
        }

        #[test]
        fn every_code_is_read_again(index in 0usize..12) {
            let state = DeviceState::ALL[index];
            prop_assert_eq!(DeviceState::parse(&state.code().to_lowercase()), Some(state));
        }
    }
}
