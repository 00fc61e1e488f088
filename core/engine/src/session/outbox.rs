//! The outbox, the conflicts and the journal, as a person sees and decides them.

use outpost_domain::data::{DataValue, Enrollment, Event, Payload, TrackedEntity};
use outpost_domain::merge::{Choice, fields};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{DataElementUid, OrganisationUnitUid, TrackedEntityAttributeUid, Uid};
use outpost_store::{ConflictEntry, JournalCheck, OutboxEntry, OutboxFilter, Resolution, RowState};
use outpost_sync::ports::OutboxId;

use super::Session;
use crate::error::{OutpostError, Result};
use crate::limits::PAGE_ROWS_MAX;
use crate::model::{
    ConflictField, ConflictView, JournalEntryView, JournalVerdict, OutboxDetail, OutboxPage,
    OutboxRowView, RecordState,
};
use crate::refusals;

impl Session {
    /// A page of what waits or is held, oldest first; `after` comes from the page before.
    ///
    /// # Errors
    /// Storage errors.
    pub fn outbox(&self, state: Option<RecordState>, after: Option<i64>) -> Result<OutboxPage> {
        let Some(state) = state.map(row_state).transpose()? else {
            return self.outbox_page(&OutboxFilter::default(), after);
        };
        self.outbox_page(&OutboxFilter { state: Some(state), ..OutboxFilter::default() }, after)
    }

    fn outbox_page(&self, filter: &OutboxFilter, after: Option<i64>) -> Result<OutboxPage> {
        let entries = self.store().outbox_page(filter, after.map(OutboxId), PAGE_ROWS_MAX)?;
        let is_full = entries.len() == PAGE_ROWS_MAX as usize;
        let next_after = entries.last().map(|entry| entry.id.0).filter(|_| is_full);
        let rows = entries.iter().map(|entry| self.row_view(entry)).collect::<Result<_>>()?;
        Ok(OutboxPage { rows, next_after })
    }

