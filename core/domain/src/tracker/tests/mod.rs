//! A programme of child health in a district with two clinics, and what its rules say.
//!
//! Country > District > Clinic A (ours), Clinic B. The user enters data for Clinic A and may look for
//! people of the district.

mod access;
mod editing;
mod enrolling;
mod handover;
mod visits;

use jiff::civil::{Date, DateTime, date};

use super::*;
use crate::data::{Enrollment, EnrollmentStatus, Event, EventStatus, TrackedEntity};
use crate::form::CategoryOptions;
use crate::form::event::{EventAuthorities, EventContext, EventForm, EventFormInput, build};
use crate::metadata::{
    AccessLevel, CategoryCombo, DataAccess, OrganisationUnit, Program, ProgramRegistration,
    ProgramStage, ProgramType, StageSchedule, TrackedEntityType,
};
use crate::samples::{self, answer, uid};
use crate::uid::{EventUid, OrganisationUnitUid};
use crate::value_type::ServerMinor;

const READ_ONLY: DataAccess = DataAccess { read: true, write: false };
const NO_ACCESS: DataAccess = DataAccess { read: false, write: false };

const COUNTRY: &str = "/country0000";
const DISTRICT: &str = "/country0000/district000";
const CLINIC_A: &str = "/country0000/district000/clinicA0000";
const CLINIC_B: &str = "/country0000/district000/clinicB0000";
const HUT_OF_A: &str = "/country0000/district000/clinicA0000/hut00000000";

fn unit(path: &str) -> OrganisationUnit {
    let id = path.rsplit('/').next().expect("a path");
    OrganisationUnit {
        id: OrganisationUnitUid::parse(id).expect("a uid"),
        name: id.to_owned(),
        code: None,
        parent: None,
        path: path.to_owned(),
        level: 1,
        opening_date: None,
        closed_date: None,
    }
}

fn person() -> TrackedEntity {
    TrackedEntity {
        tracked_entity_type: uid("child"),
        organisation_unit: uid("clinicA"),
        ..samples::tracked_entity("amina")
    }
}

/// Enrolled on 20 November, born on the 10th.
fn enrollment(name: &str, status: EnrollmentStatus) -> Enrollment {
    let ended = status != EnrollmentStatus::Active;
    Enrollment {
        organisation_unit: uid("clinicA"),
        status,
        enrolled_at: Some("2026-11-20".to_owned()),
        occurred_at: Some("2026-11-10".to_owned()),
        completed_at: ended.then(|| "2026-11-24".to_owned()),
        ..samples::enrollment(name, "amina", "growth")
    }
}

/// A visit of the stage; its day is that on which it happened, or for which it is planned.
fn visit(stage: &str, status: EventStatus, day: &str) -> Event {
    let planned = matches!(status, EventStatus::Schedule | EventStatus::Skipped);
    Event {
        enrollment: Some(uid("first")),
        tracked_entity: Some(uid("amina")),
        organisation_unit: uid("clinicA"),
        status,
        occurred_at: (!planned).then(|| day.to_owned()),
        scheduled_at: planned.then(|| day.to_owned()),
        completed_at: (status == EventStatus::Completed).then(|| day.to_owned()),
        ..samples::event(&format!("v{}", day.replace('-', "")), "growth", stage)
    }
}

fn answered(mut event: Event, question: &str, value: &str) -> Event {
    event.data_values.insert(uid(question), answer(value));
    event
}

fn stage(name: &str, sort_order: i64, schedule: StageSchedule) -> ProgramStage {
    ProgramStage { sort_order, schedule, ..samples::stage(name, "growth") }
}

fn registration() -> ProgramRegistration {
    ProgramRegistration {
        access_level: AccessLevel::Protected,
        display_incident_date: true,
        ..samples::registration("child")
    }
}

