//! The backup of a whole machine, for its replacement (requirement O7).
//!
//! The file is built like a data-exchange file: a signed manifest and `content.age`, encrypted to the
//! machine itself and to every recovery key. Its lines are one [`BackupLine::Head`] and the pieces of
//! the database, so public tools get it back:
//!
//! ```sh
//! age -d -i recovery.key content.age | zstd -dc | jq -r '.piece.data // empty' | base64 -d > copy.db
//! ```
//!
//! The replacement knows nobody yet. So the card of the machine travels inside, and a person compares
//! its thirty digits before anything is restored: whoever holds the public recovery card could encrypt
//! a database of their own to it.

use std::collections::BTreeMap;
use std::io::{Read, Seek, Write};

use serde::{Deserialize, Serialize};

use crate::document::Format;
use crate::error::ExchangeError;
use crate::file::lines::Expected;
use crate::file::manifest::{Recipient, check_counts, check_unpacked};
use crate::file::read::{Container, seek};
use crate::file::record::{read_base64, write_base64};
use crate::file::{Draft, Entry, Line, Lines};
use crate::keys::{Card, Digesting, Identity, KeyId, Opener, PublicIdentity, Role, Signature};
use crate::limits::{CHUNK_BYTES, RECIPIENTS_MAX};
use crate::text::{Hash, is_short};

const FORMAT: Format = Format { name: "outpost-backup", version: 1, what: "backup" };
const CONTENT: &str = "content.age";

/// What a backup holds besides the database.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupHead {
    /// Address of the server.
    pub server: String,
    /// User name.
    pub username: String,
    /// Key of the database, as base64 on the wire.
    #[serde(serialize_with = "write_base64", deserialize_with = "read_base64")]
    pub key: Vec<u8>,
    /// Verifier for signing in offline, as text.
    pub offline_verifier: Option<String>,
    /// Size of the database in bytes.
    pub database_bytes: u64,
    /// Its hash.
    pub sha256: Hash,
    /// Records in it that the server does not hold yet.
    pub unsent: u64,
}

impl std::fmt::Debug for BackupHead {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BackupHead({} bytes)", self.database_bytes)
    }
}

/// A piece of the database.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPiece {
    /// Where it begins.
    pub offset: u64,
    /// Its bytes, as base64 on the wire.
    #[serde(serialize_with = "write_base64", deserialize_with = "read_base64")]
    pub data: Vec<u8>,
}

impl std::fmt::Debug for BackupPiece {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BackupPiece({} bytes at {})", self.data.len(), self.offset)
    }
}

/// One line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BackupLine {
    /// The first.
    Head(BackupHead),
    /// Those after it, first byte to last.
    Piece(BackupPiece),
}

/// How much of the database came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pieces {
    next: u64,
    bytes: Option<u64>,
}

impl Line for BackupLine {
    type Order = Pieces;

    fn class(&self) -> Option<&'static str> {
        match self {
            Self::Head(_) => None,
            Self::Piece(_) => Some("piece"),
        }
    }

    fn follow(&self, order: &mut Pieces) -> Result<(), String> {
        match self {
            Self::Head(head) => {
                if order.bytes.is_some() || head.database_bytes == 0 {
                    return Err("its head stands at another place or is empty".to_owned());
                }
                order.bytes = Some(head.database_bytes);
                Ok(())
            }
            Self::Piece(BackupPiece { offset, data }) => {
                let end = offset.checked_add(data.len() as u64);
                let fits = end.zip(order.bytes).is_some_and(|(end, bytes)| end <= bytes);
                if *offset != order.next || data.is_empty() || data.len() > CHUNK_BYTES || !fits {
                    return Err("a piece is missing or has another size".to_owned());
                }
                order.next += data.len() as u64;
                Ok(())
            }
        }
    }

    fn may_end(order: &Pieces) -> bool {
        order.bytes == Some(order.next)
    }
}

/// The manifest of a backup: not encrypted, and silent about people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupManifest {
    format: String,
    version: u64,
    /// The machine.
    pub card: Card,
    /// When it was made, by that machine's clock.
    pub created_at: String,
    /// The program that made it.
    pub app: String,
    recipients: Vec<Recipient>,
    records: u64,
    counts: BTreeMap<String, u64>,
    unpacked_bytes: u64,
    entries: Vec<Entry>,
}

impl BackupManifest {
    fn check(&self) -> Result<(), ExchangeError> {
        if !is_short(&self.created_at) || !is_short(&self.app) {
            return Err(FORMAT.invalid("a text in it is too long"));
        }
        let ages = self.recipients.iter().all(|recipient| is_short(&recipient.age));
        if self.recipients.is_empty() || self.recipients.len() > RECIPIENTS_MAX || !ages {
            return Err(FORMAT.invalid("the number of recipients cannot be"));
        }
        if self.card.role() == Role::Recovery {
            return Err(FORMAT.invalid("a recovery key is no machine"));
        }
        check_counts(&self.counts, self.records)?;
        let [content] = self.entries.as_slice() else {
            return Err(FORMAT.invalid("its entries are not those of a backup"));
        };
        if content.name != CONTENT {
            return Err(FORMAT.invalid("its entries are not those of a backup"));
        }
        check_unpacked(content.bytes, self.unpacked_bytes)
    }

