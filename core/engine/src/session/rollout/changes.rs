//! Changes of devices become records: attributes and event in one transaction.

use jiff::civil::DateTime;
use outpost_domain::data::{
    Enrollment, EnrollmentStatus, Event, EventStatus, Payload, TrackedEntity,
};
use outpost_domain::uid::{
    EnrollmentUid, EventUid, FileUid, OrganisationUnitUid, ProgramStageUid, ProgramUid,
    TrackedEntityUid,
};
use outpost_rollout::device::{Change, Device, DeviceFacts, DeviceState, set_answer};
use outpost_rollout::package::ids_device::asked;
use outpost_rollout::package::{is_file, value_problem};

use super::device_program;
use crate::error::{OutpostError, Result};
use crate::session::Session;
use crate::session::context::World;

/// Who does something, and when, as records tell it.
pub(super) struct Doing {
    pub world: World,
    /// Who, by name.
    pub by: String,
    /// `yyyy-MM-ddTHH:mm`.
    pub at: String,
}

impl Doing {
    /// The three that every change tells.
    pub fn told<'a>(&'a self, reason: &'a str) -> (&'a str, &'a str, &'a str) {
        (reason, &self.by, &self.at)
    }

    pub fn today(&self) -> String {
        self.at.get(..10).unwrap_or_default().to_owned()
    }
}

