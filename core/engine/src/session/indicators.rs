//! Indicators and program indicators over what lies on the device: lists of them, and their values for
//! periods and places.
//!
//! What the device cannot know is named beside the value, never taken for zero in silence. Every call
//! is bounded: by rows of a page, places, periods, values and events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use outpost_domain::expression::{Item, ItemKind};
use outpost_domain::indicator::{
    Aggregated, IndicatorResult, IndicatorSet, Timing, UnusableIndicator, UnusableProgramIndicator,
    number_text,
};
use outpost_domain::metadata::MetadataKind;
use outpost_domain::period::{Period, PeriodType, RelativePeriod};
use outpost_domain::uid::{DataSetUid, IndicatorUid, OrganisationUnitUid, ProgramUid, Uid};
use outpost_store::{ListQuery, ListRow, StoredObject};
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::Reader;
use super::find::{Candidate, pick};
use super::indicator_source::{Gathered, Place, PlaceSource};
use super::legends::{self, Legends};
use super::objects::{self, Label, each_row};
use crate::error::{OutpostError, Result};
use crate::limits::{
    INDICATOR_PERIODS_MAX, INDICATOR_PLACES_MAX, INDICATORS_COMPUTED_MAX, PAGE_ROWS_MAX,
};
use crate::model::{
    IndicatorChoice, IndicatorKind, IndicatorPage, IndicatorQuery, IndicatorSummary,
    IndicatorValuePage, IndicatorValueRow,
};

/// The year that financial relative periods mean (DHIS2 `analyticsFinancialYearStart`, its default; the
/// setting itself is not downloaded).
const FINANCIAL_YEAR: PeriodType = PeriodType::FinancialOct;

/// Places whose values come together.
struct Group {
    chosen: Vec<OrganisationUnitUid>,
    names: Vec<String>,
    /// With those below, if they count.
    units: Vec<OrganisationUnitUid>,
}

impl Session {
    /// A page of indicators by name, program indicators after the others.
    ///
    /// # Errors
    /// `NotFound` for a data set, program or indicator that is not on the device; storage errors.
    pub fn indicators(&self, choice: &IndicatorChoice, next: Option<u32>) -> Result<IndicatorPage> {
        let all = self.chosen(choice)?;
        let (from, to, next) = page(all.len(), next);
        Ok(IndicatorPage { items: all[from..to].to_vec(), next })
    }

