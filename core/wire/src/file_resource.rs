//! Files: how they are sent, what came of it, where they are read.
//!
//! The content never passes through here, nor is the form around it made here: that is part of
//! carrying a request out.

use outpost_domain::data::FileResource;
use outpost_domain::uid::{
    DataElementUid, EventUid, FileUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityUid, Uid,
};
use serde::Deserialize;

use crate::answer::AnswerClass;
use crate::error::WireError;
use crate::json::{object_from_slice, parse_object};
use crate::limits::FILE_BYTES_MAX;
use crate::loose;
use crate::version::ServerVersion;
use crate::web_message::WebMessage;

const WHAT: &str = "file resource";

/// Why a file is not sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// DHIS2 refuses an empty file (capture t040f).
    #[error("the file is empty")]
    Empty,
    /// DHIS2 refuses it only after all of it was sent (capture t040h).
    #[error("the file is larger than 10 MB, the most that a server takes")]
    TooLarge,
    /// DHIS2 blocks web pages, scripts and programs (capture t040g).
    #[error("files of this type are not allowed")]
    BlockedType,
}

/// Endings and types that DHIS2 blocks (wire reference 1.7).
const BLOCKED_ENDINGS: [&str; 21] = [
    "html", "htm", "css", "js", "mjs", "otf", "swf", "deb", "rpm", "jar", "jsp", "exe", "msi",
    "mpkg", "xul", "php", "sh", "csh", "bat", "bin", "xhtml",
];
const BLOCKED_TYPES: [&str; 16] = [
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/xhtml+xml",
    "font/otf",
    "application/x-shockwave-flash",
    "application/vnd.debian.binary-package",
    "application/x-rpm",
    "application/java-archive",
    "application/x-msdownload",
    "application/x-ms-installer",
    "application/vnd.apple.installer+xml",
    "application/vnd.mozilla.xul+xml",
    "application/x-httpd-php",
    "application/x-sh",
];

/// Whether a server would take the file.
///
/// # Errors
/// [`FileProblem`].
pub fn check_file(file: &FileResource) -> Result<(), FileProblem> {
    if file.content_bytes == 0 {
        return Err(FileProblem::Empty);
    }
    if file.content_bytes > FILE_BYTES_MAX {
        return Err(FileProblem::TooLarge);
    }
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let kind = file.content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match BLOCKED_ENDINGS.contains(&ending.as_str()) || BLOCKED_TYPES.contains(&kind.as_str()) {
        true => Err(FileProblem::BlockedType),
        false => Ok(()),
    }
}

/// Target of the `POST`. Servers before 2.39 ignore the id, see [`ServerVersion::file_uid`].
#[must_use]
pub fn upload_target(file: FileUid) -> String {
    format!("/api/fileResources?domain=DATA_VALUE&uid={file}")
}

/// A file as the server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFile {
    /// Its id.
    pub id: Uid,
    /// MD5 of the content in hexadecimal, lower case.
    pub content_md5: String,
    /// Size in bytes.
    pub content_bytes: u64,
    /// Whether a value uses it. Attribute values do not count (capture t041r).
    pub is_assigned: bool,
    /// `PENDING`, `STORED` or `NONE`; usable in each (capture t040b).
    pub storage_status: String,
}

