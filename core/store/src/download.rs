//! Storing what was downloaded: over untouched records, merged with those that have unsent work.
//!
//! Never overwrites unsent work. The page and its cursor are one transaction.

use std::collections::HashSet;

use outpost_domain::data::{Completion, DataValue, Payload, SliceKey};
use outpost_domain::uid::{DataSetUid, OrganisationUnitUid, TrackedEntityUid, Uid};
use outpost_sync::ports::{DownloadCursor, DownloadList, DownloadPage, StoreReply};
use rusqlite::{Connection, params};

use crate::data::records::{self, Held, Stamp};
use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::late_index;
use crate::metadata;
use crate::outbox::RowState;
use crate::outbox::edit::{last_sequence, save_sequence};
use crate::outbox::row::{self, Row};
use crate::outbox::settle::{Merged, Settling};
use crate::payload;
use crate::tracker::arrive;
use crate::tracker::index::PageIndex;
use crate::tracker::missing::Named;
use crate::tracker::records::write_body;

/// Numbers of one page.
#[derive(Default)]
struct Applied {
    /// Whether there is any unsent work at all.
    has_unsent: bool,
    /// Which records of the page that have a row by id are stored.
    stored: HashSet<Uid>,
    /// What is written once for the page.
    index: PageIndex,
    /// What its records name.
    named: Named,
    written: u64,
    merged: u64,
    conflicts: u64,
}

/// A record of a page with what the server says about it.
pub(crate) struct Arrived {
    pub server: Payload,
    pub stored_by: Option<String>,
    pub server_time: Option<String>,
}

impl Arrived {
    /// One of which only the content is known.
    pub const fn bare(server: Payload) -> Self {
        Self { server, stored_by: None, server_time: None }
    }
}

pub(crate) fn apply(
    connection: &Connection,
    mut page: DownloadPage,
    now_ms: i64,
) -> Result<StoreReply, StoreError> {
    // Only the lists of a download come in thousands.
    let tracker = &page.tracker;
    let has_people = !tracker.tracked_entities.is_empty() || !tracker.enrollments.is_empty();
    if page.cursor.is_some() && (has_people || !page.events.is_empty()) {
        late_index::set_aside(connection, 0)?;
    }
    let seq = last_sequence(connection)? + 1;
    save_sequence(connection, seq)?;
    let mut settling = Settling::begin(connection, now_ms)?;
    let mut applied = Applied { has_unsent: row::is_any(connection)?, ..Applied::default() };
    let cursor = page.cursor.clone();
    let withdrawn = withdrawn(connection, &page)?;
    let people = people(&page);
    let tracker = arrive::records_of(connection, &mut page)?;
    let all: Vec<Arrived> = tracker.into_iter().chain(arrived(page)?).chain(withdrawn).collect();
    applied.stored = stored_of(connection, &all)?;
    for arrived in all {
        for implied in arrive::implied_by(connection, &arrived)? {
            apply_one(&mut settling, &implied, seq, &mut applied)?;
        }
        apply_one(&mut settling, &arrived, seq, &mut applied)?;
    }
    let Applied { index, named, written, merged, conflicts, .. } = applied;
    index.flush(connection)?;
    named.finish(connection)?;
    arrive::mark_duplicates(connection, &people)?;
    settling.finish(JournalKind::Merge, "")?;
    late_index::build_if_many(connection)?;
    if let Some(cursor) = &cursor {
        save_cursor(connection, cursor)?;
    }
    Ok(StoreReply::Downloaded { written, merged, conflicts })
}

/// Where the row of a record is found by its id, if it is one of those that come by thousands.
fn row_id(record: &Payload) -> Option<(usize, Uid)> {
    match record {
        Payload::TrackedEntity { tracked_entity } => Some((0, tracked_entity.id.0)),
        Payload::Enrollment { enrollment } => Some((1, enrollment.id.0)),
        Payload::Event { event } => Some((2, event.id.0)),
        _ => None,
    }
}

