//! A person's form while somebody fills it in: rules run at every edit, saving is one call and one
//! transaction with everything that comes with an enrolment.
//!
//! Nothing is written before [`PersonFormSession::save`] or `save_draft`.

use std::sync::Arc;

use outpost_domain::data::{Enrollment, EnrollmentStatus, TrackedEntity};
use outpost_domain::form::enrollment::{EnrollmentForm, Registration};
use outpost_domain::form::session::{
    EnrollmentDiff, EnrollmentSession, EnrollmentSessionInput, FieldState, NotTyped,
};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::reserved::{is_temporary, temporary_id};
use outpost_domain::uid::{
    EnrollmentUid, OrganisationUnitUid, TrackedEntityAttributeUid, TrackedEntityUid, Uid,
};
use serde::{Deserialize, Serialize};

use super::Session;
use super::context::World;
use super::generated::{Generated, generated_of};
use super::person_bundle::{PersonBundle, PersonFacts};
use super::programs::PeopleOf;
use super::slices::OptionLookup;
use crate::error::{OutpostError, Result};

/// An open form of a person. What is typed lives here until it is saved.
pub struct PersonFormSession {
    pub(super) session: Session,
    pub(super) of: PeopleOf,
    pub(super) bundle: Arc<PersonBundle>,
    pub(super) form: EnrollmentSession,
    /// The person as it was when the form opened; `None` if it is new.
    pub(super) before: Option<TrackedEntity>,
    /// Whether the enrolment is new.
    pub(super) enrols: bool,
    /// Generated attributes with what the form shows of them.
    pub(super) generated: Vec<Generated>,
}

/// What a draft keeps: the records, and texts that are no values.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DraftBody {
    registration: Registration,
    #[serde(default)]
    wrong: Vec<(TrackedEntityAttributeUid, String)>,
    #[serde(default)]
    enrols: bool,
}

/// What a form begins with.
struct Opening {
    registration: Registration,
    before: Option<TrackedEntity>,
    enrols: bool,
}

impl Session {
    /// Opens the form of a person, with all that there is to show.
    ///
    /// Without a person it registers a new one at the place, in the program if one is given. With one
    /// it edits it: in a program together with the enrolment there (the active one, else the latest),
    /// or with a new enrolment if there is none.
    ///
    /// # Errors
    /// `NotFound` for a program, type, place or person that is not on the device; storage errors.
    pub fn open_person_form(
        &self,
        of: PeopleOf,
        place: OrganisationUnitUid,
        person: Option<TrackedEntityUid>,
    ) -> Result<(PersonFormSession, EnrollmentDiff)> {
        let world = self.world()?;
        self.organisation_unit(place)?;
        let bundle = self.person_bundle(of)?;
        let Some(id) = person else {
            let registration = self.new_registration(&bundle, place, &world)?;
            let opening = Opening { registration, before: None, enrols: true };
            return self.open_registration(of, opening, &world);
        };
        let known = self.store().load_person(id)?;
        let known = known.ok_or_else(|| OutpostError::not_found("person", id))?;
        let tracked_entity = known.tracked_entity;
        let PeopleOf::Program(program) = of else {
            let registration = Registration { tracked_entity, enrollment: None };
            return self.open_known(of, registration, false, &world);
        };
        let in_program = known.enrollments.into_iter().map(|it| it.enrollment);
        let mut in_program: Vec<_> = in_program.filter(|it| it.program == program).collect();
        in_program.sort_by_key(|it| it.status != EnrollmentStatus::Active);
        let found = in_program.into_iter().next();
        let enrols = found.is_none();
        let enrollment = match found {
            Some(enrollment) => enrollment,
            None => self.new_enrollment(&bundle, id, place, &world)?,
        };
        let registration = Registration { tracked_entity, enrollment: Some(enrollment) };
        self.open_known(of, registration, enrols, &world)
    }

