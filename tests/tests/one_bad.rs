//! One bad record among thousands: all the others are on the server, the bad one is parked with its
//! field and the reason, and finding it costs a handful of requests.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::BTreeSet;

use outpost_sandbox::MetadataSource;
use outpost_tests::rig::device::Device;
use outpost_tests::rig::material::{self, DATA_SET, DEFAULT_COMBO, PROGRAM, Size};
use outpost_tests::rig::number;
use outpost_tests::rig::road::{Fate, Passage, Road};
use outpost_tests::rig::server::Server;
use serde_json::{Value, json};

/// A value that the forms of the device allow and the server, changed meanwhile, does not.
const BAD: &str = "12.5";
/// The element with the bad value.
const BAD_ELEMENT: usize = 37;
/// Values in one request (limits of `sync`).
const VALUES_BATCH: f64 = 1_000.0;
/// Events in one request.
const EVENTS_BATCH: f64 = 200.0;

struct Bench {
    server: Server,
    road: Road,
    device: Device,
    clinics: usize,
    elements: usize,
}

impl Bench {
    fn new(elements: usize, version: &str) -> Self {
        let clinics = 100;
        let size = Size { clinics, assigned: clinics, elements, remark: false };
        let server = Server::with(MetadataSource::Json(material::package(size)), version);
        let road = Road::to(server.url());
        let device = Device::new();
        device.ready(&road.url());
        Self { server, road, device, clinics, elements }
    }

    /// Takes a file in; every record of it waits afterwards.
    #[track_caller]
    fn import(&self, file: &Value, records: usize) {
        let path = self.device.beside("records.json");
        std::fs::write(&path, file.to_string()).expect("written");
        let report = self.device.json(&["import", path.to_str().expect("a path")]);
        assert_eq!(report["saved"], records, "{report}");
    }

    /// Fills every cell of every clinic for a month; gives back the keys.
    #[track_caller]
    fn fill(&self, month: &str, bad: Option<usize>) -> BTreeSet<String> {
        let cells = (0..self.clinics)
            .flat_map(|clinic| (0..self.elements).map(move |element| (element, clinic)));
        let value = |element: usize, clinic: usize| match bad {
            Some(place) if (element, clinic) == (BAD_ELEMENT, place) => BAD.to_owned(),
            _ => (element + clinic).to_string(),
        };
        let rows = cells.clone().map(|(element, clinic)| {
            let unit = material::clinic(clinic);
            (material::element(element), unit, value(element, clinic))
        });
        self.import(&material::values_file(month, rows), self.clinics * self.elements);
        let key = |(element, clinic)| {
            let (element, unit) = (material::element(element), material::clinic(clinic));
            format!("{month}/{unit}/{element}/{DEFAULT_COMBO}")
        };
        cells.map(key).collect()
    }

    #[track_caller]
    fn add_events(&self, numbers: std::ops::Range<usize>, bad: Option<usize>) {
        let count = numbers.len();
        let rows = numbers.map(|number| {
            let value = if Some(number) == bad { BAD.to_owned() } else { number.to_string() };
            let unit = material::clinic(number % self.clinics);
            (material::event_id(number), unit, value, "seen".to_owned())
        });
        self.import(&material::events_file(&material::past_day(1), rows), count);
    }

    /// Sends what waits; gives back what passed on the road.
    #[track_caller]
    fn push(&self) -> (Value, Vec<Passage>) {
        drop(self.road.take_log());
        let report = self.device.json(&["push"]);
        assert_eq!(report["stopped"], Value::Null, "{report}");
        (report, self.road.take_log())
    }

    /// The one row that is left, parked.
    #[track_caller]
    fn parked(&self) -> Value {
        let rows = self.device.json(&["outbox"]);
        assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
        let row = rows[0].clone();
        assert_eq!(row["state"], "rejected", "{row}");
        assert!(row["reason"].as_str().is_some_and(|text| text.len() > 10), "{row}");
        row
    }

    /// From now on the whole request is refused that holds the bad value, without a word about which
    /// record it is.
    fn refuse_whole(&self) {
        let needle = format!("\"{BAD}\"");
        self.road.rule(move |_, request| {
            let is_upload = request.start().first().is_some_and(|method| method == "POST");
            if is_upload && request.holds(&needle) { Fate::Malformed } else { Fate::Pass }
        });
    }
}

fn values_count() -> usize {
    usize::try_from(number("OUTPOST_ONE_BAD_VALUES", 10_000)).unwrap_or(10_000)
}

