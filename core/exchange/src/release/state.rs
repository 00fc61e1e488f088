//! What this device knows of releases, and what follows from it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::draft::{ProductRelease, ReleaseDraft, Target, Version};
use super::file::ReleaseFile;
use super::payload::{PayloadCheck, Staged};
use super::root::{Root, RootDraft, last_of};
use crate::document::Format;
use crate::error::{ExchangeError, ReleaseError};
use crate::keys::KeyId;
use crate::limits::STAGED_MAX;
use crate::text::Hash;

const FORMAT: Format = Format { name: "outpost-releases", version: 1, what: "memory of releases" };

/// What to do with a release file that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleasePlan {
    /// Take it in.
    Apply {
        /// Whether its root is newer than the one here.
        new_root: bool,
    },
    /// It is the one that is known. Its packages may still be of use.
    Duplicate,
    /// It is older than the one that is known; going back takes a newer release.
    Rollback {
        /// Number of the release that is known.
        known: u64,
    },
    /// Another release with the same number is known: two people number releases, or the release keys
    /// are in wrong hands. Not taken in; a person at the centre must decide.
    Fork {
        /// The number.
        number: u64,
    },
    /// It is newer and names a lower version of a product.
    LowerVersion {
        /// Name of the product.
        product: String,
        /// The version code that is known.
        known: u64,
    },
    /// It names other bytes for a version that is known: a version has one content for ever.
    OtherContent {
        /// Name of the product.
        product: String,
        /// Its version code.
        version: u64,
    },
}

/// What runs on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running<'a> {
    /// Name of the product.
    pub product: &'a str,
    /// Name of the platform.
    pub platform: &'a str,
    /// Code of the version that runs.
    pub version: u64,
    /// The site of the device: the first key of its line.
    pub site: KeyId,
}

/// A package that this device should have and whose bytes are not here yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its version.
    pub version: Version,
    /// Size and hash.
    pub target: Target,
}

/// What a device may do about its version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// A verified package, newer than what runs, to be installed.
    pub install: Option<Staged>,
    /// A newer package whose turn it is here and which has not come.
    pub bring: Option<Wanted>,
    /// A newer version whose turn it is not yet at this site.
    pub later: Option<Version>,
}

/// What people should be told. Nothing of it stops anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// No release has ever come.
    NoRelease,
    /// A newer release should have come since this day: whoever carries files may be holding it back.
    Stale {
        /// The day.
        since: Date,
    },
    /// A new root should have come since this day.
    RootExpired {
        /// The day.
        since: Date,
    },
    /// The day given lies before the release was made: the clock is wrong, so staleness is not known.
    ClockBehind {
        /// The day on which the release was made.
        issued: Date,
    },
    /// What runs is older than the lowest version that still may.
    BelowFloor {
        /// That version code.
        floor: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known<D> {
    hash: Hash,
    draft: D,
}

/// What a device knows: the root that it follows, the newest release, verified packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    root: Known<RootDraft>,
    release: Option<Known<ReleaseDraft>>,
    /// The highest version code of each product that a release under this root named.
    highest: BTreeMap<String, u64>,
    staged: Vec<Staged>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u64,
    root: Known<RootDraft>,
    release: Option<Known<ReleaseDraft>>,
    /// The highest version code of each product that a release under this root named.
    highest: BTreeMap<String, u64>,
    staged: Vec<Staged>,
}

impl Releases {
    /// Begins to follow the last of these roots: those that came with the app, or those of a file
    /// ([`super::peek_roots`]) after a person compared the fingerprint of the last one.
    ///
    /// # Errors
    /// [`ReleaseError`] if they do not follow each other from the first.
    pub fn trust(roots: &[Root]) -> Result<Self, ReleaseError> {
        let root = last_of(roots)?;
        let root = Known { hash: root.hash(), draft: root.draft().clone() };
        Ok(Self { root, release: None, highest: BTreeMap::new(), staged: Vec::new() })
    }

