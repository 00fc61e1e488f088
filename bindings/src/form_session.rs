//! Open forms: one call per user action, answered with what it changed.
//!
//! Calls on one form run one after the other, each on a thread of the facade. What is typed lives
//! in the handle until it is saved; letting go of a handle saves nothing.

use std::sync::{Arc, Mutex, PoisonError};

use outpost_engine::domain::data::Event;
use outpost_engine::domain::form::data_set::CellKey;
use outpost_engine::domain::form::session::{DataSetDiff, EventDiff};
use outpost_engine::domain::uid::ProgramStageUid;
use outpost_engine::{EventFormSession, OutpostError, ReportFormSession, Session, model};

use crate::fault::OutpostFault;
use crate::record::event::{EventProblem, EventSaved};
use crate::record::event_session::{
    EventChange, EventFormCompleted, EventFormDiff, EventFormOpened,
};
use crate::record::form_state::FormDiff;
use crate::record::indicator::Legend;
use crate::record::list;
use crate::record::report_session::{
    EditedCell, IndicatorValue, ReportFormCompleted, ReportFormEdited, ReportFormOpened, Violations,
};
use crate::record::slice::{CellEdit, SliceEdited, SliceId};
use crate::session::SessionHandle;
use crate::{ids, runtime};

/// What a handle holds: one call at a time, let go of on a thread of the facade.
pub(crate) struct Held<T: Send + 'static>(Option<Arc<Mutex<T>>>);

impl<T: Send + 'static> Held<T> {
    pub fn new(held: T) -> Self {
        Self(Some(Arc::new(Mutex::new(held))))
    }

    pub async fn run<R, F>(&self, work: F) -> Result<R, OutpostFault>
    where
        R: Send + 'static,
        F: FnOnce(&mut T) -> Result<R, OutpostFault> + Send + 'static,
    {
        let held = self.0.clone().ok_or_else(|| OutpostFault::internal("it is closed"))?;
        runtime::run(move || {
            // After a call that ended unexpectedly, what was typed can still be kept.
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut held)
        })
        .await
    }
}

impl<T: Send + 'static> Drop for Held<T> {
    fn drop(&mut self) {
        // With the last hold on a store its log is written back: not on the caller's thread.
        if let Some(held) = self.0.take() {
            runtime::spawn(move || drop(held)).ok();
        }
    }
}

/// Opening forms.
#[uniffi::export]
impl SessionHandle {
    /// Opens the form of a new event, not saved yet; of the only stage of the program without one.
    ///
    /// # Errors
    /// `NotFound` for a program, stage or place that is not on the device; storage errors.
    pub async fn open_new_event_form(
        &self,
        program: String,
        stage: Option<String>,
        organisation_unit: String,
    ) -> Result<EventFormOpened, OutpostFault> {
        self.run(move |it| {
            let program = ids::id("program", &program)?;
            let place = ids::id("organisation_unit", &organisation_unit)?;
            let stage: ProgramStageUid = match stage {
                Some(stage) => ids::id("program_stage", &stage)?,
                None => it.find_stage(program, None)?,
            };
            opened(it, it.open_new_event_form(program, stage, place)?)
        })
        .await
    }

    /// Opens the form of an event: as its draft was left, else as it was saved.
    ///
    /// # Errors
    /// `NotFound` if there is neither; `InvalidInput` for a draft that cannot be read; storage
    /// errors.
    pub async fn open_event_form(
        &self,
        program: String,
        id: String,
    ) -> Result<EventFormOpened, OutpostFault> {
        self.run(move |it| {
            let (program, id) = (ids::id("program", &program)?, ids::id("event", &id)?);
            opened(it, it.open_event_form(program, id)?)
        })
        .await
    }

    /// Opens the form of a report with its indicators and violations.
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; storage errors.
    pub async fn open_report_form(&self, key: SliceId) -> Result<ReportFormOpened, OutpostFault> {
        self.run(move |it| {
            let key = ids::slice(&key)?;
            let (form, _) = it.open_report_form(key)?;
            Ok(ReportFormOpened {
                view: it.open_slice(key)?.into(),
                indicators: list(form.indicators()),
                violations: form.violations().into(),
                handle: Arc::new(ReportFormHandle(Held::new((it.clone(), form)))),
            })
        })
        .await
    }
}

