//! `site …`

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use outpost_engine::model::{
    Check, ContactView, FolderOptions, FolderReport, Health, SiteChange, SiteCheck, SiteFiles,
    SiteMode, SyncOptions,
};
use outpost_engine::platform::Platform;
use outpost_engine::{CancelToken, OutpostError, Result, Session, inspect_backup, restore_backup};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::exchange::{Counter, document, role_of};
use super::release::own_running;
use super::sync::cancel_on_interrupt;
use crate::args::{self, SiteCommand, SiteRestore, SiteSet, SiteWatch};
use crate::exit;
use crate::output::{Output, table};
use crate::progress::Bar;
use crate::strings::{exchange as words, site as strings};

/// Seconds after which a site that waits for network tries again.
const PUSH_EVERY: Duration = Duration::from_secs(15 * 60);
/// Longest line of a recovery key that is read.
const KEY_BYTES_MAX: u64 = 4 * 1024;

/// `site …`, except `site restore`, which needs nobody to be signed in.
///
/// # Errors
/// `InvalidInput`, `NotFound`, `Busy`, storage errors.
pub fn site(session: &Session, command: &SiteCommand, output: Output) -> Result<u8> {
    match command {
        SiteCommand::Show => {
            let site = session.site()?;
            output.result(&document(&site)?, || strings::site(&site));
            Ok(exit::OK)
        }
        SiteCommand::Set(arguments) => set(session, arguments, output),
        SiteCommand::Watch(arguments) => watch(session, arguments, output),
        SiteCommand::Check { thorough } => check(session, *thorough, output),
        SiteCommand::Collect { to, out, mail_mb } => collect(session, to, out, *mail_mb, output),
        SiteCommand::Backup { out } => {
            let backup = session.backup(out)?;
            let path = out.display().to_string();
            let mut shown = document(&backup)?;
            shown["path"] = json!(path);
            output.result(&shown, || strings::backup(&backup, &path));
            Ok(exit::OK)
        }
        SiteCommand::Restore(_) => Err(OutpostError::internal("a command without an arm")),
    }
}

fn set(session: &Session, arguments: &SiteSet, output: Output) -> Result<u8> {
    let mode = arguments.mode.map(|mode| match mode {
        args::SiteMode::Online => SiteMode::Online,
        args::SiteMode::Offline => SiteMode::Offline,
        args::SiteMode::Hybrid => SiteMode::Hybrid,
    });
    let change = SiteChange {
        mode,
        inbox: arguments.inbox.clone(),
        outbox: arguments.outbox.clone(),
        upstream: arguments.upstream.clone(),
    };
    let site = session.set_site(arguments.role.map(role_of), change)?;
    output.result(&document(&site)?, || strings::site(&site));
    Ok(exit::OK)
}

fn collect(
    session: &Session,
    to: &str,
    out: &Path,
    mail_mb: Option<u64>,
    output: Output,
) -> Result<u8> {
    let cancel = CancelToken::new();
    cancel_on_interrupt(&cancel);
    let counter = Counter { bar: Bar::new(output), what: words::WRITING };
    let mail_bytes = mail_mb.map(|mb| mb.saturating_mul(1_000_000));
    let files = session.collect(to, out, mail_bytes, &counter, &cancel);
    counter.bar.finish();
    let files = files?;
    output.result(&document(&files)?, || match files.files.is_empty() && files.failed.is_empty() {
        true => "Nothing waits here, and no file came.\n".to_owned(),
        false => strings::files(&files),
    });
    Ok(if files.failed.is_empty() { exit::OK } else { exit::INPUT })
}

fn check(session: &Session, thorough: bool, output: Output) -> Result<u8> {
    let check = session.site_check(thorough, &own_running())?;
    output.result(&document(&check)?, || check_text(&check));
    Ok(if check.needs_person { exit::REFUSED } else { exit::OK })
}

fn check_text(check: &SiteCheck) -> String {
    let mut text = checks_text(&check.checks);
    if !check.contacts.is_empty() {
        text.push('\n');
        text.push_str(&contacts_text(&check.contacts));
    }
    text
}

fn checks_text(checks: &[Check]) -> String {
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            let word = match check.health {
                Health::Ok => "ok",
                Health::Warn => "look",
                Health::Bad => "BAD",
            };
            let found = format!("{} {}", check.found, check.what_to_do);
            vec![word.to_owned(), check.name.clone(), found.trim_end().to_owned()]
        })
        .collect();
    table(&["", "Check", "Found"], &rows)
}

