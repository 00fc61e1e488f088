//! A new key for this device, and the new keys of others.
//!
//! The old key vouches for the new one, so numbering and history go on. It stays on this device for
//! the files that are still on their way to it; it signs nothing any more. A lost or stolen key is
//! never rotated: it is revoked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outpost_exchange::keys::{Card, Identity, KeyId, Rotation};
use serde_json::json;
use zeroize::Zeroizing;

use super::{CARD, card_view, no_card};
use crate::error::{OutpostError, Result};
use crate::model::{KeyView, RotationFiles};
use crate::refusals;
use crate::session::Session;

impl Session {
    /// Gives this device a new key and says so in a statement that the old key signs. Everybody who
    /// exchanges files with it takes the statement in, or the centre's next key list.
    ///
    /// # Errors
    /// `NotFound` before this device has a card; `Busy` while a synchronisation runs; storage errors.
    pub fn rotate_exchange_key(&self) -> Result<RotationFiles> {
        let _only_one = self.take_sync_lock()?;
        let keys = self.who_is_who()?;
        let text = self.store().exchange_document(CARD)?.ok_or_else(no_card)?;
        let before = Card::parse(&text).map_err(refusals::of_key)?;
        let mut random = Zeroizing::new([0; 64]);
        self.inner.platform.random.fill(&mut *random)?;
        let made = Identity::from_random(&random).map_err(refusals::of_key)?;
        let card = Card::new(&made, before.name(), before.role()).map_err(refusals::of_key)?;
        let rotation = Rotation::sign(&keys.identity, &card, &self.now_text());
        let rotation = rotation.map_err(refusals::of_key)?;
        let old = keys.me().to_string();
        let kept = Zeroizing::new(STANDARD.encode(&*made.to_secret_bytes()));
        self.exchange(|exchange| {
            self.change_ring(exchange, |ring| {
                ring.apply_rotation(&rotation).map_err(refusals::of_key)
            })?;
            exchange.replace_identity(&old, &kept)?;
            exchange.keep_document(CARD, Some(&card.to_text()))?;
            let line = json!({ "rotated": old, "to": card.key_id().to_string() });
            Ok::<_, OutpostError>(exchange.note_file(line)?)
        })?;
        Ok(RotationFiles {
            old,
            card: card_view(&card),
            statement: rotation.bytes().to_vec(),
            signature: rotation.signature_text(),
        })
    }

    /// Takes in the new key of somebody whose old one is believed here.
    ///
    /// # Errors
    /// `InvalidInput` if the old key is not known, was revoked or replaced by another, or did not sign
    /// it; storage errors.
    pub fn take_in_rotation(&self, statement: Vec<u8>, signature: &[u8]) -> Result<KeyView> {
        let rotation = Rotation::from_parts(statement, signature).map_err(refusals::of_key)?;
        let old = rotation.old();
        let new: KeyId = self.exchange(|exchange| {
            self.change_ring(exchange, |ring| {
                ring.apply_rotation(&rotation).map_err(refusals::of_key)?;
                let new = ring.member(old).and_then(|member| member.replaced_by);
                new.ok_or_else(|| OutpostError::internal("a key was replaced by none"))
            })
        })?;
        self.exchange_key(new)
    }
}
