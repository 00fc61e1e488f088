//! The period vectors beside the checkout: 590 ids with their dates.

use std::path::PathBuf;

use jiff::civil::Date;
use outpost_domain::period::Period;

fn shared_data() -> PathBuf {
    let beside_checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    std::env::var_os("OUTPOST_SHARED_DATA").map_or_else(|| beside_checkout.into(), PathBuf::from)
}

#[test]
fn every_vector_parses_to_its_dates_and_is_found_by_its_first_day() {
    let path = shared_data().join("vectors/period-vectors-iso8601.csv");
    let Ok(vectors) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is absent", path.display());
        return;
    };
    let mut rows = 0;
    for row in vectors.lines().skip(1).filter(|row| !row.is_empty()) {
        let fields: Vec<&str> = row.split(',').collect();
        let [id, start, end] = fields[..] else { panic!("three fields in {row}") };
        let period = Period::parse(id).unwrap_or_else(|error| panic!("{id}: {error}"));
        let date = |text: &str| text.parse::<Date>().expect("vectors hold ISO dates");
        assert_eq!((period.start(), period.end()), (date(start), date(end)), "{id}");
        assert_eq!(period.to_string(), id);
        assert_eq!(period.period_type().containing(period.start()), Some(period), "{id}");
        rows += 1;
    }
    assert_eq!(rows, 590);
}
