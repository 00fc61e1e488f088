//! Planned visits, status, completion. Enrolled on 20 November, born on the 10th; it is the 25th.

use super::*;
use crate::period::PeriodType;

fn generated(world: &World) -> GeneratedEvents {
    let context = GenerationContext {
        program: &world.program,
        stages: &world.stages,
        enrollment: &world.enrollment,
        attribute_option_combo: None,
        now: world.now(),
    };
    generate_events(&context, ids()).expect("enough ids")
}

/// An event in short: stage, status, when it happened or for when it is planned; `*` opens.
fn short(world: &World, events: &GeneratedEvents) -> Vec<String> {
    let line = |event: &Event| {
        let stage = world.stages.iter().find(|stage| stage.id == event.program_stage);
        let stage = &stage.expect("a stage").name;
        let day = event.occurred_at.as_deref().or(event.scheduled_at.as_deref()).unwrap_or("-");
        let opens = if events.open == Some(event.id) { "*" } else { "" };
        format!("{stage} {} {day}{opens}", event.status.name())
    };
    events.events.iter().map(line).collect()
}

#[track_caller]
fn check(change: impl FnOnce(&mut World), expected: &[&str]) {
    let world = World::changed(change);
    assert_eq!(short(&world, &generated(&world)), expected);
}

fn generates(stage: &'static str, change: fn(&mut StageSchedule)) -> impl FnOnce(&mut World) {
    move |world| {
        world.schedule(stage).auto_generate_event = true;
        change(world.schedule(stage));
    }
}

#[test]
fn only_stages_that_say_so_get_an_event() {
    check(|_| {}, &[]);
    check(generates("visit", |_| {}), &["visit SCHEDULE 2026-11-10"]);
    check(
        |world| {
            generates("visit", |_| {})(world);
            generates("birth", |_| {})(world);
        },
        &["birth SCHEDULE 2026-11-10", "visit SCHEDULE 2026-11-10"],
    );
}

#[test]
fn a_generated_event_belongs_to_its_enrolment() {
    let world = World::changed(generates("visit", |_| {}));
    let events = generated(&world).events;
    let expected = Event {
        id: uid("new0"),
        scheduled_at: Some("2026-11-10".to_owned()),
        created_at_client: Some("2026-11-25T12:00:00.000".to_owned()),
        updated_at_client: Some("2026-11-25T12:00:00.000".to_owned()),
        ..visit("visit", EventStatus::Schedule, "2026-11-10")
    };
    assert_eq!(events, [expected]);
}

#[test]
fn the_days_count_from_the_incident_or_from_the_enrolment() {
    check(generates("visit", |it| it.min_days_from_start = 28), &["visit SCHEDULE 2026-12-08"]);
    check(
        generates("visit", |it| {
            it.min_days_from_start = 28;
            it.generated_by_enrollment_date = true;
        }),
        &["visit SCHEDULE 2026-12-18"],
    );
    // No incident date is asked for, or none was given.
    check(
        |world| {
            generates("visit", |it| it.min_days_from_start = 28)(world);
            world.registration().display_incident_date = false;
        },
        &["visit SCHEDULE 2026-12-18"],
    );
    check(
        |world| {
            generates("visit", |it| it.min_days_from_start = 28)(world);
            world.enrollment.occurred_at = None;
        },
        &["visit SCHEDULE 2026-12-18"],
    );
}

#[test]
fn a_planned_day_is_the_start_of_its_period() {
    let in_period = |period_type: &'static str| {
        move |world: &mut World| {
            generates("visit", |it| it.min_days_from_start = 28)(world);
            world.schedule("visit").period_type = PeriodType::parse(period_type).ok();
        }
    };
    // 8 December 2026 is a Tuesday.
    check(in_period("Weekly"), &["visit SCHEDULE 2026-12-07"]);
    check(in_period("Monthly"), &["visit SCHEDULE 2026-12-01"]);
    check(in_period("Daily"), &["visit SCHEDULE 2026-12-08"]);
}

#[test]
fn an_event_that_opens_takes_the_day_that_its_stage_names() {
    let opens = |date: &'static str| {
        move |world: &mut World| {
            generates("visit", |it| it.open_after_enrollment = true)(world);
            world.schedule("visit").report_date_to_use = Some(date.to_owned());
        }
    };
    check(opens("enrollmentDate"), &["visit ACTIVE 2026-11-20*"]);
    check(opens("incidentDate"), &["visit ACTIVE 2026-11-10*"]);
    // Servers hold the text "false" where nothing was chosen.
    check(opens("false"), &["visit SCHEDULE 2026-11-10*"]);
    check(
        generates("visit", |it| it.open_after_enrollment = true),
        &["visit SCHEDULE 2026-11-10*"],
    );
    // What names a day and does not open is planned.
    check(
        generates("visit", |it| it.report_date_to_use = Some("enrollmentDate".to_owned())),
        &["visit SCHEDULE 2026-11-10"],
    );
    // A day to come is no day of a visit.
    check(
        |world| {
            opens("enrollmentDate")(world);
            world.enrollment.enrolled_at = Some("2026-11-30".to_owned());
        },
        &["visit SCHEDULE 2026-11-10*"],
    );
}

