//! What a partner is to be told of the records that came from it.
//!
//! A receipt is whole, not a change: it tells of everything that came lately, so that any one that
//! arrives makes up for those that were lost.

use outpost_domain::data::PayloadKind;
use rusqlite::params;

use super::Exchange;
use super::carried::Stage;
use super::incoming::FileName;
use crate::connection::count_of;
use crate::error::StoreError;
use crate::outbox::RowState;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwedState {
    /// It waits here to be sent.
    Taken,
    /// The server has it.
    OnServer,
    /// It was refused, or given up here.
    Refused {
        /// Error code of DHIS2.
        code: Option<String>,
        /// What it is about.
        field: Option<String>,
        /// In words.
        reason: String,
    },
    /// It may still be accepted.
    Waits {
        /// In words.
        reason: String,
    },
}

/// One record and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedLine {
    /// The file that brought it last.
    pub file: FileName,
    /// The device that captured it.
    pub device: String,
    /// Its row there.
    pub row: i64,
    /// The row's revision.
    pub revision: i64,
    /// What became of it.
    pub state: OwedState,
}

const OWED: &str = "SELECT c.file, c.file_hash, c.device, c.device_row, c.revision, c.stage,
       c.reason, o.state, o.rejection_code, o.rejection_field, o.rejection_reason
     FROM carried c LEFT JOIN outbox o ON o.id = c.outbox
     WHERE c.partner = ?1 ORDER BY c.file DESC, c.device, c.device_row";

const FILES: &str = "SELECT DISTINCT file, file_hash FROM carried WHERE partner = ?1
     ORDER BY file DESC LIMIT ?2";

const CONFLICT: &str = "It was changed on the server too. A person there decides.";

impl Exchange<'_> {
    /// Tells what became of each record of a partner, file by file, the latest file first, and there
    /// device by device in the order of their rows. Any number of records takes the same memory.
    ///
    /// # Errors
    /// Those of `tell`, which end it, and [`StoreError`].
    pub fn owed<E: From<StoreError>>(
        &self,
        partner: &str,
        mut tell: impl FnMut(OwedLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |error: rusqlite::Error| E::from(StoreError::from(error));
        let mut statement = self.connection.prepare_cached(OWED).map_err(failed)?;
        let lines = statement.query_and_then(params![partner], |row| -> Result<_, StoreError> {
            let stage = Stage::from_number(row.get(5)?);
            let stage = stage.ok_or_else(|| StoreError::unreadable("stage"))?;
            let told: Option<String> = row.get(6)?;
            let parked = row.get::<_, Option<u8>>(7)?.and_then(RowState::from_number);
            let state = match (stage, parked) {
                (Stage::OnServer, _) => OwedState::OnServer,
                (Stage::GivenUp, _) => {
                    OwedState::Refused { code: None, field: None, reason: told.unwrap_or_default() }
                }
                (Stage::Aside, _) => OwedState::Waits { reason: told.unwrap_or_default() },
                (Stage::InOutbox, Some(RowState::Rejected)) => OwedState::Refused {
                    code: row.get(8)?,
                    field: row.get(9)?,
                    reason: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
                },
                (Stage::InOutbox, Some(RowState::Conflict)) => {
                    OwedState::Waits { reason: CONFLICT.to_owned() }
                }
                (Stage::InOutbox, _) => OwedState::Taken,
            };
            Ok(OwedLine {
                file: FileName { number: count_of(row, 0)?, hash: row.get(1)? },
                device: row.get(2)?,
                row: row.get(3)?,
                revision: row.get(4)?,
                state,
            })
        });
        for line in lines.map_err(failed)? {
            tell(line?)?;
        }
        Ok(())
    }

    /// The files from which records of a partner are known, the latest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn owed_files(&self, partner: &str, limit: usize) -> Result<Vec<FileName>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(FILES)?;
        let rows = statement.query_map(params![partner, limit], |row| {
            Ok(FileName { number: count_of(row, 0)?, hash: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The partners from whom records came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn partners(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT partner FROM carried
             UNION SELECT partner FROM exchange_stream WHERE direction = 0 AND kind = 'data'",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Kinds of records in the order in which they are sent, without what is not carried by others.
    #[must_use]
    pub fn carried_kinds() -> Vec<PayloadKind> {
        let kinds = PayloadKind::UPLOAD_ORDER.into_iter();
        kinds.filter(|kind| *kind != PayloadKind::OwnershipOverride).collect()
    }
}
