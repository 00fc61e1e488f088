//! What the ways to a mail server have in common: its address, encryption, who it must prove to be.

use std::error::Error;
use std::path::Path;

use outpost_engine::{OutpostError, Result};

use super::letters;
use crate::args::MailSecurity;

/// Largest file with certificates.
const CA_BYTES_MAX: u64 = 512 * 1024;

/// Why nothing is sent to a server that nobody vouches for.
pub const UNTRUSTED: &str = "the mail server's certificate is not trusted";

/// Host and port of `HOST` or `HOST:PORT`. Without encryption only one on this machine is used: what is
/// sent there holds names and passwords. `option` is the command's, for messages.
pub fn address(
    option: &str,
    text: &str,
    security: MailSecurity,
    usual_port: u16,
) -> Result<(String, u16)> {
    let (name, port) = match text.rsplit_once(':') {
        None => (text, usual_port),
        Some((name, port)) => {
            let wrong = |_| OutpostError::invalid(option, "port", "a port is a number to 65535");
            (name, port.parse().map_err(wrong)?)
        }
    };
    let is_here = matches!(name, "localhost" | "127.0.0.1" | "::1");
    if security == MailSecurity::None && !is_here {
        let reason = "without encryption only a mail server on this machine is used";
        return Err(OutpostError::invalid(option, "unencrypted", reason));
    }
    Ok((name.to_owned(), port))
}

/// The certificates of a private authority as PEM text, if a file with them was named.
pub fn certificates(path: Option<&Path>) -> Result<Option<Vec<u8>>> {
    path.map(|path| letters::read(path, CA_BYTES_MAX)).transpose()
}

/// They cannot be used.
pub fn unusable(option: &str) -> OutpostError {
    let reason = "the certificates cannot be read: PEM text is expected";
    OutpostError::invalid(option, "certificates", reason)
}

/// Whether a connection failed because of whom the server proved to be.
pub fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    // An error of the operating system's kind shows what it wraps by other means than `source`.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || wrapped.is_some_and(|inner| is_untrusted(inner))
        || error.source().is_some_and(is_untrusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, security: MailSecurity, expected: Option<(&str, u16)>) {
        let found = address("imap", text, security, 993).ok();
        assert_eq!(found.as_ref().map(|(name, port)| (name.as_str(), *port)), expected, "{text}");
    }

    #[test]
    fn an_address_has_a_port_and_goes_unencrypted_to_this_machine_only() {
        check("mail.example.org", MailSecurity::Tls, Some(("mail.example.org", 993)));
        check("mail.example.org:143", MailSecurity::Starttls, Some(("mail.example.org", 143)));
        check("localhost:3143", MailSecurity::None, Some(("localhost", 3143)));
        check("mail.example.org", MailSecurity::None, None);
        check("mail.example.org:99999", MailSecurity::Tls, None);
        check("mail.example.org:", MailSecurity::Tls, None);
    }
}
