//! The rules and program indicators of a stage, gathered once with its form.
//!
//! Follows what the server's tracker import does with the same metadata, so that the phone knows
//! beforehand. What cannot be read is named in the form's problems and left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use outpost_domain::data::{Event, EventStatus};
use outpost_domain::expression::Date;
use outpost_domain::form::event::EventForm;
use outpost_domain::form::session::{Course, RuleOptions, event_refusals, rule_event};
use outpost_domain::indicator::{ProgramFacts, ProgramIndicatorSet};
use outpost_domain::metadata::{
    Constant, DataElement, LegendSet, MetadataKind, ProgramRule, ProgramRuleAction,
    ProgramRuleVariable, RuleField,
};
use outpost_domain::rules::{
    ActionKind, Circumstances, Effect, EngineVersion, GateField, GateRecord, ProgramMetadata,
    Refusal, RuleEvent, RuleSet, Subject, Supplementary, are_rules_enforced,
};
use outpost_domain::uid::{
    DataElementUid, OptionSetUid, OrganisationUnitUid, ProgramStageUid, ProgramUid, Uid,
};
use outpost_domain::value_type::{ServerMinor, ValueType};
use outpost_store::EventFilter;
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::{EventBundle, Reader};
use super::context::World;
use super::legends;
use super::objects::Label;
use crate::error::{OutpostError, Result};
use crate::limits::{CONSTANTS_MAX, GROUPS_MAX, PAGE_ROWS_MAX, RULE_HISTORY_MAX};
use crate::model::LegendView;

/// What a stage computes.
pub(crate) struct Logic {
    pub rules: Arc<RuleSet>,
    pub options: Arc<RuleOptions>,
    /// Never computed; each form takes a copy.
    pub indicators: ProgramIndicatorSet,
    pub indicator_names: BTreeMap<Uid, String>,
    legends: BTreeMap<DataElementUid, Arc<LegendSet>>,
    indicator_legends: BTreeMap<Uid, Arc<LegendSet>>,
    types: BTreeMap<DataElementUid, ValueType>,
    attribute_types: BTreeMap<Uid, ValueType>,
    constants: BTreeMap<Uid, f64>,
    stage: (ProgramStageUid, String),
    /// Whether a variable looks at other events.
    needs_history: bool,
    /// Whether a rule asks for organisation unit groups.
    needs_groups: bool,
}

/// The raw rules of a program.
struct Written {
    rules: Vec<ProgramRule>,
    actions: Vec<ProgramRuleAction>,
    variables: Vec<ProgramRuleVariable>,
}

/// The rules of a program, whatever the record.
pub(crate) struct Rules {
    pub set: Arc<RuleSet>,
    pub options: Arc<RuleOptions>,
    constants: Vec<Constant>,
    /// Whether a variable looks at other events.
    needs_history: bool,
    /// Whether a rule asks for organisation unit groups.
    pub needs_groups: bool,
}

/// Gathers the rules of a program; what cannot be read is added to the reader's problems.
pub(crate) fn load_rules(
    reader: &mut Reader<'_>,
    program: ProgramUid,
    data_elements: &BTreeMap<DataElementUid, DataElement>,
    server: ServerMinor,
) -> Result<Rules> {
    let written = written(reader, program)?;
    let constants = constants(reader)?;
    let fields = fields(reader, &written, data_elements)?;
    let sets = option_names(reader, &written, &fields)?;
    let compiled = ProgramMetadata {
        rules: &written.rules,
        actions: &written.actions,
        variables: &written.variables,
        constants: &constants,
        field: &|id| fields.get(id).copied(),
        options: &|set| sets.get(&set).cloned().unwrap_or_default(),
    }
    .compile(EngineVersion::of_server(u32::from(server.0)));
    report(reader, &compiled.set, &compiled.unknown_sources);
    Ok(Rules {
        set: Arc::new(compiled.set),
        options: Arc::new(rule_options(reader, &written.actions)?),
        constants,
        needs_history: written.variables.iter().any(looks_elsewhere),
        needs_groups: written.mention("inOrgUnitGroup"),
    })
}

