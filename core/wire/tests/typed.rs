//! Stored bodies become domain values: today's shapes from the captures, old shapes by hand.

mod support;

use jiff::civil::date;
use outpost_domain::metadata::{MetadataKind, ProgramType, ValidationStrategy};
use outpost_domain::period::PeriodType;
use outpost_domain::value_type::ValueType;
use outpost_wire::metadata::{self, MetadataObject};
use support::{fixtures, load};

fn object(fixture: &str, kind: MetadataKind, id: &str) -> MetadataObject {
    let pair = load(&fixtures().join(format!("{fixture}.json"))).expect("a pair");
    let page = metadata::parse_page(kind, &pair.body).expect("a page");
    page.objects.into_iter().find(|object| object.uid.as_str() == id).expect("the object is listed")
}

#[test]
fn a_data_set_keeps_its_rules_and_loses_its_units_to_the_header() {
    let object = object("m030-dataSets-sdk-fields", MetadataKind::DataSet, "dsInput0001");
    assert!(object.organisation_units.is_some_and(|units| !units.is_empty()));
    let set = metadata::parse_data_set(object.body.as_bytes()).expect("a data set");
    assert_eq!(set.period_type, PeriodType::Monthly);
    let periods: Vec<_> = set.data_input_periods.iter().map(|p| p.period.to_string()).collect();
    assert_eq!(periods, ["202612", "202610", "202609"]);
    let first = &set.data_input_periods[0];
    assert_eq!(first.opening_date, Some(date(2026, 12, 1).at(0, 0, 0, 0)));
    assert_eq!(first.closing_date, Some(date(2027, 1, 31).at(0, 0, 0, 0)));
    // Asked with access[data[write]] only.
    assert!(set.access.read && set.access.write);
}

#[test]
fn a_stage_keeps_its_questions_in_order() {
    let object = object("m035-programStages-sdk-fields", MetadataKind::ProgramStage, "psAudited01");
    assert_eq!(object.parent.map(|uid| uid.to_string()).as_deref(), Some("prAudited01"));
    let stage = metadata::parse_program_stage(object.body.as_bytes()).expect("a stage");
    assert_eq!(stage.validation_strategy, ValidationStrategy::OnComplete);
    assert_eq!(stage.data_elements[0].data_element.as_str(), "deTrTemp001");
    assert_eq!((stage.data_elements[0].sort_order, stage.data_elements[0].compulsory), (1, false));
    assert_eq!(stage.feature_type, "NONE");
}

#[test]
fn a_place_has_days_without_times_and_a_depth() {
    let object = object("m010-ou-userOnly-path", MetadataKind::OrganisationUnit, "ouClinicA01");
    assert_eq!(object.path.as_deref(), Some("/ouCountry01/ouDistrict1/ouClinicA01"));
    assert_eq!((object.sort_order, object.code.as_deref()), (3, Some("TL_N_A")));
    let unit = metadata::parse_organisation_unit(object.body.as_bytes()).expect("a unit");
    assert_eq!(unit.opening_date, Some(date(2000, 1, 1)));
    assert_eq!((unit.closed_date, unit.level, unit.name.as_str()), (None, 3, "Clinic A"));
    let closed = metadata::parse_organisation_unit(
        br#"{"id":"ouClinicB01","closedDate":"2025-12-31T00:00:00.000",
            "openingDate":"2001-02-03"}"#,
    )
    .expect("a unit");
    assert_eq!(closed.closed_date, Some(date(2025, 12, 31)));
    assert_eq!(closed.opening_date, Some(date(2001, 2, 3)));
    assert_eq!((closed.path.as_str(), closed.level), ("/ouClinicB01", 1));
}

#[test]
fn old_shapes_with_everything_inline_are_read() {
    let program = metadata::parse_program(
        br#"{"id":"prEventMal1","name":"Malaria","programType":"WITHOUT_REGISTRATION",
            "programStages":[{"id":"psEventMal1","name":"Case","programStageDataElements":[]},null],
            "expiryDays":"7","expiryPeriodType":"Monthly","access":null}"#,
    )
    .expect("a program");
    assert_eq!(program.program_type, ProgramType::WithoutRegistration);
    assert_eq!(program.program_stages.len(), 1);
    assert_eq!((program.expiry_days, program.expiry_period_type), (7, Some(PeriodType::Monthly)));
    let combo = metadata::parse_category_combo(
        br#"{"id":"ccAgeSex001","displayName":"Age, sex","categories":[{"id":"caAge000001"}],
            "categoryOptionCombos":[{"id":"cocUnder501","categoryOptions":[{"id":"coUnder5001"}]},
            {"id":"cocOver5001"},"cocOther001"]}"#,
    )
    .expect("a combo");
    assert_eq!(combo.category_option_combos.len(), 1);
    assert!(!combo.is_default);
    let set = metadata::parse_data_set(
        br#"{"id":"dsMalaria01","periodType":"Weekly","dataElements":["deMalDeath1"],
            "sections":[{"id":"seSection01","name":"inline","dataElements":[]}],"timelyDays":3.5}"#,
    )
    .expect("a data set");
    assert_eq!((set.data_set_elements.len(), set.sections.len()), (1, 1));
    assert_eq!((set.timely_days, set.category_combo.as_str()), (3.5, "bjDvmb4bfuf"));
}

#[test]
fn a_form_name_falls_back_to_the_name() {
    let element = |rest: &str| {
        let body =
            format!(r#"{{"id":"deMalDeath1","displayName":"Deaths","valueType":"INTEGER"{rest}}}"#);
        metadata::parse_data_element(body.as_bytes()).expect("an element")
    };
    assert_eq!(element("").form_name, "Deaths");
    assert_eq!(element(r#","displayFormName":"""#).form_name, "Deaths");
    assert_eq!(element(r#","displayFormName":"How many died?""#).form_name, "How many died?");
    assert_eq!(element("").value_type, ValueType::Integer);
}

#[test]
fn a_name_of_a_newer_server_is_an_error_that_names_it() {
    let check = |error: outpost_wire::WireError, expected: &str| {
        assert_eq!(error.to_string(), expected);
    };
    check(
        metadata::parse_data_element(br#"{"id":"deMalDeath1","valueType":"HOLOGRAM"}"#)
            .expect_err("unknown"),
        "dataElement deMalDeath1: unknown valueType `HOLOGRAM`; this version of the app does not \
         know it",
    );
    check(
        metadata::parse_data_set(br#"{"id":"dsMalaria01","periodType":"Lunar"}"#)
            .expect_err("unknown"),
        "dataSet dsMalaria01: unknown periodType `Lunar`; this version of the app does not know it",
    );
    check(
        metadata::parse_data_element(br#"{"id":"deMalDeath1"}"#).expect_err("missing"),
        "dataElement: at `$`: missing field `valueType`",
    );
    check(
        metadata::parse_option(br#"{"id":"opDied00001","optionSet":{"id":"osOutcome01"}}"#)
            .expect_err("missing"),
        "option: at `$`: missing field `code`",
    );
    check(
        metadata::parse_organisation_unit(br#"{"id":"ouClinicA01","closedDate":"soon"}"#)
            .expect_err("no date"),
        "organisationUnit: at `closedDate`: not a date",
    );
}
