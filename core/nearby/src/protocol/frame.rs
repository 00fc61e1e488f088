//! Frames: bytes to meaning and back.

use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::limits::{DATA_BYTES_MAX, FILE_BYTES_MAX, WHO_BYTES_MAX};

/// Number of this protocol; a change of any frame changes it.
pub(crate) const VERSION: u8 = 1;
const HEADER_BYTES: usize = 5;

/// What the invitation lets a phone prove. Compared in constant time, never shown.
#[derive(Clone)]
pub struct Secret([u8; 16]);

impl Secret {
    /// From sixteen random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the invitation.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// By what a tablet recognises a phone that comes back: sixteen random bytes that the phone drew once and
/// keeps. Whoever has it could go on with the phone's unfinished files, so it is never shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneKey(pub [u8; 16]);

impl fmt::Debug for PhoneKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PhoneKey(…)")
    }
}

/// SHA-256 of a file: its only name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileHash(pub [u8; 32]);

impl fmt::Display for FileHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A file that one side has for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Its hash.
    pub hash: FileHash,
    /// Its size, at least one byte.
    pub bytes: u64,
}

/// The first words of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// What the invitation said.
    pub secret: Secret,
    /// By what the tablet recognises the phone.
    pub key: PhoneKey,
    /// Who it claims to be, in the words of the caller (the id of its signing key). Not proven here:
    /// give nothing for it that is not encrypted to it or for everybody.
    pub who: String,
}

/// Why a tablet does not talk to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The secret is not that of this session.
    #[error("the code is not the one that the tablet shows now: scan it again")]
    Secret = 1,
    /// The invitation lets no new phone in any more.
    #[error("the code is too old: let the tablet show a new one and scan it")]
    Expired = 2,
    /// As many phones as were invited have come.
    #[error("as many phones as were invited have come: let the tablet show a new code")]
    Full = 3,
    /// Too many wrong secrets came from this address; try again in a minute.
    #[error("wrong codes came from this phone: wait a minute, then scan again")]
    Throttled = 4,
    /// It speaks another version of this protocol.
    #[error("the two devices have different versions: update the older one")]
    Version = 5,
}

impl Refusal {
    const ALL: [Self; 5] =
        [Self::Secret, Self::Expired, Self::Full, Self::Throttled, Self::Version];
}

/// Why a file is not taken. The sender keeps it, and what it holds stays unsent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Decline {
    /// It is larger than any file may be.
    #[error("the file is larger than the other device takes: send it in several files")]
    TooLarge = 1,
    /// This phone has too much lying here that nobody has taken in yet.
    #[error("the other device has not yet taken in what came before: let it, then try again")]
    PhoneQuota = 2,
    /// All phones together have.
    #[error("the other device has too much that it has not taken in: let it, then try again")]
    Quota = 3,
    /// The disk is full.
    #[error("the other device has no space left: free some there, then try again")]
    NoSpace = 4,
    /// What came is not what was offered. It was thrown away.
    #[error("the file changed on its way or while it was sent: try again")]
    Damaged = 5,
    /// The disk failed.
    #[error("the other device cannot write the file: restart it, then try again")]
    Disk = 6,
    /// The same file is being received already.
    #[error("the file is being received on another connection: try again in a moment")]
    Busy = 7,
    /// The sender's own file is gone or has another size. Never said by a receiver.
    #[error("the file is no longer on this device as it was: make it again")]
    Gone = 8,
}

impl Decline {
    const ALL: [Self; 8] = [
        Self::TooLarge,
        Self::PhoneQuota,
        Self::Quota,
        Self::NoSpace,
        Self::Damaged,
        Self::Disk,
        Self::Busy,
        Self::Gone,
    ];
}

