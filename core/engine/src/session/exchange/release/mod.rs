//! Updates of the app and the command line on this device: what is trusted, what came, what may be
//! installed.
//!
//! Trust is given once, by a person who compares the digits of the first root; from then on every file is
//! believed or refused by its signatures. What is known lies in the encrypted database, the packages lie
//! beside it under their hash and are verified again whenever one is offered. Nothing here installs.

mod issue;

pub use issue::publish_release;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use outpost_exchange::keys::Comparison;
use outpost_exchange::release::{
    Alarm, ProductRelease, ReleaseFile, ReleasePlan, Releases, Running, Staged, Version, peek_roots,
};
use outpost_store::Exchange;
use outpost_sync::ports::facts;

use crate::error::{OutpostError, Result};
use crate::model::{
    PackageHere, ProductView, ReleaseOffer, ReleaseStatus, ReleaseTaken, RunningVersion,
    VersionView,
};
use crate::platform::storage;
use crate::refusals;
use crate::session::Session;

/// Documents: what is known, and why the last file was refused.
const RELEASES: &str = "releases";
const REFUSED: &str = "releaseRefused";

impl Session {
    /// Takes in a release file: verifies it to its last byte and stages the packages that travel with it.
    /// Before a root is trusted, `heard` must be the digits of its root; without them nothing is taken
    /// in, and the report tells them.
    ///
    /// # Errors
    /// `InvalidInput` if it is damaged, not signed by those who may, or the digits differ; it is told by
    /// [`Session::release_status`] from then on. Storage errors.
    pub fn take_in_release(
        &self,
        input: &mut (impl Read + Seek),
        heard: Option<&str>,
        running: &RunningVersion,
    ) -> Result<ReleaseTaken> {
        let _only_one = self.take_sync_lock()?;
        let known = match self.releases()? {
            Some(known) => known,
            None => {
                let roots = peek_roots(input).map_err(refusals::of_release)?;
                let last = roots.last().ok_or_else(|| {
                    OutpostError::invalid("file", "foreign", "the file has no root")
                })?;
                let Some(heard) = heard else {
                    return self.not_trusted(last.fingerprint().to_string(), running);
                };
                compare(&last.fingerprint().compare(heard))?;
                Releases::trust(&roots).map_err(refusals::of_release)?
            }
        };
        self.take_verified(input, known, running).inspect_err(|error| {
            // That it could not be noted changes nothing about the refusal.
            self.note_refusal(Some(&error.to_string())).ok();
        })
    }

    fn not_trusted(&self, digits: String, running: &RunningVersion) -> Result<ReleaseTaken> {
        let words = "No root is trusted here yet. Compare the digits with those that the centre \
                     published on another way, and take the file in with them";
        Ok(ReleaseTaken {
            is_taken: false,
            words: words.to_owned(),
            staged: Vec::new(),
            fingerprint: Some(digits),
            status: self.release_status(running)?,
        })
    }

    fn take_verified(
        &self,
        input: &mut (impl Read + Seek),
        mut known: Releases,
        running: &RunningVersion,
    ) -> Result<ReleaseTaken> {
        let mut file = ReleaseFile::open(input, &known).map_err(refusals::of_release)?;
        let plan = known.take_in(&file);
        let words = words_of(&plan);
        let is_taken = matches!(plan, ReleasePlan::Apply { .. } | ReleasePlan::Duplicate);
        let mut staged = Vec::new();
        if is_taken {
            for (product, target) in targets(&file) {
                let Some(check) = known.check(&product, &target.platform) else { continue };
                let payload = file.payload(&target).map_err(refusals::of_exchange)?;
                let Some(mut payload) = payload else { continue };
                let path = self.package_path(&target.sha256.to_string())?;
                let unfinished = path.with_extension("unfinished");
                let mut out = File::create(&unfinished).map_err(|error| on_disk(&error))?;
                let verified = check.copy(&mut payload, &mut out);
                let verified = verified.map_err(refusals::of_release).inspect_err(|_| {
                    std::fs::remove_file(&unfinished).ok();
                })?;
                let kept = out.sync_all().and_then(|()| std::fs::rename(&unfinished, &path));
                kept.map_err(|error| on_disk(&error))?;
                if known.staged(verified.clone()) {
                    staged.push(package(&verified));
                }
            }
        }
        let refused = (!is_taken).then_some(words.as_str());
        self.exchange(|exchange| {
            keep(exchange, &known)?;
            exchange.keep_document(REFUSED, refused)?;
            exchange.note_file(serde_json::json!({ "release": words }))?;
            Ok::<_, OutpostError>(())
        })?;
        self.forget_unknown_packages(&known);
        let status = self.release_status(running)?;
        Ok(ReleaseTaken { is_taken, words, staged, fingerprint: None, status })
    }

