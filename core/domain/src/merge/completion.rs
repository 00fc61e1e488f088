//! Merge of the completion of a slice.

use super::{FieldWise, Merge, fields, finish};
use crate::data::Completion;

/// Merges a completion. `base` is `None` if the server was known to hold none.
///
/// Day and user of a completion are bookkeeping: two people who complete the same slice agree. One
/// who withdraws it while another completes it anew does not agree with them.
#[must_use]
pub fn merge_completion(
    base: Option<&Completion>,
    local: &Completion,
    remote: &Completion,
) -> Merge<Completion> {
    let was_completed = base.is_some_and(|base| base.completed);
    if local.completed == remote.completed || local.completed == was_completed {
        return Merge::Same;
    }
    // Nobody is asked unless the server's completion is another one than the one withdrawn here.
    let completed_anew = base.is_some_and(|base| base.is_another_than(remote));
    let in_question = remote.completed && completed_anew;
    let names = if in_question { vec![fields::COMPLETED.to_owned()] } else { vec![] };
    finish(names, local.clone(), remote)
}

impl Completion {
    /// Whether its day or user, as far as both tell, are not the other's.
    pub(super) fn is_another_than(&self, other: &Self) -> bool {
        let differs = |one: &Option<String>, other: &Option<String>| {
            one.is_some() && other.is_some() && one != other
        };
        differs(&self.date, &other.date) || differs(&self.stored_by, &other.stored_by)
    }
}

impl FieldWise for Completion {
    fn take(&mut self, field: &str, from: &Self) {
        if field == fields::COMPLETED {
            *self = from.clone();
        }
    }

    fn is_held_by(&self, remote: &Self) -> bool {
        self.completed == remote.completed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::Choice;

    fn done(day: &str, user: &str) -> Completion {
        Completion { completed: true, date: Some(day.into()), stored_by: Some(user.into()) }
    }

    fn open() -> Completion {
        Completion::default()
    }

    #[track_caller]
    fn check(
        base: Option<Completion>,
        local: Completion,
        remote: Completion,
        expected: Merge<Completion>,
    ) {
        assert_eq!(merge_completion(base.as_ref(), &local, &remote), expected);
    }

    #[test]
    fn a_completion_is_sent_unless_somebody_completed_the_slice_already() {
        let mine = done("2026-11-20", "amina");
        check(None, mine.clone(), open(), Merge::Local(mine.clone()));
        check(None, mine.clone(), done("2026-11-19", "okello"), Merge::Same);
        check(Some(mine.clone()), open(), mine.clone(), Merge::Local(open()));
        check(Some(mine.clone()), open(), open(), Merge::Same);
        check(Some(mine.clone()), mine, open(), Merge::Same);
    }

    #[test]
    fn withdrawing_what_another_completed_anew_is_a_conflict() {
        let (before, anew) = (done("2026-11-20", "amina"), done("2026-11-22", "okello"));
        let conflict = merge_completion(Some(&before), &open(), &anew);
        let expected = Merge::Conflict {
            fields: vec!["completed".to_owned()],
            merged_for_mine: open(),
            theirs: anew,
        };
        assert_eq!(conflict, expected);
        assert_eq!(conflict.clone().resolve(&Choice::Mine), Merge::Local(open()));
        assert_eq!(conflict.resolve(&Choice::Theirs), Merge::Same);
    }
}
