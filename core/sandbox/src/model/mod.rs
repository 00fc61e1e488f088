//! The pure model: one function from (world, request, time) to answer.
//!
//! `handle` is deterministic: the clock is the `now` it is given, uids come from the seed of the
//! world.
//! It never opens a socket and never reads a file; its store is the SQLite connection of the world.

pub mod account;
pub mod aggregate;
pub mod approval;
pub mod auth;
pub mod control;
pub mod datastore;
pub mod duplicates;
pub mod files;
pub mod http;
pub mod md5;
pub mod messages;
pub mod meta;
pub mod period;
pub mod reserved;
pub mod route;
pub mod system;
pub mod time;
pub mod tracker;
pub mod uid;
pub mod value;
pub mod version;
pub mod world;

pub use route::handle;
pub use world::World;

use http::Response;

/// Why a handler stopped early.
#[derive(Debug)]
pub enum Refusal {
    /// The request is answered with this.
    Answer(Box<Response>),
    /// The store failed; nothing of the request is kept.
    Store(rusqlite::Error),
}

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self::Answer(Box::new(response))
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

/// What a handler gives back.
pub type Answer = Result<Response, Refusal>;
