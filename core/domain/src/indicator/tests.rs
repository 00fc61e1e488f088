//! Expected values: arithmetic by hand, answers of `dhis-antlr-expression-parser` 1.0.39 (marked
//! "library"), and DHIS2's own rules (`DefaultExpressionService`, `MathUtils`, `AnalyticsUtils`).

use std::collections::BTreeMap;

use super::*;
use crate::data::{DataValue, DataValueKey};
use crate::expression::{Item, Mode};
use crate::form::data_set::{CellKey, CellValues};
use crate::metadata::{Indicator, IndicatorType, MissingValueStrategy};
use crate::period::Period;
use crate::uid::{CategoryOptionComboUid, DataElementUid, IndicatorUid, OrganisationUnitUid, Uid};
use crate::value_type::ValueType;

const VISITS: &str = "deAncVisits";
const WOMEN: &str = "deAncWomen1";
const NAME: &str = "deStaffName";
const OPEN: &str = "deFacilOpen";
const SEEN: &str = "deDateSeen1";
const MALE: &str = "coMale00001";
const FEMALE: &str = "coFemale001";
const DEFAULT: &str = "HllvX50cXC0";
const PER_CENT: &str = "itPercent01";

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("a uid")
}

fn element(text: &str) -> DataElementUid {
    uid(text).into()
}

fn combo(text: &str) -> CategoryOptionComboUid {
    uid(text).into()
}

fn period(id: &str) -> Period {
    Period::parse(id).expect("a period")
}

fn elements() -> BTreeMap<DataElementUid, ValueType> {
    BTreeMap::from([
        (element(VISITS), ValueType::Integer),
        (element(WOMEN), ValueType::Number),
        (element(NAME), ValueType::Text),
        (element(OPEN), ValueType::Boolean),
        (element(SEEN), ValueType::Date),
    ])
}

fn cell(data_element: &str, category_option_combo: &str) -> CellKey {
    CellKey {
        data_element: element(data_element),
        category_option_combo: combo(category_option_combo),
    }
}

fn cells(values: &[(&str, &str, &str)]) -> CellValues {
    let value = |text: &str| DataValue { value: Some(text.to_owned()), ..DataValue::default() };
    values.iter().map(|(element, combo, text)| (cell(element, combo), value(text))).collect()
}

/// The cells of a form, and two constants and a group beside it.
struct Form<'a>(SliceSource<'a>);

impl Source for Form<'_> {
    fn find(&self, item: &Item, window: Window) -> Found {
        self.0.find(item, window)
    }
    fn constant(&self, id: Uid) -> Option<f64> {
        (id == uid("cnPerTenTho")).then_some(10_000.0)
    }
    fn group_size(&self, group: Uid) -> Option<f64> {
        (group == uid("ogHospitals")).then_some(4.0)
    }
}

const FILLED: &[(&str, &str, &str)] = &[
    (VISITS, MALE, "12"),
    (VISITS, FEMALE, "7"),
    (WOMEN, DEFAULT, "40"),
    (NAME, DEFAULT, "Amina"),
    (OPEN, DEFAULT, "true"),
];

fn measured(text: &str, values: &[(&str, &str, &str)], strategy: MissingValueStrategy) -> Measured {
    let (values, elements) = (cells(values), elements());
    let slice = SliceSource {
        values: &values,
        elements: &elements,
        attribute_option_combo: combo(DEFAULT),
    };
    let measure = Measure::parse(text, Mode::IndicatorExpression).expect(text);
    measure.evaluate(&Form(slice), Window::Period, &Timing::of(&[period("202602")]), strategy)
}

#[track_caller]
fn check(text: &str, expected: Option<f64>) {
    let found = measured(text, FILLED, MissingValueStrategy::SkipIfAllValuesMissing);
    assert_eq!(found.problem, None, "{text}");
    assert_eq!(found.value, expected, "{text}");
}

#[test]
fn cells_are_added_up_unless_one_is_named() {
    check("#{deAncVisits}", Some(19.0));
    check("#{deAncVisits.coMale00001}", Some(12.0));
    check("#{deAncVisits.coFemale001.HllvX50cXC0}", Some(7.0));
    check("#{deAncVisits.*.HllvX50cXC0}", Some(19.0));
}

