//! What must always be true, whatever happens: checked after every step of a simulation.
//!
//! Knows what each person entered and decided, what was ever written to the server and by whom, what
//! reached it from each phone, and what each phone has read. From that follows what may be gone and what may not.
//!
//! The rule, as a health worker would put it: **what I entered last is on its way, or was on the
//! server after everything else of mine had arrived there, or I gave it up.** There is one exception.
//! If what I entered last is what the phone knew the server to hold, and nothing else of mine reached
//! the server since, then I have changed nothing: what somebody else says may come in without a
//! question. As soon as another version of mine has reached the server, taking it back is a change like
//! any other: the other may have answered to it. The checker decides that by what the server did and
//! by the requests that are still on their way, never by what the phone believes of itself.
//!
//! Nobody is asked about their own doing: a conflict needs a write by somebody else.

use std::collections::{BTreeMap, BTreeSet};

use outpost_domain::data::Payload;
use outpost_store::{JournalCheck, OutboxEntry, RowState};
use outpost_sync::ports::Request;

use super::phone::Phone;
use super::record::{DELETED, Fields, Records, Subject, carried, fields_of};
use super::server::{Change, Server, Writer};
use super::tracker_record::{OWNER, carried_people};

/// What a person entered and nobody has seen on the server yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Claim {
    want: Option<String>,
    /// Writes of the server when it was entered, or when another version of this phone arrived since.
    since: u64,
}

type Entered = BTreeMap<String, BTreeSet<Option<String>>>;

/// A writing request as it left a phone.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// What the phone believed the server to hold of each row under way.
    pub bases: BTreeMap<Subject, Fields>,
    /// What it had read in that run, see [`super::phone::Run::read`].
    pub read: Vec<(String, u64)>,
}

/// The memory of the judge about one phone.
#[derive(Debug, Default)]
pub struct Ledger {
    claims: BTreeMap<Subject, BTreeMap<String, Claim>>,
    entered: BTreeMap<Subject, Entered>,
    rows: BTreeMap<Subject, OutboxEntry>,
    /// What the server took of a record, or will, since the phone last learnt what it holds.
    arrived: BTreeMap<Subject, Vec<Fields>>,
    /// Other phones of the same user: a completion says who, not with which phone.
    same_user: BTreeSet<usize>,
    /// Rows that a person gave up or decided since the last check.
    decided: BTreeSet<Subject>,
    /// Overwritten by a write that nobody could have seen.
    pub races: u64,
    /// Rows that had to wait for another record, each time anew.
    pub held: u64,
}

impl Ledger {
    /// The memory about a phone; `same_user` are the phones of its user.
    #[must_use]
    pub fn new(same_user: BTreeSet<usize>) -> Self {
        Self { same_user, ..Self::default() }
    }

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

    /// A person entered what the server is known to hold: the row may vanish without an answer, if
    /// nothing else of it arrived.
    pub fn taken_back(&mut self, subject: &Subject, after: &Fields) {
        let arrived = self.arrived.get(subject).map(Vec::as_slice).unwrap_or_default();
        if arrived.iter().all(|fields| fields == after) {
            self.decided.insert(subject.clone());
        }
    }

    /// A writing request has left the phone for good and will reach the server later.
    pub fn is_late(&mut self, request: &Request, known: &Records) {
        let people = carried_people(request, known).into_iter().flatten();
        let people = people.map(|one| (one.subject, one.fields));
        // A visit looks like an event of a program without registration: one of the two has no name.
        for (subject, fields) in carried(request).into_iter().chain(people) {
            self.arrived.entry(subject).or_default().push(fields);
        }
    }

