//! Which requests a download of one data set takes, and where an interrupted one goes on.
//!
//! Pure. The plan depends only on what is stored in the cursor and on the window of periods, so
//! that a process that died in the middle makes the same plan again and skips what it has.

use outpost_domain::period::Period;
use outpost_domain::uid::{DataSetUid, OrganisationUnitUid};
use outpost_wire::time::format_server_time;
use serde::{Deserialize, Serialize};

use crate::check::{Place, within_line};
use crate::limits::{DOWNLOAD_OVERLAP_MS, PERIODS_PER_CHUNK};
use crate::ports::DownloadCursor;

/// What a finished or running download covers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Extent {
    /// Roots, sorted and joined.
    pub roots: String,
    /// Oldest period.
    pub first: String,
    /// Newest period.
    pub last: String,
    /// Offset of the server's local time when the watermark was taken.
    pub offset_minutes: i32,
    /// Fingerprint of what can be seen, see [`crate::ports::DataSetScope::content`].
    pub content: String,
}

/// The text behind [`DownloadCursor::scope`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Scope {
    /// What the watermark is about.
    pub done: Option<Extent>,
    /// What the download under way is about.
    pub under_way: Option<Extent>,
    /// Root under way, by its place, and pages of it that are stored.
    pub root: usize,
    /// See `root`.
    pub pages: u32,
    /// Records in a page, if that was changed on the way; 0: as many as in a first page.
    pub page_size: u32,
}

impl Scope {
    /// Reads a scope; one that another release wrote differently counts as none.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// One request of the download of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub place: Place,
    pub subject: ChunkSubject,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChunkSubject {
    /// All values.
    Values,
    /// Values that changed since.
    ChangedValues(String),
    /// All completions: the server does not tell which changed.
    Completions,
}

impl Chunk {
    /// The same in two requests, if that is possible.
    pub fn halves(&self) -> Option<[Self; 2]> {
        let subject = &self.subject;
        Some(self.place.halves()?.map(|place| Self { place, subject: subject.clone() }))
    }
}

/// The extent of a download now.
pub(crate) fn extent(
    periods: &[Period],
    roots: &[OrganisationUnitUid],
    content: &str,
    offset_minutes: i32,
) -> Extent {
    let text = |period: Option<&Period>| period.map(ToString::to_string).unwrap_or_default();
    let mut roots: Vec<_> = roots.iter().map(ToString::to_string).collect();
    roots.sort();
    Extent {
        roots: roots.join(","),
        first: text(periods.first()),
        last: text(periods.last()),
        offset_minutes,
        content: content.to_owned(),
    }
}

/// Every request of the download of a data set, in order. `periods` are in order of time.
pub(crate) fn chunks(
    data_set: DataSetUid,
    periods: &[Period],
    roots: &[OrganisationUnitUid],
    cursor: Option<&DownloadCursor>,
    extent: &Extent,
) -> Vec<Chunk> {
    let since = cursor.and_then(|cursor| since(cursor, extent));
    let known = match &since {
        Some((_, done)) => known_periods(periods, done),
        None => 0..0,
    };
    let place = |periods: &[Period]| {
        let (periods, org_units) = (periods.to_vec(), roots.to_vec());
        within_line(vec![Place { data_set, periods, org_units }])
    };
    let mut list = Vec::new();
    let mut add = |places: Vec<Place>, subject: ChunkSubject| {
        list.extend(places.into_iter().map(|place| Chunk { place, subject: subject.clone() }));
    };
    let (older, newer) = (&periods[..known.start], &periods[known.end..]);
    for unknown in older.chunks(PERIODS_PER_CHUNK).chain(newer.chunks(PERIODS_PER_CHUNK)) {
        add(place(unknown), ChunkSubject::Values);
    }
    if let Some((since, _)) = since.filter(|_| !known.is_empty()) {
        add(place(&periods[known]), ChunkSubject::ChangedValues(since));
    }
    if !periods.is_empty() {
        add(place(periods), ChunkSubject::Completions);
    }
    list
}

/// From when a delta must start, if the cursor's watermark is about the same places and what can
/// be seen there.
pub(crate) fn since(cursor: &DownloadCursor, now: &Extent) -> Option<(String, Extent)> {
    let is_same = |done: &Extent| done.roots == now.roots && done.content == now.content;
    let done = Scope::read(&cursor.scope).done.filter(is_same)?;
    let watermark_ms = cursor.watermark_ms?;
    // The server reads the text as its local time. Between summer and winter time the same text
    // means another moment: the difference is added to the overlap.
    let shift_ms = i64::from((done.offset_minutes - now.offset_minutes).abs()) * 60_000;
    let from_ms = watermark_ms.saturating_sub(DOWNLOAD_OVERLAP_MS).saturating_sub(shift_ms);
    Some((format_server_time(from_ms, now.offset_minutes)?, done))
}

/// The part of `periods` that was covered before. The window moves on with time: if its old begin
/// is not in it any more everything up to the old end is known.
fn known_periods(periods: &[Period], done: &Extent) -> std::ops::Range<usize> {
    let place = |text: &str| periods.iter().position(|period| period.to_string() == text);
    match (place(&done.first), place(&done.last)) {
        (first, Some(last)) => first.unwrap_or(0)..last + 1,
        (_, None) => 0..0,
    }
}
