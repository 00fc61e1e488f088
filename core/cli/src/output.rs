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

    /// One answer of a conversation: a JSON document in one line, or the text made for people.
    /// Whether anybody still reads.
    #[must_use]
    pub fn line(self, document: &Value, text: impl FnOnce() -> String) -> bool {
        let text = match self.json {
            true => format!("{document}\n"),
            false => text(),
        };
        try_stdout(&text)
    }

    /// An error in a conversation that goes on. Whether anybody still reads.
    #[must_use]
    pub fn line_error(self, error: &OutpostError) -> bool {
        write_stderr(&error_text(error));
        !self.json || try_stdout(&format!("{}\n", error_document(error)))
    }

    /// An error.
    pub fn error(self, error: &OutpostError) {
        if self.json {
            write_stdout(&format!("{:#}\n", error_document(error)));
        }
        write_stderr(&error_text(error));
    }

    /// Asks for a line, where a person sits at the terminal.
    pub fn prompt(self) {
        if !self.quiet && !self.json && std::io::stdin().is_terminal() {
            let mut stderr = std::io::stderr().lock();
            let written = stderr.write_all(b"> ").and_then(|()| stderr.flush());
            drop(written);
        }
    }

    /// Repeats a line that did not come from a terminal, so that the answers can be read beside it.
    pub fn echo(self, line: &str) {
        if !self.quiet && !self.json && !std::io::stdin().is_terminal() {
            let _is_read = try_stdout(&format!("> {}\n", line.trim_end()));
        }
    }

    /// Whether progress is drawn.
    #[must_use]
    pub fn draws_progress(self) -> bool {
        !self.quiet && !self.json && std::io::stderr().is_terminal()
    }
}

fn error_text(error: &OutpostError) -> String {
    format!("outpost: {error}. {}", error.what_to_do()).replace(".. ", ". ")
}

fn error_document(error: &OutpostError) -> Value {
    let (reason, what_to_do) = (error.to_string(), error.what_to_do());
    let mut object = json!({ "kind": error.kind(), "reason": reason, "what_to_do": what_to_do });
    if let OutpostError::InvalidInput { field, code, .. } = error {
        object["field"] = json!(field);
        object["code"] = json!(code);
    }
    if let OutpostError::Unauthenticated { problem } = error {
        object["problem"] = json!(problem.name());
    }
    json!({ "error": object })
}

// A closed pipe (`outpost forms | head`) is no error of ours: the reader has seen enough.
fn write_stdout(text: &str) {
    if !try_stdout(text) {
        std::process::exit(i32::from(crate::exit::OK));
    }
}

fn try_stdout(text: &str) -> bool {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_ok()
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
