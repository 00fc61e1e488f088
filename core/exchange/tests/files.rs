//! A data-exchange file: what is written is read; what was changed in any way is refused.
#![allow(missing_docs)]

mod support;

use std::io::{Cursor, Read, Seek, SeekFrom};

use outpost_exchange::ExchangeError;
use outpost_exchange::file::*;
use outpost_exchange::keys::*;
use serde_json::{Value, json};
use support::*;

#[test]
fn what_was_written_is_read() {
    let country = country();
    for lines in [Vec::new(), records(1), records(200), photo(&[7; 500_000]), photo(&[])] {
        let (bytes, written) = file_of(&country, &lines, first());
        assert_eq!(read(&country, &bytes).expect("readable"), lines);
        let verified = Verified::open(Cursor::new(&bytes), &country.ring).expect("verified");
        assert_eq!(verified.manifest(), &written.manifest);
        assert_eq!(verified.hash(), written.hash);
    }
}

#[test]
fn a_file_takes_a_tenth_of_the_json_that_it_replaces() {
    let country = country();
    let lines = records(5_000);
    let json: usize =
        lines.iter().map(|line| serde_json::to_string(line).expect("JSON").len() + 1).sum();
    let (bytes, written) = file_of(&country, &lines, first());
    assert_eq!(written.manifest.unpacked_bytes, json as u64);
    assert!(bytes.len() * 10 <= json, "{} of {json} bytes", bytes.len());
}

#[test]
fn the_manifest_tells_who_what_and_how_much_without_a_key() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(10), first());
    let manifest: Value = serde_json::from_slice(&entries(&bytes)[0].1).expect("JSON");
    assert_eq!(manifest["kind"], "data");
    assert_eq!(manifest["from"], id(&country.phone).to_string());
    assert_eq!(manifest["to"], id(&country.tablet).to_string());
    assert_eq!(manifest["records"], 10);
    assert_eq!(manifest["counts"], json!({ "dataValue": 2, "event": 6, "trackedEntity": 2 }));
    assert_eq!(manifest["metadata"]["version"], "12");
    let text = manifest.to_string();
    for name in ["Amina", "asha", "Fever", "Phone 17"] {
        assert!(!text.contains(name), "the manifest speaks of {name}");
    }
}

#[test]
fn the_receiver_and_the_recovery_key_can_open_it_and_nobody_else() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(3), first());
    let open = |who: &Identity| {
        let verified = Verified::open(Cursor::new(&bytes), &country.ring).expect("verified");
        verified.lines::<DataLine>(who).map(Iterator::count)
    };
    assert_eq!(open(&country.tablet), Ok(3));
    assert_eq!(open(&country.recovery), Ok(3));
    let to = id(&country.tablet);
    for other in [&country.phone, &country.district, &country.centre] {
        assert_eq!(open(other), Err(ExchangeError::NotForUs { to }));
    }
}

#[test]
fn a_key_list_travels_along() {
    let country = country();
    let draft = KeyListDraft {
        sequence: 3,
        issued_at: NOW.into(),
        members: vec![Card::new(&country.centre, "Ministry", Role::Centre).expect("a card")],
        revoked: Vec::new(),
    };
    let list = KeyList::sign(&country.centre, draft).expect("signed");
    let lines = records(2);
    let (bytes, written) =
        write(&country, &country.phone, &country.tablet, &lines, first(), Some(&list));
    assert!(written.manifest.has_key_list());
    let verified = Verified::open(Cursor::new(&bytes), &country.ring).expect("verified");
    assert_eq!(verified.key_list(), Some(&list));
    assert_eq!(read(&country, &bytes).expect("readable"), lines);

    // Whoever does not know the sender yet can take the list, which has a signature of its own.
    let mut ring = KeyRing::default();
    let ministry = Card::new(&country.centre, "Ministry", Role::Centre).expect("a card");
    ring.enrol_in_person(ministry, "grace", NOW).expect("enrolled");
    assert!(Verified::open(Cursor::new(&bytes), &ring).is_err());
    let peeked = peek_key_list(&mut Cursor::new(&bytes)).expect("one of ours");
    assert_eq!(peeked.as_ref(), Some(&list));
    let _ = ring.apply_list(&list).expect("taken in");
    let (without, _) = file_of(&country, &lines, first());
    assert_eq!(peek_key_list(&mut Cursor::new(&without)), Ok(None));
    assert!(peek_key_list(&mut Cursor::new(b"x")).is_err());
}

