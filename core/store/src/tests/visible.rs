//! What a download must notice besides changes: what has become visible, what was taken away.

use outpost_domain::data::{Completion, ServerCompletion};
use outpost_domain::metadata::MetadataKind;
use outpost_sync::ports::{DownloadCursor, DownloadPage, WholeList, facts};
use outpost_wire::metadata::MetadataObject;

use super::metadata::{object, unit};
use super::*;

const ELEMENT: MetadataKind = MetadataKind::DataElement;

fn with_body(letter: char, number: usize, members: &str) -> MetadataObject {
    let id = uid(letter, number);
    let body = format!(r#"{{"id":"{id}","displayName":"X",{members}}}"#);
    MetadataObject {
        organisation_units: Some(vec![OrganisationUnitUid(uid('u', 0))]),
        body,
        ..object(letter, number, "X")
    }
}

fn placed(number: usize, path: &str) -> MetadataObject {
    let body = format!(r#"{{"id":"{}","path":"{path}"}}"#, uid('u', number));
    MetadataObject { body, path: Some(path.into()), ..unit(number, None, "Unit") }
}

/// A world with a data set of two elements that is split by two options, and an event program with
/// one stage; the user works at unit 0.
fn world() -> World {
    let world = World::new();
    world.begin("scope");
    world.stage(MetadataKind::OrganisationUnit, vec![placed(0, "/u0000000000")]);
    let access = r#""access":{"data":{"read":true,"write":true}}"#;
    let (combo, category) = (uid('c', 1), uid('k', 1));
    let data_set = format!(
        r#""periodType":"Monthly","categoryCombo":{{"id":"{combo}"}},{access},
           "dataSetElements":[{{"dataElement":{{"id":"{}"}}}},{{"dataElement":{{"id":"{}"}}}}]"#,
        uid('e', 1),
        uid('e', 2),
    );
    world.stage(MetadataKind::DataSet, vec![with_body('d', 0, &data_set)]);
    let categories = format!(r#""categories":[{{"id":"{category}"}}]"#);
    world.stage(MetadataKind::CategoryCombo, vec![with_body('c', 1, &categories)]);
    let options =
        format!(r#""categoryOptions":[{{"id":"{}"}},{{"id":"{}"}}]"#, uid('o', 1), uid('o', 2));
    world.stage(MetadataKind::Category, vec![with_body('k', 1, &options)]);
    world.stage(MetadataKind::CategoryOption, vec![with_body('o', 1, access)]);
    world.stage(ELEMENT, vec![object('e', 1, "One")]);
    let program = format!(
        r#""programType":"WITHOUT_REGISTRATION",{access},"programStages":[{{"id":"{}"}}]"#,
        uid('t', 1)
    );
    world.stage(MetadataKind::Program, vec![with_body('p', 1, &program)]);
    world.swap();
    let unit = uid('u', 0);
    let me = format!(r#"{{"id":"{}","organisationUnits":[{{"id":"{unit}"}}]}}"#, uid('m', 0));
    world.store.save_fact(facts::ME, &me).expect("saved");
    world
}

/// Fingerprints of what is seen through the data set and through the program.
fn contents(world: &World) -> (String, String) {
    let today = jiff::civil::date(2026, 11, 20);
    let plan = world.store.command(StoreCommand::LoadDownloadPlan { today }).expect("a plan");
    let StoreReply::DownloadPlan { data_sets, programs, .. } = plan else { panic!() };
    (data_sets[0].content.clone(), programs[0].content.clone())
}

/// Whether pulling `object` shows more through the data set, and through the program.
#[track_caller]
fn check_content(kind: MetadataKind, object: MetadataObject, changes: (bool, bool)) {
    let world = world();
    let before = contents(&world);
    world.pull(kind, vec![object]);
    let after = contents(&world);
    assert_eq!((before.0 != after.0, before.1 != after.1), changes);
}

#[test]
fn what_becomes_visible_through_a_form_changes_its_fingerprint() {
    let access = r#""access":{"data":{"read":true,"write":false}}"#;
    let hidden = r#""access":{"data":{"read":false,"write":false}}"#;
    check_content(ELEMENT, object('e', 2, "Two"), (true, false));
    check_content(ELEMENT, object('e', 9, "Of no form"), (false, false));
    check_content(ELEMENT, object('e', 1, "Renamed"), (false, false));
    check_content(MetadataKind::CategoryOption, with_body('o', 2, access), (true, false));
    check_content(MetadataKind::CategoryOption, with_body('o', 2, hidden), (false, false));
    check_content(MetadataKind::CategoryOption, with_body('o', 1, access), (false, false));
    let stage = |access: &str| {
        with_body('t', 1, &format!(r#""program":{{"id":"{}"}},{access}"#, uid('p', 1)))
    };
    check_content(MetadataKind::ProgramStage, stage(access), (false, true));
    check_content(MetadataKind::ProgramStage, stage(hidden), (false, false));
}

#[test]
fn the_newest_objects_are_compared_by_their_time() {
    let world = World::new();
    let timed = |number, time: &str| {
        with_body('e', number, &format!(r#""lastUpdated":"2026-01-{time}T00:00:00.000""#))
    };
    world.pull(ELEMENT, vec![timed(1, "01"), timed(2, "02")]);
    let ask = |newest: &[(usize, &str)]| {
        let time = |time: &str| format!("2026-01-{time}T00:00:00.000");
        let newest = newest.iter().map(|(number, day)| (uid('e', *number), time(day))).collect();
        let command = StoreCommand::CompareNewest { kind: ELEMENT, newest };
        world.store.command(command).expect("compared")
    };
    assert_eq!(ask(&[]), StoreReply::AreHeld(true));
    assert_eq!(ask(&[(2, "02"), (1, "01")]), StoreReply::AreHeld(true));
    assert_eq!(ask(&[(2, "02"), (1, "02")]), StoreReply::AreHeld(false));
    // What is not stored is a matter of totals and id lists.
    assert_eq!(ask(&[(2, "02"), (3, "02")]), StoreReply::AreHeld(true));
}

/// Data sets with expiry or workflow: (expires, has a workflow, places).
fn lock_plan(world: &World) -> Vec<(bool, bool, usize)> {
    let today = jiff::civil::date(2026, 11, 20);
    let plan = world.store.command(StoreCommand::LoadLockPlan { today }).expect("a plan");
    let StoreReply::LockPlan(scopes) = plan else { panic!() };
    let scope = |it: &outpost_sync::ports::LockScope| {
        (it.expires, it.workflow.is_some(), it.organisation_units.len())
    };
    scopes.iter().map(scope).collect()
}

#[test]
fn only_data_sets_that_expire_or_are_approved_are_asked_about() {
    let world = world();
    assert_eq!(lock_plan(&world), []);
    let data_set = |members: &str| {
        let access = r#""access":{"data":{"read":true,"write":true}}"#;
        with_body('d', 0, &format!(r#""periodType":"Monthly",{access},{members}"#))
    };
    let in_default = format!(r#""categoryCombo":{{"id":"{}"}}"#, uid('c', 2));
    world.pull(
        MetadataKind::CategoryCombo,
        vec![with_body('c', 2, r#""name":"default","isDefault":true,"categories":[]"#)],
    );
    world.pull(MetadataKind::DataSet, vec![data_set(&format!(r#""expiryDays":5,{in_default}"#))]);
    assert_eq!(lock_plan(&world), [(true, false, 0)]);
    let workflow = format!(r#""workflow":{{"id":"{}"}},{in_default}"#, uid('w', 1));
    world.pull(MetadataKind::DataSet, vec![data_set(&workflow)]);
    assert_eq!(lock_plan(&world), [(false, true, 1)]);
    let split = format!(
        r#""workflow":{{"id":"{}"}},"categoryCombo":{{"id":"{}"}}"#,
        uid('w', 1),
        uid('c', 1)
    );
    world.pull(MetadataKind::DataSet, vec![data_set(&split)]);
    assert_eq!(lock_plan(&world), []);
}

// ---------------------------------------------------------------- completions

fn done() -> Completion {
    Completion {
        completed: true,
        date: Some("2026-11-01".into()),
        stored_by: Some("okello".into()),
    }
}

fn at(place: usize, month: &str) -> SliceKey {
    SliceKey {
        period: Period::parse(month).expect("a month"),
        organisation_unit: OrganisationUnitUid(uid('u', place)),
        ..slice()
    }
}

fn download(world: &World, listed: &[SliceKey], whole: Option<(&[&str], usize)>) -> StoreReply {
    let completion = |key: &SliceKey| ServerCompletion { key: *key, completion: done() };
    let whole = whole.map(|(months, root)| WholeList {
        data_set: slice().data_set,
        periods: months.iter().map(|month| at(0, month).period).collect(),
        roots: vec![OrganisationUnitUid(uid('u', root))],
    });
    let page = DownloadPage {
        completions: listed.iter().map(completion).collect(),
        all_completions_of: whole,
        cursor: Some(DownloadCursor {
            subject: slice().data_set.0,
            list: outpost_sync::ports::DownloadList::Main,
            watermark_ms: Some(7),
            chunks_done: 1,
            started_ms: None,
            scope: "scope".into(),
        }),
        ..DownloadPage::default()
    };
    world.store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).expect("applied")
}

/// A world that knows two clinics under unit 1, each complete in two months.
fn completed() -> World {
    let world = World::new();
    let units = vec![
        placed(1, "/u0000000001"),
        placed(2, "/u0000000001/u0000000002"),
        placed(3, "/u0000000001/u0000000003"),
    ];
    world.pull(MetadataKind::OrganisationUnit, units);
    let all: Vec<_> =
        [(2, "202609"), (2, "202610"), (3, "202609"), (3, "202610")].map(|(u, m)| at(u, m)).into();
    download(&world, &all, None);
    world
}

fn complete_slices(world: &World) -> String {
    let mut found = Vec::new();
    for (place, month) in [(2, "202609"), (2, "202610"), (3, "202609"), (3, "202610")] {
        if world.store.load_completion(&at(place, month)).expect("read").is_some() {
            found.push(format!("{place}/{month}"));
        }
    }
    found.join(" ")
}

#[test]
fn a_completion_that_a_whole_list_leaves_out_was_taken_away() {
    let world = completed();
    let reply = download(&world, &[at(2, "202610"), at(3, "202610")], Some((&["202610"], 1)));
    assert_eq!(reply, StoreReply::Downloaded { written: 0, merged: 0, conflicts: 0 });
    assert_eq!(complete_slices(&world), "2/202609 2/202610 3/202609 3/202610");
    let reply = download(&world, &[at(3, "202610")], Some((&["202610"], 1)));
    assert_eq!(reply, StoreReply::Downloaded { written: 1, merged: 0, conflicts: 0 });
    assert_eq!(complete_slices(&world), "2/202609 3/202609 3/202610");
    // A list of one place says nothing about another, and a part of a list nothing at all.
    download(&world, &[], Some((&["202609", "202610"], 2)));
    assert_eq!(complete_slices(&world), "3/202609 3/202610");
    download(&world, &[], None);
    assert_eq!(complete_slices(&world), "3/202609 3/202610");
    download(&world, &[], Some((&["202609", "202610"], 1)));
    assert_eq!(complete_slices(&world), "");
}

#[test]
fn an_unsent_completion_survives_a_list_that_does_not_know_it() {
    let world = completed();
    let mine = Completion { stored_by: Some("amina".into()), ..done() };
    let _ = world.store.save_completion(&at(2, "202611"), &mine, "amina", 1).expect("saved");
    download(&world, &[], Some((&["202611"], 1)));
    assert_eq!(world.store.load_completion(&at(2, "202611")).expect("read"), Some(mine));
    assert_eq!(world.states(), "pending");
}
