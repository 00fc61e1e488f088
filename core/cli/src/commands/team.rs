//! `approval …`, `team` and `targets`: a supervisor's look at reports, devices and numbers.

use outpost_engine::model::{
    ApprovalStep, ApprovalView, DeviceView, KnownDevice, TargetView, TeamView,
};
use outpost_engine::{Result, Session};
use serde_json::{Value, json};

use super::record::slice_key;
use crate::args::ApprovalCommand;
use crate::exit;
use crate::output::{Output, table};
use crate::strings::review as strings;
use crate::strings::{bytes, moment, skew};

/// `approval …`
///
/// # Errors
/// `NotFound`, `InvalidInput`; `Offline`; `Forbidden` or `ServerRejected` if the server refuses.
pub fn approval(session: &Session, command: &ApprovalCommand, output: Output) -> Result<u8> {
    let (slice, step) = match command {
        ApprovalCommand::Show { slice } => (slice, None),
        ApprovalCommand::Approve { slice } => (slice, Some(ApprovalStep::Approve)),
        ApprovalCommand::Unapprove { slice } => (slice, Some(ApprovalStep::Unapprove)),
        ApprovalCommand::Accept { slice } => (slice, Some(ApprovalStep::Accept)),
        ApprovalCommand::Unaccept { slice } => (slice, Some(ApprovalStep::Unaccept)),
    };
    let key = slice_key(session, slice)?;
    let view = match step {
        None => session.approval(key)?,
        Some(step) => session.approve_report(key, step)?,
    };
    output.result(&approval_document(&view), || strings::approval(&view));
    Ok(exit::OK)
}

fn approval_document(view: &ApprovalView) -> Value {
    json!({
        "data_set": view.slice.data_set.as_str(),
        "period": view.slice.period.to_string(),
        "org_unit": view.slice.organisation_unit.as_str(),
        "attribute_option_combo": view.slice.attribute_option_combo.as_str(),
        "state": view.state,
        "approved_by": view.approved_by,
        "accepted_by": view.accepted_by,
        "may_approve": view.may_approve,
        "may_unapprove": view.may_unapprove,
        "may_accept": view.may_accept,
        "may_unaccept": view.may_unaccept,
    })
}

/// `team`
///
/// # Errors
/// Storage errors.
pub fn team(session: &Session, output: Output) -> Result<u8> {
    let view = session.team()?;
    let devices = view.devices.iter().map(device_document).collect::<Value>();
    let document = json!({ "devices": devices, "left_out": view.left_out });
    output.result(&document, || team_text(&view));
    Ok(exit::OK)
}

fn device_document(device: &DeviceView) -> Value {
    json!({
        "device": device.device,
        "user": device.user,
        "name": device.name,
        "last_sync": synced(device),
        "waiting": device.waiting,
        "parked": device.parked,
        "skew_ms": device.skew_ms,
        "app_version": device.app_version,
        "metadata_version": device.metadata_version,
        "free_bytes": device.free_bytes,
        "mode": device.mode,
        "knows": device.knows.iter().map(known_document).collect::<Value>(),
    })
}

fn known_document(known: &KnownDevice) -> Value {
    json!({
        "key": known.key,
        "name": known.name,
        "app": known.app,
        "metadata": known.metadata,
        "came_ms": known.came_ms,
    })
}

/// When a device synchronised, if it said so.
fn synced(device: &DeviceView) -> Option<String> {
    (device.last_sync_ms > 0).then(|| moment(device.last_sync_ms))
}

fn team_text(view: &TeamView) -> String {
    if view.devices.is_empty() {
        return strings::NO_TEAM.to_owned();
    }
    let rows: Vec<Vec<String>> = view.devices.iter().map(device_row).collect();
    let heads = ["User", "Last sync", "Waits", "Refused", "Clock", "Version", "Free", "Device"];
    let known: Vec<Vec<String>> = view.devices.iter().flat_map(known_rows).collect();
    let known = match known.is_empty() {
        true => String::new(),
        false => {
            format!("\n{}", table(&["Without network", "Runs", "Forms", "Last file", "By"], &known))
        }
    };
    let more = if view.left_out > 0 { strings::left_out(view.left_out) } else { String::new() };
    table(&heads, &rows) + &more + &known
}

/// Whose files come to a device, and what they run.
fn known_rows(device: &DeviceView) -> impl Iterator<Item = Vec<String>> {
    device.knows.iter().map(|known| {
        vec![
            known.name.clone(),
            known.app.clone().unwrap_or_default(),
            known.metadata.clone().unwrap_or_default(),
            known.came_ms.map(moment).unwrap_or_default(),
            device.user.clone(),
        ]
    })
}

fn device_row(device: &DeviceView) -> Vec<String> {
    vec![
        device.user.clone(),
        synced(device).unwrap_or_default(),
        device.waiting.to_string(),
        device.parked.to_string(),
        skew(device.skew_ms),
        device.app_version.clone(),
        device.free_bytes.map(bytes).unwrap_or_default(),
        device.device.clone(),
    ]
}

/// `targets`
///
/// # Errors
/// Storage errors.
pub fn targets(session: &Session, output: Output) -> Result<u8> {
    let found = session.targets()?;
    let document = found.iter().map(target_document).collect::<Value>();
    output.result(&document, || match found.is_empty() {
        true => strings::NO_TARGETS.to_owned(),
        false => {
            let rows: Vec<Vec<String>> = found.iter().map(target_row).collect();
            table(&["What", "Period", "Reached", "Target", "By now", "Stands"], &rows)
        }
    });
    Ok(exit::OK)
}

fn target_document(target: &TargetView) -> Value {
    json!({
        "uid": target.id,
        "name": target.name,
        "user": target.user,
        "period": target.period,
        "target": target.target,
        "reached": target.reached,
        "expected": target.expected,
        "standing": target.standing.map(|it| strings::standing(it).0),
        "problem": target.problem,
    })
}

fn target_row(target: &TargetView) -> Vec<String> {
    let number = |value: Option<f64>| value.map(|it| it.to_string()).unwrap_or_default();
    let stands = target.standing.map(|it| strings::standing(it).1.to_owned());
    let problem = target.problem.as_ref().map(crate::strings::not_computed);
    vec![
        target.name.clone(),
        target.period.clone(),
        number(target.reached),
        target.target.to_string(),
        number(target.expected.map(|it| (it * 10.0).round() / 10.0)),
        problem.or(stands).unwrap_or_default(),
    ]
}
