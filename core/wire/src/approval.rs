//! Approval of reports at the levels of a workflow: where slices stand, what the user may do, and the
//! bodies that move several at once (wire reference 1.8).
//!
//! Refusals come without any text (captures a022b, a023c): the state that is read afterwards is the
//! only explanation.

use outpost_domain::data::SliceKey;
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, OrganisationUnitUid, Uid,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::{from_slice, object_from_slice, parse, parse_object};
use crate::loose;
use crate::percent::encoded_value;
use crate::version::ServerVersion;

const WHAT: &str = "approval";

/// Where a slice stands, as servers write it (documentation has other names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApprovalState {
    /// Not approved at this level at all.
    Unapprovable,
    /// Not approved, and not approvable here: that is done above.
    UnapprovedAbove,
    /// Waits for the levels below.
    UnapprovedWaiting,
    /// May be approved now.
    UnapprovedReady,
    /// Approved above.
    ApprovedAbove,
    /// Approved at this level.
    ApprovedHere,
    /// Approved at this level and accepted by the one above.
    AcceptedHere,
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Unapprovable,
        Self::UnapprovedAbove,
        Self::UnapprovedWaiting,
        Self::UnapprovedReady,
        Self::ApprovedAbove,
        Self::ApprovedHere,
        Self::AcceptedHere,
    ];

    /// The DHIS2 name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unapprovable => "UNAPPROVABLE",
            Self::UnapprovedAbove => "UNAPPROVED_ABOVE",
            Self::UnapprovedWaiting => "UNAPPROVED_WAITING",
            Self::UnapprovedReady => "UNAPPROVED_READY",
            Self::ApprovedAbove => "APPROVED_ABOVE",
            Self::ApprovedHere => "APPROVED_HERE",
            Self::AcceptedHere => "ACCEPTED_HERE",
        }
    }

    /// Parses the DHIS2 name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it is approved: then its values are refused.
    #[must_use]
    pub const fn is_approved(self) -> bool {
        matches!(self, Self::ApprovedAbove | Self::ApprovedHere | Self::AcceptedHere)
    }

    /// Whether it is accepted.
    #[must_use]
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::AcceptedHere)
    }
}

/// What the user may do with a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApprovalPermissions {
    /// Approve it.
    #[serde(deserialize_with = "loose::flag")]
    pub may_approve: bool,
    /// Take the approval back.
    #[serde(deserialize_with = "loose::flag")]
    pub may_unapprove: bool,
    /// Accept it.
    #[serde(deserialize_with = "loose::flag")]
    pub may_accept: bool,
    /// Take the acceptance back.
    #[serde(deserialize_with = "loose::flag")]
    pub may_unaccept: bool,
    /// See its values.
    #[serde(deserialize_with = "loose::flag")]
    pub may_read_data: bool,
}

/// Where one slice stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalStatus {
    /// The state.
    pub state: ApprovalState,
    /// What the user may do.
    pub permissions: ApprovalPermissions,
    /// Name of who approved it.
    pub approved_by: Option<String>,
    /// When, in the server's local time.
    pub approved_at: Option<String>,
    /// Name of who accepted it. The time of an acceptance is filled without one (capture a022d) and is
    /// not read.
    pub accepted_by: Option<String>,
}

fn state_of(name: Option<String>) -> Result<ApprovalState, WireError> {
    let name = name.ok_or_else(|| WireError::shape(WHAT, "$", "missing field `state`"))?;
    ApprovalState::parse(&name)
        .ok_or_else(|| WireError::shape(WHAT, "state", "not a state of an approval"))
}

/// Parses `GET /api/dataApprovals`.
///
/// # Errors
/// [`WireError`]; also for an unknown state.
pub fn parse_approval_status(bytes: &[u8]) -> Result<ApprovalStatus, WireError> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Status {
        #[serde(deserialize_with = "loose::text")]
        state: Option<String>,
        #[serde(deserialize_with = "loose::text")]
        approved_by: Option<String>,
        #[serde(deserialize_with = "loose::text")]
        approved_at: Option<String>,
        #[serde(deserialize_with = "loose::text")]
        accepted_by: Option<String>,
    }
    let status: Status = parse_object(bytes, WHAT)?;
    Ok(ApprovalStatus {
        state: state_of(status.state)?,
        permissions: object_from_slice(bytes, WHAT)?,
        approved_by: status.approved_by,
        approved_at: status.approved_at,
        accepted_by: status.accepted_by,
    })
}

/// Target of the `GET` of one slice.
#[must_use]
pub fn status_target(key: SliceKey) -> String {
    format!("/api/dataApprovals?{}", slice_query(key))
}

/// The parameters that name one slice.
fn slice_query(key: SliceKey) -> String {
    let period = encoded_value(&key.period.to_string());
    let mut query = format!("ds={}&pe={period}&ou={}", key.data_set, key.organisation_unit);
    if key.attribute_option_combo.as_str() != DEFAULT_CATEGORY_OPTION_COMBO {
        query.push_str(&format!("&aoc={}", key.attribute_option_combo));
    }
    query
}

