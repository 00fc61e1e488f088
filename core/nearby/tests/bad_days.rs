//! Days on which everything breaks: one seed makes phones, files, a connection that is cut in both
//! directions, kindly or not, and a tablet that is switched off in between. In the end every file is
//! where it belongs, whole, once; a seed that fails is printed.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outpost_nearby::invitation::Invitation;
use outpost_nearby::server::Server;
use outpost_nearby::shelf::{PeerId, Shelf};
use outpost_nearby::*;
use support::*;

const SEEDS: u64 = 16;
const VISITS_MAX: usize = 60;

/// A source of numbers that a seed decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) % end
    }

    fn files(&mut self, most: u64) -> Vec<Vec<u8>> {
        let count = 1 + self.below(most);
        (0..count).map(|_| noise(1 + self.below(400_000) as usize, self.below(u64::MAX))).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_arrives_whole_whatever_the_day_is_like() {
    for seed in 0..SEEDS {
        tokio::time::timeout(Duration::from_secs(60), day(seed)).await.unwrap_or_else(|_| {
            panic!("seed {seed}: it does not come to an end");
        });
    }
}

async fn day(seed: u64) {
    let mut dice = Dice(seed);
    let folder = tempfile::tempdir().unwrap();
    let desk = Arc::new(Desk::default());
    let gifts = dice.files(2);
    *desk.outgoing.lock().unwrap() =
        gifts.iter().map(|content| file_in(folder.path(), content)).collect();
    let contents: Vec<Vec<Vec<u8>>> = (0..3).map(|_| dice.files(3)).collect();
    let phones = contents.iter().zip(1..).map(|(contents, number)| {
        let contents: Vec<_> = contents.iter().map(Vec::as_slice).collect();
        Handset::new(number, &contents)
    });
    let phones: Vec<_> = phones.collect();

    let shown: Arc<Mutex<Option<Invitation>>> = Arc::default();
    let is_over = Arc::new(AtomicBool::new(false));
    let tablet = tokio::spawn(tablet(
        folder.path().join("inbox"),
        Arc::clone(&desk),
        Arc::clone(&shown),
        Arc::clone(&is_over),
        Dice(seed ^ 0xffff),
    ));
    let visits = phones.iter().zip(1..).map(|(phone, number)| {
        visit_until_done(seed, phone, Arc::clone(&shown), Dice(seed * 7 + number))
    });
    let visits: Vec<_> = visits.collect();
    let [one, two, three] = <[_; 3]>::try_from(visits).ok().expect("three phones");
    tokio::join!(one, two, three);
    is_over.store(true, Ordering::Relaxed);
    tablet.await.unwrap();

    let mut kept: BTreeMap<PeerId, Vec<Vec<u8>>> = BTreeMap::new();
    let shelf = Shelf::open(folder.path().join("inbox"), limits()).unwrap();
    for file in shelf.kept().unwrap() {
        kept.entry(file.from).or_default().push(std::fs::read(file.path).unwrap());
    }
    for (phone, contents) in phones.iter().zip(contents) {
        let mut found = kept.remove(&PeerId::of(&phone.visitor.key)).unwrap_or_default();
        let mut expected = contents;
        found.sort();
        expected.sort();
        expected.dedup();
        assert!(found == expected, "seed {seed}: what the tablet has");
        let taken = phone.pocket.received.lock().unwrap();
        assert!(gifts.iter().all(|gift| taken.contains(gift)), "seed {seed}: what a phone has");
        assert!(taken.iter().all(|content| gifts.contains(content)), "seed {seed}: and no more");
    }
}

/// A tablet that is switched off now and then, and shows another code each time.
async fn tablet(
    inbox: std::path::PathBuf,
    desk: Arc<Desk>,
    shown: Arc<Mutex<Option<Invitation>>>,
    is_over: Arc<AtomicBool>,
    mut dice: Dice,
) {
    while !is_over.load(Ordering::Relaxed) {
        let shelf = Arc::new(Shelf::open(&inbox, limits()).unwrap());
        let server = Server::start(plan(), shelf, Arc::clone(&desk) as _).await.unwrap();
        *shown.lock().unwrap() = Some(server.invitation().clone());
        for _ in 0..4 + dice.below(30) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if is_over.load(Ordering::Relaxed) {
                break;
            }
        }
        server.close().await;
    }
}

async fn visit_until_done(
    seed: u64,
    phone: &Handset,
    shown: Arc<Mutex<Option<Invitation>>>,
    mut dice: Dice,
) {
    for attempt in 0..VISITS_MAX {
        let invitation = shown.lock().unwrap().clone();
        let Some(invitation) = invitation else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Gets better with time, as days do.
        let ease = 40_000 * attempt as u64;
        let (up, down) = (20_000 + dice.below(200_000) + ease, 20_000 + dice.below(200_000) + ease);
        let proxy = Proxy::start(invitation.port, up, down, dice.below(2) == 0).await;
        match phone.visit(&proxy.instead(invitation)).await {
            Ok(visit) => {
                let all = visit.sent.iter().all(|sent| sent.outcome == Ok(()));
                assert!(all, "seed {seed}: {:?}", visit.sent);
                return;
            }
            Err(
                NearbyError::Lost { .. }
                | NearbyError::Silent
                | NearbyError::Unreachable { .. }
                | NearbyError::OtherCertificate,
            ) => {}
            Err(error) => panic!("seed {seed}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("seed {seed}: a phone did not come to an end");
}
