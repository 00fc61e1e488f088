//! Where our answers differ from those of DHIS2's libraries on purpose: the one list of it.
//!
//! The differential run counts these apart and shows the counts; everything else fails it. A new
//! entry needs a reason that speaks of people's data, not of convenience.

use serde_json::Value;

/// A difference that is meant.
#[derive(Debug)]
pub struct Known {
    /// What it is called in the output.
    pub name: &'static str,
    /// Why we differ.
    pub reason: &'static str,
    holds: fn(&Meeting<'_>) -> bool,
}

/// One case with both answers.
struct Meeting<'a> {
    expression: &'a str,
    expected: &'a Value,
    found: &'a Value,
}

impl Meeting<'_> {
    fn error_kind(&self) -> Option<&str> {
        self.expected.pointer("/error/kind")?.as_str()
    }

    /// What stands before the place at which we refuse the expression.
    fn refused_at(&self) -> Option<&str> {
        let message = self.found.pointer("/error/message")?.as_str()?;
        let at = message.strip_prefix("at character ")?.split(':').next()?;
        self.expression.get(..at.parse().ok()?)
    }

    fn is_refused_by_us(&self, words: &str) -> bool {
        let message = self.found.pointer("/error/message").and_then(Value::as_str);
        message.is_some_and(|message| message.contains(words))
    }
}

/// In the quoted text that `d2:condition` starts with.
fn is_inside_condition(before: &str) -> bool {
    let Some(at) = before.rfind("d2:condition(") else { return false };
    let text = before[at + "d2:condition(".len()..].trim_start();
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'));
    quote.is_some_and(|quote| !text[1..].contains(quote))
}

/// In the parentheses of a modifier.
fn is_inside_modifier(before: &str) -> bool {
    let modifiers =
        [".aggregationType(", ".minDate(", ".maxDate(", ".periodOffset(", ".stageOffset("];
    let argument = |name: &&str| before.rfind(*name).map(|at| &before[at + name.len()..]);
    modifiers.iter().filter_map(argument).any(|argument| !argument.contains(')'))
}

/// At the digits of `d2:round`, which may be more than a number of 32 bits has.
fn is_at_digits(before: &str) -> bool {
    before.contains("d2:round(") && before.trim_end().ends_with(',')
}

/// All of them.
pub const KNOWN: [Known; 4] = [
    Known {
        name: "the peer never ends",
        reason: "nested aggregates and huge powers keep the library busy for ever; we answer, or \
                 stop at our limit of steps",
        holds: |meeting| meeting.error_kind() == Some("timeout"),
    },
    Known {
        name: "our limits",
        reason: "the library has no limits of its own: a phone needs them, and says so",
        holds: |meeting| {
            ["nested too deeply", "too many steps", "at most"]
                .iter()
                .any(|words| meeting.is_refused_by_us(words))
        },
    },
    Known {
        name: "refused at once",
        reason: "the ANTLR grammar takes any text, name, number or date there, and the server refuses \
                 the expression in the next step; we refuse it while reading",
        // The library does not even look where an operator stops before that place.
        holds: |meeting| {
            meeting.refused_at().is_some_and(|before| {
                is_inside_condition(before) || is_inside_modifier(before) || is_at_digits(before)
            }) && meeting.error_kind() != Some("parse")
        },
    },
    Known {
        name: "comments inside of items",
        reason: "the ANTLR lexer passes over comments even between the braces of an item; nobody \
                 writes them there",
        holds: |meeting| {
            meeting.error_kind() == Some("unsupported")
                && meeting.refused_at().is_some_and(|before| {
                    let inside = &before[before.rfind('{').unwrap_or(before.len())..];
                    let rest = &meeting.expression[before.len()..];
                    let item = rest.split('}').next().unwrap_or_default();
                    !inside.contains('}') && (inside.contains("/*") || item.contains("/*"))
                })
        },
    },
];

/// The entry that explains a difference.
#[must_use]
pub fn explanation(case: &Value, expected: &Value, found: &Value) -> Option<&'static Known> {
    let expression = case.get("expr").and_then(Value::as_str).unwrap_or_default();
    KNOWN.iter().find(|known| (known.holds)(&Meeting { expression, expected, found }))
}
