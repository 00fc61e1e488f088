//! `POST /api/tracker`: bundles, all or object by object, at once or as a job.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::batch::Batch;
use super::check::Judge;
use super::commit::{self, Plan};
use super::payload::Bundle;
use super::report::{Fault, Kind, Report};
use super::{enrollment, entity, event, relationship};
use crate::model::http::{Query, Request, Response};
use crate::model::meta::access::User;
use crate::model::world::World;
use crate::model::{Answer, Refusal};

/// Answers the import.
///
/// # Errors
/// The 400 and 409 envelopes for faults of the JSON itself; a failing store.
pub fn post(world: &mut World, request: &Request, user: &User, now: i64) -> Answer {
    let payload = parse(&request.body)?;
    let bundle = Bundle::read(&payload, &world.zone, &mut world.uids)
        .map_err(|fault| Response::error(400, &format!("JSON parse error: {fault}")))?;
    drop(payload);
    if request.query.get("async") != Some("false") {
        return start(world, &bundle, &request.query, user, now);
    }
    if let Some(refusal) = twice(&bundle) {
        return Ok(refusal);
    }
    let report = import(world, &bundle, &request.query, user, now)?;
    Ok(report.respond())
}

fn parse(body: &[u8]) -> Result<Value, Response> {
    // Tracker does not inflate; it meets the first byte of gzip as text (capture 199b).
    if let Some(control) = body.first().filter(|byte| **byte < 32 && !b"\r\n\t".contains(byte)) {
        let message = format!(
            "JSON parse error: Illegal character ((CTRL-CHAR, code {control})): only regular \
             white space (\\r, \\n, \\t) is allowed between tokens"
        );
        return Err(Response::error(400, &message));
    }
    let parsed: Result<Value, _> = serde_json::from_slice(body);
    match parsed {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(Response::error(400, "JSON parse error: Cannot deserialize value")),
        Err(fault) => Err(Response::error(400, &format!("JSON parse error: {fault}"))),
    }
}

/// The same uid twice in a payload fails it as a whole (capture 198).
fn twice(bundle: &Bundle) -> Option<Response> {
    let mut seen = HashSet::new();
    let entities = bundle.entities.iter().map(|sent| (Kind::TrackedEntity, &sent.uid));
    let enrollments = bundle.enrollments.iter().map(|sent| (Kind::Enrollment, &sent.uid));
    let events = bundle.events.iter().map(|sent| (Kind::Event, &sent.uid));
    let links = bundle.relationships.iter().map(|sent| (Kind::Relationship, &sent.uid));
    let mut all = entities.chain(enrollments).chain(events).chain(links);
    let (_, again) = all.find(|key| !seen.insert(*key))?;
    let message = format!("Duplicate key {again} (attempted merging values [] and [])");
    Some(Response::error(409, &message))
}

/// An asynchronous import: done at once, its report told under the job's id (captures 160 to 165).
fn start(world: &mut World, bundle: &Bundle, query: &Query, user: &User, now: i64) -> Answer {
    let id = world.uids.uid();
    let report = if twice(bundle).is_some() {
        let mut report = Report::default();
        report.failed = true;
        report
    } else {
        import(world, bundle, query, user, now)?
    };
    let stats = report.total();
    let last = format!(
        "Import complete with status {}, {} created, {} updated, {} deleted, {} ignored",
        report.word(),
        stats.created,
        stats.updated,
        stats.deleted,
        stats.ignored
    );
    let steps = [
        last.as_str(),
        "PostCommit",
        "Commit Transaction",
        "Running Rule Engine Validation",
        "Running Rule Engine",
        "Running Validation",
        "Running PreProcess",
        "Calculating Payload Size",
        "Running PreHeat",
        "Loading file content",
        "Loading file resource",
        "Tracker import started",
    ];
    let time = world.zone.local(now);
    let mut notes: Vec<Value> = steps
        .iter()
        .enumerate()
        .map(|(index, message)| {
            let uid = world.uids.uid();
            json!({
                "level": "INFO", "category": "TRACKER_IMPORT_JOB", "message": message,
                "completed": index == 0, "id": uid, "time": time, "uid": uid,
            })
        })
        .collect();
    if let Some(first) = notes.last_mut() {
        first["dataType"] = json!("PARAMETERS");
        first["data"] = parameters(query);
    }
    world.jobs.add("TRACKER_IMPORT_JOB", &id, notes, report.render());
    let job = json!({
        // The real server leaves `/api` out of this address (capture t051).
        "id": id, "location": format!("{}/tracker/jobs/{id}", world.base_url),
        "responseType": "TrackerJobWebMessageResponse",
    });
    Ok(Response::ok(Some("Tracker job added"), Some(job)))
}

