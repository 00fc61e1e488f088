//! Support: answers and contact before a request, filing without network, the queue of a
//! supervisor, both clocks, and what is done about a request.

use std::sync::Arc;

use outpost_engine::model::StepKind;

use crate::cursor::PageCursor;
use crate::fault::OutpostFault;
use crate::ids;
use crate::record::first_page;
use crate::record::support::{
    NewSupportRequest, SupportAnswer, SupportContact, SupportFiled, SupportItem, SupportItemPage,
    SupportQuery, SupportRequest,
};
use crate::session::SessionHandle;

/// Support.
#[uniffi::export]
impl SessionHandle {
    /// Answers to the most common problems in a language such as `fr`, or in English. Part of the
    /// program: they are there without network.
    ///
    /// # Errors
    /// Only if the session was closed.
    pub async fn support_answers(
        &self,
        language: String,
    ) -> Result<Vec<SupportAnswer>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.support_answers(&language)))).await
    }

    /// The one point of support of a place: whom to call first.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn support_contact(
        &self,
        place: String,
    ) -> Result<Option<SupportContact>, OutpostFault> {
        self.run(move |it| Ok(it.support_contact(ids::id("place", &place)?)?.map(Into::into))).await
    }

    /// What this device would tell of itself beside a request: for a screen that asks whether it
    /// may, and for an e-mail. Nothing about people.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn support_diagnostics(&self) -> Result<String, OutpostFault> {
        self.run(|it| Ok(it.support_diagnostics()?)).await
    }

    /// Files a request; it waits with everything else until there is network. If an open one is
    /// about the same trouble that is offered, and nothing is saved unless `anyway` says so.
    ///
    /// # Errors
    /// `InvalidInput` for what is missing or too long; storage errors.
    pub async fn file_support(
        &self,
        request: NewSupportRequest,
    ) -> Result<SupportFiled, OutpostFault> {
        self.run(move |it| Ok(it.file_support(request.try_into()?)?.into())).await
    }

    /// The requests of whoever works here, open ones first.
    ///
    /// # Errors
    /// `InvalidInput` without the support forms; storage errors.
    pub async fn my_support_requests(&self) -> Result<Vec<SupportItem>, OutpostFault> {
        self.run(|it| Ok(first_page(it.my_support_requests()?))).await
    }

    /// A page of requests, the most pressing first.
    ///
    /// # Errors
    /// `InvalidInput` without the support forms; storage errors.
    pub async fn support_queue(
        &self,
        query: SupportQuery,
        next: Option<Arc<PageCursor>>,
    ) -> Result<SupportItemPage, OutpostFault> {
        self.run(move |it| {
            let next = PageCursor::supports(next)?;
            Ok(it.support_queue(&query.try_into()?, next)?.into())
        })
        .await
    }

    /// One request with both clocks and everything that happened.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn support_request(&self, id: String) -> Result<SupportRequest, OutpostFault> {
        self.run(move |it| Ok(it.support_request(ids::id("id", &id)?)?.into())).await
    }

    /// Says that whoever works here takes care of it; stops the clock.
    ///
    /// # Errors
    /// `InvalidInput` with code `acknowledged`, `closed` or `own`; `NotFound`; storage errors.
    pub async fn support_acknowledge(&self, id: String) -> Result<SupportRequest, OutpostFault> {
        self.step(id, StepKind::Acknowledge).await
    }

    /// Says more: to one's own request as its user, else as the team.
    ///
    /// # Errors
    /// `InvalidInput` with code `missing`, `too_long` or `closed`; `NotFound`; storage errors.
    pub async fn support_reply(
        &self,
        id: String,
        text: String,
    ) -> Result<SupportRequest, OutpostFault> {
        self.run(move |it| Ok(it.support_reply(ids::id("id", &id)?, &text)?.into())).await
    }

    /// Asks the user and waits; the clock stands still until they answer.
    ///
    /// # Errors
    /// `InvalidInput` with code `missing`, `waiting` or `closed`; `NotFound`; storage errors.
    pub async fn support_wait(
        &self,
        id: String,
        text: String,
    ) -> Result<SupportRequest, OutpostFault> {
        self.step(id, StepKind::Wait { text }).await
    }

    /// Closes it as solved.
    ///
    /// # Errors
    /// `InvalidInput` with code `missing`, `closed` or `own`; `NotFound`; storage errors.
    pub async fn support_resolve(
        &self,
        id: String,
        text: String,
    ) -> Result<SupportRequest, OutpostFault> {
        self.step(id, StepKind::Resolve { text }).await
    }

    /// Hands it to a higher tier with the reason; a tier in between is skipped.
    ///
    /// # Errors
    /// `InvalidInput` with code `missing`, `not_higher`, `no_such_tier` or `closed`; `NotFound`;
    /// storage errors.
    pub async fn support_escalate(
        &self,
        id: String,
        to_tier: i32,
        reason: String,
    ) -> Result<SupportRequest, OutpostFault> {
        let to = u8::try_from(to_tier).unwrap_or(0);
        self.step(id, StepKind::Escalate { to, reason, by_time: false }).await
    }
}

impl SessionHandle {
    async fn step(&self, id: String, kind: StepKind) -> Result<SupportRequest, OutpostFault> {
        self.run(move |it| Ok(it.support_step(ids::id("id", &id)?, kind)?.into())).await
    }
}
