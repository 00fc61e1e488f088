//! Reads the programs with registration of the metadata packages, straight from their JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use outpost_domain::expression::Date;
use outpost_domain::form::enrollment::{EnrollmentForm, EnrollmentFormInput, build};
use outpost_domain::form::event::{EventForm, EventFormInput, build as build_event};
use outpost_domain::form::session::RuleOptions;
use outpost_domain::indicator::ProgramFacts;
use outpost_domain::metadata::{
    AccessLevel, AnalyticsPeriodBoundary, AnalyticsType, BoundaryTarget, BoundaryType, DataAccess,
    DataElement, Program, ProgramIndicator, ProgramRegistration, ProgramRule, ProgramRuleAction,
    ProgramRuleVariable, ProgramStage, ProgramStageDataElement, ProgramStageSection,
    ProgramTrackedEntityAttribute, ProgramType, RuleField, StageSchedule, TrackedEntityAttribute,
    TrackedEntityType, TrackedEntityTypeAttribute, ValidationStrategy,
};
use outpost_domain::period::PeriodType;
use outpost_domain::rules::{
    Circumstances, EngineVersion, ProgramMetadata, RuleSet, Supplementary,
};
use outpost_domain::uid::{
    DataElementUid, OptionSetUid, ProgramStageUid, TrackedEntityAttributeUid, Uid,
};
use outpost_domain::value_type::ValueType;

use crate::packages::{id, list, text};

/// One program with everything around it.
pub struct Package {
    pub program: Program,
    pub registration_form: EnrollmentForm,
    pub stages: Vec<EventFormInput>,
    pub stage_forms: Vec<EventForm>,
    pub rule_options: RuleOptions,
    pub indicators: Vec<ProgramIndicator>,
    pub facts: Facts,
    rules: Vec<ProgramRule>,
    actions: Vec<ProgramRuleAction>,
    variables: Vec<ProgramRuleVariable>,
    fields: BTreeMap<String, RuleField>,
    /// Code and name of the options of each set.
    options: BTreeMap<OptionSetUid, Vec<(String, String)>>,
    codes: BTreeMap<OptionSetUid, Vec<String>>,
}

#[derive(Clone)]
pub struct Facts {
    elements: BTreeMap<DataElementUid, ValueType>,
    attributes: BTreeMap<Uid, ValueType>,
    stages: BTreeMap<ProgramStageUid, String>,
}

impl ProgramFacts for Facts {
    fn today(&self) -> Option<Date> {
        Date::parse("2026-11-25")
    }
    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        self.elements.get(&element).copied()
    }
    fn attribute_type(&self, attribute: Uid) -> Option<ValueType> {
        self.attributes.get(&attribute).copied()
    }
    fn stage_name(&self, stage: ProgramStageUid) -> Option<&str> {
        self.stages.get(&stage).map(String::as_str)
    }
    fn relationship_count(&self, _relationship_type: Option<Uid>) -> Option<u32> {
        Some(0)
    }
}

pub fn circumstances() -> Circumstances {
    Circumstances {
        today: Date::parse("2026-11-25").expect("a date"),
        supplementary: Supplementary::default(),
    }
}

/// Every program with registration of the packages beside the checkout; none if there are none.
pub fn packages() -> Vec<Package> {
    let mut packages = Vec::new();
    for (_, json) in crate::packages::packages() {
        let programs = list(&json, "programs").iter();
        let tracked = programs.filter(|it| it["programType"] == "WITH_REGISTRATION");
        packages.extend(tracked.map(|program| package(&json, program)));
    }
    packages
}

impl Package {
    pub fn codes(&self, set: Option<OptionSetUid>) -> &[String] {
        set.and_then(|set| self.codes.get(&set)).map_or(&[], Vec::as_slice)
    }

