//! The phases after signing in, each a small machine of its own.

mod batch;
mod body;
mod chunks;
pub(crate) mod download;
pub(crate) mod locks;
pub(crate) mod metadata;
mod missing;
mod pages;
pub(crate) mod reserve;
pub(crate) mod team;
pub(crate) mod upload;
