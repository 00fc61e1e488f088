//! Period ids, dates and neighbours: cases from the wire reference and from the calendar.

use jiff::civil::{Date, date};
use outpost_domain::limits::PERIODS_MAX;
use outpost_domain::period::{Period, PeriodError, PeriodType};
use outpost_domain::value_type::ServerMinor;

#[track_caller]
fn period(id: &str) -> Period {
    Period::parse(id).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn check(id: &str, period_type: &str, start: &str, end: &str) {
    let parsed = period(id);
    assert_eq!(parsed.period_type().name(), period_type, "{id}");
    assert_eq!(parsed.start().to_string(), start, "{id}");
    assert_eq!(parsed.end().to_string(), end, "{id}");
    assert_eq!(parsed.to_string(), id);
}

#[track_caller]
fn check_canonical(id: &str, canonical: &str) {
    assert_eq!(period(id).to_string(), canonical);
}

#[track_caller]
fn check_unknown(id: &str) {
    let error = Period::parse(id).expect_err(id);
    assert!(matches!(error, PeriodError::Unknown { .. }), "{id}: {error:?}");
}

#[track_caller]
fn check_missing(id: &str) {
    let error = Period::parse(id).expect_err(id);
    assert!(matches!(error, PeriodError::NoSuchPeriod { .. }), "{id}: {error:?}");
}

#[track_caller]
fn check_next(id: &str, next: &str) {
    assert_eq!(period(id).next(), Some(period(next)));
    assert_eq!(period(next).previous(), Some(period(id)));
}

#[test]
fn each_type_covers_the_days_of_the_wire_reference() {
    check("20260115", "Daily", "2026-01-15", "2026-01-15");
    check("2026W3", "Weekly", "2026-01-12", "2026-01-18");
    check("2026WedW3", "WeeklyWednesday", "2026-01-14", "2026-01-20");
    check("2026ThuW3", "WeeklyThursday", "2026-01-15", "2026-01-21");
    check("2026FriW3", "WeeklyFriday", "2026-01-16", "2026-01-22");
    check("2026SatW3", "WeeklySaturday", "2026-01-17", "2026-01-23");
    check("2026SunW3", "WeeklySunday", "2026-01-18", "2026-01-24");
    check("202601", "Monthly", "2026-01-01", "2026-01-31");
    check("202402", "Monthly", "2024-02-01", "2024-02-29");
    check("202601B", "BiMonthly", "2026-01-01", "2026-02-28");
    check("202606B", "BiMonthly", "2026-11-01", "2026-12-31");
    check("2026Q1", "Quarterly", "2026-01-01", "2026-03-31");
    check("2026NovQ1", "QuarterlyNov", "2025-11-01", "2026-01-31");
    check("2026NovQ4", "QuarterlyNov", "2026-08-01", "2026-10-31");
    check("2026S2", "SixMonthly", "2026-07-01", "2026-12-31");
    check("2026AprilS2", "SixMonthlyApril", "2026-10-01", "2027-03-31");
    check("2026NovS1", "SixMonthlyNov", "2025-11-01", "2026-04-30");
    check("2026", "Yearly", "2026-01-01", "2026-12-31");
    check("2026Feb", "FinancialFeb", "2026-02-01", "2027-01-31");
    check("2026April", "FinancialApril", "2026-04-01", "2027-03-31");
    check("2026July", "FinancialJuly", "2026-07-01", "2027-06-30");
    check("2026Aug", "FinancialAug", "2026-08-01", "2027-07-31");
    check("2026Sep", "FinancialSep", "2026-09-01", "2027-08-31");
    check("2026Oct", "FinancialOct", "2026-10-01", "2027-09-30");
    check("2026Nov", "FinancialNov", "2025-11-01", "2026-10-31");
}

#[test]
fn a_bi_weekly_period_is_two_iso_weeks() {
    check("2026BiW1", "BiWeekly", "2025-12-29", "2026-01-11");
    check("2026BiW2", "BiWeekly", "2026-01-12", "2026-01-25");
    check("2020BiW27", "BiWeekly", "2020-12-28", "2021-01-10");
}

#[test]
fn a_week_belongs_to_the_year_that_holds_four_of_its_days() {
    check("2026W53", "Weekly", "2026-12-28", "2027-01-03");
    check("2027W1", "Weekly", "2027-01-04", "2027-01-10");
    check("2025W1", "Weekly", "2024-12-30", "2025-01-05");
    let new_year = date(2027, 1, 1);
    assert_eq!(PeriodType::Weekly.containing(new_year), Some(period("2026W53")));
}

#[test]
fn other_accepted_forms_become_canonical() {
    check_canonical("2026W01", "2026W1");
    check_canonical("2026SunW09", "2026SunW9");
    check_canonical("2026BiW02", "2026BiW2");
    check_canonical("2026-01", "202601");
    check_canonical("2026-01-15", "20260115");
}

#[test]
fn ids_of_no_type_are_unknown() {
    check_unknown("");
    check_unknown("202");
    check_unknown("20261");
    check_unknown("2026011");
    check_unknown("202601155");
    check_unknown("2026-1");
    check_unknown("2026-01-1");
    check_unknown("2026/01/15");
    check_unknown("2026w3");
    check_unknown("2026MonW3");
    check_unknown("2026W");
    check_unknown("2026W003");
    check_unknown("2026Q");
    check_unknown("2026Q01");
    check_unknown("2026april");
    check_unknown("2026May");
    check_unknown("2026Nov1");
    check_unknown("20261B");
    check_unknown("2026B");
    check_unknown("+202601");
    check_unknown(" 202601");
    check_unknown("202601 ");
    check_unknown("２０２６");
    check_unknown("202é01");
    check_unknown("LAST_12_MONTHS");
}

#[test]
fn dates_that_the_calendar_lacks_are_refused() {
    check_missing("20260230");
    check_missing("20250229");
    check_missing("20261301");
    check_missing("20260100");
    check_missing("202600");
    check_missing("202613");
    check_missing("202600B");
    check_missing("202607B");
    check_missing("2026Q0");
    check_missing("2026Q5");
    check_missing("2026S3");
    check_missing("2026W0");
    check_missing("2026W54");
    check_missing("2025W53"); // 2025 has 52 weeks, 2026 has 53
    check_missing("2025BiW27");
    check_missing("2026BiW28");
    check_missing("0000");
}

#[test]
fn an_error_repeats_only_the_start_of_a_long_text() {
    let error = Period::parse(&"9".repeat(5_000)).expect_err("too long");
    assert_eq!(error, PeriodError::Unknown { shown: "9".repeat(24) });
}

#[test]
fn neighbours_cross_the_year() {
    check_next("20261231", "20270101");
    check_next("2026W53", "2027W1");
    check_next("2025W52", "2026W1");
    check_next("202612", "202701");
    check_next("202606B", "202701B");
    check_next("2026Q4", "2027Q1");
    check_next("2026NovQ4", "2027NovQ1");
    check_next("2026AprilS2", "2027AprilS1");
    check_next("2026Nov", "2027Nov");
    check_next("2026BiW27", "2027BiW1");
    check_next("2025BiW26", "2026BiW1");
}

#[test]
fn years_beyond_four_digits_have_no_periods() {
    assert_eq!(period("999912").next(), None);
    assert_eq!(period("9999").forward(i32::MAX), None);
    assert_eq!(period("9998BiW1").forward(i32::MAX), None);
    assert_eq!(period("0001").previous(), None);
    assert_eq!(period("0001BiW1").rewind(i32::MIN), None);
    check_missing("9999April"); // would end in the year 10000
    check("9999Nov", "FinancialNov", "9998-11-01", "9999-10-31");
}

#[test]
fn moving_by_several_is_moving_by_one_several_times() {
    assert_eq!(period("202601").rewind(13), Some(period("202412")));
    assert_eq!(period("2026Q1").forward(6), Some(period("2027Q3")));
    assert_eq!(period("2026BiW26").forward(2), Some(period("2027BiW1")));
    assert_eq!(period("20260301").rewind(1), Some(period("20260228")));
    assert_eq!(period("2026W1").forward(0), Some(period("2026W1")));
}

#[test]
fn generated_periods_are_those_that_share_a_day_with_the_range() {
    let ids = |period_type: PeriodType, from: Date, to: Date| -> Vec<String> {
        let periods = period_type.generate(from, to).expect("a short range");
        periods.iter().map(Period::to_string).collect()
    };
    assert_eq!(
        ids(PeriodType::Monthly, date(2026, 11, 22), date(2027, 1, 1)),
        ["202611", "202612", "202701"]
    );
    assert_eq!(
        ids(PeriodType::BiWeekly, date(2020, 12, 20), date(2021, 1, 18)),
        ["2020BiW26", "2020BiW27", "2021BiW1", "2021BiW2"]
    );
    assert!(ids(PeriodType::Daily, date(2026, 1, 2), date(2026, 1, 1)).is_empty());
}

#[test]
fn a_range_that_is_too_long_or_has_no_ids_is_refused() {
    let days = |count: i64| date(2000, 1, 1).checked_add(jiff::Span::new().days(count)).expect("");
    let limit = i64::try_from(PERIODS_MAX).expect("a small limit");
    let first = date(2000, 1, 1);
    assert_eq!(PeriodType::Daily.generate(first, days(limit - 1)).map(|p| p.len()), Ok(10_000));
    assert_eq!(PeriodType::Daily.generate(first, days(limit)), Err(PeriodError::TooMany));
    let unnamed = PeriodType::TwoYearly;
    assert_eq!(
        unnamed.generate(first, first),
        Err(PeriodError::NoPeriodFor { period_type: unnamed, date: first })
    );
    assert_eq!(unnamed.containing(first), None);
}

#[test]
fn periods_are_ordered_by_their_days() {
    let mut periods = ["2026", "202602", "2026Q1", "202601", "20260101"].map(period);
    periods.sort();
    let ids = periods.map(|period| period.to_string());
    assert_eq!(ids, ["20260101", "202601", "2026Q1", "2026", "202602"]);
}

#[test]
fn a_period_travels_as_its_id() {
    let written = serde_json::to_string(&period("2026W01")).expect("serialisable");
    assert_eq!(written, "\"2026W1\"");
    assert_eq!(serde_json::from_str::<Period>(&written).ok(), Some(period("2026W1")));
    assert!(serde_json::from_str::<Period>("\"2026W99\"").is_err());
    let named = serde_json::to_string(&PeriodType::SixMonthlyNov).expect("serialisable");
    assert_eq!(named, "\"SixMonthlyNov\"");
}

#[test]
fn types_are_known_by_name_and_ordered_by_frequency() {
    for period_type in PeriodType::ALL {
        assert_eq!(PeriodType::parse(period_type.name()), Ok(period_type));
    }
    assert!(PeriodType::parse("monthly").is_err());
    assert!(PeriodType::ALL.is_sorted_by_key(|period_type| period_type.frequency_order()));
    assert_eq!(PeriodType::WeeklySunday.frequency_order(), 7);
    assert_eq!(PeriodType::TwoYearly.frequency_order(), 730);
    assert_eq!(PeriodType::FinancialAug.frequency_order(), 365);
}

#[test]
fn some_types_are_younger_than_others() {
    assert_eq!(PeriodType::WeeklyFriday.since(), Some(ServerMinor(43)));
    assert_eq!(PeriodType::FinancialSep.since(), Some(ServerMinor(42)));
    assert_eq!(PeriodType::Monthly.since(), None);
}

#[test]
fn the_default_window_is_that_of_the_android_sdk() {
    let past = |name: &str| PeriodType::parse(name).expect(name).default_past_periods();
    assert_eq!(past("Daily"), 60);
    assert_eq!(past("Weekly"), 13);
    assert_eq!(past("WeeklyFriday"), 13);
    assert_eq!(past("BiWeekly"), 13);
    assert_eq!(past("Monthly"), 12);
    assert_eq!(past("BiMonthly"), 6);
    assert_eq!(past("QuarterlyNov"), 5);
    assert_eq!(past("SixMonthlyApril"), 5);
    assert_eq!(past("Yearly"), 5);
    assert_eq!(past("FinancialOct"), 5);
}
