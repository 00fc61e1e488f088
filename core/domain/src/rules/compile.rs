//! From rules as written to rules that can run often: every expression parsed once, every name a
//! slot, every assignment a version of its slot.
//!
//! Which assignments may come before an expression is known from the order of the rules alone. So
//! each expression reads fixed *versions*: version `n < slots` is the initial value of slot `n`,
//! version `slots + w` what assignment `w` left behind, which is its own value if it happened and the
//! version before it if not. The same table drives the full run and the incremental one.

use std::collections::{BTreeMap, HashMap};

use super::binding::{Binding, Bindings};
use super::model::{ActionKind, Rule, RuleAction, RuleVariable, Subject};
use super::names::{ReadNames, read_names};
use super::sheet::ENVIRONMENT;
use super::version::EngineVersion;
use crate::expression::{Expression, Mode, ParseError};

/// The rules of a program, compiled; used for any number of records.
#[derive(Debug)]
pub struct RuleSet {
    pub(super) version: EngineVersion,
    pub(super) rules: Vec<Rule>,
    pub(super) compiled: Vec<CompiledRule>,
    pub(super) writes: Vec<Write>,
    pub(super) bindings: Bindings,
    /// Rules that read a version, ascending.
    pub(super) readers: Vec<Vec<u32>>,
    /// The assignment to the same slot that comes next after a version.
    pub(super) next_write: Vec<Option<u32>>,
    problems: Vec<RuleProblem>,
}

/// An expression that cannot be read, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule `{rule}`, {place}: {problem}")]
pub struct RuleProblem {
    /// Id of the rule.
    pub rule: String,
    /// Condition, or which action.
    pub place: RulePlace,
    /// What is wrong.
    pub problem: ParseError,
}

/// A place in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulePlace {
    /// The condition.
    Condition,
    /// The data of an action, counted from 0.
    Action(usize),
}

impl std::fmt::Display for RulePlace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Condition => formatter.write_str("condition"),
            Self::Action(index) => write!(formatter, "action {}", index + 1),
        }
    }
}

#[derive(Debug)]
pub(super) struct CompiledRule {
    pub condition: Code,
    pub actions: Vec<CompiledAction>,
}

#[derive(Debug)]
pub(super) struct CompiledAction {
    pub code: Code,
    pub effect: ActionEffect,
    /// Index of the assignment that this action makes.
    pub write: Option<u32>,
}

/// What an action leaves behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ActionEffect {
    /// An effect with the evaluated data.
    Show,
    /// An assignment, and an effect where data that is empty counts as none.
    AssignField,
    /// An assignment; newer engines show an effect on the field behind the variable.
    AssignVariable(Option<Backing>),
    /// An assignment without anything to assign to.
    AssignNowhere,
}

/// The field behind an assigned variable.
#[derive(Debug, PartialEq, Eq, Clone)]
pub(super) struct Backing {
    pub field: String,
    pub subject: Subject,
}

/// An assignment.
#[derive(Debug)]
pub(super) struct Write {
    /// The version that holds where this assignment does not happen.
    pub previous: u32,
}

/// An expression, ready to run.
#[derive(Debug)]
pub(super) enum Code {
    /// No text: the empty text is its value.
    Empty,
    Parsed(Box<ParsedCode>),
    Broken(ParseError),
}

#[derive(Debug)]
pub(super) struct ParsedCode {
    pub expression: Expression,
    /// The version that each of [`Expression::references`] reads.
    pub versions: Box<[u32]>,
    /// The versions of names that it may read without referring to them.
    pub named: HashMap<String, u32>,
    /// Whether it may read any name.
    pub reads_any: bool,
}

