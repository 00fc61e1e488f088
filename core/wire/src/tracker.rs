//! Events on the wire: `POST /api/tracker`, `GET /api/tracker/events`.
//!
//! An update merges: an answer that is left out stays on the server, `null` removes it (captures
//! 103b, 110b). So removed answers are sent as `null`, never just left out.

use std::collections::BTreeSet;

use outpost_domain::data::{Event, EventDataValue, EventStatus, Note, ServerEvent};
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, EventUid, NoteUid, OrganisationUnitUid,
    ProgramStageUid, ProgramUid, Uid,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::{parse_object, shown};
use crate::limits::SKIPPED_MAX;
use crate::loose;
use crate::metadata::Skipped;
use crate::version::ServerVersion;

const WHAT: &str = "tracker events";

/// Query of an upload: synchronous, object by object, with warnings (wire reference, appendix B).
pub const UPLOAD_QUERY: &str =
    "async=false&atomicMode=OBJECT&importStrategy=CREATE_AND_UPDATE&reportMode=FULL";
/// Query of a deletion.
pub const DELETE_QUERY: &str =
    "async=false&atomicMode=OBJECT&importStrategy=DELETE&reportMode=FULL";

/// The members of an event to ask for: 293 bytes an event instead of 2,100 (captures p004, p024).
pub const EVENT_FIELDS: &str = "event,status,program,programStage,orgUnit,occurredAt,scheduledAt,\
completedAt,deleted,updatedAt,createdAtClient,updatedAtClient,attributeOptionCombo,geometry,\
assignedUser[uid],dataValues[dataElement,value,providedElsewhere],notes[note,value]";

/// An event to send, with the answers that it had on the server and has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventUpload<'a> {
    /// The event as it is now.
    pub event: &'a Event,
    /// Data elements whose answers are to be removed on the server.
    pub cleared: Vec<DataElementUid>,
}

impl<'a> EventUpload<'a> {
    /// The event with what must be removed so that the server's answers become the event's. `held` is
    /// everything that the server may hold: after a lost answer both what it held before and what was
    /// sent.
    #[must_use]
    pub fn against<'b>(event: &'a Event, held: impl IntoIterator<Item = &'b Event>) -> Self {
        let had = held.into_iter().flat_map(|held| held.data_values.keys().copied());
        let cleared: BTreeSet<_> =
            had.filter(|element| !event.data_values.contains_key(element)).collect();
        Self { event, cleared: cleared.into_iter().collect() }
    }
}

#[derive(Serialize)]
struct Batch<T> {
    events: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventOut<'a> {
    event: EventUid,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_user: Option<UserOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at_client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at_client: Option<&'a str>,
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
struct NoteOut<'a> {
    note: NoteUid,
    value: &'a str,
}

/// Body of `POST /api/tracker` that creates or updates events; the same for all versions. The
/// caller has removed doubles: a uid that comes twice refuses the batch (capture 198).
#[must_use]
pub fn encode_events(uploads: &[EventUpload<'_>]) -> Vec<u8> {
    let batch = Batch { events: uploads.iter().map(event_out).collect() };
    serde_json::to_vec(&batch).expect("uids, texts and flags always become JSON")
}

fn event_out<'a>(upload: &EventUpload<'a>) -> EventOut<'a> {
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
        program: event.program,
        program_stage: event.program_stage,
        org_unit: event.organisation_unit,
        status: event.status.name(),
        attribute_option_combo: event.attribute_option_combo,
        occurred_at: event.occurred_at.as_deref(),
        scheduled_at: event.scheduled_at.as_deref(),
        // From 2.42 a completion date on an event that is not completed is refused (E1051).
        completed_at: event.completed_at.as_deref().filter(|_| is_completed),
        geometry: event.geometry.as_deref().map(geometry_out),
        assigned_user: event.assigned_user.map(|uid| UserOut { uid }),
        created_at_client: event.created_at_client.as_deref(),
        updated_at_client: event.updated_at_client.as_deref(),
        data_values: answers.chain(removed).collect(),
        notes: (event.notes.iter())
            .map(|note| NoteOut { note: note.id, value: &note.value })
            .collect(),
    }
}

/// A geometry that is no JSON goes as a text, so that the server refuses this event and not
/// silently stores it without its place.
fn geometry_out(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap_or_else(|_| {
        serde_json::value::to_raw_value(text).expect("a text always becomes JSON")
    })
}

/// Body of `POST /api/tracker?importStrategy=DELETE`: ids are enough.
#[must_use]
pub fn encode_deletions(events: &[EventUid]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Deletion {
        event: EventUid,
    }
    let batch = Batch { events: events.iter().map(|event| Deletion { event: *event }).collect() };
    serde_json::to_vec(&batch).expect("uids always become JSON")
}

