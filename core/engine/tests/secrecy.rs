//! Nothing that a person entered or is called can be found on the disk.

mod support;

use std::path::Path;

use outpost_engine::model::SyncOptions;
use support::{Device, PASSWORD, Server, enter, sync};

/// Whether any file under the folder holds the bytes; also how many bytes were looked at.
fn search(folder: &Path, needles: &[String], found: &mut Vec<String>) -> u64 {
    let mut looked_at = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            looked_at += search(&path, needles, found);
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        looked_at += bytes.len() as u64;
        let name = path.to_string_lossy();
        for needle in needles {
            let in_file = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            if in_file || name.contains(needle.as_str()) {
                found.push(format!("{needle} in {name}"));
            }
        }
    }
    looked_at
}

#[test]
fn no_file_of_the_device_holds_what_was_entered_or_who_entered_it() {
    let (server, device) = (Server::start(), Device::new());
    let (outpost, session) = device.ready(&server);
    let remark = "Seen by Amina Okello of Kireka village";
    enter(&session, "Remarks", remark);
    let report = sync(&session, SyncOptions::ALL);
    assert_eq!(report.synced, 1);
    enter(&session, "Remarks", &format!("{remark}, twice"));
    let form = session.find_form(None, "Fever visit").expect("the form").uid;
    session.save_draft(form, "new", "Draft about Okello").expect("kept");
    let needles: Vec<String> = ["Amina", "Okello", "Kireka", PASSWORD, "nurse", "Clinic A"]
        .into_iter()
        .map(str::to_owned)
        .chain([server.url().trim_start_matches("http://").to_owned()])
        .collect();
    let mut found = Vec::new();
    // Once with the write-ahead log beside the database, once after it was written back.
    assert!(search(&device.home(), &needles, &mut found) > 100_000);
    drop((session, outpost));
    assert!(search(&device.home(), &needles, &mut found) > 100_000);
    assert!(found.is_empty(), "{found:?}");
}
