//! Everything that can fail does: the Nth instruction, the last free page, the end of the log.

use std::fs;
use std::path::Path;

use outpost_domain::data::ServerDataValue;
use outpost_domain::metadata::MetadataKind;
use outpost_sync::ports::DownloadPage;

use super::metadata::object;
use super::*;
use crate::{JournalCheck, StoreError};

/// What must hold whatever failed: journal whole, one record per outbox row, counts that agree.
#[track_caller]
fn check_invariants(store: &Store) {
    assert!(matches!(store.verify_journal(), Ok(JournalCheck::Intact { .. })));
    let agree = store.read(|connection| {
        let orphans: i64 = connection.query_row(
            "SELECT count(*) FROM outbox o WHERE kind = 1 AND NOT EXISTS (SELECT 1 FROM data_value v
               WHERE o.subject = v.period || '/' || v.organisation_unit || '/'
                 || v.attribute_option_combo || '/' || v.data_element || '/'
                 || v.category_option_combo)",
            [],
            |row| row.get(0),
        )?;
        let rows: i64 =
            connection.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?;
        let sql = "SELECT coalesce(sum(rows), 0) FROM outbox_count";
        let counted: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        Ok((orphans, rows - counted))
    });
    assert_eq!(agree, Ok((0, 0)));
}

/// A day's work, each step a transaction of its own.
type Step = fn(&Store) -> Result<(), StoreError>;

const STEPS: [(&str, Step); 11] = [
    ("save", |store| {
        let edit = |letter| (DataElementUid(uid(letter, 0)), default_combo(), value("1"));
        let edits: Vec<_> = "abcde".chars().map(edit).collect();
        store.save_data_values(&slice(), &edits, "amina", 1).map(drop)
    }),
    ("event", |store| store.save_event(&event(1, "x"), "amina", 1).map(drop)),
    ("claim", |store| {
        let (kind, up_to) = (PayloadKind::DataValue, OutboxId(i64::MAX));
        store
            .command(StoreCommand::Claim {
                kind,
                rows_max: 4,
                bytes_max: 1 << 20,
                now_ms: 5,
                up_to,
            })
            .map(drop)
    }),
    ("settle", |store| {
        let outcomes = [Outcome::Synced, refused(), put_off(9, true)];
        let settlements = (1..).zip(outcomes);
        let settlements = settlements
            .map(|(id, outcome)| Settlement { id: OutboxId(id), revision: 1, outcome })
            .collect();
        store.command(StoreCommand::Settle { settlements, now_ms: 5 }).map(drop)
    }),
    ("stage", |store| {
        store.command(StoreCommand::BeginPull { scope: "s".into(), now_ms: 1 })?;
        let objects = (0..50).map(|number| object('e', number, "Element")).collect();
        let (kind, progress) = (MetadataKind::DataElement, Default::default());
        store.command(StoreCommand::StagePage { kind, objects, progress }).map(drop)
    }),
    ("swap", |store| store.command(StoreCommand::Swap { now_ms: 2 }).map(drop)),
    ("download", |store| {
        let server = |letter: char| ServerDataValue {
            key: value_key(letter),
            value: value("2"),
            stored_by: None,
            last_updated: None,
        };
        let cursor = outpost_sync::ports::DownloadCursor {
            subject: slice().data_set.0,
            list: outpost_sync::ports::DownloadList::Main,
            watermark_ms: None,
            chunks_done: 1,
            started_ms: None,
            scope: "s".into(),
        };
        let page = DownloadPage {
            data_values: "aez".chars().map(server).collect(),
            cursor: Some(cursor),
            ..DownloadPage::default()
        };
        store.command(StoreCommand::ApplyDownload { page, now_ms: 8 }).map(drop)
    }),
    ("retry", |store| store.retry(OutboxId(2), "amina", 9)),
    ("discard", |store| store.discard(OutboxId(2), "wrong place", "amina", 9)),
    ("register", |store| {
        let records = super::tracker::tree(1, "Amina Juma");
        store.save_records(&records, &[], "amina", 10).map(drop)
    }),
    ("people", |store| {
        let mut page = DownloadPage::default();
        let people = [(1, "Amina"), (2, "Bakari")];
        page.tracker.tracked_entities = people
            .map(|(number, name)| super::tracker::on_server(super::tracker::person(number, name)))
            .into();
        store.command(StoreCommand::ApplyDownload { page, now_ms: 11 }).map(drop)
    }),
];

/// Every row of every table that is not about bookkeeping of SQLite itself.
fn contents(store: &Store) -> Vec<String> {
    let read = store.read(|connection| {
        let mut tables = connection.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        )?;
        let names: Vec<String> =
            tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut all = Vec::new();
        for name in names {
            let mut statement = connection.prepare(&format!("SELECT * FROM {name}"))?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let cells = (0..columns).map(|column| row.get_ref(column));
                let cells: Vec<_> = cells.collect::<Result<_, _>>()?;
                all.push(format!("{name} {cells:?}"));
            }
        }
        Ok(all)
    });
    read.expect("readable")
}

