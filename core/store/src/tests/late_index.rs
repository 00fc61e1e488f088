//! A first download does without the indices of lists, and nobody notices but by the clock.

use outpost_domain::data::{Enrollment, ServerEvent};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::OrganisationUnitUid;
use outpost_sync::ports::{DownloadCursor, DownloadList, DownloadPage, StoreCommand, TrackerPage};

use super::metadata::{object, unit};
use super::tracker::{enrolled, enrollment_on_server, on_server, person, program, visit};

use super::{World, uid};
use crate::limits::LATE_INDEX_RECORDS_MIN;
use crate::{EventFilter, FileName, Incoming, PeopleFilter, PeopleOrder, StoreError, TakenIn};

impl World {
    /// A page of a list, with a person each.
    fn page_of(&self, people: &[usize]) {
        let enrolled = |number: &usize| Enrollment {
            organisation_unit: OrganisationUnitUid(uid('u', number % 2)),
            ..enrolled(*number, &format!("2026-10-{:02}", 20 - number))
        };
        let name = |number: usize| format!("Name {}", number * 7 % 10);
        let server = |number: &usize| ServerEvent {
            event: visit(*number, *number, "x"),
            updated_at: Some("2026-11-01".into()),
        };
        let people_of = people.iter().map(|it| on_server(person(*it, &name(*it))));
        let tracker = TrackerPage {
            tracked_entities: people_of.collect(),
            enrollments: people.iter().map(|it| enrollment_on_server(enrolled(it))).collect(),
            ..TrackerPage::default()
        };
        let events = people.iter().map(server).collect();
        self.apply(DownloadPage { tracker, events, ..DownloadPage::default() });
    }

    fn apply(&self, page: DownloadPage) {
        let cursor = DownloadCursor {
            subject: program().0,
            list: DownloadList::ALL[0],
            watermark_ms: None,
            chunks_done: 1,
            started_ms: Some(3),
            scope: "s".into(),
        };
        let page = DownloadPage { cursor: Some(cursor), ..page };
        self.store.command(StoreCommand::ApplyDownload { page, now_ms: 9 }).expect("applied");
    }

    fn indices(&self) -> Vec<String> {
        let read = self.store.read(|connection| {
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name";
            let mut statement = connection.prepare(sql)?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?)
        });
        read.expect("read")
    }

    /// What every kind of list shows.
    fn lists(&self) -> Vec<String> {
        let mut shown = Vec::new();
        let places = [None, Some(OrganisationUnitUid(uid('u', 0)))];
        for organisation_unit in places {
            for order in [PeopleOrder::Name, PeopleOrder::Latest] {
                let of = PeopleFilter::of(program());
                let filter = PeopleFilter { organisation_unit, order, ..of };
                let (rows, _) = self.store.people_page(&filter, None, 50).expect("read");
                let ids = rows.into_iter().filter_map(|row| row.enrollment.map(|it| it.id));
                shown.push(format!("{filter:?}: {:?}", ids.collect::<Vec<_>>()));
            }
            let filter = EventFilter { organisation_unit, ..EventFilter::of(program()) };
            let rows = self.store.events_page(&filter, None, 50).expect("read");
            let ids: Vec<_> = rows.into_iter().map(|row| row.event.id).collect();
            assert!(!ids.is_empty());
            shown.push(format!("{filter:?}: {ids:?}"));
        }
        let days = ("2026-01-01", "2026-12-31");
        let units = [OrganisationUnitUid(uid('u', 0)), OrganisationUnitUid(uid('u', 1))];
        let local = self.store.load_enrollments_of(program(), &units, days, 50).expect("read");
        shown.push(format!("{:?}", local.len()));
        shown
    }
}

#[test]
fn lists_are_the_same_before_and_after_a_first_download_ends() {
    let world = World::new();
    let all = world.indices();
    world.page_of(&[1, 2, 3]);
    world.page_of(&[4, 5, 6, 7]);
    assert_eq!(world.indices().len(), all.len() - 8);
    let meanwhile = world.lists();
    world.store.end_download().expect("ended");
    assert_eq!(world.indices(), all);
    assert_eq!(world.lists(), meanwhile);
}

