//! What a request comes to: cases by name, then properties over anything that can happen.

use std::collections::BTreeMap;

use jiff::civil::Date;
use outpost_domain::data::{Enrollment, EnrollmentStatus, Event, EventStatus, TrackedEntity};
use outpost_domain::uid::{EnrollmentUid, EventUid, OrganisationUnitUid, TrackedEntityUid, Uid};
use proptest::prelude::*;

use super::calendar::{Calendar, Hours, Span};
use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Monday 2026-11-30 00:00 in Greenwich.
const MONDAY: i64 = 1_795_996_800_000;

fn uid(number: usize) -> Uid {
    Uid::parse(&format!("u{number:010}")).expect("a uid")
}

fn request(made: Made) -> SupportRequest {
    SupportRequest {
        id: TrackedEntityUid(uid(1)),
        enrollment: EnrollmentUid(uid(2)),
        place: OrganisationUnitUid(uid(3)),
        title: "Nothing is sent".to_owned(),
        text: "Since Monday".to_owned(),
        problem: Problem::NotSending,
        channel: Channel::App,
        urgent: false,
        made,
        received_ms: None,
        entered_ms: None,
        reporter: "amina".to_owned(),
        phone: None,
        message_id: None,
        links: Links::default(),
    }
}

fn made(at_ms: i64) -> Made {
    Made { device_ms: at_ms, skew_ms: Some(0) }
}

fn text() -> String {
    "x".to_owned()
}

fn step(number: usize, at_ms: i64, kind: StepKind) -> Step {
    let by = "grace".to_owned();
    Step { id: EventUid(uid(100 + number)), at_ms, by, received_ms: None, kind }
}

fn up(to: u8) -> StepKind {
    StepKind::Escalate { to, reason: text(), by_time: false }
}

/// A request that was made and received at 0, with steps at hours after that.
struct Case {
    settings: SupportSettings,
    steps: Vec<Step>,
}

impl Case {
    fn new(steps: &[(i64, StepKind)]) -> Self {
        let steps = steps.iter().enumerate();
        let steps = steps.map(|(at, (hour, kind))| step(at, MONDAY + hour * HOUR, kind.clone()));
        Self { settings: SupportSettings::default(), steps: steps.collect() }
    }

    /// The same by several people.
    fn of(steps: &[(&str, i64, StepKind)]) -> Self {
        let kinds: Vec<_> = steps.iter().map(|(_, hour, kind)| (*hour, kind.clone())).collect();
        let mut case = Self::new(&kinds);
        for (step, (by, _, _)) in case.steps.iter_mut().zip(steps) {
            step.by = (*by).to_owned();
        }
        case
    }

    fn standing(&self) -> Standing {
        Standing::of(&request(made(MONDAY)), &self.steps, Some(MONDAY), &self.settings)
    }

    #[track_caller]
    fn check(&self, hour: i64, state: State, tier: u8, level: Level) {
        let (standing, now) = (self.standing(), MONDAY + hour * HOUR);
        let view = standing.clock().at(now, &self.settings.calendar);
        assert_eq!((standing.state, standing.tier_at(now), view.level), (state, tier, level));
    }

    /// Hours that are left of the limit, and whether it runs.
    fn left(&self, hour: i64) -> (i64, ClockState) {
        let view = self.standing().clock().at(MONDAY + hour * HOUR, &self.settings.calendar);
        (view.left_ms / HOUR, view.state)
    }
}

#[test]
fn twelve_hours_run_from_the_receipt_with_warnings_at_half_and_three_quarters() {
    let case = Case::new(&[]);
    case.check(5, State::New, 1, Level::Calm);
    case.check(6, State::New, 1, Level::Half);
    case.check(9, State::New, 1, Level::ThreeQuarters);
    case.check(11, State::New, 1, Level::ThreeQuarters);
    case.check(12, State::New, 2, Level::Breached);
    case.check(24, State::New, 3, Level::Breached);
    case.check(500, State::New, 3, Level::Breached);
}

#[test]
fn a_request_made_three_days_before_it_arrived_is_not_born_late_and_its_age_is_shown() {
    let settings = SupportSettings::default();
    let standing = Standing::of(&request(made(MONDAY - 3 * DAY)), &[], Some(MONDAY), &settings);
    let view = standing.acknowledging.at(MONDAY, &settings.calendar);
    assert_eq!((view.level, view.left_ms), (Level::Calm, 12 * HOUR));
    let ages = standing.ages_at(MONDAY + HOUR);
    assert_eq!(ages.since_made_ms, Some(3 * DAY + HOUR));
    assert_eq!(ages.since_received_ms, Some(HOUR));
}

#[test]
fn a_request_that_nobody_has_received_has_no_clock_but_an_age() {
    let settings = SupportSettings::default();
    let standing = Standing::of(&request(made(MONDAY)), &[], None, &settings);
    let now = MONDAY + 40 * HOUR;
    let view = standing.acknowledging.at(now, &settings.calendar);
    assert_eq!((view.state, view.level), (ClockState::NotStarted, Level::Calm));
    assert_eq!(standing.tier_at(now), 1);
    assert_eq!(standing.ages_at(now).since_made_ms, Some(40 * HOUR));
    assert_eq!(standing.ages_at(now).since_received_ms, None);
}

