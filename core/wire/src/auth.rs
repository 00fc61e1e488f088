//! Signing in: `POST /api/auth/login` (from 2.41) and personal access tokens.
//!
//! Never logs or repeats a password or a token.

use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

const WHAT: &str = "auth/login";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginRequest<'a> {
    username: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    two_factor_code: Option<&'a str>,
}

/// Body of `POST /api/auth/login`.
#[must_use]
pub fn encode_login(username: &str, password: &str, two_factor_code: Option<&str>) -> Vec<u8> {
    serde_json::to_vec(&LoginRequest { username, password, two_factor_code })
        .expect("texts always become JSON")
}

/// What the server says to a login that it answers with 200; wrong credentials are 401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginStatus {
    /// Signed in, a cookie was set.
    Success,
    /// A second factor is needed, or the one given is wrong.
    SecondFactorNeeded,
    /// A code was sent by e-mail.
    SecondFactorSent,
    /// The user must first set up a second factor in a browser.
    SecondFactorSetUpNeeded,
    /// The password is too old.
    PasswordExpired,
    /// Too many wrong tries.
    AccountLocked,
    /// Switched off by an administrator.
    AccountDisabled,
    /// Past its date.
    AccountExpired,
    /// A status of a newer server.
    Other(String),
}

impl LoginStatus {
    fn of(name: &str) -> Self {
        match name {
            "SUCCESS" => Self::Success,
            "EMAIL_TWO_FACTOR_CODE_SENT" => Self::SecondFactorSent,
            "REQUIRES_TWO_FACTOR_ENROLMENT" => Self::SecondFactorSetUpNeeded,
            "PASSWORD_EXPIRED" => Self::PasswordExpired,
            "ACCOUNT_LOCKED" => Self::AccountLocked,
            "ACCOUNT_DISABLED" => Self::AccountDisabled,
            "ACCOUNT_EXPIRED" => Self::AccountExpired,
            // 2.41 has one name, later versions one per kind (capture o026g).
            _ if name.starts_with("INCORRECT_TWO_FACTOR_CODE") => Self::SecondFactorNeeded,
            _ => Self::Other(crate::json::shown(name)),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LoginAnswer {
    #[serde(deserialize_with = "loose::text")]
    login_status: Option<String>,
}

/// Parses a 200 of `POST /api/auth/login`.
///
/// # Errors
/// [`WireError`]; also if `loginStatus` is missing.
pub fn parse_login(bytes: &[u8]) -> Result<LoginStatus, WireError> {
    let answer: LoginAnswer = parse_object(bytes, WHAT)?;
    let status = answer.login_status.as_deref();
    status
        .map(LoginStatus::of)
        .ok_or_else(|| WireError::shape(WHAT, "$", "missing field `loginStatus`"))
}

/// Whether a text looks like a personal access token: `d2pat_` with 32 characters and a 10-digit
/// check sum, or `d2p_` with 44 and a base-62 check sum (wire reference 1.2). Keep it opaque
/// otherwise.
#[must_use]
pub fn is_api_token_shape(text: &str) -> bool {
    let body = text.strip_prefix("d2pat_").or_else(|| text.strip_prefix("d2p_"));
    body.is_some_and(|body| {
        (40..=64).contains(&body.len()) && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: LoginStatus) {
        assert_eq!(parse_login(body.as_bytes()), Ok(expected));
    }

    #[test]
    fn every_login_status_is_known() {
        check(r#"{"loginStatus":"SUCCESS","redirectUrl":"/"}"#, LoginStatus::Success);
        check(r#"{"loginStatus":"ACCOUNT_DISABLED"}"#, LoginStatus::AccountDisabled);
        check(r#"{"loginStatus":"INCORRECT_TWO_FACTOR_CODE"}"#, LoginStatus::SecondFactorNeeded);
        check(
            r#"{"loginStatus":"INCORRECT_TWO_FACTOR_CODE_TOTP"}"#,
            LoginStatus::SecondFactorNeeded,
        );
        check(r#"{"loginStatus":"NEW_ONE"}"#, LoginStatus::Other("NEW_ONE".to_owned()));
        assert!(parse_login(b"{}").is_err());
    }

    #[test]
    fn a_second_factor_is_sent_only_when_there_is_one() {
        assert_eq!(encode_login("a", "b\"", None), br#"{"username":"a","password":"b\""}"#);
        let with_code = encode_login("a", "b", Some("123456"));
        assert!(with_code.ends_with(br#""twoFactorCode":"123456"}"#));
    }

    #[test]
    fn tokens_are_recognised_by_shape_only() {
        assert!(is_api_token_shape(&format!("d2pat_{}{}", "a".repeat(32), "0123456789")));
        assert!(is_api_token_shape(&format!("d2p_{}{}", "a".repeat(44), "abc123")));
        assert!(!is_api_token_shape("password"));
        assert!(!is_api_token_shape("d2p_short"));
    }
}
