//! SIM cards: put into phones, blocked, lost, back in stock, as tables (D6).
//!
//! A card's record holds in which phones it was; the phone's own record names the card that is inside.
//! Both change in one transaction or not at all.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Enrollment, Payload};
use outpost_domain::uid::OrganisationUnitUid;
use outpost_rollout::device::{
    DeviceFacts, answer, iccid, msisdn, number_key, same_number, set_answer,
};
use outpost_rollout::package::ids_sim::{asked, stage};
use outpost_rollout::sim::{
    CardLine, Pairing, Sim, SimCard, SimProblem, SimState, change_answers, check_sim_step,
    pairing_answers, pairing_of, put_in, read_cards, write_cards, write_pairs,
};
use outpost_store::{DigestRow, DigestSource, StoreError};

use super::changes::{Doing, begun};
use super::devices::{of_facts, refused};
use super::places::Places;
use super::registry::is_no_program;
use super::{sim_program, sim_type};
use crate::error::{OutpostError, Result};
use crate::limits::DEVICES_LISTED_MAX;
use crate::model::{DeviceRow, SimEvent, SimHistory, SimImport, SimQuery, SimRow};
use crate::session::Session;

/// Changes when a sum says something else than before, so that all are made anew.
const DIGEST_VERSION: &str = "sim 1";

/// A SIM card that is put into a device.
#[derive(Debug, Clone, Default)]
pub struct NewSim {
    /// The card; what is not said and known already is taken over.
    pub sim: SimCard,
    /// It was glued by this person.
    pub glued_by: Option<String>,
    /// PIN and PUK lie sealed in the box file.
    pub pin_sealed: bool,
    /// It may be taken out of another phone for it.
    pub is_moved: bool,
}

/// The cards that are known here.
#[derive(Default)]
pub(super) struct Sims {
    rows: Vec<SimRow>,
    by_iccid: BTreeMap<String, usize>,
    /// Cards that were in a phone, by the phone's number.
    by_phone: BTreeMap<String, BTreeSet<usize>>,
}

impl Sims {
    pub fn of(rows: Vec<SimRow>) -> Self {
        let number = |(at, row): (usize, &SimRow)| (row.sim.card.iccid.clone(), at);
        let by_iccid = rows.iter().enumerate().map(number).collect();
        let mut by_phone: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            for pairing in &row.pairings {
                by_phone.entry(number_key(&pairing.device_number)).or_default().insert(at);
            }
        }
        Self { rows, by_iccid, by_phone }
    }

    fn card(&self, iccid: &str) -> Option<&SimRow> {
        self.by_iccid.get(iccid).map(|at| &self.rows[*at])
    }

    /// Every pairing of a phone, the earliest first.
    pub fn of_phone(&self, number: &str) -> Vec<Pairing> {
        let all = self.were_in(number).flat_map(|row| &row.pairings);
        let mut found: Vec<Pairing> =
            all.filter(|it| same_number(&it.device_number, number)).cloned().collect();
        found.sort_by(in_order);
        found
    }

    fn were_in(&self, number: &str) -> impl Iterator<Item = &SimRow> {
        let found = self.by_phone.get(&number_key(number));
        found.into_iter().flatten().map(|at| &self.rows[*at])
    }

    /// The cards inside a phone; one as a rule.
    pub fn inside<'a>(&'a self, number: &'a str) -> impl Iterator<Item = &'a SimRow> {
        let is_inside =
            move |row: &&SimRow| row.open().any(|it| same_number(&it.device_number, number));
        self.were_in(number).filter(is_inside)
    }

    /// Every pairing that is open.
    pub fn open(&self) -> Vec<Pairing> {
        let all = self.rows.iter().flat_map(|row| &row.pairings);
        all.filter(|it| it.is_open()).cloned().collect()
    }
}

/// What a card that is put in comes to, beside the record of its phone.
struct Put {
    /// The card as it is known now.
    card: SimCard,
    /// Numbers of the phones that have no card any more.
    emptied: Vec<String>,
    /// Records of cards.
    records: Vec<Payload>,
}

fn of_pairing(problem: &SimProblem) -> OutpostError {
    refused("iccid", problem.code(), problem)
}