#[track_caller]
fn check_cost(name: &str, alone: &[Passage], with_bad: &[Passage], batch: f64) {
    let extra = with_bad.len().saturating_sub(alone.len());
    let most = 2.0 * batch.log2();
    println!(
        "{name}: {} requests without, {} with the bad record, allowed {most:.0} more",
        alone.len(),
        with_bad.len(),
    );
    assert!(extra as f64 <= most, "{name}: {extra} more requests");
}

/// All values of a month with a bad one among them, against the same work without.
#[track_caller]
fn check_values(name: &str, version: &str, whole: bool) {
    let bench = Bench::new(values_count() / 100, version);
    let good = bench.fill(&material::past_month(2), None);
    let (report, alone) = bench.push();
    assert_eq!((&report["synced"], &report["rejected"]), (&json!(good.len()), &json!(0)));

    let mut month = bench.fill(&material::past_month(1), Some(61));
    let element = format!("/api/dataElements/{}", material::element(BAD_ELEMENT));
    match whole {
        true => bench.refuse_whole(),
        false => bench.server.patch(&element, &json!({"valueType": "INTEGER"})),
    }
    let (report, with_bad) = bench.push();
    let count = month.len();
    assert_eq!((&report["synced"], &report["rejected"]), (&json!(count - 1), &json!(1)));
    check_cost(name, &alone, &with_bad, VALUES_BATCH);

    let row = bench.parked();
    assert_eq!(row["uid"], material::element(BAD_ELEMENT), "{row}");
    assert_eq!(row["org_unit"], material::clinic(61), "{row}");
    let key = format!(
        "{}/{}/{}/{DEFAULT_COMBO}",
        material::past_month(1),
        material::clinic(61),
        material::element(BAD_ELEMENT)
    );
    assert!(month.remove(&key));
    month.extend(good);
    let held = bench.server.values(DATA_SET);
    assert_eq!(held.keys().cloned().collect::<BTreeSet<_>>(), month);

    // Corrected, it goes its way like any other.
    let corrected = format!("{}=12", material::element(BAD_ELEMENT));
    let slice = ["record", "set", "--data-set", DATA_SET, "--period", &material::past_month(1)];
    let place = ["--org-unit", &material::clinic(61), &corrected];
    bench.device.json(&[&slice[..], &place].concat());
    let (report, _) = bench.push();
    assert_eq!(report["synced"], 1, "{report}");
    assert_eq!(bench.server.values(DATA_SET).get(&key).map(String::as_str), Some("12"));
    bench.device.verify_journal();
}

#[test]
fn one_bad_value_among_ten_thousand_is_parked_alone() {
    check_values("values, named by index", "2.42.4", false);
}

#[test]
fn one_bad_value_is_found_when_the_server_refuses_the_whole_request() {
    check_values("values, refused whole", "2.42.4", true);
}

#[test]
fn one_bad_value_is_parked_alone_where_a_request_is_one_report() {
    check_values("values, 2.43", "2.43.0", false);
}

#[track_caller]
fn check_events(name: &str, whole: bool) {
    const EVENTS: usize = 2_000;
    const BAD_EVENT: usize = EVENTS + 1_234;
    let bench = Bench::new(1, "2.42.4");
    bench.add_events(0..EVENTS, None);
    let (report, alone) = bench.push();
    assert_eq!((&report["synced"], &report["rejected"]), (&json!(EVENTS), &json!(0)));

    bench.add_events(EVENTS..2 * EVENTS, Some(BAD_EVENT));
    match whole {
        true => bench.refuse_whole(),
        false => {
            let element = format!("/api/dataElements/{}", material::EVENT_NUMBER);
            bench.server.patch(&element, &json!({"valueType": "INTEGER"}));
        }
    }
    let (report, with_bad) = bench.push();
    assert_eq!((&report["synced"], &report["rejected"]), (&json!(EVENTS - 1), &json!(1)));
    check_cost(name, &alone, &with_bad, EVENTS_BATCH);
    let row = bench.parked();
    assert_eq!(row["uid"], material::event_id(BAD_EVENT), "{row}");
    if !whole {
        assert_eq!(row["field"], material::EVENT_NUMBER, "{row}");
    }
    let held: BTreeSet<_> = bench.server.events(PROGRAM).into_keys().collect();
    let expected = (0..2 * EVENTS).filter(|number| *number != BAD_EVENT);
    assert_eq!(held, expected.map(material::event_id).collect());
    bench.device.verify_journal();
}

#[test]
fn one_bad_event_among_thousands_is_parked_alone() {
    check_events("events, named by id", false);
}

#[test]
fn one_bad_event_is_found_when_the_envelope_names_none() {
    check_events("events, refused whole", true);
}
