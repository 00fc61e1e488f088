//! What to do with a package, given the version that is in use.

use serde::{Deserialize, Serialize};

use super::PackageManifest;
use crate::file::Link;
use crate::keys::{KeyId, KeyRing, Revocation, Standing};
use crate::ledger::Missing;
use crate::text::Hash;

/// The version of a set that a site uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Name of the set.
    pub set: String,
    /// Number and hash of its package.
    pub link: Link,
    /// Hash of the set.
    pub result: Hash,
}

/// What to do with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackagePlan {
    /// Apply it. The objects of a whole set take the place of all that are there.
    Apply {
        /// Versions that never came here and that it makes unnecessary.
        skipped: Option<Missing>,
    },
    /// It is in use. Nothing is to be done.
    Duplicate,
    /// It builds upon versions that have not come. It is kept until they do, or a whole set comes.
    Gap(Missing),
    /// It builds upon a version before the one in use: another package leads from here to it.
    OtherBase {
        /// The version that it builds upon.
        needs: Link,
    },
    /// It is older than the version in use; going back takes a new version.
    Rollback {
        /// The version in use.
        current: Link,
    },
    /// It tells another history than the version in use: two centres number one set, or the centre was
    /// restored from a backup. Not applied; a person at the centre must decide.
    Fork {
        /// The version in use.
        current: Link,
    },
    /// It is a version of another set.
    OtherSet {
        /// The set in use.
        current: String,
    },
    /// The key of its centre is revoked.
    Revoked(Revocation),
    /// Its centre is not in the key ring.
    UnknownIssuer {
        /// Its key.
        key: KeyId,
    },
}

/// Decides about a package whose signature was verified. `current` is the version in use, if any.
///
/// A centre's old key is believed for packages that it signed: they stay in use for years.
#[must_use]
pub fn plan_apply(
    current: Option<&Applied>,
    ring: &KeyRing,
    manifest: &PackageManifest,
    hash: Hash,
) -> PackagePlan {
    let key = manifest.from;
    let link = Link { sequence: manifest.address.sequence, hash };
    if current.is_some_and(|current| current.link == link) {
        return PackagePlan::Duplicate;
    }
    match ring.standing(key) {
        None => return PackagePlan::UnknownIssuer { key },
        Some(Standing::Revoked(revocation))
            if revocation.last_good.is_none_or(|last| manifest.address.sequence > last) =>
        {
            return PackagePlan::Revoked(revocation);
        }
        Some(_) => {}
    }
    let Some(current) = current else {
        return match manifest.address.base {
            Some(base) => PackagePlan::Gap(Missing { first: 1, last: base.sequence }),
            None => PackagePlan::Apply { skipped: None },
        };
    };
    if current.set != manifest.address.set {
        return PackagePlan::OtherSet { current: current.set.clone() };
    }
    plan_next(current.link, manifest)
}

fn plan_next(current: Link, manifest: &PackageManifest) -> PackagePlan {
    let contradicts = |link: Link| link.sequence == current.sequence && link.hash != current.hash;
    let links = [manifest.address.previous, manifest.address.base];
    if manifest.address.sequence == current.sequence || links.into_iter().flatten().any(contradicts)
    {
        return PackagePlan::Fork { current };
    }
    if manifest.address.sequence < current.sequence {
        return PackagePlan::Rollback { current };
    }
    match manifest.address.base {
        Some(base) if base.sequence > current.sequence => {
            PackagePlan::Gap(Missing { first: current.sequence + 1, last: base.sequence })
        }
        Some(needs) if needs.sequence < current.sequence => PackagePlan::OtherBase { needs },
        _ if manifest.address.sequence == current.sequence + 1 => {
            PackagePlan::Apply { skipped: None }
        }
        _ => {
            let (first, last) = (current.sequence + 1, manifest.address.sequence - 1);
            PackagePlan::Apply { skipped: Some(Missing { first, last }) }
        }
    }
}
