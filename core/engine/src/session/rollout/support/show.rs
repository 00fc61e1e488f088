//! Lists of requests, and one request with all that happened to it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityUid};
use outpost_rollout::support::{
    Calendar, Clock, ClockState, Digest, LastWord, Step, StepKind, SupportSettings, message_id_of,
    program, subject_of,
};
use outpost_store::DigestCursor;

use super::super::super::Session;
use super::super::super::context::World;
use super::super::super::people::state_of;
use super::Known;
use crate::error::Result;
use crate::limits::PAGE_ROWS_MAX;
use crate::model::{
    SupportClock, SupportPage, SupportQuery, SupportStepView, SupportSummary, SupportView,
};

/// Where the next page of requests begins. Opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupportCursor(DigestCursor);

/// Paths and names of places, looked up once for a list.
#[derive(Default)]
pub(super) struct Places {
    paths: BTreeMap<OrganisationUnitUid, String>,
    names: BTreeMap<OrganisationUnitUid, String>,
}

impl Places {
    pub fn path(&mut self, session: &Session, id: OrganisationUnitUid) -> Result<&str> {
        Ok(match self.paths.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(session.store().path_of(id)?.unwrap_or_default()),
        })
    }

    pub fn name(&mut self, session: &Session, id: OrganisationUnitUid) -> Result<String> {
        if let Some(name) = self.names.get(&id) {
            return Ok(name.clone());
        }
        let name = session.name_of(MetadataKind::OrganisationUnit, id.0)?;
        self.names.insert(id, name.clone());
        Ok(name)
    }
}

/// Whether a request fits as far as its figures tell.
fn fits_query(digest: &Digest, query: &SupportQuery, now_ms: i64) -> bool {
    query.tier.is_none_or(|tier| digest.tier_at(now_ms) == tier)
        && query.problem.is_none_or(|problem| digest.problem == problem)
}

impl Session {
    /// Now in the server's time, Unix ms: times that are typed are compared with it.
    ///
    /// # Errors
    /// Storage errors.
    pub fn support_now_ms(&self) -> Result<i64> {
        Ok(self.world()?.server_ms)
    }

    /// Subject of an e-mail about a request: an answer to it finds the request again.
    #[must_use]
    pub fn support_subject(id: TrackedEntityUid, title: &str) -> String {
        subject_of(id, title)
    }

    /// `Message-ID` of an e-mail about a request, without brackets.
    #[must_use]
    pub fn support_message_id(id: TrackedEntityUid, part: &str) -> String {
        message_id_of(id, part)
    }

    /// A page of requests, the most pressing first.
    ///
    /// # Errors
    /// `InvalidInput` without the support forms; storage errors.
    pub fn support_queue(
        &self,
        query: &SupportQuery,
        next: Option<SupportCursor>,
    ) -> Result<SupportPage> {
        let world = self.world()?;
        let settings = self.support_settings()?;
        self.refresh_support(&world, &settings)?;
        let (digests, next) = self.support_digests(query, next)?;
        let mut places = Places::default();
        let shown = digests.iter().map(|it| self.summary_of(it, &settings, &world, &mut places));
        Ok(SupportPage { items: shown.collect::<Result<_>>()?, next })
    }

    /// Sums that fit a query, about a page of them.
    pub(super) fn support_digests(
        &self,
        query: &SupportQuery,
        next: Option<SupportCursor>,
    ) -> Result<(Vec<Digest>, Option<SupportCursor>)> {
        let now_ms = self.world()?.server_ms;
        let mut places = Places::default();
        let mut found = Vec::new();
        let mut after = next.map(|next| next.0);
        loop {
            let mut fitting = Vec::new();
            let is_end =
                self.store().digests_from(program(), !query.closed, after, |at, body| {
                    after = Some(at);
                    // One that another release made is made again at the next look.
                    let figures = Digest::decode_figures(body).ok();
                    if figures.is_some_and(|it| fits_query(&it, query, now_ms)) {
                        let reporter = |it: &Digest| query.reporter.as_ref() == Some(&it.reporter);
                        let digest = Digest::decode(body).ok();
                        fitting
                            .extend(digest.filter(|it| query.reporter.is_none() || reporter(it)));
                    }
                    fitting.len() < PAGE_ROWS_MAX as usize / 2
                })?;
            for digest in fitting {
                if self.is_at(&digest, query.place, &mut places)? {
                    found.push(digest);
                }
            }
            let next = after.filter(|_| !is_end).map(SupportCursor);
            if next.is_none() || found.len() >= PAGE_ROWS_MAX as usize / 2 {
                return Ok((found, next));
            }
        }
    }

    /// Whether the request is of a place or below it.
    fn is_at(
        &self,
        digest: &Digest,
        place: Option<OrganisationUnitUid>,
        places: &mut Places,
    ) -> Result<bool> {
        let Some(place) = place.filter(|place| *place != digest.place) else {
            return Ok(true);
        };
        let path = places.path(self, digest.place)?;
        Ok(path.split('/').any(|unit| unit == place.as_str()))
    }

