//! The two records that the form of a person edits as one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{EnrollmentForm, Home};
use crate::data::{Enrollment, TrackedEntity};
use crate::uid::TrackedEntityAttributeUid;

/// A tracked entity with the enrolment that is registered or edited; `None` where there is no
/// program.
///
/// Serialised it is a draft's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// The tracked entity.
    pub tracked_entity: TrackedEntity,
    /// Its enrolment in the form's program.
    #[serde(default)]
    pub enrollment: Option<Enrollment>,
}

impl Registration {
    /// The value of an attribute, wherever it stands; never empty.
    #[must_use]
    pub fn value(&self, attribute: TrackedEntityAttributeUid) -> Option<&str> {
        let of_enrollment = || self.enrollment.as_ref()?.attributes.get(&attribute);
        let value = self.tracked_entity.attributes.get(&attribute).or_else(of_enrollment);
        value.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every value of the person: what stands on the tracked entity comes first.
    #[must_use]
    pub fn values(&self) -> BTreeMap<TrackedEntityAttributeUid, &str> {
        let of_enrollment = self.enrollment.iter().flat_map(|it| &it.attributes);
        let all = of_enrollment.chain(&self.tracked_entity.attributes);
        all.filter(|(_, value)| !value.is_empty())
            .map(|(id, value)| (*id, value.as_str()))
            .collect()
    }

    /// Puts a value into the record that it belongs to, out of the other one; `None` empties it.
    pub fn put(
        &mut self,
        form: &EnrollmentForm,
        attribute: TrackedEntityAttributeUid,
        value: Option<String>,
    ) {
        self.tracked_entity.attributes.remove(&attribute);
        if let Some(enrollment) = &mut self.enrollment {
            enrollment.attributes.remove(&attribute);
        }
        let Some(value) = value else { return };
        let home = form.field(attribute).map_or(Home::TrackedEntity, |field| field.home);
        match (home, &mut self.enrollment) {
            (Home::Enrollment, Some(enrollment)) => enrollment.attributes.insert(attribute, value),
            _ => self.tracked_entity.attributes.insert(attribute, value),
        };
    }
}
