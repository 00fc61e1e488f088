//! The report forms of real metadata packages: every element has one row, every combo its columns.

mod packages;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use outpost_domain::form::data_set::{DataSetFormInput, FormProblem, FormTable, build};
use outpost_domain::metadata::{
    Category, CategoryCombo, CategoryOption, CategoryOptionCombo, DataAccess, DataElement,
    DataElementOperand, DataSet, DataSetElement, Section,
};
use outpost_domain::period::PeriodType;
use outpost_domain::uid::{CategoryComboUid, CategoryOptionUid, CategoryUid, DataElementUid, Uid};
use outpost_domain::value_type::ValueType;

use packages::{id, list, packages, text};

fn ids<T: From<Uid>>(object: &Value, name: &str) -> Vec<T> {
    list(object, name).iter().filter_map(id).collect()
}

fn by_id<I: Ord, T>(
    package: &Value,
    name: &str,
    read: impl Fn(&Value) -> Option<(I, T)>,
) -> BTreeMap<I, T> {
    list(package, name).iter().filter_map(read).collect()
}

fn data_element(json: &Value) -> Option<(DataElementUid, DataElement)> {
    let element = DataElement {
        id: id(json)?,
        name: text(json, "name")?,
        form_name: text(json, "formName").unwrap_or_default(),
        description: None,
        code: None,
        value_type: ValueType::parse(json["valueType"].as_str()?).ok()?,
        aggregation_type: text(json, "aggregationType").unwrap_or_default(),
        zero_is_significant: json["zeroIsSignificant"] == true,
        option_set: id(&json["optionSet"]),
        category_combo: id(&json["categoryCombo"])?,
        legend_sets: vec![],
    };
    Some((element.id, element))
}

fn category_option(json: &Value) -> Option<(CategoryOptionUid, CategoryOption)> {
    let option = CategoryOption {
        id: id(json)?,
        name: text(json, "name")?,
        start_date: None,
        end_date: None,
        organisation_units: vec![],
        access: DataAccess::FULL,
    };
    Some((option.id, option))
}

fn category(json: &Value) -> Option<(CategoryUid, Category)> {
    let category_options = ids(json, "categoryOptions");
    Some((id(json)?, Category { id: id(json)?, name: text(json, "name")?, category_options }))
}

fn category_combo(package: &Value, json: &Value) -> Option<(CategoryComboUid, CategoryCombo)> {
    let of_combo = list(package, "categoryOptionCombos")
        .iter()
        .filter(|combo| combo["categoryCombo"]["id"] == json["id"]);
    let combo = CategoryCombo {
        id: id(json)?,
        name: text(json, "name")?,
        is_default: json["name"] == "default",
        categories: ids(json, "categories"),
        category_option_combos: of_combo
            .filter_map(|combo| {
                Some(CategoryOptionCombo {
                    id: id(combo)?,
                    name: text(combo, "name")?,
                    category_options: ids(combo, "categoryOptions"),
                })
            })
            .collect(),
    };
    Some((combo.id, combo))
}

fn operands(json: &Value, name: &str) -> Vec<DataElementOperand> {
    let operand = |json: &Value| {
        let data_element = id(&json["dataElement"])?;
        Some(DataElementOperand {
            data_element,
            category_option_combo: id(&json["categoryOptionCombo"]),
        })
    };
    list(json, name).iter().filter_map(operand).collect()
}

fn sections(package: &Value, data_set: &Value) -> Vec<Section> {
    let of_set =
        list(package, "sections").iter().filter(|it| it["dataSet"]["id"] == data_set["id"]);
    let section = |json: &Value| {
        Some(Section {
            id: id(json)?,
            data_set: id(data_set)?,
            name: text(json, "name")?,
            description: None,
            sort_order: json["sortOrder"].as_i64().unwrap_or_default(),
            data_elements: ids(json, "dataElements"),
            indicators: vec![],
            greyed_fields: operands(json, "greyedFields"),
            show_row_totals: json["showRowTotals"] == true,
            show_column_totals: json["showColumnTotals"] == true,
            disable_data_element_auto_group: json["disableDataElementAutoGroup"] == true,
        })
    };
    of_set.filter_map(section).collect()
}

