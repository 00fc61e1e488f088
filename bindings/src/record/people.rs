//! Programs with registration, lists of people and searches, as a screen shows them.

use std::sync::Arc;

use outpost_engine::domain::data::{EnrollmentStatus, EventStatus};
use outpost_engine::domain::metadata::AccessLevel;
use outpost_engine::{EnrollmentStep, OutpostError, PeopleOf, model};

use super::event::EventState;
use super::outbox::TravelState;
use super::{list, signed, signed32, text};
use crate::cursor::PageCursor;
use crate::ids;
use crate::limits::PAGE_ROWS_MAX;

/// Whose people are meant.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PeopleScope {
    /// Of a program with registration.
    Program {
        /// The program.
        id: String,
    },
    /// Of a type, whatever the program.
    Type {
        /// The type.
        id: String,
    },
}

impl TryFrom<PeopleScope> for PeopleOf {
    type Error = OutpostError;

    fn try_from(it: PeopleScope) -> Result<Self, OutpostError> {
        Ok(match it {
            PeopleScope::Program { id } => Self::Program(ids::id("program", &id)?),
            PeopleScope::Type { id } => Self::Type(ids::id("tracked_entity_type", &id)?),
        })
    }
}

/// DHIS2 `Program.accessLevel`: who may reach its people outside their own units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ProgramAccess {
    /// Everybody whose search scope reaches them.
    Open,
    /// As open, but the server keeps a record of it.
    Audited,
    /// Only the owner, or who breaks the glass.
    Protected,
    /// Only the owner.
    Closed,
}

impl From<AccessLevel> for ProgramAccess {
    fn from(it: AccessLevel) -> Self {
        match it {
            AccessLevel::Open => Self::Open,
            AccessLevel::Audited => Self::Audited,
            AccessLevel::Protected => Self::Protected,
            AccessLevel::Closed => Self::Closed,
        }
    }
}

/// A program with registration.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgramItem {
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
    /// Who is enrolled.
    pub tracked_entity_type: String,
    /// Name of that type: "Person", "Household".
    pub type_name: String,
    /// Who may reach the people of the program outside their own units.
    pub access: ProgramAccess,
    /// Whether the user may enrol at all.
    pub writable: bool,
    /// Why not, in words.
    pub why_not: Option<String>,
    /// People with an enrolment in it on this device.
    pub people: i64,
    /// Forms begun and not finished.
    pub drafts: i64,
}

impl From<model::ProgramSummary> for ProgramItem {
    fn from(it: model::ProgramSummary) -> Self {
        Self {
            uid: text(it.uid),
            name: it.name,
            tracked_entity_type: text(it.tracked_entity_type),
            type_name: it.type_name,
            access: it.access_level.into(),
            writable: it.writable,
            why_not: it.why_not,
            people: signed(it.people),
            drafts: signed(it.drafts),
        }
    }
}

/// A page of programs with registration.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProgramItemPage {
    /// Programs by name.
    pub items: Vec<ProgramItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// What waits of people, their enrolments and visits, all programs together: they travel as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct PeopleWaiting {
    /// Records that wait to be sent.
    pub waiting: i64,
    /// Records that wait for another record.
    pub held: i64,
    /// Records that the server refused.
    pub refused: i64,
    /// Records with two versions.
    pub conflicts: i64,
}

impl From<model::TrackerWaiting> for PeopleWaiting {
    fn from(it: model::TrackerWaiting) -> Self {
        Self {
            waiting: signed(it.waiting),
            held: signed(it.held),
            refused: signed(it.refused),
            conflicts: signed(it.conflicts),
        }
    }
}

/// A type of tracked entities.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TrackedEntityTypeItem {
    /// Its id.
    pub uid: String,
    /// Display name.
    pub name: String,
    /// Whether the user may register at all.
    pub writable: bool,
    /// DHIS2 `FeatureType` name of the geometry asked for; `None` if none is.
    pub feature_type: Option<String>,
}

impl From<model::TrackedEntityTypeView> for TrackedEntityTypeItem {
    fn from(it: model::TrackedEntityTypeView) -> Self {
        let (uid, feature_type) = (text(it.uid), it.feature_type);
        Self { uid, name: it.name, writable: it.writable, feature_type }
    }
}

/// A page of types of tracked entities.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TrackedEntityTypePage {
    /// Types by name.
    pub items: Vec<TrackedEntityTypeItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// A column of a list, or a field of a search.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttributeColumn {
    /// The attribute.
    pub attribute: String,
    /// The name to show.
    pub name: String,
    /// DHIS2 `ValueType` name.
    pub value_type: String,
    /// The list that a value is chosen from.
    pub option_set: Option<String>,
    /// Whether it is a column of lists.
    pub in_list: bool,
    /// Whether a search may use it.
    pub searchable: bool,
    /// Whether no two people have the same value.
    pub unique: bool,
    /// Characters that a search online must give at least.
    pub characters_min: i32,
}

