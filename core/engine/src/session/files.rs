//! Files: photos, signatures, documents. Encrypted on the disk, sent before the records that name them,
//! fetched on demand.
//!
//! A file is no value before a record names it; content that nobody named is taken away later.

use std::io::{Read, Write};

use md5::{Digest, Md5};
use outpost_domain::data::{Event, FileResource, Payload};
use outpost_domain::uid::{
    DataElementUid, EventUid, FileUid, TrackedEntityAttributeUid, TrackedEntityUid,
};
use outpost_store::StoredFile;
use outpost_sync::ports::Request;
use outpost_wire::file_resource::{FileProblem, check_file, metadata_path, parse_file};
use outpost_wire::limits::FILE_BYTES_MAX;

use super::Session;
use super::online::{Asked, get};
use super::people::state_of;
use crate::error::{OutpostError, Result};
use crate::limits::FILE_ANSWER_BYTES_MAX;
use crate::model::FileView;

/// Where the server keeps a file that was not captured here: it lets files be read only through the
/// value that names them (capture t041k).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePlace {
    /// The value of an attribute; of one that only a program has the program must be named (capture
    /// t041f).
    Attribute {
        /// The person.
        person: TrackedEntityUid,
        /// The attribute.
        attribute: TrackedEntityAttributeUid,
        /// The program.
        program: Option<outpost_domain::uid::ProgramUid>,
    },
    /// The answer to a question of an event.
    Answer {
        /// The event.
        event: EventUid,
        /// The question.
        data_element: DataElementUid,
    },
}

/// Reads through to the digest.
struct Digesting<'a> {
    inner: &'a mut dyn Read,
    digest: Md5,
}

impl Read for Digesting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.digest.update(&buffer[..length]);
        Ok(length)
    }
}

impl Session {
    /// Takes a file in from memory. Its id is the value for the question: put it into the form and save.
    ///
    /// # Errors
    /// `InvalidInput` if it is empty, too large, or of a kind that the server refuses; storage errors.
    pub fn add_file(&self, name: &str, content_type: &str, bytes: &[u8]) -> Result<FileView> {
        self.add_file_from(name, content_type, &mut &*bytes)
    }

    /// Takes a file in piece by piece, without holding it in memory.
    ///
    /// # Errors
    /// As [`Session::add_file`]; `InvalidInput` if it cannot be read to its end.
    pub fn add_file_from(
        &self,
        name: &str,
        content_type: &str,
        content: &mut dyn Read,
    ) -> Result<FileView> {
        let id = FileUid(self.mint_uid()?);
        let name = name.trim();
        let name = if name.is_empty() { "file" } else { name };
        let record = |content_bytes, content_md5| FileResource {
            id,
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            content_bytes,
            content_md5,
        };
        // The kind is refused before anything is read.
        check_file(&record(1, String::new())).map_err(refused)?;
        let mut digesting = Digesting { inner: content, digest: Md5::new() };
        let now_ms = self.now_ms();
        let written = self.store().write_file(id, &mut digesting, FILE_BYTES_MAX, now_ms);
        let bytes = match written {
            Ok(bytes) => bytes,
            Err(outpost_store::StoreError::Limit { .. }) => {
                return Err(refused(FileProblem::TooLarge));
            }
            Err(error) => return Err(error.into()),
        };
        let md5: String =
            digesting.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let file = record(bytes, md5);
        check_file(&file).map_err(refused)?;
        self.save_one(Payload::FileResource { file })?;
        self.file(id)
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn file(&self, id: FileUid) -> Result<FileView> {
        let stored = self.store().load_file(id)?;
        stored.map(file_view).ok_or_else(|| OutpostError::not_found("file", id))
    }

    /// Copies the content of a file; `false` if it is not on this device (then see
    /// [`Session::fetch_file`]).
    ///
    /// # Errors
    /// `InvalidInput` if the target cannot be written; storage errors.
    pub fn read_file(&self, id: FileUid, to: &mut dyn Write) -> Result<bool> {
        Ok(self.store().copy_file(id, to)?)
    }

    /// The content of a file in memory; `None` if it is not on this device.
    ///
    /// # Errors
    /// Storage errors.
    pub fn file_bytes(&self, id: FileUid) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        Ok(self.read_file(id, &mut bytes)?.then_some(bytes))
    }

    /// Fetches the content of a file that the server has and keeps it on the device. Nothing is asked if
    /// it is here already.
    ///
    /// # Errors
    /// `Offline`; `NotFound` if the server does not show it; storage errors.
    pub fn fetch_file(&self, id: FileUid, place: FilePlace) -> Result<FileView> {
        if let Some(stored) = self.store().load_file(id)?
            && stored.has_content
        {
            return Ok(file_view(stored));
        }
        let request = Request { answer_bytes_max: FILE_ANSWER_BYTES_MAX, ..get(target(place)) };
        let answer = match self.ask(request)? {
            Asked::NotFound => return Err(OutpostError::not_found("file on the server", id)),
            other => other.done("the file")?,
        };
        let mut content = answer.body.as_slice();
        let bytes = content.len() as u64;
        let now_ms = self.now_ms();
        self.store().write_file(id, &mut content, FILE_ANSWER_BYTES_MAX, now_ms)?;
        let file = self.server_file(id, bytes, answer.content_type, &answer.body)?;
        self.store().save_server_file(&file)?;
        self.file(id)
    }

    /// Name and kind as the server tells them; what it hides is made of the content.
    fn server_file(
        &self,
        id: FileUid,
        content_bytes: u64,
        content_type: Option<String>,
        body: &[u8],
    ) -> Result<FileResource> {
        let digest = Md5::digest(body);
        let mut file = FileResource {
            id,
            name: id.to_string(),
            content_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            content_bytes,
            content_md5: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        if let Asked::Done(answer) = self.ask(get(metadata_path(id)))?
            && let Ok(told) = parse_file(&answer.body)
            && told.content_bytes == content_bytes
        {
            file.content_md5 = told.content_md5;
        }
        Ok(file)
    }

    /// Puts a file into the answer to a question of an event and saves the event.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn attach_to_event(
        &self,
        event: EventUid,
        data_element: DataElementUid,
        file: FileUid,
    ) -> Result<crate::model::EventOutcome> {
        self.file(file)?;
        let mut event: Event = self.load_visit(event)?;
        let answer = outpost_domain::data::EventDataValue {
            value: file.to_string(),
            provided_elsewhere: false,
        };
        event.data_values.insert(data_element, answer);
        self.save_event(event)
    }
}

fn file_view(stored: StoredFile) -> FileView {
    FileView {
        id: stored.file.id,
        name: stored.file.name,
        content_type: stored.file.content_type,
        bytes: stored.file.content_bytes,
        state: state_of(stored.waiting),
        on_device: stored.has_content,
    }
}

fn refused(problem: FileProblem) -> OutpostError {
    OutpostError::invalid("file", "file", problem)
}

fn target(place: FilePlace) -> String {
    match place {
        FilePlace::Attribute { person, attribute, program } => {
            let program = program.map(|id| format!("?program={id}")).unwrap_or_default();
            format!("/api/tracker/trackedEntities/{person}/attributes/{attribute}/file{program}")
        }
        FilePlace::Answer { event, data_element } => {
            format!("/api/tracker/events/{event}/dataValues/{data_element}/file")
        }
    }
}
