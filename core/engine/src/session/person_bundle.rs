//! The form of a person with its rules and program indicators, gathered once.
//!
//! Never holds a value of a person.

use std::collections::BTreeMap;
use std::sync::Arc;

use outpost_domain::data::{Enrollment, Event, TrackedEntity};
use outpost_domain::expression::Date;
use outpost_domain::form::enrollment::{self, EnrollmentForm, EnrollmentFormInput, Registration};
use outpost_domain::form::session::{Course, CourseNames, RuleOptions};
use outpost_domain::indicator::{ProgramFacts, ProgramIndicatorSet};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::rules::{EngineVersion, RuleSet};
use outpost_domain::uid::{DataElementUid, OrganisationUnitUid, ProgramStageUid, Uid};
use outpost_domain::value_type::{ServerMinor, ValueType};
use outpost_store::Store;
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::Reader;
use super::context::World;
use super::logic;
use super::people_bundle::SharedPeople;
use crate::error::Result;

/// The form of the people of a program, or of a type alone.
pub(crate) struct PersonBundle {
    pub people: SharedPeople,
    pub form: Arc<EnrollmentForm>,
    /// Rules of the program; none of a type alone.
    pub rules: Arc<RuleSet>,
    pub options: Arc<RuleOptions>,
    pub needs_groups: bool,
    /// Never computed; each form takes a copy.
    pub indicators: ProgramIndicatorSet,
    pub indicator_names: BTreeMap<Uid, String>,
    /// What is wrong with the metadata, for the administrator.
    pub problems: Vec<String>,
    element_types: BTreeMap<DataElementUid, ValueType>,
    attribute_types: BTreeMap<Uid, ValueType>,
    constants: BTreeMap<Uid, f64>,
    stage_names: BTreeMap<ProgramStageUid, String>,
}

/// Gathers the form of a person.
///
/// # Errors
/// Storage errors.
pub(crate) fn load(
    store: &Store,
    people: &SharedPeople,
    server: ServerMinor,
) -> Result<PersonBundle> {
    let mut reader = Reader::new(store);
    let attributes = people.attributes.clone();
    let sets = attributes.values().filter_map(|attribute| attribute.option_set);
    let option_sets = reader.option_sets_of(sets.collect())?;
    let input = EnrollmentFormInput {
        tracked_entity_type: people.tracked_entity_type.clone(),
        program: people.program.clone(),
        attributes,
        option_sets,
    };
    let (form, problems) = enrollment::build(&input);
    reader.problems.extend(problems.iter().map(ToString::to_string));
    let elements = people.stages.iter().flat_map(|stage| &stage.data_elements);
    let elements = reader.data_elements(elements.map(|it| it.data_element))?;
    let attribute_types =
        input.attributes.iter().map(|(id, attribute)| (id.0, attribute.value_type)).collect();
    let mut bundle = PersonBundle {
        people: Arc::clone(people),
        form: Arc::new(form),
        rules: Arc::new(no_rules(server)),
        options: Arc::default(),
        needs_groups: false,
        indicators: ProgramIndicatorSet::default(),
        indicator_names: BTreeMap::new(),
        problems: Vec::new(),
        element_types: elements.iter().map(|(id, it)| (*id, it.value_type)).collect(),
        attribute_types,
        constants: BTreeMap::new(),
        stage_names: people.stages.iter().map(|it| (it.id, it.name.clone())).collect(),
    };
    if let Some(program) = &people.program {
        let rules = logic::load_rules(&mut reader, program.id, &elements, server)?;
        bundle.constants = rules.constants();
        bundle.needs_groups = rules.needs_groups;
        (bundle.rules, bundle.options) = (rules.set, rules.options);
        let kind = MetadataKind::ProgramIndicator;
        let indicators = reader.children(kind, program.id.0, wire::parse_program_indicator)?;
        let shown: Vec<_> = indicators.iter().filter(|it| it.display_in_form).collect();
        let (set, unusable) = ProgramIndicatorSet::new(shown.iter().copied());
        reader.problems.extend(unusable.iter().map(ToString::to_string));
        bundle.indicators = set;
        bundle.indicator_names = shown.iter().map(|it| (it.id, it.name.clone())).collect();
    }
    bundle.problems = reader.problems;
    Ok(bundle)
}

/// A type alone has no rules.
fn no_rules(server: ServerMinor) -> RuleSet {
    let version = EngineVersion::of_server(u32::from(server.0));
    RuleSet::compile(Vec::new(), Vec::new(), &BTreeMap::new(), version)
}

/// What program indicators of a person's form have to know.
pub(super) struct PersonFacts {
    pub bundle: Arc<PersonBundle>,
    pub today: Option<Date>,
}

impl ProgramFacts for PersonFacts {
    fn today(&self) -> Option<Date> {
        self.today
    }

    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        self.bundle.element_types.get(&element).copied()
    }

    fn attribute_type(&self, attribute: Uid) -> Option<ValueType> {
        self.bundle.attribute_types.get(&attribute).copied()
    }

    fn constant(&self, constant: Uid) -> Option<f64> {
        self.bundle.constants.get(&constant).copied()
    }

    fn stage_name(&self, stage: ProgramStageUid) -> Option<&str> {
        self.bundle.stage_names.get(&stage).map(String::as_str)
    }
}

impl Session {
    /// The course of a person through a program, as rules see it.
    pub(super) fn course(
        &self,
        people: &SharedPeople,
        registration: Registration,
        events: Vec<Event>,
    ) -> Result<Course> {
        let mut places: Vec<OrganisationUnitUid> =
            events.iter().map(|event| event.organisation_unit).collect();
        places.extend(registration.enrollment.iter().map(|it| it.organisation_unit));
        places.sort_unstable();
        places.dedup();
        let mut unit_codes = BTreeMap::new();
        for unit in places {
            let code = self.code_of(MetadataKind::OrganisationUnit, unit.0)?;
            unit_codes.extend(code.map(|code| (unit, code)));
        }
        let names = CourseNames {
            program: people.program.as_ref().map(|it| it.name.clone()).unwrap_or_default(),
            stages: people.stages.iter().map(|it| (it.id, it.name.clone())).collect(),
            unit_codes,
        };
        Ok(Course { registration, events, names })
    }

    /// The course of the person of an enrolment that is on the device; `None` if it is not.
    pub(super) fn course_of(
        &self,
        enrollment: &Enrollment,
        person: &TrackedEntity,
    ) -> Result<Option<Course>> {
        let people = match self.people_of_program(enrollment.program) {
            Ok(people) => people,
            Err(crate::OutpostError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let events = self.events_of(enrollment.id, enrollment.tracked_entity)?;
        let registration =
            Registration { tracked_entity: person.clone(), enrollment: Some(enrollment.clone()) };
        self.course(&people, registration, events).map(Some)
    }

    /// Today in the server's zone.
    pub(super) fn today(world: &World) -> Option<Date> {
        Date::parse(&world.today_text())
    }
}
