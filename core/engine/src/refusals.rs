//! The domain's reasons, each with the DHIS2 code that the server would give, or a short stable name.

use outpost_domain::form::Entry;
use outpost_domain::form::data_set::{CellProblem, EntryReason};
use outpost_domain::form::event::{Blocks, EventForm, EventLock, EventProblem, EventProblemKind};
use outpost_domain::merge::fields;
use outpost_domain::period::EntryLock;
use outpost_domain::tracker::NotEditable;
use outpost_domain::uid::DataElementUid;
use outpost_exchange::{ExchangeError, KeyError, ReleaseError};

use crate::error::OutpostError;
use crate::model::{EventProblemView, Refusal};

fn refusal(code: &str, reason: impl ToString) -> Refusal {
    Refusal { code: code.to_owned(), reason: reason.to_string() }
}

/// Why a slice is closed.
pub(crate) fn of_entry(reason: &EntryReason) -> Refusal {
    let code = match reason {
        EntryReason::NoDataWriteAccess => "E7601",
        EntryReason::OtherPeriodType => "E7632",
        EntryReason::Closed(lock) => of_lock(lock),
        EntryReason::NotAssigned => "E7636",
        EntryReason::OutsideCaptureScope => "E7617",
        EntryReason::UnknownAttributeOptionCombo => "E7615",
        EntryReason::CategoryOptionNotWritable { .. } => "E7616",
        EntryReason::CategoryOptionElsewhere { .. } => "E7639",
        EntryReason::CategoryOptionClosed { .. } => "E7638",
        EntryReason::Approved => "E7642",
        _ => "closed",
    };
    refusal(code, reason.words())
}

const fn of_lock(lock: &EntryLock) -> &'static str {
    match lock {
        EntryLock::Future { .. } => "E7641",
        EntryLock::Expired { .. } => "E7640",
        EntryLock::InputPeriodClosed { .. } | EntryLock::InputPeriodNotListed => "E7643",
        EntryLock::OrganisationUnitNotOpen { .. } | EntryLock::OrganisationUnitClosed { .. } => {
            "E2019"
        }
        EntryLock::CategoryOptionNotStarted { .. } | EntryLock::CategoryOptionEnded { .. } => {
            "E7638"
        }
        _ => "closed",
    }
}

/// Why a text cannot be entered in a cell.
pub(crate) fn of_cell(problem: &CellProblem) -> Refusal {
    let code = match problem {
        CellProblem::Unknown => "E7610",
        CellProblem::Greyed => "greyed",
        CellProblem::NotWritable => "E7614",
        CellProblem::Value(_) => "E7619",
        CellProblem::CommentTooLong { .. } => "E7620",
        _ => "refused",
    };
    refusal(code, problem)
}

/// Why an event may not be changed.
pub(crate) fn of_event_lock(lock: &EventLock) -> Refusal {
    let code = match lock {
        EventLock::BlockedByCompletion => "E1326",
        EventLock::CompletedTooLongAgo { .. } => "E1043",
        EventLock::Expired { .. } => "E1047",
        EventLock::NoDataWriteAccess => "E1091",
        EventLock::UnknownOrganisationUnit => "E1011",
        EventLock::NotAssigned => "E1029",
        EventLock::OutsideCaptureScope => "E1000",
        EventLock::UnknownAttributeOptionCombo => "E1115",
        EventLock::CategoryOptionNotWritable { .. } => "E1099",
        EventLock::CategoryOptionNotStarted { .. } => "E1056",
        EventLock::CategoryOptionEnded { .. } => "E1057",
        _ => "closed",
    };
    refusal(code, lock.words())
}

