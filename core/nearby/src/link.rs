//! Frames over a stream, with patience and its end.
//!
//! A task of its own reads, so that a side hears an answer while it sends. What it read and nobody took
//! yet is bounded; then it stops reading, and TCP makes the other side wait.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;

use crate::error::NearbyError;
use crate::limits::{PIECES_WAITING_MAX, WAIT_EVERY, WRITE_BYTES_MAX};
use crate::protocol::{Decoder, Frame};

/// Bytes that are asked of the socket at once.
const READ_BYTES: usize = 32 * 1024;

/// Why a conversation must end now, told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    GoOn,
    Superseded,
    Close,
}

/// One end of a conversation.
pub(crate) struct Link<S> {
    frames: mpsc::Receiver<Result<Frame, NearbyError>>,
    taken_too_early: Option<Result<Frame, NearbyError>>,
    writer: WriteHalf<S>,
    out: BytesMut,
    reader: JoinHandle<()>,
    silence: Duration,
    call: watch::Receiver<Call>,
}

impl<S> Drop for Link<S> {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl<S: AsyncRead + AsyncWrite + Send + 'static> Link<S> {
    /// Begins to read. `silence` is how long the other side may say nothing.
    pub fn new(stream: S, silence: Duration, call: watch::Receiver<Call>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let (sender, frames) = mpsc::channel(PIECES_WAITING_MAX);
        let reader = tokio::spawn(read_all(reader, sender));
        let (taken_too_early, out) = (None, BytesMut::new());
        Self { frames, taken_too_early, writer, out, reader, silence, call }
    }

    /// The next frame.
    pub async fn receive(&mut self) -> Result<Frame, NearbyError> {
        if let Some(frame) = self.taken_too_early.take() {
            return frame;
        }
        let silence = self.silence;
        tokio::select! {
            biased;
            ended = called(&mut self.call) => Err(ended),
            frame = timeout(silence, self.frames.recv()) => match frame {
                Err(_) => Err(NearbyError::Silent),
                Ok(Some(frame)) => frame,
                Ok(None) => Err(NearbyError::Lost { detail: "it was closed".to_owned() }),
            }
        }
    }

    /// A frame that is there already.
    pub fn receive_now(&mut self) -> Result<Option<Frame>, NearbyError> {
        let frame = self.taken_too_early.take().or_else(|| self.frames.try_recv().ok());
        frame.transpose()
    }

    /// More pieces of the file, as far as they are there, so that the disk is asked less often. What
    /// else comes is given by the next [`Self::receive`].
    pub fn more_data(&mut self, pieces: &mut Vec<Bytes>) {
        let mut sum: usize = pieces.iter().map(Bytes::len).sum();
        while sum < WRITE_BYTES_MAX && self.taken_too_early.is_none() {
            match self.frames.try_recv() {
                Ok(Ok(Frame::Data(bytes))) => {
                    sum += bytes.len();
                    pieces.push(bytes);
                }
                Ok(other) => self.taken_too_early = Some(other),
                Err(_) => return,
            }
        }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &Frame) -> Result<(), NearbyError> {
        self.out.clear();
        frame.encode(&mut self.out);
        let (writer, out) = (&mut self.writer, &self.out);
        let write = async {
            writer.write_all(out).await?;
            writer.flush().await
        };
        tokio::select! {
            biased;
            ended = called(&mut self.call) => Err(ended),
            written = timeout(self.silence, write) => match written {
                Err(_) => Err(NearbyError::Silent),
                Ok(written) => written.map_err(|error| NearbyError::lost(&error)),
            }
        }
    }

    /// Waits for work on another thread and keeps the other side patient meanwhile.
    pub async fn patiently<T>(&mut self, mut work: JoinHandle<T>) -> Result<T, NearbyError> {
        loop {
            match timeout(WAIT_EVERY.min(self.silence / 3), &mut work).await {
                Ok(done) => return done.map_err(|error| gave_up(&error)),
                Err(_) => self.send(&Frame::Wait).await?,
            }
        }
    }

    /// Says that nothing more comes.
    pub async fn close(mut self) {
        let _ = timeout(self.silence.min(Duration::from_secs(2)), self.writer.shutdown()).await;
    }
}

/// Ends when the conversation must.
async fn called(call: &mut watch::Receiver<Call>) -> NearbyError {
    match call.wait_for(|call| *call != Call::GoOn).await.map(|call| *call) {
        Ok(Call::Superseded) => NearbyError::Superseded,
        _ => NearbyError::Closed,
    }
}

fn gave_up(error: &JoinError) -> NearbyError {
    let detail = if error.is_panic() { "the work failed" } else { "the program ends" };
    NearbyError::Impossible { detail: detail.to_owned() }
}

/// Reads until the end, an error, or nobody listens.
async fn read_all<S: AsyncRead>(
    mut reader: ReadHalf<S>,
    sender: mpsc::Sender<Result<Frame, NearbyError>>,
) {
    let mut decoder = Decoder::default();
    let mut buffer = BytesMut::with_capacity(READ_BYTES);
    loop {
        loop {
            let frame = match decoder.next(&mut buffer) {
                Ok(None) => break,
                Ok(Some(frame)) => Ok(frame),
                Err(violation) => Err(NearbyError::from(violation)),
            };
            // The side that greets first is the phone; after one greeting everything may come.
            if matches!(frame, Ok(Frame::Hello(_) | Frame::Welcome)) {
                decoder.open();
            }
            let is_end = frame.is_err();
            if sender.send(frame).await.is_err() || is_end {
                return;
            }
        }
        buffer.reserve(READ_BYTES);
        let lost = match reader.read_buf(&mut buffer).await {
            Ok(0) => NearbyError::Lost { detail: "it was closed".to_owned() },
            Ok(_) => continue,
            Err(error) => NearbyError::lost(&error),
        };
        let _ = sender.send(Err(lost)).await;
        return;
    }
}
