//! What came from each sender, and what to do with a file that comes now (requirement O4).
//!
//! Pure. Files of one kind from one site to another are numbered from 1, and each names the hash of
//! the one before. So a file that is lost, comes twice, late, or from a machine that was restored from
//! an old backup is recognised as what it is. Refusing a file never loses a record: its sender keeps
//! every record until a receipt says that it arrived.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::Format;
use crate::error::ExchangeError;
use crate::file::{Address, Kind, Link, Manifest, MetadataBase};
use crate::keys::{KeyId, KeyRing, Revocation, Standing};
use crate::limits::{LEDGER_FILES_MAX, SEEN_MAX, SEQUENCE_MAX};
use crate::text::Hash;

const FORMAT: Format = Format { name: "outpost-ledger", version: 1, what: "ledger" };

/// Numbers from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// What to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Take it in, then [`Ledger::applied`].
    Apply {
        /// Files that never came and whose records this one holds again.
        skipped: Option<Missing>,
    },
    /// It was taken in before. Nothing is to be done; a receipt may be sent again.
    Duplicate,
    /// It comes after a later file that held its records too. Nothing is to be done.
    Covered {
        /// The later file.
        by: u64,
    },
    /// A receipt that comes after a later one: what it says of records counts, what it says of the
    /// state of its sender is out of date.
    Late,
    /// Files before it have not come. It is kept until they do; the receipt names them.
    Gap(Missing),
    /// Its sender was restored from a backup made after file `after`, and numbers anew from there. Not
    /// taken in: the receipt tells the sender where to go on, and it sends its records again.
    OlderBackup {
        /// The last file that both know.
        after: u64,
        /// The last file that is known here; the sender goes on after it.
        last: Link,
    },
    /// Its sender tells another history than before: two machines use one key, or a restored one
    /// went on for long. Not taken in; the receipt tells where to go on, and a person should look.
    Fork {
        /// The last file that is known here.
        last: Option<Link>,
    },
    /// It is for somebody else: carry it on unopened.
    WrongRecipient {
        /// For whom.
        to: KeyId,
    },
    /// Its key is revoked. It is kept; the centre can say up to which number files still count.
    Revoked(Revocation),
    /// A newer key of the same sender has signed files since; an old key must not go on.
    Superseded {
        /// The newer key.
        by: KeyId,
    },
    /// Its sender is not in the key ring.
    UnknownSender {
        /// Its key.
        key: KeyId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    hash: Hash,
    previous: Option<Hash>,
    generation: u32,
}

/// The files of one kind from one sender.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ledger {
    files: BTreeMap<u64, Known>,
    seen: Vec<Link>,
}

impl Ledger {
    /// The last file that was taken in.
    #[must_use]
    pub fn last(&self) -> Option<Link> {
        let (sequence, known) = self.files.last_key_value()?;
        Some(Link { sequence: *sequence, hash: known.hash })
    }

    /// The files that were looked at since the last one was taken in, that one first: at most
    /// [`SEEN_MAX`]. Not the newest alone, for a number may be one of a history that its sender has
    /// forgotten.
    #[must_use]
    pub fn seen(&self) -> &[Link] {
        &self.seen
    }

    /// Notes a file that was looked at and not taken in, with the plan for it.
    pub fn saw(&mut self, manifest: &Manifest, hash: Hash, plan: &Plan) {
        let link = Link { sequence: manifest.sequence, hash };
        let tells = matches!(plan, Plan::Gap(_) | Plan::OlderBackup { .. } | Plan::Fork { .. });
        if tells {
            self.seen.retain(|known| *known != link);
            self.seen.push(link);
        }
        if self.seen.len() > SEEN_MAX {
            self.seen.remove(0);
        }
    }

    /// Whether this very file was taken in.
    #[must_use]
    pub fn has(&self, link: Link) -> bool {
        self.files.get(&link.sequence).is_some_and(|known| known.hash == link.hash)
    }

    /// Numbers below the last one that never came.
    #[must_use]
    pub fn holes(&self) -> Vec<Missing> {
        let mut holes = Vec::new();
        let mut next = self.files.keys().next().copied().unwrap_or(1);
        for sequence in self.files.keys() {
            if *sequence > next {
                holes.push(Missing { first: next, last: sequence - 1 });
            }
            next = sequence + 1;
        }
        holes
    }

    /// Notes that a file was taken in. Call it in the transaction that stores its records.
    pub fn applied(&mut self, manifest: &Manifest, hash: Hash, ring: &KeyRing) {
        let generation = ring.member(manifest.from).map_or(0, |member| member.generation);
        let previous = manifest.previous.map(|link| link.hash);
        self.files.insert(manifest.sequence, Known { hash, previous, generation });
        self.seen = vec![Link { sequence: manifest.sequence, hash }];
        while self.files.len() > LEDGER_FILES_MAX {
            self.files.pop_first();
        }
    }

