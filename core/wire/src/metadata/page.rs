//! A page of a metadata list, its pager, and the two small questions asked beside it: how many are
//! there, and which ids.

use std::fmt;
use std::marker::PhantomData;

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::MetadataObject;
use super::header::read_object;
use crate::error::WireError;
use crate::json::{parse_seeded, shown};
use crate::limits::SKIPPED_MAX;
use crate::loose::{self, Reference, Scalar};

/// An object that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What it calls itself, cut to a safe length; also ids that are no ids.
    pub uid: Option<String>,
    /// Why, in words.
    pub reason: String,
}

/// A page of a metadata list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Objects in the whole list; of this page if the answer has no pager.
    pub total: u64,
    /// Number of this page, from 1. Asked beyond the end the server tells the last page (capture
    /// m016).
    pub page: u32,
    /// Number of pages.
    pub page_count: u32,
    /// The objects in the server's order.
    pub objects: Vec<MetadataObject>,
    /// Objects that could not be read.
    pub skipped: Vec<Skipped>,
}

/// Answer to "how many, and how new".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Objects in the list.
    pub total: u64,
    /// Largest `lastUpdated` among the objects of the answer, as written.
    pub newest_last_updated: Option<String>,
    /// Ids and `lastUpdated` of the objects that were listed, as the server writes them.
    pub listed: Vec<(Uid, String)>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Pager {
    #[serde(deserialize_with = "loose::integer")]
    page: i64,
    #[serde(deserialize_with = "loose::integer")]
    page_count: i64,
    total: Option<u64>,
}

/// The envelope `{"pager":…,"<collection>":[…]}` with elements of type `T`.
struct Envelope<T> {
    pager: Option<Pager>,
    objects: Option<Vec<T>>,
}

struct EnvelopeSeed<T> {
    collection: &'static str,
    element: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> de::DeserializeSeed<'de> for EnvelopeSeed<T> {
    type Value = Envelope<T>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for EnvelopeSeed<T> {
    type Value = Envelope<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object with `{}`", self.collection)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope { pager: None, objects: None };
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if name == "pager" {
                let pager = map.next_value::<Option<Pager>>()?;
                if envelope.pager.is_some() {
                    return Err(de::Error::duplicate_field("pager"));
                }
                envelope.pager = pager;
            } else if name == self.collection {
                let objects = map.next_value::<Vec<T>>()?;
                if envelope.objects.replace(objects).is_some() {
                    return Err(de::Error::duplicate_field(self.collection));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(envelope)
    }
}

fn parse_envelope<'a, T: Deserialize<'a>>(
    kind: MetadataKind,
    bytes: &'a [u8],
) -> Result<(Option<Pager>, Vec<T>), WireError> {
    let what = kind.collection();
    let seed = EnvelopeSeed { collection: what, element: PhantomData };
    let envelope: Envelope<T> = parse_seeded(bytes, what, seed)?;
    let objects = envelope.objects.ok_or_else(|| {
        WireError::shape(what, "$", &format!("missing field `{what}`: not a list of {what}"))
    })?;
    Ok((envelope.pager, objects))
}

/// Parses a page.
///
/// # Errors
/// [`WireError`] if the page as a whole is no page of this kind. Bad objects are in
/// [`Page::skipped`].
pub fn parse_page(kind: MetadataKind, bytes: &[u8]) -> Result<Page, WireError> {
    let (pager, raws) = parse_envelope::<&RawValue>(kind, bytes)?;
    let (objects, skipped) = read_objects(kind, &raws);
    let pager = pager.unwrap_or_default();
    Ok(Page {
        total: pager.total.unwrap_or(raws.len() as u64),
        page: u32::try_from(pager.page.max(1)).unwrap_or(u32::MAX),
        page_count: u32::try_from(pager.page_count.max(1)).unwrap_or(u32::MAX),
        objects,
        skipped,
    })
}

pub(super) fn read_objects(
    kind: MetadataKind,
    raws: &[&RawValue],
) -> (Vec<MetadataObject>, Vec<Skipped>) {
    let mut objects = Vec::with_capacity(raws.len());
    let mut skipped = Vec::new();
    for raw in raws {
        match read_object(kind, raw) {
            Ok(object) => objects.push(object),
            Err((uid, error)) if skipped.len() < SKIPPED_MAX => {
                let uid = uid.map(|text| shown(&text));
                skipped.push(Skipped { uid, reason: error.to_string() });
            }
            Err(_) => {}
        }
    }
    (objects, skipped)
}

/// Parses a list asked with `fields=lastUpdated&order=lastUpdated:desc&pageSize=1`.
///
/// # Errors
/// [`WireError`] if it is no list of this kind.
pub fn parse_probe(kind: MetadataKind, bytes: &[u8]) -> Result<Probe, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Newest<'a> {
        #[serde(default, deserialize_with = "loose::reference")]
        id: Option<Uid>,
        #[serde(borrow, default)]
        last_updated: Scalar<'a>,
    }
    let (pager, list) = parse_envelope::<Newest<'_>>(kind, bytes)?;
    let total = pager.and_then(|pager| pager.total).unwrap_or(list.len() as u64);
    let mut newest_last_updated = None;
    let mut listed = Vec::with_capacity(list.len());
    for newest in list {
        let time = newest.last_updated.into_text();
        if let (Some(id), Some(time)) = (newest.id, &time) {
            listed.push((id, time.clone()));
        }
        newest_last_updated = newest_last_updated.max(time);
    }
    Ok(Probe { total, newest_last_updated, listed })
}

