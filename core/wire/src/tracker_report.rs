//! What the server made of sent tracker objects: the import report, or an envelope that refuses the
//! whole batch.
//!
//! With `atomicMode=OBJECT` the status is OK and the HTTP status 200 even when objects were refused
//! (capture 148): only the error list counts.

use std::collections::BTreeSet;

use outpost_domain::uid::{UID_LENGTH, Uid};
use serde::Deserialize;

use crate::error::WireError;
use crate::error_code::{self, RefusalClass};
use crate::import_report::ImportStatus;
use crate::json::{object_from_slice, shown};
use crate::limits::REPORT_ENTRIES_MAX;
use crate::loose;
use crate::web_message::WebMessage;

const WHAT: &str = "tracker report";

/// One error or warning about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerError {
    /// The object; `None` if the server names none or no valid id.
    pub uid: Option<Uid>,
    /// Code such as `E1302`.
    pub code: String,
    /// `EVENT`, `ENROLLMENT`, `TRACKED_ENTITY` or `RELATIONSHIP`.
    pub tracker_type: String,
    /// The server's text; may hold a Java dump (capture t035b). Never for a person.
    pub message: String,
    /// Arguments of the text, from 2.41; may hold dumps too.
    pub args: Vec<String>,
}

impl TrackerError {
    /// The refusal in words for a person.
    #[must_use]
    pub fn words(&self) -> String {
        error_code::words_for(Some(&self.code), &self.message)
    }

    /// The field it is about: id of a data element or attribute, or the name of a property such as
    /// `occurredAt`.
    #[must_use]
    pub fn field(&self) -> Option<String> {
        error_code::field_of(&self.code, &self.message).or_else(|| self.field_of_args())
    }

    /// What can help against it.
    #[must_use]
    pub fn class(&self) -> RefusalClass {
        error_code::class_of(&self.code)
    }

    /// The first argument of codes that begin with their question. Of other codes it may be a value.
    fn field_of_args(&self) -> Option<String> {
        const NAMING: [&str; 8] =
            ["E1006", "E1018", "E1019", "E1090", "E1302", "E1303", "E1304", "E1305"];
        let first = self.args.first().filter(|_| NAMING.contains(&self.code.as_str()))?;
        let id = match first.split_once("identifier=") {
            Some((_, rest)) => rest.get(..UID_LENGTH)?,
            None => first,
        };
        Uid::parse(id).ok().map(|uid| uid.to_string())
    }
}

/// Class of a tracker object, as reports name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrackerClass {
    /// `TRACKED_ENTITY`.
    TrackedEntity,
    /// `ENROLLMENT`.
    Enrollment,
    /// `EVENT`.
    Event,
    /// `RELATIONSHIP`.
    Relationship,
}

impl TrackerClass {
    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TrackedEntity => "TRACKED_ENTITY",
            Self::Enrollment => "ENROLLMENT",
            Self::Event => "EVENT",
            Self::Relationship => "RELATIONSHIP",
        }
    }
}

/// Counts of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the names of DHIS2")]
pub struct TrackerStats {
    #[serde(deserialize_with = "loose::integer")]
    pub created: i64,
    #[serde(deserialize_with = "loose::integer")]
    pub updated: i64,
    #[serde(deserialize_with = "loose::integer")]
    pub deleted: i64,
    #[serde(deserialize_with = "loose::integer")]
    pub ignored: i64,
    #[serde(deserialize_with = "loose::integer")]
    pub total: i64,
}

/// A report object by object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerReport {
    /// Status; see the head of this module for what it does not tell.
    pub status: ImportStatus,
    /// Errors: their objects were not stored.
    pub errors: Vec<TrackerError>,
    /// Warnings: their objects were stored.
    pub warnings: Vec<TrackerError>,
    /// Counts.
    pub stats: TrackerStats,
    /// Objects listed as stored; empty if the report lists none (`atomicMode=ALL` with an error).
    pub stored: BTreeSet<Uid>,
}

impl TrackerReport {
    /// The errors about one object: another class may say something about the same id. None means
    /// that it was stored, held already (a relationship that is sent again is ignored without a
    /// word, captures 112c, t030k), or that `atomicMode=ALL` stored nothing (capture 147).
    pub fn errors_of(&self, class: TrackerClass, uid: Uid) -> impl Iterator<Item = &TrackerError> {
        let is_about = move |error: &&TrackerError| {
            let is_class = error.tracker_type.is_empty() || error.tracker_type == class.name();
            is_class && error.uid == Some(uid)
        };
        self.errors.iter().filter(is_about)
    }
}

