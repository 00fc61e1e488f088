//! How fast a file is written and read, how small it is, how much memory it takes, and the floor:
//! serde_json and zstd alone.
//!
//! `cargo run --release -p outpost-exchange --example measure [RECORDS]`
#![allow(clippy::print_stdout, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Cursor, Write};
use std::time::Instant;

use outpost_exchange::file::*;
use support::*;

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(50_000);
    let country = country();
    streamed(&country, count);
    let lines = records(count);
    let rate = |name: &str, start: Instant| {
        let seconds = start.elapsed().as_secs_f64();
        println!("{name:32} {seconds:8.3} s {:>12.0} records/s", count as f64 / seconds);
    };

    let start = Instant::now();
    let mut floor = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    let mut json = 0;
    for line in &lines {
        let text = serde_json::to_vec(line).expect("JSON");
        json += text.len() + 1;
        floor.write_all(&text).and_then(|()| floor.write_all(b"\n")).expect("packed");
    }
    let floor = floor.finish().expect("packed");
    rate("floor: serde_json + zstd, out", start);
    let start = Instant::now();
    let (bytes, _) = file_of(&country, &lines, first());
    rate("write a file", start);

    let start = Instant::now();
    let input = BufReader::new(zstd::Decoder::new(floor.as_slice()).expect("a decoder"));
    let mut read = 0;
    for line in input.lines() {
        let _: DataLine = serde_json::from_str(&line.expect("a line")).expect("JSON");
        read += 1;
    }
    rate("floor: zstd + serde_json, in", start);
    let start = Instant::now();
    let verified = Verified::open(Cursor::new(&bytes), &country.ring).expect("verified");
    let mut again = 0;
    for line in verified.lines::<DataLine>(&country.tablet).expect("opened") {
        let _ = line.expect("a line");
        again += 1;
    }
    rate("verify and read a file", start);
    assert_eq!((read, again), (count, count));

    let ratio = json as f64 / bytes.len() as f64;
    println!("JSON {json} bytes, file {} bytes: 1/{ratio:.1}", bytes.len());
}

/// Writes and reads ten times as many records without ever holding them: memory stays flat.
fn streamed(country: &Country, count: u64) {
    let before = peak_kib();
    let recipients = country.ring.recipients(id(&country.tablet)).expect("recipients");
    let spool = tempfile::tempfile().expect("a spool");
    let mut draft = Draft::begin(spool, &recipients).expect("a draft");
    for number in 0..10 * count {
        draft.add(&record(number)).expect("a line");
    }
    let mut file = tempfile::tempfile().expect("a file");
    let sealed = draft.seal().expect("sealed");
    let _ = sealed.write(&country.phone, first(), None, &mut file).expect("written");
    let wrote = peak_kib();
    let verified = Verified::open(file, &country.ring).expect("verified");
    let mut lines = verified.lines::<DataLine>(&country.tablet).expect("opened");
    let read = lines.by_ref().filter(|line| line.is_ok()).count() as u64;
    assert!(lines.is_complete() && read == 10 * count);
    let (out, both) = (wrote - before, peak_kib() - before);
    println!("{read} records streamed: peak memory +{out} KiB writing, +{both} KiB with reading");
}

/// Highest resident memory of this process so far, as Linux counts it; 0 elsewhere.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