/// The value of a question with date and time.
pub(super) fn minute(now: DateTime) -> String {
    now.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// An enrolment that begins today.
pub(super) fn begun(
    id: EnrollmentUid,
    tracked_entity: TrackedEntityUid,
    program: ProgramUid,
    place: OrganisationUnitUid,
    world: &World,
) -> Enrollment {
    Enrollment {
        id,
        tracked_entity,
        program,
        organisation_unit: place,
        status: EnrollmentStatus::Active,
        enrolled_at: Some(world.today_text()),
        occurred_at: Some(world.today_text()),
        completed_at: None,
        follow_up: false,
        geometry: None,
        attribute_option_combo: None,
        attributes: Default::default(),
        notes: Vec::new(),
        created_at_client: Some(world.now_text()),
        updated_at_client: Some(world.now_text()),
        deleted: false,
    }
}

fn check_value((id, value): (&str, &str)) -> Result<()> {
    match value_problem(id, value) {
        None => Ok(()),
        Some(problem) => Err(OutpostError::invalid("value", "value", problem)),
    }
}

impl Session {
    /// Now, by the name that was given, else by that of the account.
    pub(super) fn doing(&self, by: Option<&str>) -> Result<Doing> {
        self.device_registry(true)?;
        let world = self.world()?;
        let by = by.map(str::trim).filter(|by| !by.is_empty()).unwrap_or(self.by()).to_owned();
        let at = minute(world.now());
        Ok(Doing { world, by, at })
    }

    /// Records of a change to a device that is known.
    pub(super) fn records_of(
        &self,
        enrollment: EnrollmentUid,
        change: &Change,
        doing: &Doing,
    ) -> Result<Vec<Payload>> {
        let known = self.store().load_enrollment(enrollment)?;
        let known = known.ok_or_else(|| OutpostError::not_found("device", change.device.id))?;
        let mut records = self.record_of_device(&change.device, doing)?;
        records.push(Payload::Event { event: self.event_of(&known, change, doing)? });
        Ok(records)
    }

    pub(super) fn record_of_device(&self, device: &Device, doing: &Doing) -> Result<Vec<Payload>> {
        self.record_if_changed(device.record(), doing)
    }

    /// The tracked entity, if it changes.
    pub(super) fn record_if_changed(
        &self,
        mut record: TrackedEntity,
        doing: &Doing,
    ) -> Result<Vec<Payload>> {
        let before = self.store().load_tracked_entity(record.id)?;
        if let Some(before) = before {
            record.geometry.clone_from(&before.geometry);
            record.created_at_client.clone_from(&before.created_at_client);
            record.updated_at_client.clone_from(&before.updated_at_client);
            if record == before {
                return Ok(Vec::new());
            }
        } else {
            record.created_at_client = Some(doing.world.now_text());
        }
        record.updated_at_client = Some(doing.world.now_text());
        Ok(vec![Payload::TrackedEntity { tracked_entity: record }])
    }

    fn event_of(&self, enrollment: &Enrollment, change: &Change, doing: &Doing) -> Result<Event> {
        let is_open = change.values.get(asked::STILL_OPEN).is_some_and(|open| !open.is_empty());
        let event =
            self.completed_event(enrollment, change.stage, change.device.place, &[], doing)?;
        Ok(Event {
            // What is open stays open on the server too.
            status: if is_open { EventStatus::Active } else { EventStatus::Completed },
            completed_at: event.completed_at.filter(|_| !is_open),
            data_values: change.data_values(),
            ..event
        })
    }

    /// An event of today with these answers, completed.
    pub(super) fn completed_event(
        &self,
        enrollment: &Enrollment,
        stage: &str,
        place: OrganisationUnitUid,
        answers: &[(&'static str, String)],
        doing: &Doing,
    ) -> Result<Event> {
        let stage = ProgramStageUid::parse(stage).map_err(OutpostError::internal)?;
        let mut event = Event {
            status: EventStatus::Completed,
            completed_at: Some(doing.today()),
            occurred_at: Some(doing.today()),
            created_at_client: Some(doing.world.now_text()),
            updated_at_client: Some(doing.world.now_text()),
            organisation_unit: place,
            ..Event::of_enrollment(EventUid(self.mint_uid()?), stage, enrollment)
        };
        for (id, value) in answers {
            set_answer(&mut event, id, value);
        }
        Ok(event)
    }

    /// Records of a device that is new, and its id.
    pub(super) fn records_of_new(
        &self,
        facts: DeviceFacts,
        place: OrganisationUnitUid,
        state: DeviceState,
        reason: &str,
        doing: &Doing,
    ) -> Result<(TrackedEntityUid, Vec<Payload>)> {
        let id = TrackedEntityUid(self.mint_uid()?);
        let device = Device { id, place, state, facts, more: Default::default() };
        let enrollment = EnrollmentUid(self.mint_uid()?);
        let enrollment = begun(enrollment, id, device_program(), place, &doing.world);
        let stage = outpost_rollout::device::stage_of(state);
        let change = Change::note(device, stage, doing.told(reason), []);
        let mut records = self.record_of_device(&change.device, doing)?;
        let event = self.event_of(&enrollment, &change, doing)?;
        records.push(Payload::Enrollment { enrollment });
        records.push(Payload::Event { event });
        Ok((id, records))
    }

    /// Every value that is new in a record is one that the server takes: what it refused there would
    /// come back weeks later, without its enrolment and events.
    fn check_values(&self, record: &Payload) -> Result<()> {
        match record {
            Payload::TrackedEntity { tracked_entity: new } => {
                let before = self.store().load_tracked_entity(new.id)?;
                let before = before.map(|it| it.attributes).unwrap_or_default();
                let changed = new.attributes.iter().filter(|(id, it)| before.get(id) != Some(it));
                changed.map(|(id, it)| (id.as_str(), it.as_str())).try_for_each(check_value)
            }
            Payload::Event { event: new } => {
                let before = self.store().load_event(new.id)?;
                let before = before.map(|it| it.data_values).unwrap_or_default();
                let changed = new.data_values.iter().filter(|(id, it)| {
                    before.get(id).is_none_or(|before| before.value != it.value)
                });
                for (id, answer) in changed {
                    check_value((id.as_str(), &answer.value))?;
                    self.check_file(id.as_str(), &answer.value)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A signature or photo is a file that is kept here.
    fn check_file(&self, question: &str, value: &str) -> Result<()> {
        if !is_file(question) {
            return Ok(());
        }
        let id = FileUid::parse(value).map_err(OutpostError::internal)?;
        match self.store().load_file(id)? {
            Some(_) => Ok(()),
            None => Err(OutpostError::not_found("file", value)),
        }
    }

    /// An event that is changed.
    pub(super) fn load_changed_event(&self, id: EventUid) -> Result<Event> {
        let event = self.store().load_event(id)?.filter(|event| !event.deleted);
        event.ok_or_else(|| OutpostError::not_found("event", id))
    }

    /// Saves what belongs together: all of it or nothing.
    ///
    /// # Errors
    /// `InvalidInput` for a value that the server would refuse; storage errors.
    pub(super) fn save_all(&self, records: &[Payload]) -> Result<()> {
        for record in records {
            self.check_values(record)?;
        }
        let (by, now_ms) = (self.by(), self.now_ms());
        self.store().save_records(records, &[], by, now_ms)?;
        Ok(())
    }
}