/// The whole batch was refused before any object was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRefused {
    /// Error code, if any.
    pub code: Option<String>,
    /// The server's text, cut; may hold a value. Never for a log.
    pub message: String,
    /// The object of the payload that the text names, if it names exactly one (capture 198).
    pub uid_hint: Option<Uid>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrackerAnswer {
    /// A report.
    Report(TrackerReport),
    /// A refusal of the whole (captures 131, 133, 198): bisect.
    BatchRefused(BatchRefused),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ReportDto {
    #[serde(deserialize_with = "loose::text")]
    status: Option<String>,
    validation_report: Option<ValidationDto>,
    #[serde(deserialize_with = "loose::or_default")]
    stats: TrackerStats,
    #[serde(deserialize_with = "loose::or_default")]
    bundle_report: BundleDto,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ValidationDto {
    #[serde(deserialize_with = "loose::list")]
    error_reports: Vec<ErrorDto>,
    #[serde(deserialize_with = "loose::list")]
    warning_reports: Vec<ErrorDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ErrorDto {
    #[serde(deserialize_with = "loose::text")]
    message: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    error_code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    warning_code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    tracker_type: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    uid: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    args: Vec<loose::Text>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BundleDto {
    #[serde(deserialize_with = "loose::or_default")]
    type_report_map: std::collections::BTreeMap<String, TypeDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TypeDto {
    #[serde(deserialize_with = "loose::list")]
    object_reports: Vec<ObjectDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ObjectDto {
    #[serde(deserialize_with = "loose::text")]
    uid: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    error_reports: Vec<ErrorDto>,
}

/// Parses the answer to a synchronous `POST /api/tracker`, or the report of a job. `payload` are
/// the ids that were sent, to recognise one in the text of a refusal.
///
/// # Errors
/// [`WireError`] if it is neither a report nor an envelope.
pub fn parse_tracker_report(bytes: &[u8], payload: &[Uid]) -> Result<TrackerAnswer, WireError> {
    let envelope = WebMessage::parse(bytes, WHAT)?;
    let body = match (envelope.is_envelope(), envelope.response) {
        (true, Some(response)) if response.get().contains("\"validationReport\"") => {
            response.get().as_bytes()
        }
        (true, _) => return Ok(TrackerAnswer::BatchRefused(refused(&envelope, payload))),
        (false, _) => bytes,
    };
    report_of(object_from_slice(body, WHAT)?).map(TrackerAnswer::Report)
}

fn refused(envelope: &WebMessage<'_>, payload: &[Uid]) -> BatchRefused {
    let message = envelope.message.as_deref().unwrap_or_default();
    BatchRefused {
        code: envelope.error_code.clone(),
        message: shown(message),
        uid_hint: named_uid(message, payload),
    }
}

/// The one id of the payload that stands in a text.
fn named_uid(text: &str, payload: &[Uid]) -> Option<Uid> {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric());
    let uids = words.filter(|word| word.len() == UID_LENGTH).filter_map(|w| Uid::parse(w).ok());
    let named: BTreeSet<Uid> = uids.filter(|uid| payload.contains(uid)).collect();
    if named.len() == 1 { named.first().copied() } else { None }
}

fn report_of(dto: ReportDto) -> Result<TrackerReport, WireError> {
    let status = match dto.status.as_deref() {
        Some("OK" | "SUCCESS") => ImportStatus::Success,
        Some("WARNING") => ImportStatus::Warning,
        Some("ERROR") => ImportStatus::Error,
        _ => return Err(WireError::shape(WHAT, "status", "not OK, WARNING or ERROR")),
    };
    let validation = dto
        .validation_report
        .ok_or_else(|| WireError::shape(WHAT, "$", "missing field `validationReport`"))?;
    let all = |dtos: Vec<ErrorDto>| dtos.into_iter().take(REPORT_ENTRIES_MAX).map(error_of);
    let mut errors: Vec<TrackerError> = all(validation.error_reports).collect();
    let mut stored = BTreeSet::new();
    for object in dto.bundle_report.type_report_map.into_values().flat_map(|t| t.object_reports) {
        let uid = object.uid.as_deref().and_then(|text| Uid::parse(text).ok());
        if object.error_reports.is_empty() {
            stored.extend(uid);
        }
        errors.extend(
            all(object.error_reports).map(|error| TrackerError { uid: error.uid.or(uid), ..error }),
        );
    }
    for error in &errors {
        if let Some(uid) = error.uid {
            stored.remove(&uid);
        }
    }
    let warnings = all(validation.warning_reports).collect();
    Ok(TrackerReport { status, errors, warnings, stats: dto.stats, stored })
}

fn error_of(dto: ErrorDto) -> TrackerError {
    TrackerError {
        uid: dto.uid.as_deref().and_then(|text| Uid::parse(text).ok()),
        code: dto.error_code.or(dto.warning_code).unwrap_or_default(),
        tracker_type: dto.tracker_type.unwrap_or_default(),
        message: dto.message.unwrap_or_default(),
        args: dto.args.into_iter().filter_map(|text| text.0).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(text: &str) -> Uid {
        Uid::parse(text).expect("a uid")
    }

    #[test]
    fn errors_count_even_under_200_and_ok() {
        let body = br#"{"status":"OK","validationReport":{"errorReports":[{"message":"m",
            "errorCode":"E1011","trackerType":"EVENT","uid":"evPart00002"}]},
            "stats":{"created":1,"ignored":1,"total":2},"bundleReport":{"typeReportMap":{"EVENT":
            {"objectReports":[{"uid":"evPart00001","errorReports":[]}]}}}}"#;
        let TrackerAnswer::Report(report) = parse_tracker_report(body, &[]).expect("a report")
        else {
            panic!("a report");
        };
        assert_eq!(report.status, ImportStatus::Success);
        assert_eq!(report.errors_of(TrackerClass::Event, uid("evPart00002")).count(), 1);
        assert_eq!(report.stored.iter().collect::<Vec<_>>(), [&uid("evPart00001")]);
    }

    #[track_caller]
    fn check_hint(message: &str, expected: Option<&str>) {
        let body = format!(r#"{{"httpStatusCode":409,"message":"{message}"}}"#);
        let payload = [uid("evMalaria06"), uid("evMalaria07")];
        let answer = parse_tracker_report(body.as_bytes(), &payload).expect("an answer");
        let TrackerAnswer::BatchRefused(refused) = answer else { panic!("a refusal") };
        assert_eq!(refused.uid_hint, expected.map(uid));
    }

    #[test]
    fn a_refusal_of_the_batch_names_an_object_only_if_it_is_one_of_ours() {
        check_hint(
            "Duplicate key evMalaria06 (attempted merging values [] and [])",
            Some("evMalaria06"),
        );
        check_hint("Duplicate key evOther0001 (attempted)", None);
        check_hint("evMalaria06 and evMalaria07", None);
        check_hint("UID must be an alphanumeric string, but was: 1bad", None);
    }

    #[track_caller]
    fn check_errors(errors: &str, expected: &[&str]) {
        let body = format!(
            r#"{{"status":"OK","validationReport":{{"errorReports":[{errors}]}},"stats":{{}}}}"#
        );
        let answer = parse_tracker_report(body.as_bytes(), &[]).expect("an answer");
        let TrackerAnswer::Report(report) = answer else { panic!("a report") };
        let found = report.errors_of(TrackerClass::Enrollment, uid("enBadOpt001"));
        assert_eq!(found.map(|error| error.code.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_error_is_about_one_object_of_one_class() {
        const LEFT_OUT: &str =
            r#"{"errorCode":"E5000","trackerType":"ENROLLMENT","uid":"enBadOpt001"}"#;
        const REFUSED: &str = r#"{"errorCode":"E1020","uid":"enBadOpt001"}"#;
        const OTHER: &str = r#"{"errorCode":"E1125","trackerType":"TRACKED_ENTITY",
            "uid":"teBadOpt001"},{"errorCode":"E1020","trackerType":"EVENT","uid":"enBadOpt001"}"#;
        check_errors("", &[]);
        check_errors(OTHER, &[]);
        check_errors(&format!("{OTHER},{LEFT_OUT},{REFUSED}"), &["E5000", "E1020"]);
    }

    #[track_caller]
    fn check_field(code: &str, message: &str, args: &[&str], expected: Option<&str>) {
        let error = TrackerError {
            uid: None,
            code: code.to_owned(),
            tracker_type: String::new(),
            message: message.to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        };
        assert_eq!(error.field().as_deref(), expected, "{code} {message}");
    }

    #[test]
    fn the_question_is_found_in_the_text_or_in_its_arguments() {
        check_field("E1090", "Attribute: `teaFirstNam`, is mandatory", &[], Some("teaFirstNam"));
        check_field(
            "E1303",
            "",
            &["MetadataIdentifier(idScheme=UID, identifier=deEvGender1, x)"],
            Some("deEvGender1"),
        );
        check_field("E1302", "", &["deEvAge0001", "value_not_integer"], Some("deEvAge0001"));
        check_field("E1303", "", &["identifier=é"], None);
        check_field(
            "E1076",
            "`TrackedEntityAttribute` `teaFirstNam` is mandatory",
            &[],
            Some("teaFirstNam"),
        );
        // The first argument may be what a person typed.
        check_field("E1125", "", &["Abcdefghijk", "osGender001"], None);
        check_field("E1064", "", &["Abcdefghijk"], None);
    }

    #[test]
    fn other_answers_are_no_reports() {
        for body in ["{}", "[]", "", r#"{"status":"OK"}"#, r#"{"events":[]}"#] {
            assert!(parse_tracker_report(body.as_bytes(), &[]).is_err(), "{body}");
        }
    }
}
