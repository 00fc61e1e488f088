//! Tells on the terminal what happens, and keeps the same text as a report to look at afterwards.

use std::fmt::Write as _;
use std::path::Path;

/// The story so far.
#[derive(Default)]
pub struct Narrator {
    report: String,
    chapter: u32,
    is_silent: bool,
}

impl Narrator {
    /// One that tells nothing: for what would only repeat what was told.
    #[must_use]
    pub fn silent() -> Self {
        Self { is_silent: true, ..Self::default() }
    }

    /// Begins a chapter.
    pub fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        let line = format!("\n{}. {title}", self.chapter);
        println!("{line}");
        let _ = writeln!(self.report, "\n## {}. {title}\n", self.chapter);
    }

    /// One sentence of the story.
    pub fn say(&mut self, sentence: &str) {
        if self.is_silent {
            return;
        }
        println!("   {sentence}");
        let _ = writeln!(self.report, "{sentence}\n");
    }

    /// A command and what it printed.
    pub fn show(&mut self, command: &str, output: &str) {
        if self.is_silent {
            return;
        }
        println!("   $ {command}");
        for line in output.lines() {
            println!("     {line}");
        }
        let _ = writeln!(self.report, "```\n$ {command}\n{}\n```\n", output.trim_end());
    }

    /// Writes the report.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, format!("# What the demo did\n{}", self.report))
    }
}
