//! Going live: how ready a site is, a parallel run and whether the old way may stop, decisions, the
//! first weeks.

use outpost_engine::rollout::golive::compare::{PeriodBy, StopRule};
use outpost_engine::rollout::golive::decision::{Decision, Verdict};
use outpost_engine::rollout::golive::readiness::{Check, Progress};
use outpost_engine::rollout::golive::record::GoLive;
use outpost_engine::{OutpostError, Session, read_register, register_of};

use crate::fault::OutpostFault;
use crate::ids;
use crate::record::first_page;
use crate::record::golive::{GoLiveAdoption, GoLiveDays, GoLiveQuery, GoLiveRun, GoLiveSite};
use crate::session::SessionHandle;

fn shown(session: &Session, site: GoLive) -> Result<GoLiveSite, OutpostError> {
    let readiness = session.golive_readiness(&site)?;
    Ok((site, readiness).into())
}

fn unknown(field: &str) -> OutpostError {
    OutpostError::invalid(field, "unknown", "there is none of this code")
}

/// Going live.
#[uniffi::export]
impl SessionHandle {
    /// Every site that is planned here, by name.
    ///
    /// # Errors
    /// `InvalidInput` without the go-live program; storage errors.
    pub async fn golive_sites(&self) -> Result<Vec<GoLiveSite>, OutpostFault> {
        self.run(|it| {
            let sites = it.golive_sites()?.into_iter().map(|site| shown(it, site));
            Ok(first_page(sites.collect::<Result<Vec<_>, _>>()?))
        })
        .await
    }

    /// The site of a name, of a place, or of an id.
    ///
    /// # Errors
    /// `NotFound`; otherwise as [`Self::golive_sites`].
    pub async fn golive_site(&self, site: String) -> Result<GoLiveSite, OutpostFault> {
        self.run(move |it| Ok(shown(it, it.golive_site(&site)?)?)).await
    }

    /// Plans a site, or changes its day, `yyyy-MM-dd`; without a day that stays as it is.
    ///
    /// # Errors
    /// `InvalidInput` for a day that is none; `NotFound` for the place; `Forbidden`; storage errors.
    pub async fn plan_golive(
        &self,
        place: String,
        live_on: Option<String>,
    ) -> Result<GoLiveSite, OutpostFault> {
        self.run(move |it| {
            let wrong = |_| OutpostError::invalid("liveOn", "date", "write the day as yyyy-mm-dd");
            let day = live_on.map(|day| day.trim().parse()).transpose().map_err(wrong)?;
            Ok(shown(it, it.plan_golive(ids::id("place", &place)?, day, None)?)?)
        })
        .await
    }

    /// Writes down how far something is that the app cannot count by itself, such as training.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a check that is not known or that the registry of devices counts
    /// here, or if more is done than there is; `Forbidden`; storage errors.
    pub async fn note_golive_check(
        &self,
        site: String,
        check: String,
        done: i64,
        of: i64,
        missing: String,
    ) -> Result<GoLiveSite, OutpostFault> {
        self.run(move |it| {
            let check = Check::parse(&check).ok_or_else(|| unknown("check"))?;
            let (Ok(done), Ok(of)) = (u64::try_from(done), u64::try_from(of)) else {
                return Err(OutpostError::invalid("done", "negative", "count from zero").into());
            };
            let progress = Progress { done, of, missing: missing.trim().to_owned() };
            let site = it.golive_site(&site)?;
            Ok(shown(it, it.note_golive_check(&site, check, progress)?)?)
        })
        .await
    }

    /// Compares a register with the app's own records, period by period and case by case.
    ///
    /// # Errors
    /// `NotFound` for the site, the program or the question; `InvalidInput` with every line of the
    /// register that cannot be read, or if it says nothing of what is asked; storage errors.
    pub async fn compare_golive(
        &self,
        site: String,
        query: GoLiveQuery,
    ) -> Result<GoLiveRun, OutpostFault> {
        self.run(move |it| {
            let by = if query.by_month { PeriodBy::Month } else { PeriodBy::Week };
            let register = read_register("register", &query.register, by)?;
            let (what, register) = register_of(register, &query.what, by)?;
            let site = it.golive_site(&site)?;
            let program = ids::id("program", &query.program)?;
            let app = it.golive_cases(&site, program, (&what, by), query.key.as_deref())?;
            let rule = StopRule {
                periods: usize::try_from(query.periods).unwrap_or(0),
                difference_max: query.difference_max,
            };
            Ok(it.compare_golive(&site, (&register, app), rule, query.keep)?.into())
        })
        .await
    }

    /// Decides about a site: `GO`, `NO_GO`, `CUT_OVER` or `REVERSED`, with a reason. What speaks
    /// against it is refused unless its person goes on all the same.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for `decision` with what speaks against it (codes `missing`,
    /// `not_ready`, `not_safe`, `out_of_turn`); `Forbidden`; storage errors.
    pub async fn decide_golive(
        &self,
        site: String,
        verdict: String,
        reason: String,
        all_the_same: bool,
    ) -> Result<GoLiveSite, OutpostFault> {
        self.run(move |it| {
            let verdict = Verdict::parse(&verdict).ok_or_else(|| unknown("verdict"))?;
            let (by, reason) = (it.golive_person().to_owned(), reason.trim().to_owned());
            let decision = Decision { verdict, on: None, by, reason };
            let site = it.golive_site(&site)?;
            Ok(shown(it, it.decide_golive(&site, decision, all_the_same)?)?)
        })
        .await
    }

    /// How the first weeks go at each planned site: who synchronised within so many days.
    ///
    /// # Errors
    /// As [`Self::golive_sites`].
    pub async fn golive_adoption(&self, days: i32) -> Result<Vec<GoLiveAdoption>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.golive_adoption(days)?))).await
    }

    /// The same for each of so many days that end today, of a site or of each: who synchronised of
    /// those that had a device by then, support requests, refused records. What is not known of a day is
    /// said to be so.
    ///
    /// # Errors
    /// `NotFound` for the site; otherwise as [`Self::golive_sites`].
    pub async fn golive_adoption_days(
        &self,
        site: Option<String>,
        days: i32,
    ) -> Result<Vec<GoLiveDays>, OutpostFault> {
        self.run(move |it| Ok(first_page(it.golive_adoption_days(site.as_deref(), days)?))).await
    }
}