impl ServerFile {
    /// Whether it is the same content.
    #[must_use]
    pub fn is_same(&self, file: &FileResource) -> bool {
        self.content_bytes == file.content_bytes
            && self.content_md5.eq_ignore_ascii_case(&file.content_md5)
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct FileDto {
    #[serde(deserialize_with = "loose::reference")]
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    content_md5: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    content_length: i64,
    #[serde(deserialize_with = "loose::flag")]
    assigned: bool,
    #[serde(deserialize_with = "loose::text")]
    storage_status: Option<String>,
}

impl FileDto {
    fn read(self) -> Result<ServerFile, WireError> {
        let missing = |name: &str| WireError::shape(WHAT, "$", &format!("missing field `{name}`"));
        Ok(ServerFile {
            id: self.id.ok_or_else(|| missing("id"))?,
            content_md5: self.content_md5.ok_or_else(|| missing("contentMd5"))?,
            content_bytes: u64::try_from(self.content_length).unwrap_or(0),
            is_assigned: self.assigned,
            storage_status: self.storage_status.unwrap_or_default(),
        })
    }
}

/// Path of what is known about a file (`GET`): by it a file that is there already is compared.
#[must_use]
pub fn metadata_path(file: FileUid) -> String {
    format!("/api/fileResources/{file}")
}

/// Parses `GET /api/fileResources/{id}`.
///
/// # Errors
/// [`WireError`].
pub fn parse_file(bytes: &[u8]) -> Result<ServerFile, WireError> {
    parse_object::<FileDto>(bytes, WHAT)?.read()
}

/// Parses the answer of an upload (202).
///
/// # Errors
/// [`WireError`]; also if the server gave the file another id than `asked`: then values that name
/// `asked` name nothing (servers before 2.39, and an id that they do not like, capture t040e).
pub fn parse_upload(bytes: &[u8], asked: FileUid) -> Result<ServerFile, WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Response {
        file_resource: FileDto,
    }
    let envelope = WebMessage::parse(bytes, WHAT)?;
    let response = envelope.response.ok_or_else(|| {
        WireError::shape(WHAT, "$", "missing field `response`: not the answer of an upload")
    })?;
    let response: Response = object_from_slice(response.get().as_bytes(), WHAT)?;
    let file = response.file_resource.read()?;
    if file.id != asked.0 {
        let reason = "the server gave the file another id than the one that was asked for";
        return Err(WireError::shape(WHAT, "response.fileResource.id", reason));
    }
    Ok(file)
}

/// What came of an upload, as far as the status and the code tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadAnswer {
    /// Taken; see [`parse_upload`].
    Taken,
    /// A file with this id is there (E1119): compare it by [`metadata_path`] and [`parse_file`].
    AlreadyThere,
    /// Refused for good; the words are for a person.
    Refused(&'static str),
}

/// The meaning of a classified answer; `None` for one that says nothing about the file: try again.
#[must_use]
pub fn upload_answer(class: &AnswerClass) -> Option<UploadAnswer> {
    const TOO_LARGE: &str = "The file is too large for the server.";
    Some(match class {
        AnswerClass::Ok => UploadAnswer::Taken,
        AnswerClass::Conflict { message, .. } => match message.code.as_deref() {
            Some("E1119") => UploadAnswer::AlreadyThere,
            Some("E6101") => UploadAnswer::Refused("Files of this type are not allowed."),
            Some("E1004") => UploadAnswer::Refused("The file is empty or cannot be read."),
            _ if message.text.contains("bigger than") => UploadAnswer::Refused(TOO_LARGE),
            _ => UploadAnswer::Refused("The server did not accept this file."),
        },
        AnswerClass::TooLarge => UploadAnswer::Refused(TOO_LARGE),
        AnswerClass::BadRequest { .. } => {
            UploadAnswer::Refused("The server did not accept this file.")
        }
        AnswerClass::Forbidden { .. } => {
            UploadAnswer::Refused("You are not allowed to send files.")
        }
        _ => return None,
    })
}

/// What of a file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePart {
    /// The file as it was sent.
    File,
    /// An image, 256 pixels or less. Larger sizes may weigh more than the file (capture t041d).
    Small,
}

impl FilePart {
    const fn path(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Small => "image?dimension=SMALL",
        }
    }
}

/// Path of the file that is the value of an attribute. Without the program the server does not find
/// an attribute that only the program has (capture t041f).
#[must_use]
pub fn attribute_file_path(
    person: TrackedEntityUid,
    attribute: TrackedEntityAttributeUid,
    program: ProgramUid,
    part: FilePart,
    version: ServerVersion,
) -> String {
    if !version.tracker_files() {
        let size = if part == FilePart::Small { "?dimension=SMALL" } else { "" };
        return format!("/api/trackedEntityInstances/{person}/{attribute}/image{size}");
    }
    let path = part.path();
    let more = if path.contains('?') { '&' } else { '?' };
    format!(
        "/api/tracker/trackedEntities/{person}/attributes/{attribute}/{path}{more}program={program}"
    )
}

