//! The list of forms, and what is chosen before one is filled in: place, period, options.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::metadata::{MetadataKind, ProgramType};
use outpost_domain::period::{Period, SliceTiming, latest_open_period, period_lock};
use outpost_domain::uid::{DataSetUid, OptionSetUid, OrganisationUnitUid, ProgramUid, Uid};
use outpost_store::{ListCursor, ListQuery, OutboxCounts, StoredObject};
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle;
use crate::error::Result;
use crate::limits::{FORMS_LISTED_MAX, PAGE_ROWS_MAX};
use crate::model::{
    DataSetFormView, EventFormView, FormKind, FormSummary, OptionPage, OptionView,
    OrganisationUnitPage, OrganisationUnitQuery, OrganisationUnitView, PeriodView, StageView,
};

/// Said where a person may look but not enter.
const READ_ONLY: &str = "You may look at this form but not fill it in.";

/// Said of a form that is kept for unsent work only.
const GONE: &str = "The server does not offer this form any more. What you entered is kept.";

impl Session {
    /// The data sets and event programs of the user, by name, with what waits of each.
    ///
    /// # Errors
    /// Storage errors.
    pub fn forms(&self) -> Result<Vec<FormSummary>> {
        let counts: BTreeMap<Uid, OutboxCounts> =
            self.store().form_counts()?.into_iter().map(|it| (it.form, it.outbox)).collect();
        let drafts = self.draft_counts()?;
        let mut forms = Vec::new();
        let mut add = |kind, object: &StoredObject, name: String, period_type, may, records| {
            let uid = object.uid;
            let writable = may && !object.is_gone;
            let why_not = if object.is_gone { GONE } else { READ_ONLY };
            let waits = counts.get(&uid).copied().unwrap_or_default();
            forms.push(FormSummary {
                kind,
                uid,
                name,
                period_type,
                writable,
                why_not: (!writable).then(|| why_not.to_owned()),
                records,
                waiting: waits.pending + waits.in_flight,
                refused: waits.rejected,
                conflicts: waits.conflicts,
                drafts: drafts.get(uid.as_str()).copied().unwrap_or(0),
            });
        };
        for object in self.store().load_all(MetadataKind::DataSet, FORMS_LISTED_MAX)? {
            let Ok(data_set) = wire::parse_data_set(object.body.as_bytes()) else { continue };
            let period_type = Some(data_set.period_type.name().to_owned());
            let writable = data_set.access.write;
            if data_set.access.read || writable {
                let records = self.store().count_slices(data_set.id)?;
                add(FormKind::DataSet, &object, data_set.name, period_type, writable, records);
            }
        }
        for object in self.store().load_all(MetadataKind::Program, FORMS_LISTED_MAX)? {
            let Ok(program) = wire::parse_program(object.body.as_bytes()) else { continue };
            let is_event_program = program.program_type == ProgramType::WithoutRegistration;
            if is_event_program && (program.access.read || program.access.write) {
                let writable = program.access.write;
                let records = self.store().count_events(program.id)?;
                add(FormKind::EventProgram, &object, program.name, None, writable, records);
            }
        }
        forms.sort_by(|a, b| (&a.name, a.uid).cmp(&(&b.name, b.uid)));
        Ok(forms)
    }

