//! Plain records for tests: whole, and with nothing special about them. A test writes over them
//! what it is about.

use std::collections::BTreeMap;

use crate::data::{Enrollment, EnrollmentStatus, Event, EventDataValue, TrackedEntity};
use crate::metadata::{
    AccessLevel, DataAccess, DataElement, Program, ProgramRegistration, ProgramStage, ProgramType,
    StageSchedule, TrackedEntityAttribute, TrackedEntityType, ValidationStrategy,
};
use crate::rules::{Rule, RuleAction};
use crate::uid::{DataElementUid, Uid};
use crate::value_type::ValueType;

/// An eleven-letter id that begins with a readable name.
pub fn uid<T: From<Uid>>(name: &str) -> T {
    T::from(Uid::parse(&format!("{name:0<11}")).expect("at most eleven letters and digits"))
}

/// Of the type `person`, registered at the clinic.
pub fn tracked_entity(id: &str) -> TrackedEntity {
    TrackedEntity {
        id: uid(id),
        tracked_entity_type: uid("person"),
        organisation_unit: uid("clinic"),
        geometry: None,
        attributes: BTreeMap::new(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

/// Active, at the clinic, without any date.
pub fn enrollment(id: &str, tracked_entity: &str, program: &str) -> Enrollment {
    Enrollment {
        id: uid(id),
        tracked_entity: uid(tracked_entity),
        program: uid(program),
        organisation_unit: uid("clinic"),
        status: EnrollmentStatus::Active,
        enrolled_at: None,
        occurred_at: None,
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: BTreeMap::new(),
        notes: vec![],
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

/// Active, at the clinic, without any date; of no enrolment.
pub fn event(id: &str, program: &str, program_stage: &str) -> Event {
    Event::new(uid(id), uid(program), uid(program_stage), uid("clinic"))
}

pub fn answer(value: &str) -> EventDataValue {
    EventDataValue { value: value.to_owned(), provided_elsewhere: false }
}

pub fn answers(given: &[(&str, &str)]) -> BTreeMap<DataElementUid, EventDataValue> {
    given.iter().map(|(name, value)| (uid(name), answer(value))).collect()
}

pub fn data_element(name: &str, value_type: ValueType) -> DataElement {
    DataElement {
        id: uid(name),
        name: name.to_owned(),
        form_name: name.to_owned(),
        description: None,
        code: None,
        value_type,
        aggregation_type: "NONE".to_owned(),
        zero_is_significant: true,
        option_set: None,
        category_combo: uid("default"),
        legend_sets: vec![],
    }
}

pub fn attribute(name: &str, value_type: ValueType) -> TrackedEntityAttribute {
    TrackedEntityAttribute {
        id: uid(name),
        name: name.to_owned(),
        form_name: None,
        short_name: None,
        description: None,
        code: None,
        value_type,
        option_set: None,
        unique: false,
        orgunit_scope: false,
        generated: false,
        pattern: None,
        inherit: false,
        confidential: false,
        field_mask: None,
        min_characters_to_search: 0,
        blocked_search_operators: vec![],
        sort_order_in_list_no_program: None,
        display_in_list_no_program: false,
        legend_sets: vec![],
    }
}

/// Without attributes.
pub fn tracked_entity_type(id: &str) -> TrackedEntityType {
    TrackedEntityType {
        id: uid(id),
        name: id.to_owned(),
        description: None,
        feature_type: "NONE".to_owned(),
        min_attributes_required_to_search: 1,
        max_tei_count_to_return: 0,
        attributes: vec![],
        access: DataAccess::FULL,
    }
}

/// Open to all, asking for nothing but the date of enrolment.
pub fn registration(tracked_entity_type: &str) -> ProgramRegistration {
    ProgramRegistration {
        tracked_entity_type: uid(tracked_entity_type),
        access_level: AccessLevel::Open,
        only_enroll_once: false,
        display_incident_date: false,
        enrollment_date_label: None,
        incident_date_label: None,
        select_enrollment_dates_in_future: false,
        select_incident_dates_in_future: false,
        ignore_overdue_events: false,
        use_first_stage_during_registration: false,
        min_attributes_required_to_search: 1,
        max_tei_count_to_return: 0,
        feature_type: "NONE".to_owned(),
        enrollment_category_combo: None,
        attributes: vec![],
        sections: vec![],
    }
}

/// Without stages and without registration.
pub fn program(id: &str) -> Program {
    Program {
        id: uid(id),
        name: id.to_owned(),
        description: None,
        program_type: ProgramType::WithoutRegistration,
        category_combo: uid("default"),
        program_stages: vec![],
        expiry_period_type: None,
        expiry_days: 0,
        complete_events_expiry_days: 0,
        open_days_after_co_end_date: 0,
        registration: None,
        access: DataAccess::FULL,
    }
}

/// A stage that asks nothing, once.
pub fn stage(id: &str, program: &str) -> ProgramStage {
    ProgramStage {
        id: uid(id),
        program: uid(program),
        name: id.to_owned(),
        description: None,
        sort_order: 1,
        execution_date_label: None,
        validation_strategy: ValidationStrategy::OnComplete,
        feature_type: "NONE".to_owned(),
        block_entry_form: false,
        enable_user_assignment: false,
        schedule: StageSchedule::default(),
        data_elements: vec![],
        sections: vec![],
        access: DataAccess::FULL,
    }
}

/// A rule named after its condition.
pub fn rule(condition: &str, action: RuleAction) -> Rule {
    Rule {
        id: format!("rule {condition}"),
        name: condition.to_owned(),
        condition: condition.to_owned(),
        priority: None,
        program_stage: None,
        actions: vec![action],
    }
}
