//! The end of a simulation: everything heals, persons decide what is parked, and what phones show is
//! laid beside what the server holds.

use outpost_store::RowState;
use outpost_sync::machine::Phases;

use super::Scene;
use super::metadata::{PERIODS, SHARED_CLINIC};
use super::network::Weather;
use super::record::{DELETED, Fields};
use super::world::{DAY_MS, HOUR_MS, World};

/// Synchronisations after which a healed phone must have nothing left to send and show what the
/// others sent: one ends a pull, one lets a conflict go that another's deletion dissolved, one sends
/// what came of it, one shows it to those who went before.
const HEALED_ROUNDS: u32 = 4;

impl World {
    /// Everything is well again: whatever can be sent must be sent.
    pub fn heal(&mut self) -> Result<(), String> {
        self.note("everything heals".to_owned());
        self.weather.fill(Weather::FINE);
        self.outage = 0;
        self.phones.iter_mut().for_each(|phone| phone.killed_after = None);
        self.repair_server();
        for index in 0..self.phones.len() {
            self.run_to_end(index)?;
        }
        // The end of a pull that was under way, then what changed since, then each other's work.
        for round in 0..HEALED_ROUNDS {
            self.server.now_ms += HOUR_MS;
            for index in 0..self.phones.len() {
                self.synchronise(index, Phases { metadata: round < 2, ..Phases::ALL })?;
            }
        }
        for phone in &self.phones {
            let rows = phone.outbox();
            // What is held has a parked parent: the ledger has seen to that.
            let waiting = rows
                .iter()
                .find(|(_, row)| matches!(row.state, RowState::Pending | RowState::InFlight));
            if let Some((subject, row)) = waiting {
                let (state, not_before, why) = (row.state, row.not_before_ms, &row.put_off_reason);
                return Err(format!(
                    "phone {}: {subject} still waits ({state:?}, not before {not_before}, {why:?}) \
                     at {}",
                    phone.index,
                    phone.clock_ms(self.server.now_ms)
                ));
            }
        }
        Ok(())
    }

    pub fn synchronise(&mut self, index: usize, phases: Phases) -> Result<(), String> {
        let seed = self.dice.roll();
        self.tally.runs += 1;
        self.phones[index].begin(phases, seed, self.server.now_ms);
        self.run_to_end(index)
    }

    fn run_to_end(&mut self, index: usize) -> Result<(), String> {
        let mut effects = 0;
        while self.phones[index].run.is_some() {
            self.carry_on(index)?;
            effects += 1;
            if effects > 20_000 {
                return Err(format!("phone {index}: a synchronisation does not end"));
            }
        }
        Ok(())
    }

    /// Persons decide everything that is parked; afterwards nothing may be left.
    pub fn settle_everything(&mut self) -> Result<(), String> {
        let data = Phases { metadata: false, ..Phases::ALL };
        for _ in 0..2 {
            for index in 0..self.phones.len() {
                for _ in 0..self.phones[index].outbox().len() {
                    self.decide(index)?;
                    self.check(index)?;
                }
                self.server.now_ms += HOUR_MS;
                self.synchronise(index, data)?;
            }
        }
        for index in 0..self.phones.len() {
            self.give_up_rest(index)?;
            self.check(index)?;
        }
        // What a download merged is sent by the next synchronisation and seen by the one after.
        for _ in 0..HEALED_ROUNDS {
            for index in 0..self.phones.len() {
                self.server.now_ms += HOUR_MS;
                self.synchronise(index, data)?;
            }
        }
        Ok(())
    }

    /// What a phone shows must be what the server holds, but for what still waits.
    pub fn compare(&mut self) -> Result<(), String> {
        if self.scene == Scene::People {
            self.a_week_later()?;
        }
        for phone in &self.phones {
            let units = [phone.own_clinic(), SHARED_CLINIC];
            let shown = match self.scene {
                Scene::Forms => phone.records(&units, &PERIODS),
                Scene::People => phone.people_records(),
            };
            let rows = phone.outbox();
            let in_scope = |subject: &str| match subject.split_once(':') {
                Some(("event", _)) => true,
                _ if self.scene == Scene::People => true,
                _ => units.iter().any(|unit| subject.contains(unit)),
            };
            let visible: Vec<_> = shown.keys().filter(|key| key.starts_with("event:")).collect();
            let mut subjects: Vec<_> = self.server.records.keys().collect();
            subjects.extend(shown.keys());
            for subject in subjects {
                if rows.contains_key(subject) || !in_scope(subject) {
                    continue;
                }
                let mut held = self.server.records.get(subject);
                if held.is_some_and(|held| held.contains_key(DELETED)) {
                    held = None;
                }
                let here = shown.get(subject);
                let is_elsewhere = here.is_none()
                    && subject.starts_with("event:")
                    && !visible.contains(&subject)
                    && !self.is_event_in(subject, &units);
                if held != here && !is_elsewhere && !self.is_unenrolled(subject, here) {
                    return Err(format!(
                        "phone {}: {subject} is {here:?}, on the server {held:?}",
                        phone.index
                    ));
                }
            }
        }
        Ok(())
    }

    /// To whom people belong and with whom they are linked is compared once a week.
    fn a_week_later(&mut self) -> Result<(), String> {
        self.server.now_ms += 8 * DAY_MS;
        for index in 0..self.phones.len() {
            self.synchronise(index, Phases { metadata: false, ..Phases::ALL })?;
        }
        Ok(())
    }

    /// A person comes to a phone by an enrolment, with links and owners: whoever is registered but
    /// not enrolled is nowhere else, and neither is a link between two of them.
    fn is_unenrolled(&self, subject: &str, here: Option<&Fields>) -> bool {
        let is_enrolled = |person: &str| {
            let enrollments = format!("tracker:{person}/1/");
            let records = self.server.records.iter();
            let mut enrolled = records.filter(|(subject, _)| subject.starts_with(&enrollments));
            enrolled.any(|(_, fields)| !fields.contains_key(DELETED))
        };
        if subject.starts_with("relationship:") {
            let there = self.server.records.get(subject);
            let ends = here.or(there.filter(|fields| !fields.contains_key(DELETED)));
            return ends.is_some_and(|ends| !ends.values().any(|person| is_enrolled(person)));
        }
        let person = subject.strip_prefix("tracker:").and_then(|it| it.strip_suffix("/0"));
        person.is_some_and(|person| !is_enrolled(person))
    }

    fn is_event_in(&self, subject: &str, units: &[&str]) -> bool {
        self.event_units.get(subject).is_some_and(|unit| units.contains(&unit.as_str()))
    }
}
