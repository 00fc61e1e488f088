//! Metadata objects by their few common members: names, codes, parts, assigned places.

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{OrganisationUnitUid, Uid};
use outpost_store::{ListQuery, ListRow, Store, StoredObject};
use serde::Deserialize;

use super::Session;
use crate::error::Result;
use crate::limits::PAGE_ROWS_MAX;

/// What every object is called by.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Label {
    display_name: Option<String>,
    name: Option<String>,
    /// Its code.
    pub code: Option<String>,
}

impl Label {
    /// Reads the label of an object; one that cannot be read has none.
    pub fn of(object: &StoredObject) -> Self {
        serde_json::from_str(&object.body).unwrap_or_default()
    }

    /// Display name, else name.
    pub fn name(&self) -> Option<&str> {
        self.display_name.as_deref().or(self.name.as_deref()).filter(|name| !name.is_empty())
    }
}

impl Session {
    /// Display name of an object, or its id if it is not on the device.
    pub(super) fn name_of(&self, kind: MetadataKind, uid: Uid) -> Result<String> {
        let object = self.store().load_object(kind, uid)?;
        if object.is_none() && kind == MetadataKind::OrganisationUnit {
            let elsewhere = self.place_elsewhere(OrganisationUnitUid(uid))?;
            return Ok(elsewhere.map_or_else(|| uid.to_string(), |unit| unit.name));
        }
        let label = object.as_ref().map(Label::of).unwrap_or_default();
        Ok(label.name().map_or_else(|| uid.to_string(), str::to_owned))
    }

    /// Code of an object.
    pub(super) fn code_of(&self, kind: MetadataKind, uid: Uid) -> Result<Option<String>> {
        Ok(self.store().load_object(kind, uid)?.and_then(|object| Label::of(&object).code))
    }

    /// Every row of a list whose code or name is exactly the text.
    pub(super) fn rows_named(&self, kind: MetadataKind, text: &str) -> Result<Vec<ListRow>> {
        let query = ListQuery { search: Some(text.to_owned()), ..ListQuery::of(kind) };
        let mut found = Vec::new();
        each_row(self.store(), &query, |row| {
            if row.name == text || row.code.as_deref() == Some(text) {
                found.push(row);
            }
        })?;
        Ok(found)
    }
}

/// Every part of an object, in order.
pub(super) fn children(
    store: &Store,
    kind: MetadataKind,
    parent: Uid,
) -> Result<Vec<StoredObject>> {
    let query = ListQuery { parent: Some(parent), ..ListQuery::of(kind) };
    let mut uids = Vec::new();
    each_row(store, &query, |row| uids.push(row.uid))?;
    Ok(store.load_objects(kind, &uids)?)
}

pub(super) fn each_row(
    store: &Store,
    query: &ListQuery,
    mut take: impl FnMut(ListRow),
) -> Result<()> {
    let mut after = None;
    loop {
        let rows = store.page_of(query, after.as_ref(), PAGE_ROWS_MAX)?;
        let is_last = rows.len() < PAGE_ROWS_MAX as usize;
        after = rows.last().map(|row| row.cursor.clone());
        rows.into_iter().for_each(&mut take);
        if is_last {
            return Ok(());
        }
    }
}

/// Every place to which an object is assigned.
pub(super) fn assigned_units(store: &Store, object: Uid) -> Result<Vec<OrganisationUnitUid>> {
    let mut units: Vec<OrganisationUnitUid> = Vec::new();
    loop {
        let page = store.organisation_units_of(object, units.last().copied(), PAGE_ROWS_MAX)?;
        let is_last = page.len() < PAGE_ROWS_MAX as usize;
        units.extend(page);
        if is_last {
            return Ok(units);
        }
    }
}
