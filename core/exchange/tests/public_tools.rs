//! Whoever holds the keys reads a file without this program: `tar`, `minisign`, `age`, `zstd`.
//!
//! Where a tool is not installed its place is taken by an independent library, and the test says so.
#![allow(missing_docs, clippy::print_stdout)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;

use outpost_exchange::Hash;
use outpost_exchange::file::DataLine;
use outpost_exchange::release::{Release, ReleaseDraft};
use support::*;

fn has(tool: &str) -> bool {
    let mut asked = Command::new(tool);
    let found = asked.arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        println!("skipped: {tool} is not installed; a library reads instead");
    }
    found
}

/// Runs a line of the page "Exchange files" of ARCHITECTURE.md in `folder`.
#[track_caller]
fn run(folder: &Path, line: &str) -> Vec<u8> {
    let output = Command::new("sh").args(["-ec", line]).current_dir(folder).output();
    let output = output.expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{line}` failed: {said}");
    output.stdout
}

#[test]
fn public_tools_verify_and_read_a_file() {
    let country = country();
    let lines = records(50);
    let (bytes, written) = file_of(&country, &lines, first());
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("file.tar"), &bytes).expect("written");
    fs::write(folder.join("sender.pub"), country.phone.public().minisign_text()).expect("written");
    let key = format!("{}\n", *country.recovery.age_secret_text());
    fs::write(folder.join("recovery.key"), key).expect("written");

    if has("tar") {
        let names = run(folder, "tar tf file.tar");
        assert_eq!(names, b"manifest.json\nmanifest.json.minisig\ncontent.age\n");
        let _ = run(folder, "tar xf file.tar manifest.json manifest.json.minisig content.age");
    } else {
        for (name, content) in entries(&bytes) {
            fs::write(folder.join(name), content).expect("written");
        }
    }
    assert_eq!(Hash::of(&fs::read(folder.join("manifest.json")).expect("there")), written.hash);
    verify(folder);
    let plain = open(folder, &country.recovery.age_secret_text());
    let read: Vec<DataLine> =
        plain.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(read, lines);
}

fn verify(folder: &Path) {
    if has("minisign") {
        let said = run(folder, "minisign -Vm manifest.json -p sender.pub");
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains("verified"), "{said}");
        assert!(said.contains("outpost data 1 from"), "{said}");
    }
    let public = fs::read_to_string(folder.join("sender.pub")).expect("there");
    let signature = fs::read_to_string(folder.join("manifest.json.minisig")).expect("there");
    let manifest = fs::read(folder.join("manifest.json")).expect("there");
    let public = minisign_verify::PublicKey::decode(&public).expect("a public key");
    let signature = minisign_verify::Signature::decode(&signature).expect("a signature");
    public.verify(&manifest, &signature, false).expect("an independent library agrees");
    let mut changed = manifest;
    changed[5] ^= 1;
    public.verify(&changed, &signature, false).expect_err("and refuses a changed manifest");
}

fn open(folder: &Path, key: &str) -> String {
    let plain = if has("age") && has("zstd") {
        run(folder, "age -d -i recovery.key content.age | zstd -dc")
    } else {
        let identity = age::x25519::Identity::from_str(key).expect("a key");
        let content = fs::read(folder.join("content.age")).expect("there");
        let packed = age::decrypt(&identity, &content).expect("decrypted");
        zstd::decode_all(packed.as_slice()).expect("unpacked")
    };
    String::from_utf8(plain).expect("text")
}

#[test]
fn plain_tools_join_the_parts_of_a_file() {
    let country = country();
    let (bytes, _) = file_of(&country, &photo(&noise(300_000)), first());
    let folder = tempfile::tempdir().expect("a folder");
    let mut input = std::io::Cursor::new(&bytes);
    let cut = outpost_exchange::split::Cut::plan(&mut input, 100_000).expect("a cut");
    for number in 1..=cut.count() {
        let mut part = Vec::new();
        let header = cut.write_part(&mut input, number, &mut part).expect("a part");
        fs::write(folder.path().join(header.file_name("file.tar")), part).expect("written");
    }
    let line = "for part in file.tar.part-*; do tail -n +2 \"$part\"; done > file.tar";
    let _ = run(folder.path(), line);
    assert_eq!(fs::read(folder.path().join("file.tar")).expect("there"), bytes);
}

/// Bytes that do not shrink.
fn noise(count: usize) -> Vec<u8> {
    (0..count as u64).map(|number| Hash::of(&number.to_le_bytes()).0[0]).collect()
}

#[test]
fn minisign_verifies_each_signature_of_a_release() {
    if !has("minisign") {
        return;
    }
    let country = country();
    let day = jiff::civil::date(2026, 11, 29);
    let draft =
        ReleaseDraft { root: 1, number: 7, issued_on: day, fresh_until: day, products: Vec::new() };
    let mut release = Release::unsigned(draft).expect("a release");
    let signers = [&country.centre, &country.district];
    signers.iter().try_for_each(|who| release.sign(who)).expect("signed");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("release.json"), release.bytes()).expect("written");
    fs::write(folder.join("release.json.minisig"), release.signatures_text()).expect("written");
    let mut by_id = signers;
    by_id.sort_by_key(|who| id(who));
    for (index, who) in by_id.iter().enumerate() {
        fs::write(folder.join("signer.pub"), who.public().minisign_text()).expect("written");
        let (from, to) = (4 * index + 1, 4 * index + 4);
        let cut = format!("sed -n {from},{to}p release.json.minisig > first.minisig");
        let _ = run(folder, &cut);
        let said = run(folder, "minisign -Vm release.json -x first.minisig -p signer.pub");
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("outpost release 7 under root 1"), "{said}");
    }
}
