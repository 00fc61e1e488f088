//! `device prepare`, `hand-over`, `return`, `audit`: each call is one step of what is kept.

use std::io::BufRead;

use outpost_engine::rollout::device::session::{AuditSession, GiveBack, HandOver, PrepareReply};
use outpost_engine::rollout::device::{AuditLine, CopyPlace, Signature, Signer};
use outpost_engine::{Closing, OutpostError, Result, Scanned, Session};
use serde_json::{Value, json};

use super::device::{document, pair, shown};
use crate::args::{AuditCommand, DeviceHandOver, DeviceReturn, Papers};
use crate::exit;
use crate::output::Output;
use crate::strings::device as strings;

const CONDITIONS: [&str; 5] = ["NEW", "GOOD", "WORN", "DAMAGED", "BROKEN"];

fn condition_of(text: &str) -> Result<String> {
    let code = text.trim().to_uppercase();
    let wrong = || {
        let words = CONDITIONS.map(str::to_lowercase).join(", ");
        OutpostError::invalid("condition", "unknown", format!("a condition is one of {words}"))
    };
    CONDITIONS.contains(&code.as_str()).then_some(code).ok_or_else(wrong)
}

fn signatures(texts: &[String]) -> Result<Vec<(Signer, Signature)>> {
    let of = |text: &String| {
        let (who, name) = pair("signed", text)?;
        let reason = "who signs is health_worker, supervisor or council";
        let wrong = || OutpostError::invalid("signed", "unknown", reason);
        let signer = Signer::parse(&who).ok_or_else(wrong)?;
        Ok((signer, Signature { name, file: String::new() }))
    };
    texts.iter().map(of).collect()
}

/// Signatures, stamps and copies as they were typed.
pub(super) fn closing_of(papers: &Papers) -> Result<Closing> {
    let copy = |text: &String| {
        let (copy, place) = pair("copy", text)?;
        let reason = "write it as 1=district; places are district, box-file, on-the-way, \
                      supervisor, lost";
        let wrong = || OutpostError::invalid("copy", "unknown", reason);
        let place = CopyPlace::parse(&place).ok_or_else(wrong)?;
        Ok((copy.parse::<u8>().map_err(|_| wrong())?, place))
    };
    Ok(Closing {
        signed: signatures(&papers.signed)?,
        stamped: papers.stamped.clone(),
        stamp_photo: papers.stamp_photo.clone(),
        put: papers.copies.iter().map(copy).collect::<Result<_>>()?,
    })
}

/// `device hand-over`
pub(super) fn hand_over(
    session: &Session,
    arguments: &DeviceHandOver,
    output: Output,
) -> Result<u8> {
    let name = &arguments.session;
    if arguments.stop {
        session.stop_hand_over(name, arguments.reason.as_deref().unwrap_or_default())?;
        output.result(&json!({ "stopped": true }), || "Stopped.\n".to_owned());
        return Ok(exit::OK);
    }
    if let Some(scan) = &arguments.of_box {
        match session.hand_over_scan(name, Scanned::Box, scan) {
            // The phone that is scanned next may be the one that fits.
            Err(OutpostError::InvalidInput { code, .. })
                if code == "mixed_up" && arguments.phone.is_some() => {}
            scanned => drop(scanned?),
        }
    }
    if let Some(scan) = &arguments.phone {
        session.hand_over_scan(name, Scanned::Phone, scan)?;
    }
    let mut filled = session.hand_over_session(name)?;
    fill(&mut filled, arguments)?;
    if let Some(place) = &arguments.org_unit {
        filled.place = Some(session.find_organisation_unit(place)?);
    }
    let filled = session.keep_hand_over(name, filled)?;
    if arguments.finish {
        return shown(&session.finish_hand_over(name, arguments.by.by.as_deref())?, output);
    }
    let mut shown = document(&filled)?;
    shown["step"] = document(&filled.step())?;
    shown["open"] = document(&filled.open())?;
    output.result(&shown, || step_text(&shown["step"], &filled.open()));
    Ok(exit::OK)
}

