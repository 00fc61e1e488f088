//! Finding people: on the device, on the server, in both without doubles; by code.
//!
//! What is found online is shown and not stored; one person is fetched by a call of its own.

use std::collections::BTreeSet;

use outpost_domain::data::{ServerEnrollment, ServerEvent, ServerTrackedEntity};
use outpost_domain::uid::{ProgramUid, TrackedEntityAttributeUid, TrackedEntityUid};
use outpost_sync::ports::{DownloadPage, StoreCommand, StoreReply};
use outpost_wire::percent::{encoded_query, encoded_value};
use outpost_wire::tracker::{
    enrollments_of_query, events_of_query, parse_enrollments_page, parse_events_page,
    parse_tracked_entities_page, split_attributes, tracked_entities_by_id_query,
};

use super::Session;
use super::online::{Asked, get};
use super::people_bundle::PeopleBundle;
use super::programs::PeopleOf;
use crate::error::{OutpostError, Result};
use crate::limits::ONLINE_RESULTS_MAX;
use crate::model::{
    AttributeCondition, ConditionOperator, DownloadedPerson, PersonQuery, PersonSummary, SearchPage,
};

/// Members asked of people who are only shown in a list.
const FOUND_FIELDS: &str =
    "trackedEntity,trackedEntityType,orgUnit,deleted,attributes[attribute,value]";

impl Session {
    /// Looks for people on the device and, where there is network, on the server: each once, those on
    /// the device first. Without network it says so and shows those of the device.
    ///
    /// # Errors
    /// `InvalidInput` if neither program nor type is given, or the server needs more to search by;
    /// storage errors.
    pub fn search_everywhere(&self, query: &PersonQuery) -> Result<SearchPage> {
        let here = self.people(query, None)?.items;
        let known: BTreeSet<_> = here.iter().map(|person| person.id).collect();
        match self.search_online(query) {
            Ok(mut found) => {
                found.items.retain(|person| !known.contains(&person.id));
                found.items.splice(0..0, here);
                Ok(found)
            }
            Err(
                error @ (OutpostError::Offline { .. }
                | OutpostError::ServerUnavailable { .. }
                | OutpostError::Unauthenticated { .. }),
            ) => Ok(SearchPage {
                items: here,
                offline_because: Some(error.to_string()),
                more_online: false,
            }),
            Err(error) => Err(error),
        }
    }

    /// Looks for people on the server by one request. Who is on the device is marked so.
    ///
    /// # Errors
    /// `InvalidInput` if neither program nor type is given, or too little to search by; `Offline`;
    /// other answers of the server.
    pub fn search_online(&self, query: &PersonQuery) -> Result<SearchPage> {
        let of = match (query.program, query.tracked_entity_type) {
            (Some(program), _) => PeopleOf::Program(program),
            (None, Some(of_type)) => PeopleOf::Type(of_type),
            (None, None) => {
                let reason = "say of which program or type";
                return Err(OutpostError::invalid("program", "missing", reason));
            }
        };
        let bundle = self.people_of(of)?;
        let conditions = conditions(&bundle, query)?;
        let asked = self.ask(get(self.search_target(of, query, &conditions)?))?;
        if let Asked::Refused { status: 409, .. } = &asked {
            // DHIS2 gives no code here (capture t003p); the count of results has none either.
            let reason = "the server needs more to search by, or too many people fit";
            return Err(OutpostError::invalid("search", "narrow", reason));
        }
        let answer = asked.done("the search")?;
        let page = parse_tracked_entities_page(&answer.body).map_err(unreadable)?;
        let more_online = page.items.len() >= ONLINE_RESULTS_MAX;
        let mut items = Vec::with_capacity(page.items.len());
        for found in page.items.into_iter().filter(|it| !it.tracked_entity.deleted) {
            items.push(self.found_summary(&found)?);
        }
        Ok(SearchPage { items, offline_because: None, more_online })
    }

    fn found_summary(&self, found: &ServerTrackedEntity) -> Result<PersonSummary> {
        let id = found.tracked_entity.id;
        let here = self.store().load_tracked_entity(id)?;
        let on_device = here.as_ref().is_some_and(|person| !person.deleted);
        // What stands here may hold unsent work; it is the one to show.
        let person = here.filter(|_| on_device);
        let shown = self.summary_of_person(person.as_ref().unwrap_or(&found.tracked_entity))?;
        Ok(PersonSummary { on_device, ..shown })
    }

