//! Merge of tracked entities, enrolments and relationships.

use std::collections::BTreeSet;

use super::event::{same_combo, same_day, same_geometry, same_time};
use super::{Conflicts, FieldWise, Merge, deleted, fields, finish, notes_held, united_notes};
use crate::data::{Enrollment, EnrollmentStatus, Relationship, TrackedEntity};
use crate::uid::TrackedEntityAttributeUid;

/// Values of attributes by attribute.
type Values = std::collections::BTreeMap<TrackedEntityAttributeUid, String>;

/// Merges a tracked entity. `base` is `None` if the server was known not to hold it.
#[must_use]
pub fn merge_tracked_entity(
    base: Option<&TrackedEntity>,
    local: &TrackedEntity,
    remote: &TrackedEntity,
) -> Merge<TrackedEntity> {
    if let Some(merge) = deleted(base, local, remote, |one| one.deleted) {
        return merge;
    }
    let mut conflicts = Conflicts::default();
    let sides = (base, local, remote);
    let merged = TrackedEntity {
        organisation_unit: conflicts.pick_of(fields::ORG_UNIT, sides, |one| &one.organisation_unit),
        geometry: conflicts.pick_text(fields::GEOMETRY, sides, |one| &one.geometry, same_geometry),
        attributes: merge_values(
            &mut conflicts,
            base.map(|base| &base.attributes),
            &local.attributes,
            &remote.attributes,
        ),
        created_at_client: local.created_at_client.clone().or(remote.created_at_client.clone()),
        updated_at_client: local.updated_at_client.clone().or(remote.updated_at_client.clone()),
        ..local.clone()
    };
    finish(conflicts.0, merged, remote)
}

/// Merges an enrolment. `base` is `None` if the server was known not to hold it.
#[must_use]
pub fn merge_enrollment(
    base: Option<&Enrollment>,
    local: &Enrollment,
    remote: &Enrollment,
) -> Merge<Enrollment> {
    if let Some(merge) = deleted(base, local, remote, |one| one.deleted) {
        return merge;
    }
    let mut conflicts = Conflicts::default();
    let mut merged = merge_properties(&mut conflicts, base, local, remote);
    merged.attributes = merge_values(
        &mut conflicts,
        base.map(|base| &base.attributes),
        &local.attributes,
        &remote.attributes,
    );
    merged.notes = united_notes(base.map(|base| &*base.notes), &local.notes, &remote.notes);
    keep_end_consistent(&mut conflicts, base, local, &mut merged);
    finish(conflicts.0, merged, remote)
}

fn merge_properties(
    conflicts: &mut Conflicts,
    base: Option<&Enrollment>,
    local: &Enrollment,
    remote: &Enrollment,
) -> Enrollment {
    let no_combo = None;
    let sides = (base, local, remote);
    Enrollment {
        status: conflicts.pick_of(fields::STATUS, sides, |one| &one.status),
        organisation_unit: conflicts.pick_of(fields::ORG_UNIT, sides, |one| &one.organisation_unit),
        enrolled_at: conflicts.pick_text(
            fields::ENROLLED_AT,
            sides,
            |one| &one.enrolled_at,
            same_time,
        ),
        occurred_at: conflicts.pick_text(
            fields::OCCURRED_AT,
            sides,
            |one| &one.occurred_at,
            same_time,
        ),
        completed_at: conflicts.pick_text(
            fields::COMPLETED_AT,
            sides,
            |one| &one.completed_at,
            same_day,
        ),
        follow_up: conflicts.pick_follow_up(sides, |one| &one.follow_up),
        geometry: conflicts.pick_text(fields::GEOMETRY, sides, |one| &one.geometry, same_geometry),
        attribute_option_combo: conflicts.pick_by(
            fields::ATTRIBUTE_OPTION_COMBO,
            Some(base.map_or(&no_combo, |base| &base.attribute_option_combo)),
            &local.attribute_option_combo,
            &remote.attribute_option_combo,
            |a, b| same_combo(*a, *b),
        ),
        created_at_client: local.created_at_client.clone().or(remote.created_at_client.clone()),
        updated_at_client: local.updated_at_client.clone().or(remote.updated_at_client.clone()),
        ..local.clone()
    }
}

/// Only an ended enrolment has an end (E1052). If the other side reopened the enrolment while this
/// side moved that day, both are in question.
fn keep_end_consistent(
    conflicts: &mut Conflicts,
    base: Option<&Enrollment>,
    local: &Enrollment,
    merged: &mut Enrollment,
) {
    if merged.status != EnrollmentStatus::Active || merged.completed_at.is_none() {
        return;
    }
    let moved_here = local.status != EnrollmentStatus::Active
        && base.is_some_and(|base| !same_day(&base.completed_at, &local.completed_at));
    if moved_here {
        conflicts.0.push(fields::STATUS.to_owned());
        merged.status = local.status;
    } else {
        merged.completed_at = None;
    }
}

