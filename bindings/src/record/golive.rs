//! Going live: a site with what is planned and what is missing, a parallel run, the first weeks.

use outpost_engine::ParallelRun as EngineRun;
use outpost_engine::rollout::golive::adoption::Adoption;
use outpost_engine::rollout::golive::calendar::conflicts;
use outpost_engine::rollout::golive::compare::{Behind, Compared};
use outpost_engine::rollout::golive::days::{AdoptionDay, AdoptionDays};
use outpost_engine::rollout::golive::plan::{PlanItem, current};
use outpost_engine::rollout::golive::readiness::{Light, Line, Readiness};
use outpost_engine::rollout::golive::record::{GoLive, Kept};

use super::{first_page, list, signed, text};

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum GoLiveLight {
    /// Done.
    Green,
    /// Something is left that need not stop the site.
    Amber,
    /// It stops the site.
    Red,
}

impl From<Light> for GoLiveLight {
    fn from(it: Light) -> Self {
        match it {
            Light::Green => Self::Green,
            Light::Amber => Self::Amber,
            Light::Red => Self::Red,
        }
    }
}

/// One thing that a site needs before it goes live.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveCheck {
    /// Its code, such as `TRAINING`.
    pub check: String,
    /// In English words.
    pub words: String,
    /// How it stands.
    pub light: GoLiveLight,
    /// What is missing, in English words; empty if nothing is.
    pub missing: String,
}

impl From<Line> for GoLiveCheck {
    fn from(it: Line) -> Self {
        Self {
            check: it.check.code().to_owned(),
            words: it.check.words().to_owned(),
            light: it.light.into(),
            missing: it.missing,
        }
    }
}

/// What becomes of an existing system or a paper process.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLivePlanItem {
    /// The system or process.
    pub what: String,
    /// Code of what becomes of it: `PARALLEL`, `REPLACE`, `ELIMINATE`, `REPLICATE`, `DUPLICATE`.
    pub choice: String,
    /// Until which day, `yyyy-MM-dd`, if it goes on for a time.
    pub until: Option<String>,
    /// Who compares meanwhile; may be empty.
    pub compares: String,
    /// Who decided.
    pub decided_by: String,
    /// Why.
    pub reason: String,
}

impl From<&PlanItem> for GoLivePlanItem {
    fn from(it: &PlanItem) -> Self {
        Self {
            what: it.what.clone(),
            choice: it.choice.code().to_owned(),
            until: it.until.map(text),
            compares: it.compares.clone(),
            decided_by: it.decided_by.clone(),
            reason: it.reason.clone(),
        }
    }
}

/// A comparison that was written down.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveKept {
    /// ISO period.
    pub period: String,
    /// What was counted.
    pub what: String,
    /// Total of the register or the old system.
    pub before: i64,
    /// Total of the app.
    pub app: i64,
    /// The cases behind the difference, in English words.
    pub behind: Vec<String>,
}

impl From<Kept> for GoLiveKept {
    fn from(it: Kept) -> Self {
        Self {
            period: it.period,
            what: it.what,
            before: it.before,
            app: it.app,
            behind: first_page(it.behind),
        }
    }
}

/// A site that is planned to go live.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveSite {
    /// Its id.
    pub id: String,
    /// Id of its organisation unit.
    pub place: String,
    /// Its name.
    pub site: String,
    /// Its day, `yyyy-MM-dd`; `None` until one is chosen.
    pub live_on: Option<String>,
    /// How it stands.
    pub light: GoLiveLight,
    /// What it needs, one by one.
    pub checks: Vec<GoLiveCheck>,
    /// What becomes of each system and process, as decided last.
    pub plan: Vec<GoLivePlanItem>,
    /// What stands against its day, in English words.
    pub conflicts: Vec<String>,
    /// Comparisons that were written down.
    pub comparisons: Vec<GoLiveKept>,
    /// Code of what was decided last: `GO`, `NO_GO`, `CUT_OVER`, `REVERSED`.
    pub decided: Option<String>,
}

impl From<(GoLive, Readiness)> for GoLiveSite {
    fn from((it, readiness): (GoLive, Readiness)) -> Self {
        let found = it.live_on.map(|day| conflicts(day, it.settle_days, &it.calendar));
        Self {
            id: text(it.id),
            place: text(it.place),
            live_on: it.live_on.map(text),
            light: readiness.light.into(),
            checks: list(readiness.lines),
            plan: list(current(&it.plan)),
            conflicts: found.unwrap_or_default().into_iter().map(|found| found.words).collect(),
            decided: it.last().map(|last| last.verdict.code().to_owned()),
            site: it.site,
            comparisons: first_page(it.comparisons),
        }
    }
}

