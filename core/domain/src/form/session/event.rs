//! The form of an event with its program rules and program indicators, edit by edit.
//!
//! What rules do to the form follows DHIS2's Capture app: a mandatory question is never hidden; a
//! question that a rule hides loses its answer, unless a rule assigns it; questions of a hidden
//! section keep theirs; a chosen option that a rule hides is taken out; an assigned value that is no
//! option counts as none. What is taken out stays at hand here until the record is finished.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::effects::{EffectIndex, RuleOptions, Target};
use super::field::{EventDiff, EventFinding, FieldState, SectionState};
use crate::data::{Event, EventDataValue};
use crate::expression::Date;
use crate::form::event::{EventForm, check_answer};
use crate::indicator::{ProgramFacts, ProgramIndicatorSet, Row};
use crate::limits::ASSIGN_ROUNDS_MAX;
use crate::rules::{
    ActionKind, Circumstances, EffectsDiff, Moment, RuleEvent, RuleSession, RuleSet,
};
use crate::uid::{DataElementUid, OptionSetUid};
use crate::value_type::{ValueProblem, ValueType, split_multi_text};

/// Whether a code is in an option set, capitals counting.
pub type IsOption<'a> = &'a dyn Fn(OptionSetUid, &str) -> bool;

/// What a session is made of.
pub struct EventSessionInput {
    /// The form.
    pub form: Arc<EventForm>,
    /// The rules of the program.
    pub rules: Arc<RuleSet>,
    /// What rules have to know about options.
    pub options: Arc<RuleOptions>,
    /// Program indicators of the form, in the order in which they are shown.
    pub indicators: ProgramIndicatorSet,
    /// What program indicators have to know.
    pub facts: Arc<dyn ProgramFacts + Send + Sync>,
    /// The event as it stands.
    pub event: Event,
    /// Code of its place.
    pub organisation_unit_code: Option<String>,
    /// Other events of the place that rules may look at.
    pub others: Vec<RuleEvent>,
    /// The day, the user's groups, the places.
    pub circumstances: Circumstances,
}

/// An open form.
pub struct EventSession {
    form: Arc<EventForm>,
    options: Arc<RuleOptions>,
    indicators: ProgramIndicatorSet,
    facts: Arc<dyn ProgramFacts + Send + Sync>,
    event: Event,
    organisation_unit_code: Option<String>,
    rules: RuleSession,
    effects: EffectIndex,
    /// Texts that are no answers, with the reason.
    wrong: BTreeMap<DataElementUid, (String, ValueProblem)>,
    set_aside: BTreeMap<DataElementUid, String>,
    shown: BTreeMap<DataElementUid, FieldState>,
    hidden_sections: Vec<bool>,
}

/// What one edit set in motion.
#[derive(Default)]
struct Wake {
    touched: BTreeSet<Target>,
    edited: BTreeSet<DataElementUid>,
    looping: BTreeSet<usize>,
}

impl EventSession {
    /// Opens a form: rules run, and the diff holds everything that there is to show.
    #[must_use]
    pub fn open(input: EventSessionInput, is_option: IsOption<'_>) -> (Self, EventDiff) {
        let EventSessionInput { form, rules, options, indicators, facts, event, .. } = input;
        let code = input.organisation_unit_code;
        let seen = rule_event(&event, &form.program_stage.name, code.as_deref());
        let rules = RuleSession::open_event(rules, seen, None, input.others, input.circumstances);
        let mut wake = Wake::default();
        wake.touched.extend(form.fields().map(|field| Target::Field(field.data_element)));
        wake.touched.extend([Target::Record, Target::Stages]);
        let mut effects = EffectIndex::default();
        let all = EffectsDiff { added: rules.effects().cloned().collect(), ..Default::default() };
        effects.apply(rules.set(), &form, &all, &mut wake.touched);
        let mut this = Self {
            hidden_sections: vec![false; form.sections.len()],
            form,
            options,
            indicators,
            facts,
            event,
            organisation_unit_code: code,
            rules,
            effects,
            wrong: BTreeMap::new(),
            set_aside: BTreeMap::new(),
            shown: BTreeMap::new(),
        };
        this.settle(&mut wake, is_option);
        this.indicators.compute_all(row(&this.event), &&*this.facts);
        let mut diff = this.diff(wake);
        let values = this.indicators.results().map(|(id, value)| (id, value.clone()));
        diff.indicators = values.collect();
        diff.sections = this.sections().collect();
        (this, diff)
    }

