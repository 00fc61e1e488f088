//! What may be said and when: every frame wrong, cut, huge, or out of turn.
#![allow(missing_docs)]

use bytes::{Bytes, BytesMut};
use outpost_nearby::invitation::Invitation;
use outpost_nearby::limits::*;
use outpost_nearby::protocol::*;
use proptest::prelude::*;

fn hello(who: &str) -> Frame {
    let (secret, key) = (Secret::new([1; 16]), PhoneKey([2; 16]));
    Frame::Hello(Hello { secret, key, who: who.into() })
}

fn offer(bytes: u64) -> Offer {
    Offer { hash: FileHash([3; 32]), bytes }
}

fn data(bytes: usize) -> Frame {
    Frame::Data(Bytes::from(vec![7; bytes]))
}

fn frames() -> Vec<Frame> {
    let mut frames = vec![
        hello(""),
        hello(&"x".repeat(WHO_BYTES_MAX)),
        Frame::Welcome,
        Frame::Offer(offer(1)),
        Frame::Offer(offer(u64::MAX)),
        Frame::Have(0),
        Frame::Have(u64::MAX),
        data(1),
        data(DATA_BYTES_MAX),
        Frame::Stored,
        Frame::Skip,
        Frame::Turn,
        Frame::Wait,
        Frame::Bye,
    ];
    use Refusal::*;
    frames.extend([Secret, Expired, Full, Throttled, Version].map(Frame::Refused));
    use Decline::*;
    let all = [TooLarge, PhoneQuota, Quota, NoSpace, Damaged, Disk, Busy, Gone];
    frames.extend(all.map(Frame::Declined));
    frames
}

fn encoded(frames: &[Frame]) -> BytesMut {
    let mut bytes = BytesMut::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    bytes
}

fn opened() -> Decoder {
    let mut decoder = Decoder::default();
    decoder.open();
    decoder
}

/// Everything that comes out, pieces of data put together.
fn decoded(chunks: impl Iterator<Item = Bytes>) -> Result<Vec<Frame>, Violation> {
    let (mut decoder, mut buffer, mut frames) = (opened(), BytesMut::new(), Vec::new());
    for chunk in chunks {
        buffer.extend_from_slice(&chunk);
        while let Some(frame) = decoder.next(&mut buffer)? {
            match (frames.last_mut(), frame) {
                (Some(Frame::Data(before)), Frame::Data(more)) => {
                    *before = [before.as_ref(), more.as_ref()].concat().into();
                }
                (_, frame) => frames.push(frame),
            }
        }
    }
    Ok(frames)
}

#[test]
fn what_was_said_is_heard_however_the_stream_is_cut() {
    for frame in frames() {
        let bytes = encoded(std::slice::from_ref(&frame)).freeze();
        let whole = decoded(std::iter::once(bytes.clone()));
        assert_eq!(whole, Ok(vec![frame.clone()]));
        for size in [1, 2, 3, 7, 1_000] {
            if bytes.len() / size < 30_000 {
                let chunks = bytes.chunks(size).map(Bytes::copy_from_slice);
                assert_eq!(decoded(chunks), Ok(vec![frame.clone()]));
            }
        }
        // Cut short, it is no frame yet, and no other one.
        if !matches!(frame, Frame::Data(_)) {
            for end in 0..bytes.len() {
                assert_eq!(decoded(std::iter::once(bytes.slice(..end))), Ok(vec![]), "{end}");
            }
        }
    }
}

