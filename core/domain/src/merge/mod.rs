//! Three-way merge of one record: what the server was known to hold (base), what was changed here
//! (local), what the server holds now (remote).
//!
//! Field by field: a change on one side is taken, the same change on both sides is no conflict, two
//! different changes are a conflict that a person decides. Never drops a local change silently:
//! each is in the result or named in the conflict. Bookkeeping times never conflict.
//!
//! ```
//! use outpost_domain::data::DataValue;
//! use outpost_domain::merge::{Merge, merge_data_value};
//!
//! let base = DataValue { value: Some("5".into()), ..DataValue::default() };
//! let local = DataValue { value: Some("6".into()), ..base.clone() };
//! let remote = DataValue { comment: Some("recounted".into()), ..base.clone() };
//! let both = DataValue { comment: remote.comment.clone(), ..local.clone() };
//! assert_eq!(merge_data_value(Some(&base), &local, &remote), Merge::Local(both));
//! ```

mod completion;
mod data_value;
mod event;
mod in_doubt;
#[cfg(test)]
mod in_doubt_tests;
#[cfg(test)]
mod law_tests;
mod payload;
mod tracker;
#[cfg(test)]
mod tracker_law_tests;
#[cfg(test)]
mod tracker_tests;

use std::collections::BTreeSet;

pub use completion::merge_completion;
pub use data_value::merge_data_value;
pub use event::merge_event;
pub use in_doubt::merge_in_doubt;
pub use payload::merge_payload;
pub use tracker::{merge_enrollment, merge_relationship, merge_tracked_entity};

use crate::data::Note;
use crate::uid::DataElementUid;

/// Names of the fields that a conflict can be about; an answer of an event is named by its data
/// element id. They are stored with conflicts on devices: never renamed.
pub mod fields {
    /// The whole record: deleted on one side, changed on the other.
    pub const DELETED: &str = "deleted";
    /// The value of an aggregate cell.
    pub const VALUE: &str = "value";
    /// Its comment.
    pub const COMMENT: &str = "comment";
    /// Its follow-up mark.
    pub const FOLLOW_UP: &str = "followUp";
    /// Whether a slice is complete.
    pub const COMPLETED: &str = "completed";
    /// Status of an event.
    pub const STATUS: &str = "status";
    /// When a person was enrolled.
    pub const ENROLLED_AT: &str = "enrolledAt";
    /// When it happened.
    pub const OCCURRED_AT: &str = "occurredAt";
    /// When it is planned.
    pub const SCHEDULED_AT: &str = "scheduledAt";
    /// When it was completed.
    pub const COMPLETED_AT: &str = "completedAt";
    /// Where it happened.
    pub const ORG_UNIT: &str = "orgUnit";
    /// The split of the event.
    pub const ATTRIBUTE_OPTION_COMBO: &str = "attributeOptionCombo";
    /// Its geometry.
    pub const GEOMETRY: &str = "geometry";
    /// Who is to do the work.
    pub const ASSIGNED_USER: &str = "assignedUser";
}

/// What came of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge<T> {
    /// Nothing to send: the server holds every change made here. The remote record is the truth.
    Same,
    /// To be sent; the remote record becomes the base.
    Local(T),
    /// A person decides.
    Conflict {
        /// The fields that both sides changed, see [`fields`].
        fields: Vec<String>,
        /// The merge in which the local side wins every field of `fields`.
        merged_for_mine: T,
        /// What the server holds.
        theirs: T,
    },
}

/// A person's decision on a conflict. Changes that are not in conflict survive in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Keep what was entered here.
    Mine,
    /// Keep what the server holds.
    Theirs,
    /// Keep the server's for these fields, one's own for the others.
    TheirsFor(BTreeSet<String>),
}

/// A record whose fields can be taken one by one from another version of it.
pub trait FieldWise: Clone {
    /// Takes the named field from `from`; an unknown name changes nothing.
    fn take(&mut self, field: &str, from: &Self);

    /// Whether the server, holding `remote`, needs nothing more to hold `self`.
    fn is_held_by(&self, remote: &Self) -> bool;
}

impl<T: FieldWise> Merge<T> {
    /// Carries out a person's choice: [`Merge::Local`] with what is to be sent, or [`Merge::Same`].
    /// A merge without conflict stays as it is.
    #[must_use]
    pub fn resolve(self, choice: &Choice) -> Self {
        let Self::Conflict { fields, mut merged_for_mine, theirs } = self else { return self };
        for field in &fields {
            let is_theirs = match choice {
                Choice::Mine => false,
                Choice::Theirs => true,
                Choice::TheirsFor(chosen) => chosen.contains(field),
            };
            if is_theirs {
                merged_for_mine.take(field, &theirs);
            }
        }
        finish(vec![], merged_for_mine, &theirs)
    }
}

