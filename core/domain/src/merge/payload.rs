//! Merge of what waits in the outbox, whatever its kind.

use super::{
    FieldWise, Merge, merge_completion, merge_data_value, merge_enrollment, merge_event,
    merge_relationship, merge_tracked_entity,
};
use crate::data::Payload;

/// Merges an outbox record with what the server holds.
///
/// The three must be about the same record. A base of another kind counts as none; against a remote
/// of another kind the local record stands.
#[must_use]
pub fn merge_payload(base: Option<&Payload>, local: &Payload, remote: &Payload) -> Merge<Payload> {
    match (local, remote) {
        (Payload::DataValue { data_set, key, value }, Payload::DataValue { value: remote, .. }) => {
            let base = base.and_then(|base| match base {
                Payload::DataValue { value, .. } => Some(value),
                _ => None,
            });
            let (data_set, key) = (*data_set, *key);
            merge_data_value(base, value, remote).map(|value| Payload::DataValue {
                data_set,
                key,
                value,
            })
        }
        (
            Payload::Completion { key, completion },
            Payload::Completion { completion: remote, .. },
        ) => {
            let base = base.and_then(|base| match base {
                Payload::Completion { completion, .. } => Some(completion),
                _ => None,
            });
            let key = *key;
            merge_completion(base, completion, remote)
                .map(|completion| Payload::Completion { key, completion })
        }
        (Payload::Event { event }, Payload::Event { event: remote }) => {
            let base = base.and_then(|base| match base {
                Payload::Event { event } => Some(event),
                _ => None,
            });
            merge_event(base, event, remote).map(|event| Payload::Event { event })
        }
        _ => merge_tracker(base, local, remote),
    }
}

fn merge_tracker(base: Option<&Payload>, local: &Payload, remote: &Payload) -> Merge<Payload> {
    match (local, remote) {
        (
            Payload::TrackedEntity { tracked_entity },
            Payload::TrackedEntity { tracked_entity: remote },
        ) => {
            let base = base.and_then(|base| match base {
                Payload::TrackedEntity { tracked_entity } => Some(tracked_entity),
                _ => None,
            });
            merge_tracked_entity(base, tracked_entity, remote)
                .map(|tracked_entity| Payload::TrackedEntity { tracked_entity })
        }
        (Payload::Enrollment { enrollment }, Payload::Enrollment { enrollment: remote }) => {
            let base = base.and_then(|base| match base {
                Payload::Enrollment { enrollment } => Some(enrollment),
                _ => None,
            });
            merge_enrollment(base, enrollment, remote)
                .map(|enrollment| Payload::Enrollment { enrollment })
        }
        (
            Payload::Relationship { relationship },
            Payload::Relationship { relationship: remote },
        ) => {
            let base = base.and_then(|base| match base {
                Payload::Relationship { relationship } => Some(relationship),
                _ => None,
            });
            merge_relationship(base, relationship, remote)
                .map(|relationship| Payload::Relationship { relationship })
        }
        _ => Merge::Local(local.clone()),
    }
}

impl<T> Merge<T> {
    fn map<U>(self, wrap: impl Fn(T) -> U) -> Merge<U> {
        match self {
            Self::Same => Merge::Same,
            Self::Local(merged) => Merge::Local(wrap(merged)),
            Self::Conflict { fields, merged_for_mine, theirs } => Merge::Conflict {
                fields,
                merged_for_mine: wrap(merged_for_mine),
                theirs: wrap(theirs),
            },
        }
    }
}

impl FieldWise for Payload {
    fn take(&mut self, field: &str, from: &Self) {
        match (self, from) {
            (Self::DataValue { value, .. }, Self::DataValue { value: from, .. }) => {
                value.take(field, from);
            }
            (Self::Completion { completion, .. }, Self::Completion { completion: from, .. }) => {
                completion.take(field, from);
            }
            (Self::Event { event }, Self::Event { event: from }) => event.take(field, from),
            (
                Self::TrackedEntity { tracked_entity },
                Self::TrackedEntity { tracked_entity: from },
            ) => tracked_entity.take(field, from),
            (Self::Enrollment { enrollment }, Self::Enrollment { enrollment: from }) => {
                enrollment.take(field, from);
            }
            (Self::Relationship { relationship }, Self::Relationship { relationship: from }) => {
                relationship.take(field, from);
            }
            _ => {}
        }
    }

