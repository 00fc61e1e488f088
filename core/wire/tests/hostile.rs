//! Text from outside is hostile: whatever arrives becomes a value or an error, never a panic, and
//! no error repeats what a person entered.

#![allow(clippy::print_stdout, reason = "suites tell what they read")]

mod support;

use std::io::Cursor;
use std::ops::ControlFlow;

use outpost_domain::metadata::MetadataKind;
use outpost_wire::answer::classify;
use outpost_wire::working_list::WorkingListKind;
use outpost_wire::{
    approval, change_log, data_store, duplicate, error_code, file, file_resource, metadata,
    reserved_value, time, tracker, working_list,
};
use support::{Parser, fixtures, load, parsed_fact};

const PARSERS: [Parser; 17] = [
    Parser::SystemInfo,
    Parser::Me,
    Parser::Login,
    Parser::MetadataPage,
    Parser::MetadataObject,
    Parser::MetadataPackage,
    Parser::Values,
    Parser::ImportSummary,
    Parser::Completions,
    Parser::TrackerReport,
    Parser::EventsPage,
    Parser::Event,
    Parser::TrackedEntitiesPage,
    Parser::EnrollmentsPage,
    Parser::RelationshipsPage,
    Parser::JobStarted,
    Parser::JobNotifications,
];

type Reader = fn(&[u8]) -> Option<String>;

const TYPED: [Reader; 30] = [
    |body| failure(metadata::parse_organisation_unit(body)),
    |body| failure(metadata::parse_organisation_unit_level(body)),
    |body| failure(metadata::parse_category_option(body)),
    |body| failure(metadata::parse_category(body)),
    |body| failure(metadata::parse_category_combo(body)),
    |body| failure(metadata::parse_category_option_combo(body)),
    |body| failure(metadata::parse_option_set(body)),
    |body| failure(metadata::parse_option(body)),
    |body| failure(metadata::parse_data_element(body)),
    |body| failure(metadata::parse_data_set(body)),
    |body| failure(metadata::parse_section(body)),
    |body| failure(metadata::parse_indicator(body)),
    |body| failure(metadata::parse_program(body)),
    |body| failure(metadata::parse_program_stage(body)),
    |body| failure(metadata::parse_program_stage_section(body)),
    |body| failure(metadata::parse_tracked_entity_type(body)),
    |body| failure(metadata::parse_tracked_entity_attribute(body)),
    |body| failure(metadata::parse_relationship_type(body)),
    |body| failure(tracker::parse_tracked_entity(body)),
    |body| failure(tracker::parse_enrollment(body)),
    |body| failure(tracker::parse_relationship(body)),
    |body| failure(file_resource::parse_file(body)),
    |body| failure(file_resource::parse_upload(body, FILE.parse().expect("a uid"))),
    |body| failure(reserved_value::parse_reserved_values(body, FILE.parse().expect("a uid"))),
    |body| failure(duplicate::parse_potential_duplicates(body)),
    |body| failure(working_list::parse_working_lists(WorkingListKind::People, body)),
    |body| failure(change_log::parse_changes(body)),
    |body| failure(approval::parse_approval_status(body)),
    |body| failure(approval::parse_approval_rows(body)),
    |body| failure(data_store::parse_entries(body)),
];

/// Some id.
const FILE: &str = "frPhoto0001";

fn failure<T>(result: Result<T, outpost_wire::WireError>) -> Option<String> {
    result.err().map(|error| error.to_string())
}

/// Everything that reads bytes reads these; the errors are returned.
fn read_by_all(bytes: &[u8]) -> Vec<String> {
    let mut errors = Vec::new();
    for parser in PARSERS {
        for kind in [MetadataKind::OrganisationUnit, MetadataKind::DataSet] {
            // The counts of the page and of its id list are compared for real answers only.
            if matches!(parser, Parser::MetadataPage | Parser::MetadataObject) {
                errors.extend(failure(metadata::parse_page(kind, bytes)));
                errors.extend(failure(metadata::parse_ids(kind, bytes)));
                errors.extend(failure(metadata::parse_probe(kind, bytes)));
            } else {
                errors.extend(failure(parsed_fact(parser, None, bytes)));
            }
        }
    }
    errors.extend(TYPED.iter().filter_map(|parse| parse(bytes)));
    let rows = file::for_each_value(Cursor::new(bytes), |row| {
        errors.extend(row.value.err());
        ControlFlow::Continue(())
    });
    errors.extend(failure(rows));
    let events = file::for_each_event(bytes, |event| {
        let event = event.read(|_| outpost_wire::tracker::Filled::default());
        errors.extend(event.err().map(|skipped| skipped.reason));
        ControlFlow::Continue(())
    });
    errors.extend(failure(events));
    for status in [200, 302, 400, 401, 403, 404, 409, 500] {
        let text = String::from_utf8_lossy(bytes);
        let _ = classify(status, None, Some(&text), bytes);
    }
    errors
}

fn bodies() -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(fixtures()).expect("the fixtures");
    let mut paths: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.len() > 30);
    paths.iter().map(|path| load(path).expect("a pair").body).collect()
}