    /// The record as it would be saved: without wrong and without set-aside answers.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> &Arc<EventForm> {
        &self.form
    }

    /// A question as it is shown; `None` if the form does not have it.
    #[must_use]
    pub fn field(&self, data_element: DataElementUid) -> Option<&FieldState> {
        self.shown.get(&data_element)
    }

    /// Answers that a rule took out and that saving would leave behind.
    #[must_use]
    pub fn set_aside(&self) -> &BTreeMap<DataElementUid, String> {
        &self.set_aside
    }

    /// Texts that are no answers, with the reason.
    #[must_use]
    pub fn wrong(&self) -> &BTreeMap<DataElementUid, (String, ValueProblem)> {
        &self.wrong
    }

    /// Answers a question; blank text empties it. `None` if the form does not have it.
    ///
    /// A text that is no answer stays in its field with the problem; the record does without it.
    pub fn set_value(
        &mut self,
        data_element: DataElementUid,
        text: &str,
        is_option: IsOption<'_>,
    ) -> Option<EventDiff> {
        let field = self.form.field(data_element)?;
        let mut wake = Wake::default();
        self.wrong.remove(&data_element);
        self.set_aside.remove(&data_element);
        let value = match check_answer(field, text, is_option) {
            Ok(value) => value,
            Err(problem) => {
                self.wrong.insert(data_element, (text.to_owned(), problem));
                None
            }
        };
        self.put(data_element, value.as_deref(), &mut wake);
        self.settle(&mut wake, is_option);
        Some(self.follow_up(wake, false))
    }

    /// Takes in which other events rules may look at, for the change of date that follows.
    pub fn see_others(&mut self, others: Vec<RuleEvent>) {
        self.rules.see_others(others);
    }

    /// Changes the record itself: its date, status, place; the answers stay.
    pub fn change_event(
        &mut self,
        organisation_unit_code: Option<String>,
        change: impl FnOnce(&mut Event),
        is_option: IsOption<'_>,
    ) -> EventDiff {
        let answers = std::mem::take(&mut self.event.data_values);
        change(&mut self.event);
        self.event.data_values = answers;
        self.organisation_unit_code = organisation_unit_code;
        let stage = &self.form.program_stage.name;
        let seen = rule_event(&self.event, stage, self.organisation_unit_code.as_deref());
        let mut wake = Wake::default();
        let diff = self.rules.change_event(|event| *event = seen);
        self.take(&diff, &mut wake);
        self.settle(&mut wake, is_option);
        self.follow_up(wake, true)
    }

    fn follow_up(&mut self, wake: Wake, variables: bool) -> EventDiff {
        let edited: Vec<_> = wake.edited.iter().copied().collect();
        let row = row(&self.event);
        let indicators = self.indicators.recompute(&edited, variables, row, &&*self.facts);
        EventDiff { indicators, ..self.diff(wake) }
    }

    /// Puts an answer into record and rules.
    fn put(&mut self, data_element: DataElementUid, value: Option<&str>, wake: &mut Wake) {
        match value {
            None => {
                self.event.data_values.remove(&data_element);
            }
            Some(value) => {
                let answer = self.event.data_values.entry(data_element);
                let answer = answer.or_insert_with(|| EventDataValue {
                    value: String::new(),
                    provided_elsewhere: false,
                });
                value.clone_into(&mut answer.value);
            }
        }
        wake.touched.insert(Target::Field(data_element));
        wake.edited.insert(data_element);
        let diff = self.rules.set_data_value(data_element.as_str(), value);
        self.take(&diff, wake);
    }

    fn take(&mut self, diff: &EffectsDiff, wake: &mut Wake) {
        self.effects.apply(self.rules.set(), &self.form, diff, &mut wake.touched);
    }

    /// Lets rules assign and hide until nothing changes any more.
    fn settle(&mut self, wake: &mut Wake, is_option: IsOption<'_>) {
        for _ in 0..ASSIGN_ROUNDS_MAX {
            let settled = self.rules.settle();
            self.take(&settled.diff, wake);
            wake.looping.extend(settled.looping);
            for (field, value) in settled.assigned {
                let Ok(data_element) = DataElementUid::parse(&field) else { continue };
                self.assigned(data_element, value, wake, is_option);
            }
            let gone: Vec<_> = wake
                .touched
                .iter()
                .filter_map(|target| match target {
                    Target::Field(field) => Some(*field),
                    _ => None,
                })
                .filter(|field| self.loses_answer(*field))
                .collect();
            if gone.is_empty() {
                return;
            }
            for data_element in gone {
                let answer = self.event.data_values.get(&data_element);
                self.set_aside.extend(answer.map(|it| (data_element, it.value.clone())));
                self.put(data_element, None, wake);
            }
        }
        // Rules that hide a question because of its own answer and assign it again: named, not run
        // for ever.
        let fields = wake.touched.iter().copied();
        let held = fields.flat_map(|target| self.effects.of(self.rules.set(), target));
        let assigning = held.filter(|held| held.action.kind == ActionKind::Assign);
        let rules: Vec<_> = assigning.map(|held| held.rule).collect();
        wake.looping.extend(rules);
    }

    /// Takes a value that a rule assigned into the record; one that is no option counts as none.
    fn assigned(
        &mut self,
        data_element: DataElementUid,
        value: Option<String>,
        wake: &mut Wake,
        is_option: IsOption<'_>,
    ) {
        let Some(field) = self.form.field(data_element) else { return };
        self.wrong.remove(&data_element);
        self.set_aside.remove(&data_element);
        wake.touched.insert(Target::Field(data_element));
        wake.edited.insert(data_element);
        let checked = value.as_deref().map(|text| check_answer(field, text, is_option));
        match checked {
            Some(Ok(Some(value))) => {
                let answer = EventDataValue { value, provided_elsewhere: false };
                self.event.data_values.insert(data_element, answer);
            }
            Some(Err(problem)) if field.option_set.is_none() => {
                let text = value.unwrap_or_default();
                self.event.data_values.remove(&data_element);
                self.wrong.insert(data_element, (text, problem));
            }
            _ => {
                self.event.data_values.remove(&data_element);
            }
        }
    }

    /// Whether a rule takes the answer of a question out.
    fn loses_answer(&self, data_element: DataElementUid) -> bool {
        let Some(answer) = self.event.data_values.get(&data_element) else { return false };
        let Some(field) = self.form.field(data_element) else { return false };
        if self.has(data_element, &ActionKind::Assign) {
            return false;
        }
        let hides = self.has(data_element, &ActionKind::HideField);
        if hides && !self.is_mandatory(data_element) {
            return true;
        }
        let choice = self.effects.options(self.rules.set(), &self.options, data_element);
        field.option_set.is_some() && !allows_all(&choice, field.value_type, &answer.value)
    }

    fn has(&self, data_element: DataElementUid, kind: &ActionKind) -> bool {
        let mut held = self.effects.of(self.rules.set(), Target::Field(data_element));
        held.any(|held| held.action.kind == *kind)
    }

    fn is_mandatory(&self, data_element: DataElementUid) -> bool {
        let by_form = self.form.field(data_element).is_some_and(|field| field.compulsory);
        by_form || self.has(data_element, &ActionKind::SetMandatoryField)
    }

    /// What there is to show about the touched targets, and remembers it.
    fn diff(&mut self, wake: Wake) -> EventDiff {
        let mut diff = EventDiff::default();
        let set = self.rules.set();
        let mut fields = BTreeSet::new();
        for target in &wake.touched {
            match target {
                Target::Field(field) => {
                    fields.insert(*field);
                }
                Target::Section(id) => {
                    let section = self.form.sections.iter().find(|it| it.id == Some(*id));
                    let asked = section.into_iter().flat_map(|section| &section.fields);
                    fields.extend(asked.map(|field| field.data_element));
                }
                Target::Record => diff.announcements = Some(self.effects.announcements(set)),
                Target::Stages => diff.hidden_stages = Some(self.effects.hidden_stages(set)),
            }
        }
        diff.looping = wake.looping.iter().map(|rule| set.rules()[*rule].name.clone()).collect();
        let mut touched_sections = BTreeSet::new();
        for data_element in fields {
            let Some(at) = self.section_of(data_element) else { continue };
            let state = self.state(data_element, at);
            touched_sections.insert(at);
            if self.shown.get(&data_element) != Some(&state) {
                self.shown.insert(data_element, state.clone());
                diff.fields.push((data_element, state));
            }
        }
        for at in touched_sections {
            let is_hidden = self.is_section_empty(at);
            if self.hidden_sections[at] != is_hidden {
                self.hidden_sections[at] = is_hidden;
                diff.sections.push(SectionState { id: self.form.sections[at].id, is_hidden });
            }
        }
        diff.fields.sort_by_cached_key(|(field, _)| self.form.place(*field));
        diff
    }

    fn section_of(&self, data_element: DataElementUid) -> Option<usize> {
        self.form.place(data_element).map(|(section, _)| section)
    }

    fn is_section_empty(&self, at: usize) -> bool {
        let fields = &self.form.sections[at].fields;
        let is_hidden =
            |field: DataElementUid| self.shown.get(&field).is_some_and(|it| it.is_hidden);
        !fields.is_empty() && fields.iter().all(|field| is_hidden(field.data_element))
    }

    /// Every section with whether it is shown.
    pub fn sections(&self) -> impl Iterator<Item = SectionState> {
        let sections = self.form.sections.iter().zip(&self.hidden_sections);
        sections.map(|(section, is_hidden)| SectionState { id: section.id, is_hidden: *is_hidden })
    }

    fn state(&self, data_element: DataElementUid, at: usize) -> FieldState {
        let set = self.rules.set();
        let section = self.form.sections[at].id.map(Target::Section);
        let is_section_hidden =
            section.is_some_and(|section| self.effects.of(set, section).next().is_some());
        let is_mandatory = self.is_mandatory(data_element);
        let hides = is_section_hidden || self.has(data_element, &ActionKind::HideField);
        let wrong = self.wrong.get(&data_element);
        let answer = self.event.data_values.get(&data_element).map(|answer| &answer.value);
        let mut state = FieldState {
            value: wrong.map(|(text, _)| text).or(answer).cloned(),
            problem: wrong.map(|(_, problem)| *problem),
            is_hidden: hides && !is_mandatory,
            is_mandatory,
            is_assigned: self.has(data_element, &ActionKind::Assign),
            set_aside: self.set_aside.get(&data_element).cloned(),
            options: self.effects.options(set, &self.options, data_element),
            ..FieldState::default()
        };
        for held in self.effects.of(set, Target::Field(data_element)) {
            match held.action.kind {
                ActionKind::ShowError => state.errors.push(held.words()),
                ActionKind::ShowWarning => state.warnings.push(held.words()),
                _ => {}
            }
        }
        state
    }

    /// What speaks against completing the record, and the warnings, in form order.
    #[must_use]
    pub fn completion_findings(&self) -> Vec<EventFinding> {
        let set = self.rules.set();
        let mut findings = Vec::new();
        for field in self.form.fields() {
            let data_element = Some(field.data_element);
            let mut add = |rule, words, blocks| {
                findings.push(EventFinding { data_element, rule, words, blocks });
            };
            if let Some((_, problem)) = self.wrong.get(&field.data_element) {
                add(None, format!("It {problem}."), true);
            } else if self.is_mandatory(field.data_element)
                && !self.event.data_values.contains_key(&field.data_element)
            {
                add(None, "This must be answered.".to_owned(), true);
            }
            for held in self.effects.of(set, Target::Field(field.data_element)) {
                if let Some(blocks) = blocks(&held.action.kind) {
                    add(Some(set.rules()[held.rule].id.clone()), held.words(), blocks);
                }
            }
        }
        for held in self.effects.of(set, Target::Record) {
            let Some(blocks) = blocks(&held.action.kind) else { continue };
            let rule = Some(set.rules()[held.rule].id.clone());
            findings.push(EventFinding { data_element: None, rule, words: held.words(), blocks });
        }
        findings
    }
}

