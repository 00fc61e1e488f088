//! What the rule engine works on: rules, variables, events, an enrolment, and the effects.
//!
//! Ids are texts here, as in the rule engine itself: a rule may well refer to something that does
//! not exist. Only data; nothing here decides.

use std::collections::HashMap;

use super::moment::Moment;
use crate::expression::{Date, ValueType};

/// What a rule does where it applies (DHIS2 `ProgramRuleActionType`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ActionKind {
    /// Shows a text.
    DisplayText,
    /// Shows a name and a value.
    DisplayKeyValuePair,
    /// Hides a field.
    HideField,
    /// Hides a section.
    HideSection,
    /// Hides a stage.
    HideProgramStage,
    /// Puts a value into a field or variable.
    Assign,
    /// Shows a warning at a field.
    ShowWarning,
    /// Shows a warning when the form is completed.
    WarningOnComplete,
    /// Shows an error; the server refuses the record.
    ShowError,
    /// Shows an error when the form is completed; the server refuses the completed record.
    ErrorOnComplete,
    /// Offers a new event.
    CreateEvent,
    /// Makes an event; only newer servers, which do it themselves.
    ScheduleEvent,
    /// Makes a field mandatory.
    SetMandatoryField,
    /// Sends a message; the server does it.
    SendMessage,
    /// Plans a message; the server does it.
    ScheduleMessage,
    /// Hides an option.
    HideOption,
    /// Hides the options of a group.
    HideOptionGroup,
    /// Hides all options but those of a group.
    ShowOptionGroup,
    /// A type that this version does not know: kept and reported, without consequence.
    Other(String),
}

const KINDS: [(&str, ActionKind); 18] = [
    ("DISPLAYTEXT", ActionKind::DisplayText),
    ("DISPLAYKEYVALUEPAIR", ActionKind::DisplayKeyValuePair),
    ("HIDEFIELD", ActionKind::HideField),
    ("HIDESECTION", ActionKind::HideSection),
    ("HIDEPROGRAMSTAGE", ActionKind::HideProgramStage),
    ("ASSIGN", ActionKind::Assign),
    ("SHOWWARNING", ActionKind::ShowWarning),
    ("WARNINGONCOMPLETE", ActionKind::WarningOnComplete),
    ("SHOWERROR", ActionKind::ShowError),
    ("ERRORONCOMPLETE", ActionKind::ErrorOnComplete),
    ("CREATEEVENT", ActionKind::CreateEvent),
    ("SCHEDULEEVENT", ActionKind::ScheduleEvent),
    ("SETMANDATORYFIELD", ActionKind::SetMandatoryField),
    ("SENDMESSAGE", ActionKind::SendMessage),
    ("SCHEDULEMESSAGE", ActionKind::ScheduleMessage),
    ("HIDEOPTION", ActionKind::HideOption),
    ("HIDEOPTIONGROUP", ActionKind::HideOptionGroup),
    ("SHOWOPTIONGROUP", ActionKind::ShowOptionGroup),
];

impl ActionKind {
    /// The kind of a DHIS2 name; every other name is [`ActionKind::Other`].
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let known = KINDS.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| Self::Other(name.to_owned()), |(_, kind)| kind.clone())
    }

    /// The DHIS2 name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Other(name) => name,
            kind => KINDS.iter().find(|(_, known)| known == kind).map_or("", |(name, _)| name),
        }
    }
}

/// What an action's field is (DHIS2 `AttributeType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subject {
    /// Not said: the action runs everywhere.
    #[default]
    Any,
    /// A data element: the action runs for events.
    DataElement,
    /// An attribute: the action runs for the enrolment.
    Attribute,
    /// Something else: the action runs nowhere.
    Neither,
}

impl Subject {
    /// Reads `attributeType` of an action.
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Self {
        match name {
            None | Some("UNKNOWN") => Self::Any,
            Some("DATA_ELEMENT") => Self::DataElement,
            Some("TRACKED_ENTITY_ATTRIBUTE") => Self::Attribute,
            Some(_) => Self::Neither,
        }
    }
}

/// One action of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleAction {
    /// What it does.
    pub kind: ActionKind,
    /// Expression; without one the effect's data is the empty text.
    pub data: Option<String>,
    /// Text to show; for [`ActionKind::Assign`] the variable as `#{name}`.
    pub content: Option<String>,
    /// Id of the data element or attribute.
    pub field: Option<String>,
    /// What the field is.
    pub subject: Subject,
    /// Place among the actions of the rule; obeyed by newer engines only.
    pub priority: Option<i32>,
    /// What else the action is about.
    pub target: ActionTarget,
}

impl RuleAction {
    /// An action with an expression and nothing else.
    #[must_use]
    pub fn new(kind: ActionKind, data: Option<String>) -> Self {
        Self {
            kind,
            data,
            content: None,
            field: None,
            subject: Subject::Any,
            priority: None,
            target: ActionTarget::default(),
        }
    }

    /// With the data element or attribute.
    #[must_use]
    pub fn on(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }

    /// With the text to show or the variable to assign to.
    #[must_use]
    pub fn saying(self, content: &str) -> Self {
        Self { content: Some(content.to_owned()), ..self }
    }
}

