//! The tables in which a program of the roll-out is written down: questions, options, stages, rules,
//! indicators, charts.
//!
//! Data alone. A program is one static [`ProgramSpec`]; [`super::write`] makes DHIS2's JSON of it.

/// Which values a question takes: the part of DHIS2 `ValueType` that a roll-out needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Up to 255 characters (longer ones are `LongText`).
    Text,
    /// Any length.
    LongText,
    /// `TRUE` or absent.
    Tick,
    /// `true` or `false`.
    YesNo,
    /// A whole number from 0.
    Count,
    /// A number with decimals.
    Number,
    /// `yyyy-MM-dd`.
    Date,
    /// `yyyy-MM-ddTHH:mm`.
    DateTime,
    /// A phone number.
    PhoneNumber,
    /// A file: a photo, a signature.
    Image,
    /// Any other file.
    File,
    /// The id of an organisation unit.
    Place,
    /// A user name.
    UserName,
    /// A code of this option set, by its id.
    Choice(&'static str),
}

/// A question: of the tracked entity if it stands among the attributes, of an event otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Its uid.
    pub id: &'static str,
    /// Its code without the prefix of the program: `SERIAL`.
    pub code: &'static str,
    /// What forms show; names on the server get the program's prefix in front.
    pub label: &'static str,
    /// What is asked for.
    pub answer: Answer,
    /// A sentence of help; empty if the label says it all.
    pub help: &'static str,
}

/// An attribute of the tracked entity type and of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// The question.
    pub question: Question,
    /// No two tracked entities may have the same value.
    pub unique: bool,
    /// Must be filled in.
    pub mandatory: bool,
    /// A column of lists.
    pub in_list: bool,
    /// A search may use it.
    pub searchable: bool,
}

/// An option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// What is stored; the id of the option follows from it and its set.
    pub code: &'static str,
    /// What is shown.
    pub name: &'static str,
}

/// An option set with its options in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChoiceSet {
    /// Its uid.
    pub id: &'static str,
    /// Its code without the prefix.
    pub code: &'static str,
    /// Its name without the prefix.
    pub name: &'static str,
    /// The options.
    pub choices: &'static [Choice],
}

/// A question's place in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Which question; it may stand in several stages.
    pub question: &'static Question,
    /// Must be filled in before the event is completed.
    pub compulsory: bool,
}

/// A part of a stage's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Its uid.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its questions in order.
    pub asked: &'static [Asked],
}

/// A stage. Its questions are those of its sections, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Its uid.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// Label of the event date.
    pub date_label: &'static str,
    /// More than one event of it in an enrolment.
    pub repeatable: bool,
    /// Its form.
    pub sections: &'static [Section],
}

/// Where a rule variable has its value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An attribute, by its id.
    Attribute(&'static str),
    /// A data element in the event that is open, by its id.
    ThisEvent(&'static str),
    /// A data element in the latest event that has it, by its id.
    LatestEvent(&'static str),
}

/// A program rule variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its uid.
    pub id: &'static str,
    /// Name in expressions.
    pub name: &'static str,
    /// Its source.
    pub source: Source,
    /// DHIS2 value type of the source: `TEXT`, `DATE` …
    pub value_type: &'static str,
}

/// What a rule does; the first member of those with a field is the question's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Hides a question.
    Hide(&'static str),
    /// Makes a question compulsory.
    Demand(&'static str),
    /// Refuses the form, with words.
    Refuse(&'static str, &'static str),
    /// Shows words that do not refuse.
    Warn(&'static str, &'static str),
    /// Puts the value of an expression into a question.
    Assign(&'static str, &'static str),
}

/// A program rule with one action; its action's id follows from its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its uid.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The only stage in which it runs, by its id.
    pub stage: Option<&'static str>,
    /// The expression.
    pub condition: &'static str,
    /// What it does.
    pub act: Act,
    /// Whether [`Rule::act`] is about an attribute and not about a data element.
    pub on_attribute: bool,
}

/// What an indicator counts over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Events whose date lies in the period.
    Events,
    /// Enrolments whose date lies in the period.
    Enrollments,
    /// Enrolments up to the end of the period: a stock.
    EnrollmentsSoFar,
}

/// A program indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Its uid.
    pub id: &'static str,
    /// Its code without the prefix.
    pub code: &'static str,
    /// Its name without the prefix.
    pub name: &'static str,
    /// What it counts over.
    pub counts: Counts,
    /// DHIS2 aggregation type: `COUNT`, `SUM`, `AVERAGE`.
    pub aggregation: &'static str,
    /// The expression.
    pub expression: &'static str,
    /// The filter; empty for none.
    pub filter: &'static str,
}

/// A chart or table of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chart {
    /// Its uid.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// DHIS2 `VisualizationType`: `COLUMN`, `LINE`, `PIVOT_TABLE`, `SINGLE_VALUE`.
    pub kind: &'static str,
    /// Its indicators, by id.
    pub figures: &'static [&'static str],
}

/// What a group may do with the data of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Does not see it.
    None,
    /// Reads it.
    Read,
    /// Reads and captures.
    Capture,
}

/// Who may do what; the public may do nothing. The centre also changes the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Health workers: whoever has a phone.
    pub health_workers: Right,
    /// Their supervisors: the first tier.
    pub supervisors: Right,
    /// District officers.
    pub district: Right,
    /// The centre.
    pub centre: Right,
}

/// A tracker program with everything that it brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramSpec {
    /// Its uid.
    pub id: &'static str,
    /// Its code: `OUTPOST_DEVICE`. Prefix of all codes that it brings.
    pub code: &'static str,
    /// Its name: `Roll-out: devices`.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// In front of the names of its questions, sets and indicators: `Roll-out device`.
    pub prefix: &'static str,
    /// The same for short names, of which DHIS2 takes 50 characters: `RoDev`.
    pub short_prefix: &'static str,
    /// Its tracked entity type.
    pub tracked_entity_type: &'static str,
    /// Name of the type.
    pub tracked_entity_type_name: &'static str,
    /// Label of the enrolment date.
    pub enrollment_date_label: &'static str,
    /// A tracked entity is enrolled once only.
    pub only_once: bool,
    /// Its attributes, in order; all of them belong to the type.
    pub attributes: &'static [Attribute],
    /// Its stages, in order.
    pub stages: &'static [Stage],
    /// Its option sets.
    pub choice_sets: &'static [ChoiceSet],
    /// Its rule variables.
    pub variables: &'static [Variable],
    /// Its rules, in order.
    pub rules: &'static [Rule],
    /// Its indicators.
    pub figures: &'static [Figure],
    /// Its part of the dashboard.
    pub charts: &'static [Chart],
    /// Who may do what.
    pub rights: Rights,
}

impl ProgramSpec {
    /// Every question of the stages, each once, in order.
    pub fn questions(&self) -> Vec<&'static Question> {
        let mut seen: Vec<&'static Question> = Vec::new();
        let sections = self.stages.iter().flat_map(|stage| stage.sections);
        for asked in sections.flat_map(|section| section.asked) {
            if !seen.iter().any(|question| question.id == asked.question.id) {
                seen.push(asked.question);
            }
        }
        seen
    }
}
