//! Web addresses as Apache Commons Validator 1.9 takes them on top of `java.net.URI`.

use super::host::{is_domain, is_ipv4, is_ipv6, to_ascii};

const SCHEMES: [&str; 3] = ["http", "https", "ftp"];
const PORT_MAX: u32 = 65_535;
/// `java.net.URI` reads a port behind an IPv6 address as a Java int and nothing narrows it later.
const PORT_AFTER_IPV6_MAX: u64 = i32::MAX as u64;

/// Whether the text is a URL.
pub(super) fn is_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let (before_fragment, fragment) = split_off(rest, '#');
    let (before_query, query) = split_off(before_fragment, '?');
    let path_at = before_query.find('/').unwrap_or(before_query.len());
    let (authority, path) = before_query.split_at(path_at);
    SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && is_authority(authority)
        && is_path(path)
        && query.is_none_or(is_query_or_fragment)
        && fragment.is_none_or(is_query_or_fragment)
}

fn split_off(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_authority(authority: &str) -> bool {
    if let Some(bracketed) = authority.strip_prefix('[') {
        return is_bracketed_host(bracketed);
    }
    let is_uri = is_made_of(authority, |c| {
        c.is_ascii_alphanumeric() || "-_.!~*'()$,;:@&=+".contains(c) || is_visible_non_ascii(c)
    });
    is_uri && is_named_host(&to_ascii(authority))
}

/// `::1]` or `::1]:8080`, the opening bracket taken off.
fn is_bracketed_host(bracketed: &str) -> bool {
    let Some((address, port)) = bracketed.split_once(']') else { return false };
    // An embedded IPv4 address is only known behind the prefix of mapped addresses.
    let is_plain = address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let is_mapped = address.strip_prefix("::FFFF:").is_some_and(is_ipv4);
    let is_port = |digits: &str| {
        digits.is_empty()
            || (digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u64>().is_ok_and(|port| port <= PORT_AFTER_IPV6_MAX))
    };
    (is_plain || is_mapped)
        && is_ipv6(address)
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// `user:password@host:port`, all but the host optional.
fn is_named_host(authority: &str) -> bool {
    let (user, host_and_port) = match authority.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, authority),
    };
    let (host, port) = split_off(host_and_port, ':');
    let is_port = |digits: &str| {
        digits.is_empty()
            || (digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u32>().is_ok_and(|port| port <= PORT_MAX))
    };
    user.is_none_or(is_user)
        && port.is_none_or(is_port)
        && host.is_ascii()
        && (is_domain(host) || is_ipv4(host))
}

fn is_user(user: &str) -> bool {
    let (name, password) = split_off(user, ':');
    let allowed = |c: char| c.is_ascii_alphanumeric() || "%-._~!$&'()*+,;=".contains(c);
    !name.is_empty()
        && name.chars().all(allowed)
        && password.is_none_or(|text| text.chars().all(allowed))
}

/// Empty, or starting with a slash; no double slash, and never above its root.
fn is_path(path: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/-_.!~*'():@&=+$,;".contains(c);
    is_made_of(path, allowed) && !path.contains("//") && stays_below_root(path)
}

fn stays_below_root(path: &str) -> bool {
    let mut depth = 0_i64;
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return false;
        }
    }
    true
}

fn is_query_or_fragment(text: &str) -> bool {
    is_made_of(text, |c| {
        c.is_ascii_alphanumeric() || ";/?:@&=+$,[]-_.!~*'()".contains(c) || is_visible_non_ascii(c)
    })
}

/// Only allowed characters and escapes of two hexadecimal digits.
fn is_made_of(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    let mut parts = text.split('%');
    let plain = |part: &str| part.chars().all(&allowed);
    parts.next().is_some_and(plain)
        && parts.all(|part| {
            let hex = |byte: &u8| byte.is_ascii_hexdigit();
            part.split_at_checked(2)
                .is_some_and(|(escape, rest)| escape.as_bytes().iter().all(hex) && plain(rest))
        })
}

/// What `java.net.URI` calls other characters: beyond ASCII, no control, no space.
fn is_visible_non_ascii(c: char) -> bool {
    c > '\u{80}' && !c.is_control() && !c.is_whitespace()
}
