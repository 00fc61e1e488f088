//! Metadata packages: versions of one standard set, issued by the centre, applied on devices and in the
//! DHIS2 of districts, and in what a place differs from them (requirement O5).
//!
//! The centre keeps which versions it issued and what the latest of them held, in its own database, so
//! that no number is given twice. A place that applied a version keeps which one and what was in it.
//! Nothing that was never part of the set is touched by a package: it is the place's own, and drift
//! names it.

mod apply;
mod content;
mod drift;
mod make;
mod push;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use outpost_exchange::file::{Link, peek_key_list};
use outpost_exchange::keys::KeyList;
use outpost_exchange::package::{
    Applied, Inventory, ObjectKey, Package, PackageLine, PackageManifest, PackagePlan, plan_apply,
};
use outpost_store::Exchange;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Keys;
use crate::error::{OutpostError, Result};
use crate::limits::PACKAGE_CLASSES_MAX;
use crate::model::{PackageStep, PackageView};
use crate::refusals;
use crate::session::Session;

pub use drift::DriftPlace;
pub use make::{PackageExtent, PackageSource};

/// Documents: the version in use on this device, and in the server of this account.
const IN_USE: &str = "package";
const ON_SERVER: &str = "packageOnServer";

/// The version that a place uses, with what was in it.
#[derive(Debug, Clone)]
struct InUse {
    applied: Applied,
    inventory: Inventory,
}

#[derive(Serialize, Deserialize)]
struct InUseDocument {
    applied: Applied,
    label: String,
    /// Fingerprint of the forms on this device when it was applied.
    #[serde(default)]
    forms: Option<String>,
}

fn inventory_name(document: &str) -> String {
    format!("{document}/inventory")
}

fn read_document<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>> {
    let read = text.map(|text| serde_json::from_str(&text)).transpose();
    read.map_err(|_| OutpostError::internal("a kept document about packages cannot be read"))
}

fn keep_document(exchange: &Exchange<'_>, name: &str, document: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(document).map_err(OutpostError::internal)?;
    Ok(exchange.keep_document(name, Some(&text))?)
}

fn keep_in_use(
    exchange: &Exchange<'_>,
    name: &str,
    document: &InUseDocument,
    inventory: &Inventory,
) -> Result<()> {
    keep_document(exchange, name, document)?;
    Ok(exchange.keep_document(&inventory_name(name), Some(&inventory.to_text()))?)
}

/// A package whose bytes are verified.
struct OpenedPackage<R> {
    keys: Keys,
    package: Package<R>,
    list: Option<(KeyList, u64)>,
    plan: PackagePlan,
    current: Option<InUse>,
}

impl<R> OpenedPackage<R>
where
    R: Read + Seek,
{
    fn view(&self) -> PackageView {
        view(&self.keys, self.package.manifest(), self.package.link(), &self.plan)
    }

    /// What the set consisted of before.
    fn before(&self) -> Inventory {
        let is_full = self.package.manifest().is_full();
        let kept = self.current.as_ref().filter(|_| !is_full);
        kept.map(|current| current.inventory.clone()).unwrap_or_default()
    }

    /// Goes through all lines and answers what the set consists of after them. What `each` did counts
    /// only if this returns `Ok`.
    fn read(self, mut each: impl FnMut(PackageLine) -> Result<()>) -> Result<Inventory> {
        let mut inventory = self.before();
        let address = self.package.manifest().address.clone();
        let mut lines = self.package.lines().map_err(refusals::of_exchange)?;
        for line in lines.by_ref() {
            let line = line.map_err(refusals::of_exchange)?;
            inventory.apply(&line);
            each(line)?;
        }
        let fits = inventory.hash() == address.result && inventory.objects() == address.objects;
        if !lines.is_complete() || !fits {
            let reason = "what comes out is not the set that the centre signed: ask it for a \
            package with the whole set";
            return Err(OutpostError::invalid("file", "result", reason));
        }
        Ok(inventory)
    }
}

impl Session {
    /// Verifies a package to its last byte, with its content, and says what it is to this device.
    ///
    /// # Errors
    /// `InvalidInput` if it is damaged or signed by no centre known here; storage errors.
    pub fn inspect_package(&self, input: &mut (impl Read + Seek)) -> Result<PackageView> {
        let opened = self.open_package(input, IN_USE)?;
        let mut view = opened.view();
        let mut classes: BTreeMap<String, u64> = BTreeMap::new();
        let mut count = |line: PackageLine| {
            let known = classes.len();
            let class = line.key().class;
            if known < PACKAGE_CLASSES_MAX || classes.contains_key(&class) {
                *classes.entry(class).or_default() += 1;
            }
            Ok(())
        };
        // Only a whole set, or a step from what is here, can be added up.
        match opened.plan {
            PackagePlan::Apply { .. } => opened.read(count).map(|_| ())?,
            _ if opened.package.manifest().is_full() => opened.read(count).map(|_| ())?,
            _ => {
                let lines = opened.package.lines().map_err(refusals::of_exchange)?;
                for line in lines {
                    count(line.map_err(refusals::of_exchange)?)?;
                }
            }
        }
        view.classes = classes;
        Ok(view)
    }

    fn in_use(&self, name: &str) -> Result<Option<InUse>> {
        let store = self.store();
        let document: Option<InUseDocument> = read_document(store.exchange_document(name)?)?;
        let Some(document) = document else { return Ok(None) };
        let text = store.exchange_document(&inventory_name(name))?.unwrap_or_default();
        let inventory = Inventory::from_text(&text).map_err(refusals::of_exchange)?;
        Ok(Some(InUse { applied: document.applied, inventory }))
    }

