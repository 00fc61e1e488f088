//! E-mail addresses as Apache Commons Validator 1.9 takes them, local domains refused.

use std::sync::LazyLock;

use fancy_regex::Regex;

use super::host::{is_domain, is_ipv4, is_scoped_ipv6};
use super::text::{is_java_space, utf16_length};

const LOCAL_PART_UTF16_MAX: usize = 64;

/// What Java's `.` does not match; a quoted local part or a zone could hold it otherwise.
const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Words between dots: plain characters, escaped ones, or a quoted text.
static LOCAL_PART: LazyLock<Regex> = LazyLock::new(|| {
    let escaped = r"\\[^\n\r\x{85}\x{2028}\x{2029}]";
    let plain = r#"[^ \t\n\x0B\f\r\x00-\x1F\x7F()<>@,;:\\".\[\]]"#;
    let quoted = r#""(?:\\"|[^"])*""#;
    let word = format!("(?:(?:{escaped}|{plain})+|{quoted})");
    Regex::new(&format!(r"\A{word}(?:\.{word})*\z")).expect("a constant pattern")
});

/// Whether the text is an EMAIL.
pub(super) fn is_email(value: &str) -> bool {
    // The last @ with something behind it splits the address; a trailing one belongs to the domain.
    let trailing = value.len() - value.trim_end_matches('@').len();
    let searched = &value[..value.len() - trailing.min(1)];
    let Some(at) = searched.rfind('@') else { return false };
    let (local_part, domain) = (&value[..at], &value[at + 1..]);
    !value.ends_with('.')
        && !local_part.contains(LINE_ENDS)
        && !domain.contains(is_java_space)
        && utf16_length(local_part) <= LOCAL_PART_UTF16_MAX
        && LOCAL_PART.is_match(local_part).unwrap_or(false)
        && is_mail_domain(domain)
}

fn is_mail_domain(domain: &str) -> bool {
    match domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(_) if domain.contains(LINE_ENDS) => false,
        Some(address) => is_ipv4(address) || is_scoped_ipv6(address),
        None => is_domain(domain),
    }
}