/// Something that must not be said, or not now. It ends the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// There is no such frame.
    #[error("a frame of kind {0} does not exist")]
    UnknownKind(u8),
    /// A frame of this kind has no such length.
    #[error("a frame of kind {kind} with {bytes} bytes cannot be")]
    Length {
        /// Its kind.
        kind: u8,
        /// What it claims.
        bytes: u32,
    },
    /// What is in it cannot be.
    #[error("a frame of kind {0} cannot be read")]
    Malformed(u8),
    /// The phone speaks another version of this protocol.
    #[error("the other side speaks version {0} of the protocol")]
    OtherVersion(u8),
    /// It may not come now.
    #[error("a frame of kind {0} may not come now")]
    OutOfTurn(u8),
    /// More bytes of a file than were offered.
    #[error("more bytes came than were offered")]
    TooMuchData,
    /// More than [`crate::limits::FILES_MAX`] files in one turn.
    #[error("too many files were offered")]
    TooManyFiles,
    /// Bytes were acknowledged that were not sent.
    #[error("bytes were acknowledged that were not sent")]
    Acknowledged,
    /// More than [`crate::limits::WAITS_MAX`] signs of patience in a row.
    #[error("the other side has been busy for too long")]
    TooManyWaits,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// First words of a phone.
    Hello(Hello),
    /// The phone may go on.
    Welcome,
    /// It may not.
    Refused(Refusal),
    /// A file.
    Offer(Offer),
    /// So many of its bytes are here.
    Have(u64),
    /// The next of its bytes.
    Data(Bytes),
    /// It is here, whole and verified.
    Stored,
    /// It is not taken, or no longer.
    Declined(Decline),
    /// No more of it now.
    Skip,
    /// Now the other side may send.
    Turn,
    /// An answer is on its way.
    Wait,
    /// Everything is said.
    Bye,
}

const HELLO: u8 = 0x01;
const WELCOME: u8 = 0x02;
const REFUSED: u8 = 0x03;
const OFFER: u8 = 0x10;
const HAVE: u8 = 0x11;
const DATA: u8 = 0x12;
const STORED: u8 = 0x13;
const DECLINED: u8 = 0x14;
const SKIP: u8 = 0x15;
const TURN: u8 = 0x20;
const WAIT: u8 = 0x21;
const BYE: u8 = 0x22;

const HELLO_BYTES: usize = 1 + 16 + 16;
const OFFER_BYTES: usize = 32 + 8;

impl Frame {
    /// The number that stands for its kind.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => HELLO,
            Self::Welcome => WELCOME,
            Self::Refused(_) => REFUSED,
            Self::Offer(_) => OFFER,
            Self::Have(_) => HAVE,
            Self::Data(_) => DATA,
            Self::Stored => STORED,
            Self::Declined(_) => DECLINED,
            Self::Skip => SKIP,
            Self::Turn => TURN,
            Self::Wait => WAIT,
            Self::Bye => BYE,
        }
    }

    /// Writes it. Texts and data are cut to their limits, which callers keep anyway.
    pub fn encode(&self, out: &mut BytesMut) {
        out.put_u8(self.kind());
        let length_at = out.len();
        out.put_u32(0);
        match self {
            Self::Hello(hello) => {
                out.put_u8(VERSION);
                out.put_slice(hello.secret.bytes());
                out.put_slice(&hello.key.0);
                out.put_slice(hello.who.as_bytes());
            }
            Self::Refused(why) => out.put_u8(*why as u8),
            Self::Offer(offer) => {
                out.put_slice(&offer.hash.0);
                out.put_u64(offer.bytes);
            }
            Self::Have(bytes) => out.put_u64(*bytes),
            Self::Data(bytes) => out.put_slice(&bytes[..bytes.len().min(DATA_BYTES_MAX)]),
            Self::Declined(why) => out.put_u8(*why as u8),
            Self::Welcome | Self::Stored | Self::Skip | Self::Turn | Self::Wait | Self::Bye => {}
        }
        let length = (out.len() - length_at - 4) as u32;
        out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    }

    fn decode(kind: u8, mut body: Bytes) -> Result<Self, Violation> {
        let malformed = Violation::Malformed(kind);
        Ok(match kind {
            HELLO => Self::Hello(read_hello(body)?),
            WELCOME => Self::Welcome,
            REFUSED => Self::Refused(coded(body.get_u8(), &Refusal::ALL, |why| *why as u8)?),
            OFFER => {
                let mut hash = [0; 32];
                body.copy_to_slice(&mut hash);
                let bytes = body.get_u64();
                if bytes == 0 {
                    return Err(malformed);
                }
                Self::Offer(Offer { hash: FileHash(hash), bytes })
            }
            HAVE => Self::Have(body.get_u64()),
            STORED => Self::Stored,
            DECLINED => Self::Declined(coded(body.get_u8(), &Decline::ALL, |why| *why as u8)?),
            SKIP => Self::Skip,
            TURN => Self::Turn,
            WAIT => Self::Wait,
            BYE => Self::Bye,
            _ => return Err(Violation::UnknownKind(kind)),
        })
    }
}

