//! A device: the objects of a package take the place of those that it has, all at once or not at all.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use outpost_exchange::package::{Inventory, ObjectKey, PackageLine, PackagePlan};
use outpost_store::{Exchange, StoreError};
use outpost_sync::ports::facts;
use outpost_wire::metadata::parse_page;
use serde_json::Value;

use super::{IN_USE, InUse, InUseDocument, OpenedPackage, applied_of, content, keep_in_use};
use super::{name_in, object_name};
use crate::error::{OutpostError, Result};
use crate::limits::{KEPT_OBJECTS_NAMED_MAX, PACKAGE_BATCH_OBJECTS};
use crate::model::{ObjectName, PackageApplied, PackageView};
use crate::session::Session;
use crate::session::exchange::hand_over::shown_name;
use crate::session::exchange::keys::{keep_list, keep_ring};

/// Why the transaction ends without being kept.
enum Ends {
    DryRun(Box<PackageApplied>),
    Failed(OutpostError),
}

impl From<StoreError> for Ends {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<OutpostError> for Ends {
    fn from(error: OutpostError) -> Self {
        Self::Failed(error)
    }
}

/// What is staged so far.
struct Staging<'a, 'b> {
    exchange: &'a mut Exchange<'b>,
    before: Option<&'a Inventory>,
    batch: Vec<(ObjectKey, String, Value)>,
    unreadable: Vec<ObjectName>,
}

impl Session {
    /// Applies a package to this device if it is its turn. Everything of it is visible at once, after
    /// its last line and if the set that comes out is the one that was signed. What unsent work needs is
    /// kept and marked. With `dry_run` nothing is kept, and the report says what would have been done.
    ///
    /// # Errors
    /// `InvalidInput` if it is damaged or signed by no centre known here; `Busy` while a synchronisation
    /// runs; storage errors. Nothing was written.
    pub fn apply_package(
        &self,
        input: &mut (impl Read + Seek),
        dry_run: bool,
    ) -> Result<PackageApplied> {
        let _only_one = self.take_sync_lock()?;
        let opened = self.open_package(&mut *input, IN_USE)?;
        let report = PackageApplied {
            package: opened.view(),
            dry_run,
            applied: false,
            changed: 0,
            removed: 0,
            kept: Vec::new(),
            unreadable: Vec::new(),
            freed: 0,
            keys_changed: opened.list.as_ref().map_or(0, |(_, changes)| *changes),
        };
        let worked = self.exchange(|exchange| -> std::result::Result<_, Ends> {
            if let Some((list, _)) = &opened.list {
                keep_ring(exchange, &opened.keys.ring)?;
                keep_list(exchange, list)?;
            }
            let report = match opened.plan {
                // A second time mends what has drifted since.
                PackagePlan::Apply { .. } | PackagePlan::Duplicate => {
                    show(exchange, opened, report)?
                }
                _ => report,
            };
            if dry_run { Err(Ends::DryRun(Box::new(report))) } else { Ok(report) }
        });
        let report = match worked {
            Ok(report) => report,
            Err(Ends::DryRun(report)) => return Ok(*report),
            Err(Ends::Failed(error)) => return Err(error),
        };
        if report.applied {
            self.forms_are_those_of_the_package()?;
            self.keep_package(input, &report.package);
        }
        Ok(report)
    }

    /// Keeps the file for those who come by. That it could not be kept is no harm: they get it elsewhere.
    fn keep_package(&self, input: &mut (impl Read + Seek), package: &PackageView) {
        let folder = packages_folder(&self.inner.database);
        let kind = if package.is_full { "full" } else { "step" };
        let path = folder.join(format!("{:010}-{kind}.tar", package.number));
        let unfinished = folder.join("unfinished");
        let mut keep = || -> std::io::Result<()> {
            std::fs::create_dir_all(&folder)?;
            input.rewind()?;
            let mut file = std::fs::File::create(&unfinished)?;
            std::io::copy(input, &mut file)?;
            file.sync_all()?;
            std::fs::rename(&unfinished, &path)
        };
        if keep().is_err() {
            std::fs::remove_file(&unfinished).ok();
            return;
        }
        if package.is_full {
            // It makes those before it unnecessary.
            let older = self.kept_packages().into_iter().filter(|kept| *kept < path);
            older.for_each(|kept| drop(std::fs::remove_file(kept)));
        }
    }

    /// Files of the versions that were applied here: the last whole set and what followed, in order.
    pub(in crate::session::exchange) fn kept_packages(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(packages_folder(&self.inner.database));
        let entries = entries.into_iter().flatten().flatten().map(|entry| entry.path());
        let is_tar = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "tar");
        let mut paths: Vec<PathBuf> = entries.filter(is_tar).collect();
        paths.sort();
        paths
    }

    /// Notes the fingerprint of the forms that the package made.
    fn forms_are_those_of_the_package(&self) -> Result<()> {
        let forms = self.store().load_fact(facts::METADATA_VERSION)?;
        self.exchange(|exchange| {
            let document = super::read_document(exchange.document(IN_USE)?)?;
            let Some(document) = document else { return Ok(()) };
            super::keep_document(exchange, IN_USE, &InUseDocument { forms, ..document })
        })
    }
}

