//! The programs with registration of real metadata packages: their forms are built, every question
//! is answered, and the hundreds of their rules and program indicators run over a whole enrolment.
//!
//! What is checked holds for every program: nothing is left unasked, no rule breaks, a form that was
//! followed edit by edit shows what it shows when it is opened anew, and what rules assign in the
//! form is what the server will compute.
#![allow(clippy::print_stdout, reason = "the table is what the suite shows")]

mod packages;
mod tracker_package;

use std::collections::BTreeSet;
use std::sync::Arc;

use outpost_domain::data::{Enrollment, EnrollmentStatus, Event, EventStatus, TrackedEntity};
use outpost_domain::form::enrollment::{EnrollmentForm, Registration};
use outpost_domain::form::event::{EventForm, EventFormInput};
use outpost_domain::form::session::{
    Announcement, AnnouncementKind, Course, CourseNames, EnrollmentSession, EnrollmentSessionInput,
    EventSession, EventSessionInput, FieldState, OptionChoice, enrollment_refusals, event_refusals,
};
use outpost_domain::indicator::{
    EnrollmentRow, InForm, ParsedProgramIndicator, ProgramIndicatorSet, Row, aggregate,
};
use outpost_domain::metadata::AnalyticsType;
use outpost_domain::period::Period;
use outpost_domain::rules::{ActionKind, EngineVersion, RuleSet};
use outpost_domain::uid::{OptionSetUid, ProgramStageUid, Uid};
use outpost_domain::value_type::ValueType;

use tracker_package::{Package, circumstances, packages};

/// Rules of published packages that DHIS2's own parser refuses: they hold a non-breaking space.
const BROKEN: [&str; 2] = ["jjGuMNkgHbM", "qkW3pBfYxsR"];

/// A rule of TB that assigns to the same question as `kh1yeIyV1k4` where both apply: the form shows
/// what comes last, and the server refuses whichever is sent.
const CONTRADICTED: &str = "ZiHFC4veZrV";

fn uid<T: From<Uid>>(name: &str) -> T {
    T::from(Uid::parse(&format!("{name:0<11}")).expect("a short name"))
}

/// An answer that fits the question; `None` where only the server knows one.
fn fitting(value_type: ValueType, codes: &[String], choice: &OptionChoice) -> Option<String> {
    if !codes.is_empty() {
        return codes.iter().find(|code| choice.allows(code)).cloned();
    }
    let text = match value_type {
        ValueType::Boolean | ValueType::TrueOnly => "true",
        ValueType::Date | ValueType::Age => "2026-09-15",
        ValueType::DateTime => "2026-09-15T10:00",
        ValueType::Time => "10:00",
        ValueType::UnitInterval => "0.5",
        ValueType::IntegerNegative => "-3",
        ValueType::Letter => "A",
        ValueType::Email => "amina@example.org",
        ValueType::PhoneNumber => "+256700000000",
        ValueType::Text | ValueType::LongText => "as told",
        kind if kind.is_numeric() => "12",
        _ => return None,
    };
    Some(text.to_owned())
}

