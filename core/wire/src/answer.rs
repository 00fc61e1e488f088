//! What an HTTP answer means before its body is read as anything: signed in or not, DHIS2 or
//! something in between, refused or broken.
//!
//! Status first, then content type, then the few texts that make a difference (dhis2-observed).

use crate::json::shown;
use crate::web_message::WebMessage;

/// Why we are not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOutReason {
    /// Wrong user name or password; also an expired or deleted account, or a second factor, which
    /// Basic does not tell apart (captures o024i, o026f). `auth/login` tells more.
    BadCredentials,
    /// Switched off by an administrator.
    AccountDisabled,
    /// Too many wrong tries.
    AccountLocked,
    /// Past its date; only `auth/login` tells.
    AccountExpired,
    /// The password is too old; only `auth/login` tells.
    PasswordExpired,
    /// The account asks for a second factor; only `auth/login` tells.
    SecondFactorNeeded,
    /// The token is unknown, expired, malformed, or not allowed for this.
    BadToken,
    /// The token is known, but its account is switched off, locked, or asks for a second factor:
    /// DHIS2 does not tell which (captures o024k, o025j, o026l).
    TokenRefused,
    /// Redirected to a login page: the session is over.
    LoginPage,
    /// 401 without a reason that is known.
    Other,
}

impl SignedOutReason {
    /// For a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::BadCredentials => "The user name or password is not right.",
            Self::AccountDisabled => "This account is switched off. Ask your administrator.",
            Self::AccountLocked => {
                "This account is locked after too many tries. Wait, then try again."
            }
            Self::AccountExpired => "This account has expired. Ask your administrator.",
            Self::PasswordExpired => "The password is too old. Change it on the web page first.",
            Self::SecondFactorNeeded => {
                "This account asks for a second factor, and its tokens are refused too. Use an \
                 account without one."
            }
            Self::TokenRefused => {
                "The account of this token is switched off, locked, or asks for a second factor. \
                 Ask your administrator."
            }
            Self::BadToken => "The access token is not valid any more. Sign in again.",
            Self::LoginPage | Self::Other => "You are signed out. Sign in again.",
        }
    }
}

/// What the server said with an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerMessage {
    /// Error code such as `E1003`, if any.
    pub code: Option<String>,
    /// The text, cut. For decisions and support only, never for a log or a person: it may quote
    /// values.
    pub text: String,
}

/// The meaning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerClass {
    /// Processed; read the body. For imports this is not yet success.
    Ok,
    /// 304: what is held is current.
    NotModified,
    /// Not signed in.
    SignedOut {
        /// Why.
        reason: SignedOutReason,
    },
    /// Signed in, not allowed.
    Forbidden {
        /// The authority that is missing, if the server names one.
        authority: Option<String>,
        /// What the server said.
        message: ServerMessage,
    },
    /// Something between us and the server answered with a page.
    CaptivePortal,
    /// Redirected elsewhere, which is never followed with credentials.
    Redirected {
        /// Where to, cut.
        location: String,
    },
    /// Not there.
    NotFound {
        /// Whether the path itself is unknown (a page instead of a message): another version, or no
        /// DHIS2.
        is_unknown_path: bool,
        /// What the server said.
        message: ServerMessage,
    },
    /// 409.
    Conflict {
        /// Whether the body is an import summary or report: then it is a processed answer.
        has_report: bool,
        /// What the server said.
        message: ServerMessage,
    },
    /// The request was not understood (400, 405, 406, 415 …).
    BadRequest {
        /// HTTP status.
        status: u16,
        /// What the server said.
        message: ServerMessage,
    },
    /// Body or request line too large: send less at a time.
    TooLarge,
    /// Asked too often.
    RateLimited,
    /// The server is up but not well.
    ServerError {
        /// HTTP status.
        status: u16,
        /// Two requests met ("could not execute statement", capture t037): send the same again
        /// soon.
        is_concurrent: bool,
    },
}

