//! Phones and a tablet over real sockets of this machine: good days, bad connections, bad intent.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use outpost_nearby::protocol::{Frame, Hello, Secret, Violation};
use outpost_nearby::server::{Server, SessionPlan};
use outpost_nearby::shelf::{Shelf, ShelfLimits};
use outpost_nearby::*;
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FOREVER: u64 = u64::MAX;

#[tokio::test]
async fn a_phone_gives_what_it_has_and_takes_what_there_is_in_one_visit() {
    let tablet = Tablet::start().await;
    let (metadata, receipt) = (noise(300_000, 1), noise(900, 2));
    let _ = tablet.give(&metadata);
    let _ = tablet.give(&receipt);
    let (data, photo) = (noise(2_500_000, 3), noise(1, 4));
    let phone = Handset::new(1, &[&data, &photo]);
    let visit = phone.visit(&tablet.invitation()).await.unwrap();
    assert_eq!(visit.connections, 1);
    assert!(visit.sent.iter().all(|sent| sent.outcome == Ok(())));
    assert_eq!(tablet.desk.contents(), [data.clone(), photo]);
    assert_eq!(*phone.pocket.received.lock().unwrap(), [metadata, receipt]);
    assert_eq!(tablet.desk.until_ended(1).await, [Ok(())]);
    assert!(tablet.desk.sent.lock().unwrap().iter().all(|sent| sent.outcome == Ok(())));
    let received = tablet.desk.received.lock().unwrap();
    assert_eq!(received[0].0.who, "PHONE1");
    // Progress only grows and ends at the whole, on both sides.
    let hash = phone.files[0].offer.hash;
    let of = |all: Vec<Progress>| -> Vec<u64> {
        let mine = all.into_iter().filter(|progress| progress.hash == hash);
        mine.map(|progress| progress.done).collect()
    };
    let seen = of(phone.pocket.progress.lock().unwrap().clone());
    let noted = tablet.desk.progress.lock().unwrap().iter().map(|(_, p)| *p).collect();
    for steps in [seen, of(noted)] {
        assert!(steps.len() > 4 && steps.is_sorted(), "{steps:?}");
        assert_eq!(steps.last(), Some(&(data.len() as u64)));
    }
}

#[tokio::test]
async fn two_phones_at_once() {
    let tablet = Tablet::start().await;
    let _ = tablet.give(&noise(50_000, 9));
    let contents = [noise(3_000_000, 1), noise(3_000_000, 2)];
    let phones = [Handset::new(1, &[&contents[0]]), Handset::new(2, &[&contents[1]])];
    let invitation = tablet.invitation();
    let (one, two) = tokio::join!(phones[0].visit(&invitation), phones[1].visit(&invitation));
    assert!(one.is_ok() && two.is_ok());
    let received = tablet.desk.received.lock().unwrap();
    for (phone, content) in phones.iter().zip(&contents) {
        let found = received.iter().find(|(from, _, _)| from.who == phone.visitor.who);
        assert!(found.expect("came").2 == *content);
        assert_eq!(phone.pocket.received.lock().unwrap().len(), 1);
    }
    assert_ne!(received[0].0.id, received[1].0.id);
}

/// Bytes of a connection besides those of a file: greeting of TLS and ours, offers, record headers; and
/// what a cut can tear: one TLS record.
const PER_CONNECTION: u64 = 4_000 + 16 * 1024 + 300;

#[tokio::test]
async fn cut_at_every_nth_byte_a_file_goes_on_where_it_stood() {
    for every in [20_001, 33_333, 70_001, 150_000] {
        let tablet = Tablet::start().await;
        let content = noise(400_000, every);
        let phone = Handset::new(1, &[&content]);
        let invitation = tablet.invitation();
        let proxy = Proxy::start(invitation.port, every, FOREVER, true).await;
        let visit = phone.visit(&proxy.instead(invitation)).await.unwrap();
        assert!(tablet.desk.contents() == [content.clone()], "every {every}");
        let connections = u64::from(visit.connections);
        assert!(connections > 400_000 / every, "it was cut");
        let (sent, most) =
            (proxy.up.load(Ordering::Relaxed), 400_000 + connections * PER_CONNECTION);
        assert!(sent <= most, "{sent} bytes in {connections} connections, every {every}");
    }
}

