//! The phone's side: reads an invitation, sends what it has, takes what there is for it.
//!
//! Connections break in the field all the time, so a visit tries again by itself as long as each
//! attempt brings it further; what was half there goes on at the byte where it stood.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::NearbyError;
use crate::invitation::Invitation;
use crate::limits::{
    ATTEMPT_PAUSE, ATTEMPTS_MAX, CONNECT_MAX, GREETING_MAX, SILENCE_MAX, WHO_BYTES_MAX,
};
use crate::link::{Call, Link};
use crate::protocol::{FileHash, Frame, Hello, Offer, PhoneKey, Violation};
use crate::shelf::{Kept, PeerId, Shelf};
use crate::tls;
use crate::transfer::{
    Outgoing, Progress, Received, Sent, Take, Watch, Way, receive_turn, send_turn,
};

/// What a phone does with what it is given. `received` may take its time; the others must return at
/// once.
pub trait Guest: Send + Sync + 'static {
    /// Whether a file was taken in before, so that it need not travel again.
    fn has(&self, offer: &Offer) -> bool {
        let _ = offer;
        false
    }

    /// Takes a file in: whole and verified, but not yet believed. May be told twice of the same.
    fn received(&self, file: Received);

    /// What became of a file that was to be sent.
    fn sent(&self, sent: Sent) {
        let _ = sent;
    }

    /// How far a file is.
    fn progress(&self, progress: Progress) {
        let _ = progress;
    }
}

/// Who visits, and how patiently.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Sixteen random bytes, drawn once by this phone and kept in its encrypted store.
    pub key: PhoneKey,
    /// Who it claims to be, in the words of the caller.
    pub who: String,
    /// How long the tablet may say nothing.
    pub silence_max: Duration,
    /// How long it waits before it tries again.
    pub pause: Duration,
}

impl Visitor {
    /// A visitor of the usual patience.
    #[must_use]
    pub const fn new(key: PhoneKey, who: String) -> Self {
        Self { key, who, silence_max: SILENCE_MAX, pause: ATTEMPT_PAUSE }
    }
}

/// What a visit brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visit {
    /// What became of the files that were to be sent, in their order.
    pub sent: Vec<Sent>,
    /// Files that the tablet gave.
    pub received: Vec<Received>,
    /// Connections that it took.
    pub connections: u32,
}

/// Visits a tablet: sends the files, takes what there is, tries again when the connection breaks.
/// Dropping the future ends it; nothing that was stored is lost. Needs a tokio runtime.
///
/// # Errors
/// [`NearbyError`]: what ended it. Files that were stored by then were told to [`Guest::sent`].
pub async fn visit(
    invitation: &Invitation,
    visitor: &Visitor,
    files: &[Outgoing],
    shelf: &Arc<Shelf>,
    guest: &Arc<dyn Guest>,
) -> Result<Visit, NearbyError> {
    let who_fits = visitor.who.len() <= WHO_BYTES_MAX && !visitor.who.chars().any(char::is_control);
    if !who_fits {
        let detail = format!("the name of a visitor has at most {WHO_BYTES_MAX} bytes");
        return Err(NearbyError::Impossible { detail });
    }
    let diary = Arc::new(Diary::new(guest));
    let mut fruitless = 0;
    let mut connections = 0;
    loop {
        connections += 1;
        let Err(error) = attempt(invitation, visitor, files, shelf, &diary).await else { break };
        let advanced = diary.advanced.swap(false, Ordering::Relaxed);
        fruitless = if advanced { 0 } else { fruitless + 1 };
        if !error.is_passing() || fruitless >= ATTEMPTS_MAX {
            return Err(error);
        }
        sleep(visitor.pause).await;
    }
    Ok(diary.close(files, connections))
}

async fn attempt(
    invitation: &Invitation,
    visitor: &Visitor,
    files: &[Outgoing],
    shelf: &Arc<Shelf>,
    diary: &Arc<Diary>,
) -> Result<(), NearbyError> {
    let stream = connect(invitation).await?;
    // Nobody calls a visit off from outside; dropping its future does.
    let (_call, called) = watch::channel(Call::GoOn);
    let mut link = Link::new(stream, visitor.silence_max, called);
    let (secret, key, who) = (invitation.secret.clone(), visitor.key, visitor.who.clone());
    link.send(&Frame::Hello(Hello { secret, key, who })).await?;
    match link.receive().await? {
        Frame::Welcome => {}
        Frame::Refused(why) => return Err(NearbyError::Refused(why)),
        other => return Err(Violation::OutOfTurn(other.kind()).into()),
    }
    let open: Vec<_> =
        files.iter().filter(|file| !diary.is_stored(file.offer.hash)).cloned().collect();
    let mut watch = Watching(Arc::clone(diary));
    send_turn(&mut link, &open, &mut watch).await?;
    let take: Arc<dyn Take> = Arc::clone(diary) as _;
    receive_turn(&mut link, shelf, &PeerId::tablet(), &take, &mut watch).await?;
    // Everything is said: that the farewell arrives matters to nobody here.
    let _ = link.send(&Frame::Bye).await;
    link.close().await;
    Ok(())
}

