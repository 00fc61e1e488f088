use proptest::prelude::*;

use super::*;

fn case(period: &str, key: &str, found: &str) -> Case {
    let (period, key, found) = (period.to_owned(), key.to_owned(), found.to_owned());
    Case { period, what: "ANC".to_owned(), key, count: 1, found }
}

fn total(period: &str, count: i64) -> Case {
    Case { count, ..case(period, "", "line 2") }
}

#[track_caller]
fn causes(before: &[Case], app: &[Case], expected: &[(&str, Cause)]) {
    let compared = compare(before, app);
    let found: Vec<_> = compared
        .iter()
        .flat_map(|it| it.behind.iter().map(|behind| (behind.key.as_str(), behind.cause)))
        .collect();
    assert_eq!(found, expected, "{compared:?}");
}

#[test]
fn cases_that_only_one_side_has_are_named() {
    let register = ["A1", "A2", "A3", "A4"].map(|key| case("2026W36", key, "line"));
    let app = ["a1 ", "B9"].map(|key| case("2026W36", key, "record"));
    causes(
        &register,
        &app,
        &[
            ("A2", Cause::NotInApp),
            ("A3", Cause::NotInApp),
            ("A4", Cause::NotInApp),
            ("B9", Cause::NotInRegister),
        ],
    );
}

#[test]
fn totals_that_agree_by_chance_hide_nothing() {
    let compared = compare(&[case("2026W36", "A1", "l")], &[case("2026W36", "B1", "r")]);
    assert_eq!((compared[0].difference(), compared[0].agrees()), (0, false));
    assert!(!safe_to_stop(&compared, StopRule { periods: 1, difference_max: 0 }).is_safe);
}

#[test]
fn a_case_in_another_period_and_one_that_is_twice_are_told_apart() {
    let register = [case("2026W36", "A1", "line 2"), case("2026W36", "A2", "line 3")];
    let app = [case("2026W37", "A1", "x"), case("2026W36", "A2", "y"), case("2026W36", "A2", "z")];
    causes(
        &register,
        &app,
        &[("A1", Cause::OtherPeriod), ("A2", Cause::Twice), ("A1", Cause::OtherPeriod)],
    );
}

#[test]
fn with_totals_alone_the_records_of_the_period_are_what_to_look_at() {
    let app = [case("2026W36", "A1", "x"), case("2026W36", "A2", "y")];
    causes(&[total("2026W36", 2)], &app, &[]);
    causes(&[total("2026W36", 5)], &app, &[("A1", Cause::Possible), ("A2", Cause::Possible)]);
}

#[test]
fn the_old_way_stops_after_periods_in_a_row_that_agree() {
    let rule = StopRule { periods: 2, difference_max: 0 };
    let check = |counts: &[(i64, i64)], is_safe: bool, word: &str| {
        // 2026W9 comes before 2026W10.
        let side = |pick: fn(&(i64, i64)) -> i64| -> Vec<Case> {
            let numbered = counts.iter().zip(8..);
            numbered.map(|(pair, week)| total(&format!("2026W{week}"), pick(pair))).collect()
        };
        let verdict = safe_to_stop(&compare(&side(|it| it.0), &side(|it| it.1)), rule);
        assert_eq!(verdict.is_safe, is_safe, "{verdict:?}");
        assert!(verdict.words.contains(word), "{verdict:?}");
    };
    check(&[(4, 4)], false, "1 of 2 periods");
    check(&[(4, 1), (5, 5), (6, 6)], true, "agree");
    check(&[(4, 4), (5, 2), (6, 6)], false, "2026W9 ANC differs by -3");
    check(&[(4, 4), (5, 5), (6, 9)], false, "2026W10 ANC differs by +3");
}

#[test]
fn a_period_that_the_register_leaves_out_is_a_difference_and_breaks_the_row() {
    let week = |number: i64| format!("2026W{number}");
    let check = |register: &[i64], app: &[i64], is_safe: bool, words: &str| {
        let register: Vec<_> = register.iter().map(|it| total(&week(*it), 1)).collect();
        let app: Vec<_> = app.iter().map(|it| case(&week(*it), &format!("K{it}"), "x")).collect();
        let compared = compare(&register, &within_register(&register, app));
        for rule in [0, 5].map(|difference_max| StopRule { periods: 3, difference_max }) {
            let verdict = safe_to_stop(&compared, rule);
            assert_eq!(verdict.is_safe, is_safe, "{verdict:?}");
            assert!(verdict.words.contains(words), "{verdict:?}");
        }
    };
    check(&[46, 47, 48], &[46, 47, 48], true, "the latest 3 periods agree");
    // Before it begins and after it ends a register says nothing.
    check(&[46, 47, 48], &[44, 46, 47, 48, 49], true, "agree");
    let left_out = "2026W47 ANC differs by +1: the register leaves 2026W47 out";
    check(&[45, 46, 48], &[45, 46, 47, 48], false, left_out);
    // Of a week of which nobody says anything it is not known that nothing happened.
    check(&[45, 46, 48], &[45, 46, 48], false, "1 of 3 periods in a row were compared: nothing is");
    check(&[45, 46, 48, 49, 50], &[45, 46, 48, 49, 50], true, "agree");
    // 2026 has 53 weeks.
    let turn = ["2026W52", "2026W53", "2027W1"].map(|it| total(it, 1));
    let rule = StopRule { periods: 3, difference_max: 0 };
    assert!(safe_to_stop(&compare(&turn, &turn), rule).is_safe);
}

