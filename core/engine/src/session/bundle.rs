//! Everything that one form needs, gathered from the store once and kept while it is the same metadata.
//!
//! The store keeps objects as the server sent them; here they become domain types. An object that
//! cannot be read is named in the form's problems and left out, never a reason to refuse the form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use outpost_domain::form::CategoryOptions;
use outpost_domain::form::data_set::{self, DataSetForm, DataSetFormInput};
use outpost_domain::form::event::{self, EventForm, EventFormInput};
use outpost_domain::metadata::{
    Category, CategoryCombo, DataElement, DataSet, MetadataKind, OptionSet, Program, ProgramStage,
};
use outpost_domain::uid::{
    CategoryComboUid, CategoryUid, DataElementUid, DataSetUid, OptionSetUid, ProgramStageUid,
    ProgramUid, Uid,
};
use outpost_domain::value_type::ServerMinor;
use outpost_store::Store;
use outpost_wire::error::WireError;
use outpost_wire::metadata as wire;

use super::logic::{self, Logic};
use super::objects;
use super::report_logic::{self, ReportLogic};
use crate::error::{OutpostError, Result};

/// A data set with its form and what decides about its slices.
pub(crate) struct DataSetBundle {
    pub data_set: DataSet,
    pub data_elements: BTreeMap<DataElementUid, DataElement>,
    pub form: Arc<DataSetForm>,
    pub problems: Vec<String>,
    pub attribute: AttributeSplit,
    /// Indicators and validation rules.
    pub logic: ReportLogic,
}

/// A stage of an event program with its form and what decides about its events.
pub(crate) struct EventBundle {
    pub data_elements: BTreeMap<DataElementUid, DataElement>,
    pub form: Arc<EventForm>,
    pub problems: Vec<String>,
    pub attribute: AttributeSplit,
    /// Rules and program indicators.
    pub logic: Logic,
}

/// The combo by which a whole form is split, with its options.
#[derive(Clone)]
pub(crate) struct AttributeSplit {
    pub combo: CategoryCombo,
    pub options: CategoryOptions,
}

