//! The centre: the next version of a set, from a server or a package file.

use std::collections::BTreeMap;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use outpost_domain::metadata::MetadataKind;
use outpost_exchange::Hash;
use outpost_exchange::file::Link;
use outpost_exchange::keys::{Card, Role};
use outpost_exchange::package::{
    Inventory, ObjectKey, PackageAddress, PackageDraft, PackageLine, PackagePlan,
};
use outpost_store::Exchange;
use outpost_wire::metadata::page_size;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::content::{self, SetContent};
use super::{keep_document, read_document, view};
use crate::error::{OutpostError, Result};
use crate::limits::{PACKAGE_INVENTORIES_KEPT, PACKAGE_JSON_BYTES_MAX, PACKAGE_PAGE_OBJECTS};
use crate::model::{ImportObserver, PackageMade};
use crate::platform::storage;
use crate::refusals;
use crate::session::Session;
use crate::session::exchange::keys::kept_list;
use crate::session::exchange::spool::Spool;
use crate::session::exchange::{CARD, Keys};
use crate::session::online::get;

/// Where the objects of a version come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageSource {
    /// The server of this account.
    Server,
    /// A file as `/api/metadata` exports it.
    Json(PathBuf),
}

/// What a package holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageExtent {
    /// What changed since the version before, or everything in the first one.
    Step,
    /// The whole set.
    Full,
    /// What changed since the version of this package.
    Since(PathBuf),
}

/// A version that was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Issued {
    link: Link,
    label: String,
    issued_at: String,
    result: Hash,
    objects: u64,
}

fn issued_name(set: &str) -> String {
    format!("packageIssued/{set}")
}

fn issued_inventory_name(set: &str, number: u64) -> String {
    format!("packageIssued/{set}/{number}")
}

/// A version under way.
struct Making<'a> {
    keys: &'a Keys,
    set: &'a str,
    label: Option<&'a str>,
    content: &'a SetContent,
    issued: Vec<Issued>,
}

impl Session {
    /// Issues the next version of a set. The number is taken before the file is given out: if `out`
    /// fails, the next version takes the next number.
    ///
    /// # Errors
    /// `Forbidden` if this device is no centre; `InvalidInput` if nothing changed, the source cannot be
    /// read or the base is no version of the set that is still remembered; server and storage errors.
    pub fn make_package(
        &self,
        set: &str,
        label: Option<&str>,
        source: &PackageSource,
        extent: &PackageExtent,
        out: &mut dyn Write,
        observer: &dyn ImportObserver,
    ) -> Result<PackageMade> {
        let _only_one = self.take_sync_lock()?;
        let keys = self.who_is_who()?;
        self.must_be_centre("issues metadata packages")?;
        let mut left_out = BTreeMap::new();
        let mut content = match source {
            PackageSource::Server => self.content_of_server(observer)?,
            PackageSource::Json(path) => content_of_json(path, &mut left_out)?,
        };
        content::complete(&mut content);
        let base = match extent {
            PackageExtent::Since(path) => Some(self.link_of(path)?),
            PackageExtent::Step | PackageExtent::Full => None,
        };
        let mut finished = Spool::create(&self.inner.database, "handing-over")?;
        let spool = Spool::create(&self.inner.database, "spool")?;
        let file = spool.file.try_clone().map_err(|error| storage(&error, "a spool"))?;
        let now = self.now_text();
        let mut made = self.exchange(|exchange| {
            let issued = read_document(exchange.document(&issued_name(set))?)?.unwrap_or_default();
            let making = Making { keys: &keys, set, label, content: &content, issued };
            making.issue(exchange, extent, base, now, file, &mut finished.file)
        })?;
        made.left_out = left_out;
        let failed = |error: std::io::Error| {
            let number = made.package.number;
            let reason = format!(
                "it cannot be written ({error}); version {number} is taken, the next one leads on \
                 from it: make it with --full"
            );
            OutpostError::invalid("file", "unwritable", reason)
        };
        finished.file.rewind().map_err(failed)?;
        std::io::copy(&mut finished.file, out).and_then(|_| out.flush()).map_err(failed)?;
        Ok(made)
    }

    pub(in crate::session::exchange) fn must_be_centre(&self, act: &str) -> Result<()> {
        let card = self.store().exchange_document(CARD)?;
        let role = card.and_then(|text| Card::parse(&text).ok()).map(|card| card.role());
        match role {
            Some(Role::Centre) => Ok(()),
            _ => Err(OutpostError::Forbidden { reason: format!("only a centre {act}") }),
        }
    }

