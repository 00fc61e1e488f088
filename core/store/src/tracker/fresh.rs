//! Whether a reserved value still says what its pattern says now: a value with last year's date in it
//! is of no use, although it has not expired.

use jiff::civil::{DateTime, date};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::text_pattern::{TextPattern, attribute_pattern};
use outpost_domain::uid::{OrganisationUnitUid, TrackedEntityAttributeUid};
use outpost_wire::metadata::parse_tracked_entity_attribute;
use rusqlite::Connection;

use super::reserved::{code_of, offset_minutes};
use crate::error::StoreError;
use crate::metadata;

/// What decides about the values of an attribute at a place.
pub(super) struct Freshness {
    /// `None` for a pattern that cannot be read: then the server's word is taken.
    pattern: Option<TextPattern>,
    code: Option<String>,
    now: DateTime,
}

impl Freshness {
    /// Reads pattern and code from the visible metadata; `unit` is empty for every place.
    pub fn of(
        connection: &Connection,
        attribute: TrackedEntityAttributeUid,
        unit: &str,
        server_now_ms: i64,
    ) -> Result<Self, StoreError> {
        let generation = metadata::visible(connection)?;
        let kind = MetadataKind::TrackedEntityAttribute;
        let stored = metadata::object(connection, kind, attribute.0, generation)?;
        let about = stored.and_then(|one| parse_tracked_entity_attribute(one.body.as_bytes()).ok());
        let pattern = about
            .and_then(|about| attribute_pattern(about.pattern.as_deref(), about.value_type).ok());
        let code = match OrganisationUnitUid::parse(unit) {
            Ok(unit) => code_of(connection, unit, generation)?,
            Err(_) => None,
        };
        let local_ms = server_now_ms.saturating_add(offset_minutes(connection)? * 60_000);
        Ok(Self { pattern, code, now: civil(local_ms) })
    }

    /// Whether the server could have made the value now.
    pub fn fits(&self, value: &str) -> bool {
        let pattern = self.pattern.as_ref();
        pattern.is_none_or(|pattern| pattern.fits(value, self.code.as_deref(), self.now))
    }
}

/// A local time as if its milliseconds were UTC; the limits of the calendar stand for what is beyond.
fn civil(local_ms: i64) -> DateTime {
    let since = jiff::SignedDuration::from_millis(local_ms);
    date(1970, 1, 1).at(0, 0, 0, 0).saturating_add(since)
}