#[test]
fn a_telephone_call_counts_from_the_call_however_late_it_is_written_down() {
    let call = SupportRequest {
        channel: Channel::Phone,
        received_ms: Some(MONDAY),
        entered_ms: Some(MONDAY + 10 * HOUR),
        ..request(made(MONDAY))
    };
    let settings = SupportSettings::default();
    let standing = Standing::of(&call, &[], Some(MONDAY + 11 * HOUR), &settings);
    let view = standing.acknowledging.at(MONDAY + 11 * HOUR, &settings.calendar);
    assert_eq!((view.left_ms, standing.received_ms), (HOUR, Some(MONDAY)));
}

#[test]
fn a_person_stops_the_clock_by_acknowledging_replying_or_closing() {
    for kind in [
        StepKind::Acknowledge,
        StepKind::Reply { text: text() },
        StepKind::Resolve { text: text() },
        StepKind::Invalid { reason: text() },
    ] {
        let case = Case::new(&[(11, kind)]);
        let at_ms = MONDAY + 11 * HOUR;
        assert_eq!(case.left(300), (1, ClockState::Stopped { at_ms, in_time: true }));
        assert_eq!(case.standing().tier_at(MONDAY + 300 * HOUR), 1);
    }
    let late = Case::new(&[(13, StepKind::Acknowledge)]);
    let at_ms = MONDAY + 13 * HOUR;
    assert_eq!(late.left(300), (-1, ClockState::Stopped { at_ms, in_time: false }));
    late.check(300, State::Acknowledged, 2, Level::Breached);
}

#[test]
fn whoever_reacts_in_the_last_moment_is_in_time() {
    let case = Case::new(&[(12, StepKind::Acknowledge)]);
    let at_ms = MONDAY + 12 * HOUR;
    assert_eq!(case.left(12), (0, ClockState::Stopped { at_ms, in_time: true }));
}

#[test]
fn waiting_for_the_user_freezes_and_their_reply_gives_back_the_time_that_was_left() {
    let wait = (5, StepKind::Wait { text: text() });
    let case = Case::new(std::slice::from_ref(&wait));
    assert_eq!(case.left(5), (7, ClockState::Frozen));
    assert_eq!(case.left(500), (7, ClockState::Frozen));
    case.check(500, State::WaitingForUser, 1, Level::Calm);
    let case = Case::new(&[wait.clone(), (100, StepKind::UserReply { text: text() })]);
    assert_eq!(case.left(100), (7, ClockState::Running));
    case.check(106, State::New, 1, Level::ThreeQuarters);
    case.check(107, State::New, 2, Level::Breached);
    // The team may also go on by itself.
    let case = Case::new(&[wait, (100, StepKind::Resume)]);
    assert_eq!(case.left(103), (4, ClockState::Running));
}

#[test]
fn an_answer_comes_after_its_question_even_by_a_clock_that_is_a_second_behind() {
    for (seen, now_ms, at_ms) in [
        (vec![], MONDAY, MONDAY),
        (vec![MONDAY - 5], MONDAY, MONDAY),
        (vec![MONDAY], MONDAY, MONDAY + 1),
        (vec![MONDAY + 900, MONDAY - 5], MONDAY, MONDAY + 901),
    ] {
        let wait = |at_ms| step(1, at_ms, StepKind::Wait { text: text() });
        let seen: Vec<Step> = seen.into_iter().map(wait).collect();
        assert_eq!(moment_after(&seen, now_ms), at_ms);
    }
}

#[test]
fn escalating_needs_a_person_with_a_reason_or_the_limit_and_gives_the_next_tier_its_own_time() {
    let case = Case::new(&[(3, up(2))]);
    case.check(3, State::New, 2, Level::Calm);
    // The clock goes on from the receipt; tier 3 gets it when tier 2 has had its twelve hours.
    case.check(12, State::New, 2, Level::Breached);
    case.check(15, State::New, 3, Level::Breached);
    let hop = case.standing().hops[0].clone();
    assert_eq!((hop.from, hop.to, hop.by), (1, 2, Some(("grace".to_owned(), text()))));
}

#[test]
fn a_tier_may_be_skipped_and_the_last_one_keeps_the_request() {
    let case = Case::new(&[(1, up(3)), (2, up(9))]);
    case.check(900, State::New, 3, Level::Breached);
    assert_eq!(case.standing().coming_hops_ms, Vec::<i64>::new());
}

#[test]
fn without_escalation_by_time_a_late_request_stays_and_says_so() {
    let mut case = Case::new(&[]);
    case.settings.escalates_by_time = false;
    case.check(100, State::New, 1, Level::Breached);
}

#[test]
fn a_move_by_the_limit_that_was_recorded_changes_nothing_if_somebody_had_reacted_before() {
    let by_time = StepKind::Escalate { to: 2, reason: String::new(), by_time: true };
    let case = Case::new(&[(11, StepKind::Acknowledge), (12, by_time.clone())]);
    case.check(20, State::Acknowledged, 1, Level::ThreeQuarters);
    // Recorded or not: the same.
    for steps in [vec![], vec![(12, by_time)]] {
        let standing = Case::new(&steps).standing();
        assert_eq!(standing.tier_at(MONDAY + 30 * HOUR), 3);
        assert_eq!(standing.tier_at(MONDAY + 13 * HOUR), 2);
    }
}

#[test]
fn who_escalates_what_another_closed_meanwhile_opens_it_again() {
    let case = Case::new(&[(2, StepKind::Resolve { text: text() }), (3, up(2))]);
    // Whoever solved it is not of tier 2, which has its own time from then on.
    case.check(4, State::New, 2, Level::Calm);
    assert_eq!(case.left(4), (11, ClockState::Running));
}

