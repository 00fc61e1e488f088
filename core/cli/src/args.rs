//! What can be typed: commands, options, help. Never does anything with it.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::strings::help;

mod device;
mod exchange;
mod golive;
mod indicator;
mod nearby;
mod package;
mod person;
mod release;
mod review;
mod sim;
mod site;
mod support;
mod visit;

pub use device::{
    AuditCommand, DeviceAdd, DeviceClaim, DeviceCommand, DeviceHandOver, DeviceList, DeviceLost,
    DeviceMine, DeviceReturn, Papers, RolloutCommand,
};
pub use exchange::{ExchangeCommand, RevocationReason, SiteRole, WriteFile};
pub use golive::{
    ChartName, GoLiveAdoption, GoLiveCalendar, GoLiveChart, GoLiveCommand, GoLiveCompare,
    GoLiveDecide, GoLivePlan, GoLiveReadiness, Paper, PeriodName, PrintAgreement, PrintCommand,
    PrintLabels, PrintList, PrintReport,
};
pub use indicator::{IndicatorCommand, IndicatorShow, Validate};
pub use nearby::NearbyCommand;
pub use package::{MakePackage, PackageCommand};
pub use person::{
    EnrollmentCommand, EnrollmentContent, MaybeOf, Of, PersonCommand, PersonList, PersonSearch,
};
pub use release::{MakeRelease, MakeRoot, ReleaseCommand, RunningArguments};
pub use review::{ApprovalCommand, FileCommand, ReservedCommand, ReviewCommand, ReviewList};
pub use sim::{SimCommand, SimList, SimPut};
pub use site::{SiteCommand, SiteMode, SiteRestore, SiteSet, SiteWatch};
pub use support::{
    ImapMailbox, MailSecurity, SupportCommand, SupportEscalate, SupportFile, SupportIntake,
    SupportNotify, SupportQueue, SupportReport, SupportText,
};
pub use visit::{Family, NewVisit, RelationshipCommand, VisitCommand, VisitContent};

