//! The import summary: counts, grouped conflicts, rejected indexes, and the status it becomes.

use serde_json::{Value, json};

use crate::model::http::{Query, Response};
use crate::model::version::Version;

/// How many values met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// New.
    pub imported: usize,
    /// Changed.
    pub updated: usize,
    /// Equal to what was there, or refused.
    pub ignored: usize,
    /// Soft-deleted.
    pub deleted: usize,
}

/// One kind of refusal; several values may share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// `E7619`; empty for conflicts without a code.
    pub code: &'static str,
    /// The property that is wrong, if DHIS2 names one.
    pub property: Option<&'static str>,
    /// Kind and id of what is involved, in DHIS2's order.
    pub objects: Vec<(&'static str, String)>,
    /// The sentence.
    pub text: String,
    /// Positions in the payload; empty for conflicts of the whole set.
    pub indexes: Vec<usize>,
}

/// What an import came to.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Counts.
    pub counts: Counts,
    /// Conflicts in order of their first value.
    pub conflicts: Vec<Conflict>,
    /// Positions of refused values, ascending.
    pub rejected: Vec<usize>,
    /// The set was not imported at all.
    pub aborted: bool,
    /// What `description` says.
    pub description: String,
    /// `false`, or the day of completion; `None` leaves the member out.
    pub complete: Option<String>,
}

impl Summary {
    /// An import that ran to its end.
    pub fn completed() -> Self {
        Self {
            description: "Import process completed successfully".to_owned(),
            complete: Some("false".to_owned()),
            ..Self::default()
        }
    }

    /// An import that failed as a whole.
    pub fn failed(description: &str) -> Self {
        Self { aborted: true, description: description.to_owned(), ..Self::default() }
    }

    /// An import that one conflict of the set stopped.
    pub fn aborted(conflict: Conflict) -> Self {
        Self { conflicts: vec![conflict], ..Self::failed("Import process was aborted") }
    }

    /// Notes a refused value; equal conflicts are told once with all their indexes.
    pub fn refuse(&mut self, index: usize, conflict: Conflict) {
        self.counts.ignored += 1;
        self.rejected.push(index);
        let same = self
            .conflicts
            .iter_mut()
            .find(|known| known.code == conflict.code && known.objects == conflict.objects);
        match same {
            Some(known) => known.indexes.push(index),
            None => self.conflicts.push(Conflict { indexes: vec![index], ..conflict }),
        }
    }

    /// `SUCCESS`, `WARNING` or `ERROR`.
    pub fn word(&self) -> &'static str {
        match (self.aborted, self.conflicts.is_empty() && self.rejected.is_empty()) {
            (true, _) => "ERROR",
            (false, false) => "WARNING",
            (false, true) => "SUCCESS",
        }
    }

    /// The summary as JSON.
    pub fn render(&self, options: Option<Value>, version: &Version) -> Value {
        let mut summary = json!({"status": self.word()});
        if let Some(options) = options {
            summary["importOptions"] = options;
        }
        summary["description"] = json!(self.description);
        summary["importCount"] = json!({
            "imported": self.counts.imported, "updated": self.counts.updated,
            "ignored": self.counts.ignored, "deleted": self.counts.deleted,
        });
        let conflicts = self.conflicts.iter().map(|conflict| conflict.render(version));
        summary["conflicts"] = conflicts.collect();
        if version.tells_rejected() {
            summary["rejectedIndexes"] = json!(self.rejected);
        }
        if let Some(complete) = &self.complete {
            summary["dataSetComplete"] = json!(complete);
        }
        summary["responseType"] = json!("ImportSummary");
        summary
    }

    /// The envelope with the status that the version gives it.
    pub fn respond(&self, options: Value, version: &Version) -> Response {
        let summary = self.render(Some(options), version);
        match self.word() {
            "SUCCESS" => Response::ok(Some("Import was successful."), Some(summary)),
            "WARNING" if version.group_semantics() => {
                let message = "Import completed with warnings, please check import summary.";
                Response::enveloped(200, "WARNING", Some(message), Some(summary))
            }
            "WARNING" => {
                let message = "One more conflicts encountered, please check import summary.";
                Response::enveloped(409, "WARNING", Some(message), Some(summary))
            }
            _ => {
                let message = "An error occurred, please check import summary.";
                Response::enveloped(409, "ERROR", Some(message), Some(summary))
            }
        }
    }
}

impl Conflict {
    /// A conflict of one value or of the set.
    pub fn new(
        code: &'static str,
        property: Option<&'static str>,
        objects: Vec<(&'static str, String)>,
        text: String,
    ) -> Self {
        Self { code, property, objects, text, indexes: Vec::new() }
    }

    fn render(&self, version: &Version) -> Value {
        let mut conflict = json!({});
        if version.group_semantics() {
            let args: Vec<&str> = self.objects.iter().map(|(_, id)| id.as_str()).collect();
            let args = args.join("->");
            conflict["object"] = json!(args);
            conflict["objects"] = json!({"args": args});
        } else {
            if let Some((_, first)) = self.objects.first() {
                conflict["object"] = json!(first);
            }
            if !self.code.is_empty() {
                let objects = self.objects.iter();
                let objects = objects.map(|(kind, id)| ((*kind).to_owned(), json!(id)));
                conflict["objects"] = Value::Object(objects.collect());
            }
        }
        conflict["value"] = json!(self.text);
        if !self.code.is_empty() {
            conflict["errorCode"] = json!(self.code);
        }
        if let Some(property) = self.property {
            conflict["property"] = json!(property);
        }
        if !self.indexes.is_empty() {
            conflict["indexes"] = json!(self.indexes);
        }
        conflict
    }
}

/// The options of an import, as the summary repeats them (capture 30).
pub fn options(query: &Query) -> Value {
    let flag = |name: &str| query.flag(name);
    let mut schemes = json!({});
    for (name, value) in &query.0 {
        if name.ends_with("IdScheme") || name == "idScheme" {
            schemes[name.as_str()] = json!({"type": value.to_uppercase()});
        }
    }
    json!({
        "idSchemes": schemes, "dryRun": flag("dryRun"), "async": flag("async"),
        "importStrategy": query.get("importStrategy").unwrap_or("CREATE_AND_UPDATE"),
        "mergeMode": "REPLACE", "reportMode": "FULL",
        "skipExistingCheck": flag("skipExistingCheck"), "sharing": false,
        "skipNotifications": false, "skipAudit": flag("skipAudit"),
        "datasetAllowsPeriods": false, "strictPeriods": flag("strictPeriods"),
        "strictDataElements": flag("strictDataElements"),
        "strictCategoryOptionCombos": flag("strictCategoryOptionCombos"),
        "strictAttributeOptionCombos": flag("strictAttributeOptionCombos"),
        "strictOrganisationUnits": flag("strictOrganisationUnits"),
        "strictDataSetApproval": flag("strictDataSetApproval"),
        "strictDataSetLocking": flag("strictDataSetLocking"),
        "strictDataSetInputPeriods": flag("strictDataSetInputPeriods"),
        "requireCategoryOptionCombo": flag("requireCategoryOptionCombo"),
        "requireAttributeOptionCombo": flag("requireAttributeOptionCombo"),
        "skipPatternValidation": false, "ignoreEmptyCollection": false, "force": flag("force"),
        "firstRowIsHeader": true, "skipLastUpdated": false,
        "mergeDataValues": flag("mergeDataValues"), "skipCache": false,
    })
}
