//! `POST /api/dataValueSets` as servers up to 2.42 do it: value by value, best effort, first key
//! wins.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::DEFAULT_COMBO;
use super::check::{Checker, Sent};
use super::complete;
use super::report::{Conflict, Summary};
use super::values::{self, Key, Stored};
use crate::model::Refusal;
use crate::model::http::{Query, scalar, text};
use crate::model::meta::access::User;
use crate::model::meta::store::Object;
use crate::model::period::{self, Period};
use crate::model::value;
use crate::model::world::World;

/// What an import may do with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    CreateAndUpdate,
    Create,
    Update,
    Delete,
}

impl Strategy {
    fn of(query: &Query) -> Self {
        match query.get("importStrategy") {
            Some("CREATE" | "NEW") => Self::Create,
            Some("UPDATE" | "UPDATES") => Self::Update,
            Some("DELETE" | "DELETES") => Self::Delete,
            _ => Self::CreateAndUpdate,
        }
    }
}

/// The set of a payload: what its values share.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// Uid of the data set.
    pub data_set: Option<String>,
    /// Period.
    pub period: Option<String>,
    /// Organisation unit.
    pub org_unit: Option<String>,
    /// Attribute option combo.
    pub aoc: Option<String>,
    /// `completeDate` as sent.
    pub complete_date: Option<String>,
}

impl Header {
    /// Reads the members beside `dataValues`.
    pub fn of(payload: &Value) -> Self {
        let member = |key: &str| scalar(payload.get(key)).filter(|text| !text.is_empty());
        Self {
            data_set: member("dataSet"),
            period: member("period"),
            org_unit: member("orgUnit"),
            aoc: member("attributeOptionCombo"),
            complete_date: member("completeDate"),
        }
    }
}

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
    if let Some(conflict) = set_conflict(world, &header, user) {
        return Ok(Summary::aborted(conflict));
    }
    let mut summary = Summary::completed();
    let empty = Vec::new();
    let items = payload.get("dataValues").and_then(Value::as_array).unwrap_or(&empty);
    let mut import = Import {
        world,
        user,
        strategy: Strategy::of(query),
        dry_run: query.flag("dryRun"),
        // Bulk writes keep whole seconds only (capture a005h).
        now: now - now.rem_euclid(1_000),
        seen: HashSet::new(),
    };
    let mut checker = Checker::new(world, user, query, now);
    let set = header.data_set.as_deref().and_then(|id| world.meta.get("dataSets", id));
    checker.header = set.map(Arc::clone);
    for (index, item) in items.iter().enumerate() {
        let sent = sent(item, &header, import.strategy == Strategy::Delete);
        match checker.check(&sent) {
            Ok((period, element)) => import.one(index, &sent, &period, element, &mut summary)?,
            Err(conflict) => summary.refuse(index, conflict),
        }
    }
    if let Some(date) = complete_date(world, &header, now) {
        if !query.flag("dryRun") {
            complete::register(world, &header, &date, user, now)?;
        }
        summary.complete = Some(world.zone.day(date.ms));
    }
    Ok(summary)
}

/// A day on which a set was completed.
#[derive(Debug, Clone, Copy)]
pub struct CompletionDate {
    /// Unix ms of the start of the day.
    pub ms: i64,
}

/// `completeDate`: a day, `true` for today, later than today counts as today.
pub fn complete_date(world: &World, header: &Header, now: i64) -> Option<CompletionDate> {
    let text = header.complete_date.as_deref()?;
    let today = world.zone.start_of_day(world.zone.day_number(now));
    header.data_set.as_ref()?;
    match text {
        "true" => Some(CompletionDate { ms: today }),
        "false" => None,
        date => world.zone.parse_time(date).map(|ms| CompletionDate { ms: ms.min(today) }),
    }
}

/// What stops the whole set (captures 56e, m075f, m076b).
fn set_conflict(world: &World, header: &Header, user: &User) -> Option<Conflict> {
    let conflict = |code, property, kind, id: &str, text: String| {
        Some(Conflict::new(code, Some(property), vec![(kind, id.to_owned())], text))
    };
    if let Some(id) = &header.data_set {
        let set = world.meta.get("dataSets", id).filter(|set| user.can_read(set));
        let Some(set) = set else {
            let text = format!("Data set not found or not accessible: `{id}`");
            return conflict("E7600", "dataSet", "dataSet", id, text);
        };
        if !user.can_write_data(set) {
            let text = format!("User does not have write access for DataSet: `{id}`");
            return conflict("E7601", "dataSet", "dataSet", id, text);
        }
    }
    if let Some(id) = &header.org_unit
        && world.meta.get("organisationUnits", id).is_none()
    {
        let text = format!("Org unit not found or not accessible: `{id}`");
        return conflict("E7603", "orgUnit", "organisationUnit", id, text);
    }
    if let Some(id) = &header.aoc
        && world.meta.get("categoryOptionCombos", id).is_none()
    {
        let text = format!("Attribute option combo not found or not accessible: `{id}`");
        return conflict("E7604", "attributeOptionCombo", "categoryOptionCombo", id, text);
    }
    None
}

