//! What the open forms of events and of enrolments have in common: answers go in, rules run, what
//! they do to questions comes out.
//!
//! What rules do to the form follows DHIS2's Capture app: a mandatory question is never hidden; a
//! question that a rule hides loses its answer, unless a rule assigns it; questions of a hidden
//! section keep theirs; a chosen option that a rule hides is taken out; an assigned value that is
//! no option counts as none. What is taken out stays at hand here until the record is finished.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::effects::{EffectIndex, RuleOptions, Target};
use super::field::{FieldState, FormDiff, OptionChoice, SectionState};
use crate::form::event::Blocks;
use crate::limits::ASSIGN_ROUNDS_MAX;
use crate::rules::{ActionKind, EffectsDiff, RuleSession};
use crate::uid::{OptionSetUid, Uid};
use crate::value_type::{ValueProblem, ValueType, split_multi_text};

/// Whether a code is in an option set, capitals counting.
pub type IsOption<'a> = &'a dyn Fn(OptionSetUid, &str) -> bool;

/// What is known of a question without looking at rules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub value_type: ValueType,
    pub has_options: bool,
    pub is_mandatory: bool,
    /// Nobody types here: the server makes the values.
    pub is_read_only: bool,
}

/// Id of a section, `None` for the questions that are in none, and its questions.
pub(super) type Section<F> = (Option<<F as Questions>::Section>, Vec<<F as Questions>::Id>);

/// A form that can be open.
pub(super) trait Questions: Sized {
    /// Id of a question.
    type Id: Copy + Ord + From<Uid> + Into<Uid>;
    /// Id of a section.
    type Section: Copy + Eq + Into<Uid>;
    /// What holds the answers.
    type Record;

    fn asked(&self, question: Self::Id) -> Option<Asked>;
    /// Section and question, both from 0.
    fn place(&self, question: Self::Id) -> Option<(usize, usize)>;
    /// Every section with its questions, in form order.
    fn sections(&self) -> Vec<Section<Self>>;
    fn check(
        &self,
        question: Self::Id,
        text: &str,
        is_option: IsOption<'_>,
    ) -> Result<Option<String>, ValueProblem>;
    fn answer<'r>(&self, record: &'r Self::Record, question: Self::Id) -> Option<&'r str>;
    fn put(&self, record: &mut Self::Record, question: Self::Id, value: Option<String>);
    /// Tells the rules about an answer.
    fn tell(rules: &mut RuleSession, question: Self::Id, value: Option<&str>) -> EffectsDiff;
}

/// An open form.
pub(super) struct Live<F: Questions> {
    pub form: Arc<F>,
    pub record: F::Record,
    pub rules: RuleSession,
    options: Arc<RuleOptions>,
    effects: EffectIndex,
    sections: Vec<Section<F>>,
    /// Texts that are no answers, with the reason.
    pub wrong: BTreeMap<F::Id, (String, ValueProblem)>,
    pub set_aside: BTreeMap<F::Id, String>,
    shown: BTreeMap<F::Id, FieldState>,
    hidden_sections: Vec<bool>,
}

/// What one edit set in motion.
pub(super) struct Wake<Id> {
    touched: BTreeSet<Target>,
    pub edited: BTreeSet<Id>,
    looping: BTreeSet<usize>,
}

impl<Id> Default for Wake<Id> {
    fn default() -> Self {
        Self { touched: BTreeSet::new(), edited: BTreeSet::new(), looping: BTreeSet::new() }
    }
}

/// What speaks for or against finishing the record.
pub(super) struct Finding<Id> {
    pub question: Option<Id>,
    /// Id of the rule that says so; `None` for the form itself.
    pub rule: Option<String>,
    pub words: String,
    pub blocks: Blocks,
}

impl<F: Questions> Live<F> {
    /// Opens a form; the diff holds everything that there is to show.
    pub fn open(
        form: Arc<F>,
        options: Arc<RuleOptions>,
        record: F::Record,
        rules: RuleSession,
        is_option: IsOption<'_>,
    ) -> (Self, FormDiff<F::Id, F::Section>) {
        let sections = form.sections();
        let mut wake = Wake::default();
        let questions = sections.iter().flat_map(|(_, questions)| questions);
        wake.touched.extend(questions.map(|question| Target::Field((*question).into())));
        wake.touched.extend([Target::Record, Target::Stages, Target::Events]);
        let all = EffectsDiff { added: rules.effects().cloned().collect(), ..Default::default() };
        let mut this = Self {
            hidden_sections: vec![false; sections.len()],
            sections,
            form,
            record,
            rules,
            options,
            effects: EffectIndex::default(),
            wrong: BTreeMap::new(),
            set_aside: BTreeMap::new(),
            shown: BTreeMap::new(),
        };
        this.take(&all, &mut wake);
        this.settle(&mut wake, is_option);
        let mut diff = this.diff(wake);
        diff.sections = this.sections().collect();
        (this, diff)
    }

    /// A question as it is shown.
    pub fn field(&self, question: F::Id) -> Option<&FieldState> {
        self.shown.get(&question)
    }

