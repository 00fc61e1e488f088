//! Real metadata packages: everything that they define for data sets and event programs comes to the
//! device, and the counts agree with the package and with the server, type by type.
//!
//! `OUTPOST_PACKAGES=all` takes every package; an ordinary run the smallest two and the largest.

#![allow(clippy::print_stdout, reason = "figures are for whoever runs it with --nocapture")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outpost_sandbox::MetadataSource;
use outpost_tests::rig::device::Device;
use outpost_tests::rig::server::Server;
use outpost_tests::rig::shared_data;
use serde_json::Value;

fn packages() -> Vec<PathBuf> {
    let Some(folder) = shared_data("metadata-packages") else { return Vec::new() };
    let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    files.sort_by_key(|path| std::fs::metadata(path).map_or(0, |it| it.len()));
    if std::env::var("OUTPOST_PACKAGES").is_ok_and(|it| it == "all") || files.len() <= 3 {
        return files;
    }
    let largest = files.len() - 1;
    files.drain(2..largest);
    files
}

#[track_caller]
fn check(path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read(path).expect("a package");
    let package: Value = serde_json::from_slice(&text).expect("JSON");
    let server = Server::for_package(MetadataSource::File(path.to_owned()));
    let device = Device::new();
    device.login(server.url());
    let report = device.json(&["pull", "--metadata-only"]);
    assert_eq!(report["stopped"], Value::Null, "{name}: {report}");
    let counts = report["counts"].as_object().cloned().unwrap_or_default();
    let mut told = BTreeMap::new();
    for (kind, on_device) in &counts {
        let on_device = on_device.as_u64().expect("a number");
        let in_package = package[kind].as_array().map_or(0, |list| list.len() as u64);
        let listed = server.get(&format!("/api/{kind}?fields=id&paging=false"));
        let on_server = listed[kind].as_array().map_or(0, |list| list.len() as u64);
        // A person's places are those of her part of the tree.
        if kind != "organisationUnits" {
            assert_eq!(on_device, on_server, "{name}: {kind} on device and server");
        }
        // A server adds its defaults to these, and a district where a package has none.
        if !kind.starts_with("categor") && !kind.starts_with("organisationUnit") {
            assert_eq!(on_device, in_package, "{name}: {kind} on device and in the package");
        }
        assert!(on_device >= in_package || kind == "organisationUnits", "{name}: {kind} missing");
        if on_device > 0 {
            told.insert(kind.clone(), on_device);
        }
    }
    println!("{name}: {told:?}");
    assert!(told.contains_key("dataElements"), "{name}: nothing came");
    // Every form opens: nothing of it is unreadable.
    let forms = device.json(&["forms"]);
    for form in forms.as_array().into_iter().flatten() {
        let id = form["uid"].as_str().expect("an id");
        let shown = device.json(&["form", "show", id]);
        assert_eq!(shown["uid"], id, "{name}");
    }
    device.verify_journal();
}

#[test]
fn packages_come_to_the_device_whole() {
    for path in packages() {
        check(&path);
    }
}
