//! What a screen shows of an event's form: questions, sections, announcements. Only data.

use std::collections::BTreeSet;

use crate::indicator::InForm;
use crate::uid::{DataElementUid, ProgramStageSectionUid, Uid};
use crate::value_type::ValueProblem;

/// A question as it is to be shown now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldState {
    /// What stands in it, also if it is wrong.
    pub value: Option<String>,
    /// What is wrong with it; then rules and record do without it.
    pub problem: Option<ValueProblem>,
    /// Whether it is hidden.
    pub is_hidden: bool,
    /// Whether it must be answered: by the form or by a rule. Such a question is never hidden.
    pub is_mandatory: bool,
    /// Whether a rule decides its value: an edit would be overwritten.
    pub is_assigned: bool,
    /// The answer that was taken out when a rule hid the question or its option. It is not part of
    /// the record; a person may put it back.
    pub set_aside: Option<String>,
    /// Errors: the record cannot be completed.
    pub errors: Vec<String>,
    /// Warnings: nothing is forbidden.
    pub warnings: Vec<String>,
    /// Which options may be chosen.
    pub options: OptionChoice,
}

/// Which options of a question a rule leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OptionChoice {
    /// Only these codes; `None` for all.
    pub only: Option<BTreeSet<String>>,
    /// Not these codes, even if they are among `only`.
    pub hidden: BTreeSet<String>,
}

impl OptionChoice {
    /// Whether a code may be chosen.
    #[must_use]
    pub fn allows(&self, code: &str) -> bool {
        !self.hidden.contains(code) && self.only.as_ref().is_none_or(|only| only.contains(code))
    }
}

/// Whether a section is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionState {
    /// The section; `None` for the questions that are in none.
    pub id: Option<ProgramStageSectionUid>,
    /// Whether all its questions are hidden.
    pub is_hidden: bool,
}

/// What kind of announcement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnnouncementKind {
    /// An error about the record as a whole: it cannot be completed.
    Error,
    /// A warning about the record as a whole.
    Warning,
    /// A text.
    Text,
    /// A name and a value.
    KeyValue,
    /// A rule that cannot be computed; for the administrator.
    Broken,
}

/// Something that rules have to say about the record as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What it is.
    pub kind: AnnouncementKind,
    /// Id of the rule.
    pub rule: String,
    /// Where it is shown: `feedback` or `indicators` (DHIS2 `ProgramRuleAction.location`).
    pub location: Option<String>,
    /// The text, or the name of a key/value pair.
    pub text: String,
    /// The value of a key/value pair.
    pub value: Option<String>,
}

/// What an edit changed; when a form opens, everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventDiff {
    /// Questions that look different, each with all that is to be shown, in form order.
    pub fields: Vec<(DataElementUid, FieldState)>,
    /// Sections that appeared or went.
    pub sections: Vec<SectionState>,
    /// All announcements, if one changed.
    pub announcements: Option<Vec<Announcement>>,
    /// Ids of the stages that rules hide, if that changed.
    pub hidden_stages: Option<BTreeSet<String>>,
    /// Program indicators that changed.
    pub indicators: Vec<(Uid, InForm)>,
    /// Names of rules that assign something else every time; the form shows what came last.
    pub looping: Vec<String>,
}

/// What speaks for or against completing the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFinding {
    /// The question; `None` for the record as a whole.
    pub data_element: Option<DataElementUid>,
    /// Id of the rule that says so; `None` for the form itself.
    pub rule: Option<String>,
    /// In words.
    pub words: String,
    /// Whether the record must not be completed before it is put right.
    pub blocks: bool,
}