fn read_hello(mut body: Bytes) -> Result<Hello, Violation> {
    let _version = body.get_u8(); // Judged with the header.
    let (mut secret, mut key) = ([0; 16], [0; 16]);
    body.copy_to_slice(&mut secret);
    body.copy_to_slice(&mut key);
    let who = String::from_utf8(body.to_vec()).map_err(|_| Violation::Malformed(HELLO))?;
    if who.chars().any(char::is_control) {
        return Err(Violation::Malformed(HELLO));
    }
    Ok(Hello { secret: Secret::new(secret), key: PhoneKey(key), who })
}

fn coded<T: Copy>(code: u8, all: &[T], code_of: impl Fn(&T) -> u8) -> Result<T, Violation> {
    let found = all.iter().find(|one| code_of(one) == code);
    found.copied().ok_or(Violation::Malformed(code))
}

/// Whether a frame of this kind may have this length.
fn check_length(kind: u8, bytes: usize) -> Result<(), Violation> {
    let fits = match kind {
        HELLO => (HELLO_BYTES..=HELLO_BYTES + WHO_BYTES_MAX).contains(&bytes),
        REFUSED | DECLINED => bytes == 1,
        OFFER => bytes == OFFER_BYTES,
        HAVE => bytes == 8,
        DATA => (1..=DATA_BYTES_MAX).contains(&bytes),
        WELCOME | STORED | SKIP | TURN | WAIT | BYE => bytes == 0,
        _ => return Err(Violation::UnknownKind(kind)),
    };
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    if fits { Ok(()) } else { Err(Violation::Length { kind, bytes }) }
}

/// Cuts a stream into frames. Holds no bytes itself: what is not yet a frame stays in the buffer, and
/// a frame is never longer than its header may say.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes of a `Data` frame that have not come.
    data_left: usize,
    /// Whether the other side has shown who it is.
    is_open: bool,
}

impl Decoder {
    /// From now on every frame may come. Before, only those of a greeting.
    pub const fn open(&mut self) {
        self.is_open = true;
    }

    /// The next frame, or `None` until more bytes come. Data is given out in pieces as it comes.
    ///
    /// # Errors
    /// [`Violation`]: nothing after it may be believed.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Frame>, Violation> {
        if self.data_left > 0 {
            return Ok(self.piece(buffer));
        }
        if buffer.len() < HEADER_BYTES {
            return Ok(None);
        }
        let kind = buffer[0];
        if kind == HELLO {
            // The version comes first of all, so that a later one may have another length.
            match buffer.get(HEADER_BYTES) {
                None => return Ok(None),
                Some(&version) if version != VERSION => {
                    return Err(Violation::OtherVersion(version));
                }
                Some(_) => {}
            }
        }
        let length = u32::from_be_bytes([buffer[1], buffer[2], buffer[3], buffer[4]]) as usize;
        check_length(kind, length)?;
        let greets = matches!(kind, HELLO | WELCOME | REFUSED | WAIT);
        if !self.is_open && !greets {
            return Err(Violation::OutOfTurn(kind));
        }
        if kind == DATA {
            buffer.advance(HEADER_BYTES);
            self.data_left = length;
            return Ok(self.piece(buffer));
        }
        if buffer.len() < HEADER_BYTES + length {
            return Ok(None);
        }
        buffer.advance(HEADER_BYTES);
        Frame::decode(kind, buffer.split_to(length).freeze()).map(Some)
    }

    fn piece(&mut self, buffer: &mut BytesMut) -> Option<Frame> {
        let count = self.data_left.min(buffer.len());
        if count == 0 {
            return None;
        }
        self.data_left -= count;
        Some(Frame::Data(buffer.split_to(count).freeze()))
    }
}

impl Offer {
    /// Whether a file of this size may be at all.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        self.bytes > 0 && self.bytes <= FILE_BYTES_MAX
    }
}
