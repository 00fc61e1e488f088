//! Saving an open form of a person: checks, then one transaction with everything that comes with it.
//!
//! What a rule refuses is a value handed back, not an error; nothing of it is written.

use std::collections::BTreeMap;

use outpost_domain::data::{Enrollment, Event, Payload, TrackedEntity};
use outpost_domain::form::Entry;
use outpost_domain::form::enrollment::{
    EnrollmentContext as FormContext, EnrollmentProblem, Home, check_enrollment,
};
use outpost_domain::form::event::Blocks;
use outpost_domain::form::session::{Course, EnrollmentFinding, enrollment_refusals};
use outpost_domain::reserved::is_temporary;
use outpost_domain::tracker::{
    self, GenerationContext, PersonContext, first_stage_event, generate_events,
    tracked_entity_editability,
};
use outpost_domain::uid::{EventUid, TrackedEntityAttributeUid, TrackedEntityUid};
use outpost_store::GeneratedValue;

use super::Session;
use super::around::Known;
use super::context::World;
use super::generated::Generated;
use super::person_form::PersonFormSession;
use super::slices::OptionLookup;
use crate::error::{OutpostError, Result};
use crate::model::{AttributeValue, EventProblemView, PersonOutcome, Refusal};
use crate::refusals;

/// Enrolments of a person looked at when a value is copied to those that have it too.
type Others = Vec<Enrollment>;

impl PersonFormSession {
    /// What speaks against saving, and the warnings, in form order.
    ///
    /// # Errors
    /// Storage errors.
    pub fn check(&self) -> Result<Vec<EventProblemView>> {
        let world = self.session.world()?;
        let mut views = self.form_problems_now(&world)?;
        let findings = self.form.findings().into_iter();
        views.extend(findings.map(|finding| self.of_finding(finding)));
        views.extend(self.unique_problems()?);
        views.extend(self.capture_problems(&world)?);
        // The form and its session may say the same of one field.
        let mut seen: Vec<(Option<String>, String)> = Vec::new();
        views.retain(|view| {
            let key = (view.field.clone(), view.refusal.code.clone());
            let is_new = view.field.is_none() || !seen.contains(&key);
            seen.push(key);
            is_new
        });
        Ok(views)
    }

    fn name_of(&self, field: &str) -> String {
        let attribute = TrackedEntityAttributeUid::parse(field).ok();
        match attribute.and_then(|id| self.bundle.form.field(id)) {
            Some(field) => field.name.clone(),
            None => {
                let form = &self.bundle.form;
                let label = match field {
                    outpost_domain::merge::fields::ENROLLED_AT => form.enrollment_date_label(),
                    outpost_domain::merge::fields::OCCURRED_AT => form.incident_date_label(),
                    _ => None,
                };
                label.map_or_else(|| refusals::plain_field_name(field), str::to_owned)
            }
        }
    }

    fn view(
        &self,
        field: Option<String>,
        code: &str,
        words: &str,
        blocks: Blocks,
    ) -> EventProblemView {
        EventProblemView {
            name: field.as_deref().map(|field| self.name_of(field)).unwrap_or_default(),
            field,
            refusal: refusals::plain(code, words),
            blocks_completion: blocks >= Blocks::Completing,
            blocks_sending: blocks == Blocks::Sending,
        }
    }

    fn form_problems_now(&self, world: &World) -> Result<Vec<EventProblemView>> {
        let context = FormContext { now: world.now(), server: world.server };
        let options = OptionLookup::new(&self.session);
        let is_option = |set, code: &str| options.has(set, code);
        let problems =
            check_enrollment(&self.bundle.form, self.registration(), &context, is_option);
        options.finish()?;
        let view = |problem: &EnrollmentProblem| {
            let field = problem.kind.field().map(str::to_owned);
            let code = problem.kind.code().unwrap_or("refused");
            self.view(field, code, &problem.kind.words(), problem.blocks)
        };
        // A person who is only given another enrolment keeps what was there before.
        let judged = |problem: &&EnrollmentProblem| {
            problem.home == Home::Enrollment || self.person_changed()
        };
        Ok(problems.iter().filter(judged).map(view).collect())
    }

