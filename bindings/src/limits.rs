//! Every limit of the facade, each with its reason. Nothing else may hold a bare number of this kind.

/// See [`crate::api_version`].
pub const API_VERSION: i32 = 1;
/// Longest list that crosses the bridge: a page that a screen shows, in a few milliseconds.
pub const PAGE_ROWS_MAX: usize = 200;
/// Threads that poll: they only hand over results, the work is done on the blocking ones.
pub const WORKER_THREADS: usize = 2;
/// Calls that do their work at the same time; further ones queue. A small phone has little memory,
/// and the store has one writer and two readers anyway.
pub const BLOCKING_THREADS_MAX: usize = 8;
/// Characters kept of what a callback says: the first line; the rest is a stack trace.
pub const CALLBACK_REASON_CHARS_MAX: usize = 200;
/// Length of a database key in bytes.
pub const KEY_BYTES: usize = 32;
