//! People: lists, and one person with everything that a screen shows, in one call.

use std::cell::RefCell;
use std::collections::BTreeMap;

use outpost_domain::data::{Enrollment, EnrollmentStatus, Event, EventStatus, TrackedEntity};
use outpost_domain::form::Entry;
use outpost_domain::metadata::{MetadataKind, OrganisationUnit, ProgramStage};
use outpost_domain::reserved::is_temporary;
use outpost_domain::tracker::{enrollment_editability, is_overdue};
use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityUid, Uid,
};
use outpost_store::{
    PeopleCursor, PeopleFilter, PeopleOrder, Person, PersonEnrollment, PersonEvent, PersonRow,
    RowState, SearchCursor, SearchQuery,
};
use outpost_sync::ports::{OutboxId, facts};

use super::Session;
use super::around::Known;
use super::context::World;
use super::events;
use super::outbox::record_state;
use super::people_bundle::PeopleBundle;
use super::visits::Parent;
use crate::error::{OutpostError, Result};
use crate::limits::{ANSWERS_LISTED_MAX, PAGE_ROWS_MAX, TITLE_VALUES_MAX};
use crate::model::{
    AttributeValue, EnrollmentView, PersonPage, PersonQuery, PersonSummary, PersonView,
    RecordState, Refusal, StageVisits, TrackerWaiting, VisitSummary,
};
use crate::refusals;

/// Where the next page of people begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonCursor(At);

#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    List(PeopleCursor),
    Search(SearchCursor),
}

/// Places looked up once for a whole screen.
#[derive(Default)]
struct Places {
    units: RefCell<BTreeMap<OrganisationUnitUid, Option<OrganisationUnit>>>,
    assigned: RefCell<BTreeMap<(ProgramUid, OrganisationUnitUid), bool>>,
}

impl Places {
    fn unit(&self, session: &Session, id: OrganisationUnitUid) -> Result<Option<OrganisationUnit>> {
        if let Some(known) = self.units.borrow().get(&id) {
            return Ok(known.clone());
        }
        let unit = session.unit_if_known(id)?;
        self.units.borrow_mut().insert(id, unit.clone());
        Ok(unit)
    }

    fn name(&self, session: &Session, id: OrganisationUnitUid) -> Result<String> {
        Ok(self.unit(session, id)?.map_or_else(|| id.to_string(), |unit| unit.name))
    }

    fn is_assigned(
        &self,
        session: &Session,
        program: ProgramUid,
        unit: OrganisationUnitUid,
    ) -> Result<bool> {
        let key = (program, unit);
        if let Some(known) = self.assigned.borrow().get(&key) {
            return Ok(*known);
        }
        let assigned = session.store().is_assigned(program.0, unit)?;
        self.assigned.borrow_mut().insert(key, assigned);
        Ok(assigned)
    }
}

impl Session {
    /// What waits of people, enrolments and visits, all programs together.
    ///
    /// # Errors
    /// Storage errors.
    pub fn tracker_waiting(&self) -> Result<TrackerWaiting> {
        let mut waiting = TrackerWaiting::default();
        for lane in self.store().form_counts()? {
            if self.is_form(lane.form)? {
                continue;
            }
            let counts = lane.outbox;
            waiting.waiting += counts.pending + counts.in_flight;
            waiting.held += counts.held;
            waiting.refused += counts.rejected;
            waiting.conflicts += counts.conflicts;
        }
        Ok(waiting)
    }

