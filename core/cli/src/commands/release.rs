//! `release …`

use std::fs::File;
use std::path::{Path, PathBuf};

use outpost_engine::model::{ReleasePlanned, RootPlan, RunningVersion};
use outpost_engine::{OutpostError, Result, Session, publish_release};
use serde::Serialize;
use serde_json::{Value, to_value};

use super::exchange::card_text;
use crate::args::{MakeRelease, MakeRoot, ReleaseCommand, RunningArguments};
use crate::exit;
use crate::output::Output;
use crate::strings::release as strings;

/// `release …`
///
/// # Errors
/// `InvalidInput` for a file that is damaged or not signed by those who may; `NotFound`; storage errors.
pub fn release(session: &Session, command: &ReleaseCommand, output: Output) -> Result<u8> {
    match command {
        ReleaseCommand::Keys { new: Some(name) } => {
            let key = session.make_release_key(name)?;
            output.result(&document(&key)?, || strings::key(&key));
        }
        ReleaseCommand::Keys { new: None } => {
            let keys = session.release_keys()?;
            output.result(&document(&keys)?, || match keys.is_empty() {
                true => strings::NO_KEYS.to_owned(),
                false => keys.iter().map(strings::key).collect(),
            });
        }
        ReleaseCommand::Root(arguments) => {
            let made = session.make_root(&root_plan(arguments)?, &arguments.out)?;
            output.result(&document(&made)?, || strings::to_be_signed(&made));
        }
        ReleaseCommand::Make(arguments) => {
            let made = session.make_release(&planned(arguments)?, &arguments.out)?;
            output.result(&document(&made)?, || strings::to_be_signed(&made));
        }
        ReleaseCommand::Sign { file, key } => {
            let signed = session.sign_release(file, key)?;
            output.result(&document(&signed)?, || strings::to_be_signed(&signed));
        }
        ReleaseCommand::Publish { release, roots, packages, out } => {
            let published = publish_release(release, roots, packages, out)?;
            output.result(&document(&published)?, || strings::to_be_signed(&published));
        }
        ReleaseCommand::TakeIn { file, fingerprint, running } => {
            let mut input = open(file)?;
            let running = running_version(running);
            let taken = session.take_in_release(&mut input, fingerprint.as_deref(), &running)?;
            output.result(&document(&taken)?, || strings::taken(&taken));
            return Ok(if taken.is_taken { exit::OK } else { exit::REFUSED });
        }
        ReleaseCommand::Status { running } => {
            let status = session.release_status(&running_version(running))?;
            output.result(&document(&status)?, || strings::status(&status));
        }
        ReleaseCommand::Offer { running } => {
            let offer = session.release_offer(&running_version(running))?;
            output.result(&document(&offer)?, || strings::offer(&offer));
        }
    }
    Ok(exit::OK)
}

fn document(value: &impl Serialize) -> Result<Value> {
    to_value(value).map_err(OutpostError::internal)
}

fn open(path: &Path) -> Result<File> {
    let name = path.display().to_string();
    File::open(path).map_err(|error| OutpostError::invalid(name, "unreadable", error))
}

fn running_version(arguments: &RunningArguments) -> RunningVersion {
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    RunningVersion {
        product: arguments.product.clone(),
        platform: arguments.platform.clone().unwrap_or(platform),
        code: arguments.running.unwrap_or_else(own_code),
    }
}

/// What this tool is.
pub(super) fn own_running() -> RunningVersion {
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    RunningVersion { product: "cli".to_owned(), platform, code: own_code() }
}

/// The version code of this tool: three digits for each part of its version.
fn own_code() -> u64 {
    let parts = env!("CARGO_PKG_VERSION").split('.').map(|part| part.parse().unwrap_or(0));
    parts.fold(0, |code: u64, part: u64| code * 1_000 + part)
}

fn root_plan(arguments: &MakeRoot) -> Result<RootPlan> {
    let cards = |texts: &[String]| -> Result<Vec<String>> {
        texts.iter().map(|text| card_text(text)).collect()
    };
    Ok(RootPlan {
        before: arguments.after.clone(),
        root_keys: cards(&arguments.root_keys)?,
        root_threshold: arguments.root_threshold,
        release_keys: cards(&arguments.release_keys)?,
        release_threshold: arguments.release_threshold,
        expires_on: arguments.expires.clone(),
    })
}

fn planned(arguments: &MakeRelease) -> Result<ReleasePlanned> {
    let package = |text: &String| -> Result<(String, PathBuf)> {
        let parts = text.split_once('=').ok_or_else(|| {
            OutpostError::invalid("package", "shape", "write it as platform=file")
        })?;
        Ok((parts.0.to_owned(), PathBuf::from(parts.1)))
    };
    Ok(ReleasePlanned {
        root: arguments.root,
        fresh_until: arguments.fresh_until.clone(),
        before: arguments.before.clone(),
        product: arguments.product.clone(),
        code: arguments.code,
        name: arguments.name.clone(),
        floor: arguments.floor,
        percent: arguments.percent,
        sites: arguments.sites.clone(),
        packages: arguments.packages.iter().map(package).collect::<Result<_>>()?,
    })
}
