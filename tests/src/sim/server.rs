//! The one server of a simulation, with everything that was ever written to it and by whom.

use std::collections::BTreeMap;

use outpost_sandbox::{HttpResponseParts, Sandbox, SandboxConfig};
use outpost_sync::ports::{Answer, Method, Request};
use serde_json::Value;

use super::Scene;
use super::metadata::{DATA_SET, DISTRICT, ELEMENTS, PERIODS, PROGRAM, config};
use super::record::{
    Fields, Records, Subject, add_completions, add_events, add_values, good, request,
};
use super::tracker_metadata::{self, PERSON, TRACKER};
use super::tracker_record::{add_enrollments, add_gone_people, add_people, add_visits};

/// Who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The phone with this number.
    Phone(usize),
    /// Somebody in the browser.
    Office,
}

/// A record as it became by a write.
#[derive(Debug, Clone)]
pub struct Version {
    /// Number of the write among all writes.
    pub at: u64,
    /// Who wrote it.
    pub by: Writer,
    /// What the record says since.
    pub fields: Fields,
}

/// A record that a request changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which record.
    pub subject: Subject,
    /// What it said before.
    pub before: Fields,
    /// What it says now.
    pub after: Fields,
}

/// The server.
pub struct Server {
    sandbox: Sandbox,
    /// What is read of it.
    scenes: Vec<Scene>,
    /// The true time, Unix ms.
    pub now_ms: i64,
    /// Writes so far.
    pub writes: u64,
    /// What it holds now.
    pub records: Records,
    history: BTreeMap<Subject, Vec<Version>>,
}

impl Server {
    /// A server with the manners of a version.
    ///
    /// # Panics
    /// If the sandbox does not start.
    #[must_use]
    pub fn new(version: &str, now_ms: i64, scene: Scene) -> Self {
        let config = match scene {
            Scene::Forms => config(version),
            Scene::People => tracker_metadata::config(version),
        };
        Self::with(config, now_ms, &[scene])
    }

    /// A server of any kind, of which the records of these scenes are read.
    ///
    /// # Panics
    /// If the sandbox does not start.
    #[must_use]
    pub fn with(config: SandboxConfig, now_ms: i64, scenes: &[Scene]) -> Self {
        let sandbox = Sandbox::in_memory(config).expect("a sandbox in memory");
        let (records, history) = Default::default();
        Self { sandbox, scenes: scenes.to_vec(), now_ms, writes: 0, records, history }
    }

    /// Acts on a request of a phone's user; nobody notes what it changed.
    pub fn answer(&mut self, user: &str, sent: &Request) -> HttpResponseParts {
        let method = match sent.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let body = sent.json().unwrap_or_default();
        let parts = request(user, method, &sent.target, body);
        self.sandbox.answer(&parts, self.now_ms)
    }

    /// Acts on a request of a phone's user and notes what it changed.
    pub fn act(
        &mut self,
        user: &str,
        by: Writer,
        sent: &Request,
    ) -> (HttpResponseParts, Vec<Change>) {
        let answer = self.answer(user, sent);
        let changes = match sent.method {
            Method::Get => Vec::new(),
            _ => self.note_changes(by),
        };
        (answer, changes)
    }

    /// Does something in the browser as the superuser.
    pub fn office(&mut self, method: &str, target: &str, body: &Value) -> Vec<Change> {
        let parts = request("admin", method, target, body.to_string().as_bytes());
        let answer = self.sandbox.answer(&parts, self.now_ms);
        // The office is refused things too; only a failing server would be a fault of the test.
        assert!(answer.status < 500, "{target}: {}", answer.status);
        self.note_changes(Writer::Office)
    }

    /// Reads something as the superuser.
    pub fn read(&mut self, target: &str) -> Value {
        let answer = self.sandbox.answer(&request("admin", "GET", target, b""), self.now_ms);
        good(&answer, target)
    }

    fn note_changes(&mut self, by: Writer) -> Vec<Change> {
        let now = self.dump();
        let mut changes = Vec::new();
        let mut subjects: Vec<Subject> = self.records.keys().cloned().collect();
        subjects.extend(now.keys().filter(|key| !self.records.contains_key(*key)).cloned());
        for subject in subjects {
            let before = self.records.get(&subject).cloned().unwrap_or_default();
            let after = now.get(&subject).cloned().unwrap_or_default();
            if before != after {
                changes.push(Change { subject, before, after });
            }
        }
        if !changes.is_empty() {
            self.writes += 1;
        }
        for change in &changes {
            let version = Version { at: self.writes, by, fields: change.after.clone() };
            self.history.entry(change.subject.clone()).or_default().push(version);
        }
        self.records = now;
        changes
    }

    fn dump(&mut self) -> Records {
        let mut records = Records::new();
        for scene in self.scenes.clone() {
            records.extend(match scene {
                Scene::Forms => self.dump_forms(),
                Scene::People => self.dump_people(),
            });
        }
        records
    }

