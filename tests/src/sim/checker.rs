//! What must always be true, whatever happens: checked after every step of a simulation.
//!
//! Knows what each person entered and decided, what was ever written to the server and by whom, and
//! what each phone has read. From that follows what may be gone and what may not.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::{Payload, PayloadKind};
use outpost_store::{JournalCheck, OutboxEntry, RowState};

use super::phone::Phone;
use super::record::{DELETED, Fields, Subject, fields_of};
use super::server::{Change, Server, Writer};

/// What a person entered and nobody has seen on the server yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Claim {
    want: Option<String>,
    /// Writes of the server when it was entered.
    since: u64,
}

type Entered = BTreeMap<String, BTreeSet<Option<String>>>;

/// A writing request as it left a phone.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// What the phone believed the server to hold of each row under way.
    pub bases: BTreeMap<Subject, Fields>,
    /// What it had read in that run, see [`super::phone::Run::read`].
    pub read: Vec<(PayloadKind, String, u64)>,
}

/// The memory of the judge about one phone.
#[derive(Debug, Default)]
pub struct Ledger {
    claims: BTreeMap<Subject, BTreeMap<String, Claim>>,
    entered: BTreeMap<Subject, Entered>,
    rows: BTreeMap<Subject, OutboxEntry>,
    /// Rows that a person gave up or decided since the last check.
    decided: BTreeSet<Subject>,
    /// Overwritten by a write that nobody could have seen.
    pub races: u64,
}

impl Ledger {
    /// A person saved a record: `before` is what the screen showed.
    pub fn entered(&mut self, subject: &Subject, before: &Fields, after: &Fields, writes: u64) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let is_deletion = after.contains_key(DELETED);
        let entered = self.entered.entry(subject.clone()).or_default();
        let claims = self.claims.entry(subject.clone()).or_default();
        if is_deletion {
            claims.clear();
        }
        for name in names {
            if before.get(name) == after.get(name) {
                continue;
            }
            let want = after.get(name).cloned();
            entered.entry(name.clone()).or_default().insert(want.clone());
            if !is_deletion || name == DELETED {
                claims.insert(name.clone(), Claim { want, since: writes });
            }
        }
        if after.is_empty() {
            for name in ["value", "comment", "followUp", "completed"] {
                entered.entry(name.to_owned()).or_default().insert(None);
            }
        }
    }

    /// A person gave a change up, or took what the server holds.
    pub fn given_up(&mut self, subject: &Subject, fields: Option<&[String]>) {
        self.decided.insert(subject.clone());
        let is_all = fields.is_none_or(|fields| fields.iter().any(|field| field == DELETED));
        if is_all {
            self.claims.remove(subject);
        } else if let Some(claims) = self.claims.get_mut(subject) {
            claims.retain(|name, _| fields.is_none_or(|fields| !fields.contains(name)));
        }
    }

    /// A person decided for the own version of a record in conflict: all of it may be sent.
    pub fn insisted(&mut self, subject: &Subject, mine: &Fields) {
        self.decided.insert(subject.clone());
        let entered = self.entered.entry(subject.clone()).or_default();
        for (name, value) in mine {
            entered.entry(name.clone()).or_default().insert(Some(value.clone()));
        }
    }

    /// A person gave up what may have arrived: whatever was there before may be sent.
    pub fn restored(&mut self, subject: &Subject, lost: &Fields, kept: &Fields) {
        self.insisted(subject, kept);
        let entered = self.entered.entry(subject.clone()).or_default();
        for name in lost.keys().filter(|name| !kept.contains_key(*name)) {
            entered.entry(name.clone()).or_default().insert(None);
        }
    }

    /// A person entered what the screen had shown at first: the row may vanish.
    pub fn taken_back(&mut self, subject: &Subject) {
        self.decided.insert(subject.clone());
        self.claims.remove(subject);
    }

    /// Looks at what a request of this phone changed on the server.
    ///
    /// # Errors
    /// What must not be, in words.
    pub fn check_write(
        &mut self,
        me: Writer,
        sent: &Sent,
        change: &Change,
        server: &Server,
    ) -> Result<(), String> {
        let Change { subject, before, after } = change;
        if after.is_empty() && subject.starts_with("event:") {
            return Err(format!("{subject} vanished from the server"));
        }
        if before.contains_key(DELETED) {
            return Err(format!("{subject} was deleted and came back"));
        }
        let is_deletion = after.contains_key(DELETED);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (old, new) = (before.get(name), after.get(name));
            if old == new {
                continue;
            }
            let author = server.author(subject, name, server.writes);
            let is_foreign = author.is_some_and(|(by, _)| by != me);
            let known = sent.read.iter().rev().find(|(kind, target, _)| {
                subject.starts_with(kind.name()) && covers(target, subject)
            });
            let raced = match (author, known) {
                (Some((_, at)), Some((_, _, knew))) => at > *knew,
                _ => false,
            };
            let entered = self.entered.get(subject).and_then(|entered| entered.get(name));
            let was_entered = entered.is_some_and(|values| values.contains(&new.cloned()));
            let implied = is_deletion && name != DELETED;
            if raced && is_foreign {
                self.races += 1;
                continue;
            }
            if !was_entered && !implied {
                return Err(format!(
                    "{subject} {name}: the server said {old:?} and was told {new:?}, which this \
                     person never entered"
                ));
            }
            let base = sent.bases.get(subject).and_then(|base| base.get(name));
            if is_foreign && base != old {
                return Err(format!(
                    "{subject} {name}: {old:?} by {author:?} was overwritten with {new:?} though the \
                     phone believed {base:?}; it had read {known:?}"
                ));
            }
        }
        Ok(())
    }

    /// Looks at a phone after a step.
    ///
    /// # Errors
    /// What must not be, in words.
    pub fn check_phone(&mut self, phone: &Phone, server: &Server) -> Result<(), String> {
        let rows = phone.outbox();
        for (subject, row) in &self.rows {
            if rows.contains_key(subject) || self.decided.contains(subject) {
                continue;
            }
            let answer = phone.store().last_answer(&row.payload).map_err(|e| e.to_string())?;
            if answer.is_none() {
                return Err(format!("{subject} left the outbox without an answer"));
            }
        }
        for (subject, row) in &rows {
            check_parked(phone, subject, row)?;
        }
        for (subject, claims) in &mut self.claims {
            let payload = rows.get(subject).map(|row| fields_of(&row.payload));
            // Back at what the server is known to hold, with nothing under way: no change of this
            // person's is left, and somebody else's may come in. The edit itself may let it in.
            let bases = [idle_base(rows.get(subject)), idle_base(self.rows.get(subject))];
            let is_unchanged = |name: &str, want: Option<&str>| {
                bases.iter().flatten().any(|base| base.get(name).map(String::as_str) == want)
            };
            for (name, claim) in claims.iter() {
                let want = claim.want.as_deref();
                let is_sent = server.ever_said(subject, name, want, claim.since);
                let is_held = payload
                    .as_ref()
                    .is_some_and(|fields| fields.get(name).map(String::as_str) == want);
                // An event that was deleted before it was ever sent.
                let is_moot = name == DELETED && !server.records.contains_key(subject);
                if !is_sent && !is_held && !is_moot && !is_unchanged(name, want) {
                    return Err(format!(
                        "{subject} {name}: {want:?} was entered and is neither on the server nor in \
                         the outbox ({:?})",
                        rows.get(subject).map(|row| (row.state, &row.payload))
                    ));
                }
            }
            claims.retain(|name, claim| {
                let want = claim.want.as_deref();
                !is_unchanged(name, want) && !server.ever_said(subject, name, want, claim.since)
            });
        }
        self.rows = rows;
        self.decided.clear();
        Ok(())
    }
}

