//! Tracked entity types, their attributes, relationship types.

use outpost_domain::metadata::{
    RelationshipConstraint, RelationshipEntity, RelationshipType, TrackedEntityAttribute,
    TrackedEntityType, TrackedEntityTypeAttribute,
};
use outpost_domain::uid::{
    OptionSetUid, ProgramStageUid, ProgramUid, RelationshipTypeUid, TrackedEntityAttributeUid,
    TrackedEntityTypeUid, Uid,
};
use serde::Deserialize;

use super::aggregate::{AccessDto, count};
use super::{label_of, name_of, required, unknown_name, value_type_of};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TypeDto {
    id: Option<TrackedEntityTypeUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    feature_type: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    min_attributes_required_to_search: i64,
    #[serde(deserialize_with = "loose::integer")]
    max_tei_count_to_return: i64,
    #[serde(deserialize_with = "loose::list")]
    tracked_entity_type_attributes: Vec<TypeAttributeDto>,
    access: Option<AccessDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TypeAttributeDto {
    #[serde(deserialize_with = "loose::reference")]
    tracked_entity_attribute: Option<TrackedEntityAttributeUid>,
    #[serde(deserialize_with = "loose::flag")]
    display_in_list: bool,
    #[serde(deserialize_with = "loose::flag")]
    mandatory: bool,
    #[serde(deserialize_with = "loose::flag")]
    searchable: bool,
}

/// Parses a tracked entity type.
///
/// # Errors
/// [`WireError`].
pub fn parse_tracked_entity_type(body: &[u8]) -> Result<TrackedEntityType, WireError> {
    const WHAT: &str = "trackedEntityType";
    let dto: TypeDto = parse_object(body, WHAT)?;
    let attributes = dto.tracked_entity_type_attributes.into_iter().filter_map(|place| {
        Some(TrackedEntityTypeAttribute {
            attribute: place.tracked_entity_attribute?,
            display_in_list: place.display_in_list,
            mandatory: place.mandatory,
            searchable: place.searchable,
        })
    });
    Ok(TrackedEntityType {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        feature_type: dto.feature_type.unwrap_or_else(|| "NONE".to_owned()),
        min_attributes_required_to_search: count(dto.min_attributes_required_to_search),
        max_tei_count_to_return: count(dto.max_tei_count_to_return),
        attributes: attributes.collect(),
        access: AccessDto::data_of(dto.access),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AttributeDto {
    id: Option<TrackedEntityAttributeUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_form_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    form_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_short_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    short_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    value_type: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    option_set: Option<OptionSetUid>,
    #[serde(deserialize_with = "loose::flag")]
    unique: bool,
    #[serde(deserialize_with = "loose::flag")]
    orgunit_scope: bool,
    #[serde(deserialize_with = "loose::flag")]
    generated: bool,
    #[serde(deserialize_with = "loose::text")]
    pattern: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    inherit: bool,
    #[serde(deserialize_with = "loose::flag")]
    confidential: bool,
    #[serde(deserialize_with = "loose::text")]
    field_mask: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    min_characters_to_search: i64,
    #[serde(deserialize_with = "loose::list")]
    blocked_search_operators: Vec<loose::Text>,
    sort_order_in_list_no_program: loose::Text,
    #[serde(deserialize_with = "loose::flag")]
    display_in_list_no_program: bool,
    #[serde(deserialize_with = "loose::references")]
    legend_sets: Vec<Uid>,
}

/// Parses a tracked entity attribute.
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for a value type this version does not know.
pub fn parse_tracked_entity_attribute(body: &[u8]) -> Result<TrackedEntityAttribute, WireError> {
    const WHAT: &str = "trackedEntityAttribute";
    let dto: AttributeDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let value_type = required(dto.value_type, WHAT, "valueType")?;
    let name = name_of(dto.display_name, dto.name);
    let operators = dto.blocked_search_operators.into_iter().filter_map(|name| name.0);
    let place = dto.sort_order_in_list_no_program.0;
    Ok(TrackedEntityAttribute {
        id,
        form_name: label_of(dto.display_form_name, dto.form_name).filter(|label| *label != name),
        name,
        short_name: label_of(dto.display_short_name, dto.short_name),
        description: dto.display_description.or(dto.description),
        code: dto.code,
        value_type: value_type_of(WHAT, id.0, &value_type)?,
        option_set: dto.option_set,
        unique: dto.unique,
        orgunit_scope: dto.orgunit_scope,
        generated: dto.generated,
        pattern: dto.pattern.filter(|pattern| !pattern.is_empty()),
        inherit: dto.inherit,
        confidential: dto.confidential,
        field_mask: dto.field_mask.filter(|mask| !mask.is_empty()),
        min_characters_to_search: count(dto.min_characters_to_search),
        blocked_search_operators: operators.collect(),
        sort_order_in_list_no_program: place.and_then(|text| text.parse().ok()),
        display_in_list_no_program: dto.display_in_list_no_program,
        legend_sets: dto.legend_sets,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RelationshipTypeDto {
    id: Option<RelationshipTypeUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    bidirectional: bool,
    #[serde(deserialize_with = "loose::text")]
    display_from_to_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    from_to_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_to_from_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    to_from_name: Option<String>,
    from_constraint: Option<ConstraintDto>,
    to_constraint: Option<ConstraintDto>,
    access: Option<AccessDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ConstraintDto {
    #[serde(deserialize_with = "loose::text")]
    relationship_entity: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    tracked_entity_type: Option<TrackedEntityTypeUid>,
    #[serde(deserialize_with = "loose::reference")]
    program: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::or_default")]
    tracker_data_view: ViewDto,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ViewDto {
    #[serde(deserialize_with = "loose::references")]
    attributes: Vec<TrackedEntityAttributeUid>,
    #[serde(deserialize_with = "loose::references")]
    data_elements: Vec<Uid>,
}

/// Parses a relationship type.
///
/// # Errors
/// [`WireError`]; also without a constraint on each side, for then nobody knows what may be linked.
pub fn parse_relationship_type(body: &[u8]) -> Result<RelationshipType, WireError> {
    const WHAT: &str = "relationshipType";
    let dto: RelationshipTypeDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let from = required(dto.from_constraint, WHAT, "fromConstraint")?;
    let to = required(dto.to_constraint, WHAT, "toConstraint")?;
    Ok(RelationshipType {
        id,
        name: name_of(dto.display_name, dto.name),
        bidirectional: dto.bidirectional,
        from_to_name: label_of(dto.display_from_to_name, dto.from_to_name),
        to_from_name: label_of(dto.display_to_from_name, dto.to_from_name),
        from_constraint: constraint_of(id.0, from)?,
        to_constraint: constraint_of(id.0, to)?,
        access: AccessDto::data_of(dto.access),
    })
}

fn constraint_of(id: Uid, dto: ConstraintDto) -> Result<RelationshipConstraint, WireError> {
    const WHAT: &str = "relationshipType";
    let entity = required(dto.relationship_entity, WHAT, "relationshipEntity")?;
    let entity = match entity.as_str() {
        "TRACKED_ENTITY_INSTANCE" => RelationshipEntity::TrackedEntity,
        "PROGRAM_INSTANCE" => RelationshipEntity::Enrollment,
        "PROGRAM_STAGE_INSTANCE" => RelationshipEntity::Event,
        other => return Err(unknown_name(WHAT, id, "relationshipEntity", other)),
    };
    Ok(RelationshipConstraint {
        entity,
        tracked_entity_type: dto.tracked_entity_type,
        program: dto.program,
        program_stage: dto.program_stage,
        view_attributes: dto.tracker_data_view.attributes,
        view_data_elements: dto.tracker_data_view.data_elements,
    })
}