    /// The version in use, as the base of what is captured here; `None` once other forms came.
    pub(super) fn package_base(
        &self,
        forms: &str,
    ) -> Result<Option<outpost_exchange::file::MetadataBase>> {
        let text = self.store().exchange_document(IN_USE)?;
        let document: Option<InUseDocument> = read_document(text)?;
        let document = document.filter(|document| document.forms.as_deref() == Some(forms));
        Ok(document.map(|InUseDocument { applied, .. }| outpost_exchange::file::MetadataBase {
            version: format!("{} {}", applied.set, applied.link.sequence),
            hash: applied.result.to_string(),
        }))
    }

    /// Verifies a package; its content stays closed. `place` is the document of the version in use.
    fn open_package<R: Read + Seek>(&self, mut input: R, place: &str) -> Result<OpenedPackage<R>> {
        let mut keys = self.who_is_who()?;
        let mut list = None;
        // A list has a signature of its own, and it may be the one that makes the centre known.
        if let Some(found) = peek_key_list(&mut input).map_err(refusals::of_exchange)?
            && let Ok(changes) = keys.ring.apply_list(&found)
        {
            list = Some((found, changes.len() as u64));
        }
        let package = Package::open(input, &keys.ring).map_err(refusals::of_exchange)?;
        let current = self.in_use(place)?;
        let applied = current.as_ref().map(|current| &current.applied);
        let plan = plan_apply(applied, &keys.ring, package.manifest(), package.link().hash);
        Ok(OpenedPackage { keys, package, list, plan, current })
    }
}

fn applied_of(manifest: &PackageManifest, link: Link) -> Applied {
    let address = &manifest.address;
    Applied { set: address.set.clone(), link, result: address.result }
}

fn view(keys: &Keys, manifest: &PackageManifest, link: Link, plan: &PackagePlan) -> PackageView {
    let address = &manifest.address;
    let count = |class: &str| manifest.counts.get(class).copied().unwrap_or_default();
    PackageView {
        set: address.set.clone(),
        number: address.sequence,
        label: address.label.clone(),
        from: keys.site(manifest.from),
        issued_at: address.issued_at.clone(),
        hash: link.hash.to_string(),
        is_full: manifest.is_full(),
        base: address.base.map(|base| base.sequence),
        objects: count("object"),
        gone: count("gone"),
        set_objects: address.objects,
        set_hash: address.result.to_string(),
        classes: BTreeMap::new(),
        plan: step(plan),
        advice: advice(plan),
    }
}

const fn step(plan: &PackagePlan) -> PackageStep {
    match plan {
        PackagePlan::Apply { .. } => PackageStep::Apply,
        PackagePlan::Duplicate => PackageStep::Known,
        PackagePlan::Gap(_) => PackageStep::Waits,
        PackagePlan::OtherBase { .. } => PackageStep::OtherBase,
        PackagePlan::Rollback { .. } => PackageStep::Older,
        PackagePlan::Fork { .. } => PackageStep::Fork,
        PackagePlan::OtherSet { .. } => PackageStep::OtherSet,
        PackagePlan::Revoked(_) => PackageStep::Revoked,
        PackagePlan::UnknownIssuer { .. } => PackageStep::UnknownIssuer,
    }
}

fn advice(plan: &PackagePlan) -> String {
    match plan {
        PackagePlan::Apply { skipped: None } => "It can be applied.".to_owned(),
        PackagePlan::Apply { skipped: Some(missing) } => format!(
            "It can be applied. Versions {} to {} never came; this one makes them unnecessary.",
            missing.first, missing.last
        ),
        PackagePlan::Duplicate => "It is in use: nothing is to be done.".to_owned(),
        PackagePlan::Gap(missing) => format!(
            "Versions {} to {} have not come: bring them first, or a package with the whole set.",
            missing.first, missing.last
        ),
        PackagePlan::OtherBase { needs } => format!(
            "It leads on from version {}, which is no longer in use: bring the package that leads \
             on from the one in use, or one with the whole set.",
            needs.sequence
        ),
        PackagePlan::Rollback { current } => format!(
            "Version {} is in use, which is newer; going back takes a new version of the centre.",
            current.sequence
        ),
        PackagePlan::Fork { current } => format!(
            "It tells another history than version {} in use: two centres number one set, or the \
             centre was restored from a backup. Do not apply it; tell the centre.",
            current.sequence
        ),
        PackagePlan::OtherSet { current } => {
            format!("The set in use is \u{201c}{current}\u{201d}.")
        }
        PackagePlan::Revoked(revocation) => {
            format!("The key of its centre was revoked ({}).", revocation.reason.name())
        }
        PackagePlan::UnknownIssuer { key } => {
            format!("Key {key} is not known here: enrol the card of the centre.")
        }
    }
}

/// The name that an object of a line bears.
fn name_in(line: &PackageLine) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        name: Option<String>,
        display_name: Option<String>,
    }
    let PackageLine::Object { body, .. } = line else { return String::new() };
    let named: Option<Named> = serde_json::from_str(body.get()).ok();
    named.and_then(|it| it.name.or(it.display_name)).unwrap_or_default()
}

fn object_name(key: &ObjectKey, name: &str) -> crate::model::ObjectName {
    let (class, id) = (key.class.clone(), key.id.to_string());
    crate::model::ObjectName { class, id, name: name.to_owned() }
}
