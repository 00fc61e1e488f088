//! What is known of a site's network, and which mode it suits.
//!
//! The rule of thumb of DHIS2's deployment guide (requirement O1): a site that gets 10 KB/s and reaches
//! the server 70 % of the time works online. Measured by the synchronisations that were tried here:
//! time counts by the hour, so that ten attempts in a row are not ten times as much evidence.

use std::collections::BTreeMap;

use crate::limits::{LINK_ATTEMPTS_KEPT_MAX, LINK_DAYS, LINK_DAYS_MIN, LINK_HOURS_MIN};
use crate::model::{LinkAttempt, LinkView, SiteMode};

/// Bytes per second from which on a site may work online.
const ONLINE_BYTES_PER_SECOND: u64 = 10 * 1024;
/// Share of the time in which the server must answer, in percent.
const ONLINE_REACHED_PERCENT: u32 = 70;
/// Bytes from which on a transfer says something about the rate: below, waiting is all there is.
const TRANSFER_BYTES_MIN: u64 = 20 * 1024;
const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Remembers an attempt and forgets the oldest.
pub(super) fn remember(history: &mut Vec<LinkAttempt>, attempt: LinkAttempt) {
    history.push(attempt);
    let over = history.len().saturating_sub(LINK_ATTEMPTS_KEPT_MAX);
    history.drain(..over);
}

/// What the attempts of the last weeks say.
pub(super) fn judge(history: &[LinkAttempt], now_ms: i64) -> LinkView {
    let since = now_ms.saturating_sub(LINK_DAYS * DAY_MS);
    let lately: Vec<_> =
        history.iter().filter(|one| one.at_ms >= since && one.at_ms <= now_ms).collect();
    let mut hours: BTreeMap<i64, bool> = BTreeMap::new();
    for attempt in &lately {
        *hours.entry(attempt.at_ms.div_euclid(HOUR_MS)).or_default() |= attempt.reached;
    }
    let mut days: Vec<i64> = hours.keys().map(|hour| hour.div_euclid(24)).collect();
    days.dedup();
    let reached = hours.values().filter(|reached| **reached).count() as u64;
    let is_transfer = |one: &&&LinkAttempt| one.reached && one.bytes >= TRANSFER_BYTES_MIN;
    let (bytes, ms) = lately
        .iter()
        .filter(is_transfer)
        .fold((0u64, 0u64), |(bytes, ms), one| (bytes + one.bytes, ms + one.ms.max(1)));
    let mut view = LinkView {
        attempts: lately.len() as u64,
        hours: hours.len() as u64,
        hours_reached: reached,
        days: days.len() as u64,
        reached_percent: (reached * 100)
            .checked_div(hours.len() as u64)
            .and_then(|percent| u32::try_from(percent).ok()),
        bytes_per_second: (bytes.saturating_mul(1_000)).checked_div(ms),
        suits: None,
    };
    view.suits = suits(&view);
    view
}

fn suits(link: &LinkView) -> Option<SiteMode> {
    if link.hours < LINK_HOURS_MIN || link.days < LINK_DAYS_MIN {
        return None;
    }
    let percent = link.reached_percent?;
    if percent == 0 {
        return Some(SiteMode::Offline);
    }
    let is_there = percent >= ONLINE_REACHED_PERCENT;
    match link.bytes_per_second {
        Some(rate) if is_there && rate >= ONLINE_BYTES_PER_SECOND => Some(SiteMode::Online),
        None if is_there => None,
        _ => Some(SiteMode::Hybrid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000_000;

    /// An attempt every third hour, `reached` of ten of them.
    fn weeks(reached: i64, bytes: u64, ms: u64) -> Vec<LinkAttempt> {
        let attempt = |number: i64| LinkAttempt {
            at_ms: NOW - (number + 1) * 3 * HOUR_MS,
            reached: number % 10 < reached,
            bytes,
            ms,
        };
        (0..100).map(attempt).collect()
    }

    #[track_caller]
    fn check(history: &[LinkAttempt], suits: Option<SiteMode>) -> LinkView {
        let view = judge(history, NOW);
        assert_eq!(view.suits, suits, "{view:?}");
        view
    }

    #[test]
    fn ten_kilobytes_a_second_for_seven_tenths_of_the_time_are_online() {
        let view = check(&weeks(7, 51_200, 5_000), Some(SiteMode::Online));
        assert_eq!((view.reached_percent, view.bytes_per_second), (Some(70), Some(10_240)));
        check(&weeks(6, 51_200, 5_000), Some(SiteMode::Hybrid));
        check(&weeks(7, 51_200, 5_001), Some(SiteMode::Hybrid));
        check(&weeks(0, 0, 30_000), Some(SiteMode::Offline));
        check(&weeks(1, 51_200, 1_000), Some(SiteMode::Hybrid));
    }

    #[test]
    fn too_little_is_said_to_be_too_little() {
        check(&[], None);
        check(&weeks(10, 51_200, 100)[..5], None);
        // Nothing large was ever sent or fetched: nobody knows the rate.
        check(&weeks(10, 900, 100), None);
        // One bad afternoon is one bad hour.
        let afternoon: Vec<_> = (0..500)
            .map(|number| LinkAttempt {
                at_ms: NOW - number * 1_000,
                reached: false,
                bytes: 0,
                ms: 9,
            })
            .collect();
        check(&afternoon, None);
    }

    #[test]
    fn what_is_older_than_a_month_or_of_the_future_does_not_count() {
        let mut history = weeks(10, 51_200, 1_000);
        for attempt in &mut history {
            attempt.at_ms -= LINK_DAYS * DAY_MS;
        }
        assert_eq!(judge(&history, NOW).attempts, 0);
        for attempt in &mut history {
            attempt.at_ms = NOW + DAY_MS;
        }
        assert_eq!(judge(&history, NOW).attempts, 0);
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut history = Vec::new();
        let attempt = LinkAttempt { at_ms: 0, reached: true, bytes: 1, ms: 1 };
        for at_ms in 0..LINK_ATTEMPTS_KEPT_MAX as i64 + 3 {
            remember(&mut history, LinkAttempt { at_ms, ..attempt });
        }
        assert_eq!((history.len(), history[0].at_ms), (LINK_ATTEMPTS_KEPT_MAX, 3));
    }
}
