//! The door: accounts of this device, signing in and out.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use outpost_http::BaseAddress;
use outpost_store::{Account, JournalKind, Store};
use outpost_sync::lockout::{Attempt, Lockout, Reading};
use outpost_sync::machine::{self, Machine, Phases, RunOptions};
use outpost_sync::ports::{StoreCommand, StoreReply, facts};
use outpost_wire::me::parse_me;
use serde_json::json;

use crate::CancelToken;
use crate::error::{OutpostError, Result, SignInProblem};
use crate::home::Home;
use crate::limits::{SECRET_BYTES_MAX, USERNAME_CHARS_MAX};
use crate::model::{AccountInfo, Secret, SignedIn};
use crate::network::Network;
use crate::platform::Platform;
use crate::session::Session;
use crate::stop::error_of;
use crate::sync_run::Run;
use crate::verifier;

/// Everything of one device: its accounts and the session of the one who is signed in.
///
/// Safe to share between threads. Several may be open on one folder, also in several processes.
pub struct Outpost {
    pub(crate) home: Home,
    pub(crate) platform: Platform,
    network: Arc<Network>,
    pub(crate) session: Mutex<Option<Session>>,
}

/// What the server said about whoever signs in.
struct Met {
    username: String,
    facts: Vec<(String, String)>,
    notes: Vec<String>,
}

impl Outpost {
    /// Opens the folder of this device, makes it if there is none.
    ///
    /// # Errors
    /// `StorageLocked` if the keys do not fit; other storage errors.
    pub fn open(home: &Path, platform: Platform) -> Result<Self> {
        let network = Arc::new(Network::start()?);
        let home = Home::open(home, platform.clone())?;
        Ok(Self { home, platform, network, session: Mutex::new(None) })
    }

    /// Signs in. Asks the server; where it cannot be reached, compares the password with the one of the
    /// last sign-in on this device. The password or token is kept, encrypted, for later synchronisations.
    ///
    /// `username` may be left out with a token where there is network. Another account's work is not
    /// touched.
    ///
    /// # Errors
    /// `InvalidInput` for the address; `Unauthenticated` with the problem; `Incompatible` for a server
    /// that is no DHIS2 or too old; `Offline`, `ServerUnavailable` if an offline sign-in is not
    /// possible either; storage errors.
    pub fn sign_in(
        &self,
        server: &str,
        username: Option<&str>,
        secret: Secret,
        allow_http: bool,
    ) -> Result<SignedIn> {
        let base = BaseAddress::parse(server, allow_http)
            .map_err(|error| OutpostError::invalid("server", "address", error))?;
        check_input(username, &secret)?;
        let server = base.as_str().to_owned();
        match self.meet(base, username, &secret) {
            Ok(met) => self.admit(&server, met, &secret),
            Err(
                error @ (OutpostError::Offline { .. } | OutpostError::ServerUnavailable { .. }),
            ) => self.sign_in_offline(&server, username, &secret, error),
            Err(error) => Err(error),
        }
    }

    /// Asks the server who it is and who we are.
    fn meet(&self, base: BaseAddress, username: Option<&str>, secret: &Secret) -> Result<Met> {
        let transport = Network::transport(base, username.unwrap_or_default(), secret)?;
        let facts = Mutex::new(Vec::new());
        // Nothing is stored before it is known whose database it belongs to.
        let remember = |command: StoreCommand| {
            if let StoreCommand::SaveFact { name, value } = command {
                facts.lock().unwrap_or_else(PoisonError::into_inner).push((name, value));
            }
            Ok(StoreReply::Done)
        };
        let account = machine::Account {
            user_name: username.map(str::to_owned),
            ..machine::Account::default()
        };
        let options = RunOptions { phases: Phases::SIGN_IN, account, ..RunOptions::default() };
        let run = Run {
            store: &remember,
            transport,
            runtime: self.network.runtime(),
            clock: self.platform.clock.as_ref(),
            cancel: &CancelToken::new(),
            on_progress: &|_| {},
        };
        let ended = run.to_end(Machine::new(options));
        if let Some(stop) = ended.report.stopped {
            return Err(error_of(stop, ended.store_error));
        }
        let facts = facts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let me = facts.iter().find(|(name, _)| name == facts::ME);
        let me = me.and_then(|(_, text)| parse_me(text.as_bytes()).ok());
        let me = me.ok_or_else(|| OutpostError::internal("the server did not say who we are"))?;
        Ok(Met { username: me.username, facts, notes: ended.report.notes })
    }

    /// Opens the account of whoever the server knows us as.
    fn admit(&self, server: &str, met: Met, secret: &Secret) -> Result<SignedIn> {
        let mut account = self.home.account(server, &met.username)?;
        let store = self.home.open_store(&account)?;
        for (name, value) in &met.facts {
            store.save_fact(name, value)?;
        }
        account.offline_verifier =
            Some(verifier::make(secret.text(), self.platform.random.as_ref())?);
        account.lockout = None;
        self.enter(account, store, secret, true, met.notes)
    }