    /// What is known of releases here.
    ///
    /// # Errors
    /// Storage errors.
    pub fn release_status(&self, running: &RunningVersion) -> Result<ReleaseStatus> {
        let refused = self.store().exchange_document(REFUSED)?;
        let Some(known) = self.releases()? else {
            let alarms =
                vec!["No root is trusted here yet: updates cannot be verified.".to_owned()];
            return Ok(ReleaseStatus {
                root: None,
                root_expires: None,
                number: None,
                fresh_until: None,
                products: Vec::new(),
                packages: Vec::new(),
                refused,
                alarms,
            });
        };
        let release = known.release();
        Ok(ReleaseStatus {
            root: Some(known.root().number),
            root_expires: Some(known.root().expires_on.to_string()),
            number: release.map(|release| release.number),
            fresh_until: release.map(|release| release.fresh_until.to_string()),
            products: release.into_iter().flat_map(|it| &it.products).map(product).collect(),
            packages: known.packages().iter().map(package).collect(),
            alarms: self.alarms(&known, running)?,
            refused,
        })
    }

    /// What this device may install: a package whose bytes were verified just now, or which version is to
    /// come. Asked by the shell that hands the file to the installer of the system.
    ///
    /// # Errors
    /// `NotFound` if this device has no card, by which its turn is told; storage errors.
    pub fn release_offer(&self, running: &RunningVersion) -> Result<ReleaseOffer> {
        let _only_one = self.take_sync_lock()?;
        let keys = self.who_is_who()?;
        let mut offer = ReleaseOffer {
            product: running.product.clone(),
            platform: running.platform.clone(),
            running: running.code,
            install: None,
            path: None,
            bring: None,
            later: None,
            spoilt: None,
            refused: self.store().exchange_document(REFUSED)?,
            alarms: self.release_status(running)?.alarms,
        };
        let Some(mut known) = self.releases()? else { return Ok(offer) };
        let site = keys.my_line();
        let runs = Running {
            product: &running.product,
            platform: &running.platform,
            version: running.code,
            site,
        };
        loop {
            let found = known.offer(&runs);
            offer.bring = found.bring.as_ref().map(|wanted| version(&wanted.version));
            offer.later = found.later.as_ref().map(version);
            let Some(staged) = found.install else { return Ok(offer) };
            let path = self.package_path(&staged.sha256.to_string())?;
            let verified =
                File::open(&path).map_err(|error| on_disk(&error)).and_then(|mut file| {
                    let check = known.check_again(&staged);
                    check.copy(&mut file, &mut std::io::sink()).map_err(refusals::of_release)
                });
            if verified.is_ok() {
                offer.install = Some(package(&staged));
                offer.path = Some(path);
                return Ok(offer);
            }
            // The disk has changed it: it must come again, and an older one may do meanwhile.
            offer.spoilt = Some(version(&staged.version));
            known.lost(staged.sha256);
            std::fs::remove_file(&path).ok();
            self.exchange(|exchange| keep(exchange, &known))?;
        }
    }

    fn releases(&self) -> Result<Option<Releases>> {
        let text = self.store().exchange_document(RELEASES)?;
        let known = text.map(|text| Releases::from_json(&text)).transpose();
        known.map_err(refusals::of_exchange)
    }

    fn note_refusal(&self, reason: Option<&str>) -> Result<()> {
        self.exchange(|exchange| Ok(exchange.keep_document(REFUSED, reason)?))
    }

    fn package_folder(&self) -> PathBuf {
        let mut path = self.inner.database.as_os_str().to_owned();
        path.push(".releases");
        PathBuf::from(path)
    }

    fn package_path(&self, sha256: &str) -> Result<PathBuf> {
        let folder = self.package_folder();
        std::fs::create_dir_all(&folder).map_err(|error| on_disk(&error))?;
        Ok(folder.join(format!("{sha256}.package")))
    }

    /// Throws away packages that may no longer be installed.
    fn forget_unknown_packages(&self, known: &Releases) {
        let names: Vec<String> =
            known.packages().iter().map(|it| format!("{}.package", it.sha256)).collect();
        let entries = std::fs::read_dir(self.package_folder()).into_iter().flatten().flatten();
        for entry in entries {
            if !names.iter().any(|name| entry.file_name().to_str() == Some(name)) {
                std::fs::remove_file(entry.path()).ok();
            }
        }
    }

    fn alarms(&self, known: &Releases, running: &RunningVersion) -> Result<Vec<String>> {
        // Without a card no turn can be told; alarms do not depend on it.
        let site = self.who_is_who().map(|keys| keys.my_line()).ok();
        let Some(site) = site.or_else(|| outpost_exchange::keys::KeyId::parse("0000000000000000"))
        else {
            return Ok(Vec::new());
        };
        let runs = Running {
            product: &running.product,
            platform: &running.platform,
            version: running.code,
            site,
        };
        let alarms = known.alarms(&runs, self.server_day()?);
        Ok(alarms.into_iter().map(words_of_alarm).collect())
    }