    fn search_target(
        &self,
        of: PeopleOf,
        query: &PersonQuery,
        conditions: &[AttributeCondition],
    ) -> Result<String> {
        let version = self.server_version()?;
        let mut target = String::from("/api/tracker/trackedEntities?");
        target.push_str(&match of {
            PeopleOf::Program(program) => format!("program={program}"),
            PeopleOf::Type(of_type) => format!("trackedEntityType={of_type}"),
        });
        let mode = if version.org_unit_mode_param() { "orgUnitMode" } else { "ouMode" };
        match query.organisation_unit {
            Some(unit) => {
                let units = if version.org_units_param() { "orgUnits" } else { "orgUnit" };
                target.push_str(&format!("&{units}={unit}&{mode}=DESCENDANTS"));
            }
            None => target.push_str(&format!("&{mode}=ACCESSIBLE")),
        }
        if let (Some(status), PeopleOf::Program(_)) = (query.status, of) {
            let name = match version.events_param() {
                true => "enrollmentStatus",
                false => "programStatus",
            };
            target.push_str(&format!("&{name}={}", status.name()));
        }
        for condition in conditions {
            let operator = match condition.operator {
                ConditionOperator::Equal => "eq",
                ConditionOperator::Like => "like",
                ConditionOperator::StartsWith => "sw",
            };
            let value = encoded_value(&escaped(condition.value.trim()));
            target.push_str(&format!("&filter={}:{operator}:{value}", condition.attribute));
        }
        target.push_str(&format!(
            "&fields={}&page=1&pageSize={ONLINE_RESULTS_MAX}",
            encoded_value(FOUND_FIELDS)
        ));
        Ok(target)
    }

    /// People on the device with exactly this value of a unique attribute: what a bar code or QR code
    /// says. At most a page.
    ///
    /// # Errors
    /// `NotFound` for a program or type that is not on the device; storage errors.
    pub fn people_by_code(&self, of: PeopleOf, code: &str) -> Result<Vec<PersonSummary>> {
        let bundle = self.people_of(of)?;
        let mut ids: BTreeSet<TrackedEntityUid> = BTreeSet::new();
        if let Ok(id) = TrackedEntityUid::parse(code.trim()) {
            ids.extend(self.store().load_tracked_entity(id)?.map(|person| person.id));
        }
        for attribute in bundle.attributes.values().filter(|attribute| attribute.unique) {
            ids.extend(self.store().find_people(attribute.id, code, 50)?);
        }
        let mut people = Vec::new();
        for id in ids {
            let person = self.store().load_tracked_entity(id)?;
            if let Some(person) = person.filter(|person| !person.deleted) {
                people.push(self.summary_of_person(&person)?);
            }
        }
        Ok(people)
    }

    /// Fetches one person with enrolments, visits and relationships and keeps it on the device. Unsent
    /// work on it is merged, never overwritten.
    ///
    /// # Errors
    /// `Offline`; `NotFound` if the server does not show the person to this user (in a protected
    /// program the glass may have to be broken first); other answers of the server; storage errors.
    pub fn download_person(
        &self,
        id: TrackedEntityUid,
        program: Option<ProgramUid>,
    ) -> Result<DownloadedPerson> {
        let version = self.server_version()?;
        let query = tracked_entities_by_id_query(program, &[id], version);
        let target = format!("/api/tracker/trackedEntities?{}", encoded_query(&query));
        let people = match self.ask(get(target))? {
            Asked::NotFound => return Err(OutpostError::not_found("person on the server", id)),
            other => other.done("the person")?,
        };
        let people = parse_tracked_entities_page(&people.body).map_err(unreadable)?.items;
        let Some(found) = people.into_iter().find(|it| it.tracked_entity.id == id) else {
            return Err(OutpostError::not_found("person on the server", id));
        };
        let programs = match program {
            Some(program) => vec![program],
            None => {
                let of_type = found.tracked_entity.tracked_entity_type;
                let programs = self.programs()?.into_iter();
                let fits = programs.filter(|it| it.tracked_entity_type == of_type);
                fits.map(|it| it.uid).collect()
            }
        };
        let mut page = DownloadPage::default();
        for program in programs {
            self.fetch_enrollments(id, program, &mut page)?;
        }
        page.tracker.tracked_entities.push(self.with_type_attributes(found)?);
        let (enrollments, visits) =
            (page.tracker.enrollments.len() as u64, page.events.len() as u64);
        let command = StoreCommand::ApplyDownload { page, now_ms: self.now_ms() };
        match self.store().command(command)? {
            StoreReply::Downloaded { conflicts, .. } => {
                Ok(DownloadedPerson { person: id, enrollments, visits, conflicts })
            }
            _ => Err(OutpostError::internal("the store answered something else")),
        }
    }