#[test]
fn any_changed_byte_is_refused_and_nothing_is_given_out() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(2), first());
    for at in 0..bytes.len() {
        for bits in [0x01, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= bits;
            let opened = Verified::open(Cursor::new(changed), &country.ring);
            assert!(opened.is_err(), "byte {at} changed by {bits:#x} was not noticed");
        }
    }
}

#[test]
fn a_file_that_ends_anywhere_too_early_is_refused() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(2), first());
    for end in 0..bytes.len() {
        let opened = Verified::open(Cursor::new(&bytes[..end]), &country.ring);
        match opened.expect_err("too short") {
            ExchangeError::Truncated { .. } => {}
            ExchangeError::Foreign { .. } if end < 512 => {}
            other => panic!("cut at {end}: {other}"),
        }
    }
}

#[track_caller]
fn refused(country: &Country, bytes: &[u8], expected: &str) {
    let error = read(country, bytes).expect_err("must be refused").to_string();
    assert!(error.contains(expected), "expected `{expected}` in: {error}");
}

#[test]
fn archives_that_are_not_ours_are_refused() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(2), first());
    let good = entries(&bytes);
    assert_eq!(archive(&good), bytes, "the archive of the test is that of the writer");
    let with = |change: &dyn Fn(&mut Entries)| {
        let mut entries = good.clone();
        change(&mut entries);
        archive(&entries)
    };
    let extra = (String::from("autorun.inf"), b"[autorun]".to_vec());
    let no_file = "no data-exchange file";
    let header = "a header of the archive is damaged";

    refused(&country, b"", no_file);
    refused(&country, &[0; 4096], no_file);
    refused(&country, b"MZ\x90\0 an executable", no_file);
    refused(&country, &vec![b'x'; 1 << 20], no_file);
    refused(&country, &with(&|all| all.insert(0, extra.clone())), no_file);
    refused(&country, &with(&|all| all.swap(0, 1)), no_file);
    refused(&country, &with(&|all| all.insert(1, extra.clone())), header);
    refused(&country, &with(&|all| all.insert(2, extra.clone())), header);
    refused(&country, &with(&|all| all.push(extra.clone())), "end of the archive");
    refused(&country, &with(&|all| all[2].0 = "../content.age".into()), header);
    refused(&country, &with(&|all| all[2].0 = "/etc/passwd".into()), header);
    refused(&country, &with(&|all| all.truncate(2)), header);
    refused(&country, &[bytes.as_slice(), &[0]].concat(), "something follows its end");
    refused(&country, &[bytes.as_slice(), &bytes].concat(), "something follows its end");
    for (kind, link) in [(b'1', "manifest.json"), (b'2', "/etc/passwd"), (b'5', ""), (b'x', "")] {
        let mut linked = bytes.clone();
        let at = linked.len() - 1024 - good[2].1.len().div_ceil(512) * 512 - 512;
        linked[at..at + 512].copy_from_slice(&support::header(
            "content.age",
            good[2].1.len(),
            kind,
            link,
        ));
        refused(&country, &linked, header);
    }
    let huge = support::header("manifest.json", 0o77_777_777_777, b'0', "");
    refused(&country, &huge, "the manifest exceeds the limit");
}

#[test]
fn signatures_of_others_are_refused() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(2), first());
    let stranger = identity(77);
    refused(&country, &forge(&bytes, &stranger, None, |_| ()), "which this device does not know");
    let as_stranger = forge(&bytes, &stranger, None, |manifest| {
        manifest["from"] = json!(id(&stranger).to_string());
    });
    refused(&country, &as_stranger, "which this device does not know");
    // A known site signs what claims to come from another one.
    refused(&country, &forge(&bytes, &country.district, None, |_| ()), "another sender than its");
    let (by_recovery, _) =
        write(&country, &country.recovery, &country.tablet, &records(1), first(), None);
    refused(&country, &by_recovery, "a recovery key signs no files");

    // The signature names the phone's key but was made by another.
    let mut stolen = entries(&bytes);
    let manifest = stolen[0].1.clone();
    let signature = Signature::sign(&stranger, Digesting::of(&manifest), "x").expect("signed");
    let mut text = signature.to_text();
    let honest = String::from_utf8(stolen[1].1.clone()).expect("text");
    let line = |text: &str, number: usize| text.lines().nth(number).expect("a line").to_owned();
    // Characters 0 to 12 of the second line carry algorithm and key id.
    let (theirs, ours) = (line(&text, 1), line(&honest, 1));
    text = text.replace(&theirs, &format!("{}{}", &ours[..12], &theirs[12..]));
    stolen[1].1 = text.into_bytes();
    let error = read(&country, &archive(&stolen)).expect_err("refused");
    assert!(
        matches!(error, ExchangeError::BadSignature { .. } | ExchangeError::UnknownSigner { .. }),
        "{error}"
    );
}

