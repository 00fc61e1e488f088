//! What can keep a sandbox from starting or running. Requests never end in one of these: they are
//! answered.

use std::path::PathBuf;

/// Why a sandbox could not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A metadata file cannot be read. Check the path and its permissions.
    #[error("cannot read the metadata file {path}: {source}")]
    Read {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A metadata file is not JSON, or its root is not an object.
    #[error("the metadata file {path} is not a DHIS2 metadata package: {reason}")]
    NotMetadata {
        /// The file, or a word for metadata given in memory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The time zone of the configuration is not known here.
    #[error(
        "unknown time zone `{0}`: give Etc/UTC, an offset such as +03:00, or a known zone name"
    )]
    Zone(String),
    /// The store of the sandbox failed: disk full, damaged, or in use by another process.
    #[error("the sandbox store failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// The network or the runtime could not be used.
    #[error("cannot serve: {0}")]
    Serve(#[from] std::io::Error),
    /// The system gave no random bytes for uids and tokens.
    #[error("no randomness from the system: {0}")]
    Random(String),
}
