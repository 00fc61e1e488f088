//! Which SIM card was in which phone, from when until when (D6).
//!
//! Every pairing is an event of the card. A card is in one phone at a time, and a phone of the roll-out
//! has one card. Phones are named by their number, which never changes and which people can type.

use outpost_domain::uid::EventUid;
use serde::{Deserialize, Serialize};

use super::card::SimState;
use crate::device::same_number;

/// A SIM card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimCard {
    /// Its number (ICCID).
    pub iccid: String,
    /// Its phone number.
    pub msisdn: String,
    /// Its operator.
    pub operator: String,
}

/// A card in a phone for some time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    /// The event that holds it; `None` until it is saved.
    pub event: Option<EventUid>,
    /// Number of the phone.
    pub device_number: String,
    /// The card.
    pub sim: SimCard,
    /// First day, `yyyy-MM-dd`.
    pub from: String,
    /// Last day; empty while it is inside.
    pub to: String,
    /// Who put it in.
    pub put_by: String,
    /// Day on which it was glued; empty if it was not.
    pub glued_on: String,
    /// Who glued it.
    pub glued_by: String,
    /// PIN and PUK lie sealed in the box file.
    pub pin_sealed: bool,
}

impl Pairing {
    /// Whether the card is in the phone.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.to.is_empty()
    }
}

/// Why a card is not put into a phone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum SimProblem {
    /// It is inside already.
    #[error("this SIM card is in this phone already, since {since}")]
    InsideAlready {
        /// Since which day.
        since: String,
    },
    /// It is in another phone.
    #[error(
        "this SIM card is known in phone {number}: take it out there first, or say it was moved"
    )]
    InAnother {
        /// Number of the other phone.
        number: String,
    },
    /// It cannot be used.
    #[error("this SIM card is {}: say first that it is in stock", .state.words())]
    NotUsable {
        /// Its state.
        state: SimState,
    },
    /// The day is before what happened already.
    #[error("the day is before {last}, the last change of this card or phone")]
    TooEarly {
        /// The last change.
        last: String,
    },
}

impl SimProblem {
    /// Its code, for whoever asks "was it moved?".
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InsideAlready { .. } => "inside_already",
            Self::InAnother { .. } => "in_another",
            Self::NotUsable { .. } => "not_usable",
            Self::TooEarly { .. } => "too_early",
        }
    }
}

/// What a change of card does: pairings that end, and the one that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimChange {
    /// Pairings with their last day filled in.
    pub closed: Vec<Pairing>,
    /// The new pairing; `None` if the card is inside and only stood in another phone as well.
    pub opened: Option<Pairing>,
}

/// Puts a card into a phone. `history` holds the pairings of this phone and those of this card. A card
/// that is in another phone is moved only if a person said so.
///
/// # Errors
/// [`SimProblem`]; nothing changes.
pub fn put_in(history: &[Pairing], new: Pairing, is_moved: bool) -> Result<SimChange, SimProblem> {
    let same_card = |it: &&Pairing| it.sim.iccid == new.sim.iccid;
    let same_phone = |it: &&Pairing| same_number(&it.device_number, &new.device_number);
    let touched = || history.iter().filter(|it| same_card(it) || same_phone(it));
    let open = || touched().filter(|it| it.is_open());
    let inside = open().find(|it| same_card(it) && same_phone(it));
    let elsewhere = open().find(|it| same_card(it) && !same_phone(it));
    match (inside, elsewhere) {
        // Two people without network wrote it down in two phones: a person says where it is.
        (Some(_), Some(_)) if is_moved => {}
        (Some(inside), _) => {
            return Err(SimProblem::InsideAlready { since: inside.from.clone() });
        }
        (None, Some(other)) if !is_moved => {
            return Err(SimProblem::InAnother { number: other.device_number.clone() });
        }
        (None, _) => {}
    }
    let last = touched().flat_map(|it| [&it.from, &it.to]).max();
    if let Some(last) = last.filter(|last| **last > new.from) {
        return Err(SimProblem::TooEarly { last: last.clone() });
    }
    let ends = open().filter(|it| inside.is_none_or(|inside| *it != inside));
    let closed = ends.map(|it| Pairing { to: new.from.clone(), ..it.clone() }).collect();
    Ok(SimChange { closed, opened: inside.is_none().then_some(new) })
}

/// What the card that a phone reports means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "sim")]
pub enum SimSeen {
    /// The one that belongs there.
    AsKnown,
    /// The phone has none.
    Missing,
    /// One that belongs to another phone.
    OfAnother {
        /// Number of the phone to which it belongs.
        number: String,
    },
    /// One that nobody knows.
    Unknown,
}

