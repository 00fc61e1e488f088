//! The requests of a run, as text. Which parameter a version wants is asked of
//! [`ServerVersion`] by name; nothing here decides when to ask.

use outpost_domain::metadata::MetadataKind;
use outpost_domain::period::Period;
use outpost_domain::uid::{
    DataSetUid, EnrollmentUid, EventUid, FileUid, OrganisationUnitUid, ProgramUid,
    TrackedEntityUid, Uid,
};
use outpost_wire::me::me_fields;
use outpost_wire::metadata::fields;
use outpost_wire::percent::{encoded_query, encoded_value};
use outpost_wire::system_info;
use outpost_wire::tracker::{
    DELETE_QUERY, UPLOAD_QUERY, enrollments_by_id_query, events_by_id_query,
    tracked_entities_by_id_query,
};
use outpost_wire::version::ServerVersion;

mod tracker;

pub(crate) use tracker::*;

use crate::limits::{
    BULK_TIMEOUT_MS, PAGE_ANSWER_BYTES_MAX, PROBE_ROWS, READ_TIMEOUT_MS, SMALL_ANSWER_BYTES_MAX,
};
use crate::ports::{Body, Method, Request};

pub(crate) fn system_info() -> Request {
    small(format!("/api/system/info?fields={}", system_info::FIELDS))
}

pub(crate) fn me() -> Request {
    small(format!("/api/me?fields={}", encoded_value(me_fields())))
}

/// A small question whether the server is well at all.
pub(crate) fn pulse() -> Request {
    small("/api/system/info?fields=version".to_owned())
}

/// One page of a whole kind.
pub(crate) fn page(kind: MetadataKind, page_size: u32, page: u32) -> Request {
    let order = "order=id:asc";
    let target = format!("{}&{order}&pageSize={page_size}&page={page}", list(kind, fields(kind)));
    bulk(target)
}

/// One page of what changed since `since` (server text).
pub(crate) fn changed(kind: MetadataKind, since: &str, page_size: u32, page: u32) -> Request {
    let filter = format!("filter=lastUpdated:ge:{}", encoded_value(since));
    let list = list(kind, fields(kind));
    bulk(format!("{list}&{filter}&order=id:asc&pageSize={page_size}&page={page}"))
}

/// How many objects, and which changed last.
pub(crate) fn probe(kind: MetadataKind) -> Request {
    let list = list(kind, "id,lastUpdated");
    small(format!("{list}&order=lastUpdated:desc&pageSize={PROBE_ROWS}"))
}

/// How many objects were created after `since`.
pub(crate) fn created_probe(kind: MetadataKind, since: &str) -> Request {
    let filter = format!("filter=created:gt:{}", encoded_value(since));
    small(format!("{}&{filter}&pageSize=1", list(kind, "id,lastUpdated")))
}

/// Every id of a kind.
pub(crate) fn ids(kind: MetadataKind) -> Request {
    bulk(format!("{}&paging=false", list(kind, "id")))
}

/// Some objects by id.
pub(crate) fn by_ids(kind: MetadataKind, ids: &[Uid]) -> Request {
    let list = list(kind, fields(kind));
    bulk(format!("{list}&filter=id:in:%5B{}%5D&paging=false", joined(ids, ",")))
}

fn list(kind: MetadataKind, fields: &str) -> String {
    // The user's own part of the hierarchy; combines with paging and fields (captures m012, m013).
    let scope = match kind {
        MetadataKind::OrganisationUnit => "withinUserHierarchy=true&",
        _ => "",
    };
    format!("/api/{}?{scope}fields={}", kind.collection(), encoded_value(fields))
}

/// Values of a data set: `since` makes it a delta.
pub(crate) fn values(
    data_set: DataSetUid,
    periods: &[Period],
    org_units: &[OrganisationUnitUid],
    children: bool,
    since: Option<&str>,
) -> Request {
    let mut target = format!("/api/dataValueSets?dataSet={data_set}&includeDeleted=true");
    scope(&mut target, periods, org_units, children);
    if let Some(since) = since {
        target.push_str(&format!("&lastUpdated={}", encoded_value(since)));
    }
    bulk(target)
}

