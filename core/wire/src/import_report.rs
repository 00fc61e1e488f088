//! What the server made of sent values and completions: the `ImportSummary`.
//!
//! 200 and 409 both mean "processed": which rows were refused is told by the summary only
//! (wire reference 1.3; captures 30, 40, 55).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::WireError;
use crate::json::{object_from_slice, shown};
use crate::limits::REPORT_ENTRIES_MAX;
use crate::loose;
use crate::web_message::WebMessage;

const WHAT: &str = "import summary";

/// `status` of a summary or report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStatus {
    /// Everything was taken (or was already there).
    Success,
    /// Some rows were refused.
    Warning,
    /// The whole was refused.
    Error,
}

/// Counts of a summary. `ignored` also counts rows that were already there (capture 31) and is no
/// count of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the names of DHIS2")]
pub struct ImportCounts {
    #[serde(deserialize_with = "loose::integer")]
    pub imported: i64,
    #[serde(deserialize_with = "loose::integer")]
    pub updated: i64,
    #[serde(deserialize_with = "loose::integer")]
    pub ignored: i64,
    #[serde(deserialize_with = "loose::integer")]
    pub deleted: i64,
}

impl ImportCounts {
    /// Rows that changed something on the server.
    #[must_use]
    pub const fn stored(&self) -> i64 {
        self.imported + self.updated + self.deleted
    }
}

/// One reason for refusal, possibly of many rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportConflict {
    /// Error code such as `E7619`; missing for completions and on very old servers.
    pub code: Option<String>,
    /// What it is about: usually an id.
    pub object: String,
    /// Ids by the kind of object, e.g. `dataElement`.
    pub objects: BTreeMap<String, String>,
    /// The member it is about: `value`, `period`, `orgUnit` …
    pub property: Option<String>,
    /// The server's text. For a person only after [`crate::error_code::words_for`].
    pub value: String,
    /// Positions in `dataValues` from 0; empty if it is about the whole set.
    pub indexes: Vec<usize>,
}

impl ImportConflict {
    /// The refusal in words for a person.
    #[must_use]
    pub fn words(&self) -> String {
        crate::error_code::words_for(self.code.as_deref(), &self.value)
    }
}

/// Which rows were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectedIndexes {
    /// Exactly these positions; possibly none.
    Known(BTreeSet<usize>),
    /// Every row: the set as a whole was refused and nothing was stored.
    All,
    /// Some, but the answer does not say which: read back or send one by one.
    Unknown,
}

/// A parsed summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    /// Status.
    pub status: ImportStatus,
    /// Counts.
    pub counts: ImportCounts,
    /// Reasons.
    pub conflicts: Vec<ImportConflict>,
    /// Which rows were refused.
    pub rejected: RejectedIndexes,
    /// The server's description; never for a person, it may be a Java error (capture t043f).
    pub description: Option<String>,
}

