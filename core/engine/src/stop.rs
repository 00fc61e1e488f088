//! Errors of the layers below, as errors of the facade: the one place where they are translated.

use outpost_store::StoreError;
use outpost_sync::ports::Stop;
use outpost_wire::answer::SignedOutReason;

use crate::error::{OutpostError, SignInProblem};

impl From<StoreError> for OutpostError {
    fn from(error: StoreError) -> Self {
        let reason = error.to_string();
        match error {
            StoreError::Full => Self::StorageFull,
            StoreError::Denied { .. } => Self::StorageDenied { reason },
            StoreError::Busy | StoreError::Io { .. } => Self::StorageBusy { reason },
            StoreError::Interrupted => Self::Cancelled,
            StoreError::WrongKey => Self::StorageLocked { reason },
            StoreError::Corrupt { .. } | StoreError::Foreign => Self::StorageCorrupt { reason },
            StoreError::Newer { found, supported } => Self::Incompatible {
                found: format!("files of version {found}"),
                supported: format!("up to {supported}"),
            },
            StoreError::Limit { what, .. } => Self::invalid(what, "too_large", reason),
            StoreError::NotFound { what } => Self::not_found(what, ""),
            StoreError::Refused { reason } => Self::invalid("", "refused", reason),
            _ => Self::Internal { reason },
        }
    }
}

/// Why a run stopped, as an error. `store_error` is what the store said, if it was the store.
pub(crate) fn error_of(stop: Stop, store_error: Option<StoreError>) -> OutpostError {
    match stop {
        Stop::Offline { reason } => OutpostError::Offline { reason },
        Stop::CaptivePortal => OutpostError::Offline {
            reason: "this network wants a sign-in page of its own first".to_owned(),
        },
        Stop::Tls { reason } => OutpostError::Incompatible {
            found: format!("a certificate that is not trusted ({reason})"),
            supported: "certificates that this device trusts".to_owned(),
        },
        Stop::SignedOut { reason } => {
            OutpostError::Unauthenticated { problem: sign_in_problem(&reason) }
        }
        Stop::Forbidden { reason } => OutpostError::Forbidden { reason },
        Stop::ServerUnavailable { status, retry_after_ms } => {
            OutpostError::ServerUnavailable { status, retry_after_ms }
        }
        Stop::Incompatible { reason } => OutpostError::Incompatible {
            found: reason,
            supported: "DHIS2 2.38 and later".to_owned(),
        },
        Stop::Store { reason } => match store_error {
            Some(error) => error.into(),
            None => OutpostError::Internal { reason },
        },
        Stop::Cancelled => OutpostError::Cancelled,
    }
}

/// What the words of a run about a refused sign-in mean.
fn sign_in_problem(words: &str) -> SignInProblem {
    const MEANINGS: [(SignedOutReason, SignInProblem); 8] = [
        (SignedOutReason::BadCredentials, SignInProblem::WrongSecret),
        (SignedOutReason::BadToken, SignInProblem::WrongSecret),
        (SignedOutReason::TokenRefused, SignInProblem::TokenRefused),
        (SignedOutReason::AccountDisabled, SignInProblem::Disabled),
        (SignedOutReason::AccountLocked, SignInProblem::Locked),
        (SignedOutReason::AccountExpired, SignInProblem::AccountExpired),
        (SignedOutReason::PasswordExpired, SignInProblem::PasswordExpired),
        (SignedOutReason::SecondFactorNeeded, SignInProblem::TwoFactor),
    ];
    let meaning = MEANINGS.into_iter().find(|(reason, _)| reason.words() == words);
    meaning.map_or(SignInProblem::SessionEnded, |(_, problem)| problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_sign_in(reason: SignedOutReason, problem: SignInProblem, to_do: &str) {
        let stop = Stop::SignedOut { reason: reason.words().to_owned() };
        let error = error_of(stop, None);
        assert_eq!(error, OutpostError::Unauthenticated { problem });
        assert!(error.what_to_do().contains(to_do), "{}", error.what_to_do());
    }

    #[test]
    fn a_second_factor_is_told_apart_from_a_wrong_password() {
        let needed = SignedOutReason::SecondFactorNeeded;
        check_sign_in(needed, SignInProblem::TwoFactor, "an account without a second factor");
        let token = SignedOutReason::TokenRefused;
        check_sign_in(token, SignInProblem::TokenRefused, "the account must be open");
        check_sign_in(SignedOutReason::BadCredentials, SignInProblem::WrongSecret, "again");
    }

    #[test]
    fn a_failing_store_is_reported_as_what_it_was() {
        let stop = Stop::Store { reason: "no space".to_owned() };
        assert_eq!(error_of(stop, Some(StoreError::Full)), OutpostError::StorageFull);
    }
}
