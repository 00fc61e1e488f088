//! `nearby …`: phone to tablet over the Wi-Fi at hand.

use std::net::IpAddr;

use clap::Subcommand;

use crate::strings::nearby as help;

/// `nearby …`
#[derive(Debug, Subcommand)]
pub enum NearbyCommand {
    /// Show an invitation and take in what phones in the room bring (tablet)
    #[command(after_help = help::RECEIVE)]
    Receive {
        /// Addresses that the invitation names [default: those of the networks at hand]
        #[arg(long, value_name = "IP", num_args = 1.., value_delimiter = ',')]
        addresses: Vec<IpAddr>,
        /// How many phones may come
        #[arg(long, value_name = "N", default_value_t = 64)]
        phones: usize,
        /// How long new phones may come, in minutes
        #[arg(long, value_name = "MIN", default_value_t = 15)]
        minutes: u64,
        /// End once phones came and nobody talks for so many seconds [default: 10]
        #[arg(long, value_name = "SEC", num_args = 0..=1, default_missing_value = "10")]
        until_idle: Option<u64>,
    },
    /// Bring a tablet what waits here, and take in what it gives (phone)
    #[command(after_help = help::SEND)]
    Send {
        /// The text of the QR code that the tablet shows, or - for standard input
        #[arg(long, value_name = "TEXT")]
        invitation: String,
        /// The tablet: key or name on its card; needed only if several are known here
        #[arg(long, value_name = "WHO")]
        to: Option<String>,
    },
}
