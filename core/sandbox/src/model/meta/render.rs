//! How a metadata object looks to one user: chosen members, references resolved, `access`, display
//! names.
//!
//! Reads only. References to objects the user may not see still show their id, as DHIS2 does.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::access::User;
use super::defaults;
use super::fields::{Fields, Member, Preset, Transform};
use super::store::{Metadata, Object};
use super::types::RELATIONS;
use crate::model::aggregate::DEFAULT_COMBO;
use crate::model::time::Zone;

/// Everything rendering needs to know beside the object.
#[derive(Debug, Clone, Copy)]
pub struct Renderer<'a> {
    /// All metadata.
    pub meta: &'a Metadata,
    /// Whose view it is.
    pub user: &'a User,
    /// The server's zone.
    pub zone: &'a Zone,
    /// Address of the server, for `href`.
    pub base_url: &'a str,
}

/// Members that are computed for every identifiable object.
const VIRTUAL: [&str; 9] = [
    "id",
    "created",
    "lastUpdated",
    "createdBy",
    "lastUpdatedBy",
    "displayName",
    "access",
    "href",
    "user",
];

impl Renderer<'_> {
    /// The object with the chosen members.
    pub fn object(&self, object: &Object, fields: &Fields) -> Value {
        let mut shown = Map::new();
        for preset in &fields.presets {
            for name in self.preset_names(object, *preset) {
                if shown.contains_key(&name) || fields.excluded.contains(&name) {
                    continue;
                }
                if let Some(value) = self.plain(object, &name) {
                    shown.insert(name, value);
                }
            }
        }
        for member in &fields.members {
            if !fields.excluded.contains(&member.name) {
                self.member(object, member, &mut shown);
            }
        }
        Value::Object(shown)
    }

    fn member(&self, object: &Object, member: &Member, shown: &mut Map<String, Value>) {
        let value = match &member.inner {
            Some(inner) => self.raw(object, &member.name).map(|value| self.inner(&value, inner)),
            None if member.transforms.is_empty() => self.plain(object, &member.name),
            None => self.raw(object, &member.name),
        };
        if let Some(value) = value {
            let (name, value) = transformed(&member.name, value, &member.transforms);
            shown.insert(name, value);
        }
    }

    fn preset_names(&self, object: &Object, preset: Preset) -> Vec<String> {
        let fixed: &[&str] = match preset {
            Preset::Identifiable => {
                &["id", "name", "code", "created", "lastUpdated", "lastUpdatedBy"]
            }
            Preset::Nameable => {
                &["id", "name", "shortName", "description", "code", "created", "lastUpdated"]
            }
            Preset::Id => &["id"],
            Preset::Code => &["id", "code"],
            Preset::IdName => &["id", "name"],
            Preset::Simple | Preset::All | Preset::Owner => &[],
        };
        if !fixed.is_empty() {
            return fixed.iter().map(|name| (*name).to_owned()).collect();
        }
        let mut names = self.all_names(object);
        match preset {
            Preset::Owner => names.retain(|name| owned(object.kind.plural, name)),
            Preset::Simple => names.retain(|name| {
                let value = self.plain(object, name);
                value.is_some_and(|value| !value.is_object() && !value.is_array())
            }),
            _ => {}
        }
        names
    }

    fn all_names(&self, object: &Object) -> Vec<String> {
        let plural = object.kind.plural;
        let mut names: Vec<String> = object.body.keys().cloned().collect();
        names.extend(defaults::of(plural).keys().cloned());
        names.extend(defaults::common().keys().cloned());
        names.extend(VIRTUAL.iter().map(|name| (*name).to_owned()));
        if object.body.contains_key("shortName") {
            names.push("displayShortName".to_owned());
        }
        if object.body.contains_key("description") {
            names.push("displayDescription".to_owned());
        }
        let extra: &[&str] = match plural {
            "dataElements" => &["displayFormName", "dimensionItem", "dataSetElements"],
            "trackedEntityAttributes" => &["displayFormName", "dimensionItem"],
            "dataSets" => &["version", "formType"],
            "organisationUnits" => &["leaf", "dimensionItem", "dimensionItemType", "ancestors"],
            _ => &[],
        };
        names.extend(extra.iter().map(|name| (*name).to_owned()));
        let relations = RELATIONS.iter().filter(|relation| relation.parent == plural);
        names.extend(relations.map(|relation| relation.field.to_owned()));
        names
    }

    /// A member without brackets: references shrink to their id.
    fn plain(&self, object: &Object, name: &str) -> Option<Value> {
        let value = self.raw(object, name)?;
        let whole = matches!(
            name,
            "access"
                | "sharing"
                | "createdBy"
                | "lastUpdatedBy"
                | "user"
                | "translations"
                | "geometry"
                | "style"
                | "attributeValues"
                | "settings"
        );
        Some(if whole { value } else { shrink(value) })
    }

    /// A member as it is, computed if it is a computed one.
    pub fn raw(&self, object: &Object, name: &str) -> Option<Value> {
        if let Some(value) = self.computed(object, name) {
            return Some(value);
        }
        let relation = RELATIONS
            .iter()
            .find(|relation| relation.parent == object.kind.plural && relation.field == name);
        let stored = object.body.get(name);
        if relation.is_some() && stored.and_then(Value::as_array).is_none_or(Vec::is_empty) {
            let children = self.meta.children(object.kind.plural, name, &object.id);
            return Some(children.iter().map(|child| json!({"id": child.id})).collect());
        }
        let value = stored.or_else(|| defaults::of(object.kind.plural).get(name));
        let value = value.or_else(|| defaults::common().get(name)).cloned()?;
        Some(match name {
            "sharing" => self.sharing(value),
            _ => value,
        })
    }

    fn computed(&self, object: &Object, name: &str) -> Option<Value> {
        match name {
            "id" => Some(json!(object.id)),
            "created" => Some(json!(self.zone.local(object.created))),
            "lastUpdated" => Some(json!(self.zone.local(object.updated))),
            "createdBy" | "lastUpdatedBy" | "user" => self.person(&object.author),
            "displayName" if object.kind.plural == "users" => {
                let name = |key: &str| object.text(key).unwrap_or("").to_owned();
                Some(json!(format!("{} {}", name("firstName"), name("surname"))))
            }
            "name" if object.kind.plural == "users" => self.computed(object, "displayName"),
            "displayName" => self.translated(object, "NAME", "name"),
            "displayShortName" => self.translated(object, "SHORT_NAME", "shortName"),
            "displayDescription" => self.translated(object, "DESCRIPTION", "description"),
            "displayFormName" => self
                .translated(object, "FORM_NAME", "formName")
                .or_else(|| self.translated(object, "NAME", "name")),
            "access" => Some(self.user.access(object)),
            "href" => {
                Some(json!(format!("{}/api/{}/{}", self.base_url, object.kind.plural, object.id)))
            }
            "leaf" => {
                let children = self.meta.children("organisationUnits", "children", &object.id);
                Some(json!(children.is_empty()))
            }
            "dimensionItem" if object.body.contains_key("valueType") => Some(json!(object.id)),
            "dataSetElements" if object.kind.plural == "dataElements" => {
                let sets = self.meta.data_sets_of(&object.id).iter();
                let pair = |set: &Arc<Object>| {
                    json!({
                        "dataSet": {"id": set.id}, "dataElement": {"id": object.id},
                    })
                };
                Some(sets.map(pair).collect())
            }
            // Every section raised the version of its set once (captures 11, m067c).
            "version" if object.kind.plural == "dataSets" => {
                let stored = object.body.get("version").cloned();
                stored.or_else(|| Some(json!(self.sections(object))))
            }
            "formType" if object.kind.plural == "dataSets" => {
                let form = if self.sections(object) > 0 { "SECTION" } else { "DEFAULT" };
                object.body.get("formType").cloned().or_else(|| Some(json!(form)))
            }
            "leftSide" | "rightSide" | "generator" => {
                let mut expression = object.body.get(name)?.clone();
                if let Value::Object(members) = &mut expression {
                    members.entry("translations").or_insert_with(|| json!([]));
                    if let Some(text) = members.get("description").cloned() {
                        members.insert("displayDescription".to_owned(), text);
                    }
                }
                Some(expression)
            }
            "ancestors" => {
                let path = object.text("path").unwrap_or("").split('/');
                let above = path.filter(|id| !id.is_empty() && *id != object.id);
                Some(above.map(|id| json!({"id": id})).collect())
            }
            _ => None,
        }
    }

    fn sections(&self, data_set: &Object) -> usize {
        self.meta.children("dataSets", "sections", &data_set.id).len()
    }

    /// `{"id","code","name","displayName","username"}` of a user.
    fn person(&self, uid: &str) -> Option<Value> {
        let user = self.meta.get("users", uid)?;
        let text = |key: &str| user.text(key).unwrap_or("");
        let name = format!("{} {}", text("firstName"), text("surname"));
        Some(json!({
            "id": uid, "code": user.body.get("code"), "name": name, "displayName": name,
            "username": text("username"),
        }))
    }

    fn translated(&self, object: &Object, property: &str, fallback: &str) -> Option<Value> {
        let locale = self.user.db_locale.as_str();
        let matching = object.items("translations").iter().find(|translation| {
            translation.get("property").and_then(Value::as_str) == Some(property)
                && translation.get("locale").and_then(Value::as_str) == Some(locale)
        });
        let translated = matching.and_then(|translation| translation.get("value"));
        translated.or_else(|| object.body.get(fallback)).cloned()
    }

    /// Entries of `sharing` carry the name of the user or group.
    fn sharing(&self, mut sharing: Value) -> Value {
        for (list, plural) in [("userGroups", "userGroups"), ("users", "users")] {
            let Some(Value::Object(entries)) = sharing.get_mut(list) else { continue };
            for (id, entry) in entries.iter_mut() {
                if let Some(object) = self.meta.get(plural, id)
                    && let Some(name) = self.raw(object, "displayName")
                    && entry.is_object()
                {
                    entry["displayName"] = name;
                }
            }
        }
        sharing
    }

    /// The inside of a member: a list, a reference that is followed, or an embedded object.
    fn inner(&self, value: &Value, fields: &Fields) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.inner(item, fields)).collect(),
            Value::Object(members) => {
                let id = members.get("id").and_then(Value::as_str);
                // An operand has the uid of its element but is none (capture m030).
                let operand = members.contains_key("dataElement");
                match id.filter(|_| !operand).and_then(|id| self.meta.any(id)) {
                    Some(object) => self.object(object, fields),
                    None => self.embedded(members, fields),
                }
            }
            other => other.clone(),
        }
    }

    fn embedded(&self, members: &Map<String, Value>, fields: &Fields) -> Value {
        let mut shown = Map::new();
        if !fields.presets.is_empty() {
            let kept = members.iter().filter(|(name, _)| !fields.excluded.contains(name));
            shown.extend(kept.map(|(name, value)| (name.clone(), shrink(value.clone()))));
        }
        for member in &fields.members {
            // Legends are embedded, and named like any object.
            let named = || members.get("name").filter(|_| member.name == "displayName");
            let stored = members.get(&member.name).or_else(named);
            let value = match (stored, &member.inner) {
                // Periods of input periods always come with their name (capture m030).
                (Some(period), _) if member.name == "period" => {
                    json!({"id": period["id"], "name": period["id"]})
                }
                (Some(value), Some(inner)) => self.inner(value, inner),
                (Some(value), None) => shrink(value.clone()),
                (None, _) => match embedded_default(&member.name) {
                    Some(value) => value,
                    None => continue,
                },
            };
            let (name, value) = transformed(&member.name, value, &member.transforms);
            shown.insert(name, value);
        }
        Value::Object(shown)
    }
}