/// Marsaglia's xorshift: the same seed gives the same run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn mutate(body: &mut Vec<u8>, random: &mut Random) {
    const PIECES: [&[u8]; 14] = [
        b"null", b"[", b"]", b"{", b"}", b"\"", b"\\", b",", b":", b"-1e999", b"\xff", b"\"\":",
        b"[]", b"\\ud800",
    ];
    for _ in 0..=random.below(4) {
        let at = random.below(body.len() + 1);
        match random.below(4) {
            0 if at < body.len() => body[at] = random.below(256) as u8,
            1 => body.truncate(at),
            2 => {
                let end = (at + random.below(40)).min(body.len());
                let piece = body[at..end].to_vec();
                let to = random.below(body.len() + 1);
                body.splice(to..to, piece);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                let end = (at + random.below(12)).min(body.len());
                body.splice(at..end, piece.iter().copied());
            }
        }
    }
}

#[test]
fn no_mutation_of_a_real_answer_makes_a_parser_panic() {
    let rounds: usize =
        std::env::var("OUTPOST_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut runs, mut errors) = (0, 0);
    for body in bodies() {
        for _ in 0..rounds {
            let mut body = body.clone();
            mutate(&mut body, &mut random);
            errors += read_by_all(&body).len();
            runs += 1;
        }
    }
    println!("{runs} mutated answers, {errors} errors, no panic");
    assert!(errors > runs, "mutations must be noticed");
}

#[test]
fn no_error_repeats_a_value() {
    let secret = "Amina Okello 0712345678";
    let shapes = [
        format!(r#"{{"dataValues":"{secret}"}}"#),
        format!(r#"{{"dataValues":[{{"dataElement":"{secret}","period":"1","orgUnit":"x"}}]}}"#),
        format!(r#"{{"period":"{secret}","orgUnit":"x","dataValues":[{{"dataElement":"y"}}]}}"#),
        format!(r#"{{"dataValues":[{{"dataElement":{{"x":"{secret}"}}}}]}}"#),
        format!(r#"{{"dataValues":[{{"value":"{secret}","followup":"{secret}"}}]}}"#),
        format!(r#"{{"events":[{{"event":"evMalaria01","dataValues":"{secret}"}}]}}"#),
        format!(r#"{{"events":[{{"event":"evMalaria01","deleted":"{secret}"}}]}}"#),
        format!(r#"{{"trackedEntities":[{{"trackedEntity":"x","attributes":"{secret}"}}]}}"#),
        format!(r#"{{"enrollments":[{{"enrollment":"{secret}","status":"{secret}"}}]}}"#),
        format!(r#"{{"relationships":[{{"relationship":"{secret}"}}]}}"#),
        format!(r#"{{"eventFilters":[{{"id":"{secret}"}}],"changeLogs":[{{"type":"{secret}"}}]}}"#),
        format!(r#"[{{"value":"","key":"{secret}","ownerUid":"{secret}"}}]"#),
        format!(r#"{{"response":{{"fileResource":{{"id":"{secret}"}}}},"state":"{secret}"}}"#),
        format!(r#"{{"organisationUnits":["{secret}"]}}"#),
        format!(r#"{{"level":"{secret}","id":"ouClinicA01"}}"#),
        format!(r#"{{"status":"{secret}","importCount":{{}}}}"#),
        format!(r#"{{"status":"{secret}","validationReport":{{}}}}"#),
        format!(r#"["{secret}"]"#),
        format!(r#""{secret}""#),
        format!("<html>{secret}</html>"),
        secret.to_owned(),
    ];
    for shape in shapes {
        for error in read_by_all(shape.as_bytes()) {
            assert!(!error.contains("Amina") && !error.contains("0712"), "{shape} gave {error}");
            assert!(error.len() < 400, "{error}");
        }
    }
}

#[test]
fn hostile_json_is_refused_by_every_parser() {
    let hostile: [Vec<u8>; 8] = [
        b"[".repeat(100_000),
        b"{\"a\":".repeat(100_000),
        b"\xff\xfe{}".to_vec(),
        b"{\"a\":1e400}x".to_vec(),
        b"{\"id\":\"ouClinicA01\",\"id\":\"ouClinicA01\"".to_vec(),
        b"nul".to_vec(),
        Vec::new(),
        b"\x00".to_vec(),
    ];
    for bytes in hostile {
        let errors = read_by_all(&bytes);
        assert!(errors.len() >= 14, "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None, ..proptest::test_runner::Config::default()
    })]
    #[test]
    fn texts_of_servers_never_make_words_or_times_panic(
        code in "\\PC{0,8}", message in "\\PC{0,120}", offset in -2000i32..2000,
    ) {
        proptest::prop_assert!(!error_code::words_for(Some(&code), &message).is_empty());
        let _ = error_code::field_of(&code, &message);
        let _ = time::parse_server_time(&message, offset);
        let _ = time::server_offset_minutes(&message, i64::from(offset));
        let _ = outpost_wire::version::ServerVersion::parse(&message);
    }

    #[test]
    fn a_moment_written_and_read_is_the_same(
        ms in 0i64..4_102_444_800_000, offset in -1080i32..1080,
    ) {
        let text = time::format_server_time(ms, offset).expect("within the years of DHIS2");
        proptest::prop_assert_eq!(time::parse_server_time(&text, offset), Some(ms));
    }
}