    /// Answers a question; `None` if the form does not have it. A text that is no answer stays in
    /// its field with the problem; the record does without it.
    pub fn set_value(
        &mut self,
        question: F::Id,
        text: &str,
        is_option: IsOption<'_>,
    ) -> Option<Wake<F::Id>> {
        self.form.asked(question)?;
        let mut wake = Wake::default();
        self.wrong.remove(&question);
        self.set_aside.remove(&question);
        let value = match self.form.check(question, text, is_option) {
            Ok(value) => value,
            Err(problem) => {
                self.wrong.insert(question, (text.to_owned(), problem));
                None
            }
        };
        self.put(question, value.as_deref(), &mut wake);
        self.settle(&mut wake, is_option);
        Some(wake)
    }

    /// Takes in what a change of the record itself did to the rules.
    pub fn changed(&mut self, diff: &EffectsDiff, is_option: IsOption<'_>) -> Wake<F::Id> {
        let mut wake = Wake::default();
        self.take(diff, &mut wake);
        self.settle(&mut wake, is_option);
        wake
    }

    /// Puts an answer into record and rules.
    fn put(&mut self, question: F::Id, value: Option<&str>, wake: &mut Wake<F::Id>) {
        self.form.put(&mut self.record, question, value.map(str::to_owned));
        wake.touched.insert(Target::Field(question.into()));
        wake.edited.insert(question);
        let diff = F::tell(&mut self.rules, question, value);
        self.take(&diff, wake);
    }

    fn take(&mut self, diff: &EffectsDiff, wake: &mut Wake<F::Id>) {
        let has = |question: Uid| self.form.asked(question.into()).is_some();
        self.effects.apply(self.rules.set(), &has, diff, &mut wake.touched);
    }

