//! What the visible metadata says about tracked entities: attributes of types, programs to download.

use outpost_domain::metadata::{MetadataKind, Program};
use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityTypeUid, Uid,
};
use outpost_sync::ports::TrackerScope;
use outpost_wire::metadata::{parse_program, parse_tracked_entity_type};
use rusqlite::Connection;

use super::content;
use super::plan::is_assigned_under;
use super::pull::visible;
use super::read::{all, object};
use crate::error::StoreError;
use crate::limits::{FORMS_MAX, NAME_ATTRIBUTES_MAX};
use crate::tracker::settings;

/// Attributes of a type in order, with whether lists show them. A body that cannot be read has none.
fn attributes(body: &str) -> Vec<(TrackedEntityAttributeUid, bool)> {
    let Ok(of) = parse_tracked_entity_type(body.as_bytes()) else { return vec![] };
    of.attributes.into_iter().map(|one| (one.attribute, one.display_in_list)).collect()
}

fn attributes_of(
    connection: &Connection,
    kind: TrackedEntityTypeUid,
    generation: i64,
) -> Result<Vec<TrackedEntityAttributeUid>, StoreError> {
    let stored = object(connection, MetadataKind::TrackedEntityType, kind.0, generation)?;
    let listed = stored.map(|stored| attributes(&stored.body)).unwrap_or_default();
    Ok(listed.into_iter().map(|(attribute, _)| attribute).collect())
}

/// Attributes of the type of a program's tracked entities.
pub(crate) fn type_attributes_of(
    connection: &Connection,
    program: ProgramUid,
) -> Result<Vec<TrackedEntityAttributeUid>, StoreError> {
    let generation = visible(connection)?;
    let stored = object(connection, MetadataKind::Program, program.0, generation)?;
    let program = stored.and_then(|stored| parse_program(stored.body.as_bytes()).ok());
    match program.and_then(|program| program.registration) {
        Some(registration) => {
            attributes_of(connection, registration.tracked_entity_type, generation)
        }
        None => Ok(vec![]),
    }
}

/// The attributes that make the name of each type: the first that its lists show.
pub(crate) fn name_attributes(
    connection: &Connection,
) -> Result<Vec<(TrackedEntityTypeUid, Vec<TrackedEntityAttributeUid>)>, StoreError> {
    let stored = all(connection, MetadataKind::TrackedEntityType, FORMS_MAX)?;
    let named = stored.into_iter().map(|stored| {
        let shown = attributes(&stored.body).into_iter().filter(|(_, is_shown)| *is_shown);
        let shown = shown.map(|(attribute, _)| attribute).take(NAME_ATTRIBUTES_MAX);
        (TrackedEntityTypeUid(stored.uid), shown.collect())
    });
    Ok(named.collect())
}

/// What is downloaded of a program with registration; `None` if it is not to be.
pub(super) fn tracker_scope(
    connection: &Connection,
    program: &Program,
    roots: &[OrganisationUnitUid],
    generation: i64,
) -> Result<Option<TrackerScope>, StoreError> {
    let Some(registration) = &program.registration else { return Ok(None) };
    let setting = settings::of_program(connection, program.id)?;
    let is_wanted = program.access.read
        && setting.enabled
        && is_assigned_under(connection, program.id.0, roots, generation)?;
    if !is_wanted {
        return Ok(None);
    }
    let tracked_entity_type = registration.tracked_entity_type;
    // Without the type nobody can tell which attributes are a person's own.
    let kind = MetadataKind::TrackedEntityType;
    if object(connection, kind, tracked_entity_type.0, generation)?.is_none() {
        return Ok(None);
    }
    let type_attributes = attributes_of(connection, tracked_entity_type, generation)?;
    let asked = registration.attributes.iter().map(|one| one.attribute.0);
    let seen: Vec<Uid> = type_attributes.iter().map(|one| one.0).chain(asked).collect();
    Ok(Some(TrackerScope {
        program: program.id,
        tracked_entity_type,
        type_attributes,
        content: content::of_tracker(connection, program, seen, generation)?,
        limits: setting.limits,
    }))
}
