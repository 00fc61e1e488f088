//! Answers the input lines of the expression and rule oracles in the oracles' own form, so that our
//! engine and DHIS2's libraries can be compared line by line.
//!
//! Never dies on a line: what cannot be read is answered with an error.

mod answer;
pub mod beside;
mod case;
pub mod compare;
pub mod differential;
pub mod fuzz;
pub mod generate;
pub mod generate_rules;
pub mod known;
pub mod packages;
pub mod rules;
mod shrink;
pub mod speed;
pub mod speed_rules;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};

use outpost_domain::expression::{Date, Dialect};
use outpost_domain::rules::EngineVersion;
use serde_json::{Value, json};

/// Which evaluator to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialectChoice {
    /// Always this one.
    Fixed(Dialect),
    /// What the product does: by the mode of the case.
    ByMode,
}

/// Answers one line of an expression oracle's input.
#[must_use]
pub fn answer_line(line: &str, dialect: DialectChoice) -> Value {
    let case: Value = match serde_json::from_str(&case::without_half_pairs(line)) {
        Ok(case) => case,
        Err(_) => return json!({"error": answer::error("parse", "illegal", "the line is no JSON")}),
    };
    let answered = catch_unwind(AssertUnwindSafe(|| answer::answer(&case, dialect)));
    answered.unwrap_or_else(|_| {
        json!({
            "id": case.get("id"),
            "error": answer::error("eval", "crash", "the engine panicked: this is a defect"),
        })
    })
}

/// Answers one line of the program rule oracle's input.
#[must_use]
pub fn answer_rules_line(line: &str, today: Date, version: EngineVersion) -> Value {
    let answered = catch_unwind(AssertUnwindSafe(|| rules::answer(line, today, version)));
    answered.unwrap_or_else(|_| json!({"error": rules::error("the engine panicked: a defect")}))
}
