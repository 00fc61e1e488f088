//! Records that downloaded ones name and that no list brought: the other side of a relationship, the
//! person or enrolment of an event beyond the limits of a download.
//!
//! Asked for by id, a few rounds at most. What is not shown is remembered and not asked for again.

use std::collections::{BTreeSet, VecDeque};

use outpost_domain::uid::TrackedEntityUid;
use outpost_wire::error::WireError;
use outpost_wire::tracker;
use outpost_wire::version::ServerVersion;

use crate::check::halves_of;
use crate::limits::MISSING_RECORDS_MAX;
use crate::ports::{DownloadPage, MissingEnrollments, MissingRecords, Request, TrackerPage};
use crate::requests;

/// One question about missing records.
pub(super) enum MissingAsk {
    People(Vec<TrackedEntityUid>),
    Enrollments(MissingEnrollments),
}

/// Questions about everything that is missing.
pub(super) fn questions(missing: MissingRecords) -> VecDeque<MissingAsk> {
    let people = missing.tracked_entities.chunks(MISSING_RECORDS_MAX);
    let mut list: VecDeque<_> = people.map(|ids| MissingAsk::People(ids.to_vec())).collect();
    for of_program in missing.enrollments {
        list.extend(of_program.ids.chunks(MISSING_RECORDS_MAX).map(|ids| {
            let ids = ids.to_vec();
            MissingAsk::Enrollments(MissingEnrollments { ids, ..of_program.clone() })
        }));
    }
    list
}

impl MissingAsk {
    pub fn request(&self, version: ServerVersion) -> Request {
        match self {
            Self::People(ids) => requests::people_by_ids(None, ids, version),
            Self::Enrollments(of) => requests::enrollments_by_ids(of.program, &of.ids, version),
        }
    }

    /// The same in two questions, if that is possible.
    pub fn halves(&self) -> Option<[Self; 2]> {
        match self {
            Self::People(ids) => Some(halves_of(ids)?.map(Self::People)),
            Self::Enrollments(of) => Some(
                halves_of(&of.ids)?
                    .map(|ids| Self::Enrollments(MissingEnrollments { ids, ..of.clone() })),
            ),
        }
    }

    /// What was found, and what is not shown. A record that cannot be read is not asked for again.
    pub fn page(&self, body: &[u8]) -> Result<DownloadPage, WireError> {
        let mut page = TrackerPage::default();
        match self {
            Self::People(ids) => {
                let mut found = tracker::parse_tracked_entities_page(body)?.items;
                // Deleted ones are listed with relationships that were taken away.
                for person in found.iter_mut() {
                    person.relationships = None;
                }
                let shown: BTreeSet<_> = found.iter().map(|it| it.tracked_entity.id).collect();
                page.not_shown = ids.iter().filter(|id| !shown.contains(id)).copied().collect();
                page.tracked_entities = found;
            }
            Self::Enrollments(of) => {
                let mut found = tracker::parse_enrollments_page(body)?.items;
                for it in found.iter_mut() {
                    it.relationships = None;
                    let is_own = |id: &_| !of.type_attributes.contains(id);
                    it.enrollment.attributes.retain(|attribute, _| is_own(attribute));
                }
                let shown: BTreeSet<_> = found.iter().map(|it| it.enrollment.id).collect();
                let hidden = of.ids.iter().filter(|id| !shown.contains(id));
                page.enrollments_not_shown = hidden.copied().collect();
                page.enrollments = found;
            }
        }
        Ok(DownloadPage { tracker: page, ..DownloadPage::default() })
    }

    /// Nothing of it is shown to this user.
    pub fn hidden(&self) -> DownloadPage {
        let mut page = TrackerPage::default();
        match self {
            Self::People(ids) => page.not_shown = ids.clone(),
            Self::Enrollments(of) => page.enrollments_not_shown = of.ids.clone(),
        }
        DownloadPage { tracker: page, ..DownloadPage::default() }
    }
}
