//! A setup code: what a new phone needs to begin, as the text of a QR code that a centre or district
//! signed. Whoever scans it need not type an address; whether the signer is the right one a person
//! tells by the fingerprint, as with a card.
//!
//! Never holds a name of a person, a password or any other secret: the paper lies about.

use ed25519_dalek::Signer;
use outpost_domain::uid::Uid;
use serde::{Deserialize, Serialize};

use crate::error::KeyError;
use crate::keys::{Card, Identity, Role};
use crate::limits::{SETUP_CHARS_MAX, SETUP_PROGRAMS_MAX, SHORT_TEXT_BYTES_MAX};
use crate::text::{base32, read_base32};

const PREFIX: &str = "OUTPOST-SETUP:1:";
/// What its signature begins with, so that it is never taken for another signature.
const SIGNED_AS: &[u8] = b"outpost-setup-1\0";

/// What a new phone is to begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setup {
    /// Address of the server, with `https://` (or `http://` in a training network).
    pub server: String,
    /// Language of the app, e.g. `fr`; `None`: the phone's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Whether it is for practice: nothing that is entered counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_training: bool,
    /// Programs and data sets that the phone is for; empty: all that its user may see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Uid>,
    /// When it was made, for people.
    pub issued_at: String,
}

/// A setup with who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupCode {
    setup: Setup,
    card: Card,
    text: String,
}

impl SetupCode {
    /// Signs a setup.
    ///
    /// # Errors
    /// [`KeyError::NoSetup`] if a member is wrong or the code would be too long, or the card is neither
    /// of a centre nor of a district.
    pub fn sign(identity: &Identity, card: &Card, setup: Setup) -> Result<Self, KeyError> {
        check(&setup, card)?;
        let document = serde_json::to_vec(&setup).map_err(|_| no_setup("it cannot be written"))?;
        let signature = identity.signing().sign(&signed_bytes(&document)).to_bytes();
        let card_text = card.to_text().replace(':', ".");
        let text = format!("{PREFIX}{}:{}:{card_text}", base32(&document), base32(&signature));
        // Read as a phone would: an identity that is not that of the card is found here.
        Self::parse(&text)
    }

    /// Reads the text of a QR code; spaces and line breaks are ignored.
    ///
    /// # Errors
    /// [`KeyError::NoSetup`] if it is none, was changed, or was signed by nobody who may.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text: String =
            text.chars().filter(|c| !c.is_whitespace()).take(SETUP_CHARS_MAX + 1).collect();
        if text.len() > SETUP_CHARS_MAX {
            return Err(no_setup("it is too long"));
        }
        let parts = text.strip_prefix(PREFIX).ok_or(no_setup("it begins otherwise"))?;
        let mut parts = parts.split(':');
        let (Some(document), Some(signature), Some(card), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(no_setup("it is incomplete"));
        };
        let wrong = || no_setup("it has wrong characters");
        let document = read_base32(document).ok_or_else(wrong)?;
        let signature = read_base32(signature).ok_or_else(wrong)?;
        let card = Card::parse(&card.replace('.', ":"))?;
        let signature = signature.try_into().map_err(|_| no_setup("it is incomplete"))?;
        let signature = ed25519_dalek::Signature::from_bytes(&signature);
        let verified =
            card.public().verifying().verify_strict(&signed_bytes(&document), &signature);
        verified.map_err(|_| no_setup("it was changed after it was signed"))?;
        let setup: Setup =
            serde_json::from_slice(&document).map_err(|_| no_setup("it is of another version"))?;
        check(&setup, &card)?;
        Ok(Self { setup, card, text })
    }

    /// What the phone begins with.
    #[must_use]
    pub const fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Who signed it.
    #[must_use]
    pub const fn card(&self) -> &Card {
        &self.card
    }

    /// The text of the QR code.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn check(setup: &Setup, card: &Card) -> Result<(), KeyError> {
    let address = ["https://", "http://"].iter().find_map(|it| setup.server.strip_prefix(it));
    let is_address = address.is_some_and(|it| !it.is_empty())
        && setup.server.len() <= SHORT_TEXT_BYTES_MAX
        && !setup.server.chars().any(|c| c.is_control() || c.is_whitespace());
    let is_language = setup.language.as_ref().is_none_or(|it| {
        (2..=16).contains(&it.len()) && it.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    let is_signer = matches!(card.role(), Role::Centre | Role::District);
    let is_date = setup.issued_at.len() <= SHORT_TEXT_BYTES_MAX;
    match (is_address, is_language, is_signer && is_date) {
        (false, ..) => Err(no_setup("its address is none that begins with https:// or http://")),
        (_, false, _) => Err(no_setup("its language is none")),
        (.., false) => Err(no_setup("only a centre or a district sets up phones")),
        _ if setup.programs.len() > SETUP_PROGRAMS_MAX => {
            Err(no_setup("it names too many programs"))
        }
        _ => Ok(()),
    }
}

const fn no_setup(detail: &'static str) -> KeyError {
    KeyError::NoSetup { detail }
}

fn signed_bytes(document: &[u8]) -> Vec<u8> {
    [SIGNED_AS, document].concat()
}
