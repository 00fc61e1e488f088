//! Approval and acceptance of reports at the levels of DHIS2. Only online: the server alone knows
//! whose turn it is, so nothing of it waits in the outbox.

use outpost_domain::data::SliceKey;
use outpost_domain::uid::DEFAULT_CATEGORY_OPTION_COMBO;
use outpost_sync::ports::Method;
use serde::Deserialize;

use super::Session;
use super::online::{Asked, encoded, get, request};
use crate::error::{OutpostError, Result};
use crate::model::{ApprovalStep, ApprovalView};

/// Acceptances below `dataApprovals`, where they are from 2.42 on (capture a023b).
const ACCEPTANCES: &str = "/api/dataApprovals/dataAcceptances";
/// Where they were before.
const OLD_ACCEPTANCES: &str = "/api/dataAcceptances";

/// `GET /api/dataApprovals`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct State {
    may_approve: bool,
    may_unapprove: bool,
    may_accept: bool,
    may_unaccept: bool,
    state: Option<String>,
    approved_by: Option<String>,
    accepted_by: Option<String>,
}

impl Session {
    /// Asks the server where a report stands in its workflow and what the user may do.
    ///
    /// # Errors
    /// `Offline`; `ServerRejected` if the data set has no workflow; other answers of the server.
    pub fn approval(&self, key: SliceKey) -> Result<ApprovalView> {
        let target = format!("/api/dataApprovals?{}", query(key));
        let answer = self.ask(get(target))?.done("the state of the approval")?;
        let state: State =
            serde_json::from_slice(&answer.body).map_err(|_| OutpostError::Incompatible {
                found: "an approval state that cannot be read".to_owned(),
                supported: "DHIS2 2.38 and later".to_owned(),
            })?;
        Ok(ApprovalView {
            slice: key,
            state: state.state.unwrap_or_else(|| "UNAPPROVABLE".to_owned()),
            approved_by: state.approved_by,
            accepted_by: state.accepted_by,
            may_approve: state.may_approve,
            may_unapprove: state.may_unapprove,
            may_accept: state.may_accept,
            may_unaccept: state.may_unaccept,
        })
    }

    /// Approves or accepts a report, or takes that back, at once. Doing it twice does no harm.
    ///
    /// # Errors
    /// `Offline`; `Forbidden` without the authority; `ServerRejected` if the data set has no workflow
    /// or it is not this level's turn: then ask [`Session::approval`].
    pub fn approve_report(&self, key: SliceKey, step: ApprovalStep) -> Result<ApprovalView> {
        let (method, path) = match step {
            ApprovalStep::Approve => (Method::Post, "/api/dataApprovals"),
            ApprovalStep::Unapprove => (Method::Delete, "/api/dataApprovals"),
            ApprovalStep::Accept => (Method::Post, ACCEPTANCES),
            ApprovalStep::Unaccept => (Method::Delete, ACCEPTANCES),
        };
        let is_acceptance = path == ACCEPTANCES;
        let send = |path: &str| self.ask(request(method, format!("{path}?{}", query(key)), None));
        let asked = match send(path)? {
            Asked::NotFound if is_acceptance => send(OLD_ACCEPTANCES)?,
            Asked::Refused { status: 405, .. } if is_acceptance => send(OLD_ACCEPTANCES)?,
            other => other,
        };
        // DHIS2 gives no reason with a 409 here (captures a022b, a024d).
        if let Asked::Refused { status: status @ 409, message, .. } = asked {
            let reason = "the report is not at a point where you can do that: a level below or \
                          above is to act first";
            return Err(OutpostError::ServerRejected {
                status,
                code: message.code,
                reason: reason.to_owned(),
            });
        }
        asked.done("the approval")?;
        self.approval(key)
    }
}

fn query(key: SliceKey) -> String {
    let period = encoded(&key.period.to_string());
    let mut query = format!("ds={}&pe={period}&ou={}", key.data_set, key.organisation_unit);
    if key.attribute_option_combo.as_str() != DEFAULT_CATEGORY_OPTION_COMBO {
        query.push_str(&format!("&aoc={}", key.attribute_option_combo));
    }
    query
}
