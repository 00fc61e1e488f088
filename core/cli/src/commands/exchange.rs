//! `exchange …`

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use outpost_engine::model::{
    ExchangePartner, FolderOptions, FolderReport, HandedOver, ImportObserver, KeyView,
    RevocationReason, SetupPlan, SiteRole,
};
use outpost_engine::{
    CancelToken, OutpostError, Result, Session, SignedPair, Unfinished, join_parts,
    read_signed_pair, split_for_mail,
};
use serde::Serialize;
use serde_json::{Value, json, to_value};

use super::qr;
use super::sync::cancel_on_interrupt;
use crate::args::{self, ExchangeCommand, WriteFile};
use crate::exit;
use crate::output::{Output, table};
use crate::progress::Bar;
use crate::strings::exchange as strings;

/// Largest card that is read from a file or standard input.
const CARD_BYTES_MAX: u64 = 4 * 1024;

/// Counts records on a progress bar.
pub(super) struct Counter {
    pub bar: Bar,
    pub what: &'static str,
}

impl ImportObserver for Counter {
    fn on_progress(&self, records: u64) {
        self.bar.counted(self.what, records, None);
    }
}

/// `exchange …`
///
/// # Errors
/// `InvalidInput` for a file, card or key that is refused; `NotFound`; `Busy`; storage errors.
pub fn exchange(session: &Session, command: &ExchangeCommand, output: Output) -> Result<u8> {
    match command {
        ExchangeCommand::Card { name, role } => card(session, name.as_deref(), *role, output),
        ExchangeCommand::Enrol { card, fingerprint } => {
            enrol(session, card, fingerprint.as_deref(), output)
        }
        ExchangeCommand::Keys { take, publish } => {
            keys(session, take.as_deref(), publish.as_deref(), output)
        }
        ExchangeCommand::Revoke { key, reason, last_good } => {
            let revoked = session.revoke_exchange_key(key, reason_of(*reason), *last_good)?;
            output.result(&document(&revoked)?, || {
                strings::revoked(&revoked.card.name, &revoked.card.key)
            });
            Ok(exit::OK)
        }
        ExchangeCommand::Rotate { out, take } => {
            rotate(session, out.as_deref(), take.as_deref(), output)
        }
        ExchangeCommand::Recovery { name } => {
            let made = session.make_recovery_key(name)?;
            let mut shown = document(&made.card)?;
            shown["secret"] = json!(made.secret.as_str());
            output.result(&shown, || strings::recovery(&made.card, &made.secret));
            Ok(exit::OK)
        }
        ExchangeCommand::SetupCode { server, language, training, programs, svg } => {
            let plan = SetupPlan {
                server: server.clone(),
                language: language.clone(),
                is_training: *training,
                programs: programs.clone(),
            };
            setup_code(session, &plan, svg.as_deref(), output)
        }
        ExchangeCommand::Write(arguments) => write(session, arguments, output),
        ExchangeCommand::Verify { file } => {
            let file = session.inspect(&mut open(file)?)?;
            output.result(&document(&file)?, || strings::verified(&file));
            Ok(exit::OK)
        }
        ExchangeCommand::Inspect { file } => {
            let file = session.inspect(&mut open(file)?)?;
            output.result(&document(&file)?, || strings::inspected(&file));
            Ok(exit::OK)
        }
        ExchangeCommand::Import { files, dry_run } => import(session, files, *dry_run, output),
        ExchangeCommand::Receipt { to, folder } => receipt(session, to.as_deref(), folder, output),
        ExchangeCommand::Partners => partners(session, output),
        ExchangeCommand::Aside { discard, reason } => {
            aside(session, discard.zip(reason.as_deref()), output)
        }
        ExchangeCommand::Split { .. } | ExchangeCommand::Join { .. } => parts(command, output),
    }
}

/// `exchange split` and `exchange join`, which need nobody to be signed in.
///
/// # Errors
/// `InvalidInput` if the files cannot be read or written, or do not belong together.
pub fn parts(command: &ExchangeCommand, output: Output) -> Result<u8> {
    match command {
        ExchangeCommand::Split { file, mail_mb, folder } => {
            let beside = file.parent().unwrap_or(Path::new("."));
            let folder = folder.as_deref().unwrap_or(beside);
            let paths = texts(&split_for_mail(file, bytes_of(*mail_mb), folder)?);
            output.result(&json!({ "parts": paths }), || strings::parts(&paths));
        }
        ExchangeCommand::Join { parts, to } => {
            let hash = join_parts(parts, to)?;
            let path = to.display().to_string();
            let shown = json!({ "file": path, "sha256": hash });
            output.result(&shown, || strings::joined(&path));
        }
        _ => return Err(OutpostError::internal("a command without an arm")),
    }
    Ok(exit::OK)
}

