//! Tracker objects as answers show them: only the members that were asked for, loaded only then.
//!
//! Never decides who may ask; [`super::access`] does. What lies below an object is left out where
//! the user may not see it.

use serde_json::{Map, Value, json};

use super::access;
use super::attributes::linked;
use super::enrollment::{self, Enrollment};
use super::entity::{self, AttributeValue, Entity};
use super::event::{self, Event};
use super::page::{choose, wanted};
use super::relationship::{self, End, Relationship};
use crate::model::meta::access::User;
use crate::model::meta::fields::{Fields, Preset};
use crate::model::meta::store::Object;
use crate::model::uid::uid_of;
use crate::model::world::World;

/// Shows objects to one user at one time.
pub struct Show<'a> {
    /// The world.
    pub world: &'a World,
    /// Who asks.
    pub user: &'a User,
    /// Unix ms.
    pub now: i64,
    /// Whether what is deleted below an object is shown.
    pub with_deleted: bool,
}

/// How deep an object lies in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On its own, or below its parents.
    Own,
    /// At the end of a relationship: fewer members, and no further relationships.
    End,
}

fn all() -> Fields {
    Fields { presets: vec![Preset::All], ..Fields::default() }
}

type Shown = rusqlite::Result<Value>;

impl Show<'_> {
    /// A tracked entity; its program attributes and enrolments only of `program`, if one is given.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn entity(
        &self,
        entity: &Entity,
        program: Option<&Object>,
        fields: &Fields,
        place: Place,
    ) -> Shown {
        let mut members = entity.show(&self.world.zone);
        if wanted(fields, "attributes").is_some() {
            let values = entity::values(&self.world.db, &entity.uid)?;
            let values = match place {
                Place::End => values,
                Place::Own => self.of_type(values, &entity.kind, program),
            };
            members.insert("attributes".to_owned(), self.attributes(&values));
        }
        if let Some(inner) = wanted(fields, "enrollments") {
            let inner = inner.cloned().unwrap_or_else(all);
            let shown = self.enrollments(entity, program, &inner, place)?;
            members.insert("enrollments".to_owned(), shown);
        }
        if wanted(fields, "programOwners").is_some() {
            let owners = entity::owners(&self.world.db, &entity.uid)?.into_iter();
            let owners = owners.filter(|(id, _)| program.is_none_or(|program| program.id == *id));
            let owners: Value = owners.map(|(_, shown)| shown).collect();
            members.insert("programOwners".to_owned(), owners);
        }
        if place == Place::Own
            && let Some(inner) = wanted(fields, "relationships")
        {
            let shown = self.relationships("trackedEntity", &entity.uid, inner)?;
            members.insert("relationships".to_owned(), shown);
        }
        Ok(choose(&members, fields))
    }

    /// The values of the type's attributes and of the program's.
    fn of_type(
        &self,
        values: Vec<AttributeValue>,
        kind: &str,
        program: Option<&Object>,
    ) -> Vec<AttributeValue> {
        let kind = self.world.meta.get("trackedEntityTypes", kind);
        let kind = kind.map(|kind| kind.items("trackedEntityTypeAttributes")).unwrap_or_default();
        let mut known = linked(kind, false);
        let program = program.map(|program| program.items("programTrackedEntityAttributes"));
        known.extend(linked(program.unwrap_or_default(), false));
        values.into_iter().filter(|value| known.contains(&value.attribute.as_str())).collect()
    }

    fn attributes(&self, values: &[AttributeValue]) -> Value {
        let show = |value: &AttributeValue| {
            let known = self.world.meta.get("trackedEntityAttributes", &value.attribute);
            let member = |key: &str| known.and_then(|known| known.text(key));
            let created = self.world.zone.local(value.created);
            let mut shown = json!({
                "attribute": value.attribute, "displayName": member("name"),
                "createdAt": created, "updatedAt": created,
                "valueType": member("valueType").unwrap_or("TEXT"), "value": value.value,
            });
            if let Some(code) = member("code") {
                shown["code"] = json!(code);
            }
            shown
        };
        values.iter().map(show).collect()
    }

    fn enrollments(
        &self,
        entity: &Entity,
        program: Option<&Object>,
        fields: &Fields,
        place: Place,
    ) -> Shown {
        let mut shown = Vec::new();
        for enrollment in enrollment::of_entity(&self.world.db, &entity.uid)? {
            let other = program.is_some_and(|program| program.id != enrollment.program);
            if other || (enrollment.deleted && !self.with_deleted) {
                continue;
            }
            if self.sees_enrollment(&enrollment, &entity.ou)? {
                shown.push(self.enrollment(&enrollment, fields, place)?);
            }
        }
        Ok(Value::Array(shown))
    }

    /// Whether the user may see an enrolment; `home` is the unit of its tracked entity.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn sees_enrollment(&self, enrollment: &Enrollment, home: &str) -> rusqlite::Result<bool> {
        let program = self.world.meta.get("programs", &enrollment.program);
        let Some(program) = program.filter(|program| access::reads(self.user, program)) else {
            return Ok(false);
        };
        access::has(self.world, self.user, &enrollment.te, home, program, self.now)
    }

    /// An enrolment.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn enrollment(&self, enrollment: &Enrollment, fields: &Fields, place: Place) -> Shown {
        let mut members = enrollment.show(&self.world.zone);
        if let Some(inner) = wanted(fields, "events") {
            let inner = inner.cloned().unwrap_or_else(all);
            let mut shown = Vec::new();
            for event in event::of_enrollment(&self.world.db, &enrollment.uid)? {
                let seen = !event.deleted || self.with_deleted;
                if seen && self.reads_stage(&event) {
                    shown.push(self.event(&event, &inner, place)?);
                }
            }
            members.insert("events".to_owned(), Value::Array(shown));
        }
        if wanted(fields, "attributes").is_some() {
            let program = self.world.meta.get("programs", &enrollment.program);
            let links = program.map(|program| program.items("programTrackedEntityAttributes"));
            let known = linked(links.unwrap_or_default(), false);
            let values = entity::values(&self.world.db, &enrollment.te)?.into_iter();
            let values = values.filter(|value| known.contains(&value.attribute.as_str()));
            let values: Vec<AttributeValue> = values.collect();
            members.insert("attributes".to_owned(), self.attributes(&values));
        }
        if place == Place::Own
            && let Some(inner) = wanted(fields, "relationships")
        {
            let shown = self.relationships("enrollment", &enrollment.uid, inner)?;
            members.insert("relationships".to_owned(), shown);
        }
        Ok(choose(&members, fields))
    }

    fn reads_stage(&self, event: &Event) -> bool {
        let stage = self.world.meta.get("programStages", &event.stage);
        stage.is_some_and(|stage| access::reads(self.user, stage))
    }

    /// An event.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn event(&self, event: &Event, fields: &Fields, place: Place) -> Shown {
        // Every event of an event program belongs to one hidden enrolment.
        let hidden = uid_of(&format!("enrollment of {}", event.program));
        let mut members = event.show(&self.world.zone, &hidden);
        match place {
            Place::End => {
                members.shift_remove("trackedEntity");
                let values = members.get_mut("dataValues").and_then(Value::as_array_mut);
                for value in values.into_iter().flatten().filter_map(Value::as_object_mut) {
                    value.shift_remove("storedBy");
                }
            }
            Place::Own => {
                if let Some(inner) = wanted(fields, "relationships") {
                    let shown = self.relationships("event", &event.uid, inner)?;
                    members.insert("relationships".to_owned(), shown);
                }
            }
        }
        Ok(choose(&members, fields))
    }

    fn relationships(&self, member: &str, uid: &str, inner: Option<&Fields>) -> Shown {
        let links = relationship::of_object(&self.world.db, member, uid, self.with_deleted)?;
        let fields = inner.cloned().unwrap_or_else(all);
        let mut shown = Vec::new();
        for link in links.iter().filter(|link| self.reads_link(link)) {
            shown.push(self.relationship(link, &fields)?);
        }
        Ok(Value::Array(shown))
    }

    /// Whether the user may read relationships of this type.
    pub fn reads_link(&self, link: &Relationship) -> bool {
        let kind = self.world.meta.get("relationshipTypes", &link.kind);
        kind.is_some_and(|kind| access::reads(self.user, kind))
    }

    /// A relationship with its two ends (captures 183, t031, t031c).
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn relationship(&self, link: &Relationship, fields: &Fields) -> Shown {
        let kind = self.world.meta.get("relationshipTypes", &link.kind);
        let created = self.world.zone.local(link.created);
        let mut members = Map::new();
        for (name, value) in [
            ("relationship", json!(link.uid)),
            ("relationshipName", json!(kind.map_or("", |kind| kind.name()))),
            ("relationshipType", json!(link.kind)),
            ("createdAt", json!(created)),
            ("updatedAt", json!(created)),
            ("bidirectional", json!(kind.is_some_and(|kind| kind.flag("bidirectional")))),
        ] {
            members.insert(name.to_owned(), value);
        }
        if let Some(time) = link.created_client {
            members.insert("createdAtClient".to_owned(), json!(self.world.zone.local(time)));
        }
        for (name, end) in [("from", &link.from), ("to", &link.to)] {
            if let Some(inner) = wanted(fields, name) {
                let inner = inner.cloned().unwrap_or_else(all);
                members.insert(name.to_owned(), self.end(end, &inner)?);
            }
        }
        Ok(choose(&members, fields))
    }

    fn end(&self, end: &End, fields: &Fields) -> Shown {
        let Some(inner) = wanted(fields, &end.member) else { return Ok(json!({})) };
        let inner = inner.cloned().unwrap_or_else(all);
        let db = &self.world.db;
        let shown = match end.member.as_str() {
            "trackedEntity" => match entity::load(db, &end.uid)? {
                Some(entity) => self.entity(&entity, None, &inner, Place::End)?,
                None => Value::Null,
            },
            "enrollment" => match enrollment::load(db, &end.uid)? {
                Some(enrollment) => self.enrollment(&enrollment, &inner, Place::End)?,
                None => Value::Null,
            },
            _ => match event::load(db, &end.uid)? {
                Some(event) => self.event(&event, &inner, Place::End)?,
                None => Value::Null,
            },
        };
        let mut item = Map::new();
        item.insert(end.member.clone(), shown);
        Ok(Value::Object(item))
    }
}