/// Which of them are stored: asked once a page instead of once a record.
fn stored_of(connection: &Connection, all: &[Arrived]) -> Result<HashSet<Uid>, StoreError> {
    let mut ids: [Vec<Uid>; 3] = Default::default();
    for (class, id) in all.iter().filter_map(|one| row_id(&one.server)) {
        ids[class].push(id);
    }
    let mut stored = HashSet::new();
    for (ids, sql) in ids.iter().zip([
        "SELECT uid FROM tracked_entity WHERE uid IN (SELECT value FROM json_each(?))",
        "SELECT uid FROM enrollment WHERE uid IN (SELECT value FROM json_each(?))",
        "SELECT uid FROM event WHERE uid IN (SELECT value FROM json_each(?))",
    ]) {
        if ids.is_empty() {
            continue;
        }
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([write_body(ids)?])?;
        while let Some(row) = rows.next()? {
            let uid = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            stored.insert(Uid::parse(uid).map_err(|_| StoreError::unreadable("id"))?);
        }
    }
    Ok(stored)
}

/// The people of a page, and whether the server takes them for possible duplicates.
fn people(page: &DownloadPage) -> Vec<(TrackedEntityUid, bool)> {
    let people = page.tracker.tracked_entities.iter();
    people.map(|one| (one.tracked_entity.id, one.potential_duplicate)).collect()
}

/// Values do not say of which data set they are: the page does, it is downloaded by data set.
fn arrived(page: DownloadPage) -> Result<Vec<Arrived>, StoreError> {
    let subject = page.cursor.map(|cursor| DataSetUid(cursor.subject));
    let mut all = Vec::with_capacity(page.data_values.len() + page.events.len());
    for value in page.data_values {
        let data_set =
            subject.ok_or(StoreError::Refused { reason: "a page of values needs a cursor" })?;
        all.push(Arrived {
            server: Payload::DataValue { data_set, key: value.key, value: value.value },
            stored_by: value.stored_by,
            server_time: value.last_updated,
        });
    }
    all.extend(page.completions.into_iter().map(|one| Arrived {
        stored_by: one.completion.stored_by.clone(),
        server: Payload::Completion { key: one.key, completion: one.completion },
        server_time: None,
    }));
    all.extend(page.events.into_iter().map(|one| Arrived {
        server: Payload::Event { event: one.event },
        stored_by: None,
        server_time: one.updated_at,
    }));
    Ok(all)
}

/// Completions that are stored and that the server, which listed all there are, holds no more.
fn withdrawn(connection: &Connection, page: &DownloadPage) -> Result<Vec<Arrived>, StoreError> {
    let Some(whole) = &page.all_completions_of else { return Ok(vec![]) };
    let listed: HashSet<&SliceKey> = page.completions.iter().map(|one| &one.key).collect();
    let generation = metadata::visible(connection)?;
    let mut withdrawn = Vec::new();
    for key in records::completed_slices(connection, whole.data_set)? {
        if listed.contains(&key) || !whole.periods.contains(&key.period) {
            continue;
        }
        let path = metadata::path_of(connection, key.organisation_unit, generation)?;
        if path.is_some_and(|path| is_under(&path, &whole.roots)) {
            let server = Payload::Completion { key, completion: Completion::default() };
            withdrawn.push(Arrived { server, stored_by: None, server_time: None });
        }
    }
    Ok(withdrawn)
}

fn is_under(path: &str, roots: &[OrganisationUnitUid]) -> bool {
    path.split('/').any(|step| roots.iter().any(|root| root.as_str() == step))
}