fn contacts_text(contacts: &[ContactView]) -> String {
    let day = |ms: Option<i64>| {
        let time = ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        time.map(|time| time.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
    };
    let rows: Vec<Vec<String>> = contacts
        .iter()
        .map(|it| {
            let missing = it.missing.iter().map(|(first, last)| format!("{first}-{last}"));
            let name = if it.site.name.is_empty() { &it.site.key } else { &it.site.name };
            vec![
                name.clone(),
                day(it.came_ms),
                day(it.wrote_ms),
                it.last.map(|last| last.to_string()).unwrap_or_default(),
                missing.collect::<Vec<_>>().join(", "),
                it.app.clone().unwrap_or_default(),
                it.metadata.clone().unwrap_or_default(),
            ]
        })
        .collect();
    table(&["Site", "Came", "Written", "Last file", "Missing", "Runs", "Forms"], &rows)
}

/// What one look at the inbox did.
#[derive(Default)]
struct Round {
    folder: FolderReport,
    written: SiteFiles,
    pushed: Value,
}

impl Round {
    fn document(&self) -> Result<Value> {
        let mut shown = document(&self.folder)?;
        shown["written"] = document(&self.written)?;
        shown["pushed"] = self.pushed.clone();
        Ok(shown)
    }

    fn text(&self) -> String {
        let mut text = strings::folder(&self.folder);
        if let Some(synced) = self.pushed["synced"].as_u64() {
            text.push_str(&format!("Sent to the server: {synced}\n"));
        }
        if let Some(reason) = self.pushed["stopped"]["reason"].as_str() {
            text.push_str(&format!("The server: {reason}\n"));
        }
        text.push_str(&strings::files(&self.written));
        text
    }

    /// Whether anything happened that somebody wants to read; what was left is told once.
    fn is_news(&self, told: &mut BTreeSet<(String, String)>) -> bool {
        let left = self.folder.left.iter();
        let left = left.filter(|it| told.insert((it.path.clone(), it.reason.clone()))).count();
        !self.folder.taken.is_empty()
            || !self.folder.updates.is_empty()
            || left > 0
            || !self.written.files.is_empty()
            || !self.written.failed.is_empty()
    }
}

#[cfg(unix)]
fn watch(session: &Session, arguments: &SiteWatch, output: Output) -> Result<u8> {
    let cancel = CancelToken::new();
    cancel_on_interrupt(&cancel);
    let mut watching = Watching::new(session, &cancel, output);
    if arguments.once {
        let settle = Duration::from_secs(arguments.settle);
        if !settle.is_zero() {
            watching.look_only()?;
            sleep(settle, &cancel);
        }
        let round = watching.round(!settle.is_zero())?;
        output.result(&round.document()?, || round.text());
        return Ok(if round.folder.has_refused() { exit::INPUT } else { exit::OK });
    }
    let mut told = BTreeSet::new();
    while !cancel.is_cancelled() {
        let goes_on = match watching.round(true) {
            Ok(round) if round.is_news(&mut told) => {
                let text = round.text();
                output.line(&round.document()?, || text)
            }
            Ok(_) => true,
            Err(OutpostError::Cancelled) => break,
            // A stick that was pulled out, a synchronisation under way: the next look may be better.
            Err(error) => output.line_error(&error),
        };
        if !goes_on {
            break;
        }
        sleep(Duration::from_secs(arguments.every.max(1)), &cancel);
    }
    Ok(exit::OK)
}

#[cfg(not(unix))]
fn watch(_: &Session, _: &SiteWatch, _: Output) -> Result<u8> {
    Err(no_folders())
}

#[cfg(not(unix))]
pub(super) fn no_folders() -> OutpostError {
    let reason = "folders are looked through safely on Linux only: name the files";
    OutpostError::invalid("folder", "unsupported", reason)
}

fn sleep(time: Duration, cancel: &CancelToken) {
    let end = Instant::now() + time;
    while !cancel.is_cancelled() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100).min(time));
    }
}

#[cfg(unix)]
struct Watching<'a> {
    session: &'a Session,
    cancel: &'a CancelToken,
    output: Output,
    watch: outpost_engine::FolderWatch,
    pushed: Option<Instant>,
}

