//! Legend sets: names and colours for ranges of values.

use crate::uid::Uid;

/// DHIS2 `Legend`: one range.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    /// Its id.
    pub id: Uid,
    /// Display name.
    pub name: String,
    /// From this value.
    pub start_value: f64,
    /// Up to this value, which belongs to the next range.
    pub end_value: f64,
    /// Colour as `#rrggbb`, if it has one.
    pub color: Option<String>,
}

/// DHIS2 `LegendSet`.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendSet {
    /// Its id.
    pub id: Uid,
    /// Display name.
    pub name: String,
    /// Its ranges, in any order.
    pub legends: Vec<Legend>,
}
