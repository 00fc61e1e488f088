//! What the lists share: times, scopes, the user's reach and the page, as SQL on the store's
//! indexes. No list reads objects that it does not show.

use rusqlite::types::Value as SqlValue;

use super::access;
use super::page::{Page, bad};
use crate::db::{Scratch, fill};
use crate::model::Refusal;
use crate::model::aggregate::export::duration_ms;
use crate::model::http::{Query, Response};
use crate::model::meta::access::User;
use crate::model::meta::store::{Metadata, Object};
use crate::model::time::DAY_MS;
use crate::model::world::World;

/// A question to the store that grows condition by condition.
pub struct Search<'a> {
    /// The world.
    pub world: &'a World,
    /// Parameters of the request.
    pub query: &'a Query,
    /// Who asks.
    pub user: &'a User,
    /// Unix ms.
    pub now: i64,
    sql: String,
    values: Vec<SqlValue>,
}

/// A row found: the uids of a page, the total if asked for, whether there are more.
pub struct Found {
    /// Uids in order.
    pub uids: Vec<String>,
    /// Total, if it was asked for; otherwise it means nothing.
    pub total: usize,
    /// Whether more lie behind the page.
    pub more: bool,
}

impl<'a> Search<'a> {
    /// A question without conditions.
    pub fn new(world: &'a World, query: &'a Query, user: &'a User, now: i64) -> Self {
        Self { world, query, user, now, sql: String::new(), values: Vec::new() }
    }

    /// Adds a condition with one value.
    pub fn add(&mut self, sql: &str, value: impl Into<SqlValue>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.values.push(value.into());
    }

    /// Adds a condition without values.
    pub fn also(&mut self, sql: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
    }

    /// Adds conditions that somebody else wrote, each starting with ` AND `.
    pub fn extend(&mut self, sql: &str, values: Vec<SqlValue>) {
        self.sql.push_str(sql);
        self.values.extend(values);
    }

    /// Times: parameter, condition, whether a day without a time means its end.
    ///
    /// # Errors
    /// The 400 for what is no time.
    pub fn times(&mut self, times: &[(&str, &str, bool)]) -> Result<(), Response> {
        for (name, sql, whole_day) in times {
            let Some(text) = self.query.get(name) else { continue };
            let time = self.world.zone.parse_time(text).ok_or_else(|| {
                let message = format!(
                    "Value '{text}' is not valid for parameter {name}. Valid values are date/time."
                );
                Response::error(400, &message)
            })?;
            let end = if *whole_day && !text.contains('T') { DAY_MS - 1 } else { 0 };
            self.add(sql, time.saturating_add(end));
        }
        Ok(())
    }

    /// `updatedAfter`, `updatedBefore`, `updatedWithin` on a column (captures t007 to t007d).
    ///
    /// # Errors
    /// The 400 for what is no time or duration, or for both at once.
    pub fn updated(&mut self, column: &str) -> Result<(), Response> {
        let (after, before) = (format!("{column} >= ?"), format!("{column} <= ?"));
        self.times(&[("updatedAfter", &after, false), ("updatedBefore", &before, true)])?;
        let Some(text) = self.query.get("updatedWithin") else { return Ok(()) };
        if self.query.get("updatedAfter").is_some() {
            let message = match column {
                "v.updated" => {
                    "Last updated from and/or to and last updated duration cannot be specified \
                     simultaneously"
                }
                _ => {
                    "`updatedAfter` or `updatedBefore` and `updatedWithin` cannot be specified \
                     simultaneously"
                }
            };
            return Err(bad(message));
        }
        let Some(length) = duration_ms(text) else {
            return Err(bad(&format!("`updatedWithin` is not valid: {text}")));
        };
        self.add(&after, self.now.saturating_sub(length));
        Ok(())
    }

