//! Data elements, data sets, sections.

use outpost_domain::metadata::{
    DataAccess, DataElement, DataElementOperand, DataInputPeriod, DataSet, DataSetElement, Section,
};
use outpost_domain::period::Period;
use outpost_domain::uid::{
    CategoryComboUid, CategoryOptionComboUid, DEFAULT_CATEGORY_COMBO, DataElementUid, DataSetUid,
    IndicatorUid, OptionSetUid, SectionUid, Uid,
};
use serde::Deserialize;

use super::{name_of, period_type_of, required, value_type_of};
use crate::error::WireError;
use crate::json::parse_object;
use crate::loose::{self, Reference};
use crate::time::parse_local_time;

/// `access` of an object: only its data part matters to a form.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AccessDto {
    data: Option<DataAccessDto>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DataAccessDto {
    read: Option<bool>,
    write: Option<bool>,
}

impl AccessDto {
    /// An answer without `access` means full access, as does one without its data part; a member
    /// that was not asked for (2.42 writes only those) counts as allowed.
    pub fn data_of(access: Option<Self>) -> DataAccess {
        match access.and_then(|access| access.data) {
            None => DataAccess::FULL,
            Some(data) => {
                DataAccess { read: data.read.unwrap_or(true), write: data.write.unwrap_or(true) }
            }
        }
    }
}

