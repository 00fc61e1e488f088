//! Figures of the store against bare SQLite on the same machine in the same run, with the same key
//! and pragmas: `cargo run --release -p outpost-store --example measure -- [import|save|claim]`.
//!
//! Prints ratios; asserts nothing.
#![allow(clippy::print_stdout, reason = "it is a program that prints figures")]

use std::path::Path;
use std::time::{Duration, Instant};

use outpost_domain::data::{DataValue, DataValueKey, Payload, PayloadKind, SliceKey};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DataElementUid, DataSetUid, OrganisationUnitUid, Uid,
};
use outpost_store::{DatabaseKey, OpenOptions, Store};
use outpost_sync::ports::{KindProgress, OutboxId, Outcome, Settlement, StoreCommand, StoreReply};
use outpost_wire::metadata::parse_page;
use rusqlite::{Connection, params};

const KEY_HEX: &str = "0707070707070707070707070707070707070707070707070707070707070707";
const PAGE_OBJECTS: usize = 1_000;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let wanted = std::env::args().nth(1);
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    if is_wanted("import") {
        measure_import()?;
    }
    if is_wanted("save") {
        measure_save()?;
    }
    if is_wanted("claim") {
        measure_claim()?;
    }
    Ok(())
}

fn store(folder: &Path) -> Result<Store, Failure> {
    let key = DatabaseKey::new([7; 32]);
    Ok(Store::open(&folder.join("store.db"), &key, OpenOptions::default())?.store)
}

/// Bare SQLite as the store opens it: same key and pragmas, none of its code.
fn bare(
    folder: &Path,
    synchronous: &str,
    cache_kib: i64,
    pages: i64,
) -> Result<Connection, Failure> {
    let connection = Connection::open(folder.join("bare.db"))?;
    connection.execute_batch(&format!(
        "PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{KEY_HEX}'\";
         PRAGMA cipher_memory_security = OFF; PRAGMA auto_vacuum = INCREMENTAL;
         PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
         PRAGMA cache_size = -{cache_kib}; PRAGMA wal_autocheckpoint = {pages};
         PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
    ))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn uid(letter: char, number: usize) -> String {
    format!("{letter}{number:010}")
}

/// Ids in the order of the server's `order=id`, which is how pages arrive.
fn pages() -> Vec<(MetadataKind, Vec<u8>)> {
    let units = (0..50_000).map(|number| {
        let (id, parent) = (uid('u', number), uid('u', number / 20));
        format!(
            r#"{{"id":"{id}","code":"OU_{number}","displayName":"Centre de santé communautaire {number}","displayShortName":"CSCOM {number}","openingDate":"2010-01-01T00:00:00.000","lastUpdated":"2026-01-01T00:00:00.{:03}","level":5,"path":"/u0000000000/{}/{}/{parent}/{id}","parent":{{"id":"{parent}"}},"geometry":{{"type":"Point","coordinates":[-{}.5,{}.25]}}}}"#,
            number % 1_000, uid('u', number / 8_000), uid('u', number / 400), number % 12, number % 15
        )
    });
    let options = (0..8_000).map(|number| {
        let (id, set) = (uid('o', number), uid('s', number / 400));
        format!(
            r#"{{"id":"{id}","code":"CODE{number}","displayName":"Option number {number}","sortOrder":{number},"lastUpdated":"2026-01-01T00:00:00.000","optionSet":{{"id":"{set}"}}}}"#
        )
    });
    let rules = (0..1_000).map(|number| {
        let (id, program) = (uid('r', number), uid('p', number / 100));
        format!(
            r#"{{"id":"{id}","displayName":"Rule {number}","priority":{number},"condition":"{}","lastUpdated":"2026-01-01T00:00:00.000","program":{{"id":"{program}"}}}}"#,
            "#{value} > 10 && d2:hasValue(#{other}) || ".repeat(8)
        )
    });
    let mut pages = list(MetadataKind::OrganisationUnit, units.collect());
    pages.extend(list(MetadataKind::Option, options.collect()));
    pages.extend(list(MetadataKind::ProgramRule, rules.collect()));
    pages
}

fn list(kind: MetadataKind, objects: Vec<String>) -> Vec<(MetadataKind, Vec<u8>)> {
    let page = |chunk: &[String]| {
        format!(r#"{{"{}":[{}]}}"#, kind.collection(), chunk.join(",")).into_bytes()
    };
    objects.chunks(PAGE_OBJECTS).map(|chunk| (kind, page(chunk))).collect()
}

fn measure_import() -> Result<(), Failure> {
    let pages = pages();
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let (floor, rows) = import_bare(&pages)?;
        let (ours, parse, swap) = import_ours(&pages)?;
        let ratio = ours.as_secs_f64() / floor.as_secs_f64();
        println!(
            "import of {rows} objects: {ours:.2?} (of it parse {parse:.2?}, swap {swap:.2?}), floor {floor:.2?}, ratio {ratio:.2}"
        );
        ratios.push(ratio);
    }
    println!("import ratio, median: {:.2} (to reach: 1.50)", median(ratios));
    Ok(())
}

fn import_ours(
    pages: &[(MetadataKind, Vec<u8>)],
) -> Result<(Duration, Duration, Duration), Failure> {
    let folder = tempfile::tempdir()?;
    let store = store(folder.path())?;
    let started = Instant::now();
    let mut parse = Duration::ZERO;
    store.command(StoreCommand::BeginPull { scope: "scope".into(), now_ms: 1 })?;
    for (number, (kind, bytes)) in pages.iter().enumerate() {
        let parsing = Instant::now();
        let page = parse_page(*kind, bytes)?;
        parse += parsing.elapsed();
        let progress = KindProgress { pages_done: number as u32 + 1, ..Default::default() };
        store.command(StoreCommand::StagePage { kind: *kind, objects: page.objects, progress })?;
    }
    let swapping = Instant::now();
    store.command(StoreCommand::Swap { now_ms: 2 })?;
    Ok((started.elapsed(), parse, swapping.elapsed()))
}

/// `serde_json` parse and an insert of the same rows into one table with a key.
fn import_bare(pages: &[(MetadataKind, Vec<u8>)]) -> Result<(Duration, u64), Failure> {
    let folder = tempfile::tempdir()?;
    let mut connection = bare(folder.path(), "NORMAL", 8_000, 2_000)?;
    connection.execute_batch(
        "CREATE TABLE object (kind INTEGER, uid TEXT, name TEXT, code TEXT, parent TEXT,
           sort_order INTEGER, path TEXT, last_updated TEXT, body TEXT, PRIMARY KEY (kind, uid))",
    )?;
    let started = Instant::now();
    let mut rows = 0;
    for (kind, bytes) in pages {
        let page: serde_json::Value = serde_json::from_slice(bytes)?;
        let transaction = connection.transaction()?;
        let mut insert =
            transaction.prepare_cached("INSERT INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        for object in page[kind.collection()].as_array().into_iter().flatten() {
            let text = |name: &str| object[name].as_str();
            let parent = ["parent", "optionSet", "program"]
                .iter()
                .find_map(|name| object[*name]["id"].as_str());
            insert.execute(params![
                kind.number(),
                text("id"),
                text("displayName"),
                text("code"),
                parent,
                object["sortOrder"].as_i64(),
                text("path"),
                text("lastUpdated"),
                object.to_string()
            ])?;
            rows += 1;
        }
        drop(insert);
        transaction.commit()?;
    }
    Ok((started.elapsed(), rows))
}