#[test]
fn of_several_that_open_the_first_does() {
    check(
        |world| {
            generates("visit", |it| it.open_after_enrollment = true)(world);
            generates("birth", |it| it.open_after_enrollment = true)(world);
        },
        &["birth SCHEDULE 2026-11-10*", "visit SCHEDULE 2026-11-10"],
    );
}

#[test]
fn some_programs_plan_nothing_that_is_late_already() {
    let ignoring = |days: i64| {
        move |world: &mut World| {
            generates("visit", |_| {})(world);
            world.schedule("visit").min_days_from_start = days;
            world.registration().ignore_overdue_events = true;
        }
    };
    check(ignoring(14), &[]); // the 24th, yesterday
    check(ignoring(15), &["visit SCHEDULE 2026-11-25"]);
}

#[test]
fn what_the_user_may_not_write_and_what_is_not_followed_gets_no_event() {
    check(
        |world| {
            generates("visit", |_| {})(world);
            world.stage_mut("visit").access = READ_ONLY;
        },
        &[],
    );
    for status in [EnrollmentStatus::Completed, EnrollmentStatus::Cancelled] {
        check(
            |world| {
                generates("visit", |_| {})(world);
                world.enrollment.status = status;
            },
            &[],
        );
    }
    check(
        |world| {
            generates("visit", |_| {})(world);
            world.enrollment.enrolled_at = None;
            world.enrollment.occurred_at = None;
        },
        &[],
    );
    check(
        |world| {
            generates("visit", |_| {})(world);
            world.schedule("visit").min_days_from_start = i64::MAX;
        },
        &[],
    );
}

#[test]
fn too_few_ids_make_no_events() {
    let world = World::changed(generates("visit", |_| {}));
    let context = GenerationContext {
        program: &world.program,
        stages: &world.stages,
        enrollment: &world.enrollment,
        attribute_option_combo: None,
        now: world.now(),
    };
    assert_eq!(generate_events(&context, []), Err(TooFewIds));
}

#[test]
fn a_first_stage_that_is_filled_in_with_the_registration_is_made_once() {
    let during = |world: &mut World| {
        generates("birth", |_| {})(world);
        generates("visit", |_| {})(world);
        world.registration().use_first_stage_during_registration = true;
    };
    check(during, &["visit SCHEDULE 2026-11-10"]);
    let first = |change: &dyn Fn(&mut World)| {
        let world = World::changed(|world| change(world));
        let context = GenerationContext {
            program: &world.program,
            stages: &world.stages,
            enrollment: &world.enrollment,
            attribute_option_combo: None,
            now: world.now(),
        };
        first_stage_event(&context, uid("new9")).map(|event| {
            assert_eq!(event.program_stage, uid("birth"));
            assert_eq!(event.status, EventStatus::Active);
            event.occurred_at
        })
    };
    assert_eq!(first(&during), Some(Some("2026-11-20".to_owned())));
    let born = |world: &mut World| {
        during(world);
        world.schedule("birth").report_date_to_use = Some("incidentDate".to_owned());
    };
    assert_eq!(first(&born), Some(Some("2026-11-10".to_owned())));
    assert_eq!(first(&|_| {}), None);
    let locked = |world: &mut World| {
        during(world);
        world.stage_mut("birth").access = READ_ONLY;
    };
    assert_eq!(first(&locked), None);
}

#[track_caller]
fn check_suggested(change: impl FnOnce(&mut World), expected: Option<&str>) {
    let world = World::changed(change);
    let stage = world.stage("visit");
    let found = suggested_date(&world.program, stage, &world.enrollment, &world.events);
    assert_eq!(found.map(|day| day.to_string()).as_deref(), expected);
}

#[test]
fn the_first_visit_is_suggested_as_it_would_be_planned() {
    check_suggested(|world| world.schedule("visit").min_days_from_start = 28, Some("2026-12-08"));
    check_suggested(
        |world| {
            world.schedule("visit").standard_interval = Some(30);
            world.events = vec![visit("birth", EventStatus::Completed, "2026-11-12")];
        },
        Some("2026-11-10"),
    );
    check_suggested(
        |world| {
            world.enrollment.enrolled_at = None;
            world.enrollment.occurred_at = None;
        },
        None,
    );
}

