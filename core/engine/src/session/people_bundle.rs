//! What the people of a program or a type are asked and shown by, gathered once and kept while the
//! metadata is the same.
//!
//! Never holds a value of a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use outpost_domain::metadata::{
    MetadataKind, Program, ProgramRegistration, ProgramStage, TrackedEntityAttribute,
    TrackedEntityType,
};
use outpost_domain::uid::{ProgramUid, TrackedEntityAttributeUid, TrackedEntityTypeUid};
use outpost_store::Store;
use outpost_wire::metadata as wire;

use super::bundle::{self, Reader};
use crate::error::{OutpostError, Result};
use crate::model::{AttributeColumn, PeopleLayout};

/// People of a program, or of a type whatever the program.
#[derive(Debug)]
pub(crate) struct PeopleBundle {
    /// The program; `None` for a type alone.
    pub program: Option<Program>,
    pub tracked_entity_type: TrackedEntityType,
    /// Every attribute of type and program that is on the device.
    pub attributes: BTreeMap<TrackedEntityAttributeUid, TrackedEntityAttribute>,
    /// Stages of the program, in order.
    pub stages: Vec<ProgramStage>,
    /// Columns and search fields.
    pub layout: PeopleLayout,
}

impl PeopleBundle {
    /// What the program adds to a program; `None` for a type alone.
    pub fn registration(&self) -> Option<&ProgramRegistration> {
        self.program.as_ref().and_then(|program| program.registration.as_deref())
    }
}

/// Gathers a program with registration.
///
/// # Errors
/// `NotFound` for a program that is not on the device or has no registration; storage errors.
pub(crate) fn load_program(store: &Store, id: ProgramUid) -> Result<PeopleBundle> {
    let program = bundle::load_program(store, id)?;
    let Some(registration) = program.registration.as_deref() else {
        return Err(OutpostError::not_found("program with registration", id));
    };
    let mut reader = Reader::new(store);
    let tracked_entity_type = read_type(&mut reader, registration.tracked_entity_type)?;
    let of_program = registration.attributes.iter().map(|it| it.attribute);
    let of_type = tracked_entity_type.attributes.iter().map(|it| it.attribute);
    let attributes = attributes(&mut reader, of_program.chain(of_type))?;
    let mut columns = Vec::new();
    let mut asked: Vec<_> = registration.attributes.iter().collect();
    asked.sort_by_key(|it| it.sort_order);
    for it in asked {
        let Some(attribute) = attributes.get(&it.attribute) else { continue };
        columns.push(column(attribute, it.display_in_list, it.searchable));
    }
    let layout = PeopleLayout {
        columns,
        attributes_min: registration.min_attributes_required_to_search,
        results_max: registration.max_tei_count_to_return,
    };
    let stages = bundle::load_stages(store, id)?;
    Ok(PeopleBundle { program: Some(program), tracked_entity_type, attributes, stages, layout })
}

/// Gathers a tracked entity type.
///
/// # Errors
/// `NotFound`; storage errors.
pub(crate) fn load_type(store: &Store, id: TrackedEntityTypeUid) -> Result<PeopleBundle> {
    let mut reader = Reader::new(store);
    let tracked_entity_type = read_type(&mut reader, id)?;
    let of_type = tracked_entity_type.attributes.iter().map(|it| it.attribute);
    let attributes = attributes(&mut reader, of_type)?;
    let mut columns = Vec::new();
    for it in &tracked_entity_type.attributes {
        let Some(attribute) = attributes.get(&it.attribute) else { continue };
        columns.push(column(attribute, it.display_in_list, it.searchable));
    }
    let layout = PeopleLayout {
        columns,
        attributes_min: tracked_entity_type.min_attributes_required_to_search,
        results_max: tracked_entity_type.max_tei_count_to_return,
    };
    Ok(PeopleBundle { program: None, tracked_entity_type, attributes, stages: vec![], layout })
}

fn read_type(reader: &mut Reader<'_>, id: TrackedEntityTypeUid) -> Result<TrackedEntityType> {
    let kind = MetadataKind::TrackedEntityType;
    let found = reader.one(kind, id.0, wire::parse_tracked_entity_type)?;
    let mut found = found.ok_or_else(|| OutpostError::not_found("tracked entity type", id))?;
    found.access.write &= !reader.is_gone(kind, id.0)?;
    Ok(found)
}

fn attributes(
    reader: &mut Reader<'_>,
    ids: impl Iterator<Item = TrackedEntityAttributeUid>,
) -> Result<BTreeMap<TrackedEntityAttributeUid, TrackedEntityAttribute>> {
    let mut found = BTreeMap::new();
    for id in ids {
        if found.contains_key(&id) {
            continue;
        }
        let kind = MetadataKind::TrackedEntityAttribute;
        let attribute = reader.one(kind, id.0, wire::parse_tracked_entity_attribute)?;
        found.extend(attribute.map(|attribute| (id, attribute)));
    }
    Ok(found)
}

fn column(attribute: &TrackedEntityAttribute, in_list: bool, searchable: bool) -> AttributeColumn {
    AttributeColumn {
        attribute: attribute.id,
        name: label(attribute),
        value_type: attribute.value_type,
        option_set: attribute.option_set,
        in_list: in_list && !attribute.confidential,
        // A unique attribute may always be searched by (DHIS2 SDK, trackedEntitySearch).
        searchable: searchable || attribute.unique,
        unique: attribute.unique,
        characters_min: attribute.min_characters_to_search,
    }
}

/// The name of an attribute in forms and lists.
pub(super) fn label(attribute: &TrackedEntityAttribute) -> String {
    let form_name = attribute.form_name.as_ref().filter(|name| !name.is_empty());
    form_name.unwrap_or(&attribute.name).clone()
}

/// Shared by everything that shows people.
pub(crate) type SharedPeople = Arc<PeopleBundle>;
