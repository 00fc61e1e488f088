//! An event's form while a person fills it in: rules run at every edit, saving is one call.
//!
//! Nothing is written before [`EventFormSession::save`], `complete` or `save_draft`.

use std::sync::Arc;

use outpost_domain::data::{Event, EventStatus};
use outpost_domain::form::event::EventForm;
use outpost_domain::form::session::{
    EventDiff, EventFinding, EventSession, EventSessionInput, FieldState,
};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{
    DataElementUid, EventUid, OrganisationUnitUid, ProgramStageUid, ProgramUid, Uid,
};
use serde::{Deserialize, Serialize};

use super::Session;
use super::bundle::EventBundle;
use super::logic::Facts;
use super::slices::OptionLookup;
use crate::error::{OutpostError, Result};
use crate::model::{EventOutcome, EventProblemView, LegendView, Refusal};

/// An open form of an event. What is typed lives here until it is saved.
pub struct EventFormSession {
    session: Session,
    bundle: Arc<EventBundle>,
    form: EventSession,
}

/// What a draft keeps: the record, and texts that are no answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DraftBody {
    event: Event,
    #[serde(default)]
    wrong: Vec<(DataElementUid, String)>,
}

impl Session {
    /// Opens the form of a new event, with all that there is to show.
    ///
    /// # Errors
    /// `NotFound` for a program, stage or place that is not on the device; storage errors.
    pub fn open_new_event_form(
        &self,
        program: ProgramUid,
        stage: ProgramStageUid,
        place: OrganisationUnitUid,
    ) -> Result<(EventFormSession, EventDiff)> {
        self.open_form(self.new_event(program, stage, place)?.event)
    }

    /// Opens the form of an event: as its draft was left, else as it was saved.
    ///
    /// # Errors
    /// `NotFound` if there is neither; `InvalidInput` for a draft that cannot be read; storage errors.
    pub fn open_event_form(
        &self,
        program: ProgramUid,
        id: EventUid,
    ) -> Result<(EventFormSession, EventDiff)> {
        let Some(draft) = self.load_draft(program.0, id.as_str())? else {
            let event = self.event(id)?.event;
            return match event.program == program {
                true => self.open_form(event),
                false => Err(OutpostError::not_found("event of this program", id)),
            };
        };
        let body: DraftBody = serde_json::from_str(&draft.body).map_err(|error| {
            let why = format!("the draft of event {id} cannot be read ({error}); delete it");
            OutpostError::invalid("draft", "unreadable", why)
        })?;
        let (mut opened, mut diff) = self.open_form(body.event)?;
        for (data_element, text) in body.wrong {
            // A question that is no longer in the form has nowhere to show its text.
            if opened.bundle.form.field(data_element).is_some() {
                let later = opened.set_value(data_element, &text)?;
                diff.fields.retain(|(field, _)| !later.fields.iter().any(|(it, _)| it == field));
                diff.fields.extend(later.fields);
            }
        }
        Ok((opened, diff))
    }

    pub(super) fn open_form(&self, event: Event) -> Result<(EventFormSession, EventDiff)> {
        let world = self.world()?;
        let bundle = self.event_bundle(event.program, event.program_stage)?;
        let unit_code = self.code_of(MetadataKind::OrganisationUnit, event.organisation_unit.0)?;
        let logic = &bundle.logic;
        let input = EventSessionInput {
            form: Arc::clone(&bundle.form),
            rules: Arc::clone(&logic.rules),
            options: Arc::clone(&logic.options),
            indicators: logic.indicators.clone(),
            facts: Arc::new(Facts::new(Arc::clone(&bundle), &world)),
            others: self.rule_history(&bundle, &event, unit_code.as_deref(), &world)?,
            course: self.course_of_event(&event)?,
            circumstances: self.circumstances(logic, &event, &world)?,
            organisation_unit_code: unit_code,
            event,
        };
        let options = OptionLookup::new(self);
        let (form, diff) = EventSession::open(input, &|set, code| options.has(set, code));
        options.finish()?;
        Ok((EventFormSession { session: self.clone(), bundle, form }, diff))
    }
}

impl EventFormSession {
    /// The form.
    #[must_use]
    pub fn form(&self) -> &Arc<EventForm> {
        &self.bundle.form
    }

    /// What is wrong with the form's metadata, for the administrator.
    #[must_use]
    pub fn form_problems(&self) -> &[String] {
        &self.bundle.problems
    }

    /// Display name of a program indicator of the form.
    #[must_use]
    pub fn indicator_name(&self, id: Uid) -> &str {
        self.bundle.logic.indicator_names.get(&id).map_or("", String::as_str)
    }

    /// Name and colour of what stands in a question, where it has a legend set.
    #[must_use]
    pub fn legend(&self, data_element: DataElementUid) -> Option<LegendView> {
        let answer = self.event().data_values.get(&data_element)?;
        self.bundle.logic.legend(data_element, &answer.value)
    }

    /// Name and colour of what a program indicator of the form shows.
    #[must_use]
    pub fn indicator_legend(&self, id: Uid, shown: &str) -> Option<LegendView> {
        self.bundle.logic.indicator_legend(id, shown)
    }

    /// The record as it would be saved.
    #[must_use]
    pub fn event(&self) -> &Event {
        self.form.event()
    }

    /// A question as it is shown; `None` if the form does not have it.
    #[must_use]
    pub fn field(&self, data_element: DataElementUid) -> Option<&FieldState> {
        self.form.field(data_element)
    }

