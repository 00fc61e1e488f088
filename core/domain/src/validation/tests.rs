//! Expected verdicts: captures a003c, a003e and a003h of a DHIS2 2.42.4, and the server's
//! `DataValidationTask.isViolation` by hand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::*;
use crate::data::DataValue;
use crate::expression::{Item, Names};
use crate::form::data_set::{CellKey, CellValues};
use crate::indicator::{Datum, Found, SliceSource, Source, Window};
use crate::metadata::{
    Importance, MissingValueStrategy as Strategy, RuleOperator as Operator, ValidationRule,
    ValidationRuleSide,
};
use crate::period::{Period, PeriodType};
use crate::uid::{CategoryOptionComboUid, DataElementUid, Uid};
use crate::value_type::ValueType;

const COMPULSORY: &str = "deCompuls01";
const OPTIONAL: &str = "deCompuls02";
const DEFAULT: &str = "HllvX50cXC0";

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("a uid")
}

fn side(expression: &str, missing_value_strategy: Strategy) -> ValidationRuleSide {
    ValidationRuleSide {
        expression: expression.to_owned(),
        description: None,
        missing_value_strategy,
        sliding_window: false,
    }
}

/// The rule of the captured server: optional must not exceed compulsory.
fn rule(operator: Operator, strategy: Strategy) -> ValidationRule {
    ValidationRule {
        id: uid("vrOptLeComp"),
        name: "Optional not above compulsory".to_owned(),
        description: None,
        instruction: Some("Optional must not exceed compulsory".to_owned()),
        importance: Importance::High,
        operator,
        period_type: PeriodType::Monthly,
        skip_form_validation: false,
        organisation_unit_levels: vec![],
        left_side: side("#{deCompuls02}", strategy),
        right_side: side("#{deCompuls01}", strategy),
    }
}

fn cells(optional: Option<&str>, compulsory: Option<&str>) -> CellValues {
    let values = [(OPTIONAL, optional), (COMPULSORY, compulsory)];
    let filled = values.iter().filter_map(|(element, text)| Some((element, (*text)?)));
    filled.map(|(element, text)| (cell(element), value(text))).collect()
}

fn value(text: &str) -> DataValue {
    DataValue { value: Some(text.to_owned()), ..DataValue::default() }
}

fn cell(element: &str) -> CellKey {
    CellKey {
        data_element: DataElementUid(uid(element)),
        category_option_combo: CategoryOptionComboUid(uid(DEFAULT)),
    }
}

fn elements() -> BTreeMap<DataElementUid, ValueType> {
    [COMPULSORY, OPTIONAL].map(|it| (DataElementUid(uid(it)), ValueType::Integer)).into()
}

fn source<'a>(
    values: &'a CellValues,
    elements: &'a BTreeMap<DataElementUid, ValueType>,
) -> SliceSource<'a> {
    let attribute_option_combo = CategoryOptionComboUid(uid(DEFAULT));
    SliceSource { values, elements, attribute_option_combo }
}

fn context() -> RuleContext {
    RuleContext {
        period: Period::parse("202610").expect("a period"),
        level: Some(3),
        today: date(2026, 11, 22),
    }
}

fn set_of(rules: &[ValidationRule]) -> RuleSet {
    let (set, unusable) = RuleSet::new(rules, Names::new());
    assert_eq!(unusable, []);
    set
}

/// Both sides' values as the server writes them, if the rule is violated.
fn violation(
    rule: &ValidationRule,
    optional: Option<&str>,
    compulsory: Option<&str>,
) -> Option<(f64, f64)> {
    let (values, elements) = (cells(optional, compulsory), elements());
    let mut set = set_of(std::slice::from_ref(rule));
    set.judge_all(&source(&values, &elements), &context());
    let violations = set.violations();
    violations.first().map(|it| (it.left_side.shown, it.right_side.shown))
}

#[test]
fn verdicts_are_those_of_a_real_server() {
    let rule = rule(Operator::LessThanOrEqualTo, Strategy::NeverSkip);
    // a003c: only the optional value was there; the missing one counts as zero
    assert_eq!(violation(&rule, Some("5"), None), Some((5.0, 0.0)));
    // a003e
    assert_eq!(violation(&rule, Some("5"), Some("3")), Some((5.0, 3.0)));
    // a003h
    assert_eq!(violation(&rule, Some("2"), Some("3")), None);
}

#[track_caller]
fn check(operator: Operator, left: &str, right: &str, is_violated: bool) {
    let rule = rule(operator, Strategy::NeverSkip);
    let found = violation(&rule, Some(left), Some(right)).is_some();
    assert_eq!(found, is_violated, "{left} {} {right}", operator.name());
}

