//! What holds for every period of every type.

use jiff::civil::{Date, date};
use outpost_domain::period::{Period, PeriodType};
use proptest::prelude::*;

fn named_types() -> impl Iterator<Item = PeriodType> {
    PeriodType::ALL.into_iter().filter(|period_type| *period_type != PeriodType::TwoYearly)
}

fn tomorrow(day: Date) -> Date {
    day.tomorrow().expect("far from the end of the calendar")
}

/// Whether `next` may begin before the period has ended: only after the 27th bi-week of a year.
fn overlaps(period: Period) -> bool {
    period.to_string().ends_with("BiW27")
}

#[test]
fn two_hundred_years_of_each_type_follow_each_other_without_a_gap() {
    for period_type in named_types() {
        let mut period = period_type.containing(date(1900, 1, 1)).expect("a year with ids");
        while period.start() < date(2100, 1, 1) {
            let next = period.next().expect("a year with ids");
            assert_eq!(next.previous(), Some(period), "{period}");
            assert_eq!(Period::parse(&period.to_string()), Ok(period));
            if overlaps(period) {
                let week_before_end = period.end().checked_sub(jiff::Span::new().days(6));
                assert_eq!(Some(next.start()), week_before_end.ok(), "{period}");
            } else {
                assert_eq!(next.start(), tomorrow(period.end()), "{period}");
            }
            assert!(period < next, "{period}");
            period = next;
        }
    }
}

fn any_date() -> impl Strategy<Value = Date> {
    (1_900_i16..2_100, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

fn any_named_type() -> impl Strategy<Value = PeriodType> {
    prop::sample::select(named_types().collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn a_day_is_inside_the_period_that_contains_it(day in any_date(), kind in any_named_type()) {
        let period = kind.containing(day).expect("a year with ids");
        prop_assert!(period.start() <= day && day <= period.end());
        prop_assert_eq!(Period::parse(&period.to_string()), Ok(period));
        prop_assert_eq!(kind.containing(period.start()), Some(period));
    }

    #[test]
    fn generated_periods_have_no_gap_and_cover_the_range(
        from in any_date(), length in 0_i64..1_500, kind in any_named_type(),
    ) {
        let to = from.checked_add(jiff::Span::new().days(length)).expect("within the calendar");
        let periods = kind.generate(from, to).expect("below the limit");
        let (first, last) = (periods[0], periods[periods.len() - 1]);
        prop_assert!(first.start() <= from && from <= first.end());
        prop_assert!(last.start() <= to && to <= last.end());
        for pair in periods.windows(2) {
            prop_assert_eq!(pair[0].next(), Some(pair[1]));
        }
    }

    #[test]
    fn moving_there_and_back_ends_where_it_began(
        day in any_date(), count in -500_i32..500, kind in any_named_type(),
    ) {
        let period = kind.containing(day).expect("a year with ids");
        let moved = period.forward(count).expect("a year with ids");
        prop_assert_eq!(moved.rewind(count), Some(period));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = Period::parse(&text);
    }

    #[test]
    fn what_parses_is_stable_once_canonical(text in "[0-9]{4}[A-Za-z-]{0,6}[0-9]{0,4}B?") {
        if let Ok(period) = Period::parse(&text) {
            prop_assert_eq!(Period::parse(&period.to_string()), Ok(period));
        }
    }
}
