//! As much of a DHIS2 2.42 as the machine talks to. What it answers is shaped after the captures.

use std::collections::BTreeMap;

use outpost_sync::ports::{Answer, Method, Request};
use serde_json::{Value, json};

use super::answer;
use super::tracker::FakeTracker;

/// A value that the server refuses for itself (E7619).
pub const BAD: &str = "BAD";
/// A value that takes the whole import down (capture t043f).
pub const POISON: &str = "POISON";
/// A value on which the server fails with 500, always.
pub const CRASH: &str = "CRASH";

pub struct FakeServer {
    pub version: String,
    pub user: String,
    /// Values by key, as they would be read.
    pub values: BTreeMap<String, Value>,
    pub tracker: FakeTracker,
    pub completions: BTreeMap<String, Value>,
    pub metadata: BTreeMap<String, Vec<(String, String)>>,
    /// How often each key was written with another content than before.
    pub writes: BTreeMap<String, u32>,
    /// Overrides: the begin of a target and what is answered to it.
    pub overrides: Vec<(String, u16, String)>,
    pub bytes: u64,
}

impl Default for FakeServer {
    fn default() -> Self {
        Self {
            version: "2.42.4".to_owned(),
            user: "usCapture01".to_owned(),
            values: BTreeMap::new(),
            tracker: FakeTracker::default(),
            completions: BTreeMap::new(),
            metadata: BTreeMap::new(),
            writes: BTreeMap::new(),
            overrides: Vec::new(),
            bytes: 0,
        }
    }
}

impl FakeServer {
    pub fn answer(&mut self, request: &Request, content: Option<&str>) -> Answer {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        for (begin, status, body) in &self.overrides {
            if request.target.starts_with(begin.as_str()) {
                return answer(*status, body);
            }
        }
        if let Some(reply) = self.tracker.answer(request, content) {
            return reply;
        }
        let body: Value = request
            .json()
            .map_or(Value::Null, |body| serde_json::from_slice(body).expect("our own JSON"));
        let (status, reply) = match (request.method, path) {
            (Method::Get, "/api/system/info") => {
                (200, json!({"version": self.version, "serverDate": "2026-11-22T13:24:55.100"}))
            }
            (Method::Get, "/api/me") => (200, self.me()),
            (Method::Get, "/api/dataValueSets") => (200, self.read_values(query)),
            (Method::Post, "/api/dataValueSets") => self.write_values(&body),
            (Method::Get, "/api/completeDataSetRegistrations") => {
                let list: Vec<_> = self.completions.values().cloned().collect();
                (200, json!({ "completeDataSetRegistrations": list }))
            }
            (Method::Post, "/api/completeDataSetRegistrations") => self.complete(&body),
            (Method::Get, _) => (200, self.list(path.trim_start_matches("/api/"), query)),
            _ => (404, json!({"httpStatusCode": 404, "status": "ERROR"})),
        };
        let reply = answer(status, &reply.to_string());
        self.bytes += reply.bytes + request.target.len() as u64;
        reply
    }

    fn me(&self) -> Value {
        json!({"id": self.user, "username": "nurse", "displayName": "Field Nurse",
               "organisationUnits": [{"id": "ouClinicA01", "path": "/ouClinicA01"}],
               "programs": [], "dataSets": [], "authorities": [], "settings": {}})
    }

    // ------------------------------------------------------------ values

    fn read_values(&self, query: &str) -> Value {
        let (periods, units) = (params(query, "period"), params(query, "orgUnit"));
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let list: Vec<_> = self
            .values
            .values()
            .filter(|value| periods.contains(&text(value, "period")))
            .filter(|value| units.contains(&text(value, "orgUnit")))
            .cloned()
            .collect();
        json!({ "dataValues": list })
    }

