//! The text of a label's QR code (D5): an opaque id, signed by the project, and nothing of a person.
//!
//! `OP1:` and base 32 (RFC 4648, without padding) of the device's id (11 bytes), the first three bytes of
//! the project's public key, and an Ed25519 signature (RFC 8032) of both with a fixed text in front. All
//! characters are those of QR's alphanumeric mode, so that 129 of them fit version 9 at level H. Whoever
//! holds only the public key can read a label and not make one.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use outpost_domain::uid::{TrackedEntityUid, UID_LENGTH};

use super::facts::Device;
use super::limits::SCAN_CHARS_MAX;

/// What every label begins with.
const START: &str = "OP1:";
/// Separates a label's signature from any other that the same key could make.
const DOMAIN: &[u8] = b"outpost device label 1\n";
/// Bytes of the public key that say which project a label is from.
const HINT_BYTES: usize = 3;
const SIGNED_BYTES: usize = UID_LENGTH + HINT_BYTES;
const LABEL_BYTES: usize = SIGNED_BYTES + Signature::BYTE_SIZE;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Why a label is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelProblem {
    /// It is no label at all: another QR code, a bar code.
    #[error("this is no label of a device: scan the label with the device number")]
    NotALabel,
    /// No key of this project made it.
    #[error("the label is not from this project")]
    Foreign,
    /// The signature does not fit.
    #[error("the label is forged or damaged: do not use it, check the number by hand")]
    Forged,
    /// A key of the project is no key.
    #[error("a label key is 64 hexadecimal characters, as `device label-key` prints it")]
    BadKey,
}

/// The project's secret for making labels.
pub struct LabelKey(SigningKey);

impl LabelKey {
    /// From 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// What everybody may know: it goes into the metadata package.
    #[must_use]
    pub fn public(&self) -> LabelPublicKey {
        LabelPublicKey(self.0.verifying_key())
    }

    /// The text of a device's label.
    #[must_use]
    pub fn label(&self, device: TrackedEntityUid) -> String {
        let mut bytes = Vec::with_capacity(LABEL_BYTES);
        bytes.extend_from_slice(device.as_str().as_bytes());
        bytes.extend_from_slice(&self.0.verifying_key().as_bytes()[..HINT_BYTES]);
        let signature = self.0.sign(&signed_text(&bytes));
        bytes.extend_from_slice(&signature.to_bytes());
        format!("{START}{}", to_base_32(&bytes))
    }
}

/// The project's public key for reading labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPublicKey(VerifyingKey);

impl LabelPublicKey {
    /// As hexadecimal, 64 characters: the code of an option.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads [`Self::to_text`].
    ///
    /// # Errors
    /// [`LabelProblem::BadKey`].
    pub fn parse(text: &str) -> Result<Self, LabelProblem> {
        let text = text.trim().as_bytes();
        let mut bytes = [0u8; 32];
        if text.len() != 64 {
            return Err(LabelProblem::BadKey);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| LabelProblem::BadKey)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| LabelProblem::BadKey)?;
        }
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| LabelProblem::BadKey)?;
        if key.is_weak() { Err(LabelProblem::BadKey) } else { Ok(Self(key)) }
    }
}

/// The device of a label that one of the project's keys made.
///
/// # Errors
/// [`LabelProblem`].
pub fn read_label(text: &str, keys: &[LabelPublicKey]) -> Result<TrackedEntityUid, LabelProblem> {
    let text = text.trim();
    if text.len() > SCAN_CHARS_MAX {
        return Err(LabelProblem::NotALabel);
    }
    let rest = text.to_ascii_uppercase();
    let rest = rest.strip_prefix(START).ok_or(LabelProblem::NotALabel)?;
    let bytes = from_base_32(rest).filter(|bytes| bytes.len() == LABEL_BYTES);
    let bytes = bytes.ok_or(LabelProblem::Forged)?;
    let (signed, signature) = bytes.split_at(SIGNED_BYTES);
    let (id, hint) = signed.split_at(UID_LENGTH);
    let mut of_hint = keys.iter().filter(|key| &key.0.as_bytes()[..HINT_BYTES] == hint).peekable();
    if of_hint.peek().is_none() {
        return Err(LabelProblem::Foreign);
    }
    let signature = Signature::from_slice(signature).map_err(|_| LabelProblem::Forged)?;
    let message = signed_text(signed);
    if !of_hint.any(|key| key.0.verify_strict(&message, &signature).is_ok()) {
        return Err(LabelProblem::Forged);
    }
    let id = std::str::from_utf8(id).map_err(|_| LabelProblem::Forged)?;
    TrackedEntityUid::parse(id).map_err(|_| LabelProblem::Forged)
}

