//! Loading packages at the start: defaults, missing parts, old shapes, a district when there is
//! none.
//!
//! Whatever cannot be used is reported, never a reason to fail.

use serde_json::{Map, Value, json};

use super::store::{Object, normalise};
use super::types::{self, Type};
use crate::model::http::{reference, text};
use crate::model::uid::{is_uid, uid_of};
use crate::model::world::{ADMIN_UID, World};

/// What was loaded and what was not.
#[derive(Debug, Clone, Default)]
pub struct LoadReport {
    /// Objects by type.
    pub loaded: Vec<(&'static str, usize)>,
    /// One line for everything that was left out or repaired.
    pub skipped: Vec<String>,
}

/// Loads packages into an empty world and completes them.
///
/// # Errors
/// Only when the store fails.
pub fn load(world: &mut World, packages: &[Value], now: i64) -> rusqlite::Result<LoadReport> {
    let mut report = LoadReport::default();
    world.db.execute_batch("BEGIN")?;
    seed(world, now);
    for package in packages {
        load_package(world, package, now, &mut report);
    }
    complete(world, now, &mut report);
    for (plural, _) in world.meta.counts() {
        for object in world.meta.all(plural) {
            world.store(object)?;
        }
    }
    world.db.execute_batch("COMMIT")?;
    report.loaded = world.meta.counts();
    Ok(report)
}

fn put(world: &mut World, kind: &'static Type, id: &str, body: Value, now: i64) {
    let Value::Object(mut body) = body else { return };
    normalise(kind, &mut body);
    body.shift_remove("id");
    if let Some(Value::Object(sharing)) = body.get_mut("sharing") {
        sharing.entry("owner").or_insert_with(|| json!(ADMIN_UID));
    }
    let author = ADMIN_UID.into();
    world.meta.put(Object { kind, id: id.to_owned(), created: now, updated: now, author, body });
}

fn put_named(world: &mut World, plural: &str, id: &str, body: Value, now: i64) {
    if let Some(kind) = types::by_plural(plural) {
        put(world, kind, id, body, now);
    }
}

/// The default category objects with their fixed uids (wire reference 1.1).
fn seed(world: &mut World, now: i64) {
    let open = json!({"public": "rwrw----", "external": false, "users": {}, "userGroups": {}});
    let read = json!({"public": "rw------", "external": false, "users": {}, "userGroups": {}});
    let named = |extra: Value| {
        let mut body = json!({"name": "default", "shortName": "default", "code": "default"});
        if let (Value::Object(body), Value::Object(extra)) = (&mut body, extra) {
            body.extend(extra);
        }
        body
    };
    let option = named(json!({"sharing": open, "isDefault": true}));
    put_named(world, "categoryOptions", "xYerKDKCefk", option, now);
    let category = named(json!({
        "sharing": read, "dataDimensionType": "DISAGGREGATION",
        "categoryOptions": [{"id": "xYerKDKCefk"}],
    }));
    put_named(world, "categories", "GLevLNI9wkl", category, now);
    let combo = json!({
        "name": "default", "code": "default", "sharing": read, "isDefault": true,
        "dataDimensionType": "DISAGGREGATION", "categories": [{"id": "GLevLNI9wkl"}],
    });
    put_named(world, "categoryCombos", "bjDvmb4bfuf", combo, now);
    let option_combo = json!({
        "name": "default", "code": "default", "categoryCombo": {"id": "bjDvmb4bfuf"},
        "categoryOptions": [{"id": "xYerKDKCefk"}],
    });
    put_named(world, "categoryOptionCombos", "HllvX50cXC0", option_combo, now);
}

fn load_package(world: &mut World, package: &Value, now: i64, report: &mut LoadReport) {
    let Value::Object(package) = package else {
        report.skipped.push("a package that is not a JSON object".to_owned());
        return;
    };
    for (plural, objects) in package {
        let Value::Array(objects) = objects else { continue };
        let Some(kind) = types::by_plural(plural) else {
            if !objects.is_empty() {
                let line = format!("{plural}: {} objects of a type not kept here", objects.len());
                report.skipped.push(line);
            }
            continue;
        };
        for (index, object) in objects.iter().enumerate() {
            load_object(world, kind, index, object, now, report);
        }
    }
}

fn load_object(
    world: &mut World,
    kind: &'static Type,
    index: usize,
    object: &Value,
    now: i64,
    report: &mut LoadReport,
) {
    let id = object.get("id").and_then(Value::as_str).unwrap_or("");
    if !is_uid(id) {
        report.skipped.push(format!("{}[{index}]: no usable uid", kind.plural));
        return;
    }
    let mut body = object.clone();
    let marks = scrub(&mut body);
    if marks > 0 {
        let line = format!("{} {id}: {marks} marks that whoever imports has to fill", kind.plural);
        report.skipped.push(line);
    }
    if is_default_twin(world, kind, &body) && world.meta.get(kind.plural, id).is_none() {
        report.skipped.push(format!("{} {id}: a second default", kind.plural));
        return;
    }
    if is_default_twin(world, kind, &body) {
        // The seeded default stays: a package may forbid it to everybody.
        return;
    }
    if kind.plural == "programs" {
        unfold_stages(world, id, &mut body, now);
    }
    put(world, kind, id, body, now);
}

/// Old packages may bring the default objects under other uids; there is only one default.
fn is_default_twin(world: &World, kind: &Type, body: &Value) -> bool {
    let category = matches!(
        kind.plural,
        "categories" | "categoryCombos" | "categoryOptions" | "categoryOptionCombos"
    );
    category
        && body.get("name").and_then(Value::as_str) == Some("default")
        && world.meta.all(kind.plural).iter().any(|object| object.name() == "default")
}

/// Programs of old packages carry whole stages instead of references.
fn unfold_stages(world: &mut World, program: &str, body: &mut Value, now: i64) {
    let Some(Value::Array(stages)) = body.get_mut("programStages") else { return };
    for stage in stages {
        let id = stage.get("id").and_then(Value::as_str).unwrap_or("").to_owned();
        if is_uid(&id) && stage.get("name").is_some() {
            let mut whole = std::mem::replace(stage, json!({"id": id}));
            whole["program"] = json!({"id": program});
            put_named(world, "programStages", &id, whole, now);
        }
    }
}

/// Removes `<OU_LEVEL_…>` and other marks that a package leaves for whoever imports it to fill; says
/// how many there were.
fn scrub(value: &mut Value) -> usize {
    let is_mark = |value: &Value| {
        let text = value.as_str().or_else(|| value.get("id").and_then(Value::as_str));
        text.is_some_and(|text| text.starts_with('<') && text.ends_with('>'))
    };
    match value {
        Value::Array(items) => {
            let before = items.len();
            items.retain(|item| !is_mark(item));
            before - items.len() + items.iter_mut().map(scrub).sum::<usize>()
        }
        Value::Object(members) => {
            let before = members.len();
            members.retain(|_, member| !is_mark(member));
            before - members.len() + members.values_mut().map(scrub).sum::<usize>()
        }
        _ => 0,
    }
}

/// Everything a package may leave to the server.
fn complete(world: &mut World, now: i64, report: &mut LoadReport) {
    if world.meta.all("organisationUnits").is_empty() {
        generate_district(world, now);
        report.skipped.push("no organisation units: a district with three clinics was made".into());
    }
    settle(world, now);
    let dangling = world.meta.all("dataSets").iter().flat_map(|data_set| {
        let elements = data_set.items("dataSetElements").iter();
        let ids = elements.filter_map(|e| reference(e.as_object()?, "dataElement"));
        let missing = ids.filter(|id| world.meta.get("dataElements", id).is_none());
        let name = data_set.id.clone();
        missing.map(move |id| format!("dataSets {name}: data element {id} is not in the package"))
    });
    let dangling: Vec<String> = dangling.collect();
    report.skipped.extend(dangling);
}

/// Brings derived members up to date: paths, option order, option combos. Returns what changed.
pub fn settle(world: &mut World, now: i64) -> Vec<(&'static str, String)> {
    let mut changed = Vec::new();
    let paths = world.meta.settle_hierarchy();
    changed.extend(paths.into_iter().map(|id| ("organisationUnits", id)));
    changed.extend(settle_options(world));
    changed.extend(settle_combos(world, now));
    changed
}

/// `sortOrder` of an option is its place in the set (captures 14, m040).
fn settle_options(world: &mut World) -> Vec<(&'static str, String)> {
    let mut moved = Vec::new();
    for set in world.meta.all("optionSets") {
        for (place, id) in set.references("options").into_iter().enumerate() {
            if let Some(option) = world.meta.get("options", id)
                && option.body.get("sortOrder") != Some(&json!(place))
            {
                moved.push((Object::clone(option), place));
            }
        }
    }
    let ids = moved.iter().map(|(option, _)| ("options", option.id.clone())).collect();
    for (mut option, place) in moved {
        option.body.insert("sortOrder".to_owned(), json!(place));
        world.meta.put(option);
    }
    ids
}

/// A combo without option combos gets one for each choice of options.
fn settle_combos(world: &mut World, now: i64) -> Vec<(&'static str, String)> {
    let mut made = Vec::new();
    for combo in world.meta.all("categoryCombos").to_vec() {
        let children = world.meta.children("categoryCombos", "categoryOptionCombos", &combo.id);
        if !children.is_empty() || !combo.items("categoryOptionCombos").is_empty() {
            continue;
        }
        for choice in choices(world, &combo) {
            let names: Vec<&str> = choice
                .iter()
                .filter_map(|id| world.meta.get("categoryOptions", id))
                .map(|option| option.name())
                .collect();
            let id = uid_of(&format!("{}:{}", combo.id, choice.join(",")));
            let body = json!({
                "name": names.join(", "), "categoryCombo": {"id": combo.id},
                "categoryOptions": choice.iter().map(|id| json!({"id": id})).collect::<Value>(),
            });
            put_named(world, "categoryOptionCombos", &id, body, now);
            made.push(("categoryOptionCombos", id));
        }
    }
    made
}

fn choices(world: &World, combo: &Object) -> Vec<Vec<String>> {
    let mut choices: Vec<Vec<String>> = vec![Vec::new()];
    for category in combo.references("categories") {
        let Some(category) = world.meta.get("categories", category) else { return Vec::new() };
        let options = category.references("categoryOptions");
        let extended = choices.iter().flat_map(|choice| {
            options.iter().map(move |option| {
                let mut longer = choice.clone();
                longer.push((*option).to_owned());
                longer
            })
        });
        choices = extended.collect();
    }
    choices.retain(|choice| !choice.is_empty());
    choices
}

/// A country, a district and three clinics, to which every data set and event program is assigned.
fn generate_district(world: &mut World, now: i64) {
    let unit = |name: &str, code: &str, parent: Option<&str>| {
        let mut unit = json!({
            "name": name, "shortName": name, "code": code, "openingDate": "2000-01-01",
        });
        if let Some(parent) = parent {
            unit["parent"] = json!({"id": parent});
        }
        unit
    };
    put_named(world, "organisationUnits", "ouTraining1", unit("Training Land", "TR", None), now);
    let district = unit("Training District", "TR_D", Some("ouTraining1"));
    put_named(world, "organisationUnits", "ouTraining2", district, now);
    let clinics = ["ouTrainingA", "ouTrainingB", "ouTrainingC"];
    for clinic in clinics {
        let letter = clinic.chars().last().unwrap_or('A');
        let body = unit(&format!("Clinic {letter}"), &format!("TR_{letter}"), Some("ouTraining2"));
        put_named(world, "organisationUnits", clinic, body, now);
    }
    for (level, name) in [(1, "Country"), (2, "District"), (3, "Facility")] {
        let id = format!("ouLevelTr{level:02}");
        let body = json!({"name": name, "level": level});
        put_named(world, "organisationUnitLevels", &id, body, now);
    }
    let assigned: Value = clinics.iter().map(|id| json!({"id": id})).collect();
    assign(world, "dataSets", &assigned);
    assign(world, "programs", &assigned);
}

fn assign(world: &mut World, plural: &str, units: &Value) {
    for object in world.meta.all(plural).to_vec() {
        let mut object = Object::clone(&object);
        object.body.insert("organisationUnits".to_owned(), units.clone());
        world.meta.put(object);
    }
}

/// Makes a config user, its role and its place in every user group. Existing users stay as they
/// are.
///
/// # Errors
/// Only when the store fails.
pub fn add_user(
    world: &mut World,
    user: &crate::config::SandboxUser,
    now: i64,
) -> rusqlite::Result<()> {
    let id = if user.username == "admin" { ADMIN_UID.into() } else { uid_of(&user.username) };
    let account = "SELECT count(*) FROM account WHERE username = ?";
    let known: i64 = world.db.query_row(account, [&user.username], |row| row.get(0))?;
    if known > 0 {
        return Ok(());
    }
    let role = uid_of(&format!("role of {}", user.username));
    let authorities: Vec<&str> = if user.superuser {
        vec!["ALL"]
    } else {
        let standard = ["F_DATAVALUE_ADD", "F_DATAVALUE_DELETE", "M_dhis-web-capture"];
        let given = user.authorities.iter().map(String::as_str);
        if user.authorities.is_empty() { standard.to_vec() } else { given.collect() }
    };
    let role_body =
        json!({"name": format!("Role of {}", user.username), "authorities": authorities});
    let units = if user.org_units.is_empty() { world.meta.roots() } else { user.org_units.clone() };
    let units: Value = units.iter().map(|id| json!({"id": id})).collect();
    let person = json!({
        "username": user.username, "code": user.username, "firstName": user.username,
        "surname": user.username, "userRoles": [{"id": role}], "organisationUnits": units,
        "teiSearchOrganisationUnits": units, "dataViewOrganisationUnits": units,
    });
    put_named(world, "userRoles", &role, role_body, now);
    put_named(world, "users", &id, person, now);
    join_groups(world, &id)?;
    for (plural, id) in [("userRoles", &role), ("users", &id)] {
        if let Some(object) = world.meta.get(plural, id) {
            world.store(object)?;
        }
    }
    crate::model::auth::set_password(world, &user.username, &id, &user.password)
}

/// Packages give data rights to groups; people of the sandbox belong to all of them.
fn join_groups(world: &mut World, user: &str) -> rusqlite::Result<()> {
    for group in world.meta.all("userGroups").to_vec() {
        if group.references("users").contains(&user) {
            continue;
        }
        let mut group = Object::clone(&group);
        let users = group.body.entry("users").or_insert_with(|| json!([]));
        if let Value::Array(users) = users {
            users.push(json!({"id": user}));
        }
        world.put(group)?;
    }
    Ok(())
}

/// Users of a package that carry a password become people who can sign in.
///
/// # Errors
/// Only when the store fails.
pub fn open_accounts(world: &mut World, packages: &[Value]) -> rusqlite::Result<()> {
    let users = packages.iter().filter_map(|package| package.get("users")?.as_array()).flatten();
    let users: Vec<&Map<String, Value>> = users.filter_map(Value::as_object).collect();
    for user in users {
        let (id, name) = (text(user, "id"), text(user, "username"));
        if let (Some(id), Some(name), Some(password)) = (id, name, text(user, "password")) {
            crate::model::auth::set_password(world, name, id, password)?;
        }
    }
    Ok(())
}
