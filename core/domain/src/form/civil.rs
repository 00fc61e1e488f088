//! Times of events as the server writes them: civil, in its own time zone.

use jiff::civil::DateTime;

/// Reads `yyyy-MM-dd` (midnight) or `yyyy-MM-ddTHH:mm`; `None` for anything else, also for a time
/// with a zone, which the server would shift (capture t062b).
pub(crate) fn civil_time(text: &str) -> Option<DateTime> {
    let is_dashed = matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _, ..]);
    let time = text.get(10..)?;
    let is_time = time.is_empty() || time.starts_with(['T', ' ']);
    let has_zone = time.contains(['+', '-', 'Z', 'z', '[']);
    if is_dashed && is_time && !has_zone { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[track_caller]
    fn check(text: &str, expected: Option<DateTime>) {
        assert_eq!(civil_time(text), expected, "{text}");
    }

    #[test]
    fn a_day_is_its_midnight() {
        check("2026-11-20", Some(datetime(2026, 11, 20, 0, 0, 0, 0)));
        check("2026-11-20T00:00:00.000", Some(datetime(2026, 11, 20, 0, 0, 0, 0)));
        check("2026-11-20T10:33:14.973", Some(datetime(2026, 11, 20, 10, 33, 14, 973_000_000)));
        check("2026-11-20T10:33", Some(datetime(2026, 11, 20, 10, 33, 0, 0)));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "2026-11",
            "20261120",
            "2026-02-30",
            "2026-11-20T23:30:00+03:00",
            "2026-11-20T23:30:00Z",
            "2026-11-2é",
            "20.11.2026",
        ] {
            check(text, None);
        }
    }
}
