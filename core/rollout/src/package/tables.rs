//! How the tables of a program are written: short names for what is said hundreds of times.
//!
//! Makes values of `spec`, nothing else.

use super::spec::{Answer, Asked, Attribute, Choice, Counts, Figure, Question};

/// A question.
pub(super) const fn q(
    id: &'static str,
    code: &'static str,
    label: &'static str,
    answer: Answer,
    help: &'static str,
) -> Question {
    Question { id, code, label, answer, help }
}

/// An option of a set.
pub(super) const fn c(code: &'static str, name: &'static str) -> Choice {
    Choice { code, name }
}

/// A question that may stay without an answer.
pub(super) const fn may(question: &'static Question) -> Asked {
    Asked { question, compulsory: false }
}

/// A question that has to be answered.
pub(super) const fn must(question: &'static Question) -> Asked {
    Asked { question, compulsory: true }
}

/// An attribute of the tracked entity.
pub(super) const fn a(
    id: &'static str,
    code: &'static str,
    label: &'static str,
    answer: Answer,
    help: &'static str,
) -> Attribute {
    let question = q(id, code, label, answer, help);
    Attribute { question, unique: false, mandatory: false, in_list: false, searchable: false }
}

/// No two have the same value; it is searched for.
pub(super) const fn unique(mut attribute: Attribute) -> Attribute {
    attribute.unique = true;
    attribute.searchable = true;
    attribute
}

/// It has to have a value.
pub(super) const fn mandatory(mut attribute: Attribute) -> Attribute {
    attribute.mandatory = true;
    attribute
}

/// It stands in lists.
pub(super) const fn listed(mut attribute: Attribute) -> Attribute {
    attribute.in_list = true;
    attribute
}

/// It is searched for.
pub(super) const fn searched(mut attribute: Attribute) -> Attribute {
    attribute.searchable = true;
    attribute
}

/// How many events there are.
pub(super) const fn events(
    id: &'static str,
    code: &'static str,
    name: &'static str,
    filter: &'static str,
) -> Figure {
    let (counts, aggregation, expression) = (Counts::Events, "COUNT", "V{event_count}");
    Figure { id, code, name, counts, aggregation, expression, filter }
}

/// How many tracked entities there are up to the end of a period.
pub(super) const fn stock(
    id: &'static str,
    code: &'static str,
    name: &'static str,
    filter: &'static str,
) -> Figure {
    let (counts, aggregation) = (Counts::EnrollmentsSoFar, "COUNT");
    Figure { id, code, name, counts, aggregation, expression: "V{enrollment_count}", filter }
}