/// What to ask of `GET /api/tracker/events`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsQuery {
    /// The program.
    pub program: ProgramUid,
    /// The root under which events are asked for.
    pub organisation_unit: OrganisationUnitUid,
    /// Only events changed after this local time of the server, also deleted ones.
    pub updated_after: Option<String>,
    /// Page from 1.
    pub page: u32,
    /// Events per page; at most 50,000 or the server refuses (capture t005g).
    pub page_size: u32,
}

/// Query text for a page of events of a program with everything below a unit. Ordered by creation,
/// so that what is captured meanwhile comes last and no page shifts; then by id, because the events
/// of one import share a millisecond and a database orders equals as it likes, page by page. Deleted events are listed also
/// the first time: the device may hold one that it sent itself and that was deleted since.
#[must_use]
pub fn events_query(query: &EventsQuery, version: ServerVersion) -> String {
    let mode = if version.org_unit_mode_param() { "orgUnitMode" } else { "ouMode" };
    let mut text = format!(
        "program={}&orgUnit={}&{mode}=DESCENDANTS&includeDeleted=true\
         &fields={EVENT_FIELDS}&order=createdAt:asc,event:asc&page={}&pageSize={}",
        query.program, query.organisation_unit, query.page, query.page_size
    );
    if let Some(after) = &query.updated_after {
        text.push_str("&updatedAfter=");
        text.push_str(&after.replace('+', "%2B").replace(' ', "%20"));
    }
    text
}

/// Query text for the current state of some events of a program, deleted ones included: what is
/// about to be overwritten is compared with its base first.
#[must_use]
pub fn events_by_id_query(
    program: ProgramUid,
    events: &[EventUid],
    version: ServerVersion,
) -> String {
    let ids: Vec<&str> = events.iter().map(EventUid::as_str).collect();
    let list = if version.events_param() {
        format!("events={}", ids.join(","))
    } else {
        format!("event={}", ids.join("%3B"))
    };
    let mode = if version.org_unit_mode_param() { "orgUnitMode" } else { "ouMode" };
    format!(
        "program={program}&{list}&{mode}=ACCESSIBLE&includeDeleted=true&fields={EVENT_FIELDS}\
         &page=1&pageSize={}",
        events.len().max(1)
    )
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageDto<'a> {
    #[serde(borrow, default)]
    events: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    instances: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    pager: Option<PagerDto>,
    #[serde(default)]
    page: Option<u32>,
    #[serde(default)]
    page_size: Option<u32>,
    #[serde(default)]
    total: Option<u64>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "camelCase", default)]
struct PagerDto {
    page: Option<u32>,
    page_size: Option<u32>,
    total: Option<u64>,
}

/// Parses a page of events of any version: `instances` with a flat pager (to 2.40), `events` with
/// both pagers (2.41), `events` with `pager` (from 2.42).
///
/// # Errors
/// [`WireError`] if it is no page of events. Bad events are in [`EventsPage::skipped`].
pub fn parse_events_page(bytes: &[u8]) -> Result<EventsPage, WireError> {
    let dto: PageDto<'_> = parse_object(bytes, WHAT)?;
    let raws = dto.events.or(dto.instances).ok_or_else(|| {
        WireError::shape(WHAT, "$", "missing field `events`: not a list of events")
    })?;
    let mut events = Vec::with_capacity(raws.len());
    let mut skipped = Vec::new();
    for raw in &raws {
        match parse_event(raw.get().as_bytes()) {
            Ok(event) => events.push(event),
            Err(error) if skipped.len() < SKIPPED_MAX => {
                skipped.push(Skipped { uid: id_text(raw), reason: error.to_string() });
            }
            Err(_) => {}
        }
    }
    let pager = dto.pager.unwrap_or_default();
    Ok(EventsPage {
        events,
        skipped,
        received: raws.len(),
        page: pager.page.or(dto.page),
        page_size: pager.page_size.or(dto.page_size),
        total: pager.total.or(dto.total),
    })
}

pub(crate) fn id_text(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Id {
        #[serde(deserialize_with = "loose::text")]
        event: Option<String>,
    }
    let id: Id = serde_json::from_str(raw.get()).ok()?;
    id.event.map(|text| shown(&text))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventIn<'a> {
    #[serde(default)]
    event: Option<EventUid>,
    program: ProgramUid,
    #[serde(default)]
    program_stage: Option<ProgramStageUid>,
    org_unit: OrganisationUnitUid,
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
struct NoteIn {
    note: NoteUid,
    #[serde(default, deserialize_with = "loose::text")]
    value: Option<String>,
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
    let notes = dto.notes.into_iter().filter_map(|note| Some(Note::new(note.note, note.value?)));
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
        follow_up: false,
        enrollment: None,
        tracked_entity: None,
        data_values: answers.collect(),
        notes: notes.collect(),
        created_at_client: dto.created_at_client,
        updated_at_client: dto.updated_at_client,
        deleted: dto.deleted,
    };
    Ok(ServerEvent { event, updated_at: dto.updated_at })
}
