//! Releases of the software, as people read them.

use std::path::PathBuf;

use serde::Serialize;

use super::exchange::CardView;

/// A version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionView {
    /// What versions are compared by.
    pub code: u64,
    /// What people call it.
    pub name: String,
}

/// A package whose bytes lie here and were verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageHere {
    /// Name of the product.
    pub product: String,
    /// Name of the platform.
    pub platform: String,
    /// Its version.
    pub version: VersionView,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// A product of the newest release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductView {
    /// Its name.
    pub product: String,
    /// Its current version.
    pub version: VersionView,
    /// Lowest version code that may still run.
    pub floor: u64,
    /// Per cent of sites whose turn it is.
    pub percent: u8,
    /// Sites whose turn it is in any case.
    pub sites: Vec<String>,
    /// Platforms that it has a package for.
    pub platforms: Vec<String>,
}

/// What is known of releases here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseStatus {
    /// Number of the root that is followed; `None` before one was trusted.
    pub root: Option<u64>,
    /// When a new root is due.
    pub root_expires: Option<String>,
    /// Number of the newest release.
    pub number: Option<u64>,
    /// Until when it counts as fresh.
    pub fresh_until: Option<String>,
    /// Its products.
    pub products: Vec<ProductView>,
    /// Verified packages.
    pub packages: Vec<PackageHere>,
    /// The last file that was refused, and why; empty once a newer one was taken in.
    pub refused: Option<String>,
    /// What people should know. Nothing of it stops anything.
    pub alarms: Vec<String>,
}

/// What taking in a release file did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseTaken {
    /// Whether it is known from now on, or was before.
    pub is_taken: bool,
    /// Why not, or what it is, in words.
    pub words: String,
    /// Packages that came with it and are verified.
    pub staged: Vec<PackageHere>,
    /// Thirty digits of its root, for a person to compare; only where no root is trusted yet.
    pub fingerprint: Option<String>,
    /// What is known now.
    pub status: ReleaseStatus,
}

/// What a device may do about the version that it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseOffer {
    /// Name of the product.
    pub product: String,
    /// Name of the platform.
    pub platform: String,
    /// Version code that runs.
    pub running: u64,
    /// A verified package that may be installed.
    pub install: Option<PackageHere>,
    /// Where its bytes lie; verified when this was asked.
    pub path: Option<PathBuf>,
    /// A newer version whose package has not come.
    pub bring: Option<VersionView>,
    /// A newer version whose turn it is not yet at this site.
    pub later: Option<VersionView>,
    /// A package that was verified before and is not what it was; it was thrown away.
    pub spoilt: Option<VersionView>,
    /// The last file that was refused, and why.
    pub refused: Option<String>,
    /// What people should know. Nothing of it stops anything.
    pub alarms: Vec<String>,
}

/// What runs on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningVersion {
    /// Name of the product: `app`, `cli`.
    pub product: String,
    /// Name of the platform: `android`, `linux-x86_64`.
    pub platform: String,
    /// Its version code.
    pub code: u64,
}

/// A key that signs releases or roots, held by this account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseKey {
    /// Its card, for whoever makes the root.
    #[serde(flatten)]
    pub card: CardView,
}

/// Who may sign, for a new root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPlan {
    /// The roots before it, from the first.
    pub before: Vec<PathBuf>,
    /// Texts of the cards of root keys, and how many must sign.
    pub root_keys: Vec<String>,
    /// See [`Self::root_keys`].
    pub root_threshold: usize,
    /// Texts of the cards of release keys, and how many must sign.
    pub release_keys: Vec<String>,
    /// See [`Self::release_keys`].
    pub release_threshold: usize,
    /// When the next root is due: `yyyy-mm-dd`.
    pub expires_on: String,
}

/// A version that is to be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePlanned {
    /// Number of the root under which it is signed.
    pub root: u64,
    /// From when on people are told that a newer one should have come: `yyyy-mm-dd`.
    pub fresh_until: String,
    /// The release before, whose other products go on; `None` for the first.
    pub before: Option<PathBuf>,
    /// Name of the product.
    pub product: String,
    /// Its version code.
    pub code: u64,
    /// What people call the version.
    pub name: String,
    /// Lowest version code that may still run.
    pub floor: u64,
    /// Per cent of sites whose turn it is.
    pub percent: u8,
    /// Keys of sites whose turn it is in any case.
    pub sites: Vec<String>,
    /// Platforms and their packages.
    pub packages: Vec<(String, PathBuf)>,
}

/// A document that key holders sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToBeSigned {
    /// `root` or `release`.
    pub kind: String,
    /// Its number.
    pub number: u64,
    /// Where it lies.
    pub path: PathBuf,
    /// Keys that signed it.
    pub signed_by: Vec<String>,
    /// Thirty digits of a root, to be published on another way.
    pub fingerprint: Option<String>,
}
