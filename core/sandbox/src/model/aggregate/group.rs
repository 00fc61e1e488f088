//! `POST /api/dataValueSets` as servers from 2.43 on do it (wire reference 1.3): a set is taken or
//! refused as a
//! group, only value checks refuse single values, and everything that goes in counts as updated.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::check::{Checker, Sent, element_ids};
use super::complete;
use super::import::{Header, complete_date, sent};
use super::lock;
use super::report::{Conflict, Summary};
use super::values::{self, Key, Stored};
use crate::model::Refusal;
use crate::model::http::Query;
use crate::model::meta::access::User;
use crate::model::meta::store::Object;
use crate::model::period::{self, Period, PeriodType};
use crate::model::value;
use crate::model::world::World;

/// Longest comment of a value from 2.43 on (wire reference 1.3).
const COMMENT_CHARS_MAX_GROUP: usize = 5_000;

/// Imports a payload.
///
/// # Errors
/// Only when the store fails.
pub fn import(
    world: &mut World,
    payload: &Value,
    query: &Query,
    user: &User,
    now: i64,
) -> Result<Summary, Refusal> {
    let header = Header::of(payload);
    let deletes = query.get("importStrategy") == Some("DELETE");
    let items = payload.get("dataValues").and_then(Value::as_array).cloned().unwrap_or_default();
    let sent: Vec<Sent> = items.iter().map(|item| sent(item, &header, deletes)).collect();
    let mut summary = Summary::completed();
    if sent.is_empty() {
        return Ok(summary);
    }
    let checked = data_set(world, &header, &sent, user)
        .and_then(|set| group(world, &set, &sent, user, now).map(|()| set));
    let set = match checked {
        Ok(set) => set,
        Err(mut conflict) => {
            conflict.indexes = (0..sent.len()).collect();
            let mut refused = Summary::aborted(conflict);
            refused.counts.ignored = sent.len();
            refused.rejected = (0..sent.len()).collect();
            return Ok(refused);
        }
    };
    for (index, sent) in sent.iter().enumerate() {
        match value_conflict(world, sent) {
            Some(conflict) => summary.refuse(index, conflict),
            None => {
                if !query.flag("dryRun") {
                    write(world, sent, user, now)?;
                }
                if sent.deletes { summary.counts.deleted += 1 } else { summary.counts.updated += 1 }
            }
        }
    }
    let header = Header { data_set: Some(set.id.clone()), ..header };
    if let Some(date) = complete_date(world, &header, now) {
        complete::register(world, &header, &date, user, now)?;
        summary.complete = Some(world.zone.day(date.ms));
    }
    Ok(summary)
}

fn refused(code: &'static str, kind: &'static str, id: &str, text: String) -> Conflict {
    Conflict::new(code, None, vec![(kind, id.to_owned())], text)
}

/// The one data set of the payload: named, or found by its elements.
fn data_set(
    world: &World,
    header: &Header,
    sent: &[Sent],
    user: &User,
) -> Result<Arc<Object>, Conflict> {
    if let Some(id) = &header.data_set {
        let set = world.meta.get("dataSets", id).filter(|set| user.can_read(set));
        let text = format!("Data set not found or not accessible: `{id}`");
        return set.cloned().ok_or_else(|| refused("E8004", "dataSet", id, text));
    }
    let elements: HashSet<&str> = sent.iter().map(|sent| sent.key.de.as_str()).collect();
    let sets = world.meta.all("dataSets").iter();
    let mut holding = sets.filter(|set| {
        let own: HashSet<&str> = element_ids(set).collect();
        elements.is_subset(&own)
    });
    match (holding.next(), holding.next()) {
        (Some(set), None) => Ok(Arc::clone(set)),
        (None, _) => {
            let text = "Data values do not belong to one data set".to_owned();
            Err(Conflict::new("E8003", None, vec![], text))
        }
        (Some(_), Some(_)) => {
            let text = "Data set is ambiguous, it must be specified".to_owned();
            Err(Conflict::new("E8002", None, vec![], text))
        }
    }
}

/// The checks that refuse the whole group.
fn group(
    world: &World,
    set: &Object,
    sent: &[Sent],
    user: &User,
    now: i64,
) -> Result<(), Conflict> {
    if !user.can_write_data(set) {
        let text = format!("User is not allowed to write data to data set: `{}`", set.id);
        return Err(refused("E8010", "dataSet", &set.id, text));
    }
    let elements: HashSet<&str> = element_ids(set).collect();
    let units = set.references("organisationUnits");
    let mut checker = Checker::new(world, user, &Query::default(), now);
    let mut keys: HashSet<&Key> = HashSet::new();
    for sent in sent {
        let key = &sent.key;
        if !keys.insert(key) {
            let text = "Data value keys must be unique in a payload".to_owned();
            return Err(refused("E8128", "dataElement", &key.de, text));
        }
        if !elements.contains(key.de.as_str()) {
            let text = format!("Data element: `{}` is not in data set: `{}`", key.de, set.id);
            return Err(refused("E8020", "dataElement", &key.de, text));
        }
        let Some(period) = checker.period(&key.pe) else {
            let text = format!("Period not valid: `{}`", key.pe);
            return Err(refused("E8105", "period", &key.pe, text));
        };
        if set.text("periodType") != Some(period.period_type().name()) {
            let text = format!("Period: `{}` has not the type of data set: `{}`", key.pe, set.id);
            return Err(refused("E8021", "period", &key.pe, text));
        }
        if !world.meta.within(&key.ou, &user.capture) {
            let text = format!("Organisation unit: `{}` is outside the user's hierarchy", key.ou);
            return Err(refused("E8011", "organisationUnit", &key.ou, text));
        }
        if !units.contains(&key.ou.as_str()) {
            let text = format!("Organisation unit: `{}` is not in data set: `{}`", key.ou, set.id);
            return Err(refused("E8022", "organisationUnit", &key.ou, text));
        }
        group_combos(world, set, key, &mut checker, &period)?;
        group_time(world, set, key, user, &period, now)?;
    }
    Ok(())
}

