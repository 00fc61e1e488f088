//! A small malaria form: cases by sex and age, tests by age, a remark, a yes/no.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::*;
use crate::form::Entry;
use crate::metadata::{
    CategoryOption, CategoryOptionCombo, DataAccess, DataElementOperand, DataSetElement,
    OrganisationUnit,
};
use crate::period::{EntryLock, Period, PeriodType};
use crate::samples::{self, uid};
use crate::uid::{CategoryOptionUid, OrganisationUnitUid};
use crate::value_type::{ServerMinor, ValueProblem};

const SERVER: ServerMinor = ServerMinor(42);

fn option(name: &str) -> CategoryOption {
    CategoryOption {
        id: uid(name),
        name: name.to_owned(),
        start_date: None,
        end_date: None,
        organisation_units: vec![],
        access: DataAccess::FULL,
    }
}

fn category(name: &str, options: &[&str]) -> Category {
    let category_options = options.iter().map(|name| uid(name)).collect();
    Category { id: uid(name), name: name.to_owned(), category_options }
}

fn option_combo(name: &str, options: &[&str]) -> CategoryOptionCombo {
    let category_options = options.iter().map(|name| uid(name)).collect();
    CategoryOptionCombo { id: uid(name), name: name.to_owned(), category_options }
}

fn combo(name: &str, categories: &[&str], combos: Vec<CategoryOptionCombo>) -> CategoryCombo {
    CategoryCombo {
        id: uid(name),
        name: name.to_owned(),
        is_default: name == "default",
        categories: categories.iter().map(|name| uid(name)).collect(),
        category_option_combos: combos,
    }
}

fn element(name: &str, value_type: ValueType, combo: &str) -> DataElement {
    DataElement {
        aggregation_type: "SUM".to_owned(),
        zero_is_significant: false,
        category_combo: uid(combo),
        ..samples::data_element(name, value_type)
    }
}

fn section(name: &str, sort_order: i64, elements: &[&str]) -> Section {
    Section {
        id: uid(name),
        data_set: uid("malaria"),
        name: name.to_owned(),
        description: None,
        sort_order,
        data_elements: elements.iter().map(|name| uid(name)).collect(),
        indicators: vec![],
        greyed_fields: vec![],
        show_row_totals: true,
        show_column_totals: false,
        disable_data_element_auto_group: false,
    }
}

fn data_set(elements: &[&str]) -> DataSet {
    let placed = |name: &&str| DataSetElement { data_element: uid(name), category_combo: None };
    DataSet {
        id: uid("malaria"),
        name: "Malaria".to_owned(),
        description: None,
        period_type: PeriodType::Monthly,
        category_combo: uid("default"),
        data_set_elements: elements.iter().map(placed).collect(),
        sections: vec![],
        indicators: vec![],
        compulsory_operands: vec![],
        compulsory_fields_complete_only: false,
        valid_complete_only: false,
        no_value_requires_comment: false,
        field_combination_required: false,
        data_input_periods: vec![],
        expiry_days: 0.0,
        open_future_periods: 0,
        open_periods_after_co_end_date: 0,
        timely_days: 15.0,
        access: DataAccess::FULL,
    }
}

fn by_id<I: Ord, T>(items: impl IntoIterator<Item = T>, id: fn(&T) -> I) -> BTreeMap<I, T> {
    items.into_iter().map(|item| (id(&item), item)).collect()
}

/// Cases by sex and age, tests by age, remark and closed without a split.
pub(crate) fn malaria() -> DataSetFormInput {
    // The options of a combo come in any order, the combos too.
    let sex_and_age = vec![
        option_combo("fOld", &["old", "female"]),
        option_combo("mYoung", &["male", "young"]),
        option_combo("fYoung", &["young", "female"]),
        option_combo("mOld", &["old", "male"]),
    ];
    let age = vec![option_combo("aOld", &["old"]), option_combo("aYoung", &["young"])];
    let elements = [
        element("cases", ValueType::IntegerZeroOrPositive, "sexAge"),
        element("tests", ValueType::Number, "age"),
        element("deaths", ValueType::IntegerZeroOrPositive, "sexAge"),
        element("remark", ValueType::Text, "default"),
        element("closed", ValueType::Boolean, "default"),
    ];
    DataSetFormInput {
        data_set: data_set(&["cases", "tests", "deaths", "remark", "closed"]),
        sections: vec![
            section("general", 2, &["remark"]),
            section("numbers", 1, &["cases", "tests", "deaths"]),
        ],
        data_elements: by_id(elements, |element| element.id),
        category_combos: by_id(
            [
                combo("sexAge", &["sex", "ageGroup"], sex_and_age),
                combo("age", &["ageGroup"], age),
                combo("default", &["defaultCat"], vec![option_combo("dflt", &["defaultOpt"])]),
            ],
            |combo| combo.id,
        ),
        categories: by_id(
            [category("sex", &["male", "female"]), category("ageGroup", &["young", "old"])],
            |category| category.id,
        ),
        category_options: by_id(["male", "female", "young", "old"].map(option), |option| option.id),
        option_sets: BTreeMap::new(),
        indicators: BTreeMap::new(),
    }
}

