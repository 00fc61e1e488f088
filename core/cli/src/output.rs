//! Where results, remarks and errors go: stdout for results, stderr for everything else.
//!
//! With `--json` stdout carries exactly one JSON document, also for an error.

use std::io::{IsTerminal, Write};

use outpost_engine::OutpostError;
use serde_json::{Value, json};

/// How to speak.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON document on stdout.
    pub json: bool,
    /// Results only.
    pub quiet: bool,
}

impl Output {
    /// Prints a result: the JSON document, or the text made for people.
    pub fn result(self, document: &Value, text: impl FnOnce() -> String) {
        let text = match self.json {
            true => format!("{document:#}\n"),
            false => text(),
        };
        write_stdout(&text);
    }

    /// An error.
    pub fn error(self, error: &OutpostError) {
        let (reason, what_to_do) = (error.to_string(), error.what_to_do());
        if self.json {
            let mut object = json!({
                "kind": error.kind(), "reason": reason, "what_to_do": what_to_do,
            });
            if let OutpostError::InvalidInput { field, code, .. } = error {
                object["field"] = json!(field);
                object["code"] = json!(code);
            }
            if let OutpostError::Unauthenticated { problem } = error {
                object["problem"] = json!(problem.name());
            }
            write_stdout(&format!("{:#}\n", json!({ "error": object })));
        }
        write_stderr(&format!("outpost: {reason}. {what_to_do}").replace(".. ", ". "));
    }

    /// Whether progress is drawn.
    #[must_use]
    pub fn draws_progress(self) -> bool {
        !self.quiet && !self.json && std::io::stderr().is_terminal()
    }
}

// A closed pipe (`outpost forms | head`) is no error of ours: the reader has seen enough.
fn write_stdout(text: &str) {
    let mut stdout = std::io::stdout().lock();
    if stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_err() {
        std::process::exit(i32::from(crate::exit::OK));
    }
}

fn write_stderr(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let written = stderr.write_all(format!("{text}\n").as_bytes());
    drop(written);
}

/// Columns aligned by the width of their widest cell; the last column is left as it is.
#[must_use]
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&heads).chain(rows) {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            let padding = width.saturating_sub(cell.chars().count());
            line.push_str(cell);
            line.push_str(&" ".repeat(padding + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            vec![vec!["1".to_owned(), "é".to_owned()], vec!["22".to_owned(), "b".to_owned()]];
        assert_eq!(table(&["No", "Name"], &rows), "No  Name\n1   é\n22  b\n");
    }
}
