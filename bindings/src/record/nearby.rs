//! Meetings of phone and tablet.

use outpost_engine::{OutpostError, model};

use super::exchange::TakenInReport;
use super::{first_page, signed};
use crate::ids;

/// A file that came in a meeting, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NearbyFile {
    /// `data`, `receipt` or `package`.
    pub kind: String,
    /// Who signed it; empty if it could not be believed.
    pub from: String,
    /// The key that signed it; empty if it could not be believed.
    pub key: String,
    /// Its number.
    pub number: i64,
    /// What taking it in did; `None` for packages.
    pub report: Option<TakenInReport>,
    /// What it is to this device, in words; why it was refused, if it was.
    pub words: String,
    /// Whether it was taken in, or was here before.
    pub is_taken: bool,
}

impl From<model::NearbyFile> for NearbyFile {
    fn from(it: model::NearbyFile) -> Self {
        Self {
            kind: it.kind,
            from: it.from,
            key: it.key,
            number: signed(it.number),
            report: it.report.map(Into::into),
            words: it.words,
            is_taken: it.is_taken,
        }
    }
}

/// What became of a file that was to be handed to the other side.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NearbySent {
    /// Its name.
    pub file: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// Why the other side did not store it.
    pub refused: Option<String>,
}

impl From<model::NearbySent> for NearbySent {
    fn from(it: model::NearbySent) -> Self {
        Self { file: it.file, bytes: signed(it.bytes), refused: it.refused }
    }
}

/// One conversation, as the tablet saw it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NearbyPhone {
    /// The name on the card of the key that it says to have; the key if that is not known here.
    /// Nothing proves it: what it is given is encrypted to that key.
    pub who: String,
    /// Files that it brought; the first page.
    pub brought: Vec<NearbyFile>,
    /// Files that it was given; the first page.
    pub given: Vec<NearbySent>,
    /// Connections that it made.
    pub connections: i64,
    /// Why the last one ended early.
    pub problem: Option<String>,
}

impl From<model::NearbyPhone> for NearbyPhone {
    fn from(it: model::NearbyPhone) -> Self {
        Self {
            who: it.who,
            brought: first_page(it.brought),
            given: first_page(it.given),
            connections: it.connections.into(),
            problem: it.problem,
        }
    }
}

/// What a session of a tablet brought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NearbyReceived {
    /// The phones that came; the first page.
    pub phones: Vec<NearbyPhone>,
    /// Files that had come earlier and were not taken in then; the first page.
    pub left_before: Vec<NearbyFile>,
}

impl From<model::NearbySession> for NearbyReceived {
    fn from(it: model::NearbySession) -> Self {
        Self { phones: first_page(it.phones), left_before: first_page(it.left_before) }
    }
}

/// What a visit of a phone brought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NearbyVisit {
    /// For whom the records were.
    pub to: String,
    /// Files that it had for the tablet; the first page.
    pub sent: Vec<NearbySent>,
    /// Files that the tablet gave; the first page.
    pub received: Vec<NearbyFile>,
    /// Connections that it took.
    pub connections: i64,
}

impl From<model::NearbyVisit> for NearbyVisit {
    fn from(it: model::NearbyVisit) -> Self {
        Self {
            to: it.to,
            sent: first_page(it.sent),
            received: first_page(it.received),
            connections: it.connections.into(),
        }
    }
}

/// How far a file is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NearbyStep {
    /// Who is at the other side: a name or key; empty for the tablet of a visit.
    pub who: String,
    /// Whether it goes away from this device.
    pub is_sent: bool,
    /// Bytes that are there.
    pub done: i64,
    /// Its size in bytes.
    pub bytes: i64,
}

impl From<model::NearbyProgress> for NearbyStep {
    fn from(it: model::NearbyProgress) -> Self {
        Self { who: it.who, is_sent: it.is_sent, done: signed(it.done), bytes: signed(it.bytes) }
    }
}

/// How a tablet receives.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NearbyPlan {
    /// IP addresses that the invitation names; none: those of the networks at hand.
    pub addresses: Vec<String>,
    /// How many phones may come.
    pub phones_max: i32,
    /// How long new phones may come, in seconds.
    pub valid_for_s: i32,
    /// End by itself once phones came and nobody talks for so many seconds; `None`: when it is
    /// cancelled, or nobody new may come and nobody talks.
    pub idle_s: Option<i32>,
}

impl TryFrom<NearbyPlan> for model::NearbyPlan {
    type Error = OutpostError;

    fn try_from(it: NearbyPlan) -> Result<Self, OutpostError> {
        let count = |field, number| ids::count(field, Some(number)).map(Option::unwrap_or_default);
        let phones_max = count("phones_max", it.phones_max)?;
        Ok(Self {
            addresses: ids::all("addresses", &it.addresses)?,
            phones_max: usize::try_from(phones_max).unwrap_or(usize::MAX),
            valid_for_s: count("valid_for_s", it.valid_for_s)?.into(),
            idle_s: ids::count("idle_s", it.idle_s)?.map(Into::into),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl Fn(&mut NearbyPlan), field: Option<&str>) {
        let mut plan = NearbyPlan {
            addresses: vec!["192.168.1.7".into(), "fe80::1".into()],
            phones_max: 8,
            valid_for_s: 900,
            idle_s: None,
        };
        change(&mut plan);
        let named = match model::NearbyPlan::try_from(plan) {
            Ok(_) => None,
            Err(OutpostError::InvalidInput { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(named.as_deref(), field);
    }

    #[test]
    fn what_cannot_be_is_named() {
        check(|_| {}, None);
        check(|plan| plan.addresses.push("the tablet".into()), Some("addresses"));
        check(|plan| plan.phones_max = -1, Some("phones_max"));
        check(|plan| plan.valid_for_s = -1, Some("valid_for_s"));
        check(|plan| plan.idle_s = Some(-1), Some("idle_s"));
    }
}
