//! Metadata of a country from the bytes of its pages to the swap, against the least that any
//! program does: parse with `serde_json`, insert the rows that lists and forms need.

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
    let turns = by_turns(ROUNDS, || import(&pages), || import_bare(&pages));
    print_ratio("import 50,000 units, 8,000 options, 1,000 rules", &turns, 1.5);
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

/// The floor: no list of names, no search text, no second pass, one table with one key.
fn import_bare(pages: &Pages) -> Spent {
    let folder = tempfile::tempdir().expect("a folder");
    let mut connection = floor::open(&folder.path().join("bare.db"), "NORMAL");
    let table = "CREATE TABLE object (kind INTEGER, uid TEXT, sort_order INTEGER, name TEXT,
        code TEXT, parent TEXT, body TEXT, PRIMARY KEY (kind, uid))";
    connection.execute_batch(table).expect("a table");
    let work = || {
        for (kind, bytes) in pages {
            let page: Value = serde_json::from_slice(bytes).expect("JSON");
            let transaction = connection.transaction().expect("a transaction");
            for object in page[kind.collection()].as_array().expect("a list") {
                insert_bare(&transaction, *kind, object).expect("a row");
            }
            transaction.commit().expect("commit");
        }
    };
    spent(work).0
}

fn insert_bare(
    connection: &rusqlite::Connection,
    kind: MetadataKind,
    object: &Value,
) -> rusqlite::Result<()> {
    let text = |name: &str| object[name].as_str();
    let parents = ["parent", "optionSet", "program"];
    let parent = parents.iter().find_map(|name| object[*name]["id"].as_str());
    connection.prepare_cached("INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![
            kind.number(),
            text("id"),
            object["sortOrder"].as_i64().or_else(|| object["level"].as_i64()),
            text("displayName"),
            text("code"),
            parent,
            object.to_string()
        ],
    )?;
    Ok(())
}
