//! The ids of the go-live program, written down once. Never change one, never use one again for
//! something else: servers and phones know the objects by them.

/// The program.
pub const PROGRAM: &str = "RoGolProgrm";
/// Tracked entity type *Go-live of a site*.
pub const SITE_TYPE: &str = "RoGolTypeTe";

// Attributes.
/// Attribute *Site*.
pub const SITE: &str = "RoGolSiteNm";
/// Attribute *Day of going live*.
pub const LIVE_ON: &str = "RoGolLiveOn";
/// Attribute *Days to settle in*.
pub const SETTLE_DAYS: &str = "RoGolSettle";

// Option sets.
/// Option set *What becomes of things*.
pub const CHOICES: &str = "RoGoSetChoi";
/// Option set *Sorts of calendar entries*.
pub const SORTS: &str = "RoGoSetSort";
/// Option set *Checks of readiness*.
pub const CHECKS: &str = "RoGoSetChec";
/// Option set *Decisions*.
pub const VERDICTS: &str = "RoGoSetVerd";

/// Stages.
pub mod stage {
    /// Stage *Plan*.
    pub const PLAN: &str = "RoGoStPlan0";
    /// Stage *Calendar*.
    pub const CALENDAR: &str = "RoGoStCalen";
    /// Stage *Readiness*.
    pub const READINESS: &str = "RoGoStReadi";
    /// Stage *Parallel run*.
    pub const COMPARISON: &str = "RoGoStCompa";
    /// Stage *Decision*.
    pub const DECISION: &str = "RoGoStDecis";
}

/// Questions.
pub mod asked {
    /// *What it is*.
    pub const WHAT: &str = "RoGoEvWhat0";
    /// *What becomes of it*.
    pub const CHOICE: &str = "RoGoEvChoic";
    /// *Last day beside the app*.
    pub const UNTIL: &str = "RoGoEvUntil";
    /// *Who compares*.
    pub const COMPARES: &str = "RoGoEvCompa";
    /// *By*.
    pub const BY: &str = "RoGoEvBy000";
    /// *Reason*.
    pub const REASON: &str = "RoGoEvReaso";
    /// *Sort*.
    pub const SORT: &str = "RoGoEvSort0";
    /// *First day*.
    pub const FROM: &str = "RoGoEvFrom0";
    /// *Last day*.
    pub const TO: &str = "RoGoEvTo000";
    /// *What is checked*.
    pub const CHECK: &str = "RoGoEvCheck";
    /// *Done*.
    pub const DONE: &str = "RoGoEvDone0";
    /// *Of*.
    pub const OF: &str = "RoGoEvOf000";
    /// *Who or what is missing*.
    pub const MISSING: &str = "RoGoEvMissi";
    /// *Period*.
    pub const PERIOD: &str = "RoGoEvPerio";
    /// *Total of the register*.
    pub const BEFORE: &str = "RoGoEvBefor";
    /// *Total of the app*.
    pub const APP: &str = "RoGoEvApp00";
    /// *Difference*.
    pub const DIFFERENCE: &str = "RoGoEvDiffe";
    /// *Records behind it*.
    pub const BEHIND: &str = "RoGoEvBehin";
    /// *Decision*.
    pub const VERDICT: &str = "RoGoEvVerdi";
}
