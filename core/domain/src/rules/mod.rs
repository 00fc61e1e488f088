//! DHIS2 program rules: what a form hides, assigns, demands and complains about.
//!
//! Follows DHIS2's rule engine, so that a form on a phone shows what the server will think of the
//! record. [`RuleSet::compile`] reads the rules of a program once; then either a whole record is
//! evaluated, or a [`RuleSession`] follows a form edit by edit. Never reads a clock, never skips an
//! expression that it cannot read, never applies an effect by itself.

mod binding;
mod compile;
mod from_metadata;
mod gate;
mod model;
mod moment;
mod names;
mod run;
mod session;
mod sheet;
mod version;

pub use compile::{RulePlace, RuleProblem, RuleSet};
pub use from_metadata::{ProgramMetadata, ProgramRules};
pub use gate::{GateField, GateRecord, Refusal, are_rules_enforced};
pub use model::{
    ActionKind, ActionTarget, Circumstances, Effect, Rule, RuleAction, RuleEnrollment, RuleEvent,
    RuleVariable, Subject, Supplementary, VariableSource,
};
pub use moment::Moment;
pub use run::RecordEffects;
pub use session::{EffectsDiff, RuleSession, Settled};
pub use version::EngineVersion;