/// Whether an effect blocks completing (`true`), warns (`false`) or does neither.
fn blocks(kind: &ActionKind) -> Option<bool> {
    match kind {
        ActionKind::ShowError | ActionKind::ErrorOnComplete => Some(true),
        ActionKind::ShowWarning | ActionKind::WarningOnComplete => Some(false),
        _ => None,
    }
}

fn allows_all(choice: &super::OptionChoice, value_type: ValueType, value: &str) -> bool {
    match value_type {
        ValueType::MultiText => split_multi_text(value).into_iter().all(|code| choice.allows(code)),
        _ => choice.allows(value),
    }
}

fn row(event: &Event) -> Row<'_> {
    Row::Event { event, enrollment: None }
}

/// An event as rules see it.
#[must_use]
pub fn rule_event(
    event: &Event,
    program_stage_name: &str,
    organisation_unit_code: Option<&str>,
) -> RuleEvent {
    let day = |text: &Option<String>| Date::parse(text.as_deref()?.get(..10)?);
    let moment = |text: &Option<String>| Moment::parse(text.as_deref()?);
    let values = event.data_values.iter();
    RuleEvent {
        id: event.id.to_string(),
        program_stage: event.program_stage.to_string(),
        program_stage_name: program_stage_name.to_owned(),
        status: event.status.name().to_owned(),
        occurred_at: moment(&event.occurred_at),
        // An event without time of creation was made before all that have one.
        created_at: moment(&event.created_at_client).unwrap_or(Moment(i64::MIN)),
        due_date: day(&event.scheduled_at),
        completed_date: day(&event.completed_at),
        organisation_unit: event.organisation_unit.to_string(),
        organisation_unit_code: organisation_unit_code.map(str::to_owned),
        data_values: values.map(|(id, answer)| (id.to_string(), answer.value.clone())).collect(),
    }
}
