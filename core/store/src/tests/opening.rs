//! What is found at opening decides what is done; nothing is ever deleted.

use std::fs;
use std::path::Path;

use super::*;
use crate::connection::{Durability, Writer};
use crate::migrations::{STORE, Schema};
use crate::open::open_with;
use crate::store::beside;
use crate::{Account, Accounts, JournalCheck, Opened, StoreError};

fn open(path: &Path) -> Result<Opened, StoreError> {
    Store::open(path, &key(), OpenOptions::default())
}

/// The store of a world on disk with everything in its file, closed.
fn closed(world: World) -> (TempDir, PathBuf) {
    let path = world.path();
    world.store.close().expect("closed");
    (world.folder, path)
}

fn set(path: &Path, sql: &str) {
    let mut writer = Writer::open(path, &key()).expect("opened");
    writer
        .transact(Durability::Full, |transaction| Ok(transaction.execute_batch(sql)?))
        .expect("changed");
}

#[test]
fn a_new_store_is_empty_and_whole() {
    let world = World::new();
    assert!(world.report.is_new);
    assert_eq!(world.store.integrity_check(), Ok(()));
    assert_eq!(world.store.verify_journal(), Ok(JournalCheck::Intact { entries: 0 }));
    assert_eq!(world.store.outbox_counts().map(|counts| counts.unsent()), Ok(0));
    let world = world.reopened();
    assert_eq!(world.report, OpenReport::default());
}

#[test]
fn a_wrong_key_is_locked_never_damaged_and_the_right_one_still_opens() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let (_folder, path) = closed(world);
    let before = fs::read(&path).expect("read");
    let wrong = Store::open(&path, &DatabaseKey::new([1; 32]), OpenOptions::default());
    assert!(matches!(wrong, Err(StoreError::WrongKey)), "{wrong:?}");
    assert_eq!(fs::read(&path).expect("read"), before);
    assert!(!beside(&path, "corrupt-1").exists());
    let opened = open(&path).expect("the right key");
    assert_eq!(opened.store.outbox_counts().map(|counts| counts.pending), Ok(1));
}

/// A file of another version, and whether this program may open it.
#[track_caller]
fn check_version(version: u32, min_reader: u32, expected: Result<(), StoreError>) {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let (_folder, path) = closed(world);
    set(
        &path,
        &format!(
            "PRAGMA user_version = {version}; UPDATE store_state SET min_reader = {min_reader};
             ALTER TABLE fact ADD COLUMN later TEXT;"
        ),
    );
    match (open(&path), expected) {
        (Ok(opened), Ok(())) => {
            opened.store.save_fact("name", "value").expect("still writable");
            assert_eq!(opened.store.outbox_counts().map(|counts| counts.pending), Ok(1));
        }
        (found, expected) => assert_eq!(found.map(drop), expected),
    }
    assert!(path.exists());
}

#[test]
fn a_newer_file_opens_only_if_it_says_that_we_may_read_it() {
    let supported = STORE.version();
    check_version(supported + 1, supported, Ok(()));
    check_version(
        supported + 1,
        supported + 1,
        Err(StoreError::Newer { found: supported + 1, supported }),
    );
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let world = World::new();
    let (_folder, path) = closed(world);
    set(&path, "PRAGMA application_id = 77");
    assert_eq!(open(&path).map(drop), Err(StoreError::Foreign));
    fs::write(&path, "a text of more than the sixteen bytes of a header, not encrypted at all")
        .expect("written");
    fs::remove_file(beside(&path, "keycheck")).expect("removed");
    assert_eq!(open(&path).map(drop), Err(StoreError::WrongKey));
    assert!(fs::read_to_string(&path).expect("read").starts_with("a text"));
}

