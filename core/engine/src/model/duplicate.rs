//! People who may be one person: warnings while registering, proposals for a supervisor.

use outpost_domain::uid::OrganisationUnitUid;

use super::PersonSummary;
use crate::session::{PeopleOf, ProposalCursor};

/// Why somebody may be in the register already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateWarning {
    /// Who.
    pub person: PersonSummary,
    /// How likely it is, 0 to 100.
    pub score: u8,
    /// Why, in words, the weightiest first.
    pub reasons: Vec<String>,
    /// What speaks against it, in words.
    pub doubts: Vec<String>,
    /// Whether both have one value of a unique attribute: the server would refuse (E1064).
    pub is_certain: bool,
}

/// Whose doubles to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProposalQuery {
    /// People of a type, or only those of a program.
    pub of: PeopleOf,
    /// Only those registered at this place.
    pub organisation_unit: Option<OrganisationUnitUid>,
}

/// Two records that may be of one person. A person decides; nothing merges by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalView {
    /// One of them.
    pub a: PersonSummary,
    /// The other.
    pub b: PersonSummary,
    /// How likely it is, 0 to 100.
    pub score: u8,
    /// Why, in words, the weightiest first.
    pub reasons: Vec<String>,
    /// What speaks against it, in words.
    pub doubts: Vec<String>,
    /// Whether both have one value of a unique attribute: one of them is wrong.
    pub is_certain: bool,
}

/// A page of proposals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProposalPage {
    /// Pairs, the surest first.
    pub items: Vec<ProposalView>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<ProposalCursor>,
    /// People who were compared.
    pub compared: u64,
    /// Whether there are more people than one call compares: choose a place.
    pub not_compared: bool,
    /// Likenesses that so many people share that they were not followed up.
    pub common: u64,
    /// Pairs beyond the longest list that is made; the surest are in it.
    pub left_out: u64,
}
