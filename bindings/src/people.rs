//! People: programs with registration, lists, searches, one person, likely doubles, relationships.

use std::sync::Arc;

use crate::core::page;
use crate::cursor::PageCursor;
use crate::fault::OutpostFault;
use crate::ids;
use crate::record::duplicate::{ProposalItemPage, ProposalQuery};
use crate::record::list;
use crate::record::people::{
    PeopleFound, PeopleLayout, PeopleScope, PeopleWaiting, PersonItem, PersonItemPage, PersonQuery,
    ProgramItemPage, TrackedEntityTypePage,
};
use crate::record::person::PersonDetail;
use crate::record::person_work::PersonFetched;
use crate::record::relationship::{
    Family, RelationshipDetailPage, RelationshipEnd, RelationshipOption, RelationshipSaved,
};
use crate::session::SessionHandle;
use outpost_engine::domain::data::RelationshipItem;

/// Programs with registration and their people.
#[uniffi::export]
impl SessionHandle {
    /// A page of the programs with registration of the user, by name.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn programs(&self, next: Option<i32>) -> Result<ProgramItemPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.programs()?, next);
            Ok(ProgramItemPage { items, next })
        })
        .await
    }

    /// What waits of people, enrolments and visits, all programs together.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn people_waiting(&self) -> Result<PeopleWaiting, OutpostFault> {
        self.run(|it| Ok(it.tracker_waiting()?.into())).await
    }

    /// A page of the types of tracked entities of the user, by name.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn tracked_entity_types(
        &self,
        next: Option<i32>,
    ) -> Result<TrackedEntityTypePage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.tracked_entity_types()?, next);
            Ok(TrackedEntityTypePage { items, next })
        })
        .await
    }

    /// The columns and search fields of a list of people, and what a search must give.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn people_layout(&self, of: PeopleScope) -> Result<PeopleLayout, OutpostFault> {
        self.run(move |it| Ok(it.people_layout(of.try_into()?)?.into())).await
    }

    /// A page of people. With words to search for those whose name begins with them come first;
    /// without, those of a program in the order of their names.
    ///
    /// # Errors
    /// `InvalidInput` if neither program nor type is given; storage errors.
    pub async fn people(
        &self,
        query: PersonQuery,
        next: Option<Arc<PageCursor>>,
    ) -> Result<PersonItemPage, OutpostFault> {
        self.run(move |it| {
            let next = PageCursor::people(next)?;
            Ok(it.people(&query.try_into()?, next)?.into())
        })
        .await
    }

    /// Looks for people on the device and, where there is network, on the server: each once, those
    /// on the device first. Without network it says so and shows those of the device.
    ///
    /// # Errors
    /// `InvalidInput` if neither program nor type is given, or the server needs more to search by;
    /// storage errors.
    pub async fn search_people(&self, query: PersonQuery) -> Result<PeopleFound, OutpostFault> {
        self.run(move |it| Ok(it.search_everywhere(&query.try_into()?)?.into())).await
    }

    /// Looks for people on the server alone.
    ///
    /// # Errors
    /// `InvalidInput` as above; `Offline`; other answers of the server.
    pub async fn search_people_online(
        &self,
        query: PersonQuery,
    ) -> Result<PeopleFound, OutpostFault> {
        self.run(move |it| Ok(it.search_online(&query.try_into()?)?.into())).await
    }

    /// People on the device with exactly this value of a unique attribute: what a bar code or QR
    /// code says. At most 200.
    ///
    /// # Errors
    /// `NotFound` for a program or type that is not on the device; storage errors.
    pub async fn people_by_code(
        &self,
        of: PeopleScope,
        code: String,
    ) -> Result<Vec<PersonItem>, OutpostFault> {
        self.run(move |it| Ok(list(it.people_by_code(of.try_into()?, &code)?))).await
    }

    /// Fetches one person with enrolments, visits and relationships and keeps it on the device.
    /// Unsent work on it is merged, never overwritten.
    ///
    /// # Errors
    /// `Offline`; `NotFound` if the server does not show the person to this user (in a protected
    /// program the glass may have to be broken first); other answers of the server; storage errors.
    pub async fn download_person(
        &self,
        id: String,
        program: Option<String>,
    ) -> Result<PersonFetched, OutpostFault> {
        self.run(move |it| {
            let program = ids::optional("program", program.as_deref())?;
            Ok(it.download_person(ids::id("person", &id)?, program)?.into())
        })
        .await
    }

    /// Everything that a screen needs for one person, in one call.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn open_person(&self, id: String) -> Result<PersonDetail, OutpostFault> {
        self.run(move |it| Ok(it.person(ids::id("person", &id)?)?.into())).await
    }
}

