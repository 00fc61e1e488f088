//! Reports about tracked entities, enrolments, events and relationships.
//!
//! Errors name their object by class and id. An object that was passed over because of another is
//! not refused: it waits.

use std::collections::BTreeSet;

use outpost_domain::data::Payload;
use outpost_domain::merge::fields;
use outpost_domain::uid::Uid;
use outpost_wire::answer::AnswerClass;
use outpost_wire::error_code::words_for;
use outpost_wire::import_report::ImportStatus;
use outpost_wire::job::parse_job_started;
use outpost_wire::tracker_report::{
    BatchRefused, TrackerAnswer, TrackerClass, TrackerError, TrackerReport, parse_tracker_report,
};
use serde_json::json;

use super::{Judgement, open, open_rows, refused, unread};
use crate::limits::UNEXPLAINED_ATTEMPTS_MAX;
use crate::ports::{Answer, Conflict, OutboxRow, Outcome, Rejection};

/// Codes by which a deletion is told that there is nothing left to delete: not there, or deleted
/// already (captures t008l-r, t031g, t065).
const ALREADY_GONE: [&str; 8] =
    ["E1032", "E1063", "E1081", "E4016", "E1082", "E1113", "E1114", "E4017"];
/// The object was deleted on the server and cannot be changed any more.
const DELETED_THERE: [&str; 4] = ["E1082", "E1113", "E1114", "E4017"];
/// Passed over because an object that it needs was refused in the same request.
const PASSED_OVER: &str = "E5000";
/// The object that it needs is not on the server.
const PARENT_MISSING: [&str; 6] = ["E1033", "E1063", "E1068", "E1081", "E1313", "E4012"];
/// The same two are linked already, under another id (capture t030e).
const SAME_PAIR: &str = "E4018";

/// What the run's report says of [`is_same_pair`].
pub(crate) const SAME_PAIR_NOTE: &str =
    "a relationship was not stored again: the server links the same two under another id";

pub(super) fn judge(rows: &[&OutboxRow], answer: &Answer, class: &AnswerClass) -> Judgement {
    let ids: Vec<Uid> = rows.iter().filter_map(|row| row.payload.record_uid()).collect();
    match parse_tracker_report(&answer.body, &ids) {
        Ok(TrackerAnswer::Report(report)) => judge_report(rows, &ids, &report),
        // 200 with a message: the server made a job of it.
        Ok(TrackerAnswer::BatchRefused(_)) if *class == AnswerClass::Ok => {
            match parse_job_started(&answer.body) {
                Ok(job) => Judgement::Job(job.id),
                Err(_) => open_rows(rows),
            }
        }
        Ok(TrackerAnswer::BatchRefused(batch)) => Judgement::Refused {
            named: batch.uid_hint.into_iter().collect(),
            rejection: Box::new(batch_rejection(&batch)),
        },
        Err(_) => unread(rows, class),
    }
}

fn judge_report(rows: &[&OutboxRow], ids: &[Uid], report: &TrackerReport) -> Judgement {
    let blamed: BTreeSet<Uid> = report.errors.iter().filter_map(|error| error.uid).collect();
    let nameless =
        report.errors.iter().find(|error| !error.uid.is_some_and(|id| ids.contains(&id)));
    // More ignored than named: somebody was passed over silently.
    let ignored = usize::try_from(report.stats.ignored).unwrap_or(usize::MAX);
    let is_told = ignored <= blamed.len() && report.status != ImportStatus::Error;
    let silent = silent_relationships(rows, report);
    let is_same = silent > 0 && ignored == blamed.len() + silent;
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(uid) = row.payload.record_uid() else { continue };
        let errors = errors_of(row, uid, report);
        outcomes.push(match (errors.is_empty(), nameless) {
            (false, _) => outcome_of(row, &errors),
            (true, _) if report.stored.contains(&uid) => Outcome::Synced,
            (true, Some(error)) => return refused(error_rejection(error)),
            (true, None) if is_told || is_same && is_relationship(row) => Outcome::Synced,
            (true, None) => open(row),
        });
    }
    Judgement::Each(outcomes)
}

