//! Pages of metadata lists: by name, by parent, of a subtree, with a search.

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{OrganisationUnitUid, Uid};
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::pull::visible;
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
            let (sql, parameters) = page_query(query, after, generation, limit);
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_and_then(params_from_iter(parameters), list_row)?.collect()
        })
    }
}

/// The units under one; `UNION` ends also if a server says that a unit lies in itself.
const TREE: &str = "WITH RECURSIVE tree (uid) AS (
       SELECT ? UNION
       SELECT o.uid FROM tree t CROSS JOIN metadata_object o INDEXED BY metadata_parent
         ON o.kind = 2 AND o.parent = t.uid AND o.generation <= ?) ";

/// The page's statement and parameters; each combination of filters has its own plan.
pub(crate) fn page_query(
    query: &ListQuery,
    after: Option<&ListCursor>,
    generation: i64,
    limit: u32,
) -> (String, Vec<Value>) {
    let mut sql = String::new();
    let mut parameters: Vec<Value> = Vec::new();
    if let Some(under) = query.under {
        sql.push_str(TREE);
        parameters.extend([under.to_string().into(), generation.into()]);
    }
    // Only units have a path; it stands in the body, once, because it is long.
    let path = match query.kind {
        MetadataKind::OrganisationUnit => "CAST(json_extract(body, '$.path') AS TEXT)",
        _ => "NULL",
    };
    sql.push_str(&format!(
        "SELECT uid, name, code, parent, {path}, gone, sort_order, search_text
         FROM metadata_object"
    ));
    sql.push_str(index_of(query));
    sql.push_str(" WHERE kind = ? AND generation <= ?");
    parameters.extend([i64::from(query.kind.number()).into(), generation.into()]);
    if query.kind == MetadataKind::Option {
        // Said once more as a constant, so that the index of options fits.
        sql.push_str(" AND kind = 8");
    }
    let mut add = |condition: &str, values: Vec<Value>| {
        sql.push_str(condition);
        parameters.extend(values);
    };
    if let Some(parent) = query.parent {
        add(" AND parent = ?", vec![parent.to_string().into()]);
    }
    if query.under.is_some() {
        add(" AND uid IN (SELECT uid FROM tree)", vec![]);
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

/// The index that has the page's order. SQLite, which knows nothing of the sizes yet when the first
/// pull has just ended, would sort instead.
fn index_of(query: &ListQuery) -> &'static str {
    match (query.kind, query.parent, query.under) {
        (_, None, Some(_)) => "",
        (_, None, None) => " INDEXED BY metadata_name",
        (MetadataKind::Option, Some(_), _) => " INDEXED BY metadata_option",
        (_, Some(_), _) => " INDEXED BY metadata_parent",
    }
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
