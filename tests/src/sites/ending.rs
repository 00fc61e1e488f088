//! The end of a simulation: every medium arrives, nothing fails, people put right what was refused and
//! decide what differs; then every outbox is empty or says why not, and the server holds what was
//! entered.

use outpost_store::RowState;
use outpost_sync::machine::Phases;

use super::device::Trouble;
use super::world::World;
use crate::sim::network::Weather;

/// Rounds of files and receipts after which everything must be settled: each restored machine may need
/// a few to find its place again.
const HEALED_ROUNDS: u32 = 14;
/// Rounds in which phones go to the same carrier.
const ROUNDS_AT_ONE_CARRIER: u32 = 4;
const HOUR_MS: i64 = 3_600_000;

impl World {
    /// Everything is well again: whatever can arrive must arrive.
    pub fn heal(&mut self) -> Result<(), String> {
        self.note("everything heals".to_owned());
        for index in 0..self.devices.len() {
            self.devices[index].skew_ms = 0;
            self.tick(index);
        }
        while !self.media.is_empty() {
            let place = self.dice.place(self.media.len());
            self.deliver(place)?;
        }
        for round in 0..HEALED_ROUNDS {
            self.server.now_ms += HOUR_MS;
            self.note(format!("round {round}"));
            self.everybody_hands_over(round)?;
            self.everybody_answers()?;
            for index in 0..self.devices.len() {
                let rows = self.devices[index].outbox();
                for (subject, row) in &rows {
                    if matches!(row.state, RowState::Rejected | RowState::Conflict) {
                        // Another decision may have changed it.
                        let now = self.devices[index].outbox();
                        if now.get(subject) == Some(row) {
                            self.decide_about(index, subject, row)?;
                        }
                    }
                }
                self.check(index)?;
            }
            if self.is_settled() {
                self.note(format!("settled after round {round}"));
                return Ok(());
            }
        }
        self.note_rest();
        Ok(())
    }

    /// What is left, for the trace.
    fn note_rest(&mut self) {
        for index in 0..self.devices.len() {
            let name = self.name(index);
            for (subject, row) in self.devices[index].outbox() {
                let (state, why) = (row.state, row.rejection.map(|why| why.reason));
                let handed = self.devices[index].session().handed_to(row.id.0);
                let handed = handed.unwrap_or_default();
                self.note(format!(
                    "{name}: left {subject} {state:?} {why:?} row {} {handed:?}",
                    row.id.0
                ));
            }
            for row in self.devices[index].session().aside(None).unwrap_or_default() {
                self.note(format!("{name}: aside {row:?}"));
            }
        }
    }

    /// A parcel arrives where it belongs, and nothing goes wrong.
    fn deliver(&mut self, place: usize) -> Result<(), String> {
        let (to, number) = (self.media[place].to, self.media[place].number);
        self.arrives(place, to, Trouble::None)?;
        self.media.retain(|parcel| parcel.number != number);
        self.check(to)
    }

    fn deliver_all(&mut self) -> Result<(), String> {
        while !self.media.is_empty() {
            self.deliver(0)?;
        }
        Ok(())
    }

    /// Phones to their tablets, carriers without network to one that has it; those send.
    fn everybody_hands_over(&mut self, round: u32) -> Result<(), String> {
        let phones = self.devices.len() - self.carriers.len();
        // Whoever is not settled by their own tablet asks at another one.
        let others = usize::try_from(round / ROUNDS_AT_ONE_CARRIER).unwrap_or(0);
        for phone in 0..phones {
            let to = self.carriers[(phone + others) % self.carriers.len()];
            self.hand_over(phone, to, true, Trouble::None)?;
        }
        self.deliver_all()?;
        let upstream = self.online[0];
        for carrier in self.offline() {
            self.hand_over(carrier, upstream, true, Trouble::None)?;
        }
        self.deliver_all()?;
        for carrier in self.online.clone() {
            let report = self.synchronise(carrier, Phases::ALL, Weather::FINE, false)?;
            match report.and_then(|report| report.stopped) {
                None => self.check(carrier)?,
                Some(stop) => return Err(format!("a carrier was stopped: {stop:?}")),
            }
        }
        Ok(())
    }

    /// Receipts, first those of whoever has network.
    fn everybody_answers(&mut self) -> Result<(), String> {
        let mut carriers = self.online.clone();
        carriers.extend(self.offline());
        for carrier in carriers {
            for to in (0..self.devices.len()).filter(|to| *to != carrier) {
                self.answer(carrier, to, Trouble::None)?;
            }
            self.deliver_all()?;
        }
        Ok(())
    }

    fn offline(&self) -> Vec<usize> {
        let offline = self.carriers.iter().filter(|carrier| !self.online.contains(carrier));
        offline.copied().collect()
    }

    fn is_settled(&self) -> bool {
        let is_empty = |device: &super::device::Device| {
            let aside = device.session().aside(None).expect("a list");
            aside.is_empty() && device.outbox().is_empty()
        };
        self.devices.iter().all(is_empty)
    }

    /// What is left has a name, and the server holds what was entered.
    pub fn compare(&mut self) -> Result<(), String> {
        for index in 0..self.devices.len() {
            self.check_journal(index)?;
            self.check(index)?;
            let device = &self.devices[index];
            for (subject, row) in device.outbox() {
                let handed = device.session().handed_to(row.id.0);
                let handed = handed.map_err(|error| error.to_string())?;
                let reason = row.rejection.as_ref().map(|why| why.reason.clone());
                let is_named = match row.state {
                    RowState::Rejected | RowState::Held => reason.is_some_and(|it| !it.is_empty()),
                    RowState::Conflict => true,
                    // Whoever carries it said why it waits there.
                    RowState::Pending => handed.iter().any(|handed| handed.reason.is_some()),
                    RowState::InFlight => false,
                };
                if !is_named {
                    let (name, state, why) = (device.user, row.state, row.put_off_reason);
                    return Err(format!(
                        "{name}: {subject} still waits ({state:?}, {why:?}, {handed:?})"
                    ));
                }
                self.tally.left += 1;
            }
            let aside = device.session().aside(None).map_err(|error| error.to_string())?;
            if let Some(row) = aside.iter().find(|row| row.reason.is_empty()) {
                return Err(format!(
                    "{}: {} is kept aside without a reason",
                    device.user, row.kind
                ));
            }
            self.tally.left += aside.len() as u64;
        }
        if let Some(subject) = self.model.come_again(&self.server) {
            return Err(format!("{subject} is on the server though its deletion came first"));
        }
        self.tally.compared += self.model.check_end(&self.server)?;
        Ok(())
    }
}