#[test]
fn a_tier_to_which_a_request_is_handed_on_acknowledges_it_by_its_own_clock() {
    let taken = [(1, StepKind::Acknowledge), (10, up(2))];
    let case = Case::new(&taken);
    // Twelve hours from the hand-over at hour 10, with the warnings of S5.
    case.check(10, State::New, 2, Level::Calm);
    assert_eq!(case.left(10), (12, ClockState::Running));
    case.check(16, State::New, 2, Level::Half);
    case.check(19, State::New, 2, Level::ThreeQuarters);
    // Nobody there looks: it goes on by itself and is never lost.
    case.check(22, State::New, 3, Level::Breached);
    assert_eq!(case.standing().coming_hops_ms, [MONDAY + 22 * HOUR]);
    // The user was answered in time all the same; that is what reports count.
    let standing = case.standing();
    assert_eq!(standing.acknowledging.stop_ms, Some(MONDAY + HOUR));
    assert_eq!(standing.reaction.map(|it| (it.at_ms, it.tier)), Some((MONDAY + HOUR, 1)));
    let case = Case::of(&[
        ("grace", 1, StepKind::Acknowledge),
        ("grace", 10, up(2)),
        ("moses", 12, StepKind::Acknowledge),
    ]);
    case.check(900, State::Acknowledged, 2, Level::Calm);
    let at_ms = MONDAY + 12 * HOUR;
    assert_eq!(case.left(900), (10, ClockState::Stopped { at_ms, in_time: true }));
    assert_eq!(case.standing().coming_hops_ms, Vec::<i64>::new());
}

#[test]
fn handing_a_request_on_again_gains_no_time_and_the_next_tier_has_its_own() {
    let case = Case::new(&[(1, StepKind::Acknowledge), (10, up(2)), (15, up(3))]);
    assert_eq!(case.left(15), (7, ClockState::Running));
    // By time it would go on from tier 2 at 22; tier 3 has it until 15 and twelve.
    let mut case = Case::new(&[(1, StepKind::Acknowledge), (10, up(2)), (15, up(3))]);
    case.settings.tiers.push(case.settings.tiers[2].clone());
    assert_eq!(case.standing().coming_hops_ms, [MONDAY + 27 * HOUR]);
    // Acknowledged by tier 2 and handed on once more: due once more.
    let case = Case::of(&[
        ("grace", 1, StepKind::Acknowledge),
        ("grace", 10, up(2)),
        ("moses", 12, StepKind::Acknowledge),
        ("moses", 20, up(3)),
    ]);
    case.check(20, State::New, 3, Level::Calm);
    case.check(32, State::New, 3, Level::Breached);
}

#[test]
fn who_hands_a_request_on_does_not_acknowledge_it_for_the_next_tier() {
    let told = StepKind::Reply { text: "I passed it to the district".to_owned() };
    for first in [vec![], vec![("grace", 1, StepKind::Acknowledge)]] {
        let mut steps = [&first[..], &[("grace", 3, up(2)), ("grace", 4, told.clone())]].concat();
        let case = Case::of(&steps);
        // Twelve hours from the hand-over at hour 3, whenever the user was told.
        case.check(5, State::New, 2, Level::Calm);
        case.check(15, State::New, 3, Level::Breached);
        assert!(case.standing().is_handed_on_by("grace"));
        assert!(!case.standing().is_handed_on_by("moses"));
        steps.push(("moses", 6, StepKind::Acknowledge));
        Case::of(&steps).check(900, State::Acknowledged, 2, Level::Calm);
    }
    // Whoever solves it took care of it.
    let solved = StepKind::Resolve { text: text() };
    let case = Case::of(&[("grace", 3, up(2)), ("grace", 4, solved)]);
    case.check(900, State::Resolved, 2, Level::Calm);
}

#[test]
fn the_clock_of_the_next_tier_stands_still_while_the_user_is_asked() {
    let case = Case::of(&[
        ("grace", 1, StepKind::Wait { text: text() }),
        ("grace", 5, StepKind::Acknowledge),
        ("grace", 10, up(2)),
        ("moses", 12, StepKind::Wait { text: text() }),
        ("moses", 112, StepKind::UserReply { text: text() }),
    ]);
    // Two of its twelve hours were used before it asked; the waiting of tier 1 is not its own.
    assert_eq!(case.left(112), (10, ClockState::Running));
    case.check(121, State::New, 2, Level::ThreeQuarters);
    case.check(122, State::New, 3, Level::Breached);
}

#[test]
fn the_user_reopens_by_writing_and_the_clock_to_the_solution_goes_on_with_what_was_left() {
    let mut case = Case::new(&[
        (2, StepKind::Acknowledge),
        (10, StepKind::Resolve { text: text() }),
        (50, StepKind::UserReply { text: text() }),
    ]);
    case.settings.resolve_within_ms = Some(48 * HOUR);
    let standing = case.standing();
    assert_eq!((standing.state, standing.last_word), (State::Acknowledged, LastWord::User));
    let resolving = standing.resolving.expect("a limit");
    let view = resolving.at(MONDAY + 51 * HOUR, &case.settings.calendar);
    assert_eq!((view.left_ms, view.state), (37 * HOUR, ClockState::Running));
}

#[test]
fn a_device_whose_clock_was_behind_reacts_after_the_receipt_all_the_same() {
    let case = Case::new(&[(-40, StepKind::Acknowledge)]);
    assert_eq!(case.left(1), (12, ClockState::Stopped { at_ms: MONDAY, in_time: true }));
}

