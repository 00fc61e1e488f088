//! Metadata pulls and downloads against a small server: what travels, what is resumed, what is
//! found.

mod common;

use common::server::FakeServer;
use common::{Fault, NOW_MS, World, no_fault};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::period::Period;
use outpost_domain::uid::{DataSetUid, OrganisationUnitUid, ProgramUid, Uid};
use outpost_sync::machine::{Account, Phases, RunLimits, RunOptions};
use outpost_sync::ports::{DataSetScope, LockScope, ProgramScope, Report, Stop};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const OPTIONS_PAGE: &str = "Get /api/options?";

fn metadata_only() -> RunOptions {
    RunOptions {
        phases: Phases { upload: false, metadata: true, download: false },
        limits: RunLimits { metadata_page_size: Some(10), ..RunLimits::default() },
        ..RunOptions::default()
    }
}

fn download_only() -> RunOptions {
    RunOptions {
        phases: Phases { upload: false, metadata: false, download: true },
        ..RunOptions::default()
    }
}

/// Objects that were changed an hour apart.
fn objects(prefix: &str, count: usize) -> Vec<(String, String)> {
    let time =
        |number: usize| format!("2026-01-{:02}T{:02}:00:00.000", 1 + number / 24, number % 24);
    (0..count).map(|number| (format!("{prefix}{number:03}"), time(number))).collect()
}

fn fill(server: &mut FakeServer, count: usize) {
    server.metadata.insert("options".to_owned(), objects("opOption", count));
}

/// A world whose options are pulled already.
fn pulled(count: usize) -> World {
    let mut world = World::new();
    fill(&mut world.server, count);
    check_end(&world.run(metadata_only(), no_fault));
    world.log.clear();
    world
}

