//! `exchange …`: files, keys and receipts of places without network.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::strings::exchange as help;

/// `exchange …`
#[derive(Debug, Subcommand)]
pub enum ExchangeCommand {
    /// Show the card of this device, or give it one
    #[command(after_help = help::CARD)]
    Card {
        /// Name of the place or device, not of a person
        #[arg(long, value_name = "NAME", requires = "role")]
        name: Option<String>,
        /// What the device is for
        #[arg(long, value_enum, requires = "name")]
        role: Option<SiteRole>,
    },
    /// Believe the card of another device or site, after its fingerprint was compared
    #[command(after_help = help::ENROL)]
    Enrol {
        /// The text of the card, a file with it, or - for standard input
        card: String,
        /// The thirty digits that its owner shows or reads aloud
        #[arg(long, value_name = "DIGITS")]
        fingerprint: Option<String>,
    },
    /// List the keys that this device knows; take in or issue the key list of the centre
    #[command(after_help = help::KEYS)]
    Keys {
        /// Take in this key list; its signature lies beside it with .minisig at the end
        #[arg(long, value_name = "FILE", conflicts_with = "publish")]
        take: Option<PathBuf>,
        /// Sign the next key list and write it here (a centre only)
        #[arg(long, value_name = "FILE")]
        publish: Option<PathBuf>,
    },
    /// Stop believing a key, for good
    #[command(after_help = help::REVOKE)]
    Revoke {
        /// The key
        key: String,
        /// Why
        #[arg(long, value_enum)]
        reason: RevocationReason,
        /// Number of the last file of it that still counts
        #[arg(long, value_name = "N")]
        last_good: Option<u64>,
    },
    /// Give this device a new key that the old one vouches for, or take in somebody else's
    #[command(after_help = help::ROTATE, group = clap::ArgGroup::new("way").required(true))]
    Rotate {
        /// Make the key and write the statement here; its signature goes beside it
        #[arg(long, value_name = "FILE", group = "way")]
        out: Option<PathBuf>,
        /// Take in the statement of somebody else; its signature lies beside it
        #[arg(long, value_name = "FILE", group = "way")]
        take: Option<PathBuf>,
    },
    /// Make the recovery key that opens every file when another key is lost
    #[command(after_help = help::RECOVERY)]
    Recovery {
        /// Where it will lie, such as 'Safe of the ministry'
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Sign a code with which a new phone begins: address, language, practice or real
    #[command(after_help = help::SETUP_CODE)]
    SetupCode {
        /// Address of the server
        #[arg(long, value_name = "URL")]
        server: String,
        /// Language of the app, such as fr
        #[arg(long, value_name = "LANG")]
        language: Option<String>,
        /// For practice: nothing that is entered counts
        #[arg(long)]
        training: bool,
        /// Id of a program or data set that the phone is for; may be given more than once
        #[arg(long = "program", value_name = "ID")]
        programs: Vec<String>,
        /// Also write the QR code as a picture (SVG) to be printed
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Write a file with everything that waits here and that they do not have
    #[command(after_help = help::WRITE)]
    Write(WriteFile),
    /// Cut a file into parts that fit e-mails
    #[command(after_help = help::SPLIT)]
    Split {
        /// The file
        file: PathBuf,
        /// Largest e-mail in megabytes (10^6 bytes), as the provider counts it
        #[arg(long, value_name = "MB", default_value_t = 10)]
        mail_mb: u64,
        /// Where the parts are written [default: beside the file]
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Put parts together, in any order
    #[command(after_help = help::JOIN)]
    Join {
        /// The parts
        #[arg(required = true)]
        parts: Vec<PathBuf>,
        /// Where the file is written
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Check every byte of a file against its signature; nothing is opened
    #[command(after_help = help::VERIFY)]
    Verify {
        /// The file
        file: PathBuf,
    },
    /// Show who wrote a file, what it brings and what it is to this device
    #[command(after_help = help::INSPECT)]
    Inspect {
        /// The file
        file: PathBuf,
    },
    /// Take files in: records wait to be sent, receipts settle
    #[command(after_help = help::IMPORT)]
    Import {
        /// The files, or folders in which they lie among others
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Say what would be done and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write receipts for those whose files came here
    #[command(after_help = help::RECEIPT)]
    Receipt {
        /// Only for this device or site: key or name on its card
        #[arg(long, value_name = "WHO")]
        to: Option<String>,
        /// Where the receipts are written
        #[arg(long, value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
    /// List those whose files came here, and what became of their records
    #[command(after_help = help::PARTNERS)]
    Partners,
    /// List records of others that are kept aside, or give one up
    #[command(after_help = help::ASIDE)]
    Aside {
        /// Give up the record of this number; who captured it is told why
        #[arg(long, value_name = "N", requires = "reason")]
        discard: Option<i64>,
        /// Why
        #[arg(long, value_name = "TEXT", requires = "discard")]
        reason: Option<String>,
    },
}

/// `exchange write`
#[derive(Debug, Args)]
pub struct WriteFile {
    /// For whom: key or name on the card
    #[arg(long, value_name = "WHO")]
    pub to: String,
    /// Everything that waits here, also what they got before
    #[arg(long)]
    pub again: bool,
    /// Where the file is written
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Cut it into parts for e-mails of so many megabytes (10^6 bytes)
    #[arg(long, value_name = "MB")]
    pub mail_mb: Option<u64>,
}

/// What a device is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SiteRole {
    /// The phone of one who captures.
    Device,
    /// A tablet that carries on what phones captured.
    Tablet,
    /// The machine of a district.
    District,
    /// The national centre, which signs key lists.
    Centre,
}

/// Why a key is not believed any more.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RevocationReason {
    /// The device cannot be found.
    Lost,
    /// The device was taken.
    Stolen,
    /// Somebody else may have the key.
    Compromised,
    /// The device or site is no longer in use.
    Retired,
}