impl ImportSummary {
    /// The reasons that are about the row at a position; those about the whole set if there are
    /// none.
    pub fn conflicts_of(&self, index: usize) -> impl Iterator<Item = &ImportConflict> {
        let has_own = self.conflicts.iter().any(|conflict| conflict.indexes.contains(&index));
        self.conflicts.iter().filter(move |conflict| match has_own {
            true => conflict.indexes.contains(&index),
            false => conflict.indexes.is_empty(),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SummaryDto {
    #[serde(deserialize_with = "loose::text")]
    status: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    import_count: Option<ImportCounts>,
    #[serde(deserialize_with = "loose::list")]
    conflicts: Vec<ConflictDto>,
    #[serde(deserialize_with = "loose::list")]
    rejected_indexes: Vec<usize>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ConflictDto {
    #[serde(deserialize_with = "loose::text")]
    error_code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    object: Option<String>,
    #[serde(deserialize_with = "loose::or_default")]
    objects: BTreeMap<String, loose::Text>,
    #[serde(deserialize_with = "loose::text")]
    property: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    value: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    indexes: Vec<usize>,
}

/// Parses the answer to `POST /api/dataValueSets` or `/api/completeDataSetRegistrations`, wrapped
/// in an envelope or plain (2.38 to 2.41 with an old version prefix), or a summary of a job.
///
/// # Errors
/// [`WireError`]; also for an envelope without a summary, which is a refusal of the request as
/// such: see [`crate::answer::classify`].
pub fn parse_import_summary(bytes: &[u8]) -> Result<ImportSummary, WireError> {
    let envelope = WebMessage::parse(bytes, WHAT)?;
    let body = match envelope.response {
        Some(response) => response.get().as_bytes(),
        None if envelope.is_envelope() => {
            return Err(WireError::shape(WHAT, "$", "a message without a summary"));
        }
        None => bytes,
    };
    let dto: SummaryDto = object_from_slice(body, WHAT)?;
    let counts = dto
        .import_count
        .ok_or_else(|| WireError::shape(WHAT, "$", "missing field `importCount`"))?;
    let status = match dto.status.as_deref() {
        Some("SUCCESS" | "OK") => ImportStatus::Success,
        Some("WARNING") => ImportStatus::Warning,
        Some("ERROR") => ImportStatus::Error,
        _ => return Err(WireError::shape(WHAT, "status", "not SUCCESS, WARNING or ERROR")),
    };
    let conflicts: Vec<ImportConflict> =
        dto.conflicts.into_iter().take(REPORT_ENTRIES_MAX).map(conflict_of).collect();
    let rejected = rejected_of(status, &counts, &conflicts, dto.rejected_indexes);
    let description = dto.description.map(|text| shown(&text));
    Ok(ImportSummary { status, counts, conflicts, rejected, description })
}

fn conflict_of(dto: ConflictDto) -> ImportConflict {
    let objects = dto.objects.into_iter().filter_map(|(name, text)| Some((name, text.0?)));
    ImportConflict {
        code: dto.error_code,
        object: dto.object.unwrap_or_default(),
        objects: objects.collect(),
        property: dto.property,
        value: dto.value.unwrap_or_default(),
        indexes: dto.indexes,
    }
}

fn rejected_of(
    status: ImportStatus,
    counts: &ImportCounts,
    conflicts: &[ImportConflict],
    rejected_indexes: Vec<usize>,
) -> RejectedIndexes {
    if status == ImportStatus::Error && counts.stored() == 0 {
        return RejectedIndexes::All;
    }
    let mut known: BTreeSet<usize> = rejected_indexes.into_iter().collect();
    let has_list = !known.is_empty();
    known.extend(conflicts.iter().flat_map(|conflict| conflict.indexes.iter().copied()));
    let is_told = conflicts.iter().all(|conflict| !conflict.indexes.is_empty());
    let nothing_said = known.is_empty() && status != ImportStatus::Success;
    if (is_told || has_list) && !nothing_said {
        RejectedIndexes::Known(known)
    } else {
        RejectedIndexes::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: RejectedIndexes) {
        let summary = parse_import_summary(body.as_bytes()).expect("a summary");
        assert_eq!(summary.rejected, expected, "{body}");
    }

    fn known(indexes: &[usize]) -> RejectedIndexes {
        RejectedIndexes::Known(indexes.iter().copied().collect())
    }

    fn summary(status: &str, stored: u32, rest: &str) -> String {
        format!(r#"{{"status":"{status}","importCount":{{"imported":{stored}}}{rest}}}"#)
    }

    #[test]
    fn refused_rows_are_known_from_the_list_or_from_the_conflicts() {
        check(&summary("SUCCESS", 3, ""), known(&[]));
        check(&summary("WARNING", 2, r#","rejectedIndexes":[1,2]"#), known(&[1, 2]));
        // 2.38 has no list.
        check(
            &summary("WARNING", 2, r#","conflicts":[{"indexes":[4]},{"indexes":[0,4]}]"#),
            known(&[0, 4]),
        );
        // 2.43 counts everything as updated and answers 200.
        check(
            concat!(
                r#"{"httpStatusCode":200,"status":"WARNING","response":{"status":"WARNING","#,
                r#""importCount":{"updated":1},"conflicts":[{"errorCode":"E8122","indexes":"#,
                r#"[1]}],"rejectedIndexes":[1]}}"#,
            ),
            known(&[1]),
        );
    }

    #[test]
    fn a_set_that_is_refused_refuses_every_row() {
        check(
            &summary("ERROR", 0, r#","conflicts":[{"errorCode":"E7600"}]"#),
            RejectedIndexes::All,
        );
        check(&summary("ERROR", 0, ""), RejectedIndexes::All);
        check(&summary("ERROR", 4, r#","rejectedIndexes":[7]"#), known(&[7]));
    }

    #[test]
    fn refusals_without_a_place_are_unknown() {
        check(
            &summary("WARNING", 1, r#","conflicts":[{"object":"40L"}]"#),
            RejectedIndexes::Unknown,
        );
        check(&summary("WARNING", 1, ""), RejectedIndexes::Unknown);
        check(
            &summary("SUCCESS", 3, r#","conflicts":[{"object":"ou"}]"#),
            RejectedIndexes::Unknown,
        );
    }

    #[test]
    fn other_answers_are_no_summaries() {
        for body in [
            r#"{"httpStatusCode":403,"status":"ERROR","message":"no"}"#,
            "{}",
            "[]",
            r#"{"status":"NEW","importCount":{}}"#,
            "",
        ] {
            assert!(parse_import_summary(body.as_bytes()).is_err(), "{body}");
        }
    }
}
