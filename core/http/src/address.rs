//! The base address of a server: where `/api/` begins.
//!
//! Only https, unless a person allowed http for this server. Never holds a user name or password.

use reqwest::Url;

/// A checked base address, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseAddress {
    url: Url,
    text: String,
}

/// Why an address cannot be used. The texts say what to do and never repeat the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was entered.
    #[error("enter the address of the server, such as https://dhis2.example.org")]
    Empty,
    /// Not an address.
    #[error("this is not an address; it looks like https://dhis2.example.org")]
    NotAnAddress,
    /// Another scheme.
    #[error("an address begins with https://")]
    OtherScheme,
    /// Not encrypted, and nobody allowed that.
    #[error(
        "http:// would send the password unprotected; use https:// or allow http for this server"
    )]
    HttpNotAllowed,
    /// A user name or password in the address.
    #[error("leave the user name and password out of the address; they are asked for separately")]
    HasUserInfo,
    /// A query or fragment.
    #[error("leave out everything from `?` or `#` on; only the beginning of the address is needed")]
    HasQuery,
}

impl BaseAddress {
    /// Checks an address. A path before `/api` is kept, `/api` itself is not needed; without a
    /// scheme https is meant.
    ///
    /// # Errors
    /// [`AddressError`] saying what to change.
    pub fn parse(text: &str, allow_http: bool) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let with_scheme = match text.contains("://") {
            true => text.to_owned(),
            false => format!("https://{text}"),
        };
        let url = Url::parse(&with_scheme).map_err(|_| AddressError::NotAnAddress)?;
        match url.scheme() {
            "https" => {}
            "http" if allow_http => {}
            "http" => return Err(AddressError::HttpNotAllowed),
            _ => return Err(AddressError::OtherScheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::HasUserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::HasQuery);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(AddressError::NotAnAddress);
        }
        let text = url.as_str().trim_end_matches('/');
        let text = text.strip_suffix("/api").unwrap_or(text).trim_end_matches('/').to_owned();
        Ok(Self { url, text })
    }

    /// The address as text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the server is this device itself.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }

    /// The whole address of a target such as `/api/me`. `None` if the target would leave the
    /// server.
    pub(crate) fn join(&self, target: &str) -> Option<Url> {
        if !target.starts_with("/api/") {
            return None;
        }
        Url::parse(&format!("{}{target}", self.text)).ok().filter(|url| {
            url.host_str() == self.url.host_str()
                && url.port_or_known_default() == self.url.port_or_known_default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, allow_http: bool, expected: Result<&str, AddressError>) {
        let found = BaseAddress::parse(text, allow_http);
        let found = found.as_ref().map(BaseAddress::as_str).map_err(|error| *error);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn an_address_keeps_its_path_and_loses_what_is_not_needed() {
        check("https://dhis2.example.org", false, Ok("https://dhis2.example.org"));
        check(" https://example.org/hmis/ ", false, Ok("https://example.org/hmis"));
        check("https://example.org/hmis/api/", false, Ok("https://example.org/hmis"));
        check("dhis2.example.org:8443/x", false, Ok("https://dhis2.example.org:8443/x"));
        check("http://127.0.0.1:8080", true, Ok("http://127.0.0.1:8080"));
    }

    #[test]
    fn an_unsafe_or_wrong_address_is_refused_with_the_reason() {
        check("", false, Err(AddressError::Empty));
        check("http://example.org", false, Err(AddressError::HttpNotAllowed));
        check("ftp://example.org", true, Err(AddressError::OtherScheme));
        check("https://nurse:secret@example.org", false, Err(AddressError::HasUserInfo));
        check("https://nurse@example.org", false, Err(AddressError::HasUserInfo));
        check("https://example.org/?x=1", false, Err(AddressError::HasQuery));
        check("https://example.org/#/home", false, Err(AddressError::HasQuery));
        check("https://", false, Err(AddressError::NotAnAddress));
        check("two words", false, Err(AddressError::NotAnAddress));
    }

    #[test]
    fn a_target_cannot_leave_the_server() {
        let base = BaseAddress::parse("https://example.org/hmis", false).expect("an address");
        let url = base.join("/api/me?fields=id").expect("a target");
        assert_eq!(url.as_str(), "https://example.org/hmis/api/me?fields=id");
        assert_eq!(base.join("//evil.example/api/"), None);
        assert_eq!(base.join("@evil.example/api/"), None);
        assert_eq!(base.join("/other"), None);
    }
}