    fn dump_people(&mut self) -> Records {
        let mut records = Records::new();
        let mut list = |name: &str, rest: &str| {
            // People also before they are enrolled.
            let of = match name {
                "trackedEntities" => format!("trackedEntityType={PERSON}"),
                _ => format!("program={TRACKER}"),
            };
            self.read(&format!(
                "/api/tracker/{name}?{of}&orgUnits={DISTRICT}&orgUnit={DISTRICT}\
                 &ouMode=DESCENDANTS&orgUnitMode=DESCENDANTS&pageSize=10000&{rest}"
            ))
        };
        let answer = list(
            "trackedEntities",
            "fields=trackedEntity,orgUnit,attributes[attribute,value],programOwners[program,\
             orgUnit],relationships[relationship,from[trackedEntity[trackedEntity]],\
             to[trackedEntity[trackedEntity]]]",
        );
        add_people(&mut records, &answer);
        let answer = list("trackedEntities", "includeDeleted=true&fields=trackedEntity,deleted");
        add_gone_people(&mut records, &answer);
        let answer = list(
            "enrollments",
            "includeDeleted=true&fields=enrollment,trackedEntity,deleted,status,enrolledAt,\
             occurredAt,followUp,attributes[attribute,value],notes[note,value]",
        );
        add_enrollments(&mut records, &answer);
        let answer = list(
            "events",
            "includeDeleted=true&fields=event,trackedEntity,deleted,status,occurredAt,followUp,\
             dataValues[dataElement,value],notes[note,value]",
        );
        add_visits(&mut records, &answer);
        records
    }

    fn dump_forms(&mut self) -> Records {
        let mut records = Records::new();
        let periods: String = PERIODS.iter().map(|period| format!("&period={period}")).collect();
        let elements: String =
            ELEMENTS.iter().map(|element| format!("&dataElement={element}")).collect();
        let place = format!("orgUnit={DISTRICT}&children=true{periods}");
        let answer =
            self.read(&format!("/api/dataValueSets?{place}{elements}&includeDeleted=true"));
        add_values(&mut records, &answer);
        let answer =
            self.read(&format!("/api/completeDataSetRegistrations?dataSet={DATA_SET}&{place}"));
        add_completions(&mut records, &answer);
        let answer = self.read(&format!(
            "/api/tracker/events?program={PROGRAM}&orgUnit={DISTRICT}&ouMode=DESCENDANTS\
             &orgUnitMode=DESCENDANTS&includeDeleted=true&pageSize=10000&fields=event,status,\
             occurredAt,deleted,dataValues[dataElement,value],notes[note,value]"
        ));
        add_events(&mut records, &answer);
        records
    }

    /// What the record became, write by write.
    #[must_use]
    pub fn versions(&self, subject: &str) -> &[Version] {
        self.history.get(subject).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the record ever said `value` in `field` since write number `since`, that moment
    /// included.
    #[must_use]
    pub fn ever_said(&self, subject: &str, field: &str, value: Option<&str>, since: u64) -> bool {
        let versions = self.versions(subject);
        let first = versions.iter().rposition(|version| version.at <= since);
        if first.is_none() && value.is_none() {
            return true;
        }
        versions[first.unwrap_or(0)..]
            .iter()
            .any(|version| version.fields.get(field).map(String::as_str) == value)
    }

    /// Who gave the field its value as it was before write number `before`, and with which write.
    #[must_use]
    pub fn author(&self, subject: &str, field: &str, before: u64) -> Option<(Writer, u64)> {
        let versions = self.history.get(subject)?;
        let mut author: Option<(Writer, u64)> = None;
        let mut value: Option<&String> = None;
        for version in versions.iter().filter(|version| version.at < before) {
            let now = version.fields.get(field);
            if now != value {
                author = Some((version.by, version.at));
                value = now;
            }
        }
        author
    }
}

/// An answer of the sandbox as the transport hands it on.
#[must_use]
pub fn answer_of(parts: HttpResponseParts, now_ms: i64, elapsed_ms: u64) -> Answer {
    let header = |name: &str| parts.header(name).map(str::to_owned);
    let retry_after_s: Option<u64> = header("Retry-After").and_then(|text| text.parse().ok());
    Answer {
        status: parts.status,
        content_type: header("Content-Type"),
        server_date_ms: Some(now_ms - now_ms.rem_euclid(1_000)),
        retry_after_ms: retry_after_s.map(|seconds| seconds * 1_000),
        location: header("Location"),
        bytes: parts.body.len() as u64,
        elapsed_ms,
        body: parts.body,
    }
}

/// Whether a request is about data.
#[must_use]
pub fn is_about_data(target: &str) -> bool {
    let starts = ["/api/dataValueSets", "/api/completeDataSetRegistrations", "/api/tracker"];
    starts.iter().any(|start| target.starts_with(start))
}
