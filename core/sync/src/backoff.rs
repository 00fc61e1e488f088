//! Waiting between tries: exponential steps with full jitter, `Retry-After` respected.
//!
//! Full jitter spreads a fleet of phones that lost the same server at the same moment. The
//! randomness comes from a seed, so a run can be repeated exactly.

use crate::limits::{BACKOFF_BASE_MS, BACKOFF_CAP_MS};

/// The source of waits of one run.
#[derive(Debug, Clone)]
pub struct Backoff {
    state: u64,
    patience_ms: u64,
}

impl Backoff {
    /// Begins with a seed given by the caller. A server that asks for more than `patience_ms` is not
    /// waited for.
    #[must_use]
    pub const fn new(seed: u64, patience_ms: u64) -> Self {
        Self { state: seed, patience_ms }
    }

    /// Milliseconds to wait before try number `tries_done` + 1.
    ///
    /// Without `retry_after_ms` uniform between 0 and `base × 2^(tries_done − 1)`, capped. With it
    /// at least that long plus up to one base step. `None` if the server asks for longer than a run
    /// waits.
    pub fn wait_ms(&mut self, tries_done: u32, retry_after_ms: Option<u64>) -> Option<u64> {
        match retry_after_ms {
            Some(asked) if asked > self.patience_ms => None,
            Some(asked) => Some(asked + self.up_to(BACKOFF_BASE_MS)),
            None => Some(self.up_to(step_ms(tries_done))),
        }
    }

    fn up_to(&mut self, most: u64) -> u64 {
        self.next() % (most + 1)
    }

    /// SplitMix64: small, seedable, good enough to spread waits.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn step_ms(tries_done: u32) -> u64 {
    let doublings = tries_done.saturating_sub(1).min(16);
    (BACKOFF_BASE_MS << doublings).min(BACKOFF_CAP_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::RETRY_AFTER_MS_MAX;

    #[track_caller]
    fn check(tries_done: u32, retry_after_ms: Option<u64>, least: u64, most: u64) {
        let (mut low, mut high) = (u64::MAX, 0);
        for seed in 0..500 {
            let wait = Backoff::new(seed, RETRY_AFTER_MS_MAX)
                .wait_ms(tries_done, retry_after_ms)
                .expect("a wait");
            assert!((least..=most).contains(&wait), "{wait} after {tries_done}");
            (low, high) = (low.min(wait), high.max(wait));
        }
        assert!(high - low > (most - least) / 2, "jitter covers {low}..{high} of {least}..{most}");
    }

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_fills_the_whole_step() {
        check(1, None, 0, 1_000);
        check(2, None, 0, 2_000);
        check(4, None, 0, 8_000);
        check(6, None, 0, 30_000);
        check(u32::MAX, None, 0, 30_000);
    }

    #[test]
    fn retry_after_is_the_least_wait() {
        check(1, Some(0), 0, 1_000);
        check(3, Some(20_000), 20_000, 21_000);
        check(1, Some(120_000), 120_000, 121_000);
    }

    #[test]
    fn a_server_that_asks_for_longer_than_a_run_waits_ends_it() {
        assert_eq!(Backoff::new(1, RETRY_AFTER_MS_MAX).wait_ms(1, Some(120_001)), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        let waits = |seed| {
            let mut backoff = Backoff::new(seed, RETRY_AFTER_MS_MAX);
            (1..20).map(|tries| backoff.wait_ms(tries, None)).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }
}
