//! A site without network, or with little: how it works, what its inbox brought, how it is.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    CardView, Check, HandedOver, PackageApplied, ReleaseTaken, RunningVersion, SiteName, TakenIn,
};
use crate::medium::{MediumReport, OurKind};

/// How a site reaches the server. The records and the program are the same in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteMode {
    /// It synchronises; files are for those who have no network.
    #[default]
    Online,
    /// It has no network: everything goes in files.
    Offline,
    /// It synchronises where it can and writes files for what waits.
    Hybrid,
}

impl SiteMode {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Hybrid => "hybrid",
        }
    }

    /// Whether the server is asked.
    #[must_use]
    pub const fn synchronises(self) -> bool {
        !matches!(self, Self::Offline)
    }

    /// Whether what waits here also goes to the site above in files.
    #[must_use]
    pub const fn writes_files(self) -> bool {
        !matches!(self, Self::Online)
    }
}

/// What is set for a site.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SiteSettings {
    /// How it reaches the server.
    #[serde(default)]
    pub mode: SiteMode,
    /// Folder into which files for it are put.
    #[serde(default)]
    pub inbox: Option<PathBuf>,
    /// Folder into which it writes files for others.
    #[serde(default)]
    pub outbox: Option<PathBuf>,
    /// Key of the site above, to which everything goes that waits here.
    #[serde(default)]
    pub upstream: Option<String>,
}

/// What is changed of the settings; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteChange {
    /// How it reaches the server.
    pub mode: Option<SiteMode>,
    /// The inbox.
    pub inbox: Option<PathBuf>,
    /// The outbox.
    pub outbox: Option<PathBuf>,
    /// The site above: a key or the name on its card.
    pub upstream: Option<String>,
}

/// One attempt to reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkAttempt {
    /// When it began, by the device's clock, Unix ms.
    pub at_ms: i64,
    /// Whether the server answered.
    pub reached: bool,
    /// Bytes that went over the network.
    pub bytes: u64,
    /// How long it took in milliseconds, work on this device included.
    pub ms: u64,
}

/// What is known of the network of a site.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LinkView {
    /// Attempts to reach the server that are remembered.
    pub attempts: u64,
    /// Different hours in which it was tried, and in which it answered.
    pub hours: u64,
    /// Of these, hours in which it answered.
    pub hours_reached: u64,
    /// Different days on which it was tried.
    pub days: u64,
    /// Share of the hours in which it answered.
    pub reached_percent: Option<u32>,
    /// Bytes per second over the larger transfers.
    pub bytes_per_second: Option<u64>,
    /// The mode that this suits by the rule of thumb (10 KB/s, reachable 70 % of the time); `None` as
    /// long as too little is known.
    pub suits: Option<SiteMode>,
}

/// A site as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteView {
    /// Its card, with the role.
    pub card: Option<CardView>,
    /// What is set.
    #[serde(flatten)]
    pub settings: SiteSettings,
    /// The site above.
    pub upstream_site: Option<SiteName>,
    /// What is known of its network.
    pub link: LinkView,
    /// When it was restored from a backup, and of when that was.
    pub restored: Option<RestoredView>,
}

/// A machine that goes on from a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredView {
    /// When the backup was made, by that machine's clock.
    pub backup_of: String,
    /// When it was restored, Unix ms.
    pub at_ms: i64,
}

/// A file that was taken in from a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderTaken {
    /// Its name there, escaped.
    pub path: String,
    /// Its hash.
    pub sha256: String,
    /// Whether it was moved to the files that were taken.
    pub moved: bool,
    /// What it did.
    #[serde(flatten)]
    pub taken: TakenIn,
}

/// Forms or updates that were taken in from a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderUpdate {
    /// The file's name there, escaped.
    pub path: String,
    /// Whether it was moved to the files that were taken.
    pub moved: bool,
    /// What applying the forms did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forms: Option<PackageApplied>,
    /// What the release is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseTaken>,
}

/// A file of ours in a folder that was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderLeft {
    /// Its name there, escaped.
    pub path: String,
    /// What it claims to be.
    pub kind: OurKind,
    /// Whether it is damaged or signed by nobody known.
    pub is_refused: bool,
    /// Why, and what to do.
    pub reason: String,
}

/// What a folder brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FolderReport {
    /// Files that were taken in, or had been before.
    pub taken: Vec<FolderTaken>,
    /// Forms and updates of the programs that were.
    pub updates: Vec<FolderUpdate>,
    /// Files of ours that were not.
    pub left: Vec<FolderLeft>,
    /// Files that are still being written.
    pub growing: Vec<String>,
    /// Files that were looked at in an earlier round and are as they were.
    pub unchanged: u64,
    /// What else is there.
    pub medium: MediumReport,
}

impl FolderReport {
    /// Whether any file of ours was refused.
    #[must_use]
    pub fn has_refused(&self) -> bool {
        self.left.iter().any(|left| left.is_refused)
    }
}

/// How a folder is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderOptions {
    /// Say what would be done and do nothing.
    pub dry_run: bool,
    /// A file counts only if it was the same in the round before.
    pub must_settle: bool,
    /// Move what was taken aside, if the folder is this machine's own.
    pub moves: bool,
    /// Also apply forms of the centre and keep updates of the programs for what runs here; without it
    /// they are left for a person.
    pub updates: Option<RunningVersion>,
}

/// A file that was written for another site and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteFile {
    /// What it is.
    #[serde(flatten)]
    pub file: HandedOver,
    /// `data` or `receipt`.
    pub kind: String,
    /// Where it is, or its parts.
    pub paths: Vec<PathBuf>,
    /// Hash of the whole file, as it was read back.
    pub sha256: String,
}

/// What was written for other sites.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SiteFiles {
    /// The files.
    pub files: Vec<SiteFile>,
    /// For whom nothing could be written, and why.
    pub failed: Vec<SiteFailed>,
}

/// A site for which nothing could be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteFailed {
    /// Which.
    pub to: SiteName,
    /// Why.
    pub reason: String,
}

/// What is known of another site or device by the files between it and this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactView {
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
    /// How far its clock was ahead when its last file came, in milliseconds; files that were long on
    /// their way say nothing.
    pub ahead_ms: Option<i64>,
    /// Number of its last data file that was taken in.
    pub last: Option<u64>,
    /// First and last numbers of files that are missing.
    pub missing: Vec<(u64, u64)>,
}

/// How a site is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteCheck {
    /// Whether somebody has to do something.
    pub needs_person: bool,
    /// One thing after the other.
    pub checks: Vec<Check>,
    /// Everybody with whom files are exchanged.
    pub contacts: Vec<ContactView>,
    /// The site.
    pub site: SiteView,
}

/// A backup that was written and read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupView {
    /// Whose machine.
    pub card: CardView,
    /// Address of the server.
    pub server: String,
    /// User name.
    pub username: String,
    /// When it was made, by that machine's clock.
    pub created_at: String,
    /// The program that made it.
    pub app: String,
    /// Records in it that the server does not hold yet.
    pub unsent: u64,
    /// Size of the database in it.
    pub database_bytes: u64,
    /// Hash of the database in it.
    pub sha256: String,
}
