//! The key ring of a device: whose signature it believes and to whom it may encrypt.
//!
//! A ring holds public keys only. It grows by a person who compared fingerprints, by the list of a
//! centre, by a rotation; it forgets nobody, and what was revoked stays so. Every change is made
//! whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Card, KeyId, KeyList, KeyListDraft, PublicIdentity, Revocation, Role, Rotation};
use crate::document::Format;
use crate::error::{ExchangeError, KeyError};
use crate::limits::KEYS_MAX;
use crate::text::Hash;

const FORMAT: Format = Format { name: "outpost-ring", version: 1, what: "key ring" };

/// How a key came into the ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "how")]
pub enum Trust {
    /// A person compared the fingerprint.
    #[serde(rename_all = "camelCase")]
    InPerson {
        /// Their user name.
        by: String,
        /// When, by the device's clock.
        at: String,
    },
    /// The list of a centre named it.
    #[serde(rename_all = "camelCase")]
    Listed {
        /// Key of the centre.
        centre: KeyId,
        /// Number of the list.
        sequence: u64,
    },
    /// The key before it vouched for it.
    #[serde(rename_all = "camelCase")]
    Rotated {
        /// The key before it.
        from: KeyId,
    },
}

/// A key that the ring knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Its card.
    pub card: Card,
    /// How it came into the ring.
    pub trust: Trust,
    /// The first key of this device or site: what its files are numbered under, whatever the key.
    pub line: KeyId,
    /// How many keys the line had before this one.
    pub generation: u32,
    /// The key that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<KeyId>,
}

/// What a key is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is believed.
    Active,
    /// Another took its place; files from before are still believed.
    Superseded {
        /// Which.
        by: KeyId,
    },
    /// It is not believed any more.
    Revoked(Revocation),
}

/// What a list or a rotation changed, to be shown and journalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A key came in.
    Enrolled(KeyId),
    /// Name or role of a known key is another.
    Renamed(KeyId),
    /// A key is no longer believed.
    Revoked(KeyId),
    /// A key took the place of another.
    Replaced {
        /// The old one.
        old: KeyId,
        /// The new one.
        new: KeyId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct SeenList {
    sequence: u64,
    hash: Hash,
}

/// The keys that a device knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyRing {
    members: BTreeMap<KeyId, Member>,
    revoked: BTreeMap<KeyId, Revocation>,
    list: Option<SeenList>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u64,
    members: Vec<Member>,
    revoked: Vec<Revocation>,
    list: Option<SeenList>,
}

impl KeyRing {
    /// Enrols a card after a person compared its fingerprint with the one that its owner shows or
    /// reads aloud.
    ///
    /// # Errors
    /// [`KeyError::Revoked`] for a key that was revoked, [`KeyError::SameId`] if the id belongs to
    /// another key.
    pub fn enrol_in_person(&mut self, card: Card, by: &str, at: &str) -> Result<KeyId, KeyError> {
        let key = card.key_id();
        let trust = Trust::InPerson { by: by.to_owned(), at: at.to_owned() };
        let _ = self.enrol(card, trust)?;
        Ok(key)
    }

    /// Stops believing a key at once, on the word of the person at this device.
    pub fn revoke_in_person(&mut self, revocation: Revocation) -> Vec<Change> {
        self.revoke(revocation, &BTreeSet::new())
    }

    /// Takes in a list of the centre. Returns what changed; the same list again changes nothing.
    ///
    /// # Errors
    /// [`KeyError`] if nobody known, or no centre, signed it, if it is older than the one here, or if
    /// it contradicts it. The ring is as it was.
    pub fn apply_list(&mut self, list: &KeyList) -> Result<Vec<Change>, KeyError> {
        let centre = self.centre(list.signed_by())?;
        let draft = list.verified(&centre)?;
        if let Some(seen) = self.list {
            if draft.sequence < seen.sequence {
                let (found, known) = (draft.sequence, seen.sequence);
                return Err(KeyError::OldList { found, known });
            }
            if draft.sequence == seen.sequence {
                return if list.hash() == seen.hash {
                    Ok(Vec::new())
                } else {
                    Err(KeyError::ForkedList { number: draft.sequence })
                };
            }
        }
        let mut next = self.clone();
        let changes = next.take_in(&draft, centre.key_id())?;
        next.list = Some(SeenList { sequence: draft.sequence, hash: list.hash() });
        *self = next;
        Ok(changes)
    }

