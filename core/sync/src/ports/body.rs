//! What travels in the body of a request.

use outpost_domain::uid::FileUid;

use super::Request;

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// JSON, complete.
    Json(Vec<u8>),
    /// Plain text, UTF-8: what a message says.
    Text(Vec<u8>),
    /// The content of a file as `multipart/form-data`, part `file`. Who carries the request out
    /// reads the content ([`super::StoreCommand::LoadFile`]); it never passes through the machine.
    File(FileBody),
}

/// A file that travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBody {
    /// Which.
    pub file: FileUid,
    /// Name of the part, as people see it.
    pub name: String,
    /// MIME type of the part.
    pub content_type: String,
}

impl Request {
    /// The JSON that it carries, if it carries JSON.
    #[must_use]
    pub fn json(&self) -> Option<&[u8]> {
        match &self.body {
            Some(Body::Json(bytes)) => Some(bytes),
            _ => None,
        }
    }
}
