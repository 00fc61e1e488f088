//! The errors that cross the bridge, chosen by what the caller can do about them.
//!
//! One place decides what is told. No text holds a value of a person, a password or a key. No member
//! is called `message`: the generated Kotlin has one of its own.

use outpost_engine::{OutpostError, SignInProblem};

use crate::limits::CALLBACK_REASON_CHARS_MAX;

/// Why a sign-in was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SignInTrouble {
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
    /// The account asks for a second factor: another account is needed here.
    TwoFactor,
    /// The session or token ended.
    SessionEnded,
    /// Too many wrong passwords on this device; the next try is allowed after the wait.
    LockedOut {
        /// Milliseconds to wait.
        wait_ms: i64,
    },
    /// No network, and this account never signed in on this device before.
    NeverSignedInHere,
}

/// What went wrong. Each has the reason in words and what to do about it, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum OutpostFault {
    /// Something given is not acceptable: show it at the field.
    #[error("{reason}")]
    InvalidInput {
        /// What it is about: an argument, a data element id, a property.
        field: String,
        /// Stable short name or DHIS2 code of the rule.
        code: String,
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// The thing does not exist on this device.
    #[error("{reason}")]
    NotFound {
        /// What kind of thing, in words.
        kind: String,
        /// Its id as given.
        id: String,
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// Sign in (again).
    #[error("{reason}")]
    Unauthenticated {
        /// Why.
        trouble: SignInTrouble,
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// Signed in, but not allowed.
    #[error("{reason}")]
    Forbidden {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// The server cannot be reached; wait for network.
    #[error("{reason}")]
    Offline {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// The server is reached but not well; try again later.
    #[error("{reason}")]
    ServerUnavailable {
        /// HTTP status.
        status: i32,
        /// Milliseconds after which it asked to be tried again.
        retry_after_ms: Option<i64>,
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// The server refused the request.
    #[error("{reason}")]
    ServerRejected {
        /// HTTP status.
        status: i32,
        /// DHIS2 error code.
        code: Option<String>,
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// Server and this release do not understand each other, or a newer release wrote the files.
    #[error("{reason}")]
    Incompatible {
        /// What was found.
        found: String,
        /// What is supported.
        supported: String,
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// No room left on the device. Nothing was written.
    #[error("{reason}")]
    StorageFull {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// Another process uses the files.
    #[error("{reason}")]
    StorageBusy {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// A file is damaged. It was kept.
    #[error("{reason}")]
    StorageCorrupt {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// The key does not open the files: locked, not damaged.
    #[error("{reason}")]
    StorageLocked {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// A person stopped it.
    #[error("{reason}")]
    Cancelled {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// The same work is under way already.
    #[error("{reason}")]
    Busy {
        /// In words.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
    /// A fault of this program.
    #[error("{reason}")]
    Internal {
        /// In words, without values of persons.
        reason: String,
        /// For a person.
        what_to_do: String,
    },
}

impl OutpostFault {
    /// A fault of this program.
    pub(crate) fn internal(reason: impl std::fmt::Display) -> Self {
        OutpostError::internal(reason).into()
    }
}

impl From<SignInProblem> for SignInTrouble {
    fn from(problem: SignInProblem) -> Self {
        match problem {
            SignInProblem::NotSignedIn => Self::NotSignedIn,
            SignInProblem::WrongSecret => Self::WrongSecret,
            SignInProblem::Disabled | SignInProblem::TokenRefused => Self::Disabled,
            SignInProblem::Locked => Self::Locked,
            SignInProblem::AccountExpired => Self::AccountExpired,
            SignInProblem::PasswordExpired => Self::PasswordExpired,
            SignInProblem::TwoFactor => Self::TwoFactor,
            SignInProblem::SessionEnded => Self::SessionEnded,
            SignInProblem::LockedOut { wait_ms } => {
                Self::LockedOut { wait_ms: crate::record::signed(wait_ms) }
            }
            SignInProblem::NeverSignedInHere => Self::NeverSignedInHere,
        }
    }
}

impl From<OutpostError> for OutpostFault {
    fn from(error: OutpostError) -> Self {
        // The engine's words, which also say whether the work is safe.
        let (said, what_to_do) = (error.to_string(), error.what_to_do());
        let signed = crate::record::signed;
        match error {
            OutpostError::InvalidInput { field, code, reason } => {
                Self::InvalidInput { field, code, reason, what_to_do }
            }
            OutpostError::NotFound { kind, id } => {
                Self::NotFound { kind, id, reason: said, what_to_do }
            }
            OutpostError::Unauthenticated { problem } => {
                Self::Unauthenticated { trouble: problem.into(), reason: said, what_to_do }
            }
            OutpostError::Forbidden { .. } => Self::Forbidden { reason: said, what_to_do },
            OutpostError::Offline { .. } => Self::Offline { reason: said, what_to_do },
            OutpostError::ServerUnavailable { status, retry_after_ms } => {
                let retry_after_ms = retry_after_ms.map(signed);
                let status = i32::from(status);
                Self::ServerUnavailable { status, retry_after_ms, reason: said, what_to_do }
            }
            OutpostError::ServerRejected { status, code, reason } => {
                Self::ServerRejected { status: i32::from(status), code, reason, what_to_do }
            }
            OutpostError::Incompatible { found, supported } => {
                Self::Incompatible { found, supported, reason: said, what_to_do }
            }
            OutpostError::StorageFull => Self::StorageFull { reason: said, what_to_do },
            // The folder of an app is its own: a file that may not be written is one that cannot be had now.
            OutpostError::StorageBusy { .. } | OutpostError::StorageDenied { .. } => {
                Self::StorageBusy { reason: said, what_to_do }
            }
            OutpostError::StorageCorrupt { .. } => {
                Self::StorageCorrupt { reason: said, what_to_do }
            }
            OutpostError::StorageLocked { .. } => Self::StorageLocked { reason: said, what_to_do },
            OutpostError::Cancelled => Self::Cancelled { reason: said, what_to_do },
            OutpostError::Busy { .. } => Self::Busy { reason: said, what_to_do },
            // Also variants of later releases of the engine.
            _ => Self::Internal { reason: said, what_to_do },
        }
    }
}

/// How a callback of the host says that it failed. Anything else that it throws becomes `Failed`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CallbackFault {
    /// The key exists but cannot be had now.
    #[error("{reason}")]
    KeyLocked {
        /// In words, without the key.
        reason: String,
    },
    /// No room to keep it.
    #[error("no room")]
    NoRoom,
    /// It failed.
    #[error("{reason}")]
    Failed {
        /// In words.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CallbackFault {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: first_line(&error.reason) }
    }
}

impl From<CallbackFault> for OutpostError {
    fn from(fault: CallbackFault) -> Self {
        match fault {
            CallbackFault::KeyLocked { reason } => {
                Self::StorageLocked { reason: first_line(&reason) }
            }
            CallbackFault::NoRoom => Self::StorageFull,
            CallbackFault::Failed { reason } => {
                Self::internal(format!("the key store of the app failed: {}", first_line(&reason)))
            }
        }
    }
}

/// The first line of what a callback says: the rest is a stack trace of the host.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(CALLBACK_REASON_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_trace_of_the_host_is_cut_to_its_first_line() {
        let thrown =
            "java.lang.IllegalStateException: no key\n\tat org.example.Keys.load(Keys.kt:7)";
        let error = uniffi::UnexpectedUniFFICallbackError::new(thrown);
        let OutpostError::Internal { reason } = CallbackFault::from(error).into() else {
            panic!("not internal");
        };
        assert!(reason.ends_with("java.lang.IllegalStateException: no key"), "{reason}");
    }

    #[test]
    fn a_long_line_of_the_host_is_cut() {
        let line = "x".repeat(10_000);
        assert_eq!(first_line(&line).len(), CALLBACK_REASON_CHARS_MAX);
    }

    #[test]
    fn a_wait_that_does_not_fit_is_the_longest_one() {
        let trouble = SignInTrouble::from(SignInProblem::LockedOut { wait_ms: u64::MAX });
        assert_eq!(trouble, SignInTrouble::LockedOut { wait_ms: i64::MAX });
    }

    #[test]
    fn every_fault_says_why_and_what_to_do() {
        let errors = [
            OutpostError::invalid("server", "address", "no address"),
            OutpostError::not_found("form", "x"),
            OutpostError::Unauthenticated { problem: SignInProblem::WrongSecret },
            OutpostError::StorageFull,
            OutpostError::Cancelled,
            OutpostError::internal("broken"),
        ];
        for error in errors {
            let kind = error.kind();
            let fault = OutpostFault::from(error);
            let told = format!("{fault:?}");
            assert!(!fault.to_string().is_empty(), "{kind}");
            assert!(!told.contains("what_to_do: \"\""), "{kind}");
        }
    }
}