/// Completions of a data set.
pub(crate) fn completions(
    data_set: DataSetUid,
    periods: &[Period],
    org_units: &[OrganisationUnitUid],
    children: bool,
) -> Request {
    let mut target = format!("/api/completeDataSetRegistrations?dataSet={data_set}");
    scope(&mut target, periods, org_units, children);
    bulk(target)
}

/// Lock exceptions of the data sets that the user may write.
pub(crate) fn lock_exceptions() -> Request {
    small("/api/dataEntry/lockExceptions".to_owned())
}

/// Where slices of a workflow stand.
pub(crate) fn approvals(
    workflow: Uid,
    periods: &[Period],
    org_units: &[OrganisationUnitUid],
) -> Request {
    let mut target = format!("/api/dataApprovals/approvals?wf={workflow}");
    for period in periods {
        target.push_str(&format!("&pe={}", encoded_value(&period.to_string())));
    }
    for unit in org_units {
        target.push_str(&format!("&ou={unit}"));
    }
    bulk(target)
}

fn scope(
    target: &mut String,
    periods: &[Period],
    org_units: &[OrganisationUnitUid],
    children: bool,
) {
    for period in periods {
        target.push_str(&format!("&period={}", encoded_value(&period.to_string())));
    }
    for unit in org_units {
        target.push_str(&format!("&orgUnit={unit}"));
    }
    if children {
        target.push_str("&children=true");
    }
}

/// Some events of a program by id.
pub(crate) fn events_by_ids(
    program: ProgramUid,
    ids: &[EventUid],
    version: ServerVersion,
) -> Request {
    let query = events_by_id_query(program, ids, version);
    bulk(format!("/api/tracker/events?{}", encoded_query(&query)))
}

/// Values to the server.
pub(crate) fn post_values(body: Vec<u8>) -> Request {
    post("/api/dataValueSets".to_owned(), body)
}

/// Completions to the server.
pub(crate) fn post_completions(body: Vec<u8>) -> Request {
    post("/api/completeDataSetRegistrations".to_owned(), body)
}

/// Some people by id; without a program only the attributes of their type come.
pub(crate) fn people_by_ids(
    program: Option<ProgramUid>,
    ids: &[TrackedEntityUid],
    version: ServerVersion,
) -> Request {
    let query = tracked_entities_by_id_query(program, ids, version);
    bulk(format!("/api/tracker/trackedEntities?{}", encoded_query(&query)))
}

/// Some enrolments of a program by id.
pub(crate) fn enrollments_by_ids(
    program: ProgramUid,
    ids: &[EnrollmentUid],
    version: ServerVersion,
) -> Request {
    let query = enrollments_by_id_query(program, ids, version);
    bulk(format!("/api/tracker/enrollments?{}", encoded_query(&query)))
}

/// What the server knows of a file.
pub(crate) fn file(file: FileUid) -> Request {
    small(format!("/api/fileResources/{file}"))
}

/// Tracker records to the server, answered with a report or, if asked so, with a job.
pub(crate) fn post_tracker(body: Vec<u8>, as_job: bool) -> Request {
    post(format!("/api/tracker?{}", asynchronous(UPLOAD_QUERY, as_job)), body)
}

/// Deletions of tracker records, all of one class.
pub(crate) fn post_deletions(body: Vec<u8>, as_job: bool) -> Request {
    post(format!("/api/tracker?{}", asynchronous(DELETE_QUERY, as_job)), body)
}

fn asynchronous(query: &str, as_job: bool) -> String {
    match as_job {
        true => query.replace("async=false", "async=true"),
        false => query.to_owned(),
    }
}

fn small(target: String) -> Request {
    request(Method::Get, target, None, SMALL_ANSWER_BYTES_MAX, READ_TIMEOUT_MS)
}

fn bulk(target: String) -> Request {
    request(Method::Get, target, None, PAGE_ANSWER_BYTES_MAX, BULK_TIMEOUT_MS)
}

fn post(target: String, body: Vec<u8>) -> Request {
    request(Method::Post, target, Some(Body::Json(body)), SMALL_ANSWER_BYTES_MAX, BULK_TIMEOUT_MS)
}

fn request(
    method: Method,
    target: String,
    body: Option<Body>,
    answer_bytes_max: u64,
    timeout_ms: u64,
) -> Request {
    Request { method, target, body, answer_bytes_max, timeout_ms }
}

fn joined<T: std::fmt::Display>(items: &[T], separator: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}