/// Path of the file that is the answer to a question of an event.
#[must_use]
pub fn event_file_path(
    event: EventUid,
    element: DataElementUid,
    part: FilePart,
    version: ServerVersion,
) -> String {
    if !version.tracker_files() {
        return format!("/api/events/files?eventUid={event}&dataElementUid={element}");
    }
    format!("/api/tracker/events/{event}/dataValues/{element}/{}", part.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::classify;

    fn file() -> FileResource {
        FileResource {
            id: FileUid::parse("frPhoto0001").expect("a uid"),
            name: "photo.png".to_owned(),
            content_type: "image/png".to_owned(),
            content_bytes: 2_789,
            content_md5: "f2afab48cdeabc78a1acbf63bf9ac3a2".to_owned(),
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut FileResource), expected: FileProblem) {
        let mut file = file();
        change(&mut file);
        assert_eq!(check_file(&file), Err(expected));
    }

    #[test]
    fn what_a_server_refuses_is_not_sent() {
        check(|file| file.content_bytes = 0, FileProblem::Empty);
        check(|file| file.content_bytes = 10_000_001, FileProblem::TooLarge);
        check(|file| file.name = "page.HTML".to_owned(), FileProblem::BlockedType);
        let html = |file: &mut FileResource| file.content_type = "Text/HTML; charset=x".to_owned();
        check(html, FileProblem::BlockedType);
        assert_eq!(check_file(&FileResource { content_bytes: 10_000_000, ..file() }), Ok(()));
    }

    #[test]
    fn an_upload_under_another_id_is_an_error_that_says_so() {
        let body = br#"{"httpStatusCode":202,"response":{"fileResource":{"id":"frPhoto0001",
            "contentMd5":"F2AFAB48CDEABC78A1ACBF63BF9AC3A2","contentLength":2789,
            "storageStatus":"PENDING","assigned":false}}}"#;
        let stored = parse_upload(body, file().id).expect("a file");
        assert!(stored.is_same(&file()) && !stored.is_assigned);
        assert!(!stored.is_same(&FileResource { content_bytes: 1, ..file() }));
        let other = FileUid::parse("frPhoto0002").expect("a uid");
        assert_eq!(
            parse_upload(body, other).expect_err("another id").to_string(),
            "file resource: at `response.fileResource.id`: the server gave the file another id \
             than the one that was asked for"
        );
        for body in ["{}", "[]", r#"{"response":{}}"#, r#"{"response":{"fileResource":{}}}"#] {
            assert!(parse_upload(body.as_bytes(), other).is_err(), "{body}");
        }
    }

    #[track_caller]
    fn check_answer(status: u16, body: &str, expected: Option<&str>) {
        let class = classify(status, Some("application/json"), None, body.as_bytes());
        let found = upload_answer(&class).map(|answer| match answer {
            UploadAnswer::Taken => "taken",
            UploadAnswer::AlreadyThere => "there",
            UploadAnswer::Refused(words) => words,
        });
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn refusals_are_told_apart_as_a_server_gave_them() {
        check_answer(202, "{}", Some("taken"));
        check_answer(409, r#"{"httpStatusCode":409,"errorCode":"E1119"}"#, Some("there"));
        check_answer(
            409,
            r#"{"httpStatusCode":409,"errorCode":"E6101"}"#,
            Some("Files of this type are not allowed."),
        );
        check_answer(
            409,
            r#"{"httpStatusCode":409,"message":"File size can't be bigger than 10000000"}"#,
            Some("The file is too large for the server."),
        );
        check_answer(413, "", Some("The file is too large for the server."));
        check_answer(503, "", None);
    }

    #[test]
    fn paths_follow_the_version() {
        let version = |minor| ServerVersion { minor, patch: 0, hotfix: 0 };
        let person = TrackedEntityUid::parse("teFiles0001").expect("a uid");
        let attribute = TrackedEntityAttributeUid::parse("teaPhoto001").expect("a uid");
        let program = ProgramUid::parse("prFiles0001").expect("a uid");
        let path =
            |part, minor| attribute_file_path(person, attribute, program, part, version(minor));
        assert_eq!(
            path(FilePart::File, 42),
            "/api/tracker/trackedEntities/teFiles0001/attributes/teaPhoto001/file?program=prFiles0001"
        );
        assert!(path(FilePart::Small, 42).ends_with("/image?dimension=SMALL&program=prFiles0001"));
        assert_eq!(
            path(FilePart::Small, 40),
            "/api/trackedEntityInstances/teFiles0001/teaPhoto001/image?dimension=SMALL"
        );
        let event = EventUid::parse("evFiles0001").expect("a uid");
        let element = DataElementUid::parse("deTrFile001").expect("a uid");
        let path = |minor| event_file_path(event, element, FilePart::File, version(minor));
        assert_eq!(path(42), "/api/tracker/events/evFiles0001/dataValues/deTrFile001/file");
        assert_eq!(path(40), "/api/events/files?eventUid=evFiles0001&dataElementUid=deTrFile001");
    }
}
