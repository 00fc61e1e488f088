//! Visits: the events of an enrolment. Planned, moved, skipped, filled in, handed to somebody, referred.
//!
//! What an entry rule refuses is a value handed back, not an error; nothing of it is written.

use jiff::civil::Date;
use outpost_domain::data::{Enrollment, Event, EventStatus, Payload, TrackedEntity};
use outpost_domain::form::Entry;
use outpost_domain::form::enrollment::Registration;
use outpost_domain::form::event::EventContext;
use outpost_domain::form::session::{Course, EventDiff};
use outpost_domain::metadata::ProgramStage;
use outpost_domain::tracker::{
    EventParent, HandoverContext, NotEditable, Referral, change_event_status, event_editability,
    may_add_event, offers_after_completion, refer, suggested_date,
};
use outpost_domain::uid::{
    EnrollmentUid, EventUid, OrganisationUnitUid, ProgramStageUid, TrackedEntityUid, Uid,
};
use outpost_wire::time::parse_day;

use super::Session;
use super::around::{Around, Known};
use super::bundle::EventBundle;
use super::context::World;
use super::event_form::EventFormSession;
use crate::error::{OutpostError, Result};
use crate::model::{CompletionOffersView, EventOutcome, EventProblemView, NextVisitView, Refusal};
use crate::refusals;

/// A person with one enrolment: what a visit hangs on.
pub(super) struct Parent<'w> {
    pub around: Around<'w>,
    pub enrollment: Enrollment,
    course: Course,
}

impl<'w> Parent<'w> {
    /// Puts together what is known already.
    pub fn of(
        session: &Session,
        around: Around<'w>,
        enrollment: &Enrollment,
        person: &TrackedEntity,
        events: Vec<Event>,
    ) -> Result<Self> {
        let registration =
            Registration { tracked_entity: person.clone(), enrollment: Some(enrollment.clone()) };
        let course = session.course(&around.bundle, registration, events)?;
        Ok(Self { around, enrollment: enrollment.clone(), course })
    }

    /// The person, the enrolment and its visits as rules see them.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The visits of the enrolment.
    pub fn events(&self) -> &[Event] {
        &self.course.events
    }

    /// The enrolment as the capture rules see it.
    pub fn as_parent(&self) -> EventParent<'_> {
        EventParent {
            enrollment: Some(&self.enrollment),
            tracked_entity_type: self.around.tracked_entity_type(),
            access: self.around.access,
            scopes: self.around.world.scopes(),
        }
    }

    /// Whether a visit may be filled in or changed.
    pub fn event_entry(
        &self,
        bundle: &EventBundle,
        event: &Event,
        context: &EventContext<'_>,
    ) -> Result<Entry<NotEditable>> {
        Ok(event_editability(&bundle.form, event, context, &self.as_parent()))
    }

    /// What the enrolment and the access to the person forbid; the rest is the form's.
    pub fn visit_problems(
        &self,
        bundle: &EventBundle,
        event: &Event,
        context: &EventContext<'_>,
    ) -> Result<Vec<EventProblemView>> {
        let mut views = Vec::new();
        let is_new = context.stored.is_none() && !self.events().iter().any(|it| it.id == event.id);
        let mut reasons = match self.event_entry(bundle, event, context)? {
            Entry::Open => Vec::new(),
            Entry::Locked(reasons) => reasons,
        };
        if is_new && let Entry::Locked(more) = self.may_add(&bundle.form.program_stage) {
            reasons.extend(more.into_iter().filter(|it| *it == NotEditable::NotRepeatable));
        }
        for reason in reasons {
            // The form's check says these itself; deleting is the change that is asked for.
            if matches!(reason, NotEditable::Event(_) | NotEditable::Deleted) {
                continue;
            }
            views.push(EventProblemView {
                field: None,
                name: String::new(),
                refusal: refusals::of_one_not_editable(&reason),
                blocks_completion: true,
                blocks_sending: true,
            });
        }
        Ok(views)
    }

    /// Whether a visit of the stage may be added.
    pub fn may_add(&self, stage: &ProgramStage) -> Entry<NotEditable> {
        may_add_event(stage, &self.as_parent(), self.events())
    }

    /// The day to suggest for the next visit of a stage.
    pub fn suggested(&self, stage: &ProgramStage) -> Result<Option<Date>> {
        Ok(suggested_date(self.around.program()?, stage, &self.enrollment, self.events()))
    }
}

