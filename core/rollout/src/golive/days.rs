//! The first weeks day by day: at each site who synchronised of those who should have, what was asked of
//! support, what was refused (G6).
//!
//! What is not known of a day is said to be so, and never counted as nought. A device is known on the
//! days that it tells of itself ([`SyncDays`]); after the last of them it did not synchronise, as far
//! as its supervisor's list of the team reaches, for it would have told. Pure: the days are given.
//!
//! What no device can tell: a phone counts where it belongs today and for whoever holds it today, also
//! on earlier days; one that hands over files alone never synchronises.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use outpost_domain::sync_days::SyncDays;
use serde::Serialize;

use super::limits::ADOPTION_DAYS_MAX;
use crate::device::DeviceState;
use crate::support::cell;

/// What was told by one app of a device's holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Day of its latest synchronisation.
    pub last: Date,
    /// Its days; `None` if it does not tell them.
    pub days: Option<SyncDays>,
}

/// A device of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteDevice {
    /// Its site.
    pub site: String,
    /// Its number.
    pub number: String,
    /// Its state now.
    pub state: DeviceState,
    /// Changes of its state that somebody wrote down, in any order; of those of one day the later
    /// one comes later.
    pub changes: Vec<(Date, DeviceState)>,
    /// What its holder's apps told, none if nothing came; `None` if nobody knows whose it is.
    pub told: Option<Vec<Told>>,
}

/// What the one who counts can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Day on which what devices tell was read; `None` if it never was.
    pub team: Option<Date>,
    /// Day on which support requests were fetched last; `None` if they never were.
    pub support: Option<Date>,
}

/// A day of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdoptionDay {
    /// The day, on the server.
    #[serde(serialize_with = "super::day::day")]
    pub day: Date,
    /// Devices that were out with somebody by the end of it.
    pub expected: u64,
    /// Those of them that synchronised.
    pub synced: u64,
    /// Numbers of those that did not.
    pub silent: Vec<String>,
    /// Numbers of those of which nobody knows whether they did.
    pub unknown: Vec<String>,
    /// How many are expected although nobody wrote down since when they are out.
    pub undated: u64,
    /// Support requests that were made on it; `None` if that is not known.
    pub requests: Option<u64>,
    /// Records of expected devices that the server refused on it, as far as these told; `None` if none of
    /// them told.
    pub refused: Option<u64>,
}

/// The days of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdoptionDays {
    /// The site.
    pub site: String,
    /// Its days, the earliest first, without a gap.
    pub days: Vec<AdoptionDay>,
}

/// The days that end with `today`, the earliest first; at least one, at most [`ADOPTION_DAYS_MAX`].
#[must_use]
pub fn days_until(today: Date, days: i32) -> Vec<Date> {
    let days = days.clamp(1, ADOPTION_DAYS_MAX);
    let mut found: Vec<_> =
        (0..days).filter_map(|back| today.checked_sub(back.days()).ok()).collect();
    found.reverse();
    found
}

/// Each site day by day. `requests`: the days on which support requests were made, by site; `None` if
/// they are not here.
#[must_use]
pub fn adoption_days(
    sites: &[String],
    devices: &[SiteDevice],
    requests: Option<&BTreeMap<String, Vec<Date>>>,
    reach: Reach,
    days: &[Date],
) -> Vec<AdoptionDays> {
    let of_site = |site: &String| {
        let here: Vec<_> = devices.iter().filter(|it| it.site == *site).collect();
        let one = |day: &Date| AdoptionDay {
            requests: requests.and_then(|all| made_on(all.get(site), *day, reach.support)),
            ..day_of(&here, *day, reach.team)
        };
        AdoptionDays { site: site.clone(), days: days.iter().map(one).collect() }
    };
    sites.iter().map(of_site).collect()
}

/// What is here is counted. A day after they were fetched last of which nothing is here is not known.
fn made_on(made: Option<&Vec<Date>>, day: Date, fetched: Option<Date>) -> Option<u64> {
    let count = made.into_iter().flatten().filter(|made| **made == day).count() as u64;
    (count > 0 || fetched.is_some_and(|fetched| day <= fetched)).then_some(count)
}