/// Classifies an answer.
#[must_use]
pub fn classify(
    status: u16,
    content_type: Option<&str>,
    location: Option<&str>,
    body: &[u8],
) -> AnswerClass {
    let is_page = is_page(content_type, body);
    match status {
        200..=299 if is_page => AnswerClass::CaptivePortal,
        200..=299 => AnswerClass::Ok,
        304 => AnswerClass::NotModified,
        300..=399 => redirected(location.unwrap_or_default()),
        401 => AnswerClass::SignedOut { reason: signed_out(&message_of(body).text) },
        403 => forbidden(message_of(body)),
        404 | 410 => AnswerClass::NotFound { is_unknown_path: is_page, message: message_of(body) },
        409 => AnswerClass::Conflict { has_report: has_report(body), message: message_of(body) },
        413 | 414 | 431 => AnswerClass::TooLarge,
        429 => AnswerClass::RateLimited,
        407 | 511 => AnswerClass::CaptivePortal,
        408 | 425 => AnswerClass::ServerError { status, is_concurrent: false },
        500..=599 => server_error(status, body),
        _ => bad_request(status, is_page, body),
    }
}

fn is_page(content_type: Option<&str>, body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let says_html = content_type.is_some_and(|text| {
        let text = text.to_ascii_lowercase();
        text.starts_with("text/html") || text.starts_with("application/xhtml")
    });
    // An attached file may be XML or SVG; only a JSON or untyped answer that begins like a page is
    // one.
    let claims_data = content_type.is_none_or(|text| text.to_ascii_lowercase().contains("json"));
    says_html || (claims_data && first == Some(&b'<'))
}

fn redirected(location: &str) -> AnswerClass {
    let path = location.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let is_login = path.contains("/dhis-web-login")
        || path.contains("/dhis-web-commons/security/login")
        || path.ends_with("/login")
        || path.ends_with("/login.action");
    match is_login {
        true => AnswerClass::SignedOut { reason: SignedOutReason::LoginPage },
        false => AnswerClass::Redirected { location: shown(location) },
    }
}

fn signed_out(text: &str) -> SignedOutReason {
    match text {
        "Account disabled" => SignedOutReason::AccountDisabled,
        "Account locked" => SignedOutReason::AccountLocked,
        // What the transport makes of the other statuses of `auth/login`.
        "Account expired" => SignedOutReason::AccountExpired,
        "Password expired" => SignedOutReason::PasswordExpired,
        _ if text.starts_with("Second factor") => SignedOutReason::SecondFactorNeeded,
        "Unauthorized" | "Bad credentials" => SignedOutReason::BadCredentials,
        _ if text.contains("2FA is enabled") => SignedOutReason::TokenRefused,
        _ if text.contains("API token") => SignedOutReason::BadToken,
        _ => SignedOutReason::Other,
    }
}

fn forbidden(message: ServerMessage) -> AnswerClass {
    let authority = message.text.split_once("Authority from [").map(|(_, rest)| rest);
    let authority =
        authority.and_then(|rest| rest.split_once(']')).map(|(name, _)| name.to_owned());
    AnswerClass::Forbidden { authority, message }
}

fn bad_request(status: u16, is_page: bool, body: &[u8]) -> AnswerClass {
    // Tomcat answers a request line that is too long before DHIS2 sees it (capture m060d).
    let is_too_long = b"Request header is too large";
    if is_page && body.windows(is_too_long.len()).any(|part| part == is_too_long) {
        return AnswerClass::TooLarge;
    }
    let message = message_of(body);
    // A malformed token is 400, not 401 (captures 222, o023g).
    if status == 400 && message.text == "Checksum validation failed" {
        return AnswerClass::SignedOut { reason: SignedOutReason::BadToken };
    }
    AnswerClass::BadRequest { status, message }
}

fn server_error(status: u16, body: &[u8]) -> AnswerClass {
    let text = message_of(body).text;
    AnswerClass::ServerError {
        status,
        is_concurrent: status == 500 && text.starts_with("could not execute statement"),
    }
}

fn message_of(body: &[u8]) -> ServerMessage {
    match WebMessage::parse(body, "message") {
        Ok(envelope) => ServerMessage {
            code: envelope.error_code,
            text: shown(&envelope.message.unwrap_or_default()),
        },
        Err(_) => ServerMessage::default(),
    }
}