#[test]
fn a_header_is_judged_before_anything_after_it_is_awaited() {
    let known: Vec<u8> = frames().iter().map(Frame::kind).collect();
    for kind in 0..=u8::MAX {
        for length in [0u32, 1, 8, 33, 40, 98, 65_536, 65_537, 1 << 31, u32::MAX] {
            // For the greeting, the header and its version.
            let version = if kind == 1 { &[1][..] } else { &[] };
            let header = [&[kind][..], &length.to_be_bytes(), version].concat();
            let mut buffer = BytesMut::from(&header[..]);
            let heard = opened().next(&mut buffer);
            if !known.contains(&kind) {
                assert_eq!(heard, Err(Violation::UnknownKind(kind)));
            } else if length > 65_536 {
                assert_eq!(heard, Err(Violation::Length { kind, bytes: length }));
            }
        }
    }
    for frame in frames() {
        let mut bytes = encoded(std::slice::from_ref(&frame));
        let kind = frame.kind();
        // One byte more than a frame of this kind may have.
        let length = match frame {
            Frame::Hello(_) => 33 + WHO_BYTES_MAX as u32 + 1,
            Frame::Data(_) => DATA_BYTES_MAX as u32 + 1,
            _ => bytes.len() as u32 - 5 + 1,
        };
        bytes[1..5].copy_from_slice(&length.to_be_bytes());
        let end = if kind == 1 { 6 } else { 5 };
        let mut header = BytesMut::from(&bytes[..end]);
        let expected = Violation::Length { kind, bytes: length };
        assert_eq!(opened().next(&mut header), Err(expected));
    }
}

#[test]
fn before_the_greeting_nothing_else_is_heard() {
    for frame in frames() {
        let kind = frame.kind();
        let heard = Decoder::default().next(&mut encoded(std::slice::from_ref(&frame)));
        match frame {
            Frame::Hello(_) | Frame::Welcome | Frame::Refused(_) | Frame::Wait => {
                assert_eq!(heard, Ok(Some(frame)));
            }
            _ => assert_eq!(heard, Err(Violation::OutOfTurn(kind))),
        }
    }
}

#[test]
fn another_version_is_told_whatever_the_rest_looks_like() {
    for length in [1u32, 40, 9_999, u32::MAX] {
        let greeting = [&[1][..], &length.to_be_bytes(), &[2, 9, 9]].concat();
        let heard = Decoder::default().next(&mut BytesMut::from(&greeting[..]));
        assert_eq!(heard, Err(Violation::OtherVersion(2)));
    }
}

#[test]
fn contents_that_cannot_be_are_refused() {
    let check = |frame: &Frame, at: usize, byte: u8, expected: Violation| {
        let mut bytes = encoded(std::slice::from_ref(frame));
        bytes[at] = byte;
        assert_eq!(opened().next(&mut bytes), Err(expected), "{frame:?}");
    };
    check(&hello("x"), 5, 2, Violation::OtherVersion(2));
    check(&hello("x"), 38, 0xff, Violation::Malformed(1));
    check(&hello("x"), 38, b'\n', Violation::Malformed(1));
    check(&Frame::Offer(offer(1)), 44, 0, Violation::Malformed(0x10));
    for frame in [Frame::Refused(Refusal::Full), Frame::Declined(Decline::Disk)] {
        let mut bytes = encoded(std::slice::from_ref(&frame));
        for code in [0, 9, 255] {
            bytes[5] = code;
            assert!(matches!(opened().next(&mut bytes.clone()), Err(Violation::Malformed(_))));
        }
    }
}

proptest! {
    #[test]
    fn noise_is_never_more_than_an_error(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decoded(std::iter::once(Bytes::from(noise.clone())));
        let mut buffer = BytesMut::from(&noise[..]);
        let _ = Decoder::default().next(&mut buffer);
        let digits: String = noise.iter().map(|byte| format!("{byte:02X}")).collect();
        for text in [String::from_utf8_lossy(&noise).into_owned(), digits] {
            let _ = Invitation::parse(&text);
            let _ = Invitation::parse(&format!("OUTPOST-NEAR:1:{text}"));
        }
    }

    #[test]
    fn any_order_of_frames_is_followed_or_refused(picks in prop::collection::vec(0..27usize, 0..60)) {
        let all = frames();
        let mut receiving = Receiving::default();
        let (mut sending, _) = Sending::begin(offer(500_000));
        for pick in picks {
            let frame = all[pick % all.len()].clone();
            match receiving.frame(frame.clone()) {
                Ok(Step::Place(_)) => { let _ = receiving.placed(Placed::At(0)); }
                Ok(Step::Write(bytes)) => { let _ = receiving.wrote(bytes.len() as u64); }
                Ok(_) => {}
                Err(_) => break,
            }
            if sending.frame(&frame).is_err() { break }
        }
    }
}

