//! People and other tracked entities as a screen shows them.

use outpost_domain::data::{Enrollment, EnrollmentStatus, EventStatus, TrackedEntity};
use outpost_domain::metadata::AccessLevel;
use outpost_domain::uid::{
    EnrollmentUid, EventUid, FileUid, OptionSetUid, OrganisationUnitUid, ProgramStageUid,
    ProgramUid, TrackedEntityAttributeUid, TrackedEntityTypeUid, TrackedEntityUid, Uid,
};
use outpost_domain::value_type::ValueType;

use super::{RecordState, Refusal, RelationshipView, ReviewView};
use crate::session::PersonCursor;

/// A program with registration on the home screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramSummary {
    /// Its id.
    pub uid: ProgramUid,
    /// Display name.
    pub name: String,
    /// Who is enrolled.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// Name of that type: "Person", "Household".
    pub type_name: String,
    /// Who may reach the people of the program outside their own units.
    pub access_level: AccessLevel,
    /// Whether the user may enrol at all.
    pub writable: bool,
    /// Why not, in words.
    pub why_not: Option<String>,
    /// People with an enrolment in it on this device.
    pub people: u64,
    /// Forms begun and not finished.
    pub drafts: u64,
}

/// What waits of people, their enrolments and visits, all programs together: they travel as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrackerWaiting {
    /// Records that wait to be sent.
    pub waiting: u64,
    /// Records that wait for another record.
    pub held: u64,
    /// Records that the server refused.
    pub refused: u64,
    /// Records with two versions.
    pub conflicts: u64,
}

/// A type of tracked entities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedEntityTypeView {
    /// Its id.
    pub uid: TrackedEntityTypeUid,
    /// Display name.
    pub name: String,
    /// Whether the user may register at all.
    pub writable: bool,
    /// What DHIS2 calls the geometry that is asked for; `None` if none is.
    pub feature_type: Option<String>,
}

/// A column of a list, or a field of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeColumn {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// The name to show.
    pub name: String,
    /// What a value looks like.
    pub value_type: ValueType,
    /// The list that a value is chosen from.
    pub option_set: Option<OptionSetUid>,
    /// Whether it is a column of lists.
    pub in_list: bool,
    /// Whether a search may use it.
    pub searchable: bool,
    /// Whether no two people have the same value.
    pub unique: bool,
    /// Characters that a search online must give at least.
    pub characters_min: u32,
}

/// How a list of people is laid out, and what a search must give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleLayout {
    /// The attributes, in order; columns and search fields are among them.
    pub columns: Vec<AttributeColumn>,
    /// Attributes that a search online must give at least, outside one's own units.
    pub attributes_min: u32,
    /// Most results of a search online; 0 means no limit.
    pub results_max: u32,
}

/// A value of an attribute with its names for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// Name of the attribute.
    pub name: String,
    /// The value as it is stored: the code of an option, the id of a file.
    pub value: String,
    /// The value for people: the name of an option, `Yes`; else as it is stored.
    pub shown: String,
    /// Whether it stands for a number that the server has not given yet.
    pub is_temporary: bool,
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSummary {
    /// Its id.
    pub id: TrackedEntityUid,
    /// Its type.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// What it is called: the first values of the list's columns.
    pub title: String,
    /// The place where it was registered, or of its enrolment in the program.
    pub organisation_unit: OrganisationUnitUid,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Values of the list's columns, in order.
    pub values: Vec<AttributeValue>,
    /// Its enrolment in the program of the list.
    pub enrollment: Option<EnrollmentUid>,
    /// Status of that enrolment.
    pub enrollment_status: Option<EnrollmentStatus>,
    /// Whether it is marked for follow-up.
    pub follow_up: bool,
    /// Day of the next planned visit in any program, `yyyy-MM-dd`.
    pub next_due: Option<String>,
    /// The most pressing state of the person and all that belongs to it.
    pub state: RecordState,
    /// Whether it is on this device; else it was found online and can be fetched.
    pub on_device: bool,
}