/// Parses a list asked with `fields=id&paging=false`. An id that is none is left out: such an
/// object is skipped in pages too, so it is never missing here.
///
/// # Errors
/// [`WireError`] if it is no list of this kind.
pub fn parse_ids(kind: MetadataKind, bytes: &[u8]) -> Result<Vec<Uid>, WireError> {
    let (_, list) = parse_envelope::<Reference>(kind, bytes)?;
    let texts = list.into_iter().filter_map(|reference| reference.0);
    Ok(texts.filter_map(|text| Uid::parse(&text).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_object_does_not_fail_a_page() {
        let page = parse_page(
            MetadataKind::Option,
            br#"{"pager":{"page":2,"pageCount":3,"total":7,"pageSize":3},"options":[
               {"id":"opGenderM01","code":"MALE","displayName":"Male","sortOrder":1,
                "optionSet":{"id":"osGender001"}},{"id":"1bad"},null,{"id":"opGenderF01"}]}"#,
        )
        .expect("a page");
        assert_eq!((page.page, page.page_count, page.total), (2, 3, 7));
        assert_eq!(page.objects.len(), 2);
        assert_eq!(
            page.objects[0].parent.map(|uid| uid.to_string()).as_deref(),
            Some("osGender001")
        );
        assert_eq!(page.objects[0].sort_order, 1);
        assert_eq!(page.objects[0].code.as_deref(), Some("MALE"));
        assert_eq!(page.skipped.len(), 2);
        assert_eq!(page.skipped[0].uid.as_deref(), Some("1bad"));
    }

    #[test]
    fn another_list_is_not_an_empty_one() {
        let error = parse_page(MetadataKind::Option, br#"{"optionSets":[]}"#).expect_err("other");
        assert_eq!(
            error.to_string(),
            "options: at `$`: missing field `options`: not a list of options"
        );
        assert!(parse_ids(MetadataKind::Option, b"[]").is_err());
        assert!(parse_page(MetadataKind::Option, br#"{"options":[],"options":[]}"#).is_err());
        assert!(parse_page(MetadataKind::Option, br#"{"options":{}}"#).is_err());
    }

    #[test]
    fn ids_and_newest_are_read_with_and_without_a_pager() {
        let body = br#"{"options":[{"id":"opGenderM01"},{"id":"x"},{"id":"opGenderF01"}]}"#;
        assert_eq!(parse_ids(MetadataKind::Option, body).map(|ids| ids.len()), Ok(2));
        let body = br#"{"pager":{"total":9},"options":[
            {"lastUpdated":"2026-11-22T10:32:36.128"},
            {"id":"opGenderM01","lastUpdated":"2026-11-22T10:32:36.100"}]}"#;
        let probe = parse_probe(MetadataKind::Option, body).expect("a probe");
        assert_eq!(probe.total, 9);
        assert_eq!(probe.newest_last_updated.as_deref(), Some("2026-11-22T10:32:36.128"));
        let male = Uid::parse("opGenderM01").expect("a uid");
        assert_eq!(probe.listed, [(male, "2026-11-22T10:32:36.100".to_owned())]);
    }
}