impl From<model::AttributeColumn> for AttributeColumn {
    fn from(it: model::AttributeColumn) -> Self {
        Self {
            attribute: text(it.attribute),
            name: it.name,
            value_type: it.value_type.name().to_owned(),
            option_set: it.option_set.map(text),
            in_list: it.in_list,
            searchable: it.searchable,
            unique: it.unique,
            characters_min: signed32(it.characters_min),
        }
    }
}

/// How a list of people is laid out, and what a search must give.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PeopleLayout {
    /// The attributes, in order; columns and search fields are among them. At most 200.
    pub columns: Vec<AttributeColumn>,
    /// Attributes that a search online must give at least, outside one's own units.
    pub attributes_min: i32,
    /// Most results of a search online; 0 means no limit.
    pub results_max: i32,
}

impl From<model::PeopleLayout> for PeopleLayout {
    fn from(it: model::PeopleLayout) -> Self {
        Self {
            columns: list(it.columns.into_iter().take(PAGE_ROWS_MAX)),
            attributes_min: signed32(it.attributes_min),
            results_max: signed32(it.results_max),
        }
    }
}

/// A value of an attribute with its names for people.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttributeValue {
    /// The attribute.
    pub attribute: String,
    /// Name of the attribute.
    pub name: String,
    /// The value as it is stored: the code of an option, the id of a file.
    pub value: String,
    /// The value for people: the name of an option, `Yes`; else as it is stored.
    pub shown: String,
    /// Whether it stands for a number that the server has not given yet.
    pub is_temporary: bool,
}

impl From<model::AttributeValue> for AttributeValue {
    fn from(it: model::AttributeValue) -> Self {
        Self {
            attribute: text(it.attribute),
            name: it.name,
            value: it.value,
            shown: it.shown,
            is_temporary: it.is_temporary,
        }
    }
}

/// DHIS2 `EnrollmentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EnrollmentState {
    /// Followed.
    Active,
    /// Ended as planned.
    Completed,
    /// Ended otherwise.
    Cancelled,
}

impl From<EnrollmentStatus> for EnrollmentState {
    fn from(it: EnrollmentStatus) -> Self {
        match it {
            EnrollmentStatus::Active => Self::Active,
            EnrollmentStatus::Completed => Self::Completed,
            EnrollmentStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<EnrollmentState> for EnrollmentStatus {
    fn from(it: EnrollmentState) -> Self {
        match it {
            EnrollmentState::Active => Self::Active,
            EnrollmentState::Completed => Self::Completed,
            EnrollmentState::Cancelled => Self::Cancelled,
        }
    }
}

/// What happens to an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EnrollmentChange {
    /// It ends as planned.
    Complete,
    /// It ends otherwise: moved away, enrolled by mistake.
    Cancel,
    /// It goes on.
    Reopen,
}

impl From<EnrollmentChange> for EnrollmentStep {
    fn from(it: EnrollmentChange) -> Self {
        match it {
            EnrollmentChange::Complete => Self::Complete,
            EnrollmentChange::Cancel => Self::Cancel,
            EnrollmentChange::Reopen => Self::Reopen,
        }
    }
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonItem {
    /// Its id.
    pub id: String,
    /// Its type.
    pub tracked_entity_type: String,
    /// What it is called: the first values of the list's columns.
    pub title: String,
    /// The place where it was registered, or of its enrolment in the program.
    pub organisation_unit: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Values of the list's columns, in order.
    pub values: Vec<AttributeValue>,
    /// Its enrolment in the program of the list.
    pub enrollment: Option<String>,
    /// Status of that enrolment.
    pub enrollment_status: Option<EnrollmentState>,
    /// Whether it is marked for follow-up.
    pub follow_up: bool,
    /// Day of the next planned visit in any program, `yyyy-MM-dd`.
    pub next_due: Option<String>,
    /// The most pressing state of the person and all that belongs to it.
    pub state: TravelState,
    /// Whether it is on this device; else it was found online and can be fetched.
    pub on_device: bool,
}

impl From<model::PersonSummary> for PersonItem {
    fn from(it: model::PersonSummary) -> Self {
        Self {
            id: text(it.id),
            tracked_entity_type: text(it.tracked_entity_type),
            title: it.title,
            organisation_unit: text(it.organisation_unit),
            organisation_unit_name: it.organisation_unit_name,
            values: list(it.values),
            enrollment: it.enrollment.map(text),
            enrollment_status: it.enrollment_status.map(EnrollmentState::from),
            follow_up: it.follow_up,
            next_due: it.next_due,
            state: it.state.into(),
            on_device: it.on_device,
        }
    }
}

/// A page of people.
#[derive(Debug, Clone, uniffi::Record)]
pub struct PersonItemPage {
    /// People. May be short though there are more.
    pub items: Vec<PersonItem>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<Arc<PageCursor>>,
}

impl From<model::PersonPage> for PersonItemPage {
    fn from(it: model::PersonPage) -> Self {
        Self { items: list(it.items), next: it.next.map(PageCursor::of_people) }
    }
}

/// How a value is compared. Case does not count, accents do, as on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Comparison {
    /// The same.
    Equal,
    /// Holds it.
    Like,
    /// Begins with it.
    StartsWith,
}

/// One condition on an attribute.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AttributeCondition {
    /// The attribute.
    pub attribute: String,
    /// How the value is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub value: String,
}

impl TryFrom<AttributeCondition> for model::AttributeCondition {
    type Error = OutpostError;

