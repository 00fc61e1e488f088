//! Pairs of people who may be one person, for a supervisor to look at.

use std::sync::Arc;

use outpost_engine::{OutpostError, model};

use super::people::{PeopleScope, PersonItem};
use super::{list, signed};
use crate::cursor::PageCursor;
use crate::ids;

/// Whose doubles to look for.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProposalQuery {
    /// People of a type, or only those of a program.
    pub of: PeopleScope,
    /// Only those registered at this place.
    pub organisation_unit: Option<String>,
}

impl TryFrom<ProposalQuery> for model::ProposalQuery {
    type Error = OutpostError;

    fn try_from(it: ProposalQuery) -> Result<Self, OutpostError> {
        Ok(Self {
            of: it.of.try_into()?,
            organisation_unit: ids::optional("organisation_unit", it.organisation_unit.as_deref())?,
        })
    }
}

/// Two records that may be of one person. A person decides; nothing merges by itself.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProposalItem {
    /// One of them.
    pub a: PersonItem,
    /// The other.
    pub b: PersonItem,
    /// How likely it is, 0 to 100.
    pub score: i32,
    /// Why, in words, the weightiest first.
    pub reasons: Vec<String>,
    /// What speaks against it, in words.
    pub doubts: Vec<String>,
    /// Whether both have one value of a unique attribute: one of them is wrong.
    pub is_certain: bool,
}

impl From<model::ProposalView> for ProposalItem {
    fn from(it: model::ProposalView) -> Self {
        Self {
            a: it.a.into(),
            b: it.b.into(),
            score: i32::from(it.score),
            reasons: it.reasons,
            doubts: it.doubts,
            is_certain: it.is_certain,
        }
    }
}

/// A page of pairs, with what was not looked at.
#[derive(Debug, Clone, uniffi::Record)]
pub struct ProposalItemPage {
    /// Pairs, the surest first. May be short though there are more.
    pub items: Vec<ProposalItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<Arc<PageCursor>>,
    /// People who were compared.
    pub compared: i64,
    /// Whether there are more people than one call compares: choose a place.
    pub not_compared: bool,
    /// Likenesses that so many people share that they were not followed up.
    pub common: i64,
    /// Pairs beyond the longest list that is made; the surest are in it.
    pub left_out: i64,
}

impl From<model::ProposalPage> for ProposalItemPage {
    fn from(it: model::ProposalPage) -> Self {
        Self {
            items: list(it.items),
            next: it.next.map(PageCursor::of_proposals),
            compared: signed(it.compared),
            not_compared: it.not_compared,
            common: signed(it.common),
            left_out: signed(it.left_out),
        }
    }
}