    /// The indicator or program indicator that is meant by an id, code or exact name.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_indicator(&self, text: &str) -> Result<IndicatorSummary> {
        let mut candidates = Vec::new();
        for (kind, metadata) in KINDS {
            let by_uid = Uid::parse(text).ok().map(|uid| self.store().load_object(metadata, uid));
            if let Some(object) = by_uid.transpose()?.flatten() {
                return Ok(summary(kind, &object));
            }
            for row in self.rows_named(metadata, text)? {
                let (uid, code, names) = (row.uid, row.code.clone(), vec![row.name.clone()]);
                candidates.push(Candidate { id: listed(kind, row), uid, code, names });
            }
        }
        pick("indicator", text, &candidates)
    }

    /// Values of indicators for periods and places, computed from what lies on the device.
    ///
    /// # Errors
    /// `InvalidInput` for a period that is none, or for more places, periods, indicators or values
    /// than one call takes; `NotFound` for what is not on the device; storage errors.
    pub fn indicator_values(
        &self,
        query: &IndicatorQuery,
        next: Option<u32>,
    ) -> Result<IndicatorValuePage> {
        let chosen = self.chosen(&query.choice)?;
        bound("indicator", chosen.len(), INDICATORS_COMPUTED_MAX)?;
        let periods = self.periods_named(&query.periods)?;
        let periods: Vec<Vec<Period>> = match query.by_period {
            true => periods.into_iter().map(|period| vec![period]).collect(),
            false => vec![periods],
        };
        let places = self.groups(query)?;
        let gathered = Gathered::load(self, &chosen)?;
        let count = places.len() * periods.len() * chosen.len();
        let (mut at, to, next) = page(count, next);
        let legends = Legends::new(self.store());
        let mut rows = Vec::with_capacity(to - at);
        while at < to {
            let (cell, first) = (at / chosen.len(), at % chosen.len());
            let (group, periods) = (&places[cell / periods.len()], &periods[cell % periods.len()]);
            let wanted = &chosen[first..chosen.len().min(first + (to - at))];
            let place = Place { units: &group.units, periods };
            let source = gathered.source(self, wanted, place)?;
            for summary in wanted {
                rows.push(row(&gathered, &source, summary, group, &legends)?);
            }
            at += wanted.len();
        }
        Ok(IndicatorValuePage { rows, next })
    }

    /// The periods that ids and relative periods mean today, each once, in order.
    ///
    /// # Errors
    /// `InvalidInput` for a text that is no period, for none, or for too many.
    pub(super) fn periods_named(&self, texts: &[String]) -> Result<Vec<Period>> {
        let today = self.world()?.now().date();
        let mut periods = BTreeSet::new();
        for text in texts {
            periods.extend(period_of(text.trim(), today)?);
        }
        bound("period", periods.len(), INDICATOR_PERIODS_MAX)?;
        let mut periods: Vec<Period> = periods.into_iter().collect();
        periods.sort_by_key(|period| (period.start(), period.end()));
        match periods.is_empty() {
            true => Err(OutpostError::invalid("period", "missing", "give at least one period")),
            false => Ok(periods),
        }
    }

    /// Places, each with those below it if they count.
    fn groups(&self, query: &IndicatorQuery) -> Result<Vec<Group>> {
        let mut groups = Vec::new();
        for unit in &query.organisation_units {
            let name = self.organisation_unit(*unit)?.name;
            let units = match query.below {
                true => self.places_below(*unit)?,
                false => vec![*unit],
            };
            groups.push(Group { chosen: vec![*unit], names: vec![name], units });
        }
        if groups.is_empty() {
            let why = "give at least one organisation unit";
            return Err(OutpostError::invalid("organisation unit", "missing", why));
        }
        let together = |mut all: Vec<Group>| {
            let units: BTreeSet<_> = all.iter().flat_map(|it| it.units.iter().copied()).collect();
            let names = all.iter_mut().flat_map(|it| std::mem::take(&mut it.names)).collect();
            let chosen = all.iter().flat_map(|it| it.chosen.iter().copied()).collect();
            vec![Group { chosen, names, units: units.into_iter().collect() }]
        };
        let groups = if query.by_place { groups } else { together(groups) };
        let units = groups.iter().map(|group| group.units.len()).max().unwrap_or(0);
        bound("organisation unit", units, INDICATOR_PLACES_MAX)?;
        Ok(groups)
    }

    /// A place and all below it that are on the device.
    ///
    /// # Errors
    /// Storage errors.
    pub fn places_below(&self, unit: OrganisationUnitUid) -> Result<Vec<OrganisationUnitUid>> {
        let query =
            ListQuery { under: Some(unit), ..ListQuery::of(MetadataKind::OrganisationUnit) };
        let mut units = BTreeSet::from([unit]);
        each_row(self.store(), &query, |row| {
            units.insert(OrganisationUnitUid(row.uid));
        })?;
        Ok(units.into_iter().collect())
    }

    /// The chosen indicators with their names.
    fn chosen(&self, choice: &IndicatorChoice) -> Result<Vec<IndicatorSummary>> {
        let mut all = match choice {
            IndicatorChoice::These(uids) => {
                let known = |uid: &Uid| self.find_indicator(uid.as_str());
                return uids.iter().map(known).collect();
            }
            IndicatorChoice::DataSet(id) => self.indicators_of_data_set(*id)?,
            IndicatorChoice::Program(id) => {
                super::bundle::load_program(self.store(), *id)?;
                let kind = MetadataKind::ProgramIndicator;
                let list = objects::children(self.store(), kind, id.0)?;
                list.iter().map(|it| summary(IndicatorKind::ProgramIndicator, it)).collect()
            }
            IndicatorChoice::All => {
                let mut all = Vec::new();
                for (kind, metadata) in KINDS {
                    each_row(self.store(), &ListQuery::of(metadata), |row| {
                        all.push(listed(kind, row));
                    })?;
                }
                all
            }
        };
        all.sort_by(|a, b| (a.kind, &a.name, a.uid).cmp(&(b.kind, &b.name, b.uid)));
        Ok(all)
    }

    fn indicators_of_data_set(&self, id: DataSetUid) -> Result<Vec<IndicatorSummary>> {
        let bundle = self.data_set_bundle(id)?;
        let mut uids: BTreeSet<Uid> = bundle.data_set.indicators.iter().map(|it| it.0).collect();
        let mut reader = Reader::new(self.store());
        let sections = reader.children(MetadataKind::Section, id.0, wire::parse_section)?;
        uids.extend(sections.iter().flat_map(|section| section.indicators.iter().map(|it| it.0)));
        let uids: Vec<Uid> = uids.into_iter().collect();
        let found = self.store().load_objects(MetadataKind::Indicator, &uids)?;
        Ok(found.iter().map(|it| summary(IndicatorKind::Indicator, it)).collect())
    }
}

