//! Programs with registration and types of tracked entities: what can be registered and listed.

use outpost_domain::metadata::{MetadataKind, Program, ProgramType, RelationshipType};
use outpost_domain::uid::{
    ProgramUid, RelationshipTypeUid, TrackedEntityAttributeUid, TrackedEntityTypeUid,
};
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::Reader;
use super::find::{Candidate, pick};
use super::people_bundle::SharedPeople;
use crate::error::{OutpostError, Result};
use crate::limits::FORMS_LISTED_MAX;
use crate::model::{PeopleLayout, ProgramSummary, TrackedEntityTypeView};

/// Said where a person may look but not enrol.
const READ_ONLY: &str = "You may look at this program but not enrol in it.";

/// Said of a program that is kept for unsent work only.
const GONE: &str = "The server does not offer this program any more. What you entered is kept.";

/// Whose people are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeopleOf {
    /// Of a program with registration.
    Program(ProgramUid),
    /// Of a type, whatever the program.
    Type(TrackedEntityTypeUid),
}

impl Session {
    /// The programs with registration of the user, by name. What waits of them is in
    /// [`Session::tracker_waiting`]: people, enrolments and visits travel as one.
    ///
    /// # Errors
    /// Storage errors.
    pub fn programs(&self) -> Result<Vec<ProgramSummary>> {
        let drafts = self.draft_counts()?;
        let mut programs = Vec::new();
        for object in self.store().load_all(MetadataKind::Program, FORMS_LISTED_MAX)? {
            let Ok(program) = wire::parse_program(object.body.as_bytes()) else { continue };
            let Some(registration) = registration_of(&program) else { continue };
            if !(program.access.read || program.access.write) {
                continue;
            }
            let type_id = registration.tracked_entity_type;
            let writable = program.access.write && !object.is_gone;
            let why_not = if object.is_gone { GONE } else { READ_ONLY };
            programs.push(ProgramSummary {
                uid: program.id,
                tracked_entity_type: type_id,
                type_name: self.name_of(MetadataKind::TrackedEntityType, type_id.0)?,
                access_level: registration.access_level,
                writable,
                why_not: (!writable).then(|| why_not.to_owned()),
                people: self.enrolled(program.id)?,
                drafts: drafts.get(program.id.as_str()).copied().unwrap_or(0),
                name: program.name,
            });
        }
        programs.sort_by(|a, b| (&a.name, a.uid).cmp(&(&b.name, b.uid)));
        Ok(programs)
    }

    /// The types of tracked entities of the user, by name.
    ///
    /// # Errors
    /// Storage errors.
    pub fn tracked_entity_types(&self) -> Result<Vec<TrackedEntityTypeView>> {
        let mut types = Vec::new();
        for object in self.store().load_all(MetadataKind::TrackedEntityType, FORMS_LISTED_MAX)? {
            let parsed = wire::parse_tracked_entity_type(object.body.as_bytes());
            let Ok(found) = parsed else { continue };
            if found.access.read || found.access.write {
                let feature_type = Some(found.feature_type);
                types.push(TrackedEntityTypeView {
                    uid: found.id,
                    name: found.name,
                    writable: found.access.write && !object.is_gone,
                    feature_type: feature_type.filter(|it| !matches!(it.as_str(), "" | "NONE")),
                });
            }
        }
        types.sort_by(|a, b| (&a.name, a.uid).cmp(&(&b.name, b.uid)));
        Ok(types)
    }

    /// The columns and search fields of a list of people, and what a search must give.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn people_layout(&self, of: PeopleOf) -> Result<PeopleLayout> {
        Ok(self.people_of(of)?.layout.clone())
    }

    pub(super) fn people_of(&self, of: PeopleOf) -> Result<SharedPeople> {
        match of {
            PeopleOf::Program(id) => self.people_of_program(id),
            PeopleOf::Type(id) => self.people_of_type(id),
        }
    }

    /// The program with registration that is meant by an id, code or exact name.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_program(&self, text: &str) -> Result<ProgramUid> {
        let mut candidates = Vec::new();
        for program in self.programs()? {
            candidates.push(Candidate {
                id: program.uid,
                uid: program.uid.0,
                code: self.code_of(MetadataKind::Program, program.uid.0)?,
                names: vec![program.name],
            });
        }
        pick("program with registration", text, &candidates)
    }

    /// The type of tracked entities that is meant by an id, code or exact name.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_tracked_entity_type(&self, text: &str) -> Result<TrackedEntityTypeUid> {
        let mut candidates = Vec::new();
        for found in self.tracked_entity_types()? {
            candidates.push(Candidate {
                id: found.uid,
                uid: found.uid.0,
                code: self.code_of(MetadataKind::TrackedEntityType, found.uid.0)?,
                names: vec![found.name],
            });
        }
        pick("tracked entity type", text, &candidates)
    }

    /// The attribute that is meant by an id, code or exact name.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_attribute(&self, of: PeopleOf, text: &str) -> Result<TrackedEntityAttributeUid> {
        let bundle = self.people_of(of)?;
        let candidates: Vec<_> = bundle
            .attributes
            .values()
            .map(|attribute| Candidate {
                id: attribute.id,
                uid: attribute.id.0,
                code: attribute.code.clone(),
                names: vec![super::people_bundle::label(attribute), attribute.name.clone()],
            })
            .collect();
        pick("attribute", text, &candidates)
    }

    /// The type of relationships that is meant by an id, code or exact name, also the name seen from
    /// one of its sides.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_relationship_type(&self, text: &str) -> Result<RelationshipTypeUid> {
        let mut candidates = Vec::new();
        for found in self.relationship_types()? {
            let code = self.code_of(MetadataKind::RelationshipType, found.id.0)?;
            let sides = [found.from_to_name, found.to_from_name].into_iter().flatten();
            let names = std::iter::once(found.name).chain(sides).collect();
            candidates.push(Candidate { id: found.id, uid: found.id.0, code, names });
        }
        pick("relationship type", text, &candidates)
    }

    /// Every type of relationships that the user may see.
    pub(super) fn relationship_types(&self) -> Result<Vec<RelationshipType>> {
        let kind = MetadataKind::RelationshipType;
        let objects = self.store().load_all(kind, FORMS_LISTED_MAX)?;
        let parse = |body: &str| wire::parse_relationship_type(body.as_bytes()).ok();
        let types = objects.iter().filter_map(|object| parse(&object.body));
        Ok(types.filter(|it| it.access.read || it.access.write).collect())
    }

    /// A type of relationships.
    pub(super) fn relationship_type(&self, id: RelationshipTypeUid) -> Result<RelationshipType> {
        let mut reader = Reader::new(self.store());
        let kind = MetadataKind::RelationshipType;
        let found = reader.one(kind, id.0, wire::parse_relationship_type)?;
        found.ok_or_else(|| OutpostError::not_found("relationship type", id))
    }
}

fn registration_of(program: &Program) -> Option<&outpost_domain::metadata::ProgramRegistration> {
    match program.program_type {
        ProgramType::WithRegistration => program.registration.as_deref(),
        ProgramType::WithoutRegistration => None,
    }
}
