//! `outpost`: the district officer's tool, and the demonstration that the core works.

mod args;
mod strings;

use clap::Parser;

fn main() {
    let cli = args::Cli::parse();
    drop(cli);
}
