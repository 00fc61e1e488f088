//! `support intake`: e-mails from files, mailbox files and a mailbox on a server.
//!
//! A parser takes them apart; nothing in them is opened, decoded further or run. One that cannot be
//! read is named and stays where it is; the others are taken in.

use std::io::Read;
use std::path::Path;

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser, MimeHeaders};
use outpost_engine::model::{Letter, LetterTaken};
use outpost_engine::{OutpostError, Result, Session};
use serde_json::json;

use super::super::exchange::document;
use super::imap::{self, Left};
use crate::args::SupportIntake;
use crate::exit;
use crate::output::Output;
use crate::strings::support as strings;

/// Largest e-mail that is taken in: mail servers stop at 25 to 50 MB.
pub const LETTER_BYTES_MAX: u64 = 50_000_000;
/// Largest mailbox file: a year of a desk with attachments.
const MBOX_BYTES_MAX: u64 = 1_000_000_000;
/// Longest text that is taken of an e-mail, in characters; the core cuts further.
const TEXT_CHARS_MAX: usize = 100_000;
/// Headers of one e-mail that are looked at.
const HEADERS_MAX: usize = 200;
/// Attachments that are named.
const ATTACHMENTS_MAX: usize = 50;

/// Reads a file, or standard input for `-`.
pub fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let unreadable = |error: std::io::Error| {
        OutpostError::invalid("file", "unreadable", format!("{}: {error}", path.display()))
    };
    let reader: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(std::fs::File::open(path).map_err(unreadable)?),
    };
    reader.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > bytes_max {
        true => {
            let reason = format!("{} is larger than {bytes_max} bytes", path.display());
            Err(OutpostError::invalid("file", "too_large", reason))
        }
        false => Ok(bytes),
    }
}

/// `support intake`
pub fn intake(session: &Session, arguments: &SupportIntake, output: Output) -> Result<u8> {
    let place = session.find_organisation_unit(&arguments.org_unit)?;
    // Looked at first: what is no mailbox is refused before anything is taken in.
    let letters = arguments.mbox.as_deref().map(letters_of).transpose()?.unwrap_or_default();
    let mut taken = Vec::new();
    let mut unread = Vec::new();
    let mut left = Left::default();
    let mut take = |name: String, bytes: &[u8]| -> Result<bool> {
        let Some(letter) = letter_of(bytes) else {
            unread.push(name);
            return Ok(false);
        };
        taken.push((name, session.take_letter(&letter, place)?));
        Ok(true)
    };
    for path in &arguments.eml {
        take(path.display().to_string(), &read(path, LETTER_BYTES_MAX)?)?;
    }
    if let Some(path) = &arguments.mbox {
        for (at, letter) in letters.iter().enumerate() {
            take(format!("{} number {}", path.display(), at + 1), letter)?;
        }
    }
    if arguments.mailbox.imap.is_some() {
        let password = crate::secret::read_line("imap password")?;
        left = imap::each_letter(&arguments.mailbox, &password, |number, bytes| {
            take(format!("number {number}"), bytes)
        })?;
    }
    unread.extend(left.large.iter().map(|number| format!("number {number} (too large)")));
    let mut listed = Vec::with_capacity(taken.len());
    for (name, what) in &taken {
        let mut shown = document(what)?;
        shown["letter"] = json!(name);
        listed.push(shown);
    }
    let shown = json!({ "letters": listed, "unread": unread, "later": left.later });
    output.result(&shown, || {
        let mut text = text(&taken, &unread);
        if text.is_empty() {
            text.push_str(strings::NO_LETTERS);
        }
        if left.later > 0 {
            text.push_str(&format!("{} more wait: run it again\n", left.later));
        }
        text
    });
    Ok(if unread.is_empty() { exit::OK } else { exit::INPUT })
}

