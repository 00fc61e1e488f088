//! Staging, swap, what is kept, the lists.

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::OptionSetUid;
use outpost_sync::ports::{KindProgress, PullState, facts};
use outpost_wire::metadata::MetadataObject;

use super::*;
use crate::{ListCursor, ListQuery};

pub(super) fn object(letter: char, number: usize, name: &str) -> MetadataObject {
    MetadataObject {
        uid: uid(letter, number),
        name: name.into(),
        code: None,
        parent: None,
        sort_order: 0,
        path: None,
        last_updated: Some(format!("2026-01-{:02}T00:00:00.000", 1 + number % 28)),
        organisation_units: None,
        body: format!(r#"{{"id":"{}","displayName":"{name}"}}"#, uid(letter, number)),
    }
}

pub(super) fn unit(number: usize, parent: Option<usize>, name: &str) -> MetadataObject {
    MetadataObject { parent: parent.map(|parent| uid('u', parent)), ..object('u', number, name) }
}

impl World {
    pub fn begin(&self, scope: &str) -> PullState {
        let begin = StoreCommand::BeginPull { scope: scope.into(), now_ms: 1 };
        match self.store.command(begin).expect("begun") {
            StoreReply::PullState(state) => state,
            other => panic!("{other:?}"),
        }
    }

    pub fn stage(&self, kind: MetadataKind, objects: Vec<MetadataObject>) {
        let progress = KindProgress { pages_done: 1, ..KindProgress::default() };
        let stage = StoreCommand::StagePage { kind, objects, progress };
        assert_eq!(self.store.command(stage), Ok(StoreReply::Done));
    }

    pub fn compare(&self, kind: MetadataKind, ids: &[Uid]) -> Vec<Uid> {
        let compare = StoreCommand::CompareIds { kind, ids: ids.to_vec() };
        match self.store.command(compare).expect("compared") {
            StoreReply::MissingIds(missing) => missing,
            other => panic!("{other:?}"),
        }
    }

    pub fn swap(&self) -> (u64, u64, u64) {
        match self.store.command(StoreCommand::Swap { now_ms: 2 }).expect("swapped") {
            StoreReply::Swapped { changed, removed, kept } => (changed, removed, kept),
            other => panic!("{other:?}"),
        }
    }

    /// Pulls these objects of one kind and makes them visible.
    pub fn pull(&self, kind: MetadataKind, objects: Vec<MetadataObject>) -> (u64, u64, u64) {
        self.begin("scope");
        self.stage(kind, objects);
        self.swap()
    }

    fn names(&self, query: &ListQuery) -> Vec<String> {
        let rows = self.store.page_of(query, None, 200).expect("a page");
        rows.into_iter().map(|row| row.name).collect()
    }

    fn version(&self) -> Option<String> {
        self.store.load_fact(facts::METADATA_VERSION).expect("read")
    }
}

const ELEMENT: MetadataKind = MetadataKind::DataElement;
const UNIT: MetadataKind = MetadataKind::OrganisationUnit;
const OPTION: MetadataKind = MetadataKind::Option;

#[test]
fn staged_objects_become_visible_all_at_once() {
    let world = World::new();
    world.begin("scope");
    world.stage(ELEMENT, vec![object('e', 1, "One"), object('e', 2, "Two")]);
    assert_eq!(world.store.load_object(ELEMENT, uid('e', 1)), Ok(None));
    assert!(world.names(&ListQuery::of(ELEMENT)).is_empty());
    assert_eq!(world.swap(), (2, 0, 0));
    assert_eq!(world.names(&ListQuery::of(ELEMENT)), ["One", "Two"]);
    assert_eq!(world.store.count(ELEMENT), Ok(2));
    let again = world.store.load_objects(ELEMENT, &[uid('e', 2), uid('e', 9), uid('e', 1)]);
    let ids: Vec<Uid> = again.expect("read").into_iter().map(|object| object.uid).collect();
    assert_eq!(ids, [uid('e', 2), uid('e', 1)]);
}

#[test]
fn what_is_visible_stays_until_the_swap_replaces_it() {
    let world = World::new();
    world.pull(ELEMENT, vec![object('e', 1, "One"), object('e', 2, "Two")]);
    world.begin("scope");
    world.stage(ELEMENT, vec![object('e', 1, "Uno"), object('e', 3, "Three")]);
    assert_eq!(world.names(&ListQuery::of(ELEMENT)), ["One", "Two"]);
    assert_eq!(world.swap(), (2, 0, 0));
    assert_eq!(world.names(&ListQuery::of(ELEMENT)), ["Three", "Two", "Uno"]);
    assert_eq!(world.store.count(ELEMENT), Ok(3));
}

#[test]
fn a_pull_goes_on_after_the_process_died_and_begins_anew_in_another_scope() {
    let world = World::new();
    world.begin("scope");
    world.stage(ELEMENT, vec![object('e', 1, "One")]);
    let world = world.reopened();
    let state = world.begin("scope");
    assert_eq!(state.started_ms, Some(1));
    assert_eq!(state.progress.len(), 1);
    assert_eq!(state.progress[0].1.pages_done, 1);
    let state = world.begin("other");
    assert!(state.progress.is_empty());
    world.stage(ELEMENT, vec![object('e', 2, "Two")]);
    assert_eq!(world.swap(), (1, 0, 0));
    assert_eq!(world.names(&ListQuery::of(ELEMENT)), ["Two"]);
}

#[test]
fn a_kind_that_is_restarted_forgets_only_its_own_pages() {
    let world = World::new();
    world.begin("scope");
    let assigned = |number| MetadataObject {
        organisation_units: Some(vec![OrganisationUnitUid(uid('u', 1))]),
        ..object('d', number, "Set")
    };
    world.stage(MetadataKind::DataSet, vec![assigned(1)]);
    world.stage(ELEMENT, vec![object('e', 1, "One")]);
    let restart = StoreCommand::RestartKind { kind: MetadataKind::DataSet };
    assert_eq!(world.store.command(restart), Ok(StoreReply::Done));
    assert_eq!(world.swap(), (1, 0, 0));
    assert_eq!(world.store.is_assigned(uid('d', 1), OrganisationUnitUid(uid('u', 1))), Ok(false));
}

#[test]
fn an_object_on_two_pages_is_one_and_the_later_counts() {
    let world = World::new();
    world.begin("scope");
    world.stage(ELEMENT, vec![object('e', 1, "One"), object('e', 2, "Two")]);
    world.stage(ELEMENT, vec![object('e', 2, "Zwei"), object('e', 3, "Three")]);
    assert_eq!(world.swap(), (3, 0, 0));
    assert_eq!(world.names(&ListQuery::of(ELEMENT)), ["One", "Three", "Zwei"]);
}

#[test]
fn the_watermark_is_the_latest_change_and_never_goes_back() {
    let world = World::new();
    world.pull(ELEMENT, vec![object('e', 5, "Five"), object('e', 3, "Three")]);
    world.pull(ELEMENT, vec![object('e', 2, "Two")]);
    let state = world.store.read(crate::metadata::load_pull_state).expect("a state");
    assert_eq!(state.started_ms, None);
    let status = &state.kinds.iter().find(|(kind, _)| *kind == ELEMENT).expect("pulled").1;
    assert_eq!(status.watermark.as_deref(), Some("2026-01-06T00:00:00.000"));
    assert_eq!((status.count, status.ids_compared_ms), (3, None));
}

#[test]
fn ids_compared_tell_what_is_missing_and_what_is_gone() {
    let world = World::new();
    world.pull(ELEMENT, vec![object('e', 1, "One"), object('e', 2, "Two")]);
    world.begin("scope");
    world.stage(ELEMENT, vec![object('e', 3, "Three"), object('e', 4, "Four")]);
    let missing = world.compare(ELEMENT, &[uid('e', 1), uid('e', 3), uid('e', 9), uid('e', 9)]);
    assert_eq!(missing, [uid('e', 9)]);
    assert_eq!(world.names(&ListQuery::of(ELEMENT)), ["One", "Two"], "not before the swap");
    assert_eq!(world.swap(), (1, 1, 0));
    assert_eq!(world.names(&ListQuery::of(ELEMENT)), ["One", "Three"]);
    assert_eq!(world.store.count(ELEMENT), Ok(2));
}

#[test]
fn the_version_depends_on_the_visible_objects_only() {
    let two = || vec![object('e', 1, "One"), object('e', 2, "Two")];
    let (a, b) = (World::new(), World::new());
    a.pull(ELEMENT, two());
    b.pull(ELEMENT, vec![object('e', 2, "Zwei"), object('e', 3, "Three")]);
    assert_ne!(a.version(), b.version());
    b.begin("scope");
    b.stage(ELEMENT, vec![object('e', 2, "Two"), object('e', 7, "Seven")]);
    b.stage(ELEMENT, vec![object('e', 1, "Uno")]);
    b.stage(ELEMENT, vec![object('e', 1, "One")]);
    b.compare(ELEMENT, &[uid('e', 1), uid('e', 2)]);
    b.swap();
    assert_eq!(b.names(&ListQuery::of(ELEMENT)), ["One", "Two"]);
    assert_eq!(a.version(), b.version());
    assert!(a.version().is_some_and(|version| version.len() == 16));
}

#[test]
fn what_unsent_work_needs_is_kept_until_it_is_sent() {
    let world = World::new();
    let section = MetadataObject { parent: Some(uid('d', 0)), ..object('x', 1, "Section") };
    let set = MetadataObject {
        body: format!(r#"{{"id":"{}","categoryCombo":{{"id":"{}"}}}}"#, uid('d', 0), uid('c', 0)),
        ..object('d', 0, "Set")
    };
    let (kind, combo) = (MetadataKind::DataSet, MetadataKind::CategoryCombo);
    world.begin("scope");
    world.stage(kind, vec![set, object('d', 1, "Other set")]);
    world.stage(MetadataKind::Section, vec![section]);
    world.stage(combo, vec![object('c', 0, "Combo"), object('c', 1, "Other combo")]);
    world.stage(ELEMENT, vec![object('e', 0, "Element"), object('f', 0, "Other element")]);
    world.swap();
    let _ = world.save('e', value("5"));
    let everything_is_gone = || {
        world.begin("scope");
        for kind in [kind, MetadataKind::Section, combo, ELEMENT] {
            world.compare(kind, &[]);
        }
        world.swap()
    };
    // Kept: the data set of the value, its section, the combo that it names, the element.
    assert_eq!(everything_is_gone(), (0, 3, 4));
    let gone: Vec<Uid> = world
        .store
        .gone_objects(200)
        .expect("a list")
        .into_iter()
        .map(|object| object.uid)
        .collect();
    assert_eq!(gone, [uid('c', 0), uid('e', 0), uid('d', 0), uid('x', 1)]);
    assert_eq!(world.store.count(kind), Ok(0), "what the server does not have is not counted");
    assert!(world.store.load_object(kind, uid('d', 0)).expect("read").expect("kept").is_gone);
    assert_eq!(everything_is_gone(), (0, 0, 4));
    for row in world.claim(5) {
        world.settle(&row, Outcome::Synced);
    }
    assert_eq!(everything_is_gone(), (0, 4, 0));
    assert_eq!(world.version().as_deref(), Some("0000000000000000"));
    assert_eq!(world.value('e'), Some(value("5")), "data never goes with metadata");
}

#[test]
fn an_object_that_comes_back_is_fetched_again_and_no_longer_gone() {
    let world = World::new();
    world.pull(ELEMENT, vec![object('e', 0, "Element")]);
    let before = world.version();
    let _ = world.save('e', value("5"));
    world.begin("scope");
    world.compare(ELEMENT, &[]);
    assert_eq!(world.swap(), (0, 0, 1));
    world.begin("scope");
    assert_eq!(world.compare(ELEMENT, &[uid('e', 0)]), [uid('e', 0)]);
    world.stage(ELEMENT, vec![object('e', 0, "Element")]);
    assert_eq!(world.swap(), (1, 0, 0));
    assert!(!world.store.load_object(ELEMENT, uid('e', 0)).expect("read").expect("there").is_gone);
    assert_eq!((world.store.count(ELEMENT), world.version()), (Ok(1), before));
}

#[test]
fn assignments_are_replaced_as_a_whole_or_stay() {
    let world = World::new();
    let units = |numbers: &[usize]| {
        Some(numbers.iter().map(|number| OrganisationUnitUid(uid('u', *number))).collect())
    };
    let set = |organisation_units| MetadataObject { organisation_units, ..object('d', 1, "Set") };
    let assigned = |set| {
        world.pull(MetadataKind::DataSet, vec![set]);
        let units = world.store.organisation_units_of(uid('d', 1), None, 200).expect("a list");
        for unit in &units {
            assert_eq!(world.store.is_assigned(uid('d', 1), *unit), Ok(true));
        }
        let unassigned = world.store.is_assigned(uid('d', 1), OrganisationUnitUid(uid('u', 9)));
        assert_eq!(unassigned, Ok(false));
        units.into_iter().map(|unit| unit.0).collect::<Vec<_>>()
    };
    assert_eq!(assigned(set(units(&[3, 1]))), [uid('u', 1), uid('u', 3)]);
    assert_eq!(assigned(set(units(&[2]))), [uid('u', 2)]);
    assert_eq!(assigned(set(None)), [uid('u', 2)], "not part of the answer: as before");
    assert_eq!(assigned(set(units(&[]))), []);
}

fn tree() -> World {
    let world = World::new();
    let units = vec![
        unit(0, None, "Country"),
        unit(1, Some(0), "Northern"),
        unit(2, Some(0), "Southern"),
        unit(3, Some(1), "Ngélé clinic"),
        unit(4, Some(1), "Bo clinic"),
        unit(5, Some(2), "Ngele post"),
        unit(6, Some(6), "Its own parent"),
    ];
    world.pull(UNIT, units);
    world
}

#[track_caller]
fn check_list(query: &ListQuery, expected: &[&str]) {
    assert_eq!(tree().names(query), expected);
}

#[test]
fn lists_are_by_name_parent_subtree_and_words() {
    let units = ListQuery::of(UNIT);
    let search = |text: &str| ListQuery { search: Some(text.into()), ..units.clone() };
    let all = [
        "Bo clinic",
        "Country",
        "Its own parent",
        "Ngélé clinic",
        "Ngele post",
        "Northern",
        "Southern",
    ];
    check_list(&units, &all);
    check_list(&search("NGELE"), &["Ngélé clinic", "Ngele post"]);
    check_list(&search("clinic ngele"), &["Ngélé clinic"]);
    check_list(&search("100%"), &[]);
    check_list(
        &ListQuery { parent: Some(uid('u', 1)), ..units.clone() },
        &["Bo clinic", "Ngélé clinic"],
    );
    let under = |number| Some(OrganisationUnitUid(uid('u', number)));
    check_list(
        &ListQuery { under: under(1), ..units.clone() },
        &["Bo clinic", "Ngélé clinic", "Northern"],
    );
    check_list(&ListQuery { under: under(6), ..units.clone() }, &["Its own parent"]);
    check_list(&ListQuery { under: under(9), ..units.clone() }, &[]);
    check_list(&ListQuery { under: under(2), ..search("ngele") }, &["Ngele post"]);
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat() {
    let world = World::new();
    let option = |number: usize| MetadataObject {
        parent: Some(uid('s', number % 2)),
        sort_order: (number / 4) as i64,
        code: Some(format!("C{number}")),
        ..object('o', number, if number.is_multiple_of(3) { "Same" } else { "Other" })
    };
    world.pull(OPTION, (0..500).map(option).collect());
    for query in [
        ListQuery::of(OPTION),
        ListQuery { parent: Some(uid('s', 1)), ..ListQuery::of(OPTION) },
        ListQuery { search: Some("same".into()), ..ListQuery::of(OPTION) },
    ] {
        let mut seen = Vec::new();
        let mut after: Option<ListCursor> = None;
        loop {
            let page = world.store.page_of(&query, after.as_ref(), 7).expect("a page");
            let Some(last) = page.last() else { break };
            after = Some(last.cursor.clone());
            seen.extend(page.iter().map(|row| row.uid));
        }
        let expected = (0..500usize).filter(|number| match (&query.parent, &query.search) {
            (Some(_), _) => number % 2 == 1,
            (_, Some(_)) => number % 3 == 0,
            _ => true,
        });
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(sorted, expected.map(|number| uid('o', number)).collect::<Vec<_>>());
    }
    let set = OptionSetUid(uid('s', 1));
    assert_eq!(world.store.has_option_code(set, "C1"), Ok(true));
    assert_eq!(world.store.has_option_code(set, "C2"), Ok(false), "of the other set");
    assert_eq!(
        world.store.page_of(&ListQuery::of(OPTION), None, 9_999).expect("a page").len(),
        200
    );
}

#[test]
fn the_plan_has_what_may_be_read_and_is_assigned_where_the_user_works() {
    let world = World::new();
    world.begin("scope");
    world.stage(
        UNIT,
        vec![
            unit(0, None, "Country"),
            unit(1, Some(0), "Mine"),
            unit(2, Some(1), "Clinic"),
            unit(3, Some(0), "Elsewhere"),
        ],
    );
    let set = |number: usize, unit: usize, read: bool| MetadataObject {
        organisation_units: Some(vec![OrganisationUnitUid(uid('u', unit))]),
        body: format!(
            r#"{{"id":"{}","displayName":"Set","periodType":"Monthly","openFuturePeriods":2,
                "access":{{"data":{{"read":{read},"write":true}}}}}}"#,
            uid('d', number)
        ),
        ..object('d', number, "Set")
    };
    world.stage(
        MetadataKind::DataSet,
        vec![set(1, 2, true), set(2, 2, false), set(3, 3, true), set(4, 1, true)],
    );
    let program = |number: usize, unit: usize, program_type: &str| MetadataObject {
        organisation_units: Some(vec![OrganisationUnitUid(uid('u', unit))]),
        body: format!(
            r#"{{"id":"{}","displayName":"P","programType":"{program_type}"}}"#,
            uid('p', number)
        ),
        ..object('p', number, "P")
    };
    world.stage(
        MetadataKind::Program,
        vec![
            program(1, 2, "WITHOUT_REGISTRATION"),
            program(2, 2, "WITH_REGISTRATION"),
            program(3, 3, "WITHOUT_REGISTRATION"),
        ],
    );
    world.swap();
    let me = format!(
        r#"{{"id":"{}","username":"amina","organisationUnits":[{{"id":"{}","path":"/x"}}]}}"#,
        uid('m', 0),
        uid('u', 1)
    );
    world.store.save_fact(facts::ME, &me).expect("saved");
    let today = jiff::civil::date(2026, 11, 20);
    let plan = world.store.command(StoreCommand::LoadDownloadPlan { today }).expect("a plan");
    let StoreReply::DownloadPlan { data_sets, programs, roots, .. } = plan else { panic!() };
    assert_eq!(roots, [OrganisationUnitUid(uid('u', 1))]);
    let programs: Vec<_> = programs.iter().map(|scope| scope.program).collect();
    assert_eq!(programs, [ProgramUid(uid('p', 1))]);
    let sets: Vec<Uid> = data_sets.iter().map(|scope| scope.data_set.0).collect();
    assert_eq!(sets, [uid('d', 1), uid('d', 4)]);
    // Twelve months that end with the current one, and the next, which two open future periods open.
    let periods: Vec<String> = data_sets[0].periods.iter().map(Period::to_string).collect();
    assert_eq!((periods.len(), &*periods[0], &*periods[12]), (13, "202512", "202612"));
}