fn data_set(json: &Value) -> Option<DataSet> {
    let element = |json: &Value| {
        let category_combo = id(&json["categoryCombo"]);
        Some(DataSetElement { data_element: id(&json["dataElement"])?, category_combo })
    };
    Some(DataSet {
        id: id(json)?,
        name: text(json, "name")?,
        description: None,
        period_type: PeriodType::parse(json["periodType"].as_str()?).ok()?,
        category_combo: id(&json["categoryCombo"])?,
        data_set_elements: list(json, "dataSetElements").iter().filter_map(element).collect(),
        sections: ids(json, "sections"),
        indicators: vec![],
        compulsory_operands: operands(json, "compulsoryDataElementOperands"),
        compulsory_fields_complete_only: json["compulsoryFieldsCompleteOnly"] == true,
        valid_complete_only: json["validCompleteOnly"] == true,
        no_value_requires_comment: json["noValueRequiresComment"] == true,
        field_combination_required: json["fieldCombinationRequired"] == true,
        data_input_periods: vec![],
        expiry_days: 0.0,
        open_future_periods: 0,
        open_periods_after_co_end_date: 0,
        timely_days: 0.0,
        access: DataAccess::FULL,
    })
}

fn data_set_inputs(package: &Value) -> Vec<DataSetFormInput> {
    let input = |json: &Value| DataSetFormInput {
        data_set: data_set(json).expect("a data set of a package can be read"),
        sections: sections(package, json),
        data_elements: by_id(package, "dataElements", data_element),
        category_combos: by_id(package, "categoryCombos", |json| category_combo(package, json)),
        categories: by_id(package, "categories", category),
        category_options: by_id(package, "categoryOptions", category_option),
        option_sets: BTreeMap::new(),
        indicators: BTreeMap::new(),
    };
    list(package, "dataSets").iter().map(input).collect()
}

/// Options crossed, less the crossings for which the package has no combo.
fn columns_expected(
    input: &DataSetFormInput,
    table: &FormTable,
    problems: &[FormProblem],
) -> usize {
    let combo = &input.category_combos[&table.category_combo];
    let sizes = combo.categories.iter().map(|id| input.categories[id].category_options.len());
    let missing = problems.iter().map(|problem| match problem {
        FormProblem::OptionCombosMissing { category_combo, missing }
            if *category_combo == table.category_combo =>
        {
            *missing
        }
        _ => 0,
    });
    sizes.product::<usize>() - missing.sum::<usize>()
}

fn check_data_set(input: &DataSetFormInput) -> (usize, usize) {
    let (form, problems) = build(input);
    let name = &form.name;
    let asked: BTreeSet<_> =
        input.data_set.data_set_elements.iter().map(|element| element.data_element).collect();
    let rows: Vec<_> = form.rows().map(|row| row.data_element).collect();
    let distinct: BTreeSet<_> = rows.iter().copied().collect();
    assert_eq!(rows.len(), distinct.len(), "{name}: a row twice");
    assert_eq!(distinct, asked, "{name}: rows and elements differ: {problems:?}");
    let mut cells = 0;
    for table in form.sections.iter().flat_map(|section| &section.tables) {
        assert_eq!(table.columns.len(), columns_expected(input, table, &problems), "{name}");
        let known = input.category_combos[&table.category_combo].category_option_combos.len();
        assert!(table.columns.len() <= known, "{name}: more columns than combos");
        for row in &table.header {
            assert_eq!(row.cells.iter().map(|cell| cell.span).sum::<usize>(), table.columns.len());
        }
        cells += table.rows.iter().map(|row| row.cells.len()).sum::<usize>();
    }
    (rows.len(), cells)
}

/// Data sets and elements counted in the packages themselves.
#[test]
fn every_element_of_the_packages_data_sets_has_one_row_and_its_columns() {
    let packages = packages();
    if packages.is_empty() {
        return;
    }
    let (mut data_sets, mut rows, mut cells) = (0, 0, 0);
    for (_, package) in packages {
        for input in data_set_inputs(&package) {
            let (rows_here, cells_here) = check_data_set(&input);
            data_sets += 1;
            rows += rows_here;
            cells += cells_here;
        }
    }
    eprintln!("{data_sets} data sets, {rows} rows, {cells} cells");
    // 9 of HIV, 3 of IDSR, 1 of LMIS, 1 of RMNCAH; 236 + 148 + 20 + 121 elements. The elements have
    // 1,014 category option combos, one of which (RMNCAH, "Other") has an option in no category.
    assert_eq!((data_sets, rows, cells), (14, 525, 1_013));
}