#[test]
fn a_damaged_first_page_is_no_wrong_key() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let (_folder, path) = closed(world);
    let mut bytes = fs::read(&path).expect("read");
    bytes[100..200].fill(0x5A);
    fs::write(&path, &bytes).expect("written");
    let wrong = Store::open(&path, &DatabaseKey::new([1; 32]), OpenOptions::default());
    assert_eq!(wrong.map(drop), Err(StoreError::WrongKey));
    let report = open(&path).expect("a new database").report;
    let salvage = report.salvage.expect("the old one is aside");
    assert_eq!((salvage.detail.as_str(), salvage.outbox()), ("the first page", (0, false)));
    assert_eq!(fs::read(salvage.moved_to).expect("kept"), bytes);
}

static NEXT: Schema = Schema {
    migrations: &[
        include_str!("../../migrations/0001_init.sql"),
        include_str!("../../migrations/0002_tracker.sql"),
        include_str!("../../migrations/0003_exchange.sql"),
        include_str!("../../migrations/0004_digest.sql"),
        include_str!("../../migrations/0005_indices.sql"),
        include_str!("../../migrations/0006_carried.sql"),
        include_str!("../../migrations/0007_packed.sql"),
        "CREATE TABLE later (id INTEGER PRIMARY KEY); ALTER TABLE draft ADD COLUMN more TEXT;",
    ],
    ..STORE
};

static BROKEN: Schema = Schema {
    migrations: &[
        include_str!("../../migrations/0001_init.sql"),
        include_str!("../../migrations/0002_tracker.sql"),
        include_str!("../../migrations/0003_exchange.sql"),
        include_str!("../../migrations/0004_digest.sql"),
        include_str!("../../migrations/0005_indices.sql"),
        include_str!("../../migrations/0006_carried.sql"),
        include_str!("../../migrations/0007_packed.sql"),
        "CREATE TABLE later (id INTEGER PRIMARY KEY); INSERT INTO nowhere VALUES (1);",
    ],
    ..STORE
};

fn schema_of(store: &Store) -> Vec<String> {
    let read = store.read(|connection| {
        let sql = "SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'
                   ORDER BY type, name";
        let mut statement = connection.prepare(sql)?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?)
    });
    read.expect("a schema")
}

#[test]
fn an_older_file_is_converted_with_a_copy_first_if_rows_are_unsent() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let (_folder, path) = closed(world);
    let opened = open_with(&NEXT, &path, &key(), OpenOptions::default()).expect("converted");
    assert_eq!(opened.report.migrated_from, Some(7));
    let backup = opened.report.backup.expect("a copy");
    assert_eq!(backup, beside(&path, "pre-v8"));
    let copy = open(&backup).expect("the copy opens with the same key");
    assert_eq!(copy.store.outbox_counts().map(|counts| counts.pending), Ok(1));
    drop(copy);
    let fresh = tempfile::tempdir().expect("a folder");
    let new = open_with(&NEXT, &fresh.path().join("new.db"), &key(), OpenOptions::default());
    assert_eq!(schema_of(&opened.store), schema_of(&new.expect("new").store));
    assert!(opened.store.space().expect("space").copies_bytes > 0);
    opened.store.remove_backups().expect("removed");
    assert!(!backup.exists());
}

#[test]
fn a_file_without_unsent_rows_is_converted_without_a_copy() {
    let (_folder, path) = closed(World::new());
    let opened = open_with(&NEXT, &path, &key(), OpenOptions::default()).expect("converted");
    assert_eq!((opened.report.migrated_from, opened.report.backup), (Some(7), None));
}

#[test]
fn a_conversion_that_fails_leaves_the_old_version_in_place() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let (_folder, path) = closed(world);
    assert!(open_with(&BROKEN, &path, &key(), OpenOptions::default()).is_err());
    let opened = open(&path).expect("as before");
    assert_eq!(opened.report.migrated_from, None);
    assert_eq!(opened.store.outbox_counts().map(|counts| counts.pending), Ok(1));
}

static FIRST: Schema =
    Schema { migrations: &[include_str!("../../migrations/0001_init.sql")], ..STORE };

