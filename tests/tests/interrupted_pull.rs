//! A pull that is killed goes on where it stopped, and one without changes costs next to nothing.
//!
//! `OUTPOST_PULL_UNITS=50000` takes a country instead of a region, `OUTPOST_PULL_PEOPLE=20000` more
//! people.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use outpost_sandbox::MetadataSource;
use outpost_tests::rig::device::{Device, ended};
use outpost_tests::rig::followed::{self, FOLLOW_UP};
use outpost_tests::rig::material::{self, Size};
use outpost_tests::rig::number;
use outpost_tests::rig::road::{Fate, Passage, Road};
use outpost_tests::rig::server::Server;
use serde_json::{Value, json};

/// Bytes that a pull without changes may cost, both directions, heads and bodies.
const NO_CHANGE_BYTES_MAX: usize = 50 * 1024;
/// Longest time that a started pull may take to come to the request at which it dies.
const PATIENCE: Duration = Duration::from_secs(120);

/// `(list, page)` of a request for a whole page of metadata.
fn page_of(passage: &Passage) -> Option<(String, u32)> {
    let (path, query) = passage.target.split_once('?')?;
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
    let page = parameter("page=")?.parse().ok()?;
    Some((path.trim_start_matches("/api/").to_owned(), page))
}

/// A page of the first download of people; what has changed since a list ended is another question.
fn is_people_page(target: &str) -> bool {
    target.starts_with("/api/tracker/")
        && target.contains(FOLLOW_UP)
        && target.contains("&page=")
        && !target.contains("updatedAfter")
}

/// When a pull dies: `delay_ms` after its request number `nth` for a page arrived. A request that
/// hangs is one whose answer never comes back.
#[derive(Debug, Clone, Copy)]
struct Death {
    nth: usize,
    fate: Fate,
    delay_ms: u64,
}

/// Starts a pull and kills it; says whether it came that far.
fn killed_pull(device: &Device, road: &Road, is_page: fn(&str) -> bool, death: Death) -> bool {
    let Death { nth, fate, delay_ms } = death;
    let is_there = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_there);
    let mut pages = 0;
    road.rule(move |_, request| {
        let target = request.start().get(1).cloned().unwrap_or_default();
        if !is_page(&target) {
            return Fate::Pass;
        }
        pages += 1;
        if pages <= nth {
            return Fate::Pass;
        }
        flag.store(true, Ordering::SeqCst);
        fate
    });
    let mut child = device.spawn(&["pull"]);
    let begin = Instant::now();
    while !is_there.load(Ordering::SeqCst) && begin.elapsed() < PATIENCE {
        if child.try_wait().expect("a child").is_some() {
            road.heal();
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(delay_ms));
    // It may have ended in the same moment.
    child.kill().ok();
    let ran = ended(child);
    road.heal();
    ran.code == -1
}

fn pages(log: &[Passage]) -> Vec<(String, u32)> {
    log.iter().filter_map(page_of).collect()
}

#[test]
fn a_killed_pull_goes_on_where_it_stopped() {
    let units = usize::try_from(number("OUTPOST_PULL_UNITS", 20_000)).expect("a number");
    let size = Size { clinics: units, assigned: 300, elements: 1_200, remark: false };
    let server = Server::with(MetadataSource::Json(material::package(size)), "2.42.4");
    let road = Road::to(server.url());
    let device = Device::new();
    device.login(&road.url());
    drop(road.take_log());

    let mut fetched: BTreeSet<(String, u32)> = BTreeSet::new();
    let mut deaths = 0;
    // Deaths while an answer is awaited, and some milliseconds into taking it in.
    let kills = [(1, Fate::Hang, 0), (6, Fate::Pass, 5), (9, Fate::Pass, 60), (4, Fate::Hang, 0)];
    for (nth, fate, delay_ms) in kills {
        let death = Death { nth, fate, delay_ms };
        let died = killed_pull(&device, &road, |target| target.contains("&page="), death);
        deaths += usize::from(died);
        take(&mut fetched, &pages(&road.take_log()));
    }
    assert_eq!(deaths, kills.len(), "every pull was killed before its end");
    let report = device.json(&["pull"]);
    assert_eq!(report["stopped"], Value::Null, "{report}");
    take(&mut fetched, &pages(&road.take_log()));
    assert_eq!(report["counts"]["organisationUnits"], units + 1, "the district and below");
    assert_eq!(report["counts"]["dataElements"], 1_202);
    device.verify_journal();

    let report = device.json(&["pull"]);
    let log = road.take_log();
    let bytes: usize = log.iter().map(|passage| passage.bytes).sum();
    println!(
        "no change: {} requests, {bytes} bytes (the report says {})",
        log.len(),
        report["bytes"]
    );
    assert_eq!((&report["metadata_changed"], &report["metadata_removed"]), (&0.into(), &0.into()));
    assert!(bytes <= NO_CHANGE_BYTES_MAX, "{bytes} bytes without a change");
    assert_eq!(report["counts"]["organisationUnits"], units + 1);
}

