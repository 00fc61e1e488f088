//! Accounts, the state of a session at a glance, and its health.

use serde::Serialize;
use zeroize::Zeroizing;

/// What a person signs in with. Wiped from memory when dropped, never shown.
#[derive(Clone)]
pub enum Secret {
    /// The password of the account.
    Password(Zeroizing<String>),
    /// A DHIS2 personal access token.
    Token(Zeroizing<String>),
}

impl Secret {
    /// A password.
    #[must_use]
    pub fn password(text: impl Into<String>) -> Self {
        Self::Password(Zeroizing::new(text.into()))
    }

    /// A personal access token.
    #[must_use]
    pub fn token(text: impl Into<String>) -> Self {
        Self::Token(Zeroizing::new(text.into()))
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Password(text) | Self::Token(text) => text,
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Password(_) => "Password(…)",
            Self::Token(_) => "Token(…)",
        })
    }
}

/// An account that has signed in on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountInfo {
    /// Address of the server.
    pub server: String,
    /// User name.
    pub username: String,
    /// Whether it is the one signed in now.
    pub is_current: bool,
    /// Last sign-in, Unix ms.
    pub last_sign_in_ms: Option<i64>,
}

/// What a sign-in came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedIn {
    /// The account.
    pub account: AccountInfo,
    /// Whether the server was asked; otherwise the password was compared with the last sign-in here.
    pub online: bool,
    /// Version of the server as last known.
    pub server_version: Option<String>,
    /// Remarks, such as a server newer than this release.
    pub notes: Vec<String>,
}

/// The state of the work at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Address of the server.
    pub server: String,
    /// User name.
    pub username: String,
    /// Records that the server does not hold yet, for whatever reason.
    pub unsent: u64,
    /// Of these, records that wait to be sent or are on their way.
    pub waiting: u64,
    /// Of the unsent, records that the server refused.
    pub parked: u64,
    /// Of the unsent, records changed here and on the server that wait for a decision.
    pub conflicts: u64,
    /// Forms begun and not finished.
    pub drafts: u64,
    /// When the oldest of the unsent was entered, Unix ms of the device.
    pub oldest_unsent_ms: Option<i64>,
    /// Whether the server has everything.
    pub all_sent: bool,
    /// End of the last complete synchronisation, RFC 3339 in UTC.
    pub last_sync: Option<String>,
    /// The same in Unix ms.
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
    pub database_bytes: u64,
    /// Free space beside it in bytes, if the system tells.
    pub free_bytes: Option<u64>,
    /// What was saved of a damaged database, in words, as long as its file is kept.
    pub salvage: Option<String>,
    /// Whether a password or token is kept for the next synchronisation.
    pub can_sync: bool,
}

/// How a check of the doctor came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing to do.
    Ok,
    /// Works, but look at it.
    Warn,
    /// Must be mended.
    Bad,
}

/// One check of the doctor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Short stable name, such as `integrity`.
    pub name: String,
    /// How it came out.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What to do; empty if nothing.
    pub what_to_do: String,
}
