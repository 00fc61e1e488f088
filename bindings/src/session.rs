//! The work of one signed-in person: forms, reports, events, outbox, conflicts, journal.
//!
//! One call per screen; every list is a page of at most 200 rows.

use std::sync::Arc;

use outpost_engine::domain::uid::ProgramStageUid;
use outpost_engine::{OutpostError, Session, model};

use crate::core::page;
use crate::cursor::PageCursor;
use crate::fault::OutpostFault;
use crate::ids;
use crate::import::{ImportHandle, ImportObserver};
use crate::limits::PAGE_ROWS_MAX;
use crate::record::account::{DeviceCheck, WorkStatus};
use crate::record::event::{
    EventDetail, EventFormView, EventListPage, EventListQuery, EventNote, EventRecord, EventSaved,
};
use crate::record::form::{
    AttributeOptionComboPage, FormItemPage, OptionItemPage, OrganisationUnitItem,
    OrganisationUnitPage, PeriodItem,
};
use crate::record::outbox::{
    ConflictChoice, ConflictItem, Draft, JournalItem, JournalVerdict, OutboxDetail, OutboxItemPage,
    TravelState,
};
use crate::record::slice::{CellEdit, Completed, SliceEdited, SliceId, SliceItemPage, SliceView};
use crate::record::sync::SyncParts;
use crate::record::{list, text};
use crate::runtime;
use crate::sync::{SyncHandle, SyncObserver};

/// The work of one signed-in person.
#[derive(uniffi::Object)]
pub struct SessionHandle {
    session: Option<Session>,
}

impl SessionHandle {
    pub(crate) fn new(session: Session) -> Self {
        Self { session: Some(session) }
    }

    pub(crate) fn session(&self) -> Result<Session, OutpostFault> {
        self.session.clone().ok_or_else(|| OutpostFault::internal("it is closed"))
    }

    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, OutpostFault>
    where
        T: Send + 'static,
        F: FnOnce(&Session) -> Result<T, OutpostFault> + Send + 'static,
    {
        let session = self.session()?;
        runtime::run(move || work(&session)).await
    }
}

impl Drop for SessionHandle {
    fn drop(&mut self) {
        // The last handle writes the log back to the database: not on the caller's thread.
        if let Some(session) = self.session.take() {
            runtime::spawn(move || drop(session)).ok();
        }
    }
}

