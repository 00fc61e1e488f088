//! Whether a value is one that the server takes for a question of the package: what is accepted in the
//! field is not refused weeks later.
//!
//! Says what DHIS2 says of the value type and of the options; whether a file or a place is there is for
//! whoever has them.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use outpost_domain::value_type::{ValueType, validate};

use super::ids_device::LABEL_KEYS;
use super::spec::{Answer, ChoiceSet, Question};
use super::{PROGRAMS, write};

struct Known {
    question: Question,
    value_type: Option<ValueType>,
    set: Option<&'static ChoiceSet>,
}

static KNOWN: LazyLock<BTreeMap<&'static str, Known>> = LazyLock::new(|| {
    let questions = PROGRAMS.iter().flat_map(|program| {
        let attributes = program.attributes.iter().map(|it| it.question);
        let asked = program.questions().into_iter().copied();
        attributes.chain(asked).map(|question| (*program, question))
    });
    let known = questions.map(|(program, question)| {
        let set = match question.answer {
            // Its options are the keys that a package is made with.
            Answer::Choice(set) if set != LABEL_KEYS => {
                program.choice_sets.iter().find(|it| it.id == set)
            }
            _ => None,
        };
        let value_type = ValueType::from_str(write::value_type(question.answer).0).ok();
        (question.id, Known { question, value_type, set })
    });
    known.collect()
});

/// What is wrong with a value of the question `id`, with the question's label in front; `None` if it can
/// be sent. A question of another package is not judged.
#[must_use]
pub fn value_problem(id: &str, value: &str) -> Option<String> {
    let known = KNOWN.get(id)?;
    let label = known.question.label;
    if let Some(set) = known.set {
        let is_choice = set.choices.iter().any(|choice| choice.code == value);
        let codes: Vec<&str> = set.choices.iter().map(|choice| choice.code).collect();
        return (!is_choice).then(|| format!("{label}: is one of {}", codes.join(", ")));
    }
    let problem = validate(known.value_type?, value).err()?;
    Some(format!("{label}: {problem}"))
}

/// Whether the answer to the question `id` is a file.
#[must_use]
pub fn is_file(id: &str) -> bool {
    let answer = KNOWN.get(id).map(|known| known.question.answer);
    matches!(answer, Some(Answer::Image | Answer::File))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::ids_device::{self, asked};

    #[track_caller]
    fn check(id: &str, value: &str, is_right: bool) {
        assert_eq!(value_problem(id, value).is_none(), is_right, "{id} {value}");
    }

    #[test]
    fn every_question_has_a_type_that_is_known() {
        for (id, known) in KNOWN.iter() {
            assert!(known.value_type.is_some(), "{id}");
        }
    }

    #[test]
    fn a_value_is_judged_as_the_server_does() {
        check(ids_device::STORAGE_GB, "64", true);
        for wrong in ["064", "+64", "3000000000", "-1"] {
            check(ids_device::STORAGE_GB, wrong, false);
        }
        check(ids_device::SUPPORT_PHONE, "+256700123456", true);
        check(ids_device::SUPPORT_PHONE, "12345", false);
        check(ids_device::SUPPORT_PHONE, "ask Sue", false);
        check(ids_device::MDM_SEEN, "2026-11-29", true);
        check(ids_device::MDM_SEEN, "20261129", false);
        check(ids_device::STATE, "IN_USE", true);
        check(ids_device::STATE, "in use", false);
        check(asked::DONE_AT, "2026-11-29T10:00", true);
        check(asked::LABEL_KEY, &"8a".repeat(32), true);
        check("DeOfAnother", "whatever", true);
        assert!(is_file(asked::STAMP_PHOTO) && !is_file(asked::STAMPED));
    }
}