/// Gathers what a stage computes; what cannot be read is added to the reader's problems.
pub(crate) fn load(
    reader: &mut Reader<'_>,
    form: &EventForm,
    data_elements: &BTreeMap<DataElementUid, DataElement>,
    server: ServerMinor,
) -> Result<Logic> {
    let rules = load_rules(reader, form.program.id, data_elements, server)?;
    let constants = rules.constants();
    let indicators = reader.children(
        MetadataKind::ProgramIndicator,
        form.program.id.0,
        wire::parse_program_indicator,
    )?;
    let shown: Vec<_> = indicators.iter().filter(|indicator| indicator.display_in_form).collect();
    let (set, unusable) = ProgramIndicatorSet::new(shown.iter().copied());
    reader.problems.extend(unusable.iter().map(ToString::to_string));
    let owners = shown.iter().map(|it| (it.id, it.legend_sets.as_slice()));
    let attribute_types = attribute_types(reader, form)?;
    Ok(Logic {
        attribute_types,
        rules: rules.set,
        options: rules.options,
        indicators: set,
        indicator_names: shown.iter().map(|it| (it.id, it.name.clone())).collect(),
        legends: legends::of_elements(reader, data_elements)?,
        indicator_legends: legends::of_owners(reader, owners)?,
        types: data_elements.iter().map(|(id, element)| (*id, element.value_type)).collect(),
        constants,
        stage: (form.program_stage.id, form.program_stage.name.clone()),
        needs_history: rules.needs_history,
        needs_groups: rules.needs_groups,
    })
}

/// Types of the attributes of a program with registration.
fn attribute_types(reader: &mut Reader<'_>, form: &EventForm) -> Result<BTreeMap<Uid, ValueType>> {
    let mut types = BTreeMap::new();
    let registration = form.program.registration.as_deref();
    for id in registration.into_iter().flat_map(|it| &it.attributes).map(|it| it.attribute.0) {
        let kind = MetadataKind::TrackedEntityAttribute;
        let attribute = reader.one(kind, id, wire::parse_tracked_entity_attribute)?;
        types.extend(attribute.map(|attribute| (id, attribute.value_type)));
    }
    Ok(types)
}

impl Rules {
    /// Values of the constants that expressions may name.
    pub fn constants(&self) -> BTreeMap<Uid, f64> {
        self.constants.iter().map(|constant| (constant.id, constant.value)).collect()
    }
}

impl Logic {
    /// Name and colour of an answer, where its question has a legend set.
    pub fn legend(&self, element: DataElementUid, text: &str) -> Option<LegendView> {
        self.legends.get(&element).and_then(|set| legends::of_text(set, text))
    }

    /// The same for what a program indicator shows.
    pub fn indicator_legend(&self, id: Uid, text: &str) -> Option<LegendView> {
        self.indicator_legends.get(&id).and_then(|set| legends::of_text(set, text))
    }
}

impl Written {
    fn mention(&self, name: &str) -> bool {
        let conditions = self.rules.iter().map(|rule| rule.condition.as_str());
        let data = self.actions.iter().filter_map(|action| action.data.as_deref());
        conditions.chain(data).any(|text| text.contains(name))
    }
}

fn written(reader: &mut Reader<'_>, program: ProgramUid) -> Result<Written> {
    let program = program.0;
    let rules = reader.children(MetadataKind::ProgramRule, program, wire::parse_program_rule)?;
    let mut actions = Vec::new();
    for rule in &rules {
        let kind = MetadataKind::ProgramRuleAction;
        actions.extend(reader.children(kind, rule.id, wire::parse_program_rule_action)?);
    }
    let variables = reader.children(
        MetadataKind::ProgramRuleVariable,
        program,
        wire::parse_program_rule_variable,
    )?;
    Ok(Written { rules, actions, variables })
}

