//! One expression of an indicator or a side of a validation rule, with the server's treatment of
//! missing values.
//!
//! Counts how many items were used and how many had a value (DHIS2 `ExpressionState`), then decides by
//! the missing-value strategy whether there is a value at all.

use std::cell::{Cell, RefCell};

use super::source::{Datum, Found, Missing, Source, Window};
use super::timing::Timing;
use crate::expression::{
    EvaluateError, Expression, Function, Item, ItemKind, Mode, Outcome, ParseError, Value, Values,
};
use crate::metadata::MissingValueStrategy;
use crate::uid::Uid;

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Measure {
    expression: Expression,
    /// Whether null stays null to the end, which `removeZeros` is for.
    keeps_null: bool,
    has_sub_expression: bool,
}

/// What an expression came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// The number; `None` if values are missing or there is none.
    pub value: Option<f64>,
    /// Items that were used, each use counted.
    pub items: u32,
    /// Uses of items that had a value.
    pub found: u32,
    /// Items that this device cannot know, as written in their canonical form.
    pub not_here: Vec<String>,
    /// Why it could not be computed. The server takes zero then; here there is no value.
    pub problem: Option<EvaluateError>,
}

impl Measure {
    /// Parses an expression for its place.
    ///
    /// # Errors
    /// [`ParseError`], with the place in the text.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, ParseError> {
        let expression = Expression::parse(text, mode)?;
        let keeps_null = expression.calls(Function::RemoveZeros);
        let has_sub_expression = expression.calls(Function::SubExpression);
        Ok(Self { expression, keeps_null, has_sub_expression })
    }

    /// The expression.
    #[must_use]
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// Its items; those that are malformed are left out, evaluating them is an error.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.expression.items().unwrap_or_default().into_iter()
    }

    /// Computes the value.
    #[must_use]
    pub fn evaluate<S: Source>(
        &self,
        source: &S,
        window: Window,
        timing: &Timing,
        strategy: MissingValueStrategy,
    ) -> Measured {
        if self.has_sub_expression && source.is_sum() {
            let not_here = vec![Function::SubExpression.name().to_owned()];
            return Measured { not_here, ..Measured::default() };
        }
        let asked = Asked::new(source, window, timing);
        let outcome = self.expression.evaluate(&asked);
        let mut measured = Measured {
            items: asked.items.get(),
            found: asked.found.get(),
            not_here: asked.not_here.take(),
            ..Measured::default()
        };
        let is_skipped = match strategy {
            MissingValueStrategy::SkipIfAnyValueMissing => measured.found < measured.items,
            MissingValueStrategy::SkipIfAllValuesMissing => {
                measured.items != 0 && measured.found == 0
            }
            MissingValueStrategy::NeverSkip => false,
        };
        match outcome {
            Err(problem) => measured.problem = Some(problem),
            Ok(_) if is_skipped || asked.date_is_missing.get() => {}
            Ok(Outcome::Null) if !self.keeps_null => measured.value = Some(0.0),
            Ok(outcome) => measured.value = number_of(&outcome),
        }
        measured
    }
}

/// The number of an outcome; not a number and infinity are none (DHIS2 `MathUtils.isValidDouble`).
pub(super) fn number_of(outcome: &Outcome) -> Option<f64> {
    let number = match outcome {
        Outcome::Text(text) => text.trim().parse().ok(),
        outcome => outcome.as_number(),
    };
    number.filter(|number| number.is_finite())
}

/// A source that counts what is asked.
struct Asked<'s, S> {
    source: &'s S,
    window: Window,
    timing: &'s Timing,
    items: Cell<u32>,
    found: Cell<u32>,
    date_is_missing: Cell<bool>,
    /// What the last item without a value is replaced by.
    missing: Cell<Missing>,
    not_here: RefCell<Vec<String>>,
}

impl<'s, S: Source> Asked<'s, S> {
    fn new(source: &'s S, window: Window, timing: &'s Timing) -> Self {
        Self {
            source,
            window,
            timing,
            items: Cell::new(0),
            found: Cell::new(0),
            date_is_missing: Cell::new(false),
            missing: Cell::new(Missing::Number),
            not_here: RefCell::default(),
        }
    }

    fn look(&self, item: &Item) -> Found {
        let id = || item.ids.first().and_then(|id| Uid::parse(&id.value).ok());
        let number = match item.kind {
            ItemKind::Constant => id().and_then(|id| self.source.constant(id)),
            ItemKind::OrgUnitGroup => id().and_then(|id| self.source.group_size(id)),
            _ => return self.source.find(item, self.window),
        };
        number.map_or(Found::NotHere, |number| Found::Value(Datum::Number(number)))
    }
}

impl<S: Source> Values for Asked<'_, S> {
    fn item(&self, item: &Item) -> Option<Value<'_>> {
        self.missing.set(Missing::Number);
        match self.look(item) {
            Found::Value(Datum::Number(number)) => Some(Value::Number(number)),
            Found::Value(Datum::Boolean(truth)) => Some(Value::Boolean(truth)),
            Found::Value(Datum::Text(text)) => Some(Value::Text(text.into())),
            Found::Value(Datum::Date(date)) => Some(Value::Date(date)),
            Found::Nothing(missing) => {
                self.missing.set(missing);
                None
            }
            Found::NotHere => {
                let mut not_here = self.not_here.borrow_mut();
                if !not_here.iter().any(|known| known == item.key()) {
                    not_here.push(item.key().to_owned());
                }
                None
            }
        }
    }

    fn without_null<'a>(&'a self, item: &Item, found: Option<Value<'a>>) -> Option<Value<'a>> {
        // Constants and sizes of groups are no data: they are not counted.
        if matches!(item.kind, ItemKind::Constant | ItemKind::OrgUnitGroup) {
            return found;
        }
        self.items.set(self.items.get() + 1);
        if found.is_some() {
            self.found.set(self.found.get() + 1);
            return found;
        }
        match self.missing.get() {
            Missing::Number => Some(Value::Number(0.0)),
            Missing::Boolean => Some(Value::Boolean(false)),
            Missing::Text => Some(Value::Text("".into())),
            Missing::Date => {
                self.date_is_missing.set(true);
                None
            }
        }
    }

    fn named(&self, name: &str) -> Option<f64> {
        self.timing.named(name)
    }

    fn unsupported(&self, function: Function, arguments: &[&str]) -> Option<Value<'_>> {
        self.source.is_unit_of(function, arguments).map(Value::Boolean)
    }
}
