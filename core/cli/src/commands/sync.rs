//! `pull`, `push`, `sync`.

use outpost_engine::model::{SyncOptions, SyncReport};
use outpost_engine::{CancelToken, Result, Session};
use serde_json::{Map, Value, json};

use crate::exit;
use crate::output::{Output, table};
use crate::progress::Bar;
use crate::strings;

/// Runs a synchronisation and prints its report.
///
/// # Errors
/// `Busy` if one is under way, storage errors; what ends the run early is in the report.
pub fn run(session: &Session, options: SyncOptions, output: Output) -> Result<u8> {
    let cancel = CancelToken::new();
    cancel_on_interrupt(&cancel);
    let bar = Bar::new(output);
    let report = session.sync(options, &bar, &cancel)?;
    bar.finish();
    output.result(&document(&report), || text(&report, options, output.quiet));
    let Some(error) = &report.stopped else { return Ok(exit::OK) };
    if !output.json {
        output.error(error);
    }
    Ok(exit::of(error))
}

/// Ctrl+C asks the work to stop after the step under way; a second one ends the process at once,
/// which loses nothing either.
pub fn cancel_on_interrupt(cancel: &CancelToken) {
    let cancel = cancel.clone();
    let (listens, is_listening) = std::sync::mpsc::channel();
    let listening = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            // The first look is what makes it listen.
            let mut first = std::pin::pin!(tokio::signal::ctrl_c());
            let early = tokio::select! {
                biased;
                caught = &mut first => Some(caught),
                () = std::future::ready(()) => None,
            };
            listens.send(()).ok();
            let caught = match early {
                Some(caught) => caught,
                None => first.await,
            };
            if caught.is_ok() {
                cancel.cancel();
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(exit::CANCELLED));
            }
        });
    };
    std::thread::spawn(listening);
    // An interrupt before that would end the process; without a runtime nobody listens.
    is_listening.recv().ok();
}

fn document(report: &SyncReport) -> Value {
    let counts: Map<String, Value> =
        report.counts.iter().map(|count| (count.kind.clone(), json!(count.count))).collect();
    let stopped = report.stopped.as_ref().map(|error| {
        json!({
            "kind": error.kind(),
            "reason": error.to_string(),
            "what_to_do": error.what_to_do(),
        })
    });
    json!({
        "synced": report.synced,
        "rejected": report.rejected,
        "deferred": report.deferred,
        "conflicts": report.conflicts,
        "metadata_changed": report.metadata_changed,
        "metadata_removed": report.metadata_removed,
        "downloaded": report.downloaded,
        "requests": report.requests,
        "bytes": report.bytes,
        "counts": counts,
        "notes": report.notes,
        "stopped": stopped,
    })
}

fn text(report: &SyncReport, options: SyncOptions, is_quiet: bool) -> String {
    // A run that ended early says only what it did, not what it did not get to.
    let ran = report.stopped.is_none();
    let mut lines = Vec::new();
    if options.upload && (ran || report.synced + report.rejected > 0) {
        lines.push(strings::sent(report.synced, report.rejected, report.deferred));
    }
    if options.metadata && (ran || report.metadata_changed + report.metadata_removed > 0) {
        lines.push(strings::metadata(report.metadata_changed, report.metadata_removed));
    }
    if options.download && (ran || report.downloaded > 0) {
        lines.push(strings::downloaded(report.downloaded));
    }
    if report.conflicts > 0 {
        lines.push(strings::new_conflicts(report.conflicts));
    }
    if is_quiet {
        return lines.iter().map(|line| format!("{line}\n")).collect();
    }
    lines.push(strings::cost(report.requests, report.bytes));
    lines.extend(report.notes.iter().map(|note| format!("Note: {note}")));
    let mut text = lines.join("\n") + "\n";
    let counts = report.counts.iter().filter(|count| ran && count.count > 0);
    let rows: Vec<_> =
        counts.map(|count| vec![count.kind.clone(), count.count.to_string()]).collect();
    if !rows.is_empty() {
        text.push_str(&table(&["On this device", "Count"], &rows));
    }
    text
}
