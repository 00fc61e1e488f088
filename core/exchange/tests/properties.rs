//! Properties: whatever is written is read; whatever bytes come, parsers answer and never panic.
#![allow(missing_docs)]

mod support;

use std::io::Cursor;

use outpost_domain::data::Payload;
use outpost_exchange::file::*;
use outpost_exchange::keys::*;
use outpost_exchange::ledger::Ledgers;
use outpost_exchange::receipt::*;
use proptest::prelude::*;
use support::*;

fn text() -> impl Strategy<Value = String> {
    // Quotes, line breaks, other scripts, characters beyond the first plane.
    prop_oneof![".{0,40}", Just("\"\\\n\r\t\u{0}".to_owned()), "[ሀ-ፐ🙂-🙏]{0,20}"]
}

prop_compose! {
    fn line()(
        number in 0u64..1_000_000,
        what in 0u8..3,
        entered in text(),
        row in any::<i64>(),
        at_ms in any::<i64>(),
        hops in 0usize..4,
        has_base in any::<bool>(),
    ) -> DataLine {
        let mut payload = match what {
            0 => person(number),
            1 => value(number),
            _ => event(number),
        };
        if let Payload::DataValue { value, .. } = &mut payload {
            value.comment = Some(entered);
        } else if let Payload::Event { event } = &mut payload {
            event.geometry = Some(entered);
        }
        let mut captured = captured(id(&identity(1)), 1);
        (captured.row, captured.at_ms) = (row, at_ms);
        let base = has_base.then(|| payload.clone());
        let mut record = Record::new(captured, payload, base);
        record.carried = (0..hops)
            .map(|hop| Carried { key: id(&identity(2)), by: format!("carrier {hop}"), at_ms })
            .collect();
        DataLine::Record(Box::new(record))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_is_read(lines in prop::collection::vec(line(), 0..40)) {
        let country = country();
        let (bytes, written) = file_of(&country, &lines, first());
        prop_assert_eq!(written.manifest.records, lines.len() as u64);
        prop_assert_eq!(read(&country, &bytes).expect("readable"), lines);
    }

    #[test]
    fn captured_files_of_any_size_come_whole(bytes in prop::collection::vec(any::<u8>(), 0..500_000)) {
        let country = country();
        let lines = photo(&bytes);
        let (file, _) = file_of(&country, &lines, first());
        let mut whole = Vec::new();
        for line in read(&country, &file).expect("readable") {
            if let DataLine::Chunk(chunk) = line {
                whole.extend(chunk.data);
            }
        }
        prop_assert_eq!(whole, bytes);
    }
}

/// JSON that is almost right: a true document with one place changed, cut or repeated.
fn mutated(document: String) -> impl Strategy<Value = Vec<u8>> {
    let length = document.len();
    (0..length, 0..length, any::<u8>(), 0u8..4).prop_map(move |(at, other, byte, what)| {
        let mut bytes = document.clone().into_bytes();
        match what {
            0 => bytes[at] = byte,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, byte),
            _ => {
                let (from, to) = (at.min(other), at.max(other));
                let piece = bytes[from..to].to_vec();
                bytes.splice(from..from, piece);
            }
        }
        bytes
    })
}

fn sample_receipt() -> String {
    let link = Link { sequence: 3, hash: outpost_exchange::Hash::of(b"x") };
    let device = id(&identity(1));
    let lines = [
        ReceiptLine::Head(Head {
            of: device,
            last: Some(link),
            seen: vec![],
            missing: vec![],
            metadata: None,
        }),
        ReceiptLine::Arrived(Arrived {
            file: link,
            device,
            stage: Stage::OnServer,
            rows: vec![RowRevision(1, 2), RowRevision(3, 4)],
        }),
    ];
    lines.map(|line| serde_json::to_string(&line).expect("JSON")).join("\n")
}