#[track_caller]
fn check_end(report: &Report) {
    assert_eq!(report.stopped, None, "{report:?}");
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[track_caller]
fn check_options(world: &World) {
    let stored: Vec<_> =
        world.store.kinds[&MetadataKind::Option].keys().map(ToString::to_string).collect();
    let mut listed: Vec<_> =
        world.server.metadata["options"].iter().map(|(id, _)| id.clone()).collect();
    listed.sort();
    assert_eq!(stored, listed);
}

#[test]
fn a_first_pull_reads_every_page_once() {
    let world = pulled(95);
    check_options(&world);
    assert_eq!(world.store.swaps, 1);
}

#[test]
fn a_first_pull_of_29_kinds_asks_one_page_of_each_empty_one() {
    let mut world = World::new();
    fill(&mut world.server, 95);
    world.run(metadata_only(), no_fault);
    assert_eq!(world.count(OPTIONS_PAGE), 10);
    assert_eq!(world.count("Get /api/"), 2 + 28 + 10);
}

#[test]
fn organisation_units_are_asked_within_the_users_hierarchy() {
    let mut world = World::new();
    world.run(metadata_only(), no_fault);
    let units = world.log.iter().filter(|line| line.contains("/api/organisationUnits?"));
    let units: Vec<_> = units.collect();
    assert!(
        !units.is_empty() && units.iter().all(|line| line.contains("withinUserHierarchy=true"))
    );
}

/// Every kind has objects here, as on a real server.
#[test]
fn a_pull_without_change_stays_below_fifty_kilobytes() {
    let mut world = World::new();
    for kind in MetadataKind::ALL {
        world.server.metadata.insert(kind.collection().to_owned(), objects("xxObject", 30));
    }
    check_end(&world.run(metadata_only(), no_fault));
    world.server.bytes = 0;
    let report = world.run(metadata_only(), no_fault);
    check_end(&report);
    assert_eq!((report.metadata_changed, report.requests), (0, 31));
    // Beside what the small server counts, a request takes about 300 bytes of headers.
    let bytes = world.server.bytes + 31 * 300;
    assert!(bytes <= 50_000, "{bytes}");
}

#[test]
fn what_changed_travels_alone() {
    let mut world = pulled(95);
    world.server.metadata.get_mut("options").expect("them")[40].1 =
        "2026-05-05T00:00:00.000".to_owned();
    let report = world.run(metadata_only(), no_fault);
    check_end(&report);
    // The changed one, and the newest one known, which lies in the overlap of a minute.
    assert_eq!(report.metadata_changed, 2);
    assert_eq!(world.count(OPTIONS_PAGE), 2, "{:#?}", world.log);
}

#[test]
fn a_new_object_is_counted_and_needs_no_id_list() {
    let mut world = pulled(95);
    let new = ("opOptionNew".to_owned(), "2026-05-05T00:00:00.000".to_owned());
    world.server.metadata.get_mut("options").expect("them").push(new);
    check_end(&world.run(metadata_only(), no_fault));
    check_options(&world);
    assert!(
        !world
            .log
            .iter()
            .any(|line| line.contains("/api/options") && line.contains("paging=false"))
    );
}

/// A long transaction ends after a later and shorter one was seen.
#[test]
fn an_object_that_was_committed_late_with_an_older_time_is_found() {
    let mut world = pulled(95);
    assert_eq!(world.server.metadata["options"][94].1, "2026-01-04T22:00:00.000");
    let late = "2026-01-04T21:58:00.000";
    world.server.metadata.get_mut("options").expect("them")[40].1 = late.to_owned();
    let report = world.run(metadata_only(), no_fault);
    check_end(&report);
    let stored = &world.store.kinds[&MetadataKind::Option];
    assert!(stored.values().any(|time| time.as_deref() == Some(late)), "{stored:?}");
    world.log.clear();
    world.run(metadata_only(), no_fault);
    assert_eq!(world.count(OPTIONS_PAGE), 1, "asked once more and then at rest");
}

#[test]
fn a_deleted_object_is_found_by_the_total() {
    let mut world = pulled(95);
    world.server.metadata.get_mut("options").expect("them").remove(17);
    let report = world.run(metadata_only(), no_fault);
    check_end(&report);
    assert_eq!(report.metadata_removed, 1);
    check_options(&world);
}

/// Access won through a group does not touch an object (capture m082).
#[test]
fn a_regained_object_with_an_old_time_is_found_by_the_total() {
    let mut world = pulled(95);
    let old = ("opOptionOld".to_owned(), "2020-01-01T00:00:00.000".to_owned());
    world.server.metadata.get_mut("options").expect("them").push(old);
    check_end(&world.run(metadata_only(), no_fault));
    check_options(&world);
}

#[test]
fn large_objects_are_fetched_by_id_a_page_at_a_time() {
    let mut world = World::new();
    world.server.metadata.insert("dataSets".to_owned(), objects("dsFormss", 5));
    check_end(&world.run(metadata_only(), no_fault));
    world.log.clear();
    let regained = (0..45)
        .map(|number| (format!("dsOldFrm{number:03}"), "2020-01-01T00:00:00.000".to_owned()));
    world.server.metadata.get_mut("dataSets").expect("them").extend(regained);
    check_end(&world.run(metadata_only(), no_fault));
    let by_id = world.log.iter().filter(|line| line.contains("/api/dataSets?"));
    let by_id: Vec<_> = by_id.filter(|line| line.contains("filter=id:in:")).collect();
    assert_eq!(by_id.len(), 3, "{by_id:#?}");
    assert_eq!(world.store.kinds[&MetadataKind::DataSet].len(), 50);
}

#[test]
fn a_swap_of_two_objects_is_found_within_a_week() {
    let mut world = pulled(95);
    let list = world.server.metadata.get_mut("options").expect("them");
    list[3] = ("opOptionOld".to_owned(), "2020-01-01T00:00:00.000".to_owned());
    world.run(metadata_only(), no_fault);
    world.now_ms += 7 * DAY_MS;
    check_end(&world.run(metadata_only(), no_fault));
    check_options(&world);
}

#[test]
fn a_pull_cut_at_any_request_goes_on_and_fetches_at_most_one_page_twice() {
    let whole = {
        let mut world = World::new();
        fill(&mut world.server, 95);
        world.run(metadata_only(), no_fault);
        world.count(OPTIONS_PAGE)
    };
    for cut in 3..45 {
        let mut world = World::new();
        fill(&mut world.server, 95);
        let report = world.run(metadata_only(), |request| match request {
            request if request >= cut => Fault::LostAfter,
            _ => Fault::None,
        });
        assert_eq!(report.stopped.is_some(), cut <= 40, "{cut}");
        let asked: std::collections::BTreeSet<_> =
            world.log.iter().filter(|line| line.starts_with(OPTIONS_PAGE)).cloned().collect();
        world.log.clear();
        check_end(&world.run(metadata_only(), no_fault));
        check_options(&world);
        if report.stopped.is_some() {
            assert!(asked.len() + world.count(OPTIONS_PAGE) <= whole + 1, "cut at {cut}");
        }
    }
}

#[test]
fn a_list_that_grows_between_two_pages_is_read_again() {
    let mut world = World::new();
    fill(&mut world.server, 25);
    world.run(metadata_only(), |request| match request {
        request if request >= 12 => Fault::LostAfter,
        _ => Fault::None,
    });
    let first = ("aaOption001".to_owned(), "2026-01-01T00:00:00.500".to_owned());
    world.server.metadata.get_mut("options").expect("them").insert(0, first);
    check_end(&world.run(metadata_only(), no_fault));
    check_options(&world);
}

#[test]
fn a_kind_that_is_refused_is_noted_and_stays_on_the_device() {
    for status in [403, 404, 409, 500] {
        let mut world = pulled(95);
        let body = format!(r#"{{"httpStatusCode":{status},"status":"ERROR","errorCode":"E1006"}}"#);
        world.server.overrides.push(("/api/options?".to_owned(), status, body));
        let report = world.run(metadata_only(), no_fault);
        assert_eq!(report.stopped, None);
        assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
        assert!(report.notes[0].starts_with("options: passed over"));
        check_options(&world);
    }
}

#[test]
fn another_language_makes_every_name_new() {
    let mut world = pulled(95);
    let account = Account { names_locale: Some("fr".to_owned()), ..Account::default() };
    let report = world.run(RunOptions { account, ..metadata_only() }, no_fault);
    check_end(&report);
    assert_eq!(report.metadata_changed, 95);
    check_options(&world);
}

// ---------------------------------------------------------------- download

fn with_data_set(periods: &[&str]) -> World {
    let mut world = World::new();
    world.store.roots = vec![OrganisationUnitUid::parse("ouClinicA01").expect("a uid")];
    let program = ProgramUid::parse("prEventMal1").expect("a uid");
    world.store.programs = vec![ProgramScope { program, content: "old".to_owned() }];
    set_periods(&mut world, periods);
    world
}

fn set_periods(world: &mut World, periods: &[&str]) {
    let periods = periods.iter().map(|text| Period::parse(text).expect("a period")).collect();
    let data_set = DataSetUid::parse("dsMalaria01").expect("a uid");
    let content = "old".to_owned();
    world.store.data_sets = vec![DataSetScope { data_set, periods, content }];
}

fn lines(world: &World, begin: &str) -> Vec<String> {
    world.log.iter().filter(|line| line.starts_with(begin)).cloned().collect()
}

#[test]
fn a_first_download_asks_for_everything_and_the_next_for_what_changed() {
    let mut world = with_data_set(&["202610", "202611"]);
    assert_eq!(world.run(download_only(), no_fault).stopped, None);
    let first = lines(&world, "Get /api/dataValueSets");
    assert_eq!(first.len(), 1);
    assert!(!first[0].contains("lastUpdated") && first[0].contains("children=true"), "{first:?}");
    world.log.clear();
    assert_eq!(world.run(download_only(), no_fault).stopped, None);
    let second = lines(&world, "Get /api/dataValueSets");
    // The server's clock said 10:24:55 UTC and its local time is three hours ahead; five minutes
    // less.
    assert_eq!(second.len(), 1);
    assert!(second[0].contains("lastUpdated=2026-11-22T13:19:55.000"), "{second:?}");
    let events = lines(&world, "Get /api/tracker/events");
    assert!(events[0].contains("updatedAfter=2026-11-22T13:19:55.000"), "{events:?}");
    assert!(events[0].contains("orgUnitMode=DESCENDANTS"));
}

#[test]
fn a_new_period_of_the_window_is_read_whole() {
    let mut world = with_data_set(&["202609", "202610"]);
    world.run(download_only(), no_fault);
    world.log.clear();
    set_periods(&mut world, &["202610", "202611"]);
    world.run(download_only(), no_fault);
    let asked = lines(&world, "Get /api/dataValueSets");
    assert_eq!(asked.len(), 2);
    assert!(asked[0].contains("period=202611") && !asked[0].contains("lastUpdated"), "{asked:?}");
    assert!(asked[1].contains("period=202610") && asked[1].contains("lastUpdated"), "{asked:?}");
    assert!(!asked[1].contains("period=202611"));
}

#[test]
fn what_has_become_visible_is_read_whole() {
    let mut world = with_data_set(&["202610"]);
    world.run(download_only(), no_fault);
    world.log.clear();
    world.store.data_sets[0].content = "one element more".to_owned();
    world.store.programs[0].content = "one stage more".to_owned();
    world.run(download_only(), no_fault);
    for asked in ["Get /api/dataValueSets", "Get /api/tracker/events"] {
        let asked = lines(&world, asked);
        assert_eq!(asked.len(), 1);
        assert!(!asked[0].contains("lastUpdated") && !asked[0].contains("After"), "{asked:?}");
    }
    world.log.clear();
    world.run(download_only(), no_fault);
    assert!(lines(&world, "Get /api/dataValueSets")[0].contains("lastUpdated="));
}

#[test]
fn a_list_of_completions_says_of_what_it_is_the_whole() {
    let mut world = with_data_set(&["202609", "202610"]);
    world.run(download_only(), no_fault);
    let whole: Vec<_> =
        world.store.pages.iter().filter_map(|page| page.all_completions_of.clone()).collect();
    assert_eq!(whole.len(), 1);
    assert_eq!((whole[0].periods.len(), &whole[0].roots), (2, &world.store.roots));
    // One registration that is not understood, and the list proves nothing about the others.
    let body = r#"{"completeDataSetRegistrations":[{"dataSet":"dsMalaria01","period":"never"}]}"#;
    let target = "/api/completeDataSetRegistrations".to_owned();
    world.server.overrides.push((target, 200, body.to_owned()));
    world.store.pages.clear();
    let report = world.run(download_only(), no_fault);
    assert_eq!((report.stopped, report.notes.len()), (None, 1));
    assert!(world.store.pages.iter().all(|page| page.all_completions_of.is_none()));
}

#[test]
fn an_interrupted_download_goes_on_at_the_next_chunk() {
    let periods: Vec<String> = (1..=12).map(|month| format!("2026{month:02}")).collect();
    let periods: Vec<&str> = periods.iter().map(String::as_str).collect();
    let mut world = with_data_set(&periods);
    let report = world.run(download_only(), |request| match request {
        // 1 server, 2 user, 3 the first six months.
        1..=3 => Fault::None,
        _ => Fault::LostBefore,
    });
    assert!(matches!(report.stopped, Some(Stop::Offline { .. })));
    world.log.clear();
    assert_eq!(world.run(download_only(), no_fault).stopped, None);
    let asked = lines(&world, "Get /api/dataValueSets");
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("period=202607") && !asked[0].contains("period=202606"));
}

#[test]
fn a_page_that_cannot_be_stored_while_the_next_comes_ends_the_run_and_is_asked_for_again() {
    let periods: Vec<String> = (1..=12).map(|month| format!("2026{month:02}")).collect();
    let periods: Vec<&str> = periods.iter().map(String::as_str).collect();
    let whole = {
        let mut world = with_data_set(&periods);
        assert_eq!(world.run(download_only(), no_fault).stopped, None);
        world
    };
    let pages = whole.store.pages.len();
    assert!(pages >= 3, "{pages}");
    for stored in 0..pages {
        let mut world = with_data_set(&periods);
        world.pages_until_full = Some(u32::try_from(stored).expect("few"));
        let report = world.run(download_only(), no_fault);
        assert_eq!(report.stopped, Some(Stop::Store { reason: "no space left".to_owned() }));
        assert_eq!(world.store.pages, whole.store.pages[..stored], "in order, none beyond");
        world.pages_until_full = None;
        assert_eq!(world.run(download_only(), no_fault).stopped, None);
        assert!(world.store.pages.len() >= pages, "what was not stored came again");
        let ended = |world: &World| {
            let cursors = world.store.cursors.iter();
            cursors.map(|one| (one.subject, one.watermark_ms.is_some())).collect::<Vec<_>>()
        };
        assert_eq!(ended(&world), ended(&whole));
        assert!(ended(&world).iter().all(|(_, is_over)| *is_over));
    }
}

#[test]
fn a_refusal_or_an_empty_body_never_moves_the_watermark() {
    for (status, body) in [(200, ""), (409, r#"{"httpStatusCode":409,"errorCode":"E2001"}"#)] {
        let mut world = with_data_set(&["202610"]);
        world.server.overrides.push(("/api/dataValueSets".to_owned(), status, body.to_owned()));
        let report = world.run(download_only(), no_fault);
        assert_eq!((report.stopped, report.notes.len()), (None, 1));
        let marks = world.store.cursors.iter().filter(|cursor| cursor.watermark_ms.is_some());
        assert_eq!(marks.count(), 1, "only the program's");
    }
}

#[test]
fn the_watermark_is_the_servers_time_whatever_the_device_thinks() {
    let mut world = with_data_set(&["202610"]);
    world.now_ms = NOW_MS + 400 * DAY_MS;
    world.run(download_only(), no_fault);
    let marks: Vec<_> = world.store.cursors.iter().map(|cursor| cursor.watermark_ms).collect();
    assert_eq!(marks, [Some(NOW_MS / 1_000 * 1_000); 2]);
    let skew_ms: i64 = world.store.facts["skewMs"].parse().expect("a number");
    assert!((skew_ms + 400 * DAY_MS).abs() <= 1_000, "{skew_ms}");
}

// ---------------------------------------------------------------- locks

fn with_locks(expires: bool, workflow: Option<&str>) -> World {
    let mut world = with_data_set(&["202609", "202610"]);
    let DataSetScope { data_set, periods, .. } = world.store.data_sets[0].clone();
    let workflow = workflow.map(|id| Uid::parse(id).expect("a uid"));
    let organisation_units = world.store.roots.clone();
    world.store.locks =
        vec![LockScope { data_set, expires, workflow, periods, organisation_units }];
    world
}

fn answer_with(world: &mut World, begin: &str, status: u16, body: &str) {
    world.server.overrides.push((begin.to_owned(), status, body.to_owned()));
}

const EXCEPTIONS: &str = "/api/dataEntry/lockExceptions";
const APPROVALS: &str = "/api/dataApprovals/approvals";
/// Capture a002g.
const ONE_EXCEPTION: &str = r#"{"lockExceptions":[
    {"period":"202609","orgUnit":"ouClinicA01","dataSet":"dsMalaria01"}]}"#;
