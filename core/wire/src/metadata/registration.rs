//! What a tracker program adds to a program and its stages: registration and schedule.

use outpost_domain::metadata::{
    AccessLevel, ProgramRegistration, ProgramSection, ProgramTrackedEntityAttribute, StageSchedule,
};
use outpost_domain::uid::{CategoryComboUid, TrackedEntityAttributeUid, TrackedEntityTypeUid, Uid};
use serde::Deserialize;

use super::aggregate::count;
use super::{label_of, name_of, period_type_of, required, unknown_name};
use crate::error::WireError;
use crate::json::object_from_slice;
use crate::loose;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RegistrationDto {
    #[serde(deserialize_with = "loose::reference")]
    tracked_entity_type: Option<TrackedEntityTypeUid>,
    #[serde(deserialize_with = "loose::text")]
    access_level: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    only_enroll_once: bool,
    #[serde(deserialize_with = "loose::flag")]
    display_incident_date: bool,
    #[serde(deserialize_with = "loose::text")]
    display_enrollment_date_label: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    enrollment_date_label: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_incident_date_label: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    incident_date_label: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    select_enrollment_dates_in_future: bool,
    #[serde(deserialize_with = "loose::flag")]
    select_incident_dates_in_future: bool,
    #[serde(deserialize_with = "loose::flag")]
    ignore_overdue_events: bool,
    #[serde(deserialize_with = "loose::flag")]
    use_first_stage_during_registration: bool,
    #[serde(deserialize_with = "loose::integer")]
    min_attributes_required_to_search: i64,
    #[serde(deserialize_with = "loose::integer")]
    max_tei_count_to_return: i64,
    #[serde(deserialize_with = "loose::text")]
    feature_type: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    enrollment_category_combo: Option<CategoryComboUid>,
    #[serde(deserialize_with = "loose::list")]
    program_tracked_entity_attributes: Vec<AttributeDto>,
    #[serde(deserialize_with = "loose::list")]
    program_sections: Vec<SectionDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AttributeDto {
    #[serde(deserialize_with = "loose::reference")]
    tracked_entity_attribute: Option<TrackedEntityAttributeUid>,
    #[serde(deserialize_with = "loose::flag")]
    mandatory: bool,
    #[serde(deserialize_with = "loose::flag")]
    allow_future_date: bool,
    #[serde(deserialize_with = "loose::flag")]
    display_in_list: bool,
    #[serde(deserialize_with = "loose::flag")]
    searchable: bool,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SectionDto {
    #[serde(deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
    #[serde(deserialize_with = "loose::references")]
    tracked_entity_attributes: Vec<TrackedEntityAttributeUid>,
}

/// The registration part of a program whose limits were checked before.
///
/// # Errors
/// [`WireError`]; without a tracked entity type nobody can be registered, which is an error.
pub(super) fn registration_of(id: Uid, body: &[u8]) -> Result<ProgramRegistration, WireError> {
    const WHAT: &str = "program";
    let dto: RegistrationDto = object_from_slice(body, WHAT)?;
    let tracked_entity_type = required(dto.tracked_entity_type, WHAT, "trackedEntityType")?;
    let access_level = match dto.access_level.as_deref() {
        None | Some("OPEN") => AccessLevel::Open,
        Some("AUDITED") => AccessLevel::Audited,
        Some("PROTECTED") => AccessLevel::Protected,
        Some("CLOSED") => AccessLevel::Closed,
        Some(other) => return Err(unknown_name(WHAT, id, "accessLevel", other)),
    };
    Ok(ProgramRegistration {
        tracked_entity_type,
        access_level,
        only_enroll_once: dto.only_enroll_once,
        display_incident_date: dto.display_incident_date,
        enrollment_date_label: label_of(
            dto.display_enrollment_date_label,
            dto.enrollment_date_label,
        ),
        incident_date_label: label_of(dto.display_incident_date_label, dto.incident_date_label),
        select_enrollment_dates_in_future: dto.select_enrollment_dates_in_future,
        select_incident_dates_in_future: dto.select_incident_dates_in_future,
        ignore_overdue_events: dto.ignore_overdue_events,
        use_first_stage_during_registration: dto.use_first_stage_during_registration,
        min_attributes_required_to_search: count(dto.min_attributes_required_to_search),
        max_tei_count_to_return: count(dto.max_tei_count_to_return),
        feature_type: dto.feature_type.unwrap_or_else(|| "NONE".to_owned()),
        enrollment_category_combo: dto.enrollment_category_combo,
        attributes: attributes_of(dto.program_tracked_entity_attributes),
        sections: sections_of(dto.program_sections)?,
    })
}

fn attributes_of(dtos: Vec<AttributeDto>) -> Vec<ProgramTrackedEntityAttribute> {
    let attribute = |dto: AttributeDto| {
        Some(ProgramTrackedEntityAttribute {
            attribute: dto.tracked_entity_attribute?,
            mandatory: dto.mandatory,
            allow_future_date: dto.allow_future_date,
            display_in_list: dto.display_in_list,
            searchable: dto.searchable,
            sort_order: dto.sort_order,
        })
    };
    let mut attributes: Vec<_> = dtos.into_iter().filter_map(attribute).collect();
    attributes.sort_by_key(|attribute| attribute.sort_order);
    attributes
}

fn sections_of(mut dtos: Vec<SectionDto>) -> Result<Vec<ProgramSection>, WireError> {
    dtos.sort_by_key(|section| section.sort_order);
    let section = |dto: SectionDto| {
        let id = dto.id.as_deref().and_then(|text| Uid::parse(text).ok());
        Ok(ProgramSection {
            id: required(id, "program", "programSections.id")?,
            name: name_of(dto.display_name, dto.name),
            attributes: dto.tracked_entity_attributes,
        })
    };
    dtos.into_iter().map(section).collect()
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ScheduleDto {
    #[serde(deserialize_with = "loose::flag")]
    repeatable: bool,
    #[serde(deserialize_with = "loose::flag")]
    auto_generate_event: bool,
    #[serde(deserialize_with = "loose::flag")]
    generated_by_enrollment_date: bool,
    #[serde(deserialize_with = "loose::flag")]
    open_after_enrollment: bool,
    #[serde(deserialize_with = "loose::text")]
    report_date_to_use: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    min_days_from_start: i64,
    standard_interval: loose::Text,
    #[serde(deserialize_with = "loose::reference")]
    next_schedule_date: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    period_type: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    hide_due_date: bool,
    #[serde(deserialize_with = "loose::flag")]
    remind_completed: bool,
    #[serde(deserialize_with = "loose::flag")]
    allow_generate_next_visit: bool,
    #[serde(deserialize_with = "loose::text")]
    display_due_date_label: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    due_date_label: Option<String>,
}

/// The schedule of a stage whose limits were checked before.
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for a period type this version does not know.
pub(super) fn schedule_of(id: Uid, body: &[u8]) -> Result<StageSchedule, WireError> {
    const WHAT: &str = "programStage";
    let dto: ScheduleDto = object_from_slice(body, WHAT)?;
    let standard_interval = match dto.standard_interval.0.filter(|text| !text.is_empty()) {
        Some(days) => Some(
            days.parse::<i64>()
                .map_err(|_| WireError::shape(WHAT, "standardInterval", "a number is needed"))?,
        ),
        None => None,
    };
    let period_type = match dto.period_type.filter(|name| !name.is_empty()) {
        Some(name) => Some(period_type_of(WHAT, id, "periodType", &name)?),
        None => None,
    };
    Ok(StageSchedule {
        repeatable: dto.repeatable,
        auto_generate_event: dto.auto_generate_event,
        generated_by_enrollment_date: dto.generated_by_enrollment_date,
        open_after_enrollment: dto.open_after_enrollment,
        report_date_to_use: dto.report_date_to_use.filter(|name| !name.is_empty()),
        min_days_from_start: dto.min_days_from_start,
        standard_interval,
        next_schedule_date: dto.next_schedule_date,
        period_type,
        hide_due_date: dto.hide_due_date,
        remind_completed: dto.remind_completed,
        allow_generate_next_visit: dto.allow_generate_next_visit,
        due_date_label: label_of(dto.display_due_date_label, dto.due_date_label),
    })
}
