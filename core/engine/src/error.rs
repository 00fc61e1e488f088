//! The one error of the facade: each variant is something that the caller can do about it.
//!
//! A text says what happened and whether the work is safe; [`OutpostError::what_to_do`] says what
//! to do. Never holds a value of a person, a password or a key.

use std::fmt;

/// Why a sign-in was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInProblem {
    /// Nobody is signed in on this device.
    NotSignedIn,
    /// Name or password is wrong, or the token is unknown.
    WrongSecret,
    /// An administrator disabled the account.
    Disabled,
    /// The server locked the account after too many wrong passwords.
    Locked,
    /// The account reached its last day.
    AccountExpired,
    /// The password is too old and must be changed on the web first.
    PasswordExpired,
    /// The account asks for a second factor. A synchronisation runs without a person who could type
    /// its code, and DHIS2 refuses the tokens of such accounts (capture o026l).
    TwoFactor,
    /// The account of the token is disabled or locked, or asks for a second factor.
    TokenRefused,
    /// The session or token ended.
    SessionEnded,
    /// Too many wrong passwords on this device; the next try is allowed after the wait.
    LockedOut {
        /// Milliseconds to wait.
        wait_ms: u64,
    },
    /// No network, and this account never signed in on this device before.
    NeverSignedInHere,
}

impl SignInProblem {
    /// Name for JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::WrongSecret => "wrong_secret",
            Self::Disabled => "disabled",
            Self::Locked => "locked",
            Self::AccountExpired => "account_expired",
            Self::PasswordExpired => "password_expired",
            Self::TwoFactor => "two_factor",
            Self::TokenRefused => "token_refused",
            Self::SessionEnded => "session_ended",
            Self::LockedOut { .. } => "locked_out",
            Self::NeverSignedInHere => "never_signed_in_here",
        }
    }
}

/// What went wrong, chosen by what the caller can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutpostError {
    /// Something given is not acceptable: show it at the field.
    InvalidInput {
        /// What it is about: an argument, a data element id, a property.
        field: String,
        /// Stable short name or DHIS2 code of the rule.
        code: String,
        /// In words.
        reason: String,
    },
    /// The thing does not exist on this device.
    NotFound {
        /// What kind of thing, in words.
        kind: String,
        /// Its id as given.
        id: String,
    },
    /// Sign in (again).
    Unauthenticated {
        /// Why.
        problem: SignInProblem,
    },
    /// Signed in, but not allowed.
    Forbidden {
        /// In words.
        reason: String,
    },
    /// The server cannot be reached; wait for network.
    Offline {
        /// In words.
        reason: String,
    },
    /// The server is reached but not well; try again later.
    ServerUnavailable {
        /// HTTP status.
        status: u16,
        /// When it asked to be tried again.
        retry_after_ms: Option<u64>,
    },
    /// The server refused the request; its reason says why.
    ServerRejected {
        /// HTTP status.
        status: u16,
        /// DHIS2 error code.
        code: Option<String>,
        /// In words.
        reason: String,
    },
    /// Server and this release do not understand each other, or a newer release wrote the files.
    Incompatible {
        /// What was found.
        found: String,
        /// What is supported.
        supported: String,
    },
    /// No room left on the device. Nothing was written.
    StorageFull,
    /// Another process uses the files.
    StorageBusy {
        /// In words.
        reason: String,
    },
    /// The operating system does not let this user read or write the files.
    StorageDenied {
        /// In words.
        reason: String,
    },
    /// A file is damaged. It was kept.
    StorageCorrupt {
        /// In words.
        reason: String,
    },
    /// The key does not open the files: locked, not damaged.
    StorageLocked {
        /// In words.
        reason: String,
    },
    /// A person stopped it.
    Cancelled,
    /// The same work is under way already.
    Busy {
        /// In words.
        reason: String,
    },
    /// A fault of this program.
    Internal {
        /// In words, without values of persons.
        reason: String,
    },
}

/// Result of a facade call.
pub type Result<T> = std::result::Result<T, OutpostError>;

