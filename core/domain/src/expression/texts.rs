//! Parts of texts, counted in UTF-16 units as on a JVM. `None` where the peer would throw.

use super::java::{utf16_length, utf16_slice};

/// The first units; all of them if there are fewer. Nothing comes to an empty text.
pub(super) fn left(text: Option<&str>, length: Option<i32>) -> Option<String> {
    let (Some(text), Some(length)) = (text, length) else { return Some(String::new()) };
    let length = usize::try_from(length).ok()?;
    Some(utf16_slice(text, 0, length.min(utf16_length(text))))
}

/// The last units; all of them if there are fewer.
pub(super) fn right(text: Option<&str>, length: Option<i32>) -> Option<String> {
    let (Some(text), Some(length)) = (text, length) else { return Some(String::new()) };
    let length = usize::try_from(length).ok()?;
    let units = utf16_length(text);
    Some(utf16_slice(text, units.saturating_sub(length), units))
}

/// Units from `start` to before `end`; a start below zero is the first, an end behind is the last.
pub(super) fn substring(
    text: Option<&str>,
    start: Option<i32>,
    end: Option<i32>,
) -> Option<String> {
    let Some(text) = text else { return Some(String::new()) };
    let units = utf16_length(text);
    let start = usize::try_from(start.unwrap_or(0).max(0)).ok()?;
    let end = match end {
        Some(end) => usize::try_from(end).ok()?.min(units),
        None => units,
    };
    (start <= end).then(|| utf16_slice(text, start, end))
}

/// The part at `index`; empty parts at the end do not count, and what is not there is empty.
pub(super) fn split(text: Option<&str>, delimiter: Option<&str>, index: Option<i32>) -> String {
    let (Some(text), Some(delimiter)) = (text, delimiter) else { return String::new() };
    let mut parts: Vec<&str> = text.split(delimiter).collect();
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    let index = index.and_then(|index| usize::try_from(index).ok());
    index.and_then(|index| parts.get(index)).map_or_else(String::new, |part| (*part).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values: answers of expression-parser 1.3.0.
    #[test]
    fn parts_are_counted_in_units() {
        assert_eq!(left(Some("abc"), Some(5)).as_deref(), Some("abc"));
        assert_eq!(left(Some("abc"), Some(-1)), None);
        assert_eq!(left(None, Some(1)).as_deref(), Some(""));
        assert_eq!(right(Some("abc"), Some(2)).as_deref(), Some("bc"));
        assert_eq!(substring(Some("abcdef"), Some(1), Some(3)).as_deref(), Some("bc"));
        assert_eq!(substring(Some("abc"), Some(2), Some(1)), None);
        assert_eq!(substring(Some("abc"), Some(4), Some(9)), None);
        assert_eq!(left(Some("😱b"), Some(2)).as_deref(), Some("😱"));
        assert_eq!(left(Some("😱b"), Some(1)).as_deref(), Some("\u{fffd}"));
    }

    #[test]
    fn split_keeps_empty_parts_at_the_front_only() {
        assert_eq!(split(Some("a-b-c"), Some("-"), Some(1)), "b");
        assert_eq!(split(Some(",a,,"), Some(","), Some(0)), "");
        assert_eq!(split(Some(",a,,"), Some(","), Some(1)), "a");
        assert_eq!(split(Some("abc"), Some(""), Some(1)), "a");
        assert_eq!(split(Some("abc"), Some("-"), Some(-1)), "");
    }
}
