//! A turn of the conversation: files out, or files in. The same for both sides; what may be said is
//! decided by [`crate::protocol`], what may be kept by [`crate::shelf`].

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::spawn_blocking;

use crate::error::NearbyError;
use crate::limits::{WAITS_MAX, WRITE_BYTES_MAX};
use crate::link::Link;
use crate::protocol::{
    Decline, End, FileHash, Frame, Offer, Placed, Receiving, Sending, Step, Violation, Want,
};
use crate::shelf::{Kept, Part, PeerId, Place, Shelf, hash_file};

/// A file to be sent. Its bytes must not change until it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where it lies.
    pub path: PathBuf,
    /// Hash and size.
    pub offer: Offer,
}

impl Outgoing {
    /// Hashes a file; blocks.
    ///
    /// # Errors
    /// [`NearbyError::Disk`], or [`NearbyError::Impossible`] for an empty or too large file.
    pub fn of(path: impl AsRef<Path>) -> Result<Self, NearbyError> {
        let path = path.as_ref().to_path_buf();
        let offer =
            hash_file(&path).map_err(|error| NearbyError::disk("reading a file", &error))?;
        if !offer.is_allowed() {
            let detail = format!("a file of {} bytes cannot be sent", offer.bytes);
            return Err(NearbyError::Impossible { detail });
        }
        Ok(Self { path, offer })
    }
}

/// What became of a file that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Which.
    pub hash: FileHash,
    /// Stored, or why not.
    pub outcome: Result<(), Decline>,
}

/// A file that came, whole and verified. It stays where it is until [`Shelf::remove`].
pub type Received = Kept;

/// In which direction a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Away from this device.
    Out,
    /// To this device.
    In,
}

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Its direction.
    pub way: Way,
    /// Which file.
    pub hash: FileHash,
    /// Bytes that are written at the receiver.
    pub done: u64,
    /// Its size.
    pub bytes: u64,
}

/// What happens during a turn. Called between frames: must return at once.
pub(crate) trait Watch: Send {
    fn progress(&mut self, progress: Progress);
    fn sent(&mut self, sent: Sent);
}

/// Offers and sends files, then gives the turn to the other side.
pub(crate) async fn send_turn<S: AsyncRead + AsyncWrite + Send + 'static>(
    link: &mut Link<S>,
    files: &[Outgoing],
    watch: &mut dyn Watch,
) -> Result<(), NearbyError> {
    for file in files {
        let mut outcome = send_file(link, file, watch).await?;
        if outcome == Err(Decline::Damaged) {
            // What lay there from another time did not fit and is gone: once more from the beginning.
            outcome = send_file(link, file, watch).await?;
        }
        watch.sent(Sent { hash: file.offer.hash, outcome });
    }
    link.send(&Frame::Turn).await
}

async fn send_file<S: AsyncRead + AsyncWrite + Send + 'static>(
    link: &mut Link<S>,
    file: &Outgoing,
    watch: &mut dyn Watch,
) -> Result<Result<(), Decline>, NearbyError> {
    let Offer { hash, bytes } = file.offer;
    let Some(mut reader) = Reader::open(file) else { return Ok(Err(Decline::Gone)) };
    let (mut sending, offer) = Sending::begin(file.offer);
    link.send(&offer).await?;
    loop {
        let answer = match sending.want() {
            Want::Answer => Some(link.receive().await?),
            Want::Data { .. } => link.receive_now()?,
        };
        if let Some(frame) = answer {
            match sending.frame(&frame)? {
                Some(End::Stored) => {
                    watch.progress(Progress { way: Way::Out, hash, done: bytes, bytes });
                    return Ok(Ok(()));
                }
                Some(End::Declined { why, skip }) => {
                    if skip {
                        link.send(&Frame::Skip).await?;
                    }
                    return Ok(Err(why));
                }
                None => {
                    let done = sending.acknowledged();
                    watch.progress(Progress { way: Way::Out, hash, done, bytes });
                }
            }
        } else if let Want::Data { at, bytes: count } = sending.want() {
            if !reader.is_ready(at, count) {
                reader = link.patiently(spawn_blocking(move || reader.read_ahead(at))).await?;
            }
            let Some(data) = reader.take(at, count) else {
                link.send(&Frame::Skip).await?;
                return Ok(Err(Decline::Gone));
            };
            link.send(&Frame::Data(data)).await?;
            sending.sent(count);
        }
    }
}

/// Reads a file ahead in larger pieces than frames.
struct Reader {
    file: File,
    at: u64,
    ahead: Bytes,
}

impl Reader {
    /// `None` if the file is gone or has another size.
    fn open(file: &Outgoing) -> Option<Self> {
        let opened = File::open(&file.path).ok()?;
        let is_same = opened.metadata().ok()?.len() == file.offer.bytes;
        is_same.then(|| Self { file: opened, at: 0, ahead: Bytes::new() })
    }

    fn is_ready(&self, at: u64, count: usize) -> bool {
        self.at == at && self.ahead.len() >= count
    }

