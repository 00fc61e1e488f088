//! A phone full of people: the first page of a search, one person with fifty visits, the first page of
//! a list, beside a bare table of the same names under the same key that is read from end to end.

use std::collections::BTreeMap;
use std::path::Path;

use outpost_domain::data::{Event, EventDataValue, ServerEvent};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{DataElementUid, ProgramUid, TrackedEntityTypeUid, TrackedEntityUid};
use outpost_store::{DatabaseKey, OpenOptions, PeopleFilter, PeopleOrder, SearchQuery, Store};
use outpost_sync::ports::{DownloadPage, KindProgress, StoreCommand};
use outpost_wire::metadata::parse_page;
use outpost_wire::tracker::{
    parse_enrollments_page, parse_events_page, parse_tracked_entities_page,
};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::floor;
use super::measure::{Spent, by_turns, median, spent};
use super::people::{package, tree};
use super::world::uid;

/// People of a page of the download.
const PAGE: u64 = 500;
/// Rows of a screen.
const SHOWN: u32 = 50;
const VISITS: u64 = 50;
const ANSWERS: u64 = 10;
const ROUNDS: usize = 21;

/// Runs and prints it for so many people, each with an enrolment and a visit of ten answers.
///
/// # Panics
/// If the store refuses something; a benchmark has nobody to tell.
pub fn run(people: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = filled(&folder.path().join("phone.db"), people);
    let bare = bare(&folder.path().join("bare.db"), people);
    let open = uid("tracked entity", people / 2);
    println!("a phone with {people} people and {} values", people * ANSWERS);
    for text in ["ami", "sesay", "mara", "99", "zzz"] {
        let query = SearchQuery {
            tracked_entity_type: TrackedEntityTypeUid(uid("person", 0)),
            text: text.to_owned(),
            program: None,
            organisation_unit: None,
        };
        let ours = || spent(|| drop(store.search_people(&query, None, SHOWN).expect("read"))).0;
        print(&format!("search \"{text}\""), 5.0, ours, || scan(&bare, text));
    }
    let ours = || {
        let person = spent(|| store.load_person(TrackedEntityUid(open)).expect("read"));
        assert_eq!(person.1.expect("there").enrollments[0].events.len() as u64, VISITS + 1);
        person.0
    };
    print(&format!("open a person with {} visits", VISITS + 1), 10.0, ours, || scan(&bare, "zzz"));
    let mut filter = PeopleFilter::of(ProgramUid(uid("program", 0)));
    for (order, what) in [(filter.order, "by name"), (PeopleOrder::Latest, "latest first")] {
        filter.order = order;
        let ours = || {
            let page = spent(|| store.people_page(&filter, None, SHOWN).expect("read"));
            assert_eq!(page.1.0.len() as u32, SHOWN);
            page.0
        };
        print(&format!("list of {SHOWN} {what}"), 5.0, ours, || scan(&bare, "zzz"));
    }
}

fn print(what: &str, bar_ms: f64, ours: impl FnMut() -> Spent, floor: impl FnMut() -> Spent) {
    let turns = by_turns(ROUNDS, ours, floor);
    let middle = |side: usize| {
        median(turns.iter().map(|turn| turn[side].wall.as_secs_f64() * 1e3).collect())
    };
    let (ours, floor) = (middle(0), middle(1));
    println!(
        "{what:<32} {ours:>8.2} ms (bar {bar_ms} ms); all names read {floor:>8.2} ms, ratio {:.3}",
        ours / floor.max(1e-6)
    );
}

// ---------------------------------------------------------------- ours

