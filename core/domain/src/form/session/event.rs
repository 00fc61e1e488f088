//! The form of an event with its program rules and program indicators, edit by edit.
//!
//! What rules do to questions is told in [`super::live`]. In a program with registration the rules
//! look at the person, the enrolment and its other events too; those are never changed from here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::course::Course;
use super::effects::RuleOptions;
use super::field::{EventDiff, EventFinding, FieldState, SectionState};
use super::live::{Asked, IsOption, Live, Questions, Section, Wake};
use crate::data::{Event, EventDataValue};
use crate::expression::Date;
use crate::form::event::{Blocks, EventForm, check_answer};
use crate::indicator::{EnrollmentRow, ProgramFacts, ProgramIndicatorSet, Row};
use crate::rules::{Circumstances, EffectsDiff, Moment, RuleEvent, RuleSession, RuleSet};
use crate::uid::{DataElementUid, ProgramStageSectionUid, Uid};
use crate::value_type::ValueProblem;

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
    /// Other events of the place that rules may look at, in a program without registration.
    pub others: Vec<RuleEvent>,
    /// The person, the enrolment and its events, in a program with registration.
    pub course: Option<Course>,
    /// The day, the user's groups, the places.
    pub circumstances: Circumstances,
}

/// An open form.
pub struct EventSession {
    live: Live<EventForm>,
    indicators: ProgramIndicatorSet,
    facts: Arc<dyn ProgramFacts + Send + Sync>,
    organisation_unit_code: Option<String>,
    today: Date,
    /// The enrolment as program indicators see it.
    row: Option<EnrollmentRow>,
}

impl Questions for EventForm {
    type Id = DataElementUid;
    type Section = ProgramStageSectionUid;
    type Record = Event;

    fn asked(&self, question: DataElementUid) -> Option<Asked> {
        self.field(question).map(|field| Asked {
            value_type: field.value_type,
            has_options: field.option_set.is_some(),
            is_mandatory: field.compulsory,
            is_read_only: false,
        })
    }

    fn place(&self, question: DataElementUid) -> Option<(usize, usize)> {
        Self::place(self, question)
    }

    fn sections(&self) -> Vec<Section<Self>> {
        let sections = self.sections.iter();
        let asked = |section: &crate::form::event::EventSection| {
            let fields = section.fields.iter().map(|field| field.data_element);
            (section.id, fields.collect())
        };
        sections.map(asked).collect()
    }

    fn check(
        &self,
        question: DataElementUid,
        text: &str,
        is_option: IsOption<'_>,
    ) -> Result<Option<String>, ValueProblem> {
        let field = self.field(question);
        field.map_or(Ok(None), |field| check_answer(field, text, is_option))
    }

    fn answer<'r>(&self, event: &'r Event, question: DataElementUid) -> Option<&'r str> {
        event.data_values.get(&question).map(|answer| answer.value.as_str())
    }

    fn put(&self, event: &mut Event, question: DataElementUid, value: Option<String>) {
        let Some(value) = value else {
            event.data_values.remove(&question);
            return;
        };
        let empty = || EventDataValue { value: String::new(), provided_elsewhere: false };
        event.data_values.entry(question).or_insert_with(empty).value = value;
    }

    fn tell(rules: &mut RuleSession, question: DataElementUid, value: Option<&str>) -> EffectsDiff {
        rules.set_data_value(question.as_str(), value)
    }
}

impl EventSession {
    /// Opens a form: rules run, and the diff holds everything that there is to show.
    #[must_use]
    pub fn open(input: EventSessionInput, is_option: IsOption<'_>) -> (Self, EventDiff) {
        let EventSessionInput { form, rules, options, indicators, facts, event, .. } = input;
        let code = input.organisation_unit_code;
        let today = input.circumstances.today;
        let seen = rule_event(&event, &form.program_stage.name, code.as_deref());
        let course = input.course.as_ref();
        let enrollment = course.and_then(|course| course.rule_enrollment(today));
        let mut others = input.others;
        others.extend(course.map(|course| course.past_events(today)).unwrap_or_default());
        let row = course.and_then(Course::row);
        let rules = RuleSession::open_event(rules, seen, enrollment, others, input.circumstances);
        let (live, mut diff) = Live::open(form, options, event, rules, is_option);
        let mut this = Self { live, indicators, facts, organisation_unit_code: code, today, row };
        let row = row_of(&this.live.record, this.row.as_ref());
        diff.indicators = this.indicators.compute_all(row, &&*this.facts);
        (this, diff)
    }