impl OutpostError {
    /// Shorthand for [`OutpostError::InvalidInput`].
    pub fn invalid(
        field: impl Into<String>,
        code: impl Into<String>,
        reason: impl fmt::Display,
    ) -> Self {
        Self::InvalidInput { field: field.into(), code: code.into(), reason: reason.to_string() }
    }

    /// Shorthand for [`OutpostError::NotFound`].
    pub fn not_found(kind: impl Into<String>, id: impl fmt::Display) -> Self {
        Self::NotFound { kind: kind.into(), id: id.to_string().chars().take(80).collect() }
    }

    /// Shorthand for [`OutpostError::Internal`].
    pub fn internal(reason: impl fmt::Display) -> Self {
        Self::Internal { reason: reason.to_string() }
    }

    /// Name of the variant for JSON output.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::InvalidInput { .. } => "invalid_input",
            Self::NotFound { .. } => "not_found",
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::Offline { .. } => "offline",
            Self::ServerUnavailable { .. } => "server_unavailable",
            Self::ServerRejected { .. } => "server_rejected",
            Self::Incompatible { .. } => "incompatible",
            Self::StorageFull => "storage_full",
            Self::StorageBusy { .. } => "storage_busy",
            Self::StorageDenied { .. } => "storage_denied",
            Self::StorageCorrupt { .. } => "storage_corrupt",
            Self::StorageLocked { .. } => "storage_locked",
            Self::Cancelled => "cancelled",
            Self::Busy { .. } => "busy",
            Self::Internal { .. } => "internal",
        }
    }

    /// What to do about it, as one or two sentences for a person.
    #[must_use]
    pub fn what_to_do(&self) -> String {
        match self {
            Self::InvalidInput { .. } => "Correct it and try again.",
            Self::NotFound { .. } => {
                "Check the spelling. If it is new on the server, update first (pull)."
            }
            Self::Unauthenticated { problem } => return problem.what_to_do(),
            Self::Forbidden { .. } => "Ask your administrator for the right.",
            Self::Offline { .. } => "Go on working; try again where there is network.",
            Self::ServerUnavailable { retry_after_ms: Some(wait_ms), .. } => {
                return format!("Try again in {}.", duration_words(*wait_ms));
            }
            Self::ServerUnavailable { .. } => "Try again in a few minutes.",
            Self::ServerRejected { .. } => "Read the reason; if it is unclear, show it to support.",
            Self::Incompatible { .. } => "Update Outpost, or check the address of the server.",
            Self::StorageFull => "Free space on this device, then try again.",
            Self::StorageBusy { .. } => {
                "Wait until the other Outpost has finished, then try again."
            }
            Self::StorageDenied { .. } => {
                "Give this user the right to read and write the folder and everything in it, or \
                 name another folder (--home or OUTPOST_HOME)."
            }
            Self::StorageCorrupt { .. } => {
                "Do not delete anything. Run doctor, copy the folder, and call support."
            }
            Self::StorageLocked { .. } => {
                "Give the right passphrase or key file. The data is intact."
            }
            Self::Cancelled => "Start again when you like; it goes on where it stopped.",
            Self::Busy { .. } => "Wait until it has finished.",
            Self::Internal { .. } => "Please report it with this text.",
        }
        .to_owned()
    }
}

impl SignInProblem {
    fn what_to_do(self) -> String {
        match self {
            Self::NotSignedIn => "Sign in first (login).",
            Self::WrongSecret => "Type the name and password again.",
            Self::Disabled | Self::Locked | Self::AccountExpired => {
                "Ask your administrator to open the account."
            }
            Self::PasswordExpired => "Change the password on the DHIS2 web page, then sign in.",
            Self::TwoFactor => {
                "Ask your administrator for an account without a second factor for this device: \
                 nobody types a code when Outpost synchronises, and DHIS2 refuses the tokens of \
                 accounts with one."
            }
            Self::TokenRefused => {
                "Ask your administrator: the account must be open, and DHIS2 refuses the tokens of \
                 accounts with a second factor."
            }
            Self::SessionEnded => "Sign in again.",
            Self::LockedOut { wait_ms } => {
                return format!("Wait {}, then try again.", duration_words(wait_ms));
            }
            Self::NeverSignedInHere => "Sign in once where there is network.",
        }
        .to_owned()
    }
}

