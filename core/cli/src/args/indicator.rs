//! `indicator …` and `validate`: what is computed over everything on the device.

use clap::{ArgGroup, Args, Subcommand};

use crate::strings::indicator as help;

/// `indicator …`
#[derive(Debug, Subcommand)]
pub enum IndicatorCommand {
    /// List indicators and program indicators
    #[command(after_help = help::LIST)]
    List {
        /// Only those of this data set: id, code or exact name
        #[arg(long, value_name = "DS", conflicts_with = "program")]
        data_set: Option<String>,
        /// Only those of this program: id, code or exact name
        #[arg(long, value_name = "P")]
        program: Option<String>,
    },
    /// Compute indicators from what lies on this device
    #[command(after_help = help::SHOW)]
    Show(IndicatorShow),
}

/// `indicator show`
#[derive(Debug, Args)]
#[command(group(
    ArgGroup::new("what").required(true).args(["indicators", "data_set", "program"])
))]
pub struct IndicatorShow {
    /// Indicators or program indicators: id, code or exact name
    #[arg(value_name = "INDICATOR")]
    pub indicators: Vec<String>,
    /// All of this data set: id, code or exact name
    #[arg(long, value_name = "DS")]
    pub data_set: Option<String>,
    /// All of this program: id, code or exact name
    #[arg(long, value_name = "P")]
    pub program: Option<String>,
    /// Period such as 202609, or a relative one such as LAST_12_MONTHS; may be given more than once
    #[arg(long = "period", value_name = "P", required = true)]
    pub periods: Vec<String>,
    /// Organisation unit: id, code or exact name; may be given more than once
    #[arg(long = "org-unit", value_name = "OU", required = true)]
    pub org_units: Vec<String>,
    /// Count the places below too, as far as they are on this device
    #[arg(long)]
    pub below: bool,
    /// One value per period instead of one for all together
    #[arg(long)]
    pub by_period: bool,
    /// One value per --org-unit instead of one for all together
    #[arg(long)]
    pub by_org_unit: bool,
}

/// `validate`
#[derive(Debug, Args)]
pub struct Validate {
    /// Data set: id, code or exact name
    #[arg(long, value_name = "DS")]
    pub data_set: String,
    /// Period such as 202609, or a relative one such as LAST_3_MONTHS; may be given more than once
    #[arg(long = "period", value_name = "P", required = true)]
    pub periods: Vec<String>,
    /// Only this organisation unit: id, code or exact name; may be given more than once
    #[arg(long = "org-unit", value_name = "OU")]
    pub org_units: Vec<String>,
    /// Check the places below too
    #[arg(long, requires = "org_units")]
    pub below: bool,
}
