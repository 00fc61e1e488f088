//! A card: what a device or site hands out so that others can write to it and know its signature.
//!
//! One line of text in the characters that a QR code stores best. It is signed by the identity
//! itself, so its parts belong together; whether it is the right card only a person can tell, by
//! comparing fingerprints, or the centre, by naming it in its list.

use std::fmt;

use ed25519_dalek::Signer;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Fingerprint, Identity, KeyId, PublicIdentity};
use crate::error::KeyError;
use crate::limits::{CARD_CHARS_MAX, NAME_BYTES_MAX};
use crate::text::{base32, read_base32};

const PREFIX: &str = "OUTPOST:1:";
/// What the signature of a card begins with, so that it is never taken for another signature.
const SIGNED_AS: &[u8] = b"outpost-card-1\0";
const SIGNATURE_BYTES: usize = 64;

/// What a key is for. The numbers are written on cards and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// The phone of one who captures.
    Device = 1,
    /// A tablet that takes in what phones captured and carries it on.
    Tablet = 2,
    /// The machine of a district.
    District = 3,
    /// The national centre: signs key lists, metadata and releases.
    Centre = 4,
    /// Opens every file when another key is lost; lies in a safe and signs nothing.
    Recovery = 5,
}

impl Role {
    const ALL: [Self; 5] =
        [Self::Device, Self::Tablet, Self::District, Self::Centre, Self::Recovery];

    /// Name for people and for JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Tablet => "tablet",
            Self::District => "district",
            Self::Centre => "centre",
            Self::Recovery => "recovery",
        }
    }
}

/// The public half of an identity with its name and role, signed by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    name: String,
    role: Role,
    public: PublicIdentity,
    signature: [u8; SIGNATURE_BYTES],
}

impl Card {
    /// Makes the card of an identity. `name` is that of a place or device, not of a person: key
    /// lists are not encrypted.
    ///
    /// # Errors
    /// [`KeyError::Name`] if the name is empty, too long or has control characters.
    pub fn new(identity: &Identity, name: &str, role: Role) -> Result<Self, KeyError> {
        let name = name.trim().to_owned();
        if !is_name(&name) {
            return Err(KeyError::Name);
        }
        let public = *identity.public();
        let signed = signed_bytes(&name, role, &public);
        let signature = identity.signing().sign(&signed).to_bytes();
        Ok(Self { name, role, public, signature })
    }

    /// Reads the text of a QR code; spaces and line breaks around and inside are ignored.
    ///
    /// # Errors
    /// [`KeyError::NoCard`] if it is no card, or its parts do not belong together.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text: String =
            text.chars().filter(|c| !c.is_whitespace()).take(CARD_CHARS_MAX + 1).collect();
        let no_card = |detail| KeyError::NoCard { detail };
        if text.len() > CARD_CHARS_MAX {
            return Err(no_card("it is too long"));
        }
        let coded = text.strip_prefix(PREFIX).ok_or(no_card("it begins otherwise"))?;
        let bytes = read_base32(coded).ok_or(no_card("it has wrong characters"))?;
        let card = Self::read(&bytes).ok_or(no_card("it is incomplete"))??;
        if !card.fits() {
            return Err(no_card("its parts do not belong together"));
        }
        Ok(card)
    }

    /// `None` if bytes are missing or too many.
    fn read(bytes: &[u8]) -> Option<Result<Self, KeyError>> {
        let (head, rest) = bytes.split_first_chunk::<2>()?;
        let role = *Role::ALL.iter().find(|role| **role as u8 == head[0])?;
        let (name, rest) = rest.split_at_checked(head[1] as usize)?;
        let name = std::str::from_utf8(name).ok()?.to_owned();
        let (signing, rest) = rest.split_first_chunk::<32>()?;
        let (recipient, rest) = rest.split_first_chunk::<32>()?;
        let signature = rest.try_into().ok()?;
        Some(PublicIdentity::from_keys(signing, recipient).map(|public| Self {
            name,
            role,
            public,
            signature,
        }))
    }

    fn fits(&self) -> bool {
        let signed = signed_bytes(&self.name, self.role, &self.public);
        let signature = ed25519_dalek::Signature::from_bytes(&self.signature);
        is_name(&self.name) && self.public.verifying().verify_strict(&signed, &signature).is_ok()
    }

    /// The text for a QR code.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = vec![self.role as u8, self.name.len() as u8];
        bytes.extend_from_slice(self.name.as_bytes());
        let (signing, recipient) = self.public.keys();
        bytes.extend_from_slice(signing);
        bytes.extend_from_slice(recipient);
        bytes.extend_from_slice(&self.signature);
        format!("{PREFIX}{}", base32(&bytes))
    }

    /// Name of the place or device.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key is for.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The keys.
    #[must_use]
    pub const fn public(&self) -> &PublicIdentity {
        &self.public
    }

    /// Id of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.public.key_id()
    }

    /// What two people compare before one enrols the other.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.public.fingerprint()
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Card({:?}, {}, {})", self.name, self.role.name(), self.key_id())
    }
}

impl Serialize for Card {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Card {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name.trim() == name
        && !name.chars().any(char::is_control)
}

fn signed_bytes(name: &str, role: Role, public: &PublicIdentity) -> Vec<u8> {
    let (signing, recipient) = public.keys();
    [SIGNED_AS, &[role as u8, name.len() as u8], name.as_bytes(), signing, recipient].concat()
}