    /// Whether a link contradicts what is known here.
    fn contradicts(&self, link: Link) -> bool {
        self.files.get(&link.sequence).is_some_and(|known| known.hash != link.hash)
    }

    /// How a contradicting file is called: by whether its branch leaves a history that is known.
    fn contradiction(&self, manifest: &Manifest) -> Plan {
        let after = manifest.previous.map_or(0, |link| link.sequence);
        let Some(last) = self.last() else { return Plan::Fork { last: None } };
        let leaves = manifest.previous.is_none_or(|link| self.has(link));
        if leaves { Plan::OlderBackup { after, last } } else { Plan::Fork { last: Some(last) } }
    }

    fn plan(&self, manifest: &Manifest, hash: Hash) -> Plan {
        let link = Link { sequence: manifest.sequence, hash };
        if self.has(link) {
            return Plan::Duplicate;
        }
        let last = self.last().map_or(0, |last| last.sequence);
        let successor = self.files.get(&(manifest.sequence + 1));
        let follows = successor.and_then(|next| next.previous).is_none_or(|known| known == hash);
        let links = [manifest.previous, manifest.since];
        if self.contradicts(link)
            || !follows
            || links.into_iter().flatten().any(|link| self.contradicts(link))
        {
            return self.contradiction(manifest);
        }
        if manifest.sequence <= last {
            return match manifest.kind {
                Kind::Receipt => Plan::Late,
                Kind::Data => Plan::Covered { by: self.after(manifest.sequence) },
            };
        }
        match manifest.since {
            Some(since) if since.sequence > last => {
                Plan::Gap(Missing { first: last + 1, last: since.sequence })
            }
            _ => Plan::Apply { skipped: skipped(last, manifest.sequence) },
        }
    }

    fn after(&self, sequence: u64) -> u64 {
        self.files.range(sequence..).next().map_or(sequence, |(sequence, _)| *sequence)
    }
}

const fn skipped(last: u64, sequence: u64) -> Option<Missing> {
    if sequence > last + 1 { Some(Missing { first: last + 1, last: sequence - 1 }) } else { None }
}

/// What came, from every sender.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledgers {
    streams: BTreeMap<(KeyId, Kind), Ledger>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u64,
    streams: Vec<Stream>,
}

#[derive(Serialize, Deserialize)]
struct Stream {
    from: KeyId,
    kind: Kind,
    ledger: Ledger,
}

impl Ledgers {
    /// What came of one kind from a sender, by any of its keys.
    #[must_use]
    pub fn of(&self, ring: &KeyRing, from: KeyId, kind: Kind) -> Option<&Ledger> {
        let line = ring.line_of(from).unwrap_or(from);
        self.streams.get(&(line, kind))
    }

    /// Decides about a file whose signature was verified. `me` is any key of this site.
    #[must_use]
    pub fn plan(&self, ring: &KeyRing, me: KeyId, manifest: &Manifest, hash: Hash) -> Plan {
        let none = Ledger::default();
        let ledger = self.of(ring, manifest.from, manifest.kind).unwrap_or(&none);
        plan_import(ledger, ring, me, manifest, hash)
    }

    /// Notes a file that was not taken in, see [`Ledger::saw`].
    pub fn saw(&mut self, manifest: &Manifest, hash: Hash, plan: &Plan, ring: &KeyRing) {
        let line = ring.line_of(manifest.from).unwrap_or(manifest.from);
        self.streams.entry((line, manifest.kind)).or_default().saw(manifest, hash, plan);
    }

    /// Notes that a file was taken in, see [`Ledger::applied`].
    pub fn applied(&mut self, manifest: &Manifest, hash: Hash, ring: &KeyRing) {
        let line = ring.line_of(manifest.from).unwrap_or(manifest.from);
        self.streams.entry((line, manifest.kind)).or_default().applied(manifest, hash, ring);
    }

