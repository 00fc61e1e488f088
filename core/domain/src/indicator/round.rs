//! Rounding as the server does it (DHIS2 `AnalyticsUtils.getRoundedValue`, `MathUtils`).

use crate::expression::{double_to_text, round_half_up};

/// A value rounded for showing.
///
/// With decimals: half away from zero on the decimal digits; with none: half towards plus infinity, as
/// Java's `Math.round`; without a setting: two digits between -1 and 1, else one.
#[must_use]
pub fn rounded(value: f64, decimals: Option<u32>) -> f64 {
    if !value.is_finite() {
        return value;
    }
    match decimals {
        Some(0) => (value + 0.5).floor() + 0.0,
        Some(decimals) => round_half_up(value, decimals),
        None if value > -1.0 && value < 1.0 => round_half_up(value, 2),
        None => round_half_up(value, 1),
    }
}

/// Three significant digits below ten, one decimal above: the sides of a violation (DHIS2
/// `MathUtils.roundSignificant`).
#[must_use]
pub(crate) fn round_significant(value: f64) -> f64 {
    const DIGITS: i32 = 3;
    if value >= 10.0 || value <= -10.0 {
        return round_half_up(value, 1);
    }
    if value == 0.0 || !value.is_finite() {
        return value + 0.0;
    }
    let places = DIGITS - value.abs().log10().ceil() as i32;
    let magnitude = 10f64.powi(places);
    ((value * magnitude + 0.5).floor() / magnitude) + 0.0
}

/// A number as people write it: no point where none is needed.
#[must_use]
pub fn number_text(value: f64) -> String {
    let text = double_to_text(value);
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}