fn constants(reader: &mut Reader<'_>) -> Result<Vec<Constant>> {
    let objects = reader.store.load_all(MetadataKind::Constant, CONSTANTS_MAX)?;
    let read = |object: &outpost_store::StoredObject| {
        reader.read(&object.body, object.uid, wire::parse_constant)
    };
    Ok(objects.iter().filter_map(read).collect())
}

/// Types of the elements and attributes behind variables; those of other stages are loaded.
fn fields(
    reader: &mut Reader<'_>,
    written: &Written,
    data_elements: &BTreeMap<DataElementUid, DataElement>,
) -> Result<BTreeMap<String, RuleField>> {
    let wanted: BTreeSet<_> =
        written.variables.iter().filter_map(|variable| variable.data_element).collect();
    let elsewhere = wanted.into_iter().filter(|id| !data_elements.contains_key(id));
    let others = reader.data_elements(elsewhere)?;
    let known = data_elements.iter().chain(&others);
    let field = |element: &DataElement| RuleField {
        value_type: element.value_type,
        option_set: element.option_set,
    };
    let mut fields: BTreeMap<_, _> =
        known.map(|(id, element)| (id.to_string(), field(element))).collect();
    for id in written.variables.iter().filter_map(|variable| variable.tracked_entity_attribute) {
        let kind = MetadataKind::TrackedEntityAttribute;
        let attribute = reader.one(kind, id, wire::parse_tracked_entity_attribute)?;
        fields.extend(attribute.map(|it| {
            let field = RuleField { value_type: it.value_type, option_set: it.option_set };
            (id.to_string(), field)
        }));
    }
    Ok(fields)
}

/// Code and name of the options that variables show by name.
fn option_names(
    reader: &mut Reader<'_>,
    written: &Written,
    fields: &BTreeMap<String, RuleField>,
) -> Result<BTreeMap<OptionSetUid, Vec<(String, String)>>> {
    let by_name = written.variables.iter().filter(|variable| !variable.use_code_for_option_set);
    let ids = by_name.filter_map(|variable| {
        variable.data_element.map(|id| id.0).or(variable.tracked_entity_attribute)
    });
    let sets: BTreeSet<_> = ids.filter_map(|id| fields.get(id.as_str())?.option_set).collect();
    let mut names = BTreeMap::new();
    for set in sets {
        let options = reader.children(MetadataKind::Option, set.0, wire::parse_option)?;
        let pairs = options.into_iter().map(|option| (option.code, option.name)).collect();
        names.insert(set, pairs);
    }
    Ok(names)
}

fn rule_options(reader: &mut Reader<'_>, actions: &[ProgramRuleAction]) -> Result<RuleOptions> {
    let mut found = RuleOptions::default();
    for action in actions {
        if let Some(id) = action.option {
            let option = reader.one(MetadataKind::Option, id, wire::parse_option)?;
            found.codes.extend(option.map(|option| (id.to_string(), option.code)));
        }
        let Some(id) = action.option_group else { continue };
        let group = reader.one(MetadataKind::OptionGroup, id, wire::parse_option_group)?;
        let Some(group) = group else { continue };
        let mut codes = BTreeSet::new();
        for option in group.options {
            let option = reader.one(MetadataKind::Option, option, wire::parse_option)?;
            codes.extend(option.map(|option| option.code));
        }
        found.groups.insert(id.to_string(), codes);
    }
    Ok(found)
}

/// Names what this version cannot run; it is never skipped in silence.
fn report(reader: &mut Reader<'_>, set: &RuleSet, unknown_sources: &[Uid]) {
    reader.problems.extend(set.problems().iter().map(ToString::to_string));
    let sources = unknown_sources.iter();
    reader.problems.extend(sources.map(|id| {
        format!("program rule variable {id} stays empty: this version does not know its source")
    }));
    for rule in set.rules() {
        let unknown = rule.actions.iter().filter_map(|action| match &action.kind {
            ActionKind::Other(name) => Some(name),
            _ => None,
        });
        reader.problems.extend(unknown.map(|name| {
            format!("rule `{}` has an action {name} that this version does not know", rule.id)
        }));
    }
}

