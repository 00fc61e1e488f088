//! A metadata package as exported by `/api/metadata`: `{"dataElements":[…],"dataSets":[…],…}`.

use outpost_domain::metadata::MetadataKind;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::MetadataObject;
use super::page::{Skipped, read_objects};
use crate::error::WireError;
use crate::json::{from_slice, parse_object};

const WHAT: &str = "metadata package";

/// One list of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageList {
    /// Name of the list, e.g. `dataElements`.
    pub collection: String,
    /// Its kind; `None` if it is one that is never pulled (dashboards, users …).
    pub kind: Option<MetadataKind>,
    /// Number of elements, readable or not.
    pub count: u64,
    /// The objects; empty without a kind.
    pub objects: Vec<MetadataObject>,
    /// Objects that could not be read.
    pub skipped: Vec<Skipped>,
}

/// Reads every list of a package, in its order. `system` and `date` are no lists and are left out.
///
/// # Errors
/// [`WireError`] if the whole is no object, or a list comes twice.
pub fn objects_of_package(bytes: &[u8]) -> Result<Vec<PackageList>, WireError> {
    let package: Lists<'_> = parse_object(bytes, WHAT)?;
    let mut lists = Vec::new();
    for (collection, raw) in package.0 {
        if !raw.get().starts_with('[') {
            continue;
        }
        let elements: Vec<&RawValue> = from_slice(raw.get().as_bytes(), WHAT)?;
        let kind = MetadataKind::from_collection(&collection);
        let (objects, skipped) = kind.map(|kind| read_objects(kind, &elements)).unwrap_or_default();
        let count = elements.len() as u64;
        lists.push(PackageList { collection, kind, count, objects, skipped });
    }
    Ok(lists)
}

struct Lists<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Lists<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ListsVisitor)
    }
}

struct ListsVisitor;

impl<'de> serde::de::Visitor<'de> for ListsVisitor {
    type Value = Lists<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a metadata package")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Lists<'de>, A::Error> {
        let mut lists: Vec<(String, &'de RawValue)> = Vec::new();
        while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
            if lists.iter().any(|(known, _)| *known == name) {
                return Err(serde::de::Error::custom("a list that comes twice"));
            }
            lists.push((name, raw));
        }
        Ok(Lists(lists))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_counted_whether_they_are_pulled_or_not() {
        let body = br#"{"system":{"version":"2.41"},"dashboards":[{"id":"1"},{}],
            "constants":[{"id":"coPi0000001","name":"Pi","value":3.14},{"id":"<UID>"}]}"#;
        let lists = objects_of_package(body).expect("a package");
        assert_eq!(lists.len(), 2);
        assert_eq!((lists[0].count, lists[0].objects.len()), (2, 0));
        assert_eq!((lists[1].count, lists[1].objects.len(), lists[1].skipped.len()), (2, 1, 1));
        assert!(objects_of_package(b"[]").is_err());
        assert!(objects_of_package(br#"{"options":[],"options":[]}"#).is_err());
    }
}
