//! Requests about people: lists of a program, jobs, ownership, files, reserved values, what devices
//! tell of themselves.

use outpost_domain::data::{FileResource, OwnershipOverride, OwnershipTransfer};
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid};
use outpost_wire::percent::{encoded_query, encoded_value};
use outpost_wire::reserved_value::{ReserveQuery, reserve_target};
use outpost_wire::tracker::{
    ListQuery, TIES_FIELDS, enrollments_query, events_query, tracked_entities_query,
};
use outpost_wire::version::ServerVersion;
use outpost_wire::{data_store, file_resource, ownership};

use super::{bulk, request, small};
use crate::limits::{
    BULK_TIMEOUT_MS, FILE_TIMEOUT_MS, READ_TIMEOUT_MS, SMALL_ANSWER_BYTES_MAX, TEAM_PAGE_SIZE,
};
use crate::ports::{Body, DownloadList, FileBody, Method, Request, ReserveScope};

/// Where devices and supervisors keep what is about the team.
const NAMESPACE: &str = "outpost";
/// The key of the targets there; the other keys are ids of devices.
pub(crate) const TARGETS_KEY: &str = "targets";
/// The key of the support settings.
pub(crate) const SUPPORT_KEY: &str = "support";

/// Members of a deleted person: only that it is gone matters.
const GONE_PERSON_FIELDS: &str = "trackedEntity,trackedEntityType,orgUnit,deleted,updatedAt";
/// The same of an enrolment.
const GONE_ENROLLMENT_FIELDS: &str =
    "enrollment,trackedEntity,program,orgUnit,status,deleted,updatedAt";

/// One page of a list of a program with registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrackerPageQuery {
    pub list: DownloadList,
    pub program: ProgramUid,
    pub root: OrganisationUnitUid,
    /// Server's local time; makes it a delta.
    pub since: Option<String>,
    pub only_active: bool,
    pub newest_first: bool,
    pub page: u32,
    pub page_size: u32,
}

/// A page of a list. Lists of living records say nothing of deleted ones: asked for together with
/// them, relationships that were taken away come back unmarked (capture t031j).
pub(crate) fn tracker_page(query: &TrackerPageQuery, version: ServerVersion) -> Request {
    let list = ListQuery {
        program: query.program,
        organisation_unit: query.root,
        updated_after: query.since.clone(),
        page: query.page,
        page_size: query.page_size,
    };
    let (path, text) = match query.list {
        DownloadList::TrackedEntities | DownloadList::GoneTrackedEntities | DownloadList::Ties => {
            ("trackedEntities", tracked_entities_query(&list, version))
        }
        DownloadList::Enrollments | DownloadList::GoneEnrollments => {
            ("enrollments", enrollments_query(&list, version))
        }
        DownloadList::Events | DownloadList::Main => ("events", events_query(&list, version)),
    };
    let text = adapted(&text, query, version);
    bulk(format!("/api/tracker/{path}?{}", encoded_query(&text)))
}

/// The query of the whole list, narrowed to what this page is about.
fn adapted(text: &str, query: &TrackerPageQuery, version: ServerVersion) -> String {
    let mut parts: Vec<String> = text.split('&').map(str::to_owned).collect();
    match query.list {
        DownloadList::TrackedEntities | DownloadList::Enrollments => {
            parts.retain(|part| part != "includeDeleted=true");
        }
        DownloadList::GoneTrackedEntities => set(&mut parts, "fields", GONE_PERSON_FIELDS),
        DownloadList::Ties => {
            parts.retain(|part| part != "includeDeleted=true");
            set(&mut parts, "fields", TIES_FIELDS);
        }
        DownloadList::GoneEnrollments => set(&mut parts, "fields", GONE_ENROLLMENT_FIELDS),
        DownloadList::Events | DownloadList::Main => {}
    }
    if query.newest_first {
        for part in &mut parts {
            *part = part.replace("createdAt:asc", "createdAt:desc");
        }
    }
    if query.only_active {
        parts.push(format!("{}=ACTIVE", status_param(query.list, version)));
    }
    parts.join("&")
}

fn set(parts: &mut [String], name: &str, value: &str) {
    for part in parts.iter_mut().filter(|part| part.split('=').next() == Some(name)) {
        *part = format!("{name}={value}");
    }
}

/// Name of the status of enrolments (wire reference 1.5).
fn status_param(list: DownloadList, version: ServerVersion) -> &'static str {
    match (list, version.enrollment_status_param()) {
        (_, false) => "programStatus",
        (DownloadList::Enrollments, true) => "status",
        (_, true) => "enrollmentStatus",
    }
}

/// How far a job is.
pub(crate) fn job(id: &str) -> Request {
    small(format!("/api/tracker/jobs/{}", encoded_value(id)))
}

/// What became of the objects of a job.
pub(crate) fn job_report(id: &str) -> Request {
    bulk(format!("/api/tracker/jobs/{}/report?reportMode=FULL", encoded_value(id)))
}

/// Breaks the glass: only ever for a reason that a person typed.
pub(crate) fn override_ownership(glass: &OwnershipOverride, version: ServerVersion) -> Request {
    write(Method::Post, ownership::override_target(glass, version), None, BULK_TIMEOUT_MS)
}

/// Hands a person over.
pub(crate) fn transfer_ownership(transfer: &OwnershipTransfer, version: ServerVersion) -> Request {
    write(Method::Put, ownership::transfer_target(transfer, version), None, BULK_TIMEOUT_MS)
}

/// A file under the id that was minted for it.
pub(crate) fn post_file(file: &FileResource) -> Request {
    let body = Body::File(FileBody {
        file: file.id,
        name: file.name.clone(),
        content_type: file.content_type.clone(),
    });
    write(Method::Post, file_resource::upload_target(file.id), Some(body), FILE_TIMEOUT_MS)
}

/// Values of an attribute that nobody else gets.
pub(crate) fn reserve(scope: &ReserveScope, count: u32) -> Request {
    let code = scope.required.iter().find(|(name, _)| name == "ORG_UNIT_CODE");
    let target = reserve_target(&ReserveQuery {
        attribute: scope.attribute,
        count,
        expiration_days: None,
        organisation_unit_code: code.map(|(_, value)| value.clone()),
    });
    small(target)
}

/// What a device tells of itself, under its own key.
pub(crate) fn put_heartbeat(device: &str, body: Vec<u8>) -> Request {
    let target = data_store::key_target(NAMESPACE, device);
    write(Method::Put, target, Some(Body::Json(body)), READ_TIMEOUT_MS)
}

/// A page of what every device told of itself.
pub(crate) fn team_devices(page: u32) -> Request {
    small(data_store::list_target(NAMESPACE, page, TEAM_PAGE_SIZE))
}

/// What the project sets for support.
pub(crate) fn support_settings() -> Request {
    small(data_store::key_target(NAMESPACE, SUPPORT_KEY))
}

/// Targets of the team.
pub(crate) fn targets() -> Request {
    small(data_store::key_target(NAMESPACE, TARGETS_KEY))
}

fn write(method: Method, target: String, body: Option<Body>, timeout_ms: u64) -> Request {
    request(method, target, body, SMALL_ANSWER_BYTES_MAX, timeout_ms)
}
