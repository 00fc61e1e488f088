//! What people do about a request: each step is an event, saved with what it does to the enrolment.

use outpost_domain::data::{Enrollment, EnrollmentStatus, Event, Payload};
use outpost_domain::form::event::check_event;
use outpost_domain::uid::{EventUid, TrackedEntityUid};
use outpost_rollout::support::{
    Channel, ClockState, Standing, State, Step, StepKind, SupportSettings, may, moment_after,
    program, step_event,
};

use super::super::super::Session;
use super::super::super::context::World;
use super::super::super::events::context;
use super::super::super::slices::OptionLookup;
use super::Known;
use super::file::{refuse, stamp};
use crate::error::{OutpostError, Result};
use crate::model::{EventProblemView, SupportView};
use crate::refusals;

impl Session {
    /// Makes a step, or says why it may not be made. A reply, a solution and a refusal count as the
    /// acknowledgement if nobody acknowledged before, and again after it was handed to a higher
    /// tier.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` with the reason why not; storage errors.
    pub fn support_step(&self, id: TrackedEntityUid, kind: StepKind) -> Result<SupportView> {
        let world = self.world()?;
        let settings = self.support_settings()?;
        let known = self.known_request(id, &world, &settings)?;
        may(&kind, &known.standing, world.server_ms, &settings)
            .map_err(|error| OutpostError::invalid("step", error.code(), error))?;
        if kind.is_reaction()
            && known.request.channel == Channel::App
            && known.request.reporter == self.by()
        {
            let reason = "you asked yourself: somebody of your support answers";
            return Err(OutpostError::invalid("step", "own", reason));
        }
        if kind == StepKind::Acknowledge && known.standing.is_handed_on_by(self.by()) {
            let reason = "you handed it to a higher tier: somebody there acknowledges it, unless \
                          you solve it yourself";
            return Err(OutpostError::invalid("step", "handed_on", reason));
        }
        self.make_steps(&known, vec![(self.by().to_owned(), kind)], &world, &settings)?;
        self.support_request(id)
    }

    /// Says more about a request: as its user if whoever works here filed it, else as the team.
    ///
    /// # Errors
    /// As [`Session::support_step`].
    pub fn support_reply(&self, id: TrackedEntityUid, text: &str) -> Result<SupportView> {
        let world = self.world()?;
        let known = self.known_request(id, &world, &self.support_settings()?)?;
        let is_own = known.request.channel == Channel::App && known.request.reporter == self.by();
        let text = text.to_owned();
        self.support_step(
            id,
            match is_own {
                true => StepKind::UserReply { text },
                false => StepKind::Reply { text },
            },
        )
    }

    /// Writes down the moves that the limit has made, so that DHIS2 shows them. Changes nothing
    /// else: the moves hold whether they are written down or not.
    ///
    /// # Errors
    /// Storage errors.
    pub fn support_escalate_due(&self) -> Result<Vec<TrackedEntityUid>> {
        let world = self.world()?;
        let settings = self.support_settings()?;
        let mut moved = Vec::new();
        for digest in self.open_digests(&world, &settings)? {
            let tier = digest.tier_at(world.server_ms);
            if tier < 2 || digest.taken_ms.is_some() {
                continue;
            }
            let known = self.known_request(digest.id, &world, &settings)?;
            let written =
                |step: &Step| matches!(step.kind, StepKind::Escalate { to, .. } if to >= tier);
            if known.steps.iter().any(written) {
                continue;
            }
            let view = known.standing.clock().at(world.server_ms, &settings.calendar);
            if view.state != ClockState::Running {
                continue;
            }
            let reason = "the limit passed".to_owned();
            let kind = StepKind::Escalate { to: tier, reason, by_time: true };
            self.make_steps(&known, vec![(String::new(), kind)], &world, &settings)?;
            moved.push(digest.id);
        }
        Ok(moved)
    }

