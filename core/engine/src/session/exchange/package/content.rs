//! What a set holds of an object, and when two texts say the same of it.
//!
//! A set speaks of forms, not of servers: who changed an object when, who may see it on one server and
//! which number a server counts its versions by are no part of it. Object texts have one spelling (members
//! by name, unordered lists by content), so that the same object has the same hash everywhere.

use std::collections::BTreeMap;

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use outpost_exchange::package::ObjectKey;
use outpost_wire::metadata::fields;
use serde_json::{Map, Value, json};

/// Members that a server makes of an object, wherever they stand.
const OF_THE_SERVER: [&str; 19] = [
    "created",
    "lastUpdated",
    "createdBy",
    "lastUpdatedBy",
    "user",
    "href",
    "access",
    "favorite",
    "favorites",
    "interpretations",
    "displayName",
    "displayShortName",
    "displayFormName",
    "displayDescription",
    "publicAccess",
    "externalAccess",
    "userAccesses",
    "userGroupAccesses",
    "dimensionItem",
];

/// Lists that are of people or of one server.
const NO_PART_OF_A_SET: [&str; 5] =
    ["users", "userGroups", "userRoles", "dashboards", "jobConfigurations"];

/// Lists in which the order says nothing.
const UNORDERED: [&str; 18] = [
    "organisationUnits",
    "organisationUnitLevels",
    "programStages",
    "programRuleActions",
    "programRuleVariables",
    "programIndicators",
    "categoryOptionCombos",
    "indicators",
    "legendSets",
    "legends",
    "sections",
    "programStageSections",
    "dataSetElements",
    "compulsoryDataElementOperands",
    "greyedFields",
    "attributeValues",
    "translations",
    "analyticsPeriodBoundaries",
];

/// Lists that a parent shows and its children own: parent class, member, child class, reference.
const SHOWN_BY_PARENTS: [(&str, &str, &str, &str); 4] = [
    ("dataSets", "sections", "sections", "dataSet"),
    ("programs", "programStages", "programStages", "program"),
    ("programStages", "programStageSections", "programStageSections", "programStage"),
    ("programRules", "programRuleActions", "programRuleActions", "programRule"),
];

/// An object of a set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SetObject {
    /// What people call it.
    pub name: String,
    /// What it says.
    pub body: Value,
}

impl SetObject {
    /// Its one spelling.
    pub fn text(&self) -> String {
        self.body.to_string()
    }
}

/// The objects of a set.
pub(super) type SetContent = BTreeMap<ObjectKey, SetObject>;

/// Whether objects of a class are part of a set.
pub(super) fn is_part(class: &str) -> bool {
    !NO_PART_OF_A_SET.contains(&class)
}

/// An object as a set holds it; `None` if it has no id, or is one of the defaults that every server
/// has.
pub(super) fn object_of(
    class: &str,
    mut body: Map<String, Value>,
) -> Option<(ObjectKey, SetObject)> {
    let id = Uid::parse(body.get("id")?.as_str()?).ok()?;
    let name = name_of(&body);
    if class.starts_with("categor") && name == "default" {
        return None;
    }
    if matches!(class, "dataSets" | "programs" | "optionSets") {
        body.remove("version");
    }
    if let Some(sharing) = body.get_mut("sharing") {
        *sharing = shared(sharing);
    }
    let body = one_spelling(class, "", Value::Object(body));
    Some((ObjectKey { class: class.to_owned(), id }, SetObject { name, body }))
}

fn name_of(body: &Map<String, Value>) -> String {
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    text("name").or_else(|| text("displayName")).unwrap_or_default().to_owned()
}

/// Of who may do what, only what does not name people: what everybody may, and what each group may.
fn shared(sharing: &Value) -> Value {
    let groups = sharing["userGroups"].as_object().cloned().unwrap_or_default();
    let groups: Map<String, Value> =
        groups.into_iter().map(|(id, group)| (id, group["access"].clone())).collect();
    json!({ "public": sharing["public"], "userGroups": groups })
}

fn one_spelling(class: &str, member: &str, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut kept: Vec<(String, Value)> = members
                .into_iter()
                .filter(|(name, value)| !value.is_null() && !OF_THE_SERVER.contains(&name.as_str()))
                .map(|(name, value)| {
                    let value = one_spelling(class, &name, value);
                    (name, value)
                })
                .collect();
            kept.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> =
                items.into_iter().map(|item| one_spelling(class, "", item)).collect();
            if is_unordered(class, member) {
                items.sort_by_cached_key(Value::to_string);
                items.dedup();
            }
            Value::Array(items)
        }
        other => other,
    }
}

