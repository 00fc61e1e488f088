//! What an open form shows: questions, sections, what rules and indicators say. The same for the
//! form of an event and for that of a person.

use std::collections::BTreeSet;

use outpost_engine::domain::form::session as domain;
use outpost_engine::domain::indicator::InForm;
use outpost_engine::domain::uid::Uid;

use super::indicator::Legend;
use super::{list, text};
use crate::limits::PAGE_ROWS_MAX;

/// A question as it is to be shown now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormFieldState {
    /// The question: a data element or an attribute.
    pub id: String,
    /// What stands in it, also if it is wrong.
    pub value: Option<String>,
    /// Why it is no answer, in words; then rules and record do without it.
    pub problem: Option<String>,
    /// Whether it is hidden.
    pub hidden: bool,
    /// Whether it must be answered: by the form or by a rule.
    pub mandatory: bool,
    /// Whether a rule decides its value: an edit would be overwritten.
    pub assigned: bool,
    /// Whether nobody types here: the server makes the values.
    pub read_only: bool,
    /// The answer that was taken out when a rule hid the question or its option. It is not part of
    /// the record; a person may put it back.
    pub set_aside: Option<String>,
    /// Errors: the event cannot be completed, the person cannot be saved.
    pub errors: Vec<String>,
    /// Warnings: nothing is forbidden.
    pub warnings: Vec<String>,
    /// Codes of the only options that may be chosen; `None` for all.
    pub only_options: Option<Vec<String>>,
    /// Codes of options that may not be chosen, even if they are among the only ones.
    pub hidden_options: Vec<String>,
    /// Name and colour of the value, where the question has a legend set.
    pub legend: Option<Legend>,
}

impl<Q: ToString> From<(Q, domain::FieldState)> for FormFieldState {
    fn from((id, it): (Q, domain::FieldState)) -> Self {
        let codes = |codes: BTreeSet<String>| codes.into_iter().collect::<Vec<_>>();
        Self {
            id: text(id),
            value: it.value,
            problem: it.problem.map(|problem| format!("It {problem}.")),
            hidden: it.is_hidden,
            mandatory: it.is_mandatory,
            assigned: it.is_assigned,
            read_only: it.is_read_only,
            set_aside: it.set_aside,
            errors: it.errors,
            warnings: it.warnings,
            only_options: it.options.only.map(codes),
            hidden_options: codes(it.options.hidden),
            legend: None,
        }
    }
}

/// Whether a section is to be shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormSectionState {
    /// The section; `None` for the questions that are in none.
    pub id: Option<String>,
    /// Whether all its questions are hidden.
    pub hidden: bool,
}

impl<S: ToString> From<domain::SectionState<S>> for FormSectionState {
    fn from(it: domain::SectionState<S>) -> Self {
        Self { id: it.id.map(text), hidden: it.is_hidden }
    }
}

/// What kind of announcement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
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

impl From<domain::AnnouncementKind> for AnnouncementKind {
    fn from(it: domain::AnnouncementKind) -> Self {
        match it {
            domain::AnnouncementKind::Error => Self::Error,
            domain::AnnouncementKind::Warning => Self::Warning,
            domain::AnnouncementKind::Text => Self::Text,
            domain::AnnouncementKind::KeyValue => Self::KeyValue,
            domain::AnnouncementKind::Broken => Self::Broken,
        }
    }
}

/// Something that rules have to say about the record as a whole.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Announcement {
    /// What it is.
    pub kind: AnnouncementKind,
    /// Id of the rule.
    pub rule: String,
    /// Where it is shown: `feedback` or `indicators` (DHIS2 `ProgramRuleAction.location`).
    pub location: Option<String>,
    /// The text, or the name of a key/value pair.
    pub words: String,
    /// The value of a key/value pair.
    pub value: Option<String>,
}

impl From<domain::Announcement> for Announcement {
    fn from(it: domain::Announcement) -> Self {
        let (rule, location) = (it.rule, it.location);
        Self { kind: it.kind.into(), rule, location, words: it.text, value: it.value }
    }
}

/// An event that a rule offers. Nothing is made before a person takes it up.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OfferedEvent {
    /// Whether it is planned for a day; else it is to begin now.
    pub planned: bool,
    /// Id of the rule.
    pub rule: String,
    /// Id of the stage, if the rule names one.
    pub program_stage: Option<String>,
    /// What the rule says about it.
    pub words: String,
    /// What the rule computed: the date of a planned event, the answers of an offered one.
    pub data: Option<String>,
}

impl From<domain::EventOffer> for OfferedEvent {
    fn from(it: domain::EventOffer) -> Self {
        let planned = it.kind == domain::OfferKind::Schedule;
        let (rule, program_stage, data) = (it.rule, it.program_stage, it.data);
        Self { planned, rule, program_stage, words: it.text, data }
    }
}

/// A program indicator with what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgramIndicatorValue {
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
    /// The value as it is shown; `None` if there is none.
    pub value: Option<String>,
    /// Whether its filter leaves this record out: then it is not shown.
    pub left_out: bool,
    /// Why it cannot be computed.
    pub problem: Option<String>,
    /// Name and colour of the value, where it has a legend set.
    pub legend: Option<Legend>,
}

