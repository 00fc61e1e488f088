//! Seeded program rule cases for the differential run: every variable source and action type,
//! shadowed and odd names, history, options, assignments in chains, broken expressions, broken cases.
//!
//! The same seed always gives the same cases. Two events never share both of their dates: the peer
//! orders such events by the hashes of objects.

use outpost_domain::expression::Mode;
use serde_json::{Map, Value, json};

use crate::generate::{self, Chooser};

const NAMES: [&str; 20] = [
    "num",
    "dec",
    "str",
    "strnum",
    "yes",
    "no",
    "date",
    "odd",
    "with space",
    "u1234567890",
    "calc",
    "calc2",
    "temperature",
    "event_date",
    "org_unit",
    "numnull",
    "datenull",
    "boolnull",
    "cur",
    "v-1.2",
];

const SOURCES: [&str; 6] = [
    "DATAELEMENT_CURRENT_EVENT",
    "DATAELEMENT_PREVIOUS_EVENT",
    "DATAELEMENT_NEWEST_EVENT_PROGRAM",
    "DATAELEMENT_NEWEST_EVENT_PROGRAM_STAGE",
    "TEI_ATTRIBUTE",
    "CALCULATED_VALUE",
];

const ACTIONS: [&str; 20] = [
    "DISPLAYTEXT",
    "DISPLAYKEYVALUEPAIR",
    "HIDEFIELD",
    "HIDESECTION",
    "HIDEPROGRAMSTAGE",
    "ASSIGN",
    "SHOWWARNING",
    "WARNINGONCOMPLETE",
    "SHOWERROR",
    "ERRORONCOMPLETE",
    "CREATEEVENT",
    "SCHEDULEEVENT",
    "SETMANDATORYFIELD",
    "SENDMESSAGE",
    "SCHEDULEMESSAGE",
    "HIDEOPTION",
    "HIDEOPTIONGROUP",
    "SHOWOPTIONGROUP",
    "NEWERTYPE",
    "assign",
];

const VALUES: [&str; 24] = [
    "5",
    "0",
    "-3",
    "2.50",
    "007.5",
    "1e3",
    "72.3",
    "abc",
    "",
    "true",
    "false",
    "TRUE",
    "1",
    "M",
    "F",
    "Male",
    "2024-02-29",
    "2020-12-31",
    "2024-3-1",
    "2024-03-01T10:00",
    "NaN",
    "a,b",
    " 7 ",
    "Zo\u{eb}",
];

const FIELDS: [&str; 7] = ["DE1", "DE2", "DE3", "DE4", "TEA1", "TEA2", "num"];

const TEMPLATES: [&str; 46] = [
    "V{event_date}",
    "V{due_date}",
    "V{completed_date}",
    "V{event_id}",
    "V{event_status}",
    "V{org_unit}",
    "V{orgunit_code}",
    "V{program_stage_id}",
    "V{program_stage_name}",
    "V{enrollment_id}",
    "V{enrollment_count}",
    "V{tei_count}",
    "V{enrollment_date}",
    "V{incident_date}",
    "V{enrollment_status}",
    "V{program_name}",
    "V{current_date}",
    "V{event_count}",
    "V{environment}",
    "V{creation_date}",
    "V{sync_date}",
    "C{u1234567890}",
    "C{w1234567890}",
    "#{DE1}",
    "A{TEA1}",
    "#{event_status}",
    "#{temperature}",
    "#{u1234567890}",
    "#{v-1.2}",
    "#{calc}",
    "#{calc} + 1",
    "#{calc2} == ''",
    "#{calc} == #{num}",
    "d2:hasValue(#{calc})",
    "d2:count(#{calc})",
    "d2:hasValue(V{completed_date})",
    "d2:count(V{due_date})",
    "d2:lastEventDate(V{event_status})",
    "d2:daysBetween(V{enrollment_date}, V{event_date})",
    "d2:inOrgUnitGroup('GRP1')",
    "d2:inOrgUnitGroup('USER_ROLES')",
    "d2:hasUserRole('role1')",
    "d2:inUserGroup('grp1')",
    "d2:inUserGroup('GRP1')",
    "'text'",
    "",
];

const DATA_FUNCTIONS: [&str; 9] = [
    "#{@}",
    "d2:count(#{@})",
    "d2:countIfValue(#{@}, 'M')",
    "d2:hasValue(#{@})",
    "d2:lastEventDate('@')",
    "d2:maxValue(#{@})",
    "d2:countIfZeroPos(#{@})",
    "A{@}",
    "d2:concatenate(#{@}, '~')",
];

