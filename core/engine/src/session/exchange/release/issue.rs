//! Those who make releases: keys, roots, releases, signatures, the file that travels.
//!
//! Each key lives in the encrypted database of its holder and never leaves it; documents go from holder to
//! holder as files with their signatures beside them.

use std::fs::File;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use outpost_exchange::keys::{Card, Identity, KeyId, Role};
use outpost_exchange::limits::{RELEASE_BYTES_MAX, ROOT_BYTES_MAX, SIGNATURES_BYTES_MAX};
use outpost_exchange::release::{
    ProductRelease, Release, ReleaseDraft, ReleaseFile, Releases, RoleKeys, Root, RootDraft, Stage,
    Target, Version, write_release,
};
use outpost_exchange::{ExchangeError, Hash};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::read_small;
use crate::error::{OutpostError, Result};
use crate::model::{ReleaseKey, ReleasePlanned, RootPlan, ToBeSigned};
use crate::refusals;
use crate::session::Session;
use crate::session::exchange::{card_view, key_of};
use crate::unfinished::Unfinished;

/// Documents: cards of the keys held here, and the number given last under each root.
const KEYS: &str = "releaseKeys";

fn number_name(root: u64) -> String {
    format!("releaseNumber/{root}")
}

/// Name of a key among the secrets.
fn secret_name(key: KeyId) -> String {
    format!("releaseKey/{key}")
}

impl Session {
    /// Makes a key that signs releases or roots, under a name such as `Release desk`. It stays in the
    /// encrypted database; its card goes to whoever makes the root.
    ///
    /// # Errors
    /// `InvalidInput` for the name; storage errors.
    pub fn make_release_key(&self, name: &str) -> Result<ReleaseKey> {
        let mut random = Zeroizing::new([0; 64]);
        self.inner.platform.random.fill(&mut *random)?;
        let identity = Identity::from_random(&random).map_err(refusals::of_key)?;
        let card = Card::new(&identity, name, Role::Centre).map_err(refusals::of_key)?;
        let text = Zeroizing::new(STANDARD.encode(&*identity.to_secret_bytes()));
        self.store().save_secret(&secret_name(card.key_id()), Some(&text))?;
        let mut cards = self.release_cards()?;
        cards.push(card.clone());
        let texts: Vec<String> = cards.iter().map(Card::to_text).collect();
        self.exchange(|exchange| {
            Ok::<_, OutpostError>(exchange.keep_document(KEYS, Some(&texts.join("\n")))?)
        })?;
        Ok(ReleaseKey { card: card_view(&card) })
    }

    /// The keys that are held here.
    ///
    /// # Errors
    /// Storage errors.
    pub fn release_keys(&self) -> Result<Vec<ReleaseKey>> {
        let cards = self.release_cards()?;
        Ok(cards.iter().map(|card| ReleaseKey { card: card_view(card) }).collect())
    }

    fn release_cards(&self) -> Result<Vec<Card>> {
        let text = self.store().exchange_document(KEYS)?.unwrap_or_default();
        text.lines().map(|line| Card::parse(line).map_err(refusals::of_key)).collect()
    }

    /// Makes the next root, which nobody has signed yet.
    ///
    /// # Errors
    /// `InvalidInput` for a root that cannot be, or a file that cannot be read or written.
    pub fn make_root(&self, plan: &RootPlan, out: &Path) -> Result<ToBeSigned> {
        let before = plan.before.len() as u64;
        let role = |texts: &[String], threshold: usize| -> Result<RoleKeys> {
            let keys = texts.iter().map(|text| Card::parse(text).map_err(refusals::of_key));
            Ok(RoleKeys { threshold, keys: keys.collect::<Result<_>>()? })
        };
        let root = Root::unsigned(RootDraft {
            number: before + 1,
            issued_on: self.server_day()?,
            expires_on: day(&plan.expires_on)?,
            root: role(&plan.root_keys, plan.root_threshold)?,
            release: role(&plan.release_keys, plan.release_threshold)?,
        });
        let root = root.map_err(refusals::of_exchange)?;
        write(out, root.bytes())?;
        Ok(of_root(&root, out))
    }

    /// Makes the next release under a root, which nobody has signed yet. Its number is taken for good.
    ///
    /// # Errors
    /// `InvalidInput` for a release that cannot be, or a file that cannot be read or written; storage
    /// errors.
    pub fn make_release(&self, plan: &ReleasePlanned, out: &Path) -> Result<ToBeSigned> {
        let mut products = match &plan.before {
            Some(path) => read_release(path)?.draft().products.clone(),
            None => Vec::new(),
        };
        products.retain(|product| product.product != plan.product);
        let targets = plan.packages.iter().map(|(platform, path)| target_of(platform, path));
        let mut targets = targets.collect::<Result<Vec<_>>>()?;
        targets.sort_by(|a, b| a.platform.cmp(&b.platform));
        let sites = plan.sites.iter().map(|site| key_of(site)).collect::<Result<_>>()?;
        products.push(ProductRelease {
            product: plan.product.clone(),
            version: Version { code: plan.code, name: plan.name.clone() },
            floor: plan.floor,
            stage: Stage { percent: plan.percent, sites },
            targets,
        });
        products.sort_by(|a, b| a.product.cmp(&b.product));
        let (issued_on, fresh_until) = (self.server_day()?, day(&plan.fresh_until)?);
        let name = number_name(plan.root);
        let release = self.exchange(|exchange| -> Result<Release> {
            let last = exchange.document(&name)?.and_then(|text| text.parse::<u64>().ok());
            let number = last.unwrap_or_default() + 1;
            let root = plan.root;
            let draft = ReleaseDraft { root, number, issued_on, fresh_until, products };
            let release = Release::unsigned(draft).map_err(refusals::of_exchange)?;
            exchange.keep_document(&name, Some(&number.to_string()))?;
            Ok(release)
        })?;
        write(out, release.bytes())?;
        Ok(of_release(&release, out))
    }