#[test]
fn arithmetic_is_the_servers() {
    // library: 47.5, 7.0, 0.3, 512.0
    check("#{deAncVisits} / #{deAncWomen1} * 100", Some(47.5));
    check("10 - 5 + 2 + 0 * #{deAncWomen1}", Some(7.0));
    check("0.1 + 0.2 + 0 * #{deAncWomen1}", Some(0.3));
    check("2 ^ 3 ^ 2 + 0 * #{deAncWomen1}", Some(512.0));
    // library: NaN, which the server takes for no value
    check("#{deAncWomen1} / 0", None);
}

#[test]
fn constants_groups_and_days_are_no_data() {
    check("C{cnPerTenTho} * #{deAncVisits} / OUG{ogHospitals}", Some(47_500.0));
    // library: 40 / 28 * 2 = 2.857142857142858
    check("#{deAncWomen1} / [days] * [periodInYear]", Some(2.857_142_857_142_858));
    check("[yearlyPeriodCount] + 0 * #{deAncWomen1}", Some(12.0));
    // Without any item nothing is missing.
    check("1", Some(1.0));
    check("[days]", Some(28.0));
}

#[test]
fn texts_and_yes_or_no_keep_their_type() {
    check("if(#{deStaffName} == 'Amina', 1, 0)", Some(1.0));
    check("if(#{deFacilOpen}, 5, 6)", Some(5.0));
    // A missing date leaves nothing at all.
    check("if(#{deDateSeen1} == '2026-01-01', 1, 2)", None);
}