fn values(count: usize) -> impl Iterator<Item = Payload> {
    let period = Period::parse("202601").expect("a month");
    let parsed = |text: String| Uid::parse(&text).expect("made as an id");
    (0..count).map(move |number| Payload::DataValue {
        data_set: DataSetUid(parsed(uid('d', number / 100_000))),
        key: DataValueKey {
            data_element: DataElementUid(parsed(uid('e', number % 50))),
            period,
            organisation_unit: OrganisationUnitUid(parsed(uid('u', number / 50))),
            category_option_combo: CategoryOptionComboUid(parsed("HllvX50cXC0".into())),
            attribute_option_combo: CategoryOptionComboUid(parsed("HllvX50cXC0".into())),
        },
        value: DataValue { value: Some((number % 1_000).to_string()), ..DataValue::default() },
    })
}

fn measure_save() -> Result<(), Failure> {
    save_against("without any index", "")?;
    save_against(
        "with the one index that keeps a record from waiting twice",
        ", UNIQUE (kind, subject)",
    )
}

fn save_against(floor_is: &str, unique: &str) -> Result<(), Failure> {
    let (ours, floor) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let store = store(ours.path())?;
    let mut connection = bare(floor.path(), "FULL", 2_000, 256)?;
    connection.execute_batch(&format!(
        "CREATE TABLE data_value (ou TEXT, pe TEXT, aoc TEXT, de TEXT, coc TEXT, value TEXT,
           comment TEXT, follow_up INTEGER, deleted INTEGER, stored_by TEXT, last_updated TEXT,
           seq INTEGER, PRIMARY KEY (ou, pe, aoc, de, coc)) WITHOUT ROWID;
         CREATE TABLE outbox (id INTEGER PRIMARY KEY, kind INTEGER, state INTEGER, revision INTEGER,
           sent_revision INTEGER, attempts INTEGER, not_before_ms INTEGER, created_ms INTEGER,
           payload_version INTEGER, bytes INTEGER, subject TEXT, lane TEXT, edited_by TEXT,
           payload TEXT{unique});
         CREATE TABLE journal (seq INTEGER PRIMARY KEY, at_ms INTEGER, kind TEXT, by TEXT,
           body TEXT, hash BLOB)"
    ))?;
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    let all: Vec<Payload> = values(50 * 300).collect();
    for form in all.chunks(50) {
        mine.push(save_ours(&store, form)?);
        theirs.push(save_bare(&mut connection, form)?);
    }
    let (mine, theirs) = (median(mine), median(theirs));
    println!(
        "save of 50 values: {:.2} ms, bare {floor_is} {:.2} ms, ratio of medians {:.2} (to reach: 1.30)",
        mine * 1e3,
        theirs * 1e3,
        mine / theirs
    );
    Ok(())
}

