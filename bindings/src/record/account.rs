//! Accounts, the state of the work at a glance, the doctor.

use outpost_engine::{Wiped, model};

use super::signed;

/// An account that has signed in on this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Account {
    /// Address of the server.
    pub server: String,
    /// User name.
    pub username: String,
    /// Whether it is the one signed in now.
    pub is_current: bool,
    /// Last sign-in, Unix ms.
    pub last_sign_in_ms: Option<i64>,
}

impl From<model::AccountInfo> for Account {
    fn from(it: model::AccountInfo) -> Self {
        Self {
            server: it.server,
            username: it.username,
            is_current: it.is_current,
            last_sign_in_ms: it.last_sign_in_ms,
        }
    }
}

/// A page of accounts.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AccountPage {
    /// Accounts, the latest first.
    pub items: Vec<Account>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// What a sign-in came to.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SignedInAccount {
    /// The account.
    pub account: Account,
    /// Whether the server was asked; otherwise the password was compared with the last sign-in here.
    pub online: bool,
    /// Version of the server as last known.
    pub server_version: Option<String>,
    /// Remarks, such as a server newer than this release.
    pub notes: Vec<String>,
}

impl From<model::SignedIn> for SignedInAccount {
    fn from(it: model::SignedIn) -> Self {
        Self {
            account: it.account.into(),
            online: it.online,
            server_version: it.server_version,
            notes: it.notes,
        }
    }
}

/// The state of the work at a glance.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WorkStatus {
    /// Address of the server.
    pub server: String,
    /// User name.
    pub username: String,
    /// Records that the server does not hold yet, for whatever reason.
    pub unsent: i64,
    /// Of these, records that wait to be sent or are on their way.
    pub waiting: i64,
    /// Of the unsent, records that the server refused.
    pub parked: i64,
    /// Of the unsent, records changed here and on the server that wait for a decision.
    pub conflicts: i64,
    /// When the oldest of the unsent was entered, Unix ms of the device.
    pub oldest_unsent_ms: Option<i64>,
    /// Forms begun and not finished.
    pub drafts: i64,
    /// Whether the server has everything.
    pub all_sent: bool,
    /// End of the last complete synchronisation, Unix ms.
    pub last_sync_ms: Option<i64>,
    /// End of the last finished pull of metadata, Unix ms.
    pub last_pull_ms: Option<i64>,
    /// Server clock minus device clock in milliseconds.
    pub skew_ms: Option<i64>,
    /// Version of the server as last seen.
    pub server_version: Option<String>,
    /// Fingerprint of the metadata on the device.
    pub metadata_version: Option<String>,
    /// Size of the database in bytes.
    pub database_bytes: i64,
    /// Free space beside it in bytes, if the system tells.
    pub free_bytes: Option<i64>,
    /// Whether a password or token is kept for the next synchronisation.
    pub can_sync: bool,
}

impl From<model::Status> for WorkStatus {
    fn from(it: model::Status) -> Self {
        Self {
            server: it.server,
            username: it.username,
            unsent: signed(it.unsent),
            waiting: signed(it.waiting),
            parked: signed(it.parked),
            conflicts: signed(it.conflicts),
            oldest_unsent_ms: it.oldest_unsent_ms,
            drafts: signed(it.drafts),
            all_sent: it.all_sent,
            last_sync_ms: it.last_sync_ms,
            last_pull_ms: it.last_pull_ms,
            skew_ms: it.skew_ms,
            server_version: it.server_version,
            metadata_version: it.metadata_version,
            database_bytes: signed(it.database_bytes),
            free_bytes: it.free_bytes.map(signed),
            can_sync: it.can_sync,
        }
    }
}

/// How a check of the doctor came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DeviceHealth {
    /// Nothing to do.
    Good,
    /// Works, but look at it.
    Warn,
    /// Must be mended.
    Bad,
}

impl From<model::Health> for DeviceHealth {
    fn from(it: model::Health) -> Self {
        match it {
            model::Health::Ok => Self::Good,
            model::Health::Warn => Self::Warn,
            model::Health::Bad => Self::Bad,
        }
    }
}

/// One check of the doctor.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeviceCheck {
    /// Short stable name, such as `integrity`.
    pub name: String,
    /// How it came out.
    pub health: DeviceHealth,
    /// What was found.
    pub found: String,
    /// What to do; empty if nothing.
    pub what_to_do: String,
}

impl From<model::Check> for DeviceCheck {
    fn from(it: model::Check) -> Self {
        Self { name: it.name, health: it.health.into(), found: it.found, what_to_do: it.what_to_do }
    }
}

/// An account that was removed from this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct WipedAccount {
    /// Records that the server did not hold; they are in the export.
    pub unsent: i64,
    /// Whether they were exported.
    pub exported: bool,
}

impl From<Wiped> for WipedAccount {
    fn from(it: Wiped) -> Self {
        Self { unsent: signed(it.unsent), exported: it.exported }
    }
}