/// Judges the card that the phone of a number reports; `open` holds the open pairings of the registry.
#[must_use]
pub fn judge_seen(number: &str, seen_iccid: &str, open: &[Pairing]) -> SimSeen {
    if seen_iccid.is_empty() {
        return SimSeen::Missing;
    }
    // Two people without network may have written one card down in two phones: here it fits here.
    let mut holds = open.iter().filter(|it| it.is_open() && it.sim.iccid == seen_iccid);
    let first = holds.next();
    let here = first.into_iter().chain(holds).find(|it| same_number(&it.device_number, number));
    match here.or(first) {
        Some(pairing) if same_number(&pairing.device_number, number) => SimSeen::AsKnown,
        Some(pairing) => SimSeen::OfAnother { number: pairing.device_number.clone() },
        None => SimSeen::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairing(phone: usize, card: usize, from: &str) -> Pairing {
        Pairing {
            device_number: phone.to_string(),
            sim: SimCard { iccid: format!("89{card:018}"), ..SimCard::default() },
            from: from.to_owned(),
            ..Pairing::default()
        }
    }

    #[test]
    fn a_new_card_ends_the_time_of_the_old_one() {
        let before = [pairing(1, 1, "2026-01-01")];
        let change = put_in(&before, pairing(1, 2, "2026-02-01"), false).expect("allowed");
        assert_eq!(change.closed[0].to, "2026-02-01");
        assert!(change.opened.is_some_and(|it| it.is_open()));
    }

    #[test]
    fn a_card_of_another_phone_is_moved_only_by_a_word() {
        let before = [pairing(1, 1, "2026-01-01")];
        let new = pairing(2, 1, "2026-02-01");
        let refused = put_in(&before, new.clone(), false).expect_err("refused");
        assert_eq!(refused, SimProblem::InAnother { number: "1".to_owned() });
        assert_eq!(put_in(&before, new, true).expect("moved").closed.len(), 1);
    }

    #[test]
    fn a_card_that_stands_in_two_phones_is_left_where_a_person_says() {
        let both = [pairing(1, 1, "2026-01-01"), pairing(2, 1, "2026-01-01")];
        let again = pairing(2, 1, "2026-02-01");
        assert!(put_in(&both, again.clone(), false).is_err());
        let change = put_in(&both, again, true).expect("said");
        assert_eq!((change.closed.len(), change.opened), (1, None));
        assert_eq!(change.closed[0].device_number, "1");
        for phone in ["1", "0002"] {
            let iccid = &both[0].sim.iccid;
            assert_eq!(judge_seen(phone, iccid, &both), SimSeen::AsKnown, "{phone}");
        }
    }

    #[test]
    fn nothing_happens_before_what_happened_already() {
        let before = [pairing(1, 1, "2026-01-10")];
        let early = put_in(&before, pairing(1, 2, "2026-01-09"), false).expect_err("refused");
        assert_eq!(early, SimProblem::TooEarly { last: "2026-01-10".to_owned() });
    }

    #[test]
    fn a_swap_is_seen_and_names_the_other_phone() {
        let open = [pairing(1, 1, "2026-01-01"), pairing(2, 2, "2026-01-01")];
        let card = |number: usize| format!("89{number:018}");
        assert_eq!(judge_seen("0001", &card(1), &open), SimSeen::AsKnown);
        let other = SimSeen::OfAnother { number: "2".to_owned() };
        assert_eq!(judge_seen("0001", &card(2), &open), other);
        assert_eq!(judge_seen("0001", &card(9), &open), SimSeen::Unknown);
        assert_eq!(judge_seen("0001", "", &open), SimSeen::Missing);
    }

    proptest! {
        #[test]
        fn a_card_is_in_one_phone_and_a_phone_has_one_card(
            moves in proptest::collection::vec((0usize..6, 0usize..6, 1u8..28, any::<bool>()), 1..40)
        ) {
            let mut history: Vec<Pairing> = Vec::new();
            for (phone, card, day, is_moved) in moves {
                let new = pairing(phone, card, &format!("2026-01-{day:02}"));
                let Ok(change) = put_in(&history, new, is_moved) else { continue };
                for closed in change.closed {
                    let before = history.iter_mut().find(|it| {
                        it.is_open() && it.device_number == closed.device_number
                            && it.sim.iccid == closed.sim.iccid
                    });
                    *before.expect("it was open") = closed;
                }
                history.extend(change.opened);
                let open: Vec<_> = history.iter().filter(|it| it.is_open()).collect();
                for (at, one) in open.iter().enumerate() {
                    for other in &open[at + 1..] {
                        prop_assert!(one.device_number != other.device_number);
                        prop_assert!(one.sim.iccid != other.sim.iccid);
                    }
                }
                for one in &history {
                    prop_assert!(one.to.is_empty() || one.from <= one.to);
                }
            }
        }
    }
}
