//! Indicators, program indicators, legends and validation rules over what lies on the device.
//! Expected values are arithmetic on the numbers entered in [`World::new`].

mod support;

use std::path::Path;

use outpost_domain::data::{EventDataValue, SliceKey};
use outpost_domain::form::data_set::CellKey;
use outpost_domain::period::Period;
use outpost_domain::uid::{
    DataElementUid, DataSetUid, OrganisationUnitUid, ProgramStageUid, ProgramUid, Uid,
};
use outpost_engine::model::{
    IndicatorChoice, IndicatorKind, IndicatorQuery, IndicatorValueRow, LegendView, ValidationQuery,
};
use outpost_engine::{Outpost, PeopleOf, Session};
use outpost_sandbox::{MetadataSource, SandboxConfig, SandboxUser, start_blocking};
use serde_json::{Value, json};
use support::people::{BORN, CHILD, FAMILY, GIVEN, GROWTH, SEX, attribute, program};
use support::{DATA_SET, Device, PASSWORD, PROGRAM, Server, edit, last_month, slice};

const A: &str = "OuClinicAaa";
const B: &str = "OuClinicBbb";
const C: &str = "OuClinicCcc";
const DISTRICT: &str = "OuDistrictN";

/// What the demonstration does not have: every kind of item, legends, boundaries, something broken.
fn package() -> Value {
    let indicator = |id: &str, numerator: &str, denominator: &str, more: Value| {
        let mut object = json!({
            "id": id, "name": format!("Indicator {id}"), "shortName": id, "annualized": false,
            "indicatorType": { "id": "ItNumber000" },
            "numerator": numerator, "numeratorDescription": "n",
            "denominator": denominator, "denominatorDescription": "d",
        });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            object[name] = value;
        }
        object
    };
    let plain = |id: &str, numerator: &str| indicator(id, numerator, "1", json!({}));
    let program_indicator = |id: &str, expression: &str, aggregation: &str, more: Value| {
        let mut object = json!({
            "id": id, "name": format!("Visits {id}"), "shortName": id,
            "program": { "id": PROGRAM }, "analyticsType": "EVENT",
            "aggregationType": aggregation, "expression": expression, "displayInForm": false,
        });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            object[name] = value;
        }
        object
    };
    let share = json!({
        "indicatorType": { "id": "ItPercent00" }, "decimals": 1,
        "legendSets": [{ "id": "LsShare0000" }],
    });
    let until_now = json!({ "analyticsPeriodBoundaries": [{
        "id": "BoUntilNow0", "boundaryTarget": "EVENT_DATE",
        "analyticsPeriodBoundaryType": "BEFORE_END_OF_REPORTING_PERIOD",
    }]});
    let of_children = |id: &str, expression: &str, aggregation: &str, more: Value| {
        let mut object = program_indicator(id, expression, aggregation, more);
        object["program"]["id"] = json!(CHILD);
        object["analyticsType"] = json!("ENROLLMENT");
        object
    };
    let by_then = json!({ "analyticsPeriodBoundaries": [
        { "id": "BoEnrolled0", "boundaryTarget": "ENROLLMENT_DATE",
          "analyticsPeriodBoundaryType": "BEFORE_END_OF_REPORTING_PERIOD" },
        { "id": "BoVisited00", "boundaryTarget": "EVENT_DATE",
          "analyticsPeriodBoundaryType": "BEFORE_END_OF_REPORTING_PERIOD" },
    ]});
    json!({
        "legendSets": [{ "id": "LsShare0000", "name": "Share", "legends": [
            { "id": "LgLow000000", "name": "Low", "startValue": 0, "endValue": 50,
              "color": "#d7191c" },
            { "id": "LgHigh00000", "name": "High", "startValue": 50, "endValue": 101,
              "color": "#1a9641" },
        ]}],
        "constants": [{ "id": "CsWeight000", "name": "Weight", "shortName": "W", "value": 2.5 }],
        "organisationUnitGroups": [{ "id": "OgClinics00", "name": "Big clinics",
            "shortName": "Big", "organisationUnits": [{ "id": A }, { "id": B }] }],
        "indicatorTypes": [{ "id": "ItNumber000", "name": "Number", "factor": 1, "number": true }],
        "indicators": [
            indicator("InShare0000", "#{DeMalariaPo}", "#{DeFeverCase}", share),
            indicator("InHalfShare", "N{InShare0000}", "2", json!({})),
            plain("InPrevious0", "#{DeFeverCase} - #{DeFeverCase}.periodOffset(-1)"),
            plain("InBroken000", "#{DeFeverCase} +"),
            plain("InClinics00", "OUG{OgClinics00}"),
            plain("InReports00", "R{DsMonthly00.REPORTING_RATE}"),
            plain("InElsewhere", "R{DsElsewher0.REPORTING_RATE}"),
            plain("InTemperat0", "D{PrFeverVisi.DeEvTemp000}"),
            plain("InProgramIn", "I{PiVisits000} * 10"),
            plain("InPerson000", "A{PrFeverVisi.TeAttribut0} + #{DeFeverCase}"),
            plain("InWeighted0", "#{DeFeverCase} * C{CsWeight000}"),
            plain("InStock0000", "#{DeStockAct0}"),
            indicator("InNoneLeft0", "#{DeFeverCase}", "#{DeStockOut0}", json!({})),
        ],
        "programIndicators": [
            program_indicator("PiVisits000", "V{event_count}", "COUNT", json!({})),
            program_indicator("PiEverSeen0", "V{event_count}", "COUNT", until_now),
            program_indicator("PiHottest00", "#{PsFeverVisi.DeEvTemp000}", "MAX", json!({
                "filter": "#{PsFeverVisi.DeEvSex0000} == 'F'",
                "legendSets": [{ "id": "LsShare0000" }] })),
            program_indicator("PiEnrolled0", "V{enrollment_count}", "COUNT",
                json!({ "analyticsType": "ENROLLMENT" })),
            program_indicator("PiBroken000", "V{no_such_thing}", "COUNT", json!({})),
            of_children("PiChildren0", "V{enrollment_count}", "COUNT", json!({})),
            of_children("PiGirls0000", "V{tei_count}", "COUNT",
                json!({ "filter": "A{TaSex000000} == 'F'" })),
            of_children("PiNewest000", "#{PsGrowthVis.DeGrWeight0}", "AVERAGE",
                json!({ "filter": "d2:hasValue(#{PsGrowthVis.DeGrWeight0})" })),
            of_children("PiOrZero000", "#{PsGrowthVis.DeGrWeight0}", "AVERAGE", json!({})),
            of_children("PiWeighed00", "d2:count(#{PsGrowthVis.DeGrWeight0})", "SUM", json!({})),
            of_children("PiDaysOld00", "d2:daysBetween(A{TaBirthDate}, V{enrollment_date})", "MAX",
                json!({})),
            of_children("PiByThen000", "#{PsGrowthVis.DeGrWeight0}", "SUM", by_then),
        ],
    })
}

