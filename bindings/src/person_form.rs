//! The open form of a person: one call per user action, answered with what it changed.
//!
//! As with other forms, calls run one after the other on a thread of the facade, and letting go of
//! a handle saves nothing.

use std::sync::Arc;

use outpost_engine::domain::form::session::EnrollmentDiff;
use outpost_engine::{OutpostError, PersonFormSession, Session, model};

use crate::fault::OutpostFault;
use crate::form_session::Held;
use crate::ids;
use crate::record::event::EventProblem;
use crate::record::form_state::FormDiff;
use crate::record::list;
use crate::record::people::PeopleScope;
use crate::record::person_session::{
    PersonChange, PersonFormDiff, PersonFormOpened, PersonFormSaved,
};
use crate::record::person_work::LikelyDouble;
use crate::session::SessionHandle;

type Opened = (PersonFormSession, EnrollmentDiff);

/// Opening forms of people.
#[uniffi::export]
impl SessionHandle {
    /// Opens the form of a person.
    ///
    /// Without a person it registers a new one at the place, in the program if one is given. With
    /// one it edits it: in a program together with the enrolment there (the active one, else the
    /// latest), or with a new enrolment if there is none.
    ///
    /// # Errors
    /// `NotFound` for a program, type, place or person that is not on the device; storage errors.
    pub async fn open_person_form(
        &self,
        of: PeopleScope,
        organisation_unit: String,
        person: Option<String>,
    ) -> Result<PersonFormOpened, OutpostFault> {
        self.run(move |it| {
            let place = ids::id("organisation_unit", &organisation_unit)?;
            let person = ids::optional("person", person.as_deref())?;
            Ok(opened(it, it.open_person_form(of.try_into()?, place, person)?))
        })
        .await
    }

    /// Opens the form of a new enrolment of a person, also where it was enrolled before.
    ///
    /// # Errors
    /// As [`SessionHandle::open_person_form`].
    pub async fn open_new_enrollment_form(
        &self,
        program: String,
        organisation_unit: String,
        person: String,
    ) -> Result<PersonFormOpened, OutpostFault> {
        self.run(move |it| {
            let program = ids::id("program", &program)?;
            let place = ids::id("organisation_unit", &organisation_unit)?;
            let person = ids::id("person", &person)?;
            Ok(opened(it, it.open_new_enrollment_form(program, place, person)?))
        })
        .await
    }

    /// Opens the form of an enrolment with its person.
    ///
    /// # Errors
    /// As [`SessionHandle::open_person_form`].
    pub async fn open_enrollment_form(&self, id: String) -> Result<PersonFormOpened, OutpostFault> {
        self.run(move |it| Ok(opened(it, it.open_enrollment_form(ids::id("enrollment", &id)?)?)))
            .await
    }

    /// Goes on with a form that was left as a draft: its key is the person's id.
    ///
    /// # Errors
    /// `NotFound` if there is no draft; `InvalidInput` if it cannot be read; storage errors.
    pub async fn open_person_draft(
        &self,
        of: PeopleScope,
        key: String,
    ) -> Result<PersonFormOpened, OutpostFault> {
        self.run(move |it| Ok(opened(it, it.open_person_draft(of.try_into()?, &key)?))).await
    }
}

fn opened(session: &Session, (form, diff): Opened) -> PersonFormOpened {
    let registration = form.registration();
    PersonFormOpened {
        form: form.form().as_ref().into(),
        form_problems: form.form_problems().to_vec(),
        person: registration.tracked_entity.id.to_string(),
        enrollment: registration.enrollment.as_ref().map(|it| it.id.to_string()),
        is_new_person: form.is_new_person(),
        is_new_enrollment: form.is_new_enrollment(),
        diff: diff_of(&form, diff, true),
        handle: Arc::new(PersonFormHandle(Held::new((session.clone(), form)))),
    }
}

fn diff_of(form: &PersonFormSession, diff: EnrollmentDiff, with_facts: bool) -> PersonFormDiff {
    PersonFormDiff {
        shown: FormDiff::new(diff, |id| form.indicator_name(id)),
        facts: with_facts.then(|| form.registration().into()),
    }
}

