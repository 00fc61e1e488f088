//! Events as a screen shows them.

use std::collections::BTreeMap;

use outpost_engine::domain::data::{Event, EventDataValue, EventStatus, Note};
use outpost_engine::domain::form::event as domain;
use outpost_engine::{OutpostError, model};

use super::form::{OptionSetRef, Reason};
use super::outbox::TravelState;
use super::{labelled, list, text};
use crate::cursor::PageCursor;
use crate::ids;
use std::sync::Arc;

/// DHIS2 `EventStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EventState {
    /// Being filled in.
    Active,
    /// Filled in.
    Completed,
    /// Planned.
    Schedule,
    /// Planned and late; a filter on the server, never a stored state.
    Overdue,
    /// Will not take place.
    Skipped,
    /// Old name of active.
    Visited,
}

impl From<EventStatus> for EventState {
    fn from(it: EventStatus) -> Self {
        match it {
            EventStatus::Active => Self::Active,
            EventStatus::Completed => Self::Completed,
            EventStatus::Schedule => Self::Schedule,
            EventStatus::Overdue => Self::Overdue,
            EventStatus::Skipped => Self::Skipped,
            EventStatus::Visited => Self::Visited,
        }
    }
}

impl From<EventState> for EventStatus {
    fn from(it: EventState) -> Self {
        match it {
            EventState::Active => Self::Active,
            EventState::Completed => Self::Completed,
            EventState::Schedule => Self::Schedule,
            EventState::Overdue => Self::Overdue,
            EventState::Skipped => Self::Skipped,
            EventState::Visited => Self::Visited,
        }
    }
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Answer {
    /// The question.
    pub data_element: String,
    /// The value; blank removes the answer.
    pub value: String,
    /// Whether the answer was obtained at another place.
    pub provided_elsewhere: bool,
}

/// A remark on an event or enrolment; append-only.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventNote {
    /// Its id.
    pub id: String,
    /// The text.
    pub value: String,
    /// User name of its author, if the server told.
    pub author: Option<String>,
    /// When the server stored it, in its local time; `None` before it was sent.
    pub stored_at: Option<String>,
}

impl From<Note> for EventNote {
    fn from(it: Note) -> Self {
        let (author, stored_at) = (it.stored_by, it.stored_at);
        Self { id: text(it.id), value: it.value, author, stored_at }
    }
}

impl TryFrom<EventNote> for Note {
    type Error = OutpostError;

    fn try_from(it: EventNote) -> Result<Self, OutpostError> {
        let (stored_by, stored_at) = (it.author, it.stored_at);
        Ok(Self { id: ids::id("note", &it.id)?, value: it.value, stored_by, stored_at })
    }
}

/// DHIS2 `Event`. Dates are texts as on the wire: `yyyy-MM-dd` or `yyyy-MM-ddTHH:mm:ss.SSS` in the
/// server's time zone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventRecord {
    /// Its id, minted on the device.
    pub id: String,
    /// The program.
    pub program: String,
    /// The stage.
    pub program_stage: String,
    /// The enrolment of a visit; `None` in a program without registration.
    pub enrollment: Option<String>,
    /// The tracked entity of that enrolment.
    pub tracked_entity: Option<String>,
    /// The place.
    pub organisation_unit: String,
    /// The split of the event; `None` means the default combo.
    pub attribute_option_combo: Option<String>,
    /// Status.
    pub status: EventState,
    /// When it happened.
    pub occurred_at: Option<String>,
    /// When it is planned.
    pub scheduled_at: Option<String>,
    /// When it was completed.
    pub completed_at: Option<String>,
    /// GeoJSON geometry as text.
    pub geometry: Option<String>,
    /// The user who is to do the work.
    pub assigned_user: Option<String>,
    /// Marked for follow-up.
    pub follow_up: bool,
    /// Answers.
    pub answers: Vec<Answer>,
    /// Remarks.
    pub notes: Vec<EventNote>,
    /// Device time of creation.
    pub created_at_client: Option<String>,
    /// Device time of the last edit.
    pub updated_at_client: Option<String>,
    /// Deleted here or on the server.
    pub deleted: bool,
}

impl From<Event> for EventRecord {
    fn from(it: Event) -> Self {
        let answer = |(question, answer): (_, EventDataValue)| Answer {
            data_element: text(question),
            value: answer.value,
            provided_elsewhere: answer.provided_elsewhere,
        };
        Self {
            id: text(it.id),
            program: text(it.program),
            program_stage: text(it.program_stage),
            enrollment: it.enrollment.map(text),
            tracked_entity: it.tracked_entity.map(text),
            organisation_unit: text(it.organisation_unit),
            attribute_option_combo: it.attribute_option_combo.map(text),
            status: it.status.into(),
            occurred_at: it.occurred_at,
            scheduled_at: it.scheduled_at,
            completed_at: it.completed_at,
            geometry: it.geometry,
            assigned_user: it.assigned_user.map(text),
            follow_up: it.follow_up,
            answers: it.data_values.into_iter().map(answer).collect(),
            notes: list(it.notes),
            created_at_client: it.created_at_client,
            updated_at_client: it.updated_at_client,
            deleted: it.deleted,
        }
    }
}

