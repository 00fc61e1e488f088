//! Figures of a phone full of people, printed one a line: `cargo test --release -p outpost-store
//! measure_tracker -- --ignored --nocapture`. OUTPOST_PEOPLE sets their number, 100,000 by default.

#![allow(clippy::print_stdout, reason = "figures are printed")]

use std::time::Instant;

use outpost_domain::uid::{EnrollmentUid, TrackedEntityTypeUid, TrackedEntityUid};
use outpost_sync::ports::{DownloadPage, TrackerPage};

use super::tracker::{
    NAME, PHONE, attribute, enrolled, enrollment_on_server, on_server, person, program, visit,
};
use super::*;
use crate::{PeopleFilter, SearchQuery};

/// People of one page of the download.
const PAGE: usize = 500;

/// Times that each figure is taken; the median counts.
const ROUNDS: usize = 21;

const GIVEN: [&str; 16] = [
    "Amina", "Bakari", "Chausiku", "Daudi", "Esther", "Fatuma", "Grace", "Hassan", "Ibrahim",
    "Joyce", "Khadija", "Leila", "Mariam", "Neema", "Omari", "Prisca",
];
const FAMILY: [&str; 12] = [
    "Abdallah", "Bwana", "Chacha", "Dimoso", "Juma", "Kessy", "Lyimo", "Mushi", "Ngowi", "Otieno",
    "Shirima", "Temba",
];

fn name(number: usize) -> String {
    let syllables = ["ka", "lo", "mi", "nu", "pe", "ra", "si", "tu", "wa", "zo"];
    let rare: String = (0..4).map(|place| syllables[number / 10_usize.pow(place) % 10]).collect();
    format!("{} {rare} {}", GIVEN[number % 16], FAMILY[number / 16 % 12])
}

/// A page of people, each with an enrolment and an event of ten answers.
fn people_from(first: usize) -> DownloadPage {
    let mut tracker = TrackerPage::default();
    let mut events = Vec::new();
    for number in first..first + PAGE {
        let mut one = person(number, &name(number));
        one.attributes.insert(attribute(PHONE), format!("07{:08}", number * 7_919 % 99_999_989));
        tracker.tracked_entities.push(on_server(one));
        let day = format!("2026-{:02}-{:02}", 1 + number % 12, 1 + number % 28);
        tracker.enrollments.push(enrollment_on_server(enrolled(number, &day)));
        events.push(outpost_domain::data::ServerEvent {
            event: with_answers(visit(number, number, "x")),
            updated_at: None,
        });
    }
    DownloadPage { tracker, events, ..DownloadPage::default() }
}

fn with_answers(mut event: Event) -> Event {
    for number in 0..10 {
        let answer = EventDataValue { value: number.to_string(), provided_elsewhere: false };
        event.data_values.insert(DataElementUid(uid('e', number)), answer);
    }
    event
}

/// Prints the median of a figure in milliseconds.
fn figure(name: &str, mut work: impl FnMut(usize)) {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let begun = Instant::now();
            work(round);
            begun.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name}: {:.2} ms", times[ROUNDS / 2]);
}

#[test]
#[ignore = "takes minutes; prints figures"]
fn measure_tracker() {
    let people: usize =
        std::env::var("OUTPOST_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let world = World::new();
    let kind = TrackedEntityTypeUid(uid('y', 0));
    let name = [attribute(NAME)];
    let saved = world
        .store
        .write(|transaction| crate::tracker::index::save_name_attributes(transaction, kind, &name));
    saved.expect("saved");
    let begun = Instant::now();
    for first in (0..people).step_by(PAGE) {
        let page = people_from(first);
        world.store.command(StoreCommand::ApplyDownload { page, now_ms: 1 }).expect("applied");
    }
    println!(
        "fill {people} people, {} values: {:.1} s",
        people * 10,
        begun.elapsed().as_secs_f64()
    );
    let bytes = std::fs::metadata(world.path()).expect("a file").len();
    println!("database: {} MB", bytes / 1_000_000);
    let open = people / 2;
    let visits = (0..50).map(|number| {
        let event = with_answers(visit(people + number, open, "x"));
        Payload::Event { event }
    });
    world.put(&visits.collect::<Vec<_>>());
    searches(&world, people);
    figure("open a person with 51 events", |_| {
        let id = TrackedEntityUid(uid('a', open));
        let found = world.store.load_person(id).expect("read").expect("a person");
        assert_eq!(found.enrollments[0].events.len(), 51);
    });
    let mut all = PeopleFilter::of(program());
    figure("list of 50 by name", |_| {
        assert_eq!(world.store.people_page(&all, None, 50).expect("read").0.len(), 50);
    });
    let half = crate::PeopleCursor { key: "m".into(), uid: EnrollmentUid(uid('b', 0)) };
    figure("list of 50 from the middle", |_| {
        assert_eq!(world.store.people_page(&all, Some(&half), 50).expect("read").0.len(), 50);
    });
    all.order = crate::PeopleOrder::Latest;
    all.organisation_unit = Some(OrganisationUnitUid(uid('u', 0)));
    figure("list of 50 of a place, latest first", |_| {
        assert_eq!(world.store.people_page(&all, None, 50).expect("read").0.len(), 50);
    });
    figure("counts of a program", |_| {
        let counts = world.store.program_counts(program()).expect("read");
        assert_eq!(counts.active, people as u64);
    });
    figure("save a person", |round| {
        world.put(&super::tracker::tree(people + 100 + round, "Zuhura Mpya"));
    });
}

fn searches(world: &World, people: usize) {
    let query = |text: &str| SearchQuery {
        tracked_entity_type: TrackedEntityTypeUid(uid('y', 0)),
        text: text.to_owned(),
        program: None,
        organisation_unit: None,
    };
    let rare = name(people * 2 / 3);
    let rare = rare.split(' ').nth(1).unwrap_or_default();
    for (what, text) in [
        ("search the beginning of a name", "ami"),
        ("search a common part of names", "him"),
        ("search a family name", "shirima"),
        ("search a rare part of a name", &rare[1..]),
        ("search two words", "neema chach"),
        ("search two letters", "ot"),
        ("search what nobody has", "xyzzy"),
    ] {
        figure(what, |_| {
            drop(world.store.search_people(&query(text), None, 50).expect("read"));
        });
    }
    figure("find by exact value", |round| {
        let value = name(round * 31);
        let found = world.store.find_people(attribute(NAME), &value, 5).expect("read");
        assert!(!found.is_empty());
    });
}
