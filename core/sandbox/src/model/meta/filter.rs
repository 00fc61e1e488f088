//! `filter=property:operator:value` on metadata lists (wire reference 1.1; captures 19c, m060 to
//! m072).
//!
//! A filter is parsed and checked once and then asked for each object. Bad ones are 400 E1003.

use serde_json::Value;

use super::defaults;
use super::render::Renderer;
use super::store::{Collection, Object};
use super::types::{RELATIONS, Type};
use crate::model::http::{Query, Response};

/// All filters of a request.
#[derive(Debug)]
pub struct Filters {
    filters: Vec<Filter>,
    any: bool,
    tokens: Vec<String>,
}

#[derive(Debug)]
struct Filter {
    path: Vec<String>,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Equal(String),
    NotEqual(String),
    IgnoreCase(String),
    Text { find: String, place: Place, ignore_case: bool, negated: bool },
    Compare { order: Order, than: Bound },
    Null(bool),
    Empty,
    Token(Vec<String>, bool),
    In(Vec<String>, bool),
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Anywhere,
    Start,
    End,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Above,
    AtLeast,
    Below,
    AtMost,
}

#[derive(Debug)]
enum Bound {
    Time(i64),
    Number(f64),
    Text(String),
}

const TIMES: [&str; 6] =
    ["lastUpdated", "created", "openingDate", "closedDate", "startDate", "endDate"];

impl Filters {
    /// Reads every `filter`, `query` and `rootJunction`.
    ///
    /// # Errors
    /// The 400 for an unknown property, an unknown operator or an unreadable date.
    pub fn parse(
        query: &Query,
        kind: &Type,
        collection: Option<&Collection>,
        renderer: &Renderer<'_>,
    ) -> Result<Self, Response> {
        let parse = |text: &str| Filter::parse(text, kind, collection, renderer);
        let filters = query.all("filter").map(parse).collect::<Result<Vec<_>, _>>()?;
        let tokens = query.get("query").map(tokens).unwrap_or_default();
        let any = query.get("rootJunction").is_some_and(|word| word.eq_ignore_ascii_case("OR"));
        Ok(Self { filters, any, tokens })
    }

    /// Whether every object passes.
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty() && self.tokens.is_empty()
    }

    /// Whether the object passes.
    pub fn accepts(&self, object: &Object, renderer: &Renderer<'_>) -> bool {
        let searched = self.tokens.iter().all(|token| identifiable(object).contains(token));
        if self.filters.is_empty() || !searched {
            return searched;
        }
        let mut results = self.filters.iter().map(|filter| filter.accepts(object, renderer));
        if self.any { results.any(|accepted| accepted) } else { results.all(|accepted| accepted) }
    }
}

/// The words searched by `query` and `identifiable:token`.
fn identifiable(object: &Object) -> String {
    let texts = ["name", "code", "shortName"].map(|key| object.text(key).unwrap_or(""));
    format!("{} {}", object.id, texts.join(" ")).to_lowercase()
}