#[test]
fn a_failure_at_any_instruction_leaves_all_or_nothing_and_the_retry_succeeds() {
    let world = World::new();
    for (name, step) in STEPS {
        let mut failures = 0;
        // Growing gaps, or the longer operations would be tried ten thousand times.
        let mut nth = 1;
        loop {
            let before = contents(&world.store);
            let mut left = nth;
            let fail = move || {
                left -= 1;
                left == 0
            };
            arm(&world.store, Some(fail));
            let result = step(&world.store);
            arm(&world.store, None::<fn() -> bool>);
            check_invariants(&world.store);
            match result {
                Ok(()) => break,
                Err(error) => {
                    assert_eq!(error, StoreError::Interrupted, "{name} at {nth}");
                    failures += 1;
                    // All or nothing. All: SQLite asks once more after the last instruction of a COMMIT
                    // that has taken effect, which only a progress handler like this one can answer.
                    if name != "stage" && contents(&world.store) != before {
                        assert!(nth > 20, "{name} at {nth} wrote before its end");
                        let again = step(&world.store);
                        assert!(again.is_ok() || matches!(again, Err(StoreError::NotFound { .. })));
                        check_invariants(&world.store);
                        break;
                    }
                    nth += 1 + nth / 40;
                }
            }
        }
        assert!(failures > 20, "{name} failed only {failures} times");
    }
}

fn arm<F: FnMut() -> bool + Send + 'static>(store: &Store, fail: Option<F>) {
    store.with_writer_mut(|connection| Ok(connection.progress_handler(1, fail)?)).expect("armed");
}

/// Allows the file so many pages.
fn limit_pages(store: &Store, pages: i64) {
    store
        .with_writer(|connection| {
            crate::connection::drain(connection, &format!("PRAGMA max_page_count = {pages}"))
        })
        .expect("limited");
}

#[test]
fn a_full_disk_loses_nothing_and_the_save_succeeds_once_there_is_room() {
    let world = World::new();
    let pages = world.store.read(|connection| {
        Ok(connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))?)
    });
    let mut allowed = pages.expect("a number");
    let mut full = 0;
    for number in 0..300 {
        loop {
            limit_pages(&world.store, allowed);
            let big = event(number, &"x".repeat(3_000));
            match world.store.save_event(&big, "amina", 1) {
                Ok(saved) => {
                    assert_eq!(saved.changed(), 1);
                    break;
                }
                Err(error) => {
                    assert_eq!(error, StoreError::Full);
                    full += 1;
                    allowed += 1;
                }
            }
        }
    }
    assert!(full > 100, "it was full only {full} times");
    check_invariants(&world.store);
    assert_eq!(world.store.outbox_counts().map(|counts| counts.pending), Ok(300));
    assert_eq!(world.store.integrity_check(), Ok(()));
}

/// Copies database and log, the log cut at a byte, and opens the copy.
fn cut(path: &Path, log: &[u8], at: usize) -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("ours.db");
    fs::copy(path, &copy).expect("copied");
    fs::write(folder.path().join("ours.db-wal"), &log[..at]).expect("written");
    let opened = Store::open(&copy, &key(), OpenOptions::default()).expect("opened");
    assert_eq!(opened.report.salvage, None);
    (folder, opened.store)
}

#[test]
fn a_log_cut_at_any_byte_opens_to_a_prefix_of_the_commits() {
    let world = World::new();
    world.store.checkpoint().expect("empty log");
    for number in 0..12 {
        let _ = world.store.save_event(&event(number, "x"), "amina", 1).expect("saved");
    }
    let log = fs::read(world.folder.path().join("ours.db-wal")).expect("a log");
    // Places spread by a step that shares no factor with the page size.
    let mut seen = std::collections::BTreeSet::new();
    for at in (0..=log.len()).step_by((log.len() / 60) | 1).chain([log.len()]) {
        let (_folder, store) = cut(&world.path(), &log, at);
        let rows = store.outbox_page(&OutboxFilter::default(), None, 200).expect("a page");
        let ids: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
        assert_eq!(ids, (1..=ids.len() as i64).collect::<Vec<_>>(), "cut at {at}");
        assert_eq!(store.integrity_check(), Ok(()));
        check_invariants(&store);
        let entries = store.journal_page(None, 200).expect("a page").len();
        assert_eq!(entries, ids.len(), "value, row and entry are one transaction");
        seen.insert(ids.len());
    }
    assert!(seen.contains(&12) && seen.len() > 8, "{seen:?}");
}

#[test]
fn an_interrupted_read_says_so_and_the_next_one_works() {
    let world = World::new();
    let records = (0..2_000).map(|number| {
        let mut key = value_key('e');
        key.organisation_unit = OrganisationUnitUid(uid('u', number));
        Payload::DataValue { data_set: slice().data_set, key, value: value("5") }
    });
    world.store.import_records(records, "amina", 1, |_| {}).expect("imported");
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                   SELECT count(*) FROM n";
    let stopped = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            world.store.read(|connection| {
                Ok(connection.query_row(endless, [], |row| row.get::<_, i64>(0))?)
            })
        });
        while !reading.is_finished() {
            world.store.interrupt();
            std::thread::yield_now();
        }
        reading.join().expect("no panic")
    });
    assert_eq!(stopped, Err(StoreError::Interrupted));
    assert_eq!(world.store.outbox_counts().map(|counts| counts.pending), Ok(2_000));
}
