//! The session of one account: its cookies, in memory only, and how requests are authorised.

use std::sync::{Mutex, PoisonError};

use reqwest::Url;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::HeaderValue;

/// Name of the cookie whose value must come back in `X-XSRF-TOKEN` (DHIS2 2.42, if switched on).
const CSRF_COOKIE: &str = "XSRF-TOKEN";
/// Name of the cookie that stands for a session.
const SESSION_COOKIE: &str = "JSESSIONID";

/// Cookies of one account on one server. Can be emptied while the client lives.
#[derive(Default)]
pub(crate) struct SessionJar {
    jar: Mutex<Jar>,
}

impl SessionJar {
    pub fn clear(&self) {
        *self.lock() = Jar::default();
    }

    /// Whether the server gave a session that can stand in for the password.
    pub fn has_session(&self, url: &Url) -> bool {
        self.cookie(url, SESSION_COOKIE).is_some()
    }

    /// The value to echo against cross-site requests, if the server asks for that.
    pub fn csrf_token(&self, url: &Url) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.cookie(url, CSRF_COOKIE)?).ok()
    }

    fn cookie(&self, url: &Url, name: &str) -> Option<String> {
        let header = self.lock().cookies(url)?;
        let text = header.to_str().ok()?;
        let pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Jar> {
        // A panic while cookies were written leaves at worst a cookie out: the server asks again.
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CookieStore for SessionJar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        self.lock().set_cookies(headers, url);
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        self.lock().cookies(url)
    }
}

/// How the next request is authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Standing {
    /// Not signed in yet.
    #[default]
    Outside,
    /// The cookies of the session stand for the account.
    Session,
    /// Every request carries the `Authorization` header.
    Header,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_name_and_forgotten_when_cleared() {
        let url = Url::parse("https://example.org/hmis/api/me").expect("an address");
        let jar = SessionJar::default();
        let headers = [
            HeaderValue::from_static("JSESSIONID=abc; Path=/hmis; HttpOnly"),
            HeaderValue::from_static("XSRF-TOKEN=t-1; Path=/hmis"),
        ];
        jar.set_cookies(&mut headers.iter(), &url);
        assert!(jar.has_session(&url));
        assert_eq!(jar.csrf_token(&url), Some(HeaderValue::from_static("t-1")));
        jar.clear();
        assert!(!jar.has_session(&url));
        assert_eq!(jar.csrf_token(&url), None);
    }

    #[test]
    fn a_cookie_for_https_alone_is_no_session_over_http() {
        let header = HeaderValue::from_static("JSESSIONID=abc; Path=/; Secure; HttpOnly");
        let has_session = |address: &str| {
            let url = Url::parse(address).expect("an address");
            let jar = SessionJar::default();
            jar.set_cookies(&mut std::iter::once(&header), &url);
            jar.has_session(&url)
        };
        assert!(has_session("https://example.org/api/me"));
        assert!(!has_session("http://example.org/api/me"));
    }
}