/// Ids that only the form looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionTarget {
    /// Where a text is shown: `feedback` or `indicators`.
    pub location: Option<String>,
    /// The stage.
    pub program_stage: Option<String>,
    /// The section.
    pub section: Option<String>,
    /// The option.
    pub option: Option<String>,
    /// The option group.
    pub option_group: Option<String>,
}

/// A program rule with its actions.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Name, for administrators.
    pub name: String,
    /// Expression; the rule applies where its text is "true".
    pub condition: String,
    /// Place in the order of rules, ascending; rules without come last.
    pub priority: Option<i32>,
    /// The only stage in whose events it runs; empty is none.
    pub program_stage: Option<String>,
    /// What it does, in order.
    pub actions: Vec<RuleAction>,
}

/// Where a variable takes its value (DHIS2 `ProgramRuleVariableSourceType`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableSource {
    /// A data element of the event at hand.
    CurrentEvent(String),
    /// A data element of the newest event that has it.
    NewestEvent(String),
    /// The same among the events of one stage.
    NewestStageEvent {
        /// The data element.
        field: String,
        /// The stage.
        program_stage: String,
    },
    /// A data element of the newest event before the one at hand.
    PreviousEvent(String),
    /// An attribute of the enrolment.
    Attribute(String),
    /// Nothing, until a rule assigns.
    Calculated,
}

impl VariableSource {
    /// The data element or attribute behind the variable.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::CurrentEvent(field)
            | Self::NewestEvent(field)
            | Self::NewestStageEvent { field, .. }
            | Self::PreviousEvent(field)
            | Self::Attribute(field) => Some(field),
            Self::Calculated => None,
        }
    }
}

/// A program rule variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVariable {
    /// Name by which expressions refer to it.
    pub name: String,
    /// Where its value is.
    pub source: VariableSource,
    /// Type of the value.
    pub value_type: ValueType,
    /// Options by code and name, if expressions are to see the name of the chosen one; the first of
    /// a code counts. Empty if they are to see codes.
    pub option_names: Vec<(String, String)>,
}

/// An event as rules see it.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleEvent {
    /// Its id.
    pub id: String,
    /// Id of its stage.
    pub program_stage: String,
    /// Name of its stage.
    pub program_stage_name: String,
    /// DHIS2 event status.
    pub status: String,
    /// When it happened; an event without date counts as the newest.
    pub occurred_at: Option<Moment>,
    /// When it was created, which decides between events of one date.
    pub created_at: Moment,
    /// Day for which it is planned.
    pub due_date: Option<Date>,
    /// Day on which it was completed.
    pub completed_date: Option<Date>,
    /// Id of the place.
    pub organisation_unit: String,
    /// Code of the place.
    pub organisation_unit_code: Option<String>,
    /// Values by data element, in the order they came; the first of an element counts.
    pub data_values: Vec<(String, String)>,
}

/// An enrolment as rules see it.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleEnrollment {
    /// Its id.
    pub id: String,
    /// Name of the program.
    pub program_name: String,
    /// Day of the incident.
    pub incident_date: Date,
    /// Day of enrolment.
    pub enrollment_date: Date,
    /// DHIS2 enrolment status.
    pub status: String,
    /// Id of the place.
    pub organisation_unit: String,
    /// Code of the place.
    pub organisation_unit_code: Option<String>,
    /// Values by attribute; the last of an attribute counts.
    pub attribute_values: Vec<(String, String)>,
}

/// What rules know about the user and the places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supplementary {
    /// Ids under `USER_GROUPS`, `USER_ROLES` and each organisation unit group (its id and its code).
    lists: HashMap<String, Vec<String>>,
}

impl Supplementary {
    /// Ids of the user's groups and roles, and of the units in each organisation unit group.
    #[must_use]
    pub fn new(
        user_groups: Vec<String>,
        user_roles: Vec<String>,
        organisation_unit_groups: impl IntoIterator<Item = (String, Vec<String>)>,
    ) -> Self {
        let mut lists = HashMap::new();
        lists.insert("USER_GROUPS".to_owned(), user_groups);
        lists.insert("USER_ROLES".to_owned(), user_roles);
        lists.extend(organisation_unit_groups);
        Self { lists }
    }

    pub(super) fn list(&self, key: &str) -> Option<&[String]> {
        self.lists.get(key).map(Vec::as_slice)
    }
}

/// What is the same for all rules of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Circumstances {
    /// Today, in the server's calendar.
    pub today: Date,
    /// About the user and the places.
    pub supplementary: Supplementary,
}

/// What a rule brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An action of a rule that applies.
    Action {
        /// Index of the rule in [`super::RuleSet::rules`].
        rule: usize,
        /// Index of the action in the rule.
        action: usize,
        /// The evaluated expression.
        data: Option<String>,
    },
    /// An expression that cannot be read or computed.
    Failed {
        /// Index of the rule in [`super::RuleSet::rules`].
        rule: usize,
        /// Index of the action, if it is not the condition that failed.
        action: Option<usize>,
        /// What is wrong, for administrators; never a value.
        why: String,
    },
}

impl Effect {
    /// Index of the rule in [`super::RuleSet::rules`].
    #[must_use]
    pub fn rule(&self) -> usize {
        match self {
            Self::Action { rule, .. } | Self::Failed { rule, .. } => *rule,
        }
    }
}
