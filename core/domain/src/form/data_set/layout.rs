//! Columns and header of a table: the categories of a combo crossed with each other.

use std::collections::BTreeMap;

use super::{Column, DataSetFormInput, FormProblem, HeaderCell, HeaderRow};
use crate::limits::FORM_COLUMNS_MAX;
use crate::metadata::{Category, CategoryCombo, CategoryOptionCombo};
use crate::uid::{CategoryComboUid, CategoryOptionUid};

/// The columns of a combo and the header above them.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub header: Vec<HeaderRow>,
    pub columns: Vec<Column>,
}

/// One crossing of options that has a column; `options` in category order.
struct Crossing {
    options: Vec<CategoryOptionUid>,
    column: Column,
}

pub(super) fn lay_out(
    input: &DataSetFormInput,
    id: CategoryComboUid,
    problems: &mut Vec<FormProblem>,
) -> Layout {
    let Some(combo) = input.category_combos.get(&id) else {
        problems.push(FormProblem::CategoryComboMissing { category_combo: id });
        return Layout::default();
    };
    if combo.is_default {
        return default_layout(combo, problems);
    }
    let Some(categories) = categories_of(input, combo, problems) else {
        return Layout::default();
    };
    let sizes = categories.iter().map(|category| category.category_options.len());
    let count = sizes.fold(1usize, usize::saturating_mul);
    if count > FORM_COLUMNS_MAX {
        problems.push(FormProblem::TooManyColumns { category_combo: id });
        return Layout::default();
    }
    let crossings = cross(input, combo, &categories, problems);
    let header = header(input, &categories, &crossings);
    Layout { header, columns: crossings.into_iter().map(|crossing| crossing.column).collect() }
}

/// The default combo has one column without a name, open to everybody.
fn default_layout(combo: &CategoryCombo, problems: &mut Vec<FormProblem>) -> Layout {
    let Some(only) = combo.category_option_combos.first() else {
        problems.push(FormProblem::OptionCombosMissing { category_combo: combo.id, missing: 1 });
        return Layout::default();
    };
    let column = Column { category_option_combo: only.id, name: String::new(), writable: true };
    Layout { header: vec![], columns: vec![column] }
}

fn categories_of<'a>(
    input: &'a DataSetFormInput,
    combo: &CategoryCombo,
    problems: &mut Vec<FormProblem>,
) -> Option<Vec<&'a Category>> {
    let mut categories = vec![];
    for &category in &combo.categories {
        match input.categories.get(&category) {
            Some(category) => categories.push(category),
            None => {
                let category_combo = combo.id;
                problems.push(FormProblem::CategoryMissing { category_combo, category });
            }
        }
    }
    (categories.len() == combo.categories.len()).then_some(categories)
}

fn cross(
    input: &DataSetFormInput,
    combo: &CategoryCombo,
    categories: &[&Category],
    problems: &mut Vec<FormProblem>,
) -> Vec<Crossing> {
    let by_options = by_options(combo, problems);
    let mut crossings = vec![];
    let (mut missing, mut left_out, mut used) = (0, 0, 0);
    for options in products(categories) {
        let found = by_options.get(&as_set(&options));
        used += usize::from(found.is_some());
        let may = |of: fn(crate::metadata::DataAccess) -> bool| {
            let known = |option| input.category_options.get(option);
            options.iter().all(|option| known(option).is_some_and(|option| of(option.access)))
        };
        if !may(|access| access.read) {
            left_out += 1;
            continue;
        }
        let Some(found) = found else {
            missing += 1;
            continue;
        };
        let writable = may(|access| access.write);
        let (category_option_combo, name) = (found.id, found.name.clone());
        crossings
            .push(Crossing { options, column: Column { category_option_combo, name, writable } });
    }
    let category_combo = combo.id;
    if missing > 0 {
        problems.push(FormProblem::OptionCombosMissing { category_combo, missing });
    }
    if left_out > 0 {
        problems.push(FormProblem::ColumnsWithoutAccess { category_combo, left_out });
    }
    let unused = by_options.len().saturating_sub(used);
    if unused > 0 {
        problems.push(FormProblem::OptionCombosUnused { category_combo, unused });
    }
    crossings
}

/// A category option combo is identified by its set of options; their order means nothing.
fn as_set(options: &[CategoryOptionUid]) -> Vec<CategoryOptionUid> {
    let mut set = options.to_vec();
    set.sort_unstable();
    set.dedup();
    set
}

fn by_options<'a>(
    combo: &'a CategoryCombo,
    problems: &mut Vec<FormProblem>,
) -> BTreeMap<Vec<CategoryOptionUid>, &'a CategoryOptionCombo> {
    let mut found = BTreeMap::new();
    for candidate in &combo.category_option_combos {
        let first = *found.entry(as_set(&candidate.category_options)).or_insert(candidate);
        if first.id != candidate.id {
            let category_option_combo = candidate.id;
            problems.push(FormProblem::OptionComboRepeated { category_option_combo });
        }
    }
    found
}

/// Every crossing, the last category varying fastest. None if a category is empty or there is none.
fn products(categories: &[&Category]) -> Vec<Vec<CategoryOptionUid>> {
    if categories.is_empty() {
        return vec![];
    }
    categories.iter().fold(vec![vec![]], |prefixes, category| {
        let extend = |prefix: &Vec<CategoryOptionUid>| {
            let options = category.category_options.iter();
            options.map(|option| [prefix.as_slice(), &[*option]].concat()).collect::<Vec<_>>()
        };
        prefixes.iter().flat_map(extend).collect()
    })
}

/// Columns that share all options down to a category lie under one header cell.
fn header(
    input: &DataSetFormInput,
    categories: &[&Category],
    crossings: &[Crossing],
) -> Vec<HeaderRow> {
    let row = |(depth, category): (usize, &&Category)| {
        let runs = crossings.chunk_by(|a, b| a.options[..=depth] == b.options[..=depth]);
        let cells = runs.map(|run| HeaderCell {
            name: option_name(input, run[0].options[depth]),
            span: run.len(),
        });
        HeaderRow { category: category.name.clone(), cells: cells.collect() }
    };
    categories.iter().enumerate().map(row).collect()
}

fn option_name(input: &DataSetFormInput, option: CategoryOptionUid) -> String {
    input.category_options.get(&option).map(|option| option.name.clone()).unwrap_or_default()
}
