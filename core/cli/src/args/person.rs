//! `person …` and `enrollment …`: registering, finding, following people.

use clap::{ArgGroup, Args, Subcommand};

use crate::strings::person as help;

/// In which form a person is looked at.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Of {
    /// Program: id, code or exact name
    #[arg(long, value_name = "P")]
    pub program: Option<String>,
    /// Without a program, as one of this type: id, code or exact name
    #[arg(long = "type", value_name = "T")]
    pub of_type: Option<String>,
}

/// In which form a person is looked at, if that is to be said.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct MaybeOf {
    /// Only in this program: id, code or exact name
    #[arg(long, value_name = "P")]
    pub program: Option<String>,
    /// Only of this type: id, code or exact name
    #[arg(long = "type", value_name = "T")]
    pub of_type: Option<String>,
}

/// What an enrolment holds besides its program.
#[derive(Debug, Args)]
pub struct EnrollmentContent {
    /// Day of the enrolment: yyyy-mm-dd [default: today]
    #[arg(long, value_name = "DATE")]
    pub enrolled: Option<String>,
    /// Day of the incident, where the program asks for it: yyyy-mm-dd
    #[arg(long, value_name = "DATE")]
    pub incident: Option<String>,
    /// Place on the map as GeoJSON
    #[arg(long, value_name = "GEOJSON")]
    pub geometry: Option<String>,
    /// Answers; ids, codes or exact names of attributes
    #[arg(value_name = "ATTRIBUTE=VALUE")]
    pub values: Vec<String>,
}

/// `person …`
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// List the programs in which people are followed, and the types of people and things
    #[command(after_help = help::PROGRAMS)]
    Programs,
    /// Show the questions of a form
    #[command(after_help = help::FORM)]
    Form {
        /// The form.
        #[command(flatten)]
        of: Of,
    },
    /// Register a person, and enrol it where a program is given
    #[command(after_help = help::ADD)]
    Add {
        /// The form.
        #[command(flatten)]
        of: Of,
        /// Organisation unit: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: String,
        /// The rest.
        #[command(flatten)]
        content: EnrollmentContent,
    },
    /// Change a person; an empty VALUE clears an answer
    #[command(after_help = help::SET)]
    Set {
        /// Id of the person
        id: String,
        /// In the form of this program, if the person is in several
        #[arg(long, value_name = "P")]
        program: Option<String>,
        /// The rest.
        #[command(flatten)]
        content: EnrollmentContent,
    },
    /// Find people by words, by attributes or by a code
    #[command(after_help = help::SEARCH)]
    Search(PersonSearch),
    /// Show a person with enrolments, visits and relationships
    #[command(after_help = help::SHOW)]
    Show {
        /// Id of the person
        id: String,
    },
    /// List the people of a program
    #[command(after_help = help::LIST)]
    List(PersonList),
    /// List pairs of people on this device who are likely one person; nothing is merged
    #[command(after_help = help::DUPLICATES)]
    Duplicates {
        /// Who are compared.
        #[command(flatten)]
        of: Of,
        /// Only those registered at this organisation unit: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: Option<String>,
        /// At most so many pairs
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Say that two people are two: they are not listed as duplicates again on this device
    #[command(after_help = help::KEEP_APART)]
    KeepApart {
        /// Id of one of them
        a: String,
        /// Id of the other
        b: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Mark two people on the server as potential duplicates, for whoever may merge them there
    #[command(after_help = help::MARK_DUPLICATES)]
    MarkDuplicates {
        /// Id of one of them
        a: String,
        /// Id of the other
        b: String,
    },
    /// Fetch one person from the server, such as one found by a search online
    #[command(after_help = help::GET)]
    Get {
        /// Id of the person
        id: String,
        /// With the records of this program, where the server shows them only so
        #[arg(long, value_name = "P")]
        program: Option<String>,
    },
    /// Delete a person with everything, here and with the next sync on the server
    #[command(after_help = help::DELETE)]
    Delete {
        /// Id of the person
        id: String,
    },
    /// Say who may leave this device, and with --yes let them leave; the server keeps them
    #[command(after_help = help::PURGE)]
    Purge {
        /// Months after care was completed; 0 keeps them
        #[arg(long, value_name = "N", default_value_t = 6)]
        completed_months: u32,
        /// Months without anything done, also while care goes on; without it they stay
        #[arg(long, value_name = "N")]
        not_seen_months: Option<u32>,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

/// `person search`
#[derive(Debug, Args)]
#[command(group(
    ArgGroup::new("what").required(true).multiple(true).args(["words", "attributes", "code"])
))]
pub struct PersonSearch {
    /// Words in any attribute; a part of a word will do
    #[arg(value_name = "TEXT", conflicts_with = "code")]
    pub words: Option<String>,
    /// An attribute is VALUE, begins with it (VALUE*) or holds it (*VALUE*)
    #[arg(long = "attribute", value_name = "ATTRIBUTE=VALUE", conflicts_with = "code")]
    pub attributes: Vec<String>,
    /// What a bar code or QR code says: exactly the value of a unique attribute
    #[arg(long, value_name = "TEXT", conflicts_with = "online")]
    pub code: Option<String>,
    /// Where.
    #[command(flatten)]
    pub of: MaybeOf,
    /// Ask the server too
    #[arg(long)]
    pub online: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
}

