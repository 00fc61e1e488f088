//! Events: new, changed, completed, deleted, listed.
//!
//! What an entry rule refuses is a value handed back, not an error; nothing of it is written.

use outpost_domain::data::{Event, EventStatus, Note, Payload};
use outpost_domain::form::Entry;
use outpost_domain::form::event::{EventContext, check_answer, check_event, event_entry};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{
    EventUid, NoteUid, OrganisationUnitUid, ProgramStageUid, ProgramUid, UID_LENGTH, Uid,
};
use outpost_store::{EventCursor, EventFilter, EventRow, OutboxEntry};

use super::Session;
use super::bundle::EventBundle;
use super::context::World;
use super::outbox::record_state;
use super::slices::OptionLookup;
use crate::error::{OutpostError, Result};
use crate::limits::{ANSWERS_LISTED_MAX, PAGE_ROWS_MAX};
use crate::model::{
    EventOutcome, EventPage, EventProblemView, EventQuery, EventSummary, EventView, RecordState,
    Refusal,
};
use crate::refusals;

/// Where the next page of events begins. Opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventListCursor(EventCursor);

/// An event with what is known of it in the outbox.
struct Known {
    event: Event,
    row: Option<OutboxEntry>,
}

impl Known {
    /// What the server holds: the row's base, or the event itself if nothing waits.
    fn stored(&self) -> Option<&Event> {
        match &self.row {
            None => Some(&self.event),
            Some(row) => match &row.base {
                Some(Payload::Event { event }) => Some(event),
                _ => None,
            },
        }
    }
}

impl Session {
    /// An empty event with a new id, not saved yet.
    ///
    /// # Errors
    /// `NotFound` for a program, stage or place that is not on the device; storage errors.
    pub fn new_event(
        &self,
        program: ProgramUid,
        stage: ProgramStageUid,
        place: OrganisationUnitUid,
    ) -> Result<EventView> {
        let world = self.world()?;
        let event = Event {
            occurred_at: Some(world.today_text()),
            created_at_client: Some(world.now_text()),
            ..Event::new(EventUid(self.mint_uid()?), program, stage, place)
        };
        self.event_view(event, None, None, &world)
    }

    /// A note with an id of its own, so that the server never adds it twice (capture t009h).
    ///
    /// # Errors
    /// `InvalidInput` if it is empty.
    pub fn new_note(&self, text: &str) -> Result<Note> {
        if text.trim().is_empty() {
            return Err(OutpostError::invalid("note", "missing", "the note is empty"));
        }
        // A remark that only looks like a mark of the review must not be read as one.
        let text = outpost_domain::review::remark(text.trim());
        Ok(Note::new(NoteUid(self.mint_uid()?), text))
    }