#[test]
fn the_same_trouble_of_the_same_device_within_a_day_is_offered() {
    let with = |device: &str, error: Option<&str>, problem| {
        let links = Links {
            device: Some(device.to_owned()),
            error: error.map(str::to_owned),
            ..Links::default()
        };
        trouble_key(&SupportRequest { links, problem, ..request(made(0)) })
    };
    let key = with("17", Some("E1064"), Problem::Other).expect("a key");
    assert_eq!(with("17", Some("e1064 "), Problem::NotSending).as_deref(), Some(key.as_str()));
    assert_ne!(with("18", Some("E1064"), Problem::Other).as_deref(), Some(key.as_str()));
    assert_eq!(with("17", None, Problem::Other), None);
    assert_eq!(with(" ", Some("E1064"), Problem::Other), None);
    let there = |at_ms, is_open| Trouble { key: &key, at_ms, is_open };
    assert!(same_trouble(&key, DAY, &there(0, true)));
    assert!(!same_trouble(&key, DAY + 1, &there(0, true)));
    assert!(!same_trouble(&key, DAY, &there(0, false)));
}

#[track_caller]
fn forbidden(case: &Case, kind: &StepKind, code: &str) {
    let standing = case.standing();
    let found = may(kind, &standing, MONDAY + 13 * HOUR, &case.settings);
    assert_eq!(found.expect_err("refused").code(), code);
}

#[test]
fn what_may_not_be_done_is_refused_with_the_reason() {
    let fresh = Case::new(&[]);
    // Thirteen hours later the limit has moved it to tier 2.
    forbidden(&fresh, &up(2), "not_higher");
    forbidden(&fresh, &up(4), "no_such_tier");
    let without = StepKind::Escalate { to: 3, reason: " ".to_owned(), by_time: false };
    forbidden(&fresh, &without, "missing");
    forbidden(&fresh, &StepKind::Resume, "not_waiting");
    forbidden(&fresh, &StepKind::Reopen { reason: text() }, "open");
    forbidden(&fresh, &StepKind::Reply { text: "x".repeat(20_001) }, "too_long");
    let taken = Case::new(&[(1, StepKind::Acknowledge)]);
    forbidden(&taken, &StepKind::Acknowledge, "acknowledged");
    let closed = Case::new(&[(1, StepKind::Resolve { text: text() })]);
    for kind in [up(2), StepKind::Reply { text: text() }, StepKind::Wait { text: text() }] {
        forbidden(&closed, &kind, "closed");
    }
    let user = StepKind::UserReply { text: text() };
    assert_eq!(may(&user, &closed.standing(), MONDAY, &closed.settings), Ok(()));
}

// Failures that users of Zammad and GLPI reported, by their numbers.

#[test]
fn zammad_1620_a_note_for_the_team_answers_nobody() {
    let case = Case::new(&[(1, StepKind::Note { text: text() })]);
    case.check(12, State::New, 2, Level::Breached);
}

#[test]
fn zammad_1322_an_answer_of_the_user_ends_the_waiting_by_whatever_way_it_came() {
    let case = Case::new(&[
        (1, StepKind::Wait { text: text() }),
        (2, StepKind::UserReply { text: text() }),
    ]);
    case.check(3, State::New, 1, Level::Calm);
    assert_eq!(case.left(3), (10, ClockState::Running));
}

#[test]
fn zammad_3140_a_user_who_does_not_answer_makes_nobody_late() {
    let mut case =
        Case::new(&[(1, StepKind::Reply { text: text() }), (2, StepKind::Wait { text: text() })]);
    case.settings.resolve_within_ms = Some(24 * HOUR);
    case.check(900, State::WaitingForUser, 1, Level::Calm);
    let resolving = case.standing().resolving.expect("a limit");
    let view = resolving.at(MONDAY + 900 * HOUR, &case.settings.calendar);
    assert_eq!((view.state, view.left_ms), (ClockState::Frozen, 22 * HOUR));
}

#[test]
fn zammad_2082_the_first_answer_counts_at_once_and_not_only_the_second() {
    let case = Case::new(&[(1, StepKind::Reply { text: text() })]);
    assert_eq!(case.standing().acknowledging.stop_ms, Some(MONDAY + HOUR));
}

#[test]
fn zammad_automatic_answers_stop_no_clock() {
    let case = Case::new(&[
        (0, StepKind::AutoReply { text: text() }),
        (1, StepKind::AutoReply { text: text() }),
    ]);
    case.check(12, State::New, 2, Level::Breached);
}

#[test]
fn zammad_904_what_was_joined_with_another_request_escalates_no_more() {
    let case = Case::new(&[(1, StepKind::Invalid { reason: "the same as 17".to_owned() })]);
    case.check(900, State::Invalid, 1, Level::Calm);
    assert_eq!(case.standing().coming_hops_ms, Vec::<i64>::new());
}

#[test]
fn zammad_5177_the_limit_to_the_solution_does_not_cut_the_one_to_the_first_answer() {
    let mut case = Case::new(&[]);
    case.settings.resolve_within_ms = Some(HOUR);
    case.check(2, State::New, 1, Level::Calm);
    assert_eq!(case.left(2), (10, ClockState::Running));
}

#[test]
fn zammad_534_and_4353_other_settings_count_at_once_for_requests_that_are_there() {
    let mut case = Case::new(&[]);
    case.check(13, State::New, 2, Level::Breached);
    case.settings.acknowledge_within_ms = 48 * HOUR;
    case.check(13, State::New, 1, Level::Calm);
    case.settings.calendar = Calendar::Hours(Box::new(office(0)));
    // Five working days of eight hours.
    case.check(47, State::New, 1, Level::Calm);
    case.settings.resolve_within_ms = Some(HOUR);
    assert!(case.standing().resolving.is_some());
    case.settings.resolve_within_ms = None;
    assert_eq!(case.standing().resolving, None);
}