    /// Opens the form of a new enrolment of a person, also where it was enrolled before.
    ///
    /// # Errors
    /// As [`Session::open_person_form`].
    pub fn open_new_enrollment_form(
        &self,
        program: outpost_domain::uid::ProgramUid,
        place: OrganisationUnitUid,
        person: TrackedEntityUid,
    ) -> Result<(PersonFormSession, EnrollmentDiff)> {
        let world = self.world()?;
        self.organisation_unit(place)?;
        let of = PeopleOf::Program(program);
        let bundle = self.person_bundle(of)?;
        let tracked_entity = self.tracked_entity(person)?;
        let enrollment = Some(self.new_enrollment(&bundle, person, place, &world)?);
        self.open_known(of, Registration { tracked_entity, enrollment }, true, &world)
    }

    /// Opens the form of an enrolment with its person.
    ///
    /// # Errors
    /// As [`Session::open_person_form`].
    pub fn open_enrollment_form(
        &self,
        id: EnrollmentUid,
    ) -> Result<(PersonFormSession, EnrollmentDiff)> {
        let enrollment = self.enrollment(id)?;
        let tracked_entity = self.tracked_entity(enrollment.tracked_entity)?;
        let of = PeopleOf::Program(enrollment.program);
        let registration = Registration { tracked_entity, enrollment: Some(enrollment) };
        self.open_known(of, registration, false, &self.world()?)
    }

    /// Goes on with a form that was left as a draft: the key is the person's id.
    ///
    /// # Errors
    /// `NotFound` if there is no draft; `InvalidInput` if it cannot be read; storage errors.
    pub fn open_person_draft(
        &self,
        of: PeopleOf,
        key: &str,
    ) -> Result<(PersonFormSession, EnrollmentDiff)> {
        let draft = self.load_draft(of.uid(), key)?;
        let draft = draft.ok_or_else(|| OutpostError::not_found("draft", key))?;
        let body: DraftBody = serde_json::from_str(&draft.body).map_err(|error| {
            let why = format!("the draft of person {key} cannot be read ({error}); delete it");
            OutpostError::invalid("draft", "unreadable", why)
        })?;
        let before = self.store().load_tracked_entity(body.registration.tracked_entity.id)?;
        let opening = Opening { registration: body.registration, before, enrols: body.enrols };
        let (mut opened, mut diff) = self.open_registration(of, opening, &self.world()?)?;
        for (attribute, text) in body.wrong {
            // A question that is no longer in the form has nowhere to show its text.
            if opened.bundle.form.field(attribute).is_some_and(|field| !field.generated) {
                let later = opened.set_value(attribute, &text)?;
                diff.fields.retain(|(field, _)| !later.fields.iter().any(|(it, _)| it == field));
                diff.fields.extend(later.fields);
            }
        }
        Ok((opened, diff))
    }

    fn open_known(
        &self,
        of: PeopleOf,
        registration: Registration,
        enrols: bool,
        world: &World,
    ) -> Result<(PersonFormSession, EnrollmentDiff)> {
        let before = Some(registration.tracked_entity.clone());
        self.open_registration(of, Opening { registration, before, enrols }, world)
    }

    fn open_registration(
        &self,
        of: PeopleOf,
        opening: Opening,
        world: &World,
    ) -> Result<(PersonFormSession, EnrollmentDiff)> {
        let bundle = self.person_bundle(of)?;
        let Opening { mut registration, before, enrols } = opening;
        let generated = self.fill_generated(&bundle, &mut registration, world)?;
        let events = match (&registration.enrollment, enrols) {
            (Some(enrollment), false) => {
                self.events_of(enrollment.id, enrollment.tracked_entity)?
            }
            _ => Vec::new(),
        };
        let place = registration
            .enrollment
            .as_ref()
            .map_or(registration.tracked_entity.organisation_unit, |enrollment| {
                enrollment.organisation_unit
            });
        let course = self.course(&bundle.people, registration, events)?;
        let facts = PersonFacts { bundle: Arc::clone(&bundle), today: Self::today(world) };
        let input = EnrollmentSessionInput {
            form: Arc::clone(&bundle.form),
            rules: Arc::clone(&bundle.rules),
            options: Arc::clone(&bundle.options),
            indicators: bundle.indicators.clone(),
            facts: Arc::new(facts),
            course,
            circumstances: self.circumstances_at(bundle.needs_groups, place, world)?,
        };
        let options = OptionLookup::new(self);
        let (form, diff) = EnrollmentSession::open(input, &|set, code| options.has(set, code));
        options.finish()?;
        let session = self.clone();
        Ok((PersonFormSession { session, of, bundle, form, before, enrols, generated }, diff))
    }