#[test]
fn pieces_of_different_files_do_not_go_together() {
    let country = country();
    let (one, _) = file_of(&country, &records(2), first());
    let (two, _) = file_of(&country, &records(3), first());
    let (one, two) = (entries(&one), entries(&two));
    let mix = |manifest: usize, signature: usize, content: usize| {
        let from = |which: usize, at: usize| [&one, &two][which][at].clone();
        archive(&[from(manifest, 0), from(signature, 1), from(content, 2)])
    };
    refused(&country, &mix(0, 1, 0), "the signature of the manifest does not fit");
    refused(&country, &mix(1, 0, 1), "the signature of the manifest does not fit");
    refused(&country, &mix(0, 0, 1), "not the one that was signed");
    refused(&country, &mix(1, 1, 0), "not the one that was signed");
}

#[test]
fn a_signed_manifest_that_cannot_be_is_refused() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(2), first());
    let check = |expected: &str, change: &dyn Fn(&mut Value)| {
        refused(&country, &forge(&bytes, &country.phone, None, change), expected);
    };
    let huge = json!(u64::MAX);
    check("format version 2", &|m| m["version"] = json!(2));
    check("another kind of document", &|m| m["format"] = json!("outpost-keys"));
    check("cannot be read", &|m| m["kind"] = json!("programme"));
    check("cannot be read", &|m| m["records"] = json!(-1));
    check("cannot be read", &|m| m["entries"] = json!({}));
    check("its number cannot be", &|m| m["sequence"] = json!(0));
    check("its number cannot be", &|m| m["sequence"] = huge.clone());
    check("does not follow the file", &|m| m["sequence"] = json!(2));
    let link = |sequence: u64| json!({ "sequence": sequence, "hash": "00".repeat(32) });
    check("builds upon a file that cannot be", &|m| m["since"] = link(1));
    check("do not add up", &|m| m["records"] = json!(7));
    check("do not add up", &|m| m["counts"]["event"] = huge.clone());
    check("exceeds the limit", &|m| {
        m["records"] = json!(1u64 << 40);
        m["counts"] = json!({ "event": 1u64 << 40 });
    });
    check("exceeds the limit", &|m| m["unpackedBytes"] = huge.clone());
    check("exceeds the limit", &|m| m["entries"][0]["bytes"] = huge.clone());
    check("entries are not those", &|m| m["entries"][0]["name"] = json!("../content.age"));
    check("entries are not those", &|m| m["entries"][0]["name"] = json!("setup.exe"));
    check("entries are not those", &|m| m["entries"] = json!([]));
    check("entries are not those", &|m| {
        let entry = m["entries"][0].clone();
        m["entries"] = json!([entry, entry]);
    });
    check("number of recipients", &|m| m["recipients"] = json!([]));
    check("is not the first recipient", &|m| m["to"] = json!("0123456789ABCDEF"));
    check("a text in it is too long", &|m| m["createdAt"] = json!("x".repeat(1000)));
    check("the content", &|m| m["entries"][0]["bytes"] = json!(1));
    check("the content", &|m| m["entries"][0]["sha256"] = json!("00".repeat(32)));
}

/// A content of bad intent, signed by a site that is trusted.
#[track_caller]
fn content(country: &Country, packed: Vec<u8>, claims: Value, expected: &str) {
    let (bytes, _) = file_of(country, &records(2), first());
    let forged = forge(&bytes, &country.phone, Some(packed), |manifest| {
        for (name, value) in claims.as_object().expect("claims") {
            manifest[name] = value.clone();
        }
    });
    refused(country, &forged, expected);
}

