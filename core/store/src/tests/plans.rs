//! How SQLite carries out what is asked often: by an index, never by reading a whole table.

use outpost_domain::data::{EnrollmentStatus, EventStatus};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::TrackedEntityTypeUid;

use super::metadata::unit;
use super::*;
use crate::data::{EventFilter, plans as data};
use crate::metadata::{ListQuery, plans as lists};
use crate::outbox::{RowState, plans as outbox};
use crate::tracker::plans as people;
use crate::{
    CompareQuery, DueFilter, FollowUpFilter, PeopleFilter, PeopleOrder, SearchQuery, SyncFilter,
};

/// The plan of a statement, one line per step.
fn plan(store: &Store, sql: &str) -> Vec<String> {
    let read = store.read(|connection| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let parameters = statement.parameter_count();
        let nulls = vec![rusqlite::types::Value::Null; parameters];
        let rows = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get(3))?;
        Ok(rows.collect::<Result<Vec<String>, _>>()?)
    });
    read.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The statement uses this index and neither reads nor sorts a whole table.
#[track_caller]
fn check(sql: &str, index: &str) {
    let world = World::new();
    world.pull(MetadataKind::OrganisationUnit, vec![unit(1, None, "One")]);
    let plan = plan(&world.store, sql);
    assert!(plan.iter().any(|step| step.contains(index)), "{index} not in {plan:#?}");
    for step in &plan {
        let is_whole = step.starts_with("SCAN")
            && !step.contains("VIRTUAL TABLE INDEX")
            && !["SCAN t", "SCAN tree", "SCAN CONSTANT ROW"].contains(&&**step);
        assert!(!is_whole, "{step} in {plan:#?}");
        assert!(step != "USE TEMP B-TREE FOR ORDER BY", "{step} in {plan:#?}");
    }
}

#[test]
fn a_claim_reads_only_what_it_takes() {
    check(outbox::OLDEST, "outbox_oldest");
    check(&outbox::lane_query(), "outbox_lane");
    check(outbox::PROMOTE, "outbox_put_off");
    check(outbox::PROMOTE_STRANDED, "outbox_put_off");
    check("UPDATE outbox SET state = 0 WHERE state = 1 AND state > 0", "outbox_parked");
}

#[test]
fn pages_of_the_outbox_follow_the_parked_rows_or_the_numbers() {
    let filter = |state| OutboxFilter { state, ..OutboxFilter::default() };
    check(&outbox::page_query(&filter(Some(RowState::Rejected))), "outbox_parked");
    check(&outbox::page_query(&filter(None)), "USING INTEGER PRIMARY KEY");
    check(&outbox::page_query(&filter(Some(RowState::Pending))), "USING INTEGER PRIMARY KEY");
}

#[test]
fn a_form_reads_one_run_of_values() {
    check(data::SLICE_VALUES, "outbox_subject");
    check(data::SLICE_VALUES, "SEARCH v USING PRIMARY KEY (organisation_unit=? AND period=?");
    check(data::SLICES, "SEARCH s USING PRIMARY KEY (data_set=?");
}

#[test]
fn what_is_computed_over_places_reads_those_places_only() {
    check(data::UNIT_VALUES, "SEARCH data_value USING PRIMARY KEY (organisation_unit=?");
    check(data::UNIT_EVENTS, "event_by_place (program=? AND organisation_unit=? AND occurred>?");
    check(data::UNIT_ENROLLMENTS, "enrollment_by_place_day (program=? AND organisation_unit=? AND");
    check(data::UNIT_COMPLETIONS, "PRIMARY KEY (data_set=? AND organisation_unit=?");
}

#[test]
fn events_are_listed_by_day() {
    let program = ProgramUid(uid('p', 0));
    let sql = |filter: &EventFilter| data::events_query(filter, None, 50).0;
    let all = EventFilter::of(program);
    check(&sql(&all), "event_by_day");
    let place =
        EventFilter { organisation_unit: Some(OrganisationUnitUid(uid('u', 0))), ..all.clone() };
    check(&sql(&place), "event_by_place");
    let narrow = EventFilter {
        from: Some("2026-10-01".into()),
        to: Some("2026-10-31".into()),
        status: Some(EventStatus::Active),
        search: Some("x".into()),
        ..place
    };
    check(&sql(&narrow), "event_by_place (program=? AND organisation_unit=? AND occurred>?");
}

#[test]
fn metadata_is_found_by_id_name_parent_and_code() {
    check(lists::OBJECT, "metadata_uid (kind=? AND uid=?");
    check(lists::OPTION_BY_CODE, "metadata_option_code");
    check(
        lists::IS_ASSIGNED,
        "SEARCH assignment USING PRIMARY KEY (object=? AND generation=? AND organisation_unit=?",
    );
    check(lists::ASSIGNED_UNDER, "metadata_parent (kind=? AND parent=?");
    let sql = |query: &ListQuery| lists::page_query(query, None, 1, 50).0;
    let units = ListQuery::of(MetadataKind::OrganisationUnit);
    check(&sql(&units), "metadata_name (kind=?");
    check(&sql(&ListQuery { search: Some("a".into()), ..units.clone() }), "metadata_name (kind=?");
    check(
        &sql(&ListQuery { parent: Some(uid('u', 0)), ..units }),
        "metadata_parent (kind=? AND parent=?",
    );
    let options = ListQuery { parent: Some(uid('s', 0)), ..ListQuery::of(MetadataKind::Option) };
    check(&sql(&options), "metadata_option (parent=?");
    check(&sql(&ListQuery { search: Some("a".into()), ..options }), "metadata_option (parent=?");
}

