//! Timing and memory figures, and how they are printed.
//!
//! Ours and the floor run by turns, so that whatever else the machine does weighs on both, and a
//! ratio is one of two neighbours in time. Besides the clock there is the processor's own count of
//! this thread's work: on a machine that does other things at the same time, it is what can be
//! compared.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a piece of work took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// By the clock, waiting for the disk included.
    pub wall: Duration,
    /// On the processor, by this thread; zero where the system does not tell.
    pub processor: Duration,
}

/// Runs `work` once.
pub fn spent<T>(work: impl FnOnce() -> T) -> (Spent, T) {
    let (processor, start) = (processor(), Instant::now());
    let result = work();
    let wall = start.elapsed();
    (Spent { wall, processor: self::processor().saturating_sub(processor) }, result)
}

/// Nanoseconds that this thread ran; Linux only.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = text.split_whitespace().next().and_then(|number| number.parse().ok());
    Duration::from_nanos(first.unwrap_or(0))
}

/// Seconds that all threads of this process ran, those that have ended too; Linux only.
pub fn processor_of_process_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, which may hold spaces, stands in brackets; behind them the state, ten
    // more, then the ticks in user and in system mode (proc(5)).
    let behind_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = behind_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}

/// `USER_HZ`, the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// The system's clock in Unix ms.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Ours and the floor, `rounds` times by turns, after one turn that does not count.
pub fn by_turns(
    rounds: usize,
    mut ours: impl FnMut() -> Spent,
    mut floor: impl FnMut() -> Spent,
) -> Vec<[Spent; 2]> {
    ours();
    floor();
    let turn = |round: usize| {
        // Whoever comes second may profit from the first, or wait for what it left behind.
        if round.is_multiple_of(2) {
            let first = ours();
            [first, floor()]
        } else {
            let first = floor();
            [ours(), first]
        }
    };
    (0..rounds.max(1)).map(turn).collect()
}

/// Prints one result: ours, the floor, the ratio of the clock with its bar, that of the processor.
pub fn print_ratio(what: &str, turns: &[[Spent; 2]], bar: f64) {
    let middle = |of: &dyn Fn(&[Spent; 2]) -> f64| median(turns.iter().map(of).collect());
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let ratio = |ours: Duration, floor: Duration| ms(ours) / ms(floor).max(1e-6);
    println!(
        "{what:<52} ours {:>9.3} ms  floor {:>9.3} ms  ratio {:>5.2} (bar {bar}); \
         processor {:>9.3} / {:>9.3} ms, ratio {:>5.2}",
        middle(&|turn| ms(turn[0].wall)),
        middle(&|turn| ms(turn[1].wall)),
        middle(&|turn| ratio(turn[0].wall, turn[1].wall)),
        middle(&|turn| ms(turn[0].processor)),
        middle(&|turn| ms(turn[1].processor)),
        middle(&|turn| ratio(turn[0].processor, turn[1].processor)),
    );
}

/// The middle one.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Memory of this process in KiB: `VmRSS` now or `VmHWM`, the highest so far; Linux only.
#[must_use]
pub fn memory_kib(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
