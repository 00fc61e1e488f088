//! The form of a person with the rules and indicators of a program, edit by edit.
//!
//! What rules do to questions is told in [`super::live`]. Generated attributes are never typed:
//! their values are drawn from what the server reserved.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::course::Course;
use super::effects::RuleOptions;
use super::field::{EnrollmentDiff, EnrollmentFinding, FieldState, SectionState};
use super::live::{Asked, Finding, IsOption, Live, Questions, Section, Wake};
use crate::data::{Enrollment, TrackedEntity};
use crate::expression::Date;
use crate::form::enrollment::{
    EnrollmentForm, EnrollmentProblemKind, EnrollmentSection, Registration, check_attribute,
};
use crate::form::event::Blocks;
use crate::indicator::{EnrollmentRow, ProgramFacts, ProgramIndicatorSet, Row};
use crate::rules::{Circumstances, EffectsDiff, RuleEnrollment, RuleSession, RuleSet};
use crate::uid::{TrackedEntityAttributeUid, Uid};
use crate::value_type::ValueProblem;

/// What a session is made of.
pub struct EnrollmentSessionInput {
    /// The form.
    pub form: Arc<EnrollmentForm>,
    /// The rules of the program; none without a program.
    pub rules: Arc<RuleSet>,
    /// What rules have to know about options.
    pub options: Arc<RuleOptions>,
    /// Program indicators of the form, in the order in which they are shown.
    pub indicators: ProgramIndicatorSet,
    /// What program indicators have to know.
    pub facts: Arc<dyn ProgramFacts + Send + Sync>,
    /// The records as they stand, and the events that the enrolment has already.
    pub course: Course,
    /// The day, the user's groups, the places.
    pub circumstances: Circumstances,
}

/// An open form.
pub struct EnrollmentSession {
    live: Live<EnrollmentForm>,
    indicators: ProgramIndicatorSet,
    facts: Arc<dyn ProgramFacts + Send + Sync>,
    today: Date,
    /// The enrolment as program indicators see it.
    row: Option<EnrollmentRow>,
}

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTyped {
    /// The form does not ask for the attribute.
    #[error("the form does not have this question")]
    NotInForm,
    /// The server makes the values of the attribute: see [`EnrollmentSession::put_generated`].
    #[error("the value is made by the server and cannot be typed")]
    Generated,
}

impl Questions for EnrollmentForm {
    type Id = TrackedEntityAttributeUid;
    type Section = Uid;
    type Record = Course;

    fn asked(&self, question: TrackedEntityAttributeUid) -> Option<Asked> {
        self.field(question).map(|field| Asked {
            value_type: field.value_type,
            has_options: field.option_set.is_some(),
            is_mandatory: field.mandatory,
            is_read_only: field.generated,
        })
    }

    fn place(&self, question: TrackedEntityAttributeUid) -> Option<(usize, usize)> {
        Self::place(self, question)
    }

    fn sections(&self) -> Vec<Section<Self>> {
        let asked = |section: &EnrollmentSection| {
            (section.id, section.fields.iter().map(|field| field.attribute).collect())
        };
        self.sections.iter().map(asked).collect()
    }

    fn check(
        &self,
        question: TrackedEntityAttributeUid,
        text: &str,
        is_option: IsOption<'_>,
    ) -> Result<Option<String>, ValueProblem> {
        let field = self.field(question);
        field.map_or(Ok(None), |field| check_attribute(field, text, is_option))
    }

    fn answer<'r>(
        &self,
        course: &'r Course,
        question: TrackedEntityAttributeUid,
    ) -> Option<&'r str> {
        course.registration.value(question)
    }

    fn put(&self, course: &mut Course, question: TrackedEntityAttributeUid, value: Option<String>) {
        course.registration.put(self, question, value);
    }

    fn tell(
        rules: &mut RuleSession,
        question: TrackedEntityAttributeUid,
        value: Option<&str>,
    ) -> EffectsDiff {
        rules.set_attribute_value(question.as_str(), value)
    }
}

impl EnrollmentSession {
    /// Opens a form: rules run, and the diff holds everything that there is to show.
    #[must_use]
    pub fn open(input: EnrollmentSessionInput, is_option: IsOption<'_>) -> (Self, EnrollmentDiff) {
        let EnrollmentSessionInput { form, rules, options, indicators, facts, course, .. } = input;
        let today = input.circumstances.today;
        let events = course.past_events(today);
        let seen = seen(&course, today);
        let row = course.row();
        let rules = RuleSession::open_enrollment(rules, seen, events, input.circumstances);
        let (live, mut diff) = Live::open(form, options, course, rules, is_option);
        let mut this = Self { live, indicators, facts, today, row };
        this.renew_row();
        if let Some(row) = &this.row {
            diff.indicators = this.indicators.compute_all(Row::Enrollment(row), &&*this.facts);
        }
        (this, diff)
    }

    /// The records as they would be saved: without wrong and without set-aside values.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.live.record.registration
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> &Arc<EnrollmentForm> {
        &self.live.form
    }

    /// A question as it is shown; `None` if the form does not have it.
    #[must_use]
    pub fn field(&self, attribute: TrackedEntityAttributeUid) -> Option<&FieldState> {
        self.live.field(attribute)
    }

    /// Every section with whether it is shown.
    pub fn sections(&self) -> impl Iterator<Item = SectionState<Uid>> {
        self.live.sections()
    }

    /// Values that a rule took out and that saving would leave behind.
    #[must_use]
    pub fn set_aside(&self) -> &BTreeMap<TrackedEntityAttributeUid, String> {
        &self.live.set_aside
    }

    /// Texts that are no values, with the reason.
    #[must_use]
    pub fn wrong(&self) -> &BTreeMap<TrackedEntityAttributeUid, (String, ValueProblem)> {
        &self.live.wrong
    }

