//! How long a person must wait after wrong passwords or PINs when signing in without network.
//!
//! Time is counted by the device's uptime within one boot, never by its clock: setting the clock or
//! starting the device again does not shorten a wait. The state is stored by the caller after every
//! [`Lockout::failed`] and [`Lockout::observed`].

use serde::{Deserialize, Serialize};

/// Wrong attempts that cost nothing.
pub const FREE_FAILURES: u32 = 4;
/// The wait after the first failure beyond the free ones; each further one doubles it.
pub const FIRST_WAIT_MS: u64 = 30_000;
/// The longest wait: an hour for six digits tried in order takes a century.
pub const LONGEST_WAIT_MS: u64 = 60 * 60 * 1_000;

/// What the device says about its running time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Changes at every start of the device (`/proc/sys/kernel/random/boot_id`).
    pub boot_id: String,
    /// Milliseconds since that start, sleep included.
    pub uptime_ms: u64,
}

/// Failures so far and what remains of the wait, as of the reading in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lockout {
    /// Wrong attempts since the last right one.
    pub failures: u32,
    /// What remained of the wait at the reading below.
    pub remaining_ms: u64,
    /// Boot of the reading.
    pub boot_id: String,
    /// Uptime of the reading.
    pub uptime_ms: u64,
}

/// Whether an attempt may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Yes.
    Allowed,
    /// Not for so many milliseconds.
    Wait(u64),
}

impl Lockout {
    /// Whether an attempt may be made at `reading`.
    #[must_use]
    pub fn attempt(&self, reading: &Reading) -> Attempt {
        match self.remaining_at(reading) {
            0 => Attempt::Allowed,
            wait_ms => Attempt::Wait(wait_ms),
        }
    }

    /// The state after a wrong attempt. An attempt during a wait begins the next, longer wait.
    #[must_use]
    pub fn failed(&self, reading: &Reading) -> Self {
        let failures = self.failures.saturating_add(1);
        let remaining_ms = self.remaining_at(reading).max(wait_after(failures));
        Self { failures, remaining_ms, ..Self::anchored(reading) }
    }

    /// The state after the right password.
    #[must_use]
    pub fn succeeded() -> Self {
        Self::default()
    }

    /// The same wait expressed as of `reading`. Stored now and then, so that time waited before a
    /// restart of the device is not waited again.
    #[must_use]
    pub fn observed(&self, reading: &Reading) -> Self {
        let remaining_ms = self.remaining_at(reading);
        Self { failures: self.failures, remaining_ms, ..Self::anchored(reading) }
    }

    fn anchored(reading: &Reading) -> Self {
        Self { boot_id: reading.boot_id.clone(), uptime_ms: reading.uptime_ms, ..Self::default() }
    }

    fn remaining_at(&self, reading: &Reading) -> u64 {
        // Another boot tells nothing about how long the device was off: nothing counts as waited.
        let is_same_boot = reading.boot_id == self.boot_id;
        let waited_ms = match is_same_boot {
            true => reading.uptime_ms.saturating_sub(self.uptime_ms),
            false => 0,
        };
        self.remaining_ms.saturating_sub(waited_ms)
    }
}

fn wait_after(failures: u32) -> u64 {
    match failures.checked_sub(FREE_FAILURES + 1) {
        None => 0,
        Some(doublings) => (FIRST_WAIT_MS << doublings.min(16)).min(LONGEST_WAIT_MS),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(boot_id: &str, uptime_ms: u64) -> Reading {
        Reading { boot_id: boot_id.to_owned(), uptime_ms }
    }

    fn failed_times(times: u32) -> Lockout {
        (0..times).fold(Lockout::default(), |state, _| state.failed(&at("a", 1_000)))
    }

    #[track_caller]
    fn check(failures: u32, reading: &Reading, expected: Attempt) {
        assert_eq!(failed_times(failures).attempt(reading), expected, "after {failures}");
    }

    #[test]
    fn waits_begin_after_the_free_failures_and_double_up_to_an_hour() {
        check(0, &at("a", 1_000), Attempt::Allowed);
        check(4, &at("a", 1_000), Attempt::Allowed);
        check(5, &at("a", 1_000), Attempt::Wait(30_000));
        check(6, &at("a", 1_000), Attempt::Wait(60_000));
        check(11, &at("a", 1_000), Attempt::Wait(1_920_000));
        check(12, &at("a", 1_000), Attempt::Wait(3_600_000));
        check(500, &at("a", 1_000), Attempt::Wait(3_600_000));
    }

    #[test]
    fn only_uptime_of_the_same_boot_counts_as_waited() {
        check(5, &at("a", 21_000), Attempt::Wait(10_000));
        check(5, &at("a", 31_000), Attempt::Allowed);
        check(5, &at("b", 999_000), Attempt::Wait(30_000));
        check(5, &at("a", 0), Attempt::Wait(30_000));
    }

    #[test]
    fn a_right_password_forgets_the_failures() {
        assert_eq!(Lockout::succeeded().attempt(&at("a", 0)), Attempt::Allowed);
    }

    proptest! {
        /// However readings are interleaved with restarts, the wait that was granted is never more
        /// than the time that truly passed.
        #[test]
        fn no_sequence_of_restarts_shortens_a_wait(
            steps in prop::collection::vec((any::<bool>(), 0u64..20_000), 1..30)
        ) {
            let mut state = failed_times(6);
            let (mut boot, mut uptime, mut passed) = (0u32, 1_000u64, 0u64);
            for (restarts, pause_ms) in steps {
                passed += pause_ms;
                uptime += pause_ms;
                if restarts {
                    (boot, uptime) = (boot + 1, 0);
                }
                let name = if boot == 0 { "a".to_owned() } else { boot.to_string() };
                state = state.observed(&at(&name, uptime));
                prop_assert!(state.remaining_ms >= 60_000u64.saturating_sub(passed));
            }
        }

        #[test]
        fn a_failure_never_shortens_a_wait(failures in 0u32..40, uptime in 1_000u64..10_000_000) {
            let state = failed_times(failures);
            let reading = at("a", uptime);
            let left = state.observed(&reading).remaining_ms;
            prop_assert!(state.failed(&reading).remaining_ms >= left);
        }
    }
}