const CONTENTS: [&str; 9] =
    ["#{calc}", "#{calc2}", "#{num}", "#{org_unit}", "A{TEA1}", "calc", "#{}", "# {calc}", ""];

fn pick(chooser: &mut Chooser, values: &[&str]) -> Value {
    json!(chooser.one_of(values))
}

/// One in so many.
fn once_in(chooser: &mut Chooser, count: usize) -> bool {
    chooser.below(count) == 0
}

fn expression(chooser: &mut Chooser, mode: Mode) -> String {
    let text = match chooser.below(6) {
        0 | 1 => chooser.one_of(&TEMPLATES).to_owned(),
        2 | 3 => {
            let name = chooser.one_of(&NAMES);
            chooser.one_of(&DATA_FUNCTIONS).replace('@', name)
        }
        _ => generate::expression(chooser, mode, 3),
    };
    // Powers of large exponents never end in the peer.
    text.replace('^', "+")
}

fn condition(chooser: &mut Chooser) -> String {
    match chooser.below(4) {
        0 | 1 => "true".to_owned(),
        2 => chooser.one_of(&["'TRUE'", "1", "", "false", "null == null", "#{yes}"]).to_owned(),
        _ => expression(chooser, Mode::RuleEngineCondition),
    }
}

fn action(chooser: &mut Chooser) -> Value {
    let kind = if once_in(chooser, 2) { "ASSIGN" } else { chooser.one_of(&ACTIONS) };
    let mut values = Map::new();
    if !once_in(chooser, 3) {
        values.insert("field".to_owned(), pick(chooser, &FIELDS));
    }
    if !once_in(chooser, 3) {
        values.insert("content".to_owned(), pick(chooser, &CONTENTS));
    }
    if once_in(chooser, 4) {
        let types = ["DATA_ELEMENT", "TRACKED_ENTITY_ATTRIBUTE", "UNKNOWN", "ODD"];
        values.insert("attributeType".to_owned(), pick(chooser, &types));
    }
    let data = if once_in(chooser, 12) {
        Value::Null
    } else {
        json!(expression(chooser, Mode::RuleEngineAction))
    };
    json!({"type": kind, "data": data, "values": values})
}

fn rule(chooser: &mut Chooser, index: usize) -> Value {
    let actions: Vec<Value> = (0..chooser.below(4)).map(|_| action(chooser)).collect();
    let priority = match chooser.below(3) {
        0 => Value::Null,
        _ => json!(chooser.below(6) as i64 - 2),
    };
    let stage = match chooser.below(6) {
        0 => json!("PS1"),
        1 => json!("PS2"),
        2 => json!(""),
        _ => Value::Null,
    };
    json!({
        "uid": format!("R{index}"), "name": format!("Rule {index}"),
        "condition": condition(chooser), "priority": priority, "programStage": stage,
        "actions": actions,
    })
}

fn variable(chooser: &mut Chooser) -> Value {
    let options = json!([
        {"name": "Male", "code": "M"}, {"name": "Female", "code": "F"},
        {"name": "Again", "code": "M"}, {"name": "Yes", "code": "true"},
        {"name": "12", "code": "5"},
    ]);
    json!({
        "type": chooser.one_of(&SOURCES), "name": chooser.one_of(&NAMES),
        "field": chooser.one_of(&FIELDS),
        "fieldType": chooser.one_of(&["TEXT", "NUMERIC", "BOOLEAN", "DATE", "NUMERIC"]),
        "useCodeForOptionSet": once_in(chooser, 2),
        "options": if once_in(chooser, 2) { options } else { json!([]) },
        "programStage": chooser.one_of(&["PS1", "PS2"]),
    })
}

fn values(chooser: &mut Chooser, key: &str, fields: &[&str]) -> Value {
    let count = chooser.below(6);
    let value = |_| {
        let field = chooser.one_of(fields);
        json!({key: field, "value": chooser.one_of(&VALUES)})
    };
    (0..count).map(value).collect()
}