fn tokens(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

fn bad(message: &str) -> Response {
    Response::coded(400, "E1003", message)
}

impl Filter {
    fn parse(
        text: &str,
        kind: &Type,
        collection: Option<&Collection>,
        renderer: &Renderer<'_>,
    ) -> Result<Self, Response> {
        let mut parts = text.splitn(3, ':');
        let property = parts.next().unwrap_or("");
        let operator = parts.next().unwrap_or("");
        let value = parts.next().unwrap_or("");
        let path: Vec<String> = property.split('.').map(str::to_owned).collect();
        let first = path.first().map_or("", String::as_str);
        if first.is_empty() || !known(first, kind, collection) {
            return Err(bad(&format!("Unknown path property: {property}")));
        }
        let last = path.last().map_or("", String::as_str);
        let test = test(operator, value, last, renderer)?;
        Ok(Self { path, test })
    }

    fn accepts(&self, object: &Object, renderer: &Renderer<'_>) -> bool {
        if let Test::Token(words, negated) = &self.test
            && self.path.first().is_some_and(|name| name == "identifiable")
        {
            let text = identifiable(object);
            return words.iter().all(|word| text.contains(word)) != *negated;
        }
        let mut values = Vec::new();
        collect(object, &self.path, renderer, &mut values);
        self.test.accepts(&values, renderer)
    }
}

fn known(name: &str, kind: &Type, collection: Option<&Collection>) -> bool {
    const ALWAYS: [&str; 14] = [
        "id",
        "name",
        "code",
        "shortName",
        "displayName",
        "displayShortName",
        "displayFormName",
        "lastUpdated",
        "created",
        "access",
        "identifiable",
        "sharing",
        "href",
        "description",
    ];
    const ORGANISATION_UNIT: [&str; 5] = ["path", "level", "parent", "closedDate", "openingDate"];
    ALWAYS.contains(&name)
        || defaults::of(kind.plural).contains_key(name)
        || defaults::common().contains_key(name)
        || (kind.plural == "organisationUnits" && ORGANISATION_UNIT.contains(&name))
        || RELATIONS.iter().any(|relation| {
            (relation.parent == kind.plural && relation.field == name)
                || (relation.child == kind.plural && relation.link == name)
        })
        || matches!(
            name,
            "optionSet"
                | "program"
                | "programStage"
                | "dataSet"
                | "dataElement"
                | "valueType"
                | "dataSetElements"
                | "programType"
                | "periodType"
                | "trackedEntityType"
                | "trackedEntityAttribute"
                | "programRule"
                | "username"
                | "style"
                | "formName"
                | "workflow"
                | "ancestors"
                | "dataElements"
                | "groupSets"
                | "organisationUnits"
        )
        || collection.is_some_and(|collection| collection.has_property(name))
}

fn test(
    operator: &str,
    value: &str,
    last: &str,
    renderer: &Renderer<'_>,
) -> Result<Test, Response> {
    let text = |place, ignore_case, negated| {
        let find = if ignore_case { value.to_lowercase() } else { value.to_owned() };
        Test::Text { find, place, ignore_case, negated }
    };
    let compare = |order| -> Result<Test, Response> {
        Ok(Test::Compare { order, than: bound(value, last, renderer)? })
    };
    Ok(match operator {
        "eq" => Test::Equal(value.to_owned()),
        "!eq" | "ne" | "neq" => Test::NotEqual(value.to_owned()),
        "ieq" => Test::IgnoreCase(value.to_lowercase()),
        "like" => text(Place::Anywhere, false, false),
        "!like" => text(Place::Anywhere, false, true),
        "$like" => text(Place::Start, false, false),
        "!$like" => text(Place::Start, false, true),
        "like$" => text(Place::End, false, false),
        "!like$" => text(Place::End, false, true),
        "ilike" => text(Place::Anywhere, true, false),
        "!ilike" => text(Place::Anywhere, true, true),
        "$ilike" | "startsWith" => text(Place::Start, true, false),
        "!$ilike" => text(Place::Start, true, true),
        "ilike$" | "endsWith" => text(Place::End, true, false),
        "!ilike$" => text(Place::End, true, true),
        "gt" => compare(Order::Above)?,
        "ge" | "gte" => compare(Order::AtLeast)?,
        "lt" => compare(Order::Below)?,
        "le" | "lte" => compare(Order::AtMost)?,
        "null" => Test::Null(true),
        "!null" => Test::Null(false),
        "empty" => Test::Empty,
        "token" => Test::Token(tokens(value), false),
        "!token" => Test::Token(tokens(value), true),
        "in" | "!in" => {
            let inside = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let Some(inside) = inside else {
                return Err(bad(&format!("Invalid argument `{value}` for in operator.")));
            };
            let items = inside.split(',').map(str::trim).filter(|item| !item.is_empty());
            Test::In(items.map(str::to_owned).collect(), operator == "!in")
        }
        other => return Err(bad(&format!("`{other}` is not a valid operator."))),
    })
}

fn bound(value: &str, last: &str, renderer: &Renderer<'_>) -> Result<Bound, Response> {
    if TIMES.contains(&last) {
        let time = renderer.zone.parse_time(value).map(Bound::Time);
        return time.ok_or_else(|| bad(&format!("Unable to parse `{value}` as `Date`.")));
    }
    Ok(value.parse().map_or_else(|_| Bound::Text(value.to_owned()), Bound::Number))
}

/// Gathers the values at a path, through references and collections.
fn collect(object: &Object, path: &[String], renderer: &Renderer<'_>, found: &mut Vec<Value>) {
    let Some((name, rest)) = path.split_first() else { return };
    if let Some(value) = renderer.raw(object, name) {
        descend(value, rest, renderer, found);
    }
}

fn descend(value: Value, path: &[String], renderer: &Renderer<'_>, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => {
            items.into_iter().for_each(|item| descend(item, path, renderer, found));
        }
        Value::Object(mut members) if !path.is_empty() => {
            let Some((name, rest)) = path.split_first() else { return };
            if let Some(value) = members.shift_remove(name) {
                descend(value, rest, renderer, found);
            } else if let Some(object) = members.get("id").and_then(Value::as_str)
                && let Some(object) = renderer.meta.any(object)
            {
                collect(object, path, renderer, found);
            }
        }
        other => found.push(other),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            members.get("id").and_then(Value::as_str).unwrap_or("").to_owned()
        }
        other => other.to_string(),
    }
}