#[test]
fn a_total_of_nought_names_every_case_of_the_app() {
    causes(&[total("2026W36", 0)], &[case("2026W36", "A1", "x")], &[("A1", Cause::NotInRegister)]);
}

#[test]
fn two_tables_of_other_periods_are_not_compared() {
    let check = |register: &str, app: &str, fits: bool| {
        let found = check_same_kind(&[total(register, 1)], &[total(app, 1)]);
        assert_eq!(found.is_ok(), fits, "{register} {app}: {found:?}");
    };
    check("202611", "2026W46", false);
    check("202611", "202610", true);
    check("first round", "second round", true);
    assert_eq!(check_same_kind(&[], &[total("202611", 1)]), Ok(()));
}

#[test]
fn a_table_may_have_semicolons_or_tabs_and_says_what_else_it_is_not() {
    let table = "period,what,total\n2026W09,ANC,3\n,,\n";
    for separator in [",", ";", "\t"] {
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}{}", table.replace(',', separator));
            let cases = read_table(&text, PeriodBy::Week).expect(separator);
            let read: Vec<_> = cases.iter().map(|it| (it.period.as_str(), it.count)).collect();
            assert_eq!(read, [("2026W9", 3)], "{text:?}");
        }
    }
    for (text, words) in [
        ("", "the table is empty: its first line is date,what,key"),
        ("\u{feff} \n", "the table is empty"),
        ("sep=;\nperiod;what;total\n", "take the line with sep= out"),
    ] {
        let problems = read_table(text, PeriodBy::Week).expect_err(text);
        assert!(problems[0].problem.contains(words), "{text:?}: {problems:?}");
    }
    // A line is counted as an editor counts it.
    let problems =
        read_table("period,what,total\n\n2026W1,\"a\nb\",1\n2026W2,ANC,x\n", PeriodBy::Week);
    assert_eq!(problems.expect_err("no number")[0].line, 5);
}

#[test]
fn a_table_is_read_whole_or_not_at_all() {
    let read = |text: &str| read_table(text, PeriodBy::Week);
    let cases = read("date,what,key\n2026-09-01,ANC,A1\n2026-12-31,ANC,A2\n2027-01-01,ANC,A3\n");
    let periods: Vec<_> = cases.expect("good").into_iter().map(|it| it.period).collect();
    // 2026 has 53 ISO weeks; the first of January 2027 is a Friday.
    assert_eq!(periods, ["2026W36", "2026W53", "2026W53"]);
    let totals = read("\u{feff}Period;what".replace(';', ",").as_str());
    assert!(totals.is_err());
    let refused = |text: &str, line: u64, word: &str| {
        let problems = read(text).expect_err("refused");
        assert_eq!(problems[0].line, line, "{problems:?}");
        assert!(problems[0].problem.contains(word), "{problems:?}");
    };
    refused("what,key\nANC,A1\n", 1, "period or date");
    refused("period,what\n2026W1,ANC\n", 1, "key");
    refused("period,what,key,total\n2026W1,ANC,A1,\n2026W1,ANC,A1,4\n", 3, "not both");
    refused("period,what,total\n2026W1,ANC,-1\n", 2, "whole number");
    refused("period,what,total\n2026W1,ANC,1.5\n", 2, "whole number");
    refused("date,what,key\n31.12.2026,ANC,A1\n", 2, "yyyy-mm-dd");
    let wrong = format!("period,what,total\n{}", "2026W1,ANC,x\n".repeat(500));
    assert_eq!(read(&wrong).expect_err("refused").len(), PROBLEMS_MAX);
}

proptest! {
    #[test]
    fn the_cases_that_are_named_explain_the_difference(
        register in proptest::collection::btree_set(0u8..30, 0..20),
        app in proptest::collection::btree_set(0u8..30, 0..20),
    ) {
        let side = |keys: &BTreeSet<u8>| -> Vec<Case> {
            keys.iter().map(|key| case("2026W36", &format!("K{key}"), "x")).collect()
        };
        let compared = compare(&side(&register), &side(&app));
        for it in &compared {
            let count = |cause| it.behind.iter().filter(|behind| behind.cause == cause).count();
            let explained = count(Cause::NotInRegister) as i64 - count(Cause::NotInApp) as i64;
            prop_assert_eq!(explained, it.difference());
        }
        let agree = compared.iter().all(Compared::agrees);
        prop_assert_eq!(agree, register == app);
    }

    #[test]
    fn no_table_makes_it_panic(text in "(period|date|what|key|total|,|\n|\"|[0-9W-]|\\PC){0,80}") {
        if let Ok(cases) = read_table(&text, PeriodBy::Month) {
            let _ = compare(&cases, &[]);
        }
    }
}
