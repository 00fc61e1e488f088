//! What the list of forms shows: how much there is of each and how much still waits.

use outpost_domain::data::SliceKey;
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DataSetUid, OrganisationUnitUid, ProgramUid, Uid,
};
use rusqlite::{Connection, Row, params};

use super::records::slice_key;
use crate::connection::count_of;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::outbox::{OutboxCounts, RowState, counts_by_lane};
use crate::store::Store;

/// Numbers of a data set or program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormCounts {
    /// The data set or program.
    pub form: Uid,
    /// Rows of it in the outbox: values and completions, or events.
    pub outbox: OutboxCounts,
}

/// A slice of a data set that has data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceRow {
    /// Which slice.
    pub key: SliceKey,
    /// Whether it is complete, as known here.
    pub completed: bool,
    /// The state of its rows in the outbox that needs a person most; `None` if none waits.
    pub waiting: Option<RowState>,
}

/// The rows of a slice in the outbox are a run of subjects: `0` is the letter after `/`.
pub(crate) const SLICES: &str = "SELECT s.organisation_unit, s.period, s.attribute_option_combo,
       coalesce(c.completed, 0),
       (SELECT max(o.state) FROM outbox o WHERE o.kind IN (1, 2) AND o.lane = s.data_set
         AND o.subject > s.period || '/' || s.organisation_unit || '/'
           || s.attribute_option_combo || '/'
         AND o.subject < s.period || '/' || s.organisation_unit || '/'
           || s.attribute_option_combo || '0')
     FROM slice s LEFT JOIN completion c USING (data_set, organisation_unit, period,
       attribute_option_combo)
     WHERE s.data_set = ?1 AND (s.organisation_unit, s.period, s.attribute_option_combo)
       > (?2, ?3, ?4)
     ORDER BY s.organisation_unit, s.period, s.attribute_option_combo LIMIT ?5";

impl Store {
    /// Outbox numbers of every data set and program that has rows there.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn form_counts(&self) -> Result<Vec<FormCounts>, StoreError> {
        self.read(|connection| {
            let mut forms = std::collections::BTreeMap::<Uid, OutboxCounts>::new();
            for (_, lane, state, rows) in counts_by_lane(connection)? {
                let form = Uid::parse(&lane).map_err(|_| StoreError::unreadable("form id"))?;
                forms.entry(form).or_default().add(state, rows);
            }
            Ok(forms.into_iter().map(|(form, outbox)| FormCounts { form, outbox }).collect())
        })
    }

    /// Events of a program that are not deleted.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn count_events(&self, program: ProgramUid) -> Result<u64, StoreError> {
        self.count_records(
            "SELECT count(*) FROM event WHERE deleted = 0 AND program = ?",
            program.as_str(),
        )
    }

    /// Slices of a data set with data.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn count_slices(&self, data_set: DataSetUid) -> Result<u64, StoreError> {
        self.count_records("SELECT count(*) FROM slice WHERE data_set = ?", data_set.as_str())
    }

    fn count_records(&self, sql: &str, of: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            Ok(connection.prepare_cached(sql)?.query_row([of], |row| count_of(row, 0))?)
        })
    }

    /// Slices of a data set with data, by organisation unit and period, after a slice.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn slices_page(
        &self,
        data_set: DataSetUid,
        after: Option<&SliceKey>,
        limit: u32,
    ) -> Result<Vec<SliceRow>, StoreError> {
        self.read(|connection| slices(connection, data_set, after, limit))
    }
}

fn slices(
    connection: &Connection,
    data_set: DataSetUid,
    after: Option<&SliceKey>,
    limit: u32,
) -> Result<Vec<SliceRow>, StoreError> {
    let [_, unit, period, attribute] = after.map(slice_key).unwrap_or_default();
    let mut statement = connection.prepare_cached(SLICES)?;
    let limit = limit.min(PAGE_ROWS_MAX);
    let parameters = params![data_set.as_str(), unit, period, attribute, limit];
    statement.query_and_then(parameters, |row| slice_row(row, data_set))?.collect()
}

fn slice_row(row: &Row<'_>, data_set: DataSetUid) -> Result<SliceRow, StoreError> {
    let text = |column: usize| row.get::<_, String>(column);
    let unreadable = || StoreError::unreadable("slice");
    let key = SliceKey {
        data_set,
        organisation_unit: OrganisationUnitUid::parse(&text(0)?).map_err(|_| unreadable())?,
        period: Period::parse(&text(1)?).map_err(|_| unreadable())?,
        attribute_option_combo: CategoryOptionComboUid::parse(&text(2)?)
            .map_err(|_| unreadable())?,
    };
    let state: Option<u8> = row.get(4)?;
    let waiting = state
        .map(|state| RowState::from_number(state).ok_or_else(|| StoreError::unreadable("state")))
        .transpose()?;
    Ok(SliceRow { key, completed: row.get(3)?, waiting })
}
