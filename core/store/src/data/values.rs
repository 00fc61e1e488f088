//! Values and completion of a slice of a data set.

use std::collections::BTreeSet;

use outpost_domain::data::{Completion, DataValue, DataValueKey, Payload, SliceKey};
use outpost_domain::uid::{CategoryOptionComboUid, DataElementUid};
use outpost_sync::ports::OutboxId;
use rusqlite::{Connection, Row, params};

use super::records;
use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::outbox::edit::Edits;
use crate::outbox::{RowState, Saved};
use crate::store::Store;

/// A value of a slice as a form shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredValue {
    /// Which value.
    pub key: DataValueKey,
    /// Its content.
    pub value: DataValue,
    /// User name of the last writer.
    pub stored_by: Option<String>,
    /// `lastUpdated` as the server wrote it; `None` if it was entered here.
    pub last_updated: Option<String>,
    /// Its row in the outbox, if it is not on the server yet.
    pub waiting: Option<(OutboxId, RowState)>,
}

/// The subject of a value, built in SQL so that one query reads the slice with its outbox rows.
pub(crate) const SLICE_VALUES: &str =
    "SELECT v.data_element, v.category_option_combo, v.value, v.comment,
       v.follow_up, v.deleted, v.stored_by, v.last_updated, o.id, o.state
     FROM data_value v LEFT JOIN outbox o ON o.kind = 1 AND o.subject = v.period || '/'
       || v.organisation_unit || '/' || v.attribute_option_combo || '/' || v.data_element || '/'
       || v.category_option_combo
     WHERE v.organisation_unit = ?1 AND v.period = ?2 AND v.attribute_option_combo = ?3
     ORDER BY v.data_element, v.category_option_combo";

impl Store {
    /// Saves values of a slice: all of them or none. What is there already changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_data_values(
        &self,
        slice: &SliceKey,
        edits: &[(DataElementUid, CategoryOptionComboUid, DataValue)],
        by: &str,
        now_ms: i64,
    ) -> Result<Saved, StoreError> {
        self.write(|transaction| {
            let mut saving = Edits::begin(transaction, by, now_ms)?;
            for (data_element, category_option_combo, value) in edits {
                let key = DataValueKey {
                    data_element: *data_element,
                    period: slice.period,
                    organisation_unit: slice.organisation_unit,
                    category_option_combo: *category_option_combo,
                    attribute_option_combo: slice.attribute_option_combo,
                };
                let value = value.clone();
                saving.apply(&Payload::DataValue { data_set: slice.data_set, key, value })?;
            }
            saving.finish(JournalKind::Edit)
        })
    }

    /// Saves that a slice is complete, or no longer is.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_completion(
        &self,
        key: &SliceKey,
        completion: &Completion,
        by: &str,
        now_ms: i64,
    ) -> Result<Saved, StoreError> {
        self.write(|transaction| {
            let mut saving = Edits::begin(transaction, by, now_ms)?;
            saving.apply(&Payload::Completion { key: *key, completion: completion.clone() })?;
            saving.finish(JournalKind::Edit)
        })
    }

    /// Values of a slice, of the data elements of its form only; deleted ones are left out unless
    /// their deletion waits to be sent.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_slice_values(
        &self,
        slice: &SliceKey,
        data_elements: &BTreeSet<DataElementUid>,
    ) -> Result<Vec<StoredValue>, StoreError> {
        self.read(|connection| {
            let mut values = slice_values(connection, slice)?;
            values.retain(|stored| data_elements.contains(&stored.key.data_element));
            Ok(values)
        })
    }

    /// Completion of a slice.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_completion(&self, key: &SliceKey) -> Result<Option<Completion>, StoreError> {
        self.read(|connection| records::load_completion(connection, key))
    }
}

fn slice_values(connection: &Connection, slice: &SliceKey) -> Result<Vec<StoredValue>, StoreError> {
    let mut statement = connection.prepare_cached(SLICE_VALUES)?;
    let parameters = params![
        slice.organisation_unit.as_str(),
        slice.period.to_string(),
        slice.attribute_option_combo.as_str()
    ];
    let rows = statement.query_and_then(parameters, |row| stored_value(row, slice))?;
    rows.collect()
}

fn stored_value(row: &Row<'_>, slice: &SliceKey) -> Result<StoredValue, StoreError> {
    let text: String = row.get(0)?;
    let data_element =
        DataElementUid::parse(&text).map_err(|_| StoreError::unreadable("data element id"))?;
    let text: String = row.get(1)?;
    let category_option_combo = CategoryOptionComboUid::parse(&text)
        .map_err(|_| StoreError::unreadable("category option combo id"))?;
    let id: Option<i64> = row.get(8)?;
    let state: Option<u8> = row.get(9)?;
    Ok(StoredValue {
        key: DataValueKey {
            data_element,
            period: slice.period,
            organisation_unit: slice.organisation_unit,
            category_option_combo,
            attribute_option_combo: slice.attribute_option_combo,
        },
        value: records::data_value_of(row, 2)?,
        stored_by: row.get(6)?,
        last_updated: row.get(7)?,
        waiting: id.map(OutboxId).zip(state.and_then(RowState::from_number)),
    })
}
