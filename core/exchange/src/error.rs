//! What can be wrong with a file, a key or a part, by what the person who holds it can do.
//!
//! Never repeats what is inside a record; a name of a site or a key may be shown.

use crate::keys::KeyId;

/// Why a file, a part or a receipt was refused. Nothing was given out of it unless a function says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The medium or the file system failed.
    #[error("{doing} failed ({detail}): copy the file to this machine and try again")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        detail: String,
    },
    /// It does not begin like one of our files. It was left alone.
    #[error("this is no {expected}: it was left alone")]
    Foreign {
        /// What was expected.
        expected: &'static str,
    },
    /// The file ends too early.
    #[error(
        "the file ends too early, inside {inside}: it was not copied to its end; copy it again"
    )]
    Truncated {
        /// Where it ends.
        inside: &'static str,
    },
    /// Something is not as the writer leaves it.
    #[error("{place} is damaged or was changed: ask the sender for the file again")]
    Damaged {
        /// What is damaged.
        place: &'static str,
    },
    /// It was written by a newer version. It was left alone.
    #[error(
        "the {what} has format version {found}, this program reads up to {supported}: update it"
    )]
    Newer {
        /// What was read.
        what: &'static str,
        /// Its version.
        found: u64,
        /// Newest version that is understood.
        supported: u64,
    },
    /// Nobody whom this device knows has signed it.
    #[error(
        "the {what} is signed by key {key}, which this device does not know: take in the newest \
         key list of the centre, or enrol the sender by its card"
    )]
    UnknownSigner {
        /// What was signed.
        what: &'static str,
        /// By whom, as it claims.
        key: KeyId,
    },
    /// The signature does not fit.
    #[error(
        "the signature of the {what} does not fit: it was changed on its way; ask for it again"
    )]
    BadSignature {
        /// What was signed.
        what: &'static str,
    },
    /// The signed part says something that cannot be.
    #[error("the {what} is signed but wrong: {detail}; tell its sender")]
    Invalid {
        /// What is wrong.
        what: &'static str,
        /// Why, without values.
        detail: String,
    },
    /// The content is not what the signed manifest says.
    #[error(
        "the content is not the one that was signed ({detail}): ask the sender for the file again"
    )]
    ContentDiffers {
        /// In what it differs.
        detail: &'static str,
    },
    /// The file was encrypted to others.
    #[error("the file is for {to} and cannot be opened with the keys of this device: carry it on")]
    NotForUs {
        /// For whom it is.
        to: KeyId,
    },
    /// Something exceeds a limit.
    #[error("{what} exceeds the limit of {limit}: the file was refused")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A line of the content cannot be read.
    #[error("line {line} of the content cannot be read ({detail}): tell the sender")]
    Line {
        /// Number of the line, from 1.
        line: u64,
        /// Why, without values.
        detail: String,
    },
    /// The caller gives something that cannot be written.
    #[error("this cannot be written: {detail}")]
    Unwritable {
        /// Why.
        detail: String,
    },
    /// A part belongs to another file.
    #[error("the part belongs to another file ({other}): keep the parts of each file together")]
    OtherFile {
        /// Beginning of the hash of the other file.
        other: String,
    },
    /// A part does not carry what its header says.
    #[error("part {number} of {count} is damaged: ask the sender for this part again")]
    DamagedPart {
        /// Number of the part, from 1.
        number: u32,
        /// How many there are.
        count: u32,
    },
    /// Parts are missing.
    #[error("of {count} parts {}", missing(numbers))]
    MissingParts {
        /// Their numbers, from 1.
        numbers: Vec<u32>,
        /// How many there are.
        count: u32,
    },
}

impl ExchangeError {
    pub(crate) fn io(doing: &'static str, error: &std::io::Error) -> Self {
        Self::Io { doing, detail: error.kind().to_string() }
    }

    pub(crate) fn invalid(what: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { what, detail: detail.into() }
    }
}