#[test]
fn every_comparison_is_violated_where_it_does_not_hold() {
    check(Operator::EqualTo, "2", "2", false);
    check(Operator::EqualTo, "2", "3", true);
    check(Operator::NotEqualTo, "2", "2", true);
    check(Operator::NotEqualTo, "2", "3", false);
    check(Operator::GreaterThan, "2", "2", true);
    check(Operator::GreaterThan, "3", "2", false);
    check(Operator::GreaterThanOrEqualTo, "2", "2", false);
    check(Operator::GreaterThanOrEqualTo, "1", "2", true);
    check(Operator::LessThan, "2", "2", true);
    check(Operator::LessThan, "1", "2", false);
    check(Operator::LessThanOrEqualTo, "2", "2", false);
    check(Operator::LessThanOrEqualTo, "3", "2", true);
}

#[test]
fn pairs_ask_only_whether_there_is_a_value() {
    let skip = Strategy::SkipIfAllValuesMissing;
    let both = rule(Operator::CompulsoryPair, skip);
    assert_eq!(violation(&both, Some("5"), None), Some((5.0, 0.0)));
    assert_eq!(violation(&both, None, Some("5")), Some((0.0, 5.0)));
    assert_eq!(violation(&both, Some("5"), Some("0")), None);
    assert_eq!(violation(&both, None, None), None);
    let either = rule(Operator::ExclusivePair, skip);
    assert_eq!(violation(&either, Some("5"), Some("0")), Some((5.0, 0.0)));
    assert_eq!(violation(&either, Some("5"), None), None);
    // A side that never skips always has a value on the server, so such pairs are always one.
    let never = rule(Operator::CompulsoryPair, Strategy::NeverSkip);
    assert_eq!(violation(&never, Some("5"), None), None);
}

#[test]
fn a_side_that_is_skipped_leaves_the_rule_alone() {
    let any = rule(Operator::LessThanOrEqualTo, Strategy::SkipIfAnyValueMissing);
    assert_eq!(violation(&any, Some("5"), None), None);
    assert_eq!(violation(&any, Some("5"), Some("3")), Some((5.0, 3.0)));
    // Real packages mix: HIV_AGG has skip-if-all on the left and never-skip on the right.
    let mut mixed = rule(Operator::LessThanOrEqualTo, Strategy::SkipIfAllValuesMissing);
    mixed.right_side.missing_value_strategy = Strategy::NeverSkip;
    assert_eq!(violation(&mixed, Some("5"), None), Some((5.0, 0.0)));
    assert_eq!(violation(&mixed, None, Some("5")), None);
}

#[test]
fn without_any_data_nothing_is_violated() {
    let mut rule = rule(Operator::EqualTo, Strategy::NeverSkip);
    rule.right_side = side("#{deCompuls01} + 1", Strategy::NeverSkip);
    assert_eq!(violation(&rule, None, None), None);
    assert_eq!(violation(&rule, Some("3"), Some("3")), Some((3.0, 4.0)));
}

#[test]
fn a_rule_is_for_its_levels_and_period_type() {
    let mut elsewhere = rule(Operator::LessThan, Strategy::NeverSkip);
    elsewhere.organisation_unit_levels = vec![2];
    assert_eq!(violation(&elsewhere, Some("5"), Some("3")), None);
    elsewhere.organisation_unit_levels = vec![2, 3];
    assert!(violation(&elsewhere, Some("5"), Some("3")).is_some());
    elsewhere.period_type = PeriodType::Weekly;
    assert_eq!(violation(&elsewhere, Some("5"), Some("3")), None);
}

#[test]
fn a_violation_says_everything_there_is_to_say() {
    let mut named = rule(Operator::LessThanOrEqualTo, Strategy::NeverSkip);
    named.left_side.description = Some("optional".to_owned());
    let names = Names::from([(COMPULSORY.to_owned(), "Compulsory count".to_owned())]);
    let (mut set, _) = RuleSet::new([&named], names);
    let (values, elements) = (cells(Some("5"), Some("3")), elements());
    set.judge_all(&source(&values, &elements), &context());
    let [violation] = set.violations()[..] else { panic!("one violation") };
    assert_eq!(violation.rule, uid("vrOptLeComp"));
    assert_eq!(violation.name, "Optional not above compulsory");
    let instruction = "Optional must not exceed compulsory";
    assert_eq!(violation.instruction.as_deref(), Some(instruction));
    assert_eq!(violation.importance, Importance::High);
    assert_eq!(violation.operator.symbol(), "<=");
    assert_eq!(violation.left_side.value, Some(5.0));
    assert_eq!(violation.left_side.description.as_deref(), Some("optional"));
    assert_eq!(violation.left_side.formula, "#{deCompuls02}");
    assert_eq!(violation.right_side.formula, "#{Compulsory count}");
}