    /// The form of a data set.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn data_set_form(&self, id: DataSetUid) -> Result<DataSetFormView> {
        let bundle = self.data_set_bundle(id)?;
        Ok(DataSetFormView {
            form: bundle.form.clone(),
            form_problems: bundle.problems.clone(),
            period_type: bundle.data_set.period_type.name().to_owned(),
        })
    }

    /// The form of a stage; of the only stage of the program without one.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if the program has several stages and none was given.
    pub fn event_form(
        &self,
        program: ProgramUid,
        stage: Option<outpost_domain::uid::ProgramStageUid>,
    ) -> Result<EventFormView> {
        let stage = match stage {
            Some(stage) => stage,
            None => self.find_stage(program, None)?,
        };
        let bundle = self.event_bundle(program, stage)?;
        let stages = bundle::load_stages(self.store(), program)?;
        Ok(EventFormView {
            form: bundle.form.clone(),
            form_problems: bundle.problems.clone(),
            stages: stages.into_iter().map(|it| StageView { uid: it.id, name: it.name }).collect(),
        })
    }

    /// The latest periods of a data set, the newest first, each with whether it is open.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn periods_for(&self, id: DataSetUid, count: u32) -> Result<Vec<PeriodView>> {
        let bundle = self.data_set_bundle(id)?;
        let world = self.world()?;
        let data_set = &bundle.data_set;
        let now = world.now();
        let ahead = data_set.open_future_periods.max(1);
        let latest = latest_open_period(data_set.period_type, ahead, now.date());
        let closed = |period: Period| {
            period_lock(&SliceTiming {
                period,
                now,
                expiry_days: data_set.expiry_days,
                open_future_periods: data_set.open_future_periods,
                input_periods: &data_set.data_input_periods,
                lock_exception: world.locks.has_exception_somewhere(id, period),
                server: world.server,
            })
        };
        let periods = std::iter::successors(latest, Period::previous);
        let view = |period: Period| PeriodView {
            id: period.to_string(),
            start: period.start().to_string(),
            end: period.end().to_string(),
            closed: closed(period).map(|lock| lock.words()),
        };
        Ok(periods.take(count.min(PAGE_ROWS_MAX) as usize).map(view).collect())
    }

    /// A page of places by name; with a form only those where it may be filled in.
    ///
    /// # Errors
    /// Storage errors.
    pub fn organisation_units(
        &self,
        query: &OrganisationUnitQuery,
        next: Option<OrganisationUnitCursor>,
    ) -> Result<OrganisationUnitPage> {
        let list = ListQuery {
            parent: query.parent.map(|unit| unit.0),
            search: query.search.clone(),
            ..ListQuery::of(MetadataKind::OrganisationUnit)
        };
        let roots: BTreeSet<_> = self.world()?.capture_roots.into_iter().collect();
        let mut items = Vec::new();
        let mut after = next.map(|cursor| cursor.0);
        loop {
            let rows = self.store().page_of(&list, after.as_ref(), PAGE_ROWS_MAX)?;
            let is_last = rows.len() < PAGE_ROWS_MAX as usize;
            for row in rows {
                after = Some(row.cursor.clone());
                let unit = OrganisationUnitUid(row.uid);
                let path = row.path.unwrap_or_default();
                let fits = match query.form {
                    None => true,
                    Some(form) => {
                        !row.is_gone
                            && is_below(&path, &roots)
                            && self.store().is_assigned(form, unit)?
                    }
                };
                if fits {
                    items.push(self.unit_view(unit, row.name, row.code, &path)?);
                }
                if items.len() == PAGE_ROWS_MAX as usize {
                    return Ok(OrganisationUnitPage {
                        items,
                        next: after.map(OrganisationUnitCursor),
                    });
                }
            }
            if is_last {
                return Ok(OrganisationUnitPage { items, next: None });
            }
        }
    }

    fn unit_view(
        &self,
        uid: OrganisationUnitUid,
        name: String,
        code: Option<String>,
        path: &str,
    ) -> Result<OrganisationUnitView> {
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        let mut above = Vec::new();
        for step in steps.iter().filter(|step| **step != uid.as_str()) {
            // Units above the user's own are not on the device.
            let unit = Uid::parse(step).ok().map(OrganisationUnitUid);
            if let Some(unit) = unit.map(|unit| self.unit_if_known(unit)).transpose()?.flatten() {
                above.push(unit.name);
            }
        }
        let level = u32::try_from(steps.len()).unwrap_or(0);
        Ok(OrganisationUnitView { uid, name, code, level, above: above.join(" / ") })
    }

    /// A page of the options of a set, in order; with a text only those that hold its words.
    ///
    /// # Errors
    /// Storage errors.
    pub fn options(
        &self,
        set: OptionSetUid,
        search: Option<String>,
        next: Option<OptionCursor>,
    ) -> Result<OptionPage> {
        let query =
            ListQuery { parent: Some(set.0), search, ..ListQuery::of(MetadataKind::Option) };
        let after = next.map(|cursor| cursor.0);
        let rows = self.store().page_of(&query, after.as_ref(), PAGE_ROWS_MAX)?;
        let is_full = rows.len() == PAGE_ROWS_MAX as usize;
        let next = rows.last().map(|row| OptionCursor(row.cursor.clone())).filter(|_| is_full);
        let view = |row: outpost_store::ListRow| OptionView {
            code: row.code.unwrap_or_default(),
            name: row.name,
        };
        Ok(OptionPage { items: rows.into_iter().map(view).collect(), next })
    }
}

/// Where the next page of places begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationUnitCursor(ListCursor);

/// Where the next page of options begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionCursor(ListCursor);

fn is_below(path: &str, roots: &BTreeSet<OrganisationUnitUid>) -> bool {
    path.split('/').any(|step| roots.iter().any(|root| root.as_str() == step))
}
