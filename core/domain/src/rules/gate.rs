//! What the server would refuse a record for, by the effects of its own rules, before it is sent.
//!
//! Follows the tracker importer: shown errors, missing mandatory fields and assigned values that
//! differ refuse a record; warnings and rules that fail do not. Where servers differ the milder one
//! is followed: a record held back wrongly waits for ever, one sent wrongly comes back with its reason.

use std::collections::BTreeSet;

use super::compile::RuleSet;
use super::model::{ActionKind, Effect, Subject};
use crate::data::EventStatus;
use crate::expression::parse_double;
use crate::metadata::ValidationStrategy;

/// Largest difference of two numbers that the importer takes for the same (DHIS2 `MathUtils`).
const NUMBER_TOLERANCE: f64 = 0.01;

const MANDATORY: &str = "This field must be filled in.";
const ASSIGNED: &str = "This field must be empty or hold what the form computes.";

/// Why the server would refuse the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The server's error code, E1300 to E1309.
    pub code: &'static str,
    /// Id of the rule.
    pub rule: String,
    /// The data element or attribute.
    pub field: Option<String>,
    /// What to tell a person.
    pub words: String,
}

/// What the gate has to know about a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateField<'a> {
    /// The value that is to be sent.
    pub value: Option<&'a str>,
    /// Whether values are compared as numbers.
    pub is_numeric: bool,
}

/// A record that is to be sent.
pub struct GateRecord<'a> {
    /// Whether it is completed, so that errors on completion count.
    pub is_completed: bool,
    /// [`Subject::DataElement`] for an event, [`Subject::Attribute`] for an enrolment.
    pub subject: Subject,
    /// The system setting that lets rules overwrite values (DHIS2 `RULE_ENGINE_ASSIGN_OVERWRITE`).
    pub rules_overwrite: bool,
    /// A data element of the event's stage, or any attribute; `None` for every other field.
    pub field: &'a dyn Fn(&str) -> Option<GateField<'a>>,
}

/// Whether the server looks at the effects for an event at all: as at its mandatory data elements, not
/// before completion where the stage says so, and never where an event has no values.
#[must_use]
pub fn are_rules_enforced(status: EventStatus, strategy: ValidationStrategy) -> bool {
    match status {
        EventStatus::Schedule | EventStatus::Skipped | EventStatus::Overdue => false,
        EventStatus::Completed => true,
        EventStatus::Active | EventStatus::Visited => {
            strategy == ValidationStrategy::OnUpdateAndInsert
        }
    }
}

impl RuleSet {
    /// What the server would refuse the record for; empty if nothing. For events only where
    /// [`are_rules_enforced`].
    #[must_use]
    pub fn refusals(&self, effects: &[Effect], record: &GateRecord<'_>) -> Vec<Refusal> {
        let assigned = self.assigned_fields(effects);
        let mut refusals = Vec::new();
        for effect in effects {
            let Effect::Action { rule, action, data } = effect else { continue };
            let field = self.field_of(*rule, *action);
            if field.is_some_and(|(_, subject)| is_other(subject, record.subject)) {
                continue;
            }
            let field = field.map(|(field, _)| field);
            let known = field.and_then(|field| (record.field)(field));
            if field.is_some() && known.is_none() {
                continue;
            }
            let Some((code, words)) = self.refusal(*rule, *action, data.as_deref(), record, known)
            else {
                continue;
            };
            if words == MANDATORY && field.is_some_and(|field| assigned.contains(field)) {
                continue;
            }
            let rule = self.rules[*rule].id.clone();
            refusals.push(Refusal { code, rule, field: field.map(str::to_owned), words });
        }
        refusals
    }

    fn refusal(
        &self,
        rule: usize,
        action: usize,
        data: Option<&str>,
        record: &GateRecord<'_>,
        field: Option<GateField<'_>>,
    ) -> Option<(&'static str, String)> {
        let action = &self.rules[rule].actions[action];
        let of_event = record.subject == Subject::DataElement;
        match (&action.kind, field) {
            (ActionKind::ErrorOnComplete, _) if !record.is_completed => None,
            (ActionKind::ShowError | ActionKind::ErrorOnComplete, _) => {
                let content = action.content.as_deref().unwrap_or_default();
                let words = format!("{content} {}", data.unwrap_or_default());
                Some(("E1300", words.trim().to_owned()))
            }
            (ActionKind::SetMandatoryField, Some(field)) if field.value.is_none() => {
                Some((if of_event { "E1301" } else { "E1306" }, MANDATORY.to_owned()))
            }
            (ActionKind::Assign, Some(field)) if !record.rules_overwrite => {
                let value = field.value?;
                let is_same = data.is_some_and(|data| is_equal(data, value, field.is_numeric));
                let code = if of_event { "E1307" } else { "E1309" };
                (!is_same).then(|| (code, ASSIGNED.to_owned()))
            }
            _ => None,
        }
    }

    /// Fields that the server itself fills in where they are empty.
    fn assigned_fields(&self, effects: &[Effect]) -> BTreeSet<&str> {
        let assigned = effects.iter().filter_map(|effect| match effect {
            Effect::Action { rule, action, data: Some(_) }
                if self.rules[*rule].actions[*action].kind == ActionKind::Assign =>
            {
                self.field_of(*rule, *action)
            }
            _ => None,
        });
        assigned.map(|(field, _)| field).collect()
    }
}

fn is_other(subject: Subject, wanted: Subject) -> bool {
    subject != Subject::Any && subject != wanted
}

fn is_equal(computed: &str, value: &str, is_numeric: bool) -> bool {
    if computed == value || !is_numeric {
        return computed == value;
    }
    match (parse_double(computed), parse_double(value)) {
        (Some(computed), Some(value)) => (computed - value).abs() < NUMBER_TOLERANCE,
        _ => false,
    }
}