fn has_report(body: &[u8]) -> bool {
    let has = |bytes: &[u8]| {
        crate::import_report::parse_import_summary(bytes).is_ok()
            || matches!(
                crate::tracker_report::parse_tracker_report(bytes, &[]),
                Ok(crate::tracker_report::TrackerAnswer::Report(_))
            )
    };
    has(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, content_type: &str, body: &str, expected: &AnswerClass) {
        assert_eq!(&classify(status, Some(content_type), None, body.as_bytes()), expected);
    }

    const JSON: &str = "application/json;charset=UTF-8";
    const HTML: &str = "text/html;charset=utf-8";

    #[test]
    fn pages_in_the_place_of_data_are_captive_portals() {
        check(200, JSON, "{}", &AnswerClass::Ok);
        check(200, JSON, "", &AnswerClass::Ok);
        check(204, JSON, "", &AnswerClass::Ok);
        check(200, "text/plain", "pong", &AnswerClass::Ok);
        check(200, HTML, "<html>Welcome to Hotel", &AnswerClass::CaptivePortal);
        check(200, JSON, "\n<!doctype html>", &AnswerClass::CaptivePortal);
        check(511, HTML, "", &AnswerClass::CaptivePortal);
        check(200, "image/svg+xml", "<svg/>", &AnswerClass::Ok);
    }

    #[track_caller]
    fn check_signed_out(status: u16, message: &str, reason: SignedOutReason) {
        let body = format!(r#"{{"httpStatusCode":{status},"message":"{message}"}}"#);
        check(status, JSON, &body, &AnswerClass::SignedOut { reason });
    }

    #[test]
    fn the_reasons_of_401_are_told_apart() {
        check_signed_out(401, "Unauthorized", SignedOutReason::BadCredentials);
        check_signed_out(401, "Bad credentials", SignedOutReason::BadCredentials);
        check_signed_out(401, "Account disabled", SignedOutReason::AccountDisabled);
        check_signed_out(401, "Account locked", SignedOutReason::AccountLocked);
        check_signed_out(401, "The API token does not exists", SignedOutReason::BadToken);
        check_signed_out(401, "Something new", SignedOutReason::Other);
        check_signed_out(400, "Checksum validation failed", SignedOutReason::BadToken);
    }

    #[test]
    fn a_redirect_to_a_login_page_is_a_lost_session() {
        let check = |location: &str, is_login: bool| {
            let class = classify(302, None, Some(location), b"");
            assert_eq!(matches!(class, AnswerClass::SignedOut { .. }), is_login, "{location}");
        };
        check("http://127.0.0.1:8085/dhis-web-login/", true);
        check("https://x.org/dhis/dhis-web-login/?error=1", true);
        check("/dhis-web-commons/security/login.action", true);
        check("https://x.org/api/me", false);
        check("https://hotel.example/welcome", false);
        check("", false);
    }

    #[test]
    fn refusals_say_what_is_missing() {
        let body =
            r#"{"message":"Access is denied, requires one Authority from [F_DATAVALUE_ADD]"}"#;
        let AnswerClass::Forbidden { authority, .. } =
            classify(403, Some(JSON), None, body.as_bytes())
        else {
            panic!("forbidden");
        };
        assert_eq!(authority.as_deref(), Some("F_DATAVALUE_ADD"));
        let page = classify(404, Some(HTML), None, b"<!doctype html>");
        assert!(matches!(page, AnswerClass::NotFound { is_unknown_path: true, .. }));
        let json = classify(404, Some(JSON), None, br#"{"errorCode":"E1005","message":"x"}"#);
        assert!(matches!(json, AnswerClass::NotFound { is_unknown_path: false, .. }));
    }

    #[test]
    fn two_requests_that_met_are_a_retry() {
        let body = r#"{"message":"could not execute statement [ERROR: duplicate key]"}"#;
        let is_concurrent = true;
        check(500, JSON, body, &AnswerClass::ServerError { status: 500, is_concurrent });
        let is_concurrent = false;
        check(500, JSON, "{}", &AnswerClass::ServerError { status: 500, is_concurrent });
        check(503, HTML, "<html>", &AnswerClass::ServerError { status: 503, is_concurrent });
    }
}