/// One item of `dataValues` with the defaults of its set.
pub fn sent(item: &Value, header: &Header, deletes: bool) -> Sent {
    let nothing = Map::new();
    let item = item.as_object().unwrap_or(&nothing);
    let or = |key: &str, default: &Option<String>| {
        text(item, key).map(str::to_owned).or_else(|| default.clone()).unwrap_or_default()
    };
    let combo = |key: &str, default: &Option<String>| {
        text(item, key).filter(|id| !id.is_empty()).map(str::to_owned).or_else(|| default.clone())
    };
    let coc = combo("categoryOptionCombo", &None);
    let aoc = combo("attributeOptionCombo", &header.aoc);
    let flag = |key: &str| item.get(key).and_then(Value::as_bool).unwrap_or(false);
    Sent {
        has_coc: coc.is_some(),
        has_aoc: aoc.is_some(),
        key: Key {
            de: or("dataElement", &None),
            pe: or("period", &header.period),
            ou: or("orgUnit", &header.org_unit),
            coc: coc.unwrap_or_else(|| DEFAULT_COMBO.to_owned()),
            aoc: aoc.unwrap_or_else(|| DEFAULT_COMBO.to_owned()),
        },
        value: scalar(item.get("value")),
        comment: scalar(item.get("comment")),
        followup: flag("followup") || flag("followUp"),
        stored_by: scalar(item.get("storedBy")),
        deletes: deletes || flag("deleted"),
    }
}

struct Import<'a> {
    world: &'a World,
    user: &'a User,
    strategy: Strategy,
    dry_run: bool,
    now: i64,
    seen: HashSet<Key>,
}

impl Import<'_> {
    fn one(
        &mut self,
        index: usize,
        sent: &Sent,
        period: &Period,
        element: &Object,
        summary: &mut Summary,
    ) -> rusqlite::Result<()> {
        // The first value of a key wins, the others pass without a word (captures 56f, 56n).
        if !self.seen.insert(sent.key.clone()) {
            return Ok(());
        }
        let existing = values::load(&self.world.db, &sent.key)?;
        let living = existing.as_ref().filter(|value| !value.deleted);
        let days = period::days(period);
        if sent.deletes {
            return self.delete(index, sent, living, days, summary);
        }
        let normalised = sent
            .value
            .as_deref()
            .map(|text| value::aggregate(element, text, self.world.version.minor));
        if normalised.as_deref().is_some_and(|text| value::is_dropped_zero(element, text)) {
            if let Some(living) = living {
                self.bury(&sent.key, living, days)?;
                summary.counts.deleted += 1;
            }
            return Ok(());
        }
        let fresh = self.fresh(sent, normalised, existing.as_ref());
        match living {
            Some(old) => {
                let same = old.value == fresh.value
                    && old.comment == fresh.comment
                    && old.followup == fresh.followup;
                if same {
                    summary.counts.ignored += 1;
                    return Ok(());
                }
                if self.strategy == Strategy::Create {
                    self.reject(index, summary);
                    return Ok(());
                }
                summary.counts.updated += 1;
            }
            None if self.strategy == Strategy::Update => {
                self.reject(index, summary);
                return Ok(());
            }
            None => summary.counts.imported += 1,
        }
        self.write(&sent.key, &fresh, days)
    }

    fn fresh(&self, sent: &Sent, value: Option<String>, existing: Option<&Stored>) -> Stored {
        Stored {
            value: value.filter(|text| !text.is_empty()),
            // An update that leaves the comment out erases it (captures a005c, a005d).
            comment: sent.comment.clone().filter(|text| !text.is_empty()),
            followup: sent.followup,
            stored_by: sent.stored_by.clone().or_else(|| Some(self.user.username.clone())),
            created: existing.map_or(self.now, |existing| existing.created),
            updated: self.now,
            deleted: false,
        }
    }

    /// Refused by the strategy: counted and indexed, but without a conflict.
    fn reject(&self, index: usize, summary: &mut Summary) {
        summary.counts.ignored += 1;
        summary.rejected.push(index);
    }

    fn delete(
        &self,
        index: usize,
        sent: &Sent,
        living: Option<&Stored>,
        days: (i64, i64),
        summary: &mut Summary,
    ) -> rusqlite::Result<()> {
        let Some(living) = living else {
            self.reject(index, summary);
            return Ok(());
        };
        summary.counts.deleted += 1;
        self.bury(&sent.key, living, days)
    }

    /// Soft-deletes: the last value stays, marked (capture a006c).
    fn bury(&self, key: &Key, living: &Stored, days: (i64, i64)) -> rusqlite::Result<()> {
        let buried = Stored {
            deleted: true,
            updated: self.now,
            stored_by: Some(self.user.username.clone()),
            ..living.clone()
        };
        self.write(key, &buried, days)
    }

    fn write(&self, key: &Key, value: &Stored, days: (i64, i64)) -> rusqlite::Result<()> {
        if self.dry_run { Ok(()) } else { values::store(&self.world.db, key, value, days) }
    }
}
