//! Tracked entities and enrolments as the server lists them.
//!
//! A list asked for by program mixes the attributes of the type and of the program, on the tracked
//! entity and on the enrolment alike (captures 170, 177). The records here take all of them;
//! [`split_attributes`] puts each where it belongs.

use std::collections::BTreeMap;

use outpost_domain::data::{
    Enrollment, EnrollmentStatus, Relationship, ServerEnrollment, ServerTrackedEntity,
    TrackedEntity,
};
use outpost_domain::uid::{
    CategoryOptionComboUid, EnrollmentUid, OrganisationUnitUid, ProgramUid,
    TrackedEntityAttributeUid, TrackedEntityTypeUid, TrackedEntityUid,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{NoteIn, notes_of};
use super::page::{List, ListPage, parse_list};
use super::relationship::parse_relationship;
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

/// Values of attributes.
pub type Attributes = BTreeMap<TrackedEntityAttributeUid, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TrackedEntityIn<'a> {
    tracked_entity: TrackedEntityUid,
    tracked_entity_type: TrackedEntityTypeUid,
    org_unit: OrganisationUnitUid,
    #[serde(borrow, default)]
    geometry: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "loose::list")]
    attributes: Vec<AttributeIn>,
    #[serde(default, deserialize_with = "loose::list")]
    program_owners: Vec<OwnerIn>,
    #[serde(borrow, default)]
    relationships: Option<Vec<&'a RawValue>>,
    #[serde(default, deserialize_with = "loose::flag")]
    potential_duplicate: bool,
    #[serde(default, deserialize_with = "loose::text")]
    created_at_client: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    updated_at_client: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    stored_by: Option<String>,
    #[serde(default)]
    updated_by: Option<UserIn>,
    #[serde(default, deserialize_with = "loose::flag")]
    deleted: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnrollmentIn<'a> {
    enrollment: EnrollmentUid,
    tracked_entity: TrackedEntityUid,
    program: ProgramUid,
    org_unit: OrganisationUnitUid,
    #[serde(default, deserialize_with = "loose::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    enrolled_at: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    occurred_at: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    completed_at: Option<String>,
    #[serde(default, deserialize_with = "loose::flag")]
    follow_up: bool,
    #[serde(borrow, default)]
    geometry: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "loose::reference")]
    attribute_option_combo: Option<CategoryOptionComboUid>,
    #[serde(default, deserialize_with = "loose::list")]
    attributes: Vec<AttributeIn>,
    #[serde(default, deserialize_with = "loose::list")]
    notes: Vec<NoteIn>,
    #[serde(borrow, default)]
    relationships: Option<Vec<&'a RawValue>>,
    #[serde(default, deserialize_with = "loose::text")]
    created_at_client: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    updated_at_client: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    stored_by: Option<String>,
    #[serde(default)]
    updated_by: Option<UserIn>,
    #[serde(default, deserialize_with = "loose::flag")]
    deleted: bool,
}

#[derive(Deserialize)]
struct AttributeIn {
    attribute: TrackedEntityAttributeUid,
    #[serde(default, deserialize_with = "loose::text")]
    value: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OwnerIn {
    #[serde(deserialize_with = "loose::reference")]
    program: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::reference")]
    org_unit: Option<OrganisationUnitUid>,
}

/// A user as snapshots name them.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct UserIn {
    #[serde(deserialize_with = "loose::text")]
    pub username: Option<String>,
}

/// An empty value is an absent one.
fn values_of(attributes: Vec<AttributeIn>) -> Attributes {
    let value =
        |dto: AttributeIn| Some((dto.attribute, dto.value.filter(|text| !text.is_empty())?));
    attributes.into_iter().filter_map(value).collect()
}

fn geometry_of(raw: Option<&RawValue>) -> Option<String> {
    raw.map(|raw| raw.get().to_owned())
}

/// All relationships of a record, or nothing if one of them cannot be read: a list that is not whole
/// would say that the missing one is gone.
fn relationships_of(raws: Option<Vec<&RawValue>>) -> Option<Vec<Relationship>> {
    let read = |raw: &RawValue| parse_relationship(raw.get().as_bytes()).ok();
    raws?.into_iter().map(read).collect()
}

