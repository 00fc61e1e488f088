//! The clock and the randomness of the operating system.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::{Clock, Random};
use crate::error::{OutpostError, Result};

/// Randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        getrandom::fill(buffer).map_err(|error| {
            OutpostError::internal(format!("the system gave no random bytes ({error})"))
        })
    }
}

/// The system's clocks. Where the kernel does not tell its uptime, it counts from the start of this
/// process and each process is a start of its own: a wait then lasts at least as long as promised.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn unix_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        }
    }

    fn uptime_ms(&self) -> u64 {
        kernel_uptime_ms()
            .unwrap_or_else(|| u64::try_from(self.started.elapsed().as_millis()).unwrap_or(0))
    }

    fn boot_id(&self) -> String {
        std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map(|text| text.trim().to_owned())
            .unwrap_or_else(|_| format!("process-{}", std::process::id()))
    }
}

fn kernel_uptime_ms() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    parse_uptime_ms(&text)
}

/// Parses `12345.67 …` (seconds with hundredths) of `/proc/uptime` (man 5 proc_uptime).
fn parse_uptime_ms(text: &str) -> Option<u64> {
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    let seconds: u64 = seconds.parse().ok()?;
    let hundredths: u64 = hundredths.get(..2)?.parse().ok()?;
    seconds.checked_mul(1_000)?.checked_add(hundredths * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(parse_uptime_ms(text), expected, "{text}");
    }

    #[test]
    fn the_uptime_of_the_kernel_is_read_in_milliseconds() {
        check("350735.47 234388.90\n", Some(350_735_470));
        check("0.01 0.00", Some(10));
        check("", None);
        check("12 3", None);
        check("99999999999999999999.00 1", None);
    }

    #[test]
    fn two_drawings_of_random_bytes_differ() {
        let (mut first, mut second) = ([0u8; 32], [0u8; 32]);
        OsRandom.fill(&mut first).expect("random");
        OsRandom.fill(&mut second).expect("random");
        assert_ne!(first, second);
    }
}