impl RuleSet {
    /// Compiles rules. Never fails: what cannot be read is listed in [`RuleSet::problems`] and shows
    /// as a failed effect wherever the rule engine would meet it.
    ///
    /// `constants` are ids and values as text.
    #[must_use]
    pub fn compile(
        mut rules: Vec<Rule>,
        variables: Vec<RuleVariable>,
        constants: &BTreeMap<String, String>,
        version: EngineVersion,
    ) -> Self {
        rules.sort_by_key(|rule| (rule.priority.is_none(), rule.priority));
        if version.orders_actions() {
            for rule in &mut rules {
                rule.actions.sort_by_key(|action| (action.priority.is_none(), action.priority));
            }
        }
        let mut compiler = Compiler {
            version,
            variables: &variables,
            slots: HashMap::new(),
            names: Vec::new(),
            problems: Vec::new(),
            reads_any: false,
        };
        let mut compiled: Vec<_> = rules.iter().map(|rule| compiler.rule(rule)).collect();
        if compiler.reads_any {
            compiler.all_names(constants);
        }
        let Compiler { names, problems, .. } = compiler;
        let mut versions = Versions::new(&names);
        for (index, (rule, targets)) in compiled.iter_mut().enumerate() {
            versions.number(index as u32, rule, targets);
        }
        let Versions { writes, readers, next_write, .. } = versions;
        Self {
            version,
            rules,
            compiled: compiled.into_iter().map(|(rule, _)| rule).collect(),
            writes,
            bindings: Bindings::new(names, variables, constants),
            readers,
            next_write,
            problems,
        }
    }

    /// The rules in the order in which they run.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Every expression that cannot be read.
    #[must_use]
    pub fn problems(&self) -> &[RuleProblem] {
        &self.problems
    }

    /// The data element or attribute that an action is about; for an assignment to a variable that
    /// of the variable, where the engine's version shows it.
    #[must_use]
    pub fn field_of(&self, rule: usize, action: usize) -> Option<(&str, Subject)> {
        let written = self.rules.get(rule)?.actions.get(action)?;
        match &self.compiled.get(rule)?.actions.get(action)?.effect {
            ActionEffect::AssignVariable(Some(backing)) => Some((&backing.field, backing.subject)),
            _ => {
                let field = written.field.as_deref().filter(|field| !field.is_empty())?;
                Some((field, written.subject))
            }
        }
    }

    pub(super) fn slot_count(&self) -> usize {
        self.bindings.slots.len()
    }

    /// Slots that take their value from a data element or attribute.
    pub(super) fn binding(&self, slot: u32) -> &Binding {
        &self.bindings.slots[slot as usize]
    }
}

struct Compiler<'a> {
    version: EngineVersion,
    variables: &'a [RuleVariable],
    slots: HashMap<String, u32>,
    names: Vec<String>,
    problems: Vec<RuleProblem>,
    reads_any: bool,
}

