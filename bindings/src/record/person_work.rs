//! What is done with people: outcomes, warnings of doubles, files, visits that may follow.

use outpost_engine::{FilePlace, OutpostError, model};

use super::event::EventProblem;
use super::outbox::TravelState;
use super::people::{AttributeValue, PersonItem};
use super::{list, signed, text};
use crate::ids;

/// Why somebody may be in the register already.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LikelyDouble {
    /// Who.
    pub person: PersonItem,
    /// How likely it is, 0 to 100.
    pub score: i32,
    /// Why, in words, the weightiest first.
    pub reasons: Vec<String>,
    /// What speaks against it, in words.
    pub doubts: Vec<String>,
    /// Whether both have one value of a unique attribute: the server would refuse.
    pub is_certain: bool,
}

impl From<model::DuplicateWarning> for LikelyDouble {
    fn from(it: model::DuplicateWarning) -> Self {
        Self {
            person: it.person.into(),
            score: i32::from(it.score),
            reasons: it.reasons,
            doubts: it.doubts,
            is_certain: it.is_certain,
        }
    }
}

/// What became of saving a person, an enrolment, or a change of either.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonSaved {
    /// The person.
    pub person: String,
    /// The enrolment, if there is one.
    pub enrollment: Option<String>,
    /// Whether it was saved durably and waits to be sent. If not, nothing was written.
    pub saved: bool,
    /// What is wrong; warnings too.
    pub problems: Vec<EventProblem>,
    /// Values that were drawn for generated attributes.
    pub generated: Vec<AttributeValue>,
    /// The visit whose form opens next.
    pub opens: Option<String>,
}

impl From<model::PersonOutcome> for PersonSaved {
    fn from(it: model::PersonOutcome) -> Self {
        Self {
            person: text(it.person),
            enrollment: it.enrollment.map(text),
            saved: it.saved,
            problems: list(it.problems),
            generated: list(it.generated),
            opens: it.opens.map(text),
        }
    }
}

/// A visit that may be planned.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NextVisit {
    /// Its stage.
    pub program_stage: String,
    /// Name of the stage.
    pub program_stage_name: String,
    /// The day to suggest, `yyyy-MM-dd`.
    pub day: Option<String>,
}

impl From<model::NextVisitView> for NextVisit {
    fn from(it: model::NextVisitView) -> Self {
        let program_stage_name = it.stage_name;
        Self { program_stage: text(it.stage), program_stage_name, day: it.day }
    }
}

/// What a completed visit offers. Nothing of it is done unasked.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CompletionOffers {
    /// To complete the enrolment too.
    pub complete_enrollment: bool,
    /// To plan the next visit, the likeliest first.
    pub next_visits: Vec<NextVisit>,
}

impl From<model::CompletionOffersView> for CompletionOffers {
    fn from(it: model::CompletionOffersView) -> Self {
        Self { complete_enrollment: it.complete_enrollment, next_visits: list(it.next_visits) }
    }
}

/// A person who was fetched from the server.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonFetched {
    /// Who.
    pub person: String,
    /// Enrolments that came along.
    pub enrollments: i64,
    /// Visits that came along.
    pub visits: i64,
    /// Records that are now in two versions.
    pub conflicts: i64,
}

impl From<model::DownloadedPerson> for PersonFetched {
    fn from(it: model::DownloadedPerson) -> Self {
        Self {
            person: text(it.person),
            enrollments: signed(it.enrollments),
            visits: signed(it.visits),
            conflicts: signed(it.conflicts),
        }
    }
}

/// A file that was added or attached.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FileItem {
    /// Its id: the value of the question.
    pub id: String,
    /// File name for people.
    pub name: String,
    /// MIME type.
    pub content_type: String,
    /// Size in bytes.
    pub bytes: i64,
    /// Where it is on its way to the server.
    pub state: TravelState,
    /// Whether its content is on this device.
    pub on_device: bool,
}

impl From<model::FileView> for FileItem {
    fn from(it: model::FileView) -> Self {
        Self {
            id: text(it.id),
            name: it.name,
            content_type: it.content_type,
            bytes: signed(it.bytes),
            state: it.state.into(),
            on_device: it.on_device,
        }
    }
}

/// Where the server keeps a file that was not captured here: the value that names it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum FileSource {
    /// The value of an attribute.
    Attribute {
        /// The person.
        person: String,
        /// The attribute.
        attribute: String,
        /// The program; needed for an attribute that only a program has.
        program: Option<String>,
    },
    /// The answer to a question of an event.
    Answer {
        /// The event.
        event: String,
        /// The question.
        data_element: String,
    },
}

impl TryFrom<FileSource> for FilePlace {
    type Error = OutpostError;

    fn try_from(it: FileSource) -> Result<Self, OutpostError> {
        Ok(match it {
            FileSource::Attribute { person, attribute, program } => Self::Attribute {
                person: ids::id("person", &person)?,
                attribute: ids::id("attribute", &attribute)?,
                program: ids::optional("program", program.as_deref())?,
            },
            FileSource::Answer { event, data_element } => Self::Answer {
                event: ids::id("event", &event)?,
                data_element: ids::id("data_element", &data_element)?,
            },
        })
    }
}
