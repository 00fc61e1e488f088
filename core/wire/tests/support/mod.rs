//! Captured pairs of a running server, and the parser that each answer goes to.

#![allow(dead_code, clippy::print_stdout, reason = "shared by several suites")]

use std::path::{Path, PathBuf};

use outpost_domain::metadata::MetadataKind;
use outpost_wire::answer::{AnswerClass, classify};
use outpost_wire::error::WireError;
use outpost_wire::import_report::{RejectedIndexes, parse_import_summary};
use outpost_wire::tracker_report::{TrackerAnswer, parse_tracker_report};
use outpost_wire::{auth, completion, data_value_set, job, me, metadata, system_info, tracker};
use serde_json::Value;

/// The folder of large test data beside the checkout, if it is there.
pub fn shared_data() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var_os("OUTPOST_SHARED_DATA").map_or(beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no test data at {}", folder.display());
    None
}

pub fn fixtures() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures").into()
}

/// A captured request with its answer.
pub struct Pair {
    pub name: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub content_type: Option<String>,
    pub location: Option<String>,
    pub body: Vec<u8>,
    /// The capture holds only the beginning of the body.
    pub is_cut: bool,
}

/// Reads a pair; `None` if the file is none (a package) or the server never answered.
pub fn load(path: &Path) -> Option<Pair> {
    let name = path.file_stem()?.to_str()?.to_owned();
    let text = std::fs::read(path).expect("the capture is readable");
    let pair: Value = serde_json::from_slice(&text).expect("the capture is JSON");
    let response = pair.get("response")?;
    let body = &response["body"];
    let is_cut = body.as_str().is_some_and(|text| text.starts_with("<cut at"));
    Some(Pair {
        name,
        method: pair["request"]["method"].as_str()?.to_owned(),
        path: pair["request"]["path"].as_str()?.to_owned(),
        status: u16::try_from(response["status"].as_u64()?).ok()?,
        content_type: header(response, "content-type"),
        location: header(response, "location"),
        body: match body {
            Value::Null => Vec::new(),
            Value::String(text) if is_cut => {
                text.split_once("> ").map_or("", |(_, start)| start).as_bytes().to_vec()
            }
            Value::String(text) => text.clone().into_bytes(),
            other => serde_json::to_vec(other).expect("JSON"),
        },
        is_cut,
    })
}

fn header(response: &Value, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = match &response["headers"] {
        Value::Object(map) => {
            map.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap_or("").to_owned())).collect()
        }
        Value::Array(list) => list
            .iter()
            .map(|pair| {
                let text = |index: usize| pair[index].as_str().unwrap_or("").to_owned();
                (text(0), text(1))
            })
            .collect(),
        _ => Vec::new(),
    };
    pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The parser that an answer goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parser {
    SystemInfo,
    Me,
    Login,
    MetadataPage,
    MetadataObject,
    MetadataPackage,
    Values,
    ImportSummary,
    Completions,
    TrackerReport,
    EventsPage,
    Event,
    TrackedEntitiesPage,
    EnrollmentsPage,
    RelationshipsPage,
    JobStarted,
    JobNotifications,
    /// Endpoints that this release does not read: only classified.
    ClassOnly,
}

/// Endpoint by endpoint.
pub fn parser_of(method: &str, path: &str) -> (Parser, Option<MetadataKind>) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts: Vec<&str> = path.trim_start_matches("/api/").split('/').collect();
    if parts[0].bytes().all(|byte| byte.is_ascii_digit()) {
        parts.remove(0);
    }
    let kind = MetadataKind::from_collection(parts[0]);
    let parser = match (method, parts.as_slice()) {
        ("GET", ["system", "info"]) => Parser::SystemInfo,
        ("GET", ["me"]) => Parser::Me,
        ("POST", ["auth", "login"]) => Parser::Login,
        ("GET", ["metadata"]) => Parser::MetadataPackage,
        ("POST", ["dataValueSets"]) if query.contains("async=true") => Parser::JobStarted,
        ("POST", ["dataValueSets" | "completeDataSetRegistrations"]) => Parser::ImportSummary,
        ("GET", ["dataValueSets"]) => Parser::Values,
        ("GET", ["completeDataSetRegistrations"]) => Parser::Completions,
        ("POST", ["tracker"]) if query.contains("async=false") => Parser::TrackerReport,
        ("POST", ["tracker"]) => Parser::JobStarted,
        ("GET", ["tracker", "jobs", _, "report"]) => Parser::TrackerReport,
        ("GET", ["tracker", "jobs", _]) => Parser::JobNotifications,
        ("GET", ["tracker", "events"]) => Parser::EventsPage,
        ("GET", ["tracker", "events", _]) => Parser::Event,
        ("GET", ["tracker", "trackedEntities"]) => Parser::TrackedEntitiesPage,
        ("GET", ["tracker", "enrollments"]) => Parser::EnrollmentsPage,
        ("GET", ["tracker", "relationships"]) => Parser::RelationshipsPage,
        ("GET", ["system", "taskSummaries", _, _]) => Parser::ImportSummary,
        ("GET", ["system", "tasks", _, _]) => Parser::JobNotifications,
        ("GET", [_]) if kind.is_some() => Parser::MetadataPage,
        ("GET", [_, _]) if kind.is_some() => Parser::MetadataObject,
        _ => Parser::ClassOnly,
    };
    (parser, kind)
}