fn is_unordered(class: &str, member: &str) -> bool {
    UNORDERED.contains(&member)
        || matches!(
            (class, member),
            ("categoryOptionCombos", "categoryOptions") | ("optionGroups", "options")
        )
}

/// Adds what parents show of their children, and where organisation units lie, if the source left it
/// out: a device shows forms by it.
pub(super) fn complete(content: &mut SetContent) {
    for (parent, member, child, reference) in SHOWN_BY_PARENTS {
        let mut children: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
        for (key, object) in content.iter().filter(|(key, _)| key.class == child) {
            let Some(of) = object.body[reference]["id"].as_str() else { continue };
            let order = object.body["sortOrder"].as_i64().unwrap_or_default();
            children.entry(of.to_owned()).or_default().push((order, key.id.to_string()));
        }
        for (key, object) in content.iter_mut().filter(|(key, _)| key.class == parent) {
            if object.body.get(member).is_some() {
                continue;
            }
            let mut listed = children.remove(key.id.as_str()).unwrap_or_default();
            listed.sort();
            let listed = listed.into_iter().map(|(_, id)| json!({ "id": id })).collect();
            put(&mut object.body, key, member, Value::Array(listed));
        }
    }
    complete_sections(content);
    complete_paths(content);
}

/// What a program's sections say stands in the program, too: that is where a device looks.
fn complete_sections(content: &mut SetContent) {
    let of_class = |class: &'static str| move |(key, _): &(&ObjectKey, _)| key.class == class;
    let sections: BTreeMap<String, Value> = content
        .iter()
        .filter(|(key, _)| key.class == "programSections")
        .map(|(key, object)| (key.id.to_string(), object.body.clone()))
        .collect();
    let programs: Vec<ObjectKey> =
        content.iter().filter(of_class("programs")).map(|(key, _)| key.clone()).collect();
    for key in programs {
        let Some(object) = content.get_mut(&key) else { continue };
        let listed = object.body["programSections"].as_array().cloned().unwrap_or_default();
        let full = listed.into_iter().map(|section| {
            let id = section["id"].as_str().unwrap_or_default();
            sections.get(id).cloned().unwrap_or(section)
        });
        let full: Vec<Value> = full.collect();
        if !full.is_empty() {
            put(&mut object.body, &key, "programSections", Value::Array(full));
        }
    }
}

fn complete_paths(content: &mut SetContent) {
    let parent_of = |object: &SetObject| object.body["parent"]["id"].as_str().map(str::to_owned);
    let units = || MetadataKind::OrganisationUnit.collection();
    let of_units = content.iter().filter(|(key, _)| key.class == units());
    let parents: BTreeMap<String, Option<String>> =
        of_units.map(|(key, object)| (key.id.to_string(), parent_of(object))).collect();
    for (key, object) in content.iter_mut().filter(|(key, _)| key.class == units()) {
        let mut path = vec![key.id.to_string()];
        while let Some(Some(parent)) = path.last().and_then(|last| parents.get(last)) {
            if path.len() > UNIT_DEPTH_MAX {
                break;
            }
            path.push(parent.clone());
        }
        path.reverse();
        let level = path.len();
        if object.body.get("path").is_none() {
            put(&mut object.body, key, "path", json!(format!("/{}", path.join("/"))));
        }
        if object.body.get("level").is_none() {
            put(&mut object.body, key, "level", json!(level));
        }
    }
}

/// Deepest tree of organisation units that is followed; one that lies in itself ends here.
const UNIT_DEPTH_MAX: usize = 32;

fn put(body: &mut Value, key: &ObjectKey, member: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
    *body = one_spelling(&key.class, "", body.take());
}

/// The object without what it only shows of others.
pub(super) fn owned(class: &str, body: &Value) -> Value {
    let mut body = body.clone();
    let Some(members) = body.as_object_mut() else { return body };
    if class == "dataSets" {
        members.shift_remove("sections");
    }
    if class == "programs"
        && let Some(Value::Array(sections)) = members.get_mut("programSections")
    {
        sections.iter_mut().for_each(|section| *section = json!({ "id": section["id"] }));
    }
    body
}

