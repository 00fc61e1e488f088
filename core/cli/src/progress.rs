//! Progress on a terminal: one bar per phase, on stderr, never in the way of results.

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressStyle};
use outpost_engine::model::{SyncObserver, SyncPhase, SyncProgress};

use crate::output::Output;

/// Draws the progress of a synchronisation, or nothing if nobody looks.
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar if `output` is a terminal that wants one.
    #[must_use]
    pub fn new(output: Output) -> Self {
        let bar = match output.draws_progress() {
            true => ProgressBar::new(0),
            false => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{prefix:9} [{bar:28}] {pos}/{len} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("#>-"));
        }
        Self { bar }
    }

    /// Shows how far something came that is counted in bytes or records.
    pub fn counted(&self, what: &str, done: u64, total: Option<u64>) {
        self.bar.set_prefix(what.to_owned());
        self.bar.set_length(total.unwrap_or(done));
        self.bar.set_position(done);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl SyncObserver for Bar {
    fn on_progress(&self, progress: SyncProgress) {
        let phase = match progress.phase {
            SyncPhase::SignIn => "Sign in",
            SyncPhase::Upload => "Send",
            SyncPhase::Metadata => "Forms",
            SyncPhase::Download => "Data",
        };
        self.counted(phase, progress.done, progress.total);
        let bytes = HumanBytes(progress.bytes);
        let remaining = progress.remaining_ms.map(std::time::Duration::from_millis);
        let remaining = remaining.map(|time| format!(", {} left", HumanDuration(time)));
        let remaining = remaining.unwrap_or_default();
        self.bar.set_message(format!("{}  {bytes}{remaining}", progress.subject));
    }
}
