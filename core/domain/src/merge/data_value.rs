//! Merge of an aggregate value: value, comment and follow-up mark.

use super::{Conflicts, FieldWise, Merge, deleted_against_edited, fields, finish};
use crate::data::DataValue;

/// Merges an aggregate value.
///
/// `base` is `None` if the server was known to hold nothing; a value that the server does not hold
/// now is `DataValue::default()` or one marked deleted. Emptied and deleted are the same: the
/// server refuses an empty value, it has to be deleted (E7618, capture 53).
#[must_use]
pub fn merge_data_value(
    base: Option<&DataValue>,
    local: &DataValue,
    remote: &DataValue,
) -> Merge<DataValue> {
    let base = base.map_or_else(gone, settled);
    let (local, remote) = (settled(local), settled(remote));
    let both_changed = local != base && remote != base && local != remote;
    if both_changed && (local.deleted || remote.deleted) {
        return deleted_against_edited(&local, &remote);
    }
    if local.deleted {
        return finish(vec![], if local == base { remote.clone() } else { local }, &remote);
    }
    let mut conflicts = Conflicts::default();
    let merged = DataValue {
        value: conflicts.pick(fields::VALUE, Some(&base.value), &local.value, &remote.value),
        comment: conflicts.pick(
            fields::COMMENT,
            Some(&base.comment),
            &local.comment,
            &remote.comment,
        ),
        follow_up: conflicts.pick(
            fields::FOLLOW_UP,
            Some(&base.follow_up),
            &local.follow_up,
            &remote.follow_up,
        ),
        deleted: false,
    };
    finish(conflicts.0, settled(&merged), &remote)
}

impl FieldWise for DataValue {
    fn take(&mut self, field: &str, from: &Self) {
        match field {
            fields::DELETED => *self = from.clone(),
            fields::VALUE => self.value.clone_from(&from.value),
            fields::COMMENT => self.comment.clone_from(&from.comment),
            fields::FOLLOW_UP => self.follow_up = from.follow_up,
            _ => return,
        }
        *self = settled(self);
    }

    fn is_held_by(&self, remote: &Self) -> bool {
        settled(self) == settled(remote)
    }
}

fn gone() -> DataValue {
    DataValue { deleted: true, ..DataValue::default() }
}

/// One form for every way to say "nothing is there".
pub(super) fn settled(value: &DataValue) -> DataValue {
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let settled =
        DataValue { value: text(&value.value), comment: text(&value.comment), ..value.clone() };
    if settled.deleted || settled == DataValue::default() { gone() } else { settled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::Choice;

    fn value(text: &str) -> DataValue {
        DataValue { value: Some(text.into()), ..DataValue::default() }
    }

    fn with_comment(text: &str, comment: &str) -> DataValue {
        DataValue { comment: Some(comment.into()), ..value(text) }
    }

    fn marked(text: &str) -> DataValue {
        DataValue { follow_up: true, ..value(text) }
    }

    #[track_caller]
    fn check(base: Option<DataValue>, local: DataValue, remote: DataValue, sent: DataValue) {
        assert_eq!(merge_data_value(base.as_ref(), &local, &remote), Merge::Local(sent));
    }

    #[track_caller]
    fn check_same(base: Option<DataValue>, local: DataValue, remote: DataValue) {
        assert_eq!(merge_data_value(base.as_ref(), &local, &remote), Merge::Same);
    }

    #[track_caller]
    fn check_conflict(
        base: Option<DataValue>,
        local: DataValue,
        remote: DataValue,
        in_question: &[&str],
        mine: DataValue,
    ) {
        let Merge::Conflict { fields, merged_for_mine, theirs } =
            merge_data_value(base.as_ref(), &local, &remote)
        else {
            panic!("no conflict")
        };
        assert_eq!(fields, in_question);
        assert_eq!(merged_for_mine, mine);
        assert_eq!(theirs, settled(&remote));
    }

    #[test]
    fn a_change_on_one_side_is_taken() {
        check(Some(value("5")), value("6"), value("5"), value("6"));
        check(None, value("6"), DataValue::default(), value("6"));
        check_same(Some(value("5")), value("5"), value("7"));
    }

    #[test]
    fn changes_of_different_fields_both_survive() {
        check(Some(value("5")), value("6"), with_comment("5", "late"), with_comment("6", "late"));
        let both = DataValue { follow_up: true, ..value("6") };
        check(Some(value("5")), marked("5"), value("6"), both);
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_conflict() {
        check_same(Some(value("5")), value("6"), value("6"));
        check_same(None, value("6"), value("6"));
        check_same(Some(value("5")), gone(), gone());
        check_same(Some(value("5")), gone(), DataValue::default());
    }

    #[test]
    fn two_different_values_are_a_conflict() {
        check_conflict(Some(value("5")), value("6"), value("7"), &["value"], value("6"));
        check_conflict(None, value("6"), value("7"), &["value"], value("6"));
        // The remote comment is not in question: it is in my version too.
        check_conflict(
            Some(value("5")),
            value("6"),
            with_comment("7", "seen"),
            &["value"],
            with_comment("6", "seen"),
        );
    }

    #[test]
    fn a_deletion_against_a_change_is_a_question_about_the_whole() {
        check_conflict(Some(value("5")), gone(), value("7"), &["deleted"], gone());
        check_conflict(Some(value("5")), gone(), marked("5"), &["deleted"], gone());
        check_conflict(Some(value("5")), value("7"), gone(), &["deleted"], value("7"));
        check(Some(value("5")), gone(), value("5"), gone());
        check_same(Some(value("5")), value("5"), gone());
    }

    #[test]
    fn an_emptied_value_is_a_deleted_one() {
        let emptied = DataValue { value: Some(String::new()), ..DataValue::default() };
        check(Some(value("5")), emptied, value("5"), gone());
        // A comment without a value is a record of its own (capture a005g).
        let only_comment = DataValue { comment: Some("closed".into()), ..DataValue::default() };
        check(Some(value("5")), only_comment.clone(), value("5"), only_comment);
    }

    #[test]
    fn a_choice_decides_only_the_fields_in_question() {
        let merge = || {
            let remote = with_comment("7", "seen");
            merge_data_value(Some(&value("5")), &marked("6"), &remote)
        };
        let mine = DataValue { follow_up: true, ..with_comment("6", "seen") };
        let theirs = DataValue { follow_up: true, ..with_comment("7", "seen") };
        assert_eq!(merge().resolve(&Choice::Mine), Merge::Local(mine.clone()));
        assert_eq!(merge().resolve(&Choice::Theirs), Merge::Local(theirs.clone()));
        let value_only = Choice::TheirsFor(["value".to_owned()].into());
        assert_eq!(merge().resolve(&value_only), Merge::Local(theirs));
        let other = Choice::TheirsFor(["comment".to_owned()].into());
        assert_eq!(merge().resolve(&other), Merge::Local(mine));
    }

    #[test]
    fn choosing_theirs_leaves_nothing_to_send() {
        let merge = merge_data_value(Some(&value("5")), &value("6"), &value("7"));
        assert_eq!(merge.resolve(&Choice::Theirs), Merge::Same);
        let merge = merge_data_value(Some(&value("5")), &value("6"), &gone());
        assert_eq!(merge.resolve(&Choice::Theirs), Merge::Same);
    }
}
