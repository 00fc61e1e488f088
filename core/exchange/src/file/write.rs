//! Writing a file: records go packed and encrypted to a spool, then the file is put together.
//!
//! The spool holds nothing that could be read, so it may lie on any disk. Memory stays flat.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::marker::PhantomData;
use std::str::FromStr;

use zstd::stream::write::Encoder;

use super::io::{Hashing, Passed};
use super::line::{Content, Line};
use super::lines::Expected;
use super::manifest::{
    CONTENT, Entry, FORMAT, KEYS, KEYS_SIGNATURE, Link, MANIFEST, MANIFEST_SIGNATURE, Manifest,
    MetadataBase, PLAIN_CONTENT, Recipient,
};
use super::ustar;
use crate::error::ExchangeError;
use crate::keys::{Digesting, Identity, KeyId, KeyList, PublicIdentity, Signature};
use crate::limits::{LINE_BYTES_MAX, RECIPIENTS_MAX, ZSTD_WINDOW_LOG};
use crate::text::Hash;

/// How hard zstd tries. Of 20,000 records (24 MB of JSON, examples/measure.rs) level 3 leaves a
/// thirteenth in 0.17 s; level 6 takes twice as long and 9 four times for 8 % less, as most of what is
/// left are ids and hashes.
const ZSTD_LEVEL: i32 = 3;

type Spool<W> = Hashing<BufWriter<W>>;

/// Where packed lines go.
enum Sealing<W: Write> {
    Encrypted(age::stream::StreamWriter<Spool<W>>),
    Plain(Spool<W>),
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Encrypted(writer) => writer.write(buffer),
            Self::Plain(writer) => writer.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Encrypted(writer) => writer.flush(),
            Self::Plain(writer) => writer.flush(),
        }
    }
}

impl<W: Write> Sealing<W> {
    fn finish(self) -> io::Result<W> {
        let spool = match self {
            Self::Encrypted(writer) => writer.finish()?,
            Self::Plain(writer) => writer,
        };
        spool.into_inner().into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// A file while its lines are added.
pub struct Draft<W: Write, L: Line> {
    packer: Encoder<'static, Sealing<W>>,
    passed: Passed,
    recipients: Vec<PublicIdentity>,
    order: L::Order,
    counts: BTreeMap<String, u64>,
    records: u64,
    unpacked_bytes: u64,
    buffer: Vec<u8>,
}

impl<W: Write, L: Line> Draft<W, L> {
    /// Begins a file. `recipients` come from [`crate::keys::KeyRing::recipients`]: the receiver
    /// first, then the recovery keys. `spool` is empty and stands at its beginning.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] without or with too many recipients, [`ExchangeError::Io`] if
    /// the spool fails.
    pub fn begin(spool: W, recipients: &[PublicIdentity]) -> Result<Self, ExchangeError> {
        if recipients.is_empty() || recipients.len() > RECIPIENTS_MAX {
            let detail = format!("a file has 1 to {RECIPIENTS_MAX} recipients");
            return Err(ExchangeError::Unwritable { detail });
        }
        let (hashing, passed) = Hashing::new(BufWriter::new(spool));
        let encrypted =
            encryptor(recipients)?.wrap_output(hashing).map_err(|error| writing(&error))?;
        Self::pack(Sealing::Encrypted(encrypted), passed, recipients.to_vec())
    }

    /// Begins a content that is not encrypted.
    pub(crate) fn plain(spool: W) -> Result<Self, ExchangeError> {
        let (hashing, passed) = Hashing::new(BufWriter::new(spool));
        Self::pack(Sealing::Plain(hashing), passed, Vec::new())
    }

    fn pack(
        sealing: Sealing<W>,
        passed: Passed,
        recipients: Vec<PublicIdentity>,
    ) -> Result<Self, ExchangeError> {
        let mut packer = Encoder::new(sealing, ZSTD_LEVEL).map_err(|error| writing(&error))?;
        packer.include_checksum(true).map_err(|error| writing(&error))?;
        packer.window_log(ZSTD_WINDOW_LOG).map_err(|error| writing(&error))?;
        Ok(Self {
            packer,
            passed,
            recipients,
            order: L::Order::default(),
            counts: BTreeMap::new(),
            records: 0,
            unpacked_bytes: 0,
            buffer: Vec::new(),
        })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] if it cannot stand here or is too long; the draft is as it was.
    /// [`ExchangeError::Io`] if the spool fails; the draft is lost.
    pub fn add(&mut self, line: &L) -> Result<(), ExchangeError> {
        let unwritable = |detail: String| ExchangeError::Unwritable { detail };
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)
            .map_err(|_| unwritable("a record is no JSON".to_owned()))?;
        self.buffer.push(b'\n');
        if self.buffer.len() > LINE_BYTES_MAX {
            let limit = LINE_BYTES_MAX as u64;
            return Err(ExchangeError::Limit { what: "a line of the content in bytes", limit });
        }
        line.follow(&mut self.order).map_err(unwritable)?;
        self.packer.write_all(&self.buffer).map_err(|error| writing(&error))?;
        self.unpacked_bytes += self.buffer.len() as u64;
        if let Some(class) = line.class() {
            self.records += 1;
            *self.counts.entry(class.to_owned()).or_default() += 1;
        }
        Ok(())
    }

    /// Records so far.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Ends the content.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] if a captured file is incomplete, [`ExchangeError::Io`].
    pub fn seal(self) -> Result<Sealed<W, L>, ExchangeError> {
        if !L::may_end(&self.order) {
            let detail = "its last line cannot be the last".to_owned();
            return Err(ExchangeError::Unwritable { detail });
        }
        let spool = self.packer.finish().and_then(Sealing::finish);
        let spool = spool.map_err(|error| writing(&error))?;
        let (bytes, sha256) = self.passed.sum();
        let name = if self.recipients.is_empty() { PLAIN_CONTENT } else { CONTENT };
        Ok(Sealed {
            spool,
            recipients: self.recipients,
            records: self.records,
            expected: Expected {
                counts: self.counts,
                unpacked_bytes: self.unpacked_bytes,
                content: Entry { name: name.to_owned(), bytes, sha256 },
            },
            lines: PhantomData,
        })
    }
}

/// Where a file stands in the numbering between two sites, and what it was captured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Its number, see [`Manifest::sequence`].
    pub sequence: u64,
    /// The file before it.
    pub previous: Option<Link>,
    /// The file that the receiver must have, see [`Manifest::since`].
    pub since: Option<Link>,
    /// When it is made, by the sender's clock.
    pub created_at: String,
    /// The metadata with which its records were captured.
    pub metadata: Option<MetadataBase>,
    /// The program that writes it, with its version; for people only.
    pub app: Option<String>,
}

