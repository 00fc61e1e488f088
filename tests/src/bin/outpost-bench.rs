//! `scripts/bench`: benchmarks with their floors. Run without arguments for all of them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to a person")]

use outpost_tests::bench::{outbox, save_form};

const USAGE: &str = "outpost-bench [save-form | outbox [ROWS]]…  (default: all)";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let all = arguments.is_empty();
    let is_asked = |name: &str| all || arguments.iter().any(|argument| argument == name);
    if !all && !["save-form", "outbox"].iter().any(|name| is_asked(name)) {
        eprintln!("{USAGE}");
        std::process::exit(2);
    }
    let rows = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    if is_asked("save-form") {
        save_form::run();
    }
    if is_asked("outbox") {
        outbox::run(rows);
    }
}
