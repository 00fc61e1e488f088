//! What is downloaded of programs with registration.

use std::collections::BTreeMap;

use outpost_domain::data::{
    OwnershipTransfer, Relationship, ServerEnrollment, ServerTrackedEntity,
};
use outpost_domain::uid::{
    EnrollmentUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityTypeUid, TrackedEntityUid,
};

/// Which list of a subject a cursor is about; the number is stored and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum DownloadList {
    /// The values of a data set, the events of an event program.
    #[default]
    Main = 0,
    /// Tracked entities of a program.
    TrackedEntities = 1,
    /// Enrolments of a program.
    Enrollments = 2,
    /// Events of the enrolments of a program.
    Events = 3,
    /// Tracked entities of a program that were deleted.
    GoneTrackedEntities = 4,
    /// Enrolments of a program that were deleted.
    GoneEnrollments = 5,
    /// To whom the people of a program belong and with whom they are linked: neither a transfer nor
    /// a link that is taken away moves a time of theirs, so now and then all of them are listed.
    Ties = 6,
}

impl DownloadList {
    /// Every list.
    pub const ALL: [Self; 7] = [
        Self::Main,
        Self::TrackedEntities,
        Self::Enrollments,
        Self::Events,
        Self::GoneTrackedEntities,
        Self::GoneEnrollments,
        Self::Ties,
    ];
    /// The lists of a program with registration, parents first, then deletions and ties.
    pub const OF_TRACKER: [Self; 6] = [
        Self::TrackedEntities,
        Self::Enrollments,
        Self::Events,
        Self::GoneEnrollments,
        Self::GoneTrackedEntities,
        Self::Ties,
    ];

    /// By its number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|list| *list as u8 == number)
    }
}

/// A program with registration that is downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerScope {
    /// The program.
    pub program: ProgramUid,
    /// The type of its tracked entities.
    pub tracked_entity_type: TrackedEntityTypeUid,
    /// Attributes of that type: the others of an enrolment are the program's own.
    pub type_attributes: Vec<TrackedEntityAttributeUid>,
    /// See [`super::DataSetScope::content`]; stages and attributes instead of elements.
    pub content: String,
    /// What is left out.
    pub limits: TrackerLimits,
}

/// What a first download of a program leaves out. A delta brings whatever changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrackerLimits {
    /// Only people with an active enrolment, and only active enrolments.
    pub only_active: bool,
    /// Only people about whom something changed in so many days.
    pub changed_within_days: Option<u32>,
    /// At most so many people under each root, those registered last.
    pub tracked_entities_max: Option<u32>,
}

impl TrackerLimits {
    /// Whether anything is left out.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        self.only_active
            || self.changed_within_days.is_some()
            || self.tracked_entities_max.is_some()
    }
}

/// The tracker part of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackerPage {
    /// Tracked entities with the attributes of their type. Those of `relationships` that are listed
    /// are all there are: others that are stored were taken away.
    pub tracked_entities: Vec<ServerTrackedEntity>,
    /// Values of attributes that only a program has, as they stand on every enrolment of the person
    /// in it. They come with the people: a change of them does not move the enrolment's own time
    /// (captures t007h, t007j). All there are: others that are stored were removed.
    pub program_values: Vec<ProgramValues>,
    /// Enrolments with the attributes that only their program has.
    pub enrollments: Vec<ServerEnrollment>,
    /// To whom people belong now; of those who are not on the device nothing is kept.
    pub owners: Vec<OwnershipTransfer>,
    /// All relationships of people as they are now, in the same way.
    pub links: Vec<(TrackedEntityUid, Vec<Relationship>)>,
    /// Enrolments and events of people who are not on the device are passed over: the download is
    /// limited, and they are beyond it.
    pub only_known_people: bool,
    /// People who were asked for by id and are not shown to this user: not to be asked for again
    /// until something names them anew.
    pub not_shown: Vec<TrackedEntityUid>,
    /// The same of enrolments.
    pub enrollments_not_shown: Vec<EnrollmentUid>,
}

/// Records that stored ones name and that are not on the device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingRecords {
    /// The other side of a relationship, or the person of an enrolment.
    pub tracked_entities: Vec<TrackedEntityUid>,
    /// Enrolments of stored events, program by program.
    pub enrollments: Vec<MissingEnrollments>,
}

/// Enrolments of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingEnrollments {
    /// The program.
    pub program: ProgramUid,
    /// Attributes of the type of its tracked entities, see [`TrackerScope::type_attributes`].
    pub type_attributes: Vec<TrackedEntityAttributeUid>,
    /// The enrolments.
    pub ids: Vec<EnrollmentUid>,
}

/// What a person has in a program besides the attributes of their type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramValues {
    /// The person.
    pub tracked_entity: TrackedEntityUid,
    /// The program.
    pub program: ProgramUid,
    /// The values.
    pub attributes: BTreeMap<TrackedEntityAttributeUid, String>,
}
