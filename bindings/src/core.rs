//! The door: accounts of this device, signing in and out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outpost_engine::model::Secret;
use outpost_engine::{Outpost, read_setup_code};

use crate::fault::OutpostFault;
use crate::limits::PAGE_ROWS_MAX;
use crate::platform::{DeviceClock, SecureKeyStore, platform};
use crate::record::account::{Account, AccountPage, SignedInAccount, WipedAccount};
use crate::record::exchange::SetupCode;
use crate::record::signed32;
use crate::runtime;
use crate::session::SessionHandle;

/// Everything of one device: its accounts and the session of the one who is signed in.
#[derive(uniffi::Object)]
pub struct OutpostCore {
    engine: Option<Arc<Outpost>>,
}

#[uniffi::export]
impl OutpostCore {
    /// Opens the folder of this device, makes it if there is none.
    ///
    /// Without `keys` they are kept in files of the folder that only the owner may read; without
    /// `clock` the system's is read.
    ///
    /// # Errors
    /// `StorageLocked` if the keys do not fit or cannot be had; other storage errors.
    #[uniffi::constructor]
    pub async fn open(
        home: String,
        keys: Option<Arc<dyn SecureKeyStore>>,
        clock: Option<Arc<dyn DeviceClock>>,
    ) -> Result<Arc<Self>, OutpostFault> {
        runtime::run(move || {
            let home = PathBuf::from(home);
            let engine = Outpost::open(&home, platform(&home, keys, clock))?;
            Ok(Arc::new(Self { engine: Some(Arc::new(engine)) }))
        })
        .await
    }

    /// Signs in with a password. Asks the server; where it cannot be reached, compares the password
    /// with the one of the last sign-in on this device. It is kept, encrypted, for later
    /// synchronisations. Another account's work is not touched.
    ///
    /// # Errors
    /// `InvalidInput` for the address; `Unauthenticated` with the trouble; `Incompatible` for a
    /// server that is no DHIS2 or too old; `Offline`, `ServerUnavailable` if an offline sign-in is
    /// not possible either; storage errors.
    pub async fn sign_in(
        &self,
        server: String,
        username: String,
        password: String,
        allow_http: bool,
    ) -> Result<SignedInAccount, OutpostFault> {
        let secret = Secret::password(password);
        self.run(move |engine| {
            Ok(engine.sign_in(&server, Some(&username), secret, allow_http)?.into())
        })
        .await
    }

    /// Signs in with a DHIS2 personal access token; the user name is needed only without network.
    ///
    /// # Errors
    /// As [`OutpostCore::sign_in`].
    pub async fn sign_in_with_token(
        &self,
        server: String,
        username: Option<String>,
        token: String,
        allow_http: bool,
    ) -> Result<SignedInAccount, OutpostFault> {
        let secret = Secret::token(token);
        self.run(move |engine| {
            Ok(engine.sign_in(&server, username.as_deref(), secret, allow_http)?.into())
        })
        .await
    }

    /// Forgets the password or token of whoever is signed in. What was captured stays, encrypted,
    /// and is there again after the next sign-in.
    ///
    /// # Errors
    /// `Unauthenticated` if nobody is signed in; storage errors.
    pub async fn sign_out(&self) -> Result<(), OutpostFault> {
        self.run(|engine| Ok(engine.sign_out()?)).await
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn current(&self) -> Result<Option<Account>, OutpostFault> {
        self.run(|engine| Ok(engine.current()?.map(Account::from))).await
    }

    /// A page of those who have signed in on this device, the latest first.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn accounts(&self, next: Option<i32>) -> Result<AccountPage, OutpostFault> {
        self.run(move |engine| {
            let (items, next) = page(engine.accounts()?, next);
            Ok(AccountPage { items, next })
        })
        .await
    }

    /// Removes everything of whoever is signed in: the database, its key, the account. Unsent work is
    /// written to `export` first, as a backup that the recovery keys open. Let go of the session
    /// before.
    ///
    /// # Errors
    /// `InvalidInput` if something is unsent and no export is asked for, or it cannot be written;
    /// `Busy` while a synchronisation runs or something was saved meanwhile; storage errors. Then
    /// nothing was removed.
    pub async fn wipe(&self, export: Option<String>) -> Result<WipedAccount, OutpostFault> {
        self.run(move |engine| Ok(engine.wipe(export.as_ref().map(Path::new))?.into())).await
    }

    /// Reads the text of a setup code. Whether the signer is the right one only a person can tell, by
    /// the digits.
    ///
    /// # Errors
    /// `InvalidInput` if it is none, was changed, or was signed by nobody who may.
    pub async fn read_setup_code(&self, text: String) -> Result<SetupCode, OutpostFault> {
        self.run(move |_| Ok(read_setup_code(&text)?.into())).await
    }

    /// The session of whoever is signed in.
    ///
    /// # Errors
    /// `Unauthenticated` if nobody is; storage errors.
    pub async fn session(&self) -> Result<Arc<SessionHandle>, OutpostFault> {
        self.run(|engine| Ok(Arc::new(SessionHandle::new(engine.session()?)))).await
    }
}

impl OutpostCore {
    async fn run<T, F>(&self, work: F) -> Result<T, OutpostFault>
    where
        T: Send + 'static,
        F: FnOnce(&Outpost) -> Result<T, OutpostFault> + Send + 'static,
    {
        let engine = self.engine.clone();
        runtime::run(move || {
            let engine = engine.ok_or_else(|| OutpostFault::internal("it is closed"))?;
            work(&engine)
        })
        .await
    }
}

impl Drop for OutpostCore {
    fn drop(&mut self) {
        // The last handle writes the log back to the database: not on the caller's thread.
        if let Some(engine) = self.engine.take() {
            runtime::spawn(move || drop(engine)).ok();
        }
    }
}

/// The part of a list that one call returns, and where the next one begins.
pub(crate) fn page<A, B: From<A>>(items: Vec<A>, next: Option<i32>) -> (Vec<B>, Option<i32>) {
    let start = usize::try_from(next.unwrap_or(0)).unwrap_or(0);
    let end = start.saturating_add(PAGE_ROWS_MAX);
    let next = (items.len() > end).then(|| signed32(end));
    (items.into_iter().skip(start).take(PAGE_ROWS_MAX).map(B::from).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        length: usize,
        next: Option<i32>,
        first_and_count: (Option<usize>, usize),
        then: Option<i32>,
    ) {
        let (items, found): (Vec<usize>, _) = page((0..length).collect(), next);
        assert_eq!((items.first().copied(), items.len()), first_and_count);
        assert_eq!(found, then);
    }

    #[test]
    fn a_list_comes_in_pages_of_at_most_200() {
        check(0, None, (None, 0), None);
        check(200, None, (Some(0), 200), None);
        check(201, None, (Some(0), 200), Some(200));
        check(201, Some(200), (Some(200), 1), None);
        check(201, Some(-5), (Some(0), 200), Some(200));
        check(201, Some(i32::MAX), (None, 0), None);
    }
}