    /// Only objects with one of these uids.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn only(&mut self, column: &str, uids: &[&str]) -> rusqlite::Result<()> {
        if uids.is_empty() {
            return Ok(());
        }
        fill(&self.world.db, Scratch::Wanted, uids.iter().copied())?;
        self.also(&format!("{column} IN wanted"));
        Ok(())
    }

    /// Only what lies in these units.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn within(&mut self, column: &str, units: &[String]) -> rusqlite::Result<()> {
        fill(&self.world.db, Scratch::Scope, units.iter().map(String::as_str))?;
        self.also(&format!("{column} IN scope"));
        Ok(())
    }

    /// Only what the user may read: programs, access levels, owners.
    ///
    /// `program`, `te` and `ou` are columns; `chosen` is the one program of the request.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn readable(
        &mut self,
        program: &str,
        te: &str,
        ou: &str,
        chosen: Option<&Object>,
    ) -> rusqlite::Result<()> {
        if self.user.is_super() {
            return Ok(());
        }
        access::prepare(self.world, self.user)?;
        let all = self.world.meta.all("programs").iter().map(AsRef::as_ref);
        let programs: Vec<&Object> = match chosen {
            Some(program) => vec![program],
            None => all.filter(|program| access::reads(self.user, program)).collect(),
        };
        let guarded = |object: &&&Object| access::is_guarded(object);
        let list = |objects: Vec<&&Object>| -> String {
            // Uids are letters and digits; they need no quoting beyond the quotes.
            let uids: Vec<String> = objects.iter().map(|o| format!("'{}'", o.id)).collect();
            uids.join(",")
        };
        let open = list(programs.iter().filter(|object| !guarded(object)).collect());
        let closed = list(programs.iter().filter(guarded).collect());
        let owner = format!(
            "COALESCE((SELECT po.ou FROM program_owner po WHERE po.te = {te} \
             AND po.program = {program}), {ou})"
        );
        self.sql.push_str(&format!(
            " AND (({program} IN ({open}) AND {owner} IN search_units) \
              OR ({program} IN ({closed}) AND ({owner} IN capture_units \
                OR EXISTS(SELECT 1 FROM temporary_owner x WHERE x.username = ? \
                  AND x.program = {program} AND x.te = {te} AND x.until > ?))))"
        ));
        self.values.push(self.user.username.clone().into());
        self.values.push(self.now.into());
        Ok(())
    }

    /// Asks the store for one page of uids. The first is all that most clients want; who asks for
    /// more gets the whole list put together once.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn page(&self, uid: &str, from: &str, order: &str, page: &Page) -> rusqlite::Result<Found> {
        let sql = format!("SELECT {uid} FROM {from} WHERE 1{} ORDER BY {order}", self.sql);
        let Some(size) = page.size else {
            let uids = self.uids(&sql)?;
            return Ok(Found { total: uids.len(), uids, more: false });
        };
        if page.page > 1 {
            return self.later_page(&sql, page, size);
        }
        let mut uids = self.uids(&format!("{sql} LIMIT {}", size.saturating_add(1)))?;
        let more = uids.len() > size;
        uids.truncate(size);
        let total = if page.total { self.count(from)? } else { 0 };
        Ok(Found { uids, total, more })
    }

    fn later_page(&self, sql: &str, page: &Page, size: usize) -> rusqlite::Result<Found> {
        let question = self.question(sql);
        let mut kept = self.world.kept.borrow_mut();
        if kept.find(&question, self.now).is_none() {
            kept.keep(question.clone(), self.now, self.uids(sql)?);
        }
        let all = kept.find(&question, self.now).unwrap_or_default();
        let start = page.start().min(all.len());
        let end = start.saturating_add(size).min(all.len());
        Ok(Found { uids: all[start..end].to_vec(), total: all.len(), more: end < all.len() })
    }

    /// What is asked, by whom and in which manner, whichever page of it.
    fn question(&self, sql: &str) -> String {
        let parameters = self.query.0.iter().filter(|(name, _)| name != "page");
        let parameters: Vec<_> = parameters.collect();
        format!("{} {} {sql} {parameters:?}", self.user.username, self.world.version.minor)
    }

    fn uids(&self, sql: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.world.db.prepare_cached(sql)?;
        let values = rusqlite::params_from_iter(&self.values);
        statement.query_map(values, |row| row.get::<_, String>(0))?.collect()
    }

    /// How many there are.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn count(&self, from: &str) -> rusqlite::Result<usize> {
        let sql = format!("SELECT count(*) FROM {from} WHERE 1{}", self.sql);
        let mut statement = self.world.db.prepare_cached(&sql)?;
        let count: i64 =
            statement.query_row(rusqlite::params_from_iter(&self.values), |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

/// A program that is hidden from the user does not exist for them (captures 180, m079c).
///
/// # Errors
/// The 400 or 403.
pub fn program<'a>(
    world: &'a World,
    query: &Query,
    user: &User,
) -> Result<Option<&'a Object>, Response> {
    let Some(program) = query.get("program") else { return Ok(None) };
    let found = world.meta.get("programs", program).filter(|program| user.can_read(program));
    let Some(found) = found else {
        return Err(bad(&format!("Program is specified but does not exist: {program}")));
    };
    if !user.can_read_data(found) {
        let message = format!("User has no access to program: {program}");
        return Err(Response::coded(403, "E1006", &message));
    }
    Ok(Some(found.as_ref()))
}