/// Everything that the rules are asked about; the programme has a stage of birth and repeatable
/// visits.
struct World {
    program: Program,
    stages: Vec<ProgramStage>,
    person_type: TrackedEntityType,
    person: TrackedEntity,
    enrollment: Enrollment,
    others: Vec<Enrollment>,
    events: Vec<Event>,
    unit: Option<OrganisationUnit>,
    is_assigned: bool,
    access: PersonAccess,
    today: Date,
    capture: Vec<OrganisationUnitUid>,
    search: Vec<OrganisationUnitUid>,
    authorities: EventAuthorities,
}

fn world() -> World {
    let repeatable = StageSchedule { repeatable: true, ..StageSchedule::default() };
    World {
        program: Program {
            program_type: ProgramType::WithRegistration,
            program_stages: vec![uid("birth"), uid("visit")],
            registration: Some(Box::new(registration())),
            ..samples::program("growth")
        },
        stages: vec![stage("birth", 1, StageSchedule::default()), stage("visit", 2, repeatable)],
        person_type: samples::tracked_entity_type("child"),
        person: person(),
        enrollment: enrollment("first", EnrollmentStatus::Active),
        others: vec![],
        events: vec![],
        unit: Some(unit(CLINIC_A)),
        is_assigned: true,
        access: PersonAccess::Granted,
        today: date(2026, 11, 25),
        capture: vec![uid("clinicA")],
        search: vec![uid("district")],
        authorities: EventAuthorities::default(),
    }
}

impl World {
    fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut world = world();
        change(&mut world);
        world
    }

    fn now(&self) -> DateTime {
        self.today.at(12, 0, 0, 0)
    }

    fn scopes(&self) -> Scopes<'_> {
        Scopes { capture_roots: &self.capture, search_roots: &self.search }
    }

    fn registration(&mut self) -> &mut ProgramRegistration {
        self.program.registration.as_mut().expect("with registration")
    }

    fn schedule(&mut self, stage: &str) -> &mut StageSchedule {
        &mut self.stage_mut(stage).schedule
    }

    fn stage_mut(&mut self, name: &str) -> &mut ProgramStage {
        self.stages.iter_mut().find(|stage| stage.name == name).expect("a stage")
    }

    fn stage(&self, name: &str) -> &ProgramStage {
        self.stages.iter().find(|stage| stage.name == name).expect("a stage")
    }

    fn parent(&self) -> EventParent<'_> {
        EventParent {
            enrollment: Some(&self.enrollment),
            tracked_entity_type: &self.person_type,
            access: self.access,
            scopes: self.scopes(),
        }
    }

    fn setting<'a>(&'a self, stored: Option<&'a Enrollment>) -> EnrollmentSetting<'a> {
        EnrollmentSetting {
            now: self.now(),
            program: &self.program,
            tracked_entity_type: &self.person_type,
            organisation_unit: self.unit.as_ref(),
            is_assigned: self.is_assigned,
            scopes: self.scopes(),
            access: self.access,
            others: &self.others,
            stored,
        }
    }

    fn with_form<T>(
        &self,
        stage: &str,
        stored: Option<&Event>,
        ask: impl FnOnce(&EventForm, &EventContext<'_>) -> T,
    ) -> T {
        let input = EventFormInput {
            program: self.program.clone(),
            program_stage: self.stage(stage).clone(),
            sections: vec![],
            data_elements: [].into(),
            option_sets: [].into(),
        };
        let combo = CategoryCombo {
            id: uid("default"),
            name: "default".to_owned(),
            is_default: true,
            categories: vec![],
            category_option_combos: vec![],
        };
        let context = EventContext {
            now: self.now(),
            server: ServerMinor(42),
            organisation_unit: self.unit.as_ref(),
            is_assigned: self.is_assigned,
            capture_roots: &self.capture,
            attribute_combo: &combo,
            category_options: &CategoryOptions::new(),
            stored,
            authorities: self.authorities,
        };
        ask(&build(&input).0, &context)
    }
}

fn ids() -> impl Iterator<Item = EventUid> {
    (0..10).map(|index| uid(&format!("new{index}")))
}
