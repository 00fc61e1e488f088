//! The form of an event: sections, questions, and what is wrong with an event.
//!
//! Built from a stage and its metadata, then asked many times. What does not fit together in the
//! metadata becomes an [`EventFormProblem`] beside the form.

mod check;
mod entry;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use check::has_not_happened;
pub use check::{Blocks, EventProblem, EventProblemKind, check_answer, check_event};
pub(crate) use entry::is_bare_plan;
pub use entry::{EventAuthorities, EventContext, EventLock, event_entry};

use super::{FieldOptionSet, field_option_set};
use crate::metadata::{
    DataElement, OptionSet, Program, ProgramStage, ProgramStageDataElement, ProgramStageSection,
};
use crate::uid::{DataElementUid, OptionSetUid, ProgramStageSectionUid};
use crate::value_type::ValueType;

/// The metadata of one stage, loaded by the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFormInput {
    /// The program.
    pub program: Program,
    /// The stage.
    pub program_stage: ProgramStage,
    /// Its sections, in any order.
    pub sections: Vec<ProgramStageSection>,
    /// Its elements.
    pub data_elements: BTreeMap<DataElementUid, DataElement>,
    /// The option sets of the elements, without their options.
    pub option_sets: BTreeMap<OptionSetUid, OptionSet>,
}

/// The form of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventForm {
    /// The program: its rules on expiry and access hold for every event.
    pub program: Program,
    /// The stage: the label of the date, the geometry asked for and more.
    pub program_stage: ProgramStage,
    /// Sections in order; never empty.
    pub sections: Vec<EventSection>,
    /// Place of each question: section, field.
    index: BTreeMap<DataElementUid, (usize, usize)>,
}

/// A section of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSection {
    /// Its id; `None` for the questions that are in no section.
    pub id: Option<ProgramStageSectionUid>,
    /// Display name; `None` for the questions that are in no section.
    pub name: Option<String>,
    /// Help text.
    pub description: Option<String>,
    /// Questions in order.
    pub fields: Vec<EventField>,
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct EventField {
    /// The element.
    pub data_element: DataElementUid,
    /// The name to show.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// What an answer must look like.
    pub value_type: ValueType,
    /// The list that an answer is chosen from.
    pub option_set: Option<FieldOptionSet>,
    /// Whether it must be answered; when is a matter of the stage's validation strategy.
    pub compulsory: bool,
    /// Whether a date after today is allowed.
    pub allow_future_date: bool,
}

impl EventForm {
    /// Every question, in form order.
    pub fn fields(&self) -> impl Iterator<Item = &EventField> {
        self.sections.iter().flat_map(|section| &section.fields)
    }

    /// The question of an element.
    #[must_use]
    pub fn field(&self, data_element: DataElementUid) -> Option<&EventField> {
        let &(section, field) = self.index.get(&data_element)?;
        self.sections.get(section)?.fields.get(field)
    }

    /// Where the question of an element stands: section, then question, both from 0.
    #[must_use]
    pub fn place(&self, data_element: DataElementUid) -> Option<(usize, usize)> {
        self.index.get(&data_element).copied()
    }

    /// DHIS2 `FeatureType` name of the geometry asked for, `None` if none is.
    #[must_use]
    pub fn feature_type(&self) -> Option<&str> {
        let name = self.program_stage.feature_type.as_str();
        Some(name).filter(|name| !matches!(*name, "" | "NONE"))
    }
}

/// What does not fit together in the metadata of a stage; for the administrator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventFormProblem {
    /// The stage names an element that is not on the device (hidden or deleted): it is not asked.
    #[error("data element {data_element} is not on this device; its question is left out")]
    DataElementMissing {
        /// The element.
        data_element: DataElementUid,
    },
    /// A section names an element that is not in the stage; the server would refuse it (E1305).
    #[error("section {section} names data element {data_element}, which is not in the stage")]
    NotInStage {
        /// The section.
        section: ProgramStageSectionUid,
        /// The element.
        data_element: DataElementUid,
    },
    /// A section or the stage repeats an element; it is asked once.
    #[error("data element {data_element} is named twice; it is asked where it came first")]
    Repeated {
        /// The element.
        data_element: DataElementUid,
    },
}

/// Builds the form of a stage.
///
/// Every element of the stage that is on the device is asked exactly once: in the first section
/// that names it, or in a last section without a name.
#[must_use]
pub fn build(input: &EventFormInput) -> (EventForm, Vec<EventFormProblem>) {
    let mut builder = Builder { input, placed: BTreeSet::new(), problems: vec![] };
    let sections = builder.sections();
    let mut index = BTreeMap::new();
    for (at_section, section) in sections.iter().enumerate() {
        for (at_field, field) in section.fields.iter().enumerate() {
            index.insert(field.data_element, (at_section, at_field));
        }
    }
    let (program, program_stage) = (input.program.clone(), input.program_stage.clone());
    (EventForm { program, program_stage, sections, index }, builder.problems)
}

struct Builder<'a> {
    input: &'a EventFormInput,
    placed: BTreeSet<DataElementUid>,
    problems: Vec<EventFormProblem>,
}

impl<'a> Builder<'a> {
    fn sections(&mut self) -> Vec<EventSection> {
        let mut asked: Vec<_> = self.input.program_stage.data_elements.iter().collect();
        asked.sort_by_key(|question| question.sort_order);
        let mut by_id = BTreeMap::new();
        for question in &asked {
            if by_id.insert(question.data_element, *question).is_some() {
                let data_element = question.data_element;
                self.problems.push(EventFormProblem::Repeated { data_element });
            }
        }
        let mut ordered: Vec<_> = self.input.sections.iter().collect();
        ordered.sort_by_key(|section| (section.sort_order, section.id));
        let mut sections: Vec<_> =
            ordered.into_iter().map(|section| self.named_section(section, &by_id)).collect();
        let rest: Vec<_> = asked
            .into_iter()
            .filter(|question| self.placed.insert(question.data_element))
            .collect();
        let fields: Vec<_> = rest.into_iter().filter_map(|question| self.field(question)).collect();
        if !fields.is_empty() || sections.is_empty() {
            sections.push(EventSection { id: None, name: None, description: None, fields });
        }
        sections
    }

    fn named_section(
        &mut self,
        section: &ProgramStageSection,
        by_id: &BTreeMap<DataElementUid, &'a ProgramStageDataElement>,
    ) -> EventSection {
        let mut fields = vec![];
        for &data_element in &section.data_elements {
            let Some(question) = by_id.get(&data_element) else {
                let section = section.id;
                self.problems.push(EventFormProblem::NotInStage { section, data_element });
                continue;
            };
            if !self.placed.insert(data_element) {
                self.problems.push(EventFormProblem::Repeated { data_element });
                continue;
            }
            fields.extend(self.field(question));
        }
        EventSection {
            id: Some(section.id),
            name: Some(section.name.clone()),
            description: section.description.clone(),
            fields,
        }
    }

    fn field(&mut self, question: &ProgramStageDataElement) -> Option<EventField> {
        let data_element = question.data_element;
        let Some(element) = self.input.data_elements.get(&data_element) else {
            self.problems.push(EventFormProblem::DataElementMissing { data_element });
            return None;
        };
        Some(EventField {
            data_element,
            name: element.form_name.clone(),
            description: element.description.clone(),
            value_type: element.value_type,
            option_set: field_option_set(element.option_set, &self.input.option_sets),
            compulsory: question.compulsory,
            allow_future_date: question.allow_future_date,
        })
    }
}
