//! Reading of an answer's body within limits, decompressed while it comes.

use std::io::{self, Write};
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use outpost_sync::ports::Lost;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::time::timeout;

use crate::limits::IDLE_TIMEOUT_MS;
use crate::lost::{sort, unknown};

/// A body and what it took on the wire.
pub(crate) struct Body {
    pub bytes: Vec<u8>,
    pub wire_bytes: u64,
}

/// Reads a body of at most `bytes_max`, counted after decompression as well.
pub(crate) async fn read(mut response: Response, bytes_max: u64) -> Result<Body, Lost> {
    if response.content_length().is_some_and(|length| length > bytes_max) {
        return Err(Lost::TooLarge { bytes_max });
    }
    let encoding = response.headers().get(CONTENT_ENCODING);
    let mut sink = match encoding.map(|value| value.as_bytes()) {
        None | Some(b"" | b"identity") => Sink::Plain(Capped::new(bytes_max)),
        Some(b"gzip" | b"x-gzip") => {
            Sink::Gzip(Box::new(MultiGzDecoder::new(Capped::new(bytes_max))))
        }
        Some(_) => return Err(unknown("the answer is packed in an unknown way")),
    };
    let mut wire_bytes = 0;
    let idle = Duration::from_millis(IDLE_TIMEOUT_MS);
    loop {
        let chunk = match timeout(idle, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(sort_cut(&error)),
            Err(_) => return Err(unknown("the answer stopped in the middle")),
        };
        wire_bytes += chunk.len() as u64;
        sink.write(&chunk).map_err(|error| sort_sink(&error, bytes_max))?;
    }
    let bytes = sink.finish().map_err(|error| sort_sink(&error, bytes_max))?;
    Ok(Body { bytes, wire_bytes })
}

fn sort_cut(error: &reqwest::Error) -> Lost {
    match sort(error) {
        // The answer had begun: the request certainly left the device.
        Lost::NotSent { reason, .. } => Lost::Unknown { reason },
        other => other,
    }
}

fn sort_sink(error: &io::Error, bytes_max: u64) -> Lost {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Lost::TooLarge { bytes_max },
        _ => unknown("the answer is damaged"),
    }
}

enum Sink {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(capped) => capped.write_all(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(capped) => Ok(capped.bytes),
            Self::Gzip(decoder) => Ok((*decoder).finish()?.bytes),
        }
    }
}

/// A buffer that refuses to grow beyond its limit.
struct Capped {
    bytes: Vec<u8>,
    bytes_max: u64,
}

impl Capped {
    fn new(bytes_max: u64) -> Self {
        Self { bytes: Vec::new(), bytes_max }
    }
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > self.bytes_max {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
