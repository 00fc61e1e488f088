//! When a form may be filled in. Times and answers are those of a running 2.42.4 where a capture
//! is named.

use jiff::civil::{Date, DateTime, date};
use outpost_domain::metadata::DataInputPeriod;
use outpost_domain::period::{
    EntryLock, Period, PeriodType, SliceTiming, category_option_lock, latest_open_period,
    organisation_unit_lock, period_lock,
};
use outpost_domain::value_type::ServerMinor;

fn period(id: &str) -> Period {
    Period::parse(id).unwrap_or_else(|error| panic!("{error}"))
}

fn time(text: &str) -> DateTime {
    text.parse().expect("an ISO time")
}

/// A monthly data set without restrictions, judged by 2.42 at the time of the captures.
fn open_for_ever(id: &str) -> SliceTiming<'static> {
    SliceTiming {
        period: period(id),
        now: time("2026-11-22T11:16:52"),
        expiry_days: 0.0,
        open_future_periods: 0,
        input_periods: &[],
        lock_exception: false,
        server: ServerMinor(42),
    }
}

fn expired(since: &str) -> Option<EntryLock> {
    Some(EntryLock::Expired { since: time(since) })
}

fn future(latest: &str) -> Option<EntryLock> {
    Some(EntryLock::Future { latest: Some(period(latest)) })
}

fn input_periods() -> Vec<DataInputPeriod> {
    let listed = |id: &str, opening: &str, closing: &str| DataInputPeriod {
        period: period(id),
        opening_date: Some(time(opening)),
        closing_date: Some(time(closing)),
    };
    vec![
        listed("202609", "2026-09-01T00:00:00", "2026-10-31T00:00:00"),
        listed("202610", "2026-10-01T00:00:00", "2027-01-31T00:00:00"),
        listed("202612", "2026-12-01T00:00:00", "2027-01-31T00:00:00"),
    ]
}

#[track_caller]
fn check_latest(open_future_periods: u32, today: Date, latest: &str) {
    let found = latest_open_period(PeriodType::Monthly, open_future_periods, today);
    assert_eq!(found, Some(period(latest)));
}

#[test]
fn future_periods_open_one_by_one_from_the_last_ended_one() {
    check_latest(0, date(2026, 11, 22), "202610"); // capture 43
    check_latest(1, date(2026, 11, 22), "202611");
    check_latest(2, date(2026, 11, 22), "202612"); // capture a007p
    check_latest(u32::MAX, date(2026, 11, 22), "999912");
    assert_eq!(latest_open_period(PeriodType::TwoYearly, 1, date(2026, 1, 1)), None);
}

#[test]
fn a_period_after_the_latest_open_one_is_locked() {
    assert_eq!(period_lock(&open_for_ever("202610")), None);
    assert_eq!(period_lock(&open_for_ever("202611")), future("202610"));
    assert_eq!(period_lock(&open_for_ever("203001")), future("202610")); // capture 43
    let two = SliceTiming { open_future_periods: 2, ..open_for_ever("202612") };
    assert_eq!(period_lock(&two), None); // capture a007p
    let two = SliceTiming { open_future_periods: 2, ..open_for_ever("202701") };
    assert_eq!(period_lock(&two), future("202612")); // capture a007p
}

#[test]
fn entry_expires_that_many_days_after_the_day_after_the_end() {
    let twenty = |id| SliceTiming { expiry_days: 20.0, ..open_for_ever(id) };
    assert_eq!(period_lock(&twenty("202609")), expired("2026-10-21T00:00:00")); // capture a002
    assert_eq!(period_lock(&twenty("202610")), expired("2026-11-21T00:00:00")); // capture a002b
    let weekly =
        |id, now: &str| SliceTiming { expiry_days: 7.0, now: time(now), ..open_for_ever(id) };
    let capture_59 = "2026-11-22T10:33:03";
    assert_eq!(period_lock(&weekly("2026W10", capture_59)), expired("2026-03-16T00:00:00"));
    assert_eq!(period_lock(&weekly("2026W46", capture_59)), None); // capture 59c
    assert_eq!(period_lock(&weekly("2026W46", "2026-11-23T00:00:00")), None);
    assert_eq!(
        period_lock(&weekly("2026W46", "2026-11-23T00:00:00.001")),
        expired("2026-11-23T00:00:00")
    );
}

