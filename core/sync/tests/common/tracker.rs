//! The tracker of the small server: trees and lists, reports object by object, jobs, ownership,
//! files. Codes after the captures.

use std::collections::{BTreeMap, BTreeSet};

use outpost_sync::ports::{Answer, Body, Method, Request};
use serde_json::{Value, json};

use super::answer;
use super::server::{BAD, CRASH, POISON, params};

/// A value of a unique attribute that somebody else has (E1064).
pub const TAKEN: &str = "TAKEN";

/// The classes, parents first: list, member, class in reports.
const CLASSES: [(&str, &str, &str); 4] = [
    ("trackedEntities", "trackedEntity", "TRACKED_ENTITY"),
    ("enrollments", "enrollment", "ENROLLMENT"),
    ("events", "event", "EVENT"),
    ("relationships", "relationship", "RELATIONSHIP"),
];

#[derive(Default)]
pub struct FakeTracker {
    /// Records by id, class by class in the order of [`CLASSES`].
    pub held: [BTreeMap<String, Value>; 4],
    /// How often each record was written with another content than before.
    pub writes: BTreeMap<String, u32>,
    /// Reports of jobs.
    pub jobs: BTreeMap<String, Value>,
    /// Every upload becomes a job.
    pub makes_jobs: bool,
    /// How often a job is asked about before it is done.
    pub job_polls: u32,
    /// MD5 by id.
    pub files: BTreeMap<String, String>,
    /// Changes of ownership and broken glass, in order.
    pub ownership: Vec<String>,
    /// Answer to changes of ownership instead of success.
    pub ownership_refusal: Option<(u16, String)>,
    /// Values of `generateAndReserve` that are left.
    pub reservable: u32,
    pub data_store: BTreeMap<String, Value>,
    /// Pages larger than this are too large to be read.
    pub largest_page: usize,
    /// It does not know the parameter by which ids are asked for.
    pub ignores_ids: bool,
}

impl FakeTracker {
    pub fn people(&self) -> &BTreeMap<String, Value> {
        &self.held[0]
    }

    pub fn enrollments(&self) -> &BTreeMap<String, Value> {
        &self.held[1]
    }

    pub fn events(&self) -> &BTreeMap<String, Value> {
        &self.held[2]
    }

    pub fn relationships(&self) -> &BTreeMap<String, Value> {
        &self.held[3]
    }

    /// `None`: not for the tracker. `content` is the MD5 of the file that travels.
    pub fn answer(&mut self, request: &Request, content: Option<&str>) -> Option<Answer> {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let body: Value =
            request.json().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
        let last = path.rsplit('/').next().unwrap_or_default();
        let (status, reply) = match (request.method, path) {
            (Method::Post, "/api/tracker") => self.import(&body, query),
            (Method::Get, "/api/tracker/trackedEntities") => (200, self.read(0, query)),
            (Method::Get, "/api/tracker/enrollments") => (200, self.read(1, query)),
            (Method::Get, "/api/tracker/events") => (200, self.read(2, query)),
            (Method::Get, _) if path.starts_with("/api/tracker/jobs/") => self.job(path),
            (_, _) if path.starts_with("/api/tracker/ownership/") => self.own(last, query),
            (Method::Post, "/api/fileResources") => self.store_file(request, query, content),
            (Method::Get, _) if path.starts_with("/api/fileResources/") => {
                match self.files.get(last) {
                    Some(md5) => (200, json!({"id": last, "contentMd5": md5, "contentLength": 0})),
                    None => (
                        404,
                        json!({"httpStatusCode": 404, "status": "ERROR",
                                     "message": "not found", "errorCode": "E1005"}),
                    ),
                }
            }
            (Method::Get, _) if last == "generateAndReserve" => self.reserve(query),
            (Method::Get, "/api/dataStore/outpost") => {
                let entry = |(key, value): (&String, &Value)| json!({"key": key, "value": value});
                (200, self.data_store.iter().map(entry).collect())
            }
            (Method::Get, _) if path.starts_with("/api/dataStore/outpost/") => {
                match self.data_store.get(last) {
                    Some(value) => (200, value.clone()),
                    None => (404, json!({"httpStatusCode": 404, "status": "ERROR"})),
                }
            }
            (Method::Put, _) if path.starts_with("/api/dataStore/outpost/") => {
                self.data_store.insert(last.to_owned(), body);
                (200, json!({"httpStatusCode": 200, "status": "OK"}))
            }
            _ => return None,
        };
        Some(answer(status, &reply.to_string()))
    }

