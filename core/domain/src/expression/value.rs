//! Values that expressions compute with, and the trait through which a caller gives them.
//!
//! The caller decides what is missing, what "today" is and which events count; nothing here looks
//! anything up by itself.

use std::borrow::Cow;

use super::civil::Date;
use super::function::Function;
use super::item::Item;
use super::java::{double_to_text, is_whole, parse_double};

/// A rough type of expressions and of what functions take (DHIS2 expression `ValueType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Not known before evaluation.
    Mixed,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A calendar date.
    Date,
    /// Text, DHIS2 `STRING`.
    Text,
    /// The type of the other arguments marked so.
    Same,
}

impl ValueType {
    /// DHIS2's name, such as `STRING`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mixed => "MIXED",
            Self::Number => "NUMBER",
            Self::Boolean => "BOOLEAN",
            Self::Date => "DATE",
            Self::Text => "STRING",
            Self::Same => "SAME",
        }
    }

    /// The type of a variable by its DHIS2 name: STRING, NUMBER, BOOLEAN or DATE.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Number, Self::Boolean, Self::Date, Self::Text].into_iter().find(|t| t.name() == name)
    }

    /// Whether a value of this type always does where `other` is wanted.
    pub(super) fn is_assignable_to(self, other: Self) -> bool {
        self != Self::Same
            && (self == other
                || self == Self::Mixed
                || matches!(other, Self::Mixed | Self::Same)
                // There are no date literals, so texts stand for them.
                || (self == Self::Text && other == Self::Date))
    }

    /// Whether some values of this type do where `other` is wanted.
    pub(super) fn may_be_assignable_to(self, other: Self) -> bool {
        self.is_assignable_to(other)
            || match other {
                Self::Text => true,
                Self::Number => matches!(self, Self::Text | Self::Boolean),
                Self::Date => self == Self::Text,
                Self::Boolean => matches!(self, Self::Text | Self::Number),
                _ => false,
            }
    }
}

/// A program rule variable with its value and history (DHIS2 `VariableValue`).
///
/// Its text is read as a number, truth or date once, here, and not on every evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    value_type: ValueType,
    value: Option<String>,
    candidates: Vec<String>,
    event_date: Option<String>,
    typed: Typed,
}

/// The value of a variable by its own type, in the Kotlin dialect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Typed {
    Null,
    Number(f64),
    Boolean(bool),
    Date(Date),
    /// The text itself, or the empty text of a missing one.
    Text,
    /// The text is none of its type.
    Broken,
}

impl Variable {
    /// A variable of type NUMBER, BOOLEAN, DATE or STRING with the stored text, if there is one.
    #[must_use]
    pub fn new(value_type: ValueType, value: Option<String>) -> Self {
        let typed = Typed::read(value_type, value.as_deref());
        Self { value_type, value, candidates: Vec::new(), event_date: None, typed }
    }

    /// A variable without value and history.
    #[must_use]
    pub fn missing(value_type: ValueType) -> Self {
        Self::new(value_type, None)
    }

    /// With all values of its history, for `d2:count` and its kin.
    #[must_use]
    pub fn with_candidates(self, candidates: Vec<String>) -> Self {
        Self { candidates, ..self }
    }

    /// With the date of the event that the value comes from, `yyyy-MM-dd`.
    #[must_use]
    pub fn with_event_date(self, event_date: Option<String>) -> Self {
        Self { event_date, ..self }
    }

    /// The type, which decides the default of a missing value.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        self.value_type
    }

    /// The stored text.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// All values of its history.
    #[must_use]
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }

    /// The date of the event that the value comes from.
    #[must_use]
    pub fn event_date(&self) -> Option<&str> {
        self.event_date.as_deref()
    }

    pub(super) fn typed(&self) -> Typed {
        self.typed
    }

    /// The stored text, or the default of the type: 0, false, '' and null for dates.
    pub(super) fn or_default(&self) -> Value<'_> {
        match &self.value {
            Some(text) => Value::Text(Cow::Borrowed(text)),
            None => match self.value_type {
                ValueType::Number => Value::Number(0.0),
                ValueType::Boolean => Value::Boolean(false),
                ValueType::Date => Value::Null,
                _ => Value::Text(Cow::Borrowed("")),
            },
        }
    }
}

