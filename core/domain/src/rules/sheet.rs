//! The values of a record and of its history, by the numbers that a rule set gives to fields; from
//! them the initial value of every slot.

use std::borrow::Cow;

use super::binding::{Binding, BoundSource, BoundVariable};
use super::compile::RuleSet;
use super::model::{RuleEnrollment, RuleEvent};
use super::moment::Moment;
use crate::expression::{Date, ValueType, Variable};

/// Names that the environment gives a value to.
pub(super) const ENVIRONMENT: [&str; 19] = [
    "current_date",
    "event_count",
    "environment",
    "event_date",
    "due_date",
    "completed_date",
    "event_id",
    "event_status",
    "org_unit",
    "orgunit_code",
    "program_stage_id",
    "program_stage_name",
    "enrollment_id",
    "enrollment_count",
    "tei_count",
    "enrollment_date",
    "incident_date",
    "enrollment_status",
    "program_name",
];

/// All events of an enrolment, newest first.
#[derive(Debug, Clone, Default)]
pub(super) struct History<'a> {
    pub events: Vec<PastEvent<'a>>,
    /// By number of the data element: every value, newest first.
    pub values: Vec<Vec<PastValue<'a>>>,
}

#[derive(Debug, Clone)]
pub(super) struct PastEvent<'a> {
    id: Cow<'a, str>,
    at: Moment,
    created_at: Moment,
    stage: Cow<'a, str>,
    /// The day, as text.
    date: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct PastValue<'a> {
    /// Index among the events.
    pub event: u32,
    pub value: Cow<'a, str>,
}

/// What one run looks at.
#[derive(Debug, Clone)]
pub(super) struct Sheet<'a> {
    pub today: Date,
    /// The record, if it is an event.
    pub event: Option<Cow<'a, RuleEvent>>,
    /// The record, if it is an enrolment, or that of the event.
    pub enrollment: Option<Cow<'a, RuleEnrollment>>,
    /// How many events there are.
    pub event_count: usize,
    /// By number of the data element: the event's value.
    pub current: Vec<Option<Cow<'a, str>>>,
    /// By number of the attribute: the enrolment's value.
    pub attributes: Vec<Option<Cow<'a, str>>>,
}

fn order(event: &RuleEvent) -> (Moment, Moment) {
    (event.occurred_at.unwrap_or(Moment::DISTANT_FUTURE), event.created_at)
}

fn day(event: &RuleEvent) -> Option<String> {
    order(event).0.date().map(|date| date.to_string())
}

impl<'a> History<'a> {
    /// The history made of these events. Events that are the same in everything are one.
    pub fn new(set: &RuleSet, mut events: Vec<&'a RuleEvent>) -> Self {
        events.sort_by_key(|event| std::cmp::Reverse(order(event)));
        let mut values = vec![Vec::new(); set.bindings.slots_of_element.len()];
        for (index, event) in events.iter().enumerate() {
            for (element, value) in &event.data_values {
                if let Some(number) = set.bindings.elements.get(element) {
                    let value = Cow::Borrowed(value.as_str());
                    values[*number as usize].push(PastValue { event: index as u32, value });
                }
            }
        }
        let past = |event: &&'a RuleEvent| PastEvent {
            id: Cow::Borrowed(event.id.as_str()),
            at: order(event).0,
            created_at: event.created_at,
            stage: Cow::Borrowed(event.program_stage.as_str()),
            date: day(event),
        };
        Self { events: events.iter().map(past).collect(), values }
    }

    /// Index of one of the events that the history was made of.
    pub fn position(&self, event: &RuleEvent) -> Option<u32> {
        let index = self.events.iter().position(|past| past.id == event.id);
        index.and_then(|index| u32::try_from(index).ok())
    }

    pub fn into_owned(self) -> History<'static> {
        let event = |event: PastEvent<'_>| PastEvent {
            id: Cow::Owned(event.id.into_owned()),
            stage: Cow::Owned(event.stage.into_owned()),
            at: event.at,
            created_at: event.created_at,
            date: event.date,
        };
        let value = |value: PastValue<'_>| PastValue {
            event: value.event,
            value: Cow::Owned(value.value.into_owned()),
        };
        let values = self.values.into_iter();
        History {
            events: self.events.into_iter().map(event).collect(),
            values: values.map(|values| values.into_iter().map(value).collect()).collect(),
        }
    }
}

