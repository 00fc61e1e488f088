//! Sums of a table, exact to the last digit.

use super::{CellValues, FormTable, text_of};
use crate::form::decimal::Decimal;

/// A sum to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// No number was entered; shown empty, not as zero.
    Nothing,
    /// The sum of what was entered.
    Of(Decimal),
    /// Too many digits to be summed exactly; shown as unknown.
    TooLong,
}

impl Sum {
    fn add(&mut self, number: Option<Decimal>) {
        let so_far = match *self {
            Self::Nothing => Some(Decimal::ZERO),
            Self::Of(sum) => Some(sum),
            Self::TooLong => None,
        };
        let sum = so_far.zip(number).and_then(|(sum, number)| sum.plus(number));
        *self = sum.map_or(Self::TooLong, Self::Of);
    }
}

/// The sums of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableTotals {
    /// One per row; `Nothing` for rows that are not numeric.
    pub rows: Vec<Sum>,
    /// One per column, over the numeric rows.
    pub columns: Vec<Sum>,
    /// Over the whole table.
    pub grand: Sum,
}

/// Sums the numeric rows of a table. Greyed cells and values that are no number of their type are
/// left out: the latter are marked at the cell.
#[must_use]
pub fn totals(table: &FormTable, values: &CellValues) -> TableTotals {
    let mut totals = TableTotals {
        rows: vec![Sum::Nothing; table.rows.len()],
        columns: vec![Sum::Nothing; table.columns.len()],
        grand: Sum::Nothing,
    };
    for (row, row_sum) in table.rows.iter().zip(&mut totals.rows).filter(|(row, _)| row.numeric) {
        for (cell, column_sum) in row.cells.iter().zip(&mut totals.columns) {
            let text = text_of(values, row.key(cell)).filter(|_| !cell.greyed);
            let valid = |text: &&str| crate::value_type::validate(row.value_type, text).is_ok();
            let Some(text) = text.filter(valid) else { continue };
            let number = Decimal::parse(text);
            row_sum.add(number);
            column_sum.add(number);
            totals.grand.add(number);
        }
    }
    totals
}
