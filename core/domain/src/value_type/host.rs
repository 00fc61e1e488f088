//! Host names and addresses as Apache Commons Validator 1.9 takes them.
//!
//! Top-level domains come from the IANA list of the `tld` crate; one that IANA added or dropped
//! since the server was built is judged by our list. A name with accents goes through IDNA of
//! 2008: one that begins with a combining mark is refused here and taken by the server.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;
use std::sync::LazyLock;

use fancy_regex::Regex;
use idna::AsciiDenyList;

/// Java converts names by IDNA of 2003, which knows the characters of Unicode 3.2 and no others.
static IDNA_2003: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\A\p{Age=3.2}*\z").expect("a constant pattern"));

const DOMAIN_CHARS_MAX: usize = 253;
const LABEL_CHARS_MAX: usize = 63;

/// A domain of at least two labels under a known top-level domain; a trailing dot is allowed.
pub(super) fn is_domain(domain: &str) -> bool {
    let ascii = to_ascii(domain);
    if ascii.len() > DOMAIN_CHARS_MAX {
        return false;
    }
    let mut labels = ascii.strip_suffix('.').unwrap_or(&ascii).rsplit('.');
    let Some(top) = labels.next() else { return false };
    let mut below = labels.peekable();
    below.peek().is_some() && below.all(is_label) && is_top_level(top)
}

fn is_top_level(label: &str) -> bool {
    let letter_first = label.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    letter_first && is_label(label) && tld::exist(&label.to_ascii_lowercase())
}

fn is_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    (1..=LABEL_CHARS_MAX).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-')
}

/// The punycode form, or the text itself where there is none.
pub(super) fn to_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !IDNA_2003.is_match(text).unwrap_or(false) {
        return Cow::Borrowed(text);
    }
    idna::domain_to_ascii_cow(text.as_bytes(), AsciiDenyList::EMPTY).unwrap_or(Cow::Borrowed(text))
}

/// Four numbers up to 255 without leading zeros.
pub(super) fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// An IPv6 address alone.
pub(super) fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// An IPv6 address with an optional zone (`%eth0`) and prefix (`/64`).
pub(super) fn is_scoped_ipv6(text: &str) -> bool {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let (address, zone) = match address.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (address, None),
    };
    let is_prefix = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.len() <= 3
            && digits.parse::<u8>().is_ok_and(|bits| bits <= 128)
    };
    let is_zone = |zone: &str| {
        !zone.is_empty() && !zone.contains(|c| c == '%' || super::text::is_java_space(c))
    };
    is_ipv6(address) && prefix.is_none_or(is_prefix) && zone.is_none_or(is_zone)
}
