//! `support …`: requests of users, who answers them and by when.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use crate::strings::support as help;

/// `support …`
#[derive(Debug, Subcommand)]
pub enum SupportCommand {
    /// File a request: your own, or one that came by telephone
    #[command(after_help = help::FILE)]
    File(Box<SupportFile>),
    /// List requests, the most pressing first
    #[command(after_help = help::QUEUE)]
    Queue(SupportQueue),
    /// Show one request with both clocks and everything that happened
    #[command(after_help = help::SHOW)]
    Show {
        /// Id of the request
        id: String,
    },
    /// Say that you take care of it; stops the clock
    #[command(after_help = help::ACKNOWLEDGE)]
    Acknowledge {
        /// Id of the request
        id: String,
    },
    /// Answer, or add to your own request
    #[command(after_help = help::REPLY)]
    Reply(SupportText),
    /// Write down something for the team alone; stops no clock
    #[command(after_help = help::NOTE)]
    Note(SupportText),
    /// Ask the user and wait; the clock stands still until they answer
    #[command(after_help = help::WAIT)]
    Wait(SupportText),
    /// Write down what the user said by telephone; a clock that stood still goes on
    #[command(after_help = help::ANSWERED)]
    Answered(SupportText),
    /// Go on without waiting for the user any longer
    #[command(after_help = help::GO_ON)]
    GoOn {
        /// Id of the request
        id: String,
    },
    /// Close it as solved
    #[command(after_help = help::RESOLVE)]
    Resolve(SupportText),
    /// Close it as no request
    #[command(after_help = help::INVALID)]
    Invalid(SupportText),
    /// Open it again
    #[command(after_help = help::REOPEN)]
    Reopen(SupportText),
    /// Hand it to a higher tier with the reason, or write down what the limits have moved
    #[command(after_help = help::ESCALATE)]
    Escalate(SupportEscalate),
    /// How many were answered in time, how long it took, what is left
    #[command(after_help = help::REPORT)]
    Report(SupportReport),
    /// Answers to the ten most common problems, without network
    #[command(after_help = help::ANSWERS)]
    Answers {
        /// Only this problem, such as NOT_SENDING
        #[arg(long, value_name = "CODE")]
        problem: Option<String>,
        /// Language: en, fr or ar; in another one the answers are in English
        #[arg(long, value_name = "LANGUAGE", default_value = "en")]
        language: String,
    },
    /// Whom to call
    #[command(after_help = help::CONTACT)]
    Contact {
        /// Organisation unit: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: String,
    },
    /// Take in e-mails: each is a request, more about one, or a machine's answer
    #[command(after_help = help::INTAKE)]
    Intake(SupportIntake),
    /// Show or set tiers, limits, working hours and contacts of the project
    #[command(after_help = help::SETTINGS)]
    Settings {
        /// A JSON document to set, or - for standard input
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
        /// Only on this device, where there is no network
        #[arg(long, requires = "set")]
        here: bool,
    },
    /// Tell contacts and users by e-mail or webhook what came, what warns and what was answered
    #[command(after_help = help::NOTIFY)]
    Notify(Box<SupportNotify>),
    /// Mirror requests into the messages of DHIS2
    #[command(after_help = help::MIRROR)]
    Mirror {
        /// Ids of the requests; without them every open one
        ids: Vec<String>,
    },
}

/// `support file`
#[derive(Debug, Args)]
pub struct SupportFile {
    /// Place of the user: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: String,
    /// In one line
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// In the user's words
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub text: String,
    /// What it is about, such as NOT_SENDING; see `outpost support answers`
    #[arg(long, value_name = "CODE", default_value = "OTHER")]
    pub problem: String,
    /// Work stands still until it is solved
    #[arg(long)]
    pub urgent: bool,
    /// Number of the device's box [default: this device]
    #[arg(long, value_name = "NUMBER")]
    pub device: Option<String>,
    /// ICCID of the SIM card
    #[arg(long, value_name = "ICCID")]
    pub sim: Option<String>,
    /// Id of the form
    #[arg(long, value_name = "ID")]
    pub form: Option<String>,
    /// The failed synchronisation, as the outbox names it
    #[arg(long, value_name = "NAME")]
    pub batch: Option<String>,
    /// Code of the error that was shown
    #[arg(long, value_name = "CODE")]
    pub error: Option<String>,
    /// Leave out what the device tells of itself
    #[arg(long)]
    pub no_diagnostics: bool,
    /// File it although an open request is about the same trouble
    #[arg(long)]
    pub anyway: bool,
    /// Somebody called: their name
    #[arg(long, value_name = "NAME")]
    pub caller: Option<String>,
    /// The number from which they called
    #[arg(long, value_name = "NUMBER", requires = "caller")]
    pub phone: Option<String>,
    /// When they called, like 2026-11-30T08:15+02:00 [default: now]
    #[arg(long, value_name = "TIME", requires = "caller", conflicts_with = "minutes_ago")]
    pub called_at: Option<String>,
    /// So many minutes ago they called
    #[arg(long, value_name = "N", requires = "caller")]
    pub minutes_ago: Option<u32>,
}

