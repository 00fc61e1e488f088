//! What a tracker import has to know of files: whether one exists and whose it is.

use rusqlite::{Connection, OptionalExtension, params};

/// A stored file as far as a judgement needs it.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its content type says that it is a picture.
    pub is_image: bool,
    /// An event holds it; attributes do not count (captures t041q, t041r, t042i).
    pub is_of_an_event: bool,
    /// Uid of the event that holds it.
    pub owner: Option<String>,
}

/// The file of a uid.
///
/// # Errors
/// Only when the store fails.
pub fn known(db: &Connection, uid: &str) -> rusqlite::Result<Option<Known>> {
    let sql = "SELECT content_type, owner FROM file WHERE uid = ?";
    let mut statement = db.prepare_cached(sql)?;
    let row = statement.query_row([uid], |row| {
        let content_type: String = row.get(0)?;
        let owner: Option<String> = row.get(1)?;
        Ok(Known {
            is_image: content_type.starts_with("image/"),
            is_of_an_event: owner.is_some(),
            owner,
        })
    });
    row.optional()
}

/// Gives a file to the event that names it.
///
/// # Errors
/// Only when the store fails.
pub fn assign(db: &Connection, uid: &str, event: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE file SET owner = ?2 WHERE uid = ?1";
    db.prepare_cached(sql)?.execute(params![uid, event]).map(|_| ())
}
