//! Events as a screen shows them.

use std::sync::Arc;

use outpost_domain::data::{Event, EventStatus};
use outpost_domain::form::event::EventForm;
use outpost_domain::uid::{EventUid, OrganisationUnitUid, ProgramUid};

use super::{RecordState, Refusal, StageView};
use crate::session::EventListCursor;

/// The form of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFormView {
    /// The form; shared, never changed.
    pub form: Arc<EventForm>,
    /// What is wrong with its metadata, for the administrator.
    pub form_problems: Vec<String>,
    /// The stages of the program, in order.
    pub stages: Vec<StageView>,
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventProblemView {
    /// Where: a data element id, `occurredAt`, `status` …; `None` for the whole event.
    pub field: Option<String>,
    /// Name of the field for people; empty for the whole event.
    pub name: String,
    /// Why.
    pub refusal: Refusal,
    /// Whether it keeps the event from being completed.
    pub blocks_completion: bool,
    /// Whether it keeps the event from being sent: then nothing was saved.
    pub blocks_sending: bool,
}

/// Everything that a screen needs for one event, in one call.
#[derive(Debug, Clone, PartialEq)]
pub struct EventView {
    /// The event.
    pub event: Event,
    /// Its form.
    pub form: Arc<EventForm>,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// The server's reason, if it refused.
    pub problem: Option<Refusal>,
    /// Field that the server's reason is about.
    pub problem_field: Option<String>,
    /// Why it may not be changed; empty if it may.
    pub closed: Vec<Refusal>,
    /// What is wrong with it now.
    pub problems: Vec<EventProblemView>,
}

/// What became of saving an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventOutcome {
    /// Its id.
    pub id: EventUid,
    /// Whether it was saved durably and waits to be sent. If not, nothing was written.
    pub saved: bool,
    /// Whether it is complete now.
    pub completed: bool,
    /// What is wrong with it.
    pub problems: Vec<EventProblemView>,
}

/// Which events to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    /// The program.
    pub program: ProgramUid,
    /// Only this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Only from this day on, `yyyy-MM-dd`.
    pub from: Option<String>,
    /// Only up to this day, `yyyy-MM-dd`.
    pub to: Option<String>,
    /// Only of this status.
    pub status: Option<EventStatus>,
    /// Only with these words in an answer.
    pub search: Option<String>,
}

/// An event in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSummary {
    /// Its id.
    pub id: EventUid,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// When it happened.
    pub occurred_at: Option<String>,
    /// Status.
    pub status: EventStatus,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// The first answers, in form order: question and answer.
    pub answers: Vec<(String, String)>,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// Events, newest first.
    pub items: Vec<EventSummary>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<EventListCursor>,
}

/// A form begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftView {
    /// The data set or program.
    pub form: outpost_domain::uid::Uid,
    /// The record within it.
    pub key: String,
    /// The screen's own text.
    pub body: String,
    /// Last save, Unix ms of the device.
    pub saved_ms: i64,
}