    fn of_finding(&self, finding: EnrollmentFinding) -> EventProblemView {
        let field = finding.attribute.map(|id| id.to_string());
        self.view(field, finding.code.unwrap_or("rule"), &finding.words, finding.blocks)
    }

    /// Values that no two people may have, as far as this device knows.
    fn unique_problems(&self) -> Result<Vec<EventProblemView>> {
        let own = self.registration().tracked_entity.id;
        let place = self.registration().tracked_entity.organisation_unit;
        let mut views = Vec::new();
        for field in self.bundle.form.fields().filter(|field| field.unique) {
            let Some(value) = self.registration().value(field.attribute) else { continue };
            let found = self.session.store().find_people(field.attribute, value, 3)?;
            for other in found.into_iter().filter(|other| *other != own) {
                let person = self.session.store().load_tracked_entity(other)?;
                let counts = person.is_some_and(|it| {
                    !it.deleted && (!field.orgunit_scope || it.organisation_unit == place)
                });
                if counts {
                    let words = "Somebody else on this device has this value already.";
                    let field = Some(field.attribute.to_string());
                    views.push(self.view(field, "E1064", words, Blocks::Sending));
                    break;
                }
            }
        }
        Ok(views)
    }

    /// What access, place and other enrolments forbid.
    fn capture_problems(&self, world: &World) -> Result<Vec<EventProblemView>> {
        let registration = self.registration();
        let person = &registration.tracked_entity;
        let mut views = Vec::new();
        let unit = self.session.unit_if_known(person.organisation_unit)?;
        if self.person_changed() {
            let record = Payload::TrackedEntity { tracked_entity: person.clone() };
            let row = self.session.store().outbox_row_of(&record)?;
            let is_stored = self.before.is_some() && row.is_none_or(|row| row.base.is_some());
            let context = PersonContext {
                tracked_entity_type: &self.bundle.people.tracked_entity_type,
                unit_path: unit.as_ref().map(|unit| unit.path.as_str()),
                scopes: world.scopes(),
                is_stored,
            };
            if let Entry::Locked(reasons) = tracked_entity_editability(person, &context) {
                let reasons = reasons.iter().map(refusals::of_one_not_editable);
                views.extend(reasons.map(refusals::of_whole));
            }
        }
        if let Some(enrollment) = &registration.enrollment {
            views.extend(self.session.enrollment_problems(person, enrollment, world)?);
            views.extend(self.rule_problems(enrollment, world)?);
        }
        Ok(views)
    }

    /// What the server's own run of the rules would refuse.
    fn rule_problems(
        &self,
        enrollment: &Enrollment,
        world: &World,
    ) -> Result<Vec<EventProblemView>> {
        let course = self.course_now(enrollment)?;
        let place = enrollment.organisation_unit;
        let circumstances =
            self.session.circumstances_at(self.bundle.needs_groups, place, world)?;
        let of = |completed| {
            let (form, rules) = (&self.bundle.form, &self.bundle.rules);
            enrollment_refusals(form, rules, &course, completed, &circumstances)
        };
        let now = of(false);
        let view = |refusal: outpost_domain::rules::Refusal| {
            let blocks = match now.contains(&refusal) {
                true => Blocks::Sending,
                false => Blocks::Completing,
            };
            self.view(refusal.field, refusal.code, &refusal.words, blocks)
        };
        Ok(of(true).into_iter().map(view).collect())
    }

    fn course_now(&self, enrollment: &Enrollment) -> Result<Course> {
        let events = match self.enrols {
            true => Vec::new(),
            false => self.session.events_of(enrollment.id, enrollment.tracked_entity)?,
        };
        self.session.course(&self.bundle.people, self.registration().clone(), events)
    }

    /// Whether the person's own record is new or differs from what was there.
    fn person_changed(&self) -> bool {
        self.before.as_ref() != Some(&self.registration().tracked_entity)
    }

