//! The tablet's side: shows an invitation, takes files in from several phones at once, gives each what
//! there is for it.
//!
//! Every phone has a task of its own; work on the disk and of the [`Host`] runs on threads that may
//! block. A phone that is slow or silent therefore holds up itself only. A phone that comes back while
//! its old connection still seems alive takes its place.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex as Turnstile, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::error::NearbyError;
use crate::invitation::Invitation;
use crate::limits::{
    GREETING_MAX, PHONES_MAX, SILENCE_MAX, STRANGERS_MAX, STRANGERS_PER_ADDRESS_MAX, VALID_FOR,
    VALID_FOR_MAX,
};
use crate::link::{Call, Link};
use crate::protocol::{Frame, Gate, Hello, Offer, PhoneKey, Refusal, Secret, Violation};
use crate::shelf::{Kept, PeerId, Shelf};
use crate::tls;
use crate::transfer::{Outgoing, Progress, Received, Sent, Take, Watch, receive_turn, send_turn};

/// A phone that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// By what it is recognised from visit to visit; names its folder on the shelf.
    pub id: PeerId,
    /// Who it claims to be, in the words of the caller. Not proven: give nothing for it that is not
    /// encrypted to it or for everybody.
    pub who: String,
}

/// What the tablet does with its guests. `received` and `outgoing` may take their time; the phone waits
/// patiently. The others must return at once.
pub trait Host: Send + Sync + 'static {
    /// Whether a file was taken in before, so that it need not travel again.
    fn has(&self, phone: &Phone, offer: &Offer) -> bool {
        let _ = (phone, offer);
        false
    }

    /// Takes a file in: whole and verified, but not yet believed. May be told twice of the same.
    fn received(&self, phone: &Phone, file: Received);

    /// What there is for this phone, asked when it has sent everything.
    fn outgoing(&self, phone: &Phone) -> Vec<Outgoing>;

    /// What became of a file for it.
    fn sent(&self, phone: &Phone, sent: Sent) {
        let _ = (phone, sent);
    }

    /// How far a file is.
    fn progress(&self, phone: &Phone, progress: Progress) {
        let _ = (phone, progress);
    }

    /// A conversation ended: with everything said, or why.
    fn ended(&self, phone: &Phone, how: Result<(), NearbyError>) {
        let _ = (phone, how);
    }
}

/// How a session is to be.
#[derive(Debug, Clone)]
pub struct SessionPlan {
    /// Where to listen. Port 0 lets the system choose.
    pub bind: SocketAddr,
    /// What the invitation names: the addresses of this device in the networks at hand.
    pub addresses: Vec<IpAddr>,
    /// How many phones may come.
    pub phones_max: usize,
    /// How long new phones may come.
    pub valid_for: Duration,
    /// How long a phone may say nothing.
    pub silence_max: Duration,
}

impl SessionPlan {
    /// The usual session on these addresses, all of one kind
    /// ([`crate::addresses::local_addresses`]).
    #[must_use]
    pub fn new(addresses: Vec<IpAddr>) -> Self {
        let any = match addresses.first() {
            Some(IpAddr::V6(_)) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
            _ => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        };
        Self {
            bind: SocketAddr::new(any, 0),
            addresses,
            phones_max: PHONES_MAX,
            valid_for: VALID_FOR,
            silence_max: SILENCE_MAX,
        }
    }

    fn check(&self) -> Result<(), NearbyError> {
        let fits = (1..=PHONES_MAX).contains(&self.phones_max) && self.valid_for <= VALID_FOR_MAX;
        let detail = format!(
            "a session has 1 to {PHONES_MAX} phones and lasts up to {} hours",
            VALID_FOR_MAX.as_secs() / 3600
        );
        if !fits {
            return Err(NearbyError::Impossible { detail });
        }
        if self.bind.is_ipv4() && self.addresses.iter().any(IpAddr::is_ipv6) {
            let detail = "it shows an IPv6 address and listens for IPv4 only".to_owned();
            return Err(NearbyError::Impossible { detail });
        }
        Ok(())
    }
}