/// The units of a list and how they were chosen.
pub struct Units {
    /// `SELECTED`, `CHILDREN`, `DESCENDANTS`, `ACCESSIBLE`, `CAPTURE` or `ALL`.
    pub mode: String,
    /// The units that were named.
    pub named: Vec<String>,
    /// The units to look in; none means wherever the user may look.
    pub units: Option<Vec<String>>,
}

/// Reads `orgUnits` and `orgUnitMode` (captures t003a to t003o).
///
/// # Errors
/// The 400 and 403 for a unit or a mode that cannot be.
pub fn units(world: &World, query: &Query, user: &User) -> Result<Units, Refusal> {
    let meta = &world.meta;
    let old = world.version.minor <= 41;
    let mut named: Vec<String> = query.list("orgUnits").into_iter().map(str::to_owned).collect();
    if old {
        let units = query.all("orgUnit").flat_map(|value| value.split([';', ',']));
        named.extend(units.filter(|unit| !unit.is_empty()).map(str::to_owned));
    }
    let mode = query.get("orgUnitMode").or_else(|| query.get("ouMode").filter(|_| old));
    let mode = mode.unwrap_or(if named.is_empty() { "ACCESSIBLE" } else { "SELECTED" });
    for unit in &named {
        if meta.get("organisationUnits", unit).is_none() {
            return Err(bad(&format!("Organisation unit does not exist: {unit}")).into());
        }
        if !access::in_search(world, user, unit) {
            let message = format!("Organisation unit is not part of the search scope: {unit}");
            return Err(Response::coded(403, "E1006", &message).into());
        }
    }
    let by_uid = !query.list("trackedEntities").is_empty() || query.get("trackedEntity").is_some();
    let units = match mode {
        "SELECTED" | "CHILDREN" | "DESCENDANTS" if named.is_empty() => {
            if !by_uid {
                let message = format!(
                    "At least one org unit or tracked entity is required for orgUnitMode: {mode}. \
                     Please add one of the two or use a different orgUnitMode."
                );
                return Err(bad(&message).into());
            }
            None
        }
        "ACCESSIBLE" | "CAPTURE" | "ALL" if !named.is_empty() => {
            let message = format!(
                "orgUnitMode {mode} cannot be used with orgUnits. Please remove the orgUnit \
                 parameter and try again."
            );
            return Err(bad(&message).into());
        }
        "SELECTED" => Some(named.clone()),
        "CHILDREN" => Some(named.iter().flat_map(|unit| with_children(meta, unit)).collect()),
        "DESCENDANTS" => Some(named.iter().flat_map(|unit| meta.subtree(unit)).collect()),
        "CAPTURE" => Some(user.capture.iter().flat_map(|unit| meta.subtree(unit)).collect()),
        "ALL" if !user.is_super() => {
            let message = "User is not authorized to query across all organisation units";
            return Err(Response::coded(403, "E1006", message).into());
        }
        "ACCESSIBLE" | "ALL" => None,
        other => {
            let message = format!(
                "Value '{other}' is not valid for parameter orgUnitMode. Valid values are: \
                 [SELECTED, CHILDREN, DESCENDANTS, ACCESSIBLE, CAPTURE, ALL]"
            );
            return Err(Response::error(400, &message).into());
        }
    };
    Ok(Units { mode: mode.to_owned(), named, units })
}

/// A unit and the ones directly below it.
pub fn with_children(meta: &Metadata, unit: &str) -> Vec<String> {
    let children = meta.children("organisationUnits", "children", unit).iter();
    let children = children.map(|child| child.id.clone());
    std::iter::once(unit.to_owned()).chain(children).collect()
}

/// `order=field:direction,…` as columns.
///
/// # Errors
/// What `column` refuses.
pub fn order(
    query: &Query,
    last: &str,
    mut column: impl FnMut(&str) -> Result<String, Response>,
) -> Result<String, Response> {
    let mut columns = Vec::new();
    for item in query.list("order") {
        let (name, direction) = item.split_once(':').unwrap_or((item, "asc"));
        let direction = if direction.eq_ignore_ascii_case("desc") { "DESC" } else { "ASC" };
        columns.push(format!("{} {direction}", column(name)?));
    }
    // The newest arrival first, as the server's own key runs down (capture 193).
    columns.push(last.to_owned());
    Ok(columns.join(", "))
}
