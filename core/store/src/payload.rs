//! Records as they are kept: their JSON with a version, when two say the same.
//!
//! Pure. A payload that an older version of the program queued can still be read here.

use outpost_domain::data::{
    Completion, DataValue, Enrollment, Event, Payload, PayloadKind, Relationship, TrackedEntity,
};
use outpost_domain::merge::FieldWise;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::StoreError;
use crate::limits::PAYLOAD_BYTES_MAX;

/// Version of the JSON that is written.
pub(crate) const PAYLOAD_VERSION: u32 = 1;

/// The JSON of a record.
pub(crate) fn write(payload: &Payload) -> Result<String, StoreError> {
    let text = serde_json::to_string(payload)
        .map_err(|_| StoreError::Defect { detail: "a record cannot be written".to_owned() })?;
    if text.len() > PAYLOAD_BYTES_MAX {
        let limit = PAYLOAD_BYTES_MAX as u64;
        return Err(StoreError::Limit { what: "the size of a record in bytes", limit });
    }
    Ok(text)
}

/// Reads the JSON of a record. Every version that was ever written has an arm.
pub(crate) fn read(version: u32, text: &str) -> Result<Payload, StoreError> {
    match version {
        PAYLOAD_VERSION => serde_json::from_str(text).map_err(|_| StoreError::unreadable("record")),
        _ => Err(StoreError::unreadable("record of another version")),
    }
}

/// Several records, one a line; `None` for none. JSON as it is written here has no line breaks.
pub(crate) fn write_lines(payloads: &[Payload]) -> Result<Option<String>, StoreError> {
    let lines = payloads.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    Ok((!lines.is_empty()).then(|| lines.join("\n")))
}

/// Reads what [`write_lines`] wrote.
pub(crate) fn read_lines(version: u32, text: &str) -> Result<Vec<Payload>, StoreError> {
    text.lines().map(|line| read(version, line)).collect()
}

/// The kind of a stored number.
pub(crate) fn kind_of(number: u8) -> Option<PayloadKind> {
    PayloadKind::UPLOAD_ORDER.into_iter().find(|kind| *kind as u8 == number)
}

/// The key of a record in the outbox: at most one row has it. Begins with what is filled in together,
/// so that batches cover few slices and the rows of a form lie side by side.
pub(crate) fn subject(payload: &Payload) -> String {
    match payload {
        Payload::DataValue { key, .. } => format!(
            "{}/{}/{}/{}/{}",
            key.period,
            key.organisation_unit,
            key.attribute_option_combo,
            key.data_element,
            key.category_option_combo
        ),
        Payload::Completion { key, .. } => format!(
            "{}/{}/{}/{}",
            key.period, key.organisation_unit, key.attribute_option_combo, key.data_set
        ),
        _ => payload.subject(),
    }
}

/// The content of a record for the journal: its subject says the rest. Written out at once: a tree of
/// members would take as long as everything else of a record that is taken in.
pub(crate) struct Content<'a>(pub &'a Payload);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Payload::DataValue { value, .. } => said(value).serialize(serializer),
            Payload::Completion { completion, .. } => said(completion).serialize(serializer),
            Payload::Event { event } => event.serialize(serializer),
            Payload::TrackedEntity { tracked_entity } => tracked_entity.serialize(serializer),
            Payload::Enrollment { enrollment } => enrollment.serialize(serializer),
            Payload::Relationship { relationship } => relationship.serialize(serializer),
            Payload::OwnershipTransfer { transfer } => transfer.serialize(serializer),
            Payload::OwnershipOverride { glass } => glass.serialize(serializer),
            Payload::FileResource { file } => file.serialize(serializer),
        }
    }
}

/// A small record without what it does not say; the others leave that out by themselves.
fn said(content: &impl Serialize) -> Value {
    match json!(content) {
        Value::Object(mut members) => {
            members.retain(|_, value| !value.is_null() && *value != Value::Bool(false));
            Value::Object(members)
        }
        other => other,
    }
}

/// The record that says that nothing is there.
pub(crate) fn nothing(like: &Payload) -> Payload {
    match like.clone() {
        Payload::DataValue { data_set, key, .. } => {
            let value = DataValue { deleted: true, ..DataValue::default() };
            Payload::DataValue { data_set, key, value }
        }
        Payload::Completion { key, .. } => {
            Payload::Completion { key, completion: Completion::default() }
        }
        Payload::Event { event } => Payload::Event { event: Event { deleted: true, ..event } },
        Payload::TrackedEntity { tracked_entity } => Payload::TrackedEntity {
            tracked_entity: TrackedEntity { deleted: true, ..tracked_entity },
        },
        Payload::Enrollment { enrollment } => {
            Payload::Enrollment { enrollment: Enrollment { deleted: true, ..enrollment } }
        }
        Payload::Relationship { relationship } => {
            Payload::Relationship { relationship: Relationship { deleted: true, ..relationship } }
        }
        done => done,
    }
}

/// Whether the record says that nothing is there.
pub(crate) fn is_nothing(payload: &Payload) -> bool {
    match payload {
        Payload::DataValue { value, .. } => value.is_held_by(&Default::default()),
        Payload::Completion { completion, .. } => !completion.completed,
        Payload::Event { event } => event.deleted,
        Payload::TrackedEntity { tracked_entity } => tracked_entity.deleted,
        Payload::Enrollment { enrollment } => enrollment.deleted,
        Payload::Relationship { relationship } => relationship.deleted,
        Payload::OwnershipTransfer { .. }
        | Payload::OwnershipOverride { .. }
        | Payload::FileResource { .. } => false,
    }
}

/// Whether the server, holding `remote`, needs nothing more to hold `local`; `None` holds nothing.
pub(crate) fn is_held_by(local: &Payload, remote: Option<&Payload>) -> bool {
    remote.map_or_else(|| is_nothing(local), |remote| local.is_held_by(remote))
}

/// Whether both say the same, bookkeeping aside.
pub(crate) fn same(a: &Payload, b: Option<&Payload>) -> bool {
    is_held_by(a, b) && b.is_none_or(|b| is_held_by(b, Some(a)))
}