fn looks_elsewhere(variable: &ProgramRuleVariable) -> bool {
    let source = variable.source_type.as_str();
    source.starts_with("DATAELEMENT_NEWEST") || source.starts_with("DATAELEMENT_PREVIOUS")
}

/// What program indicators of one form have to know.
pub(crate) struct Facts {
    bundle: Arc<EventBundle>,
    today: Option<Date>,
}

impl Facts {
    pub fn new(bundle: Arc<EventBundle>, world: &World) -> Self {
        Self { bundle, today: Date::parse(&world.today_text()) }
    }
}

impl ProgramFacts for Facts {
    fn today(&self) -> Option<Date> {
        self.today
    }

    fn element_type(&self, element: DataElementUid) -> Option<ValueType> {
        self.bundle.logic.types.get(&element).copied()
    }

    fn attribute_type(&self, attribute: Uid) -> Option<ValueType> {
        self.bundle.logic.attribute_types.get(&attribute).copied()
    }

    fn constant(&self, constant: Uid) -> Option<f64> {
        self.bundle.logic.constants.get(&constant).copied()
    }

    fn stage_name(&self, stage: ProgramStageUid) -> Option<&str> {
        let (id, name) = &self.bundle.logic.stage;
        (*id == stage).then_some(name.as_str())
    }
}

impl Session {
    /// What is the same for all rules of a form: the day, the user, the groups of the place.
    pub(super) fn circumstances(
        &self,
        logic: &Logic,
        event: &Event,
        world: &World,
    ) -> Result<Circumstances> {
        self.circumstances_at(logic.needs_groups, event.organisation_unit, world)
    }

    /// The same for any record of a place.
    pub(super) fn circumstances_at(
        &self,
        needs_groups: bool,
        unit: OrganisationUnitUid,
        world: &World,
    ) -> Result<Circumstances> {
        let mut groups = Vec::new();
        if needs_groups {
            let kind = MetadataKind::OrganisationUnitGroup;
            for group in self.store().load_all(kind, GROUPS_MAX)? {
                let is_in = self.store().is_assigned(group.uid, unit)?;
                let members = if is_in { vec![unit.to_string()] } else { vec![] };
                let code = Label::of(&group).code;
                groups.extend(code.map(|code| (code, members.clone())));
                groups.push((group.uid.to_string(), members));
            }
        }
        let me = world.me.as_ref();
        let ids = |ids: &[Uid]| ids.iter().map(ToString::to_string).collect();
        Ok(Circumstances {
            today: Date::parse(&world.today_text())
                .ok_or_else(|| OutpostError::internal("the clock is outside the years of DHIS2"))?,
            supplementary: Supplementary::new(
                me.map(|me| ids(&me.user_groups)).unwrap_or_default(),
                me.map(|me| ids(&me.user_roles)).unwrap_or_default(),
                groups,
            ),
        })
    }

    /// The events around one that rules may look at: same stage and place, the nearest ten newer and
    /// ten older ones that took place (as the Capture app does for programs without registration).
    pub(super) fn rule_history(
        &self,
        bundle: &EventBundle,
        event: &Event,
        unit_code: Option<&str>,
        world: &World,
    ) -> Result<Vec<RuleEvent>> {
        // The other visits of a person are in the course of the enrolment.
        if !bundle.logic.needs_history || event.enrollment.is_some() {
            return Ok(Vec::new());
        }
        let day = event.occurred_at.as_deref().and_then(|text| text.get(..10)).map(str::to_owned);
        let day = day.unwrap_or_else(|| world.today_text());
        let place = Some(event.organisation_unit);
        let of_place = EventFilter { organisation_unit: place, ..EventFilter::of(event.program) };
        let older = EventFilter { to: Some(day.clone()), ..of_place.clone() };
        let newer = EventFilter { from: Some(day), to: Some(world.today_text()), ..of_place };
        let mut found: BTreeMap<_, Event> = BTreeMap::new();
        let took_place = |other: &Event| {
            let status = other.status;
            let happened = !matches!(
                status,
                EventStatus::Schedule | EventStatus::Skipped | EventStatus::Overdue
            );
            let is_other = other.id != event.id && other.program_stage == event.program_stage;
            happened && is_other && !other.deleted
        };
        let older = self.store().events_page(&older, None, PAGE_ROWS_MAX)?;
        let older = older.into_iter().map(|row| row.event).filter(took_place);
        found.extend(older.take(RULE_HISTORY_MAX).map(|other| (other.id, other)));
        let newer = self.store().events_page(&newer, None, PAGE_ROWS_MAX)?;
        let newer = newer.into_iter().rev().map(|row| row.event).filter(took_place);
        found.extend(newer.take(RULE_HISTORY_MAX).map(|other| (other.id, other)));
        let stage = &bundle.form.program_stage.name;
        Ok(found.values().map(|other| rule_event(other, stage, unit_code)).collect())
    }

