//! What the objects of one payload know of each other, and of what is stored already.

use std::collections::{HashMap, HashSet};

use super::enrollment::{self, Enrollment};
use super::entity;
use super::payload::{Bundle, SentAttribute, SentEnrollment, SentEntity};
use super::report::Kind;
use crate::model::world::World;

/// Index over a payload.
#[derive(Debug)]
pub struct Batch<'a> {
    entities: HashMap<&'a str, &'a SentEntity>,
    enrollments: HashMap<&'a str, &'a SentEnrollment>,
    of_entity: HashMap<&'a str, Vec<&'a SentEnrollment>>,
    events: HashSet<&'a str>,
    /// Living events of a payload by enrolment and stage.
    visits: HashMap<(&'a str, &'a str), HashSet<&'a str>>,
    /// Unique values of the payload: attribute, value and scope to tracked entities.
    unique: HashMap<(&'a str, &'a str, &'a str), HashSet<&'a str>>,
}

/// Where an enrolment belongs.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Tracked entity.
    pub te: String,
    /// Program.
    pub program: String,
}

/// What a tracked entity is.
#[derive(Debug, Clone)]
pub struct Home {
    /// Tracked entity type.
    pub kind: String,
    /// Organisation unit.
    pub ou: String,
}

impl<'a> Batch<'a> {
    /// Indexes a payload.
    pub fn of(world: &World, bundle: &'a Bundle) -> Self {
        let mut batch = Self {
            entities: bundle.entities.iter().map(|sent| (sent.uid.as_str(), sent)).collect(),
            enrollments: bundle.enrollments.iter().map(|sent| (sent.uid.as_str(), sent)).collect(),
            of_entity: HashMap::new(),
            events: bundle.events.iter().map(|event| event.uid.as_str()).collect(),
            visits: HashMap::new(),
            unique: HashMap::new(),
        };
        for sent in &bundle.entities {
            let ou = sent.ou.as_deref().unwrap_or("");
            batch.note_unique(world, &sent.uid, ou, &sent.attributes);
        }
        for sent in &bundle.enrollments {
            let Some(te) = sent.te.as_deref() else { continue };
            batch.of_entity.entry(te).or_default().push(sent);
            let ou = sent.ou.as_deref().unwrap_or("");
            batch.note_unique(world, te, ou, &sent.attributes);
        }
        for event in &bundle.events {
            if let (Some(enrollment), Some(stage)) = (&event.enrollment, &event.stage) {
                let visits = batch.visits.entry((enrollment, stage)).or_default();
                visits.insert(&event.uid);
            }
        }
        batch
    }

    fn note_unique(
        &mut self,
        world: &World,
        te: &'a str,
        ou: &'a str,
        attributes: &'a [SentAttribute],
    ) {
        for (attribute, value) in attributes {
            let Some(value) = value else { continue };
            let known = world.meta.get("trackedEntityAttributes", attribute);
            let Some(known) = known.filter(|known| known.flag("unique")) else { continue };
            let scope = if known.flag("orgunitScope") { ou } else { "" };
            self.unique.entry((attribute, value, scope)).or_default().insert(te);
        }
    }

    /// Whether another tracked entity of the payload has the same unique value.
    pub fn shares(&self, te: &str, attribute: &str, value: &str, scope: &str) -> bool {
        let holders = self.unique.get(&(attribute, value, scope));
        holders.is_some_and(|holders| holders.iter().any(|holder| *holder != te))
    }

    /// The tracked entity of the payload.
    pub fn entity(&self, uid: &str) -> Option<&'a SentEntity> {
        self.entities.get(uid).copied()
    }

    /// The enrolments that the payload holds for a tracked entity.
    pub fn enrollments_of(&self, te: &str) -> &[&'a SentEnrollment] {
        self.of_entity.get(te).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the payload holds another event of this stage in this enrolment.
    pub fn visits_again(&self, event: &str, enrollment: &str, stage: &str) -> bool {
        let visits = self.visits.get(&(enrollment, stage));
        visits.is_some_and(|visits| visits.iter().any(|visit| *visit != event))
    }

    /// Whether the payload holds this object.
    pub fn holds(&self, kind: Kind, uid: &str) -> bool {
        match kind {
            Kind::TrackedEntity => self.entities.contains_key(uid),
            Kind::Enrollment => self.enrollments.contains_key(uid),
            Kind::Event => self.events.contains(uid),
            Kind::Relationship => false,
        }
    }

    /// What a tracked entity is, from the store or else from the payload.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn home(&self, world: &World, te: &str) -> rusqlite::Result<Option<Home>> {
        if let Some(stored) = entity::load(&world.db, te)? {
            return Ok(Some(Home { kind: stored.kind, ou: stored.ou }));
        }
        Ok(self.entity(te).map(|sent| Home {
            kind: sent.kind.clone().unwrap_or_default(),
            ou: sent.ou.clone().unwrap_or_default(),
        }))
    }

    /// Where an enrolment belongs, from the store or else from the payload.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn placement(&self, world: &World, uid: &str) -> rusqlite::Result<Option<Placement>> {
        let stored: Option<Enrollment> = enrollment::load(&world.db, uid)?;
        if let Some(stored) = stored {
            return Ok(Some(Placement { te: stored.te, program: stored.program }));
        }
        let sent = self.enrollments.get(uid);
        Ok(sent.map(|sent| Placement {
            te: sent.te.clone().unwrap_or_default(),
            program: sent.program.clone().unwrap_or_default(),
        }))
    }
}
