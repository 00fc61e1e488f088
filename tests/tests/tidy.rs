//! Keeps the habits of the house: dependency arrows, sizes, docs, no careless panics, plain texts.
//!
//! Reads the checkout only. A rule that must be broken is argued about here, not in a reviewer's head.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which workspace crates each crate may depend on, literally. A new arrow needs a line in
/// `core/ARCHITECTURE.md` that says why.
const ARROWS: &[(&str, &[&str])] = &[
    ("core/domain", &[]),
    ("core/wire", &["domain"]),
    ("core/sync", &["domain", "wire"]),
    ("core/store", &["domain", "wire", "sync"]),
    ("core/http", &["domain", "wire", "sync"]),
    ("core/exchange", &["domain"]),
    ("core/nearby", &[]),
    ("core/rollout", &["domain"]),
    ("core/print", &[]),
    ("core/engine", &["domain", "wire", "sync", "store", "http", "exchange", "nearby", "rollout"]),
    ("core/sandbox", &["domain", "wire", "store"]),
    ("core/cli", &["domain", "engine", "wire", "sandbox", "print"]),
    ("bindings", &["domain", "engine"]),
    ("bindings/bindgen", &[]),
    ("tests/conformance", &["domain"]),
];

/// Crates and modules that may not know the clock, randomness, files, threads or the environment. (`age`
/// draws the keys of files itself; nothing that decides sees them.)
const PURE: &[&str] = &[
    "core/domain",
    "core/wire",
    "core/sync",
    "core/exchange",
    "core/rollout",
    "core/nearby/src/protocol",
];

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests folder has a parent").into()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "node_modules") {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

fn files(under: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(under), &mut found);
    let mut texts: Vec<_> = found
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file is readable text");
            (path.strip_prefix(root()).expect("below the root").display().to_string(), text)
        })
        .collect();
    texts.sort();
    texts
}

/// Rust files that ship or generate: everything under `src` folders.
fn product_sources() -> Vec<(String, String)> {
    let mut sources = files("core", "rs");
    sources.extend(files("bindings", "rs"));
    sources.retain(|(path, _)| path.contains("/src/"));
    sources
}

/// The part of a file before its `#[cfg(test)]` module.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests").map_or(text, |at| &text[..at])
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs") || path.contains("_tests/")
}

fn report(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

fn dependencies(manifest: &str) -> Vec<String> {
    let mut section = String::new();
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
        } else if (section == "dependencies" || section.ends_with(".dependencies"))
            && let Some(name) = line.split(['.', '=', ' ']).next()
            && let Some(name) = name.strip_prefix("outpost-")
        {
            names.push(name.to_owned());
        }
    }
    names
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let mut offences = Vec::new();
    for (folder, allowed) in ARROWS {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml"))
            .unwrap_or_else(|error| panic!("{folder}/Cargo.toml: {error}"));
        for name in dependencies(&manifest) {
            if !allowed.contains(&name.as_str()) {
                offences.push(format!("{folder} -> {name}"));
            }
        }
    }
    report("arrows that are not on the map", &offences);
}

#[test]
fn every_crate_is_on_the_map() {
    let on_map: Vec<_> = ARROWS.iter().map(|(folder, _)| *folder).collect();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("workspace manifest");
    let start = manifest.find("members = [").expect("members");
    let members = &manifest[start..start + manifest[start..].find(']').expect("end of members")];
    let offences: Vec<_> = members
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .filter(|folder| *folder != "tests" && !on_map.contains(folder))
        .map(str::to_owned)
        .collect();
    report("crates without a row in ARROWS", &offences);
}

#[test]
fn nothing_that_ships_on_a_phone_sees_the_sandbox() {
    for folder in [
        "core/engine",
        "bindings",
        "core/store",
        "core/sync",
        "core/http",
        "core/exchange",
        "core/nearby",
    ] {
        let manifest =
            fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("manifest");
        assert!(!dependencies(&manifest).contains(&"sandbox".to_owned()), "{folder}");
    }
}

#[test]
fn pure_crates_touch_nothing_outside() {
    const BANNED: &[&str] = &[
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "std::env::",
        "std::net",
        "std::thread",
        "std::process",
        "getrandom",
        "rand::",
    ];
    let mut offences = Vec::new();
    for (path, text) in product_sources() {
        if PURE.iter().any(|folder| path.starts_with(folder)) {
            for word in BANNED {
                if without_tests(&text).contains(word) {
                    offences.push(format!("{path}: {word}"));
                }
            }
        }
    }
    report("impurities", &offences);
}

#[test]
fn files_functions_and_lines_stay_small() {
    let mut offences = Vec::new();
    for (path, text) in product_sources() {
        if is_test_file(&path) {
            continue;
        }
        let code = without_tests(&text);
        let lines = code.lines().count();
        if lines > FILE_LINES_MAX {
            offences.push(format!("{path}: {lines} lines"));
        }
        for (number, line) in code.lines().enumerate() {
            if line.chars().count() > COLUMNS_MAX && !line.trim_start().starts_with("//") {
                offences.push(format!("{path}:{}: wider than {COLUMNS_MAX} columns", number + 1));
            }
        }
        offences.extend(long_functions(&path, code));
    }
    report("too large", &offences);
}

