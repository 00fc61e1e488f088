//! Files in parts: any order, twice, missing, damaged, mixed.
#![allow(missing_docs)]

use std::io::Cursor;

use outpost_exchange::ExchangeError;
use outpost_exchange::split::*;
use proptest::prelude::*;

const PART: u64 = 16 * 1024;

fn file(seed: u8, bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0] ^ seed).collect()
}

fn parts(file: &[u8]) -> Vec<Vec<u8>> {
    let mut input = Cursor::new(file);
    let cut = Cut::plan(&mut input, PART).expect("a cut");
    (1..=cut.count())
        .map(|number| {
            let mut part = Vec::new();
            cut.write_part(&mut input, number, &mut part).expect("a part");
            part
        })
        .collect()
}

type Out = Cursor<Vec<u8>>;

fn add(joiner: &mut Joiner, part: &[u8], out: &mut Out) -> Result<Placed, ExchangeError> {
    joiner.add(&mut Cursor::new(part), out)
}

#[test]
fn parts_join_in_any_order_and_twice() {
    let whole = file(1, 100_000);
    let parts = parts(&whole);
    assert_eq!(parts.len(), 7); // 100,000 / 16,384, rounded up
    let (mut joiner, mut out) = (Joiner::default(), Out::default());
    for index in [6, 2, 0, 2, 5, 1, 4, 0, 3] {
        let _ = add(&mut joiner, &parts[index], &mut out).expect("taken");
    }
    assert_eq!(add(&mut joiner, &parts[3], &mut out), Ok(Placed::Twice));
    let _ = joiner.finish(&mut out).expect("whole");
    assert_eq!(out.into_inner(), whole);
}

#[test]
fn what_is_missing_is_named() {
    let parts = parts(&file(1, 100_000));
    let (mut joiner, mut out) = (Joiner::default(), Out::default());
    for index in [0, 4, 6] {
        let _ = add(&mut joiner, &parts[index], &mut out).expect("taken");
    }
    assert_eq!(joiner.missing(), [2, 3, 4, 6]);
    let error = joiner.finish(&mut out).expect_err("incomplete");
    assert_eq!(error, ExchangeError::MissingParts { numbers: vec![2, 3, 4, 6], count: 7 });
    assert_eq!(error.to_string(), "of 7 parts some are missing: 2, 3, 4, 6");
    let error = ExchangeError::MissingParts { numbers: vec![3], count: 7 };
    assert_eq!(error.to_string(), "of 7 parts one is missing: 3");
}

