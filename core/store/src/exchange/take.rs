//! Taking over records of others: each becomes a row of this outbox, with who captured it.
//!
//! The same record a second time changes nothing. Another version of what waits here is merged by the
//! rules of every merge; what cannot be merged is kept aside and named. Unsent work of the person at
//! this device is never overwritten.

use outpost_domain::data::Payload;
use outpost_domain::merge::{Merge, merge_payload};
use outpost_sync::ports::OutboxId;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};

use super::carried::{self, Entry, Place, Stage};
use super::hand_over::may_be_there;
use super::incoming::{Prepared, hash_of};
use super::{Exchange, MissingObject, OpenFile};
use crate::data::records::{self, Held, Stamp};
use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::limits::EXCHANGE_BEHIND_ROWS;
use crate::outbox::RowState;
use crate::outbox::edges;
use crate::outbox::row::{self, NewRow, Row};
use crate::outbox::settle::Settling;
use crate::payload::{self, Content};
use crate::tracker::files;

/// What taking a record in did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenIn {
    /// It waits in the outbox now.
    New,
    /// It changed a row that waited here.
    Changed,
    /// It, or a newer version of it, was here already.
    Known,
    /// The server is known to hold it.
    OnServer,
    /// The server is known to hold another version: the row waits for a person here.
    InConflict,
    /// Another version waits here, with a change of the same fields; this one is kept aside.
    Differs {
        /// The fields, see `outpost_domain::merge::fields`.
        fields: Vec<String>,
    },
    /// An object that it needs is not on this device; it is kept aside.
    Unknown(MissingObject),
    /// What it is about is being sent; it is kept aside until the answer is known.
    Busy,
    /// It was given up here before, or is nothing that is carried.
    GivenUp,
}

const BREAKS_GLASS: &str = "Access that somebody took in their own name is not carried by others: \
     it waits on the device where it was taken.";
const DIFFERS: &str = "Another version of this record waits to be sent there. This one is kept and \
     looked at again once that one is on the server.";
const BUSY: &str = "Another version of this record is being sent there. This one is kept and \
     looked at again once the answer is known.";