/// Clinic A: 60 fever and 12 malaria last month, 50 and 20 the month before, 40 doses then. Clinic B:
/// 20 fever and 30 malaria last month. Clinic C: nothing. A's last month is complete. Visits at A: two
/// of 39 °C (a girl) and 38 °C (a boy) last month, one of 40 °C (a girl) the month before.
struct World {
    session: Session,
    _outpost: Outpost,
    _device: Device,
    server: Server,
}

impl World {
    fn new() -> Self {
        let server = server();
        let link = json!({ "legendSets": [{ "id": "LsShare0000" }] });
        server.patch("/api/dataElements/DeStockAct0", &link);
        server.patch("/api/dataElements/DeEvTemp000", &link);
        server.patch("/api/indicators/InMalariaSh", &link);
        let device = Device::new();
        let (outpost, session) = device.ready(&server);
        let world = Self { session, _outpost: outpost, _device: device, server };
        let (last, before) = (last_month(), before_last());
        world.enter(A, last, "Fever cases.Under 5, Female", "40");
        world.enter(A, last, "Fever cases.Under 5, Male", "20");
        world.enter(A, last, "Malaria confirmed.Under 5, Female", "12");
        world.enter(A, before, "Fever cases.Under 5, Female", "50");
        world.enter(A, before, "Malaria confirmed.Under 5, Female", "20");
        world.enter(A, before, "ACT doses left", "40");
        world.enter(B, last, "Fever cases.5 and over, Male", "20");
        world.enter(B, last, "Malaria confirmed.5 and over, Male", "30");
        world.visit(last, 5, "F", "39");
        world.visit(last, 10, "M", "38");
        world.visit(before, 7, "F", "40");
        world
    }