    /// The server's day as last measured, else the device's.
    fn server_day(&self) -> Result<Date> {
        let skew = self.store().load_fact(facts::SKEW_MS)?;
        let skew: i64 = skew.and_then(|skew| skew.parse().ok()).unwrap_or_default();
        let now = jiff::Timestamp::from_millisecond(self.now_ms().saturating_add(skew));
        let now = now.map_err(OutpostError::internal)?;
        Ok(jiff::tz::Offset::UTC.to_datetime(now).date())
    }
}

fn on_disk(error: &std::io::Error) -> OutpostError {
    storage(error, "a package beside the database")
}

fn keep(exchange: &Exchange<'_>, known: &Releases) -> Result<()> {
    Ok(exchange.keep_document(RELEASES, Some(&known.to_json()))?)
}

fn compare(comparison: &Comparison) -> Result<()> {
    let (code, reason) = match comparison {
        Comparison::Same => return Ok(()),
        Comparison::Incomplete { digits } => {
            ("incomplete", format!("a fingerprint has thirty digits, these are {digits}"))
        }
        Comparison::Differs { group } => {
            let reason = format!(
                "group {group} differs: this file is not from the one who published the digits; do \
                 not trust it"
            );
            ("differs", reason)
        }
    };
    Err(OutpostError::invalid("fingerprint", code, reason))
}

/// Every product and package of a file.
fn targets<R>(file: &ReleaseFile<R>) -> Vec<(String, outpost_exchange::release::Target)> {
    let products = file.release().draft().products.iter();
    products
        .flat_map(|it| it.targets.iter().map(|target| (it.product.clone(), target.clone())))
        .filter(|(_, target)| file.has_payload(target))
        .collect()
}

fn version(version: &Version) -> VersionView {
    VersionView { code: version.code, name: version.name.clone() }
}

fn package(staged: &Staged) -> PackageHere {
    PackageHere {
        product: staged.product.clone(),
        platform: staged.platform.clone(),
        version: version(&staged.version),
        bytes: staged.bytes,
        sha256: staged.sha256.to_string(),
    }
}

fn product(release: &ProductRelease) -> ProductView {
    ProductView {
        product: release.product.clone(),
        version: version(&release.version),
        floor: release.floor,
        percent: release.stage.percent,
        sites: release.stage.sites.iter().map(ToString::to_string).collect(),
        platforms: release.targets.iter().map(|target| target.platform.clone()).collect(),
    }
}

fn words_of(plan: &ReleasePlan) -> String {
    match plan {
        ReleasePlan::Apply { new_root: false } => {
            "It is the newest release from now on.".to_owned()
        }
        ReleasePlan::Apply { new_root: true } => {
            "It brings a new root and is the newest release from now on.".to_owned()
        }
        ReleasePlan::Duplicate => "It is the release that is known.".to_owned(),
        ReleasePlan::Rollback { known } => format!(
            "It is older than release {known}, which is known here: it was left alone. Going back \
             takes a newer release."
        ),
        ReleasePlan::Fork { number } => format!(
            "Another release {number} is known here: somebody else numbers releases. It was left \
             alone; tell the centre."
        ),
        ReleasePlan::LowerVersion { product, known } => format!(
            "It names a lower version of {product} than {known}, which is known here: it was left \
             alone."
        ),
        ReleasePlan::OtherContent { product, version } => format!(
            "It names another content for version {version} of {product} than is known here: it \
             was left alone; tell the centre."
        ),
    }
}

fn words_of_alarm(alarm: Alarm) -> String {
    match alarm {
        Alarm::NoRelease => "No release has ever come.".to_owned(),
        Alarm::Stale { since } => format!(
            "A newer release should have come since {since}: whoever carries files may be holding \
             it back. Ask the centre."
        ),
        Alarm::RootExpired { since } => {
            format!("A new root should have come since {since}. Ask the centre.")
        }
        Alarm::ClockBehind { issued } => format!(
            "The clock of this device is behind {issued}, when the release was made: set it, or \
             whether news is missing cannot be told."
        ),
        Alarm::BelowFloor { floor } => {
            format!(
                "What runs is older than version {floor}, the lowest that still may: update it."
            )
        }
    }
}

/// Reads a document of key holders, which is small.
fn read_small(path: &Path, bytes_max: u64) -> Result<Vec<u8>> {
    let name = path.display().to_string();
    let unreadable = |error| OutpostError::invalid(name.clone(), "unreadable", error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