fn with(change: impl FnOnce(&mut DataSetFormInput)) -> DataSetFormInput {
    let mut input = malaria();
    change(&mut input);
    input
}

fn operand(element: &str, combo: &str) -> DataElementOperand {
    DataElementOperand { data_element: uid(element), category_option_combo: Some(uid(combo)) }
}

pub(crate) fn key(element: &str, combo: &str) -> CellKey {
    CellKey { data_element: uid(element), category_option_combo: uid(combo) }
}

fn built(input: &DataSetFormInput) -> DataSetForm {
    let (form, problems) = build(input);
    assert_eq!(problems, []);
    form
}

fn values(entered: &[(&str, &str, &str)]) -> CellValues {
    let value = |text: &str| DataValue { value: Some(text.to_owned()), ..DataValue::default() };
    entered.iter().map(|(element, combo, text)| (key(element, combo), value(text))).collect()
}

/// The form as text: `section: table[columns](rows)`.
fn drawn(form: &DataSetForm) -> Vec<String> {
    let table = |table: &FormTable| {
        let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let rows: Vec<_> = table.rows.iter().map(|row| row.name.as_str()).collect();
        format!("[{}]({})", columns.join(" "), rows.join(" "))
    };
    let section = |section: &FormSection| {
        let name = section.name.as_deref().unwrap_or("-");
        let tables: Vec<_> = section.tables.iter().map(table).collect();
        format!("{name}: {}", tables.join(" "))
    };
    form.sections.iter().map(section).collect()
}

#[track_caller]
fn check_drawn(input: &DataSetFormInput, expected: &[&str]) {
    assert_eq!(drawn(&built(input)), expected);
}

#[track_caller]
fn check_problems(input: &DataSetFormInput, expected: &[FormProblem]) -> DataSetForm {
    let (form, problems) = build(input);
    assert_eq!(problems, expected);
    form
}

#[test]
fn sections_are_in_order_and_the_rest_comes_last() {
    check_drawn(
        &malaria(),
        &[
            "numbers: [mYoung mOld fYoung fOld](cases deaths) [aYoung aOld](tests)",
            "general: [](remark)",
            "-: [](closed)",
        ],
    );
}

#[test]
fn a_data_set_without_sections_is_one_section() {
    check_drawn(
        &with(|input| input.sections.clear()),
        &["-: [mYoung mOld fYoung fOld](cases deaths) [aYoung aOld](tests) [](remark closed)"],
    );
    let empty = with(|input| {
        input.sections.clear();
        input.data_set.data_set_elements.clear();
    });
    check_drawn(&empty, &["-: "]);
}

#[test]
fn a_section_may_keep_its_order_instead_of_grouping() {
    let kept = with(|input| input.sections[1].disable_data_element_auto_group = true);
    let sexes = "[mYoung mOld fYoung fOld]";
    let first = format!("numbers: {sexes}(cases) [aYoung aOld](tests) {sexes}(deaths)");
    check_drawn(&kept, &[&first, "general: [](remark)", "-: [](closed)"]);
}

#[test]
fn a_data_set_may_split_an_element_in_its_own_way() {
    let other = with(|input| {
        input.data_set.data_set_elements[1].category_combo = Some(uid("sexAge"));
    });
    let first = "numbers: [mYoung mOld fYoung fOld](cases tests deaths)";
    check_drawn(&other, &[first, "general: [](remark)", "-: [](closed)"]);
}