    pub fn is_option(&self) -> impl Fn(OptionSetUid, &str) -> bool + '_ {
        |set, code| self.codes(Some(set)).iter().any(|known| known == code)
    }

    pub fn compile(&self, version: EngineVersion) -> RuleSet {
        let compiled = ProgramMetadata {
            rules: &self.rules,
            actions: &self.actions,
            variables: &self.variables,
            constants: &[],
            field: &|id| self.fields.get(id).copied(),
            options: &|set| self.options.get(&set).cloned().unwrap_or_default(),
        }
        .compile(version);
        assert_eq!(compiled.unknown_sources, []);
        compiled.set
    }
}

fn ids<T: From<Uid>>(object: &Value, name: &str) -> Vec<T> {
    list(object, name).iter().filter_map(id).collect()
}

fn integer(object: &Value, name: &str) -> i64 {
    object[name].as_i64().unwrap_or_default()
}

fn value_type(json: &Value) -> Option<ValueType> {
    ValueType::parse(json["valueType"].as_str()?).ok()
}

fn package(json: &Value, written: &Value) -> Package {
    let tracked_entity_type = list(json, "trackedEntityTypes")
        .iter()
        .find(|it| it["id"] == written["trackedEntityType"]["id"])
        .and_then(tracked_entity_type)
        .expect("a program has its type");
    let attributes: BTreeMap<TrackedEntityAttributeUid, TrackedEntityAttribute> =
        list(json, "trackedEntityAttributes").iter().filter_map(attribute).collect();
    let data_elements: BTreeMap<DataElementUid, DataElement> =
        list(json, "dataElements").iter().filter_map(data_element).collect();
    let program = program(written).expect("a program can be read");
    let (registration_form, problems) = build(&EnrollmentFormInput {
        tracked_entity_type,
        program: Some(program.clone()),
        attributes: attributes.clone(),
        option_sets: BTreeMap::new(),
    });
    assert_eq!(problems, [], "{}", program.name);
    let stages = list(json, "programStages").iter();
    let mut stages: Vec<_> = stages.filter(|it| it["program"]["id"] == written["id"]).collect();
    stages.sort_by_key(|stage| integer(stage, "sortOrder"));
    let stage = |stage: &Value| EventFormInput {
        program: program.clone(),
        program_stage: stage_of(&program, stage).expect("a stage can be read"),
        sections: stage_sections(json, stage),
        data_elements: data_elements.clone(),
        option_sets: BTreeMap::new(),
    };
    let stages: Vec<_> = stages.into_iter().map(stage).collect();
    let stage_forms: Vec<_> = stages.iter().map(|input| build_event(input).0).collect();
    let by_element = data_elements.iter().map(|(id, it)| {
        (id.to_string(), RuleField { value_type: it.value_type, option_set: it.option_set })
    });
    let by_attribute = attributes.iter().map(|(id, it)| {
        (id.to_string(), RuleField { value_type: it.value_type, option_set: it.option_set })
    });
    let options = options(json);
    let actions = actions(json);
    Package {
        facts: Facts {
            elements: data_elements.iter().map(|(id, it)| (*id, it.value_type)).collect(),
            attributes: attributes.iter().map(|(id, it)| (id.0, it.value_type)).collect(),
            stages: stage_forms
                .iter()
                .map(|form| (form.program_stage.id, form.program_stage.name.clone()))
                .collect(),
        },
        rule_options: rule_options(json),
        indicators: list(json, "programIndicators").iter().filter_map(indicator).collect(),
        rules: list(json, "programRules").iter().filter_map(rule).collect(),
        actions,
        variables: list(json, "programRuleVariables").iter().filter_map(variable).collect(),
        fields: by_element.chain(by_attribute).collect(),
        codes: options
            .iter()
            .map(|(set, all)| (*set, all.iter().map(|(code, _)| code.clone()).collect()))
            .collect(),
        options,
        program,
        registration_form,
        stages,
        stage_forms,
    }
}

