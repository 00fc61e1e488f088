//! GeoJSON geometry of an event: a point or an area on Earth (RFC 7946).
//!
//! Accepts only what DHIS2 stores: Point, Polygon, MultiPolygon, longitude before latitude.

use serde::Deserialize;
use serde_json::Value;

use crate::limits::GEOMETRY_BYTES_MAX;

/// Longitude and latitude in degrees.
pub type Position = [f64; 2];

/// A parsed geometry. An altitude is ignored.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    /// A place.
    Point(Position),
    /// An area: its border, then its holes; each closed.
    Polygon(Vec<Vec<Position>>),
    /// Several areas.
    MultiPolygon(Vec<Vec<Vec<Position>>>),
}

/// What is wrong with a geometry. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GeometryError {
    /// No JSON object with `type` and `coordinates`, or far too long.
    #[error("the place on the map cannot be read; take it again")]
    Unreadable,
    /// A type that DHIS2 does not store for events.
    #[error("the place on the map is neither a point nor an area; take it again")]
    UnknownType,
    /// Coordinates nested in another way than the type asks for.
    #[error("the place on the map is incomplete; take it again")]
    Shape,
    /// Longitude beyond ±180 or latitude beyond ±90.
    #[error("the place is not on Earth: longitude goes from -180 to 180, latitude from -90 to 90")]
    OutOfRange,
    /// A border of fewer than four positions, or whose last is not its first.
    #[error("the border of the area is not closed; walk it to the end")]
    RingNotClosed,
}

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "type")]
    type_name: String,
    coordinates: Value,
}

impl Geometry {
    /// Parses GeoJSON text.
    ///
    /// # Errors
    /// [`GeometryError`], in words for the person who took the geometry.
    pub fn parse(text: &str) -> Result<Self, GeometryError> {
        if text.len() > GEOMETRY_BYTES_MAX {
            return Err(GeometryError::Unreadable);
        }
        let Written { type_name, coordinates } =
            serde_json::from_str(text).map_err(|_| GeometryError::Unreadable)?;
        match type_name.as_str() {
            "Point" => position(&coordinates).map(Self::Point),
            "Polygon" => polygon(&coordinates).map(Self::Polygon),
            "MultiPolygon" => each(&coordinates, polygon).map(Self::MultiPolygon),
            _ => Err(GeometryError::UnknownType),
        }
    }

    /// DHIS2 `FeatureType` name: `POINT`, `POLYGON` or `MULTI_POLYGON`.
    #[must_use]
    pub const fn feature_type(&self) -> &'static str {
        match self {
            Self::Point(_) => "POINT",
            Self::Polygon(_) => "POLYGON",
            Self::MultiPolygon(_) => "MULTI_POLYGON",
        }
    }
}

fn each<T>(
    value: &Value,
    read: fn(&Value) -> Result<T, GeometryError>,
) -> Result<Vec<T>, GeometryError> {
    let items = value.as_array().filter(|items| !items.is_empty()).ok_or(GeometryError::Shape)?;
    items.iter().map(read).collect()
}

fn polygon(value: &Value) -> Result<Vec<Vec<Position>>, GeometryError> {
    each(value, ring)
}

fn ring(value: &Value) -> Result<Vec<Position>, GeometryError> {
    let ring = each(value, position)?;
    if ring.len() < 4 || ring.first() != ring.last() {
        return Err(GeometryError::RingNotClosed);
    }
    Ok(ring)
}

fn position(value: &Value) -> Result<Position, GeometryError> {
    let numbers = value.as_array().ok_or(GeometryError::Shape)?;
    let &[ref longitude, ref latitude, ref altitude @ ..] = numbers.as_slice() else {
        return Err(GeometryError::Shape);
    };
    if altitude.len() > 1 {
        return Err(GeometryError::Shape);
    }
    let longitude = longitude.as_f64().ok_or(GeometryError::Shape)?;
    let latitude = latitude.as_f64().ok_or(GeometryError::Shape)?;
    if longitude.abs() <= 180.0 && latitude.abs() <= 90.0 {
        Ok([longitude, latitude])
    } else {
        Err(GeometryError::OutOfRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Geometry, GeometryError>) {
        assert_eq!(Geometry::parse(text), expected, "{text}");
    }

    #[test]
    fn a_point_is_longitude_then_latitude() {
        let kampala = Ok(Geometry::Point([32.58, 0.32]));
        check(r#"{"type":"Point","coordinates":[32.58,0.32]}"#, kampala.clone());
        check(r#"{ "coordinates": [32.580, 0.32, 1190.0], "type": "Point" }"#, kampala);
        check(r#"{"type":"Point","coordinates":[32.58,90.1]}"#, Err(GeometryError::OutOfRange));
        check(r#"{"type":"Point","coordinates":[-180.5,0]}"#, Err(GeometryError::OutOfRange));
        check(r#"{"type":"Point","coordinates":[32.58]}"#, Err(GeometryError::Shape));
        check(r#"{"type":"Point","coordinates":["32","0"]}"#, Err(GeometryError::Shape));
    }

    #[test]
    fn a_border_is_closed() {
        let square = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
        check(
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#,
            Ok(Geometry::Polygon(vec![square.clone()])),
        );
        check(
            r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}"#,
            Ok(Geometry::MultiPolygon(vec![vec![square]])),
        );
        let open = Err(GeometryError::RingNotClosed);
        check(r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}"#, open.clone());
        check(r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]}"#, open);
        check(r#"{"type":"Polygon","coordinates":[]}"#, Err(GeometryError::Shape));
    }

    #[test]
    fn other_text_is_refused_with_a_reason() {
        for text in ["", "[32.58,0.32]", "{}", r#"{"type":"Point"}"#, "\u{0}", r#"{"type":1}"#] {
            check(text, Err(GeometryError::Unreadable));
        }
        check(
            r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#,
            Err(GeometryError::UnknownType),
        );
        let nested = format!(r#"{{"type":"Point","coordinates":{}"#, "[".repeat(100_000));
        check(&nested, Err(GeometryError::Unreadable));
    }
}
