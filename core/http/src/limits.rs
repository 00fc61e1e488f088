//! Limits of the transport, one name, unit and reason each.

/// How long a connection may take to come up. Phones on a weak cell need several seconds for the
/// name, the connection and TLS together.
pub const CONNECT_TIMEOUT_MS: u64 = 30_000;
/// How long an answer that has begun may pause. Longer than a cell hand-over, shorter than a dead
/// link.
pub const IDLE_TIMEOUT_MS: u64 = 60_000;
/// How long signing in may take; the first request after a server start takes seconds.
pub const SIGN_IN_TIMEOUT_MS: u64 = 60_000;
/// Largest answer to a sign-in.
pub const SIGN_IN_ANSWER_BYTES_MAX: u64 = 256 * 1024;
/// Idle connections are closed before the servers and proxies in between do it silently.
pub const POOL_IDLE_MS: u64 = 25_000;
/// Longest `Retry-After` that is believed: a day.
pub const RETRY_AFTER_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
/// Largest certificate bundle of a private authority.
pub const CA_PEM_BYTES_MAX: usize = 512 * 1024;
/// How long another system may take to answer a notice.
pub const WEBHOOK_TIMEOUT_MS: u64 = 30_000;
/// Largest answer to a notice that is read; nothing in it matters.
pub const WEBHOOK_ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Longest address of another system, in bytes: with a key in it.
pub const WEBHOOK_ADDRESS_BYTES_MAX: usize = 2_000;
