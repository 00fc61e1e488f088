//! Whether an event may be filled in or changed, and every reason why not.

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};

use super::EventForm;
use crate::data::{Event, EventStatus};
use crate::form::{CategoryOptions, Entry, civil_time, is_within, option_is_used_elsewhere};
use crate::metadata::{CategoryCombo, CategoryOption, OrganisationUnit, ProgramType};
use crate::uid::{DEFAULT_CATEGORY_OPTION_COMBO, OrganisationUnitUid};
use crate::value_type::ServerMinor;

/// What the user may do beyond the usual (DHIS2 authorities of the same names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventAuthorities {
    /// `F_EDIT_EXPIRED`: may change expired events.
    pub edit_expired: bool,
    /// `F_UNCOMPLETE_EVENT`: may reopen completed events.
    pub uncomplete_event: bool,
}

/// Everything outside the event that decides about it.
#[derive(Debug, Clone, Copy)]
pub struct EventContext<'a> {
    /// Now, in the server's time zone.
    pub now: DateTime,
    /// Which server will judge the event.
    pub server: ServerMinor,
    /// The place of the event; `None` if it is not on the device.
    pub organisation_unit: Option<&'a OrganisationUnit>,
    /// Whether the program is assigned to the place.
    pub is_assigned: bool,
    /// Roots of the user's capture scope.
    pub capture_roots: &'a [OrganisationUnitUid],
    /// The combo by which the events of the program are split.
    pub attribute_combo: &'a CategoryCombo,
    /// The options of `attribute_combo`; one that is not here is hidden from the user.
    pub category_options: &'a CategoryOptions,
    /// The event as the server holds it; `None` if it was never sent.
    pub stored: Option<&'a Event>,
    /// What the user may do beyond the usual.
    pub authorities: EventAuthorities,
}

/// Why an event may not be filled in or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventLock {
    /// The event is completed and its stage locks completed events (E1326). It may be reopened.
    BlockedByCompletion,
    /// It was completed too long ago (E1043).
    CompletedTooLongAgo {
        /// When the time to change it was over.
        since: DateTime,
    },
    /// The time to enter events of that date is over (E1047).
    Expired {
        /// When it was over.
        since: DateTime,
    },
    /// The user may not write data of the program or stage (E1091, E1095).
    NoDataWriteAccess,
    /// The place is not on the device (E1011).
    UnknownOrganisationUnit,
    /// The place opened after the date.
    OrganisationUnitNotOpen {
        /// Its first day.
        opening: Date,
    },
    /// The place closed before the date.
    OrganisationUnitClosed {
        /// Its last day.
        closed: Date,
    },
    /// The program is not assigned to the place (E1029).
    NotAssigned,
    /// The place lies outside the user's capture scope (E1000).
    OutsideCaptureScope,
    /// The split is none of this program, or one of its options is hidden from the user (E1115).
    UnknownAttributeOptionCombo,
    /// The user may not write data under the option (E1099).
    CategoryOptionNotWritable {
        /// Display name.
        option: String,
    },
    /// The option is used at other places.
    CategoryOptionElsewhere {
        /// Display name.
        option: String,
    },
    /// The option starts after the date (E1056).
    CategoryOptionNotStarted {
        /// Display name.
        option: String,
        /// Its first day.
        start: Date,
    },
    /// The option ended before the date (E1057).
    CategoryOptionEnded {
        /// Display name.
        option: String,
        /// Its last day, days included that the program leaves open after it.
        end: Date,
    },
}

