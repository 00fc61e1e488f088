//! Tables for spreadsheets and device management (D12): CSV as programs of many languages write it.
//!
//! Knows cells, not what they mean. A table that is wrong is told with every wrong line; whoever reads
//! it takes it in whole or not at all.

use serde::{Deserialize, Serialize};

use crate::device::limits::{TABLE_BYTES_MAX, TABLE_LINES_MAX, TABLE_PROBLEMS_MAX};

/// Something wrong in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineProblem {
    /// Line of the file; the heading is line 1.
    pub line: u64,
    /// Column; empty if the whole line is meant.
    pub column: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// Writes a table. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
pub(crate) fn write<'a>(
    columns: &[&str],
    rows: impl IntoIterator<Item = Vec<String>> + 'a,
) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail, and every row has as many cells as the heading.
    writer.write_record(columns).ok();
    for row in rows {
        writer.write_record(row.into_iter().map(guarded)).ok();
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn guarded(cell: String) -> String {
    // A phone number begins with + and is no formula, and apostrophes break other programs.
    let is_number = cell.strip_prefix('+').is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()));
    match cell.starts_with(['=', '+', '-', '@']) && !is_number {
        true => format!("'{cell}"),
        false => cell,
    }
}

/// A cell as it was meant: without spaces around it and without the apostrophe in front of a formula.
pub(crate) fn unguarded(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// The rows of a table that was read, and what was wrong with others.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// The columns in their order, in small letters.
    pub columns: Vec<String>,
    /// Each row with its line in the file; as many cells as there are columns.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Rows that cannot be read.
    pub problems: Vec<LineProblem>,
}

/// Opens a table, whatever stands between its cells and in front of it; `heading` is what its first line
/// may be.
///
/// # Errors
/// In words: it is empty, or does not begin with its heading.
pub(crate) fn opened<'t>(text: &'t str, heading: &str) -> Result<csv::Reader<&'t [u8]>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(format!("the table is empty: its first line is {heading}"));
    }
    if text.starts_with("sep=") {
        return Err("the first line is the heading: take the line with sep= out".to_owned());
    }
    let heading = text.lines().next().unwrap_or_default();
    // Spreadsheets of many languages write semicolons, and what is copied out of one has tabs.
    let separator = [b';', b'\t']
        .into_iter()
        .find(|it| heading.contains(char::from(*it)) && !heading.contains(','));
    let mut reader = csv::ReaderBuilder::new();
    reader.delimiter(separator.unwrap_or(b',')).flexible(true);
    Ok(reader.from_reader(text.as_bytes()))
}

/// Reads a table whose columns are among `known` and of which one is among `keys`.
///
/// # Errors
/// What is wrong with the whole of it: too large, no such column, no key.
pub(crate) fn read(
    text: &str,
    known: &[&str],
    keys: &[&str],
    what: &str,
) -> Result<Sheet, Vec<LineProblem>> {
    let whole = |problem: String| vec![LineProblem { line: 1, column: String::new(), problem }];
    if text.len() > TABLE_BYTES_MAX {
        return Err(whole(format!("the table is larger than {TABLE_BYTES_MAX} bytes")));
    }
    let mut reader = opened(text, &known.join(",")).map_err(whole)?;
    let columns = match reader.headers() {
        Ok(heading) => heading.iter().map(|it| it.trim().to_lowercase()).collect::<Vec<_>>(),
        Err(error) => return Err(whole(format!("the heading cannot be read: {error}"))),
    };
    let wrong = wrong_columns(&columns, known, keys, what);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut sheet = Sheet { columns, ..Sheet::default() };
    for row in reader.records() {
        match row {
            Ok(row) => sheet.take(&row),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let problem = "cannot be read as CSV: look at its quotation marks".to_owned();
                sheet.problems.push(LineProblem { line, column: String::new(), problem });
            }
        }
        if sheet.rows.len() > TABLE_LINES_MAX || sheet.problems.len() > TABLE_LINES_MAX {
            return Err(whole(format!("more than {TABLE_LINES_MAX} lines: cut the table")));
        }
    }
    Ok(sheet)
}

impl Sheet {
    fn take(&mut self, row: &csv::StringRecord) {
        let line = row.position().map_or(0, csv::Position::line);
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        if row.len() != self.columns.len() {
            let (has, wants) = (row.len(), self.columns.len());
            let problem = format!("has {has} cells, the heading has {wants}");
            return self.problems.push(LineProblem { line, column: String::new(), problem });
        }
        self.rows.push((line, row.iter().map(|cell| unguarded(cell).to_owned()).collect()));
    }
}

fn wrong_columns(
    columns: &[String],
    known: &[&str],
    keys: &[&str],
    what: &str,
) -> Vec<LineProblem> {
    let mut problems = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let problem = match known.contains(&column.as_str()) {
            false => format!("no such column: known are {}", known.join(", ")),
            true if columns[..at].contains(column) => "the column stands here twice".to_owned(),
            true => continue,
        };
        problems.push(LineProblem { line: 1, column: column.clone(), problem });
    }
    if problems.is_empty() && !keys.iter().any(|key| columns.iter().any(|it| it == key)) {
        let problem = match keys {
            [key] => format!("the column {key} is needed to know the {what}"),
            keys => format!("one of {} is needed to know the {what}", keys.join(", ")),
        };
        problems.push(LineProblem { line: 1, column: String::new(), problem });
    }
    problems
}

/// Problems in the order of the table, one for each cell, at most [`TABLE_PROBLEMS_MAX`].
pub(crate) fn in_order(mut problems: Vec<LineProblem>) -> Vec<LineProblem> {
    problems.sort_by(|one, two| (one.line, &one.column).cmp(&(two.line, &two.column)));
    problems.dedup_by(|one, two| (one.line, &one.column) == (two.line, &two.column));
    problems.truncate(TABLE_PROBLEMS_MAX);
    problems
}