fn text(taken: &[(String, LetterTaken)], unread: &[String]) -> String {
    let mut text = String::new();
    for (name, what) in taken {
        let what = match what {
            LetterTaken::Filed { request, title } => format!("filed as {request}: {title}"),
            LetterTaken::Added { request } => format!("added to {request}"),
            LetterTaken::Automatic { why, request: Some(request) } => {
                format!("an automatic answer ({why}), noted with {request}")
            }
            LetterTaken::Automatic { why, .. } => {
                format!("an automatic answer ({why}), passed over")
            }
            LetterTaken::Known { request } => format!("taken in before, see {request}"),
        };
        text.push_str(&format!("{name}: {what}\n"));
    }
    for name in unread {
        text.push_str(&format!("{name}: not an e-mail that can be read; it was left\n"));
    }
    text
}

/// The e-mails of a mailbox file.
fn letters_of(path: &Path) -> Result<Vec<Vec<u8>>> {
    let bytes = read(path, MBOX_BYTES_MAX)?;
    let refused = |code, reason| Err(OutpostError::invalid("mbox", code, reason));
    match mailbox(&bytes) {
        // Taken in by the clock, a mailbox is empty most of the time.
        letters if bytes.is_empty() => Ok(letters),
        letters if letters.is_empty() => refused("no_mailbox", strings::no_mailbox(path)),
        letters => Ok(letters),
    }
}

/// The e-mails of an mbox file (RFC 4155): each begins with a line `From ` after an empty one;
/// `>From ` stands for `From ` in texts.
fn mailbox(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut letters: Vec<Vec<u8>> = Vec::new();
    let mut after_empty = true;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if after_empty && line.starts_with(b"From ") {
            letters.push(Vec::new());
            after_empty = false;
            continue;
        }
        after_empty = line.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        let Some(letter) = letters.last_mut() else { continue };
        let quoted = line.iter().position(|byte| *byte != b'>');
        let is_quoted = quoted.is_some_and(|at| at > 0 && line[at..].starts_with(b"From "));
        letter.extend_from_slice(if is_quoted { &line[1..] } else { line });
    }
    letters.retain(|letter| letter.len() as u64 <= LETTER_BYTES_MAX);
    letters
}

/// Takes an e-mail apart; `None` if it is none.
fn letter_of(bytes: &[u8]) -> Option<Letter> {
    let message = MessageParser::default().parse(bytes)?;
    // The parser takes any text for the body of an e-mail without headers.
    if message.from().is_none() && message.subject().is_none() && message.date().is_none() {
        return None;
    }
    let address = message.from().and_then(Address::first);
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let milliseconds = |date: &mail_parser::DateTime| date.to_timestamp().saturating_mul(1_000);
    // Each server on the way puts its line on top: the first is that of the mailbox.
    let mut lines = message.header_values(HeaderName::Received);
    let received = lines.next().and_then(|line| line.as_received()).and_then(|it| it.date());
    let attachments = message.attachments().take(ATTACHMENTS_MAX);
    let named = attachments.map(|part| part.attachment_name().unwrap_or("without name").to_owned());
    Some(Letter {
        from: owned(address.and_then(|it| it.address())),
        from_name: owned(address.and_then(|it| it.name())),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: body_of(&message),
        date_ms: message.date().filter(|date| date.is_valid()).map(milliseconds),
        received_ms: received.map(|date| milliseconds(&date)),
        message_id: owned(message.message_id()),
        answers: ids(message.in_reply_to()).chain(ids(message.references())).collect(),
        headers: headers(&message, bytes),
        attachments: named.collect(),
    })
}

fn body_of(message: &Message<'_>) -> String {
    let text = message.body_text(0).unwrap_or_default();
    text.chars().take(TEXT_CHARS_MAX).collect()
}

fn ids<'a>(value: &'a HeaderValue<'a>) -> impl Iterator<Item = String> + 'a {
    let list: Vec<String> = match value {
        HeaderValue::Text(one) => vec![one.to_string()],
        HeaderValue::TextList(all) => all.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    list.into_iter().take(HEADERS_MAX)
}

/// Names in lower case with their raw values.
fn headers(message: &Message<'_>, bytes: &[u8]) -> Vec<(String, String)> {
    let of = |header: &mail_parser::Header<'_>| {
        let value = bytes.get(header.offset_start as usize..header.offset_end as usize)?;
        let value = String::from_utf8_lossy(value).trim().chars().take(1_000).collect();
        Some((header.name().to_lowercase(), value))
    };
    message.headers().iter().take(HEADERS_MAX).filter_map(of).collect()
}

