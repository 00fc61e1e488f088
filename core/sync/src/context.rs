//! What the phases of a run share: the server as it was met, the report so far, progress.
//!
//! Holds no policy; it never decides what happens next.

use std::mem;

use jiff::civil::Date;
use outpost_domain::uid::OrganisationUnitUid;
use outpost_wire::time::{format_server_time, parse_day};
use outpost_wire::version::ServerVersion;

use crate::backoff::Backoff;
use crate::limits::{NOTES_MAX, RETRY_AFTER_MS_MAX, SIGN_IN_RETRY_AFTER_MS_MAX};
use crate::machine::{Phases, RunOptions};
use crate::ports::{Answer, Now, Phase, Progress, Report, Stop};
use crate::skew::skew_ms;

pub(crate) struct Context {
    pub options: RunOptions,
    pub now: Now,
    pub version: ServerVersion,
    pub server_offset_minutes: i32,
    pub user_name: String,
    pub user_id: String,
    /// Roots of the user's capture scope.
    pub roots: Vec<OrganisationUnitUid>,
    /// Language of display names; `None`: the server's own.
    pub names_locale: Option<String>,
    pub backoff: Backoff,
    pub report: Report,
    clock: ServerClock,
    progress: Vec<Progress>,
    pace: Pace,
}

/// The server's clock as last heard, and the skew with the smallest error of the run.
#[derive(Debug, Clone, Copy, Default)]
struct ServerClock {
    heard_ms: Option<i64>,
    skew_ms: Option<i64>,
    best_elapsed_ms: Option<u64>,
}

/// How fast the current subject goes, for the estimate of what remains.
#[derive(Debug, Clone, Default)]
struct Pace {
    subject: Option<(Phase, String)>,
    began_ms: i64,
    began_done: u64,
}

impl Context {
    pub fn new(options: RunOptions) -> Self {
        let account = &options.account;
        let version = account.server_version.as_deref().and_then(ServerVersion::parse);
        Self {
            now: Now { unix_ms: 0 },
            version: version.unwrap_or(ServerVersion { minor: 42, patch: 0, hotfix: 0 }),
            server_offset_minutes: account.server_offset_minutes.unwrap_or(0),
            user_name: account.user_name.clone().unwrap_or_default(),
            user_id: account.user_id.clone().unwrap_or_default(),
            roots: Vec::new(),
            names_locale: None,
            backoff: Backoff::new(options.seed, patience_ms(options.phases)),
            report: Report::default(),
            clock: ServerClock::default(),
            progress: Vec::new(),
            pace: Pace::default(),
            options,
        }
    }

    /// Takes note of an answer, whatever its status.
    pub fn heard(&mut self, answer: &Answer) {
        self.report.bytes += answer.bytes;
        let Some(date_ms) = answer.server_date_ms else { return };
        self.clock.heard_ms = Some(date_ms);
        if self.clock.best_elapsed_ms.is_none_or(|best| answer.elapsed_ms < best) {
            self.clock.best_elapsed_ms = Some(answer.elapsed_ms);
            self.clock.skew_ms = Some(skew_ms(date_ms, self.now.unix_ms, answer.elapsed_ms));
        }
    }

    /// Server clock minus device clock, as well as this run could measure it.
    pub fn skew_ms(&self) -> Option<i64> {
        self.clock.skew_ms
    }

    /// The server's time now, never later than the truth: its last `Date`, else the device clock.
    pub fn server_now_ms(&self) -> i64 {
        self.clock.heard_ms.unwrap_or(self.now.unix_ms)
    }

    /// The day on the server.
    pub fn server_today(&self) -> Date {
        format_server_time(self.server_now_ms(), self.server_offset_minutes)
            .and_then(|text| parse_day(&text))
            .unwrap_or(Date::ZERO)
    }

    /// Adds a remark for the person who looks at the report.
    pub fn note(&mut self, text: String) {
        if self.report.notes.len() < NOTES_MAX && !self.report.notes.contains(&text) {
            self.report.notes.push(text);
        }
    }

    /// Reports `done` of `total` records of `subject`.
    pub fn progress(&mut self, phase: Phase, subject: &str, done: u64, total: Option<u64>) {
        let current = self.pace.subject.as_ref();
        if current.is_none_or(|(at, name)| *at != phase || name != subject) {
            self.pace = Pace {
                subject: Some((phase, subject.to_owned())),
                began_ms: self.now.unix_ms,
                began_done: done,
            };
        }
        self.progress.push(Progress {
            phase,
            subject: subject.to_owned(),
            done,
            total,
            bytes: self.report.bytes,
            remaining_ms: total.and_then(|total| self.remaining_ms(done, total)),
        });
    }

    fn remaining_ms(&self, done: u64, total: u64) -> Option<u64> {
        let spent_ms = u64::try_from(self.now.unix_ms - self.pace.began_ms).ok()?;
        let achieved = done.checked_sub(self.pace.began_done).filter(|achieved| *achieved > 0)?;
        Some(spent_ms.saturating_mul(total.saturating_sub(done)) / achieved)
    }

    pub fn take_progress(&mut self) -> Vec<Progress> {
        mem::take(&mut self.progress)
    }
}

/// What a phase wants next.
#[allow(clippy::large_enum_variant, reason = "a turn is acted upon as soon as it is made")]
pub(crate) enum Turn {
    /// Carry this out and come back with its event.
    Do(crate::ports::Effect),
    /// The phase is over.
    Done,
    /// The run must end. Claimed rows are given back by `abandon`.
    Stop(Stop),
}

/// The engine answered something that does not fit the effect: a fault of this program.
pub(crate) fn out_of_step(expected: &str) -> Turn {
    Turn::Stop(Stop::Store { reason: format!("internal fault: {expected} was expected") })
}

/// How long a server may ask to be left alone: not long while a person waits to be signed in.
fn patience_ms(phases: Phases) -> u64 {
    if phases == Phases::SIGN_IN { SIGN_IN_RETRY_AFTER_MS_MAX } else { RETRY_AFTER_MS_MAX }
}