    fn write_values(&mut self, body: &Value) -> (u16, Value) {
        assert!(body["dataSet"].is_string(), "values always carry their data set");
        let rows = body["dataValues"].as_array().expect("values").clone();
        let holds = |text: &str| rows.iter().any(|row| row["value"] == text);
        if holds(CRASH) {
            return (500, json!({"httpStatusCode": 500, "status": "ERROR", "message": "boom"}));
        }
        if holds(POISON) {
            let report = json!({"status": "ERROR", "description": "The import process failed: null",
                "importCount": {"imported": 0, "updated": 0, "ignored": 0, "deleted": 0},
                "conflicts": [], "rejectedIndexes": []});
            return (409, envelope(409, "ERROR", &report));
        }
        let mut rejected = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if row["value"] == BAD {
                rejected.push(index);
                continue;
            }
            let mut row = row.clone();
            for name in ["period", "orgUnit", "attributeOptionCombo"] {
                if row[name].is_null() {
                    row[name] = body[name].clone();
                }
            }
            let key = format!(
                "{}/{}/{}/{}",
                row["dataElement"], row["period"], row["orgUnit"], row["categoryOptionCombo"]
            );
            if self.values.insert(key.clone(), row.clone()).as_ref() != Some(&row) {
                *self.writes.entry(key).or_default() += 1;
            }
        }
        let conflicts = match rejected.is_empty() {
            true => json!([]),
            false => json!([{"object": "x", "errorCode": "E7619", "property": "value",
                             "value": "value_not_integer", "indexes": rejected}]),
        };
        let status = if rejected.is_empty() { "SUCCESS" } else { "WARNING" };
        let report = json!({"status": status, "rejectedIndexes": rejected, "conflicts": conflicts,
            "importCount": {"imported": rows.len() - rejected.len(), "updated": 0,
                            "ignored": rejected.len(), "deleted": 0}});
        match rejected.is_empty() {
            true => (200, envelope(200, "OK", &report)),
            false => (409, envelope(409, "WARNING", &report)),
        }
    }

    // ------------------------------------------------------------ completions

    /// Each is judged alone and the report does not say which (capture a004).
    fn complete(&mut self, body: &Value) -> (u16, Value) {
        let rows = body["completeDataSetRegistrations"].as_array().expect("rows").clone();
        let mut conflicts = Vec::new();
        for row in &rows {
            let unit = row["organisationUnit"].as_str().expect("a unit");
            if unit == "ouUnknown01" {
                conflicts.push(json!({"object": unit, "value": "not allowed"}));
                continue;
            }
            self.completions.insert(format!("{}/{unit}", row["period"]), row.clone());
        }
        let stored = rows.len() - conflicts.len();
        let status = if stored == 0 { "ERROR" } else { "SUCCESS" };
        let report = json!({"status": status, "rejectedIndexes": [], "conflicts": conflicts,
            "importCount": {"imported": stored, "updated": 0, "ignored": conflicts.len(),
                            "deleted": 0}});
        match stored {
            0 => (409, envelope(409, "ERROR", &report)),
            _ => (200, envelope(200, "OK", &report)),
        }
    }

    // ------------------------------------------------------------ metadata

    fn list(&self, collection: &str, query: &str) -> Value {
        let mut objects = self.metadata.get(collection).cloned().unwrap_or_default();
        for filter in params(query, "filter") {
            let parts: Vec<_> = filter.splitn(3, ':').collect();
            objects.retain(|(id, time)| match parts[..] {
                ["lastUpdated", "ge", since] => time.as_str() >= since,
                ["created", "gt", since] => time.as_str() > since,
                ["id", "in", list] => list.contains(id.as_str()),
                _ => panic!("unknown filter {filter}"),
            });
        }
        match params(query, "order").first().map(String::as_str) {
            Some("lastUpdated:desc") => objects.sort_by(|one, other| other.1.cmp(&one.1)),
            _ => objects.sort(),
        }
        let total = objects.len();
        let render = |(id, time): &(String, String)| json!({"id": id, "lastUpdated": time});
        if query.contains("paging=false") {
            return json!({ collection: objects.iter().map(render).collect::<Vec<_>>() });
        }
        let number = |name: &str| params(query, name).concat().parse::<usize>().unwrap_or(1);
        let (size, asked) = (number("pageSize").max(1), number("page").max(1));
        let pages = total.div_ceil(size).max(1);
        let page: Vec<_> = objects.iter().skip((asked - 1) * size).take(size).map(render).collect();
        // Asked beyond the end the server names the last page (capture m016).
        let pager = json!({"page": asked.min(pages), "pageCount": pages, "total": total,
                           "pageSize": size});
        json!({"pager": pager, collection: page})
    }
}

fn envelope(http: u16, status: &str, report: &Value) -> Value {
    json!({"httpStatusCode": http, "status": status, "response": report})
}

pub fn params(query: &str, name: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let of_name = pairs.filter(|(found, _)| *found == name);
    of_name.map(|(_, value)| value.replace("%5B", "[").replace("%5D", "]")).collect()
}
