//! The DHIS2 of a district: what differs from a package is tried there first, then imported, all of it
//! or nothing; the reports are kept.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use outpost_exchange::package::{ObjectKey, PackageLine, PackagePlan};
use outpost_sync::ports::{Answer, Method, Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::content::{self, SetContent, SetObject};
use super::{InUseDocument, ON_SERVER, applied_of, keep_in_use, name_in, object_name};
use crate::error::{OutpostError, Result};
use crate::limits::{
    ONLINE_ANSWER_BYTES_MAX, PACKAGE_PAGE_OBJECTS, PACKAGE_PROBLEMS_MAX, PACKAGE_REPORT_BYTES_MAX,
    PACKAGE_TIMEOUT_MS,
};
use crate::model::{ImportObserver, PackageProblem, PackagePushed};
use crate::session::Session;
use crate::session::exchange::hand_over::cut;
use crate::session::online::request;

/// What a server is to be told.
struct Change {
    put: SetContent,
    created: BTreeSet<ObjectKey>,
    gone: SetContent,
    same: u64,
}

/// What the server is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Put,
    Delete,
}

impl Session {
    /// Brings the DHIS2 of this account to the version of a package: validates what differs there, then
    /// imports it, all of it or nothing; then deletes what is gone. Whether the server kept something
    /// that is gone, because data uses it, is told. Safe to run again, which also mends what has drifted.
    ///
    /// # Errors
    /// `InvalidInput` if the package is damaged or signed by no centre known here; `Forbidden` without
    /// the right to import metadata; server errors (after an unknown outcome run it again); storage
    /// errors.
    pub fn push_package(
        &self,
        input: &mut (impl Read + Seek),
        dry_run: bool,
        observer: &dyn ImportObserver,
    ) -> Result<PackagePushed> {
        let _only_one = self.take_sync_lock()?;
        let opened = self.open_package(input, ON_SERVER)?;
        let mut report = PackagePushed {
            package: opened.view(),
            server: self.inner.account.server.clone(),
            dry_run,
            pushed: false,
            created: 0,
            updated: 0,
            deleted: 0,
            same: 0,
            problems: Vec::new(),
            left_over: Vec::new(),
        };
        if !matches!(opened.plan, PackagePlan::Apply { .. } | PackagePlan::Duplicate) {
            return Ok(report);
        }
        let (link, manifest) = (opened.package.link(), opened.package.manifest().clone());
        let earlier = opened.current.clone();
        let (mut centre, mut gone) = (SetContent::new(), BTreeSet::new());
        let inventory = opened.read(|line| {
            match &line {
                PackageLine::Object { body, .. } => {
                    let body = serde_json::from_str(body.get()).map_err(OutpostError::internal)?;
                    centre.insert(line.key(), SetObject { name: name_in(&line), body });
                }
                PackageLine::Gone { .. } => drop(gone.insert(line.key())),
            }
            Ok(())
        })?;
        if let Some(earlier) = earlier.filter(|_| manifest.is_full()) {
            let left = earlier.inventory.keys().filter(|key| inventory.get(key).is_none());
            gone.extend(left.cloned());
        }
        let change = self.change_of(centre, gone, observer)?;
        report.same = change.same;
        let name = report_name(&manifest.address.set, link.sequence);
        self.carry_out(&change, dry_run, &name, &mut report)?;
        if report.pushed {
            let (applied, label) = (applied_of(&manifest, link), manifest.address.label.clone());
            let document = InUseDocument { applied, label, forms: None };
            self.exchange(|exchange| {
                exchange.note_file(json!({
                    "packagePushed": document.applied.set, "version": link.sequence,
                    "hash": link.hash.to_string(),
                }))?;
                keep_in_use(exchange, ON_SERVER, &document, &inventory)
            })?;
        }
        Ok(report)
    }

    /// The kept report of the server about a package, as it came; `None` if there is none.
    ///
    /// # Errors
    /// Storage errors.
    pub fn package_report(&self, set: &str, number: u64) -> Result<Option<String>> {
        Ok(self.store().exchange_document(&report_name(set, number))?)
    }

    /// What the server has of these classes.
    pub(super) fn server_has(
        &self,
        classes: &BTreeSet<String>,
        observer: &dyn ImportObserver,
    ) -> Result<SetContent> {
        let mut here = SetContent::new();
        for class in classes {
            self.add_class(class, PACKAGE_PAGE_OBJECTS, &mut here)?;
            observer.on_progress(here.len() as u64);
        }
        Ok(here)
    }

    fn change_of(
        &self,
        centre: SetContent,
        gone: BTreeSet<ObjectKey>,
        observer: &dyn ImportObserver,
    ) -> Result<Change> {
        let classes = centre.keys().chain(&gone).map(|key| key.class.clone()).collect();
        let mut here = self.server_has(&classes, observer)?;
        let mut change = Change {
            put: SetContent::new(),
            created: BTreeSet::new(),
            gone: SetContent::new(),
            same: 0,
        };
        for (key, object) in centre {
            let found = here.get(&key);
            let is_same = found.is_some_and(|found| {
                let said = content::owned(&key.class, &object.body);
                content::differing(&key.class, &said, &found.body, &Value::Null).is_empty()
            });
            if is_same {
                change.same += 1;
                continue;
            }
            if found.is_none() {
                change.created.insert(key.clone());
            }
            change.put.insert(key, object);
        }
        for key in gone {
            change.gone.extend(here.remove(&key).map(|object| (key, object)));
        }
        Ok(change)
    }