/// Forms and what is chosen before one is filled in.
#[uniffi::export]
impl SessionHandle {
    /// The state of the work at a glance.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn status(&self) -> Result<WorkStatus, OutpostFault> {
        self.run(|it| Ok(it.status()?.into())).await
    }

    /// Checks the store, the journal, space, keys, clock, versions, outbox. May take seconds.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn doctor(&self) -> Result<Vec<DeviceCheck>, OutpostFault> {
        self.run(|it| Ok(list(it.doctor()?))).await
    }

    /// A page of the data sets and event programs of the user, by name, with what waits of each.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn forms(&self, next: Option<i32>) -> Result<FormItemPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.forms()?, next);
            Ok(FormItemPage { items, next })
        })
        .await
    }

    /// The form of a stage; of the only stage of the program without one.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if the program has several stages and none was given.
    pub async fn event_form(
        &self,
        program: String,
        stage: Option<String>,
    ) -> Result<EventFormView, OutpostFault> {
        self.run(move |it| {
            let stage = ids::optional("program_stage", stage.as_deref())?;
            Ok(it.event_form(ids::id("program", &program)?, stage)?.into())
        })
        .await
    }

    /// The latest periods of a data set, the newest first, each with whether it is open; at most
    /// `count` and 200.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn periods(
        &self,
        data_set: String,
        count: i32,
    ) -> Result<Vec<PeriodItem>, OutpostFault> {
        self.run(move |it| {
            let count = u32::try_from(count).unwrap_or(0);
            Ok(list(it.periods_for(ids::id("data_set", &data_set)?, count)?))
        })
        .await
    }

    /// A page of places by name: only with these words in name or code, only right below `parent`,
    /// only where the data set or program `form` may be filled in, as far as given.
    ///
    /// # Errors
    /// `InvalidInput` for an id; storage errors.
    pub async fn organisation_units(
        &self,
        search: Option<String>,
        parent: Option<String>,
        form: Option<String>,
        next: Option<Arc<PageCursor>>,
    ) -> Result<OrganisationUnitPage, OutpostFault> {
        self.run(move |it| {
            let query = model::OrganisationUnitQuery {
                search,
                parent: ids::optional("parent", parent.as_deref())?,
                form: ids::optional("form", form.as_deref())?,
            };
            let next = PageCursor::organisation_units(next)?;
            Ok(it.organisation_units(&query, next)?.into())
        })
        .await
    }

    /// The place that is meant by an id, code or exact name: of those on the device, else of those
    /// that were looked up before, else of the whole search scope, which is asked of the server.
    /// To refer somebody there, or to hand somebody over.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; `Offline` if only the server could know;
    /// storage errors.
    pub async fn find_place(&self, wanted: String) -> Result<String, OutpostFault> {
        self.run(move |it| Ok(text(it.find_place(&wanted)?))).await
    }

    /// Places of the search scope whose name holds the text, asked of the server; those are known
    /// without network from then on. At most 50: more must be narrowed.
    ///
    /// # Errors
    /// `InvalidInput` without a text; `Offline`; other answers of the server; storage errors.
    pub async fn search_places(
        &self,
        text: String,
    ) -> Result<Vec<OrganisationUnitItem>, OutpostFault> {
        self.run(move |it| Ok(list(it.search_places(&text)?.into_iter().take(PAGE_ROWS_MAX)))).await
    }

    /// A page of the options of a set, in order; with a text only those that hold its words.
    ///
    /// # Errors
    /// `InvalidInput` for an id; storage errors.
    pub async fn options(
        &self,
        option_set: String,
        search: Option<String>,
        next: Option<Arc<PageCursor>>,
    ) -> Result<OptionItemPage, OutpostFault> {
        self.run(move |it| {
            let next = PageCursor::options(next)?;
            Ok(it.options(ids::id("option_set", &option_set)?, search, next)?.into())
        })
        .await
    }

    /// A page of the attribute option combos of a form that the user may see, by name.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn attribute_option_combos(
        &self,
        form: String,
        next: Option<i32>,
    ) -> Result<AttributeOptionComboPage, OutpostFault> {
        self.run(move |it| {
            let all = it.attribute_option_combos(ids::id("form", &form)?)?;
            let (items, next) = page(all, next);
            Ok(AttributeOptionComboPage { items, next })
        })
        .await
    }

    /// The attribute option combo of a form that is meant by id or exact name; the default one
    /// without a text.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several or the form is split and none was given.
    pub async fn attribute_option_combo(
        &self,
        form: String,
        wanted: Option<String>,
    ) -> Result<String, OutpostFault> {
        self.run(move |it| {
            let form = ids::id("form", &form)?;
            Ok(text(it.find_attribute_option_combo(form, wanted.as_deref())?))
        })
        .await
    }
}

/// Reports: one data set at one place in one period.
#[uniffi::export]
impl SessionHandle {
    /// A page of the reports of a data set that hold something, by place and period.
    ///
    /// # Errors
    /// `InvalidInput` for an id; storage errors.
    pub async fn slices(
        &self,
        data_set: String,
        next: Option<SliceId>,
    ) -> Result<SliceItemPage, OutpostFault> {
        self.run(move |it| {
            let next = next.as_ref().map(ids::slice).transpose()?;
            Ok(it.slices(ids::id("data_set", &data_set)?, next)?.into())
        })
        .await
    }

    /// Everything that a screen needs for one report, in one call.
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; storage errors.
    pub async fn open_slice(&self, key: SliceId) -> Result<SliceView, OutpostFault> {
        self.run(move |it| Ok(it.open_slice(ids::slice(&key)?)?.into())).await
    }