const KINDS: [(IndicatorKind, MetadataKind); 2] = [
    (IndicatorKind::Indicator, MetadataKind::Indicator),
    (IndicatorKind::ProgramIndicator, MetadataKind::ProgramIndicator),
];

fn summary(kind: IndicatorKind, object: &StoredObject) -> IndicatorSummary {
    let label = Label::of(object);
    let program = match kind {
        IndicatorKind::Indicator => None,
        IndicatorKind::ProgramIndicator => {
            wire::parse_program_indicator(object.body.as_bytes()).ok().map(|it| it.program)
        }
    };
    let name = label.name().map_or_else(|| object.uid.to_string(), str::to_owned);
    IndicatorSummary { kind, uid: object.uid, name, code: label.code, program }
}

fn listed(kind: IndicatorKind, row: ListRow) -> IndicatorSummary {
    let program = row.parent.filter(|_| kind == IndicatorKind::ProgramIndicator).map(ProgramUid);
    IndicatorSummary { kind, uid: row.uid, name: row.name, code: row.code, program }
}

/// The first and the last row of a page, and where the next one begins.
fn page(count: usize, next: Option<u32>) -> (usize, usize, Option<u32>) {
    let from = next.map_or(0, |next| next as usize).min(count);
    let to = count.min(from + PAGE_ROWS_MAX as usize);
    (from, to, (to < count).then(|| u32::try_from(to).unwrap_or(u32::MAX)))
}

fn bound(what: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    let why = format!("{count} are too many at once; choose {most} or fewer");
    Err(OutpostError::invalid(what, "too_many", why))
}

fn period_of(text: &str, today: Date) -> Result<Vec<Period>> {
    let relative = RelativePeriod::parse(&text.to_ascii_uppercase());
    let periods = match relative {
        Ok(relative) => relative.periods(today, FINANCIAL_YEAR),
        Err(_) => Period::parse(text).map(|period| vec![period]),
    };
    periods.map_err(|why| {
        let why = format!("{why}; give an id such as 202609 or a relative one such as LAST_MONTH");
        OutpostError::invalid("period", "unknown", why)
    })
}