    /// One row with all that is known of it.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn outbox_row(&self, id: i64) -> Result<OutboxDetail> {
        let entry = self.store().outbox_row(OutboxId(id))?.ok_or_else(|| no_row(id))?;
        let json = |payload: &Payload| {
            serde_json::to_string_pretty(payload).map_err(OutpostError::internal)
        };
        Ok(OutboxDetail {
            row: self.row_view(&entry)?,
            payload: json(&entry.payload)?,
            base: entry.base.as_ref().map(json).transpose()?,
            report: entry.rejection.map(|rejection| rejection.report),
        })
    }

    /// Sends a refused or put-off row again with the next synchronisation.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it is being sent or in conflict; storage errors.
    pub fn retry(&self, id: i64) -> Result<()> {
        self.store().retry(OutboxId(id), self.by(), self.now_ms())?;
        Ok(())
    }

    /// Gives up a change for good: the record is again what the server holds. The journal keeps the
    /// change and the reason.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason or while it is being sent; storage errors.
    pub fn discard(&self, id: i64, reason: &str) -> Result<()> {
        self.store().discard(OutboxId(id), reason, self.by(), self.now_ms())?;
        Ok(())
    }

    /// A page of conflicts, oldest first; `after` is the number of the last one of the page before.
    ///
    /// # Errors
    /// Storage errors.
    pub fn conflicts(&self, after: Option<i64>) -> Result<Vec<ConflictView>> {
        let entries = self.store().conflicts_page(after.map(OutboxId), PAGE_ROWS_MAX)?;
        entries.iter().map(|entry| self.conflict_view(entry)).collect()
    }

    /// One conflict.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn conflict(&self, id: i64) -> Result<ConflictView> {
        let before = OutboxId(id.saturating_sub(1));
        let entries = self.store().conflicts_page(Some(before), 1)?;
        let entry = entries.iter().find(|entry| entry.id.0 == id);
        self.conflict_view(entry.ok_or_else(|| OutpostError::not_found("conflict", id))?)
    }

    /// Decides a conflict, offline if need be. The other version stays in the journal.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without a reason; storage errors.
    pub fn resolve(&self, id: i64, choice: Choice, reason: &str) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(OutpostError::invalid("reason", "missing", "say why, in a few words"));
        }
        let resolution = Resolution::Choice(choice);
        let (by, now_ms) = (self.by(), self.now_ms());
        self.store().resolve_conflict(OutboxId(id), &resolution, reason, by, now_ms)?;
        Ok(())
    }

    /// Entries of the journal before a number, newest first; at most `limit` and a page.
    ///
    /// # Errors
    /// Storage errors.
    pub fn journal(&self, before: Option<i64>, limit: u32) -> Result<Vec<JournalEntryView>> {
        let entries = self.store().journal_page(before, limit.min(PAGE_ROWS_MAX))?;
        let view = |entry: outpost_store::JournalEntry| JournalEntryView {
            id: entry.seq,
            at_ms: entry.at_ms,
            kind: entry.kind,
            by: entry.by,
            detail: entry.body,
        };
        Ok(entries.into_iter().map(view).collect())
    }

    /// Recomputes the chain of the journal.
    ///
    /// # Errors
    /// Storage errors.
    pub fn verify_journal(&self) -> Result<JournalVerdict> {
        Ok(match self.store().verify_journal()? {
            JournalCheck::Intact { entries } => JournalVerdict { entries, first_bad: None },
            JournalCheck::Broken { seq } => {
                let entries = u64::try_from(seq.saturating_sub(1)).unwrap_or(0);
                JournalVerdict { entries, first_bad: Some(seq) }
            }
        })
    }

    fn row_view(&self, entry: &OutboxEntry) -> Result<OutboxRowView> {
        let rejection = entry.rejection.as_ref();
        let reason = rejection.map(|it| it.reason.clone());
        let mut row = OutboxRowView {
            id: entry.id.0,
            kind: entry.payload.class_name().to_owned(),
            uid: entry.payload.record_uid().map(|uid| uid.to_string()).unwrap_or_default(),
            state: record_state(entry.state),
            field: rejection.and_then(|it| it.field.clone()),
            field_name: None,
            person: None,
            person_title: None,
            code: rejection.and_then(|it| it.code.clone()),
            reason: reason.or_else(|| entry.put_off_reason.clone()),
            attempts: entry.attempts,
            not_before: Some(entry.not_before_ms).filter(|time| *time > 0),
            form: String::new(),
            data_set: None,
            program: None,
            data_element: None,
            data_element_name: None,
            category_option_combo: None,
            period: None,
            org_unit: String::new(),
            org_unit_name: String::new(),
            attribute_option_combo: None,
        };
        if let Some(field) = &row.field {
            row.field_name = Some(self.field_name(field)?);
        }
        self.describe(&entry.payload, &mut row)?;
        Ok(row)
    }

    /// Fills in what a record is about.
    fn describe(&self, payload: &Payload, row: &mut OutboxRowView) -> Result<()> {
        let place = match payload {
            Payload::DataValue { data_set, key, .. } => {
                row.uid = key.data_element.to_string();
                row.form = self.name_of(MetadataKind::DataSet, data_set.0)?;
                row.data_set = Some(data_set.to_string());
                row.data_element = Some(key.data_element.to_string());
                let name = self.name_of(MetadataKind::DataElement, key.data_element.0)?;
                row.data_element_name = Some(name);
                row.category_option_combo = Some(key.category_option_combo.to_string());
                row.period = Some(key.period.to_string());
                row.attribute_option_combo = Some(key.attribute_option_combo.to_string());
                key.organisation_unit
            }
            Payload::Completion { key, .. } => {
                row.uid = key.data_set.to_string();
                row.form = self.name_of(MetadataKind::DataSet, key.data_set.0)?;
                row.data_set = Some(key.data_set.to_string());
                row.period = Some(key.period.to_string());
                row.attribute_option_combo = Some(key.attribute_option_combo.to_string());
                key.organisation_unit
            }
            Payload::Event { event } => {
                row.form = self.name_of(MetadataKind::Program, event.program.0)?;
                row.program = Some(event.program.to_string());
                row.attribute_option_combo = event.attribute_option_combo.map(|id| id.to_string());
                event.organisation_unit
            }
            tracker => match self.describe_tracker(tracker, row)? {
                Some(place) => place,
                None => return self.describe_person(payload, row),
            },
        };
        row.org_unit = place.to_string();
        row.org_unit_name = self.name_of(MetadataKind::OrganisationUnit, place.0)?;
        self.describe_person(payload, row)
    }

    /// Fills in what a record of the tracker is about; its place, if it has one.
    fn describe_tracker(
        &self,
        payload: &Payload,
        row: &mut OutboxRowView,
    ) -> Result<Option<OrganisationUnitUid>> {
        Ok(match payload {
            Payload::TrackedEntity { tracked_entity } => {
                let type_id = tracked_entity.tracked_entity_type.0;
                row.form = self.name_of(MetadataKind::TrackedEntityType, type_id)?;
                Some(tracked_entity.organisation_unit)
            }
            Payload::Enrollment { enrollment } => {
                row.form = self.name_of(MetadataKind::Program, enrollment.program.0)?;
                row.program = Some(enrollment.program.to_string());
                Some(enrollment.organisation_unit)
            }
            Payload::Relationship { relationship } => {
                let type_id = relationship.relationship_type.0;
                row.form = self.name_of(MetadataKind::RelationshipType, type_id)?;
                None
            }
            Payload::OwnershipTransfer { transfer } => {
                row.uid = transfer.tracked_entity.to_string();
                row.form = self.name_of(MetadataKind::Program, transfer.program.0)?;
                row.program = Some(transfer.program.to_string());
                Some(transfer.organisation_unit)
            }
            Payload::OwnershipOverride { glass } => {
                row.uid = glass.tracked_entity.to_string();
                row.form = self.name_of(MetadataKind::Program, glass.program.0)?;
                row.program = Some(glass.program.to_string());
                None
            }
            Payload::FileResource { file } => {
                row.form.clone_from(&file.name);
                None
            }
            Payload::DataValue { .. } | Payload::Completion { .. } | Payload::Event { .. } => None,
        })
    }

    /// Fills in whose record it is.
    fn describe_person(&self, payload: &Payload, row: &mut OutboxRowView) -> Result<()> {
        let person = match payload {
            Payload::TrackedEntity { tracked_entity } => Some(tracked_entity.id),
            Payload::Enrollment { enrollment } => Some(enrollment.tracked_entity),
            Payload::Event { event } => event.tracked_entity,
            Payload::OwnershipTransfer { transfer } => Some(transfer.tracked_entity),
            Payload::OwnershipOverride { glass } => Some(glass.tracked_entity),
            _ => None,
        };
        let Some(person) = person else { return Ok(()) };
        row.person = Some(person.to_string());
        row.person_title = self.person_title(person)?;
        Ok(())
    }

    fn conflict_view(&self, entry: &ConflictEntry) -> Result<ConflictView> {
        let row = self.store().outbox_row(entry.id)?.ok_or_else(|| no_row(entry.id.0))?;
        let mut views = Vec::with_capacity(entry.fields.len());
        for field in &entry.fields {
            let text = |payload| self.field_shown(payload, field);
            views.push(ConflictField {
                field: field.clone(),
                name: self.field_name(field)?,
                before: entry.base.as_ref().map(text).transpose()?.flatten(),
                mine: text(&entry.mine)?,
                theirs: text(&entry.theirs)?,
            });
        }
        Ok(ConflictView { row: self.row_view(&row)?, fields: views })
    }

    /// The name for people of a field that a refusal or a conflict is about.
    pub(super) fn field_name(&self, field: &str) -> Result<String> {
        match Uid::parse(field) {
            Ok(question) => self.question_name(question),
            Err(_) => Ok(refusals::plain_field_name(field)),
        }
    }

    /// What a record says in one field, as people read it.
    fn field_shown(&self, payload: &Payload, field: &str) -> Result<Option<String>> {
        let Some(text) = field_text(payload, field) else { return Ok(None) };
        let is_tracker = matches!(
            payload,
            Payload::Event { .. } | Payload::TrackedEntity { .. } | Payload::Enrollment { .. }
        );
        match (Uid::parse(field), field) {
            (Ok(question), _) if is_tracker => self.question_shown(question, &text).map(Some),
            (_, fields::ORG_UNIT) => match Uid::parse(&text) {
                Ok(unit) => self.name_of(MetadataKind::OrganisationUnit, unit).map(Some),
                Err(_) => Ok(Some(text)),
            },
            _ => Ok(Some(text)),
        }
    }
}

