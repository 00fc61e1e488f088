//! Answers and payloads of the wider DHIS2 world: what mobile clients were answered by servers from
//! 2.3x to 2.41, and what the server's own tests import.

#![allow(clippy::print_stdout, reason = "suites tell what they read")]

mod support;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use outpost_domain::metadata::MetadataKind;
use outpost_wire::{file, metadata};
use support::{Parser, parsed_fact, shared_data};

fn body(name: &str) -> Option<Vec<u8>> {
    let path = shared_data()?.join("dhis2-json").join(name);
    Some(std::fs::read(path).expect("the file is on the shelf"))
}

#[track_caller]
fn check(name: &str, parser: Parser, expected: &str) {
    let Some(body) = body(name) else { return };
    let fact = parsed_fact(parser, None, &body).unwrap_or_else(|error| error.to_string());
    assert_eq!(fact, expected, "{name}");
}

#[test]
fn answers_to_mobile_clients_of_many_versions_are_read() {
    let sdk = |name: &str| format!("android-sdk/{name}");
    check(&sdk("systeminfo/system_info.json"), Parser::SystemInfo, "2.41.0 Etc/UTC");
    check(
        &sdk("user/user37.json"),
        Parser::Me,
        r#"DXyJmlo9rge android ["/ImspTQPwCqd/O6uvpzGd5pu/YuQRtpLP10I"] sets=0 programs=0"#,
    );
    check(
        &sdk("user/user38.json"),
        Parser::Me,
        r#"DXyJmlo9rge android ["/ImspTQPwCqd/O6uvpzGd5pu/YuQRtpLP10I"] sets=0 programs=0"#,
    );
    check(
        &sdk("datavalueset/data_value_set_success.json"),
        Parser::ImportSummary,
        "Success stored=3 rejected={} []",
    );
    check(
        &sdk("datavalueset/data_value_set_warning.json"),
        Parser::ImportSummary,
        r#"Warning stored=0 rejected=Unknown ["-"]"#,
    );
    check(
        "android-app-mocks/syncFlow/datasetSync.json",
        Parser::ImportSummary,
        "Success stored=1 rejected={} []",
    );
    check(
        &sdk("imports/data_value_import_summary_web_response.json"),
        Parser::ImportSummary,
        "Success stored=10 rejected={} []",
    );
    check(&sdk("datavalue/data_values_BfMAe6Itzgt.json"), Parser::Values, "1 values");
    check(&sdk("datavalue/data_values_empty.json"), Parser::Values, "0 values");
    check(&sdk("datavalue/data_values_weekly.json"), Parser::Values, "1 values");
    check(
        &sdk("dataset/data_set_complete_registrations.json"),
        Parser::Completions,
        "3 completions 1 skipped",
    );
    check(
        &sdk("imports/tracker-importer/job_response.json"),
        Parser::JobStarted,
        "job LkXBUdIgbe3",
    );
    check(
        &sdk("imports/tracker-importer/job_response_completed.json"),
        Parser::JobNotifications,
        "12 notifications completed=true",
    );
    check(
        &sdk("imports/tracker-importer/event-conflict-new.json"),
        Parser::TrackerReport,
        r#"Error stored=0 ["STPIK5YTi4f:E1029"] warnings=0"#,
    );
    check(
        &sdk("imports/tracker-importer/event-ok-new.json"),
        Parser::TrackerReport,
        "Success stored=1 [] warnings=0",
    );
    check(
        &sdk("tracker/importer/jobreport-error.json"),
        Parser::TrackerReport,
        r#"Error stored=0 ["PXi7gfVIk1p:E1033"] warnings=0"#,
    );
    check(
        &sdk("tracker/importer/jobreport-success.json"),
        Parser::TrackerReport,
        "Success stored=1 [] warnings=0",
    );
    check(
        &sdk("event/new_tracker_importer_events_lower_v41.json"),
        Parser::EventsPage,
        "0 events 2 skipped",
    );
    check(
        &sdk("event/new_tracker_importer_events_greater_equal_v41.json"),
        Parser::EventsPage,
        "0 events 2 skipped",
    );
    check(
        &sdk("event/new_tracker_importer_event.json"),
        Parser::Event,
        "EsHa0edW6uY Completed 2 answers",
    );
}

