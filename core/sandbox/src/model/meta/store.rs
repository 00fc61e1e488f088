//! Metadata in memory: collections sorted once, references resolved by uid, relations inverted
//! once.
//!
//! Reads never clone an object and never sort; a change drops the sorted lists of its own type
//! only.
//! Persistence is the caller's affair ([`super::import`]).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::defaults;
use super::types::{RELATIONS, TYPES, Type};
use crate::model::http::{reference, references, text};
use crate::model::uid::uid_of;

/// One metadata object.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its type.
    pub kind: &'static Type,
    /// Its uid.
    pub id: String,
    /// Unix ms of its creation.
    pub created: i64,
    /// Unix ms of its last change.
    pub updated: i64,
    /// Uid of the user who changed it last.
    pub author: Arc<str>,
    /// The members that a package or client gave, normalised.
    pub body: Map<String, Value>,
}

impl Object {
    /// The text of a member.
    pub fn text(&self, key: &str) -> Option<&str> {
        text(&self.body, key)
    }

    /// The name, or nothing for types without one.
    pub fn name(&self) -> &str {
        self.text("name").unwrap_or("")
    }

    /// The uid of a reference.
    pub fn reference(&self, key: &str) -> Option<&str> {
        reference(&self.body, key)
    }

    /// The uids of a collection of references.
    pub fn references(&self, key: &str) -> Vec<&str> {
        references(&self.body, key)
    }

    /// A member, or what DHIS2 would answer for it.
    pub fn member(&self, key: &str) -> Option<&Value> {
        self.body.get(key).or_else(|| defaults::of(self.kind.plural).get(key))
    }

    /// A whole number, 0 if absent.
    pub fn integer(&self, key: &str) -> i64 {
        let value = self.member(key);
        value.and_then(|value| value.as_f64()).map_or(0, |number| number as i64)
    }

