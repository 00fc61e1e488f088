//! Indicators, their types, program indicators, legend sets.

use outpost_domain::metadata::{
    AnalyticsPeriodBoundary, AnalyticsType, BoundaryTarget, BoundaryType, Indicator, IndicatorType,
    Legend, LegendSet, ProgramIndicator,
};
use outpost_domain::period::PeriodType;
use outpost_domain::uid::{DataElementUid, IndicatorUid, ProgramStageUid, ProgramUid, Uid};
use serde::Deserialize;

use super::{name_of, period_type_of, required, unknown_name};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct IndicatorDto {
    id: Option<IndicatorUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    indicator_type: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    numerator: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_numerator_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    numerator_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    denominator: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_denominator_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    denominator_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    decimals: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    annualized: bool,
    #[serde(deserialize_with = "loose::references")]
    legend_sets: Vec<Uid>,
}

/// Parses an indicator. Expressions that are missing are empty, which has no value.
///
/// # Errors
/// [`WireError`].
pub fn parse_indicator(body: &[u8]) -> Result<Indicator, WireError> {
    const WHAT: &str = "indicator";
    let dto: IndicatorDto = parse_object(body, WHAT)?;
    Ok(Indicator {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        indicator_type: dto.indicator_type,
        numerator: dto.numerator.unwrap_or_default(),
        numerator_description: (dto.display_numerator_description).or(dto.numerator_description),
        denominator: dto.denominator.unwrap_or_default(),
        denominator_description: (dto.display_denominator_description)
            .or(dto.denominator_description),
        decimals: decimals_of(WHAT, dto.decimals)?,
        annualized: dto.annualized,
        legend_sets: dto.legend_sets,
    })
}

/// Digits after the point; none is not the same as zero.
fn decimals_of(what: &'static str, text: Option<String>) -> Result<Option<u32>, WireError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let number: Result<f64, _> = text.parse();
    let digits = number.ok().filter(|number| (0.0..=20.0).contains(number));
    let digits = digits.ok_or_else(|| WireError::shape(what, "decimals", "not a digit count"))?;
    Ok(Some(digits as u32))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct IndicatorTypeDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    factor: i64,
    #[serde(deserialize_with = "loose::flag")]
    number: bool,
}