#[tokio::test]
async fn cut_at_every_nth_byte_of_the_way_back_too() {
    for every in [20_001, 90_001] {
        let tablet = Tablet::start().await;
        let content = noise(300_000, every);
        let _ = tablet.give(&content);
        let phone = Handset::new(1, &[b"a small file"]);
        let invitation = tablet.invitation();
        let proxy = Proxy::start(invitation.port, FOREVER, every, true).await;
        let visit = phone.visit(&proxy.instead(invitation)).await.unwrap();
        assert!(*phone.pocket.received.lock().unwrap() == [content]);
        let connections = u64::from(visit.connections);
        let (sent, most) =
            (proxy.down.load(Ordering::Relaxed), 300_000 + connections * PER_CONNECTION);
        assert!(sent <= most, "{sent} bytes in {connections} connections, every {every}");
        assert_eq!(tablet.desk.contents().len(), 1, "the small file travelled once");
    }
}

#[tokio::test]
async fn a_connection_torn_without_a_word_costs_at_most_what_was_under_way() {
    let tablet = Tablet::start().await;
    let size = 9_000_000;
    let content = noise(size, 5);
    let phone = Handset::new(1, &[&content]);
    let invitation = tablet.invitation();
    let proxy = Proxy::start(invitation.port, 2_000_000, FOREVER, false).await;
    let visit = phone.visit(&proxy.instead(invitation)).await.unwrap();
    assert!(tablet.desk.contents() == [content]);
    let each = outpost_nearby::limits::WINDOW_BYTES + PER_CONNECTION;
    let most = size as u64 + u64::from(visit.connections) * each;
    assert!(proxy.up.load(Ordering::Relaxed) <= most);
}