    /// Reads from a place on; blocks. What cannot be read is missing afterwards.
    fn read_ahead(mut self, at: u64) -> Self {
        let mut buffer = Vec::with_capacity(WRITE_BYTES_MAX);
        let read = self.file.seek(SeekFrom::Start(at));
        let mut rest = Read::by_ref(&mut self.file).take(WRITE_BYTES_MAX as u64);
        let read = read.and_then(|_| rest.read_to_end(&mut buffer));
        self.at = at;
        self.ahead = if read.is_ok() { buffer.into() } else { Bytes::new() };
        self
    }

    /// `None` if the file ended or failed before.
    fn take(&mut self, at: u64, count: usize) -> Option<Bytes> {
        self.is_ready(at, count).then(|| {
            self.at += count as u64;
            self.ahead.split_to(count)
        })
    }
}

/// What the receiver of a turn does with whole files.
pub(crate) trait Take: Send + Sync + 'static {
    /// Whether a file was taken in before, though it no longer lies on the shelf.
    fn has(&self, offer: &Offer) -> bool;
    /// Takes a file; may take its time.
    fn take(&self, file: Kept);
}

/// Receives the files of the other side until it gives the turn back.
pub(crate) async fn receive_turn<S: AsyncRead + AsyncWrite + Send + 'static>(
    link: &mut Link<S>,
    shelf: &Arc<Shelf>,
    from: &PeerId,
    take: &Arc<dyn Take>,
    watch: &mut dyn Watch,
) -> Result<(), NearbyError> {
    let mut receiving = Receiving::default();
    let mut part: Option<Box<Part>> = None;
    let mut waits = 0;
    loop {
        let frame = link.receive().await?;
        waits = if frame == Frame::Wait { waits + 1 } else { 0 };
        if waits > WAITS_MAX {
            return Err(Violation::TooManyWaits.into());
        }
        match receiving.frame(frame)? {
            Step::Over => return Ok(()),
            Step::Nothing => {}
            Step::Leave => part = None,
            Step::Place(offer) => {
                part = place(link, &mut receiving, shelf, from, take, offer).await?;
            }
            Step::Write(bytes) => {
                let Some(open) = part.take() else { continue };
                part = write(link, &mut receiving, open, bytes, watch).await?;
            }
        }
        if receiving.is_full()
            && let Some(whole) = part.take()
        {
            settle(link, &mut receiving, whole, from, take).await?;
        }
    }
}

/// Answers an offer.
async fn place<S: AsyncRead + AsyncWrite + Send + 'static>(
    link: &mut Link<S>,
    receiving: &mut Receiving,
    shelf: &Arc<Shelf>,
    from: &PeerId,
    take: &Arc<dyn Take>,
    offer: Offer,
) -> Result<Option<Box<Part>>, NearbyError> {
    let (shelf, from, take) = (Arc::clone(shelf), from.clone(), Arc::clone(take));
    let work = spawn_blocking(move || {
        if take.has(&offer) {
            return (Placed::Whole, None);
        }
        match shelf.place(&from, offer) {
            // Told again, for the process may have ended before it could be taken.
            Place::Whole(kept) => {
                take.take(kept);
                (Placed::Whole, None)
            }
            Place::Part(part) => (Placed::At(part.have()), Some(part)),
            Place::Declined(why) => (Placed::Declined(why), None),
        }
    });
    let (placed, part) = link.patiently(work).await?;
    link.send(&receiving.placed(placed)).await?;
    Ok(part)
}

/// Writes what came, and what else is there; gives the part back unless it failed.
async fn write<S: AsyncRead + AsyncWrite + Send + 'static>(
    link: &mut Link<S>,
    receiving: &mut Receiving,
    mut part: Box<Part>,
    first: Bytes,
    watch: &mut dyn Watch,
) -> Result<Option<Box<Part>>, NearbyError> {
    let mut pieces = vec![first];
    link.more_data(&mut pieces);
    for piece in &pieces[1..] {
        // Judged like the first; more than was offered is a violation.
        let _ = receiving.frame(Frame::Data(piece.clone()))?;
    }
    let work = spawn_blocking(move || {
        let mut written = 0;
        for piece in &pieces {
            if let Err(why) = part.append(piece) {
                return (part, written, Some(why));
            }
            written += piece.len() as u64;
        }
        (part, written, None)
    });
    let (part, written, failed) = link.patiently(work).await?;
    let answer = receiving.wrote(written);
    let Offer { hash, bytes } = part.offer();
    watch.progress(Progress { way: Way::In, hash, done: part.have(), bytes });
    if let Some(why) = failed {
        link.send(&receiving.failed(why)).await?;
        return Ok(None);
    }
    if let Some(answer) = answer {
        link.send(&answer).await?;
    }
    Ok(Some(part))
}

/// Verifies a whole file, hands it on and answers.
async fn settle<S: AsyncRead + AsyncWrite + Send + 'static>(
    link: &mut Link<S>,
    receiving: &mut Receiving,
    part: Box<Part>,
    from: &PeerId,
    take: &Arc<dyn Take>,
) -> Result<(), NearbyError> {
    let (from, take) = (from.clone(), Arc::clone(take));
    let work = spawn_blocking(move || part.finish(&from).map(|kept| take.take(kept)));
    let answer = match link.patiently(work).await? {
        Ok(()) => receiving.stored(),
        Err(why) => receiving.failed(why),
    };
    link.send(&answer).await
}
