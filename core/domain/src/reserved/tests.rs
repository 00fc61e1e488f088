use std::collections::BTreeMap;

use super::*;
use crate::data::{Payload, TrackedEntity};
use crate::metadata::{OrganisationUnit, TrackedEntityAttribute};
use crate::samples;
use crate::text_pattern::TextPattern;
use crate::uid::Uid;
use crate::value_type::ValueType;

const DAY_MS: i64 = 86_400_000;
/// 2026-11-22T11:23:13Z, on a server whose clock shows 11:23:13 too.
const NOW_MS: i64 = 1_795_346_593_000;

fn attribute() -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid::parse("teaUniqGen1").expect("a uid")
}

fn unit(id: &str) -> OrganisationUnitUid {
    OrganisationUnitUid::parse(id).expect("a uid")
}

fn pool(pattern: &str) -> Pool<'static> {
    let pattern = TextPattern::parse(pattern).expect("a pattern");
    Pool { attribute: attribute(), organisation_unit: None, code: None, pattern }
}

/// A value of the pool that was made now and lasts so many days.
fn value(pool: &Pool<'_>, value: &str, days: i64) -> ReservedValue {
    let made: DateTime = "2026-11-22T11:23:13".parse().expect("a time");
    ReservedValue {
        attribute: pool.attribute,
        organisation_unit: pool.organisation_unit,
        value: value.to_owned(),
        key: pool.pattern.key(pool.code, made).expect("a key"),
        made,
        made_at_ms: NOW_MS,
        expires_at_ms: NOW_MS + days * DAY_MS,
    }
}

fn numbered(pool: &Pool<'_>, count: usize) -> Vec<ReservedValue> {
    (1..=count).map(|number| value(pool, &format!("TL{number:06}"), 60)).collect()
}

const NONE_USED: fn(&str) -> bool = |_| false;

#[test]
fn an_answer_ends_when_the_server_says_whatever_its_time_zone() {
    let pool = pool("RANDOM(#)");
    let texts = ("7".to_owned(), "RANDOM(#)".to_owned());
    let times = ("2026-11-22T11:23:12.126", "2026-11-23T11:23:12.124");
    let reserved = ReservedValue::from_answer(&pool, texts.clone(), times, NOW_MS).expect("times");
    assert_eq!(reserved.expires_at_ms, NOW_MS + DAY_MS - 2);
    assert_eq!(ReservedValue::from_answer(&pool, texts, ("today", times.1), NOW_MS), None);
}

#[track_caller]
fn check_ask(pattern: &str, at_hand: usize, waiting: usize, ask: Option<u32>) {
    let pool = pool(pattern);
    let values = numbered(&pool, at_hand);
    let plan = plan(&pool, &values, waiting, NOW_MS, NONE_USED);
    assert_eq!((plan.usable, plan.ask), (at_hand, ask), "{pattern} {at_hand} {waiting}");
}

#[test]
fn below_half_of_a_hundred_the_pool_is_filled() {
    let pattern = "\"TL\"+SEQUENTIAL(######)";
    check_ask(pattern, 0, 0, Some(100));
    check_ask(pattern, 49, 0, Some(51));
    check_ask(pattern, 50, 0, None);
    check_ask(pattern, 100, 0, None);
    check_ask(pattern, 0, 30, Some(130));
    check_ask(pattern, 60, 60, Some(100));
    check_ask(pattern, 60, 2, None);
    check_ask(pattern, 0, 5_000, Some(1_000));
    check_ask("RANDOM(#)", 0, 0, Some(10));
}

#[test]
fn half_is_asked_after_a_refusal_but_a_counter_is_at_its_end() {
    let random = TextPattern::parse("RANDOM(##)").expect("a pattern");
    let asked: Vec<_> =
        std::iter::successors(Some(100), |refused| next_ask(&random, *refused)).collect();
    assert_eq!(asked, [100, 50, 25, 12, 6, 3, 1]);
    let counter = TextPattern::parse("SEQUENTIAL(##)").expect("a pattern");
    assert_eq!(next_ask(&counter, 100), None);
}

#[track_caller]
fn check_discard(pool: &Pool<'_>, value: &ReservedValue, now_ms: i64, why: Option<Discard>) {
    assert_eq!(pool.discard(value, now_ms), why, "{} {now_ms}", value.value);
    let plan = plan(pool, std::slice::from_ref(value), 0, now_ms, NONE_USED);
    assert_eq!(plan.discard.first().map(|one| one.why), why);
    assert_eq!(plan.usable, usize::from(why.is_none()));
}

#[test]
fn what_ended_passed_or_changed_is_thrown_away() {
    let plain = pool("\"TL\"+SEQUENTIAL(######)");
    let one = value(&plain, "TL000001", 60);
    check_discard(&plain, &one, NOW_MS + 60 * DAY_MS - 1, None);
    check_discard(&plain, &one, NOW_MS + 60 * DAY_MS, Some(Discard::Expired));
    let yearly = pool("CURRENT_DATE(yyyy)+SEQUENTIAL(####)");
    let one = value(&yearly, "20260001", 60);
    check_discard(&yearly, &one, NOW_MS + 39 * DAY_MS, None); // 31 December, 11:23
    check_discard(&yearly, &one, NOW_MS + 40 * DAY_MS, Some(Discard::Stale));
    // A clock that runs backwards is no reason to keep or to panic.
    check_discard(&yearly, &one, 0, Some(Discard::Stale));
    check_discard(&plain, &value(&plain, "TL000001", 60), i64::MIN, None);
    let changed = pool("\"KE\"+SEQUENTIAL(######)");
    let old = value(&plain, "TL000001", 60);
    check_discard(&changed, &old, NOW_MS, Some(Discard::OtherPattern));
}

