//! DHIS2's JSON of the tables: one list a class, links in both directions, sharing on each object.
//!
//! Only members that every server from 2.38 to 2.43 takes.

use serde_json::{Map, Value, json};

use super::derived::derived_id;
use super::spec::{
    Act, Answer, Attribute, Chart, ChoiceSet, Counts, Figure, ProgramSpec, Question, Rule, Source,
    Stage, Variable,
};
use super::{PackageOptions, groups, ids_device};

/// The dashboard of the roll-out.
const DASHBOARD: &str = "RoDashboard";

/// The lists of a package, by class.
#[derive(Default)]
struct Lists(Map<String, Value>);

impl Lists {
    fn add(&mut self, class: &str, object: Value) {
        let list = self.0.entry(class).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(object);
        }
    }
}

pub(super) fn package(programs: &[&ProgramSpec], options: &PackageOptions) -> Value {
    let mut lists = Lists::default();
    if !options.is_update {
        lists.0.insert("userGroups".to_owned(), groups::groups());
    }
    for program in programs {
        add_program(&mut lists, program, options);
    }
    lists.add("dashboards", dashboard(programs));
    Value::Object(lists.0)
}

fn add_program(lists: &mut Lists, program: &ProgramSpec, options: &PackageOptions) {
    lists.add("programs", program_body(program, options));
    lists.add("trackedEntityTypes", type_body(program));
    for attribute in program.attributes {
        lists.add("trackedEntityAttributes", attribute_body(program, attribute));
    }
    for question in program.questions() {
        lists.add("dataElements", element_body(program, question, options));
    }
    for set in program.choice_sets {
        add_choices(lists, program, set, options);
    }
    for (index, stage) in program.stages.iter().enumerate() {
        add_stage(lists, program, stage, index);
    }
    for variable in program.variables {
        lists.add("programRuleVariables", variable_body(program, variable));
    }
    for (index, rule) in program.rules.iter().enumerate() {
        add_rule(lists, program, rule, index);
    }
    for figure in program.figures {
        lists.add("programIndicators", figure_body(program, figure));
    }
    for chart in program.charts {
        lists.add("visualizations", chart_body(program, chart));
    }
}

/// The default category combo, which every DHIS2 seeds; old databases under an id of their own.
fn default_combo(options: &PackageOptions) -> &str {
    let combo = options.default_category_combo.as_ref();
    combo.map_or(outpost_domain::uid::DEFAULT_CATEGORY_COMBO, |combo| combo.as_str())
}

fn reference(id: &str) -> Value {
    json!({ "id": id })
}

fn name_of(program: &ProgramSpec, name: &str) -> String {
    format!("{}: {name}", program.prefix)
}

fn short_name_of(program: &ProgramSpec, name: &str) -> String {
    format!("{}: {name}", program.short_prefix).chars().take(50).collect()
}

fn code_of(program: &ProgramSpec, code: &str) -> String {
    format!("{}_{code}", program.code)
}

fn program_body(program: &ProgramSpec, options: &PackageOptions) -> Value {
    let places = options.organisation_units.iter().map(|unit| reference(unit.as_str()));
    let attributes = program.attributes.iter().enumerate().map(|(index, attribute)| {
        json!({
            "id": derived_id(&[program.id, attribute.question.id]),
            "program": reference(program.id),
            "trackedEntityAttribute": reference(attribute.question.id),
            "mandatory": attribute.mandatory,
            "displayInList": attribute.in_list,
            "searchable": attribute.searchable || attribute.unique,
            "allowFutureDate": false,
            "sortOrder": index + 1,
        })
    });
    json!({
        "id": program.id,
        "code": program.code,
        "name": program.name,
        "shortName": program.name,
        "description": program.help,
        "programType": "WITH_REGISTRATION",
        "accessLevel": "OPEN",
        "categoryCombo": reference(default_combo(options)),
        "trackedEntityType": reference(program.tracked_entity_type),
        "organisationUnits": places.collect::<Vec<_>>(),
        "enrollmentDateLabel": program.enrollment_date_label,
        "displayIncidentDate": false,
        "displayFrontPageList": true,
        "onlyEnrollOnce": program.only_once,
        "selectEnrollmentDatesInFuture": false,
        "selectIncidentDatesInFuture": false,
        "ignoreOverdueEvents": true,
        "useFirstStageDuringRegistration": false,
        "minAttributesRequiredToSearch": 1,
        "maxTeiCountToReturn": 0,
        "featureType": "NONE",
        "expiryDays": 0,
        "completeEventsExpiryDays": 0,
        "openDaysAfterCoEndDate": 0,
        "programStages": program.stages.iter().map(|stage| reference(stage.id)).collect::<Vec<_>>(),
        "programTrackedEntityAttributes": attributes.collect::<Vec<_>>(),
        "sharing": groups::data(program.rights),
    })
}

