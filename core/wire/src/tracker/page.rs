//! Lists of the tracker, page by page, in the shapes of every version.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::{parse_object, shown};
use crate::limits::SKIPPED_MAX;
use crate::loose;
use crate::metadata::Skipped;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// Elements that could not be read.
    pub skipped: Vec<Skipped>,
    /// Elements of the page, readable or not.
    pub received: usize,
    /// Page number as told.
    pub page: Option<u32>,
    /// Page size as told.
    pub page_size: Option<u32>,
    /// Elements in all, if told (`totalPages=true`).
    pub total: Option<u64>,
}

impl<T> ListPage<T> {
    /// Whether another page may follow: a page shorter than asked for is the last one, on every
    /// version.
    #[must_use]
    pub const fn has_more(&self, page_size: u32) -> bool {
        self.received > 0 && self.received >= page_size as usize
    }
}

/// Which list an answer should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    TrackedEntities,
    Enrollments,
    Events,
    Relationships,
}

impl List {
    const fn what(self) -> &'static str {
        match self {
            Self::TrackedEntities => "tracked entities",
            Self::Enrollments => "enrollments",
            Self::Events => "tracker events",
            Self::Relationships => "relationships",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::TrackedEntities => "trackedEntities",
            Self::Enrollments => "enrollments",
            Self::Events => "events",
            Self::Relationships => "relationships",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageDto<'a> {
    #[serde(borrow, default)]
    tracked_entities: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    enrollments: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    events: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    relationships: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    instances: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    pager: Option<PagerDto>,
    #[serde(default)]
    page: Option<u32>,
    #[serde(default)]
    page_size: Option<u32>,
    #[serde(default)]
    total: Option<u64>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "camelCase", default)]
struct PagerDto {
    page: Option<u32>,
    page_size: Option<u32>,
    total: Option<u64>,
}

/// Parses a page of any version: `instances` with a flat pager (to 2.40), the list's own key with
/// both pagers (2.41), with `pager` only (from 2.42).
///
/// # Errors
/// [`WireError`] if it is no such page. Bad elements are in [`ListPage::skipped`].
pub(super) fn parse_list<T>(
    bytes: &[u8],
    list: List,
    read: impl Fn(&[u8]) -> Result<T, WireError>,
) -> Result<ListPage<T>, WireError> {
    let dto: PageDto<'_> = parse_object(bytes, list.what())?;
    let own = match list {
        List::TrackedEntities => dto.tracked_entities,
        List::Enrollments => dto.enrollments,
        List::Events => dto.events,
        List::Relationships => dto.relationships,
    };
    let raws = own.or(dto.instances).ok_or_else(|| {
        let (key, what) = (list.key(), list.what());
        let reason = format!("missing field `{key}`: not a list of {what}");
        WireError::shape(what, "$", &reason)
    })?;
    let mut items = Vec::with_capacity(raws.len());
    let mut skipped = Vec::new();
    for raw in &raws {
        match read(raw.get().as_bytes()) {
            Ok(item) => items.push(item),
            Err(error) if skipped.len() < SKIPPED_MAX => {
                skipped.push(Skipped { uid: id_of(raw, list), reason: error.to_string() });
            }
            Err(_) => {}
        }
    }
    let pager = dto.pager.unwrap_or_default();
    Ok(ListPage {
        items,
        skipped,
        received: raws.len(),
        page: pager.page.or(dto.page),
        page_size: pager.page_size.or(dto.page_size),
        total: pager.total.or(dto.total),
    })
}

/// The id of an element that may be unreadable otherwise.
fn id_of(raw: &RawValue, list: List) -> Option<String> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Ids {
        tracked_entity: loose::Text,
        enrollment: loose::Text,
        event: loose::Text,
        relationship: loose::Text,
    }
    let ids: Ids = serde_json::from_str(raw.get()).ok()?;
    let id = match list {
        List::TrackedEntities => ids.tracked_entity,
        List::Enrollments => ids.enrollment,
        List::Events => ids.event,
        List::Relationships => ids.relationship,
    };
    id.0.map(|text| shown(&text))
}

/// The id of an event that may be unreadable otherwise.
pub(crate) fn id_text(raw: &RawValue) -> Option<String> {
    id_of(raw, List::Events)
}
