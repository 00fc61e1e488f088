//! A tablet and phones on one machine, a bad connection between them, and somebody of bad intent.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outpost_nearby::client::{Guest, Visit, Visitor, visit};
use outpost_nearby::invitation::Invitation;
use outpost_nearby::protocol::{Decoder, Frame, Hello};
use outpost_nearby::server::{Host, Phone, Server, SessionPlan};
use outpost_nearby::shelf::{Shelf, ShelfLimits};
use outpost_nearby::*;
use rustls::client::danger::*;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;

pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Bytes that do not repeat.
pub fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// What a tablet noted.
#[derive(Default)]
pub struct Desk {
    pub received: Mutex<Vec<(Phone, Received, Vec<u8>)>>,
    pub outgoing: Mutex<Vec<Outgoing>>,
    pub sent: Mutex<Vec<Sent>>,
    pub progress: Mutex<Vec<(Phone, Progress)>>,
    pub ended: Mutex<Vec<Result<(), NearbyError>>>,
    pub has: Mutex<Vec<FileHash>>,
    /// How long it takes to take a file in.
    pub slow: Mutex<Duration>,
}

impl Host for Desk {
    fn has(&self, _: &Phone, offer: &Offer) -> bool {
        self.has.lock().unwrap().contains(&offer.hash)
    }

    fn received(&self, phone: &Phone, file: Received) {
        let content = std::fs::read(&file.path).unwrap();
        std::thread::sleep(*self.slow.lock().unwrap());
        self.received.lock().unwrap().push((phone.clone(), file, content));
    }

    fn outgoing(&self, _: &Phone) -> Vec<Outgoing> {
        self.outgoing.lock().unwrap().clone()
    }

    fn sent(&self, _: &Phone, sent: Sent) {
        self.sent.lock().unwrap().push(sent);
    }

    fn progress(&self, phone: &Phone, progress: Progress) {
        self.progress.lock().unwrap().push((phone.clone(), progress));
    }

    fn ended(&self, _: &Phone, how: Result<(), NearbyError>) {
        self.ended.lock().unwrap().push(how);
    }
}

impl Desk {
    pub fn contents(&self) -> Vec<Vec<u8>> {
        let received = self.received.lock().unwrap();
        received.iter().map(|(_, _, content)| content.clone()).collect()
    }

    pub async fn until_ended(&self, count: usize) -> Vec<Result<(), NearbyError>> {
        for _ in 0..600 {
            if self.ended.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.ended.lock().unwrap().clone()
    }
}

pub struct Tablet {
    pub folder: tempfile::TempDir,
    pub desk: Arc<Desk>,
    pub server: Server,
}

pub fn limits() -> ShelfLimits {
    ShelfLimits { keep_free_bytes: 0, ..ShelfLimits::default() }
}

pub fn plan() -> SessionPlan {
    let bind = SocketAddr::new(HERE, 0);
    SessionPlan { bind, ..SessionPlan::new(vec![HERE]) }
}

impl Tablet {
    pub async fn start() -> Self {
        Self::with(plan(), limits()).await
    }

    pub async fn with(plan: SessionPlan, limits: ShelfLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Arc::new(Desk::default());
        let shelf = Arc::new(Shelf::open(folder.path().join("inbox"), limits).unwrap());
        let server = Server::start(plan, shelf, Arc::clone(&desk) as _).await.unwrap();
        Self { folder, desk, server }
    }

    /// What a phone reads from the screen.
    pub fn invitation(&self) -> Invitation {
        Invitation::parse(&self.server.invitation().to_text()).unwrap()
    }