    /// Enters values, comments and follow-up marks. What a rule refuses comes back with the reason
    /// and nothing of it is written; the rest is on the disk when this returns.
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; `InvalidInput` for an id or
    /// more than 200 edits; storage errors (then nothing of this call was written).
    pub async fn edit_slice(
        &self,
        key: SliceId,
        edits: Vec<CellEdit>,
    ) -> Result<SliceEdited, OutpostFault> {
        self.run(move |it| {
            if edits.len() > PAGE_ROWS_MAX {
                let reason = format!("at most {PAGE_ROWS_MAX} cells are changed in one call");
                return Err(OutpostError::invalid("edits", "too_many", reason).into());
            }
            let key = ids::slice(&key)?;
            let edits = edits.into_iter().map(model::CellEdit::try_from);
            let outcome = it.set_values(key, &edits.collect::<Result<Vec<_>, _>>()?)?;
            Ok(SliceEdited::new(outcome, it.open_slice(key)?))
        })
        .await
    }

    /// Marks a report as complete, unless a rule forbids it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn complete_slice(&self, key: SliceId) -> Result<Completed, OutpostFault> {
        self.run(move |it| Ok(it.complete(ids::slice(&key)?)?.into())).await
    }

    /// Takes a complete report up again.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn reopen_slice(&self, key: SliceId) -> Result<Completed, OutpostFault> {
        self.run(move |it| Ok(it.incomplete(ids::slice(&key)?)?.into())).await
    }
}

/// Events.
#[uniffi::export]
impl SessionHandle {
    /// An empty event with a new id, not saved yet; of the only stage of the program without one.
    ///
    /// # Errors
    /// `NotFound` for a program, stage or place that is not on the device; storage errors.
    pub async fn new_event(
        &self,
        program: String,
        stage: Option<String>,
        organisation_unit: String,
    ) -> Result<EventDetail, OutpostFault> {
        self.run(move |it| {
            let program = ids::id("program", &program)?;
            let place = ids::id("organisation_unit", &organisation_unit)?;
            let stage: ProgramStageUid = match stage {
                Some(stage) => ids::id("program_stage", &stage)?,
                None => it.find_stage(program, None)?,
            };
            Ok(it.new_event(program, stage, place)?.into())
        })
        .await
    }

    /// A note with an id of its own, so that the server never adds it twice.
    ///
    /// # Errors
    /// `InvalidInput` if it is empty.
    pub async fn new_note(&self, words: String) -> Result<EventNote, OutpostFault> {
        self.run(move |it| Ok(it.new_note(&words)?.into())).await
    }

    /// Everything that a screen needs for one event, in one call.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn open_event(&self, id: String) -> Result<EventDetail, OutpostFault> {
        self.run(move |it| Ok(it.event(ids::id("event", &id)?)?.into())).await
    }

    /// Saves an event, new or changed. What forbids sending forbids saving: then nothing is written
    /// and the problems say why.
    ///
    /// # Errors
    /// `NotFound` for a program or stage that is not on the device; `InvalidInput` for an id;
    /// storage errors.
    pub async fn save_event(&self, event: EventRecord) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| Ok(it.save_event(event.try_into()?)?.into())).await
    }

    /// Deletes an event, here at once and with the next synchronisation on the server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn delete_event(&self, id: String) -> Result<EventSaved, OutpostFault> {
        self.run(move |it| Ok(it.delete_event(ids::id("event", &id)?)?.into())).await
    }

    /// A page of events, newest first.
    ///
    /// # Errors
    /// `NotFound` for a program that is not on the device; storage errors.
    pub async fn events(
        &self,
        query: EventListQuery,
        next: Option<Arc<PageCursor>>,
    ) -> Result<EventListPage, OutpostFault> {
        self.run(move |it| {
            let next = PageCursor::events(next)?;
            Ok(it.events(&query.try_into()?, next)?.into())
        })
        .await
    }
}

