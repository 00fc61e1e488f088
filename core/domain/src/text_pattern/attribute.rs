//! Whether the pattern of an attribute is one that the server can make values of.

use super::{PatternError, Segment, TextPattern};
use crate::value_type::ValueType;

/// Why the server refuses the pattern of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributePatternProblem {
    /// E4019: it cannot be read.
    #[error("the pattern cannot be read: {0}")]
    Unreadable(#[from] PatternError),
    /// E4021: not exactly one part makes new values.
    #[error("the pattern has {found} parts RANDOM or SEQUENTIAL; it takes exactly one")]
    GeneratedSegments {
        /// How many it has.
        found: usize,
    },
    /// E4022: values of the pattern are no values of the attribute's type.
    #[error(
        "values of the pattern are not of type {}; use TEXT, or digits only with NUMBER",
        .value_type.name()
    )]
    ValueType {
        /// The attribute's type.
        value_type: ValueType,
    },
}

impl AttributePatternProblem {
    /// The code with which the server refuses the attribute.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "E4019",
            Self::GeneratedSegments { .. } => "E4021",
            Self::ValueType { .. } => "E4022",
        }
    }
}

/// The pattern of a generated attribute.
///
/// # Errors
/// [`AttributePatternProblem`] where the server refuses such an attribute.
pub fn attribute_pattern(
    pattern: Option<&str>,
    value_type: ValueType,
) -> Result<TextPattern, AttributePatternProblem> {
    let pattern = TextPattern::parse(pattern.unwrap_or_default())?;
    let found = pattern.segments().iter().filter(|segment| segment.is_generated()).count();
    if found != 1 {
        return Err(AttributePatternProblem::GeneratedSegments { found });
    }
    let fits = match value_type {
        ValueType::Text => true,
        ValueType::Number => pattern.segments().iter().all(is_digits),
        _ => false,
    };
    if fits { Ok(pattern) } else { Err(AttributePatternProblem::ValueType { value_type }) }
}

fn is_digits(segment: &Segment) -> bool {
    match segment {
        Segment::Sequential(_) => true,
        Segment::Random(form) => form.bytes().all(|byte| byte == b'#'),
        Segment::Text(text) => text.bytes().all(|byte| byte.is_ascii_digit()),
        Segment::OrganisationUnitCode(_) | Segment::CurrentDate(_) => false,
    }
}