pub(crate) fn opened(
    session: &Session,
    (form, diff): (EventFormSession, EventDiff),
) -> Result<EventFormOpened, OutpostFault> {
    Ok(EventFormOpened {
        detail: session.event_as_it_stands(form.event().clone())?.into(),
        form_problems: form.form_problems().to_vec(),
        diff: diff_of(&form, diff, true),
        handle: Arc::new(EventFormHandle(Held::new((session.clone(), form)))),
    })
}

fn diff_of(form: &EventFormSession, diff: EventDiff, with_facts: bool) -> EventFormDiff {
    let mut shown = FormDiff::new(diff, |id| form.indicator_name(id));
    for field in &mut shown.fields {
        let question = field.id.parse().ok();
        field.legend = question.and_then(|it| form.legend(it)).map(Legend::from);
    }
    for indicator in &mut shown.indicators {
        let value = indicator.uid.parse().ok().zip(indicator.value.as_deref());
        let legend = value.and_then(|(id, value)| form.indicator_legend(id, value));
        indicator.legend = legend.map(Legend::from);
    }
    EventFormDiff { shown, facts: with_facts.then(|| form.event().into()) }
}

/// An open form of an event: its program rules follow every edit.
#[derive(uniffi::Object)]
pub struct EventFormHandle(Held<(Session, EventFormSession)>);

#[uniffi::export]
impl EventFormHandle {
    /// Answers a question and tells what that changed; blank text empties it. A text that is no
    /// answer stays in its field with the reason.
    ///
    /// # Errors
    /// `NotFound` for a question that is not in the form; storage errors.
    pub async fn set_value(
        &self,
        data_element: String,
        value: String,
    ) -> Result<EventFormDiff, OutpostFault> {
        let work = move |(_, form): &mut (_, EventFormSession)| {
            let diff = form.set_value(ids::id("data_element", &data_element)?, &value)?;
            Ok(diff_of(form, diff, false))
        };
        self.0.run(work).await
    }

    /// Changes what the record holds beside its answers.
    ///
    /// # Errors
    /// `InvalidInput` for an id or an empty remark; storage errors.
    pub async fn change_event(&self, change: EventChange) -> Result<EventFormDiff, OutpostFault> {
        let work = move |(session, form): &mut (Session, EventFormSession)| {
            let mut event = form.event().clone();
            make(session, change, &mut event)?;
            let diff = form.change_event(|it| *it = event)?;
            Ok(diff_of(form, diff, true))
        };
        self.0.run(work).await
    }

    /// What speaks against completing the record, and the warnings, in form order.
    ///
    /// # Errors
    /// `Internal` only.
    pub async fn check(&self) -> Result<Vec<EventProblem>, OutpostFault> {
        self.0.run(|(_, form)| Ok(list(form.check()))).await
    }

    /// Keeps what stands in the form, wrong texts too, without sending it.
    ///
    /// # Errors
    /// `InvalidInput` if it is too large; storage errors.
    pub async fn save_draft(&self) -> Result<(), OutpostFault> {
        self.0.run(|(_, form)| Ok(form.save_draft()?)).await
    }

    /// Saves the record and forgets its draft. A text that is no answer, or what the server would
    /// refuse, forbids it: then nothing is written and the problems say why.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn save(&self) -> Result<EventSaved, OutpostFault> {
        self.0.run(|(_, form)| Ok(form.save()?.into())).await
    }

    /// Completes and saves the record, unless something blocks it: then nothing is written and the
    /// form stays as it is.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn complete(&self) -> Result<EventFormCompleted, OutpostFault> {
        let work = |(_, form): &mut (_, EventFormSession)| {
            let (outcome, diff) = form.complete()?;
            Ok(EventFormCompleted { outcome: outcome.into(), diff: diff_of(form, diff, true) })
        };
        self.0.run(work).await
    }
}

fn make(session: &Session, change: EventChange, event: &mut Event) -> Result<(), OutpostError> {
    match change {
        EventChange::OccurredAt { date } => event.occurred_at = date,
        EventChange::ScheduledAt { date } => event.scheduled_at = date,
        EventChange::FollowUp { marked } => event.follow_up = marked,
        EventChange::Geometry { geo_json } => event.geometry = geo_json,
        EventChange::AttributeOptionCombo { id } => {
            let id = ids::optional("attribute_option_combo", id.as_deref())?;
            event.attribute_option_combo = id;
        }
        EventChange::AssignedUser { id } => {
            event.assigned_user = ids::optional("assigned_user", id.as_deref())?;
        }
        EventChange::Status { status } => event.status = status.into(),
        EventChange::Note { words } => event.notes.push(session.new_note(&words)?),
    }
    Ok(())
}

