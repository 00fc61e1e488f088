//! `device …` and `rollout …`.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use outpost_domain::uid::{CategoryComboUid, OrganisationUnitUid};
use outpost_engine::model::{DeviceQuery, DeviceRow};
use outpost_engine::rollout::device::{
    Allowance, Claim, DeviceFacts, DeviceState, LabelNames, LabelPublicKey, PhoneState, limits,
};
use outpost_engine::rollout::package::{PackageOptions, package};
use outpost_engine::{NewLoss, Outpost, OutpostError, PhoneSetup, Result, Session, Unfinished};
use serde::Serialize;
use serde_json::{Value, json, to_value};

use super::device_session;
use crate::args::{
    DeviceAdd, DeviceClaim, DeviceCommand, DeviceList, DeviceLost, DeviceMine, RolloutCommand,
};
use crate::exit;
use crate::output::Output;
use crate::strings::device as strings;

/// Codes of refusals by the rules of a roll-out, as opposed to typing errors.
const REFUSALS: [&str; 11] = [
    "mixed_up",
    "already_with",
    "state",
    "claim",
    "number",
    "earlier_step",
    "inside_already",
    "in_another",
    "not_usable",
    "too_early",
    "wipe_waits",
];

/// `rollout …`
///
/// # Errors
/// `InvalidInput` for a place or key that cannot be read, or a file that cannot be written.
pub fn rollout(
    session: impl Fn() -> Result<Session>,
    command: &RolloutCommand,
    output: Output,
) -> Result<u8> {
    let RolloutCommand::Package { out, places, below, label_keys, default_combo, update } = command;
    let mut options = PackageOptions { is_update: *update, ..PackageOptions::default() };
    for place in places {
        let id = match OrganisationUnitUid::parse(place) {
            Ok(id) => id,
            Err(_) => session()?.find_organisation_unit(place)?,
        };
        options.organisation_units.push(id);
    }
    if let Some(text) = default_combo {
        let wrong = |error| OutpostError::invalid("default-combo", "unreadable", error);
        options.default_category_combo = Some(CategoryComboUid::parse(text).map_err(wrong)?);
    }
    for place in below {
        let session = session()?;
        let place = session.find_organisation_unit(place)?;
        options.organisation_units.extend(session.places_below(place)?);
    }
    options.organisation_units.sort();
    options.organisation_units.dedup();
    for text in label_keys {
        let (name, key) = pair("label-key", text)?;
        let key = LabelPublicKey::parse(&key)
            .map_err(|problem| OutpostError::invalid("label-key", "key", problem))?;
        options.label_keys.push((name, key));
    }
    let body = package(&options);
    let count = |class: &str| body[class].as_array().map_or(0, Vec::len);
    let programs: Vec<&Value> =
        body["programs"].as_array().into_iter().flatten().map(|it| &it["name"]).collect();
    write_out(out, &format!("{body:#}\n"))?;
    let document = json!({
        "path": out, "programs": programs, "data_elements": count("dataElements"),
        "places": options.organisation_units.len(),
    });
    output.result(&document, || {
        let (programs, places) = (count("programs"), options.organisation_units.len());
        format!("{}: {programs} programs at {places} places\n", out.display())
    });
    Ok(exit::OK)
}

/// `device …`
///
/// # Errors
/// `InvalidInput`, `NotFound`, `Forbidden`, server and storage errors.
pub fn device(session: &Session, command: &DeviceCommand, output: Output) -> Result<u8> {
    refused_or(carry_out(session, command, output), output)
}

/// A refusal by the rules of a roll-out has an exit code of its own.
pub(super) fn refused_or(outcome: Result<u8>, output: Output) -> Result<u8> {
    match outcome {
        Err(OutpostError::InvalidInput { field, code, reason })
            if REFUSALS.contains(&code.as_str()) =>
        {
            output.error(&OutpostError::InvalidInput { field, code, reason });
            Ok(exit::REFUSED)
        }
        other => other,
    }
}

/// `device wipe-here`
///
/// # Errors
/// `InvalidInput` if something is unsent and is not exported; storage errors.
pub fn wipe_here(outpost: &Outpost, export: Option<&Path>, output: Output) -> Result<u8> {
    let wiped = outpost.wipe(export)?;
    output.result(&document(&wiped)?, || match wiped.exported {
        true => format!("Wiped. {} unsent records are in the export.\n", wiped.unsent),
        false => "Wiped. Nothing was unsent.\n".to_owned(),
    });
    Ok(exit::OK)
}

