//! A report's form while a person fills it in: indicators and validation rules follow every edit.
//!
//! Every good value is on the disk when an edit returns; a text that is no value is not written.

use std::sync::Arc;

use outpost_domain::data::SliceKey;
use outpost_domain::form::data_set::{CellKey, CellProblem, CellValues, DataSetForm};
use outpost_domain::form::session::{DataSetDiff, DataSetSession, DataSetSessionInput};
use outpost_domain::indicator::IndicatorResult;
use outpost_domain::metadata::OrganisationUnit;
use outpost_domain::uid::IndicatorUid;
use outpost_domain::validation::{RuleSet, Violation};

use super::Session;
use super::bundle::DataSetBundle;
use super::context::World;
use super::report_logic::ReportLogic;
use super::slices::{OptionLookup, cell_values};
use crate::error::Result;
use crate::model::{
    CellChange, CellEdit, CompleteOutcome, CompletionProblemView, EditOutcome, LegendView,
};
use crate::refusals;

/// An open form of a report.
pub struct ReportFormSession {
    session: Session,
    bundle: Arc<DataSetBundle>,
    key: SliceKey,
    form: DataSetSession,
}

/// A computed indicator with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorView {
    /// Its id.
    pub uid: IndicatorUid,
    /// Display name.
    pub name: String,
    /// The value as the server shows it; `None` if there is none.
    pub value: Option<String>,
    /// Name and colour of the value, where the indicator has a legend set.
    pub legend: Option<LegendView>,
    /// Items that this device cannot know, so that the server's value may differ.
    pub not_here: Vec<String>,
    /// Why it could not be computed.
    pub problem: Option<String>,
}

impl Session {
    /// Opens the form of a report with its indicators and violations. The cells are those of
    /// [`Session::open_slice`].
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; storage errors.
    pub fn open_report_form(&self, key: SliceKey) -> Result<(ReportFormSession, DataSetDiff)> {
        let bundle = self.data_set_bundle(key.data_set)?;
        let unit = self.organisation_unit(key.organisation_unit)?;
        let values = cell_values(&self.stored_values(&key, &bundle)?);
        let world = self.world()?;
        let (form, diff) = self.report_session(&key, &bundle, &unit, &world, values)?;
        Ok((ReportFormSession { session: self.clone(), bundle, key, form }, diff))
    }

    pub(super) fn violations_of(
        &self,
        key: &SliceKey,
        bundle: &DataSetBundle,
        unit: &OrganisationUnit,
        world: &World,
        values: CellValues,
    ) -> Result<Vec<Violation>> {
        let (form, _) = self.report_session(key, bundle, unit, world, values)?;
        Ok(form.violations().into_iter().cloned().collect())
    }

    fn report_session(
        &self,
        key: &SliceKey,
        bundle: &DataSetBundle,
        unit: &OrganisationUnit,
        world: &World,
        values: CellValues,
    ) -> Result<(DataSetSession, DataSetDiff)> {
        let logic = &bundle.logic;
        Ok(DataSetSession::open(DataSetSessionInput {
            form: Arc::clone(&bundle.form),
            key: *key,
            values,
            indicators: logic.indicators.clone(),
            rules: logic.rules.clone(),
            elsewhere: Arc::new(self.elsewhere(logic, key)?),
            level: Some(unit.level),
            today: world.now().date(),
            server: world.server,
        }))
    }
}

impl ReportFormSession {
    /// The form.
    #[must_use]
    pub fn form(&self) -> &Arc<DataSetForm> {
        &self.bundle.form
    }

    /// Which report.
    #[must_use]
    pub fn key(&self) -> &SliceKey {
        &self.key
    }

    /// Puts a text into a cell, saves it, and tells what that changed. What an entry rule refuses is
    /// not written: the outcome says why, and the cell shows the text with its problem. In a closed
    /// report nothing changes.
    ///
    /// # Errors
    /// Storage errors; then nothing was written.
    pub fn set_value(&mut self, cell: CellKey, text: &str) -> Result<(DataSetDiff, EditOutcome)> {
        let edit = CellEdit {
            data_element: cell.data_element,
            category_option_combo: cell.category_option_combo,
            change: CellChange::Value(text.to_owned()),
        };
        let outcome = self.session.set_values(self.key, &[edit])?;
        if !outcome.refused.is_empty() && self.fits(cell, text)? {
            return Ok((DataSetDiff::default(), outcome));
        }
        let options = OptionLookup::new(&self.session);
        let diff = self.form.set_value(cell, text, &|set, code| options.has(set, code));
        options.finish()?;
        Ok((diff, outcome))
    }

    /// Whether a text is a value of a cell.
    fn fits(&self, cell: CellKey, text: &str) -> Result<bool> {
        let server = self.session.world()?.server;
        Ok(self.session.check(&self.bundle.form, cell, text, server)?.is_ok())
    }

    /// Texts that are no values, at their cells; nothing of them was written.
    #[must_use]
    pub fn wrong(&self) -> Vec<CompletionProblemView> {
        let view = |(cell, (_, problem)): (&CellKey, &(String, CellProblem))| {
            let row = self.bundle.form.row(cell.data_element);
            CompletionProblemView {
                data_element: cell.data_element,
                category_option_combo: Some(cell.category_option_combo),
                name: row.map(|row| row.name.clone()).unwrap_or_default(),
                reason: refusals::of_cell(problem).reason,
                blocks: true,
            }
        };
        self.form.wrong().iter().map(view).collect()
    }

    /// Indicators of the form, in form order.
    #[must_use]
    pub fn indicators(&self) -> Vec<IndicatorView> {
        let names = self.bundle.logic.indicator_names.iter();
        let views = names.filter_map(|(id, name)| {
            let result = self.form.indicators().result(*id)?;
            Some(indicator_view(&self.bundle.logic, *id, name, result))
        });
        views.collect()
    }

    /// Name and colour of what stands in a cell, where its element has a legend set.
    #[must_use]
    pub fn legend(&self, cell: CellKey) -> Option<LegendView> {
        let value = self.form.values().get(&cell).filter(|value| !value.deleted)?;
        self.bundle.logic.legend(cell.data_element, value.value.as_deref()?)
    }

    /// The rules with their present verdicts.
    pub(super) fn rules(&self) -> &RuleSet {
        self.form.rules()
    }

    /// Validation rules that do not hold, the most important first.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.form.violations().into_iter().cloned().collect()
    }

    /// Completes the report, as [`Session::complete`] does; a text that is no value forbids it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn complete(&self) -> Result<CompleteOutcome> {
        let problems = self.wrong();
        if problems.is_empty() {
            return self.session.complete(self.key);
        }
        let violations = self.violations();
        Ok(CompleteOutcome { problems, violations, ..CompleteOutcome::default() })
    }
}

fn indicator_view(
    logic: &ReportLogic,
    uid: IndicatorUid,
    name: &str,
    result: &IndicatorResult,
) -> IndicatorView {
    let rounded = result.value.as_ref().map(|value| value.rounded);
    IndicatorView {
        uid,
        legend: rounded.and_then(|value| logic.indicator_legend(uid, value)),
        name: name.to_owned(),
        value: result.value.as_ref().map(outpost_domain::indicator::IndicatorValue::text),
        not_here: result.not_here.clone(),
        problem: result.problem.as_ref().map(ToString::to_string),
    }
}