impl ProgramIndicatorValue {
    pub(crate) fn new(uid: Uid, name: &str, it: InForm) -> Self {
        let left_out = it == InForm::LeftOut;
        let (value, problem) = match it {
            InForm::Shown(value) => (Some(value), None),
            InForm::LeftOut | InForm::Nothing => (None, None),
            InForm::Problem(why) => (None, Some(why.to_string())),
        };
        let legend = None;
        Self { uid: text(uid), name: name.to_owned(), value, left_out, problem, legend }
    }
}

/// What a call changed in what an open form shows; when it opens, everything.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FormDiff {
    /// Questions that look different, each with all that is to be shown, in form order.
    pub fields: Vec<FormFieldState>,
    /// Sections that appeared or went.
    pub sections: Vec<FormSectionState>,
    /// All announcements (the first 200, errors first), if one changed.
    pub announcements: Option<Vec<Announcement>>,
    /// Ids of the stages that rules hide, if that changed.
    pub hidden_stages: Option<Vec<String>>,
    /// All events that rules offer or plan (the first 200), if one changed.
    pub offers: Option<Vec<OfferedEvent>>,
    /// Program indicators that changed.
    pub indicators: Vec<ProgramIndicatorValue>,
    /// Names of rules that assign something else every time; the form shows what came last.
    pub looping: Vec<String>,
}

impl FormDiff {
    /// `name` gives the name of a program indicator.
    pub(crate) fn new<'a, Q: ToString, S: ToString>(
        diff: domain::FormDiff<Q, S>,
        name: impl Fn(Uid) -> &'a str,
    ) -> Self {
        let indicators = diff.indicators.into_iter();
        Self {
            fields: list(diff.fields),
            sections: list(diff.sections),
            announcements: diff.announcements.map(first),
            hidden_stages: diff.hidden_stages.map(|ids| ids.into_iter().collect()),
            offers: diff.offers.map(first),
            indicators: indicators
                .map(|(uid, value)| ProgramIndicatorValue::new(uid, name(uid), value))
                .collect(),
            looping: diff.looping,
        }
    }
}

/// As many as cross at once.
fn first<A, B: From<A>>(all: Vec<A>) -> Vec<B> {
    list(all.into_iter().take(PAGE_ROWS_MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use outpost_engine::domain::form::session::{EventDiff, FieldState, OptionChoice};

    use super::*;

    fn uid<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().expect("an id")
    }

    fn crossed(diff: EventDiff) -> FormDiff {
        FormDiff::new(diff, |_| "Degrees")
    }

    fn said(kind: domain::AnnouncementKind, text: &str) -> domain::Announcement {
        let (rule, text) = ("RuHighFever".to_owned(), text.to_owned());
        domain::Announcement { kind, rule, location: None, text, value: None }
    }

    #[test]
    fn a_question_crosses_with_all_that_is_to_be_shown() {
        let problem = outpost_engine::domain::value_type::ValueProblem::NotNumeric;
        let codes = |codes: &[&str]| codes.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let state = FieldState {
            value: Some("ten".into()),
            problem: Some(problem),
            is_mandatory: true,
            set_aside: Some("9".into()),
            warnings: vec!["Heavy".into()],
            options: OptionChoice { only: Some(codes(&["A", "B"])), hidden: codes(&["B"]) },
            ..FieldState::default()
        };
        let fields = vec![(uid("DeEvTemp000"), state)];
        let crossed = crossed(EventDiff { fields, ..EventDiff::default() });
        let expected = FormFieldState {
            id: "DeEvTemp000".into(),
            value: Some("ten".into()),
            problem: Some(format!("It {problem}.")),
            hidden: false,
            mandatory: true,
            assigned: false,
            read_only: false,
            set_aside: Some("9".into()),
            errors: vec![],
            warnings: vec!["Heavy".into()],
            only_options: Some(vec!["A".into(), "B".into()]),
            hidden_options: vec!["B".into()],
            legend: None,
        };
        assert_eq!(crossed.fields, [expected]);
        assert_eq!((crossed.announcements, crossed.hidden_stages), (None, None));
    }

    #[test]
    fn of_very_many_announcements_the_first_cross() {
        let mut all = vec![said(domain::AnnouncementKind::Error, "first")];
        all.extend((0..1_000).map(|_| said(domain::AnnouncementKind::Broken, "later")));
        let diff = EventDiff { announcements: Some(all), ..EventDiff::default() };
        let crossed = crossed(diff).announcements.expect("announcements");
        assert_eq!(crossed.len(), PAGE_ROWS_MAX);
        assert_eq!((crossed[0].kind, &*crossed[0].words), (AnnouncementKind::Error, "first"));
    }

    #[track_caller]
    fn check(it: InForm, value: Option<&str>, left_out: bool) {
        let indicators = vec![(uid("PiDegrees00"), it)];
        let crossed = crossed(EventDiff { indicators, ..EventDiff::default() });
        let shown = &crossed.indicators[0];
        assert_eq!((&*shown.uid, &*shown.name), ("PiDegrees00", "Degrees"));
        assert_eq!((shown.value.as_deref(), shown.left_out), (value, left_out));
        assert_eq!(shown.problem, None);
    }

    #[test]
    fn a_program_indicator_crosses_with_its_name() {
        check(InForm::Shown("1.5".into()), Some("1.5"), false);
        check(InForm::LeftOut, None, true);
        check(InForm::Nothing, None, false);
    }
}