    fn key(&self, clinic: &str, period: Period) -> SliceKey {
        SliceKey { period, organisation_unit: unit(clinic), ..slice(&self.session) }
    }

    #[track_caller]
    fn enter(&self, clinic: &str, period: Period, cell: &str, value: &str) {
        let edits = [edit(&self.session, cell, value)];
        let outcome = self.session.set_values(self.key(clinic, period), &edits).expect("saved");
        assert!(outcome.refused.is_empty(), "{outcome:?}");
    }

    #[track_caller]
    fn visit(&self, period: Period, day: i8, sex: &str, temperature: &str) {
        let program = ProgramUid(uid(PROGRAM));
        let stage = self.session.find_stage(program, None).expect("the stage");
        let mut event = self.session.new_event(program, stage, unit(A)).expect("an event").event;
        let start = period.start();
        event.occurred_at = Some(format!("{:04}-{:02}-{day:02}", start.year(), start.month()));
        for (name, value) in
            [("Age in years", "4"), ("Sex", sex), ("Temperature in °C", temperature)]
        {
            let question = self.session.find_question(program, stage, name).expect("a question");
            let value = EventDataValue { value: value.to_owned(), provided_elsewhere: false };
            event.data_values.insert(question, value);
        }
        let outcome = self.session.save_event(event).expect("an answer");
        assert!(outcome.saved, "{outcome:?}");
    }

    fn query(&self, id: &str, places: &[&str], periods: &[Period]) -> IndicatorQuery {
        IndicatorQuery {
            choice: IndicatorChoice::These(vec![uid(id)]),
            periods: periods.iter().map(ToString::to_string).collect(),
            organisation_units: places.iter().map(|place| unit(place)).collect(),
            below: false,
            by_period: false,
            by_place: false,
        }
    }

    #[track_caller]
    fn rows(&self, query: &IndicatorQuery) -> Vec<IndicatorValueRow> {
        let page = self.session.indicator_values(query, None).expect("values");
        assert_eq!(page.next, None);
        page.rows
    }

    /// The only row of one indicator at one place, last month.
    #[track_caller]
    fn row(&self, id: &str, place: &str) -> IndicatorValueRow {
        self.rows(&self.query(id, &[place], &[last_month()])).remove(0)
    }

    #[track_caller]
    fn check(&self, id: &str, places: &[&str], periods: &[Period], expected: Option<&str>) {
        let rows = self.rows(&self.query(id, places, periods));
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].value.as_deref(), expected, "{:?}", rows[0]);
        assert_eq!((&rows[0].problem, rows[0].not_here.len()), (&None, 0), "{:?}", rows[0]);
    }
}

fn server() -> Server {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/demo-metadata.json");
    let config = SandboxConfig {
        metadata: vec![MetadataSource::File(demo), MetadataSource::Json(package())],
        users: vec![SandboxUser {
            username: "nurse".to_owned(),
            password: PASSWORD.to_owned(),
            org_units: vec![DISTRICT.to_owned()],
            ..SandboxUser::default()
        }],
        ..SandboxConfig::default()
    };
    Server { sandbox: start_blocking(config, 0).expect("a sandbox") }
}

fn uid(text: &str) -> Uid {
    Uid::parse(text).expect("a uid")
}