fn filled(path: &Path, people: u64) -> Store {
    let key = DatabaseKey::new(floor::KEY);
    let store = Store::open(path, &key, OpenOptions::default()).expect("a new store").store;
    let command = |command| drop(store.command(command).expect("carried out"));
    command(StoreCommand::BeginPull { scope: "bench".into(), now_ms: 1 });
    let mut kind = package()["trackedEntityTypes"][0].take();
    kind["displayName"] = kind["name"].take();
    let body = json!({ "trackedEntityTypes": [kind] }).to_string();
    let kind = MetadataKind::TrackedEntityType;
    let objects = parse_page(kind, body.as_bytes()).expect("a page").objects;
    let progress = KindProgress { pages_done: 1, ..Default::default() };
    command(StoreCommand::StagePage { kind, objects, progress });
    command(StoreCommand::Swap { now_ms: 2 });
    for first in (0..people).step_by(PAGE as usize) {
        let page = page(first..(first + PAGE).min(people), people / 2);
        command(StoreCommand::ApplyDownload { page, now_ms: 3 });
    }
    store
}

/// The three lists as a server gives them; the visits are one a person, and fifty more of `open`.
fn page(numbers: std::ops::Range<u64>, open: u64) -> DownloadPage {
    let (mut entities, mut enrollments, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for number in numbers {
        let mut entity = tree(number);
        let mut enrollment = entity["enrollments"][0].take();
        let visit = enrollment["events"][0].take();
        entity.as_object_mut().expect("an object").remove("enrollments");
        enrollment.as_object_mut().expect("an object").remove("events");
        let more = if number == open { VISITS } else { 0 };
        events.extend((0..=more).map(|place| numbered(&visit, number, place)));
        entities.push(entity);
        enrollments.push(enrollment);
    }
    let list = |name: &str, records: Vec<Value>| json!({ name: records }).to_string().into_bytes();
    let entities = list("trackedEntities", entities);
    let enrollments = list("enrollments", enrollments);
    let events = list("events", events);
    let mut page = DownloadPage::default();
    page.tracker.tracked_entities = parse_tracked_entities_page(&entities).expect("people").items;
    page.tracker.enrollments = parse_enrollments_page(&enrollments).expect("enrolments").items;
    // A person's attributes are all of the type, so the enrolment has none.
    page.events = parse_events_page(&events).expect("events").events;
    page.events.iter_mut().for_each(answered);
    page
}

fn numbered(visit: &Value, person: u64, place: u64) -> Value {
    let mut visit = visit.clone();
    visit["event"] = uid("visit", person * (VISITS + 1) + place).to_string().into();
    visit
}

fn answered(one: &mut ServerEvent) {
    let Event { data_values, .. } = &mut one.event;
    *data_values = (0..ANSWERS)
        .map(|number| {
            let value = EventDataValue { value: number.to_string(), provided_elsewhere: false };
            (DataElementUid(uid("element", number)), value)
        })
        .collect::<BTreeMap<_, _>>();
}

// ---------------------------------------------------------------- the floor

fn bare(path: &Path, people: u64) -> Connection {
    let mut connection = floor::open(path, "NORMAL");
    connection.execute_batch("CREATE TABLE person (name TEXT, uid TEXT)").expect("a table");
    let transaction = connection.transaction().expect("a transaction");
    for number in 0..people {
        let person = tree(number);
        let words = person["attributes"].as_array().expect("a list").iter().take(2);
        let name: Vec<_> = words.filter_map(|one| one["value"].as_str()).collect();
        let row = params![name.join(" ").to_lowercase(), person["trackedEntity"].as_str()];
        transaction.execute("INSERT INTO person VALUES (?, ?)", row).expect("a row");
    }
    transaction.commit().expect("commit");
    connection
}

/// Everybody whose name holds the text, by name.
fn scan(connection: &Connection, text: &str) -> Spent {
    let sql = "SELECT name, uid FROM person WHERE name LIKE ? ORDER BY name LIMIT ?";
    let mut statement = connection.prepare_cached(sql).expect("a statement");
    let read = || {
        let rows = statement.query_map(params![format!("%{text}%"), SHOWN], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        });
        rows.expect("rows").count()
    };
    spent(read).0
}