    /// Answers a question and tells what that changed; blank text empties it. A text that is no
    /// answer stays in its field with the reason.
    ///
    /// # Errors
    /// `NotFound` for a question that is not in the form; storage errors.
    pub fn set_value(&mut self, data_element: DataElementUid, text: &str) -> Result<EventDiff> {
        let options = OptionLookup::new(&self.session);
        let diff = self.form.set_value(data_element, text, &|set, code| options.has(set, code));
        options.finish()?;
        diff.ok_or_else(|| OutpostError::not_found("question", data_element))
    }

    /// Changes date, geometry, split or assigned person; the answers, the place and the id stay.
    ///
    /// # Errors
    /// Storage errors.
    pub fn change_event(&mut self, change: impl FnOnce(&mut Event)) -> Result<EventDiff> {
        let (id, place) = (self.event().id, self.event().organisation_unit);
        let code = self.session.code_of(MetadataKind::OrganisationUnit, place.0)?;
        let mut changed = self.event().clone();
        change(&mut changed);
        (changed.id, changed.organisation_unit) = (id, place);
        if changed.occurred_at != self.event().occurred_at && changed.enrollment.is_none() {
            let world = self.session.world()?;
            let bundle = &self.bundle;
            let others = self.session.rule_history(bundle, &changed, code.as_deref(), &world)?;
            self.form.see_others(others);
        }
        let options = OptionLookup::new(&self.session);
        let is_option: &dyn Fn(_, &str) -> bool = &|set, code| options.has(set, code);
        let diff = self.form.change_event(code, |event| *event = changed, is_option);
        options.finish()?;
        Ok(diff)
    }

    /// What speaks against completing the record, and the warnings, in form order.
    #[must_use]
    pub fn check(&self) -> Vec<EventProblemView> {
        let findings = self.form.completion_findings().into_iter();
        let view = |finding: EventFinding| {
            let field = finding.data_element.and_then(|id| self.bundle.form.field(id));
            EventProblemView {
                field: finding.data_element.map(|id| id.to_string()),
                name: field.map(|field| field.name.clone()).unwrap_or_default(),
                blocks_completion: finding.blocks,
                blocks_sending: false,
                refusal: Refusal { code: self.code(&finding).to_owned(), reason: finding.words },
            }
        };
        findings.map(view).collect()
    }

    /// The code that the server would give.
    fn code(&self, finding: &EventFinding) -> &'static str {
        let Some(data_element) = finding.data_element else { return "E1300" };
        let by_form = self.bundle.form.field(data_element).is_some_and(|field| field.compulsory);
        match finding.rule {
            Some(_) => "E1300",
            None if self.form.wrong().contains_key(&data_element) => "E1302",
            None if by_form => "E1303",
            None => "E1301",
        }
    }

    /// Keeps what stands in the form, wrong texts too, without sending it.
    ///
    /// # Errors
    /// `InvalidInput` if it is too large; storage errors.
    pub fn save_draft(&self) -> Result<()> {
        let wrong = self.form.wrong().iter().map(|(id, (text, _))| (*id, text.clone())).collect();
        let event = self.event().clone();
        let (program, id) = (event.program.0, event.id);
        let body =
            serde_json::to_string(&DraftBody { event, wrong }).map_err(OutpostError::internal)?;
        self.session.save_draft(program, id.as_str(), &body)
    }

    /// Saves the record; a text that is no answer, or what the server would refuse, forbids it. Then
    /// nothing is written and the form stays as it is.
    ///
    /// # Errors
    /// Storage errors.
    pub fn save(&self) -> Result<EventOutcome> {
        let event = self.event().clone();
        let wrong: Vec<_> = self
            .check()
            .into_iter()
            .filter(|problem| self.is_wrong(problem.field.as_deref()))
            .map(|problem| EventProblemView { blocks_sending: true, ..problem })
            .collect();
        if !wrong.is_empty() {
            return Ok(EventOutcome {
                id: event.id,
                saved: false,
                completed: false,
                problems: wrong,
            });
        }
        let (program, id) = (event.program.0, event.id);
        let outcome = self.session.save_event(event)?;
        if outcome.saved {
            self.session.delete_draft(program, id.as_str())?;
        }
        Ok(outcome)
    }

    /// Completes the record unless something blocks it; the form then shows it as before.
    ///
    /// # Errors
    /// Storage errors.
    pub fn complete(&mut self) -> Result<(EventOutcome, EventDiff)> {
        let before = self.event().status;
        let diff = self.change_event(|event| event.status = EventStatus::Completed)?;
        let problems = self.check();
        let id = self.event().id;
        let outcome = if problems.iter().any(|problem| problem.blocks_completion) {
            EventOutcome { id, saved: false, completed: false, problems }
        } else {
            let outcome = self.save()?;
            let warnings = problems.into_iter().filter(|it| !outcome.problems.contains(it));
            let problems = warnings.chain(outcome.problems.iter().cloned()).collect();
            EventOutcome { problems, ..outcome }
        };
        if outcome.completed {
            return Ok((outcome, diff));
        }
        let back = self.change_event(|event| event.status = before)?;
        Ok((outcome, back))
    }

    fn is_wrong(&self, field: Option<&str>) -> bool {
        self.form.wrong().keys().any(|id| Some(id.as_str()) == field)
    }
}