/// Tries all addresses at once; the first that shows the certificate is the tablet.
async fn connect(invitation: &Invitation) -> Result<TlsStream<TcpStream>, NearbyError> {
    let connector = TlsConnector::from(tls::client(invitation.certificate)?);
    let mut attempts = JoinSet::new();
    for address in &invitation.addresses {
        let address = SocketAddr::new(*address, invitation.port);
        attempts.spawn(connect_to(address, connector.clone()));
    }
    let mut worst = NearbyError::Unreachable { detail: "no address answers".to_owned() };
    while let Some(joined) = attempts.join_next().await {
        match joined {
            Ok(Ok(stream)) => return Ok(stream),
            // That somebody else answers is the more important news.
            Ok(Err(error)) if worst != NearbyError::OtherCertificate => worst = error,
            _ => {}
        }
    }
    Err(worst)
}

async fn connect_to(
    address: SocketAddr,
    connector: TlsConnector,
) -> Result<TlsStream<TcpStream>, NearbyError> {
    let unreachable = |detail: String| NearbyError::Unreachable { detail };
    let stream = timeout(CONNECT_MAX, TcpStream::connect(address))
        .await
        .map_err(|_| unreachable("no answer".to_owned()))?
        .map_err(|error| unreachable(error.kind().to_string()))?;
    let _ = stream.set_nodelay(true);
    let name = ServerName::IpAddress(address.ip().into());
    let stream = match timeout(GREETING_MAX, connector.connect(name, stream)).await {
        Err(_) => return Err(NearbyError::Silent),
        Ok(Err(error)) if tls::is_other_certificate(&error) => {
            return Err(NearbyError::OtherCertificate);
        }
        Ok(connected) => connected.map_err(|error| NearbyError::lost(&error))?,
    };
    if !tls::speaks_ours(stream.get_ref().1.alpn_protocol()) {
        return Err(NearbyError::OtherCertificate);
    }
    Ok(stream)
}

/// What a visit has brought so far, over all its connections.
struct Diary {
    guest: Arc<dyn Guest>,
    advanced: AtomicBool,
    /// The furthest that each file has come.
    furthest: Mutex<BTreeMap<(Way, FileHash), u64>>,
    sent: Mutex<Vec<Sent>>,
    received: Mutex<Vec<Kept>>,
}

impl Diary {
    fn new(guest: &Arc<dyn Guest>) -> Self {
        Self {
            guest: Arc::clone(guest),
            advanced: AtomicBool::new(false),
            furthest: Mutex::default(),
            sent: Mutex::default(),
            received: Mutex::default(),
        }
    }

    /// Going on where it stood is no advance; going beyond is.
    fn note(&self, progress: Progress) {
        let mut furthest = self.furthest.lock().unwrap_or_else(PoisonError::into_inner);
        let before = furthest.insert((progress.way, progress.hash), progress.done);
        if before.is_some_and(|before| progress.done > before) {
            self.advanced.store(true, Ordering::Relaxed);
        }
    }

    fn is_stored(&self, hash: FileHash) -> bool {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.iter().any(|sent| sent.hash == hash && sent.outcome.is_ok())
    }

    fn close(&self, files: &[Outgoing], connections: u32) -> Visit {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let last =
            |file: &Outgoing| sent.iter().rev().find(|sent| sent.hash == file.offer.hash).copied();
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Visit { sent: files.iter().filter_map(last).collect(), received, connections }
    }
}

impl Take for Diary {
    fn has(&self, offer: &Offer) -> bool {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.iter().any(|kept| kept.hash == offer.hash) || self.guest.has(offer)
    }

    fn take(&self, file: Kept) {
        self.advanced.store(true, Ordering::Relaxed);
        self.received.lock().unwrap_or_else(PoisonError::into_inner).push(file.clone());
        self.guest.received(file);
    }
}

struct Watching(Arc<Diary>);

impl Watch for Watching {
    fn progress(&mut self, progress: Progress) {
        self.0.note(progress);
        self.0.guest.progress(progress);
    }

    fn sent(&mut self, sent: Sent) {
        if sent.outcome.is_ok() {
            self.0.advanced.store(true, Ordering::Relaxed);
        }
        self.0.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        self.0.guest.sent(sent);
    }
}