/// The server's notes in their order, then those made here since.
fn united_notes(base: Option<&[Note]>, local: &[Note], remote: &[Note]) -> Vec<Note> {
    let known = base.into_iter().flatten().chain(remote);
    let mut seen: BTreeSet<_> = known.map(|note| note.id).collect();
    let mut notes = remote.to_vec();
    notes.extend(local.iter().filter(|note| seen.insert(note.id)).cloned());
    notes
}

/// Whether every note of `ours` is among `held`.
fn notes_held(ours: &[Note], held: &[Note]) -> bool {
    let held: BTreeSet<_> = held.iter().map(|note| note.id).collect();
    ours.iter().all(|note| held.contains(&note.id))
}

/// Conflict, something to send, or nothing to send.
fn finish<T: FieldWise>(fields: Vec<String>, merged: T, remote: &T) -> Merge<T> {
    if !fields.is_empty() {
        return Merge::Conflict { fields, merged_for_mine: merged, theirs: remote.clone() };
    }
    if merged.is_held_by(remote) { Merge::Same } else { Merge::Local(merged) }
}

/// What comes of a deletion on one side or both; `None` if neither side deleted.
fn deleted<T: FieldWise>(
    base: Option<&T>,
    local: &T,
    remote: &T,
    is_deleted: fn(&T) -> bool,
) -> Option<Merge<T>> {
    Some(match (is_deleted(local), is_deleted(remote)) {
        (false, false) => return None,
        (true, true) => Merge::Same,
        (false, true) if base.is_some_and(|base| local.is_held_by(base)) => Merge::Same,
        (true, false) if base.is_some_and(|base| remote.is_held_by(base)) => {
            Merge::Local(local.clone())
        }
        (true, false) if base.is_some_and(is_deleted) => Merge::Same,
        _ => deleted_against_edited(local, remote),
    })
}

/// The whole record is in question: deleted on one side, changed on the other.
fn deleted_against_edited<T: FieldWise>(local: &T, remote: &T) -> Merge<T> {
    finish(vec![fields::DELETED.to_owned()], local.clone(), remote)
}

/// A record as it was before, as it is here, as it is on the server.
type Sides<'a, T> = (Option<&'a T>, &'a T, &'a T);

/// Collects the conflicts of a record while its fields are merged.
#[derive(Default)]
struct Conflicts(Vec<String>);

impl Conflicts {
    /// Merges one field; `base` is `None` if nothing is known about it.
    fn pick<T: Clone + PartialEq>(
        &mut self,
        field: &str,
        base: Option<&T>,
        local: &T,
        remote: &T,
    ) -> T {
        self.pick_by(field, base, local, remote, PartialEq::eq)
    }

    /// Merges one field whose sameness is not equality of texts.
    fn pick_by<T: Clone>(
        &mut self,
        field: &str,
        base: Option<&T>,
        local: &T,
        remote: &T,
        same: impl Fn(&T, &T) -> bool,
    ) -> T {
        let unchanged_here = base.is_some_and(|base| same(base, local));
        if unchanged_here || same(local, remote) {
            return remote.clone();
        }
        if !base.is_some_and(|base| same(base, remote)) {
            self.0.push(field.to_owned());
        }
        local.clone()
    }

    /// Merges one field that every version of the record has.
    fn pick_of<T, V: Clone + PartialEq>(
        &mut self,
        field: &str,
        (base, local, remote): Sides<'_, T>,
        of: fn(&T) -> &V,
    ) -> V {
        self.pick(field, base.map(of), of(local), of(remote))
    }

    /// Merges the mark for follow-up; a record that was not there had none.
    fn pick_follow_up<T>(
        &mut self,
        (base, local, remote): Sides<'_, T>,
        of: fn(&T) -> &bool,
    ) -> bool {
        self.pick(fields::FOLLOW_UP, Some(base.map_or(&false, of)), of(local), of(remote))
    }

    /// Merges one text; what was not there before was absent.
    fn pick_text<T>(
        &mut self,
        field: &str,
        (base, local, remote): Sides<'_, T>,
        of: fn(&T) -> &Option<String>,
        same: fn(&Option<String>, &Option<String>) -> bool,
    ) -> Option<String> {
        let absent = None;
        self.pick_by(field, Some(base.map_or(&absent, of)), of(local), of(remote), same)
    }

    /// Merges the answer to one question.
    fn pick_answer<T: Clone + PartialEq>(
        &mut self,
        question: DataElementUid,
        base: Option<T>,
        local: Option<T>,
        remote: Option<T>,
    ) -> Option<T> {
        self.pick(question.as_str(), Some(&base), &local, &remote)
    }
}
