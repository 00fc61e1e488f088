//! What a screen shows of an open form: questions, sections, announcements. Only data.

use std::collections::BTreeSet;

use crate::form::event::Blocks;
use crate::indicator::InForm;
use crate::uid::{DataElementUid, ProgramStageSectionUid, TrackedEntityAttributeUid, Uid};
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
    /// Whether nobody types here: the server makes the values (generated attributes).
    pub is_read_only: bool,
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
pub struct SectionState<S = ProgramStageSectionUid> {
    /// The section; `None` for the questions that are in none.
    pub id: Option<S>,
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

/// What a rule does with an event that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferKind {
    /// It offers to begin one (`CREATEEVENT`).
    Create,
    /// It plans one; newer servers do so themselves when the record arrives (`SCHEDULEEVENT`).
    Schedule,
}

/// An event that a rule offers. Nothing is made before a person takes it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventOffer {
    /// What the rule does.
    pub kind: OfferKind,
    /// Id of the rule.
    pub rule: String,
    /// Id of the stage, if the rule names one.
    pub program_stage: Option<String>,
    /// What the rule says about it.
    pub text: String,
    /// What the rule computed: the date of a planned event, the answers of an offered one.
    pub data: Option<String>,
}

/// What an edit changed; when a form opens, everything. `Q` names questions, `S` sections.
#[derive(Debug, Clone, PartialEq)]
pub struct FormDiff<Q, S> {
    /// Questions that look different, each with all that is to be shown, in form order.
    pub fields: Vec<(Q, FieldState)>,
    /// Sections that appeared or went.
    pub sections: Vec<SectionState<S>>,
    /// All announcements, if one changed.
    pub announcements: Option<Vec<Announcement>>,
    /// Ids of the stages that rules hide, if that changed.
    pub hidden_stages: Option<BTreeSet<String>>,
    /// All events that rules offer or plan, if one changed.
    pub offers: Option<Vec<EventOffer>>,
    /// Program indicators that changed.
    pub indicators: Vec<(Uid, InForm)>,
    /// Names of rules that assign something else every time; the form shows what came last.
    pub looping: Vec<String>,
}

impl<Q, S> Default for FormDiff<Q, S> {
    fn default() -> Self {
        Self {
            fields: vec![],
            sections: vec![],
            announcements: None,
            hidden_stages: None,
            offers: None,
            indicators: vec![],
            looping: vec![],
        }
    }
}

/// What an edit of an event changed.
pub type EventDiff = FormDiff<DataElementUid, ProgramStageSectionUid>;

/// What an edit of a person or an enrolment changed.
pub type EnrollmentDiff = FormDiff<TrackedEntityAttributeUid, Uid>;

/// What speaks for or against saving or completing a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrollmentFinding {
    /// The attribute; `None` for the record as a whole.
    pub attribute: Option<TrackedEntityAttributeUid>,
    /// Id of the rule that says so; `None` for the form itself.
    pub rule: Option<String>,
    /// The code that the server would give; `None` where it would take the record.
    pub code: Option<&'static str>,
    /// In words.
    pub words: String,
    /// What it forbids before it is put right.
    pub blocks: Blocks,
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