impl Test {
    fn accepts(&self, values: &[Value], renderer: &Renderer<'_>) -> bool {
        let any = |check: &dyn Fn(&str) -> bool| values.iter().any(|v| check(&text_of(v)));
        match self {
            Self::Equal(wanted) => any(&|text| text == wanted),
            Self::NotEqual(wanted) => !any(&|text| text == wanted),
            Self::IgnoreCase(wanted) => any(&|text| text.to_lowercase() == *wanted),
            Self::Text { find, place, ignore_case, negated } => {
                let matches = |text: &str| {
                    let lower = if *ignore_case { text.to_lowercase() } else { text.to_owned() };
                    match place {
                        Place::Anywhere => lower.contains(find.as_str()),
                        Place::Start => lower.starts_with(find.as_str()),
                        Place::End => lower.ends_with(find.as_str()),
                    }
                };
                any(&matches) != *negated
            }
            Self::Compare { order, than } => {
                values.iter().any(|value| compare(value, *order, than, renderer))
            }
            Self::Null(wanted) => values.iter().all(Value::is_null) == *wanted,
            Self::Empty => values.is_empty(),
            Self::Token(words, negated) => {
                let matches = |text: &str| {
                    let lower = text.to_lowercase();
                    words.iter().all(|word| lower.contains(word))
                };
                any(&matches) != *negated
            }
            Self::In(items, negated) => any(&|text| items.iter().any(|i| i == text)) != *negated,
        }
    }
}

fn compare(value: &Value, order: Order, than: &Bound, renderer: &Renderer<'_>) -> bool {
    use std::cmp::Ordering;
    let ordering = match than {
        Bound::Time(bound) => {
            let time = value.as_str().and_then(|text| renderer.zone.parse_time(text));
            time.map(|time| time.cmp(bound))
        }
        Bound::Number(bound) => value.as_f64().and_then(|number| number.partial_cmp(bound)),
        Bound::Text(bound) => Some(text_of(value).cmp(bound)),
    };
    ordering.is_some_and(|ordering| match order {
        Order::Above => ordering == Ordering::Greater,
        Order::AtLeast => ordering != Ordering::Less,
        Order::Below => ordering == Ordering::Less,
        Order::AtMost => ordering != Ordering::Greater,
    })
}
