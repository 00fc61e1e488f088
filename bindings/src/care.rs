//! What is done with a person between two forms: enrolments, ownership, visits, files.

use std::fs::File;
use std::path::PathBuf;

use outpost_engine::{OutpostError, model};

use crate::fault::OutpostFault;
use crate::form_session::opened;
use crate::ids;
use crate::record::event::{EventProblem, EventSaved, EventState};
use crate::record::event_session::EventFormOpened;
use crate::record::list;
use crate::record::people::EnrollmentChange;
use crate::record::person::PersonAccess;
use crate::record::person_work::{CompletionOffers, FileItem, FileSource, PersonSaved};
use crate::session::SessionHandle;

/// Enrolments and who follows a person.
#[uniffi::export]
impl SessionHandle {
    /// Completes, cancels or reopens an enrolment. Its visits stay as they are.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn change_enrollment(
        &self,
        id: String,
        change: EnrollmentChange,
    ) -> Result<PersonSaved, OutpostFault> {
        self.run(move |it| {
            let id = ids::id("enrollment", &id)?;
            Ok(it.change_enrollment_status(id, change.into())?.into())
        })
        .await
    }

    /// Marks an enrolment for follow-up, or takes the mark away.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn set_enrollment_follow_up(
        &self,
        id: String,
        marked: bool,
    ) -> Result<PersonSaved, OutpostFault> {
        self.run(move |it| {
            Ok(it.set_enrollment_follow_up(ids::id("enrollment", &id)?, marked)?.into())
        })
        .await
    }

    /// Adds a remark to an enrolment.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is empty; storage errors.
    pub async fn add_enrollment_note(
        &self,
        id: String,
        words: String,
    ) -> Result<PersonSaved, OutpostFault> {
        self.run(move |it| Ok(it.add_enrollment_note(ids::id("enrollment", &id)?, &words)?.into()))
            .await
    }

    /// Deletes an enrolment with its visits, here at once and with the next synchronisation on the
    /// server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn delete_enrollment(&self, id: String) -> Result<PersonSaved, OutpostFault> {
        self.run(move |it| Ok(it.delete_enrollment(ids::id("enrollment", &id)?)?.into())).await
    }

    /// Deletes a person with enrolments, visits and relationships, here at once and with the next
    /// synchronisation on the server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn delete_person(&self, id: String) -> Result<PersonSaved, OutpostFault> {
        self.run(move |it| Ok(it.delete_person(ids::id("person", &id)?)?.into())).await
    }

    /// What the user may do with a person in a program.
    ///
    /// # Errors
    /// `NotFound` for a program that is not on the device; storage errors.
    pub async fn person_access(
        &self,
        person: String,
        program: String,
    ) -> Result<PersonAccess, OutpostFault> {
        self.run(move |it| {
            let (person, program) = (ids::id("person", &person)?, ids::id("program", &program)?);
            Ok(it.person_access(person, program)?.into())
        })
        .await
    }

    /// Breaks the glass: opens a person of a protected program for some hours, for a reason that a
    /// person typed. Asked of the server at once; where it cannot be reached it waits and goes
    /// before everything else with the next synchronisation. Whether the server opened it already.
    ///
    /// # Errors
    /// `InvalidInput` without a reason, or where there is no glass to break; `Forbidden`,
    /// `ServerRejected` if the server refuses; storage errors.
    pub async fn break_the_glass(
        &self,
        person: String,
        program: String,
        reason: String,
    ) -> Result<bool, OutpostFault> {
        self.run(move |it| {
            let (person, program) = (ids::id("person", &person)?, ids::id("program", &program)?);
            Ok(it.break_the_glass(person, program, &reason)?.opened)
        })
        .await
    }

    /// What speaks against handing a person over to a place; warnings are to be confirmed.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn check_transfer(
        &self,
        person: String,
        program: String,
        organisation_unit: String,
    ) -> Result<Vec<EventProblem>, OutpostFault> {
        self.run(move |it| {
            let (person, program) = (ids::id("person", &person)?, ids::id("program", &program)?);
            let to = ids::id("organisation_unit", &organisation_unit)?;
            Ok(list(it.check_transfer(person, program, to)?))
        })
        .await
    }

    /// Hands a person over to another place for good. Enrolments and visits keep their places.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn transfer_person(
        &self,
        person: String,
        program: String,
        organisation_unit: String,
    ) -> Result<PersonSaved, OutpostFault> {
        self.run(move |it| {
            let (person, program) = (ids::id("person", &person)?, ids::id("program", &program)?);
            let to = ids::id("organisation_unit", &organisation_unit)?;
            Ok(it.transfer_person(person, program, to)?.into())
        })
        .await
    }
}

/// Visits. An existing one is opened by [`SessionHandle::open_event_form`].
#[uniffi::export]
impl SessionHandle {
    /// Opens the form of a new visit of a stage, today; at the enrolment's place without one.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` with the reason if no visit may be added; storage errors.
    pub async fn open_new_visit_form(
        &self,
        enrollment: String,
        program_stage: String,
        organisation_unit: Option<String>,
    ) -> Result<EventFormOpened, OutpostFault> {
        self.run(move |it| {
            let enrollment = ids::id("enrollment", &enrollment)?;
            let stage = ids::id("program_stage", &program_stage)?;
            let place = ids::optional("organisation_unit", organisation_unit.as_deref())?;
            opened(it, it.open_new_visit_form(enrollment, stage, place)?)
        })
        .await
    }