/// Parses an indicator type.
///
/// # Errors
/// [`WireError`].
pub fn parse_indicator_type(body: &[u8]) -> Result<IndicatorType, WireError> {
    const WHAT: &str = "indicatorType";
    let dto: IndicatorTypeDto = parse_object(body, WHAT)?;
    Ok(IndicatorType {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        factor: dto.factor,
        number: dto.number,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ProgramIndicatorDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    program: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::text")]
    expression: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    filter: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    aggregation_type: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    analytics_type: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    decimals: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    display_in_form: bool,
    #[serde(deserialize_with = "loose::list")]
    analytics_period_boundaries: Vec<BoundaryDto>,
    #[serde(deserialize_with = "loose::references")]
    legend_sets: Vec<Uid>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BoundaryDto {
    #[serde(deserialize_with = "loose::text")]
    boundary_target: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    analytics_period_boundary_type: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    offset_periods: i64,
    #[serde(deserialize_with = "loose::text")]
    offset_period_type: Option<String>,
}

const PROGRAM_INDICATOR: &str = "programIndicator";

/// Parses a program indicator.
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for an analytics type, boundary or period type that this
/// version does not know: leaving a boundary out would count other people.
pub fn parse_program_indicator(body: &[u8]) -> Result<ProgramIndicator, WireError> {
    const WHAT: &str = PROGRAM_INDICATOR;
    let dto: ProgramIndicatorDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let analytics_type = match dto.analytics_type.as_deref() {
        None | Some("EVENT") => AnalyticsType::Event,
        Some("ENROLLMENT") => AnalyticsType::Enrollment,
        Some(other) => return Err(unknown_name(WHAT, id, "analyticsType", other)),
    };
    let boundaries = dto.analytics_period_boundaries.into_iter();
    Ok(ProgramIndicator {
        id,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        program: required(dto.program, WHAT, "program")?,
        expression: dto.expression.unwrap_or_default(),
        filter: dto.filter.filter(|filter| !filter.trim().is_empty()),
        aggregation_type: dto.aggregation_type.unwrap_or_else(|| "AVERAGE".to_owned()),
        analytics_type,
        decimals: decimals_of(WHAT, dto.decimals)?,
        display_in_form: dto.display_in_form,
        boundaries: boundaries.map(|dto| boundary_of(id, dto)).collect::<Result<_, _>>()?,
        legend_sets: dto.legend_sets,
    })
}

fn boundary_of(id: Uid, dto: BoundaryDto) -> Result<AnalyticsPeriodBoundary, WireError> {
    const WHAT: &str = PROGRAM_INDICATOR;
    let target = required(dto.boundary_target, WHAT, "boundaryTarget")?;
    let boundary_type = required(dto.analytics_period_boundary_type, WHAT, "boundaryType")?;
    let offset_period_type: Option<PeriodType> = match dto.offset_period_type {
        Some(name) if !name.is_empty() => {
            Some(period_type_of(WHAT, id, "offsetPeriodType", &name)?)
        }
        _ => None,
    };
    let offset_periods = i32::try_from(dto.offset_periods);
    Ok(AnalyticsPeriodBoundary {
        target: target_of(&target)
            .ok_or_else(|| unknown_name(WHAT, id, "boundaryTarget", &target))?,
        boundary_type: match boundary_type.as_str() {
            "BEFORE_START_OF_REPORTING_PERIOD" => BoundaryType::BeforeStartOfReportingPeriod,
            "BEFORE_END_OF_REPORTING_PERIOD" => BoundaryType::BeforeEndOfReportingPeriod,
            "AFTER_START_OF_REPORTING_PERIOD" => BoundaryType::AfterStartOfReportingPeriod,
            "AFTER_END_OF_REPORTING_PERIOD" => BoundaryType::AfterEndOfReportingPeriod,
            other => return Err(unknown_name(WHAT, id, "analyticsPeriodBoundaryType", other)),
        },
        offset_periods: offset_periods
            .map_err(|_| WireError::shape(WHAT, "offsetPeriods", "too large"))?,
        offset_period_type,
    })
}

fn target_of(text: &str) -> Option<BoundaryTarget> {
    let braced = |symbol: &str| text.strip_prefix(symbol)?.strip_suffix('}');
    Some(match text {
        "EVENT_DATE" => BoundaryTarget::EventDate,
        "ENROLLMENT_DATE" => BoundaryTarget::EnrollmentDate,
        "INCIDENT_DATE" => BoundaryTarget::IncidentDate,
        "SCHEDULED_DATE" => BoundaryTarget::ScheduledDate,
        _ => {
            if let Some(stage) = text.strip_prefix("PS_EVENTDATE:") {
                let stage = ProgramStageUid::parse(stage.trim()).ok()?;
                return Some(BoundaryTarget::StageEventDate(stage));
            }
            if let Some(attribute) = braced("A{") {
                return Some(BoundaryTarget::Attribute(Uid::parse(attribute).ok()?));
            }
            let (stage, element) = braced("#{")?.split_once('.')?;
            BoundaryTarget::DataElement(
                ProgramStageUid::parse(stage).ok()?,
                DataElementUid::parse(element).ok()?,
            )
        }
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LegendSetDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    legends: Vec<LegendDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct LegendDto {
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::decimal")]
    start_value: f64,
    #[serde(deserialize_with = "loose::decimal")]
    end_value: f64,
    #[serde(deserialize_with = "loose::text")]
    color: Option<String>,
}

/// Parses a legend set.
///
/// # Errors
/// [`WireError`].
pub fn parse_legend_set(body: &[u8]) -> Result<LegendSet, WireError> {
    const WHAT: &str = "legendSet";
    let dto: LegendSetDto = parse_object(body, WHAT)?;
    let legend = |dto: LegendDto| {
        Ok(Legend {
            id: required(dto.id, WHAT, "legends.id")?,
            name: name_of(dto.display_name, dto.name),
            start_value: dto.start_value,
            end_value: dto.end_value,
            color: dto.color.filter(|color| !color.is_empty()),
        })
    };
    Ok(LegendSet {
        id: required(dto.id, WHAT, "id")?,
        name: name_of(dto.display_name, dto.name),
        legends: dto.legends.into_iter().map(legend).collect::<Result<_, WireError>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, expected: Option<BoundaryTarget>) {
        assert_eq!(target_of(target), expected, "{target}");
    }

    #[test]
    fn boundary_targets_are_read_in_every_form_that_packages_use() {
        let stage = ProgramStageUid::parse("HBKOiKMuBIy").expect("a uid");
        let element = DataElementUid::parse("NKd3CiQsSNH").expect("a uid");
        check("EVENT_DATE", Some(BoundaryTarget::EventDate));
        check("PS_EVENTDATE:HBKOiKMuBIy", Some(BoundaryTarget::StageEventDate(stage)));
        let answer = BoundaryTarget::DataElement(stage, element);
        check("#{HBKOiKMuBIy.NKd3CiQsSNH}", Some(answer));
        check("A{NKd3CiQsSNH}", Some(BoundaryTarget::Attribute(element.0)));
        check("#{NKd3CiQsSNH}", None);
        check("SOME_DATE", None);
    }

    #[test]
    fn no_decimals_are_not_zero_decimals() {
        let decimals = |member: &str| {
            let body = format!(r#"{{"id":"inCoverage1","numerator":"1"{member}}}"#);
            parse_indicator(body.as_bytes()).map(|indicator| indicator.decimals)
        };
        assert_eq!(decimals(""), Ok(None));
        assert_eq!(decimals(r#","decimals":null"#), Ok(None));
        assert_eq!(decimals(r#","decimals":0"#), Ok(Some(0)));
        assert_eq!(decimals(r#","decimals":2.0"#), Ok(Some(2)));
        assert!(decimals(r#","decimals":"many""#).is_err());
    }
}
