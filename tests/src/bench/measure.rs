//! Timing and memory figures, and how they are printed.

use std::time::{Duration, Instant};

/// Median time of `rounds` runs of `work`, after one that does not count.
pub fn median(rounds: usize, mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<_> = (0..rounds.max(1))
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// Prints one result: ours, the floor, the ratio, the bar.
pub fn print_ratio(what: &str, ours: Duration, floor: Duration, bar: f64) {
    let ratio = ours.as_secs_f64() / floor.as_secs_f64().max(1e-9);
    println!(
        "{what:<58} ours {:>10.3} ms   floor {:>10.3} ms   ratio {ratio:>5.2} (bar {bar})",
        ours.as_secs_f64() * 1e3,
        floor.as_secs_f64() * 1e3,
    );
}

/// Memory of this process in KiB: `VmRSS` now or `VmHWM`, the highest since the last reset.
#[must_use]
pub fn memory_kib(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Lets `VmHWM` start again from the memory used now.
pub fn reset_memory_peak() {
    // Only Linux has this; elsewhere the peak of the whole run is printed, which is never better.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
