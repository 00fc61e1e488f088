//! Receipts: a row leaves an outbox when the receiver answers for it, and not before.
#![allow(missing_docs)]

mod support;

use std::io::Cursor;

use outpost_exchange::Hash;
use outpost_exchange::file::*;
use outpost_exchange::ledger::*;
use outpost_exchange::receipt::*;
use support::*;

fn file(sequence: u64) -> Link {
    Link { sequence, hash: Hash::of(&sequence.to_le_bytes()) }
}

/// A site that has written files 1 to 5.
fn log() -> SentLog {
    let mut log = SentLog::default();
    (1..=5).for_each(|sequence| log.sent(file(sequence)));
    log
}

fn head(last: Option<Link>) -> Head {
    Head {
        of: id(&identity(1)),
        last,
        seen: last.into_iter().collect(),
        missing: Vec::new(),
        metadata: None,
    }
}

fn refused(sequence: u64, revision: i64) -> Refused {
    Refused {
        file: file(sequence),
        device: id(&identity(1)),
        row: RowRevision(9, revision),
        waits: false,
        code: Some("E1007".into()),
        field: None,
        reason: "the value is no number".into(),
    }
}

#[test]
fn a_receipt_is_a_signed_file_for_the_sender_alone() {
    let country = country();
    let lines = vec![
        ReceiptLine::Head(head(Some(file(3)))),
        ReceiptLine::File(FileLine { link: file(3), refused: None }),
        ReceiptLine::Arrived(Arrived {
            file: file(3),
            device: id(&identity(1)),
            stage: Stage::Taken,
            rows: (1..=8).map(|row| RowRevision(row, 1)).collect(),
        }),
        ReceiptLine::Refused(refused(3, 1)),
    ];
    let (bytes, written) = write(&country, &country.tablet, &country.phone, &lines, first(), None);
    assert_eq!(written.manifest.kind, Kind::Receipt);
    let open = || Verified::open(Cursor::new(&bytes), &country.ring).expect("verified");
    let read = open().lines::<ReceiptLine>(&country.phone).expect("opened");
    assert_eq!(read.collect::<Result<Vec<_>, _>>().expect("read"), lines);
    assert!(open().lines::<ReceiptLine>(&country.district).is_err());
    let error = open().lines::<DataLine>(&country.phone).err().expect("another kind");
    assert!(error.to_string().contains("it brings receipt, not data"), "{error}");
}

#[test]
fn a_receipt_begins_with_its_head_and_its_lines_are_bounded() {
    let check = |lines: &[ReceiptLine], fits: bool| {
        let mut seen = Default::default();
        let followed = lines.iter().try_for_each(|line| line.follow(&mut seen));
        assert_eq!(followed.is_ok() && ReceiptLine::may_end(&seen), fits, "{lines:?}");
    };
    let head = |last| ReceiptLine::Head(head(last));
    let arrived = |rows: i64| {
        let rows = (0..rows).map(|row| RowRevision(row, 1)).collect();
        let (file, device) = (file(1), id(&identity(1)));
        ReceiptLine::Arrived(Arrived { file, device, stage: Stage::Taken, rows })
    };
    check(&[head(None), arrived(1_000)], true);
    check(&[head(None), arrived(1_001)], false);
    check(&[arrived(1), head(None)], false);
    check(&[head(None), head(None)], false);
    check(&[], false);
    let mut wrong = self::head(None);
    wrong.missing.push(Missing { first: 3, last: 2 });
    check(&[ReceiptLine::Head(wrong)], false);
    let mut long = refused(1, 1);
    long.reason = "x".repeat(5_000);
    check(&[head(None), ReceiptLine::Refused(long.clone())], false);
    long.reason = bounded_reason(&"é".repeat(5_000));
    check(&[head(None), ReceiptLine::Refused(long)], true);
}

#[test]
fn heads_tell_what_arrived_what_is_missing_and_who_was_restored() {
    let check = |confirmed: u64, head: &Head, expected: &[Advice]| {
        let mut log = log();
        if confirmed > 0 {
            assert!(log.confirm(file(confirmed)));
        }
        assert_eq!(settle_head(&mut log, head), expected);
        log
    };
    let seen = |head: Head, sequence: u64| Head { seen: vec![file(sequence)], ..head };
    let log = check(0, &head(Some(file(3))), &[Advice::Confirmed(file(3))]);
    assert_eq!(log.last_confirmed(), Some(file(3)));

    let missing = Missing { first: 4, last: 4 };
    let mut gap = seen(head(Some(file(3))), 5);
    gap.missing.push(missing);
    check(0, &gap, &[Advice::Confirmed(file(3)), Advice::SendAgain(missing)]);

    // It has seen file 5 and has file 2 only: it was restored.
    let lost = Advice::ReceiverLost { from: 3 };
    let two = seen(head(Some(file(2))), 5);
    let log = check(4, &two, &[lost, Advice::Confirmed(file(2))]);
    assert_eq!(log.last_confirmed(), Some(file(2)));
    assert_eq!(log.catch_up(NOW, None).since, Some(file(2)));
    check(4, &seen(head(None), 5), &[Advice::ReceiverLost { from: 1 }]);

    let other = Link { sequence: 8, hash: Hash::of(b"before the restore") };
    let all = Advice::ReceiverLost { from: 1 };
    let log = check(2, &head(Some(other)), &[all, Advice::Resumed(other)]);
    let next = log.next(NOW, None);
    assert_eq!((next.sequence, next.previous), (9, Some(other)));
    assert!(!log.wrote(other), "it was written before the restore");

    // Both were restored: the receiver's file 3 is another than the one that it confirmed here.
    let other = Link { sequence: 3, hash: Hash::of(b"before the restore") };
    check(4, &seen(head(Some(other)), 5), &[all, Advice::Resumed(other)]);
}