#[test]
fn what_is_held_is_found_from_either_end() {
    check(outbox::BLOCKED, "SEARCH e USING PRIMARY KEY (child=?");
    check(outbox::BLOCKED, "outbox_record (record=?");
    check(outbox::CHILDREN, "outbox_edge_parent (parent=?");
    check(outbox::PUT_OFF, "outbox_record (record=?");
}

#[test]
fn what_is_summed_up_is_read_by_its_person() {
    // Sorting the few enrolments of one person is no reason to read others.
    let plan = plan(&World::new().store, people::LATEST_ENROLLMENT);
    assert!(plan[0].contains("enrollment_of_person (tracked_entity=? AND program=?"), "{plan:#?}");
}

#[test]
fn lists_of_people_follow_an_index_whatever_the_filter() {
    let sql = |filter: &PeopleFilter| people::people_query(filter, None, 50).0;
    let all = PeopleFilter::of(ProgramUid(uid('p', 0)));
    check(&sql(&all), "enrollment_by_name (program=?");
    let latest = PeopleFilter { order: PeopleOrder::Latest, ..all.clone() };
    check(&sql(&latest), "enrollment_by_day (program=?");
    let place =
        PeopleFilter { organisation_unit: Some(OrganisationUnitUid(uid('u', 0))), ..all.clone() };
    check(&sql(&place), "enrollment_by_place_name (program=? AND organisation_unit=?");
    let narrow = PeopleFilter {
        status: Some(EnrollmentStatus::Active),
        follow_up: Some(true),
        event_status: Some(EventStatus::Schedule),
        due_from: Some("2026-01-01".into()),
        due_to: Some("2026-01-01".into()),
        assigned_user: Some(uid('w', 0)),
        name_prefix: Some("a".into()),
        sync: Some(SyncFilter::Parked),
        ..place
    };
    check(
        &sql(&narrow),
        "enrollment_by_place_name (program=? AND organisation_unit=? AND name_key",
    );
    check(&sql(&narrow), "event_of_enrollment (enrollment=?");
    check(&sql(&narrow), "outbox_subject (kind=? AND subject>?");
}

#[test]
fn people_are_searched_by_name_text_and_value_in_an_index() {
    let query = SearchQuery {
        tracked_entity_type: TrackedEntityTypeUid(uid('y', 0)),
        text: "amina".into(),
        program: Some(ProgramUid(uid('p', 0))),
        organisation_unit: None,
    };
    let prefix = people::prefix_query(&query, None, 50).0;
    check(&prefix, "tracked_entity_name (tracked_entity_type=? AND name_key>?");
    let infix = people::infix_query(&query, 0, 50).expect("a word").0;
    check(&infix, "SEARCH t USING INTEGER PRIMARY KEY");
    check(people::BY_ATTRIBUTE, "SEARCH a USING PRIMARY KEY (attribute=? AND value=?");
    check(people::SOUNDS, "SEARCH t USING INTEGER PRIMARY KEY");
    check(people::ENROLLED_VALUES, "enrollment_of_person (tracked_entity=?");
    let compared = CompareQuery {
        tracked_entity_type: TrackedEntityTypeUid(uid('y', 0)),
        program: Some(ProgramUid(uid('p', 1))),
        organisation_unit: Some(OrganisationUnitUid(uid('u', 0))),
    };
    check(&people::compare_query(&compared, 0, 50).0, "SEARCH t USING INTEGER PRIMARY KEY");
}

#[test]
fn a_person_a_family_and_what_is_due_read_only_their_rows() {
    check(people::ENROLLMENTS, "enrollment_of_person (tracked_entity=?");
    check(people::EVENTS, "event_of_enrollment (enrollment=?");
    check(people::WAITING, "outbox_subject (kind=? AND subject>?");
    check(people::NEXT_DUE, "event_due_person (tracked_entity=?");
    check(people::OF_RECORD, "relationship_from (from_uid=?");
    check(people::OF_RECORD_TO, "relationship_to (to_uid=?");
    let mut due = DueFilter {
        program: ProgramUid(uid('p', 0)),
        organisation_unit: None,
        from: Some("2026-01-01".into()),
        to: Some("2026-01-01".into()),
        assigned_user: Some(uid('w', 0)),
    };
    check(&people::due_query(&due, None, 50).0, "event_due (program=? AND due>?");
    due.organisation_unit = Some(OrganisationUnitUid(uid('u', 0)));
    check(&people::due_query(&due, None, 50).0, "event_due_place (program=?");
    for of_enrollments in [false, true] {
        let program = ProgramUid(uid('p', 0));
        let filter = FollowUpFilter { program, organisation_unit: None, of_enrollments };
        check(&people::follow_up_query(&filter, None, 50).0, "_follow_up (program=?");
    }
}

#[test]
fn purge_and_reserved_values_read_only_their_rows() {
    check(people::ACTIVITY, "enrollment_by_day (program=?");
    check(people::UNSENT, "outbox_subject (kind=? AND subject>?");
    check(people::NEXT, "reserved_value_free (attribute=? AND organisation_unit=?");
}