fn tracked_entity_type(json: &Value) -> Option<TrackedEntityType> {
    let place = |json: &Value| {
        Some(TrackedEntityTypeAttribute {
            attribute: id(&json["trackedEntityAttribute"])?,
            display_in_list: json["displayInList"] == true,
            mandatory: json["mandatory"] == true,
            searchable: json["searchable"] == true,
        })
    };
    Some(TrackedEntityType {
        id: id(json)?,
        name: text(json, "name")?,
        description: None,
        feature_type: text(json, "featureType").unwrap_or_default(),
        min_attributes_required_to_search: 1,
        max_tei_count_to_return: 0,
        attributes: list(json, "trackedEntityTypeAttributes").iter().filter_map(place).collect(),
        access: DataAccess::FULL,
    })
}

fn attribute(json: &Value) -> Option<(TrackedEntityAttributeUid, TrackedEntityAttribute)> {
    let attribute = TrackedEntityAttribute {
        id: id(json)?,
        name: text(json, "name")?,
        form_name: text(json, "formName"),
        short_name: text(json, "shortName"),
        description: None,
        code: text(json, "code"),
        value_type: value_type(json)?,
        option_set: id(&json["optionSet"]),
        unique: json["unique"] == true,
        orgunit_scope: json["orgunitScope"] == true,
        generated: json["generated"] == true,
        pattern: text(json, "pattern"),
        inherit: json["inherit"] == true,
        confidential: json["confidential"] == true,
        field_mask: None,
        min_characters_to_search: 0,
        blocked_search_operators: vec![],
        sort_order_in_list_no_program: None,
        display_in_list_no_program: false,
        legend_sets: vec![],
    };
    Some((attribute.id, attribute))
}

fn data_element(json: &Value) -> Option<(DataElementUid, DataElement)> {
    let name = text(json, "name").unwrap_or_default();
    let element = DataElement {
        id: id(json)?,
        form_name: text(json, "formName").unwrap_or_else(|| name.clone()),
        name,
        description: None,
        code: None,
        value_type: value_type(json)?,
        aggregation_type: "NONE".to_owned(),
        zero_is_significant: true,
        option_set: id(&json["optionSet"]),
        category_combo: id(&json["categoryCombo"])?,
        legend_sets: vec![],
    };
    Some((element.id, element))
}

fn program(json: &Value) -> Option<Program> {
    let place = |json: &Value| {
        Some(ProgramTrackedEntityAttribute {
            attribute: id(&json["trackedEntityAttribute"])?,
            mandatory: json["mandatory"] == true,
            allow_future_date: json["allowFutureDate"] == true,
            display_in_list: json["displayInList"] == true,
            searchable: json["searchable"] == true,
            sort_order: integer(json, "sortOrder"),
        })
    };
    let attributes = list(json, "programTrackedEntityAttributes").iter().filter_map(place);
    Some(Program {
        id: id(json)?,
        name: text(json, "name")?,
        description: None,
        program_type: ProgramType::WithRegistration,
        category_combo: id(&json["categoryCombo"])?,
        program_stages: ids(json, "programStages"),
        expiry_period_type: None,
        expiry_days: 0,
        complete_events_expiry_days: 0,
        open_days_after_co_end_date: 0,
        registration: Some(Box::new(ProgramRegistration {
            tracked_entity_type: id(&json["trackedEntityType"])?,
            access_level: AccessLevel::Open,
            only_enroll_once: json["onlyEnrollOnce"] == true,
            display_incident_date: json["displayIncidentDate"] == true,
            enrollment_date_label: text(json, "enrollmentDateLabel"),
            incident_date_label: text(json, "incidentDateLabel"),
            select_enrollment_dates_in_future: json["selectEnrollmentDatesInFuture"] == true,
            select_incident_dates_in_future: json["selectIncidentDatesInFuture"] == true,
            ignore_overdue_events: json["ignoreOverdueEvents"] == true,
            use_first_stage_during_registration: json["useFirstStageDuringRegistration"] == true,
            min_attributes_required_to_search: 1,
            max_tei_count_to_return: 0,
            feature_type: text(json, "featureType").unwrap_or_default(),
            enrollment_category_combo: None,
            attributes: attributes.collect(),
            sections: vec![],
        })),
        access: DataAccess::FULL,
    })
}

