//! What is asked of the lists of the tracker, in the words of each version.
//!
//! Texts are ready but for brackets, which whoever sends them percent-encodes.

use outpost_domain::uid::{
    EnrollmentUid, EventUid, OrganisationUnitUid, ProgramUid, TrackedEntityUid,
};

use crate::version::ServerVersion;

/// The members of a relationship to ask for: without brackets both sides come whole, 10 kB each
/// (capture t031b).
macro_rules! relationship_fields {
    () => {
        "relationship,relationshipType,createdAtClient,from[trackedEntity[trackedEntity],\
enrollment[enrollment],event[event]],to[trackedEntity[trackedEntity],enrollment[enrollment],\
event[event]]"
    };
}

macro_rules! note_fields {
    () => {
        "notes[note,value,storedBy,storedAt,createdBy[username]]"
    };
}

/// The members of an event to ask for: 293 bytes an event instead of 2,100 (captures p004, p024).
pub const EVENT_FIELDS: &str = concat!(
    "event,status,program,programStage,enrollment,trackedEntity,orgUnit,occurredAt,scheduledAt,\
completedAt,followUp,deleted,updatedAt,createdAtClient,updatedAtClient,attributeOptionCombo,\
geometry,assignedUser[uid],dataValues[dataElement,value,providedElsewhere],",
    note_fields!()
);

/// The members of a tracked entity to ask for.
pub const TRACKED_ENTITY_FIELDS: &str = concat!(
    "trackedEntity,trackedEntityType,orgUnit,updatedAt,createdAtClient,updatedAtClient,deleted,\
potentialDuplicate,geometry,storedBy,updatedBy[username],attributes[attribute,value],\
programOwners[program,orgUnit],relationships[",
    relationship_fields!(),
    "]"
);

/// Members that tell to whom a tracked entity belongs and with whom it is linked.
pub const TIES_FIELDS: &str = concat!(
    "trackedEntity,trackedEntityType,orgUnit,programOwners[program,orgUnit],relationships[",
    relationship_fields!(),
    "]"
);

/// The members of an enrolment to ask for.
pub const ENROLLMENT_FIELDS: &str = concat!(
    "enrollment,trackedEntity,program,orgUnit,status,enrolledAt,occurredAt,completedAt,followUp,\
deleted,updatedAt,createdAtClient,updatedAtClient,attributeOptionCombo,geometry,storedBy,\
updatedBy[username],attributes[attribute,value],",
    note_fields!(),
    ",relationships[",
    relationship_fields!(),
    "]"
);

/// What to ask of a list of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The program.
    pub program: ProgramUid,
    /// The root under which records are asked for. For tracked entities it must lie among the places
    /// where the user enters data: anything wider is a search and refused without a filter
    /// (captures t003p, 171).
    pub organisation_unit: OrganisationUnitUid,
    /// Only records changed after this local time of the server, also deleted ones.
    pub updated_after: Option<String>,
    /// Page from 1.
    pub page: u32,
    /// Records per page; at most 50,000 or the server refuses (capture t005g).
    pub page_size: u32,
}

/// Query text for a page of events of a program with everything below a unit. Ordered by creation,
/// so that what is captured meanwhile comes last and no page shifts; then by id, because the events
/// of one import share a millisecond and a database orders equals as it likes, page by page. Deleted
/// events are listed also the first time: the device may hold one that it sent itself and that was
/// deleted since.
#[must_use]
pub fn events_query(query: &ListQuery, version: ServerVersion) -> String {
    let scope = format!("orgUnit={}&{}", query.organisation_unit, mode(version, "DESCENDANTS"));
    page_of(query, &scope, EVENT_FIELDS, "createdAt:asc,event:asc")
}

/// Query text for a page of the people of a program with everything below a unit; see
/// [`events_query`] for its order.
#[must_use]
pub fn tracked_entities_query(query: &ListQuery, version: ServerVersion) -> String {
    let order = "createdAt:asc,trackedEntity:asc";
    page_of(query, &units(query.organisation_unit, version), TRACKED_ENTITY_FIELDS, order)
}

/// Query text for a page of the enrolments of a program with everything below a unit. No version
/// orders them by id.
#[must_use]
pub fn enrollments_query(query: &ListQuery, version: ServerVersion) -> String {
    page_of(query, &units(query.organisation_unit, version), ENROLLMENT_FIELDS, "createdAt:asc")
}