    /// Lets rules assign and hide until nothing changes any more.
    fn settle(&mut self, wake: &mut Wake<F::Id>, is_option: IsOption<'_>) {
        for _ in 0..ASSIGN_ROUNDS_MAX {
            let settled = self.rules.settle();
            self.take(&settled.diff, wake);
            wake.looping.extend(settled.looping);
            for (field, value) in settled.assigned {
                let Ok(question) = Uid::parse(&field) else { continue };
                self.assigned(question.into(), value, wake, is_option);
            }
            let fields = wake.touched.iter().filter_map(|target| match target {
                Target::Field(field) => Some(F::Id::from(*field)),
                _ => None,
            });
            let gone: Vec<_> = fields.filter(|field| self.loses_answer(*field)).collect();
            if gone.is_empty() {
                return;
            }
            for question in gone {
                let answer = self.form.answer(&self.record, question).map(str::to_owned);
                self.set_aside.extend(answer.map(|it| (question, it)));
                self.put(question, None, wake);
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
        question: F::Id,
        value: Option<String>,
        wake: &mut Wake<F::Id>,
        is_option: IsOption<'_>,
    ) {
        let Some(asked) = self.form.asked(question) else { return };
        self.wrong.remove(&question);
        self.set_aside.remove(&question);
        wake.touched.insert(Target::Field(question.into()));
        wake.edited.insert(question);
        let checked = value.as_deref().map(|text| self.form.check(question, text, is_option));
        let kept = match checked {
            Some(Ok(value)) => value,
            Some(Err(problem)) if !asked.has_options => {
                self.wrong.insert(question, (value.unwrap_or_default(), problem));
                None
            }
            _ => None,
        };
        self.form.put(&mut self.record, question, kept);
    }

    /// Whether a rule takes the answer of a question out.
    fn loses_answer(&self, question: F::Id) -> bool {
        let Some(answer) = self.form.answer(&self.record, question) else { return false };
        let Some(asked) = self.form.asked(question) else { return false };
        if self.has(question, &ActionKind::Assign) {
            return false;
        }
        let hides = self.has(question, &ActionKind::HideField);
        if hides && !self.is_mandatory(question) {
            return true;
        }
        let choice = self.effects.options(self.rules.set(), &self.options, question.into());
        asked.has_options && !allows_all(&choice, asked.value_type, answer)
    }

    fn has(&self, question: F::Id, kind: &ActionKind) -> bool {
        let mut held = self.effects.of(self.rules.set(), Target::Field(question.into()));
        held.any(|held| held.action.kind == *kind)
    }

    fn is_mandatory(&self, question: F::Id) -> bool {
        let by_form = self.form.asked(question).is_some_and(|asked| asked.is_mandatory);
        by_form || self.has(question, &ActionKind::SetMandatoryField)
    }

    /// What there is to show about the touched targets, and remembers it.
    pub fn diff(&mut self, wake: Wake<F::Id>) -> FormDiff<F::Id, F::Section> {
        let mut diff = FormDiff::default();
        let set = self.rules.set();
        let mut fields = BTreeSet::new();
        for target in &wake.touched {
            match target {
                Target::Field(field) => {
                    fields.insert(F::Id::from(*field));
                }
                Target::Section(id) => {
                    let is_it = |known: &Option<F::Section>| known.map(Into::into) == Some(*id);
                    let section = self.sections.iter().find(|(known, _)| is_it(known));
                    fields.extend(section.into_iter().flat_map(|(_, questions)| questions));
                }
                Target::Record => diff.announcements = Some(self.effects.announcements(set)),
                Target::Stages => diff.hidden_stages = Some(self.effects.hidden_stages(set)),
                Target::Events => diff.offers = Some(self.effects.offers(set)),
            }
        }
        diff.looping = wake.looping.iter().map(|rule| set.rules()[*rule].name.clone()).collect();
        let mut touched_sections = BTreeSet::new();
        for question in fields {
            let Some((at, _)) = self.form.place(question) else { continue };
            let state = self.state(question, at);
            touched_sections.insert(at);
            if self.shown.get(&question) != Some(&state) {
                self.shown.insert(question, state.clone());
                diff.fields.push((question, state));
            }
        }
        for at in touched_sections {
            let is_hidden = self.is_section_empty(at);
            if self.hidden_sections[at] != is_hidden {
                self.hidden_sections[at] = is_hidden;
                diff.sections.push(SectionState { id: self.sections[at].0, is_hidden });
            }
        }
        diff.fields.sort_by_cached_key(|(field, _)| self.form.place(*field));
        diff
    }

    fn is_section_empty(&self, at: usize) -> bool {
        let questions = &self.sections[at].1;
        let is_hidden = |question: &F::Id| self.shown.get(question).is_some_and(|it| it.is_hidden);
        !questions.is_empty() && questions.iter().all(is_hidden)
    }

    /// Every section with whether it is shown.
    pub fn sections(&self) -> impl Iterator<Item = SectionState<F::Section>> {
        let sections = self.sections.iter().zip(&self.hidden_sections);
        sections.map(|((id, _), is_hidden)| SectionState { id: *id, is_hidden: *is_hidden })
    }

    fn state(&self, question: F::Id, at: usize) -> FieldState {
        let set = self.rules.set();
        let section = self.sections[at].0.map(|id| Target::Section(id.into()));
        let is_section_hidden =
            section.is_some_and(|section| self.effects.of(set, section).next().is_some());
        let is_mandatory = self.is_mandatory(question);
        let hides = is_section_hidden || self.has(question, &ActionKind::HideField);
        let wrong = self.wrong.get(&question);
        let answer = self.form.answer(&self.record, question);
        let mut state = FieldState {
            value: wrong.map(|(text, _)| text.as_str()).or(answer).map(str::to_owned),
            problem: wrong.map(|(_, problem)| *problem),
            is_hidden: hides && !is_mandatory,
            is_mandatory,
            is_assigned: self.has(question, &ActionKind::Assign),
            is_read_only: self.form.asked(question).is_some_and(|asked| asked.is_read_only),
            set_aside: self.set_aside.get(&question).cloned(),
            options: self.effects.options(set, &self.options, question.into()),
            ..FieldState::default()
        };
        for held in self.effects.of(set, Target::Field(question.into())) {
            match held.action.kind {
                ActionKind::ShowError => state.errors.push(held.words()),
                ActionKind::ShowWarning => state.warnings.push(held.words()),
                _ => {}
            }
        }
        state
    }

    /// What speaks against finishing the record, and the warnings, in form order.
    pub fn findings(&self) -> Vec<Finding<F::Id>> {
        let mut findings = Vec::new();
        for question in self.sections.iter().flat_map(|(_, questions)| questions.iter().copied()) {
            let mut add = |words: String| {
                let (question, rule) = (Some(question), None);
                findings.push(Finding { question, rule, words, blocks: Blocks::Sending });
            };
            if let Some((_, problem)) = self.wrong.get(&question) {
                add(format!("It {problem}."));
            } else if self.is_mandatory(question)
                && self.form.answer(&self.record, question).is_none()
            {
                add("This must be answered.".to_owned());
            }
            self.rule_findings(Target::Field(question.into()), Some(question), &mut findings);
        }
        self.rule_findings(Target::Record, None, &mut findings);
        findings
    }

    fn rule_findings(
        &self,
        target: Target,
        question: Option<F::Id>,
        findings: &mut Vec<Finding<F::Id>>,
    ) {
        let set = self.rules.set();
        for held in self.effects.of(set, target) {
            let Some(blocks) = blocks(&held.action.kind) else { continue };
            let (rule, words) = (Some(set.rules()[held.rule].id.clone()), held.words());
            findings.push(Finding { question, rule, words, blocks });
        }
    }
}

/// What an effect forbids; `None` if it says nothing of the kind.
fn blocks(kind: &ActionKind) -> Option<Blocks> {
    match kind {
        ActionKind::ShowError => Some(Blocks::Sending),
        ActionKind::ErrorOnComplete => Some(Blocks::Completing),
        ActionKind::ShowWarning | ActionKind::WarningOnComplete => Some(Blocks::Nothing),
        _ => None,
    }
}

fn allows_all(choice: &OptionChoice, value_type: ValueType, value: &str) -> bool {
    match value_type {
        ValueType::MultiText => split_multi_text(value).into_iter().all(|code| choice.allows(code)),
        _ => choice.allows(value),
    }
}
