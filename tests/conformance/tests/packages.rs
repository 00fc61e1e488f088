//! Every expression of the published metadata packages can be read, or DHIS2's own library refuses it
//! at the same character.

#![allow(clippy::print_stdout, reason = "suites tell what they read")]

use std::path::{Path, PathBuf};

use outpost_conformance::packages::{read, read_folder};
use serde_json::json;

/// Expressions of each list, counted by `python3 -c "import json; …"` over the seven packages.
const EXPECTED: [(&str, usize); 6] = [
    ("indicators", 1_360),
    ("predictors", 22),
    ("programIndicators", 532),
    ("programRuleActions", 252),
    ("programRules", 460),
    ("validationRules", 190),
];

/// expression-parser-jvm 1.3.0 refuses the same two at the same characters (87 and 69).
const REFUSED: [(&str, &str); 2] = [
    ("jjGuMNkgHbM", "at character 87: a no-break space, which DHIS2 refuses too"),
    ("qkW3pBfYxsR", "at character 69: a no-break space, which DHIS2 refuses too"),
];

#[test]
fn every_expression_of_the_real_packages_is_read() {
    let shelf = std::env::var("OUTPOST_SHARED_DATA").map(PathBuf::from).unwrap_or_else(|_| {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_owned()
    });
    let folder = shelf.join("metadata-packages");
    if !folder.is_dir() {
        println!("skipped: there are no metadata packages at {}", folder.display());
        return;
    }
    let packages = read_folder(&folder).expect("the packages can be read");
    let unread = packages.iter().flat_map(|package| &package.unread);
    let unread: Vec<_> = unread.map(|it| (it.id.as_str(), it.reason.as_str())).collect();
    assert_eq!(unread, REFUSED);
    for (list, expected) in EXPECTED {
        let all = packages.iter().filter_map(|package| package.counts.get(list));
        assert_eq!(all.map(|(all, _)| all).sum::<usize>(), expected, "{list}");
    }
}

#[test]
fn what_cannot_be_read_is_named_with_the_reason() {
    let package = json!({
        "indicators": [{"id": "inBroken001", "numerator": "#{deAncVisits} +", "denominator": "1"}],
        "programRules": [{"id": "prEmpty0001", "condition": " "}],
    });
    let found = read("broken", &package);
    assert_eq!(found.counts["indicators"], (2, 1));
    assert!(!found.counts.contains_key("programRules"));
    assert_eq!((found.unread[0].id.as_str(), found.unread[0].member), ("inBroken001", "numerator"));
    assert!(found.unread[0].reason.starts_with("at character 16:"), "{}", found.unread[0].reason);
}