/// A session. Ends when it is closed or dropped.
#[derive(Debug)]
pub struct Server {
    invitation: Invitation,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Makes key, certificate and secret of a new session and begins to listen. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`NearbyError::Impossible`] if the plan cannot be, [`NearbyError::Unreachable`] if the system
    /// does not let it listen.
    pub async fn start(
        plan: SessionPlan,
        shelf: Arc<Shelf>,
        host: Arc<dyn Host>,
    ) -> Result<Self, NearbyError> {
        plan.check()?;
        let unreachable =
            |error: std::io::Error| NearbyError::Unreachable { detail: error.kind().to_string() };
        let listener = TcpListener::bind(plan.bind).await.map_err(unreachable)?;
        let port = listener.local_addr().map_err(unreachable)?.port();
        let (config, certificate) = tls::server()?;
        let secret = random_secret()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expires_at = (now + plan.valid_for).as_secs();
        let expires_at_s = u32::try_from(expires_at).unwrap_or(u32::MAX);
        let addresses = plan.addresses;
        let invitation =
            Invitation { addresses, port, certificate, secret: secret.clone(), expires_at_s };
        let wrong = |detail: &str| NearbyError::Impossible { detail: detail.to_owned() };
        invitation.check().map_err(wrong)?;
        let expires_ms = u64::try_from(plan.valid_for.as_millis()).unwrap_or(u64::MAX);
        let session = Arc::new(Session {
            acceptor: TlsAcceptor::from(config),
            began: Instant::now(),
            gate: Mutex::new(Gate::new(secret, expires_ms, plan.phones_max)),
            silence: plan.silence_max,
            shelf,
            host,
            strangers: Mutex::default(),
            slots: Mutex::new(Some(HashMap::new())),
        });
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept_all(session, listener, stopped));
        Ok(Self { invitation, stop: Some(stop), task })
    }

    /// What the tablet shows.
    #[must_use]
    pub const fn invitation(&self) -> &Invitation {
        &self.invitation
    }

    /// Lets nobody in any more, breaks conversations off between two frames and waits for work on
    /// the disk.
    pub async fn close(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn random_secret() -> Result<Secret, NearbyError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| NearbyError::Impossible {
        detail: format!("the system gives no randomness: {error}"),
    })?;
    Ok(Secret::new(bytes))
}

/// The place of a phone: whoever holds the turnstile talks for it.
struct Slot {
    turnstile: Arc<Turnstile<()>>,
    call: watch::Sender<Call>,
}

struct Session {
    acceptor: TlsAcceptor,
    began: Instant,
    gate: Mutex<Gate>,
    silence: Duration,
    shelf: Arc<Shelf>,
    host: Arc<dyn Host>,
    /// Connections by address that have not shown the secret.
    strangers: Mutex<BTreeMap<IpAddr, usize>>,
    /// Phones that talk or talked; `None` once the session closes.
    slots: Mutex<Option<HashMap<PhoneKey, Slot>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept_all(
    session: Arc<Session>,
    listener: TcpListener,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut guests = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = guests.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    if let Some(stranger) = Stranger::at(&session, from.ip()) {
                        guests.spawn(Arc::clone(&session).serve(stream, from.ip(), stranger));
                    }
                }
                // Too many open files, or the like: give others time to end.
                Err(_) => sleep(Duration::from_millis(100)).await,
            },
        }
    }
    drop(listener);
    let slots = locked(&session.slots).take();
    for slot in slots.iter().flat_map(HashMap::values) {
        let _ = slot.call.send(Call::Close);
    }
    let all = async { while guests.join_next().await.is_some() {} };
    let _ = timeout(GREETING_MAX, all).await;
}

/// A connection that has not shown the secret.
struct Stranger {
    session: Arc<Session>,
    from: IpAddr,
}

impl Stranger {
    /// `None` if there are too many.
    fn at(session: &Arc<Session>, from: IpAddr) -> Option<Self> {
        let mut strangers = locked(&session.strangers);
        let all: usize = strangers.values().sum();
        let here = strangers.entry(from).or_default();
        if *here >= STRANGERS_PER_ADDRESS_MAX || all >= STRANGERS_MAX {
            return None;
        }
        *here += 1;
        Some(Self { session: Arc::clone(session), from })
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut strangers = locked(&self.session.strangers);
        if let Some(here) = strangers.get_mut(&self.from) {
            *here -= 1;
            if *here == 0 {
                strangers.remove(&self.from);
            }
        }
    }
}

