//! How many values are at hand, which are thrown away, how many are asked for.

use std::collections::BTreeSet;

use super::{ReservedValue, TemporaryValue};
use crate::limits::{
    RESERVED_ASK_MAX, RESERVED_ENDS_SOON_MS, RESERVED_POOLS_MAX, RESERVED_REFILL_BELOW_PERCENT,
    RESERVED_TARGET,
};
use crate::metadata::{OrganisationUnit, TrackedEntityAttribute};
use crate::text_pattern::{AttributePatternProblem, Segment, TextPattern, attribute_pattern};
use crate::uid::{OrganisationUnitUid, TrackedEntityAttributeUid};

/// What values are kept for: an attribute, and an organisation unit if its code is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool<'a> {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The organisation unit, if the pattern asks for its code.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// The code that a request gives as `ORG_UNIT_CODE`.
    pub code: Option<&'a str>,
    /// The attribute's pattern.
    pub pattern: TextPattern,
}

/// Why no values can be had; a person must be told before they are in the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolProblem {
    /// The administrator must correct the pattern.
    #[error("attribute {attribute}: {problem}")]
    Pattern {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
        /// What is wrong.
        problem: AttributePatternProblem,
    },
    /// The administrator must give the organisation unit a code, or a longer one.
    #[error(
        "attribute {attribute}: organisation unit {organisation_unit} has no code that fits; \
         ask the administrator to give it one"
    )]
    Code {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
        /// The organisation unit.
        organisation_unit: OrganisationUnitUid,
    },
    /// More pools than a device fills; the units after the first ones get temporary ids only.
    #[error("attribute {attribute}: values are kept for the first {RESERVED_POOLS_MAX} units only")]
    TooManyUnits {
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
    },
}

/// The pools that a device keeps: one for each generated attribute, or one for each unit where the user
/// registers people if the pattern holds the unit's code.
#[must_use]
pub fn pools<'a>(
    attributes: &[TrackedEntityAttribute],
    capture_units: &'a [OrganisationUnit],
) -> (Vec<Pool<'a>>, Vec<PoolProblem>) {
    let (mut pools, mut problems) = (Vec::new(), Vec::new());
    for attribute in attributes.iter().filter(|attribute| attribute.generated) {
        let id = attribute.id;
        match attribute_pattern(attribute.pattern.as_deref(), attribute.value_type) {
            Err(problem) => problems.push(PoolProblem::Pattern { attribute: id, problem }),
            Ok(pattern) if !pattern.needs_organisation_unit() => {
                pools.push(Pool { attribute: id, organisation_unit: None, code: None, pattern })
            }
            Ok(pattern) => {
                if capture_units.len() > RESERVED_POOLS_MAX {
                    problems.push(PoolProblem::TooManyUnits { attribute: id });
                }
                for unit in capture_units.iter().take(RESERVED_POOLS_MAX) {
                    match unit.code.as_deref().filter(|code| pattern.takes_code(code)) {
                        Some(code) => pools.push(Pool {
                            attribute: id,
                            organisation_unit: Some(unit.id),
                            code: Some(code),
                            pattern: pattern.clone(),
                        }),
                        None => problems
                            .push(PoolProblem::Code { attribute: id, organisation_unit: unit.id }),
                    }
                }
            }
        }
    }
    (pools, problems)
}

/// Why a value is thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// Its reservation has ended; the server may have given it to somebody else.
    Expired,
    /// It holds a date that has passed.
    Stale,
    /// The pattern, or the unit's code, has changed since.
    OtherPattern,
}

/// A value that is thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discarded {
    /// The value.
    pub value: String,
    /// Why.
    pub why: Discard,
}

/// What to do about a pool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolPlan {
    /// Values to throw away.
    pub discard: Vec<Discarded>,
    /// Values that can be given out.
    pub usable: usize,
    /// How many to ask the server for; `None` while there are enough.
    pub ask: Option<u32>,
}