    /// Attributes of the type stay on the person; those of the program come with the enrolments.
    fn with_type_attributes(&self, mut found: ServerTrackedEntity) -> Result<ServerTrackedEntity> {
        let bundle = self.people_of_type(found.tracked_entity.tracked_entity_type)?;
        let of_type: Vec<_> = type_attributes(&bundle);
        let all = std::mem::take(&mut found.tracked_entity.attributes);
        (found.tracked_entity.attributes, _) = split_attributes(all, &of_type);
        Ok(found)
    }

    fn fetch_enrollments(
        &self,
        id: TrackedEntityUid,
        program: ProgramUid,
        page: &mut DownloadPage,
    ) -> Result<()> {
        let version = self.server_version()?;
        let bundle = self.people_of_program(program)?;
        let of_type = type_attributes(&bundle);
        let query = enrollments_of_query(id, program, version);
        let target = format!("/api/tracker/enrollments?{}", encoded_query(&query));
        // A program that is closed to this user is answered like one in which there is nothing.
        let enrollments: Vec<ServerEnrollment> = match self.ask(get(target))? {
            Asked::Done(answer) => parse_enrollments_page(&answer.body).map_err(unreadable)?.items,
            Asked::NotFound | Asked::Refused { .. } => return Ok(()),
        };
        if enrollments.is_empty() {
            return Ok(());
        }
        for mut found in enrollments {
            let all = std::mem::take(&mut found.enrollment.attributes);
            (_, found.enrollment.attributes) = split_attributes(all, &of_type);
            page.tracker.enrollments.push(found);
        }
        let query = events_of_query(id, program, version);
        let target = format!("/api/tracker/events?{}", encoded_query(&query));
        let answer = self.ask(get(target))?.done("the visits")?;
        let events: Vec<ServerEvent> = parse_events_page(&answer.body).map_err(unreadable)?.events;
        page.events.extend(events.into_iter().filter(|it| it.event.tracked_entity == Some(id)));
        Ok(())
    }
}

/// What is asked of the server: conditions on attributes, the words of a search as conditions too.
fn conditions(bundle: &PeopleBundle, query: &PersonQuery) -> Result<Vec<AttributeCondition>> {
    let mut conditions = query.attributes.clone();
    let words = query.search.as_deref().unwrap_or_default().trim();
    if !words.is_empty() && conditions.is_empty() {
        // The server knows no search over all attributes: the words are looked for in the first of the
        // list's columns that may be searched.
        let mut searched =
            bundle.layout.columns.iter().filter(|it| it.searchable && it.option_set.is_none());
        if let Some(column) = searched.next() {
            conditions.push(AttributeCondition {
                attribute: column.attribute,
                operator: ConditionOperator::Like,
                value: words.to_owned(),
            });
        }
    }
    for condition in &conditions {
        let Some(attribute) = bundle.attributes.get(&condition.attribute) else { continue };
        let given = condition.value.trim().chars().count();
        let least = attribute.min_characters_to_search as usize;
        if given < least {
            let reason = format!("give at least {least} characters");
            return Err(OutpostError::invalid(condition.attribute.as_str(), "too_short", reason));
        }
        let operator = match condition.operator {
            ConditionOperator::Equal => "EQ",
            ConditionOperator::Like => "LIKE",
            ConditionOperator::StartsWith => "SW",
        };
        if attribute.blocked_search_operators.iter().any(|blocked| blocked == operator) {
            let reason = "this may not be searched in that way; give the whole value";
            return Err(OutpostError::invalid(condition.attribute.as_str(), "operator", reason));
        }
    }
    let least = bundle.layout.attributes_min as usize;
    if query.organisation_unit.is_none() && conditions.len() < least {
        let reason = format!("give at least {least} of the search fields");
        return Err(OutpostError::invalid("search", "too_few", reason));
    }
    Ok(conditions)
}

fn type_attributes(bundle: &PeopleBundle) -> Vec<TrackedEntityAttributeUid> {
    bundle.tracked_entity_type.attributes.iter().map(|it| it.attribute).collect()
}

/// Signs that separate filters, taken as they are (wire reference 1.5).
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '/' | ',' | ':') {
            safe.push('/');
        }
        safe.push(character);
    }
    safe
}

fn unreadable(_: outpost_wire::error::WireError) -> OutpostError {
    OutpostError::Incompatible {
        found: "an answer that cannot be read".to_owned(),
        supported: "DHIS2 2.38 and later".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escaped(text), expected);
    }

    #[test]
    fn signs_of_the_filter_language_are_taken_as_they_are() {
        check("Ada", "Ada");
        check("a,b:c/d", "a/,b/:c//d");
    }
}