    /// Saves the person, the enrolment and the visits that come with it, all or nothing. What the
    /// server would refuse forbids it; then nothing is written and the form stays as it is.
    ///
    /// # Errors
    /// Storage errors.
    pub fn save(&mut self) -> Result<PersonOutcome> {
        let problems = self.check()?;
        let world = self.session.world()?;
        let registration = self.registration().clone();
        let (person, enrollment) = (&registration.tracked_entity, &registration.enrollment);
        let mut outcome = PersonOutcome {
            person: person.id,
            enrollment: enrollment.as_ref().map(|it| it.id),
            saved: false,
            problems,
            generated: Vec::new(),
            opens: None,
        };
        if outcome.problems.iter().any(|problem| problem.blocks_sending) {
            return Ok(outcome);
        }
        let mut records = Vec::new();
        if self.person_changed() {
            let updated_at_client = Some(world.now_text());
            let tracked_entity = TrackedEntity { updated_at_client, ..person.clone() };
            records.push(Payload::TrackedEntity { tracked_entity });
        }
        if let Some(enrollment) = enrollment {
            let updated_at_client = Some(world.now_text());
            let saved = Enrollment { updated_at_client, ..enrollment.clone() };
            records.extend(self.shared_values(&saved)?);
            records.push(Payload::Enrollment { enrollment: saved.clone() });
            if self.is_new_enrollment() {
                let (events, opens) =
                    self.session.events_at_enrollment(&self.bundle.people, &saved, &world)?;
                outcome.opens = opens;
                records.extend(events.into_iter().map(|event| Payload::Event { event }));
            }
        }
        outcome.generated = self.write(&records, &world)?;
        outcome.saved = true;
        self.after_save(&outcome)?;
        Ok(outcome)
    }

    fn write(&self, records: &[Payload], world: &World) -> Result<Vec<AttributeValue>> {
        let registration = self.registration();
        let holder = |generated: &Generated| {
            let field = self.bundle.form.field(generated.attribute);
            match (field.map(|field| field.home), &registration.enrollment) {
                (Some(Home::Enrollment), Some(enrollment)) => enrollment.id.0,
                _ => registration.tracked_entity.id.0,
            }
        };
        let fits: Vec<_> =
            self.generated.iter().map(|one| move |value: &str| one.fits(value)).collect();
        let mut wanted = Vec::with_capacity(self.generated.len());
        for (generated, fits) in self.generated.iter().zip(&fits) {
            let shown = registration.value(generated.attribute).filter(|it| is_temporary(it));
            let temporary = match shown {
                Some(shown) => shown.to_owned(),
                None => self.session.next_temporary_id()?,
            };
            wanted.push(GeneratedValue {
                record: holder(generated),
                attribute: generated.attribute,
                organisation_unit: generated.place(),
                server_now_ms: world.server_ms,
                fits,
                temporary: Some(temporary),
            });
        }
        let (by, now_ms) = (self.session.by(), self.session.now_ms());
        let saved = self.session.store().save_records(records, &wanted, by, now_ms)?;
        let people = &self.bundle.people;
        let mut drawn = Vec::with_capacity(saved.generated.len());
        for taken in saved.generated {
            let value = self.session.attribute_value(people, taken.attribute, &taken.value)?;
            drawn.push(AttributeValue { is_temporary: taken.is_temporary, ..value });
        }
        Ok(drawn)
    }

    /// Other enrolments that hold one of the program's own attributes: both are to say the same.
    fn shared_values(&self, saved: &Enrollment) -> Result<Vec<Payload>> {
        let others: Others = match &self.before {
            None => return Ok(Vec::new()),
            Some(person) => {
                let known = self.session.store().load_person(person.id)?;
                let known = known.map(|known| known.enrollments).unwrap_or_default();
                known.into_iter().map(|it| it.enrollment).collect()
            }
        };
        let mut changed = Vec::new();
        for other in others.into_iter().filter(|other| other.id != saved.id) {
            let mut attributes = other.attributes.clone();
            for (attribute, value) in &mut attributes {
                if let Some(new) = saved.attributes.get(attribute) {
                    value.clone_from(new);
                }
            }
            if attributes != other.attributes {
                let enrollment = Enrollment { attributes, ..other };
                changed.push(Payload::Enrollment { enrollment });
            }
        }
        Ok(changed)
    }

