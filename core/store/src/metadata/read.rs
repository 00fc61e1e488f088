//! Single objects, assignments and the tree of organisation units.

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{OptionSetUid, OrganisationUnitUid, Uid};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::pull::{kind_of, visible};
use crate::connection::count_of;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::store::Store;

/// A metadata object as it was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// Its kind.
    pub kind: MetadataKind,
    /// Its id.
    pub uid: Uid,
    /// The object as JSON; parse it with `outpost_wire::metadata`.
    pub body: String,
    /// Gone on the server, kept because unsent work needs it.
    pub is_gone: bool,
}

pub(crate) const OBJECT: &str = "SELECT kind, uid, body, gone FROM metadata_object
     WHERE kind = ?1 AND uid = ?2 AND generation <= ?3";

pub(crate) const IS_ASSIGNED: &str = "SELECT EXISTS (SELECT 1 FROM assignment WHERE object = ?1
       AND organisation_unit = ?2 AND generation = (SELECT max(generation) FROM assignment
         WHERE object = ?1 AND generation <= ?3))";

fn object_of(row: &Row<'_>) -> Result<StoredObject, StoreError> {
    let uid: String = row.get(1)?;
    Ok(StoredObject {
        kind: kind_of(row.get(0)?)?,
        uid: Uid::parse(&uid).map_err(|_| StoreError::unreadable("metadata id"))?,
        body: row.get(2)?,
        is_gone: row.get(3)?,
    })
}

pub(crate) fn object(
    connection: &Connection,
    kind: MetadataKind,
    uid: Uid,
    generation: i64,
) -> Result<Option<StoredObject>, StoreError> {
    let mut statement = connection.prepare_cached(OBJECT)?;
    let parameters = params![kind.number(), uid.as_str(), generation];
    let mut rows = statement.query_and_then(parameters, object_of)?;
    rows.next().transpose()
}

impl Store {
    /// One visible object.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_object(
        &self,
        kind: MetadataKind,
        uid: Uid,
    ) -> Result<Option<StoredObject>, StoreError> {
        self.read(|connection| object(connection, kind, uid, visible(connection)?))
    }

    /// The visible objects among these, in the order given; ids that are not stored are left out.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_objects(
        &self,
        kind: MetadataKind,
        uids: &[Uid],
    ) -> Result<Vec<StoredObject>, StoreError> {
        self.read(|connection| {
            let generation = visible(connection)?;
            let found = uids.iter().map(|uid| object(connection, kind, *uid, generation));
            found.filter_map(Result::transpose).collect()
        })
    }

    /// Every visible object of a kind, by id; for kinds of which there are few (data sets, programs).
    ///
    /// # Errors
    /// [`StoreError::Limit`] if there are more than `most`.
    pub fn load_all(&self, kind: MetadataKind, most: u32) -> Result<Vec<StoredObject>, StoreError> {
        self.read(|connection| all(connection, kind, most))
    }

    /// Visible objects of a kind, those kept although gone not counted.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn count(&self, kind: MetadataKind) -> Result<u64, StoreError> {
        let counts = self.counts_by_kind()?;
        Ok(counts.into_iter().find(|(of, _)| *of == kind).map_or(0, |(_, count)| count))
    }

    /// Visible objects of every kind that was pulled.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn counts_by_kind(&self) -> Result<Vec<(MetadataKind, u64)>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT kind, count FROM pull_kind ORDER BY kind")?;
            let rows = statement
                .query_and_then([], |row| Ok((kind_of(row.get(0)?)?, count_of(row, 1)?)))?;
            rows.collect()
        })
    }

    /// Objects that are gone on the server and kept because unsent work needs them.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn gone_objects(&self, limit: u32) -> Result<Vec<StoredObject>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT kind, uid, body, gone FROM metadata_object WHERE gone = 1
                 ORDER BY kind, uid LIMIT ?",
            )?;
            statement.query_and_then([limit.min(PAGE_ROWS_MAX)], object_of)?.collect()
        })
    }

    /// Whether the object (data set, program, category option) is assigned to the unit.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn is_assigned(&self, object: Uid, unit: OrganisationUnitUid) -> Result<bool, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(IS_ASSIGNED)?;
            let parameters = params![object.as_str(), unit.as_str(), visible(connection)?];
            Ok(statement.query_row(parameters, |row| row.get(0))?)
        })
    }

    /// Units to which the object is assigned, by id, after a unit.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn organisation_units_of(
        &self,
        object: Uid,
        after: Option<OrganisationUnitUid>,
        limit: u32,
    ) -> Result<Vec<OrganisationUnitUid>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT organisation_unit FROM assignment WHERE object = ?1
                   AND generation = (SELECT max(generation) FROM assignment WHERE object = ?1
                     AND generation <= ?2) AND organisation_unit > ?3
                 ORDER BY organisation_unit LIMIT ?4",
            )?;
            let after = after.map(|unit| unit.to_string()).unwrap_or_default();
            let limit = limit.min(PAGE_ROWS_MAX);
            let parameters = params![object.as_str(), visible(connection)?, after, limit];
            let rows = statement.query_and_then(parameters, |row| {
                let text: String = row.get(0)?;
                let unit = OrganisationUnitUid::parse(&text);
                unit.map_err(|_| StoreError::unreadable("organisation unit id"))
            })?;
            rows.collect()
        })
    }

    /// Whether the option set has an option with this code.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn has_option_code(&self, set: OptionSetUid, code: &str) -> Result<bool, StoreError> {
        Ok(self.load_option_by_code(set, code)?.is_some())
    }

    /// The option of a set with this code: what a stored value is shown as.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_option_by_code(
        &self,
        set: OptionSetUid,
        code: &str,
    ) -> Result<Option<StoredObject>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(OPTION_BY_CODE)?;
            let parameters = params![set.as_str(), code, visible(connection)?];
            let mut rows = statement.query_and_then(parameters, object_of)?;
            rows.next().transpose()
        })
    }

    /// The path of an organisation unit, `/root/…/unit`; the subtree of a unit is what lies under it.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn path_of(&self, unit: OrganisationUnitUid) -> Result<Option<String>, StoreError> {
        self.read(|connection| path_of(connection, unit, visible(connection)?))
    }
}

pub(crate) const OPTION_BY_CODE: &str = "SELECT kind, uid, body, gone FROM metadata_object
     WHERE kind = 8 AND parent = ?1 AND code = ?2 AND generation <= ?3";

pub(crate) fn all(
    connection: &Connection,
    kind: MetadataKind,
    most: u32,
) -> Result<Vec<StoredObject>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, uid, body, gone FROM metadata_object
         WHERE kind = ? AND generation <= ? ORDER BY uid LIMIT ?",
    )?;
    let parameters = params![kind.number(), visible(connection)?, i64::from(most) + 1];
    let objects: Vec<_> =
        statement.query_and_then(parameters, object_of)?.collect::<Result<_, _>>()?;
    if objects.len() > most as usize {
        return Err(StoreError::Limit { what: "the number of objects", limit: most.into() });
    }
    Ok(objects)
}

pub(crate) fn path_of(
    connection: &Connection,
    unit: OrganisationUnitUid,
    generation: i64,
) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT CAST(json_extract(body, '$.path') AS TEXT) FROM metadata_object
         WHERE kind = ? AND uid = ? AND generation <= ?",
    )?;
    let kind = MetadataKind::OrganisationUnit.number();
    let parameters = params![kind, unit.as_str(), generation];
    Ok(statement.query_row(parameters, |row| row.get::<_, Option<String>>(0)).optional()?.flatten())
}