fn type_body(program: &ProgramSpec) -> Value {
    let id = program.tracked_entity_type;
    let attributes = program.attributes.iter().map(|attribute| {
        json!({
            "id": derived_id(&[id, attribute.question.id]),
            "trackedEntityType": reference(id),
            "trackedEntityAttribute": reference(attribute.question.id),
            "mandatory": attribute.mandatory,
            "displayInList": attribute.in_list,
            "searchable": attribute.searchable || attribute.unique,
        })
    });
    json!({
        "id": id,
        "name": program.tracked_entity_type_name,
        "shortName": program.tracked_entity_type_name,
        "description": program.help,
        "allowAuditLog": false,
        "featureType": "NONE",
        "minAttributesRequiredToSearch": 1,
        "maxTeiCountToReturn": 0,
        "trackedEntityTypeAttributes": attributes.collect::<Vec<_>>(),
        "sharing": groups::data(program.rights),
    })
}

/// DHIS2's name of the value type, and the option set.
pub(super) fn value_type(answer: Answer) -> (&'static str, Option<&'static str>) {
    match answer {
        Answer::Text => ("TEXT", None),
        Answer::LongText => ("LONG_TEXT", None),
        Answer::Tick => ("TRUE_ONLY", None),
        Answer::YesNo => ("BOOLEAN", None),
        Answer::Count => ("INTEGER_ZERO_OR_POSITIVE", None),
        Answer::Number => ("NUMBER", None),
        Answer::Date => ("DATE", None),
        Answer::DateTime => ("DATETIME", None),
        Answer::PhoneNumber => ("PHONE_NUMBER", None),
        Answer::Image => ("IMAGE", None),
        Answer::File => ("FILE_RESOURCE", None),
        Answer::Place => ("ORGANISATION_UNIT", None),
        Answer::UserName => ("USERNAME", None),
        Answer::Choice(set) => ("TEXT", Some(set)),
    }
}

fn question_body(program: &ProgramSpec, question: &Question) -> Map<String, Value> {
    let (value_type, set) = value_type(question.answer);
    let mut body = Map::new();
    for (key, value) in [
        ("id", json!(question.id)),
        ("code", json!(code_of(program, question.code))),
        ("name", json!(name_of(program, question.label))),
        ("shortName", json!(short_name_of(program, question.label))),
        ("formName", json!(question.label)),
        ("valueType", json!(value_type)),
        ("aggregationType", json!("NONE")),
        ("sharing", groups::metadata()),
    ] {
        body.insert(key.to_owned(), value);
    }
    if !question.help.is_empty() {
        body.insert("description".to_owned(), json!(question.help));
    }
    if let Some(set) = set {
        body.insert("optionSet".to_owned(), reference(set));
    }
    body
}

fn attribute_body(program: &ProgramSpec, attribute: &Attribute) -> Value {
    let mut body = question_body(program, &attribute.question);
    body.insert("unique".to_owned(), json!(attribute.unique));
    for key in ["orgunitScope", "generated", "inherit", "confidential", "displayInListNoProgram"] {
        body.insert(key.to_owned(), json!(false));
    }
    Value::Object(body)
}

fn element_body(program: &ProgramSpec, question: &Question, options: &PackageOptions) -> Value {
    let mut body = question_body(program, question);
    body.insert("domainType".to_owned(), json!("TRACKER"));
    body.insert("categoryCombo".to_owned(), reference(default_combo(options)));
    body.insert("zeroIsSignificant".to_owned(), json!(true));
    Value::Object(body)
}