/// What to ask a server for, so that it tells everything that an object owns.
pub(super) fn owner_fields(class: &str) -> &'static str {
    match class {
        "programs" => ":owner,programTrackedEntityAttributes[:owner],programSections[id]",
        "programStages" => ":owner,programStageDataElements[:owner]",
        "trackedEntityTypes" => ":owner,trackedEntityTypeAttributes[:owner]",
        "programIndicators" => ":owner,analyticsPeriodBoundaries[:owner]",
        "legendSets" => ":owner,legends[:owner]",
        "dataSets" => {
            ":owner,compulsoryDataElementOperands[dataElement[id],categoryOptionCombo[id]]"
        }
        "sections" => ":owner,greyedFields[dataElement[id],categoryOptionCombo[id]]",
        _ => ":owner",
    }
}

/// What is sent to a server: without what parents only show. Who may see an object there is decided
/// there; a new one begins with what the centre lets everybody do.
pub(super) fn for_server(class: &str, object: &SetObject, is_new: bool) -> Value {
    let mut body = owned(class, &object.body);
    let Some(members) = body.as_object_mut() else { return body };
    if let Some(sharing) = members.shift_remove("sharing")
        && is_new
    {
        let public = sharing["public"].clone();
        let of = json!({ "public": public, "external": false, "users": {}, "userGroups": {} });
        members.insert("sharing".to_owned(), of);
    }
    body
}

/// What this device would ask of an object.
pub(super) fn asked_of(kind: MetadataKind, object: &Value) -> Value {
    Asked::parse(fields(kind)).project(object)
}

/// What a member that is shown translated is called where it is not.
pub(super) fn plain_member(object: &Value, name: &str) -> String {
    let is_shown = object.get(name).is_none() && name.starts_with("display");
    let mut base = name.chars().skip("display".len());
    match base.next().filter(|_| is_shown) {
        Some(first) => first.to_lowercase().chain(base).collect(),
        None => name.to_owned(),
    }
}

/// An object in the shape in which this device keeps what it pulled. `existing` is what it has: who may
/// enter data for it stays as the server last said.
pub(super) fn for_device(kind: MetadataKind, object: &Value, existing: Option<&Value>) -> Value {
    let asked = fields(kind);
    let mut shape = asked_of(kind, object);
    let Some(members) = shape.as_object_mut() else { return shape };
    if asked.contains("access[") {
        let known = existing.and_then(|existing| existing.get("access")).cloned();
        members.insert("access".to_owned(), known.unwrap_or_else(|| access_of(&object["sharing"])));
    }
    if let Some(changed) = existing.and_then(|existing| existing.get("lastUpdated")) {
        members.insert("lastUpdated".to_owned(), changed.clone());
    }
    shape
}

/// What anybody may do: whether this person is in a group that may is for the server to say.
fn access_of(sharing: &Value) -> Value {
    let groups = sharing["userGroups"].as_object().into_iter().flat_map(Map::values);
    let all = groups.chain([&sharing["public"]]);
    let texts: Vec<&str> = all.filter_map(Value::as_str).collect();
    let may = |at: usize, sign: u8| {
        texts.is_empty() || texts.iter().any(|text| text.as_bytes().get(at) == Some(&sign))
    };
    json!({ "data": { "read": may(2, b'r'), "write": may(3, b'w') } })
}

/// The members that are asked of a server, as a tree.
struct Asked<'a>(Vec<(&'a str, Option<Asked<'a>>)>);

impl<'a> Asked<'a> {
    fn parse(text: &'a str) -> Self {
        Self::list(&mut &*text)
    }

    fn list(rest: &mut &'a str) -> Self {
        let mut members = Vec::new();
        loop {
            let end = rest.find([',', '[', ']']).unwrap_or(rest.len());
            let name = rest[..end].trim();
            *rest = &rest[end..];
            let inner = rest.strip_prefix('[').map(|inside| {
                *rest = inside;
                let inner = Self::list(rest);
                *rest = rest.strip_prefix(']').unwrap_or(rest);
                inner
            });
            if !name.is_empty() {
                members.push((name, inner));
            }
            match rest.strip_prefix(',') {
                Some(next) => *rest = next,
                None => return Self(members),
            }
        }
    }

