//! The first weeks: who has synchronised, who has not, what was refused, per site and day (G6).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

/// What a device told of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Its site.
    pub site: String,
    /// The device, or its user.
    pub who: String,
    /// Day of its latest synchronisation; `None` if it never did.
    pub synced_on: Option<Date>,
    /// Records that the server refused and nobody has mended.
    pub refused: u64,
    /// Records that wait.
    pub waiting: u64,
}

/// A site in its first weeks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Adoption {
    /// The site.
    pub site: String,
    /// How many devices there are.
    pub devices: u64,
    /// How many synchronised within the days that were asked for.
    pub recent: u64,
    /// Those that did not, or never.
    pub silent: Vec<String>,
    /// Records that were refused and not mended.
    pub refused: u64,
    /// Records that wait on devices.
    pub waiting: u64,
    /// Devices by the day of their latest synchronisation.
    #[serde(serialize_with = "super::day::keys")]
    pub by_day: BTreeMap<Date, u64>,
    /// Support requests that are open.
    pub support_open: u64,
}

/// Each site with how it goes: expected devices, what they told, and open support requests by site.
#[must_use]
pub fn adoption(
    beats: &[Heartbeat],
    support: &BTreeMap<String, u64>,
    today: Date,
    days: i32,
) -> Vec<Adoption> {
    let mut sites: BTreeMap<&str, Adoption> = BTreeMap::new();
    for site in beats.iter().map(|it| it.site.as_str()).chain(support.keys().map(String::as_str)) {
        sites.entry(site).or_insert_with(|| Adoption {
            site: site.to_owned(),
            support_open: support.get(site).copied().unwrap_or(0),
            ..Adoption::default()
        });
    }
    let mut seen = BTreeSet::new();
    for beat in beats {
        let Some(site) = sites.get_mut(beat.site.as_str()) else { continue };
        if !seen.insert((&beat.site, &beat.who)) {
            continue;
        }
        site.devices += 1;
        site.refused += beat.refused;
        site.waiting += beat.waiting;
        let age = beat.synced_on.map(|day| (today - day).get_days());
        match age {
            Some(age) if age < days => site.recent += 1,
            _ => site.silent.push(beat.who.clone()),
        }
        if let Some(day) = beat.synced_on {
            *site.by_day.entry(day).or_insert(0) += 1;
        }
    }
    sites.into_values().collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn beat(who: &str, day: Option<i8>) -> Heartbeat {
        Heartbeat {
            site: "Kacyiru".into(),
            who: who.into(),
            synced_on: day.map(|day| date(2026, 12, day)),
            refused: 1,
            waiting: 2,
        }
    }

    #[test]
    fn who_is_silent_is_named() {
        let beats = [beat("0001", Some(14)), beat("0002", Some(3)), beat("0003", None)];
        let support = BTreeMap::from([("Kacyiru".to_owned(), 4), ("Remera".to_owned(), 1)]);
        let sites = adoption(&beats, &support, date(2026, 12, 14), 7);
        let kacyiru = &sites[0];
        assert_eq!((kacyiru.devices, kacyiru.recent, kacyiru.refused), (3, 1, 3));
        assert_eq!(
            (&kacyiru.silent[..], kacyiru.support_open),
            (&["0002".into(), "0003".into()][..], 4)
        );
        assert_eq!((sites[1].devices, sites[1].support_open), (0, 1));
    }

    proptest! {
        #[test]
        fn every_device_is_recent_or_silent(days in proptest::collection::vec(proptest::option::of(1i8..28), 0..30)) {
            let beats: Vec<_> = days.iter().enumerate().map(|(n, day)| beat(&n.to_string(), *day)).collect();
            for site in adoption(&beats, &BTreeMap::new(), date(2026, 12, 28), 7) {
                prop_assert_eq!(site.recent + site.silent.len() as u64, site.devices);
                prop_assert_eq!(site.devices, beats.len() as u64);
            }
        }
    }
}
