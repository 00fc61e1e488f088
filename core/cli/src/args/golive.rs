//! `golive …` and `print …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::strings::golive as help;

/// `golive …`
#[derive(Debug, Subcommand)]
pub enum GoLiveCommand {
    /// Plan a site, or say what becomes of a system or process there
    #[command(after_help = help::PLAN)]
    Plan(Box<GoLivePlan>),
    /// List the planned sites with their lights
    #[command(after_help = help::LIST)]
    List,
    /// Show the calendar of a site with what speaks against its day, or add to it
    #[command(after_help = help::CALENDAR)]
    Calendar(GoLiveCalendar),
    /// Show what is missing at a site, or write down how far a check has come
    #[command(after_help = help::READINESS)]
    Readiness(GoLiveReadiness),
    /// Compare the register's totals with the app's own, with the records behind each difference
    #[command(after_help = help::COMPARE)]
    Compare(Box<GoLiveCompare>),
    /// Write down go, no-go, cut-over or its reversal
    #[command(after_help = help::DECIDE)]
    Decide(GoLiveDecide),
    /// Show everything that is known about a site
    #[command(after_help = help::REPORT)]
    Report {
        /// Name, id or place of the site
        site: String,
    },
    /// Show the first weeks: who has synchronised, who has not, what was refused
    #[command(after_help = help::ADOPTION)]
    Adoption(GoLiveAdoption),
    /// Draw a chart as SVG or PNG
    #[command(after_help = help::CHART)]
    Chart(GoLiveChart),
}

/// `golive plan`
#[derive(Debug, Args)]
pub struct GoLivePlan {
    /// The place
    #[arg(long, value_name = "PLACE")]
    pub site: String,
    /// Day of going live, from today on: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// The site is live since that day, which may have passed
    #[arg(long, requires = "on")]
    pub already_live: bool,
    /// Days after it that the calendar keeps free
    #[arg(long, value_name = "N")]
    pub settle_days: Option<i32>,
    /// A system or process that is there
    #[arg(long, value_name = "TEXT", requires = "choice")]
    pub what: Option<String>,
    /// parallel or replace (systems); eliminate, replicate or duplicate (processes); with --reason
    #[arg(long, value_name = "CHOICE", requires_all = ["what", "reason"])]
    pub choice: Option<String>,
    /// Last day beside the app, which parallel needs: yyyy-mm-dd
    #[arg(long, value_name = "DATE", requires = "what")]
    pub until: Option<String>,
    /// Who compares, which parallel needs
    #[arg(long, value_name = "NAME", requires = "what")]
    pub compares: Option<String>,
    /// Who decided [default: whoever is signed in]
    #[arg(long, value_name = "NAME", requires = "what")]
    pub by: Option<String>,
    /// Why it was decided so
    #[arg(long, value_name = "TEXT", requires = "what")]
    pub reason: Option<String>,
}

/// `golive calendar`
#[derive(Debug, Args)]
pub struct GoLiveCalendar {
    /// Name, id or place of the site
    pub site: String,
    /// What is added
    #[arg(long, value_name = "TEXT", requires_all = ["sort", "from"])]
    pub what: Option<String>,
    /// holiday, campaign, reporting, away or support
    #[arg(long, value_name = "SORT", requires = "what")]
    pub sort: Option<String>,
    /// First day: yyyy-mm-dd
    #[arg(long, value_name = "DATE", requires = "what")]
    pub from: Option<String>,
    /// Last day: yyyy-mm-dd [default: the first]
    #[arg(long, value_name = "DATE", requires = "what")]
    pub to: Option<String>,
}

/// `golive readiness`
#[derive(Debug, Args)]
pub struct GoLiveReadiness {
    /// Name, id or place of the site
    pub site: String,
    /// devices, agreements, accounts, training, first_sync, metadata or support_contact
    #[arg(long, value_name = "CHECK", requires_all = ["done", "of"])]
    pub check: Option<String>,
    /// So many are done …
    #[arg(long, value_name = "N", requires = "check")]
    pub done: Option<u64>,
    /// … of so many
    #[arg(long, value_name = "N", requires = "check")]
    pub of: Option<u64>,
    /// Who or what is missing
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub missing: String,
}

/// Which period a day belongs to.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PeriodName {
    /// ISO weeks
    Week,
    /// Months
    Month,
}

/// `golive compare`
#[derive(Debug, Args)]
pub struct GoLiveCompare {
    /// Name, id or place of the site
    pub site: String,
    /// Table of the register or old system: date or period, what, and key or total
    #[arg(long, value_name = "FILE")]
    pub register: PathBuf,
    /// Event program whose records are the app's own cases
    #[arg(long, value_name = "PROGRAM", conflicts_with = "app", required_unless_present = "app")]
    pub program: Option<String>,
    /// What the register calls that which the program counts [default: the one thing it tells of]
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub what: String,
    /// Question whose answer is the key by which the register knows a case
    #[arg(long, value_name = "QUESTION")]
    pub key: Option<String>,
    /// A table of the app's side instead, with the same columns
    #[arg(long, value_name = "FILE")]
    pub app: Option<PathBuf>,
    /// Periods to which days belong
    #[arg(long, value_enum, default_value = "week")]
    pub by: PeriodName,
    /// So many of the latest periods must agree before it is safe to stop
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub periods: usize,
    /// By how much a total may differ
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub tolerance: i64,
    /// Write the totals down at the site
    #[arg(long)]
    pub keep: bool,
}