fn day_of(devices: &[&SiteDevice], day: Date, read: Option<Date>) -> AdoptionDay {
    let (mut silent, mut unknown) = (Vec::new(), Vec::new());
    let (mut expected, mut synced, mut undated, mut refused) = (0, 0, 0, None);
    for device in devices {
        match device.is_out(day) {
            Some(false) => continue,
            Some(true) => {}
            None => undated += 1,
        }
        expected += 1;
        let known = device.on(day, read);
        match known.synced {
            Some(true) => synced += 1,
            Some(false) => silent.push(device.number.clone()),
            None => unknown.push(device.number.clone()),
        }
        if let Some(count) = known.refused {
            *refused.get_or_insert(0) += count;
        }
    }
    if expected == 0 {
        refused = Some(0);
    }
    AdoptionDay { day, expected, synced, silent, unknown, undated, requests: None, refused }
}

/// What is known of a device on a day.
#[derive(Default)]
struct OnDay {
    synced: Option<bool>,
    refused: Option<u64>,
}

impl SiteDevice {
    /// Whether it was out with somebody by the end of a day; `None` if it may have been.
    fn is_out(&self, day: Date) -> Option<bool> {
        use DeviceState::{HandedOver, InUse, Ordered, Prepared, Received};
        let is_out = |state: DeviceState| matches!(state, HandedOver | InUse);
        let mut changes: Vec<_> = self.changes.iter().collect();
        changes.sort_by_key(|(on, _)| *on);
        let before = changes.iter().rev().find(|(on, _)| *on <= day);
        match (before, changes.first()) {
            (Some((_, state)), _) => Some(is_out(*state)),
            // Until it was handed over for the first time it lay in its box.
            (None, Some((_, Ordered | Received | Prepared | HandedOver))) => Some(false),
            (None, Some(_)) => None,
            (None, None) => {
                if is_out(self.state) {
                    None
                } else {
                    Some(false)
                }
            }
        }
    }

    /// All apps of its holder together: one that synchronised is enough.
    fn on(&self, day: Date, read: Option<Date>) -> OnDay {
        let is_read = read.is_some_and(|read| day <= read);
        let mut sum = OnDay::default();
        match &self.told {
            None => return sum,
            // It would be on the list if it had ever synchronised.
            Some(told) if told.is_empty() && is_read => sum.synced = Some(false),
            Some(_) => {}
        }
        for told in self.told.iter().flatten() {
            let one = told.on(day, is_read);
            sum.synced = sum.synced.max(one.synced);
            sum.refused = match (sum.refused, one.refused) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        }
        sum
    }
}

impl Told {
    fn on(&self, day: Date, is_read: bool) -> OnDay {
        if let Some(told) = self.days.as_ref().and_then(|days| days.on(day)) {
            return OnDay { synced: Some(told.runs > 0), refused: Some(told.refused.into()) };
        }
        let synced = match day.cmp(&self.last) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => Some(true),
            std::cmp::Ordering::Greater => is_read.then_some(false),
        };
        OnDay { synced, refused: None }
    }
}

