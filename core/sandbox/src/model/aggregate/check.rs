//! Whether a server up to 2.42 takes a data value: the first check that fails is the conflict.
//!
//! The order is that of wire reference 1.3 (E7610 … E7645). Decisions are remembered for the length
//! of
//! one import, so that ten thousand values of a form cost one look at each of its parts.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::report::Conflict;
use super::values::Key;
use super::{DEFAULT_COMBO, lock};
use crate::limits::{COMMENT_CHARS_MAX, STORED_BY_CHARS_MAX};
use crate::model::approval;
use crate::model::http::Query;
use crate::model::meta::access::User;
use crate::model::meta::store::Object;
use crate::model::period::{self, Period, PeriodType};
use crate::model::value;
use crate::model::world::World;

/// A value of a payload, with the defaults of its set filled in.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What it is about; option combos are the default ones if none were sent.
    pub key: Key,
    /// Whether a category option combo was sent.
    pub has_coc: bool,
    /// Whether an attribute option combo was sent.
    pub has_aoc: bool,
    /// The value as sent.
    pub value: Option<String>,
    /// The comment as sent.
    pub comment: Option<String>,
    /// Marked for follow-up.
    pub followup: bool,
    /// Who stored it, as the client says.
    pub stored_by: Option<String>,
    /// A deletion: by the value's own flag or by the strategy.
    pub deletes: bool,
}

/// The strict flags of the request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Strict {
    periods: bool,
    elements: bool,
    option_combos: bool,
    attribute_combos: bool,
    units: bool,
    require_coc: bool,
    require_aoc: bool,
}

impl Strict {
    /// Reads the flags.
    pub fn of(query: &Query) -> Self {
        Self {
            periods: query.flag("strictPeriods"),
            elements: query.flag("strictDataElements"),
            option_combos: query.flag("strictCategoryOptionCombos"),
            attribute_combos: query.flag("strictAttributeOptionCombos"),
            units: query.flag("strictOrganisationUnits"),
            require_coc: query.flag("requireCategoryOptionCombo"),
            require_aoc: query.flag("requireAttributeOptionCombo"),
        }
    }
}

/// Checks values and remembers what it found out.
pub struct Checker<'a> {
    world: &'a World,
    user: &'a User,
    strict: Strict,
    /// The data set of the header.
    pub header: Option<Arc<Object>>,
    now: i64,
    periods: HashMap<String, Option<Period>>,
    units: HashMap<String, bool>,
    combos: HashMap<String, Option<Arc<Object>>>,
    locks: HashMap<(String, String, String), Option<Lock>>,
}

/// Why a data set does not take values for a period and place.
#[derive(Debug, Clone)]
enum Lock {
    Approved,
    Expired,
    Future(String),
    InputPeriod,
}

/// Shorthand for the objects of a conflict.
fn about(kind: &'static str, id: &str) -> Vec<(&'static str, String)> {
    vec![(kind, id.to_owned())]
}

impl<'a> Checker<'a> {
    /// A checker for one request.
    pub fn new(world: &'a World, user: &'a User, query: &Query, now: i64) -> Self {
        Self {
            world,
            user,
            strict: Strict::of(query),
            header: None,
            now,
            periods: HashMap::new(),
            units: HashMap::new(),
            combos: HashMap::new(),
            locks: HashMap::new(),
        }
    }

    /// The period of an id.
    pub fn period(&mut self, id: &str) -> Option<Period> {
        if let Some(known) = self.periods.get(id) {
            return *known;
        }
        let period = Period::parse(id).ok();
        self.periods.insert(id.to_owned(), period);
        period
    }

    /// An option combo whose options the user may all write.
    pub fn writable_combo(&mut self, id: &str) -> Option<Arc<Object>> {
        if let Some(known) = self.combos.get(id) {
            return known.clone();
        }
        let meta = &self.world.meta;
        let combo = meta.get("categoryOptionCombos", id).filter(|combo| {
            let options = combo.references("categoryOptions");
            let mut options = options.into_iter().filter_map(|id| meta.get("categoryOptions", id));
            options.all(|option| self.user.can_write_data(option))
        });
        let combo = combo.cloned();
        self.combos.insert(id.to_owned(), combo.clone());
        combo
    }

