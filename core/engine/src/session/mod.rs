//! The work of one signed-in person: forms, capture, outbox, synchronisation.
//!
//! Blocking and safe from any thread. Reads go on while a synchronisation runs. Nothing is reported
//! as saved before the store has it on the disk.

mod bundle;
mod cache;
mod context;
mod doctor;
mod drafts;
mod event_form;
mod events;
mod find;
mod forms;
mod import;
mod indicator_source;
mod indicators;
mod legends;
mod locks;
mod logic;
mod objects;
mod outbox;
mod report_form;
mod report_logic;
mod secret;
mod slices;
mod sync;
mod validate;

use std::path::PathBuf;
use std::sync::Arc;

use outpost_store::{Account, Store};

use crate::network::Network;
use crate::platform::Platform;

pub use event_form::EventFormSession;
pub use events::EventListCursor;
pub use forms::{OptionCursor, OrganisationUnitCursor};
pub use report_form::{IndicatorView, ReportFormSession};

/// The work of one signed-in person. Cloning gives another handle to the same session.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    account: Account,
    /// File of the account's database.
    database: PathBuf,
    platform: Platform,
    network: Arc<Network>,
    cache: cache::Cache,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A log that could not be written back stays beside the file and is read at the next start.
        self.store.close().ok();
    }
}

impl Session {
    pub(crate) fn new(
        store: Store,
        account: Account,
        database: PathBuf,
        platform: Platform,
        network: Arc<Network>,
    ) -> Self {
        let cache = cache::Cache::default();
        Self { inner: Arc::new(Inner { store, account, database, platform, network, cache }) }
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn now_ms(&self) -> i64 {
        self.inner.platform.clock.unix_ms()
    }

    /// The user name under which edits are journalled.
    fn by(&self) -> &str {
        &self.inner.account.user
    }

    /// Closes the database; the last handle that is dropped does the same.
    ///
    /// # Errors
    /// Storage errors: what could not be written back is still on the disk.
    pub fn shut_down(&self) -> crate::Result<()> {
        Ok(self.inner.store.close()?)
    }
}