/// Reads objects and collects what could not be read.
pub(super) struct Reader<'a> {
    pub store: &'a Store,
    pub problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(store: &'a Store) -> Self {
        Self { store, problems: Vec::new() }
    }

    pub fn one<T>(
        &mut self,
        kind: MetadataKind,
        uid: Uid,
        parse: impl Fn(&[u8]) -> std::result::Result<T, WireError>,
    ) -> Result<Option<T>> {
        let Some(object) = self.store.load_object(kind, uid)? else { return Ok(None) };
        Ok(self.read(&object.body, uid, parse))
    }

    /// Deleted or withdrawn on the server and kept for unsent work: to be looked at, not filled in.
    pub fn is_gone(&self, kind: MetadataKind, uid: Uid) -> Result<bool> {
        Ok(self.store.load_object(kind, uid)?.is_some_and(|object| object.is_gone))
    }

    pub fn children<T>(
        &mut self,
        kind: MetadataKind,
        parent: Uid,
        parse: impl Fn(&[u8]) -> std::result::Result<T, WireError>,
    ) -> Result<Vec<T>> {
        let objects = objects::children(self.store, kind, parent)?;
        let read = objects.iter().filter_map(|object| self.read(&object.body, object.uid, &parse));
        Ok(read.collect())
    }

    pub fn read<T>(
        &mut self,
        body: &str,
        uid: Uid,
        parse: impl Fn(&[u8]) -> std::result::Result<T, WireError>,
    ) -> Option<T> {
        match parse(body.as_bytes()) {
            Ok(read) => Some(read),
            Err(error) => {
                self.problems.push(format!("{uid} cannot be read: {error}"));
                None
            }
        }
    }

    fn category_combo(&mut self, id: CategoryComboUid) -> Result<Option<CategoryCombo>> {
        let combo = self.one(MetadataKind::CategoryCombo, id.0, wire::parse_category_combo)?;
        let Some(mut combo) = combo else { return Ok(None) };
        if combo.category_option_combos.is_empty() {
            combo.category_option_combos = self.children(
                MetadataKind::CategoryOptionCombo,
                id.0,
                wire::parse_category_option_combo,
            )?;
        }
        Ok(Some(combo))
    }

    fn categories(
        &mut self,
        combos: &BTreeMap<CategoryComboUid, CategoryCombo>,
    ) -> Result<BTreeMap<CategoryUid, Category>> {
        let mut categories = BTreeMap::new();
        for id in combos.values().flat_map(|combo| combo.categories.iter().copied()) {
            if categories.contains_key(&id) {
                continue;
            }
            let category = self.one(MetadataKind::Category, id.0, wire::parse_category)?;
            categories.extend(category.map(|category| (id, category)));
        }
        Ok(categories)
    }

    fn category_options<'b>(
        &mut self,
        combos: impl Iterator<Item = &'b CategoryCombo>,
    ) -> Result<CategoryOptions> {
        let mut options = CategoryOptions::new();
        let cells = combos.flat_map(|combo| &combo.category_option_combos);
        let wanted: BTreeSet<_> =
            cells.flat_map(|cell| cell.category_options.iter().copied()).collect();
        for id in wanted {
            let kind = MetadataKind::CategoryOption;
            let Some(object) = self.store.load_object(kind, id.0)? else { continue };
            let Some(mut option) = self.read(&object.body, id.0, wire::parse_category_option)
            else {
                continue;
            };
            // Assigned units are kept beside the body because there may be 50,000.
            option.organisation_units = objects::assigned_units(self.store, id.0)?;
            options.insert(id, option);
        }
        Ok(options)
    }

    pub fn data_elements(
        &mut self,
        ids: impl Iterator<Item = DataElementUid>,
    ) -> Result<BTreeMap<DataElementUid, DataElement>> {
        let mut elements = BTreeMap::new();
        for id in ids {
            let element = self.one(MetadataKind::DataElement, id.0, wire::parse_data_element)?;
            elements.extend(element.map(|element| (id, element)));
        }
        Ok(elements)
    }

    fn option_sets(
        &mut self,
        elements: &BTreeMap<DataElementUid, DataElement>,
    ) -> Result<BTreeMap<OptionSetUid, OptionSet>> {
        self.option_sets_of(elements.values().filter_map(|element| element.option_set).collect())
    }

    pub fn option_sets_of(
        &mut self,
        wanted: BTreeSet<OptionSetUid>,
    ) -> Result<BTreeMap<OptionSetUid, OptionSet>> {
        let mut sets = BTreeMap::new();
        for id in wanted {
            let set = self.one(MetadataKind::OptionSet, id.0, wire::parse_option_set)?;
            sets.extend(set.map(|set| (id, set)));
        }
        Ok(sets)
    }

    fn attribute_split(&mut self, id: CategoryComboUid) -> Result<AttributeSplit> {
        let combo = self.category_combo(id)?.unwrap_or_else(|| CategoryCombo {
            id,
            name: String::new(),
            is_default: id.as_str() == outpost_domain::uid::DEFAULT_CATEGORY_COMBO,
            categories: vec![],
            category_option_combos: vec![],
        });
        let options = self.category_options(std::iter::once(&combo))?;
        Ok(AttributeSplit { combo, options })
    }
}