/// Capture DHIS2 data offline, keep it safe, bring it to the server.
#[derive(Debug, Parser)]
#[command(name = "outpost", version, after_long_help = help::TOP, max_term_width = 100)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Folder of the encrypted data [default: $OUTPOST_HOME, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Print one JSON document on stdout, also for errors
    #[arg(long, global = true)]
    pub json: bool,
    /// Print results only: no progress, no remarks
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Protect the keys with the passphrase in the first line of this file instead of key files
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in; offline it checks the password against the last sign-in on this device
    #[command(after_help = help::LOGIN)]
    Login(Login),
    /// Forget the password; captured work stays, encrypted
    #[command(after_help = help::LOGOUT)]
    Logout,
    /// What waits, what was refused, when the last sync was
    #[command(after_help = help::STATUS)]
    Status,
    /// Fetch forms, places and data from the server
    #[command(after_help = help::PULL)]
    Pull(Pull),
    /// Send what waits to the server
    #[command(after_help = help::PUSH)]
    Push,
    /// Send what waits, then fetch what is new
    #[command(after_help = help::SYNC)]
    Sync,
    /// List the forms you may see
    #[command(after_help = help::FORMS)]
    Forms,
    /// Look at one form
    #[command(subcommand)]
    Form(FormCommand),
    /// Enter and show data set reports
    #[command(subcommand)]
    Record(RecordCommand),
    /// Enter and show events
    #[command(subcommand)]
    Event(EventCommand),
    /// Register, find and show people
    #[command(subcommand)]
    Person(PersonCommand),
    /// Enrol people in programs, end that, hand people over
    #[command(subcommand)]
    Enrollment(EnrollmentCommand),
    /// Enter, plan and show the visits of people
    #[command(subcommand)]
    Visit(VisitCommand),
    /// Say who belongs to whom
    #[command(subcommand)]
    Relationship(RelationshipCommand),
    /// Show a person or household with everybody who is related
    #[command(after_help = crate::strings::visit::FAMILY)]
    Family(Family),
    /// Review what a team has entered
    #[command(subcommand)]
    Review(ReviewCommand),
    /// List what was sent back to you
    #[command(after_help = crate::strings::review::TASKS)]
    Tasks,
    /// Approve reports at the levels of DHIS2; needs network
    #[command(subcommand)]
    Approval(ApprovalCommand),
    /// List the devices of the team
    #[command(after_help = crate::strings::review::TEAM)]
    Team,
    /// Show your targets and how far you are
    #[command(after_help = crate::strings::review::TARGETS)]
    Targets,
    /// Keep and write out photos and documents
    #[command(subcommand)]
    File(FileCommand),
    /// Look at the numbers that are reserved for this device
    #[command(subcommand)]
    Reserved(ReservedCommand),
    /// List indicators, compute them from what lies on this device
    #[command(subcommand)]
    Indicator(IndicatorCommand),
    /// Check reports against the validation rules
    #[command(after_help = crate::strings::indicator::VALIDATE)]
    Validate(Validate),
    /// Take in a dataValueSets or tracker JSON file as if captured here
    #[command(after_help = help::IMPORT)]
    Import(Import),
    /// Exchange files with devices and sites without network, and receipts for them
    #[command(subcommand)]
    Exchange(Box<ExchangeCommand>),
    /// Exchange files with a tablet or phone in the same room, over Wi-Fi
    #[command(subcommand)]
    Nearby(NearbyCommand),
    /// Updates of the app and this tool: sign, carry, verify, offer
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Versions of the forms: issue, apply, push into a DHIS2, find what drifted
    #[command(subcommand)]
    Package(Box<PackageCommand>),
    /// A site with little or no network: its mode, inbox and outbox, health, backup
    #[command(subcommand)]
    Site(Box<SiteCommand>),
    /// Requests of users: who answers them, by when, and what that came to
    #[command(subcommand)]
    Support(Box<SupportCommand>),
    /// The metadata of a roll-out
    #[command(subcommand)]
    Rollout(RolloutCommand),
    /// Phones and tablets: from the box to a hand and back
    #[command(subcommand)]
    Device(Box<DeviceCommand>),
    /// SIM cards: in which phone each was since when, and what else became of it
    #[command(subcommand)]
    Sim(Box<SimCommand>),
    /// Going live: plan, calendar, readiness, parallel run, decision, first weeks
    #[command(subcommand, name = "golive")]
    GoLive(Box<GoLiveCommand>),
    /// Paper: labels, agreements, hand-over lists, go/no-go reports
    #[command(subcommand)]
    Print(Box<PrintCommand>),
    /// What waits to be sent, and what was refused
    #[command(after_help = help::OUTBOX, args_conflicts_with_subcommands = true)]
    Outbox(Outbox),
    /// What was changed here and on the server at once
    #[command(after_help = help::CONFLICTS, args_conflicts_with_subcommands = true)]
    Conflicts(Conflicts),
    /// The record of everything that was done here
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Run a DHIS2-compatible server for training, demonstrations and tests
    #[command(after_help = help::SANDBOX)]
    Sandbox(Box<Sandbox>),
    /// Check the health of the data, the disk, the clock and the versions
    #[command(after_help = help::DOCTOR)]
    Doctor,
}

/// `login`
#[derive(Debug, Args)]
pub struct Login {
    /// Address of the server, such as https://dhis2.example.org
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// User name; not needed with --token-stdin where there is network
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long, conflicts_with = "token_stdin")]
    pub password_stdin: bool,
    /// Read a personal access token from the first line of standard input
    #[arg(long)]
    pub token_stdin: bool,
    /// Allow an address without TLS (only for a server on this machine or a training network)
    #[arg(long)]
    pub allow_http: bool,
}

/// `pull`
#[derive(Debug, Args)]
pub struct Pull {
    /// Fetch forms and places only, no data
    #[arg(long)]
    pub metadata_only: bool,
}

/// `form …`
#[derive(Debug, Subcommand)]
pub enum FormCommand {
    /// Show the sections and questions of a data set or program
    #[command(after_help = help::FORM_SHOW)]
    Show {
        /// Data set or program: id, code or exact name
        form: String,
    },
    /// Fill a form in line by line on standard input; rules and indicators answer every line
    #[command(after_help = help::FORM_FILL)]
    Fill(Box<Fill>),
    /// List the events of a program that were begun and not saved
    #[command(after_help = help::FORM_DRAFTS)]
    Drafts {
        /// Program: id, code or exact name
        form: String,
    },
}

