//! A small visit form: a place, a date, fever, weight, the next visit.

use jiff::civil::{Date, date};

use super::*;
use crate::data::{Event, EventStatus};
use crate::form::geometry::GeometryError;
use crate::form::{CategoryOptions, Entry};
use crate::metadata::{
    CategoryCombo, CategoryOption, CategoryOptionCombo, DataAccess, OrganisationUnit, ProgramType,
    ValidationStrategy,
};
use crate::period::PeriodType;
use crate::samples::{self, answers, data_element, uid};
use crate::uid::OrganisationUnitUid;
use crate::value_type::{ServerMinor, ValueProblem};

fn question(name: &str, sort_order: i64) -> ProgramStageDataElement {
    ProgramStageDataElement {
        data_element: uid(name),
        compulsory: name == "weight",
        allow_future_date: name == "next",
        sort_order,
    }
}

fn section(name: &str, sort_order: i64, elements: &[&str]) -> ProgramStageSection {
    ProgramStageSection {
        id: uid(name),
        program_stage: uid("visit"),
        name: name.to_owned(),
        description: None,
        sort_order,
        data_elements: elements.iter().map(|name| uid(name)).collect(),
    }
}

fn visits() -> EventFormInput {
    let elements = [
        data_element("fever", ValueType::Boolean),
        data_element("weight", ValueType::Number),
        data_element("next", ValueType::Date),
        data_element("onset", ValueType::Date),
        DataElement { option_set: Some(uid("kinds")), ..data_element("kind", ValueType::Text) },
    ];
    EventFormInput {
        program: Program { program_stages: vec![uid("visit")], ..samples::program("visits") },
        program_stage: ProgramStage {
            execution_date_label: Some("Date of visit".to_owned()),
            feature_type: "POINT".to_owned(),
            enable_user_assignment: true,
            data_elements: vec![
                question("onset", 5),
                question("weight", 2),
                question("fever", 1),
                question("next", 3),
                question("kind", 4),
            ],
            ..samples::stage("visit", "visits")
        },
        sections: vec![section("plan", 2, &["next"]), section("signs", 1, &["weight", "fever"])],
        data_elements: elements.into_iter().map(|element| (element.id, element)).collect(),
        option_sets: BTreeMap::new(),
    }
}

fn drawn(form: &EventForm) -> Vec<String> {
    let section = |section: &EventSection| {
        let fields: Vec<_> = section.fields.iter().map(|field| field.name.as_str()).collect();
        format!("{}: {}", section.name.as_deref().unwrap_or("-"), fields.join(" "))
    };
    form.sections.iter().map(section).collect()
}

#[track_caller]
fn check_form(
    change: impl FnOnce(&mut EventFormInput),
    expected: &[&str],
    problems: &[EventFormProblem],
) {
    let mut input = visits();
    change(&mut input);
    let (form, found) = build(&input);
    assert_eq!(drawn(&form), expected);
    assert_eq!(found, problems);
}

#[test]
fn sections_are_in_order_and_the_rest_comes_last() {
    check_form(|_| {}, &["signs: weight fever", "plan: next", "-: kind onset"], &[]);
    check_form(|input| input.sections.clear(), &["-: fever weight next kind onset"], &[]);
}

#[test]
fn metadata_that_does_not_fit_is_reported_not_lost() {
    let usual = ["signs: weight fever", "plan: next", "-: kind onset"];
    check_form(
        |input| input.sections[0].data_elements.push(uid("foreign")),
        &usual,
        &[EventFormProblem::NotInStage { section: uid("plan"), data_element: uid("foreign") }],
    );
    check_form(
        |input| input.sections[0].data_elements.push(uid("fever")),
        &usual,
        &[EventFormProblem::Repeated { data_element: uid("fever") }],
    );
    check_form(
        |input| drop(input.data_elements.remove(&uid("fever"))),
        &["signs: weight", "plan: next", "-: kind onset"],
        &[EventFormProblem::DataElementMissing { data_element: uid("fever") }],
    );
}

struct World {
    input: EventFormInput,
    event: Event,
    stored: Option<Event>,
    now: Date,
    server: u16,
    unit: Option<OrganisationUnit>,
    is_assigned: bool,
    combo: CategoryCombo,
    options: CategoryOptions,
    authorities: EventAuthorities,
}

