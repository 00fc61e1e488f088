//! The malaria form with an indicator (tests per case) and a rule (no more deaths than cases).

use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::data::SliceKey;
use crate::expression::{Item, Names};
use crate::form::data_set::tests::{key, malaria};
use crate::form::data_set::{CellKey, CellProblem, CellValues, build};
use crate::indicator::{Found, IndicatorSet, Source, Window};
use crate::metadata::{
    Importance, Indicator, IndicatorType, MissingValueStrategy, RuleOperator, ValidationRule,
    ValidationRuleSide,
};
use crate::period::{Period, PeriodType};
use crate::samples::uid;
use crate::uid::OptionSetUid;
use crate::validation::{RuleChange, RuleSet};
use crate::value_type::ServerMinor;

struct Nowhere;

impl Source for Nowhere {
    fn find(&self, _: &Item, _: Window) -> Found {
        Found::NotHere
    }
}

fn no_option(_: OptionSetUid, _: &str) -> bool {
    false
}

fn session() -> DataSetSession {
    let indicator = Indicator {
        id: uid("rate"),
        name: "Tests per case".to_owned(),
        description: None,
        indicator_type: Some(uid("percent")),
        numerator: "#{tests000000}".to_owned(),
        numerator_description: None,
        denominator: "#{cases000000}".to_owned(),
        denominator_description: None,
        decimals: Some(0),
        annualized: false,
        legend_sets: vec![],
    };
    let percent =
        IndicatorType { id: uid("percent"), name: "%".into(), factor: 100, number: false };
    let side = |expression: &str| ValidationRuleSide {
        expression: expression.to_owned(),
        description: None,
        missing_value_strategy: MissingValueStrategy::NeverSkip,
        sliding_window: false,
    };
    let rule = ValidationRule {
        id: uid("fewer"),
        name: "No more deaths than cases".to_owned(),
        description: None,
        instruction: None,
        importance: Importance::High,
        operator: RuleOperator::LessThanOrEqualTo,
        period_type: PeriodType::Monthly,
        skip_form_validation: false,
        organisation_unit_levels: vec![],
        left_side: side("#{deaths00000}"),
        right_side: side("#{cases000000}"),
    };
    let (session, opened) = DataSetSession::open(DataSetSessionInput {
        form: Arc::new(build(&malaria()).0),
        key: SliceKey {
            data_set: uid("malaria"),
            period: Period::parse("202605").expect("a month"),
            organisation_unit: uid("clinic"),
            attribute_option_combo: uid("dflt"),
        },
        values: CellValues::new(),
        indicators: IndicatorSet::new([&indicator], &[percent]).0,
        rules: RuleSet::new([&rule], Names::default()).0,
        elsewhere: Arc::new(Nowhere),
        level: Some(3),
        today: date(2026, 6, 5),
        server: ServerMinor(42),
    });
    assert_eq!((opened.indicators.len(), opened.violations.len()), (1, 0));
    session
}

fn set(session: &mut DataSetSession, cell: CellKey, text: &str) -> DataSetDiff {
    session.set_value(cell, text, &no_option)
}

fn violated(diff: &DataSetDiff) -> Vec<(f64, f64)> {
    let sides = diff.violations.iter().filter_map(|change| match change {
        RuleChange::Violated(it) => Some((it.left_side.shown, it.right_side.shown)),
        RuleChange::Resolved(_) => None,
    });
    sides.collect()
}

#[test]
fn an_edit_computes_the_indicators_that_refer_to_it() {
    let mut session = session();
    set(&mut session, key("cases", "mYoung"), "4");
    let diff = set(&mut session, key("tests", "aOld"), "6");
    let shown: Vec<_> = diff.indicators.iter().filter_map(|(_, it)| it.value.clone()).collect();
    assert_eq!(shown[0].text(), "150");
    assert_eq!(set(&mut session, key("remark", "dflt"), "late").indicators, []);
}

#[test]
fn a_violation_comes_with_both_sides_and_goes() {
    let mut session = session();
    set(&mut session, key("cases", "mYoung"), "4");
    assert_eq!(violated(&set(&mut session, key("deaths", "fOld"), "5")), [(5.0, 4.0)]);
    assert_eq!(session.violations().len(), 1);
    let diff = set(&mut session, key("cases", "fOld"), "1");
    assert_eq!(diff.violations, [RuleChange::Resolved(uid("fewer"))]);
    assert_eq!(session.violations().len(), 0);
}

#[test]
fn a_text_that_is_no_value_is_shown_and_not_computed_with() {
    let mut session = session();
    let cell = key("cases", "mYoung");
    set(&mut session, cell, "4");
    let diff = set(&mut session, cell, "four");
    assert_eq!(diff.cells[0].1.value.as_deref(), Some("four"));
    assert!(matches!(diff.cells[0].1.problem, Some(CellProblem::Value(_))));
    assert_eq!(session.values()[&cell].value, None);
    assert_eq!(session.wrong().len(), 1);
    set(&mut session, cell, "5");
    assert_eq!(session.wrong().len(), 0);
}

#[test]
fn a_zero_that_the_server_drops_is_said_to_be_one() {
    let mut session = session();
    assert!(set(&mut session, key("cases", "mYoung"), "0").cells[0].1.is_zero_dropped);
    assert!(!set(&mut session, key("cases", "mYoung"), "1").cells[0].1.is_zero_dropped);
}

#[test]
fn a_comment_is_kept_beside_the_value() {
    let mut session = session();
    let cell = key("cases", "mYoung");
    assert_eq!(session.set_comment(cell, "no book"), Ok(()));
    assert_eq!(session.values()[&cell].comment.as_deref(), Some("no book"));
    assert_eq!(session.set_comment(key("foreign", "x"), "y"), Err(CellProblem::Unknown));
}
