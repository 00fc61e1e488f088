//! Whatever the network does, nothing is lost, doubled or overwritten, and once it heals all is
//! there.

mod common;

use common::server::{BAD, POISON};
use common::store::RowState;
use common::{Fault, World, event, no_fault, upload_only, value};
use outpost_sync::machine::RunOptions;
use proptest::prelude::*;

fn fault_of(number: u8) -> Fault {
    match number {
        0..=99 => Fault::None,
        100..=119 => Fault::NotSent,
        120..=139 => Fault::LostBefore,
        140..=179 => Fault::LostAfter,
        180..=199 => Fault::Status(503),
        200..=219 => Fault::Status(500),
        220..=229 => Fault::Status(429),
        230..=239 => Fault::Status(401),
        _ => Fault::Status(502),
    }
}

/// Captured texts: some are bad, some are edited between two runs.
fn texts() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(
        prop_oneof![12 => Just("5"), 4 => Just("6"), 2 => Just(BAD), 1 => Just(POISON)],
        1..80,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_doubled_whatever_the_network_does(
        values in texts(),
        events in texts(),
        faults in prop::collection::vec(any::<u8>(), 0..120),
        cancels in prop::collection::vec(prop::option::of(0usize..60), 3),
        seed in any::<u64>(),
    ) {
        let mut world = World::new();
        for (number, text) in values.iter().enumerate() {
            world.store.capture(value(number, text));
        }
        for (number, text) in events.iter().enumerate() {
            world.store.capture(event(number, text));
        }
        let options = || RunOptions { seed, ..upload_only() };
        let mut used = 0;
        for cancel in cancels {
            world.cancel_at = cancel;
            world.run(options(), |_| {
                used += 1;
                faults.get(used - 1).copied().map_or(Fault::None, fault_of)
            });
            // Under way is only what a job of the server keeps, for the next run to ask about.
            let kept: usize = world.store.jobs.iter().map(|job| job.rows.len()).sum();
            prop_assert_eq!(world.store.count(|state| *state == RowState::InFlight), kept);
            world.now_ms += 60 * 60 * 1_000;
        }
        world.cancel_at = None;
        let report = world.run(options(), no_fault);
        prop_assert_eq!(report.stopped, None);
        prop_assert!(world.store.jobs.is_empty(), "a job was forgotten");

        let is_bad = |text: &&&str| **text == BAD || **text == POISON;
        let bad = values.iter().filter(is_bad).count() + events.iter().filter(is_bad).count();
        let good = values.len() + events.len() - bad;
        prop_assert_eq!(world.store.count(|state| *state == RowState::Done), good);
        prop_assert_eq!(
            world.store.count(|state| matches!(state, RowState::Rejected(_))), bad);
        prop_assert_eq!(world.server.values.len() + world.server.tracker.events().len(), good);
        prop_assert!(world.server.writes.values().all(|writes| *writes == 1), "doubled");
    }
}