#[test]
fn a_file_of_the_first_version_is_converted_with_what_waits_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ours.db");
    open_with(&FIRST, &path, &key(), OpenOptions::default())
        .expect("of old")
        .store
        .close()
        .expect("closed");
    let mut waiting = event(1, "x");
    waiting.status = EventStatus::Schedule;
    waiting.scheduled_at = Some("2026-12-01".into());
    let record = Payload::Event { event: waiting.clone() };
    let body = serde_json::to_string(&waiting).expect("JSON");
    let payload = crate::payload::write(&record).expect("JSON");
    set(
        &path,
        &format!(
            "INSERT INTO event VALUES (1, '{0}', '{1}', '{2}', '{3}', '', 'SCHEDULE', 0, NULL, 1, '',
               '{body}');
             INSERT INTO outbox (id, kind, state, revision, sent_revision, attempts, not_before_ms,
               in_flight_since_ms, created_ms, payload_version, bytes, subject, lane, edited_by,
               payload) VALUES (1, 3, 0, 1, 0, 0, 0, 0, 1, 1, 1, '{0}', '{1}', 'amina', '{payload}');
             INSERT INTO outbox_count VALUES (3, '{1}', 0, 1);
             UPDATE store_state SET sequence = 1;",
            waiting.id, waiting.program, waiting.program_stage, waiting.organisation_unit
        ),
    );
    let opened = open(&path).expect("converted");
    assert_eq!(opened.report.migrated_from, Some(1));
    assert!(opened.report.backup.is_some());
    let filter = crate::EventFilter::of(waiting.program);
    let rows = opened.store.events_page(&filter, None, 5).expect("events");
    assert_eq!(rows[0].waiting, Some((OutboxId(1), crate::RowState::Pending)));
    let due = crate::DueFilter {
        program: waiting.program,
        organisation_unit: None,
        from: None,
        to: None,
        assigned_user: None,
    };
    assert_eq!(opened.store.due_page(&due, None, 5).map(|rows| rows.len()), Ok(1));
    waiting.status = EventStatus::Completed;
    let _ = opened.store.save_event(&waiting, "amina", 2).expect("saved");
    assert_eq!(opened.store.outbox_counts().map(|counts| counts.pending), Ok(1));
    let older = open_with(&FIRST, &path, &key(), OpenOptions::default());
    assert!(matches!(older, Err(StoreError::Newer { .. })), "an older program leaves it alone");
}

#[test]
fn a_file_in_use_is_not_converted() {
    let world = World::new();
    let other = open_with(&NEXT, &world.path(), &key(), OpenOptions::default());
    assert_eq!(other.map(drop), Err(StoreError::Busy));
    let _ = world.save('e', value("5"));
}

const ROWS: u64 = 2_000;

/// The bytes of a closed store with rows that wait.
fn filled() -> Vec<u8> {
    let world = World::new();
    let records = (0..ROWS as usize).map(|number| {
        let mut key = value_key('e');
        key.organisation_unit = OrganisationUnitUid(uid('u', number));
        Payload::DataValue { data_set: slice().data_set, key, value: value("5") }
    });
    world.store.import_records(records, "amina", 1, |_| {}).expect("imported");
    let (_folder, path) = closed(world);
    fs::read(&path).expect("read")
}

/// A file with these bytes, one page of them overwritten.
fn damaged(bytes: &[u8], page: usize) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ours.db");
    let mut bytes = bytes.to_vec();
    let start = page * crate::limits::PAGE_BYTES as usize;
    bytes[start + 100..start + 200].fill(0x5A);
    fs::write(&path, bytes).expect("written");
    (folder, path)
}

/// Opens a damaged file and says how many rows of the outbox were saved, if not all.
#[track_caller]
fn salvaged(path: &Path) -> Option<u64> {
    let opened = Store::open(path, &key(), OpenOptions { check_all: true }).expect("opened");
    let report = opened.report.salvage.expect("it was damaged");
    assert!(report.moved_to.exists(), "the damaged file is kept");
    let (saved, is_complete) = report.outbox();
    assert_eq!(opened.store.outbox_counts().map(|counts| counts.unsent()), Ok(saved));
    assert_eq!(opened.store.integrity_check(), Ok(()));
    let journal = opened.store.verify_journal();
    assert!(matches!(journal, Ok(JournalCheck::Intact { .. })), "{journal:?}");
    for row in opened.store.outbox_page(&OutboxFilter::default(), None, 5).expect("a page") {
        let Payload::DataValue { key, .. } = row.payload else { panic!() };
        let place = SliceKey { organisation_unit: key.organisation_unit, ..slice() };
        let wanted = [key.data_element].into();
        let shown = opened.store.load_slice_values(&place, &wanted).expect("values");
        assert_eq!(shown.len(), 1, "a row of the outbox has its record");
    }
    if is_complete {
        assert_eq!(saved, ROWS);
        return None;
    }
    Some(saved)
}

