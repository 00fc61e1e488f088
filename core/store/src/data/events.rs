//! Events: saving, and the lists of a program.

use outpost_domain::data::{Event, EventStatus, Payload};
use outpost_domain::uid::{EventUid, OrganisationUnitUid, ProgramUid};
use outpost_sync::ports::OutboxId;
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::records;
use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::limits::PAGE_ROWS_MAX;
use crate::outbox::edit::Edits;
use crate::outbox::{RowState, Saved};
use crate::search;
use crate::store::Store;

/// Which events a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this program.
    pub program: ProgramUid,
    /// Only of this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Only from this day on, `yyyy-MM-dd`.
    pub from: Option<String>,
    /// Only up to this day, `yyyy-MM-dd`, included.
    pub to: Option<String>,
    /// Only with this status.
    pub status: Option<EventStatus>,
    /// Only with these words in an answer.
    pub search: Option<String>,
}

impl EventFilter {
    /// All events of a program.
    #[must_use]
    pub const fn of(program: ProgramUid) -> Self {
        Self { program, organisation_unit: None, from: None, to: None, status: None, search: None }
    }
}

/// Where the next page of events begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCursor {
    /// When the last one shown happened.
    pub occurred: String,
    /// Its id.
    pub uid: EventUid,
}

/// An event of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The event.
    pub event: Event,
    /// Its row in the outbox, if it is not on the server yet.
    pub waiting: Option<(OutboxId, RowState)>,
    /// Where a page that follows this row begins.
    pub cursor: EventCursor,
}

impl Store {
    /// Saves an event, new or changed.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_event(&self, event: &Event, by: &str, now_ms: i64) -> Result<Saved, StoreError> {
        self.write(|transaction| {
            let mut saving = Edits::begin(transaction, by, now_ms)?;
            saving.apply(&Payload::Event { event: event.clone() })?;
            saving.finish(JournalKind::Edit)
        })
    }

    /// Deletes an event. One that was never sent is gone at once; the journal keeps it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub fn delete_event(&self, id: EventUid, by: &str, now_ms: i64) -> Result<Saved, StoreError> {
        self.write(|transaction| {
            let found = records::load_event(transaction, id)?;
            let mut event = found.ok_or(StoreError::NotFound { what: "event" })?;
            event.deleted = true;
            let mut saving = Edits::begin(transaction, by, now_ms)?;
            saving.apply(&Payload::Event { event })?;
            saving.finish(JournalKind::Edit)
        })
    }

    /// An event, also one whose deletion waits to be sent.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_event(&self, id: EventUid) -> Result<Option<Event>, StoreError> {
        self.read(|connection| records::load_event(connection, id))
    }

    /// A page of events, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn events_page(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let (sql, parameters) = page_query(filter, after, limit);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_and_then(params_from_iter(parameters), event_row)?.collect()
        })
    }
}

/// The page's statement and parameters. Only the filters that are given are in it, so that each
/// combination has its own plan.
pub(crate) fn page_query(
    filter: &EventFilter,
    after: Option<&EventCursor>,
    limit: u32,
) -> (String, Vec<Value>) {
    let mut sql = String::from(
        "SELECT e.body, e.occurred, o.id, o.state FROM event e
         LEFT JOIN outbox o ON o.record = e.uid
         WHERE e.deleted = 0 AND e.program = ?",
    );
    let mut parameters: Vec<Value> = vec![filter.program.to_string().into()];
    let mut add = |condition: &str, values: Vec<Value>| {
        sql.push_str(condition);
        parameters.extend(values);
    };
    if let Some(unit) = filter.organisation_unit {
        add(" AND e.organisation_unit = ?", vec![unit.to_string().into()]);
    }
    if let Some(from) = &filter.from {
        add(" AND e.occurred >= ?", vec![from.clone().into()]);
    }
    if let Some(to) = &filter.to {
        // A time of that day is longer than the day: `~` sorts after every character of a time.
        add(" AND e.occurred <= ?", vec![format!("{to}~").into()]);
    }
    if let Some(status) = filter.status {
        add(" AND e.status = ?", vec![status.name().to_owned().into()]);
    }
    for word in search::words(filter.search.as_deref().unwrap_or_default()) {
        add(" AND instr(e.search_text, ?) > 0", vec![word.into()]);
    }
    if let Some(after) = after {
        let values = vec![after.occurred.clone().into(), after.uid.to_string().into()];
        add(" AND (e.occurred, e.uid) < (?, ?)", values);
    }
    let limit = i64::from(limit.min(PAGE_ROWS_MAX));
    add(" ORDER BY e.occurred DESC, e.uid DESC LIMIT ?", vec![limit.into()]);
    (sql, parameters)
}

fn event_row(row: &Row<'_>) -> Result<EventRow, StoreError> {
    let event = records::read_event(&row.get::<_, String>(0)?)?;
    let id: Option<i64> = row.get(2)?;
    let state: Option<u8> = row.get(3)?;
    Ok(EventRow {
        cursor: EventCursor { occurred: row.get(1)?, uid: event.id },
        event,
        waiting: id.map(OutboxId).zip(state.and_then(RowState::from_number)),
    })
}