/// What the server is known to hold of a row, unless something of it is or may be under way.
fn idle_base(row: Option<&OutboxEntry>) -> Option<Fields> {
    let row = row.filter(|row| row.state != RowState::InFlight && !row.may_have_arrived)?;
    Some(row.base.as_ref().map(fields_of).unwrap_or_default())
}

fn check_parked(phone: &Phone, subject: &str, row: &OutboxEntry) -> Result<(), String> {
    match row.state {
        RowState::Rejected => {
            let Some(rejection) = &row.rejection else {
                return Err(format!("{subject} is parked without a reason"));
            };
            if rejection.reason.trim().is_empty() {
                return Err(format!("{subject} is parked with an empty reason"));
            }
            let is_value = matches!(row.payload, Payload::DataValue { .. });
            if is_value && rejection.field.is_none() {
                return Err(format!("{subject} is parked without its field"));
            }
        }
        RowState::Conflict => {
            let before = Some(outpost_sync::ports::OutboxId(row.id.0 - 1));
            let page =
                phone.store().conflicts_page(before, 1).map_err(|error| error.to_string())?;
            let is_kept =
                page.first().is_some_and(|found| found.id == row.id && !found.fields.is_empty());
            if !is_kept {
                return Err(format!("{subject} is in conflict but the conflict was not kept"));
            }
        }
        RowState::Pending | RowState::InFlight => {}
    }
    Ok(())
}

/// Whether a reading request before an upload asked about the subject.
fn covers(target: &str, subject: &str) -> bool {
    let parts: Vec<&str> = subject.split([':', '/']).collect();
    match parts[..] {
        ["dataValue", _, period, unit, ..] | ["completion", _, period, unit, ..] => {
            target.contains(period) && target.contains(unit)
        }
        ["event", id] => target.contains(id),
        _ => false,
    }
}

/// The journal's chain must be whole.
///
/// # Errors
/// If it is not.
pub fn check_journal(phone: &Phone) -> Result<(), String> {
    match phone.store().verify_journal() {
        Ok(JournalCheck::Intact { .. }) => Ok(()),
        other => Err(format!("the journal of phone {} is not whole: {other:?}", phone.index)),
    }
}
