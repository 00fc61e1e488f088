//! Events as the server lists them and as they are sent.
//!
//! An update merges: an answer that is left out stays on the server, `null` removes it (captures
//! 103b, 110b). So removed answers are sent as `null`, never just left out.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Event, EventDataValue, EventStatus, Note, ServerEvent};
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, EnrollmentUid, EventUid, NoteUid, OrganisationUnitUid,
    ProgramStageUid, ProgramUid, TrackedEntityUid, Uid,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::page::{List, parse_list};
use super::people::UserIn;
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;
use crate::metadata::Skipped;

/// An event to send, with the answers that it had on the server and has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventUpload<'a> {
    /// The event as it is now.
    pub event: &'a Event,
    /// Data elements whose answers are to be removed on the server.
    pub cleared: Vec<DataElementUid>,
    /// User name of the one who captured it, if somebody else sends it.
    pub stored_by: Option<&'a str>,
}

impl<'a> EventUpload<'a> {
    /// The event with what must be removed so that the server's answers become the event's. `held` is
    /// everything that the server may hold: after a lost answer both what it held before and what was
    /// sent.
    #[must_use]
    pub fn against<'b>(event: &'a Event, held: impl IntoIterator<Item = &'b Event>) -> Self {
        let held = held.into_iter().map(|held| &held.data_values);
        Self { event, cleared: cleared(&event.data_values, held), stored_by: None }
    }
}

/// What some version held and this one does not.
pub(super) fn cleared<'b, K: Copy + Ord + 'b, V: 'b>(
    now: &BTreeMap<K, V>,
    held: impl Iterator<Item = &'b BTreeMap<K, V>>,
) -> Vec<K> {
    let had = held.flat_map(|values| values.keys().copied());
    let gone: BTreeSet<_> = had.filter(|key| !now.contains_key(key)).collect();
    gone.into_iter().collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventOut<'a> {
    event: EventUid,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracked_entity: Option<TrackedEntityUid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrollment: Option<EnrollmentUid>,
    program: ProgramUid,
    program_stage: ProgramStageUid,
    org_unit: OrganisationUnitUid,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_option_combo: Option<CategoryOptionComboUid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<&'a str>,
    follow_up: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_user: Option<UserOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at_client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_by: Option<&'a str>,
    data_values: Vec<ValueOut<'a>>,
    notes: Vec<NoteOut<'a>>,
}

#[derive(Serialize)]
struct UserOut {
    uid: Uid,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValueOut<'a> {
    data_element: DataElementUid,
    value: Option<&'a str>,
    provided_elsewhere: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NoteOut<'a> {
    note: NoteUid,
    value: &'a str,
    /// Its author, where another person carried it to the server: what is sent is kept (capture t009h).
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_by: Option<&'a str>,
}

/// An event as it is sent. Under its enrolment in the same request it need not name its parents.
pub(super) fn event_out<'a>(upload: &EventUpload<'a>, is_nested: bool) -> EventOut<'a> {
    let event = upload.event;
    let answers = event.data_values.iter().map(|(element, answer)| ValueOut {
        data_element: *element,
        value: Some(&answer.value),
        provided_elsewhere: answer.provided_elsewhere,
    });
    let removed = upload.cleared.iter().map(|element| ValueOut {
        data_element: *element,
        value: None,
        provided_elsewhere: false,
    });
    let is_completed = event.status == EventStatus::Completed;
    EventOut {
        event: event.id,
        tracked_entity: event.tracked_entity.filter(|_| !is_nested),
        enrollment: event.enrollment.filter(|_| !is_nested),
        program: event.program,
        program_stage: event.program_stage,
        org_unit: event.organisation_unit,
        status: event.status.name(),
        attribute_option_combo: event.attribute_option_combo,
        occurred_at: event.occurred_at.as_deref(),
        scheduled_at: event.scheduled_at.as_deref(),
        // From 2.42 a completion date on an event that is not completed is refused (E1051).
        completed_at: event.completed_at.as_deref().filter(|_| is_completed),
        // Left out of an update the server clears it.
        follow_up: event.follow_up,
        geometry: event.geometry.as_deref().map(geometry_out),
        assigned_user: event.assigned_user.map(|uid| UserOut { uid }),
        created_at_client: event.created_at_client.as_deref(),
        updated_at_client: event.updated_at_client.as_deref(),
        stored_by: upload.stored_by,
        data_values: answers.chain(removed).collect(),
        notes: notes_out(&event.notes),
    }
}

