//! Approval and acceptance of reports at the levels of DHIS2. Only online: the server alone knows
//! whose turn it is, so nothing of it waits in the outbox.

use outpost_domain::data::SliceKey;
use outpost_sync::ports::Method;
use outpost_wire::approval::{parse_approval_status, status_target, step_targets};

use super::Session;
use super::online::{Asked, get, request};
use crate::error::{OutpostError, Result};
use crate::model::{ApprovalStep, ApprovalView};

impl Session {
    /// Asks the server where a report stands in its workflow and what the user may do.
    ///
    /// # Errors
    /// `Offline`; `ServerRejected` if the data set has no workflow; other answers of the server.
    pub fn approval(&self, key: SliceKey) -> Result<ApprovalView> {
        let answer = self.ask(get(status_target(key)))?.done("the state of the approval")?;
        let status =
            parse_approval_status(&answer.body).map_err(|_| OutpostError::Incompatible {
                found: "an approval state that cannot be read".to_owned(),
                supported: "DHIS2 2.38 and later".to_owned(),
            })?;
        Ok(ApprovalView {
            slice: key,
            state: status.state.name().to_owned(),
            approved_by: status.approved_by,
            accepted_by: status.accepted_by,
            may_approve: status.permissions.may_approve,
            may_unapprove: status.permissions.may_unapprove,
            may_accept: status.permissions.may_accept,
            may_unaccept: status.permissions.may_unaccept,
        })
    }

    /// Approves or accepts a report, or takes that back, at once. Doing it twice does no harm.
    ///
    /// # Errors
    /// `Offline`; `Forbidden` without the authority; `ServerRejected` if the data set has no workflow
    /// or it is not this level's turn: then ask [`Session::approval`].
    pub fn approve_report(&self, key: SliceKey, step: ApprovalStep) -> Result<ApprovalView> {
        let method = if step.takes_back() { Method::Delete } else { Method::Post };
        let mut asked = Asked::NotFound;
        for target in step_targets(step, key, self.server_version()?) {
            asked = self.ask(request(method, target, None))?;
            if !matches!(asked, Asked::NotFound | Asked::Refused { status: 405, .. }) {
                break;
            }
        }
        // DHIS2 gives no reason with a 409 here (captures a022b, a024d).
        if let Asked::Refused { status: status @ 409, message } = asked {
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
