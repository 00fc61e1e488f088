//! What indicators over local data are computed from: their metadata, gathered once per call, and the
//! values, events and complete reports of some places and periods.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date as Day;
use outpost_domain::data::{Event, EventStatus};
use outpost_domain::expression::{Date, Function, Item, ItemKind};
use outpost_domain::indicator::{
    Aggregated, CompletedReport, Datum, ElementFacts, EnrollmentRow, Found, IndicatorSet,
    LocalData, LocalReports, Measure, Missing, ParsedProgramIndicator, ReportFacts, Row, Source,
    Window, aggregate,
};
use outpost_domain::metadata::{AnalyticsType, Indicator, MetadataKind, ProgramIndicator};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    DataElementUid, DataSetUid, EnrollmentUid, OrganisationUnitUid, ProgramUid, Uid,
};
use outpost_store::StoreError;
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::{self, Reader};
use super::indicator_facts::{Facts, attributes, stages};
use super::indicator_rows as rows;
use super::indicators::{items_of, nested, unusable};
use super::objects;
use crate::error::{OutpostError, Result};
use crate::limits::{
    CONSTANTS_MAX, INDICATOR_EVENTS_MAX, INDICATOR_VALUES_MAX, INDICATORS_COMPUTED_MAX,
};
use crate::model::{IndicatorKind, IndicatorSummary};

/// Days before and after every event.
const ALWAYS: (&str, &str) = ("", "9999-12-31");

/// The metadata behind some indicators.
pub(super) struct Gathered {
    pub set: IndicatorSet,
    /// Why an indicator cannot be computed anywhere.
    pub unusable: BTreeMap<Uid, String>,
    /// First legend sets, by indicator.
    pub legend_sets: BTreeMap<Uid, Uid>,
    program_indicators: BTreeMap<Uid, (ProgramIndicator, ParsedProgramIndicator)>,
    /// Programs that are on the device, and whether people are enrolled in them.
    programs: BTreeMap<ProgramUid, bool>,
    elements: BTreeMap<DataElementUid, ElementFacts>,
    data_sets: BTreeMap<DataSetUid, ReportFacts>,
    groups: BTreeMap<Uid, BTreeSet<OrganisationUnitUid>>,
    facts: Facts,
}

/// Places and periods whose values come together.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub units: &'a [OrganisationUnitUid],
    pub periods: &'a [Period],
}

impl Gathered {
    /// Gathers what the chosen indicators need. What cannot be read becomes a problem of its indicator.
    pub fn load(session: &Session, chosen: &[IndicatorSummary]) -> Result<Self> {
        let mut reader = Reader::new(session.store());
        let of_kind = |kind| chosen.iter().filter(move |it| it.kind == kind).map(|it| it.uid);
        let (indicators, mut words) =
            indicators(&mut reader, of_kind(IndicatorKind::Indicator).collect())?;
        let (set, no_indicators) = indicator_set(&mut reader, indicators.values())?;
        let items = items_of(&set, chosen);
        let referred = ids(&items, ItemKind::ProgramIndicator, 0);
        let wanted = of_kind(IndicatorKind::ProgramIndicator).chain(referred).collect();
        let (program_indicators, no_program_indicators, unread) =
            load_program_indicators(&mut reader, wanted)?;
        words.extend(unread);
        words.extend(unusable(&no_indicators, &no_program_indicators));
        let answered = ids(&items, ItemKind::ProgramDataElement, 0).into_iter().map(ProgramUid);
        let named = program_indicators.values().map(|(written, _)| written.program);
        let programs = programs_here(session, named.chain(answered).collect())?;
        let elements = elements(&mut reader, &items, &program_indicators)?;
        let world = session.world()?;
        let constants = reader.store.load_all(MetadataKind::Constant, CONSTANTS_MAX)?;
        let constants = constants
            .iter()
            .filter_map(|object| wire::parse_constant(object.body.as_bytes()).ok())
            .map(|constant| (constant.id, constant.value));
        let facts = Facts {
            today: Date::parse(&world.today_text()),
            types: elements.iter().map(|(id, facts)| (*id, facts.value_type)).collect(),
            attributes: attributes(&mut reader, &program_indicators)?,
            constants: constants.collect(),
            stages: stages(session, &programs)?,
        };
        let legends = indicators.values().map(|it| (it.id.0, &it.legend_sets));
        let program_legends = program_indicators.values().map(|(it, _)| (it.id, &it.legend_sets));
        Ok(Self {
            unusable: words,
            legend_sets: legends
                .chain(program_legends)
                .filter_map(|(id, sets)| Some((id, *sets.first()?)))
                .collect(),
            data_sets: data_sets(session, &items)?,
            groups: groups(session, &items)?,
            program_indicators,
            programs,
            elements,
            facts,
            set,
        })
    }