/// Merges a relationship: it is there or it is not, nothing of it can be changed.
#[must_use]
pub fn merge_relationship(
    base: Option<&Relationship>,
    local: &Relationship,
    remote: &Relationship,
) -> Merge<Relationship> {
    deleted(base, local, remote, |one| one.deleted).unwrap_or(Merge::Same)
}

fn merge_values(
    conflicts: &mut Conflicts,
    base: Option<&Values>,
    local: &Values,
    remote: &Values,
) -> Values {
    let named = |values: &Values| values.keys().copied().collect::<BTreeSet<_>>();
    let mut names = named(local);
    names.extend(named(remote));
    names.extend(base.map(named).unwrap_or_default());
    let mut merged = Values::new();
    for name in names {
        let of = |values: &Values| value_of(values, name);
        let before = base.and_then(of);
        let picked = conflicts.pick(name.as_str(), Some(&before), &of(local), &of(remote));
        merged.extend(picked.map(|value| (name, value)));
    }
    merged
}

/// An empty value is none.
fn value_of(values: &Values, attribute: TrackedEntityAttributeUid) -> Option<String> {
    values.get(&attribute).filter(|value| !value.is_empty()).cloned()
}

fn take_value(values: &mut Values, attribute: &str, from: &Values) {
    let Ok(attribute) = TrackedEntityAttributeUid::parse(attribute) else { return };
    match value_of(from, attribute) {
        Some(value) => values.insert(attribute, value),
        None => values.remove(&attribute),
    };
}

fn same_values(a: &Values, b: &Values) -> bool {
    a.keys().chain(b.keys()).all(|name| value_of(a, *name) == value_of(b, *name))
}

impl FieldWise for TrackedEntity {
    fn take(&mut self, field: &str, from: &Self) {
        match field {
            fields::DELETED => *self = from.clone(),
            fields::ORG_UNIT => self.organisation_unit = from.organisation_unit,
            fields::GEOMETRY => self.geometry.clone_from(&from.geometry),
            attribute => take_value(&mut self.attributes, attribute, &from.attributes),
        }
    }

    fn is_held_by(&self, remote: &Self) -> bool {
        self.deleted && remote.deleted
            || self.deleted == remote.deleted
                && self.organisation_unit == remote.organisation_unit
                && same_geometry(&self.geometry, &remote.geometry)
                && same_values(&self.attributes, &remote.attributes)
    }
}

impl FieldWise for Enrollment {
    fn take(&mut self, field: &str, from: &Self) {
        match field {
            fields::DELETED => *self = from.clone(),
            fields::STATUS | fields::COMPLETED_AT => {
                self.status = from.status;
                self.completed_at.clone_from(&from.completed_at);
            }
            fields::ENROLLED_AT => self.enrolled_at.clone_from(&from.enrolled_at),
            fields::OCCURRED_AT => self.occurred_at.clone_from(&from.occurred_at),
            fields::FOLLOW_UP => self.follow_up = from.follow_up,
            fields::ORG_UNIT => self.organisation_unit = from.organisation_unit,
            fields::ATTRIBUTE_OPTION_COMBO => {
                self.attribute_option_combo = from.attribute_option_combo;
            }
            fields::GEOMETRY => self.geometry.clone_from(&from.geometry),
            attribute => take_value(&mut self.attributes, attribute, &from.attributes),
        }
    }

    fn is_held_by(&self, remote: &Self) -> bool {
        if self.deleted && remote.deleted {
            return true;
        }
        self.deleted == remote.deleted
            && self.status == remote.status
            && self.organisation_unit == remote.organisation_unit
            && same_combo(self.attribute_option_combo, remote.attribute_option_combo)
            && same_time(&self.enrolled_at, &remote.enrolled_at)
            && same_time(&self.occurred_at, &remote.occurred_at)
            && self.follow_up == remote.follow_up
            && same_geometry(&self.geometry, &remote.geometry)
            && same_values(&self.attributes, &remote.attributes)
            && notes_held(&self.notes, &remote.notes)
            && (self.completed_at.is_none() || same_day(&self.completed_at, &remote.completed_at))
    }
}

impl FieldWise for Relationship {
    fn take(&mut self, field: &str, from: &Self) {
        if field == fields::DELETED {
            self.deleted = from.deleted;
        }
    }

    fn is_held_by(&self, remote: &Self) -> bool {
        self.deleted == remote.deleted
    }
}
