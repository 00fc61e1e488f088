//! The physical audit (D9): what is expected at a place against what was scanned there.

use std::collections::BTreeMap;

use outpost_domain::uid::TrackedEntityUid;
use serde::{Deserialize, Serialize};

use super::facts::Device;

/// What an audit says of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuditResult {
    /// Where and with whom it should be.
    Found,
    /// Expected and not seen.
    Missing,
    /// Seen and not expected here.
    Extra,
    /// Expected here, but with somebody else.
    WrongHands,
}

impl AuditResult {
    /// The code of the option set.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Found => "FOUND",
            Self::Missing => "MISSING",
            Self::Extra => "EXTRA",
            Self::WrongHands => "WRONG_HANDS",
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Missing => "not found yet",
            Self::Extra => "extra: not for here",
            Self::WrongHands => "in the wrong hands",
        }
    }
}

/// A device that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Which.
    pub device: TrackedEntityUid,
    /// Who had it; empty if it lay in the cupboard or nobody asked.
    pub with: String,
    /// When, as the session's clock said.
    pub at: String,
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Which device.
    pub device: TrackedEntityUid,
    /// Its number.
    pub number: String,
    /// Who should have it; empty if nobody.
    pub holder: String,
    /// Who had it.
    pub seen_with: String,
    /// The result.
    pub result: AuditResult,
}

/// Compares. `expected` are the devices of the place that are not gone; `known` finds any device.
/// Lines come by number, expected ones first; of two sightings the later counts.
#[must_use]
pub fn compare(
    expected: &[Device],
    seen: &[Sighting],
    known: impl Fn(TrackedEntityUid) -> Option<Device>,
) -> Vec<AuditLine> {
    let mut sightings: BTreeMap<TrackedEntityUid, &Sighting> = BTreeMap::new();
    for sighting in seen {
        sightings.insert(sighting.device, sighting);
    }
    let mut lines: Vec<AuditLine> = Vec::with_capacity(expected.len());
    for device in expected {
        let sighting = sightings.remove(&device.id);
        lines.push(line(device, sighting, |holder, with| match sighting {
            None => AuditResult::Missing,
            Some(_) if is_same_person(holder, with) => AuditResult::Found,
            Some(_) => AuditResult::WrongHands,
        }));
    }
    lines.sort_by(|one, other| one.number.cmp(&other.number));
    let extra = sightings.into_values();
    let mut extra: Vec<AuditLine> = extra
        .filter_map(|sighting| {
            let device = known(sighting.device)?;
            Some(line(&device, Some(sighting), |_, _| AuditResult::Extra))
        })
        .collect();
    extra.sort_by(|one, other| one.number.cmp(&other.number));
    lines.extend(extra);
    lines
}

fn line(
    device: &Device,
    sighting: Option<&Sighting>,
    judge: impl Fn(&str, &str) -> AuditResult,
) -> AuditLine {
    let holder = match device.state.is_with_holder() {
        true => device.facts.holder.clone(),
        false => String::new(),
    };
    let seen_with = sighting.map(|it| it.with.clone()).unwrap_or_default();
    let result = judge(&holder, &seen_with);
    let (number, device) = (device.facts.number.clone(), device.id);
    AuditLine { device, number, holder, seen_with, result }
}

/// Nobody asked, or the same name in whatever spelling.
fn is_same_person(holder: &str, with: &str) -> bool {
    let plain = |name: &str| {
        let folded = outpost_domain::folding::normalise(name);
        folded.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    with.trim().is_empty() || plain(holder) == plain(with)
}

/// How many of each.
#[must_use]
pub fn counts(lines: &[AuditLine]) -> BTreeMap<AuditResult, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line.result).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::device;
    use super::super::state::DeviceState;
    use super::*;

    fn with(number: u32, holder: &str) -> Device {
        let mut device = device(number);
        device.facts.holder = holder.to_owned();
        device.state = DeviceState::InUse;
        device
    }

    fn seen(number: u32, with: &str) -> Sighting {
        Sighting { device: device(number).id, with: with.to_owned(), at: String::new() }
    }

    #[track_caller]
    fn check(expected: &[Device], seen: &[Sighting], lines: &[(&str, AuditResult)]) {
        let known = |id| (1..200).map(device).find(|it| it.id == id);
        let got = compare(expected, seen, known);
        let got: Vec<_> = got.iter().map(|it| (it.number.as_str(), it.result)).collect();
        assert_eq!(got, lines);
    }

    #[test]
    fn found_missing_extra_and_wrong_hands_are_told_apart() {
        let expected =
            [with(147, "Mary O."), with(149, "John Were"), with(150, "Ada"), device(152)];
        let scans =
            [seen(147, "mary  o."), seen(149, "Peter"), seen(152, ""), seen(151, "Somebody")];
        check(
            &expected,
            &scans,
            &[
                ("0147", AuditResult::Found),
                ("0149", AuditResult::WrongHands),
                ("0150", AuditResult::Missing),
                ("0152", AuditResult::Found),
                ("0151", AuditResult::Extra),
            ],
        );
    }

    #[test]
    fn the_later_of_two_sightings_counts() {
        let scans = [seen(149, "Peter"), seen(149, "John Were")];
        check(&[with(149, "John Were")], &scans, &[("0149", AuditResult::Found)]);
    }

    #[test]
    fn a_phone_from_the_cupboard_in_somebodys_hands_is_in_the_wrong_ones() {
        check(&[device(152)], &[seen(152, "Peter")], &[("0152", AuditResult::WrongHands)]);
    }

    proptest! {
        #[test]
        fn every_device_is_in_the_report_once(
            expected in proptest::collection::btree_set(1u32..60, 0..30),
            scans in proptest::collection::vec(1u32..60, 0..60),
        ) {
            let devices: Vec<_> = expected.iter().map(|it| with(*it, "Mary")).collect();
            let sightings: Vec<_> = scans.iter().map(|it| seen(*it, "Mary")).collect();
            let known = |id| (1..60).map(device).find(|it| it.id == id);
            let lines = compare(&devices, &sightings, known);
            for number in 1..60 {
                let text = format!("{number:04}");
                let of: Vec<_> = lines.iter().filter(|it| it.number == text).collect();
                let result = of.first().map(|it| it.result);
                let (is_expected, is_seen) = (expected.contains(&number), scans.contains(&number));
                prop_assert!(of.len() <= 1);
                prop_assert_eq!(result, match (is_expected, is_seen) {
                    (true, true) => Some(AuditResult::Found),
                    (true, false) => Some(AuditResult::Missing),
                    (false, true) => Some(AuditResult::Extra),
                    (false, false) => None,
                });
            }
        }
    }
}
