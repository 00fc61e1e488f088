//! People of a program as a list: by name or by day of enrolment, with filters, page by page.

use outpost_domain::data::{Enrollment, EnrollmentStatus, EventStatus, TrackedEntity};
use outpost_domain::uid::{EnrollmentUid, OrganisationUnitUid, ProgramUid, TrackedEntityUid, Uid};
use outpost_sync::ports::OutboxId;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::person;
use super::records::{self, read_body};
use crate::error::StoreError;
use crate::late_index::without_late;
use crate::limits::PAGE_ROWS_MAX;
use crate::outbox::RowState;
use crate::search::normalise;
use crate::store::Store;

/// The most pressing of the rows that wait about a person: number and state.
pub type Waiting = (OutboxId, RowState);

/// How a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeopleOrder {
    /// By the attributes that make the name.
    #[default]
    Name,
    /// By the day of enrolment, the latest first.
    Latest,
}

/// Whose work is shown by how far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncFilter {
    /// Nothing of the person waits.
    Synced,
    /// Something waits, whatever its state.
    Unsent,
    /// Something was refused, is in conflict or is held.
    Parked,
}

/// Which people a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleFilter {
    /// Enrolled in this program.
    pub program: ProgramUid,
    /// Only enrolled at this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Only enrolments with this status.
    pub status: Option<EnrollmentStatus>,
    /// Only enrolments that are marked, or not marked, for follow-up.
    pub follow_up: Option<bool>,
    /// Only with an event of this status.
    pub event_status: Option<EventStatus>,
    /// Only with a planned event from this day on, `yyyy-MM-dd`.
    pub due_from: Option<String>,
    /// Only with a planned event up to this day, included: yesterday means overdue.
    pub due_to: Option<String>,
    /// Only with an event assigned to this user.
    pub assigned_user: Option<Uid>,
    /// Only whose name begins so, in any spelling.
    pub name_prefix: Option<String>,
    /// Only in this state of the synchronisation.
    pub sync: Option<SyncFilter>,
    /// The order.
    pub order: PeopleOrder,
}

impl PeopleFilter {
    /// Everybody of a program by name.
    #[must_use]
    pub const fn of(program: ProgramUid) -> Self {
        Self {
            program,
            organisation_unit: None,
            status: None,
            follow_up: None,
            event_status: None,
            due_from: None,
            due_to: None,
            assigned_user: None,
            name_prefix: None,
            sync: None,
            order: PeopleOrder::Name,
        }
    }
}

/// Where the next page begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleCursor {
    /// Sort key of the last one shown.
    pub key: String,
    /// Id of its enrolment.
    pub uid: EnrollmentUid,
}

/// A person of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The tracked entity; `None` if it is not on the device (yet).
    pub tracked_entity: Option<TrackedEntity>,
    /// The enrolment that the list is about; `None` in a search.
    pub enrollment: Option<Enrollment>,
    /// The next planned day of any of their events.
    pub next_due: Option<String>,
    /// What waits about them.
    pub waiting: Option<Waiting>,
}

impl PersonRow {
    pub(super) fn of(
        connection: &Connection,
        id: TrackedEntityUid,
        tracked_entity: Option<TrackedEntity>,
        enrollment: Option<Enrollment>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            tracked_entity,
            enrollment,
            next_due: person::next_due(connection, id)?,
            waiting: person::waiting(connection, id)?,
        })
    }
}

impl Store {
    /// A page of people with where the next one begins; `None` behind the last.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn people_page(
        &self,
        filter: &PeopleFilter,
        after: Option<&PeopleCursor>,
        limit: u32,
    ) -> Result<(Vec<PersonRow>, Option<PeopleCursor>), StoreError> {
        let limit = limit.clamp(1, PAGE_ROWS_MAX);
        let (sql, parameters) = page_query(filter, after, limit);
        self.read(|connection| {
            let sql = without_late(connection, &sql)?;
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = statement.query(params_from_iter(parameters))?;
            let (mut rows, mut last) = (Vec::new(), None);
            while let Some(row) = found.next()? {
                let enrollment: Enrollment = read_body(&row.get::<_, String>(0)?)?;
                last = Some(PeopleCursor { key: row.get(1)?, uid: enrollment.id });
                let id = enrollment.tracked_entity;
                let person = records::load_tracked_entity(connection, id.0)?;
                rows.push(PersonRow::of(connection, id, person, Some(enrollment))?);
            }
            let is_full = rows.len() == limit as usize;
            Ok((rows, last.filter(|_| is_full)))
        })
    }
}