#[test]
fn zammad_5624_another_tier_leaves_no_limit_of_the_old_one_behind() {
    let case = Case::of(&[("grace", 3, up(2)), ("moses", 4, StepKind::Acknowledge)]);
    case.check(900, State::Acknowledged, 2, Level::Calm);
}

#[test]
fn zammad_390_and_4432_holidays_and_nights_neither_count_nor_warn() {
    let mut case = Case::new(&[]);
    case.settings.calendar = Calendar::Hours(Box::new(office(0)));
    let standing = case.standing();
    let thresholds = standing.acknowledging.thresholds(&case.settings.calendar);
    // Eight hours a day from eight: half at 14:00 on Monday, all at 12:00 on Tuesday.
    assert_eq!(thresholds.half_ms, Some(MONDAY + 14 * HOUR));
    assert_eq!(thresholds.due_ms, Some(MONDAY + DAY + 12 * HOUR));
    case.check(30, State::New, 1, Level::Half);
}

#[test]
fn glpi_10594_a_weekend_of_waiting_is_not_given_back_twice() {
    let friday = 4 * 24;
    let mut case = Case::new(&[
        (friday + 15, StepKind::Wait { text: text() }),
        (friday + 3 * 24 + 9, StepKind::UserReply { text: text() }),
    ]);
    case.settings.calendar = Calendar::Hours(Box::new(office(0)));
    case.settings.acknowledge_within_ms = 40 * HOUR;
    // Used until Friday 15:00: 39 hours; the hour that is left ends on Monday at 10:00.
    assert_eq!(case.left(friday + 3 * 24 + 9), (1, ClockState::Running));
    let due = case.standing().acknowledging.thresholds(&case.settings.calendar).due_ms;
    assert_eq!(due, Some(MONDAY + 7 * DAY + 10 * HOUR));
}

/// Monday to Friday, 08:00 to 16:00.
fn office(offset_minutes: i32) -> Hours {
    let day = vec!["08:00-16:00".parse::<Span>().expect("hours")];
    let week = std::array::from_fn(|at| if at < 5 { day.clone() } else { Vec::new() });
    Hours::new(offset_minutes, week, &[Date::constant(2026, 12, 25)]).expect("a calendar")
}

#[test]
fn a_report_counts_by_tier_and_district_with_medians_and_causes() {
    let digest = |at: i64, steps: &[(i64, StepKind)], problem| {
        let steps: Vec<Step> = (steps.iter().enumerate())
            .map(|(at, (hour, kind))| step(at, MONDAY + hour * HOUR, kind.clone()))
            .collect();
        let settings = SupportSettings::default();
        let request = SupportRequest { problem, ..request(made(MONDAY - at * HOUR)) };
        let standing = Standing::of(&request, &steps, Some(MONDAY), &settings);
        Digest::of(&request, &standing, &settings.calendar)
    };
    let digests = [
        digest(0, &[(2, StepKind::Acknowledge)], Problem::NotSending),
        digest(6, &[(4, StepKind::Resolve { text: text() })], Problem::NotSending),
        digest(0, &[(20, StepKind::Acknowledge)], Problem::ClockWrong),
        digest(0, &[(1, up(2))], Problem::NotSending),
        digest(0, &[(3, StepKind::Wait { text: text() })], Problem::Other),
    ];
    let now = MONDAY + 12 * HOUR + HOUR / 2;
    let counted = |lapse, now_ms| {
        let mut tally = Tally::new(lapse, now_ms);
        digests.iter().for_each(|digest| tally.add(digest));
        tally.finish(|place| place)
    };
    let report = counted(Lapse::default(), now);
    let total = &report.total;
    assert_eq!((total.received, total.in_time, total.late), (5, 2, 1));
    assert_eq!((total.overdue, total.not_due, total.backlog), (1, 1, 4));
    assert_eq!(total.in_time_per_mille(), Some(500));
    assert_eq!(total.median_received_ms, Some(4 * HOUR));
    assert_eq!(total.median_made_ms, Some(10 * HOUR));
    assert_eq!(report.causes[0], (Problem::NotSending, 3));
    // Tier 1 let the third pass although tier 2 took it in the end; the fourth is tier 2's.
    let row = |tier| report.rows.get(&(tier, OrganisationUnitUid(uid(3)))).cloned();
    assert_eq!(row(1).map(|it| (it.received, it.late, it.overdue, it.backlog)), Some((4, 1, 0, 2)));
    assert_eq!(row(2).map(|it| (it.received, it.overdue, it.backlog)), Some((1, 1, 2)));
    let csv = report_csv(&report, |tier| format!("T{tier}"), |_| "=Dis,trict".to_owned());
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[1], "1,T1,\"'=Dis,trict\",u0000000003,4,2,1,0,1,66.7,240,600,2");
    assert_eq!(lines[3], ",all,all,,5,2,1,1,1,50.0,240,600,4");
    let lapse = Lapse { from_ms: Some(MONDAY + 1), to_ms: None };
    assert_eq!(counted(lapse, now).total.received, 0);
}

