//! The metadata package of a roll-out on the desk's server, and who may use it.

use serde_json::{Value, json};

use super::Desk;

impl Desk {
    /// Imports the package for both clinics.
    pub fn import_rollout(&self, rest: &[&str]) {
        let path = self.folder.path().join("rollout.json").display().to_string();
        let make = ["rollout", "package", "--out", &path, "--at", "OuClinicAaa", "--at"];
        self.done_at("centre", &[&make[..], &["OuClinicBbb"], rest].concat());
        let text = std::fs::read_to_string(&path).expect("written");
        let package: Value = serde_json::from_str(&text).expect("JSON");
        let answer = self.ask("POST", "/api/metadata", &package);
        assert_eq!(answer["status"], "OK", "{answer}");
    }

    /// Puts a user into a group of the package.
    pub fn put_into_group(&self, user: &str, group: &str) {
        let target = format!("/api/users?filter=username:eq:{user}&fields=id");
        let found = self.ask("GET", &target, &Value::Null);
        let id = &found["users"][0]["id"];
        let group =
            json!({ "userGroups": [{ "id": group, "name": group, "users": [{ "id": id }] }] });
        assert_eq!(self.ask("POST", "/api/metadata", &group)["status"], "OK");
    }
}