    /// Plans a visit of a stage for a day, `yyyy-MM-dd`.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the day; storage errors.
    pub async fn schedule_visit(
        &self,
        enrollment: String,
        program_stage: String,
        day: String,
        organisation_unit: Option<String>,
        assigned_user: Option<String>,
    ) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| {
            let enrollment = ids::id("enrollment", &enrollment)?;
            let stage = ids::id("program_stage", &program_stage)?;
            let place = ids::optional("organisation_unit", organisation_unit.as_deref())?;
            let user = ids::optional("assigned_user", assigned_user.as_deref())?;
            Ok(it.schedule_visit(enrollment, stage, &day, place, user)?.into())
        })
        .await
    }

    /// Moves a planned visit to another day, `yyyy-MM-dd`.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the day or if the visit is not planned; storage errors.
    pub async fn reschedule_visit(
        &self,
        id: String,
        day: String,
    ) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| Ok(it.reschedule_visit(ids::id("event", &id)?, &day)?.into())).await
    }

    /// Gives a visit another status: skipped, planned again, begun, reopened. To complete one open
    /// its form.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn set_visit_status(
        &self,
        id: String,
        status: EventState,
    ) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| Ok(it.set_visit_status(ids::id("event", &id)?, status.into())?.into()))
            .await
    }

    /// Hands a visit to a user, or to nobody.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if the stage knows no assignment; storage errors.
    pub async fn assign_visit(
        &self,
        id: String,
        user: Option<String>,
    ) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| {
            let user = ids::optional("user", user.as_deref())?;
            Ok(it.assign_visit(ids::id("event", &id)?, user)?.into())
        })
        .await
    }

    /// Marks a visit for follow-up, or takes the mark away.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn set_visit_follow_up(
        &self,
        id: String,
        marked: bool,
    ) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| Ok(it.set_visit_follow_up(ids::id("event", &id)?, marked)?.into())).await
    }

    /// Adds a remark to a visit or event.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is empty; storage errors.
    pub async fn add_event_note(
        &self,
        id: String,
        words: String,
    ) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| Ok(it.add_event_note(ids::id("event", &id)?, &words)?.into())).await
    }

    /// Refers a person to another place for a visit of a stage: planned for a day or taking place
    /// now. The enrolment and who follows the person stay as they are.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for the day; storage errors.
    pub async fn refer_visit(
        &self,
        enrollment: String,
        program_stage: String,
        organisation_unit: String,
        day: String,
        now: bool,
    ) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| {
            let enrollment = ids::id("enrollment", &enrollment)?;
            let stage = ids::id("program_stage", &program_stage)?;
            let place = ids::id("organisation_unit", &organisation_unit)?;
            Ok(it.refer_visit(enrollment, stage, place, &day, now)?.into())
        })
        .await
    }

    /// What a completed visit offers: to complete the enrolment, to plan the next visit.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn offers_after(&self, id: String) -> Result<CompletionOffers, OutpostFault> {
        self.run(move |it| Ok(it.offers_after(ids::id("event", &id)?)?.into())).await
    }
}

/// Files that are values: photographs, documents. They lie encrypted on the device.
#[uniffi::export]
impl SessionHandle {
    /// Takes a file in from memory. Its id is the value for the question: put it into the form and
    /// save.
    ///
    /// # Errors
    /// `InvalidInput` if it is empty, too large, or of a kind that the server refuses; storage
    /// errors.
    pub async fn add_file(
        &self,
        name: String,
        content_type: String,
        content: Vec<u8>,
    ) -> Result<FileItem, OutpostFault> {
        self.run(move |it| Ok(it.add_file(&name, &content_type, &content)?.into())).await
    }

    /// Takes a file in from a path, piece by piece, without holding it in memory.
    ///
    /// # Errors
    /// As [`SessionHandle::add_file`]; `InvalidInput` if it cannot be read.
    pub async fn add_file_from(
        &self,
        name: String,
        content_type: String,
        path: String,
    ) -> Result<FileItem, OutpostFault> {
        self.run(move |it| {
            let mut content = File::open(PathBuf::from(path)).map_err(|error| at(&error))?;
            Ok(it.add_file_from(&name, &content_type, &mut content)?.into())
        })
        .await
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn file(&self, id: String) -> Result<FileItem, OutpostFault> {
        self.run(move |it| Ok(it.file(ids::id("file", &id)?)?.into())).await
    }

    /// The content of a file; `None` if it is not on this device.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn file_content(&self, id: String) -> Result<Option<Vec<u8>>, OutpostFault> {
        self.run(move |it| Ok(it.file_bytes(ids::id("file", &id)?)?)).await
    }

    /// Writes the content of a file to a path, unencrypted; `false` if it is not on this device.
    ///
    /// # Errors
    /// `InvalidInput` if the path cannot be written; storage errors.
    pub async fn copy_file(&self, id: String, path: String) -> Result<bool, OutpostFault> {
        self.run(move |it| {
            let id = ids::id("file", &id)?;
            let known: model::FileView = it.file(id)?;
            if !known.on_device {
                return Ok(false);
            }
            let mut to = File::create(PathBuf::from(path)).map_err(|error| at(&error))?;
            Ok(it.read_file(id, &mut to)?)
        })
        .await
    }

    /// Fetches the content of a file that the server has and keeps it on the device. Nothing is
    /// asked if it is here already.
    ///
    /// # Errors
    /// `Offline`; `NotFound` if the server does not show it; storage errors.
    pub async fn fetch_file(
        &self,
        id: String,
        source: FileSource,
    ) -> Result<FileItem, OutpostFault> {
        self.run(move |it| Ok(it.fetch_file(ids::id("file", &id)?, source.try_into()?)?.into()))
            .await
    }
}

/// A path that cannot be read or written; its text stays out, it may name a person.
fn at(error: &std::io::Error) -> OutpostError {
    OutpostError::invalid("path", "file", error.kind())
}
