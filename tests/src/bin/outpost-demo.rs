//! `scripts/demo`: runs the story with the binary beside this one.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to a person")]

use std::path::PathBuf;
use std::process::ExitCode;

use outpost_tests::demo::narrate::Narrator;
use outpost_tests::demo::story::{Stage, tell};

const USAGE: &str = "outpost-demo METADATA FOLDER";

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [metadata, folder] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let binary = match std::env::current_exe() {
        Ok(own) => own.with_file_name("outpost"),
        Err(error) => {
            eprintln!("where is the binary? {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut narrator = Narrator::default();
    let told = tell(&Stage { binary: &binary, metadata, folder }, &mut narrator);
    let report = folder.join("report.md");
    if let Err(error) = narrator.write(&report) {
        eprintln!("the report could not be written: {error}");
    }
    match told {
        Ok(()) => {
            println!("\nTo look at: {}", report.display());
            println!("Go on yourself: outpost --home {} status", folder.join("home").display());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("\nThe demo failed: {failure}");
            ExitCode::FAILURE
        }
    }
}