fn errors_of<'a>(row: &OutboxRow, uid: Uid, report: &'a TrackerReport) -> Vec<&'a TrackerError> {
    let class = match &row.payload {
        Payload::TrackedEntity { .. } => TrackerClass::TrackedEntity,
        Payload::Enrollment { .. } => TrackerClass::Enrollment,
        Payload::Relationship { .. } => TrackerClass::Relationship,
        _ => TrackerClass::Event,
    };
    report.errors_of(class, uid).collect()
}

fn is_relationship(row: &OutboxRow) -> bool {
    matches!(row.payload, Payload::Relationship { .. })
}

/// Relationships that are neither stored nor refused: they cannot be changed, so one that the server
/// holds already is ignored without a word (captures 112c, t030k).
fn silent_relationships(rows: &[&OutboxRow], report: &TrackerReport) -> usize {
    let is_silent = |row: &&&OutboxRow| {
        is_relationship(row)
            && row.payload.record_uid().is_some_and(|uid| {
                let is_named = report.errors.iter().any(|error| error.uid == Some(uid));
                !report.stored.contains(&uid) && !is_named
            })
    };
    rows.iter().filter(is_silent).count()
}

/// Whether the same two are linked already: nothing is to be done, and nothing was done.
pub(crate) fn is_same_pair(rejection: &Rejection) -> bool {
    rejection.code.as_deref() == Some(SAME_PAIR)
}

fn outcome_of(row: &OutboxRow, errors: &[&TrackerError]) -> Outcome {
    let all_among =
        |codes: &[&str]| errors.iter().all(|error| codes.contains(&error.code.as_str()));
    let any_of = |codes: &[&str]| errors.iter().any(|error| codes.contains(&error.code.as_str()));
    let deleted = deleted(&row.payload);
    let is_deletion = deleted.as_ref() == Some(&row.payload);
    if is_deletion && all_among(&ALREADY_GONE) {
        return Outcome::Synced;
    }
    if let Some(server) = deleted.filter(|_| !is_deletion && any_of(&DELETED_THERE)) {
        return Outcome::Conflict(Conflict { server, fields: vec![fields::DELETED.to_owned()] });
    }
    let may_wait = row.attempts < UNEXPLAINED_ATTEMPTS_MAX && !is_deletion;
    if all_among(&[PASSED_OVER]) || may_wait && all_among(&PARENT_MISSING) && needs_another(row) {
        let reason = "a record that it belongs to is not on the server yet".to_owned();
        return Outcome::Waits { reason };
    }
    // The one that says most: not that another one failed.
    let worst = errors.iter().find(|error| error.code != PASSED_OVER).or(errors.first());
    worst.map_or(Outcome::Synced, |error| Outcome::Rejected(error_rejection(error)))
}

/// Whether it stands below another record; files are no records here.
fn needs_another(row: &OutboxRow) -> bool {
    match &row.payload {
        Payload::Event { event } => event.enrollment.is_some(),
        Payload::Enrollment { .. } | Payload::Relationship { .. } => true,
        _ => false,
    }
}

/// The record as it is once it was deleted.
fn deleted(payload: &Payload) -> Option<Payload> {
    let mut gone = payload.clone();
    match &mut gone {
        Payload::Event { event } => event.deleted = true,
        Payload::TrackedEntity { tracked_entity } => tracked_entity.deleted = true,
        Payload::Enrollment { enrollment } => enrollment.deleted = true,
        Payload::Relationship { relationship } => relationship.deleted = true,
        _ => return None,
    }
    Some(gone)
}

fn error_rejection(error: &TrackerError) -> Rejection {
    Rejection {
        code: Some(error.code.clone()),
        field: error.field(),
        reason: error.words(),
        report: json!({
            "errorCode": error.code,
            "message": error.message,
            "trackerType": error.tracker_type,
            "uid": error.uid.map(|uid| uid.to_string()),
            "args": error.args,
        })
        .to_string(),
    }
}

fn batch_rejection(batch: &BatchRefused) -> Rejection {
    Rejection {
        code: batch.code.clone(),
        field: None,
        reason: words_for(batch.code.as_deref(), &batch.message),
        report: json!({ "errorCode": batch.code, "message": batch.message }).to_string(),
    }
}
