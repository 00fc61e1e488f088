//! Likely doubles of a person: a warning while registering, a list of proposals for the supervisor.
//!
//! Nothing merges by itself: what comes out are reasons that a screen shows and a person weighs. Works on
//! [folded](crate::folding) text; names in two scripts are not compared with each other.
//!
//! ```
//! use std::collections::BTreeMap;
//! use jiff::civil::date;
//! use outpost_domain::duplicates::{Person, Reason, Role, Settings, compare};
//! use outpost_domain::uid::{TrackedEntityAttributeUid, TrackedEntityUid};
//!
//! let name = TrackedEntityAttributeUid::parse("teaFullName").unwrap();
//! let phone = TrackedEntityAttributeUid::parse("teaPhoneNum").unwrap();
//! let roles = BTreeMap::from([(name, Role::FullName), (phone, Role::Phone)]);
//! let person = |id: &str, texts: [&str; 2]| {
//!     let values = [name, phone].into_iter().zip(texts.map(str::to_owned)).collect();
//!     Person::read(TrackedEntityUid::parse(id).unwrap(), &values, &roles, date(2026, 11, 22))
//! };
//! let one = person("tePerson001", ["Mohammed Camara", "+224 622 12 34 56"]);
//! let other = person("tePerson002", ["Mouhamed Kamara", "0622123456"]);
//! let match_ = compare(&one, &other);
//! assert_eq!(match_.reasons, [Reason::NameSoundsAlike, Reason::SamePhone]);
//! assert!(match_.score >= Settings::default().threshold);
//! ```

mod name;
mod person;
mod phone;
mod proposals;
mod roles;
mod score;
#[cfg(test)]
mod tests;

pub use person::{Birth, Person};
pub use proposals::{Proposal, Proposals, blocking_keys, likely_same, proposals};
pub use roles::{Role, Roles, roles_of};
pub use score::{Doubt, Match, Reason, compare};

/// From which score on people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Least score, 0 to 100.
    pub threshold: u8,
}

impl Default for Settings {
    /// Name, sex and age alike just reach it; a name alone, or a phone that a family shares, does not.
    fn default() -> Self {
        Self { threshold: 60 }
    }
}