#[test]
fn the_next_visit_is_an_interval_after_the_last() {
    let visited = |days: &'static [&'static str]| {
        move |world: &mut World| {
            world.schedule("visit").standard_interval = Some(30);
            let done = |day: &&str| visit("visit", EventStatus::Completed, day);
            world.events = days.iter().map(done).collect();
        }
    };
    check_suggested(visited(&["2026-11-20"]), Some("2026-12-20"));
    check_suggested(visited(&["2026-11-20", "2026-10-20"]), Some("2026-12-20"));
    // A skipped or deleted visit is none; one that is planned counts.
    check_suggested(
        |world| {
            visited(&["2026-11-20"])(world);
            world.events.push(visit("visit", EventStatus::Skipped, "2026-12-20"));
        },
        Some("2026-12-20"),
    );
    check_suggested(
        |world| {
            visited(&["2026-11-20"])(world);
            world.events.push(visit("visit", EventStatus::Schedule, "2026-12-20"));
        },
        Some("2027-01-19"),
    );
}

#[test]
fn the_answer_to_when_next_goes_over_the_interval() {
    let asked = |answer: &'static str| {
        move |world: &mut World| {
            world.schedule("visit").standard_interval = Some(30);
            world.schedule("visit").next_schedule_date = Some(uid("next"));
            let done = visit("visit", EventStatus::Completed, "2026-11-20");
            world.events = vec![answered(done, "next", answer)];
        }
    };
    check_suggested(asked("2026-12-01"), Some("2026-12-01"));
    check_suggested(asked("soon"), Some("2026-12-20"));
}

#[test]
fn a_stage_with_periods_suggests_the_next_free_one() {
    let monthly = |events: Vec<Event>| {
        move |world: &mut World| {
            world.schedule("visit").period_type = Some(PeriodType::Monthly);
            world.events = events;
        }
    };
    let done = |day| visit("visit", EventStatus::Completed, day);
    check_suggested(monthly(vec![]), Some("2026-11-01"));
    check_suggested(monthly(vec![done("2026-11-20")]), Some("2026-12-01"));
    check_suggested(
        monthly(vec![done("2026-11-20"), visit("visit", EventStatus::Schedule, "2026-12-01")]),
        Some("2027-01-01"),
    );
}

#[test]
fn a_planned_visit_is_late_from_the_next_day_on() {
    let check = |status, day, expected| {
        let event = visit("visit", status, day);
        assert_eq!(is_overdue(&event, date(2026, 11, 25)), expected, "{status:?} {day}");
    };
    check(EventStatus::Schedule, "2026-11-24", true);
    check(EventStatus::Schedule, "2026-11-25", false);
    check(EventStatus::Schedule, "2026-11-26", false);
    check(EventStatus::Skipped, "2026-11-24", false);
    check(EventStatus::Completed, "2026-11-24", false);
    let late = Event {
        status: EventStatus::Overdue,
        ..visit("visit", EventStatus::Schedule, "2026-11-24")
    };
    assert!(is_overdue(&late, date(2026, 11, 25)));
    assert!(!is_overdue(&Event { deleted: true, ..late }, date(2026, 11, 25)));
}

#[track_caller]
fn check_status(event: &Event, stored: bool, to: EventStatus, expected: &[StatusProblem]) {
    let found = status_problems(event, to, stored.then_some(event), EventAuthorities::default());
    assert!(found.iter().all(|problem| problem.words().ends_with('.')));
    assert_eq!(found, expected);
}

#[test]
fn what_took_place_is_not_planned_or_skipped_again() {
    use EventStatus::{Active, Completed, Schedule, Skipped};
    let of = |status| visit("visit", status, "2026-11-20");
    // Captures t011f to t011h.
    check_status(&of(Schedule), true, Skipped, &[]);
    check_status(&of(Skipped), true, Active, &[]);
    check_status(&of(Schedule), true, Completed, &[]);
    check_status(&of(Skipped), true, Schedule, &[]);
    check_status(&of(Active), true, Skipped, &[StatusProblem::TookPlace]);
    let again = Event { scheduled_at: Some("2026-11-20".to_owned()), ..of(Active) };
    check_status(&again, true, Schedule, &[StatusProblem::TookPlace]);
    // It was never sent.
    check_status(&again, false, Schedule, &[]);
    check_status(&of(Active), false, Schedule, &[StatusProblem::DateMissing]);
    // Events without a person have a rule of their own (E1318).
    let single = Event { enrollment: None, tracked_entity: None, ..of(Active) };
    check_status(&single, true, Skipped, &[]);
}

