//! The answer to one case, in the form of the expression oracles.

use std::collections::BTreeSet;

use outpost_domain::expression::{
    Dialect, EvaluateProblem, Expression, IdKind, Issue, Item, ItemProblem, Mode, Names, Outcome,
    ValueType, VariableTypes, double_to_text,
};
use serde_json::{Map, Value, json};

use crate::DialectChoice;
use crate::case::CaseValues;

pub(crate) fn error(stage: &str, kind: &str, message: &str) -> Value {
    json!({"stage": stage, "kind": kind, "class": "", "message": message})
}

/// Answers a case.
pub(crate) fn answer(case: &Value, choice: DialectChoice) -> Value {
    let mut answer = Map::new();
    if let Some(id) = case.get("id") {
        answer.insert("id".to_owned(), id.clone());
    }
    match parse(case, choice) {
        Ok(expression) => run(case, &expression, &mut answer),
        Err(error) => {
            answer.insert("error".to_owned(), error);
        }
    }
    Value::Object(answer)
}

fn parse(case: &Value, choice: DialectChoice) -> Result<Expression, Value> {
    let illegal = |message: &str| error("parse", "illegal", message);
    let source = case.get("expr").and_then(Value::as_str);
    let source = source.ok_or_else(|| illegal("the case has no `expr`"))?;
    let mode = match case.get("mode").and_then(Value::as_str) {
        Some(mode) => mode.parse::<Mode>().map_err(|problem| illegal(&problem.to_string()))?,
        None => Mode::IndicatorExpression,
    };
    let dialect = match choice {
        DialectChoice::Fixed(dialect) => dialect,
        DialectChoice::ByMode => mode.dialect(),
    };
    Expression::parse_in(source, mode, dialect)
        .map_err(|problem| error("parse", "parse", &problem.to_string()))
}

fn run(case: &Value, expression: &Expression, answer: &mut Map<String, Value>) {
    let values = CaseValues::read(case);
    let ops = case.get("ops").and_then(Value::as_array);
    let ops: Vec<&str> = ops.map_or_else(|| vec!["eval"], |ops| texts(ops));
    let mut put = |key: &str, value: Value| answer.insert(key.to_owned(), value);
    for op in ops {
        let (key, result) = match op {
            "eval" => ("result", evaluate(expression, &values)),
            "normalise" => ("normalised", written("normalise", expression.normalise())),
            "describe" => ("description", written("describe", expression.describe(&names(case)))),
            "regenerate" => {
                let number = |item: &Item| values.number_of(item);
                ("regenerated", written("regenerate", expression.regenerate(&number)))
            }
            "validate" => ("validation", validate(expression, &types(case))),
            "collect" => ("collected", collect(expression)),
            _ => ("", Err(error(op, "crash", "there is no such op"))),
        };
        match result {
            Ok(value) => put(key, value),
            Err(error) if op == "eval" => put("error", error),
            Err(error) => put(&format!("{op}Error"), error),
        };
    }
}

fn texts(list: &[Value]) -> Vec<&str> {
    list.iter().filter_map(Value::as_str).collect()
}

fn names(case: &Value) -> Names {
    let entries = case.get("names").and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(key, name)| Some((key.clone(), name.as_str()?.to_owned()))).collect()
}

fn types(case: &Value) -> VariableTypes {
    let entries = case.get("types").and_then(Value::as_object).into_iter().flatten();
    let read =
        |(key, name): (&String, &Value)| Some((key.clone(), ValueType::from_name(name.as_str()?)?));
    entries.filter_map(read).collect()
}

fn written(op: &str, text: Result<String, ItemProblem>) -> Result<Value, Value> {
    text.map(Value::String).map_err(|problem| error(op, "crash", &problem.to_string()))
}

fn evaluate(expression: &Expression, values: &CaseValues) -> Result<Value, Value> {
    if expression.dialect() == Dialect::Kotlin {
        // The oracle collects all items before it evaluates, and so trips over each broken one.
        let items = expression.items();
        items.map_err(|problem| error("eval", "crash", &problem.to_string()))?;
    }
    let outcome = expression.evaluate(values).map_err(|failed| {
        let kind = match failed.problem {
            EvaluateProblem::Unsupported(_) => "unsupported",
            _ => "illegal",
        };
        error("eval", kind, &failed.to_string())
    })?;
    Ok(match outcome {
        Outcome::Null => json!({"type": "null"}),
        Outcome::Number(number) => json!({"type": "number", "value": double_to_text(number)}),
        Outcome::Integer(number) => json!({"type": "integer", "value": number.to_string()}),
        Outcome::Boolean(truth) => json!({"type": "boolean", "value": truth}),
        Outcome::Text(text) => json!({"type": "string", "value": text}),
        Outcome::Date(date) => json!({"type": "date", "value": date.to_string()}),
    })
}

fn validate(expression: &Expression, types: &VariableTypes) -> Result<Value, Value> {
    let found = expression.validate(types);
    let found = found.map_err(|problem| error("validate", "crash", &problem.to_string()))?;
    if found.is_ok() {
        return Ok(json!("ok"));
    }
    let list = |issues: &[Issue]| -> Vec<Value> {
        issues.iter().map(|issue| json!({"at": issue.at, "message": issue.message})).collect()
    };
    Ok(json!({"errors": list(&found.errors), "warnings": list(&found.warnings)}))
}

fn collect(expression: &Expression) -> Result<Value, Value> {
    let items = expression.items();
    let items = items.map_err(|problem| error("collect", "crash", &problem.to_string()))?;
    let keys: BTreeSet<&str> = items.iter().map(|item| item.key()).collect();
    let uids: BTreeSet<String> = items
        .iter()
        .flat_map(|item| &item.ids)
        .filter(|id| id.kind != IdKind::ReportingRateType)
        .map(|id| format!("{}:{}", id.kind.name(), id.value))
        .collect();
    Ok(json!({
        "items": keys,
        "ruleVariables": expression.rule_variables(),
        "programVariables": expression.program_variables(),
        "uids": uids,
    }))
}
