//! Where the next page of a list begins, for the lists whose place is more than a number. Holds the
//! engine's cursor unseen and never gives it to another list.

use std::sync::Arc;

use outpost_engine::{
    EventListCursor, OptionCursor, OrganisationUnitCursor, OutpostError, PersonCursor,
    ProposalCursor, ReviewCursor, SupportCursor,
};

/// Where the next page of a list begins. Opaque; belongs to the call that gave it.
#[derive(Debug, uniffi::Object)]
pub struct PageCursor(Place);

#[derive(Debug, Clone)]
enum Place {
    OrganisationUnits(OrganisationUnitCursor),
    Options(OptionCursor),
    Events(EventListCursor),
    People(PersonCursor),
    Proposals(ProposalCursor),
    Reviews(ReviewCursor),
    Supports(SupportCursor),
}

/// A cursor as it is given back.
type Given = Option<Arc<PageCursor>>;

impl PageCursor {
    pub(crate) fn of_organisation_units(cursor: OrganisationUnitCursor) -> Arc<Self> {
        Arc::new(Self(Place::OrganisationUnits(cursor)))
    }

    pub(crate) fn of_options(cursor: OptionCursor) -> Arc<Self> {
        Arc::new(Self(Place::Options(cursor)))
    }

    pub(crate) fn of_events(cursor: EventListCursor) -> Arc<Self> {
        Arc::new(Self(Place::Events(cursor)))
    }

    pub(crate) fn of_people(cursor: PersonCursor) -> Arc<Self> {
        Arc::new(Self(Place::People(cursor)))
    }

    pub(crate) fn of_proposals(cursor: ProposalCursor) -> Arc<Self> {
        Arc::new(Self(Place::Proposals(cursor)))
    }

    pub(crate) fn of_reviews(cursor: ReviewCursor) -> Arc<Self> {
        Arc::new(Self(Place::Reviews(cursor)))
    }

    pub(crate) fn of_supports(cursor: SupportCursor) -> Arc<Self> {
        Arc::new(Self(Place::Supports(cursor)))
    }

    pub(crate) fn organisation_units(
        given: Given,
    ) -> Result<Option<OrganisationUnitCursor>, OutpostError> {
        take(given, |place| match place {
            Place::OrganisationUnits(cursor) => Some(cursor),
            _ => None,
        })
    }

    pub(crate) fn options(given: Given) -> Result<Option<OptionCursor>, OutpostError> {
        take(given, |place| match place {
            Place::Options(cursor) => Some(cursor),
            _ => None,
        })
    }

    pub(crate) fn events(given: Given) -> Result<Option<EventListCursor>, OutpostError> {
        take(given, |place| match place {
            Place::Events(cursor) => Some(cursor),
            _ => None,
        })
    }

    pub(crate) fn people(given: Given) -> Result<Option<PersonCursor>, OutpostError> {
        take(given, |place| match place {
            Place::People(cursor) => Some(cursor),
            _ => None,
        })
    }

    pub(crate) fn proposals(given: Given) -> Result<Option<ProposalCursor>, OutpostError> {
        take(given, |place| match place {
            Place::Proposals(cursor) => Some(cursor),
            _ => None,
        })
    }

    pub(crate) fn supports(given: Given) -> Result<Option<SupportCursor>, OutpostError> {
        take(given, |place| match place {
            Place::Supports(cursor) => Some(cursor),
            _ => None,
        })
    }

    pub(crate) fn reviews(given: Given) -> Result<Option<ReviewCursor>, OutpostError> {
        take(given, |place| match place {
            Place::Reviews(cursor) => Some(cursor),
            _ => None,
        })
    }
}

/// Takes the cursor of the right kind out of what was given.
fn take<T>(given: Given, of: impl Fn(Place) -> Option<T>) -> Result<Option<T>, OutpostError> {
    let Some(given) = given else { return Ok(None) };
    let wrong = || OutpostError::invalid("next", "cursor", "it belongs to another list");
    of(given.0.clone()).map(Some).ok_or_else(wrong)
}