fn of_event(kind: &EventProblemKind) -> Refusal {
    let code = match kind {
        EventProblemKind::Locked(lock) => return of_event_lock(lock),
        EventProblemKind::DateMissing { .. } => "E1031",
        EventProblemKind::DateUnreadable { .. } => "date",
        EventProblemKind::Compulsory { .. } => "E1303",
        EventProblemKind::Value { .. } => "E1302",
        EventProblemKind::NotInForm { .. } => "E1305",
        EventProblemKind::AnswersNotAllowed => "E1315",
        EventProblemKind::StatusNotAllowed => "E1318",
        EventProblemKind::ReopeningNotAllowed => "E1083",
        EventProblemKind::GeometryNotAsked => "E1074",
        EventProblemKind::GeometryOfOtherType { .. } => "E1012",
        EventProblemKind::Geometry(_) => "geometry",
        EventProblemKind::OccurredInFuture | EventProblemKind::FutureDate { .. } => "future_date",
        _ => "refused",
    };
    refusal(code, kind.words())
}

/// What a program rule says against an event, at its field.
pub(crate) fn of_rule(
    form: &EventForm,
    rule: outpost_domain::rules::Refusal,
    blocks_sending: bool,
) -> EventProblemView {
    EventProblemView {
        name: rule.field.as_deref().map(|field| field_name(form, field)).unwrap_or_default(),
        field: rule.field,
        refusal: refusal(rule.code, rule.words),
        blocks_completion: true,
        blocks_sending,
    }
}

/// A problem of an event, at its field.
pub(crate) fn of_event_problem(form: &EventForm, problem: &EventProblem) -> EventProblemView {
    let field = problem.kind.field().map(str::to_owned);
    EventProblemView {
        name: field.as_deref().map(|field| field_name(form, field)).unwrap_or_default(),
        field,
        refusal: of_event(&problem.kind),
        blocks_completion: problem.blocks >= Blocks::Completing,
        blocks_sending: problem.blocks == Blocks::Sending,
    }
}

/// The name for people of a field of an event.
pub(crate) fn field_name(form: &EventForm, field: &str) -> String {
    let question = DataElementUid::parse(field).ok().and_then(|id| form.field(id));
    if let Some(question) = question {
        return question.name.clone();
    }
    match field {
        fields::OCCURRED_AT => {
            let label = form.program_stage.execution_date_label.clone();
            label.unwrap_or_else(|| "Date".to_owned())
        }
        other => plain_field_name(other),
    }
}

/// The name for people of a field that is no question.
pub(crate) fn plain_field_name(field: &str) -> String {
    match field {
        fields::DELETED => "Deleted",
        fields::VALUE => "Value",
        fields::COMMENT => "Comment",
        fields::FOLLOW_UP => "Follow-up",
        fields::COMPLETED => "Complete",
        fields::STATUS => "Status",
        fields::OCCURRED_AT => "Date",
        fields::ENROLLED_AT => "Date of enrolment",
        fields::SCHEDULED_AT => "Planned date",
        fields::COMPLETED_AT => "Completed on",
        fields::ORG_UNIT => "Place",
        fields::ATTRIBUTE_OPTION_COMBO => "Category",
        fields::GEOMETRY => "Place on the map",
        fields::ASSIGNED_USER => "Assigned to",
        other => other,
    }
    .to_owned()
}

/// A refusal in words without a code of DHIS2.
pub(crate) fn plain(code: &str, reason: impl ToString) -> Refusal {
    refusal(code, reason)
}

/// A refusal of a whole record, which then is not saved.
pub(crate) fn of_whole(refusal: Refusal) -> EventProblemView {
    EventProblemView {
        field: None,
        name: String::new(),
        refusal,
        blocks_completion: true,
        blocks_sending: true,
    }
}

/// Every reason why a record of a program with registration may not be changed.
pub(crate) fn of_not_editable(entry: &Entry<NotEditable>) -> Vec<Refusal> {
    match entry {
        Entry::Open => Vec::new(),
        Entry::Locked(reasons) => reasons.iter().map(of_one_not_editable).collect(),
    }
}

