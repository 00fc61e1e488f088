//! The forms of real metadata packages: every element has one row, every combo its columns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use outpost_domain::form::data_set::{DataSetFormInput, FormProblem, FormTable, build};
use outpost_domain::form::event::{EventFormInput, build as build_event};
use outpost_domain::metadata::{
    Category, CategoryCombo, CategoryOption, CategoryOptionCombo, DataAccess, DataElement,
    DataElementOperand, DataSet, DataSetElement, Program, ProgramStage, ProgramStageDataElement,
    ProgramStageSection, ProgramType, Section, StageSchedule, ValidationStrategy,
};
use outpost_domain::period::PeriodType;
use outpost_domain::uid::{CategoryComboUid, CategoryOptionUid, CategoryUid, DataElementUid, Uid};
use outpost_domain::value_type::ValueType;

fn packages() -> Vec<PathBuf> {
    let shelf = std::env::var("OUTPOST_SHARED_DATA").map(PathBuf::from).unwrap_or_else(|_| {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).to_owned()
    });
    let Ok(folder) = std::fs::read_dir(shelf.join("metadata-packages")) else { return vec![] };
    let mut found: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|end| end == "json"));
    found.sort();
    found
}

fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}

fn id<T: From<Uid>>(object: &Value) -> Option<T> {
    Uid::parse(object["id"].as_str()?).ok().map(T::from)
}

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
        name: text(json, "name"),
        form_name: text(json, "formName"),
        description: None,
        code: None,
        value_type: ValueType::parse(json["valueType"].as_str()?).ok()?,
        aggregation_type: text(json, "aggregationType"),
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
        name: text(json, "name"),
        start_date: None,
        end_date: None,
        organisation_units: vec![],
        access: DataAccess::FULL,
    };
    Some((option.id, option))
}

fn category(json: &Value) -> Option<(CategoryUid, Category)> {
    let category_options = ids(json, "categoryOptions");
    Some((id(json)?, Category { id: id(json)?, name: text(json, "name"), category_options }))
}

fn category_combo(package: &Value, json: &Value) -> Option<(CategoryComboUid, CategoryCombo)> {
    let of_combo = list(package, "categoryOptionCombos")
        .iter()
        .filter(|combo| combo["categoryCombo"]["id"] == json["id"]);
    let combo = CategoryCombo {
        id: id(json)?,
        name: text(json, "name"),
        is_default: json["name"] == "default",
        categories: ids(json, "categories"),
        category_option_combos: of_combo
            .filter_map(|combo| {
                Some(CategoryOptionCombo {
                    id: id(combo)?,
                    name: text(combo, "name"),
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
            name: text(json, "name"),
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
        name: text(json, "name"),
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
        eprintln!("skipped: no metadata packages beside the checkout");
        return;
    }
    let (mut data_sets, mut rows, mut cells) = (0, 0, 0);
    for path in packages {
        let text = std::fs::read_to_string(&path).expect("a package can be read");
        let package: Value = serde_json::from_str(&text).expect("a package is JSON");
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

fn program(json: &Value) -> Option<Program> {
    Some(Program {
        id: id(json)?,
        name: text(json, "name"),
        description: None,
        program_type: ProgramType::WithRegistration,
        category_combo: id(&json["categoryCombo"])?,
        program_stages: ids(json, "programStages"),
        expiry_period_type: None,
        expiry_days: 0,
        complete_events_expiry_days: 0,
        open_days_after_co_end_date: 0,
        registration: None,
        access: DataAccess::FULL,
    })
}

fn stage(program: &Program, json: &Value) -> Option<ProgramStage> {
    let question = |json: &Value| {
        Some(ProgramStageDataElement {
            data_element: id(&json["dataElement"])?,
            compulsory: json["compulsory"] == true,
            allow_future_date: json["allowFutureDate"] == true,
            sort_order: json["sortOrder"].as_i64().unwrap_or_default(),
        })
    };
    Some(ProgramStage {
        id: id(json)?,
        program: program.id,
        name: text(json, "name"),
        description: None,
        sort_order: 0,
        execution_date_label: None,
        validation_strategy: ValidationStrategy::OnComplete,
        feature_type: text(json, "featureType"),
        block_entry_form: false,
        enable_user_assignment: false,
        schedule: StageSchedule::default(),
        data_elements: list(json, "programStageDataElements").iter().filter_map(question).collect(),
        sections: ids(json, "programStageSections"),
        access: DataAccess::FULL,
    })
}

fn stage_sections(package: &Value, stage: &Value) -> Vec<ProgramStageSection> {
    let sections = list(package, "programStageSections").iter();
    let of_stage = sections.filter(|json| json["programStage"]["id"] == stage["id"]);
    of_stage
        .filter_map(|json| {
            Some(ProgramStageSection {
                id: id(json)?,
                program_stage: id(stage)?,
                name: text(json, "name"),
                description: None,
                sort_order: json["sortOrder"].as_i64().unwrap_or_default(),
                data_elements: ids(json, "dataElements"),
            })
        })
        .collect()
}

fn check_stage(package: &Value, json: &Value) -> usize {
    let owner = list(package, "programs").iter().find(|it| it["id"] == json["program"]["id"]);
    let program = program(owner.expect("a stage has its program")).expect("a program can be read");
    let program_stage = stage(&program, json).expect("a stage can be read");
    let asked: BTreeSet<_> =
        program_stage.data_elements.iter().map(|question| question.data_element).collect();
    let sections = stage_sections(package, json);
    let sections_in_order: Vec<_> = {
        let mut sorted: Vec<_> =
            sections.iter().map(|it| (it.sort_order, it.name.clone())).collect();
        sorted.sort();
        sorted.into_iter().map(|(_, name)| name).collect()
    };
    let (form, problems) = build_event(&EventFormInput {
        program,
        program_stage,
        sections,
        data_elements: by_id(package, "dataElements", data_element),
        option_sets: BTreeMap::new(),
    });
    let fields: Vec<_> = form.fields().map(|field| field.data_element).collect();
    let distinct: BTreeSet<_> = fields.iter().copied().collect();
    assert_eq!(fields.len(), distinct.len(), "a question twice");
    assert_eq!(distinct, asked, "questions and elements differ: {problems:?}");
    let named: Vec<_> = form.sections.iter().filter_map(|it| it.name.clone()).collect();
    assert_eq!(named, sections_in_order);
    fields.len()
}

#[test]
fn every_element_of_the_packages_stages_is_asked_once() {
    let packages = packages();
    if packages.is_empty() {
        eprintln!("skipped: no metadata packages beside the checkout");
        return;
    }
    let (mut stages, mut questions) = (0, 0);
    for path in packages {
        let text = std::fs::read_to_string(&path).expect("a package can be read");
        let package: Value = serde_json::from_str(&text).expect("a package is JSON");
        for json in list(&package, "programStages") {
            questions += check_stage(&package, json);
            stages += 1;
        }
    }
    eprintln!("{stages} stages, {questions} questions");
    // 1 of COD with 50, 3 of NCD with 48, 4 of TB with 111.
    assert_eq!((stages, questions), (8, 209));
}