fn add_choices(
    lists: &mut Lists,
    program: &ProgramSpec,
    set: &ChoiceSet,
    options: &PackageOptions,
) {
    let keys = options.label_keys.iter().map(|(name, key)| (key.to_text(), name.clone()));
    let choices: Vec<(String, String)> = match set.id {
        ids_device::LABEL_KEYS => keys.collect(),
        _ => set.choices.iter().map(|it| (it.code.to_owned(), it.name.to_owned())).collect(),
    };
    let mut references = Vec::new();
    for (index, (code, name)) in choices.into_iter().enumerate() {
        let id = derived_id(&[set.id, &code]);
        references.push(reference(&id));
        let option = json!({
            "id": id,
            "code": code,
            "name": name,
            "sortOrder": index + 1,
            "optionSet": reference(set.id),
        });
        lists.add("options", option);
    }
    let body = json!({
        "id": set.id,
        "code": code_of(program, set.code),
        "name": name_of(program, set.name),
        "valueType": "TEXT",
        "options": references,
        "sharing": groups::metadata(),
    });
    lists.add("optionSets", body);
}

fn add_stage(lists: &mut Lists, program: &ProgramSpec, stage: &Stage, index: usize) {
    let asked = stage.sections.iter().flat_map(|section| section.asked);
    let elements = asked.enumerate().map(|(index, asked)| {
        json!({
            "id": derived_id(&[stage.id, asked.question.id]),
            "programStage": reference(stage.id),
            "dataElement": reference(asked.question.id),
            "compulsory": asked.compulsory,
            "allowFutureDate": false,
            "allowProvidedElsewhere": false,
            "displayInReports": true,
            "sortOrder": index + 1,
        })
    });
    for (index, section) in stage.sections.iter().enumerate() {
        let elements = section.asked.iter().map(|asked| reference(asked.question.id));
        let body = json!({
            "id": section.id,
            "name": section.name,
            "programStage": reference(stage.id),
            "sortOrder": index + 1,
            "dataElements": elements.collect::<Vec<_>>(),
        });
        lists.add("programStageSections", body);
    }
    let sections = stage.sections.iter().map(|section| reference(section.id));
    let body = json!({
        "id": stage.id,
        "name": stage.name,
        "description": stage.help,
        "program": reference(program.id),
        "sortOrder": index + 1,
        "repeatable": stage.repeatable,
        "executionDateLabel": stage.date_label,
        "autoGenerateEvent": false,
        "allowGenerateNextVisit": false,
        "blockEntryForm": false,
        "displayGenerateEventBox": false,
        "enableUserAssignment": false,
        "featureType": "NONE",
        "formType": "SECTION",
        "generatedByEnrollmentDate": false,
        "hideDueDate": true,
        "minDaysFromStart": 0,
        "openAfterEnrollment": false,
        "preGenerateUID": false,
        "remindCompleted": false,
        "validationStrategy": "ON_COMPLETE",
        "programStageDataElements": elements.collect::<Vec<_>>(),
        "programStageSections": sections.collect::<Vec<_>>(),
        "sharing": groups::data(program.rights),
    });
    lists.add("programStages", body);
}

fn variable_body(program: &ProgramSpec, variable: &Variable) -> Value {
    let (kind, member, id) = match variable.source {
        Source::Attribute(id) => ("TEI_ATTRIBUTE", "trackedEntityAttribute", id),
        Source::ThisEvent(id) => ("DATAELEMENT_CURRENT_EVENT", "dataElement", id),
        Source::LatestEvent(id) => ("DATAELEMENT_NEWEST_EVENT_PROGRAM", "dataElement", id),
    };
    let mut body = json!({
        "id": variable.id,
        "name": variable.name,
        "program": reference(program.id),
        "programRuleVariableSourceType": kind,
        "useCodeForOptionSet": true,
        "valueType": variable.value_type,
    });
    body[member] = reference(id);
    body
}