impl EventLock {
    /// The reason in plain English, for the person who opens the event.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::BlockedByCompletion => "This is finished. Reopen it to change it.".to_owned(),
            Self::CompletedTooLongAgo { since } => format!(
                "This was finished too long ago: it could be changed until {}.",
                since.date()
            ),
            Self::Expired { since } => {
                format!("The time to enter this date ended on {}.", since.date())
            }
            Self::NoDataWriteAccess => "You may look at this form but not fill it in.".to_owned(),
            Self::UnknownOrganisationUnit => "This place is not on your phone.".to_owned(),
            Self::OrganisationUnitNotOpen { opening } => {
                format!("This place opened on {opening}, after this date.")
            }
            Self::OrganisationUnitClosed { closed } => {
                format!("This place closed on {closed}, before this date.")
            }
            Self::NotAssigned => "This form is not used at this place.".to_owned(),
            Self::OutsideCaptureScope => "You do not enter data for this place.".to_owned(),
            Self::UnknownAttributeOptionCombo => {
                "This category is not open to you for this form.".to_owned()
            }
            Self::CategoryOptionNotWritable { option } => {
                format!("You may not enter data for {option}.")
            }
            Self::CategoryOptionElsewhere { option } => {
                format!("{option} is not used at this place.")
            }
            Self::CategoryOptionNotStarted { option, start } => {
                format!("{option} starts on {start}, after this date.")
            }
            Self::CategoryOptionEnded { option, end } => {
                format!("{option} ended on {end}, before this date.")
            }
        }
    }
}

/// Decides whether an event may be filled in or changed: [`Entry::Open`], or every reason why not.
///
/// `event` is the event as it stands on the device, before the change.
#[must_use]
pub fn event_entry(
    form: &EventForm,
    event: &Event,
    context: &EventContext<'_>,
) -> Entry<EventLock> {
    let mut locks = locks(form, event, context);
    if form.program_stage.block_entry_form && event.status == EventStatus::Completed {
        locks.insert(0, EventLock::BlockedByCompletion);
    }
    Entry::from_reasons(locks)
}

/// Every reason but the lock of completed events, in the order of the questions a person would ask.
pub(super) fn locks(form: &EventForm, event: &Event, context: &EventContext<'_>) -> Vec<EventLock> {
    let mut locks = vec![];
    if !context.authorities.edit_expired {
        locks.extend(completion_expiry(form, event, context));
        locks.extend(date_expiry(form, event, context));
    }
    if !may_write(form) {
        locks.push(EventLock::NoDataWriteAccess);
    }
    match context.organisation_unit {
        Some(unit) => unit_locks(unit, event, context, &mut locks),
        None => locks.push(EventLock::UnknownOrganisationUnit),
    }
    attribute_locks(form, event, context, &mut locks);
    locks
}

/// With registration the server asks for the stage's write access and the program's read access
/// only; to write the program is to enrol.
fn may_write(form: &EventForm) -> bool {
    let program = form.program.access;
    let may_use = match form.program.program_type {
        ProgramType::WithRegistration => program.read,
        ProgramType::WithoutRegistration => program.write,
    };
    may_use && form.program_stage.access.write
}

/// Whether the capture scope decides about the event. Those of an enrolment that the server holds
/// are judged by who owns the person, and a visit may be planned anywhere in the search scope:
/// neither is known here.
fn needs_capture_scope(event: &Event, context: &EventContext<'_>) -> bool {
    let is_judged_by_owner = event.enrollment.is_some() && !event.deleted;
    !is_judged_by_owner || context.stored.is_none() && !is_bare_plan(event)
}

/// Planned and nothing more: what the server lets be made in the search scope.
pub(crate) fn is_bare_plan(event: &Event) -> bool {
    let is_filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    event.status == EventStatus::Schedule
        && event.data_values.values().all(|answer| answer.value.is_empty())
        && !is_filled(&event.occurred_at)
}

/// The day by which an event is judged: when it happened, else when it is planned.
fn date_of(event: &Event) -> Option<Date> {
    let time = event.occurred_at.as_deref().or(event.scheduled_at.as_deref())?;
    civil_time(time).map(DateTime::date)
}

fn completion_expiry(
    form: &EventForm,
    event: &Event,
    context: &EventContext<'_>,
) -> Option<EventLock> {
    let days = form.program.complete_events_expiry_days;
    // What the server holds counts: reopening an event here does not win time.
    let versions = [context.stored, Some(event)].into_iter().flatten();
    let completed = versions.filter(|event| event.status == EventStatus::Completed);
    let completed_at = completed.filter_map(|event| event.completed_at.as_deref()).next()?;
    let since = civil_time(completed_at)?.checked_add(days_span(days)?).ok()?;
    (days > 0 && context.now > since).then_some(EventLock::CompletedTooLongAgo { since })
}

