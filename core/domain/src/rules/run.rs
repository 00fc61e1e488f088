//! Running compiled rules over a record: the table of versions, one rule at a time.

use std::collections::HashMap;

use super::compile::{ActionEffect, Code, CompiledAction, ParsedCode, RuleSet};
use super::model::{
    Circumstances, Effect, Rule, RuleEnrollment, RuleEvent, Subject, Supplementary,
};
use super::sheet::{History, Sheet};
use crate::expression::{Outcome, ValueType, Values, Variable};

/// Which rules and actions take part in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub target: Target,
    /// Whether rules of other stages and actions for the other kind of record are left out.
    pub is_filtered: bool,
    /// Whether assigned variables of attributes show here.
    pub shows_attributes: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Enrollment,
    Event { program_stage: String },
}

impl Scope {
    fn admits_rule(&self, rule: &Rule) -> bool {
        let stage = rule.program_stage.as_deref().filter(|stage| !stage.is_empty());
        match (stage, &self.target) {
            (Some(stage), Target::Event { program_stage }) => {
                !self.is_filtered || stage == program_stage
            }
            (Some(_), Target::Enrollment) => !self.is_filtered,
            (None, _) => true,
        }
    }

    fn admits_action(&self, subject: Subject) -> bool {
        !self.is_filtered
            || match subject {
                Subject::Any => true,
                Subject::DataElement => self.target != Target::Enrollment,
                Subject::Attribute => self.target == Target::Enrollment,
                Subject::Neither => false,
            }
    }

    fn shows(&self, subject: Subject) -> bool {
        match subject {
            Subject::Attribute => self.shows_attributes,
            _ => self.target != Target::Enrollment,
        }
    }
}

/// The value of every version.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    slots: usize,
    values: Vec<Option<Variable>>,
    /// By assignment: the version whose value it leaves behind.
    resolved: Vec<u32>,
}

impl Cells {
    pub fn new(set: &RuleSet, sheet: &Sheet<'_>, history: &History<'_>) -> Self {
        let slots = set.slot_count();
        let mut values = Vec::with_capacity(slots + set.writes.len());
        values.extend((0..slots as u32).map(|slot| sheet.initial(set, history, slot)));
        values.resize(slots + set.writes.len(), None);
        Self { slots, values, resolved: vec![0; set.writes.len()] }
    }

    #[inline]
    pub fn resolve(&self, version: u32) -> u32 {
        match (version as usize).checked_sub(self.slots) {
            Some(write) => self.resolved[write],
            None => version,
        }
    }

    #[inline]
    fn get(&self, version: u32) -> Option<&Variable> {
        self.values[self.resolve(version) as usize].as_ref()
    }

    /// The version that an assignment has where it happens.
    pub fn own(&self, write: u32) -> u32 {
        self.slots as u32 + write
    }

    pub fn put(&mut self, write: u32, value: Option<String>) {
        let own = self.own(write);
        self.values[own as usize] = Some(Variable::new(ValueType::Text, value));
        self.resolved[write as usize] = own;
    }

    pub fn skip(&mut self, set: &RuleSet, write: u32) {
        self.resolved[write as usize] = self.resolve(set.writes[write as usize].previous);
    }

    /// Takes another initial value; says whether it is another.
    pub fn replace(&mut self, slot: u32, value: Option<Variable>) -> bool {
        let place = &mut self.values[slot as usize];
        let differs = *place != value;
        *place = value;
        differs
    }

    /// What an assignment left behind, for comparison after it ran again.
    pub fn take(&mut self, write: u32) -> (u32, Option<Variable>) {
        let own = self.own(write) as usize;
        (self.resolved[write as usize], self.values[own].take())
    }

    /// Whether an assignment leaves something else behind than it did. A value that comes through
    /// from an earlier version is not looked at.
    pub fn differs(&self, write: u32, before: &(u32, Option<Variable>)) -> bool {
        let own = self.own(write);
        let now = self.resolved[write as usize];
        now != before.0 || (now == own && self.values[own as usize] != before.1)
    }
}

