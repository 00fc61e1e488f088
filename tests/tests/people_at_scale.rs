//! Thousands of people with enrolments and visits: one bad person holds back only what belongs to
//! it, and a phone that is killed during its first download asks for at most one page again.
//!
//! Real store, real machine, the training server; no sockets. `OUTPOST_PEOPLE=2000` takes more people.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::BTreeSet;

use outpost_domain::data::Payload;
use outpost_store::{OutboxFilter, RowState};
use outpost_sync::machine::Phases;
use outpost_sync::ports::{Answer, Method, Report, Request, StoreCommand};
use outpost_tests::rig::number;
use outpost_tests::rig::people::{Moment, Outpost, VISITS, id, tree};
use outpost_tests::sim::metadata::uid;
use outpost_tests::sim::tracker_metadata::{CARD, NAME};

const UPLOAD: Phases = Phases { upload: true, metadata: false, download: false };
const DOWNLOAD: Phases = Phases { upload: false, metadata: false, download: true };

/// Records of one tree.
const RECORDS: usize = 2 + VISITS;

fn people() -> usize {
    usize::try_from(number("OUTPOST_PEOPLE", 300)).unwrap_or(300)
}

/// The trees of these numbers; what belongs to `bad` is changed by `spoil`.
fn trees(
    numbers: std::ops::Range<usize>,
    bad: Option<usize>,
    spoil: fn(&mut Payload),
) -> Vec<Payload> {
    let mut records = Vec::new();
    for number in numbers {
        let mut tree = tree(number);
        if Some(number) == bad {
            tree.iter_mut().for_each(spoil);
        }
        records.extend(tree);
    }
    records
}

/// The rows that are left: parked ones and held ones, by id.
fn left(outpost: &Outpost) -> (BTreeSet<String>, BTreeSet<String>) {
    let rows = outpost.phone.store().outbox_page(&OutboxFilter::default(), None, 200);
    let rows = rows.expect("a readable outbox");
    let of = |state: RowState| -> BTreeSet<String> {
        let rows = rows.iter().filter(|row| row.state == state);
        rows.filter_map(|row| Some(row.payload.record_uid()?.to_string())).collect()
    };
    let found = (of(RowState::Rejected), of(RowState::Held));
    assert_eq!(found.0.len() + found.1.len(), rows.len(), "something else waits");
    found
}

fn all_ids(letters: &str, numbers: impl Iterator<Item = usize>) -> Vec<String> {
    let mut ids: Vec<_> = numbers.map(|number| id(letters, number)).collect();
    ids.sort();
    ids
}

/// The server holds these people with everything, once, and nothing else.
#[track_caller]
fn check_server(outpost: &mut Outpost, numbers: impl Iterator<Item = usize> + Clone) {
    let visits = numbers.clone().flat_map(|number| (0..VISITS).map(move |it| number * VISITS + it));
    assert_eq!(outpost.held("trackedEntities", "trackedEntity"), all_ids("Pe", numbers.clone()));
    assert_eq!(outpost.held("enrollments", "enrollment"), all_ids("En", numbers));
    assert_eq!(outpost.held("events", "event"), all_ids("Vi", visits));
}

/// Uploads good trees, then as many with a bad one among them.
#[track_caller]
fn check_one_bad(name: &str, spoil: fn(&mut Payload), refuse: fn(&Request) -> Option<Answer>) {
    let count = people();
    let bad = count + count * 3 / 5;
    let mut outpost = Outpost::new();
    let run = |outpost: &mut Outpost, records: &[Payload]| -> (Report, usize) {
        outpost.save(records);
        outpost.take_log();
        let report = outpost.sync_with(UPLOAD, refuse, |_| Moment::Lives).expect("a report");
        assert_eq!(report.stopped, None, "{:?}", report.notes);
        (report, outpost.take_log().len())
    };
    let (report, alone) = run(&mut outpost, &trees(0..count, None, spoil));
    assert_eq!((report.synced, report.rejected), ((count * RECORDS) as u64, 0));
    let (report, with_bad) = run(&mut outpost, &trees(count..2 * count, Some(bad), spoil));
    assert_eq!((report.synced, report.rejected), (((count - 1) * RECORDS) as u64, 1), "{name}");

    let most = (2.0 * (count as f64).log2()) as usize;
    println!(
        "{name}: {alone} requests without, {with_bad} with the bad person, allowed {most} more"
    );
    assert!(with_bad <= alone + most, "{name}: {alone} and {with_bad} requests");
    let (parked, held) = left(&outpost);
    assert_eq!(parked, [id("Pe", bad)].into());
    let visits = (0..VISITS).map(|visit| id("Vi", bad * VISITS + visit));
    assert_eq!(held, visits.chain([id("En", bad)]).collect());
    check_server(&mut outpost, (0..2 * count).filter(|number| *number != bad));

    // Put right, all of it goes.
    let found = outpost.phone.store().load_tracked_entity(uid(&id("Pe", bad)));
    let mut tracked_entity = found.expect("readable").expect("there");
    tracked_entity.attributes.insert(uid(NAME), "a good name".to_owned());
    tracked_entity.attributes.insert(uid(CARD), "a card of its own".to_owned());
    let (report, _) = run(&mut outpost, &[Payload::TrackedEntity { tracked_entity }]);
    assert_eq!((report.synced, report.rejected), (RECORDS as u64, 0), "{name}");
    check_server(&mut outpost, 0..2 * count);
}

