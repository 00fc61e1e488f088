//! Where expressions get their values from, and what "no value" means.
//!
//! A caller answers for what it has. "Nothing was entered" and "this device cannot know" are two
//! answers: the first counts as missing on the server too, the second makes a result incomplete.

use jiff::civil::Date as Day;

use crate::expression::{Date, Function, Item};
use crate::uid::Uid;
use crate::value_type::ValueType;

/// A value of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// A number; sums are numbers.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A text, or the code of an option.
    Text(String),
    /// A day.
    Date(Date),
}

impl Datum {
    /// Reads a stored value by its type; `None` if it is none of that type.
    #[must_use]
    pub fn read(value_type: ValueType, text: &str) -> Option<Self> {
        if value_type.is_numeric() {
            return text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Number);
        }
        if value_type.is_boolean() {
            return match text {
                "true" => Some(Self::Boolean(true)),
                "false" => Some(Self::Boolean(false)),
                _ => None,
            };
        }
        if value_type.is_date() {
            return Date::parse(text.get(..10)?).map(Self::Date);
        }
        Some(Self::Text(text.to_owned()))
    }
}

/// What a missing value is replaced by where the server replaces nulls (DHIS2 `ValidationUtils`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Zero.
    Number,
    /// False.
    Boolean,
    /// The empty text.
    Text,
    /// Nothing: an expression with a missing date has no value at all.
    Date,
}

impl Missing {
    /// The kind of missing values of a type.
    #[must_use]
    pub fn of(value_type: ValueType) -> Self {
        if value_type.is_date() {
            Self::Date
        } else if value_type.is_boolean() {
            Self::Boolean
        } else if value_type.is_numeric() {
            Self::Number
        } else {
            Self::Text
        }
    }
}

/// The answer about one item.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It has this value.
    Value(Datum),
    /// Nothing was entered.
    Nothing(Missing),
    /// This device does not have what is needed to know.
    NotHere,
}

/// The days whose events count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The period itself.
    Period,
    /// These days, both included: a sliding window.
    Days(Day, Day),
}

/// Values of one place (or several together), period and attribute option combo.
pub trait Source {
    /// The value of `#{..}`, `D{..}`, `A{..}`, `I{..}`, `N{..}` or `R{..}` with its modifiers.
    fn find(&self, item: &Item, window: Window) -> Found;

    /// The value of a constant; `None` if it is not on the device.
    fn constant(&self, _id: Uid) -> Option<f64> {
        None
    }

    /// How many organisation units a group has; `None` if it is not on the device.
    fn group_size(&self, _group: Uid) -> Option<f64> {
        None
    }

    /// Whether values of several places or periods are added up, so that `subExpression`, which is
    /// worked out before adding up, cannot be.
    fn is_sum(&self) -> bool {
        false
    }

    /// `orgUnit.ancestor`, `.group`, `.dataSet`, `.program`: whether the place is below, in or assigned
    /// to one of the ids; `None` if that is not known here.
    fn is_unit_of(&self, _function: Function, _ids: &[&str]) -> Option<bool> {
        None
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn find(&self, item: &Item, window: Window) -> Found {
        (**self).find(item, window)
    }

    fn constant(&self, id: Uid) -> Option<f64> {
        (**self).constant(id)
    }

    fn group_size(&self, group: Uid) -> Option<f64> {
        (**self).group_size(group)
    }

    fn is_sum(&self) -> bool {
        (**self).is_sum()
    }

    fn is_unit_of(&self, function: Function, ids: &[&str]) -> Option<bool> {
        (**self).is_unit_of(function, ids)
    }
}

/// Two sources; the second is asked for what the first does not have.
#[derive(Debug, Clone, Copy)]
pub struct FirstOf<A, B>(pub A, pub B);

impl<A: Source, B: Source> Source for FirstOf<A, B> {
    fn find(&self, item: &Item, window: Window) -> Found {
        match self.0.find(item, window) {
            Found::NotHere => self.1.find(item, window),
            found => found,
        }
    }

    fn constant(&self, id: Uid) -> Option<f64> {
        self.0.constant(id).or_else(|| self.1.constant(id))
    }

    fn group_size(&self, group: Uid) -> Option<f64> {
        self.0.group_size(group).or_else(|| self.1.group_size(group))
    }

    fn is_sum(&self) -> bool {
        self.0.is_sum() || self.1.is_sum()
    }

    fn is_unit_of(&self, function: Function, ids: &[&str]) -> Option<bool> {
        self.0.is_unit_of(function, ids).or_else(|| self.1.is_unit_of(function, ids))
    }
}
