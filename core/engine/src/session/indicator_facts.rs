//! What program indicators have to know beside the rows: today, types, constants, names of stages.

use std::collections::BTreeMap;

use outpost_domain::expression::{Date, Item, ItemKind};
use outpost_domain::indicator::ProgramFacts;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{DataElementUid, ProgramStageUid, ProgramUid, Uid};
use outpost_domain::value_type::ValueType;
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::{self, Reader};
use super::indicator_source::{ProgramIndicators, ids};
use crate::error::Result;

/// What program indicators have to know beside the events.
pub(super) struct Facts {
    pub today: Option<Date>,
    pub types: BTreeMap<DataElementUid, ValueType>,
    pub attributes: BTreeMap<Uid, ValueType>,
    pub constants: BTreeMap<Uid, f64>,
    pub stages: BTreeMap<ProgramStageUid, String>,
}

impl ProgramFacts for Facts {
    fn today(&self) -> Option<Date> {
        self.today
    }

    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        self.types.get(&element).copied()
    }

    fn attribute_type(&self, attribute: Uid) -> Option<ValueType> {
        self.attributes.get(&attribute).copied()
    }

    fn constant(&self, constant: Uid) -> Option<f64> {
        self.constants.get(&constant).copied()
    }

    fn stage_name(&self, stage: ProgramStageUid) -> Option<&str> {
        self.stages.get(&stage).map(String::as_str)
    }
}

/// Types of the attributes that program indicators name.
pub(super) fn attributes(
    reader: &mut Reader<'_>,
    program_indicators: &ProgramIndicators,
) -> Result<BTreeMap<Uid, ValueType>> {
    let items = program_indicators.values().flat_map(|(_, parsed)| parsed.items());
    let items: Vec<&Item> = items.collect();
    let mut types = BTreeMap::new();
    for id in ids(&items, ItemKind::Attribute, 0) {
        let kind = MetadataKind::TrackedEntityAttribute;
        let found = reader.one(kind, id, wire::parse_tracked_entity_attribute)?;
        types.extend(found.map(|attribute| (id, attribute.value_type)));
    }
    Ok(types)
}

/// Names of the stages of programs.
pub(super) fn stages(
    session: &Session,
    programs: &BTreeMap<ProgramUid, bool>,
) -> Result<BTreeMap<ProgramStageUid, String>> {
    let mut stages = BTreeMap::new();
    for program in programs.keys() {
        let found = bundle::load_stages(session.store(), *program)?;
        stages.extend(found.into_iter().map(|stage| (stage.id, stage.name)));
    }
    Ok(stages)
}
