//! Forms that were built, kept while the metadata is the same.
//!
//! Never holds captured data.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use outpost_domain::uid::{DataSetUid, ProgramStageUid, ProgramUid, TrackedEntityTypeUid};
use outpost_sync::ports::facts;

use super::Session;
use super::bundle::{self, DataSetBundle, EventBundle};
use super::people_bundle::{self, SharedPeople};
use super::person_bundle::{self, PersonBundle};
use super::programs::PeopleOf;
use crate::error::Result;
use crate::limits::FORMS_CACHED_MAX;

/// Built forms of one version of the metadata.
#[derive(Default)]
pub(super) struct Cache {
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// Fingerprint of the metadata and time of its pull.
    version: Option<String>,
    data_sets: BTreeMap<DataSetUid, Arc<DataSetBundle>>,
    stages: BTreeMap<(ProgramUid, ProgramStageUid), Arc<EventBundle>>,
    programs: BTreeMap<ProgramUid, SharedPeople>,
    types: BTreeMap<TrackedEntityTypeUid, SharedPeople>,
    people: BTreeMap<PeopleOf, Arc<PersonBundle>>,
}

impl Cache {
    /// Looks a form up; forgets everything first if the metadata is another one.
    fn look<T>(&self, version: &Option<String>, find: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let people = shelf.programs.len() + shelf.types.len() + shelf.people.len();
        let count = shelf.data_sets.len() + shelf.stages.len() + people;
        if shelf.version != *version || count > FORMS_CACHED_MAX {
            *shelf = Shelf { version: version.clone(), ..Shelf::default() };
        }
        find(&mut shelf)
    }
}

impl Session {
    fn metadata_stamp(&self) -> Result<Option<String>> {
        let version = self.store().load_fact(facts::METADATA_VERSION)?.unwrap_or_default();
        let pulled = self.store().load_fact(facts::LAST_PULL_MS)?.unwrap_or_default();
        Ok(Some(format!("{version} {pulled}")))
    }

    /// The form of a data set with what decides about it.
    pub(super) fn data_set_bundle(&self, id: DataSetUid) -> Result<Arc<DataSetBundle>> {
        let stamp = self.metadata_stamp()?;
        let cache = &self.inner.cache;
        if let Some(found) = cache.look(&stamp, |shelf| shelf.data_sets.get(&id).cloned()) {
            return Ok(found);
        }
        let bundle = Arc::new(bundle::load_data_set(self.store(), id)?);
        cache.look(&stamp, |shelf| shelf.data_sets.insert(id, Arc::clone(&bundle)));
        Ok(bundle)
    }

    /// The form of a stage with what decides about it.
    pub(super) fn event_bundle(
        &self,
        program: ProgramUid,
        stage: ProgramStageUid,
    ) -> Result<Arc<EventBundle>> {
        let stamp = self.metadata_stamp()?;
        let cache = &self.inner.cache;
        // Both: whoever names a stage with another program must not be given its form.
        let key = (program, stage);
        if let Some(found) = cache.look(&stamp, |shelf| shelf.stages.get(&key).cloned()) {
            return Ok(found);
        }
        let bundle =
            Arc::new(bundle::load_event_form(self.store(), program, stage, self.server_minor()?)?);
        cache.look(&stamp, |shelf| shelf.stages.insert(key, Arc::clone(&bundle)));
        Ok(bundle)
    }

    /// What the people of a program with registration are asked and shown by.
    pub(super) fn people_of_program(&self, id: ProgramUid) -> Result<SharedPeople> {
        let stamp = self.metadata_stamp()?;
        let cache = &self.inner.cache;
        if let Some(found) = cache.look(&stamp, |shelf| shelf.programs.get(&id).cloned()) {
            return Ok(found);
        }
        let bundle = Arc::new(people_bundle::load_program(self.store(), id)?);
        cache.look(&stamp, |shelf| shelf.programs.insert(id, Arc::clone(&bundle)));
        Ok(bundle)
    }

    /// What the people of a type are asked and shown by, whatever the program.
    pub(super) fn people_of_type(&self, id: TrackedEntityTypeUid) -> Result<SharedPeople> {
        let stamp = self.metadata_stamp()?;
        let cache = &self.inner.cache;
        if let Some(found) = cache.look(&stamp, |shelf| shelf.types.get(&id).cloned()) {
            return Ok(found);
        }
        let bundle = Arc::new(people_bundle::load_type(self.store(), id)?);
        cache.look(&stamp, |shelf| shelf.types.insert(id, Arc::clone(&bundle)));
        Ok(bundle)
    }

    /// The form of a person with what decides about it.
    pub(super) fn person_bundle(&self, of: PeopleOf) -> Result<Arc<PersonBundle>> {
        let stamp = self.metadata_stamp()?;
        let cache = &self.inner.cache;
        if let Some(found) = cache.look(&stamp, |shelf| shelf.people.get(&of).cloned()) {
            return Ok(found);
        }
        let people = self.people_of(of)?;
        let bundle = Arc::new(person_bundle::load(self.store(), &people, self.server_minor()?)?);
        cache.look(&stamp, |shelf| shelf.people.insert(of, Arc::clone(&bundle)));
        Ok(bundle)
    }
}
