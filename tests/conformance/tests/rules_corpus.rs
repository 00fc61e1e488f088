//! The program rule corpus: every case that newer engines do not answer differently must agree.
//! Prints a table by category (`-- --nocapture`).
#![allow(missing_docs)]
#![allow(clippy::print_stdout, reason = "the table is what the suite shows")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use outpost_conformance::generate::Chooser;
use outpost_conformance::{answer_rules_line, compare, generate_rules, rules};
use outpost_domain::rules::EngineVersion;
use serde_json::Value;

fn corpus() -> Option<String> {
    let data = std::env::var_os("OUTPOST_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = data.join("rules/rules.jsonl");
    match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(_) => {
            println!("skipped: no program rule corpus at {}", path.display());
            None
        }
    }
}

#[test]
fn rules_answer_as_rule_engine_does() {
    let Some(corpus) = corpus() else { return };
    let today = rules::today();
    let mut tallies: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let mut differences = Vec::new();
    for line in corpus.lines() {
        let case: Value =
            serde_json::from_str(&compare::readable(line)).expect("a corpus line is JSON");
        let found = answer_rules_line(line, today, EngineVersion::V3_4);
        let difference = compare::rules_difference(&case["expected"], &found);
        let is_newer = case.get("newer").is_some();
        let tally = tallies.entry(case["cat"].as_str().unwrap_or("?").to_owned()).or_default();
        tally[usize::from(difference.is_some()) + 2 * usize::from(is_newer)] += 1;
        if let Some(difference) = difference.filter(|_| !is_newer) {
            differences.push(format!("{}: {difference}", case["id"]));
        }
    }
    println!(
        "{:<20} {:>6} {:>6} {:>12} {:>12}",
        "category", "agree", "differ", "newer agree", "differ"
    );
    let mut sums = [0; 4];
    for (category, tally) in &tallies {
        let [agree, differ, newer_agree, newer_differ] = tally;
        println!("{category:<20} {agree:>6} {differ:>6} {newer_agree:>12} {newer_differ:>12}");
        for (sum, count) in sums.iter_mut().zip(tally) {
            *sum += count;
        }
    }
    println!("{:<20} {:>6} {:>6} {:>12} {:>12}", "all", sums[0], sums[1], sums[2], sums[3]);
    assert!(sums[0] > 500, "the corpus has cases");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[track_caller]
fn answers(line: &str) {
    let answer = answer_rules_line(line, rules::today(), EngineVersion::V3_4).to_string();
    assert!(answer.starts_with('{') && !answer.contains("panicked"), "{line}: {answer}");
}

#[test]
fn no_line_ends_the_run() {
    for line in [
        "",
        "{",
        "[]",
        "null",
        "1e999",
        "{}",
        r#"{"target": 7}"#,
        r#"{"target": "all"}"#,
        r#"{"target": "event", "event": []}"#,
        r#"{"target": "all", "rules": [{"uid": "R", "condition": "true", "actions": 5}]}"#,
        r#"{"target": "validate", "expr": "((((", "dataItems": {"a": 1}}"#,
        r#"{"target": "all", "rules": [7, null, "x"]}"#,
        r#"{"target": "all", "constants": {"a": {"b": 1}}, "supplementary": "x"}"#,
    ] {
        answers(line);
    }
    answers(&format!(r#"{{"target": "validate", "expr": "{}"}}"#, "(".repeat(100_000)));
    answers(&"[".repeat(100_000));
}

#[test]
fn no_damaged_case_ends_the_run() {
    const DAMAGE: &[u8] = b"\"{}[]:,0e-\\ntu\xc3";
    let chooser = &mut Chooser::new(77);
    for id in 0..1_500 {
        let mut line = generate_rules::case(chooser, id).to_string().into_bytes();
        for _ in 0..=chooser.below(4) {
            let at = chooser.below(line.len());
            line[at] = DAMAGE[chooser.below(DAMAGE.len())];
        }
        answers(&String::from_utf8_lossy(&line));
    }
}
