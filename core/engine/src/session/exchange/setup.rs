//! Setup codes: what a new phone begins with, signed by a centre or district.

use outpost_domain::uid::Uid;
use outpost_exchange::keys::Card;
use outpost_exchange::setup::{Setup, SetupCode};

use super::{CARD, card_view, no_card};
use crate::error::{OutpostError, Result};
use crate::model::{SetupPlan, SetupView};
use crate::refusals;
use crate::session::Session;

impl Session {
    /// Signs a setup code with this device's key.
    ///
    /// # Errors
    /// `NotFound` before this device has a card; `InvalidInput` if it is the card of neither a centre
    /// nor a district, or the address, the language or an id is wrong; storage errors.
    pub fn make_setup_code(&self, plan: &SetupPlan) -> Result<SetupView> {
        let programs = plan.programs.iter().map(|id| {
            let wrong = |_| OutpostError::invalid("programs", "id", format!("{id} is no id"));
            Uid::parse(id).map_err(wrong)
        });
        let setup = Setup {
            server: plan.server.trim().to_owned(),
            language: plan.language.clone(),
            is_training: plan.is_training,
            programs: programs.collect::<Result<_>>()?,
            issued_at: self.now_text(),
        };
        let keys = self.who_is_who()?;
        let text = self.store().exchange_document(CARD)?.ok_or_else(no_card)?;
        let card = Card::parse(&text).map_err(refusals::of_key)?;
        let code = SetupCode::sign(&keys.identity, &card, setup).map_err(refusals::of_key)?;
        Ok(view(&code))
    }
}

/// Reads the text of a setup code. Whether the signer is the right one only a person can tell, by the
/// fingerprint.
///
/// # Errors
/// `InvalidInput` if it is none, was changed, or was signed by nobody who may.
pub fn read_setup_code(text: &str) -> Result<SetupView> {
    SetupCode::parse(text).map(|code| view(&code)).map_err(refusals::of_key)
}

fn view(code: &SetupCode) -> SetupView {
    let setup = code.setup();
    SetupView {
        plan: SetupPlan {
            server: setup.server.clone(),
            language: setup.language.clone(),
            is_training: setup.is_training,
            programs: setup.programs.iter().map(ToString::to_string).collect(),
        },
        issued_at: setup.issued_at.clone(),
        signer: card_view(code.card()),
        text: code.text().to_owned(),
    }
}
