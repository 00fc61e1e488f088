//! The small district of the simulation: four clinics, one monthly data set, one event program.

use outpost_domain::uid::Uid;
use outpost_sandbox::{MetadataSource, SandboxConfig, SandboxUser};
use serde_json::{Value, json};

/// A clinic that only one user works in.
pub const OWN_CLINICS: [&str; 3] = ["ouClinicA01", "ouClinicB01", "ouClinicC01"];
/// The clinic in which every phone works.
pub const SHARED_CLINIC: &str = "ouShared001";
/// Above all clinics.
pub const DISTRICT: &str = "ouDistrict1";
/// The data set.
pub const DATA_SET: &str = "dsMonthly01";
/// The event program.
pub const PROGRAM: &str = "prEvents001";
/// Its stage.
pub const STAGE: &str = "psEvents001";
/// A number split by sex, a number, a text.
pub const ELEMENTS: [&str; 3] = ["deCases0001", "deDeaths001", "deRemark001"];
/// The questions of an event, both texts.
pub const QUESTIONS: [&str; 2] = ["deTemp00001", "deSymptom01"];
/// The cells of the data set.
pub const CELLS: [(&str, &str); 4] = [
    ("deCases0001", "occFemale01"),
    ("deCases0001", "occMale0001"),
    ("deDeaths001", DEFAULT_COMBO),
    ("deRemark001", DEFAULT_COMBO),
];
/// The option combo of everything that is not split.
pub const DEFAULT_COMBO: &str = "HllvX50cXC0";
/// The periods that people fill in; all are open at [`START_MS`].
pub const PERIODS: [&str; 3] = ["202608", "202609", "202610"];
/// When a simulation begins: 2026-11-22T10:33:45Z.
pub const START_MS: i64 = 1_795_343_625_000;
/// Password of everybody.
pub const PASSWORD: &str = "Sim-District-1";

/// A typed uid from a constant of this module or from a server's answer.
///
/// # Panics
/// If the text is no uid: a slip in the test itself.
#[must_use]
pub fn uid<T: From<Uid>>(text: &str) -> T {
    T::from(Uid::parse(text).expect("a uid of the simulation"))
}

/// Name of a user.
#[must_use]
pub fn user_of(index: usize) -> String {
    format!("chw{index}")
}

/// The server of the simulation with one user per phone and a superuser.
#[must_use]
pub fn config(version: &str) -> SandboxConfig {
    let rights =
        ["F_DATAVALUE_ADD", "F_DATAVALUE_DELETE", "M_dhis-web-capture", "F_UNCOMPLETE_EVENT"];
    let person = |(index, own): (usize, &&str)| SandboxUser {
        username: user_of(index),
        password: PASSWORD.to_owned(),
        org_units: vec![(*own).to_owned(), SHARED_CLINIC.to_owned()],
        superuser: false,
        authorities: rights.map(str::to_owned).to_vec(),
    };
    let mut users: Vec<_> = OWN_CLINICS.iter().enumerate().map(person).collect();
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

/// Everything of the server but its users.
#[must_use]
pub fn package() -> Value {
    let open = json!({"public": "rwrw----", "external": false, "users": {}, "userGroups": {}});
    let combo = json!({"id": "bjDvmb4bfuf"});
    let clinics: Value =
        OWN_CLINICS.iter().chain([&SHARED_CLINIC]).map(|id| json!({"id": id})).collect();
    json!({
        "organisationUnits": units(),
        "categoryOptions": [
            {"id": "coFemale001", "name": "Female", "shortName": "Female", "sharing": open},
            {"id": "coMale00001", "name": "Male", "shortName": "Male", "sharing": open},
        ],
        "categories": [{
            "id": "caSex000001", "name": "Sex", "dataDimensionType": "DISAGGREGATION",
            "categoryOptions": [{"id": "coFemale001"}, {"id": "coMale00001"}],
        }],
        "categoryCombos": [{
            "id": "ccSex000001", "name": "Sex", "dataDimensionType": "DISAGGREGATION",
            "categories": [{"id": "caSex000001"}],
        }],
        "categoryOptionCombos": [
            {"id": "occFemale01", "name": "Female", "categoryCombo": {"id": "ccSex000001"},
             "categoryOptions": [{"id": "coFemale001"}]},
            {"id": "occMale0001", "name": "Male", "categoryCombo": {"id": "ccSex000001"},
             "categoryOptions": [{"id": "coMale00001"}]},
        ],
        "dataElements": [
            element("deCases0001", "Cases", "NUMBER", "AGGREGATE", "ccSex000001"),
            element("deDeaths001", "Deaths", "NUMBER", "AGGREGATE", "bjDvmb4bfuf"),
            element("deRemark001", "Remark", "LONG_TEXT", "AGGREGATE", "bjDvmb4bfuf"),
            element("deTemp00001", "Temperature", "TEXT", "TRACKER", "bjDvmb4bfuf"),
            element("deSymptom01", "Symptom", "TEXT", "TRACKER", "bjDvmb4bfuf"),
        ],
        "dataSets": [{
            "id": DATA_SET, "name": "Monthly", "shortName": "Monthly", "periodType": "Monthly",
            "expiryDays": 0, "openFuturePeriods": 0, "categoryCombo": combo,
            "organisationUnits": clinics, "sharing": open,
            "dataSetElements": ELEMENTS.iter().map(|id| json!({
                "dataElement": {"id": id}, "dataSet": {"id": DATA_SET},
            })).collect::<Value>(),
        }],
        "programs": [{
            "id": PROGRAM, "name": "Events", "shortName": "Events",
            "programType": "WITHOUT_REGISTRATION", "categoryCombo": combo,
            "organisationUnits": clinics, "programStages": [{"id": STAGE}], "sharing": open,
            "expiryDays": 0, "completeEventsExpiryDays": 0,
        }],
        "programStages": [{
            "id": STAGE, "name": "Events", "program": {"id": PROGRAM}, "sortOrder": 1,
            "repeatable": false, "minDaysFromStart": 0, "featureType": "NONE",
            "validationStrategy": "ON_UPDATE_AND_INSERT", "sharing": open,
            "programStageDataElements": QUESTIONS.iter().enumerate().map(|(place, id)| json!({
                "id": format!("psdEvent{place:03}"), "dataElement": {"id": id},
                "programStage": {"id": STAGE}, "compulsory": false, "sortOrder": place + 1,
            })).collect::<Value>(),
        }],
    })
}

fn element(id: &str, name: &str, value_type: &str, domain: &str, combo: &str) -> Value {
    json!({
        "id": id, "name": name, "shortName": name, "valueType": value_type,
        "domainType": domain, "aggregationType": "NONE", "categoryCombo": {"id": combo},
        "zeroIsSignificant": true,
    })
}

fn units() -> Value {
    let unit = |id: &str, name: &str, parent: Option<&str>| {
        let mut unit = json!({
            "id": id, "name": name, "shortName": name, "openingDate": "2000-01-01",
        });
        if let Some(parent) = parent {
            unit["parent"] = json!({"id": parent});
        }
        unit
    };
    let mut list = vec![unit(DISTRICT, "District", None)];
    list.extend(OWN_CLINICS.map(|id| unit(id, id, Some(DISTRICT))));
    list.push(unit(SHARED_CLINIC, "Shared", Some(DISTRICT)));
    Value::Array(list)
}
