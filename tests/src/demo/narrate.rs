//! Tells on the terminal what happens, and keeps the same text as a report to look at afterwards.

use std::fmt::Write as _;
use std::path::Path;

/// The story so far.
#[derive(Default)]
pub struct Narrator {
    report: String,
    chapter: u32,
}

impl Narrator {
    /// Begins a chapter.
    pub fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        let line = format!("\n{}. {title}", self.chapter);
        println!("{line}");
        let _ = writeln!(self.report, "\n## {}. {title}\n", self.chapter);
    }

    /// One sentence of the story.
    pub fn say(&mut self, sentence: &str) {
        println!("   {sentence}");
        let _ = writeln!(self.report, "{sentence}\n");
    }

    /// A command and what it printed.
    pub fn show(&mut self, command: &str, output: &str) {
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