/// What one expression sees.
struct Seen<'a> {
    code: &'a ParsedCode,
    cells: &'a Cells,
    supplementary: &'a Supplementary,
}

impl Values for Seen<'_> {
    fn has_variables(&self) -> bool {
        true
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        let referred = self.code.expression.references().iter().position(|known| known == name);
        let version = match referred {
            Some(slot) => self.code.versions[slot],
            None => *self.code.named.get(name)?,
        };
        self.cells.get(version)
    }

    #[inline]
    fn variable_at(&self, slot: usize, _name: &str) -> Option<&Variable> {
        self.cells.get(*self.code.versions.get(slot)?)
    }

    fn supplementary(&self, key: &str) -> Option<&[String]> {
        self.supplementary.list(key)
    }
}

/// A run over one record.
pub(super) struct Run<'a> {
    pub set: &'a RuleSet,
    pub scope: &'a Scope,
    pub supplementary: &'a Supplementary,
}

impl Run<'_> {
    pub fn all(&self, cells: &mut Cells) -> Vec<Effect> {
        let mut effects = Vec::new();
        for rule in 0..self.set.rules.len() {
            self.rule(rule, cells, &mut effects);
        }
        effects
    }

    /// Runs one rule. What fails comes before what the rule does otherwise.
    pub fn rule(&self, rule: usize, cells: &mut Cells, effects: &mut Vec<Effect>) {
        let compiled = &self.set.compiled[rule];
        let applies = self.scope.admits_rule(&self.set.rules[rule])
            && self.evaluate(&compiled.condition, cells).map_or_else(
                |why| {
                    effects.push(Effect::Failed { rule, action: None, why });
                    false
                },
                |outcome| outcome.is_true_for_rules(),
            );
        let mut failures_at = effects.len();
        for (index, action) in compiled.actions.iter().enumerate() {
            let written = &self.set.rules[rule].actions[index];
            if !applies || !self.scope.admits_action(written.subject) {
                self.skip(action, cells);
                continue;
            }
            match self.action(action, cells) {
                Ok(Some(data)) => effects.push(Effect::Action { rule, action: index, data }),
                Ok(None) => {}
                Err(why) => {
                    self.skip(action, cells);
                    let failed = Effect::Failed { rule, action: Some(index), why };
                    effects.insert(failures_at, failed);
                    failures_at += 1;
                }
            }
        }
    }

    fn skip(&self, action: &CompiledAction, cells: &mut Cells) {
        if let Some(write) = action.write {
            cells.skip(self.set, write);
        }
    }

    /// The data of the action's effect, if it has one.
    #[allow(clippy::option_option, reason = "an effect may have no data, and there may be none")]
    fn action(
        &self,
        action: &CompiledAction,
        cells: &mut Cells,
    ) -> Result<Option<Option<String>>, String> {
        if action.effect == ActionEffect::AssignNowhere {
            return Err("an assignment needs a field, or a variable as `#{name}`".to_owned());
        }
        let data = match self.evaluate(&action.code, cells)? {
            Outcome::Text(text) => Some(text),
            other => other.to_text(),
        };
        let Some(write) = action.write else { return Ok(Some(data)) };
        Ok(match &action.effect {
            ActionEffect::AssignVariable(backing) => {
                let shows = backing.as_ref().is_some_and(|b| self.scope.shows(b.subject));
                let shown = shows.then(|| data.clone().filter(|text| !text.is_empty()));
                cells.put(write, data);
                shown
            }
            _ => {
                cells.put(write, data.clone());
                Some(data.filter(|text| !text.is_empty()))
            }
        })
    }

    fn evaluate(&self, code: &Code, cells: &Cells) -> Result<Outcome, String> {
        match code {
            Code::Empty => Ok(Outcome::Text(String::new())),
            Code::Broken(problem) => Err(problem.to_string()),
            Code::Parsed(code) => {
                let seen = Seen { code, cells, supplementary: self.supplementary };
                code.expression.evaluate(&seen).map_err(|problem| problem.to_string())
            }
        }
    }
}

