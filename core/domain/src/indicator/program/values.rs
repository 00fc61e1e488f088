//! The values of one row as an expression asks for them.

use std::cell::RefCell;
use std::collections::HashMap;

use super::ParsedProgramIndicator;
use super::boundary::Boundaries;
use super::facts::ProgramFacts;
use super::row::{Row, answer, day, has_happened};
use crate::data::{Event, EventStatus};
use crate::expression::{
    Date, Expression, Function, IdKind, Item, ItemKind, Mode, Outcome, Value, ValueType as Kind,
    Values, Variable,
};
use crate::metadata::AnalyticsType;
use crate::period::Period;
use crate::uid::{DataElementUid, ProgramStageUid, Uid};
use crate::value_type::ValueType;

/// What an item of a program indicator names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// `#{stage.element}`.
    Answer(ProgramStageUid, DataElementUid),
    /// `PS_EVENTDATE:stage`.
    StageDate(ProgramStageUid),
    /// `A{attribute}`.
    Attribute(Uid),
    /// `C{constant}`.
    Constant(Uid),
}

impl Named {
    /// `None` for an item that program indicators do not have.
    pub fn of(item: &Item) -> Option<Self> {
        let uid = |at: usize| Uid::parse(&item.ids.get(at)?.value).ok();
        let stage = |at: usize| uid(at).map(ProgramStageUid);
        let is_stage = item.ids.first()?.kind == IdKind::ProgramStage;
        Some(match (item.kind, item.ids.len()) {
            (ItemKind::DataElement, 1) if is_stage => Self::StageDate(stage(0)?),
            (ItemKind::DataElement, 2) => Self::Answer(stage(0)?, uid(1)?.into()),
            (ItemKind::Attribute, 1) => Self::Attribute(uid(0)?),
            (ItemKind::Constant, 1) => Self::Constant(uid(0)?),
            _ => return None,
        })
    }
}

/// The items of one expression with their values in one row.
pub(super) struct RowValues<'r, F> {
    indicator: &'r ParsedProgramIndicator,
    row: Row<'r>,
    /// The event that the row is about; `None` where an indicator about enrolments is shown in the
    /// form of an event, which then is one of the enrolment's.
    own: Option<&'r Event>,
    facts: &'r F,
    period: Option<Period>,
    /// Events whose values are looked at, newest first.
    events: Vec<&'r Event>,
    items: HashMap<&'r str, Variable>,
    /// How many values there are, worked out when first asked for.
    counted: RefCell<Option<(u32, u32)>>,
}

impl<'r, F: ProgramFacts> RowValues<'r, F> {
    pub fn new(
        indicator: &'r ParsedProgramIndicator,
        row: Row<'r>,
        facts: &'r F,
        period: Option<Period>,
    ) -> Self {
        Self::for_filter(indicator, &indicator.expression, row, facts, period)
    }

    pub fn for_filter(
        indicator: &'r ParsedProgramIndicator,
        expression: &'r Expression,
        row: Row<'r>,
        facts: &'r F,
        period: Option<Period>,
    ) -> Self {
        let mut values = Self {
            indicator,
            row,
            own: own_event(indicator, row),
            facts,
            period,
            events: events_of(indicator, row, period),
            items: HashMap::new(),
            counted: RefCell::new(None),
        };
        for item in expression.items().unwrap_or_default() {
            if let Some(variable) = values.variable_of(item) {
                values.items.insert(item.key(), variable);
            }
        }
        values
    }

    fn variable_of(&self, item: &Item) -> Option<Variable> {
        match Named::of(item)? {
            Named::Answer(stage, element) => {
                let value_type = self.facts.element_type(element);
                let history: Vec<&str> =
                    self.events.iter().filter_map(|e| answer(e, stage, element)).collect();
                let value = self.chosen(&history, item.modifiers.stage_offset, || {
                    self.own.and_then(|event| answer(event, stage, element))
                });
                Some(variable(value_type, value, &history))
            }
            Named::StageDate(stage) => {
                let of_stage = self.events.iter().filter(|event| event.program_stage == stage);
                let history: Vec<&str> =
                    of_stage.filter_map(|event| event.occurred_at.as_deref()).collect();
                let newest = || history.first().copied();
                let value = self.chosen(&history, item.modifiers.stage_offset, newest);
                Some(variable(Some(ValueType::Date), value, &history))
            }
            Named::Attribute(attribute) => {
                let attributes = &self.row.enrollment().map(|it| &it.attributes);
                let value = attributes.and_then(|it| it.get(&attribute)).map(String::as_str);
                let history: Vec<&str> = value.into_iter().collect();
                Some(variable(self.facts.attribute_type(attribute), value, &history))
            }
            Named::Constant(_) => None,
        }
    }

