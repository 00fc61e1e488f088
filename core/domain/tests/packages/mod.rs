//! The metadata packages beside the checkout, as JSON.
#![allow(dead_code, reason = "each suite reads its part of a package")]

use std::path::{Path, PathBuf};

use outpost_domain::uid::Uid;
use serde_json::Value;

/// File name and content of every package, by name; none, and a word about it, if there are none.
pub fn packages() -> Vec<(String, Value)> {
    let shelf = std::env::var("OUTPOST_SHARED_DATA").map_or_else(
        |_| Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_owned(),
        PathBuf::from,
    );
    let Ok(folder) = std::fs::read_dir(shelf.join("metadata-packages")) else {
        eprintln!("skipped: no metadata packages beside the checkout");
        return vec![];
    };
    let mut files: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "json"));
    files.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("a package can be read");
        let json = serde_json::from_slice(&bytes).expect("a package is JSON");
        (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), json)
    };
    files.into_iter().map(read).collect()
}

pub fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

pub fn text(object: &Value, name: &str) -> Option<String> {
    object[name].as_str().map(str::to_owned)
}

pub fn id<T: From<Uid>>(object: &Value) -> Option<T> {
    Uid::parse(object["id"].as_str()?).ok().map(T::from)
}
