//! Records of others as they come, and what is worked out of each before the store is asked: pure, so
//! that another thread can do it while earlier records are written.

use std::ops::Deref;

use outpost_domain::data::{Enrollment, Event, Note, Payload};
use outpost_domain::uid::Uid;
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::payload;

/// A file by its number and the hash of its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// Its number among those of its kind from its sender.
    pub number: u64,
    /// Its hash as text.
    pub hash: String,
}

/// A record of somebody else, as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// Who handed it over: the text of their first key.
    pub partner: String,
    /// In which file.
    pub file: FileName,
    /// First key of the device that captured it.
    pub device: String,
    /// Its outbox row there.
    pub row: i64,
    /// Revision of that row.
    pub revision: i64,
    /// User name of the one who captured it.
    pub captured_by: String,
    /// When, by that device's clock, Unix ms.
    pub captured_ms: i64,
    /// Capturer and carriers as JSON, to be handed on.
    pub provenance: String,
    /// The record.
    pub payload: Payload,
    /// What the server was known to hold when it was edited.
    pub base: Option<Payload>,
}

/// The hash of what a record says.
pub(crate) type ContentHash = [u8; 32];

/// What a record says, as a hash.
pub(crate) fn hash_of(payload: &Payload) -> Result<ContentHash, StoreError> {
    Ok(hash_of_text(&payload::write(payload)?))
}

fn hash_of_text(text: &str) -> ContentHash {
    Sha256::digest(text).into()
}

/// An [`Incoming`] that can be taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    incoming: Incoming,
    /// [`payload::subject`] of the record.
    pub(super) subject: String,
    /// [`payload::write`] of the record.
    pub(super) text: String,
    /// Hash of the text.
    pub(super) content: ContentHash,
    /// The record's id, if records of its kind have one.
    pub(super) record: Option<Uid>,
}

impl Prepared {
    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        3 * self.text.len() + self.incoming.provenance.len()
    }
}

impl Deref for Prepared {
    type Target = Incoming;

    fn deref(&self) -> &Incoming {
        &self.incoming
    }
}

impl Incoming {
    /// Works out what the store needs of the record.
    ///
    /// # Errors
    /// [`StoreError::Limit`] if it is too large to be kept.
    pub fn prepare(mut self) -> Result<Prepared, StoreError> {
        sign_notes(&mut self);
        let text = payload::write(&self.payload)?;
        Ok(Prepared {
            subject: payload::subject(&self.payload),
            content: hash_of_text(&text),
            record: self.payload.record_uid(),
            text,
            incoming: self,
        })
    }
}

/// Remarks that were made on the other device are those of whoever captured them, also on the server
/// (it keeps what is sent).
fn sign_notes(incoming: &mut Incoming) {
    let by = incoming.captured_by.clone();
    let sign = |notes: &mut Vec<Note>| {
        for note in notes.iter_mut().filter(|note| note.stored_by.is_none()) {
            note.stored_by = Some(by.clone());
        }
    };
    match &mut incoming.payload {
        Payload::Event { event: Event { notes, .. } }
        | Payload::Enrollment { enrollment: Enrollment { notes, .. } } => sign(notes),
        _ => {}
    }
}