    /// The values of some places and periods.
    pub fn source<'a>(
        &'a self,
        session: &Session,
        wanted: &[IndicatorSummary],
        place: Place<'a>,
    ) -> Result<PlaceSource<'a>> {
        let items = items_of(&self.set, wanted);
        let (units, periods) = (place.units, place.periods);
        let data = LocalData::new(self.elements.clone(), periods.to_vec(), units.to_vec());
        let mut data = data.counting_truths();
        let elements: BTreeSet<_> = self.elements.keys().copied().collect();
        let reach = data.reach(items.iter().copied());
        let has_cells = items.iter().any(|item| item.kind == ItemKind::DataElement);
        if let Some((from, to)) = reach.filter(|_| has_cells) {
            let is_wanted = |period: Period| period.start() >= from && period.end() <= to;
            let most = INDICATOR_VALUES_MAX;
            let values = session.store().load_values_of(units, &elements, &is_wanted, most);
            for (key, text) in values.map_err(too_much)? {
                data.add(&key, &text);
            }
        }
        let events = self.events(session, wanted, &items, place, reach)?;
        for (program, events) in &events {
            data.knows_program(*program);
            events.iter().for_each(|event| data.add_event(event));
        }
        let enrollments = rows::of_events(session, events.values().flatten())?;
        let enrolled = self.enrolled(session, wanted, &items, place)?;
        let reports = self.reports(session, place)?;
        let lone = match units {
            [unit] => Some((*unit, session.store().path_of(*unit)?)),
            _ => None,
        };
        Ok(PlaceSource {
            gathered: self,
            session: session.clone(),
            place,
            data,
            events,
            enrollments,
            enrolled,
            reports,
            lone,
        })
    }

    /// The program indicators among the wanted indicators and below them, and whether one of them is
    /// asked for another period.
    fn asked<'a>(
        &'a self,
        wanted: &[IndicatorSummary],
        items: &[&Item],
    ) -> (Vec<&'a ProgramIndicator>, bool) {
        let referred = items.iter().filter(|item| item.kind == ItemKind::ProgramIndicator);
        let is_moved = referred.clone().any(|item| item.modifiers.period_offset.is_some());
        let referred = referred.filter_map(|item| Uid::parse(&item.ids.first()?.value).ok());
        let wanted: BTreeSet<Uid> = wanted.iter().map(|it| it.uid).chain(referred).collect();
        let mine = self.program_indicators.values().map(|(written, _)| written);
        (mine.filter(|written| wanted.contains(&written.id)).collect(), is_moved)
    }

    /// Events of the programs that the wanted indicators look at.
    fn events(
        &self,
        session: &Session,
        wanted: &[IndicatorSummary],
        items: &[&Item],
        place: Place<'_>,
        reach: Option<(Day, Day)>,
    ) -> Result<BTreeMap<ProgramUid, Vec<Event>>> {
        let (mut mine, is_moved) = self.asked(wanted, items);
        mine.retain(|written| written.analytics_type == AnalyticsType::Event);
        let answered = ids(items, ItemKind::ProgramDataElement, 0).into_iter().map(ProgramUid);
        let programs: BTreeSet<_> = mine.iter().map(|it| it.program).chain(answered).collect();
        // Boundaries may look anywhere; without them the days of the periods are enough.
        let is_anywhere = is_moved || mine.iter().any(|written| !written.boundaries.is_empty());
        let days = days(place.periods, reach).filter(|_| !is_anywhere);
        let days = days.as_ref().map_or(ALWAYS, |(from, to)| (from, to));
        let mut found = BTreeMap::new();
        let mut room = INDICATOR_EVENTS_MAX;
        for program in programs.into_iter().filter(|it| self.programs.contains_key(it)) {
            let events = session.store().load_events_of(program, place.units, days, room);
            let events = events.map_err(too_much)?;
            room -= events.len();
            found.insert(program, events);
        }
        Ok(found)
    }

    /// Enrolments of the programs in which the wanted indicators count them.
    fn enrolled(
        &self,
        session: &Session,
        wanted: &[IndicatorSummary],
        items: &[&Item],
        place: Place<'_>,
    ) -> Result<BTreeMap<ProgramUid, Vec<EnrollmentRow>>> {
        let (mut mine, is_moved) = self.asked(wanted, items);
        mine.retain(|written| written.analytics_type == AnalyticsType::Enrollment);
        let is_anywhere = is_moved || mine.iter().any(|written| !written.boundaries.is_empty());
        let days = days(place.periods, None).filter(|_| !is_anywhere);
        let days = days.as_ref().map_or(ALWAYS, |(from, to)| (from, to));
        let mut found = BTreeMap::new();
        let mut room = INDICATOR_EVENTS_MAX;
        for program in mine.iter().map(|it| it.program).collect::<BTreeSet<_>>() {
            // Nobody is enrolled in a program without registration.
            if self.programs.get(&program) == Some(&true) {
                let rows = rows::of_places(session, program, place.units, days, room)?;
                room -= rows.iter().map(|row| 1 + row.events.len()).sum::<usize>();
                found.insert(program, rows);
            }
        }
        Ok(found)
    }

    fn reports(&self, session: &Session, place: Place<'_>) -> Result<LocalReports> {
        let mut completed = Vec::new();
        for data_set in self.data_sets.keys() {
            let most = INDICATOR_VALUES_MAX;
            let found = session.store().load_completed_of(*data_set, place.units, most);
            let found = found.map_err(too_much)?;
            completed.extend(found.into_iter().map(|(key, completion)| CompletedReport {
                data_set: key.data_set,
                period: key.period,
                organisation_unit: key.organisation_unit,
                date: completion.date.and_then(|date| date.get(..10)?.parse().ok()),
            }));
        }
        Ok(LocalReports { data_sets: self.data_sets.clone(), completed })
    }
}