    /// Everything that a screen needs for one event, in one call.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn event(&self, id: EventUid) -> Result<EventView> {
        let known = self.known(id)?.ok_or_else(|| OutpostError::not_found("event", id))?;
        let stored = known.stored().cloned();
        self.event_view(known.event, stored, known.row, &self.world()?)
    }

    /// The same for an event as it stands in an open form: saved or not, changed or not.
    ///
    /// # Errors
    /// `NotFound` for a program or stage that is not on the device; storage errors.
    pub fn event_as_it_stands(&self, event: Event) -> Result<EventView> {
        let known = self.known(event.id)?;
        let stored = known.as_ref().and_then(Known::stored).cloned();
        self.event_view(event, stored, known.and_then(|known| known.row), &self.world()?)
    }

    /// Saves an event, new or changed. What forbids sending forbids saving: then nothing is written
    /// and the problems say why.
    ///
    /// # Errors
    /// `NotFound` for a program or stage that is not on the device; storage errors.
    pub fn save_event(&self, event: Event) -> Result<EventOutcome> {
        let (event, problems) = self.prepared(event, &self.world()?)?;
        let (id, completed) = (event.id, event.status == EventStatus::Completed);
        if problems.iter().any(|problem| is_held_back(problem, completed)) {
            return Ok(EventOutcome { id, saved: false, completed: false, problems });
        }
        let _saved = self.store().save_event(&event, self.by(), self.now_ms())?;
        Ok(EventOutcome { id, saved: true, completed, problems })
    }

    /// The event as it would be saved, and what keeps it from being saved.
    pub(super) fn event_ready_to_save(
        &self,
        event: Event,
        world: &World,
    ) -> Result<(Event, Vec<EventProblemView>)> {
        let (event, mut problems) = self.prepared(event, world)?;
        let completed = event.status == EventStatus::Completed;
        problems.retain(|problem| is_held_back(problem, completed));
        Ok((event, problems))
    }

    fn prepared(&self, event: Event, world: &World) -> Result<(Event, Vec<EventProblemView>)> {
        let known = self.known(event.id)?;
        let bundle = self.event_bundle(event.program, event.program_stage)?;
        let mut event = self.normalised(event, &bundle)?;
        event.updated_at_client = Some(world.now_text());
        match event.status {
            EventStatus::Completed if event.completed_at.is_none() => {
                event.completed_at = Some(world.today_text());
            }
            EventStatus::Active => event.completed_at = None,
            _ => {}
        }
        let stored = known.as_ref().and_then(Known::stored);
        let problems = self.problems(&event, stored, &bundle, world)?;
        Ok((event, problems))
    }

    /// Completes an event, unless a rule forbids it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn complete_event(&self, id: EventUid) -> Result<EventOutcome> {
        let known = self.known(id)?.ok_or_else(|| OutpostError::not_found("event", id))?;
        let mut event = known.event;
        event.status = EventStatus::Completed;
        self.save_event(event)
    }

    /// Deletes an event, here at once and with the next synchronisation on the server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn delete_event(&self, id: EventUid) -> Result<EventOutcome> {
        let known = self.known(id)?.ok_or_else(|| OutpostError::not_found("event", id))?;
        let world = self.world()?;
        let bundle = self.event_bundle(known.event.program, known.event.program_stage)?;
        let mut event = known.event.clone();
        event.deleted = true;
        let stored = known.stored();
        // What the server never saw may be taken back whatever the rules say.
        let problems = match stored {
            None => Vec::new(),
            Some(_) => self.problems(&event, stored, &bundle, &world)?,
        };
        if problems.iter().any(|problem| problem.blocks_sending) {
            return Ok(EventOutcome { id, saved: false, completed: false, problems });
        }
        let _saved = self.store().delete_event(id, self.by(), self.now_ms())?;
        Ok(EventOutcome { id, saved: true, completed: false, problems: Vec::new() })
    }

    /// A page of events, newest first.
    ///
    /// # Errors
    /// `NotFound` for a program that is not on the device; storage errors.
    pub fn events(&self, query: &EventQuery, next: Option<EventListCursor>) -> Result<EventPage> {
        let filter = EventFilter {
            program: query.program,
            organisation_unit: query.organisation_unit,
            from: query.from.clone(),
            to: query.to.clone(),
            status: query.status,
            search: query.search.clone(),
        };
        let after = next.map(|cursor| cursor.0);
        let rows = self.store().events_page(&filter, after.as_ref(), PAGE_ROWS_MAX)?;
        let is_full = rows.len() == PAGE_ROWS_MAX as usize;
        let next = rows.last().map(|row| EventListCursor(row.cursor.clone())).filter(|_| is_full);
        let items = rows.into_iter().map(|row| self.summary(row)).collect::<Result<_>>()?;
        Ok(EventPage { items, next })
    }

    fn summary(&self, row: EventRow) -> Result<EventSummary> {
        let event = row.event;
        let form = match self.event_bundle(event.program, event.program_stage) {
            Ok(bundle) => Some(bundle.form.clone()),
            Err(OutpostError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let fields = form.iter().flat_map(|form| form.fields());
        let answers = fields.filter_map(|field| {
            let answer = event.data_values.get(&field.data_element)?;
            Some((field.name.clone(), answer.value.clone()))
        });
        let place = event.organisation_unit;
        Ok(EventSummary {
            id: event.id,
            organisation_unit: place,
            organisation_unit_name: self.name_of(MetadataKind::OrganisationUnit, place.0)?,
            answers: answers.take(ANSWERS_LISTED_MAX).collect(),
            occurred_at: event.occurred_at.clone(),
            status: event.status,
            state: row.waiting.map_or(RecordState::Synced, |(_, state)| record_state(state)),
        })
    }

    fn known(&self, id: EventUid) -> Result<Option<Known>> {
        let Some(event) = self.store().load_event(id)? else { return Ok(None) };
        let record = Payload::Event { event: event.clone() };
        let row = self.store().outbox_row_of(&record)?;
        Ok(Some(Known { event, row }))
    }

    fn event_view(
        &self,
        event: Event,
        stored: Option<Event>,
        row: Option<OutboxEntry>,
        world: &World,
    ) -> Result<EventView> {
        let bundle = self.event_bundle(event.program, event.program_stage)?;
        let unit = self.unit_if_known(event.organisation_unit)?;
        let is_assigned = self.store().is_assigned(event.program.0, event.organisation_unit)?;
        let context = context(&bundle, world, unit.as_ref(), is_assigned, stored.as_ref());
        let closed = match self.family_of(&event, world)? {
            Some(parent) => {
                let entry = parent.event_entry(&bundle, &event, &context)?;
                refusals::of_not_editable(&entry)
            }
            None => match event_entry(&bundle.form, &event, &context) {
                Entry::Open => Vec::new(),
                Entry::Locked(locks) => locks.iter().map(refusals::of_event_lock).collect(),
            },
        };
        let problems = self.problems(&event, stored.as_ref(), &bundle, world)?;
        let rejection = row.as_ref().and_then(|row| row.rejection.clone());
        Ok(EventView {
            form: bundle.form.clone(),
            organisation_unit_name: unit
                .map_or_else(|| event.organisation_unit.to_string(), |unit| unit.name),
            state: row.map_or(RecordState::Synced, |row| record_state(row.state)),
            problem_field: rejection.as_ref().and_then(|it| it.field.clone()),
            problem: rejection
                .map(|it| Refusal { code: it.code.unwrap_or_default(), reason: it.reason }),
            closed,
            problems,
            event,
        })
    }

    pub(super) fn problems(
        &self,
        event: &Event,
        stored: Option<&Event>,
        bundle: &EventBundle,
        world: &World,
    ) -> Result<Vec<EventProblemView>> {
        let unit = self.unit_if_known(event.organisation_unit)?;
        let is_assigned = self.store().is_assigned(event.program.0, event.organisation_unit)?;
        let context = context(bundle, world, unit.as_ref(), is_assigned, stored);
        let options = OptionLookup::new(self);
        let problems =
            check_event(&bundle.form, event, &context, |set, code| options.has(set, code));
        options.finish()?;
        let view = |problem| refusals::of_event_problem(&bundle.form, problem);
        let mut views: Vec<_> = problems.iter().map(view).collect();
        let refused = match self.family_of(event, world)? {
            Some(parent) => {
                views.extend(parent.visit_problems(bundle, event, &context)?);
                self.visit_rule_refusals(bundle, event, parent.course(), world)?
            }
            None => self.rule_refusals(bundle, event, world)?,
        };
        for (refusal, blocks_sending) in refused {
            views.push(refusals::of_rule(&bundle.form, refusal, blocks_sending));
        }
        Ok(views)
    }

    /// Brings answers to the form in which they are stored; empty ones are taken out.
    pub(super) fn normalised(&self, mut event: Event, bundle: &EventBundle) -> Result<Event> {
        let options = OptionLookup::new(self);
        event.data_values.retain(|_, answer| !answer.value.trim().is_empty());
        for (question, answer) in &mut event.data_values {
            let Some(field) = bundle.form.field(*question) else { continue };
            // What does not fit stays as it is: the check that follows names it.
            let checked = check_answer(field, &answer.value, |set, code| options.has(set, code));
            answer.value = match checked {
                Ok(stored) => stored.unwrap_or_default(),
                Err(_) => continue,
            };
        }
        event.data_values.retain(|_, answer| !answer.value.is_empty());
        options.finish()?;
        Ok(event)
    }

    pub(super) fn unit_if_known(
        &self,
        id: OrganisationUnitUid,
    ) -> Result<Option<outpost_domain::metadata::OrganisationUnit>> {
        match self.organisation_unit(id) {
            Ok(unit) => Ok(Some(unit)),
            Err(OutpostError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn mint_uid(&self) -> Result<Uid> {
        let mut random = [0u8; 2 * UID_LENGTH];
        self.inner.platform.random.fill(&mut random)?;
        Ok(Uid::from_random(random))
    }
}

/// Whether a problem keeps an event of that status from being saved.
const fn is_held_back(problem: &EventProblemView, completed: bool) -> bool {
    problem.blocks_sending || (completed && problem.blocks_completion)
}

pub(super) fn context<'a>(
    bundle: &'a EventBundle,
    world: &'a World,
    unit: Option<&'a outpost_domain::metadata::OrganisationUnit>,
    is_assigned: bool,
    stored: Option<&'a Event>,
) -> EventContext<'a> {
    EventContext {
        now: world.now(),
        server: world.server,
        organisation_unit: unit,
        is_assigned,
        capture_roots: &world.capture_roots,
        attribute_combo: &bundle.attribute.combo,
        category_options: &bundle.attribute.options,
        stored,
        authorities: world.event_authorities(),
    }
}