    fn is_held_by(&self, remote: &Self) -> bool {
        match (self, remote) {
            (Self::DataValue { value, .. }, Self::DataValue { value: held, .. }) => {
                value.is_held_by(held)
            }
            (Self::Completion { completion, .. }, Self::Completion { completion: held, .. }) => {
                completion.is_held_by(held)
            }
            (Self::Event { event }, Self::Event { event: held }) => event.is_held_by(held),
            (
                Self::TrackedEntity { tracked_entity },
                Self::TrackedEntity { tracked_entity: held },
            ) => tracked_entity.is_held_by(held),
            (Self::Enrollment { enrollment }, Self::Enrollment { enrollment: held }) => {
                enrollment.is_held_by(held)
            }
            (Self::Relationship { relationship }, Self::Relationship { relationship: held }) => {
                relationship.is_held_by(held)
            }
            // What cannot be changed, only done: the same is the same.
            (Self::OwnershipTransfer { .. }, Self::OwnershipTransfer { .. })
            | (Self::FileResource { .. }, Self::FileResource { .. }) => self == remote,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Completion, DataValue, DataValueKey, SliceKey};
    use crate::merge::{Choice, fields};
    use crate::period::Period;
    use crate::uid::Uid;

    fn uid<T: From<Uid>>(text: &str) -> T {
        T::from(Uid::parse(text).expect("a uid"))
    }

    fn cell(value: &str) -> Payload {
        let key = DataValueKey {
            data_element: uid("deCases0001"),
            period: Period::parse("202610").expect("a period"),
            organisation_unit: uid("ouClinicA01"),
            category_option_combo: uid("HllvX50cXC0"),
            attribute_option_combo: uid("HllvX50cXC0"),
        };
        let value = DataValue { value: Some(value.into()), ..DataValue::default() };
        Payload::DataValue { data_set: uid("dsMalaria01"), key, value }
    }

    fn empty_cell() -> Payload {
        let Payload::DataValue { data_set, key, .. } = cell("0") else { panic!("a cell") };
        Payload::DataValue { data_set, key, value: DataValue::default() }
    }

    fn completion(completed: bool) -> Payload {
        let key = SliceKey {
            data_set: uid("dsMalaria01"),
            period: Period::parse("202610").expect("a period"),
            organisation_unit: uid("ouClinicA01"),
            attribute_option_combo: uid("HllvX50cXC0"),
        };
        Payload::Completion { key, completion: Completion { completed, ..Completion::default() } }
    }

    #[test]
    fn each_kind_merges_as_its_record_does() {
        let merge = merge_payload(Some(&cell("5")), &cell("6"), &cell("7"));
        let Merge::Conflict { fields, .. } = &merge else { panic!("two values") };
        assert_eq!(fields, &[fields::VALUE]);
        assert_eq!(merge.clone().resolve(&Choice::Mine), Merge::Local(cell("6")));
        assert_eq!(merge.resolve(&Choice::Theirs), Merge::Same);
        assert_eq!(merge_payload(Some(&cell("5")), &cell("5"), &cell("7")), Merge::Same);
        let done = completion(true);
        assert_eq!(merge_payload(None, &done, &completion(false)), Merge::Local(done.clone()));
        assert_eq!(merge_payload(None, &done, &done), Merge::Same);
    }

    #[test]
    fn another_kind_is_never_taken_for_the_record() {
        let done = completion(true);
        assert_eq!(merge_payload(None, &cell("6"), &done), Merge::Local(cell("6")));
        // A base of another kind is none: the server held nothing.
        assert_eq!(merge_payload(Some(&done), &cell("6"), &empty_cell()), Merge::Local(cell("6")));
        assert!(!cell("6").is_held_by(&done));
    }
}
