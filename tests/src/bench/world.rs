//! Metadata of the size of a country, made from a seed: organisation units with names in several
//! scripts, options, rules.

use std::fmt::Write as _;

use outpost_domain::uid::Uid;
use serde_json::{Value, json};

/// The same id for the same words and number, always a valid one.
#[must_use]
pub fn uid(kind: &str, number: u64) -> Uid {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    for byte in kind.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    let mut random = [0u8; 22];
    for chunk in random.chunks_mut(8) {
        state ^= state >> 33;
        state = state.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        state ^= state >> 29;
        let bytes = state.to_le_bytes();
        chunk.copy_from_slice(&bytes[..chunk.len()]);
    }
    Uid::from_random(random)
}

const WORDS: [&str; 12] = [
    "Bondo",
    "Kalangala",
    "Nyakabiga",
    "São Tomé",
    "Élise",
    "كسلا",
    "धनगढी",
    "አዲስ",
    "Mwanza",
    "Chipata",
    "Lubumbashi",
    "Tamale",
];

/// Children of each level: 1 country, 8 regions, 80 districts, 800 sub-districts, the rest clinics.
const FAN_OUT: u64 = 10;

/// How large a generated package is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Organisation units.
    pub organisation_units: u64,
    /// Options, in one option set.
    pub options: u64,
    /// Program rules, in one program.
    pub program_rules: u64,
}

/// A country: the set that pulls are measured with.
pub const COUNTRY: Size = Size { organisation_units: 50_000, options: 8_000, program_rules: 1_000 };

/// A package of that size, as DHIS2 exports one.
#[must_use]
pub fn package(size: Size) -> Value {
    let mut paths: Vec<String> = Vec::new();
    let mut units = Vec::new();
    for number in 0..size.organisation_units {
        let id = uid("unit", number);
        let parent = (number > 0).then(|| (number - 1) / FAN_OUT);
        let mut path = parent.map_or(String::new(), |parent| paths[parent as usize].clone());
        let _ = write!(path, "/{id}");
        let level = path.matches('/').count();
        let word = WORDS[(number % WORDS.len() as u64) as usize];
        let name = format!("{word} {number}");
        let mut unit = json!({
            "id": id.as_str(), "name": name, "shortName": name, "code": format!("OU{number:06}"),
            "path": path, "level": level, "openingDate": "2010-01-01",
        });
        if let Some(parent) = parent {
            unit["parent"] = json!({ "id": uid("unit", parent).as_str() });
        }
        units.push(unit);
        paths.push(path);
    }
    json!({
        "organisationUnits": units,
        "optionSets": [{ "id": uid("set", 0).as_str(), "name": "Diagnosis", "valueType": "TEXT" }],
        "options": options(size.options),
        "programs": [{
            "id": uid("program", 0).as_str(), "name": "Visits", "shortName": "Visits",
            "programType": "WITHOUT_REGISTRATION", "categoryCombo": { "id": "bjDvmb4bfuf" },
        }],
        "programRules": rules(size.program_rules),
    })
}

fn options(count: u64) -> Vec<Value> {
    (0..count)
        .map(|number| {
            json!({
                "id": uid("option", number).as_str(), "code": format!("D{number:05}"),
                "name": format!("Diagnosis number {number}"), "sortOrder": number + 1,
                "optionSet": { "id": uid("set", 0).as_str() },
            })
        })
        .collect()
}

fn rules(count: u64) -> Vec<Value> {
    (0..count)
        .map(|number| {
            json!({
                "id": uid("rule", number).as_str(), "name": format!("Rule {number}"),
                "priority": number % 5, "program": { "id": uid("program", 0).as_str() },
                "condition": format!("#{{age}} > {number} && d2:hasValue(#{{weight}})"),
            })
        })
        .collect()
}
