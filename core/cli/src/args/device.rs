//! `device …` and `rollout …`: phones from the box to a hand and back.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::strings::device as help;

/// `rollout …`
#[derive(Debug, Subcommand)]
pub enum RolloutCommand {
    /// Write the metadata package that an administrator imports into DHIS2 once
    #[command(after_help = help::PACKAGE)]
    Package {
        /// The file; one of that name is replaced
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A place where the programs are used: id, or code or name once this device has places
        #[arg(long = "at", value_name = "OU", required_unless_present = "below")]
        places: Vec<String>,
        /// A place, and every place below it; this device has to know them, so pull first
        #[arg(long, value_name = "OU")]
        below: Vec<String>,
        /// A public key of labels with a name for it, as `device label-key` prints it
        #[arg(long = "label-key", value_name = "NAME=KEY")]
        label_keys: Vec<String>,
        /// The server's default category combo, if it is not bjDvmb4bfuf (very old databases)
        #[arg(long, value_name = "ID")]
        default_combo: Option<String>,
        /// For a server that has an earlier package: leaves the members of its groups alone
        #[arg(long)]
        update: bool,
    },
}

/// Who did it.
#[derive(Debug, Args)]
pub struct By {
    /// Who did it, by name [default: the user who is signed in]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

/// `device …`
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Register a device; without a number it gets the next one
    #[command(after_help = help::ADD)]
    Add(DeviceAdd),
    /// Change facts of a device
    #[command(after_help = help::SET)]
    Set {
        /// Number, serial number, IMEI, SIM card or scanned label
        device: String,
        /// Facts as in the columns of a table
        #[arg(required = true, value_name = "FACT=VALUE")]
        facts: Vec<String>,
        #[command(flatten)]
        by: By,
    },
    /// Bring a device to another place, with its SIM card
    #[command(after_help = help::MOVE)]
    Move {
        /// Number, serial number, IMEI, SIM card or scanned label
        device: String,
        /// The place: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: String,
        #[command(flatten)]
        by: By,
    },
    /// Give a device the next number, if another one has the same
    #[command(after_help = help::RENUMBER)]
    Renumber {
        /// Serial number, IMEI or the id that the message about both names
        device: String,
        #[command(flatten)]
        by: By,
    },
    /// List devices by number
    #[command(after_help = help::LIST)]
    List(DeviceList),
    /// Show a device with all that happened to it
    #[command(after_help = help::SHOW)]
    Show {
        /// Number, serial number, IMEI, SIM card or scanned label
        device: String,
    },
    /// Count devices by state and place
    #[command(after_help = help::REPORT)]
    Report,
    /// Take in a table of devices, all of it or nothing
    #[command(after_help = help::IMPORT)]
    Import {
        /// CSV file, or - for standard input
        file: PathBuf,
        /// Where new devices are, unless a line says so: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: Option<String>,
        /// New devices are ordered and not received yet
        #[arg(long)]
        ordered: bool,
        /// Say what would be done and do nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        by: By,
    },
    /// Write devices as a table for a spreadsheet or a device management
    #[command(after_help = help::EXPORT)]
    Export {
        /// The file, which is replaced if it exists; without it the table goes to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        list: DeviceList,
    },
    /// Print the public key of the labels made here; the first time it makes the pair
    #[command(after_help = help::LABEL_KEY)]
    LabelKey,
    /// Print the texts of labels; with --paper it is written down that they were printed
    #[command(after_help = help::LABEL_TEXT)]
    LabelText {
        /// Devices
        #[arg(required = true)]
        devices: Vec<String>,
        /// Leave name and phone number out of the line for people
        #[arg(long)]
        hide_names: bool,
        /// The paper they are printed on, such as L7160
        #[arg(long, value_name = "PAPER")]
        paper: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Prepare many boxes: a scanner types box and phone in turn, one a line
    #[command(after_help = help::PREPARE)]
    Prepare {
        /// Version of the app that is put on them
        #[arg(long, value_name = "VERSION", default_value = "")]
        app_version: String,
        /// Save the pairs and end the sitting
        #[arg(long)]
        finish: bool,
        #[command(flatten)]
        by: By,
    },
    /// Hand a phone over, step by step; what was begun is kept
    #[command(after_help = help::HAND_OVER)]
    HandOver(Box<DeviceHandOver>),
    /// Close what is open of an agreement: signatures, stamps, where the copies lie
    #[command(after_help = help::CLOSE)]
    Close {
        /// The device
        device: String,
        #[command(flatten)]
        papers: Papers,
        #[command(flatten)]
        by: By,
    },
    /// Take a phone back, step by step
    #[command(after_help = help::RETURN)]
    Return(Box<DeviceReturn>),
    /// Look for the devices of a place
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Take another step of a device's life: in-use, in-repair, received, recovered, retired
    #[command(after_help = help::STEP)]
    Step {
        /// The device
        device: String,
        /// The state it gets
        state: String,
        /// Why
        #[arg(long, default_value = "", value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Report a device as lost or stolen
    #[command(after_help = help::LOST)]
    Lost(DeviceLost),
    /// Lock the account of a lost device's holder; needs network and the right to do so
    #[command(after_help = help::LOCK)]
    Lock {
        /// The device
        device: String,
        /// Lock it although the phone was not wiped yet and will not hear of that
        #[arg(long)]
        at_once: bool,
        #[command(flatten)]
        by: By,
    },
    /// Write down that the data of a device are wiped
    #[command(after_help = help::WIPED)]
    Wiped {
        /// The device
        device: String,
        /// How that is known
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Claim airtime and data of a month for a personal phone
    #[command(after_help = help::CLAIM)]
    Claim(DeviceClaim),
    /// Wipe whoever is signed in from this device; nothing unsent is lost
    #[command(after_help = help::WIPE_HERE)]
    WipeHere {
        /// Where unsent work is exported to first, encrypted to the recovery keys
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
        /// Yes, remove everything
        #[arg(long, required = true)]
        yes: bool,
    },
    /// The card of this phone and its self-check
    #[command(after_help = help::MINE)]
    Mine(DeviceMine),
}

/// `device add`
#[derive(Debug, Args)]
pub struct DeviceAdd {
    /// Its number [default: the next of the series]
    pub number: Option<String>,
    /// What stands in front of the digits of the series
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,
    /// Where it is: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: String,
    /// It is ordered and not received yet
    #[arg(long)]
    pub ordered: bool,
    /// Facts as in the columns of a table
    #[arg(long = "fact", value_name = "FACT=VALUE")]
    pub facts: Vec<String>,
    #[command(flatten)]
    pub by: By,
}

/// Which devices.
#[derive(Debug, Args)]
pub struct DeviceList {
    /// Only in this state, such as in-use
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Only of this place: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: Option<String>,
    /// Only of whose agreement something is open
    #[arg(long)]
    pub open: bool,
    /// Only with this in the number, the model or the holder's name
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Signatures, stamps and copies.
#[derive(Debug, Args)]
pub struct Papers {
    /// Who signed: health_worker, supervisor or council, and the name
    #[arg(long = "signed", value_name = "WHO=NAME")]
    pub signed: Vec<String>,
    /// A copy that bears the council's stamp: 1 or 2
    #[arg(long = "stamped", value_name = "COPY")]
    pub stamped: Vec<u8>,
    /// Id of the photo of the stamps, as `file add` prints it
    #[arg(long, value_name = "ID")]
    pub stamp_photo: Option<String>,
    /// Where a copy lies: district, box-file, on-the-way, supervisor, lost
    #[arg(long = "copy", value_name = "COPY=PLACE")]
    pub copies: Vec<String>,
}

/// `device hand-over`
#[derive(Debug, Args)]
pub struct DeviceHandOver {
    /// Name of the session, if several are under way
    #[arg(long, value_name = "NAME", default_value = "one")]
    pub session: String,
    /// What was scanned from the box
    #[arg(long = "box", value_name = "SCAN")]
    pub of_box: Option<String>,
    /// What was scanned from the phone
    #[arg(long, value_name = "SCAN")]
    pub phone: Option<String>,
    /// Who gets it
    #[arg(long, value_name = "NAME")]
    pub to: Option<String>,
    /// Their user name
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Whom they call, and under which number
    #[arg(long, value_name = "NAME=PHONE")]
    pub support: Option<String>,
    /// Where the phone is from now on, if elsewhere: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: Option<String>,
    /// new, good, worn, damaged or broken
    #[arg(long, value_name = "CONDITION")]
    pub condition: Option<String>,
    /// What is in the box, separated by commas
    #[arg(long, value_name = "LIST")]
    pub accessories: Option<String>,
    /// Version of the agreement
    #[arg(long, value_name = "VERSION")]
    pub agreement: Option<String>,
    /// Its language
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
    /// Sum of its text, in hexadecimal
    #[arg(long, value_name = "SHA256")]
    pub agreement_sha256: Option<String>,
    #[command(flatten)]
    pub papers: Papers,
    /// The health worker declined; say why
    #[arg(long, requires = "reason")]
    pub declined: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Save it; what is open stays open
    #[arg(long, conflicts_with = "stop")]
    pub finish: bool,
    /// Give it up; say why
    #[arg(long, requires = "reason")]
    pub stop: bool,
    #[command(flatten)]
    pub by: By,
}

/// `device return`
#[derive(Debug, Args)]
pub struct DeviceReturn {
    /// Name of the session, if several are under way
    #[arg(long, value_name = "NAME", default_value = "one")]
    pub session: String,
    /// What was scanned from the phone
    #[arg(long, value_name = "SCAN")]
    pub phone: Option<String>,
    /// new, good, worn, damaged or broken
    #[arg(long, value_name = "CONDITION")]
    pub condition: Option<String>,
    /// What came with it, separated by commas
    #[arg(long, value_name = "LIST")]
    pub accessories: Option<String>,
    /// Who signed: health_worker or supervisor, and the name
    #[arg(long = "signed", value_name = "WHO=NAME")]
    pub signed: Vec<String>,
    /// Whether its data were wiped: yes or no
    #[arg(long, value_name = "YES/NO")]
    pub wiped: Option<String>,
    /// Why it comes back
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Save it
    #[arg(long)]
    pub finish: bool,
    #[command(flatten)]
    pub by: By,
}

/// `device audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Begin with the devices of a place, or go on
    #[command(after_help = help::AUDIT)]
    Begin {
        /// The place: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: String,
    },
    /// A device was scanned
    #[command(after_help = help::AUDIT)]
    Scan {
        /// What was scanned
        device: String,
        /// Who had it
        #[arg(long, value_name = "NAME", default_value = "")]
        with: String,
    },
    /// Say why a device is not as it should be
    #[command(after_help = help::AUDIT)]
    Explain {
        /// The device
        device: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// A device was scanned by mistake
    #[command(after_help = help::AUDIT)]
    TakeBack {
        /// The device
        device: String,
    },
    /// Give the audit up; nothing is written down of any device
    #[command(after_help = help::AUDIT)]
    Stop {
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Show the report as it stands
    #[command(after_help = help::AUDIT)]
    Show,
    /// Save the report; every open device needs a reason
    #[command(after_help = help::AUDIT)]
    Finish {
        #[command(flatten)]
        by: By,
    },
}

/// `device lost`
#[derive(Debug, Args)]
pub struct DeviceLost {
    /// The device
    pub device: String,
    /// Somebody took it
    #[arg(long)]
    pub stolen: bool,
    /// What happened
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Where
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub place: String,
    /// Number of the police report
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub report_number: String,
    /// Ask for the lock of the holder's account
    #[arg(long)]
    pub lock: bool,
    /// Ask for the wipe: it happens when the phone is next in contact
    #[arg(long)]
    pub wipe: bool,
    #[command(flatten)]
    pub by: By,
}

/// `device claim`
#[derive(Debug, Args)]
pub struct DeviceClaim {
    /// The device
    pub device: String,
    /// The month, such as 202610
    #[arg(long, value_name = "MONTH")]
    pub month: String,
    /// What is claimed, in the smallest unit of the currency
    #[arg(long, value_name = "AMOUNT")]
    pub amount: u64,
    /// The currency, three letters
    #[arg(long, value_name = "CODE")]
    pub currency: String,
    /// What the project pays at most for a month
    #[arg(long, value_name = "AMOUNT")]
    pub allowance: u64,
    /// Bytes that the app used in the month, as it measured
    #[arg(long, value_name = "BYTES")]
    pub data_used: Option<u64>,
    #[command(flatten)]
    pub by: By,
}

/// `device mine`
#[derive(Debug, Args)]
pub struct DeviceMine {
    /// Say which device this one is
    #[arg(long, value_name = "DEVICE")]
    pub set: Option<String>,
    /// With --set: days without contact after which it asks for the password
    #[arg(long, value_name = "DAYS", default_value_t = 0, requires = "set")]
    pub lease_days: u32,
    /// The SIM card that is inside
    #[arg(long, value_name = "DIGITS")]
    pub iccid: Option<String>,
    /// Free space in bytes
    #[arg(long, value_name = "BYTES")]
    pub free: Option<u64>,
}