impl Session {
    /// The cards are on this device, and may be written to if asked for.
    fn sim_registry(&self, writes: bool) -> Result<()> {
        self.rollout_program(sim_program(), "SIM card", writes)?;
        self.store().watch_digests(sim_program(), sim_type(), DIGEST_VERSION)?;
        let sum = |source: DigestSource| row_of(&source).as_ref().map(digest_of).transpose();
        Ok(self.store().refresh_digests(sim_program(), sum)?)
    }

    fn all_sims(&self) -> Result<Sims> {
        let (mut rows, mut broken) = (Vec::new(), false);
        self.store().each_digest(sim_program(), |body| match serde_json::from_slice(body) {
            Ok((sim, enrollment, pairings)) => rows.push(SimRow { sim, enrollment, pairings }),
            Err(_) => broken = true,
        })?;
        match broken {
            true => Err(OutpostError::internal("the sum of a SIM card cannot be read")),
            false => Ok(Sims::of(rows)),
        }
    }

    /// The cards, none if their program is not on this device.
    pub(super) fn known_sims(&self) -> Result<Sims> {
        match self.sim_registry(false) {
            Ok(()) => self.all_sims(),
            Err(error) if is_no_program(&error) => Ok(Sims::default()),
            Err(error) => Err(error),
        }
    }

    /// The cards, if these facts name one.
    ///
    /// # Errors
    /// `InvalidInput` if they do and the program is not on this device.
    pub(super) fn sims_if(&self, facts: &DeviceFacts) -> Result<Sims> {
        if facts.sim.iccid.is_empty() {
            return Ok(Sims::default());
        }
        self.sim_registry(true)?;
        self.all_sims()
    }

    /// SIM cards by number, those that fit.
    ///
    /// # Errors
    /// `InvalidInput` without the program; storage errors.
    pub fn sims(&self, query: &SimQuery) -> Result<Vec<SimRow>> {
        self.sim_registry(false)?;
        let mut rows = self.all_sims()?.rows;
        rows.retain(|row| query.fits(row));
        rows.sort_by(|one, other| one.sim.card.iccid.cmp(&other.sim.card.iccid));
        rows.truncate(query.limit.unwrap_or(DEVICES_LISTED_MAX).min(DEVICES_LISTED_MAX));
        Ok(rows)
    }

    /// The card of a number on it, of a phone number, or inside the phone of a device number.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if several fit.
    pub fn find_sim(&self, text: &str) -> Result<SimRow> {
        self.sim_registry(false)?;
        let rows = self.all_sims()?.rows;
        let text = text.trim();
        let (card, number) = (iccid(text).ok(), msisdn(text).ok());
        let is_card = |row: &&SimRow| card.as_ref() == Some(&row.sim.card.iccid);
        let is_number = |row: &&SimRow| number.as_ref() == Some(&row.sim.card.msisdn);
        let is_inside = |row: &&SimRow| row.open().any(|it| same_number(&it.device_number, text));
        for fits in [&is_card as &dyn Fn(&&SimRow) -> bool, &is_number, &is_inside] {
            let mut found = rows.iter().filter(fits);
            match (found.next(), found.next()) {
                (None, _) => {}
                (Some(row), None) => return Ok(row.clone()),
                (Some(one), Some(other)) => {
                    let (one, other) = (&one.sim.card.iccid, &other.sim.card.iccid);
                    let reason = format!("fits the cards {one} and {other}: give that number");
                    return Err(refused("sim", "ambiguous", reason));
                }
            }
        }
        Err(OutpostError::not_found("SIM card", text))
    }

    /// A card with all that became of it, the latest last.
    ///
    /// # Errors
    /// As [`Session::find_sim`].
    pub fn sim_history(&self, text: &str) -> Result<SimHistory> {
        let row = self.find_sim(text)?;
        let source = self.store().digest_source(sim_program(), row.sim.id)?;
        let events = source.into_iter().flat_map(|source| source.events);
        let changes = events.map(|(event, _)| event);
        let changes = changes
            .filter(|it| it.program_stage.as_str() == stage::CHANGE && !it.deleted)
            .map(|event| SimEvent {
                id: event.id,
                state: SimState::parse(answer(&event, asked::NEW_STATE)),
                reason: answer(&event, asked::REASON).to_owned(),
                done_by: answer(&event, asked::DONE_BY).to_owned(),
                done_at: answer(&event, asked::DONE_AT).to_owned(),
            });
        let mut changes: Vec<SimEvent> = changes.collect();
        changes.sort_by(|one, other| (&one.done_at, one.id).cmp(&(&other.done_at, other.id)));
        let place_name = self.unit_name(row.sim.place)?;
        Ok(SimHistory { row, place_name, changes })
    }

