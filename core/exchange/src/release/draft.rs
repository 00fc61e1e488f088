//! What is current: one document for every product, platform and site.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::endorsed::{Endorsed, day};
use super::root::RoleKeys;
use crate::document::Format;
use crate::error::{ExchangeError, ReleaseError};
use crate::keys::{Identity, KeyId};
use crate::limits::{
    KEYS_MAX, PAYLOAD_BYTES_MAX, PLATFORMS_MAX, PRODUCT_NAME_BYTES_MAX, PRODUCTS_MAX,
    RELEASE_BYTES_MAX, SEQUENCE_MAX, VERSION_CODE_MAX,
};
use crate::text::{Hash, is_short};

const FORMAT: Format = Format { name: "outpost-release", version: 1, what: "release" };

/// A version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// What versions are compared by; only ever higher.
    pub code: u64,
    /// What people call it.
    pub name: String,
}

/// The package for one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Name of the platform (`android`, `linux-x86_64`).
    pub platform: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash.
    pub sha256: Hash,
}

/// Which sites may install a version: those that are named, and a part of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Per cent of all sites, 0 to 100. A site that is among the first ten is among the first twenty.
    pub percent: u8,
    /// Sites that belong to it in any case: the first key of their line
    /// ([`crate::keys::KeyRing::line_of`]), so that a new key changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<KeyId>,
}

impl Stage {
    /// Every site.
    pub const EVERYBODY: Self = Self { percent: 100, sites: Vec::new() };

    /// Whether a site belongs to it. Which ones are first differs from version to version, so that not
    /// the same sites always meet what is new; it does not differ from device to device of a site.
    #[must_use]
    pub fn covers(&self, site: KeyId, product: &str, version: u64) -> bool {
        let digest = Sha256::new()
            .chain_update(b"outpost-stage-1\0")
            .chain_update(product)
            .chain_update(version.to_be_bytes())
            .chain_update(site.to_bytes())
            .finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first) % 100 < u64::from(self.percent) || self.sites.contains(&site)
    }
}

/// The current version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductRelease {
    /// Name of the product (`app`, `cli`).
    pub product: String,
    /// Its version.
    pub version: Version,
    /// Lowest version code that may still run or be installed.
    pub floor: u64,
    /// For which sites it is.
    pub stage: Stage,
    /// The packages, ordered by platform.
    pub targets: Vec<Target>,
}

impl ProductRelease {
    /// The package for a platform.
    #[must_use]
    pub fn target(&self, platform: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.platform == platform)
    }

    fn check(&self) -> Result<(), ExchangeError> {
        let Version { code, name } = &self.version;
        if *code == 0 || *code > VERSION_CODE_MAX || self.floor > *code {
            return Err(FORMAT.invalid("a version code or floor cannot be"));
        }
        if name.is_empty() || !is_short(name) || !is_name(&self.product) {
            return Err(FORMAT.invalid("a name of a product or version cannot be"));
        }
        if self.stage.percent > 100 || self.stage.sites.len() > KEYS_MAX {
            return Err(FORMAT.invalid("a stage cannot be"));
        }
        if self.targets.len() > PLATFORMS_MAX {
            let limit = PLATFORMS_MAX as u64;
            return Err(ExchangeError::Limit { what: "platforms of a product", limit });
        }
        let names = self.targets.iter().map(|target| target.platform.as_str());
        if !names.clone().all(is_name) || !names.is_sorted_by(|before, after| before < after) {
            return Err(FORMAT.invalid("its platforms are not ordered by name"));
        }
        if self.targets.iter().any(|target| target.bytes == 0 || target.bytes > PAYLOAD_BYTES_MAX) {
            return Err(FORMAT.invalid("a size of a package cannot be"));
        }
        Ok(())
    }
}

/// What a release says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseDraft {
    /// Number of the root under which it is signed.
    pub root: u64,
    /// Its number under this root, from 1. Gaps are allowed: a release holds everything.
    pub number: u64,
    /// When it was made.
    #[serde(with = "day")]
    pub issued_on: Date,
    /// From when on people are told that a newer one should have come.
    #[serde(with = "day")]
    pub fresh_until: Date,
    /// The products, ordered by name.
    pub products: Vec<ProductRelease>,
}

impl ReleaseDraft {
    /// The current version of a product.
    #[must_use]
    pub fn product(&self, name: &str) -> Option<&ProductRelease> {
        self.products.iter().find(|product| product.product == name)
    }

    /// What stands before another: the root counts more than the number.
    #[must_use]
    pub const fn order(&self) -> (u64, u64) {
        (self.root, self.number)
    }