/// A slice of a workflow in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalRow {
    /// The workflow.
    pub workflow: Uid,
    /// The period.
    pub period: Period,
    /// The place.
    pub organisation_unit: OrganisationUnitUid,
    /// The split of the whole form.
    pub attribute_option_combo: CategoryOptionComboUid,
    /// The state.
    pub state: ApprovalState,
    /// What the user may do.
    pub permissions: ApprovalPermissions,
}

/// Target of the `GET` of many slices.
#[must_use]
pub fn list_target(
    workflows: &[Uid],
    periods: &[Period],
    organisation_units: &[OrganisationUnitUid],
) -> String {
    let workflows: Vec<String> = workflows.iter().map(ToString::to_string).collect();
    let mut target = format!("/api/dataApprovals/approvals?wf={}", workflows.join(","));
    for period in periods {
        target.push_str(&format!("&pe={}", encoded_value(&period.to_string())));
    }
    for unit in organisation_units {
        target.push_str(&format!("&ou={unit}"));
    }
    target
}

/// Parses `GET /api/dataApprovals/approvals`. Slices that are not understood are left out.
///
/// # Errors
/// [`WireError`] if it is no list of slices.
pub fn parse_approval_rows(bytes: &[u8]) -> Result<Vec<ApprovalRow>, WireError> {
    #[derive(Deserialize)]
    struct Row {
        wf: Uid,
        pe: Period,
        ou: OrganisationUnitUid,
        aoc: CategoryOptionComboUid,
        #[serde(default, deserialize_with = "loose::text")]
        state: Option<String>,
        #[serde(default)]
        permissions: ApprovalPermissions,
    }
    let list: Vec<Box<RawValue>> = parse(bytes, WHAT)?;
    let read = |raw: &RawValue| {
        let row: Row = from_slice(raw.get().as_bytes(), WHAT).ok()?;
        Some(ApprovalRow {
            workflow: row.wf,
            period: row.pe,
            organisation_unit: row.ou,
            attribute_option_combo: row.aoc,
            state: ApprovalState::parse(&row.state?)?,
            permissions: row.permissions,
        })
    };
    Ok(list.iter().filter_map(|raw| read(raw)).collect())
}

/// What to do with slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalStep {
    /// Approve.
    Approve,
    /// Take an approval back.
    Unapprove,
    /// Accept.
    Accept,
    /// Take an acceptance back.
    Unaccept,
}

impl ApprovalStep {
    /// Whether it takes back what was done: one slice is then asked for by `DELETE`, else by `POST`.
    #[must_use]
    pub const fn takes_back(self) -> bool {
        matches!(self, Self::Unapprove | Self::Unaccept)
    }
}

/// Targets of the request that does it for one slice, most likely first: a 404 or 405 of the first says
/// that the server keeps it at the second (capture a023b).
#[must_use]
pub fn step_targets(step: ApprovalStep, key: SliceKey, version: ServerVersion) -> Vec<String> {
    let (new, old) = ("/api/dataApprovals/dataAcceptances", "/api/dataAcceptances");
    let paths = match step {
        ApprovalStep::Approve | ApprovalStep::Unapprove => vec!["/api/dataApprovals"],
        ApprovalStep::Accept | ApprovalStep::Unaccept if version.acceptance_path() => {
            vec![new, old]
        }
        ApprovalStep::Accept | ApprovalStep::Unaccept => vec![old, new],
    };
    paths.into_iter().map(|path| format!("{path}?{}", slice_query(key))).collect()
}

/// Targets of the `POST` that does it for many slices, most likely first: a 404 or 405 of the first
/// says that the server keeps it at the second (capture a023b).
#[must_use]
pub fn bulk_targets(step: ApprovalStep, version: ServerVersion) -> Vec<&'static str> {
    let (new, old) = match step {
        ApprovalStep::Approve => return vec!["/api/dataApprovals/approvals"],
        ApprovalStep::Unapprove => return vec!["/api/dataApprovals/unapprovals"],
        ApprovalStep::Accept => {
            ("/api/dataApprovals/dataAcceptances/acceptances", "/api/dataAcceptances/acceptances")
        }
        ApprovalStep::Unaccept => (
            "/api/dataApprovals/dataAcceptances/unacceptances",
            "/api/dataAcceptances/unacceptances",
        ),
    };
    if version.acceptance_path() { vec![new, old] } else { vec![old, new] }
}

