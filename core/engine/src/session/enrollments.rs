//! Enrolments: ended, cancelled, reopened, marked, remarked on, deleted; access and handing over.
//!
//! What a rule refuses is a value handed back, not an error; nothing of it is written. The glass is
//! broken only by a call with a reason that a person typed.

use outpost_domain::data::{Enrollment, OwnershipTransfer, Payload, TrackedEntity};
use outpost_domain::form::Entry;
use outpost_domain::form::event::Blocks;
use outpost_domain::tracker::{
    EnrollmentStep, HandoverContext, NotEditable, PersonContext, StepProblem, TransferProblem,
    TransferProblemKind, break_glass, change_enrollment, check_transfer,
    tracked_entity_editability, transfer,
};
use outpost_domain::uid::{EnrollmentUid, OrganisationUnitUid, ProgramUid, TrackedEntityUid};
use outpost_store::{Person, PersonEnrollment};
use outpost_sync::ports::Method;
use outpost_wire::ownership::override_target;

use super::Session;
use super::around::{Around, Known};
use super::context::World;
use super::online::{Asked, request};
use crate::error::{OutpostError, Result};
use crate::model::{AccessState, EventProblemView, GlassOutcome, PersonOutcome};
use crate::refusals;

impl Session {
    /// An enrolment that is not deleted.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn enrollment(&self, id: EnrollmentUid) -> Result<Enrollment> {
        let found = self.store().load_enrollment(id)?.filter(|it| !it.deleted);
        found.ok_or_else(|| OutpostError::not_found("enrolment", id))
    }

    /// Completes, cancels or reopens an enrolment. Its visits stay as they are.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn change_enrollment_status(
        &self,
        id: EnrollmentUid,
        step: EnrollmentStep,
    ) -> Result<PersonOutcome> {
        let world = self.world()?;
        let parent = self.parent(id, &world)?;
        let known = self.store().load_person(parent.enrollment.tracked_entity)?;
        let known = known.map(|known| known.enrollments).unwrap_or_default();
        let others: Vec<_> = known.into_iter().map(|it| it.enrollment).collect();
        let enrollment = &parent.enrollment;
        let unit = self.unit_if_known(enrollment.organisation_unit)?;
        let is_assigned =
            self.store().is_assigned(enrollment.program.0, enrollment.organisation_unit)?;
        let stored = self.stored_enrollment(enrollment, &others)?;
        let context = parent.around.enrollment_context(
            unit.as_ref(),
            is_assigned,
            &others,
            stored.as_ref(),
        )?;
        match change_enrollment(enrollment, step, &context) {
            Ok(changed) => self.save_enrollment(changed),
            Err(problems) => {
                let view = |problem: &StepProblem| match problem {
                    StepProblem::Locked(reason) => refusals::of_one_not_editable(reason),
                    StepProblem::ActiveEnrollmentExists => {
                        refusals::plain("E1015", problem.words())
                    }
                    StepProblem::OnlyOnce => refusals::plain("E1016", problem.words()),
                    _ => refusals::plain("refused", problem.words()),
                };
                let problems = problems.iter().map(view).map(refusals::of_whole).collect();
                Ok(outcome_of(enrollment, false, problems))
            }
        }
    }

    /// Marks an enrolment for follow-up, or takes the mark away.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn set_enrollment_follow_up(
        &self,
        id: EnrollmentUid,
        follow_up: bool,
    ) -> Result<PersonOutcome> {
        let enrollment = Enrollment { follow_up, ..self.enrollment(id)? };
        self.save_checked(enrollment)
    }

    /// Adds a remark to an enrolment.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is empty; storage errors.
    pub fn add_enrollment_note(&self, id: EnrollmentUid, text: &str) -> Result<PersonOutcome> {
        let mut enrollment = self.enrollment(id)?;
        enrollment.notes.push(self.new_note(text)?);
        self.save_enrollment(enrollment)
    }

    /// Deletes an enrolment with its visits, here at once and with the next synchronisation on the
    /// server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn delete_enrollment(&self, id: EnrollmentUid) -> Result<PersonOutcome> {
        let enrollment = self.enrollment(id)?;
        let known = self.store().load_person(enrollment.tracked_entity)?;
        let known = known.ok_or_else(|| OutpostError::not_found("person", id))?;
        let own = known.enrollments.iter().find(|it| it.enrollment.id == id);
        let problems = match own {
            Some(own) => self.deletion_problems(&known.tracked_entity, own, &self.world()?)?,
            None => Vec::new(),
        };
        if problems.is_empty() {
            let _saved = self.store().delete_enrollment(id, self.by(), self.now_ms())?;
        }
        Ok(outcome_of(&enrollment, problems.is_empty(), problems))
    }

    /// Deletes a person with enrolments, visits and relationships, here at once and with the next
    /// synchronisation on the server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn delete_person(&self, id: TrackedEntityUid) -> Result<PersonOutcome> {
        let known = self.store().load_person(id)?;
        let known = known.ok_or_else(|| OutpostError::not_found("person", id))?;
        let problems = self.person_deletion_problems(&known)?;
        let saved = problems.is_empty();
        if saved {
            let _saved = self.store().delete_tracked_entity(id, self.by(), self.now_ms())?;
        }
        let (enrollment, generated, opens) = (None, Vec::new(), None);
        Ok(PersonOutcome { person: id, enrollment, saved, problems, generated, opens })
    }

    /// What forbids to delete a person; what the server never saw may be taken back.
    fn person_deletion_problems(&self, known: &Person) -> Result<Vec<EventProblemView>> {
        let world = self.world()?;
        let person = &known.tracked_entity;
        let mut enrolled = false;
        for it in &known.enrollments {
            let others = std::slice::from_ref(&it.enrollment);
            enrolled |= self.stored_enrollment(&it.enrollment, others)?.is_some();
        }
        // The right to delete a person with enrolments is one to delete these with their visits.
        if let Some(reason) = world.deletion_authorities().forbid_person(enrolled) {
            return Ok(vec![refusals::of_whole(refusals::of_one_not_editable(&reason))]);
        }
        let mut problems = Vec::new();
        for it in &known.enrollments {
            problems.extend(self.deletion_problems(person, it, &world)?);
        }
        let record = Payload::TrackedEntity { tracked_entity: person.clone() };
        let row = self.store().outbox_row_of(&record)?;
        if row.is_none_or(|row| row.base.is_some()) {
            problems.extend(self.person_locks(person, &world)?);
        }
        Ok(problems)
    }

    /// Why a person whom the server holds may not be deleted by this user.
    fn person_locks(&self, person: &TrackedEntity, world: &World) -> Result<Vec<EventProblemView>> {
        let bundle = self.people_of_type(person.tracked_entity_type)?;
        let unit = self.unit_if_known(person.organisation_unit)?;
        let context = PersonContext {
            tracked_entity_type: &bundle.tracked_entity_type,
            unit_path: unit.as_ref().map(|unit| unit.path.as_str()),
            scopes: world.scopes(),
            is_stored: true,
        };
        let deleted = TrackedEntity { deleted: true, ..person.clone() };
        let Entry::Locked(reasons) = tracked_entity_editability(&deleted, &context) else {
            return Ok(Vec::new());
        };
        // That it is deleted is the change that is asked for.
        let reasons = reasons.iter().filter(|reason| **reason != NotEditable::Deleted);
        Ok(reasons.map(refusals::of_one_not_editable).map(refusals::of_whole).collect())
    }

    /// What forbids to delete an enrolment; what the server never saw may be taken back.
    fn deletion_problems(
        &self,
        person: &TrackedEntity,
        own: &PersonEnrollment,
        world: &World,
    ) -> Result<Vec<EventProblemView>> {
        let deleted = Enrollment { deleted: true, ..own.enrollment.clone() };
        if self.stored_enrollment(&deleted, std::slice::from_ref(&deleted))?.is_none() {
            return Ok(Vec::new());
        }
        let mut visited = false;
        for it in &own.events {
            visited |= self.stored_event(&it.event)?.is_some();
        }
        let mut problems = self.enrollment_problems(person, &deleted, world)?;
        problems.retain(|problem| problem.blocks_sending);
        if let Some(reason) = world.deletion_authorities().forbid_enrollment(visited) {
            problems.push(refusals::of_whole(refusals::of_one_not_editable(&reason)));
        }
        Ok(problems)
    }

    /// Saves an enrolment after its checks.
    fn save_checked(&self, enrollment: Enrollment) -> Result<PersonOutcome> {
        let person = self.tracked_entity(enrollment.tracked_entity)?;
        let problems = self.enrollment_problems(&person, &enrollment, &self.world()?)?;
        match problems.iter().any(|problem| problem.blocks_sending) {
            true => Ok(outcome_of(&enrollment, false, problems)),
            false => self.save_enrollment(enrollment),
        }
    }

    pub(super) fn save_enrollment(&self, mut enrollment: Enrollment) -> Result<PersonOutcome> {
        enrollment.updated_at_client = Some(self.world()?.now_text());
        let outcome = outcome_of(&enrollment, true, Vec::new());
        self.save_one(Payload::Enrollment { enrollment })?;
        Ok(outcome)
    }

    /// Saves one record that was checked.
    pub(super) fn save_one(&self, record: Payload) -> Result<()> {
        let (by, now_ms) = (self.by(), self.now_ms());
        self.store().save_records(&[record], &[], by, now_ms)?;
        Ok(())
    }

    /// What the user may do with a person in a program.
    ///
    /// # Errors
    /// `NotFound` for a program that is not on the device; storage errors.
    pub fn person_access(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
    ) -> Result<AccessState> {
        let world = self.world()?;
        Ok(self.around_stored(person, program, &world)?.access_state())
    }

    fn around_stored<'w>(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
        world: &'w World,
    ) -> Result<Around<'w>> {
        let known = self.store().load_person(person)?;
        let owners = known.as_ref().map(|known| known.owners.clone()).unwrap_or_default();
        let enrollments = known.map(|known| known.enrollments).unwrap_or_default();
        let enrollments: Vec<_> = enrollments.into_iter().map(|it| it.enrollment).collect();
        let known = Known { owners: &owners, enrollments: &enrollments };
        self.around(person, program, known, world)
    }

    /// Breaks the glass: opens a person of a protected program for some hours, for a reason that a
    /// person typed. Asked of the server at once; where it cannot be reached it waits and goes before
    /// everything else with the next synchronisation. The server keeps the reason.
    ///
    /// # Errors
    /// `InvalidInput` without a reason, or where there is no glass to break; `Forbidden`,
    /// `ServerRejected` if the server refuses; storage errors.
    pub fn break_the_glass(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
        reason: &str,
    ) -> Result<GlassOutcome> {
        let world = self.world()?;
        let around = self.around_stored(person, program, &world)?;
        // Of somebody who is not on the device only the server knows the owner.
        let access = match self.store().load_tracked_entity(person)? {
            Some(_) => around.access,
            None => outpost_domain::tracker::PersonAccess::BreakTheGlass,
        };
        let glass = break_glass(person, program, access, reason)
            .map_err(|problem| OutpostError::invalid("reason", "glass", problem))?;
        let target = override_target(&glass, self.server_version()?);
        match self.ask(request(Method::Post, target, None)) {
            Ok(asked) => {
                if let Asked::Refused { status: 403, .. } = &asked {
                    let reason = "the server does not open these records to you".to_owned();
                    return Err(OutpostError::Forbidden { reason });
                }
                asked.done("breaking the glass")?;
                self.remember_broken_glass(person, program, &world)?;
                self.note_broken_glass(&glass)?;
                Ok(GlassOutcome { opened: true })
            }
            Err(OutpostError::Offline { .. } | OutpostError::ServerUnavailable { .. }) => {
                self.save_one(Payload::OwnershipOverride { glass })?;
                Ok(GlassOutcome { opened: false })
            }
            Err(error) => Err(error),
        }
    }

    /// The journal keeps who broke the glass and why, also when the server was asked at once.
    fn note_broken_glass(&self, glass: &outpost_domain::data::OwnershipOverride) -> Result<()> {
        let body = serde_json::json!({
            "trackedEntity": glass.tracked_entity, "program": glass.program,
            "reason": glass.reason,
        });
        let kind = outpost_store::JournalKind::Edit;
        self.store().append_journal(kind, self.by(), &body, self.now_ms())?;
        Ok(())
    }

    /// What speaks against handing a person over to a place; warnings are to be confirmed.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn check_transfer(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
        to: OrganisationUnitUid,
    ) -> Result<Vec<EventProblemView>> {
        self.handed_over(person, program, to).map(|(problems, _)| problems)
    }

    /// Hands a person over to another place for good. Enrolments and visits keep their places.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn transfer_person(
        &self,
        person: TrackedEntityUid,
        program: ProgramUid,
        to: OrganisationUnitUid,
    ) -> Result<PersonOutcome> {
        let (problems, record) = self.handed_over(person, program, to)?;
        let saved = record.is_some();
        if let Some(transfer) = record {
            self.save_one(Payload::OwnershipTransfer { transfer })?;
        }
        let (enrollment, generated, opens) = (None, Vec::new(), None);
        Ok(PersonOutcome { person, enrollment, saved, problems, generated, opens })
    }

    /// The record that hands a tracked entity over to a place; `None` if that has it already, or why
    /// it cannot be.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub(super) fn ownership_transfer(
        &self,
        id: TrackedEntityUid,
        program: ProgramUid,
        to: OrganisationUnitUid,
    ) -> Result<std::result::Result<Option<OwnershipTransfer>, String>> {
        let (problems, record) = self.judged_transfer(id, program, to)?;
        if record.is_some() || problems.iter().any(|it| it.kind == TransferProblemKind::SameOwner) {
            return Ok(Ok(record));
        }
        let blocking = problems.iter().find(|it| it.blocks > Blocks::Nothing);
        Ok(Err(blocking.map(|it| it.kind.words()).unwrap_or_default()))
    }

    fn handed_over(
        &self,
        id: TrackedEntityUid,
        program: ProgramUid,
        to: OrganisationUnitUid,
    ) -> Result<(Vec<EventProblemView>, Option<OwnershipTransfer>)> {
        let (problems, record) = self.judged_transfer(id, program, to)?;
        Ok((problems.iter().map(transfer_problem).collect(), record))
    }

    fn judged_transfer(
        &self,
        id: TrackedEntityUid,
        program: ProgramUid,
        to: OrganisationUnitUid,
    ) -> Result<(Vec<TransferProblem>, Option<OwnershipTransfer>)> {
        let world = self.world()?;
        let person = self.tracked_entity(id)?;
        let around = self.around_stored(id, program, &world)?;
        let target = self.organisation_unit(to)?;
        let context = HandoverContext {
            now: world.now(),
            program: around.program()?,
            target: &target,
            is_assigned: self.store().is_assigned(program.0, to)?,
            scopes: world.scopes(),
        };
        let (owner, access) = (around.owner(), around.access);
        let problems = check_transfer(&person, owner, access, &context);
        let record = transfer(&person, owner, access, &context).ok();
        Ok((problems, record))
    }
}

fn transfer_problem(problem: &TransferProblem) -> EventProblemView {
    let refusal = match &problem.kind {
        TransferProblemKind::Locked(reason) => refusals::of_one_not_editable(reason),
        kind => refusals::plain("transfer", kind.words()),
    };
    let blocks = problem.blocks > Blocks::Nothing;
    EventProblemView {
        blocks_sending: blocks,
        blocks_completion: blocks,
        ..refusals::of_whole(refusal)
    }
}

fn outcome_of(
    enrollment: &Enrollment,
    saved: bool,
    problems: Vec<EventProblemView>,
) -> PersonOutcome {
    PersonOutcome {
        person: enrollment.tracked_entity,
        enrollment: Some(enrollment.id),
        saved,
        problems,
        generated: Vec::new(),
        opens: None,
    }
}
