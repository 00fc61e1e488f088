//! What a supervisor does: review, approval, the team; and what a device keeps: files, reserved values.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::Slice;
use crate::strings::review as help;

/// `review …`
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// List visits, events and enrolments with their state of review
    #[command(after_help = help::LIST)]
    List(ReviewList),
    /// Send a record back to its author with what is to be corrected
    #[command(after_help = help::SEND_BACK)]
    SendBack {
        /// Id of the visit, event or enrolment
        id: String,
        /// What is to be corrected
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Say that a record was looked at
    #[command(after_help = help::OK)]
    Ok {
        /// Id of the visit, event or enrolment
        id: String,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
    },
    /// Make a record final
    #[command(after_help = help::APPROVE)]
    Approve {
        /// Id of the visit, event or enrolment
        id: String,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
    },
    /// Answer that a record sent back was corrected
    #[command(after_help = help::CORRECTED)]
    Corrected {
        /// Id of the visit, event or enrolment
        id: String,
        /// A remark
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
    },
}

/// `review list`
#[derive(Debug, Args)]
pub struct ReviewList {
    /// Program, with or without registration: id, code or exact name
    #[arg(long, value_name = "P")]
    pub program: String,
    /// Only this stage: id or exact name
    #[arg(long, value_name = "S")]
    pub stage: Option<String>,
    /// Only this organisation unit: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: Option<String>,
    /// Only new, reviewed, sent-back, corrected or approved ones; may be given more than once
    #[arg(long = "state", value_name = "STATE")]
    pub states: Vec<String>,
    /// Only completed ones
    #[arg(long)]
    pub completed: bool,
    /// Only from this day on: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only up to this day: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
}

/// `approval …`
#[derive(Debug, Subcommand)]
pub enum ApprovalCommand {
    /// Ask the server where a report stands and what you may do
    #[command(after_help = help::APPROVAL_SHOW)]
    Show {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
    /// Approve a report
    #[command(after_help = help::APPROVAL_APPROVE)]
    Approve {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
    /// Take the approval of a report back
    #[command(after_help = help::APPROVAL_UNAPPROVE)]
    Unapprove {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
    /// Accept what a level below approved
    #[command(after_help = help::APPROVAL_ACCEPT)]
    Accept {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
    /// Take the acceptance back
    #[command(after_help = help::APPROVAL_UNACCEPT)]
    Unaccept {
        /// Which report.
        #[command(flatten)]
        slice: Slice,
    },
}

/// `file …`
#[derive(Debug, Subcommand)]
pub enum FileCommand {
    /// Keep a file, encrypted; its id is the value of the question that asks for it
    #[command(after_help = help::FILE_ADD)]
    Add {
        /// The file
        path: PathBuf,
        /// MIME type [default: by the name's ending]
        #[arg(long = "type", value_name = "MIME")]
        content_type: Option<String>,
        /// Answer a question of this visit or event with it
        #[arg(long, value_name = "ID", requires = "question")]
        event: Option<String>,
        /// The question: id, code or exact name
        #[arg(long, value_name = "DE", requires = "event")]
        question: Option<String>,
    },
    /// Write a file out; one that is only on the server is fetched
    #[command(after_help = help::FILE_GET, group(
        ArgGroup::new("holder").multiple(false).args(["event", "person"])
    ))]
    Get {
        /// Id of the file
        id: String,
        /// Where to write it
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
        /// Fetch it as the answer of this visit or event
        #[arg(long, value_name = "ID", requires = "question")]
        event: Option<String>,
        /// The question of the event
        #[arg(long, value_name = "DE", requires = "event")]
        question: Option<String>,
        /// Fetch it as the value of this person
        #[arg(long, value_name = "ID", requires = "attribute")]
        person: Option<String>,
        /// The attribute of the person
        #[arg(long, value_name = "ATTRIBUTE", requires = "person")]
        attribute: Option<String>,
        /// The program, if only it has the attribute
        #[arg(long, value_name = "P", requires = "person")]
        program: Option<String>,
    },
}

/// `reserved …`
#[derive(Debug, Subcommand)]
pub enum ReservedCommand {
    /// Values of generated attributes that are left for work without network
    #[command(after_help = help::RESERVED)]
    Show,
}
