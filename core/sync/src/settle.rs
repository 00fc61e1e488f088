//! What a server's answer to an upload means for each of its rows.
//!
//! HTTP 200 is not success and 409 is not failure: the report decides, row by row. Pure; never
//! guesses a success. A row that the report leaves open goes back as perhaps arrived and is
//! compared with the server before it travels again.
//!
//! Uploads ask for a synchronous answer (values and completions are synchronous by themselves). A
//! tracker upload that became a job all the same is kept by the job's id and asked about. A job's
//! report lives in the server's memory only and is gone after a restart (captures o030c, o033d):
//! then that is an unknown outcome like any other and the server is asked for the records
//! themselves. A job of values is such from the start.

use outpost_domain::data::{Payload, PayloadKind};
use outpost_domain::uid::Uid;
use outpost_wire::answer::{AnswerClass, ServerMessage};
use outpost_wire::error_code::words_for;
use outpost_wire::import_report::{
    ImportConflict, ImportStatus, ImportSummary, RejectedIndexes, parse_import_summary,
};
use serde_json::json;

use crate::limits::UNEXPLAINED_ATTEMPTS_MAX;
use crate::link::{forbidden, message_of};
use crate::ports::{Answer, OutboxRow, Outcome, Rejection, Stop};

mod single;
mod tracker;

pub(crate) use single::travels_alone;
pub(crate) use tracker::{SAME_PAIR_NOTE, is_same_pair};

/// What an answer means for the rows that were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// One outcome for each row, in order.
    Each(Vec<Outcome>),
    /// Nothing is known to be stored; some row is at fault, perhaps one that is named.
    Refused {
        /// The reason, for a row that is refused alone.
        rejection: Box<Rejection>,
        /// Ids of records that the server names as the reason.
        named: Vec<Uid>,
    },
    /// The server works on it and tells under this id what became of it.
    Job(String),
    /// Not about the rows: they stay pending.
    Stop(Stop),
}

/// Codes that refuse a set for what all its rows share: data set, period, organisation unit,
/// attribute option combo, approval (wire reference 1.3). Halving would find every row at fault.
const SHARED_BY_ALL_ROWS: [&str; 15] = [
    "E7600", "E7601", "E7603", "E7604", "E8010", "E8011", "E8012", "E8021", "E8022", "E8023",
    "E8025", "E8030", "E8031", "E8032", "E8033",
];

/// Judges the answer to an upload of `rows`, which are all of one kind.
pub(crate) fn judge(rows: &[&OutboxRow], answer: &Answer, class: &AnswerClass) -> Judgement {
    let Some(first) = rows.first() else { return Judgement::Each(Vec::new()) };
    let kind = first.payload.kind();
    if travels_alone(kind) {
        return single::judge(first, answer, class);
    }
    match class {
        AnswerClass::Forbidden { .. } => return Judgement::Stop(forbidden(class)),
        // A missing path is no fault of the rows: an old proxy, another product, a wrong address.
        AnswerClass::NotFound { .. } | AnswerClass::BadRequest { status: 401..=499, .. } => {
            let reason = format!("the server does not take uploads here ({})", answer.status);
            return Judgement::Stop(Stop::Incompatible { reason });
        }
        _ => {}
    }
    match kind {
        PayloadKind::DataValue => judge_values(rows, answer, class),
        PayloadKind::Completion => judge_completions(rows, answer, class),
        _ => tracker::judge(rows, answer, class),
    }
}

// ---------------------------------------------------------------- values

fn judge_values(rows: &[&OutboxRow], answer: &Answer, class: &AnswerClass) -> Judgement {
    let Ok(summary) = parse_import_summary(&answer.body) else { return unread(rows, class) };
    match &summary.rejected {
        RejectedIndexes::Known(refused) => Judgement::Each(
            (0..rows.len())
                .map(|index| match refused.contains(&index) {
                    true => Outcome::Rejected(summary_rejection(&summary, index, rows[index])),
                    false => Outcome::Synced,
                })
                .collect(),
        ),
        RejectedIndexes::All if is_shared(&summary) => Judgement::Each(
            (0..rows.len())
                .map(|index| Outcome::Rejected(summary_rejection(&summary, index, rows[index])))
                .collect(),
        ),
        RejectedIndexes::All | RejectedIndexes::Unknown => {
            refused(summary_rejection(&summary, 0, rows[0]))
        }
    }
}

fn is_shared(summary: &ImportSummary) -> bool {
    let mut codes = summary.conflicts.iter().map(|conflict| conflict.code.as_deref());
    !summary.conflicts.is_empty()
        && codes.all(|code| code.is_some_and(|code| SHARED_BY_ALL_ROWS.contains(&code)))
}

fn summary_rejection(summary: &ImportSummary, index: usize, row: &OutboxRow) -> Rejection {
    let conflict = summary.conflicts_of(index).next().or(summary.conflicts.first());
    let Some(conflict) = conflict else {
        let description = summary.description.as_deref().unwrap_or_default();
        return Rejection {
            code: None,
            field: field_of_value(row),
            reason: "The server refuses it without saying why.".to_owned(),
            report: json!({ "description": description }).to_string(),
        };
    };
    Rejection {
        code: conflict.code.clone(),
        field: field_of_value(row),
        reason: conflict.words(),
        report: conflict_report(conflict),
    }
}