fn stage_of(program: &Program, json: &Value) -> Option<ProgramStage> {
    let question = |json: &Value| {
        Some(ProgramStageDataElement {
            data_element: id(&json["dataElement"])?,
            compulsory: json["compulsory"] == true,
            allow_future_date: json["allowFutureDate"] == true,
            sort_order: integer(json, "sortOrder"),
        })
    };
    Some(ProgramStage {
        id: id(json)?,
        program: program.id,
        name: text(json, "name")?,
        description: None,
        sort_order: integer(json, "sortOrder"),
        execution_date_label: None,
        validation_strategy: ValidationStrategy::OnComplete,
        feature_type: text(json, "featureType").unwrap_or_default(),
        block_entry_form: false,
        enable_user_assignment: false,
        schedule: StageSchedule::default(),
        data_elements: list(json, "programStageDataElements").iter().filter_map(question).collect(),
        sections: ids(json, "programStageSections"),
        access: DataAccess::FULL,
    })
}

fn stage_sections(package: &Value, stage: &Value) -> Vec<ProgramStageSection> {
    let sections = list(package, "programStageSections").iter();
    let of_stage = sections.filter(|json| json["programStage"]["id"] == stage["id"]);
    of_stage
        .filter_map(|json| {
            Some(ProgramStageSection {
                id: id(json)?,
                program_stage: id(stage)?,
                name: text(json, "name")?,
                description: None,
                sort_order: integer(json, "sortOrder"),
                data_elements: ids(json, "dataElements"),
            })
        })
        .collect()
}

fn options(package: &Value) -> BTreeMap<OptionSetUid, Vec<(String, String)>> {
    let mut options: BTreeMap<OptionSetUid, Vec<(String, String)>> = BTreeMap::new();
    for json in list(package, "options") {
        let pair = (text(json, "code"), text(json, "name"));
        if let (Some(set), (Some(code), Some(name))) = (id(&json["optionSet"]), pair) {
            options.entry(set).or_default().push((code, name));
        }
    }
    options
}

fn rule_options(package: &Value) -> RuleOptions {
    let code = |json: &Value| Some((text(json, "id")?, text(json, "code")?));
    let codes: BTreeMap<String, String> =
        list(package, "options").iter().filter_map(code).collect();
    let group = |json: &Value| {
        let members = list(json, "options").iter().filter_map(|it| it["id"].as_str());
        let members: BTreeSet<String> = members.filter_map(|id| codes.get(id).cloned()).collect();
        Some((text(json, "id")?, members))
    };
    let groups = list(package, "optionGroups").iter().filter_map(group).collect();
    RuleOptions { codes, groups }
}

fn rule(json: &Value) -> Option<ProgramRule> {
    Some(ProgramRule {
        id: id(json)?,
        name: text(json, "name")?,
        program: id(&json["program"])?,
        program_stage: id(&json["programStage"]),
        priority: json["priority"].as_i64().and_then(|it| i32::try_from(it).ok()),
        condition: text(json, "condition").unwrap_or_default(),
    })
}

/// Actions on their own, and those written inside their rules.
fn actions(package: &Value) -> Vec<ProgramRuleAction> {
    let alone = list(package, "programRuleActions").iter();
    let alone = alone.filter_map(|json| action(json, id(&json["programRule"])?));
    let inside = list(package, "programRules").iter().flat_map(|rule| {
        let actions = list(rule, "programRuleActions").iter();
        actions.filter_map(move |json| action(json, id(rule)?))
    });
    alone.chain(inside).collect()
}