/// The values of some places and periods.
pub(super) struct PlaceSource<'a> {
    gathered: &'a Gathered,
    session: Session,
    place: Place<'a>,
    data: LocalData,
    events: BTreeMap<ProgramUid, Vec<Event>>,
    /// Enrolments of those events.
    enrollments: BTreeMap<EnrollmentUid, EnrollmentRow>,
    /// Enrolments of the places, for what counts them.
    enrolled: BTreeMap<ProgramUid, Vec<EnrollmentRow>>,
    reports: LocalReports,
    /// The only place with its path.
    lone: Option<(OrganisationUnitUid, Option<String>)>,
}

impl<'a> PlaceSource<'a> {
    /// Which places and periods.
    pub fn place(&self) -> Place<'a> {
        self.place
    }

    /// A program indicator for periods; `None` if this device cannot know: it is not here, or counts
    /// enrolments of a program that enrols nobody.
    pub fn program_indicator(&self, id: Uid, periods: &[Period]) -> Option<Aggregated> {
        let (written, parsed) = self.gathered.program_indicators.get(&id)?;
        let facts = &self.gathered.facts;
        if written.analytics_type == AnalyticsType::Enrollment {
            let rows = self.enrolled.get(&written.program)?.iter().map(Row::Enrollment);
            return Some(aggregate(parsed, rows, periods, facts));
        }
        let rows = self.events.get(&written.program)?.iter().map(|event| {
            let enrollment = event.enrollment.and_then(|id| self.enrollments.get(&id));
            Row::Event { event, enrollment }
        });
        Some(aggregate(parsed, rows, periods, facts))
    }

    /// Places and periods with data of these items.
    pub fn with_data(&self, items: &[&Item]) -> u32 {
        let (periods, units) = (self.place.periods, self.place.units);
        let mut with_data = self.data.with_data(items.iter().copied());
        with_data.extend(self.reports.with_data(items.iter().copied(), periods, units));
        for id in ids(items, ItemKind::ProgramIndicator, 0) {
            with_data.extend(self.with_events(id));
        }
        u32::try_from(with_data.len()).unwrap_or(u32::MAX)
    }

    /// Places and periods with events, or with enrolments, of a program indicator's program.
    pub fn places_with_events(&self, id: Uid) -> u32 {
        u32::try_from(self.with_events(id).len()).unwrap_or(u32::MAX)
    }

    fn with_events(&self, id: Uid) -> BTreeSet<(OrganisationUnitUid, Period)> {
        let Some((written, _)) = self.gathered.program_indicators.get(&id) else {
            return BTreeSet::new();
        };
        let of_day = |unit: OrganisationUnitUid, day: Option<&str>| {
            let day: Day = day?.get(..10)?.parse().ok()?;
            let holds = |period: &&Period| period.start() <= day && day <= period.end();
            Some((unit, *self.place.periods.iter().find(holds)?))
        };
        let program = &written.program;
        if written.analytics_type == AnalyticsType::Enrollment {
            let rows = self.enrolled.get(program).into_iter().flatten();
            let of_row =
                |it: &EnrollmentRow| of_day(it.organisation_unit, it.enrolled_at.as_deref());
            return rows.filter_map(of_row).collect();
        }
        let events = self.events.get(program).into_iter().flatten();
        let happened = events.filter(|event| event.status != EventStatus::Schedule);
        let of_event =
            |event: &Event| of_day(event.organisation_unit, event.occurred_at.as_deref());
        happened.filter_map(of_event).collect()
    }
}

