//! SIM cards: which one is in which phone, from when until when, and what else became of it (D6).
//!
//! | module | what it decides |
//! |---|---|
//! | `card` | what is known of a card, and which state may follow |
//! | `pair` | which pairing ends and which begins when a card is put in, and whose card a phone has |
//! | `event` | the records that all of it is saved as |
//! | `table` | a delivery of cards taken in, cards and pairs written out (D12) |
//!
//! Knows no phone but by its number; whether there is such a phone is for whoever asks.

mod card;
mod event;
mod pair;
mod table;

pub use card::{Sim, SimState, SimStateProblem, check_sim_step};
pub use event::{change_answers, pairing_answers, pairing_of};
pub use pair::{Pairing, SimCard, SimChange, SimProblem, SimSeen, judge_seen, put_in};
pub use table::{CardLine, read_cards, write_cards, write_pairs};