/// Whether a command needs no account.
#[must_use]
pub const fn is_about_parts(command: &ExchangeCommand) -> bool {
    matches!(command, ExchangeCommand::Split { .. } | ExchangeCommand::Join { .. })
}

pub(super) fn document(value: &impl Serialize) -> Result<Value> {
    to_value(value).map_err(OutpostError::internal)
}

fn texts(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

const fn bytes_of(mail_mb: u64) -> u64 {
    mail_mb.saturating_mul(1_000_000)
}

fn open(path: &Path) -> Result<File> {
    let name = path.display().to_string();
    File::open(path).map_err(|error| OutpostError::invalid(name, "unreadable", error))
}

fn card(
    session: &Session,
    name: Option<&str>,
    role: Option<args::SiteRole>,
    output: Output,
) -> Result<u8> {
    let card = match name.zip(role) {
        Some((name, role)) => Some(session.make_exchange_card(name, role_of(role))?),
        None => session.exchange_card()?,
    };
    let Some(card) = card else {
        output.result(&Value::Null, || strings::NO_CARD.to_owned());
        return Ok(exit::OK);
    };
    output.result(&document(&card)?, || strings::card(&card));
    Ok(exit::OK)
}

fn setup_code(
    session: &Session,
    plan: &SetupPlan,
    svg: Option<&Path>,
    output: Output,
) -> Result<u8> {
    let code = session.make_setup_code(plan)?;
    if let Some(path) = svg {
        let picture = qr::picture(&code.text).ok_or_else(|| {
            let reason = "it does not fit a QR code: name fewer programs";
            OutpostError::invalid("programs", "too_many", reason)
        })?;
        let name = path.display().to_string();
        let written = Unfinished::beside(path).and_then(|mut file| {
            file.file().write_all(picture.as_bytes())?;
            file.replace(path)
        });
        written.map_err(|error| OutpostError::invalid(name, "unwritable", error))?;
    }
    let drawn = qr::code(&code.text).unwrap_or_default();
    output.result(&document(&code)?, || strings::setup(&code, &drawn));
    Ok(exit::OK)
}

pub(super) const fn role_of(role: args::SiteRole) -> SiteRole {
    match role {
        args::SiteRole::Device => SiteRole::Device,
        args::SiteRole::Tablet => SiteRole::Tablet,
        args::SiteRole::District => SiteRole::District,
        args::SiteRole::Centre => SiteRole::Centre,
    }
}

const fn reason_of(reason: args::RevocationReason) -> RevocationReason {
    match reason {
        args::RevocationReason::Lost => RevocationReason::Lost,
        args::RevocationReason::Stolen => RevocationReason::Stolen,
        args::RevocationReason::Compromised => RevocationReason::Compromised,
        args::RevocationReason::Retired => RevocationReason::Retired,
    }
}

fn enrol(session: &Session, text: &str, heard: Option<&str>, output: Output) -> Result<u8> {
    let text = card_text(text)?;
    let Some(heard) = heard else {
        let card = session.read_exchange_card(&text)?;
        let mut shown = document(&card)?;
        shown["enrolled"] = json!(false);
        output.result(&shown, || strings::not_enrolled(&card));
        return Ok(exit::OK);
    };
    let key = session.enrol_exchange_card(&text, heard)?;
    let mut shown = document(&key)?;
    shown["enrolled"] = json!(true);
    output.result(&shown, || strings::enrolled(&key.card.name, &key.card.key));
    Ok(exit::OK)
}

/// A card as it is typed, or from a file or standard input.
pub(super) fn card_text(text: &str) -> Result<String> {
    let mut read = String::new();
    let path = Path::new(text);
    let source: Box<dyn Read> = match text {
        "-" => Box::new(std::io::stdin()),
        _ if path.is_file() => Box::new(open(path)?),
        _ => return Ok(text.to_owned()),
    };
    let limited = source.take(CARD_BYTES_MAX).read_to_string(&mut read);
    limited.map_err(|error| OutpostError::invalid("card", "unreadable", error))?;
    // The file may show more than the card: a line of it is one.
    let line = read.lines().find(|line| line.trim_start().starts_with("OUTPOST:"));
    Ok(line.unwrap_or(&read).to_owned())
}

fn keys(
    session: &Session,
    take: Option<&Path>,
    publish: Option<&Path>,
    output: Output,
) -> Result<u8> {
    if let Some(path) = publish {
        let pair = SignedPair::create(path)?;
        let files = session.publish_key_list()?;
        pair.write(&files.list, &files.signature)?;
        let shown = json!({ "number": files.number, "file": path.display().to_string() });
        output.result(&shown, || strings::published(files.number));
        return Ok(exit::OK);
    }
    if let Some(path) = take {
        let (list, signature) = read_signed_pair(path)?;
        let changes = session.take_in_key_list(list, &signature)?;
        output.result(&json!({ "changed": changes }), || strings::list_taken(changes));
        return Ok(exit::OK);
    }
    let keys = session.exchange_keys()?;
    output.result(&document(&keys)?, || match keys.is_empty() {
        true => strings::NO_KEYS.to_owned(),
        false => keys_text(&keys),
    });
    Ok(exit::OK)
}

fn rotate(
    session: &Session,
    out: Option<&Path>,
    take: Option<&Path>,
    output: Output,
) -> Result<u8> {
    if let Some(path) = take {
        let (statement, signature) = read_signed_pair(path)?;
        let key = session.take_in_rotation(statement, &signature)?;
        output.result(&document(&key)?, || strings::rotation_taken(&key.card.name, &key.card.key));
        return Ok(exit::OK);
    }
    let missing = || OutpostError::invalid("out", "missing", "say where the statement goes");
    let path = out.ok_or_else(missing)?;
    // A key whose statement cannot be written would be known to nobody.
    let pair = SignedPair::create(path)?;
    let files = session.rotate_exchange_key()?;
    pair.write(&files.statement, &files.signature)?;
    let path = path.display().to_string();
    let mut shown = document(&files.card)?;
    shown["old"] = json!(files.old);
    shown["file"] = json!(path);
    output.result(&shown, || strings::rotated(&files.card, &path));
    Ok(exit::OK)
}

fn keys_text(keys: &[KeyView]) -> String {
    let rows: Vec<Vec<String>> = keys
        .iter()
        .map(|key| {
            let standing = match &key.reason {
                Some(reason) => format!("{} ({reason})", key.standing),
                None => key.standing.clone(),
            };
            let card = &key.card;
            vec![
                card.name.clone(),
                card.role.name().to_owned(),
                card.key.clone(),
                standing,
                key.trust.clone(),
            ]
        })
        .collect();
    table(&["Name", "Role", "Key", "Standing", "How it came"], &rows)
}

/// Writes to a name of its own first: what has the final name is whole.
fn write_whole(
    folder: &Path,
    write: impl FnOnce(&mut File) -> Result<HandedOver>,
) -> Result<(HandedOver, PathBuf)> {
    let failed = |error: std::io::Error| OutpostError::invalid("folder", "unwritable", error);
    let mut unfinished = Unfinished::create(folder).map_err(failed)?;
    let written = write(unfinished.file())?;
    let path = folder.join(&written.file_name);
    unfinished.name(&path).map_err(failed)?;
    Ok((written, path))
}

fn write(session: &Session, arguments: &WriteFile, output: Output) -> Result<u8> {
    let cancel = CancelToken::new();
    cancel_on_interrupt(&cancel);
    let counter = Counter { bar: Bar::new(output), what: strings::WRITING };
    let written = write_whole(&arguments.folder, |file| {
        session.hand_over(&arguments.to, arguments.again, file, &counter, &cancel)
    });
    counter.bar.finish();
    let (written, path) = written?;
    let paths = match arguments.mail_mb {
        Some(mail_mb) => texts(&split_for_mail(&path, bytes_of(mail_mb), &arguments.folder)?),
        None => vec![path.display().to_string()],
    };
    let mut shown = document(&written)?;
    shown["paths"] = json!(paths);
    output.result(&shown, || strings::written(&written, &paths));
    Ok(exit::OK)
}

fn receipt(session: &Session, to: Option<&str>, folder: &Path, output: Output) -> Result<u8> {
    let partners: Vec<String> = match to {
        Some(to) => vec![to.to_owned()],
        None => session.exchange_partners()?.into_iter().map(|it| it.site.key).collect(),
    };
    let (mut shown, mut text, mut code) = (Vec::new(), String::new(), exit::OK);
    for partner in partners {
        let write = |file: &mut File| session.write_receipt(&partner, file);
        match write_whole(folder, write) {
            Ok((written, path)) => {
                let path = path.display().to_string();
                let mut one = document(&written)?;
                one["path"] = json!(path);
                text.push_str(&strings::receipt_written(&written, &path));
                shown.push(one);
            }
            // A key that was revoked keeps nobody else waiting.
            Err(error @ OutpostError::InvalidInput { .. }) if to.is_none() => {
                let reason = error.to_string();
                shown.push(json!({ "to": { "key": partner }, "error": { "kind": error.kind(),
                    "reason": reason } }));
                text.push_str(&format!("{partner}: no receipt. {reason}\n"));
                code = exit::of(&error);
            }
            Err(error) => return Err(error),
        }
    }
    output.result(&json!({ "receipts": shown }), || match text.is_empty() {
        true => strings::NO_PARTNERS.to_owned(),
        false => text,
    });
    Ok(code)
}

fn import(session: &Session, files: &[PathBuf], dry_run: bool, output: Output) -> Result<u8> {
    let cancel = CancelToken::new();
    cancel_on_interrupt(&cancel);
    let counter = Counter { bar: Bar::new(output), what: strings::TAKING_IN };
    let (mut shown, mut text, mut code) = (Vec::new(), String::new(), exit::OK);
    for path in files {
        let name = path.display().to_string();
        if path.is_dir() {
            let report = import_folder(session, path, dry_run, &counter, &cancel)?;
            if report.has_refused() {
                code = exit::INPUT;
            }
            let mut one = document(&report)?;
            one["path"] = json!(name);
            shown.push(one);
            text.push_str(&crate::strings::site::folder(&report));
            continue;
        }
        let taken =
            open(path).and_then(|mut file| session.take_in(&mut file, dry_run, &counter, &cancel));
        match taken {
            Ok(taken) => {
                let mut one = document(&taken)?;
                one["path"] = json!(name);
                shown.push(one);
                text.push_str(&strings::taken(&name, &taken));
            }
            // A file that is refused stops no other; what is wrong with this device does.
            Err(error @ OutpostError::InvalidInput { .. }) => {
                let reason = error.to_string();
                shown.push(json!({ "path": name, "error": { "kind": error.kind(),
                    "reason": reason } }));
                text.push_str(&format!("{name}: refused. {reason}\n"));
                code = exit::of(&error);
            }
            Err(error) => return Err(error),
        }
    }
    counter.bar.finish();
    output.result(&json!({ "files": shown }), || text);
    Ok(code)
}

/// A stick: only what is ours is opened, and nothing on it is changed.
#[cfg(unix)]
fn import_folder(
    session: &Session,
    folder: &Path,
    dry_run: bool,
    counter: &Counter,
    cancel: &CancelToken,
) -> Result<FolderReport> {
    // What it brings besides records is for commands of its own.
    let options = FolderOptions { dry_run, ..FolderOptions::default() };
    let limits = outpost_engine::medium::MediumLimits::default();
    let mut watch = outpost_engine::FolderWatch::default();
    session.take_in_folder(folder, &options, &limits, &mut watch, counter, cancel)
}

#[cfg(not(unix))]
fn import_folder(
    _: &Session,
    _: &Path,
    _: bool,
    _: &Counter,
    _: &CancelToken,
) -> Result<FolderReport> {
    Err(super::site::no_folders())
}

fn partners(session: &Session, output: Output) -> Result<u8> {
    let partners = session.exchange_partners()?;
    output.result(&document(&partners)?, || match partners.is_empty() {
        true => strings::NO_PARTNERS.to_owned(),
        false => partners_text(&partners),
    });
    Ok(exit::OK)
}

fn partners_text(partners: &[ExchangePartner]) -> String {
    let rows: Vec<Vec<String>> = partners
        .iter()
        .map(|partner| {
            let missing = partner.missing.iter().map(|(first, last)| format!("{first}-{last}"));
            vec![
                partner.site.name.clone(),
                partner.last.map(|last| last.to_string()).unwrap_or_default(),
                missing.collect::<Vec<_>>().join(", "),
                partner.held.to_string(),
                partner.on_server.to_string(),
                partner.refused.to_string(),
                partner.waiting.to_string(),
            ]
        })
        .collect();
    let heads = ["Name", "Last file", "Missing", "Held", "On the server", "Refused", "Waiting"];
    table(&heads, &rows)
}

fn aside(session: &Session, discard: Option<(i64, &str)>, output: Output) -> Result<u8> {
    if let Some((id, reason)) = discard {
        session.discard_aside(id, reason)?;
        let shown = json!({ "id": id, "discarded": true });
        output.result(&shown, || crate::strings::discarded(id));
        return Ok(exit::OK);
    }
    let mut rows = Vec::new();
    loop {
        let page =
            session.aside(rows.last().map(|row: &outpost_engine::model::AsideView| row.id))?;
        if page.is_empty() {
            break;
        }
        rows.extend(page);
    }
    output.result(&document(&rows)?, || match rows.is_empty() {
        true => strings::NOTHING_ASIDE.to_owned(),
        false => {
            let lines: Vec<Vec<String>> = rows
                .iter()
                .map(|row| {
                    let what = format!("{} {}", row.kind, row.uid);
                    let who = format!("{} ({})", row.captured_by, row.device.name);
                    vec![row.id.to_string(), what, who, row.reason.clone()]
                })
                .collect();
            table(&["No", "What", "Captured by", "Why"], &lines)
        }
    });
    Ok(exit::OK)
}