/// Why a record of a program with registration may not be changed.
pub(crate) fn of_one_not_editable(reason: &NotEditable) -> Refusal {
    let code = match reason {
        NotEditable::Event(lock) => return of_event_lock(lock),
        NotEditable::Deleted => "deleted",
        NotEditable::EnrollmentMissing => "E1033",
        NotEditable::EnrollmentDeleted => "E1113",
        NotEditable::EnrollmentEnded(_) => "enrollment_ended",
        NotEditable::NotRepeatable => "E1039",
        NotEditable::NoStageWriteAccess => "E1095",
        NotEditable::NoProgramWriteAccess => "E1091",
        NotEditable::NoTypeReadAccess => "E1104",
        NotEditable::NoTypeWriteAccess => "E1001",
        NotEditable::GlassUnbroken => "glass",
        NotEditable::OwnedElsewhere | NotEditable::OwnedOutsideScope => "E1102",
        NotEditable::UnknownOrganisationUnit => "E1049",
        NotEditable::OutsideCaptureScope => "E1000",
        NotEditable::OutsideSearchScope => "E1003",
        NotEditable::VisitsOnServer => "E1103",
        NotEditable::EnrollmentsOnServer => "E1100",
        _ => "closed",
    };
    refusal(code, reason.words())
}

/// The same as an error, for calls that have nothing to hand back.
pub(crate) fn forbidden(reasons: &[NotEditable]) -> OutpostError {
    let words: Vec<_> = reasons.iter().map(NotEditable::words).collect();
    OutpostError::Forbidden { reason: words.join(" ").trim_end_matches('.').to_owned() }
}

/// Why a data-exchange file, a part or a receipt was refused, with what to do.
pub(crate) fn of_exchange(error: ExchangeError) -> OutpostError {
    OutpostError::invalid("file", code_of(&error), without_stop(&error))
}

/// Why a card, a key or a key list was refused, with what to do.
pub(crate) fn of_key(error: KeyError) -> OutpostError {
    let code = match &error {
        KeyError::Document(error) => return of_exchange(error.clone()),
        KeyError::NoCard { .. } => "no_card",
        KeyError::NoSetup { .. } => "no_setup",
        KeyError::Name => "name",
        KeyError::SameId { .. } => "same_id",
        KeyError::Revoked { .. } => "revoked",
        KeyError::Unknown { key } => return OutpostError::not_found("key", key),
        KeyError::NotAllowed { .. } => "not_allowed",
        KeyError::Superseded { .. } => "superseded",
        KeyError::OldList { .. } => "old_list",
        KeyError::ForkedList { .. } => "forked_list",
        KeyError::LastCentre => "last_centre",
        KeyError::NoRecovery => "no_recovery",
        _ => "key",
    };
    OutpostError::invalid("key", code, without_stop(&error))
}

/// Why a release file, or a document of those who make releases, was refused, with what to do.
pub(crate) fn of_release(error: ReleaseError) -> OutpostError {
    let code = match &error {
        ReleaseError::Document(error) => return of_exchange(error.clone()),
        ReleaseError::TooFewSignatures { .. } => "too_few_signatures",
        ReleaseError::OldRoot { .. } => "old_root",
        ReleaseError::OtherRoot { .. } => "other_root",
        ReleaseError::MixedParts { .. } => "mixed_parts",
        ReleaseError::OtherPayload { .. } => "other_payload",
        _ => "release",
    };
    OutpostError::invalid("file", code, without_stop(&error))
}

/// Stable short name of a refusal.
pub(crate) const fn code_of(error: &ExchangeError) -> &'static str {
    match error {
        ExchangeError::Io { .. } => "unreadable",
        ExchangeError::Foreign { .. } => "foreign",
        ExchangeError::Truncated { .. } => "truncated",
        ExchangeError::Damaged { .. } | ExchangeError::DamagedPart { .. } => "damaged",
        ExchangeError::Newer { .. } => "newer",
        ExchangeError::UnknownSigner { .. } => "unknown_signer",
        ExchangeError::BadSignature { .. } => "bad_signature",
        ExchangeError::Invalid { .. } => "invalid",
        ExchangeError::ContentDiffers { .. } => "content_differs",
        ExchangeError::NotForUs { .. } => "not_for_us",
        ExchangeError::Limit { .. } => "limit",
        ExchangeError::Line { .. } => "line",
        ExchangeError::OtherFile { .. } => "other_file",
        ExchangeError::MissingParts { .. } => "missing_parts",
        _ => "exchange",
    }
}

/// Sentences of errors end where the one around them goes on.
fn without_stop(error: &impl ToString) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}