#[test]
fn expiry_days_may_be_a_fraction_up_to_242() {
    let half = |server| SliceTiming {
        expiry_days: 20.5,
        now: time("2026-11-21T06:00:00"),
        server: ServerMinor(server),
        ..open_for_ever("202610")
    };
    assert_eq!(period_lock(&half(42)), None);
    assert_eq!(period_lock(&half(43)), expired("2026-11-21T00:00:00"));
}

#[test]
fn senseless_expiry_days_never_lock() {
    for expiry_days in [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        let timing = SliceTiming { expiry_days, ..open_for_ever("202001") };
        assert_eq!(period_lock(&timing), None, "{expiry_days}");
    }
}

#[test]
fn a_lock_exception_opens_an_expired_period_but_no_future_one() {
    let timing = SliceTiming { expiry_days: 20.0, lock_exception: true, ..open_for_ever("202609") };
    assert_eq!(period_lock(&timing), None); // capture a002h
    let timing = SliceTiming { lock_exception: true, ..open_for_ever("202611") };
    assert_eq!(period_lock(&timing), future("202610"));
}

#[test]
fn only_listed_input_periods_are_open_and_only_in_their_time() {
    let listed = input_periods();
    let timing = |id| SliceTiming { input_periods: &listed, ..open_for_ever(id) };
    assert_eq!(period_lock(&timing("202610")), None); // capture a001
    assert_eq!(
        period_lock(&timing("202609")), // capture a001b
        Some(EntryLock::InputPeriodClosed {
            opening: None,
            closing: Some(time("2026-10-31T00:00:00"))
        })
    );
    assert_eq!(period_lock(&timing("202608")), Some(EntryLock::InputPeriodNotListed)); // a001c
    assert_eq!(period_lock(&timing("202612")), future("202610")); // capture a001d
}

#[test]
fn opening_and_closing_times_belong_to_the_open_time() {
    let listed = input_periods();
    let at = |now: &str| SliceTiming {
        input_periods: &listed,
        now: time(now),
        ..open_for_ever("202609")
    };
    assert_eq!(period_lock(&at("2026-10-31T00:00:00")), None);
    assert!(period_lock(&at("2026-10-31T00:00:00.001")).is_some());
    let ahead = SliceTiming { open_future_periods: 4, ..at("2026-08-31T23:59:59") };
    assert_eq!(
        period_lock(&ahead),
        Some(EntryLock::InputPeriodClosed {
            opening: Some(time("2026-09-01T00:00:00")),
            closing: None
        })
    );
    let ahead = SliceTiming { open_future_periods: 4, ..at("2026-09-01T00:00:00") };
    assert_eq!(period_lock(&ahead), None);
}

#[test]
fn one_open_entry_among_several_for_a_period_is_enough() {
    let mut listed = input_periods();
    listed.push(DataInputPeriod {
        period: period("202609"),
        opening_date: None,
        closing_date: None,
    });
    let timing = SliceTiming { input_periods: &listed, ..open_for_ever("202609") };
    assert_eq!(period_lock(&timing), None);
}

#[test]
fn from_243_input_periods_decide_alone() {
    let listed = input_periods();
    let timing = |id, server| SliceTiming {
        input_periods: &listed,
        expiry_days: 1.0,
        server: ServerMinor(server),
        ..open_for_ever(id)
    };
    assert_eq!(period_lock(&timing("202610", 42)), expired("2026-11-02T00:00:00"));
    assert_eq!(period_lock(&timing("202610", 43)), None);
    assert!(matches!(
        period_lock(&timing("202612", 43)),
        Some(EntryLock::InputPeriodClosed { opening: Some(_), .. })
    ));
}