    /// A yes or no, no if absent.
    pub fn flag(&self, key: &str) -> bool {
        self.member(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The items of an embedded collection.
    pub fn items(&self, key: &str) -> &[Value] {
        self.body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The objects of one type.
#[derive(Debug, Default)]
pub struct Collection {
    objects: BTreeMap<String, Arc<Object>>,
    by_id: OnceLock<Vec<Arc<Object>>>,
    by_name: OnceLock<Vec<Arc<Object>>>,
    properties: OnceLock<HashSet<String>>,
}

impl Collection {
    /// In order of uid.
    pub fn by_id(&self) -> &[Arc<Object>] {
        self.by_id.get_or_init(|| self.objects.values().cloned().collect())
    }

    /// In order of name, the order of a list that asks for none (capture m081).
    pub fn by_name(&self) -> &[Arc<Object>] {
        self.by_name.get_or_init(|| {
            let mut sorted: Vec<_> = self.objects.values().cloned().collect();
            sorted.sort_by_cached_key(|object| name_key(object.name()));
            sorted
        })
    }

    /// Whether any object has this member.
    pub fn has_property(&self, name: &str) -> bool {
        let properties = self.properties.get_or_init(|| {
            self.objects.values().flat_map(|object| object.body.keys().cloned()).collect()
        });
        properties.contains(name)
    }

    /// How many objects there are.
    pub fn count(&self) -> usize {
        self.objects.len()
    }

    fn changed(&mut self) {
        self.by_id = OnceLock::new();
        self.by_name = OnceLock::new();
        self.properties = OnceLock::new();
    }
}

/// The key by which PostgreSQL's collation sorts a name, near enough: case counts last.
pub fn name_key(name: &str) -> (String, String) {
    (name.to_lowercase(), name.to_owned())
}

type Children = HashMap<String, Vec<Arc<Object>>>;

/// All metadata.
#[derive(Debug, Default)]
pub struct Metadata {
    collections: HashMap<&'static str, Collection>,
    index: HashMap<String, Arc<Object>>,
    inverse: OnceLock<Vec<Children>>,
    element_sets: OnceLock<Children>,
    codes: OnceLock<HashMap<String, HashSet<String>>>,
}

impl Metadata {
    /// The objects of a type.
    pub fn collection(&self, plural: &str) -> Option<&Collection> {
        self.collections.get(plural)
    }

    /// The object of a type and uid.
    pub fn get(&self, plural: &str, id: &str) -> Option<&Arc<Object>> {
        self.collections.get(plural)?.objects.get(id)
    }

    /// Any object with this uid.
    pub fn any(&self, id: &str) -> Option<&Arc<Object>> {
        self.index.get(id)
    }

    /// Every object of a type in order of uid.
    pub fn all(&self, plural: &str) -> &[Arc<Object>] {
        self.collections.get(plural).map(Collection::by_id).unwrap_or_default()
    }

    /// Puts an object in place, replacing one of the same uid.
    pub fn put(&mut self, object: Object) {
        let object = Arc::new(object);
        let collection = self.collections.entry(object.kind.plural).or_default();
        collection.objects.insert(object.id.clone(), Arc::clone(&object));
        collection.changed();
        self.index.insert(object.id.clone(), object);
        self.relations_changed();
    }

    /// Takes an object out.
    pub fn remove(&mut self, plural: &str, id: &str) -> Option<Arc<Object>> {
        let collection = self.collections.get_mut(plural)?;
        let removed = collection.objects.remove(id)?;
        collection.changed();
        self.index.remove(id);
        self.relations_changed();
        Some(removed)
    }

    fn relations_changed(&mut self) {
        self.inverse = OnceLock::new();
        self.element_sets = OnceLock::new();
        self.codes = OnceLock::new();
    }

    /// Whether `code` is the code of an option of the set.
    pub fn has_code(&self, set: &str, code: &str) -> bool {
        let codes = self.codes.get_or_init(|| self.collect_codes());
        codes.get(set).is_some_and(|codes| codes.contains(code))
    }

    /// The codes of every set, whether the set lists its options or the options name their set.
    fn collect_codes(&self) -> HashMap<String, HashSet<String>> {
        let mut codes: HashMap<String, HashSet<String>> = HashMap::new();
        for option in self.all("options") {
            if let (Some(set), Some(code)) = (option.reference("optionSet"), option.text("code")) {
                codes.entry(set.to_owned()).or_default().insert(code.to_owned());
            }
        }
        for set in self.all("optionSets") {
            let listed = set.references("options").into_iter();
            let listed = listed.filter_map(|id| self.get("options", id)?.text("code"));
            codes.entry(set.id.clone()).or_default().extend(listed.map(str::to_owned));
        }
        codes
    }

    /// The children of a parent in a relation of [`RELATIONS`].
    pub fn children(&self, parent_plural: &str, field: &str, parent: &str) -> &[Arc<Object>] {
        let position = RELATIONS
            .iter()
            .position(|relation| relation.parent == parent_plural && relation.field == field);
        let Some(position) = position else { return &[] };
        let inverse = self.inverse.get_or_init(|| self.invert());
        let children = inverse.get(position).and_then(|children| children.get(parent));
        children.map(Vec::as_slice).unwrap_or_default()
    }

    fn invert(&self) -> Vec<Children> {
        let invert_one = |relation: &super::types::Relation| {
            let mut children = Children::new();
            for child in self.all(relation.child) {
                if let Some(parent) = child.reference(relation.link) {
                    children.entry(parent.to_owned()).or_default().push(Arc::clone(child));
                }
            }
            let order = |child: &Arc<Object>| child.integer("sortOrder");
            children.values_mut().for_each(|list| list.sort_by_key(order));
            children
        };
        RELATIONS.iter().map(invert_one).collect()
    }

    /// The data sets that an element belongs to, in order of uid.
    pub fn data_sets_of(&self, element: &str) -> &[Arc<Object>] {
        let sets = self.element_sets.get_or_init(|| {
            let mut sets = Children::new();
            for data_set in self.all("dataSets") {
                for item in data_set.items("dataSetElements") {
                    let element = item.as_object().and_then(|item| reference(item, "dataElement"));
                    if let Some(element) = element {
                        sets.entry(element.to_owned()).or_default().push(Arc::clone(data_set));
                    }
                }
            }
            sets
        });
        sets.get(element).map(Vec::as_slice).unwrap_or_default()
    }

    /// The path of an organisation unit, `/root/district/clinic`.
    pub fn path(&self, ou: &str) -> Option<&str> {
        self.get("organisationUnits", ou)?.text("path")
    }

    /// Whether `ou` is one of `roots` or lies below one.
    pub fn within(&self, ou: &str, roots: &[String]) -> bool {
        self.path(ou).is_some_and(|path| path_within(path, roots))
    }

    /// Roots of the hierarchy.
    pub fn roots(&self) -> Vec<String> {
        let roots = self.all("organisationUnits").iter();
        let roots = roots.filter(|ou| ou.integer("level") <= 1);
        roots.map(|ou| ou.id.clone()).collect()
    }

    /// `ou` and everything below it.
    pub fn subtree(&self, ou: &str) -> Vec<String> {
        let mut found = vec![ou.to_owned()];
        let mut at = 0;
        while let Some(parent) = found.get(at).cloned() {
            let children = self.children("organisationUnits", "children", &parent).iter();
            // A parent loop in a broken package must not keep us here for ever.
            let fresh: Vec<String> =
                children.filter(|c| c.id != ou).map(|child| child.id.clone()).collect();
            found.extend(fresh);
            at += 1;
            if found.len() > self.index.len() {
                break;
            }
        }
        found
    }

    /// Writes `path` and `level` into every organisation unit; says which changed.
    pub fn settle_hierarchy(&mut self) -> Vec<String> {
        let mut changed = Vec::new();
        for ou in self.all("organisationUnits").to_vec() {
            let path = self.path_by_parents(&ou.id);
            if ou.text("path") != Some(path.as_str()) {
                changed.push((ou, path));
            }
        }
        let ids = changed.iter().map(|(ou, _)| ou.id.clone()).collect();
        for (ou, path) in changed {
            let mut ou = Object::clone(&ou);
            let level = path.matches('/').count();
            ou.body.insert("path".to_owned(), json!(path));
            ou.body.insert("level".to_owned(), json!(level));
            self.put(ou);
        }
        ids
    }

    fn path_by_parents(&self, id: &str) -> String {
        let mut ids = vec![id.to_owned()];
        while let Some(current) = ids.last().and_then(|id| self.get("organisationUnits", id)) {
            match current.reference("parent") {
                Some(parent) if !ids.iter().any(|id| id == parent) => {
                    if self.get("organisationUnits", parent).is_none() {
                        break;
                    }
                    ids.push(parent.to_owned());
                }
                _ => break,
            }
        }
        ids.iter().rev().fold(String::new(), |path, id| path + "/" + id)
    }

    /// How many objects there are of each type, for the report of a load.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let counts = TYPES
            .iter()
            .map(|kind| (kind.plural, self.collection(kind.plural).map_or(0, Collection::count)));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

/// Whether a path contains one of `roots` as a whole part.
pub fn path_within(path: &str, roots: &[String]) -> bool {
    path.split('/').any(|part| !part.is_empty() && roots.iter().any(|root| root == part))
}

/// Brings the members of a package object into the shape that the server answers with.
pub fn normalise(kind: &Type, body: &mut Map<String, Value>) {
    const DROPPED: [&str; 16] = [
        "created",
        "lastUpdated",
        "access",
        "href",
        "displayName",
        "displayShortName",
        "displayFormName",
        "createdBy",
        "lastUpdatedBy",
        "user",
        "publicAccess",
        "externalAccess",
        "userAccesses",
        "userGroupAccesses",
        "favorite",
        "favorites",
    ];
    let legacy = legacy_sharing(body);
    DROPPED.iter().for_each(|key| drop(body.shift_remove(*key)));
    if kind.shared() && !body.get("sharing").is_some_and(Value::is_object) {
        body.insert("sharing".to_owned(), legacy);
    }
    for key in ["openingDate", "closedDate", "startDate", "endDate"] {
        if let Some(Value::String(date)) = body.get_mut(key)
            && date.len() == 10
        {
            date.push_str("T00:00:00.000");
        }
    }
    if kind.plural == "dataSets" {
        for key in ["expiryDays", "timelyDays"] {
            if let Some(number) = body.get(key).and_then(Value::as_f64) {
                body.insert(key.to_owned(), json!(number));
            }
        }
    }
    if kind.plural == "users" {
        body.shift_remove("password");
    }
    give_ids(body);
    body.retain(|_, value| !value.is_null());
}

/// Embedded objects that a package leaves without uid get one that depends only on what they hold.
fn give_ids(body: &mut Map<String, Value>) {
    const EMBEDDED: [&str; 3] = [
        "trackedEntityTypeAttributes",
        "programTrackedEntityAttributes",
        "programStageDataElements",
    ];
    let owner = text(body, "id").unwrap_or("").to_owned();
    if let Some(Value::Array(operands)) = body.get_mut("compulsoryDataElementOperands") {
        for operand in operands.iter_mut().filter_map(Value::as_object_mut) {
            let combo = reference(operand, "categoryOptionCombo");
            let combo = combo.filter(|combo| *combo != crate::model::aggregate::DEFAULT_COMBO);
            let id = [reference(operand, "dataElement"), combo]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(".");
            operand.entry("id").or_insert_with(|| json!(id));
        }
    }
    for key in EMBEDDED {
        let Some(Value::Array(items)) = body.get_mut(key) else { continue };
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            if !item.contains_key("id") {
                let member = item.values().filter_map(|value| value.get("id")?.as_str());
                let member: Vec<&str> = member.collect();
                let id = uid_of(&format!("{owner}:{key}:{}", member.join(",")));
                item.insert("id".to_owned(), json!(id));
            }
        }
    }
}

/// Packages before 2.36 carry `publicAccess` and its kin instead of `sharing`.
fn legacy_sharing(body: &Map<String, Value>) -> Value {
    let public = text(body, "publicAccess").unwrap_or("rw------");
    let mut sharing = json!({"external": false, "users": {}, "userGroups": {}, "public": public});
    for (from, to) in [("userAccesses", "users"), ("userGroupAccesses", "userGroups")] {
        for item in body.get(from).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
        {
            let id = item.get("id").and_then(Value::as_str);
            let access = item.get("access").and_then(Value::as_str);
            if let (Some(id), Some(access)) = (id, access) {
                sharing[to][id] = json!({"id": id, "access": access});
            }
        }
    }
    sharing
}