#[test]
fn a_content_that_is_not_as_signed_is_refused() {
    let country = country();
    let to = &country.tablet;
    let line = serde_json::to_string(&records(1)[0]).expect("JSON") + "\n";
    let (one, size) = (line.as_bytes(), line.len());
    let says = |records: u64, bytes: usize| {
        json!({
            "records": records,
            "counts": { "trackedEntity": records },
            "unpackedBytes": bytes,
        })
    };
    content(&country, sealed(to, one), says(2, size), "fewer records than were signed");
    content(&country, sealed(to, one), says(1, size + 1), "another size than was signed");
    content(&country, sealed(to, one), says(1, size - 1), "larger than was signed");
    let two = [one, one].concat();
    content(&country, sealed(to, &two), says(1, 2 * size), "more records than were signed");
    content(&country, sealed(to, &one[..size - 1]), says(1, size - 1), "line is incomplete");
    content(&country, sealed(to, b"{}\n"), says(1, 3), "line 1 of the content");
    content(&country, sealed(to, b"\n"), says(0, 1), "line 1 of the content");
    let deep = format!("{}\n", "[".repeat(100_000));
    content(&country, sealed(to, deep.as_bytes()), says(1, deep.len()), "line 1 of the content");
    content(&country, b"no age file at all".to_vec(), says(1, size), "not the one that was");
    content(&country, encrypted(to, b"not packed"), says(1, size), "cannot be decrypted");
    let packed = zstd::encode_all(one, 3).expect("packed");
    content(&country, encrypted(to, &packed[..packed.len() - 2]), says(1, size), "cannot be");
    let followed = [packed.as_slice(), &packed].concat();
    content(&country, encrypted(to, &followed), says(1, size), "something follows");
    let mut cut = sealed(to, one);
    cut.truncate(cut.len() - 1);
    content(&country, cut, says(1, size), "cannot be decrypted");
    let longer = [sealed(to, one), vec![0]].concat();
    content(&country, longer, says(1, size), "cannot be decrypted");
    content(&country, sealed(&country.district, one), says(1, size), "carry it on");
}

#[test]
fn a_bomb_is_stopped_at_the_signed_size() {
    let country = country();
    let zeros = zstd::encode_all(std::io::repeat(b' ').take(200 << 20), 3).expect("packed");
    assert!(zeros.len() < 100_000, "it is a bomb");
    let bomb = encrypted(&country.tablet, &zeros);
    let says = |bytes: u64| json!({ "records": 0, "counts": {}, "unpackedBytes": bytes });
    content(&country, bomb.clone(), says(1000), "larger than was signed");
    content(&country, bomb.clone(), says(100 << 30), "exceeds the limit");
    // Even when the size is told, a line of it is never held whole.
    let block: Vec<u8> = (0..65_536u32).map(|n| n.wrapping_mul(40_503).to_be_bytes()[2]).collect();
    let long = block.iter().map(|byte| byte | 0x20).cycle().take(10 << 20).collect::<Vec<_>>();
    content(&country, sealed(&country.tablet, &long), says(10 << 20), "a line of the content");
    // A window that would not fit the memory of a phone.
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    encoder.window_log(27).expect("a window");
    std::io::copy(&mut std::io::repeat(b' ').take(20 << 20), &mut encoder).expect("packed");
    let wide = encoder.finish().expect("packed");
    let wide = encrypted(&country.tablet, &wide);
    content(&country, wide, says(1 << 20), "cannot be decrypted and unpacked");
}