    /// The record as it would be saved: without wrong and without set-aside answers.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.live.record
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> &Arc<EventForm> {
        &self.live.form
    }

    /// A question as it is shown; `None` if the form does not have it.
    #[must_use]
    pub fn field(&self, data_element: DataElementUid) -> Option<&FieldState> {
        self.live.field(data_element)
    }

    /// Every section with whether it is shown.
    pub fn sections(&self) -> impl Iterator<Item = SectionState> {
        self.live.sections()
    }

    /// Answers that a rule took out and that saving would leave behind.
    #[must_use]
    pub fn set_aside(&self) -> &BTreeMap<DataElementUid, String> {
        &self.live.set_aside
    }

    /// Texts that are no answers, with the reason.
    #[must_use]
    pub fn wrong(&self) -> &BTreeMap<DataElementUid, (String, ValueProblem)> {
        &self.live.wrong
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
        let wake = self.live.set_value(data_element, text, is_option)?;
        Some(self.follow_up(wake, false))
    }

    /// Takes in which other events rules may look at, for the change of date that follows.
    pub fn see_others(&mut self, others: Vec<RuleEvent>) {
        self.live.rules.see_others(others);
    }

    /// Takes in that the person, the enrolment or its other events are no longer what they were.
    pub fn see_course(&mut self, course: &Course, is_option: IsOption<'_>) -> EventDiff {
        self.live.rules.see_others(course.past_events(self.today));
        let seen = course.rule_enrollment(self.today);
        self.row = course.row();
        let diff = self.live.rules.change_enrollment(|enrollment| {
            if let Some(seen) = seen {
                *enrollment = seen;
            }
        });
        let wake = self.live.changed(&diff, is_option);
        let row = row_of(&self.live.record, self.row.as_ref());
        let indicators = self.indicators.compute_again(row, &&*self.facts);
        EventDiff { indicators, ..self.live.diff(wake) }
    }

    /// Changes the record itself: its date, status, place; the answers stay.
    pub fn change_event(
        &mut self,
        organisation_unit_code: Option<String>,
        change: impl FnOnce(&mut Event),
        is_option: IsOption<'_>,
    ) -> EventDiff {
        let event = &mut self.live.record;
        let answers = std::mem::take(&mut event.data_values);
        change(event);
        event.data_values = answers;
        self.organisation_unit_code = organisation_unit_code;
        let stage = &self.live.form.program_stage.name;
        let seen = rule_event(&self.live.record, stage, self.organisation_unit_code.as_deref());
        let diff = self.live.rules.change_event(|event| *event = seen);
        let wake = self.live.changed(&diff, is_option);
        self.follow_up(wake, true)
    }

    fn follow_up(&mut self, wake: Wake<DataElementUid>, variables: bool) -> EventDiff {
        let edited: Vec<Uid> = wake.edited.iter().map(|question| question.0).collect();
        let row = row_of(&self.live.record, self.row.as_ref());
        let indicators = self.indicators.recompute(&edited, variables, row, &&*self.facts);
        EventDiff { indicators, ..self.live.diff(wake) }
    }

    /// What speaks against completing the record, and the warnings, in form order.
    #[must_use]
    pub fn completion_findings(&self) -> Vec<EventFinding> {
        let findings = self.live.findings().into_iter().map(|finding| EventFinding {
            data_element: finding.question,
            rule: finding.rule,
            words: finding.words,
            blocks: finding.blocks > Blocks::Nothing,
        });
        findings.collect()
    }
}

fn row_of<'a>(event: &'a Event, enrollment: Option<&'a EnrollmentRow>) -> Row<'a> {
    Row::Event { event, enrollment }
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
