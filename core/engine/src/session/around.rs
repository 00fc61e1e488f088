//! Everything around a person in a program that the capture rules ask for: who owns the person, who
//! is working, since when the glass is broken.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use outpost_domain::data::{Enrollment, OwnershipOverride, Payload, PayloadKind, TrackedEntity};
use outpost_domain::metadata::{AccessLevel, OrganisationUnit, Program, TrackedEntityType};
use outpost_domain::tracker::{
    EnrollmentSetting, Owner, Ownership, PersonAccess, access, temporary_ownership_end,
};
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid};
use outpost_store::{OutboxEntry, OutboxFilter, RowState};
use outpost_wire::time::{format_server_time, parse_local_time};

use super::Session;
use super::context::World;
use super::people_bundle::SharedPeople;
use crate::error::{OutpostError, Result};
use crate::limits::PAGE_ROWS_MAX;
use crate::model::AccessState;

/// Fact with the server times at which the glass was broken, by person and program.
const BROKEN_GLASS: &str = "brokenGlass";

/// A person in a program with the world around.
pub(super) struct Around<'w> {
    pub bundle: SharedPeople,
    pub world: &'w World,
    /// The unit that owns the person in the program, if anybody does.
    pub owner: Option<OrganisationUnitUid>,
    /// Its path, if it is on the device.
    owner_path: Option<String>,
    pub access: PersonAccess,
    /// Whether access is open only because the glass was broken.
    glass_broken: bool,
}

/// What is known of a person on the device.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    pub owners: &'a [(ProgramUid, OrganisationUnitUid)],
    pub enrollments: &'a [Enrollment],
}

impl<'w> Around<'w> {
    /// The program.
    pub fn program(&self) -> Result<&Program> {
        let program = self.bundle.program.as_ref();
        program.ok_or_else(|| OutpostError::internal("a type has no program"))
    }

    pub fn tracked_entity_type(&self) -> &TrackedEntityType {
        &self.bundle.tracked_entity_type
    }

    /// The owner as the capture rules see it.
    pub fn owner(&self) -> Owner<'_> {
        match (&self.owner, &self.owner_path) {
            (None, _) => Owner::Nobody,
            (Some(_), Some(path)) => Owner::Unit(path),
            (Some(_), None) => Owner::Unknown,
        }
    }

    /// What the user may do, as a screen says it.
    pub fn access_state(&self) -> AccessState {
        let level = self.bundle.registration().map(|it| it.access_level).unwrap_or_default();
        match self.access {
            PersonAccess::Granted if self.glass_broken => AccessState::GlassBroken,
            PersonAccess::Granted if level == AccessLevel::Audited => AccessState::Recorded,
            PersonAccess::Granted => AccessState::Open,
            PersonAccess::BreakTheGlass => AccessState::Protected,
            PersonAccess::Closed => AccessState::Closed,
            PersonAccess::OutsideScope => AccessState::OutsideScope,
        }
    }

    /// What the rules of an enrolment ask for.
    pub fn enrollment_context<'a>(
        &'a self,
        unit: Option<&'a OrganisationUnit>,
        is_assigned: bool,
        others: &'a [Enrollment],
        stored: Option<&'a Enrollment>,
    ) -> Result<EnrollmentSetting<'a>> {
        Ok(EnrollmentSetting {
            now: self.world.now(),
            program: self.program()?,
            tracked_entity_type: self.tracked_entity_type(),
            organisation_unit: unit,
            is_assigned,
            scopes: self.world.scopes(),
            access: self.access,
            others,
            stored,
        })
    }
}

