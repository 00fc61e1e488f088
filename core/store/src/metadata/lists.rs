//! Pages of metadata lists: by name, by parent, of a subtree, with a search.

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{OrganisationUnitUid, Uid};
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::pull::visible;
use super::read::path_of;
use crate::error::StoreError;
use crate::limits::PAGE_ROWS_MAX;
use crate::search;
use crate::store::Store;

/// Which objects a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Of this kind.
    pub kind: MetadataKind,
    /// Only the parts of this object, in their order: options of a set, children of a unit.
    pub parent: Option<Uid>,
    /// Only organisation units in the tree under this one, itself included.
    pub under: Option<OrganisationUnitUid>,
    /// Only with these words in name or code.
    pub search: Option<String>,
}

impl ListQuery {
    /// All objects of a kind.
    #[must_use]
    pub const fn of(kind: MetadataKind) -> Self {
        Self { kind, parent: None, under: None, search: None }
    }
}

/// Where the next page begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCursor {
    sort_order: i64,
    search_text: String,
    uid: String,
}

/// An object of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Its id.
    pub uid: Uid,
    /// Display name.
    pub name: String,
    /// Code.
    pub code: Option<String>,
    /// The object that it is a part of.
    pub parent: Option<Uid>,
    /// Path of an organisation unit.
    pub path: Option<String>,
    /// Gone on the server, kept because unsent work needs it.
    pub is_gone: bool,
    /// Where a page that follows this row begins.
    pub cursor: ListCursor,
}

impl Store {
    /// A page: by name, or in their order if a parent is given.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn page_of(
        &self,
        query: &ListQuery,
        after: Option<&ListCursor>,
        limit: u32,
    ) -> Result<Vec<ListRow>, StoreError> {
        self.read(|connection| {
            let generation = visible(connection)?;
            if generation == 0 {
                // The first pull is under way: nothing is visible, and the indices are not there.
                return Ok(vec![]);
            }
            let path = match query.under {
                None => None,
                Some(unit) => match path_of(connection, unit, generation)? {
                    Some(path) => Some(path),
                    None => return Ok(vec![]),
                },
            };
            let (sql, parameters) = page_query(query, path, after, generation, limit);
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_and_then(params_from_iter(parameters), list_row)?.collect()
        })
    }
}

/// The page's statement and parameters; each combination of filters has its own plan.
pub(crate) fn page_query(
    query: &ListQuery,
    path: Option<String>,
    after: Option<&ListCursor>,
    generation: i64,
    limit: u32,
) -> (String, Vec<Value>) {
    let mut sql = String::from(
        "SELECT uid, name, code, parent, path, gone, sort_order, search_text
         FROM metadata_object WHERE kind = ? AND generation <= ?",
    );
    let mut parameters: Vec<Value> = vec![i64::from(query.kind.number()).into(), generation.into()];
    let mut add = |condition: &str, values: Vec<Value>| {
        sql.push_str(condition);
        parameters.extend(values);
    };
    if let Some(parent) = query.parent {
        add(" AND parent = ?", vec![parent.to_string().into()]);
    }
    if let Some(path) = path {
        // `0` is the character after `/`: everything that begins with the path and a slash.
        let values = [path.clone(), format!("{path}/"), format!("{path}0")];
        let condition = " AND (path = ? OR (path >= ? AND path < ?))";
        add(condition, values.into_iter().map(Value::from).collect());
    }
    for word in search::words(query.search.as_deref().unwrap_or_default()) {
        add(" AND instr(search_text, ?) > 0", vec![word.into()]);
    }
    let order = match query.parent {
        Some(_) => "sort_order, search_text, uid",
        None => "search_text, uid",
    };
    if let Some(after) = after {
        let mut values: Vec<Value> =
            vec![after.search_text.clone().into(), after.uid.clone().into()];
        if query.parent.is_some() {
            values.insert(0, after.sort_order.into());
        }
        let marks = vec!["?"; values.len()].join(", ");
        add(&format!(" AND ({order}) > ({marks})"), values);
    }
    let limit = i64::from(limit.min(PAGE_ROWS_MAX));
    add(&format!(" ORDER BY {order} LIMIT ?"), vec![limit.into()]);
    (sql, parameters)
}

fn list_row(row: &Row<'_>) -> Result<ListRow, StoreError> {
    let text: String = row.get(0)?;
    let parent: Option<String> = row.get(3)?;
    let parsed = |text: &str| Uid::parse(text).map_err(|_| StoreError::unreadable("metadata id"));
    Ok(ListRow {
        uid: parsed(&text)?,
        name: row.get(1)?,
        code: row.get(2)?,
        parent: parent.as_deref().map(parsed).transpose()?,
        path: row.get(4)?,
        is_gone: row.get(5)?,
        cursor: ListCursor { sort_order: row.get(6)?, search_text: row.get(7)?, uid: text },
    })
}
