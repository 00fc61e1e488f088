//! The server of a suite: the sandbox behind its real HTTP shell, and what an administrator does
//! and reads there past the road.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use outpost_sandbox::{
    HttpRequestParts, MetadataSource, RunningSandbox, SandboxConfig, SandboxUser, start_blocking,
};
use serde_json::{Value, json};

/// The person at the device.
pub const USER: &str = "nurse-akello";
/// Her password.
pub const PASSWORD: &str = "Baobab-shade-4711!";
/// The district of the metadata of the demonstration and of the generated ones.
pub const DISTRICT: &str = "OuDistrictN";

/// `admin:district`
const ADMINISTRATOR: &str = "Basic YWRtaW46ZGlzdHJpY3Q=";

/// A server that runs.
pub struct Server {
    sandbox: RunningSandbox,
}

impl Server {
    /// A server with the metadata of the demonstration.
    #[must_use]
    pub fn demo() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo-metadata.json");
        Self::with(MetadataSource::File(package), "2.42.4")
    }

    /// A server with a package that has [`DISTRICT`].
    ///
    /// # Panics
    /// If it cannot start.
    #[must_use]
    pub fn with(package: MetadataSource, version: &str) -> Self {
        Self::start(package, version, vec![DISTRICT.to_owned()])
    }

    /// A server with any package; the nurse works at every root.
    #[must_use]
    pub fn for_package(package: MetadataSource) -> Self {
        Self::start(package, "2.42.4", Vec::new())
    }

    fn start(package: MetadataSource, version: &str, org_units: Vec<String>) -> Self {
        let config = SandboxConfig {
            metadata: vec![package],
            users: vec![SandboxUser {
                username: USER.to_owned(),
                password: PASSWORD.to_owned(),
                org_units,
                ..SandboxUser::default()
            }],
            version: version.to_owned(),
            ..SandboxConfig::default()
        };
        Self { sandbox: start_blocking(config, 0).expect("a sandbox") }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.sandbox.url
    }

    /// A request of the administrator: status and JSON.
    #[must_use]
    pub fn admin(&self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let content = match method {
            "PATCH" => "application/json-patch+json",
            _ => "application/json",
        };
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = HttpRequestParts {
            method: method.to_owned(),
            path_and_query: target.to_owned(),
            headers: vec![header("Authorization", ADMINISTRATOR), header("Content-Type", content)],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        };
        let answer = self.sandbox.with(|sandbox| sandbox.answer(&request, now_ms()));
        (answer.status, answer.json().unwrap_or(Value::Null))
    }

    /// Reads something that must be there.
    #[track_caller]
    #[must_use]
    pub fn get(&self, target: &str) -> Value {
        let (status, answer) = self.admin("GET", target, &Value::Null);
        assert_eq!(status, 200, "{target}: {answer}");
        answer
    }

    /// Changes members of a metadata object, as in the maintenance app.
    #[track_caller]
    pub fn patch(&self, path: &str, members: &Value) {
        let members = members.as_object().expect("members");
        let operations = members
            .iter()
            .map(|(name, value)| json!({"op": "add", "path": format!("/{name}"), "value": value}));
        let (status, answer) = self.admin("PATCH", path, &operations.collect());
        assert_eq!(status, 200, "{path}: {answer}");
    }

    /// Deletes a metadata object.
    #[track_caller]
    pub fn delete(&self, path: &str) {
        let (status, answer) = self.admin("DELETE", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {answer}");
    }

    /// Every value of a data set below the district: `period/unit/element/combo` and the value.
    #[must_use]
    pub fn values(&self, data_set: &str) -> BTreeMap<String, String> {
        let span = "startDate=1990-01-01&endDate=2100-01-01";
        let answer = self.get(&format!(
            "/api/dataValueSets?dataSet={data_set}&{span}&orgUnit={DISTRICT}&children=true"
        ));
        values_of(&answer)
    }

    /// Every living event of a program: id and the event.
    #[must_use]
    pub fn events(&self, program: &str) -> BTreeMap<String, Value> {
        let answer = self.get(&format!(
            "/api/tracker/events?program={program}&orgUnit={DISTRICT}&orgUnitMode=DESCENDANTS\
             &fields=event,occurredAt,status,dataValues[dataElement,value]&paging=false"
        ));
        events_of(&answer)
    }
}

/// The values of an answer of `dataValueSets`.
///
/// # Panics
/// If one key is there twice.
#[must_use]
pub fn values_of(answer: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for value in answer["dataValues"].as_array().into_iter().flatten() {
        let part = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let key = format!(
            "{}/{}/{}/{}",
            part("period"),
            part("orgUnit"),
            part("dataElement"),
            part("categoryOptionCombo")
        );
        let twice = found.insert(key, part("value"));
        assert_eq!(twice, None, "a value is there twice");
    }
    found
}

/// The events of an answer of `tracker/events`.
///
/// # Panics
/// If one id is there twice.
#[must_use]
pub fn events_of(answer: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for event in answer["events"].as_array().into_iter().flatten() {
        let id = event["event"].as_str().unwrap_or_default().to_owned();
        assert!(found.insert(id, event.clone()).is_none(), "an event is there twice");
    }
    found
}

/// Now, Unix ms.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