/// Functions as rustfmt lays them out: the closing brace stands below the start of the signature.
fn long_functions(path: &str, code: &str) -> Vec<String> {
    let lines: Vec<_> = code.lines().collect();
    let mut offences = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some(at) = line.find("fn ") else { continue };
        let is_signature = line.trim_start().starts_with("fn ")
            || line[..at].split_whitespace().all(|word| {
                word.starts_with("pub") || matches!(word, "const" | "async" | "unsafe" | "extern")
            });
        if !is_signature || line.trim_end().ends_with(['}', ';']) {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines[start..].iter().position(|l| *l == closing).map_or(0, |n| n + 1);
        if length > FUNCTION_LINES_MAX {
            offences.push(format!("{path}:{}: a function of {length} lines", start + 1));
        }
    }
    offences
}

#[test]
fn every_module_says_what_it_is_for() {
    let offences: Vec<_> = product_sources()
        .into_iter()
        .filter(|(path, text)| !is_test_file(path) && !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    report("modules without a `//!` page", &offences);
}

#[test]
fn product_code_does_not_panic_carelessly() {
    const BANNED: &[&str] = &[".unwrap()", "todo!(", "unimplemented!(", "dbg!("];
    let mut offences = Vec::new();
    for (path, text) in product_sources() {
        if is_test_file(&path) {
            continue;
        }
        for (number, line) in without_tests(&text).lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && BANNED.iter().any(|word| line.contains(word)) {
                offences.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    report("careless panics", &offences);
}

#[test]
fn unsafe_and_jni_live_in_one_file() {
    let mut offences = Vec::new();
    for (path, text) in product_sources() {
        if path != "bindings/src/android.rs" {
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("jni::")
                {
                    offences.push(format!("{path}:{}", number + 1));
                }
            }
        }
    }
    report("unsafe or jni outside bindings/src/android.rs", &offences);
}

#[test]
fn only_the_store_and_the_sandbox_know_sql() {
    let mut offences = Vec::new();
    for (folder, _) in ARROWS {
        if matches!(*folder, "core/store" | "core/sandbox") {
            continue;
        }
        let manifest =
            fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("manifest");
        if manifest.contains("rusqlite") {
            offences.push((*folder).to_owned());
        }
    }
    report("crates that know SQL", &offences);
}

#[test]
fn texts_speak_of_the_product_alone() {
    // Put together here so that this file does not contain them.
    let banned =
        [format!("/{}/", "work"), format!("crates{}", ".io/api"), format!("repo1.{}", "maven")];
    let mut offences = Vec::new();
    let mut all = Vec::new();
    walk(&root(), &mut all);
    for path in all {
        let shown = path.strip_prefix(root()).expect("below the root").display().to_string();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in &banned {
            if text.contains(word.as_str()) {
                offences.push(format!("{shown}: {word}"));
            }
        }
        let in_prose = matches!(path.extension().and_then(|e| e.to_str()), Some("md"));
        if in_prose && text.lines().any(|line| line.ends_with(' ')) {
            offences.push(format!("{shown}: trailing spaces"));
        }
    }
    report("texts that do not belong here", &offences);
}

#[test]
fn each_dependency_has_one_version() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is committed");
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in lock.lines() {
        if let Some(value) = line.strip_prefix("name = ") {
            name = value.trim_matches('"');
        } else if let Some(value) = line.strip_prefix("version = ") {
            versions.entry(name).or_default().push(value.trim_matches('"'));
        }
    }
    let offences: Vec<_> = versions
        .into_iter()
        .filter(|(name, found)| found.len() > 1 && !TWICE_ALLOWED.contains(name))
        .map(|(name, found)| format!("{name}: {}", found.join(", ")))
        .collect();
    report("crates in the tree more than once", &offences);
}

/// Crates that our dependencies still disagree about. Shrink this list, never grow it lightly.
/// `rand`, `rand_core` and `chacha20` are needed twice by build scripts and tests only (`tld`,
/// `proptest`). The translations in `age` bring a second `thiserror` and, in build scripts, `toml`;
/// its header parser a second `nom`, whose other user (`uniffi_bindgen`) does not ship. `bit-vec` and
/// `synstructure` belong to parts of `rcgen` that are switched off; the lock file lists them all the same.
/// `png` and `flate2` disagree about `miniz_oxide`. `async-imap`, which is in the tool alone, ends its
/// waits with an older `async-channel` and its `event-listener`.
const TWICE_ALLOWED: &[&str] = &[
    "async-channel",
    "base64",
    "bit-vec",
    "chacha20",
    "cpufeatures",
    "event-listener",
    "getrandom",
    "miniz_oxide",
    "nom",
    "rand",
    "rand_core",
    "syn",
    "synstructure",
    "thiserror",
    "thiserror-impl",
    "toml",
    "windows-sys",
];
