//! A report of a data set, line by line. Every good value is on the disk at once.

use std::collections::BTreeMap;

use outpost_domain::form::data_set::CellKey;
use outpost_domain::form::session::DataSetDiff;
use outpost_domain::validation::RuleChange;
use outpost_engine::model::Refusal;
use outpost_engine::{OutpostError, ReportFormSession, Result, Session};
use serde_json::{Value, json};

use super::super::findings;
use super::super::record;
use super::{Answer, OpenForm};
use crate::args::{Fill, Slice};
use crate::strings;

/// An open report.
pub struct ReportFill {
    session: Session,
    form: ReportFormSession,
    /// Cells whose last text was refused.
    refused: BTreeMap<CellKey, Refusal>,
    is_completion_refused: bool,
}

/// Opens a report.
///
/// # Errors
/// `NotFound`; `InvalidInput` for a period or a name that fits several things; storage errors.
pub fn open(session: &Session, arguments: &Fill, data_set: &str) -> Result<ReportFill> {
    let slice = Slice {
        data_set: data_set.to_owned(),
        period: arguments.period.clone().unwrap_or_default(),
        org_unit: arguments.org_unit.clone().unwrap_or_default(),
        attribute_option_combo: arguments.attribute_option_combo.clone(),
    };
    let (form, _) = session.open_report_form(record::slice_key(session, &slice)?)?;
    let session = session.clone();
    Ok(ReportFill { session, form, refused: BTreeMap::new(), is_completion_refused: false })
}

impl ReportFill {
    fn changes_document(&self, diff: &DataSetDiff) -> Value {
        let changed = |id| diff.indicators.iter().any(|(it, _)| *it == id);
        let indicators: Vec<_> =
            self.form.indicators().into_iter().filter(|it| changed(it.uid)).collect();
        let mut violated = Vec::new();
        let mut resolved = Vec::new();
        for change in &diff.violations {
            match change {
                RuleChange::Violated(violation) => violated.push((**violation).clone()),
                RuleChange::Resolved(rule) => resolved.push(rule.to_string()),
            }
        }
        json!({
            "indicators": findings::indicators_document(&indicators),
            "violations": findings::violations_document(&violated),
            "resolved": resolved,
        })
    }

    fn changes_text(&self, diff: &DataSetDiff) -> String {
        let changed = |id| diff.indicators.iter().any(|(it, _)| *it == id);
        let indicators: Vec<_> =
            self.form.indicators().into_iter().filter(|it| changed(it.uid)).collect();
        let mut text = findings::indicators_text(&indicators);
        for change in &diff.violations {
            match change {
                RuleChange::Violated(violation) => {
                    let violation = std::slice::from_ref(&**violation);
                    text.push_str(&findings::violations_text(violation));
                }
                RuleChange::Resolved(_) => text.push_str(strings::HOLDS_AGAIN),
            }
        }
        text
    }
}

impl OpenForm for ReportFill {
    fn show(&self) -> Result<Answer> {
        let view = self.session.open_slice(*self.form.key())?;
        let (violations, indicators) = (self.form.violations(), self.form.indicators());
        let mut document = record::slice_document(&view);
        document["violations"] = json!(findings::violations_document(&violations));
        document["indicators"] = json!(findings::indicators_document(&indicators));
        let mut text = record::slice_text(&view);
        text.push_str(&findings::indicators_text(&indicators));
        text.push_str(&findings::violations_text(&violations));
        Ok(Answer { document, text })
    }

    fn set(&mut self, text: &str) -> Result<Answer> {
        let data_set = self.form.key().data_set;
        let find = |name: &str| self.session.find_cell(data_set, name.trim());
        let (cell, value) = record::split_pair(text, find)?;
        let (diff, outcome) = self.form.set_value(cell, &value)?;
        match outcome.refused.first() {
            Some(edit) => self.refused.insert(cell, edit.refusal.clone()),
            None => self.refused.remove(&cell),
        };
        let mut document = record::edit_document(&outcome);
        document["changes"] = self.changes_document(&diff);
        let text = record::edit_text(&outcome) + &self.changes_text(&diff);
        Ok(Answer { document, text })
    }

    fn check(&self) -> Result<Answer> {
        let view = self.session.open_slice(*self.form.key())?;
        let mut problems = self.form.wrong();
        problems.extend(view.completion_problems);
        let (violations, indicators) = (self.form.violations(), self.form.indicators());
        let document = json!({
            "violations": findings::violations_document(&violations),
            "problems": record::problems_document(&problems),
            "indicators": findings::indicators_document(&indicators),
        });
        let text = record::check_text(&violations, &problems, &indicators);
        Ok(Answer { document, text })
    }

    fn save(&mut self) -> Result<Answer> {
        let document = json!({ "saved": true, "refused": self.refused.len() });
        let text = match self.refused.is_empty() {
            true => strings::SAVED_AT_ONCE.to_owned(),
            false => self.refused.values().map(|it| format!("Refused: {}\n", it.reason)).collect(),
        };
        Ok(Answer { document, text })
    }

    fn complete(&mut self) -> Result<Answer> {
        let outcome = self.form.complete()?;
        self.is_completion_refused = !outcome.completed;
        let document = record::complete_document(&outcome);
        Ok(Answer { document, text: record::complete_text(&outcome) })
    }

    fn draft(&mut self) -> Result<Answer> {
        Err(OutpostError::invalid("line", "unknown", strings::NO_DRAFT_OF_REPORT))
    }

    fn date(&mut self, _date: &str) -> Result<Answer> {
        Err(OutpostError::invalid("line", "unknown", strings::NO_DATE_OF_REPORT))
    }

    fn discard(&mut self) -> Result<Answer> {
        self.refused.clear();
        self.is_completion_refused = false;
        let text = strings::DISCARDED.to_owned();
        Ok(Answer { document: json!({ "discarded": true }), text })
    }

    fn leave(&mut self) -> Result<Option<Answer>> {
        Ok(None)
    }

    fn is_refused(&self) -> bool {
        self.is_completion_refused || !self.refused.is_empty()
    }
}
