//! The expression corpus against both dialects: every case that newer engines do not answer
//! differently must agree. Prints a table by category (`-- --nocapture`).
#![allow(missing_docs)]
#![allow(clippy::print_stdout, reason = "the table is what the suite shows")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use outpost_conformance::{DialectChoice, answer_line, compare};
use outpost_domain::expression::Dialect;
use serde_json::Value;

fn corpus() -> Option<String> {
    let data = std::env::var_os("OUTPOST_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = data.join("rules/expr.jsonl");
    match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(_) => {
            println!("skipped: no expression corpus at {}", path.display());
            None
        }
    }
}

/// Halves of surrogate pairs become U+FFFD, as in the runner.
fn parse(line: &str) -> Value {
    serde_json::from_str(&compare::readable(line)).expect("a corpus line is JSON")
}

#[derive(Default)]
struct Tally {
    agree: usize,
    differ: usize,
    newer: usize,
}

fn check(expected: &str, dialect: Dialect) {
    let Some(corpus) = corpus() else { return };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut differences = Vec::new();
    for line in corpus.lines() {
        let case = parse(line);
        let Some(wanted) = case.get(expected) else { continue };
        let found = answer_line(line, DialectChoice::Fixed(dialect));
        let category = case["cat"].as_str().unwrap_or("?").to_owned();
        let tally = tallies.entry(category).or_default();
        let difference = compare::difference(wanted, &found);
        if expected == "expected" && case.get("newer").is_some() {
            tally.newer += 1;
        } else if let Some(difference) = difference {
            tally.differ += 1;
            differences
                .push(format!("{} {} {}: {difference}", case["id"], case["mode"], case["expr"]));
        } else {
            tally.agree += 1;
        }
    }
    println!("{dialect:?}\n{:<28} {:>6} {:>6} {:>6}", "category", "agree", "differ", "newer");
    for (category, tally) in &tallies {
        let Tally { agree, differ, newer } = tally;
        println!("{category:<28} {agree:>6} {differ:>6} {newer:>6}");
    }
    let sum = |of: fn(&Tally) -> usize| tallies.values().map(of).sum::<usize>();
    println!(
        "{:<28} {:>6} {:>6} {:>6}",
        "all",
        sum(|t| t.agree),
        sum(|t| t.differ),
        sum(|t| t.newer)
    );
    assert!(sum(|t| t.agree) > 500, "the corpus has cases");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_kotlin_dialect_answers_as_expression_parser_does() {
    check("expected", Dialect::Kotlin);
}

#[test]
fn the_antlr_dialect_answers_as_the_antlr_library_does() {
    check("antlr", Dialect::Antlr);
}