    /// The last of these roots, if they lead over the one that is known.
    pub(super) fn follow<'a>(&self, roots: &'a [Root]) -> Result<&'a Root, ReleaseError> {
        let last = last_of(roots)?;
        let (found, known) = (last.draft().number, self.root.draft.number);
        if found < known {
            return Err(ReleaseError::OldRoot { found, known });
        }
        let same = roots.iter().find(|root| root.draft().number == known);
        if same.is_none_or(|root| root.hash() != self.root.hash) {
            return Err(ReleaseError::OtherRoot { number: known });
        }
        Ok(last)
    }

    /// Decides about a file. Changes nothing.
    #[must_use]
    pub fn plan<R>(&self, file: &ReleaseFile<R>) -> ReleasePlan {
        let (root, draft) = (file.root().draft(), file.release().draft());
        let new_root = root.number > self.root.draft.number;
        // What was said under an older root no longer binds: its release keys may have been stolen.
        let Some(known) = self.release.as_ref().filter(|_| !new_root) else {
            return ReleasePlan::Apply { new_root };
        };
        if known.hash == file.release().hash() {
            return ReleasePlan::Duplicate;
        }
        match draft.order().cmp(&known.draft.order()) {
            std::cmp::Ordering::Less => ReleasePlan::Rollback { known: known.draft.number },
            std::cmp::Ordering::Equal => ReleasePlan::Fork { number: draft.number },
            std::cmp::Ordering::Greater => draft
                .products
                .iter()
                .find_map(|product| self.contradiction(&known.draft, product))
                .unwrap_or(ReleasePlan::Apply { new_root }),
        }
    }

    /// In what a product contradicts what is known of it under the same root.
    fn contradiction(&self, known: &ReleaseDraft, found: &ProductRelease) -> Option<ReleasePlan> {
        let (product, code) = (&found.product, found.version.code);
        if let Some(highest) = self.highest.get(product).filter(|highest| code < **highest) {
            return Some(ReleasePlan::LowerVersion { product: product.clone(), known: *highest });
        }
        let known = known.product(product).filter(|known| known.version.code == code)?;
        let differs = |target: &Target| {
            known.target(&target.platform).is_some_and(|other| other.sha256 != target.sha256)
        };
        let other = || ReleasePlan::OtherContent { product: product.clone(), version: code };
        found.targets.iter().any(differs).then(other)
    }

    /// Remembers a file if that is the plan, and says which it was.
    ///
    /// Verified packages stay as long as they may be installed: under the same root until the floor
    /// passes them, under a new one if it lists them too.
    pub fn take_in<R>(&mut self, file: &ReleaseFile<R>) -> ReleasePlan {
        let plan = self.plan(file);
        let ReleasePlan::Apply { new_root } = plan else { return plan };
        let draft = file.release().draft().clone();
        self.staged.retain_mut(|staged| match draft.product(&staged.product) {
            None => !new_root,
            Some(product) => {
                let is_listed = product
                    .target(&staged.platform)
                    .is_some_and(|target| target.sha256 == staged.sha256);
                if is_listed {
                    staged.root = draft.root;
                }
                (is_listed || !new_root) && staged.version.code >= product.floor
            }
        });
        if new_root {
            self.highest.clear();
        }
        for product in &draft.products {
            self.highest.insert(product.product.clone(), product.version.code);
        }
        let (root, release) = (file.root(), file.release());
        self.root = Known { hash: root.hash(), draft: root.draft().clone() };
        self.release = Some(Known { hash: release.hash(), draft });
        plan
    }

    /// The newest release.
    #[must_use]
    pub fn release(&self) -> Option<&ReleaseDraft> {
        self.release.as_ref().map(|known| &known.draft)
    }

    /// The root that this device follows.
    #[must_use]
    pub const fn root(&self) -> &RootDraft {
        &self.root.draft
    }

    /// Packages whose bytes were verified, for whatever platform.
    #[must_use]
    pub fn packages(&self) -> &[Staged] {
        &self.staged
    }

    /// The check for a package of the newest release; `None` if it lists none.
    #[must_use]
    pub fn check(&self, product: &str, platform: &str) -> Option<PayloadCheck> {
        let draft = self.release()?;
        let product = draft.product(product)?;
        Some(PayloadCheck::new(product, product.target(platform)?, draft.root))
    }

    /// The check for a package that was verified before: run it again before it is installed, since
    /// the disk may have changed.
    #[must_use]
    pub fn check_again(&self, staged: &Staged) -> PayloadCheck {
        PayloadCheck::again(staged.clone())
    }

    /// Remembers that the bytes of a package are here and verified. `false` if it is no longer one that
    /// may be installed: throw it away.
    pub fn staged(&mut self, staged: Staged) -> bool {
        let floor = self.release().and_then(|draft| draft.product(&staged.product));
        let floor = floor.map_or(0, |product| product.floor);
        if staged.root != self.root.draft.number || staged.version.code < floor {
            return false;
        }
        self.staged.retain(|other| {
            (&other.product, &other.platform, other.version.code)
                != (&staged.product, &staged.platform, staged.version.code)
        });
        if self.staged.len() == STAGED_MAX {
            self.staged.remove(0);
        }
        self.staged.push(staged);
        true
    }

    /// Forgets a package whose bytes are gone or no longer what they were.
    pub fn lost(&mut self, sha256: Hash) {
        self.staged.retain(|staged| staged.sha256 != sha256);
    }

    /// What a device may do. The date has no part in it: what was verified stays usable.
    #[must_use]
    pub fn offer(&self, running: &Running<'_>) -> Offer {
        let current = self.release().and_then(|draft| draft.product(running.product));
        let Some(current) = current else { return Offer::default() };
        let mut offer = Offer { install: self.best_before(current, running), ..Offer::default() };
        if current.version.code <= running.version {
            return offer;
        }
        let Some(target) = current.target(running.platform) else { return offer };
        if !current.stage.covers(running.site, running.product, current.version.code) {
            offer.later = Some(current.version.clone());
            return offer;
        }
        match self.staged.iter().find(|staged| is_target(staged, current, target)) {
            Some(staged) => offer.install = Some(staged.clone()),
            None => {
                let (version, target) = (current.version.clone(), target.clone());
                offer.bring = Some(Wanted { version, target });
            }
        }
        offer
    }

    /// The best package from before the current version: it was this site's turn when it came.
    fn best_before(&self, current: &ProductRelease, running: &Running<'_>) -> Option<Staged> {
        let fits = |staged: &&Staged| {
            staged.product == running.product
                && staged.platform == running.platform
                && staged.version.code > running.version
                && staged.version.code < current.version.code
        };
        self.staged.iter().filter(fits).max_by_key(|staged| staged.version.code).cloned()
    }

    /// What people should be told. `today` is the server's day as last measured, or the device's.
    #[must_use]
    pub fn alarms(&self, running: &Running<'_>, today: Date) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        let root = &self.root.draft;
        if today > root.expires_on {
            alarms.push(Alarm::RootExpired { since: root.expires_on });
        }
        let Some(draft) = self.release() else {
            alarms.push(Alarm::NoRelease);
            return alarms;
        };
        if today > draft.fresh_until {
            alarms.push(Alarm::Stale { since: draft.fresh_until });
        }
        if today < draft.issued_on {
            alarms.push(Alarm::ClockBehind { issued: draft.issued_on });
        }
        let floor = draft.product(running.product).map_or(0, |product| product.floor);
        if running.version < floor {
            alarms.push(Alarm::BelowFloor { floor });
        }
        alarms
    }

    /// The memory as JSON, to be kept in the encrypted store: whoever changes it decides what this
    /// device installs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            root: self.root.clone(),
            release: self.release.clone(),
            highest: self.highest.clone(),
            staged: self.staged.clone(),
        };
        serde_json::to_string(&document).expect("it has text keys and no floats")
    }

    /// Reads [`Self::to_json`].
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] if it is anything else.
    pub fn from_json(text: &str) -> Result<Self, ExchangeError> {
        let Document { root, release, highest, staged, .. } = FORMAT.read(text.as_bytes())?;
        Ok(Self { root, release, highest, staged })
    }
}

fn is_target(staged: &Staged, current: &ProductRelease, target: &Target) -> bool {
    (&staged.product, &staged.platform, staged.sha256)
        == (&current.product, &target.platform, target.sha256)
}
