//! `nearby …`

use std::io::Read;
use std::sync::Arc;

use outpost_engine::model::{NearbyFile, NearbyObserver, NearbyPlan, NearbyProgress};
use outpost_engine::{CancelToken, OutpostError, Result, Session};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;
use serde_json::{Value, json, to_value};

use super::sync::cancel_on_interrupt;
use crate::args::NearbyCommand;
use crate::exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::strings::nearby as strings;

/// Largest invitation that is read from standard input.
const INVITATION_BYTES_MAX: u64 = 4 * 1024;
/// Light modules around a code, without which cameras do not find it (ISO 18004).
const QUIET_ZONE: i32 = 4;

/// Shows how a meeting goes.
struct Shown {
    output: Output,
    bar: Bar,
}

impl NearbyObserver for Shown {
    fn on_invitation(&self, text: &str) {
        let _is_read = self.output.line(&json!({ "invitation": text }), || {
            strings::invitation(text, &code(text).unwrap_or_default())
        });
    }

    fn on_progress(&self, progress: NearbyProgress) {
        let what = if progress.is_sent { strings::SENDING } else { strings::RECEIVING };
        self.bar.counted(what, progress.done, Some(progress.bytes));
    }

    fn on_file(&self, who: &str, file: &NearbyFile) {
        if !self.output.json && !self.output.quiet {
            let _is_read = self.output.line(&Value::Null, || strings::file(who, file));
        }
    }
}

/// `nearby …`
///
/// # Errors
/// `InvalidInput` for an invitation that is none or not of this session; `Offline` if the other side
/// cannot be reached; storage errors.
pub fn nearby(session: &Session, command: &NearbyCommand, output: Output) -> Result<u8> {
    let cancel = CancelToken::new();
    cancel_on_interrupt(&cancel);
    let shown = Arc::new(Shown { output, bar: Bar::new(output) });
    let observer: Arc<dyn NearbyObserver> = Arc::clone(&shown) as _;
    match command {
        NearbyCommand::Receive { addresses, phones, minutes, until_idle } => {
            let plan = NearbyPlan {
                addresses: addresses.clone(),
                phones_max: *phones,
                valid_for_s: minutes.saturating_mul(60),
                idle_s: *until_idle,
            };
            let session = session.nearby_receive(&plan, &observer, &cancel);
            shown.bar.finish();
            let session = session?;
            let _is_read = output.line(&document(&session)?, || strings::session(&session));
        }
        NearbyCommand::Send { invitation, to } => {
            let invitation = read(invitation)?;
            let visit = session.nearby_send(&invitation, to.as_deref(), &observer, &cancel);
            shown.bar.finish();
            let visit = visit?;
            output.result(&document(&visit)?, || strings::visit(&visit));
        }
    }
    Ok(exit::OK)
}

fn document(value: &impl Serialize) -> Result<Value> {
    to_value(value).map_err(OutpostError::internal)
}

fn read(invitation: &str) -> Result<String> {
    if invitation != "-" {
        return Ok(invitation.to_owned());
    }
    let mut text = String::new();
    let read = std::io::stdin().take(INVITATION_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| OutpostError::invalid("invitation", "unreadable", error))?;
    Ok(text)
}

/// The code for a dark terminal: what is light is drawn, two rows of modules in a row of text.
pub(super) fn code(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let edge = -QUIET_ZONE..code.size() + QUIET_ZONE;
    let is_light = |x: i32, y: i32| !code.get_module(x, y);
    let mut drawn = String::new();
    for y in edge.clone().step_by(2) {
        for x in edge.clone() {
            drawn.push(match (is_light(x, y), is_light(x, y + 1)) {
                (true, true) => '\u{2588}',
                (true, false) => '\u{2580}',
                (false, true) => '\u{2584}',
                (false, false) => ' ',
            });
        }
        drawn.push('\n');
    }
    Some(drawn)
}

/// The code as a picture (SVG), black on white, to be printed at any size.
pub(super) fn picture(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * QUIET_ZONE;
    let mut dark = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            dark.push_str(&format!("M{},{}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE));
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" \
         shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
         <path d=\"{dark}\" fill=\"#000\"/></svg>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_fits_a_terminal_and_has_its_quiet_zone() {
        let longest = format!("OUTPOST-NEAR:1:{}", "F".repeat(305));
        let code = code(&longest).expect("a code");
        let lines: Vec<&str> = code.lines().collect();
        let width = lines[0].chars().count();
        assert!(width <= 73, "{width}");
        assert!(lines[0].chars().chain(lines[1].chars()).all(|module| module == '\u{2588}'));
        assert!(lines.iter().all(|line| line.chars().count() == width));
    }
}
