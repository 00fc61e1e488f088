//! Who signs in. Secrets are wiped from memory when they are dropped and never shown.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use zeroize::{Zeroize, Zeroizing};

/// How the account signs in.
#[derive(Clone)]
pub enum Credentials {
    /// With a user name and password: `POST /api/auth/login` where the server has it (from 2.41),
    /// else Basic authentication.
    Password {
        /// User name.
        username: String,
        /// Password.
        password: Zeroizing<String>,
        /// One-time code of a second factor, used for the first sign-in only.
        two_factor_code: Option<Zeroizing<String>>,
    },
    /// With a personal access token.
    Token(Zeroizing<String>),
}

impl Credentials {
    /// A user name and password.
    #[must_use]
    pub fn password(username: &str, password: &str) -> Self {
        Self::Password {
            username: username.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            two_factor_code: None,
        }
    }

    /// A personal access token.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self::Token(Zeroizing::new(token.trim().to_owned()))
    }

    /// The `Authorization` header. `None` if the secret cannot stand in a header.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let text = Zeroizing::new(match self {
            Self::Password { username, password, .. } => {
                let pair = Zeroizing::new(format!("{username}:{}", password.as_str()));
                let mut encoded = STANDARD.encode(pair.as_bytes());
                let text = format!("Basic {encoded}");
                encoded.zeroize();
                text
            }
            Self::Token(token) => format!("ApiToken {}", token.as_str()),
        });
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Password { .. } => "Credentials::Password(…)",
            Self::Token(_) => "Credentials::Token(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(credentials: &Credentials, expected: &str) {
        let header = credentials.header().expect("a header");
        assert_eq!(header.to_str().expect("text"), expected);
        assert!(header.is_sensitive());
    }

    #[test]
    fn headers_are_as_dhis2_takes_them() {
        // RFC 7617, section 2 and 2.1.
        check(
            &Credentials::password("Aladdin", "open sesame"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        );
        check(&Credentials::password("test", "123£"), "Basic dGVzdDoxMjPCow==");
        check(&Credentials::token(" d2p_abc \n"), "ApiToken d2p_abc");
    }

    #[test]
    fn a_token_that_would_break_the_header_is_refused() {
        assert!(Credentials::token("a\r\nX-Evil: 1").header().is_none());
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", Credentials::password("nurse", "District1!"));
        assert!(!shown.contains("nurse") && !shown.contains("District1!"), "{shown}");
    }
}
