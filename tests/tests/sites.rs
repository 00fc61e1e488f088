//! Many small areas without network, each decided by one seed: nothing a person entered is lost, nothing
//! is doubled, and once all media arrive everything is on the server, or is parked and says why.
//!
//! `OUTPOST_SEEDS=1000 cargo test --workspace --test sites` runs more of them, `OUTPOST_SEED=17 …` one,
//! `OUTPOST_FIRST_SEED=300 …` begins elsewhere. `OUTPOST_NTH_STEP=1` fails every single byte of a file's
//! way in turn; an ordinary run takes strides.

#![allow(clippy::print_stdout, reason = "a failure tells how to repeat it")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use outpost_tests::sim::Failure;
use outpost_tests::sites::{Tally, every_step, run};

/// Areas in an ordinary run of the tests.
const SEEDS: u64 = 24;
/// The machine of reference has two cores.
const THREADS: u64 = 2;
/// Bytes between two places at which the way of a file fails in an ordinary run.
const STRIDE_BYTES: u64 = 1_500;
/// Lines of the trace that a failure shows, unless `OUTPOST_TRACE` says otherwise.
const TRACE_LINES: u64 = 60;

/// Seeds that once failed, each with what it found.
const OLD_SEEDS: &[u64] = &[
    17,  // (the simulation: whoever has network handed on to a tablet that never has)
    32,  // a deletion of what never came to a carrier was reported as arrived
    77,  // a deletion came before its record, and nobody told who carried the record
    87,  // (the judge: what was entered after a backup goes with the device)
    130, // a deletion looked like no change where an earlier version had come by another carrier
    140, // (the judge: a row waits by name if whoever carries it said why)
    141, // a version that settled a conflict left its entry pointing at a row that was gone
    160, // a phone that was restored twice counted from an old revision: its edit was dropped as older
    163, // a carrier brought an old version over the newer one of another carrier, unseen; later: a
    // deletion that one carrier brought was not told to the other who had the record
    181, // an answer was cleared: the carrier took the older row of a phone for an edit of its own
    195, // as 163, of a person
    525, // a restored phone corrected what was refused under the number that it was refused under
    653, // (the judge: a deletion that goes without a request leaves no mark either)
];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn show(seed: u64, failure: &Failure) -> String {
    let lines = number("OUTPOST_TRACE").unwrap_or(TRACE_LINES);
    let skipped = failure.trace.len().saturating_sub(usize::try_from(lines).unwrap_or(usize::MAX));
    let trace = failure.trace[skipped..].join("\n  ");
    format!(
        "{trace}\n\nseed {seed}: {}\nrepeat it with: OUTPOST_SEED={seed} cargo test --workspace \
         --test sites any_area\n",
        failure.what
    )
}

/// Runs the seeds on a few threads; gives back the sum and the failures.
fn run_all(seeds: &[u64]) -> (Tally, Vec<String>) {
    let next = AtomicU64::new(0);
    let found: Mutex<(Tally, Vec<String>)> = Mutex::default();
    let held = || found.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..number("OUTPOST_THREADS").unwrap_or(THREADS) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let seed = usize::try_from(place).ok().and_then(|place| seeds.get(place));
                    let Some(seed) = seed else { return };
                    match run(*seed) {
                        Ok(tally) => held().0.add(&tally),
                        Err(failure) => held().1.push(show(*seed, &failure)),
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn seeds() -> Vec<u64> {
    match (number("OUTPOST_SEED"), number("OUTPOST_SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, count) => {
            let first = number("OUTPOST_FIRST_SEED").unwrap_or(0);
            (first..first + count.unwrap_or(SEEDS)).collect()
        }
    }
}

#[test]
fn any_area_without_network_keeps_its_promises() {
    let seeds = seeds();
    let (tally, failures) = run_all(&seeds);
    println!("{} areas, {} failed: {tally:?}", seeds.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let count = seeds.len() as u64;
    if count >= 100 {
        assert!(tally.edits > 20 * count, "people were idle: {tally:?}");
        assert!(tally.taken_in > 5 * count, "nothing arrived: {tally:?}");
        assert!(tally.lost > count / 2, "nothing was lost: {tally:?}");
        assert!(tally.doubled > count / 2, "nothing came twice: {tally:?}");
        assert!(tally.damaged > count / 2, "nothing was damaged: {tally:?}");
        assert!(tally.deaths > count, "no process died: {tally:?}");
        assert!(tally.restores + tally.copies_restored > count / 4, "no old state: {tally:?}");
        assert!(tally.parked > count / 10, "nothing was refused: {tally:?}");
        assert!(tally.compared > 20 * count, "nothing was compared: {tally:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_area() {
    let tally = |seed| run(seed).map_err(|failure| show(seed, &failure));
    assert_eq!(tally(3), tally(3));
}

#[test]
fn whatever_fails_once_on_the_way_of_a_file_costs_nothing() {
    let outcome = every_step(number("OUTPOST_NTH_STEP").unwrap_or(STRIDE_BYTES));
    let (days, tally) = outcome.map_err(|failure| show(0, &failure)).expect("good days");
    println!("{days} days: {tally:?}");
    assert!(tally.deaths > 30 && tally.failures > 10, "little went wrong: {tally:?}");
}

#[test]
fn areas_that_once_failed_pass() {
    let (_, failures) = run_all(OLD_SEEDS);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
