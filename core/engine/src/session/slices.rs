//! One report of a data set: opening it, entering values, completing it.
//!
//! What an entry rule refuses is a value handed back, not an error; nothing of it is written.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Completion, DataValue, Payload, SliceKey};
use outpost_domain::form::Entry;
use outpost_domain::form::data_set::{
    Accepted, CellKey, CellProblem, CellValues, CompletionProblem, DataSetEntry, DataSetForm,
    check_cell, check_comment, completion_problems, data_set_entry,
};
use outpost_domain::metadata::{MetadataKind, OrganisationUnit};
use outpost_domain::uid::{DataElementUid, DataSetUid, OptionSetUid, OrganisationUnitUid};
use outpost_domain::value_type::ServerMinor;
use outpost_store::{RowState, StoredValue};
use outpost_wire::metadata::parse_organisation_unit;

use super::Session;
use super::bundle::DataSetBundle;
use super::context::World;
use super::outbox::record_state;
use super::report_logic::ReportLogic;
use crate::error::{OutpostError, Result};
use crate::limits::PAGE_ROWS_MAX;
use crate::model::{
    CellChange, CellEdit, CellView, CompleteOutcome, CompletionProblemView, CompletionView,
    EditOutcome, RecordState, Refusal, RefusedEdit, SlicePage, SliceSummary, SliceView,
};
use crate::refusals;

/// Said when a zero is entered where the server keeps none (captures a008b to a008g).
const ZERO_NOTE: &str = "the server keeps no zero for this question; an old value is deleted there";

