//! Taking records in as if captured here: any number, in batches, with constant memory.

use outpost_domain::data::Payload;

use crate::error::StoreError;
use crate::journal::JournalKind;
use crate::limits::IMPORT_BATCH_ROWS;
use crate::outbox::edit::Edits;
use crate::store::Store;

/// What an import did. After an error it says what is on disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records looked at and committed.
    pub records: u64,
    /// Of these, records that changed something; the others were there already.
    pub changed: u64,
}

impl Store {
    /// Imports records with the rules of a save: each is in the outbox afterwards unless it was there
    /// already. `committed` is told after each batch; importing the same again is safe.
    ///
    /// # Errors
    /// [`StoreError`]; the batches told to `committed` are on disk, nothing of the others.
    pub fn import_records(
        &self,
        records: impl IntoIterator<Item = Payload>,
        by: &str,
        now_ms: i64,
        mut committed: impl FnMut(Imported),
    ) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        let mut records = records.into_iter();
        loop {
            let batch: Vec<Payload> = records.by_ref().take(IMPORT_BATCH_ROWS).collect();
            if batch.is_empty() {
                return Ok(imported);
            }
            let saved = self.write(|transaction| {
                let mut saving = Edits::begin(transaction, by, now_ms)?;
                for record in &batch {
                    saving.apply(record)?;
                }
                saving.finish(JournalKind::Import)
            })?;
            imported.records += batch.len() as u64;
            imported.changed += saved.changed();
            committed(imported);
        }
    }
}