/// `golive decide`
#[derive(Debug, Args)]
pub struct GoLiveDecide {
    /// Name, id or place of the site
    pub site: String,
    /// go, no-go, cut-over or reversed
    pub verdict: String,
    /// Who decides [default: whoever is signed in]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Go on although something speaks against it; it is written down with the reason
    #[arg(long)]
    pub all_the_same: bool,
}

/// `golive adoption`
#[derive(Debug, Args)]
pub struct GoLiveAdoption {
    /// Who has not synchronised for so many days is silent; with --by-day: so many days, up to today
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub days: i32,
    /// Show each day: who synchronised of those who had a device, what was asked of support, what was
    /// refused
    #[arg(long)]
    pub by_day: bool,
    /// Only this site: its name, id or place
    #[arg(long, value_name = "SITE", requires = "by_day")]
    pub site: Option<String>,
    /// Write it as CSV
    #[arg(long, value_name = "FILE", requires = "by_day")]
    pub csv: Option<PathBuf>,
}

/// Charts that can be drawn.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ChartName {
    /// Totals of the register and the app by period (lines)
    Comparison,
    /// Devices that have and have not synchronised by site (bars); of one site by day with --by-day
    Adoption,
    /// Checks that are green, amber and red by site (bars)
    Readiness,
}

/// `golive chart`
#[derive(Debug, Args)]
pub struct GoLiveChart {
    /// What is drawn
    #[arg(value_enum)]
    pub chart: ChartName,
    /// Name, id or place of the site, for a comparison and for adoption by day
    #[arg(long, value_name = "SITE")]
    pub site: Option<String>,
    /// What is counted, for a comparison [default: the first]
    #[arg(long, value_name = "TEXT")]
    pub what: Option<String>,
    /// Adoption day by day: devices, support requests and refused records of a site
    #[arg(long, requires = "site")]
    pub by_day: bool,
    /// So many days up to today, for adoption
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub days: i32,
    /// Where it is written: a name that ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Language of the words around it: en, fr, ar
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub language: String,
}

/// `print …`
#[derive(Debug, Subcommand)]
pub enum PrintCommand {
    /// Labels for phones and boxes, with codes
    #[command(after_help = help::LABELS)]
    Labels(Box<PrintLabels>),
    /// Agreements in two numbered copies
    #[command(after_help = help::AGREEMENT)]
    Agreement(Box<PrintAgreement>),
    /// The hand-over list of each district
    #[command(after_help = help::HAND_OVER_LIST)]
    HandOverList(PrintList),
    /// The go/no-go report of a site
    #[command(after_help = help::GO_NO_GO)]
    GoNoGo(PrintReport),
}

/// What every document takes.
#[derive(Debug, Args)]
pub struct Paper {
    /// Where it is written: a name that ends in .pdf, or in .svg for one label. A file of that name is replaced
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Language: en, fr, ar
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub language: String,
    /// A font for letters that the carried ones lack (TrueType or OpenType)
    #[arg(long = "font", value_name = "FILE")]
    pub fonts: Vec<PathBuf>,
}

/// `print labels`
#[derive(Debug, Args)]
pub struct PrintLabels {
    /// Numbers, serial numbers or IMEIs of devices [default: all that are listed]
    #[arg(value_name = "DEVICE")]
    pub devices: Vec<String>,
    /// Only devices of this place
    #[arg(long, value_name = "PLACE")]
    pub org_unit: Option<String>,
    /// L7160, L7163, tape-62 or tape-24
    #[arg(long, value_name = "LABELS", default_value = "L7160")]
    pub stock: String,
    /// Error correction of the code: q or h
    #[arg(long, value_name = "LEVEL", default_value = "h")]
    pub correction: String,
    /// First free label of the first sheet
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub begin_at: usize,
    /// Thin lines around labels, for plain paper
    #[arg(long)]
    pub cut_lines: bool,
    /// Leave the health worker and the phone number out
    #[arg(long)]
    pub hide_names: bool,
    /// Who prints [default: whoever is signed in]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// What every document takes.
    #[command(flatten)]
    pub paper: Paper,
}

/// `print agreement`
#[derive(Debug, Args)]
pub struct PrintAgreement {
    /// Numbers, serial numbers or IMEIs of devices
    #[arg(value_name = "DEVICE", required = true)]
    pub devices: Vec<String>,
    /// Text of the project instead of the carried one; see --help
    #[arg(long, value_name = "FILE", requires = "text_version")]
    pub text: Option<PathBuf>,
    /// What the project calls this version of its text
    #[arg(long, value_name = "VERSION")]
    pub text_version: Option<String>,
    /// Supervisor who hands over
    #[arg(long, value_name = "NAME", default_value = "")]
    pub supervisor: String,
    /// Name of the programme
    #[arg(long, value_name = "NAME", default_value = "")]
    pub programme: String,
    /// What every document takes.
    #[command(flatten)]
    pub paper: Paper,
}

/// `print hand-over-list`
#[derive(Debug, Args)]
pub struct PrintList {
    /// Only devices of this place
    #[arg(long, value_name = "PLACE")]
    pub org_unit: Option<String>,
    /// Who hands over
    #[arg(long, value_name = "NAME", default_value = "")]
    pub by: String,
    /// What every document takes.
    #[command(flatten)]
    pub paper: Paper,
}

/// `print go-no-go`
#[derive(Debug, Args)]
pub struct PrintReport {
    /// Name, id or place of the site
    pub site: String,
    /// What every document takes.
    #[command(flatten)]
    pub paper: Paper,
}