    /// A target by the hash of its payload.
    pub(super) fn by_hash(&self, hash: Hash) -> Option<(&ProductRelease, &Target)> {
        self.products.iter().find_map(|product| {
            let target = product.targets.iter().find(|target| target.sha256 == hash)?;
            Some((product, target))
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u64,
    #[serde(flatten)]
    draft: ReleaseDraft,
}

/// A release with its signatures. It can be; [`super::ReleaseFile::open`] says whether it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    endorsed: Endorsed,
    draft: ReleaseDraft,
}

impl Release {
    /// A release that nobody has signed yet.
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] or [`ExchangeError::Limit`] if it cannot be.
    pub fn unsigned(draft: ReleaseDraft) -> Result<Self, ExchangeError> {
        check(&draft)?;
        let (format, version) = (FORMAT.name.to_owned(), FORMAT.version);
        let document = Document { format, version, draft: draft.clone() };
        let endorsed = Endorsed::unsigned(&document, &FORMAT)?;
        if endorsed.bytes.len() as u64 > RELEASE_BYTES_MAX {
            let (what, limit) = ("the release in bytes", RELEASE_BYTES_MAX);
            return Err(ExchangeError::Limit { what, limit });
        }
        Ok(Self { endorsed, draft })
    }

    /// Adds a signature of a release key.
    ///
    /// # Errors
    /// [`ExchangeError`] if it cannot be signed.
    pub fn sign(&mut self, by: &Identity) -> Result<(), ExchangeError> {
        let (root, number) = self.draft.order();
        self.endorsed.sign(by, &format!("outpost release {number} under root {root}"))
    }

    /// Takes over the signatures that another key holder made of the same release.
    ///
    /// # Errors
    /// [`ExchangeError::Unwritable`] if it is another release.
    pub fn merge(&mut self, other: &Self) -> Result<(), ExchangeError> {
        self.endorsed.merge(&other.endorsed)
    }

    /// Puts together the two files of a release. Its signatures are not yet checked.
    ///
    /// # Errors
    /// [`ExchangeError`] if it is none or too large. What it says is read by [`Self::require`] only.
    pub(super) fn parts(bytes: Vec<u8>, signatures: &[u8]) -> Result<Endorsed, ExchangeError> {
        Endorsed::from_parts(bytes, signatures, "the release in bytes", RELEASE_BYTES_MAX)
    }

    /// The release, if enough release keys signed it, and nobody else.
    pub(super) fn require(endorsed: Endorsed, keys: &RoleKeys) -> Result<Self, ReleaseError> {
        endorsed.require(FORMAT.what, &[keys.quorum()])?;
        let document: Document = FORMAT.read(&endorsed.bytes)?;
        check(&document.draft)?;
        Ok(Self { endorsed, draft: document.draft })
    }

    /// Puts together the two files of a release, for the next key holder. Its signatures are not checked:
    /// [`super::ReleaseFile::open`] says whether it is believed.
    ///
    /// # Errors
    /// [`ExchangeError`] if it is none, too large or cannot be.
    pub fn from_parts(bytes: Vec<u8>, signatures: &[u8]) -> Result<Self, ExchangeError> {
        let endorsed = Self::parts(bytes, signatures)?;
        let document: Document = FORMAT.read(&endorsed.bytes)?;
        check(&document.draft)?;
        Ok(Self { endorsed, draft: document.draft })
    }

    /// Keys that claim to have signed it.
    pub fn signed_by(&self) -> impl Iterator<Item = KeyId> {
        self.endorsed.signed_by()
    }

    /// The content of `release.json`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.endorsed.bytes
    }

    /// The content of `release.json.minisig`.
    #[must_use]
    pub fn signatures_text(&self) -> String {
        self.endorsed.signatures_text()
    }

    /// What it says.
    #[must_use]
    pub const fn draft(&self) -> &ReleaseDraft {
        &self.draft
    }

    /// What tells two releases apart.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.endorsed.bytes)
    }
}

/// Letters, digits and a few signs: what every file system and every log can show.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= PRODUCT_NAME_BYTES_MAX && name.bytes().all(plain)
}

fn check(draft: &ReleaseDraft) -> Result<(), ExchangeError> {
    let numbers = [draft.root, draft.number];
    if numbers.iter().any(|number| *number == 0 || *number > SEQUENCE_MAX) {
        return Err(FORMAT.invalid("its number cannot be"));
    }
    if draft.fresh_until < draft.issued_on {
        return Err(FORMAT.invalid("it is out of date before it was issued"));
    }
    if draft.products.len() > PRODUCTS_MAX {
        return Err(ExchangeError::Limit { what: "products", limit: PRODUCTS_MAX as u64 });
    }
    let names = draft.products.iter().map(|product| product.product.as_str());
    if !names.is_sorted_by(|before, after| before < after) {
        return Err(FORMAT.invalid("its products are not ordered by name"));
    }
    draft.products.iter().try_for_each(ProductRelease::check)?;
    let mut sizes: Vec<_> = draft
        .products
        .iter()
        .flat_map(|product| &product.targets)
        .map(|target| (target.sha256, target.bytes))
        .collect();
    sizes.sort_unstable();
    let contradicts = |pair: &[(Hash, u64)]| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1;
    if sizes.windows(2).any(contradicts) {
        return Err(FORMAT.invalid("one package has two sizes"));
    }
    Ok(())
}
