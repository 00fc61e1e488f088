//! Values of generated attributes: enough of them at hand before the network goes, and a temporary id
//! that everybody sees as such when they run out.
//!
//! How no two people come to one id:
//! - Only the server makes values. A device gives out what was reserved for it and never invents one.
//! - A value is given out once: [`pick`] and [`exchanges`] never choose what was used here before, be the
//!   record sent, waiting, refused or deleted. The store keeps used values for good.
//! - A value whose reservation has ended, or whose pattern or date has passed, is thrown away: the server
//!   may by now have given it to somebody else. Ends are judged by the server's clock.
//! - A [temporary id](temporary_id) is no value. It is never sent ([`temporary_in`] says what must wait);
//!   the record keeps it until [`exchanges`] has a reserved value for it.
//! - What is left is a record that is sent after its reservation ended. The server refuses the second of
//!   two such people (E1064), and the refused record is shown, never renumbered silently.

mod plan;
mod temporary;
#[cfg(test)]
mod tests;

use jiff::ToSpan;
use jiff::civil::DateTime;

pub use plan::{Discard, Discarded, Pool, PoolPlan, PoolProblem, next_ask, plan, pools};
pub use temporary::{
    TEMPORARY_MARK, TemporaryValue, is_temporary, replace_temporary, temporary_id, temporary_in,
};

use crate::uid::{OrganisationUnitUid, TrackedEntityAttributeUid};

/// A value that the server keeps for this device (DHIS2 `ReservedValue`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservedValue {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The organisation unit whose code is in the value, if the pattern asks for one.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// The value.
    pub value: String,
    /// Under what the server counts it.
    pub key: String,
    /// When it was made, in the server's local time: what the dates in it are of.
    pub made: DateTime,
    /// The same moment in milliseconds since 1970 UTC, by the server's clock.
    pub made_at_ms: i64,
    /// When the reservation ends, in milliseconds since 1970 UTC, by the server's clock.
    pub expires_at_ms: i64,
}

impl ReservedValue {
    /// A value as the server gave it. `created` and `expiry` are the answer's members, in the server's
    /// local time; `answered_at_ms` is the moment of the answer by the server's clock, in milliseconds
    /// since 1970 UTC. Together they need no time zone: the value was made when it was answered.
    ///
    /// `None` if a time is none.
    #[must_use]
    pub fn from_answer(
        pool: &Pool<'_>,
        (value, key): (String, String),
        (created, expiry): (&str, &str),
        answered_at_ms: i64,
    ) -> Option<Self> {
        let made: DateTime = created.parse().ok()?;
        let expiry: DateTime = expiry.parse().ok()?;
        let lasts = i64::try_from(made.duration_until(expiry).as_millis()).ok()?;
        Some(Self {
            attribute: pool.attribute,
            organisation_unit: pool.organisation_unit,
            value,
            key,
            made,
            made_at_ms: answered_at_ms,
            expires_at_ms: answered_at_ms.checked_add(lasts)?,
        })
    }

    /// The server's local time at a moment of its clock. A change to summer time since then is not seen.
    fn server_local(&self, now_ms: i64) -> DateTime {
        let passed = now_ms.saturating_sub(self.made_at_ms);
        self.made
            .checked_add(passed.clamp(-PASSED_MS_MAX, PASSED_MS_MAX).milliseconds())
            .unwrap_or(self.made)
    }
}

/// Some hundred years: keeps arithmetic with a broken clock inside the calendar.
const PASSED_MS_MAX: i64 = 3_000_000_000_000;

/// The value for the next person: the smallest of a pool that [`plan`] does not throw away, never one
/// that `is_used`. Values that end soon come last, for a record may wait days for the network.
#[must_use]
pub fn pick<'v>(
    pool: &Pool<'_>,
    values: &'v [ReservedValue],
    now_ms: i64,
    is_used: impl Fn(&str) -> bool,
) -> Option<&'v ReservedValue> {
    pool.usable(values, now_ms)
        .filter(|value| !is_used(&value.value))
        .min_by_key(|value| plan::rank(value, now_ms))
}

/// A temporary id and the value that takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What is replaced, and where.
    pub temporary: TemporaryValue,
    /// By what.
    pub reserved: ReservedValue,
}

/// Which temporary ids of a pool can be exchanged now: the oldest first, each for another value, as far
/// as values go. The rest go on waiting.
#[must_use]
pub fn exchanges(
    pool: &Pool<'_>,
    waiting: &[TemporaryValue],
    values: &[ReservedValue],
    now_ms: i64,
    is_used: impl Fn(&str) -> bool,
) -> Vec<Exchange> {
    let mut waiting: Vec<_> = waiting.iter().filter(|one| pool.holds_temporary(one)).collect();
    waiting.sort_by_key(|one| (one.made_at_ms, &one.value));
    let mut free: Vec<_> =
        pool.usable(values, now_ms).filter(|value| !is_used(&value.value)).collect();
    free.sort_by_key(|value| plan::rank(value, now_ms));
    free.dedup_by_key(|value| &value.value);
    waiting
        .into_iter()
        .zip(free)
        .map(|(temporary, reserved)| Exchange {
            temporary: temporary.clone(),
            reserved: reserved.clone(),
        })
        .collect()
}