    fn sign_in_offline(
        &self,
        server: &str,
        username: Option<&str>,
        secret: &Secret,
        offline: OutpostError,
    ) -> Result<SignedIn> {
        let Some(mut account) = self.known_account(server, username)? else {
            return Err(match offline {
                OutpostError::Offline { .. } => {
                    OutpostError::Unauthenticated { problem: SignInProblem::NeverSignedInHere }
                }
                other => other,
            });
        };
        let Some(stored) = account.offline_verifier.clone() else { return Err(offline) };
        let reading = Reading {
            boot_id: self.platform.clock.boot_id(),
            uptime_ms: self.platform.clock.uptime_ms(),
        };
        let lockout: Lockout = account
            .lockout
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        if let Attempt::Wait(wait_ms) = lockout.attempt(&reading) {
            self.keep_lockout(&mut account, &lockout.observed(&reading))?;
            let problem = SignInProblem::LockedOut { wait_ms };
            return Err(OutpostError::Unauthenticated { problem });
        }
        // Counted before it is checked: whoever pulls the battery in between has used the attempt.
        self.keep_lockout(&mut account, &lockout.failed(&reading))?;
        if !verifier::matches(&stored, secret.text())? {
            return Err(OutpostError::Unauthenticated { problem: SignInProblem::WrongSecret });
        }
        account.lockout = None;
        let store = self.home.open_store(&account)?;
        self.enter(account, store, secret, false, vec![offline.to_string()])
    }

    fn known_account(&self, server: &str, username: Option<&str>) -> Result<Option<Account>> {
        let accounts = self.home.accounts.list()?;
        let is_meant = |account: &Account| {
            account.server == server
                && username.is_none_or(|name| account.user.eq_ignore_ascii_case(name))
        };
        Ok(accounts.into_iter().find(is_meant))
    }

    fn keep_lockout(&self, account: &mut Account, lockout: &Lockout) -> Result<()> {
        account.lockout = Some(serde_json::to_string(lockout).map_err(OutpostError::internal)?);
        Ok(self.home.accounts.save(account)?)
    }

    fn enter(
        &self,
        mut account: Account,
        store: Store,
        secret: &Secret,
        online: bool,
        notes: Vec<String>,
    ) -> Result<SignedIn> {
        let now_ms = self.platform.clock.unix_ms();
        account.last_used_ms = self.later_than_all(now_ms)?;
        Session::keep_secret(&store, Some(secret))?;
        let body = json!({ "online": online });
        store.append_journal(JournalKind::SignIn, &account.user, &body, now_ms)?;
        self.home.accounts.save(&account)?;
        let server_version = store.load_fact(facts::SERVER_VERSION)?;
        let info = account_info(&account, true);
        let session = self.session_of(store, account);
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        Ok(SignedIn { account: info, online, server_version, notes })
    }

    /// The account used last comes first also if the clock was set back.
    fn later_than_all(&self, now_ms: i64) -> Result<i64> {
        let latest = self.home.accounts.list()?.first().map_or(0, |account| account.last_used_ms);
        Ok(now_ms.max(latest.saturating_add(1)))
    }

    fn session_of(&self, store: Store, account: Account) -> Session {
        let database = self.home.database(&account);
        Session::new(store, account, database, self.platform.clone(), Arc::clone(&self.network))
    }

    /// The session of whoever is signed in.
    ///
    /// # Errors
    /// `Unauthenticated` if nobody is; storage errors.
    pub fn session(&self) -> Result<Session> {
        let mut current = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = current.as_ref() {
            return Ok(session.clone());
        }
        let nobody = OutpostError::Unauthenticated { problem: SignInProblem::NotSignedIn };
        let account = self.home.accounts.list()?.into_iter().next().ok_or(nobody.clone())?;
        let store = self.home.open_store(&account)?;
        let session = self.session_of(store, account);
        if session.kept_secret()?.is_none() {
            return Err(nobody);
        }
        *current = Some(session.clone());
        Ok(session)
    }

    /// Forgets the password or token of whoever is signed in. What was captured stays, encrypted, and
    /// is there again after the next sign-in.
    ///
    /// # Errors
    /// `Unauthenticated` if nobody is signed in; storage errors.
    pub fn sign_out(&self) -> Result<()> {
        let session = self.session()?;
        session.forget_secret()?;
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// Storage errors.
    pub fn current(&self) -> Result<Option<AccountInfo>> {
        match self.session() {
            Ok(session) => Ok(Some(account_info(session.account(), true))),
            Err(OutpostError::Unauthenticated { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Everybody who has signed in on this device, the latest first.
    ///
    /// # Errors
    /// Storage errors.
    pub fn accounts(&self) -> Result<Vec<AccountInfo>> {
        let current = self.current()?;
        let is_current = |account: &Account| {
            current
                .as_ref()
                .is_some_and(|it| it.server == account.server && it.username == account.user)
        };
        let accounts = self.home.accounts.list()?;
        Ok(accounts.iter().map(|account| account_info(account, is_current(account))).collect())
    }
}

fn account_info(account: &Account, is_current: bool) -> AccountInfo {
    AccountInfo {
        server: account.server.clone(),
        username: account.user.clone(),
        is_current,
        last_sign_in_ms: Some(account.last_used_ms).filter(|time| *time > 0),
    }
}

fn check_input(username: Option<&str>, secret: &Secret) -> Result<()> {
    let length = secret.text().len();
    if length == 0 || length > SECRET_BYTES_MAX {
        let reason = "the password is empty or too long";
        return Err(OutpostError::invalid("password", "length", reason));
    }
    let is_password = matches!(secret, Secret::Password(_));
    match username {
        None if is_password => {
            Err(OutpostError::invalid("user", "missing", "a password needs a user name"))
        }
        Some(name) if name.is_empty() || name.chars().count() > USERNAME_CHARS_MAX => {
            Err(OutpostError::invalid("user", "length", "the user name is empty or too long"))
        }
        _ => Ok(()),
    }
}
