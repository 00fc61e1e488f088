//! An event, line by line. Nothing is written before `save`, `complete` or `draft`.

use outpost_domain::uid::ProgramUid;
use outpost_engine::model::{EventOutcome, FormKind};
use outpost_engine::{EventFormSession, Result, Session};
use serde_json::{Value, json};

use super::super::event::{any_program, outcome_document, outcome_text, parse_id};
use super::super::event::{problems_document, problems_text};
use super::super::event_form::{Shown, diff_document};
use super::super::record::split_pair;
use super::{Answer, OpenForm};
use crate::args::Fill;
use crate::strings;

/// Options named behind a question; a longer list is left to `form show` and to search.
const OPTIONS_SHOWN: usize = 12;

/// An open event.
pub struct EventFill {
    session: Session,
    form: EventFormSession,
    shown: Shown,
    is_changed: bool,
    is_refused: bool,
}

/// Opens a new event, or one that is there.
///
/// # Errors
/// `NotFound`; `InvalidInput` for a name that fits several things; storage errors.
pub fn open(session: &Session, arguments: &Fill) -> Result<EventFill> {
    let program = arguments.program.as_deref().unwrap_or_default();
    let program = match &arguments.event {
        // A visit is filled in like any event; a new one begins with an enrolment: `visit add`.
        Some(_) => any_program(session, program)?,
        None => ProgramUid(session.find_form(Some(FormKind::EventProgram), program)?.uid),
    };
    let (form, diff) = match &arguments.event {
        Some(id) => session.open_event_form(program, parse_id(id)?)?,
        None => {
            let stage = session.find_stage(program, arguments.stage.as_deref())?;
            let place = arguments.org_unit.as_deref().unwrap_or_default();
            let place = session.find_organisation_unit(place)?;
            session.open_new_event_form(program, stage, place)?
        }
    };
    let shown = Shown::open(diff);
    let session = session.clone();
    let mut this = EventFill { session, form, shown, is_changed: false, is_refused: false };
    if let Some(combo) = arguments.attribute_option_combo.as_deref() {
        let combo = this.session.find_attribute_option_combo(program.0, Some(combo))?;
        let diff = this.form.change_event(|event| event.attribute_option_combo = Some(combo))?;
        this.shown.take(&this.form, diff);
    }
    if let Some(date) = &arguments.occurred {
        this.date(date)?;
        this.is_changed = false;
    }
    Ok(this)
}

impl EventFill {
    fn head(&self) -> Value {
        let event = self.form.event();
        json!({
            "uid": event.id.as_str(),
            "program": event.program.as_str(),
            "stage": event.program_stage.as_str(),
            "org_unit": event.organisation_unit.as_str(),
            "occurred_at": event.occurred_at,
            "status": event.status.name(),
        })
    }

    fn took(&mut self, outcome: &EventOutcome) {
        self.is_refused = !outcome.saved;
        self.is_changed &= !outcome.saved;
    }

    /// A question with its answer, or with what may be answered.
    fn question(&self, field: &outpost_domain::form::event::EventField) -> Result<Option<String>> {
        let Some(state) = self.form.field(field.data_element) else { return Ok(None) };
        if state.is_hidden {
            return Ok(None);
        }
        let must = if state.is_mandatory { "*" } else { " " };
        let name = &field.name;
        Ok(Some(match (&state.value, &field.option_set) {
            (Some(value), _) => format!("{must} {name}: {value}\n"),
            (None, None) => format!("{must} {name}:  ({})\n", field.value_type.name()),
            (None, Some(set)) => {
                let options = self.session.options(set.id, None, None)?.items;
                let codes: Vec<_> = options
                    .iter()
                    .map(|option| option.code.as_str())
                    .filter(|code| state.options.allows(code))
                    .collect();
                format!("{must} {name}:  ({})\n", strings::one_of(&codes, OPTIONS_SHOWN))
            }
        }))
    }

    fn text(&self) -> Result<String> {
        let (form, event) = (self.form.form(), self.form.event());
        let date = event.occurred_at.as_deref().unwrap_or_default();
        let mut text = format!("{}, {date}, {}\n", form.program.name, event.status.name());
        for section in &form.sections {
            let questions: Result<Vec<_>> =
                section.fields.iter().map(|field| self.question(field)).collect();
            let questions: String = questions?.into_iter().flatten().collect();
            if !questions.is_empty() {
                let name = section.name.as_deref().unwrap_or(strings::NO_SECTION);
                text.push_str(&format!("{name}\n{questions}"));
            }
        }
        text.push_str(&self.shown.text(&self.form, &[]));
        Ok(text)
    }

    fn keep(&mut self) -> Result<Answer> {
        self.form.save_draft()?;
        self.is_changed = false;
        let id = self.form.event().id;
        let document = json!({ "draft": id.as_str() });
        Ok(Answer { document, text: strings::draft_kept(self.form.event().program, id) })
    }
}

impl OpenForm for EventFill {
    fn show(&self) -> Result<Answer> {
        let mut document = self.shown.document(&self.form);
        document["event"] = self.head();
        document["fields"] = self.shown.fields_document(&self.form);
        Ok(Answer { document, text: self.text()? })
    }

    fn set(&mut self, text: &str) -> Result<Answer> {
        let (program, stage) = (self.form.event().program, self.form.event().program_stage);
        let find = |name: &str| self.session.find_question(program, stage, name.trim());
        let (question, value) = split_pair(text, find)?;
        let diff = self.form.set_value(question, &value)?;
        self.is_changed = true;
        let document = diff_document(&self.form, &diff);
        Ok(Answer { document, text: self.shown.take(&self.form, diff) })
    }

    fn date(&mut self, date: &str) -> Result<Answer> {
        let date = date.to_owned();
        let diff = self.form.change_event(|event| event.occurred_at = Some(date))?;
        self.is_changed = true;
        let mut document = diff_document(&self.form, &diff);
        document["event"] = self.head();
        Ok(Answer { document, text: self.shown.take(&self.form, diff) })
    }

    fn check(&self) -> Result<Answer> {
        let problems = self.form.check();
        let document = json!({ "problems": problems_document(&problems) });
        let text = match problems.is_empty() {
            true => strings::NOTHING_AGAINST.to_owned(),
            false => problems_text(&problems),
        };
        Ok(Answer { document, text })
    }

    fn save(&mut self) -> Result<Answer> {
        let outcome = self.form.save()?;
        self.took(&outcome);
        Ok(Answer { document: outcome_document(&outcome), text: outcome_text(&outcome) })
    }

    fn complete(&mut self) -> Result<Answer> {
        let (outcome, diff) = self.form.complete()?;
        self.took(&outcome);
        let changes = diff_document(&self.form, &diff);
        let mut document = outcome_document(&outcome);
        document["changes"] = changes;
        let text = outcome_text(&outcome) + &self.shown.take(&self.form, diff);
        Ok(Answer { document, text })
    }

    fn draft(&mut self) -> Result<Answer> {
        self.keep()
    }

    fn discard(&mut self) -> Result<Answer> {
        self.is_changed = false;
        self.is_refused = false;
        let event = self.form.event();
        self.session.delete_draft(event.program.0, event.id.as_str())?;
        let document = json!({ "discarded": event.id.as_str() });
        Ok(Answer { document, text: strings::DISCARDED.to_owned() })
    }

    fn leave(&mut self) -> Result<Option<Answer>> {
        match self.is_changed {
            true => self.keep().map(Some),
            false => Ok(None),
        }
    }

    fn is_refused(&self) -> bool {
        self.is_refused
    }
}