impl TryFrom<EventRecord> for Event {
    type Error = OutpostError;

    fn try_from(it: EventRecord) -> Result<Self, OutpostError> {
        let mut data_values = BTreeMap::new();
        for answer in it.answers {
            let (value, provided_elsewhere) = (answer.value, answer.provided_elsewhere);
            let question = ids::id("data_element", &answer.data_element)?;
            data_values.insert(question, EventDataValue { value, provided_elsewhere });
        }
        let mut notes = Vec::with_capacity(it.notes.len());
        for note in it.notes {
            notes.push(note.try_into()?);
        }
        let attribute_option_combo = it.attribute_option_combo.as_deref();
        Ok(Self {
            id: ids::id("event", &it.id)?,
            program: ids::id("program", &it.program)?,
            program_stage: ids::id("program_stage", &it.program_stage)?,
            organisation_unit: ids::id("organisation_unit", &it.organisation_unit)?,
            attribute_option_combo: ids::optional(
                "attribute_option_combo",
                attribute_option_combo,
            )?,
            status: it.status.into(),
            occurred_at: it.occurred_at,
            scheduled_at: it.scheduled_at,
            completed_at: it.completed_at,
            geometry: it.geometry,
            follow_up: it.follow_up,
            enrollment: ids::optional("enrollment", it.enrollment.as_deref())?,
            tracked_entity: ids::optional("tracked_entity", it.tracked_entity.as_deref())?,
            assigned_user: ids::optional("assigned_user", it.assigned_user.as_deref())?,
            data_values,
            notes,
            created_at_client: it.created_at_client,
            updated_at_client: it.updated_at_client,
            deleted: it.deleted,
        })
    }
}

/// A question of an event form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventFormField {
    /// The data element.
    pub data_element: String,
    /// The name to show.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// DHIS2 `ValueType` name.
    pub value_type: String,
    /// The list that an answer is chosen from.
    pub option_set: Option<OptionSetRef>,
    /// Whether it must be answered.
    pub compulsory: bool,
    /// Whether a date after today is allowed.
    pub allow_future_date: bool,
}

impl From<&domain::EventField> for EventFormField {
    fn from(it: &domain::EventField) -> Self {
        Self {
            data_element: text(it.data_element),
            name: it.name.clone(),
            description: it.description.clone(),
            value_type: it.value_type.name().to_owned(),
            option_set: it.option_set.as_ref().map(OptionSetRef::from),
            compulsory: it.compulsory,
            allow_future_date: it.allow_future_date,
        }
    }
}

/// A section of an event form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventFormSection {
    /// Its id; `None` for the questions that are in no section.
    pub id: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Help text.
    pub description: Option<String>,
    /// Questions in order.
    pub fields: Vec<EventFormField>,
}

impl From<&domain::EventSection> for EventFormSection {
    fn from(it: &domain::EventSection) -> Self {
        Self {
            id: it.id.map(text),
            name: it.name.clone(),
            description: it.description.clone(),
            fields: list(&it.fields),
        }
    }
}

/// The form of a stage.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventForm {
    /// The program.
    pub program: String,
    /// Display name of the program.
    pub program_name: String,
    /// The stage.
    pub program_stage: String,
    /// Display name of the stage.
    pub program_stage_name: String,
    /// DHIS2 `FeatureType` name of the geometry asked for; `None` if none is.
    pub feature_type: Option<String>,
    /// What the date of the event is called; `None` for the usual words.
    pub occurred_at_label: Option<String>,
    /// Sections in order; never empty.
    pub sections: Vec<EventFormSection>,
}

impl From<&domain::EventForm> for EventForm {
    fn from(it: &domain::EventForm) -> Self {
        Self {
            program: text(it.program.id),
            program_name: it.program.name.clone(),
            program_stage: text(it.program_stage.id),
            program_stage_name: it.program_stage.name.clone(),
            feature_type: it.feature_type().map(str::to_owned),
            occurred_at_label: it.program_stage.execution_date_label.clone(),
            sections: list(&it.sections),
        }
    }
}

/// A stage of a program.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgramStageItem {
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
}

impl From<model::StageView> for ProgramStageItem {
    fn from(it: model::StageView) -> Self {
        Self { uid: text(it.uid), name: it.name }
    }
}