/// For tests of what a parser is given.
#[cfg(test)]
fn read_all(bytes: &[u8]) -> Vec<serde_json::Value> {
    let letters = mailbox(bytes);
    letters.iter().filter_map(|it| letter_of(it)).map(|it| json!(it.subject)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "Return-Path: <amina@example.org>\r\n\
        Received: from a by b; Mon, 30 Nov 2026 08:00:05 +0000\r\n\
        Received: from c by a; Mon, 30 Nov 2026 07:59:00 +0000\r\n\
        From: =?utf-8?q?Amina_K=C3=A9=C3=AFta?= <amina@example.org>\r\n\
        Subject: =?utf-8?b?UmllbiBuZSBwYXJ0IMOpIQ==?=\r\n\
        Date: Mon, 30 Nov 2026 09:59:00 +0200\r\n\
        Message-ID: <17@example.org>\r\n\
        In-Reply-To: <abcdefghij1.1@support.outpost.invalid>\r\n\r\n\
        Since Monday.\r\n";

    #[test]
    fn a_letter_is_taken_apart_as_it_was_meant() {
        let letter = letter_of(PLAIN.as_bytes()).expect("a letter");
        assert_eq!(letter.from.as_deref(), Some("amina@example.org"));
        assert_eq!(letter.from_name.as_deref(), Some("Amina Kéïta"));
        assert_eq!(letter.subject, "Rien ne part é!");
        assert_eq!(letter.text.trim(), "Since Monday.");
        // 2026-11-30T07:59:00Z and T08:00:05Z: the topmost line is that of the mailbox.
        assert_eq!(letter.date_ms, Some(1_796_025_540_000));
        assert_eq!(letter.received_ms, Some(1_796_025_605_000));
        assert_eq!(letter.message_id.as_deref(), Some("17@example.org"));
        assert_eq!(letter.answers, ["abcdefghij1.1@support.outpost.invalid"]);
        let path = letter.headers.iter().find(|(name, _)| name == "return-path");
        assert_eq!(path.map(|it| it.1.as_str()), Some("<amina@example.org>"));
    }

    #[test]
    fn attachments_are_named_and_markup_becomes_text() {
        let mail = "From: a@b\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=q\r\n\r\n\
            --q\r\nContent-Type: text/html\r\n\r\n<p>dead <b>phone</b></p><script>x()</script>\r\n\
            --q\r\nContent-Type: application/x-msdownload; name=\"photo.jpg.exe\"\r\n\
            Content-Disposition: attachment; filename=\"photo.jpg.exe\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nTVo=\r\n--q--\r\n";
        let letter = letter_of(mail.as_bytes()).expect("a letter");
        assert_eq!(letter.attachments, ["photo.jpg.exe"]);
        assert!(
            letter.text.contains("dead phone") && !letter.text.contains('<'),
            "{}",
            letter.text
        );
    }

    #[test]
    fn a_mailbox_is_its_letters() {
        let mbox = "From a Mon Nov 30\nSubject: one\nFrom: a@b\n\n>From here on\n\n\
            From b Mon Nov 30\nSubject: two\nFrom: a@b\n\ntext\nFrom the middle of a text\n";
        assert_eq!(read_all(mbox.as_bytes()), [json!("one"), json!("two")]);
        let first = mailbox(mbox.as_bytes()).remove(0);
        assert!(String::from_utf8_lossy(&first).contains("\nFrom here on"));
        assert_eq!(mailbox(b"no mailbox\n").len(), 0);
    }

    #[test]
    fn what_is_no_letter_is_none_and_nothing_panics() {
        assert_eq!(letter_of(b""), None);
        assert_eq!(letter_of(b"PK\x03\x04\x00\xff\xfe"), None);
        assert_eq!(letter_of(&[b'A'; 100_000]), None);
        let nested = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n".repeat(2_000);
        drop(letter_of(nested.as_bytes()));
        let mut bytes = PLAIN.as_bytes().to_vec();
        for at in 0..bytes.len() {
            let kept = std::mem::replace(&mut bytes[at], 0xff);
            drop(letter_of(&bytes));
            drop(letter_of(&bytes[..at]));
            bytes[at] = kept;
        }
    }
}
