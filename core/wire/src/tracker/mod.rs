//! Tracker objects on the wire: `POST /api/tracker` and the lists under `GET /api/tracker/…`.
//!
//! Lists are read flat, page by page, one class at a time; one unreadable record is skipped and
//! named. Records are sent as trees where parents travel with their children.

mod event;
mod page;
mod people;
mod query;
mod relationship;
mod upload;

pub(crate) use event::parse_event_filled;
pub use event::{Blanks, EventUpload, EventsPage, Filled, parse_event, parse_events_page};
pub use page::ListPage;
pub(crate) use page::id_text;
pub use people::{
    Attributes, parse_enrollment, parse_enrollments_page, parse_tracked_entities_page,
    parse_tracked_entity, split_attributes,
};
pub use query::{
    ENROLLMENT_FIELDS, EVENT_FIELDS, ListQuery, TIES_FIELDS, TRACKED_ENTITY_FIELDS,
    enrollments_by_id_query, enrollments_of_query, enrollments_query, events_by_id_query,
    events_of_query, events_query, tracked_entities_by_id_query, tracked_entities_query,
};
pub use relationship::{encode_relationships, parse_relationship, parse_relationships_page};
pub use upload::{
    DELETE_QUERY, EnrollmentUpload, TrackedEntityUpload, TrackerUpload, UPLOAD_QUERY,
    encode_deletions, encode_enrollment_deletions, encode_events, encode_relationship_deletions,
    encode_tracked_entity_deletions, encode_tracker,
};