/// What an answer says, in a line: the class, and what its parser read.
pub fn fact(pair: &Pair) -> String {
    match read(pair) {
        Ok(text) => text,
        Err(error) => format!("{error}"),
    }
}

/// Classifies and parses.
pub fn read(pair: &Pair) -> Result<String, WireError> {
    let class =
        classify(pair.status, pair.content_type.as_deref(), pair.location.as_deref(), &pair.body);
    let (parser, kind) = parser_of(&pair.method, &pair.path);
    let is_processed = match &class {
        AnswerClass::Ok => true,
        AnswerClass::Conflict { has_report, .. } => *has_report,
        AnswerClass::BadRequest { .. } => parser == Parser::TrackerReport,
        _ => false,
    } || (parser == Parser::TrackerReport && pair.status == 409);
    if !is_processed {
        return Ok(class_fact(&class));
    }
    parsed_fact(parser, kind, &pair.body)
}

fn class_fact(class: &AnswerClass) -> String {
    match class {
        AnswerClass::Forbidden { authority, .. } => {
            format!("Forbidden {}", authority.as_deref().unwrap_or("-"))
        }
        AnswerClass::NotFound { is_unknown_path, message } => {
            format!("NotFound path={is_unknown_path} {}", message.code.as_deref().unwrap_or("-"))
        }
        AnswerClass::Conflict { message, .. } => {
            format!("Conflict {}", message.code.as_deref().unwrap_or("-"))
        }
        AnswerClass::BadRequest { status, message } => {
            format!("BadRequest {status} {}", message.code.as_deref().unwrap_or("-"))
        }
        other => format!("{other:?}"),
    }
}

pub fn parsed_fact(
    parser: Parser,
    kind: Option<MetadataKind>,
    body: &[u8],
) -> Result<String, WireError> {
    Ok(match parser {
        Parser::SystemInfo => {
            let info = system_info::parse_system_info(body)?;
            format!("{} {}", info.version, info.server_time_zone_id.unwrap_or_default())
        }
        Parser::Me => {
            let me = me::parse_me(body)?;
            let units: Vec<_> = me.organisation_units.iter().map(|unit| &unit.path[..]).collect();
            let (sets, programs) = (me.data_sets.len(), me.programs.len());
            format!("{} {} {units:?} sets={sets} programs={programs}", me.id, me.username)
        }
        Parser::Login => format!("{:?}", auth::parse_login(body)?),
        Parser::MetadataPage => page_fact(kind.expect("a kind"), body)?,
        Parser::MetadataObject => {
            let kind = kind.expect("a kind");
            let list = [b"{\"", kind.collection().as_bytes(), b"\":[", body, b"]}"].concat();
            page_fact(kind, &list)?
        }
        Parser::MetadataPackage => {
            let lists = metadata::objects_of_package(body)?;
            let count: usize = lists.iter().map(|list| list.objects.len()).sum();
            format!("{} lists {count} objects", lists.len())
        }
        Parser::Values => format!("{} values", data_value_set::parse_values(body)?.len()),
        Parser::Completions => {
            let page = completion::parse_completions_page(body)?;
            format!("{} completions {} skipped", page.completions.len(), page.skipped.len())
        }
        Parser::ImportSummary => summary_fact(body)?,
        Parser::TrackerReport => tracker_fact(body)?,
        Parser::EventsPage => {
            let page = tracker::parse_events_page(body)?;
            format!("{} events {} skipped", page.events.len(), page.skipped.len())
        }
        Parser::Event => {
            let event = tracker::parse_event(body)?.event;
            format!("{} {:?} {} answers", event.id, event.status, event.data_values.len())
        }
        Parser::TrackedEntitiesPage => {
            let page = tracker::parse_tracked_entities_page(body)?;
            format!("{} people {} skipped", page.items.len(), page.skipped.len())
        }
        Parser::EnrollmentsPage => {
            let page = tracker::parse_enrollments_page(body)?;
            format!("{} enrolments {} skipped", page.items.len(), page.skipped.len())
        }
        Parser::RelationshipsPage => {
            let page = tracker::parse_relationships_page(body)?;
            format!("{} relationships {} skipped", page.items.len(), page.skipped.len())
        }
        Parser::JobStarted => format!("job {}", job::parse_job_started(body)?.id),
        Parser::JobNotifications => {
            let list = job::parse_job_notifications(body)?;
            format!("{} notifications completed={}", list.len(), job::is_completed(&list))
        }
        Parser::ClassOnly => "Ok".to_owned(),
    })
}

