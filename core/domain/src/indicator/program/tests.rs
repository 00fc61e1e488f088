//! Expected values: counts by hand over a few events, by what DHIS2's event analytics say in SQL
//! (`count` of rows with a value, `coalesce(x, 0)`, `nullif(count, 0)`, boundaries with `>=` and
//! `<`).

use std::collections::BTreeMap;

use super::*;
use crate::data::{Event, EventDataValue, EventStatus};
use crate::expression::Date;
use crate::metadata::{BoundaryTarget, BoundaryType, ProgramIndicator};
use crate::period::{Period, PeriodType};
use crate::samples;
use crate::uid::{DataElementUid, OrganisationUnitUid, ProgramStageUid, ProgramUid};
use crate::value_type::ValueType;

const VISIT: &str = "psVisit0001";
const LAB: &str = "psLabTest01";
const WEIGHT: &str = "deWeightKg1";
const RESULT: &str = "deLabResult";
const PREGNANT: &str = "dePregnant1";
const NEXT: &str = "deNextVisit";
const BIRTH: &str = "atBirthDate";
const SEX: &str = "atSexOfPers";

fn uid(text: &str) -> Uid {
    samples::uid(text)
}

fn stage(text: &str) -> ProgramStageUid {
    ProgramStageUid(uid(text))
}

fn period(id: &str) -> Period {
    Period::parse(id).expect("a period")
}

struct Facts;

impl ProgramFacts for Facts {
    fn today(&self) -> Option<Date> {
        Date::parse("2026-11-22")
    }
    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        Some(match element.as_str() {
            WEIGHT => ValueType::Number,
            RESULT => ValueType::Text,
            PREGNANT => ValueType::Boolean,
            NEXT => ValueType::Date,
            _ => return None,
        })
    }
    fn attribute_type(&self, attribute: Uid) -> Option<ValueType> {
        Some(if attribute == uid(BIRTH) { ValueType::Date } else { ValueType::Text })
    }
    fn constant(&self, constant: Uid) -> Option<f64> {
        (constant == uid("cnTwoAndHal")).then_some(2.5)
    }
    fn stage_name(&self, wanted: ProgramStageUid) -> Option<&str> {
        (wanted == stage(VISIT)).then_some("Visit")
    }
}

fn event(id: &str, of_stage: &str, day: &str, answers: &[(&str, &str)]) -> Event {
    Event {
        occurred_at: Some(day.to_owned()),
        data_values: samples::answers(answers),
        ..samples::event(id, "prMaternal1", of_stage)
    }
}

fn indicator(expression: &str, filter: Option<&str>, aggregation_type: &str) -> ProgramIndicator {
    ProgramIndicator {
        id: uid("piIndicator"),
        name: "Indicator".to_owned(),
        description: None,
        program: ProgramUid(uid("prMaternal1")),
        expression: expression.to_owned(),
        filter: filter.map(str::to_owned),
        aggregation_type: aggregation_type.to_owned(),
        analytics_type: AnalyticsType::Event,
        decimals: None,
        display_in_form: true,
        boundaries: vec![],
        legend_sets: vec![],
    }
}

fn visit() -> Event {
    event(
        "evVisit0001",
        VISIT,
        "2026-10-05T09:30:00.000",
        &[(WEIGHT, "62.5"), (RESULT, "POS"), (PREGNANT, "true"), (NEXT, "2026-11-02")],
    )
}

