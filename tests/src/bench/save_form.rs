//! Saving a form of 50 values, durable, against the same rows in bare SQLite.

use outpost_domain::data::{DataValue, SliceKey};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid,
    OrganisationUnitUid,
};
use outpost_store::{DatabaseKey, OpenOptions, Store};

use super::floor;
use super::measure::{median, print_ratio};
use super::world::uid;

const VALUES: u64 = 50;
const ROUNDS: usize = 200;

/// Tables that a save writes.
const TABLES: [&str; 4] = ["data_value", "slice", "outbox", "journal"];

/// Runs and prints it.
///
/// # Panics
/// If the store refuses something; a benchmark has nobody to tell.
pub fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ours.db");
    let store = open(&path);
    let mut number = 0;
    let ours = median(ROUNDS, || {
        number += 1;
        save(&store, number);
    });
    store.close().expect("closed");

    let (single, one_form) = rows_of_one_form(&folder.path().join("single.db"));
    let mut bare = floor::open(&folder.path().join("floor.db"), "FULL");
    floor::copy_schema(&single, &bare, &TABLES);
    let mut number = 0;
    let floor = median(ROUNDS, || {
        number += 1;
        let rows = fresh(&one_form, number);
        floor::insert(&mut bare, &rows);
    });
    print_ratio("save a form of 50 values, durable", ours, floor, 1.3);
}

fn open(path: &std::path::Path) -> Store {
    let key = DatabaseKey::new(floor::KEY);
    Store::open(path, &key, OpenOptions::default()).expect("a new store").store
}

/// Saves the form of another place each time, so that every save inserts.
fn save(store: &Store, number: u64) {
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
    let _saved = store.save_data_values(&slice, &edits, "chw", 1_795_000_000_000).expect("saved");
}

/// The rows that the store writes for one form, read back from its file.
fn rows_of_one_form(path: &std::path::Path) -> (rusqlite::Connection, Vec<floor::Rows>) {
    let store = open(path);
    save(&store, 1);
    store.close().expect("closed");
    let connection = floor::open(path, "FULL");
    let rows = TABLES.iter().map(|table| floor::read(&connection, table)).collect();
    (connection, rows)
}

/// The same rows for another place: keys differ, sizes do not.
fn fresh(rows: &[floor::Rows], number: u64) -> Vec<floor::Rows> {
    use rusqlite::types::Value;
    let old = uid("ou", 1).to_string();
    let new = uid("ou", number + 1_000_000).to_string();
    rows.iter()
        .map(|floor::Rows { table, rows }| floor::Rows {
            table: table.clone(),
            rows: rows
                .iter()
                .map(|row| {
                    row.iter()
                        .enumerate()
                        .map(|(column, cell)| match cell {
                            Value::Text(text) => Value::Text(text.replace(&old, &new)),
                            // Row numbers of outbox and journal go on counting.
                            Value::Integer(id)
                                if column == 0 && (table == "outbox" || table == "journal") =>
                            {
                                Value::Integer(id + i64::try_from(number * VALUES).unwrap_or(0))
                            }
                            other => other.clone(),
                        })
                        .collect()
                })
                .collect(),
        })
        .collect()
}