    /// Whether the rows of a lane are counted with a form: a data set or a program without
    /// registration.
    fn is_form(&self, lane: Uid) -> Result<bool> {
        if self.store().load_object(MetadataKind::DataSet, lane)?.is_some() {
            return Ok(true);
        }
        match super::bundle::load_program(self.store(), lane.into()) {
            Ok(program) => Ok(program.registration.is_none()),
            Err(OutpostError::NotFound { .. } | OutpostError::Internal { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A page of people. With words to search for those whose name begins with them come first;
    /// without, those of a program in the order of their names.
    ///
    /// # Errors
    /// `InvalidInput` if neither program nor type is given; storage errors.
    pub fn people(&self, query: &PersonQuery, next: Option<PersonCursor>) -> Result<PersonPage> {
        let words = query.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        match (words, query.program) {
            (None, Some(program)) => self.people_of_list(program, query, next),
            (words, _) => self.people_found(words.unwrap_or_default(), query, next),
        }
    }

    fn people_of_list(
        &self,
        program: ProgramUid,
        query: &PersonQuery,
        next: Option<PersonCursor>,
    ) -> Result<PersonPage> {
        let filter = self.people_filter(program, query)?;
        let bundle = self.people_of_program(program)?;
        let places = Places::default();
        let mut after = match next {
            Some(PersonCursor(At::List(cursor))) => Some(cursor),
            _ => None,
        };
        let mut items = Vec::new();
        loop {
            let (rows, more) = self.store().people_page(&filter, after.as_ref(), PAGE_ROWS_MAX)?;
            for row in rows {
                if !self.fits(&row, query)? {
                    continue;
                }
                items.extend(self.row_summary(&bundle, row, &places)?);
            }
            let Some(more) = more else { return Ok(PersonPage { items, next: None }) };
            if items.len() >= PAGE_ROWS_MAX as usize / 2 {
                return Ok(PersonPage { items, next: Some(PersonCursor(At::List(more))) });
            }
            after = Some(more);
        }
    }

    fn people_filter(&self, program: ProgramUid, query: &PersonQuery) -> Result<PeopleFilter> {
        let visit = query.visit.clone().unwrap_or_default();
        let overdue = visit.status == Some(EventStatus::Overdue);
        let yesterday = match overdue {
            true => self.world()?.now().date().yesterday().ok().map(|day| day.to_string()),
            false => None,
        };
        let me = match visit.assigned_to_me {
            true => self.store().load_fact(facts::USER_ID)?,
            false => None,
        };
        Ok(PeopleFilter {
            organisation_unit: query.organisation_unit,
            status: query.status,
            follow_up: query.follow_up,
            // Late is no state on the server: planned, and the day has passed (capture t011c).
            event_status: visit.status.filter(|_| !overdue),
            due_from: visit.due_from,
            due_to: yesterday.or(visit.due_to),
            assigned_user: me.and_then(|id| Uid::parse(&id).ok()),
            order: match query.latest_first {
                true => PeopleOrder::Latest,
                false => PeopleOrder::Name,
            },
            ..PeopleFilter::of(program)
        })
    }

    fn people_found(
        &self,
        words: &str,
        query: &PersonQuery,
        next: Option<PersonCursor>,
    ) -> Result<PersonPage> {
        let bundle = match (query.program, query.tracked_entity_type) {
            (Some(program), _) => self.people_of_program(program)?,
            (None, Some(of_type)) => self.people_of_type(of_type)?,
            (None, None) => {
                let reason = "say of which program or type";
                return Err(OutpostError::invalid("program", "missing", reason));
            }
        };
        let search = SearchQuery {
            tracked_entity_type: bundle.tracked_entity_type.id,
            text: words.to_owned(),
            program: query.program,
            organisation_unit: query.organisation_unit,
        };
        let places = Places::default();
        let mut after = match next {
            Some(PersonCursor(At::Search(cursor))) => Some(cursor),
            _ => None,
        };
        let mut items = Vec::new();
        loop {
            let (rows, more) =
                self.store().search_people(&search, after.as_ref(), PAGE_ROWS_MAX)?;
            for row in rows {
                if !self.fits(&row, query)? {
                    continue;
                }
                items.extend(self.row_summary(&bundle, row, &places)?);
            }
            let Some(more) = more else { return Ok(PersonPage { items, next: None }) };
            if items.len() >= PAGE_ROWS_MAX as usize / 2 {
                return Ok(PersonPage { items, next: Some(PersonCursor(At::Search(more))) });
            }
            after = Some(more);
        }
    }

    /// Whether a row fits what the list's own filter does not look at.
    fn fits(&self, row: &PersonRow, query: &PersonQuery) -> Result<bool> {
        if let Some(enrollment) = &row.enrollment {
            let day = enrollment.enrolled_at.as_deref().and_then(|text| text.get(..10));
            let early = query.enrolled_from.as_deref().is_some_and(|from| day < Some(from));
            let late = query.enrolled_to.as_deref().is_some_and(|to| day > Some(to));
            if early || late {
                return Ok(false);
            }
        }
        if query.attributes.is_empty() {
            return Ok(true);
        }
        let Some(person) = &row.tracked_entity else { return Ok(false) };
        let of_enrollment = row.enrollment.as_ref().map(|it| &it.attributes);
        Ok(query.attributes.iter().all(|condition| {
            let own = person.attributes.get(&condition.attribute);
            let value = own.or_else(|| of_enrollment?.get(&condition.attribute));
            value.is_some_and(|value| condition.holds(value))
        }))
    }

    fn row_summary(
        &self,
        bundle: &PeopleBundle,
        row: PersonRow,
        places: &Places,
    ) -> Result<Option<PersonSummary>> {
        let Some(person) = row.tracked_entity else { return Ok(None) };
        let state = row.waiting.map_or(RecordState::Synced, |(_, state)| record_state(state));
        let mut summary = self.person_summary(bundle, &person, row.enrollment.as_ref(), places)?;
        (summary.state, summary.next_due) = (state, row.next_due);
        Ok(Some(summary))
    }

    fn person_summary(
        &self,
        bundle: &PeopleBundle,
        person: &TrackedEntity,
        enrollment: Option<&Enrollment>,
        places: &Places,
    ) -> Result<PersonSummary> {
        let place = enrollment.map_or(person.organisation_unit, |it| it.organisation_unit);
        Ok(PersonSummary {
            id: person.id,
            tracked_entity_type: person.tracked_entity_type,
            title: self.title_in(bundle, person, enrollment)?,
            organisation_unit: place,
            organisation_unit_name: places.name(self, place)?,
            values: self.list_values(bundle, person, enrollment)?,
            enrollment: enrollment.map(|it| it.id),
            enrollment_status: enrollment.map(|it| it.status),
            follow_up: enrollment.is_some_and(|it| it.follow_up),
            next_due: None,
            state: RecordState::Synced,
            on_device: true,
        })
    }

    /// A person as a list shows it, outside a list.
    pub(super) fn summary_of_person(&self, person: &TrackedEntity) -> Result<PersonSummary> {
        let bundle = self.people_of_type(person.tracked_entity_type)?;
        self.person_summary(&bundle, person, None, &Places::default())
    }

    /// Values of the columns of a list.
    pub(super) fn list_values(
        &self,
        bundle: &PeopleBundle,
        person: &TrackedEntity,
        enrollment: Option<&Enrollment>,
    ) -> Result<Vec<AttributeValue>> {
        let shown = bundle.layout.columns.iter().filter(|column| column.in_list);
        let mut values = Vec::new();
        for column in shown {
            let own = person.attributes.get(&column.attribute);
            let value = own.or_else(|| enrollment?.attributes.get(&column.attribute));
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            values.push(self.named_value(bundle, column.attribute, value)?);
        }
        Ok(values)
    }

    pub(super) fn named_value(
        &self,
        bundle: &PeopleBundle,
        attribute: TrackedEntityAttributeUid,
        value: &str,
    ) -> Result<AttributeValue> {
        let named = self.attribute_value(bundle, attribute, value)?;
        Ok(AttributeValue { is_temporary: is_temporary(value), ..named })
    }

    /// What a person is called: the first values of the columns of its type.
    pub(super) fn title_of(
        &self,
        person: &TrackedEntity,
        enrollment: Option<&Enrollment>,
    ) -> Result<String> {
        match self.people_of_type(person.tracked_entity_type) {
            Ok(bundle) => self.title_in(&bundle, person, enrollment),
            Err(OutpostError::NotFound { .. }) => Ok(person.id.to_string()),
            Err(error) => Err(error),
        }
    }

    fn title_in(
        &self,
        bundle: &PeopleBundle,
        person: &TrackedEntity,
        enrollment: Option<&Enrollment>,
    ) -> Result<String> {
        let values = self.list_values(bundle, person, enrollment)?;
        let title: Vec<_> =
            values.into_iter().take(TITLE_VALUES_MAX).map(|value| value.shown).collect();
        match title.is_empty() {
            true => Ok(person.id.to_string()),
            false => Ok(title.join(" ")),
        }
    }

    /// Everything that a screen needs for one person, in one call.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn person(&self, id: TrackedEntityUid) -> Result<PersonView> {
        let known = self.store().load_person(id)?.filter(|it| !it.tracked_entity.deleted);
        let known = known.ok_or_else(|| OutpostError::not_found("person", id))?;
        let world = self.world()?;
        let places = Places::default();
        let person = known.tracked_entity.clone();
        let mut enrollments = Vec::with_capacity(known.enrollments.len());
        for one in &known.enrollments {
            match self.enrollment_view(&known, one, &world, &places) {
                Ok(view) => enrollments.push(view),
                // A program that the server withdrew: nothing of it can be shown but that it is there.
                Err(OutpostError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let (problem, problem_field) = self.problem_of(known.waiting)?;
        let type_id = person.tracked_entity_type.0;
        Ok(PersonView {
            title: self.title_of(&person, None)?,
            type_name: self.name_of(MetadataKind::TrackedEntityType, type_id)?,
            organisation_unit_name: places.name(self, person.organisation_unit)?,
            attributes: self.all_values(&known)?,
            state: state_of(known.waiting),
            row: known.waiting.map(|(id, _)| id.0),
            problem,
            problem_field,
            enrollments,
            relationships: self.relationships(id.0)?,
            person,
        })
    }

    /// Values of the person and of its enrolments, each once, in the order of the forms.
    fn all_values(&self, known: &Person) -> Result<Vec<AttributeValue>> {
        let person = &known.tracked_entity;
        let mut values = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let of_type = self.people_of_type(person.tracked_entity_type);
        let mut bundles = Vec::new();
        for one in &known.enrollments {
            if let Ok(bundle) = self.people_of_program(one.enrollment.program) {
                bundles.push((bundle, Some(&one.enrollment)));
            }
        }
        bundles.extend(of_type.ok().map(|bundle| (bundle, None)));
        for (bundle, enrollment) in &bundles {
            for column in &bundle.layout.columns {
                let own = person.attributes.get(&column.attribute);
                let value = own.or_else(|| enrollment.as_ref()?.attributes.get(&column.attribute));
                if let Some(value) = value.filter(|value| !value.is_empty())
                    && seen.insert(column.attribute)
                {
                    values.push(self.named_value(bundle, column.attribute, value)?);
                }
            }
        }
        Ok(values)
    }

    /// The server's reason for a parked row, and the field that it is about in words.
    pub(super) fn problem_of(
        &self,
        waiting: Option<(OutboxId, RowState)>,
    ) -> Result<(Option<Refusal>, Option<String>)> {
        let parked = waiting.filter(|(_, state)| {
            matches!(state, RowState::Rejected | RowState::Held | RowState::Conflict)
        });
        let Some((id, _)) = parked else { return Ok((None, None)) };
        let Some(row) = self.store().outbox_row(id)? else { return Ok((None, None)) };
        let Some(rejection) = row.rejection else {
            let reason = row.put_off_reason.map(|reason| refusals::plain("held", reason));
            return Ok((reason, None));
        };
        let field = rejection.field.as_deref().map(|field| self.field_name(field)).transpose()?;
        let code = rejection.code.unwrap_or_default();
        Ok((Some(Refusal { code, reason: rejection.reason }), field))
    }

    fn enrollment_view(
        &self,
        known: &Person,
        one: &PersonEnrollment,
        world: &World,
        places: &Places,
    ) -> Result<EnrollmentView> {
        let enrollment = &one.enrollment;
        let others: Vec<_> = known.enrollments.iter().map(|it| it.enrollment.clone()).collect();
        let around_known = Known { owners: &known.owners, enrollments: &others };
        let around =
            self.around(known.tracked_entity.id, enrollment.program, around_known, world)?;
        let unit = places.unit(self, enrollment.organisation_unit)?;
        let is_assigned =
            places.is_assigned(self, enrollment.program, enrollment.organisation_unit)?;
        let stored = match one.waiting {
            None => Some(enrollment.clone()),
            Some(_) => self.stored_enrollment(enrollment, &others)?,
        };
        let context =
            around.enrollment_context(unit.as_ref(), is_assigned, &others, stored.as_ref())?;
        let closed = refusals::of_not_editable(&enrollment_editability(enrollment, &context));
        let events: Vec<_> = one.events.iter().map(|it| it.event.clone()).collect();
        let owner = around.owner.filter(|owner| *owner != enrollment.organisation_unit);
        let access = around.access_state();
        let parent = Parent::of(self, around, enrollment, &known.tracked_entity, events)?;
        let mut stages = Vec::new();
        for stage in &parent.around.bundle.stages {
            stages.push(self.stage_visits(&parent, stage, one, places)?);
        }
        let (problem, problem_field) = self.problem_of(one.waiting)?;
        Ok(EnrollmentView {
            program_name: parent.around.program()?.name.clone(),
            organisation_unit_name: places.name(self, enrollment.organisation_unit)?,
            owner_name: owner.map(|owner| places.name(self, owner)).transpose()?,
            owner,
            access,
            state: state_of(one.waiting),
            row: one.waiting.map(|(id, _)| id.0),
            problem,
            problem_field,
            closed,
            review: self.enrollment_review(enrollment, one.waiting.is_some())?,
            stages,
            enrollment: enrollment.clone(),
        })
    }

    fn stage_visits(
        &self,
        parent: &Parent<'_>,
        stage: &ProgramStage,
        one: &PersonEnrollment,
        places: &Places,
    ) -> Result<StageVisits> {
        let mut visits = Vec::new();
        for event in one.events.iter().filter(|it| it.event.program_stage == stage.id) {
            visits.push(self.visit_summary(parent, stage, event, places)?);
        }
        visits.sort_by(|a, b| day_of_visit(a).cmp(day_of_visit(b)));
        let cannot_add = match parent.may_add(stage) {
            Entry::Open => None,
            Entry::Locked(reasons) => reasons.first().map(refusals::of_one_not_editable),
        };
        let suggested = match cannot_add {
            None => parent.suggested(stage)?.map(|day| day.to_string()),
            Some(_) => None,
        };
        Ok(StageVisits {
            stage: stage.id,
            name: stage.name.clone(),
            repeatable: stage.schedule.repeatable,
            cannot_add,
            suggested,
            visits,
        })
    }

    fn visit_summary(
        &self,
        parent: &Parent<'_>,
        stage: &ProgramStage,
        one: &PersonEvent,
        places: &Places,
    ) -> Result<VisitSummary> {
        let event = &one.event;
        let bundle = self.event_bundle(event.program, event.program_stage)?;
        let unit = places.unit(self, event.organisation_unit)?;
        let is_assigned = places.is_assigned(self, event.program, event.organisation_unit)?;
        let stored = match one.waiting {
            None => Some(event.clone()),
            Some(_) => self.stored_event(event)?,
        };
        let world = parent.around.world;
        let context = events::context(&bundle, world, unit.as_ref(), is_assigned, stored.as_ref());
        let entry = parent.event_entry(&bundle, event, &context)?;
        let status = match is_overdue(event, world.now().date()) {
            true => EventStatus::Overdue,
            false => event.status,
        };
        let (problem, problem_field) = self.problem_of(one.waiting)?;
        Ok(VisitSummary {
            id: event.id,
            stage: stage.id,
            stage_name: stage.name.clone(),
            organisation_unit: event.organisation_unit,
            organisation_unit_name: places.name(self, event.organisation_unit)?,
            status,
            occurred_at: event.occurred_at.clone(),
            scheduled_at: event.scheduled_at.clone(),
            assigned_user: event.assigned_user,
            follow_up: event.follow_up,
            state: state_of(one.waiting),
            row: one.waiting.map(|(id, _)| id.0),
            problem,
            problem_field,
            closed: refusals::of_not_editable(&entry),
            review: self.event_review(event, one.waiting.is_some())?,
            answers: self.first_answers(event)?,
        })
    }

    /// The first answers of an event, in form order, as people read them.
    pub(super) fn first_answers(&self, event: &Event) -> Result<Vec<(String, String)>> {
        let bundle = match self.event_bundle(event.program, event.program_stage) {
            Ok(bundle) => bundle,
            Err(OutpostError::NotFound { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut answers = Vec::new();
        for field in bundle.form.fields() {
            let Some(answer) = event.data_values.get(&field.data_element) else { continue };
            let set = field.option_set.as_ref().map(|set| set.id);
            let shown = self.shown(field.value_type, set, &answer.value)?;
            answers.push((field.name.clone(), shown));
            if answers.len() == ANSWERS_LISTED_MAX {
                break;
            }
        }
        Ok(answers)
    }

    /// Number of enrolments of a program on the device that are not deleted, by status.
    pub(super) fn enrolled(&self, program: ProgramUid) -> Result<u64> {
        let counts = self.store().program_counts(program)?;
        Ok(counts.active + counts.completed + counts.cancelled)
    }
}

/// Where a record is, in the facade's words.
pub(super) fn state_of(waiting: Option<(OutboxId, RowState)>) -> RecordState {
    waiting.map_or(RecordState::Synced, |(_, state)| record_state(state))
}

fn day_of_visit(visit: &VisitSummary) -> &str {
    visit.occurred_at.as_deref().or(visit.scheduled_at.as_deref()).unwrap_or_default()
}

/// Whether an enrolment is followed.
pub(super) fn is_active(enrollment: &Enrollment) -> bool {
    enrollment.status == EnrollmentStatus::Active && !enrollment.deleted
}
