//! Forms: what a person sees and may enter, made from metadata, and what is wrong with what was
//! entered.
//!
//! Pure: metadata and values in, forms and problems out. Problems of metadata and of entries are
//! values, not errors; nothing here forbids to keep a draft.

mod civil;
pub mod data_set;
pub mod decimal;
pub mod enrollment;
pub mod event;
pub mod geometry;
pub mod session;

pub(crate) use civil::civil_time;

use std::collections::BTreeMap;

use crate::metadata::{CategoryOption, OptionSet};
use crate::uid::{CategoryOptionUid, OptionSetUid, OrganisationUnitUid};
use crate::value_type::{
    ServerMinor, ValueProblem, ValueType, normalise_aggregate, split_multi_text, validate,
};

/// Whether something may be filled in, and every reason why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry<R> {
    /// It may.
    Open,
    /// It may not.
    Locked(Vec<R>),
}

impl<R> Entry<R> {
    pub(crate) fn from_reasons(reasons: Vec<R>) -> Self {
        if reasons.is_empty() { Self::Open } else { Self::Locked(reasons) }
    }

    /// Whether it may be filled in.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

/// The list that a question is answered from; its options are loaded page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOptionSet {
    /// Its id.
    pub id: OptionSetUid,
    /// Display name; empty if the set is not on the device.
    pub name: String,
}

fn field_option_set(
    id: Option<OptionSetUid>,
    option_sets: &BTreeMap<OptionSetUid, OptionSet>,
) -> Option<FieldOptionSet> {
    let name = |id| option_sets.get(&id).map(|set| set.name.clone()).unwrap_or_default();
    id.map(|id| FieldOptionSet { id, name: name(id) })
}

/// The part of an entered text that counts: space around a value is dropped except where it may be
/// meant (free text, option codes). `None` for blank text.
fn entered<'a>(
    value_type: ValueType,
    option_set: Option<&FieldOptionSet>,
    text: &'a str,
) -> Option<&'a str> {
    let free_text = matches!(
        value_type,
        ValueType::Text | ValueType::LongText | ValueType::MultiText | ValueType::Reference
    );
    let trimmed = text.trim();
    let counts = if free_text || option_set.is_some() { text } else { trimmed };
    (!trimmed.is_empty()).then_some(counts)
}

/// What is to be stored of an entered text; `None` empties the field. Booleans take their stored
/// form here: the tracker import does not do that (wire reference 2.1).
fn checked(
    value_type: ValueType,
    option_set: Option<&FieldOptionSet>,
    text: &str,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
) -> Result<Option<String>, ValueProblem> {
    let Some(text) = entered(value_type, option_set, text) else { return Ok(None) };
    let value = match value_type.is_boolean() {
        true => normalise_aggregate(value_type, text, ServerMinor(43)),
        false => text.into(),
    };
    if value_type == ValueType::TrueOnly && value == "false" {
        return Ok(None);
    }
    check_value(value_type, option_set, &value, is_option)?;
    Ok(Some(value.into_owned()))
}

/// Checks a value that is not blank against its type and its option set.
fn check_value(
    value_type: ValueType,
    option_set: Option<&FieldOptionSet>,
    value: &str,
    is_option: impl Fn(OptionSetUid, &str) -> bool,
) -> Result<(), ValueProblem> {
    validate(value_type, value)?;
    let Some(set) = option_set else {
        let is_list = value_type == ValueType::MultiText;
        return if is_list { Err(ValueProblem::LacksOptionSet) } else { Ok(()) };
    };
    let codes = match value_type {
        ValueType::MultiText => split_multi_text(value),
        _ => vec![value],
    };
    let known = codes.into_iter().all(|code| is_option(set.id, code));
    if known { Ok(()) } else { Err(ValueProblem::NotOption) }
}

/// Whether a unit (its `path`, `/root/…/unit`) is one of `roots` or lies below one.
pub(crate) fn is_within(path: &str, roots: &[OrganisationUnitUid]) -> bool {
    path.split('/').any(|step| roots.iter().any(|root| root.as_str() == step))
}

/// What keeps a category option of the attribute option combo from being used at a place.
fn option_is_used_elsewhere(option: &CategoryOption, path: &str) -> bool {
    !option.organisation_units.is_empty() && !is_within(path, &option.organisation_units)
}

/// Category options by id.
pub type CategoryOptions = BTreeMap<CategoryOptionUid, CategoryOption>;