#[tokio::test]
async fn another_certificate_is_refused_before_the_secret_is_told() {
    // Somebody else listens where the tablet should.
    let made = rcgen::generate_simple_self_signed(["outpost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = vec![b"outpost-near/1".to_vec()];
    let listener = TcpListener::bind(SocketAddr::new(HERE, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let (stream, _) = listener.accept().await.unwrap();
        let mut plain = Vec::new();
        if let Ok(mut stream) = acceptor.accept(stream).await {
            let _ = stream.read_to_end(&mut plain).await;
        }
        plain
    });
    let tablet = Tablet::start().await;
    let invitation = invitation::Invitation { port, ..tablet.invitation() };
    let phone = Handset::new(1, &[b"a file"]);
    assert_eq!(phone.visit(&invitation).await, Err(NearbyError::OtherCertificate));
    assert_eq!(heard.await.unwrap(), b"", "not a byte was said");
    // One bit of the hash is enough.
    let mut invitation = tablet.invitation();
    invitation.certificate.0[31] ^= 1;
    assert_eq!(phone.visit(&invitation).await, Err(NearbyError::OtherCertificate));
    assert!(tablet.desk.ended.lock().unwrap().is_empty(), "the phone was never let in");
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_slowed_down() {
    let tablet = Tablet::start().await;
    let phone = Handset::new(1, &[b"a file"]);
    let mut wrong = tablet.invitation();
    wrong.secret = Secret::new([0; 16]);
    assert_eq!(phone.visit(&wrong).await, Err(NearbyError::Refused(Refusal::Secret)));
    let right = tablet.invitation();
    assert_eq!(phone.visit(&right).await, Err(NearbyError::Refused(Refusal::Throttled)));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(phone.visit(&right).await.is_ok());
}

#[tokio::test]
async fn an_invitation_expires_and_counts_phones() {
    let expired = SessionPlan { valid_for: Duration::ZERO, ..plan() };
    let tablet = Tablet::with(expired, limits()).await;
    let refused = |why| Err(NearbyError::Refused(why));
    let phone = Handset::new(1, &[b"a file"]);
    assert_eq!(phone.visit(&tablet.invitation()).await, refused(Refusal::Expired));

    let short = SessionPlan { valid_for: Duration::from_millis(400), phones_max: 2, ..plan() };
    let tablet = Tablet::with(short, limits()).await;
    let invitation = tablet.invitation();
    assert!(phone.visit(&invitation).await.is_ok());
    assert!(Handset::new(2, &[]).visit(&invitation).await.is_ok());
    assert_eq!(Handset::new(3, &[]).visit(&invitation).await, refused(Refusal::Full));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(Handset::new(4, &[]).visit(&invitation).await, refused(Refusal::Expired));
    assert!(phone.visit(&invitation).await.is_ok(), "whoever was let in may come back");
}

#[tokio::test]
async fn a_recorded_visit_is_of_no_use_to_anybody() {
    let tablet = Tablet::start().await;
    let phone = Handset::new(1, &[&noise(100_000, 1)]);
    let invitation = tablet.invitation();
    let proxy = Proxy::start(invitation.port, FOREVER, FOREVER, true).await;
    assert!(phone.visit(&proxy.instead(invitation.clone())).await.is_ok());
    let _ = tablet.desk.until_ended(1).await;
    // The same bytes again: TLS has another key by now.
    let recorded = proxy.heard.lock().unwrap().clone();
    let mut replay = TcpStream::connect(SocketAddr::new(HERE, invitation.port)).await.unwrap();
    let _ = replay.write_all(&recorded).await;
    let _ = replay.read_to_end(&mut Vec::new()).await;
    assert_eq!(tablet.desk.ended.lock().unwrap().len(), 1);
    assert_eq!(tablet.desk.contents().len(), 1);
    // The code of yesterday: the tablet has another certificate and another secret.
    tablet.server.close().await;
    let bind = SocketAddr::new(HERE, invitation.port);
    let again = Tablet::with(SessionPlan { bind, ..plan() }, limits()).await;
    assert_ne!(again.invitation().secret, invitation.secret);
    assert_eq!(phone.visit(&invitation).await, Err(NearbyError::OtherCertificate));
    let mixed = invitation::Invitation { secret: invitation.secret, ..again.invitation() };
    assert_eq!(phone.visit(&mixed).await, Err(NearbyError::Refused(Refusal::Secret)));
}

#[tokio::test]
async fn hostile_frames_end_their_own_conversation_only() {
    let tablet = Tablet::start().await;
    let invitation = tablet.invitation();
    let offer = |bytes| Frame::Offer(Offer { hash: FileHash([5; 32]), bytes });
    let data = Frame::Data(vec![1; 60_000].into());
    let scripts: Vec<(Vec<Frame>, Violation)> = vec![
        (vec![data.clone()], Violation::OutOfTurn(0x12)),
        (vec![Frame::Bye], Violation::OutOfTurn(0x22)),
        (vec![Frame::Stored], Violation::OutOfTurn(0x13)),
        (vec![offer(10), data.clone()], Violation::TooMuchData),
        (vec![offer(10), offer(10)], Violation::OutOfTurn(0x10)),
        (vec![Frame::Turn, offer(10)], Violation::OutOfTurn(0x10)),
    ];
    let mut expected = Vec::new();
    for (number, (script, violation)) in scripts.into_iter().enumerate() {
        let mut stranger = Stranger::welcomed(&invitation, 100 + number as u8).await;
        for frame in &script {
            stranger.say(frame).await;
        }
        while stranger.hear().await.is_some() {}
        expected.push(Err(NearbyError::Violation(violation)));
        assert_eq!(tablet.desk.until_ended(expected.len()).await, expected);
    }
    for (bytes, violation) in [
        (&[0x12, 0xff, 0xff, 0xff, 0xff][..], Violation::Length { kind: 0x12, bytes: u32::MAX }),
        (b"GET / HTTP/1.1\r\n\r\n", Violation::UnknownKind(b'G')),
        (&[0x11, 0, 0, 0, 9], Violation::Length { kind: 0x11, bytes: 9 }),
    ] {
        let mut stranger = Stranger::welcomed(&invitation, 1).await;
        stranger.say_bytes(bytes).await;
        while stranger.hear().await.is_some() {}
        expected.push(Err(NearbyError::Violation(violation)));
        assert_eq!(tablet.desk.until_ended(expected.len()).await, expected);
    }
    // Before the secret nothing is heard at all, and no conversation is told of.
    for bytes in [&[0x12, 0, 0, 0, 1, 7][..], &[1, 0, 0, 1, 0, 1], b"GET / HTTP/1.1\r\n\r\n"] {
        let mut stranger = Stranger::connect(invitation.port, b"outpost-near/1").await.unwrap();
        stranger.say_bytes(bytes).await;
        assert_eq!(stranger.hear().await, None);
    }
    assert!(Stranger::connect(invitation.port, b"h2").await.is_err(), "another protocol");
    let mut silent = Stranger::connect(invitation.port, b"").await.unwrap();
    assert_eq!(silent.hear().await, None, "no protocol");
    let mut other = Stranger::connect(invitation.port, b"outpost-near/1").await.unwrap();
    let mut bytes = bytes::BytesMut::new();
    let secret = invitation.secret.clone();
    Frame::Hello(Hello { secret, key: PhoneKey([1; 16]), who: String::new() }).encode(&mut bytes);
    bytes[5] = 2;
    other.say_bytes(&bytes).await;
    assert_eq!(other.hear().await, Some(Frame::Refused(Refusal::Version)));
    // Others are served as ever.
    let phone = Handset::new(1, &[b"a file"]);
    assert!(phone.visit(&invitation).await.is_ok());
    assert_eq!(tablet.desk.contents(), [b"a file"]);
}

#[tokio::test]
async fn a_file_that_does_not_fit_its_hash_is_not_handed_on() {
    let tablet = Tablet::start().await;
    let invitation = tablet.invitation();
    let mut stranger = Stranger::welcomed(&invitation, 7).await;
    stranger.say(&Frame::Offer(Offer { hash: FileHash([5; 32]), bytes: 4 })).await;
    assert_eq!(stranger.hear().await, Some(Frame::Have(0)));
    stranger.say(&Frame::Data(b"liar"[..].into())).await;
    assert_eq!(stranger.hear().await, Some(Frame::Declined(Decline::Damaged)));
    stranger.say(&Frame::Skip).await;
    stranger.say(&Frame::Turn).await;
    assert_eq!(stranger.hear().await, Some(Frame::Turn));
    stranger.say(&Frame::Bye).await;
    assert_eq!(tablet.desk.until_ended(1).await, [Ok(())]);
    assert!(tablet.desk.contents().is_empty());
}

#[tokio::test]
async fn what_somebody_changed_on_the_disk_travels_again_whole() {
    let tablet = Tablet::start().await;
    let content = noise(200_000, 8);
    let phone = Handset::new(1, &[&content]);
    let part = phone.part_at(&tablet.folder.path().join("inbox"), "part");
    std::fs::create_dir_all(part.parent().unwrap()).unwrap();
    let mut lying = content[..150_000].to_vec();
    lying[77] ^= 1;
    std::fs::write(&part, lying).unwrap();
    let visit = phone.visit(&tablet.invitation()).await.unwrap();
    assert_eq!(visit.sent[0].outcome, Ok(()));
    assert!(tablet.desk.contents() == [content]);
}

#[tokio::test]
async fn quotas_refuse_a_file_and_not_the_visit() {
    let small = ShelfLimits { file_bytes_max: 1_000, phone_bytes_max: 1_500, ..limits() };
    let tablet = Tablet::with(plan(), small).await;
    let contents = [noise(1_001, 1), noise(900, 2), noise(800, 3), noise(100, 4)];
    let phone = Handset::new(1, &contents.each_ref().map(Vec::as_slice));
    let visit = phone.visit(&tablet.invitation()).await.unwrap();
    let outcomes: Vec<_> = visit.sent.iter().map(|sent| sent.outcome).collect();
    let expected = [Err(Decline::TooLarge), Ok(()), Err(Decline::PhoneQuota), Ok(())];
    assert_eq!(outcomes, expected);
    assert_eq!(tablet.desk.contents(), [contents[1].clone(), contents[3].clone()]);

    let full = ShelfLimits { keep_free_bytes: u64::MAX, ..limits() };
    let tablet = Tablet::with(plan(), full).await;
    let visit = phone.visit(&tablet.invitation()).await.unwrap();
    assert!(visit.sent.iter().all(|sent| sent.outcome == Err(Decline::NoSpace)));

    let all = ShelfLimits { all_bytes_max: 1_000, ..limits() };
    let tablet = Tablet::with(plan(), all).await;
    assert!(Handset::new(1, &[&contents[1]]).visit(&tablet.invitation()).await.is_ok());
    let visit = Handset::new(2, &[&contents[2]]).visit(&tablet.invitation()).await.unwrap();
    assert_eq!(visit.sent[0].outcome, Err(Decline::Quota));
}

#[tokio::test]
async fn a_file_that_is_gone_or_taken_in_before_costs_nothing() {
    let tablet = Tablet::start().await;
    let contents = [noise(5_000, 1), noise(6_000, 2), noise(7_000, 3)];
    let phone = Handset::new(1, &contents.each_ref().map(Vec::as_slice));
    std::fs::remove_file(&phone.files[0].path).unwrap();
    tablet.desk.has.lock().unwrap().push(phone.files[1].offer.hash);
    let visit = phone.visit(&tablet.invitation()).await.unwrap();
    let outcomes: Vec<_> = visit.sent.iter().map(|sent| sent.outcome).collect();
    assert_eq!(outcomes, [Err(Decline::Gone), Ok(()), Ok(())]);
    assert_eq!(tablet.desk.contents(), [contents[2].clone()]);
    // A second visit with the same files: they lie here, and the tablet is told of them again.
    assert!(phone.visit(&tablet.invitation()).await.is_ok());
    assert_eq!(tablet.desk.contents().len(), 2);
}

#[tokio::test]
async fn a_phone_that_stalls_holds_up_nobody_else() {
    let silence_max = Duration::from_millis(1_500);
    let tablet = Tablet::with(SessionPlan { silence_max, ..plan() }, limits()).await;
    let invitation = tablet.invitation();
    let mut stalled = Vec::new();
    for number in 100..110 {
        let mut stranger = Stranger::welcomed(&invitation, number).await;
        stranger.say(&Frame::Offer(Offer { hash: FileHash([number; 32]), bytes: 99 })).await;
        assert_eq!(stranger.hear().await, Some(Frame::Have(0)));
        stalled.push(stranger);
    }
    let start = Instant::now();
    let phone = Handset::new(1, &[&noise(1_000_000, 1)]);
    assert!(phone.visit(&invitation).await.is_ok());
    assert!(start.elapsed() < silence_max, "it did not wait for the others");
    let ended = tablet.desk.until_ended(11).await;
    let silent = ended.iter().filter(|how| **how == Err(NearbyError::Silent)).count();
    assert_eq!((silent, ended.len()), (10, 11));
}

#[tokio::test]
async fn a_tablet_that_takes_its_time_keeps_the_phone_patient() {
    let tablet = Tablet::start().await;
    *tablet.desk.slow.lock().unwrap() = Duration::from_millis(1_500);
    let mut phone = Handset::new(1, &[b"a file that takes long to take in"]);
    phone.visitor.silence_max = Duration::from_millis(600);
    // The tablet says that it is busy at a third of its own patience.
    let silence_max = Duration::from_millis(600);
    let quick = Tablet::with(SessionPlan { silence_max, ..plan() }, limits()).await;
    *quick.desk.slow.lock().unwrap() = Duration::from_millis(1_500);
    let visit = phone.visit(&quick.invitation()).await.unwrap();
    assert_eq!((visit.connections, visit.sent[0].outcome), (1, Ok(())));
    assert_eq!(phone.visit(&tablet.invitation()).await.map(drop), Err(NearbyError::Silent));
}

#[tokio::test]
async fn a_phone_that_comes_back_takes_the_place_of_its_old_connection() {
    let tablet = Tablet::start().await;
    let invitation = tablet.invitation();
    let content = noise(50_000, 1);
    let phone = Handset::new(42, &[&content]);
    let mut old = Stranger::welcomed(&invitation, 42).await;
    old.say(&Frame::Offer(phone.files[0].offer)).await;
    assert_eq!(old.hear().await, Some(Frame::Have(0)));
    old.say(&Frame::Data(content[..20_000].to_vec().into())).await;
    let start = Instant::now();
    let visit = phone.visit(&invitation).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(visit.sent[0].outcome, Ok(()));
    let ended = tablet.desk.until_ended(2).await;
    assert_eq!(ended, [Err(NearbyError::Superseded), Ok(())]);
    assert!(tablet.desk.contents() == [content]);
}

#[tokio::test]
async fn strangers_that_say_nothing_do_not_keep_phones_out() {
    let tablet = Tablet::start().await;
    let invitation = tablet.invitation();
    let address = SocketAddr::new(HERE, invitation.port);
    let mut idle = Vec::new();
    for _ in 0..3 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let phone = Handset::new(1, &[b"a file"]);
    assert!(phone.visit(&invitation).await.is_ok());
    // The fifth from one address is closed at once.
    for _ in 0..2 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let mut byte = [0; 1];
    let read = idle[4].read(&mut byte);
    let read = tokio::time::timeout(Duration::from_secs(2), read).await.expect("closed at once");
    assert!(matches!(read, Ok(0) | Err(_)));
}

#[tokio::test]
async fn a_session_that_closes_keeps_what_came() {
    let tablet = Tablet::start().await;
    let invitation = tablet.invitation();
    let content = noise(30_000, 1);
    let phone = Handset::new(7, &[&content]);
    let mut stranger = Stranger::welcomed(&invitation, 7).await;
    stranger.say(&Frame::Offer(phone.files[0].offer)).await;
    assert_eq!(stranger.hear().await, Some(Frame::Have(0)));
    stranger.say(&Frame::Data(content[..12_345].to_vec().into())).await;
    let inbox = tablet.folder.path().join("inbox");
    let part = phone.part_at(&inbox, "part");
    while std::fs::metadata(&part).unwrap().len() < 12_345 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let Tablet { folder, desk, server } = tablet;
    server.close().await;
    assert_eq!(*desk.ended.lock().unwrap(), [Err(NearbyError::Closed)]);
    assert!(matches!(phone.visit(&invitation).await, Err(NearbyError::Unreachable { .. })));
    // Another session on the same shelf goes on from there.
    let shelf = Arc::new(Shelf::open(&inbox, limits()).unwrap());
    let server = Server::start(plan(), shelf, Arc::clone(&desk) as _).await.unwrap();
    let proxy = Proxy::start(server.invitation().port, FOREVER, FOREVER, true).await;
    assert!(phone.visit(&proxy.instead(server.invitation().clone())).await.is_ok());
    assert!(desk.contents() == [content]);
    let sent = proxy.up.load(Ordering::Relaxed);
    assert!(sent < 30_000 - 12_345 + 2_000, "{sent}");
    drop(folder);
}

#[tokio::test]
async fn an_address_that_does_not_answer_does_not_hinder_the_one_that_does() {
    let addresses = vec!["127.0.0.9".parse().unwrap(), HERE];
    let tablet = Tablet::with(SessionPlan { addresses, ..plan() }, limits()).await;
    let phone = Handset::new(1, &[b"a file"]);
    assert_eq!(phone.visit(&tablet.invitation()).await.unwrap().connections, 1);
    assert_eq!(tablet.desk.contents(), [b"a file"]);
    // Over IPv6 alone, where this machine has it.
    let plan = SessionPlan::new(vec!["::1".parse().unwrap()]);
    let desk = Arc::new(Desk::default());
    let folder = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf::open(folder.path(), limits()).unwrap());
    if let Ok(server) = Server::start(plan, shelf, Arc::clone(&desk) as _).await
        && TcpStream::connect(("::1", server.invitation().port)).await.is_ok()
    {
        assert!(phone.visit(server.invitation()).await.is_ok());
        assert_eq!(desk.contents(), [b"a file"]);
    }
}

#[tokio::test]
async fn plans_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf::open(folder.path(), limits()).unwrap());
    let check = |plan: SessionPlan, expected: &'static str| {
        let (shelf, desk) = (Arc::clone(&shelf), Arc::new(Desk::default()));
        async move {
            let error = Server::start(plan, shelf, desk).await.expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    };
    check(SessionPlan { phones_max: 0, ..plan() }, "1 to 64 phones").await;
    check(SessionPlan { phones_max: 65, ..plan() }, "1 to 64 phones").await;
    check(SessionPlan { valid_for: Duration::from_secs(99_999), ..plan() }, "12 hours").await;
    check(SessionPlan { addresses: vec![], ..plan() }, "no address").await;
    let mixed = vec![HERE, "fd12::7".parse().unwrap()];
    check(SessionPlan { addresses: mixed, ..plan() }, "IPv4 only").await;
    let public = vec!["8.8.8.8".parse().unwrap()];
    check(SessionPlan { addresses: public, ..plan() }, "outside this place").await;
    assert!(Outgoing::of(folder.path().join("nothing")).is_err());
    std::fs::write(folder.path().join("empty"), b"").unwrap();
    let error = Outgoing::of(folder.path().join("empty")).expect_err("empty").to_string();
    assert!(error.contains("0 bytes"), "{error}");
}
