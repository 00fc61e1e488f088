//! Wiping an account from this device: what a returned, lost or stolen phone has to do.
//!
//! The only place where a database is removed. Never one with unsent work that was not exported,
//! encrypted and read back, before: that is what a backup is.

use std::path::Path;
use std::sync::PoisonError;

use outpost_rollout::device::{WipeStep, wipe_step};

use crate::error::{OutpostError, Result};
use crate::home::alias_of;
use crate::outpost::Outpost;

/// What a wipe did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Wiped {
    /// Records that the server did not hold; they are in the export.
    pub unsent: u64,
    /// Whether they were exported.
    pub exported: bool,
    /// Files that were removed.
    pub files: usize,
}

impl Outpost {
    /// Removes everything of whoever is signed in: the database with all that lies beside it, its key,
    /// the account. Unsent work is exported to `export` first, encrypted to the recovery keys.
    ///
    /// # Errors
    /// `InvalidInput` if something is unsent and no export is asked for, and for an export that cannot
    /// be written; `Busy` while a synchronisation runs; storage errors. Then nothing was removed.
    pub fn wipe(&self, export: Option<&Path>) -> Result<Wiped> {
        let session = self.session()?;
        let before = session.store().sequence()?;
        let unsent = session.status()?.unsent;
        let exported = match (wipe_step(true, unsent, export.is_some()), export) {
            (WipeStep::ExportThenWipe, Some(path)) => {
                session.backup(path)?;
                true
            }
            (WipeStep::Wipe, _) => false,
            _ => {
                let reason = format!("{unsent} records were not sent: send or export them first");
                return Err(OutpostError::invalid("unsent", "unsent", reason));
            }
        };
        // What was saved since is in no backup, were it only another word in an unsent record.
        if !session.store().close_if_at(before)? {
            let reason = "something was saved meanwhile: try again";
            return Err(OutpostError::Busy { reason: reason.to_owned() });
        }
        let account = session.account().clone();
        drop(session);
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let alias = alias_of(&account);
        // The key first: whatever is left without it cannot be read.
        self.platform.keys.forget(alias)?;
        let files = self.home.remove_files(alias)?;
        self.home.accounts.remove(&account.server, &account.user)?;
        Ok(Wiped { unsent, exported, files })
    }
}
