//! The indicators and validation rules of a data set, gathered once with its form, and what they may
//! know beside it: earlier periods of the same place, constants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use outpost_domain::data::SliceKey;
use outpost_domain::expression::{Item, Names};
use outpost_domain::form::data_set::DataSetFormInput;
use outpost_domain::indicator::{ElementFacts, Found, IndicatorSet, LocalData, Source, Window};
use outpost_domain::metadata::{IndicatorType, LegendSet, MetadataKind, ValidationRule};
use outpost_domain::uid::{DataElementUid, IndicatorUid, Uid};
use outpost_domain::validation::RuleSet;
use outpost_wire::metadata as wire;

use super::Session;
use super::bundle::Reader;
use super::legends;
use crate::error::Result;
use crate::limits::{CONSTANTS_MAX, EARLIER_PERIODS, VALIDATION_RULES_MAX};
use crate::model::LegendView;

/// What a data set computes.
pub(crate) struct ReportLogic {
    /// Never computed; each form takes a copy.
    pub indicators: IndicatorSet,
    /// Names of the indicators of the form, in form order.
    pub indicator_names: Vec<(IndicatorUid, String)>,
    /// Never judged; each form takes a copy.
    pub rules: RuleSet,
    legends: BTreeMap<DataElementUid, Arc<LegendSet>>,
    indicator_legends: BTreeMap<IndicatorUid, Arc<LegendSet>>,
    constants: BTreeMap<Uid, f64>,
    elements: BTreeMap<DataElementUid, ElementFacts>,
    /// Whether an expression looks at earlier periods.
    looks_back: bool,
}

/// Gathers what a data set computes; what cannot be read is added to the reader's problems.
pub(crate) fn load(reader: &mut Reader<'_>, input: &DataSetFormInput) -> Result<ReportLogic> {
    let rules = validation_rules(reader)?;
    let form = input.indicators.values();
    let owners = form.clone().map(|it| (it.id, it.legend_sets.as_slice()));
    let indicator_legends = legends::of_owners(reader, owners)?;
    let element_legends = legends::of_elements(reader, &input.data_elements)?;
    let texts = form.clone().flat_map(|it| [&it.numerator, &it.denominator]);
    let sides = rules.iter().flat_map(|it| [&it.left_side.expression, &it.right_side.expression]);
    let looks_back =
        texts.chain(sides).any(|text| text.contains("periodOffset") || text.contains("yearToDate"));
    let types = indicator_types(reader, input)?;
    let (indicators, unusable) = IndicatorSet::new(form.clone(), &types);
    reader.problems.extend(unusable.iter().map(ToString::to_string));
    let others =
        indicators.index().data_elements().filter(|id| !input.data_elements.contains_key(id));
    let others = reader.data_elements(others)?;
    let mut names = Names::new();
    let mut elements = BTreeMap::new();
    for (id, element) in input.data_elements.iter().chain(&others) {
        names.insert(id.to_string(), element.form_name.clone());
        let aggregation_type = element.aggregation_type.clone();
        elements.insert(*id, ElementFacts { value_type: element.value_type, aggregation_type });
    }
    let combos = input.category_combos.values().flat_map(|combo| &combo.category_option_combos);
    names.extend(combos.map(|combo| (combo.id.to_string(), combo.name.clone())));
    let in_form: BTreeSet<_> = input.data_elements.keys().copied().collect();
    let (rules, unusable) = RuleSet::for_form(&rules, input.data_set.period_type, &in_form, names);
    reader.problems.extend(unusable.iter().map(ToString::to_string));
    let constants = reader.store.load_all(MetadataKind::Constant, CONSTANTS_MAX)?;
    let constants = constants
        .iter()
        .filter_map(|object| reader.read(&object.body, object.uid, wire::parse_constant))
        .map(|constant| (constant.id, constant.value))
        .collect();
    Ok(ReportLogic {
        indicator_names: form.map(|it| (it.id, it.name.clone())).collect(),
        indicators,
        rules,
        legends: element_legends,
        indicator_legends,
        constants,
        elements,
        looks_back,
    })
}

fn validation_rules(reader: &mut Reader<'_>) -> Result<Vec<ValidationRule>> {
    let objects = reader.store.load_all(MetadataKind::ValidationRule, VALIDATION_RULES_MAX)?;
    let read = |object: &outpost_store::StoredObject| {
        reader.read(&object.body, object.uid, wire::parse_validation_rule)
    };
    Ok(objects.iter().filter_map(read).collect())
}

fn indicator_types(
    reader: &mut Reader<'_>,
    input: &DataSetFormInput,
) -> Result<Vec<IndicatorType>> {
    let wanted: BTreeSet<_> =
        input.indicators.values().filter_map(|indicator| indicator.indicator_type).collect();
    let mut types = Vec::new();
    for id in wanted {
        types.extend(reader.one(MetadataKind::IndicatorType, id, wire::parse_indicator_type)?);
    }
    Ok(types)
}

impl ReportLogic {
    /// Name and colour of a value, where its element has a legend set.
    pub fn legend(&self, element: DataElementUid, text: &str) -> Option<LegendView> {
        self.legends.get(&element).and_then(|set| legends::of_text(set, text))
    }

    /// The same for the value of an indicator.
    pub fn indicator_legend(&self, id: IndicatorUid, value: f64) -> Option<LegendView> {
        self.indicator_legends.get(&id).and_then(|set| legends::of_number(set, value))
    }
}

/// What is known beside an open form.
pub(crate) struct Elsewhere {
    data: LocalData,
    constants: BTreeMap<Uid, f64>,
}

impl Source for Elsewhere {
    fn find(&self, item: &Item, window: Window) -> Found {
        // Days that are not whole periods hold events, which this form does not have.
        match window {
            Window::Period => self.data.find(item, window),
            Window::Days(..) => Found::NotHere,
        }
    }

    fn constant(&self, id: Uid) -> Option<f64> {
        self.constants.get(&id).copied()
    }
}

impl Session {
    /// What a report's expressions may know beside the form.
    pub(super) fn elsewhere(&self, logic: &ReportLogic, key: &SliceKey) -> Result<Elsewhere> {
        let elements: BTreeSet<_> = logic.elements.keys().copied().collect();
        let units = vec![key.organisation_unit];
        let mut data = LocalData::new(logic.elements.clone(), vec![key.period], units);
        let back = if logic.looks_back { EARLIER_PERIODS } else { 0 };
        let periods =
            std::iter::successors(Some(key.period), outpost_domain::period::Period::previous);
        for period in periods.take(back + 1) {
            let earlier = SliceKey { period, ..*key };
            for stored in self.store().load_slice_values(&earlier, &elements)? {
                if let Some(text) = stored.value.value.as_deref().filter(|_| !stored.value.deleted)
                {
                    data.add(&stored.key, text);
                }
            }
        }
        Ok(Elsewhere { data, constants: logic.constants.clone() })
    }
}