#[test]
fn an_edit_judges_what_refers_to_it_and_tells_what_changed() {
    let mut first = rule(Operator::LessThanOrEqualTo, Strategy::NeverSkip);
    first.id = uid("vrFirst0001");
    let mut second = rule(Operator::GreaterThan, Strategy::NeverSkip);
    second.id = uid("vrSecond001");
    second.left_side = side("#{deCompuls01}", Strategy::NeverSkip);
    second.right_side = side("0", Strategy::NeverSkip);
    let mut set = set_of(&[first, second]);
    let (elements, mut values) = (elements(), CellValues::new());
    set.judge_all(&source(&values, &elements), &context());
    assert_eq!(set.violations().len(), 0);
    let mut edit = |element: &str, text: Option<&str>| {
        match text {
            Some(text) => values.insert(cell(element), value(text)),
            None => values.remove(&cell(element)),
        };
        let changes = set.judge_again(&[cell(element)], &source(&values, &elements), &context());
        let change = |change: &RuleChange| match change {
            RuleChange::Violated(it) => format!("{} {}", it.rule, it.left_side.shown),
            RuleChange::Resolved(rule) => format!("{rule} resolved"),
        };
        changes.iter().map(change).collect::<Vec<_>>()
    };
    // The first value: also the rule that does not refer to it is judged now (0 > 0).
    assert_eq!(edit(OPTIONAL, Some("5")), ["vrFirst0001 5", "vrSecond001 0"]);
    assert_eq!(edit(OPTIONAL, Some("6")), ["vrFirst0001 6"]);
    assert_eq!(edit(COMPULSORY, Some("6")), ["vrFirst0001 resolved", "vrSecond001 resolved"]);
    assert_eq!(edit(COMPULSORY, None), ["vrFirst0001 6", "vrSecond001 0"]);
    // The last value goes: nothing is violated any more.
    assert_eq!(edit(OPTIONAL, None), ["vrFirst0001 resolved", "vrSecond001 resolved"]);
}

/// A source that knows events only, and tells which days it was asked for.
struct Events;

impl Source for Events {
    fn find(&self, _item: &Item, window: Window) -> Found {
        match window {
            Window::Period => Found::Value(Datum::Number(1.0)),
            Window::Days(from, to) => {
                let days = from.until(to).map_or(0, |span| span.get_days());
                Found::Value(Datum::Number(f64::from(days)))
            }
        }
    }
}

#[test]
fn a_sliding_window_is_asked_for_its_own_days() {
    let mut sliding = rule(Operator::EqualTo, Strategy::NeverSkip);
    sliding.left_side = side("D{prProgram01.deCases0001}", Strategy::NeverSkip);
    sliding.left_side.sliding_window = true;
    sliding.right_side = side("I{piCases0001}", Strategy::NeverSkip);
    let mut set = set_of(&[sliding]);
    set.judge_all(&Events, &context());
    let shown = set.violations().first().map(|it| (it.left_side.shown, it.right_side.shown));
    assert_eq!(shown, Some((30.0, 1.0)));
}

#[test]
fn a_window_ends_today_or_with_its_period() {
    let month = Period::parse("202610").expect("a period");
    let week = Period::parse("2026W43").expect("a period"); // 19 to 25 October
    let over = sliding_window(month, date(2026, 11, 22));
    assert_eq!(over, (date(2026, 10, 1), date(2026, 10, 31)));
    let running = sliding_window(week, date(2026, 10, 21));
    assert_eq!(running, (date(2026, 10, 14), date(2026, 10, 21)));
}

#[test]
fn what_is_not_here_is_not_judged_but_said() {
    let mut far = rule(Operator::EqualTo, Strategy::NeverSkip);
    far.right_side = side("#{deElsewhere} + R{dsMonthly01.ACTUAL_REPORTS}", Strategy::NeverSkip);
    let mut set = set_of(&[far]);
    let (values, elements) = (cells(Some("5"), None), elements());
    set.judge_all(&source(&values, &elements), &context());
    assert_eq!(set.violations().len(), 0);
    let unknown: Vec<_> = set.unknown().collect();
    let Verdict::Unknown { not_here, problem } = unknown[0].1 else { panic!("unknown") };
    assert_eq!(not_here, &["#{deElsewhere}", "R{dsMonthly01.ACTUAL_REPORTS}"]);
    assert_eq!(problem, &None);
}

#[test]
fn a_form_checks_the_rules_whose_elements_it_has() {
    let own = rule(Operator::LessThan, Strategy::NeverSkip);
    let mut skipped = own.clone();
    skipped.skip_form_validation = true;
    let mut weekly = own.clone();
    weekly.period_type = PeriodType::Weekly;
    let mut foreign = own.clone();
    foreign.left_side = side("#{deCompuls01} + #{deElsewhere}", Strategy::NeverSkip);
    let mut broken = own.clone();
    broken.right_side = side("#{deCompuls01} +", Strategy::NeverSkip);
    let rules = [own, skipped, weekly, foreign, broken];
    let elements: BTreeSet<_> = elements().into_keys().collect();
    let (set, unusable) = RuleSet::for_form(&rules, PeriodType::Monthly, &elements, Names::new());
    assert_eq!(set.rules().len(), 1);
    let words: Vec<_> = unusable.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), 1);
    assert!(words[0].starts_with("the right side of validation rule vrOptLeComp cannot be read"));
}
