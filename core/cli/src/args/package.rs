//! `package …`: versions of the metadata, from the centre to every site.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use crate::strings::package as help;

/// `package …`
#[derive(Debug, Subcommand)]
pub enum PackageCommand {
    /// Issue the next version of a set (a centre only)
    #[command(after_help = help::MAKE)]
    Make(MakePackage),
    /// Check every byte of a package, then show what it holds and what it is to this device
    #[command(after_help = help::SHOW)]
    Show {
        /// The package
        file: PathBuf,
    },
    /// Check every byte of a package against the signature of the centre
    #[command(after_help = help::VERIFY)]
    Verify {
        /// The package
        file: PathBuf,
    },
    /// Bring this device to the version of a package, all of it or nothing
    #[command(after_help = help::APPLY)]
    Apply {
        /// The package
        file: PathBuf,
        /// Say what would be done and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Bring the DHIS2 of this account to the version of a package, all of it or nothing
    #[command(after_help = help::PUSH)]
    Push {
        /// The package
        file: PathBuf,
        /// Let the server check it and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Name what differs here from the centre's version, and what of it stops data from moving up
    #[command(after_help = help::DRIFT)]
    Drift {
        /// The package; with the whole set in it everything is compared
        file: PathBuf,
        /// Compare the DHIS2 of this account instead of this device
        #[arg(long)]
        server: bool,
    },
}

/// `package make`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("source").required(true).args(["from_server", "from_json"])))]
pub struct MakePackage {
    /// Name of the set
    #[arg(long, value_name = "NAME")]
    pub set: String,
    /// What people call this version [default: its number]
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// Lead on from the version of this package [default: from the one before]
    #[arg(long, value_name = "FILE", conflicts_with = "full")]
    pub base: Option<PathBuf>,
    /// Put the whole set in
    #[arg(long)]
    pub full: bool,
    /// Where the package is written: a file, or a folder
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Take the objects from the server of this account
    #[arg(long)]
    pub from_server: bool,
    /// Take the objects from a metadata export
    #[arg(long, value_name = "FILE")]
    pub from_json: Option<PathBuf>,
}