impl Session {
    /// Looks at a person in a program.
    pub(super) fn around<'w>(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
        known: Known<'_>,
        world: &'w World,
    ) -> Result<Around<'w>> {
        let bundle = self.people_of_program(program)?;
        let owner = known.owners.iter().find(|(owned_in, _)| *owned_in == program);
        let owner = match owner {
            Some((_, owner)) => Some(*owner),
            // What was never sent is owned by the place of its first enrolment.
            None => known
                .enrollments
                .iter()
                .filter(|it| it.program == program && !it.deleted)
                .min_by_key(|it| (&it.enrolled_at, it.id))
                .map(|it| it.organisation_unit),
        };
        let owner_path = match owner {
            Some(unit) => self.path_of_place(unit)?,
            None => None,
        };
        let mut around = Around {
            bundle,
            world,
            owner,
            owner_path,
            access: PersonAccess::Granted,
            glass_broken: false,
        };
        let level = around.bundle.registration().map(|it| it.access_level).unwrap_or_default();
        let now = around.world.now();
        let until = self.glass_broken_until(person, program, world)?;
        let decide = |temporary_until: Option<DateTime>| {
            let ownership = Ownership { owner: around.owner(), temporary_until };
            access(level, &ownership, &around.world.scopes(), now)
        };
        let (without, with) = (decide(None), decide(until));
        around.access = with;
        around.glass_broken = with.is_granted() && !without.is_granted();
        Ok(around)
    }

    /// Until when the glass is broken: for some hours after the server took it, and for as long as it
    /// waits to be sent, because it goes before everything else.
    fn glass_broken_until(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
        world: &World,
    ) -> Result<Option<DateTime>> {
        let like = OwnershipOverride { tracked_entity: person, program, reason: String::new() };
        let row = self.store().outbox_row_of(&Payload::OwnershipOverride { glass: like })?;
        let waits =
            row.is_some_and(|row| matches!(row.state, RowState::Pending | RowState::InFlight));
        if waits {
            return Ok(Some(temporary_ownership_end(world.now())));
        }
        let broken = self.broken_glass()?.get(&glass_key(person, program)).copied();
        let text = broken.and_then(|ms| format_server_time(ms, world.offset_minutes));
        Ok(text.as_deref().and_then(parse_local_time).map(temporary_ownership_end))
    }

    fn broken_glass(&self) -> Result<BTreeMap<String, i64>> {
        let text = self.store().load_fact(BROKEN_GLASS)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Remembers when the glass was broken, in the server's time; what is long over is forgotten.
    pub(super) fn remember_broken_glass(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
        world: &World,
    ) -> Result<()> {
        const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
        let mut broken = self.broken_glass()?;
        broken.retain(|_, ms| world.server_ms - *ms < DAY_MS);
        broken.insert(glass_key(person, program), world.server_ms);
        let text = serde_json::to_string(&broken).map_err(OutpostError::internal)?;
        Ok(self.store().save_fact(BROKEN_GLASS, &text)?)
    }

    /// Glasses that wait to be broken with the next synchronisation.
    pub(super) fn waiting_glasses(&self) -> Result<Vec<OwnershipOverride>> {
        let kind = Some(PayloadKind::OwnershipOverride);
        let filter = OutboxFilter { kind, ..OutboxFilter::default() };
        // A person types a reason for each: they never fill a page.
        let rows = self.store().outbox_page(&filter, None, PAGE_ROWS_MAX)?.into_iter();
        let glass = |row: OutboxEntry| match row.payload {
            Payload::OwnershipOverride { glass } => Some(glass),
            _ => None,
        };
        Ok(rows.filter_map(glass).collect())
    }

    /// After a synchronisation: what waited before it and waits no more was broken by the server.
    pub(super) fn remember_sent(&self, waited: &[OwnershipOverride]) -> Result<()> {
        for glass in waited {
            let record = Payload::OwnershipOverride { glass: glass.clone() };
            if self.store().outbox_row_of(&record)?.is_none() {
                let world = self.world()?;
                self.remember_broken_glass(glass.tracked_entity, glass.program, &world)?;
            }
        }
        Ok(())
    }

    /// The person of an id, also one whose deletion waits to be sent.
    pub(super) fn tracked_entity(&self, id: TrackedEntityUid) -> Result<TrackedEntity> {
        let found = self.store().load_tracked_entity(id)?;
        found.ok_or_else(|| OutpostError::not_found("person", id))
    }
}

fn glass_key(person: TrackedEntityUid, program: ProgramUid) -> String {
    format!("{person}/{program}")
}