/// Forms begun and not finished: the screen's own texts, never sent.
#[uniffi::export]
impl SessionHandle {
    /// Keeps what a screen knows of an unfinished form.
    ///
    /// # Errors
    /// `InvalidInput` if it is too long; storage errors.
    pub async fn save_draft(
        &self,
        form: String,
        key: String,
        body: String,
    ) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.save_draft(ids::id("form", &form)?, &key, &body)?)).await
    }

    /// What was kept of an unfinished form.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn load_draft(
        &self,
        form: String,
        key: String,
    ) -> Result<Option<Draft>, OutpostFault> {
        self.run(move |it| Ok(it.load_draft(ids::id("form", &form)?, &key)?.map(Draft::from))).await
    }

    /// Forgets what was kept: it was saved as a record, or a person gave it up.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn delete_draft(&self, form: String, key: String) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.delete_draft(ids::id("form", &form)?, &key)?)).await
    }

    /// Unfinished forms of a data set or program, at most 200.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn drafts(&self, form: String) -> Result<Vec<Draft>, OutpostFault> {
        self.run(move |it| Ok(list(it.drafts(ids::id("form", &form)?)?))).await
    }
}

/// What waits, what was refused, what differs, and the journal of it.
#[uniffi::export]
impl SessionHandle {
    /// A page of what waits or is held, oldest first, of one state or of all.
    ///
    /// # Errors
    /// `InvalidInput` for `Sent`, which is not in the outbox; storage errors.
    pub async fn outbox(
        &self,
        state: Option<TravelState>,
        next: Option<i64>,
    ) -> Result<OutboxItemPage, OutpostFault> {
        self.run(move |it| Ok(it.outbox(state.map(model::RecordState::from), next)?.into())).await
    }

    /// One row with all that is known of it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn outbox_item(&self, id: i64) -> Result<OutboxDetail, OutpostFault> {
        self.run(move |it| Ok(it.outbox_row(id)?.into())).await
    }

    /// Sends a refused or put-off row again with the next synchronisation.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is being sent or in conflict; storage errors.
    pub async fn retry(&self, id: i64) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.retry(id)?)).await
    }

    /// Gives up a change for good: the record is again what the server holds. The journal keeps the
    /// change and the reason.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason or while it is being sent; storage errors.
    pub async fn discard(&self, id: i64, reason: String) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.discard(id, &reason)?)).await
    }

    /// A page of conflicts, oldest first; `next` is the number of the last one of the page before.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn conflicts(&self, next: Option<i64>) -> Result<Vec<ConflictItem>, OutpostFault> {
        self.run(move |it| Ok(list(it.conflicts(next)?))).await
    }

    /// One conflict.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn conflict(&self, id: i64) -> Result<ConflictItem, OutpostFault> {
        self.run(move |it| Ok(it.conflict(id)?.into())).await
    }

    /// Decides a conflict, offline if need be. The other version stays in the journal.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason; storage errors.
    pub async fn resolve(
        &self,
        id: i64,
        choice: ConflictChoice,
        reason: String,
    ) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.resolve(id, choice.into(), &reason)?)).await
    }

    /// A page of the journal before a number, newest first.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn journal(&self, before: Option<i64>) -> Result<Vec<JournalItem>, OutpostFault> {
        let rows = u32::try_from(PAGE_ROWS_MAX).unwrap_or(u32::MAX);
        self.run(move |it| Ok(list(it.journal(before, rows)?))).await
    }

    /// Recomputes the chain of the journal.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn verify_journal(&self) -> Result<JournalVerdict, OutpostFault> {
        self.run(|it| Ok(it.verify_journal()?.into())).await
    }

    /// Takes a file of values (`dataValueSets`) or events (tracker) in as if captured here.
    /// Returns at once; the handle has its stop and report.
    ///
    /// # Errors
    /// `Internal` if the system gives no threads.
    pub fn start_import(
        &self,
        path: String,
        observer: Arc<dyn ImportObserver>,
    ) -> Result<Arc<ImportHandle>, OutpostFault> {
        ImportHandle::start(self.session()?, path.into(), observer)
    }

    /// Begins a synchronisation. Returns at once; the handle has its progress, stop and report.
    ///
    /// # Errors
    /// `Internal` if the system gives no threads.
    pub fn start_sync(
        &self,
        parts: SyncParts,
        observer: Arc<dyn SyncObserver>,
    ) -> Result<Arc<SyncHandle>, OutpostFault> {
        SyncHandle::start(self.session()?, parts, observer)
    }
}
