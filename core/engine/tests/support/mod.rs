//! A sandbox with the metadata of the demonstration, and a device that talks to it over loopback.

#![allow(dead_code, reason = "every suite uses a part of it")]

pub mod people;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use outpost_domain::data::SliceKey;
use outpost_domain::period::{Period, PeriodType};
use outpost_engine::model::{
    CellChange, CellEdit, Secret, SyncObserver, SyncOptions, SyncProgress, SyncReport,
};
use outpost_engine::platform::{Clock, Platform, SystemClock};
use outpost_engine::{CancelToken, Outpost, Session};
use outpost_sandbox::{
    Faults, HttpRequestParts, MetadataSource, RunningSandbox, SandboxConfig, SandboxUser,
    start_blocking,
};
use serde_json::{Value, json};

pub const DATA_SET: &str = "DsMonthly00";
pub const PROGRAM: &str = "PrFeverVisi";
pub const CLINIC: &str = "OuClinicAaa";
pub const PASSWORD: &str = "Palm-tree-77!";

/// A server that runs.
pub struct Server {
    pub sandbox: RunningSandbox,
}

impl Server {
    pub fn start() -> Self {
        Self::start_at(0)
    }

    pub fn start_at(port: u16) -> Self {
        Self { sandbox: start_blocking(Self::config(), port).expect("a sandbox") }
    }

    /// One whose users have these authorities besides those of everybody.
    pub fn with_authorities(authorities: &[&str]) -> Self {
        let mut config = Self::config();
        for user in &mut config.users {
            let standard = ["F_DATAVALUE_ADD", "F_DATAVALUE_DELETE"];
            let all = standard.iter().chain(authorities);
            user.authorities = all.map(|it| (*it).to_owned()).collect();
        }
        Self { sandbox: start_blocking(config, 0).expect("a sandbox") }
    }

    fn config() -> SandboxConfig {
        let package =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/demo-metadata.json");
        let user = |name: &str| SandboxUser {
            username: name.to_owned(),
            password: PASSWORD.to_owned(),
            org_units: vec!["OuDistrictN".to_owned()],
            ..SandboxUser::default()
        };
        SandboxConfig {
            metadata: vec![MetadataSource::File(package)],
            users: vec![user("nurse"), user("doctor")],
            ..SandboxConfig::default()
        }
    }

    /// Where the nurse enters data; she may look for people of the whole district.
    #[track_caller]
    pub fn nurse_works_at(&self, unit: &str) {
        let target = "/api/users?filter=username:eq:nurse&fields=id";
        let (_, found) = self.admin("GET", target, &Value::Null);
        let id = found["users"][0]["id"].as_str().expect("the nurse").to_owned();
        let units = json!({ "organisationUnits": [{ "id": unit }] });
        self.patch(&format!("/api/users/{id}"), &units);
    }

    /// From now on every request that begins so is lost on its way; an empty text lets all pass.
    pub fn lose(&self, path_prefix: &str) {
        let faults = Faults {
            drop_request: !path_prefix.is_empty(),
            path_prefix: Some(path_prefix.to_owned()),
            ..Faults::default()
        };
        self.sandbox.with(|sandbox| sandbox.set_faults(faults));
    }

    pub fn url(&self) -> String {
        self.sandbox.url.clone()
    }

    pub fn port(&self) -> u16 {
        self.url().rsplit(':').next().and_then(|it| it.parse().ok()).expect("a port")
    }

    /// A request of the administrator, past the network.
    #[track_caller]
    pub fn admin(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let headers = vec![
            ("Authorization".to_owned(), "Basic YWRtaW46ZGlzdHJpY3Q=".to_owned()),
            ("Content-Type".to_owned(), content_type(method).to_owned()),
        ];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = HttpRequestParts {
            method: method.to_owned(),
            path_and_query: path.to_owned(),
            headers,
            body,
        };
        let now_ms = SystemClock::default().unix_ms();
        let answer = self.sandbox.with(|sandbox| sandbox.answer(&request, now_ms));
        (answer.status, answer.json().unwrap_or(Value::Null))
    }

    /// Changes members of a metadata object, as an administrator does in the maintenance app.
    #[track_caller]
    pub fn patch(&self, path: &str, members: &Value) {
        let operations: Vec<Value> = members
            .as_object()
            .expect("members")
            .iter()
            .map(|(name, value)| json!({"op": "add", "path": format!("/{name}"), "value": value}))
            .collect();
        let (status, answer) = self.admin("PATCH", path, &json!(operations));
        assert_eq!(status, 200, "{path}: {answer}");
    }

