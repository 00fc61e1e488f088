//! Programs, stages, their sections, option sets and options.

use outpost_domain::metadata::{
    OptionGroup, OptionItem, OptionSet, Program, ProgramStage, ProgramStageDataElement,
    ProgramStageSection, ProgramType, ValidationStrategy,
};
use outpost_domain::uid::{
    CategoryComboUid, DataElementUid, OptionSetUid, ProgramStageSectionUid, ProgramStageUid,
    ProgramUid, Uid,
};
use outpost_domain::value_type::ValueType;
use serde::Deserialize;

use super::aggregate::{AccessDto, combo_or_default, count};
use super::registration::{registration_of, schedule_of};
use super::{name_of, period_type_of, required, unknown_name, value_type_of};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ProgramDto {
    id: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    program_type: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    category_combo: Option<CategoryComboUid>,
    #[serde(deserialize_with = "loose::references")]
    program_stages: Vec<ProgramStageUid>,
    #[serde(deserialize_with = "loose::text")]
    expiry_period_type: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    expiry_days: i64,
    #[serde(deserialize_with = "loose::integer")]
    complete_events_expiry_days: i64,
    #[serde(deserialize_with = "loose::integer")]
    open_days_after_co_end_date: i64,
    access: Option<AccessDto>,
}

/// Parses a program. Assigned organisation units are not part of it, see
/// [`super::MetadataObject::organisation_units`].
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for a program type or period type this version does
/// not know; also for a program with registration that does not tell who is registered.
pub fn parse_program(body: &[u8]) -> Result<Program, WireError> {
    const WHAT: &str = "program";
    let dto: ProgramDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let program_type = match required(dto.program_type, WHAT, "programType")?.as_str() {
        "WITHOUT_REGISTRATION" => ProgramType::WithoutRegistration,
        "WITH_REGISTRATION" => ProgramType::WithRegistration,
        other => return Err(unknown_name(WHAT, id.0, "programType", other)),
    };
    let registration = match program_type {
        ProgramType::WithRegistration => Some(Box::new(registration_of(id.0, body)?)),
        ProgramType::WithoutRegistration => None,
    };
    let expiry_period_type = match dto.expiry_period_type.filter(|name| !name.is_empty()) {
        Some(name) => Some(period_type_of(WHAT, id.0, "expiryPeriodType", &name)?),
        None => None,
    };
    Ok(Program {
        id,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        program_type,
        category_combo: combo_or_default(dto.category_combo),
        program_stages: dto.program_stages,
        expiry_period_type,
        expiry_days: count(dto.expiry_days),
        complete_events_expiry_days: count(dto.complete_events_expiry_days),
        open_days_after_co_end_date: count(dto.open_days_after_co_end_date),
        registration,
        access: AccessDto::data_of(dto.access),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct StageDto {
    id: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::reference")]
    program: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
    #[serde(deserialize_with = "loose::text")]
    display_execution_date_label: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    execution_date_label: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    validation_strategy: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    feature_type: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    block_entry_form: bool,
    #[serde(deserialize_with = "loose::flag")]
    enable_user_assignment: bool,
    #[serde(deserialize_with = "loose::list")]
    program_stage_data_elements: Vec<StageElementDto>,
    #[serde(deserialize_with = "loose::references")]
    program_stage_sections: Vec<ProgramStageSectionUid>,
    access: Option<AccessDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct StageElementDto {
    #[serde(deserialize_with = "loose::reference")]
    data_element: Option<DataElementUid>,
    #[serde(deserialize_with = "loose::flag")]
    compulsory: bool,
    #[serde(deserialize_with = "loose::flag")]
    allow_future_date: bool,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
}

/// Parses a program stage.
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for a validation strategy or a period type this
/// version does not know.
pub fn parse_program_stage(body: &[u8]) -> Result<ProgramStage, WireError> {
    const WHAT: &str = "programStage";
    let dto: StageDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let validation_strategy = match dto.validation_strategy.as_deref() {
        None | Some("ON_COMPLETE") => ValidationStrategy::OnComplete,
        Some("ON_UPDATE_AND_INSERT") => ValidationStrategy::OnUpdateAndInsert,
        Some(other) => return Err(unknown_name(WHAT, id.0, "validationStrategy", other)),
    };
    let data_elements = dto.program_stage_data_elements.into_iter().filter_map(|element| {
        Some(ProgramStageDataElement {
            data_element: element.data_element?,
            compulsory: element.compulsory,
            allow_future_date: element.allow_future_date,
            sort_order: element.sort_order,
        })
    });
    Ok(ProgramStage {
        id,
        program: required(dto.program, WHAT, "program")?,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        sort_order: dto.sort_order,
        execution_date_label: (dto.display_execution_date_label.or(dto.execution_date_label))
            .filter(|label| !label.is_empty()),
        validation_strategy,
        feature_type: dto.feature_type.unwrap_or_else(|| "NONE".to_owned()),
        block_entry_form: dto.block_entry_form,
        enable_user_assignment: dto.enable_user_assignment,
        schedule: schedule_of(id.0, body)?,
        data_elements: data_elements.collect(),
        sections: dto.program_stage_sections,
        access: AccessDto::data_of(dto.access),
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct StageSectionDto {
    id: Option<ProgramStageSectionUid>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
    #[serde(deserialize_with = "loose::references")]
    data_elements: Vec<DataElementUid>,
}

/// Parses a section of a program stage.
///
/// # Errors
/// [`WireError`].
pub fn parse_program_stage_section(body: &[u8]) -> Result<ProgramStageSection, WireError> {
    const WHAT: &str = "programStageSection";
    let dto: StageSectionDto = parse_object(body, WHAT)?;
    Ok(ProgramStageSection {
        id: required(dto.id, WHAT, "id")?,
        program_stage: required(dto.program_stage, WHAT, "programStage")?,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        sort_order: dto.sort_order,
        data_elements: dto.data_elements,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OptionSetDto {
    id: Option<OptionSetUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    value_type: Option<String>,
}

/// Parses an option set without its options.
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for a value type this version does not know.
pub fn parse_option_set(body: &[u8]) -> Result<OptionSet, WireError> {
    const WHAT: &str = "optionSet";
    let dto: OptionSetDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let value_type = match dto.value_type {
        Some(name) => value_type_of(WHAT, id.0, &name)?,
        None => ValueType::Text,
    };
    Ok(OptionSet { id, name: name_of(dto.display_name, dto.name), value_type })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OptionDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::reference")]
    option_set: Option<OptionSetUid>,
    #[serde(deserialize_with = "loose::text")]
    code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
}

/// Parses an option. Without a code it cannot be a value, which is an error.
///
/// # Errors
/// [`WireError`].
pub fn parse_option(body: &[u8]) -> Result<OptionItem, WireError> {
    const WHAT: &str = "option";
    let dto: OptionDto = parse_object(body, WHAT)?;
    let code = required(dto.code, WHAT, "code")?;
    Ok(OptionItem {
        id: required(dto.id, WHAT, "id")?,
        option_set: required(dto.option_set, WHAT, "optionSet")?,
        name: (dto.display_name.or(dto.name)).unwrap_or_else(|| code.clone()),
        code,
        sort_order: dto.sort_order,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OptionGroupDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::references")]
    options: Vec<Uid>,
}

/// Parses an option group.
///
/// # Errors
/// [`WireError`].
pub fn parse_option_group(body: &[u8]) -> Result<OptionGroup, WireError> {
    const WHAT: &str = "optionGroup";
    let dto: OptionGroupDto = parse_object(body, WHAT)?;
    Ok(OptionGroup { id: required(dto.id, WHAT, "id")?, options: dto.options })
}
