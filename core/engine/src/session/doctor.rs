//! The state of the work at a glance, and its health: what a supporter asks first.

use outpost_sync::ports::facts;

use super::Session;
use crate::disk::{database_bytes, free_bytes};
use crate::error::Result;
use crate::limits::{FREE_SPACE_WARN_BYTES, SKEW_WARN_MS, SYNC_AGE_WARN_DAYS};
use crate::model::{Check, Health, Status};
use crate::salvaged;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Session {
    /// The state of the work at a glance.
    ///
    /// # Errors
    /// Storage errors.
    pub fn status(&self) -> Result<Status> {
        let fact = |name: &str| self.store().load_fact(name);
        let number = |name: &str| -> Result<Option<i64>> {
            Ok(fact(name)?.and_then(|text| text.parse().ok()))
        };
        let counts = self.store().outbox_counts()?;
        let last_sync_ms = number(facts::LAST_SYNC_MS)?;
        let last_sync = last_sync_ms.and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
        Ok(Status {
            server: self.inner.account.server.clone(),
            username: self.inner.account.user.clone(),
            unsent: counts.unsent(),
            waiting: counts.pending + counts.in_flight,
            parked: counts.rejected,
            conflicts: counts.conflicts,
            oldest_unsent_ms: self.store().oldest_unsent_ms()?,
            drafts: self.draft_counts()?.values().sum(),
            all_sent: counts.unsent() == 0,
            last_sync: last_sync.map(|time| time.to_string()),
            last_sync_ms,
            last_pull_ms: number(facts::LAST_PULL_MS)?,
            skew_ms: number(facts::SKEW_MS)?,
            server_version: fact(facts::SERVER_VERSION)?,
            metadata_version: fact(facts::METADATA_VERSION)?,
            database_bytes: database_bytes(&self.inner.database),
            free_bytes: self.inner.database.parent().and_then(free_bytes),
            salvage: salvaged::load(self.store(), &self.inner.database)?.map(|it| it.words()),
            can_sync: self.kept_secret()?.is_some(),
        })
    }

    /// Looks at the health of everything, one check after the other. Reads the whole database.
    ///
    /// # Errors
    /// Storage errors that keep even the checks from running.
    pub fn doctor(&self) -> Result<Vec<Check>> {
        let status = self.status()?;
        Ok(vec![
            self.integrity(),
            self.salvage()?,
            self.journal_check(),
            space(&status),
            self.keys(),
            skew(&status),
            last_sync(&status, self.now_ms()),
            version(&status),
            outbox(&status),
        ])
    }

    pub(super) fn integrity(&self) -> Check {
        match self.store().integrity_check() {
            Ok(()) => ok("integrity", "the database is whole"),
            Err(error) => bad(
                "integrity",
                error.to_string(),
                "Copy the folder, then close and open Outpost: what can be read is saved.",
            ),
        }
    }

    pub(super) fn salvage(&self) -> Result<Check> {
        let Some(salvaged) = salvaged::load(self.store(), &self.inner.database)? else {
            return Ok(ok("salvage", "no damaged database lies aside"));
        };
        let to_do = format!(
            "Compare with the papers. Keep {} for support; once nobody needs it, delete it.",
            salvaged.file
        );
        Ok(match salvaged.incomplete.is_empty() {
            true => warn("salvage", salvaged.words(), to_do),
            false => bad("salvage", salvaged.words(), to_do),
        })
    }

    pub(super) fn journal_check(&self) -> Check {
        match self.verify_journal() {
            Ok(verdict) => match verdict.first_bad {
                None => {
                    ok("journal", format!("the journal is whole ({} entries)", verdict.entries))
                }
                Some(id) => bad(
                    "journal",
                    format!("the journal was changed at entry {id}"),
                    "Keep the device as it is and call support.",
                ),
            },
            Err(error) => bad("journal", error.to_string(), error.what_to_do()),
        }
    }

    fn keys(&self) -> Check {
        match self.inner.platform.keys.health() {
            (true, found) => ok("keys", found),
            (false, found) => warn("keys", found, "Let only the owner read the keys folder."),
        }
    }
}

pub(super) fn space(status: &Status) -> Check {
    let database = status.database_bytes;
    match status.free_bytes {
        None => ok("space", format!("the database has {database} bytes")),
        Some(free) if free < FREE_SPACE_WARN_BYTES => warn(
            "space",
            format!("{free} bytes are free, the database has {database}"),
            "Free space before you go on.",
        ),
        Some(free) => ok("space", format!("{free} bytes are free, the database has {database}")),
    }
}

pub(super) fn skew(status: &Status) -> Check {
    match status.skew_ms {
        None => warn("clock", "not compared with the server yet", "Synchronise once."),
        Some(skew) if skew.abs() > SKEW_WARN_MS => warn(
            "clock",
            format!("{} seconds away from the server", skew.abs() / 1_000),
            "Set the date and time of this device. The server's time is used meanwhile.",
        ),
        Some(_) => ok("clock", "agrees with the server"),
    }
}

fn last_sync(status: &Status, now_ms: i64) -> Check {
    let Some(last_ms) = status.last_sync_ms else {
        return warn(
            "last_sync",
            "no data sent or fetched yet",
            "Synchronise where there is network.",
        );
    };
    let days = now_ms.saturating_sub(last_ms) / DAY_MS;
    match days > SYNC_AGE_WARN_DAYS {
        true => {
            warn("last_sync", format!("{days} days ago"), "Synchronise where there is network.")
        }
        false => ok("last_sync", format!("{days} days ago")),
    }
}

fn version(status: &Status) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    match &status.server_version {
        None => warn("version", format!("Outpost {own}, no server met yet"), "Synchronise once."),
        Some(server) => {
            use outpost_wire::version::ServerVersion;
            let found = format!("Outpost {own}, DHIS2 {server}");
            match ServerVersion::parse(server) {
                Some(version) if version.is_newer_than_known() => {
                    warn("version", found, "Update Outpost: this server is newer.")
                }
                Some(version) if version.is_supported() => ok("version", found),
                _ => bad("version", found, "DHIS2 2.38 or later is needed."),
            }
        }
    }
}

pub(super) fn outbox(status: &Status) -> Check {
    let found = format!(
        "{} wait, {} refused, {} with two versions",
        status.waiting, status.parked, status.conflicts
    );
    match status.parked + status.conflicts {
        0 => ok("outbox", found),
        _ => warn("outbox", found, "Correct what was refused, decide what has two versions."),
    }
}

fn check(
    name: &str,
    health: Health,
    found: impl Into<String>,
    what_to_do: impl Into<String>,
) -> Check {
    Check { name: name.to_owned(), health, found: found.into(), what_to_do: what_to_do.into() }
}

pub(super) fn ok(name: &str, found: impl Into<String>) -> Check {
    check(name, Health::Ok, found, "")
}

pub(super) fn warn(name: &str, found: impl Into<String>, what_to_do: impl Into<String>) -> Check {
    check(name, Health::Warn, found, what_to_do)
}

pub(super) fn bad(name: &str, found: impl Into<String>, what_to_do: impl Into<String>) -> Check {
    check(name, Health::Bad, found, what_to_do)
}