fn unit(text: &str) -> OrganisationUnitUid {
    OrganisationUnitUid(uid(text))
}

fn before_last() -> Period {
    last_month().previous().expect("the month before")
}

fn legend(name: &str, color: &str) -> Option<LegendView> {
    Some(LegendView { name: name.to_owned(), color: Some(color.to_owned()) })
}

#[test]
fn an_indicator_is_computed_for_periods_and_places_together() {
    let world = World::new();
    let (last, before) = (last_month(), before_last());
    world.check("InShare0000", &[A], &[last], Some("20")); // 12 of 60
    world.check("InShare0000", &[A], &[before], Some("40")); // 20 of 50
    world.check("InShare0000", &[A], &[last, before], Some("29.1")); // 32 of 110
    world.check("InShare0000", &[A, B], &[last], Some("52.5")); // 42 of 80
    world.check("InHalfShare", &[A], &[last], Some("10")); // 20 halved
    world.check("InWeighted0", &[A], &[last], Some("150")); // 60 * 2.5
    // A quarter or a year holds its months; a week holds none of them.
    let year = Period::parse(&last.start().year().to_string()).expect("a year");
    let in_year = if before.start().year() == last.start().year() { "110" } else { "60" };
    let rows = world.rows(&world.query("InWeighted0", &[A], &[year]));
    let weighted = in_year.parse::<f64>().expect("a number") * 2.5;
    assert_eq!(rows[0].value.as_deref(), Some(weighted.to_string().as_str()));
}

#[test]
fn a_value_tells_its_sides_its_legend_and_how_much_of_it_is_here() {
    let world = World::new();
    let row = world.row("InShare0000", A);
    assert_eq!((row.kind, row.name.as_str()), (IndicatorKind::Indicator, "Indicator InShare0000"));
    assert_eq!((row.numerator.as_deref(), row.denominator.as_deref()), (Some("12"), Some("60")));
    assert_eq!(row.legend, legend("Low", "#d7191c"));
    assert_eq!((row.with_data, row.asked), (1, 1));
    let below =
        IndicatorQuery { below: true, ..world.query("InShare0000", &[DISTRICT], &[last_month()]) };
    let row = world.rows(&below).remove(0);
    assert_eq!(row.value.as_deref(), Some("52.5"));
    assert_eq!(row.legend, legend("High", "#1a9641"));
    // The district and its three clinics; two of the clinics reported.
    assert_eq!((row.with_data, row.asked), (2, 4));
    assert_eq!(row.organisation_unit_names, ["North District"]);
    // The district alone has no values of its own.
    let row = world.row("InShare0000", DISTRICT);
    assert_eq!((row.value, row.legend, row.with_data, row.asked), (None, None, 0, 1));
}

#[test]
fn without_values_there_is_none_and_a_missing_side_counts_as_zero() {
    let world = World::new();
    let (last, before) = (last_month(), before_last());
    world.check("InShare0000", &[C], &[last], None);
    world.check("InPrevious0", &[A], &[last], Some("10")); // 60 - 50
    world.check("InPrevious0", &[A], &[before], Some("50")); // 50 - nothing
    world.check("InPrevious0", &[C], &[last], None);
    world.check("InNoneLeft0", &[A], &[last], None); // no denominator
    // The stock that was counted a month earlier is the last one known.
    world.check("InStock0000", &[A], &[last], Some("40"));
    assert_eq!(world.row("InStock0000", A).with_data, 0);
}

#[test]
fn each_period_and_each_place_has_a_row_where_asked() {
    let world = World::new();
    let query = IndicatorQuery {
        periods: vec!["LAST_3_MONTHS".to_owned(), last_month().to_string()],
        by_period: true,
        by_place: true,
        ..world.query("InShare0000", &[A, B], &[])
    };
    let rows = world.rows(&query);
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (row.organisation_unit_names[0].as_str(), row.value.as_deref()))
        .collect();
    let (a, b) = ("Clinic A", "Clinic B");
    let expected =
        [(a, None), (a, Some("40")), (a, Some("20")), (b, None), (b, None), (b, Some("150"))];
    assert_eq!(shown, expected);
    assert_eq!(rows[2].periods, [last_month().to_string()]);
}

