//! Where devices and SIM cards are: only where their program is used, and with whoever captures there.
//!
//! A record that is at a place where its program is not used is refused by the server (E1029, E1041),
//! weeks after it was typed; it is refused here at once.

use std::collections::BTreeMap;

use outpost_domain::data::Payload;
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid};
use outpost_rollout::device::Device;
use outpost_rollout::table::LineProblem;

use super::changes::Doing;
use super::devices::refused;
use super::sims::Sims;
use super::{device_program, sim_program};
use crate::error::{OutpostError, Result};
use crate::model::DeviceRow;
use crate::session::Session;

/// Places that a table names, each looked for once.
pub(super) struct Places {
    program: ProgramUid,
    name: &'static str,
    found: BTreeMap<String, std::result::Result<OrganisationUnitUid, String>>,
}

impl Places {
    /// For records of a program, which people know by this name.
    pub const fn of(program: ProgramUid, name: &'static str) -> Self {
        Self { program, name, found: BTreeMap::new() }
    }

    /// The place that a line names; `None` if it names none.
    pub fn of_line(
        &mut self,
        session: &Session,
        text: &str,
        line: u64,
    ) -> std::result::Result<Option<OrganisationUnitUid>, LineProblem> {
        if text.is_empty() {
            return Ok(None);
        }
        let find = || {
            let unknown = |_| "no such place here: give its id, code or exact name".to_owned();
            let place = session.find_organisation_unit(text).map_err(unknown)?;
            session.used_place(self.program, self.name, place).map_err(|error| match error {
                OutpostError::InvalidInput { reason, .. } => reason,
                error => error.to_string(),
            })
        };
        let found = self.found.entry(text.to_owned()).or_insert_with(find);
        found.clone().map(Some).map_err(|problem| Self::problem(line, problem))
    }

    /// A line that needs a place and has none.
    pub fn missing(line: u64) -> LineProblem {
        Self::problem(line, "give its place".to_owned())
    }

    /// Something wrong with the place of a line.
    pub fn problem(line: u64, problem: String) -> LineProblem {
        LineProblem { line, column: outpost_rollout::device::PLACE.to_owned(), problem }
    }
}

impl Session {
    /// The place, if the program is used there.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is not.
    pub(super) fn used_place(
        &self,
        program: ProgramUid,
        name: &str,
        place: OrganisationUnitUid,
    ) -> Result<OrganisationUnitUid> {
        if self.store().is_assigned(program.0, place)? {
            return Ok(place);
        }
        let place = self.unit_name(place)?;
        let reason = format!(
            "the {name} program is not used at {place}: write the roll-out package with this place \
             (--at, or --below for all places below one), import it with --update, and pull"
        );
        Err(refused("org_unit", "place", reason))
    }

    /// Brings a device to another place, with the SIM card inside: whoever captures there sees both.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` where the program is not used or the place is closed.
    pub fn move_device(
        &self,
        text: &str,
        to: OrganisationUnitUid,
        by: Option<&str>,
    ) -> Result<DeviceRow> {
        let doing = self.doing(by)?;
        let row = self.find_device(text)?;
        let mut records = self.records_of_move(&row.device, to, &self.known_sims()?, &doing)?;
        if to != row.device.place {
            let mut device = Device { place: to, ..row.device.clone() };
            device.facts.district = self.district_of(to)?;
            records.extend(self.record_of_device(&device, &doing)?);
        }
        self.save_all(&records)?;
        self.device_registry(false)?;
        self.device(row.device.id)
    }

    /// Records of what goes along when a device comes to another place: who owns it, and its SIM card.
    /// None if it is there; its own record is the caller's.
    pub(super) fn records_of_move(
        &self,
        device: &Device,
        to: OrganisationUnitUid,
        sims: &Sims,
        doing: &Doing,
    ) -> Result<Vec<Payload>> {
        if device.place == to {
            return Ok(Vec::new());
        }
        let mut records = self.records_of_owner(device.id, device_program(), to)?;
        for row in sims.inside(&device.facts.number) {
            let sim = outpost_rollout::sim::Sim { place: to, ..row.sim.clone() };
            records.extend(self.records_of_owner(sim.id, sim_program(), to)?);
            records.extend(self.record_if_changed(sim.record(), doing)?);
        }
        Ok(records)
    }

    /// Records that give a record to whoever captures at a place; none if that is so.
    pub(super) fn records_of_owner(
        &self,
        id: TrackedEntityUid,
        program: ProgramUid,
        to: OrganisationUnitUid,
    ) -> Result<Vec<Payload>> {
        let transfer = self.ownership_transfer(id, program, to)?;
        let transfer = transfer.map_err(|reason| refused("org_unit", "place", reason))?;
        Ok(transfer.map(|transfer| Payload::OwnershipTransfer { transfer }).into_iter().collect())
    }
}