/// A content that is complete, to be put into a file.
pub struct Sealed<W, L> {
    spool: W,
    recipients: Vec<PublicIdentity>,
    pub(crate) records: u64,
    pub(crate) expected: Expected,
    lines: PhantomData<L>,
}

/// What was written, to be kept by the sender until the receipt comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its hash.
    pub hash: Hash,
}

impl<W: Read + Seek, L: Content> Sealed<W, L> {
    /// Signs the manifest and writes the file. With a key list it takes that along too.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] if the address cannot be, [`ExchangeError::Io`]; what was written
    /// by then is no file and must be thrown away.
    pub fn write(
        self,
        identity: &Identity,
        address: Address,
        key_list: Option<&KeyList>,
        out: &mut impl Write,
    ) -> Result<Written, ExchangeError> {
        let manifest = self.manifest(identity, address, key_list);
        manifest.check()?;
        let bytes =
            serde_json::to_vec_pretty(&manifest).map_err(|_| FORMAT.invalid("it is no JSON"))?;
        let (from, sequence) = (manifest.from, manifest.sequence);
        let comment = format!("outpost {} {sequence} from {from}", manifest.kind.name());
        let signature = Signature::sign(identity, Digesting::of(&bytes), &comment)?;
        self.put_together(&bytes, &signature, key_list, out)?;
        Ok(Written { hash: Hash::of(&bytes), manifest })
    }

    fn manifest(
        &self,
        identity: &Identity,
        address: Address,
        key_list: Option<&KeyList>,
    ) -> Manifest {
        let recipient =
            |public: &PublicIdentity| Recipient { key: public.key_id(), age: public.age_text() };
        Manifest {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            kind: L::KIND,
            from: identity.public().key_id(),
            to: self.recipients.first().map_or(KeyId::from_bytes([0; 8]), |to| to.key_id()),
            recipients: self.recipients.iter().map(recipient).collect(),
            sequence: address.sequence,
            previous: address.previous,
            since: address.since,
            created_at: address.created_at,
            metadata: address.metadata,
            app: address.app,
            records: self.records,
            counts: self.expected.counts.clone(),
            unpacked_bytes: self.expected.unpacked_bytes,
            entries: self.entries(key_list),
        }
    }
}

impl<W: Read + Seek, L> Sealed<W, L> {
    /// The entries of the file, as its manifest lists them.
    pub(crate) fn entries(&self, key_list: Option<&KeyList>) -> Vec<Entry> {
        let listed = |name: &str, bytes: &[u8]| Entry {
            name: name.to_owned(),
            bytes: bytes.len() as u64,
            sha256: Hash::of(bytes),
        };
        let mut entries = Vec::new();
        if let Some(list) = key_list {
            entries.push(listed(KEYS, list.bytes()));
            entries.push(listed(KEYS_SIGNATURE, list.signature_text().as_bytes()));
        }
        entries.push(self.expected.content.clone());
        entries
    }

    /// Writes the archive.
    pub(crate) fn put_together(
        mut self,
        manifest: &[u8],
        signature: &Signature,
        key_list: Option<&KeyList>,
        out: &mut impl Write,
    ) -> Result<(), ExchangeError> {
        let mut put = || -> io::Result<()> {
            ustar::write_entry(out, MANIFEST, manifest)?;
            ustar::write_entry(out, MANIFEST_SIGNATURE, signature.to_text().as_bytes())?;
            if let Some(list) = key_list {
                ustar::write_entry(out, KEYS, list.bytes())?;
                ustar::write_entry(out, KEYS_SIGNATURE, list.signature_text().as_bytes())?;
            }
            let Entry { name, bytes, .. } = &self.expected.content;
            out.write_all(&ustar::header(name, *bytes))?;
            self.spool.rewind()?;
            if io::copy(&mut self.spool.by_ref().take(*bytes), out)? != *bytes {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            out.write_all(&[0; ustar::BLOCK][..ustar::padding(*bytes)])?;
            ustar::write_end(out)?;
            out.flush()
        };
        put().map_err(|error| writing(&error))
    }
}

fn encryptor(recipients: &[PublicIdentity]) -> Result<age::Encryptor, ExchangeError> {
    let unwritable =
        || ExchangeError::Unwritable { detail: "a recipient cannot be encrypted to".to_owned() };
    let recipients = recipients
        .iter()
        .map(|public| age::x25519::Recipient::from_str(&public.age_text()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| unwritable())?;
    let all = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
    age::Encryptor::with_recipients(all).map_err(|_| unwritable())
}

fn writing(error: &io::Error) -> ExchangeError {
    ExchangeError::io("writing the file", error)
}
