//! What is known of a SIM card: its attributes as a record and back, and which state may follow.

use std::collections::BTreeMap;

use outpost_domain::data::TrackedEntity;
use outpost_domain::uid::{
    EnrollmentUid, OrganisationUnitUid, TrackedEntityAttributeUid, TrackedEntityTypeUid,
    TrackedEntityUid, Uid,
};
use serde::{Deserialize, Serialize};

use super::pair::SimCard;
use crate::device::{FactProblem, iccid, msisdn, text_problem};
use crate::package::{derived_id, ids_sim as id};

/// Where a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SimState {
    /// In a drawer.
    InStock,
    /// In a phone.
    InPhone,
    /// Blocked by the operator; it may still be in a phone.
    Blocked,
    /// Nobody knows where, as a rule with its phone.
    Lost,
    /// Not used any more.
    Retired,
}

impl SimState {
    /// All, in the order of the option set.
    pub const ALL: [Self; 5] =
        [Self::InStock, Self::InPhone, Self::Blocked, Self::Lost, Self::Retired];

    /// The code of the option set.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InStock => "IN_STOCK",
            Self::InPhone => "IN_PHONE",
            Self::Blocked => "BLOCKED",
            Self::Lost => "LOST",
            Self::Retired => "RETIRED",
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
            Self::InStock => "in stock",
            Self::InPhone => "in a phone",
            Self::Blocked => "blocked",
            Self::Lost => "lost",
            Self::Retired => "not used any more",
        }
    }

    /// Whether it may be put into a phone.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::InStock | Self::InPhone)
    }

    /// Its state when it leaves a phone: what was said of the card itself stays true.
    #[must_use]
    pub const fn out_of_phone(self) -> Self {
        match self {
            Self::InPhone => Self::InStock,
            state => state,
        }
    }
}

/// Why a state does not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum SimStateProblem {
    /// It is in this state.
    #[error("the SIM card is {} already", .state.words())]
    Already {
        /// The state.
        state: SimState,
    },
    /// Cards come into phones by a pairing only.
    #[error("the SIM card is in no phone: put it into one")]
    InNoPhone,
    /// A retired card stays retired.
    #[error("the SIM card is not used any more, and stays so")]
    Retired,
    /// Nobody said why.
    #[error("say why it is {}", .to.words())]
    ReasonMissing {
        /// The state that was asked for.
        to: SimState,
    },
}

/// Whether a card may come into the state `to` for this reason, which every step needs. A card that was
/// blocked or lost is in a phone again only if it never left it (`is_inside`).
///
/// # Errors
/// [`SimStateProblem`]; nothing changes.
pub fn check_sim_step(
    from: SimState,
    to: SimState,
    reason: &str,
    is_inside: bool,
) -> Result<(), SimStateProblem> {
    if from == to {
        return Err(SimStateProblem::Already { state: to });
    }
    if from == SimState::Retired {
        return Err(SimStateProblem::Retired);
    }
    if to == SimState::InPhone && !is_inside {
        return Err(SimStateProblem::InNoPhone);
    }
    if reason.trim().is_empty() {
        return Err(SimStateProblem::ReasonMissing { to });
    }
    Ok(())
}

/// A SIM card of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sim {
    /// Its id, which follows from its number.
    pub id: TrackedEntityUid,
    /// Where it belongs.
    pub place: OrganisationUnitUid,
    /// Its state.
    pub state: SimState,
    /// The card.
    pub card: SimCard,
    /// Number of the phone in which it is; empty if in none.
    pub phone: String,
    /// Attributes that this version does not know.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<TrackedEntityAttributeUid, String>,
}

fn of_card(iccid: &str, what: &str) -> Uid {
    Uid::parse(&derived_id(&[id::PROGRAM, what, iccid])).expect("derived ids are ids")
}

fn attribute(id: &str) -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid::parse(id).expect("the ids of the package are ids")
}

impl Sim {
    /// A card that is new here, in stock.
    ///
    /// Its id follows from its number: two people without network who write the same card down write
    /// the same record, and the server has no second one to refuse.
    #[must_use]
    pub fn new(card: SimCard, place: OrganisationUnitUid) -> Self {
        let id = TrackedEntityUid(of_card(&card.iccid, "card"));
        let (state, phone) = (SimState::InStock, String::new());
        Self { id, place, state, card, phone, more: BTreeMap::new() }
    }

    /// The enrolment of a card that is new here.
    #[must_use]
    pub fn enrollment(&self) -> EnrollmentUid {
        EnrollmentUid(of_card(&self.card.iccid, "enrollment"))
    }

    /// The card of a record; `None` if it has no number or no state that is known.
    #[must_use]
    pub fn of(record: &TrackedEntity) -> Option<Self> {
        let mut more = record.attributes.clone();
        let mut take = |id: &str| more.remove(&attribute(id)).unwrap_or_default();
        let state = SimState::parse(&take(id::STATE))?;
        let (iccid, msisdn) = (take(id::ICCID), take(id::MSISDN));
        let card = SimCard { iccid, msisdn, operator: take(id::OPERATOR) };
        let phone = take(id::PHONE);
        let (id, place) = (record.id, record.organisation_unit);
        (!card.iccid.is_empty()).then_some(Self { id, place, state, card, phone, more })
    }