impl<'a> Sheet<'a> {
    pub fn new(
        set: &RuleSet,
        today: Date,
        event: Option<&'a RuleEvent>,
        enrollment: Option<&'a RuleEnrollment>,
        event_count: usize,
    ) -> Self {
        let mut current = vec![None; set.bindings.slots_of_element.len()];
        for (element, value) in event.iter().flat_map(|event| &event.data_values) {
            if let Some(number) = set.bindings.elements.get(element) {
                let place = &mut current[*number as usize];
                place.get_or_insert(Cow::Borrowed(value.as_str()));
            }
        }
        let mut attributes = vec![None; set.bindings.slots_of_attribute.len()];
        for (attribute, value) in enrollment.iter().flat_map(|e| &e.attribute_values) {
            if let Some(number) = set.bindings.attributes.get(attribute) {
                attributes[*number as usize] = Some(Cow::Borrowed(value.as_str()));
            }
        }
        let (event, enrollment) = (event.map(Cow::Borrowed), enrollment.map(Cow::Borrowed));
        Self { today, event, enrollment, event_count, current, attributes }
    }

    pub fn into_owned(self) -> Sheet<'static> {
        let owned = |values: Vec<Option<Cow<'_, str>>>| {
            let values = values.into_iter();
            values.map(|value| value.map(|v| Cow::Owned(v.into_owned()))).collect()
        };
        Sheet {
            today: self.today,
            event: self.event.map(|event| Cow::Owned(event.into_owned())),
            enrollment: self.enrollment.map(|e| Cow::Owned(e.into_owned())),
            event_count: self.event_count,
            current: owned(self.current),
            attributes: owned(self.attributes),
        }
    }

    /// The initial value of a slot; `None` if there is no such variable.
    pub fn initial(&self, set: &RuleSet, history: &History<'_>, slot: u32) -> Option<Variable> {
        match set.binding(slot) {
            Binding::Constant(constant) => Some(constant.clone()),
            Binding::Variable(variable) => Some(self.variable(variable, history)),
            Binding::Environment(name) => {
                let of_event = self.event.as_ref().and_then(|event| self.of_event(event, name));
                let of_enrollment =
                    || self.enrollment.as_ref().and_then(|e| self.of_enrollment(e, name));
                of_event.or_else(of_enrollment).or_else(|| self.of_any(name))
            }
        }
    }

    fn variable(&self, variable: &BoundVariable, history: &History<'_>) -> Variable {
        let values = |number: &u32| history.values[*number as usize].as_slice();
        let found = match &variable.source {
            BoundSource::Current(number) => self.current_value(*number),
            BoundSource::Newest(number) => newest(history, values(number).iter()),
            BoundSource::NewestOfStage(number, stage) => {
                let of_stage =
                    |v: &&PastValue<'_>| history.events[v.event as usize].stage == *stage;
                newest(history, values(number).iter().filter(of_stage))
            }
            BoundSource::Previous(number) => self.previous(history, values(number)),
            BoundSource::Attribute(number) => {
                self.attributes[*number as usize].as_deref().map(|value| Found {
                    value,
                    candidates: vec![value.to_owned()],
                    event_date: Some(self.today.to_string()),
                })
            }
            BoundSource::Calculated => None,
        };
        let Some(found) = found else { return Variable::missing(variable.value_type) };
        let candidates = match variable.source {
            // Only these two show names also in what functions count.
            BoundSource::Current(_) | BoundSource::Attribute(_) => {
                vec![variable.shown(found.value)]
            }
            _ => found.candidates,
        };
        Variable::new(variable.value_type, Some(variable.shown(found.value)))
            .with_candidates(candidates)
            .with_event_date(found.event_date)
    }

    fn current_value(&self, number: u32) -> Option<Found<'_>> {
        let value = self.current[number as usize].as_deref()?;
        let event_date = self.event.as_ref().and_then(|event| day(event));
        Some(Found { value, candidates: Vec::new(), event_date })
    }

    /// The newest strictly before the event at hand; what functions count are all, also later ones.
    fn previous<'h>(
        &self,
        history: &'h History<'_>,
        values: &'h [PastValue<'_>],
    ) -> Option<Found<'h>> {
        let now = order(self.event.as_ref()?);
        let is_before = |value: &&PastValue<'_>| {
            let event = &history.events[value.event as usize];
            (event.at, event.created_at) < now
        };
        let before = values.iter().find(is_before)?;
        Some(Found {
            value: &before.value,
            candidates: values.iter().map(|value| value.value.to_string()).collect(),
            event_date: history.events[before.event as usize].date.clone(),
        })
    }

    fn of_event(&self, event: &RuleEvent, name: &str) -> Option<Variable> {
        let date = |date: Option<Date>| self.counted(ValueType::Date, date.map(|d| d.to_string()));
        let text = |text: &str| Variable::new(ValueType::Text, Some(text.to_owned()));
        Some(match name {
            "event_date" => {
                let at = event.occurred_at.filter(|at| *at < Moment::DISTANT_FUTURE);
                date(at.and_then(Moment::date))
            }
            "due_date" => date(event.due_date),
            "completed_date" => date(event.completed_date),
            "event_id" => {
                text(&event.id).with_candidates(vec![event.id.clone()]).with_event_date(day(event))
            }
            "event_status" => self.counted(ValueType::Text, Some(event.status.clone())),
            "org_unit" => text(&event.organisation_unit),
            "orgunit_code" => Variable::new(ValueType::Text, event.organisation_unit_code.clone()),
            "program_stage_id" => text(&event.program_stage),
            "program_stage_name" => text(&event.program_stage_name),
            _ => return None,
        })
    }

    fn of_enrollment(&self, enrollment: &RuleEnrollment, name: &str) -> Option<Variable> {
        let counted = |value_type, value: String| self.counted(value_type, Some(value));
        let text = |text: &str| Variable::new(ValueType::Text, Some(text.to_owned()));
        Some(match name {
            "enrollment_id" => text(&enrollment.id)
                .with_candidates(vec![enrollment.id.clone()])
                .with_event_date(Some(enrollment.enrollment_date.to_string())),
            "enrollment_count" | "tei_count" => counted(ValueType::Number, "1".to_owned()),
            "enrollment_date" => counted(ValueType::Date, enrollment.enrollment_date.to_string()),
            "incident_date" => counted(ValueType::Date, enrollment.incident_date.to_string()),
            "enrollment_status" => counted(ValueType::Text, enrollment.status.clone()),
            "org_unit" => text(&enrollment.organisation_unit),
            "program_name" => text(&enrollment.program_name),
            "orgunit_code" => {
                Variable::new(ValueType::Text, enrollment.organisation_unit_code.clone())
            }
            _ => return None,
        })
    }

    fn of_any(&self, name: &str) -> Option<Variable> {
        Some(match name {
            "current_date" => self.counted(ValueType::Date, Some(self.today.to_string())),
            "event_count" => self.counted(ValueType::Number, Some(self.event_count.to_string())),
            // What every client says, on the server or not (expressions reference 4).
            "environment" => self.counted(ValueType::Text, Some("Server".to_owned())),
            _ => return None,
        })
    }

    /// A value that is its own and only candidate, as of today.
    fn counted(&self, value_type: ValueType, value: Option<String>) -> Variable {
        let candidates = value.iter().cloned().collect();
        let variable = Variable::new(value_type, value).with_candidates(candidates);
        variable.with_event_date(Some(self.today.to_string()))
    }
}

/// A value before options are named.
struct Found<'a> {
    value: &'a str,
    candidates: Vec<String>,
    event_date: Option<String>,
}

fn newest<'h, 'a: 'h>(
    history: &'h History<'a>,
    values: impl Iterator<Item = &'h PastValue<'a>> + Clone,
) -> Option<Found<'h>> {
    let first = values.clone().next()?;
    Some(Found {
        value: &first.value,
        candidates: values.map(|value| value.value.to_string()).collect(),
        event_date: history.events[first.event as usize].date.clone(),
    })
}
