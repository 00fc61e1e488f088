//! `login`, `logout`, `status`, `doctor`.

use outpost_engine::model::{Check, Health, Secret, SignedIn, Status};
use outpost_engine::{Outpost, OutpostError, Result, Session};
use serde_json::{json, to_value};

use crate::args::Login;
use crate::exit;
use crate::output::{Output, table};
use crate::secret;
use crate::strings;

/// Signs in.
///
/// # Errors
/// What [`Outpost::sign_in`] says.
pub fn login(outpost: &Outpost, arguments: &Login, output: Output) -> Result<u8> {
    let typed = secret::read_line(if arguments.token_stdin { "token" } else { "password" })?;
    let secret = match arguments.token_stdin {
        true => Secret::Token(typed),
        false => Secret::Password(typed),
    };
    let username = arguments.user.as_deref();
    let signed_in = outpost.sign_in(&arguments.server, username, secret, arguments.allow_http)?;
    output.result(&to_value(&signed_in).map_err(OutpostError::internal)?, || welcome(&signed_in));
    Ok(exit::OK)
}

fn welcome(signed_in: &SignedIn) -> String {
    let account = &signed_in.account;
    let mut text = match signed_in.online {
        true => strings::signed_in(&account.username, &account.server),
        false => strings::signed_in_offline(&account.username),
    };
    for note in &signed_in.notes {
        text.push_str(&format!("Note: {note}\n"));
    }
    text
}

/// Forgets the password or token.
///
/// # Errors
/// Storage errors.
pub fn logout(outpost: &Outpost, output: Output) -> Result<u8> {
    let unsent = match outpost.session() {
        Ok(session) => session.status()?.unsent,
        Err(_) => 0,
    };
    outpost.sign_out()?;
    output.result(&json!({ "signed_out": true, "unsent": unsent }), || strings::signed_out(unsent));
    Ok(exit::OK)
}

/// Prints the state of the work.
///
/// # Errors
/// Storage errors.
pub fn status(session: &Session, output: Output) -> Result<u8> {
    let status = session.status()?;
    output.result(&to_value(&status).map_err(OutpostError::internal)?, || status_text(&status));
    Ok(exit::OK)
}

fn status_text(status: &Status) -> String {
    let unknown = || strings::UNKNOWN.to_owned();
    let rows = [
        ("Signed in", format!("{} at {}", status.username, status.server)),
        ("Work", strings::work(status)),
        ("Waiting", status.waiting.to_string()),
        ("Refused", status.parked.to_string()),
        ("Two versions", status.conflicts.to_string()),
        ("Drafts", status.drafts.to_string()),
        ("Last sync", status.last_sync.clone().unwrap_or_else(|| strings::NEVER.to_owned())),
        ("Clock", status.skew_ms.map_or_else(unknown, strings::skew)),
        ("Server", status.server_version.clone().unwrap_or_else(unknown)),
        ("Forms", status.metadata_version.clone().unwrap_or_else(|| strings::NEVER.to_owned())),
        ("Database", strings::bytes(status.database_bytes)),
        ("Free space", status.free_bytes.map_or_else(unknown, strings::bytes)),
    ];
    let salvage = status.salvage.iter().map(|words| ("Damage", words.clone()));
    let rows = rows.into_iter().chain(salvage);
    rows.map(|(name, value)| format!("{name:<13} {value}\n")).collect()
}

/// Prints what the doctor found.
///
/// # Errors
/// Storage errors.
pub fn doctor(session: &Session, output: Output) -> Result<u8> {
    let checks = session.doctor()?;
    let worst = checks.iter().map(|check| check.health).max().unwrap_or(Health::Ok);
    let document = json!({ "health": worst, "checks": checks });
    output.result(&document, || doctor_text(&checks));
    Ok(if worst == Health::Bad { exit::STORAGE } else { exit::OK })
}

fn doctor_text(checks: &[Check]) -> String {
    let word = |health| match health {
        Health::Ok => "ok",
        Health::Warn => "look",
        Health::Bad => "BAD",
    };
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            let found = match check.what_to_do.is_empty() {
                true => check.found.clone(),
                false => format!("{} {}", check.found, check.what_to_do),
            };
            vec![word(check.health).to_owned(), check.name.clone(), found]
        })
        .collect();
    table(&["", "Check", "Found"], &rows)
}