    // ------------------------------------------------------------ import

    fn import(&mut self, body: &Value, query: &str) -> (u16, Value) {
        let text = body.to_string();
        let holds = |value: &str| text.contains(&format!("\"value\":\"{value}\""));
        if holds(CRASH) {
            return (
                500,
                json!({"httpStatusCode": 500, "status": "ERROR",
                "message": "could not execute statement"}),
            );
        }
        if holds(POISON) {
            let message = "JSON parse error: Invalid date format";
            return (400, json!({"httpStatusCode": 400, "status": "ERROR", "message": message}));
        }
        let report = self.report(body, query.contains("importStrategy=DELETE"));
        if !self.makes_jobs && query.contains("async=false") {
            return (200, report);
        }
        let id = format!("job{:08}", self.jobs.len());
        self.jobs.insert(id.clone(), report);
        (
            200,
            json!({"httpStatus": "OK", "httpStatusCode": 200, "status": "OK",
            "message": "Tracker job added", "response": {"responseType": "TrackerJob", "id": id,
            "location": format!("https://dhis2.example/tracker/jobs/{id}")}}),
        )
    }

    fn report(&mut self, body: &Value, is_delete: bool) -> Value {
        let mut refused = BTreeSet::new();
        let (mut errors, mut types) = (Vec::new(), json!({}));
        let (mut total, mut silent) = (0, 0);
        let mut stored_count = 0;
        for (class, rows) in flattened(body).into_iter().enumerate() {
            let (_, member, name) = CLASSES[class];
            let mut stored = Vec::new();
            for row in rows {
                total += 1;
                let id = row[member].as_str().expect("an id").to_owned();
                if let Some(code) = self.refusal(class, &row, &id, is_delete, &refused) {
                    errors.push(json!({"errorCode": code, "trackerType": name, "uid": id,
                        "message": format!("Attribute or value `deMalAge001` {code}")}));
                    refused.insert(id);
                    continue;
                }
                if class == 3 && self.held[3].contains_key(&id) && !is_delete {
                    silent += 1;
                    continue;
                }
                stored.push(json!({"trackerType": name, "uid": id, "errorReports": []}));
                stored_count += 1;
                self.write(class, id, row, is_delete);
            }
            types[name] = json!({ "objectReports": stored });
        }
        json!({"status": "OK",
            "validationReport": {"errorReports": errors, "warningReports": []},
            "stats": {"created": stored_count, "updated": 0, "deleted": 0,
                      "ignored": errors.len() + silent, "total": total},
            "bundleReport": {"typeReportMap": types}})
    }