/// The form of a stage and what is beside it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventFormView {
    /// The form.
    pub form: EventForm,
    /// What is wrong with its metadata, for the administrator.
    pub form_problems: Vec<String>,
    /// The stages of the program, in order.
    pub stages: Vec<ProgramStageItem>,
}

impl From<model::EventFormView> for EventFormView {
    fn from(it: model::EventFormView) -> Self {
        Self {
            form: it.form.as_ref().into(),
            form_problems: it.form_problems,
            stages: list(it.stages),
        }
    }
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventProblem {
    /// Where: a data element id, `occurredAt`, `status` …; `None` for the whole event.
    pub field: Option<String>,
    /// Name of the field for people; empty for the whole event.
    pub name: String,
    /// Why.
    pub why: Reason,
    /// Whether it keeps the event from being completed.
    pub blocks_completion: bool,
    /// Whether it keeps the event from being sent: then nothing was saved.
    pub blocks_sending: bool,
}

impl From<model::EventProblemView> for EventProblem {
    fn from(it: model::EventProblemView) -> Self {
        Self {
            field: it.field,
            name: it.name,
            why: it.refusal.into(),
            blocks_completion: it.blocks_completion,
            blocks_sending: it.blocks_sending,
        }
    }
}

/// Everything that a screen needs for one event, in one call.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventDetail {
    /// The event.
    pub event: EventRecord,
    /// Its form.
    pub form: EventForm,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// The server's reason, if it refused.
    pub refusal: Option<Reason>,
    /// Field that the server's reason is about.
    pub refused_field: Option<String>,
    /// Why it may not be changed; empty if it may.
    pub closed: Vec<Reason>,
    /// What is wrong with it now.
    pub problems: Vec<EventProblem>,
}

impl From<model::EventView> for EventDetail {
    fn from(it: model::EventView) -> Self {
        Self {
            event: it.event.into(),
            form: it.form.as_ref().into(),
            organisation_unit_name: it.organisation_unit_name,
            state: it.state.into(),
            refusal: it.problem.map(Reason::from),
            refused_field: it.problem_field,
            closed: list(it.closed),
            problems: list(it.problems),
        }
    }
}

/// What became of saving an event.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventSaved {
    /// Its id.
    pub id: String,
    /// Whether it was saved durably and waits to be sent. If not, nothing was written.
    pub saved: bool,
    /// Whether it is complete now.
    pub completed: bool,
    /// What is wrong with it.
    pub problems: Vec<EventProblem>,
}

impl From<model::EventOutcome> for EventSaved {
    fn from(it: model::EventOutcome) -> Self {
        Self {
            id: text(it.id),
            saved: it.saved,
            completed: it.completed,
            problems: list(it.problems),
        }
    }
}

/// Which events to list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventListQuery {
    /// The program.
    pub program: String,
    /// Only this place.
    pub organisation_unit: Option<String>,
    /// Only from this day on, `yyyy-MM-dd`.
    pub from: Option<String>,
    /// Only up to this day, `yyyy-MM-dd`.
    pub to: Option<String>,
    /// Only of this status.
    pub status: Option<EventState>,
    /// Only with these words in an answer.
    pub search: Option<String>,
}

impl TryFrom<EventListQuery> for model::EventQuery {
    type Error = OutpostError;

    fn try_from(it: EventListQuery) -> Result<Self, OutpostError> {
        Ok(Self {
            program: ids::id("program", &it.program)?,
            organisation_unit: ids::optional("organisation_unit", it.organisation_unit.as_deref())?,
            from: it.from,
            to: it.to,
            status: it.status.map(EventStatus::from),
            search: it.search,
        })
    }
}

/// A question with its answer, for a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LabelledAnswer {
    /// The question.
    pub name: String,
    /// The answer.
    pub value: String,
}

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventListItem {
    /// Its id.
    pub id: String,
    /// The place.
    pub organisation_unit: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// When it happened.
    pub occurred_at: Option<String>,
    /// Status.
    pub status: EventState,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// The first answers, in form order.
    pub answers: Vec<LabelledAnswer>,
}

impl From<model::EventSummary> for EventListItem {
    fn from(it: model::EventSummary) -> Self {
        Self {
            id: text(it.id),
            organisation_unit: text(it.organisation_unit),
            organisation_unit_name: it.organisation_unit_name,
            occurred_at: it.occurred_at,
            status: it.status.into(),
            state: it.state.into(),
            answers: labelled(it.answers),
        }
    }
}

/// A page of events.
#[derive(Debug, Clone, uniffi::Record)]
pub struct EventListPage {
    /// Events, newest first.
    pub items: Vec<EventListItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<Arc<PageCursor>>,
}

impl From<model::EventPage> for EventListPage {
    fn from(it: model::EventPage) -> Self {
        Self { items: list(it.items), next: it.next.map(PageCursor::of_events) }
    }
}
