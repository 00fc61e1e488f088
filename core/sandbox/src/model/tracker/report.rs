//! The tracker import report (captures 100 to 165).

use serde_json::{Value, json};

use crate::model::http::Response;

/// One refusal of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `E1303`
    pub code: &'static str,
    /// The sentence.
    pub message: String,
    /// What the sentence is about.
    pub args: Vec<String>,
    /// Uid of the object.
    pub uid: String,
}

impl Fault {
    /// A fault of an event.
    pub fn new(uid: &str, code: &'static str, message: String, args: Vec<String>) -> Self {
        Self { code, message, args, uid: uid.to_owned() }
    }

    fn render(&self) -> Value {
        json!({
            "message": self.message, "errorCode": self.code, "trackerType": "EVENT",
            "uid": self.uid, "args": self.args,
        })
    }
}

/// How many objects met which fate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// New.
    pub created: usize,
    /// Changed.
    pub updated: usize,
    /// Deleted.
    pub deleted: usize,
    /// Refused.
    pub ignored: usize,
}

impl Stats {
    fn render(self) -> Value {
        json!({
            "created": self.created, "updated": self.updated, "deleted": self.deleted,
            "ignored": self.ignored,
            "total": self.created + self.updated + self.deleted + self.ignored,
        })
    }
}

/// A report and whether it is an error as a whole.
#[derive(Debug, Default)]
pub struct Report {
    /// Refusals in order of the payload.
    pub faults: Vec<Fault>,
    /// Counts.
    pub stats: Stats,
    /// Uids of the events that were carried out; `None` when nothing was.
    pub done: Option<Vec<String>>,
    /// Nothing of the bundle was kept because something was refused.
    pub failed: bool,
    /// Only validated: no counts and no objects are told (capture 149).
    pub validated_only: bool,
}

impl Report {
    /// `OK` or `ERROR`.
    pub fn word(&self) -> &'static str {
        if self.failed { "ERROR" } else { "OK" }
    }

    /// The report as JSON.
    pub fn render(&self) -> Value {
        let faults: Vec<Value> = self.faults.iter().map(Fault::render).collect();
        let stats = if self.validated_only { Stats::default() } else { self.stats };
        let mut report = json!({
            "status": self.word(),
            "validationReport": {"errorReports": faults, "warningReports": []},
            "stats": stats.render(),
        });
        if !self.failed {
            report["bundleReport"] = json!({"typeReportMap": self.types()});
        }
        report
    }

    fn types(&self) -> Value {
        let Some(done) = self.done.as_ref().filter(|_| !self.validated_only) else {
            return json!({});
        };
        let objects: Vec<Value> = done
            .iter()
            .map(|uid| json!({"trackerType": "EVENT", "uid": uid, "errorReports": []}))
            .collect();
        let none = |kind: &str| {
            json!({
                "trackerType": kind, "stats": Stats::default().render(), "objectReports": [],
            })
        };
        json!({
            "TRACKED_ENTITY": none("TRACKED_ENTITY"),
            "EVENT": {
                "trackerType": "EVENT", "stats": self.stats.render(), "objectReports": objects,
            },
            "ENROLLMENT": none("ENROLLMENT"), "RELATIONSHIP": none("RELATIONSHIP"),
        })
    }

    /// The bare report as an answer: 409 when it is an error.
    pub fn respond(&self) -> Response {
        let status = if self.failed { 409 } else { 200 };
        Response { status, ..Response::json(self.render()) }
    }
}
