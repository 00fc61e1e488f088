//! What people entered, and what may be gone of it: the judge.
//!
//! Every value of every field is a version with the one that its author saw before it. The rule: **what
//! I entered last in a field, or what somebody made of it, is on its way, or was on the server, or a
//! person decided otherwise.** Texts are unique, so a version is known again wherever it turns up.

use std::collections::{BTreeMap, BTreeSet};

use outpost_store::OutboxEntry;

use crate::sim::Server;
use crate::sim::record::{DELETED, Fields, Subject, fields_of};

/// A value that somebody entered.
#[derive(Debug, Clone)]
struct Version {
    want: Option<String>,
    parent: Option<usize>,
    /// Writes of the server when it was entered.
    since: u64,
}

/// What the owner of a device entered last, as they believe: versions by field.
pub type Claims = BTreeMap<Subject, BTreeMap<String, usize>>;

/// What was entered anywhere.
#[derive(Debug, Default)]
pub struct Model {
    versions: BTreeMap<(Subject, String), Vec<Version>>,
    /// By device.
    pub claims: Vec<Claims>,
    /// Records about which a person decided something else.
    decided: BTreeSet<Subject>,
    /// Records whose deletion came to the server before the record did. It keeps no mark of that: an
    /// older version that a slower carrier brings is there again, until the carrier knows.
    vanished: BTreeSet<Subject>,
}

impl Model {
    /// Nobody has entered anything on so many devices.
    pub fn new(devices: usize) -> Self {
        Self { claims: vec![Claims::new(); devices], ..Self::default() }
    }

    /// Somebody saved a record; `before` is what the device held.
    pub fn saved(
        &mut self,
        device: usize,
        subject: &Subject,
        before: &Fields,
        after: &Fields,
        writes: u64,
    ) {
        let is_deletion = after.contains_key(DELETED);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        if is_deletion {
            self.claims[device].remove(subject);
        }
        for name in names {
            let (was, want) = (before.get(name), after.get(name));
            if was == want || (is_deletion && name != DELETED) {
                continue;
            }
            let versions = self.versions.entry((subject.clone(), name.clone())).or_default();
            let claimed = self.claims[device].get(subject).and_then(|claims| claims.get(name));
            let seen = versions.iter().rposition(|version| version.want.as_ref() == was);
            let parent = claimed.copied().or(seen);
            versions.push(Version { want: want.cloned(), parent, since: writes });
            let number = versions.len() - 1;
            self.claims[device].entry(subject.clone()).or_default().insert(name.clone(), number);
        }
    }

    /// A person decided about a record that it may be otherwise.
    pub fn decide(&mut self, subject: &Subject) {
        self.decided.insert(subject.clone());
    }

    /// What was entered on this device is as if it had not been.
    pub fn taken_back(&mut self, device: usize, subject: &Subject) {
        self.claims[device].remove(subject);
    }

    /// The deletion of a record was brought to the server.
    pub fn deletion_brought(&mut self, subject: Subject, server: &Server) {
        if server.records.get(&subject).is_none_or(Fields::is_empty) {
            self.vanished.insert(subject);
        }
    }

    /// A record that is on the server though its deletion came there first.
    pub fn come_again(&self, server: &Server) -> Option<&Subject> {
        self.vanished.iter().find(|subject| {
            let held = server.records.get(*subject);
            let believed = self.claims.iter().filter_map(|claims| claims.get(*subject));
            let mut deletions = believed.filter(|claims| claims.contains_key(DELETED));
            held.is_some_and(|held| !held.contains_key(DELETED)) && deletions.next().is_some()
        })
    }

    fn is_line(versions: &[Version], of: usize, mut later: usize) -> bool {
        loop {
            if later == of {
                return true;
            }
            match versions[later].parent {
                Some(parent) => later = parent,
                None => return false,
            }
        }
    }