    fn link_of(&self, path: &Path) -> Result<Link> {
        let name = path.display().to_string();
        let file = std::fs::File::open(path);
        let mut file = file.map_err(|error| OutpostError::invalid(name, "unreadable", error))?;
        Ok(self.open_package(&mut file, super::IN_USE)?.package.link())
    }

    /// Everything of the classes that devices know, as the server of this account shows it.
    pub(super) fn content_of_server(&self, observer: &dyn ImportObserver) -> Result<SetContent> {
        let mut content = SetContent::new();
        for kind in MetadataKind::ALL {
            self.add_class(kind.collection(), page_size(kind), &mut content)?;
            observer.on_progress(content.len() as u64);
        }
        self.add_class("programSections", PACKAGE_PAGE_OBJECTS, &mut content)?;
        Ok(content)
    }

    /// Everything of one class.
    pub(super) fn add_class(&self, class: &str, size: u32, content: &mut SetContent) -> Result<()> {
        let fields = content::owner_fields(class);
        for page in 1.. {
            let target =
                format!("/api/{class}?fields={fields}&order=id:asc&page={page}&pageSize={size}");
            let answer = self.ask(get(target))?.done(class)?;
            let unreadable = |_| OutpostError::ServerRejected {
                status: answer.status,
                code: None,
                reason: format!("its list of {class} cannot be read"),
            };
            let mut list: Map<String, Value> =
                serde_json::from_slice(&answer.body).map_err(unreadable)?;
            let objects = match list.remove(class) {
                Some(Value::Array(objects)) => objects,
                _ => Vec::new(),
            };
            let found = objects.len();
            let objects = objects.into_iter().filter_map(|object| match object {
                Value::Object(body) => content::object_of(class, body),
                _ => None,
            });
            content.extend(objects);
            if found < size as usize {
                break;
            }
        }
        Ok(())
    }
}

fn content_of_json(path: &Path, left_out: &mut BTreeMap<String, u64>) -> Result<SetContent> {
    let invalid = |code: &str, reason: &dyn std::fmt::Display| {
        OutpostError::invalid(path.display().to_string(), code, reason)
    };
    let file = std::fs::File::open(path).map_err(|error| invalid("unreadable", &error))?;
    let mut bytes = Vec::new();
    let read = file.take(PACKAGE_JSON_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| invalid("unreadable", &error))?;
    if bytes.len() as u64 > PACKAGE_JSON_BYTES_MAX {
        let reason = format!("it has more than {} MB", PACKAGE_JSON_BYTES_MAX / 1_000_000);
        return Err(invalid("limit", &reason));
    }
    let lists: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        invalid("invalid", &format!("it is no metadata export ({place} cannot be read)"))
    })?;
    let mut content = SetContent::new();
    for (class, list) in lists {
        let Value::Array(objects) = list else { continue };
        if !content::is_part(&class) {
            left_out.insert(class, objects.len() as u64);
            continue;
        }
        for object in objects {
            let Value::Object(body) = object else { continue };
            match content::object_of(&class, body) {
                Some((key, object)) => drop(content.insert(key, object)),
                None => *left_out.entry(class.clone()).or_default() += 1,
            }
        }
    }
    match content.is_empty() {
        true => Err(invalid("invalid", &"it holds no objects as /api/metadata exports them")),
        false => Ok(content),
    }
}