/// What a job repeats of its request (capture 161).
fn parameters(query: &Query) -> Value {
    let or = |name: &str, default: &str| query.get(name).unwrap_or(default).to_owned();
    let scheme = json!({"idScheme": "UID", "attributeUid": null});
    json!({
        "importMode": or("importMode", "COMMIT"),
        "idSchemes": {
            "idScheme": scheme, "dataElementIdScheme": scheme, "orgUnitIdScheme": scheme,
            "programIdScheme": scheme, "programStageIdScheme": scheme,
            "categoryOptionComboIdScheme": scheme, "categoryOptionIdScheme": scheme,
        },
        "importStrategy": or("importStrategy", "CREATE_AND_UPDATE"),
        "atomicMode": or("atomicMode", "ALL"), "flushMode": or("flushMode", "AUTO"),
        "validationMode": or("validationMode", "FULL"), "skipPatternValidation": false,
        "skipSideEffects": false, "skipRuleEngine": false, "filename": null,
        "reportMode": or("reportMode", "ERRORS"),
    })
}

struct Options<'a> {
    strategy: &'a str,
    object_by_object: bool,
    commit: bool,
}

/// Judges every object, then carries out what the atomic mode leaves.
fn import(
    world: &mut World,
    bundle: &Bundle,
    query: &Query,
    user: &User,
    now: i64,
) -> Result<Report, Refusal> {
    let options = Options {
        strategy: query.get("importStrategy").unwrap_or("CREATE_AND_UPDATE"),
        object_by_object: query.get("atomicMode") == Some("OBJECT"),
        commit: query.get("importMode") != Some("VALIDATE"),
    };
    let (mut report, plans) = {
        let batch = Batch::of(world, bundle);
        let judge = Judge { world, user, now, batch: &batch };
        let mut court =
            Court { judge, options: &options, report: Report::default(), plans: vec![] };
        court.hear(bundle)?;
        (court.report, court.plans)
    };
    report.tells_warnings = matches!(query.get("reportMode"), Some("FULL" | "WARNINGS"));
    if !report.faults.is_empty() && !options.object_by_object {
        report.fail(bundle.len());
        return Ok(report);
    }
    report.validated_only = !options.commit;
    let mut touched = HashSet::new();
    for plan in plans {
        let (kind, uid) = plan.subject();
        let stats = report.stats_of(kind);
        match &plan {
            Plan::Keep(..) => stats.ignored += 1,
            plan if plan.deletes() => stats.deleted += 1,
            plan if plan.creates() => stats.created += 1,
            _ => stats.updated += 1,
        }
        if !matches!(plan, Plan::Keep(..)) {
            report.done(kind, &uid);
        }
        if options.commit {
            commit::carry_out(world, plan, &mut touched, user, now)?;
        }
    }
    for te in touched {
        entity::touch(&world.db, &te, &user.info(), now)?;
    }
    Ok(report)
}

/// Judgement of a whole payload: what will be done, and what was refused.
struct Court<'w, 'a> {
    judge: Judge<'w>,
    options: &'w Options<'w>,
    report: Report,
    plans: Vec<Plan<'a>>,
}