    fn is_foreign(&self, subject: &str, me: Writer, by: Writer) -> bool {
        let is_same_user = matches!(by, Writer::Phone(index) if self.same_user.contains(&index));
        by != me && !(is_same_user && subject.starts_with("completion:"))
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
        if after.is_empty() && (subject.starts_with("event:") || subject.starts_with("tracker:")) {
            return Err(format!("{subject} vanished from the server"));
        }
        if before.contains_key(DELETED) {
            return Err(format!("{subject} was deleted and came back"));
        }
        self.arrived.entry(subject.clone()).or_default().push(after.clone());
        let is_deletion = after.contains_key(DELETED);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (old, new) = (before.get(name), after.get(name));
            if old == new {
                continue;
            }
            let claim = self.claims.get_mut(subject).and_then(|claims| claims.get_mut(name));
            if let Some(claim) = claim.filter(|claim| claim.want.as_ref() != new) {
                // An earlier version arrives: what was entered last has to come after it.
                claim.since = server.writes;
            }
            let author = server.author(subject, name, server.writes);
            let is_foreign = author.is_some_and(|(by, _)| self.is_foreign(subject, me, by));
            let known = sent.read.iter().rev().find(|(target, _)| covers(target, subject));
            let raced = match (author, known) {
                (Some((_, at)), Some((_, knew))) => at > *knew,
                _ => false,
            };
            let entered = self.entered.get(subject).and_then(|entered| entered.get(name));
            let was_entered = entered.is_some_and(|values| values.contains(&new.cloned()));
            let implied = is_deletion && name != DELETED;
            if raced && is_foreign {
                self.races += 1;
                continue;
            }
            // Whoever is enrolled belongs to the place of the enrolment.
            let implied = implied || (name == OWNER && old.is_none());
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
        let me = Writer::Phone(phone.index);
        check_held(&rows)?;
        let was_held = |subject| self.rows.get(subject).is_some_and(is_held);
        let now = rows.iter().filter(|(subject, row)| is_held(row) && !was_held(*subject));
        self.held += now.count() as u64;
        for (subject, row) in &rows {
            check_parked(phone, subject, row)?;
            if row.state == RowState::Conflict {
                self.check_asked(subject, me, server)?;
            }
        }
        let mut claims = std::mem::take(&mut self.claims);
        for (subject, claims) in &mut claims {
            self.check_claims(subject, claims, rows.get(subject), server)?;
        }
        self.claims = claims;
        self.forget_arrived(&rows);
        self.rows = rows;
        self.decided.clear();
        Ok(())
    }

    /// A question to a person needs somebody else who wrote, or a deletion, which cannot be undone.
    fn check_asked(&self, subject: &str, me: Writer, server: &Server) -> Result<(), String> {
        // Whoever completes what is complete already changes its author and day only.
        if subject.starts_with("completion:") {
            return Ok(());
        }
        let is_anothers = |by| self.is_foreign(subject, me, by);
        if server
            .versions(subject)
            .iter()
            .any(|one| is_anothers(one.by) || one.fields.contains_key(DELETED))
        {
            return Ok(());
        }
        Err(format!("{subject} is in conflict though nobody else ever wrote it"))
    }

    /// Once the phone knows what the server holds, what arrived before says nothing more.
    fn forget_arrived(&mut self, rows: &BTreeMap<Subject, OutboxEntry>) {
        self.arrived.retain(|subject, _| {
            let base = |row: &OutboxEntry| row.base.as_ref().map(fields_of);
            match (rows.get(subject), self.rows.get(subject)) {
                (Some(now), Some(before)) => base(now) == base(before),
                (Some(_), None) => true,
                (None, _) => false,
            }
        });
    }

    fn check_claims(
        &self,
        subject: &str,
        claims: &mut BTreeMap<String, Claim>,
        row: Option<&OutboxEntry>,
        server: &Server,
    ) -> Result<(), String> {
        let is_in_flight = row.is_some_and(|row| row.state == RowState::InFlight);
        let payload = row.map(|row| fields_of(&row.payload));
        // The edit itself, or what the phone has just learnt, may let somebody else's answer in.
        let known = [row, self.rows.get(subject)]
            .map(|row| row.map(|row| row.base.as_ref().map(fields_of).unwrap_or_default()));
        let arrived = self.arrived.get(subject).map(Vec::as_slice).unwrap_or_default();
        let is_unchanged = |name: &str, want: Option<&str>| {
            let says = |fields: &Fields| fields.get(name).map(String::as_str) == want;
            !is_in_flight && arrived.iter().all(says) && known.iter().flatten().any(says)
        };
        for (name, claim) in claims.iter() {
            let want = claim.want.as_deref();
            let is_sent = server.ever_said(subject, name, want, claim.since);
            let is_held =
                payload.as_ref().is_some_and(|fields| fields.get(name).map(String::as_str) == want);
            // An event that was deleted before it was ever sent.
            let is_moot = name == DELETED && !server.records.contains_key(subject)
                || row.is_none() && links_same_pair(subject, claims, server);
            if !is_sent && !is_held && !is_moot && !is_unchanged(name, want) {
                return Err(format!(
                    "{subject} {name}: {want:?} was entered and is neither on the server nor in \
                     the outbox ({:?})",
                    row.map(|row| (row.state, &row.payload))
                ));
            }
        }
        // While something is under way, an earlier version may still arrive and undo it.
        claims.retain(|name, claim| row.is_some() && !is_unchanged(name, claim.want.as_deref()));
        Ok(())
    }
}

