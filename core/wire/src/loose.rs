//! Building blocks for members whose shape varies between versions: a reference may be an id or an
//! object with an id, a number may be a text.
//!
//! Loose about the shape, never about the content: a text that is no id is an error where an id is
//! needed.

use std::borrow::Cow;
use std::fmt;

use outpost_domain::uid::Uid;
use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Any JSON scalar; arrays and objects become [`Scalar::Nested`].
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Scalar<'a> {
    #[default]
    Null,
    Flag(bool),
    Integer(i64),
    Decimal(f64),
    Text(Cow<'a, str>),
    Nested,
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(flag))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Integer(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Scalar::Decimal(number as f64), Scalar::Integer))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Decimal(number))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl Scalar<'_> {
    /// The value as text; numbers and flags are written out, `null` and objects are nothing.
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Decimal(number) => Some(number.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Null | Self::Nested => None,
        }
    }
}

/// A text, or nothing.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Scalar::deserialize(from).map(Scalar::into_text)
}

/// A whole number: 3, 3.0 or "3". `null` is 0.
pub(crate) fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    decimal(from).map(|number| number as i64)
}

/// A number: 3, 3.5 or "3.5". `null` is 0.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    match Scalar::deserialize(from)? {
        Scalar::Null => Ok(0.0),
        Scalar::Integer(number) => Ok(number as f64),
        Scalar::Decimal(number) => Ok(number),
        Scalar::Text(text) => text.parse().map_err(|_| de::Error::custom("a number is needed")),
        Scalar::Flag(_) | Scalar::Nested => Err(de::Error::custom("a number is needed")),
    }
}

/// A flag: true or "true". `null` is false.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Scalar::deserialize(from)? {
        Scalar::Null => Ok(false),
        Scalar::Flag(flag) => Ok(flag),
        Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(de::Error::custom("a true or false is needed")),
    }
}

/// The text of a reference: an id, or an object with an `id` (or `uid`).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reference(pub Option<String>);

struct ReferenceVisitor;

impl<'de> Visitor<'de> for ReferenceVisitor {
    type Value = Reference;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an id or an object with an id")
    }
    fn visit_unit<E>(self) -> Result<Reference, E> {
        Ok(Reference(None))
    }
    fn visit_str<E>(self, text: &str) -> Result<Reference, E> {
        Ok(Reference(Some(text.to_owned())))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reference, A::Error> {
        let mut id = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name != "id" && name != "uid" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<Scalar<'de>>()?.into_text();
            if id.is_some() && id != value {
                return Err(de::Error::custom("a reference with two ids"));
            }
            id = value;
        }
        Ok(Reference(id))
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferenceVisitor)
    }
}

impl Reference {
    fn uid<E: de::Error>(self) -> Result<Option<Uid>, E> {
        match self.0 {
            None => Ok(None),
            Some(text) => Uid::parse(&text).map(Some).map_err(E::custom),
        }
    }
}

/// A reference, or nothing (absent, `null`, an object without id).
pub(crate) fn reference<'de, D: Deserializer<'de>, U: From<Uid>>(
    from: D,
) -> Result<Option<U>, D::Error> {
    Ok(Reference::deserialize(from)?.uid()?.map(U::from))
}

/// A list of references. `null` elements, which DHIS2 writes for gaps in its list index, are left
/// out.
pub(crate) fn references<'de, D: Deserializer<'de>, U: From<Uid>>(
    from: D,
) -> Result<Vec<U>, D::Error> {
    let list = Option::<Vec<Reference>>::deserialize(from)?.unwrap_or_default();
    let mut uids = Vec::with_capacity(list.len());
    for reference in list {
        if let Some(uid) = reference.uid()? {
            uids.push(U::from(uid));
        }
    }
    Ok(uids)
}

/// A list that may be `null` or have `null` elements.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    let list = Option::<Vec<Option<T>>>::deserialize(from)?.unwrap_or_default();
    Ok(list.into_iter().flatten().collect())
}

/// A member that may be `null`.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A scalar as text; arrays, objects and `null` are nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text(#[serde(deserialize_with = "text")] pub Option<String>);