/// Body of that `POST`: every place and split in every period of every workflow.
#[must_use]
pub fn encode_bulk(
    workflows: &[Uid],
    periods: &[Period],
    slices: &[(OrganisationUnitUid, CategoryOptionComboUid)],
) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        wf: &'a [Uid],
        pe: Vec<String>,
        approvals: Vec<Slice>,
    }
    #[derive(Serialize)]
    struct Slice {
        ou: OrganisationUnitUid,
        aoc: CategoryOptionComboUid,
    }
    let body = Body {
        wf: workflows,
        pe: periods.iter().map(ToString::to_string).collect(),
        approvals: slices.iter().map(|(ou, aoc)| Slice { ou: *ou, aoc: *aoc }).collect(),
    };
    serde_json::to_vec(&body).expect("uids and periods always become JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_whether_values_are_refused() {
        for state in ApprovalState::ALL {
            assert_eq!(ApprovalState::parse(state.name()), Some(state));
        }
        let approved = ApprovalState::ALL.iter().filter(|state| state.is_approved()).count();
        assert_eq!(approved, 3);
        assert_eq!(ApprovalState::parse("ACCEPTED_ELSEWHERE"), None);
    }

    #[test]
    fn one_slice_says_where_it_stands_and_what_may_be_done() {
        // Capture a022f.
        let status = parse_approval_status(
            br#"{"mayApprove":true,"mayUnapprove":true,"mayAccept":false,"mayUnaccept":false,
                "mayReadData":true,"state":"APPROVED_HERE","approvedBy":"In Charge",
                "approvedAt":"2026-11-22T11:18:38.322","acceptedAt":"2026-11-22T11:18:38.332"}"#,
        );
        let status = status.expect("a status");
        assert_eq!(status.state, ApprovalState::ApprovedHere);
        assert!(status.permissions.may_unapprove && !status.permissions.may_accept);
        assert_eq!(status.approved_by.as_deref(), Some("In Charge"));
        assert_eq!(status.accepted_by, None);
        for bad in ["{}", "[]", r#"{"state":"LOST"}"#, r#"{"state":"ACCEPTED_HERE","mayAccept":7}"#]
        {
            assert!(parse_approval_status(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_slice_is_asked_for_and_moved_where_the_server_keeps_it() {
        let uid = |text: &str| Uid::parse(text).expect("a uid");
        let key = SliceKey {
            data_set: uid("dsMalaria01").into(),
            period: Period::parse("202610").expect("a month"),
            organisation_unit: uid("ouClinicA01").into(),
            attribute_option_combo: uid(DEFAULT_CATEGORY_OPTION_COMBO).into(),
        };
        let slice = "ds=dsMalaria01&pe=202610&ou=ouClinicA01";
        assert_eq!(status_target(key), format!("/api/dataApprovals?{slice}"));
        let split = SliceKey { attribute_option_combo: uid("aocPartner1").into(), ..key };
        assert_eq!(status_target(split), format!("/api/dataApprovals?{slice}&aoc=aocPartner1"));
        let first = |step, minor| {
            step_targets(step, key, ServerVersion { minor, patch: 0, hotfix: 0 })[0].clone()
        };
        assert_eq!(first(ApprovalStep::Approve, 42), format!("/api/dataApprovals?{slice}"));
        assert_eq!(first(ApprovalStep::Unaccept, 41), format!("/api/dataAcceptances?{slice}"));
        let accept = format!("/api/dataApprovals/dataAcceptances?{slice}");
        assert_eq!(first(ApprovalStep::Accept, 42), accept);
        assert!(ApprovalStep::Unaccept.takes_back() && !ApprovalStep::Accept.takes_back());
    }

    #[test]
    fn many_slices_are_read_and_moved_at_once() {
        // Captures a021h, a024b.
        let body = br#"[{"wf":"wfTwoLevel1","pe":"202610","ou":"ouClinicA01","aoc":"HllvX50cXC0",
            "state":"UNAPPROVED_READY","permissions":{"mayApprove":true}},
            {"wf":"wfTwoLevel1","pe":"202610","ou":"ouClinicA01","aoc":"HllvX50cXC0"},{}]"#;
        let rows = parse_approval_rows(body).expect("a list");
        assert_eq!(rows.len(), 1);
        let row = rows[0];
        assert!(row.permissions.may_approve && row.state == ApprovalState::UnapprovedReady);
        let slices = [(row.organisation_unit, row.attribute_option_combo)];
        assert_eq!(
            String::from_utf8(encode_bulk(&[row.workflow], &[row.period], &slices)).expect("text"),
            r#"{"wf":["wfTwoLevel1"],"pe":["202610"],"approvals":[{"ou":"ouClinicA01","aoc":"HllvX50cXC0"}]}"#
        );
        assert_eq!(
            list_target(&[row.workflow], &[row.period], &[row.organisation_unit]),
            "/api/dataApprovals/approvals?wf=wfTwoLevel1&pe=202610&ou=ouClinicA01"
        );
        let first =
            |step, minor| bulk_targets(step, ServerVersion { minor, patch: 0, hotfix: 0 })[0];
        assert_eq!(first(ApprovalStep::Unapprove, 41), "/api/dataApprovals/unapprovals");
        assert_eq!(first(ApprovalStep::Accept, 41), "/api/dataAcceptances/acceptances");
        assert_eq!(
            first(ApprovalStep::Accept, 42),
            "/api/dataApprovals/dataAcceptances/acceptances"
        );
    }
}
