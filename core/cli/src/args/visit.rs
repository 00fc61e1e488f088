//! `visit …`, `relationship …`, `family`: what happens to people, and who belongs to whom.

use clap::{ArgGroup, Args, Subcommand};

use crate::strings::visit as help;

/// Which stage of whose enrolment.
#[derive(Debug, Args)]
pub struct NewVisit {
    /// Id of the enrolment
    #[arg(long, value_name = "ID")]
    pub enrollment: String,
    /// Stage, if the program has more than one: id or exact name
    #[arg(long, value_name = "S")]
    pub stage: Option<String>,
    /// Day: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub date: String,
}

/// What a visit holds.
#[derive(Debug, Args)]
pub struct VisitContent {
    /// Place on the map as GeoJSON
    #[arg(long, value_name = "GEOJSON")]
    pub geometry: Option<String>,
    /// Add a note
    #[arg(long = "note", value_name = "TEXT")]
    pub notes: Vec<String>,
    /// Mark the visit as complete
    #[arg(long)]
    pub complete: bool,
    /// Answers; ids, codes or exact names
    #[arg(value_name = "DE=VALUE")]
    pub values: Vec<String>,
}

/// `visit …`
#[derive(Debug, Subcommand)]
pub enum VisitCommand {
    /// Enter a visit that took place
    #[command(after_help = help::ADD)]
    Add {
        /// Which.
        #[command(flatten)]
        visit: NewVisit,
        /// Another place than that of the enrolment: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: Option<String>,
        /// The rest.
        #[command(flatten)]
        content: VisitContent,
    },
    /// Plan a visit
    #[command(after_help = help::SCHEDULE)]
    Schedule {
        /// Which.
        #[command(flatten)]
        visit: NewVisit,
        /// Another place than that of the enrolment: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: Option<String>,
        /// Id of the user who is to do it
        #[arg(long, value_name = "USER")]
        assign: Option<String>,
    },
    /// Move a planned visit to another day
    #[command(after_help = help::RESCHEDULE)]
    Reschedule {
        /// Id of the visit
        id: String,
        /// Day: yyyy-mm-dd
        #[arg(long, value_name = "DATE")]
        date: String,
    },
    /// Fill in a visit, planned or begun; an empty VALUE clears an answer
    #[command(after_help = help::FILL)]
    Fill {
        /// Id of the visit
        id: String,
        /// When it took place: yyyy-mm-dd [default of a planned one: the day it was planned for]
        #[arg(long, value_name = "DATE")]
        date: Option<String>,
        /// The rest.
        #[command(flatten)]
        content: VisitContent,
    },
    /// Mark a visit as complete
    #[command(after_help = help::COMPLETE)]
    Complete {
        /// Id of the visit
        id: String,
    },
    /// Say that a planned visit will not take place
    #[command(after_help = help::SKIP)]
    Skip {
        /// Id of the visit
        id: String,
    },
    /// Send a person to another place for a visit
    #[command(after_help = help::REFER)]
    Refer {
        /// Which.
        #[command(flatten)]
        visit: NewVisit,
        /// The other place: id, code or exact name
        #[arg(long, value_name = "OU")]
        to: String,
        /// It takes place now; else it is planned
        #[arg(long)]
        now: bool,
    },
    /// Hand a visit to somebody
    #[command(after_help = help::ASSIGN, group(
        ArgGroup::new("whom").required(true).args(["user", "nobody"])
    ))]
    Assign {
        /// Id of the visit
        id: String,
        /// Id of the user
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// To nobody
        #[arg(long)]
        nobody: bool,
    },
    /// Add a note to a visit
    #[command(after_help = help::NOTE)]
    Note {
        /// Id of the visit
        id: String,
        /// The note
        text: String,
    },
    /// Mark a visit for follow-up
    #[command(after_help = help::FOLLOW_UP)]
    FollowUp {
        /// Id of the visit
        id: String,
        /// Take the mark away
        #[arg(long)]
        clear: bool,
    },
    /// Delete a visit, here and with the next sync on the server
    #[command(after_help = help::DELETE)]
    Delete {
        /// Id of the visit
        id: String,
    },
    /// Show a visit with its answers and notes
    #[command(after_help = help::VISIT_SHOW)]
    Show {
        /// Id of the visit
        id: String,
    },
    /// List the visits of a person, done and planned
    #[command(after_help = help::VISIT_LIST)]
    List {
        /// Id of the person
        #[arg(long, value_name = "ID")]
        person: String,
        /// Only of this enrolment
        #[arg(long, value_name = "ID")]
        enrollment: Option<String>,
    },
}

/// `relationship …`
#[derive(Debug, Subcommand)]
pub enum RelationshipCommand {
    /// Say that two belong together
    #[command(after_help = help::RELATIONSHIP_ADD)]
    Add {
        /// Kind of relationship: id, code or exact name
        #[arg(long = "type", value_name = "T")]
        of_type: String,
        /// One side: id of a person, or enrollment:ID or event:ID
        #[arg(long, value_name = "ID")]
        from: String,
        /// The other side
        #[arg(long, value_name = "ID")]
        to: String,
    },
    /// Take a relationship away, here and with the next sync on the server
    #[command(after_help = help::RELATIONSHIP_REMOVE)]
    Remove {
        /// Id of the relationship
        id: String,
    },
    /// List the relationships of a person, enrolment or visit
    #[command(after_help = help::RELATIONSHIP_LIST)]
    List {
        /// Id of the person, enrolment or visit
        id: String,
    },
}

/// `family`
#[derive(Debug, Args)]
pub struct Family {
    /// Id of a person or household
    pub id: String,
}