/// Whether the server links the same two people under another id: it does not take a second link.
fn links_same_pair(subject: &str, claims: &BTreeMap<String, Claim>, server: &Server) -> bool {
    let want = |end| claims.get(end).and_then(|claim| claim.want.as_deref());
    let pair = BTreeSet::from([want("from"), want("to")]);
    subject.starts_with("relationship:")
        && pair.len() == 2
        && server.records.iter().any(|(other, fields)| {
            let end = |name: &str| fields.get(name).map(String::as_str);
            other.starts_with("relationship:") && BTreeSet::from([end("from"), end("to")]) == pair
        })
}

fn is_held(row: &OutboxEntry) -> bool {
    row.state == RowState::Held
}

/// A row is held exactly while something that it needs, and that the server never had, is parked.
fn check_held(rows: &BTreeMap<Subject, OutboxEntry>) -> Result<(), String> {
    let is_parked = |row: &OutboxEntry| {
        let state = matches!(row.state, RowState::Rejected | RowState::Conflict | RowState::Held);
        state && row.base.is_none()
    };
    let parked: BTreeSet<_> = rows
        .values()
        .filter(|row| is_parked(row))
        .filter_map(|row| row.payload.record_uid())
        .collect();
    for (subject, row) in rows {
        let is_blocked = row.payload.needs().iter().any(|need| parked.contains(need));
        match (row.state, is_blocked) {
            (RowState::Held, false) => {
                return Err(format!("{subject} is held though nothing that it needs is parked"));
            }
            (RowState::Pending, true) => {
                return Err(format!("{subject} is not held though what it needs is parked"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whatever a request carries has its parents on the server or in the same request. Among the `known`
/// are those that were given up before they were ever sent: whoever insists on a child of theirs
/// gets the server's refusal.
///
/// # Errors
/// If a child is sent alone.
pub fn check_parents_first(request: &Request, known: &Records) -> Result<(), String> {
    let carried = carried_people(request, known);
    let together: BTreeSet<_> = carried.iter().flatten().map(|one| &one.subject).collect();
    for one in &carried {
        let Some(one) = one else {
            return Err("a record was sent whose parents are nowhere".to_owned());
        };
        let missing =
            one.needs.iter().find(|need| !known.contains_key(*need) && !together.contains(need));
        if let Some(need) = missing {
            return Err(format!("{} was sent before {need}", one.subject));
        }
    }
    Ok(())
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
        RowState::Pending | RowState::InFlight | RowState::Held => {}
    }
    Ok(())
}

/// Whether a reading request before an upload asked about the subject.
fn covers(target: &str, subject: &str) -> bool {
    let parts: Vec<&str> = subject.split([':', '/']).collect();
    let list = |name: &str, ids: &[&str]| {
        target.starts_with(&format!("/api/{name}")) && ids.iter().all(|id| target.contains(id))
    };
    match parts[..] {
        ["dataValue", _, period, unit, ..] => list("dataValueSets", &[period, unit]),
        ["completion", _, period, unit, ..] => {
            list("completeDataSetRegistrations", &[period, unit])
        }
        ["event", id] => list("tracker", &[id]),
        ["tracker", person, "0"] => list("tracker/trackedEntities", &[person]),
        ["tracker", _, "1", id] => list("tracker/enrollments", &[id]),
        ["tracker", _, "2", id] => list("tracker/events", &[id]),
        ["ownershipTransfer", person, program] => {
            list("tracker/trackedEntities", &[person, program])
        }
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
