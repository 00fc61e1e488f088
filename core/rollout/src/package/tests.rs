//! What holds for every program of the package.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::uid::{CategoryComboUid, OrganisationUnitUid, Uid};
use serde_json::Value;

use super::*;

fn lists() -> Vec<(String, Vec<Value>)> {
    let package = package(&PackageOptions::default());
    let lists = package.as_object().expect("an object").clone();
    let list = |value: Value| value.as_array().expect("a list").clone();
    lists.into_iter().map(|(class, value)| (class, list(value))).collect()
}

fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object[member].as_str().unwrap_or_default()
}

#[test]
fn every_id_is_one_of_dhis2_and_given_once() {
    let mut seen = BTreeSet::new();
    for (class, objects) in lists() {
        for object in objects {
            let id = text(&object, "id").to_owned();
            assert!(Uid::parse(&id).is_ok(), "{class} {id}");
            assert!(seen.insert(id.clone()), "{class} {id} twice");
        }
    }
}

#[test]
fn names_codes_and_short_names_are_unique_within_their_class_and_short_enough() {
    for (class, objects) in lists() {
        // Sections and options are named within what they belong to.
        let unique =
            !matches!(class.as_str(), "options" | "programStageSections" | "programStages");
        for (member, characters_max) in [("name", 230), ("code", 50), ("shortName", 50)] {
            let mut seen = BTreeSet::new();
            for object in objects.iter().filter(|it| !text(it, member).is_empty()) {
                let value = text(object, member);
                assert!(value.chars().count() <= characters_max, "{class}: {value}");
                assert!(!unique || seen.insert(value), "{class} {member} {value} twice");
            }
        }
    }
}

/// Every `{"id": …}` within a value, with the members that lead to it.
fn references(value: &Value, inside: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let (true, 1, Some(Value::String(id))) = (inside, members.len(), members.get("id")) {
                found.push(id.clone());
            }
            let members = members.iter().filter(|(name, _)| *name != "sharing");
            members.for_each(|(_, value)| references(value, true, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, true, found)),
        _ => {}
    }
}

#[test]
fn whatever_is_referred_to_is_in_the_package() {
    let lists = lists();
    let objects = lists.iter().flat_map(|(_, objects)| objects);
    let known: BTreeSet<_> = objects.clone().map(|object| text(object, "id")).collect();
    for object in objects {
        let mut found = Vec::new();
        references(object, false, &mut found);
        for id in found.iter().filter(|id| *id != "bjDvmb4bfuf") {
            assert!(known.contains(id.as_str()), "{} of {}", id, text(object, "id"));
        }
    }
}

#[test]
fn expressions_name_only_what_there_is() {
    let ids: BTreeSet<_> = PROGRAMS
        .iter()
        .flat_map(|program| {
            let attributes = program.attributes.iter().map(|it| it.question.id);
            let asked = program.questions().into_iter().map(|question| question.id);
            attributes.chain(asked).chain(program.stages.iter().map(|stage| stage.id))
        })
        .collect();
    for program in PROGRAMS {
        let names: BTreeSet<_> = program.variables.iter().map(|it| it.name).collect();
        for rule in program.rules {
            for name in braces(rule.condition).filter(|name| !name.contains([',', '5'])) {
                assert!(names.contains(name), "{}: {name}", rule.name);
            }
        }
        for figure in program.figures {
            for place in braces(figure.expression).chain(braces(figure.filter)) {
                let known = place.split('.').all(|id| ids.contains(id));
                assert!(known || place.ends_with("_count"), "{}: {place}", figure.name);
            }
        }
    }
}

fn braces(expression: &str) -> impl Iterator<Item = &str> {
    expression.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

#[test]
fn an_update_leaves_the_members_of_groups_alone_and_names_the_places() {
    let clinic = OrganisationUnitUid::parse("OuClinicAaa").expect("an id");
    let key = crate::device::LabelKey::from_seed(&[1; 32]).public();
    let options = PackageOptions {
        organisation_units: vec![clinic],
        is_update: true,
        label_keys: vec![("2026".to_owned(), key.clone())],
        default_category_combo: CategoryComboUid::parse("CcOldServer").ok(),
    };
    let package = package(&options);
    assert_eq!(package["programs"][0]["categoryCombo"]["id"], "CcOldServer");
    assert_eq!(package["dataElements"][0]["categoryCombo"]["id"], "CcOldServer");
    assert!(package.get("userGroups").is_none());
    assert_eq!(package["programs"][0]["organisationUnits"][0]["id"], "OuClinicAaa");
    let options = package["options"].as_array().expect("a list");
    assert!(options.iter().any(|it| it["code"] == key.to_text()));
}

#[test]
fn nobody_but_the_groups_sees_a_record() {
    let lists: BTreeMap<_, _> = lists().into_iter().collect();
    for class in ["programs", "programStages", "trackedEntityTypes"] {
        for object in &lists[class] {
            assert_eq!(object["sharing"]["public"], "--------", "{class}");
        }
    }
}