    /// What the server's own run of the rules would refuse an event for once it is completed, each
    /// with whether it would be refused already now.
    pub(super) fn rule_refusals(
        &self,
        bundle: &EventBundle,
        event: &Event,
        world: &World,
    ) -> Result<Vec<(Refusal, bool)>> {
        let logic = &bundle.logic;
        if logic.rules.rules().is_empty() || event.deleted {
            return Ok(Vec::new());
        }
        let code = self.code_of(MetadataKind::OrganisationUnit, event.organisation_unit.0)?;
        let stage = &bundle.form.program_stage;
        let seen = rule_event(event, &stage.name, code.as_deref());
        let others = self.rule_history(bundle, event, code.as_deref(), world)?;
        let circumstances = self.circumstances(logic, event, world)?;
        let effects = logic.rules.evaluate_event(&seen, None, &others, &circumstances);
        let is_enforced = are_rules_enforced(event.status, stage.validation_strategy);
        let now = refusals(bundle, event, &effects, event.status == EventStatus::Completed);
        let completed = refusals(bundle, event, &effects, true);
        let with_blocks = |refusal: Refusal| {
            let blocks_sending = is_enforced && now.contains(&refusal);
            (refusal, blocks_sending)
        };
        Ok(completed.into_iter().map(with_blocks).collect())
    }
}

impl Session {
    /// The same for a visit: the server looks at the person and the other visits too.
    pub(super) fn visit_rule_refusals(
        &self,
        bundle: &EventBundle,
        event: &Event,
        course: &Course,
        world: &World,
    ) -> Result<Vec<(Refusal, bool)>> {
        let logic = &bundle.logic;
        if logic.rules.rules().is_empty() || event.deleted {
            return Ok(Vec::new());
        }
        let circumstances = self.circumstances(logic, event, world)?;
        let of = |completed| {
            event_refusals(&bundle.form, &logic.rules, event, course, completed, &circumstances)
        };
        let strategy = bundle.form.program_stage.validation_strategy;
        let is_enforced = are_rules_enforced(event.status, strategy);
        let now = of(false);
        let with_blocks = |refusal: Refusal| {
            let blocks_sending = is_enforced && now.contains(&refusal);
            (refusal, blocks_sending)
        };
        Ok(of(true).into_iter().map(with_blocks).collect())
    }
}

fn refusals(
    bundle: &EventBundle,
    event: &Event,
    effects: &[Effect],
    is_completed: bool,
) -> Vec<Refusal> {
    let field = |id: &str| {
        let data_element = DataElementUid::parse(id).ok()?;
        let field = bundle.form.field(data_element)?;
        let value = event.data_values.get(&data_element).map(|answer| answer.value.as_str());
        Some(GateField { value, is_numeric: field.value_type.is_numeric() })
    };
    let record = GateRecord {
        is_completed,
        subject: Subject::DataElement,
        rules_overwrite: false,
        field: &field,
    };
    bundle.logic.rules.refusals(effects, &record)
}
