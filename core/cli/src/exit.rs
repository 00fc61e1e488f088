//! The exit codes, as promised in `outpost --help`.

use outpost_engine::OutpostError;

/// Done.
pub const OK: u8 = 0;
/// A fault in Outpost.
pub const INTERNAL: u8 = 1;
/// Something typed or read is not right.
pub const INPUT: u8 = 2;
/// Not signed in, or not allowed.
pub const SIGN_IN: u8 = 3;
/// The server cannot be reached.
pub const OFFLINE: u8 = 4;
/// The server is not well, refused the request, or has an unsupported version.
pub const SERVER: u8 = 5;
/// An entry rule refused a value.
pub const REFUSED: u8 = 6;
/// The storage: full, in use, damaged or locked.
pub const STORAGE: u8 = 7;
/// Stopped by a person.
pub const CANCELLED: u8 = 8;

/// The exit code of an error.
#[must_use]
pub const fn of(error: &OutpostError) -> u8 {
    match error {
        OutpostError::InvalidInput { .. } | OutpostError::NotFound { .. } => INPUT,
        OutpostError::Unauthenticated { .. } | OutpostError::Forbidden { .. } => SIGN_IN,
        OutpostError::Offline { .. } => OFFLINE,
        OutpostError::ServerUnavailable { .. }
        | OutpostError::ServerRejected { .. }
        | OutpostError::Incompatible { .. } => SERVER,
        OutpostError::StorageFull
        | OutpostError::StorageBusy { .. }
        | OutpostError::StorageDenied { .. }
        | OutpostError::StorageCorrupt { .. }
        | OutpostError::StorageLocked { .. }
        | OutpostError::Busy { .. } => STORAGE,
        OutpostError::Cancelled => CANCELLED,
        _ => INTERNAL,
    }
}
