//! `import`.

use std::io::Read;
use std::path::Path;

use outpost_engine::model::{ImportObserver, ImportReport};
use outpost_engine::{CancelToken, OutpostError, Result, Session};
use serde_json::{Value, json};

use super::sync::cancel_on_interrupt;
use crate::exit;
use crate::output::{Output, table};
use crate::progress::Bar;
use crate::strings;

/// Largest file taken from standard input: it is read twice, so it has to be held in memory, and it
/// must not touch the disk unencrypted. A file by its path may have any size.
const STDIN_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Refused records shown to a person; `--json` lists more.
const REFUSALS_SHOWN: usize = 20;

struct Counter {
    bar: Bar,
}

impl ImportObserver for Counter {
    fn on_progress(&self, records: u64) {
        self.bar.counted(strings::IMPORTING, records, None);
    }
}

/// Imports a file and prints what became of it.
///
/// # Errors
/// `InvalidInput` for a file that cannot be read; `Cancelled`; storage errors.
pub fn run(session: &Session, file: &Path, output: Output) -> Result<u8> {
    let cancel = CancelToken::new();
    cancel_on_interrupt(&cancel);
    let counter = Counter { bar: Bar::new(output) };
    let report = match file.as_os_str() == "-" {
        true => session.import_bytes(read_stdin()?, &counter, &cancel),
        false => session.import_file(file, &counter, &cancel),
    };
    counter.bar.finish();
    let report = report?;
    output.result(&document(&report), || text(&report));
    Ok(if report.refused == 0 { exit::OK } else { exit::REFUSED })
}

fn read_stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(STDIN_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| OutpostError::invalid("file", "unreadable", error))?;
    if bytes.len() as u64 > STDIN_BYTES_MAX {
        return Err(OutpostError::invalid("file", "too_large", strings::STDIN_TOO_LARGE));
    }
    Ok(bytes)
}

fn document(report: &ImportReport) -> Value {
    let refusals: Vec<Value> = report
        .refusals
        .iter()
        .map(|it| {
            json!({
                "index": it.index,
                "uid": it.uid,
                "code": it.refusal.code,
                "reason": it.refusal.reason,
            })
        })
        .collect();
    json!({
        "records": report.records,
        "saved": report.saved,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "refusals": refusals,
        "completed": report.completed,
    })
}

fn text(report: &ImportReport) -> String {
    let mut text = strings::imported(report.records, report.saved, report.unchanged);
    if report.refused == 0 {
        return text;
    }
    text.push_str(&strings::import_refused(report.refused));
    let lines: Vec<Vec<String>> = report
        .refusals
        .iter()
        .take(REFUSALS_SHOWN)
        .map(|it| {
            let uid = it.uid.clone().unwrap_or_default();
            vec![it.index.to_string(), uid, it.refusal.code.clone(), it.refusal.reason.clone()]
        })
        .collect();
    text.push_str(&table(&["Place", "Id", "Code", "Why"], &lines));
    if report.refused > lines.len() as u64 {
        text.push_str(strings::MORE_REFUSED);
    }
    text
}
