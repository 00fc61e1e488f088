//! The imperative shell of Outpost and its Rust facade: what the command line and the language
//! bindings call.
//!
//! Everything public is plain owned data, blocking and safe from any thread; lists come in pages.
//! The shell has no policy of its own: what to send, how to settle, what a form allows is decided in
//! `sync` and `domain`; here decisions are carried out on the store and the transport.

mod cancel;
pub mod error;
pub mod limits;
pub mod platform;
pub mod verifier;

pub use cancel::CancelToken;
pub use error::{OutpostError, Result, SignInProblem};