/// Why a card, a key list or a rotation was refused. The ring is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is no card.
    #[error("this is no card of a device or site: {detail}; scan or copy it again")]
    NoCard {
        /// Why.
        detail: &'static str,
    },
    /// The text is no setup code.
    #[error("this is no setup code that counts: {detail}; scan it again, or type the address")]
    NoSetup {
        /// Why.
        detail: &'static str,
    },
    /// The bytes are no identity.
    #[error("these bytes are no identity: {detail}")]
    NoIdentity {
        /// Why.
        detail: &'static str,
    },
    /// The name cannot stand on a card.
    #[error(
        "the name must have 1 to {} bytes and no control characters",
        crate::limits::NAME_BYTES_MAX
    )]
    Name,
    /// There is another key with the same id.
    #[error("another key with the id {key} is enrolled: do not trust the new one, tell the centre")]
    SameId {
        /// The id.
        key: KeyId,
    },
    /// The key was reported lost or revoked.
    #[error("key {key} was revoked and is never trusted again: the device needs a new identity")]
    Revoked {
        /// Which.
        key: KeyId,
    },
    /// The key is not in the ring.
    #[error("key {key} is not known here")]
    Unknown {
        /// Which.
        key: KeyId,
    },
    /// The key may not do this.
    #[error("key {key} has no right to {act}: only {needed} can")]
    NotAllowed {
        /// Which.
        key: KeyId,
        /// What it tried.
        act: &'static str,
        /// Who may.
        needed: &'static str,
    },
    /// The key has been replaced by another.
    #[error("key {key} was replaced by {by} before")]
    Superseded {
        /// Which.
        key: KeyId,
        /// By which.
        by: KeyId,
    },
    /// A key list that is older than the one here.
    #[error("the key list has number {found}, number {known} is here already: it was left alone")]
    OldList {
        /// Its number.
        found: u64,
        /// The number of the one here.
        known: u64,
    },
    /// Two key lists with one number.
    #[error(
        "two different key lists have the number {number}: the centre must issue the next number; \
         until then the first one counts"
    )]
    ForkedList {
        /// The number.
        number: u64,
    },
    /// It would leave nobody who may issue key lists.
    #[error("that would leave no centre: enrol the new key of the centre first")]
    LastCentre,
    /// There is no recovery key to encrypt to.
    #[error("no recovery key is known: without one a lost key would lose data; take in a key list")]
    NoRecovery,
    /// The document cannot be read or its signature does not fit.
    #[error(transparent)]
    Document(#[from] ExchangeError),
}

/// Why a release file or a payload was refused. What the device knows is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// Too few of those who may sign it did.
    #[error(
        "the {what} has {found} of {needed} signatures of those who may sign it: it was left \
         alone; take the file from the centre or from another carrier"
    )]
    TooFewSignatures {
        /// What was signed.
        what: &'static str,
        /// How many count.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// All its roots are older than the one here.
    #[error(
        "the file was signed under root {found}, this device follows root {known}: it was left \
         alone"
    )]
    OldRoot {
        /// The newest root of the file.
        found: u64,
        /// The root here.
        known: u64,
    },
    /// It has another root with the number of the one here.
    #[error(
        "the file has another root {number} than this device: do not install anything, tell the \
         centre"
    )]
    OtherRoot {
        /// The number.
        number: u64,
    },
    /// The release was made for another root than the one it came with.
    #[error(
        "the release belongs to root {named}, the file ends with root {root}: its parts are not of \
         one file; ask for it again"
    )]
    MixedParts {
        /// The root that the release names.
        named: u64,
        /// The newest root of the file.
        root: u64,
    },
    /// The bytes are not the payload that was signed.
    #[error(
        "the {product} for {platform} is not the one that was signed ({detail}): not installed"
    )]
    OtherPayload {
        /// Which product.
        product: String,
        /// For which platform.
        platform: String,
        /// In what they differ.
        detail: &'static str,
    },
    /// A document cannot be read, a signature does not fit, the medium failed.
    #[error(transparent)]
    Document(#[from] ExchangeError),
}

fn missing(numbers: &[u32]) -> String {
    const SHOWN: usize = 20;
    let verb = if numbers.len() == 1 { "one is missing" } else { "some are missing" };
    let first = numbers.iter().take(SHOWN).map(u32::to_string).collect::<Vec<_>>().join(", ");
    let mut text = format!("{verb}: {first}");
    if numbers.len() > SHOWN {
        text.push_str(&format!(" and {} more", numbers.len() - SHOWN));
    }
    text
}