    /// Puts a SIM card into a device, from today; the time of the one before, and of this one in
    /// another phone, ends. A card that is new here is registered with it.
    ///
    /// # Errors
    /// `InvalidInput` if it is in another phone and nobody said that it was moved, if it is blocked,
    /// lost or retired, and for numbers that cannot be right.
    pub fn put_sim(&self, text: &str, new: NewSim, by: Option<&str>) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        self.sim_registry(true)?;
        let row = self.find_device(text)?;
        let card = new.sim.clone().checked().map_err(|problems| of_facts(&problems))?;
        let new = NewSim { sim: card, ..new };
        let facts = &row.device.facts;
        let put = self.put(&self.all_sims()?, (&facts.number, row.device.place), new, &doing)?;
        let mut records = put.records;
        // The phone that the card leaves has none.
        for number in put.emptied.iter().filter(|it| !same_number(it, &facts.number)) {
            records.extend(self.with_card(number, (&put.card, &SimCard::default()), &doing)?);
        }
        let mut device = row.device.clone();
        device.facts.sim = put.card;
        records.extend(self.record_of_device(&device, &doing)?);
        self.save_all(&records)?;
        self.device_registry(false)?;
        self.device(row.device.id)
    }

    /// The record of a phone with another card than before; none if it is not known here, or shows a
    /// third one.
    fn with_card(
        &self,
        number: &str,
        (before, after): (&SimCard, &SimCard),
        doing: &Doing,
    ) -> Result<Vec<Payload>> {
        let Some(row) = self.device_named(number)? else { return Ok(Vec::new()) };
        let mut device = row.device;
        if device.facts.sim.iccid != before.iccid {
            return Ok(Vec::new());
        }
        device.facts.sim.clone_from(after);
        self.record_of_device(&device, doing)
    }

    /// Records of the card that a new device comes with.
    pub(super) fn records_of_inside(
        &self,
        facts: &DeviceFacts,
        place: OrganisationUnitUid,
        sims: &Sims,
        doing: &Doing,
    ) -> Result<Vec<Payload>> {
        if facts.sim.iccid.is_empty() {
            return Ok(Vec::new());
        }
        let new = NewSim { sim: facts.sim.clone(), ..NewSim::default() };
        Ok(self.put(sims, (&facts.number, place), new, doing)?.records)
    }

    fn put(
        &self,
        sims: &Sims,
        (number, place): (&str, OrganisationUnitUid),
        new: NewSim,
        doing: &Doing,
    ) -> Result<Put> {
        let known = sims.card(&new.sim.iccid);
        if let Some(state) = known.map(|row| row.sim.state).filter(|state| !state.is_usable()) {
            return Err(of_pairing(&SimProblem::NotUsable { state }));
        }
        let card = known.map_or(new.sim.clone(), |row| new.sim.completed_by(&row.sim.card));
        let mut history = sims.of_phone(number);
        let elsewhere = known.into_iter().flat_map(|row| &row.pairings);
        history.extend(elsewhere.filter(|it| !same_number(&it.device_number, number)).cloned());
        let opened = Pairing {
            device_number: number.to_owned(),
            sim: card.clone(),
            from: doing.today(),
            put_by: doing.by.clone(),
            glued_on: new.glued_by.as_ref().map(|_| doing.today()).unwrap_or_default(),
            glued_by: new.glued_by.unwrap_or_default(),
            pin_sealed: new.pin_sealed,
            ..Pairing::default()
        };
        let change = put_in(&history, opened, new.is_moved);
        let change = change.map_err(|problem| of_pairing(&problem))?;
        let mut records = Vec::new();
        for closed in &change.closed {
            records.push(self.closed_pairing(closed, doing)?);
            // Of the card that is put in the record is written below.
            let left = sims.card(&closed.sim.iccid).filter(|row| row.sim.card.iccid != card.iccid);
            if let Some(row) = left {
                let (state, phone) = (row.sim.state.out_of_phone(), String::new());
                let sim = Sim { state, phone, ..row.sim.clone() };
                records.extend(self.record_if_changed(sim.record(), doing)?);
            }
        }
        let sim = known.map_or_else(|| Sim::new(card.clone(), place), |row| row.sim.clone());
        let phone = number.to_owned();
        let sim = Sim { state: SimState::InPhone, phone, card: card.clone(), ..sim };
        records.extend(self.record_if_changed(sim.record(), doing)?);
        let enrollment = self.sim_enrollment(&sim, known, doing, &mut records)?;
        if let Some(opened) = &change.opened {
            let answers = pairing_answers(opened);
            let event =
                self.completed_event(&enrollment, stage::IN_PHONE, place, &answers, doing)?;
            records.push(Payload::Event { event });
        }
        let emptied = change.closed.into_iter().map(|it| it.device_number).collect();
        Ok(Put { card, emptied, records })
    }

    /// The enrolment of a card, begun if the card is new.
    fn sim_enrollment(
        &self,
        sim: &Sim,
        known: Option<&SimRow>,
        doing: &Doing,
        records: &mut Vec<Payload>,
    ) -> Result<Enrollment> {
        if let Some(row) = known {
            let known = self.store().load_enrollment(row.enrollment)?;
            return known.ok_or_else(|| OutpostError::not_found("SIM card", &sim.card.iccid));
        }
        let enrollment = begun(sim.enrollment(), sim.id, sim_program(), sim.place, &doing.world);
        records.push(Payload::Enrollment { enrollment: enrollment.clone() });
        Ok(enrollment)
    }

    fn closed_pairing(&self, closed: &Pairing, doing: &Doing) -> Result<Payload> {
        let id = closed.event.ok_or_else(|| OutpostError::internal("a pairing without event"))?;
        let mut event = self.load_changed_event(id)?;
        set_answer(&mut event, asked::TO, &closed.to);
        event.updated_at_client = Some(doing.world.now_text());
        Ok(Payload::Event { event })
    }

    /// Says what became of a card: blocked, lost, back in stock, not used any more. A card that is back
    /// in stock or retired is in no phone.
    ///
    /// # Errors
    /// `InvalidInput` for a state that does not follow, or without a reason.
    pub fn step_sim(
        &self,
        text: &str,
        to: SimState,
        reason: &str,
        by: Option<&str>,
    ) -> Result<SimRow> {
        let doing = self.doing(by)?;
        self.sim_registry(true)?;
        let row = self.find_sim(text)?;
        let is_inside = row.open().next().is_some();
        check_sim_step(row.sim.state, to, reason, is_inside)
            .map_err(|problem| refused("state", "state", problem))?;
        let mut sim = Sim { state: to, ..row.sim.clone() };
        let mut records = Vec::new();
        if matches!(to, SimState::InStock | SimState::Retired) {
            sim.phone.clear();
            for open in row.open() {
                let closed = Pairing { to: doing.today(), ..open.clone() };
                records.push(self.closed_pairing(&closed, &doing)?);
                let none = (&row.sim.card, &SimCard::default());
                records.extend(self.with_card(&open.device_number, none, &doing)?);
            }
        }
        records.extend(self.record_if_changed(sim.record(), &doing)?);
        let enrollment = self.sim_enrollment(&sim, Some(&row), &doing, &mut records)?;
        let answers = change_answers(to, reason, &doing.by, &doing.at);
        let event =
            self.completed_event(&enrollment, stage::CHANGE, sim.place, &answers, &doing)?;
        records.push(Payload::Event { event });
        self.save_all(&records)?;
        self.find_sim(&row.sim.card.iccid)
    }

    /// Cards as a table.
    ///
    /// # Errors
    /// As [`Session::sims`].
    pub fn export_sims(&self, query: &SimQuery) -> Result<String> {
        let rows = self.sims(query)?;
        Ok(write_cards(&rows.iter().map(|row| &row.sim).collect::<Vec<_>>()))
    }

    /// Which card was in which phone from when until when, as a table.
    ///
    /// # Errors
    /// As [`Session::sims`].
    pub fn export_sim_pairs(&self, query: &SimQuery) -> Result<String> {
        let pairs = self.sims(query)?.into_iter().flat_map(|row| row.pairings);
        Ok(write_pairs(&pairs.collect::<Vec<_>>()))
    }

    /// Takes a table of cards in, whole or not at all. New ones come to `place` unless their line says
    /// where, in stock; of known ones phone number, operator and place change.
    ///
    /// # Errors
    /// Storage errors; what is wrong with the table is part of the answer.
    pub fn import_sims(
        &self,
        table: &str,
        place: Option<OrganisationUnitUid>,
        is_dry_run: bool,
        by: Option<&str>,
    ) -> Result<SimImport> {
        let doing = self.doing(by)?;
        self.sim_registry(true)?;
        let lines = match read_cards(table) {
            Ok(lines) => lines,
            Err(problems) => return Ok(SimImport { problems, ..SimImport::default() }),
        };
        let sims = self.all_sims()?;
        let (mut import, mut records) = (SimImport::default(), Vec::new());
        let mut places = Places::of(sim_program(), "SIM card");
        let place = place.map(|it| self.used_place(sim_program(), "SIM card", it)).transpose()?;
        for line in lines {
            match places.of_line(self, &line.place, line.line) {
                Ok(named) => {
                    let place = (named, named.or(place));
                    self.take_card(line, place, &sims, &doing, &mut records, &mut import)?;
                }
                Err(problem) => import.problems.push(problem),
            }
        }
        if !import.problems.is_empty() {
            let problems = import.problems;
            return Ok(SimImport { problems, ..SimImport::default() });
        }
        if !is_dry_run {
            self.save_all(&records)?;
        }
        Ok(import)
    }

    /// One line: `named` is the place that it says, `place` that of a card that is new.
    fn take_card(
        &self,
        line: CardLine,
        (named, place): (Option<OrganisationUnitUid>, Option<OrganisationUnitUid>),
        sims: &Sims,
        doing: &Doing,
        records: &mut Vec<Payload>,
        import: &mut SimImport,
    ) -> Result<()> {
        let Some(row) = sims.card(&line.card.iccid) else {
            match place {
                Some(place) => {
                    let sim = Sim::new(line.card, place);
                    records.extend(self.record_if_changed(sim.record(), doing)?);
                    self.sim_enrollment(&sim, None, doing, records)?;
                    import.added += 1;
                }
                None => import.problems.push(Places::missing(line.line)),
            }
            return Ok(());
        };
        if let Some(to) = named.filter(|to| *to != row.sim.place) {
            match self.records_of_owner(row.sim.id, sim_program(), to) {
                Ok(owned) => records.extend(owned),
                Err(OutpostError::InvalidInput { reason, .. }) => {
                    import.problems.push(Places::problem(line.line, reason));
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let card = line.card.completed_by(&row.sim.card);
        if card != row.sim.card {
            for open in row.open() {
                let cards = (&row.sim.card, &card);
                records.extend(self.with_card(&open.device_number, cards, doing)?);
            }
        }
        let sim = Sim { card, place: named.unwrap_or(row.sim.place), ..row.sim.clone() };
        let changed = self.record_if_changed(sim.record(), doing)?;
        import.changed += usize::from(!changed.is_empty());
        import.unchanged += usize::from(changed.is_empty());
        records.extend(changed);
        Ok(())
    }
}

/// The earliest first; of those of one day the one that is still open last.
fn in_order(one: &Pairing, other: &Pairing) -> std::cmp::Ordering {
    let key = |it: &Pairing| (it.from.clone(), it.is_open(), it.to.clone(), it.event);
    key(one).cmp(&key(other))
}

/// The sum of a card.
fn row_of(source: &DigestSource) -> Option<SimRow> {
    let sim = Sim::of(&source.tracked_entity)?;
    let pairings = source.events.iter().filter_map(|(event, _)| pairing_of(&sim, event));
    let mut pairings: Vec<Pairing> = pairings.collect();
    pairings.sort_by(in_order);
    Some(SimRow { sim, enrollment: source.enrollment.id, pairings })
}

fn digest_of(row: &SimRow) -> std::result::Result<DigestRow, StoreError> {
    // Apart, for flattened into one each value would be looked at twice when it is read.
    let body = serde_json::to_vec(&(&row.sim, row.enrollment, &row.pairings));
    let body =
        body.map_err(|_| StoreError::Defect { detail: "a SIM card has no sum".to_owned() })?;
    let is_open = row.sim.state != SimState::Retired;
    Ok(DigestRow { tracked_entity: row.sim.id, seen_ms: Some(0), is_open, sort: 0, body })
}
