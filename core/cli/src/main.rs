//! `outpost`: the district officer's tool, and the demonstration that the core works.
//!
//! Parses what is typed, asks the engine, prints the answer. Has no rule of its own.

mod args;
mod commands;
mod exit;
mod output;
mod progress;
mod secret;
mod strings;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use outpost_engine::model::SyncOptions;
use outpost_engine::platform::Platform;
use outpost_engine::{Outpost, OutpostError, Result};
use zeroize::Zeroizing;

use args::{Cli, Command, Global};
use output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let output = Output { json: cli.global.json, quiet: cli.global.quiet };
    match run(cli, output) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output.error(&error);
            ExitCode::from(exit::of(&error))
        }
    }
}

/// Arguments that were not understood, or help that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    // What was not understood cannot be asked; values that look like it stand behind `--`.
    let mut arguments = std::env::args_os().skip(1).take_while(|it| it != "--");
    let json = error.use_stderr() && arguments.any(|it| it == "--json");
    Output { json, quiet: false }.usage_error(error);
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::INPUT))
}

fn run(cli: Cli, output: Output) -> Result<u8> {
    let outpost = || open(&cli.global);
    let session = || outpost()?.session();
    match cli.command {
        Command::Sandbox(arguments) => commands::sandbox::run(*arguments, output),
        Command::Login(arguments) => commands::account::login(&outpost()?, &arguments, output),
        Command::Logout => commands::account::logout(&outpost()?, output),
        Command::Status => commands::account::status(&session()?, output),
        Command::Doctor => commands::account::doctor(&session()?, output),
        Command::Pull(arguments) => {
            let options = match arguments.metadata_only {
                true => SyncOptions::METADATA,
                false => SyncOptions::PULL,
            };
            commands::sync::run(&session()?, options, output)
        }
        Command::Push => commands::sync::run(&session()?, SyncOptions::PUSH, output),
        Command::Sync => commands::sync::run(&session()?, SyncOptions::ALL, output),
        Command::Forms => commands::record::forms(&session()?, output),
        Command::Form(command) => commands::record::form(&session()?, &command, output),
        Command::Record(command) => commands::record::record(&session()?, &command, output),
        Command::Event(command) => commands::event::event(&session()?, &command, output),
        Command::Person(command) => commands::person::person(&session()?, &command, output),
        Command::Enrollment(command) => {
            commands::enrollment::enrollment(&session()?, &command, output)
        }
        Command::Visit(command) => commands::visit::visit(&session()?, &command, output),
        Command::Relationship(command) => {
            commands::relationship::relationship(&session()?, &command, output)
        }
        Command::Family(arguments) => {
            commands::relationship::family(&session()?, &arguments, output)
        }
        Command::Review(command) => commands::review::review(&session()?, &command, output),
        Command::Tasks => commands::review::tasks(&session()?, output),
        Command::Approval(command) => commands::team::approval(&session()?, &command, output),
        Command::Team => commands::team::team(&session()?, output),
        Command::Targets => commands::team::targets(&session()?, output),
        Command::File(command) => commands::file::file(&session()?, &command, output),
        Command::Reserved(command) => commands::file::reserved(&session()?, &command, output),
        Command::Indicator(command) => {
            commands::indicator::indicator(&session()?, &command, output)
        }
        Command::Validate(arguments) => {
            commands::indicator::validate(&session()?, &arguments, output)
        }
        Command::Import(arguments) => commands::import::run(&session()?, &arguments.file, output),
        Command::Exchange(command) if commands::exchange::is_about_parts(&command) => {
            commands::exchange::parts(&command, output)
        }
        Command::Exchange(command) => commands::exchange::exchange(&session()?, &command, output),
        Command::Nearby(command) => commands::nearby::nearby(&session()?, &command, output),
        Command::Release(command) => commands::release::release(&session()?, &command, output),
        Command::Package(command) => commands::package::package(&session()?, &command, output),
        Command::Site(command) => match *command {
            args::SiteCommand::Restore(arguments) => {
                let platform = platform(&cli.global, &arguments.to)?;
                commands::site::restore(&arguments, &platform, output)
            }
            command => commands::site::site(&session()?, &command, output),
        },
        Command::Outbox(arguments) => commands::outbox::outbox(&session()?, &arguments, output),
        Command::Conflicts(arguments) => {
            commands::outbox::conflicts(&session()?, &arguments, output)
        }
        Command::Journal(command) => commands::outbox::journal(&session()?, &command, output),
        command => roll_out(command, &cli.global, output),
    }
}

/// What belongs to a roll-out.
fn roll_out(command: Command, global: &Global, output: Output) -> Result<u8> {
    let session = || open(global)?.session();
    match command {
        Command::Rollout(command) => commands::device::rollout(session, &command, output),
        Command::Device(command) => match *command {
            args::DeviceCommand::WipeHere { export, .. } => {
                commands::device::wipe_here(&open(global)?, export.as_deref(), output)
            }
            command => commands::device::device(&session()?, &command, output),
        },
        Command::Sim(command) => commands::sim::sim(&session()?, &command, output),
        Command::Support(command) => commands::support::support(&session()?, &command, output),
        Command::GoLive(command) => commands::golive::golive(&session()?, &command, output),
        Command::Print(command) => commands::print::print(&session()?, &command, output),
        _ => Err(OutpostError::internal("a command without an arm")),
    }
}

fn open(global: &Global) -> Result<Outpost> {
    let home = home(global)?;
    let platform = platform(global, &home)?;
    Outpost::open(&home, platform)
}

fn platform(global: &Global, home: &Path) -> Result<Platform> {
    match &global.passphrase_file {
        Some(path) => Platform::with_passphrase(home, &read_passphrase(path)?),
        None => Ok(Platform::desktop(home)),
    }
}

/// `--home`, else `$OUTPOST_HOME`, else the user's data folder as the XDG rules have it.
fn home(global: &Global) -> Result<PathBuf> {
    if let Some(home) = &global.home {
        return Ok(home.clone());
    }
    let folder = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    if let Some(home) = folder("OUTPOST_HOME") {
        return Ok(home);
    }
    let data = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
    let missing = || OutpostError::invalid("home", "missing", strings::NO_HOME);
    Ok(data.ok_or_else(missing)?.join("outpost"))
}

fn read_passphrase(path: &Path) -> Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| OutpostError::invalid("passphrase", "unreadable", error))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_in_its_help() {
        fn check(command: &clap::Command, path: &str) {
            let subcommands: Vec<_> = command.get_subcommands().collect();
            if subcommands.is_empty() && !PLAIN.contains(&path) {
                let help = command.get_after_help().map(ToString::to_string);
                assert!(help.is_some_and(|help| help.contains("Example")), "{path}");
            }
            for subcommand in subcommands {
                check(subcommand, &format!("{path} {}", subcommand.get_name()));
            }
        }
        // Their examples stand with the list that they belong to.
        const PLAIN: [&str; 5] = [
            "outpost outbox show",
            "outpost outbox retry",
            "outpost outbox discard",
            "outpost conflicts show",
            "outpost conflicts resolve",
        ];
        check(&Cli::command(), "outpost");
    }
}
