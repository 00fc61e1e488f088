//! `package …`

use std::fs::File;
use std::path::Path;

use outpost_engine::model::ImportObserver;
use outpost_engine::{
    DriftPlace, OutpostError, PackageExtent, PackageSource, Result, Session, Unfinished,
};
use serde::Serialize;
use serde_json::{Value, json, to_value};

use crate::args::{MakePackage, PackageCommand};
use crate::exit;
use crate::output::Output;
use crate::progress::Bar;
use crate::strings::package as strings;

struct Counter(Bar);

impl ImportObserver for Counter {
    fn on_progress(&self, objects: u64) {
        self.0.counted(strings::READING, objects, None);
    }
}

/// `package …`
///
/// # Errors
/// `InvalidInput` for a package that is damaged or signed by no centre known here; `Forbidden`; server
/// and storage errors.
pub fn package(session: &Session, command: &PackageCommand, output: Output) -> Result<u8> {
    let counter = Counter(Bar::new(output));
    let code = match command {
        PackageCommand::Make(arguments) => make(session, arguments, &counter, output),
        PackageCommand::Show { file } => {
            let package = session.inspect_package(&mut open(file)?)?;
            output.result(&document(&package)?, || strings::shown(&package));
            Ok(exit::OK)
        }
        PackageCommand::Verify { file } => {
            let package = session.inspect_package(&mut open(file)?)?;
            output.result(&document(&package)?, || strings::verified(&package));
            Ok(exit::OK)
        }
        PackageCommand::Apply { file, dry_run } => {
            let applied = session.apply_package(&mut open(file)?, *dry_run)?;
            output.result(&document(&applied)?, || strings::applied(&applied));
            Ok(if applied.applied { exit::OK } else { exit::REFUSED })
        }
        PackageCommand::Push { file, dry_run } => {
            let pushed = session.push_package(&mut open(file)?, *dry_run, &counter)?;
            counter.0.finish();
            output.result(&document(&pushed)?, || strings::pushed(&pushed));
            let is_well = pushed.pushed || (*dry_run && pushed.problems.is_empty());
            Ok(if is_well { exit::OK } else { exit::REFUSED })
        }
        PackageCommand::Drift { file, server } => {
            let place = if *server { DriftPlace::Server } else { DriftPlace::Device };
            let report = session.drift(&mut open(file)?, place, &counter)?;
            counter.0.finish();
            output.result(&document(&report)?, || strings::drift(&report));
            let stops = report.stop_now + report.stop_later;
            Ok(if stops == 0 { exit::OK } else { exit::REFUSED })
        }
    };
    counter.0.finish();
    code
}

fn document(value: &impl Serialize) -> Result<Value> {
    to_value(value).map_err(OutpostError::internal)
}

fn open(path: &Path) -> Result<File> {
    let name = path.display().to_string();
    File::open(path).map_err(|error| OutpostError::invalid(name, "unreadable", error))
}

fn make(
    session: &Session,
    arguments: &MakePackage,
    counter: &Counter,
    output: Output,
) -> Result<u8> {
    let source = match &arguments.from_json {
        Some(path) => PackageSource::Json(path.clone()),
        None => PackageSource::Server,
    };
    let extent = match (&arguments.base, arguments.full) {
        (Some(path), _) => PackageExtent::Since(path.clone()),
        (None, true) => PackageExtent::Full,
        (None, false) => PackageExtent::Step,
    };
    let is_folder = arguments.out.is_dir();
    let unfinished = match is_folder {
        true => Unfinished::create(&arguments.out),
        false => Unfinished::beside(&arguments.out),
    };
    let unwritable = |error| OutpostError::invalid("out", "unwritable", error);
    let mut unfinished = unfinished.map_err(unwritable)?;
    let label = arguments.label.as_deref();
    let (set, file) = (&arguments.set, unfinished.file());
    let made = session.make_package(set, label, &source, &extent, file, counter);
    counter.0.finish();
    let made = made?;
    let path = match is_folder {
        true => arguments.out.join(&made.file_name),
        false => arguments.out.clone(),
    };
    unfinished.replace(&path).map_err(unwritable)?;
    let path = path.display().to_string();
    let mut shown = document(&made)?;
    shown["path"] = json!(path);
    output.result(&shown, || strings::made(&made, &path));
    Ok(exit::OK)
}