    /// Every open request.
    pub(super) fn open_digests(
        &self,
        world: &World,
        settings: &SupportSettings,
    ) -> Result<Vec<Digest>> {
        self.refresh_support(world, settings)?;
        let (mut all, mut next) = self.support_digests(&SupportQuery::default(), None)?;
        while let Some(cursor) = next {
            let (more, after) = self.support_digests(&SupportQuery::default(), Some(cursor))?;
            all.extend(more);
            next = after;
        }
        Ok(all)
    }

    pub(super) fn summary_of(
        &self,
        digest: &Digest,
        settings: &SupportSettings,
        world: &World,
        places: &mut Places,
    ) -> Result<SupportSummary> {
        let now_ms = world.server_ms;
        let ages = digest.ages_at(now_ms);
        let tier = digest.tier_at(now_ms);
        Ok(SupportSummary {
            id: digest.id,
            title: digest.title.clone(),
            problem: digest.problem.code(),
            channel: digest.channel.code(),
            urgent: digest.urgent,
            reporter: digest.reporter.clone(),
            place: digest.place,
            place_name: places.name(self, digest.place)?,
            state: digest.state.code(),
            tier,
            tier_name: settings.tier_name(tier).to_owned(),
            since_made_ms: ages.since_made_ms,
            since_received_ms: ages.since_received_ms,
            level: digest.level_at(now_ms).per_cent(),
            due_ms: digest.thresholds.due_ms.filter(|_| digest.state.is_open()),
            user_waits: digest.last_word == LastWord::User && digest.state.is_open(),
        })
    }

    /// One request with all that happened to it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn support_request(&self, id: TrackedEntityUid) -> Result<SupportView> {
        let world = self.world()?;
        let settings = self.support_settings()?;
        let known = self.known_request(id, &world, &settings)?;
        self.support_view(&known, &world, &settings)
    }

    pub(super) fn support_view(
        &self,
        known: &Known,
        world: &World,
        settings: &SupportSettings,
    ) -> Result<SupportView> {
        let (request, standing) = (&known.request, &known.standing);
        let digest = Digest::of(request, standing, &settings.calendar);
        let mut places = Places::default();
        let summary = self.summary_of(&digest, settings, world, &mut places)?;
        let contact = self.contact_of_tier(settings, summary.tier, request.place)?;
        let clock = |clock: &Clock| clock_view(clock, world.server_ms, &settings.calendar);
        let person = self.store().load_person(request.id)?;
        let waiting = person.and_then(|person| {
            let enrollments = person.enrollments.iter();
            let parts = enrollments
                .flat_map(|it| it.events.iter().map(|event| event.waiting).chain([it.waiting]));
            parts.chain([person.waiting]).flatten().next()
        });
        Ok(SupportView {
            summary,
            text: request.text.clone(),
            phone: request.phone.clone(),
            links: request.links.clone(),
            made_ms: standing.made_ms,
            received_ms: standing.received_ms,
            entered_ms: request.entered_ms,
            acknowledging: clock(standing.clock()),
            resolving: standing.resolving.as_ref().map(clock),
            reacted_by: standing.taken.as_ref().map(|it| it.by.clone()),
            reacted_ms: standing.taken.as_ref().map(|it| it.at_ms),
            closed_ms: standing.closed_ms,
            steps: steps_of(known, world.server_ms),
            contact,
            record: state_of(waiting),
        })
    }
}

fn clock_view(clock: &Clock, now_ms: i64, calendar: &Calendar) -> SupportClock {
    let view = clock.at(now_ms, calendar);
    SupportClock {
        state: match view.state {
            ClockState::NotStarted => "not_started",
            ClockState::Running => "running",
            ClockState::Frozen => "frozen",
            ClockState::Stopped { in_time: true, .. } => "in_time",
            ClockState::Stopped { in_time: false, .. } => "late",
        },
        limit_ms: clock.limit_ms,
        used_ms: view.used_ms,
        left_ms: view.left_ms,
        due_ms: view.due_ms,
        level: view.level.per_cent(),
    }
}

/// Steps in order with the moves that the limit made and nobody wrote down.
fn steps_of(known: &Known, now_ms: i64) -> Vec<SupportStepView> {
    let one = |step: &Step| SupportStepView {
        kind: step.kind.name().code(),
        at_ms: step.at_ms,
        by: step.by.clone(),
        text: step.kind.text().to_owned(),
        to_tier: match step.kind {
            StepKind::Escalate { to, .. } => Some(to),
            _ => None,
        },
        by_time: matches!(step.kind, StepKind::Escalate { by_time: true, .. }),
    };
    let is_moved = |view: &SupportStepView| view.by_time;
    let mut views: Vec<_> = known.steps.iter().map(one).filter(|it| !is_moved(it)).collect();
    let standing = &known.standing;
    let past = standing.hops.iter().filter(|hop| hop.by.is_none()).map(|hop| (hop.at_ms, hop.to));
    let coming = standing.coming_hops_ms.iter().copied().zip(standing.tier + 1..);
    for (at_ms, to) in past.chain(coming).filter(|(at, _)| *at <= now_ms) {
        views.push(SupportStepView {
            kind: "ESCALATE",
            at_ms,
            by: String::new(),
            text: "the limit passed".to_owned(),
            to_tier: Some(to),
            by_time: true,
        });
    }
    views.sort_by_key(|view| view.at_ms);
    views
}