/// As CSV (RFC 4180), one line per site and day; a cell is empty where something is not known.
#[must_use]
pub fn adoption_csv(sites: &[AdoptionDays]) -> String {
    let mut csv =
        String::from("site,day,expected,synchronised,silent,notKnown,undated,requests,refused\r\n");
    let told = |count: Option<u64>| count.map_or(String::new(), |count| count.to_string());
    for site in sites {
        for it in &site.days {
            let counts = [it.expected, it.synced, it.silent.len() as u64, it.unknown.len() as u64];
            let counts = counts.map(|count| count.to_string()).join(",");
            let (site, day) = (cell(&site.site), it.day);
            let (requests, refused) = (told(it.requests), told(it.refused));
            let line = format!("{site},{day},{counts},{},{requests},{refused}\r\n", it.undated);
            csv.push_str(&line);
        }
    }
    csv
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn on(day: i8) -> Date {
        date(2026, 12, day)
    }

    /// Runs and refused records of the days from the first of December on.
    fn kept(days: &[(u32, u32)]) -> SyncDays {
        let mut kept = SyncDays::default();
        for (day, (runs, refused)) in (1..).zip(days) {
            kept.note(on(day), *runs, *refused);
        }
        kept
    }

    fn device(number: &str, told: Option<Vec<Told>>) -> SiteDevice {
        SiteDevice {
            site: "Kacyiru".into(),
            number: number.into(),
            state: DeviceState::InUse,
            changes: vec![(date(2026, 11, 20), DeviceState::HandedOver)],
            told,
        }
    }

    fn told(last: i8, days: Option<&[(u32, u32)]>) -> Told {
        Told { last: on(last), days: days.map(kept) }
    }

    const READ: Reach = Reach { team: Some(date(2026, 12, 5)), support: Some(date(2026, 12, 5)) };

    fn days_of(devices: &[SiteDevice], from: i8, to: i8) -> Vec<AdoptionDay> {
        let days: Vec<_> = (from..=to).map(on).collect();
        adoption_days(&["Kacyiru".into()], devices, None, READ, &days).remove(0).days
    }

    /// Day by day: `+` synchronised, `-` did not, `?` not known, `.` not expected; and what was refused.
    #[track_caller]
    fn check(device: &SiteDevice, from: i8, signs: &str, refused: &[Option<u64>]) {
        let to = from + i8::try_from(signs.len()).expect("some days") - 1;
        let days = days_of(std::slice::from_ref(device), from, to);
        let sign = |it: &AdoptionDay| match (it.expected, it.synced, it.silent.len()) {
            (0, 0, 0) => '.',
            (1, 1, 0) if it.unknown.is_empty() => '+',
            (1, 0, 1) if it.unknown.is_empty() => '-',
            (1, 0, 0) if it.unknown.len() == 1 => '?',
            _ => panic!("{it:?}"),
        };
        assert_eq!(days.iter().map(sign).collect::<String>(), signs);
        assert_eq!(days.iter().map(|it| it.refused).collect::<Vec<_>>(), refused);
    }

    #[test]
    fn a_device_that_tells_its_days_is_known_from_the_first_of_them_until_the_team_was_read() {
        let it = device("0001", Some(vec![told(3, Some(&[(1, 2), (0, 1), (2, 0)]))]));
        let refused = [Some(2), Some(1), Some(0), None, None, None];
        check(&it, 1, "+-+--?", &refused);
        let before = SiteDevice { changes: vec![(on(2), DeviceState::HandedOver)], ..it };
        check(&before, 1, ".-+--?", &[Some(0), Some(1), Some(0), None, None, None]);
    }

    #[test]
    fn of_a_device_that_tells_its_last_day_alone_the_days_before_are_not_known() {
        check(&device("0001", Some(vec![told(3, None)])), 1, "??+--?", &[None; 6]);
    }

    #[test]
    fn who_never_told_anything_did_not_synchronise_and_whose_device_it_is_may_be_unknown() {
        check(&device("0001", Some(Vec::new())), 4, "--?", &[None; 3]);
        check(&device("0001", None), 4, "???", &[None; 3]);
    }

    #[test]
    fn whoever_got_a_second_device_is_known_by_both() {
        let old = told(2, Some(&[(1, 0), (1, 0)]));
        let mut days = SyncDays::default();
        days.note(on(4), 1, 3);
        let new = Told { last: on(4), days: Some(days) };
        let refused = [Some(0), Some(0), None, Some(3), None, None];
        check(&device("0001", Some(vec![old, new])), 1, "++-+-?", &refused);
    }

    #[test]
    fn a_device_is_expected_while_somebody_has_it() {
        use DeviceState::{HandedOver, InUse, Lost, Prepared, Recovered, Returned};
        let check = |state, changes: &[(i8, DeviceState)], expected: &str, undated: u64| {
            let changes = changes.iter().map(|(day, state)| (on(*day), *state)).collect();
            let it = SiteDevice { state, changes, ..device("0001", Some(Vec::new())) };
            let days = days_of(&[it], 1, 5);
            let sign = |it: &AdoptionDay| if it.expected == 1 { 'x' } else { '.' };
            assert_eq!(days.iter().map(sign).collect::<String>(), expected);
            assert_eq!(days.iter().map(|it| it.undated).sum::<u64>(), undated);
        };
        check(InUse, &[(2, HandedOver)], ".xxxx", 0);
        check(Returned, &[(2, HandedOver), (4, Returned)], ".xx..", 0);
        // In any order.
        check(InUse, &[(5, InUse), (1, HandedOver), (2, Lost), (4, Recovered)], "x...x", 0);
        check(Prepared, &[(3, Prepared)], ".....", 0);
        check(Prepared, &[], ".....", 0);
        // Nobody wrote down since when.
        check(InUse, &[], "xxxxx", 5);
        check(Lost, &[(4, Lost)], "xxx..", 3);
    }

    #[test]
    fn requests_are_counted_where_they_can_be_known() {
        let made = BTreeMap::from([("Kacyiru".to_owned(), vec![on(4), on(6), on(4)])]);
        let sites = ["Kacyiru".to_owned(), "Remera".to_owned()];
        let days: Vec<_> = (3..=7).map(on).collect();
        let check = |requests, reach, site: usize, expected: [Option<u64>; 5]| {
            let found = adoption_days(&sites, &[], requests, reach, &days);
            let told: Vec<_> = found[site].days.iter().map(|it| it.requests).collect();
            assert_eq!(told, expected);
        };
        check(Some(&made), READ, 0, [Some(0), Some(2), Some(0), Some(1), None]);
        check(Some(&made), READ, 1, [Some(0), Some(0), Some(0), None, None]);
        check(Some(&made), Reach::default(), 0, [None, Some(2), None, Some(1), None]);
        check(None, READ, 0, [None; 5]);
    }

    #[test]
    fn a_table_leaves_empty_what_is_not_known() {
        let it = device("0001", Some(vec![told(3, Some(&[(1, 0), (0, 1), (2, 0)]))]));
        let site = AdoptionDays { site: "=A, B".into(), days: days_of(&[it], 3, 4) };
        let lines = "\"'=A, B\",2026-12-03,1,1,0,0,0,,0\r\n\"'=A, B\",2026-12-04,1,0,1,0,0,,\r\n";
        assert_eq!(adoption_csv(&[site]).split_once("\r\n").expect("a heading").1, lines);
    }

    #[test]
    fn the_days_end_today_and_are_not_endless() {
        assert_eq!(days_until(on(2), 3), [date(2026, 11, 30), on(1), on(2)]);
        assert_eq!(days_until(on(2), 0), [on(2)]);
        assert_eq!(days_until(on(2), i32::MAX).len(), ADOPTION_DAYS_MAX as usize);
    }

    proptest! {
        #[test]
        fn every_expected_device_is_synchronised_silent_or_not_known(
            devices in proptest::collection::vec(
                (
                    proptest::collection::vec((1i8..28, 0usize..12), 0..4),
                    proptest::option::of(proptest::collection::vec(
                        (1i8..28, proptest::collection::vec((0u32..2, 0u32..3), 0..28)), 0..3,
                    )),
                    0usize..12,
                ),
                0..8,
            ),
            read in proptest::option::of(1i8..29),
        ) {
            let devices: Vec<_> = devices.into_iter().zip(1..).map(|((changes, apps, state), number)| {
                let app = |(last, days): (i8, Vec<_>)| told(last, Some(&days));
                SiteDevice {
                    state: DeviceState::ALL[state],
                    changes: changes.into_iter().map(|(day, it)| (on(day), DeviceState::ALL[it])).collect(),
                    ..device(&format!("{number:04}"), apps.map(|apps| apps.into_iter().map(app).collect()))
                }
            }).collect();
            let reach = Reach { team: read.map(on), support: None };
            let days = days_until(on(28), 28);
            let site = adoption_days(&["Kacyiru".into()], &devices, None, reach, &days).remove(0);
            prop_assert_eq!(site.days.iter().map(|it| it.day).collect::<Vec<_>>(), days);
            for it in &site.days {
                let told = it.synced + (it.silent.len() + it.unknown.len()) as u64;
                prop_assert_eq!(told, it.expected);
                prop_assert!(it.undated <= it.expected && it.expected <= devices.len() as u64);
                // Silence is claimed only as far as somebody looked, or the device itself tells.
                let tells = |number: &String| devices.iter().any(|device| {
                    let mut apps = device.told.iter().flatten();
                    device.number == *number
                        && apps.any(|app| app.days.as_ref().is_some_and(|days| days.on(it.day).is_some()))
                });
                let is_read = reach.team.is_some_and(|read| it.day <= read);
                prop_assert!(is_read || it.silent.iter().all(tells), "{it:?}");
            }
        }
    }
}
