//! How a site without network, or with little, is.

use std::path::PathBuf;

use outpost_engine::model;

use super::account::DeviceCheck;
use super::exchange::{ExchangeCard, FileGap, SiteName};
use super::{first_page, signed};

/// How a site reaches the server. The records and the program are the same in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SiteMode {
    /// It synchronises; files are for those who have no network.
    Online,
    /// It has no network: everything goes in files.
    Offline,
    /// It synchronises where it can and writes files for what waits.
    Hybrid,
}

impl From<model::SiteMode> for SiteMode {
    fn from(it: model::SiteMode) -> Self {
        match it {
            model::SiteMode::Online => Self::Online,
            model::SiteMode::Offline => Self::Offline,
            model::SiteMode::Hybrid => Self::Hybrid,
        }
    }
}

/// What is known of the network of a site.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SiteLink {
    /// Attempts to reach the server that are remembered.
    pub attempts: i64,
    /// Different hours in which it was tried.
    pub hours: i64,
    /// Of these, hours in which it answered.
    pub hours_reached: i64,
    /// Different days on which it was tried.
    pub days: i64,
    /// Share of the hours in which it answered.
    pub reached_percent: Option<i64>,
    /// Bytes per second over the larger transfers.
    pub bytes_per_second: Option<i64>,
    /// The mode that this suits by the rule of thumb (10 KB/s, reachable 70 % of the time); `None`
    /// as long as too little is known.
    pub suits: Option<SiteMode>,
}

impl From<model::LinkView> for SiteLink {
    fn from(it: model::LinkView) -> Self {
        Self {
            attempts: signed(it.attempts),
            hours: signed(it.hours),
            hours_reached: signed(it.hours_reached),
            days: signed(it.days),
            reached_percent: it.reached_percent.map(Into::into),
            bytes_per_second: it.bytes_per_second.map(signed),
            suits: it.suits.map(Into::into),
        }
    }
}

/// A machine that goes on from a backup.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SiteRestored {
    /// When the backup was made, by that machine's clock.
    pub backup_of: String,
    /// When it was restored, Unix ms.
    pub at_ms: i64,
}

/// A site as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SiteInfo {
    /// Its card, with the role.
    pub card: Option<ExchangeCard>,
    /// How it reaches the server.
    pub mode: SiteMode,
    /// Folder into which files for it are put.
    pub inbox: Option<String>,
    /// Folder into which it writes files for others.
    pub outbox: Option<String>,
    /// The site above, to which everything goes that waits here.
    pub upstream: Option<SiteName>,
    /// What is known of its network.
    pub link: SiteLink,
    /// When it was restored from a backup, and of when that was.
    pub restored: Option<SiteRestored>,
}

impl From<model::SiteView> for SiteInfo {
    fn from(it: model::SiteView) -> Self {
        let path = |path: PathBuf| path.display().to_string();
        let restored =
            |it: model::RestoredView| SiteRestored { backup_of: it.backup_of, at_ms: it.at_ms };
        Self {
            card: it.card.map(Into::into),
            mode: it.settings.mode.into(),
            inbox: it.settings.inbox.map(path),
            outbox: it.settings.outbox.map(path),
            upstream: it.upstream_site.map(Into::into),
            link: it.link.into(),
            restored: it.restored.map(restored),
        }
    }
}

/// What is known of another site or device by the files between it and this one.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SiteContact {
    /// Which.
    pub site: SiteName,
    /// When the last file of it came, Unix ms.
    pub came_ms: Option<i64>,
    /// When the last file for it was written, Unix ms.
    pub wrote_ms: Option<i64>,
    /// The program that it runs, as its last file says.
    pub app: Option<String>,
    /// The version of its forms, as its last file says.
    pub metadata: Option<String>,
    /// Whether these are the forms of this device.
    pub same_forms: Option<bool>,
    /// How far its clock was ahead when its last file came, in milliseconds; files that were long
    /// on their way say nothing.
    pub ahead_ms: Option<i64>,
    /// Number of its last data file that was taken in.
    pub last: Option<i64>,
    /// The first files that are missing.
    pub missing: Vec<FileGap>,
}

impl From<model::ContactView> for SiteContact {
    fn from(it: model::ContactView) -> Self {
        Self {
            site: it.site.into(),
            came_ms: it.came_ms,
            wrote_ms: it.wrote_ms,
            app: it.app,
            metadata: it.metadata,
            same_forms: it.same_forms,
            ahead_ms: it.ahead_ms,
            last: it.last.map(signed),
            missing: first_page(it.missing),
        }
    }
}

/// How a site is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SiteCheck {
    /// Whether somebody has to do something.
    pub needs_person: bool,
    /// One thing after the other.
    pub checks: Vec<DeviceCheck>,
    /// Those with whom files are exchanged; the first page.
    pub contacts: Vec<SiteContact>,
    /// The site.
    pub site: SiteInfo,
}

impl From<model::SiteCheck> for SiteCheck {
    fn from(it: model::SiteCheck) -> Self {
        Self {
            needs_person: it.needs_person,
            checks: first_page(it.checks),
            contacts: first_page(it.contacts),
            site: it.site.into(),
        }
    }
}