fn sample_list() -> KeyList {
    let draft = KeyListDraft {
        sequence: 2,
        issued_at: NOW.into(),
        members: vec![Card::new(&identity(4), "Ministry", Role::Centre).expect("a card")],
        revoked: vec![Revocation {
            key: id(&identity(9)),
            reason: Reason::Lost,
            last_good: Some(3),
        }],
    };
    KeyList::sign(&identity(4), draft).expect("signed")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_as_a_file_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let ring = KeyRing::default();
        prop_assert!(Verified::open(Cursor::new(bytes), &ring).is_err());
    }

    #[test]
    fn any_text_as_a_card_ring_or_ledger_is_an_error(entered in ".{0,300}") {
        let _ = Card::parse(&entered);
        let _ = Card::parse(&format!("OUTPOST:1:{entered}"));
        prop_assert!(KeyRing::from_json(&entered).is_err());
        prop_assert!(Ledgers::from_json(&entered).is_err());
        let _ = identity(1).public().fingerprint().compare(&entered);
    }

    #[test]
    fn base32_of_any_bytes_as_a_card_is_an_error(coded in "[A-Z2-7]{0,390}") {
        let card = format!("OUTPOST:1:{coded}");
        prop_assert!(Card::parse(&card).is_err());
    }

    #[test]
    fn any_bytes_as_a_signature_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Signature::parse(&bytes).is_err());
    }

    #[test]
    fn an_almost_right_signature_is_no_other_signature(bytes in mutated({
        Signature::sign(&identity(1), Digesting::of(b"x"), "words").expect("signed").to_text()
    })) {
        let true_one = Signature::sign(&identity(1), Digesting::of(b"x"), "words").expect("signed");
        if let Ok(read) = Signature::parse(&bytes) {
            let fits = read.verify(identity(1).public(), Digesting::of(b"x"));
            prop_assert_eq!(fits, read == true_one);
        }
    }

    #[test]
    fn an_almost_right_receipt_is_read_or_refused(bytes in mutated(sample_receipt())) {
        let mut seen = Default::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(line) = serde_json::from_slice::<ReceiptLine>(line) {
                let _ = line.follow(&mut seen);
            }
        }
    }

    #[test]
    fn an_almost_right_record_is_read_or_refused(bytes in mutated({
        serde_json::to_string(&records(3)[2]).expect("JSON")
    })) {
        if let Ok(line) = serde_json::from_slice::<DataLine>(&bytes) {
            let _ = line.follow(&mut None);
        }
    }

    #[test]
    fn an_almost_right_ring_is_read_or_refused(bytes in mutated(country().ring.to_json())) {
        let _ = KeyRing::from_json(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_changed_key_list_is_never_taken_in(bytes in mutated({
        String::from_utf8(sample_list().bytes().to_vec()).expect("text")
    })) {
        let list = sample_list();
        prop_assume!(bytes != list.bytes());
        let changed = KeyList::from_parts(bytes, list.signature_text().as_bytes());
        let mut ring = country().ring;
        prop_assert!(ring.apply_list(&changed.expect("two files")).is_err());
    }
}

/// Manifests that a trusted but careless or hostile site signed.
#[test]
fn a_mutated_manifest_that_is_signed_again_is_read_or_refused() {
    let country = country();
    let (bytes, _) = file_of(&country, &records(2), first());
    let parts = entries(&bytes);
    let manifest = String::from_utf8(parts[0].1.clone()).expect("text");
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = mutated(manifest);
    for _ in 0..1_000 {
        let tree = proptest::strategy::Strategy::new_tree(&strategy, &mut runner);
        let changed = proptest::strategy::ValueTree::current(&tree.expect("a case"));
        let signature = Signature::sign(&country.phone, Digesting::of(&changed), "x");
        let mut parts = parts.clone();
        parts[0].1 = changed;
        parts[1].1 = signature.expect("signed").to_text().into_bytes();
        if let Ok(lines) = read(&country, &archive(&parts)) {
            assert_eq!(lines, records(2), "what is read is what was encrypted");
        }
    }
}