    /// Its record; the times are the caller's.
    #[must_use]
    pub fn record(&self) -> TrackedEntity {
        let mut attributes = self.more.clone();
        let told = [
            (id::ICCID, self.card.iccid.as_str()),
            (id::MSISDN, &self.card.msisdn),
            (id::OPERATOR, &self.card.operator),
            (id::STATE, self.state.code()),
            (id::PHONE, &self.phone),
        ];
        let told = told.into_iter().filter(|(_, value)| !value.is_empty());
        attributes.extend(told.map(|(id, value)| (attribute(id), value.to_owned())));
        TrackedEntity {
            id: self.id,
            tracked_entity_type: TrackedEntityTypeUid::parse(id::SIM_TYPE)
                .expect("the ids of the package are ids"),
            organisation_unit: self.place,
            geometry: None,
            attributes,
            created_at_client: None,
            updated_at_client: None,
            deleted: false,
        }
    }
}

impl SimCard {
    /// Brings the card to its stored form, or names every part that cannot be right.
    ///
    /// # Errors
    /// Each problem with its part; a card without number is one.
    pub fn checked(mut self) -> Result<Self, Vec<FactProblem>> {
        let mut problems = Vec::new();
        let parts = [
            ("iccid", &mut self.iccid),
            ("msisdn", &mut self.msisdn),
            ("operator", &mut self.operator),
        ];
        for (fact, text) in parts {
            let stored = match (fact, text.trim()) {
                ("iccid", "") => Err("give the number of the SIM card (ICCID)".to_owned()),
                (_, "") => Ok(String::new()),
                ("iccid", given) => iccid(given).map_err(|it| it.to_string()),
                ("msisdn", given) => msisdn(given).map_err(|it| it.to_string()),
                (_, given) => text_problem(given).map_or(Ok(given.to_owned()), Err),
            };
            match stored {
                Ok(stored) => *text = stored,
                Err(problem) => problems.push(FactProblem { fact: fact.to_owned(), problem }),
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// What `known` knows and this does not say.
    #[must_use]
    pub fn completed_by(mut self, known: &Self) -> Self {
        for (own, known) in
            [(&mut self.msisdn, &known.msisdn), (&mut self.operator, &known.operator)]
        {
            if own.is_empty() {
                own.clone_from(known);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ICCID: &str = "8925600000000000012";

    fn card(iccid: &str) -> SimCard {
        SimCard { iccid: iccid.to_owned(), ..SimCard::default() }
    }

    fn sim(iccid: &str) -> Sim {
        Sim::new(card(iccid), OrganisationUnitUid::parse("OuClinicAaa").expect("an id"))
    }

    #[test]
    fn a_card_survives_its_record() {
        let more = BTreeMap::from([(attribute("TaSomething"), "kept".to_owned())]);
        let card = SimCard { msisdn: "+256700123456".into(), ..card(ICCID) };
        let phone = "0147".to_owned();
        let sim = Sim { state: SimState::Blocked, card, phone, more, ..sim(ICCID) };
        assert_eq!(Sim::of(&sim.record()), Some(sim));
    }

    #[test]
    fn one_card_has_one_id_whoever_writes_it_down() {
        let other = sim("8925600000000000020");
        let (one, again) = (sim(ICCID), sim(ICCID));
        assert_eq!((one.id, one.enrollment()), (again.id, again.enrollment()));
        assert!(one.id != other.id && one.enrollment() != other.enrollment());
        assert_ne!(one.id.0, one.enrollment().0);
    }

    #[test]
    fn a_step_follows_or_says_why_not() {
        use SimState::{Blocked, InPhone, InStock, Lost, Retired};
        #[track_caller]
        fn check(from: SimState, to: SimState, reason: &str, expected: Option<SimStateProblem>) {
            assert_eq!(check_sim_step(from, to, reason, false).err(), expected, "{from:?} {to:?}");
        }
        check(InPhone, Blocked, "stolen", None);
        check(InPhone, InStock, "taken out", None);
        check(Blocked, InStock, "the operator opened it", None);
        check(Lost, Blocked, "asked the operator", None);
        check(InStock, Retired, "contract ended", None);
        check(InPhone, Lost, " ", Some(SimStateProblem::ReasonMissing { to: Lost }));
        check(Lost, Lost, "again", Some(SimStateProblem::Already { state: Lost }));
        check(InStock, InPhone, "put in", Some(SimStateProblem::InNoPhone));
        assert_eq!(check_sim_step(Blocked, InPhone, "opened again", true), Ok(()));
        for to in [InStock, InPhone, Blocked, Lost] {
            check(Retired, to, "used again", Some(SimStateProblem::Retired));
        }
    }

    #[test]
    fn a_card_comes_to_its_stored_form_or_every_wrong_part_is_named() {
        let typed =
            SimCard { msisdn: " +256 700 123456".into(), ..card("8925 6000 0000 0000 012") };
        let stored = typed.checked().expect("right");
        assert_eq!((stored.iccid.as_str(), stored.msisdn.as_str()), (ICCID, "+256700123456"));
        let wrong =
            SimCard { iccid: "12".into(), msisdn: "seven".into(), operator: "x".repeat(300) };
        let problems = wrong.checked().expect_err("wrong");
        let parts: Vec<_> = problems.iter().map(|it| it.fact.as_str()).collect();
        assert_eq!(parts, ["iccid", "msisdn", "operator"]);
        assert!(SimCard::default().checked().is_err());
    }
}
