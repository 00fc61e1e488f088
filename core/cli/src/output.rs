//! Where results, remarks and errors go: stdout for results, stderr for everything else.
//!
//! With `--json` stdout carries exactly one JSON document, also for an error. Texts for people never
//! carry what would steer a terminal: names and titles were typed by others.

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
            false => on_terminal(text()),
        };
        write_stdout(&text);
    }

    /// One answer of a conversation: a JSON document in one line, or the text made for people.
    /// Whether anybody still reads.
    #[must_use]
    pub fn line(self, document: &Value, text: impl FnOnce() -> String) -> bool {
        let text = match self.json {
            true => format!("{document}\n"),
            false => on_terminal(text()),
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

    /// Arguments that cannot be understood, in the words of the parser; help that was asked for is
    /// none.
    pub fn usage_error(self, error: &clap::Error) {
        if self.json {
            let text = error.render().to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            let words: Vec<&str> = first.split_whitespace().collect();
            let words = words.join(" ");
            let reason = words.strip_prefix("error: ").unwrap_or(&words);
            let error = OutpostError::invalid("arguments", "usage", reason);
            write_stdout(&format!("{:#}\n", error_document(&error)));
        }
        // Nothing can be done if nobody reads it.
        error.print().ok();
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
            let _is_read = try_stdout(&on_terminal(format!("> {}\n", line.trim_end())));
        }
    }

    /// Whether progress is drawn.
    #[must_use]
    pub fn draws_progress(self) -> bool {
        !self.quiet && !self.json && std::io::stderr().is_terminal()
    }
}

fn error_text(error: &OutpostError) -> String {
    tame(&format!("outpost: {error}. {}", error.what_to_do()).replace(".. ", ". "))
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

/// What stands for a character that is not shown.
const NOT_SHOWN: char = '\u{fffd}';

/// Whether a character steers a terminal or makes a line read in another order than it is written.
/// The marks that only say a direction (U+200E, U+200F, U+061C) belong to Arabic and Hebrew names.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{2028}' | '\u{2029}')
}

fn shown_as(character: char) -> char {
    if steers(character) { NOT_SHOWN } else { character }
}

/// A text of several lines without anything that steers a terminal.
fn tame(text: &str) -> String {
    text.chars().map(|it| if matches!(it, '\n' | '\t') { it } else { shown_as(it) }).collect()
}

/// What another program or a file takes is data (a table of devices) and stays as it is; tables for
/// people are tame wherever they go.
fn on_terminal(text: String) -> String {
    match std::io::stdout().is_terminal() {
        true => tame(&text),
        false => text,
    }
}

/// Columns aligned by the width of their widest cell; the last column is left as it is. No cell
/// begins another line: it could pass for a row.
#[must_use]
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let flat = |cell: &String| cell.chars().map(shown_as).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(flat).collect()).collect();
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&heads).chain(&rows) {
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

    #[test]
    fn what_would_steer_a_terminal_is_not_shown() {
        for (typed, shown) in [
            ("Amina\u{202e}gpj.exe", "Amina\u{fffd}gpj.exe"),
            ("\u{2066}x\u{2069}", "\u{fffd}x\u{fffd}"),
            ("a\u{1b}[2J\u{7}b", "a\u{fffd}[2J\u{fffd}b"),
            ("a\rb\u{9b}1m\u{2028}", "a\u{fffd}b\u{fffd}1m\u{fffd}"),
            // Names as they are written: accents, Arabic with its marks, joined letters.
            ("Kéïta عليّ\u{200f} क्\u{200d}ष", "Kéïta عليّ\u{200f} क्\u{200d}ष"),
        ] {
            assert_eq!(tame(typed), shown);
            assert_eq!(table(&["N"], &[vec![typed.to_owned()]]), format!("N\n{shown}\n"));
        }
        assert_eq!(tame("two\nlines\t1\n"), "two\nlines\t1\n");
        let forged = vec!["a\nb\tc".to_owned()];
        assert_eq!(table(&["N"], &[forged]), "N\na\u{fffd}b\u{fffd}c\n");
    }
}
