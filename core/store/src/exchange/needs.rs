//! Which metadata a record of somebody else names that is not on this device.
//!
//! Without it the record can be neither shown nor judged here, and the server of this site may not
//! know it either. Such a record is kept aside by the object's class and id.

use outpost_domain::data::{DataValueKey, Payload};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, Uid};

use super::Exchange;
use crate::error::StoreError;
use crate::limits::NAMES_LEARNT_MAX;
use crate::metadata;

/// An object that a record needs and that is not on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingObject {
    /// Its class.
    pub kind: MetadataKind,
    /// Its id.
    pub uid: Uid,
    /// What whoever handed the record over calls it.
    pub name: Option<String>,
}

/// The document that keeps the name of an object for which records are kept aside.
fn name_document(uid: Uid) -> String {
    format!("objectName/{uid}")
}

impl Exchange<'_> {
    /// Objects that a record names, by class.
    #[must_use]
    pub fn objects_named_by(payload: &Payload) -> Vec<(MetadataKind, Uid)> {
        named_by(payload)
    }

    /// Says what whoever handed the file over calls an object that records after it name.
    pub fn learn_name(&mut self, uid: Uid, name: String) {
        if self.names.len() < NAMES_LEARNT_MAX {
            self.names.insert(uid, name);
        }
    }

    /// What others call an object that is not here, if one of them said so.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn learnt_name(&self, uid: Uid) -> Result<Option<String>, StoreError> {
        self.document(&name_document(uid))
    }

    /// The first object that the record needs and that is not here, by the name that was learnt with
    /// it, now or when it first came.
    pub(super) fn missing(&self, payload: &Payload) -> Result<Option<MissingObject>, StoreError> {
        let Some((kind, uid)) = self.not_here(payload)? else { return Ok(None) };
        let name = match self.names.get(&uid).filter(|name| !name.is_empty()) {
            Some(name) => {
                self.keep_document(&name_document(uid), Some(name))?;
                Some(name.clone())
            }
            None => self.learnt_name(uid)?,
        };
        Ok(Some(MissingObject { kind, uid, name }))
    }

    /// The records of a file name the same few objects over and over: each is looked up once.
    fn not_here(&self, payload: &Payload) -> Result<Option<(MetadataKind, Uid)>, StoreError> {
        let mut here = self.objects.borrow_mut();
        for (kind, uid) in named_by(payload) {
            if here.contains(&(kind, uid)) {
                continue;
            }
            let generation = metadata::visible(self.connection)?;
            if metadata::object(self.connection, kind, uid, generation)?.is_none() {
                return Ok(Some((kind, uid)));
            }
            here.insert((kind, uid));
        }
        Ok(None)
    }
}

fn named_by(payload: &Payload) -> Vec<(MetadataKind, Uid)> {
    use MetadataKind as Kind;
    let place = |id: Uid| (Kind::OrganisationUnit, id);
    match payload {
        Payload::DataValue { data_set, key, .. } => {
            let DataValueKey { data_element, organisation_unit, .. } = key;
            let mut named = vec![
                (Kind::DataSet, data_set.0),
                (Kind::DataElement, data_element.0),
                place(organisation_unit.0),
            ];
            named.extend(combo(key.category_option_combo));
            named.extend(combo(key.attribute_option_combo));
            named
        }
        Payload::Completion { key, .. } => {
            let mut named = vec![(Kind::DataSet, key.data_set.0), place(key.organisation_unit.0)];
            named.extend(combo(key.attribute_option_combo));
            named
        }
        Payload::Event { event } => {
            let mut named = vec![
                (Kind::Program, event.program.0),
                (Kind::ProgramStage, event.program_stage.0),
                place(event.organisation_unit.0),
            ];
            named.extend(event.attribute_option_combo.and_then(combo));
            named.extend(event.data_values.keys().map(|id| (Kind::DataElement, id.0)));
            named
        }
        Payload::TrackedEntity { tracked_entity } => {
            let mut named = vec![
                (Kind::TrackedEntityType, tracked_entity.tracked_entity_type.0),
                place(tracked_entity.organisation_unit.0),
            ];
            let attributes = tracked_entity.attributes.keys();
            named.extend(attributes.map(|id| (Kind::TrackedEntityAttribute, id.0)));
            named
        }
        Payload::Enrollment { enrollment } => {
            let mut named =
                vec![(Kind::Program, enrollment.program.0), place(enrollment.organisation_unit.0)];
            named.extend(enrollment.attribute_option_combo.and_then(combo));
            let attributes = enrollment.attributes.keys();
            named.extend(attributes.map(|id| (Kind::TrackedEntityAttribute, id.0)));
            named
        }
        Payload::Relationship { relationship } => {
            vec![(Kind::RelationshipType, relationship.relationship_type.0)]
        }
        Payload::OwnershipTransfer { transfer } => {
            vec![(Kind::Program, transfer.program.0), place(transfer.organisation_unit.0)]
        }
        Payload::OwnershipOverride { glass } => vec![(Kind::Program, glass.program.0)],
        Payload::FileResource { .. } => Vec::new(),
    }
}

/// The default combo is on every server under one id, whether or not it was pulled.
fn combo(id: CategoryOptionComboUid) -> Option<(MetadataKind, Uid)> {
    let is_default = id.as_str() == DEFAULT_CATEGORY_OPTION_COMBO;
    (!is_default).then_some((MetadataKind::CategoryOptionCombo, id.0))
}

impl MissingObject {
    /// What it is, for people.
    #[must_use]
    pub fn words(&self) -> String {
        let class = match self.kind {
            MetadataKind::DataSet => "data set",
            MetadataKind::DataElement => "data element",
            MetadataKind::OrganisationUnit => "organisation unit",
            MetadataKind::CategoryOptionCombo => "category option combo",
            MetadataKind::Program => "program",
            MetadataKind::ProgramStage => "program stage",
            MetadataKind::TrackedEntityType => "tracked entity type",
            MetadataKind::TrackedEntityAttribute => "attribute",
            MetadataKind::RelationshipType => "relationship type",
            other => other.collection(),
        };
        match &self.name {
            Some(name) => format!("{class} \u{201c}{name}\u{201d} ({})", self.uid),
            None => format!("{class} {}", self.uid),
        }
    }
}