/// What embedded objects (stage elements, program attributes) answer for members left out.
fn embedded_default(name: &str) -> Option<Value> {
    match name {
        "compulsory"
        | "mandatory"
        | "searchable"
        | "allowFutureDate"
        | "displayInReports"
        | "allowProvidedElsewhere"
        | "displayInList"
        | "skipSynchronization"
        | "renderOptionsAsRadio" => Some(json!(false)),
        "sortOrder" => Some(json!(0)),
        "categoryOptionCombo" => Some(json!({"id": DEFAULT_COMBO})),
        _ => None,
    }
}

/// Members that belong to the object itself and can be sent back.
fn owned(plural: &str, name: &str) -> bool {
    let computed = matches!(
        name,
        "access"
            | "href"
            | "user"
            | "displayName"
            | "displayShortName"
            | "displayFormName"
            | "displayDescription"
            | "favorites"
            | "favorite"
            | "dimensionItem"
            | "dimensionItemType"
            | "optionSetValue"
            | "leaf"
            | "ancestors"
            | "interpretations"
    );
    let foreign = match plural {
        "dataElements" => matches!(name, "dataSetElements" | "dataElementGroups"),
        "organisationUnits" => name == "children",
        "dataSets" => matches!(name, "formType" | "sections"),
        _ => false,
    };
    !computed && !foreign
}