/// `support queue`
#[derive(Debug, Args)]
pub struct SupportQueue {
    /// Only what this tier has now
    #[arg(long, value_name = "N")]
    pub tier: Option<u8>,
    /// Only of this place and those below: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: Option<String>,
    /// Only about this problem
    #[arg(long, value_name = "CODE")]
    pub problem: Option<String>,
    /// Closed ones, the latest first
    #[arg(long)]
    pub closed: bool,
    /// Only your own
    #[arg(long, conflicts_with_all = ["tier", "org_unit", "problem", "closed"])]
    pub mine: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
}

/// A request and words.
#[derive(Debug, Args)]
pub struct SupportText {
    /// Id of the request
    pub id: String,
    /// What you say
    #[arg(long, value_name = "TEXT")]
    pub text: String,
}

/// `support escalate`
#[derive(Debug, Args)]
pub struct SupportEscalate {
    /// Id of the request
    #[arg(required_unless_present = "due")]
    pub id: Option<String>,
    /// To this tier; a tier in between is skipped
    #[arg(long, value_name = "N", required_unless_present = "due")]
    pub to: Option<u8>,
    /// Why
    #[arg(long, value_name = "TEXT", required_unless_present = "due")]
    pub reason: Option<String>,
    /// Write down the moves that the limits have made, so that DHIS2 shows them
    #[arg(long, conflicts_with_all = ["id", "to", "reason"])]
    pub due: bool,
}

/// `support report`
#[derive(Debug, Args)]
pub struct SupportReport {
    /// Received from this day on: yyyy-mm-dd (UTC)
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Received up to this day: yyyy-mm-dd (UTC)
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Level of the organisation units that count as districts
    #[arg(long, value_name = "N")]
    pub district_level: Option<u8>,
    /// Write it as CSV; a file of that name is replaced
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw it: a name that ends in .svg or .png; a file of that name is replaced
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// Language of the words around the chart: en, fr, ar
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub language: String,
}

/// Where e-mails can be taken from.
const SOURCES: [&str; 3] = ["eml", "mbox", "imap"];

/// `support intake`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).multiple(true).args(SOURCES))]
pub struct SupportIntake {
    /// An e-mail as a file; may be given more than once
    #[arg(long = "eml", value_name = "FILE")]
    pub eml: Vec<PathBuf>,
    /// A mailbox file (mbox)
    #[arg(long, value_name = "FILE")]
    pub mbox: Option<PathBuf>,
    /// A mailbox on a server
    #[command(flatten)]
    pub mailbox: ImapMailbox,
    /// Place under which requests of unknown users are filed: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: String,
}

/// A mailbox on a server.
#[derive(Debug, Args)]
pub struct ImapMailbox {
    /// Mail server whose mailbox is read: host or host:port
    #[arg(long, value_name = "HOST", requires = "imap_user")]
    pub imap: Option<String>,
    /// User name there; the password is the first line of standard input
    #[arg(long, value_name = "NAME", requires = "imap")]
    pub imap_user: Option<String>,
    /// Folder of the mailbox
    #[arg(long, value_name = "NAME", default_value = "INBOX", requires = "imap")]
    pub imap_folder: String,
    /// Encryption to the mail server
    #[arg(long, value_enum, default_value_t = MailSecurity::Tls, requires = "imap")]
    pub imap_security: MailSecurity,
    /// Certificates (PEM) of a private authority for the mail server
    #[arg(long, value_name = "FILE", requires = "imap")]
    pub imap_ca: Option<PathBuf>,
}

/// `support notify`
#[derive(Debug, Args)]
pub struct SupportNotify {
    /// Show what would be told, tell nobody
    #[arg(long)]
    pub dry_run: bool,
    /// Post each notice as JSON to this address
    #[arg(long, value_name = "URL")]
    pub webhook: Option<String>,
    /// Allow a webhook without TLS (only on this machine or in a training network)
    #[arg(long, requires = "webhook")]
    pub allow_http: bool,
    /// Mail server: host or host:port
    #[arg(long, value_name = "HOST", requires = "from")]
    pub smtp: Option<String>,
    /// Address from which e-mails come
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// User name at the mail server; the password is the first line of standard input
    #[arg(long, value_name = "NAME", requires = "smtp")]
    pub smtp_user: Option<String>,
    /// Encryption to the mail server
    #[arg(long, value_enum, default_value_t = MailSecurity::Starttls, requires = "smtp")]
    pub smtp_security: MailSecurity,
    /// Certificates (PEM) of a private authority for the mail server
    #[arg(long, value_name = "FILE", requires = "smtp")]
    pub smtp_ca: Option<PathBuf>,
}

/// How the connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MailSecurity {
    /// From the start (port 465).
    Tls,
    /// After a plain greeting, and never without (port 587).
    Starttls,
    /// Not at all: a mail server on this machine.
    None,
}
