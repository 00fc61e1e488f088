//! Support requests on this device: what is set, sums for lists, one request as its records say.
//!
//! State, tier and clocks are `outpost_rollout::support`'s; here records are read for it and what
//! it decides is saved. Lists open no request: they are made of sums that follow every change.

mod file;
mod intake;
mod mirror;
mod notices;
mod report;
mod settings;
mod show;
mod steps;

use outpost_domain::data::Event;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::TrackedEntityUid;
use outpost_rollout::support::{
    Digest, Recorded, Standing, Step, SupportRequest, SupportSettings, program, read_request,
    read_steps, request_type,
};
use outpost_store::{DigestRow, DigestSource};
use outpost_wire::time::parse_server_time;

use super::super::Session;
use super::super::context::World;
use crate::error::{OutpostError, Result};

pub use show::SupportCursor;

/// Changes when sums are made in another way.
const DIGEST_VERSION: u32 = 2;

/// One request as it stands on this device.
struct Known {
    source: DigestSource,
    request: SupportRequest,
    steps: Vec<Step>,
    standing: Standing,
}

impl Session {
    /// Whether the forms of support are on this device.
    ///
    /// # Errors
    /// Storage errors.
    pub fn has_support(&self) -> Result<bool> {
        Ok(self.store().load_object(MetadataKind::Program, program().0)?.is_some())
    }

    fn need_support(&self) -> Result<()> {
        match self.has_support()? {
            true => Ok(()),
            false => {
                let reason = "the support forms are not on this device: an administrator imports \
                              the roll-out package, then update (pull)";
                Err(OutpostError::invalid("support", "no_program", reason))
            }
        }
    }

    /// Makes the sums anew of what has changed since the last look.
    fn refresh_support(&self, world: &World, settings: &SupportSettings) -> Result<()> {
        self.need_support()?;
        let (program, of) = (program(), request_type());
        let version = self.support_version(world)?;
        self.store().watch_digests(program, of, &version)?;
        let sum = |source| Ok(known(source, world, settings).map(|it| it.row(world, settings)));
        Ok(self.store().refresh_digests(program, sum)?)
    }

    fn known_request(
        &self,
        id: TrackedEntityUid,
        world: &World,
        settings: &SupportSettings,
    ) -> Result<Known> {
        self.need_support()?;
        let source = self.store().digest_source(program(), id)?;
        let found = source.and_then(|source| known(source, world, settings));
        found.ok_or_else(|| OutpostError::not_found("support request", id))
    }
}

/// Reads a request of its records; `None` if they are none.
fn known(source: DigestSource, world: &World, settings: &SupportSettings) -> Option<Known> {
    let recorded = recorded(&source.events, world.offset_minutes);
    let entity = &source.tracked_entity;
    let request = read_request(entity, &source.enrollment, &recorded, world.offset_minutes)?;
    let steps = read_steps(&recorded, world.offset_minutes);
    let standing = Standing::of(&request, &steps, seen_ms(&source, world), settings);
    Some(Known { source, request, steps, standing })
}

fn recorded(events: &[(Event, Option<String>)], offset_minutes: i32) -> Vec<Recorded<'_>> {
    let had = |text: &Option<String>| parse_server_time(text.as_deref()?, offset_minutes);
    events.iter().map(|(event, server)| Recorded { event, server_ms: had(server) }).collect()
}

/// When it came to where the team can see it: the server, or this tablet if it was carried here.
/// What was seen once stays.
fn seen_ms(source: &DigestSource, world: &World) -> Option<i64> {
    if source.seen_ms.is_some() {
        return source.seen_ms;
    }
    let server = source.server_updated_at.as_deref();
    match (source.is_on_server, source.is_carried) {
        (true, _) => {
            let told = server.and_then(|text| parse_server_time(text, world.offset_minutes));
            Some(told.map_or(world.server_ms, |told| told.min(world.server_ms)))
        }
        (false, true) => Some(world.server_ms),
        (false, false) => None,
    }
}

impl Known {
    fn row(&self, world: &World, settings: &SupportSettings) -> DigestRow {
        let digest = Digest::of(&self.request, &self.standing, &settings.calendar);
        DigestRow {
            tracked_entity: self.request.id,
            seen_ms: seen_ms(&self.source, world),
            is_open: self.standing.state.is_open(),
            sort: digest.order(),
            body: digest.encode(),
        }
    }
}