    /// Answers a question; blank text empties it. A text that is no value stays in its field with
    /// the problem; the records do without it.
    ///
    /// # Errors
    /// [`NotTyped`] for a question that is not in the form or that nobody types.
    pub fn set_value(
        &mut self,
        attribute: TrackedEntityAttributeUid,
        text: &str,
        is_option: IsOption<'_>,
    ) -> Result<EnrollmentDiff, NotTyped> {
        match self.live.form.field(attribute) {
            None => Err(NotTyped::NotInForm),
            Some(field) if field.generated => Err(NotTyped::Generated),
            Some(_) => self.put(attribute, text, is_option),
        }
    }

    /// Puts a value that the server reserved (or a temporary one) into a generated attribute.
    ///
    /// # Errors
    /// [`NotTyped::NotInForm`].
    pub fn put_generated(
        &mut self,
        attribute: TrackedEntityAttributeUid,
        value: &str,
        is_option: IsOption<'_>,
    ) -> Result<EnrollmentDiff, NotTyped> {
        self.put(attribute, value, is_option)
    }

    fn put(
        &mut self,
        attribute: TrackedEntityAttributeUid,
        text: &str,
        is_option: IsOption<'_>,
    ) -> Result<EnrollmentDiff, NotTyped> {
        let wake = self.live.set_value(attribute, text, is_option).ok_or(NotTyped::NotInForm)?;
        Ok(self.follow_up(wake, false))
    }

    /// Changes the enrolment itself: its dates, status, place, geometry; the attributes stay.
    /// Nothing happens where there is none. `organisation_unit_code` is that of the place after the
    /// change.
    pub fn change_enrollment(
        &mut self,
        organisation_unit_code: Option<String>,
        change: impl FnOnce(&mut Enrollment),
        is_option: IsOption<'_>,
    ) -> EnrollmentDiff {
        let course = &mut self.live.record;
        let Some(enrollment) = &mut course.registration.enrollment else {
            return EnrollmentDiff::default();
        };
        let values = std::mem::take(&mut enrollment.attributes);
        change(enrollment);
        enrollment.attributes = values;
        let unit = enrollment.organisation_unit;
        course.names.unit_codes.remove(&unit);
        course.names.unit_codes.extend(organisation_unit_code.map(|code| (unit, code)));
        let seen = seen(course, self.today);
        let diff = self.live.rules.change_enrollment(|enrollment| *enrollment = seen);
        let wake = self.live.changed(&diff, is_option);
        self.follow_up(wake, true)
    }

    /// Changes the tracked entity itself: its place, geometry; the attributes stay.
    pub fn change_tracked_entity(&mut self, change: impl FnOnce(&mut TrackedEntity)) {
        let tracked_entity = &mut self.live.record.registration.tracked_entity;
        let values = std::mem::take(&mut tracked_entity.attributes);
        change(tracked_entity);
        tracked_entity.attributes = values;
    }

    fn follow_up(
        &mut self,
        wake: Wake<TrackedEntityAttributeUid>,
        variables: bool,
    ) -> EnrollmentDiff {
        let edited: Vec<Uid> = wake.edited.iter().map(|attribute| attribute.0).collect();
        self.renew_row();
        let indicators = self.row.as_ref().map(|row| {
            self.indicators.recompute(&edited, variables, Row::Enrollment(row), &&*self.facts)
        });
        EnrollmentDiff { indicators: indicators.unwrap_or_default(), ..self.live.diff(wake) }
    }

    /// Takes the edited records into the row of program indicators; its events stay.
    fn renew_row(&mut self) {
        let Registration { tracked_entity, enrollment } = &self.live.record.registration;
        if let (Some(row), Some(enrollment)) = (&mut self.row, enrollment) {
            let events = std::mem::take(&mut row.events);
            *row = EnrollmentRow::new(tracked_entity, enrollment, events);
        }
    }

    /// What speaks against saving ([`Blocks::Sending`]) or completing the enrolment, and the
    /// warnings, in form order. Dates and geometry are not looked at here:
    /// [`check_enrollment`](crate::form::enrollment::check_enrollment) does.
    #[must_use]
    pub fn findings(&self) -> Vec<EnrollmentFinding> {
        let findings = self.live.findings().into_iter().map(|finding| EnrollmentFinding {
            attribute: finding.question,
            code: self.code(&finding),
            rule: finding.rule,
            words: finding.words,
            blocks: finding.blocks,
        });
        findings.collect()
    }

    /// The code that the server would give.
    fn code(&self, finding: &Finding<TrackedEntityAttributeUid>) -> Option<&'static str> {
        if finding.rule.is_some() {
            return (finding.blocks > Blocks::Nothing).then_some("E1300");
        }
        let field = self.live.form.field(finding.question?)?;
        let attribute = field.attribute;
        let kind = match self.live.wrong.get(&attribute) {
            Some((_, problem)) => EnrollmentProblemKind::Value {
                attribute,
                value_type: field.value_type,
                problem: *problem,
            },
            None if field.mandatory => EnrollmentProblemKind::Mandatory {
                attribute,
                by_program: self.live.form.is_of_program(attribute),
            },
            None => return Some("E1306"),
        };
        kind.code()
    }
}

/// The enrolment as rules see it; without one, where there are no rules either, a stand-in.
fn seen(course: &Course, today: Date) -> RuleEnrollment {
    course.rule_enrollment(today).unwrap_or_else(|| RuleEnrollment {
        id: String::new(),
        program_name: String::new(),
        incident_date: today,
        enrollment_date: today,
        status: String::new(),
        organisation_unit: String::new(),
        organisation_unit_code: None,
        attribute_values: vec![],
    })
}
