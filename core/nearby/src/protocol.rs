//! What is said between phone and tablet, without sockets, clocks or disks.
//!
//! ```text
//! phone                                   tablet
//! Hello(secret, key, who)            ->
//!                                    <-   Welcome  |  Refused(why), and the end
//! Offer(SHA-256, size)               ->            the phone's turn: for each file
//!                                    <-   Have(n)  |  Stored (it is here)  |  Declined(why)
//! Data … from byte n on              ->
//!                                    <-   Have(n) … as it is written
//!                                    <-   Stored, once the hash fits  |  Declined(why)
//! Turn                               ->
//!                                    <-   Offer …                     the tablet's turn, the same way
//!                                    <-   Turn
//! Bye                                ->
//! ```
//!
//! `Wait` says "I am still here" and is allowed whenever an answer is owed. A sender whose file is
//! declined while it sends answers `Skip`, so both know where they stand; a sender may also skip by
//! itself. Everything else at another time is a [`Violation`] and ends the conversation.
//!
//! A frame is a kind (one byte), a length (four bytes, big-endian) and so many bytes. There are no
//! names, paths, options or extensions in it; another version of the protocol has another number in
//! `Hello`. Pieces of files are given out as they come, so a cut loses at most what the socket held.

mod frame;
mod gate;
mod receiving;
mod sending;

pub use frame::{
    Decline, Decoder, FileHash, Frame, Hello, Offer, PhoneKey, Refusal, Secret, Violation,
};
pub use gate::Gate;
pub use receiving::{Placed, Receiving, Step};
pub use sending::{End, Sending, Want};