fn event(status: EventStatus, given: &[(&str, &str)]) -> Event {
    Event {
        status,
        occurred_at: Some("2026-11-20".to_owned()),
        data_values: answers(given),
        ..samples::event("event", "visits", "visit")
    }
}

fn completed(day: &str) -> Event {
    let completed_at = Some(day.to_owned());
    Event { completed_at, ..event(EventStatus::Completed, &[("weight", "12")]) }
}

fn world() -> World {
    World {
        input: visits(),
        event: event(EventStatus::Active, &[("weight", "12.5")]),
        stored: None,
        now: date(2026, 11, 25),
        server: 42,
        unit: Some(OrganisationUnit {
            id: uid("clinic"),
            name: "Clinic".to_owned(),
            code: None,
            parent: None,
            path: "/country0000/clinic00000".to_owned(),
            level: 2,
            opening_date: Some(date(2020, 1, 1)),
            closed_date: None,
        }),
        is_assigned: true,
        combo: CategoryCombo {
            id: uid("default"),
            name: "default".to_owned(),
            is_default: true,
            categories: vec![],
            category_option_combos: vec![],
        },
        options: BTreeMap::new(),
        authorities: EventAuthorities::default(),
    }
}

impl World {
    fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut world = world();
        change(&mut world);
        world
    }

    fn asked<T>(&self, ask: impl FnOnce(&EventForm, &EventContext<'_>) -> T) -> T {
        let roots: [OrganisationUnitUid; 1] = [uid("country")];
        let context = EventContext {
            now: self.now.at(12, 0, 0, 0),
            server: ServerMinor(self.server),
            organisation_unit: self.unit.as_ref(),
            is_assigned: self.is_assigned,
            capture_roots: &roots,
            attribute_combo: &self.combo,
            category_options: &self.options,
            stored: self.stored.as_ref(),
            authorities: self.authorities,
        };
        ask(&build(&self.input).0, &context)
    }
}

