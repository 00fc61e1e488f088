//! SIM cards of a roll-out: rows, histories, what is put in.

use outpost_engine::model;
use outpost_engine::rollout::sim::{Pairing, SimState};

use super::{first_page, text};

/// Where a SIM card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SimCardState {
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

impl From<SimState> for SimCardState {
    fn from(it: SimState) -> Self {
        match it {
            SimState::InStock => Self::InStock,
            SimState::InPhone => Self::InPhone,
            SimState::Blocked => Self::Blocked,
            SimState::Lost => Self::Lost,
            SimState::Retired => Self::Retired,
        }
    }
}

impl From<SimCardState> for SimState {
    fn from(it: SimCardState) -> Self {
        match it {
            SimCardState::InStock => Self::InStock,
            SimCardState::InPhone => Self::InPhone,
            SimCardState::Blocked => Self::Blocked,
            SimCardState::Lost => Self::Lost,
            SimCardState::Retired => Self::Retired,
        }
    }
}

/// A SIM card of a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SimCardItem {
    /// Its id, which follows from its number.
    pub id: String,
    /// Its number (ICCID).
    pub iccid: String,
    /// Its phone number; empty if nobody said.
    pub msisdn: String,
    /// Its operator; empty if nobody said.
    pub operator: String,
    /// Its state.
    pub state: SimCardState,
    /// Id of the place where it belongs.
    pub place: String,
    /// Numbers of the phones in which it is: one at most, two if people without network wrote it down
    /// twice, which a person has to clear up.
    pub inside: Vec<String>,
}

impl From<model::SimRow> for SimCardItem {
    fn from(it: model::SimRow) -> Self {
        let inside = it.open().map(|pairing| pairing.device_number.clone()).collect();
        let (sim, card) = (it.sim.clone(), it.sim.card);
        Self {
            id: text(sim.id),
            iccid: card.iccid,
            msisdn: card.msisdn,
            operator: card.operator,
            state: sim.state.into(),
            place: text(sim.place),
            inside,
        }
    }
}

/// A page of SIM cards.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SimCardPage {
    /// SIM cards by number.
    pub items: Vec<SimCardItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// Which SIM cards a list shows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SimCardQuery {
    /// Only in this state.
    pub state: Option<SimCardState>,
    /// Only of this place.
    pub place: Option<String>,
    /// Only those that stand in two phones at once.
    pub only_in_two: bool,
    /// Only with this in a number, the operator or the number of the phone.
    pub search: Option<String>,
}

/// A SIM card in a phone for some time. Days are `yyyy-MM-dd`.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SimPairing {
    /// Number of the phone.
    pub phone: String,
    /// Number of the card (ICCID).
    pub iccid: String,
    /// Phone number of the card; empty if nobody said.
    pub msisdn: String,
    /// First day.
    pub from: String,
    /// Last day; `None` while it is inside.
    pub to: Option<String>,
    /// Who put it in.
    pub put_by: String,
    /// Day on which it was glued; `None` if it was not.
    pub glued_on: Option<String>,
    /// Who glued it; empty if nobody did.
    pub glued_by: String,
    /// PIN and PUK lie sealed in the box file.
    pub pin_sealed: bool,
}

impl From<Pairing> for SimPairing {
    fn from(it: Pairing) -> Self {
        let day = |day: String| Some(day).filter(|it| !it.is_empty());
        Self {
            phone: it.device_number,
            iccid: it.sim.iccid,
            msisdn: it.sim.msisdn,
            from: it.from,
            to: day(it.to),
            put_by: it.put_by,
            glued_on: day(it.glued_on),
            glued_by: it.glued_by,
            pin_sealed: it.pin_sealed,
        }
    }
}

/// A change of a SIM card's state.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SimCardChange {
    /// State after it; `None` if this version does not know it.
    pub state: Option<SimCardState>,
    /// Why.
    pub reason: String,
    /// Who did it.
    pub done_by: String,
    /// When, as it was written down.
    pub done_at: String,
}

impl From<model::SimEvent> for SimCardChange {
    fn from(it: model::SimEvent) -> Self {
        Self {
            state: it.state.map(Into::into),
            reason: it.reason,
            done_by: it.done_by,
            done_at: it.done_at,
        }
    }
}

/// A SIM card with all that became of it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SimCardHistory {
    /// The card.
    pub card: SimCardItem,
    /// Name of its place.
    pub place_name: String,
    /// In which phones it was, the earliest first; the first page.
    pub pairings: Vec<SimPairing>,
    /// What became of it besides, the latest last; the first page.
    pub changes: Vec<SimCardChange>,
}

impl From<model::SimHistory> for SimCardHistory {
    fn from(it: model::SimHistory) -> Self {
        Self {
            pairings: first_page(it.row.pairings.clone()),
            card: it.row.into(),
            place_name: it.place_name,
            changes: first_page(it.changes),
        }
    }
}

/// A SIM card that is put into a device. What is not said and known already is taken over.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewSimCard {
    /// Its number (ICCID), scanned or typed.
    pub iccid: String,
    /// Its phone number; may be empty.
    pub msisdn: String,
    /// Its operator; may be empty.
    pub operator: String,
    /// Who glued it; `None` if it was not glued.
    pub glued_by: Option<String>,
    /// PIN and PUK lie sealed in the box file.
    pub pin_sealed: bool,
    /// A person said that it was moved here from another phone.
    pub is_moved: bool,
}