fn apply_one(
    settling: &mut Settling<'_>,
    arrived: &Arrived,
    seq: i64,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    let connection = settling.connection;
    let server = &arrived.server;
    let unsent = match applied.has_unsent {
        true => row::find_of(connection, server)?,
        false => None,
    };
    let Some(row) = unsent else {
        let is_new = row_id(server).is_some_and(|id| applied.stored.insert(id.1));
        let held = if is_new { None } else { records::load(connection, server)? };
        if !is_identical(server, held.as_ref()) {
            applied.written += 1;
            let stamp = Stamp {
                seq,
                stored_by: arrived.stored_by.as_deref(),
                server_time: arrived.server_time.as_deref(),
                held: Held::Known(held.as_ref()),
                page: Some(&applied.index),
            };
            let is_gone = payload::is_nothing(server);
            if is_gone {
                applied.index.flush(connection)?;
            }
            records::store_server_copy(connection, server, Some(server), stamp)?;
            if !is_gone {
                applied.named.add(server);
            }
        }
        return Ok(());
    };
    let server = &in_data_set_of(server, &row);
    match row.state {
        // The answer is under way: what is sent is compared with the server again before it goes.
        RowState::InFlight => Ok(()),
        // A refused row takes the server's change in too: no later delta brings it again, and whoever
        // gives the row up gets what the server holds.
        RowState::Rejected | RowState::Conflict | RowState::Pending | RowState::Held => {
            merge_row(settling, row, server, applied)
        }
    }
}

fn merge_row(
    settling: &mut Settling<'_>,
    row: Row,
    server: &Payload,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    let is_new = row.state != RowState::Conflict;
    if is_new && payload::same(server, row.base.as_ref()) {
        return Ok(());
    }
    match settling.merge_again(row, server)? {
        Merged::Done | Merged::Pending => applied.merged += 1,
        Merged::Conflict if is_new => applied.conflicts += 1,
        Merged::Conflict => {}
    }
    Ok(())
}

/// The same value may stand in two data sets; the row knows in which form it was entered.
fn in_data_set_of(server: &Payload, row: &Row) -> Payload {
    match (server, &row.payload) {
        (Payload::DataValue { key, value, .. }, Payload::DataValue { data_set, .. }) => {
            Payload::DataValue { data_set: *data_set, key: *key, value: value.clone() }
        }
        _ => server.clone(),
    }
}

/// Equal down to the bookkeeping, so that nothing is written again.
fn is_identical(server: &Payload, held: Option<&Payload>) -> bool {
    match (server, held) {
        (Payload::DataValue { value, .. }, None) => value.deleted || *value == DataValue::default(),
        (_, None) => payload::is_nothing(server),
        (_, Some(held)) => server == held,
    }
}

fn save_cursor(connection: &Connection, cursor: &DownloadCursor) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO download_cursor (subject, watermark_ms, chunks_done, started_ms,
               scope) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            cursor_key(cursor),
            cursor.watermark_ms,
            cursor.chunks_done,
            cursor.started_ms,
            cursor.scope
        ])?;
    Ok(())
}

/// The list follows the subject; the main one has the subject alone, as it always had.
fn cursor_key(cursor: &DownloadCursor) -> String {
    match cursor.list {
        DownloadList::Main => cursor.subject.to_string(),
        list => format!("{}/{}", cursor.subject, list as u8),
    }
}

fn cursor_of(key: &str) -> Option<(Uid, DownloadList)> {
    let (subject, list) = match key.split_once('/') {
        None => (key, DownloadList::Main),
        Some((subject, number)) => (subject, DownloadList::of_number(number.parse().ok()?)?),
    };
    Some((Uid::parse(subject).ok()?, list))
}

pub(crate) fn load_cursors(connection: &Connection) -> Result<Vec<DownloadCursor>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT subject, watermark_ms, chunks_done, started_ms, scope FROM download_cursor
         ORDER BY subject",
    )?;
    let rows = statement.query_and_then([], |row| {
        let key: String = row.get(0)?;
        let (subject, list) = cursor_of(&key).ok_or_else(|| StoreError::unreadable("cursor"))?;
        Ok(DownloadCursor {
            subject,
            list,
            watermark_ms: row.get(1)?,
            chunks_done: row.get(2)?,
            started_ms: row.get(3)?,
            scope: row.get(4)?,
        })
    })?;
    rows.collect()
}