/// A reference shows as `{"id"}`; embedded lists of identifiable objects too.
fn shrink(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(shrink).collect(),
        Value::Object(members) => match members.get("id") {
            Some(id) => json!({"id": id}),
            None => Value::Object(
                members.into_iter().map(|(name, value)| (name, shrink(value))).collect(),
            ),
        },
        other => other,
    }
}

fn transformed(name: &str, mut value: Value, transforms: &[Transform]) -> (String, Value) {
    let mut name = name.to_owned();
    for transform in transforms {
        let items = value.as_array();
        value = match transform {
            Transform::Rename(other) => {
                name.clone_from(other);
                continue;
            }
            Transform::Size => json!(items.map_or(0, Vec::len)),
            Transform::IsEmpty => json!(items.is_none_or(Vec::is_empty)),
            Transform::IsNotEmpty => json!(items.is_some_and(|items| !items.is_empty())),
            Transform::Pluck(key) => {
                let items = items.map(Vec::as_slice).unwrap_or_default();
                items.iter().filter_map(|item| item.get(key).cloned()).collect()
            }
            Transform::KeyBy(key) => {
                let items = items.map(Vec::as_slice).unwrap_or_default();
                let keyed = items
                    .iter()
                    .filter_map(|item| Some((item.get(key)?.as_str()?.to_owned(), item.clone())));
                Value::Object(keyed.collect())
            }
            Transform::Paging(page, size) => {
                let items = items.map(Vec::as_slice).unwrap_or_default();
                let skipped = page.saturating_sub(1).saturating_mul(*size);
                items.iter().skip(skipped).take(*size).cloned().collect()
            }
        };
    }
    (name, value)
}
