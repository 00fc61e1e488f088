//! Tells another system something by one POST of JSON: a ticket system, a chat.
//!
//! The rules of the house hold: https unless a person allowed otherwise, no redirect, no cookie,
//! bounded times and answers. Never tries again by itself, never writes address or body into an
//! error.

use std::time::Duration;

use outpost_sync::ports::Lost;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::address::AddressError;
use crate::body;
use crate::limits::{
    CONNECT_TIMEOUT_MS, WEBHOOK_ADDRESS_BYTES_MAX, WEBHOOK_ANSWER_BYTES_MAX, WEBHOOK_TIMEOUT_MS,
};
use crate::lost::sort;
use crate::transport::SetupError;

/// Where notices go.
pub struct Webhook {
    client: Client,
    url: Url,
}

impl Webhook {
    /// Checks an address; unlike that of a DHIS2 it may have a path and a query. Nothing is sent.
    ///
    /// # Errors
    /// [`AddressError`] saying what to change.
    pub fn check(address: &str, allow_http: bool) -> Result<(), AddressError> {
        url(address, allow_http).map(drop)
    }

    /// Sets it up. Nothing is sent.
    ///
    /// # Errors
    /// [`SetupError::Tls`] if the address is not one or there is no TLS on this device.
    pub fn new(address: &str, allow_http: bool, app_version: &str) -> Result<Self, SetupError> {
        // Another part of the process may have chosen a provider already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = url(address, allow_http).map_err(|_| SetupError::Tls)?;
        let mut builder = Client::builder()
            .user_agent(format!("Outpost/{app_version}"))
            .redirect(Policy::none())
            .referer(false)
            .no_gzip()
            .connect_timeout(Duration::from_millis(CONNECT_TIMEOUT_MS))
            .timeout(Duration::from_millis(WEBHOOK_TIMEOUT_MS));
        if url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.")) {
            builder = builder.no_proxy();
        }
        Ok(Self { client: builder.build().map_err(|_| SetupError::Tls)?, url })
    }

    /// Posts a JSON document; gives back the HTTP status.
    ///
    /// # Errors
    /// [`Lost`] if there is no answer.
    pub async fn post(&self, json: Vec<u8>) -> Result<u16, Lost> {
        let request = self.client.post(self.url.clone());
        let request = request.header(CONTENT_TYPE, "application/json").body(json);
        let response = request.send().await.map_err(|error| sort(&error))?;
        let status = response.status().as_u16();
        // Read, so that the connection ends in order; what it says does not matter.
        drop(body::read(response, WEBHOOK_ANSWER_BYTES_MAX).await);
        Ok(status)
    }
}

fn url(address: &str, allow_http: bool) -> Result<Url, AddressError> {
    let address = address.trim();
    if address.is_empty() {
        return Err(AddressError::Empty);
    }
    if address.len() > WEBHOOK_ADDRESS_BYTES_MAX {
        return Err(AddressError::NotAnAddress);
    }
    let url = Url::parse(address).map_err(|_| AddressError::NotAnAddress)?;
    match url.scheme() {
        "https" => {}
        "http" if allow_http => {}
        "http" => return Err(AddressError::HttpNotAllowed),
        _ => return Err(AddressError::OtherScheme),
    }
    match url.username().is_empty() && url.password().is_none() {
        true => Ok(url),
        false => Err(AddressError::HasUserInfo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, allow_http: bool, expected: Result<(), AddressError>) {
        assert_eq!(Webhook::check(address, allow_http), expected, "{address}");
    }

    #[test]
    fn an_address_of_a_hook_is_encrypted_and_carries_no_password() {
        check("https://desk.example.org/hook?key=1", false, Ok(()));
        check("http://127.0.0.1:9/hook", true, Ok(()));
        check("http://desk.example.org/hook", false, Err(AddressError::HttpNotAllowed));
        check("https://a:b@desk.example.org/", false, Err(AddressError::HasUserInfo));
        check("file:///etc/passwd", true, Err(AddressError::OtherScheme));
        check("desk", false, Err(AddressError::NotAnAddress));
        check(" ", false, Err(AddressError::Empty));
        let long = format!("https://example.org/{}", "x".repeat(3_000));
        check(&long, false, Err(AddressError::NotAnAddress));
    }
}