fn action(json: &Value, program_rule: Uid) -> Option<ProgramRuleAction> {
    Some(ProgramRuleAction {
        id: id(json)?,
        program_rule,
        action_type: text(json, "programRuleActionType")?,
        content: text(json, "content"),
        display_content: None,
        data: text(json, "data"),
        location: text(json, "location"),
        priority: None,
        data_element: id(&json["dataElement"]),
        tracked_entity_attribute: id(&json["trackedEntityAttribute"]),
        program_stage: id(&json["programStage"]),
        program_stage_section: id(&json["programStageSection"]),
        option: id(&json["option"]),
        option_group: id(&json["optionGroup"]),
    })
}

fn variable(json: &Value) -> Option<ProgramRuleVariable> {
    Some(ProgramRuleVariable {
        id: id(json)?,
        name: text(json, "name")?,
        program: id(&json["program"])?,
        source_type: text(json, "programRuleVariableSourceType")?,
        data_element: id(&json["dataElement"]),
        tracked_entity_attribute: id(&json["trackedEntityAttribute"]),
        program_stage: id(&json["programStage"]),
        use_code_for_option_set: json["useCodeForOptionSet"] == true,
        value_type: value_type(json),
    })
}

fn indicator(json: &Value) -> Option<ProgramIndicator> {
    let boundaries = list(json, "analyticsPeriodBoundaries").iter();
    let analytics_type = match json["analyticsType"].as_str()? {
        "ENROLLMENT" => AnalyticsType::Enrollment,
        _ => AnalyticsType::Event,
    };
    Some(ProgramIndicator {
        id: id(json)?,
        name: text(json, "name")?,
        description: None,
        program: id(&json["program"])?,
        expression: text(json, "expression")?,
        filter: text(json, "filter"),
        aggregation_type: text(json, "aggregationType").unwrap_or_default(),
        analytics_type,
        decimals: json["decimals"].as_u64().and_then(|it| u32::try_from(it).ok()),
        display_in_form: json["displayInForm"] == true,
        boundaries: boundaries.map(|it| boundary(it).expect("a known boundary")).collect(),
        legend_sets: vec![],
    })
}

fn boundary(json: &Value) -> Option<AnalyticsPeriodBoundary> {
    let target = match json["boundaryTarget"].as_str()? {
        "EVENT_DATE" => BoundaryTarget::EventDate,
        "ENROLLMENT_DATE" => BoundaryTarget::EnrollmentDate,
        "INCIDENT_DATE" => BoundaryTarget::IncidentDate,
        "SCHEDULED_DATE" => BoundaryTarget::ScheduledDate,
        other => {
            let stage = |text: &str| ProgramStageUid::parse(text).ok();
            match other.strip_prefix("PS_EVENTDATE:") {
                Some(of_stage) => BoundaryTarget::StageEventDate(stage(of_stage)?),
                None => {
                    let item = other.strip_prefix("#{")?.strip_suffix('}')?;
                    let (of_stage, element) = item.split_once('.')?;
                    let element = DataElementUid::parse(element).ok()?;
                    BoundaryTarget::DataElement(stage(of_stage)?, element)
                }
            }
        }
    };
    Some(AnalyticsPeriodBoundary {
        target,
        boundary_type: match json["analyticsPeriodBoundaryType"].as_str()? {
            "BEFORE_START_OF_REPORTING_PERIOD" => BoundaryType::BeforeStartOfReportingPeriod,
            "BEFORE_END_OF_REPORTING_PERIOD" => BoundaryType::BeforeEndOfReportingPeriod,
            "AFTER_START_OF_REPORTING_PERIOD" => BoundaryType::AfterStartOfReportingPeriod,
            "AFTER_END_OF_REPORTING_PERIOD" => BoundaryType::AfterEndOfReportingPeriod,
            _ => return None,
        },
        offset_periods: i32::try_from(integer(json, "offsetPeriods")).ok()?,
        offset_period_type: json["offsetPeriodType"]
            .as_str()
            .and_then(|name| PeriodType::parse(name).ok()),
    })
}
