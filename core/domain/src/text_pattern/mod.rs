//! DHIS2 TextPattern: how the server makes the values of a generated attribute.
//!
//! The server makes the values, this module only understands them: what must be sent to get some,
//! whether a value has the form, how many there can be, and when a value that holds a date is out of
//! date. Never invents a value of its own: two devices would invent the same one.
//!
//! ```
//! use outpost_domain::text_pattern::TextPattern;
//!
//! let pattern = TextPattern::parse("ORG_UNIT_CODE(...) + \"-\" + SEQUENTIAL(####)")?;
//! assert_eq!(pattern.required_values(), ["ORG_UNIT_CODE"]);
//! assert_eq!(pattern.optional_values(), ["SEQUENTIAL"]);
//! assert_eq!(pattern.capacity(), 9_999);
//! assert!(pattern.matches("TL_-0001"));
//! # Ok::<(), outpost_domain::text_pattern::PatternError>(())
//! ```

mod attribute;
mod code;
mod date_format;
mod parse;
#[cfg(test)]
mod tests;
mod weeks;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

pub use attribute::{AttributePatternProblem, attribute_pattern};
pub use code::CodePart;
pub use date_format::DateFormat;
pub use parse::PatternError;

use crate::expression::pattern::Pattern;
use weeks::WeekRule;

/// Name of the value that the caller of the server must give for [`Segment::OrganisationUnitCode`].
pub const ORG_UNIT_CODE: &str = "ORG_UNIT_CODE";

/// Days that are looked ahead for the end of a value's validity: the longest unit is a year.
const VALIDITY_DAYS_MAX: i32 = 366;

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPattern {
    segments: Vec<Segment>,
    has_stray_text: bool,
}

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Fixed text. Backslashes are kept: the server puts the text into values as it is written.
    Text(String),
    /// `RANDOM(..)`: `#` digit, `X` capital, `x` small letter, `*` any of them.
    Random(String),
    /// `SEQUENTIAL(##)`: a counter of that many digits, from one.
    Sequential(usize),
    /// `ORG_UNIT_CODE(..)`: the code of the organisation unit or its beginning.
    OrganisationUnitCode(CodePart),
    /// `CURRENT_DATE(..)`: the server's day, as a Java `SimpleDateFormat` writes it.
    CurrentDate(DateFormat),
}

/// Why a pattern does not become a value or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The organisation unit has no code; the server answers 409 (capture t034j).
    #[error("the organisation unit has no code, and the pattern needs one")]
    NoCode,
    /// The server would refuse the code: too short, or longer than a pattern that ends on `$`.
    #[error("the code of the organisation unit does not have the length that the pattern asks for")]
    CodeDoesNotFit,
    /// The generated part has another form than its segment.
    #[error("the generated part does not have the form that the pattern asks for")]
    GeneratedDoesNotFit,
    /// The date format has a letter that Java does not know, or asks for the time zone.
    #[error("the date format `{format}` cannot be written here")]
    DateFormat {
        /// The format as in the pattern.
        format: String,
    },
}

