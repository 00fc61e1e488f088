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
    expected: &'a Value,
    found: &'a Value,
}

impl Meeting<'_> {
    fn error_kind(&self) -> Option<&str> {
        self.expected.pointer("/error/kind")?.as_str()
    }

    fn is_refused_by_us(&self, words: &str) -> bool {
        let message = self.found.pointer("/error/message").and_then(Value::as_str);
        message.is_some_and(|message| message.contains(words))
    }
}

/// All of them.
pub const KNOWN: [Known; 2] = [
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
];

/// The entry that explains a difference.
#[must_use]
pub fn explanation(expected: &Value, found: &Value) -> Option<&'static Known> {
    KNOWN.iter().find(|known| (known.holds)(&Meeting { expected, found }))
}