#[track_caller]
fn check(expression: &str, expected: &str) {
    let parsed = ParsedProgramIndicator::new(&indicator(expression, None, "NONE")).expect("parses");
    let event = visit();
    let row = Row::Event { event: &event, enrollment: None };
    let found = match parsed.in_form(row, &Facts) {
        InForm::Shown(text) => text,
        InForm::Nothing => "nothing".to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(found, expected, "{expression}");
}

#[test]
fn an_indicator_of_a_form_is_computed_from_its_event() {
    check("#{psVisit0001.deWeightKg1} * 2", "125");
    check("#{psVisit0001.deWeightKg1} + C{cnTwoAndHal}", "65");
    check("d2:daysBetween(V{event_date}, #{psVisit0001.deNextVisit})", "28");
    check("d2:condition('#{psVisit0001.deLabResult} == \"POS\"', 10, 20)", "10");
    check("if(#{psVisit0001.dePregnant1} == 1, 5, 6)", "5");
    check("if(#{psVisit0001.dePregnant1}, 5, 6)", "5");
    check("V{event_status}", "ACTIVE");
    check("V{program_stage_name}", "Visit");
    check("d2:daysBetween(V{event_date}, V{current_date})", "48");
    check("V{event_count} + V{org_unit_count}", "2");
}

#[test]
fn missing_answers_are_zero_or_empty_except_where_null_is_looked_for() {
    check("#{psLabTest01.deWeightKg1} + 1", "1");
    check("if(#{psLabTest01.deLabResult} == '', 1, 2)", "1");
    check("if(d2:hasValue(#{psLabTest01.deLabResult}), 1, 2)", "2");
    check("if(d2:hasValue(#{psVisit0001.deLabResult}), 1, 2)", "1");
    check("if(isNull(#{psLabTest01.deWeightKg1}), 1, 2)", "1");
    check("d2:daysBetween(V{event_date}, #{psLabTest01.deNextVisit})", "nothing");
    check("d2:oizp(#{psLabTest01.deWeightKg1})", "0");
    check("d2:oizp(#{psVisit0001.deWeightKg1})", "1");
    check("d2:zpvc(#{psVisit0001.deWeightKg1}, #{psLabTest01.deWeightKg1})", "1");
    check("d2:zpvc(#{psLabTest01.deWeightKg1})", "nothing");
    check("V{value_count}", "nothing");
    check("#{psVisit0001.deWeightKg1} * 0 + V{value_count}", "1");
    check("V{completed_date}", "nothing");
    check("V{enrollment_date}", "nothing");
}

#[test]
fn a_row_that_the_filter_leaves_out_shows_nothing() {
    let shown = |filter: &str| {
        let indicator = indicator("1", Some(filter), "COUNT");
        let parsed = ParsedProgramIndicator::new(&indicator).expect("parses");
        let event = visit();
        parsed.in_form(Row::Event { event: &event, enrollment: None }, &Facts)
    };
    assert_eq!(shown("#{psVisit0001.deWeightKg1} < 50"), InForm::LeftOut);
    assert_eq!(shown("#{psVisit0001.deWeightKg1} > 50"), InForm::Shown("1".to_owned()));
    assert_eq!(shown("V{program_stage_id} == 'psVisit0001'"), InForm::Shown("1".to_owned()));
    // Null is not true.
    assert_eq!(shown("V{completed_date} == '2026-01-01'"), InForm::LeftOut);
}

#[test]
fn what_cannot_be_used_is_named() {
    let words = |expression: &str| {
        let unusable = ParsedProgramIndicator::new(&indicator(expression, None, "SUM"));
        unusable.expect_err("it cannot be used").to_string()
    };
    assert!(words("1 +").starts_with("the expression of program indicator piIndicator cannot"));
    assert_eq!(words("#{deWeightKg1}"), "program indicator piIndicator cannot use #{deWeightKg1}");
}

/// Five visits in October and November, one planned, one deleted.
fn visits() -> Vec<Event> {
    let mut other = event("evVisit0003", VISIT, "2026-10-31", &[(WEIGHT, "80"), (RESULT, "POS")]);
    other.organisation_unit = OrganisationUnitUid(uid("ouClinicB01"));
    let mut planned = event("evVisit0005", VISIT, "2026-10-20", &[(WEIGHT, "90")]);
    planned.status = EventStatus::Schedule;
    let mut deleted = event("evVisit0006", VISIT, "2026-10-21", &[(WEIGHT, "95")]);
    deleted.deleted = true;
    vec![
        event("evVisit0001", VISIT, "2026-10-01", &[(WEIGHT, "60"), (RESULT, "POS")]),
        event("evVisit0002", VISIT, "2026-10-15", &[(WEIGHT, "70"), (RESULT, "NEG")]),
        other,
        event("evVisit0004", VISIT, "2026-11-01", &[(WEIGHT, "50"), (RESULT, "POS")]),
        planned,
        deleted,
        event("evVisit0007", VISIT, "2026-10-10", &[]),
    ]
}

fn total(indicator: &ProgramIndicator, period_id: &str) -> Option<f64> {
    let parsed = ParsedProgramIndicator::new(indicator).expect("parses");
    let events = visits();
    let rows = events.iter().map(|event| Row::Event { event, enrollment: None });
    let found = aggregate(&parsed, rows, &[period(period_id)], &Facts);
    assert_eq!((found.failed, found.problem), (0, None));
    found.value
}

#[track_caller]
fn check_total(
    expression: &str,
    filter: Option<&str>,
    aggregation_type: &str,
    expected: Option<f64>,
) {
    let found = total(&indicator(expression, filter, aggregation_type), "202610");
    assert_eq!(found, expected, "{aggregation_type} {expression} {filter:?}");
}

#[test]
fn every_aggregation_type_is_computed_over_the_rows_of_the_period() {
    // October: 60 and 70 in clinic A, 80 in clinic B, and a visit without weight in A.
    let weight = "#{psVisit0001.deWeightKg1}";
    let given = Some("d2:hasValue(#{psVisit0001.deWeightKg1})");
    check_total(weight, given, "SUM", Some(210.0));
    check_total(weight, given, "COUNT", Some(3.0));
    check_total(weight, given, "AVERAGE", Some(70.0));
    check_total(weight, given, "DEFAULT", Some(70.0));
    check_total(weight, None, "AVERAGE", Some(52.5)); // the missing one is zero
    check_total(weight, given, "MIN", Some(60.0));
    check_total(weight, given, "MAX", Some(80.0));
    check_total(weight, given, "VARIANCE", Some(100.0));
    check_total(weight, given, "STDDEV", Some(10.0));
    check_total(weight, given, "LAST", Some(150.0)); // A 15 October 70, B 80
    check_total(weight, given, "FIRST", Some(140.0)); // A 1 October 60, B 80
    check_total(weight, given, "LAST_AVERAGE_ORG_UNIT", Some(75.0));
    check_total(weight, given, "MIN_SUM_ORG_UNIT", Some(140.0));
    check_total(weight, given, "MAX_SUM_ORG_UNIT", Some(150.0));
    check_total(weight, given, "NONE", None);
    check_total("count(#{psVisit0001.deWeightKg1}) + 1", given, "CUSTOM", Some(4.0));
    check_total("sum(#{psVisit0001.deWeightKg1}) / V{event_count}", given, "CUSTOM", Some(70.0));
}

#[test]
fn counting_variables_count_each_thing_once() {
    check_total("V{event_count}", None, "COUNT", Some(4.0));
    check_total("V{org_unit_count}", None, "COUNT", Some(2.0));
    check_total("V{event_count}", Some("#{psVisit0001.deLabResult} == 'POS'"), "COUNT", Some(2.0));
    check_total("1", Some("#{psVisit0001.deLabResult} == 'POS'"), "COUNT", Some(2.0));
    check_total("1", Some("false"), "SUM", None);
    check_total("1", Some("false"), "COUNT", Some(0.0));
}

fn boundary(
    target: BoundaryTarget,
    boundary_type: BoundaryType,
    offset: Option<(i32, PeriodType)>,
) -> AnalyticsPeriodBoundary {
    AnalyticsPeriodBoundary {
        target,
        boundary_type,
        offset_periods: offset.map_or(0, |(count, _)| count),
        offset_period_type: offset.map(|(_, period_type)| period_type),
    }
}

#[track_caller]
fn check_boundaries(boundaries: Vec<AnalyticsPeriodBoundary>, period_id: &str, expected: f64) {
    let indicator = ProgramIndicator { boundaries, ..indicator("V{event_count}", None, "COUNT") };
    assert_eq!(total(&indicator, period_id), Some(expected), "{period_id}");
}

#[test]
fn boundaries_decide_which_rows_belong_to_a_period() {
    use BoundaryTarget::EventDate as Date;
    use BoundaryType as Type;
    let within = || {
        vec![
            boundary(Date, Type::AfterStartOfReportingPeriod, None),
            boundary(Date, Type::BeforeEndOfReportingPeriod, None),
        ]
    };
    check_boundaries(within(), "202610", 4.0);
    check_boundaries(within(), "202611", 1.0);
    // Only an end: everything up to the last day of the period.
    let end = vec![boundary(Date, Type::BeforeEndOfReportingPeriod, None)];
    check_boundaries(end.clone(), "202610", 4.0);
    check_boundaries(end, "202611", 5.0);
    check_boundaries(vec![boundary(Date, Type::BeforeStartOfReportingPeriod, None)], "202611", 4.0);
    check_boundaries(vec![boundary(Date, Type::AfterEndOfReportingPeriod, None)], "202610", 1.0);
    // The month before: both edges moved back by one month.
    let offset = Some((-1, PeriodType::Monthly));
    let before = vec![
        boundary(Date, Type::AfterStartOfReportingPeriod, offset),
        boundary(Date, Type::BeforeEndOfReportingPeriod, offset),
    ];
    check_boundaries(before, "202611", 4.0);
}

fn enrolled(events: Vec<Event>) -> EnrollmentRow {
    EnrollmentRow {
        id: uid("enEnrolment"),
        tracked_entity: uid("tePerson001"),
        organisation_unit: OrganisationUnitUid(uid("ouClinicA01")),
        status: "ACTIVE".to_owned(),
        enrolled_at: Some("2026-09-20".to_owned()),
        occurred_at: Some("2026-09-18".to_owned()),
        completed_at: None,
        created_at: None,
        attributes: BTreeMap::from([
            (uid(BIRTH), "2000-05-01".to_owned()),
            (uid(SEX), "FEMALE".to_owned()),
        ]),
        events,
    }
}

fn course() -> EnrollmentRow {
    enrolled(vec![
        event("evVisit0001", VISIT, "2026-10-01", &[(WEIGHT, "60")]),
        event("evVisit0002", VISIT, "2026-10-15", &[(WEIGHT, "64")]),
        event("evVisit0003", VISIT, "2026-11-10", &[(RESULT, "NEG")]),
        event("evLabTest01", LAB, "2026-10-20", &[(RESULT, "POS")]),
    ])
}

#[track_caller]
fn check_enrolment(expression: &str, period_id: Option<&str>, expected: &str) {
    let indicator = ProgramIndicator {
        analytics_type: AnalyticsType::Enrollment,
        boundaries: vec![boundary(
            BoundaryTarget::EventDate,
            BoundaryType::BeforeEndOfReportingPeriod,
            None,
        )],
        ..indicator(expression, None, "SUM")
    };
    let parsed = ParsedProgramIndicator::new(&indicator).expect("parses");
    let course = course();
    let found = match period_id {
        None => parsed.in_form(Row::Enrollment(&course), &Facts),
        Some(id) => {
            let rows = [Row::Enrollment(&course)];
            let total = aggregate(&parsed, rows, &[period(id)], &Facts).rounded;
            total.map_or(InForm::Nothing, |number| InForm::Shown(number_text(number)))
        }
    };
    assert_eq!(found, InForm::Shown(expected.to_owned()), "{expression}");
}

#[test]
fn an_enrolment_shows_its_newest_answers() {
    check_enrolment("#{psVisit0001.deWeightKg1}", None, "64"); // the newest visit has none
    check_enrolment("d2:count(#{psVisit0001.deWeightKg1})", None, "2");
    check_enrolment("d2:countIfValue(#{psLabTest01.deLabResult}, 'POS')", None, "1");
    check_enrolment("d2:countIfValue(#{psVisit0001.deWeightKg1}, 60.0)", None, "1");
    check_enrolment("d2:countIfCondition(#{psVisit0001.deWeightKg1}, '>= 61')", None, "1");
    check_enrolment("d2:maxValue(#{psVisit0001.deWeightKg1})", None, "64");
    check_enrolment("#{psVisit0001.deWeightKg1}.stageOffset(-1)", None, "60");
    check_enrolment("#{psVisit0001.deWeightKg1}.stageOffset(1)", None, "60");
    check_enrolment("d2:daysBetween(V{enrollment_date}, PS_EVENTDATE:psLabTest01)", None, "30");
    check_enrolment("d2:yearsBetween(A{atBirthDate}, V{incident_date})", None, "26");
    check_enrolment("if(A{atSexOfPers} == 'FEMALE', 1, 2)", None, "1");
    check_enrolment("V{event_count} + V{enrollment_count} + V{tei_count}", None, "6");
}

#[test]
fn in_the_form_of_an_event_an_indicator_about_enrolments_counts_it_as_it_is_now() {
    let course = course();
    let mut lighter = course.events[1].clone();
    let weight = EventDataValue { value: "58".to_owned(), provided_elsewhere: false };
    lighter.data_values.insert(DataElementUid(uid(WEIGHT)), weight);
    let shown = |expression: &str, analytics_type: AnalyticsType| {
        let indicator = ProgramIndicator { analytics_type, ..indicator(expression, None, "SUM") };
        let parsed = ParsedProgramIndicator::new(&indicator).expect("parses");
        let InForm::Shown(text) =
            parsed.in_form(Row::Event { event: &lighter, enrollment: Some(&course) }, &Facts)
        else {
            return "nothing".to_owned();
        };
        text
    };
    let result = "if(#{psLabTest01.deLabResult} == 'POS', 1, 2)";
    assert_eq!(shown("#{psVisit0001.deWeightKg1}", AnalyticsType::Enrollment), "58");
    assert_eq!(shown("V{event_count} + 0", AnalyticsType::Enrollment), "4");
    assert_eq!(shown(result, AnalyticsType::Enrollment), "1");
    // About events it is the event alone, with the person around it.
    assert_eq!(shown("#{psVisit0001.deWeightKg1}", AnalyticsType::Event), "58");
    assert_eq!(shown("V{event_count} + 0", AnalyticsType::Event), "1");
    assert_eq!(shown(result, AnalyticsType::Event), "2");
    let days = "d2:daysBetween(V{enrollment_date}, V{event_date})";
    assert_eq!(shown(days, AnalyticsType::Event), "25");
}

#[test]
fn boundaries_by_event_date_choose_the_events_of_an_enrolment() {
    check_enrolment("#{psVisit0001.deWeightKg1}", Some("202610"), "64");
    check_enrolment("d2:count(#{psVisit0001.deWeightKg1})", Some("202610"), "2");
    check_enrolment("V{event_count} * 1", Some("202610"), "3");
    check_enrolment("V{event_count} * 1", Some("202609"), "0");
    let window = "d2:daysBetween(V{analytics_period_start}, V{analytics_period_end})";
    check_enrolment(window, Some("202610"), "30");
}

#[track_caller]
fn check_cohort(target: BoundaryTarget, period_id: &str, expected: f64) {
    let indicator = ProgramIndicator {
        analytics_type: AnalyticsType::Enrollment,
        boundaries: vec![
            boundary(target.clone(), BoundaryType::AfterStartOfReportingPeriod, None),
            boundary(target.clone(), BoundaryType::BeforeEndOfReportingPeriod, None),
        ],
        ..indicator("V{enrollment_count}", None, "COUNT")
    };
    let parsed = ParsedProgramIndicator::new(&indicator).expect("parses");
    let course = course();
    let rows = [Row::Enrollment(&course), Row::Enrollment(&course)];
    let found = aggregate(&parsed, rows, &[period(period_id)], &Facts);
    assert_eq!(found.value, Some(expected), "{target:?} {period_id}");
}

#[test]
fn cohorts_are_chosen_by_other_dates() {
    check_cohort(BoundaryTarget::EnrollmentDate, "202609", 1.0);
    check_cohort(BoundaryTarget::EnrollmentDate, "202610", 0.0);
    check_cohort(BoundaryTarget::IncidentDate, "2026W38", 1.0); // 14 to 20 September
    check_cohort(BoundaryTarget::Attribute(uid(BIRTH)), "200005", 1.0);
    check_cohort(BoundaryTarget::StageEventDate(stage(LAB)), "202610", 1.0);
    check_cohort(BoundaryTarget::StageEventDate(stage(LAB)), "202611", 0.0);
    // One of three visits is enough, but both edges must hold for the same one.
    check_cohort(BoundaryTarget::StageEventDate(stage(VISIT)), "202611", 1.0);
    check_cohort(BoundaryTarget::StageEventDate(stage(VISIT)), "2026W44", 0.0);
}

#[test]
fn a_row_that_cannot_be_judged_is_counted_and_explained() {
    let text = "d2:relationshipCount() + 1";
    let parsed = ParsedProgramIndicator::new(&indicator(text, None, "SUM")).expect("parses");
    let events = visits();
    let rows = events.iter().map(|event| Row::Event { event, enrollment: None });
    let found = aggregate(&parsed, rows, &[period("202610")], &Facts);
    assert_eq!((found.value, found.rows, found.failed), (None, 0, 4));
    let problem = found.problem.expect("a reason").to_string();
    assert_eq!(problem, "at character 0: `d2:relationshipCount` cannot be computed here");
}

#[test]
fn an_edit_computes_only_what_refers_to_it() {
    let weight = indicator("#{psVisit0001.deWeightKg1} * 2", None, "NONE");
    let result = ProgramIndicator {
        id: uid("piResult001"),
        ..indicator("if(#{psVisit0001.deLabResult} == 'POS', 1, 0)", None, "NONE")
    };
    let days = ProgramIndicator {
        id: uid("piDaysAgo01"),
        ..indicator("d2:daysBetween(V{event_date}, V{current_date})", None, "NONE")
    };
    let (mut set, unusable) = ProgramIndicatorSet::new([&weight, &result, &days]);
    assert_eq!(unusable, []);
    let mut event = visit();
    set.compute_all(Row::Event { event: &event, enrollment: None }, &Facts);
    let heavier = EventDataValue { value: "70".to_owned(), provided_elsewhere: false };
    event.data_values.insert(DataElementUid(uid(WEIGHT)), heavier);
    let row = Row::Event { event: &event, enrollment: None };
    let changed = set.recompute(&[uid(WEIGHT)], false, row, &Facts);
    assert_eq!(changed, [(uid("piIndicator"), InForm::Shown("140".to_owned()))]);
    event.occurred_at = Some("2026-11-21".to_owned());
    let row = Row::Event { event: &event, enrollment: None };
    let changed = set.recompute(&[], true, row, &Facts);
    assert_eq!(changed, [(uid("piDaysAgo01"), InForm::Shown("1".to_owned()))]);
}
