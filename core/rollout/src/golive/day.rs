//! Days in JSON: `yyyy-MM-dd`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

pub(super) fn day<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(day)
}

pub(super) fn option<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(to)
}

pub(super) fn keys<S: Serializer>(days: &BTreeMap<Date, u64>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(days.iter().map(|(day, count)| (day.to_string(), count)))
}