    fn refusal(
        &self,
        class: usize,
        row: &Value,
        id: &str,
        is_delete: bool,
        refused: &BTreeSet<String>,
    ) -> Option<&'static str> {
        let held = self.held[class].get(id);
        let is_gone = held.is_some_and(|held| held["deleted"] == true);
        if is_gone {
            return Some(["E1114", "E1113", "E1082", "E4017"][class]);
        }
        if is_delete {
            let is_missing = held.is_none();
            return is_missing.then_some(["E1063", "E1081", "E1032", "E4016"][class]);
        }
        let parents = parents_of(class, row);
        if parents.iter().any(|(_, parent)| refused.contains(parent)) {
            return Some("E5000");
        }
        let is_there = |(of, parent): &(usize, String)| self.held[*of].contains_key(parent);
        if !parents.iter().all(is_there) {
            return Some(["", "E1068", "E1081", "E4012"][class]);
        }
        let text = json!([row["attributes"], row["dataValues"]]).to_string();
        if text.contains(&format!("\"value\":\"{BAD}\"")) {
            return Some(if class == 2 { "E1302" } else { "E1007" });
        }
        if text.contains(&format!("\"value\":\"{TAKEN}\"")) {
            return Some("E1064");
        }
        let is_same_pair = |other: &Value| {
            other["deleted"] != true && other["from"] == row["from"] && other["to"] == row["to"]
        };
        let others = self.held[3].iter().filter(|(other, _)| *other != id);
        let is_double = class == 3 && others.map(|(_, other)| other).any(is_same_pair);
        is_double.then_some("E4018")
    }

    fn write(&mut self, class: usize, id: String, mut row: Value, is_delete: bool) {
        if is_delete {
            if let Some(held) = self.held[class].get_mut(&id) {
                held["deleted"] = json!(true);
                *self.writes.entry(id).or_default() += 1;
            }
            return;
        }
        row["deleted"] = json!(false);
        for list in ["attributes", "dataValues"] {
            let Some(values) = row[list].as_array().cloned() else { continue };
            row[list] = values.into_iter().filter(|value| !value["value"].is_null()).collect();
        }
        if self.held[class].insert(id.clone(), row.clone()).as_ref() != Some(&row) {
            *self.writes.entry(id).or_default() += 1;
        }
    }

    // ------------------------------------------------------------ lists

    fn read(&self, class: usize, query: &str) -> Value {
        let (list, member, _) = CLASSES[class];
        let ids = params(query, list).concat();
        let with_deleted = query.contains("includeDeleted=true");
        let since = params(query, "updatedAfter").concat();
        let mut found: Vec<_> = match ids.is_empty() || self.ignores_ids {
            true => self.held[class].values().cloned().collect(),
            false => ids.split(',').filter_map(|id| self.held[class].get(id)).cloned().collect(),
        };
        let program = params(query, "program").concat();
        found.retain(|row| {
            let is_of = class == 0 || program.is_empty() || row["program"] == program.as_str();
            let changed = row["updatedAt"].as_str().unwrap_or("2026-11-22T12:00:00.000");
            is_of && (with_deleted || row["deleted"] != true) && changed >= since.as_str()
        });
        if query.contains("createdAt:desc") {
            found.reverse();
        }
        let number = |name: &str| params(query, name).concat().parse::<usize>().unwrap_or(1);
        let (size, page) = (number("pageSize").max(1), number("page").max(1));
        if size > self.largest_page && self.largest_page > 0 {
            return json!("too large");
        }
        let page: Vec<_> = found.into_iter().skip((page - 1) * size).take(size).collect();
        let render = |mut row: Value| {
            let id = row[member].clone();
            if class == 0 && params(query, "program").is_empty() {
                // Only the attributes of the type.
                let mut values = row["attributes"].as_array().cloned().unwrap_or_default();
                values.retain(|value| value["attribute"] != "teaProgram1");
                row["attributes"] = values.into();
            }
            row[member] = id;
            row
        };
        json!({"pager": {"page": 1}, list: page.into_iter().map(render).collect::<Vec<_>>()})
    }

    // ------------------------------------------------------------ the rest

    fn job(&mut self, path: &str) -> (u16, Value) {
        let mut parts = path.trim_start_matches("/api/tracker/jobs/").split('/');
        let id = parts.next().unwrap_or_default();
        let Some(report) = self.jobs.get(id).cloned() else {
            let missing = json!({"httpStatusCode": 404, "status": "ERROR", "message": "no job"});
            return if parts.next().is_some() { (404, missing) } else { (200, json!([])) };
        };
        let is_done = self.job_polls == 0;
        if parts.next().is_some() {
            return (200, report);
        }
        self.job_polls = self.job_polls.saturating_sub(1);
        (
            200,
            json!([{"id": "n1", "uid": "n1", "level": "INFO", "completed": is_done,
                      "message": "Import", "time": "2026-11-22T11:24:59.458"}]),
        )
    }

    fn own(&mut self, what: &str, query: &str) -> (u16, Value) {
        if let Some((status, message)) = &self.ownership_refusal {
            return (
                *status,
                json!({"httpStatusCode": status, "status": "ERROR",
                                    "message": message, "errorCode": "E1006"}),
            );
        }
        self.ownership.push(format!("{what} {query}"));
        if what == "transfer" {
            let person = params(query, "trackedEntity").concat();
            let owner = json!([{"program": params(query, "program").concat(),
                                "orgUnit": params(query, "orgUnit").concat()}]);
            if let Some(row) = self.held[0].get_mut(&person) {
                row["programOwners"] = owner;
            }
        }
        (200, json!({"httpStatusCode": 200, "status": "OK", "message": "done"}))
    }

    fn store_file(
        &mut self,
        request: &Request,
        query: &str,
        content: Option<&str>,
    ) -> (u16, Value) {
        assert!(matches!(request.body, Some(Body::File(_))), "a file travels as one");
        let (id, md5) = (params(query, "uid").concat(), content.expect("a content").to_owned());
        if self.files.contains_key(&id) {
            return (
                409,
                json!({"httpStatusCode": 409, "status": "ERROR", "errorCode": "E1119",
                                "message": format!("FileResource already exists: `{id}`")}),
            );
        }
        if md5 == BAD {
            return (
                409,
                json!({"httpStatusCode": 409, "status": "ERROR", "errorCode": "E6101",
                                "message": "type"}),
            );
        }
        self.files.insert(id.clone(), md5.clone());
        (
            202,
            json!({"httpStatusCode": 202, "status": "OK", "response":
            {"fileResource": {"id": id, "contentMd5": md5, "contentLength": 0}, "responseType": "FileResource"}}),
        )
    }

    fn reserve(&mut self, query: &str) -> (u16, Value) {
        let asked: u32 = params(query, "numberToReserve").concat().parse().expect("a number");
        if asked > self.reservable {
            return (
                409,
                json!({"httpStatusCode": 409, "status": "ERROR",
                "message": "Could not reserve value: Not enough values left"}),
            );
        }
        self.reservable -= asked;
        let value = |number: u32| {
            json!({"ownerUid": "teaUniqGen1", "value": format!("TL{:06}", self.reservable + number),
                   "expiryDate": "2027-01-21T10:33:38.251"})
        };
        (200, (0..asked).map(value).collect())
    }
}