#[test]
fn what_is_planned_has_no_answers() {
    let planned = answered(visit("visit", EventStatus::Schedule, "2026-11-20"), "weight", "12");
    check_status(&planned, true, EventStatus::Skipped, &[StatusProblem::HasAnswers]);
    check_status(&planned, true, EventStatus::Active, &[]);
    let emptied = answered(planned, "weight", "");
    check_status(&emptied, true, EventStatus::Skipped, &[]);
}

#[test]
fn who_may_not_reopen_may_not_reopen() {
    let done = visit("visit", EventStatus::Completed, "2026-11-20");
    check_status(&done, true, EventStatus::Active, &[StatusProblem::ReopeningNotAllowed]);
    check_status(&done, true, EventStatus::Completed, &[]);
    check_status(&done, false, EventStatus::Active, &[]);
    let authorities = EventAuthorities { uncomplete_event: true, ..EventAuthorities::default() };
    assert_eq!(status_problems(&done, EventStatus::Active, Some(&done), authorities), []);
}

#[test]
fn dates_go_with_the_status() {
    use EventStatus::{Active, Completed, Schedule, Skipped};
    #[track_caller]
    fn check(event: &Event, to: EventStatus, occurred: Option<&str>, completed: Option<&str>) {
        let now = date(2026, 11, 25).at(12, 0, 0, 0);
        let changed = change_event_status(event, to, None, EventAuthorities::default(), now);
        let changed = changed.expect("nothing forbids it");
        assert_eq!(changed.status, to);
        assert_eq!(changed.occurred_at.as_deref(), occurred);
        assert_eq!(changed.completed_at.as_deref(), completed);
        assert_eq!(changed.scheduled_at, event.scheduled_at);
        assert_eq!(changed.updated_at_client.as_deref(), Some("2026-11-25T12:00:00.000"));
    }
    let planned = visit("visit", Schedule, "2026-11-20");
    check(&planned, Active, Some("2026-11-25"), None);
    check(&planned, Completed, Some("2026-11-25"), Some("2026-11-25"));
    check(&planned, Skipped, None, None);
    let begun = visit("visit", Active, "2026-11-20");
    check(&begun, Completed, Some("2026-11-20"), Some("2026-11-25"));
    check(&begun, Skipped, None, None);
    let done = visit("visit", Completed, "2026-11-21");
    check(&done, Completed, Some("2026-11-21"), Some("2026-11-21"));
    check(&done, Active, Some("2026-11-21"), None);
}

#[track_caller]
fn check_offers(change: impl FnOnce(&mut World), event: Event, expected: (bool, &[&str])) {
    let mut world = World::changed(change);
    world.events.push(event.clone());
    let offers = offers_after_completion(
        &world.program,
        &world.stages,
        &event,
        &world.parent(),
        &world.events,
    );
    let line = |next: &NextVisit| {
        let stage = world.stages.iter().find(|stage| stage.id == next.program_stage);
        let date = next.date.map_or("-".to_owned(), |date| date.to_string());
        format!("{} {date}", stage.expect("a stage").name)
    };
    let next: Vec<_> = offers.next_visits.iter().map(line).collect();
    assert_eq!((offers.complete_enrollment, next.as_slice()), (expected.0, &*owned(expected.1)));
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

#[test]
fn a_completed_visit_offers_what_its_stage_says() {
    let done = || visit("visit", EventStatus::Completed, "2026-11-20");
    let birth = || visit("birth", EventStatus::Completed, "2026-11-10");
    check_offers(|_| {}, done(), (false, &[]));
    check_offers(|world| world.schedule("visit").remind_completed = true, done(), (true, &[]));
    let next = |world: &mut World| {
        world.schedule("visit").allow_generate_next_visit = true;
        world.schedule("visit").standard_interval = Some(30);
        world.schedule("birth").allow_generate_next_visit = true;
    };
    // The same stage first, then those that have room.
    check_offers(next, done(), (false, &["visit 2026-12-20", "birth 2026-11-10"]));
    check_offers(next, birth(), (false, &["visit 2026-11-10"]));
}

#[test]
fn nothing_is_offered_where_it_cannot_be_done() {
    let all = |world: &mut World| {
        world.schedule("visit").remind_completed = true;
        world.schedule("visit").allow_generate_next_visit = true;
    };
    let done = || visit("visit", EventStatus::Completed, "2026-11-20");
    check_offers(all, visit("visit", EventStatus::Active, "2026-11-20"), (false, &[]));
    check_offers(
        |world| {
            all(world);
            world.enrollment.status = EnrollmentStatus::Completed;
        },
        done(),
        (false, &[]),
    );
    check_offers(
        |world| {
            all(world);
            world.program.access = READ_ONLY;
        },
        done(),
        (false, &["visit 2026-11-20", "birth 2026-11-10"]),
    );
}
