//! A supervisor's work, figures over local data, and room on a small phone.

use std::sync::Arc;

use crate::core::page;
use crate::cursor::PageCursor;
use crate::fault::OutpostFault;
use crate::ids;
use crate::record::indicator::{
    IndicatorChoice, IndicatorFigurePage, IndicatorItemPage, IndicatorQuery, ReportViolationsPage,
    ValidationQuery,
};
use crate::record::review::{
    ApprovalInfo, ApprovalStep, ReviewInfo, ReviewItemPage, ReviewQuery, ReviewSubject, TargetPage,
    TaskPage, TeamDevicePage,
};
use crate::record::room::{
    DownloadSetting, PurgeDone, PurgePlan, PurgeRules, ReservedCountPage, WorkingList,
    WorkingListPage,
};
use crate::record::signed;
use crate::record::slice::SliceId;
use crate::session::SessionHandle;

/// Review, tasks, approval, team, targets.
#[uniffi::export]
impl SessionHandle {
    /// A page of what there is to review, the latest first: visits, events of programs without
    /// registration, and enrolments as a whole. Planned and skipped visits have nothing to review.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn review_list(
        &self,
        query: ReviewQuery,
        next: Option<Arc<PageCursor>>,
    ) -> Result<ReviewItemPage, OutpostFault> {
        self.run(move |it| {
            let next = PageCursor::reviews(next)?;
            Ok(it.review_list(&query.try_into()?, next)?.into())
        })
        .await
    }

    /// A page of what was sent back to this device's user and waits for a correction.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn my_tasks(&self, next: Option<i32>) -> Result<TaskPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.my_tasks()?, next);
            Ok(TaskPage { items, next })
        })
        .await
    }

    /// Where one record stands in its review.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub async fn review_of(&self, subject: ReviewSubject) -> Result<ReviewInfo, OutpostFault> {
        self.run(move |it| Ok(it.review_of(subject.try_into()?)?.into())).await
    }

    /// Sends a record back to its author with what is to be corrected. A completed event whose
    /// stage locks completed forms is reopened, or nobody could correct it.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason or for what cannot be reviewed; storage errors.
    pub async fn send_back(
        &self,
        subject: ReviewSubject,
        reason: String,
    ) -> Result<ReviewInfo, OutpostFault> {
        self.run(move |it| Ok(it.send_back(subject.try_into()?, &reason)?.into())).await
    }

    /// Says that a record was seen; a text may be empty.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for what cannot be reviewed; storage errors.
    pub async fn mark_reviewed(
        &self,
        subject: ReviewSubject,
        words: String,
    ) -> Result<ReviewInfo, OutpostFault> {
        self.run(move |it| Ok(it.mark_reviewed(subject.try_into()?, &words)?.into())).await
    }

    /// Makes a record final; an event is completed with it. A text may be empty.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for what cannot be reviewed; storage errors.
    pub async fn approve(
        &self,
        subject: ReviewSubject,
        words: String,
    ) -> Result<ReviewInfo, OutpostFault> {
        self.run(move |it| Ok(it.approve(subject.try_into()?, &words)?.into())).await
    }

    /// The author's answer to what was sent back: it was corrected. A text may be empty.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it was not sent back; storage errors.
    pub async fn answer_corrected(
        &self,
        subject: ReviewSubject,
        words: String,
    ) -> Result<ReviewInfo, OutpostFault> {
        self.run(move |it| Ok(it.answer_corrected(subject.try_into()?, &words)?.into())).await
    }

    /// Asks the server where a report stands in its workflow and what the user may do.
    ///
    /// # Errors
    /// `Offline`; `ServerRejected` if the data set has no workflow; other answers of the server.
    pub async fn approval(&self, key: SliceId) -> Result<ApprovalInfo, OutpostFault> {
        self.run(move |it| Ok(it.approval(ids::slice(&key)?)?.into())).await
    }

    /// Approves or accepts a report, or takes that back, at once. Doing it twice does no harm.
    ///
    /// # Errors
    /// `Offline`; `Forbidden` without the authority; `ServerRejected` if the data set has no
    /// workflow or it is not this level's turn: then ask [`SessionHandle::approval`].
    pub async fn approve_report(
        &self,
        key: SliceId,
        step: ApprovalStep,
    ) -> Result<ApprovalInfo, OutpostFault> {
        self.run(move |it| Ok(it.approve_report(ids::slice(&key)?, step.into())?.into())).await
    }

    /// A page of what every device of the team told of itself, as read by the last synchronisation;
    /// those that synchronised longest ago come first. Empty for users who look after nobody.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn team(&self, next: Option<i32>) -> Result<TeamDevicePage, OutpostFault> {
        self.run(move |it| {
            let team = it.team()?;
            let (items, next) = page(team.devices, next);
            Ok(TeamDevicePage { items, left_out: signed(team.left_out), next })
        })
        .await
    }

    /// A page of the targets of whoever works here with how far the records on this device are; a
    /// supervisor sees those of the whole team by their names.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn targets(&self, next: Option<i32>) -> Result<TargetPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.targets()?, next);
            Ok(TargetPage { items, next })
        })
        .await
    }
}