fn page_fact(kind: MetadataKind, body: &[u8]) -> Result<String, WireError> {
    let page = metadata::parse_page(kind, body)?;
    assert_eq!(metadata::parse_ids(kind, body)?.len(), page.objects.len());
    assert_eq!(metadata::parse_probe(kind, body)?.total, page.total);
    Ok(format!(
        "page {}/{} total={} objects={} skipped={}",
        page.page,
        page.page_count,
        page.total,
        page.objects.len(),
        page.skipped.len()
    ))
}

fn summary_fact(body: &[u8]) -> Result<String, WireError> {
    let summary = parse_import_summary(body)?;
    let rejected = match &summary.rejected {
        RejectedIndexes::Known(indexes) => format!("{indexes:?}"),
        other => format!("{other:?}"),
    };
    let codes: Vec<_> =
        summary.conflicts.iter().map(|c| c.code.as_deref().unwrap_or("-")).collect();
    let stored = summary.counts.stored();
    Ok(format!("{:?} stored={stored} rejected={rejected} {codes:?}", summary.status))
}

fn tracker_fact(body: &[u8]) -> Result<String, WireError> {
    Ok(match parse_tracker_report(body, &[])? {
        TrackerAnswer::BatchRefused(refused) => {
            format!("BatchRefused {}", refused.code.as_deref().unwrap_or("-"))
        }
        TrackerAnswer::Report(report) => {
            let errors: Vec<String> = report
                .errors
                .iter()
                .map(|e| format!("{}:{}", e.uid.map_or("-".into(), |u| u.to_string()), e.code))
                .collect();
            let (stored, warnings) = (report.stored.len(), report.warnings.len());
            format!("{:?} stored={stored} {errors:?} warnings={warnings}", report.status)
        }
    })
}

/// `None` for kinds without a domain type yet.
pub fn parse_typed(kind: MetadataKind, body: &[u8]) -> Option<Result<(), WireError>> {
    use MetadataKind as Kind;
    Some(match kind {
        Kind::OrganisationUnitLevel => metadata::parse_organisation_unit_level(body).map(drop),
        Kind::OrganisationUnit => metadata::parse_organisation_unit(body).map(drop),
        Kind::CategoryOption => metadata::parse_category_option(body).map(drop),
        Kind::Category => metadata::parse_category(body).map(drop),
        Kind::CategoryCombo => metadata::parse_category_combo(body).map(drop),
        Kind::CategoryOptionCombo => metadata::parse_category_option_combo(body).map(drop),
        Kind::OptionSet => metadata::parse_option_set(body).map(drop),
        Kind::Option => metadata::parse_option(body).map(drop),
        Kind::DataElement => metadata::parse_data_element(body).map(drop),
        Kind::DataSet => metadata::parse_data_set(body).map(drop),
        Kind::Section => metadata::parse_section(body).map(drop),
        Kind::LegendSet => metadata::parse_legend_set(body).map(drop),
        Kind::IndicatorType => metadata::parse_indicator_type(body).map(drop),
        Kind::Indicator => metadata::parse_indicator(body).map(drop),
        Kind::ValidationRule => metadata::parse_validation_rule(body).map(drop),
        Kind::ProgramIndicator => metadata::parse_program_indicator(body).map(drop),
        Kind::ProgramRule => metadata::parse_program_rule(body).map(drop),
        Kind::ProgramRuleAction => metadata::parse_program_rule_action(body).map(drop),
        Kind::ProgramRuleVariable => metadata::parse_program_rule_variable(body).map(drop),
        Kind::Constant => metadata::parse_constant(body).map(drop),
        Kind::OptionGroup => metadata::parse_option_group(body).map(drop),
        Kind::Program => metadata::parse_program(body).map(drop),
        Kind::ProgramStage => metadata::parse_program_stage(body).map(drop),
        Kind::TrackedEntityType => metadata::parse_tracked_entity_type(body).map(drop),
        Kind::TrackedEntityAttribute => metadata::parse_tracked_entity_attribute(body).map(drop),
        Kind::RelationshipType => metadata::parse_relationship_type(body).map(drop),
        Kind::ProgramStageSection => metadata::parse_program_stage_section(body).map(drop),
        _ => return None,
    })
}