fn fill(filled: &mut HandOver, arguments: &DeviceHandOver) -> Result<()> {
    let put = |slot: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            value.trim().clone_into(slot);
        }
    };
    put(&mut filled.receiver, &arguments.to);
    put(&mut filled.receiver_user, &arguments.user);
    put(&mut filled.accessories, &arguments.accessories);
    put(&mut filled.ledger.version, &arguments.agreement);
    put(&mut filled.ledger.language, &arguments.language);
    put(&mut filled.ledger.text_sha256, &arguments.agreement_sha256);
    put(&mut filled.reason, &arguments.reason);
    if let Some(support) = &arguments.support {
        (filled.support_name, filled.support_phone) = pair("support", support)?;
    }
    if let Some(condition) = &arguments.condition {
        filled.condition = condition_of(condition)?;
    }
    filled.ledger.is_declined |= arguments.declined;
    let closing = closing_of(&arguments.papers)?;
    let no_copy = || OutpostError::invalid("copy", "copy", "there are two copies: 1 and 2");
    for (signer, signature) in closing.signed {
        filled.ledger.sign(signer, signature);
    }
    for copy in closing.stamped {
        filled.ledger.stamp(copy).then_some(()).ok_or_else(no_copy)?;
    }
    for (copy, place) in closing.put {
        filled.ledger.put(copy, place).then_some(()).ok_or_else(no_copy)?;
    }
    if let Some(photo) = closing.stamp_photo {
        filled.ledger.stamp_photo = photo;
    }
    Ok(())
}

fn step_text(step: &Value, open: &[String]) -> String {
    let next = match step.as_str().unwrap_or_default() {
        "box" => "scan the box",
        "phone" => "scan the phone",
        "check" => "say who gets it and in what condition it is",
        "condition" => "say in what condition it is",
        "sign" => "let everybody sign",
        "stamp" => "note the stamps and where the copies lie",
        "wipe" => "say whether it is wiped",
        _ => "finish",
    };
    match open {
        [] => format!("Next: {next}\n"),
        open => format!("Next: {next}\nOpen: {}\n", open.join(", ")),
    }
}

/// `device return`
pub(super) fn give_back(session: &Session, arguments: &DeviceReturn, output: Output) -> Result<u8> {
    let name = &arguments.session;
    if let Some(scan) = &arguments.phone {
        session.give_back_scan(name, scan)?;
    }
    let mut filled: GiveBack = session.give_back_session(name)?;
    if let Some(condition) = &arguments.condition {
        filled.condition = condition_of(condition)?;
    }
    if let Some(accessories) = &arguments.accessories {
        filled.accessories.clone_from(accessories);
    }
    if let Some(reason) = &arguments.reason {
        filled.reason.clone_from(reason);
    }
    let signed = signatures(&arguments.signed)?;
    if signed.iter().any(|(signer, _)| *signer == Signer::Council) {
        let reason = "health worker and supervisor sign a return";
        return Err(OutpostError::invalid("signed", "unknown", reason));
    }
    filled.signatures.extend(signed);
    match arguments.wiped.as_deref().map(str::to_lowercase).as_deref() {
        None => {}
        Some("yes") => filled.is_wiped = Some(true),
        Some("no") => filled.is_wiped = Some(false),
        Some(_) => return Err(OutpostError::invalid("wiped", "unknown", "say yes or no")),
    }
    let filled = session.keep_give_back(name, filled)?;
    if arguments.finish {
        return shown(&session.finish_give_back(name, arguments.by.by.as_deref())?, output);
    }
    let mut shown = document(&filled)?;
    shown["step"] = document(&filled.step())?;
    shown["open"] = document(&filled.open())?;
    output.result(&shown, || step_text(&shown["step"], &filled.open()));
    Ok(exit::OK)
}