/// Parses one tracked entity as the tracker writes it, with all attributes that came.
///
/// # Errors
/// [`WireError`].
pub fn parse_tracked_entity(bytes: &[u8]) -> Result<ServerTrackedEntity, WireError> {
    let dto: TrackedEntityIn<'_> = parse_object(bytes, "tracked entity")?;
    let owners = dto.program_owners.into_iter();
    Ok(ServerTrackedEntity {
        tracked_entity: TrackedEntity {
            id: dto.tracked_entity,
            tracked_entity_type: dto.tracked_entity_type,
            organisation_unit: dto.org_unit,
            geometry: geometry_of(dto.geometry),
            attributes: values_of(dto.attributes),
            created_at_client: dto.created_at_client,
            updated_at_client: dto.updated_at_client,
            deleted: dto.deleted,
        },
        updated_at: dto.updated_at,
        stored_by: dto.updated_by.and_then(|user| user.username).or(dto.stored_by),
        owners: owners.filter_map(|owner| Some((owner.program?, owner.org_unit?))).collect(),
        potential_duplicate: dto.potential_duplicate,
        relationships: relationships_of(dto.relationships),
    })
}

/// Parses one enrolment as the tracker writes it, with all attributes that came.
///
/// # Errors
/// [`WireError`]; also for an unknown status.
pub fn parse_enrollment(bytes: &[u8]) -> Result<ServerEnrollment, WireError> {
    const WHAT: &str = "enrollment";
    let dto: EnrollmentIn<'_> = parse_object(bytes, WHAT)?;
    let status = match dto.status.as_deref() {
        None => EnrollmentStatus::Active,
        Some(name) => EnrollmentStatus::parse(name)
            .ok_or_else(|| WireError::shape(WHAT, "status", "not a status of an enrolment"))?,
    };
    Ok(ServerEnrollment {
        enrollment: Enrollment {
            id: dto.enrollment,
            tracked_entity: dto.tracked_entity,
            program: dto.program,
            organisation_unit: dto.org_unit,
            status,
            enrolled_at: dto.enrolled_at,
            occurred_at: dto.occurred_at,
            completed_at: dto.completed_at,
            follow_up: dto.follow_up,
            geometry: geometry_of(dto.geometry),
            attribute_option_combo: dto.attribute_option_combo,
            attributes: values_of(dto.attributes),
            notes: notes_of(dto.notes),
            created_at_client: dto.created_at_client,
            updated_at_client: dto.updated_at_client,
            deleted: dto.deleted,
        },
        updated_at: dto.updated_at,
        stored_by: dto.updated_by.and_then(|user| user.username).or(dto.stored_by),
        relationships: relationships_of(dto.relationships),
    })
}

/// Parses a page of tracked entities of any version.
///
/// # Errors
/// [`WireError`] if it is no page of tracked entities. Bad ones are in [`ListPage::skipped`].
pub fn parse_tracked_entities_page(
    bytes: &[u8],
) -> Result<ListPage<ServerTrackedEntity>, WireError> {
    parse_list(bytes, List::TrackedEntities, parse_tracked_entity)
}

/// Parses a page of enrolments of any version.
///
/// # Errors
/// [`WireError`] if it is no page of enrolments. Bad ones are in [`ListPage::skipped`].
pub fn parse_enrollments_page(bytes: &[u8]) -> Result<ListPage<ServerEnrollment>, WireError> {
    parse_list(bytes, List::Enrollments, parse_enrollment)
}

/// Parts attributes into those of the tracked entity type, which live on the tracked entity, and the
/// rest, which only a program has and which live on the enrolment. `of_type` are the attributes of
/// the type, in any order.
#[must_use]
pub fn split_attributes(
    all: Attributes,
    of_type: &[TrackedEntityAttributeUid],
) -> (Attributes, Attributes) {
    all.into_iter().partition(|(attribute, _)| of_type.contains(attribute))
}
