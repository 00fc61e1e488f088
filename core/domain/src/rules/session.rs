//! Rules over a form that is being filled in: one edit at a time, only what the edit can change.
//!
//! An edit changes the initial value of some slots. The rules that read them run again, in order; an
//! assignment that leaves something else behind than before puts its own readers on the list. What
//! comes out is what a full run over the edited record gives.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compile::RuleSet;
use super::model::{ActionKind, Circumstances, Effect, RuleEnrollment, RuleEvent, Subject};
use super::run::{Cells, Run, Scope, Target, distinct};
use super::sheet::{History, PastValue, Sheet};
use crate::limits::ASSIGN_ROUNDS_MAX;

/// The rules of a form that is open.
///
/// Rules of other stages and actions for the other kind of record are left out, as the server does.
#[derive(Debug, Clone)]
pub struct RuleSession {
    set: Arc<RuleSet>,
    scope: Scope,
    circumstances: Circumstances,
    others: Vec<RuleEvent>,
    sheet: Sheet<'static>,
    history: History<'static>,
    /// The event at hand among the events of the history.
    current: Option<u32>,
    cells: Cells,
    /// By rule.
    effects: Vec<Vec<Effect>>,
}

/// What an edit changed. An action whose data changed is in both lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EffectsDiff {
    /// Effects that no longer hold.
    pub removed: Vec<Effect>,
    /// Effects that are new.
    pub added: Vec<Effect>,
}

impl EffectsDiff {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

/// What the assignments of the rules made of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Fields that got another value; `None` is cleared.
    pub assigned: BTreeMap<String, Option<String>>,
    /// How the effects changed with them.
    pub diff: EffectsDiff,
    /// Indices of rules that assign something else in every round: they feed themselves. Empty if
    /// the form came to rest.
    pub looping: Vec<usize>,
}

/// Effects before an edit, of the rules that ran again.
type Before = BTreeMap<usize, Vec<Effect>>;

impl RuleSession {
    /// Opens the form of an event, with the other events of the enrolment as history.
    #[must_use]
    pub fn open_event(
        set: Arc<RuleSet>,
        event: RuleEvent,
        enrollment: Option<RuleEnrollment>,
        others: Vec<RuleEvent>,
        circumstances: Circumstances,
    ) -> Self {
        let scope = Scope {
            target: Target::Event { program_stage: event.program_stage.clone() },
            is_filtered: true,
            // Those of an enrolment show when it is the enrolment's turn.
            shows_attributes: enrollment.is_none(),
        };
        Self::open(set, scope, Some(event), enrollment, others, circumstances)
    }

    /// Opens the form of an enrolment.
    #[must_use]
    pub fn open_enrollment(
        set: Arc<RuleSet>,
        enrollment: RuleEnrollment,
        events: Vec<RuleEvent>,
        circumstances: Circumstances,
    ) -> Self {
        let scope = Scope { target: Target::Enrollment, is_filtered: true, shows_attributes: true };
        Self::open(set, scope, None, Some(enrollment), events, circumstances)
    }

    fn open(
        set: Arc<RuleSet>,
        scope: Scope,
        event: Option<RuleEvent>,
        enrollment: Option<RuleEnrollment>,
        others: Vec<RuleEvent>,
        circumstances: Circumstances,
    ) -> Self {
        let (sheet, history, current) =
            read(&set, event.as_ref(), enrollment.as_ref(), &others, &circumstances);
        let cells = Cells::new(&set, &sheet, &history);
        let rules = set.rules().len();
        let effects = vec![Vec::new(); rules];
        let mut this =
            Self { set, scope, circumstances, others, sheet, history, current, cells, effects };
        for rule in 0..rules {
            this.effects[rule] = this.run(rule);
        }
        this
    }

    /// The rules.
    #[must_use]
    pub fn set(&self) -> &RuleSet {
        &self.set
    }