    fn expected(&self) -> Expected {
        let content = self.entries.last().expect("a checked manifest has its content").clone();
        let (counts, unpacked_bytes) = (self.counts.clone(), self.unpacked_bytes);
        Expected { counts, unpacked_bytes, content }
    }

    /// A name for the file that says what it is and sorts by date.
    #[must_use]
    pub fn file_name(&self) -> String {
        let plain: String = self.created_at.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("outpost-backup-{}-{plain}.tar", self.card.key_id())
    }
}

/// A backup while its lines are added.
pub struct BackupDraft<W: Write> {
    draft: Draft<W, BackupLine>,
    recipients: Vec<PublicIdentity>,
}

impl<W: Write + Read + Seek> BackupDraft<W> {
    /// Begins a backup. `recipients` come from [`crate::keys::KeyRing::recipients`] for the machine's
    /// own key; `spool` is empty and stands at its beginning.
    ///
    /// # Errors
    /// As [`Draft::begin`].
    pub fn begin(spool: W, recipients: &[PublicIdentity]) -> Result<Self, ExchangeError> {
        let draft = Draft::begin(spool, recipients)?;
        Ok(Self { draft, recipients: recipients.to_vec() })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// As [`Draft::add`].
    pub fn add(&mut self, line: &BackupLine) -> Result<(), ExchangeError> {
        self.draft.add(line)
    }

    /// Signs the manifest and writes the file; its manifest.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] if it cannot be, [`ExchangeError::Io`]; what was written by then is
    /// no file and must be thrown away.
    pub fn write(
        self,
        identity: &Identity,
        card: Card,
        created_at: &str,
        app: &str,
        out: &mut impl Write,
    ) -> Result<BackupManifest, ExchangeError> {
        let sealed = self.draft.seal()?;
        let recipient =
            |public: &PublicIdentity| Recipient { key: public.key_id(), age: public.age_text() };
        let manifest = BackupManifest {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            card,
            created_at: created_at.to_owned(),
            app: app.to_owned(),
            recipients: self.recipients.iter().map(recipient).collect(),
            records: sealed.records,
            counts: sealed.expected.counts.clone(),
            unpacked_bytes: sealed.expected.unpacked_bytes,
            entries: sealed.entries(None),
        };
        manifest.check()?;
        let bytes =
            serde_json::to_vec_pretty(&manifest).map_err(|_| FORMAT.invalid("it is no JSON"))?;
        let comment = format!("outpost backup of {}", manifest.card.key_id());
        let signature = Signature::sign(identity, Digesting::of(&bytes), &comment)?;
        sealed.put_together(&bytes, &signature, None, out)?;
        Ok(manifest)
    }
}

/// A backup whose every byte is what the machine of its card signed.
#[derive(Debug)]
pub struct Backup<R>(Container<R, BackupManifest>);

impl<R: Read + Seek> Backup<R> {
    /// Verifies a backup from its first byte to its last. **Whose it is, a person decides** by the
    /// digits of its card.
    ///
    /// # Errors
    /// [`ExchangeError`]: which part is wrong. Nothing of it was given out.
    pub fn open(input: R) -> Result<Self, ExchangeError> {
        Container::open(input, believe, |manifest| &manifest.entries).map(Self)
    }

    /// What may be known without opening it.
    #[must_use]
    pub const fn manifest(&self) -> &BackupManifest {
        &self.0.manifest
    }

    /// Opens the content, see [`Lines`] for when its lines count.
    ///
    /// # Errors
    /// [`ExchangeError::NotForUs`] if it was encrypted to other keys.
    pub fn lines(self, opener: &Opener) -> Result<Lines<R, BackupLine>, ExchangeError> {
        let Container { mut input, content_at, manifest, .. } = self.0;
        seek(&mut input, content_at)?;
        let to: KeyId = manifest.recipients.first().map_or(manifest.card.key_id(), |it| it.key);
        Lines::encrypted(input, manifest.expected(), to, opener)
    }
}

/// The card is inside: it says which key must have signed, and a person who that is.
fn believe(bytes: &[u8], signature: &Signature) -> Result<BackupManifest, ExchangeError> {
    let manifest: BackupManifest = FORMAT.read(bytes)?;
    let is_own = manifest.card.key_id() == signature.key();
    if !is_own || !signature.verify(manifest.card.public(), Digesting::of(bytes)) {
        return Err(ExchangeError::BadSignature { what: FORMAT.what });
    }
    manifest.check()?;
    Ok(manifest)
}