#[test]
fn a_damaged_file_is_moved_aside_and_what_is_readable_is_saved() {
    let bytes = filled();
    let pages = bytes.len() / crate::limits::PAGE_BYTES as usize;
    let mut partly = Vec::new();
    let mut whole = 0;
    // The first page seals the file: without it the key cannot be told from a wrong one. The pages
    // after it hold the schema, whose loss no reader survives.
    for page in (40..pages).step_by(pages / 16) {
        let (_folder, path) = damaged(&bytes, page);
        match salvaged(&path) {
            None => whole += 1,
            Some(saved) => partly.push(saved),
        }
    }
    assert!(whole > 0, "damage outside the outbox costs no row of it");
    // A leaf of the outbox holds fewer than twenty rows.
    assert!(
        partly.iter().filter(|saved| **saved >= ROWS - 20).count() * 2 >= partly.len(),
        "{partly:?}"
    );
}

#[test]
fn damage_noticed_in_use_is_looked_at_when_the_store_is_opened_again() {
    let bytes = filled();
    let pages = bytes.len() / crate::limits::PAGE_BYTES as usize;
    let unnoticed = (pages / 2..pages).find_map(|page| {
        let (folder, path) = damaged(&bytes, page);
        let opened = open(&path).expect("opened");
        opened.report.salvage.is_none().then_some((folder, path, opened))
    });
    let (_folder, path, opened) = unnoticed.expect("opening reads only a few pages");
    let read = opened.store.integrity_check();
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    drop(opened);
    let opened = open(&path).expect("opened");
    assert!(opened.report.salvage.is_some());
    drop(opened);
    let opened = open(&path).expect("opened");
    assert_eq!(opened.report.salvage, None, "once is enough");
}

#[test]
fn a_rescue_that_was_cut_between_its_renames_is_finished() {
    let world = World::new();
    let _ = world.save('e', value("5"));
    let (_folder, path) = closed(world);
    fs::rename(&path, beside(&path, "rescued")).expect("moved");
    let opened = open(&path).expect("opened");
    assert_eq!(opened.store.outbox_counts().map(|counts| counts.pending), Ok(1));
}

#[test]
fn nothing_that_was_planted_can_be_read_in_any_file_of_the_folder() {
    let world = World::new();
    let planted = "Wanjiku-geheim-4711";
    let commented = DataValue { comment: Some(planted.into()), ..value(planted) };
    let _ = world.save('e', commented);
    let _ = world.store.save_event(&event(1, planted), "amina", 1).expect("saved");
    world.store.save_secret("token", Some(planted)).expect("saved");
    world.store.save_fact("me", planted).expect("saved");
    let draft = crate::DraftKey { form: "event".into(), key: planted.into() };
    world.store.save_draft(&draft, planted, 1).expect("saved");
    let look = |folder: &Path| {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).expect("read");
            let needle = planted.as_bytes();
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{}", path.display());
            assert!(!bytes.starts_with(b"SQLite format 3"), "{}", path.display());
        }
    };
    look(world.folder.path());
    world.store.checkpoint().expect("written back");
    look(world.folder.path());
    let read = world.store.load_secret("token").expect("read").expect("there");
    assert_eq!(read.as_str(), planted);
    drop(open_with(&NEXT, &world.reopened().path(), &key(), OpenOptions::default()));
}