fn any_kind() -> impl Strategy<Value = StepKind> {
    prop_oneof![
        2 => Just(StepKind::Acknowledge),
        1 => Just(StepKind::Reply { text: text() }),
        3 => Just(StepKind::UserReply { text: text() }),
        3 => Just(StepKind::AutoReply { text: text() }),
        2 => Just(StepKind::Note { text: text() }),
        3 => (1u8..7, any::<bool>()).prop_map(|(to, by_time)| {
            StepKind::Escalate { to, reason: text(), by_time }
        }),
        3 => Just(StepKind::Wait { text: text() }),
        2 => Just(StepKind::Resume),
        1 => Just(StepKind::Resolve { text: text() }),
        1 => Just(StepKind::Invalid { reason: text() }),
        1 => Just(StepKind::Reopen { reason: text() }),
    ]
}

prop_compose! {
    fn any_steps()(steps in proptest::collection::vec((0i64..20_000, any_kind()), 0..14))
        -> Vec<Step> {
        let steps = steps.into_iter().enumerate();
        steps.map(|(at, (minute, kind))| step(at, MONDAY + minute * 60_000, kind)).collect()
    }
}

fn any_settings() -> impl Strategy<Value = SupportSettings> {
    (1usize..=5, 1i64..100, any::<bool>(), any::<bool>(), -720i32..840).prop_map(
        |(tiers, hours, by_time, is_office, offset)| {
            let tier = SupportSettings::default().tiers[0].clone();
            SupportSettings {
                tiers: vec![tier; tiers],
                acknowledge_within_ms: hours * HOUR,
                escalates_by_time: by_time,
                calendar: match is_office {
                    true => Calendar::Hours(Box::new(office(offset))),
                    false => Calendar::Always,
                },
                resolve_within_ms: Some(2 * hours * HOUR),
                ..SupportSettings::default()
            }
        },
    )
}

fn is_reaction(step: &&Step) -> bool {
    step.kind.is_reaction()
}