impl Exchange<'_> {
    /// Takes a record in.
    ///
    /// # Errors
    /// [`StoreError`]; give it back from the work, so that nothing is written.
    pub fn take_in(&mut self, incoming: &Prepared) -> Result<TakenIn, StoreError> {
        let kind = incoming.payload.kind();
        let known = carried::about(self.connection, kind, &incoming.subject)?;
        let taken = self.place(incoming, &known)?;
        use TakenIn::{Busy, Changed, Differs, InConflict, New, OnServer, Unknown};
        match taken {
            New | Changed | OnServer | InConflict => {
                forget_earlier(self.connection, incoming, &known)?;
            }
            Differs { .. } | Unknown(_) | Busy if known.iter().any(|it| is_newer(it, incoming)) => {
                carried::note_news(self.connection, incoming)?;
            }
            _ => {}
        }
        self.behind.rows += 1;
        if self.behind.rows >= EXCHANGE_BEHIND_ROWS {
            self.catch_up()?;
        }
        Ok(taken)
    }

    fn place(&mut self, incoming: &Prepared, known: &[Entry]) -> Result<TakenIn, StoreError> {
        let connection = self.connection;
        let is_same =
            |entry: &&Entry| entry.device == incoming.device && entry.content == incoming.content;
        let same: Vec<&Entry> = known.iter().filter(is_same).collect();
        if let Some(same) = same.iter().find(|entry| entry.stage != Stage::Aside) {
            return self.again(incoming, same);
        }
        let is_news = same.iter().any(|aside| aside.is_news);
        let newer = known.iter().find(|entry| is_newer(entry, incoming));
        if let Some(newer) = newer
            && !is_news
            && (!is_branch(newer, incoming) || carried::was_said_before(connection, incoming)?)
        {
            let place = Place { stage: newer.stage, outbox: newer.outbox, reason: None };
            carried::put(connection, incoming, &place)?;
            return Ok(TakenIn::Known);
        }
        if matches!(incoming.payload, Payload::OwnershipOverride { .. }) {
            let place = Place { stage: Stage::GivenUp, outbox: None, reason: Some(BREAKS_GLASS) };
            carried::put(connection, incoming, &place)?;
            return Ok(TakenIn::GivenUp);
        }
        if let Some(object) = self.missing(&incoming.payload)? {
            let reason = format!(
                "The {} is not known there: it is kept until the forms there are up to date.",
                object.words()
            );
            self.set_aside(incoming, &reason)?;
            return Ok(TakenIn::Unknown(object));
        }
        match row::find_of(connection, &incoming.payload)? {
            None => self.add(incoming, known),
            Some(row) if row.state == RowState::InFlight => {
                self.set_aside(incoming, BUSY)?;
                Ok(TakenIn::Busy)
            }
            Some(row) => self.merge(incoming, known, row),
        }
    }

    fn set_aside(&mut self, incoming: &Prepared, reason: &str) -> Result<(), StoreError> {
        let place = Place { stage: Stage::Aside, outbox: None, reason: Some(reason) };
        carried::put(self.connection, incoming, &place)?;
        self.note_incoming(incoming, "aside", None)
    }

    /// The very same record came before, perhaps on another way.
    fn again(&mut self, incoming: &Prepared, same: &Entry) -> Result<TakenIn, StoreError> {
        let place =
            Place { stage: same.stage, outbox: same.outbox, reason: same.reason.as_deref() };
        carried::put(self.connection, incoming, &place)?;
        if same.stage == Stage::GivenUp {
            return Ok(TakenIn::GivenUp);
        }
        let Some(id) = same.outbox else { return Ok(TakenIn::Known) };
        let Some(mut row) = row::find_by_id(self.connection, id)? else {
            return Ok(TakenIn::Known);
        };
        // It comes in another file after it was refused: who captured it wants it sent again.
        let is_retried = row.state == RowState::Rejected && same.file != incoming.file;
        let is_hopeless = match &row.rejection {
            Some(why) => edges::needs_given_up(self.connection, why, &row.payload)?,
            None => false,
        };
        if is_retried && !is_hopeless {
            row.state = RowState::Pending;
            row.rejection = None;
            row.not_before_ms = 0;
            self.is_calm.set(None);
            row::update(self.connection, &row)?;
            self.note_incoming(incoming, "again", Some(id))?;
        }
        Ok(TakenIn::Known)
    }

    /// Nothing about it waits here.
    fn add(&mut self, incoming: &Prepared, known: &[Entry]) -> Result<TakenIn, StoreError> {
        let connection = self.connection;
        let current = records::load(connection, &incoming.payload)?;
        // What is not here may be on the server all the same, brought by somebody else: a deletion of it
        // has to travel.
        let is_nothing_new =
            current.is_some() && payload::is_held_by(&incoming.payload, current.as_ref());
        if is_nothing_new {
            let place = Place { stage: Stage::OnServer, outbox: None, reason: None };
            carried::put(connection, incoming, &place)?;
            return Ok(TakenIn::OnServer);
        }
        let base = base_of(incoming, known);
        let id = self.add_row(incoming, base.as_ref(), current.as_ref())?;
        let place = Place { stage: Stage::InOutbox, outbox: Some(id), reason: None };
        match known.is_empty() {
            true => carried::add(connection, incoming, &place)?,
            false => carried::put(connection, incoming, &place)?,
        }
        self.carries_nothing.set(Some(false));
        self.note_incoming(incoming, "new", Some(id))?;
        match current {
            // The server is known to hold something else than the capturer saw.
            Some(current) if !payload::same(&current, base.as_ref()) => {
                self.settle_against(id, &current)
            }
            _ => Ok(TakenIn::New),
        }
    }

    /// The record as a row of the outbox, and in the place of what is stored.
    fn add_row(
        &mut self,
        incoming: &Prepared,
        base: Option<&Payload>,
        current: Option<&Payload>,
    ) -> Result<OutboxId, StoreError> {
        let connection = self.connection;
        let id = OutboxId(self.next_sequence());
        let new = NewRow {
            id,
            subject: &incoming.subject,
            payload: &incoming.payload,
            text: &incoming.text,
            base,
            by: &incoming.captured_by,
            now_ms: self.now_ms,
        };
        if !row::insert(connection, &new)? {
            let detail = "a row could neither be added nor found".to_owned();
            return Err(StoreError::Defect { detail });
        }
        self.keep(incoming, &incoming.payload, Held::Known(current))?;
        let lane = (incoming.payload.kind(), incoming.payload.lane());
        *self.added.entry(lane).or_default() += 1;
        match self.is_calm()? {
            true => edges::save(connection, id, None, &incoming.payload)?,
            false => row::added(connection, id, &incoming.payload)?,
        }
        Ok(id)
    }

    fn settle_against(&mut self, id: OutboxId, current: &Payload) -> Result<TakenIn, StoreError> {
        let row = row::find_by_id(self.connection, id)?;
        let Some(row) = row else { return Ok(TakenIn::OnServer) };
        let merged = self.beside(|exchange| {
            let mut settling = Settling::begin(exchange.connection, exchange.now_ms)?;
            let merged = settling.merge_again(row, current)?;
            settling.finish(JournalKind::Merge, exchange.by)?;
            Ok(merged)
        })?;
        Ok(match merged {
            crate::outbox::settle::Merged::Done => TakenIn::OnServer,
            crate::outbox::settle::Merged::Pending => TakenIn::New,
            crate::outbox::settle::Merged::Conflict => TakenIn::InConflict,
        })
    }

    /// Something about it waits here.
    fn merge(
        &mut self,
        incoming: &Prepared,
        known: &[Entry],
        row: Row,
    ) -> Result<TakenIn, StoreError> {
        let place = Place { stage: Stage::InOutbox, outbox: Some(row.id), reason: None };
        if payload::same(&incoming.payload, Some(&row.payload)) {
            carried::put(self.connection, incoming, &place)?;
            forget_earlier(self.connection, incoming, known)?;
            return Ok(TakenIn::Known);
        }
        let captured_before = captured_before(incoming, known, &row)?;
        let is_next_version = captured_before.is_some();
        // Whoever captured it saw nothing there; a deletion that waits here is all the same work of
        // somebody.
        let deleted_here =
            || payload::is_nothing(&row.payload).then(|| may_be_there(&row)).flatten();
        let base = captured_before.or_else(|| incoming.base.clone()).or_else(deleted_here);
        let merged = match merge_payload(base.as_ref(), &row.payload, &incoming.payload) {
            Merge::Same => incoming.payload.clone(),
            Merge::Local(merged) => merged,
            Merge::Conflict { fields, .. } => {
                self.set_aside(incoming, DIFFERS)?;
                return Ok(TakenIn::Differs { fields });
            }
        };
        let taken = self.change(incoming, row, merged, is_next_version)?;
        let place = match taken {
            // What it says is what the server holds: no row waits for it any more.
            TakenIn::OnServer => Place { stage: Stage::OnServer, outbox: None, reason: None },
            _ => place,
        };
        carried::put(self.connection, incoming, &place)?;
        Ok(taken)
    }

    /// Gives a waiting row another content, as an edit would.
    fn change(
        &mut self,
        incoming: &Prepared,
        mut row: Row,
        merged: Payload,
        is_next_version: bool,
    ) -> Result<TakenIn, StoreError> {
        let connection = self.connection;
        self.next_sequence();
        self.is_calm.set(None);
        carried::before_change(connection, &row)?;
        let from = json!(Content(&row.payload));
        self.keep(incoming, &merged, Held::Unknown)?;
        edges::save(connection, row.id, Some(&row.payload), &merged)?;
        let theirs = match row.state {
            RowState::Conflict => row::conflict_theirs(connection, row.id)?,
            _ => None,
        };
        match row.rejection.take() {
            Some(why) if edges::needs_given_up(connection, &why, &merged)? => {
                row.rejection = Some(why);
            }
            _ if theirs.is_some() => {}
            _ => row.state = RowState::Pending,
        }
        if payload::same(&merged, Some(&incoming.payload)) {
            row.edited_by.clone_from(&incoming.captured_by);
        }
        if incoming.base.is_some() && (is_next_version || row.base.is_none()) {
            row.base.clone_from(&incoming.base);
        }
        row.payload = merged;
        row.revision += 1;
        row.attempts = 0;
        row.not_before_ms = 0;
        row.put_off_reason = None;
        let id = row.id;
        row::update(connection, &row)?;
        let details = Details { from: Some(from), to: Content(&row.payload) };
        self.note_details(incoming, "changed", Some(id), Some(details))?;
        match theirs {
            Some(theirs) => match self.settle_against(id, &theirs)? {
                TakenIn::New => Ok(TakenIn::Changed),
                other => Ok(other),
            },
            None => Ok(TakenIn::Changed),
        }
    }

    fn keep(
        &mut self,
        incoming: &Prepared,
        record: &Payload,
        held: Held<'_>,
    ) -> Result<(), StoreError> {
        let stored_by = Some(incoming.captured_by.as_str());
        let page = Some(&self.behind.index);
        let stamp = Stamp { seq: self.seq, stored_by, held, page, ..Stamp::default() };
        records::store(self.connection, record, stamp)?;
        self.behind.named.add(record);
        Ok(())
    }

    fn note_incoming(
        &mut self,
        incoming: &Prepared,
        outcome: &str,
        id: Option<OutboxId>,
    ) -> Result<(), StoreError> {
        let details = Details { from: None, to: Content(&incoming.payload) };
        self.note_details(incoming, outcome, id, (outcome != "again").then_some(details))
    }

    fn note_details(
        &mut self,
        incoming: &Prepared,
        outcome: &str,
        id: Option<OutboxId>,
        details: Option<Details<'_>>,
    ) -> Result<(), StoreError> {
        let line = Line {
            outcome,
            partner: &incoming.partner,
            file: incoming.file.number,
            device: &incoming.device,
            device_row: incoming.row,
            revision: incoming.revision,
            captured_by: &incoming.captured_by,
            row: id.map(|id| id.0),
            subject: &incoming.subject,
            details,
        };
        self.note(incoming.record, &line)
    }

    /// Begins to take in the content of a captured file whose record came; `false` if it is here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_file(
        &mut self,
        id: outpost_domain::uid::FileUid,
        bytes: u64,
    ) -> Result<bool, StoreError> {
        self.open_file = None;
        if bytes == 0 || files::whole(self.connection, id)?.is_some() {
            return Ok(false);
        }
        let number = files::begin(self.connection, id, self.now_ms)?;
        self.open_file = Some(OpenFile { number, piece: 0, bytes: 0, expected: bytes });
        Ok(true)
    }

    /// Adds the next piece of the file that was begun; without one it is passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_piece(&mut self, content: &[u8]) -> Result<(), StoreError> {
        let Some(open) = &mut self.open_file else { return Ok(()) };
        files::add(self.connection, open.number, open.piece, content)?;
        open.piece += 1;
        open.bytes += content.len() as u64;
        if open.bytes >= open.expected {
            files::end(self.connection, open.number, open.bytes)?;
            self.open_file = None;
        }
        Ok(())
    }
}

