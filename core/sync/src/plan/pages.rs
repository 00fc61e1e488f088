//! Downloads that go page by page and root by root: events of a program, the lists of a program with
//! registration.
//!
//! Flat and list by list: nested records cost the server ten times as much (observed, section 5).
//! Pages are numbered in the order of creation, so an interrupted download goes on where it was.

use outpost_domain::data::{OwnershipTransfer, Relationship, ServerTrackedEntity};
use outpost_domain::uid::{OrganisationUnitUid, ProgramUid, TrackedEntityUid};
use outpost_wire::error::WireError;
use outpost_wire::metadata::Skipped;
use outpost_wire::time::format_server_time;
use outpost_wire::tracker;

use super::chunks::{Extent, Scope, since};
use crate::context::Context;
use crate::limits::{
    DOWNLOAD_OVERLAP_MS, EVENTS_PAGE_SIZE, FAST_PAGE_MS, FAST_PAGE_SIZE, GROWING_PAGE_BYTES_MAX,
    PEOPLE_PAGE_SIZE, SLOW_PAGE_MS, TIES_COMPARE_EVERY_MS,
};
use crate::ports::{
    DownloadCursor, DownloadList, DownloadPage, ProgramValues, Request, TrackerPage, TrackerScope,
};
use crate::requests::{TrackerPageQuery, tracker_page};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// One list of one program.
#[derive(Debug, Clone)]
pub(super) struct Paged {
    pub list: DownloadList,
    pub program: ProgramUid,
    /// Server's local time; makes it a delta, or the window of a limited first download.
    since: Option<String>,
    /// The first download of a list that is limited.
    is_limited: bool,
    scope: Option<TrackerScope>,
}

impl Paged {
    /// The events of an event program.
    pub fn of_events(program: ProgramUid, cursor: Option<&DownloadCursor>, now: &Extent) -> Self {
        let since = cursor.and_then(|cursor| since(cursor, now)).map(|(since, _)| since);
        Self { list: DownloadList::Main, program, since, is_limited: false, scope: None }
    }

    /// A list of a program with registration.
    pub fn of_people(
        scope: &TrackerScope,
        list: DownloadList,
        cursor: Option<&DownloadCursor>,
        now: &Extent,
        context: &Context,
    ) -> Self {
        let delta = match list {
            // What was deleted must be heard of whatever else has changed; before the first download
            // there was nothing to delete.
            DownloadList::GoneTrackedEntities | DownloadList::GoneEnrollments => {
                let from = cursor.and_then(|cursor| cursor.watermark_ms);
                let from_ms = from.unwrap_or_else(|| context.server_now_ms());
                format_server_time(from_ms - DOWNLOAD_OVERLAP_MS, context.server_offset_minutes)
            }
            // Owners and links came with the people, so the first list only starts the count.
            DownloadList::Ties => match cursor.and_then(|cursor| cursor.watermark_ms) {
                Some(_) => None,
                None => format_server_time(context.server_now_ms(), context.server_offset_minutes),
            },
            _ => cursor.and_then(|cursor| since(cursor, now)).map(|(since, _)| since),
        };
        let is_limited = delta.is_none() && scope.limits.is_limited();
        let window = match list {
            // An enrolment's own time does not move with its events (capture t007h).
            DownloadList::TrackedEntities | DownloadList::Events if is_limited => {
                scope.limits.changed_within_days.and_then(|days| day_before(days, context))
            }
            _ => None,
        };
        let (since, program) = (delta.or(window), scope.program);
        Self { list, program, since, is_limited, scope: Some(scope.clone()) }
    }

    /// Whether a list is asked for in this run.
    pub fn is_due(list: DownloadList, cursor: Option<&DownloadCursor>, context: &Context) -> bool {
        let done_ms = cursor.and_then(|cursor| cursor.watermark_ms);
        let since_ms = done_ms.map(|done_ms| context.server_now_ms().saturating_sub(done_ms));
        list != DownloadList::Ties || since_ms.is_none_or(|ms| ms >= TIES_COMPARE_EVERY_MS)
    }

    pub fn request(
        &self,
        scope: &Scope,
        roots: &[OrganisationUnitUid],
        context: &Context,
    ) -> Option<Request> {
        let limits = self.scope.as_ref().map(|scope| scope.limits).unwrap_or_default();
        let query = TrackerPageQuery {
            list: self.list,
            program: self.program,
            root: *roots.get(scope.root)?,
            since: self.since.clone(),
            only_active: self.is_limited && limits.only_active,
            newest_first: self.most().is_some(),
            page: scope.pages + 1,
            page_size: self.page_size(scope),
        };
        Some(tracker_page(&query, context.version))
    }

