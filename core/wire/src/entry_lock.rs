//! What opens or closes single slices on the server: lock exceptions and approvals.

use outpost_domain::period::Period;
use outpost_domain::uid::{CategoryOptionComboUid, DataSetUid, OrganisationUnitUid, Uid};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::{from_slice, parse, parse_object};
use crate::loose;

const EXCEPTIONS: &str = "dataEntry/lockExceptions";
const APPROVALS: &str = "dataApprovals/approvals";

/// States of a slice in which its values are refused with E7642 (captures a022d, a025d2, a027h).
const LOCKING_STATES: [&str; 3] = ["APPROVED_HERE", "APPROVED_ABOVE", "ACCEPTED_HERE"];

/// A slice that is open although its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockException {
    /// The data set.
    pub data_set: DataSetUid,
    /// The period.
    pub period: Period,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
}

/// A slice of a workflow that is approved: its values cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovedSlice {
    /// The workflow.
    pub workflow: Uid,
    /// The period.
    pub period: Period,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// The split.
    pub attribute_option_combo: CategoryOptionComboUid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionsDto {
    lock_exceptions: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionDto {
    data_set: DataSetUid,
    period: Period,
    org_unit: OrganisationUnitUid,
}

/// Parses `GET /api/dataEntry/lockExceptions` (from 2.39, capture a002g). One that is not
/// understood is left out: its period stays closed.
///
/// # Errors
/// [`WireError`] if it is no list of lock exceptions.
pub fn parse_lock_exceptions(bytes: &[u8]) -> Result<Vec<LockException>, WireError> {
    let dto: ExceptionsDto = parse_object(bytes, EXCEPTIONS)?;
    let read = dto.lock_exceptions.iter().filter_map(|raw| {
        let dto: ExceptionDto = from_slice(raw.get().as_bytes(), EXCEPTIONS).ok()?;
        let (data_set, period) = (dto.data_set, dto.period);
        Some(LockException { data_set, period, organisation_unit: dto.org_unit })
    });
    Ok(read.collect())
}

#[derive(Deserialize)]
struct ApprovalDto {
    wf: Uid,
    pe: Period,
    ou: OrganisationUnitUid,
    aoc: CategoryOptionComboUid,
    #[serde(default, deserialize_with = "loose::text")]
    state: Option<String>,
}

/// Parses `GET /api/dataApprovals/approvals` (captures a021i, a027p): the slices that are approved.
/// A slice without state, or one that is not understood, counts as open.
///
/// # Errors
/// [`WireError`] if it is no list of approvals.
pub fn parse_approved(bytes: &[u8]) -> Result<Vec<ApprovedSlice>, WireError> {
    let list: Vec<Box<RawValue>> = parse(bytes, APPROVALS)?;
    let read = list.iter().filter_map(|raw| {
        let dto: ApprovalDto = from_slice(raw.get().as_bytes(), APPROVALS).ok()?;
        let is_locked = dto.state.is_some_and(|state| LOCKING_STATES.contains(&state.as_str()));
        is_locked.then_some(ApprovedSlice {
            workflow: dto.wf,
            period: dto.pe,
            organisation_unit: dto.ou,
            attribute_option_combo: dto.aoc,
        })
    });
    Ok(read.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_exceptions_are_read_as_the_server_lists_them() {
        // Capture a002g.
        let body = br#"{"lockExceptions":[
            {"period":"202609","orgUnit":"ouClinicA01","dataSet":"dsExpire001"},
            {"period":"never","orgUnit":"ouClinicA01","dataSet":"dsExpire001"}]}"#;
        let found = parse_lock_exceptions(body).expect("a list");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].period.to_string(), "202609");
        assert_eq!(found[0].data_set.to_string(), "dsExpire001");
        assert_eq!(parse_lock_exceptions(br#"{"lockExceptions":[]}"#), Ok(vec![]));
        assert!(parse_lock_exceptions(b"{}").is_err());
        assert!(parse_lock_exceptions(b"<html>").is_err());
    }

    /// How many of one slice in this state are approved.
    #[track_caller]
    fn check(members: &str, approved: usize) {
        let slice = r#""wf":"wfTwoLevel1","pe":"202610","ou":"ouClinicA01","aoc":"HllvX50cXC0""#;
        let body = format!("[{{{slice}{members}}}]");
        assert_eq!(parse_approved(body.as_bytes()).map(|list| list.len()), Ok(approved), "{body}");
    }

    #[test]
    fn only_approved_and_accepted_slices_are_locked() {
        check(r#","state":"APPROVED_HERE","level":"dalFacility","permissions":{}"#, 1); // a027p
        check(r#","state":"APPROVED_ABOVE""#, 1); // a027h
        check(r#","state":"ACCEPTED_HERE""#, 1); // a025d2
        check(r#","state":"UNAPPROVED_READY""#, 0); // a021i
        check(r#","state":"UNAPPROVED_WAITING""#, 0); // a021e
        check(r#","state":"UNAPPROVABLE""#, 0); // a024t
        check("", 0);
        assert!(parse_approved(br#"{"httpStatusCode":409}"#).is_err());
    }
}