    /// The form goes on with what was saved; its draft is forgotten.
    fn after_save(&mut self, outcome: &PersonOutcome) -> Result<()> {
        let id = outcome.person;
        self.session.delete_draft(self.of.uid(), id.as_str())?;
        let drawn: BTreeMap<_, _> =
            outcome.generated.iter().map(|it| (it.attribute, it.value.clone())).collect();
        for (attribute, value) in drawn {
            let options = OptionLookup::new(&self.session);
            // Only a question of the form is ever generated.
            let shown =
                self.form.put_generated(attribute, &value, &|set, code| options.has(set, code));
            drop(shown);
            options.finish()?;
        }
        self.generated.clear();
        self.enrols = false;
        self.before = self.session.store().load_tracked_entity(id)?;
        Ok(())
    }
}

impl Session {
    /// What speaks against an enrolment, new or changed, besides its form.
    pub(super) fn enrollment_problems(
        &self,
        person: &TrackedEntity,
        enrollment: &Enrollment,
        world: &World,
    ) -> Result<Vec<EventProblemView>> {
        let known = self.store().load_person(person.id)?;
        let owners = known.as_ref().map(|known| known.owners.clone()).unwrap_or_default();
        let others = known.map(|known| known.enrollments).unwrap_or_default();
        let others: Vec<_> = others.into_iter().map(|it| it.enrollment).collect();
        let known = Known { owners: &owners, enrollments: &others };
        let around = self.around(person.id, enrollment.program, known, world)?;
        let unit = self.unit_if_known(enrollment.organisation_unit)?;
        let is_assigned =
            self.store().is_assigned(enrollment.program.0, enrollment.organisation_unit)?;
        let stored = self.stored_enrollment(enrollment, &others)?;
        let context =
            around.enrollment_context(unit.as_ref(), is_assigned, &others, stored.as_ref())?;
        let problems = tracker::check_enrolling(person, enrollment, &context);
        let view = |problem: &tracker::EnrolProblem| {
            let refusal = match &problem.kind {
                tracker::EnrolProblemKind::Locked(reason) => refusals::of_one_not_editable(reason),
                kind => Refusal {
                    code: kind.code().unwrap_or("refused").to_owned(),
                    reason: kind.words(),
                },
            };
            let field = problem.kind.field();
            EventProblemView {
                field: field.map(str::to_owned),
                name: field.map(refusals::plain_field_name).unwrap_or_default(),
                refusal,
                blocks_completion: problem.blocks >= Blocks::Completing,
                blocks_sending: problem.blocks == Blocks::Sending,
            }
        };
        Ok(problems.iter().map(view).collect())
    }

    /// What the server holds of an enrolment; `None` if it was never sent.
    pub(super) fn stored_enrollment(
        &self,
        enrollment: &Enrollment,
        known: &[Enrollment],
    ) -> Result<Option<Enrollment>> {
        let record = Payload::Enrollment { enrollment: enrollment.clone() };
        Ok(match self.store().outbox_row_of(&record)? {
            Some(row) => match row.base {
                Some(Payload::Enrollment { enrollment }) => Some(enrollment),
                _ => None,
            },
            None => known.iter().find(|it| it.id == enrollment.id).cloned(),
        })
    }

    /// The visits that come with a new enrolment, and the one whose form opens next.
    fn events_at_enrollment(
        &self,
        people: &super::people_bundle::PeopleBundle,
        enrollment: &Enrollment,
        world: &World,
    ) -> Result<(Vec<Event>, Option<EventUid>)> {
        let program = people.program.as_ref();
        let context = GenerationContext {
            program: program.ok_or_else(|| OutpostError::internal("a type enrols nobody"))?,
            stages: &people.stages,
            enrollment,
            attribute_option_combo: None,
            now: world.now(),
        };
        let mut ids = Vec::with_capacity(people.stages.len() + 1);
        for _ in 0..=people.stages.len() {
            ids.push(EventUid(self.mint_uid()?));
        }
        let first = ids.pop().and_then(|id| first_stage_event(&context, id));
        let generated = generate_events(&context, ids).map_err(OutpostError::internal)?;
        let opens = first.as_ref().map(|event| event.id).or(generated.open);
        let events = first.into_iter().chain(generated.events).collect();
        Ok((events, opens))
    }

    /// What a person is called, if it is on the device.
    pub(super) fn person_title(&self, id: TrackedEntityUid) -> Result<Option<String>> {
        match self.store().load_tracked_entity(id)? {
            Some(person) => self.title_of(&person, None).map(Some),
            None => Ok(None),
        }
    }
}