    fn page_size(&self, scope: &Scope) -> u32 {
        match scope.page_size {
            0 => self.first_page_size(),
            size => size,
        }
    }

    fn first_page_size(&self) -> u32 {
        match self.list {
            DownloadList::Main | DownloadList::Events => EVENTS_PAGE_SIZE,
            _ => PEOPLE_PAGE_SIZE,
        }
    }

    /// Makes pages as small as a first one: a download that goes on may do so over another link.
    pub fn begin_small(&self, scope: &mut Scope) {
        while self.page_size(scope) > self.first_page_size() {
            (scope.page_size, scope.pages) = (self.page_size(scope) / 2, scope.pages * 2);
        }
    }

    /// Makes pages larger on a fast link and smaller again on a slow one, after a page of so many
    /// bytes came in so many ms. Those stored are always a whole number of pages.
    pub fn adapt(&self, scope: &mut Scope, bytes: usize, took_ms: i64) {
        let size = self.page_size(scope);
        let is_fast = (0..=FAST_PAGE_MS).contains(&took_ms) && bytes <= GROWING_PAGE_BYTES_MAX;
        // A list that is cut off at a number of records takes no more than those.
        if is_fast && size < FAST_PAGE_SIZE && self.most().is_none() {
            // Behind a page that was not full begins another root: nothing is known of its size.
            if scope.pages > 0 && scope.pages.is_multiple_of(2) {
                (scope.page_size, scope.pages) = (size * 2, scope.pages / 2);
            }
        } else if took_ms > SLOW_PAGE_MS && size > self.first_page_size() {
            (scope.page_size, scope.pages) = (size / 2, scope.pages * 2);
        }
    }

    /// The most records that are taken of a root.
    fn most(&self) -> Option<u32> {
        let limits = self.scope.as_ref().map(|scope| scope.limits)?;
        limits
            .tracked_entities_max
            .filter(|_| self.is_limited && self.list == DownloadList::TrackedEntities)
    }

    /// Makes pages smaller so that those stored are still a whole number of them; false if they are
    /// as small as can be.
    pub fn shrink(&self, scope: &mut Scope) -> bool {
        let size = self.page_size(scope);
        let Some(parts) = [2, 5].into_iter().find(|parts| size > 1 && size.is_multiple_of(*parts))
        else {
            return false;
        };
        scope.page_size = size / parts;
        scope.pages *= parts;
        true
    }

    /// Reads a page and moves behind it. Gives back whether it was the last one of all.
    pub fn take(
        &self,
        page: &mut DownloadPage,
        body: &[u8],
        scope: &mut Scope,
        roots: usize,
        context: &mut Context,
    ) -> Result<bool, WireError> {
        let size = self.page_size(scope);
        let (received, skipped) = self.read(page, body)?;
        if let Some(first) = skipped.first() {
            let (count, program) = (skipped.len(), self.program);
            context.note(format!("{program}: {count} records unreadable, {}", first.reason));
        }
        scope.pages += 1;
        let is_enough = self.most().is_some_and(|most| scope.pages.saturating_mul(size) >= most);
        if received < size as usize || is_enough {
            (scope.root, scope.pages) = (scope.root + 1, 0);
        }
        Ok(scope.root >= roots)
    }

    fn read(
        &self,
        page: &mut DownloadPage,
        body: &[u8],
    ) -> Result<(usize, Vec<Skipped>), WireError> {
        let people = &mut page.tracker;
        match self.list {
            DownloadList::Main | DownloadList::Events => {
                people.only_known_people = self.is_limited;
                let found = tracker::parse_events_page(body)?;
                page.events = found.events;
                Ok((found.received, found.skipped))
            }
            DownloadList::TrackedEntities | DownloadList::GoneTrackedEntities => {
                let found = tracker::parse_tracked_entities_page(body)?;
                people.tracked_entities = found.items;
                self.part(people);
                Ok((found.received, found.skipped))
            }
            DownloadList::Ties => {
                let found = tracker::parse_tracked_entities_page(body)?;
                people.owners = found.items.iter().flat_map(owners_of).collect();
                people.links = found.items.into_iter().filter_map(links_of).collect();
                Ok((found.received, found.skipped))
            }
            DownloadList::Enrollments | DownloadList::GoneEnrollments => {
                let found = tracker::parse_enrollments_page(body)?;
                people.only_known_people = self.is_limited;
                people.enrollments = found.items;
                self.part(people);
                Ok((found.received, found.skipped))
            }
        }
    }

