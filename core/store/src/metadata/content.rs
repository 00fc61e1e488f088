//! Fingerprints of what a user can see through a form: its elements or stages, and the options of
//! its split.
//!
//! A delta of the download brings what changed; it never brings what was there all the time and has
//! only now become visible. So another fingerprint means a full download.

use outpost_domain::metadata::{DataSet, MetadataKind, Program};
use outpost_domain::uid::{CategoryComboUid, Uid};
use outpost_wire::metadata::{
    parse_category, parse_category_combo, parse_category_option, parse_program_stage,
};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::read::{StoredObject, object};
use crate::error::StoreError;

/// Bytes of the digest that are kept: two of one form never meet by chance.
const DIGEST_BYTES: usize = 8;

/// The visible metadata.
struct Visible<'a> {
    connection: &'a Connection,
    generation: i64,
}

pub(crate) fn of_data_set(
    connection: &Connection,
    data_set: &DataSet,
    generation: i64,
) -> Result<String, StoreError> {
    let metadata = Visible { connection, generation };
    let elements = data_set.data_set_elements.iter().map(|element| element.data_element.0);
    let mut seen = metadata.existing(MetadataKind::DataElement, elements)?;
    seen.extend(metadata.readable_options(data_set.category_combo)?);
    Ok(digest(seen))
}

pub(crate) fn of_program(
    connection: &Connection,
    program: &Program,
    generation: i64,
) -> Result<String, StoreError> {
    of_tracker(connection, program, vec![], generation)
}

/// The same of a program with registration; `attributes` are those of its people.
pub(crate) fn of_tracker(
    connection: &Connection,
    program: &Program,
    attributes: Vec<Uid>,
    generation: i64,
) -> Result<String, StoreError> {
    let metadata = Visible { connection, generation };
    let mut seen = metadata.readable_options(program.category_combo)?;
    let kind = MetadataKind::TrackedEntityAttribute;
    seen.extend(metadata.existing(kind, attributes.into_iter())?);
    for id in &program.program_stages {
        let Some(stored) = metadata.find(MetadataKind::ProgramStage, id.0)? else { continue };
        let Ok(stage) = parse_program_stage(stored.body.as_bytes()) else { continue };
        if stage.access.read {
            seen.push(id.0);
            let elements = stage.data_elements.iter().map(|element| element.data_element.0);
            seen.extend(metadata.existing(MetadataKind::DataElement, elements)?);
        }
    }
    Ok(digest(seen))
}

/// The approval workflow of a data set that is not split.
pub(crate) fn workflow_of(
    connection: &Connection,
    data_set: &DataSet,
    body: &str,
    generation: i64,
) -> Result<Option<Uid>, StoreError> {
    #[derive(serde::Deserialize)]
    struct Reference {
        id: Uid,
    }
    #[derive(serde::Deserialize)]
    struct Workflow {
        workflow: Option<Reference>,
    }
    let workflow = serde_json::from_str::<Workflow>(body).ok().and_then(|body| body.workflow);
    let Some(workflow) = workflow else { return Ok(None) };
    let metadata = Visible { connection, generation };
    let combo = metadata.find(MetadataKind::CategoryCombo, data_set.category_combo.0)?;
    let combo = combo.and_then(|stored| parse_category_combo(stored.body.as_bytes()).ok());
    Ok(combo.filter(|combo| combo.is_default).map(|_| workflow.id))
}

impl Visible<'_> {
    fn find(&self, kind: MetadataKind, uid: Uid) -> Result<Option<StoredObject>, StoreError> {
        let found = object(self.connection, kind, uid, self.generation)?;
        Ok(found.filter(|object| !object.is_gone))
    }

    /// Those that are on the device: a form lists what is hidden from the user too (capture t046).
    fn existing(
        &self,
        kind: MetadataKind,
        uids: impl Iterator<Item = Uid>,
    ) -> Result<Vec<Uid>, StoreError> {
        let mut existing = Vec::new();
        for uid in uids {
            if self.find(kind, uid)?.is_some() {
                existing.push(uid);
            }
        }
        Ok(existing)
    }

    /// Options of a combo under which the user may read data. The default combo is for everybody.
    fn readable_options(&self, combo: CategoryComboUid) -> Result<Vec<Uid>, StoreError> {
        let mut readable = Vec::new();
        let Some(stored) = self.find(MetadataKind::CategoryCombo, combo.0)? else {
            return Ok(readable);
        };
        let Ok(combo) = parse_category_combo(stored.body.as_bytes()) else { return Ok(readable) };
        if combo.is_default {
            return Ok(readable);
        }
        for id in combo.categories {
            let Some(stored) = self.find(MetadataKind::Category, id.0)? else { continue };
            let Ok(category) = parse_category(stored.body.as_bytes()) else { continue };
            for id in category.category_options {
                let Some(stored) = self.find(MetadataKind::CategoryOption, id.0)? else { continue };
                let option = parse_category_option(stored.body.as_bytes());
                if option.is_ok_and(|option| option.access.read) {
                    readable.push(id.0);
                }
            }
        }
        Ok(readable)
    }
}

fn digest(mut seen: Vec<Uid>) -> String {
    seen.sort_unstable();
    seen.dedup();
    let mut hasher = Sha256::new();
    for uid in seen {
        hasher.update(uid.as_str());
    }
    hasher.finalize().iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect()
}
