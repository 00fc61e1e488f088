//! `release …`: updates of the app and the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::strings::release as help;

/// `release …`
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// List the keys that sign releases or roots and are held here, or make one
    #[command(after_help = help::KEYS)]
    Keys {
        /// Make a key of this name
        #[arg(long, value_name = "NAME")]
        new: Option<String>,
    },
    /// Write the next root: who may sign releases, and who may sign the next root
    #[command(after_help = help::ROOT)]
    Root(MakeRoot),
    /// Write the next release, for others to sign
    #[command(after_help = help::MAKE)]
    Make(Box<MakeRelease>),
    /// Sign a root or a release with a key that is held here
    #[command(after_help = help::SIGN)]
    Sign {
        /// The root or release; signatures lie beside it with .minisig at the end
        file: PathBuf,
        /// The key, or its name
        #[arg(long, value_name = "KEY")]
        key: String,
    },
    /// Put the file together that travels
    #[command(after_help = help::PUBLISH)]
    Publish {
        /// The signed release
        release: PathBuf,
        /// All roots, from the first
        #[arg(long = "root", value_name = "FILE", required = true, num_args = 1..)]
        roots: Vec<PathBuf>,
        /// Packages that travel with it
        #[arg(long = "package", value_name = "FILE", num_args = 1..)]
        packages: Vec<PathBuf>,
        /// Where the file is written
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Verify a release file and keep its packages
    #[command(after_help = help::TAKE_IN)]
    TakeIn {
        /// The file
        file: PathBuf,
        /// The thirty digits of its root, as the centre published them; needed the first time
        #[arg(long, value_name = "DIGITS")]
        fingerprint: Option<String>,
        /// What runs
        #[command(flatten)]
        running: RunningArguments,
    },
    /// Show what is known of releases here
    #[command(after_help = help::STATUS)]
    Status {
        /// What runs
        #[command(flatten)]
        running: RunningArguments,
    },
    /// Say what may be installed, with the path of the verified package
    #[command(after_help = help::OFFER)]
    Offer {
        /// What runs
        #[command(flatten)]
        running: RunningArguments,
    },
}

/// What runs on this device.
#[derive(Debug, Args)]
pub struct RunningArguments {
    /// The product
    #[arg(long, value_name = "NAME", default_value = "cli")]
    pub product: String,
    /// Its platform [default: that of this tool]
    #[arg(long, value_name = "NAME")]
    pub platform: Option<String>,
    /// Version code that runs [default: that of this tool]
    #[arg(long, value_name = "N")]
    pub running: Option<u64>,
}

/// `release root`
#[derive(Debug, Args)]
pub struct MakeRoot {
    /// Cards of the keys that sign roots: texts, or files with them
    #[arg(long = "root-key", value_name = "CARD", required = true, num_args = 1..)]
    pub root_keys: Vec<String>,
    /// How many of them must sign
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub root_threshold: usize,
    /// Cards of the keys that sign releases: texts, or files with them
    #[arg(long = "release-key", value_name = "CARD", required = true, num_args = 1..)]
    pub release_keys: Vec<String>,
    /// How many of them must sign
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub release_threshold: usize,
    /// When the next root is due: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub expires: String,
    /// The roots before it, from the first
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub after: Vec<PathBuf>,
    /// Where it is written
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `release make`
#[derive(Debug, Args)]
pub struct MakeRelease {
    /// Number of the root under which it is signed
    #[arg(long, value_name = "N")]
    pub root: u64,
    /// From when on people are told that a newer one should have come: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub fresh_until: String,
    /// The release before; its other products go on
    #[arg(long, value_name = "FILE")]
    pub before: Option<PathBuf>,
    /// The product
    #[arg(long, value_name = "NAME")]
    pub product: String,
    /// Its version code; only ever higher
    #[arg(long, value_name = "N")]
    pub code: u64,
    /// What people call the version
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// Lowest version code that may still run
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub floor: u64,
    /// Per cent of all sites whose turn it is
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub percent: u8,
    /// Keys of sites whose turn it is in any case
    #[arg(long = "site", value_name = "KEY", num_args = 1..)]
    pub sites: Vec<String>,
    /// Packages as platform=file
    #[arg(long = "package", value_name = "PLATFORM=FILE", required = true, num_args = 1..)]
    pub packages: Vec<String>,
    /// Where it is written
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}