    /// Puts every attribute where it belongs. Lists of deletions bring deletions only.
    fn part(&self, page: &mut TrackerPage) {
        if self.list == DownloadList::GoneTrackedEntities {
            page.tracked_entities.retain(|it| it.tracked_entity.deleted);
            page.tracked_entities.iter_mut().for_each(|it| it.relationships = None);
        }
        if self.list == DownloadList::GoneEnrollments {
            page.enrollments.retain(|it| it.enrollment.deleted);
            page.enrollments.iter_mut().for_each(|it| it.relationships = None);
        }
        let of_type = self.scope.as_ref().map_or(&[][..], |scope| &scope.type_attributes);
        for person in &mut page.tracked_entities {
            let all = std::mem::take(&mut person.tracked_entity.attributes);
            let (own, of_program) = tracker::split_attributes(all, of_type);
            person.tracked_entity.attributes = own;
            if !person.tracked_entity.deleted {
                page.program_values.push(ProgramValues {
                    tracked_entity: person.tracked_entity.id,
                    program: self.program,
                    attributes: of_program,
                });
            }
        }
        for enrollment in &mut page.enrollments {
            enrollment.enrollment.attributes.retain(|attribute, _| !of_type.contains(attribute));
        }
    }
}

fn links_of(person: ServerTrackedEntity) -> Option<(TrackedEntityUid, Vec<Relationship>)> {
    Some((person.tracked_entity.id, person.relationships?))
}

fn owners_of(person: &ServerTrackedEntity) -> impl Iterator<Item = OwnershipTransfer> {
    let tracked_entity = person.tracked_entity.id;
    person.owners.iter().map(move |&(program, organisation_unit)| OwnershipTransfer {
        tracked_entity,
        program,
        organisation_unit,
    })
}

/// The begin of the day so many days before today on the server.
fn day_before(days: u32, context: &Context) -> Option<String> {
    let from_ms = context.server_now_ms() - i64::from(days) * DAY_MS;
    let text = format_server_time(from_ms, context.server_offset_minutes)?;
    Some(format!("{}T00:00:00.000", text.get(..10)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: usize = 300_000;

    fn paged() -> Paged {
        let program = ProgramUid::parse("prChild0001").expect("a uid");
        Paged { list: DownloadList::Events, program, since: None, is_limited: false, scope: None }
    }

    /// Pages stored and their size (0: as in a first page), before and after an answer.
    #[track_caller]
    fn check(before: (u32, u32), (bytes, took_ms): (usize, i64), after: (u32, u32)) {
        let mut scope = Scope { pages: before.0, page_size: before.1, ..Scope::default() };
        let stored = scope.pages * paged().page_size(&scope);
        paged().adapt(&mut scope, bytes, took_ms);
        assert_eq!((scope.pages, scope.page_size), after);
        assert_eq!(scope.pages * paged().page_size(&scope), stored, "no record twice, none missed");
    }

    #[test]
    fn pages_grow_on_a_fast_link_and_shrink_on_a_slow_one() {
        check((1, 0), (SMALL, 100), (1, 0));
        check((2, 0), (SMALL, 100), (1, 1_000));
        check((2, 1_000), (SMALL, FAST_PAGE_MS), (1, 2_000));
        check((2, 2_000), (SMALL, 100), (1, 4_000));
        check((2, 4_000), (SMALL, 100), (2, 4_000));
        check((2, 0), (SMALL, FAST_PAGE_MS + 1), (2, 0));
        check((2, 0), (GROWING_PAGE_BYTES_MAX + 1, 100), (2, 0));
        // Another root begins; a clock that was set back says nothing.
        check((0, 0), (SMALL, 100), (0, 0));
        check((2, 0), (SMALL, -5), (2, 0));
        check((3, 2_000), (SMALL, SLOW_PAGE_MS + 1), (6, 1_000));
        check((3, 0), (SMALL, SLOW_PAGE_MS + 1), (3, 0));
        // Pages that the server could not send whole stay small.
        check((3, 250), (GROWING_PAGE_BYTES_MAX + 1, 100), (3, 250));
    }

    #[test]
    fn a_download_that_goes_on_begins_with_small_pages_where_it_was() {
        for (before, after) in [((1, 2_000), (4, 500)), ((3, 0), (3, 0)), ((7, 125), (7, 125))] {
            let mut scope = Scope { pages: before.0, page_size: before.1, ..Scope::default() };
            paged().begin_small(&mut scope);
            assert_eq!((scope.pages, scope.page_size), after);
        }
    }
}
