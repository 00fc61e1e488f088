//! Saving a form of 50 values, durable, against the same rows in bare SQLite.

use std::path::Path;

use outpost_domain::data::{DataValue, SliceKey};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid,
    OrganisationUnitUid,
};
use outpost_store::{DatabaseKey, OpenOptions, Store};
use rusqlite::types::Value;

use super::floor::{self, Rows};
use super::measure::{Spent, by_turns, print_ratio, spent};
use super::world::uid;

const VALUES: u64 = 50;
const ROUNDS: usize = 300;

/// Tables that a save writes, without what only the store needs (its counts and its state).
const TABLES: [&str; 4] = ["data_value", "slice", "outbox", "journal"];

/// Runs and prints it: against the store's own tables with their indices, which is the bar, and
/// against the tables with no index but their keys.
///
/// # Panics
/// If the store refuses something; a benchmark has nobody to tell.
pub fn run() {
    against("save a form of 50 values, same tables and indices", true);
    against("save a form of 50 values, tables without indices", false);
}

fn against(what: &str, with_indices: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("ours.db"));
    let (single, one_form) = rows_of_one_form(&folder.path().join("single.db"));
    let mut bare = floor::open(&folder.path().join("floor.db"), "FULL");
    floor::copy_schema(&single, &bare, &TABLES, with_indices);
    let (mut ours_number, mut floor_number) = (0, 0);
    let turns = by_turns(
        ROUNDS,
        || {
            ours_number += 1;
            save(&store, ours_number)
        },
        || {
            floor_number += 1;
            // The rows are ready before the clock runs: the floor only writes.
            let rows = fresh(&one_form, floor_number);
            spent(|| floor::insert(&mut bare, &rows)).0
        },
    );
    print_ratio(what, &turns, 1.3);
}

fn open(path: &Path) -> Store {
    let key = DatabaseKey::new(floor::KEY);
    Store::open(path, &key, OpenOptions::default()).expect("a new store").store
}

/// Saves the form of another place each time, so that every save inserts.
fn save(store: &Store, number: u64) -> Spent {
    let combo = CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).expect("a uid");
    let slice = SliceKey {
        data_set: DataSetUid(uid("ds", 1)),
        period: Period::parse("202610").expect("a period"),
        organisation_unit: OrganisationUnitUid(uid("ou", number)),
        attribute_option_combo: combo,
    };
    let edits: Vec<_> = (0..VALUES)
        .map(|element| {
            let value = DataValue { value: Some(format!("{}", element * 7)), ..Default::default() };
            (DataElementUid(uid("de", element)), combo, value)
        })
        .collect();
    let save = || store.save_data_values(&slice, &edits, "chw", 1_795_000_000_000);
    let (spent, saved) = spent(save);
    assert_eq!(saved.expect("saved").changed(), VALUES);
    spent
}

/// The rows that the store writes for one form, read back from its file.
fn rows_of_one_form(path: &Path) -> (rusqlite::Connection, Vec<Rows>) {
    let store = open(path);
    save(&store, 1);
    store.close().expect("closed");
    let connection = floor::open(path, "FULL");
    let rows = TABLES.iter().map(|table| floor::read(&connection, table)).collect();
    (connection, rows)
}

/// The same rows for the place of that number: keys differ, sizes do not.
fn fresh(rows: &[Rows], number: u64) -> Vec<Rows> {
    let (old, new) = (uid("ou", 1).to_string(), uid("ou", number).to_string());
    let renewed = |table: &str, column: usize, cell: &Value| match cell {
        Value::Text(text) => Value::Text(text.replace(&old, &new)),
        // Row numbers of outbox and journal go on counting.
        Value::Integer(id) if column == 0 && table == "outbox" => {
            Value::Integer(id + i64::try_from((number - 1) * VALUES).expect("small"))
        }
        Value::Integer(id) if column == 0 && table == "journal" => {
            Value::Integer(id + i64::try_from(number - 1).expect("small"))
        }
        other => other.clone(),
    };
    rows.iter()
        .map(|Rows { table, rows }| Rows {
            table: table.clone(),
            rows: rows
                .iter()
                .map(|row| {
                    let cells = row.iter().enumerate();
                    cells.map(|(column, cell)| renewed(table, column, cell)).collect()
                })
                .collect(),
        })
        .collect()
}