    fn centre(&self, key: KeyId) -> Result<PublicIdentity, KeyError> {
        let Some(member) = self.members.get(&key) else {
            return Err(ExchangeError::UnknownSigner { what: "key list", key }.into());
        };
        if member.card.role() != Role::Centre {
            let (act, needed) = ("issue key lists", "a centre");
            return Err(KeyError::NotAllowed { key, act, needed });
        }
        match self.standing(key) {
            Some(Standing::Active) => Ok(*member.card.public()),
            Some(Standing::Superseded { by }) => Err(KeyError::Superseded { key, by }),
            _ => Err(KeyError::Revoked { key }),
        }
    }

    fn take_in(&mut self, draft: &KeyListDraft, centre: KeyId) -> Result<Vec<Change>, KeyError> {
        let listed: BTreeSet<_> = draft.members.iter().map(Card::key_id).collect();
        let mut changes = Vec::new();
        for revocation in &draft.revoked {
            changes.extend(self.revoke(*revocation, &listed));
        }
        for card in &draft.members {
            if self.revoked.contains_key(&card.key_id()) {
                continue; // An old list may still have named it; a revocation outlives every list.
            }
            let trust = Trust::Listed { centre, sequence: draft.sequence };
            changes.extend(self.enrol(card.clone(), trust)?);
        }
        let has_centre = self.active().any(|member| member.card.role() == Role::Centre);
        if has_centre { Ok(changes) } else { Err(KeyError::LastCentre) }
    }

    fn enrol(&mut self, card: Card, trust: Trust) -> Result<Option<Change>, KeyError> {
        let key = card.key_id();
        if self.revoked.contains_key(&key) {
            return Err(KeyError::Revoked { key });
        }
        if let Some(known) = self.members.get_mut(&key) {
            if known.card.public() != card.public() {
                return Err(KeyError::SameId { key });
            }
            let is_new = known.card != card;
            known.card = card;
            known.trust = trust;
            return Ok(is_new.then_some(Change::Renamed(key)));
        }
        self.insert(Member { card, trust, line: key, generation: 0, replaced_by: None })?;
        Ok(Some(Change::Enrolled(key)))
    }

    fn insert(&mut self, member: Member) -> Result<(), KeyError> {
        if self.members.len() >= KEYS_MAX {
            let limit = KEYS_MAX as u64;
            return Err(ExchangeError::Limit { what: "keys in the ring", limit }.into());
        }
        self.members.insert(member.card.key_id(), member);
        Ok(())
    }