/// What the journal says of a record that came.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    outcome: &'a str,
    partner: &'a str,
    file: u64,
    device: &'a str,
    device_row: i64,
    revision: i64,
    captured_by: &'a str,
    row: Option<i64>,
    subject: &'a str,
    details: Option<Details<'a>>,
}

#[derive(Serialize)]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Value>,
    to: Content<'a>,
}

/// What the server held when the record was edited. An earlier version of the same row that went from
/// here to the server is that, though its capturer may not have heard of it.
fn base_of(incoming: &Prepared, known: &[Entry]) -> Option<Payload> {
    let earlier = known
        .iter()
        .filter(|entry| is_same_row(entry, incoming) && entry.revision < incoming.revision)
        .filter(|entry| entry.stage == Stage::OnServer)
        .max_by_key(|entry| entry.revision);
    let settled = earlier.and_then(|entry| entry.payload.clone());
    settled.or_else(|| incoming.base.clone())
}

/// What the same device said before, if that is still known: the base of its next version. That may be
/// another row there: one that was sent from there meanwhile, so that the next edit began a new one.
fn captured_before(
    incoming: &Prepared,
    known: &[Entry],
    row: &Row,
) -> Result<Option<Payload>, StoreError> {
    let earlier = known
        .iter()
        .filter(|entry| match is_same_row(entry, incoming) {
            // The same revision twice is of two histories: neither was made of the other. Of what was
            // refused the next one is the correction all the same: nothing else can come of it.
            true => {
                (entry.revision < incoming.revision || row.state == RowState::Rejected)
                    && (entry.outbox == Some(row.id) || entry.stage == Stage::OnServer)
            }
            // Rows are numbered in the order in which they were begun.
            false => {
                entry.outbox == Some(row.id)
                    && entry.device == incoming.device
                    && entry.row < incoming.row
            }
        })
        .max_by_key(|entry| (entry.row, entry.revision));
    let Some(earlier) = earlier else { return Ok(None) };
    if let Some(before) = &earlier.payload {
        return Ok(Some(before.clone()));
    }
    for version in std::iter::once(&row.payload).chain(&row.base) {
        if hash_of(version)? == earlier.content {
            return Ok(Some(version.clone()));
        }
    }
    Ok(None)
}