/// Gathers a data set.
///
/// # Errors
/// `NotFound` if it is not on the device; storage errors.
pub(crate) fn load_data_set(store: &Store, id: DataSetUid) -> Result<DataSetBundle> {
    let mut reader = Reader::new(store);
    let mut data_set = reader
        .one(MetadataKind::DataSet, id.0, wire::parse_data_set)?
        .ok_or_else(|| missing(&reader, "data set", id.0))?;
    data_set.access.write &= !reader.is_gone(MetadataKind::DataSet, id.0)?;
    let elements = data_set.data_set_elements.iter().map(|element| element.data_element);
    let data_elements = reader.data_elements(elements)?;
    let mut category_combos = BTreeMap::new();
    for element in &data_set.data_set_elements {
        let own = data_elements.get(&element.data_element).map(|it| it.category_combo);
        let Some(combo) = element.category_combo.or(own) else { continue };
        if !category_combos.contains_key(&combo) {
            category_combos.extend(reader.category_combo(combo)?.map(|it| (combo, it)));
        }
    }
    let mut indicators = BTreeMap::new();
    for indicator in &data_set.indicators {
        let found = reader.one(MetadataKind::Indicator, indicator.0, wire::parse_indicator)?;
        indicators.extend(found.map(|found| (*indicator, found)));
    }
    let input = DataSetFormInput {
        sections: reader.children(MetadataKind::Section, id.0, wire::parse_section)?,
        categories: reader.categories(&category_combos)?,
        category_options: reader.category_options(category_combos.values())?,
        option_sets: reader.option_sets(&data_elements)?,
        data_set,
        data_elements,
        category_combos,
        indicators,
    };
    let attribute = reader.attribute_split(input.data_set.category_combo)?;
    let (form, problems) = data_set::build(&input);
    reader.problems.extend(problems.iter().map(ToString::to_string));
    let logic = report_logic::load(&mut reader, &input)?;
    Ok(DataSetBundle {
        logic,
        data_set: input.data_set,
        data_elements: input.data_elements,
        form: Arc::new(form),
        problems: reader.problems,
        attribute,
    })
}

/// Gathers a stage of an event program.
///
/// # Errors
/// `NotFound` if program or stage are not on the device; storage errors.
pub(crate) fn load_event_form(
    store: &Store,
    program: ProgramUid,
    stage: ProgramStageUid,
    server: ServerMinor,
) -> Result<EventBundle> {
    let mut reader = Reader::new(store);
    let found = load_program(store, program)?;
    let mut program_stage = reader
        .one(MetadataKind::ProgramStage, stage.0, wire::parse_program_stage)?
        .filter(|it| it.program == program)
        .ok_or_else(|| missing(&reader, "program stage", stage.0))?;
    program_stage.access.write &= !reader.is_gone(MetadataKind::ProgramStage, stage.0)?;
    let elements = program_stage.data_elements.iter().map(|element| element.data_element);
    let data_elements = reader.data_elements(elements)?;
    let attribute = reader.attribute_split(found.category_combo)?;
    let input = EventFormInput {
        sections: reader.children(
            MetadataKind::ProgramStageSection,
            stage.0,
            wire::parse_program_stage_section,
        )?,
        option_sets: reader.option_sets(&data_elements)?,
        program: found,
        program_stage,
        data_elements,
    };
    let (form, problems) = event::build(&input);
    reader.problems.extend(problems.iter().map(ToString::to_string));
    let logic = logic::load(&mut reader, &form, &input.data_elements, server)?;
    Ok(EventBundle {
        logic,
        data_elements: input.data_elements,
        form: Arc::new(form),
        problems: reader.problems,
        attribute,
    })
}

/// Loads a program.
///
/// # Errors
/// `NotFound`; storage errors.
pub(crate) fn load_program(store: &Store, id: ProgramUid) -> Result<Program> {
    let mut reader = Reader::new(store);
    let program = reader.one(MetadataKind::Program, id.0, wire::parse_program)?;
    let mut program = program.ok_or_else(|| missing(&reader, "program", id.0))?;
    program.access.write &= !reader.is_gone(MetadataKind::Program, id.0)?;
    Ok(program)
}

/// Loads the stages of a program in order.
///
/// # Errors
/// Storage errors.
pub(crate) fn load_stages(store: &Store, program: ProgramUid) -> Result<Vec<ProgramStage>> {
    let mut reader = Reader::new(store);
    let mut stages =
        reader.children(MetadataKind::ProgramStage, program.0, wire::parse_program_stage)?;
    stages.sort_by_key(|stage| (stage.sort_order, stage.id));
    Ok(stages)
}

/// Not there, or there and unreadable: the second is a fault of ours or of the server.
fn missing(reader: &Reader<'_>, kind: &str, uid: Uid) -> OutpostError {
    match reader.problems.first() {
        Some(problem) => OutpostError::internal(problem),
        None => OutpostError::not_found(kind, uid),
    }
}
