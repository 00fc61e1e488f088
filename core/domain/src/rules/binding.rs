//! Where the initial value of each name comes from. Later sources hide earlier ones: the
//! environment, then rule variables, then constants (expressions reference 4).

use std::collections::{BTreeMap, HashMap};

use super::model::{RuleVariable, VariableSource};
use crate::expression::{ValueType, Variable};

/// The initial values of all slots.
#[derive(Debug)]
pub(super) struct Bindings {
    pub slots: Vec<Binding>,
    /// Numbers of the data elements behind variables.
    pub elements: HashMap<String, u32>,
    /// Numbers of the attributes behind variables.
    pub attributes: HashMap<String, u32>,
    /// Slots by the number of the data element.
    pub slots_of_element: Vec<Vec<u32>>,
    /// Slots by the number of the attribute.
    pub slots_of_attribute: Vec<Vec<u32>>,
}

#[derive(Debug)]
pub(super) enum Binding {
    Constant(Variable),
    Variable(Box<BoundVariable>),
    /// `current_date` and its kin, or nothing: known when the record is.
    Environment(String),
}

/// A rule variable whose field is a number.
#[derive(Debug)]
pub(super) struct BoundVariable {
    pub source: BoundSource,
    pub value_type: ValueType,
    /// Names of options by code.
    pub names: HashMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BoundSource {
    Current(u32),
    Newest(u32),
    NewestOfStage(u32, String),
    Previous(u32),
    Attribute(u32),
    Calculated,
}

impl BoundVariable {
    /// What expressions see of a stored value.
    pub fn shown(&self, value: &str) -> String {
        self.names.get(value).map_or(value, String::as_str).to_owned()
    }
}

impl Bindings {
    pub fn new(
        names: Vec<String>,
        variables: Vec<RuleVariable>,
        constants: &BTreeMap<String, String>,
    ) -> Self {
        let mut by_name: HashMap<String, RuleVariable> = HashMap::new();
        for variable in variables {
            by_name.insert(variable.name.clone(), variable);
        }
        let mut this = Self {
            slots: Vec::with_capacity(names.len()),
            elements: HashMap::new(),
            attributes: HashMap::new(),
            slots_of_element: Vec::new(),
            slots_of_attribute: Vec::new(),
        };
        for name in names {
            let binding = match (constants.get(&name), by_name.remove(&name)) {
                (Some(value), _) => {
                    Binding::Constant(Variable::new(ValueType::Number, Some(value.clone())))
                }
                (None, Some(variable)) => Binding::Variable(Box::new(this.bind(variable))),
                (None, None) => Binding::Environment(name),
            };
            this.slots.push(binding);
        }
        this
    }

    fn bind(&mut self, variable: RuleVariable) -> BoundVariable {
        let slot = self.slots.len() as u32;
        let source = match variable.source {
            VariableSource::CurrentEvent(field) => BoundSource::Current(self.element(field, slot)),
            VariableSource::NewestEvent(field) => BoundSource::Newest(self.element(field, slot)),
            VariableSource::NewestStageEvent { field, program_stage } => {
                BoundSource::NewestOfStage(self.element(field, slot), program_stage)
            }
            VariableSource::PreviousEvent(field) => {
                BoundSource::Previous(self.element(field, slot))
            }
            VariableSource::Attribute(field) => {
                let (numbers, slots) = (&mut self.attributes, &mut self.slots_of_attribute);
                BoundSource::Attribute(number(numbers, slots, field, slot))
            }
            VariableSource::Calculated => BoundSource::Calculated,
        };
        let mut names = HashMap::with_capacity(variable.option_names.len());
        for (code, name) in variable.option_names {
            names.entry(code).or_insert(name);
        }
        BoundVariable { source, value_type: variable.value_type, names }
    }

    fn element(&mut self, field: String, slot: u32) -> u32 {
        number(&mut self.elements, &mut self.slots_of_element, field, slot)
    }
}

fn number(
    numbers: &mut HashMap<String, u32>,
    slots: &mut Vec<Vec<u32>>,
    field: String,
    slot: u32,
) -> u32 {
    let next = slots.len() as u32;
    let number = *numbers.entry(field).or_insert(next);
    if number == next {
        slots.push(Vec::new());
    }
    slots[number as usize].push(slot);
    number
}
