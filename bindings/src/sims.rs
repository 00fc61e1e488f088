//! SIM cards of a roll-out: which are known, in which phones they were, put in, blocked, lost.
//!
//! What is scanned or typed goes in as text. A refusal that a person can answer has a code.

use outpost_engine::NewSim;
use outpost_engine::model::SimQuery;
use outpost_engine::rollout::sim::SimCard;

use crate::core::page;
use crate::fault::OutpostFault;
use crate::ids;
use crate::record::device::DeviceItem;
use crate::record::first_page;
use crate::record::sim::{
    NewSimCard, SimCardHistory, SimCardItem, SimCardPage, SimCardQuery, SimCardState, SimPairing,
};
use crate::session::SessionHandle;

/// SIM cards.
#[uniffi::export]
impl SessionHandle {
    /// A page of the SIM cards that fit, by number.
    ///
    /// # Errors
    /// `InvalidInput` with code `no_program`, or for the place; storage errors.
    pub async fn sim_cards(
        &self,
        query: SimCardQuery,
        next: Option<i32>,
    ) -> Result<SimCardPage, OutpostFault> {
        self.run(move |it| {
            let query = SimQuery {
                state: query.state.map(Into::into),
                place: ids::optional("place", query.place.as_deref())?,
                only_in_two: query.only_in_two,
                text: query.search,
                limit: None,
            };
            let (items, next) = page(it.sims(&query)?, next);
            Ok(SimCardPage { items, next })
        })
        .await
    }

    /// The SIM card of a number on it, of a phone number, or inside the phone of a device number.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` with code `ambiguous` if several fit.
    pub async fn find_sim_card(&self, scan: String) -> Result<SimCardItem, OutpostFault> {
        self.run(move |it| Ok(it.find_sim(&scan)?.into())).await
    }

    /// A SIM card with the phones in which it was and what else became of it.
    ///
    /// # Errors
    /// As [`SessionHandle::find_sim_card`].
    pub async fn sim_card_history(&self, scan: String) -> Result<SimCardHistory, OutpostFault> {
        self.run(move |it| Ok(it.sim_history(&scan)?.into())).await
    }

    /// The SIM cards that were in a device, the earliest first; the first page.
    ///
    /// # Errors
    /// As [`SessionHandle::find_device`].
    pub async fn device_sim_cards(&self, device: String) -> Result<Vec<SimPairing>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.device_history(&device)?.sims))).await
    }

    /// Puts a SIM card into a device, from today. The one that was inside is in stock again; a card
    /// that is new here is registered.
    ///
    /// # Errors
    /// `InvalidInput` with code `in_another` while nobody said that it was moved, `inside_already`,
    /// `not_usable`, `too_early`, and for numbers that cannot be right; `NotFound`. Nothing is saved.
    pub async fn put_sim_card(
        &self,
        device: String,
        new: NewSimCard,
        by: Option<String>,
    ) -> Result<DeviceItem, OutpostFault> {
        self.run(move |it| {
            let sim = SimCard { iccid: new.iccid, msisdn: new.msisdn, operator: new.operator };
            let new = NewSim {
                sim,
                glued_by: new.glued_by,
                pin_sealed: new.pin_sealed,
                is_moved: new.is_moved,
            };
            Ok(it.put_sim(&device, new, by.as_deref())?.into())
        })
        .await
    }

    /// Says what became of a SIM card. One that is in stock again or retired is in no phone.
    ///
    /// # Errors
    /// `InvalidInput` with code `state` for a state that does not follow or without a reason;
    /// `NotFound`.
    pub async fn step_sim_card(
        &self,
        scan: String,
        to: SimCardState,
        reason: String,
        by: Option<String>,
    ) -> Result<SimCardItem, OutpostFault> {
        self.run(move |it| Ok(it.step_sim(&scan, to.into(), &reason, by.as_deref())?.into())).await
    }
}