impl Source for PlaceSource<'_> {
    fn find(&self, item: &Item, window: Window) -> Found {
        let Place { periods, units } = self.place;
        match item.kind {
            ItemKind::ReportingRate => self.reports.find(item, periods, units),
            ItemKind::ProgramIndicator => {
                let id = item.ids.first().and_then(|id| Uid::parse(&id.value).ok());
                let offset = item.modifiers.period_offset.unwrap_or(0);
                let moved: Option<Vec<_>> = periods.iter().map(|it| it.forward(offset)).collect();
                let found = id.zip(moved).and_then(|(id, it)| self.program_indicator(id, &it));
                match found {
                    None => Found::NotHere,
                    Some(it) if it.problem.is_some() => Found::NotHere,
                    Some(it) => it.value.map_or(Found::Nothing(Missing::Number), |number| {
                        Found::Value(Datum::Number(number))
                    }),
                }
            }
            _ => self.data.find(item, window),
        }
    }

    fn constant(&self, id: Uid) -> Option<f64> {
        self.gathered.facts.constants.get(&id).copied()
    }

    fn group_size(&self, group: Uid) -> Option<f64> {
        let members = self.gathered.groups.get(&group)?;
        Some(self.place.units.iter().filter(|unit| members.contains(unit)).count() as f64)
    }

    fn is_sum(&self) -> bool {
        self.data.is_sum()
    }

    fn is_unit_of(&self, function: Function, wanted: &[&str]) -> Option<bool> {
        let (unit, path) = self.lone.as_ref()?;
        if function == Function::OrgUnitAncestor {
            let above = path.as_ref()?.split('/').filter(|step| *step != unit.as_str());
            return Some(above.into_iter().any(|step| wanted.contains(&step)));
        }
        let kind = match function {
            Function::OrgUnitGroup => MetadataKind::OrganisationUnitGroup,
            Function::OrgUnitDataSet => MetadataKind::DataSet,
            Function::OrgUnitProgram => MetadataKind::Program,
            _ => return None,
        };
        let store = self.session.store();
        let mut is_in = false;
        for id in wanted {
            let id = Uid::parse(id).ok()?;
            store.load_object(kind, id).ok()??;
            is_in |= store.is_assigned(id, *unit).ok()?;
        }
        Some(is_in)
    }
}