#[test]
fn parts_of_other_files_are_not_mixed_in() {
    let (one, two) = (parts(&file(1, 100_000)), parts(&file(2, 100_000)));
    let (mut joiner, mut out) = (Joiner::default(), Out::default());
    let _ = add(&mut joiner, &one[0], &mut out).expect("taken");
    let error = add(&mut joiner, &two[1], &mut out).expect_err("another file");
    assert!(matches!(error, ExchangeError::OtherFile { .. }), "{error}");
    assert_eq!(joiner.missing(), [2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_damaged_part_is_named_and_may_come_again() {
    let whole = file(1, 100_000);
    let parts = parts(&whole);
    let (mut joiner, mut out) = (Joiner::default(), Out::default());
    let mut damaged = parts[4].clone();
    *damaged.last_mut().expect("a byte") ^= 1;
    let longer = [parts[4].as_slice(), b"x"].concat();
    let shorter = &parts[4][..parts[4].len() - 1];
    for bad in [damaged.as_slice(), &longer, shorter] {
        let error = add(&mut joiner, bad, &mut out).expect_err("damaged");
        assert_eq!(error, ExchangeError::DamagedPart { number: 5, count: 7 });
    }
    for part in &parts {
        let _ = add(&mut joiner, part, &mut out).expect("taken");
    }
    let _ = joiner.finish(&mut out).expect("whole");
    assert_eq!(out.into_inner(), whole);
}

#[test]
fn a_part_that_was_exchanged_is_noticed_at_the_end() {
    let whole = file(1, 40_000);
    let mut forged = whole.clone();
    forged[20_000] ^= 1;
    // The forger writes the hash of the true file into the first line.
    let (good, bad) = (parts(&whole), parts(&forged));
    let line = |part: &[u8]| part.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    let words = |part: &[u8]| {
        let text = String::from_utf8(part[..line(part)].to_vec()).expect("text");
        text.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let mut header = words(&bad[1]);
    header[2] = words(&good[1])[2].clone();
    let exchanged = [header.join(" ").as_bytes(), &bad[1][line(&bad[1])..]].concat();
    let (mut joiner, mut out) = (Joiner::default(), Out::default());
    for part in [&good[0], &exchanged, &good[2]] {
        let _ = add(&mut joiner, part, &mut out).expect("taken");
    }
    assert!(joiner.finish(&mut out).is_err());
    // When the true one comes too, both are doubted.
    let error = add(&mut joiner, &good[1], &mut out).expect_err("contradiction");
    assert_eq!(error, ExchangeError::DamagedPart { number: 2, count: 3 });
}

#[test]
fn a_first_line_that_cannot_be_is_refused() {
    let part = parts(&file(1, 100_000)).remove(1);
    let end = part.iter().position(|byte| *byte == b'\n').expect("a line");
    let line = String::from_utf8(part[..=end].to_vec()).expect("text");
    let check = |line: &str, expected: &str| {
        let error = PartHeader::parse(line.as_bytes()).expect_err(line).to_string();
        assert!(error.contains(expected), "`{line}`: {error}");
    };
    assert!(PartHeader::parse(line.as_bytes()).is_ok());
    check("", "no part");
    check("MZ\n", "no part");
    check(line.trim_end(), "damaged");
    check(&line.replace(" 1 ", " 2 "), "version 2");
    check(&line.replace("2/7", "0/7"), "damaged");
    check(&line.replace("2/7", "8/7"), "damaged");
    check(&line.replace("2/7", "2/8"), "damaged");
    check(&line.replace("2/7", "+2/7"), "damaged");
    check(&line.replace("2/7", "02/7"), "damaged");
    check(&line.replace("100000", "18446744073709551615"), "damaged");
    check(&line.replace("16384", "0"), "damaged");
    check(&line.replace("16384", "1"), "damaged");
    check(&line.replace(' ', "  "), "");
}

#[test]
fn parts_fit_the_e_mail_that_carries_them() {
    for mail in [1 << 20, 10_000_000, 25 << 20] {
        let part = part_bytes_for_mail(mail) + 512; // With its first line.
        let base64 = part.div_ceil(57) * 78;
        assert!(base64 + 8 * 1024 <= mail, "{mail}");
        assert!(base64 * 100 >= mail * 97, "{mail}: not much room is wasted");
    }
    assert_eq!(part_bytes_for_mail(100), 0, "which no cut accepts");
}

#[test]
fn files_that_cannot_be_cut_are_refused() {
    let plan = |bytes: &[u8], part: u64| Cut::plan(&mut Cursor::new(bytes), part);
    assert!(plan(&[], PART).is_err());
    assert!(plan(&[1; 100], 0).is_err());
    assert!(plan(&[1; 100], PART - 1).is_err());
    assert_eq!(plan(&[1; 100], PART).expect("one part").count(), 1);
    assert!(plan(&vec![0; 16_384 * 10_001], PART).is_err(), "more than 10,000 parts");
}

proptest! {
    #[test]
    fn any_bytes_as_a_part_are_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = PartHeader::parse(&bytes);
        let _ = add(&mut Joiner::default(), &bytes, &mut Out::default());
    }

    #[test]
    fn any_change_of_a_first_line_is_noticed(at in 0usize..200, byte in any::<u8>()) {
        // Of several parts: how long the others are says nothing about a file of one.
        let mut parts = parts(&file(3, 40_000));
        let part = &mut parts[0];
        let end = part.iter().position(|byte| *byte == b'\n').expect("a line");
        let at = at % (end + 1);
        prop_assume!(part[at] != byte);
        part[at] = byte;
        let (mut joiner, mut out) = (Joiner::default(), Out::default());
        // Either a part is refused at once or the whole does not fit.
        let taken = parts.iter().try_for_each(|part| add(&mut joiner, part, &mut out).map(drop));
        prop_assert!(taken.is_err() || joiner.finish(&mut out).is_err());
    }
}
