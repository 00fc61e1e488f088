//! Reading the body of an import: nested trees become flat lists, uids that are missing are made.
//!
//! Never judges: an object that makes no sense is read as far as it goes.

use serde_json::{Map, Value};

use super::event::{Sent, time, uid_of};
use super::relationship::End;
use crate::model::http::{scalar, text};
use crate::model::time::Zone;
use crate::model::uid::UidSource;

/// Attribute and value; `None` removes.
pub type SentAttribute = (String, Option<String>);

/// A tracked entity of a payload.
#[derive(Debug, Clone, Default)]
pub struct SentEntity {
    /// Uid.
    pub uid: String,
    /// Tracked entity type.
    pub kind: Option<String>,
    /// Organisation unit.
    pub ou: Option<String>,
    /// The client's time of creation.
    pub created_client: Option<i64>,
    /// The client's time of change.
    pub updated_client: Option<i64>,
    /// No longer of interest.
    pub inactive: bool,
    /// Marked as a likely double.
    pub potential_duplicate: bool,
    /// Who stored it.
    pub stored_by: Option<String>,
    /// GeoJSON.
    pub geometry: Option<Value>,
    /// Attribute values.
    pub attributes: Vec<SentAttribute>,
}

/// An enrolment of a payload.
#[derive(Debug, Clone, Default)]
pub struct SentEnrollment {
    /// Uid.
    pub uid: String,
    /// Tracked entity.
    pub te: Option<String>,
    /// Program.
    pub program: Option<String>,
    /// Organisation unit.
    pub ou: Option<String>,
    /// Status, `ACTIVE` if none.
    pub status: String,
    /// Day of the enrolment.
    pub enrolled: Option<i64>,
    /// Day of the incident.
    pub occurred: Option<i64>,
    /// When it was completed, as the client says.
    pub completed: Option<i64>,
    /// Somebody has to look at it.
    pub follow_up: bool,
    /// The client's time of creation.
    pub created_client: Option<i64>,
    /// The client's time of change.
    pub updated_client: Option<i64>,
    /// Who stored it.
    pub stored_by: Option<String>,
    /// GeoJSON.
    pub geometry: Option<Value>,
    /// Notes.
    pub notes: Vec<Value>,
    /// Attribute values.
    pub attributes: Vec<SentAttribute>,
}

/// A relationship of a payload.
#[derive(Debug, Clone, Default)]
pub struct SentRelationship {
    /// Uid.
    pub uid: String,
    /// Relationship type.
    pub kind: Option<String>,
    /// Whether `from` was there at all, and what it names if it names exactly one object.
    pub from: Option<End>,
    /// The other end.
    pub to: Option<End>,
    /// The client's time of creation.
    pub created_client: Option<i64>,
}

/// A payload, flat.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// Tracked entities.
    pub entities: Vec<SentEntity>,
    /// Enrolments.
    pub enrollments: Vec<SentEnrollment>,
    /// Events.
    pub events: Vec<Sent>,
    /// Relationships.
    pub relationships: Vec<SentRelationship>,
}

/// Statuses in the order in which the server lists them.
const STATUSES: [&str; 3] = ["ACTIVE", "COMPLETED", "CANCELLED"];

impl Bundle {
    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.entities.len() + self.enrollments.len() + self.events.len() + self.relationships.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// The text after `JSON parse error: ` for a uid, date or status that cannot be.
    pub fn read(payload: &Value, zone: &Zone, uids: &mut UidSource) -> Result<Self, String> {
        let mut reader = Reader { bundle: Self::default(), zone, uids };
        let nothing = Map::new();
        let payload = payload.as_object().unwrap_or(&nothing);
        items(payload, "trackedEntities").try_for_each(|item| reader.entity(item))?;
        items(payload, "enrollments").try_for_each(|item| reader.enrollment(item, None))?;
        items(payload, "events").try_for_each(|item| reader.event(item, None))?;
        items(payload, "relationships").try_for_each(|item| reader.relationship(item))?;
        Ok(reader.bundle)
    }
}

fn items<'a>(object: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

struct Reader<'a> {
    bundle: Bundle,
    zone: &'a Zone,
    uids: &'a mut UidSource,
}

