//! Signed JSON documents: what kind and version they are is read before anything else of them.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::ExchangeError;

/// What a document of one of our formats begins with.
pub(crate) struct Format {
    /// Its `format` member.
    pub name: &'static str,
    /// The newest `version` that is understood.
    pub version: u64,
    /// What people call it.
    pub what: &'static str,
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

impl Format {
    /// Reads a document whose signature was checked. Unknown members are left alone: a later release
    /// may add some without a new version.
    pub fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, ExchangeError> {
        let head: Head = self.parse(bytes)?;
        if head.format != self.name {
            return Err(self.invalid("it is another kind of document"));
        }
        if head.version != self.version {
            let (found, supported) = (head.version, self.version);
            return Err(ExchangeError::Newer { what: self.what, found, supported });
        }
        self.parse(bytes)
    }

    /// Something in the document cannot be.
    pub fn invalid(&self, detail: impl Into<String>) -> ExchangeError {
        ExchangeError::invalid(self.what, detail)
    }

    fn parse<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, ExchangeError> {
        serde_json::from_slice(bytes).map_err(|error| self.invalid(place(&error)))
    }
}

/// Where JSON is wrong, without what stands there.
pub(crate) fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {} cannot be read", error.line(), error.column())
}