#[test]
fn an_age_header_without_end_is_given_up() {
    let country = country();
    let mut header = b"age-encryption.org/v1\n".to_vec();
    for _ in 0..100_000 {
        header.extend_from_slice(b"-> X25519 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
        header.extend_from_slice(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    }
    let says = json!({ "records": 0, "counts": {}, "unpackedBytes": 0 });
    content(&country, header, says, "larger than was signed");
}

#[test]
fn pieces_of_captured_files_come_whole_and_in_order() {
    let country = country();
    let whole = photo(&vec![9; 400_000]);
    let to_tablet = country.ring.recipients(id(&country.tablet)).expect("recipients");
    let check = |lines: &[DataLine], expected: &str| {
        let mut draft = Draft::begin(Cursor::new(Vec::new()), &to_tablet).expect("a draft");
        let added = lines.iter().try_for_each(|line| draft.add(line));
        let error = added.and_then(|()| draft.seal().map(drop)).expect_err("cannot be written");
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(&whole[..2], "cannot be the last");
    check(&whole[1..], "without the record of the file");
    check(&[whole[0].clone(), whole[2].clone()], "missing or has another size");
    check(&[whole[0].clone(), records(1).remove(0)], "incomplete");
}

#[test]
fn a_file_for_nobody_or_with_an_address_that_cannot_be_is_not_written() {
    let country = country();
    assert!(Draft::<_, DataLine>::begin(Cursor::new(Vec::new()), &[]).is_err());
    let to = country.ring.recipients(id(&country.tablet)).expect("recipients");
    let draft = Draft::<_, DataLine>::begin(Cursor::new(Vec::new()), &to).expect("a draft");
    let address = Address { sequence: 2, ..first() };
    let sealed = draft.seal().expect("sealed");
    let mut out = Vec::new();
    assert!(sealed.write(&country.phone, address, None, &mut out).is_err());
    assert!(out.is_empty(), "nothing was written");
}

/// A stick whose firmware gives other bytes the second time they are read.
struct TwoFaced {
    first: Cursor<Vec<u8>>,
    second: Cursor<Vec<u8>>,
    seeks: u32,
}

impl TwoFaced {
    fn face(&mut self) -> &mut Cursor<Vec<u8>> {
        // Rewound once to be verified, sought once more to be opened.
        if self.seeks > 1 { &mut self.second } else { &mut self.first }
    }
}

impl Read for TwoFaced {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.face().read(buffer)
    }
}

impl Seek for TwoFaced {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        if matches!(to, SeekFrom::Current(0)) {
            return self.face().seek(to);
        }
        self.seeks += 1;
        self.face().seek(to)
    }
}

#[test]
fn a_medium_that_changes_its_mind_is_noticed_before_the_end() {
    let country = country();
    let (first_face, _) = file_of(&country, &records(1), first());
    let length = entries(&first_face)[2].1.len();
    // The same record, encrypted again: same size, everything decrypts, only the hash differs.
    let mut second_face = first_face.clone();
    // age adds a stanza of random length, so it takes some tries until sizes agree.
    let again = || entries(&file_of(&country, &records(1), first()).0)[2].1.clone();
    let other = std::iter::repeat_with(again).find(|other| other.len() == length);
    let other = other.expect("an endless iterator");
    let at = second_face.len() - 1024 - length.div_ceil(512) * 512;
    second_face[at..at + length].copy_from_slice(&other);
    let medium =
        TwoFaced { first: Cursor::new(first_face), second: Cursor::new(second_face), seeks: 0 };
    let verified = Verified::open(medium, &country.ring).expect("the first face is honest");
    let mut lines = verified.lines::<DataLine>(&country.tablet).expect("it decrypts");
    let results: Vec<_> = lines.by_ref().collect();
    assert!(!lines.is_complete());
    let last = results.last().expect("a result").clone();
    assert!(last.expect_err("noticed").to_string().contains("other bytes than before"));
}

#[test]
fn the_size_of_a_file_is_known_from_its_signed_beginning() {
    let country = country();
    for lines in [Vec::new(), records(1), records(200), photo(&[7; 500_000])] {
        let (bytes, _) = file_of(&country, &lines, first());
        let size = |bytes: &[u8]| signed_size(&mut Cursor::new(bytes), &country.ring);
        assert_eq!(size(&bytes), Ok(bytes.len() as u64));
        // Nothing behind the signature is read.
        assert_eq!(size(&bytes[..4_096.min(bytes.len())]), Ok(bytes.len() as u64));
        let mut changed = bytes.clone();
        changed[600] ^= 1;
        assert!(size(&changed).is_err());
    }
    let stranger = Country { ring: KeyRing::default(), ..support::country() };
    let (bytes, _) = file_of(&country, &records(1), first());
    let unknown = signed_size(&mut Cursor::new(&bytes), &stranger.ring);
    assert!(matches!(unknown, Err(ExchangeError::UnknownSigner { .. })), "{unknown:?}");
}