#[test]
fn a_sender_stays_within_its_window_and_believes_only_what_can_be() {
    let bytes = 3 * WINDOW_BYTES;
    let (mut sending, first) = Sending::begin(offer(bytes));
    assert_eq!((first, sending.want()), (Frame::Offer(offer(bytes)), Want::Answer));
    assert_eq!(sending.frame(&Frame::Have(1_000)), Ok(None));
    let mut at = 1_000;
    while let Want::Data { at: from, bytes } = sending.want() {
        assert_eq!(from, at);
        assert!(bytes <= DATA_BYTES_MAX);
        sending.sent(bytes);
        at += bytes as u64;
    }
    assert_eq!(at, 1_000 + WINDOW_BYTES, "then it waits");
    for (frame, expected) in [
        (Frame::Have(at + 1), Violation::Acknowledged),
        (Frame::Have(1_000), Violation::Acknowledged),
        (Frame::Have(u64::MAX), Violation::Acknowledged),
        (Frame::Stored, Violation::OutOfTurn(0x13)),
        (Frame::Turn, Violation::OutOfTurn(0x20)),
        (data(1), Violation::OutOfTurn(0x12)),
        (Frame::Offer(offer(1)), Violation::OutOfTurn(0x10)),
    ] {
        assert_eq!(sending.frame(&frame), Err(expected));
    }
    assert_eq!(sending.frame(&Frame::Have(at)), Ok(None));
    assert!(matches!(sending.want(), Want::Data { .. }));
    let declined = Frame::Declined(Decline::NoSpace);
    let end = End::Declined { why: Decline::NoSpace, skip: true };
    assert_eq!(sending.frame(&declined), Ok(Some(end)));
    assert_eq!(sending.frame(&declined), Err(Violation::OutOfTurn(0x14)));
}

#[test]
fn a_sender_whose_file_is_there_or_not_wanted_sends_nothing() {
    let check = |frame: Frame, expected: Result<Option<End>, Violation>| {
        let (mut sending, _) = Sending::begin(offer(10));
        assert_eq!(sending.frame(&frame), expected);
        assert_eq!(sending.want() == Want::Answer, frame != Frame::Have(9));
    };
    check(Frame::Stored, Ok(Some(End::Stored)));
    let why = Decline::TooLarge;
    check(Frame::Declined(why), Ok(Some(End::Declined { why, skip: false })));
    check(Frame::Have(9), Ok(None));
    check(Frame::Have(10), Err(Violation::Acknowledged));
    let (mut sending, _) = Sending::begin(offer(10));
    for _ in 0..WAITS_MAX {
        assert_eq!(sending.frame(&Frame::Wait), Ok(None));
    }
    assert_eq!(sending.frame(&Frame::Wait), Err(Violation::TooManyWaits));
}

#[test]
fn a_receiver_takes_what_was_offered_and_nothing_else() {
    let taking = |bytes: u64, have: u64| {
        let mut receiving = Receiving::default();
        let placed = receiving.frame(Frame::Offer(offer(bytes)));
        assert_eq!(placed, Ok(Step::Place(offer(bytes))));
        assert_eq!(receiving.placed(Placed::At(have)), Frame::Have(have));
        receiving
    };
    for frame in [data(1), Frame::Skip, Frame::Have(1), Frame::Stored, Frame::Bye, hello("")] {
        let kind = frame.kind();
        let heard = Receiving::default().frame(frame);
        assert_eq!(heard, Err(Violation::OutOfTurn(kind)), "nothing was offered");
    }
    for frame in [Frame::Offer(offer(1)), Frame::Turn, Frame::Bye, Frame::Stored, Frame::Welcome] {
        let kind = frame.kind();
        assert_eq!(taking(10, 0).frame(frame), Err(Violation::OutOfTurn(kind)), "while it takes");
    }
    assert_eq!(taking(10, 4).frame(data(7)), Err(Violation::TooMuchData));
    let mut twice = taking(10, 4);
    assert!(matches!(twice.frame(data(3)), Ok(Step::Write(_))));
    assert_eq!(twice.frame(data(4)), Err(Violation::TooMuchData), "though nothing is written yet");
    // Acknowledged now and then, at the end by the verdict alone.
    let bytes = ACKNOWLEDGE_BYTES + DATA_BYTES_MAX as u64;
    let mut receiving = taking(bytes, 0);
    let mut told = Vec::new();
    for _ in 0..bytes / DATA_BYTES_MAX as u64 {
        assert!(!receiving.is_full());
        assert!(matches!(receiving.frame(data(DATA_BYTES_MAX)), Ok(Step::Write(_))));
        told.extend(receiving.wrote(DATA_BYTES_MAX as u64));
    }
    assert_eq!(told, [Frame::Have(ACKNOWLEDGE_BYTES)]);
    assert!(receiving.is_full());
    assert_eq!(receiving.stored(), Frame::Stored);
    assert_eq!(receiving.frame(Frame::Turn), Ok(Step::Over));
    assert_eq!(receiving.frame(Frame::Turn), Err(Violation::OutOfTurn(0x20)));
}