fn is_same_row(entry: &Entry, incoming: &Prepared) -> bool {
    entry.device == incoming.device && entry.row == incoming.row
}

fn is_newer(entry: &Entry, incoming: &Prepared) -> bool {
    let is_there = matches!(entry.stage, Stage::InOutbox | Stage::OnServer);
    is_same_row(entry, incoming) && entry.revision > incoming.revision && is_there
}

/// Whether a device that was restored from a backup counts from an old revision on: whoever goes on
/// gives out higher ones in later files.
fn is_branch(newer: &Entry, incoming: &Prepared) -> bool {
    newer.partner == incoming.partner && newer.file.number < incoming.file.number
}

/// Forgets earlier revisions of the same row about the same thing: the newer one says it all. What a
/// restored device said anew is not earlier, whatever its number.
fn forget_earlier(
    connection: &Connection,
    incoming: &Prepared,
    known: &[Entry],
) -> Result<(), StoreError> {
    let is_from_there =
        |entry: &Entry| entry.partner == incoming.partner && incoming.partner == incoming.device;
    let says_more = |entry: &Entry| match entry.stage {
        // The files of a device are in the order of what it did, also over a restore.
        Stage::Aside if is_from_there(entry) => entry.file.number > incoming.file.number,
        Stage::Aside => entry.is_news,
        _ => false,
    };
    let earlier = known.iter().filter(|entry| is_same_row(entry, incoming));
    let earlier = earlier.filter(|entry| entry.revision < incoming.revision);
    for entry in earlier.filter(|entry| !says_more(entry)) {
        carried::forget(connection, entry.id)?;
    }
    Ok(())
}