impl Compiler<'_> {
    /// Gives a slot also to names that no expression refers to.
    fn all_names(&mut self, constants: &BTreeMap<String, String>) {
        for variable in self.variables {
            self.slot(&variable.name);
        }
        for name in constants.keys() {
            self.slot(name);
        }
        for name in ENVIRONMENT {
            self.slot(name);
        }
    }

    fn slot(&mut self, name: &str) -> u32 {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let slot = self.names.len() as u32;
        self.slots.insert(name.to_owned(), slot);
        self.names.push(name.to_owned());
        slot
    }

    /// The rule, and for each action the slot that it assigns to. Versions are still slots.
    fn rule(&mut self, rule: &Rule) -> (CompiledRule, Vec<Option<u32>>) {
        let condition =
            self.code(rule, RulePlace::Condition, &rule.condition, Mode::RuleEngineCondition);
        let mut actions = Vec::with_capacity(rule.actions.len());
        let mut targets = Vec::with_capacity(rule.actions.len());
        for (index, action) in rule.actions.iter().enumerate() {
            let data = action.data.as_deref().unwrap_or_default();
            let code = self.code(rule, RulePlace::Action(index), data, Mode::RuleEngineAction);
            let (effect, target) = self.effect(action);
            targets.push(target.map(|name| self.slot(name)));
            actions.push(CompiledAction { code, effect, write: None });
        }
        (CompiledRule { condition, actions }, targets)
    }

    /// What the action leaves behind, and the name that it assigns to.
    fn effect<'r>(&self, action: &'r RuleAction) -> (ActionEffect, Option<&'r str>) {
        if action.kind != ActionKind::Assign {
            return (ActionEffect::Show, None);
        }
        if let Some(field) = action.field.as_deref().filter(|field| !field.is_empty()) {
            return (ActionEffect::AssignField, Some(field));
        }
        let content = action.content.as_deref().unwrap_or_default();
        let Some(name) = self.assigned_name(content) else {
            return (ActionEffect::AssignNowhere, None);
        };
        let backing = self.backing(name).filter(|_| self.version.reports_assigned_variables());
        (ActionEffect::AssignVariable(backing), Some(name))
    }

    fn assigned_name<'r>(&self, content: &'r str) -> Option<&'r str> {
        let name = content.strip_prefix("#{").or_else(|| {
            content.strip_prefix("A{").filter(|_| self.version.assigns_to_attributes())
        })?;
        name.strip_suffix('}')
    }

    fn backing(&self, name: &str) -> Option<Backing> {
        use super::model::VariableSource;
        let variable = self.variables.iter().rev().find(|variable| variable.name == name)?;
        let subject = match variable.source {
            VariableSource::Attribute(_) => Subject::Attribute,
            _ => Subject::DataElement,
        };
        Some(Backing { field: variable.source.field()?.to_owned(), subject })
    }

    fn code(&mut self, rule: &Rule, place: RulePlace, source: &str, mode: Mode) -> Code {
        if source.is_empty() {
            return Code::Empty;
        }
        match Expression::parse_for(source, mode, self.version.parser()) {
            Ok(expression) => {
                let references = expression.references();
                let versions = references.iter().map(|name| self.slot(name)).collect();
                let (named, reads_any) = match read_names(source) {
                    ReadNames::Known(names) => {
                        let slots = names.iter().map(|name| ((*name).to_owned(), self.slot(name)));
                        (slots.collect(), false)
                    }
                    ReadNames::Any => (HashMap::new(), true),
                };
                self.reads_any |= reads_any;
                Code::Parsed(Box::new(ParsedCode { expression, versions, named, reads_any }))
            }
            Err(problem) => {
                self.problems.push(RuleProblem {
                    rule: rule.id.clone(),
                    place,
                    problem: problem.clone(),
                });
                Code::Broken(problem)
            }
        }
    }
}

struct Versions<'n> {
    names: &'n [String],
    /// The version of each slot after the actions numbered so far.
    latest: Vec<u32>,
    writes: Vec<Write>,
    readers: Vec<Vec<u32>>,
    next_write: Vec<Option<u32>>,
}

impl<'n> Versions<'n> {
    fn new(names: &'n [String]) -> Self {
        let slots = names.len();
        Self {
            names,
            latest: (0..slots as u32).collect(),
            writes: Vec::new(),
            readers: vec![Vec::new(); slots],
            next_write: vec![None; slots],
        }
    }

    /// Turns the slots of a rule's expressions into versions.
    fn number(&mut self, index: u32, rule: &mut CompiledRule, targets: &[Option<u32>]) {
        self.read(index, &mut rule.condition);
        for (action, target) in rule.actions.iter_mut().zip(targets) {
            self.read(index, &mut action.code);
            action.write = target.map(|slot| self.write(slot as usize));
        }
    }

    fn read(&mut self, rule: u32, code: &mut Code) {
        let Code::Parsed(code) = code else { return };
        if code.reads_any {
            let names = self.names.iter().cloned();
            code.named = names.zip(0..self.names.len() as u32).collect();
        }
        for version in code.versions.iter_mut().chain(code.named.values_mut()) {
            *version = self.latest[*version as usize];
            let readers = &mut self.readers[*version as usize];
            if readers.last() != Some(&rule) {
                readers.push(rule);
            }
        }
    }

    fn write(&mut self, slot: usize) -> u32 {
        let write = self.writes.len() as u32;
        let previous = self.latest[slot];
        self.writes.push(Write { previous });
        self.next_write[previous as usize] = Some(write);
        self.latest[slot] = self.readers.len() as u32;
        self.readers.push(Vec::new());
        self.next_write.push(None);
        write
    }
}
