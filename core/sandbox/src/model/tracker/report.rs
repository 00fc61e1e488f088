//! The tracker import report (captures 100 to 165).

use serde_json::{Map, Value, json};

use crate::model::http::Response;

/// The four kinds of tracker objects, in the order in which an import handles them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person, a household, a thing.
    TrackedEntity,
    /// Its time in a program.
    Enrollment,
    /// A visit.
    Event,
    /// A link between two of the others.
    Relationship,
}

/// Every kind.
pub const KINDS: [Kind; 4] =
    [Kind::TrackedEntity, Kind::Enrollment, Kind::Event, Kind::Relationship];

impl Kind {
    /// `TRACKED_ENTITY`, as reports name it.
    pub fn upper(self) -> &'static str {
        match self {
            Self::TrackedEntity => "TRACKED_ENTITY",
            Self::Enrollment => "ENROLLMENT",
            Self::Event => "EVENT",
            Self::Relationship => "RELATIONSHIP",
        }
    }

    /// `trackedEntity`, as members name it.
    pub fn member(self) -> &'static str {
        match self {
            Self::TrackedEntity => "trackedEntity",
            Self::Enrollment => "enrollment",
            Self::Event => "event",
            Self::Relationship => "relationship",
        }
    }

    /// `TrackedEntity`, as sentences name it.
    pub fn class(self) -> &'static str {
        match self {
            Self::TrackedEntity => "TrackedEntity",
            Self::Enrollment => "Enrollment",
            Self::Event => "Event",
            Self::Relationship => "Relationship",
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// One refusal or warning of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Kind of the object.
    pub kind: Kind,
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
        Self::of(Kind::Event, uid, code, message, args)
    }

    /// A fault of any object.
    pub fn of(
        kind: Kind,
        uid: &str,
        code: &'static str,
        message: String,
        args: Vec<String>,
    ) -> Self {
        Self { kind, code, message, args, uid: uid.to_owned() }
    }

    fn render(&self) -> Value {
        json!({
            "message": self.message, "errorCode": self.code, "trackerType": self.kind.upper(),
            "uid": self.uid, "args": self.args,
        })
    }

    fn render_warning(&self) -> Value {
        json!({
            "message": self.message, "warningCode": self.code, "trackerType": self.kind.upper(),
            "uid": self.uid,
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

    fn plus(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            deleted: self.deleted + other.deleted,
            ignored: self.ignored + other.ignored,
        }
    }
}

/// A report and whether it is an error as a whole.
#[derive(Debug, Default)]
pub struct Report {
    /// Refusals in order of the payload.
    pub faults: Vec<Fault>,
    /// Warnings; they keep nothing back.
    pub warnings: Vec<Fault>,
    stats: [Stats; 4],
    /// Uids of the objects that were carried out, by kind.
    done: [Vec<String>; 4],
    /// Nothing of the bundle was kept because something was refused.
    pub failed: bool,
    /// Only validated: no counts and no objects are told (capture 149).
    pub validated_only: bool,
    /// Whether warnings are told (`reportMode` other than `ERRORS`).
    pub tells_warnings: bool,
}

impl Report {
    /// `OK` or `ERROR`.
    pub fn word(&self) -> &'static str {
        if self.failed { "ERROR" } else { "OK" }
    }

    /// The counts of one kind.
    pub fn stats_of(&mut self, kind: Kind) -> &mut Stats {
        // `place` is an index below four by construction.
        let [entities, enrollments, events, relationships] = &mut self.stats;
        match kind {
            Kind::TrackedEntity => entities,
            Kind::Enrollment => enrollments,
            Kind::Event => events,
            Kind::Relationship => relationships,
        }
    }

    /// Notes that an object was carried out.
    pub fn done(&mut self, kind: Kind, uid: &str) {
        if let Some(done) = self.done.get_mut(kind.place()) {
            done.push(uid.to_owned());
        }
    }

    /// The counts of all kinds together.
    pub fn total(&self) -> Stats {
        self.stats.iter().fold(Stats::default(), |sum, stats| sum.plus(*stats))
    }

    /// Turns the report into the one of a bundle of `count` objects that was refused whole.
    pub fn fail(&mut self, count: usize) {
        self.failed = true;
        self.stats = [Stats::default(); 4];
        self.stats_of(Kind::TrackedEntity).ignored = count;
    }

    /// The report as JSON.
    pub fn render(&self) -> Value {
        let faults: Vec<Value> = self.faults.iter().map(Fault::render).collect();
        let warnings: Vec<Value> = match self.tells_warnings {
            true => self.warnings.iter().map(Fault::render_warning).collect(),
            false => Vec::new(),
        };
        let stats = if self.validated_only { Stats::default() } else { self.total() };
        let mut report = json!({
            "status": self.word(),
            "validationReport": {"errorReports": faults, "warningReports": warnings},
            "stats": stats.render(),
        });
        if !self.failed {
            report["bundleReport"] = json!({"typeReportMap": self.types()});
        }
        report
    }

    fn types(&self) -> Value {
        let mut types = Map::new();
        if self.validated_only {
            return Value::Object(types);
        }
        let kinds = KINDS.iter().zip(&self.stats).zip(&self.done);
        for ((kind, stats), done) in kinds {
            let objects: Vec<Value> = done
                .iter()
                .map(|uid| json!({"trackerType": kind.upper(), "uid": uid, "errorReports": []}))
                .collect();
            let report = json!({
                "trackerType": kind.upper(), "stats": stats.render(), "objectReports": objects,
            });
            types.insert(kind.upper().to_owned(), report);
        }
        Value::Object(types)
    }

    /// The bare report as an answer: 409 when it is an error.
    pub fn respond(&self) -> Response {
        let status = if self.failed { 409 } else { 200 };
        Response { status, ..Response::json(self.render()) }
    }
}