impl Session {
    /// A page of the reports of a data set that hold something, by place and period.
    ///
    /// # Errors
    /// Storage errors.
    pub fn slices(&self, data_set: DataSetUid, after: Option<SliceKey>) -> Result<SlicePage> {
        let rows = self.store().slices_page(data_set, after.as_ref(), PAGE_ROWS_MAX)?;
        let is_full = rows.len() == PAGE_ROWS_MAX as usize;
        let next = rows.last().map(|row| row.key).filter(|_| is_full);
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let place = row.key.organisation_unit.0;
            items.push(SliceSummary {
                key: row.key,
                organisation_unit_name: self.name_of(MetadataKind::OrganisationUnit, place)?,
                completed: row.completed,
                state: row.waiting.map_or(RecordState::Synced, record_state),
            });
        }
        Ok(SlicePage { items, next })
    }

    /// Everything that a screen needs for one report, in one call.
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; storage errors.
    pub fn open_slice(&self, key: SliceKey) -> Result<SliceView> {
        let bundle = self.data_set_bundle(key.data_set)?;
        let world = self.world()?;
        let unit = self.organisation_unit(key.organisation_unit)?;
        let stored = self.stored_values(&key, &bundle)?;
        let values = cell_values(&stored);
        let progress = bundle.form.progress(&values);
        let combos = &bundle.attribute.combo.category_option_combos;
        let combo = combos.iter().find(|combo| combo.id == key.attribute_option_combo);
        let is_split = !bundle.attribute.combo.is_default;
        Ok(SliceView {
            key,
            form_problems: bundle.problems.clone(),
            attribute_option_combo_name: combo
                .filter(|_| is_split)
                .map(|combo| combo.name.clone())
                .unwrap_or_default(),
            cells: stored
                .iter()
                .map(|value| self.cell_view(value, &bundle.logic))
                .collect::<Result<_>>()?,
            completion: self.completion_view(&key)?,
            closed: self.closed(&key, &bundle, &unit, &world)?,
            completion_problems: problem_views(&bundle.form, &values),
            filled: u32::try_from(progress.filled).unwrap_or(u32::MAX),
            asked: u32::try_from(progress.of).unwrap_or(u32::MAX),
            form: bundle.form.clone(),
            organisation_unit_name: unit.name,
        })
    }

    /// Enters values, comments and follow-up marks. What a rule refuses comes back with the reason and
    /// nothing of it is written; the rest is on the disk when this returns.
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; storage errors (then nothing of
    /// this call was written).
    pub fn set_values(&self, key: SliceKey, edits: &[CellEdit]) -> Result<EditOutcome> {
        let bundle = self.data_set_bundle(key.data_set)?;
        let world = self.world()?;
        let unit = self.organisation_unit(key.organisation_unit)?;
        let closed = self.closed(&key, &bundle, &unit, &world)?;
        let mut outcome = EditOutcome::default();
        if let Some(reason) = closed.first() {
            let refused = edits.iter().enumerate();
            outcome.refused =
                refused.map(|(at, edit)| refused_edit(at, edit, reason.clone())).collect();
            return Ok(outcome);
        }
        let before = cell_values(&self.stored_values(&key, &bundle)?);
        let mut changed: BTreeMap<CellKey, DataValue> = BTreeMap::new();
        for (at, edit) in edits.iter().enumerate() {
            let cell = cell_key(edit);
            let current = changed.get(&cell).or_else(|| before.get(&cell));
            let current = current.cloned().unwrap_or_default();
            match self.edited(&bundle.form, edit, current, world.server)? {
                Ok((value, note)) => {
                    changed.insert(cell, value);
                    outcome.notes.extend(note.filter(|note| !outcome.notes.contains(note)));
                }
                Err(problem) => {
                    let refusal = refusals::of_cell(&problem);
                    outcome.refused.push(refused_edit(at, edit, refusal));
                }
            }
        }
        self.save_cells(&key, changed, &mut outcome)?;
        Ok(outcome)
    }

    fn save_cells(
        &self,
        key: &SliceKey,
        changed: BTreeMap<CellKey, DataValue>,
        outcome: &mut EditOutcome,
    ) -> Result<()> {
        if changed.is_empty() {
            return Ok(());
        }
        let edits: Vec<_> = changed
            .into_iter()
            .map(|(cell, value)| (cell.data_element, cell.category_option_combo, value))
            .collect();
        let saved = self.store().save_data_values(key, &edits, self.by(), self.now_ms())?;
        outcome.saved = u32::try_from(saved.changed()).unwrap_or(u32::MAX);
        let asked = u32::try_from(edits.len()).unwrap_or(u32::MAX);
        outcome.unchanged = asked.saturating_sub(outcome.saved);
        Ok(())
    }

    /// The cell after an edit, or why it cannot be.
    fn edited(
        &self,
        form: &DataSetForm,
        edit: &CellEdit,
        mut value: DataValue,
        server: ServerMinor,
    ) -> Result<std::result::Result<(DataValue, Option<String>), CellProblem>> {
        let mut note = None;
        match &edit.change {
            CellChange::Value(text) => match self.check(form, cell_key(edit), text, server)? {
                Err(problem) => return Ok(Err(problem)),
                Ok(accepted) => {
                    let is_dropped = matches!(accepted, Accepted::NotStoredByServer(_));
                    note = is_dropped.then(|| ZERO_NOTE.to_owned());
                    value.value = accepted.value().map(str::to_owned);
                }
            },
            CellChange::Comment(text) => {
                if let Err(problem) = self.check(form, cell_key(edit), "", server)? {
                    return Ok(Err(problem));
                }
                match check_comment(text, server) {
                    Err(problem) => return Ok(Err(problem)),
                    Ok(comment) => value.comment = comment,
                }
            }
            CellChange::FollowUp(flag) => {
                if let Err(problem) = self.check(form, cell_key(edit), "", server)? {
                    return Ok(Err(problem));
                }
                value.follow_up = *flag;
            }
        }
        let is_empty = value.value.is_none() && value.comment.is_none() && !value.follow_up;
        value.deleted = is_empty;
        Ok(Ok((value, note)))
    }

    /// Checks a text for a cell; options are asked of the store.
    pub(super) fn check(
        &self,
        form: &DataSetForm,
        cell: CellKey,
        text: &str,
        server: ServerMinor,
    ) -> Result<std::result::Result<Accepted, CellProblem>> {
        let options = OptionLookup::new(self);
        let checked = check_cell(form, cell, text, server, |set, code| options.has(set, code));
        options.finish()?;
        Ok(checked)
    }

    /// Marks a report as complete, unless a rule forbids it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn complete(&self, key: SliceKey) -> Result<CompleteOutcome> {
        let bundle = self.data_set_bundle(key.data_set)?;
        let world = self.world()?;
        let unit = self.organisation_unit(key.organisation_unit)?;
        let closed = self.closed(&key, &bundle, &unit, &world)?;
        let values = cell_values(&self.stored_values(&key, &bundle)?);
        let problems = problem_views(&bundle.form, &values);
        let violations = self.violations_of(&key, &bundle, &unit, &world, values)?;
        let mut outcome = CompleteOutcome { completed: false, closed, problems, violations };
        let is_invalid = bundle.data_set.valid_complete_only && !outcome.violations.is_empty();
        let is_blocked = outcome.problems.iter().any(|problem| problem.blocks);
        if !outcome.closed.is_empty() || is_blocked || is_invalid {
            return Ok(outcome);
        }
        let completion = Completion {
            completed: true,
            date: Some(world.today_text()),
            stored_by: Some(self.by().to_owned()),
        };
        let _saved = self.store().save_completion(&key, &completion, self.by(), self.now_ms())?;
        outcome.completed = true;
        Ok(outcome)
    }

    /// Opens a completed report again.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn incomplete(&self, key: SliceKey) -> Result<CompleteOutcome> {
        let bundle = self.data_set_bundle(key.data_set)?;
        let unit = self.organisation_unit(key.organisation_unit)?;
        let closed = self.closed(&key, &bundle, &unit, &self.world()?)?;
        if !closed.is_empty() {
            let completed = self.completion_view(&key)?.completed;
            return Ok(CompleteOutcome { completed, closed, ..CompleteOutcome::default() });
        }
        let completion =
            Completion { completed: false, date: None, stored_by: Some(self.by().to_owned()) };
        let _saved = self.store().save_completion(&key, &completion, self.by(), self.now_ms())?;
        Ok(CompleteOutcome::default())
    }

    /// Why a slice may not be filled in; empty if it may.
    pub(super) fn closed(
        &self,
        key: &SliceKey,
        bundle: &DataSetBundle,
        unit: &OrganisationUnit,
        world: &World,
    ) -> Result<Vec<Refusal>> {
        let entry = data_set_entry(&DataSetEntry {
            data_set: &bundle.data_set,
            period: key.period,
            now: world.now(),
            server: world.server,
            lock_exception: world.locks.has_exception(key),
            organisation_unit: unit,
            is_assigned: self.store().is_assigned(key.data_set.0, key.organisation_unit)?,
            capture_roots: &world.capture_roots,
            attribute_combo: &bundle.attribute.combo,
            attribute_option_combo: key.attribute_option_combo,
            category_options: &bundle.attribute.options,
            approval: world.locks.approval(key),
        });
        Ok(match entry {
            Entry::Open => Vec::new(),
            Entry::Locked(reasons) => reasons.iter().map(refusals::of_entry).collect(),
        })
    }

    /// A place.
    pub(super) fn organisation_unit(&self, id: OrganisationUnitUid) -> Result<OrganisationUnit> {
        let Some(object) = self.store().load_object(MetadataKind::OrganisationUnit, id.0)? else {
            let elsewhere = self.place_elsewhere(id)?;
            return elsewhere.ok_or_else(|| OutpostError::not_found("organisation unit", id));
        };
        parse_organisation_unit(object.body.as_bytes()).map_err(OutpostError::internal)
    }

    pub(super) fn stored_values(
        &self,
        key: &SliceKey,
        bundle: &DataSetBundle,
    ) -> Result<Vec<StoredValue>> {
        let elements: BTreeSet<DataElementUid> =
            bundle.data_set.data_set_elements.iter().map(|it| it.data_element).collect();
        Ok(self.store().load_slice_values(key, &elements)?)
    }

    fn cell_view(&self, stored: &StoredValue, logic: &ReportLogic) -> Result<CellView> {
        let text = stored.value.value.as_deref();
        Ok(CellView {
            legend: text.and_then(|text| logic.legend(stored.key.data_element, text)),
            data_element: stored.key.data_element,
            category_option_combo: stored.key.category_option_combo,
            value: stored.value.value.clone(),
            comment: stored.value.comment.clone(),
            follow_up: stored.value.follow_up,
            state: stored.waiting.map_or(RecordState::Synced, |(_, state)| record_state(state)),
            problem: match stored.waiting {
                Some((id, RowState::Rejected)) => {
                    let row = self.store().outbox_row(id)?;
                    row.and_then(|row| row.rejection)
                        .map(|it| Refusal { code: it.code.unwrap_or_default(), reason: it.reason })
                }
                _ => None,
            },
        })
    }

    fn completion_view(&self, key: &SliceKey) -> Result<CompletionView> {
        let completion = self.store().load_completion(key)?.unwrap_or_default();
        let record = Payload::Completion { key: *key, completion: completion.clone() };
        let row = self.store().outbox_row_of(&record)?;
        Ok(CompletionView {
            completed: completion.completed,
            date: completion.date,
            by: completion.stored_by,
            state: row.as_ref().map_or(RecordState::Synced, |row| record_state(row.state)),
            problem: row
                .and_then(|row| row.rejection)
                .map(|it| Refusal { code: it.code.unwrap_or_default(), reason: it.reason }),
        })
    }
}