fn no_row(id: i64) -> OutpostError {
    OutpostError::not_found("row of the outbox", id)
}

fn row_state(state: RecordState) -> Result<RowState> {
    Ok(match state {
        RecordState::Pending => RowState::Pending,
        RecordState::InFlight => RowState::InFlight,
        RecordState::Rejected => RowState::Rejected,
        RecordState::Conflict => RowState::Conflict,
        RecordState::Held => RowState::Held,
        RecordState::Synced => {
            let reason = "what is sent is not in the outbox any more";
            return Err(OutpostError::invalid("state", "unknown", reason));
        }
    })
}

/// Where a row is, in the facade's words.
pub(super) const fn record_state(state: RowState) -> RecordState {
    match state {
        RowState::Pending => RecordState::Pending,
        RowState::InFlight => RecordState::InFlight,
        RowState::Rejected => RecordState::Rejected,
        RowState::Conflict => RecordState::Conflict,
        RowState::Held => RecordState::Held,
    }
}

/// What a record says in one field, as text.
fn field_text(payload: &Payload, field: &str) -> Option<String> {
    match payload {
        Payload::DataValue { value, .. } => value_text(value, field),
        Payload::Completion { completion, .. } => {
            Some(if completion.completed { "yes" } else { "no" }.to_owned())
        }
        Payload::Event { event } => event_text(event, field),
        Payload::TrackedEntity { tracked_entity } => person_text(tracked_entity, field),
        Payload::Enrollment { enrollment } => enrollment_text(enrollment, field),
        Payload::Relationship { relationship } => yes_or_no(relationship.deleted),
        _ => None,
    }
}