#[test]
fn an_older_receipt_says_nothing_new_of_files() {
    let mut log = log();
    assert_eq!(settle_head(&mut log, &head(Some(file(4)))), [Advice::Confirmed(file(4))]);
    let of_another_life = Link { sequence: 3, hash: Hash::of(b"before the restore") };
    for last in [None, Some(file(2)), Some(file(3)), Some(of_another_life)] {
        assert_eq!(settle_head(&mut log, &head(last)), [Advice::OutOfDate]);
    }
    assert_eq!(log.last_confirmed(), Some(file(4)));
    assert_eq!(settle_head(&mut log, &head(Some(file(4)))), [Advice::Confirmed(file(4))]);
}

#[test]
fn arrivals_settle_what_was_sent() {
    use Settlement::*;
    let check = |row: (i64, Option<Stage>), came: (Link, Stage, i64), expected: Settlement| {
        let row = SentRow { revision: row.0, file: 4, stage: row.1 };
        assert_eq!(settle_arrival(&mut log(), &row, came.0, came.1, came.2), expected);
    };
    let (taken, on_server) = (Stage::Taken, Stage::OnServer);
    check((2, None), (file(4), taken, 2), Settle(taken));
    check((2, None), (file(3), taken, 2), Settle(taken)); // Sent in two files, either will do.
    check((2, Some(taken)), (file(4), taken, 2), Nothing);
    check((2, Some(taken)), (file(4), on_server, 2), Settle(on_server));
    check((2, Some(on_server)), (file(4), taken, 2), Nothing);
    check((3, None), (file(4), taken, 2), EditedSince(taken));
    check((2, None), (file(4), taken, 3), Nothing);
    let before_the_restore = Link { sequence: 4, hash: Hash::of(b"x") };
    check((2, None), (before_the_restore, taken, 2), Nothing);
    check((2, None), (file(6), taken, 2), Nothing);
}

#[test]
fn a_receiver_that_lost_what_only_an_old_receipt_told_is_noticed() {
    let mut log = log();
    assert_eq!(settle_head(&mut log, &head(Some(file(2)))), [Advice::Confirmed(file(2))]);
    let row = SentRow { revision: 1, file: 3, stage: None };
    let settled = settle_arrival(&mut log, &row, file(3), Stage::Taken, 1);
    assert_eq!(settled, Settlement::Settle(Stage::Taken));
    let restored = Head { seen: vec![file(4)], ..head(Some(file(2))) };
    let lost = Advice::ReceiverLost { from: 3 };
    assert_eq!(settle_head(&mut log, &restored), [lost, Advice::Confirmed(file(2))]);
    // The old receipt comes once more: file 3 is lost, so what it says does not count.
    let again = settle_arrival(&mut log, &row, file(3), Stage::Taken, 1);
    assert_eq!(again, Settlement::Nothing);
}

#[test]
fn refusals_park_what_was_sent_last() {
    use Settlement::*;
    let check = |row: (i64, u64, Option<Stage>), came: (u64, i64), expected: Settlement| {
        let row = SentRow { revision: row.0, file: row.1, stage: row.2 };
        assert_eq!(settle_refusal(&log(), &row, &refused(came.0, came.1)), expected);
    };
    check((2, 4, None), (4, 2), Park);
    check((2, 4, Some(Stage::Taken)), (4, 2), Park); // The server refused it after the tablet took it.
    check((2, 4, Some(Stage::OnServer)), (4, 2), Nothing);
    check((3, 4, None), (4, 2), Nothing); // Edited since.
    check((2, 5, None), (4, 2), Nothing); // Sent again since.
    check((2, 4, None), (7, 2), Nothing); // A file from before a restore.
    let waits = Refused { waits: true, ..refused(4, 2) };
    let row = SentRow { revision: 2, file: 4, stage: None };
    assert_eq!(settle_refusal(&log(), &row, &waits), Wait);
}