#[test]
fn from_243_negative_expiry_days_open_the_future() {
    let negative = |server| SliceTiming {
        expiry_days: -1.0,
        server: ServerMinor(server),
        ..open_for_ever("202612")
    };
    assert_eq!(period_lock(&negative(42)), future("202610"));
    assert_eq!(period_lock(&negative(43)), None);
}

#[test]
fn a_place_counts_as_open_if_it_was_open_on_a_day_of_the_period() {
    let lock = |opening, closed| organisation_unit_lock(period("202610"), opening, closed);
    let (first, last) = (date(2026, 10, 1), date(2026, 10, 31));
    assert_eq!(lock(None, None), None);
    assert_eq!(lock(Some(last), None), None);
    assert_eq!(lock(None, Some(first)), None);
    let (day_before, day_after) = (date(2026, 9, 30), date(2026, 11, 1));
    assert_eq!(
        lock(Some(day_after), None),
        Some(EntryLock::OrganisationUnitNotOpen { opening: day_after })
    );
    assert_eq!(
        lock(None, Some(day_before)),
        Some(EntryLock::OrganisationUnitClosed { closed: day_before })
    );
}

#[test]
fn a_category_option_must_reach_the_period() {
    let old =
        |id| category_option_lock(period(id), Some(date(2024, 1, 1)), Some(date(2025, 12, 31)), 0);
    let new = |id| category_option_lock(period(id), Some(date(2026, 1, 1)), None, 0);
    let ended = Some(EntryLock::CategoryOptionEnded { end: date(2025, 12, 31) });
    let not_started = Some(EntryLock::CategoryOptionNotStarted { start: date(2026, 1, 1) });
    assert_eq!(old("202610"), ended); // capture a007b
    assert_eq!(old("202510"), None); // capture a007c
    assert_eq!(new("202510"), not_started); // capture a007d
    assert_eq!(new("202610"), None); // capture a007
    assert_eq!(old("2025"), None);
    assert_eq!(new("2026"), None);
}

#[test]
fn the_end_of_a_category_option_moves_by_open_periods() {
    let lock = |id, end, count| category_option_lock(period(id), None, Some(end), count);
    assert_eq!(lock("202602", date(2025, 12, 31), 2), None); // 31 December becomes 28 February
    let end = date(2026, 2, 28);
    let ended = Some(EntryLock::CategoryOptionEnded { end });
    assert_eq!(lock("202603", date(2025, 12, 31), 2), ended);
    assert_eq!(lock("2026W3", date(2025, 12, 31), 2), None); // becomes 14 January
    assert!(lock("2026W4", date(2025, 12, 31), 2).is_some());
    assert_eq!(lock("2026Q1", date(2025, 12, 31), 1), None);
    assert_eq!(lock("999912", date(2025, 12, 31), u32::MAX), None);
}

#[test]
fn each_reason_is_told_in_words() {
    let told = |lock: Option<EntryLock>| lock.map(|lock| lock.words()).unwrap_or_default();
    assert_eq!(
        told(period_lock(&open_for_ever("202611"))),
        "This period is not open yet. The latest open period ends on 2026-10-31."
    );
    let late = SliceTiming { expiry_days: 20.0, ..open_for_ever("202609") };
    assert_eq!(told(period_lock(&late)), "The time to fill in this period ended on 2026-10-21.");
    let listed = input_periods();
    let closed = SliceTiming { input_periods: &listed, ..open_for_ever("202609") };
    assert_eq!(told(period_lock(&closed)), "This period closed on 2026-10-31.");
    let unlisted = SliceTiming { input_periods: &listed, ..open_for_ever("202608") };
    assert_eq!(told(period_lock(&unlisted)), "This form is not collected for this period.");
    assert_eq!(
        told(organisation_unit_lock(period("202610"), None, Some(date(2026, 9, 30)))),
        "This place closed on 2026-09-30, before this period."
    );
    assert_eq!(
        told(category_option_lock(period("202510"), Some(date(2026, 1, 1)), None, 0)),
        "The chosen category starts on 2026-01-01, after this period."
    );
}