fn combo_of(object: &Object) -> Option<&str> {
    object.member("categoryCombo")?.get("id")?.as_str()
}

fn group_combos(
    world: &World,
    set: &Object,
    key: &Key,
    checker: &mut Checker<'_>,
    period: &Period,
) -> Result<(), Conflict> {
    for (combo, code, owner) in [
        (&key.aoc, "E8023", Some(set)),
        (&key.coc, "E8024", world.meta.get("dataElements", &key.de).map(AsRef::as_ref)),
    ] {
        let Some(object) = checker.writable_combo(combo) else {
            let text = format!("Category options of `{combo}` are not writable");
            return Err(refused("E8012", "categoryOptionCombo", combo, text));
        };
        let fits = owner.is_some_and(|owner| combo_of(owner) == object.reference("categoryCombo"));
        if !fits {
            let text = format!("Option combo: `{combo}` does not belong here");
            return Err(refused(code, "categoryOptionCombo", combo, text));
        }
    }
    let window = lock::combo_window(world, &key.aoc, Some(set));
    let (start, end) = period::days(period);
    if !window.covers(world, &key.ou) {
        let text = format!("Option combo: `{}` is not for this organisation unit", key.aoc);
        return Err(refused("E8025", "categoryOptionCombo", &key.aoc, text));
    }
    if !window.holds(start, end) {
        let text = format!("Option combo: `{}` is not for this period", key.aoc);
        return Err(refused("E8032", "categoryOptionCombo", &key.aoc, text));
    }
    Ok(())
}

fn group_time(
    world: &World,
    set: &Object,
    key: &Key,
    user: &User,
    period: &Period,
    now: i64,
) -> Result<(), Conflict> {
    let kind = set.text("periodType").and_then(|name| PeriodType::parse(name).ok());
    let today = world.zone.day_number(now);
    let latest =
        kind.and_then(|kind| period::latest_open(kind, today, set.integer("openFuturePeriods")));
    let listed = !set.items("dataInputPeriods").is_empty();
    // Where input periods exist they alone decide (wire reference 2.3).
    let closed = if listed {
        !lock::input_period_open(world, set, &key.pe, now)
    } else {
        lock::is_expired(world, user, set, period, &key.ou, now)
            || latest.is_some_and(|latest| period.end() > latest.end())
    };
    if closed {
        let text = format!("Period: `{}` is not open for data set: `{}`", key.pe, set.id);
        return Err(refused("E8030", "period", &key.pe, text));
    }
    let unit = world.meta.get("organisationUnits", &key.ou);
    let day = |name: &str| {
        let time = world.zone.parse_time(unit?.text(name)?)?;
        Some(world.zone.day_number(time))
    };
    let (start, _) = period::days(period);
    let shut = day("openingDate").is_some_and(|opening| start < opening)
        || day("closedDate").is_some_and(|closed| start > closed);
    if shut {
        let text = format!("Organisation unit: `{}` is closed for period: `{}`", key.ou, key.pe);
        return Err(refused("E8031", "organisationUnit", &key.ou, text));
    }
    Ok(())
}

/// The checks that refuse one value.
fn value_conflict(world: &World, sent: &Sent) -> Option<Conflict> {
    if sent.deletes {
        return None;
    }
    let key = &sent.key;
    let element = world.meta.get("dataElements", &key.de)?;
    let text = sent.value.as_deref().unwrap_or("");
    let conflict = |code, text: String| Some(refused(code, "dataElement", &key.de, text));
    if text.is_empty() && sent.comment.as_deref().unwrap_or("").is_empty() {
        return conflict("E8120", format!("Value is missing for data element: `{}`", key.de));
    }
    let normalised = value::aggregate(element, text, world.version.minor);
    if let Some(problem) = value::problem(element, &normalised) {
        let text = format!("Value is not valid for data element: `{}`: {}", key.de, problem.key());
        return conflict("E8122", text);
    }
    if !text.is_empty() && value::foreign_option(&world.meta, element, text).is_some() {
        return conflict("E8123", format!("Value is no option of data element: `{}`", key.de));
    }
    let comment = sent.comment.as_deref().unwrap_or("");
    if comment.chars().count() > COMMENT_CHARS_MAX_GROUP {
        return conflict("E8125", format!("Comment is too long for data element: `{}`", key.de));
    }
    None
}

fn write(world: &World, sent: &Sent, user: &User, now: i64) -> rusqlite::Result<()> {
    let existing = values::load(&world.db, &sent.key)?;
    let days = Period::parse(&sent.key.pe).map_or((0, 0), |period| period::days(&period));
    let element = world.meta.get("dataElements", &sent.key.de);
    let value = sent
        .value
        .as_deref()
        .zip(element)
        .map(|(text, element)| value::aggregate(element, text, world.version.minor));
    let kept = existing.as_ref().and_then(|existing| existing.value.clone());
    let fresh = Stored {
        value: if sent.deletes { value.or(kept) } else { value },
        comment: sent.comment.clone(),
        followup: sent.followup,
        stored_by: sent.stored_by.clone().or_else(|| Some(user.username.clone())),
        created: existing.as_ref().map_or(now, |existing| existing.created),
        updated: now,
        deleted: sent.deletes,
    };
    values::store(&world.db, &sent.key, &fresh, days)
}