#[test]
fn a_file_declined_on_its_way_is_drained_until_the_sender_knows() {
    let mut receiving = Receiving::default();
    let _ = receiving.frame(Frame::Offer(offer(10)));
    let _ = receiving.placed(Placed::At(0));
    let _ = receiving.frame(data(4));
    assert_eq!(receiving.failed(Decline::NoSpace), Frame::Declined(Decline::NoSpace));
    assert_eq!(receiving.frame(data(5)), Ok(Step::Nothing));
    assert_eq!(receiving.frame(Frame::Wait), Ok(Step::Nothing));
    assert_eq!(receiving.frame(data(2)), Err(Violation::TooMuchData));
    assert_eq!(receiving.frame(Frame::Skip), Ok(Step::Leave));
    assert_eq!(receiving.frame(Frame::Offer(offer(3))), Ok(Step::Place(offer(3))));
    let declined = Placed::Declined(Decline::Quota);
    assert_eq!(receiving.placed(declined), Frame::Declined(Decline::Quota));
    assert_eq!(receiving.frame(Frame::Skip), Err(Violation::OutOfTurn(0x15)), "nothing was taken");
}

#[test]
fn the_files_of_a_turn_are_counted() {
    let mut receiving = Receiving::default();
    for _ in 0..FILES_MAX {
        assert!(receiving.frame(Frame::Offer(offer(1))).is_ok());
        assert_eq!(receiving.placed(Placed::Whole), Frame::Stored);
    }
    assert_eq!(receiving.frame(Frame::Offer(offer(1))), Err(Violation::TooManyFiles));
}

/// Sender and receiver in one room, frames lost from the `cut`th on. Gives what the receiver has.
fn connection(file: u64, had: u64, cut: usize, sent: &mut u64) -> u64 {
    let (mut sending, first) = Sending::begin(offer(file));
    let mut receiving = Receiving::default();
    let mut to_receiver = vec![first];
    let mut has = had;
    for _ in 0..cut {
        if to_receiver.is_empty() {
            match sending.want() {
                Want::Data { bytes, .. } => {
                    sending.sent(bytes);
                    *sent += bytes as u64;
                    to_receiver.push(data(bytes));
                }
                Want::Answer => panic!("both wait for each other"),
            }
        }
        let answer = match receiving.frame(to_receiver.remove(0)).expect("in turn") {
            Step::Place(_) => Some(receiving.placed(Placed::At(has))),
            Step::Write(bytes) => {
                has += bytes.len() as u64;
                let answer = receiving.wrote(bytes.len() as u64);
                if receiving.is_full() { Some(receiving.stored()) } else { answer }
            }
            step => panic!("{step:?}"),
        };
        if let Some(answer) = answer
            && sending.frame(&answer).expect("in turn") == Some(End::Stored)
        {
            break;
        }
    }
    has
}

#[test]
fn a_transfer_goes_on_where_it_was_cut_whenever_that_is() {
    let file = 2 * WINDOW_BYTES + 12_345;
    for cut in 2..40 {
        let (mut has, mut sent, mut connections) = (0, 0, 0);
        while has < file {
            has = connection(file, has, cut, &mut sent);
            connections += 1;
            assert!(connections < 100, "cut after {cut} frames");
        }
        assert_eq!(sent, file, "no byte twice; cut after {cut} frames");
    }
}
