//! How fast a file is written and read, how small it is, and the floor: serde_json and zstd alone.
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
    let lines = records(count);
    let rate = |name: &str, start: Instant| {
        let seconds = start.elapsed().as_secs_f64();
        println!("{name:32} {seconds:8.3} s {:>12.0} records/s", count as f64 / seconds);
    };

    let start = Instant::now();
    let mut floor = zstd::Encoder::new(Vec::new(), 6).expect("an encoder");
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
