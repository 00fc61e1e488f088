//! Generated attributes of an open form: which reserved values still fit their pattern.

use jiff::civil::DateTime;
use outpost_domain::form::enrollment::EnrollmentField;
use outpost_domain::text_pattern::{TextPattern, attribute_pattern};
use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityAttributeUid};

use super::context::World;

/// A generated attribute whose value the next save draws.
pub(super) struct Generated {
    pub attribute: TrackedEntityAttributeUid,
    place: OrganisationUnitUid,
    /// Code of the place.
    code: Option<String>,
    /// `None` for a pattern that cannot be read: then the server's word is taken.
    pattern: Option<TextPattern>,
    now: DateTime,
}

/// What decides about the values of a field at a place now.
pub(super) fn generated_of(
    field: &EnrollmentField,
    place: OrganisationUnitUid,
    code: Option<String>,
    world: &World,
) -> Generated {
    Generated {
        attribute: field.attribute,
        place,
        code,
        pattern: attribute_pattern(field.pattern.as_deref(), field.value_type).ok(),
        now: world.now(),
    }
}

impl Generated {
    /// The place for which values are reserved; `None` if for every place.
    pub fn place(&self) -> Option<OrganisationUnitUid> {
        let needs_place = self.pattern.as_ref().is_some_and(TextPattern::needs_organisation_unit);
        needs_place.then_some(self.place)
    }

    /// Whether a reserved value could have been made here and now: a date of yesterday does not fit.
    pub fn fits(&self, value: &str) -> bool {
        let pattern = self.pattern.as_ref();
        pattern.is_none_or(|pattern| pattern.fits(value, self.code.as_deref(), self.now))
    }
}