/// Likely doubles. Nobody is ever merged here.
#[uniffi::export]
impl SessionHandle {
    /// A page of pairs of people on this device that are likely one person, the surest first, for
    /// a supervisor to look at. A pair of which somebody said that they are two is not proposed
    /// again.
    ///
    /// # Errors
    /// `NotFound` for a program or type that is not on the device; storage errors.
    pub async fn merge_proposals(
        &self,
        query: ProposalQuery,
        next: Option<Arc<PageCursor>>,
    ) -> Result<ProposalItemPage, OutpostFault> {
        self.run(move |it| {
            let next = PageCursor::proposals(next)?;
            Ok(it.merge_proposals(&query.try_into()?, next)?.into())
        })
        .await
    }

    /// Somebody looked at a pair and says that they are two people: it is not proposed again on
    /// this device. The journal keeps who said so and why.
    ///
    /// # Errors
    /// `InvalidInput` without a reason, or for one person twice; `NotFound`; storage errors.
    pub async fn keep_apart(
        &self,
        a: String,
        b: String,
        reason: String,
    ) -> Result<(), OutpostFault> {
        self.run(move |it| {
            Ok(it.keep_apart(ids::id("person", &a)?, ids::id("person", &b)?, &reason)?)
        })
        .await
    }

    /// Marks a pair on the server as potential duplicates, at once, where whoever may merge them
    /// finds it. Doing it twice does no harm.
    ///
    /// # Errors
    /// `Offline`; `InvalidInput` for one person twice or for somebody whom the server does not hold
    /// yet; `NotFound` for somebody who is not on this device; other answers of the server.
    pub async fn mark_duplicates(&self, a: String, b: String) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.mark_duplicates(ids::id("person", &a)?, ids::id("person", &b)?)?))
            .await
    }
}

/// Relationships.
#[uniffi::export]
impl SessionHandle {
    /// A person with everybody who is related and what a visitor wants to know of each, in one
    /// call.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn family(&self, person: String) -> Result<Family, OutpostFault> {
        self.run(move |it| Ok(it.family(ids::id("person", &person)?)?.into())).await
    }

    /// A page of the relationships of a person, enrolment or visit, with who is on the other side.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn relationships(
        &self,
        of: RelationshipEnd,
        next: Option<i32>,
    ) -> Result<RelationshipDetailPage, OutpostFault> {
        self.run(move |it| {
            let of: RelationshipItem = of.try_into()?;
            let (items, next) = page(it.relationships(of.uid())?, next);
            Ok(RelationshipDetailPage { items, next })
        })
        .await
    }

    /// The types of relationships that may begin or end at a person, enrolment or visit. A type
    /// whose sides take the same kind is named twice, once from each side.
    ///
    /// # Errors
    /// `NotFound` if it is not on the device; storage errors.
    pub async fn relationship_options(
        &self,
        of: RelationshipEnd,
    ) -> Result<Vec<RelationshipOption>, OutpostFault> {
        self.run(move |it| Ok(list(it.relationship_choices(of.try_into()?)?))).await
    }

    /// Makes a relationship. What the server would refuse is said here; then nothing is written.
    ///
    /// # Errors
    /// `NotFound` if the type or an end is not on the device; storage errors.
    pub async fn add_relationship(
        &self,
        relationship_type: String,
        from: RelationshipEnd,
        to: RelationshipEnd,
    ) -> Result<RelationshipSaved, OutpostFault> {
        self.run(move |it| {
            let of_type = ids::id("relationship_type", &relationship_type)?;
            Ok(it.add_relationship(of_type, from.try_into()?, to.try_into()?)?.into())
        })
        .await
    }

    /// Deletes a relationship, here at once and with the next synchronisation on the server.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn delete_relationship(&self, id: String) -> Result<RelationshipSaved, OutpostFault> {
        self.run(move |it| Ok(it.delete_relationship(ids::id("relationship", &id)?)?.into())).await
    }
}
