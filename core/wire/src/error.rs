//! What can be wrong with an answer, said shortly and without any value of a person.

/// An answer, a file or a stored object is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Nothing was sent. DHIS2 does this for an organisation unit outside the user's hierarchy
    /// (capture a006i): it is not "no data".
    #[error("{what}: it is empty")]
    EmptyAnswer {
        /// What was read.
        what: &'static str,
    },
    /// A web page in the place of data: a login page, a proxy, a captive portal.
    #[error("{what}: a web page came instead of data; sign in to the network or check the address")]
    WebPage {
        /// What was read.
        what: &'static str,
    },
    /// Not JSON, or cut off.
    #[error("{what}: not valid JSON at line {line}, column {column} ({reason})")]
    NotJson {
        /// What was read.
        what: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// Why, in words of the parser, without content.
        reason: &'static str,
    },
    /// Larger than allowed.
    #[error("{what}: {bytes} bytes, more than the {bytes_max} that are read")]
    TooLarge {
        /// What was read.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Nested too deeply.
    #[error("{what}: nested deeper than {depth_max} levels at byte {at}")]
    TooDeep {
        /// What was read.
        what: &'static str,
        /// The limit.
        depth_max: usize,
        /// Where.
        at: u64,
    },
    /// A text longer than any that DHIS2 stores.
    #[error("{what}: a text longer than {bytes_max} bytes at byte {at}")]
    TextTooLong {
        /// What was read.
        what: &'static str,
        /// The limit.
        bytes_max: usize,
        /// Where it begins to be too long.
        at: u64,
    },
    /// More members and elements than allowed.
    #[error("{what}: more than {elements_max} elements")]
    TooManyElements {
        /// What was read.
        what: &'static str,
        /// The limit.
        elements_max: usize,
    },
    /// One record of a file is larger than any that DHIS2 stores.
    #[error("{what}: a record of more than {bytes_max} bytes at byte {at}")]
    RecordTooLarge {
        /// What was read.
        what: &'static str,
        /// The limit.
        bytes_max: usize,
        /// Where it begins to be too large.
        at: u64,
    },
    /// JSON, but not of the expected shape.
    #[error("{what}: at `{path}`: {reason}")]
    WrongShape {
        /// What was read.
        what: &'static str,
        /// Path of the place, such as `dataValues[3].period`; `$` is the whole.
        path: String,
        /// What is wrong with it, without content.
        reason: String,
    },
    /// A name from a closed list that this version does not know, such as a value type of a newer
    /// server.
    #[error("{what} {id}: unknown {property} `{name}`; this version of the app does not know it")]
    UnknownName {
        /// What was read.
        what: &'static str,
        /// Id of the object.
        id: String,
        /// The property.
        property: &'static str,
        /// The name, cut to a safe length.
        name: String,
    },
    /// The file could not be read.
    #[error("{what}: reading failed: {reason}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// The operating system's reason.
        reason: String,
    },
}

impl WireError {
    /// The error of a member that is there but not usable.
    #[must_use]
    pub(crate) fn shape(what: &'static str, path: &str, reason: &str) -> Self {
        Self::WrongShape { what, path: path.to_owned(), reason: reason.to_owned() }
    }

    /// Whether something between the device and the server seems to have answered.
    #[must_use]
    pub const fn is_web_page(&self) -> bool {
        matches!(self, Self::WebPage { .. })
    }
}
