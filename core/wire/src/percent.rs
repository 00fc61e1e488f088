//! Percent-encoding of what goes into a request line.

/// Encodes everything that has a meaning in a query or none in a request line; what is left is
/// what DHIS2's own filters use (`,`, `:`) and what needs no encoding.
#[must_use]
pub fn encoded_value(text: &str) -> String {
    let mut target = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => target.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b',' | b':' | b'!' | b'*' => target.push(char::from(byte)),
            _ => target.push_str(&format!("%{byte:02X}")),
        }
    }
    target
}

/// A ready query whose brackets are not encoded yet: Tomcat takes them only if it was told so.
#[must_use]
pub fn encoded_query(query: &str) -> String {
    query.replace('[', "%5B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(encoded_value(text), expected);
    }

    #[test]
    fn what_has_a_meaning_in_a_query_is_encoded() {
        check("2026-11-22T10:00:00.000", "2026-11-22T10:00:00.000");
        check("her mother & I? 100% #1+2=3", "her%20mother%20%26%20I%3F%20100%25%20%231%2B2%3D3");
        check("Élise\r\n", "%C3%89lise%0D%0A");
        check("", "");
    }
}