impl<'a> Court<'_, 'a> {
    fn hear(&mut self, bundle: &'a Bundle) -> rusqlite::Result<()> {
        let mut refused = HashSet::new();
        for sent in &bundle.entities {
            let stored = entity::load(&self.judge.world.db, &sent.uid)?;
            let gone = stored.as_ref().map(|stored| stored.deleted);
            let verdict = match self.existence(Kind::TrackedEntity, &sent.uid, gone) {
                Some(fault) => Err(vec![fault]),
                None => match stored {
                    Some(stored) if self.deletes() => {
                        let verdict = self.judge.delete_entity(&stored)?;
                        verdict.map(|()| Plan::DeleteEntity(Box::new(stored)))
                    }
                    stored => {
                        let verdict = self.judge.entity(sent, stored.as_ref())?;
                        verdict.map(|()| Plan::Entity(sent, stored.map(Box::new)))
                    }
                },
            };
            self.settle(Kind::TrackedEntity, &sent.uid, verdict, &[], &mut refused)?;
        }
        self.hear_enrollments(bundle, &mut refused)?;
        self.hear_events(bundle, &mut refused)?;
        self.hear_relationships(bundle, &mut refused)
    }

    fn hear_enrollments(
        &mut self,
        bundle: &'a Bundle,
        refused: &mut HashSet<(Kind, &'a str)>,
    ) -> rusqlite::Result<()> {
        for sent in &bundle.enrollments {
            let stored = enrollment::load(&self.judge.world.db, &sent.uid)?;
            let gone = stored.as_ref().map(|stored| stored.deleted);
            let verdict = match self.existence(Kind::Enrollment, &sent.uid, gone) {
                Some(fault) => Err(vec![fault]),
                None => match stored {
                    Some(stored) if self.deletes() => {
                        let verdict = self.judge.delete_enrollment(&stored)?;
                        verdict.map(|()| Plan::DeleteEnrollment(Box::new(stored)))
                    }
                    stored => {
                        let known = stored.as_ref().map_or(&[][..], |stored| &stored.notes);
                        self.known_notes(Kind::Enrollment, &sent.uid, &sent.notes, known);
                        let verdict = self.judge.enrollment(sent, stored.as_ref())?;
                        verdict.map(|()| Plan::Enrollment(sent, stored.map(Box::new)))
                    }
                },
            };
            let te = sent.te.as_deref().unwrap_or("");
            let parents = [(Kind::TrackedEntity, te)];
            self.settle(Kind::Enrollment, &sent.uid, verdict, &parents, refused)?;
        }
        Ok(())
    }

    fn hear_events(
        &mut self,
        bundle: &'a Bundle,
        refused: &mut HashSet<(Kind, &'a str)>,
    ) -> rusqlite::Result<()> {
        for sent in &bundle.events {
            let stored = event::load(&self.judge.world.db, &sent.uid)?;
            let gone = stored.as_ref().map(|stored| stored.deleted);
            let verdict = match self.existence(Kind::Event, &sent.uid, gone) {
                Some(fault) => Err(vec![fault]),
                None => match stored {
                    Some(stored) if self.deletes() => {
                        let verdict = self.judge.delete(&stored)?;
                        verdict.map(|()| Plan::DeleteEvent(Box::new(stored)))
                    }
                    stored => {
                        let known = stored.as_ref().map_or(&[][..], |stored| &stored.notes);
                        self.known_notes(Kind::Event, &sent.uid, &sent.notes, known);
                        let user = self.judge.user;
                        let (world, now) = (self.judge.world, self.judge.now);
                        self.judge.write(sent, stored.as_ref())?.and_then(|placed| {
                            commit::assignee(world, sent, &placed)?;
                            let is_new = stored.is_none();
                            let merged = commit::merged(world, sent, stored, &placed, user, now);
                            Ok(Plan::Event(Box::new(merged), sent, is_new))
                        })
                    }
                },
            };
            let parent = sent.enrollment.as_deref().unwrap_or("");
            let parents = [(Kind::Enrollment, parent)];
            self.settle(Kind::Event, &sent.uid, verdict, &parents, refused)?;
        }
        Ok(())
    }

    fn hear_relationships(
        &mut self,
        bundle: &'a Bundle,
        refused: &mut HashSet<(Kind, &'a str)>,
    ) -> rusqlite::Result<()> {
        for sent in &bundle.relationships {
            let stored = relationship::load(&self.judge.world.db, &sent.uid)?;
            let gone = stored.as_ref().map(|stored| stored.deleted);
            let verdict = match self.existence(Kind::Relationship, &sent.uid, gone) {
                Some(fault) => Err(vec![fault]),
                None => match stored {
                    Some(stored) if self.deletes() => Ok(Plan::DeleteRelationship(stored)),
                    // Relationships never change (captures 112c, t030k).
                    Some(_) => Ok(Plan::Keep(&sent.uid)),
                    None => self
                        .judge
                        .relationship(sent)?
                        .map(|(from, to)| Plan::Relationship(sent, from, to)),
                },
            };
            let ends = [&sent.from, &sent.to].into_iter().flatten();
            let parents: Vec<(Kind, &str)> = ends
                .map(|end| match end.member.as_str() {
                    "trackedEntity" => (Kind::TrackedEntity, end.uid.as_str()),
                    "enrollment" => (Kind::Enrollment, end.uid.as_str()),
                    _ => (Kind::Event, end.uid.as_str()),
                })
                .collect();
            self.settle(Kind::Relationship, &sent.uid, verdict, &parents, refused)?;
        }
        Ok(())
    }

    fn deletes(&self) -> bool {
        self.options.strategy == "DELETE"
    }

    /// Keeps a plan, or notes the refusal; a parent that was refused and is not stored takes its
    /// children along (captures 142, 143).
    fn settle(
        &mut self,
        kind: Kind,
        uid: &'a str,
        verdict: Result<Plan<'a>, Vec<Fault>>,
        parents: &[(Kind, &str)],
        refused: &mut HashSet<(Kind, &'a str)>,
    ) -> rusqlite::Result<()> {
        let faults = match verdict {
            Err(faults) => faults,
            Ok(plan) => {
                let mut lost = None;
                for parent in parents {
                    if refused.contains(parent) && !self.is_stored(parent.0, parent.1)? {
                        lost = Some(*parent);
                    }
                }
                let Some((parent, id)) = lost.filter(|_| !self.deletes()) else {
                    self.plans.push(plan);
                    return Ok(());
                };
                let (own, other) = (kind.member(), parent.member());
                let message = format!(
                    "{own} `{uid}` cannot be created because {other} `{id}` referenced by it could \
                     not be created."
                );
                let args = [own, uid, other, id].map(str::to_owned).to_vec();
                vec![Fault::of(kind, uid, "E5000", message, args)]
            }
        };
        refused.insert((kind, uid));
        self.report.stats_of(kind).ignored += 1;
        self.report.faults.extend(faults);
        Ok(())
    }

    fn is_stored(&self, kind: Kind, uid: &str) -> rusqlite::Result<bool> {
        let db = &self.judge.world.db;
        Ok(match kind {
            Kind::TrackedEntity => entity::load(db, uid)?.is_some(),
            Kind::Enrollment => enrollment::load(db, uid)?.is_some(),
            Kind::Event => event::load(db, uid)?.is_some(),
            Kind::Relationship => relationship::load(db, uid)?.is_some(),
        })
    }

    /// A note that is stored already is not changed, only warned about (capture t009b).
    fn known_notes(&mut self, kind: Kind, uid: &str, sent: &[Value], known: &[Value]) {
        for note in sent {
            let Some(id) = note.get("note").and_then(Value::as_str) else { continue };
            if known.iter().any(|known| known["note"] == id) {
                let message = format!("A Note with UID `{id}` already exists.");
                self.report.warnings.push(Fault::of(kind, uid, "E1119", message, vec![]));
            }
        }
    }

    /// Whether the strategy allows to touch what is stored; `gone` says whether that is deleted.
    fn existence(&self, kind: Kind, uid: &str, gone: Option<bool>) -> Option<Fault> {
        let class = kind.class();
        let comma = if kind == Kind::Event { "," } else { "" };
        let fault =
            |code, message: String| Some(Fault::of(kind, uid, code, message, vec![uid.to_owned()]));
        match (gone, self.options.strategy) {
            (Some(true), _) => {
                let code = ["E1114", "E1113", "E1082", "E4017"];
                let message =
                    format!("{class}: `{uid}`{comma} is already deleted and cannot be modified.");
                fault(of_kind(kind, code), message)
            }
            (Some(false), "CREATE") => {
                let code = ["E1002", "E1080", "E1030", "E4015"];
                let comma =
                    if matches!(kind, Kind::TrackedEntity | Kind::Enrollment) { "," } else { "" };
                fault(of_kind(kind, code), format!("{class}: `{uid}`{comma} already exists."))
            }
            (None, "UPDATE" | "DELETE") => {
                let code = ["E1063", "E1081", "E1032", "E4016"];
                let words = match kind {
                    Kind::TrackedEntity => ", does not exist.",
                    Kind::Enrollment => ", do not exist.",
                    _ => " do not exist.",
                };
                fault(of_kind(kind, code), format!("{class}: `{uid}`{words}"))
            }
            _ => None,
        }
    }
}

fn of_kind(kind: Kind, codes: [&'static str; 4]) -> &'static str {
    let [entity, enrollment, event, relationship] = codes;
    match kind {
        Kind::TrackedEntity => entity,
        Kind::Enrollment => enrollment,
        Kind::Event => event,
        Kind::Relationship => relationship,
    }
}
