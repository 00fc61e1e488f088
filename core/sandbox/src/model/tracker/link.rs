//! Whether a relationship may be created.

use super::batch::Batch;
use super::check::{Judge, Verdict, identifier};
use super::payload::SentRelationship;
use super::relationship::{self, End};
use super::report::{Fault, Kind};
use super::{enrollment, entity, event};
use crate::model::meta::store::Object;
use crate::model::world::World;
use serde_json::Value;

impl Judge<'_> {
    /// Judges a new relationship; the two ends that passed are given back.
    ///
    /// # Errors
    /// Only when the store fails; faults are the inner error.
    pub fn relationship(&self, sent: &SentRelationship) -> Verdict<(End, End)> {
        let uid = &sent.uid;
        let fault = |code, message: String, args: Vec<String>| {
            Fault::of(Kind::Relationship, uid, code, message, args)
        };
        let Some(kind) = &sent.kind else {
            let message = "Missing required relationship property: `relationshipType`.".to_owned();
            let args = vec!["relationshipType".to_owned()];
            return Ok(Err(vec![fault("E1124", message, args)]));
        };
        let found = self.world.meta.get("relationshipTypes", kind);
        let Some(found) = found.filter(|found| self.user.can_read(found)) else {
            let message = format!("Could not find RelationshipType: `{kind}`.");
            return Ok(Err(vec![fault("E4006", message, vec![identifier(kind)])]));
        };
        let mut faults = Vec::new();
        for (name, end) in [("from", &sent.from), ("to", &sent.to)] {
            if end.is_none() {
                let message = format!(
                    "RelationshipItem `{name}` for Relationship `{uid}` is invalid as an item must \
                     be associated with exactly one of TrackedEntity, Enrollment, Event."
                );
                faults.push(fault("E4001", message, vec![name.to_owned(), uid.clone()]));
            }
        }
        let (Some(from), Some(to)) = (&sent.from, &sent.to) else { return Ok(Err(faults)) };
        if from == to {
            let message = format!("Relationship: `{uid}` cannot link to itself.");
            return Ok(Err(vec![fault("E4000", message, vec![uid.clone()])]));
        }
        for (name, end) in [("from", from), ("to", to)] {
            faults.extend(self.end(uid, name, end, found)?);
        }
        if !faults.is_empty() {
            return Ok(Err(faults));
        }
        if !self.user.can_write_data(found) {
            let message = format!(
                "User: `{}` has no data write access to RelationshipType: `{kind}`.",
                self.user.id
            );
            return Ok(Err(vec![fault("E4020", message, vec![kind.clone()])]));
        }
        if self.is_linked(kind, from, to, found)? {
            let message = format!(
                "Relationship: `{uid}` linking {}: `{}` to {}: `{}` already exists.",
                from.upper(),
                from.uid,
                to.upper(),
                to.uid
            );
            let names = [uid, from.upper(), &from.uid, to.upper(), &to.uid];
            let args = names.iter().map(|name| (*name).to_owned()).collect();
            return Ok(Err(vec![fault("E4018", message, args)]));
        }
        Ok(Ok((from.clone(), to.clone())))
    }

    fn is_linked(
        &self,
        kind: &str,
        from: &End,
        to: &End,
        found: &Object,
    ) -> rusqlite::Result<bool> {
        let db = &self.world.db;
        if relationship::exists(db, &relationship::pair(kind, from, to))? {
            return Ok(true);
        }
        let both_ways = found.flag("bidirectional");
        Ok(both_ways && relationship::exists(db, &relationship::pair(kind, to, from))?)
    }

    fn end(
        &self,
        uid: &str,
        name: &str,
        end: &End,
        kind: &Object,
    ) -> rusqlite::Result<Option<Fault>> {
        let constraint = kind.body.get(&format!("{name}Constraint"));
        let wanted = constraint.and_then(|c| c.get("relationshipEntity")).and_then(Value::as_str);
        let wanted = match wanted {
            Some("PROGRAM_INSTANCE") => "enrollment",
            Some("PROGRAM_STAGE_INSTANCE") => "event",
            _ => "trackedEntity",
        };
        let fault = |code, message: String, args: &[&str]| {
            let args = args.iter().map(|arg| (*arg).to_owned()).collect();
            Ok(Some(Fault::of(Kind::Relationship, uid, code, message, args)))
        };
        if wanted != end.member {
            let message = format!(
                "RelationshipType `{name}` constraint requires a {wanted} but a {} was found.",
                end.member
            );
            return fault("E4010", message, &[name, wanted, &end.member]);
        }
        // A deleted object can still be linked (capture t030j).
        if !exists(self.world, self.batch, end)? {
            let message =
                format!("Could not find `{}`: `{}`, linked to relationship.", end.member, end.uid);
            return fault("E4012", message, &[&end.member, &end.uid]);
        }
        let kind = constraint.and_then(|c| c.get("trackedEntityType")?.get("id")?.as_str());
        if let Some(kind) = kind.filter(|_| wanted == "trackedEntity") {
            let home = self.batch.home(self.world, &end.uid)?;
            if let Some(home) = home.filter(|home| home.kind != kind) {
                let message = format!(
                    "RelationshipType `{name}` constraint requires a TrackedEntity having type \
                     `{kind}` but `{}` was found.",
                    home.kind
                );
                return fault("E4014", message, &[name, kind, &home.kind]);
            }
        }
        Ok(None)
    }
}

fn exists(world: &World, batch: &Batch<'_>, end: &End) -> rusqlite::Result<bool> {
    let db = &world.db;
    Ok(match end.member.as_str() {
        "trackedEntity" => {
            batch.holds(Kind::TrackedEntity, &end.uid) || entity::load(db, &end.uid)?.is_some()
        }
        "enrollment" => {
            batch.holds(Kind::Enrollment, &end.uid) || enrollment::load(db, &end.uid)?.is_some()
        }
        _ => batch.holds(Kind::Event, &end.uid) || event::load(db, &end.uid)?.is_some(),
    })
}