    /// All effects that hold now, in the order of the rules.
    pub fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.effects.iter().flatten()
    }

    /// The event at hand, as edited.
    #[must_use]
    pub fn event(&self) -> Option<&RuleEvent> {
        self.sheet.event.as_deref()
    }

    /// The enrolment, as edited.
    #[must_use]
    pub fn enrollment(&self) -> Option<&RuleEnrollment> {
        self.sheet.enrollment.as_deref()
    }

    /// Puts a value into a data element of the event, or clears it.
    pub fn set_data_value(&mut self, element: &str, value: Option<&str>) -> EffectsDiff {
        let mut before = Before::new();
        self.put_data_value(element, value, &mut before);
        self.diff(before)
    }

    /// Puts a value into an attribute of the enrolment, or clears it.
    pub fn set_attribute_value(&mut self, attribute: &str, value: Option<&str>) -> EffectsDiff {
        let mut before = Before::new();
        self.put_attribute_value(attribute, value, &mut before);
        self.diff(before)
    }

    /// Takes in which other events there are around the event; the next change of the event looks at
    /// them.
    pub fn see_others(&mut self, others: Vec<RuleEvent>) {
        self.others = others;
    }

    /// Changes the event itself: its date, status or place. Its stage stays.
    pub fn change_event(&mut self, change: impl FnOnce(&mut RuleEvent)) -> EffectsDiff {
        let Some(mut event) = self.sheet.event.take().map(Cow::into_owned) else {
            return EffectsDiff::default();
        };
        let program_stage = event.program_stage.clone();
        change(&mut event);
        event.program_stage = program_stage;
        let enrollment = self.sheet.enrollment.take().map(Cow::into_owned);
        self.read_again(Some(&event), enrollment.as_ref())
    }

    /// Changes the enrolment itself: its dates, status or place.
    pub fn change_enrollment(&mut self, change: impl FnOnce(&mut RuleEnrollment)) -> EffectsDiff {
        let event = self.sheet.event.take().map(Cow::into_owned);
        let mut enrollment = self.sheet.enrollment.take().map(Cow::into_owned);
        if let Some(enrollment) = &mut enrollment {
            change(enrollment);
        }
        self.read_again(event.as_ref(), enrollment.as_ref())
    }

    /// Puts what the rules assign into the fields, and again, until nothing changes any more.
    ///
    /// The rule engine itself never shows one rule what another assigned to a field; a form does,
    /// because then the value is in the field.
    pub fn settle(&mut self) -> Settled {
        let mut before = Before::new();
        let mut settled = Settled::default();
        for round in 0..=ASSIGN_ROUNDS_MAX {
            let changes = self.assignments();
            if changes.is_empty() {
                break;
            }
            if round == ASSIGN_ROUNDS_MAX {
                let rules: BTreeSet<usize> = changes.into_values().map(|(rule, _)| rule).collect();
                settled.looping = rules.into_iter().collect();
                break;
            }
            for ((field, is_attribute), (_, value)) in changes {
                if is_attribute {
                    self.put_attribute_value(&field, value.as_deref(), &mut before);
                } else {
                    self.put_data_value(&field, value.as_deref(), &mut before);
                }
                settled.assigned.insert(field, value);
            }
        }
        settled.diff = self.diff(before);
        settled
    }

    /// Fields, and whether they are attributes, that have another value than the rules assign; with
    /// the rule. The last assignment to a field counts.
    fn assignments(&self) -> BTreeMap<(String, bool), (usize, Option<String>)> {
        let mut assigned = BTreeMap::new();
        for effect in self.effects() {
            let Effect::Action { rule, action, data } = effect else { continue };
            if self.set.rules()[*rule].actions[*action].kind != ActionKind::Assign {
                continue;
            }
            let Some((field, subject)) = self.set.field_of(*rule, *action) else { continue };
            let is_attribute = match subject {
                Subject::Attribute => true,
                Subject::DataElement => false,
                _ => self.scope.target == Target::Enrollment,
            };
            assigned.insert((field.to_owned(), is_attribute), (*rule, data.clone()));
        }
        assigned.retain(|(field, is_attribute), (_, value)| {
            let values = if *is_attribute {
                self.enrollment().map(|enrollment| &enrollment.attribute_values)
            } else {
                self.event().map(|event| &event.data_values)
            };
            values.is_some_and(|values| stored(values, field) != value.as_deref())
        });
        assigned
    }

    fn put_data_value(&mut self, element: &str, value: Option<&str>, before: &mut Before) {
        let (Some(event), Some(current)) = (&mut self.sheet.event, self.current) else { return };
        store(&mut event.to_mut().data_values, element, value);
        let Some(number) = self.set.bindings.elements.get(element).copied() else { return };
        let values = &mut self.history.values[number as usize];
        values.retain(|past| past.event != current);
        if let Some(value) = value {
            let place = values.partition_point(|past| past.event < current);
            let value = Cow::Owned(value.to_owned());
            values.insert(place, PastValue { event: current, value });
        }
        self.sheet.current[number as usize] = value.map(|value| Cow::Owned(value.to_owned()));
        let set = Arc::clone(&self.set);
        self.refresh(set.bindings.slots_of_element[number as usize].iter().copied(), before);
    }

    fn put_attribute_value(&mut self, attribute: &str, value: Option<&str>, before: &mut Before) {
        let Some(enrollment) = &mut self.sheet.enrollment else { return };
        store(&mut enrollment.to_mut().attribute_values, attribute, value);
        let Some(number) = self.set.bindings.attributes.get(attribute).copied() else { return };
        self.sheet.attributes[number as usize] = value.map(|value| Cow::Owned(value.to_owned()));
        let set = Arc::clone(&self.set);
        self.refresh(set.bindings.slots_of_attribute[number as usize].iter().copied(), before);
    }

    fn read_again(
        &mut self,
        event: Option<&RuleEvent>,
        enrollment: Option<&RuleEnrollment>,
    ) -> EffectsDiff {
        (self.sheet, self.history, self.current) =
            read(&self.set, event, enrollment, &self.others, &self.circumstances);
        let mut before = Before::new();
        self.refresh(0..self.set.slot_count() as u32, &mut before);
        self.diff(before)
    }

    /// Takes the initial values of some slots anew and runs what they can change.
    fn refresh(&mut self, slots: impl Iterator<Item = u32>, before: &mut Before) {
        let set = Arc::clone(&self.set);
        let mut waiting = BTreeSet::new();
        for slot in slots {
            let value = self.sheet.initial(&set, &self.history, slot);
            if self.cells.replace(slot, value) {
                self.changed(&set, slot, &mut waiting);
            }
        }
        while let Some(rule) = waiting.pop_first() {
            let rule = rule as usize;
            let writes = set.compiled[rule].actions.iter().filter_map(|action| action.write);
            let left: Vec<_> = writes.map(|write| (write, self.cells.take(write))).collect();
            let effects = self.run(rule);
            let effects = std::mem::replace(&mut self.effects[rule], effects);
            before.entry(rule).or_insert(effects);
            for (write, left) in &left {
                if self.cells.differs(*write, left) {
                    self.changed(&set, self.cells.own(*write), &mut waiting);
                }
            }
            waiting.remove(&(rule as u32));
        }
    }

    /// Puts the readers of a version on the list, and those of later versions in which it shows.
    fn changed(&mut self, set: &RuleSet, mut version: u32, waiting: &mut BTreeSet<u32>) {
        loop {
            waiting.extend(&set.readers[version as usize]);
            let Some(next) = set.next_write[version as usize] else { return };
            let own = self.cells.own(next);
            if self.cells.resolve(own) == own {
                return;
            }
            self.cells.skip(set, next);
            version = own;
        }
    }

    fn run(&mut self, rule: usize) -> Vec<Effect> {
        let mut effects = Vec::new();
        let run = Run {
            set: &self.set,
            scope: &self.scope,
            supplementary: &self.circumstances.supplementary,
        };
        run.rule(rule, &mut self.cells, &mut effects);
        effects
    }

    fn diff(&self, before: Before) -> EffectsDiff {
        let mut diff = EffectsDiff::default();
        for (rule, old) in before {
            let new = &self.effects[rule];
            diff.added.extend(new.iter().filter(|effect| !old.contains(effect)).cloned());
            diff.removed.extend(old.into_iter().filter(|effect| !new.contains(effect)));
        }
        diff
    }
}

fn stored<'a>(values: &'a [(String, String)], field: &str) -> Option<&'a str> {
    values.iter().find(|(known, _)| known == field).map(|(_, value)| value.as_str())
}

fn store(values: &mut Vec<(String, String)>, field: &str, value: Option<&str>) {
    values.retain(|(known, _)| known != field);
    if let Some(value) = value {
        values.push((field.to_owned(), value.to_owned()));
    }
}

type Record = (Sheet<'static>, History<'static>, Option<u32>);

fn read(
    set: &RuleSet,
    event: Option<&RuleEvent>,
    enrollment: Option<&RuleEnrollment>,
    others: &[RuleEvent],
    circumstances: &Circumstances,
) -> Record {
    // The event at hand counts as it is on the screen, not also as it was stored.
    let others = others.iter().filter(|other| event.is_none_or(|event| event.id != other.id));
    let events = distinct(event.into_iter().chain(others));
    let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
    let count = events.len();
    let history = History::new(set, events);
    let current = event.and_then(|event| history.position(event));
    let sheet = Sheet::new(set, circumstances.today, event, enrollment, count);
    (sheet.into_owned(), history.into_owned(), current)
}