impl Making<'_> {
    fn issue(
        mut self,
        exchange: &mut Exchange<'_>,
        extent: &PackageExtent,
        base: Option<Link>,
        now: String,
        spool: std::fs::File,
        out: &mut std::fs::File,
    ) -> Result<PackageMade> {
        let mut inventory = Inventory::default();
        for (key, object) in self.content {
            inventory.put(key.clone(), &object.text());
        }
        let last = self.issued.last().cloned();
        let before = match &last {
            Some(last) => self.inventory(exchange, last.link)?,
            None => Inventory::default(),
        };
        let base = match extent {
            PackageExtent::Full => None,
            PackageExtent::Step => last.as_ref().map(|last| last.link),
            PackageExtent::Since(_) => base,
        };
        if *extent == PackageExtent::Step && last.is_some() && before == inventory {
            let reason = "nothing changed since the version before; with --full the whole set is \
                          issued again";
            return Err(OutpostError::invalid("set", "nothing", reason));
        }
        let from = match base {
            Some(base) => self.inventory(exchange, base)?,
            None => Inventory::default(),
        };
        let sequence = last.as_ref().map_or(0, |last| last.link.sequence) + 1;
        let address = PackageAddress {
            set: self.set.to_owned(),
            label: self.label.map_or_else(|| sequence.to_string(), str::to_owned),
            sequence,
            previous: last.map(|last| last.link),
            base,
            issued_at: now,
            result: inventory.hash(),
            objects: inventory.objects(),
        };
        let link = self.write(exchange, &address, &from, &inventory, spool, out)?;
        self.keep(exchange, &address, link, &inventory)?;
        self.told(link, &before, &inventory, out)
    }

    fn inventory(&self, exchange: &Exchange<'_>, link: Link) -> Result<Inventory> {
        let is_ours = self.issued.iter().any(|issued| issued.link == link);
        let name = issued_inventory_name(self.set, link.sequence);
        let text = exchange.document(&name)?.filter(|_| is_ours).ok_or_else(|| {
            let reason = format!(
                "version {} of this set was not issued here, or is no longer remembered: make the \
                 package with --full",
                link.sequence
            );
            OutpostError::invalid("base", "unknown", reason)
        })?;
        Inventory::from_text(&text).map_err(refusals::of_exchange)
    }

    fn write(
        &self,
        exchange: &Exchange<'_>,
        address: &PackageAddress,
        from: &Inventory,
        to: &Inventory,
        spool: std::fs::File,
        out: &mut std::fs::File,
    ) -> Result<Link> {
        let mut lines: BTreeMap<&ObjectKey, Option<String>> = BTreeMap::new();
        for (key, object) in self.content {
            if from.get(key) != to.get(key) {
                lines.insert(key, Some(object.text()));
            }
        }
        lines.extend(from.keys().filter(|key| to.get(key).is_none()).map(|key| (key, None)));
        let mut draft = PackageDraft::begin(spool).map_err(refusals::of_exchange)?;
        for (key, text) in lines {
            let (class, id) = (key.class.clone(), key.id);
            let line = match text {
                Some(text) => {
                    let body = RawValue::from_string(text).map_err(OutpostError::internal)?;
                    PackageLine::Object { class, id, body }
                }
                None => PackageLine::Gone { class, id },
            };
            draft.add(&line).map_err(refusals::of_exchange)?;
        }
        let list = kept_list(exchange)?;
        draft
            .write(&self.keys.identity, address.clone(), list.as_ref(), out)
            .map_err(refusals::of_exchange)
    }

    fn keep(
        &mut self,
        exchange: &mut Exchange<'_>,
        address: &PackageAddress,
        link: Link,
        inventory: &Inventory,
    ) -> Result<()> {
        let name = issued_inventory_name(self.set, link.sequence);
        exchange.keep_document(&name, Some(&inventory.to_text()))?;
        if let Some(old) = link.sequence.checked_sub(PACKAGE_INVENTORIES_KEPT) {
            exchange.keep_document(&issued_inventory_name(self.set, old), None)?;
        }
        let PackageAddress { label, issued_at, result, objects, .. } = address.clone();
        self.issued.push(Issued { link, label, issued_at, result, objects });
        keep_document(exchange, &issued_name(self.set), &self.issued)?;
        exchange.note_file(serde_json::json!({
            "packageIssued": self.set, "version": link.sequence, "hash": link.hash.to_string(),
        }))?;
        Ok(())
    }

    fn told(
        &self,
        link: Link,
        before: &Inventory,
        after: &Inventory,
        out: &mut std::fs::File,
    ) -> Result<PackageMade> {
        // What is handed out was read back as whoever gets it reads it.
        out.rewind().map_err(|error| storage(&error, "a spool"))?;
        let package = outpost_exchange::package::Package::open(out, &self.keys.ring);
        let package = package.map_err(refusals::of_exchange)?;
        let manifest = package.manifest();
        let plan = PackagePlan::Apply { skipped: None };
        let counted = |test: &dyn Fn(&ObjectKey) -> bool, of: &Inventory| {
            of.keys().filter(|key| test(key)).count() as u64
        };
        Ok(PackageMade {
            package: view(self.keys, manifest, link, &plan),
            added: counted(&|key| before.get(key).is_none(), after),
            changed: counted(
                &|key| before.get(key).is_some_and(|it| after.get(key) != Some(it)),
                after,
            ),
            dropped: counted(&|key| after.get(key).is_none(), before),
            left_out: BTreeMap::new(),
            file_name: manifest.file_name(),
        })
    }
}