impl Session {
    /// What a visit hangs on, as it stands on the device; `None` for an event without enrolment.
    ///
    /// # Errors
    /// `NotFound` if the enrolment or its person is not on the device; storage errors.
    pub(super) fn family_of<'w>(
        &self,
        event: &Event,
        world: &'w World,
    ) -> Result<Option<Parent<'w>>> {
        let Some(enrollment) = event.enrollment else { return Ok(None) };
        self.parent(enrollment, world).map(Some)
    }

    /// An enrolment with its person and its visits.
    pub(super) fn parent<'w>(&self, id: EnrollmentUid, world: &'w World) -> Result<Parent<'w>> {
        let enrollment = self.store().load_enrollment(id)?;
        let enrollment = enrollment.ok_or_else(|| OutpostError::not_found("enrolment", id))?;
        let person = self.store().load_person(enrollment.tracked_entity)?;
        let person = person.ok_or_else(|| {
            OutpostError::not_found("person of this enrolment", enrollment.tracked_entity)
        })?;
        let of_person: Vec<_> = person.enrollments.iter().map(|it| it.enrollment.clone()).collect();
        let known = Known { owners: &person.owners, enrollments: &of_person };
        let (te, program) = (enrollment.tracked_entity, enrollment.program);
        let around = self.around(te, program, known, world)?;
        let own = person.enrollments.into_iter().find(|it| it.enrollment.id == id);
        let events = own.map(|it| it.events).unwrap_or_default();
        let events = events.into_iter().map(|it| it.event).collect();
        Parent::of(self, around, &enrollment, &person.tracked_entity, events)
    }

    /// The visits of an enrolment, without those whose deletion waits.
    pub(super) fn events_of(
        &self,
        enrollment: EnrollmentUid,
        person: TrackedEntityUid,
    ) -> Result<Vec<Event>> {
        let person = self.store().load_person(person)?;
        let enrollments = person.map(|person| person.enrollments).unwrap_or_default();
        let own = enrollments.into_iter().find(|it| it.enrollment.id == enrollment);
        let events = own.map(|it| it.events).unwrap_or_default();
        Ok(events.into_iter().map(|it| it.event).collect())
    }

    /// What rules see around an event of an open form; `None` without enrolment.
    pub(super) fn course_of_event(&self, event: &Event) -> Result<Option<Course>> {
        let (Some(enrollment), Some(person)) = (event.enrollment, event.tracked_entity) else {
            return Ok(None);
        };
        let found = self.store().load_enrollment(enrollment)?;
        let person = self.store().load_tracked_entity(person)?;
        match (found, person) {
            (Some(enrollment), Some(person)) => self.course_of(&enrollment, &person),
            _ => Ok(None),
        }
    }

    /// Opens the form of a new visit of a stage, today, with all that there is to show.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` with the reason if no visit may be added; storage errors.
    pub fn open_new_visit_form(
        &self,
        enrollment: EnrollmentUid,
        stage: ProgramStageUid,
        place: Option<OrganisationUnitUid>,
    ) -> Result<(EventFormSession, EventDiff)> {
        let world = self.world()?;
        let parent = self.parent(enrollment, &world)?;
        let found = find_stage(&parent, stage)?;
        if let Entry::Locked(reasons) = parent.may_add(found) {
            return Err(refusals::forbidden(&reasons));
        }
        let mut event = self.new_visit(&parent, found, place)?;
        event.occurred_at = Some(world.today_text());
        self.open_form(event)
    }

    fn new_visit(
        &self,
        parent: &Parent<'_>,
        stage: &ProgramStage,
        place: Option<OrganisationUnitUid>,
    ) -> Result<Event> {
        let enrollment = &parent.enrollment;
        Ok(Event {
            organisation_unit: place.unwrap_or(enrollment.organisation_unit),
            created_at_client: Some(parent.around.world.now_text()),
            ..Event::of_enrollment(EventUid(self.mint_uid()?), stage.id, enrollment)
        })
    }

    /// Plans a visit of a stage for a day, `yyyy-MM-dd`.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the day; storage errors.
    pub fn schedule_visit(
        &self,
        enrollment: EnrollmentUid,
        stage: ProgramStageUid,
        day: &str,
        place: Option<OrganisationUnitUid>,
        assigned_user: Option<Uid>,
    ) -> Result<EventOutcome> {
        let day = day_of(day)?;
        let world = self.world()?;
        let parent = self.parent(enrollment, &world)?;
        let found = find_stage(&parent, stage)?;
        if let Entry::Locked(reasons) = parent.may_add(found) {
            return Ok(not_saved(EventUid(stage.0), &reasons));
        }
        let mut event = self.new_visit(&parent, found, place)?;
        event.status = EventStatus::Schedule;
        event.scheduled_at = Some(day.to_string());
        event.assigned_user = assigned_user.filter(|_| found.enable_user_assignment);
        self.save_event(event)
    }

    /// Moves a planned visit to another day, `yyyy-MM-dd`.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the day or if the visit is not planned; storage errors.
    pub fn reschedule_visit(&self, id: EventUid, day: &str) -> Result<EventOutcome> {
        let day = day_of(day)?;
        let mut event = self.load_visit(id)?;
        if !matches!(event.status, EventStatus::Schedule | EventStatus::Overdue) {
            let reason = "only a planned visit can be moved to another day";
            return Err(OutpostError::invalid("visit", "not_planned", reason));
        }
        event.status = EventStatus::Schedule;
        event.scheduled_at = Some(day.to_string());
        self.save_event(event)
    }

    /// Gives a visit another status: skipped, planned again, begun, reopened. To complete one see
    /// [`Session::complete_event`].
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn set_visit_status(&self, id: EventUid, status: EventStatus) -> Result<EventOutcome> {
        let event = self.load_visit(id)?;
        let world = self.world()?;
        let stored = self.stored_event(&event)?;
        let changed = change_event_status(
            &event,
            status,
            stored.as_ref(),
            world.event_authorities(),
            world.now(),
        );
        match changed {
            Ok(changed) => self.save_event(changed),
            Err(problems) => {
                let view = |problem: &outpost_domain::tracker::StatusProblem| EventProblemView {
                    field: problem.field().map(str::to_owned),
                    name: problem.field().map(refusals::plain_field_name).unwrap_or_default(),
                    refusal: Refusal {
                        code: problem.code().to_owned(),
                        reason: problem.words().to_owned(),
                    },
                    blocks_completion: true,
                    blocks_sending: true,
                };
                let problems = problems.iter().map(view).collect();
                Ok(EventOutcome { id, saved: false, completed: false, problems })
            }
        }
    }

    /// What the server holds of an event; `None` if it was never sent.
    pub(super) fn stored_event(&self, event: &Event) -> Result<Option<Event>> {
        let row = self.store().outbox_row_of(&Payload::Event { event: event.clone() })?;
        Ok(match row {
            None => Some(event.clone()),
            Some(row) => match row.base {
                Some(Payload::Event { event }) => Some(event),
                _ => None,
            },
        })
    }

    /// Hands a visit to a user, or to nobody.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if the stage knows no assignment (DHIS2 would drop it silently,
    /// capture t066); storage errors.
    pub fn assign_visit(&self, id: EventUid, user: Option<Uid>) -> Result<EventOutcome> {
        let mut event = self.load_visit(id)?;
        let bundle = self.event_bundle(event.program, event.program_stage)?;
        if !bundle.form.program_stage.enable_user_assignment {
            let reason = "visits of this kind are not assigned to anybody";
            return Err(OutpostError::invalid("visit", "not_assignable", reason));
        }
        event.assigned_user = user;
        self.save_event(event)
    }

    /// Marks a visit for follow-up, or takes the mark away.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn set_visit_follow_up(&self, id: EventUid, follow_up: bool) -> Result<EventOutcome> {
        let mut event = self.load_visit(id)?;
        event.follow_up = follow_up;
        self.save_event(event)
    }

    /// Adds a remark to a visit or event.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is empty; storage errors.
    pub fn add_event_note(&self, id: EventUid, text: &str) -> Result<EventOutcome> {
        let mut event = self.load_visit(id)?;
        event.notes.push(self.new_note(text)?);
        // A remark may be added whatever else may not be changed: the server takes it from anybody
        // who sees the event (capture t009i).
        let _saved = self.store().save_event(&event, self.by(), self.now_ms())?;
        let completed = event.status == EventStatus::Completed;
        Ok(EventOutcome { id, saved: true, completed, problems: Vec::new() })
    }

    /// Refers a person to another place for a visit of a stage: planned for a day or taking place
    /// now. The enrolment and who follows the person stay as they are.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the day; storage errors.
    pub fn refer_visit(
        &self,
        enrollment: EnrollmentUid,
        stage: ProgramStageUid,
        place: OrganisationUnitUid,
        day: &str,
        now: bool,
    ) -> Result<EventOutcome> {
        let day = day_of(day)?;
        let world = self.world()?;
        let parent = self.parent(enrollment, &world)?;
        let found = find_stage(&parent, stage)?;
        let target = self.organisation_unit(place)?;
        let program = parent.around.program()?;
        let context = HandoverContext {
            now: world.now(),
            program,
            target: &target,
            is_assigned: self.store().is_assigned(program.id.0, place)?,
            scopes: world.scopes(),
        };
        let referral = Referral {
            id: EventUid(self.mint_uid()?),
            day,
            status: if now { EventStatus::Active } else { EventStatus::Schedule },
            attribute_option_combo: None,
        };
        match refer(&referral, found, &parent.as_parent(), parent.events(), &context) {
            Ok(event) => self.save_event(event),
            Err(problems) => {
                let words =
                    problems.iter().map(|problem| refusals::plain("refused", problem.words()));
                let problems = words.map(refusals::of_whole).collect();
                Ok(EventOutcome { id: referral.id, saved: false, completed: false, problems })
            }
        }
    }

    /// What a completed visit offers: to complete the enrolment, to plan the next visit. Nothing of
    /// it is done unasked.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn offers_after(&self, id: EventUid) -> Result<CompletionOffersView> {
        let event = self.load_visit(id)?;
        let world = self.world()?;
        let Some(parent) = self.family_of(&event, &world)? else {
            return Ok(CompletionOffersView::default());
        };
        let stages = &parent.around.bundle.stages;
        let program = parent.around.program()?;
        let as_parent = parent.as_parent();
        let offers = offers_after_completion(program, stages, &event, &as_parent, parent.events());
        let view = |next: &outpost_domain::tracker::NextVisit| NextVisitView {
            stage: next.program_stage,
            stage_name: stages
                .iter()
                .find(|stage| stage.id == next.program_stage)
                .map(|stage| stage.name.clone())
                .unwrap_or_default(),
            day: next.date.map(|day| day.to_string()),
        };
        Ok(CompletionOffersView {
            complete_enrollment: offers.complete_enrollment,
            next_visits: offers.next_visits.iter().map(view).collect(),
        })
    }

    pub(super) fn load_visit(&self, id: EventUid) -> Result<Event> {
        let event = self.store().load_event(id)?.filter(|event| !event.deleted);
        event.ok_or_else(|| OutpostError::not_found("visit", id))
    }

    /// The person of a visit or enrolment, if it is on the device.
    pub(super) fn person_of(&self, event: &Event) -> Result<Option<TrackedEntity>> {
        match event.tracked_entity {
            Some(person) => Ok(self.store().load_tracked_entity(person)?),
            None => Ok(None),
        }
    }
}

fn find_stage<'a>(parent: &'a Parent<'_>, id: ProgramStageUid) -> Result<&'a ProgramStage> {
    let stage = parent.around.bundle.stages.iter().find(|stage| stage.id == id);
    stage.ok_or_else(|| OutpostError::not_found("stage of this program", id))
}

/// A day as it is typed.
pub(super) fn day_of(text: &str) -> Result<Date> {
    parse_day(text.trim()).ok_or_else(|| {
        OutpostError::invalid("date", "date", "this is not a date, such as 2026-01-31")
    })
}

fn not_saved(id: EventUid, reasons: &[NotEditable]) -> EventOutcome {
    let problems = reasons.iter().map(refusals::of_one_not_editable).map(refusals::of_whole);
    EventOutcome { id, saved: false, completed: false, problems: problems.collect() }
}