/// Figures over what lies on the device.
#[uniffi::export]
impl SessionHandle {
    /// A page of indicators by name, program indicators after the others.
    ///
    /// # Errors
    /// `NotFound` for a data set, program or indicator that is not on the device; storage errors.
    pub async fn indicators(
        &self,
        choice: IndicatorChoice,
        next: Option<i32>,
    ) -> Result<IndicatorItemPage, OutpostFault> {
        self.run(move |it| {
            let next = ids::count("next", next)?;
            Ok(it.indicators(&choice.try_into()?, next)?.into())
        })
        .await
    }

    /// A page of the values of indicators for periods and places, computed from what lies on the
    /// device.
    ///
    /// # Errors
    /// `InvalidInput` for a period that is none, or for more places, periods, indicators or values
    /// than one call takes; `NotFound` for what is not on the device; storage errors.
    pub async fn indicator_values(
        &self,
        query: IndicatorQuery,
        next: Option<i32>,
    ) -> Result<IndicatorFigurePage, OutpostFault> {
        self.run(move |it| {
            let next = ids::count("next", next)?;
            Ok(it.indicator_values(&query.try_into()?, next)?.into())
        })
        .await
    }

    /// Checks a page of the reports of a data set that hold something against the validation rules;
    /// those in order are left out.
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; `InvalidInput` for a text that
    /// is no period; storage errors.
    pub async fn violations(
        &self,
        query: ValidationQuery,
        next: Option<SliceId>,
    ) -> Result<ReportViolationsPage, OutpostFault> {
        self.run(move |it| {
            let next = next.as_ref().map(ids::slice).transpose()?;
            Ok(it.violations_of_reports(&query.try_into()?, next)?.into())
        })
        .await
    }
}

/// Room on the device.
#[uniffi::export]
impl SessionHandle {
    /// Who would leave by the rules, with the reason; nothing is taken away.
    ///
    /// # Errors
    /// `InvalidInput` for a number below zero; storage errors.
    pub async fn purge_plan(&self, rules: PurgeRules) -> Result<PurgePlan, OutpostFault> {
        self.run(move |it| Ok(it.purge_plan(&rules.try_into()?)?.into())).await
    }

    /// Takes away who may leave by the rules. `confirm` is said by a person who saw the plan.
    ///
    /// # Errors
    /// `InvalidInput` without the confirmation; storage errors: what was taken away by then is gone
    /// from this device, never from the server.
    pub async fn purge(&self, rules: PurgeRules, confirm: bool) -> Result<PurgeDone, OutpostFault> {
        self.run(move |it| Ok(it.purge(&rules.try_into()?, confirm)?.into())).await
    }

    /// What of a program is downloaded.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn download_setting(&self, program: String) -> Result<DownloadSetting, OutpostFault> {
        self.run(move |it| Ok(it.download_setting(ids::id("program", &program)?)?.into())).await
    }

    /// Chooses what of a program is downloaded; takes effect with the next synchronisation. What is
    /// on the device stays.
    ///
    /// # Errors
    /// `InvalidInput` for a number below zero; storage errors.
    pub async fn save_download_setting(
        &self,
        setting: DownloadSetting,
    ) -> Result<(), OutpostFault> {
        self.run(move |it| Ok(it.save_download_setting(&setting.try_into()?)?)).await
    }

    /// A page of the lists that a person put together, by name.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn working_lists(
        &self,
        program: String,
        next: Option<i32>,
    ) -> Result<WorkingListPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.working_lists(ids::id("program", &program)?)?, next);
            Ok(WorkingListPage { items, next })
        })
        .await
    }

    /// Keeps a list; without an id a new one. The filter is the screen's own text.
    ///
    /// # Errors
    /// `InvalidInput` without a name; storage errors.
    pub async fn save_working_list(&self, list: WorkingList) -> Result<WorkingList, OutpostFault> {
        self.run(move |it| Ok(it.save_working_list(&list.try_into()?)?.into())).await
    }

    /// Forgets a list; whether there was one.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn remove_working_list(&self, id: String) -> Result<bool, OutpostFault> {
        self.run(move |it| Ok(it.remove_working_list(&id)?)).await
    }

    /// A page of how many values of each generated attribute are left.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn reserved_values(
        &self,
        next: Option<i32>,
    ) -> Result<ReservedCountPage, OutpostFault> {
        self.run(move |it| {
            let (items, next) = page(it.reserved_values()?, next);
            Ok(ReservedCountPage { items, next })
        })
        .await
    }
}