#[test]
fn groups_and_reporting_rates_count_what_this_device_sees() {
    let world = World::new();
    world.enter(A, last_month(), "ACT doses left", "30");
    assert!(world.session.complete(world.key(A, last_month())).expect("completed").completed);
    let below = |id: &str| {
        let query = IndicatorQuery { below: true, ..world.query(id, &[DISTRICT], &[last_month()]) };
        world.rows(&query).remove(0)
    };
    let row = below("InClinics00");
    assert_eq!((row.value.as_deref(), row.counted_here.len()), (Some("2"), 1));
    assert_eq!(row.counted_here, ["OUG{OgClinics00}"]);
    // One of three assigned clinics is complete.
    let row = below("InReports00");
    assert_eq!(row.value.as_deref(), Some("33.3"));
    assert_eq!(row.counted_here, ["R{DsMonthly00.REPORTING_RATE}"]);
    assert_eq!((row.with_data, row.asked), (1, 4));
    let row = below("InElsewhere");
    assert_eq!((row.value, row.counted_here.len()), (None, 0));
    assert_eq!(row.not_here, ["R{DsElsewher0.REPORTING_RATE}"]);
}

#[test]
fn events_are_counted_by_the_periods_boundaries_and_filters() {
    let world = World::new();
    let (last, before) = (last_month(), before_last());
    world.check("PiVisits000", &[A], &[last], Some("2"));
    world.check("PiVisits000", &[A], &[last, before], Some("3"));
    world.check("PiVisits000", &[B], &[last], Some("0"));
    world.check("PiEverSeen0", &[A], &[last], Some("3"));
    world.check("PiEverSeen0", &[A], &[before], Some("1"));
    world.check("PiHottest00", &[A], &[last], Some("39")); // the boy is left out
    world.check("PiHottest00", &[A], &[last, before], Some("40"));
    world.check("PiDegrees00", &[A], &[last], Some("1.5")); // (2 + 1) / 2
    assert_eq!(world.row("PiHottest00", A).legend, legend("Low", "#d7191c"));
    assert_eq!(world.row("PiVisits000", A).with_data, 1);
    // Within an indicator
    world.check("InTemperat0", &[A], &[last], Some("38.5")); // (39 + 38) / 2
    world.check("InTemperat0", &[B], &[last], None);
    world.check("InProgramIn", &[A], &[last], Some("20"));
}

/// Enrols a child and weighs it on days of months, in that order.
#[track_caller]
fn child(session: &Session, sex: &str, enrolled: String, weights: &[(String, &str)]) {
    let of = PeopleOf::Program(program(CHILD));
    let (mut form, _) = session.open_person_form(of, unit(A), None).expect("a form");
    for (id, value) in [(GIVEN, "Amina"), (FAMILY, sex), (SEX, sex), (BORN, "2025-01-01")] {
        form.set_value(attribute(id), value).expect("taken");
    }
    let day = enrolled.clone();
    form.change_enrollment(|it| (it.enrolled_at, it.occurred_at) = (Some(day), Some(enrolled)))
        .expect("taken");
    let enrollment = form.save().expect("an answer").enrollment.expect("an enrolment");
    for (day, weight) in weights {
        let stage = ProgramStageUid(uid(GROWTH));
        let (mut form, _) = session.open_new_visit_form(enrollment, stage, None).expect("a form");
        form.change_event(|event| event.occurred_at = Some(day.clone())).expect("taken");
        form.set_value(DataElementUid(uid("DeGrWeight0")), weight).expect("taken");
        let outcome = form.save().expect("an answer");
        assert!(outcome.saved, "{outcome:?}");
    }
}

