//! Packages of forms and releases of the programs, as a device sees them.

use outpost_engine::{OutpostError, model};

use super::exchange::{SiteName, counts};
use super::sync::TypeCount;
use super::{first_page, signed, unsigned};

/// What a package of forms is to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PackageStep {
    /// It can be applied.
    Apply,
    /// It is in use.
    Known,
    /// Versions before it have not come.
    Waits,
    /// It leads from an older version than the one in use.
    OtherBase,
    /// It is older than the version in use.
    Older,
    /// It tells another history than the version in use.
    Fork,
    /// It is of another set than the one in use.
    OtherSet,
    /// The key of its centre is revoked.
    Revoked,
    /// Nobody here knows its centre.
    UnknownIssuer,
}

impl From<model::PackageStep> for PackageStep {
    fn from(it: model::PackageStep) -> Self {
        match it {
            model::PackageStep::Apply => Self::Apply,
            model::PackageStep::Known => Self::Known,
            model::PackageStep::Waits => Self::Waits,
            model::PackageStep::OtherBase => Self::OtherBase,
            model::PackageStep::Older => Self::Older,
            model::PackageStep::Fork => Self::Fork,
            model::PackageStep::OtherSet => Self::OtherSet,
            model::PackageStep::Revoked => Self::Revoked,
            model::PackageStep::UnknownIssuer => Self::UnknownIssuer,
        }
    }
}

/// A verified package of forms.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormsPackage {
    /// Name of the set.
    pub set: String,
    /// Number of the version.
    pub number: i64,
    /// What people call it.
    pub label: String,
    /// Who signed it.
    pub from: SiteName,
    /// When, by the centre's clock.
    pub issued_at: String,
    /// Its hash.
    pub hash: String,
    /// Whether the whole set is in it.
    pub is_full: bool,
    /// The version that it leads on from; `None` if the whole set is in it.
    pub base: Option<i64>,
    /// Objects in it.
    pub objects: i64,
    /// Objects that it says are gone.
    pub gone: i64,
    /// Objects of the set that comes out.
    pub set_objects: i64,
    /// Hash of that set: the name of its content.
    pub set_hash: String,
    /// Objects in it by class; only when its content was read.
    pub classes: Vec<TypeCount>,
    /// What it is to this device.
    pub plan: PackageStep,
    /// The same in words, with what to do.
    pub advice: String,
}

impl From<model::PackageView> for FormsPackage {
    fn from(it: model::PackageView) -> Self {
        Self {
            set: it.set,
            number: signed(it.number),
            label: it.label,
            from: it.from.into(),
            issued_at: it.issued_at,
            hash: it.hash,
            is_full: it.is_full,
            base: it.base.map(signed),
            objects: signed(it.objects),
            gone: signed(it.gone),
            set_objects: signed(it.set_objects),
            set_hash: it.set_hash,
            classes: counts(it.classes),
            plan: it.plan.into(),
            advice: it.advice,
        }
    }
}

/// An object of the metadata by what people call it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MetadataName {
    /// Name of its collection in the Web API.
    pub collection: String,
    /// Its id.
    pub id: String,
    /// Its name; empty if it is not known here.
    pub name: String,
}

impl From<model::ObjectName> for MetadataName {
    fn from(it: model::ObjectName) -> Self {
        Self { collection: it.class, id: it.id, name: it.name }
    }
}

/// What applying a package of forms to this device did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PackageApplied {
    /// The package.
    pub package: FormsPackage,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Whether it is in use now (or would be).
    pub applied: bool,
    /// Objects that are new or changed.
    pub changed: i64,
    /// Objects that are gone.
    pub removed: i64,
    /// Objects that are gone and kept, because unsent work needs them; the first page.
    pub kept: Vec<MetadataName>,
    /// Objects that this release cannot read; they are not in use. The first page.
    pub unreadable: Vec<MetadataName>,
    /// Records of others that had waited for an object and are in the outbox now.
    pub freed: i64,
    /// Keys that came in or were revoked by the key list in the package.
    pub keys_changed: i64,
}

impl From<model::PackageApplied> for PackageApplied {
    fn from(it: model::PackageApplied) -> Self {
        Self {
            package: it.package.into(),
            dry_run: it.dry_run,
            applied: it.applied,
            changed: signed(it.changed),
            removed: signed(it.removed),
            kept: first_page(it.kept),
            unreadable: first_page(it.unreadable),
            freed: signed(it.freed),
            keys_changed: signed(it.keys_changed),
        }
    }
}

/// A version of a program.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReleaseVersion {
    /// What versions are compared by.
    pub code: i64,
    /// What people call it.
    pub name: String,
}

impl From<model::VersionView> for ReleaseVersion {
    fn from(it: model::VersionView) -> Self {
        Self { code: signed(it.code), name: it.name }
    }
}

/// An installable file that lies here and was verified.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StagedPackage {
    /// Name of the product.
    pub product: String,
    /// Name of the platform.
    pub platform: String,
    /// Its version.
    pub version: ReleaseVersion,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its SHA-256.
    pub sha256: String,
}

