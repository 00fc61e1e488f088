//! What can go wrong in the store, by what the one who called can do about it.
//!
//! Never repeats a stored value: these texts are shown and logged.

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why the store did not do what was asked. Unless said otherwise nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The device has no room left.
    #[error("no space left on the device: make room and try again; nothing was lost")]
    Full,
    /// Another process is writing, or has the database open while it would have to be converted.
    #[error("the database is in use by another program: close it or try again")]
    Busy,
    /// The operation was stopped by [`crate::Store::interrupt`].
    #[error("stopped before it was finished; nothing of it was written")]
    Interrupted,
    /// The key does not open this database. It is locked, not damaged.
    #[error("the database is locked with another key")]
    WrongKey,
    /// The database is damaged. Opening it again moves it aside and saves what can be read.
    #[error("the database is damaged ({detail}): close and open it again to save what can be read")]
    Corrupt {
        /// Where it was noticed.
        detail: String,
    },
    /// The database was written by a newer version that this one cannot read. It was left alone.
    #[error("the database has version {found}, this program reads up to {supported}: update it")]
    Newer {
        /// Version of the database.
        found: u32,
        /// Newest version that is understood.
        supported: u32,
    },
    /// The file is a database, but not one of this program. It was left alone.
    #[error("the file is not a database of this program")]
    Foreign,
    /// The disk or the file system failed. This is not damage: try again.
    #[error("reading or writing the disk failed ({detail})")]
    Io {
        /// What the operating system or SQLite said.
        detail: String,
    },
    /// The files may not be written: another user owns them, or the disk is read-only.
    #[error("the system refused it ({detail})")]
    Denied {
        /// What the operating system or SQLite said.
        detail: String,
    },
    /// Something exceeds a limit.
    #[error("{what} exceeds the limit of {limit}")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// There is no such record.
    #[error("no such {what}")]
    NotFound {
        /// What was asked for.
        what: &'static str,
    },
    /// The record is not in a state in which this can be done.
    #[error("{reason}")]
    Refused {
        /// Why, in words.
        reason: &'static str,
    },
    /// The store was closed.
    #[error("the database was closed")]
    Closed,
    /// A stored record cannot be read, or a statement is wrong: a defect of this program.
    #[error("internal defect of the store: {detail}")]
    Defect {
        /// Details for developers, without stored values.
        detail: String,
    },
}

impl StoreError {
    /// A stored text that this program wrote and cannot read again.
    pub(crate) fn unreadable(what: &'static str) -> Self {
        Self::Defect { detail: format!("a stored {what} is not readable") }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(sqlite) = error.sqlite_error() else {
            return Self::Defect { detail: without_values(&error) };
        };
        let detail = ffi::code_to_str(sqlite.extended_code).to_owned();
        match sqlite.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::OperationInterrupted => Self::Interrupted,
            // Once a page could be read the key is right, so an unreadable page is damage. While
            // opening, `connection` turns this into `WrongKey`.
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt { detail },
            ErrorCode::PermissionDenied | ErrorCode::ReadOnly => Self::Denied { detail },
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed => Self::Io { detail },
            ErrorCode::TooBig => Self::Limit { what: "a record", limit: 1_000_000_000 },
            _ => Self::Defect { detail: without_values(&error) },
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { detail: error.to_string() }
            }
            _ => Self::Io { detail: error.to_string() },
        }
    }
}

/// SQLite's message names tables and columns, never values; other errors may carry one.
fn without_values(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::QueryReturnedNoRows => "a row that must exist is missing".to_owned(),
        rusqlite::Error::InvalidColumnType(column, name, _) => {
            format!("column {column} `{name}` has another type")
        }
        rusqlite::Error::FromSqlConversionFailure(column, _, _) => {
            format!("column {column} is not readable")
        }
        _ => "unexpected answer of SQLite".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_written_is_told_from_what_fails() {
        for (code, is_denied) in [
            (ffi::SQLITE_READONLY, true),
            (ffi::SQLITE_READONLY_DIRECTORY, true),
            (ffi::SQLITE_PERM, true),
            (ffi::SQLITE_IOERR, false),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let found = StoreError::from(error);
            assert_eq!(matches!(found, StoreError::Denied { .. }), is_denied, "{code}: {found}");
            assert_eq!(matches!(found, StoreError::Io { .. }), !is_denied, "{code}: {found}");
        }
        for (kind, is_denied) in [
            (std::io::ErrorKind::PermissionDenied, true),
            (std::io::ErrorKind::ReadOnlyFilesystem, true),
            (std::io::ErrorKind::TimedOut, false),
        ] {
            let found = StoreError::from(std::io::Error::from(kind));
            assert_eq!(matches!(found, StoreError::Denied { .. }), is_denied, "{found}");
        }
    }
}