#[track_caller]
fn check_missing(text: &str, values: &[(&str, &str, &str)], expected: [Option<f64>; 3]) {
    let strategies = [
        MissingValueStrategy::SkipIfAnyValueMissing,
        MissingValueStrategy::SkipIfAllValuesMissing,
        MissingValueStrategy::NeverSkip,
    ];
    let found = strategies.map(|strategy| measured(text, values, strategy).value);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn missing_values_are_zero_unless_the_strategy_skips() {
    let half: &[_] = &[(WOMEN, DEFAULT, "40")];
    let both = "#{deAncVisits} + #{deAncWomen1}";
    check_missing(both, FILLED, [Some(59.0); 3]);
    check_missing(both, half, [None, Some(40.0), Some(40.0)]);
    check_missing(both, &[], [None, None, Some(0.0)]);
}

#[test]
fn what_looks_for_null_sees_it_and_is_not_counted() {
    let half: &[_] = &[(WOMEN, DEFAULT, "40")];
    check_missing("if(isNull(#{deAncVisits}), 3, 4)", half, [Some(3.0); 3]);
    check_missing("if(isNotNull(#{deAncWomen1}), 3, 4)", half, [Some(3.0); 3]);
    check_missing("firstNonNull(#{deAncVisits}, #{deAncWomen1}, 9)", half, [Some(40.0); 3]);
    check_missing("firstNonNull(#{deAncVisits}, 9)", &[], [Some(9.0); 3]);
    // The branch that is not taken is not counted either.
    check_missing("if(1 == 1, #{deAncWomen1}, #{deAncVisits})", half, [Some(40.0); 3]);
}

#[test]
fn remove_zeros_leaves_nothing_instead_of_zero() {
    check_missing("removeZeros(#{deAncWomen1})", &[(WOMEN, DEFAULT, "0")], [None; 3]);
    check_missing("removeZeros(#{deAncWomen1})", &[(WOMEN, DEFAULT, "4")], [Some(4.0); 3]);
    check_missing("removeZeros(#{deAncWomen1})", &[], [None; 3]);
}

#[test]
fn deleted_and_blank_cells_are_missing() {
    check_missing("#{deAncVisits}", &[(VISITS, MALE, " ")], [None, None, Some(0.0)]);
    let mut values = cells(FILLED);
    values.get_mut(&cell(VISITS, MALE)).expect("the cell").deleted = true;
    let elements = elements();
    let slice = SliceSource {
        values: &values,
        elements: &elements,
        attribute_option_combo: combo(DEFAULT),
    };
    let measure = Measure::parse("#{deAncVisits}", Mode::IndicatorExpression).expect("parses");
    let timing = Timing::default();
    let strategy = MissingValueStrategy::NeverSkip;
    let found = measure.evaluate(&slice, Window::Period, &timing, strategy);
    assert_eq!(found.value, Some(7.0));
}

#[test]
fn what_is_not_in_the_form_is_named() {
    let text = "#{deAncWomen1} + #{deElsewhere} + R{dsMonthly01.REPORTING_RATE}";
    let found = measured(text, FILLED, MissingValueStrategy::SkipIfAllValuesMissing);
    assert_eq!(found.not_here, ["#{deElsewhere}", "R{dsMonthly01.REPORTING_RATE}"]);
    let before = "#{deAncWomen1}.periodOffset(-1)";
    let found = measured(before, FILLED, MissingValueStrategy::SkipIfAllValuesMissing);
    assert_eq!(found.not_here, ["#{deAncWomen1}.periodOffset(-1)"]);
    let other = "#{deAncWomen1.HllvX50cXC0.coMale00001}";
    let found = measured(other, FILLED, MissingValueStrategy::SkipIfAllValuesMissing);
    assert_eq!(found.not_here.len(), 1);
}

fn indicator(id: &str, numerator: &str, denominator: &str) -> Indicator {
    Indicator {
        id: IndicatorUid(uid(id)),
        name: id.to_owned(),
        description: None,
        indicator_type: Some(uid(PER_CENT)),
        numerator: numerator.to_owned(),
        numerator_description: None,
        denominator: denominator.to_owned(),
        denominator_description: None,
        decimals: None,
        annualized: false,
        legend_sets: vec![],
    }
}

fn per_cent() -> IndicatorType {
    let name = "Per cent".to_owned();
    IndicatorType { id: uid(PER_CENT), name, factor: 100, number: false }
}

#[track_caller]
fn check_indicator(indicator: Indicator, period_id: &str, expected: Option<(f64, &str)>) {
    let (set, unusable) = IndicatorSet::new([&indicator], &[per_cent()]);
    assert_eq!(unusable, []);
    let (values, elements) = (cells(FILLED), elements());
    let slice = SliceSource {
        values: &values,
        elements: &elements,
        attribute_option_combo: combo(DEFAULT),
    };
    let result = set.evaluate(indicator.id, &slice, &Timing::of(&[period(period_id)]));
    let value = result.expect("it is in the set").value;
    let found = value.as_ref().map(|value| (value.value, value.text()));
    assert_eq!(found, expected.map(|(value, text)| (value, text.to_owned())));
}

#[test]
fn a_quotient_is_multiplied_by_its_factor_and_rounded() {
    let plain = indicator("inCoverage1", "#{deAncVisits}", "#{deAncWomen1}");
    check_indicator(plain.clone(), "202602", Some((47.5, "47.5")));
    check_indicator(Indicator { decimals: Some(0), ..plain.clone() }, "202602", Some((47.5, "48")));
    let third =
        indicator("inCoverage1", "#{deAncVisits.coFemale001}", "#{deAncVisits.coMale00001}");
    check_indicator(
        Indicator { decimals: Some(3), ..third.clone() },
        "202602",
        Some((7.0 * 100.0 / 12.0, "58.333")),
    );
    check_indicator(third, "202602", Some((7.0 * 100.0 / 12.0, "58.3")));
}

#[test]
fn an_annualised_value_is_projected_to_365_days() {
    let yearly = Indicator {
        annualized: true,
        ..indicator("inCoverage1", "#{deAncVisits}", "#{deAncWomen1}")
    };
    // 19 / 40 * 100 * 365 / 31, and / 28
    check_indicator(yearly.clone(), "202601", Some((19.0 * (36_500.0 / 31.0) / 40.0, "559.3")));
    check_indicator(yearly, "202602", Some((19.0 * (36_500.0 / 28.0) / 40.0, "619.2")));
}

#[test]
fn no_denominator_no_value() {
    check_indicator(indicator("inCoverage1", "#{deAncVisits}", "0"), "202602", None);
    check_indicator(indicator("inCoverage1", "#{deAncVisits}", "#{deNotFilled}"), "202602", None);
    check_indicator(indicator("inCoverage1", "#{deNotFilled}", "#{deAncWomen1}"), "202602", None);
}

#[track_caller]
fn check_rounded(value: f64, decimals: Option<u32>, expected: &str) {
    assert_eq!(number_text(rounded(value, decimals)), expected, "{value} {decimals:?}");
}

#[test]
fn rounding_is_the_servers() {
    check_rounded(0.125, None, "0.13"); // two digits between -1 and 1
    check_rounded(-0.125, None, "-0.13");
    check_rounded(12.35, None, "12.4"); // half up on the decimal digits of the number
    check_rounded(1.005, Some(2), "1.01");
    check_rounded(2.5, Some(0), "3"); // Math.round
    check_rounded(-2.5, Some(0), "-2");
    check_rounded(-0.4, Some(0), "0");
    check_rounded(100.0, None, "100");
}

#[test]
fn sides_of_violations_keep_three_significant_digits() {
    // DHIS2 MathUtils.roundSignificant
    assert_eq!(round_significant(123.456), 123.5);
    assert_eq!(round_significant(9.8765), 9.88);
    assert_eq!(round_significant(0.012_345), 0.0123);
    assert_eq!(round_significant(0.0), 0.0);
    assert_eq!(round_significant(5.0), 5.0);
}

fn form_set() -> IndicatorSet {
    let list = [
        indicator("inCoverage1", "#{deAncVisits}", "#{deAncWomen1}"),
        indicator("inMaleShare", "#{deAncVisits.coMale00001}", "#{deAncVisits}"),
        indicator("inNestedOne", "N{inMaleShare}", "2"),
        indicator("inFemaleNum", "#{deAncVisits.coFemale001}", "1"),
        indicator("inCircular1", "N{inCircular2}", "1"),
        indicator("inCircular2", "N{inCircular1}", "1"),
    ];
    let (set, unusable) = IndicatorSet::new(&list, &[per_cent()]);
    assert_eq!(unusable, []);
    set
}

#[test]
fn an_edit_computes_what_refers_to_it_and_tells_what_changed() {
    let (elements, timing) = (elements(), Timing::default());
    let mut values = cells(FILLED);
    let mut set = form_set();
    set.compute_all(&open(&values, &elements), &timing);
    values
        .insert(cell(VISITS, MALE), DataValue { value: Some("33".into()), ..DataValue::default() });
    let changed = set.recompute(&[cell(VISITS, MALE)], &open(&values, &elements), &timing);
    let names: Vec<_> = changed.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(names, ["inCoverage1", "inMaleShare", "inNestedOne"]);
    let value = |at: usize| changed[at].1.value.as_ref().expect("a value").value;
    assert_eq!((value(0), value(1), value(2)), (100.0, 82.5, 4125.0));
    // The same again changes nothing, and another element concerns nobody.
    assert_eq!(set.recompute(&[cell(VISITS, MALE)], &open(&values, &elements), &timing), []);
    assert_eq!(set.recompute(&[cell(NAME, DEFAULT)], &open(&values, &elements), &timing), []);
    // What was computed bit by bit is what a fresh computation gives.
    let mut fresh = form_set();
    fresh.compute_all(&open(&values, &elements), &timing);
    assert!(fresh.results().eq(set.results()));
}

#[test]
fn indicators_that_refer_to_each_other_end() {
    let (elements, values) = (elements(), cells(FILLED));
    let mut set = form_set();
    set.compute_all(&slice_of(&values, &elements), &Timing::default());
    let result = set.result(IndicatorUid(uid("inCircular1"))).expect("it is there");
    assert_eq!(result.not_here, ["N{inCircular2}"]);
}

struct Nowhere;

impl Source for Nowhere {
    fn find(&self, _item: &Item, _window: Window) -> Found {
        Found::NotHere
    }
}

fn open<'a>(
    values: &'a CellValues,
    elements: &'a BTreeMap<DataElementUid, ValueType>,
) -> FirstOf<SliceSource<'a>, Nowhere> {
    FirstOf(slice_of(values, elements), Nowhere)
}