#[test]
fn lists_of_mobile_clients_become_typed_values() {
    check_list(
        "category/category_combos.json",
        MetadataKind::CategoryCombo,
        concat!(
            r#"2 objects 0 skipped ["categoryCombo: at `categoryOptionCombos[1]`: not what "#,
            r#"it should be"]"#,
        ),
    );
    check_list("category/categories.json", MetadataKind::Category, "4 objects 0 skipped []");
    check_list(
        "category/category_options.json",
        MetadataKind::CategoryOption,
        "8 objects 0 skipped []",
    );
    check_list(
        "dataelement/data_elements.json",
        MetadataKind::DataElement,
        "6 objects 0 skipped []",
    );
    check_list("dataset/data_sets.json", MetadataKind::DataSet, "3 objects 0 skipped []");
    check_list("program/programs.json", MetadataKind::Program, "3 objects 0 skipped []");
    check_list("program/program_stages.json", MetadataKind::ProgramStage, "2 objects 0 skipped []");
    check_list("option/option_sets.json", MetadataKind::OptionSet, "2 objects 0 skipped []");
    check_list("option/options.json", MetadataKind::Option, "3 objects 1 skipped []");
    check_list(
        "organisationunit/organisation_units.json",
        MetadataKind::OrganisationUnit,
        "3 objects 0 skipped []",
    );
    check_list("indicators/indicators.json", MetadataKind::Indicator, "1 objects 0 skipped []");
}

#[track_caller]
fn check_list(name: &str, kind: MetadataKind, expected: &str) {
    let Some(body) = body(&format!("android-sdk/{name}")) else { return };
    let page = metadata::parse_page(kind, &body).expect("a page");
    let errors: Vec<String> = page
        .objects
        .iter()
        .filter_map(|object| support::parse_typed(kind, object.body.as_bytes())?.err())
        .map(|error| error.to_string())
        .collect();
    let fact = format!("{} objects {} skipped {errors:?}", page.objects.len(), page.skipped.len());
    assert_eq!(fact, expected, "{name}");
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            json_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "json") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_of_the_corpora_is_read_or_refused() {
    let Some(data) = shared_data() else { return };
    let mut paths = Vec::new();
    json_files(&data.join("dhis2-json"), &mut paths);
    let (mut objects, mut skipped, mut values, mut events) = (0, 0, 0, 0);
    let (mut bad_values, mut bad_events, mut no_package) = (0, 0, Vec::new());
    for path in &paths {
        let bytes = std::fs::read(path).expect("readable");
        match metadata::objects_of_package(&bytes) {
            Ok(lists) => {
                objects += lists.iter().map(|list| list.objects.len()).sum::<usize>();
                skipped += lists.iter().map(|list| list.skipped.len()).sum::<usize>();
            }
            Err(_) => no_package.push(path.file_name().expect("a name").to_owned()),
        }
        let _ = file::for_each_value(std::io::Cursor::new(&bytes), |row| {
            if row.value.is_ok() {
                values += 1
            } else {
                bad_values += 1
            }
            ControlFlow::Continue(())
        });
        let _ = file::for_each_event(&bytes[..], |row| {
            if row.read(|_| outpost_wire::tracker::Filled::default()).is_ok() {
                events += 1
            } else {
                bad_events += 1
            }
            ControlFlow::Continue(())
        });
    }
    // Ids such as "single1" or none at all: not events that can be sent. Counted by hand over the
    // files.
    assert_eq!(events + bad_events, 192);
    println!(
        "{} files: {objects} metadata objects ({skipped} skipped), {values} values \
         ({bad_values} bad), {events} events ({bad_events} bad), \
         no objects at the top: {no_package:?}",
        paths.len()
    );
    assert!(paths.len() > 600 && objects > 1_000 && values > 50 && events > 50);
}
