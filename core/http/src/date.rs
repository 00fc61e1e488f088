//! Dates of HTTP headers, as Unix milliseconds.

use jiff::fmt::rfc2822::DateTimeParser;

use crate::limits::RETRY_AFTER_MS_MAX;

/// `Sun, 22 Nov 2026 11:14:07 GMT` (RFC 9110, 5.6.7). `None` if it is none.
pub(crate) fn http_date_ms(text: &str) -> Option<i64> {
    let parsed = DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(parsed.as_millisecond())
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), as milliseconds from now. `now_ms` is
/// the server's `Date` if it sent one, so that a wrong device clock does not matter.
pub(crate) fn retry_after_ms(text: &str, now_ms: i64) -> Option<u64> {
    let text = text.trim();
    let wait_ms = match text.parse::<u64>() {
        Ok(seconds) => seconds.saturating_mul(1_000),
        Err(_) => u64::try_from(http_date_ms(text)?.saturating_sub(now_ms)).unwrap_or(0),
    };
    Some(wait_ms.min(RETRY_AFTER_MS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110's own example.
    const RFC_EXAMPLE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const RFC_EXAMPLE_MS: i64 = 784_111_777_000;

    #[test]
    fn http_dates_are_read() {
        assert_eq!(http_date_ms(RFC_EXAMPLE), Some(RFC_EXAMPLE_MS));
        assert_eq!(http_date_ms("yesterday"), None);
        assert_eq!(http_date_ms(""), None);
    }

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(retry_after_ms(text, RFC_EXAMPLE_MS), expected, "{text}");
    }

    #[test]
    fn both_forms_of_retry_after_are_read_and_bounded() {
        check("120", Some(120_000));
        check("0", Some(0));
        check("Sun, 06 Nov 1994 08:50:37 GMT", Some(60_000));
        check("Sun, 06 Nov 1994 08:40:00 GMT", Some(0));
        check("Sat, 06 Nov 2094 08:40:00 GMT", Some(RETRY_AFTER_MS_MAX));
        check("99999999999999999999", None);
        check("18446744073709551615", Some(RETRY_AFTER_MS_MAX));
        check("-5", None);
        check("soon", None);
    }
}