/// A page of people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonPage {
    /// People.
    pub items: Vec<PersonSummary>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<PersonCursor>,
}

/// One condition on an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeCondition {
    /// The attribute.
    pub attribute: TrackedEntityAttributeUid,
    /// How the value is compared.
    pub operator: ConditionOperator,
    /// What it is compared with.
    pub value: String,
}

impl AttributeCondition {
    /// Whether a value fits; case does not count.
    #[must_use]
    pub fn holds(&self, value: &str) -> bool {
        let (value, asked) = (value.to_lowercase(), self.value.trim().to_lowercase());
        match self.operator {
            ConditionOperator::Equal => value.trim() == asked,
            ConditionOperator::Like => value.contains(&asked),
            ConditionOperator::StartsWith => value.starts_with(&asked),
        }
    }
}

/// How a value is compared. Case does not count, accents do, as on the server (capture t002l).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionOperator {
    /// The same.
    Equal,
    /// Holds it.
    Like,
    /// Begins with it.
    StartsWith,
}

/// Which people to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonQuery {
    /// Only those enrolled in this program.
    pub program: Option<ProgramUid>,
    /// Only of this type; the program's own if a program is given.
    pub tracked_entity_type: Option<TrackedEntityTypeUid>,
    /// Only at this place: of the enrolment if a program is given, else of the registration.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// Only with these words in their attributes.
    pub search: Option<String>,
    /// Only those whose attributes fit all of these.
    pub attributes: Vec<AttributeCondition>,
    /// Only with an enrolment of this status.
    pub status: Option<EnrollmentStatus>,
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

/// A visit that a listed person must have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitCondition {
    /// Of this status; [`EventStatus::Overdue`] means planned before today and not done.
    pub status: Option<EventStatus>,
    /// Planned from this day on, `yyyy-MM-dd`.
    pub due_from: Option<String>,
    /// Planned up to this day, `yyyy-MM-dd`.
    pub due_to: Option<String>,
    /// Assigned to whoever is signed in.
    pub assigned_to_me: bool,
}

/// Where a search looked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// People of both, each once; those on the device first.
    pub items: Vec<PersonSummary>,
    /// Why the server was not asked or did not answer; the items are then those of the device.
    pub offline_because: Option<String>,
    /// Whether the server has more than it answered: the search must be narrowed.
    pub more_online: bool,
}

/// What a person may do with somebody in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessState {
    /// Work.
    Open,
    /// Work; the server records who looked.
    Recorded,
    /// Work for some hours, because the glass was broken for a reason.
    GlassBroken,
    /// Nothing, unless the glass is broken with a typed reason.
    Protected,
    /// Nothing: only the place that follows the person may.
    Closed,
    /// Nothing: the place that follows the person is outside the user's area.
    OutsideScope,
}

/// Everything that a screen needs for one person, in one call.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonView {
    /// The record.
    pub person: TrackedEntity,
    /// What it is called.
    pub title: String,
    /// Name of its type.
    pub type_name: String,
    /// Name of the place where it was registered.
    pub organisation_unit_name: String,
    /// All its values, those of its enrolments too, in the order of the forms.
    pub attributes: Vec<AttributeValue>,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub problem: Option<Refusal>,
    /// The field that the reason is about, in words.
    pub problem_field: Option<String>,
    /// Its enrolments, the latest first.
    pub enrollments: Vec<EnrollmentView>,
    /// Its relationships, with who is on the other side.
    pub relationships: Vec<RelationshipView>,
}