fn without_name(record: &mut Payload) {
    if let Payload::TrackedEntity { tracked_entity } = record {
        tracked_entity.attributes.remove(&uid(NAME));
    }
}

fn with_card_of_another(record: &mut Payload) {
    if let Payload::TrackedEntity { tracked_entity } = record {
        tracked_entity.attributes.insert(uid(CARD), "card 1".to_owned());
    }
}

fn with_bad_name(record: &mut Payload) {
    if let Payload::TrackedEntity { tracked_entity } = record {
        tracked_entity.attributes.insert(uid(NAME), "UNREADABLE".to_owned());
    }
}

/// A server that refuses the whole request and does not say why.
fn refuses_whole(request: &Request) -> Option<Answer> {
    let body = String::from_utf8_lossy(request.json().unwrap_or_default()).into_owned();
    if request.method != Method::Post || !body.contains("UNREADABLE") {
        return None;
    }
    let body = br#"{"httpStatus":"Bad Request","httpStatusCode":400,"status":"ERROR",
        "message":"JSON parse error"}"#;
    Some(Answer {
        status: 400,
        content_type: Some("application/json".to_owned()),
        server_date_ms: None,
        retry_after_ms: None,
        location: None,
        bytes: body.len() as u64,
        body: body.to_vec(),
        elapsed_ms: 5,
    })
}

#[test]
fn one_person_without_a_name_holds_back_only_its_own_visits() {
    check_one_bad("people, a name is missing", without_name, |_| None);
}

#[test]
fn one_person_with_a_card_of_another_holds_back_only_its_own_visits() {
    check_one_bad("people, a card twice", with_card_of_another, |_| None);
}

#[test]
fn one_bad_person_is_found_when_the_server_refuses_the_whole_request() {
    check_one_bad("people, refused whole", with_bad_name, refuses_whole);
}

/// Pages of the first download that were asked for: what has changed since a list ended is another
/// question.
fn pages(log: &[(Method, String)]) -> usize {
    let is_page =
        |target: &str| target.starts_with("/api/tracker/") && !target.contains("updatedAfter");
    log.iter().filter(|(_, target)| is_page(target)).count()
}

#[test]
fn a_phone_killed_during_its_first_download_asks_for_one_page_again() {
    let count = people();
    let mut outpost = Outpost::new();
    outpost.save(&trees(0..count, None, |_| ()));
    outpost.sync(UPLOAD);

    outpost.another_phone();
    outpost.sync(Phases { upload: false, metadata: true, download: false });
    outpost.take_log();
    outpost.sync(DOWNLOAD);
    let whole = pages(&outpost.take_log());
    for (name, dies) in [("before", Moment::DiesBefore), ("behind", Moment::DiesBehind)] {
        outpost.another_phone();
        outpost.sync(Phases { upload: false, metadata: true, download: false });
        outpost.take_log();
        let mut deaths: usize = 0;
        loop {
            // Each process lives a page longer than the last: lists that have ended are asked for
            // news first.
            let mut left = deaths;
            let report = outpost.sync_with(
                DOWNLOAD,
                |_| None,
                |command| match command {
                    StoreCommand::ApplyDownload { .. } if left == 0 => dies,
                    StoreCommand::ApplyDownload { .. } => {
                        left -= 1;
                        Moment::Lives
                    }
                    _ => Moment::Lives,
                },
            );
            if report.is_some_and(|report| report.stopped.is_none()) {
                break;
            }
            deaths += 1;
            assert!(deaths < 10 * whole, "the download never ends");
        }
        let asked = pages(&outpost.take_log());
        println!("killed {name} a page: {whole} pages whole, {asked} in {deaths} deaths");
        assert!(deaths > 2, "nobody was killed");
        assert!(asked <= whole + deaths, "{asked} pages for {whole} in {deaths} deaths");
        assert_eq!(outpost.people_on_phone(), all_ids("Pe", 0..count));
    }
}
