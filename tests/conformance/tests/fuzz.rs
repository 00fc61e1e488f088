//! A short run of the fuzz loop; `scripts/conformance fuzz` runs longer ones.

use outpost_conformance::fuzz;

#[test]
fn no_input_panics_and_most_are_read_and_computed() {
    let tally = fuzz::run(30_000, 5);
    assert!(tally.panics.is_empty(), "{tally}");
    for (given, read, computed) in tally.dialects {
        assert!(read * 3 > given && computed * 10 > given, "the inputs are too broken: {tally}");
    }
    let (sets, answered) = tally.rule_sets;
    assert!(sets > 200 && answered * 2 > sets, "{tally}");
}