fn add_rule(lists: &mut Lists, program: &ProgramSpec, rule: &Rule, index: usize) {
    let action = derived_id(&[rule.id, "action"]);
    let mut body = json!({
        "id": rule.id,
        "name": name_of(program, rule.name),
        "program": reference(program.id),
        "priority": index + 1,
        "condition": rule.condition,
        "programRuleActions": [reference(&action)],
    });
    if let Some(stage) = rule.stage {
        body["programStage"] = reference(stage);
    }
    lists.add("programRules", body);
    let (kind, field) = match rule.act {
        Act::Hide(field) => ("HIDEFIELD", field),
        Act::Demand(field) => ("SETMANDATORYFIELD", field),
        Act::Refuse(field, _) => ("SHOWERROR", field),
        Act::Warn(field, _) => ("SHOWWARNING", field),
        Act::Assign(field, _) => ("ASSIGN", field),
    };
    let mut body = json!({
        "id": action,
        "programRule": reference(rule.id),
        "programRuleActionType": kind,
    });
    match rule.act {
        Act::Refuse(_, words) | Act::Warn(_, words) => body["content"] = json!(words),
        Act::Assign(_, expression) => body["data"] = json!(expression),
        Act::Hide(_) | Act::Demand(_) => {}
    }
    let member = if rule.on_attribute { "trackedEntityAttribute" } else { "dataElement" };
    body[member] = reference(field);
    lists.add("programRuleActions", body);
}

fn figure_body(program: &ProgramSpec, figure: &Figure) -> Value {
    let (analytics, target) = match figure.counts {
        Counts::Events => ("EVENT", "EVENT_DATE"),
        Counts::Enrollments | Counts::EnrollmentsSoFar => ("ENROLLMENT", "ENROLLMENT_DATE"),
    };
    let boundary = |kind: &str| {
        json!({
            "id": derived_id(&[figure.id, kind]),
            "boundaryTarget": target,
            "analyticsPeriodBoundaryType": kind,
        })
    };
    let mut boundaries = vec![boundary("BEFORE_END_OF_REPORTING_PERIOD")];
    if figure.counts != Counts::EnrollmentsSoFar {
        boundaries.push(boundary("AFTER_START_OF_REPORTING_PERIOD"));
    }
    let mut body = json!({
        "id": figure.id,
        "code": code_of(program, figure.code),
        "name": name_of(program, figure.name),
        "shortName": short_name_of(program, figure.name),
        "program": reference(program.id),
        "analyticsType": analytics,
        "aggregationType": figure.aggregation,
        "decimals": 0,
        "displayInForm": false,
        "expression": figure.expression,
        "analyticsPeriodBoundaries": boundaries,
        "sharing": groups::metadata(),
    });
    if !figure.filter.is_empty() {
        body["filter"] = json!(figure.filter);
    }
    body
}

fn chart_body(program: &ProgramSpec, chart: &Chart) -> Value {
    let items = chart.figures.iter().map(|figure| {
        let indicator = reference(figure);
        json!({ "dataDimensionItemType": "PROGRAM_INDICATOR", "programIndicator": indicator })
    });
    json!({
        "id": chart.id,
        "name": name_of(program, chart.name),
        "type": chart.kind,
        "dataDimensionItems": items.collect::<Vec<_>>(),
        "columnDimensions": ["dx"],
        "rowDimensions": ["pe"],
        "filterDimensions": ["ou"],
        "relativePeriods": { "last12Months": true },
        "userOrganisationUnit": true,
        "organisationUnits": [],
        "hideEmptyRows": false,
        "sharing": groups::metadata(),
    })
}

/// Two charts a row on DHIS2's grid of 60 columns.
fn dashboard(programs: &[&ProgramSpec]) -> Value {
    let charts = programs.iter().flat_map(|program| program.charts);
    let items = charts.enumerate().map(|(index, chart)| {
        json!({
            "id": derived_id(&[DASHBOARD, chart.id]),
            "type": "VISUALIZATION",
            "visualization": reference(chart.id),
            "x": (index % 2) * 30, "y": (index / 2) * 20, "width": 29, "height": 20,
        })
    });
    json!({
        "id": DASHBOARD,
        "code": "OUTPOST_ROLLOUT",
        "name": "Roll-out of devices",
        "dashboardItems": items.collect::<Vec<_>>(),
        "sharing": groups::metadata(),
    })
}
