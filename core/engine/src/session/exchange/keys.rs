//! Cards, the key ring, the key list of the centre, the recovery key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outpost_exchange::keys::{
    Card, Comparison, Identity, KeyId, KeyList, KeyListDraft, KeyRing, Member, Reason, Revocation,
    Role, Standing, Trust,
};
use outpost_store::Exchange;
use zeroize::Zeroizing;

use super::{CARD, KEY_LIST, KEY_LIST_SIGNATURE, RING, card_view, key_of, site};
use crate::error::{OutpostError, Result};
use crate::model::{CardView, KeyListFiles, KeyView, RecoveryKey};
use crate::refusals;
use crate::session::Session;

impl Session {
    /// The card of this device; `None` before [`Session::make_exchange_card`].
    ///
    /// # Errors
    /// Storage errors.
    pub fn exchange_card(&self) -> Result<Option<CardView>> {
        let text = self.store().exchange_document(CARD)?;
        let card = text.map(|text| Card::parse(&text)).transpose().map_err(refusals::of_key)?;
        Ok(card.as_ref().map(card_view))
    }

    /// Gives this device its card: the name of the place or device (not of a person) and what it is
    /// for. The keys are made the first time and stay; another name makes another card of the same
    /// keys.
    ///
    /// # Errors
    /// `InvalidInput` for the name, or for a recovery key, which lives on no device; storage errors.
    pub fn make_exchange_card(&self, name: &str, role: Role) -> Result<CardView> {
        if role == Role::Recovery {
            let reason = "a recovery key lies in a safe, not on a device (exchange recovery)";
            return Err(OutpostError::invalid("role", "recovery", reason));
        }
        let mut random = Zeroizing::new([0; 64]);
        self.inner.platform.random.fill(&mut *random)?;
        self.exchange(|exchange| {
            let identity = match exchange.identity()? {
                Some(kept) => read_identity(&kept)?,
                None => {
                    let made = Identity::from_random(&random).map_err(refusals::of_key)?;
                    let text = Zeroizing::new(STANDARD.encode(&*made.to_secret_bytes()));
                    exchange.keep_identity(&text)?;
                    made
                }
            };
            let card = Card::new(&identity, name, role).map_err(refusals::of_key)?;
            self.change_ring(exchange, |ring| {
                let (by, at) = (self.by(), self.now_text());
                ring.enrol_in_person(card.clone(), by, &at).map_err(refusals::of_key)
            })?;
            exchange.keep_document(CARD, Some(&card.to_text()))?;
            Ok(card_view(&card))
        })
    }

    /// Reads the text of a card without believing it.
    ///
    /// # Errors
    /// `InvalidInput` if it is none.
    pub fn read_exchange_card(&self, text: &str) -> Result<CardView> {
        Ok(card_view(&Card::parse(text).map_err(refusals::of_key)?))
    }

    /// Believes a card from now on. `heard` is the fingerprint as its owner shows or reads it aloud:
    /// only a person can tell that the card is the right one.
    ///
    /// # Errors
    /// `InvalidInput` if it is no card, the digits differ, or the key was revoked; storage errors.
    pub fn enrol_exchange_card(&self, text: &str, heard: &str) -> Result<KeyView> {
        let card = Card::parse(text).map_err(refusals::of_key)?;
        match card.fingerprint().compare(heard) {
            Comparison::Same => {}
            Comparison::Incomplete { digits } => {
                let reason =
                    format!("a fingerprint has thirty digits, these are {digits}: read all aloud");
                return Err(OutpostError::invalid("fingerprint", "incomplete", reason));
            }
            Comparison::Differs { group } => {
                let reason = format!(
                    "group {group} differs: this is not the card of the one who reads it aloud; do \
                     not enrol it"
                );
                return Err(OutpostError::invalid("fingerprint", "differs", reason));
            }
        }
        let key = self.exchange(|exchange| {
            self.change_ring(exchange, |ring| {
                let (by, at) = (self.by(), self.now_text());
                ring.enrol_in_person(card, by, &at).map_err(refusals::of_key)
            })
        })?;
        self.exchange_key(key)
    }