    /// The data element that the user may see.
    pub fn element(&self, id: &str) -> Option<&'a Arc<Object>> {
        let element = self.world.meta.get("dataElements", id);
        element.filter(|element| self.user.can_read(element))
    }

    /// The first check that fails; the domain's period and element otherwise.
    pub fn check(&mut self, sent: &Sent) -> Result<(Period, &'a Arc<Object>), Conflict> {
        let (period, element) = self.check_parts(sent)?;
        self.check_content(sent, element)?;
        self.check_strict(sent, &period, element)?;
        self.check_attribute_combo(sent, &period)?;
        self.check_locks(sent, &period, element)?;
        Ok((period, element))
    }

    fn check_parts(&mut self, sent: &Sent) -> Result<(Period, &'a Arc<Object>), Conflict> {
        let key = &sent.key;
        let element = self.element(&key.de).ok_or_else(|| {
            let text = format!("Data element not found or not accessible: `{}`", key.de);
            Conflict::new("E7610", Some("dataElement"), about("dataElement", &key.de), text)
        })?;
        let period = self.period(&key.pe).ok_or_else(|| {
            let text = format!("Period not valid: `{}`", key.pe);
            Conflict::new("E7611", Some("period"), about("period", &key.pe), text)
        })?;
        if self.world.meta.get("organisationUnits", &key.ou).is_none() {
            let text = format!("Organisation unit not found or not accessible: `{}`", key.ou);
            let objects = about("organisationUnit", &key.ou);
            return Err(Conflict::new("E7612", Some("orgUnit"), objects, text));
        }
        for (id, code, property, word) in [
            (&key.coc, "E7613", "categoryOptionCombo", "Category"),
            (&key.aoc, "E7615", "attributeOptionCombo", "Attribute"),
        ] {
            if self.writable_combo(id).is_none() {
                let text = format!(
                    "{word} option combo not found or not accessible for writing data: `{id}`"
                );
                let objects = about("categoryOptionCombo", id);
                return Err(Conflict::new(code, Some(property), objects, text));
            }
        }
        if !self.in_hierarchy(&key.ou) {
            let text = format!(
                "Organisation unit: `{}` not in hierarchy of current user: `{}`",
                key.ou, self.user.id
            );
            let objects =
                vec![("organisationUnit", key.ou.clone()), ("user", self.user.id.clone())];
            return Err(Conflict::new("E7617", Some("orgUnit"), objects, text));
        }
        Ok((period, element))
    }

    fn in_hierarchy(&mut self, ou: &str) -> bool {
        if let Some(known) = self.units.get(ou) {
            return *known;
        }
        let within = self.world.meta.within(ou, &self.user.capture)
            || (self.user.is_super() && self.user.capture.is_empty());
        self.units.insert(ou.to_owned(), within);
        within
    }

    fn check_content(&self, sent: &Sent, element: &Object) -> Result<(), Conflict> {
        let id = &sent.key.de;
        let empty = |text: &Option<String>| text.as_deref().unwrap_or("").is_empty();
        if sent.deletes {
            return Ok(());
        }
        if empty(&sent.value) && empty(&sent.comment) {
            let text = format!("Data value or comment not specified for data element: `{id}`");
            return Err(Conflict::new("E7618", Some("value"), about("dataElement", id), text));
        }
        if let Some(text) = &sent.value
            && let Some(problem) = value::problem(element, text)
        {
            let objects = vec![("dataElement", id.clone()), ("value", problem.key().to_owned())];
            let text = format!(
                "Value must match value type of data element `{id}`: `{}`",
                value::worded(problem)
            );
            return Err(Conflict::new("E7619", Some("value"), objects, text));
        }
        let comment = sent.comment.as_deref().unwrap_or("");
        if comment.chars().count() > COMMENT_CHARS_MAX {
            let text = "Invalid comment: comment_too_long".to_owned();
            return Err(Conflict::new("E7620", Some("comment"), about("dataElement", id), text));
        }
        if let Some(text) = sent.value.as_deref().filter(|text| !text.trim().is_empty())
            && let Some(set) = value::foreign_option(&self.world.meta, element, text)
        {
            let objects = about("dataElement", id);
            let text = format!(
                "Data value is not a valid option of the data element option set `{set}`: `{id}`"
            );
            return Err(Conflict::new("E7621", Some("value"), objects, text));
        }
        Ok(())
    }

    fn check_strict(&self, sent: &Sent, period: &Period, element: &Object) -> Result<(), Conflict> {
        let (key, strict) = (&sent.key, self.strict);
        if strict.require_coc && !sent.has_coc {
            let text = "Category option combo is required but is not specified".to_owned();
            return Err(Conflict::new("E7630", Some("categoryOptionCombo"), vec![], text));
        }
        if strict.require_aoc && !sent.has_aoc {
            let text = "Attribute option combo is required but is not specified".to_owned();
            return Err(Conflict::new("E7631", Some("attributeOptionCombo"), vec![], text));
        }
        let sets = self.data_sets(&key.de);
        let fits_type =
            |set: &Arc<Object>| set.text("periodType") == Some(period.period_type().name());
        if strict.periods && !sets.iter().any(fits_type) {
            let text = format!(
                "Period type of period: `{}` not valid for data element: `{}`",
                key.pe, key.de
            );
            let objects = vec![("period", key.pe.clone()), ("dataElement", key.de.clone())];
            return Err(Conflict::new("E7632", None, objects, text));
        }
        if strict.elements
            && let Some(header) = &self.header
            && !element_ids(header).any(|id| id == key.de)
        {
            let text =
                format!("Data element: `{}` is not part of dataset: `{}`", key.de, header.id);
            let objects = vec![("dataElement", key.de.clone()), ("dataSet", header.id.clone())];
            return Err(Conflict::new("E7633", None, objects, text));
        }
        if strict.option_combos && !self.combo_of_element(&key.coc, element) {
            let text = format!(
                "Category option combo: `{}` must be part of category combo of data element: `{}`",
                key.coc, key.de
            );
            let objects =
                vec![("categoryOptionCombo", key.coc.clone()), ("dataElement", key.de.clone())];
            return Err(Conflict::new("E7634", None, objects, text));
        }
        self.check_strict_sets(sent, &sets)
    }

    fn check_strict_sets(&self, sent: &Sent, sets: &[Arc<Object>]) -> Result<(), Conflict> {
        let (key, strict) = (&sent.key, self.strict);
        let combo = self.world.meta.get("categoryOptionCombos", &key.aoc);
        let combo = combo.and_then(|combo| combo.reference("categoryCombo"));
        let fits = |set: &Arc<Object>| {
            let own = set.member("categoryCombo").and_then(|combo| combo.get("id"));
            own.and_then(Value::as_str) == combo
        };
        if strict.attribute_combos && !sets.iter().any(fits) {
            let text = format!(
                "Attribute option combo: `{}` must be part of category combo of data sets of \
                 data element: `{}`",
                key.aoc, key.de
            );
            let objects =
                vec![("categoryOptionCombo", key.aoc.clone()), ("dataElement", key.de.clone())];
            return Err(Conflict::new("E7635", None, objects, text));
        }
        let assigned =
            |set: &Arc<Object>| set.references("organisationUnits").contains(&key.ou.as_str());
        if strict.units && !sets.iter().any(assigned) {
            let text = format!(
                "Data element: `{}` must be assigned through data sets to organisation unit: `{}`",
                key.de, key.ou
            );
            let objects =
                vec![("dataElement", key.de.clone()), ("organisationUnit", key.ou.clone())];
            return Err(Conflict::new("E7636", None, objects, text));
        }
        let stored_by = sent.stored_by.as_deref().unwrap_or("");
        if stored_by.chars().count() > STORED_BY_CHARS_MAX {
            let text = "Invalid storedBy: stored_by_too_long".to_owned();
            return Err(Conflict::new("E7637", Some("storedBy"), vec![], text));
        }
        Ok(())
    }

    /// The data sets that decide about an element: the header's alone, or all that hold it.
    fn data_sets(&self, element: &str) -> Vec<Arc<Object>> {
        match &self.header {
            Some(header) => vec![Arc::clone(header)],
            None => self.world.meta.data_sets_of(element).to_vec(),
        }
    }

    fn combo_of_element(&self, coc: &str, element: &Object) -> bool {
        let combo = self.world.meta.get("categoryOptionCombos", coc);
        let combo = combo.and_then(|combo| combo.reference("categoryCombo"));
        let own = element.member("categoryCombo").and_then(|combo| combo.get("id"));
        own.and_then(Value::as_str) == combo
    }

    fn check_attribute_combo(&self, sent: &Sent, period: &Period) -> Result<(), Conflict> {
        let key = &sent.key;
        if key.aoc == DEFAULT_COMBO {
            return Ok(());
        }
        let window = lock::combo_window(self.world, &key.aoc, self.header.as_deref());
        let (start, end) = period::days(period);
        if !window.holds(start, end) {
            let text = format!(
                "Period: `{}` is not within date range of attribute option combo: `{}`",
                key.pe, key.aoc
            );
            let objects =
                vec![("period", key.pe.clone()), ("categoryOptionCombo", key.aoc.clone())];
            return Err(Conflict::new("E7638", Some("period"), objects, text));
        }
        if !window.covers(self.world, &key.ou) {
            let text = format!(
                "Organisation unit: `{}` is not valid for attribute option combo: `{}`",
                key.ou, key.aoc
            );
            let objects = vec![
                ("organisationUnit", key.ou.clone()),
                ("categoryOptionCombo", key.aoc.clone()),
            ];
            return Err(Conflict::new("E7639", Some("orgUnit"), objects, text));
        }
        Ok(())
    }

    fn check_locks(
        &mut self,
        sent: &Sent,
        period: &Period,
        element: &Object,
    ) -> Result<(), Conflict> {
        let key = &sent.key;
        let mut locked: Vec<(Arc<Object>, Lock)> = Vec::new();
        for set in self.data_sets(&element.id) {
            if let Some(lock) = self.lock(&set, period, key) {
                locked.push((set, lock));
            }
        }
        // Expiry is looked at before the future, and both before input periods (capture a001d).
        let rank = |lock: &Lock| match lock {
            Lock::Expired => 0,
            Lock::Future(_) => 1,
            Lock::Approved => 2,
            Lock::InputPeriod => 3,
        };
        let first = locked.into_iter().min_by_key(|(_, lock)| rank(lock));
        match first {
            Some((set, lock)) => Err(conflict_of(&lock, &set, key)),
            None => Ok(()),
        }
    }

    fn lock(&mut self, set: &Arc<Object>, period: &Period, key: &Key) -> Option<Lock> {
        let slice = (set.id.clone(), key.pe.clone(), format!("{} {}", key.ou, key.aoc));
        if let Some(known) = self.locks.get(&slice) {
            return known.clone();
        }
        let lock = self.find_lock(set, period, key);
        self.locks.insert(slice, lock.clone());
        lock
    }

    fn find_lock(&self, set: &Object, period: &Period, key: &Key) -> Option<Lock> {
        if lock::is_expired(self.world, self.user, set, period, &key.ou, self.now) {
            return Some(Lock::Expired);
        }
        let today = self.world.zone.day_number(self.now);
        let kind = set.text("periodType").and_then(|name| PeriodType::parse(name).ok());
        let latest = kind
            .and_then(|kind| period::latest_open(kind, today, set.integer("openFuturePeriods")));
        if let Some(latest) = latest
            && period.end() > latest.end()
        {
            return Some(Lock::Future(latest.to_string()));
        }
        let approved = approval::is_approved(self.world, set, &key.pe, &key.ou, &key.aoc);
        if approved.unwrap_or(false) {
            return Some(Lock::Approved);
        }
        let open = lock::input_period_open(self.world, set, &key.pe, self.now);
        (!open).then_some(Lock::InputPeriod)
    }
}

