//! `sim …`: SIM cards, and in which phone each was since when.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::device::By;
use crate::strings::sim as help;

/// `sim …`
#[derive(Debug, Subcommand)]
pub enum SimCommand {
    /// Put a SIM card into a device; a card that is new here is registered
    #[command(after_help = help::PUT)]
    Put(SimPut),
    /// Say that a card is blocked, lost, back in stock, in its phone again or retired
    #[command(after_help = help::STEP)]
    Step {
        /// The card: its number (ICCID), its phone number, or the number of the device it is in
        sim: String,
        /// in-stock, in-phone, blocked, lost or retired
        state: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// List SIM cards by number
    #[command(after_help = help::LIST)]
    List(SimList),
    /// Show a card with every device in which it was
    #[command(after_help = help::SHOW)]
    Show {
        /// The card: its number (ICCID), its phone number, or the number of the device it is in
        sim: String,
    },
    /// Take in a table of cards, such as the delivery of an operator, all of it or nothing
    #[command(after_help = help::IMPORT)]
    Import {
        /// CSV file, or - for standard input
        file: PathBuf,
        /// Where new cards are, unless a line says so: id, code or exact name
        #[arg(long, value_name = "OU")]
        org_unit: Option<String>,
        /// Say what would be done and do nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        by: By,
    },
    /// Write cards, or which card was in which device since when, as a table
    #[command(after_help = help::EXPORT)]
    Export {
        /// The file, which is replaced if it exists; without it the table goes to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// A line for each device in which a card was, with the first and the last day
        #[arg(long)]
        pairs: bool,
        #[command(flatten)]
        list: SimList,
    },
}

/// `sim put`
#[derive(Debug, Args)]
pub struct SimPut {
    /// The device: number, serial number, IMEI or scanned label
    pub device: String,
    /// Number of the card
    #[arg(long, value_name = "DIGITS")]
    pub iccid: String,
    /// Its phone number
    #[arg(long, value_name = "NUMBER", default_value = "")]
    pub msisdn: String,
    /// Its operator
    #[arg(long, value_name = "NAME", default_value = "")]
    pub operator: String,
    /// Who glued it
    #[arg(long, value_name = "NAME")]
    pub glued_by: Option<String>,
    /// PIN and PUK lie sealed in the box file
    #[arg(long)]
    pub pin_sealed: bool,
    /// It was in another phone and was moved
    #[arg(long)]
    pub moved: bool,
    #[command(flatten)]
    pub by: By,
}

/// Which cards.
#[derive(Debug, Args)]
pub struct SimList {
    /// Only in this state, such as in-stock
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
    /// Only of this place: id, code or exact name
    #[arg(long, value_name = "OU")]
    pub org_unit: Option<String>,
    /// Only those that stand in two devices at once
    #[arg(long)]
    pub in_two: bool,
    /// Only with this in a number or the operator
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}