#[test]
fn a_download_that_was_killed_has_its_indices_again_at_the_next_opening() {
    let world = World::new();
    let all = world.indices();
    world.page_of(&[1, 2, 3]);
    assert_ne!(world.indices(), all);
    let world = world.reopened();
    assert_eq!(world.indices(), all);
    world.page_of(&[4, 5]);
    assert_eq!(world.indices(), all, "it is no first one any more");
}

#[test]
fn who_has_records_or_gets_none_keeps_every_index() {
    let world = World::new();
    let all = world.indices();
    world.apply(DownloadPage::default());
    assert_eq!(world.indices(), all);
    world.store.end_download().expect("ended");
    world.put(&super::tracker::tree(1, "Amina"));
    world.page_of(&[2, 3]);
    assert_eq!(world.indices(), all);
}

#[test]
fn a_long_list_gets_its_indices_on_the_way() {
    let world = World::new();
    let all = world.indices();
    world.page_of(&[1, 2]);
    let many = crate::limits::LATE_INDEX_ROWS_MAX;
    let sql = format!("UPDATE event SET id = id + {many}");
    world.store.write(|transaction| Ok(transaction.execute(&sql, [])?)).expect("many");
    world.page_of(&[3, 4]);
    assert_eq!(world.indices(), all);
}

/// A tablet with one person of its own and the forms of the suites.
fn tablet() -> World {
    let world = World::new();
    world.begin("scope");
    world.stage(MetadataKind::OrganisationUnit, vec![unit(0, None, "A")]);
    world.stage(MetadataKind::TrackedEntityType, vec![object('y', 0, "Person")]);
    world.stage(MetadataKind::TrackedEntityAttribute, vec![object('n', 0, "Name")]);
    world.stage(MetadataKind::Program, vec![object('p', 1, "Program")]);
    world.stage(MetadataKind::ProgramStage, vec![object('t', 0, "Visit")]);
    world.stage(MetadataKind::DataElement, vec![object('e', 0, "Cases")]);
    world.swap();
    world.put(&super::tracker::tree(1, "Asha"));
    world
}

impl World {
    /// Takes in a person with a visit as one of so many records of a file.
    fn take_file(&self, number: usize, announced: u64, is_whole: bool) -> Result<(), StoreError> {
        let tree = super::tracker::tree(number, "Amina");
        self.store.exchange("grace", 9, |exchange| {
            exchange.expect(announced)?;
            for (row, payload) in (1..).zip(tree.clone()) {
                let incoming = Incoming {
                    partner: "PHONE".into(),
                    file: FileName { number: 1, hash: "hash".into() },
                    device: "PHONE".into(),
                    row,
                    revision: 1,
                    captured_by: "asha".into(),
                    captured_ms: 1,
                    provenance: "{}".into(),
                    payload,
                    base: None,
                };
                assert_eq!(exchange.take_in(&incoming.prepare()?)?, TakenIn::New);
            }
            match is_whole {
                true => Ok(()),
                false => Err(StoreError::Refused { reason: "it was cut" }),
            }
        })
    }
}

#[test]
fn a_file_that_brings_most_of_what_is_here_leaves_every_index_whether_it_is_taken_in_or_not() {
    for announced in [1, LATE_INDEX_RECORDS_MIN] {
        for is_whole in [true, false] {
            let world = tablet();
            let all = world.indices();
            let taken = world.take_file(2, announced, is_whole);
            assert_eq!(taken.is_ok(), is_whole);
            assert_eq!(world.indices(), all);
        }
    }
}

#[test]
fn lists_are_the_same_however_many_records_a_file_announced() {
    let lists = |announced| {
        let world = tablet();
        world.take_file(2, announced, true).expect("taken in");
        world.lists()
    };
    assert_eq!(lists(1), lists(LATE_INDEX_RECORDS_MIN));
}
