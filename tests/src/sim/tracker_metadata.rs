//! The area of the simulation of people: two villages of one clinic, a program with registration that
//! everybody there shares, and links between people of one household.

use outpost_sandbox::{MetadataSource, SandboxConfig, SandboxUser};
use serde_json::{Value, json};

use super::metadata::{DISTRICT, PASSWORD, SHARED_CLINIC, user_of};

/// The villages below the shared clinic, where people are registered and to which they move.
pub const VILLAGES: [&str; 2] = ["ouVillageA1", "ouVillageB1"];
/// The type of a person.
pub const PERSON: &str = "tetPerson01";
/// The program with registration.
pub const TRACKER: &str = "prFollow001";
/// Its stages: a visit that repeats, and one that happens once.
pub const STAGES: [&str; 2] = ["psVisit0001", "psClose0001"];
/// Links a head of a household with a member.
pub const MEMBER: &str = "rtMember001";
/// A name, without which nobody is registered.
pub const NAME: &str = "taName00001";
/// A phone number that may be missing.
pub const PHONE: &str = "taPhone0001";
/// The number of a card: nobody has the same.
pub const CARD: &str = "taCardNo001";
/// What the program alone asks.
pub const RISK: &str = "taRisk00001";
/// Attributes of the type.
pub const TYPE_ATTRIBUTES: [&str; 3] = [NAME, PHONE, CARD];
/// The questions of a visit, both texts.
pub const ANSWERS: [&str; 2] = ["deAdvice001", "deWeight001"];
/// The user who reviews: the last phone's.
pub const SUPERVISOR: usize = 2;

/// The server of the simulation of people with one user per phone and a superuser.
#[must_use]
pub fn config(version: &str) -> SandboxConfig {
    let rights = [
        "M_dhis-web-capture",
        "F_UNCOMPLETE_EVENT",
        "F_TRACKED_ENTITY_INSTANCE_SEARCH_IN_ALL_ORGUNITS",
    ];
    let person = |index: usize| SandboxUser {
        username: user_of(index),
        password: PASSWORD.to_owned(),
        org_units: vec![SHARED_CLINIC.to_owned()],
        superuser: false,
        authorities: rights.map(str::to_owned).to_vec(),
    };
    let mut users: Vec<_> = (0..=SUPERVISOR).map(person).collect();
    users.push(SandboxUser {
        username: "admin".to_owned(),
        password: PASSWORD.to_owned(),
        superuser: true,
        ..SandboxUser::default()
    });
    SandboxConfig {
        metadata: vec![MetadataSource::Json(package())],
        users,
        version: version.to_owned(),
        ..SandboxConfig::default()
    }
}

fn package() -> Value {
    let open = json!({"public": "rwrw----", "external": false, "users": {}, "userGroups": {}});
    let combo = json!({"id": "bjDvmb4bfuf"});
    let end = json!({"relationshipEntity": "TRACKED_ENTITY_INSTANCE",
        "trackedEntityType": {"id": PERSON}});
    let asked = [NAME, PHONE, CARD, RISK].map(|id| {
        json!({
            "trackedEntityAttribute": {"id": id}, "mandatory": false, "displayInList": true,
        })
    });
    json!({
        "organisationUnits": units(),
        "dataElements": ANSWERS.map(|id| json!({
            "id": id, "name": id, "shortName": id, "valueType": "TEXT", "domainType": "TRACKER",
            "aggregationType": "NONE", "categoryCombo": combo,
        })),
        "trackedEntityAttributes": [
            attribute(NAME, false), attribute(PHONE, false), attribute(CARD, true),
            attribute(RISK, false),
        ],
        "trackedEntityTypes": [{
            "id": PERSON, "name": "Person", "sharing": open,
            "trackedEntityTypeAttributes": TYPE_ATTRIBUTES.map(|id| json!({
                "trackedEntityAttribute": {"id": id}, "mandatory": id == NAME,
                "displayInList": true, "searchable": true,
            })),
        }],
        "relationshipTypes": [{
            "id": MEMBER, "name": "Household", "bidirectional": true, "sharing": open,
            "fromToName": "is the head of", "toFromName": "lives with",
            "fromConstraint": end, "toConstraint": end,
        }],
        "programs": [{
            "id": TRACKER, "name": "Follow-up", "shortName": "Follow-up",
            "programType": "WITH_REGISTRATION", "trackedEntityType": {"id": PERSON},
            "accessLevel": "OPEN", "categoryCombo": combo, "onlyEnrollOnce": true,
            "displayIncidentDate": true, "sharing": open,
            "organisationUnits": VILLAGES.map(|id| json!({"id": id})),
            "programStages": STAGES.map(|id| json!({"id": id})),
            "programTrackedEntityAttributes": asked,
        }],
        "programStages": STAGES.map(|id| json!({
            "id": id, "name": id, "program": {"id": TRACKER}, "sortOrder": 1, "sharing": open,
            "repeatable": id == STAGES[0], "minDaysFromStart": 0, "featureType": "NONE",
            "validationStrategy": "ON_UPDATE_AND_INSERT",
            "programStageDataElements": ANSWERS.map(|element| json!({
                "dataElement": {"id": element}, "programStage": {"id": id}, "compulsory": false,
            })),
        })),
    })
}

fn attribute(id: &str, is_unique: bool) -> Value {
    json!({"id": id, "name": id, "shortName": id, "valueType": "TEXT", "unique": is_unique,
        "aggregationType": "NONE"})
}

fn units() -> Value {
    let unit = |id: &str, parent: Option<&str>| {
        let mut unit = json!({
            "id": id, "name": id, "shortName": id, "openingDate": "2000-01-01",
        });
        if let Some(parent) = parent {
            unit["parent"] = json!({"id": parent});
        }
        unit
    };
    let mut list = vec![unit(DISTRICT, None), unit(SHARED_CLINIC, Some(DISTRICT))];
    list.extend(VILLAGES.map(|id| unit(id, Some(SHARED_CLINIC))));
    Value::Array(list)
}