/// Adds the pages of one run; of those fetched before, at most one of each list may be among them.
#[track_caller]
fn take(fetched: &mut BTreeSet<(String, u32)>, run: &[(String, u32)]) {
    let mut again: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (list, page) in run {
        if fetched.contains(&(list.clone(), *page)) {
            again.entry(list).or_default().push(*page);
        }
    }
    println!("a run of {} pages, fetched again: {again:?}", run.len());
    assert!(again.values().all(|pages| pages.len() <= 1), "fetched again: {again:?}");
    fetched.extend(run.iter().cloned());
}

/// The records of a list that a page is about: pages grow on a fast link, so their numbers say
/// nothing.
fn records_of(passage: &Passage) -> (String, Range<u32>) {
    let (path, query) = passage.target.split_once('?').expect("a query");
    let parameter = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name));
        value.and_then(|value| value.parse::<u32>().ok()).expect("a number")
    };
    let (page, size) = (parameter("page="), parameter("pageSize="));
    (path.to_owned(), (page - 1) * size..page * size)
}

/// The records of each list that were asked for, page by page.
type Asked = BTreeMap<String, Vec<Range<u32>>>;

/// Adds the pages of one run: it goes on where the last one was, or at the begin of the page that was
/// being stored when that died. The one after it may have come by then.
#[track_caller]
fn asked_once_but_for_two_pages(
    asked: &mut Asked,
    run: impl Iterator<Item = (String, Range<u32>)>,
) {
    let mut lists = BTreeSet::new();
    for (list, page) in run {
        println!("{list}: {page:?}");
        let before = asked.entry(list.clone()).or_default();
        let least = match lists.insert(list.clone()) {
            true => before.iter().rev().nth(1).or(before.last()).map(|last| last.start),
            false => before.last().map(|last| last.end),
        };
        assert!(least.is_none_or(|least| page.start >= least), "{list}: {page:?} after {before:?}");
        before.push(page);
    }
}

#[test]
fn a_killed_first_download_of_people_asks_for_two_pages_again_at_most() {
    let people = usize::try_from(number("OUTPOST_PULL_PEOPLE", 1_200)).expect("a number");
    let size = Size { clinics: 3, assigned: 3, elements: 2, remark: false };
    let server = Server::with(MetadataSource::Json(followed::package(size)), "2.42.4");
    let day = material::past_day(2);
    for part in (0..people).collect::<Vec<_>>().chunks(300) {
        let trees: Value = part
            .iter()
            .map(|number| followed::imported(*number, &material::clinic(number % 3), &day))
            .collect();
        let body = json!({"trackedEntities": trees});
        let (status, answer) = server.admin("POST", "/api/tracker?async=false", &body);
        assert_eq!((status, &answer["status"]), (200, &json!("OK")), "{answer}");
    }
    let road = Road::to(server.url());
    let device = Device::new();
    device.login(&road.url());
    let report = device.json(&["pull", "--metadata-only"]);
    assert_eq!(report["stopped"], Value::Null, "{report}");
    drop(road.take_log());

    let mut asked = BTreeMap::new();
    let mut run_of = |road: &Road| {
        let log = road.take_log();
        let run = log.iter().filter(|passage| is_people_page(&passage.target)).map(records_of);
        asked_once_but_for_two_pages(&mut asked, run)
    };
    // Before the first page is there, while pages are taken in, and late.
    let (hang, pass) = (Fate::Hang, Fate::Pass);
    let deaths = [(0, hang, 0), (1, pass, 3), (1, hang, 0), (1, pass, 40), (2, pass, 15)];
    for (nth, fate, delay_ms) in deaths {
        let died = killed_pull(&device, &road, is_people_page, Death { nth, fate, delay_ms });
        assert!(died, "it was killed before its end");
        run_of(&road);
    }
    let report = device.json(&["pull"]);
    assert_eq!(report["stopped"], Value::Null, "{report}");
    run_of(&road);
    assert_eq!(asked.len(), 3, "three lists: {asked:?}");
    let is_whole = |list: &Vec<Range<u32>>| list.iter().any(|page| page.end as usize >= people);
    assert!(asked.values().all(is_whole), "whole lists: {asked:?}");

    let limit = (2 * people).to_string();
    let listed = device.json(&["person", "list", "--program", FOLLOW_UP, "--limit", &limit]);
    let listed = listed["people"].as_array().expect("people");
    let ids: BTreeSet<_> = listed.iter().filter_map(|it| it["uid"].as_str()).collect();
    let all: Vec<_> = (0..people).map(|number| format!("Te{number:09}")).collect();
    assert_eq!(ids, all.iter().map(String::as_str).collect(), "everybody, once");
    assert_eq!(listed.len(), people);
    device.verify_journal();
}