fn carry_out(session: &Session, command: &DeviceCommand, output: Output) -> Result<u8> {
    match command {
        DeviceCommand::List(arguments) => {
            let rows = session.devices(&query(session, arguments)?)?;
            output.result(&document(&rows)?, || strings::list(&rows));
            Ok(exit::OK)
        }
        DeviceCommand::Show { device } => {
            let history = session.device_history(device)?;
            output.result(&document(&history)?, || strings::history(&history));
            Ok(exit::OK)
        }
        DeviceCommand::Report => {
            let report = session.device_report()?;
            output.result(&document(&report)?, || strings::report(&report));
            Ok(exit::OK)
        }
        DeviceCommand::Export { out, list } => {
            let table = session.export_devices(&query(session, list)?)?;
            write_table(table, "devices", out.as_deref(), output)
        }
        DeviceCommand::LabelKey => {
            let key = session.label_key()?.to_text();
            output.result(&json!({ "key": key }), || format!("{key}\n"));
            Ok(exit::OK)
        }
        _ => registry(session, command, output),
    }
}

/// What changes the registry.
fn registry(session: &Session, command: &DeviceCommand, output: Output) -> Result<u8> {
    match command {
        DeviceCommand::Add(arguments) => add(session, arguments, output),
        DeviceCommand::Set { device, facts, by } => {
            let facts = facts.iter().map(|it| pair("fact", it)).collect::<Result<Vec<_>>>()?;
            shown(&session.edit_device(device, &facts, by.by.as_deref())?, output)
        }
        DeviceCommand::Move { device, org_unit, by } => {
            let place = session.find_organisation_unit(org_unit)?;
            shown(&session.move_device(device, place, by.by.as_deref())?, output)
        }
        DeviceCommand::Renumber { device, by } => {
            shown(&session.renumber_device(device, by.by.as_deref())?, output)
        }
        DeviceCommand::Import { file, org_unit, ordered, dry_run, by } => {
            let state = state_of_new(*ordered);
            let place = org_unit.as_deref().map(|it| session.find_organisation_unit(it));
            let table = read(file)?;
            let by = by.by.as_deref();
            let import = session.import_devices(&table, place.transpose()?, state, *dry_run, by)?;
            output.result(&document(&import)?, || match import.problems.is_empty() {
                true => strings::import(&import),
                false => strings::problems(&import.problems),
            });
            Ok(if import.problems.is_empty() { exit::OK } else { exit::INPUT })
        }
        DeviceCommand::LabelText { devices, hide_names, paper, by } => {
            let names = if *hide_names { LabelNames::Hidden } else { LabelNames::Shown };
            let (paper, by) = (paper.as_deref(), by.by.as_deref());
            let labels = session.device_labels(devices, names, paper, by)?;
            let line =
                |it: &outpost_engine::model::DeviceLabel| format!("{}\n{}\n", it.line, it.code);
            output.result(&document(&labels)?, || labels.iter().map(line).collect());
            Ok(exit::OK)
        }
        DeviceCommand::Prepare { app_version, finish, by } => {
            let by = by.by.as_deref();
            device_session::prepare(session, app_version, *finish, by, output)
        }
        DeviceCommand::HandOver(arguments) => device_session::hand_over(session, arguments, output),
        DeviceCommand::Close { device, papers, by } => {
            let closing = device_session::closing_of(papers)?;
            shown(&session.close_agreement(device, closing, by.by.as_deref())?, output)
        }
        DeviceCommand::Return(arguments) => device_session::give_back(session, arguments, output),
        DeviceCommand::Audit(command) => device_session::audit(session, command, output),
        _ => life(session, command, output),
    }
}

/// What moves a device through its life.
fn life(session: &Session, command: &DeviceCommand, output: Output) -> Result<u8> {
    match command {
        DeviceCommand::Step { device, state, reason, by } => {
            let state = state_of(state)?;
            let by = by.by.as_deref();
            shown(&session.step_device(device, state, reason, Vec::new(), by)?, output)
        }
        DeviceCommand::Lost(arguments) => lost(session, arguments, output),
        DeviceCommand::Lock { device, at_once, by } => {
            let row = session.lock_holder(device, *at_once, by.by.as_deref())?;
            output.result(&document(&row)?, || strings::lost(&row));
            Ok(exit::OK)
        }
        DeviceCommand::Wiped { device, reason, by } => {
            shown(&session.note_wiped(device, reason, by.by.as_deref())?, output)
        }
        DeviceCommand::Claim(arguments) => claim(session, arguments, output),
        DeviceCommand::Mine(arguments) => mine(session, arguments, output),
        _ => Err(OutpostError::internal("a command without an arm")),
    }
}

pub(super) fn document<T: Serialize>(shown: &T) -> Result<Value> {
    to_value(shown).map_err(OutpostError::internal)
}

pub(super) fn shown(row: &DeviceRow, output: Output) -> Result<u8> {
    output.result(&document(row)?, || strings::line(row));
    Ok(exit::OK)
}