/// A girl enrolled the month before last: 7 kg then, 8 kg and 9 kg last month. A boy enrolled last month:
/// 5 kg. A girl enrolled last month who was not weighed.
fn three_children() -> World {
    let world = World::new();
    let (last, before) = (last_month(), before_last());
    let day = |month: Period, number: i8| {
        month.start().with().day(number).build().expect("a day").to_string()
    };
    // What was entered later need not have happened later.
    let weights = [(day(last, 20), "9"), (day(before, 12), "7"), (day(last, 5), "8")];
    child(&world.session, "F", day(before, 10), &weights);
    child(&world.session, "M", day(last, 10), &[(day(last, 11), "5")]);
    child(&world.session, "F", day(last, 25), &[]);
    world
}

#[test]
fn enrolments_are_counted_by_their_day_and_judged_by_the_newest_answer_of_each_stage() {
    let world = three_children();
    let (last, before) = (last_month(), before_last());
    world.check("PiChildren0", &[A], &[last], Some("2"));
    world.check("PiChildren0", &[A], &[before], Some("1"));
    world.check("PiChildren0", &[A], &[before, last], Some("3"));
    world.check("PiChildren0", &[B], &[last], Some("0"));
    world.check("PiGirls0000", &[A], &[last], Some("1"));
    // Without boundaries every visit of the enrolment counts, whenever it was.
    world.check("PiNewest000", &[A], &[before], Some("9"));
    world.check("PiNewest000", &[A], &[before, last], Some("7")); // (9 + 5) / 2
    world.check("PiOrZero000", &[A], &[before, last], Some("4.7")); // (9 + 5 + 0) / 3
    world.check("PiWeighed00", &[A], &[before, last], Some("4")); // 3 + 1 + 0
    let old = jiff::civil::date(2025, 1, 1).until(last.start()).expect("days").get_days() + 24;
    world.check("PiDaysOld00", &[A], &[last], Some(&old.to_string()));
    let row = world.row("PiChildren0", A);
    assert_eq!((row.with_data, row.not_here.len()), (1, 0));
}

#[test]
fn boundaries_choose_enrolments_and_the_visits_that_count() {
    let world = three_children();
    let (last, before) = (last_month(), before_last());
    world.check("PiByThen000", &[A], &[before], Some("7"));
    world.check("PiByThen000", &[A], &[last], Some("14")); // 9 + 5
    world.check("PiByThen000", &[A], &[before.previous().expect("a month")], None);
}

#[test]
fn a_target_counts_enrolments() {
    let world = three_children();
    let target = json!({ "targets": [{ "id": "girls", "programIndicator": "PiGirls0000",
        "periodType": "Yearly", "value": 4 }] });
    let (status, answer) = world.server.admin("POST", "/api/dataStore/outpost/targets", &target);
    assert!(status < 300, "{answer}");
    support::people::sync_all(&world.session);
    let targets = world.session.targets().expect("targets");
    assert_eq!(targets.len(), 1, "{targets:?}");
    assert_eq!(targets[0].problem, None);
    let this_year = |month: Period| {
        month.start().year()
            == jiff::Timestamp::now().to_string()[..4].parse::<i16>().expect("a year")
    };
    let girls = [before_last(), last_month()].into_iter().filter(|it| this_year(*it)).count();
    assert_eq!(targets[0].reached, Some(girls as f64), "{targets:?}");
}

#[test]
fn what_cannot_be_known_or_read_is_named() {
    let world = World::new();
    let row = world.row("InPerson000", A);
    assert_eq!(row.not_here, ["A{PrFeverVisi.TeAttribut0}"]);
    let row = world.row("PiEnrolled0", A);
    assert_eq!((row.value, row.not_here.len()), (None, 1));
    let row = world.row("InBroken000", A);
    let problem = row.problem.expect("a problem");
    assert!(
        problem.starts_with("the numerator of indicator InBroken000 cannot be read"),
        "{problem}"
    );
    let problem = world.row("PiBroken000", A).problem.expect("a problem");
    assert!(problem.contains("expression of program indicator PiBroken000"), "{problem}");
    // The good ones beside it are computed all the same.
    let ids = ["InBroken000", "InShare0000"].map(uid).to_vec();
    let query = IndicatorQuery {
        choice: IndicatorChoice::These(ids),
        ..world.query("InShare0000", &[A], &[last_month()])
    };
    let rows = world.rows(&query);
    assert_eq!((rows[0].value.as_deref(), rows[1].value.as_deref()), (None, Some("20")));
}

