//! Writing a file for a partner: what it does not have yet, in the order in which it is to be sent.
//!
//! Rows, marks and number are one transaction; the file is given out after it. A file that gets lost
//! then is a lost file like any other: the next one that holds everything again heals it.

use std::collections::HashSet;
use std::io::{Seek, Write};

use outpost_domain::data::Payload;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use outpost_exchange::Hash;
use outpost_exchange::file::{
    Captured, Carried, Chunk, DataLine, Draft, JournalLink, Kind, Link, Named,
};
use outpost_exchange::file::{Record, Written};
use outpost_exchange::keys::{KeyId, Role};
use outpost_exchange::limits::{CHUNK_BYTES, HOPS_MAX, SHORT_TEXT_BYTES_MAX};
use outpost_store::{Direction, Exchange, OnItsWay};
use serde_json::json;

use super::keys::kept_list;
use super::spool::Spool;
use super::{Keys, Provenance, app, keep_stream, key_of, load_log};
use crate::CancelToken;
use crate::error::{OutpostError, Result};
use crate::model::{HandedOver, ImportObserver};
use crate::platform::storage;
use crate::refusals;
use crate::session::Session;
use crate::session::site::contacts;

/// Name of the document that says that a partner is to get everything again.
fn catch_up_name(partner: KeyId) -> String {
    format!("catchUp/{partner}")
}

/// Says that a partner lacks what was sent before: the next file holds everything again.
pub(in crate::session) fn must_catch_up(exchange: &Exchange<'_>, partner: KeyId) -> Result<()> {
    Ok(exchange.keep_document(&catch_up_name(partner), Some("1"))?)
}

/// A file under way.
struct Writing<'a> {
    keys: &'a Keys,
    partner: KeyId,
    by: &'a str,
    now_ms: i64,
    number: u64,
    draft: Draft<std::fs::File, DataLine>,
    /// Objects whose names are in the file.
    named: HashSet<(MetadataKind, Uid)>,
    observer: &'a dyn ImportObserver,
    cancel: &'a CancelToken,
}