    fn new_registration(
        &self,
        bundle: &PersonBundle,
        place: OrganisationUnitUid,
        world: &World,
    ) -> Result<Registration> {
        let id = TrackedEntityUid(self.mint_uid()?);
        let tracked_entity = TrackedEntity {
            id,
            tracked_entity_type: bundle.people.tracked_entity_type.id,
            organisation_unit: place,
            geometry: None,
            attributes: std::collections::BTreeMap::new(),
            created_at_client: Some(world.now_text()),
            updated_at_client: None,
            deleted: false,
        };
        let enrollment = match bundle.people.program {
            Some(_) => Some(self.new_enrollment(bundle, id, place, world)?),
            None => None,
        };
        Ok(Registration { tracked_entity, enrollment })
    }

    fn new_enrollment(
        &self,
        bundle: &PersonBundle,
        person: TrackedEntityUid,
        place: OrganisationUnitUid,
        world: &World,
    ) -> Result<Enrollment> {
        let program = bundle.people.program.as_ref();
        let program = program.ok_or_else(|| OutpostError::internal("a type enrols nobody"))?;
        Ok(Enrollment {
            id: EnrollmentUid(self.mint_uid()?),
            tracked_entity: person,
            program: program.id,
            organisation_unit: place,
            status: EnrollmentStatus::Active,
            enrolled_at: Some(world.today_text()),
            occurred_at: None,
            completed_at: None,
            follow_up: false,
            geometry: None,
            attribute_option_combo: None,
            attributes: std::collections::BTreeMap::new(),
            notes: Vec::new(),
            created_at_client: Some(world.now_text()),
            updated_at_client: None,
            deleted: false,
        })
    }

    /// Shows the value that the next save draws for each generated attribute that has none, or a
    /// temporary one if none is left.
    fn fill_generated(
        &self,
        bundle: &PersonBundle,
        registration: &mut Registration,
        world: &World,
    ) -> Result<Vec<Generated>> {
        let mut found = Vec::new();
        for field in bundle.form.fields().filter(|field| field.generated) {
            // What is held is exchanged by the synchronisation, never drawn anew.
            if registration.value(field.attribute).is_some_and(|it| !is_temporary(it)) {
                continue;
            }
            if registration.value(field.attribute).is_some() {
                continue;
            }
            let place = registration
                .enrollment
                .as_ref()
                .map_or(registration.tracked_entity.organisation_unit, |enrollment| {
                    enrollment.organisation_unit
                });
            let code = self.code_of(MetadataKind::OrganisationUnit, place.0)?;
            let generated = generated_of(field, place, code, world);
            let fits = |value: &str| generated.fits(value);
            let pool = generated.place();
            let next =
                self.store().next_reserved_value(field.attribute, pool, world.server_ms, &fits)?;
            let shown = match next {
                Some(value) => value,
                None => self.next_temporary_id()?,
            };
            registration.put(&bundle.form, field.attribute, Some(shown));
            found.push(generated);
        }
        Ok(found)
    }

    /// An id that stands in until the server has given one; none is made twice on a device.
    pub(super) fn next_temporary_id(&self) -> Result<String> {
        const COUNTER: &str = "temporaryIds";
        let number = self.store().load_fact(COUNTER)?.and_then(|text| text.parse().ok());
        let number: u64 = number.unwrap_or(0) + 1;
        self.store().save_fact(COUNTER, &number.to_string())?;
        Ok(temporary_id(&self.device_id()?, number))
    }
}

impl PeopleOf {
    /// The id of the program or type: drafts are kept under it.
    #[must_use]
    pub const fn uid(self) -> Uid {
        match self {
            Self::Program(id) => id.0,
            Self::Type(id) => id.0,
        }
    }
}