impl Typed {
    fn read(value_type: ValueType, text: Option<&str>) -> Self {
        match (value_type, text) {
            (ValueType::Number, None) => Self::Number(0.0),
            (ValueType::Boolean, None) => Self::Boolean(false),
            (ValueType::Date, None) => Self::Null,
            (ValueType::Number, Some(text)) => {
                parse_double(text).map_or(Self::Broken, Self::Number)
            }
            (ValueType::Boolean, Some(text)) => Self::Boolean(text.eq_ignore_ascii_case("true")),
            (ValueType::Date, Some(text)) => Date::parse(text).map_or(Self::Broken, Self::Date),
            _ => Self::Text,
        }
    }
}

/// A value during evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A number.
    Number(f64),
    /// A number that a function counted; behaves as a number.
    Integer(i32),
    /// True or false.
    Boolean(bool),
    /// A text.
    Text(Cow<'a, str>),
    /// A date.
    Date(Date),
    /// A rule variable that is not yet read as a number, text, date or boolean.
    Variable(&'a Variable),
    /// The values of several periods; only aggregate functions can use them. NaN stands for null.
    Vector(&'a [f64]),
}

/// What an expression came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// No value.
    Null,
    /// A number, possibly infinite or NaN.
    Number(f64),
    /// A count.
    Integer(i32),
    /// True or false.
    Boolean(bool),
    /// A text.
    Text(String),
    /// A date.
    Date(Date),
}

impl Outcome {
    /// The text as the rule engine stores it: whole numbers without a point and held within 32
    /// bits, others as Java writes doubles. `None` for null (expressions reference 4).
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Number(number) => Some(number_to_text(*number)),
            Self::Integer(number) => Some(number.to_string()),
            Self::Boolean(truth) => Some(truth.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Date(date) => Some(date.to_string()),
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Integer(number) => Some(f64::from(*number)),
            _ => None,
        }
    }

    /// Whether a program rule with this condition applies: its text is "true" in any case.
    #[must_use]
    pub fn is_true_for_rules(&self) -> bool {
        match self {
            Self::Boolean(truth) => *truth,
            Self::Text(text) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }
}

/// A whole number through 32 bits, any other as Java writes it.
pub(super) fn number_to_text(number: f64) -> String {
    if is_whole(number) { (number as i32).to_string() } else { double_to_text(number) }
}

/// Where a value of an expression comes from. All methods answer "nothing" by default.
pub trait Values {
    /// Whether program rule variables are in play. If so, items are looked up among them too.
    fn has_variables(&self) -> bool {
        false
    }

    /// The rule variable of that name.
    fn variable(&self, _name: &str) -> Option<&Variable> {
        None
    }

    /// The rule variable for `Expression::references()[slot]`; a caller that evaluates often can
    /// answer by index and spare the look-up by name.
    fn variable_at(&self, _slot: usize, name: &str) -> Option<&Variable> {
        self.variable(name)
    }

    /// The value of a `V{..}` or `VAR{..}` when no rule variables are in play; `None` if unknown.
    fn program_variable(&self, _name: &str) -> Option<Value<'_>> {
        None
    }

    /// The value of a data item; `None` if it has none.
    fn item(&self, _item: &Item) -> Option<Value<'_>> {
        None
    }

    /// What stands for an item where the ANTLR dialect replaces nulls: everywhere but below functions
    /// that look for null. `found` is what [`Values::item`] gave; a caller may also count here how
    /// many items had a value (DHIS2 `ExpressionState.handleNulls`). By default null stays null.
    fn without_null<'a>(&'a self, _item: &Item, found: Option<Value<'a>>) -> Option<Value<'a>> {
        found
    }

    /// The value of `[days]`, `[periodInYear]`, `[yearlyPeriodCount]`.
    fn named(&self, _name: &str) -> Option<f64> {
        None
    }

    /// Ids under a supplementary key: USER_ROLES, USER_GROUPS, or an organisation unit group.
    fn supplementary(&self, _key: &str) -> Option<&[String]> {
        None
    }

    /// The value of a function that only the caller can compute: `orgUnit.*`,
    /// `d2:countIfCondition`, `d2:relationshipCount`. `None` makes the evaluation an error.
    fn unsupported(&self, _function: Function, _arguments: &[&str]) -> Option<Value<'_>> {
        None
    }
}

/// No values at all: for literals.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoValues;

impl Values for NoValues {}