fn date_expiry(form: &EventForm, event: &Event, context: &EventContext<'_>) -> Option<EventLock> {
    let days = form.program.expiry_days;
    let period = form.program.expiry_period_type?.containing(date_of(event)?)?;
    // The server compares midnight of the last day, plus one day, plus the expiry days, with now.
    let last = period.end().to_datetime(jiff::civil::Time::midnight());
    let since = last.checked_add(days_span(days.checked_add(1)?)?).ok()?;
    (days > 0 && context.now > since).then_some(EventLock::Expired { since })
}

/// `None` for more days than the calendar has: such a limit is never reached.
fn days_span(days: u32) -> Option<Span> {
    Span::new().try_days(days).ok()
}

fn unit_locks(
    unit: &OrganisationUnit,
    event: &Event,
    context: &EventContext<'_>,
    locks: &mut Vec<EventLock>,
) {
    let date = date_of(event);
    let is_after = |opening: &Date| date.is_some_and(|date| *opening > date);
    let is_before = |closed: &Date| date.is_some_and(|date| *closed < date);
    let opening = unit.opening_date.filter(is_after);
    locks.extend(opening.map(|opening| EventLock::OrganisationUnitNotOpen { opening }));
    let closed = unit.closed_date.filter(is_before);
    locks.extend(closed.map(|closed| EventLock::OrganisationUnitClosed { closed }));
    if !context.is_assigned {
        locks.push(EventLock::NotAssigned);
    }
    if needs_capture_scope(event, context) && !is_within(&unit.path, context.capture_roots) {
        locks.push(EventLock::OutsideCaptureScope);
    }
}

fn attribute_locks(
    form: &EventForm,
    event: &Event,
    context: &EventContext<'_>,
    locks: &mut Vec<EventLock>,
) {
    let combo = context.attribute_combo;
    let is_of_program = combo.id == form.program.category_combo;
    let chosen = event.attribute_option_combo;
    if combo.is_default && is_of_program {
        let is_default = |chosen: crate::uid::CategoryOptionComboUid| {
            chosen.as_str() == DEFAULT_CATEGORY_OPTION_COMBO
                || combo.category_option_combos.iter().any(|known| known.id == chosen)
        };
        if chosen.is_some_and(|chosen| !is_default(chosen)) {
            locks.push(EventLock::UnknownAttributeOptionCombo);
        }
        return;
    }
    let found = combo.category_option_combos.iter().find(|known| Some(known.id) == chosen);
    let Some(found) = found.filter(|_| is_of_program) else {
        locks.push(EventLock::UnknownAttributeOptionCombo);
        return;
    };
    for option in &found.category_options {
        match context.category_options.get(option).filter(|option| option.access.read) {
            Some(option) => option_locks(form, event, option, context, locks),
            None => locks.push(EventLock::UnknownAttributeOptionCombo),
        }
    }
}

fn option_locks(
    form: &EventForm,
    event: &Event,
    option: &CategoryOption,
    context: &EventContext<'_>,
    locks: &mut Vec<EventLock>,
) {
    let name = || option.name.clone();
    if !option.access.write {
        locks.push(EventLock::CategoryOptionNotWritable { option: name() });
    }
    let path = context.organisation_unit.map(|unit| unit.path.as_str());
    if path.is_some_and(|path| option_is_used_elsewhere(option, path)) {
        locks.push(EventLock::CategoryOptionElsewhere { option: name() });
    }
    let date = date_of(event).unwrap_or(context.now.date());
    if let Some(start) = option.start_date.filter(|start| *start > date) {
        locks.push(EventLock::CategoryOptionNotStarted { option: name(), start });
    }
    let later = i64::from(form.program.open_days_after_co_end_date);
    let end = option.end_date.map(|end| end.saturating_add(later.days()));
    if let Some(end) = end.filter(|end| *end < date) {
        locks.push(EventLock::CategoryOptionEnded { option: name(), end });
    }
}