fn event(chooser: &mut Chooser, index: usize) -> Value {
    let day = chooser.below(5) + 1;
    let date = match chooser.below(8) {
        0 => Value::Null,
        1 => json!(format!("2024-03-0{day}T1{day}:30:00Z")),
        _ => json!(format!("2024-03-0{day}")),
    };
    let optional = |chooser: &mut Chooser, text: &str| {
        if once_in(chooser, 2) { Value::Null } else { json!(text) }
    };
    json!({
        "event": format!("EV{index}"), "programStage": chooser.one_of(&["PS1", "PS1", "PS2"]),
        "programStageName": "Stage one",
        "status": chooser.one_of(&["ACTIVE", "COMPLETED", "SCHEDULE", "SKIPPED", "VISITED"]),
        "eventDate": date, "createdDate": format!("2024-02-{:02}T08:00:00.{index:03}Z", day + 9),
        "dueDate": optional(chooser, "2024-04-01"),
        "completedDate": optional(chooser, "2024-04-02"),
        "organisationUnit": chooser.one_of(&["OU1", "OU2"]),
        "organisationUnitCode": optional(chooser, "CODE"),
        "dataValues": values(chooser, "dataElement", &FIELDS),
    })
}

fn enrollment(chooser: &mut Chooser) -> Value {
    json!({
        "enrollment": "EN1", "programName": "Child", "incidentDate": "2024-01-05",
        "enrollmentDate": "2024-01-10",
        "status": chooser.one_of(&["ACTIVE", "COMPLETED", "CANCELLED"]),
        "organisationUnit": chooser.one_of(&["OU1", "OU9"]),
        "organisationUnitCode": if once_in(chooser, 3) { Value::Null } else { json!("CODE9") },
        "attributeValues": values(chooser, "attribute", &FIELDS),
    })
}

fn supplementary(chooser: &mut Chooser) -> Value {
    json!({
        "userGroups": if once_in(chooser, 3) { json!([]) } else { json!(["grp1"]) },
        "userRoles": ["role1"],
        "orgUnitGroups": {"GRP1": ["OU1"], "USER_GROUPS2": ["OU2"]},
    })
}

/// An expression that is checked and described, not run.
fn checked(chooser: &mut Chooser, id: usize) -> Value {
    let (mode, place) = match chooser.below(2) {
        0 => (Mode::RuleEngineCondition, "condition"),
        _ => (Mode::RuleEngineAction, "action"),
    };
    let types = ["NUMBER", "TEXT", "BOOLEAN", "DATE"];
    let mut items = Map::new();
    for name in NAMES.iter().chain(&["event_count", "current_date", "w1234567890"]) {
        if !once_in(chooser, 4) {
            let value_type = chooser.one_of(&types);
            let item = json!({"displayName": format!("Name of {name}"), "valueType": value_type});
            items.insert((*name).to_owned(), item);
        }
    }
    json!({
        "id": format!("g{id}"), "target": "validate", "expr": expression(chooser, mode),
        "as": place, "dataItems": items,
    })
}

/// A case of the program rule oracle.
pub fn case(chooser: &mut Chooser, id: usize) -> Value {
    if once_in(chooser, 6) {
        return checked(chooser, id);
    }
    let target = chooser.one_of(&["event", "event", "enrollment", "all", "all"]);
    let rules: Vec<Value> = (0..chooser.below(7)).map(|index| rule(chooser, index)).collect();
    let variables: Vec<Value> = (0..4 + chooser.below(9)).map(|_| variable(chooser)).collect();
    let mut events: Vec<Value> = (0..chooser.below(5)).map(|i| event(chooser, i)).collect();
    if once_in(chooser, 10)
        && let Some(first) = events.first().cloned()
    {
        events.push(first);
    }
    let enrollment = match target {
        "enrollment" => enrollment(chooser),
        _ if once_in(chooser, 4) => Value::Null,
        _ => enrollment(chooser),
    };
    let mut case = json!({
        "id": format!("g{id}"), "target": target, "rules": rules, "variables": variables,
        "constants": {"u1234567890": chooser.one_of(&["3.14", "x", "1e2"]), "calc9": "1"},
        "supplementary": supplementary(chooser), "event": event(chooser, 90), "events": events,
        "enrollment": enrollment,
    });
    if once_in(chooser, 40) {
        broken(chooser, &mut case);
    }
    case
}

/// Takes out something without which the peer takes no case.
fn broken(chooser: &mut Chooser, case: &mut Value) {
    let places = [
        "/event/status",
        "/event/programStage",
        "/event/organisationUnit",
        "/event/createdDate",
        "/enrollment/programName",
        "/enrollment/incidentDate",
        "/rules/0/condition",
        "/rules/0/uid",
        "/variables/0/name",
        "/target",
        "/event/dataValues/0/value",
        "/rules/0/actions/0/type",
        "/enrollment/attributeValues/0/value",
        "/rules/0/name",
        "/event/programStageName",
        "/variables/0/fieldType",
    ];
    if let Some(place) = case.pointer_mut(chooser.one_of(&places)) {
        *place = if once_in(chooser, 2) { Value::Null } else { json!("ODD") };
    }
}