#[track_caller]
fn check_pick(values: &[(&str, i64)], used: &[&str], picked: Option<&str>) {
    let pool = pool("\"A\"+RANDOM(##)");
    let values: Vec<_> = values.iter().map(|(text, days)| value(&pool, text, *days)).collect();
    let found = pick(&pool, &values, NOW_MS, |value| used.contains(&value));
    assert_eq!(found.map(|value| value.value.as_str()), picked, "{values:?}");
}

#[test]
fn the_smallest_unused_value_is_given_out_and_those_that_end_soon_last() {
    check_pick(&[("A12", 60), ("A03", 60)], &[], Some("A03"));
    check_pick(&[("A12", 60), ("A03", 60)], &["A03"], Some("A12"));
    check_pick(&[("A12", 60), ("A03", 60)], &["A03", "A12"], None);
    check_pick(&[("A12", 60), ("A03", 6)], &[], Some("A12"));
    check_pick(&[("A03", 6)], &[], Some("A03"));
    check_pick(&[("A03", 0)], &[], None);
    check_pick(&[], &[], None);
}

#[test]
fn a_temporary_id_is_seen_as_such_and_is_one_of_a_kind() {
    let id = temporary_id("4f9c2c1e-phone", 12);
    assert!(id.starts_with("TMP~") && id.ends_with("~12"), "{id}");
    assert!(is_temporary(&id));
    assert_ne!(id, temporary_id("4f9c2c1e-phone", 13));
    assert_ne!(id, temporary_id("another-phone", 12));
    assert_eq!(id, temporary_id("4f9c2c1e-phone", 12));
    for other in ["", "TMP", "TMP~", "TMP~12", "TL000012", "TMP~ABCDEFGH~", "TMP~abcdefgh~1"] {
        assert!(!is_temporary(other), "{other}");
    }
}

fn person(value: &str) -> TrackedEntity {
    TrackedEntity {
        organisation_unit: unit("ouClinicA01"),
        attributes: BTreeMap::from([(attribute(), value.to_owned())]),
        ..samples::tracked_entity("tePerson001")
    }
}

fn temporary(number: u64, made_at_ms: i64) -> TemporaryValue {
    TemporaryValue {
        attribute: attribute(),
        organisation_unit: unit("ouClinicA01"),
        value: temporary_id("phone", number),
        record: Uid::parse("tePerson001").expect("a uid"),
        made_at_ms,
    }
}

#[test]
fn the_oldest_temporary_ids_are_exchanged_first_each_for_another_value() {
    let pool = pool("\"TL\"+SEQUENTIAL(######)");
    let waiting = [temporary(2, 20), temporary(1, 10), temporary(3, 30)];
    let values = numbered(&pool, 3);
    let used = |value: &str| value == "TL000001";
    let found = exchanges(&pool, &waiting, &values, NOW_MS, used);
    let pairs: Vec<_> =
        found.iter().map(|one| (one.temporary.made_at_ms, one.reserved.value.as_str())).collect();
    assert_eq!(pairs, [(10, "TL000002"), (20, "TL000003")]);
}

#[test]
fn a_record_with_a_temporary_id_waits_until_its_exchange() {
    let pool = pool("\"TL\"+SEQUENTIAL(######)");
    let waiting = [temporary(1, 10)];
    let mut person = person(&waiting[0].value);
    let payload = Payload::TrackedEntity { tracked_entity: person.clone() };
    assert_eq!(temporary_in(&payload), [attribute()]);
    let found = exchanges(&pool, &waiting, &numbered(&pool, 1), NOW_MS, NONE_USED);
    assert!(replace_temporary(&mut person.attributes, &found[0]));
    assert!(!replace_temporary(&mut person.attributes, &found[0]), "it is exchanged once");
    assert_eq!(person.attributes[&attribute()], "TL000001");
    assert!(temporary_in(&Payload::TrackedEntity { tracked_entity: person }).is_empty());
}

fn generated(pattern: &str) -> TrackedEntityAttribute {
    TrackedEntityAttribute {
        id: attribute(),
        unique: true,
        generated: true,
        pattern: Some(pattern.to_owned()),
        ..samples::attribute("caseNumber", ValueType::Text)
    }
}

fn clinic(id: &str, code: Option<&str>) -> OrganisationUnit {
    OrganisationUnit {
        id: unit(id),
        name: "Clinic".to_owned(),
        code: code.map(str::to_owned),
        parent: None,
        path: format!("/{id}"),
        level: 1,
        opening_date: None,
        closed_date: None,
    }
}

#[track_caller]
fn check_pools(pattern: &str, found: &[Option<&str>], problems: usize) {
    let units = [
        clinic("ouClinicA01", Some("TL_N_A")),
        clinic("ouClinicB01", None),
        clinic("ouClinicC01", Some("T")),
    ];
    let attributes = [generated(pattern)];
    let (pools, told) = pools(&attributes, &units);
    let codes: Vec<_> = pools.iter().map(|pool| pool.code).collect();
    assert_eq!((codes.as_slice(), told.len()), (found, problems), "{pattern}: {told:?}");
}

#[test]
fn there_is_a_pool_for_each_attribute_or_each_unit_with_a_fitting_code() {
    check_pools("RANDOM(###)", &[None], 0);
    check_pools("ORG_UNIT_CODE(...)+RANDOM(###)", &[Some("TL_N_A")], 2);
    check_pools("ORG_UNIT_CODE()+RANDOM(###)", &[Some("TL_N_A"), Some("T")], 1);
    check_pools("\"fixed\"", &[], 1);
}
