//! The password or token that is kept for the next synchronisation, inside the encrypted database only.

use outpost_store::{Account, JournalKind, Store};
use serde_json::json;

use super::Session;
use crate::error::Result;
use crate::model::Secret;

const PASSWORD: &str = "password";
const TOKEN: &str = "token";

impl Session {
    /// Keeps a password or token, and forgets the one kept before.
    pub(crate) fn keep_secret(store: &Store, secret: Option<&Secret>) -> Result<()> {
        let (password, token) = match secret {
            Some(Secret::Password(text)) => (Some(text.as_str()), None),
            Some(Secret::Token(text)) => (None, Some(text.as_str())),
            None => (None, None),
        };
        store.save_secret(PASSWORD, password)?;
        store.save_secret(TOKEN, token)?;
        Ok(())
    }

    /// The password or token that is kept.
    pub(crate) fn kept_secret(&self) -> Result<Option<Secret>> {
        if let Some(token) = self.store().load_secret(TOKEN)? {
            return Ok(Some(Secret::Token(token)));
        }
        Ok(self.store().load_secret(PASSWORD)?.map(Secret::Password))
    }

    /// Forgets it. Captured work stays.
    pub(crate) fn forget_secret(&self) -> Result<()> {
        Self::keep_secret(self.store(), None)?;
        let (body, now_ms) = (json!({}), self.now_ms());
        self.store().append_journal(JournalKind::SignOut, self.by(), &body, now_ms)?;
        Ok(())
    }

    pub(crate) fn account(&self) -> &Account {
        &self.inner.account
    }
}
