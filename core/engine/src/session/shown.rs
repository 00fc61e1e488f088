//! Values as people read them: names of options and places in the place of codes and ids.

use outpost_domain::metadata::{DataElement, MetadataKind, TrackedEntityAttribute};
use outpost_domain::uid::{OptionSetUid, TrackedEntityAttributeUid, Uid};
use outpost_domain::value_type::{ValueType, split_multi_text};
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::Reader;
use super::objects::Label;
use super::people_bundle::{PeopleBundle, label};
use crate::error::Result;
use crate::model::AttributeValue;

impl Session {
    /// A stored value as people read it.
    pub(super) fn shown(
        &self,
        value_type: ValueType,
        option_set: Option<OptionSetUid>,
        value: &str,
    ) -> Result<String> {
        if let Some(set) = option_set {
            let codes: Vec<&str> = match value_type {
                ValueType::MultiText => split_multi_text(value),
                _ => vec![value],
            };
            let names: Result<Vec<_>> =
                codes.into_iter().map(|code| self.option_name(set, code)).collect();
            return Ok(names?.join(", "));
        }
        Ok(match (value_type, value) {
            (ValueType::Boolean | ValueType::TrueOnly, "true") => "Yes".to_owned(),
            (ValueType::Boolean, "false") => "No".to_owned(),
            (ValueType::OrganisationUnit, id) => match Uid::parse(id) {
                Ok(unit) => self.name_of(MetadataKind::OrganisationUnit, unit)?,
                Err(_) => id.to_owned(),
            },
            (_, value) => value.to_owned(),
        })
    }

    /// Name of an option, or its code if it is not on the device.
    fn option_name(&self, set: OptionSetUid, code: &str) -> Result<String> {
        let option = self.store().load_option_by_code(set, code)?;
        let label = option.as_ref().map(Label::of).unwrap_or_default();
        Ok(label.name().unwrap_or(code).to_owned())
    }

    /// The value of an attribute with its names.
    pub(super) fn attribute_value(
        &self,
        bundle: &PeopleBundle,
        id: TrackedEntityAttributeUid,
        value: &str,
    ) -> Result<AttributeValue> {
        let attribute = bundle.attributes.get(&id);
        let (name, shown) = match attribute {
            Some(attribute) => {
                let shown = self.shown(attribute.value_type, attribute.option_set, value)?;
                (label(attribute), shown)
            }
            None => (self.name_of(MetadataKind::TrackedEntityAttribute, id.0)?, value.to_owned()),
        };
        Ok(AttributeValue {
            attribute: id,
            name,
            value: value.to_owned(),
            shown,
            is_temporary: false,
        })
    }

    /// The name of a question of a record: an attribute, else a data element, else the id itself.
    pub(super) fn question_name(&self, id: Uid) -> Result<String> {
        if let Some(attribute) = self.load_attribute(id)? {
            return Ok(label(&attribute));
        }
        self.name_of(MetadataKind::DataElement, id)
    }

    /// The answer to a question of a record as people read it.
    pub(super) fn question_shown(&self, id: Uid, value: &str) -> Result<String> {
        if let Some(attribute) = self.load_attribute(id)? {
            return self.shown(attribute.value_type, attribute.option_set, value);
        }
        match self.load_element(id)? {
            Some(element) => self.shown(element.value_type, element.option_set, value),
            None => Ok(value.to_owned()),
        }
    }

    /// An attribute, if it is on the device.
    pub(super) fn load_attribute(&self, id: Uid) -> Result<Option<TrackedEntityAttribute>> {
        let kind = MetadataKind::TrackedEntityAttribute;
        Reader::new(self.store()).one(kind, id, wire::parse_tracked_entity_attribute)
    }

    fn load_element(&self, id: Uid) -> Result<Option<DataElement>> {
        Reader::new(self.store()).one(MetadataKind::DataElement, id, wire::parse_data_element)
    }
}