proptest! {
    #[test]
    fn the_order_in_which_steps_arrive_does_not_matter(
        settings in any_settings(), steps in any_steps(), shuffle in any::<u64>(),
    ) {
        let sorted = Standing::of(&request(made(MONDAY)), &steps, Some(MONDAY), &settings);
        let mut other = steps;
        let mut seed = shuffle;
        for at in (1..other.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            other.swap(at, (seed >> 33) as usize % (at + 1));
        }
        let again = Standing::of(&request(made(MONDAY)), &other, Some(MONDAY), &settings);
        prop_assert_eq!(sorted, again);
    }

    #[test]
    fn only_a_person_of_the_team_stops_the_clock_and_the_first_one_does(
        settings in any_settings(), steps in any_steps(),
    ) {
        let standing = Standing::of(&request(made(MONDAY)), &steps, Some(MONDAY), &settings);
        let first = steps.iter().filter(is_reaction).map(|step| step.at_ms).min();
        prop_assert_eq!(standing.acknowledging.stop_ms, first);
        prop_assert_eq!(standing.reaction.map(|it| it.at_ms), first);
    }

    #[test]
    fn nobody_loses_a_request_by_escalating_and_escalating_gains_no_time(
        settings in any_settings(), steps in any_steps(), to in 1u8..7, minute in 0i64..20_000,
    ) {
        let request = request(made(MONDAY));
        let standing = Standing::of(&request, &steps, Some(MONDAY), &settings);
        let now = MONDAY + 30_000 * 60_000;
        prop_assert!((1..=settings.last_tier()).contains(&standing.tier_at(now)));
        let mut more = steps;
        more.push(step(99, MONDAY + minute * 60_000, up(to)));
        let moved = Standing::of(&request, &more, Some(MONDAY), &settings);
        prop_assert!((1..=settings.last_tier()).contains(&moved.tier_at(now)));
        if more.last().is_some_and(|last| more.iter().all(|it| it.at_ms <= last.at_ms)) {
            prop_assert!(moved.state.is_open() && moved.tier >= to.min(settings.last_tier()));
            // A tier that got it has to acknowledge it, and if it does not the next one gets it.
            if standing.tier_at(MONDAY + minute * 60_000) < to.min(settings.last_tier()) {
                prop_assert_eq!((moved.state, moved.taken.is_some()), (State::New, false));
                let hops = usize::from(settings.last_tier() - moved.tier);
                let by_time = if settings.escalates_by_time { hops } else { 0 };
                prop_assert_eq!(moved.coming_hops_ms.len(), by_time);
                let thresholds = moved.clock().thresholds(&settings.calendar);
                prop_assert!(thresholds.due_ms.is_some());
            }
        }
        // What was used up stays used up: the end may come earlier, when a waiting was ended.
        let used = |it: &Standing| it.acknowledging.at(now, &settings.calendar).used_ms;
        prop_assert!(used(&moved) >= used(&standing));
        // Each hop goes upwards, one after the other.
        let follows = |two: &[Hop]| two[0].to == two[1].from && two[0].at_ms <= two[1].at_ms;
        let hops = moved.hops.windows(2).all(follows);
        prop_assert!(hops && moved.hops.iter().all(|hop| hop.from < hop.to));
    }

    #[test]
    fn both_ages_are_right_whatever_the_clocks_said(
        device in -40_000i64..40_000, skew in proptest::option::of(-40_000i64..40_000),
        received in 0i64..20_000, later in 0i64..20_000, steps in any_steps(),
    ) {
        let minute = 60_000;
        let (received, now) = (MONDAY + received * minute, MONDAY + (received + later) * minute);
        let skew_ms = skew.map(|it| it * minute);
        let made = Made { device_ms: MONDAY + device * minute, skew_ms };
        let settings = SupportSettings::default();
        let steps: Vec<Step> = steps.into_iter().filter(|it| it.at_ms >= received).collect();
        let standing = Standing::of(&request(made), &steps, Some(received), &settings);
        let ages = standing.ages_at(now);
        let end = standing.closed_ms.map_or(now, |closed| closed.min(now));
        prop_assert_eq!(ages.since_received_ms, Some((end - received).max(0)));
        let true_made = made.device_ms + skew_ms.unwrap_or(0);
        match ages.since_made_ms {
            Some(age) => {
                prop_assert!(age >= (end - received).max(0));
                prop_assert_eq!(age, (end - true_made.min(received)).max(0));
            }
            None => prop_assert!(skew_ms.is_none()),
        }
        // Not born late, whatever its age.
        let fresh = Standing::of(&request(made), &[], Some(received), &settings);
        let view = fresh.acknowledging.at(received, &settings.calendar);
        prop_assert_eq!((view.level, view.left_ms), (Level::Calm, settings.acknowledge_within_ms));
    }

    #[test]
    fn waiting_freezes_the_clock_and_the_reply_resumes_with_what_was_left(
        settings in any_settings(), before in 0i64..5_000, waited in 0i64..20_000,
    ) {
        let (from, to) = (MONDAY + before * 60_000, MONDAY + (before + waited) * 60_000);
        let wait = step(1, from, StepKind::Wait { text: text() });
        let reply = step(2, to, StepKind::UserReply { text: text() });
        let request = request(made(MONDAY));
        let left = |steps: &[Step], now| {
            let standing = Standing::of(&request, steps, Some(MONDAY), &settings);
            (standing.acknowledging.at(now, &settings.calendar).left_ms, standing.tier_at(now))
        };
        let frozen = left(std::slice::from_ref(&wait), from);
        prop_assert_eq!(left(&[], from).0, frozen.0);
        prop_assert_eq!(left(std::slice::from_ref(&wait), to), frozen);
        prop_assert_eq!(left(&[wait.clone(), reply.clone()], to).0, frozen.0);
        // From then on it runs as if no time had passed.
        let hour = to + HOUR;
        let (after, _) = left(&[wait, reply], hour);
        prop_assert_eq!(after, frozen.0 - settings.calendar.counted_ms(to, hour));
    }

    #[test]
    fn thresholds_are_the_first_moments_of_their_levels_and_a_digest_says_the_same(
        settings in any_settings(), steps in any_steps(), minute in 0i64..60_000,
    ) {
        let request = request(made(MONDAY - 5 * HOUR));
        let standing = Standing::of(&request, &steps, Some(MONDAY), &settings);
        let last = steps.iter().map(|it| it.at_ms).max().unwrap_or(MONDAY);
        let now = last + minute * 60_000;
        let digest = Digest::of(&request, &standing, &settings.calendar);
        let view = standing.clock().at(now, &settings.calendar);
        if standing.taken.is_none() {
            prop_assert_eq!(digest.level_at(now), view.level);
            let thresholds = digest.thresholds;
            let moments = [thresholds.half_ms, thresholds.three_quarters_ms, thresholds.due_ms];
            for (moment, level) in moments.into_iter().zip(Level::ALL.into_iter().skip(1)) {
                let Some(at) = moment else { continue };
                prop_assert!(standing.clock().at(at, &settings.calendar).level >= level);
                prop_assert!(standing.clock().at(at - 1, &settings.calendar).level < level);
            }
        }
        prop_assert_eq!(digest.tier_at(now), standing.tier_at(now));
        prop_assert_eq!(digest.ages_at(now), standing.ages_at(now));
        prop_assert!((1..=settings.last_tier()).contains(&digest.judged_tier));
        prop_assert_eq!(Digest::decode(&digest.encode()), Ok(digest));
    }

    #[test]
    fn bytes_that_are_no_digest_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = bytes;
        let _ = Digest::decode(&bytes);
        if let Some(first) = bytes.first_mut() {
            *first = 2;
        }
        let _ = Digest::decode(&bytes);
    }
}