impl Session {
    /// Writes a file with everything that waits here and that the partner does not have; `again`:
    /// also what it got before. The rows stay in the outbox: they leave it once
    /// they are known to be on the server, however they got there.
    ///
    /// # Errors
    /// `NotFound` for a key that is not known; `InvalidInput` if nothing is to be handed over, the key
    /// is revoked or no recovery key is known; `Busy` while a synchronisation runs; `Cancelled`;
    /// storage errors. If `out` fails, the file counts as lost and the next one holds its records
    /// again.
    pub fn hand_over(
        &self,
        to: &str,
        again: bool,
        out: &mut dyn Write,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<HandedOver> {
        let _only_one = self.take_sync_lock()?;
        self.take_back_rows()?;
        let keys = self.who_is_who()?;
        let partner = self.partner(&keys, to)?;
        let mut finished = Spool::create(&self.inner.database, "handing-over")?;
        let (written, again) =
            self.write_data(&keys, partner, again, &mut finished, observer, cancel)?;
        self.give_out(&mut finished, out, partner)?;
        Ok(keys.handed_over(partner, &written, again))
    }

    /// The first key of a partner that is known and believed.
    pub(in crate::session) fn partner(&self, keys: &Keys, text: &str) -> Result<KeyId> {
        let named = keys.ring.active().filter(|member| member.card.name() == text);
        let named: Vec<KeyId> = named.map(|member| member.card.key_id()).collect();
        let key = match named.as_slice() {
            [key] => *key,
            [] => key_of(text).map_err(|_| OutpostError::not_found("device or site", text))?,
            _ => {
                let reason = "several cards have this name: give the key (exchange keys)";
                return Err(OutpostError::invalid("to", "ambiguous", reason));
            }
        };
        let member = keys.ring.current(key).map_err(refusals::of_key)?;
        if member.line == keys.my_line() || member.card.role() == Role::Recovery {
            let reason = "files go to another device or site";
            return Err(OutpostError::invalid("to", "receiver", reason));
        }
        Ok(member.line)
    }

    fn write_data(
        &self,
        keys: &Keys,
        partner: KeyId,
        again: bool,
        finished: &mut Spool,
        observer: &dyn ImportObserver,
        cancel: &CancelToken,
    ) -> Result<(Written, bool)> {
        let spool = Spool::create(&self.inner.database, "spool")?;
        let content = spool.file.try_clone().map_err(|error| storage(&error, "a spool"))?;
        let metadata = self.metadata_base()?;
        let now = self.now_text();
        self.exchange(|exchange| {
            let mut log = load_log(exchange, partner, Kind::Data)?;
            let again = again || exchange.document(&catch_up_name(partner))?.is_some();
            let mut address = match again {
                true => log.catch_up(&now, metadata),
                false => log.next(&now, metadata),
            };
            address.app = app();
            let recipients = keys.ring.recipients(partner).map_err(refusals::of_key)?;
            let draft = Draft::begin(content, &recipients).map_err(refusals::of_exchange)?;
            let number = address.sequence;
            let (by, now_ms) = (self.by(), self.now_ms());
            let mut writing = Writing {
                keys,
                partner,
                by,
                now_ms,
                number,
                draft,
                named: HashSet::new(),
                observer,
                cancel,
            };
            writing.add_all(exchange, again)?;
            if writing.draft.records() == 0 {
                return Err(nothing_new());
            }
            let list = kept_list(exchange)?;
            let sealed = writing.draft.seal().map_err(refusals::of_exchange)?;
            let written = sealed
                .write(&keys.identity, address, list.as_ref(), &mut finished.file)
                .map_err(refusals::of_exchange)?;
            let link = Link { sequence: written.manifest.sequence, hash: written.hash };
            log.sent(link);
            keep_stream(exchange, Direction::Out, partner, Kind::Data, &log)?;
            exchange.keep_document(&catch_up_name(partner), None)?;
            contacts::wrote(exchange, partner, Kind::Data, self.now_ms())?;
            exchange.note_file(json!({
                "handedOver": partner.to_string(), "file": link.sequence,
                "hash": link.hash.to_string(), "records": written.manifest.records,
            }))?;
            Ok((written, again))
        })
    }

    /// Copies a finished file to where it was wanted. If that fails the partner never gets it, so the
    /// next one holds everything again.
    pub(super) fn give_out(
        &self,
        finished: &mut Spool,
        out: &mut dyn Write,
        partner: KeyId,
    ) -> Result<()> {
        let copied = finished
            .file
            .rewind()
            .and_then(|()| std::io::copy(&mut finished.file, out))
            .and_then(|_| out.flush());
        let Err(error) = copied else { return Ok(()) };
        self.exchange(|exchange| must_catch_up(exchange, partner))?;
        Err(OutpostError::invalid("file", "unwritable", format!("it cannot be written: {error}")))
    }
}

/// The beginning of a text, of so many bytes at most.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// What an object is called.
pub(super) fn shown_name(body: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Shown {
        display_name: Option<String>,
        name: Option<String>,
    }
    let shown: Option<Shown> = serde_json::from_str(body).ok();
    shown.and_then(|shown| shown.display_name.or(shown.name)).filter(|name| !name.is_empty())
}

fn nothing_new() -> OutpostError {
    let reason = "nothing waits that they do not have; with --again a file holds everything that \
                  waits here";
    OutpostError::invalid("records", "nothing", reason)
}

impl Writing<'_> {
    fn add_all(&mut self, exchange: &mut Exchange<'_>, again: bool) -> Result<()> {
        let partner = self.partner.to_string();
        for kind in Exchange::carried_kinds() {
            let mut after = Some(String::new());
            while let Some(from) = after {
                let (page, next) = exchange.to_hand_over(kind, &partner, again, &from)?;
                after = next;
                for row in page {
                    self.add(exchange, row, &partner)?;
                }
                if self.cancel.is_cancelled() {
                    return Err(OutpostError::Cancelled);
                }
                self.observer.on_progress(self.draft.records());
            }
        }
        // Whoever only carries need not understand.
        let mut after = Some(0);
        while let Some(from) = after {
            let (page, next) = exchange.aside_to_hand_over(&partner, again, from)?;
            after = next;
            for row in page {
                self.add(exchange, row, &partner)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, exchange: &mut Exchange<'_>, row: OnItsWay, partner: &str) -> Result<()> {
        let id = row.id;
        let Some(record) = self.record(row)? else { return Ok(()) };
        self.add_names(exchange, &record.payload)?;
        let file = match &record.payload {
            Payload::FileResource { file } => Some(file.id),
            _ => None,
        };
        let line = DataLine::Record(Box::new(record));
        self.draft.add(&line).map_err(refusals::of_exchange)?;
        if let Some(file) = file {
            self.add_content(exchange, file)?;
        }
        Ok(exchange.handed_over(id, partner, self.number)?)
    }

    /// What the objects that a record names are called here, each once in a file: whoever lacks one can
    /// then say which.
    fn add_names(&mut self, exchange: &Exchange<'_>, record: &Payload) -> Result<()> {
        for (kind, id) in Exchange::objects_named_by(record) {
            if !self.named.insert((kind, id)) {
                continue;
            }
            let found = exchange.metadata_object(kind, id)?;
            let name = match found {
                Some(object) => shown_name(&object.body),
                // A record that is carried on without being understood here.
                None => exchange.learnt_name(id)?,
            };
            let Some(name) = name else { continue };
            let name = cut(&name, SHORT_TEXT_BYTES_MAX).to_owned();
            let line = DataLine::Named(Named { class: kind.collection().to_owned(), id, name });
            self.draft.add(&line).map_err(refusals::of_exchange)?;
        }
        Ok(())
    }

    /// `None` if it was handed on too often.
    fn record(&self, row: OnItsWay) -> Result<Option<Record>> {
        let Some(provenance) = row.provenance else {
            let captured = Captured {
                device: self.keys.my_line(),
                by: row.edited_by,
                at_ms: row.created_ms,
                row: row.id.0,
                revision: row.revision,
                journal: row
                    .journal
                    .map(|(sequence, hash)| JournalLink { sequence, hash: Hash(hash) }),
            };
            return Ok(Some(Record::new(captured, row.payload, row.base)));
        };
        let unreadable = |_| OutpostError::internal("a kept provenance cannot be read");
        let Provenance { captured, mut carried } =
            serde_json::from_str(&provenance).map_err(unreadable)?;
        let me = Carried { key: self.keys.my_line(), by: self.by.to_owned(), at_ms: self.now_ms };
        carried.push(me);
        if carried.len() > HOPS_MAX {
            return Ok(None);
        }
        let mut record = Record::new(captured, row.payload, row.base);
        record.carried = carried;
        Ok(Some(record))
    }

    fn add_content(
        &mut self,
        exchange: &Exchange<'_>,
        file: outpost_domain::uid::FileUid,
    ) -> Result<()> {
        let mut offset = 0;
        for number in 0.. {
            let Some(piece) = exchange.file_piece(file, number)? else { return Ok(()) };
            for data in piece.chunks(CHUNK_BYTES) {
                let chunk = Chunk { file, offset, data: data.to_vec() };
                offset += data.len() as u64;
                self.draft.add(&DataLine::Chunk(chunk)).map_err(refusals::of_exchange)?;
            }
        }
        Ok(())
    }
}