/// More than one call takes, in words that help.
pub(super) fn too_much(error: StoreError) -> OutpostError {
    match error {
        StoreError::Limit { what, limit } => {
            let why = format!("more than {limit} at once; choose fewer places or periods");
            OutpostError::invalid(what, "too_many", why)
        }
        other => other.into(),
    }
}

/// Ids at a place within items of a kind, each once.
pub(super) fn ids(items: &[&Item], kind: ItemKind, at: usize) -> Vec<Uid> {
    let mine = items.iter().filter(|item| item.kind == kind);
    let found: BTreeSet<Uid> =
        mine.filter_map(|item| Uid::parse(&item.ids.get(at)?.value).ok()).collect();
    found.into_iter().collect()
}

type Words = BTreeMap<Uid, String>;

/// The indicators and all that they refer to by `N{..}`.
pub(super) fn indicators(
    reader: &mut Reader<'_>,
    wanted: Vec<Uid>,
) -> Result<(BTreeMap<Uid, Indicator>, Words)> {
    let (mut found, mut unread) = (BTreeMap::new(), Words::new());
    let mut waiting = wanted;
    while let Some(id) = waiting.pop() {
        if found.contains_key(&id) || found.len() > 2 * INDICATORS_COMPUTED_MAX {
            continue;
        }
        let Some(object) = reader.store.load_object(MetadataKind::Indicator, id)? else { continue };
        match wire::parse_indicator(object.body.as_bytes()) {
            Ok(indicator) => {
                waiting.extend(referred(&indicator));
                found.insert(id, indicator);
            }
            Err(error) => {
                unread.insert(id, format!("indicator {id} cannot be read: {error}"));
            }
        }
    }
    Ok((found, unread))
}

fn referred(indicator: &Indicator) -> Vec<Uid> {
    let mode = outpost_domain::expression::Mode::IndicatorExpression;
    let sides = [&indicator.numerator, &indicator.denominator];
    let of_side = |text: &&String| {
        let measure = Measure::parse(text, mode).ok()?;
        Some(nested(&measure.items().collect::<Vec<_>>()))
    };
    sides.iter().filter_map(of_side).flatten().collect()
}

type UnusableIndicators = Vec<outpost_domain::indicator::UnusableIndicator>;

fn indicator_set<'a>(
    reader: &mut Reader<'_>,
    indicators: impl Iterator<Item = &'a Indicator> + Clone,
) -> Result<(IndicatorSet, UnusableIndicators)> {
    let wanted: BTreeSet<_> = indicators.clone().filter_map(|it| it.indicator_type).collect();
    let mut types = Vec::new();
    for id in wanted {
        types.extend(reader.one(MetadataKind::IndicatorType, id, wire::parse_indicator_type)?);
    }
    Ok(IndicatorSet::new(indicators, &types))
}

pub(super) type ProgramIndicators = BTreeMap<Uid, (ProgramIndicator, ParsedProgramIndicator)>;
type UnusableProgramIndicators = Vec<outpost_domain::indicator::UnusableProgramIndicator>;