fn records(request: &SupportRequest) -> (TrackedEntity, Enrollment, Event) {
    let stamp = stamp();
    let enrollment = Enrollment {
        id: request.enrollment,
        tracked_entity: request.id,
        program: program(),
        organisation_unit: request.place,
        status: EnrollmentStatus::Active,
        enrolled_at: Some(stamp.today.clone()),
        occurred_at: None,
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: BTreeMap::new(),
        notes: Vec::new(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let entity = TrackedEntity {
        id: request.id,
        tracked_entity_type: request_type(),
        organisation_unit: request.place,
        geometry: None,
        attributes: request_values(request).into_iter().collect(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    };
    let event = request_event(EventUid(uid(50)), request, &enrollment, &stamp);
    (entity, enrollment, event)
}

fn stamp() -> Stamp {
    Stamp { now: "2026-11-30T12:00:00.000".to_owned(), today: "2026-11-30".to_owned() }
}

#[test]
fn a_request_and_its_steps_are_read_back_as_they_were_written() {
    let links = Links {
        device: Some("17".to_owned()),
        sim: Some("8926".to_owned()),
        form: Some("RoSupProgrm".to_owned()),
        batch: Some("b1".to_owned()),
        error: Some("E1064".to_owned()),
        diagnostics: Some("{}".to_owned()),
    };
    let whole = SupportRequest {
        urgent: true,
        channel: Channel::Phone,
        received_ms: Some(MONDAY),
        entered_ms: Some(MONDAY + HOUR),
        phone: Some("+232 76 1".to_owned()),
        message_id: Some("a@b".to_owned()),
        links,
        ..request(Made { device_ms: MONDAY - DAY + 1, skew_ms: Some(-7_000) })
    };
    let (entity, enrollment, words) = records(&whole);
    let settings = SupportSettings::default();
    let kinds = [
        StepKind::Acknowledge,
        StepKind::Reply { text: text() },
        StepKind::UserReply { text: text() },
        StepKind::AutoReply { text: text() },
        StepKind::Note { text: text() },
        up(3),
        StepKind::Escalate { to: 2, reason: String::new(), by_time: true },
        StepKind::Wait { text: text() },
        StepKind::Resume,
        StepKind::Resolve { text: text() },
        StepKind::Invalid { reason: text() },
        StepKind::Reopen { reason: text() },
    ];
    let steps: Vec<Step> = (kinds.into_iter().enumerate())
        .map(|(at, kind)| Step {
            received_ms: Some(MONDAY),
            ..step(at, MONDAY + at as i64 * HOUR + 1, kind)
        })
        .collect();
    let standing = Standing::of(&whole, &steps, None, &settings);
    let of = |step| step_event(step, &enrollment, &stamp(), &standing, &settings);
    let events: Vec<Event> = steps.iter().map(of).chain([words]).collect();
    let recorded: Vec<Recorded<'_>> =
        events.iter().map(|event| Recorded { event, server_ms: None }).collect();
    assert_eq!(read_request(&entity, &enrollment, &recorded, 120).as_ref(), Some(&whole));
    assert_eq!(read_steps(&recorded, 120), steps);
}

#[test]
fn what_a_first_reaction_took_is_written_for_the_indicators_of_dhis2() {
    use crate::package::ids_support::asked;
    let (_, enrollment, _) = records(&request(made(MONDAY)));
    let settings = SupportSettings::default();
    let of = |hour: i64| {
        let step = step(1, MONDAY + hour * HOUR, StepKind::Acknowledge);
        let made = made(MONDAY - 3 * DAY);
        let steps = std::slice::from_ref(&step);
        let standing = Standing::of(&request(made), steps, Some(MONDAY), &settings);
        let event = step_event(&step, &enrollment, &stamp(), &standing, &settings);
        let value = |id: &str| {
            let id = outpost_domain::uid::DataElementUid::parse(id).expect("a uid");
            event.data_values.get(&id).map(|it| it.value.clone()).unwrap_or_default()
        };
        [asked::MINUTES, asked::MINUTES_MADE, asked::IN_TIME, asked::LATE, asked::TIER].map(value)
    };
    assert_eq!(of(2), ["120", "4440", "true", "", "1"]);
    assert_eq!(of(13), ["780", "5100", "", "true", "2"]);
}

#[test]
fn what_was_filed_and_acknowledged_on_the_web_counts_from_when_the_server_had_it() {
    use crate::package::ids_support::{TITLE, stage};
    let mut filed = request(made(MONDAY));
    filed.title = "On the web".to_owned();
    let (mut entity, enrollment, _) = records(&filed);
    entity.attributes.retain(|id, _| id.as_str() == TITLE);
    let stage = outpost_domain::uid::ProgramStageUid::parse(stage::ACKNOWLEDGE).expect("a uid");
    let event = Event {
        status: EventStatus::Completed,
        occurred_at: Some("2026-11-30".to_owned()),
        ..Event::of_enrollment(EventUid(uid(70)), stage, &enrollment)
    };
    let server_ms = Some(MONDAY + 9 * HOUR);
    let recorded = [Recorded { event: &event, server_ms }];
    let read = read_request(&entity, &enrollment, &recorded, 0).expect("a request");
    assert_eq!((read.channel, read.problem), (Channel::Web, Problem::Other));
    let steps = read_steps(&recorded, 0);
    let seen = Some(MONDAY + 8 * HOUR);
    let standing = Standing::of(&read, &steps, seen, &SupportSettings::default());
    assert_eq!((standing.received_ms, standing.made_ms), (seen, seen));
    assert_eq!(standing.reaction.map(|it| it.at_ms), server_ms);
}

#[test]
fn records_of_other_programs_and_steps_that_say_nothing_are_passed_over() {
    let (entity, mut enrollment, mut words) = records(&request(made(MONDAY)));
    words.program_stage = outpost_domain::uid::ProgramStageUid(uid(9));
    assert_eq!(read_steps(&[Recorded { event: &words, server_ms: None }], 0), []);
    enrollment.program = outpost_domain::uid::ProgramUid(uid(9));
    assert_eq!(read_request(&entity, &enrollment, &[], 0), None);
}

#[test]
fn codes_of_requests_are_options_of_the_package() {
    let codes = |id: &str| -> Vec<&str> {
        let sets = crate::package::SUPPORT.choice_sets.iter();
        let set = sets.into_iter().find(|set| set.id == id).expect("a set");
        set.choices.iter().map(|choice| choice.code).collect()
    };
    use crate::package::ids_support as ids;
    let problems: Vec<_> = Problem::ALL.iter().map(|it| it.code()).collect();
    assert_eq!(codes(ids::PROBLEMS), problems);
    assert_eq!(codes(ids::CHANNELS), Channel::ALL.iter().map(|it| it.code()).collect::<Vec<_>>());
    assert_eq!(codes(ids::TIERS).len(), limits::TIERS_MAX);
}
