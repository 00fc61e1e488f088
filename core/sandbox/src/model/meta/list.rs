//! Lists of metadata and single objects, with the paging manners of a 2.42.4 (captures m010 to
//! m021, m060 to m082).
//!
//! A page is cut from a list that is already sorted; only the page is rendered.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::filter::Filters;
use super::render::Renderer;
use super::store::{Object, name_key, path_within};
use super::types::Type;
use crate::limits::PAGE_SIZE_DEFAULT;
use crate::model::http::{Body, Query, Request, Response, encode};

/// `GET /api/{collection}`.
pub fn list(renderer: &Renderer<'_>, kind: &'static Type, request: &Request) -> Response {
    answer(renderer, kind, request, None).unwrap_or_else(|refusal| refusal)
}

/// `GET /api/{collection}/{id}`.
pub fn one(renderer: &Renderer<'_>, kind: &'static Type, id: &str, request: &Request) -> Response {
    let object = renderer.meta.get(kind.plural, id);
    let Some(object) = object.filter(|object| renderer.user.can_read(object)) else {
        return Response::not_found(kind.singular, id);
    };
    if kind.plural == "organisationUnits" && request.query.flag("includeDescendants") {
        let listed = answer(renderer, kind, request, Some(id));
        return listed.unwrap_or_else(|refusal| refusal);
    }
    Response::json(renderer.object(object, &fields_of(&request.query, ":all")))
}

/// The `fields` of a request, or a default.
pub fn fields_of(query: &Query, default: &str) -> Fields {
    let asked: Vec<&str> = query.all("fields").collect();
    let fields = Fields::parse(&asked.join(","));
    if fields.is_empty() { Fields::parse(default) } else { fields }
}

/// A number parameter, or the 400 that a word gets (capture m018c).
pub fn number(query: &Query, name: &str, default: i64) -> Result<i64, Response> {
    let Some(text) = query.get(name) else { return Ok(default) };
    let message =
        format!("Value '{text}' is not valid for parameter {name}. It should be of type int");
    text.parse().map_err(|_| Response::error(400, &message))
}

fn answer(
    renderer: &Renderer<'_>,
    kind: &'static Type,
    request: &Request,
    below: Option<&str>,
) -> Result<Response, Response> {
    if renderer.user_may_not_list(kind) {
        let message = "You don't have the proper permissions to read objects of this type.";
        return Err(Response::coded(403, "E1006", message));
    }
    let query = &request.query;
    let page = number(query, "page", 1)?.max(1);
    let size = number(query, "pageSize", PAGE_SIZE_DEFAULT)?;
    let objects = select(renderer, kind, query, below)?;
    let paged = query.get("paging") != Some("false");
    let (shown, pager) = if paged {
        let pager = Pager::new(objects.len() as i64, page, size);
        let start = usize::try_from((page - 1).saturating_mul(pager.size)).unwrap_or(usize::MAX);
        let count = usize::try_from(size.max(0)).unwrap_or(0);
        let end = start.saturating_add(count).min(objects.len());
        (objects.get(start..end).unwrap_or_default(), Some(pager))
    } else {
        (&objects[..], None)
    };
    let fields = fields_of(query, "id,displayName");
    let mut text = String::with_capacity(64 + shown.len() * 64);
    text.push('{');
    if let Some(pager) = pager {
        let pager = pager.render(renderer.base_url, &request.path, query);
        text.push_str(&format!("\"pager\":{pager},"));
    }
    text.push_str(&format!("\"{}\":[", kind.plural));
    for (index, object) in shown.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&renderer.object(object, &fields).to_string());
    }
    text.push_str("]}");
    Ok(Response { status: 200, headers: vec![], body: Body::JsonText(text) })
}

impl Renderer<'_> {
    fn user_may_not_list(&self, kind: &Type) -> bool {
        kind.plural == "users" && !self.user.may("F_USER_VIEW")
    }
}

/// The objects of a list before paging, in order.
pub fn select<'a>(
    renderer: &Renderer<'a>,
    kind: &'static Type,
    query: &Query,
    below: Option<&str>,
) -> Result<Cow<'a, [Arc<Object>]>, Response> {
    let collection = renderer.meta.collection(kind.plural);
    let filters = Filters::parse(query, kind, collection, renderer)?;
    let Some(collection) = collection else { return Ok(Cow::Borrowed(&[])) };
    let orders = orders(query);
    let sorted = match orders.as_slice() {
        [(name, false)] if name == "id" => collection.by_id(),
        _ => collection.by_name(),
    };
    let scope = Scope::of(renderer, kind, query, below);
    let everything =
        filters.is_empty() && scope.is_none() && (renderer.user.is_super() || !kind.shared());
    let mut chosen = if everything {
        Cow::Borrowed(sorted)
    } else {
        let accepted = sorted.iter().filter(|object| {
            renderer.user.can_read(object)
                && scope.as_ref().is_none_or(|scope| scope.contains(object))
                && filters.accepts(object, renderer)
        });
        Cow::Owned(accepted.cloned().collect())
    };
    if !orders.is_empty() && !matches!(orders.as_slice(), [(name, false)] if name == "id") {
        sort(chosen.to_mut(), &orders, renderer);
    }
    Ok(chosen)
}