#[test]
fn indicators_are_listed_and_found() {
    let world = World::new();
    let list = |choice: &IndicatorChoice| {
        let page = world.session.indicators(choice, None).expect("a page");
        assert_eq!(page.next, None);
        page.items
    };
    let all = list(&IndicatorChoice::All);
    assert_eq!(all.len(), 14 + 6 + 2 + 7); // two of child health, seven about its enrolments
    assert!(all.is_sorted_by_key(|it| (it.kind, it.name.clone())));
    let of_data_set = list(&IndicatorChoice::DataSet(DataSetUid(uid(DATA_SET))));
    assert_eq!(of_data_set.len(), 1);
    assert_eq!(of_data_set[0].name, "Malaria among fever cases (%)");
    let of_program = list(&IndicatorChoice::Program(ProgramUid(uid(PROGRAM))));
    assert_eq!(of_program.len(), 6);
    assert!(of_program.iter().all(|it| it.program == Some(ProgramUid(uid(PROGRAM)))));
    let find = |text: &str| world.session.find_indicator(text);
    assert_eq!(find("Indicator InShare0000").expect("found").uid, uid("InShare0000"));
    assert_eq!(find("PiVisits000").expect("found").kind, IndicatorKind::ProgramIndicator);
    assert_eq!(find("Nothing").expect_err("none").kind(), "not_found");
}

#[test]
fn a_page_of_values_is_bounded_and_the_next_one_goes_on() {
    let world = World::new();
    let query = IndicatorQuery {
        choice: IndicatorChoice::All,
        periods: vec!["LAST_12_MONTHS".to_owned()],
        by_period: true,
        ..world.query("InShare0000", &[A], &[])
    };
    let mut rows = Vec::new();
    let mut sizes = Vec::new();
    let mut next = None;
    loop {
        let page = world.session.indicator_values(&query, next).expect("a page");
        sizes.push(page.rows.len());
        rows.extend(page.rows);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    // Twelve months of twenty-nine indicators
    assert_eq!(sizes, [200, 148]);
    let last = last_month().to_string();
    let share = |row: &&IndicatorValueRow| row.uid == uid("InShare0000") && row.periods == [&*last];
    assert_eq!(rows.iter().find(share).and_then(|row| row.value.as_deref()), Some("20"));
}

#[test]
fn a_wrong_question_is_answered_with_what_is_wrong() {
    let world = World::new();
    let good = world.query("InShare0000", &[A], &[last_month()]);
    let check = |query: IndicatorQuery, kind: &str, words: &str| {
        let error = world.session.indicator_values(&query, None).expect_err("wrong");
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(words), "{error}");
    };
    let periods = |text: &str| IndicatorQuery { periods: vec![text.into()], ..good.clone() };
    check(periods("LAST_MONDAY"), "invalid_input", "LAST_MONTH");
    check(periods("202613"), "invalid_input", "202613");
    check(IndicatorQuery { periods: vec![], ..good.clone() }, "invalid_input", "period");
    let nowhere = IndicatorQuery { organisation_units: vec![], ..good.clone() };
    check(nowhere, "invalid_input", "organisation unit");
    let unknown = vec![unit("OuElsewhere")];
    let unknown = IndicatorQuery { organisation_units: unknown, ..good.clone() };
    check(unknown, "not_found", "organisation unit");
    let choice = IndicatorChoice::These(vec![uid("InNowhere00")]);
    check(IndicatorQuery { choice, ..good.clone() }, "not_found", "indicator");
    let days = std::iter::successors(Period::parse("20240101").ok(), Period::next).take(367);
    let periods = days.map(|day| day.to_string()).collect();
    check(IndicatorQuery { periods, ..good }, "invalid_input", "367 are too many");
}

