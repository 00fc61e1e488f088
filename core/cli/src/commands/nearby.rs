//! `nearby …`

use std::io::Read;
use std::sync::Arc;

use outpost_engine::model::{NearbyFile, NearbyObserver, NearbyPlan, NearbyProgress};
use outpost_engine::{CancelToken, OutpostError, Result, Session};
use serde::Serialize;
use serde_json::{Value, json, to_value};

use super::qr;
use super::sync::cancel_on_interrupt;
use crate::args::NearbyCommand;
use crate::exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::strings::nearby as strings;

/// Largest invitation that is read from standard input.
const INVITATION_BYTES_MAX: u64 = 4 * 1024;

/// Shows how a meeting goes.
struct Shown {
    output: Output,
    bar: Bar,
}

impl NearbyObserver for Shown {
    fn on_invitation(&self, text: &str) {
        let _is_read = self.output.line(&json!({ "invitation": text }), || {
            strings::invitation(text, &qr::code(text).unwrap_or_default())
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
