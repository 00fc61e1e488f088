//! The work of one signed-in person: forms, capture, outbox, synchronisation.
//!
//! Blocking and safe from any thread. Reads go on while a synchronisation runs. Nothing is reported
//! as saved before the store has it on the disk.

mod approval;
mod around;
mod bundle;
mod cache;
mod context;
mod doctor;
mod drafts;
mod duplicates;
mod elsewhere;
mod enrollments;
mod event_form;
mod events;
mod exchange;
mod files;
mod find;
mod forms;
mod generated;
mod import;
mod indicator_facts;
mod indicator_rows;
mod indicator_source;
mod indicators;
mod legends;
mod locks;
mod logic;
mod objects;
mod online;
mod outbox;
mod people;
mod people_bundle;
mod person_bundle;
mod person_form;
mod person_save;
mod programs;
mod purge;
mod relationships;
mod report_form;
mod report_logic;
mod review;
mod review_list;
mod rollout;
mod search;
mod secret;
mod shown;
mod site;
mod slices;
mod sync;
mod team;
mod validate;
mod visits;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use outpost_http::Transport;
use outpost_store::{Account, Store};

use crate::network::Network;
use crate::platform::Platform;

pub use duplicates::ProposalCursor;
pub use event_form::EventFormSession;
pub use events::EventListCursor;
pub use exchange::{
    DriftPlace, PackageExtent, PackageSource, SignedPair, join_parts, publish_release,
    read_setup_code, read_signed_pair, split_for_mail,
};
pub use files::FilePlace;
pub use forms::{OptionCursor, OrganisationUnitCursor};
pub use people::PersonCursor;
pub use person_form::PersonFormSession;
pub use programs::PeopleOf;
pub use report_form::{IndicatorView, ReportFormSession};
pub use review_list::ReviewCursor;
pub use rollout::support::SupportCursor;
pub use rollout::{
    Closing, NewLoss, NewSim, ParallelRun, PhoneSetup, Scanned, read_register, register_of,
};
#[cfg(unix)]
pub use site::FolderWatch;
pub use site::{inspect_backup, restore_backup};

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
    /// For single requests outside a synchronisation; made when first needed.
    connection: Mutex<Option<Arc<Transport>>>,
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
        let connection = Mutex::new(None);
        Self {
            inner: Arc::new(Inner {
                store,
                account,
                database,
                platform,
                network,
                cache,
                connection,
            }),
        }
    }

    pub(crate) fn store(&self) -> &Store {
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