impl Segment {
    /// The segment as it stands in a pattern.
    #[must_use]
    pub fn raw(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{text}\""),
            Self::Random(form) => format!("RANDOM({form})"),
            Self::Sequential(digits) => format!("SEQUENTIAL({})", "#".repeat(*digits)),
            Self::OrganisationUnitCode(part) => format!("ORG_UNIT_CODE({part})"),
            Self::CurrentDate(format) => format!("CURRENT_DATE({})", format.as_str()),
        }
    }

    /// Whether the server makes a new text for every value.
    #[must_use]
    pub const fn is_generated(&self) -> bool {
        matches!(self, Self::Random(_) | Self::Sequential(_))
    }

    /// Different texts that the segment can make; saturates where the server's number overflows.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        let alphabet = |form: char| match form {
            '#' => 10,
            'X' | 'x' => 26,
            _ => 62,
        };
        match self {
            Self::Random(form) => form.chars().map(alphabet).fold(1, u64::saturating_mul),
            // The counter begins at one.
            Self::Sequential(digits) => {
                let digits = u32::try_from(*digits).unwrap_or(u32::MAX);
                10_u64.saturating_pow(digits) - 1
            }
            _ => 1,
        }
    }

    fn fits_generated(&self, text: &str) -> bool {
        match self {
            Self::Sequential(digits) => {
                text.len() == *digits && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Random(form) => {
                form.chars().count() == text.chars().count()
                    && form.chars().zip(text.chars()).all(|(form, one)| match form {
                        '#' => one.is_ascii_digit(),
                        'X' => one.is_ascii_uppercase(),
                        'x' => one.is_ascii_lowercase(),
                        _ => one.is_ascii_alphanumeric(),
                    })
            }
            _ => false,
        }
    }

    /// The regular expression of the segment's texts, as the server writes it; `literal` quotes the
    /// fixed text, which the server does not.
    fn value_regex(&self, literal: bool) -> String {
        match self {
            Self::Text(text) if literal => quoted(text),
            Self::Text(text) => text.clone(),
            Self::Random(form) => form
                .chars()
                .map(|form| match form {
                    '#' => "[0-9]",
                    'X' => "[A-Z]",
                    'x' => "[a-z]",
                    _ => "[a-zA-Z0-9]",
                })
                .collect(),
            Self::Sequential(digits) => format!("[0-9]{{{digits}}}"),
            Self::OrganisationUnitCode(CodePart::Whole) => ".*".to_owned(),
            Self::OrganisationUnitCode(part) => ".".repeat(part.length()),
            Self::CurrentDate(format) => ".".repeat(format.as_str().encode_utf16().count()),
        }
    }
}

