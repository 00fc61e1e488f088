//! How fast files go from phones to a tablet over loopback, beside their floor: the same bytes copied
//! over plain TCP to files that are made durable. And what memory it takes.
//!
//! `cargo run --release -p outpost-nearby --example measure [SIZE_MB [PHONES]]`
#![allow(clippy::print_stdout, missing_docs)]

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use outpost_nearby::client::{Guest, Visitor, visit};
use outpost_nearby::server::{Host, Phone, Server, SessionPlan};
use outpost_nearby::shelf::{Shelf, ShelfLimits};
use outpost_nearby::{Outgoing, PhoneKey, Received};

struct Quiet;

impl Host for Quiet {
    fn received(&self, _: &Phone, _: Received) {}

    fn outgoing(&self, _: &Phone) -> Vec<Outgoing> {
        Vec::new()
    }
}

impl Guest for Quiet {
    fn received(&self, _: Received) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |at| std::env::args().nth(at).map(|text| text.parse::<u64>());
    let megabytes = argument(1).unwrap_or(Ok(256))?;
    let phones = argument(2).unwrap_or(Ok(1))?.clamp(1, 64) as u8;
    let sum = megabytes * u64::from(phones);
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let source = folder.join("source");
    write_noise(&source, megabytes)?;
    let start = Instant::now();
    let file = Outgoing::of(&source)?;
    let _ = rate("hash before sending", megabytes, start);

    let before = resident("VmRSS:");
    let start = Instant::now();
    tokio::runtime::Runtime::new()?.block_on(transfer(folder, &file, phones))?;
    let ours = rate("phones -> tablet, TLS and SHA-256", sum, start);
    let peak = resident("VmHWM:").saturating_sub(before);
    println!("memory of both sides: {peak} KiB over the baseline of {before} KiB");

    let start = Instant::now();
    std::thread::scope(|scope| {
        let copies = (0..phones).map(|phone| {
            let (source, to) = (&source, folder.join(format!("floor-{phone}")));
            scope.spawn(move || plain_copy(source, &to))
        });
        let copies: Vec<_> = copies.collect();
        copies.into_iter().try_for_each(|copy| copy.join().expect("a copy does not panic"))
    })?;
    let floor = rate("floor: plain TCP, same bytes", sum, start);
    println!("ratio {:.2} of the floor's time", ours / floor);
    Ok(())
}

async fn transfer(folder: &Path, file: &Outgoing, phones: u8) -> Result<(), Box<dyn Error>> {
    let limits = ShelfLimits { keep_free_bytes: 0, ..ShelfLimits::default() };
    let inbox = Arc::new(Shelf::open(folder.join("tablet"), limits)?);
    let here = Ipv4Addr::LOCALHOST.into();
    let plan = SessionPlan { bind: SocketAddr::new(here, 0), ..SessionPlan::new(vec![here]) };
    let server = Server::start(plan, inbox, Arc::new(Quiet)).await?;
    let shelf = Arc::new(Shelf::open(folder.join("phone"), limits)?);
    let mut visits = tokio::task::JoinSet::new();
    for phone in 0..phones {
        let (invitation, file, shelf) =
            (server.invitation().clone(), file.clone(), Arc::clone(&shelf));
        let visitor = Visitor::new(PhoneKey([phone; 16]), format!("phone {phone}"));
        visits.spawn(async move {
            let guest: Arc<dyn Guest> = Arc::new(Quiet);
            visit(&invitation, &visitor, &[file], &shelf, &guest).await
        });
    }
    while let Some(visit) = visits.join_next().await {
        assert!(visit??.sent[0].outcome.is_ok());
    }
    server.close().await;
    Ok(())
}

fn plain_copy(source: &Path, to: &Path) -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let source = source.to_path_buf();
    let sender = std::thread::spawn(move || -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        copy(&mut std::fs::File::open(source)?, &mut stream)
    });
    let mut file = std::fs::File::create(to)?;
    copy(&mut listener.accept()?.0, &mut file)?;
    file.sync_all()?;
    sender.join().expect("the sender does not panic")
}

/// By hand: the system's own copy between sockets and files would skip the program altogether.
fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            count => to.write_all(&buffer[..count])?,
        }
    }
}

fn write_noise(path: &Path, megabytes: u64) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..megabytes * 1024 * 1024 / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        file.write_all(&state.to_le_bytes())?;
    }
    file.into_inner()?.sync_all()
}

fn rate(name: &str, megabytes: u64, start: Instant) -> f64 {
    let seconds = start.elapsed().as_secs_f64();
    println!("{name:36} {seconds:8.3} s {:8.1} MB/s", megabytes as f64 / seconds);
    seconds
}

/// Memory of this process as Linux counts it, in KiB; 0 elsewhere.
fn resident(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find(|found| found.starts_with(line)).unwrap_or_default();
    found.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}