fn conflict_of(lock: &Lock, set: &Object, key: &Key) -> Conflict {
    let in_set = vec![("period", key.pe.clone()), ("dataSet", set.id.clone())];
    match lock {
        Lock::Expired => {
            let text = format!(
                "Current date is past expiry days for period: `{}`  and data set: `{}`",
                key.pe, set.id
            );
            Conflict::new("E7640", Some("period"), in_set, text)
        }
        Lock::Approved => {
            // The server never names the combo (capture a022h).
            let text = format!(
                "Data already approved for data set: `{}` period: `{}` org unit: `{}` attribute \
                 option combo: `null`",
                set.id, key.pe, key.ou
            );
            let mut objects = vec![("organisationUnit", key.ou.clone())];
            objects.extend(in_set);
            Conflict::new("E7642", None, objects, text)
        }
        Lock::Future(latest) => {
            let text = format!(
                "Period: `{}` is after latest open future period: `{latest}` for data element: \
                 `{}` and data set: `{}`",
                key.pe, key.de, set.id
            );
            let objects = vec![
                ("period", key.pe.clone()),
                ("dataElement", key.de.clone()),
                ("dataSet", set.id.clone()),
            ];
            Conflict::new("E7641", Some("period"), objects, text)
        }
        Lock::InputPeriod => {
            let text = format!(
                "Period: `{}` is not open for this data set at this time: `{}`",
                key.pe, set.id
            );
            Conflict::new("E7643", Some("period"), in_set, text)
        }
    }
}

/// The elements of a data set.
pub fn element_ids(set: &Object) -> impl Iterator<Item = &str> {
    let items = set.items("dataSetElements").iter();
    items.filter_map(|item| item.get("dataElement")?.get("id")?.as_str())
}