    fn try_from(it: AttributeCondition) -> Result<Self, OutpostError> {
        Ok(Self {
            attribute: ids::id("attribute", &it.attribute)?,
            operator: match it.comparison {
                Comparison::Equal => model::ConditionOperator::Equal,
                Comparison::Like => model::ConditionOperator::Like,
                Comparison::StartsWith => model::ConditionOperator::StartsWith,
            },
            value: it.value,
        })
    }
}

/// A visit that a listed person must have.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VisitCondition {
    /// Of this status; overdue means planned before today and not done.
    pub status: Option<EventState>,
    /// Planned from this day on, `yyyy-MM-dd`.
    pub due_from: Option<String>,
    /// Planned up to this day, `yyyy-MM-dd`.
    pub due_to: Option<String>,
    /// Assigned to whoever is signed in.
    pub assigned_to_me: bool,
}

impl From<VisitCondition> for model::VisitCondition {
    fn from(it: VisitCondition) -> Self {
        Self {
            status: it.status.map(EventStatus::from),
            due_from: it.due_from,
            due_to: it.due_to,
            assigned_to_me: it.assigned_to_me,
        }
    }
}

/// Which people to list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonQuery {
    /// Only those enrolled in this program.
    pub program: Option<String>,
    /// Only of this type; the program's own if a program is given.
    pub tracked_entity_type: Option<String>,
    /// Only at this place: of the enrolment if a program is given, else of the registration.
    pub organisation_unit: Option<String>,
    /// Only with these words in their attributes.
    pub search: Option<String>,
    /// Only those whose attributes fit all of these.
    pub attributes: Vec<AttributeCondition>,
    /// Only with an enrolment of this status.
    pub status: Option<EnrollmentState>,
    /// Only those marked for follow-up, or only those not.
    pub follow_up: Option<bool>,
    /// Only with a visit like this.
    pub visit: Option<VisitCondition>,
    /// Only enrolled from this day on, `yyyy-MM-dd`.
    pub enrolled_from: Option<String>,
    /// Only enrolled up to this day, `yyyy-MM-dd`.
    pub enrolled_to: Option<String>,
    /// Those enrolled last come first; else by name.
    pub latest_first: bool,
}

impl TryFrom<PersonQuery> for model::PersonQuery {
    type Error = OutpostError;

    fn try_from(it: PersonQuery) -> Result<Self, OutpostError> {
        let attributes = it.attributes.into_iter().map(TryInto::try_into);
        let of_type = it.tracked_entity_type.as_deref();
        Ok(Self {
            program: ids::optional("program", it.program.as_deref())?,
            tracked_entity_type: ids::optional("tracked_entity_type", of_type)?,
            organisation_unit: ids::optional("organisation_unit", it.organisation_unit.as_deref())?,
            search: it.search,
            attributes: attributes.collect::<Result<_, _>>()?,
            status: it.status.map(EnrollmentStatus::from),
            follow_up: it.follow_up,
            visit: it.visit.map(model::VisitCondition::from),
            enrolled_from: it.enrolled_from,
            enrolled_to: it.enrolled_to,
            latest_first: it.latest_first,
        })
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PeopleFound {
    /// People of both, each once; those on the device first. At most 200.
    pub items: Vec<PersonItem>,
    /// Why the server was not asked or did not answer; the items are then those of the device.
    pub offline_because: Option<String>,
    /// Whether there are more than these: the search must be narrowed.
    pub more: bool,
}

impl From<model::SearchPage> for PeopleFound {
    fn from(it: model::SearchPage) -> Self {
        Self {
            more: it.more_online || it.items.len() > PAGE_ROWS_MAX,
            items: list(it.items.into_iter().take(PAGE_ROWS_MAX)),
            offline_because: it.offline_because,
        }
    }
}