    /// Values of a data element that the server holds for the last month at the clinic.
    pub fn values_of(&self, data_element: &str) -> Vec<String> {
        let path = format!(
            "/api/dataValueSets?dataSet={DATA_SET}&period={}&orgUnit={CLINIC}",
            last_month()
        );
        let (_, answer) = self.admin("GET", &path, &Value::Null);
        let values = answer["dataValues"].as_array().cloned().unwrap_or_default();
        let of_element = values.into_iter().filter(|it| it["dataElement"] == data_element);
        of_element.filter_map(|it| it["value"].as_str().map(str::to_owned)).collect()
    }
}

fn content_type(method: &str) -> &'static str {
    match method {
        "PATCH" => "application/json-patch+json",
        _ => "application/json",
    }
}

/// A clock whose uptime is set by the test; its start can be changed as a reboot does.
#[derive(Default)]
pub struct TestClock {
    pub uptime_ms: AtomicU64,
    pub boot: AtomicU64,
    pub ahead_ms: AtomicI64,
}

impl Clock for TestClock {
    fn unix_ms(&self) -> i64 {
        SystemClock::default().unix_ms() + self.ahead_ms.load(Ordering::SeqCst)
    }
    fn uptime_ms(&self) -> u64 {
        self.uptime_ms.load(Ordering::SeqCst)
    }
    fn boot_id(&self) -> String {
        self.boot.load(Ordering::SeqCst).to_string()
    }
}

/// A device with a folder of its own.
pub struct Device {
    pub folder: tempfile::TempDir,
    pub clock: Arc<TestClock>,
}

impl Device {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, clock: Arc::default() }
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn open(&self) -> Outpost {
        let platform = Platform { clock: self.clock.clone(), ..Platform::desktop(&self.home()) };
        Outpost::open(&self.home(), platform).expect("a device")
    }

    /// Signed in as the nurse, with the forms on the device.
    pub fn ready(&self, server: &Server) -> (Outpost, Session) {
        self.ready_as(server, "nurse")
    }

    /// Signed in as somebody, with the forms on the device.
    pub fn ready_as(&self, server: &Server, user: &str) -> (Outpost, Session) {
        let outpost = self.open();
        sign_in(&outpost, &server.url(), user, PASSWORD).expect("signed in");
        let session = outpost.session().expect("a session");
        let report = sync(&session, SyncOptions::PULL);
        assert_eq!(report.stopped, None);
        (outpost, session)
    }
}

pub fn sign_in(
    outpost: &Outpost,
    server: &str,
    user: &str,
    password: &str,
) -> outpost_engine::Result<outpost_engine::model::SignedIn> {
    outpost.sign_in(server, Some(user), Secret::password(password), true)
}

pub struct Silent;

impl SyncObserver for Silent {
    fn on_progress(&self, _progress: SyncProgress) {}
}

#[track_caller]
pub fn sync(session: &Session, options: SyncOptions) -> SyncReport {
    session.sync(options, &Silent, &CancelToken::new()).expect("a report")
}

/// The month before this one: open in a monthly data set without future periods.
pub fn last_month() -> Period {
    let now = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let this = PeriodType::Monthly.containing(now).expect("a month");
    this.previous().expect("an earlier month")
}

pub fn slice(session: &Session) -> SliceKey {
    let form = session.find_form(None, "Monthly report").expect("the form");
    SliceKey {
        data_set: form.uid.into(),
        period: last_month(),
        organisation_unit: session.find_organisation_unit("Clinic A").expect("the clinic"),
        attribute_option_combo: session
            .find_attribute_option_combo(form.uid, None)
            .expect("the default"),
    }
}

pub fn edit(session: &Session, cell: &str, value: &str) -> CellEdit {
    let key = session.find_cell(slice(session).data_set, cell).expect("a cell");
    CellEdit {
        data_element: key.data_element,
        category_option_combo: key.category_option_combo,
        change: CellChange::Value(value.to_owned()),
    }
}

/// Enters one value that no rule refuses.
#[track_caller]
pub fn enter(session: &Session, cell: &str, value: &str) {
    let outcome = session.set_values(slice(session), &[edit(session, cell, value)]).expect("saved");
    assert!(outcome.refused.is_empty(), "{outcome:?}");
}