fn slice_of<'a>(
    values: &'a CellValues,
    elements: &'a BTreeMap<DataElementUid, ValueType>,
) -> SliceSource<'a> {
    SliceSource { values, elements, attribute_option_combo: combo(DEFAULT) }
}

#[test]
fn an_indicator_that_cannot_be_read_is_named() {
    let broken = [
        indicator("inBrokenNum", "#{deAncVisits} +", "1"),
        indicator("inBrokenDen", "1", "#{"),
        Indicator { indicator_type: None, ..indicator("inWithoutTy", "1", "1") },
    ];
    let (set, unusable) = IndicatorSet::new(&broken, &[per_cent()]);
    assert_eq!(set.results().count(), 0);
    let words: Vec<_> = unusable.iter().map(ToString::to_string).collect();
    assert!(words[0].starts_with("the numerator of indicator inBrokenNum cannot be read at"));
    assert!(words[1].starts_with("the denominator of indicator inBrokenDen cannot be read at"));
    assert_eq!(words[2], "the type of indicator inWithoutTy is not on this device");
}

const UNIT_A: &str = "ouClinicA01";
const UNIT_B: &str = "ouClinicB01";

/// January 10 and 20 in A, 5 in B; February 30 in A.
fn local(aggregation_type: &str, periods: &[&str]) -> LocalData {
    let facts = ElementFacts {
        value_type: ValueType::Integer,
        aggregation_type: aggregation_type.to_owned(),
    };
    let units = [UNIT_A, UNIT_B].map(|unit| OrganisationUnitUid(uid(unit)));
    let mut data = LocalData::new(
        BTreeMap::from([(element(VISITS), facts)]),
        periods.iter().map(|id| period(id)).collect(),
        units.to_vec(),
    );
    let stored = [
        (UNIT_A, "202601", MALE, "10"),
        (UNIT_A, "202601", FEMALE, "20"),
        (UNIT_B, "202601", MALE, "5"),
        (UNIT_A, "202602", MALE, "30"),
    ];
    for (unit, period_id, option_combo, text) in stored {
        let key = DataValueKey {
            data_element: element(VISITS),
            period: period(period_id),
            organisation_unit: OrganisationUnitUid(uid(unit)),
            category_option_combo: combo(option_combo),
            attribute_option_combo: combo(DEFAULT),
        };
        data.add(&key, text);
    }
    data
}