    fn carry_out(
        &self,
        change: &Change,
        dry_run: bool,
        report_name: &str,
        report: &mut PackagePushed,
    ) -> Result<()> {
        report.problems = self.import(change, Strategy::Put, "VALIDATE", report_name)?;
        report.left_over = self.import(change, Strategy::Delete, "VALIDATE", report_name)?;
        let created = change.created.len() as u64;
        (report.created, report.updated) = (created, change.put.len() as u64 - created);
        report.deleted = change.gone.len() as u64;
        if !report.left_over.is_empty() {
            // All or nothing: one that data uses keeps the others there too.
            report.deleted = 0;
        }
        if dry_run || !report.problems.is_empty() {
            return Ok(());
        }
        report.problems = self.import(change, Strategy::Put, "COMMIT", report_name)?;
        if !report.problems.is_empty() {
            return Ok(());
        }
        if report.left_over.is_empty() {
            report.left_over = self.import(change, Strategy::Delete, "COMMIT", report_name)?;
            if !report.left_over.is_empty() {
                report.deleted = 0;
            }
        }
        report.pushed = true;
        Ok(())
    }

    fn import(
        &self,
        change: &Change,
        strategy: Strategy,
        mode: &str,
        report_name: &str,
    ) -> Result<Vec<PackageProblem>> {
        let (objects, verb) = match strategy {
            Strategy::Put => (&change.put, "CREATE_AND_UPDATE"),
            Strategy::Delete => (&change.gone, "DELETE"),
        };
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let mut lists: Map<String, Value> = Map::new();
        for (key, object) in objects {
            let body = match strategy {
                Strategy::Put => {
                    content::for_server(&key.class, object, change.created.contains(key))
                }
                Strategy::Delete => json!({ "id": key.id.to_string() }),
            };
            let list = lists.entry(&key.class).or_insert_with(|| json!([]));
            list.as_array_mut().into_iter().for_each(|list| list.push(body.clone()));
        }
        let target = format!(
            "/api/metadata?importMode={mode}&importStrategy={verb}&atomicMode=ALL\
             &importReportMode=ERRORS&async=false"
        );
        let body = Some(Value::Object(lists).to_string().into_bytes());
        let asked = Request {
            timeout_ms: PACKAGE_TIMEOUT_MS,
            answer_bytes_max: ONLINE_ANSWER_BYTES_MAX,
            ..request(Method::Post, target, body)
        };
        let answer = self.ask_for_report(asked, "the metadata")?;
        self.keep_report(report_name, mode, verb, &answer)?;
        problems_in(&answer, objects)
    }

    /// Keeps what the server said; the last answers of each kind for each version.
    fn keep_report(&self, name: &str, mode: &str, verb: &str, answer: &Answer) -> Result<()> {
        let text = String::from_utf8_lossy(&answer.body);
        let said = cut(&text, PACKAGE_REPORT_BYTES_MAX);
        let (now, key) = (self.now_text(), format!("{mode} {verb}"));
        self.exchange(|exchange| {
            let kept = super::read_document::<Map<String, Value>>(exchange.document(name)?)?;
            let mut kept = kept.unwrap_or_default();
            let said = json!({ "at": now, "status": answer.status, "answer": said });
            kept.insert(key, said);
            super::keep_document(exchange, name, &kept)
        })
    }
}

fn report_name(set: &str, number: u64) -> String {
    format!("packageReport/{set}/{number}")
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ImportReport {
    response: Option<Box<ImportReport>>,
    status: String,
    message: Option<String>,
    type_reports: Vec<TypeReport>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TypeReport {
    object_reports: Vec<ObjectReport>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ObjectReport {
    uid: Option<String>,
    error_reports: Vec<ErrorReport>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ErrorReport {
    message: String,
    error_code: Option<String>,
}

/// What the server did not take. A refusal without a named object is one problem, too.
fn problems_in(answer: &Answer, objects: &SetContent) -> Result<Vec<PackageProblem>> {
    let unreadable = |_| OutpostError::ServerRejected {
        status: answer.status,
        code: None,
        reason: "its import report cannot be read".to_owned(),
    };
    let outer: ImportReport = serde_json::from_slice(&answer.body).map_err(unreadable)?;
    let message = outer.message.clone();
    let report = outer.response.map_or_else(
        || serde_json::from_slice(&answer.body).map_err(unreadable),
        |inner| Ok(*inner),
    )?;
    let mut problems = Vec::new();
    for object in report.type_reports.into_iter().flat_map(|it| it.object_reports) {
        let uid = object.uid.unwrap_or_default();
        let found = objects.iter().find(|(key, _)| key.id.as_str() == uid);
        let named = found.map(|(key, object)| object_name(key, &object.name));
        for error in object.error_reports {
            if problems.len() == PACKAGE_PROBLEMS_MAX {
                return Ok(problems);
            }
            let object = named.clone().unwrap_or_else(|| crate::model::ObjectName {
                class: String::new(),
                id: uid.clone(),
                name: String::new(),
            });
            problems.push(PackageProblem { object, code: error.error_code, reason: error.message });
        }
    }
    let is_refused = answer.status >= 300 || matches!(report.status.as_str(), "ERROR" | "WARNING");
    if problems.is_empty() && is_refused {
        let (class, id, name) = (String::new(), String::new(), String::new());
        let object = crate::model::ObjectName { class, id, name };
        let reason =
            message.unwrap_or_else(|| "the import was refused without a reason".to_owned());
        problems.push(PackageProblem { object, code: None, reason });
    }
    Ok(problems)
}
