//! Metadata of a country from the bytes of its pages to the swap, against two floors that parse with
//! `serde_json` and insert: with the columns and indices that lists and search need, and without.

use outpost_domain::metadata::MetadataKind;
use outpost_store::{DatabaseKey, OpenOptions, Store};
use outpost_sync::ports::{KindProgress, StoreCommand};
use outpost_wire::limits::{PAGE_OBJECTS, PAGE_OPTIONS, PAGE_ORGANISATION_UNITS};
use outpost_wire::metadata::parse_page;
use rusqlite::params;
use serde_json::{Value, json};

use super::floor;
use super::measure::{Spent, by_turns, print_ratio, spent};
use super::world::{COUNTRY, package};

const ROUNDS: usize = 9;

/// Answers of a server, page by page.
type Pages = Vec<(MetadataKind, Vec<u8>)>;

/// Runs and prints it.
///
/// # Panics
/// If the store refuses something; a benchmark has nobody to tell.
pub fn run() {
    let pages = pages();
    let turns = by_turns(ROUNDS, || import(&pages), || import_bare(&pages, &SAME));
    print_ratio("import 59,000 objects, same columns and indices", &turns, 1.5);
    let turns = by_turns(ROUNDS, || import(&pages), || import_bare(&pages, &LEAST));
    print_ratio("import 59,000 objects, no lists, no search", &turns, 1.5);
}

/// What a server answers to a first pull, ordered by id as it is asked.
fn pages() -> Pages {
    let package = package(COUNTRY);
    let kinds = [
        (MetadataKind::OrganisationUnit, PAGE_ORGANISATION_UNITS),
        (MetadataKind::Option, PAGE_OPTIONS),
        (MetadataKind::ProgramRule, PAGE_OBJECTS),
    ];
    let mut pages = Vec::new();
    for (kind, page_size) in kinds {
        let mut objects: Vec<Value> = package[kind.collection()].as_array().expect("there").clone();
        objects.sort_by_key(|object| object["id"].to_string());
        for object in &mut objects {
            object["displayName"] = object["name"].take();
            object["lastUpdated"] = json!("2026-01-01T00:00:00.000");
            let members = object.as_object_mut().expect("an object");
            members.retain(|name, _| !["name", "shortName"].contains(&&**name));
        }
        for page in objects.chunks(page_size as usize) {
            let body = json!({ kind.collection(): page }).to_string().into_bytes();
            pages.push((kind, body));
        }
    }
    pages
}

/// As a pull does it: parse, stage page by page, swap.
fn import(pages: &Pages) -> Spent {
    let folder = tempfile::tempdir().expect("a folder");
    let key = DatabaseKey::new(floor::KEY);
    let path = folder.path().join("ours.db");
    let store = Store::open(&path, &key, OpenOptions::default()).expect("a new store").store;
    let command = |command| store.command(command).expect("carried out");
    let work = || {
        command(StoreCommand::BeginPull { scope: "bench".into(), now_ms: 1 });
        for (number, (kind, bytes)) in (1..).zip(pages) {
            let objects = parse_page(*kind, bytes).expect("a page").objects;
            let progress = KindProgress { pages_done: number, ..Default::default() };
            command(StoreCommand::StagePage { kind: *kind, objects, progress });
        }
        command(StoreCommand::Swap { now_ms: 2 });
    };
    spent(work).0
}

/// What a floor's database looks like.
struct Bare {
    table: &'static str,
    insert: &'static str,
    /// Made once all rows are there.
    indices: &'static str,
}

/// One table with one key: nothing can be listed or searched by name.
const LEAST: Bare = Bare {
    table: "CREATE TABLE object (kind INTEGER, uid TEXT, sort_order INTEGER, name TEXT,
        code TEXT, parent TEXT, body TEXT, PRIMARY KEY (kind, uid))",
    insert: "INSERT INTO object VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    indices: "",
};

/// What lists and search need, as the store has it; the search text is only lower case here.
const SAME: Bare = Bare {
    table: "CREATE TABLE object (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, uid TEXT NOT NULL,
        generation INTEGER NOT NULL, gone INTEGER NOT NULL, sort_order INTEGER NOT NULL,
        name TEXT NOT NULL, code TEXT, parent TEXT, search_text TEXT NOT NULL, body TEXT NOT NULL);
        CREATE UNIQUE INDEX object_uid ON object (kind, uid, generation);
        CREATE INDEX object_option ON object (parent, sort_order, search_text, uid, generation)
          WHERE kind = 8;
        CREATE INDEX object_option_code ON object (parent, code) WHERE kind = 8;",
    insert: "INSERT INTO object VALUES (NULL, ?1, ?2, 1, 0, coalesce(?3, 0), ?4, ?5, ?6,
        lower(?4), ?7)",
    indices: "CREATE INDEX object_name ON object (kind, search_text, uid, generation);
        CREATE INDEX object_parent ON object (kind, parent, sort_order, uid, generation)
          WHERE parent IS NOT NULL;",
};

/// The floor: parse and insert, no check of what came, no resuming, no swap.
fn import_bare(pages: &Pages, bare: &Bare) -> Spent {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connection = floor::open(&folder.path().join("bare.db"), "NORMAL");
    connection.execute_batch(bare.table).expect("a table");
    let work = || {
        for (kind, bytes) in pages {
            let page: Value = serde_json::from_slice(bytes).expect("JSON");
            let transaction = connection.transaction().expect("a transaction");
            for object in page[kind.collection()].as_array().expect("a list") {
                insert_bare(&transaction, bare.insert, *kind, object).expect("a row");
            }
            transaction.commit().expect("commit");
        }
        connection.execute_batch(bare.indices).expect("indices");
    };
    spent(work).0
}

fn insert_bare(
    connection: &rusqlite::Connection,
    insert: &str,
    kind: MetadataKind,
    object: &Value,
) -> rusqlite::Result<()> {
    let text = |name: &str| object[name].as_str();
    let parents = ["parent", "optionSet", "program"];
    let parent = parents.iter().find_map(|name| object[*name]["id"].as_str());
    connection.prepare_cached(insert)?.execute(params![
        kind.number(),
        text("id"),
        object["sortOrder"].as_i64().or_else(|| object["level"].as_i64()),
        text("displayName"),
        text("code"),
        parent,
        object.to_string()
    ])?;
    Ok(())
}