impl Pool<'_> {
    /// Whether a value is kept for this pool.
    #[must_use]
    pub fn holds(&self, value: &ReservedValue) -> bool {
        value.attribute == self.attribute && value.organisation_unit == self.organisation_unit
    }

    /// Whether a temporary id waits for a value of this pool.
    #[must_use]
    pub fn holds_temporary(&self, value: &TemporaryValue) -> bool {
        let unit_fits = self.organisation_unit.is_none()
            || self.organisation_unit == Some(value.organisation_unit);
        value.attribute == self.attribute && unit_fits
    }

    /// Why a value must not be given out at a moment of the server's clock; `None` if it may.
    #[must_use]
    pub fn discard(&self, value: &ReservedValue, now_ms: i64) -> Option<Discard> {
        if value.expires_at_ms <= now_ms {
            return Some(Discard::Expired);
        }
        if self.pattern.is_stale(value.made, value.server_local(now_ms)) {
            return Some(Discard::Stale);
        }
        // Names of months in the server's language make keys that cannot be compared; then the form
        // of the value decides alone.
        let key_fits = match self.pattern.key(self.code, value.made) {
            Ok(key) => key == value.key || self.pattern.holds_date(),
            Err(_) => true,
        };
        let fits = key_fits && self.pattern.matches(&value.value);
        if fits { None } else { Some(Discard::OtherPattern) }
    }

    pub(super) fn usable<'v>(
        &self,
        values: &'v [ReservedValue],
        now_ms: i64,
    ) -> impl Iterator<Item = &'v ReservedValue> {
        let usable = move |value: &&ReservedValue| {
            self.holds(value) && self.discard(value, now_ms).is_none()
        };
        values.iter().filter(usable)
    }
}

/// Values that end soon after the others, then short before long (numbers grow), then by text.
pub(super) fn rank(value: &ReservedValue, now_ms: i64) -> (bool, usize, &str) {
    (ends_soon(value, now_ms), value.value.len(), &value.value)
}

fn ends_soon(value: &ReservedValue, now_ms: i64) -> bool {
    value.expires_at_ms.saturating_sub(now_ms) < RESERVED_ENDS_SOON_MS
}

/// What to do about a pool at a moment of the server's clock.
///
/// `waiting` is the number of temporary ids that wait for a value. Values that were used before, or that
/// end soon, do not count as supply.
#[must_use]
pub fn plan(
    pool: &Pool<'_>,
    values: &[ReservedValue],
    waiting: usize,
    now_ms: i64,
    is_used: impl Fn(&str) -> bool,
) -> PoolPlan {
    let mut plan = PoolPlan::default();
    let mut lasting = BTreeSet::new();
    for value in values.iter().filter(|value| pool.holds(value)) {
        if let Some(why) = pool.discard(value, now_ms) {
            plan.discard.push(Discarded { value: value.value.clone(), why });
        } else if !is_used(&value.value) {
            plan.usable += 1;
            if !ends_soon(value, now_ms) {
                lasting.insert(&value.value);
            }
        }
    }
    // A pattern of few values never fills; asking for more than it can make is refused as a whole.
    let most = usize::try_from(pool.pattern.capacity()).unwrap_or(usize::MAX);
    let target = RESERVED_TARGET.min(most);
    let has_enough = lasting.len() * 100 >= target * RESERVED_REFILL_BELOW_PERCENT;
    let free = lasting.len().saturating_sub(waiting);
    if !has_enough || free == 0 {
        let ask = (target + waiting).saturating_sub(lasting.len()).min(most);
        plan.ask = Some(u32::try_from(ask).unwrap_or(u32::MAX).clamp(1, RESERVED_ASK_MAX));
    }
    plan
}

/// How many to ask for after the server refused with 409, which gives none if it cannot give all: half
/// (captures t034b, t034c); `None` when a single one was refused.
///
/// A counter has burnt the numbers that it refused and stands at its end (captures t034d-f): no smaller
/// request can succeed.
#[must_use]
pub fn next_ask(pattern: &TextPattern, refused: u32) -> Option<u32> {
    let is_counter = |segment: &Segment| matches!(segment, Segment::Sequential(_));
    let is_at_end = pattern.segments().iter().any(is_counter);
    if is_at_end || refused <= 1 { None } else { Some(refused / 2) }
}
