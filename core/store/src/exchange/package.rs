//! A version of the metadata that came in a package: staged, then shown at once, in the transaction of
//! its file.
//!
//! The same generations, tombstones and rules as a pull: what unsent work needs is kept and marked.
//! What a pull had fetched half is thrown away; the next one fetches it anew.

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use outpost_sync::ports::KindProgress;
use outpost_wire::metadata::MetadataObject;
use rusqlite::params;

use super::Exchange;
use crate::error::StoreError;
use crate::metadata::{self, StoredObject};

/// What became visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PackageShown {
    /// Objects that are new or changed.
    pub changed: u64,
    /// Objects that are gone.
    pub removed: u64,
    /// Objects that are gone and kept, because unsent work needs them.
    pub kept: u64,
}

impl Exchange<'_> {
    /// A visible object.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn metadata_object(
        &self,
        kind: MetadataKind,
        uid: Uid,
    ) -> Result<Option<StoredObject>, StoreError> {
        metadata::object(self.connection, kind, uid, metadata::visible(self.connection)?)
    }

    /// Begins to stage the objects of a package.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin_package(&mut self) -> Result<(), StoreError> {
        let scope: Option<String> =
            self.connection
                .query_row("SELECT scope FROM pull WHERE id = 1", [], |row| row.get(0))?;
        metadata::begin_pull(self.connection, "package", self.now_ms)?;
        // The next pull is to go on from the watermarks of those before.
        self.connection.execute("UPDATE pull SET scope = ? WHERE id = 1", [scope])?;
        Ok(())
    }

    /// Stages objects of a kind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn stage_objects(
        &mut self,
        kind: MetadataKind,
        objects: &[MetadataObject],
    ) -> Result<(), StoreError> {
        let progress = KindProgress { is_done: true, ..KindProgress::default() };
        metadata::stage_page(self.connection, kind, objects, &progress)
    }

    /// Stages that an object is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn stage_gone(&mut self, kind: MetadataKind, uid: Uid) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO metadata_tombstone (kind, uid) VALUES (?, ?)")?
            .execute(params![kind.number(), uid.as_str()])?;
        Ok(())
    }

    /// Makes what was staged visible.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn show_package(&mut self) -> Result<PackageShown, StoreError> {
        self.catch_up()?;
        self.objects.borrow_mut().clear();
        let swapped = metadata::swap(self.connection, self.now_ms)?;
        let (changed, removed, kept) = (swapped.changed, swapped.removed, swapped.kept);
        Ok(PackageShown { changed, removed, kept })
    }
}