/// `form fill`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("form").required(true).args(["program", "data_set"])))]
pub struct Fill {
    /// Event program: id, code or exact name
    #[arg(long, value_name = "P")]
    pub program: Option<String>,
    /// Stage, if the program has more than one
    #[arg(long, value_name = "S", conflicts_with_all = ["data_set", "event"])]
    pub stage: Option<String>,
    /// An event to go on with, saved or a draft; without it a new one is begun
    #[arg(long, value_name = "ID", conflicts_with = "data_set")]
    pub event: Option<String>,
    /// When it happened: yyyy-mm-dd [default: today]
    #[arg(long, value_name = "DATE", conflicts_with = "data_set")]
    pub occurred: Option<String>,
    /// Data set: id, code or exact name
    #[arg(long, value_name = "DS", requires = "period")]
    pub data_set: Option<String>,
    /// Period of the report, such as 202609, 2026W35, 2026Q3
    #[arg(long, value_name = "P", conflicts_with = "program")]
    pub period: Option<String>,
    /// Organisation unit: id, code or exact name
    #[arg(long, value_name = "OU", required_unless_present = "event", conflicts_with = "event")]
    pub org_unit: Option<String>,
    /// Attribute option combo, where the form is split: id, code or exact name
    #[arg(long, value_name = "AOC")]
    pub attribute_option_combo: Option<String>,
}

/// Which report.
#[derive(Debug, Args)]
pub struct Slice {
    /// Data set: id, code or exact name
    #[arg(long, value_name = "DS")]
    pub data_set: String,
    /// Period, such as 202609, 2026W35, 2026Q3
    #[arg(long, value_name = "P")]
    pub period: String,
    /// Organisation unit: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: String,
    /// Attribute option combo, where the form is split: id, code or exact name
    #[arg(long, value_name = "AOC")]
    pub attribute_option_combo: Option<String>,
}

