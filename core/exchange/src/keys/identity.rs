//! An identity: the secret half that stays on its device, and the public half that others hold.

use std::fmt;
use std::str::FromStr;

use bech32::{Bech32, Hrp};
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::{Zeroize, Zeroizing};

use super::{Fingerprint, KeyId, minisign};
use crate::error::KeyError;

/// First byte of a kept identity.
const SECRET_VERSION: u8 = 1;
/// Bytes of a kept identity: version, signing seed, decryption key.
const SECRET_BYTES: usize = 65;
const AGE_PUBLIC: Hrp = Hrp::parse_unchecked("age");
const AGE_SECRET: Hrp = Hrp::parse_unchecked("age-secret-key-");

/// The secret keys of a device or site. Wiped when dropped; never shown.
pub struct Identity {
    signing: SigningKey,
    decryption: Zeroizing<[u8; 32]>,
    public: PublicIdentity,
}

/// The public keys of a device or site.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicIdentity {
    verifying: VerifyingKey,
    recipient: [u8; 32],
}

impl Identity {
    /// Makes an identity of 64 random bytes of the caller, who wipes them.
    ///
    /// # Errors
    /// [`KeyError::NoIdentity`] if the bytes make no usable key; a good source never meets it.
    pub fn from_random(random: &[u8; 64]) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        let mut decryption = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&random[..32]);
        decryption.copy_from_slice(&random[32..]);
        if *seed == *decryption {
            return Err(KeyError::NoIdentity { detail: "its two keys are the same" });
        }
        let signing = SigningKey::from_bytes(&seed);
        let recipient = recipient_of(&decryption)?;
        let public = PublicIdentity { verifying: signing.verifying_key(), recipient };
        Ok(Self { signing, decryption, public })
    }

    /// The bytes to keep, in the encrypted store and nowhere else.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(SECRET_BYTES));
        bytes.push(SECRET_VERSION);
        bytes.extend_from_slice(self.signing.as_bytes());
        bytes.extend_from_slice(&*self.decryption);
        bytes
    }

    /// Reads [`Self::to_secret_bytes`].
    ///
    /// # Errors
    /// [`KeyError::NoIdentity`] if the bytes are anything else.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let Some((&SECRET_VERSION, keys)) = bytes.split_first() else {
            return Err(KeyError::NoIdentity { detail: "they have another version" });
        };
        let keys: &[u8; 64] = keys
            .try_into()
            .map_err(|_| KeyError::NoIdentity { detail: "they have another length" })?;
        Self::from_random(keys)
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicIdentity {
        &self.public
    }

    /// The decryption key as the `age` tool reads it (`AGE-SECRET-KEY-1…`).
    ///
    /// Only for the recovery key, which a person keeps on paper or a stick in a safe.
    #[must_use]
    pub fn age_secret_text(&self) -> Zeroizing<String> {
        let mut text = encode(AGE_SECRET, &self.decryption);
        text.make_ascii_uppercase();
        Zeroizing::new(text)
    }

    /// What opens what was encrypted to this identity.
    ///
    /// # Errors
    /// [`KeyError::NoIdentity`] if its decryption key is none; one that was made here is.
    pub fn opener(&self) -> Result<Opener, KeyError> {
        opener(&self.decryption).map(Opener)
    }

    pub(crate) const fn signing(&self) -> &SigningKey {
        &self.signing
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Identity({})", self.public.key_id())
    }
}

/// What opens what was encrypted to a key: of this device, or from the paper in the safe. It signs
/// nothing.
pub struct Opener(age::x25519::Identity);

impl Opener {
    /// Reads the line `AGE-SECRET-KEY-1…` that the key ceremony printed; spaces and line breaks do not
    /// matter.
    ///
    /// # Errors
    /// [`KeyError::NoIdentity`] if it is anything else.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let text = Zeroizing::new(text.to_ascii_uppercase());
        let opener = age::x25519::Identity::from_str(&text);
        opener.map(Self).map_err(|_| KeyError::NoIdentity {
            detail: "the line of the recovery key has a wrong letter or is incomplete",
        })
    }

    pub(crate) fn identity(&self) -> &dyn age::Identity {
        &self.0
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Opener(…)")
    }
}

impl PublicIdentity {
    /// From the two public keys.
    ///
    /// # Errors
    /// [`KeyError::NoCard`] if one of them is no key, or one that everybody knows the secret of.
    pub fn from_keys(signing: &[u8; 32], recipient: &[u8; 32]) -> Result<Self, KeyError> {
        let verifying = VerifyingKey::from_bytes(signing)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or(KeyError::NoCard { detail: "its signing key is none" })?;
        if *recipient == [0; 32] {
            return Err(KeyError::NoCard { detail: "its recipient is none" });
        }
        Ok(Self { verifying, recipient: *recipient })
    }

    /// The id under which the ring finds it.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        KeyId::of(self.verifying.as_bytes())
    }

    /// What two people compare.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.verifying.as_bytes(), &self.recipient)
    }

    /// The text of a `minisign.pub` file.
    #[must_use]
    pub fn minisign_text(&self) -> String {
        minisign::public_text(self)
    }

    /// The recipient as the `age` tool reads it (`age1…`).
    #[must_use]
    pub fn age_text(&self) -> String {
        encode(AGE_PUBLIC, &self.recipient)
    }

    /// The two public keys, signing key first.
    #[must_use]
    pub fn keys(&self) -> (&[u8; 32], &[u8; 32]) {
        (self.verifying.as_bytes(), &self.recipient)
    }

    pub(crate) const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
}

impl fmt::Debug for PublicIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicIdentity({})", self.key_id())
    }
}

fn encode(kind: Hrp, key: &[u8; 32]) -> String {
    bech32::encode::<Bech32>(kind, key).expect("32 bytes fit bech32")
}

fn opener(decryption: &[u8; 32]) -> Result<age::x25519::Identity, KeyError> {
    let mut text = encode(AGE_SECRET, decryption);
    text.make_ascii_uppercase();
    let opener = age::x25519::Identity::from_str(&text);
    text.zeroize();
    opener.map_err(|_| KeyError::NoIdentity { detail: "its decryption key is none" })
}

fn recipient_of(decryption: &[u8; 32]) -> Result<[u8; 32], KeyError> {
    let text = opener(decryption)?.to_public().to_string();
    let wrong = KeyError::NoIdentity { detail: "its recipient cannot be read" };
    let (_, bytes) = bech32::decode(&text).map_err(|_| wrong.clone())?;
    bytes.try_into().map_err(|_| wrong)
}