/// The end of the texts that begin with `prefix`.
pub(super) fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// The page's statement and parameters. Only the filters that are given are in it, so that each
/// combination has its own plan.
pub(crate) fn page_query(
    filter: &PeopleFilter,
    after: Option<&PeopleCursor>,
    limit: u32,
) -> (String, Vec<Value>) {
    let (key, compare, direction) = match filter.order {
        PeopleOrder::Name => ("name_key", ">", "ASC"),
        PeopleOrder::Latest => ("enrolled", "<", "DESC"),
    };
    let index = match (filter.order, filter.organisation_unit.is_some()) {
        (PeopleOrder::Name, false) => "enrollment_by_name",
        (PeopleOrder::Name, true) => "enrollment_by_place_name",
        (PeopleOrder::Latest, false) => "enrollment_by_day",
        (PeopleOrder::Latest, true) => "enrollment_by_place_day",
    };
    let mut query = Query {
        sql: format!(
            "SELECT n.body, n.{key} FROM enrollment n INDEXED BY {index}
             WHERE n.deleted = 0 AND n.program = ?"
        ),
        parameters: vec![filter.program.to_string().into()],
    };
    if let Some(unit) = filter.organisation_unit {
        query.add(" AND n.organisation_unit = ?", vec![unit.to_string().into()]);
    }
    if let Some(status) = filter.status {
        // The sign keeps the order's own index.
        query.add(" AND +n.status = ?", vec![status.name().to_owned().into()]);
    }
    if let Some(follow_up) = filter.follow_up {
        query.add(" AND +n.follow_up = ?", vec![i64::from(follow_up).into()]);
    }
    if let Some(prefix) = filter.name_prefix.as_deref().map(normalise) {
        let values = vec![prefix.clone().into(), end_of(&prefix).into()];
        query.add(" AND n.name_key >= ? AND n.name_key < ?", values);
    }
    query.events(filter);
    query.waiting(filter.sync);
    if let Some(after) = after {
        let values = vec![after.key.clone().into(), after.uid.to_string().into()];
        query.add(&format!(" AND (n.{key}, n.uid) {compare} (?, ?)"), values);
    }
    let order = format!(" ORDER BY n.{key} {direction}, n.uid {direction} LIMIT ?");
    query.add(&order, vec![i64::from(limit).into()]);
    (query.sql, query.parameters)
}

struct Query {
    sql: String,
    parameters: Vec<Value>,
}

impl Query {
    fn add(&mut self, condition: &str, values: Vec<Value>) {
        self.sql.push_str(condition);
        self.parameters.extend(values);
    }

    fn events(&mut self, filter: &PeopleFilter) {
        const HAS: &str = " AND EXISTS (SELECT 1 FROM event v WHERE v.enrollment = n.uid
             AND v.deleted = 0";
        let has_event = filter.event_status.is_some() || filter.assigned_user.is_some();
        let has_due = filter.due_from.is_some() || filter.due_to.is_some();
        if !has_event && !has_due {
            return;
        }
        self.add(HAS, vec![]);
        if let Some(status) = filter.event_status {
            self.add(" AND v.status = ?", vec![status.name().to_owned().into()]);
        }
        if let Some(user) = filter.assigned_user {
            self.add(" AND +v.assigned_user = ?", vec![user.to_string().into()]);
        }
        if let Some(from) = &filter.due_from {
            self.add(" AND +v.due >= ?", vec![from.clone().into()]);
        }
        if let Some(to) = &filter.due_to {
            self.add(" AND +v.due <= ?", vec![format!("{to}~").into()]);
        }
        self.add(")", vec![]);
    }

    fn waiting(&mut self, sync: Option<SyncFilter>) {
        const ROWS: &str = "(SELECT 1 FROM outbox o WHERE o.kind = 4
             AND o.subject >= n.tracked_entity || '/' AND o.subject < n.tracked_entity || '0'";
        match sync {
            None => {}
            Some(SyncFilter::Synced) => self.add(&format!(" AND NOT EXISTS {ROWS})"), vec![]),
            Some(SyncFilter::Unsent) => self.add(&format!(" AND EXISTS {ROWS})"), vec![]),
            Some(SyncFilter::Parked) => {
                self.add(&format!(" AND EXISTS {ROWS} AND +o.state IN (2, 3, 4))"), vec![]);
            }
        }
    }
}
