//! Picking the next batch from an outbox with 1,000 and with 1,000,000 rows waiting.

use outpost_domain::data::{DataValue, DataValueKey, Payload, PayloadKind};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid,
    OrganisationUnitUid,
};
use outpost_store::{DatabaseKey, OpenOptions, Store};
use outpost_sync::ports::{OutboxId, Outcome, Settlement, StoreCommand, StoreReply};

use super::floor;
use super::measure::{Spent, by_turns, print_ratio, spent};
use super::world::uid;

const BATCH: u32 = 500;
const ROUNDS: usize = 30;
const NOW_MS: i64 = 1_795_000_000_000;

/// Runs and prints it for both sizes, by turns.
///
/// # Panics
/// If the store refuses something; a benchmark has nobody to tell.
pub fn run(large: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let small = waiting(&folder.path().join("small.db"), 1_000);
    let big = waiting(&folder.path().join("large.db"), large);
    let turns = by_turns(ROUNDS, || pick_and_give_back(&big), || pick_and_give_back(&small));
    print_ratio(&format!("outbox: pick {BATCH} of {large} rows, floor: of 1,000"), &turns, 1.3);
}

fn waiting(path: &std::path::Path, rows: u64) -> Store {
    let key = DatabaseKey::new(floor::KEY);
    let store = Store::open(path, &key, OpenOptions::default()).expect("a new store").store;
    store.import_records((0..rows).map(payload), "bench", NOW_MS, |_| ()).expect("imported");
    store
}

/// The time of one pick. The rows are given back at once, so that every round finds as many waiting.
fn pick_and_give_back(store: &Store) -> Spent {
    let claim = StoreCommand::Claim {
        kind: PayloadKind::DataValue,
        rows_max: BATCH,
        bytes_max: 1 << 20,
        now_ms: NOW_MS,
        up_to: OutboxId(i64::MAX),
    };
    let (spent, reply) = spent(|| store.command(claim));
    let Ok(StoreReply::Claimed(claimed)) = reply else { panic!("rows are waiting") };
    assert_eq!(claimed.len(), BATCH as usize);
    let retry = Outcome::Retry { not_before_ms: 0, may_have_arrived: false, reason: String::new() };
    let settlements = claimed
        .iter()
        .map(|row| Settlement { id: row.id, revision: row.revision, outcome: retry.clone() })
        .collect();
    store.command(StoreCommand::Settle { settlements, now_ms: NOW_MS }).expect("settled");
    spent
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