fn packages_folder(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".packages");
    PathBuf::from(path)
}

fn show<R: Read + Seek>(
    exchange: &mut Exchange<'_>,
    opened: OpenedPackage<R>,
    mut report: PackageApplied,
) -> Result<PackageApplied> {
    let manifest = opened.package.manifest();
    let (applied, label) =
        (applied_of(manifest, opened.package.link()), manifest.address.label.clone());
    let before = opened.current.clone();
    let is_again = opened.plan == PackagePlan::Duplicate;
    let is_full = manifest.is_full();
    exchange.begin_package()?;
    let mut gone: Vec<ObjectKey> = Vec::new();
    let mut staging = Staging {
        exchange,
        before: before.as_ref().map(|before| &before.inventory).filter(|_| !is_again),
        batch: Vec::new(),
        unreadable: Vec::new(),
    };
    let inventory = opened.read(|line| match &line {
        PackageLine::Object { body, .. } => {
            let name = name_in(&line);
            staging.add(line.key(), name, body.get())
        }
        PackageLine::Gone { .. } => {
            gone.push(line.key());
            Ok(())
        }
    })?;
    staging.flush()?;
    report.unreadable = staging.unreadable;
    if let (true, Some(InUse { inventory: earlier, .. })) = (is_full, &before) {
        gone.extend(earlier.keys().filter(|key| inventory.get(key).is_none()).cloned());
    }
    let mut names = BTreeMap::new();
    for key in &gone {
        let Some(kind) = MetadataKind::from_collection(&key.class) else { continue };
        if let Some(object) = exchange.metadata_object(kind, key.id)? {
            let name = shown_name(&object.body).unwrap_or_default();
            names.insert((kind, key.id), name);
            exchange.stage_gone(kind, key.id)?;
        }
    }
    let shown = exchange.show_package()?;
    report.kept = kept(exchange, names)?;
    (report.changed, report.removed) = (shown.changed, shown.removed);
    report.freed = if exchange.has_aside()? { exchange.retry_aside()? } else { 0 };
    exchange.note_file(serde_json::json!({
        "packageApplied": applied.set, "version": applied.link.sequence,
        "hash": applied.link.hash.to_string(),
    }))?;
    let document = InUseDocument { applied, label, forms: None };
    keep_in_use(exchange, IN_USE, &document, &inventory)?;
    report.applied = true;
    Ok(report)
}

/// Of what is gone, what unsent work needs.
fn kept(
    exchange: &Exchange<'_>,
    names: BTreeMap<(MetadataKind, Uid), String>,
) -> Result<Vec<ObjectName>> {
    let mut kept = Vec::new();
    for ((kind, id), name) in names {
        if kept.len() < KEPT_OBJECTS_NAMED_MAX && exchange.metadata_object(kind, id)?.is_some() {
            kept.push(object_name(&ObjectKey { class: kind.collection().to_owned(), id }, &name));
        }
    }
    Ok(kept)
}

impl Staging<'_, '_> {
    fn add(&mut self, key: ObjectKey, name: String, body: &str) -> Result<()> {
        let Some(kind) = MetadataKind::from_collection(&key.class) else { return Ok(()) };
        if self.batch.first().is_some_and(|(first, ..)| first.class != key.class)
            || self.batch.len() == PACKAGE_BATCH_OBJECTS
        {
            self.flush()?;
        }
        let existing = self.exchange.metadata_object(kind, key.id)?;
        let hash = outpost_exchange::Hash::of(body.as_bytes());
        let is_here = existing.as_ref().is_some_and(|existing| !existing.is_gone);
        if is_here && self.before.and_then(|before| before.get(&key)) == Some(hash) {
            return Ok(());
        }
        let existing = existing.and_then(|object| serde_json::from_str::<Value>(&object.body).ok());
        let body: Value = serde_json::from_str(body).map_err(OutpostError::internal)?;
        let shape = content::for_device(kind, &body, existing.as_ref());
        if is_here && existing.as_ref() == Some(&shape) {
            return Ok(());
        }
        self.batch.push((key, name, shape));
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let Some((first, ..)) = self.batch.first() else { return Ok(()) };
        let Some(kind) = MetadataKind::from_collection(&first.class) else { return Ok(()) };
        let bodies: Vec<&Value> = self.batch.iter().map(|(_, _, body)| body).collect();
        let page = serde_json::json!({ kind.collection(): bodies }).to_string();
        let page = parse_page(kind, page.as_bytes()).map_err(OutpostError::internal)?;
        self.exchange.stage_objects(kind, &page.objects)?;
        for skipped in page.skipped {
            let found =
                self.batch.iter().find(|(key, ..)| Some(key.id.as_str()) == skipped.uid.as_deref());
            if let Some((key, name, _)) = found {
                self.unreadable.push(object_name(key, name));
            }
        }
        self.batch.clear();
        Ok(())
    }
}
