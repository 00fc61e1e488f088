//! Answers the input lines of the program rule oracle in the oracle's own form.
//!
//! What the oracle's library refuses to take (a rule without id, an unknown status) is answered with
//! an error, like everything else that cannot be read.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use outpost_domain::expression::{Date, Expression, Mode, Names, ValueType, VariableTypes};
use outpost_domain::rules::{
    ActionKind, Circumstances, Effect, EngineVersion, Moment, Rule, RuleAction, RuleEnrollment,
    RuleEvent, RuleSet, RuleVariable, Subject, Supplementary, VariableSource,
};
use serde_json::{Map, Value, json};

const TODAY: &str = "<TODAY>";
const EVENT_STATUS: [&str; 6] =
    ["ACTIVE", "COMPLETED", "SCHEDULE", "SKIPPED", "VISITED", "OVERDUE"];
const ENROLLMENT_STATUS: [&str; 3] = ["ACTIVE", "COMPLETED", "CANCELLED"];

type Read<T> = Result<T, String>;

/// The current day in UTC.
#[must_use]
pub fn today() -> Date {
    const SECONDS_PER_DAY: u64 = 86_400;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let days = i64::try_from(now.as_secs() / SECONDS_PER_DAY).unwrap_or_default();
    Date::from_epoch_days(days).expect("the clock shows a day of the calendar")
}

/// Answers one line of the oracle's input.
#[must_use]
pub fn answer(line: &str, today: Date, version: EngineVersion) -> Value {
    let day = today.to_string();
    let line = crate::case::without_half_pairs(line).replace(TODAY, &day);
    let case: Value = match serde_json::from_str(&line) {
        Ok(case) => case,
        Err(_) => return json!({"error": error("the line is no JSON")}),
    };
    let mut answer = match answer_case(&case, today, version) {
        Ok(answer) => answer,
        Err(message) => Map::from_iter([("error".to_owned(), error(&message))]),
    };
    if let Some(id) = case.get("id") {
        answer.insert("id".to_owned(), id.clone());
    }
    let text = Value::Object(answer).to_string().replace(&day, TODAY);
    serde_json::from_str(&text).unwrap_or_default()
}

pub(crate) fn error(message: &str) -> Value {
    json!({"class": "", "message": message})
}

fn answer_case(case: &Value, today: Date, version: EngineVersion) -> Read<Map<String, Value>> {
    let target = text(case, "target").ok_or("the case has no target")?;
    if target == "validate" {
        return validate(case);
    }
    let set = rule_set(case, version)?;
    let circumstances = Circumstances { today, supplementary: supplementary(case) };
    let events = list(case, "events").iter().map(event).collect::<Read<Vec<_>>>()?;
    let enrollment = enrollment(case.get("enrollment"))?;
    let written = Written { set: &set, case };
    let (key, value) = match target.as_str() {
        "event" => {
            let event = event(case.get("event").ok_or("there is no event")?)?;
            let effects = set.evaluate_event(&event, enrollment.as_ref(), &events, &circumstances);
            ("effects", written.without_failures(&effects))
        }
        "enrollment" => {
            let enrollment = enrollment.ok_or("there is no enrollment")?;
            let effects = set.evaluate_enrollment(&enrollment, &events, &circumstances);
            ("effects", written.without_failures(&effects))
        }
        "all" => {
            let all = set.evaluate_all(enrollment.as_ref(), &events, &circumstances);
            let enrollment = enrollment.as_ref().map_or("", |e| e.id.as_str());
            let one = |record: &outpost_domain::rules::RecordEffects| {
                let (object, uid) = match record.event {
                    None => ("ENROLLMENT", enrollment),
                    Some(index) => ("EVENT", events[index].id.as_str()),
                };
                json!({"object": object, "uid": uid, "effects": written.all(&record.effects)})
            };
            ("objects", all.iter().map(one).collect())
        }
        _ => return Err(format!("there is no target `{target}`")),
    };
    Ok(Map::from_iter([(key.to_owned(), value)]))
}

/// Writes effects with the actions as the case has them.
struct Written<'a> {
    set: &'a RuleSet,
    case: &'a Value,
}