/// `record …`
#[derive(Debug, Subcommand)]
pub enum RecordCommand {
    /// Enter values: DE=VALUE or DE.COC=VALUE; an empty VALUE clears the cell
    #[command(after_help = help::RECORD_SET)]
    Set {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
        /// Values; ids, codes or exact names
        #[arg(value_name = "DE[.COC]=VALUE")]
        values: Vec<String>,
        /// Add a comment to a cell: DE[.COC]=TEXT; an empty TEXT removes it
        #[arg(long = "comment", value_name = "DE[.COC]=TEXT")]
        comments: Vec<String>,
        /// Mark a cell for follow-up: DE[.COC]=yes or no
        #[arg(long = "follow-up", value_name = "DE[.COC]=yes|no")]
        follow_ups: Vec<String>,
    },
    /// Show a report with its values and problems
    #[command(after_help = help::RECORD_SHOW)]
    Show {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
    /// List what speaks against a report: validation rules that do not hold, what is missing
    #[command(after_help = help::RECORD_CHECK)]
    Check {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
    /// Mark a report as complete
    #[command(after_help = help::RECORD_COMPLETE)]
    Complete {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
    /// Open a completed report again
    #[command(after_help = help::RECORD_INCOMPLETE)]
    Incomplete {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
}

/// What an event holds besides its program.
#[derive(Debug, Args)]
pub struct EventContent {
    /// Attribute option combo, where the program is split: id, code or exact name
    #[arg(long, value_name = "AOC")]
    pub attribute_option_combo: Option<String>,
    /// Place on the map as GeoJSON
    #[arg(long, value_name = "GEOJSON")]
    pub geometry: Option<String>,
    /// Add a note
    #[arg(long = "note", value_name = "TEXT")]
    pub notes: Vec<String>,
    /// Mark the event as complete
    #[arg(long)]
    pub complete: bool,
    /// Answers; ids, codes or exact names
    #[arg(value_name = "DE=VALUE")]
    pub values: Vec<String>,
}

/// `event …`
#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Enter an event
    #[command(after_help = help::EVENT_ADD)]
    Add {
        /// Program: id, code or exact name
        #[arg(long, value_name = "P")]
        program: String,
        /// Stage, if the program has more than one
        #[arg(long, value_name = "S")]
        stage: Option<String>,
        /// Organisation unit: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: String,
        /// When it happened: yyyy-mm-dd
        #[arg(long, value_name = "DATE")]
        occurred: String,
        /// The rest.
        #[command(flatten)]
        content: EventContent,
    },
    /// Change an event; an empty VALUE clears an answer
    #[command(after_help = help::EVENT_SET)]
    Set {
        /// Id of the event
        id: String,
        /// When it happened: yyyy-mm-dd
        #[arg(long, value_name = "DATE")]
        occurred: Option<String>,
        /// The rest.
        #[command(flatten)]
        content: EventContent,
    },
    /// Mark an event as complete
    #[command(after_help = help::EVENT_COMPLETE)]
    Complete {
        /// Id of the event
        id: String,
    },
    /// Delete an event, here and with the next sync on the server
    #[command(after_help = help::EVENT_DELETE)]
    Delete {
        /// Id of the event
        id: String,
    },
    /// List events, newest first
    #[command(after_help = help::EVENT_LIST)]
    List(EventList),
    /// Show one event with its answers
    #[command(after_help = help::EVENT_SHOW)]
    Show {
        /// Id of the event
        id: String,
    },
}

/// `event list`
#[derive(Debug, Args)]
pub struct EventList {
    /// Program: id, code or exact name
    #[arg(long, value_name = "P")]
    pub program: String,
    /// Only this organisation unit: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: Option<String>,
    /// Only from this day on: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only up to this day: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Only active or completed ones
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Only with these words in an answer
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
}

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// The file, or - for standard input
    pub file: PathBuf,
}

/// `outbox …`
#[derive(Debug, Args)]
pub struct Outbox {
    /// What to do; a list without it
    #[command(subcommand)]
    pub command: Option<OutboxCommand>,
    /// Only rows of this state: waiting, sending, refused, conflict, held
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
}

/// `outbox` commands.
#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// Show one row with the server's report
    Show {
        /// Number of the row
        id: i64,
    },
    /// Send a refused row again
    Retry {
        /// Number of the row
        id: i64,
    },
    /// Give up a row for ever; the journal keeps it with your reason
    Discard {
        /// Number of the row
        id: i64,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// `conflicts …`
#[derive(Debug, Args)]
pub struct Conflicts {
    /// What to do; a list without it
    #[command(subcommand)]
    pub command: Option<ConflictCommand>,
}

/// Whose version stays.
#[derive(Debug, Clone, Copy, ValueEnum, PartialEq, Eq)]
pub enum Keep {
    /// What was entered here.
    Mine,
    /// What the server holds.
    Theirs,
}

/// `conflicts` commands.
#[derive(Debug, Subcommand)]
pub enum ConflictCommand {
    /// Show both versions
    Show {
        /// Number of the row
        id: i64,
    },
    /// Decide which version stays; the other one stays in the journal
    Resolve {
        /// Number of the row
        id: i64,
        /// Whose version stays
        #[arg(long, value_enum)]
        keep: Keep,
        /// Decide differently for one field: FIELD=mine or FIELD=theirs
        #[arg(long = "field", value_name = "FIELD=mine|theirs")]
        fields: Vec<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// `journal …`
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Check that nothing in the journal was changed or taken out
    #[command(after_help = help::JOURNAL)]
    Verify,
    /// Show the last entries
    #[command(after_help = help::JOURNAL)]
    Show {
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
}

/// `sandbox`
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Metadata package as DHIS2 exports it; may be given more than once
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub metadata: Vec<PathBuf>,
    /// Port on this machine; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// Folder of the server's data [default: in memory, gone at the end]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A person who may sign in; organisation units by id
    #[arg(long = "user", value_name = "NAME:PASSWORD[:OU,…]")]
    pub users: Vec<String>,
    /// People in a file, one a line in the form of --user; a leading * makes a superuser
    #[arg(long = "users", value_name = "FILE")]
    pub users_file: Option<PathBuf>,
    /// Version that the server claims
    #[arg(long, value_name = "V", default_value = "2.42.4")]
    pub version: String,
    /// Trouble to play, NAME=VALUE such as latencyMs=200, status=503, loseAnswer=true, count=3
    #[arg(long = "fault", value_name = "NAME=VALUE")]
    pub faults: Vec<String>,
}