impl TextPattern {
    /// Parses a pattern as the server does.
    ///
    /// Text outside of segments is skipped as on the server: values come from there, so refusing the
    /// pattern here would only keep people from being registered. [`Self::has_stray_text`] tells.
    ///
    /// # Errors
    /// [`PatternError`] where the server says E4019.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        parse::parse(pattern)
    }

    /// Its segments in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether something between the segments was skipped: most likely a mistake in the pattern.
    #[must_use]
    pub const fn has_stray_text(&self) -> bool {
        self.has_stray_text
    }

    /// Names of the values that a request for reserved values must give.
    #[must_use]
    pub fn required_values(&self) -> Vec<&'static str> {
        let is_code = |segment: &&Segment| matches!(segment, Segment::OrganisationUnitCode(_));
        self.segments.iter().filter(is_code).map(|_| ORG_UNIT_CODE).collect()
    }

    /// Names of the values that a request may give.
    #[must_use]
    pub fn optional_values(&self) -> Vec<&'static str> {
        let name = |segment: &Segment| match segment {
            Segment::Random(_) => Some("RANDOM"),
            Segment::Sequential(_) => Some("SEQUENTIAL"),
            _ => None,
        };
        self.segments.iter().filter_map(name).collect()
    }

    /// Whether values belong to one organisation unit.
    #[must_use]
    pub fn needs_organisation_unit(&self) -> bool {
        !self.required_values().is_empty()
    }

    /// Whether the server would take a code of an organisation unit.
    #[must_use]
    pub fn takes_code(&self, code: &str) -> bool {
        let fits = |segment: &Segment| match segment {
            Segment::OrganisationUnitCode(part) => part.of(code).is_some(),
            _ => true,
        };
        !code.is_empty() && self.segments.iter().all(fits)
    }

    /// Whether values hold the day they were made on.
    #[must_use]
    pub fn holds_date(&self) -> bool {
        self.date_formats().next().is_some()
    }

    /// How many different values there are under one key.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.segments.iter().map(Segment::capacity).fold(1, u64::saturating_mul)
    }

    /// Under what the server counts the values it has given (`ReservedValue.key`): the pattern with
    /// everything resolved but the generated part.
    ///
    /// Names of months and days are English and weeks begin on Sunday, as on a server without a
    /// language of its own.
    ///
    /// # Errors
    /// [`ResolveError`] if the code or the date format does not serve.
    pub fn key(&self, code: Option<&str>, now: DateTime) -> Result<String, ResolveError> {
        self.join(code, now, |segment| Ok(segment.raw()))
    }

    /// A value: the pattern with everything resolved. `generated` is the text of the random or
    /// sequential part.
    ///
    /// # Errors
    /// [`ResolveError`] if the code, the date format or the generated text does not serve.
    pub fn resolve(
        &self,
        code: Option<&str>,
        generated: &str,
        now: DateTime,
    ) -> Result<String, ResolveError> {
        self.join(code, now, |segment| match segment.fits_generated(generated) {
            true => Ok(generated.to_owned()),
            false => Err(ResolveError::GeneratedDoesNotFit),
        })
    }

    fn join(
        &self,
        code: Option<&str>,
        now: DateTime,
        generated: impl Fn(&Segment) -> Result<String, ResolveError>,
    ) -> Result<String, ResolveError> {
        let resolve = |segment: &Segment| match segment {
            Segment::Text(text) => Ok(text.clone()),
            Segment::Random(_) | Segment::Sequential(_) => generated(segment),
            Segment::OrganisationUnitCode(part) => {
                let code = code.filter(|code| !code.is_empty()).ok_or(ResolveError::NoCode)?;
                part.of(code).map(str::to_owned).ok_or(ResolveError::CodeDoesNotFit)
            }
            Segment::CurrentDate(format) => {
                let text = format.text(now, WeekRule::SUNDAY);
                text.ok_or_else(|| ResolveError::DateFormat { format: format.as_str().to_owned() })
            }
        };
        self.segments.iter().map(resolve).collect()
    }

    /// Whether the server would take the text for a value of this pattern.
    ///
    /// The server reads fixed text as a regular expression (`"a.b"` takes `axb`) and a date as any
    /// text as long as its format. Fixed text that is no regular expression is compared as it is.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let fits = |literal| {
            let regex: String =
                self.segments.iter().map(|segment| segment.value_regex(literal)).collect();
            Pattern::compile(&regex).is_ok_and(|pattern| pattern.matches(value).unwrap_or(false))
        };
        fits(false) || fits(true)
    }

    /// Whether the server could have made the value at `now`, in its local time, for an organisation unit
    /// of this code: it has the form, the text, the code and a date that is not out of date.
    ///
    /// Names of months and days are in the server's language, and how it counts weeks is unknown: any
    /// name fits, and any common count.
    #[must_use]
    pub fn fits(&self, value: &str, code: Option<&str>, now: DateTime) -> bool {
        let regex = self.segments.iter().map(|segment| match segment {
            Segment::OrganisationUnitCode(part) => {
                code.filter(|code| !code.is_empty()).and_then(|code| part.of(code)).map(quoted)
            }
            Segment::CurrentDate(format) => Some(format.regex(now)),
            other => Some(other.value_regex(true)),
        });
        let regex: Option<String> = regex.collect();
        regex
            .and_then(|regex| Pattern::compile(&regex).ok())
            .is_some_and(|pattern| pattern.matches(value).unwrap_or(false))
    }

    /// Whether a value made at `made` is out of date at `now`: the server would write another date
    /// into one made now. Both in the server's local time.
    ///
    /// Where it is unknown how the server counts weeks, the earliest change counts: a fresh value
    /// costs little, one with a wrong week stays for a lifetime.
    #[must_use]
    pub fn is_stale(&self, made: DateTime, now: DateTime) -> bool {
        self.date_formats().any(|format| format.differs(made, now))
    }

    /// The last day on which a value made at `made` is not out of date; `None` if it never is.
    #[must_use]
    pub fn last_valid_day(&self, made: DateTime) -> Option<Date> {
        if !self.holds_date() {
            return None;
        }
        let day_after = |days: i32| made.checked_add(days.days()).ok();
        let fresh = |days: &i32| day_after(*days).is_some_and(|day| !self.is_stale(made, day));
        let last = (1..=VALIDITY_DAYS_MAX).take_while(fresh).last().unwrap_or(0);
        // A format of fixed letters only never changes.
        if last == VALIDITY_DAYS_MAX { None } else { day_after(last).map(DateTime::date) }
    }

    fn date_formats(&self) -> impl Iterator<Item = &DateFormat> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::CurrentDate(format) => Some(format),
            _ => None,
        })
    }
}

/// Text as a regular expression that takes nothing else.
fn quoted(text: &str) -> String {
    format!("\\Q{}\\E", text.replace("\\E", "\\E\\\\E\\Q"))
}