impl Written<'_> {
    fn all(&self, effects: &[Effect]) -> Value {
        effects.iter().map(|effect| self.one(effect)).collect()
    }

    /// Single evaluations drop what failed.
    fn without_failures(&self, effects: &[Effect]) -> Value {
        let actions = effects.iter().filter(|effect| matches!(effect, Effect::Action { .. }));
        actions.map(|effect| self.one(effect)).collect()
    }

    fn one(&self, effect: &Effect) -> Value {
        let rule = &self.set.rules()[effect.rule()];
        match effect {
            Effect::Failed { why, .. } => json!({
                "rule": rule.id, "type": "ERROR", "actionData": why, "values": {}, "data": why,
            }),
            Effect::Action { action, data, .. } => {
                let written = &rule.actions[*action];
                let mut values = self.values(written);
                if let Some((field, _)) = self.set.field_of(effect.rule(), *action) {
                    values.insert("field".to_owned(), field.to_owned());
                }
                json!({
                    "rule": rule.id, "type": written.kind.name(), "actionData": written.data,
                    "values": values, "data": data,
                })
            }
        }
    }

    /// All values of the action in the case; its place travels in the target.
    fn values(&self, action: &RuleAction) -> BTreeMap<String, String> {
        let place = action.target.location.as_deref().unwrap_or_default();
        strings(self.case.pointer(place).and_then(|action| action.get("values")))
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn needed(value: &Value, key: &str) -> Read<String> {
    text(value, key).ok_or_else(|| format!("`{key}` is missing"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    list(value, key).iter().map(plain).collect()
}

fn strings(object: Option<&Value>) -> BTreeMap<String, String> {
    let Some(object) = object else { return BTreeMap::new() };
    let keys = object.as_object().into_iter().flatten().map(|(key, _)| key);
    keys.filter_map(|key| Some((key.clone(), text(object, key)?))).collect()
}

fn one_of(value: &Value, key: &str, names: &[&str]) -> Read<String> {
    let name = needed(value, key)?;
    if names.contains(&name.as_str()) { Ok(name) } else { Err(format!("`{name}` is no {key}")) }
}

fn pairs(value: &Value, list_key: &str, keys: [&str; 2]) -> Read<Vec<(String, String)>> {
    let pair = |value: &Value| Ok((needed(value, keys[0])?, needed(value, keys[1])?));
    list(value, list_key).iter().map(pair).collect()
}

fn rule_set(case: &Value, version: EngineVersion) -> Read<RuleSet> {
    let rules = list(case, "rules").iter().enumerate();
    let rules = rules.map(|(index, value)| rule(value, index)).collect::<Read<Vec<_>>>()?;
    let variables = list(case, "variables").iter().map(variable).collect::<Read<Vec<_>>>()?;
    let constants = strings(case.get("constants"));
    Ok(RuleSet::compile(rules, variables, &constants, version))
}

fn rule(value: &Value, rule_index: usize) -> Read<Rule> {
    let actions = list(value, "actions").iter().enumerate();
    let action = |(index, action): (usize, &Value)| {
        let values = strings(action.get("values"));
        let kind = ActionKind::from_name(&needed(action, "type")?);
        let mut read = RuleAction::new(kind, text(action, "data"));
        read.content = values.get("content").cloned();
        read.field = values.get("field").cloned();
        read.subject = Subject::from_name(values.get("attributeType").map(String::as_str));
        read.target.location = Some(format!("/rules/{rule_index}/actions/{index}"));
        Ok(read)
    };
    let priority = match value.get("priority") {
        None | Some(Value::Null) => None,
        Some(number) => {
            let number = number.as_i64().ok_or("`priority` is no whole number")?;
            Some(i32::try_from(number).map_err(|_| "`priority` is too large")?)
        }
    };
    Ok(Rule {
        id: needed(value, "uid")?,
        name: text(value, "name").unwrap_or_default(),
        condition: needed(value, "condition")?,
        priority,
        program_stage: text(value, "programStage"),
        actions: actions.map(action).collect::<Read<_>>()?,
    })
}

fn variable(value: &Value) -> Read<RuleVariable> {
    let field = text(value, "field").unwrap_or_default();
    let source = match needed(value, "type")?.as_str() {
        "DATAELEMENT_CURRENT_EVENT" => VariableSource::CurrentEvent(field),
        "DATAELEMENT_PREVIOUS_EVENT" => VariableSource::PreviousEvent(field),
        "DATAELEMENT_NEWEST_EVENT_PROGRAM" => VariableSource::NewestEvent(field),
        "DATAELEMENT_NEWEST_EVENT_PROGRAM_STAGE" => VariableSource::NewestStageEvent {
            field,
            program_stage: text(value, "programStage").unwrap_or_default(),
        },
        "TEI_ATTRIBUTE" => VariableSource::Attribute(field),
        "CALCULATED_VALUE" => VariableSource::Calculated,
        other => return Err(format!("there is no variable type `{other}`")),
    };
    let value_type = match needed(value, "fieldType")?.as_str() {
        "TEXT" => ValueType::Text,
        "NUMERIC" => ValueType::Number,
        "BOOLEAN" => ValueType::Boolean,
        "DATE" => ValueType::Date,
        other => return Err(format!("there is no field type `{other}`")),
    };
    let uses_code = value.get("useCodeForOptionSet").and_then(Value::as_bool) == Some(true);
    let option_names = pairs(value, "options", ["code", "name"])?;
    let option_names = if uses_code { Vec::new() } else { option_names };
    Ok(RuleVariable { name: needed(value, "name")?, source, value_type, option_names })
}

fn supplementary(case: &Value) -> Supplementary {
    let given = case.get("supplementary").unwrap_or(&Value::Null);
    let groups = given.get("orgUnitGroups").unwrap_or(&Value::Null);
    let keys = groups.as_object().into_iter().flatten().map(|(key, _)| key);
    Supplementary::new(
        texts(given, "userGroups"),
        texts(given, "userRoles"),
        keys.map(|key| (key.clone(), texts(groups, key))),
    )
}

fn date(value: &Value, key: &str) -> Read<Option<Date>> {
    let Some(text) = text(value, key) else { return Ok(None) };
    Date::parse(&text).map(Some).ok_or_else(|| format!("`{text}` is no date"))
}

fn needed_date(value: &Value, key: &str) -> Read<Date> {
    date(value, key)?.ok_or_else(|| format!("`{key}` is missing"))
}

fn moment(text: &str) -> Read<Moment> {
    Moment::parse(text).ok_or_else(|| format!("`{text}` is no instant"))
}

fn event(value: &Value) -> Read<RuleEvent> {
    Ok(RuleEvent {
        id: needed(value, "event")?,
        program_stage: needed(value, "programStage")?,
        program_stage_name: text(value, "programStageName").unwrap_or_default(),
        status: one_of(value, "status", &EVENT_STATUS)?,
        occurred_at: text(value, "eventDate").map(|text| moment(&text)).transpose()?,
        created_at: moment(&needed(value, "createdDate")?)?,
        due_date: date(value, "dueDate")?,
        completed_date: date(value, "completedDate")?,
        organisation_unit: needed(value, "organisationUnit")?,
        organisation_unit_code: text(value, "organisationUnitCode"),
        data_values: pairs(value, "dataValues", ["dataElement", "value"])?,
    })
}

fn enrollment(value: Option<&Value>) -> Read<Option<RuleEnrollment>> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    Ok(Some(RuleEnrollment {
        id: needed(value, "enrollment")?,
        program_name: needed(value, "programName")?,
        incident_date: needed_date(value, "incidentDate")?,
        enrollment_date: needed_date(value, "enrollmentDate")?,
        status: one_of(value, "status", &ENROLLMENT_STATUS)?,
        organisation_unit: needed(value, "organisationUnit")?,
        organisation_unit_code: text(value, "organisationUnitCode"),
        attribute_values: pairs(value, "attributeValues", ["attribute", "value"])?,
    }))
}

fn validate(case: &Value) -> Read<Map<String, Value>> {
    let source = needed(case, "expr")?;
    let mode = match text(case, "as").as_deref() {
        Some("action") => Mode::RuleEngineAction,
        _ => Mode::RuleEngineCondition,
    };
    let items = case.get("dataItems").unwrap_or(&Value::Null);
    let mut types = VariableTypes::new();
    let mut names = Names::new();
    for key in items.as_object().into_iter().flatten().map(|(key, _)| key) {
        let item = &items[key];
        names.insert(key.clone(), needed(item, "displayName")?);
        let value_type = match needed(item, "valueType")?.as_str() {
            "NUMBER" => ValueType::Number,
            "TEXT" => ValueType::Text,
            "BOOLEAN" => ValueType::Boolean,
            "DATE" => ValueType::Date,
            other => return Err(format!("there is no value type `{other}`")),
        };
        types.insert(key.clone(), value_type);
    }
    let described = described(&source, mode, &types, &names)?;
    let (description, message) = match described {
        Ok(description) => (Some(description), None),
        Err(message) => (None, Some(message)),
    };
    let valid = message.is_none();
    let answer = json!({"valid": valid, "description": description, "errorMessage": message});
    Ok(answer.as_object().cloned().unwrap_or_default())
}

/// The description, or why there is none; the outer error is a crash of the peer.
fn described(
    source: &str,
    mode: Mode,
    types: &VariableTypes,
    names: &Names,
) -> Read<Result<String, String>> {
    let expression = match Expression::parse(source, mode) {
        Ok(expression) => expression,
        Err(problem) => return Ok(Err(problem.to_string())),
    };
    let found = expression.validate(types).map_err(|problem| problem.to_string())?;
    if !found.is_ok() {
        let (errors, warnings) = (found.errors.len(), found.warnings.len());
        return Ok(Err(format!("{errors} error(s), {warnings} warning(s)")));
    }
    expression.describe(names).map(Ok).map_err(|problem| problem.to_string())
}