    /// Signs a root or release with a key that is held here; its signatures lie beside it with `.minisig`
    /// at the end.
    ///
    /// # Errors
    /// `InvalidInput` if it is neither, or cannot be written; `NotFound` if no such key is held here.
    pub fn sign_release(&self, path: &Path, key: &str) -> Result<ToBeSigned> {
        let identity = self.release_identity(key)?;
        if let Ok(mut root) = read_root(path) {
            root.sign(&identity).map_err(refusals::of_exchange)?;
            write(&beside(path), root.signatures_text().as_bytes())?;
            return Ok(of_root(&root, path));
        }
        let mut release = read_release(path)?;
        release.sign(&identity).map_err(refusals::of_exchange)?;
        write(&beside(path), release.signatures_text().as_bytes())?;
        Ok(of_release(&release, path))
    }

    fn release_identity(&self, key: &str) -> Result<Identity> {
        let cards = self.release_cards()?;
        let id = key_of(key).ok();
        let mut named = cards.iter().filter(|card| card.name() == key || Some(card.key_id()) == id);
        let card = named.next().ok_or_else(|| OutpostError::not_found("release key", key))?;
        if named.next().is_some() {
            let reason = "several keys have this name: give the key (release keys)";
            return Err(OutpostError::invalid("key", "ambiguous", reason));
        }
        let secret = self.store().load_secret(&secret_name(card.key_id()))?;
        let secret = secret.ok_or_else(|| OutpostError::not_found("release key", key))?;
        crate::session::exchange::keys::read_identity(&secret)
    }
}

/// Puts the file together that travels, and opens it as those who get it will.
///
/// # Errors
/// `InvalidInput`: too few have signed, a package is not one of the release, or a file cannot be read or
/// written. Nothing is left at `out` then.
pub fn publish_release(
    release: &Path,
    roots: &[PathBuf],
    packages: &[PathBuf],
    out: &Path,
) -> Result<ToBeSigned> {
    let signed = read_release(release)?;
    let roots = roots.iter().map(|path| read_root(path)).collect::<Result<Vec<_>>>()?;
    let open = |path: &PathBuf| {
        let name = path.display().to_string();
        File::open(path).map_err(|error| OutpostError::invalid(name, "unreadable", error))
    };
    let mut packages = packages.iter().map(open).collect::<Result<Vec<_>>>()?;
    let mut unfinished = Unfinished::beside(out).map_err(|error| unwritable(out, error))?;
    write_release(&signed, &roots, &mut packages, unfinished.file())
        .map_err(refusals::of_release)?;
    let trusted = Releases::trust(&roots).map_err(refusals::of_release)?;
    let _ = ReleaseFile::open(unfinished.file(), &trusted).map_err(refusals::of_release)?;
    unfinished.replace(out).map_err(|error| unwritable(out, error))?;
    let fingerprint = roots.last().map(|root| root.fingerprint().to_string());
    Ok(ToBeSigned { fingerprint, ..of_release(&signed, out) })
}

fn day(text: &str) -> Result<Date> {
    text.parse().map_err(|_| {
        OutpostError::invalid("date", "shape", format!("{text} is no day: write yyyy-mm-dd"))
    })
}

fn unwritable(path: &Path, error: std::io::Error) -> OutpostError {
    let name = path.display().to_string();
    OutpostError::invalid(name, "unwritable", format!("it cannot be written: {error}"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| unwritable(path, error))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    PathBuf::from(name)
}

/// The signatures of a document; none if nobody has signed it yet.
fn signatures(path: &Path) -> Result<Vec<u8>> {
    let beside = beside(path);
    match beside.exists() {
        true => read_small(&beside, SIGNATURES_BYTES_MAX),
        false => Ok(Vec::new()),
    }
}

fn read_root(path: &Path) -> Result<Root> {
    let bytes = read_small(path, ROOT_BYTES_MAX)?;
    Root::from_parts(bytes, &signatures(path)?).map_err(refusals::of_exchange)
}

fn read_release(path: &Path) -> Result<Release> {
    let bytes = read_small(path, RELEASE_BYTES_MAX)?;
    Release::from_parts(bytes, &signatures(path)?).map_err(refusals::of_exchange)
}

fn of_root(root: &Root, path: &Path) -> ToBeSigned {
    ToBeSigned {
        kind: "root".to_owned(),
        number: root.draft().number,
        path: path.to_owned(),
        signed_by: root.signed_by().map(|key| key.to_string()).collect(),
        fingerprint: Some(root.fingerprint().to_string()),
    }
}

fn of_release(release: &Release, path: &Path) -> ToBeSigned {
    ToBeSigned {
        kind: "release".to_owned(),
        number: release.draft().number,
        path: path.to_owned(),
        signed_by: release.signed_by().map(|key| key.to_string()).collect(),
        fingerprint: None,
    }
}

fn target_of(platform: &str, path: &Path) -> Result<Target> {
    let name = path.display().to_string();
    let unreadable = |error| OutpostError::invalid(name.clone(), "unreadable", error);
    let mut hasher = Sha256::new();
    let mut file = File::open(path).map_err(unreadable)?;
    let bytes = std::io::copy(&mut file, &mut hasher).map_err(unreadable)?;
    let sha256 = Hash(hasher.finalize().into());
    match bytes {
        0 => Err(refusals::of_exchange(ExchangeError::Truncated { inside: "the package" })),
        _ => Ok(Target { platform: platform.to_owned(), bytes, sha256 }),
    }
}