fn field_of_value(row: &OutboxRow) -> Option<String> {
    match &row.payload {
        Payload::DataValue { key, .. } => Some(key.data_element.to_string()),
        _ => None,
    }
}

fn conflict_report(conflict: &ImportConflict) -> String {
    json!({
        "errorCode": conflict.code,
        "object": conflict.object,
        "objects": conflict.objects,
        "property": conflict.property,
        "value": conflict.value,
    })
    .to_string()
}

// ---------------------------------------------------------------- completions

/// The report of completions does not say which was refused (capture a004), so only a clean one
/// settles several; sending one again is harmless (capture a004h).
fn judge_completions(rows: &[&OutboxRow], answer: &Answer, class: &AnswerClass) -> Judgement {
    let Ok(summary) = parse_import_summary(&answer.body) else { return unread(rows, class) };
    let is_clean = summary.status == ImportStatus::Success
        && summary.conflicts.is_empty()
        && summary.counts.ignored == 0;
    match is_clean {
        true => Judgement::Each(vec![Outcome::Synced; rows.len()]),
        false => refused(summary_rejection(&summary, 0, rows[0])),
    }
}

// ---------------------------------------------------------------- answers without a report

/// No report: a refusal of the whole is halved; a success that cannot be read is compared later.
fn unread(rows: &[&OutboxRow], class: &AnswerClass) -> Judgement {
    if matches!(class, AnswerClass::Ok | AnswerClass::NotModified) {
        return open_rows(rows);
    }
    let message = message_of(class).cloned().unwrap_or_default();
    let reason = match class {
        AnswerClass::TooLarge => "The server says it is too large.".to_owned(),
        _ => words_for(message.code.as_deref(), &message.text),
    };
    refused(Rejection {
        field: rows.first().and_then(|row| field_of_value(row)),
        reason,
        report: match message == ServerMessage::default() {
            true => String::new(),
            false => json!({ "errorCode": message.code, "message": message.text }).to_string(),
        },
        code: message.code,
    })
}

fn refused(rejection: Rejection) -> Judgement {
    Judgement::Refused { rejection: Box::new(rejection), named: Vec::new() }
}

fn open_rows(rows: &[&OutboxRow]) -> Judgement {
    Judgement::Each(rows.iter().map(|row| open(row)).collect())
}

/// What became of the row is not known: it goes back and is compared with the server first. One
/// about which the server never says anything is shown to a person.
fn open(row: &OutboxRow) -> Outcome {
    if row.attempts >= UNEXPLAINED_ATTEMPTS_MAX {
        return Outcome::Rejected(Rejection {
            code: None,
            field: field_of_value(row),
            reason: "The server passes it over without saying why.".to_owned(),
            report: "{}".to_owned(),
        });
    }
    Outcome::Retry {
        not_before_ms: 0,
        may_have_arrived: true,
        reason: "the server did not say what became of it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use outpost_domain::data::{DataValue, DataValueKey};
    use outpost_domain::period::Period;
    use outpost_domain::uid::{
        CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid,
        OrganisationUnitUid,
    };

    use super::*;
    use crate::ports::OutboxId;

    fn row() -> OutboxRow {
        let uid = |text: &str| Uid::parse(text).expect("a uid");
        let combo = CategoryOptionComboUid(uid(DEFAULT_CATEGORY_OPTION_COMBO));
        let key = DataValueKey {
            data_element: DataElementUid(uid("deMalDeath1")),
            period: Period::parse("202610").expect("a month"),
            organisation_unit: OrganisationUnitUid(uid("ouClinicA01")),
            category_option_combo: combo,
            attribute_option_combo: combo,
        };
        let data_set = DataSetUid(uid("dsMalaria01"));
        let payload = Payload::DataValue { data_set, key, value: DataValue::default() };
        OutboxRow {
            id: OutboxId(1),
            revision: 1,
            payload,
            base: None,
            in_doubt: Vec::new(),
            attempts: 0,
            captured_by: None,
        }
    }

    /// The answer to an upload that was made a job of (wire reference 1.3, `async=true`).
    #[test]
    fn a_job_in_the_place_of_a_report_is_an_unknown_outcome() {
        let body = br#"{"httpStatus":"OK","httpStatusCode":200,"status":"OK",
            "message":"Initiated inMemoryDataValueImport","response":{
            "responseType":"JobConfigurationWebMessageResponse","name":"dataValueImport",
            "id":"cHh2OCTJvRw","jobType":"DATAVALUE_IMPORT",
            "relativeNotifierEndpoint":"/api/system/tasks/DATAVALUE_IMPORT/cHh2OCTJvRw"}}"#;
        let answer = Answer {
            status: 200,
            content_type: None,
            server_date_ms: None,
            retry_after_ms: None,
            location: None,
            body: body.to_vec(),
            bytes: 0,
            elapsed_ms: 0,
        };
        let row = row();
        let Judgement::Each(outcomes) = judge(&[&row], &answer, &AnswerClass::Ok) else {
            panic!("no judgement about each row");
        };
        assert!(
            matches!(outcomes[..], [Outcome::Retry { may_have_arrived: true, .. }]),
            "{outcomes:?}"
        );
    }
}