fn word(item: &Map<String, Value>, key: &str) -> Option<String> {
    text(item, key).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn flag(item: &Map<String, Value>, key: &str) -> bool {
    item.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn geometry(item: &Map<String, Value>) -> Option<Value> {
    item.get("geometry").filter(|geometry| geometry.is_object()).cloned()
}

fn attributes(item: &Map<String, Value>) -> Vec<SentAttribute> {
    let read = |value: &Value| {
        let attribute = value.get("attribute").and_then(Value::as_str).unwrap_or("").to_owned();
        (attribute, scalar(value.get("value")).filter(|text| !text.is_empty()))
    };
    items(item, "attributes").map(read).collect()
}

impl Reader<'_> {
    fn uid(&mut self, item: &Map<String, Value>, key: &str) -> Result<String, String> {
        Ok(uid_of(item, key)?.unwrap_or_else(|| self.uids.uid()))
    }

    fn entity(&mut self, item: &Value) -> Result<(), String> {
        let nothing = Map::new();
        let item = item.as_object().unwrap_or(&nothing);
        let uid = self.uid(item, "trackedEntity")?;
        self.bundle.entities.push(SentEntity {
            uid: uid.clone(),
            kind: word(item, "trackedEntityType"),
            ou: word(item, "orgUnit"),
            created_client: time(item.get("createdAtClient"), self.zone)?,
            updated_client: time(item.get("updatedAtClient"), self.zone)?,
            inactive: flag(item, "inactive"),
            potential_duplicate: flag(item, "potentialDuplicate"),
            stored_by: word(item, "storedBy"),
            geometry: geometry(item),
            attributes: attributes(item),
        });
        items(item, "enrollments").try_for_each(|child| self.enrollment(child, Some(&uid)))?;
        items(item, "relationships").try_for_each(|child| self.relationship(child))
    }

    fn enrollment(&mut self, item: &Value, parent: Option<&str>) -> Result<(), String> {
        let nothing = Map::new();
        let item = item.as_object().unwrap_or(&nothing);
        let uid = self.uid(item, "enrollment")?;
        let status = word(item, "status").unwrap_or_else(|| "ACTIVE".to_owned());
        if !STATUSES.contains(&status.as_str()) {
            return Err(format!(
                "Cannot deserialize value of type `org.hisp.dhis.program.EnrollmentStatus` from \
                 String \"{status}\": not one of the values accepted for Enum class: [{}]",
                STATUSES.join(", ")
            ));
        }
        let te = uid_of(item, "trackedEntity")?.or_else(|| parent.map(str::to_owned));
        self.bundle.enrollments.push(SentEnrollment {
            uid: uid.clone(),
            te: te.clone(),
            program: word(item, "program"),
            ou: word(item, "orgUnit"),
            status,
            enrolled: time(item.get("enrolledAt"), self.zone)?,
            occurred: time(item.get("occurredAt"), self.zone)?,
            completed: time(item.get("completedAt"), self.zone)?,
            follow_up: flag(item, "followUp"),
            created_client: time(item.get("createdAtClient"), self.zone)?,
            updated_client: time(item.get("updatedAtClient"), self.zone)?,
            stored_by: word(item, "storedBy"),
            geometry: geometry(item),
            notes: items(item, "notes").cloned().collect(),
            attributes: attributes(item),
        });
        items(item, "events").try_for_each(|child| self.event(child, Some(&uid)))?;
        items(item, "relationships").try_for_each(|child| self.relationship(child))
    }

    fn event(&mut self, item: &Value, parent: Option<&str>) -> Result<(), String> {
        let mut event = Sent::read(item, self.zone)?;
        if event.uid.is_empty() {
            event.uid = self.uids.uid();
        }
        if event.enrollment.is_none() {
            event.enrollment = parent.map(str::to_owned);
        }
        self.bundle.events.push(event);
        let nothing = Map::new();
        let item = item.as_object().unwrap_or(&nothing);
        items(item, "relationships").try_for_each(|child| self.relationship(child))
    }

    fn relationship(&mut self, item: &Value) -> Result<(), String> {
        let nothing = Map::new();
        let item = item.as_object().unwrap_or(&nothing);
        let uid = self.uid(item, "relationship")?;
        let kind = word(item, "relationshipType");
        self.bundle.relationships.push(SentRelationship {
            uid,
            kind,
            from: End::read(item.get("from")),
            to: End::read(item.get("to")),
            created_client: time(item.get("createdAtClient"), self.zone)?,
        });
        Ok(())
    }
}