/// `NAME=VALUE`.
pub(super) fn pair(what: &str, text: &str) -> Result<(String, String)> {
    let wrong = || OutpostError::invalid(what, "shape", strings::NO_NAME);
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn state_of(text: &str) -> Result<DeviceState> {
    let words = DeviceState::ALL.map(|it| it.code().to_lowercase().replace('_', "-")).join(", ");
    let wrong = || OutpostError::invalid("state", "unknown", format!("a state is one of {words}"));
    DeviceState::parse(text).ok_or_else(wrong)
}

const fn state_of_new(ordered: bool) -> DeviceState {
    if ordered { DeviceState::Ordered } else { DeviceState::Received }
}

fn query(session: &Session, arguments: &DeviceList) -> Result<DeviceQuery> {
    let place = arguments.org_unit.as_deref().map(|it| session.find_organisation_unit(it));
    Ok(DeviceQuery {
        state: arguments.state.as_deref().map(state_of).transpose()?,
        place: place.transpose()?,
        only_open: arguments.open,
        text: arguments.search.clone(),
        limit: arguments.limit,
    })
}

fn add(session: &Session, arguments: &DeviceAdd, output: Output) -> Result<u8> {
    let number = arguments.number.clone().unwrap_or_default();
    let mut facts = DeviceFacts { number, ..DeviceFacts::default() };
    for fact in &arguments.facts {
        let (name, value) = pair("fact", fact)?;
        if !facts.set_fact(&name, &value) {
            let known = DeviceFacts::names().join(", ");
            let reason = format!("no such fact or not one of its values: known are {known}");
            return Err(OutpostError::invalid(name, "fact", reason));
        }
    }
    let place = session.find_organisation_unit(&arguments.org_unit)?;
    let (prefix, state) = (arguments.prefix.as_str(), state_of_new(arguments.ordered));
    shown(&session.add_device(facts, prefix, place, state, arguments.by.by.as_deref())?, output)
}

pub(super) fn read(file: &Path) -> Result<String> {
    let unreadable = |error| OutpostError::invalid("file", "unreadable", error);
    let mut bytes = Vec::new();
    let limit = limits::TABLE_BYTES_MAX as u64 + 1;
    if file == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(file).map_err(unreadable)?;
        file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    let reason = "the table is not UTF-8: save it as CSV UTF-8";
    String::from_utf8(bytes).map_err(|_| OutpostError::invalid("file", "encoding", reason))
}

/// Writes a file whole, in place of whatever has its name.
fn write_out(out: &Path, text: &str) -> Result<()> {
    let unwritable = |error| OutpostError::invalid("out", "unwritable", error);
    let mut unfinished = Unfinished::beside(out).map_err(unwritable)?;
    unfinished.file().write_all(text.as_bytes()).map_err(unwritable)?;
    unfinished.replace(out).map_err(unwritable)
}

/// Writes a table to a file or standard output; `what` it holds names its lines.
pub(super) fn write_table(
    table: String,
    what: &str,
    out: Option<&Path>,
    output: Output,
) -> Result<u8> {
    let lines = table.as_bytes().lines().count().saturating_sub(1);
    let Some(out) = out else {
        output.result(&json!({ what: lines, "table": table }), || table);
        return Ok(exit::OK);
    };
    write_out(out, &table)?;
    let document = json!({ what: lines, "path": out });
    output.result(&document, || format!("{}: {lines} {what}\n", out.display()));
    Ok(exit::OK)
}

fn lost(session: &Session, arguments: &DeviceLost, output: Output) -> Result<u8> {
    let loss = NewLoss {
        is_stolen: arguments.stolen,
        reason: arguments.reason.clone(),
        at_place: arguments.place.clone(),
        report_number: arguments.report_number.clone(),
        asks_lock: arguments.lock,
        asks_wipe: arguments.wipe,
    };
    let row = session.report_loss(&arguments.device, loss, arguments.by.by.as_deref())?;
    output.result(&document(&row)?, || strings::lost(&row));
    Ok(exit::OK)
}

fn claim(session: &Session, arguments: &DeviceClaim, output: Output) -> Result<u8> {
    let currency = arguments.currency.to_uppercase();
    let claim = Claim {
        month: arguments.month.clone(),
        amount: arguments.amount,
        currency: currency.clone(),
        data_used_bytes: arguments.data_used,
    };
    let allowance = Allowance { monthly: arguments.allowance, currency };
    let by = arguments.by.by.as_deref();
    let offer = session.claim_allowance(&arguments.device, &claim, &allowance, by)?;
    output.result(&document(&offer)?, || {
        let mut text =
            format!("To be paid: {}, above the allowance: {}\n", offer.payable, offer.above);
        if offer.has_no_evidence {
            text.push_str("No data that the app used in that month speaks for it.\n");
        }
        text
    });
    Ok(exit::OK)
}

fn mine(session: &Session, arguments: &DeviceMine, output: Output) -> Result<u8> {
    if let Some(device) = &arguments.set {
        let setup = PhoneSetup { lease_days: arguments.lease_days, agreed: Vec::new() };
        session.set_my_phone(device, setup)?;
    }
    let seen = PhoneState {
        iccid: arguments.iccid.clone(),
        free_bytes: arguments.free,
        ..PhoneState::default()
    };
    let view = session.my_phone(seen, false)?;
    output.result(&document(&view)?, || strings::mine(&view));
    Ok(if view.findings.is_empty() { exit::OK } else { exit::REFUSED })
}