#[track_caller]
fn check(change: impl FnOnce(&mut World), expected: &[(EventProblemKind, Blocks)]) {
    let world = World::changed(change);
    let is_option = |set: OptionSetUid, code: &str| set == uid("kinds") && code == "A";
    let found = world.asked(|form, context| check_event(form, &world.event, context, is_option));
    assert!(found.iter().all(|problem| problem.kind.words().ends_with('.')));
    let found: Vec<_> = found.into_iter().map(|problem| (problem.kind, problem.blocks)).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check_lock(change: impl FnOnce(&mut World), expected: &[EventLock]) {
    let world = World::changed(change);
    let entry = world.asked(|form, context| event_entry(form, &world.event, context));
    let expected = if expected.is_empty() { Entry::Open } else { Entry::Locked(expected.to_vec()) };
    assert_eq!(entry, expected);
}

#[track_caller]
fn check_answered(answers: &[(&str, &str)], expected: &[(EventProblemKind, Blocks)]) {
    check(|world| world.event = event(EventStatus::Active, answers), expected);
}

fn missing() -> EventProblemKind {
    EventProblemKind::Compulsory { data_element: uid("weight") }
}

fn wrong(name: &str, problem: ValueProblem) -> (EventProblemKind, Blocks) {
    (EventProblemKind::Value { data_element: uid(name), problem }, Blocks::Sending)
}

#[test]
fn a_compulsory_answer_is_demanded_as_the_stage_says() {
    check(|_| {}, &[]);
    check_answered(&[], &[(missing(), Blocks::Completing)]);
    check_answered(&[("weight", " ")], &[(missing(), Blocks::Completing)]);
    check(
        |world| world.event = event(EventStatus::Completed, &[]),
        &[(missing(), Blocks::Sending)],
    );
    check(
        |world| {
            world.event = event(EventStatus::Active, &[]);
            world.input.program_stage.validation_strategy = ValidationStrategy::OnUpdateAndInsert;
        },
        &[(missing(), Blocks::Sending)],
    );
    let skipped = event(EventStatus::Skipped, &[]);
    check(|world| world.event = skipped, &[]);
}

#[test]
fn an_answer_must_fit_its_question() {
    let weight = ("weight", "12");
    check_answered(&[("weight", "heavy")], &[wrong("weight", ValueProblem::NotNumeric)]);
    check_answered(&[weight, ("fever", "yes")], &[wrong("fever", ValueProblem::NotBoolean)]);
    check_answered(&[weight, ("kind", "A")], &[]);
    check_answered(&[weight, ("kind", "a")], &[wrong("kind", ValueProblem::NotOption)]);
    let data_element = uid("foreign");
    let foreign = (EventProblemKind::NotInForm { data_element }, Blocks::Sending);
    check_answered(&[weight, ("foreign", "1")], &[foreign]);
}

#[test]
fn a_date_after_today_needs_leave() {
    let weight = ("weight", "12");
    let data_element = uid("onset");
    let future = (EventProblemKind::FutureDate { data_element }, Blocks::Completing);
    check_answered(&[weight, ("onset", "2026-11-25")], &[]);
    check_answered(&[weight, ("onset", "2026-11-26")], &[future]);
    check_answered(&[weight, ("next", "2026-12-02")], &[]);
    check(
        |world| world.event.occurred_at = Some("2026-11-26".into()),
        &[(EventProblemKind::OccurredInFuture, Blocks::Completing)],
    );
}

#[test]
fn the_status_says_which_date_is_needed() {
    let needs = |field| (EventProblemKind::DateMissing { field }, Blocks::Sending);
    let unreadable = |field| (EventProblemKind::DateUnreadable { field }, Blocks::Sending);
    check(|world| world.event.occurred_at = None, &[needs("occurredAt")]);
    check(|world| world.event.occurred_at = Some("soon".into()), &[unreadable("occurredAt")]);
    let zoned = Some("2026-11-20T23:30:00+03:00".to_owned());
    check(|world| world.event.occurred_at = zoned, &[unreadable("occurredAt")]);
    let planned = |scheduled_at: Option<&str>| Event {
        occurred_at: None,
        scheduled_at: scheduled_at.map(str::to_owned),
        ..event(EventStatus::Schedule, &[])
    };
    check(|world| world.event = planned(None), &[needs("scheduledAt")]);
    check(|world| world.event = planned(Some("2026-12-02")), &[]);
}

#[test]
fn a_planned_event_has_no_answers_and_newer_servers_refuse_it() {
    let skipped = |answers| event(EventStatus::Skipped, answers);
    check(
        |world| world.event = skipped(&[("weight", "12")]),
        &[(EventProblemKind::AnswersNotAllowed, Blocks::Sending)],
    );
    check(
        |world| {
            world.event = skipped(&[]);
            world.server = 43;
        },
        &[(EventProblemKind::StatusNotAllowed, Blocks::Sending)],
    );
}

#[test]
fn what_took_place_in_an_enrolment_is_no_plan_any_more() {
    let skipped = |stored: EventStatus, program_type: ProgramType| {
        move |world: &mut World| {
            world.input.program.program_type = program_type;
            world.event = event(EventStatus::Skipped, &[]);
            world.stored = Some(event(stored, &[]));
        }
    };
    let undone = [(EventProblemKind::StatusNotUndone, Blocks::Sending)];
    check(skipped(EventStatus::Active, ProgramType::WithRegistration), &undone);
    check(skipped(EventStatus::Schedule, ProgramType::WithRegistration), &[]);
    check(skipped(EventStatus::Active, ProgramType::WithoutRegistration), &[]);
}

#[test]
fn a_geometry_has_the_shape_that_is_asked_for() {
    let with = |feature: &'static str, text: &'static str| {
        move |world: &mut World| {
            world.input.program_stage.feature_type = feature.to_owned();
            world.event.geometry = Some(text.to_owned());
        }
    };
    let point = r#"{"type":"Point","coordinates":[32.58,0.32]}"#;
    let other = |asked: &str| EventProblemKind::GeometryOfOtherType { asked: asked.to_owned() };
    check(with("POINT", point), &[]);
    check(with("POLYGON", point), &[(other("POLYGON"), Blocks::Sending)]);
    check(with("NONE", point), &[(EventProblemKind::GeometryNotAsked, Blocks::Sending)]);
    let broken = EventProblemKind::Geometry(GeometryError::Unreadable);
    check(with("POINT", "[32.58,0.32]"), &[(broken, Blocks::Sending)]);
}

#[test]
fn an_assignment_that_the_server_drops_is_a_hint() {
    check(
        |world| {
            world.event.assigned_user = Some(uid("nurse"));
            world.input.program_stage.enable_user_assignment = false;
        },
        &[(EventProblemKind::AssignmentNotKept, Blocks::Nothing)],
    );
}

#[test]
fn reopening_needs_the_right_to_do_so() {
    let reopened = |world: &mut World| world.stored = Some(completed("2026-11-24"));
    check(reopened, &[(EventProblemKind::ReopeningNotAllowed, Blocks::Sending)]);
    check(
        |world| {
            reopened(world);
            world.authorities.uncomplete_event = true;
        },
        &[],
    );
}

#[test]
fn a_completed_event_may_be_locked_until_it_is_reopened() {
    let locks_completed = |world: &mut World| {
        world.input.program_stage.block_entry_form = true;
        world.event = completed("2026-11-24");
    };
    check_lock(locks_completed, &[EventLock::BlockedByCompletion]);
    check_lock(|world| world.event = completed("2026-11-24"), &[]);
    // Completing it here for the first time is no change of a completed event.
    check(locks_completed, &[]);
    check(
        |world| {
            locks_completed(world);
            world.stored = Some(completed("2026-11-24"));
        },
        &[(EventProblemKind::Locked(EventLock::BlockedByCompletion), Blocks::Sending)],
    );
}

#[test]
fn a_completed_event_may_be_changed_for_some_days() {
    let days = |days: u32, day: &'static str| {
        move |world: &mut World| {
            world.input.program.complete_events_expiry_days = days;
            world.event = completed(day);
        }
    };
    // Completed on the 20th at midnight, 5 days: until the 25th at midnight; now is the 25th, noon.
    let since = date(2026, 11, 25).at(0, 0, 0, 0);
    check_lock(days(5, "2026-11-20"), &[EventLock::CompletedTooLongAgo { since }]);
    check_lock(days(5, "2026-11-20T13:00:00.000"), &[]);
    check_lock(days(0, "2020-01-01"), &[]);
    check_lock(days(u32::MAX, "2020-01-01"), &[]);
    let reopened = |world: &mut World| {
        world.input.program.complete_events_expiry_days = 5;
        world.stored = Some(completed("2026-11-20"));
        world.authorities.uncomplete_event = true;
    };
    let lock = EventProblemKind::Locked(EventLock::CompletedTooLongAgo { since });
    check(reopened, &[(lock, Blocks::Sending)]);
    check_lock(
        |world| {
            reopened(world);
            world.authorities.edit_expired = true;
        },
        &[],
    );
}