/// An open form of a person: the rules of its program follow every edit.
#[derive(uniffi::Object)]
pub struct PersonFormHandle(Held<(Session, PersonFormSession)>);

#[uniffi::export]
impl PersonFormHandle {
    /// Answers a question and tells what that changed; blank text empties it. A text that is no
    /// value stays in its field with the reason.
    ///
    /// # Errors
    /// `NotFound` for a question that is not in the form; `InvalidInput` for one whose values the
    /// server makes; storage errors.
    pub async fn set_value(
        &self,
        attribute: String,
        value: String,
    ) -> Result<PersonFormDiff, OutpostFault> {
        let work = move |(_, form): &mut (_, PersonFormSession)| {
            let diff = form.set_value(ids::id("attribute", &attribute)?, &value)?;
            Ok(diff_of(form, diff, false))
        };
        self.0.run(work).await
    }

    /// Changes what the records hold beside their answers.
    ///
    /// # Errors
    /// `InvalidInput` for an id or an empty remark; storage errors.
    pub async fn change(&self, change: PersonChange) -> Result<PersonFormDiff, OutpostFault> {
        let work = move |(session, form): &mut (Session, PersonFormSession)| {
            let diff = make(session, form, change)?;
            Ok(diff_of(form, diff, true))
        };
        self.0.run(work).await
    }

    /// What speaks against saving, and the warnings, in form order.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn check(&self) -> Result<Vec<EventProblem>, OutpostFault> {
        self.0.run(|(_, form)| Ok(list(form.check()?))).await
    }

    /// Who on this device may be the person that is being registered, the surest first. Nobody is
    /// kept from registering; only a value that must be unique forbids it.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn duplicates(&self) -> Result<Vec<LikelyDouble>, OutpostFault> {
        self.0.run(|(_, form)| Ok(list(form.duplicates()?))).await
    }

    /// Keeps what stands in the form, wrong texts too, without sending it.
    ///
    /// # Errors
    /// `InvalidInput` if it is too large; storage errors.
    pub async fn save_draft(&self) -> Result<(), OutpostFault> {
        self.0.run(|(_, form)| Ok(form.save_draft()?)).await
    }

    /// Saves the person, the enrolment and the visits that come with it, all or nothing, and
    /// forgets the draft. What the server would refuse forbids it: then nothing is written and the
    /// form stays as it is.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn save(&self) -> Result<PersonFormSaved, OutpostFault> {
        self.0.run(|(_, form)| saved(form)).await
    }
}

fn saved(form: &mut PersonFormSession) -> Result<PersonFormSaved, OutpostFault> {
    let outcome: model::PersonOutcome = form.save()?;
    let drawn = outcome.generated.iter();
    let fields = drawn.filter_map(|it| Some((it.attribute, form.field(it.attribute)?.clone())));
    let diff = EnrollmentDiff { fields: fields.collect(), ..EnrollmentDiff::default() };
    Ok(PersonFormSaved { diff: diff_of(form, diff, true), outcome: outcome.into() })
}

fn make(
    session: &Session,
    form: &mut PersonFormSession,
    change: PersonChange,
) -> Result<EnrollmentDiff, OutpostError> {
    match change {
        PersonChange::EnrolledAt { date } => form.change_enrollment(|it| it.enrolled_at = date),
        PersonChange::OccurredAt { date } => form.change_enrollment(|it| it.occurred_at = date),
        PersonChange::Place { id } => {
            let place = ids::id("organisation_unit", &id)?;
            form.change_enrollment(|it| it.organisation_unit = place)
        }
        PersonChange::Geometry { geo_json } => form.change_enrollment(|it| it.geometry = geo_json),
        PersonChange::FollowUp { marked } => form.change_enrollment(|it| it.follow_up = marked),
        PersonChange::Note { words } => {
            let note = session.new_note(&words)?;
            form.change_enrollment(|it| it.notes.push(note))
        }
        PersonChange::PersonPlace { id } => {
            let place = ids::id("organisation_unit", &id)?;
            form.change_person(|it| it.organisation_unit = place);
            Ok(EnrollmentDiff::default())
        }
        PersonChange::PersonGeometry { geo_json } => {
            form.change_person(|it| it.geometry = geo_json);
            Ok(EnrollmentDiff::default())
        }
    }
}
