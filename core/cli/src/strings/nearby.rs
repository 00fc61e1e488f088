//! What `nearby …` says.

use outpost_engine::model::{NearbyFile, NearbySent, NearbySession, NearbyVisit};

use super::count;

/// `nearby receive`
pub const RECEIVE: &str = "\
Examples:
  outpost nearby receive
  outpost nearby receive --addresses 192.168.43.1 --until-idle 30
Phones scan the code, or get its text. Both devices are in one Wi-Fi, or the phones in the hotspot
of this one; no internet is needed. With --json the invitation is one line and the report the next.
Ctrl+C ends the session; what came is taken in.";
/// `nearby send`
pub const SEND: &str = "\
Examples:
  outpost nearby send --invitation OUTPOST-NEAR:1:…
  outpost nearby send --invitation - --to 'Tablet, clinic A'
When the connection breaks run it again: it goes on at the byte where it stood.";

/// While bytes go out.
pub const SENDING: &str = "Send";
/// While bytes come in.
pub const RECEIVING: &str = "Receive";

/// The invitation below its code.
#[must_use]
pub fn invitation(text: &str, code: &str) -> String {
    format!("{code}\nPhones scan this code, or use its text:\n{text}\n\n")
}

/// A file that came.
#[must_use]
pub fn file(who: &str, file: &NearbyFile) -> String {
    let who = if who.is_empty() { String::new() } else { format!("{who}: ") };
    if !file.is_taken {
        return format!("{who}a file was not taken in. {}\n", file.words);
    }
    let NearbyFile { kind, number, from, words, .. } = file;
    let mut text = format!("{who}{kind} file {number} of {from}. {words}\n");
    if let Some(report) = &file.report {
        for line in super::exchange::lines(report) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

fn sent(sent: &NearbySent) -> String {
    match &sent.refused {
        Some(reason) => format!("  {}: not taken. {reason}\n", sent.file),
        None => format!("  {} ({} bytes)\n", sent.file, sent.bytes),
    }
}

/// A session of a tablet.
#[must_use]
pub fn session(session: &NearbySession) -> String {
    let phones = count(session.phones.len() as u64, "phone", "phones");
    let mut text = format!("{phones} came.\n");
    for phone in &session.phones {
        let brought = count(phone.brought.len() as u64, "file", "files");
        text.push_str(&format!("{}: brought {brought}, was given\n", phone.who));
        text.extend(phone.given.iter().map(sent));
        if let Some(problem) = &phone.problem {
            text.push_str(&format!("  {problem}\n"));
        }
    }
    text
}

/// A visit of a phone.
#[must_use]
pub fn visit(visit: &NearbyVisit) -> String {
    let mut text = match visit.sent.is_empty() {
        true => format!("{} had everything already.\n", visit.to),
        false => format!("{} was brought\n", visit.to),
    };
    text.extend(visit.sent.iter().map(sent));
    text.extend(visit.received.iter().map(|it| file("", it)));
    text
}