#[track_caller]
fn check_local(aggregation_type: &str, text: &str, periods: &[&str], expected: f64) {
    let data = local(aggregation_type, periods);
    let measure = Measure::parse(text, Mode::IndicatorExpression).expect(text);
    let strategy = MissingValueStrategy::SkipIfAllValuesMissing;
    let found = measure.evaluate(&data, Window::Period, &Timing::default(), strategy);
    assert_eq!(found.value, Some(expected), "{aggregation_type} {text} {periods:?}");
}

#[test]
fn local_values_are_aggregated_by_the_type_of_their_element() {
    const Q1: &[&str] = &["2026Q1"];
    check_local("SUM", "#{deAncVisits}", &["202601"], 35.0);
    check_local("SUM", "#{deAncVisits}", Q1, 65.0);
    check_local("SUM", "#{deAncVisits.coMale00001}", &["202601", "202602"], 45.0);
    check_local("AVERAGE", "#{deAncVisits}", Q1, 16.25);
    // (10 + 20 + 5) * 31 days + 30 * 28 days, over the 90 days of the quarter
    check_local("AVERAGE_SUM_ORG_UNIT", "#{deAncVisits}", Q1, (35.0 * 31.0 + 840.0) / 90.0);
    check_local("MIN", "#{deAncVisits}", Q1, 5.0);
    check_local("MAX", "#{deAncVisits}", Q1, 30.0);
    check_local("COUNT", "#{deAncVisits}", Q1, 4.0);
    check_local("LAST", "#{deAncVisits}", Q1, 35.0); // A February 30, B January 5
    check_local("FIRST", "#{deAncVisits}", Q1, 35.0); // A January 30, B January 5
    check_local("LAST_AVERAGE_ORG_UNIT", "#{deAncVisits}", Q1, 17.5);
    // Mean 16.25; squares 39.0625 + 14.0625 + 126.5625 + 189.0625 = 368.75, over 3
    check_local("VARIANCE", "#{deAncVisits}", Q1, 368.75 / 3.0);
    check_local("STDDEV", "#{deAncVisits}", Q1, (368.75f64 / 3.0).sqrt());
}