    /// A file that it has for phones.
    pub fn give(&self, content: &[u8]) -> Outgoing {
        let file = file_in(self.folder.path(), content);
        self.desk.outgoing.lock().unwrap().push(file.clone());
        file
    }
}

pub fn file_in(folder: &Path, content: &[u8]) -> Outgoing {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let path = folder.join(format!("out-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&path, content).unwrap();
    Outgoing::of(&path).unwrap()
}

#[derive(Default)]
pub struct Pocket {
    pub received: Mutex<Vec<Vec<u8>>>,
    pub progress: Mutex<Vec<Progress>>,
}

impl Guest for Pocket {
    fn received(&self, file: Received) {
        self.received.lock().unwrap().push(std::fs::read(file.path).unwrap());
    }

    fn progress(&self, progress: Progress) {
        self.progress.lock().unwrap().push(progress);
    }
}

pub struct Handset {
    pub folder: tempfile::TempDir,
    pub visitor: Visitor,
    pub pocket: Arc<Pocket>,
    pub files: Vec<Outgoing>,
    shelf: Arc<Shelf>,
}

impl Handset {
    pub fn new(number: u8, contents: &[&[u8]]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let visitor = Visitor {
            pause: Duration::from_millis(10),
            ..Visitor::new(PhoneKey([number; 16]), format!("PHONE{number}"))
        };
        let shelf = Arc::new(Shelf::open(folder.path().join("inbox"), limits()).unwrap());
        let files = contents.iter().map(|content| file_in(folder.path(), content)).collect();
        Self { folder, visitor, pocket: Arc::default(), files, shelf }
    }

    pub async fn visit(&self, invitation: &Invitation) -> Result<Visit, NearbyError> {
        let guest: Arc<dyn Guest> = Arc::clone(&self.pocket) as _;
        visit(invitation, &self.visitor, &self.files, &self.shelf, &guest).await
    }

    /// Where the tablet keeps what it has of a file of this phone.
    pub fn part_at(&self, inbox: &Path, ending: &str) -> PathBuf {
        let peer = outpost_nearby::shelf::PeerId::of(&self.visitor.key);
        inbox.join(peer.as_str()).join(format!("{}.{ending}", self.files[0].offer.hash))
    }
}

/// A connection that breaks after so many bytes in one direction, again and again.
pub struct Proxy {
    pub address: SocketAddr,
    pub up: Arc<AtomicU64>,
    pub down: Arc<AtomicU64>,
    /// What went to the tablet, in order.
    pub heard: Arc<Mutex<Vec<u8>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// `kind` ends let what was forwarded arrive; others drop both sockets on the spot.
    pub async fn start(port: u16, up_max: u64, down_max: u64, is_kind: bool) -> Self {
        let listener = TcpListener::bind(SocketAddr::new(HERE, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (up, down, heard) =
            (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default(), Arc::default());
        let counts = (Arc::clone(&up), Arc::clone(&down), Arc::clone(&heard));
        let task = tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                let counts = counts.clone();
                tokio::spawn(async move {
                    let Ok(tablet) = TcpStream::connect(SocketAddr::new(HERE, port)).await else {
                        return;
                    };
                    forward(phone, tablet, up_max, down_max, counts, is_kind).await;
                });
            }
        });
        Self { address, up, down, heard, task }
    }

    pub fn instead(&self, invitation: Invitation) -> Invitation {
        Invitation { port: self.address.port(), ..invitation }
    }
}

type Counts = (Arc<AtomicU64>, Arc<AtomicU64>, Arc<Mutex<Vec<u8>>>);

async fn forward(
    phone: TcpStream,
    tablet: TcpStream,
    up_max: u64,
    down_max: u64,
    (up, down, heard): Counts,
    is_kind: bool,
) {
    let (mut from_phone, mut to_phone) = phone.into_split();
    let (mut from_tablet, mut to_tablet) = tablet.into_split();
    let upward = async {
        let mut left = up_max;
        let mut buffer = vec![0; 16 * 1024];
        while left > 0 {
            let Ok(count @ 1..) = from_phone.read(&mut buffer).await else { break };
            let count = (count as u64).min(left);
            if to_tablet.write_all(&buffer[..count as usize]).await.is_err() {
                break;
            }
            heard.lock().unwrap().extend_from_slice(&buffer[..count as usize]);
            up.fetch_add(count, Ordering::Relaxed);
            left -= count;
        }
        if is_kind {
            let _ = to_tablet.shutdown().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let downward = async {
        let mut left = down_max;
        let mut buffer = vec![0; 16 * 1024];
        while left > 0 {
            let Ok(count @ 1..) = from_tablet.read(&mut buffer).await else { break };
            let count = (count as u64).min(left);
            if to_phone.write_all(&buffer[..count as usize]).await.is_err() {
                break;
            }
            down.fetch_add(count, Ordering::Relaxed);
            left -= count;
        }
        if is_kind {
            let _ = to_phone.shutdown().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! { () = upward => {}, () = downward => {} }
}

#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        vec![rustls::SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// Somebody who speaks TLS to the tablet without our client.
pub struct Stranger {
    stream: TlsStream<TcpStream>,
    decoder: Decoder,
    buffer: bytes::BytesMut,
}

impl Stranger {
    pub async fn connect(port: u16, alpn: &[u8]) -> std::io::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone))
            .with_no_client_auth();
        if !alpn.is_empty() {
            config.alpn_protocols = vec![alpn.to_vec()];
        }
        let stream = TcpStream::connect(SocketAddr::new(HERE, port)).await?;
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = connector.connect(ServerName::IpAddress(HERE.into()), stream).await?;
        let mut decoder = Decoder::default();
        decoder.open();
        Ok(Self { stream, decoder, buffer: bytes::BytesMut::new() })
    }

    /// Let in with the secret of the invitation.
    pub async fn welcomed(invitation: &Invitation, number: u8) -> Self {
        let mut stranger = Self::connect(invitation.port, b"outpost-near/1").await.unwrap();
        let secret = invitation.secret.clone();
        let hello = Hello { secret, key: PhoneKey([number; 16]), who: "STRANGER".into() };
        stranger.say(&Frame::Hello(hello)).await;
        assert_eq!(stranger.hear().await, Some(Frame::Welcome));
        stranger
    }

    pub async fn say(&mut self, frame: &Frame) {
        let mut bytes = bytes::BytesMut::new();
        frame.encode(&mut bytes);
        self.say_bytes(&bytes).await;
    }

    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// `None` when the tablet closed.
    pub async fn hear(&mut self) -> Option<Frame> {
        loop {
            match self.decoder.next(&mut self.buffer).unwrap() {
                Some(Frame::Wait) => continue,
                Some(frame) => return Some(frame),
                None => {}
            }
            let read = self.stream.read_buf(&mut self.buffer);
            let read = tokio::time::timeout(Duration::from_secs(20), read).await;
            match read.expect("an answer or the end") {
                Ok(1..) => {}
                _ => return None,
            }
        }
    }
}