fn page_of(query: &ListQuery, scope: &str, fields: &str, order: &str) -> String {
    let (program, page, page_size) = (query.program, query.page, query.page_size);
    let mut text = format!(
        "program={program}&{scope}&includeDeleted=true&fields={fields}&order={order}&page={page}\
         &pageSize={page_size}",
    );
    if let Some(after) = &query.updated_after {
        text.push_str("&updatedAfter=");
        text.push_str(&crate::percent::encoded_value(after));
    }
    text
}

/// The old names are silently ignored by new servers, which widens the list (capture t003m).
fn units(root: OrganisationUnitUid, version: ServerVersion) -> String {
    let name = if version.org_units_param() { "orgUnits" } else { "orgUnit" };
    format!("{name}={root}&{}", mode(version, "DESCENDANTS"))
}

fn mode(version: ServerVersion, mode: &str) -> String {
    let name = if version.org_unit_mode_param() { "orgUnitMode" } else { "ouMode" };
    format!("{name}={mode}")
}

fn ids<T: std::fmt::Display>(name: &str, ids: &[T], version: ServerVersion) -> String {
    let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match version.events_param() {
        true => format!("{name}s={}", list.join(",")),
        false => format!("{name}={}", list.join("%3B")),
    }
}

/// Query text for the current state of some events of a program, deleted ones included: what is
/// about to be overwritten is compared with its base first.
#[must_use]
pub fn events_by_id_query(
    program: ProgramUid,
    events: &[EventUid],
    version: ServerVersion,
) -> String {
    format!(
        "program={program}&{}&{}&includeDeleted=true&fields={EVENT_FIELDS}&page=1&pageSize={}",
        ids("event", events, version),
        mode(version, "ACCESSIBLE"),
        events.len().max(1)
    )
}

/// Query text for the current state of some people. Without the program only the attributes of
/// their type come (capture t006e), and of a protected program nothing.
#[must_use]
pub fn tracked_entities_by_id_query(
    program: Option<ProgramUid>,
    people: &[TrackedEntityUid],
    version: ServerVersion,
) -> String {
    let list: Vec<&str> = people.iter().map(TrackedEntityUid::as_str).collect();
    let list = match version.events_param() {
        true => format!("trackedEntities={}", list.join(",")),
        false => format!("trackedEntity={}", list.join("%3B")),
    };
    format!(
        "{}{list}&{}&includeDeleted=true&fields={TRACKED_ENTITY_FIELDS}&page=1&pageSize={}",
        program_part(program),
        mode(version, "ACCESSIBLE"),
        people.len().max(1)
    )
}

/// Query text for the current state of some enrolments of a program.
#[must_use]
pub fn enrollments_by_id_query(
    program: ProgramUid,
    enrollments: &[EnrollmentUid],
    version: ServerVersion,
) -> String {
    format!(
        "program={program}&{}&{}&includeDeleted=true&fields={ENROLLMENT_FIELDS}&page=1&pageSize={}",
        ids("enrollment", enrollments, version),
        mode(version, "ACCESSIBLE"),
        enrollments.len().max(1)
    )
}

/// Query text for a page of one person's enrolments in a program: what follows a search.
#[must_use]
pub fn enrollments_of_query(
    person: TrackedEntityUid,
    program: ProgramUid,
    version: ServerVersion,
) -> String {
    of_person(person, program, version, ENROLLMENT_FIELDS)
}

/// Query text for a page of one person's events in a program: what follows a search.
#[must_use]
pub fn events_of_query(
    person: TrackedEntityUid,
    program: ProgramUid,
    version: ServerVersion,
) -> String {
    of_person(person, program, version, EVENT_FIELDS)
}

fn of_person(
    person: TrackedEntityUid,
    program: ProgramUid,
    version: ServerVersion,
    fields: &str,
) -> String {
    format!(
        "program={program}&trackedEntity={person}&{}&includeDeleted=true&fields={fields}\
         &order=createdAt:asc&page=1&pageSize={}",
        mode(version, "ACCESSIBLE"),
        crate::limits::PERSON_RECORDS_MAX
    )
}

fn program_part(program: Option<ProgramUid>) -> String {
    program.map(|program| format!("program={program}&")).unwrap_or_default()
}