fn save_ours(store: &Store, form: &[Payload]) -> Result<f64, Failure> {
    let mut edits = Vec::new();
    let mut slice = None;
    for payload in form {
        let Payload::DataValue { data_set, key, value } = payload else { continue };
        slice = Some(SliceKey {
            data_set: *data_set,
            period: key.period,
            organisation_unit: key.organisation_unit,
            attribute_option_combo: key.attribute_option_combo,
        });
        edits.push((key.data_element, key.category_option_combo, value.clone()));
    }
    let slice = slice.ok_or("an empty form")?;
    let started = Instant::now();
    let saved = store.save_data_values(&slice, &edits, "chw", 1)?;
    let elapsed = started.elapsed().as_secs_f64();
    assert_eq!(saved.changed(), 50);
    Ok(elapsed)
}

fn save_bare(connection: &mut Connection, form: &[Payload]) -> Result<f64, Failure> {
    let started = Instant::now();
    let transaction = connection.transaction()?;
    let mut log = Vec::new();
    for payload in form {
        let Payload::DataValue { key, value, .. } = payload else { continue };
        let sql = "INSERT INTO data_value VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        transaction.prepare_cached(sql)?.execute(params![
            key.organisation_unit.as_str(),
            key.period.to_string(),
            key.attribute_option_combo.as_str(),
            key.data_element.as_str(),
            key.category_option_combo.as_str(),
            value.value,
            value.comment,
            value.follow_up,
            value.deleted,
            "chw",
            None::<&str>,
            1
        ])?;
        let text = serde_json::to_string(payload)?;
        let subject = format!(
            "{}/{}/{}/{}/{}",
            key.period,
            key.organisation_unit,
            key.attribute_option_combo,
            key.data_element,
            key.category_option_combo
        );
        transaction
            .prepare_cached(
                "INSERT INTO outbox (kind, state, revision, sent_revision, attempts, not_before_ms,
                   created_ms, payload_version, bytes, subject, lane, edited_by, payload)
                 VALUES (1, 0, 1, 0, 0, 0, 1, 1, ?, ?, ?, ?, ?)",
            )?
            .execute(params![text.len() as i64, subject, payload.lane().as_str(), "chw", text])?;
        log.push(format!(
            r#"{{"row":1000,"subject":"{subject}","from":null,"to":{{"value":"{}"}}}}"#,
            value.value.as_deref().unwrap_or_default()
        ));
    }
    let body = log.join(",");
    transaction
        .prepare_cached("INSERT INTO journal (at_ms, kind, by, body, hash) VALUES (1, ?, ?, ?, ?)")?
        .execute(params!["edit", "chw", body, [0u8; 32]])?;
    transaction.commit()?;
    Ok(started.elapsed().as_secs_f64())
}

/// Rows that a run claims at once.
const BATCH_ROWS: u32 = 500;

fn measure_claim() -> Result<(), Failure> {
    let (few, many) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let stores = [waiting(few.path(), 1_000)?, waiting(many.path(), 1_000_000)?];
    let mut times = [Vec::new(), Vec::new()];
    // By turns, so that whatever else the machine does weighs on both.
    for round in 0..40 {
        for (store, times) in stores.iter().zip(&mut times) {
            let time = claim_time(store)?;
            if round >= 5 {
                times.push(time);
            }
        }
    }
    let [small, large] = times.map(median);
    println!(
        "claim of {BATCH_ROWS} rows: {:.2} ms of 1,000, {:.2} ms of 1,000,000, ratio {:.2} (to reach: 1.30)",
        small * 1e3,
        large * 1e3,
        large / small
    );
    Ok(())
}

fn waiting(folder: &Path, rows: usize) -> Result<Store, Failure> {
    let store = store(folder)?;
    let started = Instant::now();
    store.import_records(values(rows), "chw", 1, |_| {})?;
    println!("  imported {rows} values in {:.1?}", started.elapsed());
    Ok(store)
}

fn claim_time(store: &Store) -> Result<f64, Failure> {
    let claim = StoreCommand::Claim {
        kind: PayloadKind::DataValue,
        rows_max: BATCH_ROWS,
        bytes_max: 1 << 30,
        now_ms: 10,
        up_to: OutboxId(i64::MAX),
    };
    let started = Instant::now();
    let reply = store.command(claim)?;
    let elapsed = started.elapsed().as_secs_f64();
    let StoreReply::Claimed(claimed) = reply else { return Err("not claimed".into()) };
    assert_eq!(claimed.len(), BATCH_ROWS as usize);
    // Back again, so that the same number waits in every round.
    let outcome =
        Outcome::Retry { not_before_ms: 0, may_have_arrived: false, reason: String::new() };
    let settlements = claimed
        .into_iter()
        .map(|row| Settlement { id: row.id, revision: row.revision, outcome: outcome.clone() })
        .collect();
    store.command(StoreCommand::Settle { settlements, now_ms: 10 })?;
    Ok(elapsed)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