/// A wait in words, rounded up to seconds or minutes.
#[must_use]
pub fn duration_words(wait_ms: u64) -> String {
    let seconds = wait_ms.div_ceil(1_000).max(1);
    match seconds {
        1 => "1 second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

const SAFE: &str = "Your work on this device is safe.";

impl fmt::Display for SignInProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotSignedIn => "nobody is signed in",
            Self::WrongSecret => "the name or the password is wrong",
            Self::Disabled => "the account is disabled on the server",
            Self::Locked => "the server locked the account after too many wrong passwords",
            Self::AccountExpired => "the account has expired on the server",
            Self::PasswordExpired => "the password has expired on the server",
            Self::TwoFactor => "the account asks for a second factor",
            Self::TokenRefused => "the server refuses the token because of its account",
            Self::SessionEnded => "the server does not accept the sign-in any more",
            Self::LockedOut { .. } => "too many wrong passwords on this device",
            Self::NeverSignedInHere => {
                "there is no network, and this account has not signed in on this device before"
            }
        })
    }
}

impl fmt::Display for OutpostError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidInput { field, reason, .. } if field.is_empty() => out.write_str(reason),
            Self::InvalidInput { field, reason, .. } => write!(out, "{field}: {reason}"),
            Self::NotFound { kind, id } => write!(out, "there is no {kind} `{id}` on this device"),
            Self::Unauthenticated { problem: SignInProblem::NotSignedIn } => {
                write!(out, "{}", SignInProblem::NotSignedIn)
            }
            Self::Unauthenticated { problem } => write!(out, "{problem}. {SAFE}"),
            Self::Forbidden { reason } => write!(out, "you may not do this: {reason}. {SAFE}"),
            Self::Offline { reason } => {
                write!(out, "the server cannot be reached: {reason}. {SAFE}")
            }
            Self::ServerUnavailable { status, .. } => {
                write!(out, "the server is not well (status {status}). {SAFE}")
            }
            Self::ServerRejected { status, code: Some(code), reason } => {
                write!(out, "the server refused it ({status}, {code}): {reason}. {SAFE}")
            }
            Self::ServerRejected { status, code: None, reason } => {
                write!(out, "the server refused it ({status}): {reason}. {SAFE}")
            }
            Self::Incompatible { found, supported } => {
                write!(out, "found {found}; this release supports {supported}. {SAFE}")
            }
            Self::StorageFull => {
                write!(out, "no space is left on this device; nothing was written")
            }
            Self::StorageBusy { reason } => write!(out, "the files are in use: {reason}"),
            Self::StorageDenied { reason } => {
                write!(out, "this user may not read or write the files: {reason}")
            }
            Self::StorageCorrupt { reason } => {
                write!(out, "a file is damaged and was kept as it is: {reason}")
            }
            Self::StorageLocked { reason } => {
                write!(out, "the files are locked with another key: {reason}")
            }
            Self::Cancelled => write!(out, "stopped. {SAFE}"),
            Self::Busy { reason } => write!(out, "already under way: {reason}"),
            Self::Internal { reason } => write!(out, "a fault in Outpost: {reason}. {SAFE}"),
        }
    }
}

impl std::error::Error for OutpostError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wait_ms: u64, words: &str) {
        assert_eq!(duration_words(wait_ms), words);
    }

    #[test]
    fn a_wait_is_said_in_round_words_and_never_too_short() {
        check(0, "1 second");
        check(1_001, "2 seconds");
        check(119_000, "119 seconds");
        check(120_000, "2 minutes");
        check(120_001, "3 minutes");
    }

    #[test]
    fn a_server_that_asks_for_time_is_believed() {
        let error = OutpostError::ServerUnavailable { status: 429, retry_after_ms: Some(30_000) };
        assert_eq!(error.what_to_do(), "Try again in 30 seconds.");
        assert!(error.to_string().contains("429"));
    }
}