/// Which organisation units a list is about.
struct Scope {
    roots: Option<Vec<String>>,
    exact: bool,
    level: Option<i64>,
}

impl Scope {
    fn of(r: &Renderer<'_>, kind: &Type, query: &Query, below: Option<&str>) -> Option<Self> {
        if kind.plural != "organisationUnits" {
            return None;
        }
        let user = r.user;
        let level = query.get("level").and_then(|level| level.parse().ok());
        let (roots, exact) = if let Some(root) = below {
            (Some(vec![root.to_owned()]), false)
        } else if query.flag("userOnly") {
            (Some(user.capture.clone()), !query.flag("includeDescendants"))
        } else if query.flag("userDataViewOnly") {
            (Some(user.view.clone()), true)
        } else if query.flag("withinUserHierarchy") {
            (Some(user.capture.clone()), false)
        } else if query.flag("withinUserSearchHierarchy") {
            (Some(user.search.clone()), false)
        } else {
            (None, false)
        };
        (roots.is_some() || level.is_some()).then_some(Self { roots, exact, level })
    }

    fn contains(&self, ou: &Object) -> bool {
        let level = self.level.is_none_or(|level| ou.integer("level") == level);
        level
            && self.roots.as_ref().is_none_or(|roots| {
                if self.exact {
                    roots.contains(&ou.id)
                } else {
                    path_within(ou.text("path").unwrap_or(""), roots)
                }
            })
    }
}

/// `order=name:desc,…`; the second part is whether the order is reversed.
fn orders(query: &Query) -> Vec<(String, bool)> {
    let items = query.all("order").flat_map(|value| value.split(','));
    let parse = |item: &str| {
        let (name, direction) = item.split_once(':').unwrap_or((item, "asc"));
        (name.to_owned(), matches!(direction, "desc" | "idesc"))
    };
    items.filter(|item| !item.is_empty()).map(parse).collect()
}

fn sort(objects: &mut [Arc<Object>], orders: &[(String, bool)], renderer: &Renderer<'_>) {
    // The list comes by name; sorting from the last order to the first keeps ties in place.
    for (name, reversed) in orders.iter().rev() {
        let key = |object: &Arc<Object>| match renderer.raw(object, name) {
            Some(Value::Number(number)) => (number.as_f64().unwrap_or(0.0), Default::default()),
            Some(Value::String(text)) => (0.0, name_key(&text)),
            Some(other) => (0.0, name_key(&other.to_string())),
            None => (0.0, Default::default()),
        };
        if objects.iter().all(|object| renderer.raw(object, name).is_none()) {
            continue;
        }
        let mut keyed: Vec<_> =
            objects.iter().map(|object| (key(object), object.clone())).collect();
        keyed.sort_by(|(left, _), (right, _)| {
            let ordering = left.0.total_cmp(&right.0).then_with(|| left.1.cmp(&right.1));
            if *reversed { ordering.reverse() } else { ordering }
        });
        objects.iter_mut().zip(keyed).for_each(|(place, (_, object))| *place = object);
    }
}

/// The pager of a metadata list: total known, page clamped to the last (capture m016).
struct Pager {
    page: i64,
    size: i64,
    total: i64,
    pages: i64,
}

impl Pager {
    fn new(total: i64, page: i64, asked_size: i64) -> Self {
        // pageSize=0 counts as 1 in the pager but gives an empty list (capture m018b).
        let size = asked_size.max(1);
        let pages = (total + size - 1) / size;
        Self { page: page.min(pages.max(1)), size, total, pages }
    }

    fn render(&self, base_url: &str, path: &str, query: &Query) -> Value {
        let mut pager = Map::new();
        pager.insert("page".to_owned(), json!(self.page));
        pager.insert("total".to_owned(), json!(self.total));
        pager.insert("pageSize".to_owned(), json!(self.size));
        if self.page < self.pages {
            let link = self.link(base_url, path, query, self.page + 1);
            pager.insert("nextPage".to_owned(), json!(link));
        }
        if self.page > 1 {
            let link = self.link(base_url, path, query, self.page - 1);
            pager.insert("prevPage".to_owned(), json!(link));
        }
        pager.insert("pageCount".to_owned(), json!(self.pages));
        Value::Object(pager)
    }

    /// Links re-encode the query; page 1 is not named (capture m015).
    fn link(&self, base_url: &str, path: &str, query: &Query, page: i64) -> String {
        let collection = path.split('/').next().unwrap_or("");
        let mut parts = Vec::new();
        if page > 1 {
            parts.push(format!("page={page}"));
        }
        if self.size != PAGE_SIZE_DEFAULT {
            parts.push(format!("pageSize={}", self.size));
        }
        let kept = query.0.iter().filter(|(name, _)| name != "page" && name != "pageSize");
        parts.extend(kept.map(|(name, value)| format!("{}={}", encode(name), encode(value))));
        format!("{base_url}/api/{collection}?{}", parts.join("&"))
    }
}