#[test]
fn forms_show_the_legends_of_values_and_indicators() {
    let world = World::new();
    let view = world.session.open_slice(world.key(A, before_last())).expect("a view");
    let legends: Vec<_> = view.cells.iter().filter_map(|cell| cell.legend.clone()).collect();
    assert_eq!(Some(legends), legend("Low", "#d7191c").map(|it| vec![it])); // 40 doses
    let key = world.key(A, last_month());
    let (mut form, _) = world.session.open_report_form(key).expect("a form");
    assert_eq!(form.indicators()[0].value.as_deref(), Some("20"));
    assert_eq!(form.indicators()[0].legend, legend("Low", "#d7191c"));
    let cell =
        |name: &str| -> CellKey { world.session.find_cell(key.data_set, name).expect("a cell") };
    form.set_value(cell("Malaria confirmed.Under 5, Male"), "20").expect("saved");
    assert_eq!(form.indicators()[0].legend, legend("High", "#1a9641")); // 32 of 60
    let stock = cell("ACT doses left");
    assert_eq!(form.legend(stock), None);
    form.set_value(stock, "50").expect("saved");
    assert_eq!(form.legend(stock), legend("High", "#1a9641"));
}

#[test]
fn violations_of_many_reports_come_with_both_sides() {
    let world = World::new();
    let query = |units: &[&str], below| ValidationQuery {
        data_set: DataSetUid(uid(DATA_SET)),
        periods: vec![last_month().to_string(), before_last().to_string()],
        organisation_units: units.iter().map(|it| unit(it)).collect(),
        below,
    };
    let page = world.session.violations_of_reports(&query(&[], false), None).expect("a page");
    assert_eq!((page.checked, page.next, page.problems.len()), (3, None, 0));
    let [report] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!(report.key, world.key(B, last_month()));
    assert_eq!(report.organisation_unit_name, "Clinic B");
    let [violation] = &report.violations[..] else { panic!("{report:?}") };
    assert_eq!(violation.name, "Malaria cases are fever cases");
    assert_eq!(violation.left_side.value, Some(30.0));
    assert_eq!(violation.right_side.value, Some(20.0));
    assert_eq!(violation.right_side.description.as_deref(), Some("Fever cases, all"));
    let checked = |query: &ValidationQuery| {
        let page = world.session.violations_of_reports(query, None).expect("a page");
        (page.checked, page.items.len())
    };
    assert_eq!(checked(&query(&[A], false)), (2, 0));
    assert_eq!(checked(&query(&[DISTRICT], false)), (0, 0));
    assert_eq!(checked(&query(&[DISTRICT], true)), (3, 1));
}

#[test]
fn a_rule_that_cannot_be_read_or_judged_is_named() {
    let world = World::new();
    let rule = |numerator: &str| {
        json!({ "leftSide": {
            "expression": numerator, "description": "left", "missingValueStrategy": "NEVER_SKIP",
            "slidingWindow": false,
        }})
    };
    let query = ValidationQuery {
        data_set: DataSetUid(uid(DATA_SET)),
        periods: vec![last_month().to_string()],
        organisation_units: vec![unit(A)],
        below: false,
    };
    let check = || {
        support::sync(&world.session, outpost_engine::model::SyncOptions::METADATA);
        world.session.violations_of_reports(&query, None).expect("a page")
    };
    let path = "/api/validationRules/VrMalariaFe";
    world.server.patch(path, &rule("#{DeMalariaPo} + OUG{OgElsewhere}"));
    let page = check();
    assert_eq!(page.items[0].unjudged[0].not_here, ["OUG{OgElsewhere}"]);
    assert_eq!(page.items[0].unjudged[0].name, "Malaria cases are fever cases");
    world.server.patch(path, &rule("#{DeMalariaPo} +"));
    let page = check();
    assert_eq!(page.items.len(), 0);
    assert!(page.problems[0].contains("VrMalariaFe cannot be read"), "{:?}", page.problems);
}