fn course(package: &Package) -> Course {
    let tracked_entity = TrackedEntity {
        id: uid("amina"),
        tracked_entity_type: package.registration_form.tracked_entity_type.id,
        organisation_unit: uid("clinic"),
        geometry: None,
        attributes: Default::default(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let enrollment = Enrollment {
        id: uid("course"),
        tracked_entity: uid("amina"),
        program: package.program.id,
        organisation_unit: uid("clinic"),
        status: EnrollmentStatus::Active,
        enrolled_at: Some("2026-10-01".to_owned()),
        occurred_at: None,
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: Default::default(),
        notes: vec![],
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let stages = package.stage_forms.iter().map(|form| &form.program_stage);
    Course {
        registration: Registration { tracked_entity, enrollment: Some(enrollment) },
        events: vec![],
        names: CourseNames {
            program: package.program.name.clone(),
            stages: stages.map(|stage| (stage.id, stage.name.clone())).collect(),
            unit_codes: Default::default(),
        },
    }
}

fn event(package: &Package, stage: ProgramStageUid, name: &str, day: u32) -> Event {
    Event {
        id: uid(name),
        program: package.program.id,
        program_stage: stage,
        enrollment: Some(uid("course")),
        tracked_entity: Some(uid("amina")),
        organisation_unit: uid("clinic"),
        attribute_option_combo: None,
        status: EventStatus::Active,
        occurred_at: Some(format!("2026-10-{day:02}")),
        scheduled_at: None,
        completed_at: None,
        geometry: None,
        assigned_user: None,
        follow_up: false,
        data_values: Default::default(),
        notes: vec![],
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

/// No rule fails but those that no parser reads, and those that fail in DHIS2 too: while an answer
/// is missing (its engine computes both sides of `&&`), and where one asks an enrolment for its
/// stage.
fn check_unbroken(name: &str, said: Option<&Vec<Announcement>>) {
    let broken = said.into_iter().flatten().filter(|it| it.kind == AnnouncementKind::Broken);
    let unknown = broken.filter(|it| {
        let fails_there = it.text.ends_with("a value is missing")
            || it.text.ends_with("there is no variable `program_stage_id`");
        !BROKEN.contains(&it.rule.as_str()) && !fails_there
    });
    assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&Announcement>::new(), "{name}");
}

/// What is shown, without what only the person at the form knows.
fn seen(state: Option<&FieldState>) -> Option<FieldState> {
    state.map(|state| FieldState { set_aside: None, ..state.clone() })
}

fn open_registration(package: &Package, rules: &Arc<RuleSet>, course: Course) -> EnrollmentSession {
    let input = EnrollmentSessionInput {
        form: Arc::new(package.registration_form.clone()),
        rules: Arc::clone(rules),
        options: Arc::new(package.rule_options.clone()),
        indicators: ProgramIndicatorSet::new(&package.indicators).0,
        facts: Arc::new(package.facts.clone()),
        course,
        circumstances: circumstances(),
    };
    let (session, opened) = EnrollmentSession::open(input, &package.is_option());
    check_unbroken("registration", opened.announcements.as_ref());
    session
}

/// Answers every question of the registration; the records as they came out.
fn register(package: &Package, rules: &Arc<RuleSet>) -> Registration {
    let form: &EnrollmentForm = &package.registration_form;
    let mut session = open_registration(package, rules, course(package));
    for field in form.fields() {
        let attribute = field.attribute;
        let codes = package.codes(field.option_set.as_ref().map(|set| set.id));
        let choice = &session.field(attribute).expect("it is shown").options;
        let Some(value) = fitting(field.value_type, codes, choice) else { continue };
        let diff = match field.generated {
            true => session.put_generated(attribute, &value, &package.is_option()),
            false => session.set_value(attribute, &value, &package.is_option()),
        };
        let diff = diff.expect("it is in the form");
        assert_eq!(diff.looping, [] as [&str; 0], "{}", field.name);
        check_unbroken(&field.name, diff.announcements.as_ref());
        assert!(session.wrong().is_empty(), "{}: {:?}", field.name, session.wrong());
    }
    let registration = session.registration().clone();
    let anew = Course { registration: registration.clone(), ..course(package) };
    let again = open_registration(package, rules, anew.clone());
    assert_eq!(again.registration(), &registration);
    for field in form.fields() {
        let attribute = field.attribute;
        assert_eq!(seen(again.field(attribute)), seen(session.field(attribute)), "{}", field.name);
    }
    let refused = enrollment_refusals(form, rules, &anew, false, &circumstances());
    assert!(refused.iter().all(|refusal| refusal.code != "E1309"), "{refused:?}");
    registration
}

fn open_event(
    package: &Package,
    rules: &Arc<RuleSet>,
    form: &EventForm,
    event: Event,
    course: &Course,
) -> EventSession {
    let input = EventSessionInput {
        form: Arc::new(form.clone()),
        rules: Arc::clone(rules),
        options: Arc::new(package.rule_options.clone()),
        indicators: ProgramIndicatorSet::new(&package.indicators).0,
        facts: Arc::new(package.facts.clone()),
        event,
        organisation_unit_code: None,
        others: vec![],
        course: Some(course.clone()),
        circumstances: circumstances(),
    };
    let (session, opened) = EventSession::open(input, &package.is_option());
    check_unbroken(&form.program_stage.name, opened.announcements.as_ref());
    session
}

/// Answers every question of a stage that is shown; the event as it came out and how many rules
/// loop.
fn fill_in(
    package: &Package,
    rules: &Arc<RuleSet>,
    form: &EventForm,
    event: Event,
    course: &Course,
) -> (Event, BTreeSet<String>) {
    let mut session = open_event(package, rules, form, event, course);
    let mut looping = BTreeSet::new();
    for field in form.fields() {
        let codes = package.codes(field.option_set.as_ref().map(|set| set.id));
        let state = session.field(field.data_element).expect("it is shown");
        if state.is_hidden || state.is_assigned {
            continue;
        }
        let Some(value) = fitting(field.value_type, codes, &state.options) else { continue };
        let diff = session.set_value(field.data_element, &value, &package.is_option());
        let diff = diff.expect("it is in the form");
        check_unbroken(&field.name, diff.announcements.as_ref());
        looping.extend(diff.looping);
    }
    let event = session.event().clone();
    if looping.is_empty() {
        let again = open_event(package, rules, form, event.clone(), course);
        assert_eq!(again.event(), &event, "{}", form.program_stage.name);
        for field in form.fields() {
            let data_element = field.data_element;
            let (again, now) = (again.field(data_element), session.field(data_element));
            assert_eq!(seen(again), seen(now), "{}", field.name);
        }
        let refused = event_refusals(form, rules, &event, course, false, &circumstances());
        let assigned = refused.iter().filter(|refusal| refusal.code == "E1307");
        let assigned = assigned.filter(|refusal| refusal.rule != CONTRADICTED);
        assert_eq!(assigned.collect::<Vec<_>>(), Vec::<&_>::new(), "{}", form.program_stage.name);
    }
    (event, looping)
}

/// The registration, then two events of every stage, each seeing all before it.
fn live_through(package: &Package, rules: &Arc<RuleSet>) -> (Course, BTreeSet<String>) {
    let mut course = course(package);
    course.registration = register(package, rules);
    let mut looping = BTreeSet::new();
    for round in 0..2_u32 {
        for (at, form) in (0_u32..).zip(&package.stage_forms) {
            let (name, day) = (format!("event{round}x{at}"), 2 + round * 10 + at);
            let fresh = event(package, form.program_stage.id, &name, day);
            let (filled, loops) = fill_in(package, rules, form, fresh, &course);
            course.events.push(filled);
            looping.extend(loops);
        }
    }
    (course, looping)
}

/// Every program indicator over the enrolment, by its own kind of row; how many there are.
fn count_indicators(package: &Package, course: &Course) -> usize {
    let row: EnrollmentRow = course.row().expect("an enrolment");
    let periods = [Period::parse("2026").expect("a period")];
    for indicator in &package.indicators {
        let parsed = ParsedProgramIndicator::new(indicator);
        let parsed = parsed.unwrap_or_else(|why| panic!("{}: {why}", indicator.name));
        let shown = parsed.in_form(Row::Enrollment(&row), &package.facts);
        assert!(!matches!(shown, InForm::Problem(_)), "{}: {shown:?}", indicator.name);
        let rows: Vec<Row<'_>> = match indicator.analytics_type {
            AnalyticsType::Enrollment => vec![Row::Enrollment(&row)],
            AnalyticsType::Event => {
                let events = row.events.iter();
                events.map(|event| Row::Event { event, enrollment: Some(&row) }).collect()
            }
        };
        let found = aggregate(&parsed, rows, &periods, &package.facts);
        assert_eq!((found.failed, found.problem), (0, None), "{}", indicator.name);
    }
    package.indicators.len()
}

#[test]
fn every_program_of_the_packages_is_lived_through() {
    let packages = packages();
    if packages.is_empty() {
        return;
    }
    let mut counted = (0, 0, 0, 0);
    for package in &packages {
        live_through(package, &Arc::new(package.compile(EngineVersion::V3_8)));
        let rules = Arc::new(package.compile(EngineVersion::V3_4));
        let (course, looping) = live_through(package, &rules);
        let indicators = count_indicators(package, &course);
        let asked = package.registration_form.fields().count();
        let answers: usize = course.events.iter().map(|event| event.data_values.len()).sum();
        let hides = |rule: &outpost_domain::rules::Rule| {
            rule.actions.iter().any(|action| action.kind == ActionKind::HideProgramStage)
        };
        println!(
            "{:<32} {asked:>3} attributes {:>2} stages {:>4} rules ({} hide stages) {answers:>4} \
             answers {indicators:>4} indicators; loops: {looping:?}",
            package.program.name,
            package.stage_forms.len(),
            rules.rules().len(),
            rules.rules().iter().filter(|rule| hides(rule)).count(),
        );
        counted.0 += asked;
        counted.1 += package.stage_forms.len();
        counted.2 += rules.rules().len();
        counted.3 += indicators;
    }
    // Counted in the packages themselves: attributes 1 of COD, 5 of NCD, 11 of TB; stages 1, 3, 4;
    // rules 50, 239, 171; indicators 30, 0, 255.
    assert_eq!(counted, (17, 8, 460, 285));
}

#[test]
fn an_option_set_of_a_package_has_its_codes() {
    let packages = packages();
    for package in &packages {
        let fields = package.stage_forms.iter().flat_map(EventForm::fields);
        let sets: BTreeSet<OptionSetUid> =
            fields.filter_map(|field| Some(field.option_set.as_ref()?.id)).collect();
        for set in sets {
            assert!(!package.codes(Some(set)).is_empty(), "{}: {set}", package.program.name);
        }
    }
}

/// How many questions the form of a stage asks: each of the stage's once, in sections in order.
fn check_stage(stage: &EventFormInput, form: &EventForm) -> usize {
    let asked = stage.program_stage.data_elements.iter().map(|question| question.data_element);
    let asked: BTreeSet<_> = asked.collect();
    let fields: Vec<_> = form.fields().map(|field| field.data_element).collect();
    let distinct: BTreeSet<_> = fields.iter().copied().collect();
    assert_eq!(fields.len(), distinct.len(), "a question twice");
    assert_eq!(distinct, asked, "{}", stage.program_stage.name);
    let mut sections: Vec<_> = stage.sections.iter().map(|it| (it.sort_order, &it.name)).collect();
    sections.sort();
    let named: Vec<_> = form.sections.iter().filter_map(|it| it.name.as_ref()).collect();
    assert_eq!(named, sections.into_iter().map(|(_, name)| name).collect::<Vec<_>>());
    fields.len()
}

#[test]
fn every_element_of_the_packages_stages_is_asked_once() {
    let packages = packages();
    let stages = packages.iter().flat_map(|it| it.stages.iter().zip(&it.stage_forms));
    let questions: Vec<_> = stages.map(|(stage, form)| check_stage(stage, form)).collect();
    // 1 of COD with 50, 3 of NCD with 48, 4 of TB with 111.
    assert!(packages.is_empty() || (questions.len(), questions.iter().sum()) == (8, 209_usize));
}