#[test]
fn modifiers_look_at_other_days() {
    check_local("SUM", "#{deAncVisits}.periodOffset(-1)", &["202602"], 35.0);
    check_local("SUM", "#{deAncVisits}.yearToDate()", &["202602"], 65.0);
    check_local("SUM", "#{deAncVisits}.minDate(2026-02-01)", &["2026Q1"], 30.0);
    check_local("SUM", "#{deAncVisits}.maxDate(2026-01-31)", &["2026Q1"], 35.0);
    check_local("SUM", "#{deAncVisits}.aggregationType(max)", &["2026Q1"], 30.0);
}

#[test]
fn what_local_data_cannot_do_is_said() {
    let data = local("NONE", &["202601"]);
    let measure = |text: &str| Measure::parse(text, Mode::IndicatorExpression).expect("parses");
    let strategy = MissingValueStrategy::SkipIfAllValuesMissing;
    let look = |data: &LocalData, text: &str| {
        measure(text).evaluate(data, Window::Period, &Timing::default(), strategy).not_here
    };
    assert_eq!(look(&data, "#{deAncVisits}"), ["#{deAncVisits}"]);
    let two = local("SUM", &["202601", "202602"]);
    assert_eq!(look(&two, "subExpression(if(#{deAncVisits} > 9, 1, 0))"), ["subExpression"]);
    // A in both months, B in January: the value of another element is not asked for.
    assert_eq!(two.with_data(measure("#{deAncVisits}").items()).len(), 3);
    assert_eq!(two.with_data(measure("#{deAncWomen1}").items()).len(), 0);
}

#[test]
fn the_last_value_is_looked_for_before_the_period_too() {
    // DHIS2: LAST reaches back ten years, LAST_IN_PERIOD does not.
    check_local("LAST", "#{deAncVisits}", &["202603"], 35.0); // A February 30, B January 5
    check_local("LAST_IN_PERIOD", "#{deAncVisits}", &["202602"], 30.0);
    let data = local("LAST", &["202603"]);
    let measure = Measure::parse("#{deAncVisits}", Mode::IndicatorExpression).expect("parses");
    let (from, to) = data.reach(measure.items()).expect("days");
    assert_eq!((from.to_string().as_str(), to.to_string().as_str()), ("2016-03-31", "2026-03-31"));
}

#[test]
fn yes_counts_as_one_where_truths_are_counted() {
    let facts = ElementFacts { value_type: ValueType::Boolean, aggregation_type: "SUM".into() };
    let units = [UNIT_A, UNIT_B].map(|unit| OrganisationUnitUid(uid(unit)));
    let elements = BTreeMap::from([(element(OPEN), facts)]);
    let mut data =
        LocalData::new(elements, vec![period("202601")], units.to_vec()).counting_truths();
    for (unit, text) in [(UNIT_A, "true"), (UNIT_B, "true")] {
        let key = DataValueKey {
            data_element: element(OPEN),
            period: period("202601"),
            organisation_unit: OrganisationUnitUid(uid(unit)),
            category_option_combo: combo(DEFAULT),
            attribute_option_combo: combo(DEFAULT),
        };
        data.add(&key, text);
    }
    let measure = Measure::parse("#{deFacilOpen}", Mode::IndicatorExpression).expect("parses");
    let strategy = MissingValueStrategy::SkipIfAllValuesMissing;
    let found = measure.evaluate(&data, Window::Period, &Timing::default(), strategy);
    assert_eq!(found.value, Some(2.0));
}

#[test]
fn a_sub_expression_of_one_form_is_its_expression() {
    check("subExpression(if(#{deAncVisits} > 9, 1, 0))", Some(1.0));
}

#[test]
fn weeks_know_their_place_in_the_year() {
    let timing = Timing::of(&[period("2026W3")]);
    assert_eq!((timing.days, timing.period_in_year), (Some(7), Some(3)));
    // 2026 begins and ends on a Thursday: 53 ISO weeks
    assert_eq!(timing.yearly_period_count, Some(53));
    assert_eq!(Timing::of(&[period("202601"), period("202602")]).days, Some(59));
}