#[test]
fn the_header_spans_what_lies_below() {
    let form = built(&malaria());
    let header = |table: usize| {
        let rows = form.sections[0].tables[table].header.iter();
        let cell = |cell: &HeaderCell| format!("{}x{}", cell.name, cell.span);
        rows.map(|row| {
            format!(
                "{}: {}",
                row.category,
                row.cells.iter().map(cell).collect::<Vec<_>>().join(" ")
            )
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(header(0), ["sex: malex2 femalex2", "ageGroup: youngx1 oldx1 youngx1 oldx1"]);
    assert_eq!(header(1), ["ageGroup: youngx1 oldx1"]);
    assert!(form.sections[1].tables[0].header.is_empty());
}

#[test]
fn a_missing_combo_is_reported_and_its_column_left_out() {
    let lacking = with(|input| {
        let combo = input.category_combos.get_mut(&uid("sexAge")).expect("in the form");
        combo.category_option_combos.retain(|combo| combo.id != uid("mOld"));
    });
    let missing = FormProblem::OptionCombosMissing { category_combo: uid("sexAge"), missing: 1 };
    let form = check_problems(&lacking, &[missing]);
    assert!(drawn(&form)[0].starts_with("numbers: [mYoung fYoung fOld](cases deaths)"));
    let spans: Vec<_> =
        form.sections[0].tables[0].header[0].cells.iter().map(|it| it.span).collect();
    assert_eq!(spans, [1, 2]);
}

#[test]
fn columns_under_a_hidden_option_are_left_out() {
    let left_out = |category_combo: &str, left_out: usize| FormProblem::ColumnsWithoutAccess {
        category_combo: uid(category_combo),
        left_out,
    };
    let hidden = with(|input| {
        let option: CategoryOptionUid = uid("old");
        input.category_options.get_mut(&option).expect("an option").access =
            DataAccess { read: false, write: false };
    });
    let form = check_problems(&hidden, &[left_out("sexAge", 2), left_out("age", 1)]);
    assert_eq!(drawn(&form)[0], "numbers: [mYoung fYoung](cases deaths) [aYoung](tests)");
    let unknown = with(|input| drop(input.category_options.remove(&uid("male"))));
    let form = check_problems(&unknown, &[left_out("sexAge", 2)]);
    assert_eq!(drawn(&form)[0], "numbers: [fYoung fOld](cases deaths) [aYoung aOld](tests)");
}

#[test]
fn a_column_that_may_only_be_read_is_shown_but_not_asked() {
    let read_only = with(|input| {
        let option: CategoryOptionUid = uid("old");
        input.category_options.get_mut(&option).expect("an option").access.write = false;
    });
    let form = built(&read_only);
    let refused = check_cell(&form, key("cases", "mOld"), "3", SERVER, |_, _| true);
    assert_eq!(refused, Err(CellProblem::NotWritable));
    assert!(check_cell(&form, key("cases", "mYoung"), "3", SERVER, |_, _| true).is_ok());
    assert_eq!(form.sections[0].progress(&values(&[])), Progress { filled: 0, of: 5 });
}

#[test]
fn metadata_that_does_not_fit_is_reported_not_lost() {
    check_problems(
        &with(|input| input.sections[0].data_elements.push(uid("foreign"))),
        &[FormProblem::NotInDataSet { section: uid("general"), data_element: uid("foreign") }],
    );
    check_problems(
        &with(|input| input.sections[0].data_elements.push(uid("cases"))),
        &[FormProblem::Repeated { section: uid("general"), data_element: uid("cases") }],
    );
    check_problems(
        &with(|input| drop(input.data_elements.remove(&uid("tests")))),
        &[FormProblem::DataElementMissing { data_element: uid("tests") }],
    );
    let no_combo = check_problems(
        &with(|input| drop(input.category_combos.remove(&uid("age")))),
        &[FormProblem::CategoryComboMissing { category_combo: uid("age") }],
    );
    assert_eq!(no_combo.rows().count(), 5);
    let (category_combo, category) = (uid("sexAge"), uid("sex"));
    check_problems(
        &with(|input| drop(input.categories.remove(&uid("sex")))),
        &[FormProblem::CategoryMissing { category_combo, category }],
    );
    check_problems(
        &with(|input| input.sections[0].indicators.push(uid("rate"))),
        &[FormProblem::IndicatorMissing { indicator: uid("rate") }],
    );
    let outside = with(|input| {
        let combo = input.category_combos.get_mut(&uid("age")).expect("in the form");
        combo.category_option_combos.push(option_combo("aOther", &["other"]));
    });
    let category_combo = uid("age");
    check_problems(&outside, &[FormProblem::OptionCombosUnused { category_combo, unused: 1 }]);
    let twice = with(|input| {
        let combo = input.category_combos.get_mut(&uid("age")).expect("in the form");
        combo.category_option_combos.push(option_combo("aOld2", &["old"]));
    });
    let category_option_combo = uid("aOld2");
    check_problems(&twice, &[FormProblem::OptionComboRepeated { category_option_combo }]);
}

#[test]
fn a_monstrous_combo_is_refused_without_being_built() {
    let huge = with(|input| {
        let names: Vec<_> = (0..200).map(|index| format!("o{index}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        input.categories.insert(uid("sex"), category("sex", &names));
        let many = vec!["sex"; 12];
        input.category_combos.insert(uid("sexAge"), combo("sexAge", &many, vec![]));
    });
    check_problems(&huge, &[FormProblem::TooManyColumns { category_combo: uid("sexAge") }]);
}

#[test]
fn greyed_and_compulsory_cells_are_marked() {
    let input = with(|input| {
        let all_tests =
            DataElementOperand { data_element: uid("tests"), category_option_combo: None };
        input.sections[1].greyed_fields = vec![operand("deaths", "mOld"), all_tests];
        input.data_set.compulsory_operands = vec![operand("cases", "fOld")];
    });
    let form = built(&input);
    let marks = |element: &str, mark: fn(&FormCell) -> bool| {
        let row = form.row(uid(element)).expect("in the form");
        row.cells.iter().map(mark).collect::<Vec<_>>()
    };
    assert_eq!(marks("deaths", |cell| cell.greyed), [false, true, false, false]);
    assert_eq!(marks("tests", |cell| cell.greyed), [true, true]);
    assert_eq!(marks("cases", |cell| cell.compulsory), [false, false, false, true]);
    let both = with(|input| {
        input.sections[1].greyed_fields = vec![operand("cases", "fOld")];
        input.data_set.compulsory_operands = vec![operand("cases", "fOld")];
    });
    let cell = key("cases", "fOld");
    let form = check_problems(&both, &[FormProblem::CompulsoryGreyed { cell }]);
    assert_eq!(missing_compulsory(&form, &values(&[])), []);
}

#[test]
fn totals_are_exact_and_only_of_numbers() {
    let input = with(|input| input.sections[1].greyed_fields = vec![operand("deaths", "fOld")]);
    let form = built(&input);
    let entered = values(&[
        ("cases", "mYoung", "41"),
        ("cases", "mOld", "63"),
        ("deaths", "mYoung", "1"),
        ("deaths", "fOld", "1000"), // greyed: an old value does not count
        ("cases", "fYoung", "many"),
        ("tests", "aYoung", "0.1"),
        ("tests", "aOld", "0.2"),
    ]);
    let shown = |sums: &[Sum]| {
        let text = |sum: &Sum| match sum {
            Sum::Nothing => "-".to_owned(),
            Sum::Of(sum) => sum.to_string(),
            Sum::TooLong => "?".to_owned(),
        };
        sums.iter().map(text).collect::<Vec<_>>()
    };
    let sums = totals(&form.sections[0].tables[0], &entered);
    assert_eq!(shown(&sums.rows), ["104", "1"]);
    assert_eq!(shown(&sums.columns), ["42", "63", "-", "-"]);
    assert_eq!(shown(&[sums.grand]), ["105"]);
    let sums = totals(&form.sections[0].tables[1], &entered);
    assert_eq!(shown(&[sums.rows[0], sums.grand]), ["0.3", "0.3"]);
    let remark = values(&[("remark", "dflt", "7")]);
    assert_eq!(totals(&form.sections[1].tables[0], &remark).grand, Sum::Nothing);
    let long = values(&[("tests", "aYoung", &"9".repeat(60)), ("tests", "aOld", "1")]);
    assert_eq!(totals(&form.sections[0].tables[1], &long).grand, Sum::TooLong);
}

#[test]
fn progress_counts_what_is_asked() {
    let input = with(|input| input.sections[1].greyed_fields = vec![operand("deaths", "fOld")]);
    let form = built(&input);
    let entered =
        values(&[("cases", "mYoung", "41"), ("remark", "dflt", " "), ("closed", "dflt", "true")]);
    assert_eq!(form.sections[0].progress(&entered), Progress { filled: 1, of: 9 });
    assert_eq!(form.sections[1].progress(&entered), Progress { filled: 0, of: 1 });
    assert_eq!(form.progress(&entered), Progress { filled: 2, of: 11 });
}

#[track_caller]
fn check_completion(
    change: fn(&mut DataSet),
    entered: &CellValues,
    expected: &[CompletionProblem],
) {
    let form = built(&with(|input| change(&mut input.data_set)));
    assert_eq!(completion_problems(&form, entered), expected);
}

#[test]
fn an_empty_compulsory_cell_blocks_only_if_the_server_says_so() {
    let cell = key("cases", "fOld");
    let missing = |blocks| CompletionProblem::Compulsory { cell, blocks };
    let hint =
        |data_set: &mut DataSet| data_set.compulsory_operands = vec![operand("cases", "fOld")];
    check_completion(hint, &values(&[]), &[missing(false)]);
    check_completion(
        |data_set| {
            data_set.compulsory_operands = vec![operand("cases", "fOld")];
            data_set.compulsory_fields_complete_only = true;
        },
        &values(&[]),
        &[missing(true)],
    );
    check_completion(hint, &values(&[("cases", "fOld", "0")]), &[]);
    let deleted = DataValue { deleted: true, value: Some("3".into()), ..DataValue::default() };
    check_completion(hint, &[(cell, deleted)].into(), &[missing(false)]);
    assert!(missing(true).blocks_completion() && !missing(false).blocks_completion());
}

#[test]
fn a_row_may_have_to_be_filled_in_whole() {
    let whole = |data_set: &mut DataSet| data_set.field_combination_required = true;
    let entered = values(&[("tests", "aYoung", "3"), ("remark", "dflt", "rain")]);
    let (data_element, missing) = (uid("tests"), vec![key("tests", "aOld")]);
    check_completion(whole, &entered, &[CompletionProblem::PartlyFilled { data_element, missing }]);
    check_completion(whole, &values(&[("remark", "dflt", "rain")]), &[]);
}

#[test]
fn an_empty_cell_may_need_a_comment() {
    let commented = |data_set: &mut DataSet| {
        data_set.no_value_requires_comment = true;
        data_set.data_set_elements.retain(|element| element.data_element == uid("tests"));
    };
    let input = with(|input| {
        input.sections.clear();
        commented(&mut input.data_set);
    });
    let form = built(&input);
    let comment = DataValue { comment: Some("no kits".into()), ..DataValue::default() };
    let mut entered: CellValues = [(key("tests", "aOld"), comment)].into();
    assert_eq!(comments_required(&form, &entered), [key("tests", "aYoung")]);
    let cell = key("tests", "aYoung");
    let expected = [CompletionProblem::CommentRequired { cell }];
    assert_eq!(completion_problems(&form, &entered), expected);
    entered.extend(values(&[("tests", "aYoung", "3")]));
    assert_eq!(completion_problems(&form, &entered), []);
}

/// A form in which `tests` is chosen from a list and `remark` is a list of several.
fn with_options() -> DataSetForm {
    built(&with(|input| {
        for (name, value_type) in
            [("remark", ValueType::MultiText), ("closed", ValueType::TrueOnly)]
        {
            input.data_elements.get_mut(&uid(name)).expect("in the form").value_type = value_type;
        }
        for name in ["remark", "tests"] {
            input.data_elements.get_mut(&uid(name)).expect("in the form").option_set =
                Some(uid("set"));
        }
    }))
}

fn is_option(_: OptionSetUid, code: &str) -> bool {
    ["1", "2", " spaced "].contains(&code)
}

#[track_caller]
fn check_entered(
    form: &DataSetForm,
    cell: CellKey,
    text: &str,
    expected: Result<Accepted, CellProblem>,
) {
    let found = check_cell(form, cell, text, SERVER, is_option);
    assert_eq!(found, expected, "{text}");
}

fn accepted(text: &str) -> Result<Accepted, CellProblem> {
    Ok(Accepted::Value(text.to_owned()))
}

#[test]
fn a_number_is_taken_as_the_server_takes_it() {
    let form = built(&malaria());
    let cell = key("cases", "mOld");
    check_entered(&form, cell, "41", accepted("41"));
    check_entered(&form, cell, " 41 ", accepted("41"));
    check_entered(&form, cell, "  ", Ok(Accepted::Cleared));
    let refused = Err(CellProblem::Value(ValueProblem::NotZeroOrPositiveInteger));
    check_entered(&form, cell, "-1", refused.clone());
    check_entered(&form, cell, "1.5", refused.clone());
    check_entered(&form, cell, "041", refused);
    check_entered(&form, key("tests", "aOld"), "1.5", accepted("1.5"));
}

#[test]
fn a_zero_that_the_server_drops_is_kept_here_and_flagged() {
    let form = built(&malaria());
    let dropped = Ok(Accepted::NotStoredByServer("0".to_owned()));
    check_entered(&form, key("cases", "mOld"), "0", dropped);
    let significant = built(&with(|input| {
        input.data_elements.get_mut(&uid("cases")).expect("in the form").zero_is_significant = true;
        let averaged = input.data_elements.get_mut(&uid("deaths")).expect("in the form");
        averaged.aggregation_type = "AVERAGE".to_owned();
    }));
    check_entered(&significant, key("cases", "mOld"), "0", accepted("0"));
    check_entered(&significant, key("deaths", "mOld"), "0", accepted("0"));
}

#[test]
fn yes_and_no_take_their_stored_form() {
    let form = built(&malaria());
    let cell = key("closed", "dflt");
    check_entered(&form, cell, "1", accepted("true"));
    check_entered(&form, cell, "FALSE", accepted("false"));
    check_entered(&form, cell, "maybe", Err(CellProblem::Value(ValueProblem::NotBoolean)));
    let only = with_options();
    check_entered(&only, cell, "true", accepted("true"));
    check_entered(&only, cell, "false", Ok(Accepted::Cleared));
}

#[test]
fn an_option_is_matched_by_its_exact_code() {
    let form = with_options();
    let refused = || Err(CellProblem::Value(ValueProblem::NotOption));
    check_entered(&form, key("tests", "aOld"), "2", accepted("2"));
    check_entered(&form, key("tests", "aOld"), "3", refused());
    check_entered(&form, key("remark", "dflt"), "1,2", accepted("1,2"));
    check_entered(&form, key("remark", "dflt"), " spaced ", accepted(" spaced "));
    check_entered(&form, key("remark", "dflt"), "1, 2", refused());
    let no_list = built(&with(|input| {
        input.data_elements.get_mut(&uid("remark")).expect("in the form").value_type =
            ValueType::MultiText;
    }));
    let lacking = Err(CellProblem::Value(ValueProblem::LacksOptionSet));
    check_entered(&no_list, key("remark", "dflt"), "1", lacking);
}

#[test]
fn greyed_and_unknown_cells_refuse() {
    let form = built(&with(|input| {
        input.sections[1].greyed_fields = vec![operand("deaths", "mOld")];
    }));
    check_entered(&form, key("deaths", "mOld"), "1", Err(CellProblem::Greyed));
    check_entered(&form, key("deaths", "aOld"), "1", Err(CellProblem::Unknown));
    check_entered(&form, key("foreign", "aOld"), "1", Err(CellProblem::Unknown));
}

#[test]
fn a_comment_has_a_limit_of_its_server() {
    let check = |length: usize, server: u16, expected: Result<usize, usize>| {
        let found = check_comment(&"é".repeat(length), ServerMinor(server));
        let found = found.map(|text| text.map_or(0, |text| text.chars().count()));
        assert_eq!(found, expected.map_err(|limit| CellProblem::CommentTooLong { limit }));
    };
    check(50_000, 42, Ok(50_000));
    check(50_001, 42, Err(50_000));
    check(5_000, 43, Ok(5_000));
    check(5_001, 43, Err(5_000));
    assert_eq!(check_comment(" ", SERVER), Ok(None));
}

fn clinic() -> OrganisationUnit {
    OrganisationUnit {
        id: uid("clinic"),
        name: "Clinic".to_owned(),
        code: None,
        parent: Some(uid("north")),
        path: "/country0000/north000000/clinic00000".to_owned(),
        level: 3,
        opening_date: Some(date(2020, 1, 1)),
        closed_date: None,
    }
}

struct Asked {
    data_set: DataSet,
    period: &'static str,
    now: Date,
    unit: OrganisationUnit,
    is_assigned: bool,
    roots: Vec<OrganisationUnitUid>,
    combo: CategoryCombo,
    chosen: &'static str,
    options: CategoryOptions,
    approval: Approval,
}

fn asked() -> Asked {
    let input = malaria();
    Asked {
        data_set: data_set(&[]),
        period: "202610",
        now: date(2026, 11, 25),
        unit: clinic(),
        is_assigned: true,
        roots: vec![uid("north")],
        combo: input.category_combos[&uid("default")].clone(),
        chosen: "dflt",
        options: input.category_options,
        approval: Approval::Open,
    }
}

#[track_caller]
fn check_entry(change: impl FnOnce(&mut Asked), expected: &[EntryReason]) {
    let mut asked = asked();
    change(&mut asked);
    let entry = data_set_entry(&DataSetEntry {
        data_set: &asked.data_set,
        period: Period::parse(asked.period).expect("a period"),
        now: asked.now.at(12, 0, 0, 0),
        server: SERVER,
        lock_exception: false,
        organisation_unit: &asked.unit,
        is_assigned: asked.is_assigned,
        capture_roots: &asked.roots,
        attribute_combo: &asked.combo,
        attribute_option_combo: uid(asked.chosen),
        category_options: &asked.options,
        approval: asked.approval,
    });
    let expected = if expected.is_empty() { Entry::Open } else { Entry::Locked(expected.to_vec()) };
    assert_eq!(entry, expected);
    if let Entry::Locked(reasons) = entry {
        assert!(reasons.iter().all(|reason| reason.words().ends_with('.')));
    }
}

#[test]
fn a_slice_is_open_when_nothing_speaks_against_it() {
    check_entry(|_| {}, &[]);
    check_entry(|asked| asked.roots = vec![uid("clinic")], &[]);
}

#[test]
fn every_reason_against_a_slice_is_named() {
    check_entry(|asked| asked.data_set.access.write = false, &[EntryReason::NoDataWriteAccess]);
    check_entry(|asked| asked.is_assigned = false, &[EntryReason::NotAssigned]);
    check_entry(|asked| asked.roots = vec![uid("south")], &[EntryReason::OutsideCaptureScope]);
    check_entry(|asked| asked.approval = Approval::Approved, &[EntryReason::Approved]);
    check_entry(|asked| asked.period = "2026W40", &[EntryReason::OtherPeriodType]);
    let closed = date(2026, 9, 30);
    check_entry(
        |asked| asked.unit.closed_date = Some(closed),
        &[EntryReason::Closed(EntryLock::OrganisationUnitClosed { closed })],
    );
    // October ends on the 31st; ten days and one day later the time is over.
    let since = date(2026, 11, 11).at(0, 0, 0, 0);
    check_entry(
        |asked| {
            asked.data_set.expiry_days = 10.0;
            asked.is_assigned = false;
        },
        &[EntryReason::Closed(EntryLock::Expired { since }), EntryReason::NotAssigned],
    );
    let latest = Period::parse("202610").ok();
    check_entry(
        |asked| asked.period = "202611",
        &[EntryReason::Closed(EntryLock::Future { latest })],
    );
}

#[test]
fn the_split_of_the_form_must_be_open_too() {
    let project = |asked: &mut Asked| {
        asked.data_set.category_combo = uid("age");
        asked.combo = malaria().category_combos[&uid("age")].clone();
        asked.chosen = "aOld";
    };
    let with_option = |change: fn(&mut CategoryOption)| {
        move |asked: &mut Asked| {
            project(asked);
            change(asked.options.get_mut(&uid("old")).expect("an option"));
        }
    };
    check_entry(project, &[]);
    check_entry(|asked| asked.chosen = "aOld", &[EntryReason::UnknownAttributeOptionCombo]);
    check_entry(
        |asked| asked.combo = malaria().category_combos[&uid("age")].clone(),
        &[EntryReason::UnknownAttributeOptionCombo],
    );
    let option = || "old".to_owned();
    check_entry(
        with_option(|option| option.access.write = false),
        &[EntryReason::CategoryOptionNotWritable { option: option() }],
    );
    check_entry(
        with_option(|option| option.organisation_units = vec![uid("south")]),
        &[EntryReason::CategoryOptionElsewhere { option: option() }],
    );
    check_entry(with_option(|option| option.organisation_units = vec![uid("north")]), &[]);
    let end = date(2026, 9, 30);
    check_entry(
        with_option(|option| option.end_date = Some(date(2026, 9, 30))),
        &[EntryReason::CategoryOptionClosed {
            option: option(),
            lock: EntryLock::CategoryOptionEnded { end },
        }],
    );
    check_entry(
        with_option(|option| option.access = DataAccess { read: false, write: false }),
        &[EntryReason::UnknownAttributeOptionCombo],
    );
}
