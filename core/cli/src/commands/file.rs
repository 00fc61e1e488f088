//! `file …` and `reserved …`: photos and documents, and the numbers kept for work without network.

use std::fs::File;
use std::path::Path;

use outpost_domain::uid::FileUid;
use outpost_engine::model::{FileView, ReservedView};
use outpost_engine::{FilePlace, OutpostError, PeopleOf, Result, Session};
use serde_json::{Value, json};

use super::event::{parse_id, problems_document, problems_text};
use super::person::person_id;
use crate::args::{FileCommand, ReservedCommand};
use crate::exit;
use crate::output::{Output, table};
use crate::strings::review as strings;
use crate::strings::{NOT_SAVED, bytes, moment};

/// `file …`
///
/// # Errors
/// `NotFound`, `InvalidInput`, storage errors; `Offline` and answers of the server for a file that
/// must be fetched.
pub fn file(session: &Session, command: &FileCommand, output: Output) -> Result<u8> {
    match command {
        FileCommand::Add { path, content_type, event, question } => {
            let kept = add(session, path, content_type.as_deref())?;
            match (event, question) {
                (Some(event), Some(question)) => attach(session, &kept, event, question, output),
                _ => {
                    output.result(&file_document(&kept), || kept_text(&kept));
                    Ok(exit::OK)
                }
            }
        }
        FileCommand::Get { id, to, event, question, person, attribute, program } => {
            let id =
                FileUid::parse(id).map_err(|error| OutpostError::invalid("file", "uid", error))?;
            let answer = event.as_deref().zip(question.as_deref());
            let value = person.as_deref().zip(attribute.as_deref());
            let place = match (answer, value) {
                (Some((event, question)), _) => Some(answer_place(session, event, question)?),
                (None, Some((person, attribute))) => {
                    Some(value_place(session, person, attribute, program.as_deref())?)
                }
                (None, None) => None,
            };
            get(session, id, to, place, output)
        }
    }
}

fn add(session: &Session, path: &Path, content_type: Option<&str>) -> Result<FileView> {
    let unreadable = |error| OutpostError::invalid("file", "unreadable", error);
    let mut content = File::open(path).map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let content_type = content_type.unwrap_or_else(|| content_type_of(path));
    session.add_file_from(&name, content_type, &mut content)
}

/// The MIME type by the ending of the name; DHIS2 stores it and does not look inside.
fn content_type_of(path: &Path) -> &'static str {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}

fn attach(
    session: &Session,
    kept: &FileView,
    event: &str,
    question: &str,
    output: Output,
) -> Result<u8> {
    let FilePlace::Answer { event, data_element } = answer_place(session, event, question)? else {
        return Err(OutpostError::internal("an answer has another place"));
    };
    let outcome = session.attach_to_event(event, data_element, kept.id)?;
    let mut document = file_document(kept);
    document["saved"] = json!(outcome.saved);
    document["problems"] = json!(problems_document(&outcome.problems));
    output.result(&document, || {
        let refused = if outcome.saved { "" } else { NOT_SAVED };
        format!("{}{refused}{}", kept_text(kept), problems_text(&outcome.problems))
    });
    Ok(if outcome.saved { exit::OK } else { exit::REFUSED })
}

fn answer_place(session: &Session, event: &str, question: &str) -> Result<FilePlace> {
    let event = session.event(parse_id(event)?)?.event;
    let data_element = session.find_question(event.program, event.program_stage, question)?;
    Ok(FilePlace::Answer { event: event.id, data_element })
}

fn value_place(
    session: &Session,
    person: &str,
    attribute: &str,
    program: Option<&str>,
) -> Result<FilePlace> {
    let person = session.person(person_id(person)?)?.person;
    let program = program.map(|text| session.find_program(text)).transpose()?;
    let of = match program {
        Some(program) => PeopleOf::Program(program),
        None => PeopleOf::Type(person.tracked_entity_type),
    };
    let attribute = session.find_attribute(of, attribute)?;
    Ok(FilePlace::Attribute { person: person.id, attribute, program })
}

fn get(
    session: &Session,
    id: FileUid,
    to: &Path,
    place: Option<FilePlace>,
    output: Output,
) -> Result<u8> {
    let known = match session.file(id) {
        Ok(known) if known.on_device => Some(known),
        Ok(_) | Err(OutpostError::NotFound { .. }) => None,
        Err(error) => return Err(error),
    };
    let view = match (known, place) {
        (Some(view), _) => view,
        (None, Some(place)) => session.fetch_file(id, place)?,
        (None, None) => {
            return Err(OutpostError::invalid("file", "not_here", strings::WHOSE_FILE));
        }
    };
    let unwritable = |error| OutpostError::invalid("to", "unwritable", error);
    let mut target = File::create(to).map_err(unwritable)?;
    if !session.read_file(id, &mut target)? {
        return Err(OutpostError::not_found("file", id));
    }
    target.sync_all().map_err(unwritable)?;
    output.result(&file_document(&view), || strings::written(&view.name, &bytes(view.bytes)));
    Ok(exit::OK)
}

fn file_document(view: &FileView) -> Value {
    json!({
        "uid": view.id.as_str(),
        "name": view.name,
        "content_type": view.content_type,
        "bytes": view.bytes,
        "state": view.state,
        "on_device": view.on_device,
    })
}

fn kept_text(view: &FileView) -> String {
    strings::kept(view.id, &view.name, &bytes(view.bytes))
}

/// `reserved …`
///
/// # Errors
/// Storage errors.
pub fn reserved(session: &Session, command: &ReservedCommand, output: Output) -> Result<u8> {
    let ReservedCommand::Show = command;
    let found = session.reserved_values()?;
    let document = found.iter().map(reserved_document).collect::<Value>();
    output.result(&document, || match found.is_empty() {
        true => strings::NONE_RESERVED.to_owned(),
        false => {
            let rows: Vec<Vec<String>> = found.iter().map(reserved_row).collect();
            table(&["Attribute", "Place", "Left", "First expires"], &rows)
        }
    });
    Ok(exit::OK)
}

fn reserved_document(view: &ReservedView) -> Value {
    json!({
        "attribute": view.attribute.as_str(),
        "name": view.name,
        "org_unit": view.organisation_unit.map(|id| id.to_string()),
        "free": view.free,
        "first_expires_at": view.first_expires_ms.map(moment),
    })
}

fn reserved_row(view: &ReservedView) -> Vec<String> {
    vec![
        view.name.clone(),
        view.organisation_unit.map(|id| id.to_string()).unwrap_or_default(),
        view.free.to_string(),
        view.first_expires_ms.map(moment).unwrap_or_default(),
    ]
}