/// An open form of a report: its indicators and validation rules follow every edit.
#[derive(uniffi::Object)]
pub struct ReportFormHandle(Held<(Session, ReportFormSession)>);

#[uniffi::export]
impl ReportFormHandle {
    /// Edits one cell, saves that, and tells what it changed. What an entry rule refuses is not
    /// written: the outcome says why, and the cell shows the text with its problem.
    ///
    /// # Errors
    /// `InvalidInput` for an id; storage errors (then nothing was written).
    pub async fn edit(&self, edit: CellEdit) -> Result<ReportFormEdited, OutpostFault> {
        let work = move |(session, form): &mut (Session, ReportFormSession)| {
            edited(session, form, edit.try_into()?)
        };
        self.0.run(work).await
    }

    /// Marks the report as complete, unless a rule or a text that is no value forbids it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn complete(&self) -> Result<ReportFormCompleted, OutpostFault> {
        let work = |(session, form): &mut (Session, ReportFormSession)| {
            let outcome = form.complete()?;
            Ok(ReportFormCompleted::new(outcome, session.open_slice(*form.key())?))
        };
        self.0.run(work).await
    }

    /// Takes the complete report up again.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn reopen(&self) -> Result<ReportFormCompleted, OutpostFault> {
        let work = |(session, form): &mut (Session, ReportFormSession)| {
            let outcome = session.incomplete(*form.key())?;
            Ok(ReportFormCompleted::new(outcome, session.open_slice(*form.key())?))
        };
        self.0.run(work).await
    }
}

fn edited(
    session: &Session,
    form: &mut ReportFormSession,
    edit: model::CellEdit,
) -> Result<ReportFormEdited, OutpostFault> {
    let cell = CellKey {
        data_element: edit.data_element,
        category_option_combo: edit.category_option_combo,
    };
    let (diff, outcome) = match &edit.change {
        model::CellChange::Value(text) => form.set_value(cell, text)?,
        // Nothing is computed with these.
        _ => (DataSetDiff::default(), session.set_values(*form.key(), &[edit])?),
    };
    let mut indicators = form.indicators();
    indicators.retain(|it| diff.indicators.iter().any(|(changed, _)| *changed == it.uid));
    let has_changed = !diff.violations.is_empty();
    Ok(ReportFormEdited {
        outcome: SliceEdited::new(outcome, session.open_slice(*form.key())?),
        cell: diff.cells.into_iter().next().map(EditedCell::from),
        indicators: list::<_, IndicatorValue>(indicators),
        violations: has_changed.then(|| Violations::from(form.violations())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(future)
    }

    #[test]
    fn calls_on_one_form_run_one_after_the_other() {
        let held = Held::new((0, 0));
        let add = || {
            held.run(|(running, done)| {
                *running += 1;
                std::thread::sleep(std::time::Duration::from_millis(1));
                let alone = *running == 1;
                *running -= 1;
                *done += 1;
                Ok(alone)
            })
        };
        let alone = wait(async { tokio::join!(add(), add(), add(), add()) });
        assert_eq!(alone, (Ok(true), Ok(true), Ok(true), Ok(true)));
        assert_eq!(wait(held.run(|(_, done)| Ok(*done))), Ok(4));
    }

    #[test]
    fn after_a_call_that_ended_unexpectedly_what_was_typed_is_still_there() {
        let held = Held::new("typed".to_owned());
        let fault = wait(held.run::<(), _>(|_| panic!("broken"))).expect_err("a fault");
        assert!(matches!(fault, OutpostFault::Internal { .. }));
        assert_eq!(wait(held.run(|it| Ok(it.clone()))), Ok("typed".to_owned()));
    }

    #[test]
    fn a_form_is_let_go_of_on_a_thread_of_the_facade() {
        struct Told(std::sync::mpsc::Sender<std::thread::ThreadId>);
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.send(std::thread::current().id()).expect("a listener");
            }
        }
        let (sender, receiver) = std::sync::mpsc::channel();
        drop(Held::new(Told(sender)));
        assert_ne!(receiver.recv().expect("an id"), std::thread::current().id());
    }
}
