//! Answers to what travels alone: a change of ownership, breaking the glass, a file.
//!
//! A refusal is about the row, never about the account: it parks the row with its reason.

use outpost_domain::data::{Payload, PayloadKind};
use outpost_wire::answer::AnswerClass;
use outpost_wire::error_code::words_for;
use serde_json::json;

use super::Judgement;
use crate::link::message_of;
use crate::ports::{Answer, OutboxRow, Outcome, Rejection};
use crate::reading::stored_file;

/// A file with this id is there already (capture t040d): it is looked at before anything else.
const FILE_IS_THERE: &str = "E1119";

pub(super) fn is_single(kind: PayloadKind) -> bool {
    matches!(
        kind,
        PayloadKind::OwnershipTransfer | PayloadKind::OwnershipOverride | PayloadKind::FileResource
    )
}

pub(super) fn judge(row: &OutboxRow, answer: &Answer, class: &AnswerClass) -> Judgement {
    let outcome = match class {
        AnswerClass::Ok => stored(row, answer),
        _ => refused(row, class),
    };
    match outcome {
        Outcome::Rejected(rejection) if rejection.is_blind() => {
            Judgement::Refused { rejection: Box::new(rejection), named: Vec::new() }
        }
        outcome => Judgement::Each(vec![outcome]),
    }
}

fn stored(row: &OutboxRow, answer: &Answer) -> Outcome {
    let Payload::FileResource { file } = &row.payload else { return Outcome::Synced };
    let rejected = |reason: &str| {
        let report = json!({ "message": reason }).to_string();
        Outcome::Rejected(Rejection { code: None, field: None, reason: reason.to_owned(), report })
    };
    match stored_file(&answer.body) {
        // Servers before 2.39 do not take the id, and one that is no id is replaced (capture t040e).
        Ok(found) if found.id != file.id => {
            rejected("The server gave the file another id. Files need DHIS2 2.39 or later.")
        }
        Ok(found) if found.md5.eq_ignore_ascii_case(&file.content_md5) => Outcome::Synced,
        Ok(_) => rejected("The file arrived damaged. Attach it again."),
        Err(_) => look_again("the server did not say what became of it"),
    }
}

fn look_again(reason: &str) -> Outcome {
    Outcome::Retry { not_before_ms: 0, may_have_arrived: true, reason: reason.to_owned() }
}

fn refused(row: &OutboxRow, class: &AnswerClass) -> Outcome {
    let message = message_of(class).cloned().unwrap_or_default();
    let is_file = matches!(row.payload, Payload::FileResource { .. });
    if is_file && message.code.as_deref() == Some(FILE_IS_THERE) && row.in_doubt.is_empty() {
        return look_again("the server has a file of this id");
    }
    // After a transfer the old owner does not see the person any more (capture t023c): an earlier
    // attempt without an answer has arrived.
    let is_hidden = matches!(class, AnswerClass::NotFound { is_unknown_path: false, .. });
    if is_hidden && is_transfer(&row.payload) && !row.in_doubt.is_empty() {
        return Outcome::Synced;
    }
    let is_told = message.code.is_some()
        || !message.text.is_empty()
        || matches!(class, AnswerClass::TooLarge);
    let report = match is_told {
        true => json!({ "errorCode": message.code, "message": message.text }).to_string(),
        false => String::new(),
    };
    let reason = words(&row.payload, class)
        .map_or_else(|| words_for(message.code.as_deref(), &message.text), str::to_owned);
    Outcome::Rejected(Rejection { code: message.code, field: None, reason, report })
}

fn is_transfer(payload: &Payload) -> bool {
    matches!(payload, Payload::OwnershipTransfer { .. })
}

/// In words for the person who asked for it (captures t022, t023, t040).
fn words(payload: &Payload, class: &AnswerClass) -> Option<&'static str> {
    let message = message_of(class).map(|message| message.text.as_str()).unwrap_or_default();
    Some(match (payload, class) {
        (Payload::OwnershipOverride { .. }, AnswerClass::Forbidden { .. }) => {
            match message.contains("search scope") {
                true => "The record belongs to a place where you may not search.",
                false => "This program does not let anybody open records of other places.",
            }
        }
        (Payload::OwnershipTransfer { .. }, AnswerClass::Forbidden { .. }) => {
            match message.contains("associated") {
                true => "The program is not offered at the place that should take over.",
                false => "You may not hand this record over.",
            }
        }
        (Payload::OwnershipOverride { .. }, AnswerClass::NotFound { .. })
        | (Payload::OwnershipTransfer { .. }, AnswerClass::NotFound { .. }) => {
            "The server does not show this record to you."
        }
        (Payload::FileResource { .. }, AnswerClass::TooLarge) => {
            "The file is larger than the server takes."
        }
        (Payload::FileResource { .. }, AnswerClass::Forbidden { .. }) => {
            "You may not send files to this server."
        }
        _ => return None,
    })
}
