//! What a set consists of, object by object, and in what two sets differ.

use std::collections::BTreeMap;

use outpost_domain::uid::Uid;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PackageLine;
use crate::error::ExchangeError;
use crate::text::Hash;

/// An object of a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Name of its collection in the Web API.
    pub class: String,
    /// Its id.
    pub id: Uid,
}

/// The objects of a set with the hashes of their texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory(BTreeMap<ObjectKey, Hash>);

/// In what way an object of the one differs from that of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Only the other has it.
    Missing,
    /// Only this one has it.
    Added,
    /// Both have it, with another text.
    Changed,
}

/// One object in which two sets differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which object.
    pub key: ObjectKey,
    /// In what way.
    pub way: Way,
}

impl Inventory {
    /// Puts an object in, or its new text.
    pub fn put(&mut self, key: ObjectKey, text: &str) {
        self.0.insert(key, Hash::of(text.as_bytes()));
    }

    /// Takes in a line of a package.
    pub fn apply(&mut self, line: &PackageLine) {
        match line {
            PackageLine::Object { body, .. } => self.put(line.key(), body.get()),
            PackageLine::Gone { .. } => {
                self.0.remove(&line.key());
            }
        }
    }

    /// The hash of an object's text, if the set has it.
    #[must_use]
    pub fn get(&self, key: &ObjectKey) -> Option<Hash> {
        self.0.get(key).copied()
    }

    /// The objects, ordered by class and id.
    pub fn keys(&self) -> impl Iterator<Item = &ObjectKey> {
        self.0.keys()
    }

    /// The text whose SHA-256 is [`Self::hash`]: `class id hash` and a line feed for each object.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0
            .iter()
            .map(|(ObjectKey { class, id }, hash)| format!("{class} {id} {hash}\n"))
            .collect()
    }

    /// Reads [`Self::to_text`].
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] if it is anything else.
    pub fn from_text(text: &str) -> Result<Self, ExchangeError> {
        let mut inventory = Self::default();
        for line in text.lines() {
            let entry = read_entry(line);
            let (key, hash) =
                entry.ok_or_else(|| ExchangeError::invalid("inventory", "a line is none"))?;
            inventory.0.insert(key, hash);
        }
        Ok(inventory)
    }

    /// Number of objects.
    #[must_use]
    pub fn objects(&self) -> u64 {
        self.0.len() as u64
    }

    /// The hash that names the set: SHA-256 over `class id hash` and a line feed for each object,
    /// ordered by class and id.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut hasher = Sha256::new();
        for (ObjectKey { class, id }, hash) in &self.0 {
            hasher.update(format!("{class} {id} {hash}\n"));
        }
        Hash(hasher.finalize().into())
    }

    /// In what this set differs from `standard`, ordered by class and id: the drift of a site, or what
    /// a package from `standard` to this one must hold.
    #[must_use]
    pub fn differences(&self, standard: &Self) -> Vec<Difference> {
        let found = |key: &ObjectKey, way| Difference { key: key.clone(), way };
        let missing = standard.0.keys().filter(|key| !self.0.contains_key(*key));
        let mut differences: Vec<_> = missing.map(|key| found(key, Way::Missing)).collect();
        for (key, hash) in &self.0 {
            match standard.0.get(key) {
                None => differences.push(found(key, Way::Added)),
                Some(other) if other != hash => differences.push(found(key, Way::Changed)),
                Some(_) => {}
            }
        }
        differences.sort_by(|a, b| a.key.cmp(&b.key));
        differences
    }
}

fn read_entry(line: &str) -> Option<(ObjectKey, Hash)> {
    let mut words = line.split(' ');
    let (class, id, hash) = (words.next()?, words.next()?, words.next()?);
    let key = ObjectKey { class: class.to_owned(), id: Uid::parse(id).ok()? };
    words.next().is_none().then_some(())?;
    Some((key, Hash::parse(hash)?))
}