/// The effects for one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEffects {
    /// Whose effects: `None` for the enrolment, else the index of the event among those given.
    pub event: Option<usize>,
    /// What the rules do, in order.
    pub effects: Vec<Effect>,
}

impl RuleSet {
    /// Effects for one event, with the other events of its enrolment (or, without registration, of
    /// its place) as history.
    #[must_use]
    pub fn evaluate_event(
        &self,
        event: &RuleEvent,
        enrollment: Option<&RuleEnrollment>,
        others: &[RuleEvent],
        circumstances: &Circumstances,
    ) -> Vec<Effect> {
        let events = distinct(std::iter::once(event).chain(others));
        let history = History::new(self, events.iter().map(|(_, event)| *event).collect());
        let scope = Scope {
            target: Target::Event { program_stage: event.program_stage.clone() },
            is_filtered: self.version.filters_single_records(),
            shows_attributes: true,
        };
        self.run(&scope, &history, Some(event), enrollment, circumstances)
    }

    /// Effects for an enrolment.
    #[must_use]
    pub fn evaluate_enrollment(
        &self,
        enrollment: &RuleEnrollment,
        events: &[RuleEvent],
        circumstances: &Circumstances,
    ) -> Vec<Effect> {
        let events = distinct(events.iter());
        let history = History::new(self, events.iter().map(|(_, event)| *event).collect());
        let scope = Scope {
            target: Target::Enrollment,
            is_filtered: self.version.filters_single_records(),
            shows_attributes: true,
        };
        self.run(&scope, &history, None, Some(enrollment), circumstances)
    }

    /// Effects for the enrolment, if there is one, and then for each event, as the server evaluates
    /// an import: rules of another stage and actions for the other kind of record are left out.
    #[must_use]
    pub fn evaluate_all(
        &self,
        enrollment: Option<&RuleEnrollment>,
        events: &[RuleEvent],
        circumstances: &Circumstances,
    ) -> Vec<RecordEffects> {
        let events = distinct(events.iter());
        let history = History::new(self, events.iter().map(|(_, event)| *event).collect());
        let mut all = Vec::with_capacity(events.len() + 1);
        if let Some(enrollment) = enrollment {
            let scope =
                Scope { target: Target::Enrollment, is_filtered: true, shows_attributes: true };
            let effects = self.run(&scope, &history, None, Some(enrollment), circumstances);
            all.push(RecordEffects { event: None, effects });
        }
        for (index, event) in events {
            let scope = Scope {
                target: Target::Event { program_stage: event.program_stage.clone() },
                is_filtered: true,
                shows_attributes: enrollment.is_none(),
            };
            let effects = self.run(&scope, &history, Some(event), enrollment, circumstances);
            all.push(RecordEffects { event: Some(index), effects });
        }
        all
    }

    fn run(
        &self,
        scope: &Scope,
        history: &History<'_>,
        event: Option<&RuleEvent>,
        enrollment: Option<&RuleEnrollment>,
        circumstances: &Circumstances,
    ) -> Vec<Effect> {
        let count = history.events.len();
        let sheet = Sheet::new(self, circumstances.today, event, enrollment, count);
        let mut cells = Cells::new(self, &sheet, history);
        let run = Run { set: self, scope, supplementary: &circumstances.supplementary };
        run.all(&mut cells)
    }
}

/// The events with their index, without those that are the same as an earlier one in everything.
pub(super) fn distinct<'a>(
    events: impl Iterator<Item = &'a RuleEvent>,
) -> Vec<(usize, &'a RuleEvent)> {
    let mut by_id: HashMap<&str, Vec<&RuleEvent>> = HashMap::new();
    let mut kept = Vec::new();
    for (index, event) in events.enumerate() {
        let same_id = by_id.entry(event.id.as_str()).or_default();
        if !same_id.contains(&event) {
            same_id.push(event);
            kept.push((index, event));
        }
    }
    kept
}