    fn project(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.project(item)).collect(),
            Value::Object(members) => {
                let mut shape = Map::new();
                for (name, inner) in &self.0 {
                    let Some(found) = members.get(*name).or_else(|| plain(members, name)) else {
                        continue;
                    };
                    let found =
                        inner.as_ref().map_or_else(|| found.clone(), |it| it.project(found));
                    shape.insert((*name).to_owned(), found);
                }
                Value::Object(shape)
            }
            other => other.clone(),
        }
    }
}

/// What `displayName` is where nobody translated it: `name`.
fn plain<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let base = name.strip_prefix("display")?;
    let first = base.chars().next()?.to_ascii_lowercase();
    members.get(&format!("{first}{}", &base[1..]))
}

/// Members in which an object of this place differs from what the centre says of it; what the centre
/// says nothing of does not count.
pub(super) fn differing(
    class: &str,
    centre: &Value,
    here: &Value,
    translations: &Value,
) -> Vec<String> {
    let empty = Map::new();
    let members = centre.as_object().unwrap_or(&empty);
    let names: Vec<&str> = translations
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|translation| translation["value"].as_str())
        .collect();
    members
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "sharing" | "access" | "lastUpdated"))
        // Servers number options anew, in the order of their set.
        .filter(|(name, _)| (class, name.as_str()) != ("options", "sortOrder"))
        .filter(|(name, value)| {
            let found = here.get(name.as_str());
            // Not every server shows every label translated.
            let plain = here.as_object().and_then(|here| plain(here, name));
            let found = found.or(plain);
            if found.is_none() && is_label(name) {
                return false;
            }
            let is_shown_only = found.is_none()
                && SHOWN_BY_PARENTS.iter().any(|(of, member, ..)| *of == class && member == name);
            let is_translated = found.and_then(Value::as_str).is_some_and(|it| names.contains(&it));
            !is_shown_only && !is_translated && !says_same(class, name, value, found)
        })
        .map(|(name, _)| name.clone())
        .collect()
}

/// A label as it is shown; other members that begin so are settings.
fn is_label(name: &str) -> bool {
    name.strip_prefix("display").is_some_and(|rest| {
        ["Name", "Description", "Label", "Instruction", "Content"]
            .iter()
            .any(|it| rest.ends_with(it))
    })
}

/// Whether both say the same; what a server fills in of its own counts as nothing said.
fn says_same(class: &str, member: &str, centre: &Value, here: Option<&Value>) -> bool {
    let Some(here) = here.filter(|here| !is_nothing(here)) else { return is_nothing(centre) };
    match (centre, here) {
        (Value::Object(members), Value::Object(found)) => members
            .iter()
            .all(|(name, value)| says_same(class, name, value, found.get(name.as_str()))),
        (Value::Array(items), Value::Array(found)) => {
            items.len() == found.len() && lacks(class, member, items, found).is_none()
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::String(a), Value::String(b)) => a == b || is_same_day(a, b) || is_same_day(b, a),
        _ => centre == here,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
    }
}

fn is_same_day(short: &str, long: &str) -> bool {
    short.len() == 10 && long.strip_prefix(short).is_some_and(|it| it.starts_with("T00:00:00"))
}

/// The first item that the others lack.
pub(super) fn lacks<'a>(
    class: &str,
    member: &str,
    items: &'a [Value],
    others: &[Value],
) -> Option<&'a Value> {
    if !is_unordered(class, member) {
        let at = |index: usize| others.get(index);
        let mut pairs = items.iter().enumerate();
        return pairs.find(|(index, item)| !says_same(class, "", item, at(*index))).map(|it| it.1);
    }
    let references: Option<std::collections::HashSet<&str>> =
        others.iter().map(reference).collect();
    if let Some(references) = references {
        return items
            .iter()
            .find(|item| item["id"].as_str().is_none_or(|id| !references.contains(id)));
    }
    items.iter().find(|item| !others.iter().any(|other| says_same(class, "", item, Some(other))))
}