/// A register beside the app's own records.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveQuery {
    /// The register as CSV with the columns `period` or `date`, `what`, and `total` or, where cases
    /// are listed, `key`.
    pub register: String,
    /// Id of the program whose records are the app's side.
    pub program: String,
    /// What is counted, as the register calls it.
    pub what: String,
    /// By month; else by week.
    pub by_month: bool,
    /// Name of the question whose answer is the key of a case; the record's id if it is left out.
    pub key: Option<String>,
    /// How many of the latest periods must agree before the old way may stop.
    pub periods: i32,
    /// By how much totals may differ.
    pub difference_max: i64,
    /// Writes the outcome down.
    pub keep: bool,
}

/// A case behind a difference.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveCase {
    /// What names it in the register.
    pub key: String,
    /// Where it was found.
    pub found: String,
    /// What is wrong with it, in English words.
    pub words: String,
}

impl From<Behind> for GoLiveCase {
    fn from(it: Behind) -> Self {
        Self { key: it.key, found: it.found, words: it.words }
    }
}

/// Totals of one period.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveCompared {
    /// ISO period.
    pub period: String,
    /// What was counted.
    pub what: String,
    /// Total of the register or the old system.
    pub before: i64,
    /// Total of the app.
    pub app: i64,
    /// Whether both agree, case by case where there are cases.
    pub agrees: bool,
    /// The cases behind the difference.
    pub behind: Vec<GoLiveCase>,
    /// How many more there are.
    pub left_out: i64,
}

impl From<Compared> for GoLiveCompared {
    fn from(it: Compared) -> Self {
        Self {
            agrees: it.agrees(),
            period: it.period,
            what: it.what,
            before: it.before,
            app: it.app,
            behind: first_page(it.behind),
            left_out: signed(it.left_out),
        }
    }
}

/// What a parallel run came to.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveRun {
    /// Period by period.
    pub compared: Vec<GoLiveCompared>,
    /// Whether the old way may stop.
    pub is_safe: bool,
    /// Why, or why not, in English words.
    pub words: String,
}

impl From<EngineRun> for GoLiveRun {
    fn from(it: EngineRun) -> Self {
        Self {
            compared: first_page(it.compared),
            is_safe: it.verdict.is_safe,
            words: it.verdict.words,
        }
    }
}

/// How the first weeks go at a site.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveAdoption {
    /// The site.
    pub site: String,
    /// How many devices were handed out.
    pub devices: i64,
    /// How many synchronised lately.
    pub recent: i64,
    /// Numbers of those that did not.
    pub silent: Vec<String>,
    /// Refused records that were not mended.
    pub refused: i64,
    /// Records that wait on devices.
    pub waiting: i64,
    /// Open support requests.
    pub support_open: i64,
}

impl From<Adoption> for GoLiveAdoption {
    fn from(it: Adoption) -> Self {
        Self {
            site: it.site,
            devices: signed(it.devices),
            recent: signed(it.recent),
            silent: first_page(it.silent),
            refused: signed(it.refused),
            waiting: signed(it.waiting),
            support_open: signed(it.support_open),
        }
    }
}

/// A day of a site's first weeks.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveDay {
    /// The day on the server, `yyyy-MM-dd`.
    pub day: String,
    /// Devices that somebody had by the end of it.
    pub expected: i64,
    /// How many of them synchronised.
    pub synced: i64,
    /// Numbers of those that did not.
    pub silent: Vec<String>,
    /// Numbers of those of which nobody knows whether they did.
    pub unknown: Vec<String>,
    /// How many are expected although nobody wrote down since when they are out.
    pub undated: i64,
    /// Support requests that were made; `None` if that is not known, which is not nought.
    pub requests: Option<i64>,
    /// Records that the server refused, as far as devices told; `None` if none of them told.
    pub refused: Option<i64>,
}

impl From<AdoptionDay> for GoLiveDay {
    fn from(it: AdoptionDay) -> Self {
        Self {
            day: text(it.day),
            expected: signed(it.expected),
            synced: signed(it.synced),
            silent: first_page(it.silent),
            unknown: first_page(it.unknown),
            undated: signed(it.undated),
            requests: it.requests.map(signed),
            refused: it.refused.map(signed),
        }
    }
}

/// The first weeks of a site, day by day.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct GoLiveDays {
    /// The site.
    pub site: String,
    /// Its days, the earliest first.
    pub days: Vec<GoLiveDay>,
}

impl From<AdoptionDays> for GoLiveDays {
    fn from(it: AdoptionDays) -> Self {
        Self { site: it.site, days: first_page(it.days) }
    }
}