impl PersonFormSession {
    /// The form.
    #[must_use]
    pub fn form(&self) -> &Arc<EnrollmentForm> {
        &self.bundle.form
    }

    /// What is wrong with the form's metadata, for the administrator.
    #[must_use]
    pub fn form_problems(&self) -> &[String] {
        &self.bundle.problems
    }

    /// Display name of a program indicator of the form.
    #[must_use]
    pub fn indicator_name(&self, id: Uid) -> &str {
        self.bundle.indicator_names.get(&id).map_or("", String::as_str)
    }

    /// Whether it registers a new person.
    #[must_use]
    pub const fn is_new_person(&self) -> bool {
        self.before.is_none()
    }

    /// Whether saving enrols.
    #[must_use]
    pub fn is_new_enrollment(&self) -> bool {
        self.enrols && self.registration().enrollment.is_some()
    }

    /// The records as they would be saved.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        self.form.registration()
    }

    /// A question as it is shown; `None` if the form does not have it.
    #[must_use]
    pub fn field(&self, attribute: TrackedEntityAttributeUid) -> Option<&FieldState> {
        self.form.field(attribute)
    }

    /// Answers a question and tells what that changed; blank text empties it. A text that is no value
    /// stays in its field with the reason.
    ///
    /// # Errors
    /// `NotFound` for a question that is not in the form; `InvalidInput` for one whose values the
    /// server makes; storage errors.
    pub fn set_value(
        &mut self,
        attribute: TrackedEntityAttributeUid,
        text: &str,
    ) -> Result<EnrollmentDiff> {
        let options = OptionLookup::new(&self.session);
        let diff = self.form.set_value(attribute, text, &|set, code| options.has(set, code));
        options.finish()?;
        diff.map_err(|why| match why {
            NotTyped::NotInForm => OutpostError::not_found("question", attribute),
            NotTyped::Generated => OutpostError::invalid(attribute.as_str(), "generated", why),
        })
    }

    /// Changes dates, place, geometry or follow-up of the enrolment; the answers and the ids stay.
    /// Nothing happens where there is none.
    ///
    /// # Errors
    /// Storage errors.
    pub fn change_enrollment(
        &mut self,
        change: impl FnOnce(&mut Enrollment),
    ) -> Result<EnrollmentDiff> {
        let Some(now) = &self.registration().enrollment else {
            return Ok(EnrollmentDiff::default());
        };
        let mut changed = now.clone();
        change(&mut changed);
        (changed.id, changed.tracked_entity, changed.program) =
            (now.id, now.tracked_entity, now.program);
        let kind = MetadataKind::OrganisationUnit;
        let code = self.session.code_of(kind, changed.organisation_unit.0)?;
        let options = OptionLookup::new(&self.session);
        let is_option: &dyn Fn(_, &str) -> bool = &|set, code| options.has(set, code);
        let diff = self.form.change_enrollment(code, |it| *it = changed, is_option);
        options.finish()?;
        Ok(diff)
    }

    /// Changes the place or geometry of the person; the answers and the id stay.
    pub fn change_person(&mut self, change: impl FnOnce(&mut TrackedEntity)) {
        let before = &self.registration().tracked_entity;
        let (id, of_type) = (before.id, before.tracked_entity_type);
        self.form.change_tracked_entity(|person| {
            change(person);
            (person.id, person.tracked_entity_type) = (id, of_type);
        });
    }

    /// Keeps what stands in the form, wrong texts too, without sending it.
    ///
    /// # Errors
    /// `InvalidInput` if it is too large; storage errors.
    pub fn save_draft(&self) -> Result<()> {
        let wrong = self.form.wrong().iter().map(|(id, (text, _))| (*id, text.clone())).collect();
        let mut registration = self.registration().clone();
        // What the next save draws is nobody's before it.
        for generated in &self.generated {
            registration.put(&self.bundle.form, generated.attribute, None);
        }
        let key = registration.tracked_entity.id;
        let body = DraftBody { registration, wrong, enrols: self.enrols };
        let body = serde_json::to_string(&body).map_err(OutpostError::internal)?;
        self.session.save_draft(self.of.uid(), key.as_str(), &body)
    }
}
