//! Relative periods on the day 2026-11-22, a Sunday in ISO week 47.

use jiff::civil::date;
use outpost_domain::period::{Period, PeriodError, PeriodType, RelativePeriod};

fn ids(name: &str, financial_year: PeriodType) -> Vec<String> {
    let relative = RelativePeriod::parse(name).unwrap_or_else(|error| panic!("{error}"));
    let periods = relative.periods(date(2026, 11, 22), financial_year);
    let periods = periods.unwrap_or_else(|error| panic!("{error}"));
    periods.iter().map(Period::to_string).collect()
}

#[track_caller]
fn check(name: &str, first: &str, last: &str, count: usize) {
    let ids = ids(name, PeriodType::FinancialOct);
    let ends = (ids.first().map(String::as_str), ids.last().map(String::as_str));
    assert_eq!((ends, ids.len()), ((Some(first), Some(last)), count), "{name}");
}

#[test]
fn days_end_with_yesterday() {
    check("TODAY", "20261122", "20261122", 1);
    check("YESTERDAY", "20261121", "20261121", 1);
    check("LAST_3_DAYS", "20261119", "20261121", 3);
    check("LAST_7_DAYS", "20261115", "20261121", 7);
    check("LAST_14_DAYS", "20261108", "20261121", 14);
    check("LAST_30_DAYS", "20261023", "20261121", 30);
    check("LAST_60_DAYS", "20260923", "20261121", 60);
    check("LAST_90_DAYS", "20260824", "20261121", 90);
    check("LAST_180_DAYS", "20260526", "20261121", 180);
}

#[test]
fn weeks_end_with_the_last_complete_one() {
    check("THIS_WEEK", "2026W47", "2026W47", 1);
    check("LAST_WEEK", "2026W46", "2026W46", 1);
    check("LAST_4_WEEKS", "2026W43", "2026W46", 4);
    check("LAST_12_WEEKS", "2026W35", "2026W46", 12);
    check("LAST_52_WEEKS", "2025W47", "2026W46", 52);
    check("WEEKS_THIS_YEAR", "2026W1", "2026W53", 53);
    check("THIS_BIWEEK", "2026BiW24", "2026BiW24", 1);
    check("LAST_BIWEEK", "2026BiW23", "2026BiW23", 1);
    check("LAST_4_BIWEEKS", "2026BiW20", "2026BiW23", 4);
}

#[test]
fn months_and_their_multiples_end_with_the_last_complete_one() {
    check("THIS_MONTH", "202611", "202611", 1);
    check("LAST_MONTH", "202610", "202610", 1);
    check("LAST_3_MONTHS", "202608", "202610", 3);
    check("LAST_6_MONTHS", "202605", "202610", 6);
    check("LAST_12_MONTHS", "202511", "202610", 12);
    check("THIS_BIMONTH", "202606B", "202606B", 1);
    check("LAST_BIMONTH", "202605B", "202605B", 1);
    check("LAST_6_BIMONTHS", "202506B", "202605B", 6);
    check("THIS_QUARTER", "2026Q4", "2026Q4", 1);
    check("LAST_QUARTER", "2026Q3", "2026Q3", 1);
    check("LAST_4_QUARTERS", "2025Q4", "2026Q3", 4);
    check("THIS_SIX_MONTH", "2026S2", "2026S2", 1);
    check("LAST_SIX_MONTH", "2026S1", "2026S1", 1);
    check("LAST_2_SIXMONTHS", "2025S2", "2026S1", 2);
}

#[test]
fn the_periods_of_a_year_are_all_of_them() {
    check("MONTHS_THIS_YEAR", "202601", "202612", 12);
    check("MONTHS_LAST_YEAR", "202501", "202512", 12);
    check("BIMONTHS_THIS_YEAR", "202601B", "202606B", 6);
    check("QUARTERS_THIS_YEAR", "2026Q1", "2026Q4", 4);
    check("QUARTERS_LAST_YEAR", "2025Q1", "2025Q4", 4);
}

#[test]
fn years_end_with_the_last_complete_one() {
    check("THIS_YEAR", "2026", "2026", 1);
    check("LAST_YEAR", "2025", "2025", 1);
    check("LAST_5_YEARS", "2021", "2025", 5);
    check("LAST_10_YEARS", "2016", "2025", 10);
}

#[test]
fn a_financial_year_begins_where_the_server_says() {
    check("THIS_FINANCIAL_YEAR", "2026Oct", "2026Oct", 1);
    check("LAST_FINANCIAL_YEAR", "2025Oct", "2025Oct", 1);
    check("LAST_5_FINANCIAL_YEARS", "2021Oct", "2025Oct", 5);
    check("LAST_10_FINANCIAL_YEARS", "2016Oct", "2025Oct", 10);
    assert_eq!(ids("THIS_FINANCIAL_YEAR", PeriodType::FinancialNov), ["2027Nov"]);
    assert_eq!(ids("THIS_FINANCIAL_YEAR", PeriodType::FinancialApril), ["2026April"]);
    let error = RelativePeriod::ThisFinancialYear.periods(date(2026, 1, 1), PeriodType::Yearly);
    assert_eq!(error, Err(PeriodError::NotAFinancialYear { period_type: PeriodType::Yearly }));
}

#[test]
fn early_january_still_belongs_to_the_weeks_of_the_old_year() {
    let weeks = RelativePeriod::WeeksThisYear.periods(date(2027, 1, 2), PeriodType::FinancialOct);
    let weeks = weeks.expect("a year with ids");
    assert_eq!(weeks.first().map(Period::to_string).as_deref(), Some("2026W1"));
    assert_eq!(weeks.len(), 53);
}

#[test]
fn there_are_45_names_and_no_other() {
    for relative in RelativePeriod::ALL {
        assert_eq!(RelativePeriod::parse(relative.name()), Ok(relative));
    }
    assert!(RelativePeriod::parse("LAST_13_MONTHS").is_err());
    assert!(RelativePeriod::parse("last_month").is_err());
}

#[test]
fn the_edge_of_the_calendar_is_an_error() {
    let error = RelativePeriod::Last10Years.periods(date(5, 1, 1), PeriodType::FinancialOct);
    assert!(matches!(error, Err(PeriodError::NoPeriodFor { .. })));
}