/// An enrolment with its visits.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentView {
    /// The record.
    pub enrollment: Enrollment,
    /// Name of the program.
    pub program_name: String,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// The place that owns the person in the program, if another.
    pub owner: Option<OrganisationUnitUid>,
    /// Name of that place.
    pub owner_name: Option<String>,
    /// What the user may do.
    pub access: AccessState,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub problem: Option<Refusal>,
    /// The field that the reason is about, in words.
    pub problem_field: Option<String>,
    /// Why it may not be changed; empty if it may.
    pub closed: Vec<Refusal>,
    /// Where it stands in the supervisor's review.
    pub review: ReviewView,
    /// The stages of the program with their visits, in order.
    pub stages: Vec<StageVisits>,
}

/// A stage of an enrolment with its visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageVisits {
    /// The stage.
    pub stage: ProgramStageUid,
    /// Its name.
    pub name: String,
    /// Whether it may take place several times.
    pub repeatable: bool,
    /// Why no visit may be added; `None` if one may.
    pub cannot_add: Option<Refusal>,
    /// The day to suggest for the next visit, `yyyy-MM-dd`.
    pub suggested: Option<String>,
    /// Visits, the earliest first.
    pub visits: Vec<VisitSummary>,
}

/// A visit in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitSummary {
    /// Its id.
    pub id: EventUid,
    /// Its stage.
    pub stage: ProgramStageUid,
    /// Name of the stage.
    pub stage_name: String,
    /// Its place.
    pub organisation_unit: OrganisationUnitUid,
    /// Name of the place.
    pub organisation_unit_name: String,
    /// Status; one that is planned before today is [`EventStatus::Overdue`].
    pub status: EventStatus,
    /// When it took place.
    pub occurred_at: Option<String>,
    /// When it is planned.
    pub scheduled_at: Option<String>,
    /// Who is to do it.
    pub assigned_user: Option<Uid>,
    /// Whether it is marked for follow-up.
    pub follow_up: bool,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// Number of its row in the outbox, if it waits.
    pub row: Option<i64>,
    /// The server's reason, if it refused.
    pub problem: Option<Refusal>,
    /// The field that the reason is about, in words.
    pub problem_field: Option<String>,
    /// Why it may not be changed; empty if it may.
    pub closed: Vec<Refusal>,
    /// Where it stands in the supervisor's review.
    pub review: ReviewView,
    /// The first answers, in form order: question and answer.
    pub answers: Vec<(String, String)>,
}

/// A file that was added or attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Its id: the value of the question.
    pub id: FileUid,
    /// File name for people.
    pub name: String,
    /// MIME type.
    pub content_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Where it is on its way to the server.
    pub state: RecordState,
    /// Whether its content is on this device.
    pub on_device: bool,
}

/// What a completed visit offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompletionOffersView {
    /// To complete the enrolment too.
    pub complete_enrollment: bool,
    /// To plan the next visit, the likeliest first.
    pub next_visits: Vec<NextVisitView>,
}

/// A visit that may be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextVisitView {
    /// Its stage.
    pub stage: ProgramStageUid,
    /// Name of the stage.
    pub stage_name: String,
    /// The day to suggest, `yyyy-MM-dd`.
    pub day: Option<String>,
}

/// What became of saving a person, an enrolment, or a change of either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonOutcome {
    /// The person.
    pub person: TrackedEntityUid,
    /// The enrolment, if there is one.
    pub enrollment: Option<EnrollmentUid>,
    /// Whether it was saved durably and waits to be sent. If not, nothing was written.
    pub saved: bool,
    /// What is wrong; warnings too.
    pub problems: Vec<super::EventProblemView>,
    /// Values that were drawn for generated attributes.
    pub generated: Vec<AttributeValue>,
    /// The visit whose form opens next.
    pub opens: Option<EventUid>,
}

/// What became of breaking the glass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlassOutcome {
    /// Whether the server opened the records; else it waits for network.
    pub opened: bool,
}

/// A person who was fetched from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadedPerson {
    /// Who.
    pub person: TrackedEntityUid,
    /// Enrolments that came along.
    pub enrollments: u64,
    /// Visits that came along.
    pub visits: u64,
    /// Records that are now in two versions.
    pub conflicts: u64,
}
