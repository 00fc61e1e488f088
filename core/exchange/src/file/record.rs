//! A record on its way: what was captured, by whom, on what, and who has carried it since.
//!
//! The shape is that of the outbox, so an older file is read like an older outbox row: members are
//! added with a default and never renamed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outpost_domain::data::Payload;
use outpost_domain::uid::{FileUid, Uid};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::line::{Content, Line};
use super::manifest::Kind;
use crate::keys::KeyId;
use crate::limits::{CHUNK_BYTES, HOPS_MAX};
use crate::text::{Hash, is_short};

/// Version of the records that are written.
const RECORD_VERSION: u32 = 1;

/// A place in the journal of the device that captured a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLink {
    /// Number of the entry.
    pub sequence: i64,
    /// Hash of the journal up to it.
    pub hash: Hash,
}

/// Who captured a record, and where.
///
/// Device, row and revision name the record in receipts and nowhere else: a device that was restored
/// from a backup numbers rows anew. A receiver knows a record again by what it is about
/// ([`Payload::subject`]) and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Captured {
    /// First key of the device.
    pub device: KeyId,
    /// User name of the one who captured it.
    pub by: String,
    /// When, by the device's clock, Unix ms. For people; order comes from the journal.
    pub at_ms: i64,
    /// Id of the outbox row on that device.
    pub row: i64,
    /// Revision of the row: an edit makes the next one.
    pub revision: i64,
    /// The journal entry of that edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalLink>,
}

/// One who took a record over and handed it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Carried {
    /// First key of the tablet or site.
    pub key: KeyId,
    /// User name of the one who took it over there.
    pub by: String,
    /// When, by that machine's clock, Unix ms.
    pub at_ms: i64,
}

/// A record with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    version: u32,
    /// Who captured it.
    pub captured: Captured,
    /// Who has carried it since, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// The record itself.
    pub payload: Payload,
    /// What the server held when it was edited; `None` for a new one. The next sync merges by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Payload>,
}

impl Record {
    /// A record as its capturer hands it out.
    #[must_use]
    pub const fn new(captured: Captured, payload: Payload, base: Option<Payload>) -> Self {
        Self { version: RECORD_VERSION, captured, carried: Vec::new(), payload, base }
    }
}

/// A piece of a captured file; pieces follow the record of their file, first to last.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chunk {
    /// Which file.
    pub file: FileUid,
    /// Where the piece begins.
    pub offset: u64,
    /// Its bytes, as base64 on the wire.
    #[serde(serialize_with = "write_base64", deserialize_with = "read_base64")]
    pub data: Vec<u8>,
}

impl fmt::Debug for Chunk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Chunk({} at {}, {} bytes)", self.file, self.offset, self.data.len())
    }
}

/// What people call an object that records after this line name: whoever receives them may not have
/// it, and can then say which one is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Name of its collection in the Web API.
    pub class: String,
    /// Its id.
    pub id: Uid,
    /// Its name on the device that captured the record, or handed it on.
    pub name: String,
}

/// One line of a file of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DataLine {
    /// A record.
    Record(Box<Record>),
    /// A piece of the file whose record came before.
    Chunk(Chunk),
    /// The name of an object that records after it need.
    Named(Named),
}

/// The file whose pieces are expected.
#[derive(Debug, Clone, Copy)]
pub struct OpenFile {
    file: FileUid,
    next: u64,
    bytes: u64,
}

impl Content for DataLine {
    const KIND: Kind = Kind::Data;
}

impl Line for DataLine {
    type Order = Option<OpenFile>;

    fn class(&self) -> Option<&'static str> {
        match self {
            Self::Record(record) => Some(record.payload.class_name()),
            Self::Chunk(_) | Self::Named(_) => None,
        }
    }

    fn follow(&self, order: &mut Option<OpenFile>) -> Result<(), String> {
        match self {
            Self::Record(record) => {
                if order.is_some() {
                    return Err("the file before it is incomplete".to_owned());
                }
                check_record(record)?;
                if let Payload::FileResource { file } = &record.payload
                    && file.content_bytes > 0
                {
                    *order = Some(OpenFile { file: file.id, next: 0, bytes: file.content_bytes });
                }
                Ok(())
            }
            Self::Chunk(chunk) => follow_chunk(chunk, order),
            Self::Named(_) if order.is_some() => Err("the file before it is incomplete".to_owned()),
            Self::Named(Named { class, name, .. }) => match is_short(class) && is_short(name) {
                true => Ok(()),
                false => Err("the name of an object is too long".to_owned()),
            },
        }
    }

    fn may_end(order: &Option<OpenFile>) -> bool {
        order.is_none()
    }
}

fn check_record(record: &Record) -> Result<(), String> {
    if record.version != RECORD_VERSION {
        return Err(format!("the record has version {}: update this program", record.version));
    }
    if record.carried.len() > HOPS_MAX {
        return Err("the record was handed on too often".to_owned());
    }
    let mut names = record.carried.iter().map(|carried| &carried.by).chain([&record.captured.by]);
    if !names.all(|name| is_short(name)) {
        return Err("a user name is too long".to_owned());
    }
    let kind = record.payload.kind();
    if record.base.as_ref().is_some_and(|base| base.kind() != kind) {
        return Err("the record and its base are of different kinds".to_owned());
    }
    Ok(())
}

fn follow_chunk(chunk: &Chunk, order: &mut Option<OpenFile>) -> Result<(), String> {
    let Some(open) = order.as_mut().filter(|open| open.file == chunk.file) else {
        return Err("a piece of a file without the record of the file".to_owned());
    };
    if chunk.offset != open.next || chunk.data.is_empty() || chunk.data.len() > CHUNK_BYTES {
        return Err("a piece of a file is missing or has another size".to_owned());
    }
    open.next += chunk.data.len() as u64;
    if open.next > open.bytes {
        return Err("a file is longer than its record says".to_owned());
    }
    if open.next == open.bytes {
        *order = None;
    }
    Ok(())
}

pub(crate) fn write_base64<S: Serializer>(data: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(data))
}

pub(crate) fn read_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("base64")
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
            STANDARD.decode(text).map_err(|_| E::custom("not base64"))
        }
    }
    deserializer.deserialize_str(Bytes)
}
