//! Days of one phone and its carrier on which one thing fails once: each reading of the clock and each
//! so many bytes in turn, where a file is written, taken in, answered, and its answer taken in.
//! Afterwards the day goes on, and nothing is left of it.

use outpost_sync::machine::Phases;

use super::device::Trouble;
use super::world::{Tally, World};
use crate::sim::Failure;
use crate::sim::network::Weather;

/// Where on the way of a file something fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Written,
    TakenIn,
    Answered,
    Settled,
}

const STAGES: [Stage; 4] = [Stage::Written, Stage::TakenIn, Stage::Answered, Stage::Settled];
/// A world of two phones and one carrier.
const SEED: u64 = 0;

/// Fails everything once; bytes in strides. How many days there were, and what happened on them.
///
/// # Errors
/// The first day that does not end well.
pub fn every_step(stride: u64) -> Result<(u64, Tally), Failure> {
    let mut world = World::new(SEED);
    match world.days(stride.max(1)) {
        Ok(days) => Ok((days, world.tally)),
        Err(what) => Err(Failure { what, trace: world.trace.into() }),
    }
}

impl World {
    fn days(&mut self, stride: u64) -> Result<u64, String> {
        let mut days = 0;
        for stage in STAGES {
            for (fails, stride) in [
                (Trouble::DiesAt as fn(u64) -> Trouble, 1),
                (Trouble::DiesAfterBytes, stride),
                (Trouble::MediumFails, stride),
            ] {
                let mut nth = 1;
                while self.day(stage, fails(nth))? {
                    days += 1;
                    nth += stride;
                }
            }
            for trouble in [Trouble::DiesInProgress, Trouble::Stopped] {
                self.day(stage, trouble)?;
                days += 1;
            }
        }
        Ok(days)
    }

    /// Whether it came to what was to fail.
    fn day(&mut self, at: Stage, trouble: Trouble) -> Result<bool, String> {
        let (phone, carrier) = (0, self.online[0]);
        let troubles = self.tally.deaths + self.tally.failures;
        self.note(format!("{at:?}: {trouble:?}"));
        let of = |stage: Stage| if stage == at { trouble } else { Trouble::None };
        while self.devices[phone].outbox().is_empty() {
            self.edit_in_peace(phone)?;
        }
        let hits = |world: &Self| world.tally.deaths + world.tally.failures > troubles;
        self.hand_over(phone, carrier, false, of(Stage::Written))?;
        if at == Stage::Written && hits(self) {
            self.media.clear();
            self.hand_over(phone, carrier, true, Trouble::None)?;
        }
        self.arrives_in_the_end(carrier, of(Stage::TakenIn))?;
        let report = self.synchronise(carrier, Phases::ALL, Weather::FINE, false)?;
        if report.is_none_or(|report| report.stopped.is_some()) {
            return Err("the carrier could not synchronise".to_owned());
        }
        self.answer(carrier, phone, of(Stage::Answered))?;
        if at == Stage::Answered && hits(self) {
            self.media.clear();
            self.answer(carrier, phone, Trouble::None)?;
        }
        self.arrives_in_the_end(phone, of(Stage::Settled))?;
        for index in [phone, carrier] {
            self.check(index)?;
            self.check_journal(index)?;
            let rest = self.devices[index].outbox();
            if !rest.is_empty() {
                return Err(format!("{}: {:?} is left", self.name(index), rest.keys()));
            }
        }
        self.tally.compared += self.model.check_end(&self.server)?;
        Ok(hits(self))
    }

    fn arrives_in_the_end(&mut self, reader: usize, trouble: Trouble) -> Result<(), String> {
        if !self.arrives(0, reader, trouble)? && !self.arrives(0, reader, Trouble::None)? {
            return Err(format!("{}: the file is not read", self.name(reader)));
        }
        self.media.clear();
        Ok(())
    }
}