impl Session {
    async fn serve(self: Arc<Self>, stream: TcpStream, from: IpAddr, stranger: Stranger) {
        let (call, called) = watch::channel(Call::GoOn);
        let greeted = timeout(GREETING_MAX, self.greet(stream, from, called)).await;
        let Ok(Some((mut link, hello))) = greeted else { return };
        drop(stranger);
        let phone = Phone { id: PeerId::of(&hello.key), who: hello.who };
        let Some(turnstile) = self.take_place(hello.key, call) else { return };
        let Ok(held) = timeout(self.silence, turnstile.lock_owned()).await else { return };
        let how = self.talk(&mut link, &phone).await;
        link.close().await;
        drop(held);
        self.host.ended(&phone, how);
    }

    /// Certificate, then secret. `None` if it is not let in.
    async fn greet(
        &self,
        stream: TcpStream,
        from: IpAddr,
        called: watch::Receiver<Call>,
    ) -> Option<(Link<TlsStream<TcpStream>>, Hello)> {
        let _ = stream.set_nodelay(true);
        let stream = self.acceptor.accept(stream).await.ok()?;
        if !tls::speaks_ours(stream.get_ref().1.alpn_protocol()) {
            return None;
        }
        let mut link = Link::new(stream, self.silence, called);
        let admitted = match link.receive().await {
            Ok(Frame::Hello(hello)) => {
                let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
                locked(&self.gate).admit(&hello, from, now_ms).map(|()| hello)
            }
            Err(NearbyError::Violation(Violation::OtherVersion(_))) => Err(Refusal::Version),
            _ => return None,
        };
        match admitted {
            Ok(hello) => Some((link, hello)),
            Err(why) => {
                let _ = link.send(&Frame::Refused(why)).await;
                link.close().await;
                None
            }
        }
    }

    /// Asks an older connection of the same phone to end. `None` if the session closes.
    fn take_place(&self, key: PhoneKey, call: watch::Sender<Call>) -> Option<Arc<Turnstile<()>>> {
        let mut slots = locked(&self.slots);
        let slots = slots.as_mut()?;
        let turnstile = match slots.remove(&key) {
            Some(older) => {
                let _ = older.call.send(Call::Superseded);
                older.turnstile
            }
            None => Arc::default(),
        };
        let slot = Slot { turnstile: Arc::clone(&turnstile), call };
        slots.insert(key, slot);
        Some(turnstile)
    }

    async fn talk(
        &self,
        link: &mut Link<TlsStream<TcpStream>>,
        phone: &Phone,
    ) -> Result<(), NearbyError> {
        let seat = Arc::new(Seat { host: Arc::clone(&self.host), phone: phone.clone() });
        let mut watch = Watching(Arc::clone(&seat));
        link.send(&Frame::Welcome).await?;
        let take: Arc<dyn Take> = Arc::clone(&seat) as _;
        receive_turn(link, &self.shelf, &phone.id, &take, &mut watch).await?;
        let work = spawn_blocking(move || seat.host.outgoing(&seat.phone));
        let files = link.patiently(work).await?;
        send_turn(link, &files, &mut watch).await?;
        match link.receive().await? {
            Frame::Bye => Ok(()),
            other => Err(Violation::OutOfTurn(other.kind()).into()),
        }
    }
}

/// A host and one of its guests.
struct Seat {
    host: Arc<dyn Host>,
    phone: Phone,
}

impl Take for Seat {
    fn has(&self, offer: &Offer) -> bool {
        self.host.has(&self.phone, offer)
    }

    fn take(&self, file: Kept) {
        self.host.received(&self.phone, file);
    }
}

struct Watching(Arc<Seat>);

impl Watch for Watching {
    fn progress(&mut self, progress: Progress) {
        self.0.host.progress(&self.0.phone, progress);
    }

    fn sent(&mut self, sent: Sent) {
        self.0.host.sent(&self.0.phone, sent);
    }
}
