//! Limits of what comes from outside, one name, unit and reason each.

use std::time::Duration;

/// Bytes of a piece of a file in one frame: a quarter of a second at 250 KB/s, so progress moves.
pub const DATA_BYTES_MAX: usize = 64 * 1024;
/// Bytes that may be under way and not yet acknowledged: enough for 10 MB/s at 100 ms, and the most
/// that a cut can make travel twice.
pub const WINDOW_BYTES: u64 = 1024 * 1024;
/// A receiver acknowledges after so many bytes.
pub const ACKNOWLEDGE_BYTES: u64 = 256 * 1024;
/// Pieces that wait between the socket and the disk of one connection.
pub const PIECES_WAITING_MAX: usize = 64;
/// Bytes that go to the disk in one call.
pub const WRITE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the text by which a phone says who it is.
pub const WHO_BYTES_MAX: usize = 64;
/// Files in one turn of a conversation.
pub const FILES_MAX: usize = 1_000;

/// Largest file in bytes: the largest content that a data-exchange file may have, and its wrapping.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024 + 16 * 1024 * 1024;
/// Bytes that one phone may have lying here.
pub const PHONE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes that all phones together may have lying here.
pub const ALL_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Files that one phone may have lying here.
pub const PHONE_FILES_MAX: usize = 2_000;
/// Bytes of the disk that are left alone: the store must be able to save a form at any time.
pub const KEEP_FREE_BYTES: u64 = 200 * 1024 * 1024;

/// Addresses in an invitation: Wi-Fi and hotspot, IPv4 and IPv6.
pub const ADDRESSES_MAX: usize = 4;
/// Characters of an invitation; a QR code of 57 modules a side holds them.
pub const INVITATION_CHARS_MAX: usize = 320;
/// Phones in one session: a meeting of a team.
pub const PHONES_MAX: usize = 64;
/// How long an invitation lets new phones in.
pub const VALID_FOR: Duration = Duration::from_secs(15 * 60);
/// The longest that a caller may ask for.
pub const VALID_FOR_MAX: Duration = Duration::from_secs(12 * 3600);
/// Connections that have not yet shown the secret, in all and from one address.
pub const STRANGERS_MAX: usize = 32;
/// See [`STRANGERS_MAX`].
pub const STRANGERS_PER_ADDRESS_MAX: usize = 4;
/// Addresses whose wrong secrets are counted.
pub const WRONG_ADDRESSES_MAX: usize = 256;
/// An address that showed a wrong secret waits so long, then twice as long each time …
pub const WRONG_WAIT_MS: u64 = 1_000;
/// … up to this.
pub const WRONG_WAIT_MS_MAX: u64 = 60_000;

/// From the first byte to the proven secret.
pub const GREETING_MAX: Duration = Duration::from_secs(10);
/// To reach an address of an invitation.
pub const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Without a sign of life from the other side.
pub const SILENCE_MAX: Duration = Duration::from_secs(30);
/// A side that is busy says so after this time, and again.
pub const WAIT_EVERY: Duration = Duration::from_secs(5);
/// Signs of patience in a row: ten minutes, the import of a large file on a small tablet.
pub const WAITS_MAX: u32 = 120;
/// Attempts in a row that bring nothing before a phone gives up.
pub const ATTEMPTS_MAX: u32 = 4;
/// Pause before the next attempt.
pub const ATTEMPT_PAUSE: Duration = Duration::from_millis(500);
