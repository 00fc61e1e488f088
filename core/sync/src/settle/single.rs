//! Answers to what travels alone: a change of ownership, breaking the glass, a file.
//!
//! A refusal is about the row, never about the account: it parks the row with its reason.

use outpost_domain::data::{FileResource, Payload, PayloadKind};
use outpost_wire::answer::AnswerClass;
use outpost_wire::error_code::words_for;
use outpost_wire::file_resource::{UploadAnswer, parse_upload, upload_answer};
use outpost_wire::ownership::{OwnershipAnswer, ownership_answer};
use serde_json::json;

use super::Judgement;
use crate::link::message_of;
use crate::ports::{Answer, OutboxRow, Outcome, Rejection};

/// Whether each row of a kind is a request of its own.
pub(crate) fn travels_alone(kind: PayloadKind) -> bool {
    matches!(
        kind,
        PayloadKind::OwnershipTransfer | PayloadKind::OwnershipOverride | PayloadKind::FileResource
    )
}

pub(super) fn judge(row: &OutboxRow, answer: &Answer, class: &AnswerClass) -> Judgement {
    let outcome = match &row.payload {
        Payload::FileResource { file } => of_file(row, file, answer, class),
        _ => of_ownership(row, class),
    };
    match outcome {
        Outcome::Rejected(rejection) if rejection.is_blind() => {
            Judgement::Refused { rejection: Box::new(rejection), named: Vec::new() }
        }
        outcome => Judgement::Each(vec![outcome]),
    }
}

fn of_ownership(row: &OutboxRow, class: &AnswerClass) -> Outcome {
    let is_transfer = matches!(row.payload, Payload::OwnershipTransfer { .. });
    match ownership_answer(class) {
        Some(OwnershipAnswer::Done) => Outcome::Synced,
        // After a transfer the old owner does not see the person any more (capture t023c): an
        // earlier attempt without an answer has arrived. Without an owner before there was nothing
        // to hand over: the enrolment is not there.
        Some(OwnershipAnswer::NotFound)
            if is_transfer && row.base.is_some() && !row.in_doubt.is_empty() =>
        {
            Outcome::Synced
        }
        Some(refusal) => Outcome::Rejected(rejection(class, Some(refusal.words()))),
        None => Outcome::Rejected(rejection(class, None)),
    }
}

fn of_file(row: &OutboxRow, file: &FileResource, answer: &Answer, class: &AnswerClass) -> Outcome {
    match upload_answer(class) {
        Some(UploadAnswer::Taken) => match parse_upload(&answer.body, file.id) {
            Ok(held) if held.is_same(file) => Outcome::Synced,
            Ok(_) => damaged("The file arrived damaged. Attach it again."),
            Err(error) => {
                damaged(&format!("The server did not take the file as it was sent: {error}."))
            }
        },
        // It is looked at before anything else; once it was, it is another one.
        Some(UploadAnswer::AlreadyThere) if row.in_doubt.is_empty() => Outcome::Retry {
            not_before_ms: 0,
            may_have_arrived: true,
            reason: "the server has a file of this id".to_owned(),
        },
        Some(UploadAnswer::AlreadyThere) | None => Outcome::Rejected(rejection(class, None)),
        Some(UploadAnswer::Refused(words)) => Outcome::Rejected(rejection(class, Some(words))),
    }
}

fn damaged(reason: &str) -> Outcome {
    let report = json!({ "message": reason }).to_string();
    Outcome::Rejected(Rejection { code: None, field: None, reason: reason.to_owned(), report })
}

fn rejection(class: &AnswerClass, words: Option<&str>) -> Rejection {
    let message = message_of(class).cloned().unwrap_or_default();
    let is_told = message.code.is_some()
        || !message.text.is_empty()
        || matches!(class, AnswerClass::TooLarge);
    Rejection {
        field: None,
        reason: words
            .map_or_else(|| words_for(message.code.as_deref(), &message.text), str::to_owned),
        report: match is_told {
            true => json!({ "errorCode": message.code, "message": message.text }).to_string(),
            false => String::new(),
        },
        code: message.code,
    }
}
