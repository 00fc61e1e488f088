//! What the aggregate import does to a value before and after it checks it.

use std::borrow::Cow;

use super::number::is_zero;
use super::{ServerMinor, ValueType};

/// First server version that also reads `n`, `no`, `y` and `yes`, in any capitals.
const YES_AND_NO_SINCE: ServerMinor = ServerMinor(43);

/// The value as the aggregate import stores it: booleans become `true` and `false`.
///
/// Tracker does not do this, so events must carry the stored form already. From 2.43 on an INTEGER
/// loses a trailing `.0` (wire reference 2.1).
#[must_use]
pub fn normalise_aggregate(
    value_type: ValueType,
    value: &str,
    server: ServerMinor,
) -> Cow<'_, str> {
    if value_type.is_boolean() {
        return match read_boolean(value, server) {
            Some(true) => Cow::Borrowed("true"),
            Some(false) => Cow::Borrowed("false"),
            None => Cow::Borrowed(value),
        };
    }
    if value_type == ValueType::Integer && server >= YES_AND_NO_SINCE {
        return Cow::Borrowed(value.strip_suffix(".0").unwrap_or(value));
    }
    Cow::Borrowed(value)
}

fn read_boolean(value: &str, server: ServerMinor) -> Option<bool> {
    match value {
        "true" | "True" | "TRUE" | "t" | "T" | "1" => return Some(true),
        "false" | "False" | "FALSE" | "f" | "F" | "0" => return Some(false),
        _ if server < YES_AND_NO_SINCE => return None,
        _ => {}
    }
    match value.to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    }
}

/// Whether the server would drop the value as a zero that means nothing (captures a008b, a008f).
///
/// It then stores nothing and deletes what was there, yet reports success: best not to send it.
#[must_use]
pub fn is_insignificant_zero(
    value_type: ValueType,
    aggregation_type: &str,
    zero_is_significant: bool,
    value: &str,
) -> bool {
    let averaged = matches!(aggregation_type, "AVERAGE" | "AVERAGE_SUM_ORG_UNIT");
    value_type.is_numeric() && !zero_is_significant && !averaged && is_zero(value)
}
