//! Which part of an organisation unit's code goes into a value.

use std::fmt;

/// The parameter of `ORG_UNIT_CODE(..)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePart {
    /// No parameter: the whole code.
    Whole,
    /// `...` or `^...`: so many first characters.
    First {
        /// How many.
        length: usize,
        /// Whether it is written with `^`.
        anchored: bool,
    },
    /// `...$` or `^...$`: so many last characters, says the documentation.
    Last {
        /// How many.
        length: usize,
        /// Whether it is written with `^`.
        anchored: bool,
    },
}

impl CodePart {
    /// Reads the parameter; `None` if it has another form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Whole);
        }
        let (rest, anchored) = match text.strip_prefix('^') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (dots, is_last) = match rest.strip_suffix('$') {
            Some(dots) => (dots, true),
            None => (rest, false),
        };
        let length = dots.len();
        if length == 0 || dots.bytes().any(|byte| byte != b'.') {
            return None;
        }
        Some(match is_last {
            true => Self::Last { length, anchored },
            false => Self::First { length, anchored },
        })
    }

    /// How many characters it takes; 0 for the whole code.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Whole => 0,
            Self::First { length, .. } | Self::Last { length, .. } => length,
        }
    }

    /// The part of a code; `None` where the server refuses it.
    ///
    /// The server matches the parameter from the beginning of the code, so `..$` takes a code of
    /// exactly two characters and refuses every longer one.
    #[must_use]
    pub fn of(self, code: &str) -> Option<&str> {
        let end = |length| match code.char_indices().nth(length) {
            Some((at, _)) => Some(at),
            None => (code.chars().count() == length).then_some(code.len()),
        };
        match self {
            Self::Whole => Some(code),
            Self::First { length, .. } => code.get(..end(length)?),
            Self::Last { length, .. } => (end(length)? == code.len()).then_some(code),
        }
    }
}

impl fmt::Display for CodePart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, anchored, end) = match self {
            Self::Whole => return Ok(()),
            Self::First { length, anchored } => (*length, *anchored, ""),
            Self::Last { length, anchored } => (*length, *anchored, "$"),
        };
        let start = if anchored { "^" } else { "" };
        write!(formatter, "{start}{}{end}", ".".repeat(length))
    }
}
