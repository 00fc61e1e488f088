//! The same trouble of the same device within a day: offered as "add to that one" before another
//! request is filed. Never joins anything by itself.

use super::limits::SAME_TROUBLE_MS;
use super::request::{Problem, SupportRequest};

/// What makes two requests the same trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble<'a> {
    /// Of [`trouble_key`].
    pub key: &'a str,
    /// When it was made, or received if that is not known.
    pub at_ms: i64,
    /// Whether the request is open.
    pub is_open: bool,
}

/// Device and error of a request, or device and problem if no error was shown; `None` if nothing
/// says which device or what.
#[must_use]
pub fn trouble_key(request: &SupportRequest) -> Option<String> {
    let device = request.links.device.as_deref().map(str::trim).filter(|it| !it.is_empty())?;
    let error = request.links.error.as_deref().map(str::trim).filter(|it| !it.is_empty());
    let what = match (error, request.problem) {
        (Some(error), _) => error,
        (None, Problem::Other) => return None,
        (None, problem) => problem.code(),
    };
    Some(format!("{}\n{}", device.to_uppercase(), what.to_uppercase()))
}

/// Whether a request about this trouble, made now, belongs to one that is there.
#[must_use]
pub fn same_trouble(key: &str, now_ms: i64, there: &Trouble<'_>) -> bool {
    there.is_open && there.key == key && (now_ms - there.at_ms).abs() <= SAME_TROUBLE_MS
}