    /// Whatever was entered last on a device is on its way or arrived.
    ///
    /// # Errors
    /// What is lost.
    pub fn check_device(
        &self,
        device: usize,
        rows: &BTreeMap<Subject, OutboxEntry>,
        server: &Server,
    ) -> Result<(), String> {
        for (subject, claims) in &self.claims[device] {
            if self.decided.contains(subject) || self.vanished.contains(subject) {
                continue;
            }
            let waiting = rows.get(subject).map(|row| fields_of(&row.payload));
            let unheard = !server.records.contains_key(subject);
            for (name, number) in claims {
                let versions = &self.versions[&(subject.clone(), name.clone())];
                let arrived = (*number..versions.len())
                    .filter(|later| Self::is_line(versions, *number, *later))
                    .map(|later| &versions[later])
                    .any(|it| server.ever_said(subject, name, it.want.as_deref(), it.since));
                let want = &versions[*number].want;
                let waits =
                    waiting.as_ref().is_some_and(|fields| fields.get(name) == want.as_ref());
                // A record of which nobody ever heard may be deleted without a word.
                let is_gone = name == DELETED && unheard;
                if !arrived && !waits && !is_gone {
                    return Err(format!(
                        "{subject} {name} = {want:?} is lost: it waits nowhere ({waiting:?}) and \
                         the server never had it ({:?})",
                        server.records.get(subject)
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whatever the server was made to say was entered by somebody.
    ///
    /// # Errors
    /// What nobody entered.
    pub fn check_written(
        &self,
        subject: &Subject,
        before: &Fields,
        after: &Fields,
    ) -> Result<(), String> {
        // The server gives every person an owner by itself.
        if subject.starts_with("ownershipTransfer:") {
            return Ok(());
        }
        let entered = |name: &String, value: Option<&String>| {
            let versions = self.versions.get(&(subject.clone(), name.clone()));
            versions.is_some_and(|it| it.iter().any(|version| version.want.as_ref() == value))
        };
        for (name, value) in after {
            if before.get(name) != Some(value) && !entered(name, Some(value)) {
                return Err(format!("nobody entered {subject} {name} = {value:?}"));
            }
        }
        if after.contains_key(DELETED) {
            return Ok(());
        }
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            if !entered(name, None) {
                return Err(format!("nobody cleared {subject} {name}: {before:?} -> {after:?}"));
            }
        }
        Ok(())
    }

    /// In the end the server says what was entered last, where that is one thing.
    ///
    /// # Errors
    /// What differs. How many fields were compared.
    pub fn check_end(&self, server: &Server) -> Result<u64, String> {
        let mut compared = 0;
        for ((subject, name), versions) in &self.versions {
            if self.decided.contains(subject) || self.vanished.contains(subject) {
                continue;
            }
            let held = server.records.get(subject);
            let is_gone = held.is_none_or(|fields| fields.contains_key(DELETED));
            let believers = self.claims.iter().filter_map(|claims| claims.get(subject));
            let is_deletion = |claims: &BTreeMap<_, _>| claims.contains_key(DELETED);
            let deletions = believers.clone().filter(|claims| is_deletion(claims)).count();
            if deletions > 0 && deletions == believers.clone().count() && !is_gone {
                return Err(format!("{subject} was deleted and is on the server: {held:?}"));
            }
            // A deletion on one device and an edit on another, or on a copy: either may be the last.
            let was_deleted = self.versions.contains_key(&(subject.clone(), DELETED.to_owned()));
            if was_deleted && (is_gone || name == DELETED) {
                continue;
            }
            let says = held.and_then(|fields| fields.get(name));
            let is_leaf =
                |number: &usize| !versions.iter().any(|version| version.parent == Some(*number));
            let leaves = (0..versions.len()).filter(is_leaf);
            let believed: Vec<_> =
                believers.filter_map(|claims| claims.get(name).copied()).collect();
            // It went with a device that was restored to a day before, as far as no file has it.
            let entered = versions.iter().any(|version| version.want.as_ref() == says);
            if believed.is_empty() && (says.is_none() || entered) {
                continue;
            }
            let mut right = leaves.chain(believed).map(|number| versions[number].want.as_ref());
            compared += 1;
            if !right.any(|want| want == says) {
                return Err(format!(
                    "{subject} {name} is {says:?} on the server and was entered as {versions:?}"
                ));
            }
        }
        Ok(compared)
    }
}