/// Class and id of what a record stands below.
fn parents_of(class: usize, row: &Value) -> Vec<(usize, String)> {
    let id = |value: &Value| value.as_str().map(str::to_owned);
    match class {
        1 => id(&row["trackedEntity"]).map(|id| (0, id)).into_iter().collect(),
        2 => id(&row["enrollment"]).map(|id| (1, id)).into_iter().collect(),
        3 => [&row["from"], &row["to"]]
            .into_iter()
            .flat_map(|side| {
                CLASSES.iter().enumerate().filter_map(move |(class, (_, member, _))| {
                    Some((class, side[member][member].as_str()?.to_owned()))
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Every record of a body, class by class; nested ones learn whom they belong to.
fn flattened(body: &Value) -> [Vec<Value>; 4] {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let mut people = list(body, "trackedEntities");
    let mut enrollments = list(body, "enrollments");
    let mut events = list(body, "events");
    for person in &mut people {
        for mut enrollment in list(person, "enrollments") {
            enrollment["trackedEntity"] = person["trackedEntity"].clone();
            enrollments.push(enrollment);
        }
        person.as_object_mut().expect("an object").remove("enrollments");
    }
    for enrollment in &mut enrollments {
        for mut event in list(enrollment, "events") {
            event["enrollment"] = enrollment["enrollment"].clone();
            event["trackedEntity"] = enrollment["trackedEntity"].clone();
            events.push(event);
        }
        enrollment.as_object_mut().expect("an object").remove("events");
    }
    [people, enrollments, events, list(body, "relationships")]
}
