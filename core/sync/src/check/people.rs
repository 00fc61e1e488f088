//! What is read before people, their enrolments, transfers and files are sent.
//!
//! An enrolment comes with the attributes of the person's type mixed in. Those that the person has
//! without a program are taken out, so the person is always asked for with the enrolment.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{
    Enrollment, FileResource, OwnershipTransfer, Payload, ServerEnrollment, ServerTrackedEntity,
};
use outpost_domain::uid::{EnrollmentUid, FileUid, ProgramUid, TrackedEntityUid};
use outpost_wire::file_resource::ServerFile;

use super::{Decision, Question, Remote, settled};
use crate::limits::CHECK_IDS_MAX;
use crate::ports::{OutboxRow, Outcome, Rejection};

/// Questions about rows of which the server may hold something.
pub(super) fn questions<'a>(rows: impl Iterator<Item = &'a OutboxRow>) -> Vec<Question> {
    let mut people: BTreeSet<TrackedEntityUid> = BTreeSet::new();
    let mut enrollments: BTreeMap<ProgramUid, Vec<EnrollmentUid>> = BTreeMap::new();
    let mut single = Vec::new();
    for row in rows {
        match &row.payload {
            Payload::TrackedEntity { tracked_entity } => {
                people.insert(tracked_entity.id);
            }
            Payload::Enrollment { enrollment } => {
                people.insert(enrollment.tracked_entity);
                enrollments.entry(enrollment.program).or_default().push(enrollment.id);
            }
            Payload::OwnershipTransfer { transfer } => {
                single.push(Question::Owner(transfer.tracked_entity, transfer.program));
            }
            Payload::FileResource { file } => single.push(Question::File(file.id)),
            _ => {}
        }
    }
    let people: Vec<_> = people.into_iter().collect();
    let mut list: Vec<_> =
        people.chunks(CHECK_IDS_MAX).map(|ids| Question::People(ids.to_vec())).collect();
    for (program, ids) in enrollments {
        let chunks = ids.chunks(CHECK_IDS_MAX);
        list.extend(chunks.map(|ids| Question::Enrollments(program, ids.to_vec())));
    }
    list.extend(single);
    list
}

impl Remote {
    pub fn learn_people(&mut self, question: Question, found: Vec<ServerTrackedEntity>) {
        if let Question::Owner(person, program) = question {
            let owners = found.iter().find(|it| it.tracked_entity.id == person);
            let owner = owners.and_then(|it| it.owners.iter().find(|(of, _)| *of == program));
            self.owners.extend(owner.map(|(_, unit)| ((person, program), *unit)));
        } else {
            self.people.extend(found.into_iter().map(|it| (it.tracked_entity.id, it)));
        }
        self.answered.push(question);
    }

    pub fn learn_enrollments(&mut self, question: Question, found: Vec<ServerEnrollment>) {
        self.answered.push(question);
        self.enrollments.extend(found.into_iter().map(|it| (it.enrollment.id, it)));
    }

    pub fn learn_file(&mut self, question: Question, found: ServerFile) {
        self.files.insert(FileUid(found.id), found);
        self.answered.push(question);
    }

    /// What the server holds of a person, an enrolment or a transfer; nothing if it shows none: it
    /// may be hidden, and then it decides.
    pub(super) fn person_counterpart(&self, row: &OutboxRow) -> Option<Payload> {
        Some(match &row.payload {
            Payload::TrackedEntity { tracked_entity } => {
                let held = self.people.get(&tracked_entity.id)?;
                Payload::TrackedEntity { tracked_entity: held.tracked_entity.clone() }
            }
            Payload::Enrollment { enrollment } => {
                Payload::Enrollment { enrollment: self.enrollment(enrollment, row)? }
            }
            Payload::OwnershipTransfer { transfer } => {
                let (tracked_entity, program) = (transfer.tracked_entity, transfer.program);
                let organisation_unit = *self.owners.get(&(tracked_entity, program))?;
                let transfer = OwnershipTransfer { tracked_entity, program, organisation_unit };
                Payload::OwnershipTransfer { transfer }
            }
            _ => return None,
        })
    }

    fn enrollment(&self, ours: &Enrollment, row: &OutboxRow) -> Option<Enrollment> {
        let mut held = self.enrollments.get(&ours.id)?.enrollment.clone();
        let person = self.people.get(&ours.tracked_entity);
        // A person who is not shown without a program: only what is or was known to be the
        // enrolment's.
        let known = [Some(&row.payload), row.base.as_ref()].into_iter().flatten();
        let is_own = |attribute: &_| {
            known.clone().chain(&row.in_doubt).any(|version| match version {
                Payload::Enrollment { enrollment } => enrollment.attributes.contains_key(attribute),
                _ => false,
            })
        };
        held.attributes.retain(|attribute, _| match person {
            Some(person) => !person.tracked_entity.attributes.contains_key(attribute),
            None => is_own(attribute),
        });
        Some(held)
    }

    /// A file is there or not: by its MD5 it is recognised, nothing of it can be merged.
    pub(super) fn decide_file(&self, file: &FileResource) -> Decision {
        match self.files.get(&file.id) {
            None => Decision::Send,
            Some(held) if held.is_same(file) => settled(Outcome::Synced),
            Some(_) => settled(Outcome::Rejected(Rejection {
                code: None,
                field: None,
                reason: "The server holds another file under this id. Attach the file again."
                    .to_owned(),
                report: r#"{"message":"contentMd5 differs"}"#.to_owned(),
            })),
        }
    }
}