/// After captures a021i and a027p.
const ONE_APPROVED: &str = r#"[
    {"wf":"wfTwoLevel1","pe":"202610","ou":"ouClinicA01","aoc":"HllvX50cXC0",
     "state":"UNAPPROVED_READY","permissions":{"mayApprove":true}},
    {"wf":"wfTwoLevel1","pe":"202609","ou":"ouClinicA01","aoc":"HllvX50cXC0",
     "state":"APPROVED_HERE","level":"dalFacility","permissions":{"mayApprove":true}}]"#;

#[test]
fn lock_exceptions_and_approvals_are_asked_for_where_there_are_any() {
    let mut world = with_locks(false, None);
    world.run(download_only(), no_fault);
    assert_eq!(world.count("Get /api/dataEntry") + world.count("Get /api/dataApprovals"), 0);
    let mut world = with_locks(true, Some("wfTwoLevel1"));
    answer_with(&mut world, EXCEPTIONS, 200, ONE_EXCEPTION);
    answer_with(&mut world, APPROVALS, 200, ONE_APPROVED);
    check_end(&world.run(download_only(), no_fault));
    let asked = lines(&world, "Get /api/dataApprovals");
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].contains("approvals?wf=wfTwoLevel1&pe=202609&pe=202610&ou=ouClinicA01"),
        "{asked:?}"
    );
    let slice = r#"["dsMalaria01/202609/ouClinicA01"]"#;
    assert_eq!(world.store.facts["lockExceptions"], slice);
    assert_eq!(world.store.facts["approvedSlices"], slice);
    // The data set neither expires any more nor has a workflow.
    world.store.locks.clear();
    check_end(&world.run(download_only(), no_fault));
    assert_eq!(world.store.facts["lockExceptions"], "[]");
    assert_eq!(world.store.facts["approvedSlices"], "[]");
}

#[test]
fn a_refusal_of_locks_leaves_what_was_known() {
    for (status, notes) in [(403, 2), (404, 0), (500, 2)] {
        let mut world = with_locks(true, Some("wfTwoLevel1"));
        for name in ["lockExceptions", "approvedSlices"] {
            world.store.facts.insert(name.to_owned(), "known".to_owned());
        }
        let body = format!(r#"{{"httpStatusCode":{status},"status":"ERROR"}}"#);
        answer_with(&mut world, EXCEPTIONS, status, &body);
        answer_with(&mut world, APPROVALS, status, &body);
        let report = world.run(download_only(), no_fault);
        assert_eq!((report.stopped, report.notes.len()), (None, notes), "{:?}", report.notes);
        assert_eq!(world.store.facts["lockExceptions"], "known");
        assert_eq!(world.store.facts["approvedSlices"], "known");
    }
}