/// `device prepare`
pub(super) fn prepare(
    session: &Session,
    app_version: &str,
    finish: bool,
    by: Option<&str>,
    output: Output,
) -> Result<u8> {
    let mut unread = 0;
    if !finish {
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(|error| OutpostError::invalid("scan", "unreadable", error))?;
            if line.trim().is_empty() {
                continue;
            }
            output.echo(&line);
            let goes_on = match session.prepare_scan(&line, app_version) {
                Ok(reply) => output.line(&document(&reply)?, || reply_text(&reply)),
                // A wrong scan is told, and the sitting goes on.
                Err(
                    error @ (OutpostError::InvalidInput { .. } | OutpostError::NotFound { .. }),
                ) => {
                    unread += 1;
                    output.line_error(&error)
                }
                Err(error) => return Err(error),
            };
            if !goes_on {
                break;
            }
        }
    }
    let sitting = session.preparation()?;
    let swaps = sitting.swaps();
    let saved = if finish { session.finish_preparation(by)?.len() } else { 0 };
    let document = json!({
        "ready": sitting.ready.len(), "saved": saved, "mixed": sitting.mixed, "swaps": swaps,
        "unread": unread,
    });
    let mut text = match finish {
        true => format!("Prepared: {saved}\n"),
        false => format!(
            "Ready: {}. Kept, and not in the registry before: outpost device prepare --finish\n",
            sitting.ready.len()
        ),
    };
    if unread > 0 {
        text.push_str(&format!("! {unread} scans could not be used\n"));
    }
    for mixed in &sitting.mixed {
        text.push_str(&format!("! {mixed}\n"));
    }
    for swap in &swaps {
        text.push_str(&format!("! {} and {} lie in each other's box\n", swap.one, swap.other));
    }
    match finish {
        true => output.result(&document, || text),
        false => drop(output.line(&document, || text)),
    }
    Ok(if sitting.mixed.is_empty() && unread == 0 { exit::OK } else { exit::REFUSED })
}

fn reply_text(reply: &PrepareReply) -> String {
    match reply {
        PrepareReply::Box { number } => format!("Box {number}: now its phone\n"),
        PrepareReply::Ready { number, count } => format!("{number} is ready ({count})\n"),
        PrepareReply::Mixed { mix_up } => format!("! {mix_up}\n"),
        PrepareReply::SameLabel { number } => format!(
            "! That is the label of box {number} again: scan the bar code of the phone itself\n"
        ),
        PrepareReply::Again { number } => format!("{number} was scanned before\n"),
    }
}

/// `device audit …`
pub(super) fn audit(session: &Session, command: &AuditCommand, output: Output) -> Result<u8> {
    let audit = match command {
        AuditCommand::Begin { org_unit } => {
            session.begin_audit(session.find_organisation_unit(org_unit)?)?
        }
        AuditCommand::Scan { device, with } => {
            let line = session.audit_scan(device, with)?;
            let words = line.result.words();
            output.result(&document(&line)?, || format!("{}: {words}\n", line.number));
            let is_right = line.result.code() == "FOUND";
            return Ok(if is_right { exit::OK } else { exit::REFUSED });
        }
        AuditCommand::Explain { device, reason } => session.audit_explain(device, reason)?,
        AuditCommand::TakeBack { device } => session.audit_take_back(device)?,
        AuditCommand::Stop { reason } => {
            session.stop_audit(reason)?;
            output.result(&json!({ "stopped": true }), || "Stopped.\n".to_owned());
            return Ok(exit::OK);
        }
        AuditCommand::Show => session.audit()?,
        AuditCommand::Finish { by } => {
            let audit = session.audit()?;
            let lines = session.finish_audit(by.by.as_deref())?;
            let document = json!({ "name": audit.name, "lines": lines });
            output.result(&document, || audit_text(&audit, &lines));
            return Ok(exit::OK);
        }
    };
    let lines = audit.lines();
    let document = json!({
        "name": audit.name, "lines": lines, "open": audit.open(), "reasons": audit.reasons,
    });
    output.result(&document, || audit_text(&audit, &lines));
    Ok(exit::OK)
}

fn audit_text(audit: &AuditSession, lines: &[AuditLine]) -> String {
    let reason = |line: &AuditLine| audit.reasons.get(&line.device).map_or("", String::as_str);
    strings::audit(&audit.name, lines, &lines.iter().map(reason).collect::<Vec<_>>())
}
