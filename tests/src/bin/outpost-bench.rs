//! `scripts/bench`: benchmarks with their floors. Run without arguments for all of them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to a person")]

use std::path::Path;

use outpost_tests::bench::{
    exchange, find, import, labels, outbox, pull, rollout, save_form, support, tracker,
};

const USAGE: &str = "outpost-bench [save-form | import | pull | outbox [ROWS] | find | tracker \
     | exchange [HOUSEHOLDS] | rollout | labels]…  (default: all)";
const NAMES: [&str; 9] =
    ["save-form", "import", "pull", "outbox", "find", "tracker", "exchange", "rollout", "labels"];

/// People on a full phone.
const PEOPLE: u64 = 100_000;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [device, step, url, home] = &arguments[..]
        && device == "device"
    {
        // A benchmark runs this program once more as the device.
        let run = match step.starts_with("tracker") {
            true => tracker::run_device,
            false if step.starts_with("exchange") => exchange::run_device,
            false => pull::run_device,
        };
        return run(step, url, Path::new(home));
    }
    let is_known =
        |argument: &String| NAMES.contains(&argument.as_str()) || argument.parse::<u64>().is_ok();
    if !arguments.iter().all(is_known) {
        eprintln!("{USAGE}");
        std::process::exit(2);
    }
    let rows = arguments.iter().find_map(|argument| argument.parse().ok());
    let all = arguments.iter().all(|argument| argument.parse::<u64>().is_ok());
    let is_asked = |name: &str| all || arguments.iter().any(|argument| argument == name);
    if is_asked("save-form") {
        save_form::run();
    }
    if is_asked("import") {
        import::run();
    }
    if is_asked("pull") {
        pull::run();
    }
    if is_asked("outbox") {
        outbox::run(rows.unwrap_or(1_000_000));
    }
    if is_asked("find") {
        find::run(PEOPLE);
    }
    if is_asked("tracker") {
        tracker::run();
    }
    if is_asked("rollout") {
        rollout::run();
        support::run();
    }
    if is_asked("labels") {
        labels::run();
    }
    if is_asked("exchange") {
        // A number alone means the rows of the outbox.
        exchange::run(rows.filter(|_| !all).unwrap_or(exchange::HOUSEHOLDS));
    }
}
