//! Going live: what becomes of what was there before, on which day, whether a site is ready, whether the
//! app's totals agree with the register's, and how the first weeks go (G1 to G6).
//!
//! | module | what it answers |
//! |---|---|
//! | [`plan`] | keep in parallel or replace; eliminate, replicate or keep a duplicate |
//! | [`calendar`] | what a day collides with |
//! | [`readiness`] | red, amber or green, and what is missing |
//! | [`compare`] | which totals differ, which records are behind it, whether it is safe to stop |
//! | [`decision`] | go, no-go, cut-over and its reversal |
//! | [`adoption`] | who has synchronised, who has not |
//! | [`days`] | the same day by day, and what nobody knows of a day |
//! | [`record`] | all of it as events of DHIS2, and back |
//! | [`said`] | what our English words in those records mean |
//!
//! Pure. Never decides to go live: it says what speaks against it, and a person decides with a reason.

pub mod adoption;
pub mod calendar;
pub mod compare;
mod day;
pub mod days;
pub mod decision;
pub mod limits;
pub mod plan;
pub mod readiness;
pub mod record;
pub mod said;