    /// Saves steps that were allowed, in one transaction.
    pub(super) fn make_steps(
        &self,
        known: &Known,
        kinds: Vec<(String, StepKind)>,
        world: &World,
        settings: &SupportSettings,
    ) -> Result<()> {
        let mut steps = Vec::new();
        let mut at_ms = moment_after(&known.steps, world.server_ms);
        // Whoever reacts has received it, whatever was known before.
        let received_ms = known.standing.received_ms.or(Some(world.server_ms));
        let standing = &known.standing;
        let (mut is_taken, mut has_reaction) =
            (standing.taken.is_some(), standing.reaction.is_some());
        for (by, kind) in kinds {
            let is_of_team =
                !matches!(kind, StepKind::UserReply { .. } | StepKind::AutoReply { .. });
            let received_ms =
                received_ms.filter(|_| is_of_team || known.standing.received_ms.is_some());
            let mut add = |kind: StepKind, by: String| -> Result<()> {
                let id = EventUid(self.mint_uid()?);
                steps.push(Step { id, at_ms, by, received_ms, kind });
                at_ms += 1;
                Ok(())
            };
            // What whoever handed it on says is the first reaction at most.
            let is_theirs = !has_reaction || !standing.is_handed_on_by(&by);
            let is_due = !is_taken && is_theirs;
            if kind.is_reaction() && kind != StepKind::Acknowledge && is_due {
                add(StepKind::Acknowledge, by.clone())?;
            }
            has_reaction |= kind.is_reaction();
            is_taken |= kind.is_reaction() && is_due;
            add(kind, by)?;
        }
        let all: Vec<Step> = known.steps.iter().chain(&steps).cloned().collect();
        let after =
            Standing::of(&known.request, &all, super::seen_ms(&known.source, world), settings);
        let enrollment = &known.source.enrollment;
        let stamp = stamp(world);
        let mut records = Vec::new();
        if let Some(changed) = with_status(enrollment, after.state, world) {
            records.push(Payload::Enrollment { enrollment: changed });
        }
        for step in &steps {
            let event = step_event(step, enrollment, &stamp, &after, settings);
            refuse(self.step_problems(&event, world)?)?;
            records.push(Payload::Event { event });
        }
        self.store().save_records(&records, &[], self.by(), self.now_ms())?;
        Ok(())
    }

    /// What form and access say against a step. A closed enrolment does not: the step opens it, or
    /// is a note.
    fn step_problems(&self, event: &Event, world: &World) -> Result<Vec<EventProblemView>> {
        let Some(enrollment) = event.enrollment else { return Ok(Vec::new()) };
        let bundle = self.event_bundle(program(), event.program_stage)?;
        let mut parent = self.parent(enrollment, world)?;
        parent.enrollment.status = EnrollmentStatus::Active;
        let unit = self.unit_if_known(event.organisation_unit)?;
        let is_assigned = self.store().is_assigned(event.program.0, event.organisation_unit)?;
        let context = context(&bundle, world, unit.as_ref(), is_assigned, None);
        let options = OptionLookup::new(self);
        let found = check_event(&bundle.form, event, &context, |set, code| options.has(set, code));
        options.finish()?;
        let mut views: Vec<_> =
            found.iter().map(|it| refusals::of_event_problem(&bundle.form, it)).collect();
        views.extend(parent.visit_problems(&bundle, event, &context)?);
        Ok(views)
    }
}

/// The enrolment with the status that shows a state in DHIS2; `None` if it has it.
fn with_status(enrollment: &Enrollment, state: State, world: &World) -> Option<Enrollment> {
    let status = match state {
        State::Resolved => EnrollmentStatus::Completed,
        State::Invalid => EnrollmentStatus::Cancelled,
        _ => EnrollmentStatus::Active,
    };
    (enrollment.status != status).then(|| Enrollment {
        status,
        completed_at: (status != EnrollmentStatus::Active).then(|| world.today_text()),
        updated_at_client: Some(world.now_text()),
        ..enrollment.clone()
    })
}