/// Asks the store about options inside a check that cannot fail; a failure is kept for afterwards.
pub(super) struct OptionLookup<'a> {
    session: &'a Session,
    failure: std::cell::RefCell<Option<OutpostError>>,
}

impl<'a> OptionLookup<'a> {
    pub fn new(session: &'a Session) -> Self {
        Self { session, failure: std::cell::RefCell::new(None) }
    }

    pub fn has(&self, set: OptionSetUid, code: &str) -> bool {
        self.session.store().has_option_code(set, code).unwrap_or_else(|error| {
            *self.failure.borrow_mut() = Some(error.into());
            false
        })
    }

    /// The failure of a lookup, if there was one: then the check's answer means nothing.
    pub fn finish(self) -> Result<()> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }
}

pub(super) fn cell_values(stored: &[StoredValue]) -> CellValues {
    let key = |stored: &StoredValue| CellKey {
        data_element: stored.key.data_element,
        category_option_combo: stored.key.category_option_combo,
    };
    stored.iter().map(|stored| (key(stored), stored.value.clone())).collect()
}

const fn cell_key(edit: &CellEdit) -> CellKey {
    CellKey { data_element: edit.data_element, category_option_combo: edit.category_option_combo }
}

fn refused_edit(at: usize, edit: &CellEdit, refusal: Refusal) -> RefusedEdit {
    RefusedEdit {
        index: u32::try_from(at).unwrap_or(u32::MAX),
        data_element: edit.data_element,
        category_option_combo: edit.category_option_combo,
        refusal,
    }
}

fn problem_views(form: &DataSetForm, values: &CellValues) -> Vec<CompletionProblemView> {
    let view = |problem: &CompletionProblem| {
        let (data_element, category_option_combo) = match problem {
            CompletionProblem::Compulsory { cell, .. }
            | CompletionProblem::CommentRequired { cell } => {
                (cell.data_element, Some(cell.category_option_combo))
            }
            CompletionProblem::PartlyFilled { data_element, .. } => (*data_element, None),
            _ => return None,
        };
        let name = form.row(data_element).map(|row| row.name.clone());
        Some(CompletionProblemView {
            data_element,
            category_option_combo,
            name: name.unwrap_or_else(|| data_element.to_string()),
            reason: problem.words().to_owned(),
            blocks: problem.blocks_completion(),
        })
    };
    completion_problems(form, values).iter().filter_map(view).collect()
}
