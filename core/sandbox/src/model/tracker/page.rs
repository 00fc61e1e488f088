//! Pages of tracker lists and the members that a client asks for.

use serde_json::{Map, Value, json};

use crate::limits::{PAGE_SIZE_DEFAULT, TRACKER_PAGE_SIZE_MAX};
use crate::model::http::{Query, Request, Response};
use crate::model::meta::fields::{Fields, Preset};
use crate::model::meta::list::number;
use crate::model::world::World;

/// The 400 for a parameter that makes no sense.
pub fn bad(message: &str) -> Response {
    Response::coded(400, "E1003", message)
}

/// Keeps the members that were asked for.
pub fn choose(all: &Map<String, Value>, fields: &Fields) -> Value {
    let mut kept = Map::new();
    if fields.presets.contains(&Preset::All) {
        let names = all.iter().filter(|(name, _)| !fields.excluded.contains(name));
        kept.extend(names.map(|(name, value)| (name.clone(), value.clone())));
    }
    for member in &fields.members {
        let Some(value) = all.get(&member.name) else { continue };
        let value = match &member.inner {
            Some(inner) => inside(value, inner),
            None => value.clone(),
        };
        kept.insert(member.name.clone(), value);
    }
    Value::Object(kept)
}

fn inside(value: &Value, fields: &Fields) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| inside(item, fields)).collect(),
        Value::Object(members) => choose(members, fields),
        other => other.clone(),
    }
}

/// What was asked for of a member that is itself an object or a list: `None` if nothing,
/// `Some(None)` if all of it.
pub fn wanted<'f>(fields: &'f Fields, name: &str) -> Option<Option<&'f Fields>> {
    let named = fields.members.iter().find(|member| member.name == name);
    match named {
        Some(member) => Some(member.inner.as_ref()),
        None => {
            let all = fields.presets.contains(&Preset::All);
            (all && !fields.excluded.iter().any(|excluded| excluded == name)).then_some(None)
        }
    }
}

/// The objects of a page and what lies around it.
pub struct Listed {
    /// `events`
    pub name: &'static str,
    /// The objects as they are shown.
    pub objects: Value,
    /// How many there are in all, if it was asked for.
    pub total: usize,
    /// Whether there are more behind the page.
    pub more: bool,
}

/// The page that was asked for.
pub struct Page {
    /// Counted from one.
    pub page: usize,
    /// Objects of a page; none means everything.
    pub size: Option<usize>,
    /// Whether the total is asked for.
    pub total: bool,
}

impl Page {
    /// Reads the parameters.
    ///
    /// # Errors
    /// The 400 for a page that cannot be (captures t005f to t005h).
    pub fn of(query: &Query, old: bool) -> Result<Self, Response> {
        let page = number(query, "page", 1)?;
        let size = number(query, "pageSize", PAGE_SIZE_DEFAULT)?;
        if page < 1 {
            let message = "page must be greater than or equal to 1 if specified";
            return Err(bad(message));
        }
        if size < 1 {
            let message = "pageSize must be greater than or equal to 1 if specified";
            return Err(bad(message));
        }
        if size > TRACKER_PAGE_SIZE_MAX {
            let message = format!(
                "Invalid page size: {size}. It must not exceed the system limit of \
                 KeyTrackedEntityMaxLimit {TRACKER_PAGE_SIZE_MAX}."
            );
            return Err(bad(&message));
        }
        let unpaged = query.get("paging") == Some("false") || (old && query.flag("skipPaging"));
        let size = usize::try_from(size).ok().filter(|_| !unpaged);
        let page = usize::try_from(page).unwrap_or(1);
        Ok(Self { page, size, total: query.flag("totalPages") })
    }

    /// Objects before the page.
    pub fn start(&self) -> usize {
        self.size.map_or(0, |size| (self.page - 1).saturating_mul(size))
    }

    /// Whether another object fits.
    pub fn wants(&self, held: usize) -> bool {
        self.size.is_none_or(|size| held < size)
    }

    /// The list in the envelope of the version (wire reference 1.5).
    pub fn envelope(&self, world: &World, request: &Request, list: Listed) -> Value {
        let Listed { name, objects, total, more } = list;
        let version = &world.version;
        let mut body = Map::new();
        let Some(size) = self.size else {
            let key = if version.lists_instances() { "instances" } else { name };
            body.insert(key.to_owned(), objects);
            return Value::Object(body);
        };
        let pages = total.div_ceil(size);
        let mut pager = Map::new();
        pager.insert("page".to_owned(), json!(self.page));
        pager.insert("pageSize".to_owned(), json!(size));
        if self.total {
            pager.insert("total".to_owned(), json!(total));
            pager.insert("pageCount".to_owned(), json!(pages));
        }
        if version.flat_paging() {
            body.extend(pager.clone());
        }
        if self.page > 1 {
            pager.insert("prevPage".to_owned(), json!(link(world, request, self.page - 1)));
        }
        if more {
            pager.insert("nextPage".to_owned(), json!(link(world, request, self.page + 1)));
        }
        if version.has_pager() {
            body.insert("pager".to_owned(), Value::Object(pager));
        }
        let key = if version.lists_instances() { "instances" } else { name };
        body.insert(key.to_owned(), objects);
        Value::Object(body)
    }
}

/// Tracker links keep the query as it was written and put the page last (capture p004).
fn link(world: &World, request: &Request, page: usize) -> String {
    let kept = request.raw_query.split('&');
    let kept: Vec<&str> =
        kept.filter(|pair| !pair.is_empty() && !pair.starts_with("page=")).collect();
    let separator = if kept.is_empty() { "" } else { "&" };
    format!("{}/api/{}?{}{separator}page={page}", world.base_url, request.path, kept.join("&"))
}