fn row(
    gathered: &Gathered,
    source: &PlaceSource<'_>,
    summary: &IndicatorSummary,
    group: &Group,
    legends: &Legends<'_>,
) -> Result<IndicatorValueRow> {
    let place = source.place();
    let mut row = IndicatorValueRow {
        kind: summary.kind,
        uid: summary.uid,
        name: summary.name.clone(),
        periods: place.periods.iter().map(ToString::to_string).collect(),
        organisation_units: group.chosen.clone(),
        organisation_unit_names: group.names.clone(),
        value: None,
        numerator: None,
        denominator: None,
        legend: None,
        with_data: 0,
        asked: u32::try_from(place.units.len() * place.periods.len()).unwrap_or(u32::MAX),
        counted_here: Vec::new(),
        not_here: Vec::new(),
        problem: gathered.unusable.get(&summary.uid).cloned(),
    };
    if row.problem.is_some() {
        return Ok(row);
    }
    let shown = match summary.kind {
        IndicatorKind::Indicator => fill_quotient(&mut row, gathered, source),
        IndicatorKind::ProgramIndicator => fill_aggregate(&mut row, source),
    };
    if let (Some(number), Some(set)) = (shown, gathered.legend_sets.get(&summary.uid)) {
        row.legend = legends.set(*set)?.and_then(|set| legends::of_number(&set, number));
    }
    Ok(row)
}

/// Fills in an indicator; returns its rounded value.
fn fill_quotient(
    row: &mut IndicatorValueRow,
    gathered: &Gathered,
    source: &PlaceSource<'_>,
) -> Option<f64> {
    let id = IndicatorUid(row.uid);
    let items = gathered.set.items_of(id);
    row.with_data = source.with_data(&items);
    let counts =
        |item: &&&Item| matches!(item.kind, ItemKind::OrgUnitGroup | ItemKind::ReportingRate);
    let counted: BTreeSet<&str> = items.iter().filter(counts).map(|item| item.key()).collect();
    let timing = Timing::of(source.place().periods);
    let result: IndicatorResult = gathered.set.evaluate(id, source, &timing)?;
    let known = |item: &&str| !result.not_here.iter().any(|it| it == item);
    row.counted_here = counted.into_iter().filter(known).map(str::to_owned).collect();
    row.not_here = result.not_here;
    row.problem = result.problem.map(|problem| problem.to_string());
    let value = result.value?;
    row.value = Some(value.text());
    row.numerator = Some(number_text(value.numerator));
    row.denominator = Some(number_text(value.denominator));
    Some(value.rounded)
}

/// Fills in a program indicator; returns its rounded value.
fn fill_aggregate(row: &mut IndicatorValueRow, source: &PlaceSource<'_>) -> Option<f64> {
    let Some(Aggregated { rounded, failed, problem, .. }) =
        source.program_indicator(row.uid, source.place().periods)
    else {
        row.not_here = vec![format!("I{{{}}}", row.uid)];
        return None;
    };
    row.with_data = source.places_with_events(row.uid);
    row.value = rounded.map(number_text);
    row.problem = problem.map(|problem| match failed {
        0 => problem.to_string(),
        _ => format!("{failed} events were left out: {problem}"),
    });
    rounded
}

/// Words about what cannot be read, by indicator.
pub(super) fn unusable(
    indicators: &[UnusableIndicator],
    program_indicators: &[UnusableProgramIndicator],
) -> BTreeMap<Uid, String> {
    let mut words = BTreeMap::new();
    for problem in indicators {
        let (UnusableIndicator::Numerator(id, _)
        | UnusableIndicator::Denominator(id, _)
        | UnusableIndicator::TypeMissing(id)) = problem;
        words.insert(id.0, problem.to_string());
    }
    for problem in program_indicators {
        let (UnusableProgramIndicator::Expression(id, _)
        | UnusableProgramIndicator::Item(id, _)
        | UnusableProgramIndicator::Filter(id, _)) = problem;
        words.insert(*id, problem.to_string());
    }
    words
}

/// What `N{..}` in an indicator refers to.
pub(super) fn nested(items: &[&Item]) -> Vec<Uid> {
    let nested = items.iter().filter(|item| item.kind == ItemKind::Indicator);
    nested.filter_map(|item| Uid::parse(&item.ids.first()?.value).ok()).collect()
}

/// Every item of a set of indicators.
pub(super) fn items_of<'a>(set: &'a IndicatorSet, wanted: &[IndicatorSummary]) -> Vec<&'a Item> {
    wanted.iter().flat_map(|summary| set.items_of(IndicatorUid(summary.uid))).collect()
}