    /// Decides about everything that lies in a folder: in which order it is taken in, and what each
    /// file is once those before it were. Gives the indices of `files` with their plans.
    #[must_use]
    pub fn plan_all(
        &self,
        ring: &KeyRing,
        me: KeyId,
        files: &[(Manifest, Hash)],
    ) -> Vec<(usize, Plan)> {
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|index| {
            let manifest = &files[*index].0;
            (ring.line_of(manifest.from), manifest.kind, manifest.sequence, *index)
        });
        let mut imagined = self.clone();
        let decide = |index: usize| {
            let (manifest, hash) = &files[index];
            let plan = imagined.plan(ring, me, manifest, *hash);
            if matches!(plan, Plan::Apply { .. }) {
                imagined.applied(manifest, *hash, ring);
            }
            (index, plan)
        };
        let mut plans: Vec<_> = order.into_iter().map(decide).collect();
        // A later file of the folder may hold again what a gap keeps waiting.
        for (index, plan) in &mut plans {
            if matches!(plan, Plan::Gap(_)) {
                let (manifest, hash) = &files[*index];
                *plan = imagined.plan(ring, me, manifest, *hash);
            }
        }
        plans
    }

    /// The ledgers as JSON, to be kept in the encrypted store.
    #[must_use]
    pub fn to_json(&self) -> String {
        let streams = self.streams.iter().map(|((from, kind), ledger)| Stream {
            from: *from,
            kind: *kind,
            ledger: ledger.clone(),
        });
        let document = Document {
            format: FORMAT.name.to_owned(),
            version: FORMAT.version,
            streams: streams.collect(),
        };
        serde_json::to_string(&document).expect("a ledger has text keys and no floats")
    }

    /// Reads [`Self::to_json`].
    ///
    /// # Errors
    /// [`ExchangeError::Invalid`] or [`ExchangeError::Newer`] if it is anything else.
    pub fn from_json(text: &str) -> Result<Self, ExchangeError> {
        let document: Document = FORMAT.read(text.as_bytes())?;
        let streams =
            document.streams.into_iter().map(|stream| ((stream.from, stream.kind), stream.ledger));
        Ok(Self { streams: streams.collect() })
    }
}

/// Decides about a file whose signature was verified, given what came from its sender before. `me` is
/// any key of this site.
#[must_use]
pub fn plan_import(
    known: &Ledger,
    ring: &KeyRing,
    me: KeyId,
    manifest: &Manifest,
    hash: Hash,
) -> Plan {
    let line = |key| ring.line_of(key).unwrap_or(key);
    if line(manifest.to) != line(me) {
        return Plan::WrongRecipient { to: manifest.to };
    }
    let key = manifest.from;
    let Some(member) = ring.member(key) else { return Plan::UnknownSender { key } };
    let link = Link { sequence: manifest.sequence, hash };
    if known.has(link) {
        return Plan::Duplicate;
    }
    if let Some(Standing::Revoked(revocation)) = ring.standing(key)
        && revocation.last_good.is_none_or(|last| manifest.sequence > last)
    {
        return Plan::Revoked(revocation);
    }
    let newest = known.files.last_key_value().map_or(0, |(_, file)| file.generation);
    if member.generation < newest
        && let Some(by) = member.replaced_by
    {
        return Plan::Superseded { by };
    }
    known.plan(manifest, hash)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    hash: Hash,
    is_confirmed: bool,
    /// A row was settled by an answer about it.
    has_settled: bool,
    /// Known from the receiver only: written before this site was restored.
    is_adopted: bool,
    /// The receiver had it and was restored to a state before it.
    is_lost: bool,
}

impl Sent {
    const fn of(hash: Hash) -> Self {
        Self { hash, is_confirmed: false, has_settled: false, is_adopted: false, is_lost: false }
    }
}

/// What was sent to one receiver, of one kind, and what the receiver confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentLog {
    files: BTreeMap<u64, Sent>,
    /// Number of the newest file that the receiver told to have looked at.
    seen: u64,
}

impl SentLog {
    /// The last file that was sent.
    #[must_use]
    pub fn last(&self) -> Option<Link> {
        let (sequence, sent) = self.files.last_key_value()?;
        Some(Link { sequence: *sequence, hash: sent.hash })
    }

    /// The last file that the receiver confirmed.
    #[must_use]
    pub fn last_confirmed(&self) -> Option<Link> {
        let mut confirmed = self.files.iter().rev().filter(|(_, sent)| sent.is_confirmed);
        confirmed.next().map(|(sequence, sent)| Link { sequence: *sequence, hash: sent.hash })
    }

    /// Whether this very file is known here.
    #[must_use]
    pub fn has(&self, link: Link) -> bool {
        self.files.get(&link.sequence).is_some_and(|sent| sent.hash == link.hash)
    }

    /// Whether this site remembers to have written this very file.
    #[must_use]
    pub fn wrote(&self, link: Link) -> bool {
        let sent = self.files.get(&link.sequence);
        sent.is_some_and(|sent| sent.hash == link.hash && !sent.is_adopted)
    }