#[test]
fn events_of_a_past_period_expire() {
    let occurred = |day: &'static str, days: u32| {
        move |world: &mut World| {
            world.input.program.expiry_period_type = Some(PeriodType::Monthly);
            world.input.program.expiry_days = days;
            world.event.occurred_at = Some(day.to_owned());
        }
    };
    // October ends on the 31st; 24 days and one later is the 25th of November, midnight.
    let since = date(2026, 11, 25).at(0, 0, 0, 0);
    check_lock(occurred("2026-10-07", 24), &[EventLock::Expired { since }]);
    check_lock(occurred("2026-10-07", 25), &[]);
    check_lock(occurred("2026-11-07", 1), &[]);
    check_lock(occurred("2021-10-07", 0), &[]);
}

#[test]
fn every_reason_against_an_event_is_named() {
    let no_access = [EventLock::NoDataWriteAccess];
    check_lock(|world| world.input.program.access.write = false, &no_access);
    check_lock(|world| world.input.program_stage.access.write = false, &no_access);
    check_lock(|world| world.unit = None, &[EventLock::UnknownOrganisationUnit]);
    check_lock(|world| world.is_assigned = false, &[EventLock::NotAssigned]);
    let unit = |change: fn(&mut OrganisationUnit)| {
        move |world: &mut World| change(world.unit.as_mut().expect("known"))
    };
    check_lock(unit(|unit| unit.path = "/south000000".into()), &[EventLock::OutsideCaptureScope]);
    let closed = date(2026, 11, 19);
    check_lock(
        unit(|unit| unit.closed_date = Some(date(2026, 11, 19))),
        &[EventLock::OrganisationUnitClosed { closed }],
    );
    let opening = date(2026, 11, 21);
    check_lock(
        unit(|unit| unit.opening_date = Some(date(2026, 11, 21))),
        &[EventLock::OrganisationUnitNotOpen { opening }],
    );
    check_lock(unit(|unit| unit.closed_date = Some(date(2026, 11, 20))), &[]);
}