/// `person list`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("visit").multiple(false).args(["due", "overdue"])))]
pub struct PersonList {
    /// Program: id, code or exact name
    #[arg(long, value_name = "P")]
    pub program: String,
    /// Only this organisation unit: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: Option<String>,
    /// Only with an enrolment of this status: active, completed, cancelled
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Only with a visit that is planned and not late
    #[arg(long)]
    pub due: bool,
    /// Only with a visit that is late
    #[arg(long)]
    pub overdue: bool,
    /// With --due: planned up to this day, yyyy-mm-dd
    #[arg(long, value_name = "DATE", requires = "due")]
    pub until: Option<String>,
    /// Only those marked for follow-up
    #[arg(long)]
    pub follow_up: bool,
    /// Only those of whom something is not on the server yet
    #[arg(long)]
    pub waiting: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
}

/// `enrollment …`
#[derive(Debug, Subcommand)]
pub enum EnrollmentCommand {
    /// Enrol a person who is on this device in a program
    #[command(after_help = help::ENROLLMENT_ADD)]
    Add {
        /// Id of the person
        person: String,
        /// Program: id, code or exact name
        #[arg(long, value_name = "P")]
        program: String,
        /// Organisation unit: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: String,
        /// The rest.
        #[command(flatten)]
        content: EnrollmentContent,
    },
    /// End an enrolment as planned
    #[command(after_help = help::ENROLLMENT_COMPLETE)]
    Complete {
        /// Id of the enrolment
        id: String,
    },
    /// End an enrolment otherwise: moved away, enrolled by mistake
    #[command(after_help = help::ENROLLMENT_CANCEL)]
    Cancel {
        /// Id of the enrolment
        id: String,
    },
    /// Go on with an enrolment that was ended
    #[command(after_help = help::ENROLLMENT_REOPEN)]
    Reopen {
        /// Id of the enrolment
        id: String,
    },
    /// Mark an enrolment for follow-up
    #[command(after_help = help::ENROLLMENT_FOLLOW_UP)]
    FollowUp {
        /// Id of the enrolment
        id: String,
        /// Take the mark away
        #[arg(long)]
        clear: bool,
    },
    /// Add a note to an enrolment
    #[command(after_help = help::ENROLLMENT_NOTE)]
    Note {
        /// Id of the enrolment
        id: String,
        /// The note
        text: String,
    },
    /// Hand the person of an enrolment over to another place in this program
    #[command(after_help = help::ENROLLMENT_TRANSFER)]
    Transfer {
        /// Id of the enrolment
        id: String,
        /// Organisation unit that follows the person from now on: id, code or exact name
        #[arg(long, value_name = "OU")]
        to: String,
        /// Only say what speaks against it
        #[arg(long)]
        check: bool,
    },
    /// Open the records of a person in a protected program for some hours; the server keeps why
    #[command(after_help = help::BREAK_GLASS)]
    BreakGlass {
        /// Id of the person
        person: String,
        /// Program: id, code or exact name
        #[arg(long, value_name = "P")]
        program: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Delete an enrolment with its visits, here and with the next sync on the server
    #[command(after_help = help::ENROLLMENT_DELETE)]
    Delete {
        /// Id of the enrolment
        id: String,
    },
}
