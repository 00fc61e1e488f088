//! Picking the next batch from an outbox with 1,000 and with 1,000,000 rows waiting.

use std::time::{Duration, Instant};

use outpost_domain::data::{DataValue, DataValueKey, Payload, PayloadKind};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid,
    OrganisationUnitUid,
};
use outpost_store::{DatabaseKey, OpenOptions, Store};
use outpost_sync::ports::{OutboxId, Outcome, Settlement, StoreCommand, StoreReply};

use super::floor;
use super::world::uid;

const BATCH: u32 = 500;
const ROUNDS: usize = 30;
const NOW_MS: i64 = 1_795_000_000_000;

/// Runs and prints it for both sizes.
pub fn run(large: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let small = pick(&folder.path().join("small.db"), 1_000);
    let big = pick(&folder.path().join("large.db"), large);
    println!(
        "outbox: pick a batch of {BATCH} of 1,000 rows {:>8.3} ms, of {large} rows {:>8.3} ms   ratio {:.2} (bar 1.3)",
        small.as_secs_f64() * 1e3,
        big.as_secs_f64() * 1e3,
        big.as_secs_f64() / small.as_secs_f64()
    );
}

fn pick(path: &std::path::Path, rows: u64) -> Duration {
    let store = Store::open(path, &DatabaseKey::new(floor::KEY), OpenOptions::default())
        .expect("a new store")
        .store;
    let records = (0..rows).map(payload);
    store.import_records(records, "bench", NOW_MS, |_| ()).expect("imported");
    let mut times: Vec<_> = (0..ROUNDS).map(|_| pick_and_give_back(&store)).collect();
    times.sort();
    times[times.len() / 2]
}

/// The time of one pick. The rows are given back at once, so that every round finds as many waiting.
fn pick_and_give_back(store: &Store) -> Duration {
    let claim = StoreCommand::Claim {
        kind: PayloadKind::DataValue,
        rows_max: BATCH,
        bytes_max: 1 << 20,
        now_ms: NOW_MS,
        up_to: OutboxId(i64::MAX),
    };
    let start = Instant::now();
    let reply = store.command(claim);
    let elapsed = start.elapsed();
    let Ok(StoreReply::Claimed(claimed)) = reply else { panic!("rows are waiting") };
    assert_eq!(claimed.len(), BATCH as usize);
    let retry = Outcome::Retry { not_before_ms: 0, may_have_arrived: false, reason: String::new() };
    let settlements = claimed
        .iter()
        .map(|row| Settlement { id: row.id, revision: row.revision, outcome: retry.clone() })
        .collect();
    store.command(StoreCommand::Settle { settlements, now_ms: NOW_MS }).expect("settled");
    elapsed
}

/// Fifty values a place, as a district's backlog has them.
fn payload(number: u64) -> Payload {
    let combo = CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).expect("a uid");
    Payload::DataValue {
        data_set: DataSetUid(uid("ds", 1)),
        key: DataValueKey {
            data_element: DataElementUid(uid("de", number % 50)),
            period: Period::parse("202610").expect("a period"),
            organisation_unit: OrganisationUnitUid(uid("ou", number / 50)),
            category_option_combo: combo,
            attribute_option_combo: combo,
        },
        value: DataValue { value: Some(format!("{number}")), ..Default::default() },
    }
}