#[cfg(unix)]
impl<'a> Watching<'a> {
    fn new(session: &'a Session, cancel: &'a CancelToken, output: Output) -> Self {
        let watch = outpost_engine::FolderWatch::default();
        Self { session, cancel, output, watch, pushed: None }
    }

    /// Notes what is in the inbox, so that the next look knows what has changed since.
    fn look_only(&mut self) -> Result<()> {
        let options =
            FolderOptions { dry_run: true, must_settle: true, ..FolderOptions::default() };
        self.take_in(&options).map(drop)
    }

    fn take_in(&mut self, options: &FolderOptions) -> Result<FolderReport> {
        let missing = || OutpostError::invalid("inbox", "missing", strings::NO_INBOX);
        let inbox = self.session.site()?.settings.inbox.ok_or_else(missing)?;
        let counter = Counter { bar: Bar::new(self.output), what: words::TAKING_IN };
        let limits = outpost_engine::medium::MediumLimits::default();
        let taken = self.session.take_in_folder(
            &inbox,
            options,
            &limits,
            &mut self.watch,
            &counter,
            self.cancel,
        );
        counter.bar.finish();
        taken
    }

    fn round(&mut self, must_settle: bool) -> Result<Round> {
        let settings = self.session.site()?.settings;
        // An online site has its forms from the server.
        let updates = settings.mode.writes_files().then(own_running);
        let options = FolderOptions { dry_run: false, must_settle, moves: true, updates };
        let folder = self.take_in(&options)?;
        let mut round = Round { folder, ..Round::default() };
        if settings.mode.synchronises() {
            round.pushed = self.push(!round.folder.taken.is_empty())?;
        }
        if let Some(outbox) = settings.outbox {
            let counter = Counter { bar: Bar::new(self.output), what: words::WRITING };
            let written = self.session.fill_outbox(&outbox, &counter, self.cancel);
            counter.bar.finish();
            round.written = written?;
        }
        Ok(round)
    }

    /// Sends what waits, if something came or it was long ago.
    fn push(&mut self, something_came: bool) -> Result<Value> {
        let is_due = self.pushed.is_none_or(|last| last.elapsed() >= PUSH_EVERY);
        if !(something_came || is_due) || self.session.status()?.waiting == 0 {
            return Ok(Value::Null);
        }
        self.pushed = Some(Instant::now());
        let bar = Bar::new(self.output);
        let report = self.session.sync(SyncOptions::PUSH, &bar, self.cancel)?;
        bar.finish();
        let stopped = report.stopped.as_ref();
        let stopped = stopped.map(|it| json!({ "kind": it.kind(), "reason": it.to_string() }));
        Ok(json!({
            "synced": report.synced, "rejected": report.rejected, "conflicts": report.conflicts,
            "stopped": stopped,
        }))
    }
}

/// `site restore`, which makes the account that may be signed in.
///
/// # Errors
/// `InvalidInput` if it is damaged, the digits differ, or the folder has such an account; storage
/// errors.
pub fn restore(arguments: &SiteRestore, platform: &Platform, output: Output) -> Result<u8> {
    let SiteRestore { file, to, fingerprint, recovery_key } = arguments;
    let Some(heard) = fingerprint else {
        let backup = inspect_backup(file)?;
        let mut shown = document(&backup)?;
        shown["restored"] = json!(false);
        output.result(&shown, || strings::shown(&backup));
        return Ok(exit::OK);
    };
    let secret = match recovery_key.as_deref() {
        Some(path) if path != Path::new("-") => {
            let name = path.display().to_string();
            let file = std::fs::File::open(path);
            let file = file.map_err(|error| OutpostError::invalid(name, "unreadable", error))?;
            key_line(file)?
        }
        Some(_) => key_line(std::io::stdin())?,
        None => crate::secret::read_line("recovery key")?,
    };
    let backup = restore_backup(file, to, platform, heard, &secret)?;
    let mut shown = document(&backup)?;
    shown["restored"] = json!(true);
    let home = to.display().to_string();
    output.result(&shown, || strings::restored(&backup, &home));
    Ok(exit::OK)
}

fn key_line(source: impl Read) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = source.take(KEY_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| OutpostError::invalid("recovery-key", "unreadable", error))?;
    let line = text.lines().find(|line| line.trim_start().starts_with("AGE-SECRET-KEY-"));
    Ok(Zeroizing::new(line.unwrap_or_default().trim().to_owned()))
}
