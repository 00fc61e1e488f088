//! `form fill`: a form filled in line by line, by a person at a terminal or by a script.
//!
//! A line that is not understood never ends the session, and nothing typed is lost without a word:
//! an event that is not saved is kept as a draft.

mod event;
mod lines;
mod report;

use std::io::BufRead;

use outpost_engine::model::FormKind;
use outpost_engine::{OutpostError, Result, Session};
use serde_json::{Value, json};

use crate::args::Fill;
use crate::exit;
use crate::output::{Output, table};
use crate::strings;
use lines::{Line, next_line};

/// What the form says to a line.
struct Answer {
    document: Value,
    text: String,
}

/// A form that is open.
trait OpenForm {
    /// The form as it stands.
    fn show(&self) -> Result<Answer>;
    /// Takes `NAME=VALUE`.
    fn set(&mut self, text: &str) -> Result<Answer>;
    /// What speaks against completing it.
    fn check(&self) -> Result<Answer>;
    fn save(&mut self) -> Result<Answer>;
    fn complete(&mut self) -> Result<Answer>;
    fn draft(&mut self) -> Result<Answer>;
    fn date(&mut self, date: &str) -> Result<Answer>;
    fn discard(&mut self) -> Result<Answer>;
    /// Keeps what is not saved; `None` if there is nothing to keep.
    fn leave(&mut self) -> Result<Option<Answer>>;
    /// Whether something stands refused.
    fn is_refused(&self) -> bool;
}

/// Opens a form and answers lines until the input ends.
///
/// # Errors
/// `NotFound`, `InvalidInput` for what is wrong with the form itself, storage errors.
pub fn run(session: &Session, arguments: &Fill, output: Output) -> Result<u8> {
    let mut form: Box<dyn OpenForm> = match &arguments.data_set {
        Some(data_set) => Box::new(report::open(session, arguments, data_set)?),
        None => Box::new(event::open(session, arguments)?),
    };
    converse(&mut *form, &mut std::io::stdin().lock(), output)
}

fn converse(form: &mut dyn OpenForm, input: &mut dyn BufRead, output: Output) -> Result<u8> {
    let opened = form.show()?;
    let mut is_read = output.line(&opened.document, || opened.text);
    let mut is_understood = true;
    let mut is_discarded = false;
    while is_read && !is_discarded {
        output.prompt();
        let Some(line) = next_line(input)? else { break };
        if let Ok(line) = &line {
            output.echo(line);
        }
        let answer = match line.and_then(|line| Line::parse(&line)) {
            Ok(Line::Nothing) => continue,
            Ok(Line::Quit) => break,
            Ok(line) => {
                is_discarded = line == Line::Discard;
                answer(form, &line)
            }
            Err(error) => Err(error),
        };
        is_read = match answer {
            Ok(answer) => output.line(&answer.document, || answer.text),
            Err(error) => {
                is_understood = false;
                is_input(&error)?;
                output.line_error(&error)
            }
        };
    }
    if let Some(kept) = form.leave()? {
        // Nobody may be reading any more: it is kept all the same.
        let _is_read = output.line(&kept.document, || kept.text);
    }
    Ok(match (form.is_refused(), is_understood) {
        (true, _) => exit::REFUSED,
        (false, false) => exit::INPUT,
        (false, true) => exit::OK,
    })
}

fn answer(form: &mut dyn OpenForm, line: &Line) -> Result<Answer> {
    match line {
        Line::Set(text) => form.set(text),
        Line::Date(date) => form.date(date),
        Line::Show => form.show(),
        Line::Check => form.check(),
        Line::Save => form.save(),
        Line::Complete => form.complete(),
        Line::Draft => form.draft(),
        Line::Discard => form.discard(),
        Line::Help | Line::Nothing | Line::Quit => {
            let text = format!("{}\n", strings::FILL_HELP);
            Ok(Answer { document: json!({ "help": strings::FILL_HELP }), text })
        }
    }
}

/// Passes an error about a line; hands back one that the session cannot go on with.
fn is_input(error: &OutpostError) -> Result<()> {
    match exit::of(error) {
        exit::INPUT => Ok(()),
        _ => Err(error.clone()),
    }
}

/// `form drafts`
///
/// # Errors
/// `NotFound`; storage errors.
pub fn drafts(session: &Session, form: &str, output: Output) -> Result<u8> {
    let program = session.find_form(Some(FormKind::EventProgram), form)?;
    let drafts = session.drafts(program.uid)?;
    let document: Vec<Value> = drafts
        .iter()
        .map(|draft| json!({ "event": draft.key, "saved_at": strings::moment(draft.saved_ms) }))
        .collect();
    let row = |draft: &outpost_engine::model::DraftView| {
        vec![draft.key.clone(), strings::moment(draft.saved_ms)]
    };
    output.result(&json!(document), || match drafts.is_empty() {
        true => strings::NO_DRAFTS.to_owned(),
        false => table(&["Event", "Saved"], &drafts.iter().map(row).collect::<Vec<_>>()),
    });
    Ok(exit::OK)
}

#[cfg(test)]
mod tests;