    /// The keys that this device knows, by name.
    ///
    /// # Errors
    /// Storage errors.
    pub fn exchange_keys(&self) -> Result<Vec<KeyView>> {
        let ring = self.ring()?;
        let own = self.own_key()?;
        let mut keys: Vec<KeyView> =
            ring.members().map(|member| key_view(&ring, member, own)).collect();
        keys.sort_by(|a, b| (&a.card.name, &a.card.key).cmp(&(&b.card.name, &b.card.key)));
        Ok(keys)
    }

    pub(super) fn exchange_key(&self, key: KeyId) -> Result<KeyView> {
        let ring = self.ring()?;
        let member = ring.member(key).ok_or_else(|| OutpostError::not_found("key", key))?;
        Ok(key_view(&ring, member, self.own_key()?))
    }

    fn own_key(&self) -> Result<Option<KeyId>> {
        let kept = self.store().exchange_identity()?;
        let identity = kept.map(|kept| read_identity(&kept)).transpose()?;
        Ok(identity.map(|identity| identity.public().key_id()))
    }

    /// Stops believing a key, for good: the device was lost or stolen, or the key got into other
    /// hands. `last_good` is the number of the last file of it that still counts.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the device's own key; storage errors.
    pub fn revoke_exchange_key(
        &self,
        key: &str,
        reason: Reason,
        last_good: Option<u64>,
    ) -> Result<KeyView> {
        let key = key_of(key)?;
        if self.own_key()? == Some(key) {
            let reason = "this is the key of this device: others revoke it";
            return Err(OutpostError::invalid("key", "own", reason));
        }
        let _ = self.exchange_key(key)?;
        self.exchange(|exchange| {
            self.change_ring(exchange, |ring| {
                Ok(ring.revoke_in_person(Revocation { key, reason, last_good }))
            })?;
            let line = serde_json::json!({ "revoked": key.to_string(), "why": reason.name() });
            Ok::<_, OutpostError>(exchange.note_file(line)?)
        })?;
        self.exchange_key(key)
    }

    /// Makes a recovery key, which opens every file when another key is lost, and enrols it here. Its
    /// secret is given out once: write it down and put it into a safe.
    ///
    /// # Errors
    /// `InvalidInput` for the name; storage errors.
    pub fn make_recovery_key(&self, name: &str) -> Result<RecoveryKey> {
        let mut random = Zeroizing::new([0; 64]);
        self.inner.platform.random.fill(&mut *random)?;
        let identity = Identity::from_random(&random).map_err(refusals::of_key)?;
        let card = Card::new(&identity, name, Role::Recovery).map_err(refusals::of_key)?;
        self.exchange(|exchange| {
            self.change_ring(exchange, |ring| {
                let (by, at) = (self.by(), self.now_text());
                ring.enrol_in_person(card.clone(), by, &at).map_err(refusals::of_key)
            })
        })?;
        Ok(RecoveryKey { card: card_view(&card), secret: identity.age_secret_text() })
    }

    /// Signs the next key list: everybody whom this centre believes, and every key that it revoked. It
    /// travels with every file from here on.
    ///
    /// # Errors
    /// `Forbidden` if this device is no centre; storage errors.
    pub fn publish_key_list(&self) -> Result<KeyListFiles> {
        let keys = self.who_is_who()?;
        let card = self.store().exchange_document(CARD)?;
        let role = card.and_then(|text| Card::parse(&text).ok()).map(|card| card.role());
        if role != Some(Role::Centre) {
            let reason = "only a centre issues key lists".to_owned();
            return Err(OutpostError::Forbidden { reason });
        }
        let number = keys.ring.list_sequence().unwrap_or(0) + 1;
        let revoked = keys.ring.members().filter_map(|member| {
            match keys.ring.standing(member.card.key_id()) {
                Some(Standing::Revoked(revocation)) => Some(revocation),
                _ => None,
            }
        });
        let draft = KeyListDraft {
            sequence: number,
            issued_at: self.now_text(),
            members: keys.ring.active().map(|member| member.card.clone()).collect(),
            revoked: revoked.collect(),
        };
        let list = KeyList::sign(&keys.identity, draft).map_err(refusals::of_key)?;
        self.exchange(|exchange| self.apply_list(exchange, &list))?;
        let signature = list.signature_text();
        Ok(KeyListFiles { number, list: list.bytes().to_vec(), signature })
    }