    /// The place of the next file, which holds what changed since the last one.
    #[must_use]
    pub fn next(&self, created_at: &str, metadata: Option<MetadataBase>) -> Address {
        let previous = self.last();
        self.address(previous, created_at, metadata)
    }

    /// The place of a file that holds everything that is not settled: it heals whatever was lost. It
    /// builds upon the last file of which the receiver told anything, so a receiver that was restored
    /// from a backup notices that it lacks what was settled.
    #[must_use]
    pub fn catch_up(&self, created_at: &str, metadata: Option<MetadataBase>) -> Address {
        self.address(self.last_had(), created_at, metadata)
    }

    /// The newest file that the receiver must have had once: it confirmed it, or a row was settled by
    /// it.
    pub(crate) fn last_had(&self) -> Option<Link> {
        let had = self.files.iter().rev().find(|(_, sent)| sent.is_confirmed || sent.has_settled);
        had.map(|(sequence, sent)| Link { sequence: *sequence, hash: sent.hash })
    }

    fn address(
        &self,
        since: Option<Link>,
        created_at: &str,
        metadata: Option<MetadataBase>,
    ) -> Address {
        let previous = self.last();
        let sequence = previous.map_or(0, |link| link.sequence).min(SEQUENCE_MAX) + 1;
        let created_at = created_at.to_owned();
        Address { sequence, previous, since, created_at, metadata, app: None }
    }

    /// Notes a file that was written. Call it in the transaction that marks its records as sent.
    pub fn sent(&mut self, link: Link) {
        self.files.insert(link.sequence, Sent::of(link.hash));
        while self.files.len() > LEDGER_FILES_MAX {
            self.files.pop_first();
        }
    }

    /// Notes that the receiver has a file; `false` if this site never sent it.
    pub fn confirm(&mut self, link: Link) -> bool {
        match self.files.get_mut(&link.sequence) {
            Some(sent) if sent.hash == link.hash => {
                sent.is_confirmed = true;
                true
            }
            _ => false,
        }
    }

    /// Whether an answer about this file counts: this site wrote it, and the receiver has not lost it
    /// since.
    #[must_use]
    pub fn may_answer(&self, link: Link) -> bool {
        let sent = self.files.get(&link.sequence);
        self.wrote(link) && sent.is_some_and(|sent| !sent.is_lost)
    }

    /// Notes that a row was settled by an answer about this file.
    pub(crate) fn settled_by(&mut self, link: Link) {
        if let Some(sent) = self.files.get_mut(&link.sequence) {
            sent.has_settled = true;
        }
    }

    /// Whether a receipt with this head is at least as new as all before it.
    pub(crate) fn is_current(&self, last: Option<Link>, seen: &[Link]) -> bool {
        let last = last.map_or(0, |link| link.sequence);
        let confirmed = self.last_confirmed().map_or(0, |link| link.sequence);
        let tells_more = seen.iter().filter(|seen| self.wrote(**seen)).any(|seen| {
            seen.sequence > self.seen || (seen.sequence == self.seen && last >= confirmed)
        });
        // This site was restored: the receiver knows files that it has not written yet.
        tells_more || last > self.last().map_or(0, |link| link.sequence)
    }

    /// Notes the files that the receiver looked at.
    pub(crate) fn receiver_saw(&mut self, seen: &[Link]) {
        let newest = seen.iter().filter(|seen| self.wrote(**seen)).map(|seen| seen.sequence).max();
        self.seen = self.seen.max(newest.unwrap_or(0));
    }

    /// Notes that the receiver has lost the files from this number on.
    pub fn receiver_lost(&mut self, from: u64) {
        for (_, sent) in self.files.range_mut(from..) {
            sent.is_confirmed = false;
            sent.has_settled = false;
            sent.is_lost = true;
        }
    }

    /// This machine was restored from a backup: numbers that may have been given since are passed
    /// over, so that none means two files. `mark` stands for whatever they were.
    pub fn pass_over(&mut self, numbers: u64, mark: Hash) {
        let last = self.last().map_or(0, |link| link.sequence);
        let sequence = last.saturating_add(numbers).min(SEQUENCE_MAX - 1);
        self.files.insert(sequence, Sent { is_adopted: true, ..Sent::of(mark) });
    }

    /// Goes on after the receiver's last file: this site was restored from an older backup. Files
    /// sent under other numbers are forgotten; their records must be sent again.
    pub fn adopt(&mut self, last: Link) {
        self.files.retain(|sequence, _| *sequence < last.sequence);
        self.seen = last.sequence;
        self.files.insert(
            last.sequence,
            Sent { is_confirmed: true, is_adopted: true, ..Sent::of(last.hash) },
        );
    }
}