/// The id of an item that says nothing else.
fn reference(item: &Value) -> Option<&str> {
    let members = item.as_object().filter(|members| members.len() == 1)?;
    members.get("id")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(class: &str, body: Value) -> Value {
        let body = body.as_object().expect("an object").clone();
        object_of(class, body).expect("an object with an id").1.body
    }

    #[test]
    fn an_object_has_one_spelling_whoever_changed_it_when() {
        let a = json!({ "id": "DeFever0001", "name": "Fever", "lastUpdated": "2026-01-01",
            "legendSets": [{ "id": "b" }, { "id": "a" }], "access": { "read": true } });
        let b = json!({ "legendSets": [{ "id": "a" }, { "id": "b" }], "name": "Fever",
            "createdBy": { "id": "x" }, "id": "DeFever0001", "code": null });
        assert_eq!(
            object("dataElements", a.clone()).to_string(),
            object("dataElements", b).to_string()
        );
        let c = json!({ "id": "DeFever0001", "name": "Fever, days" });
        assert_ne!(object("dataElements", a), object("dataElements", c));
    }

    #[test]
    fn the_order_counts_where_people_see_it() {
        let section = |first: &str, second: &str| {
            let list = json!([{ "id": first }, { "id": second }]);
            object("sections", json!({ "id": "SeCases0001", "dataElements": list }))
        };
        assert_ne!(section("a", "b"), section("b", "a"));
        assert_eq!(
            differing("sections", &section("a", "b"), &section("b", "a"), &Value::Null),
            ["dataElements"]
        );
    }

    #[test]
    fn what_a_server_fills_in_is_no_difference() {
        #[track_caller]
        fn check(centre: Value, here: Value, expected: &[&str]) {
            assert_eq!(differing("dataSets", &centre, &here, &Value::Null), expected);
        }
        check(json!({ "a": 1 }), json!({ "a": 1.0, "b": "more" }), &[]);
        check(json!({ "a": false, "b": [], "c": "" }), json!({}), &[]);
        check(json!({ "a": "2015-01-01" }), json!({ "a": "2015-01-01T00:00:00.000" }), &[]);
        check(json!({ "a": "2015-01-01" }), json!({ "a": "2015-01-02T00:00:00.000" }), &["a"]);
        check(json!({ "a": true }), json!({}), &["a"]);
        let element = |id: &str| json!({ "dataElement": { "id": id } });
        let with_id = |id: &str| json!({ "dataElement": { "id": id }, "id": "made here" });
        check(
            json!({ "dataSetElements": [element("a"), element("b")] }),
            json!({ "dataSetElements": [with_id("b"), with_id("a")] }),
            &[],
        );
        check(
            json!({ "dataSetElements": [element("a"), element("b")] }),
            json!({ "dataSetElements": [with_id("b"), with_id("c")] }),
            &["dataSetElements"],
        );
        let (centre, here) = (json!({ "name": "Fever" }), json!({ "name": "Fièvre" }));
        let translations = json!([{ "value": "Fièvre" }]);
        assert_eq!(differing("x", &centre, &here, &translations), [""; 0]);
    }

    #[test]
    fn a_device_keeps_what_it_asks_for_and_who_may_enter_data() {
        let centre = object(
            "dataSets",
            json!({ "id": "DsMonthly01", "name": "Monthly",
                "periodType": "Monthly", "expiryDays": 3,
                "notAsked": 1, "sharing": { "public": "r-r-----", "userGroups":
                    { "g": { "id": "g", "access": "rwrw----", "displayName": "Nurses" } } } }),
        );
        let shape = for_device(MetadataKind::DataSet, &centre, None);
        assert_eq!(shape["displayName"], "Monthly");
        assert_eq!(shape["access"]["data"], json!({ "read": true, "write": true }));
        assert!(shape.get("notAsked").is_none() && shape.get("sharing").is_none());
        let existing = json!({ "access": { "data": { "read": true, "write": false } },
            "lastUpdated": "2026-11-22T10:32:36.128" });
        let shape = for_device(MetadataKind::DataSet, &centre, Some(&existing));
        assert_eq!(shape["access"]["data"]["write"], false);
        assert_eq!(shape["lastUpdated"], "2026-11-22T10:32:36.128");
    }

    #[test]
    fn where_a_unit_lies_is_told_by_its_parents() {
        let mut content = SetContent::new();
        for (id, parent) in [("OuNation001", None), ("OuClinic001", Some("OuNation001"))] {
            let mut body = json!({ "id": id, "name": id });
            if let Some(parent) = parent {
                body["parent"] = json!({ "id": parent });
            }
            let body = body.as_object().expect("an object").clone();
            content.extend(object_of("organisationUnits", body));
        }
        complete(&mut content);
        let clinic = content.values().find(|unit| unit.name == "OuClinic001").expect("the clinic");
        assert_eq!(clinic.body["path"], "/OuNation001/OuClinic001");
        assert_eq!(clinic.body["level"], 2);
    }
}