    /// Takes in a key list of the centre; how many keys came in or were revoked.
    ///
    /// # Errors
    /// `InvalidInput` if no centre known here signed it, or it is older than the one here; storage
    /// errors.
    pub fn take_in_key_list(&self, list: Vec<u8>, signature: &[u8]) -> Result<u64> {
        let list = KeyList::from_parts(list, signature).map_err(refusals::of_key)?;
        self.exchange(|exchange| self.apply_list(exchange, &list))
    }

    fn apply_list(&self, exchange: &mut Exchange<'_>, list: &KeyList) -> Result<u64> {
        let changes =
            self.change_ring(exchange, |ring| ring.apply_list(list).map_err(refusals::of_key))?;
        keep_list(exchange, list)?;
        Ok(changes.len() as u64)
    }

    /// Changes the ring in the caller's transaction.
    pub(super) fn change_ring<T>(
        &self,
        exchange: &Exchange<'_>,
        change: impl FnOnce(&mut KeyRing) -> Result<T>,
    ) -> Result<T> {
        let ring = exchange.document(RING)?.map(|text| KeyRing::from_json(&text)).transpose();
        let mut ring = ring.map_err(refusals::of_key)?.unwrap_or_default();
        let done = change(&mut ring)?;
        keep_ring(exchange, &ring)?;
        Ok(done)
    }
}

/// Keeps the ring. What was handed to somebody who is gone for good is with nobody: it goes to others,
/// and nothing waits for an answer that cannot count.
pub(super) fn keep_ring(exchange: &Exchange<'_>, ring: &KeyRing) -> Result<()> {
    exchange.keep_document(RING, Some(&ring.to_json()))?;
    for member in ring.members() {
        let key = member.card.key_id();
        if matches!(ring.standing(key), Some(Standing::Revoked(_))) && ring.current(key).is_err() {
            exchange.forget_partner(&member.line.to_string())?;
        }
    }
    Ok(())
}

/// Keeps the newest list, to be carried on.
pub(super) fn keep_list(exchange: &Exchange<'_>, list: &KeyList) -> Result<()> {
    let text = String::from_utf8(list.bytes().to_vec());
    let text = text.map_err(|_| OutpostError::internal("a key list is no text"))?;
    exchange.keep_document(KEY_LIST, Some(&text))?;
    exchange.keep_document(KEY_LIST_SIGNATURE, Some(&list.signature_text()))?;
    Ok(())
}

/// The newest list of the centre, if one came.
pub(super) fn kept_list(exchange: &Exchange<'_>) -> Result<Option<KeyList>> {
    let list = exchange.document(KEY_LIST)?;
    let signature = exchange.document(KEY_LIST_SIGNATURE)?;
    let Some((list, signature)) = list.zip(signature) else { return Ok(None) };
    let list = KeyList::from_parts(list.into_bytes(), signature.as_bytes());
    list.map(Some).map_err(refusals::of_key)
}

pub(super) fn read_identity(text: &str) -> Result<Identity> {
    let bytes = STANDARD.decode(text).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| OutpostError::internal("the kept identity cannot be read"))?;
    Identity::from_secret_bytes(&bytes).map_err(refusals::of_key)
}

fn key_view(ring: &KeyRing, member: &Member, own: Option<KeyId>) -> KeyView {
    let key = member.card.key_id();
    let (standing, reason) = match ring.standing(key) {
        Some(Standing::Revoked(revocation)) => ("revoked", Some(revocation.reason.name())),
        Some(Standing::Superseded { .. }) => ("superseded", None),
        _ => ("active", None),
    };
    let trust = match &member.trust {
        _ if own == Some(key) => "this device".to_owned(),
        Trust::InPerson { by, at } => format!("compared by {by}, {at}"),
        Trust::Listed { centre, sequence } => {
            format!("key list {sequence} of {}", site(ring, *centre).name)
        }
        Trust::Rotated { from } => format!("vouched for by {from}"),
    };
    KeyView {
        card: card_view(&member.card),
        is_own: own == Some(key),
        standing: standing.to_owned(),
        reason: reason.map(str::to_owned),
        trust,
    }
}
