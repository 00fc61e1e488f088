//! What changes while an event's form is filled in, as a screen shows it.

use std::sync::Arc;

use outpost_engine::domain::data::Event;

use super::event::{EventDetail, EventNote, EventSaved, EventState};
use super::form_state::FormDiff;
use super::{list, text};
use crate::form_session::EventFormHandle;

/// What a record holds beside its answers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventFacts {
    /// Status.
    pub status: EventState,
    /// When it happened.
    pub occurred_at: Option<String>,
    /// When it is planned.
    pub scheduled_at: Option<String>,
    /// GeoJSON geometry as text.
    pub geometry: Option<String>,
    /// The split of the event; `None` means the default combo.
    pub attribute_option_combo: Option<String>,
    /// The user who is to do the work.
    pub assigned_user: Option<String>,
    /// Marked for follow-up.
    pub follow_up: bool,
    /// Remarks.
    pub notes: Vec<EventNote>,
}

impl From<&Event> for EventFacts {
    fn from(it: &Event) -> Self {
        Self {
            status: it.status.into(),
            occurred_at: it.occurred_at.clone(),
            scheduled_at: it.scheduled_at.clone(),
            geometry: it.geometry.clone(),
            attribute_option_combo: it.attribute_option_combo.map(text),
            assigned_user: it.assigned_user.map(text),
            follow_up: it.follow_up,
            notes: list(it.notes.iter().cloned()),
        }
    }
}

/// What a call changed in an open form; when it opens, everything.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventFormDiff {
    /// What is shown differently.
    pub shown: FormDiff,
    /// What the record holds beside its answers, if that may have changed.
    pub facts: Option<EventFacts>,
}

/// A form that was opened: everything that its screen needs, in one call.
#[derive(uniffi::Record)]
pub struct EventFormOpened {
    /// The open form.
    pub handle: Arc<EventFormHandle>,
    /// The record and its form.
    pub detail: EventDetail,
    /// What is wrong with the form's metadata, for the administrator.
    pub form_problems: Vec<String>,
    /// Everything that there is to show.
    pub diff: EventFormDiff,
}

/// A change of what a record holds beside its answers.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum EventChange {
    /// Another day, `yyyy-MM-dd`.
    OccurredAt {
        /// The day; `None` for not yet.
        date: Option<String>,
    },
    /// Another planned day, `yyyy-MM-dd`.
    ScheduledAt {
        /// The day; `None` for none.
        date: Option<String>,
    },
    /// Marked for follow-up or not.
    FollowUp {
        /// Whether it is marked.
        marked: bool,
    },
    /// Another geometry.
    Geometry {
        /// GeoJSON as text; `None` for none.
        geo_json: Option<String>,
    },
    /// Another split.
    AttributeOptionCombo {
        /// The combo; `None` means the default one.
        id: Option<String>,
    },
    /// Another user who is to do the work.
    AssignedUser {
        /// The user; `None` for nobody.
        id: Option<String>,
    },
    /// Another status; completing has a call of its own, which checks.
    Status {
        /// The status.
        status: EventState,
    },
    /// One more remark.
    Note {
        /// The text.
        words: String,
    },
}

/// What became of completing a record from its form.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EventFormCompleted {
    /// What became of it.
    pub outcome: EventSaved,
    /// What that changed in the form.
    pub diff: EventFormDiff,
}
