//! SIM cards of a roll-out as the facade shows them.

use outpost_domain::folding::normalise;
use outpost_domain::uid::{EnrollmentUid, EventUid, OrganisationUnitUid};
use outpost_rollout::sim::{Pairing, Sim, SimState};
use outpost_rollout::table::LineProblem;
use serde::Serialize;

/// A card with the phones in which it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimRow {
    /// The card.
    #[serde(flatten)]
    pub sim: Sim,
    /// Its enrolment.
    pub enrollment: EnrollmentUid,
    /// In which phones it was, the earliest first.
    pub pairings: Vec<Pairing>,
}

impl SimRow {
    /// The phones in which it is: one as a rule, two if people without network wrote it down twice.
    pub fn open(&self) -> impl Iterator<Item = &Pairing> {
        self.pairings.iter().filter(|it| it.is_open())
    }

    /// Whether it stands in two phones at once, which a person has to clear up.
    #[must_use]
    pub fn is_in_two(&self) -> bool {
        self.open().nth(1).is_some()
    }
}

/// Which cards a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimQuery {
    /// Only in this state.
    pub state: Option<SimState>,
    /// Only of this place.
    pub place: Option<OrganisationUnitUid>,
    /// Only those that stand in two phones at once.
    pub only_in_two: bool,
    /// Only with this text in a number or the operator.
    pub text: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl SimQuery {
    /// Whether a card fits.
    #[must_use]
    pub fn fits(&self, row: &SimRow) -> bool {
        let card = &row.sim.card;
        let has_text = self.text.as_deref().is_none_or(|text| {
            let text = normalise(text);
            [&card.iccid, &card.msisdn, &card.operator, &row.sim.phone]
                .iter()
                .any(|part| normalise(part).contains(&text))
        });
        self.state.is_none_or(|state| state == row.sim.state)
            && self.place.is_none_or(|place| place == row.sim.place)
            && (!self.only_in_two || row.is_in_two())
            && has_text
    }
}

/// A card with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimHistory {
    /// The card.
    #[serde(flatten)]
    pub row: SimRow,
    /// Name of its place.
    pub place_name: String,
    /// What became of it besides, the latest last.
    pub changes: Vec<SimEvent>,
}

/// A change of a card's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimEvent {
    /// Its record.
    pub id: EventUid,
    /// State after it.
    pub state: Option<SimState>,
    /// Why.
    pub reason: String,
    /// Who did it.
    pub done_by: String,
    /// When.
    pub done_at: String,
}

/// What a table did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SimImport {
    /// Cards that are new.
    pub added: usize,
    /// Cards that changed.
    pub changed: usize,
    /// Lines that say what was known.
    pub unchanged: usize,
    /// What is wrong; then nothing was taken in.
    pub problems: Vec<LineProblem>,
}
