//! Values taken from an option set: matched by code, capitals counting.

use super::ValueProblem;

/// Whether the value is one of the codes, or for a MULTI_TEXT a list of them.
///
/// `codes` is `None` if there is no option set; only a MULTI_TEXT needs one. A blank value is
/// valid.
///
/// # Errors
/// [`ValueProblem::NotOption`] (E7621, E1125) or [`ValueProblem::LacksOptionSet`] (E7619).
pub fn validate_option<'a>(
    codes: Option<impl IntoIterator<Item = &'a str>>,
    value: &str,
    multi: bool,
) -> Result<(), ValueProblem> {
    let Some(codes) = codes else {
        return if multi { Err(ValueProblem::LacksOptionSet) } else { Ok(()) };
    };
    if super::text::is_java_blank(value) {
        return Ok(());
    }
    let mut missing = if multi { split_multi_text(value) } else { vec![value] };
    for code in codes {
        missing.retain(|wanted| *wanted != code);
        if missing.is_empty() {
            break;
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(ValueProblem::NotOption) }
}

/// The codes in a MULTI_TEXT, split as Java does: empty ones at the end are dropped, none is
/// trimmed.
#[must_use]
pub fn split_multi_text(value: &str) -> Vec<&str> {
    let mut codes: Vec<&str> = value.split(',').collect();
    if codes.len() > 1 {
        while codes.last().is_some_and(|code| code.is_empty()) {
            codes.pop();
        }
    }
    codes
}