    /// The value that counts: of the row's own event, of the newest event of an enrolment, or of
    /// the one that `stageOffset` asks for (0 newest, -1 the one before, 1 the first).
    fn chosen<'a>(
        &self,
        history: &[&'a str],
        offset: Option<i32>,
        own: impl FnOnce() -> Option<&'a str>,
    ) -> Option<&'a str> {
        match offset {
            Some(by @ ..=0) => history.get(by.unsigned_abs() as usize).copied(),
            Some(by) => {
                let from_first = usize::try_from(by).ok()?;
                history.len().checked_sub(from_first).and_then(|at| history.get(at)).copied()
            }
            None if self.own.is_some() => own(),
            None => history.first().copied(),
        }
    }

    /// Values of the expression's own items, and how many of them are zero or more.
    fn counts(&self) -> (u32, u32) {
        *self.counted.borrow_mut().get_or_insert_with(|| {
            let mut counts = (0, 0);
            for item in self.indicator.expression.items().unwrap_or_default() {
                let variable = self.variable_of(item);
                let Some(text) = variable.as_ref().and_then(Variable::value) else { continue };
                counts.0 += 1;
                counts.1 += u32::from(text.parse().is_ok_and(|number: f64| number >= 0.0));
            }
            counts
        })
    }

    fn date_variable(&self, name: &str) -> Option<Date> {
        let (event, enrollment) = (self.own, self.row.enrollment());
        let newest = event.or_else(|| self.events.first().copied());
        let text = match name {
            "event_date" | "execution_date" => newest?.occurred_at.as_deref(),
            "due_date" | "scheduled_date" => newest?.scheduled_at.as_deref(),
            "enrollment_date" => enrollment?.enrolled_at.as_deref(),
            "incident_date" => enrollment?.occurred_at.as_deref(),
            "completed_date" => match event {
                Some(event) => event.completed_at.as_deref(),
                None => enrollment?.completed_at.as_deref(),
            },
            "creation_date" => match event {
                Some(event) => event.created_at_client.as_deref(),
                None => enrollment?.created_at.as_deref(),
            },
            "analytics_period_start" => return date_of(self.period?.start()),
            "analytics_period_end" => return date_of(self.period?.end()),
            _ => return self.facts.today().filter(|_| name == "current_date"),
        };
        day(text)
    }

    fn text_variable(&self, name: &str) -> Option<&str> {
        let event = self.own;
        match name {
            "event_status" => event.map(|event| event.status.name()),
            "event_id" => event.map(|event| event.id.as_str()),
            "enrollment_status" => self.row.enrollment().map(|it| it.status.as_str()),
            "enrollment_id" => self.row.enrollment().map(|it| it.id.as_str()),
            "program_stage_id" => event.map(|event| event.program_stage.as_str()),
            "program_stage_name" => self.facts.stage_name(event?.program_stage),
            _ => None,
        }
    }
}

fn date_of(day: jiff::civil::Date) -> Option<Date> {
    Date::parse(&day.to_string())
}

fn own_event<'r>(indicator: &ParsedProgramIndicator, row: Row<'r>) -> Option<&'r Event> {
    let is_of_enrollment =
        indicator.analytics_type == AnalyticsType::Enrollment && row.enrollment().is_some();
    row.event().filter(|_| !is_of_enrollment)
}

/// Events whose values are looked at: with enrolments those that the boundaries by event date
/// choose.
fn events_of<'r>(
    indicator: &ParsedProgramIndicator,
    row: Row<'r>,
    period: Option<Period>,
) -> Vec<&'r Event> {
    let boundaries = period.and_then(|period| {
        Boundaries::new(&indicator.boundaries, indicator.analytics_type, period)
    });
    let mut events = row.events();
    events.retain(|event| has_happened(event) || row.event().is_some_and(|own| own == *event));
    if let Some(boundaries) = boundaries.filter(|_| !indicator.boundaries.is_empty()) {
        events.retain(|event| boundaries.event_counts(event));
    }
    events
}

/// Yes and no are one and zero for program indicators, dates have no time of day.
fn variable(value_type: Option<ValueType>, value: Option<&str>, history: &[&str]) -> Variable {
    let kind = match value_type {
        Some(known) if known.is_numeric() || known.is_boolean() => Kind::Number,
        Some(known) if known.is_date() => Kind::Date,
        Some(_) => Kind::Text,
        None if value.is_some_and(|text| text.parse::<f64>().is_ok()) => Kind::Number,
        None => Kind::Text,
    };
    let written = |text: &str| match value_type {
        Some(known) if known.is_boolean() => u8::from(text == "true").to_string(),
        Some(known) if known.is_date() => text.get(..10).unwrap_or(text).to_owned(),
        _ => text.to_owned(),
    };
    Variable::new(kind, value.map(written))
        .with_candidates(history.iter().map(|text| written(text)).collect())
}