/// Notes with their ids: one without is added again by every resend (capture t009h).
pub(super) fn notes_out(notes: &[Note]) -> Vec<NoteOut<'_>> {
    notes
        .iter()
        .map(|note| NoteOut {
            note: note.id,
            value: &note.value,
            stored_by: note.stored_by.as_deref(),
        })
        .collect()
}

/// A geometry that is no JSON goes as a text, so that the server refuses this event and not
/// silently stores it without its place.
pub(super) fn geometry_out(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap_or_else(|_| {
        serde_json::value::to_raw_value(text).expect("a text always becomes JSON")
    })
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsPage {
    /// The events.
    pub events: Vec<ServerEvent>,
    /// Events that could not be read.
    pub skipped: Vec<Skipped>,
    /// Elements of the page, readable or not.
    pub received: usize,
    /// Page number as told.
    pub page: Option<u32>,
    /// Page size as told.
    pub page_size: Option<u32>,
    /// Events in all, if told (`totalPages=true`).
    pub total: Option<u64>,
}

impl EventsPage {
    /// Whether another page may follow: a page shorter than asked for is the last one, on every
    /// version.
    #[must_use]
    pub const fn has_more(&self, page_size: u32) -> bool {
        self.received > 0 && self.received >= page_size as usize
    }
}

/// Parses a page of events of any version.
///
/// # Errors
/// [`WireError`] if it is no page of events. Bad events are in [`EventsPage::skipped`].
pub fn parse_events_page(bytes: &[u8]) -> Result<EventsPage, WireError> {
    let page = parse_list(bytes, List::Events, parse_event)?;
    Ok(EventsPage {
        events: page.items,
        skipped: page.skipped,
        received: page.received,
        page: page.page,
        page_size: page.page_size,
        total: page.total,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventIn<'a> {
    #[serde(default)]
    event: Option<EventUid>,
    program: ProgramUid,
    #[serde(default)]
    program_stage: Option<ProgramStageUid>,
    #[serde(default, deserialize_with = "loose::reference")]
    enrollment: Option<EnrollmentUid>,
    #[serde(default, deserialize_with = "loose::reference")]
    tracked_entity: Option<TrackedEntityUid>,
    org_unit: OrganisationUnitUid,
    #[serde(default, deserialize_with = "loose::flag")]
    follow_up: bool,
    #[serde(default, deserialize_with = "loose::reference")]
    attribute_option_combo: Option<CategoryOptionComboUid>,
    status: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    occurred_at: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    scheduled_at: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    completed_at: Option<String>,
    #[serde(borrow, default)]
    geometry: Option<&'a RawValue>,
    #[serde(default)]
    assigned_user: Option<loose::Reference>,
    #[serde(default, deserialize_with = "loose::list")]
    data_values: Vec<ValueIn>,
    #[serde(default, deserialize_with = "loose::list")]
    notes: Vec<NoteIn>,
    #[serde(default, deserialize_with = "loose::text")]
    created_at_client: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    updated_at_client: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "loose::flag")]
    deleted: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValueIn {
    data_element: DataElementUid,
    #[serde(default, deserialize_with = "loose::text")]
    value: Option<String>,
    #[serde(default, deserialize_with = "loose::flag")]
    provided_elsewhere: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NoteIn {
    note: NoteUid,
    #[serde(default, deserialize_with = "loose::text")]
    value: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    stored_by: Option<String>,
    #[serde(default)]
    created_by: Option<UserIn>,
    #[serde(default, deserialize_with = "loose::text")]
    stored_at: Option<String>,
}

/// Notes with a text. Their author is who was named when they were sent, else who sent them (capture
/// t009h).
pub(super) fn notes_of(notes: Vec<NoteIn>) -> Vec<Note> {
    let note = |dto: NoteIn| {
        Some(Note {
            id: dto.note,
            value: dto.value?,
            stored_by: dto.stored_by.or_else(|| dto.created_by?.username),
            stored_at: dto.stored_at,
        })
    };
    notes.into_iter().filter_map(note).collect()
}

/// Parses one event as the tracker writes it (`GET /api/tracker/events/{uid}`).
///
/// # Errors
/// [`WireError`]; also for an unknown status.
pub fn parse_event(bytes: &[u8]) -> Result<ServerEvent, WireError> {
    parse_event_filled(bytes, |_| Filled::default())
}

/// What an event of a file leaves out, for whoever can fill it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blanks {
    /// Its program.
    pub program: ProgramUid,
    /// Whether it has no id.
    pub lacks_id: bool,
    /// Whether it names no stage.
    pub lacks_stage: bool,
}

/// What stands in for what an event leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filled {
    /// An id.
    pub event: Option<EventUid>,
    /// A stage.
    pub program_stage: Option<ProgramStageUid>,
}

/// Parses one event; what it leaves out is asked of `fill`, once and only if there is any.
///
/// # Errors
/// Like [`parse_event`]; also if something is left out and not filled in.
pub(crate) fn parse_event_filled(
    bytes: &[u8],
    fill: impl FnOnce(Blanks) -> Filled,
) -> Result<ServerEvent, WireError> {
    const WHAT: &str = "event";
    let dto: EventIn<'_> = parse_object(bytes, WHAT)?;
    let (lacks_id, lacks_stage) = (dto.event.is_none(), dto.program_stage.is_none());
    let filled = match lacks_id || lacks_stage {
        true => fill(Blanks { program: dto.program, lacks_id, lacks_stage }),
        false => Filled::default(),
    };
    let missing = |field: &str| WireError::shape(WHAT, "$", &format!("missing field `{field}`"));
    let id = dto.event.or(filled.event).ok_or_else(|| missing("event"))?;
    let program_stage = dto.program_stage.or(filled.program_stage);
    let program_stage = program_stage.ok_or_else(|| missing("programStage"))?;
    let status = match dto.status.as_deref() {
        None => EventStatus::Active,
        Some(name) => EventStatus::parse(name)
            .ok_or_else(|| WireError::shape(WHAT, "status", "not a status of an event"))?,
    };
    let answers = dto.data_values.into_iter().filter_map(|value| {
        let text = value.value.filter(|text| !text.is_empty())?;
        let answer = EventDataValue { value: text, provided_elsewhere: value.provided_elsewhere };
        Some((value.data_element, answer))
    });
    let assigned_user = dto.assigned_user.and_then(|user| user.0);
    let event = Event {
        id,
        program: dto.program,
        program_stage,
        organisation_unit: dto.org_unit,
        attribute_option_combo: dto.attribute_option_combo,
        status,
        occurred_at: dto.occurred_at,
        scheduled_at: dto.scheduled_at,
        completed_at: dto.completed_at,
        geometry: dto.geometry.map(|raw| raw.get().to_owned()),
        assigned_user: assigned_user.and_then(|text| Uid::parse(&text).ok()),
        follow_up: dto.follow_up,
        // Events of programs without registration name an enrolment that nobody made (capture 175);
        // a real one has a tracked entity.
        enrollment: dto.enrollment.filter(|_| dto.tracked_entity.is_some()),
        tracked_entity: dto.tracked_entity.filter(|_| dto.enrollment.is_some()),
        data_values: answers.collect(),
        notes: notes_of(dto.notes),
        created_at_client: dto.created_at_client,
        updated_at_client: dto.updated_at_client,
        deleted: dto.deleted,
    };
    Ok(ServerEvent { event, updated_at: dto.updated_at })
}