fn load_program_indicators(
    reader: &mut Reader<'_>,
    wanted: BTreeSet<Uid>,
) -> Result<(ProgramIndicators, UnusableProgramIndicators, Words)> {
    let (mut found, mut unusable, mut unread) = (BTreeMap::new(), Vec::new(), Words::new());
    for id in wanted {
        let object = reader.store.load_object(MetadataKind::ProgramIndicator, id)?;
        let Some(object) = object else { continue };
        let written = match wire::parse_program_indicator(object.body.as_bytes()) {
            Ok(written) => written,
            Err(error) => {
                unread.insert(id, format!("program indicator {id} cannot be read: {error}"));
                continue;
            }
        };
        match ParsedProgramIndicator::new(&written) {
            Ok(parsed) => {
                found.insert(id, (written, parsed));
            }
            Err(problem) => unusable.push(problem),
        }
    }
    Ok((found, unusable, unread))
}

/// Those of the programs that are here, and whether people are enrolled in them.
fn programs_here(
    session: &Session,
    wanted: BTreeSet<ProgramUid>,
) -> Result<BTreeMap<ProgramUid, bool>> {
    let mut programs = BTreeMap::new();
    for id in wanted {
        match bundle::load_program(session.store(), id) {
            Ok(program) => {
                programs.insert(id, program.registration.is_some());
            }
            Err(OutpostError::NotFound { .. } | OutpostError::Internal { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(programs)
}

/// From the first to the last day of periods and of what else is looked at.
fn days(periods: &[Period], reach: Option<(Day, Day)>) -> Option<(String, String)> {
    let starts = periods.iter().map(|it| it.start()).chain(reach.map(|it| it.0));
    let ends = periods.iter().map(|it| it.end()).chain(reach.map(|it| it.1));
    let (from, to) = starts.min().zip(ends.max())?;
    Some((from.to_string(), to.to_string()))
}

/// Type and aggregation of every element that an item names.
fn elements(
    reader: &mut Reader<'_>,
    items: &[&Item],
    program_indicators: &ProgramIndicators,
) -> Result<BTreeMap<DataElementUid, ElementFacts>> {
    let own = program_indicators.values().flat_map(|(_, parsed)| parsed.items());
    let all = items.iter().copied().chain(own);
    let texts = all
        .filter(|item| matches!(item.kind, ItemKind::DataElement | ItemKind::ProgramDataElement));
    // Ids of stages, programs and combos are looked for too; there is no element of that id.
    let named = texts.flat_map(|item| item.ids.iter());
    let wanted: BTreeSet<DataElementUid> =
        named.filter_map(|id| DataElementUid::parse(&id.value).ok()).collect();
    let found = reader.data_elements(wanted.into_iter())?;
    let facts = |(id, element): (DataElementUid, outpost_domain::metadata::DataElement)| {
        let aggregation_type = element.aggregation_type;
        (id, ElementFacts { value_type: element.value_type, aggregation_type })
    };
    Ok(found.into_iter().map(facts).collect())
}

fn data_sets(session: &Session, items: &[&Item]) -> Result<BTreeMap<DataSetUid, ReportFacts>> {
    let mut data_sets = BTreeMap::new();
    for id in ids(items, ItemKind::ReportingRate, 0) {
        let object = session.store().load_object(MetadataKind::DataSet, id)?;
        let data_set = object.and_then(|it| wire::parse_data_set(it.body.as_bytes()).ok());
        let Some(data_set) = data_set else { continue };
        let facts = ReportFacts {
            period_type: data_set.period_type,
            timely_days: data_set.timely_days,
            assigned: objects::assigned_units(session.store(), id)?.into_iter().collect(),
        };
        data_sets.insert(DataSetUid(id), facts);
    }
    Ok(data_sets)
}

/// Members of the organisation unit groups that are on the device, as far as they are.
fn groups(
    session: &Session,
    items: &[&Item],
) -> Result<BTreeMap<Uid, BTreeSet<OrganisationUnitUid>>> {
    let mut groups = BTreeMap::new();
    for id in ids(items, ItemKind::OrgUnitGroup, 0) {
        if session.store().load_object(MetadataKind::OrganisationUnitGroup, id)?.is_some() {
            let members = objects::assigned_units(session.store(), id)?;
            groups.insert(id, members.into_iter().collect());
        }
    }
    Ok(groups)
}