#[test]
fn a_closed_store_says_so() {
    let world = World::new();
    world.store.close().expect("closed");
    world.store.close().expect("twice is fine");
    assert_eq!(world.store.load_fact("me"), Err(StoreError::Closed));
    assert_eq!(world.store.save_fact("me", ""), Err(StoreError::Closed));
}

#[test]
fn a_store_is_not_closed_over_a_change_that_whoever_closes_it_has_not_seen() {
    let world = World::new();
    assert_eq!(world.save('a', value("1")).changed(), 1);
    let seen = world.store.sequence().expect("read");
    // As many unsent rows as before.
    assert_eq!(world.save('a', value("2")).changed(), 1);
    assert_eq!(world.store.close_if_at(seen), Ok(false));
    assert_eq!(world.save('a', value("3")).changed(), 1);
    let seen = world.store.sequence().expect("read");
    assert_eq!(world.store.close_if_at(seen), Ok(true));
    assert_eq!(world.store.close_if_at(seen), Err(StoreError::Closed));
}

#[test]
fn accounts_are_one_per_server_and_user_and_never_share_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accounts.db");
    let account = |user: &str, file: &str, last_used_ms| Account {
        server: "https://play".into(),
        user: user.into(),
        database_file: file.into(),
        offline_verifier: Some("$argon2id$geheim".into()),
        lockout: None,
        last_used_ms,
    };
    let accounts = Accounts::open(&path, &key()).expect("new");
    accounts.save(&account("amina", "a.db", 1)).expect("saved");
    accounts.save(&account("okello", "b.db", 2)).expect("saved");
    assert!(accounts.save(&account("third", "a.db", 3)).is_err());
    accounts.save(&account("amina", "a.db", 4)).expect("over itself");
    drop(accounts);
    let wrong = Accounts::open(&path, &DatabaseKey::new([1; 32]));
    assert!(matches!(wrong.map(drop), Err(StoreError::WrongKey)));
    let accounts = Accounts::open(&path, &key()).expect("again");
    let users: Vec<String> =
        accounts.list().expect("a list").into_iter().map(|account| account.user).collect();
    assert_eq!(users, ["amina", "okello"]);
    accounts.remove("https://play", "okello").expect("removed");
    assert_eq!(accounts.load("https://play", "okello"), Ok(None));
    let bytes = fs::read(&path).expect("read");
    assert!(!bytes.windows(6).any(|window| window == b"geheim"));
    assert!(Store::open(&path, &key(), OpenOptions::default()).is_err(), "no store");
}

#[test]
fn a_file_of_the_first_seal_opens_and_its_copy_has_the_present_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ours.db");
    let old = rusqlite::Connection::open(&path).expect("a file");
    let seal = "PRAGMA cipher_hmac_algorithm = HMAC_SHA512; PRAGMA auto_vacuum = INCREMENTAL;";
    old.execute_batch(&key().pragma()).expect("keyed");
    old.execute_batch(seal).expect("sealed");
    old.execute_batch("CREATE TABLE t (a); DROP TABLE t;").expect("written");
    drop(old);
    let opened = open(&path).expect("opens");
    opened.store.save_fact("me", "amina").expect("saved");
    let copy = folder.path().join("copy.db");
    opened.store.copy_to(&copy).expect("copied");
    opened.store.close().expect("closed");
    let wrong = Store::open(&path, &DatabaseKey::new([1; 32]), OpenOptions::default());
    assert_eq!(wrong.map(drop), Err(StoreError::WrongKey));
    for path in [path, copy.clone()] {
        let store = open(&path).expect("opens again").store;
        assert_eq!(store.load_fact("me").expect("read").as_deref(), Some("amina"));
    }
    let present = rusqlite::Connection::open(&copy).expect("a file");
    present.execute_batch(&key().pragma()).expect("keyed");
    let algorithm: String = present
        .query_row("PRAGMA cipher_hmac_algorithm", [], |row| row.get(0))
        .expect("an algorithm");
    let read = present.query_row("SELECT count(*) FROM store_state", [], |row| row.get(0));
    assert_eq!((algorithm.as_str(), read), ("HMAC_SHA256", Ok(1)));
}
