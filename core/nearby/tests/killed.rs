//! The tablet's process is killed while a file comes in; another one goes on from what lies on the disk.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]
#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use outpost_nearby::invitation::Invitation;
use outpost_nearby::protocol::Frame;
use outpost_nearby::server::Server;
use outpost_nearby::shelf::Shelf;
use support::*;

const INBOX: &str = "OUTPOST_NEARBY_TEST_INBOX";

/// The tablet's process; does nothing when the suite is run.
#[test]
fn tablet_process() {
    let Ok(inbox) = std::env::var(INBOX) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let shelf = Arc::new(Shelf::open(inbox, limits()).unwrap());
        let server = Server::start(plan(), shelf, Arc::new(Desk::default())).await.unwrap();
        println!("INVITATION {}", server.invitation().to_text());
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
}

/// Killed like by a battery when dropped: no handler runs.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(inbox: &Path) -> (Process, Invitation) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["tablet_process", "--exact", "--nocapture"])
        .env(INBOX, inbox)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let process = Process(child);
    let text = lines
        .map(|line| line.unwrap())
        .find_map(|line| line.split_once("INVITATION ").map(|(_, text)| text.to_owned()));
    (process, Invitation::parse(&text.expect("an invitation")).unwrap())
}

#[tokio::test]
async fn a_tablet_that_was_killed_half_way_goes_on_from_its_disk() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("inbox");
    let content = noise(900_000, 3);
    let phone = Handset::new(42, &[&content]);
    let part = phone.part_at(&inbox, "part");
    let mut here = 0;
    for upto in [60_000, 333_333, 700_001] {
        let (process, invitation) = start(&inbox);
        let mut stranger = Stranger::welcomed(&invitation, 42).await;
        stranger.say(&Frame::Offer(phone.files[0].offer)).await;
        assert_eq!(stranger.hear().await, Some(Frame::Have(here as u64)), "as much as was written");
        for piece in content[here..upto].chunks(60_000) {
            stranger.say(&Frame::Data(piece.to_vec().into())).await;
        }
        while std::fs::metadata(&part).unwrap().len() < upto as u64 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(process);
        here = upto;
    }
    let (_process, invitation) = start(&inbox);
    let proxy = Proxy::start(invitation.port, u64::MAX, u64::MAX, true).await;
    let visit = phone.visit(&proxy.instead(invitation)).await.unwrap();
    assert_eq!(visit.sent[0].outcome, Ok(()));
    assert!(std::fs::read(phone.part_at(&inbox, "file")).unwrap() == content);
    assert!(!part.exists());
    let sent = proxy.up.load(Ordering::Relaxed) as usize;
    assert!(sent < 900_000 - 700_001 + 3_000, "only the rest travelled: {sent}");
}