/// The program is split by project; the event belongs to one.
fn with_project(change: fn(&mut CategoryOption, &mut World)) -> impl FnOnce(&mut World) {
    move |world: &mut World| {
        let mut project = CategoryOption {
            id: uid("project"),
            name: "Nets".to_owned(),
            start_date: None,
            end_date: None,
            organisation_units: vec![],
            access: DataAccess::FULL,
        };
        world.input.program.category_combo = uid("projects");
        world.combo = CategoryCombo {
            id: uid("projects"),
            name: "Projects".to_owned(),
            is_default: false,
            categories: vec![],
            category_option_combos: vec![CategoryOptionCombo {
                id: uid("nets"),
                name: "Nets".to_owned(),
                category_options: vec![uid("project")],
            }],
        };
        world.event.attribute_option_combo = Some(uid("nets"));
        change(&mut project, world);
        world.options.insert(project.id, project);
    }
}

#[test]
fn the_split_of_the_event_must_be_open_too() {
    let option = || "Nets".to_owned();
    check_lock(with_project(|_, _| {}), &[]);
    check_lock(
        with_project(|_, world| world.event.attribute_option_combo = None),
        &[EventLock::UnknownAttributeOptionCombo],
    );
    check_lock(
        with_project(|project, _| project.access.write = false),
        &[EventLock::CategoryOptionNotWritable { option: option() }],
    );
    check_lock(
        with_project(|project, _| project.organisation_units = vec![uid("south")]),
        &[EventLock::CategoryOptionElsewhere { option: option() }],
    );
    let start = date(2026, 11, 21);
    check_lock(
        with_project(|project, _| project.start_date = Some(date(2026, 11, 21))),
        &[EventLock::CategoryOptionNotStarted { option: option(), start }],
    );
    let end = date(2026, 11, 19);
    check_lock(
        with_project(|project, _| project.end_date = Some(date(2026, 11, 19))),
        &[EventLock::CategoryOptionEnded { option: option(), end }],
    );
    check_lock(
        with_project(|project, world| {
            project.end_date = Some(date(2026, 11, 19));
            world.input.program.open_days_after_co_end_date = 1;
        }),
        &[],
    );
}

#[test]
fn a_deleted_event_is_only_checked_for_whether_it_may_change() {
    check(|world| world.event = Event { deleted: true, ..event(EventStatus::Completed, &[]) }, &[]);
    check(
        |world| {
            world.event.deleted = true;
            world.is_assigned = false;
        },
        &[(EventProblemKind::Locked(EventLock::NotAssigned), Blocks::Sending)],
    );
}

#[test]
fn an_entered_answer_takes_its_stored_form() {
    let check = |name: &str, text: &str, expected: Result<Option<&str>, ValueProblem>| {
        let (form, _) = build(&visits());
        let field = form.field(uid(name)).expect("in the form");
        let found = check_answer(field, text, |_, code| code == "A");
        assert_eq!(found, expected.map(|text| text.map(str::to_owned)), "{name} {text}");
    };
    check("fever", "Yes", Ok(Some("true")));
    check("fever", "0", Ok(Some("false")));
    check("weight", " 12.5 ", Ok(Some("12.5")));
    check("weight", "", Ok(None));
    check("weight", "12,5", Err(ValueProblem::NotNumeric));
    check("kind", "A", Ok(Some("A")));
    check("kind", "A ", Err(ValueProblem::NotOption));
    check("onset", "2026-12-24", Ok(Some("2026-12-24")));
}

#[test]
fn what_blocks_sending_blocks_completing_too() {
    assert!(Blocks::Sending > Blocks::Completing && Blocks::Completing > Blocks::Nothing);
    assert_eq!(missing().field(), Some("weight00000"));
    assert_eq!(EventProblemKind::OccurredInFuture.field(), Some("occurredAt"));
}
