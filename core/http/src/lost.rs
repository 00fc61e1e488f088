//! Sorting of failures: what certainly did not leave the device, and what may have arrived.
//!
//! The texts are made here and hold no part of an address, a header or a body.

use std::error::Error;

use outpost_sync::ports::Lost;

/// Sorts an error of the client. Only what fails before the request is written counts as not sent:
/// name, connection, TLS. A reset or time-out afterwards proves nothing.
pub(crate) fn sort(error: &reqwest::Error) -> Lost {
    if let Some(tls) = cause::<rustls::Error>(error) {
        let reason = format!("the secure connection was refused: {}", tls_words(tls));
        return Lost::NotSent { reason, is_tls: true };
    }
    if error.is_connect() && error.is_timeout() {
        return not_sent("the server did not answer in time while connecting");
    }
    if error.is_connect() {
        return not_sent(connect_words(error));
    }
    if error.is_builder() {
        return not_sent("the request could not be made");
    }
    if error.is_timeout() {
        return unknown("the answer did not come in time");
    }
    unknown("the connection broke")
}

pub(crate) fn not_sent(reason: &str) -> Lost {
    Lost::NotSent { reason: reason.to_owned(), is_tls: false }
}

pub(crate) fn unknown(reason: &str) -> Lost {
    Lost::Unknown { reason: reason.to_owned() }
}

fn connect_words(error: &reqwest::Error) -> &'static str {
    use std::io::ErrorKind;
    let kind = cause::<std::io::Error>(error).map(std::io::Error::kind);
    match kind {
        Some(ErrorKind::ConnectionRefused) => "the server refuses connections",
        Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => {
            "there is no way to the server"
        }
        Some(ErrorKind::TimedOut) => "the server did not answer in time while connecting",
        Some(ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) => {
            "the connection was cut while it was set up"
        }
        // The resolver's errors have no kind of their own.
        _ => "the server was not found: no network, or a wrong address",
    }
}

/// What was wrong with TLS, without names from the certificate.
fn tls_words(error: &rustls::Error) -> &'static str {
    use rustls::{CertificateError, Error};
    match error {
        Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired (or the clock of this device is wrong)"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet (or the clock of this device is wrong)"
            }
            CertificateError::UnknownIssuer => "its certificate is from an unknown authority",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another server"
            }
            CertificateError::Revoked => "its certificate was revoked",
            _ => "its certificate is not valid",
        },
        Error::NoCertificatesPresented => "it showed no certificate",
        Error::InvalidMessage(_) => "it does not speak TLS here",
        _ => "the two sides could not agree",
    }
}

/// Finds a cause of a type in the chain, also inside of `io::Error`.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut current: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        current = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