    /// Revokes a key and those it handed its place to: a thief could have made them. Keys that the
    /// same list vouches for are spared.
    fn revoke(&mut self, revocation: Revocation, vouched: &BTreeSet<KeyId>) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut next = Some(revocation.key);
        while let Some(key) = next {
            if key != revocation.key && vouched.contains(&key) {
                break;
            }
            let known = self.revoked.insert(key, Revocation { key, ..revocation });
            if known.is_none() {
                changes.push(Change::Revoked(key));
            }
            next = self.members.get(&key).and_then(|member| member.replaced_by);
            next = next.filter(|key| *key != revocation.key);
        }
        changes
    }

    /// Takes in a new key that the old one vouches for. The same statement again changes nothing.
    ///
    /// # Errors
    /// [`KeyError`] if the old key is unknown, revoked, already replaced by another, or if the new
    /// one has another role or is known. The ring is as it was.
    pub fn apply_rotation(&mut self, rotation: &Rotation) -> Result<Vec<Change>, KeyError> {
        let old = rotation.old();
        let Some(member) = self.members.get(&old) else {
            return Err(ExchangeError::UnknownSigner { what: "rotation", key: old }.into());
        };
        let card = rotation.verified(member.card.public())?;
        let new = card.key_id();
        for key in [old, new] {
            if self.revoked.contains_key(&key) {
                return Err(KeyError::Revoked { key });
            }
        }
        match member.replaced_by {
            Some(by) if by == new => return Ok(Vec::new()),
            Some(by) => return Err(KeyError::Superseded { key: old, by }),
            None => {}
        }
        let keeps_role = card.role() == member.card.role() && card.role() != Role::Recovery;
        if !keeps_role {
            let (act, needed) = ("change its role with its key", "a centre, by its list,");
            return Err(KeyError::NotAllowed { key: old, act, needed });
        }
        if self.members.contains_key(&new) {
            return Err(KeyError::SameId { key: new });
        }
        let (line, generation) = (member.line, member.generation.saturating_add(1));
        let trust = Trust::Rotated { from: old };
        self.insert(Member { card, trust, line, generation, replaced_by: None })?;
        if let Some(member) = self.members.get_mut(&old) {
            member.replaced_by = Some(new);
        }
        Ok(vec![Change::Replaced { old, new }])
    }

    /// A key by its id.
    #[must_use]
    pub fn member(&self, key: KeyId) -> Option<&Member> {
        self.members.get(&key)
    }

    /// Every key, ordered by id.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// The keys that are believed and not replaced.
    pub fn active(&self) -> impl Iterator<Item = &Member> {
        self.members
            .values()
            .filter(|member| self.standing(member.card.key_id()) == Some(Standing::Active))
    }

    /// Number of the newest list that was taken in.
    #[must_use]
    pub fn list_sequence(&self) -> Option<u64> {
        self.list.map(|list| list.sequence)
    }

    /// What a key is worth; `None` if nobody told of it.
    #[must_use]
    pub fn standing(&self, key: KeyId) -> Option<Standing> {
        if let Some(revocation) = self.revoked.get(&key) {
            return Some(Standing::Revoked(*revocation));
        }
        self.members.get(&key).map(|member| match member.replaced_by {
            Some(by) => Standing::Superseded { by },
            None => Standing::Active,
        })
    }

    /// The line of a key: itself, or the first key of the device or site.
    #[must_use]
    pub fn line_of(&self, key: KeyId) -> Option<KeyId> {
        self.members.get(&key).map(|member| member.line)
    }

    /// The key that a device or site uses now, given any key of its line.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] or [`KeyError::Revoked`].
    pub fn current(&self, key: KeyId) -> Result<&Member, KeyError> {
        let line = self.line_of(key).ok_or(KeyError::Unknown { key })?;
        self.active()
            .filter(|member| member.line == line)
            .max_by_key(|member| member.generation)
            .ok_or(KeyError::Revoked { key })
    }

    /// To whom a file for `to` is encrypted: its current key and every recovery key.
    ///
    /// # Errors
    /// [`KeyError::NoRecovery`] if no recovery key is known, as a lost key would then lose data;
    /// [`KeyError::Unknown`] or [`KeyError::Revoked`] for `to`.
    pub fn recipients(&self, to: KeyId) -> Result<Vec<PublicIdentity>, KeyError> {
        let mut recipients = vec![*self.current(to)?.card.public()];
        let recovery = self.active().filter(|member| member.card.role() == Role::Recovery);
        for member in recovery {
            if !recipients.contains(member.card.public()) {
                recipients.push(*member.card.public());
            }
        }
        if recipients.len() < 2 {
            return Err(KeyError::NoRecovery);
        }
        Ok(recipients)
    }

    /// The ring as JSON, to be kept in the encrypted store: whoever changes it decides whom this
    /// device believes.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            members: self.members.values().cloned().collect(),
            revoked: self.revoked.values().copied().collect(),
            list: self.list,
        };
        serde_json::to_string(&document).expect("a ring has text keys and no floats")
    }

    /// Reads [`Self::to_json`].
    ///
    /// # Errors
    /// [`KeyError::Document`] if it is anything else.
    pub fn from_json(text: &str) -> Result<Self, KeyError> {
        let document: Document = FORMAT.read(text.as_bytes())?;
        if document.members.len().max(document.revoked.len()) > KEYS_MAX {
            let limit = KEYS_MAX as u64;
            return Err(ExchangeError::Limit { what: "keys in the ring", limit }.into());
        }
        let members = document.members.into_iter().map(|member| (member.card.key_id(), member));
        let revoked = document.revoked.into_iter().map(|revocation| (revocation.key, revocation));
        Ok(Self { members: members.collect(), revoked: revoked.collect(), list: document.list })
    }
}