/// The default category combo, which old packages leave out.
pub(super) fn combo_or_default(combo: Option<CategoryComboUid>) -> CategoryComboUid {
    combo.unwrap_or_else(|| {
        CategoryComboUid::parse(DEFAULT_CATEGORY_COMBO).expect("the constant is a uid")
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct DataElementDto {
    id: Option<DataElementUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_form_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    form_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    value_type: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    aggregation_type: Option<String>,
    #[serde(deserialize_with = "loose::flag")]
    zero_is_significant: bool,
    #[serde(deserialize_with = "loose::reference")]
    option_set: Option<OptionSetUid>,
    #[serde(deserialize_with = "loose::reference")]
    category_combo: Option<CategoryComboUid>,
    #[serde(deserialize_with = "loose::references")]
    legend_sets: Vec<Uid>,
}

/// Parses a data element.
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for a value type this version does not know.
pub fn parse_data_element(body: &[u8]) -> Result<DataElement, WireError> {
    const WHAT: &str = "dataElement";
    let dto: DataElementDto = parse_object(body, WHAT)?;
    let id = required(dto.id, WHAT, "id")?;
    let value_type = required(dto.value_type, WHAT, "valueType")?;
    let name = name_of(dto.display_name, dto.name);
    let form_name = dto.display_form_name.or(dto.form_name).filter(|text| !text.is_empty());
    Ok(DataElement {
        id,
        form_name: form_name.unwrap_or_else(|| name.clone()),
        name,
        description: dto.display_description.or(dto.description),
        code: dto.code,
        value_type: value_type_of(WHAT, id.0, &value_type)?,
        aggregation_type: dto.aggregation_type.unwrap_or_else(|| "NONE".to_owned()),
        zero_is_significant: dto.zero_is_significant,
        option_set: dto.option_set,
        category_combo: combo_or_default(dto.category_combo),
        legend_sets: dto.legend_sets,
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct DataSetDto {
    id: Option<DataSetUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    period_type: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    category_combo: Option<CategoryComboUid>,
    #[serde(deserialize_with = "loose::list")]
    data_set_elements: Vec<DataSetElementDto>,
    #[serde(deserialize_with = "loose::references")]
    data_elements: Vec<DataElementUid>,
    #[serde(deserialize_with = "loose::references")]
    sections: Vec<SectionUid>,
    #[serde(deserialize_with = "loose::references")]
    indicators: Vec<IndicatorUid>,
    #[serde(deserialize_with = "loose::list")]
    compulsory_data_element_operands: Vec<OperandDto>,
    #[serde(deserialize_with = "loose::flag")]
    compulsory_fields_complete_only: bool,
    #[serde(deserialize_with = "loose::flag")]
    valid_complete_only: bool,
    #[serde(deserialize_with = "loose::flag")]
    no_value_requires_comment: bool,
    #[serde(deserialize_with = "loose::flag")]
    field_combination_required: bool,
    #[serde(deserialize_with = "loose::list")]
    data_input_periods: Vec<InputPeriodDto>,
    #[serde(deserialize_with = "loose::decimal")]
    expiry_days: f64,
    #[serde(deserialize_with = "loose::integer")]
    open_future_periods: i64,
    #[serde(deserialize_with = "loose::integer")]
    open_periods_after_co_end_date: i64,
    #[serde(deserialize_with = "loose::decimal")]
    timely_days: f64,
    access: Option<AccessDto>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct DataSetElementDto {
    #[serde(deserialize_with = "loose::reference")]
    data_element: Option<DataElementUid>,
    #[serde(deserialize_with = "loose::reference")]
    category_combo: Option<CategoryComboUid>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct OperandDto {
    #[serde(deserialize_with = "loose::reference")]
    data_element: Option<DataElementUid>,
    #[serde(deserialize_with = "loose::reference")]
    category_option_combo: Option<CategoryOptionComboUid>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct InputPeriodDto {
    period: Reference,
    #[serde(deserialize_with = "loose::text")]
    opening_date: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    closing_date: Option<String>,
}

const DATA_SET: &str = "dataSet";

/// Parses a data set. Assigned organisation units are not part of it, see
/// [`super::MetadataObject::organisation_units`].
///
/// # Errors
/// [`WireError`]; [`WireError::UnknownName`] for a period type this version does not know. An input
/// period that is not understood is an error: ignoring it would open or close a form wrongly.
pub fn parse_data_set(body: &[u8]) -> Result<DataSet, WireError> {
    let dto: DataSetDto = parse_object(body, DATA_SET)?;
    let id = required(dto.id, DATA_SET, "id")?;
    let period_type = required(dto.period_type, DATA_SET, "periodType")?;
    Ok(DataSet {
        id,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        period_type: period_type_of(DATA_SET, id.0, "periodType", &period_type)?,
        category_combo: combo_or_default(dto.category_combo),
        data_set_elements: elements_of(dto.data_set_elements, dto.data_elements),
        sections: dto.sections,
        indicators: dto.indicators,
        compulsory_operands: operands_of(dto.compulsory_data_element_operands),
        compulsory_fields_complete_only: dto.compulsory_fields_complete_only,
        valid_complete_only: dto.valid_complete_only,
        no_value_requires_comment: dto.no_value_requires_comment,
        field_combination_required: dto.field_combination_required,
        data_input_periods: (dto.data_input_periods.into_iter())
            .map(input_period_of)
            .collect::<Result<_, _>>()?,
        expiry_days: dto.expiry_days,
        open_future_periods: count(dto.open_future_periods),
        open_periods_after_co_end_date: count(dto.open_periods_after_co_end_date),
        timely_days: dto.timely_days,
        access: AccessDto::data_of(dto.access),
    })
}

/// Very old data sets list `dataElements` directly.
fn elements_of(
    with_combo: Vec<DataSetElementDto>,
    bare: Vec<DataElementUid>,
) -> Vec<DataSetElement> {
    if with_combo.is_empty() {
        let plain = |data_element| DataSetElement { data_element, category_combo: None };
        return bare.into_iter().map(plain).collect();
    }
    let elements = with_combo.into_iter().filter_map(|dto| {
        let data_element = dto.data_element?;
        Some(DataSetElement { data_element, category_combo: dto.category_combo })
    });
    elements.collect()
}

fn operands_of(dtos: Vec<OperandDto>) -> Vec<DataElementOperand> {
    let operands = dtos.into_iter().filter_map(|dto| {
        let data_element = dto.data_element?;
        Some(DataElementOperand { data_element, category_option_combo: dto.category_option_combo })
    });
    operands.collect()
}

fn input_period_of(dto: InputPeriodDto) -> Result<DataInputPeriod, WireError> {
    const PATH: &str = "dataInputPeriods";
    let period = dto.period.0.as_deref().and_then(|id| Period::parse(id).ok());
    let time = |text: Option<String>| {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
        let time = parse_local_time(&text);
        time.map(Some).ok_or_else(|| WireError::shape(DATA_SET, PATH, "not a date"))
    };
    Ok(DataInputPeriod {
        period: period.ok_or_else(|| WireError::shape(DATA_SET, PATH, "not a period"))?,
        opening_date: time(dto.opening_date)?,
        closing_date: time(dto.closing_date)?,
    })
}

pub(super) fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SectionDto {
    id: Option<SectionUid>,
    #[serde(deserialize_with = "loose::reference")]
    data_set: Option<DataSetUid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    display_description: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
    #[serde(deserialize_with = "loose::references")]
    data_elements: Vec<DataElementUid>,
    #[serde(deserialize_with = "loose::references")]
    indicators: Vec<IndicatorUid>,
    #[serde(deserialize_with = "loose::list")]
    greyed_fields: Vec<OperandDto>,
    #[serde(deserialize_with = "loose::flag")]
    show_row_totals: bool,
    #[serde(deserialize_with = "loose::flag")]
    show_column_totals: bool,
    #[serde(deserialize_with = "loose::flag")]
    disable_data_element_auto_group: bool,
}

/// Parses a section of a data set.
///
/// # Errors
/// [`WireError`].
pub fn parse_section(body: &[u8]) -> Result<Section, WireError> {
    const WHAT: &str = "section";
    let dto: SectionDto = parse_object(body, WHAT)?;
    Ok(Section {
        id: required(dto.id, WHAT, "id")?,
        data_set: required(dto.data_set, WHAT, "dataSet")?,
        name: name_of(dto.display_name, dto.name),
        description: dto.display_description.or(dto.description),
        sort_order: dto.sort_order,
        data_elements: dto.data_elements,
        indicators: dto.indicators,
        greyed_fields: operands_of(dto.greyed_fields),
        show_row_totals: dto.show_row_totals,
        show_column_totals: dto.show_column_totals,
        disable_data_element_auto_group: dto.disable_data_element_auto_group,
    })
}
