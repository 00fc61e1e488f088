//! `site …`: a district machine, a tablet, a laptop that has little or no network.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::SiteRole;
use crate::strings::site as help;

/// `site …`
#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// Show what is set for this site and what its network is good for
    #[command(after_help = help::SHOW)]
    Show,
    /// Set role, mode and folders of this site
    #[command(after_help = help::SET)]
    Set(SiteSet),
    /// Take in what comes into the inbox, write receipts and files into the outbox
    #[command(after_help = help::WATCH)]
    Watch(SiteWatch),
    /// How this site is, in one page; exit code 6 if somebody has to do something
    #[command(after_help = help::CHECK)]
    Check {
        /// Also read the whole database and journal
        #[arg(long)]
        thorough: bool,
    },
    /// Write everything for the centre: all that waits, all that is carried, all receipts
    #[command(after_help = help::COLLECT)]
    Collect {
        /// For whom: key or name on the card
        #[arg(long, value_name = "WHO")]
        to: String,
        /// Where the files are written
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Cut the file into parts for e-mails of so many megabytes (10^6 bytes)
        #[arg(long, value_name = "MB")]
        mail_mb: Option<u64>,
    },
    /// Write an encrypted backup of this machine and read it back
    #[command(after_help = help::BACKUP)]
    Backup {
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Restore a backup on a replacement machine
    #[command(after_help = help::RESTORE)]
    Restore(SiteRestore),
}

/// `site set`
#[derive(Debug, Args)]
pub struct SiteSet {
    /// What this machine is for; it has a card already
    #[arg(long, value_enum)]
    pub role: Option<SiteRole>,
    /// How it reaches the server
    #[arg(long, value_enum)]
    pub mode: Option<SiteMode>,
    /// Folder of this machine into which files for it are put
    #[arg(long, value_name = "DIR")]
    pub inbox: Option<PathBuf>,
    /// Folder into which files for others are written
    #[arg(long, value_name = "DIR")]
    pub outbox: Option<PathBuf>,
    /// The site above, to which everything goes: key or name on its card
    #[arg(long, value_name = "WHO")]
    pub upstream: Option<String>,
}

/// `site watch`
#[derive(Debug, Args)]
pub struct SiteWatch {
    /// Look once and end
    #[arg(long)]
    pub once: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 30, conflicts_with = "once")]
    pub every: u64,
    /// With --once: seconds in which a file must not change to count
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    pub settle: u64,
}

/// `site restore`
#[derive(Debug, Args)]
pub struct SiteRestore {
    /// The backup
    pub file: PathBuf,
    /// Folder of the replacement's data, which has no such account yet
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// The thirty digits of the card of the lost machine; without them the backup is only shown
    #[arg(long, value_name = "DIGITS")]
    pub fingerprint: Option<String>,
    /// File with the line of the recovery key, or - for standard input
    #[arg(long, value_name = "FILE", requires = "fingerprint")]
    pub recovery_key: Option<PathBuf>,
}

/// How a site reaches the server.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SiteMode {
    /// It synchronises.
    Online,
    /// Everything goes in files.
    Offline,
    /// It synchronises where it can and writes files for what waits.
    Hybrid,
}
