//! Two phones and a tablet in places without network, and a stick that travels between them.

use std::path::PathBuf;

use outpost_sandbox::Faults;
use serde_json::{Value, json};

use super::{Desk, PASSWORD, days_ago};

const HOMES: [(&str, &str, &str, &str); 3] = [
    ("phone1", "nurse", "Phone 17", "device"),
    ("phone2", "chief", "Phone 18", "device"),
    ("tablet", "chief", "Tablet, clinic A", "tablet"),
];

/// Two phones and a tablet that were once online and know each other's cards.
pub struct Field {
    pub desk: Desk,
}

impl Field {
    pub fn new() -> Self {
        let field = Self { desk: Desk::new() };
        for (home, user, name, role) in HOMES {
            assert_eq!(field.desk.login_at(home, user, PASSWORD).code, 0);
            field.done(home, &["sync"]);
            field.done(home, &["exchange", "card", "--name", name, "--role", role]);
        }
        let safe = field.done("tablet", &["exchange", "recovery", "--name", "Safe"]);
        assert!(safe["secret"].as_str().expect("once").starts_with("AGE-SECRET-KEY-1"));
        for phone in ["phone1", "phone2"] {
            field.meet("tablet", phone);
            field.meet(phone, "tablet");
            field.enrol(phone, &safe);
        }
        std::fs::create_dir(field.stick("")).expect("a stick");
        field.offline(true);
        field
    }

    pub fn offline(&self, is_offline: bool) {
        let faults = Faults { drop_request: is_offline, ..Faults::default() };
        self.desk.sandbox.with(|sandbox| sandbox.set_faults(faults));
    }

    #[track_caller]
    pub fn done(&self, home: &str, arguments: &[&str]) -> Value {
        self.desk.done_at(home, arguments)
    }

    /// `home` enrols the card of `other`.
    pub fn meet(&self, home: &str, other: &str) {
        self.enrol(home, &self.done(other, &["exchange", "card"]));
    }

    pub fn enrol(&self, home: &str, card: &Value) {
        let (text, digits) = (text(card, "text"), text(card, "fingerprint"));
        let enrol = ["exchange", "enrol", &text, "--fingerprint", &digits];
        assert_eq!(self.done(home, &enrol)["enrolled"], true);
    }

    pub fn stick(&self, name: &str) -> PathBuf {
        self.desk.folder.path().join("stick").join(name)
    }

    /// Writes a file to the stick; its path.
    #[track_caller]
    pub fn write(&self, home: &str, rest: &[&str]) -> String {
        let folder = self.stick("").display().to_string();
        let write = ["exchange", "write", "--to", "Tablet, clinic A", "--folder", &folder];
        let written = self.done(home, &[&write[..], rest].concat());
        text(&json!({ "path": written["paths"][0] }), "path")
    }

    /// What one file did.
    #[track_caller]
    pub fn import(&self, home: &str, path: &str) -> Value {
        self.done(home, &["exchange", "import", path])["files"][0].clone()
    }

    #[track_caller]
    pub fn push(&self, home: &str) -> Value {
        let report = self.done(home, &["push"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        report
    }

    /// Receipts from the tablet to both phones, and what each did.
    #[track_caller]
    pub fn receipts(&self) -> [Value; 2] {
        let folder = self.stick("").display().to_string();
        let written = self.done("tablet", &["exchange", "receipt", "--folder", &folder]);
        let receipts = written["receipts"].as_array().expect("receipts").clone();
        ["Phone 17", "Phone 18"].map(|name| {
            let one = receipts.iter().find(|one| one["to"]["name"] == name).expect("a receipt");
            let home = if name == "Phone 17" { "phone1" } else { "phone2" };
            self.import(home, &text(one, "path"))["report"]["receipt"].clone()
        })
    }

    #[track_caller]
    pub fn event(&self, home: &str, age: &str) -> String {
        let day = days_ago(2);
        let add = ["event", "add", "--program", "Fever visit", "--org-unit", "OuClinicAaa"];
        let age = format!("Age in years={age}");
        let rest = ["--occurred", &day, "--complete", &age, "Sex=F"];
        text(&self.done(home, &[&add[..], &rest].concat()), "uid")
    }

    /// States of the rows of an outbox.
    pub fn states(&self, home: &str) -> Vec<String> {
        let rows = self.done(home, &["outbox"]);
        rows.as_array().expect("rows").iter().map(|row| text(row, "state")).collect()
    }

    pub fn events_on_server(&self) -> Vec<String> {
        let target = "/api/tracker/events?program=PrFeverVisi&orgUnit=OuClinicAaa&fields=event";
        let answer = self.desk.ask("GET", target, &Value::Null);
        let events = answer["events"].as_array().expect("events").iter();
        let mut ids: Vec<String> = events.map(|event| text(event, "event")).collect();
        ids.sort();
        ids
    }
}

#[track_caller]
pub fn text(document: &Value, member: &str) -> String {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}")).to_owned()
}