impl From<model::PackageHere> for StagedPackage {
    fn from(it: model::PackageHere) -> Self {
        Self {
            product: it.product,
            platform: it.platform,
            version: it.version.into(),
            bytes: signed(it.bytes),
            sha256: it.sha256,
        }
    }
}

/// A product of the newest release.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReleasedProduct {
    /// Its name.
    pub product: String,
    /// Its current version.
    pub version: ReleaseVersion,
    /// Lowest version code that may still run.
    pub floor: i64,
    /// Per cent of sites whose turn it is.
    pub percent: i32,
    /// Sites whose turn it is in any case; the first page.
    pub sites: Vec<String>,
    /// Platforms that it has a package for.
    pub platforms: Vec<String>,
}

impl From<model::ProductView> for ReleasedProduct {
    fn from(it: model::ProductView) -> Self {
        Self {
            product: it.product,
            version: it.version.into(),
            floor: signed(it.floor),
            percent: it.percent.into(),
            sites: first_page(it.sites),
            platforms: first_page(it.platforms),
        }
    }
}

/// What is known of releases here.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReleaseStatus {
    /// Number of the root that is followed; `None` before one was trusted.
    pub root: Option<i64>,
    /// When a new root is due.
    pub root_expires: Option<String>,
    /// Number of the newest release.
    pub number: Option<i64>,
    /// Until when it counts as fresh.
    pub fresh_until: Option<String>,
    /// Its products.
    pub products: Vec<ReleasedProduct>,
    /// Verified packages.
    pub packages: Vec<StagedPackage>,
    /// The last file that was refused, and why; `None` once a newer one was taken in.
    pub refused: Option<String>,
    /// What people should know. Nothing of it stops anything.
    pub alarms: Vec<String>,
}

impl From<model::ReleaseStatus> for ReleaseStatus {
    fn from(it: model::ReleaseStatus) -> Self {
        Self {
            root: it.root.map(signed),
            root_expires: it.root_expires,
            number: it.number.map(signed),
            fresh_until: it.fresh_until,
            products: first_page(it.products),
            packages: first_page(it.packages),
            refused: it.refused,
            alarms: first_page(it.alarms),
        }
    }
}

/// What taking in a release file did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReleaseTaken {
    /// Whether it is known from now on, or was before.
    pub is_taken: bool,
    /// Why not, or what it is, in words.
    pub words: String,
    /// Packages that came with it and are verified.
    pub staged: Vec<StagedPackage>,
    /// Thirty digits of its root, for a person to compare; only where no root is trusted yet.
    pub fingerprint: Option<String>,
    /// What is known now.
    pub status: ReleaseStatus,
}

impl From<model::ReleaseTaken> for ReleaseTaken {
    fn from(it: model::ReleaseTaken) -> Self {
        Self {
            is_taken: it.is_taken,
            words: it.words,
            staged: first_page(it.staged),
            fingerprint: it.fingerprint,
            status: it.status.into(),
        }
    }
}

/// What a device may do about the version that it runs.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReleaseOffer {
    /// Name of the product.
    pub product: String,
    /// Name of the platform.
    pub platform: String,
    /// Version code that runs.
    pub running: i64,
    /// A verified package that may be installed.
    pub install: Option<StagedPackage>,
    /// Where its bytes lie; verified when this was asked.
    pub path: Option<String>,
    /// A newer version whose package has not come.
    pub bring: Option<ReleaseVersion>,
    /// A newer version whose turn it is not yet at this site.
    pub later: Option<ReleaseVersion>,
    /// A package that was verified before and is not what it was; it was thrown away.
    pub spoilt: Option<ReleaseVersion>,
    /// The last file that was refused, and why.
    pub refused: Option<String>,
    /// What people should know. Nothing of it stops anything.
    pub alarms: Vec<String>,
}

impl From<model::ReleaseOffer> for ReleaseOffer {
    fn from(it: model::ReleaseOffer) -> Self {
        Self {
            product: it.product,
            platform: it.platform,
            running: signed(it.running),
            install: it.install.map(Into::into),
            path: it.path.map(|path| path.display().to_string()),
            bring: it.bring.map(Into::into),
            later: it.later.map(Into::into),
            spoilt: it.spoilt.map(Into::into),
            refused: it.refused,
            alarms: first_page(it.alarms),
        }
    }
}

/// What runs on a device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RunningVersion {
    /// Name of the product: `app`, `cli`.
    pub product: String,
    /// Name of the platform: `android`, `linux-x86_64`.
    pub platform: String,
    /// Its version code.
    pub code: i64,
}

impl TryFrom<RunningVersion> for model::RunningVersion {
    type Error = OutpostError;

    fn try_from(it: RunningVersion) -> Result<Self, OutpostError> {
        let code = unsigned("code", it.code)?;
        Ok(Self { product: it.product, platform: it.platform, code })
    }
}
