//! Seven real metadata packages and our own: counts by kind, and every object of the kinds of forms
//! becomes a domain value or is named with a reason.

#![allow(clippy::print_stdout, reason = "suites tell what they read")]

mod support;

use std::collections::BTreeMap;

use outpost_domain::metadata::MetadataKind;
use outpost_wire::metadata::{MetadataObject, objects_of_package};
use support::{parse_typed, shared_data};

/// Counts of one package: elements, objects read, typed values, and what was not understood.
struct Counts {
    elements: u64,
    read: usize,
    typed: usize,
    problems: Vec<String>,
}

fn count(bytes: &[u8]) -> BTreeMap<String, Counts> {
    let lists = objects_of_package(bytes).expect("a package");
    let pulled = lists.into_iter().filter_map(|list| Some((list.kind?, list)));
    pulled
        .map(|(kind, list)| {
            let mut counts = Counts {
                elements: list.count,
                read: list.objects.len(),
                typed: 0,
                problems: list
                    .skipped
                    .iter()
                    .map(|s| format!("{:?}: {}", s.uid, s.reason))
                    .collect(),
            };
            for object in &list.objects {
                check_body(kind, object);
                match parse_typed(kind, object.body.as_bytes()) {
                    Some(Ok(())) => counts.typed += 1,
                    Some(Err(error)) => counts.problems.push(format!("{}: {error}", object.uid)),
                    None => {}
                }
            }
            (list.collection, counts)
        })
        .collect()
}

/// The body is the same object, compact, without the assigned units.
fn check_body(kind: MetadataKind, object: &MetadataObject) {
    let body: serde_json::Value = serde_json::from_str(&object.body).expect("the body is JSON");
    assert_eq!(body["id"], object.uid.as_str(), "{kind:?}");
    assert!(body.get("organisationUnits").is_none_or(serde_json::Value::is_null));
    assert_eq!(body.to_string().len(), object.body.len(), "{kind:?} {}", object.uid);
}

/// Counts of the lists by hand: `python3 -c "import json; …len(v)"` over the packages.
const EXPECTED: &[(&str, &[(&str, u64)])] = &[
    (
        "COD_COD-TRK_EN_V1_DHIS2.36",
        &[("options", 6_434), ("dataElements", 50), ("programRules", 50)],
    ),
    (
        "HIV_AGG_2.41",
        &[
            ("dataElements", 257),
            ("dataSets", 9),
            ("sections", 42),
            ("categoryOptionCombos", 113),
            ("indicators", 279),
        ],
    ),
    ("IDSR_IDSR_COMPLETE_V1_DHIS2.36", &[("dataSets", 3), ("dataElements", 98), ("sections", 3)]),
    ("LMIS_STK_2.41", &[("dataSets", 1), ("dataElements", 20), ("sections", 4)]),
    ("NCD_CR_2.42", &[("options", 1_244), ("programStages", 3), ("programStageSections", 10)]),
    (
        "RMNCAH_RMNCAH_COMPLETE_V1_DHIS2.36",
        &[("dataElements", 125), ("sections", 17), ("categoryOptionCombos", 46)],
    ),
    ("TB_CS_2.41", &[("dataElements", 174), ("programRules", 171), ("programStageSections", 28)]),
];

#[test]
fn every_object_of_the_real_packages_is_read_or_named() {
    let Some(data) = shared_data() else { return };
    let mut problems = Vec::new();
    for (name, expected) in EXPECTED {
        let path = data.join("metadata-packages").join(format!("{name}.json"));
        let counts = count(&std::fs::read(path).expect("the package is on the shelf"));
        for (collection, number) in *expected {
            assert_eq!(counts[*collection].elements, *number, "{name} {collection}");
        }
        println!("{name}");
        for (collection, counts) in counts {
            assert_eq!(counts.elements as usize, counts.read, "{name} {collection}");
            println!("  {collection}: {} read, {} typed", counts.read, counts.typed);
            problems.extend(counts.problems.iter().map(|p| format!("{name} {collection} {p}")));
        }
    }
    println!("not understood: {}", problems.len());
    problems.iter().for_each(|problem| println!("  {problem}"));
    assert_eq!(problems.len(), PROBLEMS, "{}", problems.join("\n"));
}

/// Objects of the seven packages that have no typed value.
const PROBLEMS: usize = 0;