/// Whether a scanned text claims to be a label.
#[must_use]
pub fn looks_like_label(text: &str) -> bool {
    text.trim().get(..START.len()).is_some_and(|it| it.eq_ignore_ascii_case(START))
}

fn signed_text(bytes: &[u8]) -> Vec<u8> {
    [DOMAIN, bytes].concat()
}

/// The line for people beside the code: number, health worker, SIM number, district. What is not known
/// is left out; `names` leaves the person and the phone number out, too.
#[must_use]
pub fn label_line(device: &Device, names: LabelNames) -> String {
    let facts = &device.facts;
    let parts = match names {
        LabelNames::Shown => {
            [&facts.number, &facts.holder, &facts.sim.msisdn, &facts.district].to_vec()
        }
        LabelNames::Hidden => [&facts.number, &facts.district].to_vec(),
    };
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.map(String::as_str).collect::<Vec<_>>().join(" · ")
}

/// Whether the line of a label names the person and the phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelNames {
    /// As the guide asks for.
    #[default]
    Shown,
    /// The number and the district only.
    Hidden,
}

fn to_base_32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[((buffer >> bits) & 31) as usize]));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[((buffer << (5 - bits)) & 31) as usize]));
    }
    text
}

fn from_base_32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for character in text.bytes() {
        let value = ALPHABET.iter().position(|it| *it == character)?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits).ok()?);
            buffer &= (1 << bits) - 1;
        }
    }
    // Bits that stand for nothing are zero, so that a label has one text only.
    (buffer == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::device;
    use super::*;

    fn key(seed: u8) -> LabelKey {
        LabelKey::from_seed(&[seed; 32])
    }

    #[test]
    fn base_32_is_that_of_rfc_4648() {
        // RFC 4648 section 10, without padding.
        for (plain, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(to_base_32(plain.as_bytes()), text);
            assert_eq!(from_base_32(text).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(from_base_32("MZ"), None); // bits that stand for nothing
    }

    #[test]
    fn a_label_fits_a_small_code_and_holds_nothing_of_a_person() {
        let label = key(1).label(device(147).id);
        assert_eq!(label.len(), 129);
        let alphanumeric = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == ':';
        assert!(label.chars().all(alphanumeric));
    }

    #[test]
    fn a_label_is_read_by_whoever_has_the_public_key() {
        let (id, keys) = (device(147).id, [key(2).public(), key(1).public()]);
        assert_eq!(read_label(&key(1).label(id), &keys), Ok(id));
        let scanned = format!(" {}\r\n", key(1).label(id).to_lowercase());
        assert_eq!(read_label(&scanned, &keys), Ok(id));
    }

    #[test]
    fn foreign_and_other_codes_are_refused() {
        let keys = [key(1).public()];
        let foreign = key(2).label(device(147).id);
        assert_eq!(read_label(&foreign, &keys), Err(LabelProblem::Foreign));
        assert_eq!(read_label("https://example.org", &keys), Err(LabelProblem::NotALabel));
        assert_eq!(read_label("OP1:", &keys), Err(LabelProblem::Forged));
        assert_eq!(read_label(&"9".repeat(4_000), &keys), Err(LabelProblem::NotALabel));
    }

    #[test]
    fn a_public_key_is_read_again() {
        let public = key(1).public();
        assert_eq!(LabelPublicKey::parse(&public.to_text()), Ok(public));
        for text in ["", "zz", &"0".repeat(64), &"é".repeat(32)] {
            assert_eq!(LabelPublicKey::parse(text), Err(LabelProblem::BadKey), "{text}");
        }
    }

    #[test]
    fn the_line_names_what_the_guide_asks_for() {
        let mut device = device(147);
        device.facts.holder = "Mary O.".to_owned();
        device.facts.sim.msisdn = "+256700123456".to_owned();
        device.facts.district = "North".to_owned();
        let line = "0147 · Mary O. · +256700123456 · North";
        assert_eq!(label_line(&device, LabelNames::Shown), line);
        assert_eq!(label_line(&device, LabelNames::Hidden), "0147 · North");
    }

    proptest! {
        #[test]
        fn a_changed_label_is_never_believed(at in 4usize..129, replaced in 0usize..32) {
            let label = key(1).label(device(147).id);
            let mut changed = label.clone().into_bytes();
            changed[at] = ALPHABET[replaced];
            let changed = String::from_utf8(changed).expect("text");
            prop_assume!(changed != label);
            prop_assert!(read_label(&changed, &[key(1).public()]).is_err());
        }

        #[test]
        fn nothing_that_is_scanned_panics(text in "(OP1:)?.{0,200}") {
            let _ = read_label(&text, &[key(1).public()]);
        }
    }
}