impl<F: ProgramFacts> Values for RowValues<'_, F> {
    fn item(&self, item: &Item) -> Option<Value<'_>> {
        if let Some(Named::Constant(constant)) = Named::of(item) {
            return self.facts.constant(constant).map(Value::Number);
        }
        self.items.get(item.key()).map(Value::Variable)
    }

    fn without_null<'a>(&'a self, item: &Item, found: Option<Value<'a>>) -> Option<Value<'a>> {
        found.or_else(|| match self.items.get(item.key())?.value_type() {
            Kind::Number => Some(Value::Number(0.0)),
            Kind::Text => Some(Value::Text("".into())),
            _ => None,
        })
    }

    fn program_variable(&self, name: &str) -> Option<Value<'_>> {
        let happened = |event: &&&Event| has_happened(event);
        let number = match name {
            "event_count" if self.own.is_some() => 1,
            "event_count" => self.events.iter().filter(happened).count(),
            "scheduled_event_count" => {
                let planned = |event: &&Event| event.status == EventStatus::Schedule;
                self.row.events().into_iter().filter(|event| planned(event)).count()
            }
            "enrollment_count" | "tei_count" => usize::from(self.row.enrollment().is_some()),
            "org_unit_count" => 1,
            // None is none: the server divides by these (`nullif`).
            "value_count" | "zero_pos_value_count" => {
                let (values, zero_or_more) = self.counts();
                let count = if name == "value_count" { values } else { zero_or_more };
                return (count > 0).then_some(Value::Number(count.into()));
            }
            "org_unit" => {
                return Some(Value::Text(self.row.organisation_unit().to_string().into()));
            }
            _ => {
                let date = self.date_variable(name).map(Value::Date);
                return date.or_else(|| self.text_variable(name).map(|it| Value::Text(it.into())));
            }
        };
        Some(Value::Number(number as f64))
    }

    fn unsupported(&self, function: Function, arguments: &[&str]) -> Option<Value<'_>> {
        match (function, arguments) {
            (Function::RelationshipCount, arguments) => {
                let wanted = arguments.first().and_then(|text| Uid::parse(text).ok());
                let count = self.facts.relationship_count(wanted)?;
                Some(Value::Number(count.into()))
            }
            (Function::CountIfCondition, [item, condition]) => {
                self.count_if(item, condition).map(Value::Number)
            }
            _ => None,
        }
    }
}

impl<F: ProgramFacts> RowValues<'_, F> {
    /// `d2:countIfCondition(#{stage.element}, '>= 5')`: each value of the history is put before the
    /// condition.
    fn count_if(&self, item: &str, condition: &str) -> Option<f64> {
        let text = format!("{item} {condition}");
        let test = Expression::parse(&text, Mode::ProgramIndicatorExpression).ok()?;
        let counted = self.variable_of(*test.items().ok()?.first()?)?;
        let mut count = 0;
        for candidate in counted.candidates() {
            let one = Variable::new(counted.value_type(), Some(candidate.clone()));
            let outcome = test.evaluate(&OneValue { one, others: self }).ok()?;
            count += u32::from(outcome == Outcome::Boolean(true));
        }
        Some(count.into())
    }
}

/// One value of a history in place of every item.
struct OneValue<'a, V> {
    one: Variable,
    others: &'a V,
}

impl<V: Values> Values for OneValue<'_, V> {
    fn item(&self, _item: &Item) -> Option<Value<'_>> {
        Some(Value::Variable(&self.one))
    }

    fn program_variable(&self, name: &str) -> Option<Value<'_>> {
        self.others.program_variable(name)
    }
}

/// Whether the expression is one counting variable and nothing else; then rows are counted by what
/// they name, each once.
pub(super) fn counted_variable(expression: &Expression) -> Option<&'static str> {
    const COUNTING: [&str; 4] = ["event_count", "enrollment_count", "tei_count", "org_unit_count"];
    let text = expression.source().trim();
    let name = text.strip_prefix("V{")?.strip_suffix('}')?;
    COUNTING.into_iter().find(|known| *known == name)
}

/// The key by which a row is counted once.
pub(super) fn counting_key(name: &str, row: Row<'_>, analytics_type: AnalyticsType) -> Vec<Uid> {
    let enrollment = row.enrollment();
    match name {
        "event_count" if analytics_type == AnalyticsType::Event => {
            row.event().map(|event| event.id.0).into_iter().collect()
        }
        "event_count" => {
            let happened = row.events().into_iter().filter(|event| has_happened(event));
            happened.map(|event| event.id.0).collect()
        }
        "enrollment_count" => enrollment.map(|it| it.id).into_iter().collect(),
        "tei_count" => enrollment.map(|it| it.tracked_entity).into_iter().collect(),
        _ => vec![row.organisation_unit().0],
    }
}