fn yes_or_no(flag: bool) -> Option<String> {
    Some(if flag { "yes" } else { "no" }.to_owned())
}

fn person_text(person: &TrackedEntity, field: &str) -> Option<String> {
    match field {
        fields::DELETED => yes_or_no(person.deleted),
        fields::ORG_UNIT => Some(person.organisation_unit.to_string()),
        fields::GEOMETRY => person.geometry.clone(),
        attribute => {
            person.attributes.get(&TrackedEntityAttributeUid::parse(attribute).ok()?).cloned()
        }
    }
}

fn enrollment_text(enrollment: &Enrollment, field: &str) -> Option<String> {
    match field {
        fields::DELETED => yes_or_no(enrollment.deleted),
        fields::STATUS => Some(enrollment.status.name().to_owned()),
        fields::ENROLLED_AT => enrollment.enrolled_at.clone(),
        fields::OCCURRED_AT => enrollment.occurred_at.clone(),
        fields::COMPLETED_AT => enrollment.completed_at.clone(),
        fields::FOLLOW_UP => yes_or_no(enrollment.follow_up),
        fields::ORG_UNIT => Some(enrollment.organisation_unit.to_string()),
        fields::ATTRIBUTE_OPTION_COMBO => {
            enrollment.attribute_option_combo.map(|id| id.to_string())
        }
        fields::GEOMETRY => enrollment.geometry.clone(),
        attribute => {
            enrollment.attributes.get(&TrackedEntityAttributeUid::parse(attribute).ok()?).cloned()
        }
    }
}

fn value_text(value: &DataValue, field: &str) -> Option<String> {
    let flag = |flag: bool| Some(if flag { "yes" } else { "no" }.to_owned());
    match field {
        fields::COMMENT => value.comment.clone(),
        fields::FOLLOW_UP => flag(value.follow_up),
        fields::DELETED => flag(value.deleted),
        _ => value.value.clone(),
    }
}

fn event_text(event: &Event, field: &str) -> Option<String> {
    match field {
        fields::DELETED => yes_or_no(event.deleted),
        fields::FOLLOW_UP => yes_or_no(event.follow_up),
        fields::STATUS => Some(event.status.name().to_owned()),
        fields::OCCURRED_AT => event.occurred_at.clone(),
        fields::SCHEDULED_AT => event.scheduled_at.clone(),
        fields::COMPLETED_AT => event.completed_at.clone(),
        fields::ORG_UNIT => Some(event.organisation_unit.to_string()),
        fields::ATTRIBUTE_OPTION_COMBO => event.attribute_option_combo.map(|id| id.to_string()),
        fields::GEOMETRY => event.geometry.clone(),
        fields::ASSIGNED_USER => event.assigned_user.map(|id| id.to_string()),
        question => {
            let question = DataElementUid::parse(question).ok()?;
            event.data_values.get(&question).map(|answer| answer.value.clone())
        }
    }
}
